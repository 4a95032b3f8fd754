<<<<<<< HEAD
//! All integration tests in one binary: each more would link llama.cpp again.

mod support;

mod harness;
mod layering;
=======
//! All integration tests in one binary: each further one would link llama.cpp again.

mod gguf_corpus;
mod support;
>>>>>>> gguf
