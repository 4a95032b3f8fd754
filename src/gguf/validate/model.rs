//! The numbers of a `llama` model: layers, heads, context, rope, and that each key has the type llama.cpp reads it as.

use super::missing;
use crate::gguf::header::Header;
use crate::gguf::rejected::Rejected;
use crate::gguf::value::{Array, Kind, Value};

/// `LLAMA_MAX_LAYERS`.
const MAX_LAYERS: u32 = 512;
const MAX_CTX: u32 = 1_048_576;
/// Largest eps of the RMS norm; models have 1e-5 or 1e-6.
const MAX_EPS: f32 = 1e-2;

/// Widest head; models have 64 to 256. It keeps products of shapes far from overflow.
const MAX_HEAD_DIM: u32 = 8192;

/// The shape of a model, each number already checked against the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) n_layers: u32,
    pub(super) n_embd: u64,
    pub(super) n_ff: u64,
    pub(super) n_head: u64,
    pub(super) n_head_kv: u64,
    pub(super) head_dim: u64,
    /// Whether the rope scaling is `longrope`, which has tensors of its own.
    pub(super) is_long_rope: bool,
}

/// Keys that llama.cpp reads, if they are there, as this type alone; it throws on any other.
const TYPES: [(&str, Kind); 29] = [
    ("general.architecture", Kind::Text),
    ("general.name", Kind::Text),
    ("general.file_type", Kind::U32),
    ("llama.vocab_size", Kind::U32),
    ("llama.attention.key_length_swa", Kind::U32),
    ("llama.attention.value_length_swa", Kind::U32),
    ("llama.rope.dimension_count_swa", Kind::U32),
    ("llama.rope.scaling.finetuned", Kind::Bool),
    ("llama.expert_group_used_count", Kind::U32),
    ("llama.classifier.pooling_type", Kind::U32),
    ("tokenizer.ggml.model", Kind::Text),
    ("tokenizer.ggml.pre", Kind::Text),
    ("tokenizer.ggml.token_type_count", Kind::U32),
    ("tokenizer.ggml.add_bos_token", Kind::Bool),
    ("tokenizer.ggml.add_eos_token", Kind::Bool),
    ("tokenizer.ggml.add_sep_token", Kind::Bool),
    ("tokenizer.ggml.add_space_prefix", Kind::Bool),
    ("tokenizer.ggml.remove_extra_whitespaces", Kind::Bool),
    ("tokenizer.ggml.normalizer.lowercase", Kind::Bool),
    ("tokenizer.ggml.normalizer.strip_accents", Kind::Bool),
    ("tokenizer.chat_template", Kind::Text),
    ("llama.rope.scaling.type", Kind::Text),
    ("llama.rope.scaling.alpha", Kind::F32),
    ("llama.attention.causal", Kind::Bool),
    ("llama.pooling_type", Kind::U32),
    ("llama.nextn_predict_layers", Kind::U32),
    ("llama.expert_count", Kind::U32),
    ("llama.expert_used_count", Kind::U32),
    ("llama.expert_group_count", Kind::U32),
];

/// Keys that are refused unless they are absent or 0: parts of models that `llama` in our sense has not.
const ZERO: [&str; 6] = [
    "llama.expert_count",
    "llama.expert_used_count",
    "llama.expert_group_count",
    "llama.expert_group_used_count",
    "llama.nextn_predict_layers",
    "llama.pooling_type",
];

/// Keys that are refused when they are there at all: classifier heads, and tensors with per-tensor precision.
const ABSENT: [&str; 2] = ["llama.classifier.output_labels", "general.tensor_extra.name"];

/// Checks everything about the model but its vocabulary and its tensors, after [`check_types`].
pub(super) fn check(header: &Header) -> Result<Shape, Rejected> {
    for key in ZERO {
        if let Some(n @ 1..) = header.u64(key) {
            return Err(Rejected::unsupported(key, n, "0"));
        }
    }
    for key in ABSENT {
        if let Some(value) = header.value(key) {
            return Err(Rejected::unsupported(key, value.kind().name(), missing()));
        }
    }
    if header.bool("llama.attention.causal") == Some(false) {
        return Err(Rejected::unsupported("llama.attention.causal", false, "true"));
    }
    check_rope(header)?;
    required(header, "llama.context_length", 1..=MAX_CTX)?;
    check_eps(header)?;
    check_shape(header)
}

pub(super) fn check_types(header: &Header) -> Result<(), Rejected> {
    for (key, kind) in TYPES {
        if let Some(value) = header.value(key).filter(|value| value.kind() != kind) {
            return Err(Rejected::unsupported(key, value.kind().name(), kind.name()));
        }
    }
    Ok(())
}

fn check_eps(header: &Header) -> Result<(), Rejected> {
    let key = "llama.attention.layer_norm_rms_epsilon";
    let expected = format!("0 < x <= {MAX_EPS}");
    match header.value(key) {
        Some(Value::F32(eps)) if *eps > 0.0 && *eps <= MAX_EPS => Ok(()),
        Some(Value::F32(eps)) => Err(Rejected::unsupported(key, eps, expected)),
        other => Err(Rejected::unsupported(key, kind_or_missing(other), expected)),
    }
}

