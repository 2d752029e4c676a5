//! `grep`: lines of files that fit a pattern.

use std::{
    fmt::Write as _,
    fs::File,
    os::fd::OwnedFd,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use grep_matcher::LineTerminator;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, Sink, SinkContext, SinkMatch};
use ignore::WalkState;
use localgpt_guard::Untrusted;
use localgpt_protocol::{Aliases, BoxFuture, Risk, Tool, ToolContext, ToolError, ToolSpec};
use rustix::fs::FileType;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Origins, PATH, ours,
    walk::{Pattern, called, inside, walk},
};
use crate::{
    Folder,
    apart::{Stop, apart},
    folder::Spot,
    typed::{read, spec},
};

/// Matching lines that are shown unless the model asks otherwise, and the most it can ask for.
const USUAL: usize = 100;
const MOST: usize = 1_000;
/// When this many lines are found the search ends, wherever it is.
const ENOUGH: usize = 5_000;
const MOST_CONTEXT: usize = 20;
/// The most that is shown of one line, and of all, in bytes.
const LINE: usize = 400;
const MOST_BYTES: usize = 50 << 10;
/// The longest line that is searched, in bytes; a file with a longer one is passed over and counted.
const LONGEST_LINE: usize = 64 << 20;

/// Searches files of the workspace, or of what may be read beside it.
pub struct Grep {
    spec: ToolSpec,
    folder: Arc<Folder>,
    origins: Arc<dyn Origins>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Input {
    pattern: String,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    glob: Option<String>,
    #[serde(default)]
    #[schemars(skip)]
    context: Option<usize>,
    #[serde(default)]
    #[schemars(skip)]
    limit: Option<usize>,
    #[serde(default)]
    #[schemars(skip)]
    ignore_case: bool,
    #[serde(default)]
    #[schemars(skip)]
    literal: bool,
}

impl Grep {
    /// Searches in `folder`.
    pub fn new(folder: Arc<Folder>, origins: Arc<dyn Origins>) -> Self {
        let spec = spec::<Input>("grep", "Search files by regex.", Risk::Read);
        let parameters = &[
            PATH,
            ("query", "pattern"),
            ("regex", "pattern"),
            ("include", "glob"),
            ("ignore_case", "ignoreCase"),
            ("-i", "ignoreCase"),
            ("-C", "context"),
            ("head_limit", "limit"),
        ];
        let aliases = Aliases { names: &["search_files", "rg"], parameters };
        Self { spec: ToolSpec { aliases, ..spec }, folder, origins }
    }
}

impl Tool for Grep {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call<'a>(
        &'a self,
        input: Value,
        _: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        let (folder, origins) = (Arc::clone(&self.folder), Arc::clone(&self.origins));
        apart(move |stop| {
            let input: Input = read(input)?;
            let limit = input.limit.unwrap_or(USUAL).clamp(1, MOST);
            let search = Search::new(&input, limit)?;
            let spot = folder.spot(input.path.as_deref().unwrap_or("."))?;
            match spot.kind() {
                Ok(FileType::Directory) | Err(_) => search.folder(&spot, stop)?,
                Ok(_) => search.file(&spot.open_file()?.0, spot.name(), &mut search.searcher()),
            }
            Ok(search.result(limit, origins.as_ref()))
        })
    }
}

/// A search and what it has found so far.
struct Search {
    matcher: RegexMatcher,
    pattern: Option<Pattern>,
    context: usize,
    limit: usize,
    found: Mutex<Vec<Found>>,
    lines: AtomicUsize,
    unread: AtomicUsize,
}

/// What was found in one file.
struct Found {
    name: String,
    /// Lines as they are shown; each with whether it fits, or stands around one that does.
    lines: Vec<(String, Fits)>,
    /// The same lines alone and whole.
    bare: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fits {
    Yes,
    Around,
}

impl Search {
    fn new(input: &Input, limit: usize) -> Result<Self, ToolError> {
        let matcher = RegexMatcherBuilder::new()
            .case_insensitive(input.ignore_case)
            .fixed_strings(input.literal)
            .multi_line(true)
            .crlf(true)
            .build(&input.pattern)
            .map_err(|error| ToolError::Input(format!("bad pattern: {error}")))?;
        Ok(Self {
            matcher,
            pattern: input.glob.as_deref().map(Pattern::new).transpose()?,
            context: input.context.unwrap_or_default().min(MOST_CONTEXT),
            limit,
            found: Mutex::default(),
            lines: AtomicUsize::new(0),
            unread: AtomicUsize::new(0),
        })
    }

    fn searcher(&self) -> Searcher {
        SearcherBuilder::new()
            .line_number(true)
            .line_terminator(LineTerminator::crlf())
            .binary_detection(BinaryDetection::quit(0))
            .heap_limit(Some(LONGEST_LINE))
            .before_context(self.context)
            .after_context(self.context)
            .build()
    }

