//! The small checkpoints of `peer/compare.py`, number for number: every case there is one here, of the same name. That
//! script holds what liao makes of them against what llama.cpp's own tools make, and writes down the hashes that
//! `peer.rs` holds to; so both have to be changed together.

#![allow(dead_code, reason = "each theme of tests uses a part of this")]

#[path = "../../src/import/checkpoint/samples.rs"]
mod samples;

use std::fs;
use std::path::{Path, PathBuf};

use half::f16;
use serde_json::json;

/// Tokens of the vocabulary that all of them have.
pub(crate) const N_PIECES: usize = 400;

/// Its SentencePiece model.
pub(crate) const TOKENIZER: &[u8] = include_bytes!("../peer/tokenizer.model");

/// How a checkpoint is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Safetensors,
    /// As `torch.save` does, in so many files.
    Torch {
        n_shards: usize,
    },
}

/// A checkpoint to be made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) n_layers: usize,
    pub(crate) width: usize,
    pub(crate) feed_forward: usize,
    pub(crate) n_heads: usize,
    pub(crate) n_kv_heads: usize,
    pub(crate) n_vocab: usize,
    pub(crate) is_tied: bool,
    /// Texts of tokens that are added, from the first free id on.
    pub(crate) added: &'static [&'static str],
    pub(crate) format: Format,
    /// What stands in place of `model.` in the names of tensors.
    pub(crate) prefix: Option<&'static str>,
}

/// The plain case, from which the others differ.
pub(crate) const PLAIN: Case = Case {
    name: "plain",
    n_layers: 8,
    width: 256,
    feed_forward: 512,
    n_heads: 4,
    n_kv_heads: 4,
    n_vocab: N_PIECES,
    is_tied: false,
    added: &[],
    format: Format::Safetensors,
    prefix: None,
};

pub(crate) const CASES: [Case; 8] = [
    PLAIN,
    Case { name: "gqa", n_kv_heads: 1, ..PLAIN },
    Case { name: "tied", is_tied: true, ..PLAIN },
    Case { name: "padded", n_vocab: N_PIECES + 8, added: &["<pad>", "<end>"], ..PLAIN },
    Case { name: "odd-rows", width: 192, feed_forward: 320, n_heads: 3, n_kv_heads: 3, ..PLAIN },
    Case { name: "torch", format: Format::Torch { n_shards: 1 }, ..PLAIN },
    Case { name: "sharded", format: Format::Torch { n_shards: 2 }, ..PLAIN },
    Case { name: "prefixed", format: Format::Torch { n_shards: 1 }, prefix: Some("rwtranrsformer."), ..PLAIN },
];

/// A tensor: its name, its shape, and its numbers as 16-bit floats, little-endian.
pub(crate) type Tensor = (String, Vec<usize>, Vec<u8>);

impl Case {
    /// Writes the checkpoint into a new folder of its name inside `parent`, and gives its path.
    pub(crate) fn write(&self, parent: &Path) -> PathBuf {
        let folder = parent.join(self.name);
        fs::create_dir(&folder).expect("a folder for the checkpoint");
        let put = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("a file of the checkpoint");
        put("config.json", self.config().as_bytes());
        put("tokenizer.model", TOKENIZER);
        let about = json!({"tokenizer_class": "LlamaTokenizer", "add_bos_token": true, "add_eos_token": false});
        put("tokenizer_config.json", about.to_string().as_bytes());
        if !self.added.is_empty() {
            let added = self.added.iter().zip(N_PIECES..).map(|(text, id)| ((*text).to_owned(), id.into()));
            put("added_tokens.json", serde_json::Value::Object(added.collect()).to_string().as_bytes());
        }
        match self.format {
            Format::Safetensors => put("model.safetensors", &safetensors(&self.tensors())),
            Format::Torch { n_shards: 1 } => put("pytorch_model.bin", &torch(&self.tensors())),
            Format::Torch { n_shards } => {
                let (all, mut placed) = (self.tensors(), serde_json::Map::new());
                for (i, shard) in all.chunks(all.len().div_ceil(n_shards)).enumerate() {
                    let name = format!("pytorch_model-{:05}-of-{n_shards:05}.bin", i + 1);
                    placed.extend(shard.iter().map(|(tensor, _, _)| (tensor.clone(), name.clone().into())));
                    put(&name, &torch(shard));
                }
                let index = json!({"metadata": {}, "weight_map": placed});
                put("pytorch_model.bin.index.json", index.to_string().as_bytes());
            }
        }
        folder
    }

    /// Its `config.json`.
    pub(crate) fn config(&self) -> String {
        let config = json!({
            "architectures": ["LlamaForCausalLM"], "model_type": "llama", "torch_dtype": "float16", "hidden_act": "silu",
            "hidden_size": self.width, "intermediate_size": self.feed_forward, "num_hidden_layers": self.n_layers,
            "num_attention_heads": self.n_heads, "num_key_value_heads": self.n_kv_heads,
            "max_position_embeddings": 4096, "rms_norm_eps": 1e-5, "vocab_size": self.n_vocab,
            "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": self.is_tied,
        });
        config.to_string()
    }

