//! Sessions as a list tells them, for `/sessions` and `liao sessions` alike: what is read of each, its line in a table,
//! its object in JSON, and what is wrong with its file. Which of them are listed is not decided here; only those that
//! are listed are read.

use std::time::SystemTime;

use serde_json::json;
use unicode_width::UnicodeWidthStr;

use crate::render::table::{GAP, table};
use crate::render::when::when;
use crate::session::{Header, Kept, Model, Reading, Refused, copy_mark};
use crate::text::Untrusted;
use crate::text::cut::cut;
use crate::tr;

/// How many sessions a list on a terminal tells, where nobody says otherwise.
pub const N_LISTED: usize = 20;

/// Stands before what a session is known by, where something is wrong with its file.
const DAMAGED: &str = "! ";

/// Columns of the table, before any is left out.
const MARK: usize = 0;
const ID: usize = 1;
const MODEL: usize = 4;

/// So much of its title tells a session from others.
const TITLE_COLUMNS: usize = 16;

/// A session, and what a list tells of it.
pub struct Line<'k> {
    /// The session.
    pub kept: &'k Kept,
    found: Result<Found, Refused>,
}

/// What was found in a session's file, without all that was said.
struct Found {
    name: Option<String>,
    title: Option<String>,
    model: Option<Model>,
    header: Option<Header>,
    n_exchanges: usize,
    n_damaged: usize,
    n_unknown: usize,
    n_torn_bytes: usize,
}

impl<'k> Line<'k> {
    /// Reads a session.
    #[must_use]
    pub fn of(kept: &'k Kept) -> Self {
        Self { kept, found: kept.read().map(|reading| Found::of(&reading)) }
    }

    /// Takes what was read of a session.
    #[must_use]
    pub fn read(kept: &'k Kept, reading: &Reading) -> Self {
        Self { kept, found: Ok(Found::of(reading)) }
    }

    /// What people know it by: the name they gave it, else the title of its first question; and whether it is a copy.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.found {
            Ok(Found { name, title, header, .. }) => {
                let label = name.as_ref().or(title.as_ref()).cloned();
                let is_copy = header.as_ref().is_some_and(|header| header.copy_of.is_some());
                label.unwrap_or_else(|| tr!("没有文字", "no words")) + &copy_mark(is_copy)
            }
            Err(_) => tr!("读不了", "cannot be read"),
        }
    }

    /// What is wrong with its file, in a sentence.
    #[must_use]
    pub fn remark(&self) -> Option<String> {
        let &Found { n_damaged, n_unknown, n_torn_bytes, .. } = match &self.found {
            Ok(found) => found,
            Err(refused) => return Some(refused.told(&self.kept.path).message),
        };
        let mut wrong = Vec::new();
        if n_damaged > 0 {
            wrong
                .push(tr!("{n_damaged} 行读不懂，跳过了", "lines that cannot be read, and were left out: {n_damaged}"));
        }
        if n_unknown > 0 {
            wrong.push(tr!("{n_unknown} 行是更新版本的 liao 写的", "lines written by a newer liao: {n_unknown}"));
        }
        if n_torn_bytes > 0 {
            wrong.push(tr!("最后一行没有写完", "the last line is only half written"));
        }
        let (id, wrong) = (self.kept.id, wrong.join(&tr!("，", "; ")));
        (!wrong.is_empty()).then(|| tr!("会话 {id}：{wrong}", "session {id}: {wrong}"))
    }

    /// As `--json` tells it.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        let Kept { id, path, n_bytes, .. } = self.kept;
        let found = self.found.as_ref().ok();
        let header = found.and_then(|found| found.header.as_ref());
        let model = found.and_then(|found| found.model.as_ref());
        json!({
            "id": id.to_string(),
            "name": found.and_then(|found| found.name.as_ref()),
            "title": found.and_then(|found| found.title.as_ref()),
            "created": header.map(|header| &header.created),
            "modified": self.kept.said_at(),
            "model": model.map(|model| &model.name),
            "template": model.map(|model| &model.template),
            "exchanges": found.map(|found| found.n_exchanges),
            "copy_of": header.and_then(|header| header.copy_of.as_ref()),
            "path": path.to_string_lossy(),
            "bytes": n_bytes,
            "damaged_lines": found.map(|found| found.n_damaged),
            "unknown_lines": found.map(|found| found.n_unknown),
            "torn_bytes": found.map(|found| found.n_torn_bytes),
            "error": self.found.as_ref().err().map(|refused| refused.told(path).message),
        })
    }

    fn cells(&self, mark: String, now: SystemTime) -> [String; 6] {
        let found = self.found.as_ref().ok();
        let n_exchanges = found.map(|found| found.n_exchanges.to_string());
        let model = found.and_then(|found| found.model.as_ref());
        let nothing = || "-".to_owned();
        let damaged = if self.remark().is_some() { DAMAGED } else { "" };
        [
            mark,
            self.kept.id.to_string(),
            when(self.kept.modified, now),
            n_exchanges.unwrap_or_else(nothing),
            model.map_or_else(nothing, |model| Untrusted(&model.name).to_string()),
            format!("{damaged}{}", self.label()),
        ]
    }
}

