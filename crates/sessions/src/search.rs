//! Finding what was said, in any session.
//!
//! The bytes of a log are searched first, case folded as Unicode has it. Only lines where all the words occur
//! somewhere are parsed, latest first, and looked at properly: what was recalled, thought or returned by a tool
//! does not count.

use std::{
    cmp::Reverse,
    fs::File,
    io::{self, BufRead as _, BufReader, Seek as _, SeekFrom},
    os::unix::fs::FileExt as _,
};

use localgpt_protocol::{Message, SessionHit, SessionId, SessionRecord, Speaker};
use memchr::{memchr, memmem, memrchr};
use regex::{Regex, RegexBuilder, bytes};

use crate::{
    error::{Error, Result},
    line,
    list::Glance,
    store::SessionStore,
    title,
};

/// Characters of a snippet before the first word that was found, and in all.
const BEFORE: usize = 40;
const SNIPPET: usize = 160;
/// How much is searched at once, from the end of a log on: a word that is everywhere is found in the first block.
const BLOCK: usize = 1024 * 1024;

impl SessionStore {
    /// Finds the messages that hold all words of `query`, the latest first.
    ///
    /// Upper and lower case are the same, and a word may be a piece of a longer one. What was summarised or taken
    /// back is found as well: it was said.
    pub fn search(&self, query: &str, limit: usize) -> Result<Vec<SessionHit>> {
        let words = Words::new(query)?;
        if words.0.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let mut hits = Vec::new();
        for id in self.ids()? {
            let path = self.path(&id)?;
            match File::open(&path).and_then(|file| search(&id, &file, &words, limit)) {
                Ok(found) => hits.extend(found),
                // It was deleted since the folder was read.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(Error::Read { path, source }),
            }
        }
        hits.sort_by_key(|hit| Reverse((hit.at, hit.record)));
        hits.truncate(limit);
        Ok(hits)
    }
}

/// The words of a query, the longest first.
struct Words(Vec<Word>);

struct Word {
    in_text: Regex,
    /// The same, as it stands in a line of JSON.
    in_line: bytes::Regex,
}

impl Words {
    fn new(query: &str) -> Result<Self> {
        let mut words: Vec<&str> = query.split_whitespace().collect();
        words.sort_unstable_by_key(|word| Reverse(word.len()));
        words.dedup();
        words.into_iter().map(Word::new).collect::<Result<_>>().map(Self)
    }

    fn are_in_text(&self, text: &str) -> bool {
        self.0.iter().all(|word| word.in_text.is_match(text))
    }

    /// Whether the words may be in a line: they are, or something is written in another way than it reads.
    fn may_be_in_line(&self, line: &[u8]) -> bool {
        self.0.iter().all(|word| word.in_line.is_match(line))
            || memmem::find(line, ESCAPE).is_some()
    }

    /// Where lines may begin that hold all the words; ascending.
    fn candidates(&self, bytes: &[u8]) -> Vec<usize> {
        let Some(longest) = self.0.first() else { return Vec::new() };
        let mut starts = Vec::new();
        let mut place = 0;
        while let Some(found) = longest.in_line.find_at(bytes, place) {
            let (before, after) = bytes.split_at(found.start());
            starts.push(memrchr(b'\n', before).map_or(0, |end| end + 1));
            let Some(end) = memchr(b'\n', after) else { break };
            place = found.start() + end + 1;
        }
        for found in memmem::find_iter(bytes, ESCAPE) {
            let before = bytes.get(..found).unwrap_or_default();
            starts.push(memrchr(b'\n', before).map_or(0, |end| end + 1));
        }
        starts.sort_unstable();
        starts.dedup();
        starts
    }
}

/// How JSON may write any character. We write so only what does not show.
const ESCAPE: &[u8] = br"\u";

impl Word {
    fn new(word: &str) -> Result<Self> {
        let query = |error| Error::Query(Box::new(error));
        let quoted = serde_json::to_string(word).map_err(Error::Record)?;
        let written = quoted.get(1..quoted.len() - 1).unwrap_or(word);
        let in_text = RegexBuilder::new(&regex::escape(word)).case_insensitive(true).build();
        let in_line =
            bytes::RegexBuilder::new(&regex::escape(written)).case_insensitive(true).build();
        Ok(Self { in_text: in_text.map_err(query)?, in_line: in_line.map_err(query)? })
    }
}

