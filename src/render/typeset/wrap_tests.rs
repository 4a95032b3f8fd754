//! What [`super::Wrap`] keeps to, over any text, any cut of it and any width.

use super::*;
use crate::render::typeset::cluster::text_width;
use crate::render::typeset::paint::{Lines, Painter, faint};
use proptest::prelude::*;
use proptest::sample::select;

const NARROW: Ambiguous = Ambiguous::Narrow;

fn wrapped<'a>(pieces: impl IntoIterator<Item = &'a str>, n_columns: usize, ambiguous: Ambiguous) -> String {
    let (mut wrap, mut painter) = (Wrap::new(n_columns, ambiguous), Painter::new(false));
    for piece in pieces {
        wrap.text(piece, Style::default(), &mut painter);
    }
    wrap.finish(&mut painter);
    painter.take()
}

#[test]
fn lines() {
    for (n_columns, text, lines) in [
        (10, "今天天气很好", "今天天气很\n好"),
        (10, "今天天气好，走", "今天天气\n好，走"),
        (10, "他们说过「好」", "他们说过\n「好」"),
        (11, "今天天气很好", "今天天气很\n好"),
        (10, "用 Rust 写的程序", "用 Rust 写\n的程序"),
        (10, "hello big world", "hello big\nworld"),
        (10, "hello bigger   world", "hello\nbigger\nworld"),
        (4, "abcdefghij", "abcd\nefgh\nij"),
        (4, "一 abcdefghij 二", "一\nabcd\nefgh\nij\n二"),
        (5, "abcd，", "abc\nd，"),
        (2, "，，，", "，\n，\n，"),
        (1, "好a", "好\na"),
        (5, "等等……好", "等\n等……\n好"),
        (8, "  缩进的一行", "  缩进的\n一行"),
        (4, "        好", "好"),
        (8, "甲\n\n乙\n", "甲\n\n乙"),
        (8, "甲  \n  ", "甲"),
        (4, "👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", "👨‍👩‍👧👨‍👩‍👧\n👨‍👩‍👧"),
        (4, "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}", "e\u{301}e\u{301}e\u{301}e\u{301}\ne\u{301}"),
        (8, "说 ，好", "说 ，好"),
        (5, "一说 ，好", "一\n说 ，\n好"),
        (80, "a\tb", "a\tb"),
        (9, "abc\tde", "abc\nde"),
        (0, "ab", "a\nb"),
    ] {
        assert_eq!(wrapped([text], n_columns, NARROW), lines, "{text:?} at {n_columns}");
    }
}

#[test]
fn ambiguous_characters_take_what_they_are_said_to_take() {
    assert_eq!(wrapped(["“甲乙”丙"], 8, Ambiguous::Narrow), "“甲乙”丙");
    assert_eq!(wrapped(["“甲乙”丙"], 8, Ambiguous::Wide), "“甲乙”\n丙");
}

#[test]
fn only_the_unfinished_word_is_held_back() {
    let (mut wrap, mut painter) = (Wrap::new(80, NARROW), Painter::new(false));
    for (piece, written) in [
        ("今", ""),
        ("天", "今"),
        ("，", ""),
        ("好", "天，"),
        (" wor", "好"),
        ("ld", ""),
        (" ", ""),
        ("a", " world"),
        ("👨", " a"),
        ("\u{200d}", ""),
        ("👩", ""),
        ("\n\n", "👨\u{200d}👩"),
    ] {
        wrap.text(piece, Style::default(), &mut painter);
        assert_eq!(painter.take(), written, "after {piece:?}");
    }
    wrap.finish(&mut painter);
    assert_eq!(painter.take(), "");
}

#[test]
fn lines_hang_below_what_they_begin_with() {
    let hung = |n_columns| {
        let (mut wrap, mut painter) = (Wrap::new(n_columns, NARROW), Painter::new(false));
        wrap.begin(&[Span::plain("- ")], vec![Span::plain("  ")], &mut painter);
        wrap.text("一二三四五", Style::default(), &mut painter);
        wrap.newline(&mut painter);
        wrap.text("一二三四五", Style::default(), &mut painter);
        wrap.finish(&mut painter);
        painter.take()
    };
    assert_eq!(hung(8), "- 一二三\n  四五\n一二三四\n五");
    // Where there is no room to hang, lines begin at the edge.
    assert_eq!(hung(3), "-\n一\n二\n三\n四\n五\n一\n二\n三\n四\n五");
}

