//! The interactive way in: read a line, do what it says, again. What a line means stands in [`command`]; doing it is
//! [`perform`], which `--turns` uses too.

pub mod command;
mod perform;

pub use perform::{Next, perform};

use std::path::Path;
use std::time::Instant;

use rustyline::config::{Behavior, BellStyle};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Config, Editor};

use crate::exit::Exit;
use crate::talk::{NoAnswer, Screen, Talk};
use crate::text::untrusted;
use crate::tr;

const PROMPT: &str = "> ";

/// Lines of history kept.
const MAX_HISTORY: usize = 10_000;

/// Talks with whoever sits at the terminal until they leave.
///
/// # Errors
/// When the terminal cannot be read.
pub fn run(talk: &mut Talk, screen: &mut Screen<'_>, history: &Path) -> anyhow::Result<Exit> {
    let mut editor = editor()?;
    load_history(&mut editor, history, screen);
    greet(talk, screen);
    loop {
        let line = match editor.readline(PROMPT) {
            Ok(line) => clean(&line),
            Err(ReadlineError::Interrupted) => {
                screen.output.tell(&tr!("要离开请按 Ctrl-D，或输入 /quit", "to leave: Ctrl-D, or /quit"));
                continue;
            }
            Err(ReadlineError::Eof) => return Ok(Exit::Success),
            Err(error) => return Err(error.into()),
        };
        let read = command::read(&line);
        if read == command::Line::Empty {
            continue;
        }
        remember(&mut editor, history, &line);
        // A Ctrl-C that came while nothing was running has nothing left to stop.
        (screen.interrupts)();
        match perform(talk, read, Instant::now(), screen) {
            Ok(Next::Answered | Next::Line | Next::Interrupted) => {}
            Ok(Next::Quit) => return Ok(Exit::Success),
            Err(NoAnswer::Closed) => return Ok(Exit::Success),
            Err(NoAnswer::Leave) => return Ok(Exit::Interrupted),
            Err(NoAnswer::Failed(failed)) => screen.output.error(&failed.message),
        }
    }
}

fn editor() -> anyhow::Result<Editor<(), FileHistory>> {
    let config = Config::builder()
        .max_history_size(MAX_HISTORY)?
        .history_ignore_space(true)
        .bracketed_paste(true)
        .bell_style(BellStyle::None)
        // stdout is for answers; a prompt in a file that answers go to would not be.
        .behavior(Behavior::PreferTerm)
        .build();
    Ok(Editor::with_config(config)?)
}

fn greet(talk: &Talk, screen: &mut Screen<'_>) {
    let (model, template, n_ctx) = (&talk.model, talk.conversation.template().name(), talk.backend.n_ctx());
    screen.output.notice(&tr!(
        "聊 · {model} · 模板 {template} · 上下文 {n_ctx} · /help 看命令，Ctrl-D 离开",
        "liao · {model} · template {template} · context {n_ctx} · /help lists commands, Ctrl-D leaves"
    ));
}

/// What a paste may have brought along besides text. Line breaks and tabs stay: a pasted block is one message.
fn clean(line: &str) -> String {
    line.replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

/// A history that cannot be read is set aside, not lost; one that is not there yet is none.
fn load_history(editor: &mut Editor<(), FileHistory>, path: &Path, screen: &mut Screen<'_>) {
    match editor.load_history(path) {
        Ok(()) => {}
        Err(ReadlineError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            let aside = path.with_extension("bad");
            let _ = std::fs::rename(path, &aside);
            let (path, aside, error) = (path.display(), aside.display(), error.to_string());
            let error = untrusted::one_line(&error);
            screen.output.warning(&tr!(
                "读不了历史记录 {path}（{error}），已改名为 {aside}",
                "the history {path} cannot be read ({error}); it was renamed to {aside}"
            ));
        }
    }
}

/// Adds a line to the history, on disk too. A disk that will not have it costs nobody a conversation.
fn remember(editor: &mut Editor<(), FileHistory>, path: &Path, line: &str) {
    if editor.add_history_entry(line).unwrap_or(false) {
        if let Some(folder) = path.parent() {
            let _ = create_private(folder);
        }
        let _ = editor.append_history(path);
    }
}

/// What is said at home stays at home: the folder is for its owner alone.
fn create_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn a_paste_brings_text_and_nothing_else() {
        assert_eq!(clean("一\r\n二\r三\t四"), "一\n二\n三\t四");
        assert_eq!(clean("a\u{1b}[201~b\u{7}\u{9b}c\0"), "a[201~bc");
    }
}
