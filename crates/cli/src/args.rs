//! What can be typed: the commands, their options, and the help that teaches them.

mod config;
mod memory;
mod policy;
mod sandbox;
mod session;
mod skills;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use config::ConfigCommand;
pub(crate) use memory::{MemoryCommand, SearchArgs};
pub(crate) use policy::PolicyCommand;
pub(crate) use sandbox::{SandboxArgs, SandboxCommand};
pub(crate) use session::{OneSession, SessionCommand};
pub(crate) use skills::SkillsCommand;

const EXAMPLES: &str = "\
Examples:
  localgpt init                                     write a workspace to start from
  localgpt ask When was the heat pump serviced?     answer from your notes, with citations
  localgpt memory search 'heat pump' --limit 3      the best pieces of your notes
  localgpt memory add 'Filter changed today.'       append to today's note
  localgpt --workspace ~/notes chat                 talk over another folder
  localgpt models                                   the models that can be reached now
  localgpt ask --model ollama/qwen3:8b Plan my week one answer by a model, from your notes
  localgpt ask --attach offer.pdf 'What is due?'    a file beside the question
  localgpt policy list                              what a model may do, and what it asks you about
  localgpt history; localgpt undo                   what it changed; take the last change back

Without a model answers come from `quote`: it is no language model, it shows the sentences of your
notes that answer, word for word, with the file and line. `localgpt config set model.use NAME` lets
a model answer. Data goes to stdout, everything else to stderr.
Exit status: 0 done, 1 something you can fix, 2 bad usage, 3 our fault.";

