//! What the keys do that the line editor does not know of, or knows otherwise: Enter with several lines, Ctrl-C, Ctrl-G,
//! words of Chinese (`words`), and pastes. Here a paste is gathered key by key until its end, so that it comes into the
//! line as text alone, and folded where it is tall; the line editor's own way would put it in as it came.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustyline::{
    CharSearch, Cmd, ConditionalEventHandler, Event, EventContext, KeyCode, KeyEvent, Modifiers, Movement, RepeatCount,
};

use super::clean;
use super::escapes;
use super::fold::{self, Folds};
use super::lines::{self, Enter};
use super::words;
use crate::render::terminal;

/// A terminal sends a paste at one go: a key after so long was pressed by a person.
const PAUSE: Duration = Duration::from_millis(200);

/// What the keys leave for the one who reads the line.
#[derive(Default)]
pub(super) struct Desk {
    /// What was folded.
    pub(super) folds: Folds,
    /// The paste that is coming in.
    paste: Mutex<Option<Paste>>,
    wants_editor: AtomicBool,
    /// Backslashes at the ends of lines were typed to break them.
    has_backslashes: AtomicBool,
    /// Something was pasted, in which backslashes are meant.
    has_pasted: AtomicBool,
    /// The line shown is one of the history's.
    is_from_history: AtomicBool,
    /// Something had been typed before the first line of the history was shown.
    has_draft: AtomicBool,
    /// Ctrl-C was what ended the line.
    is_dropped: AtomicBool,
    /// Tab, the last key, has listed what may follow.
    has_listed: AtomicBool,
}

/// A paste so far.
struct Paste {
    text: String,
    last_key: Instant,
}

impl Desk {
    /// Before a line is read: nothing is half-done.
    pub(super) fn tidy(&self) {
        *self.paste.lock().unwrap_or_else(PoisonError::into_inner) = None;
        for flag in [&self.wants_editor, &self.has_draft, &self.is_dropped, &self.has_listed] {
            flag.store(false, Ordering::Relaxed);
        }
    }

    /// Before a new line is begun: nothing of the last one holds.
    pub(super) fn clear(&self) {
        self.has_backslashes.store(false, Ordering::Relaxed);
        self.has_pasted.store(false, Ordering::Relaxed);
    }

    /// What was typed, without the backslashes that only asked for another line.
    pub(super) fn joined(&self, typed: &str) -> String {
        let is_asked = self.has_backslashes.load(Ordering::Relaxed) && !self.has_pasted.load(Ordering::Relaxed);
        if is_asked { typed.replace("\\\n", "\n") } else { typed.to_owned() }
    }

    /// Ctrl-G was what ended the line.
    pub(super) fn wants_editor(&self) -> bool {
        self.wants_editor.load(Ordering::Relaxed)
    }

    /// Ctrl-C was what ended the line.
    pub(super) fn is_dropped(&self) -> bool {
        self.is_dropped.load(Ordering::Relaxed)
    }

    /// Notes whether the line shown is one of the history's.
    pub(super) fn note_history(&self, is_from_history: bool) {
        self.is_from_history.store(is_from_history, Ordering::Relaxed);
    }

    /// Notes that Tab lists what may follow.
    pub(super) fn note_list(&self) {
        self.has_listed.store(true, Ordering::Relaxed);
    }

    /// What Ctrl-C does to a line: it goes, and the next arrow key gives the newest of the history. The line editor
    /// leaves the history only for what was typed before; where that is not to come back, another line is begun.
    fn drop_line(&self) -> Cmd {
        self.clear();
        if !self.is_from_history.load(Ordering::Relaxed) {
            Cmd::Kill(Movement::WholeBuffer)
        } else if !self.has_draft.load(Ordering::Relaxed) {
            Cmd::EndOfHistory
        } else {
            self.is_dropped.store(true, Ordering::Relaxed);
            Cmd::AcceptLine
        }
    }

