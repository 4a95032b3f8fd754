//! The rows of a table: held back until its end, or until they are too many, and then laid out by those that are there.

use super::super::block::Mark;
use super::super::grid::{self, Align, Grid};
use super::super::paint::{Sink, Span, Style, with};
use super::Markdown;
use crossterm::style::Attribute;

/// So much may a table have before it is laid out by the rows that are there.
pub(super) const MAX_TABLE_BYTES: usize = 16 * 1024;

/// The lines that may become a table, or are one.
pub(super) struct Table {
    marks: Vec<Mark>,
    /// The rows, without what they stand in, that are not written yet.
    rows: Vec<String>,
    n_bytes: usize,
    /// Known from the second line on, which makes it a table.
    aligns: Option<Vec<Align>>,
    layout: Layout,
}

/// How the rows of a table are written.
enum Layout {
    /// They are awaited.
    Open,
    Grid(Grid),
    /// As they are.
    Source,
}

impl Table {
    /// It is a table, whatever follows.
    pub(super) fn is_told(&self) -> bool {
        self.aligns.is_some()
    }

    /// The rows that are not written yet; `None`: not even a rule below the header, which is not counted.
    pub(super) fn n_rows(&self) -> Option<usize> {
        self.rows.len().checked_sub(1)
    }
}

impl Markdown {
    /// A line with a leading `|` is whole.
    pub(super) fn row(&mut self, marks: Vec<Mark>, row: &str, sink: &mut impl Sink) {
        let table = self.table.as_mut().filter(|table| table.marks == marks);
        let is_of_table = table.is_some_and(|table| {
            if table.aligns.is_none() {
                table.aligns = grid::aligns(row);
            }
            table.aligns.is_some()
        });
        if is_of_table {
            // It will be written, so the cursor can stand where it will begin.
            self.wrap.write_newlines(sink);
        } else {
            self.end_table(sink);
        }
        let begin = || Table { marks, rows: Vec::new(), n_bytes: 0, aligns: None, layout: Layout::Open };
        let table = self.table.get_or_insert_with(begin);
        table.n_bytes += row.len();
        table.rows.push(row.to_owned());
        if table.n_bytes > MAX_TABLE_BYTES {
            self.write_rows(sink);
        }
    }

    pub(super) fn end_table(&mut self, sink: &mut impl Sink) {
        self.write_rows(sink);
        self.table = None;
    }

    /// Writes the rows of the table that are there.
    pub(super) fn write_rows(&mut self, sink: &mut impl Sink) {
        let Some(mut table) = self.table.take() else { return };
        let source = std::mem::take(&mut table.rows);
        let is_first = matches!(table.layout, Layout::Open);
        let mut rows = Vec::new();
        if table.aligns.is_some() && !matches!(table.layout, Layout::Source) {
            // The second line of a table is its rule.
            let of_cells = source.iter().enumerate().filter(|(i, _)| !is_first || *i != 1);
            rows = of_cells.map(|(i, row)| self.cells(row, is_first && i == 0)).collect();
        }
        if let (Layout::Open, Some(aligns)) = (&table.layout, &table.aligns) {
            let room = self.room(&table.marks);
            let grid = Grid::fit(&rows, aligns, room, self.sheet.ambiguous, self.has_signs());
            table.layout = grid.map_or(Layout::Source, Layout::Grid);
        }
        if let Layout::Grid(grid) = &table.layout {
            for (i, row) in rows.iter().enumerate() {
                for line in grid.row(row) {
                    self.grid_line(&table.marks, &line, sink);
                }
                if is_first && i == 0 {
                    self.grid_line(&table.marks, &[grid.rule()], sink);
                }
            }
        } else {
            for row in &source {
                self.text_line(&table.marks, row, sink);
            }
        }
        self.table = Some(table);
    }

    fn cells(&mut self, row: &str, is_header: bool) -> Vec<Vec<Span>> {
        let base = if is_header { with(Style::default(), Attribute::Bold) } else { Style::default() };
        let mut spans = |cell: &String| {
            let mut spans = Vec::new();
            self.inline.begin(base);
            self.inline.text(&grid::with_line_ends(cell), &mut |text, style| spans.push(Span::new(text, style)));
            self.inline.end(&mut |text, style| spans.push(Span::new(text, style)));
            spans
        };
        grid::cells(row).iter().map(&mut spans).collect()
    }

    fn grid_line(&mut self, marks: &[Mark], line: &[Span], sink: &mut impl Sink) {
        self.begin_prefixed(marks, sink);
        for span in line {
            self.wrap.verbatim(&span.text, span.style, sink);
        }
        self.wrap.newline(sink);
    }
}
