//! Several lines at the prompt: what keeps a line open when Enter is pressed, and what all of it says in the end. Keys
//! and the screen are not here.
//!
//! A fence is three quotation marks in a row, of any kind: an input method gives `“”“` for what a keyboard gives `"""`.

use std::ops::Range;

use crate::repl::command::{self, Line};

const QUOTES: [char; 4] = ['"', '“', '”', '＂'];

/// What Enter does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Enter {
    /// The line is complete.
    Sends,
    /// Another line begins.
    Breaks,
    /// Another line begins, and the backslash before the cursor is not a part of what is said.
    BreaksForBackslash,
}

/// What Enter does with the cursor at `pos` bytes of a line.
pub(super) fn enter(line: &str, pos: usize) -> Enter {
    if is_open(line) {
        Enter::Breaks
    } else if pos == line.len() && ends_in_backslash(line) {
        Enter::BreaksForBackslash
    } else {
        Enter::Sends
    }
}

/// A fence was opened and not closed yet.
pub(super) fn is_open(line: &str) -> bool {
    block(line).is_some_and(|block| !block.is_closed)
}

/// A backslash at the end asks for another line; one that a backslash stands before is a backslash.
pub(super) fn ends_in_backslash(line: &str) -> bool {
    let n_backslashes = line.len() - line.trim_end_matches('\\').len();
    n_backslashes % 2 == 1
}

/// What the lines say. What stands between fences goes to the model as it is, unless a command stands before it.
pub(in crate::repl) fn read(text: &str) -> Line {
    match block(text) {
        Some(Block { before, inside, is_closed: true }) if before.trim().is_empty() => match body(inside) {
            said if said.trim().is_empty() => Line::Empty,
            said => Line::Say(said.to_owned()),
        },
        Some(Block { before, inside, is_closed: true }) => command::read(&format!("{before}{}", body(inside))),
        _ => command::read(text),
    }
}

/// Where the fences stand in a line.
pub(super) fn fences(line: &str) -> Vec<Range<usize>> {
    let Some(Block { before, inside, is_closed }) = block(line) else { return Vec::new() };
    let behind = after_fence(&line[before.len()..]).unwrap_or_default();
    let opening = before.len()..line.len() - behind.len();
    let closing = is_closed.then(|| opening.end + inside.len()..line.trim_end().len());
    std::iter::once(opening).chain(closing).collect()
}

struct Block<'l> {
    before: &'l str,
    inside: &'l str,
    is_closed: bool,
}

fn block(line: &str) -> Option<Block<'_>> {
    let start = match command::name_in(line) {
        Some(name) => line.len() - line[name.end..].trim_start().len(),
        None => line.len() - line.trim_start().len(),
    };
    let (before, fenced) = line.split_at(start);
    let inside = after_fence(fenced)?;
    let (inside, is_closed) = before_fence(inside.trim_end()).map_or((inside, false), |inside| (inside, true));
    Some(Block { before, inside, is_closed })
}

fn after_fence(text: &str) -> Option<&str> {
    text.strip_prefix(QUOTES)?.strip_prefix(QUOTES)?.strip_prefix(QUOTES)
}

fn before_fence(text: &str) -> Option<&str> {
    text.strip_suffix(QUOTES)?.strip_suffix(QUOTES)?.strip_suffix(QUOTES)
}

/// The line break behind the first fence, and the one before the last, belong to the fences.
fn body(inside: &str) -> &str {
    let text = match inside.split_once('\n') {
        Some((first, rest)) if first.trim().is_empty() => rest,
        _ => inside,
    };
    match text.rsplit_once('\n') {
        Some((rest, last)) if last.trim().is_empty() => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repl::command::Command;
    use proptest::prelude::*;

    #[test]
    fn what_enter_does() {
        for (line, expected) in [
            ("", Enter::Sends),
            ("你好", Enter::Sends),
            ("你好\\", Enter::BreaksForBackslash),
            ("一\\\\", Enter::Sends),
            ("一\\\\\\", Enter::BreaksForBackslash),
            ("一\n二\\", Enter::BreaksForBackslash),
            ("/system 你是\\", Enter::BreaksForBackslash),
            ("\"\"\"", Enter::Breaks),
            ("  “““", Enter::Breaks),
            ("“”“", Enter::Breaks),
            ("＂＂＂一", Enter::Breaks),
            ("\"\"\"一\\", Enter::Breaks),
            ("\"\"\"一\n二", Enter::Breaks),
            ("\"\"\"一\"\"", Enter::Breaks),
            ("\"\"\"\"\"", Enter::Breaks),
            ("\"\"\"一\"\"\"", Enter::Sends),
            ("“““一\n”””  ", Enter::Sends),
            ("“”“一”“”", Enter::Sends),
            ("\"\"\"\"\"\"", Enter::Sends),
            ("说\"\"\"", Enter::Sends),
            ("\"\"", Enter::Sends),
            ("/system \"\"\"你是", Enter::Breaks),
            ("／系统\u{3000}“““你是", Enter::Breaks),
            ("/system \"\"", Enter::Sends),
            ("//\"\"\"", Enter::Sends),
        ] {
            assert_eq!(enter(line, line.len()), expected, "{line:?}");
        }
        assert_eq!(enter("一\\", 0), Enter::Sends, "only where the cursor stands behind it");
        assert_eq!(enter("\"\"\"一", 0), Enter::Breaks);
    }

    #[test]
    fn where_the_fences_stand() {
        for (line, expected) in [
            ("\"\"\"一", vec![(0, 3)]),
            (" “““一””” ", vec![(1, 10), (13, 22)]),
            ("/system \"\"\"", vec![(8, 11)]),
            ("\"\"\"\"\"\"", vec![(0, 3), (3, 6)]),
            ("\"\"", vec![]),
            ("", vec![]),
        ] {
            let found: Vec<_> = fences(line).iter().map(|fence| (fence.start, fence.end)).collect();
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn what_the_lines_say() {
        for (text, said) in [
            ("\"\"\"\n一\n\n二\n\"\"\"", "一\n\n二"),
            ("“““一\n二”””", "一\n二"),
            ("“”“一”“”", "一"),
            ("\"\"\"  \n  缩进\n  \"\"\" ", "  缩进"),
            ("\"\"\"\n/etc/passwd\n\"\"\"", "/etc/passwd"),
            ("\"\"\"\n//\n\"\"\"", "//"),
            ("\"\"\"他说“好””””", "他说“好”"),
            ("\"\"\"没有结束", "\"\"\"没有结束"),
            ("一\n二", "一\n二"),
        ] {
            assert_eq!(read(text), Line::Say(said.to_owned()), "{text:?}");
        }
        for text in ["", "\"\"\"\"\"\"", "“““\n\n”””", "\"\"\" \n \"\"\""] {
            assert_eq!(read(text), Line::Empty, "{text:?}");
        }
        for text in ["/system \"\"\"\n一\n二\n\"\"\"", "、系统 “““一\n二”””"] {
            assert_eq!(read(text), Line::Command(Command::System(Some("一\n二".to_owned()))), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_fenced_goes_to_the_model_as_it_is(text in "[a/“\"\\\\ 好\n]{0,12}好[a/ \n]{0,4}好") {
            let fenced = format!("\"\"\"\n{text}\n\"\"\"");
            prop_assert!(!is_open(&fenced));
            prop_assert_eq!(read(&fenced), Line::Say(text));
        }

        #[test]
        fn any_line_is_read(text in "[/／\"“ a\\\\\n好]{0,10}") {
            let _ = (read(&text), enter(&text, text.len()));
        }
    }
}
