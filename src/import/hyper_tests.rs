use proptest::prelude::*;
use serde_json::json;

use super::*;

fn llama_13b() -> Json {
    json!({
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "hidden_size": 5120,
        "intermediate_size": 13824,
        "max_position_embeddings": 4096,
        "num_attention_heads": 40,
        "num_hidden_layers": 40,
        "num_key_value_heads": 40,
        "pretraining_tp": 1,
        "rms_norm_eps": 1e-5,
        "rope_scaling": null,
        "tie_word_embeddings": false,
        "torch_dtype": "float16",
        "vocab_size": 32008
    })
}

/// The config with some fields replaced, or removed where `null`.
fn with(changes: Json) -> Json {
    let mut config = llama_13b();
    for (key, value) in changes.as_object().unwrap() {
        if value.is_null() {
            config.as_object_mut().unwrap().remove(key);
        } else {
            config[key] = value.clone();
        }
    }
    config
}

fn read(config: &Json) -> Result<Hyper, Refused> {
    Hyper::read(config.to_string().as_bytes())
}

#[test]
fn a_13b() {
    let hyper = read(&llama_13b()).unwrap();
    let expected = Hyper {
        n_layers: 40,
        n_embd: 5120,
        n_ff: 13824,
        n_head: 40,
        n_head_kv: 40,
        head_dim: 128,
        n_vocab: 32008,
        n_ctx_train: 4096,
        rms_eps: 1e-5,
        rope_theta: 10_000.0,
        rope_factor: None,
        is_tied: false,
    };
    assert_eq!(hyper, expected);
    assert_eq!((hyper.n_query(), hyper.n_key_value()), (5120, 5120));
}

#[test]
fn what_is_not_said_has_its_default() {
    let hyper = read(&with(json!({
        "architectures": null,
        "num_key_value_heads": null,
        "rms_norm_eps": null,
        "max_position_embeddings": null,
        "tie_word_embeddings": null,
        "hidden_act": null
    })))
    .unwrap();
    assert_eq!((hyper.n_head_kv, hyper.rms_eps, hyper.n_ctx_train, hyper.is_tied), (40, 1e-6, 2048, false));
    assert!(read(&with(json!({"model_type": null}))).is_ok());
}

#[test]
fn other_shapes() {
    let hyper = read(&with(json!({"num_key_value_heads": 8, "head_dim": 64, "tie_word_embeddings": true}))).unwrap();
    assert_eq!((hyper.n_query(), hyper.n_key_value(), hyper.is_tied), (2560, 512, true));
    for architecture in ["LLaMAForCausalLM", "LlamaModel"] {
        assert!(read(&with(json!({"architectures": [architecture]}))).is_ok());
    }
}

#[test]
fn rope() {
    for (changes, theta, factor) in [
        (json!({"rope_theta": 500_000}), 500_000.0, None),
        (json!({"rope_theta": 1e6}), 1e6, None),
        (json!({"rope_scaling": {"type": "linear", "factor": 2.0}}), 10_000.0, Some(2.0)),
        (json!({"rope_scaling": {"rope_type": "linear", "factor": 4}}), 10_000.0, Some(4.0)),
        (json!({"rope_scaling": {"rope_type": "default"}}), 10_000.0, None),
        (json!({"rope_parameters": {"rope_type": "default", "rope_theta": 20_000.0}}), 20_000.0, None),
    ] {
        let hyper = read(&with(changes.clone())).unwrap();
        assert_eq!((hyper.rope_theta, hyper.rope_factor), (theta, factor), "{changes}");
    }
}

