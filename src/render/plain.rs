//! The one value that writes to stdout and stderr, and so the one place that knows what may go where.
//!
//! The answer, and nothing else, goes to stdout: as it is into a pipe or a file, set in lines on a terminal. Every
//! message goes to stderr as one harmless line, which is broken where a terminal ends. A reader who closes stdout early
//! has had enough: that comes back as [`WriteError::Closed`] so that callers can end in success.

use super::typeset::{self, Ambiguous, Sheet, Typesetter};
use super::{clipboard, terminal};
use crate::text::untrusted;
use crate::tr;
use serde::Serialize;
use std::fmt;
use std::io::{self, IsTerminal, Write};

/// What the two streams are and what the person wants on them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// stdout, where it is a terminal.
    pub terminal: Option<Terminal>,
    /// stderr, where it is one.
    pub messages: Option<Terminal>,
    /// The way to the terminal's clipboard, where there may be one.
    pub clipboard: Option<Clipboard>,
    /// No notices. Warnings and errors are still told.
    pub is_quiet: bool,
}

impl Look {
    /// What there is to see before the settings are known: enough to tell what is wrong with them.
    #[must_use]
    pub fn of_stderr() -> Self {
        let (n_columns, ambiguous) = (terminal::n_columns, Ambiguous::default());
        let terminal = Terminal { n_columns, ambiguous, takes_styles: false };
        Self { messages: io::stderr().is_terminal().then_some(terminal), ..Self::default() }
    }
}

/// A terminal that answers are set on, and messages broken for.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    /// Its width in columns at this moment; at least 1.
    pub n_columns: fn() -> usize,
    /// What it does with characters of ambiguous width.
    pub ambiguous: Ambiguous,
    /// It takes escape sequences for colour and weight, and the person wants them.
    pub takes_styles: bool,
}

impl Terminal {
    fn typesetter(self, is_markdown: bool) -> Typesetter {
        Typesetter::new(self.sheet(), is_markdown)
    }

    fn sheet(self) -> Sheet {
        let Self { n_columns, ambiguous, takes_styles } = self;
        Sheet { n_columns: n_columns(), ambiguous, takes_styles }
    }
}

/// A terminal that may be told to put text on its clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clipboard {
    /// It is behind stderr; else behind stdout.
    pub is_on_stderr: bool,
    /// It is tmux, with another terminal behind it.
    pub is_tmux: bool,
}

/// What became of text that was to go to the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// The terminal was told; it does not say whether it obeyed.
    Sent {
        /// It is tmux, which has to be told to obey.
        is_tmux: bool,
    },
    /// More than [`clipboard::MAX_BYTES`].
    TooLong,
    /// There is no terminal.
    NoTerminal,
}

/// Why the answer cannot be written.
#[derive(Debug)]
pub enum WriteError {
    /// Whoever read stdout closed it (`| head`). Not a failure: stop, and end in success.
    Closed,
    /// Any other reason, such as a full disk.
    Failed(io::Error),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Closed => tr!("输出已被关闭", "the output was closed"),
            Self::Failed(error) => tr!(
                "写不出答案：{error}；请检查输出的去处（例如磁盘是否已满）",
                "the answer cannot be written: {error}; check where it goes (is the disk full?)"
            ),
        })
    }
}

impl std::error::Error for WriteError {}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::Closed } else { Self::Failed(error) }
    }
}

/// stdout and stderr.
pub struct Output {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    look: Look,
    /// Newlines of the answer not written yet: whether they are its end is not known before more comes.
    n_newlines_held: usize,
    /// Sets the answer, where stdout is a terminal.
    typesetter: Option<Typesetter>,
}

impl Output {
    /// Writes answers to `out` and messages to `err`.
    pub fn new(out: impl Write + Send + 'static, err: impl Write + Send + 'static, look: Look) -> Self {
        let typesetter = look.terminal.map(|terminal| terminal.typesetter(true));
        Self { out: Box::new(out), err: Box::new(err), look, n_newlines_held: 0, typesetter }
    }

    /// The process's own streams.
    #[must_use]
    pub fn of_process(look: Look) -> Self {
        Self::new(io::stdout(), io::stderr(), look)
    }

    /// Begins an answer, or goes on with one that was ended, of which `shown` was written then. On a terminal its
    /// Markdown is obeyed or shown as it is.
    pub fn begin_answer(&mut self, is_markdown: bool, shown: &str) {
        self.n_newlines_held = 0;
        self.typesetter = self.look.terminal.map(|terminal| terminal.typesetter(is_markdown));
        if let Some(typesetter) = self.typesetter.as_mut().filter(|_| !shown.is_empty()) {
            typesetter.resume(shown);
        }
    }

    /// Takes the next piece of an answer. Returns what there is to [`write`](Self::write) now; it may be nothing.
    /// Newlines wait for the text behind them, because an answer ends with exactly one.
    #[must_use]
    pub fn set(&mut self, piece: &str) -> String {
        if let (Some(typesetter), Some(terminal)) = (&mut self.typesetter, self.look.terminal) {
            typesetter.resize((terminal.n_columns)());
            return typesetter.text(piece);
        }
        let text = piece.trim_end_matches('\n');
        let n_newlines = piece.len() - text.len();
        if text.is_empty() {
            self.n_newlines_held += n_newlines;
            return String::new();
        }
        "\n".repeat(std::mem::replace(&mut self.n_newlines_held, n_newlines)) + text
    }

