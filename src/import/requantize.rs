//! A GGUF file that is not quantized, or in Q8_0 at most, to a quantized one: the same tensors, the same metadata.
//!
//! Which tensors there are, in which order and of which types, and which keys, is what `llama-quantize` makes of the
//! same file (`llama-quant.cpp` of llama-cpp-python 0.3.36): the metadata stays in its own order, with what is said
//! of the quantization put anew at its end. The source has passed our reader and our validator, so that whatever is in it
//! is a `llama` model; text in it that is no UTF-8 does not come through as it was.

use std::path::Path;

use super::checkpoint::{Checkpoint, Shard, Stored};
use super::metadata::{self, About};
use super::mixture::{self, Proportions, Quant};
use super::source::LocalFile;
use super::tensors::{Mapped, Mapping};
use super::widen::WIDENED;
use super::{Prepared, Refused};
use crate::gguf::value::Value;
use crate::gguf::write::ALIGNMENT;
use crate::gguf::{self, Header};
use crate::text::model_file::{quant, stem};

/// What only a part of a model says of itself.
const SPLIT: [&str; 3] = ["split.no", "split.count", "split.tensors.count"];

/// Reads all but the weights of the file at `path`, and of its other parts when it is the first part of a split model.
///
/// # Errors
/// [`Refused`] when it is no sound GGUF file of a `llama` model, or quantized to less than Q8_0.
pub(super) fn prepare(path: &Path, quant: Quant, about: &About) -> Result<Prepared, Refused> {
    let header = Header::read(path)?;
    gguf::validate(&header)?;
    if header.architecture() != "llama" {
        return Err(Refused::unsupported("general.architecture", header.architecture(), "llama"));
    }
    if let Some(tensor) = header.tensors().iter().find(|tensor| !WIDENED.contains(&tensor.kind)) {
        return Err(Refused::Quantized { tensor: tensor.name.clone(), kind: tensor.kind.name() });
    }
    let checkpoint = checkpoint(&header)?;
    let mapping = mapping(&header);
    let metadata = metadata(&header, quant, about, mapping.n_elements());
    let draft = super::draft(&metadata, &mapping.planned(quant, proportions(&header)))?;
    Ok(Prepared { checkpoint, mapping, draft, renamed: Vec::new(), left_out: Vec::new() })
}

/// What the model in a file is called, as far as the file's name tells: without the ending, the number of a part, and
/// the type of its weights.
#[must_use]
pub fn name(path: &Path) -> Option<&str> {
    let file = path.file_name()?.to_str()?;
    let stem = stem(file);
    let plain = quant(file).and_then(|kind| stem.strip_suffix(kind)?.strip_suffix(['.', '-', '_']));
    Some(plain.filter(|plain| !plain.is_empty()).unwrap_or(stem))
}

fn proportions(header: &Header) -> Proportions {
    // The validator has seen that the file says each of these.
    let number = |said: Option<u32>| said.unwrap_or_default();
    Proportions {
        n_layers: number(header.n_layers()),
        n_head: number(header.n_head()),
        n_head_kv: number(header.n_head_kv()),
    }
}

/// The tensors where they lie, part by part.
fn checkpoint(header: &Header) -> Result<Checkpoint, Refused> {
    let mut left = header.tensors().iter();
    let (mut shards, mut tensors) = (Vec::new(), Vec::new());
    for (i, part) in header.parts().iter().enumerate() {
        let name = part.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let source = LocalFile::open(&part.path).map_err(|error| Refused::from(error).in_file(&name))?;
        shards.push(Shard { name, source: Box::new(source) });
        tensors.extend(left.by_ref().take(part.n_tensors).map(|tensor| {
            let shape = tensor.dims.iter().rev().copied().collect();
            let offset = part.data_offset + tensor.offset;
            (i, Stored { name: tensor.name.clone(), shape, kind: tensor.kind, offset, n_bytes: tensor.n_bytes })
        }));
    }
    Ok(Checkpoint { shards, tensors })
}

fn mapping(header: &Header) -> Mapping {
    let mapped = header.tensors().iter().enumerate().map(|(source, tensor)| Mapped {
        source,
        name: tensor.name.clone(),
        // Ones at the end are not written, as ggml does not count them.
        dims: tensor.shape().to_vec(),
        kind: tensor.kind,
        // They stand as llama.cpp wants them already.
        regrouping: None,
    });
    let mut tensors: Vec<Mapped> = mapped.collect();
    tensors.sort_by(|a, b| mixture::in_file_order(&a.name, &b.name));
    Mapping { tensors, has_value_head: false }
}

fn metadata(header: &Header, quant: Quant, about: &About, n_elements: u64) -> Vec<(String, Value)> {
    let quantized = metadata::quantized(quant);
    let is_kept = |key: &str, value: &Value| match key {
        // Our files have the usual alignment, whatever the source's is.
        "general.alignment" => value.as_u64() == Some(ALIGNMENT),
        _ => !SPLIT.contains(&key) && quantized.iter().all(|(ours, _)| ours != key),
    };
    let kept = header.metadata().filter(|(key, value)| is_kept(key, value));
    let mut metadata: Vec<(String, Value)> = kept.map(|(key, value)| (key.to_owned(), value.clone())).collect();
    // A file goes further than what is known of it here: name, licence and chat template are looked for in it alone.
    // What its maker has put there is left as it is; what is missing is added, as it is to a checkpoint's file.
    let known = metadata::general(about, n_elements);
    metadata.extend(known.into_iter().filter(|(key, _)| header.value(key).is_none()));
    metadata.extend(quantized);
    metadata
}

#[cfg(test)]
#[path = "requantize_tests.rs"]
mod tests;
