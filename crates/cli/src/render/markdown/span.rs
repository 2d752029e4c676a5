//! Pieces of text with a look, and the escape codes for it.

use unicode_width::UnicodeWidthStr as _;

/// How a piece of text looks: any of the marks below at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Look(u8);

impl Look {
    /// As the terminal writes it.
    pub(super) const PLAIN: Self = Self(0);
    pub(super) const BOLD: Self = Self(1);
    pub(super) const DIM: Self = Self(2);
    pub(super) const ITALIC: Self = Self(4);
    pub(super) const UNDERLINED: Self = Self(8);
    pub(super) const STRUCK: Self = Self(16);
    /// Words of a program.
    pub(super) const CODE: Self = Self(32);

    /// Both looks at once.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn codes(self) -> String {
        let codes = [
            (Self::BOLD, "1"),
            (Self::DIM, "2"),
            (Self::ITALIC, "3"),
            (Self::UNDERLINED, "4"),
            (Self::STRUCK, "9"),
            (Self::CODE, "36"),
        ];
        let codes: Vec<&str> =
            codes.iter().filter(|(look, _)| self.0 & look.0 != 0).map(|(_, code)| *code).collect();
        codes.join(";")
    }
}

/// A piece of text with one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) text: String,
    pub(super) look: Look,
}

impl Span {
    pub(super) fn new(text: impl Into<String>, look: Look) -> Self {
        Self { text: text.into(), look }
    }

    /// The columns it takes.
    pub(super) fn width(&self) -> usize {
        self.text.width()
    }

    /// Writes it with its escape codes.
    pub(super) fn write(&self, out: &mut String) {
        out.push_str(&super::super::style::styled(&self.look.codes(), &self.text));
    }
}

/// The columns that the spans take.
pub(super) fn width(spans: &[Span]) -> usize {
    spans.iter().map(Span::width).sum()
}
