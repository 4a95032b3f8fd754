use super::*;
use crate::gguf::tensor::file_type_name;

/// The shape of a whole model.
#[derive(Clone, Copy)]
struct Model {
    n_layers: u32,
    n_embd: u64,
    n_ff: u64,
    n_head: u32,
    n_head_kv: u32,
    n_vocab: u64,
    is_tied: bool,
}

const LLAMA_13B: Model =
    Model { n_layers: 40, n_embd: 5120, n_ff: 13824, n_head: 40, n_head_kv: 40, n_vocab: 32000, is_tied: false };
const LLAMA_7B: Model =
    Model { n_layers: 32, n_embd: 4096, n_ff: 11008, n_head: 32, n_head_kv: 32, n_vocab: 32000, is_tied: false };
const LLAMA_70B: Model =
    Model { n_layers: 80, n_embd: 8192, n_ff: 28672, n_head: 64, n_head_kv: 8, n_vocab: 32000, is_tied: false };
/// The shape of hfl's 1.3B: the 7B's width with few layers.
const SMALL: Model = Model { n_layers: 4, n_vocab: 55296, ..LLAMA_7B };

type Named = (String, Vec<u64>, TensorType);

/// All tensors of a model as they are before quantization, and the type each gets.
fn quantized(model: Model, quant: Quant) -> Vec<Named> {
    let Model { n_layers, n_embd, n_ff, n_head, n_head_kv, n_vocab, is_tied } = model;
    let kv = n_embd / u64::from(n_head) * u64::from(n_head_kv);
    let mut tensors: Vec<(String, Vec<u64>)> =
        vec![("token_embd.weight".into(), vec![n_embd, n_vocab]), ("output_norm.weight".into(), vec![n_embd])];
    if !is_tied {
        tensors.push(("output.weight".into(), vec![n_embd, n_vocab]));
    }
    // Backwards, as the order given must not matter.
    for layer in (0..n_layers).rev() {
        for (name, dims) in [
            ("attn_norm", vec![n_embd]),
            ("ffn_norm", vec![n_embd]),
            ("attn_q", vec![n_embd, n_embd]),
            ("attn_k", vec![n_embd, kv]),
            ("attn_v", vec![n_embd, kv]),
            ("attn_output", vec![n_embd, n_embd]),
            ("ffn_gate", vec![n_embd, n_ff]),
            ("ffn_up", vec![n_embd, n_ff]),
            ("ffn_down", vec![n_ff, n_embd]),
        ] {
            tensors.push((format!("blk.{layer}.{name}.weight"), dims));
        }
    }
    let before: Vec<Unquantized<'_>> = tensors
        .iter()
        .map(|(name, dims)| {
            let kind = if dims.len() == 1 { TensorType::F32 } else { TensorType::F16 };
            Unquantized { name, dims, kind }
        })
        .collect();
    let types = types(quant, Proportions { n_layers, n_head, n_head_kv }, &before);
    tensors.into_iter().zip(types).map(|((name, dims), kind)| (name, dims, kind)).collect()
}

fn weights_bytes(tensors: &[Named]) -> u64 {
    let n_bytes =
        |dims: &[u64], kind: TensorType| dims.iter().product::<u64>() / kind.block_elements() * kind.block_bytes();
    tensors.iter().map(|(_, dims, kind)| n_bytes(dims, *kind)).sum()
}

fn kind_of(tensors: &[Named], wanted: &str) -> &'static str {
    tensors.iter().find(|(name, ..)| name == wanted).expect("it is there").2.name()
}

/// The layers whose tensor has the type, as `0-4 7 10`.
fn layers_with(tensors: &[Named], name: &str, kind: &str) -> String {
    let n_layers = (0..).take_while(|i| tensors.iter().any(|t| t.0 == format!("blk.{i}.{name}.weight"))).count();
    let is_it = |i: usize| kind_of(tensors, &format!("blk.{i}.{name}.weight")) == kind;
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for i in (0..n_layers).filter(|i| is_it(*i)) {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == i => *end = i,
            _ => runs.push((i, i)),
        }
    }
    let shown = runs.iter().map(|(a, b)| if a == b { a.to_string() } else { format!("{a}-{b}") });
    shown.collect::<Vec<_>>().join(" ")
}

