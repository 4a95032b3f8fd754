//! What was said, with every branch: a tree that events build up, and the one way through it that the conversation
//! goes now. It is all in memory and knows no file; what is written and what is read again go through
//! [`Transcript::apply`] alike, so that both come to the same.
//!
//! What holds: every question follows an answer that was there before it, or the beginning; every answer is to a
//! question that was there before it. So from any place there is one way back, and it ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::event::{BEGINNING, Event, Model, Number};
use super::exchange::Exchange;
use super::label::{is_name, title};
use crate::message::{Message, Role, Written};

/// Numbers that a file may use. With one turn a second they last for thirty years.
const MAX_NUMBER: Number = 1 << 30;

/// A conversation, and the ways it did not go on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transcript {
    name: Option<String>,
    model: Option<Model>,
    /// The model's, which every answer of its own shares: in a file from outside it may be megabytes.
    vocabulary: Option<Arc<str>>,
    system: Option<String>,
    settings: Vec<(String, String)>,
    questions: BTreeMap<Number, Question>,
    answers: BTreeMap<Number, Answer>,
    /// Where the conversation stands: at an answer, at an open question, or at the beginning.
    head: Number,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Question {
    after: Number,
    text: String,
    at: String,
    is_pinned: bool,
    answers: Vec<Number>,
    /// The answer that stands, or did before the question was opened again.
    standing: Option<Number>,
}

/// One answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The words. Untrusted.
    pub text: String,
    /// How it ended, as `protocol::Outcome` names it. Untrusted, and maybe a newer liao's.
    pub finish: String,
    /// When it was finished, RFC 3339. Untrusted.
    pub at: String,
    written: Option<Written>,
    vocabulary: Option<Arc<str>>,
    to: Number,
    is_continued: bool,
    is_followed: bool,
}

/// What is said of an answer, apart from the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The words.
    pub text: String,
    /// The words in the model's tokens.
    pub written: Option<Written>,
    /// How it ended, as `protocol::Outcome` names it.
    pub finish: String,
}

impl Transcript {
    /// The name that the person gave it: one plain word.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The title that the first question gives that is still there, else the first that ever was; harmless and on one
    /// line.
    #[must_use]
    pub fn title(&self) -> Option<String> {
        let path = self.path();
        let mut there = path.iter().filter_map(|(n, _)| self.questions.get(n));
        let title_of = |question: &Question| title(&question.text);
        there.find_map(title_of).or_else(|| self.questions.values().find_map(title_of))
    }

    /// What a person knows it by: the name, else the title. `None`: nothing was said.
    #[must_use]
    pub fn label(&self) -> Option<String> {
        self.name.clone().or_else(|| self.title())
    }

    /// Who answers.
    #[must_use]
    pub fn model(&self) -> Option<&Model> {
        self.model.as_ref()
    }

    /// The system prompt that was set. `None` is the template's own, an empty one is none at all. Untrusted.
    #[must_use]
    pub fn system(&self) -> Option<&str> {
        self.system.as_deref()
    }

    /// The settings of this conversation, each as it is typed; to be checked as what is typed is. Untrusted.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// How many questions were ever asked, in all branches.
    #[must_use]
    pub fn n_questions(&self) -> usize {
        self.questions.len()
    }

    /// How many answers were ever given, in all branches.
    #[must_use]
    pub fn n_answers(&self) -> usize {
        self.answers.len()
    }

