//! What the picker shows, and what the keys do to it. No terminal is here: keys come in as what they mean, and what is
//! to be seen goes out as lines.
//!
//! A session is read when it is shown, or looked through for what is typed, and then once. So the first screen is there
//! at once however many there are, and a search goes on between two keys.

use std::ops::ControlFlow;
use std::time::{Instant, SystemTime};

use unicode_width::UnicodeWidthStr;

use crate::render::table::table;
use crate::render::when::when;
use crate::session::{Id, Kept, Refused, Summary, copy_mark};
use crate::text::Untrusted;
use crate::text::cut::{cut, is_boundary};
use crate::text::untrusted;
use crate::tr;

/// What stands before what is typed, and its columns.
pub(super) const PROMPT: &str = "> ";
/// What stands before the line that is chosen: as wide as the indent of a table.
const CHOSEN: &str = "> ";
/// Lines of the screen that tell no session: the head, what is typed, the foot.
const N_OTHER_LINES: usize = 3;
/// Nobody looks for more.
const MAX_TYPED_CHARS: usize = 100;

/// What a key means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// To look for this, typed or pasted.
    Text(String),
    /// To take the last character back.
    Backspace,
    /// To take the last word back.
    DropWord,
    /// To take all back.
    DropAll,
    /// One line up.
    Up,
    /// One line down.
    Down,
    /// One screen up.
    PageUp,
    /// One screen down.
    PageDown,
    /// To the best one.
    First,
    /// To the last one.
    Last,
    /// This one.
    Choose,
    /// None of them.
    Leave,
}

/// What is to be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    /// What the keys do.
    pub(super) head: String,
    /// What is typed, or the end of it.
    pub(super) typed: String,
    /// Sessions.
    pub(super) lines: Vec<String>,
    /// Which of the lines is the chosen one.
    pub(super) chosen: Option<usize>,
    /// How many there are.
    pub(super) foot: String,
}

/// The sessions to choose from, and how far the choice is.
pub(super) struct Menu {
    entries: Vec<Entry>,
    /// The session that is being held here.
    open: Option<Id>,
    typed: String,
    /// What is typed, to be looked for.
    words: Vec<String>,
    /// Those that fit what is typed, best first: how loosely each does, and its place.
    found: Vec<(usize, usize)>,
    /// So many have been looked through.
    n_searched: usize,
    /// A place among those found.
    chosen: usize,
    /// The person chose it, and it stays chosen when better ones are found.
    has_moved: bool,
    /// The person took one where none fits.
    has_missed: bool,
    /// The first of those found that is shown.
    top: usize,
    n_lines: usize,
}

struct Entry {
    kept: Kept,
    told: Option<Told>,
}

/// What was read of a session.
struct Told {
    label: String,
    model: String,
    /// Its name and its title, in small letters.
    names: String,
    /// All that it is found by, in small letters.
    all: String,
}

impl Menu {
    /// A choice among these, the first one first, with something typed already.
    pub(super) fn new(all: Vec<Kept>, typed: &str, open: Option<Id>) -> Self {
        let entries = all.into_iter().map(|kept| Entry { kept, told: None }).collect();
        let mut menu = Self {
            entries,
            open,
            typed: String::new(),
            words: Vec::new(),
            found: Vec::new(),
            n_searched: 0,
            chosen: 0,
            has_moved: false,
            has_missed: false,
            top: 0,
            n_lines: 1,
        };
        menu.add(typed);
        menu
    }

    /// Whether there are sessions that have not been looked through.
    pub(super) fn is_searching(&self) -> bool {
        self.n_searched < self.entries.len()
    }

    /// Looks through the next ones: one at least, and others until this moment.
    pub(super) fn search(&mut self, until: Instant) {
        let held = self.found.get(self.chosen).copied().filter(|_| self.has_moved);
        while self.is_searching() {
            let place = self.n_searched;
            self.n_searched += 1;
            if let Some(loose) = looseness(&self.words, self.entries[place].told()) {
                self.found.push((loose, place));
            }
            if Instant::now() >= until {
                break;
            }
        }
        self.found.sort_unstable();
        if let Some(held) = held {
            self.chosen = self.found.binary_search(&held).unwrap_or(0);
        }
    }

    /// Looks through all of them, and tells whether any fits what is typed.
    pub(super) fn finds_any(&mut self) -> bool {
        while self.is_searching() {
            self.search(Instant::now());
        }
        !self.found.is_empty()
    }

    /// Does what a key says. Breaks with the session that was chosen, or none.
    pub(super) fn press(&mut self, key: Key) -> ControlFlow<Option<Kept>> {
        let last = self.found.len().saturating_sub(1);
        match key {
            Key::Text(text) => self.add(&text),
            Key::Backspace => {
                let mut ends = self.typed.char_indices().rev().map(|(i, _)| i);
                let end = ends.find(|i| is_boundary(&self.typed, *i)).unwrap_or(0);
                self.typed.truncate(end);
                self.begin_search();
            }
            Key::DropWord => {
                let end = self.typed.trim_end().rfind(' ').map_or(0, |i| i + 1);
                self.typed.truncate(end);
                self.begin_search();
            }
            Key::DropAll => {
                self.typed.clear();
                self.begin_search();
            }
            Key::Up => self.go_to(self.chosen.saturating_sub(1)),
            Key::Down => self.go_to(self.chosen + 1),
            Key::PageUp => self.go_to(self.chosen.saturating_sub(self.n_lines)),
            Key::PageDown => self.go_to(self.chosen + self.n_lines),
            Key::First => self.go_to(0),
            Key::Last => self.go_to(last),
            Key::Choose => {
                // Typed faster than it was looked for.
                if self.found.is_empty() {
                    self.finds_any();
                }
                if let Some((_, place)) = self.found.get(self.chosen) {
                    return ControlFlow::Break(Some(self.entries[*place].kept.clone()));
                }
                self.has_missed = true;
            }
            Key::Leave => return ControlFlow::Break(None),
        }
        ControlFlow::Continue(())
    }

