//! A GGUF header that was read: metadata by key, tensors, and the numbers that a plan asks for.
//!
//! Its structure is sound; whether its values make sense is for `validate`. Until that has passed, the
//! numbers here are what the file says.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use super::read::{Contents, read_contents};
use super::rejected::Rejected;
use super::sniff::{SNIFFED_BYTES, Sniffed};
use super::split;
use super::tensor::{Tensor, TensorType, file_type_name};
use super::value::{Array, Value};

/// A file of a model. Most models are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where it is; empty when the header was not read from a file.
    pub path: PathBuf,
    /// Where its data section begins, in bytes.
    pub data_offset: u64,
    /// How many tensors it has; they come behind those of the parts before it.
    pub n_tensors: usize,
}

/// The header of a GGUF file, or of all parts of a split one.
#[derive(Debug, Clone)]
pub struct Header {
    version: u32,
    metadata: BTreeMap<String, Value>,
    keys: Vec<String>,
    tensors: Vec<Tensor>,
    parts: Vec<Part>,
}

impl Header {
    /// Reads the header of the file at `path`, and of its other parts when it is the first part of a split model.
    ///
    /// # Errors
    /// Says what is wrong with the file as [`Rejected`]; the path is not in there.
    pub fn read(path: &Path) -> Result<Self, Rejected> {
        let first = read_file(path)?;
        let Some(place) = split::place(&first)? else {
            return Ok(Self::of(first, path));
        };
        let files = split::siblings(path, place)?;
        if place.no != 0 {
            let first = files[0].file_name().unwrap_or_default().to_string_lossy().into_owned();
            return Err(Rejected::NotFirstPart { first });
        }
        let n_tensors = split::n_tensors(&first)?;
        let mut whole = Self::of(first, path);
        let mut names: HashSet<String> = whole.tensors.iter().map(|tensor| tensor.name.clone()).collect();
        for (no, file) in (0..).zip(&files).skip(1) {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let part = match read_file(file).and_then(|part| Ok((split::place(&part)?, part))) {
                Ok((Some(found), part)) if found == (split::Place { no, ..place }) => part,
                Ok(_) => return Err(Rejected::corrupt(name, "split.no, split.count")),
                Err(Rejected::NotFound) => return Err(Rejected::MissingPart { name }),
                Err(why) => return Err(Rejected::Part { name, why: Box::new(why) }),
            };
            whole.parts.push(Part { path: file.clone(), data_offset: part.data_offset, n_tensors: part.tensors.len() });
            for tensor in part.tensors {
                if !names.insert(tensor.name.clone()) {
                    return Err(Rejected::corrupt(name, format!("{} (duplicate)", tensor.name)));
                }
                whole.tensors.push(tensor);
            }
        }
        if n_tensors != whole.tensors.len() as u64 {
            return Err(Rejected::corrupt("split.tensors.count", format!("{n_tensors} (!= {})", whole.tensors.len())));
        }
        Ok(whole)
    }

    /// Reads the header of one file of `n_bytes` bytes, wherever they come from.
    ///
    /// # Errors
    /// As [`read`](Self::read); of a split model it reads any part as it stands.
    pub fn read_from(input: impl Read, n_bytes: u64) -> Result<Self, Rejected> {
        Ok(Self::of(read_contents(input, n_bytes)?, Path::new("")))
    }

    fn of(contents: Contents, path: &Path) -> Self {
        let Contents { version, metadata, keys, tensors, data_offset } = contents;
        let parts = vec![Part { path: path.to_owned(), data_offset, n_tensors: tensors.len() }];
        Self { version, metadata, keys, tensors, parts }
    }

    /// The format's version, 2 or 3.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Where the (first) file's data section begins, in bytes.
    #[must_use]
    pub fn data_offset(&self) -> u64 {
        self.parts[0].data_offset
    }

    /// The files, the first one first. Each tensor's offset counts from the beginning of its own part's data section.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// All keys with their values, in the order of the file; of a split model, those of its first part.
    pub fn metadata(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.keys.iter().filter_map(|key| Some((key.as_str(), self.metadata.get(key)?)))
    }

