//! Emphasis, code spans and links within one line of Markdown, while it streams.
//!
//! Text is passed on at once. From a mark that may turn out to open something, text is held back until the mark that
//! closes it, or until it is clear that there is none: at the end of the line, or after [`MAX_HELD_BYTES`]. Then the
//! mark is text like any other. So nothing is lost, and each character is looked at a bounded number of times.
//!
//! Where CommonMark and Chinese disagree, Chinese is followed: `**注意：**请` is bold although no blank stands behind
//! the colon. Signs between letters or digits of ASCII open nothing (`3*4*5`, `snake_case`), names such as `__init__`
//! stay names, and `[1](见下文)` is no link because 见下文 is no address.

use super::paint::{Span, Style, coloured, faint, with};
use crossterm::style::{Attribute, Color};

/// So much may be held back of a line.
pub(super) const MAX_HELD_BYTES: usize = 1024;
/// A backslash before one of these says that it is text. Not before brackets: `\[` and `\(` are mathematics.
const ESCAPABLE: &str = "*_`#|~<>-+.!";

/// The state within a line. Between lines it holds nothing.
#[derive(Debug)]
pub(super) struct Inline {
    base: Style,
    /// The marks stay, because nothing else can show what they mean.
    shows_marks: bool,
    /// What is held back, and which of it may open something; oldest first.
    held: Vec<Span>,
    n_held_bytes: usize,
    openers: Vec<Opener>,
    pending: Pending,
    /// The character before what is pending.
    before: char,
    n_steps: u64,
}

#[derive(Debug)]
struct Opener {
    /// Where in `held` its marks stand, as text so far.
    i_held: usize,
    mark: char,
    n: usize,
}

/// Characters whose meaning hangs on those to come.
#[derive(Debug, Default)]
enum Pending {
    #[default]
    Nothing,
    Backslash,
    /// The same mark so many times.
    Run {
        mark: char,
        n: usize,
    },
    /// Behind so many backticks; so many of the last characters are backticks.
    Code {
        n: usize,
        text: String,
        n_last: usize,
    },
    /// Behind `]`.
    Label,
    /// Behind `](`, inside so many more parentheses.
    Address {
        text: String,
        n_inside: usize,
    },
}

/// Takes what is passed on.
pub(super) type Out<'a> = &'a mut dyn FnMut(&str, Style);

impl Inline {
    pub(super) fn new(shows_marks: bool) -> Self {
        Self {
            base: Style::default(),
            shows_marks,
            held: Vec::new(),
            n_held_bytes: 0,
            openers: Vec::new(),
            pending: Pending::Nothing,
            before: ' ',
            n_steps: 0,
        }
    }

    /// Begins a line in which plain text has this style.
    pub(super) fn begin(&mut self, base: Style) {
        self.base = base;
        self.before = ' ';
    }

    /// How many characters were looked at so far, each time counted.
    pub(super) fn n_steps(&self) -> u64 {
        self.n_steps
    }

    pub(super) fn text(&mut self, text: &str, out: Out<'_>) {
        for c in text.chars() {
            self.step(c, out);
            while let Some(again) = self.give_up() {
                self.pass_on(out);
                again.chars().for_each(|c| self.step(c, out));
            }
        }
    }

    /// Ends the line: what is still open is text.
    pub(super) fn end(&mut self, out: Out<'_>) {
        loop {
            match std::mem::take(&mut self.pending) {
                Pending::Nothing => break,
                Pending::Run { mark, n } if mark != '`' => self.emphasize(mark, n, ' '),
                Pending::Code { n, text, n_last } if n_last == n => self.close_code(n, &text),
                pending => {
                    let again = self.as_text(pending);
                    again.chars().for_each(|c| self.step(c, out));
                }
            }
        }
        self.openers.clear();
        self.pass_on(out);
    }

