//! `cargo xtask guard`: how well text from outside is labelled, and the table that does it.

mod cases;
mod fence;
mod mixed;
mod report;
mod train;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    num::NonZero,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use localgpt_guard::{Screening, detector::Detector};

use cases::Case;
use mixed::Mixed;
use train::{Example, Model, train};

/// What to measure.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Arguments {
    /// The folder with `dev.jsonl`, as its README describes it.
    folder: PathBuf,
    /// Train the table anew and write it where the crate takes it from.
    #[arg(long)]
    train: bool,
    /// Measure again with a threshold that knows nothing of the family it is used on: takes minutes.
    #[arg(long)]
    nested: bool,
    /// Measure the speed alone, with the table that is there.
    #[arg(long, conflicts_with_all = ["train", "nested", "misses"])]
    speed: bool,
    /// Print the harmless texts that were taken for attacks.
    #[arg(long)]
    misses: bool,
}

/// Of so many harmless texts, one may be taken for an attack.
const FALSE_ALARMS: usize = 100;

/// A text and the score that a detector gave it that had seen nothing of its family.
#[derive(Debug)]
struct Scored<'a> {
    case: &'a Case,
    score: f32,
    /// Whether a structural sign was seen.
    has_sign: bool,
}

/// Measures, and trains if asked to.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let home = crate::process::root().join("crates/guard");
    let cases = cases::read(&arguments.folder)?;
    ensure!(!cases.is_empty(), "cannot measure: {} holds no texts", arguments.folder.display());
    if arguments.speed {
        let table = fs::read(home.join("data/detector.bin")).context("cannot read the table")?;
        let detector = Detector::read(&table).context("cannot use the table: wrong length")?;
        print!("{}", report::speed(&detector, &cases));
        return Ok(());
    }
    let own = cases::own(&home.join("corpus"))?;
    let scored = cross_validated(&cases, &own)?;
    let threshold = report::threshold(&scored);
    if arguments.train {
        let path = home.join("data/detector.bin");
        fs::write(&path, without(&[], &cases, &own).table(threshold))
            .with_context(|| format!("cannot write {}", path.display()))?;
        println!("wrote {}\n", path.display());
    }
    print!("{}", report::held_out(&scored, threshold));
    print!("{}", report::halves(&scored));
    if arguments.nested {
        print!("{}", report::nested(&scored, &nested_thresholds(&cases, &own)?));
    }
    print!("{}", report::structural(&cases));
    if arguments.misses {
        print!("{}", report::false_alarms(&scored, threshold));
    }
    let table = fs::read(home.join("data/detector.bin")).context("cannot read the table")?;
    let detector = Detector::read(&table).context("cannot use the table: wrong length")?;
    print!("{}", report::shipped(&detector, &own));
    print!("{}", report::speed(&detector, &cases));
    print!("{}", fence::report(&home.join("corpus/fence.txt"))?);
    Ok(())
}

/// The scores of all cases, each by a detector that learnt from everything but the family of its source.
fn cross_validated<'a>(cases: &'a [Case], own: &[Case]) -> Result<Vec<Scored<'a>>> {
    let families: BTreeSet<&str> = cases.iter().map(Case::family).collect();
    let families: Vec<&str> = families.into_iter().collect();
    let scored = in_parallel(&families, |family| {
        let table = without(&[family], cases, own).table(0.0);
        scores(&table, cases.iter().filter(|case| case.family() == *family))
    })?;
    Ok(scored.into_iter().flatten().collect())
}

fn scores<'a>(table: &[u8], cases: impl Iterator<Item = &'a Case>) -> Result<Vec<Scored<'a>>> {
    let detector = Detector::read(table).context("cannot use the table: wrong length")?;
    let scored = cases.map(|case| {
        let Screening { score, signs, .. } = localgpt_guard::screen_with(&detector, &case.text);
        Scored { case, score, has_sign: !signs.is_empty() }
    });
    Ok(scored.collect())
}

/// For each family the threshold that the others give, each scored without both.
fn nested_thresholds(cases: &[Case], own: &[Case]) -> Result<BTreeMap<String, f32>> {
    let families: BTreeSet<&str> = cases.iter().map(Case::family).collect();
    let pairs = families.iter().flat_map(|one| {
        families.iter().filter(move |other| one < *other).map(move |other| [*one, *other])
    });
    let pairs: Vec<[&str; 2]> = pairs.collect();
    let scored = in_parallel(&pairs, |pair| {
        let table = without(pair, cases, own).table(0.0);
        scores(&table, cases.iter().filter(|case| pair.contains(&case.family())))
    })?;
    let threshold = |family: &str| {
        let of_others = pairs.iter().zip(&scored).filter(|(pair, _)| pair.contains(&family));
        let of_others = of_others
            .flat_map(|(_, scored)| scored)
            .filter(|scored| scored.case.family() != family);
        report::threshold(of_others)
    };
    Ok(families.iter().map(|family| ((*family).to_owned(), threshold(family))).collect())
}

/// What is learnt from everything but some families.
fn without(families: &[&str], cases: &[Case], own: &[Case]) -> Model {
    let others = cases.iter().filter(|case| !families.contains(&case.family()));
    let known: Vec<&Case> = others.chain(own).filter(|case| case.may_train).collect();
    let mixed = mixed::mixed(&known);
    let examples: Vec<Example<'_>> =
        known.iter().map(|case| example(case)).chain(mixed.iter().map(Mixed::example)).collect();
    train(&examples)
}

/// What is learnt from a case: what was written to be told apart counts more.
fn example(case: &Case) -> Example<'_> {
    let care = if case.source == cases::OWN { 2.0 } else { 1.0 };
    let weight = rarity(case.is_attack) * care;
    Example { features: &case.features, is_attack: case.is_attack, weight }
}

/// Attacks are rarer, so each counts more.
fn rarity(is_attack: bool) -> f32 {
    if is_attack { 4.0 } else { 1.0 }
}

/// `work` on each of `items`, on as many threads as there are cores; results in the order of the items.
fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(number) else { return done };
            done.push((number, work(item)));
        }
    };
    let mut done = Vec::with_capacity(items.len());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        for worker in workers {
            done.extend(worker.join().ok().context("a thread panicked")?);
        }
        anyhow::Ok(())
    })?;
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}
