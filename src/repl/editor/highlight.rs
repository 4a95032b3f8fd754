//! How a line looks while it is typed: the name of a command in colour, marks and fences faint, and each character as
//! wide as the line editor takes it for, whatever the terminal makes of it.
//!
//! The line editor counts a cluster such as 👨‍👩‍👧, 👍🏽 or ❤️ as one character of two columns. Terminals do not agree:
//! tmux 3.3 gives them 2, 4 and 1, xterm 6, 4 and 1. So of a cluster that is not as wide as its characters are by
//! themselves only the first one is shown, filled up with blanks; then the cursor stands right everywhere. What is
//! sent is what was typed.
//!
//! A line made here has the width of the one it was made of, with a tab one column wide.

use std::borrow::Cow;
use std::ops::Range;

use crossterm::style::Stylize;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{is_hidden, lines};
use crate::repl::command;

/// How a part of a line is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paint {
    Command,
    Unknown,
    Faint,
}

/// What of a line is shown, in colour where `marks` are given: the places of what was folded.
pub(super) fn show<'l>(line: &'l str, marks: Option<&[Range<usize>]>) -> Cow<'l, str> {
    let Some(marks) = marks else { return plain(line) };
    let mut painted = parts(line, marks);
    painted.sort_by_key(|(range, _)| range.start);
    if painted.is_empty() {
        return plain(line);
    }
    let (mut shown, mut end) = (String::with_capacity(line.len() + 32), 0);
    for (range, paint) in painted {
        if range.start < end {
            continue;
        }
        shown.push_str(&plain(&line[end..range.start]));
        shown.push_str(&coloured(&plain(&line[range.clone()]), paint));
        end = range.end;
    }
    shown.push_str(&plain(&line[end..]));
    Cow::Owned(shown)
}

/// The line with what makes up for a fault of the line editor: with the cursor behind a line that fills its row to the
/// last column, it takes the next line for one row lower than it is, and would clear a row too many above the prompt.
pub(super) fn with_room_for_cursor(line: &str, pos: usize, n_columns: usize) -> Cow<'_, str> {
    let (before, behind) = line.split_at(pos);
    if behind.starts_with('\n') && fills_its_row(before, n_columns) {
        Cow::Owned(format!("{before}\n{behind}"))
    } else {
        Cow::Borrowed(line)
    }
}

fn fills_its_row(text: &str, n_columns: usize) -> bool {
    let (indent, last) = text.rsplit_once('\n').map_or((super::N_PROMPT_COLUMNS, text), |(_, last)| (0, last));
    let column = last.graphemes(true).map(UnicodeWidthStr::width).fold(indent, |column, n| match column + n {
        column if column > n_columns => n,
        column => column,
    });
    column == n_columns
}

/// A hint, behind what is typed.
pub(super) fn faint(text: &str) -> String {
    coloured(&plain(text), Paint::Faint)
}

/// Whether a line looks otherwise than its characters one after another do, so that it has to be drawn whole at every
/// key.
pub(super) fn is_drawn_whole(line: &str, n_columns: usize) -> bool {
    command::name_in(line).is_some()
        || !line.chars().all(is_simple)
        || line.contains(['"', '“', '”', '＂', super::fold::OPENING])
        // Where a wide character did not fit at the end of a row, taking it away moves what is before it.
        || line.width() + super::N_PROMPT_COLUMNS >= n_columns
}

/// Whether a character is shown by itself, and so as wide as it is taken for.
fn is_simple(c: char) -> bool {
    // These are wide themselves, and yet may be drawn as one with the one before.
    let may_join = matches!(c, '\u{1F3FB}'..='\u{1F3FF}' | '\u{1F1E6}'..='\u{1F1FF}');
    c.width().is_some_and(|n| n > 0) && !may_join
}

fn parts(line: &str, marks: &[Range<usize>]) -> Vec<(Range<usize>, Paint)> {
    let mut parts: Vec<(Range<usize>, Paint)> = marks.iter().map(|mark| (mark.clone(), Paint::Faint)).collect();
    if let Some(name) = command::name_in(line) {
        let start = line.len() - line.trim_start().len();
        let typed = &line[name.clone()];
        match command::row(typed) {
            Some(_) => parts.push((start..name.end, Paint::Command)),
            // While it is being typed, it may still become one.
            None if name.end == line.len() && command::begins(typed) => {}
            None => parts.push((start..name.end, Paint::Unknown)),
        }
    }
    parts.extend(lines::fences(line).into_iter().map(|fence| (fence, Paint::Faint)));
    parts
}

fn coloured(text: &str, paint: Paint) -> String {
    match paint {
        Paint::Command => text.cyan().to_string(),
        Paint::Unknown => text.red().to_string(),
        Paint::Faint => text.dim().to_string(),
    }
}

fn plain(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| c == '\n' || is_simple(c)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for cluster in text.graphemes(true) {
        let n_columns = cluster.width();
        let n_apart: usize = cluster.chars().map(|c| c.width().unwrap_or(0)).sum();
        match cluster {
            "\n" => shown.push('\n'),
            "\t" => shown.push(' '),
            _ if cluster.contains(is_hidden) => {}
            _ if n_columns == n_apart => shown.push_str(cluster),
            _ => {
                let first = cluster.chars().next().filter(|c| c.width().is_some_and(|n| n <= n_columns));
                shown.extend(first);
                let n_shown = first.and_then(UnicodeWidthChar::width).unwrap_or(0);
                shown.push_str(&" ".repeat(n_columns - n_shown));
            }
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
#[path = "highlight_tests.rs"]
mod tests;
