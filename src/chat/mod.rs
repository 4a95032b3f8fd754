//! The conversation: what was said, how a model wants it written down, what fits.
pub mod template;