fn assert_layers(tensors: &[Named], name: &str, expected: &[(&str, &str)]) {
    for (kind, layers) in expected {
        assert_eq!(layers_with(tensors, name, kind), *layers, "{name} {kind}");
    }
}

/// The files of TheBloke/Llama-2-13B-chat-GGUF whose mixtures have not changed since: all their headers have the
/// same size.
#[test]
fn sizes_of_published_13b_files() {
    for (quant, published) in [
        (Quant::Q4_0, 7_365_834_624),
        (Quant::Q4KM, 7_865_956_224),
        (Quant::Q5KM, 9_229_924_224),
        (Quant::Q6K, 10_679_140_224),
        (Quant::Q8_0, 13_831_319_424),
    ] {
        assert_eq!(weights_bytes(&quantized(LLAMA_13B, quant)) + 745_344, published, "{}", quant.name());
    }
}

#[test]
fn layers_of_a_13b() {
    let sixths = "0-4 7 10 13 16 19 22 25 28 31 34-39";
    let others = "5-6 8-9 11-12 14-15 17-18 20-21 23-24 26-27 29-30 32-33";
    for (quant, name, expected) in [
        (Quant::Q4KM, "attn_v", &[("Q6_K", sixths), ("Q4_K", others)][..]),
        (Quant::Q4KM, "ffn_down", &[("Q6_K", sixths), ("Q4_K", others)]),
        (Quant::Q4KM, "attn_output", &[("Q4_K", "0-39")]),
        (Quant::Q5KM, "attn_v", &[("Q6_K", sixths), ("Q5_K", others)]),
        (Quant::Q5KM, "ffn_down", &[("Q6_K", sixths), ("Q5_K", others)]),
        (Quant::Q4KS, "attn_v", &[("Q5_K", "0-3"), ("Q4_K", "4-39")]),
        (Quant::Q4KS, "ffn_down", &[("Q5_K", "0-4"), ("Q4_K", "5-39")]),
        (Quant::Q4KS, "attn_output", &[("Q4_K", "0-39")]),
        (Quant::Q3KM, "attn_v", &[("Q5_K", "0-1"), ("Q4_K", "2-39")]),
        (Quant::Q3KM, "ffn_down", &[("Q5_K", "0-1"), ("Q4_K", "2-39")]),
        (Quant::Q3KM, "attn_output", &[("Q4_K", "0-39")]),
        (Quant::Q3KM, "attn_q", &[("Q3_K", "0-39")]),
        (Quant::Q2K, "attn_v", &[("Q3_K", "0-39")]),
        (Quant::Q2K, "ffn_down", &[("Q3_K", "0-39")]),
        (Quant::Q2K, "attn_output", &[("Q3_K", "0-39")]),
        (Quant::Q2K, "ffn_up", &[("Q2_K", "0-39")]),
        (Quant::Q4_0, "attn_v", &[("Q4_0", "0-39")]),
        (Quant::Q6K, "ffn_down", &[("Q6_K", "0-39")]),
        (Quant::Q8_0, "attn_output", &[("Q8_0", "0-39")]),
        (Quant::F16, "ffn_gate", &[("F16", "0-39")]),
    ] {
        assert_layers(&quantized(LLAMA_13B, quant), name, expected);
    }
}

#[test]
fn layers_of_a_7b_and_of_a_small_one() {
    let tensors = quantized(LLAMA_7B, Quant::Q4KM);
    assert_layers(&tensors, "attn_v", &[("Q6_K", "0-3 6 9 12 15 18 21 24 27-31")]);
    assert_layers(&tensors, "ffn_down", &[("Q6_K", "0-3 6 9 12 15 18 21 24 27-31")]);
    // Of four layers, the last eighth begins at the fourth, and every third between is the third.
    let tensors = quantized(SMALL, Quant::Q4KM);
    assert_layers(&tensors, "ffn_down", &[("Q6_K", "2-3"), ("Q4_K", "0-1")]);
    assert_layers(&quantized(SMALL, Quant::Q4KS), "ffn_down", &[("Q5_K", ""), ("Q4_K", "0-3")]);
    assert_layers(&quantized(SMALL, Quant::Q3KM), "ffn_down", &[("Q5_K", ""), ("Q4_K", "0-3")]);
    assert_layers(&quantized(SMALL, Quant::Q4KS), "attn_v", &[("Q5_K", "0-3")]);
}

