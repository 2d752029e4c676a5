//! The environment of the process, as a value.

use std::collections::BTreeMap;

/// The process environment as the binary handed it in; values that are not UTF-8 are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Collects the variables; of two with one name the later counts.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(variables.into_iter().collect())
    }

    /// Returns the value of `name`; a variable set to nothing counts as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Every variable, for a child of the person's own.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_set_to_nothing_counts_as_not_set() {
        let environment = Environment::new([
            ("EMPTY".to_owned(), String::new()),
            ("FULL".to_owned(), "yes".to_owned()),
        ]);
        assert_eq!(
            (environment.get("EMPTY"), environment.get("FULL"), environment.get("ABSENT")),
            (None, Some("yes"), None)
        );
    }
}
