//! docx and odt.

use expect_test::expect;

use crate::{
    desk::{check, read, said},
    made::office::{archive, document, docx, odt},
};

fn paragraph(properties: &str, text: &str) -> String {
    format!(
        "<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p>"
    )
}

#[test]
fn a_word_document_becomes_markdown_in_sections() {
    let style = |style: &str| format!("<w:pStyle w:val=\"{style}\"/>");
    let list = |list: u8, depth: u8| {
        format!("<w:numPr><w:ilvl w:val=\"{depth}\"/><w:numId w:val=\"{list}\"/></w:numPr>")
    };
    let cell = |text: &str| format!("<w:tc>{}</w:tc>", paragraph("", text));
    let body = [
        paragraph(&style("Titel"), "Angebot &amp; Preise"),
        paragraph("", "Sehr geehrte Frau M&#252;ller,"),
        paragraph(&style("berschrift2"), "Zahlung"),
        paragraph(&list(1, 0), "bar"),
        paragraph(&list(1, 1), "gleich"),
        paragraph(&list(2, 0), "erstens"),
        paragraph(&list(2, 0), "zweitens"),
        format!(
            "<w:tbl><w:tr>{}{}</w:tr><w:tr>{}{}</w:tr></w:tbl>",
            cell("Was"),
            cell("Preis"),
            cell("Rad"),
            cell("900 €")
        ),
        "<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>".to_owned(),
    ];
    let file = archive(&[
        ("word/document.xml", &document(&body.concat())),
        (
            "word/styles.xml",
            "<w:styles><w:style w:styleId=\"Titel\"><w:name w:val=\"Title\"/></w:style>\
             <w:style w:styleId=\"b2\"><w:name w:val=\"heading 2\"/></w:style>\
             <w:style w:styleId=\"berschrift2\"><w:basedOn w:val=\"b2\"/></w:style></w:styles>",
        ),
        (
            "word/numbering.xml",
            "<w:numbering><w:abstractNum w:abstractNumId=\"7\"><w:lvl w:ilvl=\"0\">\
             <w:numFmt w:val=\"bullet\"/></w:lvl></w:abstractNum><w:abstractNum w:abstractNumId=\"8\">\
             <w:lvl w:ilvl=\"0\"><w:numFmt w:val=\"decimal\"/></w:lvl></w:abstractNum>\
             <w:num w:numId=\"1\"><w:abstractNumId w:val=\"7\"/></w:num>\
             <w:num w:numId=\"2\"><w:abstractNumId w:val=\"8\"/></w:num></w:numbering>",
        ),
        (
            "word/footnotes.xml",
            "<w:footnotes><w:footnote><w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote></w:footnotes>",
        ),
    ]);
    expect![[r#"
        [Angebot & Preise] # Angebot & Preise

        Sehr geehrte Frau Müller,
        [Zahlung] ## Zahlung

        - bar
          - gleich
        1. erstens
        2. zweitens

        | Was | Preis |
        | --- | --- |
        | Rad | 900 € |

        a	b
        c
        [footnotes] A note."#]]
    .assert_eq(&said(&read("angebot.docx", &file)));
}

#[test]
fn tracked_changes_are_read_as_accepted() {
    let body = "<w:p><w:r><w:t xml:space=\"preserve\">The price is </w:t></w:r>\
        <w:del><w:r><w:delText>10</w:delText></w:r></w:del>\
        <w:ins><w:r><w:t>20</w:t></w:r></w:ins>\
        <w:moveFrom><w:r><w:t>away</w:t></w:r></w:moveFrom><w:r><w:t> Euro.</w:t></w:r></w:p>";
    check(
        "changed.docx",
        &docx(body),
        "The price is 20 Euro.\nnote: 6 characters were left out that a tracked change deletes",
    );
}

#[test]
fn hidden_text_in_a_word_document_is_left_out_and_counted() {
    let body = "<w:p><w:r><w:t>Seen.</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>Not.</w:t></w:r>\
        <w:r><w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t> Seen.</w:t></w:r></w:p>";
    check(
        "hidden.docx",
        &docx(body),
        "Seen. Seen.\nnote: 4 characters were left out that cannot be seen on the page",
    );
}

#[test]
fn a_text_box_is_read_once() {
    let text_box = "<w:txbxContent><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></w:txbxContent>";
    let body = format!(
        "<w:p><w:r><w:t>Around.</w:t></w:r><w:r><mc:AlternateContent><mc:Choice>{text_box}</mc:Choice>\
         <mc:Fallback>{text_box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    );
    check("box.docx", &docx(&body), "In a box.\n\nAround.");
}

#[test]
fn an_open_document_text_becomes_markdown_in_sections() {
    let styles = "<style:style style:name=\"T1\"><style:text-properties text:display=\"none\"/></style:style>\
        <text:list-style style:name=\"L1\"><text:list-level-style-number text:level=\"1\"/></text:list-style>";
    let body = "<text:tracked-changes><text:deletion><text:p>gone</text:p></text:deletion></text:tracked-changes>\
        <text:h text:outline-level=\"1\">Bericht</text:h>\
        <text:p>Zwei<text:s text:c=\"2\"/>Wörter<text:span text:style-name=\"T1\">!!</text:span>\
        <text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Fuß.</text:p>\
        </text:note-body></text:note>\n   weiter</text:p>\
        <text:list text:style-name=\"L1\"><text:list-item><text:p>eins</text:p><text:list><text:list-item>\
        <text:p>innen</text:p></text:list-item></text:list></text:list-item>\
        <text:list-item><text:p>zwei</text:p></text:list-item></text:list>\
        <table:table><table:table-row><table:table-cell><text:p>A</text:p></table:table-cell>\
        <table:table-cell><text:p>B</text:p></table:table-cell>\
        <table:table-cell table:number-columns-repeated=\"16000\"/></table:table-row></table:table>\
        <text:p>Ende<office:annotation><dc:creator>Ada</dc:creator><text:p>Wirklich?</text:p>\
        </office:annotation>.</text:p>";
    expect![[r#"
        [Bericht] # Bericht

        Zwei  Wörter[1] weiter

        1. eins
          - innen
        2. zwei

        | A | B |
        | --- | --- |

        Ende.
        [footnotes] Fuß.
        [comments] Wirklich?
        note: 2 characters were left out that cannot be seen on the page
        note: 4 characters were left out that a tracked change deletes"#]]
    .assert_eq(&said(&read("bericht.odt", &odt(styles, body))));
}

#[test]
fn an_office_file_with_a_password_is_said() {
    let mut container = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    container.extend([0; 504]);
    container.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    check(
        "secret.docx",
        &container,
        "error: cannot read `secret.docx`: it is protected with a password",
    );
    let odt = archive(&[
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("content.xml", "\u{FFFD}\u{FFFD}"),
        (
            "META-INF/manifest.xml",
            "<manifest:manifest><manifest:encryption-data/></manifest:manifest>",
        ),
    ]);
    check("secret.odt", &odt, "error: cannot read `secret.odt`: it is protected with a password");
}

#[test]
fn other_office_files_are_named() {
    let sheet = archive(&[("xl/workbook.xml", "<workbook/>")]);
    check("sheet.xlsx", &sheet, "error: cannot read `sheet.xlsx`: it is a spreadsheet");
    let slides = archive(&[("ppt/presentation.xml", "<presentation/>")]);
    check("slides.pptx", &slides, "error: cannot read `slides.pptx`: it is a presentation");
    let book = archive(&[("mimetype", "application/epub+zip"), ("a.xhtml", "<p/>")]);
    check("book.epub", &book, "error: cannot read `book.epub`: it is an e-book");
    let plain = archive(&[("a.txt", "hello")]);
    check("files.zip", &plain, "error: cannot read `files.zip`: it is a ZIP archive");
}

#[test]
fn an_office_file_without_words_is_empty() {
    check("empty.docx", &docx("<w:p/>"), "error: cannot read `empty.docx`: it is empty");
    check("empty.odt", &odt("", "<text:p/>"), "error: cannot read `empty.odt`: it is empty");
}