    fn step(&mut self, c: char, out: Out<'_>) {
        self.n_steps += 1;
        match std::mem::take(&mut self.pending) {
            Pending::Nothing => self.read(c),
            Pending::Backslash if ESCAPABLE.contains(c) => {
                if self.shows_marks {
                    self.hold("\\", self.base);
                }
                self.literal(c);
            }
            Pending::Backslash => {
                self.literal('\\');
                if "[]()\\".contains(c) { self.literal(c) } else { self.read(c) }
            }
            Pending::Run { mark, n } if c == mark => self.pending = Pending::Run { mark, n: n + 1 },
            Pending::Run { mark: '`', n } => self.pending = Pending::Code { n, text: c.into(), n_last: 0 },
            Pending::Run { mark, n } => {
                self.emphasize(mark, n, c);
                self.read(c);
            }
            Pending::Code { n, text, n_last } if n_last == n && c != '`' => {
                self.close_code(n, &text);
                self.read(c);
            }
            Pending::Code { n, mut text, n_last } => {
                text.push(c);
                self.pending = Pending::Code { n, text, n_last: if c == '`' { n_last + 1 } else { 0 } };
            }
            Pending::Label if c == '(' => self.pending = Pending::Address { text: String::new(), n_inside: 0 },
            Pending::Label => {
                self.as_text(Pending::Label);
                self.read(c);
            }
            Pending::Address { text, n_inside: 0 } if c == ')' => self.close_link(&text),
            Pending::Address { mut text, n_inside } => {
                text.push(c);
                let n_inside = match c {
                    '(' => n_inside + 1,
                    ')' => n_inside - 1,
                    _ => n_inside,
                };
                self.pending = Pending::Address { text, n_inside };
            }
        }
        self.pass_on(out);
    }

    /// A character before which nothing is pending.
    fn read(&mut self, c: char) {
        match c {
            '\\' => self.pending = Pending::Backslash,
            '*' | '_' | '`' => self.pending = Pending::Run { mark: c, n: 1 },
            '[' => self.open('[', 1),
            ']' if self.openers.iter().any(|opener| opener.mark == '[') => self.pending = Pending::Label,
            _ => self.literal(c),
        }
    }

    fn literal(&mut self, c: char) {
        self.hold(c.encode_utf8(&mut [0; 4]), self.base);
        self.before = c;
    }

    fn hold(&mut self, text: &str, style: Style) {
        self.n_held_bytes += text.len();
        let i_last_opener = self.openers.last().map(|opener| opener.i_held);
        let n_held = self.held.len();
        match self.held.last_mut() {
            Some(last) if last.style == style && i_last_opener.is_none_or(|i| i + 1 < n_held) => {
                last.text.push_str(text)
            }
            _ => self.held.push(Span::new(text, style)),
        }
    }

    fn hold_marks(&mut self, mark: char, n: usize) {
        self.hold(&String::from(mark).repeat(n), self.base);
        self.before = mark;
    }

    fn open(&mut self, mark: char, n: usize) {
        let marks = String::from(mark).repeat(n);
        self.n_held_bytes += n;
        self.openers.push(Opener { i_held: self.held.len(), mark, n });
        self.held.push(Span::new(marks, self.base));
        self.before = mark;
    }

    /// A run of `*` or `_` is whole: it closes what it can, and what is left of it may open something.
    fn emphasize(&mut self, mark: char, n: usize, after: char) {
        let (may_open, may_close) = sides(mark, self.before, after);
        let mut n_left = if n > 3 { 0 } else { n };
        let closes = |opener: &Opener, n_left| may_close && opener.mark == mark && fit(opener.n, n_left);
        while let Some(i) = self.openers.iter().rposition(|opener| closes(opener, n_left)) {
            let n_used = n_left.min(self.openers[i].n).min(2);
            if n_used == 2 && mark == '_' && self.is_name_behind(i) {
                self.openers.truncate(i);
                self.hold_marks(mark, n_left);
                return;
            }
            self.close_emphasis(i, n_used);
            n_left -= n_used;
        }
        match n_left {
            0 if n > 3 => self.hold_marks(mark, n),
            0 => self.before = mark,
            _ if may_open => self.open(mark, n_left),
            _ => self.hold_marks(mark, n_left),
        }
    }

    fn close_emphasis(&mut self, i: usize, n_used: usize) {
        let Opener { i_held, mark, n } = self.openers[i];
        let attribute = if n_used == 2 { Attribute::Bold } else { Attribute::Italic };
        for span in &mut self.held[i_held + 1..] {
            span.style = with(span.style, attribute);
        }
        self.openers.truncate(i);
        if n > n_used {
            self.openers.push(Opener { i_held, mark, n: n - n_used });
        }
        if self.shows_marks {
            self.hold_marks(mark, n_used);
        } else {
            self.shorten(i_held, n_used);
        }
    }

    fn shorten(&mut self, i_held: usize, n_bytes: usize) {
        let text = &mut self.held[i_held].text;
        text.truncate(text.len() - n_bytes);
        self.n_held_bytes -= n_bytes;
    }

    /// `__init__`: so many names are written that way that it cannot mean bold.
    fn is_name_behind(&self, i: usize) -> bool {
        let mut inside = self.held[self.openers[i].i_held + 1..].iter().flat_map(|span| span.text.chars());
        inside.all(|c| c.is_ascii_alphanumeric() || c == '_')
    }

