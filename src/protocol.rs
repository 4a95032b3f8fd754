//! What the two processes say to each other: requests go down the engine's stdin, events come back on its stdout,
//! each one JSON object on a line. It knows tokens and text only: no roles, no templates, no terminals.

use serde::{Deserialize, Serialize};

/// A token id of the loaded vocabulary.
pub type TokenId = i32;

/// A piece of a prompt. A prompt is a list of these and never one string, so that nothing a person types can
/// become a control token. Neighbouring [`Text`](Segment::Text)s are one run; each run between two others is
/// tokenized by itself, with special parsing off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Segment {
    /// One control token (BOS, EOS, `<|im_start|>`), by id. Only a template writes these.
    Control(TokenId),
    /// The template's own words and what people said.
    Text(String),
    /// A reply exactly as the model wrote it.
    Tokens(Vec<TokenId>),
}

/// How the next token is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// 0 is greedy.
    pub temp: f32,
    /// Keep the k likeliest; 0 keeps all.
    pub top_k: u32,
    /// Keep the likeliest that together reach this probability; 1 keeps all.
    pub top_p: f32,
    /// Keep what is at least this share of the likeliest's probability; 0 keeps all.
    pub min_p: f32,
    /// 1 is none.
    pub repeat_penalty: f32,
    /// How many of the answer's last tokens the penalty looks at; 0 is none.
    pub repeat_last_n: u32,
    /// The same seed, prompt and settings give the same answer.
    pub seed: u32,
}

/// The element type of the KV cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KvType {
    /// 16 bits: exact and, on a CPU, the fastest.
    #[default]
    F16,
    /// 8.5 bits.
    Q8_0,
    /// 4.5 bits.
    Q4_0,
}

/// How many layers go to the GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GpuLayers {
    /// As many as fit.
    #[default]
    Auto,
    /// All of them.
    All,
    /// This many.
    Count(u32),
}