/// Finds the latest messages of one log; the latest first.
fn search(id: &SessionId, file: &File, words: &Words, limit: usize) -> io::Result<Vec<SessionHit>> {
    let mut hits: Vec<(u64, SessionHit)> = Vec::new();
    let mut end = file.metadata()?.len();
    let mut block = Vec::new();
    while end > 0 && hits.len() < limit {
        let start = read_lines_before(file, end, &mut block)?;
        search_block(id, &block, words, |place, hit| {
            hits.push((start + place as u64, hit));
            hits.len() < limit
        });
        end = start;
    }
    match hits.is_empty() {
        true => Ok(Vec::new()),
        false => complete(hits, file),
    }
}

/// Reads the whole lines that stand before `end`, about a block of them: where they begin.
///
/// The same memory serves for every block: to get as much of it as a long log has takes longer than to search it.
fn read_lines_before(file: &File, end: u64, block: &mut Vec<u8>) -> io::Result<u64> {
    let mut length = BLOCK as u64;
    loop {
        let start = end.saturating_sub(length);
        block.resize((end - start) as usize, 0);
        let mut filled = 0;
        while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match file.read_at(rest, start + filled as u64) {
                // An unfinished line was cut off since.
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        block.truncate(filled);
        if start == 0 {
            return Ok(0);
        }
        // The first line began earlier.
        let cut = memchr(b'\n', block).map_or(block.len(), |place| place + 1);
        if cut < block.len() || filled == 0 {
            block.drain(..cut);
            return Ok(start + cut as u64);
        }
        length *= 2;
    }
}

/// Finds the messages of some whole lines, the latest first, as long as `found` wants more.
fn search_block(
    id: &SessionId,
    block: &[u8],
    words: &Words,
    mut found: impl FnMut(usize, SessionHit) -> bool,
) {
    for start in words.candidates(block).into_iter().rev() {
        let rest = block.get(start..).unwrap_or_default();
        let text = rest.get(..memchr(b'\n', rest).unwrap_or(rest.len())).unwrap_or_default();
        if is_tool_results(text) || !words.may_be_in_line(text) {
            continue;
        }
        if let Ok(record) = line::parse(text)
            && let Some(hit) = look(id, record, words)
            && !found(start, hit)
        {
            return;
        }
    }
}

/// Whether a line as we write it holds the results of tools.
fn is_tool_results(text: &[u8]) -> bool {
    const KEY: &[u8] = br#","message":{"role":""#;
    let head = text.get(..128).unwrap_or(text);
    let role = memmem::find(head, KEY).and_then(|place| head.get(place + KEY.len()..));
    role.is_some_and(|role| role.starts_with(br#"tool_results""#))
}

fn look(id: &SessionId, record: SessionRecord, words: &Words) -> Option<SessionHit> {
    let SessionRecord::Said { at, message } = record else { return None };
    let role = match &message {
        Message::User(_) => Speaker::User,
        Message::Assistant(_) => Speaker::Assistant,
        Message::ToolResults(_) => return None,
    };
    let text = message.text();
    words.are_in_text(&text).then(|| SessionHit {
        session: id.clone(),
        title: None,
        record: 0,
        at,
        role,
        snippet: snippet(&text, words),
    })
}

/// Gives hits, the latest first, the numbers of their lines and the title of their session.
fn complete(mut hits: Vec<(u64, SessionHit)>, file: &File) -> io::Result<Vec<SessionHit>> {
    let mut file = file;
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::with_capacity(BLOCK, file);
    let mut glance = Glance::default();
    let mut text = Vec::new();
    let (mut place, mut record) = (0, 0);
    let mut next = hits.iter_mut().rev().peekable();
    while reader.read_until(b'\n', &mut text)? > 0 {
        if let Some((_, hit)) = next.next_if(|(start, _)| *start <= place) {
            hit.record = record;
        }
        glance.take(text.strip_suffix(b"\n").unwrap_or(&text));
        place += text.len() as u64;
        record += 1;
        text.clear();
    }
    let title = glance.title().map(str::to_owned);
    Ok(hits.into_iter().map(|(_, hit)| SessionHit { title: title.clone(), ..hit }).collect())
}

/// One line around the first place where a word stands.
fn snippet(text: &str, words: &Words) -> String {
    let places = words.0.iter().filter_map(|word| word.in_text.find(text));
    let first = places.map(|found| found.start()).min().unwrap_or(0);
    let (before, after) = text.split_at_checked(first).unwrap_or(("", text));
    let start = before.char_indices().rev().nth(BEFORE - 1).map_or(0, |(place, _)| place);
    let head = before.get(start..).unwrap_or_default();
    let length = SNIPPET.saturating_sub(head.chars().count());
    let end = after.char_indices().nth(length).map_or(after.len(), |(place, _)| place);
    let line = title::one_line(text.get(start..first + end).unwrap_or(text));
    let left = if start > 0 { "…" } else { "" };
    let right = if end < after.len() { "…" } else { "" };
    format!("{left}{line}{right}")
}
