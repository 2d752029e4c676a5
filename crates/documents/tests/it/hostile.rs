//! Files that want more than they may have.

use std::{fmt::Write, io::Write as _, path::Path, time::Duration};

use image::ImageFormat;
use localgpt_documents::{Attachment, Limits, Reader};
use localgpt_sandbox::{Launch, Program};

use crate::{
    desk::{check, read, reader, said},
    made::{
        office::{archive, docx, odt},
        pdf, pictures,
    },
};

#[test]
fn an_image_with_too_many_pixels_is_not_decoded() {
    // One row of it takes a few bytes, so the whole file is small.
    let image = image::GrayImage::new(30_000, 2_000);
    let bytes = pictures::file(&image.into(), ImageFormat::Png);
    assert!(bytes.len() < 1_000_000);
    check("bomb.png", &bytes, "error: cannot read `bomb.png`: the image has too many pixels");
    let mut lie = bytes;
    // A header that says 4 billion pixels in each direction, with its checksum gone wrong.
    lie.splice(16..24, [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF]);
    let said = said(&read("lie.png", &lie));
    assert!(said.starts_with("error: cannot read `lie.png`: "), "{said}");
}

#[test]
fn the_largest_image_that_is_taken_fits_into_the_memory_there_is() {
    let image = image::RgbImage::new(10_000, 5_000);
    let bytes = pictures::file(&image.into(), ImageFormat::Png);
    let expected = "image/png 1568 x 784\n\
                    note: it was made smaller, from 10000 x 5000 to 1568 x 784 pixels";
    check("large.png", &bytes, expected);
}

#[test]
fn an_archive_that_unpacks_to_far_more_is_refused() {
    let body = format!("<w:p><w:r><w:t>{}</w:t></w:r></w:p>", "A".repeat(40_000_000));
    let file = docx(&body);
    assert!(file.len() < 100_000);
    let message = "it unpacks to far more than any real document";
    check("bomb.docx", &file, &format!("error: cannot read `bomb.docx`: {message}"));
    let names: Vec<String> = (0..6_000).map(|number| format!("word/media/{number}.xml")).collect();
    let mut files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    files.push(("word/document.xml", "<w:document/>"));
    check("many.docx", &archive(&files), &format!("error: cannot read `many.docx`: {message}"));
}

#[test]
fn xml_that_is_too_deep_or_grows_is_refused() {
    let deep = "<w:tbl>".repeat(100_000);
    check("deep.docx", &docx(&deep), "error: cannot read `deep.docx`: it is damaged");
    let laughs = archive(&[(
        "word/document.xml",
        "<!DOCTYPE w:document [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><w:document>&b;</w:document>",
    )]);
    check("laughs.docx", &laughs, "error: cannot read `laughs.docx`: it is damaged");
    let endless = "<text:s text:c=\"4000000000\"/>".repeat(1000);
    let file = odt("", &format!("<text:p>a{endless}b</text:p>"));
    let said = said(&read("blanks.odt", &file));
    assert!(said.starts_with("a ") && said.len() < 70_000, "{}", said.len());
}

/// A page whose instructions are packed as tightly as can be.
fn packed_page(content: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    {
        // A ZIP entry is the same stream without the two bytes before and the checksum after it.
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file("a", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
        let file = zip.finish().unwrap().into_inner();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&file)).unwrap();
        let entry = archive.by_index_raw(0).unwrap();
        let start = usize::try_from(entry.data_start().unwrap()).unwrap();
        let end = start + usize::try_from(entry.compressed_size()).unwrap();
        packed.extend([0x78, 0x9C]);
        packed.extend(file.get(start..end).unwrap());
    }
    pdf::file(
        &[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>".to_vec(),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_vec(),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R \
              /Resources << /Font << /F 3 0 R >> >> >>"
                .to_vec(),
            pdf::stream("/Filter /FlateDecode", &packed),
        ],
        "",
    )
}

#[test]
fn a_pdf_that_unpacks_to_more_than_the_memory_there_is_is_refused() {
    let file = packed_page(&vec![b' '; 600_000_000]);
    assert!(file.len() < 3_000_000);
    check("bomb.pdf", &file, "error: cannot read `bomb.pdf`: reading it takes too much memory");
}

