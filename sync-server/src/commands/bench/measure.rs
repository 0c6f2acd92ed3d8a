//! Many durations in little memory, and what is said of them.

use std::time::Duration;

use hdrhistogram::{CreationError, Histogram};

use super::machine::Usage;

/// Longer than any benchmark waits; what takes longer counts as this.
const LONGEST: Duration = Duration::from_secs(600);
/// Three digits: 1.23 ms is told from 1.24 ms.
const DIGITS: u8 = 3;

/// Durations, to a microsecond and three digits.
#[derive(Clone, Debug)]
pub struct Durations(Histogram<u64>);

/// What is said of durations, in milliseconds; nothing of none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// Half of them took no longer.
    pub p50: Option<f64>,
    /// All but one in a hundred took no longer.
    pub p99: Option<f64>,
    /// None took longer.
    pub max: Option<f64>,
}

impl Durations {
    /// None yet.
    ///
    /// # Errors
    /// Never with these constants.
    pub fn new() -> Result<Self, CreationError> {
        Histogram::new_with_max(micros(LONGEST), DIGITS).map(Self)
    }

    /// One more.
    pub fn record(&mut self, duration: Duration) {
        self.0.saturating_record(micros(duration));
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// What is to be said of them.
    #[must_use]
    pub fn spread(&self) -> Spread {
        if self.count() == 0 {
            return Spread::default();
        }
        let at = |quantile| Some(millis(self.0.value_at_quantile(quantile)));
        Spread {
            p50: at(0.5),
            p99: at(0.99),
            max: at(1.0),
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[allow(
    clippy::cast_precision_loss,
    reason = "ten minutes in microseconds are exact in a float"
)]
fn millis(micros: u64) -> f64 {
    micros as f64 / 1_000.0
}

/// A duration in milliseconds, to a microsecond.
#[must_use]
pub fn in_millis(duration: Duration) -> f64 {
    millis(micros(duration))
}

/// What a process did between two moments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worked {
    /// Milliseconds of processor time.
    pub millis: f64,
    /// Bytes of memory at the second moment.
    pub resident: f64,
    /// How many more than at the first; fewer, if it is negative.
    pub grown: f64,
}

impl Worked {
    /// None if one of the two is not known.
    #[must_use]
    pub fn between(before: Option<Usage>, after: Option<Usage>) -> Option<Self> {
        let (before, after) = (before?, after?);
        Some(Self {
            millis: in_millis(after.processor.saturating_sub(before.processor)),
            resident: bytes(after.resident),
            grown: bytes(after.resident) - bytes(before.resident),
        })
    }

    /// How much of one processor core that was, in percent, if it took so long.
    #[must_use]
    pub fn core(&self, took: Duration) -> f64 {
        self.millis * 100.0 / in_millis(took).max(0.001)
    }
}

/// Bytes as a figure.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
pub const fn bytes(bytes: u64) -> f64 {
    bytes as f64
}

/// A whole divided among so many; none if there are none.
#[must_use]
#[allow(
    clippy::cast_precision_loss,
    reason = "counts and bytes are far below 2^52"
)]
pub fn each(whole: f64, among: u64) -> Option<f64> {
    (among > 0).then(|| whole / among as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_are_below_the_median_and_one_in_a_hundred_above_p99() {
        let mut durations = Durations::new().unwrap();
        for millis in 1..=1_000 {
            durations.record(Duration::from_millis(millis));
        }
        let spread = durations.spread();
        let near = |value: Option<f64>, expected: f64| {
            let value = value.unwrap();
            assert!(
                (value - expected).abs() <= expected / 500.0,
                "{value} is not {expected}"
            );
        };
        near(spread.p50, 500.0);
        near(spread.p99, 990.0);
        near(spread.max, 1_000.0);
        assert_eq!(durations.count(), 1_000);
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        assert_eq!(Durations::new().unwrap().spread(), Spread::default());
        assert_eq!(each(3.0, 0), None);
        assert_eq!(each(3.0, 2), Some(1.5));
    }

    #[test]
    fn work_is_the_difference_of_two_moments() {
        let at = |millis, resident| {
            Some(Usage {
                processor: Duration::from_millis(millis),
                resident,
            })
        };
        let worked = Worked::between(at(100, 5_000), at(350, 4_000)).unwrap();
        assert_eq!(
            (worked.millis, worked.resident, worked.grown),
            (250.0, 4_000.0, -1_000.0)
        );
        assert_eq!(worked.core(Duration::from_millis(500)), 50.0);
        assert_eq!(Worked::between(None, at(1, 1)), None);
    }

    #[test]
    fn what_never_ends_counts_as_the_longest() {
        let mut durations = Durations::new().unwrap();
        durations.record(Duration::MAX);
        let max = durations.spread().max.unwrap();
        assert!((599_000.0..=601_000.0).contains(&max), "{max}");
    }
}