    fn close_code(&mut self, n: usize, text: &str) {
        let ticks = &text[text.len() - n..];
        let inside = &text[..text.len() - n];
        // A blank on both sides is there to keep backticks apart.
        let is_spaced =
            inside.len() > 2 && inside.starts_with(' ') && inside.ends_with(' ') && !inside.trim().is_empty();
        if self.shows_marks {
            self.hold(&format!("{ticks}{inside}{ticks}"), self.base);
        } else {
            let inside = if is_spaced { &inside[1..inside.len() - 1] } else { inside };
            self.hold(inside, coloured(self.base, Color::DarkCyan));
        }
        self.before = '`';
    }

    fn close_link(&mut self, address: &str) {
        let i = self.openers.iter().rposition(|opener| opener.mark == '[');
        let is_address = address.contains(['/', '.', '#', ':']);
        let Some(i) = i.filter(|_| is_address && !self.shows_marks) else {
            self.openers.truncate(i.unwrap_or(self.openers.len()));
            self.hold(&format!("]({address})"), self.base);
            self.before = ')';
            return;
        };
        let i_held = self.openers[i].i_held;
        self.openers.truncate(i);
        self.shorten(i_held, 1);
        let mut label = String::new();
        for span in &mut self.held[i_held + 1..] {
            label.push_str(&span.text);
            span.style = with(span.style, Attribute::Underlined);
        }
        if label != address {
            // An address that cannot be seen could lead anywhere.
            self.hold(" (", self.base);
            self.hold(address, faint());
            self.hold(")", self.base);
        }
        self.before = ')';
    }

    /// Makes text of what is pending. Returns what stands behind the mark and is to be read again.
    fn as_text(&mut self, pending: Pending) -> String {
        match pending {
            Pending::Nothing => {}
            Pending::Backslash => self.literal('\\'),
            Pending::Run { mark, n } => self.hold_marks(mark, n),
            Pending::Code { n, text, .. } => {
                self.hold_marks('`', n);
                return text;
            }
            Pending::Label | Pending::Address { .. } => {
                if let Some(i) = self.openers.iter().rposition(|opener| opener.mark == '[') {
                    self.openers.remove(i);
                }
                self.literal(']');
                if let Pending::Address { text, .. } = pending {
                    self.literal('(');
                    return text;
                }
            }
        }
        String::new()
    }

    /// Where too much is held back, the oldest mark is text after all. Returns what is to be read again.
    fn give_up(&mut self) -> Option<String> {
        let n_pending_bytes = match &self.pending {
            Pending::Code { text, .. } | Pending::Address { text, .. } => text.len(),
            Pending::Run { n, .. } => *n,
            _ => 0,
        };
        if self.n_held_bytes + n_pending_bytes <= MAX_HELD_BYTES {
            return None;
        }
        if !self.openers.is_empty() {
            self.openers.remove(0);
            return Some(String::new());
        }
        let pending = std::mem::take(&mut self.pending);
        Some(self.as_text(pending))
    }

    /// Passes on what stands before the oldest mark that may still open something.
    fn pass_on(&mut self, out: Out<'_>) {
        let n = self.openers.first().map_or(self.held.len(), |opener| opener.i_held);
        if n == 0 {
            return;
        }
        for span in self.held.drain(..n) {
            self.n_held_bytes -= span.text.len();
            if !span.text.is_empty() {
                out(&span.text, span.style);
            }
        }
        for opener in &mut self.openers {
            opener.i_held -= n;
        }
    }
}

/// Whether so many marks may close so many: one for italic, two for bold, three for both.
fn fit(n_open: usize, n_close: usize) -> bool {
    matches!((n_open, n_close), (1, 1 | 3) | (2, 2 | 3) | (3, 1..=3))
}

/// Whether a run of marks between these characters may open something, and whether it may close something.
fn sides(mark: char, before: char, after: char) -> (bool, bool) {
    let is_sign = |c: char| !c.is_alphanumeric() && !c.is_whitespace();
    let needs_no_blanks = |c: char| c.is_alphanumeric() && c >= '\u{2e80}';
    // Against letters and signs alike a mark may stand, but not between a letter and a sign with its back to the
    // letter; unless the letter is of a script that writes no blanks.
    let leans = |toward: char, back: char| {
        !toward.is_whitespace() && (!is_sign(toward) || back.is_whitespace() || is_sign(back) || needs_no_blanks(back))
    };
    let (opens, closes) = (leans(after, before), leans(before, after));
    match mark {
        '_' => (opens && !before.is_alphanumeric(), closes && !after.is_alphanumeric()),
        _ => (opens && !(before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric()), closes),
    }
}

#[cfg(test)]
#[path = "inline_tests.rs"]
mod tests;
