//! Sessions, models and what they have taken, as tables.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use jiff::{Timestamp, tz::TimeZone};
use localgpt_guard::{one_line, visible};
use localgpt_protocol::{
    ModelList, ModelRow, Price, Purpose, SessionHit, SessionSummary, Speaker, Usage, UsageRow,
};
use unicode_width::UnicodeWidthStr as _;

use super::{
    style::{accent, bold, dim},
    text::{Width, crop, pad},
};

/// Writes a list of sessions.
pub(crate) fn sessions(
    out: &mut dyn Write,
    sessions: &[SessionSummary],
    width: Width,
) -> io::Result<()> {
    let widest = sessions.iter().map(|session| session.id.as_str().width()).max().unwrap_or(0);
    for session in sessions {
        let title = one_line(session.title.as_deref().unwrap_or("(nothing said)"));
        let messages = match session.messages {
            1 => "1 message".to_owned(),
            count => format!("{count} messages"),
        };
        let model = session.model.as_ref().map(|model| format!(" · {model}")).unwrap_or_default();
        let line = format!("{title} · {messages}{}", visible(&model));
        let room = match width {
            Width::Endless => usize::MAX,
            Width::Columns(columns) => columns.saturating_sub(widest + 2).max(20),
        };
        writeln!(out, "{}  {}", accent(&pad(session.id.as_str(), widest)), crop(&line, room))?;
    }
    Ok(())
}

/// Writes what a search in sessions has found.
pub(crate) fn session_hits(
    out: &mut dyn Write,
    hits: &[SessionHit],
    zone: &TimeZone,
) -> io::Result<()> {
    for hit in hits {
        let who = match hit.role {
            Speaker::User => "you",
            Speaker::Assistant => "assistant",
        };
        let title = one_line(hit.title.as_deref().unwrap_or_default());
        let place = format!("{}#{}", hit.session, hit.record);
        let beside = format!(" · {} · {who} · {title}", moment(hit.at, zone));
        writeln!(out, "{}\n  {}{}", bold(&one_line(&hit.snippet)), accent(&place), dim(&beside))?;
    }
    Ok(())
}

fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Writes the models that can be reached.
pub(crate) fn models(out: &mut dyn Write, list: &ModelList) -> io::Result<()> {
    // The server named it.
    let name = |row: &ModelRow| one_line(&row.name.to_string());
    let widest = list.models.iter().map(|row| name(row).width()).max().unwrap_or(0);
    for row in &list.models {
        let mut facts = Vec::new();
        facts.extend(row.window.map(|tokens| format!("{} tokens", thousands(u64::from(tokens)))));
        facts.extend(match row.tools {
            Some(true) => Some("tools".to_owned()),
            Some(false) => Some("no tools".to_owned()),
            None => None,
        });
        facts.extend(row.price.map(price));
        let mark = if row.chosen { "*" } else { " " };
        match facts.is_empty() {
            true => writeln!(out, "{mark} {}", accent(&name(row)))?,
            false => {
                let name = accent(&pad(&name(row), widest));
                writeln!(out, "{mark} {name}  {}", dim(&facts.join(" · ")))?;
            }
        }
    }
    for silent in &list.silent {
        writeln!(out, "  {}  {}", pad(&silent.provider, widest), dim(&one_line(&silent.reason)))?;
    }
    Ok(())
}

fn price(price: Price) -> String {
    let dollars = |micro: u64| {
        let text = format!("{:.3}", micro as f64 / 1e6);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    format!("${} in, ${} out per million", dollars(price.input), dollars(price.output))
}

/// How rows of usage are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UsageBy {
    /// One line a day and model.
    Day,
    /// One line a session and model.
    Session,
}

