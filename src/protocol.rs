//! What the two processes say to each other: requests go down the engine's stdin, events come back on its stdout,
//! each one JSON object on a line. It knows tokens and text only: no roles, no templates, no terminals.

mod bounds;

use serde::{Deserialize, Serialize};

use crate::message::Written;
pub use bounds::{Bounds, Form, Guard, Lora, ReplyLang};

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

/// What an engine is started with: one model file and how to hold it. Decided by `plan`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// The GGUF file, already validated.
    pub path: std::path::PathBuf,
    /// Only the vocabulary: enough to tokenize, without weights or context.
    pub vocab_only: bool,
    /// Context size in tokens.
    pub n_ctx: u32,
    /// Tokens read at once; a cancel is seen between two chunks.
    pub n_chunk: u32,
    /// Worker threads.
    pub n_threads: u32,
    /// Layers on the GPU.
    pub gpu_layers: GpuLayers,
    /// Element type of the KV cache.
    pub kv_type: KvType,
    /// An adapter to lay over the weights.
    #[serde(default)]
    pub lora: Option<Lora>,
}

/// One answer to write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Generate {
    /// The whole prompt, from BOS on.
    pub prompt: Vec<Segment>,
    /// The answer's own beginning, where it is gone on with: the prompt ends with it. What comes back is what follows
    /// it, and only there are stops looked for. Of one whose tokens are not known, all the words are its tail.
    pub begun: Option<Written>,
    /// How to choose tokens.
    pub sampling: Sampling,
    /// At most this many tokens.
    pub max_tokens: u32,
    /// Text that ends the answer and is not part of it.
    pub stops: Vec<String>,
    /// The prompt is the previous conversation less some whole exchanges: the cache may be shifted to fit it,
    /// although what stays in it was read with the dropped exchanges in view.
    pub shift: bool,
    /// Go on past the end-of-generation token. For benchmarks.
    pub endless: bool,
    /// What else the answer is held to.
    #[serde(default)]
    pub bounds: Bounds,
}

/// Numbers requests, so that a cancel can never hit the wrong one.
pub type RequestId = u64;

/// What the front asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// Load a model; the first request. Answered by `Loading`s, then `Ready` or `Error`.
    Load(Load),
    /// Write an answer. Answered by `Reading`s, maybe one `BegunAgain`, and `Text`s, then `Done` or `Error`.
    Generate {
        /// This request's number, greater than any before it.
        id: RequestId,
        /// What to write.
        generate: Generate,
    },
    /// Read this prompt into the cache while there is nothing else to do. Answered by `Done` or `Error`.
    Prepare {
        /// This request's number.
        id: RequestId,
        /// What the next prompt is likely to begin with.
        prompt: Vec<Segment>,
    },
    /// How many tokens this is. Answered by `Counted`.
    Count {
        /// What to count.
        prompt: Vec<Segment>,
    },
    /// Which tokens this is. Answered by `Encoded`.
    Encode {
        /// What to turn into tokens.
        prompt: Vec<Segment>,
    },
    /// What these tokens spell. Answered by `Decoded`.
    Decode {
        /// The tokens.
        ids: Vec<TokenId>,
    },
    /// Stop the request of this number, and any before it, as soon as may be.
    Cancel {
        /// The number.
        id: RequestId,
    },
    /// End the process.
    Quit,
}

/// A GPU (or other accelerator) that llama.cpp was built for and has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// llama.cpp's name, such as `CUDA0`.
    pub name: String,
    /// The maker's name.
    pub description: String,
    /// Free memory in bytes.
    pub free_bytes: u64,
    /// It has no memory of its own but shares the computer's.
    pub shares_ram: bool,
}

/// How an answer ended. None of these is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The model ended it.
    Stop,
    /// `max_tokens` were written.
    Length,
    /// A stop string was met.
    StopString,
    /// It was cancelled.
    Interrupted,
    /// The context is full.
    ContextFull,
    /// The form that it must have goes on with what no token of the vocabulary spells.
    DeadEnd,
    /// It went astray: it said the same over and over, or began to write the person's part. `Done` has the good part.
    Repetition,
}

impl Outcome {
    /// The name that `--json` gives it as `finish_reason`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::StopString => "stop_string",
            Self::Interrupted => "interrupted",
            Self::ContextFull => "context_full",
            Self::DeadEnd => "dead_end",
            Self::Repetition => "repetition",
        }
    }
}

/// Tokens counted over one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// The whole prompt.
    pub prompt_tokens: u32,
    /// The part of it that did not have to be read again.
    pub cached_tokens: u32,
    /// The answer, without the end-of-generation token.
    pub completion_tokens: u32,
}

/// Milliseconds spent on one answer, measured in the engine.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Timings {
    /// Reading the part of the prompt that was not cached.
    pub prefill_ms: f64,
    /// From the end of reading to the end of the answer.
    pub decode_ms: f64,
}

/// An answer that is finished.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// How it ended.
    pub outcome: Outcome,
    /// The whole text, as the `Text` events gave it piece by piece; of an answer that went astray, the good part of it,
    /// of which the `Text` events gave more.
    pub text: String,
    /// The text in the model's own tokens.
    pub written: Written,
    /// Tokens counted.
    pub usage: Usage,
    /// Time spent.
    pub timings: Timings,
    /// The most memory the engine process has held so far, in bytes; 0 where the system does not tell.
    pub peak_rss_bytes: u64,
}

/// Why a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// llama.cpp did not take the file.
    Load,
    /// The context could not be made: most likely memory.
    Context,
    /// The weights give numbers that are not numbers.
    Weights,
    /// The prompt alone fills the context.
    PromptTooLong,
    /// llama.cpp failed while reading or writing.
    Decode,
    /// llama.cpp did not take the LoRA adapter.
    Adapter,
    /// The form that the answer must have is not one, or nothing in the vocabulary can have it.
    Form,
    /// The answer that is gone on with cannot be the beginning of one in this form, or not in tokens that are known.
    Begun,
}

/// What the engine answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The process is up; what it could compute on besides the CPU.
    Hello {
        /// Empty in a CPU build.
        devices: Vec<Device>,
    },
    /// Loading the weights, 0 to 1.
    Loading {
        /// The share done.
        fraction: f32,
    },
    /// Loaded; requests can come.
    Ready {
        /// Context size as llama.cpp made it, in tokens; 0 when only the vocabulary was loaded.
        n_ctx: u32,
        /// Layers that went to a GPU.
        gpu_layers: u32,
        /// Time that loading took.
        load_ms: f64,
    },
    /// Reading the prompt.
    Reading {
        /// Tokens of the prompt in the cache by now.
        done: u32,
        /// Tokens of the whole prompt.
        total: u32,
        /// Tokens that were in the cache before.
        cached: u32,
    },
    /// The next piece of the answer: whole characters.
    Text {
        /// The piece.
        text: String,
    },
    /// The answer began in the wrong language; no `Text` has told it, and it is being written again.
    BegunAgain,
    /// The answer is finished.
    Done(Done),
    /// The length of a prompt.
    Counted {
        /// In tokens.
        n_tokens: u32,
    },
    /// A prompt in tokens.
    Encoded {
        /// All ids, in order.
        ids: Vec<TokenId>,
    },
    /// What tokens spell.
    Decoded {
        /// The text; U+FFFD stands where it is no UTF-8.
        text: String,
    },
    /// The request failed; the engine lives on, but after a failed load.
    Error {
        /// What kind.
        fault: Fault,
        /// Details in llama.cpp's words, or numbers; empty where they stand in its log alone.
        message: String,
    },
}
