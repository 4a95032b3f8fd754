//! Writes tiny Llama models as GGUF files, whole ones and broken ones: a few hundred KB, loaded by llama.cpp in
//! milliseconds, speaking gibberish. Every key, tensor and byte can be changed before it is written.

#![allow(dead_code, reason = "each theme of tests uses a part of this")]

use std::path::{Path, PathBuf};

/// Numbers of ggml's types that tests name.
pub(crate) const F32: u32 = 0;
pub(crate) const F16: u32 = 1;

/// Token types.
const UNKNOWN: i32 = 2;
const NORMAL: i32 = 1;
const CONTROL: i32 = 3;
const BYTE: i32 = 6;

/// A metadata value as it will be written.
#[derive(Debug, Clone)]
pub(crate) enum Val {
    U16(u16),
    U32(u32),
    I32(i32),
    U64(u64),
    F32(f32),
    F64(f64),
    Bool(bool),
    Str(String),
    Strs(Vec<String>),
    F32s(Vec<f32>),
    I32s(Vec<i32>),
    U32s(Vec<u32>),
    /// Any type number, with the bytes that follow it.
    Raw(u32, Vec<u8>),
}

impl From<&str> for Val {
    fn from(text: &str) -> Self {
        Self::Str(text.to_owned())
    }
}

impl From<u32> for Val {
    fn from(n: u32) -> Self {
        Self::U32(n)
    }
}

impl From<f32> for Val {
    fn from(x: f32) -> Self {
        Self::F32(x)
    }
}

impl From<bool> for Val {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

/// A tensor as it will be written.
#[derive(Debug, Clone)]
pub(crate) struct TinyTensor {
    pub(crate) name: String,
    pub(crate) dims: Vec<u64>,
    /// Number of ggml's type. Those other than F32 and F16 are filled with bytes 0.
    pub(crate) kind: u32,
    /// Standard deviation of its elements; `None` fills it with ones.
    spread: Option<f32>,
    /// Added to the right offset.
    pub(crate) offset_error: i64,
}

/// A model to write.
#[derive(Debug, Clone)]
pub(crate) struct TinyGguf {
    version: u32,
    keys: Vec<(String, Val)>,
    pub(crate) tensors: Vec<TinyTensor>,
    counts: Option<(u64, u64)>,
    seed: u64,
    patches: Vec<(usize, Vec<u8>)>,
    len: Option<usize>,
    file_name: String,
}

/// The bytes of a file, and where its parts begin.
pub(crate) struct Built {
    pub(crate) bytes: Vec<u8>,
    /// Where the header ends, before the padding.
    pub(crate) header_len: usize,
    /// Where the data begins.
    pub(crate) data_offset: usize,
}

impl TinyGguf {
    /// A good model: 2 layers of width 64 with 4 heads, 512 tokens of context, F16 weights, a SentencePiece vocabulary.
    pub(crate) fn llama() -> Self {
        Self::shaped(2, 64, 4, 4, 128)
    }

    /// A good model of another shape: layers, width, heads, key/value heads, feed-forward width.
    pub(crate) fn shaped(layers: u32, embd: u32, heads: u32, heads_kv: u32, ff: u32) -> Self {
        let (texts, scores, types) = vocabulary();
        let n_vocab = texts.len() as u64;
        let mut tiny = Self {
            version: 3,
            keys: Vec::new(),
            tensors: Vec::new(),
            counts: None,
            seed: 1,
            patches: Vec::new(),
            len: None,
            file_name: "tiny.gguf".to_owned(),
        }
        .set("general.architecture", "llama")
        .set("general.name", "tiny")
        .set("general.file_type", 1)
        .set("llama.context_length", 512)
        .set("llama.embedding_length", embd)
        .set("llama.block_count", layers)
        .set("llama.feed_forward_length", ff)
        .set("llama.attention.head_count", heads)
        .set("llama.attention.head_count_kv", heads_kv)
        .set("llama.attention.layer_norm_rms_epsilon", 1e-5)
        .set("llama.rope.dimension_count", embd / heads)
        .set("tokenizer.ggml.model", "llama")
        .set("tokenizer.ggml.tokens", Val::Strs(texts))
        .set("tokenizer.ggml.scores", Val::F32s(scores))
        .set("tokenizer.ggml.token_type", Val::I32s(types))
        .set("tokenizer.ggml.bos_token_id", 1)
        .set("tokenizer.ggml.eos_token_id", 2)
        .set("tokenizer.ggml.unknown_token_id", 0)
        .set("tokenizer.ggml.add_bos_token", true)
        .set("tokenizer.ggml.add_eos_token", false);

        let (embd, ff) = (u64::from(embd), u64::from(ff));
        let kv = embd / u64::from(heads) * u64::from(heads_kv);
        // Spreads keep activations near 1 and make logits differ by a few units.
        let by_width = |n: u64| Some(1.0 / (n as f32).sqrt());
        tiny = tiny.tensor("token_embd.weight", &[embd, n_vocab], F16, Some(1.0));
        for i in 0..layers {
            let name = |ending: &str| format!("blk.{i}.{ending}.weight");
            tiny = tiny
                .tensor(&name("attn_norm"), &[embd], F32, None)
                .tensor(&name("attn_q"), &[embd, embd], F16, by_width(embd))
                .tensor(&name("attn_k"), &[embd, kv], F16, by_width(embd))
                .tensor(&name("attn_v"), &[embd, kv], F16, by_width(embd))
                .tensor(&name("attn_output"), &[embd, embd], F16, by_width(embd))
                .tensor(&name("ffn_norm"), &[embd], F32, None)
                .tensor(&name("ffn_gate"), &[embd, ff], F16, by_width(embd))
                .tensor(&name("ffn_up"), &[embd, ff], F16, by_width(embd))
                .tensor(&name("ffn_down"), &[ff, embd], F16, by_width(ff));
        }
        tiny.tensor("output_norm.weight", &[embd], F32, None).tensor(
            "output.weight",
            &[embd, n_vocab],
            F16,
            by_width(embd).map(|x| 3.0 * x),
        )
    }

