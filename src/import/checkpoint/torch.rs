//! Reads what a `torch.save` file of weights (`pytorch_model*.bin`) holds: a zip archive of one pickle, and one entry
//! of plain numbers a storage. A tensor is where its part of its storage lies in the archive.

use super::archive::{Entry, read_entries};
use super::state_dict::{View, read_views};
use super::{Stored, no_weights, pickle};
use crate::import::Refused;
use crate::import::source::{ReadAt, read_part};

/// How a file of before PyTorch 1.6 begins: the pickle of its `MAGIC_NUMBER`.
const OLD_START: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
/// `kMaxSupportedFileFormatVersion` of PyTorch's `caffe2/serialize/versions.h`.
const MAX_VERSION: u64 = 10;

/// The tensors of a state dict, in the order in which they lie in the file.
///
/// # Errors
/// [`Refused`], with all tensors that cannot be imported.
pub fn read_tensors(source: &dyn ReadAt) -> Result<Vec<Stored>, Refused> {
    refuse_others(source)?;
    let entries = read_entries(source)?;
    let roots = entries.keys().filter_map(|name| name.strip_suffix("/data.pkl")).filter(|root| !root.contains('/'));
    let roots: Vec<&str> = roots.collect();
    let &[root] = roots.as_slice() else {
        return Err(Refused::unsupported("data.pkl", roots.len(), 1));
    };
    let text = |name: &str| -> Result<Option<String>, Refused> {
        let Some(Entry { offset, n_bytes }) = entries.get(&format!("{root}/{name}")) else { return Ok(None) };
        let bytes = read_part(source, name, *offset, *n_bytes, 64)?;
        Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned()))
    };
    // Older versions of PyTorch did not write it, and ran on little-endian machines.
    if let Some(order) = text("byteorder")?.filter(|order| order != "little") {
        return Err(Refused::unsupported("byteorder", order, "little"));
    }
    if let Some(version) = text("version")?.filter(|version| !version.parse().is_ok_and(|n: u64| n <= MAX_VERSION)) {
        return Err(Refused::unsupported("torch.save version", version, format!("≤ {MAX_VERSION}")));
    }
    let Entry { offset, n_bytes } = entries[&format!("{root}/data.pkl")];
    let views = read_views(&read_part(source, "data.pkl", offset, n_bytes, pickle::MAX_BYTES)?)?;

    let (mut tensors, mut reasons) = (Vec::new(), Vec::new());
    for view in views {
        let path = format!("{root}/data/{}", view.storage);
        match place(view, &path, entries.get(&path)) {
            Ok(tensor) => tensors.push(tensor),
            Err(why) => reasons.push(why),
        }
    }
    Refused::unless_none(reasons)?;
    tensors.sort_by_key(|tensor| tensor.offset);
    Ok(tensors)
}

/// Where a view lies, given where its storage does.
fn place(view: View, path: &str, storage: Option<&Entry>) -> Result<Stored, Refused> {
    let Some(storage) = storage else {
        return Err(Refused::corrupt(view.name, format!("{path}: none")));
    };
    let size = view.kind.block_bytes();
    if view.n_stored.checked_mul(size) != Some(storage.n_bytes) {
        return Err(Refused::corrupt(path, format!("{} / {} × {size}", storage.n_bytes, view.n_stored)));
    }
    // A view ends inside its storage, and a storage inside the file.
    let (offset, n_bytes) = (storage.offset + view.first * size, view.n_elements() * size);
    Ok(Stored { name: view.name, shape: view.shape, kind: view.kind, offset, n_bytes })
}

fn refuse_others(source: &dyn ReadAt) -> Result<(), Refused> {
    if let Some(why) = no_weights(source)? {
        return Err(why);
    }
    let n_start = source.len().min(OLD_START.len() as u64);
    let start = read_part(source, "zip", 0, n_start, n_start)?;
    if start.starts_with(OLD_START) {
        return Err(Refused::OldTorch);
    }
    if !start.starts_with(b"PK\x03\x04") {
        return Err(Refused::corrupt("zip", start.escape_ascii()));
    }
    Ok(())
}

#[cfg(test)]
#[path = "torch_tests.rs"]
mod tests;
