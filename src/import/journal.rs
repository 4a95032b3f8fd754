//! How far an unfinished import is: beside the file, and only ever behind what is really in it.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::disk;

#[derive(Serialize, Deserialize)]
struct Journal {
    fingerprint: String,
    n_finished: usize,
}

/// The journal of an unfinished file.
#[must_use]
pub fn path(part: &Path) -> PathBuf {
    part.with_added_extension("json")
}

/// How many tensors are finished of the import that has this fingerprint; `None` where there is no such.
#[must_use]
pub fn read(path: &Path, fingerprint: &str) -> Option<usize> {
    let journal: Journal = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    (journal.fingerprint == fingerprint).then_some(journal.n_finished)
}

/// Keeps how many tensors are finished.
///
/// # Errors
/// The system's.
pub fn write(path: &Path, fingerprint: &str, n_finished: usize) -> io::Result<()> {
    let journal = Journal { fingerprint: fingerprint.to_owned(), n_finished };
    disk::write_whole(path, &serde_json::to_vec(&journal)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_import_is_gone_on_with() {
        let dir = tempfile::tempdir().unwrap();
        let path = path(&dir.path().join("x.gguf.part"));
        assert!(path.ends_with("x.gguf.part.json"));
        assert_eq!(read(&path, "a"), None);
        write(&path, "a", 7).unwrap();
        assert_eq!((read(&path, "a"), read(&path, "b")), (Some(7), None));
        std::fs::write(&path, "{\"fingerprint\":\"a\"").unwrap();
        assert_eq!(read(&path, "a"), None);
    }
}
