//! Moments as a session file writes them: RFC 3339, in UTC, to the second. They are for people and never reckoned with.

use std::time::{SystemTime, UNIX_EPOCH};

/// The Gregorian calendar comes round after this many days, which are 400 years.
const DAYS_A_CYCLE: u64 = 146_097;
const SECONDS_A_DAY: u64 = 24 * 60 * 60;

/// Now.
#[must_use]
pub(super) fn now() -> String {
    written(SystemTime::now())
}

/// A moment as text. A clock that stands before 1970 counts as standing at its beginning.
pub(super) fn written(moment: SystemTime) -> String {
    let seconds = moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, rest) = (seconds / SECONDS_A_DAY, seconds % SECONDS_A_DAY);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    let mut year = 1970 + days / DAYS_A_CYCLE * 400;
    let mut day = days % DAYS_A_CYCLE;
    while day >= days_of_year(year) {
        day -= days_of_year(year);
        year += 1;
    }
    let february = if days_of_year(year) == 366 { 29 } else { 28 };
    let mut month = 1;
    for n_days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < n_days {
            break;
        }
        day -= n_days;
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", day + 1)
}

fn days_of_year(year: u64) -> u64 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    if is_leap { 366 } else { 365 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn moments_that_are_known() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_000_000_000, "2001-09-09T01:46:40Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (4_102_444_800, "2100-01-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_800, "10000-01-01T00:00:00Z"),
        ] {
            assert_eq!(written(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
        assert_eq!(written(UNIX_EPOCH - Duration::from_secs(1)), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn a_later_day_reads_later() {
        let days = (0..DAYS_A_CYCLE + 1000).map(|day| written(UNIX_EPOCH + Duration::from_secs(day * SECONDS_A_DAY)));
        let days: Vec<String> = days.collect();
        assert!(days.is_sorted_by(|a, b| a < b));
    }
}
