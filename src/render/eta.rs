//! How long the rest of a piece of work will take. Pure: time comes in from outside.

use std::time::Duration;

/// Predicts the time left from how fast units of work were done lately. Steady: one slow or fast step moves it
/// little, but it follows a lasting change of pace, as after the first chunk of a prompt, which also brings the
/// weights in from disk.
#[derive(Debug, Clone, Default)]
pub struct Eta {
    last: Option<(Duration, u64)>,
    seconds_per_unit: Option<f64>,
}

/// Steps older than this hardly count any more.
const MEMORY_SECONDS: f64 = 8.0;

impl Eta {
    /// At this time since the beginning, so many units were done. Times and units never decrease; what does not
    /// move on is ignored.
    pub fn record(&mut self, at: Duration, n_done: u64) {
        let Some((last_at, n_last)) = self.last else {
            self.last = Some((at, n_done));
            return;
        };
        let seconds = at.saturating_sub(last_at).as_secs_f64();
        if n_done <= n_last || seconds <= 0.0 {
            return;
        }
        let pace = seconds / (n_done - n_last) as f64;
        let weight = 1.0 - (-seconds / MEMORY_SECONDS).exp();
        self.seconds_per_unit = Some(match self.seconds_per_unit {
            None => pace,
            Some(before) => before + weight * (pace - before),
        });
        self.last = Some((at, n_done));
    }

    /// The time that is left at `now`, with `n_total` units in all. `None` until two records tell a pace.
    #[must_use]
    pub fn left(&self, now: Duration, n_total: u64) -> Option<Duration> {
        let (at, n_done) = self.last?;
        let seconds = self.seconds_per_unit? * n_total.saturating_sub(n_done) as f64;
        Some(Duration::try_from_secs_f64(seconds).ok()?.saturating_sub(now.saturating_sub(at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn seconds_left(eta: &Eta, now: f64, n_total: u64) -> f64 {
        eta.left(s(now), n_total).unwrap().as_secs_f64()
    }

    #[test]
    fn a_steady_pace_is_told_exactly() {
        let mut eta = Eta::default();
        for step in 0..=10 {
            eta.record(s(f64::from(step) * 0.5), u64::from(step as u32) * 32);
            if step > 0 {
                let left = seconds_left(&eta, f64::from(step) * 0.5, 640);
                assert!((left - (10.0 - f64::from(step) * 0.5)).abs() < 1e-6, "step {step}: {left}");
            }
        }
        // Between two records the clock runs on.
        assert!((seconds_left(&eta, 5.25, 640) - 4.75).abs() < 1e-6);
    }

    #[test]
    fn nothing_is_told_before_there_is_a_pace() {
        let mut eta = Eta::default();
        assert_eq!(eta.left(s(1.0), 100), None);
        eta.record(s(0.0), 10);
        eta.record(s(1.0), 10);
        assert_eq!(eta.left(s(1.0), 100), None);
        eta.record(s(1.0), 20);
        assert_eq!(eta.left(s(1.0), 100), Some(s(8.0)));
        // Two records at one moment are no pace.
        eta.record(s(1.0), 30);
        assert_eq!(eta.left(s(1.0), 100), Some(s(8.0)));
    }

    #[test]
    fn one_odd_step_moves_it_little_and_a_new_pace_is_followed() {
        let mut eta = Eta::default();
        for step in 0..20 {
            eta.record(s(f64::from(step) * 0.5), u64::from(step as u32) * 10);
        }
        let before = seconds_left(&eta, 9.5, 1000);
        eta.record(s(10.5), 200); // twice as long as the others
        let after = seconds_left(&eta, 10.5, 1000);
        assert!((after / before - 1.0).abs() < 0.15, "{before} then {after}");
        for step in 1..=40 {
            eta.record(s(10.5 + f64::from(step)), 200 + u64::from(step as u32) * 10);
        }
        let left = seconds_left(&eta, 50.5, 1000);
        assert!((left / 40.0 - 1.0).abs() < 0.05, "40 s at the new pace, not {left}");
    }

    #[test]
    fn at_the_end_and_beyond_nothing_is_left() {
        let mut eta = Eta::default();
        eta.record(s(0.0), 0);
        eta.record(s(1.0), 100);
        assert_eq!(eta.left(s(1.0), 100), Some(Duration::ZERO));
        assert_eq!(eta.left(s(1.0), 50), Some(Duration::ZERO));
        assert_eq!(eta.left(s(9.0), 200), Some(Duration::ZERO));
    }
}
