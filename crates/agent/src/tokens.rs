//! How many tokens a text will be, without knowing the model's vocabulary.
//!
//! Invariant: never below one token for four bytes. What is estimated too low is cut in silence by some servers,
//! so every doubt counts upwards; what a provider reports afterwards corrects the estimate ([`Calibration`]).

/// Letters of one token: the vendors' own rule of thumb for English. A word is never less than one token.
const LETTERS: u32 = 4;

/// Estimates the tokens of `text`: words by their length with letters beyond ASCII counted twice, every digit, mark
/// and line break by itself (as the vocabularies of Llama, Gemma and Qwen have them), other characters by their bytes.
pub fn estimate(text: &str) -> u32 {
    let mut tokens: u32 = 0;
    let mut letters: u32 = 0;
    let mut blanks: u32 = 0;
    for character in text.chars() {
        let is_letter = character.is_alphabetic() && !is_ideograph(character);
        if !is_letter {
            tokens += letters.div_ceil(LETTERS);
            letters = 0;
        }
        if character != ' ' {
            tokens += blanks.saturating_sub(1).div_ceil(LETTERS);
            blanks = 0;
        }
        match character {
            ' ' => blanks += 1,
            _ if is_letter => letters += if character.is_ascii() { 1 } else { 2 },
            _ if character.is_ascii() => tokens += 1,
            _ if is_ideograph(character) => tokens += 2,
            _ => tokens += u32::try_from(character.len_utf8()).unwrap_or(4),
        }
    }
    tokens += letters.div_ceil(LETTERS) + blanks.div_ceil(LETTERS);
    let bytes = u32::try_from(text.len()).unwrap_or(u32::MAX);
    tokens.max(bytes.div_ceil(4))
}

/// The beginning of `text` that is estimated at no more than `limit` tokens, cut at a character and marked as cut.
pub fn clip(text: &str, limit: u32) -> String {
    const MARK: &str = " […]";
    if estimate(text) <= limit {
        return text.to_owned();
    }
    let room = limit.saturating_sub(estimate(MARK));
    let mut kept = text;
    loop {
        let tokens = estimate(kept);
        if tokens <= room {
            break;
        }
        // Shrinks in proportion, by at least one byte; the next character boundary below is taken.
        let wanted = kept.len() as u64 * u64::from(room) / u64::from(tokens);
        let most = usize::try_from(wanted).unwrap_or(0).min(kept.len().saturating_sub(1));
        let end = (0..=most).rev().find(|end| kept.is_char_boundary(*end)).unwrap_or(0);
        kept = kept.get(..end).unwrap_or_default();
    }
    match kept.trim_end() {
        "" => String::new(),
        kept => format!("{kept}{MARK}"),
    }
}

fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{2e80}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// How far a model's own count is from the estimate. It only ever corrects upwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration(f32);

impl Default for Calibration {
    fn default() -> Self {
        Self(1.0)
    }
}

impl Calibration {
    /// Learns that what was estimated as `estimated` tokens was `counted` by the provider.
    pub fn learn(&mut self, estimated: u32, counted: u64) {
        // Short requests are mostly frame, whose size is guessed.
        if estimated >= 200 {
            let ratio = counted as f32 / estimated as f32;
            self.0 = self.0.max(ratio.min(4.0));
        }
    }

    /// The estimate as this model would count it.
    pub fn apply(self, estimated: u32) -> u32 {
        (estimated as f32 * self.0).ceil() as u32
    }

    /// The most estimated tokens that this model would not count as more than `counted`.
    pub fn undo(self, counted: u32) -> u32 {
        let estimated = (counted as f32 / self.0).floor() as u32;
        // Floats round; what is too much by one is taken back.
        if self.apply(estimated) > counted { estimated.saturating_sub(1) } else { estimated }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_digits_and_marks_are_counted() {
        let cases = [
            ("", 0),
            ("Hello, how are you today?", 9),
            ("Die Wärmepumpe ist alt.", 7),
            ("2026-11-24", 10),
            ("    x", 2),
            ("你好世界", 8),
        ];
        for (text, expected) in cases {
            assert_eq!(estimate(text), expected, "{text}");
        }
    }

    #[test]
    fn a_model_that_counts_more_is_believed_and_one_that_counts_less_is_not() {
        let mut calibration = Calibration::default();
        calibration.learn(1000, 500);
        assert_eq!(calibration.apply(1000), 1000);
        calibration.learn(1000, 1500);
        assert_eq!(calibration.apply(1000), 1500);
        calibration.learn(10, 1000);
        assert_eq!(calibration.apply(1000), 1500);
    }

    proptest! {
        #[test]
        fn an_estimate_is_never_below_a_quarter_of_the_bytes(text in any::<String>()) {
            prop_assert!(u64::from(estimate(&text)) * 4 >= text.len() as u64);
        }

        #[test]
        fn a_clipped_text_keeps_its_limit(text in any::<String>(), limit in 0u32..40) {
            prop_assert!(estimate(&clip(&text, limit)) <= limit);
        }

        #[test]
        fn two_texts_are_never_much_more_than_their_sum(one in "[a-zä0-9 \n]{0,40}", two in "[a-zä0-9 \n]{0,40}") {
            let joined = format!("{one}{two}");
            prop_assert!(estimate(&joined) <= estimate(&one) + estimate(&two) + 1);
        }
    }
}