    /// The conversation as it stands: what was asked, in order, and what was answered.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange<'_>> {
        let question = |&(n, answer): &(Number, Option<Number>)| Some((self.questions.get(&n)?, answer));
        self.path().iter().filter_map(question).map(|(question, answer)| self.exchange(question, answer)).collect()
    }

    fn exchange<'t>(&'t self, question: &'t Question, answer: Option<Number>) -> Exchange<'t> {
        let shown = self.shown(question);
        let place = |n: Option<Number>| shown.iter().position(|shown| Some(*shown) == n);
        Exchange {
            question: &question.text,
            at: &question.at,
            standing: place(answer),
            fallback: place(question.standing),
            is_pinned: question.is_pinned,
            answers: shown.iter().filter_map(|n| self.answers.get(n)).collect(),
        }
    }

    /// The answers that a person may choose from.
    fn shown(&self, question: &Question) -> Vec<Number> {
        let is_shown = |n: &&Number| {
            let is_past = self.answers.get(*n).is_some_and(|answer| answer.is_continued && !answer.is_followed);
            !is_past || question.standing == Some(**n)
        };
        question.answers.iter().filter(is_shown).copied().collect()
    }

    /// The questions that the conversation goes through, each with the answer that it went on from.
    fn path(&self) -> Vec<(Number, Option<Number>)> {
        let mut path = Vec::new();
        let mut at = self.head;
        loop {
            let answer = self.answers.get(&at).map(|answer| (answer.to, Some(at)));
            let (n, answer) = answer.unwrap_or((at, None));
            // The beginning is no question.
            let Some(question) = self.questions.get(&n) else { break };
            path.push((n, answer));
            at = question.after;
        }
        path.reverse();
        path
    }

    /// Where the conversation stands.
    pub(super) fn head(&self) -> Number {
        self.head
    }

    /// What the next question follows. A question that is open then goes: an earlier answer to it stands again, or it
    /// was never asked.
    fn end(&self) -> Number {
        match self.questions.get(&self.head) {
            Some(open) => open.standing.unwrap_or(open.after),
            None => self.head,
        }
    }

    fn next_number(&self) -> Number {
        let last = self.questions.keys().next_back().max(self.answers.keys().next_back());
        let next = last.copied().unwrap_or(BEGINNING) + 1;
        // Only somebody who wants to uses them up, and then not all of them.
        if self.is_free(next) { next } else { (1..MAX_NUMBER).find(|n| self.is_free(*n)).unwrap_or(next) }
    }
}

/// What happened, as an event. `None`: nothing did, for there is nothing to do it to.
impl Transcript {
    pub(super) fn asked(&self, text: &str, at: String) -> Event {
        Event::Question { n: self.next_number(), after: self.end(), text: text.to_owned(), at }
    }

    /// Question `n` (from 1) was asked in other words, and all that came of it is another branch.
    pub(super) fn edited(&self, n: usize, text: &str, at: String) -> Option<Event> {
        let after = self.questions.get(&self.question(n)?)?.after;
        Some(Event::Question { n: self.next_number(), after, text: text.to_owned(), at })
    }

    /// The open question was answered.
    pub(super) fn answered(&self, Reply { text, written, finish }: Reply, at: String) -> Option<Event> {
        let to = self.questions.contains_key(&self.head).then_some(self.head)?;
        Some(Event::Answer { n: self.next_number(), to, continues: None, text, written, finish, at })
    }

    /// The last answer was gone on with; the reply is all of it.
    pub(super) fn continued(&self, Reply { text, written, finish }: Reply, at: String) -> Option<Event> {
        let to = self.answers.get(&self.head)?.to;
        Some(Event::Answer { n: self.next_number(), to, continues: Some(self.head), text, written, finish, at })
    }

    /// Question `n` (from 1) was made the last one, and open.
    pub(super) fn reopened(&self, n: usize) -> Option<Event> {
        self.moved(self.question(n)?)
    }

    /// Answer `k` (from 1, as [`exchanges`](Self::exchanges) has them) to question `n` was made the last one.
    pub(super) fn gone_back(&self, n: usize, k: usize) -> Option<Event> {
        let question = self.questions.get(&self.question(n)?)?;
        self.moved(*self.shown(question).get(k.checked_sub(1)?)?)
    }

    /// The last `n` exchanges were taken back.
    pub(super) fn undone(&self, n: usize) -> Option<Event> {
        let path = self.path();
        let (first, _) = path.get(path.len().saturating_sub(n))?;
        self.moved(self.questions.get(first)?.after)
    }

    /// Nobody waits for another answer any more: the earlier one stands again, where there is one.
    pub(super) fn restored(&self) -> Option<Event> {
        self.moved(self.questions.get(&self.head)?.standing?)
    }

    /// The open question was taken back, or the earlier answer to it stands again.
    pub(super) fn withdrawn(&self) -> Option<Event> {
        self.moved(self.end())
    }

    /// The conversation came back to where it stood before.
    pub(super) fn returned(&self, head: Number) -> Option<Event> {
        self.moved(head)
    }

    pub(super) fn pinned(&self, n: usize, pinned: bool) -> Option<Event> {
        let n = self.question(n)?;
        let is_new = self.questions.get(&n)?.is_pinned != pinned;
        is_new.then_some(Event::Pin { n, pinned })
    }

    pub(super) fn changed_system(&self, text: Option<&str>) -> Option<Event> {
        (self.system() != text).then(|| Event::System { text: text.map(str::to_owned) })
    }

    pub(super) fn changed_model(&self, model: &Model) -> Option<Event> {
        (self.model() != Some(model)).then(|| Event::Model(model.clone()))
    }

    pub(super) fn set(&self, key: &str, value: &str) -> Option<Event> {
        let is_new = !self.settings().any(|held| held == (key, value));
        is_new.then(|| Event::Set { key: key.to_owned(), value: value.to_owned() })
    }

