//! The words of `sandbox`.

use clap::{Args, Subcommand};
use localgpt_sandbox::Piece;

/// What can be asked about the sandbox.
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Say which walls stand here, and what is missing.
    #[command(after_help = "\
The exit status is 125 where programs cannot be confined, and so are not run.

With --json: {\"sandbox\",\"on\",\"words\",\"pieces\":[{\"name\",\"there\",\"detail\"}],\"hint\"}.")]
    Status(SandboxArgs),
    /// Try every way out from inside, and say which are closed.
    #[command(after_help = "\
Each way is tried without a sandbox first: one that fails there as well says nothing.
The exit status is 1 when a way is open, and 125 where programs cannot be confined.

With --json: {\"sandbox\",\"ways\":[{\"name\",\"verdict\":\"closed\"|\"open\"|\"left_open\"|\"untold\"}],
\"confined_ms\",\"free_ms\"}.")]
    Test(SandboxArgs),
}

/// The words of both.
#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    /// Do as if the machine lacked these: landlock, seccomp, ns.
    #[arg(long, hide = true, value_name = "PIECES", value_delimiter = ',')]
    pub(crate) simulate_no: Vec<Piece>,
}
