//! The vocabulary: what llama.cpp demands of any, and what SentencePiece needs so that every text has tokens.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::gguf::header::Header;
use crate::gguf::rejected::Rejected;
use crate::gguf::value::{Kind, Value};
use crate::gguf::vocabulary::{SCORES, TOKENS, TYPES, TokenType};
use crate::tr;

/// Ids that must be in range. llama.cpp takes its default for one that is not: a wrong end of text, at which the
/// model never stops.
const ENDS: [&str; 5] = [
    "tokenizer.ggml.bos_token_id",
    "tokenizer.ggml.eos_token_id",
    "tokenizer.ggml.eot_token_id",
    "tokenizer.ggml.eom_token_id",
    "tokenizer.ggml.unknown_token_id",
];

/// Ids that chatting does not need: published files do have some out of range, most of all for padding. llama.cpp
/// throws when one is no `u32`.
const OTHERS: [&str; 12] = [
    "tokenizer.ggml.seperator_token_id",
    "tokenizer.ggml.padding_token_id",
    "tokenizer.ggml.mask_token_id",
    "tokenizer.ggml.fim_pre_token_id",
    "tokenizer.ggml.fim_suf_token_id",
    "tokenizer.ggml.fim_mid_token_id",
    "tokenizer.ggml.fim_pad_token_id",
    "tokenizer.ggml.fim_rep_token_id",
    "tokenizer.ggml.fim_sep_token_id",
    "tokenizer.ggml.prefix_token_id",
    "tokenizer.ggml.suffix_token_id",
    "tokenizer.ggml.middle_token_id",
];

/// What holds for every tokenizer: there are tokens, and no two are the same to llama.cpp, which asserts it.
pub(super) fn check_any(header: &Header) -> Result<(), Rejected> {
    // `hybriddna` rewrites its tokens on loading; `no_vocab` has none.
    if matches!(header.tokenizer_model(), "no_vocab" | "none" | "hybriddna") {
        return Ok(());
    }
    if header.n_vocab() == 0 {
        return Err(Rejected::tokenizer(tr!("没有 {TOKENS}", "there is no {TOKENS}")));
    }
    let mut seen: HashMap<Cow<'_, str>, usize> = HashMap::with_capacity(header.n_vocab());
    for (id, text) in header.tokens().enumerate() {
        // llama.cpp reads a token up to a NUL, and renames an empty one.
        let text = match text.split('\0').next().unwrap_or_default() {
            "" => Cow::Owned(format!("[EMPTY_{id}]")),
            text => Cow::Borrowed(text),
        };
        if let Some(first) = seen.get(&text) {
            let text = text.escape_debug();
            return Err(Rejected::tokenizer(tr!(
                "编号 {first} 和 {id} 是同一个词元“{text}”",
                "tokens {first} and {id} are the same, \"{text}\""
            )));
        }
        seen.insert(text, id);
    }
    Ok(())
}

pub(super) fn check_sentencepiece(header: &Header) -> Result<(), Rejected> {
    let n = header.n_vocab();
    if let Some(id) = header.tokens().position(|text| text.contains('\0')) {
        return Err(Rejected::tokenizer(tr!("编号 {id} 的词元含有 NUL", "token {id} contains NUL")));
    }
    for (key, kinds) in [(SCORES, &[Kind::F32, Kind::I32][..]), (TYPES, &[Kind::I32][..])] {
        let Some(array) = header.array(key).filter(|array| kinds.contains(&array.kind())) else {
            return Err(Rejected::tokenizer(tr!("{key} 缺失或者类型不对", "{key} is missing or has the wrong type")));
        };
        let len = array.len();
        if len != n {
            return Err(Rejected::tokenizer(tr!(
                "{key} 有 {len} 项，而词元有 {n} 个",
                "{key} has {len} entries for {n} tokens"
            )));
        }
    }
    check_each(header)?;
    check_ids(header)
}

/// Scores are numbers, types are types, and all 256 bytes have their token: text that no piece covers
/// becomes bytes, and where one is missing llama.cpp throws through the wrapper.
fn check_each(header: &Header) -> Result<(), Rejected> {
    let (scores, types) = (header.array(SCORES), header.array(TYPES));
    let mut bytes: [Option<usize>; 256] = [None; 256];
    for (id, text) in header.tokens().enumerate() {
        let score = scores.and_then(|scores| scores.f32(id)).unwrap_or_default();
        if !score.is_finite() {
            return Err(Rejected::tokenizer(tr!("编号 {id} 的分数是 {score}", "the score of token {id} is {score}")));
        }
        let kind = types.and_then(|types| types.i32(id)).and_then(TokenType::from_number);
        let byte = byte_of(text);
        match (kind, byte) {
            (None, _) => {
                return Err(Rejected::tokenizer(tr!("编号 {id} 的类型无效", "the type of token {id} is invalid")));
            }
            (Some(TokenType::Byte), Some(byte)) => bytes[usize::from(byte)] = Some(id),
            (Some(TokenType::Byte), None) => {
                let text = text.escape_debug();
                return Err(Rejected::tokenizer(tr!(
                    "编号 {id} 的“{text}”标为字节，却不是 <0x00> 到 <0xFF>",
                    "token {id}, \"{text}\", is marked as a byte and is none of <0x00> to <0xFF>"
                )));
            }
            _ => {}
        }
    }
    if let Some(byte) = bytes.iter().position(Option::is_none) {
        return Err(Rejected::tokenizer(tr!(
            "缺少字节词元 <0x{byte:02X}>",
            "the byte token <0x{byte:02X}> is missing"
        )));
    }
    Ok(())
}

/// The byte a token such as `<0x0A>` stands for, written exactly as llama.cpp looks it up.
fn byte_of(text: &str) -> Option<u8> {
    let digits = text.strip_prefix("<0x")?.strip_suffix('>')?;
    let is_hex = digits.len() == 2 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'));
    is_hex.then(|| u8::from_str_radix(digits, 16).ok())?
}

fn check_ids(header: &Header) -> Result<(), Rejected> {
    let n = header.n_vocab();
    for key in ENDS.into_iter().chain(OTHERS) {
        let said = match header.value(key) {
            None => continue,
            Some(Value::U32(id)) if (*id as usize) < n || OTHERS.contains(&key) => continue,
            Some(Value::U32(id)) => id.to_string(),
            Some(other) => other.kind().name().to_owned(),
        };
        return Err(Rejected::tokenizer(tr!(
            "{key} = {said}，不是 {n} 个词元之一的编号",
            "{key} = {said} is the id of none of the {n} tokens"
        )));
    }
    let suppress = header.value("tokenizer.ggml.suppress_tokens");
    if !suppress.is_none_or(|value| matches!(value, Value::Array(array) if array.kind() == Kind::I32)) {
        return Err(Rejected::tokenizer(tr!(
            "tokenizer.ggml.suppress_tokens 的类型不对",
            "tokenizer.ggml.suppress_tokens has the wrong type"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_tokens() {
        for (text, byte) in [("<0x00>", Some(0)), ("<0x0A>", Some(10)), ("<0xFF>", Some(255))] {
            assert_eq!(byte_of(text), byte, "{text}");
        }
        for text in ["<0x0a>", "<0x+1>", "<0x-1>", "<0x1>", "<0x001>", "<0xé>", "0x0A", "<0x0A", ""] {
            assert_eq!(byte_of(text), None, "{text}");
        }
    }
}
