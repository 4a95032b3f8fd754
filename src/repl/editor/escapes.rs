//! Escape sequences in a paste: colours, links, titles, of which nothing goes into the line. The line editor reads them
//! as keys, and most of them whole. But at `ESC [ 0` it gives up on the spot, as it does in the middle of
//! `ESC [ 38;5;196m`, and what is left of them comes in as letters. So a mark stands where a sequence began, and once all
//! of the paste is there, what is left behind a mark is taken out.
//!
//! The marks are control characters, which never come in as text from a terminal nor leave with the line.

use rustyline::{KeyCode, Modifiers};

/// `ESC [`, of which all may be taken already, or only the beginning.
const BEGUN: char = '\u{9b}';
/// `ESC ]`, up to one of its ends.
const COMMAND: char = '\u{9d}';
/// BEL, and `ESC \`.
const ENDS: [char; 2] = ['\u{7}', '\u{9c}'];
/// `ESC (`, and the one character behind it that names a character set.
const CHARSET: char = '\u{8e}';
/// The end of a paste, `ESC [201~`, where a sequence that the paste broke off had swallowed its escape.
const TORN_END: &str = "\u{9b}[201~";

/// The mark for a key that was the beginning, or the end, of an escape sequence.
pub(super) fn mark(code: KeyCode, modifiers: Modifiers) -> Option<char> {
    match (code, modifiers) {
        (KeyCode::UnknownEscSeq, _) => Some(BEGUN),
        (KeyCode::Char(']'), Modifiers::ALT) => Some(COMMAND),
        (KeyCode::Char('G'), Modifiers::CTRL) => Some(ENDS[0]),
        (KeyCode::Char('\\'), Modifiers::ALT) => Some(ENDS[1]),
        (KeyCode::Char('(' | ')'), Modifiers::ALT) => Some(CHARSET),
        _ => None,
    }
}

/// Whether a paste has ended, though its end did not come in as a key.
pub(super) fn has_ended(text: &str) -> bool {
    text.ends_with(TORN_END)
}

/// The text without what is left of the sequences that are marked in it. Some marks stay: they are no text anyway.
pub(super) fn take_out(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.strip_suffix(TORN_END).unwrap_or(text);
    while let Some(start) = rest.find([BEGUN, COMMAND, CHARSET]) {
        plain.push_str(&rest[..start]);
        let mut marked = rest[start..].chars();
        let mark = marked.next();
        let behind = marked.as_str();
        let n_left = match mark {
            Some(BEGUN) => n_colours(behind),
            Some(COMMAND) => n_command(behind),
            _ => usize::from(behind.starts_with(|c: char| c.is_ascii_alphanumeric())),
        };
        rest = &behind[n_left..];
    }
    plain.push_str(rest);
    plain
}

/// The bytes that are left of a sequence for colours.
fn n_colours(text: &str) -> usize {
    let is_parameter = |c: char| c.is_ascii_digit() || matches!(c, ';' | ':');
    let n_parameters = text.len() - text.trim_start_matches(is_parameter).len();
    let Some(behind) = text[n_parameters..].strip_prefix('m') else { return 0 };
    // Of `ESC [ 31m` nothing is left, and then a word may begin with m. Rather a letter too many stays than one is lost.
    let is_word = n_parameters == 0 && behind.starts_with(|c: char| c.is_ascii_alphabetic());
    if is_word { 0 } else { n_parameters + 1 }
}

/// The bytes of a command up to its end; none where it has no end in this line.
fn n_command(text: &str) -> usize {
    let stops = |c: char| ENDS.contains(&c) || matches!(c, '\n' | '\r' | COMMAND);
    let Some(n_bytes) = text.find(stops) else { return 0 };
    match text[n_bytes..].chars().next().filter(|c| ENDS.contains(c)) {
        Some(end) => n_bytes + end.len_utf8(),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_sequences_goes_and_text_stays() {
        for (pasted, text) in [
            ("", ""),
            ("字 m 1;2m", "字 m 1;2m"),
            // As the line editor leaves them: ESC[31m, ESC[0m, ESC[0;31m, ESC[90m, ESC[38;5;196m.
            ("A\u{9b}red\u{9b}m B", "Ared B"),
            ("\u{9b};31m红\u{9b}m", "红"),
            ("\u{9b}0m灰\u{9b}m\n", "灰\n"),
            ("\u{9b}196m红\u{9b}m\u{9b}m", "红"),
            ("\u{9b}main.rs\u{9b}m:", "main.rs:"),
            ("\u{9b}5 files", "5 files"),
            ("\u{9d}0;标题\u{7}后", "后"),
            ("\u{9d}8;;https://x\u{9c}链接\u{9d}8;;\u{9c}。", "链接。"),
            ("\u{9d}没有完\n下一行\u{7}", "没有完\n下一行\u{7}"),
            ("\u{9d}一\u{9d}二\u{7}三", "一三"),
            ("\u{8e}B粗\u{8e}字", "粗字"),
            ("\u{9b}", ""),
            ("\u{8e}", ""),
            ("甲\u{9b}[201~", "甲"),
            ("甲[201~", "甲[201~"),
        ] {
            assert_eq!(take_out(pasted), text, "{pasted:?}");
        }
    }
}
