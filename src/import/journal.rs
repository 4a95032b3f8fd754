//! How far an unfinished import is: beside the file, and only ever behind what is really in it. It also says which
//! version of the source the file is begun from, where that has a name.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::disk;

#[derive(Serialize, Deserialize)]
struct Journal {
    fingerprint: String,
    n_finished: usize,
    origin: Option<String>,
}

/// The journal of an unfinished file.
#[must_use]
pub fn path(part: &Path) -> PathBuf {
    part.with_added_extension("json")
}

/// How many tensors are finished of the import that has this fingerprint; `None` where there is no such.
#[must_use]
pub fn read(path: &Path, fingerprint: &str) -> Option<usize> {
    open(path).filter(|journal| journal.fingerprint == fingerprint).map(|journal| journal.n_finished)
}

/// Which version of its source an unfinished file is begun from, as [`write()`] was told. Untrusted.
#[must_use]
pub fn origin(path: &Path) -> Option<String> {
    open(path)?.origin
}

fn open(path: &Path) -> Option<Journal> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// Keeps how many tensors are finished, and which version of the source they are from.
///
/// # Errors
/// The system's.
pub fn write(path: &Path, fingerprint: &str, n_finished: usize, origin: Option<&str>) -> io::Result<()> {
    let journal = Journal { fingerprint: fingerprint.to_owned(), n_finished, origin: origin.map(str::to_owned) };
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
        write(&path, "a", 7, None).unwrap();
        assert_eq!((read(&path, "a"), read(&path, "b"), origin(&path)), (Some(7), None, None));
        write(&path, "a", 8, Some("of today")).unwrap();
        assert_eq!((read(&path, "a"), origin(&path).as_deref()), (Some(8), Some("of today")));
        std::fs::write(&path, "{\"fingerprint\":\"a\"").unwrap();
        assert_eq!(read(&path, "a"), None);
    }
}
