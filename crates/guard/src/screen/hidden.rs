//! Text that is not what it looks like: hidden, turned around, or in letters of another alphabet.

use super::{Sign, fold::look_alike};

/// How many variation selectors in a row carry data: one after a character is how emoji are written.
const SELECTORS: u32 = 3;
/// How many letters in a row are a word in disguise.
const DISGUISED: u32 = 4;

/// The signs of hidden text, each once.
pub(super) fn signs(text: &str) -> impl Iterator<Item = Sign> {
    let mut scan = Scan::default();
    for character in text.chars() {
        scan.take(character);
    }
    scan.end_word();
    let found = [
        (scan.tags || scan.selectors, Sign::HiddenText),
        (scan.zero_width, Sign::ZeroWidth),
        (scan.overrides || scan.turned && !scan.right_to_left, Sign::Direction),
        (scan.mixed, Sign::MixedScript),
        (scan.ornate || scan.wide && !scan.east_asian, Sign::Disguised),
    ];
    found.into_iter().filter_map(|(is_there, sign)| is_there.then_some(sign))
}

/// What one pass over the characters saw.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "a set of findings, not of options")]
struct Scan {
    tags: bool,
    selectors: bool,
    zero_width: bool,
    overrides: bool,
    turned: bool,
    right_to_left: bool,
    mixed: bool,
    ornate: bool,
    wide: bool,
    east_asian: bool,
    /// Whether a flag is being written, which ends in tag characters.
    in_flag: bool,
    selector_run: u32,
    ornate_run: u32,
    wide_run: u32,
    before: Option<char>,
    /// Whether a letter stood before the characters of no width that were just read.
    joined: bool,
    word: Word,
}

/// The letters of the word being read.
#[derive(Default)]
struct Word {
    latin: u32,
    alike: u32,
    other: u32,
}

impl Scan {
    fn take(&mut self, character: char) {
        let code = u32::from(character);
        if character.is_ascii() {
            self.in_flag = false;
        }
        match code {
            0x1_f3f4 => self.in_flag = true,
            0xe_0000..=0xe_007f => self.tags |= !self.in_flag,
            0x202d | 0x202e => self.overrides = true,
            0x202a..=0x202c | 0x2066..=0x2069 => self.turned = true,
            0x590..=0x8ff | 0xfb1d..=0xfdff | 0xfe70..=0xfefc => self.right_to_left = true,
            0x3040..=0x30ff | 0x4e00..=0x9fff | 0xac00..=0xd7af => self.east_asian = true,
            _ => {}
        }
        self.count_runs(code);
        if is_zero_width(character) {
            self.joined |= self.before.is_some_and(is_european);
        } else {
            self.zero_width |= self.joined && is_european(character);
            self.joined = false;
            if character.is_alphabetic() {
                self.take_letter(character);
            } else {
                self.end_word();
            }
        }
        self.before = Some(character);
    }

    fn count_runs(&mut self, code: u32) {
        let count = |run: &mut u32, goes_on: bool| {
            *run = if goes_on { *run + 1 } else { 0 };
            *run
        };
        let is_selector = matches!(code, 0xfe00..=0xfe0f | 0xe_0100..=0xe_01ef);
        self.selectors |= count(&mut self.selector_run, is_selector) >= SELECTORS;
        let is_ornate = matches!(code, 0x1_d400..=0x1_d7ff | 0x24b6..=0x24e9 | 0x1_f130..=0x1_f149);
        self.ornate |= count(&mut self.ornate_run, is_ornate) >= DISGUISED;
        let is_wide = matches!(code, 0xff21..=0xff3a | 0xff41..=0xff5a);
        self.wide |= count(&mut self.wide_run, is_wide) >= DISGUISED;
    }

    fn take_letter(&mut self, character: char) {
        let is_latin = character.is_ascii_alphabetic() || matches!(character, '\u{c0}'..='\u{24f}');
        let is_symbol = matches!(character, 'α' | 'γ' | 'ρ' | 'τ' | 'χ' | 'ν' | 'κ' | 'ι');
        if is_latin {
            self.word.latin += 1;
        } else if look_alike(character).is_some() {
            self.word.alike += 1;
            // Greek letters stand in formulas; one in a short word is no disguise.
            self.word.other += u32::from(is_symbol && self.word.latin < 3);
        } else {
            self.word.other += 1;
        }
    }

    fn end_word(&mut self) {
        let Word { latin, alike, other } = std::mem::take(&mut self.word);
        self.mixed |= latin > 0 && alike > 0 && other == 0 && latin + alike >= 3;
    }
}

fn is_zero_width(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{180e}' | '\u{34f}')
}

/// Letters of alphabets that need nothing between them.
fn is_european(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{52f}')
}
