//! GGUF files in plain safe Rust, without llama.cpp: what a file says ([`Header`]), and whether llama.cpp
//! may be shown it ([`mod@validate`]); of a LoRA adapter, whether it fits a model ([`adapter`]).
//!
//! llama.cpp ends its process over some files that it takes for good, so every file is looked at here first.
//! Nothing is mapped, nothing is allocated on the word of a file alone, and no weights are read.

pub mod adapter;
pub mod header;
pub mod read;
pub mod rejected;
pub mod sniff;
pub mod split;
pub mod tensor;
pub mod validate;
pub mod value;
pub mod vocabulary;
pub mod write;

pub use header::Header;
pub use rejected::Rejected;
pub use tensor::{Tensor, TensorType};
pub use validate::{Verdict, validate, validate_vocabulary};
