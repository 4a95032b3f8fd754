//! Whether a file is a LoRA adapter that llama.cpp may lay over a model.
//!
//! What passes here, `llama-adapter.cpp` of llama.cpp 0.1.161 loads and computes with. It throws on most of what is
//! refused here, without a reason that reaches a person; on keys of another type, and on embeddings whose halves do not
//! fit each other, it ends its process.

use std::collections::BTreeMap;
use std::fmt;

use super::header::Header;
use super::tensor::Tensor;
use super::value::Kind;
use crate::text::Untrusted;
use crate::tr;

/// Why an adapter does not fit. `Display` is one sentence, to be put after the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// It is a GGUF file of something else, by `general.type`, which may be empty.
    NotAnAdapter(String),
    /// An adapter of another kind.
    NotLora(String),
    /// A key has another type than llama.cpp reads, or a number that is none.
    BadValue(&'static str),
    /// It is for a model of another architecture.
    Architecture {
        /// Its own.
        adapter: String,
        /// The model's.
        model: String,
    },
    /// It wants to be switched on by tokens in the prompt (aLoRA).
    Invoked,
    /// It changes nothing.
    Empty,
    /// A tensor that is no half of a pair.
    Stray(String),
    /// Of the pair for this weight, one half is missing.
    Half(String),
    /// The model has no such weight.
    NoWeight(String),
    /// The pair for this weight has other dimensions than the weight.
    Shape(String),
    /// The pair for this weight is stored in a type that cannot be multiplied with.
    Type(String),
}

/// Keys that llama.cpp reads as this type alone; it ends its process over any other.
const TYPES: [(&str, Kind); 4] = [
    ("general.type", Kind::Text),
    ("general.architecture", Kind::Text),
    ("adapter.type", Kind::Text),
    (ALPHA, Kind::F32),
];

const ALPHA: &str = "adapter.lora.alpha";
const INVOCATION: &str = "adapter.alora.invocation_tokens";

/// Checks an adapter against the model that it is to be laid over.
///
/// # Errors
/// The first thing that does not fit.
pub fn check(adapter: &Header, model: &Header) -> Result<(), Unfit> {
    for (key, kind) in TYPES {
        if adapter.value(key).is_some_and(|value| value.kind() != kind) {
            return Err(Unfit::BadValue(key));
        }
    }
    let told = |key: &str| adapter.str(key).unwrap_or_default().to_owned();
    if told("general.type") != "adapter" {
        return Err(Unfit::NotAnAdapter(told("general.type")));
    }
    if told("adapter.type") != "lora" {
        return Err(Unfit::NotLora(told("adapter.type")));
    }
    if adapter.architecture() != model.architecture() {
        let (adapter, model) = (adapter.architecture().to_owned(), model.architecture().to_owned());
        return Err(Unfit::Architecture { adapter, model });
    }
    if adapter.f32(ALPHA).is_some_and(|alpha| !alpha.is_finite()) {
        return Err(Unfit::BadValue(ALPHA));
    }
    if adapter.value(INVOCATION).is_some() {
        return Err(Unfit::Invoked);
    }
    let weights: BTreeMap<&str, &Tensor> =
        model.tensors().iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
    let pairs = pairs(adapter)?;
    if pairs.is_empty() {
        return Err(Unfit::Empty);
    }
    for (name, halves) in pairs {
        let (Some(a), Some(b)) = halves else { return Err(Unfit::Half(name.to_owned())) };
        let weight = weights.get(name).ok_or_else(|| Unfit::NoWeight(name.to_owned()))?;
        if !fits(name, weight, a, b) {
            return Err(Unfit::Shape(name.to_owned()));
        }
        if !(a.kind.is_weight() && b.kind.is_weight()) {
            return Err(Unfit::Type(name.to_owned()));
        }
    }
    Ok(())
}

/// The two halves for each weight.
type Pairs<'a> = BTreeMap<&'a str, (Option<&'a Tensor>, Option<&'a Tensor>)>;

