//! What is printed of the labels.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    time::Instant,
};

use localgpt_guard::{detector::Detector, screen, screen_with};

use super::{FALSE_ALARMS, Scored, cases::Case, train::Random};

/// The score that one harmless text in a hundred is above, signs included.
pub(super) fn threshold<'a>(scored: impl IntoIterator<Item = &'a Scored<'a>>) -> f32 {
    let benign: Vec<&Scored<'_>> =
        scored.into_iter().filter(|scored| !scored.case.is_attack).collect();
    let by_sign = benign.iter().filter(|scored| scored.has_sign).count();
    let mut scores: Vec<f32> =
        benign.iter().filter(|scored| !scored.has_sign).map(|scored| scored.score).collect();
    scores.sort_unstable_by(|one, other| other.total_cmp(one));
    let allowed = (benign.len() / FALSE_ALARMS).saturating_sub(by_sign);
    // Just above the first that may not count.
    scores.get(allowed).map_or(f32::MAX, |score| score + 1e-4)
}

/// The rates by language and source, each text scored by a detector that had seen nothing of its family.
pub(super) fn held_out(scored: &[Scored<'_>], threshold: f32) -> String {
    let mut out = String::from("Sources held out in turn, threshold at 1 % false alarms:\n");
    let hit = |scored: &&Scored<'_>| scored.has_sign || scored.score >= threshold;
    let mut row = |name: &str, of: Vec<&Scored<'_>>| {
        let hits = of.iter().copied().filter(|scored| hit(scored)).count();
        let _ok = writeln!(
            out,
            "{name:<40} {hits:>4} of {:>4}  {:>5.1} %",
            of.len(),
            share(hits, of.len())
        );
    };
    row("false alarms", scored.iter().filter(|scored| !scored.case.is_attack).collect());
    for (lang, bar) in [("en", 55), ("de", 35)] {
        let name = format!("attacks, {lang} (bar {bar} %)");
        row(
            &name,
            scored
                .iter()
                .filter(|scored| scored.case.is_attack && scored.case.lang == lang)
                .collect(),
        );
    }
    let sources: BTreeSet<(bool, &str, &str)> = scored
        .iter()
        .map(|scored| {
            (!scored.case.is_attack, scored.case.source.as_str(), scored.case.lang.as_str())
        })
        .collect();
    for (is_benign, source, lang) in sources {
        let name = format!("  {} {source} ({lang})", if is_benign { "harmless" } else { "attack" });
        let of = scored.iter().filter(|scored| {
            (scored.case.is_attack != is_benign)
                && scored.case.source == source
                && scored.case.lang == lang
        });
        row(&name, of.collect());
    }
    out
}

/// How often the harmless texts are cut in halves.
const HALVES: usize = 200;

/// The rates where the threshold comes from a random half of the harmless texts and the other half is measured.
pub(super) fn halves(scored: &[Scored<'_>]) -> String {
    let mut random = Random(0xa1f5);
    let mut rates: [Vec<f64>; 3] = Default::default();
    for _ in 0..HALVES {
        let (one, other): (Vec<&Scored<'_>>, Vec<&Scored<'_>>) =
            scored.iter().partition(|scored| scored.case.is_attack || random.below(2) == 0);
        let threshold = threshold(one.iter().copied());
        let hit = |scored: &Scored<'_>| scored.has_sign || scored.score >= threshold;
        let of = |lang| scored.iter().filter(move |s| s.case.is_attack && s.case.lang == lang);
        let found = |lang| share(of(lang).filter(|s| hit(s)).count(), of(lang).count());
        let alarms = share(other.iter().filter(|scored| hit(scored)).count(), other.len());
        for (rates, rate) in rates.iter_mut().zip([alarms, found("en"), found("de")]) {
            rates.push(rate);
        }
    }
    let mut out =
        format!("\nThreshold from one random half, measured on the other, {HALVES} times:\n");
    for (name, mut rates) in ["false alarms", "attacks, en", "attacks, de"].into_iter().zip(rates) {
        rates.sort_unstable_by(f64::total_cmp);
        let mean = rates.iter().sum::<f64>() / rates.len().max(1) as f64;
        let at = |part: usize| rates.get(rates.len() * part / 20).copied().unwrap_or_default();
        let _ok = writeln!(
            out,
            "{name:<40} {mean:>5.1} %, nine of ten between {:.1} and {:.1} %",
            at(1),
            at(19)
        );
    }
    out
}

/// The rates where each family is judged by a threshold that comes from the others alone.
pub(super) fn nested(scored: &[Scored<'_>], thresholds: &BTreeMap<String, f32>) -> String {
    let mut out = String::from("\nThreshold, too, without the family that is measured:\n");
    let hit = |scored: &&Scored<'_>| {
        let threshold = thresholds.get(scored.case.family()).copied().unwrap_or(f32::MAX);
        scored.has_sign || scored.score >= threshold
    };
    let of = |is_attack, lang: Option<&'static str>| {
        scored.iter().filter(move |scored| {
            scored.case.is_attack == is_attack && lang.is_none_or(|lang| scored.case.lang == lang)
        })
    };
    for (name, is_attack, lang) in [
        ("false alarms", false, None),
        ("attacks, en", true, Some("en")),
        ("attacks, de", true, Some("de")),
    ] {
        let (hits, all) = (of(is_attack, lang).filter(hit).count(), of(is_attack, lang).count());
        let _ok = writeln!(out, "{name:<40} {hits:>4} of {all:>4}  {:>5.1} %", share(hits, all));
    }
    out
}

