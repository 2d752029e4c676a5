//! Random changes, each taken back.

use std::fs;

use localgpt_history::Consent;
use proptest::{
    prelude::*,
    test_runner::{RngAlgorithm, TestRng},
};

use crate::desk::{Desk, open};

/// Does something to some files, as the numbers say.
fn disturb(desk: &Desk, numbers: &mut TestRng) {
    for _ in 0..=numbers.next_u32() % 4 {
        let name = ["a.md", "b.md", "d/c.md", "d/e/f.bin", "x"][numbers.next_u32() as usize % 5];
        let path = desk.path(name);
        let old = fs::read(&path).unwrap_or_default();
        let place = numbers.next_u32() as usize % (old.len() + 1);
        let new: Vec<u8> = match numbers.next_u32() % 5 {
            0 if path.exists() => {
                fs::remove_file(&path).unwrap();
                continue;
            }
            0 | 1 => (0..numbers.next_u32() % 200).map(|_| numbers.next_u32() as u8).collect(),
            2 => [&old[..place], b"inserted\r\n", &old[place..]].concat(),
            3 => old[..place].to_vec(),
            _ => [&old[..], format!("line {}\n", numbers.next_u32()).as_bytes()].concat(),
        };
        desk.write(name, new);
    }
}

#[test]
fn each_of_200_random_changes_is_taken_back_to_the_byte() {
    let mut desk = Desk::new();
    let mut numbers = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut undone = 0;
    while undone < 200 {
        desk.history.record_outside().unwrap();
        let before = desk.files();
        disturb(&desk, &mut numbers);
        if desk.record("Random").is_none() {
            continue;
        }
        let after = desk.files();
        desk.undo(1).unwrap();
        assert_eq!(desk.files(), before);
        undone += 1;
        // Half of them are done again, so that the next one stands on something.
        if numbers.next_u32().is_multiple_of(2) {
            desk.history.redo(&localgpt_history::by_person("Again")).unwrap();
            assert_eq!(desk.files(), after);
        }
    }
    desk.check_with_git();
    let again = open(desk.folder.path(), Consent::NotGiven);
    assert_eq!(again.list(usize::MAX, None).unwrap(), desk.history.list(usize::MAX, None).unwrap());
}

#[test]
fn a_long_row_of_changes_is_taken_back_at_once() {
    let mut desk = Desk::new();
    let mut numbers = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let before = desk.files();
    let mut changes = 0;
    while changes < 60 {
        disturb(&desk, &mut numbers);
        changes += usize::from(desk.record("Random").is_some());
    }
    desk.undo(60).unwrap();
    assert_eq!(desk.files(), before);
}
