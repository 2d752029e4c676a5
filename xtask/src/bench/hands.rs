//! What tools and the history cost, in this process: a search of files beside ripgrep's own crates, and a long list of
//! changes.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow};
use grep_regex::RegexMatcherBuilder;
use grep_searcher::{BinaryDetection, SearcherBuilder, sinks::Lossy};
use ignore::{WalkBuilder, WalkState};
use localgpt_guard::{Label, Origin};
use localgpt_history::{Author, Change, Consent, History, Options, Scope};
use localgpt_protocol::{Clock, SessionId, Tool as _, ToolContext};
use localgpt_tools::{Folder, Grep, Origins};
use serde_json::json;
use tempfile::TempDir;

use super::{
    Bench,
    table::{Amount, Row},
    timing::median,
};

/// Files of 8 KB that are searched.
const FILES: usize = 5_000;
/// What is looked for: a few hits, and one in every file.
const PATTERNS: [&str; 2] = ["schäten99[0-9]", "karoli"];
/// Changes that are listed.
const COMMITS: usize = 10_000;

/// Measures both.
pub(super) fn rows(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = searches(bench)?;
    rows.push(long_history(bench)?);
    Ok(rows)
}

struct Mine;

impl Origins for Mine {
    fn of(&self, _: &str) -> Label {
        Label::NOTHING
    }
}

fn searches(bench: &Bench) -> Result<Vec<Row>> {
    eprintln!("searching {FILES} files");
    let tree = tree()?;
    let folder =
        Folder { root: tree.path().to_owned(), readable: Vec::new(), own: Vec::new(), home: None };
    let tool = Grep::new(Arc::new(folder), Arc::new(Mine));
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let context =
        ToolContext { session: SessionId::new("s"), origin: Origin::Human, allowed: Vec::new() };
    let mut rows = Vec::new();
    for pattern in PATTERNS {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        // In turns, so that whatever else goes on hits both alike.
        for _ in 0..4 * bench.repeats {
            let begun = Instant::now();
            let input = json!({ "pattern": pattern });
            let found = runtime.block_on(tool.call(input, &context));
            found.map_err(|error| anyhow!("the search failed: {error}"))?;
            ours.push(begun.elapsed());
            let begun = Instant::now();
            ripgrep(tree.path(), pattern)?;
            theirs.push(begun.elapsed());
        }
        let (ours, theirs) = (median(&ours), median(&theirs));
        rows.push(
            Row::shown(format!("`grep` for {pattern} in {FILES} files, 40 MB"), Amount::Time(ours))
                .beside("ripgrep's crates", Amount::Time(theirs))
                .at_most(Amount::Time(theirs.mul_f64(1.5))),
        );
    }
    Ok(rows)
}

/// Words of five syllables and numbers, in folders, a twentieth of them ignored.
fn tree() -> Result<TempDir> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    fs::write(folder.path().join(".gitignore"), "*.log\n")?;
    let mut random = 7_u64;
    for file in 0..FILES {
        let parent = folder.path().join(format!("{}/{}", file % 50, file % 7));
        fs::create_dir_all(&parent)?;
        let mut text = String::new();
        while text.len() < 8_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let number = random >> 33;
            let word = match number % 5 {
                0 => "ka",
                1 => "ro",
                2 => "li",
                3 => "schä",
                _ => "ten",
            };
            let end = if number.is_multiple_of(11) { '\n' } else { ' ' };
            write!(text, "{word}{}{end}", number % 997)?;
        }
        let ending = if file.is_multiple_of(20) { "log" } else { "md" };
        fs::write(parent.join(format!("{file}.{ending}")), text)?;
    }
    Ok(folder)
}

/// Walks on all processors, searches each file into a buffer, and gives the buffers away: as ripgrep does it.
fn ripgrep(root: &Path, pattern: &str) -> Result<()> {
    let mut matcher = RegexMatcherBuilder::new();
    let matcher = matcher.multi_line(true).line_terminator(Some(b'\n')).build(pattern)?;
    let printed = Mutex::new(std::io::sink());
    WalkBuilder::new(root).require_git(false).build_parallel().run(|| {
        let mut searcher = SearcherBuilder::new();
        searcher.line_number(true).binary_detection(BinaryDetection::quit(0));
        let (mut searcher, matcher, printed) = (searcher.build(), matcher.clone(), &printed);
        Box::new(move |entry| {
            let Ok(entry) = entry else { return WalkState::Continue };
            if entry.file_type().is_some_and(|kind| kind.is_file()) {
                let mut buffer = Vec::new();
                let path = entry.path().display();
                let sink = Lossy(|number, line| {
                    write!(buffer, "{path}:{number}:{line}")?;
                    Ok(true)
                });
                let searched = searcher.search_path(&matcher, entry.path(), sink);
                let mut printed = printed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                if searched.is_err() || printed.write_all(&buffer).is_err() {
                    return WalkState::Quit;
                }
            }
            WalkState::Continue
        })
    });
    Ok(())
}

/// Lists as many changes as a person makes in years, opened anew each time as a command does.
fn long_history(bench: &Bench) -> Result<Row> {
    eprintln!("recording {COMMITS} changes");
    // In memory where there is such a folder: each change is flushed, and it is the list that is measured.
    let memory = Path::new("/dev/shm");
    let folder = match memory.is_dir() {
        true => tempfile::tempdir_in(memory),
        false => tempfile::tempdir(),
    };
    let folder = folder.context("cannot make a temporary folder")?;
    let workspace = folder.path().join("workspace");
    fs::create_dir_all(&workspace)?;
    let mut history = open(folder.path())?;
    for turn in 0..COMMITS {
        let text = format!("# Note\n\nturn {turn}\n{}", "a line of the note\n".repeat(40));
        fs::write(workspace.join(format!("{}.md", turn % 200)), text)?;
        history.record(&Change {
            session: Some(SessionId::new("2026-01-02-abc")),
            turn: None,
            summary: format!("write {}.md", turn % 200),
            author: Author::Assistant,
            scope: Scope::All,
        })?;
    }
    drop(history);
    let mut took = Vec::new();
    for _ in 0..4 * bench.repeats {
        let begun = Instant::now();
        let listed = open(folder.path())?.list(COMMITS, None)?;
        took.push(begun.elapsed());
        anyhow::ensure!(listed.len() >= COMMITS, "only {} changes are listed", listed.len());
    }
    let limit = Amount::Time(Duration::from_millis(100));
    Ok(Row::shown(format!("list {COMMITS} changes"), Amount::Time(median(&took))).at_most(limit))
}

fn open(folder: &Path) -> Result<History> {
    let options = Options {
        workspace: folder.join("workspace"),
        beside: folder.join("history"),
        consent: Consent::NotGiven,
        largest_file: Options::LARGEST_FILE,
    };
    Ok(History::open(options, Clock::system(jiff::tz::TimeZone::UTC))?)
}
