//! The folder of all sessions: which there are, and which one a person means. To list them, no file is opened; what a
//! list tells of one is read when it is asked for. Another liao may write any of them meanwhile.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::SystemTime;

use super::id::{Id, beginning};
use super::label::copy_mark;
use super::reading::{Reading, Refused, Summary, bytes_of};
use super::stamp;
use crate::disk::lock::{Lock, NotTaken, other_liao};
use crate::exit::{Exit, Failed, cause};
use crate::text::Untrusted;
use crate::text::nearest::nearest;
use crate::text::untrusted;
use crate::tr;

const ENDING: &str = "jsonl";

/// How many sessions a sentence names.
const MAX_NAMED: usize = 5;

/// The folder of all sessions. It need not exist.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
    /// What is typed for a list of them, where we are.
    lister: &'static str,
}

/// A session on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its id, by the name of its file.
    pub id: Id,
    /// Its file.
    pub path: PathBuf,
    /// When something was last said in it.
    pub modified: SystemTime,
    /// The length of its file.
    pub n_bytes: u64,
}

/// Whether a session can be written to.
#[derive(Debug)]
pub(super) enum Hold {
    /// By us, while this lives.
    Ours(Lock),
    /// By another; its process id, where that is known.
    Theirs(Option<u32>),
}

/// The file of a session.
pub(super) fn path_of(folder: &Path, id: Id) -> PathBuf {
    folder.join(id.to_string()).with_extension(ENDING)
}

/// Holds a session for writing, if nobody does.
///
/// # Errors
/// The system's.
pub(super) fn hold(path: &Path) -> io::Result<Hold> {
    let mut holder = None;
    // Nobody waits: the other may be open all day.
    match Lock::take(path, &AtomicBool::new(true), |id| holder = id) {
        Ok(lock) => Ok(Hold::Ours(lock)),
        Err(NotTaken::Stopped) => Ok(Hold::Theirs(holder)),
        Err(NotTaken::Io { error, .. }) => Err(error),
    }
}

impl Shelf {
    /// The sessions in this folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), lister: "liao sessions" }
    }

    /// The same, for somebody in a conversation, where a list is a command away.
    #[must_use]
    pub fn in_chat(self) -> Self {
        Self { lister: "/sessions", ..self }
    }

    /// What is typed for a list of them.
    #[must_use]
    pub fn lister(&self) -> &'static str {
        self.lister
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Every session, newest first: the one last spoken in.
    ///
    /// # Errors
    /// When the folder cannot be read. One that is not there is empty.
    pub fn list(&self) -> Result<Vec<Kept>, Failed> {
        let files = match fs::read_dir(&self.folder) {
            Ok(files) => files,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Refused::Io(error).told(&self.folder)),
        };
        // What cannot be looked at is being removed, or is none of ours.
        let mut all: Vec<Kept> = files.flatten().filter_map(|file| Kept::of(&file)).collect();
        all.sort_by_key(|kept| std::cmp::Reverse((kept.modified, kept.id)));
        Ok(all)
    }

    /// The session that was last spoken in.
    ///
    /// # Errors
    /// There is none, or as [`list`](Self::list).
    pub fn newest(&self) -> Result<Kept, Failed> {
        self.list()?.into_iter().next().ok_or_else(|| {
            Failed::new(Exit::Failure, tr!("还没有保存过会话：先聊几句", "no session was saved yet: talk first"))
        })
    }

    /// The session of this name; of several, the newest.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub fn named(&self, name: &str) -> Result<Option<Kept>, Failed> {
        let is_meant = |kept: &Kept| kept.summary().is_ok_and(|summary| summary.name.as_deref() == Some(name));
        Ok(self.list()?.into_iter().find(is_meant))
    }

    /// The session that a person means: by its id, its name, or the beginning of its id.
    ///
    /// # Errors
    /// A usage error where that is none, or several.
    pub fn find(&self, typed: &str) -> Result<Kept, Failed> {
        let typed = typed.trim();
        let all = self.list()?;
        let begins = beginning(typed);
        let whole = begins.as_deref().and_then(Id::parse);
        if let Some(kept) = whole.and_then(|id| all.iter().find(|kept| kept.id == id)) {
            return Ok(kept.clone());
        }
        if let Some(kept) = self.named(typed)? {
            return Ok(kept);
        }
        let is_meant = |kept: &&Kept| begins.as_ref().is_some_and(|begins| kept.id.to_string().starts_with(begins));
        let meant: Vec<&Kept> = all.iter().filter(is_meant).collect();
        match meant[..] {
            [kept] => Ok(kept.clone()),
            [] => Err(none(typed, &all, self.lister)),
            _ => Err(several(typed, &meant)),
        }
    }

    /// Removes a session for good.
    ///
    /// # Errors
    /// Another liao has it open, or the system's.
    pub fn remove(&self, kept: &Kept) -> Result<(), Failed> {
        let Kept { id, path, .. } = kept;
        let removed = match hold(path) {
            Ok(Hold::Theirs(holder)) => {
                let other = other_liao(holder);
                return Err(Failed::new(
                    Exit::Failure,
                    tr!(
                        "会话 {id} 没有删除，{other}正在用它：先在那里离开",
                        "session {id} was not removed, {other} has it open: leave it there first"
                    ),
                ));
            }
            Ok(Hold::Ours(_lock)) => fs::remove_file(path),
            Err(error) => Err(error),
        };
        removed.map_err(|error| {
            let (path, error) = (untrusted::path(path), cause(&error));
            let error = untrusted::one_line(&error);
            Failed::new(
                Exit::Failure,
                tr!("删不掉会话 {path}：{error}", "the session {path} cannot be removed: {error}"),
            )
        })
    }
}

