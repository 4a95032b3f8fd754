//! From a checkpoint, as a model is trained, to a GGUF file, as it is used: in one pass, a slab of rows at a time,
//! with neither a half-way file nor the model in memory.
//!
//! [`prepare`] reads all but the weights and refuses what cannot become a model, before anything is written: the header
//! of the file that it drafts has passed our own validator. [`requantize`] does the same for a GGUF file that is not
//! quantized yet. [`stream`] moves the weights. Where a checkpoint is (this disk, a hub) is behind [`source::Folder`];
//! nothing is printed here.

pub mod checkpoint;
pub mod hyper;
pub mod journal;
mod k_quants;
pub mod metadata;
pub mod mixture;
pub mod outline;
mod quantize;
pub mod refused;
pub mod requantize;
pub mod source;
mod special;
pub mod stream;
pub mod tensors;
pub mod vocabulary;
mod widen;
pub mod worker;

use std::io;

pub use refused::Refused;

use crate::gguf::write::{Draft, Planned};
use crate::gguf::{self, value::Value};
use checkpoint::Checkpoint;
use hyper::Hyper;
use metadata::About;
use mixture::Quant;
use source::{Folder, read_whole};
use stream::Conversion;
use tensors::Mapping;
use vocabulary::{Files, MAX_JSON_BYTES, MAX_MODEL_BYTES, Vocabulary};

/// The small files of a checkpoint that say what its model is, where it has them: without one of them another model may
/// come of it. `README.md`, which may tell the licence, is none.
pub const SMALL_FILES: [&str; 7] = [
    "config.json",
    "generation_config.json",
    "tokenizer.model",
    "added_tokens.json",
    "tokenizer_config.json",
    "tokenizer.json",
    "chat_template.jinja",
];

/// A source that can be converted, and the file that it becomes.
pub struct Prepared {
    checkpoint: Checkpoint,
    mapping: Mapping,
    /// The file: its header, and where each tensor goes.
    pub draft: Draft,
    /// Ids of tokens that were renamed because another one has the same text.
    pub renamed: Vec<u32>,
    /// Added tokens that the embedding has no row for. Untrusted.
    pub left_out: Vec<String>,
}

impl Prepared {
    /// The files of weights: the name, the size and the version of each.
    pub fn shards(&self) -> impl Iterator<Item = (&str, u64, String)> {
        self.checkpoint.shards.iter().map(|shard| (shard.name.as_str(), shard.source.len(), shard.source.version()))
    }

    /// Whether it has a value head and no output: it was trained to judge answers, and cannot write any.
    #[must_use]
    pub fn is_reward_model(&self) -> bool {
        self.mapping.has_value_head && !self.mapping.tensors.iter().any(|tensor| tensor.name == "output.weight")
    }

    /// How many weights it has.
    #[must_use]
    pub fn n_elements(&self) -> u64 {
        self.mapping.n_elements()
    }

    /// What is to be done with the weights.
    #[must_use]
    pub fn conversion(&self) -> Conversion<'_> {
        Conversion { checkpoint: &self.checkpoint, mapping: &self.mapping, draft: &self.draft }
    }
}

/// Reads all of a checkpoint, or of a GGUF file, but its weights.
///
/// # Errors
/// [`Refused`] with everything that is wrong with it.
pub fn prepare(folder: &dyn Folder, quant: Quant, about: &About) -> Result<Prepared, Refused> {
    if let Some(path) = folder.lone_file() {
        return requantize::prepare(path, quant, about);
    }
    let config = file(folder, "config.json", hyper::MAX_CONFIG_BYTES)?;
    let config = config.ok_or_else(|| Refused::NotFound.in_file("config.json"))?;
    let hyper = Hyper::read(&config).map_err(|why| why.in_file("config.json"))?;
    let model = file(folder, "tokenizer.model", MAX_MODEL_BYTES)?;
    let model = model.ok_or_else(|| Refused::NotFound.in_file("tokenizer.model"))?;
    let json = |name| file(folder, name, MAX_JSON_BYTES);
    let (added_tokens, tokenizer_config, tokenizer) =
        (json("added_tokens.json")?, json("tokenizer_config.json")?, json("tokenizer.json")?);
    let chat_template = json("chat_template.jinja")?.and_then(|bytes| String::from_utf8(bytes).ok());
    let files = Files {
        model: &model,
        config: &config,
        added_tokens: added_tokens.as_deref(),
        tokenizer_config: tokenizer_config.as_deref(),
        tokenizer: tokenizer.as_deref(),
        chat_template: chat_template.as_deref(),
    };
    let vocabulary = Vocabulary::read(&files, hyper.n_vocab)?;
    let checkpoint = Checkpoint::open(folder)?;
    let stored = checkpoint.tensors.iter().map(|(_, stored)| (stored.name.as_str(), stored.shape.as_slice()));
    let mapping = Mapping::new(&hyper, stored)?;
    let metadata = metadata::metadata(about, &hyper, mapping.n_elements(), &vocabulary, quant);
    let draft = draft(&metadata, &mapping.planned(quant, hyper.proportions()))?;
    let (renamed, left_out) = (vocabulary.renamed().to_vec(), vocabulary.left_out().to_vec());
    Ok(Prepared { checkpoint, mapping, draft, renamed, left_out })
}

/// A file that we would use ourselves: what is wrong with it is known before the first tensor is quantized.
fn draft(metadata: &[(String, Value)], planned: &[Planned]) -> Result<Draft, Refused> {
    let draft = Draft::new(metadata, planned)?;
    gguf::validate(draft.header())?;
    Ok(draft)
}

/// A small file of a checkpoint, whole; `None` where there is none of this name.
///
/// # Errors
/// [`Refused`] when it is larger than any real one, or cannot be read.
pub fn file(folder: &dyn Folder, name: &str, max_bytes: u64) -> Result<Option<Vec<u8>>, Refused> {
    match folder.open(name) {
        Ok(source) => read_whole(source.as_ref(), max_bytes).map(Some).map_err(|why| why.in_file(name)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Refused::from(error).in_file(name)),
    }
}
