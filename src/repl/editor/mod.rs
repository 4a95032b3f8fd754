//! The line editor: what its keys do, what of a line may be shown, what it offers, and the history on disk. What a line
//! means is not here, but for how many lines are one.
//!
//! The editing itself is rustyline's. What it does not do, or not for Chinese, stands in the files beside this one:
//! `keys` and `lines` (several lines, pastes), `words` (where one ends), `escapes` (what pastes bring along), `fold` (text
//! too tall for the screen), `highlight` (colours, and widths that hold on every terminal), `hint`, `completion` and
//! `files` (Tab), `history`, `kept` and `secret`; `typist` brings them together. No key waits for more than what is on the
//! screen: nothing here looks at all of a long history, or opens a file, at a key that types.

mod completion;
mod escapes;
mod files;
mod fold;
mod highlight;
mod hint;
mod history;
mod kept;
mod keys;
mod lines;
mod secret;
mod typist;
mod words;

pub use completion::Choice;
pub(super) use lines::read as meaning;

use std::path::PathBuf;
use std::sync::Arc;

use rustyline::config::{Behavior, BellStyle, ColorMode, CompletionType};
use rustyline::error::ReadlineError;
use rustyline::history::History as _;
use rustyline::{Config, Event, EventHandler, GraphemeClusterMode};

use crate::config::settings::Dial;
use crate::exit::cause;
use crate::render::terminal;
use crate::talk::Screen;
use crate::text::untrusted;
use crate::tr;
use history::PastLines;
use keys::{Desk, Keys};
use typist::Typist;

use super::{PROMPT, compose};

/// The prompt's width.
const N_PROMPT_COLUMNS: usize = PROMPT.len();

/// What stands around a conversation on this computer: for history and Tab, and for how a line looks.
pub struct Surroundings {
    /// The file of lines typed.
    pub history: PathBuf,
    /// The folder of sessions.
    pub sessions: PathBuf,
    /// The models that can be had by name; asked for only at Tab.
    pub models: Box<dyn Fn() -> Vec<Choice>>,
    /// Lines are in colour, with hints in grey.
    pub is_painted: bool,
}

/// The line editor of the interactive mode.
pub(super) struct Editor {
    line: rustyline::Editor<Typist, PastLines>,
    desk: Arc<Desk>,
    history: PathBuf,
    /// The terminal knows no keys but Enter, and is read as a file is.
    is_dumb: bool,
}

impl Editor {
    /// An editor without history.
    ///
    /// # Errors
    /// When the terminal cannot be had.
    pub(super) fn new(surroundings: Surroundings) -> anyhow::Result<Self> {
        let config = Config::builder()
            .bracketed_paste(true)
            .bell_style(BellStyle::None)
            // stdout is for answers; a prompt in a file that answers go to would not be.
            .behavior(Behavior::PreferTerm)
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            .completion_prompt_limit(usize::MAX)
            // Without it, what is shown would not go through `highlight`, which sees to more than colours.
            .color_mode(ColorMode::Forced)
            .grapheme_cluster_mode(GraphemeClusterMode::Unicode)
            // Where tabs stop depends on what is before them, and they never go over the end of a row.
            .tab_stop(1)
            .build();
        let desk = Arc::<Desk>::default();
        let history = surroundings.history.clone();
        let mut line = rustyline::Editor::with_history(config, PastLines::new(Arc::clone(&desk)))?;
        line.set_helper(Some(Typist::new(surroundings, Arc::clone(&desk))));
        line.bind_sequence(Event::Any, EventHandler::Conditional(Box::new(Keys(Arc::clone(&desk)))));
        let is_dumb = terminal::is_dumb(std::env::var_os("TERM").as_deref());
        Ok(Self { line, desk, history, is_dumb })
    }

    /// Brings in the history on disk. One that cannot be read is set aside, not lost; one that is not there yet is
    /// none.
    pub(super) fn load_history(&mut self, screen: &mut Screen<'_>) {
        let Err(error) = self.line.load_history(&self.history) else { return };
        if matches!(&error, ReadlineError::Io(error) if error.kind() == std::io::ErrorKind::NotFound) {
            return;
        }
        let aside = self.history.with_extension("bad");
        let renamed = std::fs::rename(&self.history, &aside);
        let (path, aside, error) = (untrusted::path(&self.history), untrusted::path(&aside), explain(&error));
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

    /// Reads what the person types until it is complete: one line, or several. `dials` are the settings in force,
    /// `waiting` the names of the files that wait for the next question.
    ///
    /// # Errors
    /// The line editor's: Ctrl-C on an empty line, Ctrl-D, a terminal that cannot be read.
    pub(super) fn read(
        &mut self,
        dials: Vec<Dial>,
        waiting: Vec<String>,
        screen: &mut Screen<'_>,
    ) -> Result<String, ReadlineError> {
        if let Some(typist) = self.line.helper_mut() {
            (typist.dials, typist.waiting) = (dials, waiting);
        }
        self.desk.folds.let_go();
        self.desk.clear();
        let mut begun = String::new();
        loop {
            self.desk.tidy();
            let typed = self.line.readline_with_initial(PROMPT, (&begun, ""))?;
            if self.desk.is_dropped() {
                begun.clear();
                continue;
            }
            let text = clean(&self.desk.folds.unfold(&self.desk.joined(&typed)));
            if self.is_dumb {
                return Ok(text.replace("\\\n", "\n"));
            }
            if !self.desk.wants_editor() {
                return Ok(text);
            }
            let saving = tr!("保存并回到这一行", "saves and comes back to this line");
            let composed = compose::compose(&text, &saving, screen.output).unwrap_or_else(|failed| {
                screen.output.error(&failed.message);
                None
            });
            begun = match composed {
                Some(text) => self.desk.folds.fold(&clean(&text), terminal::size()).into_owned(),
                None => typed,
            };
        }
    }

    /// Adds a line to the history, on disk too. A disk that will not have it costs nobody a conversation.
    pub(super) fn remember(&mut self, line: &str) {
        if self.line.history_mut().add(line).unwrap_or(false) {
            let _ = self.line.append_history(&self.history);
        }
    }
}

/// Why the history cannot be read.
fn explain(error: &ReadlineError) -> String {
    match error {
        ReadlineError::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            tr!("不是 UTF-8 文字", "it is not UTF-8 text")
        }
        ReadlineError::Io(error) => cause(error),
        error => error.to_string(),
    }
}

/// What a paste may have brought along besides text. Line breaks and tabs stay: a pasted block is one message.
fn clean(line: &str) -> String {
    let line = line.replace("\r\n", "\n").replace('\r', "\n");
    if line.contains(is_hidden) { line.replace(is_hidden, "") } else { line }
}

fn is_hidden(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paste_brings_text_and_nothing_else() {
        assert_eq!(clean("一\r\n二\r三\t四"), "一\n二\n三\t四");
        assert_eq!(clean("a\u{1b}[201~b\u{7}\u{9b}c\0"), "a[201~bc");
    }
}
