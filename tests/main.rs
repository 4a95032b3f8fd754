//! All integration tests in one binary: each more would link llama.cpp again.

mod support;

mod docs;
mod engine;
mod gguf_corpus;
mod harness;
mod layering;
#[cfg(unix)]
mod repl;
mod setup;