fn pairs(adapter: &Header) -> Result<Pairs<'_>, Unfit> {
    let mut pairs = Pairs::new();
    for tensor in adapter.tensors() {
        let name = tensor.name.as_str();
        if let Some(weight) = name.strip_suffix(".lora_a") {
            pairs.entry(weight).or_default().0 = Some(tensor);
        } else if let Some(weight) = name.strip_suffix(".lora_b") {
            pairs.entry(weight).or_default().1 = Some(tensor);
        } else if !name.ends_with("_norm.weight") {
            // Norms llama.cpp passes over.
            return Err(Unfit::Stray(name.to_owned()));
        }
    }
    Ok(pairs)
}

/// Whether the product of the halves has the weight's shape. Those of the embeddings stand the other way round.
fn fits(name: &str, weight: &Tensor, a: &Tensor, b: &Tensor) -> bool {
    let [w, a, b] = [weight, a, b].map(|tensor| match tensor.dims[..] {
        [n] => Some([n, 1]),
        [n, m] | [n, m, 1] | [n, m, 1, 1] => Some([n, m]),
        _ => None,
    });
    let (Some(w), Some(a), Some(b)) = (w, a, b) else { return false };
    if name.ends_with("token_embd.weight") {
        w[0] == b[1] && w[1] == a[1] && a[0] == b[0]
    } else {
        w[0] == a[0] && w[1] == b[1] && a[1] == b[0]
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::NotAnAdapter(kind) if kind.is_empty() || kind == "model" => tr!(
                "这是模型，不是 LoRA；要用它就写 -m",
                "this is a model and no LoRA adapter; to use it, give it with -m"
            ),
            Self::NotAnAdapter(kind) | Self::NotLora(kind) => {
                let kind = Untrusted(kind);
                tr!("这不是 LoRA，而是 {kind}", "this is no LoRA adapter, but: {kind}")
            }
            Self::BadValue(key) => tr!(
                "文件已损坏：{key} 的值不对；请重新转换这个 LoRA",
                "the file is corrupt: {key} has a value that cannot be; convert the adapter again"
            ),
            Self::Architecture { adapter, model } => {
                let (adapter, model) = (Untrusted(adapter), Untrusted(model));
                tr!(
                    "这个 LoRA 是给 {adapter} 架构的，模型是 {model}",
                    "this adapter is for the architecture {adapter}, and the model is {model}"
                )
            }
            Self::Invoked => tr!(
                "这是要由提示里的词元触发的 LoRA（aLoRA），还不支持",
                "this adapter is switched on by tokens in the prompt (aLoRA), which is not supported"
            ),
            Self::Empty => tr!("这个 LoRA 里没有权重", "there are no weights in this adapter"),
            Self::Stray(name) => {
                let name = Untrusted(name);
                tr!(
                    "张量 {name} 不属于 LoRA：应以 .lora_a 或 .lora_b 结尾",
                    "the tensor {name} is no part of a LoRA: its name should end with .lora_a or .lora_b"
                )
            }
            Self::Half(name) => {
                let name = Untrusted(name);
                tr!("{name} 的 lora_a 和 lora_b 缺了一个", "of lora_a and lora_b for {name}, one is missing")
            }
            Self::NoWeight(name) => {
                let name = Untrusted(name);
                tr!(
                    "模型里没有 {name}：这个 LoRA 多半是给别的模型训练的",
                    "the model has no {name}: most likely the adapter was trained for another model"
                )
            }
            Self::Shape(name) => {
                let name = Untrusted(name);
                tr!(
                    "{name} 的形状与模型的不合：这个 LoRA 多半是给别的模型训练的",
                    "the shape for {name} is not the model's: most likely the adapter was trained for another model"
                )
            }
            Self::Type(name) => {
                let name = Untrusted(name);
                tr!("{name} 的类型不能用来计算", "the type for {name} cannot be computed with")
            }
        })
    }
}

#[cfg(test)]
#[path = "adapter_tests.rs"]
mod tests;