#[test]
fn a_pdf_that_never_ends_is_given_up() {
    let mut content = String::new();
    for _ in 0..3_000_000 {
        content.push_str("q 1 0 0 1 0 0 cm Q ");
    }
    let limits = Limits { time: Duration::from_millis(300), ..Limits::standard() };
    let attachment = Attachment::new("slow.pdf", packed_page(content.as_bytes()));
    let said = said(&reader(limits).read(attachment));
    assert_eq!(said, "error: cannot read `slow.pdf`: reading it takes too long");
}

#[test]
fn a_pdf_whose_pages_refer_to_themselves_does_no_harm() {
    let catalog = b"<< /Type /Catalog /Pages 2 0 R >>".to_vec();
    let circle = b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 4000000000 >>".to_vec();
    let form = pdf::stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 4 0 R >> >>",
        b"/X Do /X Do",
    );
    let page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 5 0 R \
                 /Resources << /XObject << /X 4 0 R >> >> >>";
    let file = pdf::file(&[catalog.clone(), circle], "");
    let said_of = |file: &[u8]| said(&read("circle.pdf", file));
    assert_eq!(said_of(&file), "error: cannot read `circle.pdf`: it is damaged");
    let pages = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec();
    let file = pdf::file(&[catalog, pages, page.to_vec(), form, pdf::stream("", b"/X Do")], "");
    let said = said_of(&file);
    assert!(said.starts_with("error: cannot read `circle.pdf`: "), "{said}");
}

#[test]
fn a_pdf_with_arrays_in_arrays_does_no_harm() {
    let mut file = b"%PDF-1.4\n1 0 obj\n".to_vec();
    file.extend(b"[".repeat(2_000_000));
    let said = said(&read("deep.pdf", &file));
    assert!(said.starts_with("error: cannot read `deep.pdf`: "), "{said}");
}

/// A reader whose child is something else.
fn possessed(script: &str) -> String {
    let shell = Program::at(Path::new("/bin/sh")).unwrap();
    let launch = Launch::new(shell, Path::new("/")).args(["-c", script]);
    let limits = Limits { time: Duration::from_secs(5), ..Limits::standard() };
    said(&Reader::new(launch, limits).read(Attachment::new("a.pdf", b"%PDF-1.7".to_vec())))
}

#[test]
fn nothing_that_a_child_answers_is_believed() {
    let message = "error: cannot read `a.pdf`: its reader crashed on it";
    let mut scripts = vec![
        "exit 0".to_owned(),
        "exit 101".to_owned(),
        "kill -SEGV $$".to_owned(),
        "echo hello".to_owned(),
        "cat /dev/zero".to_owned(),
        "printf 'T\\377\\377\\377\\377'".to_owned(),
        "printf 'T\\1\\0\\0\\0\\377E\\0\\0\\0\\0'".to_owned(),
        "printf 'N\\1\\0\\0\\0\\0E\\0\\0\\0\\0'".to_owned(),
    ];
    let mut image = String::from("printf 'I\\11\\0\\0\\0\\0");
    for byte in b"\x89PNG\r\n\x1a\n" {
        write!(image, "\\{byte:03o}").unwrap();
    }
    scripts.push(image + "E\\0\\0\\0\\0'");
    for script in scripts {
        assert_eq!(possessed(&script), message, "{script}");
    }
    assert_eq!(possessed("printf 'T\\2\\0\\0\\0hiE\\0\\0\\0\\0'"), "hi");
}

#[test]
fn a_child_that_hangs_is_ended() {
    let shell = Program::at(Path::new("/bin/sh")).unwrap();
    let launch = Launch::new(shell, Path::new("/")).args(["-c", "while :; do :; done"]);
    let limits = Limits { time: Duration::from_millis(200), ..Limits::standard() };
    let attachment = Attachment::new("a.pdf", b"%PDF-1.7".to_vec());
    let said = said(&Reader::new(launch, limits).read(attachment));
    assert_eq!(said, "error: cannot read `a.pdf`: reading it takes too long");
}
