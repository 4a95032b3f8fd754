//! From a model's token pieces to text that may be shown: whole characters, no stop string, nothing taken back.
//!
//! Pure types, without llama.cpp. What holds for all three: however the same input is cut into pieces, the text
//! given out in all is the same; it is given out as early as it can be; and nothing given out is ever revised.

use super::guard::Sentry;
use crate::message::Written;
use crate::protocol::TokenId;

/// Bytes to text, incrementally. Ill-formed bytes become U+FFFD just as [`String::from_utf8_lossy`] has them; a
/// character whose last bytes have not come yet is waited for, and dropped if they never do.
///
/// Not `encoding_rs`: its decoder does not tell whether it is holding the beginning of a character, and that is
/// what decides whether a reply may be cut behind a token.
#[derive(Debug, Clone, Default)]
pub struct Utf8Stream {
    /// The beginning of a character: at most three bytes.
    unfinished: Vec<u8>,
}

impl Utf8Stream {
    /// Adds bytes and gives out the characters that are now whole.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        let mut pending = std::mem::take(&mut self.unfinished);
        pending.extend_from_slice(bytes);
        let mut text = String::with_capacity(pending.len());
        let mut n_read = 0;
        for chunk in pending.utf8_chunks() {
            text.push_str(chunk.valid());
            n_read += chunk.valid().len() + chunk.invalid().len();
            let may_become_whole =
                n_read == pending.len() && std::str::from_utf8(chunk.invalid()).is_err_and(|e| e.error_len().is_none());
            if may_become_whole {
                self.unfinished = chunk.invalid().to_vec();
            } else if !chunk.invalid().is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        text
    }

    /// No character is waiting for its last bytes.
    #[must_use]
    pub fn is_at_boundary(&self) -> bool {
        self.unfinished.is_empty()
    }
}

/// A stop string was empty: it would end every answer before its first character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stop string is empty")]
pub struct EmptyStop;

/// Looks for stop strings in a stream of text and holds back what may be the beginning of one.
///
/// The stop string that is complete first wins; among those that end at the same character, the longest. So the
/// end of an answer never waits for a longer stop string that might still come.
#[derive(Debug, Clone)]
pub struct StopMatcher {
    stops: Vec<String>,
    /// The end of the text so far: the longest that is the beginning of a stop string.
    held: String,
    met: Option<usize>,
}

impl StopMatcher {
    /// A matcher for these stop strings; for none of them, it lets everything through at once.
    pub fn new(stops: Vec<String>) -> Result<Self, EmptyStop> {
        if stops.iter().any(String::is_empty) {
            return Err(EmptyStop);
        }
        Ok(Self { stops, held: String::new(), met: None })
    }

    /// Adds text; gives out what is now certain not to belong to a stop string, and the stop string if one is
    /// complete. From then on nothing more is given out.
    pub fn push(&mut self, text: &str) -> (String, Option<&str>) {
        let mut safe = String::new();
        for c in text.chars() {
            if self.met.is_some() {
                break;
            }
            self.held.push(c);
            let ended = self.stops.iter().enumerate().filter(|(_, stop)| self.held.ends_with(stop.as_str()));
            self.met = ended.max_by_key(|(_, stop)| stop.len()).map(|(i, _)| i);
            let n_hold = match self.met {
                Some(i) => self.stops[i].len(),
                None => self.n_held_back(),
            };
            safe.extend(self.held.drain(..self.held.len() - n_hold));
        }
        if self.met.is_some() {
            self.held.clear();
        }
        (safe, self.met.map(|i| self.stops[i].as_str()))
    }

    /// The text has ended: gives out what was held back.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// The stop string that was met.
    #[must_use]
    pub fn met(&self) -> Option<&str> {
        self.met.map(|i| self.stops[i].as_str())
    }

    /// Bytes of the longest end of `held` that begins a stop string.
    fn n_held_back(&self) -> usize {
        let starts = self.held.char_indices().map(|(start, _)| start);
        starts
            .map(|start| &self.held[start..])
            .find(|end| self.stops.iter().any(|stop| stop.starts_with(end)))
            .map_or(0, str::len)
    }
}

/// One answer as it comes from the model: fed token by token, it tells what to show, when a stop string ends it or it
/// has gone astray, and in the end which tokens spell what was kept.
#[derive(Debug, Clone)]
pub struct Reply {
    utf8: Utf8Stream,
    stops: StopMatcher,
    sentry: Option<Sentry>,
    /// Bytes of `text` that are good, once it has gone astray.
    n_good: Option<usize>,
    ids: Vec<TokenId>,
    /// For each of `ids`, how many bytes of text there were once it was read; `None` if it ended inside a character.
    ends: Vec<Option<usize>>,
    /// All decoded text, with what is held back and what lies beyond the beginning of a stop string.
    text: String,
    /// Bytes of `text` given out.
    n_shown: usize,
}

