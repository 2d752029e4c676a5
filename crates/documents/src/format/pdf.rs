//! PDF: what stands on each page.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::Arc,
    time::Instant,
};

use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, GlyphDrawMode, Image, InterpreterCache,
    InterpreterSettings, Paint, PathDrawMode, SoftMask, TransformExt,
    font::Glyph as Drawn,
    hayro_syntax::{DecryptionError, LoadPdfError, Pdf, page::Page},
    interpret_page,
};
use kurbo::{Affine, BezPath, Point, Rect, Vec2};

use crate::{
    Cut, Limits, Note, Section, Why,
    format::layout::{Glyph, Lines},
    text::within,
    wire::{Content, Parsed},
};

/// Fonts are remembered for so many pages, and then all forgotten.
const PAGES_A_CACHE: usize = 64;
/// Text of this size and below is not there to be read.
const SMALLEST: f64 = 1.0;
/// What is assumed of a glyph whose width is not told, as a share of its size.
const USUAL_WIDTH: f64 = 500.0;
/// Stands for every font that a file names and does not hold. What the glyphs say and how wide they are is in the
/// file or in the standard; only their shapes would be in the font, and nobody looks at those. It is in the
/// compact font format: a header, the name `F`, where the rest stands, no strings, no shared programs, one glyph
/// that draws nothing, and its private data.
const SHAPELESS: &[u8] = b"\x01\x00\x04\x01\
    \x00\x01\x01\x01\x02F\
    \x00\x01\x01\x01\x06\xA3\x11\x8D\xA9\x12\
    \x00\x00\
    \x00\x00\
    \x00\x01\x01\x01\x02\x0E\
    \x8B\x14";
/// The units in which fonts give the widths of their glyphs.
const EM: f64 = 1000.0;

