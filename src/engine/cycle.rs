//! Whether a text has begun to say the same over and over: its end is one unit of characters, repeated without a break.
//!
//! Pure, and fed a character at a time, so how the text is cut into pieces makes no difference. Text that legitimately
//! repeats must pass: refrains, laughter, lists, tables, rules, zero matrices. So a unit has to come back many times
//! and fill a good many characters before it counts, and what looks like a table or like code, and what has no
//! letters at all, far more of both. A loop costs a person some waiting; a good answer cut short costs the answer.

/// The longest unit looked for, in characters: a long paragraph.
const MAX_UNIT: usize = 400;

/// A sentence or less counts from here on, and has to fill [`MIN_SPAN`]. "我爱你，" is then said forty times, a line of
/// 20 characters eight times; no refrain comes so often without a verse between.
const MIN_TIMES: usize = 6;
/// Characters: about as many as four lines of a terminal hold in Chinese.
const MIN_SPAN: usize = 160;

/// From this many characters on, a unit is a paragraph or a stanza.
const LONG_UNIT: usize = 80;
/// Nobody says a whole stanza four times in a row.
const LONG_TIMES: usize = 4;

/// Tables and code, and units without a letter: a form with a row for each hour of the day, a matrix of 20 by 20, a
/// ruled line, a multiplication table stay below.
const STRICT_TIMES: usize = 32;
const STRICT_SPAN: usize = 1600;

/// Blanks and line breaks alone; the widest column of a table has fewer.
const BLANK_SPAN: usize = 240;

/// Items that are the same but for their numbers: more than the months of a year, and of some length, since "第 1 天：休息"
/// and "Chapter 1" are what a list is made of.
const NUMBERED_TIMES: usize = 16;
const NUMBERED_LETTERS: usize = 12;

/// Characters that a unit of prose has none of.
const OF_CODE: [char; 9] = ['|', '<', '>', '{', '}', ';', '=', '`', '\\'];

/// A text that is being read in two ways: as it is, and with all numbers alike.
#[derive(Debug, Clone, Default)]
pub(super) struct Cycle {
    plain: Tail,
    numbered: Tail,
    /// Bytes read.
    n_bytes: usize,
}

impl Cycle {
    /// Adds a character. `Some`: the text goes round in circles, and only so many bytes of it are good: up to where it
    /// has said for the first time what it then repeats.
    pub(super) fn push(&mut self, c: char, is_code: bool) -> Option<usize> {
        self.n_bytes += c.len_utf8();
        let plain = self.plain.push(c, self.n_bytes, |unit, times, span| goes_round(unit, times, span, is_code));
        let folded = if c.is_ascii_digit() { '0' } else { c };
        if folded == '0' && self.numbered.chars.last() == Some(&'0') {
            // A further digit of the same number.
            self.numbered.ends.pop();
            self.numbered.ends.push(self.n_bytes);
            return plain;
        }
        let is_sure = |unit: &[char], times, _| !is_code && counts_up(unit, times);
        let numbered = self.numbered.push(folded, self.n_bytes, is_sure);
        plain.or(numbered)
    }
}

/// The text so far, and for each length of a unit how long its end has been going round.
#[derive(Debug, Clone)]
struct Tail {
    chars: Vec<char>,
    /// Where each of them ends in the text, in bytes.
    ends: Vec<usize>,
    /// By the unit's length less one: how many characters up to the last are the same as those one unit before.
    alike: Vec<usize>,
}

impl Default for Tail {
    fn default() -> Self {
        Self { chars: Vec::new(), ends: Vec::new(), alike: vec![0; MAX_UNIT] }
    }
}

impl Tail {
    /// Adds a character that ends at this byte. `is_sure` is asked about the shortest unit that the text ends in several
    /// of (not about two of them taken for one), how many times it stands there, and how many characters that makes.
    fn push(&mut self, c: char, end: usize, is_sure: impl Fn(&[char], usize, usize) -> bool) -> Option<usize> {
        self.chars.push(c);
        self.ends.push(end);
        let n = self.chars.len();
        let mut shortest = None;
        for (unit, alike) in (1..n).zip(&mut self.alike) {
            if self.chars[n - 1 - unit] != c {
                *alike = 0;
                continue;
            }
            *alike += 1;
            let span = *alike + unit;
            if span >= LONG_TIMES * unit {
                shortest.get_or_insert((unit, span));
            }
        }
        let (unit, span) = shortest.filter(|(unit, span)| is_sure(&self.chars[n - unit..], span / unit, *span))?;
        Some(self.ends[self.good_end(n - span, unit) - 1])
    }

    /// Where the first of the repeated units ends: going on, where that falls within a sentence, to its end, since
    /// what is repeated is the same wherever one begins to count.
    fn good_end(&self, start: usize, unit: usize) -> usize {
        let once = start + unit;
        let closes = |end: &usize| {
            let mut from_behind = self.chars[start..*end].iter().rev();
            let last = from_behind.find(|c| **c == '\n' || !c.is_whitespace());
            last.is_some_and(|c| matches!(c, '\n' | '。' | '！' | '？' | '…' | '.' | '!' | '?'))
        };
        (once..once + unit).find(closes).unwrap_or(once)
    }
}

/// Whether a unit that stands there so many times is one too many.
fn goes_round(unit: &[char], times: usize, span: usize, is_code: bool) -> bool {
    if unit.iter().all(|c| c.is_whitespace()) {
        return span >= BLANK_SPAN;
    }
    let is_prose = !is_code && unit.iter().any(|c| is_said(*c)) && !unit.iter().any(|c| OF_CODE.contains(c));
    if !is_prose {
        return times >= STRICT_TIMES && span >= STRICT_SPAN;
    }
    (times >= MIN_TIMES && span >= MIN_SPAN) || (times >= LONG_TIMES && unit.len() >= LONG_UNIT)
}

/// A character that somebody says, and draws no line with: a letter, an emoji, the end of a sentence.
fn is_said(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\u{1f300}'..='\u{1faff}' | '。' | '！' | '？')
}

/// Whether a unit in which all numbers are alike, and that stands there so many times, is one too many.
fn counts_up(unit: &[char], times: usize) -> bool {
    times >= NUMBERED_TIMES
        && unit.contains(&'0')
        && !unit.iter().any(|c| OF_CODE.contains(c))
        && unit.iter().filter(|c| c.is_alphabetic()).count() >= NUMBERED_LETTERS
}

#[cfg(test)]
#[path = "cycle_tests.rs"]
mod tests;
