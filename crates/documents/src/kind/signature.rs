//! The first bytes of formats.

use super::Kind;

/// What a signature means: a kind that is read, or the words for one that is not.
type Meaning = Result<Kind, &'static str>;

const COMPRESSED: Meaning = Err("a compressed file");
const PROGRAM: Meaning = Err("a program");
const SOUND: Meaning = Err("a sound recording");
const FILM: Meaning = Err("a film");
const TIFF: Meaning = Err("a TIFF image");
const FONT: Meaning = Err("a font");

/// Where the bytes stand, the bytes, and what they mean. The first that fits counts.
const SIGNATURES: &[(usize, &[u8], Meaning)] = &[
    (0, b"%PDF-", Ok(Kind::Pdf)),
    (0, b"\x89PNG\r\n\x1a\n", Ok(Kind::Png)),
    (0, b"\xFF\xD8\xFF", Ok(Kind::Jpeg)),
    (0, b"GIF87a", Ok(Kind::Gif)),
    (0, b"GIF89a", Ok(Kind::Gif)),
    (8, b"WEBPVP8", Ok(Kind::Webp)),
    (0, b"{\\rtf", Err("an RTF document")),
    (0, b"%!PS", Err("a PostScript file")),
    (0, b"PK\x05\x06", Err("an empty ZIP archive")),
    (0, b"\x1F\x8B", COMPRESSED),
    (0, b"BZh", COMPRESSED),
    (0, b"\xFD7zXZ\x00", COMPRESSED),
    (0, b"\x28\xB5\x2F\xFD", COMPRESSED),
    (0, b"7z\xBC\xAF\x27\x1C", COMPRESSED),
    (0, b"Rar!\x1A\x07", COMPRESSED),
    (257, b"ustar", Err("a tar archive")),
    (0, b"\x7FELF", PROGRAM),
    (0, b"MZ\x90\x00", PROGRAM),
    (0, b"\xCF\xFA\xED\xFE", PROGRAM),
    (0, b"\xCA\xFE\xBA\xBE", PROGRAM),
    (0, b"\x00asm", PROGRAM),
    (0, b"SQLite format 3\x00", Err("a database")),
    (0, b"ID3", SOUND),
    (0, b"OggS", SOUND),
    (0, b"fLaC", SOUND),
    (8, b"WAVE", SOUND),
    (4, b"ftypheic", Err("an HEIC image")),
    (4, b"ftypmif1", Err("an HEIC image")),
    (4, b"ftypavif", Err("an AVIF image")),
    (4, b"ftypM4A", SOUND),
    (4, b"ftyp", FILM),
    (0, b"\x1A\x45\xDF\xA3", FILM),
    (8, b"AVI ", FILM),
    (0, b"II*\x00", TIFF),
    (0, b"MM\x00*", TIFF),
    (0, b"\x00\x00\x01\x00", Err("an icon")),
    (0, b"8BPS", Err("a Photoshop image")),
    (0, b"AT&TFORM", Err("a DjVu document")),
    (60, b"BOOKMOBI", Err("an e-book")),
    (0, b"wOFF", FONT),
    (0, b"wOF2", FONT),
    (0, b"\x00\x01\x00\x00\x00", FONT),
];

/// Looks for a signature; none is text, or nothing that we know.
pub(super) fn find(bytes: &[u8]) -> Option<Meaning> {
    let fits =
        |at: usize, magic: &[u8]| bytes.get(at..).is_some_and(|rest| rest.starts_with(magic));
    let found = SIGNATURES.iter().find(|(at, magic, _)| fits(*at, magic)).map(|row| row.2);
    // Two letters are not much of a signature; the rest of the header has to look like a bitmap's.
    let is_bitmap = fits(0, b"BM") && fits(6, &[0, 0, 0, 0]);
    found.or(is_bitmap.then_some(Err("a BMP image")))
}
