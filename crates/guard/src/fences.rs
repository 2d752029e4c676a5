//! Numbers for fences, so that no two messages share one and nothing outside can guess the next.

use crate::Fence;

/// Hands out fences. The seed comes from the system's random numbers.
#[derive(Debug, Clone)]
pub struct Fences(u64);

impl Fences {
    /// Begins at `seed`, which nobody else knows.
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// The next fence, by the SplitMix64 generator of Steele, Lea and Flood (2014).
    pub fn next_fence(&mut self) -> Fence {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Fence(mixed ^ (mixed >> 31))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_fences_are_alike() {
        let mut fences = Fences::seeded(7);
        let first = fences.next_fence();
        assert!((0..1000).all(|_| fences.next_fence() != first));
    }
}
