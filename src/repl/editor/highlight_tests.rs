//! The look of a line: its colours, and the width of what is shown.

use super::*;
use proptest::prelude::*;
use std::slice::from_ref;

/// Without what colours it.
fn bare(shown: &str) -> String {
    let mut bare = String::new();
    let mut rest = shown;
    while let Some((before, behind)) = rest.split_once("\u{1b}[") {
        bare.push_str(before);
        rest = behind.split_once('m').expect("a colour ends").1;
    }
    bare + rest
}

#[test]
fn each_cluster_is_as_wide_as_it_is_taken_for() {
    for (typed, shown) in [
        ("你好 abc", "你好 abc"),
        ("“…”—·", "“…”—·"),
        ("e\u{301}é", "e\u{301}é"),
        ("👨‍👩‍👧好", "👨好"),
        ("👍🏽", "👍"),
        ("❤️x", "❤ x"),
        ("1️⃣", "1 "),
        ("🇨🇳", "🇨🇳"),
        ("👩🏼‍👨🏼‍👦🏼‍👦🏼", "👩"),
        ("👨\u{200d}", "👨\u{200d}"),
        ("각", "각"),
        ("一\n\t二", "一\n 二"),
        ("好\u{7}好\u{9b}\0", "好好"),
    ] {
        assert_eq!(plain(typed), shown, "{typed:?}");
        assert_eq!(show(typed, None), shown, "{typed:?}");
    }
}

#[test]
fn commands_and_fences_and_marks_have_their_colours() {
    for (line, shown) in [
        ("/help", coloured("/help", Paint::Command)),
        ("／帮助 undo", coloured("／帮助", Paint::Command) + " undo"),
        (" 、撤销", " ".to_owned() + &coloured("、撤销", Paint::Command)),
        ("/hel", "/hel".to_owned()),
        ("/", "/".to_owned()),
        ("/hel x", coloured("/hel", Paint::Unknown) + " x"),
        ("/hlep", coloured("/hlep", Paint::Unknown)),
        ("//help", "//help".to_owned()),
        ("1/2", "1/2".to_owned()),
        ("\"\"\"一", coloured("\"\"\"", Paint::Faint) + "一"),
        ("“”“一“”“", coloured("“”“", Paint::Faint) + "一" + &coloured("“”“", Paint::Faint)),
        ("/system \"\"\"一", coloured("/system", Paint::Command) + " " + &coloured("\"\"\"", Paint::Faint) + "一"),
    ] {
        assert_eq!(show(line, Some(&[])), shown, "{line}");
        assert_eq!(bare(&shown), line);
        assert_eq!(show(line, None), line);
    }
    let marked = "前[50 行]后";
    let mark = 3..marked.len() - 3;
    let expected = "前".to_owned() + &coloured("[50 行]", Paint::Faint) + "后";
    assert_eq!(show(marked, Some(from_ref(&mark))), expected);
}

#[test]
fn simple_lines_are_not_drawn_whole_at_every_key() {
    for line in ["", "你好", "abc 好，“", "１"] {
        assert_eq!(is_drawn_whole(line, 80), line.contains('“'), "{line}");
    }
    for line in ["/h", "、", "👨‍", "👍🏽", "🇨", "e\u{301}", "一\n二", "\t", "\"", "[50 行]"] {
        assert!(is_drawn_whole(line, 80), "{line}");
    }
    assert!(!is_drawn_whole(&"字".repeat(38), 80) && is_drawn_whole(&"字".repeat(39), 80));
}

#[test]
fn the_cursor_has_room_behind_a_full_row() {
    let full = "x".repeat(18);
    for (line, pos, has_more) in [
        (format!("{full}\n二"), 18, true),
        (format!("{full}\n二"), 17, false),
        (format!("{full}\n二"), 19, false),
        (format!("{full}x\n二"), 19, false),
        (format!("一\n{full}xx\n二"), 24, true),
        (format!("一\n{full}\n二"), 22, false),
        // The wide one does not fit into the last column.
        (format!("{}字\n二", "x".repeat(17)), 20, false),
        (format!("{}字{full}\n二", "x".repeat(17)), 38, true),
        (full.clone(), 18, false),
        ("\n".to_owned(), 0, false),
    ] {
        let shown = with_room_for_cursor(&line, pos, 20);
        let expected = if has_more { format!("{}\n{}", &line[..pos], &line[pos..]) } else { line.clone() };
        assert_eq!(shown, expected, "{line:?} {pos}");
    }
}

#[test]
fn colours_do_not_overlap() {
    for line in ["/[50 行]", "\"\"\"[50 行]\"\"\"", "/[50 行] \"\"\""] {
        let start = line.find('[').unwrap();
        let mark = start..start + "[50 行]".len();
        assert_eq!(bare(&show(line, Some(from_ref(&mark)))), line);
    }
}

proptest! {
    #[test]
    fn what_is_shown_is_as_wide_as_the_line_editor_reckons(
        line in "[a /，你😀👨👩👧🏽\u{200d}\u{fe0f}❤1\u{20e3}🇨🇳e\u{301}ᄀ\u{1161}क\u{94d}ष]{0,16}"
    ) {
        let reckoned: usize = line.graphemes(true).map(UnicodeWidthStr::width).sum();
        let shown = plain(&line);
        let apart: usize = shown.chars().map(|c| c.width().unwrap_or(0)).sum();
        prop_assert_eq!(reckoned, apart, "{:?} {:?}", line, shown);
        prop_assert_eq!(bare(&show(&line, Some(&[]))), shown);
    }
}
