//! What may reach a terminal of text that we did not write: model text, metadata, file names, server replies.
//!
//! The filter works on one character at a time and remembers nothing, so however a stream is cut,
//! `filter(a) + filter(b) == filter(a + b)`, and no sequence can be smuggled across a cut. It is for terminals:
//! into a pipe or a file, text goes as it is.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

/// A name, a value or a message from outside, as it may stand inside a sentence: on one line (a newline or a tab
/// is shown, not obeyed), harmless, and at most [`Untrusted::MAX_CHARS`] characters. Text that has lines of its own
/// goes through [`filter`] instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Untrusted<'a>(pub &'a str);

impl Untrusted<'_> {
    /// How many characters of the original are shown before it is cut with `…`.
    pub const MAX_CHARS: usize = 500;
}

impl fmt::Display for Untrusted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.chars();
        for c in rest.by_ref().take(Self::MAX_CHARS) {
            show(c, Lines::Shown).write_to(f)?;
        }
        if rest.next().is_some() { f.write_str("…") } else { Ok(()) }
    }
}

/// A path, as it may stand inside a sentence.
#[must_use]
pub fn path(path: &Path) -> String {
    Untrusted(&path.to_string_lossy()).to_string()
}

/// Running text with its newlines and tabs, made harmless. Carriage returns are dropped, which makes one newline of
/// CR LF without having to look at the next character.
#[must_use]
pub fn filter(text: &str) -> Cow<'_, str> {
    each(text, Lines::Kept)
}

/// A whole sentence on one line, of any length: what `filter` does, with newlines and tabs shown too.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    each(text, Lines::Shown)
}

fn each(text: &str, lines: Lines) -> Cow<'_, str> {
    let harmless = |c: char| matches!(show(c, lines), Shown::Same(_));
    if text.chars().all(harmless) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        // Writing to a String cannot fail.
        let _ = show(c, lines).write_to(&mut out);
    }
    Cow::Owned(out)
}

/// What happens to characters that begin a new line or jump within one.
#[derive(Clone, Copy, PartialEq)]
enum Lines {
    Kept,
    Shown,
}

enum Shown {
    Same(char),
    /// `^[` for ESC: the way terminals themselves name control characters.
    Caret(char),
    /// `\u{9b}`: for the control characters that have no caret name.
    Code(char),
    Dropped,
}

fn show(c: char, lines: Lines) -> Shown {
    match c {
        '\n' | '\t' if lines == Lines::Kept => Shown::Same(c),
        '\r' if lines == Lines::Kept => Shown::Dropped,
        '\0'..='\x1f' | '\x7f' => Shown::Caret(c),
        '\u{80}'..='\u{9f}' => Shown::Code(c),
        '\u{2028}' | '\u{2029}' if lines == Lines::Shown => Shown::Code(c),
        // Bidirectional overrides and isolates make text read differently from what it is; tag characters hide text.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}' => Shown::Dropped,
        _ => Shown::Same(c),
    }
}

impl Shown {
    fn write_to(self, out: &mut impl fmt::Write) -> fmt::Result {
        match self {
            Self::Same(c) => out.write_char(c),
            Self::Caret(c) => {
                out.write_char('^')?;
                out.write_char(char::from(c as u8 ^ 0x40))
            }
            Self::Code(c) => write!(out, "\\u{{{:x}}}", u32::from(c)),
            Self::Dropped => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn has_control_byte(s: &str) -> bool {
        let single = s.bytes().any(|b| matches!(b, 0x00..=0x08 | 0x0b..=0x1f | 0x7f));
        single || s.as_bytes().windows(2).any(|w| w[0] == 0xc2 && (0x80..=0x9f).contains(&w[1]))
    }

    #[test]
    fn every_character_is_harmless_or_unchanged() {
        for c in '\0'..=char::MAX {
            let text = String::from(c);
            let shown = filter(&text);
            assert!(!has_control_byte(&shown), "{c:?} became {shown:?}");
            let line = one_line(&text);
            assert!(!has_control_byte(&line) && !line.contains(['\n', '\t']), "{c:?} became {line:?}");
            assert_eq!(Untrusted(&text).to_string(), line);
        }
    }

    #[test]
    fn attacks_are_shown() {
        for (text, shown) in [
            ("\x1b]52;c;cm0gLXJm\x07", "^[]52;c;cm0gLXJm^G"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("safe\x08\x08\x08\x08evil", "safe^H^H^H^Hevil"),
            ("a\r\nb\tc", "a\nb\tc"),
            ("overwrite\rme", "overwriteme"),
            ("\x7f\0", "^?^@"),
            ("a\u{202e}txt.exe\u{2066}\u{e0041}", "atxt.exe"),
        ] {
            assert_eq!(filter(text), shown);
        }
    }

    #[test]
    fn ordinary_text_is_borrowed() {
        for text in ["", "你好，世界！\n\t再见", "👨‍👩‍👧 𠮷 é ﷺ \u{200f}\u{feff}"] {
            assert!(matches!(filter(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn a_path_is_shown_as_a_name_is() {
        assert_eq!(path(Path::new("模型/a\n\x1b[2J.gguf")), "模型/a^J^[[2J.gguf");
    }

    #[test]
    fn a_name_is_one_short_line() {
        assert_eq!(Untrusted("a\r\nb\tc").to_string(), "a^M^Jb^Ic");
        let exact = "字".repeat(500);
        assert_eq!(Untrusted(&exact).to_string(), exact);
        assert_eq!(Untrusted(&format!("{exact}多")).to_string(), format!("{exact}…"));
        // Cut by what comes in, so that a cut never falls inside an escape of ours.
        assert_eq!(Untrusted(&"\x1b".repeat(501)).to_string(), "^[".repeat(500) + "…");
        assert_eq!(one_line(&"\n".repeat(501)).len(), 2 * 501);
    }

    proptest! {
        #[test]
        fn any_cut_filters_the_same(text in "(?s)(.|[\\x00-\\x1f\\x7f-\\u{9f}\\u{202a}-\\u{202e}]){0,24}") {
            let whole = filter(&text).into_owned();
            prop_assert!(!has_control_byte(&whole));
            prop_assert_eq!(filter(&whole), whole.as_str());
            for (cut, _) in text.char_indices() {
                prop_assert_eq!(format!("{}{}", filter(&text[..cut]), filter(&text[cut..])), whole.as_str());
            }
        }
    }
}
