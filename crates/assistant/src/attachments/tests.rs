//! What a model reads of a file at once, and what it can search. Files that a child reads have tests of their own.

use std::fs;

use localgpt_protocol::SessionId;

use super::*;

fn attached(text: &str, label: Label) -> (Attachments, AttachedFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.txt");
    fs::write(&path, text).unwrap();
    let mut attachments = Attachments::new().unwrap();
    let file = attachments.attach(&path, Fence(7), &|_| label).unwrap();
    (attachments, file)
}

fn quoted(attachments: &mut Attachments) -> localgpt_guard::Quoted {
    let mut parts = attachments.take();
    assert_eq!(parts.len(), 1);
    match parts.remove(0) {
        UserPart::Attached(Attached { name, text }) if name == "report.txt" => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_short_text_is_read_whole_and_there_is_nothing_to_search() {
    let (mut attachments, file) = attached("The pump is in room 4.\n", Label::of(Origin::Unknown));
    assert_eq!((file.characters, file.shown), (22, 22));
    let text = quoted(&mut attachments);
    assert!(text.as_str().contains("The pump is in room 4."));
    assert_eq!(text.label(), Label::of(Origin::Unknown));
    assert!(attachments.search().is_none() && attachments.take().is_empty());
}

#[tokio::test]
async fn of_a_long_text_the_beginning_is_read_and_the_rest_can_be_searched() {
    let mut text: String = (0..2_000).map(|line| format!("Line {line} says little.\n")).collect();
    text.push_str("The valve is the red one behind the boiler.\n");
    let label = Label::by_model(Origin::Web);
    let (mut attachments, file) = attached(&text, label);
    assert!(file.shown <= AT_ONCE && file.characters > 3 * AT_ONCE, "{file:?}");
    let quoted = quoted(&mut attachments);
    assert!(quoted.as_str().contains("Line 0 says") && !quoted.as_str().contains("red one"));
    assert!(quoted.as_str().contains("attachment_search"));
    assert_eq!(quoted.label(), label);

    let tool = attachments.search().unwrap();
    let context =
        ToolContext { session: SessionId::new("s"), origin: Origin::Human, allowed: Vec::new() };
    let found = tool.call(json!({ "query": "red valve boiler" }), &context).await.unwrap();
    // A part of a file is as little trusted, and as little evidence, as the whole.
    let found = quote(&found, "attachment_search", Fence(8), 10_000);
    assert!(found.as_str().contains("behind the boiler"), "{}", found.as_str());
    assert_eq!(found.label(), label);
    let nothing = tool.call(json!({ "query": "zyxwv" }), &context).await.unwrap();
    assert_eq!(nothing.origin(), Origin::Assistant);
    let wrong = tool.call(json!({ "question": "x" }), &context).await;
    assert!(matches!(wrong, Err(ToolError::Input(_))));
}

#[test]
fn what_cannot_be_read_is_one_clear_message() {
    let folder = tempfile::tempdir().unwrap();
    let mut attachments = Attachments::new().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("missing.txt")] {
        let failed = attachments.attach(&path, Fence(1), &|_| Label::NOTHING);
        let words = crate::desk::in_words(&failed.unwrap_err());
        assert!(!words.is_empty() && !words.contains('\n'), "{words}");
    }
    assert!(attachments.take().is_empty());
}
