//! The few headers that a transfer hangs on: `Content-Range`, `ETag`, `Retry-After`. Pure: text to value, and what is
//! not exactly right is no value at all; a number that could be half of one must never be believed.

use std::ops::Range;
use std::time::{Duration, SystemTime};

/// What `Content-Range` says (RFC 9110 §14.4), in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentRange {
    /// The part that is sent, never empty; `None` in the answer that there is no such part.
    pub span: Option<Range<u64>>,
    /// The length of the whole, where it is told; the span lies within it.
    pub n_total: Option<u64>,
}

impl ContentRange {
    /// Reads `bytes 0-9/100`, `bytes 0-9/*`, `bytes */100`.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let (unit, rest) = header.trim().split_once(' ')?;
        let (span, total) = rest.trim_start().split_once('/')?;
        let n_total = match total {
            "*" => None,
            number => Some(digits(number)?),
        };
        let span = match span {
            "*" => None,
            span => {
                let (first, last) = span.split_once('-')?;
                Some(digits(first)?..digits(last)?.checked_add(1)?)
            }
        };
        let is_sound = match (&span, n_total) {
            (Some(span), total) => span.start < span.end && total.is_none_or(|total| span.end <= total),
            (None, total) => total.is_some(),
        };
        (unit.eq_ignore_ascii_case("bytes") && is_sound).then_some(Self { span, n_total })
    }
}

/// A number of decimal digits and nothing else: no sign, no blanks.
fn digits(text: &str) -> Option<u64> {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits.then(|| text.parse().ok()).flatten()
}

/// The version of a file, as its server names it (RFC 9110 §8.8.3), with its quotation marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag {
    text: String,
}

impl ETag {
    /// Reads `"…"` and `W/"…"`.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let header = header.trim();
        let opaque = header.strip_prefix("W/").unwrap_or(header).strip_prefix('"')?.strip_suffix('"')?;
        opaque.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x7e)).then(|| Self { text: header.to_owned() })
    }

    /// As the server wrote it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// As `If-Range` takes it. `None` for a weak one, which does not promise the same bytes.
    #[must_use]
    pub fn strong(&self) -> Option<&str> {
        (!self.text.starts_with("W/")).then_some(self.text.as_str())
    }
}

/// How long `Retry-After` asks to wait: seconds, or a date of HTTP's, which may have passed.
#[must_use]
pub fn retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    match digits(header) {
        Some(seconds) => Some(Duration::from_secs(seconds)),
        None => httpdate::parse_http_date(header).ok().map(|at| at.duration_since(now).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range(span: impl Into<Option<Range<u64>>>, n_total: impl Into<Option<u64>>) -> Option<ContentRange> {
        Some(ContentRange { span: span.into(), n_total: n_total.into() })
    }

    #[test]
    fn content_ranges() {
        for (header, expected) in [
            ("bytes 0-9/100", range(0..10, 100)),
            ("bytes 90-99/100", range(90..100, 100)),
            ("bytes 0-0/1", range(0..1, 1)),
            ("bytes 5-9/*", range(5..10, None)),
            ("bytes */100", range(None, 100)),
            ("bytes */0", range(None, 0)),
            ("Bytes 0-9/100", range(0..10, 100)),
            (" bytes  0-9/100 ", range(0..10, 100)),
            ("bytes 7865956223-7865956223/7865956224", range(7_865_956_223..7_865_956_224, 7_865_956_224)),
            ("bytes */*", None),
            ("bytes 0-100/100", None),
            ("bytes 9-0/100", None),
            ("bytes 0-9/5", None),
            ("bytes 0-18446744073709551615/*", None),
            ("bytes 0-18446744073709551616/*", None),
            ("bytes 0-9/18446744073709551616", None),
            ("bytes -9/100", None),
            ("bytes 0-/100", None),
            ("bytes +0-9/100", None),
            ("bytes 0 - 9/100", None),
            ("bytes 0-9/ 100", None),
            ("bytes 0-9/100, 5-6/100", None),
            ("bytes 0x0-0x9/100", None),
            ("bytes=0-9/100", None),
            ("lines 0-9/100", None),
            ("0-9/100", None),
            ("", None),
        ] {
            assert_eq!(ContentRange::parse(header), expected, "{header:?}");
        }
    }

    #[test]
    fn no_truncation_is_taken_for_the_whole() {
        let header = "bytes 1048576-2097151/7865956224";
        let whole = ContentRange::parse(header);
        assert!(whole.is_some());
        for n in 0..header.len() {
            let cut = ContentRange::parse(&header[..n]);
            assert_ne!(cut, whole, "{n}");
            // What is left of the total has to hold the span, or is not believed.
            assert_eq!(cut.is_some(), n >= header.len() - 3, "{n}: {cut:?}");
        }
    }

    #[test]
    fn etags() {
        for (header, strong) in [
            ("\"abc\"", Some(Some("\"abc\""))),
            ("  \"\" ", Some(Some("\"\""))),
            ("\"a/b:c=\"", Some(Some("\"a/b:c=\""))),
            ("W/\"abc\"", Some(None)),
            ("abc", None),
            ("\"", None),
            ("\"abc", None),
            ("abc\"", None),
            ("w/\"abc\"", None),
            ("\"a\"b\"", None),
            ("\"a b\"", None),
            ("\"a\r\nX: y\"", None),
            ("", None),
        ] {
            let read = ETag::parse(header);
            assert_eq!(read.as_ref().map(ETag::strong), strong, "{header:?}");
            assert!(read.is_none_or(|etag| etag.text() == header.trim()));
        }
        let header = "W/\"a7a17d6d\"";
        assert!((0..header.len()).all(|n| ETag::parse(&header[..n]).is_none()));
    }

    #[test]
    fn waits() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (header, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("18446744073709551616", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:49:07 GMT", Some(0)),
        ] {
            assert_eq!(retry_after(header, now), seconds.map(Duration::from_secs), "{header:?}");
        }
        let date = "Sun, 06 Nov 1994 08:50:37 GMT";
        assert!((0..date.len()).all(|n| retry_after(&date[..n], now).is_none()));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(start in 0..u64::MAX / 2, n in 1..1_u64 << 40, behind in 0..1_u64 << 40) {
            let (end, total) = (start + n, start + n + behind);
            let header = format!("bytes {start}-{}/{total}", end - 1);
            prop_assert_eq!(ContentRange::parse(&header), range(start..end, total));
        }

        #[test]
        fn nothing_panics(header in "(bytes )?[0-9*/ -]{0,12}|.{0,24}") {
            if let Some(ContentRange { span, n_total }) = ContentRange::parse(&header) {
                let end = span.map_or(0, |span| { assert!(span.start < span.end); span.end });
                prop_assert!(n_total.is_none_or(|total| end <= total));
            }
            let _ = (ETag::parse(&header), retry_after(&header, SystemTime::UNIX_EPOCH));
        }
    }
}
