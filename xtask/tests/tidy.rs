//! The rules of ARCHITECTURE.md and STYLE.md that no compiler holds, checked on the tree.
//!
//! Each rule is a function from values to offences; its own tests show it failing on made-up ones.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[path = "tidy/arrows.rs"]
mod arrows;
#[path = "tidy/code.rs"]
mod code;
#[path = "tidy/page.rs"]
mod page;
#[path = "tidy/rust.rs"]
mod rust;
#[path = "tidy/text.rs"]
mod text;
#[path = "tidy/tree.rs"]
mod tree;

use crate::{arrows::ARROWS, page::Page};

fn page() -> Page {
    Page::read(&tree::read("ARCHITECTURE.md"))
}

#[track_caller]
fn assert_none(offences: &[String]) {
    assert!(offences.is_empty(), "\n{}\n", offences.join("\n"));
}

#[test]
fn crates_use_only_what_they_may() {
    assert_none(&arrows::forbidden(&tree::packages(), ARROWS));
}

#[test]
fn the_page_and_the_table_have_the_same_arrows() {
    assert_none(&arrows::differences(&page().arrows, ARROWS));
}

#[test]
fn arrows_point_down() {
    assert_none(&arrows::upward(&page()));
}

#[test]
fn the_page_knows_every_crate() {
    assert_none(&arrows::unknown(&tree::packages(), &page().crates));
}

#[test]
fn source_files_keep_the_rules() {
    let files = tree::source_files();
    assert!(files.len() > 10, "the tree was not found");
    let offences: Vec<String> =
        files.iter().flat_map(|file| rust::offences(&file.path, &file.text)).collect();
    assert_none(&offences);
}

#[test]
fn text_files_keep_the_rules() {
    let files = tree::text_files();
    assert!(files.len() > 10, "the tree was not found");
    let offences: Vec<String> =
        files.iter().flat_map(|file| text::offences(&file.path, &file.text)).collect();
    assert_none(&offences);
}
