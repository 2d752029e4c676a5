//! An index that was damaged is built again by itself, and nobody sees a difference.

use std::{
    fs::{self, File},
    io::{Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use localgpt_memory::Memory;
use localgpt_protocol::Hit;

use crate::place::{Place, Random, clock, hits, holders};

const QUESTIONS: [&str; 3] = ["word03", "everything about pumps", "Wärmepumpe"];

fn answers(memory: &mut Memory) -> Vec<Vec<Hit>> {
    QUESTIONS.map(|question| hits(memory, question)).to_vec()
}

/// Damages an index in many ways, each time from whole, and compares with a fresh index.
struct Damage {
    place: Place,
    expected: Vec<Vec<Hit>>,
}

impl Damage {
    fn new() -> Self {
        let place = Place::with_notes(12);
        let expected = answers(&mut place.fresh_memory());
        assert!(expected.iter().all(|hits| !hits.is_empty()));
        Self { place, expected }
    }

    /// Builds the index if it is not whole, damages its file, and asks one who comes and one who was there.
    #[track_caller]
    fn check(&self, what: &str, damage: impl FnOnce(&Path)) {
        let mut present = self.place.memory();
        assert_eq!(answers(&mut present), self.expected, "before {what}");
        damage(&self.file());
        assert_eq!(answers(&mut self.place.memory()), self.expected, "{what}, seen by another");
        assert_eq!(answers(&mut present), self.expected, "{what}, seen by one who was there");
        assert_eq!(answers(&mut self.place.memory()), self.expected, "after {what}");
    }

    fn file(&self) -> PathBuf {
        let mut files = self.files();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "sqlite"));
        assert_eq!(files.len(), 1, "one index file and no rest of another: {files:?}");
        files.remove(0)
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.place.index()).unwrap();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = File::options().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    (0..length).map(|_| random.below(256) as u8).collect()
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(end);
    path.into()
}

#[test]
fn a_deleted_index_file_changes_nothing() {
    let damage = Damage::new();
    damage.check("deleting the file", |path| fs::remove_file(path).unwrap());
}

#[test]
fn a_deleted_index_folder_changes_nothing() {
    let damage = Damage::new();
    let index = damage.place.index();
    damage.check("deleting the folder", |_| fs::remove_dir_all(&index).unwrap());
    damage.check("deleting what is in it", |_| {
        damage.files().iter().for_each(|path| fs::remove_file(path).unwrap());
    });
}

#[test]
fn an_index_file_cut_off_anywhere_changes_nothing() {
    let damage = Damage::new();
    for part in 0..20 {
        damage.check(&format!("cutting off at {part}/20"), |path| {
            let length = fs::metadata(path).unwrap().len();
            let file = File::options().write(true).open(path).unwrap();
            file.set_len(length * part / 20).unwrap();
        });
    }
}

#[test]
fn a_flipped_bit_anywhere_changes_nothing() {
    let damage = Damage::new();
    for seed in 0..100 {
        damage.check(&format!("flip {seed}"), |path| {
            let bytes = fs::read(path).unwrap();
            let mut random = Random::new(seed);
            let at = random.below(bytes.len());
            overwrite(path, at as u64, &[bytes[at] ^ (1 << random.below(8))]);
        });
    }
}

#[test]
fn a_flipped_bit_is_seen_though_the_time_was_set_back() {
    let damage = Damage::new();
    for seed in 0..10 {
        damage.check(&format!("flip {seed}"), |path| {
            let modified = fs::metadata(path).unwrap().modified().unwrap();
            let bytes = fs::read(path).unwrap();
            let at = Random::new(seed).below(bytes.len());
            overwrite(path, at as u64, &[!bytes[at]]);
            File::options().write(true).open(path).unwrap().set_modified(modified).unwrap();
        });
    }
}

#[test]
fn garbage_in_the_place_of_any_file_changes_nothing() {
    let damage = Damage::new();
    for (seed, length) in [0, 1, 100, 4_096, 100_000].into_iter().enumerate() {
        let bytes = noise(seed as u64, length);
        damage.check("garbage for an index", |path| fs::write(path, &bytes).unwrap());
        damage.check("garbage for a seal", |path| {
            fs::write(path.with_file_name("seal"), &bytes).unwrap();
        });
        damage.check("garbage for a lock", |path| {
            fs::write(path.with_file_name("lock"), &bytes).unwrap();
        });
        for end in ["-wal", "-shm", "-journal"] {
            let damage = Damage::new();
            drop(damage.place.memory().sync(clock().now()).unwrap());
            fs::write(beside(&damage.file(), end), &bytes).unwrap();
            let found = answers(&mut damage.place.memory());
            assert_eq!(found, damage.expected, "{length} bytes of garbage for {end}");
        }
    }
}

#[test]
fn a_lost_seal_changes_nothing() {
    let damage = Damage::new();
    damage.check("deleting the seal", |path| fs::remove_file(path.with_file_name("seal")).unwrap());
}

#[test]
fn the_log_of_another_index_is_not_taken_for_its_own() {
    let damage = Damage::new();
    damage.place.memory().sync(clock().now()).unwrap();
    let copy = damage.place.outside().join("copy.sqlite");
    fs::copy(damage.file(), &copy).unwrap();
    let connection = rusqlite::Connection::open(&copy).unwrap();
    connection.execute_batch("UPDATE vectors SET vectors = zeroblob(8064)").unwrap();
    let log = fs::read(beside(&copy, "-wal")).unwrap();
    assert!(log.len() > 4_096);
    fs::write(beside(&damage.file(), "-wal"), log).unwrap();
    assert_eq!(answers(&mut damage.place.memory()), damage.expected);
}