#[test]
fn the_width_may_change_in_mid_stream() {
    let (mut wrap, mut painter) = (Wrap::new(10, NARROW), Painter::new(false));
    wrap.text("一二三四五六七", Style::default(), &mut painter);
    assert_eq!(painter.take(), "一二三四五\n六");
    wrap.resize(6);
    wrap.text("八九十", Style::default(), &mut painter);
    assert_eq!(painter.take(), "七八\n九");
    // No room is left on a line as short as that: it ends here.
    wrap.resize(2);
    wrap.text("甲乙", Style::default(), &mut painter);
    assert_eq!(painter.take(), "\n十\n甲");
    wrap.resize(20);
    wrap.text("丙丁戊\nabcdef", Style::default(), &mut painter);
    wrap.resize(4);
    wrap.text("gh", Style::default(), &mut painter);
    wrap.finish(&mut painter);
    assert_eq!(painter.take(), "乙丙丁戊\nabcd\nefgh");
}

#[test]
fn the_rest_of_a_line_stands_on_a_line_of_its_own() {
    let resumed = |is_within_line, text: &str| {
        let (mut wrap, mut painter) = (Wrap::new(80, NARROW), Painter::new(false));
        wrap.begin(&[Span::plain("- ")], vec![Span::plain("  ")], &mut painter);
        wrap.text("一\n二", Style::default(), &mut painter);
        painter.take();
        wrap.resume(is_within_line);
        wrap.text(text, Style::default(), &mut painter);
        wrap.finish(&mut painter);
        painter.take()
    };
    assert_eq!(resumed(true, "三\n四"), "三\n四");
    assert_eq!(resumed(true, "\n四"), "四", "its end was written when the answer was ended");
    assert_eq!(resumed(true, "\n\n四"), "\n四");
    assert_eq!(resumed(false, "\n四"), "\n四");
    assert_eq!(resumed(true, ""), "");
}

#[test]
fn verbatim_text_is_not_broken() {
    let (mut wrap, mut painter) = (Wrap::new(4, NARROW), Painter::new(false));
    wrap.text("一二三\n", Style::default(), &mut painter);
    wrap.verbatim("let x = 1;\tok", faint(), &mut painter);
    wrap.newline(&mut painter);
    wrap.text("四", Style::default(), &mut painter);
    wrap.finish(&mut painter);
    assert_eq!(painter.take(), "一二\n三\nlet x = 1;\tok\n四");
}

#[test]
fn a_word_keeps_its_styles() {
    let (mut wrap, mut lines) = (Wrap::new(80, NARROW), Lines::default());
    wrap.text("ab", Style::default(), &mut lines);
    wrap.text("cd", faint(), &mut lines);
    // A mark goes with the character that it stands on.
    wrap.text("\u{301}e f", Style::default(), &mut lines);
    wrap.finish(&mut lines);
    let spans =
        [Span::plain("ab"), Span::new("cd\u{301}", faint()), Span::plain("e"), Span::plain(" "), Span::plain("f")];
    assert_eq!(lines.0, [spans]);
}

#[test]
fn a_word_without_width_or_end_is_not_held_for_ever() {
    let (mut wrap, mut painter) = (Wrap::new(80, NARROW), Painter::new(false));
    let mut n_written = 0;
    for n_fed in 1..=20_000 {
        wrap.text("\u{301}", Style::default(), &mut painter);
        n_written += painter.take().chars().count();
        assert!(n_fed - n_written <= MAX_CHUNK_BYTES, "{n_fed} fed, {n_written} written");
    }
}

/// A cluster of the source and the white space before it.
struct Unit {
    blanks: String,
    text: String,
}

fn units(line: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut blanks = String::new();
    for c in line.chars() {
        match units.last_mut() {
            Some(last) if blanks.is_empty() && joins(&last.text, c) => last.text.push(c),
            _ if is_blank(c) => blanks.push(c),
            _ => units.push(Unit { blanks: std::mem::take(&mut blanks), text: c.into() }),
        }
    }
    units
}

/// The unit at which each line after the first begins. Panics where the written lines are not the source.
fn breaks(units: &[Unit], lines: &mut dyn Iterator<Item = &str>) -> Vec<usize> {
    let (mut breaks, mut i) = (Vec::new(), 0);
    loop {
        let mut rest = lines.next().expect("all of the source is written");
        let i_first = i;
        while let Some(unit) = units.get(i) {
            let after_blanks = if i == i_first { rest.trim_start_matches(is_blank) } else { rest };
            let after_blanks = match after_blanks.strip_prefix(unit.blanks.as_str()) {
                Some(after) if i > i_first => after,
                _ => after_blanks,
            };
            let Some(after) = after_blanks.strip_prefix(unit.text.as_str()) else { break };
            (rest, i) = (after, i + 1);
        }
        assert_eq!(rest.trim_start_matches(is_blank), "", "nothing is written that is not in the source");
        if i == units.len() {
            return breaks;
        }
        assert!(i > i_first, "no line is empty");
        breaks.push(i);
    }
}

