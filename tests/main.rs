//! All integration tests in one binary: each further one would link llama.cpp again.

mod support;

mod gguf_corpus;
mod harness;
mod layering;
#[cfg(unix)]
mod repl;
