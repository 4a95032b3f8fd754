//! What a Llama model takes once it is quantized, reckoned from its layers and widths alone: for who wants to know
//! before there is any file of it.

use super::mixture::{Proportions, Quant, Unquantized, types};
use crate::gguf::TensorType;

/// A Llama model without biases, its output apart from its embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline {
    /// Layers.
    pub n_layers: u32,
    /// Width of the residual stream.
    pub n_embd: u64,
    /// Width of the feed-forward layer.
    pub n_ff: u64,
    /// Attention heads.
    pub n_head: u32,
    /// Width of one token's key in one layer, and of its value.
    pub n_embd_kv: u64,
    /// Size of the vocabulary.
    pub n_vocab: u64,
}

impl Outline {
    /// All tensors in bytes. The file is larger by its header, in which the vocabulary is the most: less than a
    /// megabyte where that has 32,000 tokens.
    #[must_use]
    pub fn n_bytes(&self, quant: Quant) -> u64 {
        let tensors = self.tensors();
        let kind = TensorType::F32;
        let unquantized: Vec<Unquantized<'_>> =
            tensors.iter().map(|(name, dims)| Unquantized { name, dims, kind }).collect();
        // Heads are as wide for keys as for queries.
        let head_width = (self.n_embd / u64::from(self.n_head.max(1))).max(1);
        let n_head_kv = u32::try_from(self.n_embd_kv / head_width).unwrap_or(self.n_head);
        let proportions = Proportions { n_layers: self.n_layers, n_head: self.n_head, n_head_kv };
        let types = types(quant, proportions, &unquantized);
        let n_bytes = |((_, dims), kind): (&(String, Vec<u64>), TensorType)| {
            dims.iter().product::<u64>() / kind.block_elements() * kind.block_bytes()
        };
        tensors.iter().zip(types).map(n_bytes).sum()
    }

    /// The names and dimensions that our own files have, the row length first.
    fn tensors(&self) -> Vec<(String, Vec<u64>)> {
        let Self { n_layers, n_embd, n_ff, n_embd_kv, n_vocab, .. } = *self;
        let layer = [
            ("attn_norm", vec![n_embd]),
            ("attn_q", vec![n_embd, n_embd]),
            ("attn_k", vec![n_embd, n_embd_kv]),
            ("attn_v", vec![n_embd, n_embd_kv]),
            ("attn_output", vec![n_embd, n_embd]),
            ("ffn_norm", vec![n_embd]),
            ("ffn_gate", vec![n_embd, n_ff]),
            ("ffn_up", vec![n_embd, n_ff]),
            ("ffn_down", vec![n_ff, n_embd]),
        ];
        let outer =
            [("token_embd", vec![n_embd, n_vocab]), ("output_norm", vec![n_embd]), ("output", vec![n_embd, n_vocab])];
        let outer = outer.into_iter().map(|(name, dims)| (format!("{name}.weight"), dims));
        let layers = (0..n_layers).flat_map(|i| {
            let of_layer = move |(name, dims): &(&str, Vec<u64>)| (format!("blk.{i}.{name}.weight"), dims.clone());
            layer.iter().map(of_layer).collect::<Vec<_>>()
        });
        outer.chain(layers).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LLAMA_2_13B: Outline =
        Outline { n_layers: 40, n_embd: 5120, n_ff: 13_824, n_head: 40, n_embd_kv: 5120, n_vocab: 32_000 };

    /// Published files of Llama-2-13B (TheBloke's, of models.toml) are longer by their headers, which are all of one
    /// length. Their Q2_K and Q4_K_S were made by older rules.
    #[test]
    fn published_files_have_the_sizes_reckoned() {
        const HEADER_BYTES: u64 = 745_344;
        for (quant, n_bytes) in [
            (Quant::Q4_0, 7_365_834_624),
            (Quant::Q4KM, 7_865_956_224),
            (Quant::Q5KM, 9_229_924_224),
            (Quant::Q6K, 10_679_140_224),
            (Quant::Q8_0, 13_831_319_424),
        ] {
            assert_eq!(LLAMA_2_13B.n_bytes(quant) + HEADER_BYTES, n_bytes, "{}", quant.name());
        }
    }

    #[test]
    fn smaller_quantizations_are_smaller() {
        let all = Quant::ALL.map(|quant| LLAMA_2_13B.n_bytes(quant));
        assert!(all.windows(2).all(|two| two[0] > two[1]), "{all:?}");
        let fewer_heads = Outline { n_embd_kv: 1024, ..LLAMA_2_13B };
        assert!(fewer_heads.n_bytes(Quant::F16) < LLAMA_2_13B.n_bytes(Quant::F16));
    }
}
