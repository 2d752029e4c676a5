//! What a whole document looks like, and what holds for every document.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::{MarkdownStream, MarkdownStyle, Width};

fn shown(pieces: &[&str], width: Width, style: MarkdownStyle) -> String {
    let mut stream = MarkdownStream::new(width, style);
    let mut out = Vec::new();
    for piece in pieces {
        stream.push(piece, &mut out).unwrap();
    }
    stream.finish(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn styled(text: &str) -> String {
    shown(&[text], Width::Columns(40), MarkdownStyle::Styled)
}

fn check(text: &str, expected: &Expect) {
    let out = anstream::adapter::strip_str(&styled(text)).to_string();
    expected.assert_eq(&out);
}

const RICH: &str = "# Heat pump

The **filter** was changed on *5 March*, see [the note](memory/2026-03-05.md) and `UP-25-60`.

- one
  - nested, and long enough to be folded at forty
  - [x] done
  - [ ] open
1. first
2. second

> A quote
> of two lines
>
> - with a list

| Part | Price |
|------|------:|
| Filter | 12 € |
| 漢字 | 3 € |

---

```rust
let x = 1; // one
```

The end \u{1b}[31m.
";

#[test]
fn a_rich_document_with_its_codes() {
    expect![[r#"
        ␛[1;4mHeat pump␛[0m

        The ␛[1mfilter␛[0m was changed on ␛[3m5 March␛[0m, see
        ␛[4mthe note␛[0m␛[2m (memory/2026-03-05.md)␛[0m and
        ␛[36mUP-25-60␛[0m.

        • one
          ◦ nested, and long enough to be folded
            at forty
          ☑ done
          ☐ open
        1. first
        2. second

        ␛[2m│ ␛[0mA quote
        ␛[2m│ ␛[0mof two lines
        ␛[2m│␛[0m
        ␛[2m│ ␛[0m• with a list

        ␛[1mPart␛[0m    ␛[1mPrice␛[0m
        ␛[2m──────  ─────␛[0m
        Filter   12 €
        漢字      3 €

        ␛[2m────────────────────────────────────────␛[0m

        ␛[2m─── rust␛[0m
        ␛[35mlet␛[0m x = ␛[36m1␛[0m; ␛[2m// one␛[0m
        ␛[2m───␛[0m

        The end \u{1b}[31m.
    "#]]
    .assert_eq(&styled(RICH).replace('\u{1b}', "␛"));
}

#[test]
fn a_plain_document_is_its_source_made_visible() {
    let out = shown(&[RICH], Width::Columns(40), MarkdownStyle::Plain);
    assert_eq!(out, RICH.replace('\u{1b}', "\\u{1b}"));
    assert_eq!(shown(&["a\r", "\nb", "\r"], Width::Endless, MarkdownStyle::Plain), "a\nb\n");
}

#[test]
fn text_flows_word_by_word() {
    let mut stream = MarkdownStream::new(Width::Columns(40), MarkdownStyle::Styled);
    let mut steps = Vec::new();
    for piece in ["The fil", "ter was **cha", "nged** to", "day.", "\n\n- A", " list `x", "` y"] {
        let mut out = Vec::new();
        stream.push(piece, &mut out).unwrap();
        steps.push(String::from_utf8(out).unwrap().replace('\u{1b}', "␛"));
    }
    expect![[r#"
        [
            "The",
            " filter was",
            " ␛[1mchanged␛[0m",
            "",
            " today.\n\n",
            "• A list",
            " ␛[36mx␛[0m",
        ]
    "#]]
    .assert_debug_eq(&steps);
}

#[test]
fn lists_nest_by_their_indent() {
    check(
        "1. a\n   text\n  - b\n    - c\n\n      more c\n2. d\n\nout\n- \n- e\nlazy",
        &expect![[r#"
            1. a
               text
               ◦ b
                 ▪ c

                   more c
            2. d

            out
            •
            • e
              lazy
        "#]],
    );
}

#[test]
fn code_stands_in_what_it_was_written_in() {
    check(
        "- item\n  ```\n  a\n    b\n  ```\n> ```py\n> x = 1\nno code\n\n    indented\n\n~~~\nopen",
        &expect![[r#"
            • item
              ───
              a
                b
              ───
            │ ─── py
            │ x = 1
            │ ───
            no code

                indented

            ───
            open
            ───
        "#]],
    );
}

#[test]
fn what_looks_like_a_table_and_is_none_is_text() {
    check(
        "|x| is a norm\n|y| too\n\n|a|\n\n| a | b |\n|---|---|\nbehind",
        &expect![[r#"
            |x| is a norm
            |y| too

            |a|

            a  b
            ─  ─
            behind
        "#]],
    );
}

#[test]
fn signs_that_mean_nothing_stay() {
    check(
        "#hash *open\n**never closed\n\n5 * 3 = 15, a_b_c, 2. no\n`code\n***\nTitle\n===\n",
        &expect![[r#"
            #hash *open
            **never closed

            5 * 3 = 15, a_b_c, 2. no
            `code
            ────────────────────────────────────────
            Title
            ────────────────────────────────────────
        "#]],
    );
}

#[test]
fn no_line_is_wider_than_the_room() {
    let words = "one **two three** `four` 漢字漢字 👩‍👩‍👧 [five](six) ~~seven~~ ";
    let text = ["", "- ", "  1. ", "> - ", "# "].map(|mark| format!("{mark}{}", words.repeat(5)));
    for line in styled(&text.join("\n\n")).lines() {
        let bare = anstream::adapter::strip_str(line).to_string();
        assert!(unicode_width::UnicodeWidthStr::width(bare.as_str()) <= 40, "{bare}");
    }
}

const PIECES: [&str; 34] = [
    "word",
    "UP-25",
    "漢字",
    "👩‍👩‍👧",
    "\u{1b}[2J",
    "\r",
    " ",
    "  ",
    "    ",
    "\n",
    "\n",
    "\n\n",
    "\t",
    "*",
    "**",
    "_",
    "~~",
    "`",
    "```",
    "[",
    "](",
    ")",
    "> ",
    "- ",
    "1. ",
    "# ",
    "| ",
    " |\n|--|\n",
    "---",
    "\\",
    "<b>",
    "&#27;",
    "[x] ",
    "===",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn how_a_text_is_cut_cannot_be_seen(
        text in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let text = text.concat();
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| ends[cut.index(ends.len())]).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&str> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
        for style in [MarkdownStyle::Styled, MarkdownStyle::Plain] {
            for width in [Width::Columns(20), Width::Endless] {
                prop_assert_eq!(shown(&pieces, width, style), shown(&[&text], width, style));
            }
        }
    }

    #[test]
    fn every_word_appears_and_nothing_steers_the_terminal(
        text in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40),
        any in any::<String>(),
    ) {
        let mut source = String::new();
        for (number, piece) in text.iter().enumerate() {
            source.extend([*piece, &format!("w{number}w")]);
        }
        let out = shown(&[&source], Width::Columns(30), MarkdownStyle::Styled);
        let bare = anstream::adapter::strip_str(&out).to_string();
        prop_assert!(bare.chars().all(|character| character == '\n' || !character.is_control() || character == '\t'));
        // A cell of a table may be folded inside a word.
        if !source.contains('|') {
            for number in 0..text.len() {
                prop_assert!(bare.contains(&format!("w{number}w")), "w{}w in {:?}", number, bare);
            }
        }
        let out = shown(&[&any], Width::Columns(30), MarkdownStyle::Styled);
        let bare = anstream::adapter::strip_str(&out).to_string();
        prop_assert!(!bare.contains('\u{1b}'), "{:?}", bare);
    }
}
