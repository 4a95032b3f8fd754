//! Adapters that fit a small model, and everything that can be wrong with one.

use super::*;
use crate::gguf::TensorType;
use crate::gguf::value::Value;
use crate::gguf::write::{Draft, Planned};

type Key = (String, Value);

fn text(key: &str, value: &str) -> Key {
    (key.to_owned(), Value::Text(value.to_owned()))
}

fn tensor(name: &str, dims: &[u64]) -> Planned {
    Planned { name: name.to_owned(), dims: dims.to_vec(), kind: TensorType::F32 }
}

fn header(keys: &[Key], tensors: &[Planned]) -> Header {
    Draft::new(keys, tensors).expect("a header").header().clone()
}

/// A model with 100 tokens, and a layer of width 32 that widens to 64.
fn model() -> Header {
    let tensors = [
        tensor("token_embd.weight", &[32, 100]),
        tensor("blk.0.attn_q.weight", &[32, 32]),
        tensor("blk.0.ffn_up.weight", &[32, 64]),
        tensor("blk.0.attn_norm.weight", &[32]),
    ];
    header(&[text("general.architecture", "llama")], &tensors)
}

fn keys() -> Vec<Key> {
    vec![
        text("general.architecture", "llama"),
        text("general.type", "adapter"),
        text("adapter.type", "lora"),
        ("adapter.lora.alpha".to_owned(), Value::F32(16.0)),
    ]
}

fn tensors() -> Vec<Planned> {
    vec![
        tensor("blk.0.ffn_up.weight.lora_a", &[32, 8]),
        tensor("blk.0.ffn_up.weight.lora_b", &[8, 64]),
        tensor("token_embd.weight.lora_a", &[4, 100]),
        tensor("token_embd.weight.lora_b", &[4, 32]),
    ]
}

fn with_key(key: &str, value: Value) -> Vec<Key> {
    let mut keys = keys();
    keys.retain(|(name, _)| name != key);
    keys.push((key.to_owned(), value));
    keys
}

#[track_caller]
fn refuses(keys: &[Key], tensors: &[Planned], why: Unfit) {
    assert_eq!(check(&header(keys, tensors), &model()), Err(why.clone()));
    assert!(!why.to_string().is_empty() && !why.to_string().contains('\n'));
}

#[test]
fn one_that_fits() {
    assert_eq!(check(&header(&keys(), &tensors()), &model()), Ok(()));
    let without_alpha: Vec<Key> = keys().into_iter().filter(|(key, _)| !key.ends_with("alpha")).collect();
    assert_eq!(check(&header(&without_alpha, &tensors()), &model()), Ok(()));
    // Norms are passed over.
    let mut norms = tensors();
    norms.push(tensor("blk.0.attn_norm.weight", &[32]));
    assert_eq!(check(&header(&keys(), &norms), &model()), Ok(()));
}

#[test]
fn what_it_says_of_itself() {
    let all = tensors();
    let says = |text: &str| Value::Text(text.to_owned());
    assert_eq!(check(&model(), &model()), Err(Unfit::NotAnAdapter(String::new())));
    refuses(&with_key("general.type", says("model")), &all, Unfit::NotAnAdapter("model".into()));
    refuses(&with_key("general.type", says("mmproj")), &all, Unfit::NotAnAdapter("mmproj".into()));
    refuses(&with_key("adapter.type", says("control_vector")), &all, Unfit::NotLora("control_vector".into()));
    refuses(&with_key("general.type", Value::U32(1)), &all, Unfit::BadValue("general.type"));
    refuses(&with_key("adapter.type", Value::Bool(true)), &all, Unfit::BadValue("adapter.type"));
    refuses(&with_key("adapter.lora.alpha", Value::U32(16)), &all, Unfit::BadValue("adapter.lora.alpha"));
    refuses(&with_key("adapter.lora.alpha", Value::F32(f32::NAN)), &all, Unfit::BadValue("adapter.lora.alpha"));
    refuses(
        &with_key("general.architecture", says("qwen2")),
        &all,
        Unfit::Architecture { adapter: "qwen2".into(), model: "llama".into() },
    );
    refuses(&with_key(INVOCATION, Value::U32(1)), &all, Unfit::Invoked);
}

#[test]
fn what_it_holds() {
    let with = |more: &[Planned]| [tensors(), more.to_vec()].concat();
    let name = || "blk.0.attn_q.weight".to_owned();
    let pair = |a: &[u64], b: &[u64]| {
        with(&[tensor("blk.0.attn_q.weight.lora_a", a), tensor("blk.0.attn_q.weight.lora_b", b)])
    };
    assert_eq!(check(&header(&keys(), &pair(&[32, 8], &[8, 32])), &model()), Ok(()));
    for (a, b) in [([32, 8], [4, 32]), ([8, 32], [32, 8]), ([64, 8], [8, 32]), ([32, 8], [8, 64])] {
        refuses(&keys(), &pair(&a, &b), Unfit::Shape(name()));
    }
    refuses(&keys(), &pair(&[32, 8, 2], &[8, 32]), Unfit::Shape(name()));
    refuses(&keys(), &with(&[tensor("blk.0.attn_q.weight.lora_a", &[32, 8])]), Unfit::Half(name()));
    refuses(&keys(), &with(&[tensor("blk.0.attn_q.weight", &[32, 32])]), Unfit::Stray(name()));
    refuses(&keys(), &[], Unfit::Empty);
    let other = [tensor("blk.7.attn_q.weight.lora_a", &[32, 8]), tensor("blk.7.attn_q.weight.lora_b", &[8, 32])];
    refuses(&keys(), &other, Unfit::NoWeight("blk.7.attn_q.weight".into()));
    let mut integers = pair(&[32, 8], &[8, 32]);
    integers.iter_mut().for_each(|tensor| tensor.kind = TensorType::from_number(26).expect("I32"));
    refuses(&keys(), &integers[4..], Unfit::Type(name()));
    // Halves of the embeddings that do not fit each other: llama.cpp would end its process.
    let embeddings = [tensor("token_embd.weight.lora_a", &[4, 100]), tensor("token_embd.weight.lora_b", &[8, 32])];
    refuses(&keys(), &embeddings, Unfit::Shape("token_embd.weight".into()));
}
