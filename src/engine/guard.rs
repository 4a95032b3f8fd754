//! Notices that an answer has gone astray, while it streams: it goes round in circles ([`super::cycle`]), or the model
//! has begun to write the person's part, which shows in a turn marker at the beginning of a line.
//!
//! Pure, like the types of [`super::stream`]: however the same text is cut into pieces, what is given out is the same.
//! Only what may still become a marker is held back, so a marker is never shown; a circle is known when it has been
//! shown, and then only what is kept can be put right.

use super::cycle::Cycle;

/// Watches one answer.
#[derive(Debug, Clone)]
pub struct Sentry {
    lines: Lines,
    cycle: Cycle,
    /// The end of the text so far: what may become a marker.
    held: String,
    n_good: Option<usize>,
}

impl Sentry {
    /// Watches for circles, and for these texts at the beginnings of lines.
    #[must_use]
    pub fn new(markers: Vec<String>) -> Self {
        let markers = markers.into_iter().filter(|marker| !marker.is_empty()).collect();
        Self { lines: Lines::new(markers), cycle: Cycle::default(), held: String::new(), n_good: None }
    }

    /// Adds text; gives out what is now certain not to belong to a marker, and, once the answer has gone astray, how
    /// many bytes of all its text are good. From then on nothing more is given out.
    pub fn push(&mut self, text: &str) -> (String, Option<usize>) {
        let mut safe = String::new();
        for c in text.chars() {
            if self.n_good.is_some() {
                break;
            }
            self.held.push(c);
            self.n_good = self.lines.push(c);
            if self.n_good.is_none() {
                self.n_good = self.cycle.push(c, self.lines.is_code);
            }
            if self.n_good.is_none() && !self.lines.may_become_marker() {
                safe.push_str(&self.held);
                self.held.clear();
            }
        }
        if self.n_good.is_some() {
            self.held.clear();
        }
        (safe, self.n_good)
    }

    /// The text has ended: gives out what was held back.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }
}

/// The text line by line, as far as it tells a stray marker from one that belongs there.
#[derive(Debug, Clone)]
struct Lines {
    markers: Vec<String>,
    /// Markers count. Once one has come that belongs to the answer, an example or a dialogue that was asked for, there
    /// will be more of them.
    is_armed: bool,
    /// Within a block of code.
    is_code: bool,
    /// Something stands before this line.
    has_begun: bool,
    /// The last line that was not empty introduces what follows: it ends with a colon.
    introduces: bool,
    line: String,
    /// Where the line begins, in bytes.
    line_start: usize,
}

impl Lines {
    fn new(markers: Vec<String>) -> Self {
        Self {
            markers,
            is_armed: true,
            is_code: false,
            has_begun: false,
            introduces: false,
            line: String::new(),
            line_start: 0,
        }
    }

    /// Adds a character. `Some`: it completes a stray marker, and only so many bytes of the text are good.
    fn push(&mut self, c: char) -> Option<usize> {
        if c == '\n' {
            self.end_line();
            return None;
        }
        self.line.push(c);
        let words = self.line.trim_start();
        if !self.counts() || !self.markers.iter().any(|marker| marker == words) {
            return None;
        }
        if self.has_begun && !self.introduces {
            return Some(self.line_start);
        }
        self.is_armed = false;
        None
    }

    /// Whether the line so far is the beginning of a marker, and no whole one.
    fn may_become_marker(&self) -> bool {
        let words = self.line.trim_start();
        let begins = |marker: &String| marker.len() > words.len() && marker.starts_with(words);
        self.counts() && self.has_begun && !words.is_empty() && self.markers.iter().any(begins)
    }

    fn counts(&self) -> bool {
        self.is_armed && !self.is_code
    }

    fn end_line(&mut self) {
        let words = self.line.trim();
        for fence in ["```", "~~~"] {
            // One that is closed on its own line opens nothing.
            if words.strip_prefix(fence).is_some_and(|rest| !rest.contains(fence)) {
                self.is_code = !self.is_code;
            }
        }
        if !words.is_empty() {
            self.has_begun = true;
            self.introduces = words.ends_with([':', '：']);
        }
        self.line_start += self.line.len() + '\n'.len_utf8();
        self.line.clear();
    }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
