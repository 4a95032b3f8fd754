//! All integration tests in one binary: each more would link llama.cpp again.

mod support;

mod bounds;
mod checkpoint;
mod completions;
mod demo;
mod docs;
mod doctor;
mod download;
mod engine;
mod files;
mod gguf_corpus;
mod harness;
mod hub;
mod import;
mod input;
mod inventory;
mod kept;
mod layering;
mod memory;
mod mutations;
mod once;
mod options;
mod peer;
#[cfg(unix)]
mod picture;
mod pull;
mod rejected;
#[cfg(unix)]
mod repl;
mod requantize;
#[cfg(target_os = "linux")]
mod resume;
mod sessions;
mod setup;
mod shelf;
mod surgery;
mod there;
#[cfg(unix)]
mod thirty;
mod turns;
