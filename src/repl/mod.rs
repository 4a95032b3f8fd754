//! The interactive way in: read a line, do what it says, again. What a line means stands in [`command`]; doing it is
//! [`perform`], which `--turns` uses too. Which session is meant is for [`pick`] to find out, and [`roster`] lists them.

pub mod command;
mod compose;
mod editor;
mod keyboard;
mod paths;
mod perform;
pub mod pick;
pub mod roster;

pub use editor::{Choice, Surroundings};
pub use keyboard::Hidden;
pub use perform::{Next, perform};

use std::time::Instant;

use rustyline::error::ReadlineError;

use crate::exit::Exit;
use crate::session::{Id, Record};
use crate::talk::{NoAnswer, Reached, Screen, Talk, tell_before};
use crate::tr;
use editor::Editor;

const PROMPT: &str = "> ";

/// Talks with whoever sits at the terminal until they leave.
///
/// # Errors
/// When the terminal cannot be read.
pub fn run(talk: &mut Talk, screen: &mut Screen<'_>, surroundings: Surroundings) -> anyhow::Result<Exit> {
    let mut editor = Editor::new(surroundings)?;
    editor.load_history(screen);
    greet(talk, screen);
    tell_files(talk, screen);
    loop {
        let line = match editor.read(talk.settings.dials().collect(), talk.files.names(), screen) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => {
                screen.output.tell(&tr!("要离开请按 Ctrl-D，或输入 /quit", "to leave: Ctrl-D, or /quit"));
                continue;
            }
            Err(ReadlineError::Eof) => {
                part(talk, screen);
                return Ok(Exit::Success);
            }
            Err(ReadlineError::Io(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
                screen.output.error(&tr!(
                    "输入的不是 UTF-8，这一行没有发出：请把终端的编码设为 UTF-8",
                    "what was typed is not UTF-8, and the line was not sent: set the terminal's encoding to UTF-8"
                ));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let read = editor::meaning(&line);
        if read == command::Line::Empty {
            continue;
        }
        editor.remember(&line);
        // A Ctrl-C that came while nothing was running has nothing left to stop.
        (screen.interrupts)();
        let is_turn = asks(&read);
        let hidden = Hidden::now();
        let done = perform(talk, read, Instant::now(), screen);
        drop(hidden);
        if let Some(composed) = talk.composed.take() {
            editor.remember(&composed);
        }
        match done {
            Ok(Next::Line) => {}
            Ok(Next::Answered | Next::Interrupted) => screen.output.gap(),
            Ok(Next::Quit) => {
                part(talk, screen);
                return Ok(Exit::Success);
            }
            Err(NoAnswer::Closed) => return Ok(Exit::Success),
            Err(NoAnswer::Leave) => {
                part(talk, screen);
                return Ok(Exit::Interrupted);
            }
            Err(NoAnswer::Failed(failed)) => {
                screen.output.error(&failed.message);
                if is_turn {
                    screen.output.gap();
                }
            }
        }
    }
}

/// Whether the model is to answer: what comes of that is set off from the next line, and what commands tell is not.
fn asks(line: &command::Line) -> bool {
    use command::{Command, Line};
    matches!(line, Line::Say(_) | Line::Command(Command::Retry(_) | Command::Edit(_) | Command::Continue))
}

/// What `-f` brought along.
fn tell_files(talk: &Talk, screen: &mut Screen<'_>) {
    if talk.files.is_empty() {
        return;
    }
    screen.output.notice(&tr!("随第一个问题送出：", "going with the first question:"));
    for line in talk.files.told(talk.backend.n_ctx()) {
        screen.output.notice(&line);
    }
    screen.output.gap();
}

fn greet(talk: &Talk, screen: &mut Screen<'_>) {
    let (model, template, n_ctx) = (&talk.model, talk.conversation.template().name(), talk.backend.n_ctx());
    screen.output.notice(&tr!(
        "聊 · {model} · 模板 {template} · 上下文 {n_ctx}",
        "liao · {model} · template {template} · context {n_ctx}"
    ));
    screen.output.notice(&tr!("/help 看命令，Ctrl-D 离开", "/help lists commands, Ctrl-D leaves"));
    screen.output.gap();
    if talk.reached() != Reached::Nothing {
        tell_before(talk, screen.output);
        screen.output.gap();
    }
}

/// Says how to come back to what was said, where all of it is saved.
fn part(talk: &mut Talk, screen: &mut Screen<'_>) {
    if !talk.part(screen.output) {
        return;
    }
    let n_questions = talk.record.transcript().n_questions();
    let Some(id) = talk.record.id().filter(|_| n_questions > 0) else { return };
    let handle = handle(&talk.record, id);
    screen.output.notice(&tr!("以后接着聊：liao -r {handle}", "to go on later: liao -r {handle}"));
}

/// What a person types for a conversation that is saved under this id: its name, where it has one.
fn handle(record: &Record, id: Id) -> String {
    record.transcript().name().map_or_else(|| id.to_string(), str::to_owned)
}
