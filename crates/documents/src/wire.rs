//! What goes to the child that reads a file, and what comes back: bytes in a frame of our own.
//!
//! The child was fed a hostile file, so nothing that it answers is believed: what does not fit the limits
//! or the frame is no answer at all.

use crate::{Cut, ImageLimits, Kind, Limits, Note, Section, Why};

const MAGIC: &[u8; 8] = b"lgdoc-01";
/// The numbers after the magic.
const NUMBERS: usize = 9;
/// The bytes of a task before those of the file.
pub(crate) const HEAD: usize = MAGIC.len() + NUMBERS * 8;
/// The most characters of a label.
pub(crate) const LONGEST_LABEL: usize = 80;

/// Kinds that a child reads, by their number in a task.
const KINDS: &[Kind] =
    &[Kind::Pdf, Kind::Docx, Kind::Odt, Kind::Png, Kind::Jpeg, Kind::Webp, Kind::Gif];
/// Reasons that a child may give, by their number in an answer.
const REASONS: &[Why] = &[
    Why::Empty,
    Why::Encrypted,
    Why::NoText,
    Why::Damaged,
    Why::Bomb,
    Why::TooManyPixels,
    Why::TooMuchMemory,
    Why::Crashed,
];
/// What an image may be when it comes back, and how it then begins.
const MEDIA_TYPES: &[(&str, &[u8])] =
    &[("image/png", b"\x89PNG\r\n\x1a\n"), ("image/jpeg", b"\xFF\xD8\xFF")];

/// What a child is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    pub kind: Kind,
    pub limits: Limits,
}

/// What a child made of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parsed {
    pub content: Content,
    pub notes: Vec<Note>,
}

/// The content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    Text { sections: Vec<Section>, cut: Option<Cut> },
    Image { media_type: &'static str, bytes: Vec<u8> },
}

/// The answer of a child is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Nonsense;

impl Task {
    /// The head that goes before the bytes of the file.
    pub(crate) fn head(&self) -> Vec<u8> {
        let kind = KINDS.iter().position(|kind| *kind == self.kind).unwrap_or(KINDS.len());
        let numbers: [u64; NUMBERS] = [
            wide(kind),
            self.limits.input_bytes,
            wide(self.limits.text_bytes),
            self.limits.pages.into(),
            self.limits.pixels,
            self.limits.image.longest_edge.into(),
            wide(self.limits.image.max_bytes),
            u64::try_from(self.limits.time.as_millis()).unwrap_or(u64::MAX),
            self.limits.memory_bytes,
        ];
        let mut head = MAGIC.to_vec();
        head.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        head
    }

    /// Reads a head.
    pub(crate) fn read(head: &[u8; HEAD]) -> Option<Self> {
        let mut reader = Reader(head.strip_prefix(MAGIC)?);
        let kind = *KINDS.get(reader.size()?)?;
        let limits = Limits {
            input_bytes: reader.number()?,
            text_bytes: reader.size()?,
            pages: u32::try_from(reader.number()?).ok()?,
            pixels: reader.number()?,
            image: ImageLimits {
                longest_edge: u32::try_from(reader.number()?).ok()?,
                max_bytes: reader.size()?,
            },
            time: std::time::Duration::from_millis(reader.number()?),
            memory_bytes: reader.number()?,
        };
        Some(Self { kind, limits })
    }
}

/// The most bytes that an answer within `limits` has.
pub(crate) fn longest_answer(limits: &Limits) -> usize {
    let pages = usize::try_from(limits.pages).unwrap_or(usize::MAX);
    // A section is a label and two small heads; documents that are not paged have fewer than these.
    let sections = pages.saturating_add(MOST_SECTIONS).saturating_mul(LONGEST_LABEL * 4 + 32);
    limits.text_bytes.max(limits.image.max_bytes).saturating_add(sections)
}

/// The most sections of a document that has no pages.
pub(crate) const MOST_SECTIONS: usize = 5_000;

mod tag {
    pub(super) const REFUSED: u8 = b'R';
    pub(super) const LABEL: u8 = b'L';
    pub(super) const TEXT: u8 = b'T';
    pub(super) const CUT: u8 = b'C';
    pub(super) const NOTE: u8 = b'N';
    pub(super) const IMAGE: u8 = b'I';
    pub(super) const END: u8 = b'E';
}

