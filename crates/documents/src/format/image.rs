//! Images, made small enough for a model and cleared of what cameras write beside them.

use std::io::Cursor;

use image::{
    DynamicImage, GenericImageView, ImageDecoder, ImageError, ImageFormat, ImageReader,
    codecs::{jpeg::JpegEncoder, webp::WebPDecoder},
    metadata::Orientation,
};
use memchr::memmem;

use crate::{
    ImageLimits, Kind, Limits, Note, Why,
    wire::{Content, Parsed},
};

/// What a decoder may allocate for each pixel: four colours of two bytes.
const BYTES_A_PIXEL: u64 = 8;
/// The share of the memory that a decoded image may take; the rest is for the file and what is made of it.
const SHARE_OF_MEMORY: u64 = 2;
/// From this size on a photograph is sent as one.
const LARGE_PNG: usize = 1024 * 1024;
/// Tried in turn until the file is small enough.
const QUALITIES: &[u8] = &[90, 80, 65, 50];
/// How often an image that is still too large is halved.
const HALVINGS: usize = 6;

/// Decodes, turns, shrinks and encodes.
pub(crate) fn read(bytes: &[u8], kind: Kind, limits: &Limits) -> Result<Parsed, Why> {
    let (image, orientation) = decode(bytes, kind, limits)?;
    let mut notes = Vec::new();
    if moves(bytes, kind) {
        notes.push(Note::FirstFrame);
    }
    let from = turned(image.dimensions(), orientation);
    let mut image = shrunk(image, limits.image.longest_edge);
    image.apply_orientation(orientation);
    let (media_type, bytes, to) = encode(image, kind, &limits.image)?;
    if to != from {
        notes.push(Note::Resized { from, to });
    }
    Ok(Parsed { content: Content::Image { media_type, bytes }, notes })
}

fn decode(bytes: &[u8], kind: Kind, limits: &Limits) -> Result<(DynamicImage, Orientation), Why> {
    let format = match kind {
        Kind::Png => ImageFormat::Png,
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Webp => ImageFormat::WebP,
        Kind::Gif => ImageFormat::Gif,
        _ => return Err(Why::Damaged),
    };
    let memory = limits.memory_bytes / SHARE_OF_MEMORY;
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut allowed = image::Limits::default();
    allowed.max_alloc = Some(memory.min(limits.pixels.saturating_mul(BYTES_A_PIXEL)));
    reader.limits(allowed);
    let mut decoder = reader.into_decoder().map_err(|error| why(&error))?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    if pixels > limits.pixels || decoder.total_bytes() > memory {
        return Err(Why::TooManyPixels);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(|error| why(&error))?;
    Ok((image, orientation))
}

fn why(error: &ImageError) -> Why {
    match error {
        ImageError::Limits(_) => Why::TooManyPixels,
        _ => Why::Damaged,
    }
}

/// Whether there is more than one frame.
fn moves(bytes: &[u8], kind: Kind) -> bool {
    match kind {
        Kind::Webp => {
            WebPDecoder::new(Cursor::new(bytes)).is_ok_and(|decoder| decoder.has_animation())
        }
        // What loops says so in an extension of this name; counting frames would mean decoding them.
        Kind::Gif => memmem::find(bytes, b"NETSCAPE2.0").is_some(),
        _ => false,
    }
}

fn turned((width, height): (u32, u32), orientation: Orientation) -> (u32, u32) {
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => (height, width),
        Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical => (width, height),
    }
}

/// Makes the longer edge at most `edge`, by averaging: it needs no second image in wide numbers.
fn shrunk(image: DynamicImage, edge: u32) -> DynamicImage {
    let (width, height) = image.dimensions();
    if width.max(height) <= edge { image } else { image.thumbnail(edge, edge) }
}

/// A file that was made: its media type, its bytes, its width and height.
type Encoded = (&'static str, Vec<u8>, (u32, u32));

/// Keeps drawings sharp and photographs small.
fn encode(image: DynamicImage, kind: Kind, limits: &ImageLimits) -> Result<Encoded, Why> {
    let mut image = plain(image);
    for _ in 0..HALVINGS {
        if kind != Kind::Jpeg {
            let mut png = Cursor::new(Vec::new());
            image.write_to(&mut png, ImageFormat::Png).map_err(|error| why(&error))?;
            let png = png.into_inner();
            let wanted = if image.color().has_alpha() { limits.max_bytes } else { LARGE_PNG };
            if png.len() <= wanted.min(limits.max_bytes) {
                return Ok(("image/png", png, image.dimensions()));
            }
        }
        let opaque = on_white(&image);
        for quality in QUALITIES {
            let mut jpeg = Vec::new();
            opaque
                .write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, *quality))
                .map_err(|error| why(&error))?;
            if jpeg.len() <= limits.max_bytes {
                return Ok(("image/jpeg", jpeg, image.dimensions()));
            }
        }
        let (width, height) = image.dimensions();
        image = image.thumbnail((width / 2).max(1), (height / 2).max(1));
    }
    Err(Why::TooManyPixels)
}

/// Eight bits a colour, and transparency only where it is used: no model sees more.
fn plain(image: DynamicImage) -> DynamicImage {
    let is_transparent = image.color().has_alpha()
        && image.to_rgba8().pixels().any(|pixel| pixel.0.last().is_some_and(|alpha| *alpha < 255));
    match image {
        image if is_transparent => image.to_rgba8().into(),
        image if image.color().has_color() => image.into_rgb8().into(),
        image => image.into_luma8().into(),
    }
}

fn on_white(image: &DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image.clone();
    }
    let mut white =
        image::RgbaImage::from_pixel(image.width(), image.height(), image::Rgba([255; 4]));
    image::imageops::overlay(&mut white, image, 0, 0);
    DynamicImage::from(white).into_rgb8().into()
}
