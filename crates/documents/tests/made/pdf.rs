//! PDF files.

use std::fmt::Write as _;

/// Puts objects into a file; the first is the catalogue.
pub(crate) fn file(objects: &[Vec<u8>], trailer: &str) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(objects) {
        places.push(file.len());
        file.extend(format!("{number} 0 obj\n").bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let start = file.len();
    let mut end = format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1);
    for place in &places {
        writeln!(end, "{place:010} 00000 n ").unwrap();
    }
    write!(end, "trailer\n<< /Size {} /Root 1 0 R {trailer} >>\n", places.len() + 1).unwrap();
    write!(end, "startxref\n{start}\n%%EOF\n").unwrap();
    file.extend(end.bytes());
    file
}

pub(crate) fn stream(dictionary: &str, body: &[u8]) -> Vec<u8> {
    let mut object = format!("<< {dictionary} /Length {} >>\nstream\n", body.len()).into_bytes();
    object.extend(body);
    object.extend(b"\nendstream");
    object
}

/// A file whose pages have these instructions, and Helvetica as `/F`.
pub(crate) fn pages(contents: &[String]) -> Vec<u8> {
    with_trailer(contents, "")
}

pub(crate) fn with_trailer(contents: &[String], trailer: &str) -> Vec<u8> {
    let kids: Vec<String> =
        (0..contents.len()).map(|page| format!("{} 0 R", 4 + 2 * page)).collect();
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), kids.len()).into_bytes(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_vec(),
    ];
    for (page, content) in contents.iter().enumerate() {
        objects.push(
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {} 0 R \
                 /Resources << /Font << /F 3 0 R >> >> >>",
                5 + 2 * page
            )
            .into_bytes(),
        );
        objects.push(stream("", content.as_bytes()));
    }
    file(&objects, trailer)
}

/// Lines of text from the top of a page.
pub(crate) fn lines(lines: &[&str]) -> String {
    let mut content = "BT /F 11 Tf 14 TL 72 770 Td\n".to_owned();
    for line in lines {
        writeln!(content, "({line}) Tj T*").unwrap();
    }
    content + "ET"
}
