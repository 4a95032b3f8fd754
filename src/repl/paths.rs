//! Paths as a person types them behind a command, where no shell takes them apart: blanks, quotation marks (also those of
//! a Chinese input method), backslashes as terminals put them before the blanks of a file dropped on them, `~`, `*` and
//! `?`. What is at a path is not looked at.
//!
//! A line that names something as it stands is that one path, whatever is in it.

use std::path::{Component, Path, PathBuf};
use std::str::Chars;

use crate::config::paths::at_home;
use crate::exit::Failed;
use crate::text::Untrusted;
use crate::tr;

/// So many files of one pattern are meant; more are a slip.
const MAX_MATCHES: usize = 100;

/// On Windows a backslash is a part of most paths.
const HAS_ESCAPES: bool = !cfg!(windows);

/// The paths that were typed. Patterns have become the files that they fit, folders left out, by name.
///
/// # Errors
/// A usage error: a quotation mark is not closed, a pattern fits nothing, or far too much.
pub(super) fn read(typed: &str, home: Option<&Path>) -> Result<Vec<PathBuf>, Failed> {
    let typed = typed.trim();
    let whole = at_home(typed, home);
    if exists(&whole) {
        return Ok(vec![whole]);
    }
    let words = split(typed)
        .map_err(|quote| Failed::usage(tr!("引号 {quote} 没有配对", "the quotation mark {quote} is not closed")))?;
    let mut paths = Vec::new();
    for word in words {
        let path = if word.has_tilde { at_home(&word.text, home) } else { PathBuf::from(&word.text) };
        if word.is_pattern && !exists(&path) {
            paths.extend(matching(&path, &word.text)?);
        } else {
            paths.push(path);
        }
    }
    Ok(paths)
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// One path as typed, its quotation marks and backslashes gone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Word {
    text: String,
    /// It begins with a `~` that was not quoted.
    has_tilde: bool,
    /// It has a `*` or a `?` that was not quoted.
    is_pattern: bool,
}

/// Takes a line apart. The error is the quotation mark that is not closed.
fn split(typed: &str) -> Result<Vec<Word>, char> {
    let mut words = Vec::new();
    let mut begun: Option<Word> = None;
    let mut rest = typed.chars();
    while let Some(c) = rest.next() {
        if c.is_whitespace() {
            words.extend(begun.take());
            continue;
        }
        let is_first = begun.is_none();
        let word = begun.get_or_insert_default();
        if let Some(close) = closing(c, is_first) {
            quoted(&mut rest, close, &mut word.text).ok_or(c)?;
        } else if c == '\\' && HAS_ESCAPES {
            word.text.push(rest.next().unwrap_or(c));
        } else {
            word.has_tilde |= is_first && matches!(c, '~' | '～');
            word.is_pattern |= matches!(c, '*' | '?');
            word.text.push(c);
        }
    }
    words.extend(begun);
    words.retain(|word| !word.text.is_empty());
    Ok(words)
}

/// The mark that closes what this one opens. Those of Chinese stand within many a name, and open only before it.
fn closing(mark: char, is_first: bool) -> Option<char> {
    match mark {
        '\'' | '"' => Some(mark),
        '“' if is_first => Some('”'),
        '‘' if is_first => Some('’'),
        '「' if is_first => Some('」'),
        _ => None,
    }
}

/// Takes what stands before the closing mark. `None`: there is none.
fn quoted(rest: &mut Chars<'_>, close: char, text: &mut String) -> Option<()> {
    loop {
        match rest.next()? {
            c if c == close => return Some(()),
            '\\' if HAS_ESCAPES && close == '"' => match rest.next()? {
                c @ ('"' | '\\') => text.push(c),
                c => text.extend(['\\', c]),
            },
            c => text.push(c),
        }
    }
}

/// The files that a pattern fits.
fn matching(pattern: &Path, typed: &str) -> Result<Vec<PathBuf>, Failed> {
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        found = match part {
            Component::Normal(name) if name.to_str().is_some_and(is_pattern) => {
                let name: Vec<char> = name.to_string_lossy().chars().collect();
                found.iter().flat_map(|folder| fitting(folder, &name)).collect()
            }
            part => found.into_iter().map(|folder| folder.join(part)).collect(),
        };
    }
    found.retain(|path| path.is_file());
    let (typed, n) = (Untrusted(typed), found.len());
    match n {
        0 => Err(Failed::usage(tr!("没有符合 {typed} 的文件", "no file matches {typed}"))),
        1..=MAX_MATCHES => Ok(found),
        _ => Err(Failed::usage(tr!(
            "符合 {typed} 的有 {n} 个文件，一次最多 {MAX_MATCHES} 个：请写得窄一些",
            "{n} files match {typed}, and at most {MAX_MATCHES} are allowed at a time: narrow it down"
        ))),
    }
}

fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// What in a folder has a name that fits, sorted; hidden ones only where the pattern begins so.
fn fitting(folder: &Path, pattern: &[char]) -> Vec<PathBuf> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    // A folder that cannot be looked into has nothing that fits.
    let entries = std::fs::read_dir(here).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let is_shown = |name: &String| !name.starts_with('.') || pattern.first() == Some(&'.');
    let mut names: Vec<String> = names.filter(is_shown).filter(|name| fits(pattern, name)).collect();
    names.sort_unstable();
    names.into_iter().map(|name| folder.join(name)).collect()
}

/// Whether a name fits a pattern, in which `*` stands for any characters and `?` for one.
fn fits(pattern: &[char], name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    // Behind the last star, and the first character that it does not stand for.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                p += 1;
                star = Some((p, n));
            }
            Some(c) if *c == '?' || *c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match &mut star {
                Some((behind, end)) => {
                    *end += 1;
                    (p, n) = (*behind, *end);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
#[path = "paths_tests.rs"]
mod tests;
