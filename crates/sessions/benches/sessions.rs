//! How long it takes to open, list and search a session of 100,000 records, some 30 MB.
#![expect(clippy::unwrap_used, reason = "a bench may panic")]

use std::{fmt::Write as _, fs};

use divan::Bencher;
use localgpt_protocol::SessionId;
use localgpt_sessions::SessionStore;
use tempfile::TempDir;

const RECORDS: u64 = 100_000;

fn main() {
    divan::main();
}

/// A log such as turns leave: question, call, result, answer, what it took.
fn sessions() -> (TempDir, SessionStore, SessionId) {
    let folder = tempfile::tempdir().unwrap();
    let store = SessionStore::open(folder.path()).unwrap();
    let id = SessionId::new("long");
    let mut log = String::from(
        "{\"type\":\"opened\",\"version\":1,\"id\":\"long\",\"at\":\"2026-01-01T00:00:00Z\"}\n",
    );
    let mut random = 7_u64;
    let mut words = |count: u64| {
        let mut text = String::new();
        for _ in 0..count {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let number = random >> 33;
            write!(
                text,
                "{}{} ",
                ["ka", "ro", "li", "schä", "ten"][number as usize % 5],
                number % 997
            )
            .unwrap();
        }
        text
    };
    for number in 1..RECORDS {
        let at = format!(
            "2026-01-{:02}T{:02}:{:02}:00Z",
            1 + number / 4000,
            number / 60 % 24,
            number % 60
        );
        let message = match number % 5 {
            0 => format!(r#"{{"role":"user","parts":[{{"text":"{}"}}]}}"#, words(25)),
            1 => format!(
                r#"{{"role":"assistant","parts":[{{"tool_call":{{"id":"c{number}","name":"read","input":{{"path":"{}"}}}}}}]}}"#,
                words(5)
            ),
            2 => format!(
                r#"{{"role":"tool_results","parts":[{{"call":"c{number}","name":"read","outcome":{{"done":"{}"}}}}]}}"#,
                words(80)
            ),
            3 => format!(r#"{{"role":"assistant","parts":[{{"text":"{}"}}]}}"#, words(60)),
            _ => {
                writeln!(log, r#"{{"type":"spent","at":"{at}","model":"ollama/qwen3:8b","purpose":"answer","usage":{{"input":900,"output":60}}}}"#).unwrap();
                continue;
            }
        };
        let rare = if number == 2_500 { "Quittenmarmelade " } else { "" };
        let message = message.replacen("\"text\":\"", &format!("\"text\":\"{rare}"), 1);
        writeln!(log, r#"{{"type":"said","at":"{at}","message":{message}}}"#).unwrap();
    }
    fs::write(folder.path().join("long.jsonl"), log).unwrap();
    (folder, store, id)
}

#[divan::bench]
fn open_100_000_records(bencher: Bencher<'_, '_>) {
    let (_folder, store, id) = sessions();
    bencher.bench(|| store.resume(&id).unwrap());
}

#[divan::bench]
fn list_100_000_records(bencher: Bencher<'_, '_>) {
    let (_folder, store, _) = sessions();
    bencher.bench(|| store.list().unwrap());
}

#[divan::bench(args = ["quittenMARMELADE", "schä", "nowhere", "schä12 ka7"])]
fn search_100_000_records(bencher: Bencher<'_, '_>, query: &str) {
    let (_folder, store, _) = sessions();
    bencher.bench(|| store.search(query, 20).unwrap());
}
