//! Conversations on the disk of a home: written by the room that liao itself writes them with, and read line by line.

use super::Liao;
use liao::session::{Model, Record, Reply};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A conversation with the model `demo`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Said<'a> {
    /// The id that its file is to have.
    pub(crate) id: &'a str,
    /// What the person named it.
    pub(crate) name: Option<&'a str>,
    /// How long ago something was said last, in minutes.
    pub(crate) minutes_ago: u64,
    /// Questions and answers. One that ends with `…` was cut, an empty one never came.
    pub(crate) exchanges: &'a [(&'a str, &'a str)],
}

impl Said<'_> {
    /// Puts it into the home of a run to be, and gives its file.
    pub(crate) fn put(&self, liao: &Liao) -> PathBuf {
        let aside = tempfile::tempdir().expect("a temporary directory");
        let mut record = Record::in_memory();
        let model = Model { name: "demo".into(), template: "llama2".into(), vocabulary: "v".into(), reference: None };
        record.set_model(&model).expect("in memory");
        if let Some(name) = self.name {
            record.rename(name).expect("a name");
        }
        for (question, answer) in self.exchanges {
            record.ask(question).expect("in memory");
            let finish = if answer.ends_with('…') { "interrupted" } else { "stop" };
            let reply = Reply { text: (*answer).into(), written: None, finish: finish.into() };
            record.answered(reply).expect("in memory");
        }
        record.keep(aside.path()).expect("saved");
        let file = |id: &str| format!("{id}.jsonl");
        let made = aside.path().join(file(&record.id().expect("a place").to_string()));
        let path = folder(liao).join(file(self.id));
        fs::create_dir_all(folder(liao)).expect("its directory");
        fs::copy(made, &path).expect("a file in the temporary home");
        age(&path, self.minutes_ago);
        path
    }
}

/// Where a run to be keeps its conversations.
pub(crate) fn folder(liao: &Liao) -> PathBuf {
    folder_in(&liao.liao_home())
}

/// Where conversations are kept in this home of liao's.
pub(crate) fn folder_in(liao_home: &Path) -> PathBuf {
    liao_home.join("data/sessions")
}

/// The files of all sessions in this home of liao's, oldest first; none where there is no folder.
pub(crate) fn files(liao_home: &Path) -> Vec<PathBuf> {
    let Ok(all) = fs::read_dir(folder_in(liao_home)) else { return Vec::new() };
    let paths = all.map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|e| e == "jsonl")).collect();
    files.sort();
    files
}

/// The events of a session.
pub(crate) fn events(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("a session");
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

/// Has a file be written so many minutes ago.
pub(crate) fn age(path: &Path, minutes: u64) {
    let file = fs::OpenOptions::new().write(true).open(path).expect("a file");
    file.set_modified(SystemTime::now() - Duration::from_secs(minutes * 60)).expect("its time");
}
