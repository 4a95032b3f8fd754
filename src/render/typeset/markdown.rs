//! Markdown while it streams, line by line: what a line is, where its text goes, how long it must wait.
//!
//! A line is read in three steps. Its *beginning* waits until it tells what the line is ([`block`](super::block)).
//! Then running text streams through [`inline`](super::inline) into the [`Wrap`]. A line that only makes sense whole
//! (code, for its colours; a row of a table; a fence) waits for its end, and a table for the line after it. Every wait
//! is bounded: what takes longer is shown as the text that it is.
//!
//! Lines of the answer stay lines: none are joined, none are added. Code is not broken, so that it can be copied.

mod table;

use super::Sheet;
use super::block::{Fence, Leaf, Mark, Opening, open, unquoted};
use super::cluster::{Ambiguous, text_width};
use super::code::{Highlighter, Kind};
use super::inline::Inline;
use super::paint::{Painter, Sink, Span, Style, coloured, faint, with};
use super::wrap::Wrap;
use crossterm::style::{Attribute, Color};
use table::Table;

/// So long may it take to tell what a line is: a rule may be long.
const MAX_HEAD_BYTES: usize = 256;
/// So long may a line be that is held back whole.
const MAX_LINE_BYTES: usize = 4096;
/// A rule longer than this is more than a rule.
const MAX_RULE_COLUMNS: usize = 40;

/// One answer after another.
pub(super) struct Markdown {
    sheet: Sheet,
    wrap: Wrap,
    inline: Inline,
    state: State,
    /// What is held back of the line.
    line: String,
    /// So many bytes of it stand on the screen already: the answer was ended within this line and is gone on with.
    n_shown: usize,
    /// The code block that is open.
    code: Option<Code>,
    /// The lines that may become a table, or are one.
    table: Option<Table>,
    n_steps: u64,
}

/// Where in a line we are.
#[derive(Default)]
enum State {
    /// It is not told yet what the line is.
    #[default]
    Head,
    /// Running text.
    Text,
    /// A row or a fence, of which the end is awaited.
    Whole(Opening),
    /// Inside a code block.
    Code,
    /// The rest of a line of code that is too long to be held back.
    Rest,
}

struct Code {
    fence: Fence,
    n_quotes: usize,
    highlighter: Highlighter,
}

impl Markdown {
    pub(super) fn new(sheet: Sheet) -> Self {
        Self {
            sheet,
            wrap: Wrap::new(sheet.n_columns, sheet.ambiguous),
            inline: Inline::new(!sheet.takes_styles),
            state: State::Head,
            line: String::new(),
            n_shown: 0,
            code: None,
            table: None,
            n_steps: 0,
        }
    }

    pub(super) fn resize(&mut self, n_columns: usize) {
        self.sheet.n_columns = n_columns;
        self.wrap.resize(n_columns);
    }

    /// Goes on with an answer of which this much stands on the screen, as [`finish`](Self::finish) left it: what it
    /// left open (code, a table) goes on, and of a line that it broke off only the rest is written.
    pub(super) fn resume(&mut self, before: &str) {
        let shown = &mut Painter::new(false);
        self.text(before, shown);
        match &self.state {
            State::Text => self.inline.end(&mut |_, _| ()),
            // It was shown as a row of its table, which it may have made wider.
            State::Whole(opening) if opening.leaf == Leaf::Row => {
                let (opening, row) = (opening.clone(), self.line.clone());
                self.whole_line(opening, &row, shown);
            }
            _ => {}
        }
        self.write_rows(shown);
        self.table = self.table.take().filter(Table::is_told);
        self.n_shown = self.line.len();
        self.wrap.resume(!before.is_empty() && !before.ends_with('\n'));
    }

    /// The rows of the table that is awaited, while it is; then nothing stands on the cursor's line.
    pub(super) fn n_rows_awaited(&self) -> Option<usize> {
        self.table.as_ref().filter(|table| table.is_told())?.n_rows()
    }

    /// How many characters were looked at so far, each time counted.
    pub(super) fn n_steps(&self) -> u64 {
        self.n_steps + self.inline.n_steps()
    }

    pub(super) fn text(&mut self, text: &str, sink: &mut impl Sink) {
        let mut rest = text;
        loop {
            let Some((line, after)) = rest.split_once('\n') else { return self.go_on(rest, sink) };
            self.go_on(line, sink);
            self.end_line(sink);
            rest = after;
        }
    }

