//! The vectors of the reference implementation, from outside.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use localgpt_embedding::{Embedder, Row, for_each_word, rows_of};
use serde_json::Value;

fn cases() -> Vec<Value> {
    include_str!("../data/vectors-check.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn words_and_parts_are_those_of_the_reference() {
    for case in cases() {
        let text = case["text"].as_str().unwrap();
        let mut words = Vec::new();
        for_each_word(text, |word, _| words.push(word.to_owned()));
        let Some(expected) = case["words"].as_array() else { continue };
        let shown = words.len().min(30);
        assert_eq!(words[..shown], expected[..shown.min(expected.len())], "{text}");
        for (word, parts) in words.iter().zip(case["parts"].as_array().unwrap()) {
            let found: Vec<&str> = rows_of(word).into_iter().map(Row::word).collect();
            assert_eq!(serde_json::to_value(found).unwrap(), *parts, "{word}");
        }
    }
}

#[test]
fn vectors_are_those_of_the_reference() {
    let mut embedder = Embedder::default();
    for case in cases() {
        let text = case["text"].as_str().unwrap();
        let vector = embedder.embed(text);
        let coordinates = vector.coordinates();
        for (found, expected) in coordinates.iter().zip(case["first8"].as_array().unwrap()) {
            let expected = expected.as_f64().unwrap();
            assert!((f64::from(*found) - expected).abs() < 2e-5, "{text}: {found} {expected}");
        }
        let sum: f32 = coordinates.iter().sum();
        assert!((f64::from(sum) - case["sum"].as_f64().unwrap()).abs() < 1e-3, "{text}");
        assert_eq!(vector.is_zero(), case["norm"].as_f64().unwrap() == 0.0, "{text}");
    }
}

#[test]
fn the_nearest_words_are_as_near_as_in_the_reference() {
    let mut embedder = Embedder::default();
    let mut seen = 0;
    for case in cases() {
        let text = case["text"].as_str().unwrap();
        let vector = embedder.embed(text);
        for near in case["neighbours"].as_array().unwrap_or(&Vec::new()) {
            let (word, cosine) = (near[0].as_str().unwrap(), near[1].as_f64().unwrap());
            let found = f64::from(vector.cosine(&embedder.embed(word)));
            assert!((found - cosine).abs() < 1e-3, "{text}: {word} {found} {cosine}");
            seen += 1;
        }
    }
    assert!(seen > 100);
}