    /// Writes what [`set`](Self::set) gave and flushes it.
    pub fn write(&mut self, set: &str) -> Result<(), WriteError> {
        if set.is_empty() {
            return Ok(());
        }
        self.out.write_all(set.as_bytes())?;
        Ok(self.out.flush()?)
    }

    /// The rows so far of a table that is held back until it is whole; `None` where no table is.
    #[must_use]
    pub fn n_rows_awaited(&self) -> Option<usize> {
        self.typesetter.as_ref().and_then(Typesetter::n_rows_awaited)
    }

    /// Ends an answer with exactly one newline, whatever newlines it ended with itself.
    pub fn end_answer(&mut self) -> Result<(), WriteError> {
        self.n_newlines_held = 0;
        let rest = self.typesetter.as_mut().map(Typesetter::finish).unwrap_or_default();
        self.write(&(rest + "\n"))
    }

    /// Has the terminal put text on its clipboard.
    pub fn copy(&mut self, text: &str) -> Result<Copied, WriteError> {
        let Some(Clipboard { is_on_stderr, is_tmux }) = self.look.clipboard else { return Ok(Copied::NoTerminal) };
        let Some(sequence) = clipboard::copy(text, is_tmux) else { return Ok(Copied::TooLong) };
        let stream = if is_on_stderr { &mut self.err } else { &mut self.out };
        stream.write_all(sequence.as_bytes())?;
        stream.flush()?;
        Ok(Copied::Sent { is_tmux })
    }

    /// Writes one JSON object as a line of its own and flushes it. JSON escapes every control character itself.
    pub fn json_line(&mut self, value: &impl Serialize) -> Result<(), WriteError> {
        let mut line = serde_json::to_vec(value).map_err(|e| WriteError::Failed(e.into()))?;
        line.push(b'\n');
        self.out.write_all(&line)?;
        Ok(self.out.flush()?)
    }

    /// Writes finished text to stdout as it is: help, scripts, what `liao prompt` shows. Its lines end where they end.
    pub fn page(&mut self, text: &str) -> Result<(), WriteError> {
        let shown = if self.look.terminal.is_some() { untrusted::filter(text) } else { text.into() };
        self.out.write_all(shown.as_bytes())?;
        Ok(self.out.flush()?)
    }

    /// Writes finished lines to stdout: tables and findings. Where a terminal ends, they are broken.
    pub fn list(&mut self, text: &str) -> Result<(), WriteError> {
        let Some(terminal) = self.look.terminal else { return self.page(text) };
        let lines = text.lines().map(|line| typeset::broken(&untrusted::filter(line), terminal.sheet()) + "\n");
        self.write(&lines.collect::<String>())
    }

    /// Tells what was asked for (`/help`, `-v`), quiet or not; each line of it by itself. It may be of an answer or a
    /// file, and then its tabs are meant.
    pub fn tell(&mut self, text: &str) {
        for line in text.lines() {
            self.line(&untrusted::filter(line.trim_end()));
        }
    }

    /// Tells an answer that was given before, set as it was then where stderr is a terminal; of one that takes more lines
    /// than this, the last ones.
    pub fn retell(&mut self, answer: &str, is_markdown: bool, max_lines: usize) {
        let set = if let Some(terminal) = self.look.messages {
            let mut typesetter = terminal.typesetter(is_markdown);
            typesetter.text(answer) + &typesetter.finish()
        } else {
            untrusted::filter(answer).into_owned()
        };
        let n_left_out = set.lines().count().saturating_sub(max_lines);
        if n_left_out > 0 {
            self.send("…");
        }
        for line in set.lines().skip(n_left_out) {
            self.send(line.trim_end());
        }
    }

    /// An empty line on stderr, for the eye of whoever sits at a terminal; not when quiet.
    pub fn gap(&mut self) {
        self.notice("");
    }

    /// Tells something good to know; not when quiet.
    pub fn notice(&mut self, sentence: &str) {
        if !self.look.is_quiet {
            self.message(sentence);
        }
    }

    /// Tells something that the person should know or change.
    pub fn warning(&mut self, sentence: &str) {
        self.message(&tr!("注意：{sentence}", "warning: {sentence}"));
    }

    /// Tells what failed.
    pub fn error(&mut self, sentence: &str) {
        self.message(&tr!("错误：{sentence}", "error: {sentence}"));
    }

    fn message(&mut self, sentence: &str) {
        self.line(&untrusted::one_line(sentence.trim_end()));
    }

    /// One line on stderr, as many as it takes on a terminal.
    fn line(&mut self, harmless: &str) {
        match self.look.messages {
            Some(terminal) => self.send(&typeset::broken(harmless, terminal.sheet())),
            None => self.send(harmless),
        }
    }

    /// If stderr itself fails there is nowhere left to say so.
    fn send(&mut self, lines: &str) {
        let line = format!("{lines}\n");
        let _ = self.err.write_all(line.as_bytes()).and_then(|()| self.err.flush());
    }
}

#[cfg(test)]
#[path = "plain_tests.rs"]
mod tests;
