//! What was said, in order: the truth that every prompt is built from. Exchanges that no longer fit the context
//! stay here and are only left out of the prompt.

use super::template::{ControlTokens, Template};
use crate::exit::Failed;
use crate::message::{Message, Role, Written};
use crate::protocol::{Done, Segment};

/// A question and, once there is one, its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// What the person said.
    pub question: String,
    /// What the model said.
    pub answer: Option<Message>,
    /// The other answers to it, oldest first.
    pub earlier: Vec<Message>,
    /// Where among those the answer belongs; while another is waited for, which of them stands again if none comes.
    pub place: usize,
    /// It stays in the prompt when others have to leave.
    pub is_pinned: bool,
}

/// One conversation with one model family.
#[derive(Debug, Clone)]
pub struct Conversation {
    template: Template,
    control: ControlTokens,
    system: Option<String>,
    exchanges: Vec<Exchange>,
    /// Exchanges before this one are out of the prompt, but for those that are pinned.
    first: usize,
    /// The person was told that those before this one left.
    n_told: usize,
}

impl Conversation {
    /// An empty conversation. Without a system prompt, the template's own holds.
    #[must_use]
    pub fn new(template: Template, control: ControlTokens, system: Option<String>) -> Self {
        Self { template, control, system, exchanges: Vec::new(), first: 0, n_told: 0 }
    }

    /// The template in use.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// The system prompt in force: the one set, else the family's.
    #[must_use]
    pub fn system(&self) -> Option<&str> {
        self.system.as_deref().or_else(|| self.template.default_system()).filter(|text| !text.is_empty())
    }

    /// The system prompt that was set. `None` is the family's own, an empty one is none at all.
    #[must_use]
    pub fn system_set(&self) -> Option<&str> {
        self.system.as_deref()
    }

    /// Sets the system prompt; see [`system_set`](Self::system_set).
    pub fn set_system(&mut self, text: Option<String>) {
        self.system = text;
    }

    /// Has what was said written down for another model from here on.
    pub fn write_for(&mut self, template: Template, control: ControlTokens) {
        (self.template, self.control) = (template, control);
    }

    /// Everything said so far.
    #[must_use]
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// How many exchanges are out of the prompt.
    #[must_use]
    pub fn n_dropped(&self) -> usize {
        self.exchanges[..self.first].iter().filter(|exchange| !exchange.is_pinned).count()
    }

    /// The numbers (from 1) of the exchanges in the prompt that can leave it, in the order in which they would: all
    /// but the pinned ones and the last.
    pub fn droppable(&self) -> impl Iterator<Item = usize> {
        let n_old = self.exchanges.len().saturating_sub(1);
        (self.first..n_old).filter(|i| !self.exchanges[*i].is_pinned).map(|i| i + 1)
    }

    /// How many exchanges are pinned, the last one left out.
    #[must_use]
    pub fn n_pinned(&self) -> usize {
        let n_old = self.exchanges.len().saturating_sub(1);
        self.exchanges[..n_old].iter().filter(|exchange| exchange.is_pinned).count()
    }

    /// Keeps exchange number `n` (from 1) in the prompt, or no longer. `false`: there is no such exchange.
    pub fn pin(&mut self, n: usize, is_pinned: bool) -> bool {
        let exchange = n.checked_sub(1).and_then(|i| self.exchanges.get_mut(i));
        exchange.map(|exchange| exchange.is_pinned = is_pinned).is_some()
    }

    /// Forgets everything but the system prompt.
    pub fn clear(&mut self) {
        self.resume(Vec::new());
    }

    /// Goes on from what was said before, in another process maybe.
    pub fn resume(&mut self, exchanges: Vec<Exchange>) {
        self.exchanges = exchanges;
        (self.first, self.n_told) = (0, 0);
    }

    /// Asks the next question. One before it that was never answered is forgotten.
    pub fn ask(&mut self, question: impl Into<String>) {
        self.withdraw();
        let question = question.into();
        self.exchanges.push(Exchange { question, answer: None, earlier: Vec::new(), place: 0, is_pinned: false });
    }

    /// Asks question number `n` (from 1) in other words; what came after it goes. `false`: there is no such question.
    pub fn edit(&mut self, n: usize, question: impl Into<String>) -> bool {
        let is_there = (1..=self.exchanges.len()).contains(&n);
        if is_there {
            self.undo(self.exchanges.len() - (n - 1));
            self.ask(question);
        }
        is_there
    }

    /// The last exchange, as it is now.
    pub fn replace_last(&mut self, exchange: Exchange) {
        if let Some(last) = self.exchanges.last_mut() {
            *last = exchange;
        }
    }

    /// Gives up waiting for an answer: where there was an earlier one, it stands again.
    pub fn restore(&mut self) {
        if let Some(last) = self.exchanges.last_mut().filter(|last| last.answer.is_none())
            && last.place < last.earlier.len()
        {
            last.answer = Some(last.earlier.remove(last.place));
        }
    }

    /// Takes back the last question when there is no answer to it, nor an earlier one. Returns it.
    pub fn withdraw(&mut self) -> Option<String> {
        self.restore();
        self.exchanges.pop_if(|last| last.answer.is_none()).map(|exchange| {
            self.first = self.first.min(self.exchanges.len());
            exchange.question
        })
    }

    /// Takes in the answer to the last question. One that was cut before its first word is no answer: an earlier one
    /// stands again, or the question stays open, to be asked again.
    pub fn answered(&mut self, done: &Done) {
        if done.text.is_empty() && done.written.end.is_none() {
            self.restore();
        } else {
            let (content, written) = (done.text.clone(), Some(done.written.clone()));
            self.take_answer(Message { role: Role::Assistant, content, written });
        }
    }

