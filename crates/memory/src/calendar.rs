//! The days of all notes: which of them a query allows, and what they add to a window's score.

use jiff::civil::Date;
use localgpt_protocol::Query;
use rusqlite::Connection;
use rustc_hash::FxHashMap;

use crate::{Error, dates::Time, rank::Days};

/// The days of the notes, as far as a question needs them.
pub(crate) struct Calendar {
    /// By file; none if neither the query nor the question says anything about time.
    dates: Option<FxHashMap<u32, Date>>,
    since: Date,
    until: Date,
    is_bounded: bool,
    /// What a day adds.
    pub(crate) days: Days,
}

impl Calendar {
    /// Reads what `query`, which asks about `time`, needs.
    pub(crate) fn read(connection: &Connection, query: &Query, time: Time) -> Result<Self, Error> {
        let is_bounded = query.since.is_some() || query.until.is_some();
        let dates = if is_bounded || time != Time::Any { Some(dates(connection)?) } else { None };
        let days = dates.iter().flat_map(FxHashMap::values).copied().collect();
        Ok(Self {
            dates,
            since: query.since.unwrap_or(Date::MIN),
            until: query.until.unwrap_or(Date::MAX),
            is_bounded,
            days: Days::new(time, days),
        })
    }

    /// What the day of a file adds; none if the query leaves the file out.
    pub(crate) fn weigh(&self, file: u32) -> Option<f32> {
        let Some(dates) = &self.dates else { return Some(0.0) };
        let date = dates.get(&file).copied();
        let is_inside = date.is_some_and(|date| self.since <= date && date <= self.until);
        (!self.is_bounded || is_inside).then(|| self.days.weigh(date))
    }
}

fn dates(connection: &Connection) -> Result<FxHashMap<u32, Date>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT id, date FROM files WHERE date IS NOT NULL")?;
    let mut rows = statement.query([])?;
    let mut dates = FxHashMap::default();
    while let Some(row) = rows.next()? {
        if let Ok(date) = row.get_ref(1)?.as_str().unwrap_or_default().parse() {
            dates.insert(row.get(0)?, date);
        }
    }
    Ok(dates)
}
