//! Texts that are made to leave the fence of `guard::quote`, and how many do.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use localgpt_guard::{Fence, Untrusted, quote};

use super::train::Random;

const TEXTS: usize = 100_000;

/// Makes the texts from the pieces in a file, and counts those that leave.
pub(super) fn report(pieces: &Path) -> Result<String> {
    let read =
        fs::read_to_string(pieces).with_context(|| format!("cannot read {}", pieces.display()))?;
    let pieces: Vec<String> = read.lines().map(unescaped).collect();
    let mut random = Random(17);
    let mut outside = 0;
    for _ in 0..TEXTS {
        let fence = random.next();
        let mut text = String::new();
        for _ in 0..random.below(12) {
            let piece = pieces.get(random.below(pieces.len())).context("no pieces")?;
            text.push_str(&piece.replace("FENCE", &format!("{fence:016x}")));
        }
        let quoted = quote(&Untrusted::new(text.as_str()), &text, Fence(fence), 400);
        let body = quoted.as_str();
        let tags = body.matches(['<', '>']).count();
        let ends = body.ends_with(&format!("\n</untrusted-{fence:016x}>"));
        if tags != 4 || !ends || body.contains("[INST]") || body.contains("[/INST]") {
            outside += 1;
        }
    }
    Ok(format!("\nFence: {outside} of {TEXTS} generated texts leave it (bar 0)\n"))
}

/// A line with `\n` and `\u{..}` written out.
fn unescaped(line: &str) -> String {
    let mut parts = line.split("\\u{");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').unwrap_or(("", part));
        out.extend(u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
        out.push_str(rest);
    }
    out.replace("\\n", "\n")
}