    /// Searches a folder on all processors.
    fn folder(&self, spot: &Spot, stop: &Stop) -> Result<(), ToolError> {
        let folder: OwnedFd = spot.open_folder()?;
        let with_hidden = self.pattern.as_ref().is_some_and(Pattern::is_hidden);
        walk(spot, with_hidden).build_parallel().run(|| {
            let mut searcher = self.searcher();
            let folder = &folder;
            Box::new(move |entry| {
                if stop.is_asked() || self.lines.load(Ordering::Relaxed) >= ENOUGH {
                    return WalkState::Quit;
                }
                let Ok(entry) = entry else {
                    self.unread.fetch_add(1, Ordering::Relaxed);
                    return WalkState::Continue;
                };
                if entry.file_type().is_some_and(|kind| kind.is_file()) {
                    let inside = inside(spot, entry.path());
                    if self.pattern.as_ref().is_none_or(|pattern| pattern.fits(&inside)) {
                        self.file_in(folder, spot, &inside, &mut searcher);
                    }
                }
                WalkState::Continue
            })
        });
        Ok(())
    }

    fn file_in(&self, folder: &OwnedFd, spot: &Spot, inside: &Path, searcher: &mut Searcher) {
        match Spot::open_in(folder, inside) {
            Ok(file) => self.file(&file, called(spot, inside), searcher),
            Err(_) => drop(self.unread.fetch_add(1, Ordering::Relaxed)),
        }
    }

    fn file(&self, file: &File, name: String, searcher: &mut Searcher) {
        let found = Found { name, lines: Vec::new(), bare: String::new() };
        let mut collect = Collect { found, fitting: 0, limit: self.limit };
        if searcher.search_file(&self.matcher, file, &mut collect).is_err() {
            self.unread.fetch_add(1, Ordering::Relaxed);
        }
        if collect.fitting > 0 {
            self.lines.fetch_add(collect.fitting, Ordering::Relaxed);
            self.found.lock().unwrap_or_else(PoisonError::into_inner).push(collect.found);
        }
    }

    /// What is shown: files by name, at most `limit` lines that fit.
    fn result(self, limit: usize, origins: &dyn Origins) -> Untrusted {
        let mut found = self.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        let (mut text, mut names, mut bare) = (String::new(), String::new(), String::new());
        let (mut shown, mut total) = (0, 0);
        for Found { name, lines, bare: bare_lines } in found {
            let fitting = lines.iter().filter(|(_, fits)| *fits == Fits::Yes).count();
            total += fitting;
            let is_full = shown >= limit || text.len() >= MOST_BYTES;
            if is_full {
                continue;
            }
            for (line, fits) in lines {
                if shown == limit || text.len() >= MOST_BYTES {
                    break;
                }
                shown += usize::from(fits == Fits::Yes);
                // Writing to a String cannot fail.
                let _ok = writeln!(text, "{name}{line}");
            }
            names += &name;
            names.push('\n');
            bare += &bare_lines;
        }
        let unread = self.unread.into_inner();
        let note = match unread {
            0 => String::new(),
            unread => format!("[{unread} files could not be read]"),
        };
        if text.is_empty() {
            return ours(format!("no line fits {note}").trim_end());
        }
        let label = origins.of(&bare).and(origins.of_names(&names));
        if total > shown {
            let more =
                if total >= ENOUGH { "many".to_owned() } else { (total - shown).to_string() };
            let _ok = writeln!(text, "[and {more} more lines; narrow the search]");
        }
        text += &note;
        Untrusted::new(text.trim_end()).labelled(label)
    }
}

/// Takes the lines of one file as they are found.
struct Collect {
    found: Found,
    fitting: usize,
    limit: usize,
}

impl Collect {
    fn add(&mut self, number: Option<u64>, bytes: &[u8], fits: Fits) {
        let line = String::from_utf8_lossy(bytes);
        let line = line.trim_end_matches(['\r', '\n']);
        self.found.bare.push_str(line);
        self.found.bare.push('\n');
        let shown = line.get(..end(line)).unwrap_or_default();
        let mark = if shown.len() < line.len() { " […]" } else { "" };
        let number = number.unwrap_or_default();
        let shown = match fits {
            Fits::Yes => format!(":{number}: {shown}{mark}"),
            Fits::Around => format!("-{number}- {shown}{mark}"),
        };
        self.found.lines.push((shown, fits));
    }
}

/// Where a line is cut.
fn end(line: &str) -> usize {
    let most = LINE.min(line.len());
    (0..=most).rev().find(|at| line.is_char_boundary(*at)).unwrap_or_default()
}

impl Sink for Collect {
    type Error = std::io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> Result<bool, Self::Error> {
        self.fitting += 1;
        self.add(found.line_number(), found.bytes(), Fits::Yes);
        // One more than is shown, to know that there is more.
        Ok(self.fitting <= self.limit)
    }

    fn context(&mut self, _: &Searcher, found: &SinkContext<'_>) -> Result<bool, Self::Error> {
        self.add(found.line_number(), found.bytes(), Fits::Around);
        Ok(true)
    }
}
