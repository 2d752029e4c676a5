//! Secrets: where one is to be found, and the thing itself, which does not print.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

/// Where a secret is to be found. The file never holds the secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// In the environment variable of this name.
    Env(String),
    /// On the first line that this command prints; the first entry is the program.
    Command(Vec<String>),
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretRefVisitor)
    }
}

/// A secret. It does not print; [`Secret::expose`] is the only way to it.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret out of circulation.
    pub fn new(secret: String) -> Self {
        Self(secret)
    }

    /// Returns the secret itself, to be used at once and not to be kept.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(***)")
    }
}

const HOW: &str =
    "a reference such as { env = \"NAME\" } or { command = [\"pass\", \"show\", \"name\"] }";

/// Reads a reference. No message repeats what was written: it may be the secret itself.
struct SecretRefVisitor;

impl<'de> Visitor<'de> for SecretRefVisitor {
    type Value = SecretRef;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HOW)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<SecretRef, E> {
        Err(E::custom(format_args!("a secret is not written into the file; write {HOW}")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SecretRef, A::Error> {
        let wrong = || de::Error::custom(format_args!("expected {HOW}"));
        let reference = match map.next_key::<String>()?.as_deref() {
            Some("env") => SecretRef::Env(env_name(map.next_value()?).ok_or_else(wrong)?),
            Some("command") => SecretRef::Command(command(map.next_value()?).ok_or_else(wrong)?),
            _ => return Err(wrong()),
        };
        match map.next_key::<String>()? {
            Some(_) => Err(wrong()),
            None => Ok(reference),
        }
    }
}

/// What stands to the right of `env` or `command`, before anyone looked at it.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    List(Vec<String>),
    Other(de::IgnoredAny),
}

fn env_name(written: Written) -> Option<String> {
    let Written::Text(name) = written else { return None };
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let goes_on_well = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (starts_well && goes_on_well).then_some(name)
}

fn command(written: Written) -> Option<Vec<String>> {
    let Written::List(words) = written else { return None };
    words.first().is_some_and(|program| !program.is_empty()).then_some(words)
}
