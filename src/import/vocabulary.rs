//! The vocabulary of a checkpoint: `tokenizer.model` with what `added_tokens.json` and `tokenizer_config.json` add to
//! it, as the tokenizer metadata of a GGUF file. It does not tokenize.
//!
//! There is exactly one token a row of the embedding, and no two have the same text, over which llama.cpp would end
//! its process. Texts, scores, types and keys are those of `convert_hf_to_gguf.py` (llama-cpp-python 0.3.36,
//! `conversion/base.py`), but for the texts that would be there twice.

use std::collections::HashSet;

use prost::Message;
use serde_json::{Map, Value as Json};

use super::Refused;
use super::special::Special;
use crate::gguf::value::{Array, Kind, Texts, Value};
use crate::gguf::vocabulary::{SCORES, TOKENS, TYPES, TokenType};

/// Largest `tokenizer.model`: that of 65,000 tokens has 1 MB.
pub const MAX_MODEL_BYTES: u64 = 4 << 20;
/// Largest of the JSON files; a `tokenizer.json` has 2 to 9 MB.
pub const MAX_JSON_BYTES: u64 = 32 << 20;

/// The score of a token that was added to the tokenizer.
const ADDED_SCORE: f32 = -1000.0;
/// The score of a row that no token belongs to.
const UNUSED_SCORE: f32 = -10_000.0;

/// The whole files of a checkpoint that say something about its tokens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Files<'a> {
    /// `tokenizer.model`.
    pub model: &'a [u8],
    /// `config.json`.
    pub config: &'a [u8],
    /// `added_tokens.json`, if there is one.
    pub added_tokens: Option<&'a [u8]>,
    /// `tokenizer_config.json`, if there is one.
    pub tokenizer_config: Option<&'a [u8]>,
    /// `tokenizer.json`, if there is one.
    pub tokenizer: Option<&'a [u8]>,
    /// `chat_template.jinja`, if there is one.
    pub chat_template: Option<&'a str>,
}

/// The parts that we read of SentencePiece's `ModelProto` (`sentencepiece_model.proto`); the others are skipped.
#[derive(Clone, PartialEq, Message)]
struct Model {
    #[prost(message, repeated, tag = "1")]
    pieces: Vec<Piece>,
    #[prost(message, optional, tag = "2")]
    trainer: Option<Trainer>,
}

#[derive(Clone, PartialEq, Message)]
struct Piece {
    #[prost(string, optional, tag = "1")]
    text: Option<String>,
    #[prost(float, optional, tag = "2")]
    score: Option<f32>,
    #[prost(int32, optional, tag = "3", default = "1")]
    kind: Option<i32>,
}

#[derive(Clone, PartialEq, Message)]
struct Trainer {
    #[prost(int32, optional, tag = "3", default = "1")]
    model_type: Option<i32>,
}

/// One token, which has the id of its place.
#[derive(Debug, Clone, PartialEq)]
struct Token {
    text: String,
    score: f32,
    kind: TokenType,
}

impl Token {
    /// What stands for a row that no token belongs to.
    fn unused(id: usize) -> Self {
        Self { text: format!("[PAD{id}]"), score: UNUSED_SCORE, kind: TokenType::Unused }
    }
}

/// All tokens, and what a GGUF file says besides of the tokenizer.
#[derive(Debug, Clone, PartialEq)]
pub struct Vocabulary {
    tokens: Vec<Token>,
    adds_space_prefix: Option<bool>,
    special: Special,
    renamed: Vec<u32>,
    left_out: Vec<String>,
}

impl Vocabulary {
    /// Brings the files together for an embedding of `n_vocab` rows.
    ///
    /// # Errors
    /// [`Refused`] when a file is broken, or `tokenizer.model` has more tokens than there are rows.
    pub fn read(files: &Files<'_>, n_vocab: u32) -> Result<Self, Refused> {
        let mut tokens = pieces(files.model, n_vocab).map_err(|why| why.in_file("tokenizer.model"))?;
        let mut left_out = Vec::new();
        if let Some(json) = files.added_tokens {
            add_tokens(&mut tokens, json, &mut left_out).map_err(|why| why.in_file("added_tokens.json"))?;
        }
        let name = "tokenizer_config.json";
        let tokenizer_config = files.tokenizer_config.map(object).transpose();
        let tokenizer_config = tokenizer_config.map_err(|why| why.in_file(name))?;
        if let Some(config) = &tokenizer_config {
            decode_added_tokens(&mut tokens, config, &mut left_out).map_err(|why| why.in_file(name))?;
        }
        let adds_space_prefix = tokenizer_config.as_ref().and_then(|config| config.get("add_prefix_space")?.as_bool());
        let special = Special::read(files, tokenizer_config, n_vocab)?;
        let renamed = rename_repeated(&mut tokens);
        Ok(Self { tokens, adds_space_prefix, special, renamed, left_out })
    }

    /// Ids of tokens whose text another one has already, and that are therefore not to be had any more.
    #[must_use]
    pub fn renamed(&self) -> &[u32] {
        &self.renamed
    }

    /// Added tokens that no row belongs to, and that are therefore not in the vocabulary. Untrusted.
    #[must_use]
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// Whether the checkpoint brings a chat template of its own.
    #[must_use]
    pub fn has_chat_template(&self) -> bool {
        self.special.has_chat_template()
    }

