//! A model that does anything at all, with real files and real programs: nothing outside the workspace changes, every
//! turn stays in its budget, and everything that was done can be taken back.
//!
//! `cargo test -p localgpt-assistant --test chaos -- 10000` takes as many steps as that.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it saw"
)]

#[path = "../it/chance.rs"]
mod chance;
mod model;
mod scene;

use std::{process::ExitCode, thread, time::Instant};

use self::scene::{Figures, Scene};

/// Steps of a run of all tests.
const STEPS: usize = 400;
/// Steps of one session.
const IN_ONE_SESSION: usize = 100;
const THREADS: usize = 8;

fn main() -> ExitCode {
    if let Some(code) = localgpt_sandbox::enter_if_asked(&localgpt_assistant::ROLES) {
        return code;
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--list") {
        println!("chaos: test");
        return ExitCode::SUCCESS;
    }
    let wanted = words.iter().find_map(|word| word.parse().ok()).unwrap_or(STEPS);
    let started = Instant::now();
    let sessions = wanted.div_ceil(IN_ONE_SESSION) as u64;
    // Most of the time they wait for the disk.
    let work = |first: u64| {
        move || {
            let mut sum = Figures::default();
            (first..sessions).step_by(THREADS).for_each(|seed| sum.add(&session(seed)));
            sum
        }
    };
    let threads: Vec<_> = (0..THREADS as u64).map(|first| thread::spawn(work(first))).collect();
    let mut sum = Figures::default();
    for thread in threads {
        sum.add(&thread.join().unwrap());
    }
    println!("{sum:?} in {:?}", started.elapsed());
    assert!(sum.changes > sum.steps / 20, "next to nothing was changed: {sum:?}");
    println!("test result: ok");
    ExitCode::SUCCESS
}

fn session(seed: u64) -> Figures {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut scene = Scene::new(seed);
    runtime.block_on(scene.live(IN_ONE_SESSION));
    scene.take_back()
}
