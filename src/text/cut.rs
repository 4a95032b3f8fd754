//! A line cut short to fit so many columns of a terminal. What is one character to a reader stays whole, and no columns
//! are reckoned but those that all terminals agree on.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The line, or as much of its beginning as fits with a mark behind it that says that there is more.
#[must_use]
pub fn cut(line: &str, n_columns: usize) -> Cow<'_, str> {
    if line.width() <= n_columns {
        return Cow::Borrowed(line);
    }
    if n_columns == 0 {
        return Cow::Borrowed("");
    }
    let ends = line.char_indices().map(|(i, _)| i).filter(|i| is_boundary(line, *i));
    // One column is the mark's.
    let end = ends.take_while(|end| line[..*end].width() < n_columns).last().unwrap_or(0);
    Cow::Owned(format!("{}…", line[..end].trim_end()))
}

/// Whether what stands before this place and what stands behind it are seen apart: no accent is cut off its letter, no
/// child off its family. The place is a byte, at the beginning of a character.
#[must_use]
pub fn is_boundary(line: &str, place: usize) -> bool {
    let follows = line[place..].chars().next();
    let is_modifier = |c: char| c.width() == Some(0) || matches!(c, '\u{1F3FB}'..='\u{1F3FF}');
    !line[..place].ends_with('\u{200D}') && !follows.is_some_and(is_modifier)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_fits_stays_and_the_rest_is_cut() {
        for (line, n_columns, expected) in [
            ("你好", 4, "你好"),
            ("你好", 3, "你…"),
            ("你好", 2, "…"),
            ("你好", 1, "…"),
            ("你好", 0, ""),
            ("", 0, ""),
            ("ab 你", 4, "ab…"),
            // Neither a family nor an accent is cut in two.
            ("a👨‍👩‍👧和", 4, "a👨‍👩‍👧…"),
            ("a👨‍👩‍👧和", 3, "a…"),
            ("e\u{301}和我", 3, "e\u{301}…"),
            ("a👍🏽和我", 4, "a👍🏽…"),
        ] {
            assert_eq!(cut(line, n_columns), expected, "{line} {n_columns}");
        }
    }

    proptest! {
        #[test]
        fn any_line_fits(line in "\\PC{0,24}", n_columns in 0_usize..30) {
            let fit = cut(&line, n_columns);
            prop_assert!(fit.width() <= n_columns, "{fit:?}");
            prop_assert!(line.starts_with(fit.trim_end_matches('…')) || fit == line);
        }
    }
}