    fn add(&mut self, text: &str) {
        let on_one_line = text.replace(|c: char| c.is_whitespace() || c.is_control(), " ");
        let room = MAX_TYPED_CHARS.saturating_sub(self.typed.chars().count());
        self.typed.extend(untrusted::one_line(&on_one_line).chars().take(room));
        self.begin_search();
    }

    fn begin_search(&mut self) {
        self.words = self.typed.split_whitespace().map(str::to_lowercase).collect();
        (self.chosen, self.top, self.has_moved, self.has_missed) = (0, 0, false, false);
        if self.words.is_empty() {
            self.found = (0..self.entries.len()).map(|place| (0, place)).collect();
            self.n_searched = self.entries.len();
        } else {
            self.found.clear();
            self.n_searched = 0;
        }
    }

    fn go_to(&mut self, place: usize) {
        self.chosen = place.min(self.found.len().saturating_sub(1));
        self.has_moved = true;
    }

    /// What is to be seen on a terminal of this size.
    pub(super) fn view(&mut self, n_columns: usize, n_rows: usize, now: SystemTime) -> View {
        self.n_lines = n_rows.saturating_sub(N_OTHER_LINES).max(1);
        let last_top = self.found.len().saturating_sub(self.n_lines);
        self.top = self.top.clamp((self.chosen + 1).saturating_sub(self.n_lines), self.chosen).min(last_top);
        let mut rows = Vec::new();
        for &(_, place) in self.found.iter().skip(self.top).take(self.n_lines) {
            rows.push(self.entries[place].cells(self.open, now));
        }
        let chosen = (!rows.is_empty()).then_some(self.chosen - self.top);
        let line = |(i, line): (usize, &str)| {
            let line = match line.get(CHOSEN.len()..) {
                Some(rest) if Some(i) == chosen => format!("{CHOSEN}{rest}"),
                _ => line.to_owned(),
            };
            cut(&line, n_columns).into_owned()
        };
        View {
            head: cut(&head(), n_columns).into_owned(),
            typed: tail(&self.typed, n_columns.saturating_sub(PROMPT.len() + 1)).to_owned(),
            lines: table(&rows).lines().enumerate().map(line).collect(),
            chosen,
            foot: cut(&self.foot(), n_columns).into_owned(),
        }
    }

    fn foot(&self) -> String {
        let (n_found, n_all) = (self.found.len(), self.entries.len());
        if self.is_searching() {
            tr!("{n_found}/{n_all}，还在找…", "{n_found}/{n_all}, still searching…")
        } else if self.has_missed {
            tr!("这里没有可选定的：退格再试，或按 Esc 离开", "there is none to take: Backspace, or Esc to leave")
        } else if n_found == 0 {
            tr!("没有符合的（共 {n_all} 个）：退格再试", "none of the {n_all} fits: Backspace, and try again")
        } else {
            format!("{n_found}/{n_all}")
        }
    }
}

fn head() -> String {
    tr!(
        "选一个会话：打字筛选，上下键移动，回车选定，Esc 离开",
        "choose a session: type to filter, arrows to move, Enter to take it, Esc to leave"
    )
}

/// The end of a text, as much of it as fits.
fn tail(text: &str, n_columns: usize) -> &str {
    let begins = text.char_indices().map(|(i, _)| i).filter(|i| is_boundary(text, *i));
    begins.map(|i| &text[i..]).find(|rest| rest.width() <= n_columns).unwrap_or_default()
}

/// How loosely a session fits: by how many of the words it has but scattered. `None`: it does not.
fn looseness(words: &[String], told: &Told) -> Option<usize> {
    let of = |word: &String| {
        if told.all.contains(word.as_str()) {
            Some(0)
        } else if is_scattered(word, &told.names) {
            Some(1)
        } else {
            None
        }
    };
    words.iter().map(of).sum()
}

/// Whether all characters of a word are there, in their order.
fn is_scattered(word: &str, text: &str) -> bool {
    let mut rest = text.chars();
    word.chars().all(|c| rest.any(|other| other == c))
}

impl Entry {
    fn told(&mut self) -> &Told {
        let Self { kept, told } = self;
        told.get_or_insert_with(|| Told::of(kept.id, kept.summary()))
    }

    fn cells(&mut self, open: Option<Id>, now: SystemTime) -> [String; 4] {
        let when = when(self.kept.modified, now);
        let id = self.kept.id;
        let told = self.told();
        let this = if open == Some(id) { tr!("（正在聊）", " (this one)") } else { String::new() };
        [when, format!("{}{this}", told.label), told.model.clone(), id.to_string()]
    }
}

impl Told {
    fn of(id: Id, summary: Result<Summary, Refused>) -> Self {
        let unnamed = match &summary {
            Ok(_) => tr!("没有文字", "no words"),
            Err(_) => tr!("读不了", "cannot be read"),
        };
        let summary = summary.unwrap_or_default();
        let model = summary.model.as_deref().map(|model| Untrusted(model).to_string()).unwrap_or_default();
        let copy = copy_mark(summary.is_copy);
        let known: Vec<String> = summary.name.into_iter().chain(summary.title).collect();
        let names = known.join(" ").to_lowercase();
        let all = format!("{id} {names} {}", model.to_lowercase());
        let label = known.into_iter().next().unwrap_or(unnamed);
        Self { label: label + &copy, model, names, all }
    }
}

#[cfg(test)]
#[path = "menu_tests.rs"]
mod tests;
