//! Text at the edges: what may reach a terminal, and how bytes become text.

pub mod encoding;
pub mod lines;
pub mod nearest;
pub mod untrusted;

pub use untrusted::Untrusted;

#[cfg(test)]
mod encoding_tests;
