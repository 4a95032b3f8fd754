//! What is done to a conversation between two answers. Each is done to the session as well, where nothing that was said
//! is ever taken out; and none of it touches the engine, whose cache follows from the next prompt.

use super::Talk;
use super::keep::tell_unsaved;
use crate::exit::Failed;
use crate::render::plain::Output;

impl Talk {
    /// Takes back the last `n` exchanges; returns how many there were to take.
    pub fn undo(&mut self, n: usize, output: &mut Output) -> usize {
        let n = self.conversation.undo(n);
        tell_unsaved(self.record.undo(n), output);
        n
    }

    /// Opens question number `n` (from 1) for another answer; what came after it goes. `false`: there is no such
    /// question.
    pub fn reopen(&mut self, n: usize, output: &mut Output) -> bool {
        let is_there = self.conversation.reopen(n).is_some();
        if is_there {
            tell_unsaved(self.record.reopen(n), output);
        }
        is_there
    }

    /// Has answer number `k` (from 1, in the order of `session::Exchange::answers`) to the last question stand again.
    pub fn go_back(&mut self, k: usize, output: &mut Output) {
        tell_unsaved(self.record.go_back(self.conversation.exchanges().len(), k), output);
        self.follow();
    }

    /// Asks question number `n` (from 1) in other words, in a branch of its own. `false`: there is no such question.
    pub fn edit(&mut self, n: usize, question: &str, output: &mut Output) -> bool {
        let is_there = self.conversation.edit(n, question);
        if is_there {
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

    /// Changes a setting for the rest of the conversation.
    ///
    /// # Errors
    /// There is no such setting, or not this value of it.
    pub fn set(&mut self, key: &str, value: &str, output: &mut Output) -> Result<(), Failed> {
        self.settings.set(key, value)?;
        let key = key.trim().to_ascii_lowercase().replace('_', "-");
        tell_unsaved(self.record.set(&key, value), output);
        Ok(())
    }
}
