//! Cutting a text to a size, so that everybody can see that it was cut.
//!
//! Sizes are in UTF-16 units, as the limits of the workspace format are. Invariant: what comes out, its marks
//! included, is never larger than the limit, and no character is cut in two.

use super::rules::{Rule, rule};

/// The least room in which the end of a cut line is kept.
const LEAST_OF_LINE: usize = 200;

/// What is kept of a text, in hundredths of the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keep {
    /// Of its beginning.
    head: usize,
    /// Of the lines between that set rules.
    rules: usize,
}

impl Keep {
    /// The beginning and some of the end.
    pub(super) const ENDS: Self = Self { head: 75, rules: 0 };
    /// The rules as well, wherever they stand.
    pub(super) const RULES: Self = Self { head: 45, rules: 35 };
    /// The end: a log grows there.
    pub(super) const END: Self = Self { head: 0, rules: 0 };
}

/// What is sent of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// It, with marks where something is left out.
    pub text: String,
    /// The size of what was kept, without marks.
    pub kept: usize,
    /// The size of the whole text.
    pub of: usize,
}

/// The size of a text in UTF-16 units.
pub(super) fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Cuts the text of `name` to `limit` units, whole lines where that is possible; none if there is no room for any of it.
pub(super) fn cut(text: &str, name: &str, limit: usize, keep: Keep) -> Option<Piece> {
    let of = units(text);
    if of <= limit {
        return Some(Piece { text: text.to_owned(), kept: of, of });
    }
    let with_rules = if keep.rules > 0 { cut_with_rules(text, name, limit, keep) } else { None };
    let ends = Keep { head: if keep.rules > 0 { Keep::ENDS.head } else { keep.head }, rules: 0 };
    with_rules.or_else(|| cut_ends(text, name, limit, ends))
}

fn cut_ends(text: &str, name: &str, limit: usize, keep: Keep) -> Option<Piece> {
    let of = units(text);
    let room = limit.checked_sub(units(&mark(name, of, of)) + 2).filter(|room| *room > 0)?;
    let tail = end(text, room - room * keep.head / 100);
    let before = text.strip_suffix(tail).unwrap_or(text);
    let head = if keep.head > 0 { beginning(before, room - units(tail)) } else { "" };
    let kept = units(head) + units(tail);
    if kept == 0 {
        return None;
    }
    let text = join(&[head, &mark(name, kept, of), tail]);
    Some(Piece { text, kept, of })
}

/// None if no line that sets a rule would be lost, or there is too little room to say so.
fn cut_with_rules(text: &str, name: &str, limit: usize, keep: Keep) -> Option<Piece> {
    let of = units(text);
    let marks = units(&mark_before_rules(name, of, of)) + units(&mark_after_rules(name, of));
    let room = limit.checked_sub(marks + 4).filter(|room| *room > marks)?;
    let room_for_rules = room * keep.rules / 100;
    let tail = end(text, room - room * keep.head / 100 - room_for_rules);
    let before = text.strip_suffix(tail).unwrap_or(text);
    let head = beginning(before, room * keep.head / 100);
    let (rules, _) = rules_in(before.strip_prefix(head).unwrap_or_default(), room_for_rules);
    if rules.is_empty() {
        return None;
    }
    // What the rules do not need goes to the beginning, with what rules stand there.
    let head = beginning(before, room - units(tail) - units(&rules));
    let (rules, missed) =
        rules_in(before.strip_prefix(head).unwrap_or_default(), room - units(tail) - units(head));
    let kept = units(head) + units(&rules) + units(tail);
    let before_rules = mark_before_rules(name, kept, of);
    let after_rules = mark_after_rules(name, missed);
    let text = join(&[head, &before_rules, &rules, &after_rules, tail]);
    Some(Piece { text, kept, of })
}

fn mark(name: &str, kept: usize, of: usize) -> String {
    format!("[{name} is cut here: {kept} of {of} characters shown]")
}

fn mark_before_rules(name: &str, kept: usize, of: usize) -> String {
    format!(
        "[{name} is cut here: {kept} of {of} characters shown; of the middle, lines with rules:]"
    )
}

fn mark_after_rules(name: &str, missed: usize) -> String {
    match missed {
        0 => format!("[the end of {name}:]"),
        _ => format!("[{missed} more such lines left out; the end of {name}:]"),
    }
}

/// Joins pieces by line breaks, of which each piece needs one at most.
fn join(pieces: &[&str]) -> String {
    let mut text = String::new();
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(piece);
    }
    text
}

/// The beginning that fits: whole lines, unless that would waste more than half of the room.
fn beginning(text: &str, room: usize) -> &str {
    let mut size = 0;
    let mut fits = text.len();
    for (at, character) in text.char_indices() {
        size += character.len_utf16();
        if size > room {
            fits = at;
            break;
        }
    }
    let fitting = text.get(..fits).unwrap_or_default();
    let lines = fitting.rfind('\n').and_then(|at| fitting.get(..=at)).unwrap_or_default();
    if fits == text.len() || units(lines) * 2 < room { fitting } else { lines }
}