    /// Takes a key that belongs to a paste. `None`: it belongs to none. A paste whose end was lost on the way would take
    /// every key from now on, so a Ctrl-C that a person pressed drops it.
    fn gather(&self, KeyEvent(code, modifiers): KeyEvent, now: Instant) -> Option<Cmd> {
        let mut paste = self.paste.lock().unwrap_or_else(PoisonError::into_inner);
        match code {
            KeyCode::BracketedPasteStart => {
                paste.get_or_insert_with(|| Paste { text: String::new(), last_key: now }).last_key = now;
            }
            KeyCode::BracketedPasteEnd => return Some(self.put_in(paste.take())),
            code => {
                let begun = paste.as_mut()?;
                let is_pressed = now.saturating_duration_since(begun.last_key) >= PAUSE;
                if is_pressed && (code, modifiers) == (KeyCode::Char('C'), Modifiers::CTRL) {
                    *paste = None;
                } else {
                    begun.last_key = now;
                    begun.text.extend(char_of(code, modifiers));
                    if escapes::has_ended(&begun.text) {
                        return Some(self.put_in(paste.take()));
                    }
                }
            }
        }
        Some(Cmd::Noop)
    }

    /// What a paste that is all there does to the line.
    fn put_in(&self, paste: Option<Paste>) -> Cmd {
        let text = paste.map(|paste| clean(&escapes::take_out(&paste.text))).unwrap_or_default();
        if text.is_empty() {
            return Cmd::Noop;
        }
        self.has_pasted.store(true, Ordering::Relaxed);
        Cmd::Insert(1, self.folds.fold(&text, terminal::size()).into_owned())
    }
}

/// The character that a key of a paste stands for. Of escape sequences there are marks; other controls stand for none.
fn char_of(code: KeyCode, modifiers: Modifiers) -> Option<char> {
    match (code, modifiers) {
        (KeyCode::Char(c), Modifiers::NONE) => Some(c),
        (KeyCode::Enter, Modifiers::NONE) | (KeyCode::Char('M'), Modifiers::CTRL) => Some('\r'),
        (KeyCode::Char('J'), Modifiers::CTRL) => Some('\n'),
        (KeyCode::Tab, Modifiers::NONE) | (KeyCode::Char('I'), Modifiers::CTRL) => Some('\t'),
        // No sequence goes on so: the escape before it stood alone.
        (KeyCode::Char(c), Modifiers::ALT) if !c.is_ascii() => Some(c),
        _ => escapes::mark(code, modifiers),
    }
}

/// Sees every key before the line editor does.
pub(super) struct Keys(pub(super) Arc<Desk>);

