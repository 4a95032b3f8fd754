//! The line editor: what its keys do, what of a line may be shown, and the history on disk. What a line means is not
//! here.

use std::borrow::Cow;
use std::path::Path;

use rustyline::completion::Completer;
use rustyline::config::{Behavior, BellStyle};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{
    Cmd, ConditionalEventHandler, Config, Event, EventContext, EventHandler, Helper, KeyEvent, Movement, RepeatCount,
};

use crate::disk;
use crate::talk::Screen;
use crate::text::untrusted;
use crate::tr;

/// Lines of history kept.
const MAX_HISTORY: usize = 10_000;

/// The line editor of the interactive mode.
pub(super) type Editor = rustyline::Editor<Typed, FileHistory>;

/// An editor without history.
///
/// # Errors
/// When the terminal cannot be had.
pub(super) fn new() -> anyhow::Result<Editor> {
    let config = Config::builder()
        .max_history_size(MAX_HISTORY)?
        .history_ignore_space(true)
        .bracketed_paste(true)
        .bell_style(BellStyle::None)
        // stdout is for answers; a prompt in a file that answers go to would not be.
        .behavior(Behavior::PreferTerm)
        .build();
    let mut editor = Editor::with_config(config)?;
    editor.set_helper(Some(Typed));
    editor.bind_sequence(KeyEvent::ctrl('c'), EventHandler::Conditional(Box::new(CtrlC)));
    Ok(editor)
}

/// What a paste may have brought along besides text. Line breaks and tabs stay: a pasted block is one message.
pub(super) fn clean(line: &str) -> String {
    let line = line.replace("\r\n", "\n").replace('\r', "\n");
    without_controls(&line).into_owned()
}

fn without_controls(line: &str) -> Cow<'_, str> {
    if line.contains(is_hidden) { line.replace(is_hidden, "").into() } else { line.into() }
}

fn is_hidden(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}

/// A line being typed: control characters that a paste brought are in it, but are not shown; they have no width, so
/// the cursor stands right.
pub(super) struct Typed;

impl Highlighter for Typed {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        without_controls(line)
    }

    fn highlight_char(&self, line: &str, _: usize, _: CmdKind) -> bool {
        line.contains(is_hidden)
    }
}

impl Completer for Typed {
    type Candidate = String;
}

impl Hinter for Typed {
    type Hint = String;
}

impl Validator for Typed {}

impl Helper for Typed {}

/// Ctrl-C takes away what was typed; with nothing typed it interrupts, which the loop answers with a hint.
struct CtrlC;

impl ConditionalEventHandler for CtrlC {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        Some(if context.line().is_empty() { Cmd::Interrupt } else { Cmd::Kill(Movement::WholeBuffer) })
    }
}

/// A history that cannot be read is set aside, not lost; one that is not there yet is none.
pub(super) fn load_history(editor: &mut Editor, path: &Path, screen: &mut Screen<'_>) {
    let Err(error) = editor.load_history(path) else { return };
    if matches!(&error, ReadlineError::Io(error) if error.kind() == std::io::ErrorKind::NotFound) {
        return;
    }
    let aside = path.with_extension("bad");
    let renamed = std::fs::rename(path, &aside);
    let (path, aside, error) = (untrusted::path(path), untrusted::path(&aside), error.to_string());
    let error = untrusted::one_line(&error);
    screen.output.warning(&match renamed {
        Ok(()) => tr!(
            "读不了历史记录 {path}（{error}），已改名为 {aside}",
            "the history {path} cannot be read ({error}); it was renamed to {aside}"
        ),
        Err(_) => tr!(
            "读不了历史记录 {path}（{error}）：这次输入的内容不会留到下次",
            "the history {path} cannot be read ({error}): what you type now will not be there next time"
        ),
    });
}

/// Adds a line to the history, on disk too. A disk that will not have it costs nobody a conversation.
pub(super) fn remember(editor: &mut Editor, path: &Path, line: &str) {
    if editor.add_history_entry(line).unwrap_or(false) {
        if let Some(folder) = path.parent() {
            let _ = disk::create_private(folder);
        }
        let _ = editor.append_history(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paste_brings_text_and_nothing_else() {
        assert_eq!(clean("一\r\n二\r三\t四"), "一\n二\n三\t四");
        assert_eq!(clean("a\u{1b}[201~b\u{7}\u{9b}c\0"), "a[201~bc");
    }

    #[test]
    fn what_is_shown_of_a_line_is_what_is_sent() {
        for line in ["好\u{7}好\u{9b}2J\u{1b}[0m\0\n\t", "普通"] {
            assert_eq!(Typed.highlight(line, 0), clean(line));
        }
    }
}