    /// The vocabulary alone.
    pub(crate) fn vocabulary_only() -> Self {
        let mut tiny = Self::llama();
        tiny.tensors.clear();
        tiny
    }

    /// Sets a key, in its place when it is there, else at the end.
    pub(crate) fn set(mut self, key: &str, value: impl Into<Val>) -> Self {
        let value = value.into();
        match self.keys.iter_mut().find(|(k, _)| k == key) {
            Some((_, old)) => *old = value,
            None => self.keys.push((key.to_owned(), value)),
        }
        self
    }

    /// Adds a key even if it is there already.
    pub(crate) fn push_key(mut self, key: &str, value: impl Into<Val>) -> Self {
        self.keys.push((key.to_owned(), value.into()));
        self
    }

    /// Takes a key out.
    pub(crate) fn remove(mut self, key: &str) -> Self {
        self.keys.retain(|(k, _)| k != key);
        self
    }

    /// How many tokens of context the model says it was trained with.
    pub(crate) fn context(self, n: u32) -> Self {
        self.set("llama.context_length", n)
    }

    /// Its chat template.
    pub(crate) fn template(self, jinja: &str) -> Self {
        self.set("tokenizer.chat_template", jinja)
    }

    /// Its name.
    pub(crate) fn name(self, name: &str) -> Self {
        self.set("general.name", name)
    }

    /// Other weights: other gibberish.
    pub(crate) fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// F32 weights, where F16 is too coarse for a comparison.
    pub(crate) fn f32_weights(mut self) -> Self {
        for tensor in &mut self.tensors {
            tensor.kind = F32;
        }
        self.set("general.file_type", 0)
    }

