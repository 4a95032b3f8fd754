//! liao: chat with Llama-2-family GGUF models on one's own computer.

pub mod cli;
pub mod config;
pub mod exit;
pub mod locale;
pub mod message;
pub mod protocol;
pub mod render;
pub mod store;
pub mod text;
