//! The one value that writes to stdout and stderr, and so the one place that knows what may go where.
//!
//! The answer, and nothing else, goes to stdout: as it is into a pipe or a file, set in lines on a terminal. Every
//! message goes to stderr as one harmless line. A reader who closes stdout early has had enough: that comes back as
//! [`WriteError::Closed`] so that callers can end in success.

use super::clipboard;
use super::typeset::{Ambiguous, Sheet, Typesetter};
use crate::text::untrusted;
use crate::tr;
use serde::Serialize;
use std::fmt;
use std::io::{self, Write};

/// What the two streams are and what the person wants on them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// stdout, where it is a terminal.
    pub terminal: Option<Terminal>,
    /// The way to the terminal's clipboard, where there may be one.
    pub clipboard: Option<Clipboard>,
    /// No notices. Warnings and errors are still told.
    pub is_quiet: bool,
}

/// A terminal that answers are set on.
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
        let Self { n_columns, ambiguous, takes_styles } = self;
        Typesetter::new(Sheet { n_columns: n_columns(), ambiguous, takes_styles }, is_markdown)
    }
}

/// A terminal that takes commands.
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

    /// Writes finished text to stdout as it is: help, tables, what `liao prompt` shows. Its lines end where they end.
    pub fn page(&mut self, text: &str) -> Result<(), WriteError> {
        let shown = if self.look.terminal.is_some() { untrusted::filter(text) } else { text.into() };
        self.out.write_all(shown.as_bytes())?;
        Ok(self.out.flush()?)
    }

    /// Tells what was asked for (`/help`, `-v`), quiet or not; each line of it by itself.
    pub fn tell(&mut self, text: &str) {
        for line in text.lines() {
            self.message(line);
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

    /// One line on stderr. If stderr itself fails there is nowhere left to say so.
    fn message(&mut self, sentence: &str) {
        let line = format!("{}\n", untrusted::one_line(sentence.trim_end()));
        let _ = self.err.write_all(line.as_bytes()).and_then(|()| self.err.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Sink {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Broken(io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    fn output(look: Look) -> (Output, Sink, Sink) {
        let (out, err) = (Sink::default(), Sink::default());
        (Output::new(out.clone(), err.clone(), look), out, err)
    }

    const TERMINAL: Terminal = Terminal { n_columns: || 20, ambiguous: Ambiguous::Narrow, takes_styles: true };

    fn terminal() -> Look {
        Look { terminal: Some(TERMINAL), ..Look::default() }
    }

    fn write(output: &mut Output, piece: &str) {
        let set = output.set(piece);
        output.write(&set).unwrap();
    }

    fn answered(pieces: &[&str], look: Look) -> String {
        let (mut output, out, err) = output(look);
        output.begin_answer(true, "");
        for piece in pieces {
            write(&mut output, piece);
        }
        output.end_answer().unwrap();
        assert_eq!(err.text(), "");
        out.text()
    }

    #[test]
    fn only_a_terminal_gets_filtered_text() {
        assert_eq!(answered(&["\x1b[2J", "好"], Look::default()), "\x1b[2J好\n");
        assert_eq!(answered(&["\x1b[2J", "好"], terminal()), "^[[2J好\n");
        let (mut output, out, _) = output(terminal());
        output.page("a\x07\n\nb\n").unwrap();
        assert_eq!(out.text(), "a^G\n\nb\n");
    }

    #[test]
    fn only_a_terminal_gets_text_that_is_set() {
        let answer = "**今天天气很好，我们去公园**\n\n";
        assert_eq!(answered(&[answer], Look::default()), "**今天天气很好，我们去公园**\n");
        let bold = answered(&[answer], terminal());
        assert!(bold.starts_with("\x1b[1m今"), "{bold:?}");
        assert_eq!(bold.replace("\x1b[1m", "").replace("\x1b[0m", ""), "今天天气很好，我们去\n公园\n");
        let plain = Look { terminal: Some(Terminal { takes_styles: false, ..TERMINAL }), ..Look::default() };
        assert_eq!(answered(&[answer], plain), "**今天天气很好，我们\n去公园**\n");
    }

    #[test]
    fn each_answer_is_set_anew_and_one_may_be_gone_on_with() {
        let (mut output, out, _) = output(terminal());
        output.begin_answer(true, "");
        write(&mut output, "```\n**一");
        output.end_answer().unwrap();
        output.begin_answer(true, "```\n**一");
        write(&mut output, "二**\n");
        output.end_answer().unwrap();
        output.begin_answer(false, "");
        write(&mut output, "**三**");
        output.end_answer().unwrap();
        let faint = "\x1b[2m```\x1b[0m";
        assert_eq!(out.text(), format!("{faint}\n**一\n二**\n**三**\n"));
    }

    #[test]
    fn the_clipboard_is_told_where_there_is_a_terminal() {
        let sequence = "\x1b]52;c;5L2g5aW9\x07";
        for is_on_stderr in [true, false] {
            let clipboard = Some(Clipboard { is_on_stderr, is_tmux: false });
            let (mut output, out, err) = output(Look { clipboard, ..Look::default() });
            assert_eq!(output.copy("你好").unwrap(), Copied::Sent { is_tmux: false });
            let expected = if is_on_stderr { ("", sequence) } else { (sequence, "") };
            assert_eq!((out.text().as_str(), err.text().as_str()), expected);
        }
        let clipboard = Some(Clipboard { is_on_stderr: true, is_tmux: true });
        let (mut output, out, err) = output(Look { clipboard, ..Look::default() });
        assert_eq!(output.copy("你好").unwrap(), Copied::Sent { is_tmux: true });
        assert!(err.text().starts_with(sequence) && err.text().contains("\x1bPtmux;"), "{:?}", err.text());
        let n_written = err.text().len();
        assert_eq!(output.copy(&"好".repeat(30_000)).unwrap(), Copied::TooLong);
        assert_eq!((out.text().as_str(), err.text().len()), ("", n_written));
        assert_eq!(Output::new(io::sink(), io::sink(), terminal()).copy("你好").unwrap(), Copied::NoTerminal);
    }

    #[test]
    fn an_answer_ends_with_exactly_one_newline() {
        for pieces in [&["一\n\n二"][..], &["一\n", "\n", "二\n\n", "\n"], &["一", "\n\n二", "\n"]] {
            assert_eq!(answered(pieces, Look::default()), "一\n\n二\n");
        }
        assert_eq!(answered(&["\n\n"], Look::default()), "\n");
        let (mut output, out, _) = output(Look::default());
        write(&mut output, "一\n");
        assert_eq!(out.text(), "一", "text is written at once");
        output.end_answer().unwrap();
        write(&mut output, "二");
        output.end_answer().unwrap();
        assert_eq!(out.text(), "一\n二\n", "one answer's newlines do not reach the next");
    }

    #[test]
    fn messages_are_one_harmless_line_on_stderr() {
        let (mut output, out, err) = output(Look::default());
        output.notice("甲\n乙\x1b]0;x\x07\n");
        output.warning("w");
        output.error("e");
        assert_eq!(err.text(), "甲^J乙^[]0;x^G\n注意：w\n错误：e\n");
        assert_eq!(out.text(), "");
    }

    #[test]
    fn quiet_hides_notices_alone() {
        let (mut output, _, err) = output(Look { is_quiet: true, ..Look::default() });
        output.notice("n");
        output.warning("w");
        output.error("e");
        assert_eq!(err.text(), "注意：w\n错误：e\n");
    }

    #[test]
    fn json_lines_hold_no_raw_control_character() {
        let (mut output, out, _) = output(Look::default());
        output.json_line(&serde_json::json!({"event": "text", "text": "\x1b\n好"})).unwrap();
        assert_eq!(out.text(), "{\"event\":\"text\",\"text\":\"\\u001b\\n好\"}\n");
    }

    #[test]
    fn a_closed_reader_is_told_from_a_failure() {
        for (kind, is_closed) in [(io::ErrorKind::BrokenPipe, true), (io::ErrorKind::StorageFull, false)] {
            let mut output = Output::new(Broken(kind), Broken(kind), Look::default());
            let results = [output.write("x"), output.end_answer(), output.page("x"), output.json_line(&1)];
            for result in results {
                assert_eq!(matches!(result.unwrap_err(), WriteError::Closed), is_closed);
            }
            output.error("nobody hears this, and nothing breaks");
        }
    }

    proptest! {
        #[test]
        fn any_pieces_are_the_answer(pieces in prop::collection::vec("[a好\n]{0,4}", 0..8)) {
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            let expected = pieces.concat().trim_end_matches('\n').to_owned() + "\n";
            prop_assert_eq!(answered(&pieces, Look::default()), expected);
        }
    }
}
