//! Whoever sits beside the line editor and is asked at every key: how the line looks, what may follow, whether it is
//! complete. The answers are made in the files of these names; here they meet rustyline.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

use rustyline::completion::{Candidate, Completer};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::SearchDirection;
use rustyline::line_buffer::LineBuffer;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Changeset, Context, Helper, Result};

use super::completion::{self, Choice, Offer, Session, Stock};
use super::hint::Hint;
use super::keys::Desk;
use super::{Surroundings, highlight, hint, lines};
use crate::config::settings::Dial;
use crate::locale::said;
use crate::render::terminal::n_columns;
use crate::session::Shelf;
use crate::text::untrusted;

/// How rustyline asks while it searches the history, and while it finds nothing there; and how we do, as wide.
const SEARCHES: [(&str, [&str; 2]); 2] = [
    ("(reverse-i-search)`", ["（在历史中往回找）`", "(search backwards)`"]),
    ("(failed reverse-i-search)`", ["（历史里没有这样的内容） `", "(no such line in history)`"]),
];

pub(super) struct Typist {
    /// The settings in force.
    pub(super) dials: Vec<Dial>,
    /// The files that wait for the next question.
    pub(super) waiting: Vec<String>,
    surroundings: Surroundings,
    desk: Arc<Desk>,
    /// What was offered last was one thing alone.
    is_sole: Cell<bool>,
}

impl Typist {
    pub(super) fn new(surroundings: Surroundings, desk: Arc<Desk>) -> Self {
        Self { dials: Vec::new(), waiting: Vec::new(), surroundings, desk, is_sole: Cell::new(false) }
    }

    /// Notes for Ctrl-C whether the line is one of the history's. Only whoever gives hints is told, at every change of the
    /// line, where in the history it is from.
    fn note_history(&self, context: &Context<'_>) {
        self.desk.note_history(context.history_index() < context.history().len());
    }
}

impl Stock for Typist {
    fn dials(&self) -> &[Dial] {
        &self.dials
    }

    fn models(&self) -> Vec<Choice> {
        (self.surroundings.models)()
    }

    fn sessions(&self, n_most: usize) -> Vec<Session> {
        // Tab has no place for what is wrong; the command itself will tell.
        let all = Shelf::new(&self.surroundings.sessions).list().unwrap_or_default();
        let read = |kept: crate::session::Kept| {
            let summary = kept.summary().ok()?;
            Some(Session { id: kept.id.to_string(), name: summary.name, title: summary.title })
        };
        all.into_iter().take(n_most).filter_map(read).collect()
    }
}

/// One line of the list that Tab shows, and what is typed for it.
pub(super) struct Listed {
    shown: String,
    word: String,
}

impl Candidate for Listed {
    fn display(&self) -> &str {
        &self.shown
    }

    fn replacement(&self) -> &str {
        &self.word
    }
}

impl Completer for Typist {
    type Candidate = Listed;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> Result<(usize, Vec<Listed>)> {
        let Offer { start, choices } = completion::offer(line, pos, self);
        self.is_sole.set(choices.len() == 1);
        if choices.len() > 1 {
            self.desk.note_list();
        }
        let shown = completion::listed(&choices, n_columns());
        let listed = |(choice, shown): (Choice, String)| Listed {
            shown: untrusted::one_line(&shown).into_owned(),
            word: choice.word,
        };
        Ok((start, choices.into_iter().zip(shown).map(listed).collect()))
    }

    fn update(&self, line: &mut LineBuffer, start: usize, elected: &str, changes: &mut Changeset) {
        let end = line.pos();
        let typed = line[start..end].trim_start_matches(['"', '“', '\'']);
        let begins = elected.trim_start_matches(['"', '“', '\'']).to_lowercase().starts_with(&typed.to_lowercase());
        // What several have in common need not be what was typed: a title was, and ids are offered.
        if begins || self.is_sole.get() {
            line.replace(start..end, elected, changes);
        }
    }
}

impl Hinter for Typist {
    type Hint = Hint;

    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<Hint> {
        self.note_history(context);
        // Without colour it would look as if it had been typed.
        if !self.surroundings.is_painted || pos < line.len() {
            return None;
        }
        if line.is_empty() {
            return hint::waiting(&self.waiting, n_columns());
        }
        let past = |line: &str| {
            let newest = context.history_index().min(context.history().len().checked_sub(1)?);
            let found = context.history().starts_with(line, newest, SearchDirection::Reverse).ok()??;
            Some(found.entry.into_owned())
        };
        hint::hint(line, &self.dials, n_columns(), past)
    }
}

impl Highlighter for Typist {
    fn highlight<'l>(&self, line: &'l str, pos: usize) -> Cow<'l, str> {
        let marks = |line: &str| self.surroundings.is_painted.then(|| self.desk.folds.marks(line));
        match highlight::with_room_for_cursor(line, pos, n_columns()) {
            Cow::Borrowed(line) => highlight::show(line, marks(line).as_deref()),
            Cow::Owned(line) => Cow::Owned(highlight::show(&line, marks(&line).as_deref()).into_owned()),
        }
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        searched(prompt).map_or(Cow::Borrowed(prompt), Cow::Owned)
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(highlight::faint(hint))
    }

    fn highlight_char(&self, line: &str, _: usize, kind: CmdKind) -> bool {
        kind == CmdKind::Other && highlight::is_drawn_whole(line, n_columns())
    }
}

/// The prompt of a search, in the language spoken.
fn searched(prompt: &str) -> Option<String> {
    SEARCHES.iter().find_map(|(theirs, ours)| Some(format!("{}{}", said(*ours), prompt.strip_prefix(theirs)?)))
}

impl Validator for Typist {
    /// Asked only where the terminal knows no keys; else Enter itself knows.
    fn validate(&self, context: &mut ValidationContext<'_>) -> Result<ValidationResult> {
        let line = context.input();
        let is_complete = !lines::is_open(line) && !lines::ends_in_backslash(line);
        Ok(if is_complete { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Helper for Typist {}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn the_prompt_of_a_search_is_as_wide_as_before() {
        for (theirs, ours) in SEARCHES {
            assert_eq!(ours.map(UnicodeWidthStr::width), [theirs.width(); 2], "{ours:?}");
            let prompt = format!("{theirs}你好': ");
            assert_eq!(searched(&prompt), Some(format!("{}你好': ", said(ours))));
        }
        for prompt in ["> ", "(arg: 3) ", ""] {
            assert_eq!(searched(prompt), None);
        }
    }
}
