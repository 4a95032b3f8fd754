//! An engine to look at: what starting one tells, and whether 汉字 come back from the model's vocabulary as they went in.
//! It loads no weights.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::finding::Finding;
use super::sentences::SENTENCES;
use crate::backend::local::{Local, LogSink};
use crate::backend::{BackendError, Steer};
use crate::commands::start;
use crate::protocol::{Device, Segment};
use crate::talk::explain_backend;
use crate::text::Untrusted;
use crate::tr;

/// An engine process, and the GPUs that it has found.
pub(super) type Engine = (Local, Vec<Device>);

/// Starts an engine. Its log is kept nowhere; with `is_loud` it goes to stderr.
pub(super) fn start(is_loud: bool) -> Result<Engine, BackendError> {
    let executable = std::env::current_exe().map_err(|error| BackendError::Start(error.to_string()))?;
    let log: LogSink = Arc::new(Mutex::new(move |line: &str| {
        if is_loud {
            let _ = writeln!(std::io::stderr(), "{}", Untrusted(line));
        }
    }));
    Local::start(executable, log)
}

/// Whether ordinary and less ordinary Chinese comes back from tokens as it went in.
pub(super) fn round_trip(mut engine: Local, model: &Path) -> Finding {
    let tried = (engine.load(start::vocabulary_of(model), &mut |_| Steer::GoOn)).and_then(|_| try_all(&mut engine));
    match tried {
        Ok(trip) => trip.finding(),
        Err(error) => Finding::told("tokenizer", explain_backend(&error).message),
    }
}

/// What came of it.
#[derive(Debug, Default)]
struct Trip {
    n_characters: u32,
    n_tokens: u32,
    /// Those that came back as something else.
    lost: Vec<&'static str>,
}

fn try_all(engine: &mut Local) -> Result<Trip, BackendError> {
    let mut trip = Trip::default();
    for sentence in SENTENCES {
        let ids = engine.encode(&[Segment::Text(sentence.to_owned())])?;
        let back = engine.decode(&ids)?;
        trip.take(sentence, ids.len(), &back);
    }
    Ok(trip)
}

impl Trip {
    fn take(&mut self, sentence: &'static str, n_tokens: usize, back: &str) {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.n_characters += count(sentence.chars().count());
        self.n_tokens += count(n_tokens);
        // SentencePiece puts a space before a text.
        if back != sentence && back.strip_prefix(' ') != Some(sentence) {
            self.lost.push(sentence);
        }
    }

    fn finding(&self) -> Finding {
        let (n, n_lost) = (SENTENCES.len(), self.lost.len());
        let per_token = f64::from(self.n_characters) / f64::from(self.n_tokens.max(1));
        let value = json!({"tried": n, "lost": self.lost, "characters_per_token": (per_token * 100.0).round() / 100.0});
        match self.lost.first() {
            None => Finding::well(
                "tokenizer",
                tr!(
                    "词表：{n} 句中文来回一字不差，一个词元合 {per_token:.2} 个字",
                    "vocabulary: {n} Chinese strings come back as they went in; a token is {per_token:.2} characters"
                ),
                value,
            ),
            Some(first) => Finding::broken(
                "tokenizer",
                tr!(
                    "词表：{n} 句中文有 {n_lost} 句变了样，如“{first}”",
                    "vocabulary: of {n} Chinese strings {n_lost} come back as something else, such as \"{first}\""
                ),
                tr!(
                    "这个文件的词表转换得不对：换一个来源的 GGUF",
                    "the vocabulary in this file was converted wrongly: take a GGUF from another source"
                ),
                value,
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    #[test]
    fn a_string_that_comes_back_otherwise_is_told() {
        let mut trip = Trip::default();
        trip.take("你好", 2, " 你好");
        trip.take("再见", 2, "再见");
        assert_eq!((trip.finding().level, &trip.finding().value["characters_per_token"]), (Level::Well, &json!(1.0)));
        for back in ["再", "再见 ", "  再见", "再\u{fffd}", ""] {
            let mut trip = Trip::default();
            trip.take("再见", 2, back);
            let finding = trip.finding();
            assert!(finding.level == Level::Broken && finding.what.contains("再见"), "{back}");
        }
    }
}
