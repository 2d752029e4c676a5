//! `cargo xtask drill-kills`: the test of `it/chat_kill.rs` with as many kills as are asked for.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a drill may panic, and prints what it saw"
)]

use std::time::Duration;

use localgpt_testkit::Home;

mod it {
    pub(crate) mod chat_kill;
}

/// The bar: how long the next start may take.
const PATIENCE: Duration = Duration::from_secs(2);

fn main() {
    let kills = std::env::args().nth(1).map_or(500, |kills| kills.parse().unwrap());
    let home = Home::with_notes(env!("CARGO_BIN_EXE_localgpt"));
    println!("{:#?}", it::chat_kill::survive(&home, kills, PATIENCE));
}
