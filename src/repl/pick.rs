//! Which session a person means: what they typed, or what they pick from a list on the terminal, filtered by what they
//! type. The list is on the terminal's other screen, drawn on stderr; what was on the terminal before is there again
//! afterwards, and so are its modes, also after a panic ([`close`]) or a signal ([`leave_screen`]).

mod menu;

use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{
    self, DisableBracketedPaste, EnableBracketedPaste, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers,
};
use crossterm::style::{Attribute, Print, SetAttribute};
use crossterm::terminal::{
    self, Clear, ClearType, DisableLineWrap, EnableLineWrap, EnterAlternateScreen, LeaveAlternateScreen,
};
use crossterm::{execute, queue};

use super::command::number;
use crate::exit::{Exit, Failed};
use crate::render;
use crate::session::{Id, Kept, Shelf};
use crate::text::untrusted;
use crate::tr;
use menu::{Key, Menu, PROMPT, View};

/// How long is looked through sessions before the screen and the keyboard are looked after again.
const SLICE: Duration = Duration::from_millis(20);
/// The least time that is waited for a key: in none at all, crossterm does not look.
const BLINK: Duration = Duration::from_millis(1);
/// How often is looked whether the terminal has another size: not every signal about that reaches us.
const GLANCE: Duration = Duration::from_millis(200);

/// The terminal is taken.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// The session that a person means by what they typed: a number of the list that they saw last, an id, a name, the
/// beginning of an id. Whoever typed nothing, or `?`, or what could be several, picks one; `None` is then none of them.
/// `open` is the session that is being held here.
///
/// # Errors
/// There is none, or nobody to ask which, or as [`Shelf::find`].
pub fn choose(shelf: &Shelf, typed: Option<&str>, listed: &[Id], open: Option<Id>) -> Result<Option<Kept>, Failed> {
    let typed = typed.unwrap_or_default().trim();
    if matches!(typed, "" | "?" | "？") {
        // It says so where there is none.
        shelf.newest()?;
        if can_pick() {
            return pick(shelf, "", open);
        }
        let lister = shelf.lister();
        return Err(Failed::usage(tr!(
            "要说出是哪个会话：编号、名字，或编号的开头。{lister} 列出全部",
            "say which session: its id, its name, or the beginning of its id. {lister} lists them all"
        )));
    }
    let numbered = number(typed).and_then(|n| listed.get(n - 1));
    if let Some(id) = numbered {
        return shelf.find(&id.to_string()).map(Some);
    }
    match shelf.find(typed) {
        Ok(kept) => Ok(Some(kept)),
        Err(_) if can_pick() && Menu::new(shelf.list()?, typed, open).finds_any() => pick(shelf, typed, open),
        Err(failed) => Err(failed),
    }
}

/// Whether somebody sits at a terminal on which they can pick.
pub(super) fn can_pick() -> bool {
    let is_dumb = render::terminal::is_dumb(std::env::var_os("TERM").as_deref());
    io::stdin().is_terminal() && io::stderr().is_terminal() && !is_dumb
}

/// Has a person pick a session, with something typed already. `None`: none of them.
///
/// # Errors
/// When the sessions cannot be listed, or the terminal cannot be had.
fn pick(shelf: &Shelf, typed: &str, open: Option<Id>) -> Result<Option<Kept>, Failed> {
    let mut menu = Menu::new(shelf.list()?, typed, open);
    let picked = Terminal::take().and_then(|_terminal| {
        let picked = watch(&mut menu);
        // What was typed behind it is not for the next list.
        while event::poll(BLINK)? {
            event::read()?;
        }
        picked
    });
    picked.map_err(|error| {
        let error = error.to_string();
        let error = untrusted::one_line(&error);
        Failed::new(Exit::Failure, tr!("用不了这个终端：{error}", "the terminal cannot be used: {error}"))
    })
}