impl Found {
    fn of(reading: &Reading) -> Self {
        let Reading { transcript, header, n_damaged, n_unknown, n_torn_bytes, .. } = reading;
        Self {
            name: transcript.name().map(str::to_owned),
            title: transcript.title(),
            model: transcript.model().cloned(),
            header: header.clone(),
            n_exchanges: transcript.exchanges().len(),
            n_damaged: *n_damaged,
            n_unknown: *n_unknown,
            n_torn_bytes: *n_torn_bytes,
        }
    }
}

/// The sessions as a table, each line cut to the terminal's width, where that is known. Where that leaves no room for the
/// titles, the models are left out, and then the ids of those that have a mark. `mark` is what stands first in the line
/// of a session, by its place from 0.
#[must_use]
pub fn page(
    lines: &[Line<'_>],
    mark: impl Fn(usize, &Line<'_>) -> String,
    now: SystemTime,
    n_columns: Option<usize>,
) -> String {
    let head = [
        String::new(),
        tr!("编号", "id"),
        tr!("时间", "when"),
        tr!("问答", "exchanges"),
        tr!("模型", "model"),
        tr!("标题", "title"),
    ];
    let cells = lines.iter().enumerate().map(|(i, line)| line.cells(mark(i, line), now));
    let mut rows: Vec<Vec<String>> = [head].into_iter().chain(cells).map(Vec::from).collect();
    let is_marked = rows.iter().any(|row| !row[MARK].is_empty());
    for column in [MODEL, ID, MARK] {
        let is_left_out = match column {
            MARK => !is_marked,
            ID => is_marked && is_tight(&rows, n_columns),
            _ => is_tight(&rows, n_columns),
        };
        if is_left_out {
            for row in &mut rows {
                row.remove(column);
            }
        }
    }
    let text = table(&rows);
    match n_columns {
        Some(n_columns) => text.lines().map(|line| format!("{}\n", cut(line, n_columns))).collect(),
        None => text,
    }
}

/// Whether what stands before the titles leaves too little of the terminal for them.
fn is_tight(rows: &[Vec<String>], n_columns: Option<usize>) -> bool {
    let widest = |i: usize| rows.iter().filter_map(|row| row.get(i)).map(|cell| cell.width()).max().unwrap_or(0);
    let n_cells = rows.first().map_or(0, Vec::len);
    let Some((title, others)) = n_cells.checked_sub(1).map(|last| (widest(last), 0..last)) else { return false };
    let n_others: usize = others.map(widest).filter(|n| *n > 0).map(|n| n + GAP.width()).sum();
    n_columns.is_some_and(|n_columns| n_others + GAP.width() + title.min(TITLE_COLUMNS) > n_columns)
}

#[cfg(test)]
#[path = "roster_tests.rs"]
mod tests;
