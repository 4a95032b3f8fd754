//! Checkpoints as Hugging Face's libraries save them: which tensors there are, and where in which file each lies.
//!
//! Weights are not read here, and what the tensors' names mean is not known. A [`Checkpoint`] is whole: every file
//! of it was opened and its list of tensors read, no name is there twice, and each tensor lies inside its file.

mod archive;
mod opcode;
mod pickle;
pub mod safetensors;
pub mod state_dict;
pub mod torch;

#[cfg(test)]
mod samples;
#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;

use super::Refused;
use super::source::{Folder, ReadAt, read_part, read_whole};
use crate::gguf::TensorType;
use crate::gguf::sniff::{SNIFFED_BYTES, Sniffed};
use crate::text::names::{has_ending, is_file};

/// Largest index of shards; that of a model of 405 billion weights has 0.1 MB.
const MAX_INDEX_BYTES: u64 = 16 << 20;

/// Where weights are, in the order looked in: one file, or else the index of many.
const PLACES: [(&str, &str); 2] =
    [("model.safetensors", "model.safetensors.index.json"), ("pytorch_model.bin", "pytorch_model.bin.index.json")];

/// Which of the [`PLACES`] a file belongs to, by its name.
fn place_of(name: &str) -> Option<usize> {
    PLACES.iter().position(|(single, index)| {
        let (stem, ending) = single.rsplit_once('.').unwrap_or((single, ""));
        name == *index || (name.starts_with(stem) && has_ending(name, ending))
    })
}

/// Which of them is read in a folder that has these files.
fn place(has: impl Fn(&str) -> bool) -> Option<usize> {
    PLACES.iter().position(|(single, index)| has(single) || has(index))
}

/// Whether a file is of the weights that [`Checkpoint::open`] reads in a folder that has these files.
pub fn is_read(name: &str, has: impl Fn(&str) -> bool) -> bool {
    place_of(name).is_some_and(|own| place(has) == Some(own))
}

/// Whether a file is weights that are not read, as the folder has them in another format as well.
pub fn is_passed_over(name: &str, has: impl Fn(&str) -> bool) -> bool {
    place_of(name).is_some_and(|own| place(has).is_some_and(|read| read != own))
}

/// A tensor in a file, its numbers row after row without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its name in the checkpoint.
    pub name: String,
    /// Its dimensions as PyTorch has them: rows first.
    pub shape: Vec<u64>,
    /// Its number format: one of those that `widen` knows.
    pub kind: TensorType,
    /// Where its first byte is in the file.
    pub offset: u64,
    /// How many bytes it has: as many as numbers of [`Stored::kind`] in this [`Stored::shape`] take.
    pub n_bytes: u64,
}

/// A file of weights.
pub struct Shard {
    /// Its file name.
    pub name: String,
    /// Its bytes.
    pub source: Box<dyn ReadAt>,
}

impl Shard {
    fn read_tensors(&self) -> Result<Vec<Stored>, Refused> {
        let source = self.source.as_ref();
        let read = if self.name.ends_with(".bin") { torch::read_tensors } else { safetensors::read_tensors };
        read(source).map_err(|why| why.in_file(&self.name))
    }
}

/// All tensors of a model, and the files they are in.
pub struct Checkpoint {
    /// The files.
    pub shards: Vec<Shard>,
    /// The tensors, each with the index of its file in [`Checkpoint::shards`]; file by file, in the order in which
    /// they lie there.
    pub tensors: Vec<(usize, Stored)>,
}

impl Checkpoint {
    /// Finds the weights in a folder, and reads what there is. Of a model saved in both formats, the safetensors
    /// files are taken.
    ///
    /// # Errors
    /// [`Refused`], with all that is wrong with the files where it is more than one thing.
    pub fn open(folder: &dyn Folder) -> Result<Self, Refused> {
        for (single, index) in PLACES {
            if let Some(source) = find(folder, single)? {
                return Self::read(vec![Shard { name: single.to_owned(), source }], &BTreeMap::new());
            }
            if let Some(source) = find(folder, index)? {
                let placed = read_index(source.as_ref()).map_err(|why| why.in_file(index))?;
                return Self::read(open_shards(folder, &placed)?, &placed);
            }
        }
        Err(Refused::NoWeights)
    }

