//! `cargo xtask drill-kills`: the tests of `it/chat_kill.rs` and `it/forget_kill.rs` with as many kills as are asked for.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a drill may panic, and prints what it saw"
)]

use std::time::Duration;

use localgpt_testkit::Home;

mod it {
    pub(crate) mod chat_kill;
    pub(crate) mod forget_kill;
}

/// How long the next start and a whole turn may take, with three changes that wait for the disk.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() {
    let kills = std::env::args().nth(1).map_or(500, |kills| kills.parse().unwrap());
    let with_notes = || Home::with_notes(env!("CARGO_BIN_EXE_localgpt"));
    println!("{:#?}", it::chat_kill::survive(&with_notes(), kills, PATIENCE));
    let forgets = u32::try_from(kills).unwrap_or(u32::MAX);
    println!("forget: {:#?}", it::forget_kill::survive(&with_notes, forgets));
}
