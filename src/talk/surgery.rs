//! What is done to a conversation between two answers. Each is done to the session as well, where nothing that was said
//! is ever taken out; and none of it touches the engine, whose cache follows from the next prompt.

use super::Talk;
use super::keep::tell_unsaved;
use crate::chat::conversation::Conversation;
use crate::config::settings;
use crate::exit::Failed;
use crate::render::plain::Output;
use crate::session::Mark;

/// A conversation as it was before a question was opened or put in other words, which cuts off what came after it.
pub(super) struct Before {
    conversation: Conversation,
    mark: Mark,
    /// In all branches, by which a new one is known.
    n_answers: usize,
}

impl Talk {
    fn before(&self) -> Before {
        Before {
            conversation: self.conversation.clone(),
            mark: self.record.mark(),
            n_answers: self.record.transcript().n_answers(),
        }
    }

    /// Has the conversation be again what it was before, unless there has been an answer since: who asks in vain loses
    /// nothing by it.
    ///
    /// # Errors
    /// It cannot be saved.
    pub(super) fn come_back(&mut self, before: Option<Before>) -> Result<(), Failed> {
        let n_answers = self.record.transcript().n_answers();
        let Some(before) = before.filter(|before| before.n_answers == n_answers) else { return Ok(()) };
        self.conversation = before.conversation;
        self.record.come_back(before.mark)
    }

    /// Takes back the last `n` exchanges; returns how many there were to take.
    pub fn undo(&mut self, n: usize, output: &mut Output) -> usize {
        let n = self.conversation.undo(n);
        tell_unsaved(self.record.undo(n), output);
        n
    }

    /// Opens question number `n` (from 1) for another answer; what came after it goes once there is one. `false`: there
    /// is no such question.
    pub fn reopen(&mut self, n: usize, output: &mut Output) -> bool {
        let before = self.before();
        let is_there = self.conversation.reopen(n).is_some();
        if is_there {
            self.before = Some(before);
            tell_unsaved(self.record.reopen(n), output);
        }
        is_there
    }

    /// Has answer number `k` (from 1, in the order of `session::Exchange::answers`) to the last question stand again.
    pub fn go_back(&mut self, k: usize, output: &mut Output) {
        tell_unsaved(self.record.go_back(self.conversation.exchanges().len(), k), output);
        self.follow();
    }

    /// Asks question number `n` (from 1) in other words, in a branch of its own, unless no answer comes of it. `false`:
    /// there is no such question.
    pub fn edit(&mut self, n: usize, question: &str, output: &mut Output) -> bool {
        let before = self.before();
        let is_there = self.conversation.edit(n, question);
        if is_there {
            self.before = Some(before);
            tell_unsaved(self.record.edit(n, question), output);
        }
        is_there
    }

    /// Keeps exchange number `n` (from 1) in the prompt, or no longer. `false`: there is no such exchange.
    pub fn pin(&mut self, n: usize, is_pinned: bool, output: &mut Output) -> bool {
        let is_there = self.conversation.pin(n, is_pinned);
        if is_there {
            tell_unsaved(self.record.pin(n, is_pinned), output);
        }
        is_there
    }

    /// Sets the system prompt. `None` is the template's own, an empty one is none at all.
    pub fn set_system(&mut self, text: Option<String>, output: &mut Output) {
        tell_unsaved(self.record.set_system(text.as_deref()), output);
        self.conversation.set_system(text);
    }

    /// Changes a setting for the rest of the conversation; how things look, for as long as liao runs.
    ///
    /// # Errors
    /// There is no such setting, or not this value of it.
    pub fn set(&mut self, key: &str, value: &str, output: &mut Output) -> Result<(), Failed> {
        self.settings.set(key, value)?;
        let key = settings::plain(key);
        if !settings::is_look(&key) {
            tell_unsaved(self.record.set(&key, value), output);
        }
        Ok(())
    }
}