/// The end that fits, in the same way; but less than a line of it is worth something only if it is long.
fn end(text: &str, room: usize) -> &str {
    let mut size = 0;
    let mut start = 0;
    for (at, character) in text.char_indices().rev() {
        size += character.len_utf16();
        if size > room {
            start = at + character.len_utf8();
            break;
        }
    }
    let fitting = text.get(start..).unwrap_or_default();
    let lines = fitting.find('\n').and_then(|at| fitting.get(at + 1..)).unwrap_or_default();
    let is_worth_it = units(lines) * 2 < room && room >= LEAST_OF_LINE;
    if start == 0 || is_worth_it { fitting } else { lines }
}

/// The lines that set a rule and fit, in their order, the strict ones before the others; and how many did not fit.
fn rules_in(text: &str, room: usize) -> (String, usize) {
    let lines: Vec<(&str, Option<Rule>)> =
        text.split_inclusive('\n').map(|line| (line, rule(line))).collect();
    let mut left = room;
    let mut chosen = vec![false; lines.len()];
    let mut missed = 0;
    for wanted in [Rule::Strict, Rule::Loose] {
        for ((line, rule), chosen) in lines.iter().zip(&mut chosen) {
            if *rule != Some(wanted) {
                continue;
            }
            let size = units(line);
            *chosen = size <= left;
            left -= if *chosen { size } else { 0 };
            missed += usize::from(!*chosen);
        }
    }
    let rules = lines.iter().zip(&chosen).filter(|(_, chosen)| **chosen);
    (rules.map(|((line, _), _)| *line).collect(), missed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kept(text: &str, limit: usize, keep: Keep) -> String {
        cut(text, "A.md", limit, keep).unwrap().text
    }

    #[test]
    fn whole_lines_of_both_ends_are_kept_and_the_mark_stands_between_them() {
        let text: String = (0..40).map(|number| format!("line {number:02}\n")).collect();
        let mark = "[A.md is cut here: 96 of 320 characters shown]";
        let lines = |numbers: std::ops::Range<usize>| -> String {
            numbers.map(|number| format!("line {number:02}\n")).collect()
        };
        let expected = format!("{}{mark}\n{}", lines(0..9), lines(37..40));
        assert_eq!(kept(&text, 150, Keep::ENDS), expected);
        let end = kept(&text, 150, Keep::END);
        assert!(end.starts_with("[A.md is cut here: ") && end.ends_with("line 39\n"), "{end}");
    }

    #[test]
    fn a_line_that_is_longer_than_the_room_is_cut_between_characters() {
        let text = "😀".repeat(200);
        let piece = cut(&text, "A.md", 151, Keep::ENDS).unwrap();
        assert!(units(&piece.text) <= 151);
        assert_eq!(piece.of, 400);
        assert_eq!(piece.kept, 2 * piece.text.chars().filter(|one| *one == '😀').count());
        assert!(piece.kept > 90, "{}", piece.text);
    }

    #[test]
    fn strict_rules_come_before_loose_ones_and_what_did_not_fit_is_counted() {
        let filler = "Something else about the day.\n".repeat(40);
        let loose = "Always greet, and do it at length with many words.\n".repeat(30);
        let text = format!("{filler}{loose}Nie ohne Ja senden.\n{filler}");
        let cut = kept(&text, 1_000, Keep::RULES);
        assert!(cut.contains("Nie ohne Ja senden.\n"), "{cut}");
        assert!(cut.contains(" more such lines left out; the end of A.md:]\n"), "{cut}");
        assert!(units(&cut) <= 1_000 && units(&cut) > 900, "{}", units(&cut));
    }

    #[test]
    fn what_the_rules_do_not_need_goes_to_the_beginning() {
        let filler = "Something else about the day.\n".repeat(400);
        let cut = kept(&format!("{filler}You must never push.\n{filler}"), 5_000, Keep::RULES);
        assert!(cut.contains("\nYou must never push.\n[the end of A.md:]\n"), "{cut}");
        assert!(units(&cut) > 4_900, "{}", units(&cut));
        let cut = kept(&filler, 5_000, Keep::RULES);
        assert!(!cut.contains("rules") && units(&cut) > 4_900, "{cut}");
    }

    #[test]
    fn where_there_is_no_room_for_text_there_is_nothing() {
        let text = "x".repeat(100);
        assert_eq!(cut(&text, "A.md", 48, Keep::ENDS), None);
        assert!(cut(&text, "A.md", 64, Keep::RULES).is_some());
    }

    proptest! {
        #[test]
        fn a_cut_text_is_never_larger_than_its_limit(
            text in "([a-zä😀 ]{0,40}|must never x|immer)(\r?\n[a-zä😀 ]{0,60}|\nnie x){0,60}",
            limit in 0_usize..900,
            keep in prop::sample::select(vec![Keep::ENDS, Keep::RULES, Keep::END]),
        ) {
            if let Some(piece) = cut(&text, "NAME.md", limit, keep) {
                prop_assert!(units(&piece.text) <= limit, "{} > {limit}", units(&piece.text));
                prop_assert_eq!(piece.of, units(&text));
                prop_assert!(piece.kept <= piece.of);
                prop_assert_eq!(piece.kept == piece.of, piece.text == text);
            }
        }
    }
}
