//! What the keys do that the line editor does not know of, or knows otherwise: Enter with several lines, Ctrl-C, Ctrl-G,
//! and pastes. Here a paste is gathered key by key until its end, so that it comes into the line as text alone, and
//! folded where it is tall; the line editor's own way would put it in as it came.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustyline::{
    CharSearch, Cmd, ConditionalEventHandler, Event, EventContext, KeyCode, KeyEvent, Modifiers, Movement, RepeatCount,
};

use super::clean;
use super::fold::{self, Folds};
use super::lines::{self, Enter};

/// What the keys leave for the one who reads the line.
#[derive(Default)]
pub(super) struct Desk {
    /// What was folded.
    pub(super) folds: Folds,
    /// The paste that is coming in.
    paste: Mutex<Option<String>>,
    wants_editor: AtomicBool,
}

impl Desk {
    /// Before a line is read: nothing is half-done.
    pub(super) fn tidy(&self) {
        *self.paste.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.wants_editor.store(false, Ordering::Relaxed);
    }

    /// Ctrl-G was what ended the line.
    pub(super) fn wants_editor(&self) -> bool {
        self.wants_editor.load(Ordering::Relaxed)
    }

    /// Takes a key that belongs to a paste. `None`: it belongs to none.
    fn gather(&self, KeyEvent(code, modifiers): KeyEvent) -> Option<Cmd> {
        let mut paste = self.paste.lock().unwrap_or_else(PoisonError::into_inner);
        match code {
            KeyCode::BracketedPasteStart => {
                paste.get_or_insert_default();
            }
            KeyCode::BracketedPasteEnd => {
                let text = clean(&paste.take().unwrap_or_default());
                if !text.is_empty() {
                    return Some(Cmd::Insert(1, self.folds.fold(&text, fold::size()).into_owned()));
                }
            }
            code => paste.as_mut()?.extend(char_of(code, modifiers)),
        }
        Some(Cmd::Noop)
    }
}

/// The character that a key of a paste stands for. Escape sequences and other controls stand for none.
fn char_of(code: KeyCode, modifiers: Modifiers) -> Option<char> {
    match (code, modifiers) {
        (KeyCode::Char(c), Modifiers::NONE) => Some(c),
        (KeyCode::Enter, Modifiers::NONE) | (KeyCode::Char('M'), Modifiers::CTRL) => Some('\r'),
        (KeyCode::Char('J'), Modifiers::CTRL) => Some('\n'),
        (KeyCode::Tab, Modifiers::NONE) | (KeyCode::Char('I'), Modifiers::CTRL) => Some('\t'),
        _ => None,
    }
}

/// Sees every key before the line editor does.
pub(super) struct Keys(pub(super) Arc<Desk>);

