//! How patient a transfer is, and how it is cut into requests: the figures, and how long to pause before trying again.
//! Nothing waits here.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::disk::SPARE_BYTES;

/// The figures of a transfer. [`Pace::default`] is what people get; tests are less patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// How long a name may take to be found, and then a connection to be made, with its encryption.
    pub connect: Duration,
    /// How long a server may send nothing, or next to nothing. There is no limit on the whole.
    pub stall: Duration,
    /// How many tries in a row may bring nothing.
    pub n_tries: u32,
    /// The pause before the second try; it doubles from one to the next.
    pub pause: Duration,
    /// The longest pause, a server's own wish included.
    pub longest_pause: Duration,
    /// How many connections are used at a time where the server sends parts of files.
    pub n_connections: usize,
    /// The fewest bytes to ask for in one request; `None` chooses by the size of the file.
    pub n_block_bytes: Option<u64>,
    /// How much has to stay free on the disk.
    pub n_spare_bytes: u64,
    /// How often what has arrived is made safe against a loss of power.
    pub keep: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            stall: Duration::from_secs(30),
            n_tries: 5,
            pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
            n_connections: 4,
            n_block_bytes: None,
            n_spare_bytes: SPARE_BYTES,
            keep: Duration::from_secs(2),
        }
    }
}

/// A try that brings this much was not in vain.
pub const HEADWAY_BYTES: u64 = 64 << 10;

/// A connection that brings less than this a second has stalled.
const LEAST_BYTES_A_SECOND: u64 = 1024;

impl Pace {
    /// How many bytes to ask for in one request. Each request costs a journey to the server and back, and what is far
    /// ahead of the first gap is hashed late; so a hundredth of the file, between 4 and 64 MiB.
    #[must_use]
    pub fn block(&self, n_bytes: Option<u64>) -> u64 {
        let by_size = || (n_bytes.unwrap_or(0) / 100).next_multiple_of(1 << 20).clamp(4 << 20, 64 << 20);
        self.n_block_bytes.unwrap_or_else(by_size).max(1)
    }

    /// How long to pause after the `n_failed`th try in a row has failed, or `None` where the server asks for more
    /// patience than there is. `chance` is between 0 and 1: many who failed at once should not all come back at once.
    #[must_use]
    pub fn pause_after(&self, n_failed: u32, retry_after: Option<Duration>, chance: f64) -> Option<Duration> {
        let doubled = self.pause.saturating_mul(2_u32.saturating_pow(n_failed.saturating_sub(1)));
        let ours = doubled.min(self.longest_pause).mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0);
        match retry_after {
            Some(wish) if wish > self.longest_pause => None,
            Some(wish) => Some(ours.max(wish)),
            None => Some(ours),
        }
    }

    /// Whether so few bytes in so long a time are as good as none.
    #[must_use]
    pub fn is_stalled(&self, n_bytes: u64, time: Duration) -> bool {
        time >= self.stall && u128::from(n_bytes) * 1000 < time.as_millis() * u128::from(LEAST_BYTES_A_SECOND)
    }
}

/// A number between 0 and 1 that nobody can foretell.
#[must_use]
pub fn chance() -> f64 {
    // Each RandomState is keyed anew.
    let bits = u32::try_from(RandomState::new().hash_one(0_u8) >> 32).unwrap_or(0);
    f64::from(bits) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pace = Pace::default();
        let pauses: Vec<u64> = (1..9).map(|n| pace.pause_after(n, None, 1.0).unwrap().as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(pace.pause_after(2, None, 0.0), Some(Duration::from_secs(1)));
        assert_eq!(pace.pause_after(u32::MAX, None, 1.0), Some(Duration::from_secs(60)));
        assert_eq!(pace.pause_after(0, None, 1.0), Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_server_may_ask_for_a_longer_pause_within_reason() {
        let pace = Pace::default();
        let asked = |seconds| pace.pause_after(1, Some(Duration::from_secs(seconds)), 1.0);
        assert_eq!(asked(0), Some(Duration::from_secs(1)));
        assert_eq!(asked(20), Some(Duration::from_secs(20)));
        assert_eq!(asked(60), Some(Duration::from_secs(60)));
        assert_eq!(asked(61), None);
    }

    #[test]
    fn next_to_nothing_is_a_stall() {
        let pace = Pace::default();
        let seconds = Duration::from_secs;
        assert!(!pace.is_stalled(0, seconds(29)));
        assert!(pace.is_stalled(0, seconds(30)) && pace.is_stalled(30 * 1024 - 1, seconds(30)));
        assert!(!pace.is_stalled(30 * 1024, seconds(30)) && pace.is_stalled(30 * 1024, seconds(31)));
    }

    #[test]
    fn requests_are_neither_many_nor_huge() {
        let pace = Pace::default();
        assert_eq!(pace.block(None), 4 << 20);
        assert_eq!(pace.block(Some(1000)), 4 << 20);
        assert_eq!(pace.block(Some(1_000_000_000)), 10 << 20);
        assert_eq!(pace.block(Some(8_000_000_000)), 64 << 20);
        assert_eq!(Pace { n_block_bytes: Some(0), ..pace }.block(Some(5)), 1);
    }

    #[test]
    fn chances_differ() {
        let drawn: Vec<f64> = (0..16).map(|_| chance()).collect();
        assert!(drawn.iter().all(|x| (0.0..=1.0).contains(x)));
        assert!(drawn.windows(2).any(|two| two[0] != two[1]), "{drawn:?}");
    }
}