    /// Reads the lists of tensors; `placed` says which file each must be in at least.
    fn read(shards: Vec<Shard>, placed: &BTreeMap<String, String>) -> Result<Self, Refused> {
        let (mut tensors, mut reasons) = (Vec::new(), Vec::new());
        for (i, shard) in shards.iter().enumerate() {
            match shard.read_tensors() {
                Ok(found) => tensors.extend(found.into_iter().map(|tensor| (i, tensor))),
                Err(why) => reasons.push(why),
            }
        }
        Refused::unless_none(reasons)?;
        let reasons = contradictions(&shards, &tensors, placed);
        Refused::unless_none(reasons)?;
        Ok(Self { shards, tensors })
    }
}

/// Names that are there twice, and those that are not where the index has them.
fn contradictions(shards: &[Shard], tensors: &[(usize, Stored)], placed: &BTreeMap<String, String>) -> Vec<Refused> {
    let mut reasons = Vec::new();
    let mut shard_of: HashMap<&str, usize> = HashMap::new();
    for (i, tensor) in tensors {
        if let Some(other) = shard_of.insert(&tensor.name, *i) {
            let files = [other, *i].map(|shard| shards[shard].name.clone());
            reasons.push(Refused::Duplicate { tensor: tensor.name.clone(), files });
        }
    }
    for (i, shard) in shards.iter().enumerate() {
        let expected = placed.iter().filter(|(_, file)| **file == shard.name).map(|(tensor, _)| tensor);
        let names: Vec<String> = expected.filter(|name| shard_of.get(name.as_str()) != Some(&i)).cloned().collect();
        if !names.is_empty() {
            reasons.push(Refused::MissingTensors { names }.in_file(&shard.name));
        }
    }
    reasons
}

/// Why a file is no weights in any format, if that can be seen from its first bytes: what people have in place of them.
fn no_weights(source: &dyn ReadAt) -> Result<Option<Refused>, Refused> {
    let n_start = source.len().min(SNIFFED_BYTES as u64);
    let start = read_part(source, "start", 0, n_start, n_start)?;
    Ok(match Sniffed::of(&start) {
        Some(what @ (Sniffed::Empty | Sniffed::Html | Sniffed::LfsPointer)) => Some(Refused::NotWeights { what }),
        _ => None,
    })
}

fn find(folder: &dyn Folder, name: &str) -> Result<Option<Box<dyn ReadAt>>, Refused> {
    match folder.open(name) {
        Ok(source) => Ok(Some(source)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Refused::from(error).in_file(name)),
    }
}

/// Which file each tensor is in, by the tensors' names.
fn read_index(source: &dyn ReadAt) -> Result<BTreeMap<String, String>, Refused> {
    #[derive(serde::Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    let bytes = read_whole(source, MAX_INDEX_BYTES)?;
    let index: Index = serde_json::from_slice(&bytes).map_err(|error| Refused::corrupt("JSON", error))?;
    if index.weight_map.is_empty() {
        return Err(Refused::corrupt("weight_map", "{}"));
    }
    Ok(index.weight_map)
}

fn open_shards(folder: &dyn Folder, placed: &BTreeMap<String, String>) -> Result<Vec<Shard>, Refused> {
    let names: BTreeSet<&String> = placed.values().collect();
    let bad = names.iter().filter(|name| !is_weights_name(name));
    Refused::unless_none(bad.map(|name| Refused::FileName { name: (*name).clone() }).collect())?;
    let (mut shards, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        match find(folder, name)? {
            Some(source) => shards.push(Shard { name: name.clone(), source }),
            None => missing.push(name.clone()),
        }
    }
    if missing.is_empty() { Ok(shards) } else { Err(Refused::MissingFiles { names: missing }) }
}

/// The plain name of a file, with one of our two extensions.
fn is_weights_name(name: &str) -> bool {
    is_file(name) && [".safetensors", ".bin"].iter().any(|extension| name.ends_with(extension))
}
