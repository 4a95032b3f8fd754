//! Text with its colour and weight, and the only place where escape bytes are made.
//!
//! A painter keeps no style between two spans: each styled span sets its style and takes it back, so whatever stops
//! the answer half-way (Ctrl-C, a kill), the terminal is left as it was. White space at the end of a line is never
//! written, lest it be copied from the screen.

use super::cluster::is_blank;
use crossterm::style::{Attribute, Color, ContentStyle};
use std::fmt::Write;

/// Colour and weight.
pub(super) type Style = ContentStyle;

/// A text of one style.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span {
    pub(super) text: String,
    pub(super) style: Style,
}

impl Span {
    pub(super) fn new(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }

    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::new(text, Style::default())
    }
}

/// The style with one attribute more.
pub(super) fn with(style: Style, attribute: Attribute) -> Style {
    Style { attributes: style.attributes.with(attribute), ..style }
}

/// The style in a colour. Colours are of the sixteen that each terminal's own theme keeps readable.
pub(super) fn coloured(style: Style, colour: Color) -> Style {
    Style { foreground_color: Some(colour), ..style }
}

/// What is there for the eye, beside the text.
pub(super) fn faint() -> Style {
    with(Style::default(), Attribute::Dim)
}

/// Where lines are written.
pub(super) trait Sink {
    /// Adds to the line.
    fn text(&mut self, text: &str, style: Style);
    /// Ends the line.
    fn newline(&mut self);
}

/// Writes lines as a terminal takes them.
#[derive(Debug)]
pub(super) struct Painter {
    painted: String,
    /// White space, to be written with what follows it on its line.
    blanks: String,
    takes_styles: bool,
}

impl Painter {
    pub(super) fn new(takes_styles: bool) -> Self {
        Self { painted: String::new(), blanks: String::new(), takes_styles }
    }

    /// What was painted since the last time.
    pub(super) fn take(&mut self) -> String {
        std::mem::take(&mut self.painted)
    }

    /// What was painted since the last time, which was all.
    pub(super) fn take_last(&mut self) -> String {
        self.blanks.clear();
        self.take()
    }
}

impl Sink for Painter {
    fn text(&mut self, text: &str, style: Style) {
        let seen = text.trim_end_matches(is_blank);
        if !seen.is_empty() {
            self.painted.push_str(&std::mem::take(&mut self.blanks));
            if self.takes_styles && style != Style::default() {
                // Writing to a String cannot fail.
                let _ = write!(self.painted, "{}", style.apply(seen));
            } else {
                self.painted.push_str(seen);
            }
        }
        self.blanks.push_str(&text[seen.len()..]);
    }

    fn newline(&mut self) {
        self.blanks.clear();
        self.painted.push('\n');
    }
}

/// Keeps lines as they are, for a table to put side by side.
#[derive(Debug, Default)]
pub(super) struct Lines(pub(super) Vec<Vec<Span>>);

impl Sink for Lines {
    fn text(&mut self, text: &str, style: Style) {
        if self.0.is_empty() {
            self.0.push(Vec::new());
        }
        if let Some(line) = self.0.last_mut() {
            line.push(Span::new(text, style));
        }
    }

    fn newline(&mut self) {
        if self.0.is_empty() {
            self.0.push(Vec::new());
        }
        self.0.push(Vec::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_span_gives_back_the_terminal_as_it_was() {
        let mut painter = Painter::new(true);
        painter.text("甲", Style::default());
        painter.text("乙", with(Style::default(), Attribute::Bold));
        painter.newline();
        assert_eq!(painter.take(), "甲\x1b[1m乙\x1b[0m\n");
        assert_eq!(painter.take(), "");
    }

    #[test]
    fn white_space_is_written_within_a_line_and_not_at_its_end() {
        let mut painter = Painter::new(true);
        painter.text("  甲 ", faint());
        assert_eq!(painter.take(), "\x1b[2m  甲\x1b[0m");
        painter.text("\t乙 \u{3000}", Style::default());
        painter.newline();
        assert_eq!(painter.take(), " \t乙\n");
        painter.text("   ", Style::default());
        assert_eq!(painter.take_last(), "");
        painter.text("丙", Style::default());
        assert_eq!(painter.take(), "丙");
    }

    #[test]
    fn without_styles_there_is_no_escape() {
        let mut painter = Painter::new(false);
        painter.text("甲", coloured(faint(), Color::Red));
        assert_eq!(painter.take(), "甲");
    }

    #[test]
    fn lines_are_kept_apart() {
        let mut lines = Lines::default();
        lines.text("a", Style::default());
        lines.newline();
        lines.text("b", faint());
        assert_eq!(lines.0, [vec![Span::plain("a")], vec![Span::new("b", faint())]]);
    }
}
