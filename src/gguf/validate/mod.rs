//! Whether llama.cpp may be given a file: the rules about meaning, for the architecture `llama` and the
//! SentencePiece tokenizer.
//!
//! They keep one promise: what passes here, llama.cpp 0.1.161 loads and decodes with, without ending its process.
//! Each rule stands where llama.cpp asserts, throws, or silently computes nonsense (`llama-model.cpp`,
//! `models/llama.cpp`, `llama-vocab.cpp`, and ggml's operators). Other architectures and tokenizers
//! keep the structural rules of `read` alone; that the engine is another process is what protects there.

mod model;
mod tensors;
mod tokenizer;

use super::header::Header;
use super::rejected::Rejected;
use crate::tr;

/// What was found out about a file that passed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// A sentence for `-v` when not all rules could be applied.
    pub notice: Option<String>,
}

/// Checks a model that is to chat.
///
/// # Errors
/// The first rule that it breaks; [`Rejected::VocabOnly`] when it has no weights.
pub fn validate(header: &Header) -> Result<Verdict, Rejected> {
    if header.is_vocab_only() {
        return Err(Rejected::VocabOnly);
    }
    let architecture = named(header)?;
    if architecture != "llama" {
        let architecture = architecture.escape_debug();
        return Ok(Verdict {
            notice: Some(tr!(
                "架构是 {architecture} 而不是 llama：只检查了文件结构",
                "the architecture is {architecture}, not llama: only the file's structure was checked"
            )),
        });
    }
    model::check_types(header)?;
    let shape = model::check(header)?;
    let verdict = check_vocabulary(header)?;
    tensors::check(header, &shape)?;
    Ok(verdict)
}

/// Checks a file of which only the vocabulary is wanted, with weights or without.
///
/// # Errors
/// The first rule that it breaks.
pub fn validate_vocabulary(header: &Header) -> Result<Verdict, Rejected> {
    named(header)?;
    model::check_types(header)?;
    check_vocabulary(header)
}

fn named(header: &Header) -> Result<&str, Rejected> {
    match header.architecture() {
        "" => Err(Rejected::unsupported("general.architecture", missing(), "llama")),
        architecture => Ok(architecture),
    }
}

fn check_vocabulary(header: &Header) -> Result<Verdict, Rejected> {
    tokenizer::check_any(header)?;
    if header.tokenizer_model() == "llama" {
        tokenizer::check_sentencepiece(header)?;
        return Ok(Verdict::default());
    }
    let tokenizer = header.tokenizer_model().escape_debug();
    Ok(Verdict {
        notice: Some(tr!(
            "分词器是 {tokenizer} 而不是 SentencePiece：没有检查词表的细节",
            "the tokenizer is {tokenizer}, not SentencePiece: the vocabulary was not checked in detail"
        )),
    })
}

/// What stands for the value of a key that is not there.
fn missing() -> String {
    tr!("（缺失）", "(missing)")
}