#[test]
fn embedding_and_output() {
    for (quant, embedding, output) in [
        (Quant::F16, "F16", "F16"),
        (Quant::Q8_0, "Q8_0", "Q8_0"),
        (Quant::Q6K, "Q6_K", "Q6_K"),
        (Quant::Q5KM, "Q5_K", "Q6_K"),
        (Quant::Q4KM, "Q4_K", "Q6_K"),
        (Quant::Q4KS, "Q4_K", "Q6_K"),
        (Quant::Q4_0, "Q4_0", "Q6_K"),
        (Quant::Q3KM, "Q3_K", "Q6_K"),
        (Quant::Q2K, "Q2_K", "Q6_K"),
    ] {
        let tensors = quantized(LLAMA_7B, quant);
        assert_eq!(kind_of(&tensors, "token_embd.weight"), embedding);
        assert_eq!(kind_of(&tensors, "output.weight"), output);
        let tensors = quantized(Model { is_tied: true, ..LLAMA_7B }, quant);
        assert_eq!(kind_of(&tensors, "token_embd.weight"), output, "tied {}", quant.name());
        assert!(tensors.iter().all(|(_, dims, kind)| (dims.len() == 1) == (*kind == TensorType::F32)));
    }
}

#[test]
fn shared_key_value_heads() {
    // From four heads that share a value on, it gets more bits.
    for (n_head_kv, expected) in [(8, "Q4_K"), (16, "Q3_K"), (32, "Q3_K"), (1, "Q4_K")] {
        let tensors = quantized(Model { n_head_kv, ..LLAMA_7B }, Quant::Q2K);
        assert_layers(&tensors, "attn_v", &[(expected, "0-31")]);
        assert_layers(&tensors, "attn_k", &[("Q2_K", "0-31")]);
    }
    let with = quantized(Model { n_head_kv: 8, ..LLAMA_7B }, Quant::Q4KM);
    let without = quantized(LLAMA_7B, Quant::Q4KM);
    assert_eq!(layers_with(&with, "attn_v", "Q6_K"), layers_with(&without, "attn_v", "Q6_K"));
}

#[test]
fn eighty_layers_with_shared_heads() {
    let tensors = quantized(LLAMA_70B, Quant::Q4KM);
    assert_eq!(layers_with(&tensors, "attn_v", "Q4_K"), "");
    assert_eq!(layers_with(&tensors, "attn_v", "Q5_K").split(' ').next(), Some("10-11"));
    assert_layers(&quantized(LLAMA_70B, Quant::Q2K), "attn_v", &[("Q5_K", "0-79")]);
    assert_layers(&quantized(LLAMA_70B, Quant::Q3KM), "attn_v", &[("Q5_K", "0-79")]);
    assert_layers(&quantized(LLAMA_70B, Quant::Q6K), "attn_v", &[("Q6_K", "0-79")]);
    // The 65B has as many layers and a value for each head.
    assert_layers(&quantized(Model { n_head_kv: 64, ..LLAMA_70B }, Quant::Q2K), "attn_v", &[("Q3_K", "0-79")]);
}

