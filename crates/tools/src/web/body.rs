//! The body of an answer, read with limits: on what comes over the wire, and on what it unfolds to.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

use super::{FetchLimits, problem::Problem};

/// A body as it grows.
pub(super) struct Body {
    decoder: Decoder,
    /// Bytes that may still come over the wire.
    raw_left: usize,
}

enum Decoder {
    Plain(Capped),
    Gzip(Box<MultiGzDecoder<Capped>>),
}

/// Whether more of a body is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    More,
    NoMore,
}

/// A body that was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    pub(super) bytes: Vec<u8>,
    /// Whether there was more of it than we read.
    pub(super) cut: bool,
}

impl Body {
    /// An empty one. `encoding` is what the answer says it is packed with.
    pub(super) fn new(encoding: &str, limits: &FetchLimits) -> Result<Self, Problem> {
        let sink = Capped { bytes: Vec::new(), limit: limits.decoded_bytes, overflowed: false };
        let decoder = match encoding.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Decoder::Plain(sink),
            "gzip" | "x-gzip" => Decoder::Gzip(Box::new(MultiGzDecoder::new(sink))),
            other => return Err(Problem::Encoding(crate::web::short(other))),
        };
        Ok(Self { decoder, raw_left: limits.raw_bytes })
    }

    /// Takes the next bytes from the wire.
    pub(super) fn take(&mut self, piece: &[u8]) -> Result<Wanted, Problem> {
        let is_last = piece.len() > self.raw_left;
        let piece = piece.get(..self.raw_left).unwrap_or(piece);
        self.raw_left -= piece.len();
        let written = match &mut self.decoder {
            Decoder::Plain(sink) => sink.write_all(piece),
            Decoder::Gzip(decoder) => decoder.write_all(piece),
        };
        match written {
            Ok(()) if !is_last => Ok(Wanted::More),
            Ok(()) => {
                self.sink().overflowed = true;
                Ok(Wanted::NoMore)
            }
            Err(_) if self.sink().overflowed => Ok(Wanted::NoMore),
            Err(source) => Err(Problem::Damaged(source.to_string())),
        }
    }

    /// The end of it.
    pub(super) fn finish(mut self) -> Result<Decoded, Problem> {
        if let Decoder::Gzip(decoder) = &mut self.decoder
            && !decoder.get_ref().overflowed
        {
            let ended = decoder.try_finish();
            match ended {
                Ok(()) => {}
                Err(_) if decoder.get_ref().overflowed => {}
                // Broken off: what came before is good.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    decoder.get_mut().overflowed = true;
                }
                Err(error) => return Err(Problem::Damaged(error.to_string())),
            }
        }
        let sink = self.sink();
        Ok(Decoded { bytes: std::mem::take(&mut sink.bytes), cut: sink.overflowed })
    }

    fn sink(&mut self) -> &mut Capped {
        match &mut self.decoder {
            Decoder::Plain(sink) => sink,
            Decoder::Gzip(decoder) => decoder.get_mut(),
        }
    }
}

/// Bytes up to a limit. Beyond it, writing fails, so that nobody goes on unfolding.
struct Capped {
    bytes: Vec<u8>,
    limit: usize,
    overflowed: bool,
}

impl Write for Capped {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let room = self.limit - self.bytes.len();
        match piece.get(..room) {
            Some(fits) if fits.len() < piece.len() => {
                self.bytes.extend_from_slice(fits);
                self.overflowed = true;
                Err(io::Error::other("longer than allowed"))
            }
            Some(_) | None => {
                self.bytes.extend_from_slice(piece);
                Ok(piece.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::{Compression, write::GzEncoder};

    use super::*;

    const LIMITS: FetchLimits =
        FetchLimits { raw_bytes: 200_000, decoded_bytes: 1 << 20, ..FetchLimits::USUAL };

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).expect("memory takes it");
        encoder.finish().expect("memory takes it")
    }

    /// Reads pieces until no more are wanted: what became of them, the most bytes held, and how many pieces were taken.
    fn read(
        encoding: &str,
        pieces: impl IntoIterator<Item = Vec<u8>>,
    ) -> (Result<Decoded, Problem>, usize, usize) {
        let mut body = Body::new(encoding, &LIMITS).expect("it is known");
        let (mut most, mut taken) = (0, 0);
        for piece in pieces {
            taken += 1;
            let wanted = body.take(&piece);
            most = most.max(body.sink().bytes.capacity());
            match wanted {
                Ok(Wanted::More) => {}
                Ok(Wanted::NoMore) => break,
                Err(problem) => return (Err(problem), most, taken),
            }
        }
        (body.finish(), most, taken)
    }

    #[test]
    fn a_bomb_unfolds_to_the_limit_and_no_further() {
        let bomb = packed(&vec![b'a'; 64 << 20]);
        let (read, most, _) = read("gzip", bomb.chunks(1_000).map(<[u8]>::to_vec));
        let decoded = read.expect("the beginning is good");
        assert_eq!((decoded.bytes.len(), decoded.cut), (1 << 20, true));
        assert!(most <= 2 << 20, "{most}");
    }

    #[test]
    fn a_bomb_of_many_members_unfolds_to_the_limit_too() {
        let member = packed(&vec![b'a'; 100_000]);
        let (read, most, taken) = read("gzip", std::iter::repeat(member));
        let decoded = read.expect("the beginning is good");
        assert_eq!((decoded.bytes.len(), decoded.cut), (1 << 20, true));
        assert!(most <= 2 << 20 && taken < 20, "{most} {taken}");
    }

    #[test]
    fn a_body_without_end_is_read_to_the_limit() {
        let (read, _, taken) = read("", std::iter::repeat(vec![b'a'; 1_000]));
        let decoded = read.expect("the beginning is good");
        assert_eq!((decoded.bytes.len(), decoded.cut, taken), (200_000, true, 201));
    }

    #[test]
    fn a_body_that_breaks_off_is_cut_and_a_damaged_one_says_so() {
        let text: Vec<u8> = (0..20_000_u32).flat_map(u32::to_le_bytes).collect();
        let whole = packed(&text);
        assert_eq!(
            read("gzip", [whole.clone()]).0.map(|read| (read.bytes == text, read.cut)),
            Ok((true, false))
        );
        let half = whole.get(..whole.len() / 2).expect("it is long").to_vec();
        let decoded = read("gzip", [half]).0.expect("the beginning is good");
        assert!(decoded.cut && text.starts_with(&decoded.bytes) && !decoded.bytes.is_empty());
        assert!(matches!(read("gzip", [b"no gzip at all".to_vec()]).0, Err(Problem::Damaged(_))));
        assert!(matches!(Body::new("br", &LIMITS).err(), Some(Problem::Encoding(_))));
    }
}
