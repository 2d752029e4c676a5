//! The order of the windows that were looked at closely. No I/O.

use std::rc::Rc;

use jiff::civil::Date;
use localgpt_protocol::Why;

use crate::{changes::Standing, dates::Time};

/// What a note counts whose day lies in the time that the question asks about.
const DATE_WEIGHT: f32 = 0.3;
/// What the newest note counts if the question asks for the latest.
const LATEST_WEIGHT: f32 = 0.2;

/// What a window loses whose chunk no longer holds.
const PAST_PENALTY: f32 = 0.15;
/// How near a line that replaces another must come to it, as a share of its score.
const NEARLY: f32 = 0.8;
/// The windows among which one may replace another.
const REPLACING: usize = 24;

/// The note that a window is in.
#[derive(Debug, Clone)]
pub(crate) struct Day {
    /// Its path.
    pub path: Rc<str>,
    /// The day it is about.
    pub date: Option<Date>,
}

impl Day {
    /// Since when what it says holds, as far as that is known: `MEMORY.md` is kept current.
    fn holds_since(&self) -> Option<Date> {
        if &*self.path == "MEMORY.md" { Some(Date::MAX) } else { self.date }
    }
}

/// A window that may be delivered.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// Its place in the table.
    pub place: usize,
    /// The file it is in.
    pub file: u32,
    /// The note it is in.
    pub day: Day,
    /// Which chunk of that note it is around.
    pub index: i64,
    /// What its chunk says of itself.
    pub standing: Standing,
    /// What it scores.
    pub why: Why,
}

impl Candidate {
    /// A window whose note is not known yet.
    pub(crate) fn new(place: usize, file: u32, why: Why) -> Self {
        let day = Day { path: Rc::from(""), date: None };
        Self { place, file, day, index: 0, standing: Standing::Plain, why }
    }

    /// The sum of what it scores.
    pub(crate) fn score(&self) -> f32 {
        let Why { words, vectors, sentence, speaker, date, matched: _ } = &self.why;
        words + vectors + sentence + speaker + date
    }

    /// Which chunk of its note is at `place`.
    pub(crate) fn index_of(&self, place: usize) -> Option<usize> {
        usize::try_from(self.index + place as i64 - self.place as i64).ok()
    }
}

/// Best first; equals in the order of their notes, so that it does not matter when each was indexed.
pub(crate) fn sort(candidates: &mut [Candidate]) {
    candidates.sort_by(|a, b| {
        b.score()
            .total_cmp(&a.score())
            .then_with(|| a.day.path.cmp(&b.day.path))
            .then_with(|| a.index.cmp(&b.index))
    });
}

/// What the days of notes add to their windows.
pub(crate) struct Days {
    time: Time,
    /// The days of all notes, ascending.
    days: Vec<Date>,
}

impl Days {
    /// Weighs the days of notes, of which `days` are all there are, for a question about `time`.
    pub(crate) fn new(time: Time, mut days: Vec<Date>) -> Self {
        days.sort_unstable();
        days.dedup();
        Self { time, days }
    }

    /// What the day of a note adds.
    pub(crate) fn weigh(&self, date: Option<Date>) -> f32 {
        let Some(date) = date else { return 0.0 };
        let newness = || {
            let older = self.days.partition_point(|day| *day <= date);
            older as f32 / self.days.len().max(1) as f32
        };
        match self.time {
            Time::Any => 0.0,
            Time::Within(first, last) if first <= date && date <= last => DATE_WEIGHT,
            Time::Within(..) => 0.0,
            Time::Latest => LATEST_WEIGHT * newness(),
            Time::Earliest => LATEST_WEIGHT * (1.0 - newness()),
        }
    }
}

/// Adds what the days of the notes say, and takes from what no longer holds.
pub(crate) fn by_day(candidates: &mut [Candidate], days: &Days) {
    for candidate in candidates.iter_mut() {
        candidate.why.date = days.weigh(candidate.day.date);
        if candidate.standing == Standing::Past {
            candidate.why.date -= PAST_PENALTY;
        }
    }
}

