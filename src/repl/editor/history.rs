//! The lines typed before, oldest first, each once: for the arrow keys, Ctrl-R and hints. What is private never comes
//! in. On disk they are `kept`.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use rustyline::Result;
use rustyline::history::{History, SearchDirection, SearchResult};

use super::keys::Desk;
use super::{clean, kept, secret};
use crate::render::terminal;

/// So far back is looked for a line that begins as the one being typed does, at every key.
const MAX_LOOKED_AT: usize = 2000;

/// The lines typed before.
pub(super) struct PastLines {
    lines: VecDeque<String>,
    /// Not on disk yet.
    unsaved: Vec<String>,
    max_lines: usize,
    desk: Arc<Desk>,
}

impl PastLines {
    /// None yet.
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        Self { lines: VecDeque::new(), unsaved: Vec::new(), max_lines: kept::MAX_LINES, desk }
    }

    fn found(&self, idx: usize, pos: usize) -> Option<SearchResult<'_>> {
        let line = self.lines.get(idx)?;
        let entry = self.desk.folds.fold(line, terminal::size());
        // In a mark, what was found is not to be seen.
        let pos = if *entry == **line { pos } else { 0 };
        Some(SearchResult { entry, idx, pos })
    }

    fn find(
        &self,
        mut places: impl Iterator<Item = usize>,
        matches: impl Fn(&str) -> Option<usize>,
    ) -> Option<SearchResult<'_>> {
        let (idx, pos) = places.find_map(|idx| Some((idx, matches(self.lines.get(idx)?)?)))?;
        self.found(idx, pos)
    }

    /// The places from `start` on, at most so many.
    fn places(&self, start: usize, direction: SearchDirection, n_most: usize) -> Box<dyn Iterator<Item = usize>> {
        match direction {
            _ if start >= self.lines.len() => Box::new(std::iter::empty()),
            SearchDirection::Reverse => Box::new((0..=start).rev().take(n_most)),
            SearchDirection::Forward => Box::new((start..self.lines.len()).take(n_most)),
        }
    }
}

