//! Whatever is read, written, remembered, compacted, branched, rewound and started again, in any order: what the model
//! writes is never labelled better than the worst text that it had in view.
//!
//! Every text has a word of its own in it. The model of the test looks at its request, finds these words, and so knows
//! what it had in view without asking any label.

mod model;
mod world;

use std::{thread, time::Instant};

use self::world::World;

/// Graphs of tool calls, in all.
const GRAPHS: u64 = 10_000;
/// Threads that share them.
const THREADS: u64 = 8;

#[test]
fn no_order_of_reading_writing_and_forgetting_makes_a_text_better_than_what_it_was_made_of() {
    let started = Instant::now();
    let work = |first: u64| {
        move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
            let runtime = runtime.unwrap();
            let mut sum = world::Figures::default();
            for seed in (first..GRAPHS).step_by(usize::try_from(THREADS).unwrap()) {
                let mut world = World::new(seed);
                runtime.block_on(world.live());
                sum.add(&world.figures());
            }
            sum
        }
    };
    let threads: Vec<_> = (0..THREADS).map(|first| thread::spawn(work(first))).collect();
    let mut sum = world::Figures::default();
    for thread in threads {
        sum.add(&thread.join().unwrap());
    }
    assert_eq!(sum.losses, Vec::<String>::new(), "{sum:?}");
    // It was no empty promise.
    assert!(sum.derived as u64 > GRAPHS && sum.tainted > sum.derived / 4, "{sum:?}");
    assert!(sum.summaries > 1_000 && sum.extracts > 100 && sum.branches > 1_000, "{sum:?}");
    println!("{sum:?} in {:?}", started.elapsed());
}
