//! Text to vectors on this machine, and compounds into parts.
//!
//! A text's vector is the sum over its distinct words of `sqrt(count) × weight × coordinates` from a
//! table of 75,000 German and English words, divided by its length. The table lies in the binary;
//! there is nothing to load.

mod fold;
mod hash;
mod memo;
mod neighbours;
#[cfg(feature = "onnx")]
mod onnx;
mod split;
mod sum;
mod table;
mod vector;

pub use fold::{fold, for_each_word};
pub use memo::{Few, WordMap};
pub use neighbours::{Neighbour, RowSet, cosine, neighbours};
#[cfg(feature = "onnx")]
pub use onnx::{OnnxEmbedder, OnnxError};
pub use split::{Whole, split};
pub use sum::{Embedder, RowCounts, Sum, rows_of};
pub use table::{DIMENSIONS, Row, WORDS, lookup};
pub use vector::{CODE_BYTES, Code, Stored, Vector, distances};

/// Names the vector space of this table; vectors of different spaces do not compare.
pub const SPACE: &str = "builtin:dewt-75000x384x2";