    /// Ends the answer: nothing is held back any more.
    pub(super) fn finish(&mut self, sink: &mut impl Sink) {
        if !self.line.is_empty() || matches!(self.state, State::Text | State::Rest) {
            self.end_line(sink);
        }
        self.end_table(sink);
        self.wrap.finish(sink);
        self.code = None;
        self.state = State::Head;
    }

    /// More of the same line.
    fn go_on(&mut self, text: &str, sink: &mut impl Sink) {
        for (i, c) in text.char_indices() {
            match &self.state {
                State::Text => return self.running(&text[i..], sink),
                State::Rest => return self.wrap.verbatim(&text[i..], Style::default(), sink),
                State::Head => {
                    self.line.push(c);
                    self.n_steps += self.line.len() as u64;
                    let is_long = self.line.len() > MAX_HEAD_BYTES;
                    if let Some(opening) = open(&self.line, false).or_else(|| is_long.then(Opening::text)) {
                        self.begin_line(opening, sink);
                    }
                }
                State::Whole(opening) => {
                    self.line.push(c);
                    if self.line.len() > MAX_LINE_BYTES {
                        let opening = Opening { leaf: Leaf::Text, ..opening.clone() };
                        self.begin_line(opening, sink);
                    }
                }
                State::Code => {
                    self.line.push(c);
                    if self.line.len() > MAX_LINE_BYTES {
                        let line = std::mem::take(&mut self.line);
                        self.wrap.verbatim(&line[std::mem::take(&mut self.n_shown)..], Style::default(), sink);
                        self.state = State::Rest;
                    }
                }
            }
        }
    }

    fn running(&mut self, text: &str, sink: &mut impl Sink) {
        let Self { inline, wrap, .. } = self;
        inline.text(text, &mut |text, style| wrap.text(text, style, sink));
    }

    /// It is told what the line is that is held back.
    fn begin_line(&mut self, opening: Opening, sink: &mut impl Sink) {
        if opening.leaf != Leaf::Row {
            self.end_table(sink);
        }
        let base = match opening.leaf {
            Leaf::Row | Leaf::Fence(_) => {
                self.state = State::Whole(opening);
                return;
            }
            Leaf::Heading => coloured(with(Style::default(), Attribute::Bold), Color::DarkMagenta),
            Leaf::Text | Leaf::Rule => Style::default(),
        };
        self.state = State::Text;
        self.begin_prefixed(&opening.marks, sink);
        self.inline.begin(base);
        let line = std::mem::take(&mut self.line);
        let n_shown = std::mem::take(&mut self.n_shown);
        if n_shown > 0 {
            // Its beginning was shown as it is, and so is the rest.
            return self.running(&line[n_shown..], sink);
        }
        if opening.leaf == Leaf::Rule && self.sheet.takes_styles {
            let n_columns = self.room(&opening.marks).min(MAX_RULE_COLUMNS);
            let dash = if self.has_signs() { "─" } else { "-" };
            return self.wrap.verbatim(&dash.repeat(n_columns), faint(), sink);
        }
        // Without styles the markers are all that can show what it is.
        let from = if self.sheet.takes_styles { opening.text_at } else { opening.leaf_at };
        self.running(&line[from..], sink);
    }

    fn end_line(&mut self, sink: &mut impl Sink) {
        if let State::Head = self.state {
            let opening = open(&self.line, true).unwrap_or_else(Opening::text);
            self.begin_line(opening, sink);
        }
        let line = std::mem::take(&mut self.line);
        match std::mem::take(&mut self.state) {
            State::Text => self.end_text(sink),
            State::Whole(opening) => self.whole_line(opening, &line, sink),
            State::Code => self.code_line(&line, sink),
            State::Head | State::Rest => self.wrap.newline(sink),
        }
        self.n_shown = 0;
        self.state = if self.code.is_some() { State::Code } else { State::Head };
    }

    fn end_text(&mut self, sink: &mut impl Sink) {
        let Self { inline, wrap, .. } = self;
        inline.end(&mut |text, style| wrap.text(text, style, sink));
        wrap.newline(sink);
    }

    /// A line that is text after all.
    fn text_line(&mut self, marks: &[Mark], text: &str, sink: &mut impl Sink) {
        self.begin_prefixed(marks, sink);
        self.inline.begin(Style::default());
        self.running(text, sink);
        self.end_text(sink);
    }

