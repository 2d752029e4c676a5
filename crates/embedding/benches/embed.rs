//! How fast text becomes vectors: `cargo bench -p localgpt-embedding`.

use divan::{Bencher, counter::BytesCount};
use localgpt_embedding::{Embedder, Row, RowSet, WORDS, lookup, neighbours};

fn main() {
    divan::main();
}

/// Prose of this project, cut into texts of about the size of a chunk.
fn texts() -> Vec<&'static str> {
    let prose =
        concat!(include_str!("../../../STYLE.md"), include_str!("../../../ARCHITECTURE.md"));
    prose.split("\n\n").filter(|text| text.len() > 100).collect()
}

#[divan::bench]
fn embed(bencher: Bencher<'_, '_>) {
    let texts = texts();
    let mut embedder = Embedder::default();
    bencher
        .counter(BytesCount::new(texts.iter().map(|text| text.len()).sum::<usize>()))
        .bench_local(|| {
            texts.iter().map(|text| embedder.embed(text).coordinates()[0]).sum::<f32>()
        });
}

#[divan::bench]
fn neighbours_among_all_words(bencher: Bencher<'_, '_>) {
    let mut all = RowSet::default();
    for row in (0..WORDS as u32).filter_map(Row::new) {
        all.insert(row);
    }
    let of: Vec<Row> = ["zahnarzt", "termin", "wartung"].into_iter().filter_map(lookup).collect();
    bencher.bench_local(|| neighbours(&of, &all, 4, 0.45));
}
