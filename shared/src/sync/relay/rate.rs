//! Token buckets: how much of something may come, on average and at once.

use crate::time::Monotonic;

/// A bucket that fills over time and that takes what comes out of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    per_second: u64,
    burst: u64,
    /// Thousandths of a token.
    level: u64,
    at: Monotonic,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(now: Monotonic, per_second: u64, burst: u64) -> Self {
        Self {
            per_second: per_second.max(1),
            burst,
            level: burst.saturating_mul(1000),
            at: now,
        }
    }

    /// Takes `amount`, or says after how many milliseconds there may be enough.
    pub(super) fn take(&mut self, now: Monotonic, amount: u64) -> Result<(), u32> {
        self.fill(now);
        let wanted = amount.min(self.burst).saturating_mul(1000);
        match self.level.checked_sub(wanted) {
            Some(rest) => {
                self.level = rest;
                Ok(())
            }
            None => Err(self.wait_for(wanted)),
        }
    }

    fn fill(&mut self, now: Monotonic) {
        let elapsed = now.0.saturating_sub(self.at.0);
        self.at = now;
        self.level = self
            .level
            .saturating_add(elapsed.saturating_mul(self.per_second))
            .min(self.burst.saturating_mul(1000));
    }

    fn wait_for(&self, wanted: u64) -> u32 {
        let missing = wanted.saturating_sub(self.level);
        u32::try_from(missing.div_ceil(self.per_second))
            .unwrap_or(u32::MAX)
            .clamp(50, 60_000)
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_burst_passes_and_the_rest_comes_at_the_average() {
        let mut bucket = Bucket::new(Monotonic(0), 10, 20);
        assert!((0..20).all(|_| bucket.take(Monotonic(0), 1).is_ok()));
        assert_eq!(bucket.take(Monotonic(0), 1), Err(100));
        assert_eq!(bucket.take(Monotonic(100), 1), Ok(()));
        assert!(bucket.take(Monotonic(100), 1).is_err());
    }

    #[test]
    fn what_is_larger_than_the_burst_passes_a_full_bucket() {
        let mut bucket = Bucket::new(Monotonic(0), 10, 20);
        assert_eq!(bucket.take(Monotonic(0), 1_000), Ok(()));
        assert_eq!(bucket.take(Monotonic(0), 1), Err(100));
    }
}