/// The structural rules alone.
pub(super) fn structural(cases: &[Case]) -> String {
    let mut out = String::from("\nStructural rules alone:\n");
    let has_sign = |case: &&Case| !screen(&case.text).signs.is_empty();
    let (attacks, benign): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| case.is_attack);
    let obfuscated: Vec<&Case> =
        attacks.into_iter().filter(|case| case.source.starts_with("obfus")).collect();
    for (name, of) in
        [("obfuscated attacks (bar 95 %)", obfuscated), ("false alarms (bar 0.2 %)", benign)]
    {
        let hits = of.iter().copied().filter(has_sign).count();
        let _ok = writeln!(
            out,
            "{name:<40} {hits:>4} of {:>4}  {:>5.1} %",
            of.len(),
            share(hits, of.len())
        );
    }
    for case in cases.iter().filter(|case| has_sign(case) != case.source.starts_with("obfus")) {
        if !case.is_attack || case.source.starts_with("obfus") {
            let _ok = writeln!(
                out,
                "  not so: {} {} {:?}",
                case.id,
                case.source,
                screen(&case.text).signs
            );
        }
    }
    out
}

/// The table as it ships, on the lines of the repository's corpus that it did not learn from.
pub(super) fn shipped(detector: &Detector<'_>, own: &[Case]) -> String {
    let mut out =
        String::from("\nShipped table, lines of crates/guard/corpus that it did not learn from:\n");
    for (name, is_attack) in [("attacks", true), ("harmless", false)] {
        for lang in ["en", "de"] {
            let of: Vec<&Case> = own
                .iter()
                .filter(|case| !case.may_train && case.is_attack == is_attack && case.lang == lang)
                .collect();
            let hits =
                of.iter().filter(|case| screen_with(detector, &case.text).suspicious).count();
            let name = format!("{name}, {lang}");
            let _ok = writeln!(
                out,
                "{name:<40} {hits:>4} of {:>4}  {:>5.1} %",
                of.len(),
                share(hits, of.len())
            );
        }
    }
    out
}

/// How long a megabyte takes.
pub(super) fn speed(detector: &Detector<'_>, cases: &[Case]) -> String {
    let mut text = String::new();
    for case in cases.iter().cycle() {
        text.push_str(&case.text);
        text.push_str("\n\n");
        if text.len() >= 1_000_000 {
            break;
        }
    }
    let times = (0..20).map(|_| {
        let begin = Instant::now();
        std::hint::black_box(screen_with(detector, &text));
        begin.elapsed()
    });
    let best = times.min().unwrap_or_default();
    format!("\n1 MB of text: {} ms, best of 20 (bar 50 ms)\n", best.as_millis())
}

/// The harmless texts that were taken for attacks.
pub(super) fn false_alarms(scored: &[Scored<'_>], threshold: f32) -> String {
    let mut out = String::from("\nFalse alarms:\n");
    for scored in scored
        .iter()
        .filter(|scored| !scored.case.is_attack && (scored.has_sign || scored.score >= threshold))
    {
        let start: String = scored.case.text.chars().take(160).collect();
        let _ok = writeln!(
            out,
            "  {} {} {:.2} {start:?}",
            scored.case.id, scored.case.source, scored.score
        );
    }
    out
}

fn share(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / (whole as f64).max(1.0)
}
