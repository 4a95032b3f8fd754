//! The tensors of a `llama` model: each one that `models/llama.cpp` needs is there, in its shape and a type that
//! every operator on it can take, and there is no other (llama.cpp counts them).

use std::collections::HashMap;

use super::missing;
use super::model::Shape;
use crate::gguf::header::Header;
use crate::gguf::read::shown;
use crate::gguf::rejected::Rejected;
use crate::gguf::tensor::{Tensor, TensorType};

/// What a tensor is for, and so which types it may have.
#[derive(Clone, Copy)]
enum Use {
    /// Multiplied with, or looked up in.
    Weight,
    /// Added, scaled with, or handed to rope: ggml takes 32-bit floats only.
    Exact,
}

pub(super) fn check(header: &Header, shape: &Shape) -> Result<(), Rejected> {
    let Shape { n_layers, n_embd, n_ff, n_head, n_head_kv, head_dim, is_long_rope } = *shape;
    let n_vocab = header.n_vocab() as u64;
    let (q, kv) = (head_dim * n_head, head_dim * n_head_kv);
    let mut left = Left(header.tensors().iter().map(|tensor| (tensor.name.as_str(), tensor)).collect());

    left.require("token_embd.weight", &[n_embd, n_vocab], Use::Weight)?;
    left.require("output_norm.weight", &[n_embd], Use::Exact)?;
    // Without it the embedding serves as output too.
    left.allow("output.weight", &[n_embd, n_vocab], Use::Weight)?;
    if is_long_rope {
        left.allow("rope_factors_long.weight", &[head_dim / 2], Use::Exact)?;
        left.allow("rope_factors_short.weight", &[head_dim / 2], Use::Exact)?;
    } else {
        left.allow("rope_freqs.weight", &[head_dim / 2], Use::Exact)?;
    }
    for layer in 0..n_layers {
        let name = |ending: &str| format!("blk.{layer}.{ending}");
        left.require(&name("attn_norm.weight"), &[n_embd], Use::Exact)?;
        left.require(&name("ffn_norm.weight"), &[n_embd], Use::Exact)?;
        let has_joined_bias = if left.allow(&name("attn_qkv.weight"), &[n_embd, q + 2 * kv], Use::Weight)? {
            left.allow(&name("attn_qkv.bias"), &[q + 2 * kv], Use::Exact)?
        } else {
            left.require(&name("attn_q.weight"), &[n_embd, q], Use::Weight)?;
            left.require(&name("attn_k.weight"), &[n_embd, kv], Use::Weight)?;
            left.require(&name("attn_v.weight"), &[n_embd, kv], Use::Weight)?;
            false
        };
        if !has_joined_bias {
            left.allow(&name("attn_q.bias"), &[q], Use::Exact)?;
            left.allow(&name("attn_k.bias"), &[kv], Use::Exact)?;
            left.allow(&name("attn_v.bias"), &[kv], Use::Exact)?;
        }
        left.require(&name("attn_output.weight"), &[q, n_embd], Use::Weight)?;
        left.allow(&name("attn_output.bias"), &[n_embd], Use::Exact)?;
        left.require(&name("ffn_gate.weight"), &[n_embd, n_ff], Use::Weight)?;
        left.require(&name("ffn_up.weight"), &[n_embd, n_ff], Use::Weight)?;
        left.require(&name("ffn_down.weight"), &[n_ff, n_embd], Use::Weight)?;
        left.allow(&name("ffn_gate.bias"), &[n_ff], Use::Exact)?;
        left.allow(&name("ffn_up.bias"), &[n_ff], Use::Exact)?;
        left.allow(&name("ffn_down.bias"), &[n_embd], Use::Exact)?;
    }
    match left.0.values().min_by_key(|tensor| &tensor.name) {
        None => Ok(()),
        Some(unknown) => Err(Rejected::unsupported(&unknown.name, shown(&unknown.dims), missing())),
    }
}

/// The tensors that no rule has asked for yet.
struct Left<'a>(HashMap<&'a str, &'a Tensor>);

impl Left<'_> {
    fn require(&mut self, name: &str, shape: &[u64], used: Use) -> Result<(), Rejected> {
        if self.allow(name, shape, used)? {
            return Ok(());
        }
        Err(Rejected::unsupported(name, missing(), shown(shape)))
    }

    /// Whether the tensor is there; it is then as it must be.
    fn allow(&mut self, name: &str, shape: &[u64], used: Use) -> Result<bool, Rejected> {
        let Some(tensor) = self.0.remove(name) else { return Ok(false) };
        if tensor.shape() != shape {
            return Err(Rejected::unsupported(name, shown(tensor.shape()), shown(shape)));
        }
        match used {
            Use::Exact if tensor.kind != TensorType::F32 => {
                Err(Rejected::unsupported(name, tensor.kind.name(), TensorType::F32.name()))
            }
            Use::Weight if !tensor.kind.is_weight() => {
                Err(Rejected::unsupported(name, tensor.kind.name(), "F32, F16, BF16, Q4_K, …"))
            }
            _ => Ok(true),
        }
    }
}