    /// The format's version.
    pub(crate) fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// The file's name.
    pub(crate) fn file_name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.file_name);
        self
    }

    /// Writes these counts of tensors and keys in place of the true ones.
    pub(crate) fn counts(mut self, n_tensors: u64, n_keys: u64) -> Self {
        self.counts = Some((n_tensors, n_keys));
        self
    }

    /// How many tensors, and how many keys it has.
    pub(crate) fn true_counts(&self) -> (u64, u64) {
        (self.tensors.len() as u64, self.keys.len() as u64)
    }

    /// One more token of the vocabulary, with its rows of weights.
    pub(crate) fn token(self, text: &str, score: f32, kind: i32) -> Self {
        let mut tiny = self.edit_tokens(|texts, scores, types| {
            texts.push(text.to_owned());
            scores.push(score);
            types.push(kind);
        });
        for name in ["token_embd.weight", "output.weight"] {
            if let Some(tensor) = tiny.tensors.iter_mut().find(|tensor| tensor.name == name) {
                tensor.dims[1] += 1;
            }
        }
        tiny
    }

    /// One more control token.
    pub(crate) fn control_token(self, text: &str) -> Self {
        self.token(text, 0.0, CONTROL)
    }

    /// A model that writes ChatML: its two control tokens, the second of which ends a turn.
    pub(crate) fn chatml(self) -> Self {
        let tiny = self.control_token("<|im_start|>").control_token("<|im_end|>");
        let end = tiny.id("<|im_end|>").expect("just added");
        tiny.set("tokenizer.ggml.eos_token_id", end)
    }

    /// Changes the vocabulary's three arrays, and nothing else.
    pub(crate) fn edit_tokens(mut self, edit: impl FnOnce(&mut Vec<String>, &mut Vec<f32>, &mut Vec<i32>)) -> Self {
        let (mut texts, mut scores, mut types) = (Vec::new(), Vec::new(), Vec::new());
        for (key, value) in &mut self.keys {
            match (key.as_str(), value) {
                ("tokenizer.ggml.tokens", Val::Strs(all)) => texts = std::mem::take(all),
                ("tokenizer.ggml.scores", Val::F32s(all)) => scores = std::mem::take(all),
                ("tokenizer.ggml.token_type", Val::I32s(all)) => types = std::mem::take(all),
                _ => {}
            }
        }
        edit(&mut texts, &mut scores, &mut types);
        self.set("tokenizer.ggml.tokens", Val::Strs(texts))
            .set("tokenizer.ggml.scores", Val::F32s(scores))
            .set("tokenizer.ggml.token_type", Val::I32s(types))
    }

    /// The id of a token.
    pub(crate) fn id(&self, text: &str) -> Option<u32> {
        self.keys.iter().find_map(|(key, value)| match value {
            Val::Strs(all) if key == "tokenizer.ggml.tokens" => {
                all.iter().position(|token| token == text).map(|i| i as u32)
            }
            _ => None,
        })
    }

    /// Adds a tensor. `spread` is the standard deviation of its elements; `None` fills it with ones.
    pub(crate) fn tensor(mut self, name: &str, dims: &[u64], kind: u32, spread: Option<f32>) -> Self {
        self.tensors.push(TinyTensor { name: name.to_owned(), dims: dims.to_vec(), kind, spread, offset_error: 0 });
        self
    }

    /// Changes the tensor of this name.
    pub(crate) fn edit_tensor(mut self, name: &str, edit: impl FnOnce(&mut TinyTensor)) -> Self {
        edit(self.tensors.iter_mut().find(|tensor| tensor.name == name).expect("there is such a tensor"));
        self
    }

    /// Takes a tensor out.
    pub(crate) fn remove_tensor(mut self, name: &str) -> Self {
        self.tensors.retain(|tensor| tensor.name != name);
        self
    }

    /// Writes bytes over the finished file at an offset.
    pub(crate) fn patch(mut self, offset: usize, bytes: &[u8]) -> Self {
        self.patches.push((offset, bytes.to_vec()));
        self
    }

    /// Cuts the finished file to `len` bytes.
    pub(crate) fn truncate(mut self, len: usize) -> Self {
        self.len = Some(len);
        self
    }

    /// The file's bytes.
    pub(crate) fn build(&self) -> Built {
        let mut out = b"GGUF".to_vec();
        let (n_tensors, n_keys) = self.counts.unwrap_or_else(|| self.true_counts());
        out.extend(self.version.to_le_bytes());
        out.extend(n_tensors.to_le_bytes());
        out.extend(n_keys.to_le_bytes());
        let mut alignment = 32;
        for (key, value) in &self.keys {
            if let ("general.alignment", Val::U32(n @ 1..=4096)) = (key.as_str(), value) {
                alignment = *n as usize;
            }
            put_text(&mut out, key);
            put_value(&mut out, value);
        }
        let mut offset = 0usize;
        for tensor in &self.tensors {
            put_text(&mut out, &tensor.name);
            out.extend((tensor.dims.len() as u32).to_le_bytes());
            tensor.dims.iter().for_each(|dim| out.extend(dim.to_le_bytes()));
            out.extend(tensor.kind.to_le_bytes());
            out.extend((offset as u64).wrapping_add_signed(tensor.offset_error).to_le_bytes());
            offset = (offset + n_bytes(tensor)).next_multiple_of(alignment);
        }
        let header_len = out.len();
        let data_offset = header_len.next_multiple_of(alignment);
        if !self.tensors.is_empty() {
            out.resize(data_offset, 0);
        }
        let mut random = Random(self.seed);
        for tensor in &self.tensors {
            put_weights(&mut out, tensor, &mut random);
            let padding = (out.len() - data_offset).next_multiple_of(alignment) - (out.len() - data_offset);
            out.resize(out.len() + padding, 0);
        }
        for (at, bytes) in &self.patches {
            out[*at..at + bytes.len()].copy_from_slice(bytes);
        }
        out.truncate(self.len.unwrap_or(usize::MAX));
        Built { bytes: out, header_len, data_offset }
    }

    /// Writes the file into `dir` and returns its path.
    pub(crate) fn write(&self, dir: &Path) -> PathBuf {
        let path = dir.join(&self.file_name);
        std::fs::write(&path, self.build().bytes).expect("the test's own folder can be written");
        path
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

fn put_value(out: &mut Vec<u8>, value: &Val) {
    fn array<T>(out: &mut Vec<u8>, kind: u32, all: &[T], put: impl Fn(&mut Vec<u8>, &T)) {
        out.extend(9u32.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend((all.len() as u64).to_le_bytes());
        all.iter().for_each(|one| put(out, one));
    }
    let mut one = |kind: u32, bytes: &[u8]| {
        out.extend(kind.to_le_bytes());
        out.extend(bytes);
    };
    match value {
        Val::U16(x) => one(2, &x.to_le_bytes()),
        Val::U32(x) => one(4, &x.to_le_bytes()),
        Val::I32(x) => one(5, &x.to_le_bytes()),
        Val::F32(x) => one(6, &x.to_le_bytes()),
        Val::Bool(x) => one(7, &[u8::from(*x)]),
        Val::U64(x) => one(10, &x.to_le_bytes()),
        Val::F64(x) => one(12, &x.to_le_bytes()),
        Val::Str(text) => {
            one(8, &[]);
            put_text(out, text);
        }
        Val::Raw(kind, bytes) => one(*kind, bytes),
        Val::Strs(all) => array(out, 8, all, |out, text| put_text(out, text)),
        Val::F32s(all) => array(out, 6, all, |out, x| out.extend(x.to_le_bytes())),
        Val::I32s(all) => array(out, 5, all, |out, x| out.extend(x.to_le_bytes())),
        Val::U32s(all) => array(out, 4, all, |out, x| out.extend(x.to_le_bytes())),
    }
}

/// Bytes of a tensor as the reader would count them; a type it does not know counts as bytes.
fn n_bytes(tensor: &TinyTensor) -> usize {
    let n = tensor.dims.iter().fold(1u64, |n, dim| n.saturating_mul(*dim)).min(1 << 24) as usize;
    match liao::gguf::TensorType::from_number(tensor.kind) {
        Some(kind) => n / kind.block_elements() as usize * kind.block_bytes() as usize,
        None => n,
    }
}

fn put_weights(out: &mut Vec<u8>, tensor: &TinyTensor, random: &mut Random) {
    let n = n_bytes(tensor);
    let mut next = || tensor.spread.map_or(1.0, |spread| spread * random.normal());
    match tensor.kind {
        F32 => (0..n / 4).for_each(|_| out.extend(next().to_le_bytes())),
        F16 => (0..n / 2).for_each(|_| out.extend(half(next()).to_le_bytes())),
        _ => out.resize(out.len() + n, 0),
    }
}

/// The nearest 16-bit float below a number of ordinary size; tiny ones become 0.
fn half(x: f32) -> u16 {
    let bits = x.to_bits();
    let sign = (bits >> 16 & 0x8000) as u16;
    let exponent = (bits >> 23 & 0xff) as i32 - 127 + 15;
    if exponent <= 0 { sign } else { sign | (exponent as u16) << 10 | (bits >> 13 & 0x3ff) as u16 }
}

/// SplitMix64: the same weights on every machine.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// Nearly normal with deviation 1: four uniform numbers added.
    fn normal(&mut self) -> f32 {
        let uniform = |bits: u64| (bits & 0xffff) as f32 / 65535.0 - 0.5;
        let bits = self.next();
        (0..4).map(|i| uniform(bits >> (16 * i))).sum::<f32>() * 3.0f32.sqrt()
    }
}

/// A SentencePiece vocabulary as Llama's begins: unknown, begin, end, 256 bytes; then pieces, most wanted first.
fn vocabulary() -> (Vec<String>, Vec<f32>, Vec<i32>) {
    let mut texts: Vec<String> = ["<unk>", "<s>", "</s>"].map(str::to_owned).to_vec();
    texts.extend((0..=255u8).map(|byte| format!("<0x{byte:02X}>")));
    let n_special = texts.len();
    // Longer pieces only come together over shorter ones.
    let merged =
        "▁t ▁a in he re on er ▁the an is ou ▁is at en ▁to ha ▁I ▁you IN ST INS INST SY SYS << >> ▁[ ▁< ll ello";
    texts.extend(merged.split(' ').map(str::to_owned));
    texts.extend("▁eationhsrdlucmfpgywbvkxjqz".chars().map(String::from));
    texts.extend("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?'\"()[]<>/|_-+*=#\\".chars().map(String::from));
    texts.extend("，。！？：、“”的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可好么天北京".chars().map(String::from));
    let types = (0..texts.len())
        .map(|i| match i {
            0 => UNKNOWN,
            1 | 2 => CONTROL,
            _ if i < n_special => BYTE,
            _ => NORMAL,
        })
        .collect();
    let scores = (0..texts.len()).map(|i| if i < n_special { 0.0 } else { -((i - n_special) as f32) }).collect();
    (texts, scores, types)
}