/// The width of the units around `i` that are bound to each other by `is_bound(i)`: the i-th to the one before it.
fn width_around(units: &[Unit], i: usize, is_bound: impl Fn(usize) -> bool, ambiguous: Ambiguous) -> usize {
    let begin = (1..=i).rev().find(|k| !is_bound(*k)).unwrap_or(0);
    let end = (i + 1..units.len()).find(|k| !is_bound(*k)).unwrap_or(units.len());
    let texts = units[begin..end].iter().enumerate();
    let blanks = |unit: &Unit| unit.blanks.chars().map(|c| blank_width(c, 0)).sum::<usize>();
    texts.map(|(k, unit)| if k == 0 { 0 } else { blanks(unit) } + text_width(&unit.text, ambiguous)).sum()
}

fn check(source: &str, n_columns: usize, ambiguous: Ambiguous) {
    let written = wrapped([source], n_columns, ambiguous);
    let mut lines = written.split('\n');
    let base = |unit: &Unit| unit.text.chars().next().expect("a cluster");
    for line in source.trim_end_matches(|c| c == '\n' || is_blank(c)).split('\n') {
        let units = units(line);
        let parts = |i: usize| may_part(base(&units[i - 1]), base(&units[i]));
        let is_apart = |i: usize| !units[i].blanks.is_empty();
        let may_cut = |i: usize| if is_apart(i) { parts(i) } else { may_cut(base(&units[i - 1]), base(&units[i])) };
        let may_break = |i: usize| if is_apart(i) { parts(i) } else { may_break(base(&units[i - 1]), base(&units[i])) };
        for i in breaks(&units, &mut lines) {
            let what = format!("{source:?} at {n_columns} is {written:?}, broken before {:?}", units[i].text);
            let atom = width_around(&units, i, |k| !may_cut(k), ambiguous);
            assert!(may_cut(i) || atom > n_columns, "atom: {what}");
            let chunk = width_around(&units, i, |k| !may_break(k), ambiguous);
            assert!(may_break(i) || chunk > n_columns, "word: {what}");
        }
    }
    assert_eq!(lines.next(), None, "no more lines than that: {source:?} is {written:?}");
    for line in written.split('\n') {
        let units = units(line);
        let width: usize = units.iter().map(|unit| text_width(&unit.text, ambiguous)).sum();
        assert!(width <= n_columns || units.len() == 1, "{source:?} at {n_columns} has {line:?}");
    }
}

const TOKENS: &[&str] = &[
    "a",
    "b",
    "word",
    "https://example.com/a/b",
    "好",
    "世界",
    "，",
    "。",
    "、",
    "！",
    "）",
    "（",
    "「",
    "」",
    "“",
    "”",
    "…",
    "——",
    "\"",
    "%",
    "5",
    "-",
    " ",
    "  ",
    "　",
    "\t",
    "\n",
    "👨‍👩‍👧",
    "🇨🇳",
    "👍🏽",
    "e\u{301}",
    "\u{301}",
    "\u{200d}",
    "ᄒ\u{1161}",
];

fn source() -> impl Strategy<Value = String> {
    prop::collection::vec(select(TOKENS), 0..40).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn no_rule_is_broken_and_nothing_is_lost(source in source(), n_columns in 1usize..24, wide in any::<bool>()) {
        check(&source, n_columns, if wide { Ambiguous::Wide } else { Ambiguous::Narrow });
    }

    #[test]
    fn cuts_do_not_show(source in source(), n_columns in 1usize..24, cut in any::<prop::sample::Index>()) {
        let whole = wrapped([source.as_str()], n_columns, NARROW);
        let each = source.char_indices().map(|(i, c)| &source[i..i + c.len_utf8()]);
        prop_assert_eq!(wrapped(each, n_columns, NARROW), whole.as_str());
        let ends: Vec<usize> = source.char_indices().map(|(i, _)| i).chain([source.len()]).collect();
        let (head, tail) = source.split_at(ends[cut.index(ends.len())]);
        prop_assert_eq!(wrapped([head, tail], n_columns, NARROW), whole);
    }

    #[test]
    fn a_resize_loses_nothing(pieces in prop::collection::vec((source(), 1usize..24), 1..5)) {
        let (mut wrap, mut painter) = (Wrap::new(10, NARROW), Painter::new(false));
        for (piece, n_columns) in &pieces {
            wrap.text(piece, Style::default(), &mut painter);
            wrap.resize(*n_columns);
        }
        wrap.finish(&mut painter);
        let source: String = pieces.iter().map(|(piece, _)| piece.as_str()).collect();
        let bare = |text: &str| text.replace(|c: char| is_blank(c) || c == '\n', "");
        prop_assert_eq!(bare(&painter.take()), bare(&source));
    }
}
