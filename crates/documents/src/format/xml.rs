//! Walking through XML, as deep as documents go and no deeper.

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesRef, BytesStart, Event},
};

use crate::Why;

/// The most elements inside each other. A table in a table in a text box comes to about sixty.
const DEEPEST: usize = 256;

/// What is done with the pieces of a file. Names come without their prefix.
pub(super) trait Visit {
    fn open(&mut self, name: &str, tag: &Tag<'_>);
    fn close(&mut self, name: &str);
    fn text(&mut self, text: &str);
}

/// The attributes of an element.
pub(super) struct Tag<'a>(&'a BytesStart<'a>);

impl Tag<'_> {
    /// The value of the attribute with this name, whatever its prefix.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let mut attributes = self.0.attributes();
        let mut known = attributes.with_checks(false).filter_map(Result::ok);
        let found = known.find(|each| each.key.local_name().into_inner() == name)?;
        let value = found.normalized_value(XmlVersion::Implicit1_0);
        Some(value.map_or_else(|_bad| found.value.to_string(), Into::into))
    }
}

/// Walks through the whole file.
pub(super) fn walk(xml: &str, visitor: &mut impl Visit) -> Result<(), Why> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    let mut open: Vec<String> = Vec::new();
    loop {
        match reader.read_event().map_err(|_broken| Why::Damaged)? {
            Event::Start(tag) => {
                let name = tag.local_name().into_inner().to_owned();
                visitor.open(&name, &Tag(&tag));
                open.push(name);
                if open.len() > DEEPEST {
                    return Err(Why::Damaged);
                }
            }
            Event::Empty(tag) => {
                visitor.open(tag.local_name().into_inner(), &Tag(&tag));
                visitor.close(tag.local_name().into_inner());
            }
            // Closed is what was opened, whatever the file calls it.
            Event::End(_) => visitor.close(&open.pop().ok_or(Why::Damaged)?),
            Event::Text(text) => visitor.text(&text.xml10_content()),
            Event::CData(text) => visitor.text(&text.xml10_content()),
            Event::GeneralRef(entity) => visitor.text(&character(&entity)),
            // No document of ours defines entities of its own; whoever does wants them to grow.
            Event::DocType(_) => return Err(Why::Damaged),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof if open.is_empty() => return Ok(()),
            Event::Eof => return Err(Why::Damaged),
        }
    }
}

fn character(entity: &BytesRef<'_>) -> String {
    if let Ok(Some(character)) = entity.resolve_char_ref() {
        return character.to_string();
    }
    match &*entity.xml10_content() {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => "\u{FFFD}",
    }
    .to_owned()
}