fn check_rope(header: &Header) -> Result<(), Rejected> {
    let types = ["none", "linear", "yarn", "longrope"];
    let key = "llama.rope.scaling.type";
    if let Some(kind) = header.str(key).filter(|kind| !types.contains(kind)) {
        return Err(Rejected::unsupported(key, kind, types.join(", ")));
    }
    // A factor of 0 means that there is none.
    for (key, range, zero) in [
        ("llama.rope.freq_base", 1.0..=1e12, false),
        ("llama.rope.scaling.factor", 1e-2..=1e4, true),
        ("llama.rope.scale_linear", 1e-2..=1e4, true),
        ("llama.rope.scaling.attn_factor", 1e-2..=1e2, false),
    ] {
        let expected = format!("{}..{}", range.start(), range.end());
        match header.value(key) {
            None => {}
            Some(Value::F32(x)) if range.contains(x) || (zero && *x == 0.0) => {}
            Some(Value::F32(x)) => return Err(Rejected::unsupported(key, x, expected)),
            other => return Err(Rejected::unsupported(key, kind_or_missing(other), Kind::F32.name())),
        }
    }
    if header.value("llama.rope.scaling.original_context_length").is_some() {
        required(header, "llama.rope.scaling.original_context_length", 1..=MAX_CTX)?;
    }
    Ok(())
}

fn check_shape(header: &Header) -> Result<Shape, Rejected> {
    let n_layers = required(header, "llama.block_count", 1..=MAX_LAYERS)?;
    let n_embd = required(header, "llama.embedding_length", 1..=u32::MAX)?;
    let n_head = per_layer(header, "llama.attention.head_count", n_layers)?
        .ok_or_else(|| Rejected::unsupported("llama.attention.head_count", missing(), "1.."))?;
    let n_ff = per_layer(header, "llama.feed_forward_length", n_layers)?
        .ok_or_else(|| Rejected::unsupported("llama.feed_forward_length", missing(), "1.."))?;
    let n_head_kv = per_layer(header, "llama.attention.head_count_kv", n_layers)?.unwrap_or(n_head);
    if n_embd % n_head != 0 {
        return Err(Rejected::unsupported("llama.embedding_length", n_embd, format!("{n_head} * n")));
    }
    if n_head_kv > n_head || n_head % n_head_kv != 0 {
        return Err(Rejected::unsupported("llama.attention.head_count_kv", n_head_kv, format!("{n_head} / n")));
    }
    let head_dim = optional(header, "llama.attention.key_length")?.unwrap_or(n_embd / n_head);
    if head_dim == 0 || head_dim % 2 != 0 || head_dim > MAX_HEAD_DIM {
        return Err(Rejected::unsupported("head_dim", head_dim, format!("2 * n <= {MAX_HEAD_DIM}")));
    }
    for (key, otherwise) in
        [("llama.attention.value_length", n_embd / n_head), ("llama.rope.dimension_count", head_dim)]
    {
        let n = optional(header, key)?.unwrap_or(otherwise);
        if n != head_dim {
            return Err(Rejected::unsupported(key, n, head_dim.to_string()));
        }
    }
    if let Some(n) = optional(header, "llama.embedding_length_out")?.filter(|n| *n != 0 && *n != n_embd) {
        return Err(Rejected::unsupported("llama.embedding_length_out", n, n_embd.to_string()));
    }
    Ok(Shape {
        n_layers,
        n_embd: n_embd.into(),
        n_ff: n_ff.into(),
        n_head: n_head.into(),
        n_head_kv: n_head_kv.into(),
        head_dim: head_dim.into(),
        is_long_rope: header.str("llama.rope.scaling.type") == Some("longrope"),
    })
}

fn required(header: &Header, key: &str, range: std::ops::RangeInclusive<u32>) -> Result<u32, Rejected> {
    let expected = || format!("{}..{}", range.start(), range.end());
    match optional(header, key)? {
        Some(n) if range.contains(&n) => Ok(n),
        Some(n) => Err(Rejected::unsupported(key, n, expected())),
        None => Err(Rejected::unsupported(key, missing(), expected())),
    }
}

fn optional(header: &Header, key: &str) -> Result<Option<u32>, Rejected> {
    match header.value(key) {
        None => Ok(None),
        Some(Value::U32(n)) => Ok(Some(*n)),
        other => Err(Rejected::unsupported(key, kind_or_missing(other), Kind::U32.name())),
    }
}

/// A number from 1 that stands once, or once a layer and everywhere the same: `models/llama.cpp` builds every
/// layer with the numbers of the first.
fn per_layer(header: &Header, key: &str, n_layers: u32) -> Result<Option<u32>, Rejected> {
    let Some(Value::Array(array)) = header.value(key) else {
        return match optional(header, key)? {
            Some(0) => Err(Rejected::unsupported(key, 0, "1..")),
            other => Ok(other),
        };
    };
    let first = array.i32(0).and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
    let is_even = |array: &Array| (0..array.len()).all(|i| array.i32(i) == array.i32(0));
    match first {
        Some(n) if array.len() == n_layers as usize && is_even(array) => Ok(Some(n)),
        _ => Err(Rejected::unsupported(key, format!("arr[{}]", array.len()), format!("{n_layers} * n"))),
    }
}

fn kind_or_missing(value: Option<&Value>) -> String {
    value.map_or_else(missing, |value| value.kind().name().to_owned())
}
