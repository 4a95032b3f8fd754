//! All metadata of an imported model: what it is, its numbers, its tokenizer.
//!
//! The `llama.…` and `tokenizer.…` keys and their order are what `convert_hf_to_gguf.py` with transformers 4.57.6
//! and then `llama-quantize` leave (llama-cpp-python 0.3.36). Of the `general.…` keys there are those that we know
//! something about: that converter guesses more of them out of names.

use serde_json::Value as Json;

use super::hyper::Hyper;
use super::mixture::{QUANTIZATION_VERSION, Quant};
use super::vocabulary::Vocabulary;
use crate::gguf::value::Value;

/// What is known of a checkpoint besides its files of weights. All of it may be untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// The name for people, such as `Llama-2-13b-chat`.
    pub name: String,
    /// The licence by its short name, such as `apache-2.0`.
    pub license: Option<String>,
    /// The whole file `generation_config.json`.
    pub generation_config: Option<Vec<u8>>,
}

/// The keys with their values, in file order, of a model of `n_elements` weights.
#[must_use]
pub fn metadata(
    about: &About,
    hyper: &Hyper,
    n_elements: u64,
    vocabulary: &Vocabulary,
    quant: Quant,
) -> Vec<(String, Value)> {
    let mut metadata = general(about, n_elements);
    metadata.extend(numbers(hyper));
    metadata.extend(vocabulary.metadata());
    metadata.extend(quantized(quant));
    metadata
}

/// What `llama-quantize` puts at the end.
pub(super) fn quantized(quant: Quant) -> [(String, Value); 2] {
    [
        ("general.quantization_version".to_owned(), Value::U32(QUANTIZATION_VERSION)),
        ("general.file_type".to_owned(), Value::U32(quant.file_type())),
    ]
}

/// What a model of `n_elements` weights is. Where it is from is not said: the same checkpoint becomes the same file,
/// whichever way it came; a record beside the file says it.
pub(super) fn general(about: &About, n_elements: u64) -> Vec<(String, Value)> {
    let text = |key: &str, text: &str| (format!("general.{key}"), Value::Text(text.to_owned()));
    let mut metadata = vec![text("architecture", "llama"), text("type", "model")];
    metadata.extend(sampling(about.generation_config.as_deref()));
    let size = size_label(n_elements);
    let known = [("name", Some(&about.name)), ("size_label", Some(&size)), ("license", about.license.as_ref())];
    metadata.extend(known.into_iter().filter_map(|(key, said)| Some(text(key, said.filter(|said| !said.is_empty())?))));
    metadata
}

/// How its makers would have it sample. A file that is broken says nothing.
fn sampling(generation_config: Option<&[u8]>) -> Vec<(String, Value)> {
    let config: Json = generation_config.and_then(|json| serde_json::from_slice(json).ok()).unwrap_or_default();
    let number = |key: &str| config.get(key).and_then(Json::as_f64).map(|x| Value::F32(x as f32));
    let top_k = config.get("top_k").and_then(Json::as_i64).and_then(|n| i32::try_from(n).ok());
    let known = [
        ("top_k", top_k.map(Value::I32)),
        ("top_p", number("top_p")),
        ("min_p", number("min_p")),
        ("temp", number("temperature")),
        ("penalty_repeat", number("repetition_penalty")),
    ];
    known.into_iter().filter_map(|(key, value)| Some((format!("general.sampling.{key}"), value?))).collect()
}

/// The `llama.…` keys.
fn numbers(hyper: &Hyper) -> Vec<(String, Value)> {
    let head_dim = Value::U32(hyper.head_dim);
    let known = [
        ("block_count", Some(Value::U32(hyper.n_layers))),
        ("context_length", Some(Value::U32(hyper.n_ctx_train))),
        ("embedding_length", Some(Value::U32(hyper.n_embd))),
        ("feed_forward_length", Some(Value::U32(hyper.n_ff))),
        ("attention.head_count", Some(Value::U32(hyper.n_head))),
        ("attention.head_count_kv", Some(Value::U32(hyper.n_head_kv))),
        ("rope.scaling.type", hyper.rope_factor.map(|_| Value::Text("linear".to_owned()))),
        ("rope.scaling.factor", hyper.rope_factor.map(Value::F32)),
        ("rope.freq_base", Some(Value::F32(hyper.rope_theta))),
        ("attention.layer_norm_rms_epsilon", Some(Value::F32(hyper.rms_eps))),
        ("attention.key_length", Some(head_dim.clone())),
        ("attention.value_length", Some(head_dim.clone())),
        ("vocab_size", Some(Value::U32(hyper.n_vocab))),
        ("rope.dimension_count", Some(head_dim)),
    ];
    known.into_iter().filter_map(|(key, value)| Some((format!("llama.{key}"), value?))).collect()
}

/// How many weights there are, as people say it: `13B`, `1.3B`, `110M`. Two digits, more where there is no way
/// around them.
fn size_label(n_elements: u64) -> String {
    let units = [(1e12, 'T'), (1e9, 'B'), (1e6, 'M')];
    let n = n_elements as f64;
    let (unit, letter) = units.into_iter().find(|(unit, _)| n > *unit).unwrap_or((1e3, 'K'));
    let scaled = n / unit;
    let n_decimals = match scaled.round_ties_even() {
        0.0 => 2,
        whole if whole < 10.0 => 1,
        _ => 0,
    };
    format!("{scaled:.n_decimals$}{letter}")
}

/// The licence that a model card (`README.md`) names between its first two lines of `---`.
#[must_use]
pub fn card_license(card: &str) -> Option<String> {
    let mut lines = card.lines();
    if lines.next()?.trim_end() != "---" {
        return None;
    }
    let said = lines.take_while(|line| line.trim_end() != "---").find_map(|line| line.strip_prefix("license:"))?;
    let name = said.trim().trim_matches(['"', '\'']);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    (!name.is_empty() && name.chars().all(is_name)).then(|| name.to_owned())
}

#[cfg(test)]
#[path = "metadata_tests.rs"]
mod tests;
