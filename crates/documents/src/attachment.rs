//! From a file to a document.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use localgpt_sandbox::Launch;
use rustix::fs::OFlags;

use crate::{
    Document, Error, Kind, Limits, Section, Why,
    child::{self, Outcome},
    text,
    wire::{self, Content, Parsed, Task},
};

/// Reads files that a person attached.
///
/// Text is read here. Everything that takes a parser is read by a child that can do nothing else.
#[derive(Debug, Clone)]
pub struct Reader {
    launch: Launch,
    limits: Limits,
}

/// A file as it was attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    name: String,
    bytes: Vec<u8>,
}

impl Attachment {
    /// Takes bytes that came with a name, from a pipe or an upload.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { name: name.into(), bytes }
    }

    /// Takes the file at `path`, with its last name.
    ///
    /// Only regular files are opened: a device or a pipe may never come to its end.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, Error> {
        let last = path.file_name().unwrap_or(path.as_os_str());
        let name = last.to_string_lossy().into_owned();
        let unreadable = |why| Error::Unreadable { name: name.clone(), why };
        let failed = |source| Error::Read { name: name.clone(), source };
        if !fs::metadata(path).map_err(failed)?.is_file() {
            return Err(unreadable(Why::NotAFile));
        }
        let file = open(path).map_err(failed)?;
        let found = file.metadata().map_err(failed)?;
        if !found.is_file() {
            return Err(unreadable(Why::NotAFile));
        }
        if found.len() > limits.input_bytes {
            return Err(unreadable(Why::TooLarge(limits.input_bytes)));
        }
        let bytes = child::read_all(file, limits.input_bytes).map_err(failed)?;
        let bytes = bytes.ok_or_else(|| unreadable(Why::TooLarge(limits.input_bytes)))?;
        Ok(Self { name, bytes })
    }
}

/// Opens without waiting, should the file have become a pipe since it was looked at.
fn open(path: &Path) -> io::Result<File> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

impl Reader {
    /// Reads with children that `launch` starts; they have to call [`run_role`](crate::run_role).
    pub fn new(launch: Launch, limits: Limits) -> Self {
        Self { launch, limits }
    }

    /// What an attachment may be.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Makes of an attachment what a model can be given.
    pub fn read(&self, attachment: Attachment) -> Result<Document, Error> {
        let Attachment { name, bytes } = attachment;
        let unreadable = |why| Error::Unreadable { name: name.clone(), why };
        let limit = self.limits.input_bytes;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
            return Err(unreadable(Why::TooLarge(limit)));
        }
        let kind = Kind::of(&name, &bytes).map_err(unreadable)?;
        let parsed = if kind.is_text() {
            as_text(&bytes, &self.limits).map_err(unreadable)?
        } else {
            let task = Task { kind, limits: self.limits.clone() };
            let outcome = child::run(&self.launch, &task, &bytes)
                .map_err(|source| Error::Reader { name: name.clone(), source })?;
            match outcome {
                Outcome::Failed(why) => return Err(unreadable(why)),
                Outcome::Answered(answer) => wire::read_answer(&answer, &self.limits)
                    .map_err(|wire::Nonsense| unreadable(Why::Crashed))?
                    .map_err(unreadable)?,
            }
        };
        document(name, kind, parsed)
    }
}

fn as_text(bytes: &[u8], limits: &Limits) -> Result<Parsed, Why> {
    let decoded = text::decode(bytes, limits.text_bytes);
    if decoded.text.trim().is_empty() {
        return Err(Why::Empty);
    }
    let sections = vec![Section { label: None, text: decoded.text }];
    let content = Content::Text { sections, cut: decoded.cut };
    Ok(Parsed { content, notes: decoded.note.into_iter().collect() })
}

fn document(name: String, kind: Kind, parsed: Parsed) -> Result<Document, Error> {
    let mut notes: Vec<_> = kind.misnamed(&name).into_iter().collect();
    notes.extend(parsed.notes);
    match parsed.content {
        Content::Text { sections, cut } if !kind.is_image() => {
            Ok(Document::Text { name, kind, sections, cut, notes })
        }
        Content::Image { media_type, bytes } if kind.is_image() => {
            Ok(Document::Image { name, media_type, bytes, notes })
        }
        // A child that makes a picture of a text was taken over.
        Content::Text { .. } | Content::Image { .. } => {
            Err(Error::Unreadable { name, why: Why::Crashed })
        }
    }
}
