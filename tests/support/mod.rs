//! What the tests share.

pub(crate) mod gguf;
pub(crate) mod mutate;