impl Kept {
    fn of(file: &fs::DirEntry) -> Option<Self> {
        let path = file.path();
        if path.extension()? != ENDING {
            return None;
        }
        let id = Id::parse(path.file_stem()?.to_str()?)?;
        // A link is none of ours, and this does not follow it.
        let metadata = file.metadata().ok().filter(fs::Metadata::is_file)?;
        Some(Self { id, path, modified: metadata.modified().ok()?, n_bytes: metadata.len() })
    }

    /// When something was last said in it, RFC 3339.
    #[must_use]
    pub fn said_at(&self) -> String {
        stamp::written(self.modified)
    }

    /// What a list tells of it.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn summary(&self) -> Result<Summary, Refused> {
        Summary::of(&bytes_of(&self.path)?)
    }

    /// All that was said in it, to be looked at or exported; to go on with it, see
    /// [`Record::open`](super::Record::open).
    ///
    /// # Errors
    /// [`Refused`].
    pub fn read(&self) -> Result<Reading, Refused> {
        Reading::of(&bytes_of(&self.path)?)
    }

    /// Its id and what it is known by.
    fn label(&self) -> String {
        let summary = self.summary().unwrap_or_default();
        let label = summary.name.or(summary.title).unwrap_or_default();
        let copy = copy_mark(summary.is_copy);
        format!("{} {label}{copy}", self.id).trim_end().to_owned()
    }
}

fn none(typed: &str, all: &[Kept], lister: &str) -> Failed {
    let names: Vec<String> = all.iter().filter_map(|kept| kept.summary().ok()?.name).collect();
    let near = nearest(typed, names.iter().map(String::as_str));
    let typed = Untrusted(typed);
    Failed::usage(match near {
        Some(near) => tr!(
            "没有编号或名字是“{typed}”的会话，是不是“{near}”？{lister} 列出全部",
            "there is no session with the id or name \"{typed}\"; did you mean \"{near}\"? {lister} lists them all"
        ),
        None => tr!(
            "没有编号或名字是“{typed}”的会话。{lister} 列出全部",
            "there is no session with the id or name \"{typed}\". {lister} lists them all"
        ),
    })
}

fn several(typed: &str, meant: &[&Kept]) -> Failed {
    let mut labels: Vec<String> = meant.iter().take(MAX_NAMED).map(|kept| kept.label()).collect();
    if meant.len() > MAX_NAMED {
        labels.push("…".to_owned());
    }
    let labels = labels.join(&tr!("；", "; "));
    Failed::usage(tr!(
        "以“{typed}”开头的会话不止一个，请多写几位：{labels}",
        "several sessions begin with \"{typed}\", give more of the id: {labels}"
    ))
}

#[cfg(test)]
#[path = "shelf_tests.rs"]
mod tests;
