//! Lines that the program itself says: a note, or a row of a listing whose text stands in a column. Each comes whole and
//! has no Markdown; it is broken as answers are, but for the commands in it, which are typed as they stand; and what does
//! not fit goes on below where its text began.

use std::ops::Range;

use super::Sheet;
use super::cluster::text_width;
use super::paint::{Painter, Span, Style};
use super::wrap::Wrap;
use crate::render::table::GAP;

/// One line, which is harmless already, as lines that fit the sheet.
#[must_use]
pub fn broken(line: &str, sheet: Sheet) -> String {
    let Sheet { n_columns, ambiguous, .. } = sheet;
    let width = |head: &str| text_width(head, ambiguous);
    // Text that hangs deeper than this has too little room beside it.
    let head = heads(line).filter(|head| width(head) * 2 <= n_columns).last().unwrap_or_default();
    let hang = Span::plain(" ".repeat(width(head)));
    let mut painter = Painter::new(false);
    let mut wrap = Wrap::new(n_columns, ambiguous);
    wrap.begin(&[Span::plain(head)], vec![hang], &mut painter);
    let (text, mut end) = (&line[head.len()..], 0);
    for command in commands(text) {
        wrap.text(&text[end..command.start], Style::default(), &mut painter);
        end = command.end;
        wrap.word(&text[command], Style::default(), &mut painter);
    }
    wrap.text(&text[end..], Style::default(), &mut painter);
    wrap.finish(&mut painter);
    painter.take_last()
}

/// Where commands stand, such as `/设置`: a slash that no word stands before, and the word behind it.
fn commands(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices('/').filter_map(move |(start, slash)| {
        let is_in_word = text[..start].ends_with(|c: char| c.is_alphanumeric() || c == '/');
        let word = &text[start + slash.len()..];
        let n_bytes = word.find(|c: char| !c.is_alphanumeric()).unwrap_or(word.len());
        (!is_in_word && n_bytes > 0).then(|| start..start + slash.len() + n_bytes)
    })
}

fn indentation(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches(' ').len()]
}

/// What a line may begin with before its text, the shortest first: its indentation, a mark (`>`, `✓`, `→`), its first
/// column, its first two, each with the blanks behind it.
fn heads(line: &str) -> impl Iterator<Item = &str> {
    let n_indent = indentation(line).len();
    let body = &line[n_indent..];
    let mark = body.split_once(' ').map(|(mark, _)| mark).filter(|mark| !mark.contains(char::is_alphanumeric));
    let mark = mark.map(|mark| &line[..n_indent + mark.len() + 1]);
    let columns =
        body.match_indices(GAP).map(move |(at, _)| &line[..line.len() - body[at..].trim_start_matches(' ').len()]);
    std::iter::once(&line[..n_indent]).chain(mark).chain(columns)
}

#[cfg(test)]
mod tests {
    use super::super::Ambiguous;
    use super::*;
    use proptest::prelude::*;

    fn lines(line: &str, n_columns: usize) -> Vec<String> {
        let sheet = Sheet { n_columns, ambiguous: Ambiguous::Narrow, takes_styles: true };
        broken(line, sheet).lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_note_is_broken_as_an_answer_is() {
        for (line, n_columns, expected) in [
            ("已停下，写出的部分保留", 10, &["已停下，写", "出的部分保", "留"][..]),
            ("应为 1 到 104 之间，对话保留", 20, &["应为 1 到 104 之间，", "对话保留"]),
            ("到了长度上限，回答没有写完", 12, &["到了长度上", "限，回答没有", "写完"]),
            ("to go on from there", 12, &["to go on", "from there"]),
            ("写好了 /home/x/a.md 了", 16, &["写好了", "/home/x/a.md 了"]),
            ("写好了 /home/someone/a.md", 10, &["写好了", "/home/some", "one/a.md"]),
            ("短", 80, &["短"]),
            ("", 80, &[]),
        ] {
            assert_eq!(lines(line, n_columns), expected, "{line}");
        }
    }

    #[test]
    fn what_does_not_fit_goes_on_below_its_text() {
        for (line, n_columns, expected) in [
            ("/set  改设置，放开（置）", 18, &["/set  改设置，放开", "      （置）"][..]),
            ("  ✓ 编码是好的", 12, &["  ✓ 编码是好", "    的"]),
            ("      → 改它再来", 16, &["      → 改它再来"]),
            ("      → 改它再来一次", 16, &["      → 改它再来", "        一次"]),
            ("> 很长的问题", 10, &["> 很长的问", "  题"]),
            ("  缩进的文字", 10, &["  缩进的文", "  字"]),
            // Below the last column.
            ("temp   = 0.6  越大越随意", 18, &["temp   = 0.6  越大", "       越随意"]),
            ("temp   = 0.6  越大越随意", 28, &["temp   = 0.6  越大越随意"]),
            ("temp   = 0.6  越大越随意，越小越稳", 28, &["temp   = 0.6  越大越随意，越", "              小越稳"]),
            // No room beside it.
            ("/continue  接着写", 14, &["/continue  接", "着写"]),
            ("名字  甲", 4, &["名字", "甲"]),
        ] {
            assert_eq!(lines(line, n_columns), expected, "{line}");
        }
    }

    #[test]
    fn a_command_stays_whole_where_a_line_can_hold_it() {
        for (line, n_columns, expected) in [
            ("先看一看，/设置 再来", 14, &["先看一看，", "/设置 再来"][..]),
            ("（/上下文 /语言）", 10, &["（/上下文", "/语言）"]),
            ("/重新开始 好", 6, &["/重新", "开始", "好"]),
            // Not a command.
            ("中文和英文/日文或", 12, &["中文和英文", "/日文或"]),
            ("甲乙丙丁戊/己庚辛", 14, &["甲乙丙丁戊/己", "庚辛"]),
        ] {
            assert_eq!(lines(line, n_columns), expected, "{line}");
        }
    }

    proptest! {
        #[test]
        fn nothing_but_blanks_is_lost_and_what_fits_is_as_it_was(
            line in "[ ]{0,3}[a好，>]([a好，。 （/-]{0,30}[a好])?",
            n_columns in 1_usize..40,
        ) {
            let shown = lines(&line, n_columns);
            let bare = |text: &str| text.replace(' ', "");
            prop_assert_eq!(bare(&shown.concat()), bare(&line));
            if text_width(&line, Ambiguous::Narrow) <= n_columns {
                prop_assert_eq!(shown, [line]);
            }
        }
    }
}
