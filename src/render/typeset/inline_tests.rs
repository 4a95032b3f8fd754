//! Lines of Markdown in angle brackets of our own: what is bold, italic, code, a link.

use super::*;
use proptest::prelude::*;
use proptest::sample::select;

/// The line as it is shown: `<b>`, `<i>`, `<c>`ode, `<l>`abel, `<a>`ddress.
fn shown(line: &str) -> String {
    let mut spans: Vec<(String, String)> = Vec::new();
    let mut out = |text: &str, style: Style| {
        let tags: String = [
            (style.attributes.has(Attribute::Bold), 'b'),
            (style.attributes.has(Attribute::Italic), 'i'),
            (style.foreground_color == Some(Color::DarkCyan), 'c'),
            (style.attributes.has(Attribute::Underlined), 'l'),
            (style.attributes.has(Attribute::Dim), 'a'),
        ]
        .iter()
        .filter_map(|(is_so, tag)| is_so.then_some(*tag))
        .collect();
        match spans.last_mut() {
            Some((before, last)) if *before == tags => last.push_str(text),
            _ => spans.push((tags, text.to_owned())),
        }
    };
    let mut inline = Inline::new(false);
    inline.text(line, &mut out);
    inline.end(&mut out);
    let tagged =
        |(tags, text): &(String, String)| if tags.is_empty() { text.clone() } else { format!("<{tags}:{text}>") };
    spans.iter().map(tagged).collect()
}

/// The text alone, cut into pieces by `ends`, with what was passed on after each piece.
fn passed_on<'a>(pieces: impl IntoIterator<Item = &'a str>, shows_marks: bool) -> (Vec<String>, u64) {
    let mut inline = Inline::new(shows_marks);
    let mut all = Vec::new();
    for piece in pieces {
        let mut text = String::new();
        inline.text(piece, &mut |span, _| text.push_str(span));
        all.push(text);
    }
    let mut text = String::new();
    inline.end(&mut |span, _| text.push_str(span));
    all.push(text);
    (all, inline.n_steps())
}

#[test]
fn marks_become_styles() {
    for (line, expected) in [
        ("这是**重点**。", "这是<b:重点>。"),
        ("*斜*和_斜_ 不同", "<i:斜>和_斜_ 不同"),
        ("a _b c_ d", "a <i:b c> d"),
        ("***都***", "<bi:都>"),
        ("**粗*斜*粗**", "<b:粗><bi:斜><b:粗>"),
        ("**注意：**请看", "<b:注意：>请看"),
        ("他说**“重点”**是", "他说<b:“重点”>是"),
        ("**甲**、**乙**", "<b:甲>、<b:乙>"),
        ("**`x` 和 y**", "<bc:x><b: 和 y>"),
        ("用`let x = 1;`写", "用<c:let x = 1;>写"),
        ("`` a`b ``", "<c:a`b>"),
        ("`**不粗**`", "<c:**不粗**>"),
        ("[文档](https://docs.rs/)见", "<l:文档> (<a:https://docs.rs/>)见"),
        ("[**粗**](./a.md)", "<bl:粗> (<a:./a.md>)"),
        ("[https://a.b](https://a.b)", "<l:https://a.b>"),
        ("[w](https://a.b/c_(d))", "<l:w> (<a:https://a.b/c_(d)>)"),
        ("**GPT**4", "<b:GPT>4"),
        ("__重 点__", "<b:重 点>"),
    ] {
        assert_eq!(shown(line), expected, "{line:?}");
    }
}

#[test]
fn what_is_no_markdown_stays_as_it_is() {
    for line in [
        "3*4*5 = 60，2 * 3 = 6",
        "2**10**2",
        "snake_case_name 和 __init__ 和 _",
        "好的~~ 3~5 天",
        "**没有结束",
        "没有开始**",
        "**不同*",
        "** 空 **",
        "****",
        "`没有结束",
        "``不`同",
        "[1] 和 [2](见下文)",
        "[没有结束](https://a",
        "[甲](",
        "[甲",
        "甲]（乙）",
        "\\[ x^2 \\] 与 \\( y \\)",
        "C:\\dir\\new",
        "反斜杠\\",
        "a < b && c > d &amp;",
        "",
    ] {
        assert_eq!(shown(line), line, "{line:?}");
    }
}