/// Answers from your own notes: word for word (answerer: quote, no language model), or by a model you choose.
#[derive(Debug, Parser)]
#[command(
    name = "localgpt",
    after_help = EXAMPLES,
    disable_version_flag = true,
    arg_required_else_help = true,
    max_term_width = 100,
    infer_long_args = true
)]
pub(crate) struct Arguments {
    /// Print the version; with `-v` also the licences.
    #[arg(short = 'V', long)]
    pub(crate) version: bool,
    /// The options that every command has.
    #[command(flatten)]
    pub(crate) global: Global,
    /// The command.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// The options that every command has.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options for every command")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that is typed or not")]
pub(crate) struct Global {
    /// The folder with your notes.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) workspace: Option<PathBuf>,
    /// The model that answers: `provider/model`, an alias, or `quote`.
    #[arg(short, long, global = true, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print data, and errors, as JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print data and errors only.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Show the log on stderr; -vv and -vvv show more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// When to use colour.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorWhen,
    /// The same as `--color never`.
    #[arg(long, global = true, conflicts_with = "color")]
    pub(crate) no_color: bool,
    /// Words and not signs, nothing that moves: for screen readers.
    #[arg(long, global = true)]
    pub(crate) plain: bool,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set; `CLICOLOR_FORCE` wants it everywhere.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answer a question from your notes.
    #[command(after_help = "\
Examples:
  localgpt ask Which filter does the heat pump take?
  echo 'What did we decide about the roof?' | localgpt ask
  localgpt ask --json 'Who is Ada?' | jq -r '.quotes[].text'
  git diff | localgpt ask --model claude-cli/sonnet 'What could break?'
  localgpt ask --continue 'And on Windows?'

Without a model every quote stands in your notes exactly as shown. When the evidence is weak the answer is
\"nothing in memory answers this\", and the exit status is still 0: that is an answer.

With --json: {\"answerer\",\"verdict\":\"answered\"|\"nothing\",\"quotes\":[{\"path\",\"start_line\",\"end_line\",
\"text\",\"heading\",\"date\",\"strength\"}]}; of a model
{\"answerer\",\"session\",\"text\",\"recalled\",\"remembered\",\"end\",\"usage\"}. The exit status is 1 where a
model gave no whole answer. What stands in a pipe beside a question is sent as quoted text.")]
    Ask(AskArgs),
    /// Talk: one message after the other, in a session that is kept.
    #[command(after_help = "\
/help lists the commands, Tab completes them. Alt-Enter, or a backslash before Enter, starts another
line; Ctrl-R searches what was typed before, Ctrl-O opens VISUAL or EDITOR; Ctrl-C clears, Ctrl-D ends.
Without a terminal every line of stdin is a question, and where a call needs your yes the next line is
the answer to that (y, n, s, a):
  printf '%s\\n' 'Who is Ada?' '/memory stats' | localgpt chat

With --json every reply is one line with the document of the command of that name.")]
    Chat(ChatArgs),
    /// List, find, continue, copy and put away what was said.
    #[command(subcommand)]
    Session(SessionCommand),
    /// List the models that can be reached now.
    #[command(after_help = "\
Only what is there is asked: programs on this machine, servers that answer, vendors whose key is set.

With --json: {\"models\":[{\"name\",\"window\",\"tools\",\"price\"}],\"silent\":[{\"provider\",\"reason\"}]}.

Example:
  localgpt models --fetch qwen3:8b      have the Ollama server fetch a model")]
    Models(ModelsArgs),
    /// Show what models have taken: tokens and cost, by day, session and model.
    #[command(after_help = "\
The figures are the providers' own; work behind the scenes (summaries, saving notes) is counted as well.

With --json: [{\"day\",\"session\",\"model\",\"purpose\",\"answers\",\"usage\"}].")]
    Usage(UsageArgs),
    /// Search, read and add to your notes.
    #[command(subcommand)]
    Memory(MemoryCommand),
    /// List what was changed in the workspace through this program, newest first.
    #[command(after_help = "\
Every change is a commit of a repository that ordinary git reads; with -v this says where it lies.

With --json: [{\"id\",\"at\",\"author\",\"session\",\"summary\",\"of\"}].")]
    History {
        /// The most changes to list.
        #[arg(short = 'n', long, default_value_t = 20, value_name = "N")]
        limit: usize,
    },
    /// Show what a change did, or what was changed since the last one.
    #[command(after_help = "With --json: [{\"path\",\"kind\",\"diff\"}].")]
    Diff {
        /// The change, by the name that `history` shows.
        #[arg(value_name = "ID")]
        id: Option<String>,
    },
    /// Take changes back; what you changed since stays.
    #[command(after_help = "\
Examples:
  localgpt undo                     the last change
  localgpt undo 3                   the last three
  localgpt undo 1a2b3c4d            one that `history` shows
  localgpt undo the filter is new   the last one that wrote these words

With --json: {\"commit\",\"of\",\"files\",\"left\"}.")]
    Undo {
        /// How many, which one, or what it wrote.
        #[arg(value_name = "N|ID|WORDS")]
        what: Vec<String>,
    },
    /// Do again what `undo` took back last.
    #[command(after_help = "With --json: {\"commit\",\"of\",\"files\",\"left\"}.")]
    Redo,
    /// Forget a text: out of notes, history, index, sessions and logs, for good.
    #[command(after_help = "\
Every line of the workspace that has the text goes; in sessions a mark takes its place; the history is
written anew without it. What goes is listed first. Then every file is read once more: what still says
it (a file that is no text, a repository of your own) is listed, and the exit status is 1.

Examples:
  localgpt forget 'the code of the garage is 4711'
  localgpt forget --yes 'Ada is allergic to hazelnuts'
  localgpt forget -                        reads it from stdin, so that no shell remembers it

With --json: {\"lines\",\"files\",\"sessions\":[{\"session\",\"records\"}],\"own_files\",\"commits\",\"scanned\",
\"left\":[{\"path\",\"reason\"}]}.")]
    Forget(ForgetArgs),
    /// Show what the assistant may do, and take back what you allowed.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// List, show, check and accept skills: folders with instructions for a model.
    #[command(subcommand)]
    Skills(SkillsCommand),
    /// Write the starter files of a workspace; nothing is overwritten.
    #[command(after_help = "\
Examples:
  localgpt init                        in the default folder (see `localgpt paths`)
  localgpt --workspace ~/notes init    in a folder of yours; files that exist are left alone

With --json: {\"init\":{\"workspace\",\"written\",\"kept\",\"question\"},\"answer\":{as from `ask`}}.")]
    Init,
    /// Check the set-up and say what is wrong; changes nothing.
    #[command(after_help = "\
The exit status is 1 when something is a problem.

With --json: [{\"name\",\"state\":\"ok\"|\"warning\"|\"problem\",\"detail\",\"hint\"}].")]
    Doctor,
    /// Say how programs are confined here, and try to get out.
    #[command(subcommand)]
    Sandbox(SandboxCommand),
    /// Print the folders and files in use.
    #[command(after_help = "\
With --json: {\"workspace\",\"workspace_source\",\"config_file\",\"config\",\"data\",\"state\",\"cache\",\"log\"}.")]
    Paths,
    /// Read and change the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the completions of a shell.
    #[command(after_help = "\
Examples:
  localgpt completions bash > ~/.local/share/bash-completion/completions/localgpt
  localgpt completions zsh  > ~/.zfunc/_localgpt
  localgpt completions fish > ~/.config/fish/completions/localgpt.fish")]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page.
    #[command(after_help = "\
Examples:
  localgpt man | man -l -
  localgpt man memory search | man -l -")]
    Man {
        /// The command whose page is wanted; none for the page of `localgpt`.
        command: Vec<String>,
    },
    /// Print the version; with `-v` also the licences.
    Version,
}