/// Writes an answer.
pub(crate) fn write_answer(answer: &Result<Parsed, Why>) -> Vec<u8> {
    let mut out = Vec::new();
    match answer {
        Err(why) => {
            let number = REASONS.iter().position(|reason| reason == why);
            record(&mut out, tag::REFUSED, &[small(number.unwrap_or(REASONS.len()))]);
        }
        Ok(Parsed { content, notes }) => {
            for note in notes {
                record(&mut out, tag::NOTE, &note_bytes(*note));
            }
            match content {
                Content::Text { sections, cut } => {
                    for Section { label, text } in sections {
                        if let Some(label) = label {
                            record(&mut out, tag::LABEL, label.as_bytes());
                        }
                        record(&mut out, tag::TEXT, text.as_bytes());
                    }
                    if let Some(cut) = cut {
                        record(&mut out, tag::CUT, &cut_bytes(*cut));
                    }
                }
                Content::Image { media_type, bytes } => {
                    let number = MEDIA_TYPES.iter().position(|(known, _)| known == media_type);
                    let mut body = vec![small(number.unwrap_or(MEDIA_TYPES.len()))];
                    body.extend_from_slice(bytes);
                    record(&mut out, tag::IMAGE, &body);
                }
            }
        }
    }
    record(&mut out, tag::END, &[]);
    out
}

/// Reads an answer, and believes nothing that goes beyond `limits`.
pub(crate) fn read_answer(bytes: &[u8], limits: &Limits) -> Result<Result<Parsed, Why>, Nonsense> {
    let mut reader = Reader(bytes);
    let (mut sections, mut notes, mut image) = (Vec::new(), Vec::new(), None);
    let (mut cut, mut label, mut refused) = (None, None, None);
    let mut left = limits.text_bytes;
    loop {
        let tag = reader.byte().ok_or(Nonsense)?;
        let length = reader.length().ok_or(Nonsense)?;
        let body = reader.take(length).ok_or(Nonsense)?;
        match tag {
            tag::END if reader.0.is_empty() && body.is_empty() => break,
            tag::REFUSED => {
                let number = body.first().copied().map(usize::from).ok_or(Nonsense)?;
                refused = Some(*REASONS.get(number).ok_or(Nonsense)?);
            }
            tag::LABEL => {
                let text = std::str::from_utf8(body).map_err(|_invalid| Nonsense)?;
                if text.chars().count() > LONGEST_LABEL || text.contains(char::is_control) {
                    return Err(Nonsense);
                }
                label = Some(text.to_owned());
            }
            tag::TEXT => {
                let text = std::str::from_utf8(body).map_err(|_invalid| Nonsense)?;
                left = left.checked_sub(text.len()).ok_or(Nonsense)?;
                sections.push(Section { label: label.take(), text: text.to_owned() });
            }
            tag::CUT => cut = Some(read_cut(body).ok_or(Nonsense)?),
            tag::NOTE if notes.len() < 16 => notes.push(read_note(body).ok_or(Nonsense)?),
            tag::IMAGE => image = Some(read_image(body, limits).ok_or(Nonsense)?),
            _ => return Err(Nonsense),
        }
    }
    let content = match (refused, image) {
        (Some(why), None) if sections.is_empty() => return Ok(Err(why)),
        (None, Some((media_type, bytes))) if sections.is_empty() => {
            Content::Image { media_type, bytes }
        }
        (None, None) if !sections.is_empty() => Content::Text { sections, cut },
        _ => return Err(Nonsense),
    };
    Ok(Ok(Parsed { content, notes }))
}

fn record(out: &mut Vec<u8>, tag: u8, body: &[u8]) {
    out.push(tag);
    out.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(body);
}

fn cut_bytes(cut: Cut) -> Vec<u8> {
    let (number, first, second) = match cut {
        Cut::Bytes(bytes) => (0, bytes, 0),
        Cut::Pages { read, of } => (1, read.into(), of.into()),
        Cut::Time { read, of } => (2, read.into(), of.into()),
    };
    numbered(number, &[first, second])
}

fn read_cut(body: &[u8]) -> Option<Cut> {
    let mut reader = Reader(body);
    let number = reader.byte()?;
    let (first, second) = (reader.number()?, reader.number()?);
    let pages = || Some((u32::try_from(first).ok()?, u32::try_from(second).ok()?));
    match number {
        0 => Some(Cut::Bytes(first)),
        1 => pages().map(|(read, of)| Cut::Pages { read, of }),
        2 => pages().map(|(read, of)| Cut::Time { read, of }),
        _ => None,
    }
}

fn note_bytes(note: Note) -> Vec<u8> {
    let one = |number, count: u32| numbered(number, &[count.into(), 0, 0, 0]);
    match note {
        Note::HiddenText(count) => one(0, count),
        Note::DeletedText(count) => one(1, count),
        Note::PagesWithoutText(count) => one(2, count),
        Note::BrokenPages(count) => one(3, count),
        Note::FirstFrame => one(4, 0),
        Note::Resized { from, to } => {
            numbered(5, &[from.0.into(), from.1.into(), to.0.into(), to.1.into()])
        }
        // Names and encodings are looked at outside of the child; these numbers are no note.
        Note::Misnamed { .. } => one(254, 0),
        Note::OldEncoding(_) => one(255, 0),
    }
}

