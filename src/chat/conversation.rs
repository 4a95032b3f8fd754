//! What was said, in order: the truth that every prompt is built from. Exchanges that no longer fit the context
//! stay here and are only left out of the prompt.

mod moved;

use super::template::{ControlTokens, Template};
use crate::exit::Failed;
use crate::message::{Message, Role};
use crate::protocol::{Done, Segment};

/// A question and, once there is one, its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// What the person said.
    pub question: String,
    /// What the model said.
    pub answer: Option<Message>,
    /// Answers that others were asked for in place of, oldest first.
    pub earlier: Vec<Message>,
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

    /// Goes on from what was said before, in another process maybe.
    pub fn resume(&mut self, exchanges: Vec<Exchange>) {
        self.exchanges = exchanges;
        self.first = 0;
    }

    /// Asks the next question. One before it that was never answered is forgotten.
    pub fn ask(&mut self, question: impl Into<String>) {
        self.withdraw();
        self.exchanges.push(Exchange { question: question.into(), answer: None, earlier: Vec::new() });
    }

    /// Gives up waiting for an answer: where there was an earlier one, it stands again.
    pub fn restore(&mut self) {
        if let Some(last) = self.exchanges.last_mut().filter(|last| last.answer.is_none()) {
            last.answer = last.earlier.pop();
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
        } else if let Some(last) = self.exchanges.last_mut() {
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
        if n > 0 {
            // There is room again; what still does not fit is dropped again.
            self.first = 0;
        }
        n
    }

    /// Makes question number `n` (from 1) the last one, and unanswered. `None`: there is no such question.
    pub fn reopen(&mut self, n: usize) -> Option<&str> {
        let index = n.checked_sub(1).filter(|index| *index < self.exchanges.len())?;
        if index + 1 < self.exchanges.len() {
            self.exchanges.truncate(index + 1);
            self.first = 0;
        }
        let last = &mut self.exchanges[index];
        last.earlier.extend(last.answer.take());
        Some(&last.question)
    }

    /// How many answers the last question has had before.
    #[must_use]
    pub fn n_earlier(&self) -> usize {
        self.exchanges.last().map_or(0, |exchange| exchange.earlier.len())
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
        // One that was not set is the template's to put in; an empty one asks for none.
        self.system.iter().map(|text| Message::new(Role::System, text.as_str())).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Written;
    use crate::protocol::{Outcome, Timings, Usage};

    fn conversation() -> Conversation {
        let control = ControlTokens { bos: Some(1), eos: Some(2), add_bos: true, by_text: Vec::new() };
        Conversation::new(Template::builtin("llama2").expect("built in"), control, Some("系统".into()))
    }

    fn done(text: &str) -> Done {
        let end = (!text.is_empty()).then_some(2);
        Done {
            outcome: Outcome::Stop,
            text: text.to_owned(),
            written: Written { ids: Vec::new(), tail: text.to_owned(), end },
            usage: Usage::default(),
            timings: Timings::default(),
            peak_rss_bytes: 0,
        }
    }

    fn said(conversation: &Conversation) -> Vec<(&str, Option<&str>)> {
        let exchanges = conversation.exchanges().iter();
        exchanges.map(|e| (e.question.as_str(), e.answer.as_ref().map(|answer| answer.content.as_str()))).collect()
    }

    #[test]
    fn questions_and_answers() {
        let mut talk = conversation();
        talk.ask("一");
        talk.answered(&done("甲"));
        talk.ask("二");
        talk.answered(&done("乙"));
        assert_eq!(said(&talk), [("一", Some("甲")), ("二", Some("乙"))]);
        assert_eq!((talk.undo(5), said(&talk)), (2, vec![]));
        assert_eq!(talk.undo(1), 0);
    }

    #[test]
    fn an_empty_system_prompt_is_none_not_the_templates_own() {
        let control = ControlTokens { bos: Some(1), eos: Some(2), add_bos: true, by_text: Vec::new() };
        let family = Template::builtin("llama2-hfl").expect("built in");
        let own = family.default_system().expect("it has one");
        let prompt = |system: Option<&str>| {
            let mut talk = Conversation::new(family.clone(), control.clone(), system.map(str::to_owned));
            talk.ask("问");
            (talk.system().map(str::to_owned), format!("{:?}", talk.prompt(0).expect("a prompt")))
        };
        let (system, text) = prompt(None);
        assert!(system.as_deref() == Some(own) && text.contains(own));
        let (system, text) = prompt(Some(""));
        assert!(system.is_none() && !text.contains("SYS"), "{text}");
        let (system, text) = prompt(Some("别的"));
        assert!(system.as_deref() == Some("别的") && text.contains("别的") && !text.contains(own));
    }

    #[test]
    fn a_question_without_an_answer_is_forgotten_at_the_next() {
        let mut talk = conversation();
        talk.ask("一");
        talk.answered(&done(""));
        assert_eq!(said(&talk), [("一", None)]);
        talk.ask("二");
        assert_eq!(said(&talk), [("二", None)]);
        assert_eq!(talk.withdraw().as_deref(), Some("二"));
        assert_eq!(talk.withdraw(), None);
    }

    #[test]
    fn an_answer_asked_again_in_vain_stands() {
        let mut talk = conversation();
        talk.ask("一");
        talk.answered(&done("甲"));
        for give_up in [
            Conversation::restore,
            |talk: &mut Conversation| talk.answered(&done("")),
            |talk: &mut Conversation| {
                assert_eq!(talk.withdraw(), None);
            },
        ] {
            assert_eq!(talk.reopen(1), Some("一"));
            assert_eq!((said(&talk), talk.n_earlier()), (vec![("一", None)], 1));
            give_up(&mut talk);
            assert_eq!(said(&talk), [("一", Some("甲"))]);
        }
        talk.reopen(1);
        talk.answered(&done("又"));
        assert_eq!((said(&talk), talk.n_earlier()), (vec![("一", Some("又"))], 1));
    }

    #[test]
    fn asking_an_earlier_question_again_drops_what_came_after() {
        let mut talk = conversation();
        for (question, answer) in [("一", "甲"), ("二", "乙"), ("三", "丙")] {
            talk.ask(question);
            talk.answered(&done(answer));
        }
        assert_eq!(talk.reopen(0), None);
        assert_eq!(talk.reopen(4), None);
        assert_eq!(talk.reopen(2), Some("二"));
        assert_eq!(said(&talk), [("一", Some("甲")), ("二", None)]);
    }

    #[test]
    fn exchanges_leave_the_prompt_from_the_oldest_and_the_system_prompt_stays() {
        let mut talk = conversation();
        for (question, answer) in [("一一", "甲"), ("二二", "乙")] {
            talk.ask(question);
            talk.answered(&done(answer));
        }
        talk.ask("三三");
        assert_eq!(talk.n_droppable(), 2);
        let text = |talk: &Conversation, dropped| format!("{:?}", talk.prompt(dropped).expect("a prompt"));
        for (dropped, kept) in [(0, "一一二二三三"), (1, "二二三三"), (2, "三三")] {
            let prompt = text(&talk, dropped);
            assert!(prompt.contains("系统"));
            for question in ["一一", "二二", "三三"] {
                assert_eq!(prompt.contains(question), kept.contains(question), "{dropped} {question}");
            }
        }
        // The open question is never dropped.
        talk.drop_oldest(9);
        assert_eq!((talk.n_dropped(), talk.n_droppable()), (2, 0));
        assert!(text(&talk, 0).contains("三三"));
        // Fewer exchanges: those that were left out come back.
        talk.answered(&done("丙"));
        talk.undo(1);
        assert_eq!(talk.n_dropped(), 0);
        talk.clear();
        assert_eq!((talk.n_dropped(), talk.exchanges().len()), (0, 0));
    }
}
