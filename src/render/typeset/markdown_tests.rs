//! Whole answers in Markdown, as lines on a terminal.

use super::super::paint::Painter;
use super::table::MAX_TABLE_BYTES;
use super::*;
use proptest::prelude::*;
use proptest::sample::select;

const NARROW: Sheet = Sheet { n_columns: 40, ambiguous: Ambiguous::Narrow, takes_styles: true };

/// What is written for these pieces, and then for the end.
fn written<'a>(pieces: impl IntoIterator<Item = &'a str>, sheet: Sheet) -> Vec<String> {
    let (mut markdown, mut painter) = (Markdown::new(sheet), Painter::new(sheet.takes_styles));
    let mut all = Vec::new();
    for piece in pieces {
        markdown.text(piece, &mut painter);
        all.push(painter.take());
    }
    markdown.finish(&mut painter);
    all.push(painter.take());
    all
}

/// Without the escape sequences for colour and weight.
fn bare(painted: &str) -> String {
    let mut pieces = painted.split("\x1b[");
    let first = pieces.next().unwrap_or("").to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('m').expect("a sequence for colour or weight").1)
}

fn shown(source: &str, sheet: Sheet) -> String {
    bare(&written([source], sheet).concat())
}

#[test]
fn an_answer() {
    let source = "## 排序\n\n快速排序的**要点**：\n\n1. 选一个*基准*，把数组分成两半，分别再排\n   - 平均 `O(n log n)`\n* 最坏 `O(n²)`\n\n\
                  > 引用的话很长很长很长很长很长很长很长很长很长很长\n\n---\n\n```python\ndef f(x):  # 注\n\n    return 1\n```\n完。\n\n";
    let lines = [
        "排序",
        "",
        "快速排序的要点：",
        "",
        "1. 选一个基准，把数组分成两半，分别再排",
        "   • 平均 O(n log n)",
        "• 最坏 O(n²)",
        "",
        "│ 引用的话很长很长很长很长很长很长很长很",
        "│ 长很长很长",
        "",
        "────────────────────────────────────────",
        "",
        "```python",
        "def f(x):  # 注",
        "",
        "    return 1",
        "```",
        "完。",
    ];
    assert_eq!(shown(source, NARROW).lines().collect::<Vec<_>>(), lines);
    // Where no styles can show what they mean, the markers stay.
    let plain = Sheet { takes_styles: false, ..NARROW };
    let painted = written([source], plain).concat();
    assert!(!painted.contains('\x1b'));
    for line in ["## 排序", "快速排序的**要点**：", "   - 平均 `O(n log n)`", "* 最坏 `O(n²)`", "---", "> 长很长很长"]
    {
        assert!(painted.lines().any(|shown| shown == line), "{line:?} in {painted}");
    }
}

#[test]
fn styles_are_what_crossterm_writes() {
    let bold = with(Style::default(), Attribute::Bold);
    let heading = coloured(bold, Color::DarkMagenta);
    let comment = style_of(Kind::Comment);
    let source = "# 甲\n**乙**\n```c\n// 丙\n```";
    let expected = format!(
        "{}\n{}\n{}\n{}\n{}",
        heading.apply("甲"),
        bold.apply("乙"),
        faint().apply("```c"),
        comment.apply("// 丙"),
        faint().apply("```")
    );
    assert_eq!(written([source], NARROW).concat(), expected);
}

#[test]
fn tables_stand_in_columns() {
    let source =
        "| 名字 | 大小 | 说明 |\n|:--|--:|---|\n| demo | 12 | **小** |\n| 我的模型 | 7900 | a \\| b<br>c |\n后文";
    let lines = [
        "名字     │ 大小 │ 说明",
        "─────────┼──────┼──────",
        "demo     │   12 │ 小",
        "我的模型 │ 7900 │ a | b",
        "         │      │ c",
        "后文",
    ];
    assert_eq!(shown(source, NARROW).lines().map(str::trim_end).collect::<Vec<_>>(), lines);
    // Where signs of our own may be two columns wide, they are of ASCII.
    let wide = shown(source, Sheet { ambiguous: Ambiguous::Wide, ..NARROW });
    assert!(wide.starts_with("名字     | 大小 | 说明\n---------|------|------\n"), "{wide}");
    // In a quote, and too wide.
    let quoted = "> | 甲 | 乙 |\n> |---|---|\n> | 一二三四五六七八 | 一二三四五六七八九十 |";
    let lines = [
        "│ 甲      │ 乙",
        "│ ────────┼────────",
        "│ 一二三  │ 一二三",
        "│ 四五六  │ 四五六",
        "│ 七八    │ 七八九",
        "│         │ 十",
    ];
    let shown = shown(quoted, Sheet { n_columns: 20, ..NARROW });
    assert_eq!(shown.lines().map(str::trim_end).collect::<Vec<_>>(), lines);
}

