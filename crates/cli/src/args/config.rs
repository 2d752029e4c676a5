//! The words of `localgpt config`.

use clap::Subcommand;

/// Read and change the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print the value in use of one key.
    #[command(after_help = "\
Example:
  localgpt config get log.level

With --json: {\"key\",\"value\",\"source\"}.")]
    Get {
        /// The key, like `log.level`.
        key: String,
    },
    /// Write one key to the file; comments and order stay as they are.
    #[command(after_help = "\
Examples:
  localgpt config set language german
  localgpt config set memory.extra_paths '[\"../recipes\"]'

What would not load is refused, and the file stays as it was.")]
    Set {
        /// The key, like `log.level`.
        key: String,
        /// The value, written as in TOML; a bare word is a string.
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Remove one key from the file, so that its default holds again.
    Unset {
        /// The key, like `log.level`.
        key: String,
    },
    /// Print every key with the value in use; with `-v` also what it is for.
    #[command(after_help = "With --json: [{\"key\",\"value\",\"source\"}].")]
    Show,
    /// Print the path of the file.
    #[command(after_help = "With --json: {\"path\",\"exists\"}.")]
    Path,
    /// Open a copy in $VISUAL or $EDITOR, and keep it if it loads.
    Edit,
}
