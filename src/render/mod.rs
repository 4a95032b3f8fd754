//! What a person or a script sees: the answer and messages ([`plain`]), and the one line that tells how long work
//! will take ([`status`]). It is told what the terminal is like and asks nobody; text comes in words, not tokens.

pub mod eta;
pub mod plain;
pub mod status;
pub mod table;
pub mod typeset;
pub mod when;
