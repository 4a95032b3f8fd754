//! What `config.json` says of a model, checked. Only the Llama architecture gets through, and only with numbers that
//! make a model; whether the tensors agree with them is for `tensors`.
//!
//! Where the file is silent, the defaults are those of `LlamaConfig` in transformers 4.57.6.

use serde::Deserialize;
use serde_json::Value as Json;

use super::Refused;
use super::mixture::Proportions;
use crate::tr;

/// Largest `config.json`; real ones have about 1 KB.
pub const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// Names under which transformers and its users wrote the architecture.
const ARCHITECTURES: [&str; 3] = ["LlamaForCausalLM", "LLaMAForCausalLM", "LlamaModel"];
/// `LLAMA_MAX_LAYERS`.
const MAX_LAYERS: u64 = 512;
const MAX_CTX: u64 = 1 << 20;
const MAX_WIDTH: u64 = 1 << 20;
const MAX_HEAD_DIM: u64 = 8192;
/// As many tokens as our GGUF reader takes.
const MAX_VOCAB: u64 = 1 << 20;
const MAX_EPS: f64 = 1e-2;

/// The numbers of a Llama model; each is in range, and they agree with each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Hyper {
    /// Layers.
    pub n_layers: u32,
    /// Width of the embeddings.
    pub n_embd: u32,
    /// Width of the feed-forward layers.
    pub n_ff: u32,
    /// Attention heads of a layer.
    pub n_head: u32,
    /// Key/value heads of a layer; a divisor of `n_head`.
    pub n_head_kv: u32,
    /// Width of a head, even.
    pub head_dim: u32,
    /// Rows of the embedding; the tokenizer may have fewer tokens.
    pub n_vocab: u32,
    /// Tokens of context it was trained with.
    pub n_ctx_train: u32,
    /// What is added to the mean square in a norm.
    pub rms_eps: f32,
    /// Base of the rotary frequencies.
    pub rope_theta: f32,
    /// By how much positions are divided, where they are (linear rope scaling).
    pub rope_factor: Option<f32>,
    /// Whether the embedding serves as output where there is no `lm_head`.
    pub is_tied: bool,
}

/// The fields that are looked at; all others are left alone.
#[derive(Deserialize)]
struct Config {
    architectures: Option<Vec<String>>,
    model_type: Option<String>,
    hidden_size: Option<u64>,
    intermediate_size: Option<u64>,
    num_hidden_layers: Option<u64>,
    num_attention_heads: Option<u64>,
    num_key_value_heads: Option<u64>,
    head_dim: Option<u64>,
    vocab_size: Option<u64>,
    max_position_embeddings: Option<u64>,
    rms_norm_eps: Option<f64>,
    rope_theta: Option<f64>,
    rope_scaling: Option<Rope>,
    /// transformers 5 keeps both the base and the scaling here.
    rope_parameters: Option<Rope>,
    hidden_act: Option<String>,
    tie_word_embeddings: Option<bool>,
    num_local_experts: Option<u64>,
    quantization_config: Option<Json>,
}

#[derive(Deserialize)]
struct Rope {
    #[serde(rename = "type")]
    old_type: Option<String>,
    rope_type: Option<String>,
    factor: Option<f64>,
    rope_theta: Option<f64>,
}

impl Hyper {
    /// Reads the bytes of a `config.json`.
    ///
    /// # Errors
    /// [`Refused`]: no JSON object, another architecture, a feature that a Llama-2 model has not, or numbers that make
    /// no model; all of them that were found.
    pub fn read(config_json: &[u8]) -> Result<Self, Refused> {
        let config: Config = serde_json::from_slice(config_json).map_err(|error| Refused::corrupt("JSON", error))?;
        config.check_architecture()?;
        let mut found = Findings::default();
        let hyper = config.numbers(&mut found);
        config.check_features(&mut found);
        Refused::unless_none(found.0)?;
        hyper.check_together()?;
        Ok(hyper)
    }

    /// What numbers that are each in range must be to one another.
    fn check_together(&self) -> Result<(), Refused> {
        let Self { n_embd, n_head, n_head_kv, head_dim, .. } = *self;
        let mut found = Findings::default();
        // llama.cpp divides by the heads even where their width is given.
        if n_embd % n_head != 0 {
            found.add("hidden_size", n_embd, format!("{n_head} * n"));
        }
        if n_head % n_head_kv != 0 {
            found.add("num_key_value_heads", n_head_kv, format!("{n_head} / n"));
        }
        if head_dim % 2 != 0 {
            found.add("head_dim", head_dim, "2 * n");
        }
        Refused::unless_none(found.0)
    }

    /// The numbers that quantizing depends on.
    #[must_use]
    pub fn proportions(&self) -> Proportions {
        Proportions { n_layers: self.n_layers, n_head: self.n_head, n_head_kv: self.n_head_kv }
    }

    /// Rows of a layer's query, and columns of its output.
    #[must_use]
    pub fn n_query(&self) -> u64 {
        u64::from(self.n_head) * u64::from(self.head_dim)
    }

    /// Rows of a layer's key, and of its value.
    #[must_use]
    pub fn n_key_value(&self) -> u64 {
        u64::from(self.n_head_kv) * u64::from(self.head_dim)
    }
}