    fn whole_line(&mut self, opening: Opening, line: &str, sink: &mut impl Sink) {
        let body = &line[opening.text_at..];
        // Of a line whose beginning was shown as it is, all the rest is, its marks too.
        let rest = if self.n_shown > 0 { &line[self.n_shown..] } else { body };
        let Leaf::Fence(fence) = opening.leaf else {
            if self.n_shown > 0 {
                return self.text_line(&opening.marks, rest, sink);
            }
            return self.row(opening.marks, body, sink);
        };
        let info = &body[fence.n..];
        if fence.mark == '`' && info.contains('`') {
            return self.text_line(&opening.marks, rest, sink);
        }
        self.begin_prefixed(&opening.marks, sink);
        self.wrap.verbatim(rest, faint(), sink);
        self.wrap.newline(sink);
        self.code = Some(Code { fence, n_quotes: opening.n_quotes(), highlighter: Highlighter::new(info) });
    }

    fn code_line(&mut self, line: &str, sink: &mut impl Sink) {
        let Some(mut code) = self.code.take() else { return };
        let Some(inside) = unquoted(line, code.n_quotes) else {
            // The quote is over, and its code with it.
            if self.n_shown > 0 {
                return self.text_line(&[], &line[self.n_shown..], sink);
            }
            self.go_on(line, sink);
            return self.end_line(sink);
        };
        self.begin_prefixed(&vec![Mark::Quote; code.n_quotes], sink);
        let mut n_shown = self.n_shown.saturating_sub(line.len() - inside.len());
        if code.fence.is_closed_by(inside) {
            self.wrap.verbatim(&inside[n_shown..], faint(), sink);
        } else {
            for (piece, kind) in code.highlighter.line(inside) {
                let n_skipped = n_shown.min(piece.len());
                n_shown -= n_skipped;
                self.wrap.verbatim(&piece[n_skipped..], style_of(kind), sink);
            }
            self.code = Some(code);
        }
        self.wrap.newline(sink);
    }

    /// Begins a line with what it stands in: bars, blanks, a bullet; the rest of one that was shown with nothing.
    fn begin_prefixed(&mut self, marks: &[Mark], sink: &mut impl Sink) {
        let (first, hang) = if self.n_shown > 0 { (Vec::new(), Vec::new()) } else { self.prefix(marks) };
        self.wrap.begin(&first, hang, sink);
    }

    fn prefix(&self, marks: &[Mark]) -> (Vec<Span>, Vec<Span>) {
        let (mut first, mut hang) = (Vec::new(), Vec::new());
        for mark in marks {
            let (sign, is_repeated) = match mark {
                Mark::Quote => (Span::new(if self.has_signs() { "│ " } else { "> " }, faint()), true),
                Mark::Indent(n) => (Span::plain(" ".repeat((*n).min(self.sheet.n_columns / 2))), true),
                Mark::Item(marker) if self.has_signs() && marker.len() == 1 => (Span::plain("• "), false),
                Mark::Item(marker) => (Span::plain(format!("{marker} ")), false),
            };
            let n_columns = text_width(&sign.text, self.sheet.ambiguous);
            hang.push(if is_repeated { sign.clone() } else { Span::plain(" ".repeat(n_columns)) });
            first.push(sign);
        }
        (first, hang)
    }

    /// The columns left on a line that stands in these.
    fn room(&self, marks: &[Mark]) -> usize {
        let (first, _) = self.prefix(marks);
        let n_used = first.iter().map(|span| text_width(&span.text, self.sheet.ambiguous)).sum();
        self.sheet.n_columns.saturating_sub(n_used)
    }

    /// Bullets and bars of our own: only where it is known how wide they are, and where colours tell them from text.
    fn has_signs(&self) -> bool {
        self.sheet.takes_styles && self.sheet.ambiguous == Ambiguous::Narrow
    }
}

fn style_of(kind: Kind) -> Style {
    let colour = match kind {
        Kind::Plain => return Style::default(),
        // Some themes have a dark grey that is their background.
        Kind::Comment => return faint(),
        Kind::Text => Color::DarkGreen,
        Kind::Number => Color::DarkCyan,
    };
    coloured(Style::default(), colour)
}

#[cfg(test)]
#[path = "markdown_tests.rs"]
mod tests;
