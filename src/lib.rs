//! liao: chat with Llama-2-family GGUF models on one's own computer.

pub mod chat;
pub mod cli;
pub mod commands;
pub mod engine;
pub mod exit;
pub mod gguf;
pub mod locale;
pub mod message;
pub mod protocol;
pub mod render;
pub mod text;
