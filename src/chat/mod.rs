//! The conversation: what was said, how a model family writes it down, what fits.

pub mod budget;
pub mod conversation;
pub mod template;
