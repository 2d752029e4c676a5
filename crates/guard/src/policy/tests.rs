//! What the rules say, case by case.

use std::path::PathBuf;

use super::*;
use crate::{Digest, Origin};

fn rules(mode: Mode) -> Rules<'static> {
    Rules { mode, grants: &[], own_hosts: &[] }
}

fn ruled(effect: Effect, seen: &Seen) -> String {
    match decide(&Intent::only(effect), seen, &rules(Mode::TrustedFolder)) {
        Ruling::Allow => "allow".to_owned(),
        Ruling::Ask(because) => format!("ask {}", because.rule),
        Ruling::Deny(because) => format!("deny {}", because.rule),
    }
}

fn fetch(url: &str) -> Effect {
    Effect::Fetch { url: url.to_owned() }
}

fn write(path: &str) -> Effect {
    Effect::Write { place: Place::Inside(path.to_owned()), digest: Digest::of(b"x") }
}

fn delete(path: &str) -> Effect {
    Effect::Delete { place: Place::Inside(path.to_owned()) }
}

#[test]
fn an_address_is_free_only_if_it_was_seen_whole_in_what_the_model_cannot_compose() {
    let mut seen = Seen::new();
    seen.add(Origin::Human, "Read https://a.example/x?y=1, please.");
    seen.add(Origin::Tool, "https://b.example/key");
    seen.add(Origin::Assistant, "https://c.example/key");
    seen.add(Origin::Web, "[next](https://d.example/page)");
    let free = |url: &str| ruled(fetch(url), &seen) == "allow";
    assert!(free("https://a.example/x?y=1") && free("https://d.example/page"));
    for composed in [
        "https://a.example/x",
        "https://a.example/x?y=12",
        "https://b.example/key",
        "https://c.example/key",
        "ttps://a.example/x?y=1",
    ] {
        assert!(!free(composed), "{composed}");
    }
}

#[test]
fn deleting_and_searching_are_free_until_untrusted_text_is_in_view() {
    let mut seen = Seen::new();
    seen.add_typed("Clean up, and look for heat pumps 2026");
    let search = |query: &str| Effect::Search { query: query.to_owned() };
    assert_eq!(ruled(delete("old.txt"), &seen), "allow");
    assert_eq!(ruled(search("KEY-4471"), &seen), "allow");
    seen.add(Origin::Web, "page");
    assert_eq!(ruled(delete("old.txt"), &seen), "ask delete-while-untrusted");
    assert_eq!(ruled(search("KEY-4471"), &seen), "ask search-while-untrusted");
    assert_eq!(ruled(search("Heat pumps"), &seen), "allow");
    for spelt in ["!?;", "heat pumps ?!!?;;!"] {
        assert_eq!(ruled(search(spelt), &seen), "ask search-while-untrusted", "{spelt}");
    }
}

#[test]
fn a_note_of_the_persons_own_is_not_typed_and_may_not_leave_in_a_search() {
    let mut seen = Seen::new();
    seen.add(Origin::Human, "The alarm code is KEY-4471.");
    seen.add(Origin::Web, "page");
    let search = Effect::Search { query: "KEY-4471".to_owned() };
    assert_eq!(ruled(search, &seen), "ask search-while-untrusted");
}

#[test]
fn a_choice_among_many_links_cannot_spell_a_secret() {
    let mut seen = Seen::new();
    seen.add_typed("Read https://a.example/start");
    seen.add(Origin::Web, "https://b.example/k https://b.example/e");
    assert_eq!(ruled(fetch("https://b.example/k"), &seen), "allow");
    let seen = seen.having_followed(MOST_FOLLOWED);
    assert_eq!(ruled(fetch("https://b.example/k"), &seen), "ask many-addresses");
    assert_eq!(ruled(fetch("https://a.example/start"), &seen), "allow");
}

#[test]
fn an_address_that_the_model_wrote_down_earlier_is_still_its_own() {
    let mut seen = Seen::new();
    seen.add_labelled(crate::Label::by_model(Origin::Web), "https://a.example/?d=KEY-4471");
    assert_eq!(ruled(fetch("https://a.example/?d=KEY-4471"), &seen), "ask composed-address");
    assert_eq!(seen.origin(), Origin::Web);
}

#[test]
fn a_core_file_needs_a_yes_in_every_mode_and_no_grant_covers_it() {
    let seen = Seen::new();
    for path in [
        "SOUL.md",
        "soul.MD",
        "Agents.md",
        "HEARTBEAT.md.",
        "uſer.md",
        "./IDENTITY.md",
        "skills/x/SKILL.md",
        "SKILLS/new.md",
        ".git/hooks/pre-commit",
        "sub/.git/config",
        "",
    ] {
        assert_eq!(ruled(write(path), &seen), "ask core-file", "{path}");
        let grants = [Grant::Write { path: path.to_owned() }];
        let rules = Rules { grants: &grants, ..rules(Mode::TrustedFolder) };
        assert!(matches!(decide(&Intent::only(write(path)), &seen, &rules), Ruling::Ask(_)));
    }
    for path in ["notes/SOUL.md", "MEMORY.md", "memory/2026-03-01.md", "skillset.md"] {
        assert_eq!(ruled(write(path), &seen), "allow", "{path}");
    }
}

#[test]
fn outside_the_workspace_nothing_is_changed() {
    let outside = Effect::Write {
        place: Place::Outside(PathBuf::from("/etc/passwd")),
        digest: Digest::of(b"x"),
    };
    assert_eq!(ruled(outside, &Seen::new()), "deny outside-workspace");
}

#[test]
fn a_mode_that_only_reads_denies_and_a_mode_that_asks_asks() {
    let seen = Seen::new();
    let effects = [write("a.txt"), delete("a.txt"), Effect::Run { command: "ls".to_owned() }];
    for effect in effects {
        let intent = Intent::only(effect);
        assert!(matches!(decide(&intent, &seen, &rules(Mode::ReadOnly)), Ruling::Deny(_)));
        assert!(matches!(decide(&intent, &seen, &rules(Mode::Ask)), Ruling::Ask(_)));
        let grants: Vec<Grant> = intent.effects.iter().filter_map(Grant::of).collect();
        let rules = Rules { grants: &grants, ..rules(Mode::Ask) };
        assert_eq!(decide(&intent, &seen, &rules), Ruling::Allow);
    }
}

#[test]
fn the_strictest_ruling_over_all_effects_holds() {
    let intent =
        Intent { effects: vec![write("a.txt"), write("SOUL.md"), Effect::Look], preview: None };
    let ruling = decide(&intent, &Seen::new(), &rules(Mode::Ask));
    assert!(matches!(ruling, Ruling::Ask(because) if because.rule == Rule::CoreFile));
}
