//! Breaks running text into lines while it streams. What has been written stays: nothing is repainted, and at most
//! the last word is held back, because the next character may still belong to it, or may not begin a line.
//!
//! Three grains: *clusters* (what a reader takes for one character, never cut), *atoms* (clusters that the rules of
//! `breaks` keep together) and *chunks* (a word, or a 汉字 with its punctuation: what lies between two places
//! where a line may end). A chunk goes where it fits; only one longer than a whole line is cut, between its atoms;
//! only an atom longer than a line is cut between clusters.
//!
//! Invariants, each a property test: the cuts of the stream do not show; no line is wider than the terminal was when
//! it was written, unless one cluster is; white space is left out where a line ends, and everything else is written.

use super::breaks::{may_break, may_cut, may_part};
use super::cluster::{self, Ambiguous, is_blank, joins};
use super::paint::{Sink, Span, Style};

/// A terminal's tab stops.
const TAB_COLUMNS: usize = 8;
/// A chunk with more bytes than this is cut whatever its width: a word of zero-width characters has no end.
const MAX_CHUNK_BYTES: usize = 4096;

/// Breaks one answer after another into lines.
#[derive(Debug)]
pub(super) struct Wrap {
    n_columns: usize,
    ambiguous: Ambiguous,
    /// What each line after a break begins with.
    hang: Vec<Span>,
    hang_width: usize,
    /// Where the next text goes on its line.
    column: usize,
    /// There is more on this line than what it began with.
    is_begun: bool,
    /// Line ends not written yet: an answer's last ones never are.
    n_newlines: usize,
    /// This line began in an answer that was ended within it and is gone on with; none of the rest is written yet.
    is_gone_on_with: bool,
    /// The cluster that may still grow.
    growing: Cluster,
    /// The chunk that may still grow, with the white space before and after it.
    chunk: Chunk,
    blanks_before: String,
    blanks_after: String,
    /// The chunk is longer than a line, and is being written as it comes.
    is_cutting: bool,
    /// The last character of text on this line.
    last: Option<char>,
}

/// Clusters that stay together, and their size.
#[derive(Debug, Default)]
struct Chunk {
    clusters: Vec<Cluster>,
    width: usize,
    n_bytes: usize,
}

impl Chunk {
    fn push(&mut self, cluster: Cluster) {
        self.width += cluster.width;
        self.n_bytes += cluster.text.len();
        self.clusters.push(cluster);
    }
}

#[derive(Debug, Default)]
struct Cluster {
    text: String,
    style: Style,
    width: usize,
    /// Not even a cut may fall before it.
    is_bound: bool,
}

impl Wrap {
    pub(super) fn new(n_columns: usize, ambiguous: Ambiguous) -> Self {
        Self {
            n_columns: n_columns.max(1),
            ambiguous,
            hang: Vec::new(),
            hang_width: 0,
            column: 0,
            is_begun: false,
            n_newlines: 0,
            is_gone_on_with: false,
            growing: Cluster::default(),
            chunk: Chunk::default(),
            blanks_before: String::new(),
            blanks_after: String::new(),
            is_cutting: false,
            last: None,
        }
    }

    /// The terminal has another width now. Where the line is already longer, it ends here.
    pub(super) fn resize(&mut self, n_columns: usize) {
        self.n_columns = n_columns.max(1);
    }

    /// Begins anew, at the edge, behind text that was written and ended; where `is_within_line`, with the rest of
    /// its last line.
    pub(super) fn resume(&mut self, is_within_line: bool) {
        *self = Self { is_gone_on_with: is_within_line, ..Self::new(self.n_columns, self.ambiguous) };
    }

    /// Writes the line ends that wait for text, where it is certain that some will come.
    pub(super) fn write_newlines(&mut self, sink: &mut impl Sink) {
        for _ in 0..std::mem::take(&mut self.n_newlines) {
            sink.newline();
        }
    }

    /// Begins a line with a text of its own (a bullet), and says what the lines that it is broken into begin with.
    pub(super) fn begin(&mut self, first: &[Span], hang: Vec<Span>, sink: &mut impl Sink) {
        for span in first {
            self.write(&span.text, span.style, sink);
            self.column += cluster::text_width(&span.text, self.ambiguous);
        }
        self.hang_width = hang.iter().map(|span| cluster::text_width(&span.text, self.ambiguous)).sum();
        self.hang = hang;
    }

