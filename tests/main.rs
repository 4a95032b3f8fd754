//! All integration tests in one binary: each further one would link llama.cpp again.

mod gguf_corpus;
mod support;
