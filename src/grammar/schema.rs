//! Whether a text can be a JSON schema: what of it can be seen before llama.cpp, which makes a grammar of it and says
//! of one that it cannot only that it cannot.

use std::fmt;

use serde_json::Value;

use crate::text::Untrusted;
use crate::tr;

/// What is wrong with a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// It is not JSON.
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The parser's words.
        message: String,
    },
    /// It is JSON, and no object.
    NotAnObject,
    /// It refers to a schema elsewhere, which would have to be downloaded.
    Elsewhere(String),
}

/// Checks a schema.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check(text: &str) -> Result<(), Wrong> {
    let schema: Value = serde_json::from_str(text).map_err(|error| Wrong::NotJson {
        line: error.line(),
        column: error.column(),
        message: error.to_string(),
    })?;
    if !schema.is_object() {
        return Err(Wrong::NotAnObject);
    }
    reference_elsewhere(&schema).map_or(Ok(()), |reference| Err(Wrong::Elsewhere(reference.to_owned())))
}

/// A `$ref` that does not stay in this schema. The parser has seen to it that it is not nested too deeply to look.
fn reference_elsewhere(schema: &Value) -> Option<&str> {
    match schema {
        Value::Object(members) => {
            let here = members.get("$ref").and_then(Value::as_str).filter(|reference| !reference.starts_with('#'));
            here.or_else(|| members.values().find_map(reference_elsewhere))
        }
        Value::Array(all) => all.iter().find_map(reference_elsewhere),
        _ => None,
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::NotJson { line, column, message } => {
                // The parser puts the place behind its words.
                let message = message.split(" at line ").next().unwrap_or_default();
                let message = Untrusted(message);
                tr!(
                    "不是 JSON，第 {line} 行第 {column} 列处：{message}",
                    "it is not JSON, at line {line}, column {column}: {message}"
                )
            }
            Self::NotAnObject => tr!(
                "JSON Schema 应是一个对象，例如 {{\"type\": \"object\"}}",
                "a JSON schema is an object, such as {{\"type\": \"object\"}}"
            ),
            Self::Elsewhere(reference) => {
                let reference = Untrusted(reference);
                tr!(
                    "$ref 指到了别处（{reference}）；请把它的内容放进 $defs，再用 #/$defs/名字 来引用",
                    "a $ref leads elsewhere ({reference}); put what it means into $defs and refer to it as #/$defs/NAME"
                )
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas() {
        for text in [
            "{}",
            r#"{"type": "object", "properties": {"城市": {"type": "string"}}, "required": ["城市"]}"#,
            r##"{"$ref": "#/$defs/a", "$defs": {"a": {"type": "integer"}}}"##,
            r#"{"enum": ["是", "否"]}"#,
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, line, column) in [("", 1, 0), ("{\n  \"type\": string\n}", 2, 11), ("{} x", 1, 4)] {
            let wrong = check(text).expect_err(text);
            assert!(
                matches!(&wrong, Wrong::NotJson { line: l, column: c, .. } if (*l, *c) == (line, column)),
                "{text}: {wrong:?}"
            );
            let sentence = wrong.to_string();
            assert!(sentence.contains(&line.to_string()) && !sentence.contains("at line 1 column"), "{sentence}");
        }
        assert_eq!(check("[1]"), Err(Wrong::NotAnObject));
        assert_eq!(check("true"), Err(Wrong::NotAnObject));
        let elsewhere = r#"{"properties": {"a": [{"$ref": "https://example.org/a.json"}]}}"#;
        assert_eq!(check(elsewhere), Err(Wrong::Elsewhere("https://example.org/a.json".into())));
        assert!(check(&"[".repeat(100_000)).is_err());
    }
}
