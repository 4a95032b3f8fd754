//! Files and folders for Tab, by the beginning of their path. Names with blanks are put in quotation marks where
//! several paths may follow one another.

use std::path::{Path, PathBuf};

use super::completion::Choice;
use crate::config::paths::at_home;
use crate::text::names::has_ending;

/// A larger folder is not looked through.
const MAX_LOOKED_AT: usize = 10_000;
/// A longer list helps nobody.
const MAX_OFFERED: usize = 100;

/// For a command that takes one path, blanks and all.
pub(super) fn one(typed: &str) -> Vec<Choice> {
    choices(beginning_with(typed, |_| true))
}

/// For a command that takes a model, which may be a name too: only a path leads to a file.
pub(super) fn model(typed: &str) -> Vec<Choice> {
    if typed.contains(is_separator) {
        choices(beginning_with(typed, |name| has_ending(name, "gguf")))
    } else {
        Vec::new()
    }
}

fn choices(found: Vec<Found>) -> Vec<Choice> {
    found.into_iter().map(|Found { path, .. }| Choice { word: path, note: String::new() }).collect()
}

/// For a command that takes several paths: where the last one begins, and what it may become.
pub(super) fn several(typed: &str) -> (usize, Vec<Choice>) {
    let (start, quote) = last_path(typed);
    let path = &typed[start + quote.map_or(0, char::len_utf8)..];
    let found = beginning_with(path, |_| true);
    let needs_quotes = |found: &Found| found.path.contains(char::is_whitespace);
    // All in the same way, so that what they begin with can be filled in.
    let quote = quote.or_else(|| found.iter().any(needs_quotes).then_some('"'));
    let Some(open) = quote else { return (start, choices(found)) };
    let close = closing(open);
    let is_sole = found.len() == 1;
    let quoted = |Found { path, is_folder }: Found| {
        let end = if is_sole && !is_folder { close.to_string() } else { String::new() };
        Choice { word: format!("{open}{path}{end}"), note: String::new() }
    };
    // A mark inside its own kind of marks would end them.
    (start, found.into_iter().filter(|found| !found.path.contains(close)).map(quoted).collect())
}

fn closing(open: char) -> char {
    if open == '“' { '”' } else { open }
}

/// Where the last of several paths begins, and the quotation mark that it begins with.
fn last_path(typed: &str) -> (usize, Option<char>) {
    let (mut start, mut quote) = (0, None);
    let mut is_between = true;
    for (i, c) in typed.char_indices() {
        match quote {
            Some(open) if c == closing(open) => quote = None,
            Some(_) => {}
            None if c.is_whitespace() => is_between = true,
            None if is_between => {
                (start, is_between) = (i, false);
                quote = matches!(c, '"' | '\'' | '“').then_some(c);
            }
            None => {}
        }
    }
    if is_between { (typed.len(), None) } else { (start, quote) }
}

struct Found {
    path: String,
    is_folder: bool,
}

fn is_separator(c: char) -> bool {
    c == '/' || cfg!(windows) && c == '\\'
}

/// What is on the disk whose path begins so, as typed: folders, with a slash behind, and the files with a name that will
/// do.
fn beginning_with(typed: &str, will_do: fn(&str) -> bool) -> Vec<Found> {
    let n_folder = typed.rfind(is_separator).map_or(0, |i| i + 1);
    let (folder, beginning) = typed.split_at(n_folder);
    let files = std::fs::read_dir(on_disk(folder, dirs::home_dir().as_deref()))
        .into_iter()
        .flatten()
        .take(MAX_LOOKED_AT)
        .flatten();
    let all = files.filter_map(|file| {
        let name = file.file_name().into_string().ok()?;
        let is_offered = name.starts_with(beginning)
            // What begins with a dot is hidden from whoever does not type it.
            && (beginning.starts_with('.') || !name.starts_with('.'))
            && !name.contains(char::is_control);
        // Of a link it matters where it leads.
        let is_folder = is_offered && file.path().is_dir();
        let end = if is_folder { "/" } else { "" };
        (is_folder || is_offered && will_do(&name)).then(|| Found { path: format!("{folder}{name}{end}"), is_folder })
    });
    let mut all: Vec<Found> = all.collect();
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all.truncate(MAX_OFFERED);
    all
}

