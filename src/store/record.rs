//! What is written beside a model's file once it has been fetched: which file of which commit it is, who sent it, and
//! its hash, so that it can be checked later without asking anyone; beside one that was made of a checkpoint, of which
//! commit. One that is damaged counts as none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::download::sum::Sum;
use crate::disk;
use crate::text::names::{check_repo, check_revision};

const VERSION: u32 = 1;

/// Where a file came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its repository on the hub.
    pub repo: String,
    /// The commit, where it is known.
    pub commit: Option<String>,
    /// Who sent it; `None`: another program had it already, or it was made here.
    pub host: Option<String>,
    /// Its length.
    pub n_bytes: u64,
    /// Its hash; `None`: it was made here, and nobody else could tell it.
    pub sum: Option<Sum>,
}

/// As it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    v: u32,
    repo: String,
    commit: Option<String>,
    host: Option<String>,
    size: u64,
    sha256: Option<String>,
}

impl Record {
    /// The place of a file's record: `NAME.json` beside it.
    #[must_use]
    pub fn path(file: &Path) -> PathBuf {
        file.with_added_extension("json")
    }

    /// The record of a file, where there is one.
    #[must_use]
    pub fn of(file: &Path) -> Option<Self> {
        Self::read(&fs::read(Self::path(file)).ok()?)
    }

    /// Writes it beside its file.
    ///
    /// # Errors
    /// The system's.
    pub fn keep(&self, file: &Path) -> io::Result<()> {
        let written = Written {
            v: VERSION,
            repo: self.repo.clone(),
            commit: self.commit.clone(),
            host: self.host.clone(),
            size: self.n_bytes,
            sha256: self.sum.map(|sum| sum.to_string()),
        };
        disk::write_whole(&Self::path(file), &serde_json::to_vec_pretty(&written)?)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let Written { v, repo, commit, host, size, sha256 } = serde_json::from_slice(bytes).ok()?;
        let sum = match sha256 {
            Some(hex) => Some(Sum::parse(&hex)?),
            None => None,
        };
        // They become part of addresses.
        let is_right = v == VERSION
            && check_repo(&repo).is_ok()
            && commit.as_deref().is_none_or(|commit| check_revision(commit).is_ok());
        is_right.then_some(Self { repo, commit, host, n_bytes: size, sum })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Record {
        Record {
            repo: "a/b".into(),
            commit: Some("245bc5104d85dcc9a11a0e0a9ae6de38dfae536f".into()),
            host: Some("huggingface.co".into()),
            n_bytes: 7,
            sum: Some(Sum::of_bytes(b"abc")),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.gguf");
        assert_eq!(Record::of(&file), None);
        for record in [sample(), Record { commit: None, host: None, ..sample() }, Record { sum: None, ..sample() }] {
            record.keep(&file).unwrap();
            assert_eq!(Record::of(&file), Some(record));
        }
        assert!(dir.path().join("x.gguf.json").exists());
    }

    #[test]
    fn a_damaged_one_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.gguf");
        sample().keep(&file).unwrap();
        let text = fs::read_to_string(Record::path(&file)).unwrap();
        assert!((0..text.len()).all(|n| Record::read(&text.as_bytes()[..n]).is_none()));
        for (right, wrong) in [
            ("\"v\": 1", "\"v\": 2"),
            ("a/b", "../b"),
            ("245bc5104d85", "../../x"),
            ("\"size\": 7", "\"size\": -7"),
            ("\"sha256\": \"ba", "\"sha256\": \"b"),
        ] {
            assert!(text.contains(right), "{right} in {text}");
            assert_eq!(Record::read(text.replace(right, wrong).as_bytes()), None, "{wrong}");
        }
    }
}