fn watch(menu: &mut Menu) -> io::Result<Option<Kept>> {
    let mut shown = None;
    loop {
        let size = render::terminal::size();
        let seen = Some((size, menu.view(size.0, size.1, SystemTime::now())));
        if seen != shown {
            if let Some((_, view)) = &seen {
                draw(view)?;
            }
            shown = seen;
        }
        let patience = if menu.is_searching() {
            menu.search(Instant::now() + SLICE);
            BLINK
        } else {
            GLANCE
        };
        if event::poll(patience)?
            && let Some(key) = meaning(event::read()?)
            && let ControlFlow::Break(picked) = menu.press(key)
        {
            return Ok(picked);
        }
    }
}

fn draw(view: &View) -> io::Result<()> {
    let row = |i: usize| u16::try_from(i).unwrap_or(u16::MAX);
    let mut frame = Vec::new();
    // A line is cleared before it is written: behind the last column there is nothing to clear.
    queue!(frame, Hide, MoveTo(0, 0), Clear(ClearType::CurrentLine), Print(&view.head))?;
    for (i, line) in view.lines.iter().enumerate() {
        queue!(frame, MoveTo(0, row(i + 2)), Clear(ClearType::CurrentLine))?;
        if view.chosen == Some(i) {
            queue!(frame, SetAttribute(Attribute::Reverse), Print(line), SetAttribute(Attribute::Reset))?;
        } else {
            queue!(frame, Print(line))?;
        }
    }
    queue!(frame, MoveTo(0, row(view.lines.len() + 2)), Clear(ClearType::FromCursorDown), Print(&view.foot))?;
    // Written last, so that the cursor stands behind it whatever widths the terminal gives its characters.
    queue!(frame, MoveTo(0, 1), Clear(ClearType::CurrentLine), Print(PROMPT), Print(&view.typed), Show)?;
    let mut terminal = io::stderr();
    terminal.write_all(&frame)?;
    terminal.flush()
}

/// What a key means here. `None`: nothing.
fn meaning(event: Event) -> Option<Key> {
    let KeyEvent { code, modifiers, .. } = match event {
        Event::Paste(text) => return Some(Key::Text(text)),
        Event::Key(key) if key.kind != KeyEventKind::Release => key,
        _ => return None,
    };
    let has_control = modifiers.contains(KeyModifiers::CONTROL);
    Some(match code {
        KeyCode::Char(letter) if has_control => match letter {
            'c' | 'd' | 'g' => Key::Leave,
            'h' => Key::Backspace,
            'j' | 'm' => Key::Choose,
            'n' => Key::Down,
            'p' => Key::Up,
            'u' => Key::DropAll,
            'w' => Key::DropWord,
            _ => return None,
        },
        KeyCode::Char(c) if !modifiers.contains(KeyModifiers::ALT) => Key::Text(c.into()),
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Up | KeyCode::BackTab => Key::Up,
        KeyCode::Down | KeyCode::Tab => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::First,
        KeyCode::End => Key::Last,
        KeyCode::Enter => Key::Choose,
        KeyCode::Esc => Key::Leave,
        _ => return None,
    })
}

/// The terminal, taken for the list. Dropped, it is as it was found.
struct Terminal;

impl Terminal {
    fn take() -> io::Result<Self> {
        IS_TAKEN.store(true, Ordering::Relaxed);
        // Before the first thing that may fail half-way.
        let taken = Self;
        terminal::enable_raw_mode()?;
        execute!(io::stderr(), EnterAlternateScreen, DisableLineWrap, EnableBracketedPaste)?;
        Ok(taken)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        close();
    }
}

/// Gives the terminal back, if a list has taken it. For whoever has something to say that must not go with the list,
/// such as the panic hook.
pub fn close() {
    if leave_screen(&mut io::stderr()) {
        let _ = terminal::disable_raw_mode();
    }
}

/// Has the terminal show what it showed before the list, and tells whether there was one. The terminal's modes are
/// left to the caller: for the end by a signal, where all of them are restored.
pub fn leave_screen(terminal: &mut impl Write) -> bool {
    let was_taken = IS_TAKEN.swap(false, Ordering::Relaxed);
    if was_taken {
        // A terminal that is gone needs nothing.
        let _ = execute!(terminal, DisableBracketedPaste, EnableLineWrap, Show, LeaveAlternateScreen);
    }
    was_taken
}

#[cfg(test)]
#[path = "pick_tests.rs"]
mod tests;
