//! The time that a question asks about: "last March", "am 3. Mai", "gestern", "zuletzt".

use jiff::{
    ToSpan as _,
    civil::{Date, Weekday},
};
use localgpt_embedding::for_each_word;

/// What a question says about time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Time {
    /// Nothing.
    Any,
    /// A stretch of days, both ends included.
    Within(Date, Date),
    /// The newest there is.
    Latest,
    /// The oldest there is.
    Earliest,
}

/// The time that `question` asks about, asked on the day `today`.
pub(crate) fn of_question(question: &str, today: Date) -> Time {
    let mut words: Vec<String> = Vec::new();
    for_each_word(question, |word, _| words.push(word.to_owned()));
    if let Some((first, last)) = iso(question).or_else(|| stretch(&words, today)) {
        return Time::Within(first, last);
    }
    let any = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if any(&LATEST) {
        Time::Latest
    } else if any(&EARLIEST) {
        Time::Earliest
    } else {
        Time::Any
    }
}

/// Whether a folded word of a question may be a part of what it says about time.
pub(crate) fn is_time_word(word: &str) -> bool {
    let is_number = word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_named = MONTHS.iter().any(|(month, _)| *month == word)
        || WEEKDAYS.iter().any(|(day, _)| *day == word);
    is_number
        || is_named
        || RELATIVE.contains(&word)
        || LATEST.contains(&word)
        || EARLIEST.contains(&word)
        || starts(word, &["letzt", "vergangen", "vorig"])
}

const RELATIVE: [&str; 17] = [
    "today",
    "heute",
    "yesterday",
    "gestern",
    "vorgestern",
    "tomorrow",
    "last",
    "week",
    "woche",
    "month",
    "monat",
    "year",
    "jahr",
    "this",
    "diese",
    "diesen",
    "happened",
];

const LATEST: [&str; 22] = [
    "latest",
    "newest",
    "currently",
    "current",
    "recent",
    "recently",
    "lately",
    "nowadays",
    "zuletzt",
    "aktuell",
    "aktuelle",
    "aktuellen",
    "aktueller",
    "aktuelles",
    "derzeit",
    "momentan",
    "neueste",
    "neuesten",
    "juengste",
    "juengsten",
    "heutzutage",
    "mittlerweile",
];
const EARLIEST: [&str; 6] =
    ["originally", "oldest", "earliest", "urspruenglich", "aelteste", "zuerst"];

const MONTHS: [(&str, i8); 34] = [
    ("january", 1),
    ("januar", 1),
    ("jan", 1),
    ("jaenner", 1),
    ("february", 2),
    ("februar", 2),
    ("feb", 2),
    ("march", 3),
    ("maerz", 3),
    ("mar", 3),
    ("april", 4),
    ("apr", 4),
    ("may", 5),
    ("mai", 5),
    ("june", 6),
    ("juni", 6),
    ("jun", 6),
    ("july", 7),
    ("juli", 7),
    ("jul", 7),
    ("august", 8),
    ("aug", 8),
    ("september", 9),
    ("sept", 9),
    ("sep", 9),
    ("october", 10),
    ("oktober", 10),
    ("oct", 10),
    ("okt", 10),
    ("november", 11),
    ("nov", 11),
    ("december", 12),
    ("dezember", 12),
    ("dez", 12),
];

