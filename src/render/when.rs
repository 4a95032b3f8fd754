//! How long ago something was, in the words that people use. No calendar and no time zone: what a person wants of a
//! list is which was today and which long ago.

use std::time::{Duration, SystemTime};

use crate::tr;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;
const MONTH: u64 = 30 * DAY;
const YEAR: u64 = 365 * DAY;

/// How long before `now` the moment was. One that is yet to come, by a clock that was set back, is just now.
#[must_use]
pub fn when(moment: SystemTime, now: SystemTime) -> String {
    ago(now.duration_since(moment).unwrap_or_default())
}

fn ago(age: Duration) -> String {
    let seconds = age.as_secs();
    let said = |n: u64, zh: &str, en: &str| {
        let s = if n == 1 { "" } else { "s" };
        tr!("{n} {zh}前", "{n} {en}{s} ago")
    };
    match seconds {
        0..MINUTE => tr!("刚刚", "just now"),
        MINUTE..HOUR => said(seconds / MINUTE, "分钟", "minute"),
        HOUR..DAY => said(seconds / HOUR, "小时", "hour"),
        DAY..WEEK => said(seconds / DAY, "天", "day"),
        WEEK..MONTH => said(seconds / WEEK, "周", "week"),
        MONTH..YEAR => said(seconds / MONTH, "个月", "month"),
        YEAR.. => said(seconds / YEAR, "年", "year"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_span_has_its_word() {
        for (seconds, said) in [
            (0, "刚刚"),
            (59, "刚刚"),
            (60, "1 分钟前"),
            (3599, "59 分钟前"),
            (3600, "1 小时前"),
            (DAY - 1, "23 小时前"),
            (DAY, "1 天前"),
            (WEEK - 1, "6 天前"),
            (WEEK, "1 周前"),
            (MONTH - 1, "4 周前"),
            (MONTH, "1 个月前"),
            (YEAR - 1, "12 个月前"),
            (YEAR, "1 年前"),
            (u64::MAX, "584942417355 年前"),
        ] {
            assert_eq!(ago(Duration::from_secs(seconds)), said, "{seconds}");
        }
    }

    #[test]
    fn what_is_yet_to_come_is_just_now() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        assert_eq!(when(now + Duration::from_secs(500), now), "刚刚");
        assert_eq!(when(now - Duration::from_secs(500), now), "8 分钟前");
    }
}
