//! Short texts of our own put into longer harmless ones, as they would be found: an order is seldom alone.

use localgpt_guard::detector::{Features, features};

use super::{
    cases::{Case, OWN},
    train::{Example, Random},
};

/// A text that was put together.
#[derive(Debug)]
pub(super) struct Mixed {
    features: Features,
    is_attack: bool,
}

impl Mixed {
    pub(super) fn example(&self) -> Example<'_> {
        let weight = super::rarity(self.is_attack);
        Example { features: &self.features, is_attack: self.is_attack, weight }
    }
}

/// The frames that a short text is put into; orders and look-alikes get the same.
const FRAMES: &[(&str, &str)] = &[
    ("", ""),
    (" ", " "),
    ("\n", "\n"),
    ("\n\n", "\n\n"),
    ("\n\n", "\n\n"),
    ("\n<!-- ", " -->\n"),
    ("\n{\"id\": 7, \"note\": \"", "\", \"done\": true}\n"),
    ("\n// ", "\n"),
    ("\n# ", "\n"),
    ("\n> ", "\n"),
    ("\n- ", "\n- "),
    (" | ", " | "),
    ("\n<p style=\"display:none\">", "</p>\n"),
    (" (", ") "),
];

/// How many harmless bytes stand before and after at most.
const AROUND: usize = 400;

/// How often each short text is put somewhere.
const TIMES: usize = 2;

/// Puts every short text of our own among `known` into a piece of a harmless one.
pub(super) fn mixed(known: &[&Case]) -> Vec<Mixed> {
    let mut random = Random(0xca22);
    let (own, others): (Vec<&Case>, Vec<&Case>) =
        known.iter().copied().partition(|case| case.source == OWN);
    let around: Vec<&Case> =
        others.into_iter().filter(|case| !case.is_attack && case.text.len() > 300).collect();
    let mut mixed = Vec::with_capacity(TIMES * own.len());
    for case in (0..TIMES).flat_map(|_| &own) {
        let Some(carrier) = around.get(random.below(around.len())) else { continue };
        let (before, after) = cut(&carrier.text, &mut random);
        let (open, close) = FRAMES.get(random.below(FRAMES.len())).copied().unwrap_or_default();
        let text = format!("{before}{open}{}{close}{after}", case.text);
        mixed.push(Mixed { features: features(&text), is_attack: case.is_attack });
    }
    mixed
}

/// What stands before and after a place between two words of `text`.
fn cut<'a>(text: &'a str, random: &mut Random) -> (&'a str, &'a str) {
    let spaces: Vec<usize> = text.match_indices([' ', '\n']).map(|(place, _)| place).collect();
    let place = spaces.get(random.below(spaces.len())).copied().unwrap_or(0);
    let (before, after) = text.split_at_checked(place).unwrap_or((text, ""));
    let from = before.len().saturating_sub(random.below(AROUND));
    let to = random.below(AROUND).min(after.len());
    let (from, to) = (whole(before, from), whole(after, to));
    (before.get(from..).unwrap_or_default(), after.get(..to).unwrap_or_default())
}

/// The last place up to `place` that is between two characters.
fn whole(text: &str, place: usize) -> usize {
    (0..=place).rev().find(|place| text.is_char_boundary(*place)).unwrap_or(0)
}
