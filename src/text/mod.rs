//! Text at the edges: what may reach a terminal, and how bytes become text.
<<<<<<< HEAD

pub mod encoding;
pub mod lines;
pub mod untrusted;

pub use untrusted::Untrusted;

#[cfg(test)]
mod encoding_tests;
=======
pub mod nearest;
>>>>>>> config
