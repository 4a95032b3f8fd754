//! UTF-16 that nothing says is UTF-16: as Windows programs write it, less its mark. Only where it is evident; a text
//! that might as well be another is left to those.
//!
//! Evident is what decodes strictly, reads as ordinary text throughout, and has enough of the characters that nearly
//! every text has (Latin letters, digits, line ends, Chinese punctuation) at places where the other byte order, or
//! UTF-8, would not have them. UTF-16 has NUL bytes in all of these but the last; what has no NUL is never taken for it.

use super::encoding::Form;

/// The text of bytes that are evidently UTF-16, and which.
pub(super) fn decode(bytes: &[u8]) -> Option<(String, Form)> {
    if !bytes.len().is_multiple_of(2) || !bytes.contains(&0) {
        return None;
    }
    let little = Sight::of(bytes, u16::from_le_bytes);
    let big = Sight::of(bytes, u16::from_be_bytes);
    let (sight, form) = match little.score().cmp(&big.score()) {
        std::cmp::Ordering::Greater => (little, Form::Utf16Le),
        std::cmp::Ordering::Less => (big, Form::Utf16Be),
        std::cmp::Ordering::Equal => return None,
    };
    // A text in UTF-8 with some NULs between its words pairs into Chinese characters, and is none.
    let is_utf8 = std::str::from_utf8(bytes).is_ok();
    let n_needed = if is_utf8 { sight.n_units / 2 + 1 } else { 1 };
    if sight.n_common < n_needed || sight.n_ordinary * 10 < sight.n_units * 9 {
        return None;
    }
    let text = form.decode(bytes, 0).ok()?;
    let is_text = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{c}');
    text.chars().all(is_text).then_some((text, form))
}

/// What the units of one byte order look like.
#[derive(Debug, Clone, Copy, Default)]
struct Sight {
    n_units: usize,
    /// Of those that nearly every text has.
    n_common: usize,
    /// Of a script that a person here may write, the common ones among them.
    n_ordinary: usize,
}

impl Sight {
    fn of(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Self {
        let mut sight = Self::default();
        for pair in bytes.chunks_exact(2) {
            let unit = unit([pair[0], pair[1]]);
            sight.n_units += 1;
            sight.n_common += usize::from(is_common(unit));
            sight.n_ordinary += usize::from(is_common(unit) || is_ordinary(unit));
        }
        sight
    }

    fn score(self) -> usize {
        self.n_common + self.n_ordinary
    }
}

fn is_common(unit: u16) -> bool {
    matches!(unit, 0x9 | 0xa | 0xd | 0x20..=0x7e | 0x3000..=0x3002 | 0x3008..=0x3011 | 0xff01..=0xff5e)
}

/// European scripts, punctuation, kana, Chinese, Hangul, and halves of the characters that take two units.
fn is_ordinary(unit: u16) -> bool {
    matches!(unit, 0xa0..=0x4ff | 0x2000..=0x22ff | 0x2460..=0x27bf | 0x3000..=0x33ff | 0x3400..=0x9fff
        | 0xac00..=0xd7a3 | 0xd800..=0xdfff | 0xf900..=0xfaff | 0xfe30..=0xfe4f | 0xff00..=0xffef)
}