    /// Goes on with running text.
    pub(super) fn text(&mut self, text: &str, style: Style, sink: &mut impl Sink) {
        for c in text.chars() {
            self.character(c, style, false, sink);
        }
    }

    /// Goes on with a word of any script, which is cut only where no line can hold it.
    pub(super) fn word(&mut self, word: &str, style: Style, sink: &mut impl Sink) {
        for (i, c) in word.char_indices() {
            self.character(c, style, i > 0, sink);
        }
    }

    fn character(&mut self, c: char, style: Style, is_within_word: bool, sink: &mut impl Sink) {
        if joins(&self.growing.text, c) {
            self.growing.text.push(c);
            return;
        }
        self.end_cluster(sink);
        match c {
            '\n' => self.newline(sink),
            blank if is_blank(blank) => self.blanks_after.push(blank),
            _ => self.begin_cluster(c, style, is_within_word, sink),
        }
    }

    /// Goes on with text that is not broken (code: the terminal wraps it, and copies it whole). Only such text may
    /// follow on its line.
    pub(super) fn verbatim(&mut self, text: &str, style: Style, sink: &mut impl Sink) {
        self.end_chunk(sink);
        self.write(text, style, sink);
    }

    /// Ends the line.
    pub(super) fn newline(&mut self, sink: &mut impl Sink) {
        self.end_chunk(sink);
        self.begin_anew();
        // A line of which nothing was left has its end on the screen already.
        if !std::mem::take(&mut self.is_gone_on_with) {
            self.n_newlines += 1;
        }
    }

    /// Ends the answer: all of its text is written, but not the line ends after it.
    pub(super) fn finish(&mut self, sink: &mut impl Sink) {
        self.end_chunk(sink);
        self.begin_anew();
        self.n_newlines = 0;
    }

    fn begin_anew(&mut self) {
        self.hang.clear();
        self.hang_width = 0;
        self.column = 0;
        self.is_begun = false;
        self.blanks_before.clear();
        self.blanks_after.clear();
        self.last = None;
    }

    fn end_chunk(&mut self, sink: &mut impl Sink) {
        self.end_cluster(sink);
        self.place(sink);
    }

    /// A cluster begins with this character: so it is known whether the chunk before it is whole.
    fn begin_cluster(&mut self, c: char, style: Style, is_within_word: bool, sink: &mut impl Sink) {
        let (is_bound, is_new_chunk) = match self.last {
            None => (false, true),
            Some(last) if self.blanks_after.is_empty() => (!may_cut(last, c), !is_within_word && may_break(last, c)),
            Some(last) => (!may_part(last, c), may_part(last, c)),
        };
        let blanks = std::mem::take(&mut self.blanks_after);
        if is_new_chunk {
            self.place(sink);
            self.blanks_before.push_str(&blanks);
        } else {
            for blank in blanks.chars() {
                let width = blank_width(blank, 0);
                self.chunk.push(Cluster { text: blank.into(), style: Style::default(), width, is_bound: true });
            }
        }
        self.growing = Cluster { text: c.into(), style, width: 0, is_bound };
        self.last = Some(c);
    }

    fn end_cluster(&mut self, sink: &mut impl Sink) {
        if self.growing.text.is_empty() {
            return;
        }
        self.growing.width = cluster::width(&self.growing.text, self.ambiguous);
        self.chunk.push(std::mem::take(&mut self.growing));
        if self.is_cutting || self.is_too_long(&self.chunk) {
            self.cut(false, sink);
        }
    }

    /// Writes the chunk, which is whole now, on this line or the next.
    fn place(&mut self, sink: &mut impl Sink) {
        if self.chunk.clusters.is_empty() {
            self.is_cutting = false;
            return;
        }
        // A word may have become too long by a resize.
        if self.is_cutting || self.is_too_long(&self.chunk) {
            self.cut(true, sink);
            self.is_cutting = false;
            return;
        }
        if self.column + self.blanks_width() + self.chunk.width > self.n_columns {
            self.blanks_before.clear();
            self.break_line(sink);
        }
        self.write_blanks(sink);
        let chunk = std::mem::take(&mut self.chunk);
        self.write_clusters(&chunk.clusters, sink);
    }