fn on_disk(folder: &str, home: Option<&Path>) -> PathBuf {
    at_home(if folder.is_empty() { "." } else { folder }, home)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, String) {
        let dir = tempfile::tempdir().unwrap();
        for name in ["我的文件.txt", "我的 笔记.md", "paper.md", ".hidden", "引“号”.md"] {
            std::fs::write(dir.path().join(name), "x").unwrap();
        }
        std::fs::create_dir_all(dir.path().join("论 文/第一章")).unwrap();
        let path = dir.path().to_str().expect("a temporary path is text").to_owned();
        (dir, path)
    }

    fn words(choices: Vec<Choice>) -> Vec<String> {
        choices.into_iter().map(|choice| choice.word).collect()
    }

    #[test]
    fn one_path() {
        let (_dir, at) = folder();
        for (typed, expected) in [
            ("我", vec!["我的 笔记.md", "我的文件.txt"]),
            ("我的 ", vec!["我的 笔记.md"]),
            ("论", vec!["论 文/"]),
            ("论 文/", vec!["论 文/第一章/"]),
            ("", vec!["paper.md", "引“号”.md", "我的 笔记.md", "我的文件.txt", "论 文/"]),
            (".h", vec![".hidden"]),
            ("没有", vec![]),
            ("没有/", vec![]),
        ] {
            let expected: Vec<String> = expected.into_iter().map(|path| format!("{at}/{path}")).collect();
            assert_eq!(words(one(&format!("{at}/{typed}"))), expected, "{typed}");
        }
    }

    #[test]
    fn a_model_is_a_file_only_by_its_path() {
        let (dir, at) = folder();
        std::fs::write(dir.path().join("paper.GGUF"), "x").unwrap();
        for (typed, expected) in [("", vec!["paper.GGUF", "论 文/"]), ("p", vec!["paper.GGUF"]), ("我", vec![])] {
            let expected: Vec<String> = expected.into_iter().map(|path| format!("{at}/{path}")).collect();
            assert_eq!(words(model(&format!("{at}/{typed}"))), expected, "{typed}");
        }
        for name in ["", "d", "hf:a/b"] {
            assert_eq!(words(model(name)), [""; 0], "{name}");
        }
    }

    #[test]
    fn a_folder_is_looked_for_where_the_command_will_look() {
        let home = Some(Path::new("/家"));
        for (folder, expected) in [("", "."), ("a/", "a/"), ("~/", "/家"), ("～/文件/", "/家/文件"), ("/", "/")]
        {
            assert_eq!(on_disk(folder, home), Path::new(expected), "{folder}");
        }
    }

    #[test]
    fn several_paths() {
        let (_dir, at) = folder();
        for (typed, start, expected) in [
            ("AT/p", 0, vec!["AT/paper.md"]),
            ("AT/我的文", 0, vec!["AT/我的文件.txt"]),
            ("AT/我的", 0, vec!["\"AT/我的 笔记.md", "\"AT/我的文件.txt"]),
            ("\"AT/我的 ", 0, vec!["\"AT/我的 笔记.md\""]),
            ("“AT/我的 ", 0, vec!["“AT/我的 笔记.md”"]),
            ("'AT/p", 0, vec!["'AT/paper.md'"]),
            ("“AT/引", 0, vec![]),
            ("a AT/p", 2, vec!["AT/paper.md"]),
            ("\"a b\" AT/论", 6, vec!["\"AT/论 文/"]),
            ("a AT/没有", 2, vec![]),
        ] {
            let here = |text: &str| text.replace("AT", &at);
            let expected: Vec<String> = expected.into_iter().map(here).collect();
            let (found_start, choices) = several(&here(typed));
            assert_eq!((found_start, words(choices)), (start, expected), "{typed}");
        }
    }

    #[test]
    fn where_the_last_path_begins() {
        for (typed, expected) in [
            ("", (0, None)),
            ("a", (0, None)),
            ("a ", (2, None)),
            ("a b", (2, None)),
            ("a\u{3000}b", (4, None)),
            ("\"a b", (0, Some('"'))),
            ("“a b” 'c", (10, Some('\''))),
            ("it's b", (5, None)),
            ("\"a\"", (0, None)),
        ] {
            assert_eq!(last_path(typed), expected, "{typed}");
        }
    }
}
