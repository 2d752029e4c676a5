//! The words of `localgpt policy`.

use clap::Subcommand;

/// What the assistant may do without asking you, and what you allowed it.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// The mode, the rules, and what you allowed for later.
    #[command(after_help = "\
With --json: {\"mode\",\"rules\":[{\"name\",\"meaning\"}],\"grants\":[{\"id\",\"allow\",…,\"at\"}]}.")]
    List,
    /// Say what would become of a call, and by which rule. Nothing runs.
    #[command(after_help = "\
Examples:
  localgpt policy explain web_fetch https://example.org/a?b=c
  localgpt policy explain shell 'rm -r notes'
  localgpt policy explain '{\"name\":\"write\",\"input\":{\"path\":\"SOUL.md\",\"content\":\"x\"}}'

With --json: {\"call\",\"effects\",\"trusted\":{\"ruling\",\"rule\",\"reason\"},\"untrusted\":{…}}.")]
    Explain {
        /// A tool and its one argument, or a call as JSON.
        #[arg(required = true, value_name = "CALL")]
        call: Vec<String>,
    },
    /// Take back what you allowed for later.
    #[command(after_help = "With --json: {\"revoked\"}.")]
    Revoke {
        /// The names that `policy list` shows.
        #[arg(value_name = "ID", required_unless_present = "all")]
        ids: Vec<String>,
        /// All of it.
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
}
