//! Notices that an answer has gone astray, while it streams: it goes round in circles (`cycle`), or the model
//! has begun to write the person's part, which shows in a turn marker at the beginning of a line, or in the names of
//! both of them, each at the beginning of one.
//!
//! Pure, like the types of [`super::stream`]: however the same text is cut into pieces, what is given out is the same.
//! Only what may still become a marker is held back, so a marker is never shown; a circle or a played exchange is known
//! when it has been shown, and then only what is kept can be put right.

use super::cycle::Cycle;
use crate::protocol::Guard;

/// The model's part begins within so many lines of the person's.
const MAX_QUESTION_LINES: usize = 3;

/// Watches one answer.
#[derive(Debug, Clone)]
pub struct Sentry {
    lines: Lines,
    cycle: Cycle,
    /// The end of the text so far: what may become a marker.
    held: String,
    /// Bytes of the text that was there before.
    n_begun: usize,
    n_good: Option<usize>,
}

impl Sentry {
    /// Watches for circles, and for these texts at the beginnings of lines, in what goes on behind this text. The text
    /// itself has been let through, so that it is judged no more; only bytes behind it are counted and given out.
    #[must_use]
    pub fn behind(begun: &str, guard: Guard) -> Self {
        let (mut lines, mut cycle) = (Lines::new(guard), Cycle::default());
        for c in begun.chars() {
            if lines.push(c).is_some() {
                // Whoever goes on behind a marker wants it there.
                lines.is_armed = false;
            }
            cycle.push(c, lines.is_code);
        }
        Self { lines, cycle, held: String::new(), n_begun: begun.len(), n_good: None }
    }

    /// Adds text; gives out what is now certain not to belong to a marker, and, once the answer has gone astray, how
    /// many bytes of all that was added are good. From then on nothing more is given out.
    pub fn push(&mut self, text: &str) -> (String, Option<usize>) {
        let mut safe = String::new();
        for c in text.chars() {
            if self.n_good.is_some() {
                break;
            }
            self.held.push(c);
            let n_good = self.lines.push(c).or_else(|| self.cycle.push(c, self.lines.is_code));
            self.n_good = n_good.map(|n| n.saturating_sub(self.n_begun));
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
    guard: Guard,
    /// Markers count. Once one has come that belongs to the answer, an example or a dialogue that was asked for, there
    /// will be more of them.
    is_armed: bool,
    /// Within a block of code.
    is_code: bool,
    /// Something stands before this line.
    has_begun: bool,
    /// The last line that was not empty introduces what follows: it ends with a colon, or is a heading.
    introduces: bool,
    /// Where the person's part began, if it did, and how many lines it has.
    question: Option<(usize, usize)>,
    line: String,
    /// Where the line begins, in bytes.
    line_start: usize,
}

impl Lines {
    fn new(mut guard: Guard) -> Self {
        for texts in [&mut guard.markers, &mut guard.persons, &mut guard.models] {
            texts.retain(|text| !text.is_empty());
        }
        Self {
            guard,
            is_armed: true,
            is_code: false,
            has_begun: false,
            introduces: false,
            question: None,
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
        if !self.counts() {
            return None;
        }
        let words = self.line.trim_start();
        let is_one_of = |texts: &[String]| texts.iter().any(|text| text == words);
        let is_stray = self.has_begun && !self.introduces;
        if is_one_of(&self.guard.markers) {
            self.is_armed = is_stray;
            return is_stray.then_some(self.line_start);
        }
        if is_one_of(&self.guard.models) {
            self.is_armed = self.question.is_some();
            return self.question.map(|(start, _)| start);
        }
        if self.question.is_none() && is_one_of(&self.guard.persons) {
            self.is_armed = is_stray;
            self.question = is_stray.then_some((self.line_start, 0));
        }
        None
    }

    /// Whether the line so far is the beginning of a marker, and no whole one.
    fn may_become_marker(&self) -> bool {
        let words = self.line.trim_start();
        let begins = |marker: &String| marker.len() > words.len() && marker.starts_with(words);
        self.counts() && self.has_begun && !words.is_empty() && self.guard.markers.iter().any(begins)
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
            self.introduces = words.ends_with([':', '：']) || words.starts_with('#') || words.starts_with("**");
            if let Some((_, n_lines)) = &mut self.question {
                *n_lines += 1;
            }
        }
        if self.question.is_some_and(|(_, n_lines)| n_lines > MAX_QUESTION_LINES) {
            // Nobody answers: it was an item of a list.
            self.question = None;
            self.is_armed = false;
        }
        self.line_start += self.line.len() + '\n'.len_utf8();
        self.line.clear();
    }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
