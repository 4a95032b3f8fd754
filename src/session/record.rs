//! A conversation that is being held, on its way to the disk: what happens is taken into the transcript and appended to
//! the file, a line an event, each safe on the disk before the next thing happens.
//!
//! Whatever the disk does, the conversation goes on: what could not be written waits in memory and goes with the next
//! event. A file is only ever appended to, by one liao at a time; it comes into being with the first question, so that
//! who only looks in leaves nothing behind.

use std::io;
use std::path::Path;

use super::event::{self, Event, Header, MAX_LINE_BYTES, Model, Number, VERSION};
use super::id::Id;
use super::label::is_name;
use super::notice::Notice;
use super::place::Place;
use super::reading::{Reading, bytes_of};
use super::shelf::{Hold, Shelf, hold, path_of};
use super::stamp;
use super::transcript::{Reply, Transcript};
use crate::exit::{Exit, Failed, cause};
use crate::text::{Untrusted, untrusted};
use crate::tr;

/// A conversation being held.
#[derive(Debug)]
pub struct Record {
    transcript: Transcript,
    header: Header,
    /// Lines that are not on the disk, but for the header.
    unsaved: Vec<u8>,
    /// `None`: all stays in memory.
    place: Option<Place>,
    /// That it cannot be saved has been told.
    is_told: bool,
}

/// A place in a conversation, to [come back](Record::come_back) to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark(Number);

/// A session to go on with.
#[derive(Debug)]
pub struct Opened {
    /// The session, or a copy of it.
    pub record: Record,
    /// What the person should know.
    pub notices: Vec<Notice>,
}

impl Record {
    /// A conversation that stays in memory, unless it is [kept](Self::keep) later.
    #[must_use]
    pub fn in_memory() -> Self {
        let header = Header { v: VERSION, id: String::new(), created: stamp::now(), copy_of: None };
        Self { transcript: Transcript::default(), header, unsaved: Vec::new(), place: None, is_told: false }
    }

    /// A new conversation, to be saved in this folder. Where that cannot be, it stays in memory, and the notice says so.
    #[must_use]
    pub fn begin(folder: &Path) -> (Self, Option<Notice>) {
        let mut record = Self::in_memory();
        let notice = record.settle(folder).err().map(|error| Notice::NotSaved { why: cause(&error) });
        (record, notice)
    }

    /// Has a conversation that stays in memory be saved from here on, with all that was said in it. One that is saved
    /// already goes on as it is.
    ///
    /// # Errors
    /// When it cannot be, also where that was told before. One that stayed in memory does so still.
    pub fn keep(&mut self, folder: &Path) -> Result<(), Failed> {
        if self.place.is_none() {
            self.settle(folder).map_err(|error| not_saved(folder, &error))?;
        }
        // Who asks for it is not to hear that it is done because it has failed before.
        self.is_told = false;
        self.save()
    }

    /// Goes on with a session in this folder: with the session itself, or with a copy if another liao has it open; in
    /// memory alone where the disk takes no more.
    ///
    /// This very process counts as another: who has a session open in a [`Record`] already goes on with that.
    ///
    /// # Errors
    /// What [`Refused`](super::Refused) says of its file.
    pub fn open(folder: &Path, id: Id) -> Result<Opened, Failed> {
        let path = path_of(folder, id);
        let held = hold(&path);
        let (reading, bytes) = read(&path)?;
        let mut notices = found(&path, id, &reading);
        let mut record = Self { transcript: reading.transcript.clone(), ..Self::in_memory() };
        record.header.id = id.to_string();
        if let Some(header) = &reading.header {
            record.header.clone_from(header);
        }
        let settled = held.and_then(|held| match held {
            Hold::Ours(lock) => {
                record.place = Some(Place::old(path, id, lock, &reading)?);
                let n_bytes = reading.n_torn_bytes;
                Ok((n_bytes > 0).then_some(Notice::Torn { id, n_bytes }))
            }
            Hold::Theirs(holder) => {
                record.header.copy_of = Some(id.to_string());
                let copy = record.settle(folder)?;
                Ok(Some(Notice::Copy { of: id, holder, id: copy }))
            }
        });
        notices.extend(settled.unwrap_or_else(|error| Some(Notice::NotSaved { why: cause(&error) })));
        // What was read is on the disk already, unless it goes on in another file, or in none.
        if record.id() != Some(id) {
            record.unsaved = lines_after_header(&bytes, &reading);
        } else if reading.is_unended {
            record.unsaved.push(b'\n');
        }
        Ok(Opened { record, notices })
    }