/// The words of `ask`.
#[derive(Debug, Args)]
pub(crate) struct AskArgs {
    /// The question; `-`, or none when stdin is a pipe, reads it from stdin.
    #[arg(value_name = "QUESTION")]
    pub(crate) question: Vec<String>,
    /// Where the question belongs to.
    #[command(flatten)]
    pub(crate) session: SessionArgs,
    /// Print what happens as JSON, one event a line, as it happens.
    #[arg(long, conflicts_with = "json")]
    pub(crate) stream_json: bool,
    /// Who answers where the rules want your yes; without it you, if you sit at the terminal, else nobody.
    #[arg(long, value_name = "WHO")]
    pub(crate) approve: Option<Approve>,
    /// Put a file beside the question: text, PDF, docx, odt or a picture; may be given several times.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) attach: Vec<PathBuf>,
    /// Let programs run with all that you may do where there is no sandbox; for this run only.
    #[arg(long)]
    pub(crate) i_accept_no_sandbox: bool,
}

/// Who answers questions about calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Approve {
    /// Nobody: what would be asked about does not run.
    Nobody,
    /// The lines of stdin, one an answer: `y`, `s`, `a`; anything else is a no.
    Stdin,
}

/// The words of `chat`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ChatArgs {
    /// Which session.
    #[command(flatten)]
    pub(crate) session: SessionArgs,
    /// Show the model's reasoning as well.
    #[arg(long)]
    pub(crate) thinking: bool,
    /// Put a file beside the first message; may be given several times.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) attach: Vec<PathBuf>,
    /// Let programs run with all that you may do where there is no sandbox; for this run only.
    #[arg(long)]
    pub(crate) i_accept_no_sandbox: bool,
}

/// Which session a question belongs to; a fresh one without either.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SessionArgs {
    /// Go on with the last session.
    #[arg(short, long = "continue")]
    pub(crate) continue_last: bool,
    /// Go on with this session: its name, or the beginning of it, or its title.
    #[arg(short, long, value_name = "SESSION", conflicts_with = "continue_last")]
    pub(crate) resume: Option<String>,
}

/// The words of `forget`.
#[derive(Debug, Args)]
pub(crate) struct ForgetArgs {
    /// The text, as it stands in your notes; at least four characters of one line.
    #[arg(value_name = "TEXT")]
    pub(crate) text: Vec<String>,
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Leave what was said in sessions as it is.
    #[arg(long)]
    pub(crate) keep_sessions: bool,
}

/// The words of `models`.
#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {
    /// Have the Ollama server fetch this model first; what was fetched of it before is kept.
    #[arg(long, value_name = "MODEL")]
    pub(crate) fetch: Option<String>,
}

/// The words of `usage`.
#[derive(Debug, Args)]
pub(crate) struct UsageArgs {
    /// How many days back.
    #[arg(short, long, default_value_t = 30, value_name = "N")]
    pub(crate) days: u32,
    /// One line a session, and not one a day.
    #[arg(long)]
    pub(crate) by_session: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
