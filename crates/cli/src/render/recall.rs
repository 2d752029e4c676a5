//! Search results: score and citation, a snippet, and on request what each signal contributed.

use std::io::{self, Write};

use localgpt_guard::one_line;
use localgpt_protocol::{Hit, Why};

use super::{
    style::{accent, bold, dim},
    text::{Width, crop},
};

/// How much is shown of a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Score, citation and snippet.
    Brief,
    /// And what each signal contributed to the score.
    Explained,
}

/// Writes the hits, best first.
pub(crate) fn hits(
    out: &mut dyn Write,
    hits: &[Hit],
    detail: Detail,
    width: Width,
) -> io::Result<()> {
    for hit in hits {
        let citation = one_line(&hit.citation.to_string());
        let date = hit.date.map(|date| format!("  {date}")).unwrap_or_default();
        writeln!(
            out,
            "{}  {}{}",
            bold(&format!("{:6.3}", hit.score)),
            accent(&citation),
            dim(&date)
        )?;
        let room = width.columns().saturating_sub(8);
        writeln!(out, "        {}", crop(&snippet(&hit.text, &hit.why.matched, room), room))?;
        if detail == Detail::Explained {
            writeln!(out, "        {}", dim(&explanation(&hit.why)))?;
        }
    }
    Ok(())
}

/// The part of the text that shows the most words of the question, on one line.
fn snippet(text: &str, matched: &[String], room: usize) -> String {
    let wanted: Vec<String> = matched.iter().map(|word| word.to_lowercase()).collect();
    let mut best = (0, "");
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let folded = line.to_lowercase();
        let found = wanted.iter().filter(|word| folded.contains(word.as_str())).count();
        if best.1.is_empty() || found > best.0 {
            best = (found, line);
        }
    }
    let line = one_line(best.1);
    let folded = line.to_lowercase();
    let first = wanted.iter().filter_map(|word| folded.find(word.as_str())).min().unwrap_or(0);
    if first < room / 2 || line.len() <= room {
        return line;
    }
    // A character may change its length when folded, so the place is only near.
    let near = first.saturating_sub(room / 3).min(line.len().saturating_sub(room));
    let start = line.char_indices().map(|(at, _)| at).take_while(|at| *at <= near).last();
    match start.and_then(|start| line.get(start..)).and_then(|rest| rest.split_once(' ')) {
        Some((_cut, rest)) => format!("… {rest}"),
        None => line,
    }
}

fn explanation(why: &Why) -> String {
    let signals = [
        ("words", why.words),
        ("vectors", why.vectors),
        ("sentence", why.sentence),
        ("speaker", why.speaker),
        ("date", why.date),
    ];
    let mut parts: Vec<String> = Vec::new();
    for (name, value) in signals {
        if value != 0.0 {
            parts.push(format!("{name} {value:.3}"));
        }
    }
    if !why.matched.is_empty() {
        parts.push(format!("found: {}", one_line(&why.matched.join(", "))));
    }
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_hit_shows_the_line_with_the_words_of_the_question() {
        let hit = Hit {
            citation: "memory/2026-03-05.md#L4-L6".parse().unwrap(),
            text: "# Heating\n\nThe cellar is dry, and in the long run nobody expects anything else; the pump got a filter.".to_owned(),
            score: 1.25,
            why: Why { words: 1.0, vectors: 0.25, matched: vec!["Filter".to_owned()], ..Why::default() },
            date: Some(date(2026, 3, 5)),
        };
        let mut out = anstream::StripStream::new(Vec::new());
        hits(&mut out, &[hit], Detail::Explained, Width::Columns(60)).unwrap();
        // The first line keeps the snapshot from losing the indentation of the others.
        let shown = format!("hits\n{}", String::from_utf8(out.into_inner()).unwrap());
        expect![[r#"
            hits
             1.250  memory/2026-03-05.md#L4-L6  2026-03-05
                    … expects anything else; the pump got a filter.
                    words 1.000 · vectors 0.250 · found: Filter
        "#]]
        .assert_eq(&shown);
    }
}