#[test]
fn a_part_that_is_wrong_does_not_spoil_the_rest() {
    for (line, expected) in [
        ("`开 **粗**", "`开 <b:粗>"),
        ("[甲 **粗**", "[甲 <b:粗>"),
        ("[甲](乙 **粗**", "[甲](乙 <b:粗>"),
        ("*甲**乙*", "<i:甲**乙>"),
        ("\\*不斜\\* *斜*", "*不斜* <i:斜>"),
        ("`` ` **粗**", "`` ` <b:粗>"),
        ("**开 `码` *斜*", "**开 <c:码> <i:斜>"),
    ] {
        assert_eq!(shown(line), expected, "{line:?}");
    }
}

#[test]
fn only_what_is_undecided_is_held_back() {
    let pieces = ["今天", "**", "很", "重", "**", "要", "`", "a", "`", "，", "[1]", "好"];
    let (passed, _) = passed_on(pieces, false);
    assert_eq!(passed, ["今天", "", "", "", "", "很重要", "", "", "", "a，", "", "[1]好", ""]);
}

#[test]
fn no_more_is_held_back_than_the_bound() {
    for open in ["**", "`", "[", "[a](", "**`", "*[`"] {
        let line = format!("{open}{}", "字".repeat(2000));
        let ends: Vec<usize> = line.char_indices().map(|(i, _)| i).chain([line.len()]).collect();
        let (passed, _) = passed_on(ends.windows(2).map(|ends| &line[ends[0]..ends[1]]), false);
        let mut n_held = 0;
        for (end, text) in ends[1..].iter().zip(&passed) {
            n_held += text.len();
            assert!(end - n_held <= MAX_HELD_BYTES + 8, "{open:?}: {} held", end - n_held);
        }
        assert_eq!(passed.concat(), line);
    }
}

#[test]
fn it_costs_a_bounded_number_of_steps_a_character() {
    for (unit, n_most) in [
        ("这里有**重点**和`代码`，", 3),
        ("*", 2),
        ("*a_b", 4),
        ("[", 4),
        ("[a](", 400),
        ("` `` ``` ", 60),
        ("*a `b ", 60),
        ("\\", 2),
        ("**a* ", 4),
    ] {
        let line = unit.repeat(200_000 / unit.len());
        let (passed, n_steps) = passed_on([line.as_str()], true);
        assert_eq!(passed.concat(), line);
        let n_chars = line.chars().count() as u64;
        assert!(n_steps <= n_chars * n_most, "{unit:?}: {} steps a character", n_steps as f64 / n_chars as f64);
    }
}

const TOKENS: &[&str] = &[
    "*",
    "**",
    "***",
    "_",
    "__",
    "`",
    "``",
    "[",
    "]",
    "](",
    "(",
    ")",
    "\\",
    "!",
    " ",
    "a",
    "b1",
    "字",
    "，",
    "“",
    "https://a.b",
    "👨‍👩‍👧",
];

fn line() -> impl Strategy<Value = String> {
    prop::collection::vec(select(TOKENS), 0..30).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn with_its_marks_shown_a_line_is_itself(line in line()) {
        prop_assert_eq!(passed_on([line.as_str()], true).0.concat(), line);
    }

    #[test]
    fn only_marks_go(line in line()) {
        let bare = |text: &str| text.replace(|c: char| "*_`[]()\\ ".contains(c), "");
        // A label that is its own address is shown once.
        let is_own_address = line.match_indices("](").any(|(i, _)| {
            let mut addresses = line[i..].match_indices(')').map(|(end, _)| bare(&line[i..i + end]));
            addresses.any(|address| address.contains("https") && bare(&line[..i]).ends_with(&address))
        });
        prop_assume!(!is_own_address);
        prop_assert_eq!(bare(&passed_on([line.as_str()], false).0.concat()), bare(&line));
    }

    #[test]
    fn cuts_do_not_show(line in line()) {
        let styled = |pieces: &[&str]| {
            let (mut inline, mut styled) = (Inline::new(false), Vec::new());
            let mut out = |text: &str, style: Style| styled.extend(text.chars().map(|c| (c, style)));
            pieces.iter().for_each(|piece| inline.text(piece, &mut out));
            inline.end(&mut out);
            styled
        };
        let each: Vec<&str> = line.char_indices().map(|(i, c)| &line[i..i + c.len_utf8()]).collect();
        prop_assert_eq!(styled(&each), styled(&[&line]));
    }
}
