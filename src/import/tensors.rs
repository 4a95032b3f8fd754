//! Which tensor of a Llama checkpoint becomes which tensor of the GGUF file. Pure: it looks at names and shapes; the
//! weights themselves are moved by others, as [`Mapped`] says.
//!
//! A [`Mapping`] is complete: all that the hyperparameters call for is there in its shape, and nothing else is.
//! Names, shapes, the regrouped rows and the order are those of `convert_hf_to_gguf.py` followed by `llama-quantize`
//! (llama-cpp-python 0.3.36).

use std::collections::HashMap;

use super::Refused;
use super::hyper::Hyper;
use super::mixture::{self, Proportions, Quant, Unquantized};
use crate::gguf::TensorType;
use crate::gguf::write::Planned;
use crate::tr;

/// What training frameworks put in front of names. The misspelt one is DeepSpeed-Chat's, until October 2023.
const PREFIXES: [&str; 4] = ["rwtranrsformer.", "rwtransformer.", "transformer.", "module."];
/// The head that gives a score instead of words.
const VALUE_HEAD: &str = "v_head.";
/// A table that llama.cpp works out for itself.
const FREQUENCIES: &str = ".rotary_emb.inv_freq";

/// A tensor of the GGUF file and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// Its place in the list of the checkpoint's tensors.
    pub source: usize,
    /// Its name in the GGUF file.
    pub name: String,
    /// Its dimensions, the row length first: the checkpoint's shape backwards.
    pub dims: Vec<u64>,
    /// What its elements are in the file if it is not one of those that are quantized.
    pub kind: TensorType,
    /// How its rows are put into another order, if they are.
    pub regrouping: Option<Regrouping>,
}

/// The order of the rows of a query or key. A checkpoint has the two halves of a head one after the other, llama.cpp
/// wants them row by row in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Regrouping {
    n_rows: u64,
    n_heads: u64,
}

impl Regrouping {
    /// The row of the checkpoint that comes to stand at `row`.
    #[must_use]
    pub fn source_row(self, row: u64) -> u64 {
        let n_head_rows = self.n_rows / self.n_heads;
        let (head, within) = (row / n_head_rows, row % n_head_rows);
        head * n_head_rows + within % 2 * (n_head_rows / 2) + within / 2
    }
}

/// All tensors of the GGUF file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// Each of them, in the order in which they are written.
    pub tensors: Vec<Mapped>,
    /// Whether the checkpoint has a value head, which is left out: it was trained to judge answers. Without an
    /// `lm_head` beside it, it cannot chat.
    pub has_value_head: bool,
}

impl Mapping {
    /// Maps the tensors of a checkpoint, given by name and shape (rows first, as PyTorch has them).
    ///
    /// # Errors
    /// [`Refused`] with all tensors that are missing, there twice, not known, or of another shape.
    pub fn new<'a>(hyper: &Hyper, stored: impl IntoIterator<Item = (&'a str, &'a [u64])>) -> Result<Self, Refused> {
        let mut found: HashMap<String, (usize, &[u64])> = HashMap::new();
        let mut reasons = Vec::new();
        let mut has_value_head = false;
        for (source, (name, shape)) in stored.into_iter().enumerate() {
            let plain = plain_name(name);
            if plain.starts_with(VALUE_HEAD) {
                has_value_head = true;
            } else if !plain.ends_with(FREQUENCIES) && found.insert(plain, (source, shape)).is_some() {
                reasons.push(Refused::corrupt(name, tr!("出现了两次", "there twice")));
            }
        }
        let mut tensors = Vec::new();
        for wanted in all_wanted(hyper) {
            match found.remove(&wanted.source_name) {
                None if wanted.is_optional || has_value_head && wanted.source_name == LM_HEAD => {}
                None => reasons.push(Refused::unsupported(wanted.source_name, missing(), shown(&wanted.shape))),
                Some((_, shape)) if shape != wanted.shape => {
                    reasons.push(Refused::unsupported(wanted.source_name, shown(shape), shown(&wanted.shape)));
                }
                Some((source, _)) => tensors.push(wanted.mapped(source)),
            }
        }
        let mut unknown: Vec<_> = found.into_iter().collect();
        unknown.sort();
        for (name, (_, shape)) in unknown {
            reasons.push(Refused::unsupported(name, shown(shape), missing()));
        }
        Refused::unless_none(reasons)?;
        tensors.sort_by(|a: &Mapped, b| mixture::in_file_order(&a.name, &b.name));
        Ok(Self { tensors, has_value_head })
    }

    /// The tensors as they are to stand in the file once quantized.
    #[must_use]
    pub fn planned(&self, quant: Quant, proportions: Proportions) -> Vec<Planned> {
        let unquantized =
            self.tensors.iter().map(|Mapped { name, dims, kind, .. }| Unquantized { name, dims, kind: *kind });
        let unquantized: Vec<Unquantized<'_>> = unquantized.collect();
        let types = mixture::types(quant, proportions, &unquantized);
        let planned = |(tensor, kind): (&Mapped, TensorType)| Planned {
            name: tensor.name.clone(),
            dims: tensor.dims.clone(),
            kind,
        };
        self.tensors.iter().zip(types).map(planned).collect()
    }

    /// Elements of all tensors.
    #[must_use]
    pub fn n_elements(&self) -> u64 {
        self.tensors.iter().map(|tensor| tensor.dims.iter().product::<u64>()).sum()
    }
}