    /// What its weights are.
    pub(crate) fn tensors(&self) -> Vec<Tensor> {
        let (width, ff) = (self.width, self.feed_forward);
        let kv = width / self.n_heads * self.n_kv_heads;
        let mut shapes = vec![("model.embed_tokens.weight".to_owned(), vec![self.n_vocab, width])];
        for layer in 0..self.n_layers {
            for (name, shape) in [
                ("self_attn.q_proj", vec![width, width]),
                ("self_attn.k_proj", vec![kv, width]),
                ("self_attn.v_proj", vec![kv, width]),
                ("self_attn.o_proj", vec![width, width]),
                ("mlp.gate_proj", vec![ff, width]),
                ("mlp.up_proj", vec![ff, width]),
                ("mlp.down_proj", vec![width, ff]),
                ("input_layernorm", vec![width]),
                ("post_attention_layernorm", vec![width]),
            ] {
                shapes.push((format!("model.layers.{layer}.{name}.weight"), shape));
            }
        }
        shapes.push(("model.norm.weight".to_owned(), vec![width]));
        if !self.is_tied {
            shapes.push(("lm_head.weight".to_owned(), vec![self.n_vocab, width]));
        }
        let renamed = |name: String| match (self.prefix, name.strip_prefix("model.")) {
            (Some(prefix), Some(rest)) => format!("{prefix}{rest}"),
            _ => name,
        };
        let filled = shapes.into_iter().zip(1..);
        filled
            .map(|((name, shape), seed)| (renamed(name), shape.clone(), weight(shape.iter().product(), seed)))
            .collect()
    }
}

/// Numbers of many sizes around 0, exact in 16 bits.
pub(crate) fn weight(n: usize, seed: u64) -> Vec<u8> {
    let number = |i: u64| {
        let mut x = (i * 2_654_435_761 + seed * 40_503) as u32;
        x ^= x >> 15;
        x = x.wrapping_mul(2_246_822_519);
        x ^= x >> 13;
        let (mantissa, exponent) = ((x & 0x7ff) as i32 - 1024, (x >> 11) % 5);
        f16::from_f32(mantissa as f32 / (1 << (16 - exponent)) as f32)
    };
    (0..n as u64).flat_map(|i| number(i).to_le_bytes()).collect()
}

/// The file of these.
pub(crate) fn safetensors(tensors: &[Tensor]) -> Vec<u8> {
    let (mut header, mut data) = (serde_json::Map::new(), Vec::new());
    for (name, shape, numbers) in tensors {
        let begin = data.len();
        data.extend(numbers);
        let entry = json!({"dtype": "F16", "shape": shape, "data_offsets": [begin, data.len()]});
        header.insert(name.clone(), entry);
    }
    samples::safetensors_file(&serde_json::Value::Object(header).to_string(), &data)
}

fn torch(tensors: &[Tensor]) -> Vec<u8> {
    let keys: Vec<String> = (0..tensors.len()).map(|i| i.to_string()).collect();
    let described: Vec<samples::Sample> = tensors
        .iter()
        .zip(&keys)
        .map(|((name, shape, _), key)| {
            let shape: Vec<i64> = shape.iter().map(|n| *n as i64).collect();
            // Samples have names that live as long as the program; so do these few.
            samples::sample(name.clone().leak(), "HalfStorage", key.clone().leak(), &shape)
        })
        .collect();
    let storages: Vec<(&str, &[u8])> =
        tensors.iter().zip(&keys).map(|((_, _, numbers), key)| (key.as_str(), numbers.as_slice())).collect();
    samples::torch_file(&samples::state_dict(&described), &storages)
}

/// A few tensors.
fn some() -> Vec<Tensor> {
    let tensor =
        |name: &str, shape: &[usize], seed| (name.to_owned(), shape.to_vec(), weight(shape.iter().product(), seed));
    vec![tensor("model.embed_tokens.weight", &[4, 8], 1), tensor("model.norm.weight", &[8], 2)]
}

/// A small file as `torch.save` writes it.
pub(crate) fn small_torch() -> Vec<u8> {
    torch(&some())
}

/// The pickle of such a file, with a tensor that is a part of its storage.
pub(crate) fn small_pickle() -> Vec<u8> {
    let part = samples::Sample { n_stored: 100, first: 7, ..samples::sample("part", "FloatStorage", "1", &[3, 4]) };
    samples::state_dict(&[samples::sample("a", "HalfStorage", "0", &[2, 3]), part])
}

/// A small safetensors file.
pub(crate) fn small_safetensors() -> Vec<u8> {
    safetensors(&some())
}
