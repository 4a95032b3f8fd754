//! What Tab offers: names of commands, and after each command what it takes. What there is to choose from is handed in;
//! which files there are is `files`.

use unicode_width::UnicodeWidthStr;

use super::files;
use crate::config::settings::{Dial, begins, choices, none, plain, takes_file};
use crate::locale::{Lang, said};
use crate::repl::command;
use crate::text::cut::cut;

/// As many sessions are looked at; further back a person would search otherwise.
const MAX_SESSIONS: usize = 40;

/// So much of a setting's value stands before what the setting does.
const MAX_VALUE: usize = 16;

/// What `/set` takes besides the settings, and what it is.
const PINS: [(&str, [&str; 2]); 2] =
    [("pin", ["固定第 N 轮", "keeps exchange N"]), ("unpin", ["放开第 N 轮", "lets exchange N go"])];

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is typed for it.
    pub word: String,
    /// What it is, for the list.
    pub note: String,
}

/// A session to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) title: Option<String>,
}

/// What there is to choose from; each is asked for only where it is wanted.
pub(super) trait Stock {
    fn dials(&self) -> &[Dial];
    fn models(&self) -> Vec<Choice>;
    /// Newest first.
    fn sessions(&self, n_most: usize) -> Vec<Session>;
}

/// What is offered in the place of what stands between a place in the line and the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) start: usize,
    pub(super) choices: Vec<Choice>,
}

/// What may stand where the cursor is.
pub(super) fn offer(line: &str, pos: usize, stock: &dyn Stock) -> Offer {
    let typed = &line[..pos];
    let Some(name) = command::name_in(typed) else { return Offer { start: pos, choices: Vec::new() } };
    if name.end == pos {
        let is_chinese = !typed[..name.start].ends_with('/');
        return Offer { start: name.start, choices: names(&typed[name], is_chinese) };
    }
    let argument = typed[name.end..].trim_start();
    let start = pos - argument.len();
    // What may become a command elsewhere is known here by its name alone.
    let name = command::row(&typed[name.clone()]).map_or(&typed[name], |row| row.names[0]);
    match name {
        "help" => {
            let slash = argument.len() - argument.trim_start_matches(command::SLASHES).len();
            Offer { start: start + slash, choices: names(&argument[slash..], false) }
        }
        "set" => settings(argument, start, stock.dials()),
        "model" => {
            let mut choices = by_beginning(argument, stock.models());
            choices.extend(files::model(argument));
            Offer { start, choices }
        }
        "load" => Offer { start, choices: sessions(argument, stock) },
        "lang" => {
            let languages = [(Lang::Zh, "中文"), (Lang::En, "English")];
            let all = languages.map(|(lang, note)| Choice { word: lang.name().to_owned(), note: note.to_owned() });
            Offer { start, choices: by_beginning(argument, all) }
        }
        "file" => {
            let (at, choices) = files::several(argument);
            Offer { start: start + at, choices }
        }
        "export" => Offer { start, choices: files::one(argument) },
        _ => Offer { start: pos, choices: Vec::new() },
    }
}

fn names(typed: &str, is_chinese: bool) -> Vec<Choice> {
    let found: Vec<_> = command::beginning(typed).collect();
    let is_sole = found.len() == 1;
    let choice = |(row, name): (&command::Row, &'static str)| {
        let name = match row.names.iter().find(|name| !name.is_ascii() && name.chars().count() > 1) {
            Some(chinese) if is_chinese && typed.is_empty() => *chinese,
            _ => name,
        };
        let takes_more = !row.argument().is_empty();
        let word = if is_sole && takes_more { format!("{name} ") } else { name.to_owned() };
        Choice { word, note: row.help().to_owned() }
    };
    found.into_iter().map(choice).collect()
}

fn settings(argument: &str, start: usize, dials: &[Dial]) -> Offer {
    let Some((key, _)) = argument.split_once(char::is_whitespace) else {
        let plain = plain(argument);
        let begun = dials.iter().filter(|dial| begins(dial.key, &plain));
        let width = dials.iter().map(|dial| dial.value.width().min(MAX_VALUE)).max().unwrap_or(0);
        let note = |Dial { value, help, .. }: &Dial| {
            let value = cut(value, MAX_VALUE);
            format!("{value}{}{help}", " ".repeat(width.saturating_sub(value.width()) + 2))
        };
        let mut choices: Vec<Choice> =
            begun.map(|dial| Choice { word: dial.key.to_owned(), note: note(dial) }).collect();
        let pins = PINS.map(|(word, note)| Choice { word: word.to_owned(), note: said(note).to_owned() });
        choices.extend(by_beginning(&plain, pins));
        if let [sole] = choices.as_mut_slice() {
            sole.word.push(' ');
        }
        return Offer { start, choices };
    };
    let typed = argument[key.len()..].trim_start();
    let start = start + argument.len() - typed.len();
    let key = plain(key);
    let Some(dial) = dials.iter().find(|dial| dial.key == key) else { return Offer { start, choices: Vec::new() } };
    if takes_file(&key) {
        let off = Choice { word: "off".to_owned(), note: String::new() };
        let mut choices = by_beginning(typed, [off]);
        choices.extend(files::one(typed));
        return Offer { start, choices };
    }
    let mut words: Vec<String> = choices(&key).into_iter().map(str::to_owned).collect();
    // A number cannot be guessed; the one in force can be begun from.
    if words.is_empty() && dial.value != none() {
        words.push(dial.value.clone());
    }
    let all = words.into_iter().map(|word| Choice { word, note: String::new() });
    Offer { start, choices: by_beginning(typed, all) }
}

fn by_beginning(typed: &str, all: impl IntoIterator<Item = Choice>) -> Vec<Choice> {
    let typed = typed.to_lowercase();
    all.into_iter().filter(|choice| choice.word.to_lowercase().starts_with(&typed)).collect()
}

/// By id, name or anything in the title.
fn sessions(typed: &str, stock: &dyn Stock) -> Vec<Choice> {
    let wanted = typed.trim_end().to_lowercase();
    let is_in = |text: &Option<String>| text.as_ref().is_some_and(|text| text.to_lowercase().contains(&wanted));
    let found = stock
        .sessions(MAX_SESSIONS)
        .into_iter()
        .filter(|session| session.id.starts_with(&wanted) || is_in(&session.name) || is_in(&session.title));
    let choice = |Session { id, name, title }| match name {
        Some(name) => Choice { note: format!("{id}  {}", title.unwrap_or_default()), word: name },
        None => Choice { word: id, note: title.unwrap_or_default() },
    };
    found.map(choice).collect()
}

/// The choices as a list shows them: words one below another, and beside them what they are, cut at the last column.
pub(super) fn listed(choices: &[Choice], n_columns: usize) -> Vec<String> {
    let has_notes = choices.iter().any(|choice| !choice.note.is_empty());
    let width = choices.iter().map(|choice| choice.word.trim_end().width()).max().unwrap_or(0);
    let line = |choice: &Choice| {
        let word = choice.word.trim_end();
        let gap = if has_notes { width - word.width() + 2 } else { 0 };
        let line = format!("{word}{}{}", " ".repeat(gap), choice.note);
        cut(line.trim_end(), n_columns.saturating_sub(1)).into_owned()
    };
    choices.iter().map(line).collect()
}

#[cfg(test)]
#[path = "completion_tests.rs"]
mod tests;
