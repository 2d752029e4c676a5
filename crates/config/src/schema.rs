//! The configuration as written: its shape, and the check of a file against it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;

use serde::Deserialize;
use toml_edit::{Document, DocumentMut, Item, Key, Table, TableLike};

use crate::hands::{HistorySchema, PolicySchema, SkillsSchema, WebSchema};
use crate::keys::{DEFAULT_TOML, KnownNames};
use crate::number::{Count, Size};
use crate::{Error, SecretRef};

/// The language of starter files and of the built-in answerer's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Language {
    /// As the locale says; never in a resolved [`Config`](crate::Config).
    Auto,
    /// German.
    German,
    /// English.
    English,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What a person must act on.
    Error,
    /// What was lost or degraded, too.
    Warn,
    /// What a day-to-day reader wants, too.
    Info,
    /// What a developer asks for, too.
    Debug,
    /// Everything, text of the user included.
    Trace,
}

impl LogLevel {
    /// Every level, from nothing to everything.
    pub const ALL: [Self; 6] =
        [Self::Off, Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// Returns the word that stands for it, as in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for LogLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        one_of(text, &Self::ALL.map(|level| (level.name(), level)))
    }
}

impl TryFrom<String> for LogLevel {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TryFrom<String> for Language {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let words = [("auto", Self::Auto), ("german", Self::German), ("english", Self::English)];
        one_of(&text, &words)
    }
}

