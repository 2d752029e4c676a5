//! Vectors of models beside the built-in ones: which are missing, and what they change.

use localgpt_memory::{Asked, Meaning, Memory, pending_in};
use localgpt_protocol::{Embedding, Query, SearchMode};

use crate::place::{Place, clock};

/// Embeds what lacks a vector: texts with `word` get one direction, all others another.
fn embed(memory: &mut Memory, space: &str, word: &str, most: usize) -> usize {
    let pending = memory.pending(space, most).unwrap();
    let embeddings: Vec<Embedding> =
        pending.iter().map(|chunk| toward(chunk.text.contains(word))).collect();
    memory.store(space, &pending, &embeddings).unwrap();
    pending.len()
}

fn toward(is_near: bool) -> Embedding {
    Embedding(if is_near { vec![1.0, 0.1, 0.0] } else { vec![0.1, 1.0, 0.0] })
}

/// The first hit of a question whose vector is near to what was embedded as near.
fn first(memory: &mut Memory, space: &str) -> String {
    let query = Query {
        text: "Everything about pumps".to_owned(),
        limit: 5,
        since: None,
        until: None,
        mode: SearchMode::Hybrid,
    };
    let embedding = toward(true);
    let asked = Asked { query: &query, meaning: Some(Meaning { space, embedding: &embedding }) };
    let found = memory.search(asked, clock().now(), clock().today()).unwrap();
    found.hits[0].citation.path.clone()
}

fn synced(place: &Place) -> Memory {
    let mut memory = place.memory();
    memory.sync(clock().now()).unwrap();
    memory
}

#[test]
fn the_text_of_a_chunk_is_its_window_below_its_headings() {
    let place = Place::new();
    place.write("memory/a.md", "# House\n\n## Heating\n\nThe pump hums.\n");
    let mut memory = synced(&place);
    let texts: Vec<String> =
        memory.pending("a", 10).unwrap().into_iter().map(|chunk| chunk.text).collect();
    assert_eq!(
        texts,
        ["# House", "House\n## Heating\n\nThe pump hums.", "House\nHeating\nThe pump hums."]
    );
}

#[test]
fn the_vectors_of_a_model_decide_between_notes_with_the_same_words() {
    let place = Place::with_notes(6);
    let mut memory = synced(&place);
    while embed(&mut memory, "a", "word03", 4) > 0 {}
    while embed(&mut memory, "b", "word05", 4) > 0 {}
    assert_eq!(first(&mut memory, "a"), "memory/note-03.md");
    assert_eq!(first(&mut memory, "b"), "memory/note-05.md");
}

#[test]
fn what_was_embedded_is_kept_and_what_was_changed_is_embedded_again() {
    let place = Place::with_notes(3);
    let mut memory = synced(&place);
    assert_eq!(memory.pending_count("a").unwrap(), 6);
    assert_eq!(embed(&mut memory, "a", "word01", 3), 3);
    assert_eq!(memory.pending_count("a").unwrap(), 3);
    drop(memory);

    let mut memory = synced(&place);
    assert_eq!(memory.pending_count("a").unwrap(), 3);
    assert_eq!(embed(&mut memory, "a", "word01", 10), 3);
    assert_eq!(pending_in(&place.index(), "a"), Some(0));
    assert_eq!(pending_in(&place.index(), "b"), Some(6));

    place.write("memory/note-01.md", "Everything about word01 and pumps, again.\n");
    memory.sync(clock().now()).unwrap();
    assert_eq!(memory.pending_count("a").unwrap(), 1);
    assert_eq!(embed(&mut memory, "a", "word01", 10), 1);
    assert_eq!(first(&mut memory, "a"), "memory/note-01.md");
}

#[test]
fn a_space_that_is_no_longer_wanted_goes_and_the_others_stay() {
    let place = Place::with_notes(2);
    let mut memory = synced(&place);
    for space in ["a", "b", "c"] {
        while embed(&mut memory, space, "word01", 10) > 0 {}
    }
    let names = |memory: &mut Memory| -> Vec<String> {
        memory.spaces().unwrap().into_iter().map(|space| space.name).collect()
    };
    memory.forget("c").unwrap();
    assert_eq!(names(&mut memory), ["a", "b"]);
    memory.keep_only(Some("b")).unwrap();
    assert_eq!(names(&mut memory), ["b"]);
    assert_eq!(memory.pending_count("b").unwrap(), 0);
    assert_eq!(memory.pending_count("a").unwrap(), 4);
    memory.keep_only(None).unwrap();
    assert_eq!(names(&mut memory), [""; 0]);
}

#[test]
fn vectors_of_another_length_are_refused_and_change_nothing() {
    let place = Place::with_notes(2);
    let mut memory = synced(&place);
    embed(&mut memory, "a", "word01", 2);
    let pending = memory.pending("a", 2).unwrap();
    let longer = vec![Embedding(vec![1.0; 4]); 2];
    assert!(memory.store("a", &pending, &longer).is_err());
    assert_eq!(memory.pending_count("a").unwrap(), 2);
    embed(&mut memory, "a", "word01", 2);
    assert_eq!(first(&mut memory, "a"), "memory/note-01.md");
}

#[test]
fn looking_at_an_index_makes_no_file() {
    let place = Place::with_notes(1);
    assert_eq!(pending_in(&place.index(), "a"), None);
    assert!(!place.index().exists());
}
