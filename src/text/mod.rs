//! Text at the edges: what may reach a terminal and fits on its line, how bytes become text, how files stand in a
//! question, which characters are Chinese, which names may become part of a path, and what a mistyped one was meant to be.

pub mod cut;
pub mod enclosure;
pub mod encoding;
pub mod han;
pub mod hub_name;
pub mod lines;
pub mod model_file;
pub mod names;
pub mod nearest;
mod unmarked_utf16;
pub mod untrusted;

pub use untrusted::Untrusted;

#[cfg(test)]
mod encoding_tests;
