//! How a line of Markdown begins, and so what it is. Pure: [`open`] is asked again with each character until the
//! beginning tells.
//!
//! Stricter than CommonMark where its rules would swallow what people and models mean as text: `>` and `#` want a
//! blank after them, four blanks do not make code (lists are full of them), a table wants its leading `|`.

/// The beginning of a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Opening {
    /// What the line stands in, outermost first.
    pub(super) marks: Vec<Mark>,
    /// What it is.
    pub(super) leaf: Leaf,
    /// Where the leaf begins with its own marker (`## `), in bytes.
    pub(super) leaf_at: usize,
    /// Where its text begins.
    pub(super) text_at: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark {
    Quote,
    /// Columns of white space.
    Indent(usize),
    /// A list item, with its marker: `-`, `*`, `+`, `12.` or `12)`.
    Item(String),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Leaf {
    Text,
    /// `#` to `######`.
    Heading,
    Rule,
    /// Opens a code block; the fence itself is not counted as marker, the line tells its language.
    Fence(Fence),
    /// May be the row of a table.
    Row,
}

/// What a code block is opened and closed with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fence {
    pub(super) mark: char,
    pub(super) n: usize,
}

impl Opening {
    /// A line whose beginning means nothing.
    pub(super) fn text() -> Self {
        Self { marks: Vec::new(), leaf: Leaf::Text, leaf_at: 0, text_at: 0 }
    }

    /// How many quotes the line stands in.
    pub(super) fn n_quotes(&self) -> usize {
        self.marks.iter().filter(|mark| **mark == Mark::Quote).count()
    }
}

/// A tab is as wide as this in the indentation of Markdown.
const TAB_COLUMNS: usize = 4;

/// What a line is that begins with `head`, or is `head` and no more. `None` where more of it must be seen.
pub(super) fn open(head: &str, is_whole: bool) -> Option<Opening> {
    let mut marks = Vec::new();
    let mut rest = head;
    loop {
        let body = rest.trim_start_matches([' ', '\t']);
        let n_blank_bytes = rest.len() - body.len();
        if n_blank_bytes > 0 {
            let n_columns = rest[..n_blank_bytes].chars().map(|c| if c == '\t' { TAB_COLUMNS } else { 1 }).sum();
            marks.push(Mark::Indent(n_columns));
        }
        match begin(body, is_whole)? {
            Begun::Mark(mark, n_bytes) => {
                marks.push(mark);
                rest = &body[n_bytes..];
            }
            Begun::Leaf(leaf, n_bytes) => {
                let leaf_at = head.len() - body.len();
                return Some(Opening { marks, leaf, leaf_at, text_at: leaf_at + n_bytes });
            }
        }
    }
}

/// What stands first, and how many bytes of it are markers.
enum Begun {
    Mark(Mark, usize),
    Leaf(Leaf, usize),
}

const TEXT: Begun = Begun::Leaf(Leaf::Text, 0);

fn begin(body: &str, is_whole: bool) -> Option<Begun> {
    let Some(first) = body.chars().next() else { return is_whole.then_some(TEXT) };
    let run = body.len() - body.trim_start_matches(first).len();
    // The character that the marker, so long, must have after it; none where the line is not seen so far.
    let blank_after = |n_bytes: usize| match body[n_bytes..].chars().next() {
        None => is_whole.then_some(false),
        Some(c) => Some(matches!(c, ' ' | '\t')),
    };
    match first {
        '>' if body == ">" => is_whole.then_some(Begun::Mark(Mark::Quote, 1)),
        '>' if blank_after(1)? => Some(Begun::Mark(Mark::Quote, 2)),
        '#' if run <= 6 && blank_after(run)? => Some(Begun::Leaf(Leaf::Heading, run + 1)),
        '`' | '~' if body.len() == run && !is_whole => None,
        '`' | '~' if run >= 3 => Some(Begun::Leaf(Leaf::Fence(Fence { mark: first, n: run }), 0)),
        '|' => Some(Begun::Leaf(Leaf::Row, 0)),
        '-' | '*' | '+' | '_' => {
            let is_rule_so_far = first != '+' && body.chars().all(|c| c == first || matches!(c, ' ' | '\t'));
            if is_rule_so_far && !is_whole {
                return None;
            }
            if is_rule_so_far && body.chars().filter(|c| *c == first).count() >= 3 {
                return Some(Begun::Leaf(Leaf::Rule, body.len()));
            }
            let is_item = first != '_' && blank_after(1)?;
            Some(if is_item { Begun::Mark(Mark::Item(first.into()), 2) } else { TEXT })
        }
        '0'..='9' => {
            let n_digits = body.len() - body.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            if n_digits > 9 {
                return Some(TEXT);
            }
            match body[n_digits..].chars().next() {
                None => is_whole.then_some(TEXT),
                Some('.' | ')') if blank_after(n_digits + 1)? => {
                    Some(Begun::Mark(Mark::Item(body[..=n_digits].to_owned()), n_digits + 2))
                }
                Some(_) => Some(TEXT),
            }
        }
        _ => Some(TEXT),
    }
}