/// Writes what models have taken.
pub(crate) fn usage(out: &mut dyn Write, rows: &[UsageRow], by: UsageBy) -> io::Result<()> {
    let mut lines: BTreeMap<(String, String), (u64, Usage, Usage)> = BTreeMap::new();
    let mut all = Usage::default();
    for row in rows {
        let key = match by {
            UsageBy::Day => row.day.to_string(),
            UsageBy::Session => format!("{} {}", row.session, one_line(&row.title)),
        };
        let line = lines.entry((key, one_line(&row.model.to_string()))).or_default();
        line.0 += row.answers;
        line.1.add(row.usage);
        if row.purpose != Purpose::Answer {
            line.2.add(row.usage);
        }
        all.add(row.usage);
    }
    for ((key, model), (answers, usage, silent)) in &lines {
        let answers = match answers {
            1 => "1 answer".to_owned(),
            count => format!("{count} answers"),
        };
        let behind = match silent.input.saturating_add(silent.output) {
            0 => String::new(),
            tokens => format!(" · of that behind the scenes {}", thousands(tokens)),
        };
        writeln!(out, "{}  {model}  {answers} · {}{}", accent(key), figures(usage), dim(&behind))?;
    }
    writeln!(out, "{}  {}", bold("together"), figures(&all))
}

/// Tokens and cost on one line.
pub(crate) fn figures(usage: &Usage) -> String {
    let cached = match usage.cache_read {
        0 => String::new(),
        tokens => format!(" ({} cached)", thousands(tokens)),
    };
    let cost = match usage.microdollars {
        None => String::new(),
        Some(micro) => format!(" · ${:.4}", micro as f64 / 1e6),
    };
    format!("{} in{cached}, {} out{cost}", thousands(usage.input), thousands(usage.output))
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn numbers_can_be_read() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn what_a_server_calls_its_models_does_not_steer_the_terminal() {
        let row = ModelRow {
            name: "openai/m\u{202e}x".parse().unwrap(),
            window: None,
            tools: None,
            price: None,
            chosen: false,
        };
        let list = ModelList { models: vec![row], silent: Vec::new() };
        let mut out = anstream::StripStream::new(Vec::new());
        models(&mut out, &list).unwrap();
        let shown = String::from_utf8(out.into_inner()).unwrap();
        assert!(shown.contains(r"openai/m\u{202e}x"), "{shown:?}");
    }

    #[test]
    fn any_number_that_a_server_counts_can_be_shown() {
        let row = UsageRow {
            day: "2026-03-05".parse().unwrap(),
            session: localgpt_protocol::SessionId::new("s"),
            title: "Pump".to_owned(),
            model: "openai/gpt".parse().unwrap(),
            purpose: Purpose::Summary,
            answers: 1,
            usage: Usage { input: u64::MAX, output: u64::MAX, ..Usage::default() },
        };
        usage(&mut Vec::new(), &[row], UsageBy::Session).unwrap();
    }

    #[test]
    fn usage_is_added_up_by_day_and_model() {
        let row = |day: &str, purpose, input, cost| UsageRow {
            day: day.parse().unwrap(),
            session: localgpt_protocol::SessionId::new("s"),
            title: "Pump".to_owned(),
            model: "openai/gpt".parse().unwrap(),
            purpose,
            answers: 1,
            usage: Usage { input, output: 10, microdollars: cost, ..Usage::default() },
        };
        let rows = [
            row("2026-03-05", Purpose::Answer, 1_000, Some(2_500)),
            row("2026-03-05", Purpose::Summary, 500, None),
            row("2026-03-06", Purpose::Answer, 1, None),
        ];
        let mut out = anstream::StripStream::new(Vec::new());
        usage(&mut out, &rows, UsageBy::Day).unwrap();
        expect![[r"
            2026-03-05  openai/gpt  2 answers · 1,500 in, 20 out · $0.0025 · of that behind the scenes 510
            2026-03-06  openai/gpt  1 answer · 1 in, 10 out
            together  1,501 in, 30 out · $0.0025
        "]]
        .assert_eq(&String::from_utf8(out.into_inner()).unwrap());
    }
}
