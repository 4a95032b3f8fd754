//! Reads the header of a safetensors file: which tensors there are and where each lies. The rules are those of the
//! library of that name: the tensors cover the data without gap or overlap, each as large as its shape and type say.

use ::safetensors::Dtype;
use ::safetensors::tensor::Metadata;

use super::{Stored, no_weights};
use crate::gguf::TensorType;
use crate::import::Refused;
use crate::import::source::{ReadAt, read_part};

/// Largest header. The library takes 100 MB, but its reader needs many times that in memory; the real ones of
/// the largest models stay below 1 MB.
const MAX_HEADER_BYTES: u64 = 16 << 20;
/// The header's length, before the header.
const LENGTH_BYTES: u64 = 8;

/// The tensors in the order in which they lie in the file.
///
/// # Errors
/// [`Refused`], with all tensors that are of another type than ours.
pub fn read_tensors(source: &dyn ReadAt) -> Result<Vec<Stored>, Refused> {
    if let Some(why) = no_weights(source)? {
        return Err(why);
    }
    let have = source.len();
    let mut length = [0; LENGTH_BYTES as usize];
    if have < LENGTH_BYTES {
        return Err(Refused::Truncated { need: LENGTH_BYTES, have });
    }
    source.read_at(0, &mut length)?;
    let n_header = u64::from_le_bytes(length);
    let header = read_part(source, "header", LENGTH_BYTES, n_header, MAX_HEADER_BYTES)?;
    let metadata: Metadata = serde_json::from_slice(&header).map_err(|error| Refused::corrupt("header", error))?;

    let data_start = LENGTH_BYTES + n_header;
    let need = data_start.saturating_add(metadata.data_len() as u64);
    if have < need {
        return Err(Refused::Truncated { need, have });
    }
    if have > need {
        return Err(Refused::corrupt("file", format!("{have} > {need}")));
    }
    let (mut tensors, mut reasons) = (Vec::new(), Vec::new());
    for name in metadata.offset_keys() {
        let Some(info) = metadata.info(&name) else { continue };
        let kind = match info.dtype {
            Dtype::F32 => TensorType::F32,
            Dtype::F16 => TensorType::F16,
            Dtype::BF16 => TensorType::BF16,
            other => {
                reasons.push(Refused::unsupported(name, other, "F16 / BF16 / F32"));
                continue;
            }
        };
        let shape = info.shape.iter().map(|size| *size as u64).collect();
        let (start, end) = info.data_offsets;
        let (offset, n_bytes) = (data_start + start as u64, (end - start) as u64);
        tensors.push(Stored { name, shape, kind, offset, n_bytes });
    }
    Refused::unless_none(reasons)?;
    Ok(tensors)
}

#[cfg(test)]
#[path = "safetensors_tests.rs"]
mod tests;
