//! How long it takes to search 40 MB in 5,000 files: `grep`, and the crates of ripgrep as ripgrep drives them.
#![expect(clippy::unwrap_used, reason = "a bench may panic")]

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::Path,
    sync::{Arc, LazyLock, Mutex},
};

use divan::Bencher;
use grep_regex::RegexMatcherBuilder;
use grep_searcher::{BinaryDetection, SearcherBuilder, sinks::Lossy};
use ignore::{WalkBuilder, WalkState};
use localgpt_guard::Label;
use localgpt_protocol::{SessionId, Tool as _, ToolContext};
use localgpt_tools::{Folder, Grep, Origins};
use serde_json::json;
use tempfile::TempDir;

const FILES: usize = 5_000;
const PATTERNS: &[&str] = &["schäten99[0-9]", "karoli", r"\bro[0-9]+ li[0-9]+\b"];

fn main() {
    divan::main();
}

struct Mine;

impl Origins for Mine {
    fn of(&self, _: &str) -> Label {
        Label::NOTHING
    }
}

static TREE: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".gitignore"), "*.log\n").unwrap();
    let mut random = 7_u64;
    for file in 0..FILES {
        let parent = folder.path().join(format!("{}/{}", file % 50, file % 7));
        fs::create_dir_all(&parent).unwrap();
        let mut text = String::new();
        while text.len() < 8_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let number = (random >> 33) as usize;
            let word = ["ka", "ro", "li", "schä", "ten"][number % 5];
            let end = if number.is_multiple_of(11) { '\n' } else { ' ' };
            write!(text, "{word}{}{end}", number % 997).unwrap();
        }
        let ending = if file.is_multiple_of(20) { "log" } else { "md" };
        fs::write(parent.join(format!("{file}.{ending}")), text).unwrap();
    }
    folder
});

#[divan::bench(args = PATTERNS)]
fn grep(bencher: Bencher<'_, '_>, pattern: &str) {
    let root = TREE.path().to_owned();
    let folder = Arc::new(Folder { root, readable: Vec::new(), home: None, own: Vec::new() });
    let tool = Grep::new(folder, Arc::new(Mine));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let context = ToolContext {
        session: SessionId::new("s"),
        origin: localgpt_guard::Origin::Human,
        allowed: Vec::new(),
    };
    bencher.bench_local(|| {
        runtime.block_on(tool.call(json!({"pattern": pattern}), &context)).unwrap()
    });
}

#[divan::bench(args = PATTERNS)]
fn ripgrep(bencher: Bencher<'_, '_>, pattern: &str) {
    bencher.bench_local(|| ripgrep_once(TREE.path(), pattern));
}

/// Walks on all processors, searches each file into a buffer, and prints the buffers.
fn ripgrep_once(root: &Path, pattern: &str) {
    let mut matcher = RegexMatcherBuilder::new();
    let matcher = matcher.multi_line(true).line_terminator(Some(b'\n')).build(pattern).unwrap();
    let printed = Mutex::new(io::sink());
    WalkBuilder::new(root).require_git(false).build_parallel().run(|| {
        let mut searcher = SearcherBuilder::new();
        searcher.line_number(true).binary_detection(BinaryDetection::quit(0));
        let (mut searcher, matcher, printed) = (searcher.build(), matcher.clone(), &printed);
        Box::new(move |entry| {
            let entry = entry.unwrap();
            if entry.file_type().is_some_and(|kind| kind.is_file()) {
                let mut buffer = Vec::new();
                let path = entry.path().display();
                let sink = Lossy(|number, line| {
                    write!(buffer, "{path}:{number}:{line}")?;
                    Ok(true)
                });
                searcher.search_path(&matcher, entry.path(), sink).unwrap();
                printed.lock().unwrap().write_all(&buffer).unwrap();
            }
            WalkState::Continue
        })
    });
}
