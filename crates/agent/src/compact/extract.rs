//! A summary without a model.

use super::Entry;
use crate::tokens::{clip, estimate};
use localgpt_protocol::Message;

/// The most tokens of one line.
const LINE: u32 = 48;

/// What stands for `old` where no model can say it: what the person wrote, the first line of each message and its
/// record's number, behind the summary that was there `before`. At most `limit` tokens; the middle goes first.
pub fn extract(before: Option<&str>, old: &[Entry], limit: u32) -> String {
    let mut lines = Vec::new();
    if let Some(before) = before.filter(|before| !before.trim().is_empty()) {
        lines.push(clip(before.trim(), limit / 3));
    }
    lines.push("What the person wrote, by record of the log:".to_owned());
    let taken: u32 = lines.iter().map(|line| estimate(line).saturating_add(1)).sum();
    let room = limit.saturating_sub(taken);

    let asked: Vec<String> = old.iter().filter_map(asked).collect();
    let newest = fitting(asked.iter().rev(), room / 4 * 3);
    let rest = asked.get(..asked.len() - newest).unwrap_or_default();
    let oldest = match rest.len() {
        0 => 0,
        _ => fitting(rest.iter(), room / 4),
    };
    lines.extend(asked.iter().take(oldest).cloned());
    let left_out = asked.len() - newest - oldest;
    if left_out > 0 {
        lines.push(format!("({left_out} more)"));
    }
    lines.extend(asked.iter().skip(asked.len() - newest).cloned());
    clip(&lines.join("\n"), limit)
}

/// How many lines have at most `room` tokens together.
fn fitting<'a>(lines: impl Iterator<Item = &'a String>, room: u32) -> usize {
    let mut size = 0;
    let fits = |line: &&String| {
        size += estimate(line) + 1;
        size <= room
    };
    lines.take_while(fits).count()
}

fn asked(entry: &Entry) -> Option<String> {
    if !matches!(entry.message, Message::User(_)) {
        return None;
    }
    let text = entry.message.text();
    let first = text.lines().find(|line| !line.trim().is_empty())?;
    Some(format!("- #{}: {}", entry.record, clip(first.trim(), LINE)))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use localgpt_protocol::{AssistantPart, UserPart};

    use super::*;

    fn old(count: u64) -> Vec<Entry> {
        let entry = |record| {
            let message = match record % 2 {
                0 => Message::User(vec![UserPart::Text(format!("Question {record}\nand more"))]),
                _ => Message::Assistant(vec![AssistantPart::Text("An answer.".to_owned())]),
            };
            Entry { record, message }
        };
        (0..count).map(entry).collect()
    }

    #[test]
    fn what_the_person_wrote_is_kept_by_record() {
        let expected = expect![[r#"
            They met.
            What the person wrote, by record of the log:
            - #0: Question 0
            - #2: Question 2
            - #4: Question 4"#]];
        expected.assert_eq(&extract(Some("They met."), &old(5), 200));
    }

    #[test]
    fn the_middle_of_a_long_talk_is_left_out() {
        let expected = expect![[r#"
            What the person wrote, by record of the log:
            - #0: Question 0
            - #2: Question 2
            (45 more)
            - #94: Question 94
            - #96: Question 96
            - #98: Question 98
            - #100: Question 100"#]];
        expected.assert_eq(&extract(None, &old(101), 80));
    }

    #[test]
    fn it_never_has_more_than_its_limit() {
        for limit in 0..200 {
            assert!(estimate(&extract(Some("They met."), &old(60), limit)) <= limit, "{limit}");
        }
    }
}
