//! What people know a session by: the name they gave it, else its first question cut short. Both are harmless on a
//! terminal and stand on one line.

use unicode_width::UnicodeWidthStr;

use crate::text::cut::cut;
use crate::text::{enclosure, untrusted};
use crate::tr;

/// A title is at most this wide, in a terminal's columns.
const MAX_TITLE_COLUMNS: usize = 40;
/// What lies beyond in a question of many pages is not looked at. Characters, and of one word.
const MAX_SEEN_CHARS: usize = 200;
const MAX_NAME_CHARS: usize = 64;

/// The title that a first question gives, from what was said behind the files in it. `None`: there is nothing in it to
/// be seen.
#[must_use]
pub fn title(question: &str) -> Option<String> {
    beginning(enclosure::words(question))
}

/// What stands behind the name or title of a session that goes on from another, which has the same; else nothing.
#[must_use]
pub fn copy_mark(is_copy: bool) -> String {
    if is_copy { tr!("（副本）", " (copy)") } else { String::new() }
}

/// The beginning of a text, by which a person knows it again. `None`: there is nothing in it to be seen.
#[must_use]
pub fn beginning(text: &str) -> Option<String> {
    let mut line = String::new();
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().take(MAX_SEEN_CHARS));
        if line.chars().nth(MAX_SEEN_CHARS).is_some() {
            break;
        }
    }
    let line = untrusted::one_line(&line);
    (line.width() > 0).then(|| cut(&line, MAX_TITLE_COLUMNS).into_owned())
}

/// Whether a session may be called so: letters of any script, digits, `-`, `_` and `.`, of which only a letter or a
/// digit can be the first, so that a name never reads as an option, nor as a path.
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.chars().nth(MAX_NAME_CHARS).is_none()
        && text.starts_with(char::is_alphanumeric)
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn titles() {
        let long = "字".repeat(19);
        for (question, expected) in [
            ("你好", Some("你好")),
            ("  两\r\n\t行\u{3000}字\u{2028}。 ", Some("两 行 字 。")),
            ("\u{1b}]0;x\u{7}好\u{9b}2J", Some("]0;x 好 2J")),
            ("a\u{202e}b\u{e0041}c", Some("abc")),
            ("", None),
            (" \n\u{3000}", None),
            ("\u{200d}\u{200b}", None),
            ("\u{202e}", None),
        ] {
            assert_eq!(title(question).as_deref(), expected, "{question:?}");
        }
        for (question, expected) in [
            (format!("{long}好"), format!("{long}好")),
            (format!("{long}好！"), format!("{long}…")),
            (format!("{long}ab"), format!("{long}ab")),
            (format!("{long}abc"), format!("{long}a…")),
            // Neither a family nor an accent is cut in two.
            (format!("{long}👨‍👩‍👧和"), format!("{long}…")),
            (format!("{}a👨‍👩‍👧和我", "字".repeat(18)), format!("{}a👨‍👩‍👧…", "字".repeat(18))),
            (format!("{long}e\u{301}和我"), format!("{long}e\u{301}…")),
            (format!("{}a👍🏽和我", "字".repeat(18)), format!("{}a👍🏽…", "字".repeat(18))),
            (format!("{} 字字", "字".repeat(18)), format!("{} 字…", "字".repeat(18))),
        ] {
            assert_eq!(title(&question).as_deref(), Some(expected.as_str()), "{question:?}");
        }
    }

    #[test]
    fn files_give_no_title() {
        let file = enclosure::Enclosed { name: "报告.txt", text: "第一章\n```\n第二章" };
        let question = enclosure::enclose(&[file, file], "  总结\n一下 ");
        assert_eq!(title(&question).as_deref(), Some("总结 一下"));
    }

    #[test]
    fn a_question_of_many_pages_has_a_title_as_soon() {
        for question in
            ["字".repeat(3 << 20), "字 ".repeat(1 << 20), "e\u{301}".repeat(1 << 20), "\u{301}".repeat(1 << 20)]
        {
            if let Some(title) = title(&question) {
                assert!(title.chars().count() <= 3 * MAX_SEEN_CHARS, "{}", title.chars().count());
            }
        }
    }

    #[test]
    fn names() {
        for name in ["旅行", "a", "7", "旅行-2_b.c", "Ünïcode", "ネコ", &"字".repeat(64)] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "",
            "-r",
            ".x",
            "_",
            "..",
            "../x",
            "a/b",
            "a\\b",
            "C:x",
            "a b",
            "a\u{3000}b",
            "a\n",
            "\u{1b}[2J",
            "a\u{202e}b",
            "👍",
            &"字".repeat(65),
        ] {
            assert!(!is_name(name), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn a_title_is_one_harmless_line_that_fits(question in "(?s).{0,80}") {
            if let Some(title) = title(&question) {
                prop_assert!((1..=MAX_TITLE_COLUMNS).contains(&title.width()), "{title:?}");
                prop_assert_eq!(untrusted::one_line(&title), title.as_str());
            }
        }
    }
}
