//! Numbers of a turn as a person reads them: tokens, money, time.

use std::time::Duration;

use localgpt_protocol::Usage;

use crate::wording::TurnWording;

/// `1,204 tokens in (800 cached), 56 out · $0.0012`; nothing where nothing was used.
pub(super) fn usage(usage: Usage, wording: &TurnWording) -> Option<String> {
    if usage == Usage::default() {
        return None;
    }
    let count = |tokens| number(tokens, wording);
    let cached = match usage.cache_read {
        0 => String::new(),
        tokens => format!(" ({} {})", count(tokens), wording.cached),
    };
    let tokens = format!(
        "{} {}{cached}, {} {}",
        count(usage.input),
        wording.tokens_in,
        count(usage.output),
        wording.tokens_out
    );
    Some(match usage.microdollars {
        None => tokens,
        Some(cost) => format!("{tokens} · {}", money(cost, wording)),
    })
}

/// A number with its thousands apart.
pub(super) fn number(number: u64, wording: &TurnWording) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(wording.separators.0);
        }
        out.push(digit);
    }
    out
}

/// A sum of money; less than a dollar is shown to the hundredth of a cent, rounded up.
fn money(microdollars: u64, wording: &TurnWording) -> String {
    let (before, behind) = wording.dollars;
    let point = wording.separators.1;
    let (unit, digits) = if microdollars < 1_000_000 { (100, 4) } else { (10_000, 2) };
    let parts = microdollars.div_ceil(unit);
    let per_dollar = 1_000_000 / unit;
    let whole = number(parts / per_dollar, wording);
    format!("{before}{whole}{point}{:0digits$}{behind}", parts % per_dollar)
}

/// `3.4 s`, `2 min 5 s`.
pub(super) fn time(time: Duration, wording: &TurnWording) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds}{}{} s", wording.separators.1, time.subsec_millis() / 100),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use localgpt_config::Language;

    use super::*;
    use crate::wording::Wording;

    #[test]
    fn figures_read_like_the_language() {
        let used = Usage {
            input: 1_204_000,
            cache_read: 800,
            cache_write: 0,
            output: 56,
            microdollars: Some(1_201),
        };
        let english = &Wording::of(Language::English).turn;
        let german = &Wording::of(Language::German).turn;
        assert_eq!(
            usage(used, english).unwrap(),
            "1,204,000 tokens in (800 cached), 56 out · $0.0013"
        );
        assert_eq!(
            usage(used, german).unwrap(),
            "1.204.000 Token gelesen (800 aus dem Cache), 56 geschrieben · 0,0013 $"
        );
        assert_eq!(usage(Usage::default(), english), None);
        assert_eq!(money(1_234_567_890, english), "$1,234.57");
        assert_eq!(money(1, german), "0,0001 $");
        assert_eq!(time(Duration::from_millis(3_460), english), "3.4 s");
        assert_eq!(time(Duration::from_secs(125), german), "2 min 5 s");
    }
}
