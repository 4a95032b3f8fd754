//! Forms that an answer can be held to, looked at before an engine sees them: GBNF grammars ([`gbnf`]) and JSON schemas
//! ([`schema`]). Pure: who calls has read the file, and says which it was.
//!
//! llama.cpp tells what is wrong with a grammar in its log alone, and of a schema only that something is; deep nesting
//! can end its process. Here a person is told where and what. Nothing is turned away that llama.cpp would take.

pub mod gbnf;
pub mod schema;