    pub(super) fn named(&self, name: &str) -> Option<Event> {
        (is_name(name) && self.name() != Some(name)).then(|| Event::Name { name: name.to_owned() })
    }

    /// The number of the question that is the `n`th (from 1) of the conversation.
    fn question(&self, n: usize) -> Option<Number> {
        self.path().get(n.checked_sub(1)?).map(|(question, _)| *question)
    }

    fn moved(&self, n: Number) -> Option<Event> {
        (n != self.head).then_some(Event::Head { n })
    }
}

/// Taking events in.
impl Transcript {
    /// Takes in what happened. `false`: it does not fit to what happened before, and changes nothing; the file is
    /// damaged, or wrong.
    #[must_use]
    pub(super) fn apply(&mut self, event: Event) -> bool {
        match event {
            // Another first line is none.
            Event::Session(_) => return false,
            Event::Model(model) => {
                self.vocabulary = Some(model.vocabulary.as_str().into());
                self.model = Some(model);
            }
            Event::System { text } => self.system = text,
            Event::Name { name } if is_name(&name) => self.name = Some(name),
            Event::Name { .. } => return false,
            Event::Set { key, value } => match self.settings.iter_mut().find(|(held, _)| *held == key) {
                Some((_, held)) => *held = value,
                None => self.settings.push((key, value)),
            },
            Event::Pin { n, pinned } => match self.questions.get_mut(&n) {
                Some(question) => question.is_pinned = pinned,
                None => return false,
            },
            Event::Head { n } => {
                if !self.is_there(n) {
                    return false;
                }
                self.stand_at(n);
            }
            Event::Question { n, after, text, at } => return self.take_question(n, after, text, at),
            Event::Answer { n, to, continues, text, written, finish, at } => {
                if !self.is_free(n) {
                    return false;
                }
                let Some(question) = self.questions.get_mut(&to) else { return false };
                question.answers.push(n);
                question.standing = Some(n);
                let before = continues.and_then(|before| self.answers.get_mut(&before));
                if let Some(before) = before.filter(|before| before.to == to) {
                    before.is_continued = true;
                }
                let vocabulary = self.vocabulary.clone();
                let (is_continued, is_followed) = (false, false);
                self.answers.insert(n, Answer { text, finish, at, written, vocabulary, to, is_continued, is_followed });
                // To a question that is not the open one, the way may be another than the one gone last.
                if to == self.head { self.head = n } else { self.stand_at(n) }
            }
        }
        true
    }

    fn take_question(&mut self, n: Number, after: Number, text: String, at: String) -> bool {
        if !self.is_free(n) {
            return false;
        }
        // What it followed was lost: it follows what is left.
        let is_known = after == BEGINNING || self.answers.contains_key(&after);
        let after = if is_known { after } else { self.end() };
        if after != self.head {
            self.stand_at(after);
        }
        if let Some(answer) = self.answers.get_mut(&after) {
            answer.is_followed = true;
        }
        let question = Question { after, text, at, is_pinned: false, answers: Vec::new(), standing: None };
        self.questions.insert(n, question);
        self.head = n;
        true
    }

    fn is_there(&self, n: Number) -> bool {
        n == BEGINNING || self.questions.contains_key(&n) || self.answers.contains_key(&n)
    }

    fn is_free(&self, n: Number) -> bool {
        n <= MAX_NUMBER && !self.is_there(n)
    }

    /// Has the conversation stand here, and every answer on the way here.
    fn stand_at(&mut self, n: Number) {
        self.head = n;
        for (question, answer) in self.path() {
            if let (Some(question), Some(_)) = (self.questions.get_mut(&question), answer) {
                question.standing = answer;
            }
        }
    }
}

impl Answer {
    /// Whether it was written to its end.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        matches!(self.finish.as_str(), "stop" | "stop_string")
    }

    /// The answer as a message for a model with this vocabulary of `n_vocab` tokens. Its tokens are in it only if that
    /// is the vocabulary that they were written in and has them all: else there are the words alone.
    #[must_use]
    pub fn message(&self, vocabulary: &str, n_vocab: usize) -> Message {
        let has = |id: &i32| usize::try_from(*id).is_ok_and(|id| id < n_vocab);
        let written = self.written.as_ref().filter(|written| {
            self.vocabulary.as_deref() == Some(vocabulary) && written.ids.iter().chain(&written.end).all(has)
        });
        Message { role: Role::Assistant, content: self.text.clone(), written: written.cloned() }
    }
}

#[cfg(test)]
#[path = "transcript_tests.rs"]
mod tests;