impl History for PastLines {
    fn get(&self, index: usize, _: SearchDirection) -> Result<Option<SearchResult<'_>>> {
        Ok(self.found(index, 0))
    }

    fn add(&mut self, line: &str) -> Result<bool> {
        self.add_owned(line.to_owned())
    }

    fn add_owned(&mut self, line: String) -> Result<bool> {
        if line.is_empty() || secret::is_private(&line) || self.lines.back() == Some(&line) {
            return Ok(false);
        }
        self.lines.retain(|known| *known != line);
        if self.lines.len() >= self.max_lines {
            self.lines.pop_front();
        }
        if line.len() <= kept::MAX_LINE_BYTES {
            self.unsaved.push(line.clone());
        }
        self.lines.push_back(line);
        Ok(true)
    }

    fn len(&self) -> usize {
        self.lines.len()
    }

    fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    fn set_max_len(&mut self, n: usize) -> Result<()> {
        self.max_lines = n.min(kept::MAX_LINES);
        let n_too_many = self.lines.len().saturating_sub(self.max_lines);
        self.lines.drain(..n_too_many);
        Ok(())
    }

    fn ignore_dups(&mut self, _: bool) -> Result<()> {
        // A line stands here once, whatever the line editor's settings are.
        Ok(())
    }

    fn ignore_space(&mut self, _: bool) {
        // What begins with a blank is private, whatever they are.
    }

    fn save(&mut self, path: &Path) -> Result<()> {
        self.append(path)?;
        Ok(kept::rewrite(path)?)
    }

    fn append(&mut self, path: &Path) -> Result<()> {
        if !self.unsaved.is_empty() {
            kept::append(path, &std::mem::take(&mut self.unsaved))?;
        }
        Ok(())
    }

    fn load(&mut self, path: &Path) -> Result<()> {
        self.lines = kept::load(path)?.iter().map(|line| clean(line)).collect();
        Ok(())
    }

    fn clear(&mut self) -> Result<()> {
        self.lines.clear();
        self.unsaved.clear();
        Ok(())
    }

    fn search(&self, term: &str, start: usize, direction: SearchDirection) -> Result<Option<SearchResult<'_>>> {
        let places = self.places(start, direction, self.lines.len());
        Ok(if term.is_empty() { None } else { self.find(places, |line| line.find(term)) })
    }

    /// A line that goes on where this one ends; for hints, and so no further back than a key press may take.
    fn starts_with(&self, term: &str, start: usize, direction: SearchDirection) -> Result<Option<SearchResult<'_>>> {
        let places = self.places(start, direction, MAX_LOOKED_AT);
        let matches = |line: &str| (line.len() > term.len() && line.starts_with(term)).then_some(term.len());
        Ok(if term.is_empty() { None } else { self.find(places, matches) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SearchDirection::{Forward, Reverse};

    fn lines<const N: usize>(lines: [&str; N]) -> PastLines {
        let mut all = PastLines::new(Arc::default());
        for line in lines {
            all.add(line).unwrap();
        }
        all
    }

    fn entries(all: &PastLines) -> Vec<String> {
        (0..all.len()).map(|i| all.get(i, Forward).unwrap().unwrap().entry.into_owned()).collect()
    }

    #[test]
    fn each_line_stands_once_where_it_was_typed_last_and_private_ones_nowhere() {
        let mut all = lines(["一", "二", "一", " 三", "", "hf_abcdefghijklmnopqrst", "一"]);
        assert_eq!(entries(&all), ["二", "一"]);
        assert!(!all.add("一").unwrap() && all.add("二").unwrap());
        assert_eq!(entries(&all), ["一", "二"]);
        all.set_max_len(1).unwrap();
        assert_eq!(entries(&all), ["二"]);
        all.add("四").unwrap();
        assert_eq!(entries(&all), ["四"]);
        all.clear().unwrap();
        assert!(all.is_empty() && all.get(0, Reverse).unwrap().is_none());
    }

    #[test]
    fn lines_are_found_in_both_directions() {
        let all = lines(["你好", "再见", "你好吗", "/undo"]);
        let found = |result: Result<Option<SearchResult<'_>>>| result.unwrap().map(|found| (found.idx, found.pos));
        assert_eq!(found(all.search("好", 3, Reverse)), Some((2, 3)));
        assert_eq!(found(all.search("好", 1, Reverse)), Some((0, 3)));
        assert_eq!(found(all.search("好", 1, Forward)), Some((2, 3)));
        assert_eq!(found(all.starts_with("再", 3, Reverse)), Some((1, 3)));
        assert_eq!(found(all.starts_with("你", 0, Forward)), Some((0, 3)));
        assert_eq!(found(all.starts_with("见", 3, Reverse)), None);
        for (term, start) in [("", 3), ("好", 4), ("没有", 3)] {
            for direction in [Reverse, Forward] {
                assert_eq!(found(all.search(term, start, direction)), None);
            }
        }
    }

    #[test]
    fn a_line_goes_on_as_the_newest_that_began_so() {
        let entry = |all: &PastLines, typed: &str| {
            let found = all.starts_with(typed, all.len() - 1, Reverse).unwrap();
            found.map(|found| found.entry.into_owned())
        };
        let all = lines(["你好世界", "你好吗", "你好", "说\n两行"]);
        for (typed, line) in [
            ("你", Some("你好")),
            ("你好", Some("你好吗")),
            ("你好世", Some("你好世界")),
            ("你好世界", None),
            ("说", Some("说\n两行")),
            ("再", None),
        ] {
            assert_eq!(entry(&all, typed).as_deref(), line, "{typed}");
        }
        let mut many = lines(["很久以前"]);
        (0..MAX_LOOKED_AT).for_each(|i| assert!(many.add(&i.to_string()).unwrap()));
        assert_eq!((entry(&many, "很"), entry(&many, "199").as_deref()), (None, Some("1999")));
    }

    #[test]
    fn a_tall_line_comes_back_as_a_mark() {
        let text = format!("始\n{}终", "行\n".repeat(500));
        let all = lines([text.as_str()]);
        let found = all.search("终", 0, Reverse).unwrap().unwrap();
        assert!(found.entry.len() < 60 && found.pos == 0, "{found:?}");
        assert_eq!(all.desk.folds.unfold(&found.entry), text);
    }

    #[test]
    fn what_was_added_is_on_the_disk_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("history");
        let mut all = lines(["一", "二"]);
        all.append(&path).unwrap();
        all.append(&path).unwrap();
        all.add("一").unwrap();
        all.add(&"长".repeat(kept::MAX_LINE_BYTES)).unwrap();
        all.append(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "#V2\n一\n二\n一\n");
        all.add("三").unwrap();
        all.save(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "#V2\n二\n一\n三\n");
        let mut again = PastLines::new(Arc::default());
        again.load(&path).unwrap();
        assert_eq!(entries(&again), ["二", "一", "三"]);
    }
}
