//! Text too tall for the screen, shown at the prompt as one short mark: `[50 行 1234 字：从前有座山…]`. A line editor
//! that draws more rows than the screen has cannot clear them again, and nobody proofreads a paste a key at a time.
//!
//! A mark stands for its text as long as it is whole; what it stands for is what is sent and remembered.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::tr;

/// A mark begins with this, and has no second one in it: it can be deleted back to here.
pub(super) const OPENING: char = '[';
/// A mark ends with this, and has no other one in it.
pub(super) const CLOSING: char = ']';
/// How much of the text a mark shows.
const N_BEGINNING_COLUMNS: usize = 16;
/// So much of what was folded for lines before is kept: more than fits any context.
const MAX_KEPT_BYTES: usize = 4 << 20;

/// A terminal's columns and rows; at least 1 of each.
pub(super) type Size = (usize, usize);

/// The texts that were folded, with their marks, oldest first.
#[derive(Default)]
pub(super) struct Folds(Mutex<Vec<Fold>>);

struct Fold {
    mark: String,
    text: String,
}

impl Folds {
    /// The text, or the mark that stands for it where it would take more than half of the screen.
    pub(super) fn fold<'t>(&self, text: &'t str, size: Size) -> Cow<'t, str> {
        if !is_tall(text, size) {
            return Cow::Borrowed(text);
        }
        let mut folds = self.all();
        if let Some(fold) = folds.iter().find(|fold| fold.text == text) {
            return Cow::Owned(fold.mark.clone());
        }
        let is_free = |mark: &String| folds.iter().all(|fold| fold.mark != *mark);
        let Some(mark) = (1..).map(|nth| mark(text, nth)).find(is_free) else { return Cow::Borrowed(text) };
        folds.push(Fold { mark: mark.clone(), text: text.to_owned() });
        Cow::Owned(mark)
    }

    /// Before a new line: lets go of the oldest texts. A mark may still come back from what was cut, so the newest stay.
    pub(super) fn let_go(&self) {
        let mut folds = self.all();
        let n_bytes = folds.iter().rev().scan(0, |sum, fold| {
            *sum += fold.text.len();
            Some(*sum)
        });
        let n_kept = n_bytes.take_while(|n| *n <= MAX_KEPT_BYTES).count();
        let n_gone = folds.len() - n_kept;
        folds.drain(..n_gone);
    }

    /// A line with the text of each mark in its place.
    pub(super) fn unfold(&self, line: &str) -> String {
        let mut whole = String::with_capacity(line.len());
        let mut end = 0;
        for (place, text) in Self::places(&self.all(), line) {
            whole.push_str(&line[end..place.start]);
            whole.push_str(text);
            end = place.end;
        }
        whole + &line[end..]
    }

    /// Where marks stand in a line.
    pub(super) fn marks(&self, line: &str) -> Vec<Range<usize>> {
        Self::places(&self.all(), line).into_iter().map(|(place, _)| place).collect()
    }

    fn places<'f>(folds: &'f [Fold], line: &str) -> Vec<(Range<usize>, &'f str)> {
        let mut places = Vec::new();
        let mut from = 0;
        while let Some(start) = line[from..].find(OPENING).map(|i| from + i) {
            let rest = &line[start..];
            match folds.iter().find(|fold| rest.starts_with(&fold.mark)) {
                Some(fold) => {
                    from = start + fold.mark.len();
                    places.push((start..from, fold.text.as_str()));
                }
                None => from = start + OPENING.len_utf8(),
            }
        }
        places
    }

    fn all(&self) -> MutexGuard<'_, Vec<Fold>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_tall(text: &str, (n_columns, n_rows): Size) -> bool {
    let n_most = (n_rows / 2).max(4);
    let n_lines = text.split('\n').map(|line| line.width().div_ceil(n_columns).max(1));
    let mut n_so_far = n_lines.scan(0, |sum, n| {
        *sum += n;
        Some(*sum)
    });
    n_so_far.any(|n| n > n_most)
}

