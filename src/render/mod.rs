//! What a person or a script sees: the answer and messages ([`plain`]), how an answer is set on a terminal
//! ([`typeset`]), and the one line that tells how long work will take ([`status`]). It is told what the terminal is like
//! and asks nothing but its size ([`terminal`]); text comes in words, not tokens.

pub mod clipboard;
pub mod eta;
pub mod plain;
pub mod status;
pub mod table;
pub mod terminal;
pub mod typeset;
pub mod when;
