//! A vector of the table's space, and its shorter forms for storage and scanning.

use pulp::{Arch, Simd, WithSimd};

use crate::table::DIMENSIONS;

/// Bytes of a [`Code`].
pub const CODE_BYTES: usize = DIMENSIONS / 8;

/// A unit vector, or all zero when nothing was known.
#[derive(Debug, Clone, PartialEq)]
pub struct Vector(Box<[f32; DIMENSIONS]>);

/// For each of `codes` the number of bits in which it differs from `code`.
pub fn distances(code: &Code, codes: &[Code]) -> Vec<u16> {
    Arch::new().dispatch(Distances { code, codes })
}

/// [`distances`] with the widest instructions of this processor: a search looks at every code.
struct Distances<'a> {
    code: &'a Code,
    codes: &'a [Code],
}

impl WithSimd for Distances<'_> {
    type Output = Vec<u16>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> Vec<u16> {
        let mut distances = vec![0; self.codes.len()];
        for (distance, other) in distances.iter_mut().zip(self.codes) {
            let mut bits = 0;
            for (a, b) in self.code.iter().zip(other) {
                bits += (a ^ b).count_ones();
            }
            *distance = bits as u16;
        }
        distances
    }
}

/// The signs of a vector's coordinates: 1 for positive. The Hamming distance of two codes is, up to
/// chance, the angle between their vectors.
pub type Code = [u64; DIMENSIONS / 64];

impl Vector {
    /// Divides `coordinates` by their length; zero stays zero.
    pub fn normalised(mut coordinates: Box<[f32; DIMENSIONS]>) -> Self {
        // Sixteen sums side by side, so that the compiler may use wide instructions.
        let (lanes, _) = coordinates.as_chunks::<16>();
        let mut sums = [0.0_f32; 16];
        for lane in lanes {
            sums.iter_mut().zip(lane).for_each(|(sum, x)| *sum += x * x);
        }
        let length = sums.iter().sum::<f32>().sqrt();
        if length > 0.0 {
            coordinates.iter_mut().for_each(|x| *x /= length);
        }
        Self(coordinates)
    }

    /// The coordinates.
    pub fn coordinates(&self) -> &[f32; DIMENSIONS] {
        &self.0
    }

    /// Whether nothing was known of the text.
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|x| *x == 0.0)
    }

    /// The cosine with another vector.
    pub fn cosine(&self, other: &Self) -> f32 {
        self.0.iter().zip(other.0.iter()).map(|(a, b)| a * b).sum()
    }

    /// The coordinates as signed bytes, scaled so that the largest becomes 127 or -127. Cosines survive
    /// to about three decimals.
    pub fn to_int8(&self) -> [u8; DIMENSIONS] {
        Stored::of(std::slice::from_ref(&*self.0)).bytes
    }

    /// The signs.
    pub fn to_code(&self) -> Code {
        Stored::of(std::slice::from_ref(&*self.0)).code
    }
}

/// A vector as an index keeps it. Its length does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The signs of the coordinates.
    pub code: Code,
    /// The coordinates as signed bytes, scaled so that the largest becomes 127 or -127.
    pub bytes: [u8; DIMENSIONS],
}

impl Stored {
    /// The sum of vectors, none of which need be a unit vector.
    pub fn of(vectors: &[[f32; DIMENSIONS]]) -> Self {
        Arch::new().dispatch(Store(vectors))
    }
}

/// [`Stored::of`] with the widest instructions of this processor: indexing does it for every chunk.
struct Store<'a>(&'a [[f32; DIMENSIONS]]);

impl WithSimd for Store<'_> {
    type Output = Stored;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> Stored {
        let mut sum = [0.0_f32; DIMENSIONS];
        for vector in self.0 {
            for (sum, x) in sum.iter_mut().zip(vector) {
                *sum += x;
            }
        }
        let mut largest = [0.0_f32; 16];
        for lane in sum.as_chunks::<16>().0 {
            for (most, x) in largest.iter_mut().zip(lane) {
                *most = if x.abs() > *most { x.abs() } else { *most };
            }
        }
        let largest = largest.into_iter().fold(0.0_f32, f32::max);
        let scale = if largest > 0.0 { 127.0 / largest } else { 0.0 };
        let mut bytes = [0; DIMENSIONS];
        for (byte, x) in bytes.iter_mut().zip(&sum) {
            // Rounds to the nearest: after the shift all values are positive, and are cut. Added to this
            // number, an integer is the lowest bits of the sum; a cast would be checked one by one.
            const ONES: f32 = (1 << 23) as f32;
            let integer = ((x * scale + 128.5).trunc() + ONES).to_bits() as u8;
            *byte = integer.wrapping_sub(128);
        }
        let mut code = Code::default();
        for (word, lane) in code.iter_mut().zip(sum.as_chunks::<64>().0) {
            let mut signs = [0; 64];
            for (sign, x) in signs.iter_mut().zip(lane) {
                *sign = u8::from(*x > 0.0);
            }
            for (place, signs) in signs.as_chunks::<8>().0.iter().enumerate() {
                // The product has the lowest bits of the eight bytes side by side in its uppermost.
                let bits = u64::from_le_bytes(*signs).wrapping_mul(0x0102_0408_1020_4080) >> 56;
                *word |= bits << (8 * place);
            }
        }
        Stored { code, bytes }
    }
}
