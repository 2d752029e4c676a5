//! Good files with a few bytes changed: whatever they become, their reader answers.

use image::{DynamicImage, ImageFormat, RgbImage};
use proptest::{prelude::*, sample::Index};

use crate::{
    desk,
    made::{office, pdf, pictures},
};

fn good_files() -> Vec<(&'static str, Vec<u8>)> {
    let picture: DynamicImage = RgbImage::from_fn(16, 16, |x, y| {
        let [value, ..] = (x * 16 + y).to_le_bytes();
        image::Rgb([value, value / 2, 255 - value])
    })
    .into();
    let table = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc></w:tr></w:tbl>";
    let list = "<text:list><text:list-item><text:p>x</text:p></text:list-item></text:list>";
    vec![
        ("a.pdf", pdf::pages(&[pdf::lines(&["One line.", "And another."])])),
        ("a.docx", office::docx(table)),
        ("a.odt", office::odt("", list)),
        ("a.png", pictures::file(&picture, ImageFormat::Png)),
        ("a.jpg", pictures::file(&picture, ImageFormat::Jpeg)),
        ("a.webp", pictures::file(&picture, ImageFormat::WebP)),
        ("a.gif", pictures::file(&picture, ImageFormat::Gif)),
        ("a.txt", "Some text, größer.".into()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_changed_file_becomes_a_document_or_a_message(
        file in any::<Index>(),
        changes in proptest::collection::vec((any::<Index>(), any::<u8>()), 1..12),
        end in proptest::option::of(any::<Index>()),
    ) {
        let files = good_files();
        let (name, mut bytes) = file.get(&files).clone();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len()));
        }
        let said = desk::said(&desk::read(name, &bytes));
        prop_assert!(!said.contains("crashed"), "{said}");
    }
}
