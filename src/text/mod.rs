//! Text at the edges: what may reach a terminal, and how bytes become text.
pub mod nearest;