/// What the last token brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
    /// Text to show now; may be empty.
    pub text: String,
    /// A stop string is complete: the answer is over, feed no more.
    pub is_stopped: bool,
    /// The answer has gone astray: it is over too.
    pub is_astray: bool,
}

/// An answer that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// What was still held back and is to be shown now.
    pub rest: String,
    /// The whole answer: all texts to show, in one; of one that went astray, the good part of that.
    pub text: String,
    /// The answer in tokens.
    pub written: Written,
    /// It has gone astray.
    pub is_astray: bool,
}

impl Reply {
    /// An empty answer that any of these stop strings ends, and that nobody watches unless there is a sentry.
    pub fn new(stops: Vec<String>, sentry: Option<Sentry>) -> Result<Self, EmptyStop> {
        Ok(Self {
            utf8: Utf8Stream::default(),
            stops: StopMatcher::new(stops)?,
            sentry,
            n_good: None,
            ids: Vec::new(),
            ends: Vec::new(),
            text: String::new(),
            n_shown: 0,
        })
    }

    /// Adds a token with the bytes that it stands for.
    pub fn push(&mut self, id: TokenId, bytes: &[u8]) -> Shown {
        let decoded = self.utf8.push(bytes);
        self.text.push_str(&decoded);
        self.ids.push(id);
        self.ends.push(self.utf8.is_at_boundary().then_some(self.text.len()));
        let (text, stop) = self.stops.push(&decoded);
        let is_stopped = stop.is_some();
        let text = self.watch(text);
        self.n_shown += text.len();
        Shown { text, is_stopped, is_astray: self.n_good.is_some() }
    }

    /// What may be shown of text that belongs to no stop string.
    fn watch(&mut self, text: String) -> String {
        let Some(sentry) = &mut self.sentry else { return text };
        let (safe, n_good) = sentry.push(&text);
        self.n_good = n_good;
        safe
    }

    /// Tokens read so far.
    #[must_use]
    pub fn n_tokens(&self) -> usize {
        self.ids.len()
    }

    /// No text has come yet but white space.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Ends the answer; `end` is the end-of-generation token if the model itself ended it. The tokens kept are the
    /// most that spell whole characters of the kept text and nothing beyond it: those of an answer that went astray end
    /// with its good part, so that the next prompt does, and with it the KV cache.
    #[must_use]
    pub fn finish(mut self, end: Option<TokenId>) -> Finished {
        let last = self.stops.finish();
        let mut rest = self.watch(last);
        if let Some(sentry) = &mut self.sentry {
            rest.push_str(&sentry.finish());
        }
        let n_kept = self.n_good.unwrap_or(self.n_shown + rest.len());
        let is_astray = self.n_good.is_some();
        // The model did not mean to end it there.
        let end = end.filter(|_| !is_astray);
        self.text.truncate(n_kept);
        let spells_kept = |end: &Option<usize>| end.is_some_and(|n| n <= n_kept);
        let n_ids = self.ends.iter().rposition(spells_kept).map_or(0, |i| i + 1);
        let n_spelled = n_ids.checked_sub(1).and_then(|i| self.ends[i]).unwrap_or(0);
        self.ids.truncate(n_ids);
        let written = Written { ids: self.ids, tail: self.text[n_spelled..].to_owned(), end };
        Finished { rest, text: self.text, written, is_astray }
    }
}

/// Takes the white space off an answer's two ends while it streams: what might be its end waits until more comes.
#[derive(Debug, Clone, Default)]
pub struct Trim {
    begun: bool,
    held: String,
}

impl Trim {
    /// One that goes on behind this text: the white space at its end stands, once something follows.
    #[must_use]
    pub fn behind(text: &str) -> Self {
        let inside = text.trim_end();
        if inside.is_empty() {
            return Self::default();
        }
        Self { begun: true, held: text[inside.len()..].to_owned() }
    }

    /// Adds text; gives out what is now known to be inside the answer.
    pub fn push(&mut self, text: &str) -> String {
        let text = if self.begun { text } else { text.trim_start() };
        let inside = text.trim_end();
        if inside.is_empty() {
            self.held.push_str(text);
            return String::new();
        }
        self.begun = true;
        let mut out = std::mem::take(&mut self.held);
        out.push_str(inside);
        self.held.push_str(&text[inside.len()..]);
        out
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
