//! The engine process (`liao engine`): model, context, KV cache, sampler. These are the only rooms that know
//! llama.cpp, and they know nothing of roles, sessions or terminals: segments, tokens and text only.

mod cache;
mod chooser;
mod cycle;
pub mod guard;
mod load;
mod opening;
mod sampler;
mod serve;
mod shift;
pub mod stream;
mod vocabulary;
mod writer;

pub use serve::serve;
