//! Who said what: the one vocabulary that conversation, templates, sessions and backends share.
//! Nothing here knows how a model writes it down (that is `chat::template`).

use serde::{Deserialize, Serialize};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// What holds for the whole conversation; at most one, and first.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// One thing said. `ids` is there when a model wrote the words in this conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who said it.
    pub role: Role,
    /// The words.
    pub content: String,
    /// The words as the model wrote them; see [`Written`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub written: Option<Written>,
}

/// A reply in the model's own tokens, so that it can stand in the next prompt exactly as it stands in the KV cache.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Written {
    /// Token ids; together they spell the beginning of the message's content, all of it unless `tail` has more
    /// (and white space around it, which the content is without).
    pub ids: Vec<i32>,
    /// The end of the content where a cut fell inside a token: text that no id here spells. Mostly empty.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub tail: String,
    /// The end-of-generation token with which the model itself ended the reply. `None` when it was cut.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end: Option<i32>,
}

impl Message {
    /// A message in words alone.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into(), written: None }
    }
}
