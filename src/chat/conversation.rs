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
    /// Answers asked for with `/retry`; a fixed seed then gives another one each time.
    pub retries: u32,
}

/// One conversation with one model family.
#[derive(Debug, Clone)]
pub struct Conversation {
    template: Template,
    control: ControlTokens,
    system: Option<String>,
    exchanges: Vec<Exchange>,
    /// Exchanges before this one are out of the prompt.
    first: usize,
}

impl Conversation {
    /// An empty conversation. Without a system prompt, the template's own holds.
    #[must_use]
    pub fn new(template: Template, control: ControlTokens, system: Option<String>) -> Self {
        Self { template, control, system, exchanges: Vec::new(), first: 0 }
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

    /// Sets the system prompt; empty means none at all.
    pub fn set_system(&mut self, text: impl Into<String>) {
        self.system = Some(text.into());
    }

    /// Everything said so far.
    #[must_use]
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// How many of the oldest exchanges are out of the prompt.
    #[must_use]
    pub fn n_dropped(&self) -> usize {
        self.first
    }

    /// Exchanges in the prompt before the question that waits for its answer.
    #[must_use]
    pub fn n_droppable(&self) -> usize {
        self.exchanges.len().saturating_sub(self.first + 1)
    }

    /// Forgets everything but the system prompt.
    pub fn clear(&mut self) {
        self.exchanges.clear();
        self.first = 0;
    }

    /// Asks the next question. One before it that was never answered is forgotten.
    pub fn ask(&mut self, question: impl Into<String>) {
        self.withdraw();
        self.exchanges.push(Exchange { question: question.into(), answer: None, retries: 0 });
    }

    /// Takes back the last question when nothing was answered to it. Returns it.
    pub fn withdraw(&mut self) -> Option<String> {
        self.exchanges.pop_if(|last| last.answer.is_none()).map(|exchange| {
            self.first = self.first.min(self.exchanges.len());
            exchange.question
        })
    }

    /// Takes in the answer to the last question. One that was cut before its first word is no answer: the question
    /// stays open, to be asked again.
    pub fn answered(&mut self, done: &Done) {
        let is_answer = !done.text.is_empty() || done.written.end.is_some();
        if let Some(last) = self.exchanges.last_mut().filter(|_| is_answer) {
            last.answer = Some(Message {
                role: Role::Assistant,
                content: done.text.clone(),
                written: Some(done.written.clone()),
            });
        }
    }

    /// Takes back the last `n` exchanges; returns how many there were to take.
    pub fn undo(&mut self, n: usize) -> usize {
        let n = n.min(self.exchanges.len());
        self.exchanges.truncate(self.exchanges.len() - n);
        self.first = self.first.min(self.exchanges.len());
        n
    }

    /// Makes question number `n` (from 1) the last one, and unanswered. `None`: there is no such question.
    pub fn reopen(&mut self, n: usize) -> Option<&str> {
        let index = n.checked_sub(1).filter(|index| *index < self.exchanges.len())?;
        self.exchanges.truncate(index + 1);
        self.first = self.first.min(index);
        let last = &mut self.exchanges[index];
        last.retries += u32::from(last.answer.take().is_some());
        Some(&last.question)
    }

    /// How often the last question was asked again.
    #[must_use]
    pub fn retries(&self) -> u32 {
        self.exchanges.last().map_or(0, |exchange| exchange.retries)
    }

    /// Leaves `n` more of the oldest exchanges out of the prompt.
    pub fn drop_oldest(&mut self, n: usize) {
        self.first += n.min(self.n_droppable());
    }

    /// The prompt, less the `dropped` oldest of the exchanges still in it.
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
        // A Jinja template of the file's own knows its default system prompt itself.
        self.system().map(|text| Message::new(Role::System, text)).into_iter().collect()
    }

    fn messages(&self, dropped: usize) -> Vec<Message> {
        let mut messages = self.system_message();
        for exchange in &self.exchanges[self.first + dropped..] {
            messages.push(Message::new(Role::User, exchange.question.as_str()));
            messages.extend(exchange.answer.clone());
        }
        messages
    }
}

impl Exchange {
    /// The answer's tokens as the model wrote them.
    #[must_use]
    pub fn written(&self) -> Option<&Written> {
        self.answer.as_ref()?.written.as_ref()
    }
}
