//! Why a file was turned away, as one sentence without the file's path: who prints it knows the path.
//!
//! What a file says reaches a sentence only through [`Untrusted`], so each is one harmless line.

use std::fmt;
use std::io;

use super::sniff::Sniffed;
use crate::text::Untrusted;
use crate::tr;

/// Why a GGUF file was rejected. `Display` is one sentence in the language spoken, to be put after the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejected {
    /// There is no such file.
    NotFound,
    /// It cannot be read. `message` is the system's own.
    Io {
        /// What kind of failure it was.
        kind: io::ErrorKind,
        /// The system's words.
        message: String,
    },
    /// It is something else than a GGUF file of version 2 or 3.
    NotGguf {
        /// What it is.
        what: Sniffed,
    },
    /// It ends too early.
    Truncated {
        /// Bytes that the file must have at least.
        need: u64,
        /// Bytes that it has.
        have: u64,
    },
    /// Its structure contradicts the format.
    Corrupt {
        /// The header field, key or tensor.
        field: String,
        /// What is found there.
        value: String,
    },
    /// A value that llama.cpp cannot run with.
    Unsupported {
        /// The metadata key or tensor.
        key: String,
        /// What the file says.
        value: String,
        /// What would be accepted.
        expected: String,
    },
    /// The vocabulary is broken; `what` is the sentence, with the token ids.
    Tokenizer {
        /// What is wrong with it.
        what: String,
    },
    /// There is a vocabulary and no weights.
    VocabOnly,
    /// One part of a split model, and not the first one.
    NotFirstPart {
        /// The file name to give instead.
        first: String,
    },
    /// A part of a split model is not beside the first one.
    MissingPart {
        /// The file name that was looked for.
        name: String,
    },
    /// A later part of a split model was rejected.
    Part {
        /// Its file name.
        name: String,
        /// Why.
        why: Box<Self>,
    },
}

impl Rejected {
    /// A field of the structure and the value that cannot be.
    pub(crate) fn corrupt(field: impl Into<String>, value: impl fmt::Display) -> Self {
        Self::Corrupt { field: field.into(), value: value.to_string() }
    }

    /// A key, the value that is refused, and what would do.
    pub(crate) fn unsupported(key: impl Into<String>, value: impl fmt::Display, expected: impl Into<String>) -> Self {
        Self::Unsupported { key: key.into(), value: value.to_string(), expected: expected.into() }
    }

    /// A broken vocabulary.
    pub(crate) fn tokenizer(what: impl Into<String>) -> Self {
        Self::Tokenizer { what: what.into() }
    }
}

impl From<io::Error> for Rejected {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            kind => Self::Io { kind, message: error.to_string() },
        }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Self::NotFound => tr!("没有这个文件；请检查路径", "there is no such file; check the path"),
            Self::Io { kind: io::ErrorKind::PermissionDenied, .. } => {
                tr!("没有读取权限；请检查文件的权限", "permission denied; check who may read the file")
            }
            Self::Io { message, .. } => {
                let message = Untrusted(message);
                tr!("无法读取：{message}", "cannot be read: {message}")
            }
            Self::NotGguf { what } => tr!("不是 GGUF v2/v3 文件：{what}", "not a GGUF v2/v3 file: {what}"),
            Self::Truncated { need, have } => tr!(
                "文件不完整：至少需要 {need} 字节，只有 {have} 字节；请把它下载完整",
                "the file is cut short: it needs at least {need} bytes and has {have}; download the rest of it"
            ),
            Self::Corrupt { field, value } => {
                let (field, value) = (Untrusted(field), Untrusted(value));
                tr!(
                    "文件已损坏：{field} = {value}；请核对校验和或重新下载",
                    "the file is corrupt: {field} = {value}; verify its checksum or download it again"
                )
            }
            Self::Unsupported { key, value, expected } => {
                let (key, value) = (Untrusted(key), Untrusted(value));
                tr!(
                    "不支持这个模型：{key} = {value}，应为 {expected}；请换一个模型文件",
                    "this model is not supported: {key} = {value}, expected {expected}; use another model file"
                )
            }
            Self::Tokenizer { what } => tr!(
                "词表已损坏：{what}；请重新转换或换一个模型文件",
                "the tokenizer is broken: {what}; convert the model again or use another file"
            ),
            Self::VocabOnly => tr!(
                "这个文件只有词表，没有权重，不能用来聊天；请换成完整的模型文件",
                "this file holds a vocabulary and no weights, so it cannot chat; use the full model file"
            ),
            Self::NotFirstPart { first } => {
                let first = Untrusted(first);
                tr!(
                    "这是拆分模型的一部分，但不是第一部分；请改用 {first}",
                    "this is one part of a split model, and not the first; use {first} instead"
                )
            }
            Self::MissingPart { name } => {
                let name = Untrusted(name);
                tr!(
                    "拆分模型缺少一部分：旁边没有 {name}；请把它下载到同一个目录",
                    "a part of this split model is missing: {name} is not beside it; download it into the same folder"
                )
            }
            Self::Part { name, why } => {
                let name = Untrusted(name);
                tr!("拆分模型的 {name} 有问题：{why}", "in its part {name}: {why}")
            }
        };
        f.write_str(&sentence)
    }
}

impl std::error::Error for Rejected {}
