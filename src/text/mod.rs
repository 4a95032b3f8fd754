//! Text at the edges: what may reach a terminal, how bytes become text, what a mistyped name was meant to be.

pub mod encoding;
pub mod lines;
pub mod nearest;
pub mod untrusted;

pub use untrusted::Untrusted;

#[cfg(test)]
mod encoding_tests;