/// The name as transformers writes it, whoever wrote the checkpoint.
fn plain_name(name: &str) -> String {
    let mut plain = name;
    while let Some(rest) = PREFIXES.iter().find_map(|prefix| plain.strip_prefix(prefix)) {
        plain = rest;
    }
    // A model without its head is saved without this.
    let is_bare = ["embed_tokens.", "layers.", "norm."].iter().any(|start| plain.starts_with(start));
    if is_bare { format!("model.{plain}") } else { plain.to_owned() }
}

const LM_HEAD: &str = "lm_head.weight";

/// A tensor that the checkpoint must or may have.
struct Wanted {
    source_name: String,
    name: String,
    shape: Vec<u64>,
    is_optional: bool,
    /// Heads whose rows are regrouped.
    n_heads: Option<u32>,
}

impl Wanted {
    fn mapped(self, source: usize) -> Mapped {
        let n_rows = self.shape[0];
        let regrouping = self.n_heads.map(|n_heads| Regrouping { n_rows, n_heads: n_heads.into() });
        let dims = self.shape.into_iter().rev().collect();
        // Whatever is not quantized is a norm or a bias, which llama.cpp wants in 32 bits.
        Mapped { source, name: self.name, dims, kind: TensorType::F32, regrouping }
    }
}

fn all_wanted(hyper: &Hyper) -> Vec<Wanted> {
    let (n_embd, n_ff) = (u64::from(hyper.n_embd), u64::from(hyper.n_ff));
    let (n_query, n_key_value) = (hyper.n_query(), hyper.n_key_value());
    let whole = |source_name: &str, name: &str, shape: &[u64], is_optional| Wanted {
        source_name: source_name.to_owned(),
        name: name.to_owned(),
        shape: shape.to_vec(),
        is_optional,
        n_heads: None,
    };
    let matrix = [u64::from(hyper.n_vocab), n_embd];
    let mut wanted = vec![
        whole("model.embed_tokens.weight", "token_embd.weight", &matrix, false),
        whole("model.norm.weight", "output_norm.weight", &[n_embd], false),
        whole(LM_HEAD, "output.weight", &matrix, hyper.is_tied),
    ];
    for layer in 0..hyper.n_layers {
        for (source_name, name) in [("input_layernorm", "attn_norm"), ("post_attention_layernorm", "ffn_norm")] {
            let (source_name, name) = (format!("model.layers.{layer}.{source_name}"), format!("blk.{layer}.{name}"));
            wanted.push(whole(&format!("{source_name}.weight"), &format!("{name}.weight"), &[n_embd], false));
        }
        for (source_name, name, n_rows, n_columns, n_heads) in [
            ("self_attn.q_proj", "attn_q", n_query, n_embd, Some(hyper.n_head)),
            ("self_attn.k_proj", "attn_k", n_key_value, n_embd, Some(hyper.n_head_kv)),
            ("self_attn.v_proj", "attn_v", n_key_value, n_embd, None),
            ("self_attn.o_proj", "attn_output", n_embd, n_query, None),
            ("mlp.gate_proj", "ffn_gate", n_ff, n_embd, None),
            ("mlp.up_proj", "ffn_up", n_ff, n_embd, None),
            ("mlp.down_proj", "ffn_down", n_embd, n_ff, None),
        ] {
            let (source_name, name) = (format!("model.layers.{layer}.{source_name}"), format!("blk.{layer}.{name}"));
            let weight =
                whole(&format!("{source_name}.weight"), &format!("{name}.weight"), &[n_rows, n_columns], false);
            let bias = whole(&format!("{source_name}.bias"), &format!("{name}.bias"), &[n_rows], true);
            wanted.extend([Wanted { n_heads, ..weight }, Wanted { n_heads, ..bias }]);
        }
    }
    wanted
}

fn missing() -> String {
    tr!("没有", "missing")
}

/// A shape as people write it: `[32000, 4096]`.
fn shown(shape: &[u64]) -> String {
    format!("{shape:?}")
}

#[cfg(test)]
#[path = "tensors_tests.rs"]
mod tests;
