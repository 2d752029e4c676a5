//! Which sessions there are, told from the first bytes of their lines.
//!
//! Every line of a log is looked at, so a list is exact; but only the few that can change it are parsed: titles,
//! models, what was taken back, and messages until one gives the session a name. A line that begins in another way
//! than we write them is parsed as well.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    str,
};

use jiff::Timestamp;
use localgpt_protocol::{ModelName, SessionId, SessionRecord, SessionSummary};
use tracing::warn;

use crate::{
    error::{Error, Result},
    line::{self, Parts, written_at, written_time, written_type},
    store::SessionStore,
    title::Titles,
};

/// How much of a log is in memory while a list is made.
const WINDOW: usize = 256 * 1024;

impl SessionStore {
    /// Lists the sessions, the one that was written to last first. A log that cannot be read is left out.
    pub fn list(&self) -> Result<Vec<SessionSummary>> {
        let mut summaries = Vec::new();
        for id in self.ids()? {
            match self.summary(&id) {
                Ok(Some(summary)) => summaries.push(summary),
                Ok(None) => warn!(session = %id, "a log holds no record that can be read"),
                Err(error) => warn!(session = %id, error = %error, "cannot read a log"),
            }
        }
        summaries.sort_unstable_by(|a, b| (b.last, &b.id).cmp(&(a.last, &a.id)));
        Ok(summaries)
    }

    /// Finds a session by its name, the beginning of its name, or its title.
    pub fn find(&self, wanted: &str) -> Result<SessionId> {
        let wanted = wanted.trim();
        let mut ids = self.ids()?;
        ids.sort_unstable();
        if let Some(id) = ids.iter().find(|id| id.as_str() == wanted) {
            return Ok(id.clone());
        }
        if !wanted.is_empty() {
            let begins = |id: &SessionId| {
                id.as_str()
                    .get(..wanted.len())
                    .is_some_and(|head| head.eq_ignore_ascii_case(wanted))
            };
            ids.retain(begins);
            if !ids.is_empty() {
                return only(ids, wanted);
            }
        }
        let title = wanted.to_lowercase();
        let is_called = |summary: &SessionSummary| {
            summary.title.as_ref().is_some_and(|found| found.to_lowercase() == title)
        };
        let named = self.list()?.into_iter().filter(is_called).map(|summary| summary.id);
        only(named.collect(), wanted)
    }

    fn summary(&self, id: &SessionId) -> Result<Option<SessionSummary>> {
        let path = self.path(id)?;
        let read = || -> io::Result<Option<SessionSummary>> {
            let file = File::open(&path)?;
            let bytes = file.metadata()?.len();
            let mut reader = BufReader::with_capacity(WINDOW, file);
            let mut glance = Glance::default();
            let mut text = Vec::new();
            while reader.read_until(b'\n', &mut text)? > 0 {
                match text.strip_suffix(b"\n") {
                    Some(line) => glance.take(line),
                    None if Parts::of(&text).tail_is_whole() => glance.take(&text),
                    None => {}
                }
                text.clear();
            }
            Ok(glance.finish(id, bytes))
        };
        read().map_err(|source| Error::Read { path: path.clone(), source })
    }
}

/// What a list needs to know of a log, while its lines go by.
#[derive(Debug, Default)]
pub(crate) struct Glance {
    titles: Titles,
    model: Option<ModelName>,
    started: Option<Timestamp>,
    /// The last time that was seen, as it is written.
    last: Vec<u8>,
    messages: u64,
    records: u64,
}

impl Glance {
    pub(crate) fn take(&mut self, text: &[u8]) {
        let number = self.records;
        self.records += 1;
        let is_told = match written_type(text) {
            Some(b"said") => self.titles.has_own(),
            Some(b"spent" | b"ended" | b"remembered" | b"forgotten") => true,
            Some(b"compacted" | b"compaction_undone") => true,
            Some(_) | None => false,
        };
        match written_time(text) {
            Some(time) if is_told && self.started.is_some() => {
                self.messages += u64::from(written_type(text) == Some(b"said"));
                self.last.clear();
                self.last.extend_from_slice(time);
            }
            Some(_) | None => {
                if let Ok(record) = line::parse(text) {
                    self.apply(number, record);
                }
            }
        }
    }

    /// The title, as in a list.
    pub(crate) fn title(&self) -> Option<&str> {
        self.titles.title()
    }

    fn apply(&mut self, number: u64, record: SessionRecord) {
        if let Some(at) = written_at(&record) {
            self.started.get_or_insert(at);
            self.last = at.to_string().into_bytes();
        }
        match record {
            SessionRecord::Said { message, .. } => {
                self.messages += 1;
                self.titles.said(number, &message);
            }
            SessionRecord::Titled { title, .. } => self.titles.given(&title),
            SessionRecord::ModelChosen { model, .. } => self.model = model,
            SessionRecord::Rewound { to, .. } => self.titles.rewound(to),
            SessionRecord::Opened { .. }
            | SessionRecord::Spent { .. }
            | SessionRecord::Ended { .. }
            | SessionRecord::Remembered { .. }
            | SessionRecord::Forgotten { .. }
            | SessionRecord::Approved { .. }
            | SessionRecord::Compacted { .. }
            | SessionRecord::InView { .. }
            | SessionRecord::CompactionUndone { .. }
            | SessionRecord::Unknown => {}
        }
    }

    fn finish(self, id: &SessionId, bytes: u64) -> Option<SessionSummary> {
        let started = self.started?;
        let last = str::from_utf8(&self.last).ok().and_then(|time| time.parse().ok());
        Some(SessionSummary {
            id: id.clone(),
            title: self.title().map(str::to_owned),
            started,
            // A branch begins later than what was copied into it.
            last: last.map_or(started, |last: Timestamp| last.max(started)),
            messages: self.messages,
            model: self.model,
            bytes,
        })
    }
}

fn only(mut ids: Vec<SessionId>, wanted: &str) -> Result<SessionId> {
    match (ids.pop(), ids.is_empty()) {
        (Some(id), true) => Ok(id),
        (Some(id), false) => {
            ids.push(id);
            Err(Error::Ambiguous { wanted: wanted.to_owned(), ids })
        }
        (None, _) => Err(Error::NotFound(wanted.to_owned())),
    }
}