impl Config {
    /// Alone, before anything else is looked at: the fields of other architectures have other names.
    fn check_architecture(&self) -> Result<(), Refused> {
        if let Some(kind) = self.model_type.as_deref().filter(|kind| *kind != "llama") {
            return Err(Refused::unsupported("model_type", kind, "llama"));
        }
        let architecture = self.architectures.as_ref().and_then(|names| names.first());
        match architecture {
            Some(name) if !ARCHITECTURES.contains(&name.as_str()) => {
                Err(Refused::unsupported("architectures", name, ARCHITECTURES[0]))
            }
            None if self.model_type.is_none() => Err(Refused::unsupported("model_type", missing(), "llama")),
            _ => Ok(()),
        }
    }

    fn check_features(&self, found: &mut Findings) {
        if let Some(act) = self.hidden_act.as_deref().filter(|act| *act != "silu") {
            found.add("hidden_act", act, "silu");
        }
        if let Some(n @ 1..) = self.num_local_experts {
            found.add("num_local_experts", n, "0");
        }
        if let Some(config) = &self.quantization_config {
            let method = config.get("quant_method").and_then(Json::as_str).unwrap_or("?");
            found.add("quantization_config", method, tr!("F32、F16 或 BF16 权重", "weights in F32, F16 or BF16"));
        }
    }

    /// The numbers; of those that are out of range `found` tells, and what is returned is then of no use.
    fn numbers(&self, found: &mut Findings) -> Hyper {
        let n_head = found.required("num_attention_heads", self.num_attention_heads, 1, MAX_WIDTH);
        let n_embd = found.required("hidden_size", self.hidden_size, 2, MAX_WIDTH);
        let eps = self.rms_norm_eps.unwrap_or(1e-6);
        if !(eps > 0.0 && eps <= MAX_EPS) {
            found.add("rms_norm_eps", eps, format!("0 < x <= {MAX_EPS}"));
        }
        let (rope_theta, rope_factor) = self.rope(found);
        Hyper {
            n_layers: found.required("num_hidden_layers", self.num_hidden_layers, 1, MAX_LAYERS),
            n_embd,
            n_ff: found.required("intermediate_size", self.intermediate_size, 2, MAX_WIDTH),
            n_head,
            n_head_kv: found.or("num_key_value_heads", self.num_key_value_heads, n_head, MAX_WIDTH),
            head_dim: found.or("head_dim", self.head_dim, (n_embd / n_head).max(1), MAX_HEAD_DIM),
            n_vocab: found.required("vocab_size", self.vocab_size, 2, MAX_VOCAB),
            n_ctx_train: found.or("max_position_embeddings", self.max_position_embeddings, 2048, MAX_CTX),
            rms_eps: eps as f32,
            rope_theta,
            rope_factor,
            is_tied: self.tie_word_embeddings.unwrap_or(false),
        }
    }

    fn rope(&self, found: &mut Findings) -> (f32, Option<f32>) {
        let rope = self.rope_parameters.as_ref().or(self.rope_scaling.as_ref());
        let theta = rope.and_then(|rope| rope.rope_theta).or(self.rope_theta).unwrap_or(10_000.0);
        if !(1.0..=1e12).contains(&theta) {
            found.add("rope_theta", theta, "1..1e12");
        }
        let kind = rope.and_then(|rope| rope.rope_type.as_deref().or(rope.old_type.as_deref()));
        let factor = rope.and_then(|rope| rope.factor);
        let factor = match (kind, factor) {
            (None | Some("default" | "none"), _) => None,
            (Some("linear"), Some(factor)) if (1e-2..=1e4).contains(&factor) => Some(factor as f32),
            (Some("linear"), factor) => {
                let said = factor.map_or_else(missing, |factor| factor.to_string());
                found.add("rope_scaling.factor", said, "0.01..10000");
                None
            }
            (Some(other), _) => {
                found.add("rope_scaling.type", other, "linear, default");
                None
            }
        };
        (theta as f32, factor)
    }
}

/// What is wrong, gathered so that all of it is told at once.
#[derive(Default)]
struct Findings(Vec<Refused>);

impl Findings {
    fn add(&mut self, key: &str, value: impl std::fmt::Display, expected: impl std::fmt::Display) {
        self.0.push(Refused::unsupported(key, value, expected));
    }

    /// The number; the least that it may be where it is missing or out of range, so that others can be looked at.
    fn required(&mut self, key: &str, said: Option<u64>, least: u64, most: u64) -> u32 {
        let in_range = said.filter(|n| (least..=most).contains(n)).and_then(|n| u32::try_from(n).ok());
        in_range.unwrap_or_else(|| {
            self.add(key, said.map_or_else(missing, |n| n.to_string()), format!("{least}..{most}"));
            least as u32
        })
    }

    fn or(&mut self, key: &str, said: Option<u64>, otherwise: u32, most: u64) -> u32 {
        self.required(key, said.or(Some(otherwise.into())), 1, most)
    }
}

fn missing() -> String {
    tr!("没有", "missing")
}

#[cfg(test)]
#[path = "hyper_tests.rs"]
mod tests;
