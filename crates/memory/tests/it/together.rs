//! Several users of one index at once, while the files change.

use std::{
    fs,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use localgpt_memory::Error;
use localgpt_protocol::{Query, SearchMode};

use crate::place::{Place, Random, clock, holders};

const NOTES: usize = 20;

/// Searches of several users, counted.
#[derive(Default)]
struct Searches {
    done: AtomicUsize,
    is_over: AtomicBool,
}

impl Searches {
    /// Lets the users search a few times more.
    fn go_on(&self) {
        let enough = self.done.load(Ordering::Relaxed) + 6;
        while self.done.load(Ordering::Relaxed) < enough && !self.is_over.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
    }

    /// Searches for the words of notes until it is over, then compares with a fresh index.
    fn run(&self, place: &Place, seed: u64) -> Result<(), String> {
        let mut random = Random::new(seed);
        let mut memory = place.memory();
        while !self.is_over.load(Ordering::Relaxed) {
            if random.below(8) == 0 {
                memory = place.memory();
            }
            let word = format!("word{:02}", random.below(NOTES));
            match memory.search(&query(&word), clock().now(), clock().today()) {
                Ok(found) => {
                    let is_known = |text: &str| text.contains("ote") || text.contains("word");
                    if let Some(hit) = found.hits.iter().find(|hit| !is_known(&hit.text)) {
                        return Err(format!("{hit:?} stands in no note"));
                    }
                }
                // The files are changed without a pause here.
                Err(Error::Restless) => {}
                Err(error) => {
                    return Err(format!("{error}: {:?}", std::error::Error::source(&error)));
                }
            }
            self.done.fetch_add(1, Ordering::Relaxed);
        }
        for number in 0..NOTES {
            let word = format!("word{number:02}");
            let expected = holders(&mut place.fresh_memory(), &word);
            assert_eq!(holders(&mut memory, &word), expected, "{word}");
        }
        Ok(())
    }
}

/// Lets `users` search while one changes files.
fn check(
    place: &Place,
    users: u64,
    changes: usize,
    change: impl Fn(&Place, &mut Random, &Searches),
) {
    let searches = Searches::default();
    std::thread::scope(|scope| {
        for user in 0..users {
            let searches = &searches;
            scope.spawn(move || {
                let result = searches.run(place, user);
                searches.is_over.store(true, Ordering::Relaxed);
                assert_eq!(result, Ok(()));
            });
        }
        let mut random = Random::new(99);
        for _ in 0..changes {
            change(place, &mut random, &searches);
        }
        searches.is_over.store(true, Ordering::Relaxed);
    });
}

/// The name of the only index file.
fn index_file(place: &Place) -> String {
    let files = fs::read_dir(place.index()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut files: Vec<String> = files.map(|name| name.into_string().unwrap()).collect();
    files.retain(|name| name.ends_with(".sqlite"));
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

fn query(text: &str) -> Query {
    Query { text: text.to_owned(), limit: 10, since: None, until: None, mode: SearchMode::Hybrid }
}

fn change_a_note(place: &Place, random: &mut Random) {
    let path = format!("memory/note-{:02}.md", random.below(NOTES));
    match random.below(4) {
        0 => fs::remove_file(place.root().join(path)).unwrap_or_default(),
        _ => {
            let text = format!(
                "# Note\n\nIt is about word{:02}.\n\nAnd more of Note.\n",
                random.below(NOTES)
            );
            place.write(&path, text);
        }
    }
}

#[test]
fn users_who_search_while_files_change_never_wait_in_vain() {
    let place = Place::with_notes(NOTES);
    place.memory().sync(clock().now()).unwrap();
    let before = index_file(&place);
    check(&place, 3, 1_500, |place, random, searches| {
        change_a_note(place, random);
        if random.below(10) == 0 {
            searches.go_on();
        }
    });
    assert_eq!(index_file(&place), before, "nobody took it for damaged");
}

#[test]
fn users_who_search_while_one_rebuilds_find_everything() {
    let place = Place::with_notes(NOTES);
    check(&place, 2, 30, |place, random, _| {
        change_a_note(place, random);
        place.memory().rebuild(clock().now()).unwrap();
    });
    index_file(&place);
}

#[test]
fn users_who_search_while_the_index_is_deleted_find_everything() {
    let place = Place::with_notes(NOTES);
    check(&place, 2, 60, |place, random, searches| {
        change_a_note(place, random);
        match random.below(4) {
            0 => fs::remove_dir_all(place.index()).unwrap_or_default(),
            1 => fs::remove_file(place.index().join("seal")).unwrap_or_default(),
            2 => {
                for file in fs::read_dir(place.index()).into_iter().flatten().flatten() {
                    fs::remove_file(file.path()).unwrap_or_default();
                }
            }
            _ => {}
        }
        searches.go_on();
    });
    index_file(&place);
}
