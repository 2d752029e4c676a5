//! An answer: quotes in the order given, each with its citation.

use std::io::{self, Write};

use localgpt_guard::{one_line, visible};
use localgpt_protocol::{Answer, Quote, Verdict};

use super::{
    style::{accent, bold, dim},
    text::{Width, wrap},
};
use crate::wording::Wording;

/// Writes what memory says, or that it says nothing.
pub(crate) fn answer(
    out: &mut dyn Write,
    answer: &Answer,
    wording: &Wording,
    width: Width,
) -> io::Result<()> {
    match answer.verdict {
        Verdict::Nothing => writeln!(out, "{}", wording.nothing),
        Verdict::Answered => {
            for (index, spoken) in answer.quotes.iter().enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                quote(out, spoken, wording, width)?;
            }
            Ok(())
        }
    }
}

fn quote(out: &mut dyn Write, quote: &Quote, wording: &Wording, width: Width) -> io::Result<()> {
    let (open, close) = wording.quotation_marks;
    let spoken = format!("{open}{}{close}", visible(&quote.text));
    for line in wrap(&spoken, width, 0) {
        writeln!(out, "{}", bold(&line))?;
    }
    let citation = one_line(&quote.citation.to_string());
    let date = quote.date.map(|date| format!(" · {date}")).unwrap_or_default();
    let heading = match quote.heading.is_empty() {
        true => String::new(),
        false => format!(" · {}", one_line(&quote.heading)),
    };
    writeln!(out, "  {}{}", accent(&citation), dim(&format!("{date}{heading}")))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use localgpt_config::Language;

    use super::*;

    fn check(language: Language, quotes: &[Quote], width: Width, expected: &Expect) {
        let verdict = if quotes.is_empty() { Verdict::Nothing } else { Verdict::Answered };
        let spoken = Answer {
            answerer: "quote".to_owned(),
            verdict,
            quotes: quotes.to_vec(),
            degraded: None,
        };
        let mut out = anstream::StripStream::new(Vec::new());
        answer(&mut out, &spoken, Wording::of(language), width).unwrap();
        expected.assert_eq(&String::from_utf8(out.into_inner()).unwrap());
    }

    fn spoken(text: &str, citation: &str, heading: &str) -> Quote {
        Quote {
            citation: citation.parse().unwrap(),
            text: text.to_owned(),
            heading: heading.to_owned(),
            date: Some(jiff::civil::date(2026, 3, 5)),
            strength: 0.9,
        }
    }

    #[test]
    fn a_quote_stands_before_its_citation() {
        let quotes = [
            spoken("- Filter: UP-25-60.", "memory/2026-03-05.md#L10", "Heating › Pump"),
            spoken("Two\nlines \u{1b}[31mred.", "memory/2026-03-05.md#L12-L13", ""),
        ];
        check(
            Language::English,
            &quotes,
            Width::Endless,
            &expect![[r"
                “- Filter: UP-25-60.”
                  memory/2026-03-05.md#L10 · 2026-03-05 · Heating › Pump

                “Two
                lines \u{1b}[31mred.”
                  memory/2026-03-05.md#L12-L13 · 2026-03-05
            "]],
        );
    }

    #[test]
    fn no_answer_is_said_in_the_language() {
        check(
            Language::English,
            &[],
            Width::Endless,
            &expect![[r"
            nothing in memory answers this
        "]],
        );
        check(
            Language::German,
            &[],
            Width::Endless,
            &expect![[r"
            dazu steht nichts im Gedächtnis
        "]],
        );
    }

    #[test]
    fn a_long_quote_is_broken_at_the_width_of_the_terminal() {
        let quotes = [spoken("The filter of the pump was changed.", "MEMORY.md#L1", "")];
        check(
            Language::German,
            &quotes,
            Width::Columns(20),
            &expect![[r"
            „The filter of the
            pump was changed.“
              MEMORY.md#L1 · 2026-03-05
        "]],
        );
    }
}
