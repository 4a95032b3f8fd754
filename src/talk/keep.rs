//! A conversation and its session on the disk: where one begins, is gone on with, and is saved. What happens in between
//! is told to the session where it happens.
//!
//! Whatever the disk does, the conversation goes on: it is told once, and that is all.

use super::meter::Meter;
use super::switch::{self, Used};
use super::{Talk, any_seed, resume};
use crate::chat::conversation::Exchange;
use crate::config::settings;
use crate::exit::Failed;
use crate::render::plain::Output;
use crate::session::{Id, Model, Notice, Opened, Record, Shelf};
use crate::text::Untrusted;
use crate::tr;

/// Opens a session to go on with it; where nothing `is_kept`, in memory alone.
///
/// # Errors
/// It cannot be read.
pub fn open(shelf: &Shelf, id: Id, is_kept: bool) -> Result<Opened, Failed> {
    if is_kept {
        return Record::open(shelf.folder(), id);
    }
    Record::recall(shelf.folder(), id)
}

/// Tells what could not be saved.
pub(super) fn tell_unsaved(saved: Result<(), Failed>, output: &mut Output) {
    if let Err(failed) = saved {
        output.warning(&failed.message);
    }
}

impl Talk {
    /// Tries for the last time to save what the disk has not taken so far, and says so where it does not take it now
    /// either. `false`: it did not.
    pub fn part(&mut self, output: &mut Output) -> bool {
        let Some(id) = self.record.id().filter(|_| !self.record.is_saved()) else { return true };
        let is_saved = self.record.keep(self.shelf.folder()).is_ok();
        if !is_saved {
            output.warning(&tr!(
                "会话 {id} 没有存全：磁盘写不进去，没存上的部分就没有了",
                "session {id} is not saved whole: the rest could not be written and is lost"
            ));
        }
        is_saved
    }

    /// Begins a new conversation, with the system prompt and the settings as they are.
    pub fn begin_anew(&mut self, output: &mut Output) {
        self.part(output);
        self.conversation.clear();
        let (record, notice) =
            if self.is_kept { Record::begin(self.shelf.folder()) } else { (Record::in_memory(), None) };
        self.turn_to(record, notice, output);
        self.introduce(output);
        for (key, value) in self.settings.changed(&self.given) {
            tell_unsaved(self.record.set(key, &value), output);
        }
    }

    /// Goes on with a session: what was said, the system prompt and the settings are those of the session. Which model
    /// it is held with changes with the next question, not by looking in.
    pub fn take_up(&mut self, Opened { record, notices }: Opened, output: &mut Output) {
        self.part(output);
        self.turn_to(record, notices, output);
        let exchanges = self.exchanges();
        self.conversation.resume(exchanges);
        let transcript = self.record.transcript();
        self.conversation.set_system(transcript.system().map(str::to_owned));
        self.settings.take_back(&self.given);
        // Older versions of liao kept how things look, too.
        for (key, value) in transcript.settings().filter(|(key, _)| !settings::is_look(key)) {
            if let Err(Failed { message, .. }) = self.settings.set(key, value) {
                output.warning(&tr!(
                    "会话里有一项设置这里用不上：{message}",
                    "a setting of the session cannot be used here: {message}"
                ));
            }
        }
        if let Some(Model { name, reference, .. }) = transcript.model().filter(|model| model.name != self.model) {
            let (before, now) = (Untrusted(name), &self.model);
            output.notice(&tr!(
                "这个会话先前由 {before} 回答，现在由 {now} 接着答",
                "this session was answered by {before} before; {now} continues it"
            ));
            if let Some(reference) = reference.clone() {
                switch::remember(&mut self.used, Used { name: name.clone(), reference });
            }
        }
    }

    /// Has this be the session that is held: what was of the one before goes with it.
    fn turn_to(&mut self, record: Record, notices: impl IntoIterator<Item = Notice>, output: &mut Output) {
        for notice in notices {
            output.warning(&notice.sentence());
        }
        self.record = record;
        self.last = None;
        self.seed = any_seed();
        self.meter = Meter::default();
    }

    /// Has what was typed on the command line hold again, over what the session says.
    pub fn insist(&mut self, output: &mut Output) {
        self.settings.insist(&self.given);
        if self.given.is_system_typed() {
            let system = self.given.system().map(str::to_owned);
            self.set_system(system, output);
        }
    }

    /// Has the session know who answers, and by which system prompt.
    pub(super) fn introduce(&mut self, output: &mut Output) {
        let model = Model {
            name: self.model.clone(),
            template: self.conversation.template().name().to_owned(),
            vocabulary: self.vocabulary.sum.clone(),
            reference: self.reference.clone(),
        };
        let (of_model, of_system) =
            (self.record.set_model(&model), self.record.set_system(self.conversation.system_set()));
        for saved in [of_model, of_system] {
            tell_unsaved(saved, output);
        }
    }

    /// Saves the conversation from here on, under this name where one is given.
    ///
    /// # Errors
    /// It cannot be saved, or the name is none or taken; then nothing is saved that was not before.
    pub fn save(&mut self, name: Option<&str>) -> Result<(), Failed> {
        if let Some(name) = name {
            self.record.check_name(self.shelf.folder(), name)?;
        }
        self.record.keep(self.shelf.folder())?;
        name.map_or(Ok(()), |name| self.record.rename(name))
    }

    /// What was said, as the model that answers now can read it: what a conversation with it goes on from.
    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        resume::exchanges(self.record.transcript(), &self.vocabulary.sum, self.vocabulary.n_tokens)
    }

    /// Has the conversation's last exchange be what the session says it is.
    pub(super) fn follow(&mut self) {
        if let Some(last) = self.exchanges().pop() {
            self.conversation.replace_last(last);
        }
    }
}
