//! Images.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// A picture that does not compress to nothing.
pub(crate) fn picture(width: u32, height: u32) -> DynamicImage {
    let noise =
        |x: u32, y: u32| x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(40_503)) >> 7;
    let pixel = |x, y| {
        let [a, b, c, _] = noise(x, y).to_le_bytes();
        Rgb([a, b, c])
    };
    RgbImage::from_fn(width, height, pixel).into()
}

pub(crate) fn file(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}