/// Of the windows that answer about equally well, puts the newest or the oldest first if the question
/// asks for it.
pub(crate) fn put_in_time(candidates: &mut [Candidate], time: Time) {
    let is_latest = match time {
        Time::Latest => true,
        Time::Earliest => false,
        Time::Any | Time::Within(..) => return,
    };
    let timeless = |candidate: &Candidate| candidate.score() - candidate.why.date;
    let best = candidates.iter().map(timeless).fold(0.0_f32, f32::max);
    // What no longer holds is not the latest, however new.
    let day = |candidate: &Candidate| {
        let answers = timeless(candidate) >= NEARLY * best && candidate.standing != Standing::Past;
        candidate.day.date.filter(|_| answers)
    };
    candidates.sort_by(|a, b| match (day(a), day(b)) {
        (Some(a), Some(b)) if is_latest => b.cmp(&a),
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    // The score tells the order.
    let highest = candidates.iter().map(Candidate::score).fold(0.0_f32, f32::max);
    for (place, candidate) in candidates.iter_mut().enumerate() {
        if day(candidate).is_some() {
            candidate.why.date += highest - candidate.score() + 0.2 / (place + 1) as f32;
        }
    }
}

/// Moves a newer line that says that something changed above an older one that answers hardly better,
/// unless the question asks about a time.
pub(crate) fn put_replacements_first(candidates: &mut [Candidate], time: Time) {
    if matches!(time, Time::Earliest | Time::Within(..)) {
        return;
    }
    let most = candidates.len().min(REPLACING);
    for old in 0..most {
        let Some((score, Some(date))) =
            candidates.get(old).map(|old| (old.score(), old.day.holds_since()))
        else {
            continue;
        };
        let replaces = |other: &Candidate| {
            let is_newer = other.day.holds_since().is_some_and(|newer| newer > date);
            is_newer && other.standing == Standing::Replaces && other.score() >= NEARLY * score
        };
        let newer = (old + 1..most).find(|newer| candidates.get(*newer).is_some_and(replaces));
        if let Some(newer) = newer
            && let Some(moved) = candidates.get_mut(old..=newer)
        {
            moved.rotate_right(1);
            if let Some(newer) = moved.first_mut() {
                newer.why.date += score - newer.score();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn candidate(place: usize, words: f32, day: i8, standing: Standing) -> Candidate {
        let day = Day { path: Rc::from("a.md"), date: Some(date(2026, 3, day)) };
        let why = Why { words, ..Why::default() };
        Candidate { day, standing, index: place as i64, ..Candidate::new(place, 1, why) }
    }

    fn order(mut candidates: Vec<Candidate>, time: Time) -> Vec<usize> {
        let days = candidates.iter().filter_map(|candidate| candidate.day.date).collect();
        by_day(&mut candidates, &Days::new(time, days));
        sort(&mut candidates);
        put_replacements_first(&mut candidates, time);
        candidates.iter().map(|candidate| candidate.place).collect()
    }

    #[test]
    fn what_replaced_a_line_comes_before_it() {
        let lines = || {
            vec![
                candidate(1, 0.50, 1, Standing::Plain),
                candidate(2, 0.45, 9, Standing::Replaces),
                candidate(3, 0.49, 5, Standing::Plain),
            ]
        };
        assert_eq!(order(lines(), Time::Any), [2, 1, 3]);
        assert_eq!(order(lines(), Time::Earliest), [1, 3, 2]);
    }

    #[test]
    fn a_change_that_is_older_or_about_something_else_stays_below() {
        assert_eq!(
            order(
                vec![
                    candidate(1, 0.50, 5, Standing::Plain),
                    candidate(2, 0.49, 1, Standing::Replaces),
                    candidate(3, 0.20, 9, Standing::Replaces),
                ],
                Time::Any
            ),
            [1, 2, 3]
        );
    }

    #[test]
    fn the_latest_of_several_answers_comes_first_if_it_is_asked_for() {
        let mut lines = vec![
            candidate(1, 0.50, 1, Standing::Plain),
            candidate(2, 0.45, 9, Standing::Plain),
            candidate(3, 0.20, 20, Standing::Plain),
            candidate(4, 0.48, 21, Standing::Past),
        ];
        put_in_time(&mut lines, Time::Latest);
        let places = |lines: &[Candidate]| lines.iter().map(|line| line.place).collect::<Vec<_>>();
        assert_eq!(places(&lines)[..2], [2, 1]);
        sort(&mut lines);
        assert_eq!(places(&lines)[..2], [2, 1]);
    }

    #[test]
    fn a_line_that_no_longer_holds_comes_after_one_that_does() {
        let lines =
            vec![candidate(1, 0.50, 5, Standing::Past), candidate(2, 0.40, 1, Standing::Plain)];
        assert_eq!(order(lines, Time::Any), [2, 1]);
    }
}