/// Reads page by page until there is no page, no room or no time left.
pub(crate) fn read(bytes: Vec<u8>, limits: &Limits, deadline: Instant) -> Result<Parsed, Why> {
    let pdf = Pdf::new(bytes).map_err(|error| match error {
        LoadPdfError::Decryption(
            DecryptionError::PasswordProtected | DecryptionError::UnsupportedAlgorithm,
        ) => Why::Encrypted,
        LoadPdfError::Decryption(_) | LoadPdfError::Invalid => Why::Damaged,
    })?;
    let pages: &[Page<'_>] = pdf.pages();
    let of = u32::try_from(pages.len()).unwrap_or(u32::MAX);
    if of == 0 {
        return Err(Why::Damaged);
    }
    let mut report = Report { left: limits.text_bytes, ..Report::default() };
    let mut cut = None;
    let mut cache = InterpreterCache::new();
    for (number, page) in (0_u32..).zip(pages.iter()) {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        if report.left == 0 {
            cut = Some(Cut::Bytes(wide(limits.text_bytes)));
        } else if number >= limits.pages {
            cut = Some(Cut::Pages { read: number, of });
        } else if Instant::now() > deadline {
            cut = Some(Cut::Time { read: number, of });
        }
        if cut.is_some() {
            break;
        }
        if index.is_multiple_of(PAGES_A_CACHE) {
            cache = InterpreterCache::new();
        }
        let most = report.left;
        let seen = panic::catch_unwind(AssertUnwindSafe(|| see(&pdf, page, &cache, most)));
        match seen {
            Ok(seen) => report.add(number.saturating_add(1), seen),
            Err(_) => {
                report.broken = report.broken.saturating_add(1);
                // What it left in there may be half done.
                cache = InterpreterCache::new();
            }
        }
    }
    report.finish(cut)
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// What was read of all pages.
#[derive(Default)]
struct Report {
    sections: Vec<Section>,
    left: usize,
    hidden: u32,
    silent: u32,
    broken: u32,
}

impl Report {
    fn add(&mut self, number: u32, seen: Seen) {
        let Seen { visible, invisible, .. } = seen;
        // A scanned page has its text behind the picture, where recognition put it; there it is the text
        // of the page. Beside visible text it is something that was meant to be found and not seen.
        let hides = visible.known > 0 && invisible.known > 0;
        if hides {
            self.hidden = self.hidden.saturating_add(invisible.known);
        }
        let lines = if visible.known > 0 { visible } else { invisible };
        if lines.known <= lines.unknown {
            self.silent = self.silent.saturating_add(1);
            return;
        }
        let mut text = lines.into_text();
        text.truncate(within(&text, self.left).len());
        self.left = self.left.saturating_sub(text.len());
        if !text.trim().is_empty() {
            self.sections.push(Section { label: Some(format!("page {number}")), text });
        }
    }

    fn finish(self, cut: Option<Cut>) -> Result<Parsed, Why> {
        if self.sections.is_empty() {
            return Err(if self.silent > 0 { Why::NoText } else { Why::Damaged });
        }
        let counts = [
            (self.hidden, Note::HiddenText as fn(u32) -> Note),
            (self.silent, Note::PagesWithoutText),
            (self.broken, Note::BrokenPages),
        ];
        let notes = counts.into_iter().filter(|(count, _)| *count > 0);
        let notes = notes.map(|(count, note)| note(count)).collect();
        Ok(Parsed { content: Content::Text { sections: self.sections, cut }, notes })
    }
}

/// What is on one page.
struct Seen {
    page: Rect,
    visible: Lines,
    invisible: Lines,
    most: usize,
}

fn see<'a>(pdf: &'a Pdf, page: &'a Page<'a>, cache: &InterpreterCache<'a>, most: usize) -> Seen {
    let (width, height) = page.render_dimensions();
    let bounds = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let transform = page.initial_transform(true).to_kurbo();
    let settings = InterpreterSettings {
        font_resolver: Arc::new(|_| Some((Arc::new(SHAPELESS), 0))),
        ..InterpreterSettings::default()
    };
    let mut context = Context::new(transform, bounds, cache, pdf.xref(), settings);
    let (visible, invisible) = (Lines::default(), Lines::default());
    let mut seen = Seen { page: bounds, visible, invisible, most };
    interpret_page(page, &mut context, &mut seen);
    seen
}

impl Seen {
    /// Whether a person who looks at the page can see a glyph there.
    fn is_on_page(&self, at: Point, size: f64) -> bool {
        size > SMALLEST && self.page.inflate(size, size).contains(at)
    }
}

/// The length of a step of one unit of the font, up the page.
fn unit(transform: Affine) -> f64 {
    let [_, _, c, d, _, _] = transform.as_coeffs();
    Vec2::new(c, d).hypot()
}

impl<'a> Device<'a> for Seen {
    fn draw_glyph(
        &mut self,
        glyph: &Drawn<'a>,
        transform: Affine,
        glyph_transform: Affine,
        _paint: &Paint<'a>,
        draw_mode: &GlyphDrawMode,
    ) {
        if self.visible.len().saturating_add(self.invisible.len()) > self.most {
            return;
        }
        let transform = transform * glyph_transform;
        let width = match glyph {
            Drawn::Outline(outline) => outline.advance_width().map(f64::from),
            Drawn::Type3(_) => None,
        };
        let start = transform * Point::ORIGIN;
        let end = transform * Point::new(width.unwrap_or(USUAL_WIDTH), 0.0);
        let size = unit(transform) * EM;
        let is_seen =
            !matches!(draw_mode, GlyphDrawMode::Invisible) && self.is_on_page(start, size);
        let lines = if is_seen { &mut self.visible } else { &mut self.invisible };
        lines.add(Glyph { text: glyph.as_unicode(), start, end, size });
    }

    fn set_soft_mask(&mut self, _: Option<SoftMask<'a>>) {}
    fn set_blend_mode(&mut self, _: BlendMode) {}
    fn draw_path(&mut self, _: &BezPath, _: Affine, _: &Paint<'a>, _: &PathDrawMode) {}
    fn draw_rect(&mut self, _: &Rect, _: Affine, _: &Paint<'a>, _: &PathDrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: Affine) {}
    fn pop_clip_path(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