#[test]
fn what_is_refused_names_its_field() {
    for (changes, field) in [
        (json!({"model_type": "mistral"}), "model_type"),
        (json!({"model_type": null, "architectures": null}), "model_type"),
        (json!({"architectures": ["MixtralForCausalLM"]}), "architectures"),
        (json!({"hidden_act": "gelu"}), "hidden_act"),
        (json!({"num_local_experts": 8}), "num_local_experts"),
        (json!({"quantization_config": {"quant_method": "gptq"}}), "gptq"),
        (json!({"hidden_size": null}), "hidden_size"),
        (json!({"hidden_size": 0}), "hidden_size"),
        (json!({"hidden_size": 5121}), "hidden_size"),
        (json!({"hidden_size": 1u64 << 40}), "hidden_size"),
        (json!({"intermediate_size": 1}), "intermediate_size"),
        (json!({"num_hidden_layers": 0}), "num_hidden_layers"),
        (json!({"num_hidden_layers": 513}), "num_hidden_layers"),
        (json!({"num_attention_heads": 0}), "num_attention_heads"),
        (json!({"num_key_value_heads": 0}), "num_key_value_heads"),
        (json!({"num_key_value_heads": 41}), "num_key_value_heads"),
        (json!({"num_key_value_heads": 3}), "num_key_value_heads"),
        (json!({"head_dim": 127}), "head_dim"),
        (json!({"head_dim": 8194}), "head_dim"),
        (json!({"vocab_size": null}), "vocab_size"),
        (json!({"vocab_size": 1u64 << 21}), "vocab_size"),
        (json!({"max_position_embeddings": 0}), "max_position_embeddings"),
        (json!({"rms_norm_eps": 0.0}), "rms_norm_eps"),
        (json!({"rms_norm_eps": 1.0}), "rms_norm_eps"),
        (json!({"rope_theta": 0.0}), "rope_theta"),
        (json!({"rope_scaling": {"type": "dynamic", "factor": 2.0}}), "dynamic"),
        (json!({"rope_scaling": {"rope_type": "llama3", "factor": 8.0}}), "llama3"),
        (json!({"rope_scaling": {"type": "linear"}}), "rope_scaling.factor"),
        (json!({"rope_scaling": {"type": "linear", "factor": 0.0}}), "rope_scaling.factor"),
    ] {
        let told = read(&with(changes.clone())).unwrap_err().to_string();
        assert!(told.contains(field), "{changes}: {told}");
    }
}

#[test]
fn all_that_is_wrong_is_told() {
    let refused = read(&with(json!({"hidden_size": 0, "vocab_size": 0, "rms_norm_eps": -1.0}))).unwrap_err();
    let told = refused.to_string();
    assert!(["hidden_size", "vocab_size", "rms_norm_eps"].iter().all(|field| told.contains(field)), "{told}");
}

#[test]
fn what_is_no_config() {
    let whole = llama_13b().to_string();
    for n in 0..whole.len() {
        assert!(matches!(Hyper::read(&whole.as_bytes()[..n]), Err(Refused::Corrupt { .. })), "{n}");
    }
    for text in ["[]", "null", "7", r#"{"hidden_size": -1}"#, r#"{"hidden_size": "5120"}"#, "<!doctype html>"] {
        assert!(matches!(Hyper::read(text.as_bytes()), Err(Refused::Corrupt { .. })), "{text}");
    }
}

proptest! {
    /// Whatever the numbers are, what gets through makes a model.
    #[test]
    fn any_numbers(
        n_embd in 0u64..600, n_head in 0u64..20, n_head_kv in 0u64..20, head_dim in prop::option::of(0u64..70),
    ) {
        let mut config = with(json!({
            "hidden_size": n_embd, "num_attention_heads": n_head, "num_key_value_heads": n_head_kv,
        }));
        if let Some(head_dim) = head_dim {
            config["head_dim"] = json!(head_dim);
        }
        if let Ok(hyper) = read(&config) {
            prop_assert!(hyper.n_head > 0 && hyper.n_head_kv > 0 && hyper.head_dim > 0);
            prop_assert_eq!((hyper.n_head % hyper.n_head_kv, hyper.n_embd % hyper.n_head, hyper.head_dim % 2), (0, 0, 0));
        }
    }
}
