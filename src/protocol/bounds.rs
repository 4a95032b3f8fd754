//! What an answer is held to beside its length and its stop strings: the guard that stops it when it goes astray, the
//! language that it is to begin in, the form that it must have. All of them are off unless asked for.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What one answer is held to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bounds {
    /// Ends an answer that has gone astray; `None` lets it run.
    pub guard: Option<Guard>,
    /// The language that it is to begin in: if it begins in the other one, it is begun again, once. `None` leaves it to
    /// the model.
    pub reply_lang: Option<ReplyLang>,
    /// The form that it must have; `None`: any.
    pub form: Option<Form>,
}

/// What shows that an answer has gone astray. That it says the same over and over always does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Guard {
    /// Texts that, at the beginning of a line, show that the model has begun to write the person's part.
    pub markers: Vec<String>,
    /// Texts that show it when one of `models` follows soon: by themselves they may well stand in a list.
    #[serde(default)]
    pub persons: Vec<String>,
    /// How the model then calls itself, at the beginning of a line.
    #[serde(default)]
    pub models: Vec<String>,
}

/// A language that answers can be held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplyLang {
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// What an answer must look like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A grammar in llama.cpp's notation (GBNF), whose rule `root` spells the whole answer.
    Grammar(String),
    /// A JSON schema; the answer is one JSON value.
    JsonSchema(String),
}

/// A LoRA adapter that is laid over a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lora {
    /// The GGUF file, already validated against the model.
    pub path: PathBuf,
    /// How strongly it works: 1 is as trained, 0 not at all.
    pub scale: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_on_the_wire() {
        let bounds = Bounds {
            guard: Some(Guard { markers: vec!["[INST]".into()], ..Guard::default() }),
            reply_lang: Some(ReplyLang::Zh),
            form: Some(Form::JsonSchema("{}".into())),
        };
        let line = serde_json::to_string(&bounds).expect("plain data");
        assert!(line.contains("\"reply_lang\":\"zh\"") && line.contains("\"json_schema\":\"{}\""), "{line}");
        assert_eq!(serde_json::from_str::<Bounds>(&line).expect("its own line"), bounds);
        let guard: Guard = serde_json::from_str("{\"markers\": []}").expect("the rest is left out");
        assert_eq!(guard, Guard::default());
    }
}
