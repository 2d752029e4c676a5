//! Trains the small detector: logistic regression by stochastic gradient descent, the same on every machine.

use localgpt_guard::detector::{BUCKETS, Features, measure, value};

/// One text to learn from.
#[derive(Debug)]
pub(crate) struct Example<'a> {
    pub(crate) features: &'a Features,
    pub(crate) is_attack: bool,
    pub(crate) weight: f32,
}

/// What was learnt.
#[derive(Debug)]
pub(crate) struct Model {
    weights: Vec<f32>,
    bias: f32,
}

/// The epochs whose weights are averaged.
const AVERAGED: u32 = 12;
/// How many epochs learn attacks from short texts only, where it is plain which part is the attack.
const SHORT_ONLY: u32 = 3;
const RATE: f32 = 0.4;
const DECAY: f32 = 0.02;
const EPOCHS: u32 = 24;

/// Learns from `examples`. An attack is as bad as its worst window, so only that one is learnt.
pub(crate) fn train(examples: &[Example<'_>]) -> Model {
    let mut random = Random(0x5eed);
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut model = Model { weights: vec![0.0; BUCKETS], bias: -2.0 };
    let mut average = Model { weights: vec![0.0; BUCKETS], bias: 0.0 };
    for epoch in 0..EPOCHS {
        random.shuffle(&mut order);
        let rate = RATE / (1.0 + 0.15 * epoch as f32);
        for example in order.iter().filter_map(|index| examples.get(*index)) {
            let windows = &example.features.windows;
            if example.is_attack && epoch < SHORT_ONLY && windows.len() > 3 {
                continue;
            }
            model.learn(example, model.worst(example.features), rate);
            if !example.is_attack && windows.len() > 1 {
                for _ in 0..2 {
                    model.learn(example, random.below(windows.len()), rate);
                }
            }
        }
        model.weights.iter_mut().for_each(|weight| *weight *= 1.0 - DECAY);
        if epoch >= EPOCHS - AVERAGED {
            for (sum, weight) in average.weights.iter_mut().zip(&model.weights) {
                *sum += weight / AVERAGED as f32;
            }
            average.bias += model.bias / AVERAGED as f32;
        }
    }
    average
}

impl Model {
    fn score(&self, buckets: &[u16]) -> f32 {
        self.bias + self.weigh(buckets) * measure(squares(buckets))
    }

    fn weigh(&self, buckets: &[u16]) -> f32 {
        let weighed = buckets.iter().filter_map(|bucket| {
            self.weights.get(usize::from(*bucket)).map(|weight| weight * value(*bucket))
        });
        weighed.sum()
    }

    /// The number of the window with the highest score.
    fn worst(&self, features: &Features) -> usize {
        if features.windows.len() < 2 {
            return 0;
        }
        let sums = features.blocks.iter().map(|block| {
            let buckets = features.buckets.get(block.clone()).unwrap_or_default();
            (self.weigh(buckets), squares(buckets))
        });
        let sums: Vec<(f32, f32)> = sums.collect();
        let scores = features.windows.iter().map(|window| {
            let sums = sums.get(window.clone()).unwrap_or_default();
            let (weight, squares) =
                sums.iter().fold((0.0, 0.0), |sum, block| (sum.0 + block.0, sum.1 + block.1));
            weight * measure(squares)
        });
        scores
            .enumerate()
            .max_by(|one, other| one.1.total_cmp(&other.1))
            .map_or(0, |(index, _)| index)
    }

    fn learn(&mut self, example: &Example<'_>, window: usize, rate: f32) {
        let buckets = example.features.window(window);
        let truth = if example.is_attack { 1.0 } else { 0.0 };
        let chance = 1.0 / (1.0 + (-self.score(buckets)).exp());
        let step = rate * example.weight * (truth - chance);
        let each = step * measure(squares(buckets));
        for bucket in buckets {
            if let Some(weight) = self.weights.get_mut(usize::from(*bucket)) {
                *weight += each * value(*bucket);
            }
        }
        self.bias += step * 0.1;
    }

    /// The table: scale, bias, threshold, and a byte for each weight.
    pub(crate) fn table(&self, threshold: f32) -> Vec<u8> {
        let mut sizes: Vec<f32> = self.weights.iter().map(|weight| weight.abs()).collect();
        sizes.sort_unstable_by(f32::total_cmp);
        // The few heaviest weights are cut, so that the many keep their steps.
        let most =
            sizes.get(sizes.len() - sizes.len() / 2000 - 1).copied().unwrap_or(1.0).max(1e-6);
        let scale = most / 127.0;
        let mut table = Vec::with_capacity(BUCKETS + 12);
        for number in [scale, self.bias, threshold] {
            table.extend(number.to_le_bytes());
        }
        table.extend(
            self.weights.iter().map(|weight| {
                ((weight / scale).round().clamp(-127.0, 127.0) as i8).cast_unsigned()
            }),
        );
        table
    }
}

fn squares(buckets: &[u16]) -> f32 {
    buckets.iter().map(|bucket| value(*bucket).powi(2)).sum()
}

/// Numbers by the SplitMix64 generator of Steele, Lea and Flood (2014).
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, 0 where that is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end as u64).max(1)).unwrap_or(0)
    }

    fn shuffle(&mut self, items: &mut [usize]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }
}
