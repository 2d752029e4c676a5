//! Some fifty files, and what is to become of each.

use std::io::{Cursor, Write as _};

use image::{
    DynamicImage, Frame, GrayImage, ImageFormat, RgbImage, RgbaImage, codecs::gif::GifEncoder,
};

use crate::made::{
    office::{archive, document, docx, odt},
    pdf::{self, lines, pages, stream, with_trailer},
    pictures::{file, picture},
};

pub(crate) struct File {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) becomes: Becomes,
}

/// What is to become of a file.
#[derive(Debug)]
pub(crate) enum Becomes {
    /// A text with this in it.
    Text(&'static str),
    Image,
    /// One message with this in it.
    Message(&'static str),
    /// Who broke it left open whether something can be saved.
    TextOrMessage,
}
use Becomes::{Image, Message, Text, TextOrMessage};

const DAMAGED: &str = "it is damaged";
const BOMB: &str = "it unpacks to far more than any real document";
const OF_OFFICE: &str = "it is an Office document of an old format";

pub(crate) fn all() -> Vec<File> {
    let mut files = Vec::new();
    let mut add = |name, bytes, becomes| files.push(File { name, bytes, becomes });
    for (name, bytes, becomes) in plain().into_iter().chain(portable()).chain(hostile_portable()) {
        add(name, bytes, becomes);
    }
    for (name, bytes, becomes) in office().into_iter().chain(pictures()) {
        add(name, bytes, becomes);
    }
    files
}

type Row = (&'static str, Vec<u8>, Becomes);

fn plain() -> Vec<Row> {
    let utf16: Vec<u8> = "\u{FEFF}Grüße".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut nul = b"binary".to_vec();
    nul.extend([0, 1, 2, 0xFF].repeat(500));
    vec![
        ("notes.txt", b"Hello there.".to_vec(), Text("Hello there.")),
        ("notes.md", b"# Title\n\nText.\n".to_vec(), Text("# Title")),
        ("main.rs", b"fn main() {}".to_vec(), Text("fn main")),
        ("table.csv", b"a;b\n1;2\n".to_vec(), Text("1;2")),
        ("latin1.txt", b"Sch\xF6ne Gr\xFC\xDFe".to_vec(), Text("Schöne Grüße")),
        ("utf16.txt", utf16, Text("Grüße")),
        ("huge-line.txt", "word ".repeat(2_000_000).into_bytes(), Text("word word")),
        ("empty.txt", Vec::new(), Message("it is empty")),
        ("program.txt", nul, Message("it is")),
        ("no-name", b"%PDF-1.7".to_vec(), Message(DAMAGED)),
    ]
}

fn portable() -> Vec<Row> {
    let two = pages(&[lines(&["Annual report", "of the Gr\\374ne GmbH"]), lines(&["Page two."])]);
    let mut cut = two.clone();
    let table = cut.windows(4).position(|window| window == b"xref").unwrap();
    cut.truncate(table);
    let half = two.get(..two.len() / 2).unwrap().to_vec();
    let scan = "0.9 g 0 0 595 842 re f".to_owned();
    let unknown = "00".repeat(32);
    let locked = format!(
        "/ID [<01> <01>] /Encrypt << /Filter /Standard /V 1 /R 2 /O <{unknown}> /U <{unknown}> /P -4 >>"
    );
    let agreement: Vec<String> = (1..=2000)
        .map(|page| {
            let line = format!("Clause {page} of the agreement has the mark m{page}q.");
            lines(&[line.as_str(); 40])
        })
        .collect();
    vec![
        ("report.pdf", two.clone(), Text("of the Grüne GmbH")),
        ("two-thousand-pages.pdf", pages(&agreement), Text("mark m2000q")),
        ("wrong-extension.docx", two, Text("Annual report")),
        ("no-table.pdf", cut, Text("Annual report")),
        ("half.pdf", half, TextOrMessage),
        ("scan.pdf", pages(&[scan]), Message("it has no text")),
        (
            "locked.pdf",
            with_trailer(&[lines(&["Secret."])], &locked),
            Message("it is protected with a password"),
        ),
        ("none.pdf", b"%PDF-1.4 and then nothing of it".to_vec(), Message(DAMAGED)),
        (
            "unseen.pdf",
            pages(&[lines(&["Seen."]) + " BT 3 Tr /F 11 Tf 72 600 Td (Unseen.) Tj ET"]),
            Text("Seen."),
        ),
    ]
}

fn hostile_portable() -> Vec<Row> {
    let catalog = b"<< /Type /Catalog /Pages 2 0 R >>".to_vec();
    let circle = b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 4000000000 >>".to_vec();
    let kids = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec();
    let page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 5 0 R \
                 /Resources << /XObject << /X 4 0 R >> >> >>"
        .to_vec();
    let form = stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 4 0 R >> >>",
        b"/X Do /X Do",
    );
    let myself = pdf::file(&[catalog.clone(), kids, page, form, stream("", b"/X Do")], "");
    let mut arrays = b"%PDF-1.4\n1 0 obj\n".to_vec();
    arrays.extend(b"[".repeat(2_000_000));
    let deep = "q ".repeat(2_000_000) + &lines(&["Below."]);
    let long = stream("/Length 99999999999", b"BT ET");
    vec![
        ("circle.pdf", pdf::file(&[catalog.clone(), circle], ""), Message(DAMAGED)),
        ("form-in-itself.pdf", myself, Message("")),
        ("arrays.pdf", arrays, Message("")),
        ("saved-states.pdf", pages(&[deep]), TextOrMessage),
        ("length.pdf", pdf::file(&[catalog, long], ""), Message("")),
        (
            "bomb.pdf",
            packed(600, |zip| zip.write_all(&[b' '; 1_000_000]).unwrap()),
            Message("reading it takes too much memory"),
        ),
        (
            "endless.pdf",
            packed(60, |zip| {
                zip.write_all("q 1 0 0 1 0 0 cm Q ".repeat(50_000).as_bytes()).unwrap();
            }),
            Message("it "),
        ),
    ]
}

/// A page whose instructions are packed: so many pieces.
fn packed(pieces: usize, write: impl Fn(&mut zip::ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("a", zip::write::SimpleFileOptions::default()).unwrap();
    (0..pieces).for_each(|_| write(&mut zip));
    let file = zip.finish().unwrap().into_inner();
    let mut archive = zip::ZipArchive::new(Cursor::new(&file)).unwrap();
    let entry = archive.by_index_raw(0).unwrap();
    let start = usize::try_from(entry.data_start().unwrap()).unwrap();
    let end = start + usize::try_from(entry.compressed_size()).unwrap();
    // A ZIP entry is the same stream without the two bytes before and the checksum after it.
    let content = [&[0x78, 0x9C], file.get(start..end).unwrap()].concat();
    pdf::file(
        &[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>".to_vec(),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_vec(),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R \
              /Resources << /Font << /F 3 0 R >> >> >>"
                .to_vec(),
            stream("/Filter /FlateDecode", &content),
        ],
        "",
    )
}

fn office() -> Vec<Row> {
    let paragraph = |text: &str| format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>");
    let letter = docx(&paragraph("Sehr geehrte Frau Müller,"));
    let mut broken = letter.clone();
    broken.truncate(broken.len() - 40);
    let mut flipped = letter.clone();
    flipped.iter_mut().skip(60).step_by(7).take(30).for_each(|byte| *byte ^= 0x55);
    // What encrypts an Office document puts it into the container of the years before 2007.
    let mut locked = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    locked.resize(4_096, 0);
    locked.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    let names: Vec<String> = (0..6_000).map(|number| format!("word/media/{number}.xml")).collect();
    let mut many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    many.push(("word/document.xml", "<w:document/>"));
    let laughs = "<!DOCTYPE w:document [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><w:document>&b;</w:document>";
    let endless = "<text:s text:c=\"4000000000\"/>".repeat(1000);
    vec![
        ("letter.docx", letter.clone(), Text("Frau Müller")),
        ("letter.odt", odt("", "<text:p>Ein Brief</text:p>"), Text("Ein Brief")),
        ("wrong-extension.pdf", letter, Text("Frau Müller")),
        ("broken.docx", broken, Message(DAMAGED)),
        ("flipped.docx", flipped, TextOrMessage),
        ("locked.docx", locked, Message("it is")),
        ("old.doc", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".repeat(200), Message(OF_OFFICE)),
        ("bomb.docx", docx(&paragraph(&"A".repeat(40_000_000))), Message(BOMB)),
        ("many.docx", archive(&many), Message(BOMB)),
        ("deep.docx", docx(&"<w:tbl>".repeat(100_000)), Message(DAMAGED)),
        ("laughs.docx", archive(&[("word/document.xml", laughs)]), Message(DAMAGED)),
        ("blanks.odt", odt("", &format!("<text:p>a{endless}b</text:p>")), Text("a ")),
        (
            "outside.docx",
            archive(&[("../../etc/passwd", "x"), ("word/document.xml", &document(""))]),
            TextOrMessage,
        ),
        ("archive.zip", archive(&[("a.txt", "Hello.")]), Message("it is")),
        ("empty.docx", archive(&[]), Message("it is")),
    ]
}

fn pictures() -> Vec<Row> {
    let small = |format| file(&picture(40, 30), format);
    let photo = file(&picture(3_000, 1_500), ImageFormat::Jpeg);
    let mut half = small(ImageFormat::Png);
    half.truncate(half.len() / 2);
    let bomb = file(&GrayImage::new(30_000, 2_000).into(), ImageFormat::Png);
    let mut lie = bomb.clone();
    lie.splice(16..24, [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF]);
    let largest: DynamicImage = RgbImage::new(10_000, 5_000).into();
    let mut moving = Vec::new();
    let mut encoder = GifEncoder::new(&mut moving);
    for grey in [10, 200] {
        let still = RgbaImage::from_pixel(9, 5, image::Rgba([grey, grey, grey, 255]));
        encoder.encode_frame(Frame::new(still)).unwrap();
    }
    drop(encoder);
    let mut head = b"\x89PNG\r\n\x1a\n".to_vec();
    head.resize(50, 0);
    vec![
        ("a.png", small(ImageFormat::Png), Image),
        ("a.jpg", small(ImageFormat::Jpeg), Image),
        ("a.webp", small(ImageFormat::WebP), Image),
        ("moving.gif", moving, Image),
        ("photo.jpg", photo, Image),
        ("largest.png", file(&largest, ImageFormat::Png), Image),
        ("wrong-extension.txt", small(ImageFormat::Png), Image),
        ("half.png", half, Message(DAMAGED)),
        ("head.png", head, Message(DAMAGED)),
        ("bomb.png", bomb, Message("the image has too many pixels")),
        ("lie.png", lie, Message("")),
    ]
}
