//! From what a pickle holds to the tensors of a state dict, each held against the storage that it is a view of.
//!
//! A [`View`] that comes out of here is a dense run of numbers of one of our formats, inside its storage. Whether the
//! storage is there, and has the size it is said to have, is for the file around the pickle.

use std::collections::BTreeSet;

use super::pickle::{self, Loaded, Tensor, Value};
use crate::gguf::TensorType;
use crate::import::Refused;

/// Longest name of a tensor or of its storage.
const MAX_NAME_BYTES: usize = 512;

/// A tensor of a state dict: a run of numbers within a storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its name in the state dict.
    pub name: String,
    /// Its number format.
    pub kind: TensorType,
    /// Its dimensions, rows first; its numbers lie row after row without gaps.
    pub shape: Vec<u64>,
    /// The name of its storage.
    pub storage: String,
    /// How many numbers the storage has.
    pub n_stored: u64,
    /// Which of them is the tensor's first.
    pub first: u64,
}

impl View {
    /// How many numbers it has; they end inside the storage, so this cannot overflow.
    #[must_use]
    pub fn n_elements(&self) -> u64 {
        self.shape.iter().product()
    }
}

/// The tensors of the state dict in a pickle, which may also be one dict deeper (`{"model": {…}}`). Other things
/// beside the tensors (a count of steps, an optimizer's settings) are passed over.
///
/// # Errors
/// [`Refused`] for a global off the list, for what is no pickle of a state dict, and for tensors that are not dense
/// runs of one of our number formats inside their storage, all of these together.
pub fn read_views(pickle: &[u8]) -> Result<Vec<View>, Refused> {
    let loaded = pickle::load(pickle)?;
    let (mut views, mut reasons) = (Vec::new(), Vec::new());
    for entry in loaded.containers[state_dict(&loaded)?].items.chunks_exact(2) {
        match *entry {
            [Value::Text(name), Value::Tensor(tensor)] if name.len() <= MAX_NAME_BYTES => {
                match view(&loaded, name, &loaded.tensors[tensor]) {
                    Ok(view) => views.push(view),
                    Err(why) => reasons.push(why),
                }
            }
            [Value::Text(name), Value::Tensor(_)] => {
                return Err(Refused::corrupt("data.pkl", format!("name {} bytes", name.len())));
            }
            [_, Value::Tensor(_)] => return Err(Refused::corrupt("data.pkl", "name")),
            _ => {}
        }
    }
    Refused::unless_none(reasons)?;
    Ok(views)
}

/// The dict that holds the tensors: the result itself, or the only one in it that does.
fn state_dict(loaded: &Loaded<'_>) -> Result<usize, Refused> {
    let values = |dict: usize| loaded.containers[dict].items.iter().skip(1).step_by(2);
    let has_tensors = |dict: usize| values(dict).any(|value| matches!(value, Value::Tensor(_)));
    let Value::Dict(outer) = loaded.result else {
        return Err(Refused::unsupported("data.pkl", loaded.result.kind(), "dict"));
    };
    if has_tensors(outer) {
        return Ok(outer);
    }
    // A set, so that one named a million times is looked through once.
    let inner: BTreeSet<usize> =
        values(outer).filter_map(|value| if let Value::Dict(dict) = value { Some(*dict) } else { None }).collect();
    let found: Vec<usize> = inner.into_iter().filter(|dict| has_tensors(*dict)).collect();
    match found[..] {
        [state_dict] => Ok(state_dict),
        _ => Err(Refused::unsupported("state_dict", found.len(), 1)),
    }
}

fn view(loaded: &Loaded<'_>, name: &str, tensor: &Tensor) -> Result<View, Refused> {
    let storage = &loaded.storages[tensor.storage];
    let kind = match storage.kind {
        "FloatStorage" => TensorType::F32,
        "HalfStorage" => TensorType::F16,
        "BFloat16Storage" => TensorType::BF16,
        other => {
            let expected = "HalfStorage / BFloat16Storage / FloatStorage";
            return Err(Refused::unsupported(name, format!("torch.{other}"), expected));
        }
    };
    if storage.key.len() > MAX_NAME_BYTES {
        return Err(Refused::corrupt(name, format!("storage name {} bytes", storage.key.len())));
    }
    let outside = || {
        let (Tensor { first, shape, .. }, n_stored) = (tensor, storage.n_elements);
        Refused::corrupt(name, format!("{first} + {shape:?} / {n_stored}"))
    };
    let sizes = tensor.shape.iter().map(|size| u64::try_from(*size).ok());
    let shape = sizes.collect::<Option<Vec<u64>>>().ok_or_else(outside)?;
    let (Ok(first), Ok(n_stored)) = (u64::try_from(tensor.first), u64::try_from(storage.n_elements)) else {
        return Err(outside());
    };
    let n_elements = shape.iter().try_fold(1u64, |n, size| n.checked_mul(*size)).ok_or_else(outside)?;
    if first.checked_add(n_elements).is_none_or(|end| end > n_stored) {
        return Err(outside());
    }
    if !is_dense(&shape, &tensor.stride) {
        let stride = format!("{:?}", tensor.stride);
        return Err(Refused::unsupported(format!("{name}, shape {shape:?}, stride"), stride, "contiguous"));
    }
    Ok(View { name: name.to_owned(), kind, shape, storage: storage.key.to_owned(), n_stored, first })
}

/// Whether numbers that are `stride` apart lie row after row. Where a dimension is 1 its stride is never taken, and
/// where one is 0 none is.
fn is_dense(shape: &[u64], stride: &[i64]) -> bool {
    let mut expected = 1u64;
    shape.len() == stride.len()
        && (shape.contains(&0)
            || shape.iter().zip(stride).rev().all(|(size, stride)| {
                let is_next = *size == 1 || u64::try_from(*stride) == Ok(expected);
                expected = expected.saturating_mul(*size);
                is_next
            }))
}

#[cfg(test)]
#[path = "state_dict_tests.rs"]
mod tests;
