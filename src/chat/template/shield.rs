//! Keeps what people said apart from what a Jinja template wrote, through a rendering that knows only one string.
//!
//! Before: every character with which a control token's text begins or ends gets a mark beside it, a noncharacter that
//! occurs nowhere else; so no such text can begin or end inside what was said, however it is put together.
//! After: the output is cut at the control tokens' texts, and the marks go. Slots, numbered places for replies that go
//! in as tokens, travel the same way.

use std::collections::HashMap;

use super::ControlTokens;
use crate::protocol::TokenId;

/// The 32 code points that Unicode sets aside for the inside of programs (Unicode 16, 23.7).
const NONCHARACTERS: std::ops::RangeInclusive<char> = '\u{fdd0}'..='\u{fdef}';
const NONCHARACTERS_FROM: usize = '\u{fdd0}' as usize;

/// A piece of a rendered template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A control token that the template wrote.
    Control(TokenId),
    /// Words of either side, free of marks.
    Text(String),
    /// The place of the message with this index.
    Slot(usize),
}

/// The marks for one rendering, and the control tokens' texts.
pub(super) struct Shield<'a> {
    /// Stands beside characters that might make a control token.
    mark: char,
    /// Encloses the index of a slot.
    slot: char,
    /// The texts of control tokens by their first character, the longest first.
    controls: HashMap<char, Vec<(&'a str, TokenId)>>,
    /// The characters with which these texts begin.
    firsts: Vec<char>,
    /// The characters with which they end.
    lasts: Vec<char>,
}

impl<'a> Shield<'a> {
    /// A shield whose marks occur in none of `texts`; `None` when those use up all the noncharacters.
    pub(super) fn over<'t>(tokens: &'a ControlTokens, texts: impl Iterator<Item = &'t str>) -> Option<Self> {
        let mut used = [false; 32];
        let known = tokens.by_text.iter().flat_map(|(text, _)| text.chars());
        for c in texts.flat_map(str::chars).chain(known).filter(|c| NONCHARACTERS.contains(c)) {
            used[c as usize - NONCHARACTERS_FROM] = true;
        }
        let mut free = NONCHARACTERS.filter(|&c| !used[c as usize - NONCHARACTERS_FROM]);
        let (mark, slot) = (free.next()?, free.next()?);

        let mut shield = Self { mark, slot, controls: HashMap::new(), firsts: Vec::new(), lasts: Vec::new() };
        for (text, id) in &tokens.by_text {
            // One character, or white space around one, cannot be taken apart; no control token is like that, and
            // the tokenizer sees to user-defined ones by itself.
            let core = text.trim();
            let (Some(first), Some(last)) = (core.chars().next(), core.chars().next_back()) else { continue };
            if core.chars().nth(1).is_none() {
                continue;
            }
            shield.firsts.push(first);
            shield.lasts.push(last);
            let begin = text.chars().next().unwrap_or(first);
            shield.controls.entry(begin).or_default().push((text, *id));
        }
        for marks in [&mut shield.firsts, &mut shield.lasts] {
            marks.sort_unstable();
            marks.dedup();
        }
        for same_begin in shield.controls.values_mut() {
            same_begin.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        }
        Some(shield)
    }

    /// What someone said, in a form in which no control token can be found.
    pub(super) fn cover(&self, said: &str) -> String {
        let mut covered = String::with_capacity(said.len() + said.len() / 8);
        for c in said.chars() {
            if self.lasts.binary_search(&c).is_ok() {
                covered.push(self.mark);
            }
            covered.push(c);
            if self.firsts.binary_search(&c).is_ok() {
                covered.push(self.mark);
            }
        }
        covered
    }

    /// The words that keep a place for the message with this index.
    pub(super) fn slot(&self, index: usize) -> String {
        format!("{slot}{index}{slot}", slot = self.slot)
    }

    /// Cuts a rendered template into what the template wrote as control tokens, the slots, and all the words between.
    pub(super) fn cut(&self, rendered: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut words = String::new();
        let mut rest = rendered;
        while let Some(c) = rest.chars().next() {
            if let Some((piece, length)) = self.special(c, rest) {
                if !words.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut words)));
                }
                pieces.push(piece);
                rest = &rest[length..];
            } else {
                if c != self.mark {
                    words.push(c);
                }
                rest = &rest[c.len_utf8()..];
            }
        }
        if !words.is_empty() {
            pieces.push(Piece::Text(words));
        }
        pieces
    }

    /// The control token or slot with which `rest` begins, and how many bytes it takes.
    fn special(&self, first: char, rest: &str) -> Option<(Piece, usize)> {
        if first == self.slot {
            let (index, _) = rest[first.len_utf8()..].split_once(self.slot)?;
            return Some((Piece::Slot(index.parse().ok()?), index.len() + 2 * first.len_utf8()));
        }
        let (text, id) = self.controls.get(&first)?.iter().find(|(text, _)| rest.starts_with(text))?;
        Some((Piece::Control(*id), text.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(texts: &[&str]) -> ControlTokens {
        let by_text = texts.iter().zip(1..).map(|(text, id)| ((*text).to_owned(), id)).collect();
        ControlTokens { by_text, ..ControlTokens::default() }
    }

    #[test]
    fn cuts_at_the_longest_token() {
        let tokens = tokens(&["<s>", "<s>x", "</s>", "\n\n", "a"]);
        let shield = Shield::over(&tokens, std::iter::empty()).unwrap();
        assert_eq!(
            shield.cut("<s><s>xa\n\n</s"),
            [Piece::Control(1), Piece::Control(2), Piece::Text("a\n\n</s".into())]
        );
    }

    #[test]
    fn what_was_said_never_makes_a_token() {
        let tokens = tokens(&["<s>", "</s>", "<|im_start|>"]);
        let said = ["<s>", "<", "s>", "|im_start|>", "<|im_", ">", "<|im_start|></s>", "<<s>s>"];
        let shield = Shield::over(&tokens, said.iter().copied()).unwrap();
        for one in said {
            for other in said {
                // As templates put them together: side by side, behind the beginning of a token, before the end of one.
                for rendered in [
                    shield.cover(one) + &shield.cover(other),
                    format!("<{}", shield.cover(one)),
                    format!("<|im_{}", shield.cover(one)),
                    format!("{}s>", shield.cover(one)),
                    format!("{}start|>", shield.cover(one)),
                    shield.cover(one).replace(&shield.cover(other), ""),
                ] {
                    let pieces = shield.cut(&rendered);
                    assert!(pieces.iter().all(|piece| matches!(piece, Piece::Text(_))), "{one} {other}: {pieces:?}");
                }
            }
            assert_eq!(shield.cut(&shield.cover(one)), [Piece::Text(one.into())]);
        }
    }

    #[test]
    fn marks_keep_clear_of_what_is_there() {
        let tokens = tokens(&["<s>"]);
        let some: String = NONCHARACTERS.take(29).collect();
        let shield = Shield::over(&tokens, [some.as_str()].into_iter()).unwrap();
        assert_eq!(shield.cut(&shield.cover(&some)), [Piece::Text(some)]);
        let most: String = NONCHARACTERS.skip(1).collect();
        assert!(Shield::over(&tokens, [most.as_str()].into_iter()).is_none());
    }

    #[test]
    fn slots_come_back_whole() {
        let tokens = tokens(&["<s>"]);
        let shield = Shield::over(&tokens, std::iter::empty()).unwrap();
        let rendered = format!("<s>{} 好", shield.slot(12));
        assert_eq!(shield.cut(&rendered), [Piece::Control(1), Piece::Slot(12), Piece::Text(" 好".into())]);
    }
}
