//! What a reader takes for one character, and how many columns it takes. No state, and no line is broken here.
//!
//! Characters are joined as they come, so a stream can be cut anywhere: [`joins`] needs only what is there of a
//! cluster and the next character. Less is joined than by Unicode's rules for all scripts: Indic vowel signs that have
//! a column of their own stay by themselves, which no line break can show because words are not cut.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many columns a terminal gives to characters whose width Unicode leaves open, such as “ ” … — ① ×.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ambiguous {
    /// One: nearly all terminals.
    #[default]
    Narrow,
    /// Two: some with a Chinese font or locale.
    Wide,
}

/// So long is no honest character; a stream of combining marks must not be held back for ever.
const MAX_CLUSTER_BYTES: usize = 128;
const JOINER: char = '\u{200d}';

/// Whether the character belongs to the cluster that stands before it.
pub(super) fn joins(cluster: &str, c: char) -> bool {
    let Some(last) = cluster.chars().next_back() else { return false };
    if is_blank(c) || c.is_control() || is_blank(last) || cluster.len() >= MAX_CLUSTER_BYTES {
        return false;
    }
    let is_zero_width = c.width() == Some(0);
    let is_joined_emoji = last == JOINER && !c.is_alphanumeric();
    let is_skin_tone = ('\u{1f3fb}'..='\u{1f3ff}').contains(&c) && !last.is_alphanumeric();
    is_zero_width
        || is_joined_emoji
        || is_skin_tone
        || (is_flag_half(c) && cluster.chars().eq([last]) && is_flag_half(last))
}

/// White space within a line.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{3000}')
}

/// A flag is two of these.
fn is_flag_half(c: char) -> bool {
    ('\u{1f1e6}'..='\u{1f1ff}').contains(&c)
}

/// The columns of one cluster.
pub(super) fn width(cluster: &str, ambiguous: Ambiguous) -> usize {
    match ambiguous {
        Ambiguous::Narrow => cluster.width(),
        Ambiguous::Wide => cluster.width_cjk(),
    }
}

/// The columns of a text on one line, reckoned cluster by cluster, as it is written.
pub(super) fn text_width(text: &str, ambiguous: Ambiguous) -> usize {
    let (mut begin, mut n_columns) = (0, 0);
    for (i, c) in text.char_indices() {
        if i > begin && !joins(&text[begin..i], c) {
            n_columns += width(&text[begin..i], ambiguous);
            begin = i;
        }
    }
    n_columns + width(&text[begin..], ambiguous)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clusters(text: &str) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for c in text.chars() {
            match all.last_mut() {
                Some(last) if joins(last, c) => last.push(c),
                _ => all.push(c.into()),
            }
        }
        all
    }

    #[test]
    fn one_character_to_a_reader_is_one_cluster() {
        for whole in [
            "👨‍👩‍👧",
            "👍🏽",
            "🇨🇳",
            "☁\u{fe0f}",
            "1\u{fe0f}\u{20e3}",
            "e\u{301}",
            "か\u{3099}",
            "葛\u{e0100}",
            "🏃🏽‍♂\u{fe0f}",
            "ᄒ\u{1161}\u{11ab}",
        ] {
            assert_eq!(clusters(whole), [whole]);
        }
    }

    #[test]
    fn what_stands_side_by_side_stays_two() {
        for (text, n) in [
            ("你好", 2),
            ("🇨🇳🇯🇵", 2),
            ("👍👍", 2),
            ("a b", 3),
            ("a\u{200d}b", 2),
            (" \u{301}", 2),
            ("中🏽", 2),
            ("\u{200d}\n", 2),
            ("", 0),
        ] {
            assert_eq!(clusters(text).len(), n, "{text:?}: {:?}", clusters(text));
        }
    }

    #[test]
    fn columns() {
        for (text, narrow, wide) in [
            ("", 0, 0),
            ("abc", 3, 3),
            ("你好，", 6, 6),
            ("👨‍👩‍👧", 2, 2),
            ("🇨🇳🇯🇵", 4, 4),
            ("☁\u{fe0f}", 2, 2),
            ("e\u{301}", 1, 1),
            ("“好”…", 5, 8),
            ("①×", 2, 4),
        ] {
            assert_eq!(text_width(text, Ambiguous::Narrow), narrow, "{text:?}");
            assert_eq!(text_width(text, Ambiguous::Wide), wide, "{text:?}");
        }
    }

    #[test]
    fn a_cluster_without_end_is_ended() {
        let marks = format!("a{}", "\u{301}".repeat(1000));
        let longest = clusters(&marks).iter().map(String::len).max();
        assert!(longest.is_some_and(|n| n <= MAX_CLUSTER_BYTES + 4), "{longest:?}");
        assert_eq!(clusters(&marks).concat(), marks);
    }
}