#[test]
fn the_journal_of_another_index_is_not_taken_for_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.sqlite");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "PRAGMA cache_size = 1; PRAGMA synchronous = FULL; CREATE TABLE a (b);
             INSERT INTO a SELECT randomblob(3000) FROM generate_series(1, 1);",
        )
        .unwrap_or_default();
    connection.execute_batch("BEGIN; CREATE TABLE c (d);").unwrap();
    for _ in 0..200 {
        connection.execute("INSERT INTO c VALUES (randomblob(3000))", []).unwrap();
    }
    let journal = fs::read(beside(&path, "-journal")).unwrap();
    assert!(journal.len() > 512);
    let damage = Damage::new();
    drop(damage.place.memory().sync(clock().now()).unwrap());
    fs::write(beside(&damage.file(), "-journal"), journal).unwrap();
    assert_eq!(answers(&mut damage.place.memory()), damage.expected);
}

/// Statements that another version may have run on the file.
const OTHER_VERSIONS: [&str; 6] = [
    "PRAGMA user_version = 4711",
    "ALTER TABLE files RENAME COLUMN hash TO digest",
    "ALTER TABLE files ADD COLUMN owner TEXT NOT NULL DEFAULT ''",
    "DROP TABLE vectors",
    "UPDATE facts SET value = 'builtin:another-space' WHERE name = 'space'",
    "DELETE FROM facts",
];

#[test]
fn an_index_of_another_version_is_built_again() {
    for statement in OTHER_VERSIONS {
        let damage = Damage::new();
        damage.check(statement, |path| {
            rusqlite::Connection::open(path).unwrap().execute_batch(statement).unwrap();
        });
        let damage = Damage::new();
        damage.check(&format!("{statement}, without a seal"), |path| {
            rusqlite::Connection::open(path).unwrap().execute_batch(statement).unwrap();
            fs::remove_file(path.with_file_name("seal")).unwrap();
        });
    }
    let damage = Damage::new();
    damage.check("a seal of another version", |path| {
        let seal = path.with_file_name("seal");
        let line = fs::read_to_string(&seal).unwrap();
        let (_, rest) = line.split_once(' ').unwrap();
        fs::write(seal, format!("4711 {rest}")).unwrap();
    });
}

#[test]
fn an_index_file_that_was_put_back_is_used_by_all() {
    let damage = Damage::new();
    let mut present = damage.place.memory();
    assert_eq!(answers(&mut present), damage.expected);
    let path = damage.file();
    let copy = damage.place.outside().join("copy");
    fs::copy(&path, &copy).unwrap();
    fs::rename(&copy, &path).unwrap();
    damage.place.write("memory/note-03.md", "word03 was moved to the shed.\n");
    let expected = answers(&mut damage.place.fresh_memory());
    assert_eq!(answers(&mut present), expected, "by one who was there");
    damage.place.write("memory/note-04.md", "word04 was moved to the shed.\n");
    let expected = answers(&mut damage.place.fresh_memory());
    let found = answers(&mut damage.place.memory());
    assert_eq!(unordered(found), unordered(expected), "by another");
}

/// The hits' places and texts, without an order and without scores.
fn unordered(answers: Vec<Vec<Hit>>) -> Vec<Vec<String>> {
    let shown = |hit: Hit| format!("{}: {}", hit.citation, hit.text);
    answers
        .into_iter()
        .map(|hits| {
            let mut hits: Vec<String> = hits.into_iter().map(shown).collect();
            hits.sort();
            hits
        })
        .collect()
}

#[test]
fn whoever_still_has_a_deleted_index_open_does_not_harm_the_next_one() {
    let damage = Damage::new();
    let mut present = damage.place.memory();
    assert_eq!(answers(&mut present), damage.expected);
    fs::remove_dir_all(damage.place.index()).unwrap();
    let mut other = damage.place.memory();
    assert_eq!(answers(&mut other), damage.expected);
    damage.place.write("memory/zz.md", "The shed is new.\n");
    assert_eq!(holders(&mut present, "shed"), ["memory/zz.md"], "by one who was there");
    drop(present);
    damage.place.write("memory/zzz.md", "The roof is new.\n");
    assert_eq!(holders(&mut other, "roof"), ["memory/zzz.md"]);
    let mut last = damage.place.memory();
    assert_eq!(holders(&mut last, "shed"), ["memory/zz.md"]);
    damage.file();
}

#[test]
fn a_whole_index_is_not_built_again() {
    let damage = Damage::new();
    let mut memory = damage.place.memory();
    assert_eq!(answers(&mut memory), damage.expected);
    let before = damage.file();
    damage.place.write("memory/zz.md", "The shed is new.\n");
    assert_eq!(holders(&mut damage.place.memory(), "shed"), ["memory/zz.md"]);
    assert_eq!(holders(&mut memory, "shed"), ["memory/zz.md"]);
    assert_eq!(damage.file(), before);
    memory.rebuild(clock().now()).unwrap();
    assert_ne!(damage.file(), before, "a rebuild is asked for and made");
}