fn mark(text: &str, nth: usize) -> String {
    let (n_lines, n_chars) = (text.lines().count(), text.chars().count());
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let mut beginning = String::new();
    for cluster in first.graphemes(true).filter(|cluster| !cluster.contains([OPENING, CLOSING, '\t'])) {
        if beginning.width() + cluster.width() > N_BEGINNING_COLUMNS {
            break;
        }
        beginning.push_str(cluster);
    }
    let nth = if nth > 1 { format!(" #{nth}") } else { String::new() };
    tr!("[{n_lines} 行 {n_chars} 字：{beginning}…{nth}]", "[{n_lines} lines, {n_chars} characters: {beginning}…{nth}]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZE: Size = (80, 24);

    fn tall(beginning: &str) -> String {
        format!("{beginning}\n{}", "行\n".repeat(48)) + "尾"
    }

    #[test]
    fn what_fits_is_shown_and_what_does_not_is_folded() {
        let folds = Folds::default();
        for text in [String::new(), "一\n二\n三".to_owned(), "x\n".repeat(11), "字".repeat(480)] {
            assert_eq!(folds.fold(&text, SIZE), text);
        }
        for (text, mark) in [
            (tall("从前有座山"), "[50 行 103 字：从前有座山…]"),
            ("字".repeat(481), "[1 行 481 字：字字字字字字字字…]"),
            ("\n".repeat(13), "[13 行 13 字：…]"),
            (tall("\t[x]: 一[二]"), "[50 行 108 字：x: 一二…]"),
        ] {
            assert_eq!(folds.fold(&text, SIZE), mark);
            assert_eq!(folds.fold(&text, SIZE), mark, "the same text has the same mark");
            assert_eq!(folds.unfold(mark), text);
            assert_eq!(folds.unfold(&format!("前{mark}后{mark}")), format!("前{text}后{text}"));
        }
    }

    #[test]
    fn texts_that_look_alike_have_marks_of_their_own() {
        let folds = Folds::default();
        let (one, other) = (tall("一"), tall("一").replace('尾', "末"));
        let (first, second) = (folds.fold(&one, SIZE).into_owned(), folds.fold(&other, SIZE).into_owned());
        assert_eq!(second, "[50 行 99 字：一… #2]");
        assert_eq!(folds.unfold(&format!("{second}{first}")), format!("{other}{one}"));
    }

    #[test]
    fn what_was_folded_long_ago_is_let_go() {
        let folds = Folds::default();
        let texts = ["一", "二", "三"].map(|first| format!("{first}\n{}", "行\n".repeat(MAX_KEPT_BYTES / 10)));
        let marks = texts.each_ref().map(|text| folds.fold(text, SIZE).into_owned());
        folds.let_go();
        assert_eq!(folds.unfold(&marks[0]), marks[0]);
        for (mark, text) in marks.iter().zip(&texts).skip(1) {
            assert!(folds.unfold(mark) == *text, "{mark}");
        }
        folds.fold(&"长\n".repeat(MAX_KEPT_BYTES), SIZE);
        folds.let_go();
        assert!(folds.all().is_empty(), "one that is too long is not kept either");
    }

    #[test]
    fn a_mark_that_is_not_whole_is_text() {
        let folds = Folds::default();
        let mark = folds.fold(&tall("一"), SIZE).into_owned();
        for (i, _) in mark.char_indices() {
            assert_eq!(folds.unfold(&mark[..i]), mark[..i]);
            assert!(folds.marks(&mark[..i]).is_empty());
        }
        let line = format!("[[{mark}x");
        assert_eq!((folds.marks(&line).len(), folds.marks(&line)[0].clone()), (1, 2..2 + mark.len()));
        assert_eq!(mark.matches([OPENING, CLOSING]).count(), 2);
    }

    proptest! {
        #[test]
        fn what_was_folded_comes_back(
            texts in prop::collection::vec("[a\\[\\]好\n 👨‍👩‍👧]{0,60}", 1..5),
            between in "[a\\[\\] 好]{0,4}",
        ) {
            let folds = Folds::default();
            let line: String = texts.iter().map(|text| format!("{between}{}", folds.fold(text, (20, 10)))).collect();
            let whole: String = texts.iter().map(|text| format!("{between}{text}")).collect();
            prop_assert_eq!(folds.unfold(&line), whole);
        }
    }
}
