//! More files than anyone reads.

use std::fs;

use crate::place::{Place, clock, holders};

const FOLDERS: usize = 100;
const FILES: usize = 1_000;

#[test]
fn a_hundred_thousand_tiny_files_are_found_and_cheap_to_check() {
    let place = Place::new();
    for folder in 0..FOLDERS {
        let path = place.root().join(format!("memory/{folder:02}"));
        fs::create_dir_all(&path).unwrap();
        for file in 0..FILES {
            fs::write(
                path.join(format!("{file:03}.md")),
                format!("It is tiny: T{folder:02}X{file:03}.\n"),
            )
            .unwrap();
        }
    }
    let mut memory = place.memory();
    assert_eq!(holders(&mut memory, "T42X777"), ["memory/42/777.md"]);
    let stats = memory.stats(clock().now()).unwrap();
    assert_eq!(stats.files, FOLDERS * FILES + 1);
}
