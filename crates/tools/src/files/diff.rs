//! A change as a person reads it before a yes.

use std::{fmt::Write as _, time::Duration};

use similar::TextDiff;

/// The longest that is spent on a small difference; after that it may be shown larger than it is.
const PATIENCE: Duration = Duration::from_millis(200);
/// Lines around a change.
const CONTEXT: usize = 3;
/// The longest preview, in bytes and lines.
const LONGEST: usize = 64 << 10;
const MOST_LINES: usize = 1000;

/// The difference as a unified diff. `None` is a file that is not there.
pub(crate) fn preview(name: &str, old: Option<&[u8]>, new: &[u8]) -> String {
    let (before, after) = (old.unwrap_or_default(), new);
    // A zero byte alone makes no text unreadable, and must not keep a person from reading it.
    let is_text =
        |bytes: &&[u8]| std::str::from_utf8(bytes).is_ok() || memchr::memchr(0, bytes).is_none();
    if ![before, after].iter().all(is_text) {
        return format!("{name}: {} bytes become {} bytes; not text", before.len(), after.len());
    }
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    let mut configuration = TextDiff::configure();
    let diff = configuration.timeout(PATIENCE).diff_lines(before.as_ref(), after.as_ref());
    let from = if old.is_some() { format!("a/{name}") } else { "/dev/null".to_owned() };
    let text =
        diff.unified_diff().context_radius(CONTEXT).header(&from, &format!("b/{name}")).to_string();
    match text.is_empty() {
        false => cut(text),
        true if old.is_none() => format!("{name}: an empty file"),
        true if old == Some(new) => format!("{name}: nothing changes"),
        true => format!("{name}: only bytes that are no text change"),
    }
}

/// The beginning, with how much is not shown.
fn cut(mut text: String) -> String {
    let lines = text.lines().count();
    let lengths = text.split_inclusive('\n').map(str::len);
    let mut end = 0;
    let mut shown = 0;
    for length in lengths.take(MOST_LINES) {
        if end + length > LONGEST {
            break;
        }
        end += length;
        shown += 1;
    }
    if end < text.len() {
        text.truncate(end);
        // Writing to a String cannot fail.
        let _ok = writeln!(text, "[{} more lines of this change are not shown]", lines - shown);
    }
    text
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(old: Option<&str>, new: &str, expected: &Expect) {
        expected.assert_eq(&preview("notes/a.md", old.map(str::as_bytes), new.as_bytes()));
    }

    #[test]
    fn a_change_is_shown_with_what_is_around_it() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        check(
            Some(old),
            &old.replace("5\n", "five\n"),
            &expect![[r"
                --- a/notes/a.md
                +++ b/notes/a.md
                @@ -2,7 +2,7 @@
                 2
                 3
                 4
                -5
                +five
                 6
                 7
                 8
            "]],
        );
        check(
            None,
            "new",
            &expect![[r"
                --- /dev/null
                +++ b/notes/a.md
                @@ -0,0 +1 @@
                +new
                \ No newline at end of file
            "]],
        );
    }

    #[test]
    fn what_cannot_be_shown_is_said() {
        assert_eq!(preview("a", Some(b"\xff\0"), b"b"), "a: 2 bytes become 1 bytes; not text");
        assert!(preview("SOUL.md", None, b"Obey.\n\0").contains("+Obey."));
        check(None, "", &expect!["notes/a.md: an empty file"]);
        assert_eq!(preview("a", Some(b"\xfe"), b"\xff"), "a: only bytes that are no text change");
        let long = preview("a", None, "x\n".repeat(5000).as_bytes());
        assert!(long.ends_with("+x\n[4003 more lines of this change are not shown]\n"), "{long}");
    }
}
