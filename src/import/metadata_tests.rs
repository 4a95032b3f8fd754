use prost::Message as _;

use super::*;
use crate::gguf::write::Draft;
use crate::import::vocabulary::Files;

/// One piece of SentencePiece's, as protobuf has it.
#[derive(Clone, PartialEq, prost::Message)]
struct Piece {
    #[prost(string, tag = "1")]
    text: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Model {
    #[prost(message, repeated, tag = "1")]
    pieces: Vec<Piece>,
}

const HYPER: Hyper = Hyper {
    n_layers: 40,
    n_embd: 5120,
    n_ff: 13824,
    n_head: 40,
    n_head_kv: 8,
    head_dim: 128,
    n_vocab: 4,
    n_ctx_train: 4096,
    rms_eps: 1e-5,
    rope_theta: 10_000.0,
    rope_factor: None,
    is_tied: false,
};

fn vocabulary() -> Vocabulary {
    let model = Model { pieces: vec![Piece { text: "a".to_owned() }] }.encode_to_vec();
    Vocabulary::read(&Files { model: &model, config: br#"{"eos_token_id": 2}"#, ..Files::default() }, 4).unwrap()
}

fn keys(metadata: &[(String, Value)]) -> Vec<&str> {
    metadata.iter().map(|(key, _)| key.as_str()).collect()
}

#[test]
fn keys_in_their_order() {
    let about = About { name: "羊驼".to_owned(), license: Some("apache-2.0".to_owned()), ..About::default() };
    let metadata = metadata(&about, &HYPER, 13_015_864_320, &vocabulary(), Quant::Q4KM);
    assert_eq!(
        keys(&metadata),
        [
            "general.architecture",
            "general.type",
            "general.name",
            "general.size_label",
            "general.license",
            "llama.block_count",
            "llama.context_length",
            "llama.embedding_length",
            "llama.feed_forward_length",
            "llama.attention.head_count",
            "llama.attention.head_count_kv",
            "llama.rope.freq_base",
            "llama.attention.layer_norm_rms_epsilon",
            "llama.attention.key_length",
            "llama.attention.value_length",
            "llama.vocab_size",
            "llama.rope.dimension_count",
            "tokenizer.ggml.model",
            "tokenizer.ggml.pre",
            "tokenizer.ggml.tokens",
            "tokenizer.ggml.scores",
            "tokenizer.ggml.token_type",
            "tokenizer.ggml.eos_token_id",
            "general.quantization_version",
            "general.file_type"
        ]
    );
    let value = |wanted: &str| &metadata.iter().find(|(key, _)| key == wanted).unwrap().1;
    for (key, expected) in [
        ("general.architecture", Value::Text("llama".to_owned())),
        ("general.name", Value::Text("羊驼".to_owned())),
        ("general.size_label", Value::Text("13B".to_owned())),
        ("llama.attention.head_count_kv", Value::U32(8)),
        ("llama.attention.layer_norm_rms_epsilon", Value::F32(1e-5)),
        ("llama.attention.value_length", Value::U32(128)),
        ("llama.vocab_size", Value::U32(4)),
        ("general.quantization_version", Value::U32(2)),
        ("general.file_type", Value::U32(15)),
    ] {
        assert_eq!(*value(key), expected, "{key}");
    }
    assert!(Draft::new(&metadata, &[]).is_ok());
}

#[test]
fn linear_rope() {
    let numbers = numbers(&Hyper { rope_factor: Some(2.0), ..HYPER });
    assert_eq!(
        numbers[6..8],
        [
            ("llama.rope.scaling.type".to_owned(), Value::Text("linear".to_owned())),
            ("llama.rope.scaling.factor".to_owned(), Value::F32(2.0))
        ]
    );
}

#[test]
fn sampling_of_its_makers() {
    let json = br#"{"temperature": 0.9, "top_p": 0.6, "top_k": 50, "do_sample": true, "min_p": null,
        "repetition_penalty": 1}"#;
    assert_eq!(
        sampling(Some(json)),
        [
            ("general.sampling.top_k".to_owned(), Value::I32(50)),
            ("general.sampling.top_p".to_owned(), Value::F32(0.6)),
            ("general.sampling.temp".to_owned(), Value::F32(0.9)),
            ("general.sampling.penalty_repeat".to_owned(), Value::F32(1.0))
        ]
    );
    for broken in [&b""[..], b"[]", b"{\"top_k\": \"50\"}", b"{\"top_k\": 5000000000}"] {
        assert!(sampling(Some(broken)).is_empty(), "{broken:?}");
    }
    assert!(sampling(None).is_empty());
}

#[test]
fn sizes_as_people_say_them() {
    for (n, label) in [
        (13_015_864_320, "13B"),
        (6_738_415_616, "6.7B"),
        (1_264_000_000, "1.3B"),
        (9_960_000_000, "10B"),
        (68_976_648_192, "69B"),
        (110_000_000, "110M"),
        (1_000_000_000, "1000M"),
        (2_000_000_000_000, "2.0T"),
        (15_500, "16K"),
        (1_500, "1.5K"),
        (300, "0.30K"),
    ] {
        assert_eq!(size_label(n), label, "{n}");
    }
}

#[test]
fn licences_of_cards() {
    for (card, license) in [
        ("---\nlicense: apache-2.0\nlanguage:\n- zh\n---\n# x\n", Some("apache-2.0")),
        ("---\r\nlanguage: zh\r\nlicense: \"llama2\"\r\n---\r\n", Some("llama2")),
        ("---\nlanguage: zh\n---\nlicense: mit\n", None),
        ("license: mit\n", None),
        ("---\nlicense:\n- mit\n---\n", None),
        ("---\nlicense: \x1b[2J\n---\n", None),
        ("", None),
    ] {
        assert_eq!(card_license(card).as_deref(), license, "{card}");
    }
}
