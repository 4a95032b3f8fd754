//! Models in several files, as `llama-gguf-split` writes them: `NAME-00001-of-00003.gguf` and so on, with
//! `split.no`, `split.count` and `split.tensors.count` inside. llama.cpp is given the first and finds the others by
//! name in the same folder. Only names and counts are here; each part is read like any file.

use std::path::{Path, PathBuf};

use super::read::Contents;
use super::rejected::Rejected;
use super::value::Value;

/// Most parts; the largest published models have about 100.
const MAX_PARTS: u16 = 1024;

/// What a part says about its place: its number from 0, and how many parts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) no: u16,
    pub(crate) count: u16,
}

/// The place a file says it has, `None` when it stands alone. llama.cpp takes both keys as `u16` only.
pub(crate) fn place(contents: &Contents) -> Result<Option<Place>, Rejected> {
    let get = |key: &str| match contents.metadata.get(key) {
        None => Ok(None),
        Some(Value::U16(n)) => Ok(Some(*n)),
        Some(other) => Err(Rejected::corrupt(key, other.kind().name())),
    };
    let (no, count) = (get("split.no")?, get("split.count")?);
    let Some(count) = count.filter(|count| *count > 1) else { return Ok(None) };
    match no {
        _ if count > MAX_PARTS => Err(Rejected::corrupt("split.count", count)),
        Some(no) if no < count => Ok(Some(Place { no, count })),
        Some(no) => Err(Rejected::corrupt("split.no", no)),
        None => Err(Rejected::corrupt("split.no", "?")),
    }
}

/// How many tensors all parts have together, as the first one says it.
pub(crate) fn n_tensors(contents: &Contents) -> Result<u64, Rejected> {
    match contents.metadata.get("split.tensors.count") {
        Some(Value::I32(n)) if *n >= 0 => Ok(n.unsigned_abs().into()),
        Some(other) => Err(Rejected::corrupt("split.tensors.count", format!("{other:?}"))),
        None => Err(Rejected::corrupt("split.tensors.count", "?")),
    }
}

/// The names of all parts beside `path`, which itself must be named as the part it says it is.
pub(crate) fn siblings(path: &Path, place: Place) -> Result<Vec<PathBuf>, Rejected> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let prefix = name.strip_suffix(&ending(place.no, place.count)).filter(|prefix| !prefix.is_empty());
    let Some(prefix) = prefix else {
        return Err(Rejected::MissingPart { name: format!("{}{}", stem(&name), ending(place.no, place.count)) });
    };
    Ok((0..place.count).map(|no| path.with_file_name(format!("{prefix}{}", ending(no, place.count)))).collect())
}

fn ending(no: u16, count: u16) -> String {
    format!("-{:05}-of-{count:05}.gguf", no + 1)
}

fn stem(name: &str) -> &str {
    name.strip_suffix(".gguf").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_parts() {
        let parts = siblings(Path::new("/m/x-00002-of-00003.gguf"), Place { no: 1, count: 3 }).unwrap();
        assert_eq!(
            parts,
            ["/m/x-00001-of-00003.gguf", "/m/x-00002-of-00003.gguf", "/m/x-00003-of-00003.gguf"].map(PathBuf::from)
        );
        for renamed in ["/m/x.gguf", "/m/x-00001-of-00003.gguf", "/m/-00002-of-00003.gguf", "/"] {
            assert!(
                matches!(siblings(Path::new(renamed), Place { no: 1, count: 3 }), Err(Rejected::MissingPart { .. })),
                "{renamed}"
            );
        }
    }
}
