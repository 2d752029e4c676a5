//! Which `claude` it is.

use localgpt_protocol::ProviderError;

use super::failure::short;

/// The oldest version that was tried: older ones end at flags that they do not know.
const OLDEST: Version = Version { major: 2, minor: 1, patch: 197 };

/// The version of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

impl Version {
    /// Reads what `claude --version` prints: `2.1.330 (Claude Code)`.
    pub(super) fn read(printed: &str) -> Result<Self, ProviderError> {
        let first = printed.split_whitespace().next().unwrap_or_default();
        let mut numbers = first.split('.').map(|number| number.parse::<u32>().ok());
        match (numbers.next().flatten(), numbers.next().flatten(), numbers.next().flatten()) {
            (Some(major), Some(minor), Some(patch)) => Ok(Self { major, minor, patch }),
            _ => {
                let message = format!("`claude --version` says no version: {}", short(printed));
                Err(ProviderError::NoProgram { message })
            }
        }
    }

    /// The same, unless it is too old.
    pub(super) fn check(self) -> Result<Self, ProviderError> {
        if self >= OLDEST {
            return Ok(self);
        }
        let (Self { major, minor, patch }, oldest) = (self, OLDEST);
        let message = format!(
            "`claude` {major}.{minor}.{patch} is too old: {}.{}.{} is needed; run `claude update`",
            oldest.major, oldest.minor, oldest.patch
        );
        Err(ProviderError::NoProgram { message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_and_an_old_one_refused() {
        let check = |text: &str| Version::read(text).and_then(Version::check);
        assert!(check("2.1.330 (Claude Code)\n").is_ok());
        assert!(check("2.1.197").is_ok());
        assert!(check("3.0.0").is_ok());
        for text in ["2.1.196 (Claude Code)", "1.9.999", "", "claude 2", "2.1"] {
            assert!(matches!(check(text), Err(ProviderError::NoProgram { .. })), "{text}");
        }
    }
}