impl ConditionalEventHandler for Keys {
    fn handle(&self, event: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        let key = *event.get(0)?;
        let Self(desk) = self;
        if let Some(cmd) = desk.gather(key) {
            return Some(cmd);
        }
        let (line, pos) = (context.line(), context.pos());
        let is_at_end = pos == line.len();
        match (key.0, key.1) {
            // Takes away what was typed; with nothing typed it interrupts, which the loop answers with a hint.
            (KeyCode::Char('C'), Modifiers::CTRL) if line.is_empty() => Some(Cmd::Interrupt),
            (KeyCode::Char('C'), Modifiers::CTRL) => Some(Cmd::Kill(Movement::WholeBuffer)),
            (KeyCode::Enter, Modifiers::NONE) | (KeyCode::Char('M'), Modifiers::CTRL) => {
                Some(match lines::enter(line, pos) {
                    Enter::Sends => Cmd::AcceptLine,
                    Enter::Breaks => Cmd::Newline,
                    Enter::BreaksForBackslash => Cmd::Replace(Movement::BackwardChar(1), Some("\n".to_owned())),
                })
            }
            (KeyCode::Enter, Modifiers::ALT) | (KeyCode::Char('J'), Modifiers::CTRL) => Some(Cmd::Newline),
            (KeyCode::Char('G'), Modifiers::CTRL) => {
                desk.wants_editor.store(true, Ordering::Relaxed);
                Some(Cmd::AcceptLine)
            }
            (KeyCode::Backspace, Modifiers::NONE) if desk.folds.ends_in_mark(&line[..pos]) => {
                Some(Cmd::Kill(Movement::ViCharSearch(1, CharSearch::Backward(fold::OPENING))))
            }
            (KeyCode::End, Modifiers::NONE) | (KeyCode::Char('E' | 'F'), Modifiers::CTRL)
                if is_at_end && context.has_hint() =>
            {
                Some(Cmd::CompleteHint)
            }
            // They would put a control character into the line, which no terminal can show at its place.
            #[cfg(not(windows))]
            (KeyCode::Char('V' | 'Q'), Modifiers::CTRL) => Some(Cmd::Noop),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_in(desk: &Desk, text: &str) -> Vec<Option<Cmd>> {
        text.chars().map(|c| desk.gather(KeyEvent::new(c, Modifiers::NONE))).collect()
    }

    fn key(desk: &Desk, code: KeyCode) -> Option<Cmd> {
        desk.gather(KeyEvent(code, Modifiers::NONE))
    }

    #[test]
    fn a_paste_is_gathered_to_its_end() {
        let desk = Desk::default();
        assert_eq!(type_in(&desk, "a\r"), [None, None]);
        for (pasted, inserted) in
            [("一\r\n二\r三\n四\t五", "一\n二\n三\n四\t五"), ("a\u{7}b\u{1b}c\u{9b}d\0\u{3}\u{4}\u{7f}e", "abcde")]
        {
            assert_eq!(key(&desk, KeyCode::BracketedPasteStart), Some(Cmd::Noop));
            assert!(type_in(&desk, pasted).iter().all(|cmd| *cmd == Some(Cmd::Noop)));
            assert_eq!(desk.gather(KeyEvent::alt(']')), Some(Cmd::Noop));
            assert_eq!(key(&desk, KeyCode::Up), Some(Cmd::Noop));
            assert_eq!(key(&desk, KeyCode::BracketedPasteEnd), Some(Cmd::Insert(1, inserted.to_owned())));
            assert_eq!(type_in(&desk, "a"), [None]);
        }
    }

    #[test]
    fn an_end_without_a_beginning_and_a_paste_of_nothing_are_nothing() {
        let desk = Desk::default();
        assert_eq!(key(&desk, KeyCode::BracketedPasteEnd), Some(Cmd::Noop));
        assert_eq!(key(&desk, KeyCode::BracketedPasteStart), Some(Cmd::Noop));
        assert_eq!(key(&desk, KeyCode::BracketedPasteEnd), Some(Cmd::Noop));
    }

    #[test]
    fn what_was_half_pasted_does_not_reach_the_next_line() {
        let desk = Desk::default();
        key(&desk, KeyCode::BracketedPasteStart);
        type_in(&desk, "半");
        desk.tidy();
        assert_eq!(type_in(&desk, "a"), [None]);
        assert_eq!(key(&desk, KeyCode::BracketedPasteEnd), Some(Cmd::Noop));
    }

    #[test]
    fn a_tall_paste_is_a_mark_that_stands_for_it() {
        let desk = Desk::default();
        let text = "行\n".repeat(200);
        key(&desk, KeyCode::BracketedPasteStart);
        type_in(&desk, &text);
        let Some(Cmd::Insert(1, mark)) = key(&desk, KeyCode::BracketedPasteEnd) else { panic!() };
        assert!(mark.len() < 60 && desk.folds.ends_in_mark(&mark), "{mark}");
        assert_eq!(desk.folds.unfold(&mark), text);
    }
}
