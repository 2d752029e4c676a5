//! Changing the file without disturbing what else is in it.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use toml_edit::{Document, Key, Value};

use crate::keys::KnownNames;
use crate::schema::{self, Schema};
use crate::splice::{self, Splice};
use crate::{Error, durable};

/// The configuration file as a text that is TOML.
///
/// An edit changes one value, or adds or takes out one line; every other byte stays: comments,
/// order, line endings, and tables that nothing here knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    path: PathBuf,
    /// What was read; `None` where there was no file.
    on_disk: Option<String>,
    text: String,
}

impl ConfigFile {
    /// Reads the file at `path`; one that does not exist is empty. What is not TOML is an error,
    /// but unknown keys and wrong values are not: [`Self::check`] finds them.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let on_disk = durable::read(path)?;
        let text = on_disk.clone().unwrap_or_default();
        schema::parse(&text, path)?;
        Ok(Self { path: path.to_owned(), on_disk, text })
    }

    /// Takes a text in the place of a file at `path`, which is not looked at.
    pub(crate) fn of(text: &str, path: &Path) -> Result<Self, Error> {
        schema::parse(text, path)?;
        Ok(Self { path: path.to_owned(), on_disk: None, text: text.to_owned() })
    }

    /// Returns the path that was read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the text with the edits made so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns what the file itself says for `key`: a string as it is, anything else as TOML.
    /// Fails where the file has a wrong value.
    pub fn get(&self, key: &str) -> Result<Option<String>, Error> {
        let name = known_key(key)?;
        let document = self.document()?;
        // A secret that was written out is refused here, and so never shown.
        schema::read(&document, &self.path)?;
        Ok(schema::find(&document, &name).and_then(|item| schema::shown(item, document.raw())))
    }

    /// Gives `key` a value: TOML where that fits the key, otherwise the text as a string.
    ///
    /// The changed text must load as a whole; only unknown keys that were there before are let
    /// be, because another version may know them.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        let name = known_key(key)?;
        let document = self.document()?;
        let as_string = string(value);
        let as_toml = Value::from_str(value.trim()).ok().map(|mut value| {
            value.decor_mut().clear();
            value.to_string()
        });
        let mut first_error = None;
        for candidate in as_toml.into_iter().chain([as_string]) {
            let splice =
                splice::set(&document, &name, &candidate).ok_or_else(|| self.shape(key))?;
            match self.with(&splice) {
                Ok(text) => {
                    self.text = text;
                    return Ok(());
                }
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(match first_error {
            Some(Error::Value { key: wrong, message, .. }) if wrong == key => {
                Error::Set { key: wrong, message }
            }
            Some(error) => error,
            None => self.shape(key),
        })
    }

    /// Takes the line of `key` out, so that its default holds again, and says whether it was
    /// there. The key may be an unknown one.
    pub fn unset(&mut self, key: &str) -> Result<bool, Error> {
        let name = Key::parse(key).map_err(|_not_a_key| no_such_key(key))?;
        let document = self.document()?;
        if schema::find(&document, &name).is_none() {
            known_key(key)?;
            return Ok(false);
        }
        let splice = splice::unset(&document, &name).ok_or_else(|| self.shape(key))?;
        self.text = self.with(&splice)?;
        Ok(true)
    }

    /// Fails where the text would not load.
    pub fn check(&self) -> Result<(), Error> {
        let document = self.document()?;
        schema::check_keys(&document, &self.path)?;
        schema::read(&document, &self.path).map(|_schema| ())
    }

    /// Writes the text, durably and as a whole; does nothing where it is as it was read. A link
    /// stays a link. Fails where the file is no longer the one that was read.
    pub fn write(&mut self) -> Result<(), Error> {
        if self.on_disk.as_deref().unwrap_or_default() == self.text {
            return Ok(());
        }
        if durable::read(&self.path)? != self.on_disk {
            return Err(Error::Changed { path: self.path.clone() });
        }
        durable::replace(&self.path, &self.text)?;
        self.on_disk = Some(self.text.clone());
        Ok(())
    }

    pub(crate) fn schema(&self) -> Result<Schema, Error> {
        schema::read(&self.document()?, &self.path)
    }

    fn document(&self) -> Result<Document<&str>, Error> {
        schema::parse(&self.text, &self.path)
    }

    fn with(&self, splice: &Splice) -> Result<String, Error> {
        let text = splice.apply(&self.text);
        schema::read(&schema::parse(&text, &self.path)?, &self.path)?;
        Ok(text)
    }

    fn shape(&self, key: &str) -> Error {
        Error::Shape { path: self.path.clone(), key: key.to_owned() }
    }
}

fn known_key(key: &str) -> Result<Vec<Key>, Error> {
    match (KnownNames::new().is_key(key), Key::parse(key)) {
        (true, Ok(name)) => Ok(name),
        (true, Err(_)) | (false, _) => Err(no_such_key(key)),
    }
}

fn no_such_key(key: &str) -> Error {
    let known = KnownNames::new();
    match known.is_table(key) {
        true => Error::Table { key: key.to_owned(), keys: known.keys_in(key) },
        false => Error::NoSuchKey { key: key.to_owned(), nearest: known.nearest(key) },
    }
}

/// Writes a string on one line whatever is in it, so that an entry is always a line.
fn string(text: &str) -> String {
    match text.contains(['\n', '\r']) {
        false => Value::from(text).to_string(),
        true => {
            let escaped: String = text.chars().map(escape).collect();
            format!("\"{escaped}\"")
        }
    }
}

fn escape(c: char) -> String {
    match c {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    }
}
