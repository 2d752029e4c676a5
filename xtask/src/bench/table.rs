//! Measurements beside references and bars, as a page for people and as JSON.

use std::{fmt::Write as _, fs, time::Duration};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

/// A number with its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Amount {
    /// A time.
    Time(Duration),
    /// A size.
    Bytes(u64),
    /// How often the reference fits into the measurement.
    Times(f64),
    /// A share of the reference's speed, in per cent.
    Percent(f64),
    /// What a model reads, as estimated.
    Tokens(u64),
}

/// What a measurement should reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bar {
    /// It is only shown.
    None,
    /// It should not be more.
    AtMost(Amount),
    /// It should not be less.
    AtLeast(Amount),
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) name: String,
    /// The measurement.
    pub(crate) value: Amount,
    /// What the same machine needs for the bare work: its name and its number.
    pub(crate) reference: Option<(&'static str, Amount)>,
    /// What it should reach.
    pub(crate) bar: Bar,
}

impl Amount {
    fn number(self) -> f64 {
        match self {
            Self::Time(time) => time.as_secs_f64() * 1000.0,
            Self::Bytes(number) | Self::Tokens(number) => number as f64,
            Self::Times(number) | Self::Percent(number) => number,
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Time(_) => "ms",
            Self::Bytes(_) => "bytes",
            Self::Times(_) => "times",
            Self::Percent(_) => "percent",
            Self::Tokens(_) => "tokens",
        }
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self::Time(time) if time < Duration::from_millis(10) => {
                write!(formatter, "{:.2} ms", self.number())
            }
            Self::Time(time) if time < Duration::from_secs(1) => {
                write!(formatter, "{:.1} ms", self.number())
            }
            Self::Time(time) => write!(formatter, "{:.2} s", time.as_secs_f64()),
            Self::Bytes(bytes) => write!(formatter, "{:.1} MB", bytes as f64 / 1e6),
            Self::Times(number) => write!(formatter, "{number:.1} ×"),
            Self::Percent(number) => write!(formatter, "{number:.0} %"),
            Self::Tokens(number) => write!(formatter, "{} tokens", grouped(number as usize)),
        }
    }
}

impl Row {
    /// A number that is only shown.
    pub(crate) fn shown(name: impl Into<String>, value: Amount) -> Self {
        Self { name: name.into(), value, reference: None, bar: Bar::None }
    }

    /// Puts a reference beside it.
    pub(crate) fn beside(mut self, name: &'static str, value: Amount) -> Self {
        self.reference = Some((name, value));
        self
    }

    /// Says that it should not be more than `bar`.
    pub(crate) fn at_most(mut self, bar: Amount) -> Self {
        self.bar = Bar::AtMost(bar);
        self
    }

    /// Says that it should not be less than `bar`.
    pub(crate) fn at_least(mut self, bar: Amount) -> Self {
        self.bar = Bar::AtLeast(bar);
        self
    }

    fn reached(&self) -> Option<bool> {
        match self.bar {
            Bar::None => None,
            Bar::AtMost(bar) => Some(self.value.number() <= bar.number()),
            Bar::AtLeast(bar) => Some(self.value.number() >= bar.number()),
        }
    }
}

/// When, where and how it was measured.
#[derive(Debug)]
pub(crate) struct Circumstances {
    date: String,
    processor: String,
    cores: usize,
    command: String,
}

impl Circumstances {
    /// Finds out about this machine and this moment.
    pub(crate) fn of(command: String) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a chore is its own entry point")]
        let now = jiff::Timestamp::now();
        let date = now.strftime("%Y-%m-%d").to_string();
        let described = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let named = described.lines().find_map(|line| line.strip_prefix("model name"));
        let processor =
            named.unwrap_or("unknown processor").trim_matches([' ', '\t', ':']).to_owned();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { date, processor, cores, command }
    }
}

/// Returns the page in Markdown.
pub(crate) fn markdown(circumstances: &Circumstances, rows: &[Row]) -> Result<String> {
    let Circumstances { date, processor, cores, command } = circumstances;
    let mut page = format!("`{command}` on {date}, {processor}, {cores} cores.\n\n");
    page += "| What | Measured | Reference in the same run | Bar | Reached |\n|---|---:|---:|---:|---|\n";
    for row in rows {
        let reference =
            row.reference.map_or(String::new(), |(name, value)| format!("{name} {value}"));
        let bar = match row.bar {
            Bar::None => String::new(),
            Bar::AtMost(bar) => format!("≤ {bar}"),
            Bar::AtLeast(bar) => format!("≥ {bar}"),
        };
        let reached = match row.reached() {
            None => "",
            Some(true) => "yes",
            Some(false) => "**no**",
        };
        writeln!(page, "| {} | {} | {reference} | {bar} | {reached} |", row.name, row.value)
            .context("cannot write the table")?;
    }
    Ok(page)
}

/// Returns the same as JSON.
pub(crate) fn json(circumstances: &Circumstances, rows: &[Row]) -> Result<String> {
    let amount = |amount: Amount| json!({ "number": amount.number(), "unit": amount.unit() });
    let row = |row: &Row| {
        let (direction, bar) = match row.bar {
            Bar::None => (Value::Null, Value::Null),
            Bar::AtMost(bar) => (json!("at_most"), amount(bar)),
            Bar::AtLeast(bar) => (json!("at_least"), amount(bar)),
        };
        json!({
            "name": row.name,
            "measured": amount(row.value),
            "reference": row.reference.map(|(name, value)| json!({ "name": name, "measured": amount(value) })),
            "bar": bar,
            "direction": direction,
            "reached": row.reached(),
        })
    };
    let Circumstances { date, processor, cores, command } = circumstances;
    Ok(serde_json::to_string_pretty(&json!({
        "date": date,
        "processor": processor,
        "cores": cores,
        "command": command,
        "rows": rows.iter().map(row).collect::<Vec<_>>(),
    }))?)
}

/// Writes a number with a comma before every third digit.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut written = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!([7, 999, 10_000, 1_000_000].map(grouped), ["7", "999", "10,000", "1,000,000"]);
    }

    #[test]
    fn a_row_shows_its_reference_and_whether_the_bar_is_reached() {
        let time = |milliseconds| Amount::Time(Duration::from_micros(milliseconds));
        let circumstances = Circumstances {
            date: "2026-01-02".to_owned(),
            processor: "Abacus".to_owned(),
            cores: 2,
            command: "cargo xtask bench".to_owned(),
        };
        let rows = [
            Row::shown("start", time(4_000)).beside("/bin/true", time(1_000)).at_most(time(3_500)),
            Row::shown("speed", Amount::Percent(50.0)).at_least(Amount::Percent(40.0)),
            Row::shown("size", Amount::Bytes(12_300_000)),
        ];
        assert_eq!(
            markdown(&circumstances, &rows).unwrap(),
            "`cargo xtask bench` on 2026-01-02, Abacus, 2 cores.\n\n\
             | What | Measured | Reference in the same run | Bar | Reached |\n\
             |---|---:|---:|---:|---|\n\
             | start | 4.00 ms | /bin/true 1.00 ms | ≤ 3.50 ms | **no** |\n\
             | speed | 50 % |  | ≥ 40 % | yes |\n\
             | size | 12.3 MB |  |  |  |\n"
        );
    }
}
