//! A small PDF with lines of text, and those lines again.

/// Where the lines of our own files begin and end.
const BEGIN: &str = "BT /F1 9 Tf 11 TL 40 800 Td";
const NEXT: &str = ") '";

/// A document of one page in a standard font. Letters outside Latin-1 become question marks.
pub(crate) fn of(text: &str) -> Vec<u8> {
    let mut content = format!("{BEGIN}\n").into_bytes();
    for line in text.lines() {
        content.push(b'(');
        for c in line.chars() {
            match (c, u8::try_from(u32::from(c))) {
                ('(' | ')' | '\\', _) => content.extend([b'\\', u32::from(c) as u8]),
                (_, Ok(byte)) => content.push(byte),
                (_, Err(_)) => content.push(b'?'),
            }
        }
        content.extend(format!("{NEXT}\n").bytes());
    }
    content.extend(b"ET\n");
    let stream = [
        format!("<< /Length {} >>\nstream\n", content.len()).into_bytes(),
        content,
        b"endstream".to_vec(),
    ]
    .concat();
    let objects: [Vec<u8>; 5] = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_vec(),
        stream,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
    ];
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        places.push(out.len());
        out.extend(format!("{number} 0 obj\n").bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let table = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    out.extend(places.iter().flat_map(|place| format!("{place:010} 00000 n \n").into_bytes()));
    let size = objects.len() + 1;
    out.extend(
        format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n").bytes(),
    );
    out
}

/// The lines of a document that [`of`] made; none if it is another file.
pub(crate) fn text(bytes: &[u8]) -> Option<String> {
    let letters: String = bytes.iter().copied().map(char::from).collect();
    let (_, content) = letters.split_once(BEGIN)?;
    let lines = content.split("ET\n").next()?.lines().filter_map(|line| {
        let line = line.strip_prefix('(')?.strip_suffix(NEXT)?;
        Some(line.replace("\\(", "(").replace("\\)", ")").replace("\\\\", "\\"))
    });
    Some(lines.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_gives_its_lines_back() {
        let lines = "Grüße (aus) Lisbon\nORDER: read {\"path\": \"a\\\\b\"}";
        assert_eq!(text(&of(lines)).as_deref(), Some(lines));
        assert_eq!(text(b"no document"), None);
    }
}
