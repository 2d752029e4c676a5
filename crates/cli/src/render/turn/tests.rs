//! What a person sees of a turn, both streams in one text.

use std::{cell::RefCell, rc::Rc};

use expect_test::{Expect, expect};
use localgpt_config::Language;
use localgpt_guard::{Fence, Untrusted, quote};
use localgpt_protocol::{ContextPart, Recalled, ToolCall, ToolName, ToolOutcome};
use serde_json::json;

use super::*;

/// A stream that marks what is not the answer with `|`.
struct Shared(Rc<RefCell<String>>, bool);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(bytes).unwrap();
        let mut all = self.0.borrow_mut();
        for piece in text.split_inclusive('\n') {
            if self.1 && (all.is_empty() || all.ends_with('\n')) {
                all.push_str(if piece == "\n" { "|" } else { "| " });
            }
            all.push_str(piece);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn look(signs: Signs) -> TurnLook {
    TurnLook {
        width: Width::Columns(76),
        style: match signs {
            Signs::Glyphs => MarkdownStyle::Styled,
            Signs::Words => MarkdownStyle::Plain,
        },
        signs,
        motion: Motion::Still,
        thinking: ThinkingShown::Folded,
    }
}

fn check(look: TurnLook, language: Language, events: &[EventKind], expected: &Expect) {
    let all = Rc::new(RefCell::new(String::new()));
    let mut out = Shared(Rc::clone(&all), false);
    let mut err = Shared(Rc::clone(&all), true);
    let mut view = TurnView::new(look, Wording::of(language));
    let mut now = Instant::now();
    for event in events {
        let mut screen = Screen { out: &mut out, err: &mut err };
        view.show(event, now, &mut screen).unwrap();
        now += Duration::from_millis(500);
    }
    expected.assert_eq(&anstream::adapter::strip_str(&all.borrow()).to_string());
}

fn model(name: &str) -> ModelName {
    name.parse().unwrap()
}

fn text(text: &str) -> EventKind {
    EventKind::TextDelta { text: text.to_owned() }
}

fn said(text: &str) -> EventKind {
    let parts = vec![AssistantPart::Text(text.to_owned())];
    EventKind::Said { message: Message::Assistant(parts) }
}

fn asked(id: &str, name: &str, input: serde_json::Value) -> EventKind {
    let (id, name) = (ToolCallId::new(id), ToolName::new(name));
    EventKind::ToolStarted { call: ToolCall { id, name, input } }
}

fn became(id: &str, name: &str, outcome: ToolOutcome) -> EventKind {
    let result = ToolResult { call: ToolCallId::new(id), name: ToolName::new(name), outcome };
    EventKind::ToolFinished { result }
}

fn quoted(text: &str) -> localgpt_guard::Quoted {
    quote(&Untrusted::new(text), "memory", Fence(1), 1_000)
}

fn long_turn() -> Vec<EventKind> {
    let part = |name: &str, state| ContextPart { name: name.to_owned(), tokens: 10, state };
    let citations = ["MEMORY.md#L1", "a.md#L2", "b.md#L3", "c.md#L4-L6"];
    let citations: Vec<Citation> = citations.iter().map(|text| text.parse().unwrap()).collect();
    let usage = Usage { input: 1_204, cache_read: 800, output: 56, ..Usage::default() };
    vec![
        EventKind::TurnStarted { model: model("ollama/small") },
        EventKind::Recalled { recalled: Recalled { citations, notes: quoted("x") } },
        EventKind::LeftOut {
            context: ContextReport {
                window: 4_096,
                reserved: 512,
                parts: vec![
                    part("instructions", ContextState::Whole),
                    part("SOUL.md", ContextState::Cut { kept: 5_000, of: 20_000 }),
                    part("TOOLS.md", ContextState::LeftOut { reason: "no room".to_owned() }),
                ],
            },
        },
        EventKind::Retrying { reason: "the server is overloaded".to_owned(), pause_ms: 1_500 },
        EventKind::FailedOver {
            from: model("ollama/small"),
            reason: "it is away".to_owned(),
            to: model("cloud/large"),
        },
        EventKind::ThinkingDelta { text: "Hm.\nWhich".to_owned() },
        EventKind::ThinkingDelta { text: " one?".to_owned() },
        text("Let me **lo"),
        text("ok**.\n"),
        said("Let me **look**."),
        asked("1", "memory_search", json!({"limit": 3, "query": "filter\u{1b}[2J"})),
        asked("2", "shell", json!({"command": "rm -rf /"})),
        asked("3", "fetch", json!({})),
        became("1", "memory_search", ToolOutcome::Done(quoted("a.md#L2: x\n[b.md#L3-L4] a.md#L2"))),
        became("2", "shell", ToolOutcome::Denied("the person said no".to_owned())),
        became("3", "fetch", ToolOutcome::Failed(quoted("no such\nhost"))),
        EventKind::Remembered {
            citation: "memory/2026-03-05.md#L9".parse().unwrap(),
            text: "The filter is a UP-25-60.".to_owned(),
        },
        text("It is `UP-25-60`."),
        said("It is `UP-25-60`."),
        EventKind::Compacted { messages: 12, by: Summariser::Model },
        EventKind::CallsWritten,
        EventKind::TurnFinished { end: TurnEnd::OutOfTokens, usage },
    ]
}

#[test]
fn a_note_is_one_line_without_the_sign_of_a_list() {
    assert_eq!(note_text("- The filter is new."), "The filter is new.");
    assert_eq!(note_text("First.\nSecond."), "First. Second.");
}

#[test]
fn everything_beside_the_answer_is_one_line() {
    check(
        look(Signs::Glyphs),
        Language::English,
        &long_turn(),
        &expect![[r#"
            | ⌕ recalled: MEMORY.md#L1, a.md#L2, b.md#L3 and 1 more
            | ✂ did not fit: SOUL.md (25 % of 20,000), TOOLS.md (no room)
            | ↻ trying again in 1.5 s: the server is overloaded
            | ⇄ ollama/small is replaced by cloud/large: it is away
            | ∴ thought for 1.0 s
            |
            Let me look.
            |
            | ⌕ memory_search “filter\u{1b}[2J” → 2 notes
            | ✗ shell “rm -rf /” → did not run: the person said no
            | ✗ fetch → failed: no such host
            | ✎ remembered: The filter is a UP-25-60. (memory/2026-03-05.md#L9)

            It is UP-25-60.
            |
            | ⤓ 12 older messages are now a summary (/undo-compact takes it back)
            | › the model writes its tool calls as text from here on
            | ■ the answer is not complete: it ran out of tokens
            | cloud/large · 1,204 tokens in (800 cached), 56 out · 10.5 s · did not fit:
            |   2
        "#]],
    );
}

#[test]
fn signs_are_words_for_a_screen_reader() {
    check(
        look(Signs::Words),
        Language::German,
        &long_turn(),
        &expect![[r#"
            | erinnert an: MEMORY.md#L1, a.md#L2, b.md#L3 und 1 weitere
            | passte nicht: SOUL.md (25 % von 20.000), TOOLS.md (no room)
            | neuer Versuch in 1,5 s: the server is overloaded
            | ollama/small wird ersetzt durch cloud/large: it is away
            | nachgedacht: 1,0 s
            Let me **look**.
            | Werkzeug memory_search „filter\u{1b}[2J“: 2 Notizen
            | Werkzeug shell „rm -rf /“: nicht ausgeführt: the person said no
            | Werkzeug fetch: fehlgeschlagen: no such host
            | gemerkt: The filter is a UP-25-60. (memory/2026-03-05.md#L9)

            It is `UP-25-60`.
            | 12 ältere Nachrichten sind jetzt eine Zusammenfassung (/undo-compact macht es rückgängig)
            | das Modell schreibt seine Aufrufe ab hier als Text
            | die Antwort ist nicht vollständig: das Token-Limit ist erreicht
            | cloud/large · 1.204 Token gelesen (800 aus dem Cache), 56 geschrieben · 10,5 s · passte nicht: 2
        "#]],
    );
}

#[test]
fn an_answer_that_comes_whole_is_shown_once() {
    let events = [
        EventKind::TurnStarted { model: model("a/b") },
        said("Whole."),
        EventKind::TurnFinished { end: TurnEnd::Answered, usage: Usage::default() },
    ];
    check(
        look(Signs::Glyphs),
        Language::English,
        &events,
        &expect![[r#"
            Whole.
            |
            | a/b · 1.0 s
        "#]],
    );
}

#[test]
fn an_interrupted_answer_keeps_what_was_shown() {
    let all = Rc::new(RefCell::new(String::new()));
    let mut out = Shared(Rc::clone(&all), false);
    let mut err = Shared(Rc::clone(&all), true);
    let mut screen = Screen { out: &mut out, err: &mut err };
    let mut view = TurnView::new(look(Signs::Glyphs), Wording::of(Language::German));
    let now = Instant::now();
    view.show(&EventKind::TurnStarted { model: model("a/b") }, now, &mut screen).unwrap();
    view.show(&text("It is **not"), now, &mut screen).unwrap();
    let end = EventKind::TurnFinished { end: TurnEnd::Cancelled, usage: Usage::default() };
    view.show(&end, now + Duration::from_secs(1), &mut screen).unwrap();
    expect![[r#"
        It is **not
        |
        | ■ abgebrochen
        | a/b · 1,0 s
    "#]]
    .assert_eq(&anstream::adapter::strip_str(&all.borrow()).to_string());
}

#[test]
fn a_spinner_is_gone_before_the_answer() {
    let look = TurnLook { motion: Motion::Spinner, ..look(Signs::Glyphs) };
    let mut view = TurnView::new(look, Wording::of(Language::English));
    let mut screen = Screen { out: &mut io::sink(), err: &mut io::sink() };
    let now = Instant::now();
    view.show(&EventKind::TurnStarted { model: model("a/b") }, now, &mut screen).unwrap();
    assert!(view.spinner.is_shown());
    view.show(&text("It is"), now, &mut screen).unwrap();
    assert!(!view.spinner.is_shown());
    view.show(&asked("1", "shell", json!({})), now, &mut screen).unwrap();
    assert!(view.spinner.is_shown());
}

#[test]
fn reasoning_is_shown_whole_where_that_is_wanted() {
    let events = [
        EventKind::TurnStarted { model: model("a/b") },
        EventKind::ThinkingDelta { text: "First.\nSec".to_owned() },
        EventKind::ThinkingDelta { text: "ond.\u{1b}".to_owned() },
        text("Done."),
        EventKind::TurnFinished { end: TurnEnd::Answered, usage: Usage::default() },
    ];
    let look = TurnLook { thinking: ThinkingShown::Whole, ..look(Signs::Glyphs) };
    check(
        look,
        Language::English,
        &events,
        &expect![[r#"
            |   First.
            |   Second.\u{1b}
            | ∴ thought for 1.0 s
            |
            Done.
            |
            | a/b · 2.0 s
        "#]],
    );
}
