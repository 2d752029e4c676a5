//! The words of `skills`.

use clap::Subcommand;

/// What can be done with skills.
#[derive(Debug, Subcommand)]
pub(crate) enum SkillsCommand {
    /// List the skills, and why some are not used.
    #[command(after_help = "\
Skills lie in `skills` and `.agents/skills` of the workspace, in `~/.agents/skills`, and in the folder
`skills` of the data directory (`localgpt paths`); of two with one name the one that comes first counts.

With --json: {\"skills\":[{\"name\",\"description\",\"path\",\"standing\",\"unusable\",\"is_for_model\",
\"commands\"}],\"problems\":[{\"path\",\"reason\"}],\"left_out\"}.")]
    List,
    /// Print a skill: what it says of itself, its files, and what the model reads.
    #[command(after_help = "\
With --json: what `list` says of it, and {\"homepage\",\"command_tool\",\"installs\",\"files\",\"body\"}.")]
    Show {
        /// Its name, its command or its folder.
        skill: String,
    },
    /// Say what is wrong with skills: what is not read, not used or not accepted, and why.
    #[command(after_help = "\
The exit status is 1 when something is not read or waits to be accepted.

With --json: the same document as `list`.")]
    Check,
    /// Show what is different in a skill since it was accepted, and accept it.
    #[command(after_help = "\
A skill that is there when the program first sees a workspace is used. One that comes later, or that changes
by one byte, is not used until it was accepted: exactly as it was shown.

Examples:
  localgpt skills accept forecast
  localgpt skills accept skills/forecast --digest 9f86d081884c7d65…

With --json: {\"name\",\"path\",\"standing\",\"digest\",\"diff\",\"accepted\"}; nobody is asked.")]
    Accept {
        /// Its name, its command or its folder.
        skill: String,
        /// Accept it without a question, if it still has this digest.
        #[arg(long)]
        digest: Option<String>,
    },
}