fn read_note(body: &[u8]) -> Option<Note> {
    let mut reader = Reader(body);
    let number = reader.byte()?;
    let mut next = || u32::try_from(reader.number()?).ok();
    let (a, b, c, d) = (next()?, next()?, next()?, next()?);
    match number {
        0 => Some(Note::HiddenText(a)),
        1 => Some(Note::DeletedText(a)),
        2 => Some(Note::PagesWithoutText(a)),
        3 => Some(Note::BrokenPages(a)),
        4 => Some(Note::FirstFrame),
        5 => Some(Note::Resized { from: (a, b), to: (c, d) }),
        _ => None,
    }
}

fn read_image(body: &[u8], limits: &Limits) -> Option<(&'static str, Vec<u8>)> {
    let (number, bytes) = body.split_first()?;
    let (media_type, magic) = MEDIA_TYPES.get(usize::from(*number))?;
    let fits = bytes.len() <= limits.image.max_bytes && bytes.starts_with(magic);
    fits.then(|| (*media_type, bytes.to_vec()))
}

fn numbered(number: u8, values: &[u64]) -> Vec<u8> {
    let mut bytes = vec![number];
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn small(number: usize) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

/// Bytes that are taken from the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn length(&mut self) -> Option<usize> {
        let bytes = self.take(4)?.first_chunk::<4>()?;
        usize::try_from(u32::from_le_bytes(*bytes)).ok()
    }

    fn number(&mut self) -> Option<u64> {
        self.take(8)?.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes))
    }

    fn size(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(label: Option<&str>, text: &str) -> Parsed {
        let section = Section { label: label.map(str::to_owned), text: text.to_owned() };
        Parsed { content: Content::Text { sections: vec![section], cut: None }, notes: Vec::new() }
    }

    #[test]
    fn a_task_is_read_as_it_was_written() {
        for kind in KINDS {
            let task = Task { kind: *kind, limits: Limits::standard() };
            let head = task.head();
            assert_eq!(Task::read(head.first_chunk().unwrap()), Some(task));
        }
    }

    #[test]
    fn an_answer_is_read_as_it_was_written() {
        let limits = Limits::standard();
        let notes = vec![
            Note::HiddenText(1),
            Note::DeletedText(2),
            Note::PagesWithoutText(3),
            Note::BrokenPages(4),
            Note::FirstFrame,
            Note::Resized { from: (5, 6), to: (7, 8) },
        ];
        let cuts = [Cut::Bytes(9), Cut::Pages { read: 1, of: 2 }, Cut::Time { read: 3, of: 4 }];
        let texts = cuts.map(|cut| Content::Text {
            sections: vec![
                Section { label: Some("page 1".to_owned()), text: "one".to_owned() },
                Section { label: None, text: "zwei ü".to_owned() },
            ],
            cut: Some(cut),
        });
        let images = MEDIA_TYPES
            .iter()
            .map(|(media_type, magic)| Content::Image { media_type, bytes: magic.to_vec() });
        let parsed = texts.into_iter().chain(images);
        let parsed = parsed.map(|content| Ok(Parsed { content, notes: notes.clone() }));
        for answer in parsed.chain(REASONS.iter().map(|why| Err(*why))) {
            let bytes = write_answer(&answer);
            assert_eq!(read_answer(&bytes, &limits), Ok(answer.clone()));
            for end in 0..bytes.len() {
                assert_eq!(read_answer(&bytes[..end], &limits), Err(Nonsense), "{answer:?}");
            }
        }
    }

    #[test]
    fn an_answer_that_is_more_than_it_may_be_is_none() {
        let limits = Limits { text_bytes: 3, ..Limits::standard() };
        let read = |parsed: Parsed| read_answer(&write_answer(&Ok(parsed)), &limits).is_ok();
        assert!(read(text(Some("page 1"), "abc")));
        assert!(!read(text(None, "abcd")));
        assert!(!read(text(Some(&"x".repeat(LONGEST_LABEL + 1)), "abc")));
        assert!(!read(text(Some("a\nb"), "abc")));
        let image = |bytes: &[u8]| Parsed {
            content: Content::Image { media_type: "image/png", bytes: bytes.to_vec() },
            notes: Vec::new(),
        };
        assert!(read(image(b"\x89PNG\r\n\x1a\n")));
        assert!(!read(image(b"GIF89a")));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange_for_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            read_answer(&bytes, &Limits::standard()).ok();
        }

        #[test]
        fn no_change_of_an_answer_is_too_strange(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut bytes = write_answer(&Ok(text(Some("page 1"), "some text")));
            let place = place.index(bytes.len());
            bytes[place] = byte;
            read_answer(&bytes, &Limits::standard()).ok();
        }
    }
}