#[test]
fn what_is_not_quite_markdown_is_text() {
    for source in [
        "| 不是表格 |\n下一行",
        "| 甲 |\n| 乙 |\n| 丙 |",
        "|||",
        "#标题\n1.5 倍\n-5 度\n>= 3",
        "**没完\n_没完",
        "```内`联",
        "    四个空格",
        "```rust\n没有结束的代码\n  x",
        "~~~\n```\n~~\n~~~",
        "好的~~",
    ] {
        assert_eq!(shown(source, NARROW), source, "{source:?}");
    }
}

#[test]
fn a_quote_that_ends_ends_its_code() {
    let source = "> ```c\n> int a;\n文\n> ```\n> b";
    assert_eq!(shown(source, NARROW), "│ ```c\n│ int a;\n文\n│ ```\n│ b");
}

#[test]
fn text_streams_and_only_lines_that_must_wait_do() {
    let pieces = [
        "今天",
        "很好\n",
        "- ",
        "甲乙",
        "\n``",
        "`c\nint",
        " a;",
        "\n```\n",
        "| a |\n",
        "|-|",
        "\n| b |\n",
        "\n",
        "完",
    ];
    let sheet = Sheet { n_columns: 80, ..NARROW };
    let shown: Vec<String> = written(pieces, sheet).iter().map(|piece| bare(piece)).collect();
    let expected =
        ["今", "天很好", "", "\n• 甲", "乙", "\n```c", "", "\nint a;\n```", "", "", "\n", "a\n─\nb", "", "\n\n完"];
    assert_eq!(shown, expected);
}

/// What is written for the rest of an answer that was ended behind `head`.
fn resumed(head: &str, tail: &str, sheet: Sheet) -> String {
    let (mut markdown, mut painter) = (Markdown::new(sheet), Painter::new(sheet.takes_styles));
    markdown.resume(head);
    markdown.text(tail, &mut painter);
    markdown.finish(&mut painter);
    painter.take_last()
}

#[test]
fn an_answer_is_gone_on_with_where_it_was_cut() {
    for (head, tail, expected) in [
        // Within the number of a list that has code in a quote.
        ("1", ". > ```py\nx = 1", ". > ```py\nx = 1"),
        // Within code: its colours, and its end.
        ("```py\nx = 1", "2 # 注\n```\n**完**", "2 # 注\n```\n完"),
        ("```py\nx = 1\n", "y = 2\n```\n**完**", "y = 2\n```\n完"),
        ("```py\nx = 1", "\n```\n**完**", "```\n完"),
        ("甲\n``", "`c\nint a;\n```\n**完**", "`c\nint a;\n```\n完"),
        ("```py", "thon\n# 注\n```\n**完**", "thon\n# 注\n```\n完"),
        ("```c\nint a;\n`", "``\n**完**", "``\n完"),
        ("> ```c\n> int", " a;\n> ```\n**完**", " a;\n│ ```\n完"),
        ("> ```c\n> int a;\n文", "字\n**完**", "字\n完"),
        // Within text: what was open is text, and the line begins anew.
        ("一**二", "三**四", "三**四"),
        ("- 一", "二\n- 三", "二\n• 三"),
        ("- ", "二", "二"),
        ("1", ". 二\n2. 三", ". 二\n2. 三"),
        ("--", "-\n完", "-\n完"),
        ("甲", "", ""),
        ("甲\n", "", ""),
        ("甲\n\n", "乙", "乙"),
        ("", "# 乙", "乙"),
        // Within a table: its columns stay, and the rest of a row is text.
        ("| 甲 | 乙 |\n|---|---|\n| 一一 | 二 |\n", "| 三 | 四 |\n", "三   │ 四"),
        ("| 甲 | 乙 |\n|---|---|\n| 一一", " | 二 |\n| 三 | 四 |\n完", "| 二 |\n三   │ 四\n完"),
        ("| 甲 | 乙 |\n", "|---|---|\n| 三 | 四 |\n", "|---|---|\n| 三 | 四 |"),
    ] {
        assert_eq!(bare(&resumed(head, tail, NARROW)).trim_start(), expected.trim_start(), "{head:?} {tail:?}");
    }
    // The colours are those of the language, although its name was cut.
    let comment = style_of(Kind::Comment).apply("# 注").to_string();
    assert!(resumed("```py", "thon\n# 注", NARROW).contains(&comment));
    assert!(resumed("```python\n# ", "注", NARROW).contains(&style_of(Kind::Comment).apply("注").to_string()));
}

