//! Documents that no program would write: the walkers have to take whatever comes.

use std::{
    io::{Cursor, Write},
    time::Instant,
};

use proptest::prelude::*;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{Limits, Why, format};

const NAMES: &[&str] = &[
    "p",
    "h",
    "r",
    "t",
    "del",
    "delText",
    "moveFrom",
    "Fallback",
    "tab",
    "br",
    "tbl",
    "tr",
    "tc",
    "pPr",
    "pStyle",
    "numPr",
    "numId",
    "ilvl",
    "vanish",
    "outlineLvl",
    "style",
    "name",
    "basedOn",
    "abstractNum",
    "lvl",
    "numFmt",
    "num",
    "abstractNumId",
    "span",
    "s",
    "list",
    "list-item",
    "table",
    "table-row",
    "table-cell",
    "tracked-changes",
    "annotation",
    "note-body",
    "note-citation",
    "list-style",
    "text-properties",
    "list-level-style-number",
    "line-break",
];
const VALUES: &[&str] = &[
    "",
    "0",
    "1",
    "9",
    "-1",
    "99999999999999999999",
    "none",
    "title",
    "heading 2",
    "&lt;",
    "&#x1F44B;",
];
const ATTRIBUTES: &[&str] = &[
    "val",
    "styleId",
    "numId",
    "abstractNumId",
    "ilvl",
    "c",
    "style-name",
    "name",
    "display",
    "level",
    "outline-level",
    "number-columns-repeated",
];

fn piece() -> impl Strategy<Value = String> {
    let of = |names: &'static [&'static str]| proptest::sample::select(names);
    prop_oneof![
        4 => (of(NAMES), of(ATTRIBUTES), of(VALUES)).prop_map(|(name, key, value)| format!("<w:{name} w:{key}=\"{value}\">")),
        1 => (of(NAMES), of(ATTRIBUTES), of(VALUES)).prop_map(|(name, key, value)| format!("<{name} {key}='{value}'/>")),
        5 => of(NAMES).prop_map(|name| format!("</w:{name}>")),
        3 => "[a-zäß &;\n]{0,8}",
        1 => of(&["<![CDATA[x]]>", "<!-- x -->", "&amp;", "&nope;", "&#0;", "<?x?>", "<", "]]>", "\""]).prop_map(str::to_owned),
    ]
}

/// XML in which every element that was opened is closed in the end, so that the walk goes on to it.
fn xml() -> impl Strategy<Value = String> {
    proptest::collection::vec(piece(), 0..60).prop_map(|pieces| {
        let mut xml = String::from("<root>");
        let mut open = 1_usize;
        for piece in pieces {
            if piece.starts_with("</") {
                if open == 1 {
                    continue;
                }
                open -= 1;
            } else if piece.starts_with("<w:") {
                open += 1;
            }
            xml.push_str(&piece);
        }
        xml.push_str(&"</x>".repeat(open));
        xml
    })
}

fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

proptest! {
    #[test]
    fn any_word_document_is_read_or_refused(body in xml(), styles in xml(), lists in xml()) {
        let file = archive(&[
            ("word/document.xml", &body),
            ("word/styles.xml", &styles),
            ("word/numbering.xml", &lists),
            ("word/comments.xml", &body),
        ]);
        format::docx::read(&file, &Limits::standard()).ok();
    }

    #[test]
    fn any_open_document_text_is_read_or_refused(body in xml()) {
        format::odt::read(&archive(&[("content.xml", &body)]), &Limits::standard()).ok();
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let limits = Limits::standard();
        prop_assert_eq!(format::docx::read(&bytes, &limits), Err(Why::Damaged));
        prop_assert_eq!(format::pdf::read(bytes, &limits, Instant::now()), Err(Why::Damaged));
    }
}