impl ConditionalEventHandler for Keys {
    fn handle(&self, event: &Event, n: RepeatCount, is_forward: bool, context: &EventContext<'_>) -> Option<Cmd> {
        let key = *event.get(0)?;
        let Self(desk) = self;
        let (line, pos) = (context.line(), context.pos());
        let marks = desk.folds.marks(line);
        let was_listed = desk.has_listed.swap(false, Ordering::Relaxed);
        if let Some(cmd) = desk.gather(key, Instant::now()) {
            // What is pasted goes before a mark and not into it.
            let begins_inside = key.0 == KeyCode::BracketedPasteStart && is_inside(&marks, pos);
            return Some(if begins_inside { Cmd::Move(back_to_mark()) } else { cmd });
        }
        let is_tab = matches!((key.0, key.1), (KeyCode::Tab, Modifiers::NONE) | (KeyCode::Char('I'), Modifiers::CTRL));
        if was_listed && is_tab {
            // The list is on the screen, and another one would say nothing new.
            desk.note_list();
            return Some(Cmd::Noop);
        }
        if !desk.is_from_history.load(Ordering::Relaxed) {
            desk.has_draft.store(!line.is_empty(), Ordering::Relaxed);
        }
        if let Some(cmd) = spare(&marks, line, pos, key) {
            return Some(cmd);
        }
        // With a number typed before it (Alt-3), a key is about so many of the line editor's words.
        if n == 1
            && is_forward
            && let Some(cmd) = words::obey(key, line, pos)
        {
            return Some(cmd);
        }
        let is_at_end = pos == line.len();
        match (key.0, key.1) {
            // Takes away what was typed; with nothing typed it interrupts, which the loop answers with a hint.
            (KeyCode::Char('C'), Modifiers::CTRL) if line.is_empty() => Some(Cmd::Interrupt),
            (KeyCode::Char('C'), Modifiers::CTRL) => Some(desk.drop_line()),
            (KeyCode::Enter, Modifiers::NONE) | (KeyCode::Char('M'), Modifiers::CTRL) => {
                Some(match lines::enter(line, pos) {
                    Enter::Sends => Cmd::AcceptLine,
                    Enter::Breaks => Cmd::Newline,
                    Enter::BreaksForBackslash => {
                        desk.has_backslashes.store(true, Ordering::Relaxed);
                        Cmd::Newline
                    }
                })
            }
            (KeyCode::Enter, Modifiers::ALT) | (KeyCode::Char('J'), Modifiers::CTRL) => Some(Cmd::Newline),
            (KeyCode::Char('G'), Modifiers::CTRL) => {
                desk.wants_editor.store(true, Ordering::Relaxed);
                Some(Cmd::AcceptLine)
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

/// What a key does in a mark, or beside one, so that the mark stays whole or goes whole.
fn spare(marks: &[Range<usize>], line: &str, pos: usize, KeyEvent(code, modifiers): KeyEvent) -> Option<Cmd> {
    let is_before = marks.iter().any(|mark| mark.start == pos);
    let is_behind = marks.iter().any(|mark| mark.end == pos);
    if is_inside(marks, pos) {
        return changes(code, modifiers).then(|| Cmd::Move(back_to_mark()));
    }
    match (code, modifiers) {
        (KeyCode::Backspace, _) if is_behind => Some(Cmd::Kill(back_to_mark())),
        (KeyCode::Char('W'), Modifiers::CTRL) if is_inside(marks, start_of_word(&line[..pos])) => {
            Some(Cmd::Kill(back_to_mark()))
        }
        (KeyCode::Left, Modifiers::NONE) if is_behind => Some(Cmd::Move(back_to_mark())),
        (KeyCode::Delete, Modifiers::NONE)
        | (KeyCode::Char('D'), Modifiers::CTRL)
        | (KeyCode::Char('d' | 'D'), Modifiers::ALT)
            if is_before =>
        {
            Some(Cmd::Kill(Movement::ViCharSearch(1, CharSearch::Forward(fold::CLOSING))))
        }
        _ => None,
    }
}

fn back_to_mark() -> Movement {
    Movement::ViCharSearch(1, CharSearch::Backward(fold::OPENING))
}

fn is_inside(marks: &[Range<usize>], pos: usize) -> bool {
    marks.iter().any(|mark| mark.start < pos && pos < mark.end)
}

/// As Ctrl-W takes it: back to a blank.
fn start_of_word(text: &str) -> usize {
    let text = text.trim_end();
    text.len() - text.rsplit(char::is_whitespace).next().unwrap_or_default().len()
}

/// Whether a key changes what stands at the cursor; other keys only move it.
fn changes(code: KeyCode, modifiers: Modifiers) -> bool {
    match (code, modifiers) {
        (KeyCode::Char(_), Modifiers::NONE) | (KeyCode::Enter, Modifiers::ALT) => true,
        (KeyCode::Backspace | KeyCode::Delete | KeyCode::Tab, _) => true,
        (KeyCode::Char(c), Modifiers::CTRL) => matches!(c, 'D' | 'H' | 'I' | 'J' | 'K' | 'T' | 'U' | 'W' | 'Y'),
        (KeyCode::Char(c), Modifiers::ALT) => !matches!(c, 'b' | 'B' | 'f' | 'F' | '<' | '>'),
        _ => false,
    }
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
