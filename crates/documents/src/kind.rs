//! What a file is: by its content first, by its name second.

mod language;
mod signature;

use memchr::memmem;

use crate::{Note, Why, text};

/// A kind of file that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Plain text, and everything that is text without being one of the next.
    Text,
    /// Markdown.
    Markdown,
    /// A web page, as it is written.
    Html,
    /// A table in text.
    Csv,
    /// A program, or data that programs read; with the name that a Markdown fence takes.
    Code(&'static str),
    /// A PDF document.
    Pdf,
    /// A document of Word.
    Docx,
    /// An OpenDocument text.
    Odt,
    /// A PNG image.
    Png,
    /// A JPEG image.
    Jpeg,
    /// A WebP image.
    Webp,
    /// A GIF image.
    Gif,
}

/// The endings that say one kind.
const ENDINGS: &[(&str, Kind)] = &[
    ("txt", Kind::Text),
    ("text", Kind::Text),
    ("log", Kind::Text),
    ("eml", Kind::Text),
    ("md", Kind::Markdown),
    ("markdown", Kind::Markdown),
    ("htm", Kind::Html),
    ("html", Kind::Html),
    ("xhtml", Kind::Html),
    ("csv", Kind::Csv),
    ("tsv", Kind::Csv),
    ("pdf", Kind::Pdf),
    ("docx", Kind::Docx),
    ("docm", Kind::Docx),
    ("dotx", Kind::Docx),
    ("odt", Kind::Odt),
    ("ott", Kind::Odt),
    ("png", Kind::Png),
    ("jpg", Kind::Jpeg),
    ("jpeg", Kind::Jpeg),
    ("jpe", Kind::Jpeg),
    ("webp", Kind::Webp),
    ("gif", Kind::Gif),
];

/// How far into a file a PDF may begin when its name says that it is one.
const PDF_BEGINS_WITHIN: usize = 1024;

impl Kind {
    /// Finds out what `bytes` are, whatever `name` says; the name only tells one text from another.
    pub fn of(name: &str, bytes: &[u8]) -> Result<Self, Why> {
        let named = Self::named(name);
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(Why::Empty);
        }
        if bytes.starts_with(b"PK\x03\x04") {
            return packed(bytes);
        }
        if bytes.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
            // Office keeps what it encrypts in the container of its old formats, under this name.
            let name: Vec<u8> = "EncryptedPackage".bytes().flat_map(|byte| [byte, 0]).collect();
            let is_encrypted = memmem::find(bytes, &name).is_some();
            return Err(if is_encrypted { Why::Encrypted } else { Why::OldOffice });
        }
        if let Some(known) = signature::find(bytes) {
            return known.map_err(Why::Unsupported);
        }
        let start = bytes.get(..PDF_BEGINS_WITHIN).unwrap_or(bytes);
        if named == Some(Self::Pdf) && memmem::find(start, b"%PDF-").is_some() {
            return Ok(Self::Pdf);
        }
        if !text::is_text(bytes) {
            return Err(match named {
                Some(named) if !named.is_text() => Why::Damaged,
                Some(_) | None => Why::Unsupported("no text, and of no kind that we know"),
            });
        }
        Ok(match named {
            Some(named) if named.is_text() => named,
            Some(_) | None => sniffed(bytes),
        })
    }

    /// What the ending of a name says.
    fn named(name: &str) -> Option<Self> {
        let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let ending = base.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        let known = ending.as_deref().and_then(|ending| {
            let row = ENDINGS.iter().find(|(known, _)| *known == ending);
            row.map(|(_, kind)| *kind).or_else(|| language::of_ending(ending).map(Self::Code))
        });
        known.or_else(|| language::of_name(base).map(Self::Code))
    }

    /// Whether it is text as it lies there.
    pub(crate) fn is_text(self) -> bool {
        match self {
            Self::Text | Self::Markdown | Self::Html | Self::Csv | Self::Code(_) => true,
            Self::Pdf | Self::Docx | Self::Odt => false,
            Self::Png | Self::Jpeg | Self::Webp | Self::Gif => false,
        }
    }

    /// Whether it is an image.
    pub(crate) fn is_image(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg | Self::Webp | Self::Gif)
    }

    /// What a person calls it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Text | Self::Markdown | Self::Csv | Self::Code(_) => "a text",
            Self::Html => "a web page",
            Self::Pdf => "a PDF document",
            Self::Docx => "a Word document",
            Self::Odt => "an OpenDocument text",
            Self::Png => "a PNG image",
            Self::Jpeg => "a JPEG image",
            Self::Webp => "a WebP image",
            Self::Gif => "a GIF image",
        }
    }

    /// Says when `name` claims to be something else than this.
    pub(crate) fn misnamed(self, name: &str) -> Option<Note> {
        let named = Self::named(name)?;
        let agrees = named == self || (named.is_text() && self.is_text());
        (!agrees).then(|| Note::Misnamed { says: named.words(), is: self.words() })
    }
}

/// Looks at the names in a ZIP archive without unpacking it: they stand in it as they are.
fn packed(bytes: &[u8]) -> Result<Kind, Why> {
    // The first entry of an OpenDocument file is its type, not compressed.
    let declared = bytes.get(30..).and_then(|rest| rest.strip_prefix(b"mimetype"));
    if let Some(declared) = declared {
        let text = b"application/vnd.oasis.opendocument.text";
        if declared.starts_with(text) {
            return Ok(Kind::Odt);
        }
        let declares = |kind: &[u8]| declared.starts_with(kind);
        return Err(Why::Unsupported(if declares(b"application/epub") {
            "an e-book"
        } else if declares(b"application/vnd.oasis.opendocument.spreadsheet") {
            "a spreadsheet"
        } else if declares(b"application/vnd.oasis.opendocument.presentation") {
            "a presentation"
        } else {
            "an OpenDocument file that holds no text"
        }));
    }
    let has = |entry: &str| memmem::find(bytes, entry.as_bytes()).is_some();
    match () {
        () if has("word/document.xml") => Ok(Kind::Docx),
        () if has("xl/workbook") => Err(Why::Unsupported("a spreadsheet")),
        () if has("ppt/presentation.xml") => Err(Why::Unsupported("a presentation")),
        () => Err(Why::Unsupported("a ZIP archive")),
    }
}

/// Tells a text without a telling name.
fn sniffed(bytes: &[u8]) -> Kind {
    let start: String = text::beginning(bytes, 512).to_ascii_lowercase();
    let start = start.trim_start();
    if start.starts_with("<!doctype html") || start.starts_with("<html") {
        return Kind::Html;
    }
    if start.starts_with("<?xml") || start.starts_with("<svg") {
        return Kind::Code("xml");
    }
    start.strip_prefix("#!").and_then(language::of_interpreter).map_or(Kind::Text, Kind::Code)
}
