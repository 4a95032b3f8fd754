//! What is written beside an unfinished download, so that a later run can go on with it: which file it is to become,
//! which version of it this is, and which bytes are there. It never claims a byte that is not on the disk; one that
//! is damaged, or of another file, counts as none.

use serde::{Deserialize, Serialize};

use super::extents::Extents;
use super::range::ETag;
use super::sum::Sum;

const VERSION: u32 = 1;

/// What is known of an unfinished file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sidecar {
    /// Who sent it last; the version below is this server's.
    pub(super) host: Option<String>,
    /// The commit that was asked for.
    pub(super) commit: Option<String>,
    /// The version.
    pub(super) etag: Option<ETag>,
    /// The length of the whole, where it is known.
    pub(super) n_bytes: Option<u64>,
    /// The hash of the whole, where it is known.
    pub(super) sum: Option<Sum>,
    /// The bytes that are there.
    pub(super) done: Extents,
}

/// As it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    v: u32,
    host: Option<String>,
    commit: Option<String>,
    etag: Option<String>,
    size: Option<u64>,
    sha256: Option<String>,
    /// From, and up to.
    done: Vec<(u64, u64)>,
}

impl Sidecar {
    /// Reads one. `None`: it is damaged, or newer than we are.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let written: Written = serde_json::from_slice(bytes).ok()?;
        let mut done = Extents::default();
        for (start, end) in &written.done {
            if start >= end || written.size.is_some_and(|size| *end > size) {
                return None;
            }
            done.insert(*start..*end);
        }
        let sum = match &written.sha256 {
            Some(hex) => Some(Sum::parse(hex)?),
            None => None,
        };
        (written.v == VERSION).then_some(Self {
            host: written.host,
            commit: written.commit,
            etag: written.etag.as_deref().and_then(ETag::parse),
            n_bytes: written.size,
            sum,
            done,
        })
    }

    /// As it is written.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let written = Written {
            v: VERSION,
            host: self.host.clone(),
            commit: self.commit.clone(),
            etag: self.etag.as_ref().map(|etag| etag.text().to_owned()),
            size: self.n_bytes,
            sha256: self.sum.map(|sum| sum.to_string()),
            done: self.done.ranges().iter().map(|range| (range.start, range.end)).collect(),
        };
        // Plain values in plain fields always make JSON.
        serde_json::to_vec(&written).unwrap_or_default()
    }

    /// Whether what is there is the beginning of the file that is wanted, so that a server may go on with it: by the
    /// hash; or, where there is none, by a version that the same server can be held to.
    #[must_use]
    pub(super) fn is_of(&self, n_bytes: Option<u64>, sum: Option<Sum>, host: &str) -> bool {
        let is_same_length = self.n_bytes.is_none() || n_bytes.is_none() || self.n_bytes == n_bytes;
        let is_same_file = match sum {
            Some(_) => self.sum == sum,
            None => {
                self.host.as_deref() == Some(host) && self.etag.as_ref().is_some_and(|etag| etag.strong().is_some())
            }
        };
        is_same_length && is_same_file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Sidecar {
        let mut done = Extents::default();
        done.insert(0..10);
        done.insert(50..60);
        Sidecar {
            host: Some("huggingface.co".into()),
            commit: Some("245bc5104d85dcc9a11a0e0a9ae6de38dfae536f".into()),
            etag: ETag::parse("\"abc\""),
            n_bytes: Some(100),
            sum: Some(Sum::of_bytes(b"abc")),
            done,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for sidecar in [sample(), Sidecar::default()] {
            assert_eq!(Sidecar::read(&sidecar.write()), Some(sidecar));
        }
    }

    #[test]
    fn a_damaged_one_is_none() {
        let whole = sample().write();
        assert!((0..whole.len()).all(|n| Sidecar::read(&whole[..n]).is_none()));
        let text = String::from_utf8(whole).unwrap();
        for (right, wrong) in [
            ("\"v\":1", "\"v\":2"),
            ("[50,60]", "[60,50]"),
            ("[50,60]", "[50,50]"),
            ("[50,60]", "[50,101]"),
            ("[50,60]", "[-1,60]"),
            ("[50,60]", "[50]"),
            ("\"size\":100", "\"size\":\"100\""),
            ("\"sha256\":\"ba", "\"sha256\":\"b"),
        ] {
            assert!(text.contains(right), "{right} in {text}");
            assert_eq!(Sidecar::read(text.replace(right, wrong).as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn only_the_same_file_is_gone_on_with() {
        let (sidecar, sum) = (sample(), Sum::of_bytes(b"abc"));
        assert!(sidecar.is_of(Some(100), Some(sum), "hf-mirror.com"));
        assert!(sidecar.is_of(None, Some(sum), "hf-mirror.com"));
        assert!(!sidecar.is_of(Some(101), Some(sum), "huggingface.co"));
        assert!(!sidecar.is_of(Some(100), Some(Sum::of_bytes(b"")), "huggingface.co"));
        assert!(sidecar.is_of(Some(100), None, "huggingface.co"));
        assert!(!sidecar.is_of(Some(100), None, "hf-mirror.com"));
        let unnamed = Sidecar { etag: ETag::parse("W/\"abc\""), sum: None, ..sidecar };
        assert!(!unnamed.is_of(Some(100), None, "huggingface.co"));
        assert!(!unnamed.is_of(Some(100), Some(sum), "huggingface.co"));
    }
}