/// Rows of 288 are whole blocks of 32 and not of 256; rows of 72 are neither.
#[test]
fn rows_that_are_no_whole_blocks() {
    let model = Model { n_layers: 8, n_embd: 288, n_ff: 768, n_head: 6, n_head_kv: 6, n_vocab: 512, is_tied: false };
    for (quant, embedding, output, query, down) in [
        (Quant::F16, "F16", "F16", "F16", "F16"),
        (Quant::Q8_0, "Q8_0", "Q8_0", "Q8_0", "Q8_0"),
        (Quant::Q6K, "Q8_0", "Q8_0", "Q8_0", "Q6_K"),
        (Quant::Q5KM, "Q5_1", "Q8_0", "Q5_1", "Q6_K"),
        (Quant::Q4KM, "Q5_0", "Q8_0", "Q5_0", "Q6_K"),
        (Quant::Q4KS, "Q5_0", "Q8_0", "Q5_0", "Q5_K"),
        (Quant::Q4_0, "Q4_0", "Q8_0", "Q4_0", "Q4_0"),
        (Quant::Q3KM, "Q4_0", "Q8_0", "Q4_0", "Q4_K"),
        (Quant::Q2K, "Q4_0", "Q8_0", "Q4_0", "Q3_K"),
    ] {
        let tensors = quantized(model, quant);
        assert_eq!(kind_of(&tensors, "token_embd.weight"), embedding, "{}", quant.name());
        assert_eq!(kind_of(&tensors, "output.weight"), output, "{}", quant.name());
        assert_eq!(kind_of(&tensors, "blk.0.attn_q.weight"), query, "{}", quant.name());
        assert_eq!(kind_of(&tensors, "blk.0.ffn_down.weight"), down, "{}", quant.name());
    }
    let model = Model { n_embd: 72, n_ff: 200, ..model };
    for quant in Quant::ALL {
        let tensors = quantized(model, quant);
        assert!(tensors.iter().all(|(_, dims, kind)| *kind == TensorType::F16 || dims.len() == 1), "{}", quant.name());
    }
}

#[test]
fn what_is_not_quantized_stays_as_it_is() {
    for (name, dims, expected) in [
        ("blk.0.attn_q.weight", &[64, 64][..], true),
        ("blk.0.attn_norm.weight", &[64], false),
        ("blk.0.attn_norm.weight", &[64, 64], false),
        ("blk.0.attn_q.bias", &[64], false),
        ("blk.0.attn_q.bias", &[64, 64], false),
        ("rope_freqs.weight", &[32], false),
        ("blk.0.ffn_up.weight", &[64, 1], false),
        ("blk.0.ffn_up.weight", &[1, 64], true),
    ] {
        assert_eq!(is_quantized(name, dims), expected, "{name} {dims:?}");
        if !expected {
            let tensor = Unquantized { name, dims, kind: TensorType::BF16 };
            let proportions = Proportions { n_layers: 1, n_head: 1, n_head_kv: 1 };
            assert_eq!(types(Quant::Q4KM, proportions, &[tensor]), [TensorType::BF16]);
        }
    }
}

/// A joined query, key and value counts among the values, also for which layers get more bits.
#[test]
fn joined_attention() {
    let names: Vec<String> = (0..8).map(|i| format!("blk.{i}.attn_qkv.weight")).collect();
    let tensors: Vec<Unquantized<'_>> =
        names.iter().map(|name| Unquantized { name, dims: &[256, 768], kind: TensorType::F16 }).collect();
    let types = types(Quant::Q4KM, Proportions { n_layers: 8, n_head: 4, n_head_kv: 4 }, &tensors);
    let names: Vec<&str> = types.iter().map(|kind| kind.name()).collect();
    assert_eq!(names, ["Q6_K", "Q4_K", "Q4_K", "Q6_K", "Q4_K", "Q4_K", "Q6_K", "Q6_K"]);
}

#[test]
fn tensors_in_file_order() {
    let mut names =
        ["blk.10.attn_k.weight", "token_embd.weight", "blk.2.ffn_up.weight", "output.weight", "blk.2.attn_v.weight"];
    names.sort_by(|a, b| in_file_order(a, b));
    let expected =
        ["output.weight", "token_embd.weight", "blk.2.attn_v.weight", "blk.2.ffn_up.weight", "blk.10.attn_k.weight"];
    assert_eq!(names, expected);
}

#[test]
fn quantizations_by_name() {
    for quant in Quant::ALL {
        assert_eq!(Quant::from_name(quant.name()), Some(quant));
        assert_eq!(Quant::from_name(&quant.name().to_lowercase()), Some(quant));
        assert_eq!(file_type_name(quant.file_type()), Some(quant.name()));
    }
    assert_eq!(Quant::from_name("q4_k"), Some(Quant::Q4KM));
    for unknown in ["", "Q4", "Q4_K_L", "F32", "IQ4_XS", "Q6_K_M"] {
        assert_eq!(Quant::from_name(unknown), None, "{unknown}");
    }
}
