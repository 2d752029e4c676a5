//! The sessions of a workspace: finding, reading, copying and putting them away, and what they have taken.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

use localgpt_config::Config;
use localgpt_guard::{Fences, Untrusted, quote};
use localgpt_protocol::{
    Clock, ModelName, Purpose, SessionHit, SessionId, SessionRecord, SessionSummary, ToolOutcome,
    UsageRow,
};
use localgpt_sessions::{BranchPoint, SessionStore, openclaw};

use crate::{Error, places};

/// The most characters of a tool result that is taken over from elsewhere.
const MOST_OF_A_RESULT: usize = 40_000;

/// The sessions of one workspace.
#[derive(Debug)]
pub struct Archive {
    store: SessionStore,
    clock: Clock,
}

/// A session that was taken over from OpenClaw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Where it came from.
    pub from: PathBuf,
    /// Its name here.
    pub id: SessionId,
    /// How many messages it has.
    pub messages: usize,
    /// What could not be read, with the line where there is one.
    pub warnings: Vec<String>,
}

impl Archive {
    /// The sessions of the workspace that `config` names.
    pub fn open(config: &Config, clock: &Clock) -> Result<Self, Error> {
        Ok(Self { store: SessionStore::open(places::sessions(config))?, clock: clock.clone() })
    }

    /// The sessions, newest first.
    pub fn list(&self) -> Result<Vec<SessionSummary>, Error> {
        Ok(self.store.list()?)
    }

    /// The session with this name, or a name that begins like this, or this title.
    pub fn find(&self, wanted: &str) -> Result<SessionId, Error> {
        Ok(self.store.find(wanted)?)
    }

    /// The messages in which all words stand, newest first.
    pub fn search(&self, words: &str, limit: usize) -> Result<Vec<SessionHit>, Error> {
        Ok(self.store.search(words, limit)?)
    }

    /// A session as Markdown.
    pub fn export(&self, id: &SessionId) -> Result<String, Error> {
        Ok(self.store.export(id, self.clock.zoned().time_zone())?)
    }

    /// The records of a session, one for each line of its log that can be read.
    pub fn records(&self, id: &SessionId) -> Result<Vec<(u64, SessionRecord)>, Error> {
        Ok(self.store.records(id)?)
    }

    /// Begins a session with a copy of another: all of it, or up to a record.
    pub fn branch(&self, from: &SessionId, at: Option<u64>) -> Result<SessionId, Error> {
        let id = self.fresh_id()?;
        let point = at.map_or(BranchPoint::Now, BranchPoint::After);
        self.store.branch(from, point, &id, self.clock.now())?;
        Ok(id)
    }

    /// Gives a session a title.
    pub fn rename(&self, id: &SessionId, title: &str) -> Result<(), Error> {
        Ok(self.store.rename(id, title, self.clock.now())?)
    }

    /// Puts a session away: where its log is now.
    pub fn delete(&self, id: &SessionId) -> Result<PathBuf, Error> {
        Ok(self.store.delete(id)?)
    }

    /// Takes over a transcript of OpenClaw, or all live ones of a folder. Nothing of theirs is changed.
    pub fn import(&self, path: &Path) -> Result<(Vec<Taken>, Vec<String>), Error> {
        let mut problems = Vec::new();
        let files = match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                let listing = openclaw::list(path)?;
                problems.extend(listing.warnings.iter().map(in_words));
                listing.live.into_iter().map(|found| (found.path, found.label)).collect()
            }
            Ok(_) | Err(_) => vec![(path.to_owned(), None)],
        };
        let fences = Mutex::new(Fences::seeded(crate::conversation::random()?));
        let fenced = |raw: &openclaw::RawText<'_>| {
            let fence =
                fences.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next_fence();
            let quoted = quote(&Untrusted::new(raw.text), raw.source, fence, MOST_OF_A_RESULT);
            match raw.outcome {
                openclaw::Outcome::Done => ToolOutcome::Done(quoted),
                openclaw::Outcome::Failed => ToolOutcome::Failed(quoted),
            }
        };
        let mut taken = Vec::new();
        for (file, label) in files {
            let imported = match openclaw::read(&file, &fenced) {
                Ok(imported) => imported,
                Err(error) if path != file => {
                    problems.push(crate::desk::in_words(&error));
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let id = self.fresh_id()?;
            let at = imported.started.unwrap_or_else(|| self.clock.now());
            let (mut log, _) = self.store.import(&imported, &id, at)?;
            if let Some(title) = label {
                log.append(&SessionRecord::Titled { at: self.clock.now(), title })?;
            }
            let warnings = imported.warnings.iter().map(in_words).collect();
            taken.push(Taken { from: file, id, messages: imported.messages.len(), warnings });
        }
        Ok((taken, problems))
    }

    /// What models have taken in the last `days` days, today among them; by day, session, model and purpose.
    pub fn usage(&self, days: u32) -> Result<Vec<UsageRow>, Error> {
        type Key = (jiff::civil::Date, SessionId, ModelName, Purpose);
        let zone = self.clock.zoned().time_zone().clone();
        let today = self.clock.today();
        let back = jiff::Span::new().days(i64::from(days.max(1)) - 1);
        let first = today.checked_sub(back).unwrap_or(jiff::civil::Date::MIN);
        let mut rows: BTreeMap<Key, UsageRow> = BTreeMap::new();
        for summary in self.store.list()? {
            if summary.last.to_zoned_datetime(zone.clone()).date() < first {
                continue;
            }
            let title = summary.title.clone().unwrap_or_default();
            for spending in self.store.spendings(&summary.id)? {
                let day = spending.at.to_zoned_datetime(zone.clone()).date();
                if day < first {
                    continue;
                }
                let key = (day, summary.id.clone(), spending.model.clone(), spending.purpose);
                let row = rows.entry(key).or_insert_with(|| UsageRow {
                    day,
                    session: summary.id.clone(),
                    title: title.clone(),
                    model: spending.model.clone(),
                    purpose: spending.purpose,
                    answers: 0,
                    usage: localgpt_protocol::Usage::default(),
                });
                row.answers += 1;
                row.usage.add(spending.usage);
            }
        }
        Ok(rows.into_values().collect())
    }

    fn fresh_id(&self) -> Result<SessionId, Error> {
        let random = crate::conversation::random()? as u32;
        Ok(self.store.new_id(&self.clock.zoned(), random))
    }
}

fn in_words(warning: &openclaw::Warning) -> String {
    match warning.line {
        Some(line) => format!("line {line}: {}", warning.problem),
        None => warning.problem.clone(),
    }
}