#[test]
fn a_table_is_awaited_on_a_line_of_its_own() {
    let (mut markdown, mut painter) = (Markdown::new(NARROW), Painter::new(true));
    let mut seen = Vec::new();
    for piece in ["甲：\n", "| a | b |\n", "|---|---|\n", "| 1", " | 2 |\n", "\n"] {
        markdown.text(piece, &mut painter);
        seen.push((markdown.n_rows_awaited(), painter.take().ends_with('\n')));
    }
    let rows: Vec<_> = seen.iter().map(|(n_rows, _)| *n_rows).collect();
    assert_eq!(rows, [None, None, Some(1), Some(1), Some(2), None]);
    assert!(seen[2].1, "the cursor stands at the beginning of a line");
}

#[test]
fn waits_are_bounded() {
    let sheet = Sheet { n_columns: 80, ..NARROW };
    let long = "字".repeat(20_000);
    for source in [
        format!("| {long}"),
        format!("```c\n{long}"),
        format!("```{long}"),
        "-".repeat(60_000),
        "*".repeat(60_000),
        format!("字{}", "`".repeat(60_000)),
        " ".repeat(60_000),
        format!("> - {long}"),
        format!("| a |\n|---|\n{}", "| b |\n".repeat(8_000)),
    ] {
        let each: Vec<&str> = source.char_indices().map(|(i, c)| &source[i..i + c.len_utf8()]).collect();
        let (mut n_waiting, mut n_longest) = (0, 0);
        let all = written(each.iter().copied(), sheet);
        for (piece, text) in each.iter().zip(&all) {
            // White space is not held back: at the end of a line it is left out.
            n_waiting = if text.is_empty() && *piece != " " { n_waiting + piece.len() } else { 0 };
            n_longest = n_longest.max(n_waiting);
        }
        let start: String = source.chars().take(12).collect();
        assert!(n_longest <= MAX_TABLE_BYTES + MAX_LINE_BYTES, "{start:?}…: {n_longest} bytes waited");
    }
}

#[test]
fn two_hundred_kilobytes_cost_linear_time() {
    for (unit, n_most) in [
        ("这里是**正文**，有`代码`和[链接](https://a.b/c)。\n", 4),
        ("- 项目一\n1. 项目二\n> 引\n", 20),
        ("| 甲 | 乙 |\n|---|---|\n| 一 | 二 |\n\n", 8),
        ("```rust\nlet x = 1;\n```\n", 8),
        ("-", 256),
        ("--------\n", 12),
        ("[a](", 400),
        ("**", 4),
    ] {
        let source = unit.repeat(200_000 / unit.len());
        for n_piece in [1, 7, source.len()] {
            let (mut markdown, mut painter) = (Markdown::new(NARROW), Painter::new(true));
            let chars: Vec<char> = source.chars().collect();
            for piece in chars.chunks(n_piece) {
                markdown.text(&piece.iter().collect::<String>(), &mut painter);
            }
            markdown.finish(&mut painter);
            let most = chars.len() as u64 * n_most;
            assert!(markdown.n_steps() <= most, "{unit:?} in pieces of {n_piece}: {} > {most}", markdown.n_steps());
        }
    }
}