    /// Takes in an answer of which the words alone are known.
    pub fn answered_in_words(&mut self, text: impl Into<String>) {
        self.take_answer(Message::new(Role::Assistant, text));
    }

    fn take_answer(&mut self, answer: Message) {
        if let Some(last) = self.exchanges.last_mut() {
            last.answer = Some(answer);
            last.place = last.earlier.len();
        }
    }

    /// The answer that is gone on with, in its tokens; in words alone where they are not known. `None`: the last
    /// question has no answer yet.
    #[must_use]
    pub fn begun(&self) -> Option<Written> {
        let answer = self.exchanges.last()?.answer.as_ref()?;
        let words = || Written { tail: answer.content.clone(), ..Written::default() };
        Some(answer.written.clone().unwrap_or_else(words))
    }

    /// Takes in what follows the last answer, which becomes one with it.
    pub fn continued(&mut self, done: &Done) {
        let Some(answer) = self.exchanges.last_mut().and_then(|last| last.answer.as_mut()) else { return };
        answer.content.push_str(&done.text);
        // Behind words whose tokens are not known, tokens alone would not be all of it.
        answer.written = answer.written.take().map(|before| joined(before, done));
    }

    /// The same where the words alone are known of what follows.
    pub fn continued_in_words(&mut self, text: &str) {
        let Some(answer) = self.exchanges.last_mut().and_then(|last| last.answer.as_mut()) else { return };
        answer.content.push_str(text);
        if let Some(written) = &mut answer.written {
            written.tail = written.tail.trim_end().to_owned() + text;
        }
    }

    /// Takes back the last `n` exchanges; returns how many there were to take.
    pub fn undo(&mut self, n: usize) -> usize {
        let n = n.min(self.exchanges.len());
        self.truncate(self.exchanges.len() - n);
        n
    }

    /// Makes question number `n` (from 1) the last one, and unanswered. `None`: there is no such question.
    pub fn reopen(&mut self, n: usize) -> Option<&str> {
        let index = n.checked_sub(1).filter(|index| *index < self.exchanges.len())?;
        self.truncate(index + 1);
        let last = &mut self.exchanges[index];
        if let Some(answer) = last.answer.take() {
            last.earlier.insert(last.place, answer);
        }
        Some(&last.question)
    }

    fn truncate(&mut self, n: usize) {
        if n < self.exchanges.len() {
            self.exchanges.truncate(n);
            // There is room again; what still does not fit is dropped again.
            self.first = 0;
            self.n_told = self.n_told.min(n);
        }
    }

    /// How many answers the last question has had before.
    #[must_use]
    pub fn n_earlier(&self) -> usize {
        self.exchanges.last().map_or(0, |exchange| exchange.earlier.len())
    }

    /// Leaves `n` more of the oldest exchanges out of the prompt.
    pub fn drop_oldest(&mut self, n: usize) {
        self.first = self.first_without(n);
    }

    /// Of these exchanges that have left the prompt, by their numbers, those of which the person has not been told;
    /// they are taken as told from here on. After `/undo` some leave for the second time.
    pub fn untold(&mut self, gone: &[usize]) -> Vec<usize> {
        let untold = gone.iter().copied().filter(|n| *n > self.n_told).collect();
        self.n_told = self.n_told.max(self.first);
        untold
    }

    /// What `first` is when the `n` oldest of those that can leave the prompt have left it.
    fn first_without(&self, n: usize) -> usize {
        self.droppable().take(n).last().unwrap_or(self.first)
    }

    /// The prompt, less the `dropped` oldest of the exchanges still in it. Where the last exchange has an answer, the
    /// prompt ends inside that, for it to be gone on with.
    ///
    /// # Errors
    /// When the template cannot write this conversation down.
    pub fn prompt(&self, dropped: usize) -> Result<Vec<Segment>, Failed> {
        self.template.render(&self.messages(dropped), &self.control)
    }

    /// The prompt that an empty next question would have now, or would have in a new conversation: what `/context`
    /// counts.
    ///
    /// # Errors
    /// As [`prompt`](Self::prompt).
    pub fn prompt_so_far(&self, with_exchanges: bool) -> Result<Vec<Segment>, Failed> {
        let mut messages = if with_exchanges { self.messages(0) } else { self.system_message() };
        if messages.last().is_none_or(|last| last.role != Role::User) {
            messages.push(Message::new(Role::User, ""));
        }
        self.template.render(&messages, &self.control)
    }

    fn system_message(&self) -> Vec<Message> {
        // One that was not set is the template's to put in; an empty one asks for none.
        self.system.iter().map(|text| Message::new(Role::System, text.as_str())).collect()
    }

    fn messages(&self, dropped: usize) -> Vec<Message> {
        let mut messages = self.system_message();
        let first = self.first_without(dropped);
        let stays = |(i, exchange): &(usize, &Exchange)| *i >= first || exchange.is_pinned;
        for (_, exchange) in self.exchanges.iter().enumerate().filter(stays) {
            messages.push(Message::new(Role::User, exchange.question.as_str()));
            messages.extend(exchange.answer.clone());
        }
        messages
    }
}

/// An answer that was cut and what follows it, in tokens as far as they are known.
fn joined(before: Written, done: &Done) -> Written {
    let Done { text, written, .. } = done;
    if before.tail.is_empty() {
        let ids = [before.ids, written.ids.clone()].concat();
        return Written { ids, tail: written.tail.clone(), end: written.end };
    }
    // Words that no token spells stand between.
    Written { tail: before.tail.trim_end().to_owned() + text, end: written.end, ..before }
}

#[cfg(test)]
#[path = "conversation_tests.rs"]
mod tests;
