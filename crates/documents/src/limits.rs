//! How much an attachment may be, and how much may be made of it.

use std::time::Duration;

/// The most of everything. Whatever is over one of them is refused or cut, and that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of the file.
    pub input_bytes: u64,
    /// The bytes of the text that is made of it.
    pub text_bytes: usize,
    /// The pages that are read.
    pub pages: u32,
    /// The pixels of an image, before it is made smaller.
    pub pixels: u64,
    /// What an image may be when a model gets it.
    pub image: ImageLimits,
    /// How long the child that reads the file may take.
    pub time: Duration,
    /// The memory of that child.
    pub memory_bytes: u64,
}

/// What a model takes as an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageLimits {
    /// The longer edge in pixels; models make what is larger smaller themselves, after it was paid for.
    pub longest_edge: u32,
    /// The bytes of the file, before they become a third more as Base64.
    pub max_bytes: usize,
}

impl Limits {
    /// What is right for a person's own files on a person's own machine.
    pub const fn standard() -> Self {
        Self {
            input_bytes: 64 * 1024 * 1024,
            text_bytes: 16 * 1024 * 1024,
            pages: 5_000,
            pixels: 50_000_000,
            image: ImageLimits::standard(),
            // With its start and its end, ten seconds for the person who waits.
            time: Duration::from_secs(9),
            memory_bytes: 500_000_000,
        }
    }
}

impl ImageLimits {
    /// What the strictest of the large vendors takes: 1,568 pixels, and 5 MB as Base64.
    pub const fn standard() -> Self {
        Self { longest_edge: 1_568, max_bytes: 3_750_000 }
    }
}