    /// Writes what is whole of a chunk that no line can hold, or all of it.
    fn cut(&mut self, all: bool, sink: &mut impl Sink) {
        if !self.is_cutting {
            self.is_cutting = true;
            self.blanks_before.clear();
            if self.is_begun {
                self.break_line(sink);
            }
        }
        let mut atom = Chunk::default();
        for cluster in std::mem::take(&mut self.chunk).clusters {
            if !cluster.is_bound {
                self.write_atom(&std::mem::take(&mut atom), sink);
            }
            atom.push(cluster);
        }
        if all || self.is_too_long(&atom) {
            self.write_atom(&atom, sink);
        } else {
            self.chunk = atom;
        }
    }

    fn write_atom(&mut self, atom: &Chunk, sink: &mut impl Sink) {
        let mut rest = &atom.clusters[..];
        if !rest.is_empty() && self.column + atom.width > self.n_columns {
            self.break_line(sink);
        }
        while !rest.is_empty() {
            if !self.is_begun {
                let n_blanks = rest.iter().take_while(|cluster| cluster.text.starts_with(is_blank)).count();
                rest = &rest[n_blanks..];
            }
            let mut end = self.column;
            let fitting = rest.iter().take_while(|cluster| {
                end += cluster.width;
                end <= self.n_columns
            });
            let n_fit = match fitting.count() {
                // What does not even fit on a line of its own is written all the same.
                0 if !self.can_break() => rest.len().min(1),
                n => n,
            };
            let (fit, over) = rest.split_at(n_fit);
            self.write_clusters(fit, sink);
            rest = over;
            if !rest.is_empty() {
                self.break_line(sink);
            }
        }
    }

    /// Writes clusters on this line, those of one style together.
    fn write_clusters(&mut self, clusters: &[Cluster], sink: &mut impl Sink) {
        for run in clusters.chunk_by(|a, b| a.style == b.style) {
            let text: String = run.iter().map(|cluster| cluster.text.as_str()).collect();
            self.write(&text, run[0].style, sink);
            self.column += run.iter().map(|cluster| cluster.width).sum::<usize>();
            self.is_begun = true;
        }
    }

    fn write_blanks(&mut self, sink: &mut impl Sink) {
        let n_blanks = self.blanks_width();
        let blanks = std::mem::take(&mut self.blanks_before);
        self.write(&blanks, Style::default(), sink);
        self.column += n_blanks;
    }

    /// Breaks the line, unless that would change nothing.
    fn break_line(&mut self, sink: &mut impl Sink) {
        if !self.can_break() {
            return;
        }
        sink.newline();
        self.is_begun = false;
        self.column = self.fresh_column();
        if self.column > 0 {
            for span in &self.hang {
                sink.text(&span.text, span.style);
            }
        }
    }

    /// A fresh line would have more room than this one.
    fn can_break(&self) -> bool {
        self.is_begun || self.column > self.fresh_column()
    }

    /// Where text begins on a line after a break. On a narrow terminal the lines do not hang: they need the room.
    fn fresh_column(&self) -> usize {
        if self.hang_width * 2 <= self.n_columns { self.hang_width } else { 0 }
    }

    fn is_too_long(&self, chunk: &Chunk) -> bool {
        chunk.width > self.n_columns - self.fresh_column() || chunk.n_bytes > MAX_CHUNK_BYTES
    }

    fn blanks_width(&self) -> usize {
        let end = self.blanks_before.chars().fold(self.column, |column, blank| column + blank_width(blank, column));
        end - self.column
    }

    fn write(&mut self, text: &str, style: Style, sink: &mut impl Sink) {
        if !text.is_empty() {
            self.is_gone_on_with = false;
            self.write_newlines(sink);
            sink.text(text, style);
        }
    }
}

fn blank_width(blank: char, column: usize) -> usize {
    match blank {
        '\t' => TAB_COLUMNS - column % TAB_COLUMNS,
        '\u{3000}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
#[path = "wrap_tests.rs"]
mod tests;
