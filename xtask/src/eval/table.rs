//! Measurements beside their bars, as a table for people and as JSON.

use anyhow::Result;
use serde_json::{Value, json};

use super::search::Signals;

/// One number, in per cent unless its name says otherwise.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measure {
    /// What was measured.
    pub(crate) name: String,
    /// The number.
    pub(crate) value: f64,
    /// What it should reach.
    pub(crate) bar: Bar,
}

/// What a number should reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bar {
    /// It is only shown.
    None,
    /// It should be at least this.
    AtLeast(f64),
}

/// What one choice of signals reached. Columns have the same measures in the same order; the first may have more
/// at its end.
#[derive(Debug)]
pub(crate) struct Column {
    /// The signals.
    pub(crate) signals: Signals,
    /// What they reached.
    pub(crate) measures: Vec<Measure>,
}

impl Measure {
    /// A number with the bar it should reach.
    pub(crate) fn with_bar(name: impl Into<String>, value: f64, bar: f64) -> Self {
        Self { name: name.into(), value, bar: Bar::AtLeast(bar) }
    }

    /// A number that is only shown.
    pub(crate) fn shown(name: impl Into<String>, value: f64) -> Self {
        Self { name: name.into(), value, bar: Bar::None }
    }

    fn reached(&self) -> Option<bool> {
        match self.bar {
            Bar::None => None,
            Bar::AtLeast(bar) => Some(self.value >= bar),
        }
    }
}

/// Returns the table in Markdown. Whether a bar is reached is judged for the first
/// column, before rounding.
pub(crate) fn markdown(columns: &[Column]) -> String {
    let names: Vec<String> = columns.iter().map(|column| column.signals.to_string()).collect();
    let mut lines = vec![
        format!("| Measure | Bar | {} | Reached |", names.join(" | ")),
        format!("|---|---:|{}---|", "---:|".repeat(names.len())),
    ];
    let Some(first) = columns.first() else { return String::new() };
    for (row, measure) in first.measures.iter().enumerate() {
        let cells: Vec<String> = columns
            .iter()
            .map(|column| {
                column.measures.get(row).map_or(String::new(), |cell| format!("{:.1}", cell.value))
            })
            .collect();
        let bar = match measure.bar {
            Bar::None => String::new(),
            Bar::AtLeast(bar) => format!("≥ {bar}"),
        };
        let reached = match measure.reached() {
            None => "",
            Some(true) => "yes",
            Some(false) => "**no**",
        };
        lines.push(format!("| {} | {bar} | {} | {reached} |", measure.name, cells.join(" | ")));
    }
    lines.join("\n") + "\n"
}

/// Returns the measurements, and the questions that were missed, as JSON.
pub(crate) fn json(columns: &[Column], misses: &[String]) -> Result<String> {
    let row = |measure: &Measure| {
        let bar = match measure.bar {
            Bar::None => Value::Null,
            Bar::AtLeast(bar) => json!(bar),
        };
        json!({ "name": measure.name, "value": measure.value, "bar": bar, "reached": measure.reached() })
    };
    let column = |column: &Column| {
        let measures: Vec<Value> = column.measures.iter().map(row).collect();
        json!({ "signals": column.signals.to_string(), "measures": measures })
    };
    let columns: Vec<Value> = columns.iter().map(column).collect();
    Ok(serde_json::to_string_pretty(&json!({ "columns": columns, "misses": misses }))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_below_its_bar_is_marked() {
        let column = |signals, value| Column {
            signals,
            measures: vec![Measure::with_bar("R@1", value, 92.0), Measure::shown("MRR", 50.0)],
        };
        assert_eq!(
            markdown(&[column(Signals::Hybrid, 91.9), column(Signals::Words, 92.0)]),
            "| Measure | Bar | hybrid | words | Reached |\n\
             |---|---:|---:|---:|---|\n\
             | R@1 | ≥ 92 | 91.9 | 92.0 | **no** |\n\
             | MRR |  | 50.0 | 50.0 |  |\n"
        );
    }
}
