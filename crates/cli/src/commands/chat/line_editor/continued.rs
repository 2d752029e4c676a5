//! A line that ends in a backslash goes on. Only one that Enter was pressed behind: in a text that was
//! pasted every backslash stays.

use std::sync::{Arc, Mutex, PoisonError};

use reedline::{ValidationResult, Validator};

/// The texts that Enter was pressed behind and that went on.
#[derive(Debug, Clone, Default)]
pub(super) struct Continued(Arc<Mutex<Vec<String>>>);

impl Continued {
    /// The finished text without the backslashes that made it go on.
    pub(super) fn join(&self, line: String) -> String {
        let mut beginnings =
            std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        beginnings.sort_by_key(|beginning| std::cmp::Reverse(beginning.len()));
        beginnings.dedup();
        let mut joined = line;
        for beginning in beginnings {
            let goes_on =
                joined.strip_prefix(&beginning).is_some_and(|rest| rest.starts_with('\n'));
            if goes_on {
                joined.remove(beginning.len() - 1);
            }
        }
        joined
    }
}

impl Validator for Continued {
    fn validate(&self, line: &str) -> ValidationResult {
        if line.ends_with('\\') && !line.ends_with(r"\\") {
            let mut beginnings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            beginnings.push(line.to_owned());
            return ValidationResult::Incomplete;
        }
        ValidationResult::Complete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backslash_before_enter_makes_the_line_go_on() {
        let continued = Continued::default();
        for line in ["one\\", "one\\\ntwo\\"] {
            assert!(matches!(continued.validate(line), ValidationResult::Incomplete));
        }
        assert!(matches!(continued.validate("a\\\\"), ValidationResult::Complete));
        assert_eq!(continued.join("one\\\ntwo\\\nthree".to_owned()), "one\ntwo\nthree");
        assert_eq!(continued.join("pasted \\\n --flag".to_owned()), "pasted \\\n --flag");
    }
}