    /// The `tokenizer.…` keys with their values, in the converter's order.
    #[must_use]
    pub fn metadata(&self) -> Vec<(String, Value)> {
        let mut texts = Texts::default();
        for token in &self.tokens {
            texts.push(token.text.as_bytes());
        }
        let scores = self.tokens.iter().flat_map(|token| token.score.to_le_bytes()).collect();
        let types = self.tokens.iter().flat_map(|token| (token.kind as i32).to_le_bytes()).collect();
        let mut metadata = Vec::new();
        let mut put = |key: &str, value| metadata.push((key.to_owned(), value));
        if let Some(adds) = self.adds_space_prefix {
            put("tokenizer.ggml.add_space_prefix", Value::Bool(adds));
        }
        put("tokenizer.ggml.model", Value::Text("llama".to_owned()));
        put("tokenizer.ggml.pre", Value::Text("default".to_owned()));
        put(TOKENS, Value::Array(Array::Text(texts)));
        put(SCORES, Value::Array(Array::Numbers { kind: Kind::F32, bytes: scores }));
        put(TYPES, Value::Array(Array::Numbers { kind: Kind::I32, bytes: types }));
        metadata.extend(self.special.metadata());
        metadata
    }
}

/// One token a row: those of `tokenizer.model`, then unused ones.
fn pieces(model: &[u8], n_vocab: u32) -> Result<Vec<Token>, Refused> {
    let model = Model::decode(model).map_err(|error| Refused::corrupt("protobuf", error))?;
    let model_type = model.trainer.unwrap_or_default().model_type();
    if !matches!(model_type, 1 | 2) {
        return Err(Refused::unsupported("model_type", model_type, "1 (unigram), 2 (BPE)"));
    }
    let n_pieces = model.pieces.len();
    if n_pieces == 0 {
        return Err(Refused::corrupt("pieces", n_pieces));
    }
    if n_pieces > n_vocab as usize {
        return Err(Refused::unsupported("pieces", n_pieces, format!("<= {n_vocab} (vocab_size)")));
    }
    let known = model.pieces.into_iter().map(|piece| Token {
        score: piece.score(),
        kind: match piece.kind() {
            2 => TokenType::Unknown,
            3 => TokenType::Control,
            5 => TokenType::Unused,
            6 => TokenType::Byte,
            // Those defined by the trainer's user too, as the converter has it.
            _ => TokenType::Normal,
        },
        text: piece.text.unwrap_or_default(),
    });
    let unused = (n_pieces..n_vocab as usize).map(Token::unused);
    Ok(known.chain(unused).collect())
}

/// Adds what `added_tokens.json` says: texts with their ids.
fn add_tokens(tokens: &mut [Token], json: &[u8], left_out: &mut Vec<String>) -> Result<(), Refused> {
    for (text, id) in object(json)? {
        let Some(place) = id.as_u64() else { return Err(Refused::corrupt(text, id)) };
        match at(tokens, place) {
            Some(token) => *token = Token { text, score: ADDED_SCORE, kind: TokenType::UserDefined },
            None => left_out.push(text),
        }
    }
    Ok(())
}

/// Adds what `added_tokens_decoder` in `tokenizer_config.json` says: ids with their texts and what they are.
fn decode_added_tokens(
    tokens: &mut [Token],
    tokenizer_config: &Map<String, Json>,
    left_out: &mut Vec<String>,
) -> Result<(), Refused> {
    let key = "added_tokens_decoder";
    let added = match tokenizer_config.get(key) {
        None | Some(Json::Null) => return Ok(()),
        Some(Json::Object(added)) => added,
        Some(_) => return Err(Refused::corrupt(key, "?")),
    };
    for (id, about) in added {
        let text = about.get("content").and_then(Json::as_str);
        let (Ok(place), Some(text)) = (id.parse::<u64>(), text) else {
            return Err(Refused::corrupt(format!("{key}.{id}"), about));
        };
        let is_special = about.get("special").and_then(Json::as_bool).unwrap_or(false);
        let added = if is_special || looks_special(text) {
            Token { text: text.to_owned(), score: ADDED_SCORE, kind: TokenType::Control }
        } else {
            Token { text: text.replace('▁', " "), score: ADDED_SCORE, kind: TokenType::UserDefined }
        };
        match at(tokens, place) {
            Some(token) => *token = added,
            None => left_out.push(text.to_owned()),
        }
    }
    Ok(())
}

fn at(tokens: &mut [Token], id: u64) -> Option<&mut Token> {
    tokens.get_mut(usize::try_from(id).ok()?)
}

/// Whether a token steers the model by its looks, where nobody has said that it does.
fn looks_special(text: &str) -> bool {
    let is_between = |start: &str, end: &str| text.starts_with(start) && text.ends_with(end);
    matches!(text, "<pad>" | "<mask>" | "<2mass>" | "[@BOS@]")
        || is_between("<|", "|>")
        || is_between("<｜", "｜>")
        || is_between("<unused", ">")
}

/// Makes an unused token of each whose text an earlier one has, and gives their ids.
fn rename_repeated(tokens: &mut [Token]) -> Vec<u32> {
    let mut seen = HashSet::with_capacity(tokens.len());
    let mut renamed = Vec::new();
    for (id, token) in tokens.iter_mut().enumerate() {
        if seen.insert(token.text.clone()) {
            continue;
        }
        renamed.push(u32::try_from(id).expect("there are as many as n_vocab, which is a u32"));
        *token = Token::unused(id);
        // Somebody may have called a token just that.
        while !seen.insert(token.text.clone()) {
            token.text.push('_');
        }
    }
    renamed
}

/// A JSON object in its own order.
pub(super) fn object(json: &[u8]) -> Result<Map<String, Json>, Refused> {
    serde_json::from_slice(json).map_err(|error| Refused::corrupt("JSON", error))
}

#[cfg(test)]
#[path = "vocabulary_tests.rs"]
mod tests;