const WEEKDAYS: [(&str, Weekday); 15] = [
    ("monday", Weekday::Monday),
    ("montag", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("dienstag", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("mittwoch", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("donnerstag", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("freitag", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("samstag", Weekday::Saturday),
    ("sonnabend", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
    ("sonntag", Weekday::Sunday),
];

/// `2026-03-05` or `5.3.2026` as written.
fn iso(question: &str) -> Option<(Date, Date)> {
    question.split(|c: char| !(c.is_ascii_digit() || c == '-' || c == '.')).find_map(|token| {
        let token = token.trim_matches(['.', '-']);
        let numbers = |separator| -> Option<Vec<i16>> {
            token.split(separator).map(|number| number.parse().ok()).collect()
        };
        let day = match (numbers('-').as_deref(), numbers('.').as_deref()) {
            (Some(&[year, month, day]), _) if year > 31 => Date::new(year, month as i8, day as i8),
            (_, Some(&[day, month, year])) if year > 31 => Date::new(year, month as i8, day as i8),
            _ => return None,
        }
        .ok()?;
        Some((day, day))
    })
}

fn stretch(words: &[String], today: Date) -> Option<(Date, Date)> {
    let day = |days: i64| today.checked_add(days.days()).ok().map(|day| (day, day));
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    for at in 0..words.len() {
        let before = if at > 0 { word(at - 1) } else { "" };
        let is_last = starts(before, &["last", "letzt", "vergangen", "vorig"]);
        let is_this = starts(before, &["this", "dies"]);
        let found = match word(at) {
            "today" | "heute" => day(0),
            "yesterday" | "gestern" => day(-1),
            "vorgestern" => day(-2),
            "tomorrow" => day(1),
            "week" | "woche" if is_last => week(today, -7),
            "week" | "woche" if is_this => week(today, 0),
            "month" | "monat" if is_last => month(today.checked_sub(1.month()).ok()?),
            "month" | "monat" if is_this => month(today),
            "year" | "jahr" if is_last => year(today.year() - 1),
            "year" | "jahr" if is_this => year(today.year()),
            name => calendar(words, at, name, is_last, today),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// A month, weekday or year by its name.
fn calendar(
    words: &[String],
    at: usize,
    name: &str,
    is_last: bool,
    today: Date,
) -> Option<(Date, Date)> {
    let number = |at: Option<usize>| -> Option<i16> {
        words.get(at?)?.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse().ok()
    };
    let years = 1900..2200;
    if let Some((_, month_number)) = MONTHS.iter().find(|(month, _)| *month == name) {
        let near = |at: usize| number(Some(at));
        let day_before = number(at.checked_sub(1)).filter(|day| (1..=31).contains(day));
        let day_after = near(at + 1).filter(|day| (1..=31).contains(day));
        let year_named =
            [near(at + 1), near(at + 2)].into_iter().flatten().find(|year| years.contains(year));
        // "may" is mostly a verb: only beside a number, or after a word that leads to a time.
        let led = ["in", "im", "of", "last", "since", "seit", "ab", "bis", "until", "this"]
            .contains(&at.checked_sub(1).and_then(|at| words.get(at)).map_or("", String::as_str));
        if (name == "may" || name == "mar" || name == "dez")
            && day_before.is_none()
            && day_after.is_none()
            && year_named.is_none()
            && !led
        {
            return None;
        }
        let year = year_named.unwrap_or_else(|| {
            // Without a year the last such month, which may be the one we are in.
            if *month_number > today.month() || (is_last && *month_number == today.month()) {
                today.year() - 1
            } else {
                today.year()
            }
        });
        return match day_before.or(day_after) {
            Some(day) => Date::new(year, *month_number, day as i8).ok().map(|day| (day, day)),
            None => month(Date::new(year, *month_number, 1).ok()?),
        };
    }
    if let Some((_, weekday)) = WEEKDAYS.iter().find(|(day, _)| *day == name) {
        return is_last
            .then(|| today.nth_weekday(-1, *weekday).ok())
            .flatten()
            .map(|day| (day, day));
    }
    let led = ["in", "im", "since", "seit", "jahr", "year", "of", "anno"]
        .contains(&at.checked_sub(1).and_then(|at| words.get(at)).map_or("", String::as_str));
    (led && name.len() == 4)
        .then(|| number(Some(at)))
        .flatten()
        .filter(|number| years.contains(number))
        .and_then(year)
}

fn starts(word: &str, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|beginning| word.starts_with(beginning))
}

fn week(today: Date, days: i64) -> Option<(Date, Date)> {
    let monday =
        today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days()).ok()?;
    let monday = monday.checked_add(days.days()).ok()?;
    Some((monday, monday.checked_add(6.days()).ok()?))
}

fn month(day: Date) -> Option<(Date, Date)> {
    Some((day.first_of_month(), day.last_of_month()))
}

fn year(year: i16) -> Option<(Date, Date)> {
    Some((Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn questions_name_a_time_in_german_and_english() {
        let today = date(2026, 11, 24);
        for (question, expected) in [
            ("What did we do yesterday?", "2026-11-23 2026-11-23"),
            ("Was war gestern?", "2026-11-23 2026-11-23"),
            ("What happened last March?", "2026-03-01 2026-03-31"),
            ("Was war am 3. Mai?", "2026-05-03 2026-05-03"),
            ("What happened on 8 May, 2023?", "2023-05-08 2023-05-08"),
            ("Who came on May 8th 2023?", "2023-05-08 2023-05-08"),
            ("im Dezember 2025", "2025-12-01 2025-12-31"),
            ("Was war im Dezember?", "2025-12-01 2025-12-31"),
            ("letzte Woche", "2026-11-16 2026-11-22"),
            ("last Friday", "2026-11-20 2026-11-20"),
            ("vergangenen Monat", "2026-10-01 2026-10-31"),
            ("am 5.3.2026", "2026-03-05 2026-03-05"),
            ("notes of 2026-03-05", "2026-03-05 2026-03-05"),
            ("in 2024", "2024-01-01 2024-12-31"),
        ] {
            let Time::Within(first, last) = of_question(question, today) else {
                panic!("{question}: no stretch");
            };
            assert_eq!(format!("{first} {last}"), expected, "{question}");
        }
    }

    #[test]
    fn words_that_only_look_like_a_time_are_none() {
        let today = date(2026, 11, 24);
        for question in ["Who may enter?", "What is 2400 W?", "Wer ist der Friday-Bot?", ""] {
            assert_eq!(of_question(question, today), Time::Any, "{question}");
        }
        assert_eq!(of_question("Was ist der aktuelle Stand?", today), Time::Latest);
        assert_eq!(of_question("What was it originally?", today), Time::Earliest);
    }
}
