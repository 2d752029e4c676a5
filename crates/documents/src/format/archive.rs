//! The ZIP archive that a docx or odt file is.

use std::io::{Cursor, Read};

use zip::{ZipArchive, result::ZipError};

use crate::Why;

/// The most entries; a document with many images has hundreds.
const MOST_ENTRIES: usize = 5_000;
/// The most bytes that are unpacked of one archive.
const MOST_UNPACKED: u64 = 96 * 1024 * 1024;
/// From here on the ratio counts; below it nothing is harmed.
const RATIO_COUNTS_FROM: u64 = 8 * 1024 * 1024;
/// What real documents stay below: a long table of equal rows comes to about a hundred.
const MOST_RATIO: u64 = 250;

/// An open archive, and what may still be unpacked of it.
pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    left: u64,
}

impl<'a> Archive<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, Why> {
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_broken| Why::Damaged)?;
        if zip.len() > MOST_ENTRIES {
            return Err(Why::Bomb);
        }
        Ok(Self { zip, left: MOST_UNPACKED })
    }

    /// Unpacks the XML file `name`; `None` if there is none.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, Why> {
        let entry = match self.zip.by_name(name) {
            Ok(entry) => entry,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(ZipError::UnsupportedArchive(reason)) if reason.contains("assword") => {
                return Err(Why::Encrypted);
            }
            Err(_) => return Err(Why::Damaged),
        };
        if entry.encrypted() {
            return Err(Why::Encrypted);
        }
        // What the archive says of the unpacked size is a claim; what comes out of it counts.
        let packed = entry.compressed_size().max(1);
        let by_ratio = packed.saturating_mul(MOST_RATIO).max(RATIO_COUNTS_FROM);
        let most = self.left.min(by_ratio);
        let mut bytes = Vec::new();
        let read = entry.take(most.saturating_add(1)).read_to_end(&mut bytes);
        let unpacked = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if unpacked > most {
            return Err(Why::Bomb);
        }
        read.map_err(|_broken| Why::Damaged)?;
        self.left = self.left.saturating_sub(unpacked);
        String::from_utf8(bytes).map(Some).map_err(|_other| Why::Damaged)
    }
}