impl Fence {
    /// Whether the line closes the block.
    pub(super) fn is_closed_by(self, line: &str) -> bool {
        let line = line.trim_matches([' ', '\t']);
        line.chars().all(|c| c == self.mark) && line.len() >= self.n
    }
}

/// The line inside so many quotes, without their markers. `None` where it does not stand in them.
pub(super) fn unquoted(line: &str, n_quotes: usize) -> Option<&str> {
    (0..n_quotes).try_fold(line, |line, _| {
        let inside = line.trim_start_matches([' ', '\t']).strip_prefix('>')?;
        Some(inside.strip_prefix(' ').unwrap_or(inside))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(marker: &str) -> Mark {
        Mark::Item(marker.to_owned())
    }

    #[test]
    fn beginnings() {
        use Leaf::{Fence as Code, Heading, Row, Rule, Text};
        use Mark::{Indent, Quote};
        let fence = |mark, n| Code(Fence { mark, n });
        for (line, marks, leaf, body) in [
            ("", vec![], Text, ""),
            ("  ", vec![Indent(2)], Text, ""),
            ("你好", vec![], Text, "你好"),
            ("  你好", vec![Indent(2)], Text, "你好"),
            ("# 一", vec![], Heading, "一"),
            ("###### 六", vec![], Heading, "六"),
            ("####### 七", vec![], Text, "####### 七"),
            ("#话题", vec![], Text, "#话题"),
            ("#", vec![], Text, "#"),
            ("> 引", vec![Quote], Text, "引"),
            (">", vec![Quote], Text, ""),
            ("> > 引", vec![Quote, Quote], Text, "引"),
            (">= 5", vec![], Text, ">= 5"),
            ("> - # 一", vec![Quote, item("-")], Heading, "一"),
            ("- 甲", vec![item("-")], Text, "甲"),
            ("* 甲", vec![item("*")], Text, "甲"),
            ("+ 甲", vec![item("+")], Text, "甲"),
            ("-5 度", vec![], Text, "-5 度"),
            ("**粗**", vec![], Text, "**粗**"),
            ("* **粗**", vec![item("*")], Text, "**粗**"),
            ("*", vec![], Text, "*"),
            ("- ", vec![item("-")], Text, ""),
            ("\t- 乙", vec![Indent(4), item("-")], Text, "乙"),
            ("1. 甲", vec![item("1.")], Text, "甲"),
            ("12) 甲", vec![item("12)")], Text, "甲"),
            ("1.5 倍", vec![], Text, "1.5 倍"),
            ("1.", vec![], Text, "1."),
            ("2024 年", vec![], Text, "2024 年"),
            ("1234567890. 甲", vec![], Text, "1234567890. 甲"),
            ("---", vec![], Rule, ""),
            ("* * *", vec![], Rule, ""),
            ("___", vec![], Rule, ""),
            ("--", vec![], Text, "--"),
            ("***粗斜***", vec![], Text, "***粗斜***"),
            ("- - 甲", vec![item("-"), item("-")], Text, "甲"),
            ("```rust", vec![], fence('`', 3), "```rust"),
            ("- ~~~~", vec![item("-")], fence('~', 4), "~~~~"),
            ("`码`", vec![], Text, "`码`"),
            ("~5", vec![], Text, "~5"),
            ("| a |", vec![], Row, "| a |"),
            ("  | a |", vec![Indent(2)], Row, "| a |"),
            ("_斜_", vec![], Text, "_斜_"),
        ] {
            let opening = open(line, true).unwrap();
            assert_eq!((&opening.marks, opening.leaf, &line[opening.text_at..]), (&marks, leaf, body), "{line:?}");
            // What the first characters tell is what the whole line tells.
            for (i, _) in line.char_indices() {
                if let Some(early) = open(&line[..i], false) {
                    assert_eq!(early, opening, "{line:?} at {i}");
                }
            }
        }
    }

    #[test]
    fn it_waits_no_longer_than_it_must() {
        for (head, is_told) in [
            ("你", true),
            ("#", false),
            ("# ", true),
            ("-", false),
            ("- ", false),
            ("- 甲", true),
            ("**", false),
            ("**粗", true),
            ("12", false),
            ("12年", true),
            ("12. ", false),
            ("```", false),
            ("```r", true),
            ("|", true),
            (" ", false),
            ("> ", false),
        ] {
            assert_eq!(open(head, false).is_some(), is_told, "{head:?}");
            assert!(open(head, true).is_some(), "{head:?}");
        }
    }

    #[test]
    fn fences_close() {
        let fence = Fence { mark: '`', n: 3 };
        for (line, closes) in [("```", true), ("  ```` ", true), ("``", false), ("```rust", false), ("~~~", false)] {
            assert_eq!(fence.is_closed_by(line), closes, "{line:?}");
        }
    }

    #[test]
    fn quotes_come_off() {
        assert_eq!(unquoted("> > a", 2), Some("a"));
        assert_eq!(unquoted(">  a", 1), Some(" a"));
        assert_eq!(unquoted(">a", 1), Some("a"));
        assert_eq!(unquoted("a", 1), None);
        assert_eq!(unquoted(" a", 0), Some(" a"));
    }
}
