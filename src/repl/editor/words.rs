//! Where a word ends in Chinese, for the keys that delete one or move past it: at punctuation, and where 汉字 and letters
//! meet. The line editor's own words end at a blank (Ctrl-W), or at what is no letter (the other keys), so that to it a
//! whole sentence is one. Where it would stop at the same place, the key is left to it.

use rustyline::{CharSearch, Cmd, KeyCode, KeyEvent, Modifiers, Movement};
use unicode_segmentation::UnicodeSegmentation;

use crate::text::han::is_han;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Han,
    /// A letter or digit of another script.
    Letter,
    /// ASCII that is none, as in paths.
    Sign,
    /// Punctuation of Chinese, and all other signs.
    Mark,
    Blank,
}

/// What a key does that is about words. `None`: what the line editor does.
pub(super) fn obey(KeyEvent(code, modifiers): KeyEvent, line: &str, pos: usize) -> Option<Cmd> {
    let (before, behind) = line.split_at(pos);
    let back = |stop| Movement::ViCharSearch(1, CharSearch::BackwardAfter(stop));
    match (code, modifiers) {
        (KeyCode::Char('W'), Modifiers::CTRL) => Some(Cmd::Kill(back(before_run(before)?))),
        (KeyCode::Backspace, Modifiers::ALT) => Some(Cmd::Kill(back(before_word(before)?))),
        (KeyCode::Char('b' | 'B') | KeyCode::Left, Modifiers::ALT) | (KeyCode::Left, Modifiers::CTRL) => {
            Some(Cmd::Move(back(before_word(before)?)))
        }
        (KeyCode::Char('d' | 'D'), Modifiers::ALT) => {
            Some(Cmd::Kill(Movement::ViCharSearch(1, CharSearch::ForwardBefore(behind_word(behind)?))))
        }
        (KeyCode::Char('f' | 'F') | KeyCode::Right, Modifiers::ALT) | (KeyCode::Right, Modifiers::CTRL) => {
            Some(Cmd::Move(Movement::ViCharSearch(1, CharSearch::Forward(behind_word(behind)?))))
        }
        _ => None,
    }
}

/// The character before the last run of one kind, where it is no blank. None like it stands in the run, so the line editor
/// finds it when it searches backwards.
fn before_run(text: &str) -> Option<char> {
    // A path is one run.
    let joined = |cluster: &str| match kind(cluster) {
        Kind::Sign => Kind::Letter,
        other => other,
    };
    let mut clusters = text.trim_end().graphemes(true).rev();
    let last = joined(clusters.next()?);
    let stop = clusters.find(|cluster| joined(cluster) != last).filter(|stop| kind(stop) != Kind::Blank)?;
    stop.chars().next_back()
}

/// The character before the last word, where it is of another script.
fn before_word(text: &str) -> Option<char> {
    other_script(text.graphemes(true).rev())?.chars().next_back()
}

/// The character behind the first word, where it is of another script.
fn behind_word(text: &str) -> Option<char> {
    other_script(text.graphemes(true))?.chars().next()
}

/// What stands at the first word's end, where that is another word.
fn other_script<'t>(clusters: impl Iterator<Item = &'t str>) -> Option<&'t str> {
    let is_in_word = |cluster: &str| matches!(kind(cluster), Kind::Han | Kind::Letter);
    let mut clusters = clusters.skip_while(|cluster| !is_in_word(cluster));
    let first = kind(clusters.next()?);
    clusters.find(|cluster| kind(cluster) != first).filter(|cluster| is_in_word(cluster))
}

fn kind(cluster: &str) -> Kind {
    match cluster.chars().next() {
        Some(c) if is_han(c) => Kind::Han,
        Some(c) if c.is_alphanumeric() => Kind::Letter,
        Some(c) if c.is_whitespace() => Kind::Blank,
        Some(c) if c.is_ascii() => Kind::Sign,
        _ => Kind::Mark,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_at_punctuation_and_where_scripts_meet() {
        for (text, run, word) in [
            ("", None, None),
            ("你好", None, None),
            ("你好，世界", Some('，'), None),
            ("你好，世界。", Some('界'), None),
            ("你好，世界 ", Some('，'), None),
            ("用Rust", Some('用'), Some('用')),
            ("用Rust写", Some('t'), Some('t')),
            ("用Rust写？", Some('写'), Some('t')),
            ("打开/etc/hosts", Some('开'), None),
            ("hello world", None, None),
            ("你好 world", None, None),
            ("说e\u{301}好", Some('\u{301}'), Some('\u{301}')),
            ("好👍🏽", Some('好'), None),
        ] {
            assert_eq!((before_run(text), before_word(text)), (run, word), "{text:?}");
        }
        for (text, stop) in [
            ("", None),
            ("你好，世界", None),
            ("用Rust写", Some('R')),
            ("，Rust写", Some('写')),
            ("Rust 写", None),
            ("v1.2版", None),
            ("2版", Some('版')),
        ] {
            assert_eq!(behind_word(text), stop, "{text:?}");
        }
    }

    #[test]
    fn keys_for_words() {
        let (line, pos) = ("我用Rust写", "我用Rust".len());
        let search = |search| Movement::ViCharSearch(1, search);
        let back = search(CharSearch::BackwardAfter('用'));
        for (key, cmd) in [
            (KeyEvent::ctrl('W'), Some(Cmd::Kill(back.clone()))),
            (KeyEvent(KeyCode::Backspace, Modifiers::ALT), Some(Cmd::Kill(back.clone()))),
            (KeyEvent::alt('b'), Some(Cmd::Move(back.clone()))),
            (KeyEvent(KeyCode::Left, Modifiers::CTRL), Some(Cmd::Move(back))),
            (KeyEvent::alt('f'), None),
            (KeyEvent(KeyCode::Left, Modifiers::NONE), None),
            (KeyEvent(KeyCode::Char('w'), Modifiers::NONE), None),
        ] {
            assert_eq!(obey(key, line, pos), cmd, "{key:?}");
        }
        assert_eq!(obey(KeyEvent::alt('f'), line, 0), Some(Cmd::Move(search(CharSearch::Forward('R')))));
        assert_eq!(obey(KeyEvent::alt('d'), line, 0), Some(Cmd::Kill(search(CharSearch::ForwardBefore('R')))));
    }
}