    /// Goes on, in memory, with what was said in a session, which stays as it is.
    ///
    /// # Errors
    /// What [`Refused`](super::Refused) says of its file.
    pub fn recall(folder: &Path, id: Id) -> Result<Opened, Failed> {
        let path = path_of(folder, id);
        let (reading, bytes) = read(&path)?;
        let notices = found(&path, id, &reading);
        let mut record = Self::in_memory();
        record.header.copy_of = Some(id.to_string());
        record.unsaved = lines_after_header(&bytes, &reading);
        record.transcript = reading.transcript;
        Ok(Opened { record, notices })
    }

    /// Finds a place in this folder.
    fn settle(&mut self, folder: &Path) -> io::Result<Id> {
        let place = Place::new(folder)?;
        let id = place.id;
        self.header.id = id.to_string();
        self.place = Some(place);
        Ok(id)
    }

    /// What was said.
    #[must_use]
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// What the file begins with.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The session's id. `None`: it stays in memory.
    #[must_use]
    pub fn id(&self) -> Option<Id> {
        self.place.as_ref().map(|place| place.id)
    }

    /// Whether all that was said is safe on the disk.
    #[must_use]
    pub fn is_saved(&self) -> bool {
        self.place.is_some() && (self.unsaved.is_empty() || !self.has_begun())
    }

    /// Where the conversation stands now.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark(self.transcript.head())
    }

    /// Whether a session in this folder may be called so; this one, where it is there already.
    ///
    /// # Errors
    /// The name is none, or another session has it.
    pub fn check_name(&self, folder: &Path, name: &str) -> Result<(), Failed> {
        if !is_name(name) {
            let name = Untrusted(name);
            return Err(Failed::usage(tr!(
                "“{name}”不能作会话的名字：用汉字、字母、数字和 - _ .，以字或数字开头，不超过 64 个字",
                "\"{name}\" cannot be the name of a session: use letters, digits and - _ . with a letter or a digit first, 64 at most"
            )));
        }
        if let Some(other) = Shelf::new(folder).named(name)?.filter(|other| Some(other.id) != self.id()) {
            let other = other.id;
            return Err(Failed::usage(tr!(
                "会话 {other} 已经叫“{name}”：换一个名字",
                "session {other} is already called \"{name}\": choose another name"
            )));
        }
        Ok(())
    }

    fn has_begun(&self) -> bool {
        self.transcript.n_questions() > 0
    }
}

/// What happens in a conversation. Each of these takes it in and saves it; what has nothing to happen to does nothing.
///
/// # Errors
/// It cannot be saved. That is told once, until it can be again; the transcript is right all the same, and what was not
/// saved is, together with the next event for which there is room.
impl Record {
    /// A question is asked. One that is open is taken back first.
    pub fn ask(&mut self, question: &str) -> Result<(), Failed> {
        self.note(self.transcript.asked(question, stamp::now()))
    }

    /// Question `n` (from 1) is asked in other words, in a branch of its own.
    pub fn edit(&mut self, n: usize, question: &str) -> Result<(), Failed> {
        self.note(self.transcript.edited(n, question, stamp::now()))
    }

    /// The open question is answered. An answer that was cut before its first word is none, as in
    /// `Conversation::answered`: the earlier one stands again, or the question stays open.
    pub fn answered(&mut self, reply: Reply) -> Result<(), Failed> {
        let has_end = reply.written.as_ref().is_some_and(|written| written.end.is_some());
        if reply.text.is_empty() && !has_end {
            return self.restore();
        }
        self.note(self.transcript.answered(reply, stamp::now()))
    }

    /// The last answer was gone on with; `reply` is all of it, from its first word.
    pub fn continued(&mut self, reply: Reply) -> Result<(), Failed> {
        self.note(self.transcript.continued(reply, stamp::now()))
    }

    /// Question `n` (from 1) becomes the last one, and open: for another answer.
    pub fn reopen(&mut self, n: usize) -> Result<(), Failed> {
        self.note(self.transcript.reopened(n))
    }

    /// Answer `k` (from 1, in the order of [`Exchange::answers`](super::Exchange::answers)) to question `n` (from 1)
    /// stands again, and the conversation ends there.
    pub fn go_back(&mut self, n: usize, k: usize) -> Result<(), Failed> {
        self.note(self.transcript.gone_back(n, k))
    }

    /// The last `n` exchanges are taken back.
    pub fn undo(&mut self, n: usize) -> Result<(), Failed> {
        self.note(self.transcript.undone(n))
    }

    /// Nobody waits for an answer any more: where there was an earlier one, it stands again.
    pub fn restore(&mut self) -> Result<(), Failed> {
        self.note(self.transcript.restored())
    }

    /// The open question is taken back when there is no earlier answer to it, which would stand again.
    pub fn withdraw(&mut self) -> Result<(), Failed> {
        self.note(self.transcript.withdrawn())
    }

