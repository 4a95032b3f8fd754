//! All integration tests in one binary: each more would link llama.cpp again.

mod support;

mod bounds;
mod checkpoint;
mod demo;
mod docs;
mod download;
mod engine;
mod gguf_corpus;
mod harness;
mod hub;
mod import;
mod input;
mod inventory;
mod layering;
mod memory;
mod mutations;
mod once;
mod options;
mod peer;
mod pull;
mod rejected;
#[cfg(unix)]
mod repl;
mod requantize;
#[cfg(target_os = "linux")]
mod resume;
mod setup;
mod there;
mod turns;
