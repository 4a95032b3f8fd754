//! liao: chat with Llama-2-family GGUF models on one's own computer.

pub mod exit;
pub mod gguf;
pub mod locale;
pub mod message;
pub mod protocol;
