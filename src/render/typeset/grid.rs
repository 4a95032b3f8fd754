//! The tables of Markdown: rows into cells, cells below each other by display width.
//!
//! Where a table is wider than the terminal, its widest columns give way and their cells take several lines; where
//! not even that helps, there is no grid and the table is shown as it was written.

use super::cluster::{Ambiguous, text_width};
use super::paint::{Lines, Span, faint};
use super::wrap::Wrap;

/// Narrower than this no column is made.
const MIN_COLUMNS: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

/// The cells of a row. `\|` is text.
pub(super) fn cells(row: &str) -> Vec<String> {
    let row = row.trim();
    let mut cells = vec![String::new()];
    let mut is_escaped = false;
    for c in row.strip_prefix('|').unwrap_or(row).chars() {
        if c == '|' && !is_escaped {
            cells.push(String::new());
        } else if let Some(cell) = cells.last_mut() {
            if c == '|' {
                cell.pop();
            }
            cell.push(c);
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    if cells.len() > 1 && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
        cells.pop();
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

/// What the second row of a table says of its columns. `None`: it is not the second row of a table.
pub(super) fn aligns(row: &str) -> Option<Vec<Align>> {
    let align = |cell: &String| {
        let dashes = cell.trim_matches(':');
        let is_rule = !dashes.is_empty() && dashes.chars().all(|c| c == '-') && cell.len() <= dashes.len() + 2;
        is_rule.then_some(match (cell.starts_with(':'), cell.ends_with(':')) {
            (true, true) => Align::Center,
            (false, true) => Align::Right,
            _ => Align::Left,
        })
    };
    cells(row).iter().map(align).collect()
}

/// The columns of a table.
#[derive(Debug)]
pub(super) struct Grid {
    widths: Vec<usize>,
    aligns: Vec<Align>,
    ambiguous: Ambiguous,
    /// Between two columns, and between two columns of the line below the header.
    joints: [&'static str; 2],
    dash: &'static str,
}

impl Grid {
    /// Columns for these rows within so many columns of the terminal; with box-drawing signs or in ASCII.
    pub(super) fn fit(
        rows: &[Vec<Vec<Span>>],
        aligns: &[Align],
        n_columns: usize,
        ambiguous: Ambiguous,
        has_signs: bool,
    ) -> Option<Self> {
        let n = rows.iter().map(Vec::len).max().filter(|n| *n > 0)?;
        let (joints, dash) = if has_signs { ([" │ ", "─┼─"], "─") } else { ([" | ", "-|-"], "-") };
        let mut widths: Vec<usize> = vec![1; n];
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                let text: String = cell.iter().map(|span| span.text.as_str()).collect();
                *width = text.split('\n').map(|line| text_width(line, ambiguous)).fold(*width, usize::max);
            }
        }
        let room = n_columns.checked_sub(text_width(joints[0], ambiguous) * (n - 1))?;
        if widths.iter().sum::<usize>() > room {
            if room < MIN_COLUMNS * n {
                return None;
            }
            let most = largest_share(&widths, room);
            widths.iter_mut().for_each(|width| *width = most.min(*width));
        }
        let aligns = (0..n).map(|i| aligns.get(i).copied().unwrap_or(Align::Left)).collect();
        Some(Self { widths, aligns, ambiguous, joints, dash })
    }

    /// The lines of one row. Cells beyond the last column go into it.
    pub(super) fn row(&self, cells: &[Vec<Span>]) -> Vec<Vec<Span>> {
        let n = self.widths.len();
        let mut columns: Vec<Vec<Vec<Span>>> = Vec::with_capacity(n);
        for (i, width) in self.widths.iter().enumerate() {
            let last = if i + 1 == n { cells.len() } else { i + 1 };
            let cells = cells.get(i..last.max(i)).unwrap_or_default();
            columns.push(self.fold(&cells.join(&Span::plain(" | ")), *width));
        }
        let n_lines = columns.iter().map(Vec::len).max().unwrap_or(0).max(1);
        (0..n_lines).map(|k| self.line(&columns, k)).collect()
    }

    /// The line below the header.
    pub(super) fn rule(&self) -> Span {
        let dashes: Vec<String> = self.widths.iter().map(|width| self.dash.repeat(*width)).collect();
        Span::new(dashes.join(self.joints[1]), faint())
    }

    /// The k-th line of a row with these columns.
    fn line(&self, columns: &[Vec<Vec<Span>>], k: usize) -> Vec<Span> {
        let mut line: Vec<Span> = Vec::new();
        for (i, column) in columns.iter().enumerate() {
            if i > 0 {
                line.push(Span::new(self.joints[0], faint()));
            }
            let spans = column.get(k).map(Vec::as_slice).unwrap_or_default();
            let n_used: usize = spans.iter().map(|span| text_width(&span.text, self.ambiguous)).sum();
            let n_free = self.widths[i].saturating_sub(n_used);
            let n_before = match self.aligns[i] {
                Align::Left => 0,
                Align::Center => n_free / 2,
                Align::Right => n_free,
            };
            line.push(Span::plain(" ".repeat(n_before)));
            line.extend_from_slice(spans);
            if i + 1 < columns.len() {
                line.push(Span::plain(" ".repeat(n_free - n_before)));
            }
        }
        line
    }

    fn fold(&self, cell: &[Span], width: usize) -> Vec<Vec<Span>> {
        let (mut wrap, mut lines) = (Wrap::new(width, self.ambiguous), Lines::default());
        for span in cell {
            wrap.text(&span.text, span.style, &mut lines);
        }
        wrap.finish(&mut lines);
        lines.0
    }
}

/// The most that a column may have so that all fit: narrow ones keep their width, wide ones share what is left.
fn largest_share(widths: &[usize], room: usize) -> usize {
    let mut sorted = widths.to_vec();
    sorted.sort_unstable();
    let mut n_free = room;
    for (i, width) in sorted.iter().enumerate() {
        let n_wider = sorted.len() - i;
        if width * n_wider > n_free {
            return n_free / n_wider;
        }
        n_free -= width;
    }
    usize::MAX
}

/// A cell's text with `<br>`, which is the only line end that a cell can have, obeyed.
pub(super) fn with_line_ends(cell: &str) -> String {
    ["<br>", "<br/>", "<br />"].iter().fold(cell.to_owned(), |text, tag| text.replace(tag, "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(cells: &[&str]) -> Vec<Vec<Span>> {
        cells.iter().map(|cell| vec![Span::plain(*cell)]).collect()
    }

    fn shown(rows: &[&[&str]], aligns: &[Align], n_columns: usize, ambiguous: Ambiguous) -> Option<Vec<String>> {
        let rows: Vec<_> = rows.iter().map(|row| spans(row)).collect();
        let grid = Grid::fit(&rows, aligns, n_columns, ambiguous, ambiguous == Ambiguous::Narrow)?;
        let text = |line: &Vec<Span>| line.iter().map(|span| span.text.as_str()).collect::<String>();
        Some(rows.iter().flat_map(|row| grid.row(row)).map(|line| text(&line)).collect())
    }

    #[test]
    fn rows_fall_into_cells() {
        for (row, expected) in [
            ("| a | b |", &["a", "b"][..]),
            ("|a|b", &["a", "b"]),
            ("| 甲 |  | 丙 |", &["甲", "", "丙"]),
            ("| a \\| b | `c` |", &["a | b", "`c`"]),
            ("| a \\\\| b |", &["a \\\\", "b"]),
            ("|", &[""]),
            ("||", &[""]),
        ] {
            assert_eq!(cells(row), expected, "{row:?}");
        }
    }

    #[test]
    fn the_second_row_tells_a_table() {
        use Align::{Center, Left, Right};
        assert_eq!(aligns("|---|:-:|--:|:--|"), Some(vec![Left, Center, Right, Left]));
        assert_eq!(aligns("| - |"), Some(vec![Left]));
        for row in ["| a |", "|", "| -- | |", "| ::--: |", "| : |", "| - - |"] {
            assert_eq!(aligns(row), None, "{row:?}");
        }
    }

    #[test]
    fn columns_stand_below_each_other_in_any_script() {
        let rows: &[&[&str]] = &[&["名字", "n", "说明"], &["demo", "12345", "小"], &["👨‍👩‍👧", "7", ""]];
        let aligns = [Align::Left, Align::Right, Align::Center];
        let expected = ["名字 │     n │ 说明", "demo │ 12345 │  小", "👨‍👩‍👧   │     7 │   "];
        let lines = shown(rows, &aligns, 40, Ambiguous::Narrow).unwrap();
        assert_eq!(lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>(), expected.map(str::trim_end));
        let open: &[&[&str]] = &[&["“甲”", "b"], &["c…", "d"]];
        for (rows, ambiguous) in [(rows, Ambiguous::Narrow), (open, Ambiguous::Wide)] {
            let lines = shown(rows, &aligns, 40, ambiguous).unwrap();
            let at = |line: &str| line.find(['│', '|']).map(|i| text_width(&line[..i], ambiguous));
            assert!(lines.iter().all(|line| at(line) == at(&lines[0]) && at(line).is_some()), "{lines:?}");
        }
    }

    #[test]
    fn wide_columns_give_way_to_narrow_ones() {
        let rows: &[&[&str]] = &[&["名", "说明"], &["甲", "这一格里的字比一行里放得下的多，所以要折"]];
        let lines = shown(rows, &[], 20, Ambiguous::Narrow).unwrap();
        assert_eq!(lines, ["名 │ 说明", "甲 │ 这一格里的字比", "   │ 一行里放得下的", "   │ 多，所以要折"]);
        assert!(lines.iter().all(|line| text_width(line, Ambiguous::Narrow) <= 20));
    }

    #[test]
    fn a_table_of_more_columns_than_fit_has_no_grid() {
        assert_eq!(shown(&[&["很长的格子"; 6]], &[], 20, Ambiguous::Narrow), None);
        assert_eq!(shown(&[&["a"; 30]], &[], 20, Ambiguous::Narrow), None);
        assert_eq!(shown(&[], &[], 20, Ambiguous::Narrow), None);
    }

    #[test]
    fn a_row_may_have_more_or_fewer_cells() {
        let rows = [spans(&["a", "b"])];
        let grid = Grid::fit(&rows, &[], 40, Ambiguous::Narrow, false).unwrap();
        let text = |cells: &[&str]| {
            let lines = grid.row(&spans(cells));
            lines.iter().map(|line| line.iter().map(|span| span.text.as_str()).collect::<String>()).collect::<Vec<_>>()
        };
        assert_eq!(text(&["x"]), ["x | "]);
        assert_eq!(text(&["x", "y", "z"]), ["x | y", "  | |", "  | z"]);
        assert_eq!(grid.rule().text, "--|--");
    }

    #[test]
    fn shares() {
        assert_eq!(largest_share(&[2, 30, 40], 30), 14);
        assert_eq!(largest_share(&[5, 5], 10), usize::MAX);
        assert_eq!(with_line_ends("a<br>b<br/>c"), "a\nb\nc");
    }
}