/// The whole file, over the default. Optional is what has no fixed default.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Schema {
    pub(crate) workspace: Option<Text>,
    pub(crate) language: Language,
    pub(crate) time_zone: Option<Text>,
    pub(crate) model: ModelSchema,
    pub(crate) turn: TurnSchema,
    pub(crate) providers: ProvidersSchema,
    pub(crate) policy: PolicySchema,
    pub(crate) web: WebSchema,
    pub(crate) history: HistorySchema,
    pub(crate) skills: SkillsSchema,
    pub(crate) memory: MemorySchema,
    pub(crate) embedding: EmbeddingSchema,
    pub(crate) log: LogSchema,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelSchema {
    pub(crate) r#use: Option<Text>,
    pub(crate) fallback: Vec<Text>,
    pub(crate) aliases: BTreeMap<String, Text>,
    pub(crate) context: Option<Tokens>,
    pub(crate) max_output: Tokens,
    pub(crate) max_silence: Count,
    pub(crate) recall_tokens: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TurnSchema {
    pub(crate) max_steps: Count,
    pub(crate) max_calls: Count,
    pub(crate) max_seconds: Count,
    pub(crate) max_tokens: Tokens,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProvidersSchema {
    pub(crate) anthropic: KeyedSchema,
    pub(crate) openai: KeyedSchema,
    pub(crate) ollama: AddressSchema,
    #[serde(rename = "claude-cli")]
    pub(crate) claude_cli: ClaudeCliSchema,
    pub(crate) servers: Vec<ServerSchema>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyedSchema {
    pub(crate) base_url: Text,
    pub(crate) api_key: SecretRef,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressSchema {
    pub(crate) base_url: Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClaudeCliSchema {
    pub(crate) program: Text,
    pub(crate) unattended: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServerSchema {
    pub(crate) name: ServerName,
    pub(crate) base_url: Text,
    pub(crate) api_key: Option<SecretRef>,
    pub(crate) context: Option<Tokens>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemorySchema {
    pub(crate) extra_paths: Vec<Text>,
    pub(crate) max_file_bytes: Size,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmbeddingSchema {
    pub(crate) kind: EmbeddingKind,
    pub(crate) onnx: OnnxSchema,
    pub(crate) openai: OpenAiSchema,
    pub(crate) ollama: OllamaSchema,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum EmbeddingKind {
    Builtin,
    Onnx,
    OpenAi,
    Ollama,
}

impl TryFrom<String> for EmbeddingKind {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let words = [
            ("builtin", Self::Builtin),
            ("onnx", Self::Onnx),
            ("openai", Self::OpenAi),
            ("ollama", Self::Ollama),
        ];
        one_of(&text, &words)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnnxSchema {
    pub(crate) model: Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenAiSchema {
    pub(crate) base_url: Text,
    pub(crate) model: Text,
    pub(crate) api_key: Option<SecretRef>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OllamaSchema {
    pub(crate) base_url: Text,
    pub(crate) model: Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogSchema {
    pub(crate) level: LogLevel,
    pub(crate) max_files: Count,
}

/// What stands before the slash of a model's name.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct ServerName(pub(crate) String);

impl TryFrom<String> for ServerName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        match !text.is_empty() && text.chars().all(is_fine) {
            true => Ok(Self(text)),
            false => Err("a name has small letters, digits, `-`, `_` and `.` alone"),
        }
    }
}

/// So many tokens that something fits.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "u32")]
pub(crate) struct Tokens(pub(crate) u32);

impl TryFrom<u32> for Tokens {
    type Error = &'static str;

    fn try_from(tokens: u32) -> Result<Self, Self::Error> {
        match tokens {
            0..256 => Err("fewer than 256 tokens hold nothing"),
            _ => Ok(Self(tokens)),
        }
    }
}

/// A string that says something.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Text(pub(crate) String);

impl TryFrom<String> for Text {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.trim().is_empty() {
            true => Err("it is empty; leave the key out to have the default"),
            false => Ok(Self(text)),
        }
    }
}

/// Reads `text`, found at `path`, as TOML of whatever content.
pub(crate) fn parse<'t>(text: &'t str, path: &Path) -> Result<Document<&'t str>, Error> {
    Document::parse(text).map_err(|error| Error::Syntax {
        path: path.to_owned(),
        line: line_of(text, error.span()),
        message: one_line(error.message()),
    })
}

/// Fails on the first key, in the order of the file, that nothing reads.
pub(crate) fn check_keys(document: &Document<&str>, path: &Path) -> Result<(), Error> {
    let known = KnownNames::new();
    let mut unknown: Vec<(Range<usize>, String)> = Vec::new();
    visit(document.as_table(), "", &mut |key, item, name| {
        if known.is_key(name) {
            return Descend::No;
        }
        if known.is_table(name) {
            return Descend::Yes;
        }
        unknown.push((key.span().or_else(|| item.span()).unwrap_or(0..0), name.to_owned()));
        Descend::No
    });
    match unknown.into_iter().min_by_key(|(span, _)| span.start) {
        None => Ok(()),
        Some((span, key)) => Err(Error::UnknownKey {
            path: path.to_owned(),
            line: line_of(document.raw(), Some(span)),
            nearest: known.nearest(&key),
            key,
        }),
    }
}

/// Reads the known keys of `document` over the default; keys that nothing reads are passed over.
pub(crate) fn read(document: &Document<&str>, path: &Path) -> Result<Schema, Error> {
    let default = Document::parse(DEFAULT_TOML)
        .map_err(|error| Error::Default { message: one_line(error.message()) })?;
    let mut merged = default.into_table();
    let layering = Layering { known: KnownNames::new(), document, path };
    layering.lay(document.as_table(), "", &mut merged)?;
    // The values of the file keep their places in it, so that an error can name the line.
    toml_edit::de::from_document(DocumentMut::from(merged)).map_err(|error| {
        match error.span().and_then(|span| key_at(document, &span)) {
            Some(key) => Error::Value {
                path: path.to_owned(),
                line: line_of(document.raw(), error.span()),
                key,
                message: one_line(error.message()),
            },
            None => Error::Syntax {
                path: path.to_owned(),
                line: line_of(document.raw(), error.span()),
                message: one_line(error.message()),
            },
        }
    })
}

/// Returns the item that `name` leads to.
pub(crate) fn find<'d>(document: &'d Document<&str>, name: &[Key]) -> Option<&'d Item> {
    let mut item = document.as_item();
    for part in name {
        item = item.as_table_like()?.get(part.get())?;
    }
    Some(item)
}

/// Returns the value as a person would write it to a shell: a string as it is, anything else as TOML.
pub(crate) fn shown(item: &Item, raw: &str) -> Option<String> {
    if let Some(text) = item.as_str() {
        return Some(text.to_owned());
    }
    let written = item.as_value().and_then(toml_edit::Value::span).and_then(|span| raw.get(span));
    match written {
        Some(written) => Some(written.to_owned()),
        // A table over several lines, as one value.
        None => item.clone().into_value().ok().map(|mut value| {
            value.decor_mut().clear();
            value.to_string().trim().to_owned()
        }),
    }
}

pub(crate) fn one_of<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, String> {
    match words.iter().find(|(word, _)| *word == text) {
        Some((_, value)) => Ok(*value),
        None => {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            Err(format!("`{text}` is not one of {}", words.join(", ")))
        }
    }
}

/// Returns the line, from 1, on which `span` begins.
fn line_of(text: &str, span: Option<Range<usize>>) -> usize {
    let start = span.map_or(0, |span| span.start).min(text.len());
    1 + text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count()
}

fn one_line(message: &str) -> String {
    message.trim().replace('\n', ", ")
}

enum Descend {
    Yes,
    No,
}

/// Calls `see` with every key, its item and its full name, tables before what is in them.
fn visit(table: &dyn TableLike, prefix: &str, see: &mut dyn FnMut(&Key, &Item, &str) -> Descend) {
    for (name, _) in table.iter() {
        let Some((key, item)) = table.get_key_value(name) else { continue };
        let name = full_name(prefix, key);
        match (see(key, item, &name), item.as_table_like()) {
            (Descend::Yes, Some(inner)) => visit(inner, &name, see),
            (Descend::Yes, None) | (Descend::No, _) => {}
        }
    }
}

fn full_name(prefix: &str, key: &Key) -> String {
    // Built anew, so that `"level"` and `level` are the same key.
    let part = Key::new(key.get());
    let part = part.default_repr();
    let part = part.as_raw().as_str().unwrap_or_default();
    match prefix {
        "" => part.to_owned(),
        _ => format!("{prefix}.{part}"),
    }
}

fn key_at(document: &Document<&str>, span: &Range<usize>) -> Option<String> {
    let mut found = None;
    visit(document.as_table(), "", &mut |_, item, name| {
        if item.span().is_some_and(|of| of.start <= span.start && span.end <= of.end) {
            found = Some(name.to_owned());
        }
        Descend::Yes
    });
    let known = KnownNames::new();
    let mut key = found?;
    // Inside a value that is itself a table, the key is the one above.
    while !known.is_key(&key) {
        key.truncate(key.rfind('.')?);
    }
    Some(key)
}

/// Lays a file over the default.
struct Layering<'d> {
    known: KnownNames,
    document: &'d Document<&'d str>,
    path: &'d Path,
}

impl Layering<'_> {
    fn lay(&self, over: &dyn TableLike, prefix: &str, base: &mut Table) -> Result<(), Error> {
        for (name, _) in over.iter() {
            let Some((key, item)) = over.get_key_value(name) else { continue };
            let name = full_name(prefix, key);
            if self.known.is_key(&name) {
                base.insert(key.get(), item.clone());
                continue;
            }
            let Some(inner) = base.get_mut(key.get()).and_then(Item::as_table_mut) else {
                continue;
            };
            let table = item.as_table_like().ok_or_else(|| Error::Value {
                path: self.path.to_owned(),
                line: line_of(self.document.raw(), key.span()),
                message: format!("expected a table [{name}]"),
                key: name.clone(),
            })?;
            self.lay(table, &name, inner)?;
        }
        Ok(())
    }
}
