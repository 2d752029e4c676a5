//! The time of day, handed in.

use std::{fmt, sync::Arc};

use jiff::{Timestamp, ZonedDateTime, civil::Date, tz::TimeZone};

/// Tells the time in the user's zone. Tests hand in one that stands still.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    zone: TimeZone,
}

impl Clock {
    /// The machine's clock, read in `zone`.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn system(zone: TimeZone) -> Self {
        Self { now: Arc::new(Timestamp::now), zone }
    }

    /// A clock that always says `now`.
    pub fn fixed(now: &ZonedDateTime) -> Self {
        let timestamp = now.timestamp();
        Self { now: Arc::new(move || timestamp), zone: now.time_zone().clone() }
    }

    /// The instant.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// The instant in the user's zone.
    pub fn zoned(&self) -> ZonedDateTime {
        self.now().to_zoned_datetime(self.zone.clone())
    }

    /// The user's day: the one a daily note is named after.
    pub fn today(&self) -> Date {
        self.zoned().date()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.zoned()).finish()
    }
}
