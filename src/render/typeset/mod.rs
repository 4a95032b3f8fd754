//! Turns an answer, while it streams, into what stands on a terminal: lines broken by the rules of Chinese type,
//! Markdown as it is meant, code in colours. Pure: text goes in, what is to be written comes out. Who writes it, and
//! how wide the terminal is, is not here.
//!
//! ```text
//! the model's text ─▶ text::untrusted::filter ─▶ markdown ─▶ wrap ─▶ paint ─▶ to be written
//!                     nothing harmful passes     what it is  lines    the only escape bytes
//! ```
//!
//! | room | holds back at most | what is in it |
//! |---|---|---|
//! | `cluster` | | what is one character to a reader, and its columns |
//! | `breaks` | | between which characters a line may end |
//! | `wrap` | the unfinished word | lines no wider than the terminal |
//! | `block` | the line's beginning | what a line of Markdown is |
//! | `inline` | from the oldest open mark on | emphasis, code spans, links |
//! | `grid`, `code` | a table until it ends; the line | tables and coloured code |
//! | `listing` | nothing: each line comes whole | what the program itself says |
//! | `markdown` | | the rooms above, line by line |
//! | `paint` | | styles to escape bytes |
//!
//! # Invariants
//!
//! What was handed out stays: nothing is repainted, so whatever is on the screen can be copied and scrolled, and the
//! output is the same however the model's text was cut into pieces. No visible character is lost, however malformed
//! the Markdown; only markers that were obeyed go, and white space at the end of a line. No escape byte but those of
//! `paint`, and each piece handed out leaves the terminal as it was, so an answer may stop anywhere. Cost and what is
//! held back are bounded by constants a character; [`Typesetter::n_steps`] counts.
//!
//! # How it fits with the rest of an answer
//!
//! [`Output`](super::plain::Output) has a typesetter for each answer where stdout is a terminal, and none where it is
//! not: into a pipe the text goes as it is.
//!
//! 1. [`Status`](super::status::Status) is on stderr while the model loads, reads and thinks. Before the first text is
//!    written, `talk::Watcher` clears it. From then on it stays away until the answer ends, since the cursor stands
//!    within a line; but while a table is awaited ([`Typesetter::n_rows_awaited`]), when it does not.
//! 2. Each piece of text: [`Typesetter::resize`] with the terminal's width as it is now (one `ioctl`; so no signal has
//!    to be caught), [`Typesetter::text`], one write and flush of what it returns, if anything.
//! 3. The answer's end, also by Ctrl-C or an error: [`Typesetter::finish`] gives out what was held back; then one line
//!    end. Notices and statistics follow on stderr. The line ends that an answer closes with are never written, so the
//!    caller's is the only one.
//! 4. An answer that is gone on with: a new typesetter, [`Typesetter::resume`] with what was shown of it, and again.
//!
//! `/set markdown off` is a typesetter without Markdown: lines are still broken. `--color never`, `NO_COLOR` and
//! `TERM=dumb` are [`Sheet::takes_styles`] off: then the markers of Markdown stay, since nothing else could show what
//! they mean, and only tables are laid out. Whoever turns styles on in spite of `NO_COLOR` (`--color always`) has to
//! tell crossterm too: `crossterm::style::force_color_output(true)`.

mod block;
mod breaks;
mod cluster;
mod code;
mod grid;
mod inline;
mod listing;
mod markdown;
mod paint;
mod wrap;

pub use cluster::Ambiguous;
pub use listing::broken;

use crate::text::untrusted;
use markdown::Markdown;
use paint::{Painter, Style};
use wrap::Wrap;

/// What answers are set on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sheet {
    /// The terminal's width.
    pub n_columns: usize,
    /// What it does with characters of ambiguous width.
    pub ambiguous: Ambiguous,
    /// It takes escape sequences for colour and weight, and the person wants them.
    pub takes_styles: bool,
}

/// Sets one answer after another.
pub struct Typesetter {
    body: Body,
    painter: Painter,
    n_steps: u64,
}

enum Body {
    Markdown(Box<Markdown>),
    Plain(Box<Wrap>),
}

impl Typesetter {
    /// A typesetter that obeys Markdown, or shows it as it is written.
    #[must_use]
    pub fn new(sheet: Sheet, is_markdown: bool) -> Self {
        let body = if is_markdown {
            Body::Markdown(Box::new(Markdown::new(sheet)))
        } else {
            Body::Plain(Box::new(Wrap::new(sheet.n_columns, sheet.ambiguous)))
        };
        Self { body, painter: Painter::new(sheet.takes_styles), n_steps: 0 }
    }

    /// The terminal's width changed.
    pub fn resize(&mut self, n_columns: usize) {
        match &mut self.body {
            Body::Markdown(markdown) => markdown.resize(n_columns),
            Body::Plain(wrap) => wrap.resize(n_columns),
        }
    }

    /// Goes on with an answer of which this much was set and ended before, by another typesetter; for a new one.
    /// A code block that was open is open again, and the text that follows begins on a fresh line.
    pub fn resume(&mut self, before: &str) {
        let before = untrusted::filter(before);
        match &mut self.body {
            Body::Markdown(markdown) => markdown.resume(&before),
            Body::Plain(wrap) => wrap.resume(!before.is_empty() && !before.ends_with('\n')),
        }
    }

    /// The rows so far of a table that is held back until it is whole; `None` where no table is. Meanwhile the cursor
    /// stands at the beginning of an empty line.
    #[must_use]
    pub fn n_rows_awaited(&self) -> Option<usize> {
        match &self.body {
            Body::Markdown(markdown) => markdown.n_rows_awaited(),
            Body::Plain(_) => None,
        }
    }

    /// The next piece of the answer. Returns what is to be written now: it may be nothing, and it never changes what
    /// was written before.
    #[must_use]
    pub fn text(&mut self, piece: &str) -> String {
        let piece = untrusted::filter(piece);
        self.n_steps += piece.len() as u64;
        match &mut self.body {
            Body::Markdown(markdown) => markdown.text(&piece, &mut self.painter),
            Body::Plain(wrap) => wrap.text(&piece, Style::default(), &mut self.painter),
        }
        self.painter.take()
    }

    /// Ends the answer. Returns the rest of it, without line ends behind it.
    #[must_use]
    pub fn finish(&mut self) -> String {
        match &mut self.body {
            Body::Markdown(markdown) => markdown.finish(&mut self.painter),
            Body::Plain(wrap) => wrap.finish(&mut self.painter),
        }
        self.painter.take_last()
    }

    /// What it cost so far, without a clock: how many bytes came in, and how many characters were looked at again
    /// until it was clear what they mean.
    #[must_use]
    pub fn n_steps(&self) -> u64 {
        match &self.body {
            Body::Markdown(markdown) => self.n_steps + markdown.n_steps(),
            Body::Plain(_) => self.n_steps,
        }
    }
}

#[cfg(test)]
mod tests;
