//! Lines that the program itself says: a note, or a row of a listing whose text stands in a column. Each comes whole and
//! has no Markdown; it is broken as answers are, and what does not fit goes on below where its text began.

use super::Sheet;
use super::cluster::text_width;
use super::paint::{Painter, Span, Style};
use super::wrap::Wrap;

/// Between the columns of a listing.
const GAP: &str = "  ";

/// One line, which is harmless already, as lines that fit the sheet.
#[must_use]
pub fn broken(line: &str, sheet: Sheet) -> String {
    let Sheet { n_columns, ambiguous, .. } = sheet;
    let width = |head: &str| text_width(head, ambiguous);
    // Text that hangs deeper than this has too little room beside it.
    let heads = [label(line), indentation(line)].into_iter();
    let head = heads.filter(|head| width(head) * 2 <= n_columns).max_by_key(|head| head.len()).unwrap_or_default();
    let hang = Span::plain(" ".repeat(width(head)));
    let mut painter = Painter::new(false);
    let mut wrap = Wrap::new(n_columns, ambiguous);
    wrap.begin(&[Span::plain(head)], vec![hang], &mut painter);
    wrap.text(&line[head.len()..], Style::default(), &mut painter);
    wrap.finish(&mut painter);
    painter.take_last()
}

fn indentation(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches(' ').len()]
}

/// What a line begins with before its text: its first column, or a mark (`>`, `✓`, `→`), each with the blanks behind it.
fn label(line: &str) -> &str {
    let n_indent = indentation(line).len();
    let body = &line[n_indent..];
    if let Some(at) = body.find(GAP) {
        return &line[..line.len() - body[at..].trim_start_matches(' ').len()];
    }
    match body.split_once(' ') {
        Some((mark, _)) if !mark.contains(char::is_alphanumeric) => &line[..n_indent + mark.len() + 1],
        _ => &line[..n_indent],
    }
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
            // No room beside it.
            ("/continue  接着写", 14, &["/continue  接", "着写"]),
            ("名字  甲", 4, &["名字", "甲"]),
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
