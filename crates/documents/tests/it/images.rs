//! Images.

use image::{
    DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage,
    codecs::{gif::GifEncoder, jpeg::JpegEncoder},
};
use localgpt_documents::{Attachment, Document, ImageLimits, Limits};

use crate::{
    desk::{check, read, reader},
    made::pictures::{file, picture},
};

#[test]
fn images_of_each_format_are_read() {
    let image = picture(40, 30);
    check("a.png", &file(&image, ImageFormat::Png), "image/png 40 x 30");
    check("a.jpg", &file(&image, ImageFormat::Jpeg), "image/jpeg 40 x 30");
    check("a.webp", &file(&image, ImageFormat::WebP), "image/png 40 x 30");
    check("a.gif", &file(&image, ImageFormat::Gif), "image/png 40 x 30");
    let grey = DynamicImage::ImageLuma16(picture(8, 8).to_luma16());
    check("grey.png", &file(&grey, ImageFormat::Png), "image/png 8 x 8");
}

#[test]
fn a_large_image_is_made_smaller() {
    check(
        "photo.jpg",
        &file(&picture(3000, 1500), ImageFormat::Jpeg),
        "image/jpeg 1568 x 784\n\
         note: it was made smaller, from 3000 x 1500 to 1568 x 784 pixels",
    );
    check(
        "photo.png",
        &file(&picture(1600, 1600), ImageFormat::Png),
        "image/jpeg 1568 x 1568\n\
         note: it was made smaller, from 1600 x 1600 to 1568 x 1568 pixels",
    );
}

#[test]
fn an_image_keeps_to_the_bytes_that_a_model_takes() {
    let image = ImageLimits { longest_edge: 400, max_bytes: 20_000 };
    let limits = Limits { image, ..Limits::standard() };
    let mut clear = picture(300, 300).to_rgba8();
    clear.put_pixel(0, 0, Rgba([0; 4]));
    for image in [picture(300, 300), clear.into()] {
        let attachment = Attachment::new("a.png", file(&image, ImageFormat::Png));
        let document = reader(limits.clone()).read(attachment).unwrap();
        let Document::Image { bytes, media_type, .. } = document else { panic!() };
        assert!(bytes.len() <= 20_000, "{}", bytes.len());
        assert_eq!(media_type, "image/jpeg");
    }
}

/// A JPEG that lies on its side, with a word in its metadata.
fn sideways() -> Vec<u8> {
    let jpeg = file(&picture(40, 20), ImageFormat::Jpeg);
    let mut exif =
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    exif.extend(b"SECRET-PLACE");
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let (start, rest) = jpeg.split_at(2);
    [start, &[0xFF, 0xE1], &length, &exif, rest].concat()
}

#[test]
fn an_image_is_turned_as_it_was_meant_and_loses_its_metadata() {
    let file = sideways();
    check("side.jpg", &file, "image/jpeg 20 x 40");
    let Document::Image { bytes, .. } = read("side.jpg", &file).unwrap() else { panic!() };
    for word in [&b"SECRET"[..], b"Exif"] {
        assert!(file.windows(word.len()).any(|window| window == word));
        assert!(!bytes.windows(word.len()).any(|window| window == word));
    }
}

#[test]
fn the_first_frame_of_a_moving_image_is_seen() {
    let mut gif = Vec::new();
    let mut encoder = GifEncoder::new(&mut gif);
    encoder.set_repeat(image::codecs::gif::Repeat::Infinite).unwrap();
    for grey in [10, 200] {
        encoder
            .encode_frame(Frame::new(RgbaImage::from_pixel(9, 5, Rgba([grey, grey, grey, 255]))))
            .unwrap();
    }
    drop(encoder);
    check("moving.gif", &gif, "image/png 9 x 5\nnote: it moves, and only its first frame is seen");
    let said = "image/png 9 x 5\nnote: it moves, and only its first frame is seen";
    check("moving.webp", &moving_webp(), said);
}

/// Two frames of 9 x 5, put together from still images.
fn moving_webp() -> Vec<u8> {
    let chunk = |name: &[u8; 4], body: &[u8]| {
        let mut chunk = name.to_vec();
        chunk.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
        chunk.extend(body);
        chunk.resize(chunk.len().next_multiple_of(2), 0);
        chunk
    };
    let size = [8, 0, 0, 4, 0, 0];
    let mut body = b"WEBP".to_vec();
    body.extend(chunk(b"VP8X", &[&[2, 0, 0, 0][..], &size].concat()));
    body.extend(chunk(b"ANIM", &[0; 6]));
    for grey in [10, 200] {
        let still = RgbImage::from_pixel(9, 5, Rgb([grey; 3]));
        let still = file(&still.into(), ImageFormat::WebP);
        let picture = still.get(12..).unwrap();
        body.extend(chunk(b"ANMF", &[&[0; 6][..], &size, &[50, 0, 0, 0], picture].concat()));
    }
    chunk(b"RIFF", &body)
}

#[test]
fn a_broken_image_is_said() {
    let jpeg = file(&picture(200, 200), ImageFormat::Jpeg);
    let start = jpeg.get(..100).unwrap();
    check("cut.jpg", start, "error: cannot read `cut.jpg`: it is damaged");
    let png = file(&picture(200, 200), ImageFormat::Png);
    let half = png.get(..png.len() / 2).unwrap();
    check("half.png", half, "error: cannot read `half.png`: it is damaged");
}

#[test]
fn a_jpeg_that_is_cut_off_in_the_middle_gives_what_there_is_or_one_message() {
    let mut jpeg = Vec::new();
    JpegEncoder::new(&mut jpeg).encode_image(&picture(200, 200)).unwrap();
    let half = jpeg.get(..jpeg.len() / 2).unwrap();
    let said = crate::desk::said(&read("half.jpg", half));
    let allowed = ["image/jpeg 200 x 200", "error: cannot read `half.jpg`: it is damaged"];
    assert!(allowed.contains(&said.as_str()), "{said}");
}