const TOKENS: &[&str] = &[
    "\n",
    "\n",
    "\n",
    "\n\n",
    "# ",
    "## ",
    "> ",
    "- ",
    "* ",
    "1. ",
    "---",
    "```",
    "```rust\n",
    "~~~",
    "|",
    "| a | 字 |\n",
    "|---|:-:|\n",
    "**",
    "*",
    "_",
    "`",
    " ",
    "    ",
    "\t",
    "a",
    "let x = \"s\"; // 注",
    "今天",
    "，",
    "（",
    "12",
    "\\",
    "👨‍👩‍👧",
];

fn source() -> impl Strategy<Value = String> {
    prop::collection::vec(select(TOKENS), 0..40).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn cuts_do_not_show(source in source(), n_columns in 1usize..60, takes_styles in any::<bool>(), cut in any::<prop::sample::Index>()) {
        let sheet = Sheet { n_columns, takes_styles, ..NARROW };
        let whole = written([source.as_str()], sheet).concat();
        let each = source.char_indices().map(|(i, c)| &source[i..i + c.len_utf8()]);
        prop_assert_eq!(written(each, sheet).concat(), whole.as_str());
        let ends: Vec<usize> = source.char_indices().map(|(i, _)| i).chain([source.len()]).collect();
        let (head, tail) = source.split_at(ends[cut.index(ends.len())]);
        prop_assert_eq!(written([head, tail], sheet).concat(), whole);
    }

    #[test]
    fn nothing_visible_is_lost(source in source(), takes_styles in any::<bool>()) {
        // Wide enough that no table's cell is folded beside another.
        let sheet = Sheet { n_columns: 2000, takes_styles, ..NARROW };
        let visible = |text: &str| text.replace(|c: char| c.is_whitespace() || "#>-*_`|:\\•│─┼".contains(c), "");
        prop_assert_eq!(visible(&shown(&source, sheet)), visible(&source));
    }

    #[test]
    fn a_typesetter_is_as_new_after_an_answer(first in source(), second in source()) {
        let (mut markdown, mut painter) = (Markdown::new(NARROW), Painter::new(true));
        markdown.text(&first, &mut painter);
        markdown.finish(&mut painter);
        painter.take_last();
        markdown.text(&second, &mut painter);
        markdown.finish(&mut painter);
        prop_assert_eq!(painter.take(), written([second.as_str()], NARROW).concat());
    }

    #[test]
    fn nothing_visible_is_lost_where_an_answer_is_cut_and_gone_on_with(
        source in source(),
        takes_styles in any::<bool>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let sheet = Sheet { n_columns: 2000, takes_styles, ..NARROW };
        let ends: Vec<usize> = source.char_indices().map(|(i, _)| i).chain([source.len()]).collect();
        let (head, tail) = source.split_at(ends[cut.index(ends.len())]);
        let both = written([head], sheet).concat() + "\n" + &resumed(head, tail, sheet);
        let visible = |text: &str| text.replace(|c: char| c.is_whitespace() || "#>-*_`|:\\•│─┼".contains(c), "");
        prop_assert_eq!(visible(&bare(&both)), visible(&source));
        for line in both.lines() {
            let line = bare(line);
            prop_assert_eq!(line.trim_end_matches([' ', '\t']), line.as_str());
        }
    }

    #[test]
    fn a_resize_loses_nothing(first in source(), second in source(), n_columns in 1usize..60) {
        let (mut markdown, mut painter) = (Markdown::new(NARROW), Painter::new(false));
        markdown.text(&first, &mut painter);
        markdown.resize(n_columns);
        markdown.text(&second, &mut painter);
        markdown.finish(&mut painter);
        // A table's cells may be folded beside each other: the characters are there, in whatever order.
        let visible = |text: &str| {
            let mut visible: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
            visible.sort_unstable();
            visible
        };
        prop_assert_eq!(visible(&painter.take()), visible(&(first + &second)));
    }
}