    /// Question `n` (from 1) and its answer are to stay in the prompt, or no longer.
    pub fn pin(&mut self, n: usize, pinned: bool) -> Result<(), Failed> {
        self.note(self.transcript.pinned(n, pinned))
    }

    /// The system prompt from here on; see [`Transcript::system`].
    pub fn set_system(&mut self, text: Option<&str>) -> Result<(), Failed> {
        self.note(self.transcript.changed_system(text))
    }

    /// Who answers from here on.
    pub fn set_model(&mut self, model: &Model) -> Result<(), Failed> {
        self.note(self.transcript.changed_model(model))
    }

    /// A setting of this conversation, as it is typed.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), Failed> {
        self.note(self.transcript.set(key, value))
    }

    /// The conversation is again where it stood: what was begun since came to nothing, and is another branch.
    pub fn come_back(&mut self, Mark(head): Mark) -> Result<(), Failed> {
        self.note(self.transcript.returned(head))
    }

    /// Names the session. Whether it may be called so is for [`check_name`](Self::check_name) to say; what is no name
    /// changes nothing.
    pub fn rename(&mut self, name: &str) -> Result<(), Failed> {
        self.note(self.transcript.named(name))
    }

    fn note(&mut self, event: impl Into<Option<Event>>) -> Result<(), Failed> {
        let Some(event) = event.into() else { return Ok(()) };
        let mut line = event::line(&event);
        let n_bytes = line.len();
        if n_bytes > MAX_LINE_BYTES {
            // What comes after it says that it comes after this; so something has to be there.
            line = event::line(&event.clone().cut());
        }
        // Events of our own making fit.
        let _ = self.transcript.apply(event);
        self.unsaved.extend(line);
        let saved = self.save();
        if n_bytes <= MAX_LINE_BYTES || self.place.is_none() {
            return saved;
        }
        let (mib, limit) = (n_bytes >> 20, MAX_LINE_BYTES >> 20);
        saved.and(Err(Failed::new(
            Exit::Failure,
            tr!(
                "这段文字太长，会话里只存了开头：{mib} MiB，上限 {limit} MiB",
                "this text is too long, and only its beginning is saved with the session: {mib} MiB, the limit is {limit} MiB"
            ),
        )))
    }

    fn save(&mut self) -> Result<(), Failed> {
        let is_due = self.has_begun() && !self.unsaved.is_empty();
        let Some(place) = self.place.as_mut().filter(|_| is_due) else { return Ok(()) };
        match place.append(&self.header, &self.unsaved) {
            Ok(()) => {
                self.unsaved.clear();
                self.is_told = false;
                Ok(())
            }
            Err(_) if self.is_told => Ok(()),
            Err(error) => {
                self.is_told = true;
                Err(not_saved(&place.path, &error))
            }
        }
    }
}

/// What a file says, and its bytes.
fn read(path: &Path) -> Result<(Reading, Vec<u8>), Failed> {
    let read = bytes_of(path).and_then(|bytes| Ok((Reading::of(&bytes)?, bytes)));
    read.map_err(|refused| refused.told(path))
}

/// The lines of a file that are whole, as they are, but for the first if it is a header.
fn lines_after_header(bytes: &[u8], reading: &Reading) -> Vec<u8> {
    let begin = if reading.header.is_some() { reading.n_header_bytes } else { 0 };
    let mut lines = bytes[begin..reading.n_whole_bytes].to_vec();
    if reading.is_unended && !lines.is_empty() {
        lines.push(b'\n');
    }
    lines
}

/// What a person should know of a file that was read, whoever goes on with it.
fn found(path: &Path, id: Id, reading: &Reading) -> Vec<Notice> {
    let (n_damaged, n_unknown) = (reading.n_damaged, reading.n_unknown);
    let told = [
        (n_damaged > 0, Notice::Damaged { id, n_lines: n_damaged }),
        (n_unknown > 0, Notice::NotUnderstood { id, n_lines: n_unknown }),
        (is_exposed(path), Notice::Exposed { path: path.to_owned() }),
    ];
    told.into_iter().filter(|(is_so, _)| *is_so).map(|(_, notice)| notice).collect()
}

#[cfg(unix)]
fn is_exposed(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o044 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &Path) -> bool {
    false
}

fn not_saved(path: &Path, error: &io::Error) -> Failed {
    let (path, error) = (untrusted::path(path), cause(error));
    let error = untrusted::one_line(&error);
    Failed::new(
        Exit::Failure,
        tr!(
            "对话没有存上（{path}：{error}）：可以接着聊，之后会再试",
            "the conversation could not be saved ({path}: {error}): go on, and it will be tried again"
        ),
    )
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