    /// The value at `key`.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.metadata.get(key)
    }

    /// The integer at `key`, stored in whatever width, if it fits.
    #[must_use]
    pub fn u32(&self, key: &str) -> Option<u32> {
        self.u64(key)?.try_into().ok()
    }

    /// The integer at `key`, stored in whatever width.
    #[must_use]
    pub fn u64(&self, key: &str) -> Option<u64> {
        self.value(key)?.as_u64()
    }

    /// The 32-bit float at `key`.
    #[must_use]
    pub fn f32(&self, key: &str) -> Option<f32> {
        match self.value(key)? {
            Value::F32(x) => Some(*x),
            _ => None,
        }
    }

    /// The truth value at `key`.
    #[must_use]
    pub fn bool(&self, key: &str) -> Option<bool> {
        match self.value(key)? {
            Value::Bool(x) => Some(*x),
            _ => None,
        }
    }

    /// The text at `key`. Untrusted: filter before it reaches a terminal.
    #[must_use]
    pub fn str(&self, key: &str) -> Option<&str> {
        match self.value(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The array at `key`.
    #[must_use]
    pub fn array(&self, key: &str) -> Option<&Array> {
        match self.value(key)? {
            Value::Array(array) => Some(array),
            _ => None,
        }
    }

    /// The key of this architecture with the given ending: `llama.block_count` for `block_count`.
    #[must_use]
    pub fn key(&self, ending: &str) -> String {
        format!("{}.{ending}", self.architecture())
    }

    /// `general.architecture`, such as `llama`; empty when the file does not say.
    #[must_use]
    pub fn architecture(&self) -> &str {
        self.str("general.architecture").unwrap_or_default()
    }

    /// `general.name`, which whoever made the file chose. Untrusted.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.str("general.name")
    }

    /// The chat template in the file, a Jinja program. Untrusted.
    #[must_use]
    pub fn chat_template(&self) -> Option<&str> {
        self.str("tokenizer.chat_template")
    }

    /// All tensors, of all parts, in file order.
    #[must_use]
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Whether there is a vocabulary at most, and no weights.
    #[must_use]
    pub fn is_vocab_only(&self) -> bool {
        self.tensors.is_empty()
    }

    /// Bytes of all weights, without padding.
    #[must_use]
    pub fn weights_bytes(&self) -> u64 {
        self.tensors.iter().map(|tensor| tensor.n_bytes).sum()
    }

    /// The quantization by name, such as `Q4_K_M`: `general.file_type`, else the type that holds the most bytes.
    #[must_use]
    pub fn file_type_name(&self) -> &'static str {
        if let Some(name) = self.u32("general.file_type").and_then(file_type_name) {
            return name;
        }
        let mut bytes: BTreeMap<TensorType, u64> = BTreeMap::new();
        for tensor in &self.tensors {
            *bytes.entry(tensor.kind).or_default() += tensor.n_bytes;
        }
        bytes.into_iter().max_by_key(|(_, n)| *n).map_or("?", |(kind, _)| kind.name())
    }

    /// How many tokens of context it was trained with.
    #[must_use]
    pub fn n_ctx_train(&self) -> Option<u32> {
        self.u32(&self.key("context_length"))
    }

    /// How many layers it has.
    #[must_use]
    pub fn n_layers(&self) -> Option<u32> {
        self.u32(&self.key("block_count"))
    }

    /// The width of its embeddings.
    #[must_use]
    pub fn n_embd(&self) -> Option<u32> {
        self.u32(&self.key("embedding_length"))
    }

    /// The width of its feed-forward layers, the widest if they differ.
    #[must_use]
    pub fn n_ff(&self) -> Option<u32> {
        self.widest(&self.key("feed_forward_length"))
    }

    /// Attention heads of a layer, the most if they differ.
    #[must_use]
    pub fn n_head(&self) -> Option<u32> {
        self.widest(&self.key("attention.head_count"))
    }

    /// Key/value heads of a layer, the most if they differ; as many as [`n_head`](Self::n_head) where the file is silent.
    #[must_use]
    pub fn n_head_kv(&self) -> Option<u32> {
        let key = self.key("attention.head_count_kv");
        if self.value(&key).is_some() { self.widest(&key) } else { self.n_head() }
    }

    /// The width of a key in one head.
    #[must_use]
    pub fn head_dim_k(&self) -> Option<u32> {
        self.u32(&self.key("attention.key_length")).or_else(|| self.head_dim())
    }

    /// The width of a value in one head.
    #[must_use]
    pub fn head_dim_v(&self) -> Option<u32> {
        self.u32(&self.key("attention.value_length")).or_else(|| self.head_dim())
    }

    fn head_dim(&self) -> Option<u32> {
        self.n_embd()?.checked_div(self.n_head()?)
    }

    /// A number that may stand once, or once a layer: then the largest.
    fn widest(&self, key: &str) -> Option<u32> {
        match self.value(key)? {
            Value::Array(array) => {
                (0..array.len()).map(|i| array.i32(i)).max().flatten().and_then(|n| n.try_into().ok())
            }
            other => other.as_u64()?.try_into().ok(),
        }
    }
}

/// Reads one file's header, or says what the file is instead.
fn read_file(path: &Path) -> Result<Contents, Rejected> {
    // Asked before opening: to open a pipe would wait for its other end.
    let about = fs::metadata(path)?;
    if about.is_dir() {
        return Err(Rejected::NotGguf { what: Sniffed::Directory });
    }
    if !about.is_file() {
        return Err(Rejected::NotGguf { what: Sniffed::Special });
    }
    let mut file = File::open(path)?;
    let mut start = Vec::with_capacity(SNIFFED_BYTES);
    file.by_ref().take(SNIFFED_BYTES as u64).read_to_end(&mut start)?;
    if let Some(what) = Sniffed::of(&start) {
        return Err(Rejected::NotGguf { what });
    }
    file.rewind()?;
    read_contents(BufReader::with_capacity(1 << 18, file), about.len())
}
