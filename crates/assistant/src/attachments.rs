//! Files that a person puts beside their words.

use std::{
    fmt::Write as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use localgpt_documents::{Attachment, Document, Library, Limits, ROLE, Reader, Section};
use localgpt_guard::{Fence, Label, Origin, Untrusted, quote};
use localgpt_protocol::{
    Aliases, Attached, AttachedFile, BoxFuture, Image, Risk, Tool, ToolContext, ToolError,
    ToolName, ToolSpec, UserPart,
};
use localgpt_sandbox::{Confinement, Launch};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Error;

/// The characters of a text that a model reads at once; the rest it can search.
const AT_ONCE: usize = 12_000;
/// Passages that a search shows unless the model asks otherwise, and the most.
const USUAL: usize = 5;
const MOST: usize = 20;

/// The attached files of one session.
pub(crate) struct Attachments {
    reader: Reader,
    shelf: Arc<Mutex<Shelf>>,
    /// Read and not yet said.
    waiting: Vec<UserPart>,
}

/// The texts that were too long to be read at once, and what is known about all of them.
#[derive(Default)]
struct Shelf {
    library: Library,
    label: Option<Label>,
}

impl Attachments {
    /// None yet; files are read in a child without any power.
    pub(crate) fn new() -> Result<Self, Error> {
        let limits = Limits::standard();
        let launch = Launch::own_role(ROLE, Path::new("/"))?;
        // Without any path it can open no file, and what it needs comes through a pipe.
        let launch = match localgpt_sandbox::status().is_on() {
            true => launch.confined(walls(&limits)),
            // Its own limits hold, and it is no shell: a broken file breaks a child and nothing else.
            false => launch,
        };
        let reader = Reader::new(launch, limits);
        Ok(Self { reader, shelf: Arc::default(), waiting: Vec::new() })
    }

    /// Reads the file at `path`, to be said with the next message. `label` says what is known about its text.
    pub(crate) fn attach(
        &mut self,
        path: &Path,
        fence: Fence,
        label: &dyn Fn(&str) -> Label,
    ) -> Result<AttachedFile, Error> {
        let document = self.reader.read(Attachment::open(path, self.reader.limits())?)?;
        let notes = document.notes().iter().map(ToString::to_string).collect();
        let name = document.name().to_owned();
        let mut file =
            AttachedFile { name: name.clone(), characters: 0, shown: 0, picture: false, notes };
        match &document {
            Document::Image { media_type, bytes, .. } => {
                file.picture = true;
                let (media_type, data) = ((*media_type).to_owned(), STANDARD.encode(bytes));
                self.waiting.push(UserPart::Image(Image { media_type, data }));
            }
            Document::Text { sections, cut, .. } => {
                let whole = whole(sections);
                file.characters = whole.chars().count();
                let label = label(&whole);
                let (mut shown, is_all) = beginning(&whole);
                file.shown = shown.chars().count();
                if !is_all {
                    let mut shelf = self.shelf();
                    shelf.library.add(&document);
                    shelf.label = Some(shelf.label.map_or(label, |known| known.and(label)));
                    drop(shelf);
                    shown.push_str("\n[the rest can be searched with attachment_search]");
                }
                if let Some(cut) = cut {
                    // Writing to a String cannot fail.
                    let _ok = write!(shown, "\n[the file goes on; {cut}]");
                }
                let text = Untrusted::new(shown).labelled(label);
                let text = quote(&text, &name, fence, usize::MAX / 4);
                self.waiting.push(UserPart::Attached(Attached { name, text }));
            }
        }
        Ok(file)
    }

    /// What was read since something was said last.
    pub(crate) fn take(&mut self) -> Vec<UserPart> {
        std::mem::take(&mut self.waiting)
    }

    /// The tool that searches what was too long to be read at once; none if nothing was.
    pub(crate) fn search(&self) -> Option<Arc<dyn Tool>> {
        match self.shelf().library.is_empty() {
            true => None,
            false => Some(Arc::new(AttachmentSearch::new(Arc::clone(&self.shelf)))),
        }
    }

    fn shelf(&self) -> std::sync::MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a child that reads files may use.
fn walls(limits: &Limits) -> Confinement {
    Confinement {
        writable: Vec::new(),
        protected: Vec::new(),
        readable: Vec::new(),
        limits: localgpt_sandbox::Limits {
            cpu_seconds: limits.time.as_secs().max(1),
            memory_bytes: limits.memory_bytes,
            file_bytes: 0,
            open_files: 64,
            processes: 16,
        },
    }
}

/// The sections under their labels.
fn whole(sections: &[Section]) -> String {
    let mut whole = String::new();
    for section in sections {
        if let Some(label) = &section.label {
            // Writing to a String cannot fail.
            let _ok = writeln!(whole, "[{label}]");
        }
        whole.push_str(section.text.trim_end());
        whole.push_str("\n\n");
    }
    whole.truncate(whole.trim_end().len());
    whole
}

/// As much of a text as is read at once, to the end of a line, and whether that is all.
fn beginning(whole: &str) -> (String, bool) {
    let Some((end, _)) = whole.char_indices().nth(AT_ONCE) else {
        return (whole.to_owned(), true);
    };
    let shown = whole.get(..end).unwrap_or(whole);
    let shown = shown.rsplit_once('\n').map_or(shown, |(lines, _)| lines);
    (shown.to_owned(), false)
}

/// Searches attached files.
struct AttachmentSearch {
    spec: ToolSpec,
    shelf: Arc<Mutex<Shelf>>,
}

#[derive(Deserialize)]
struct Input {
    query: String,
    #[serde(default)]
    limit: Option<usize>,
}

impl AttachmentSearch {
    fn new(shelf: Arc<Mutex<Shelf>>) -> Self {
        let spec = ToolSpec {
            name: ToolName::new("attachment_search"),
            description: "Search the attached files that are too long to be shown whole."
                .to_owned(),
            input_schema: json!({
                "type": "object",
                "properties": { "query": { "type": "string" }, "limit": { "type": "integer" } },
                "required": ["query"],
            }),
            risk: Risk::Read,
            aliases: Aliases::default(),
        };
        Self { spec, shelf }
    }
}

impl Tool for AttachmentSearch {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call<'a>(
        &'a self,
        input: Value,
        _: &'a ToolContext,
    ) -> BoxFuture<'a, Result<Untrusted, ToolError>> {
        let found = serde_json::from_value(input).map(|Input { query, limit }| {
            let shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
            let passages = shelf.library.search(&query, limit.unwrap_or(USUAL).clamp(1, MOST));
            (passages, shelf.label)
        });
        Box::pin(std::future::ready(match found {
            Err(error) => Err(ToolError::Input(error.to_string())),
            Ok((passages, _)) if passages.is_empty() => {
                Ok(Untrusted::new("nothing in the attached files fits").of(Origin::Assistant))
            }
            Ok((passages, label)) => {
                let texts: Vec<String> = passages
                    .iter()
                    .map(|passage| format!("{}\n{}", passage.citation(), passage.text))
                    .collect();
                let label = label.unwrap_or(Label::of(Origin::Unknown));
                Ok(Untrusted::new(texts.join("\n\n")).labelled(label))
            }
        }))
    }
}

#[cfg(test)]
mod tests;
