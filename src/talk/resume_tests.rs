//! A conversation and its session, told the same things: what is read from the disk is what was said.

use super::*;
use crate::chat::conversation::Conversation;
use crate::chat::template::{ControlTokens, Template};
use crate::message::Written;
use crate::protocol::{Done, Outcome, Timings, Usage};
use crate::session::{Model, Record, Reply, Shelf};
use proptest::prelude::*;

/// What may happen in a conversation.
#[derive(Debug, Clone)]
enum Deed {
    Ask(String),
    Answer(String, Outcome),
    Undo(usize),
    Reopen(usize),
    GoBack(usize),
    GoOn(String, Outcome),
    Edit(usize, String),
    Pin(usize, bool),
    Restore,
    Withdraw,
}

/// A conversation and its session.
struct Both {
    conversation: Conversation,
    record: Record,
}

fn conversation() -> Conversation {
    let control = ControlTokens { bos: Some(1), eos: Some(2), add_bos: true, by_text: Vec::new() };
    Conversation::new(Template::builtin("llama2").expect("built in"), control, Some("系统".into()))
}

fn done(text: &str, outcome: Outcome) -> Done {
    let end = (outcome == Outcome::Stop).then_some(2);
    Done {
        outcome,
        text: text.to_owned(),
        written: Written { ids: text.chars().map(|c| c as i32 % 100).collect(), tail: "尾".into(), end },
        usage: Usage::default(),
        timings: Timings::default(),
        peak_rss_bytes: 0,
    }
}

impl Both {
    fn new() -> Self {
        let mut record = Record::in_memory();
        let model = Model { name: "demo".into(), template: "llama2".into(), vocabulary: "v".into(), reference: None };
        record.set_model(&model).expect("in memory");
        record.set_system(Some("系统")).expect("in memory");
        Self { conversation: conversation(), record }
    }

    fn take(&mut self, deed: Deed) {
        let changes_the_last = matches!(deed, Deed::GoBack(_) | Deed::GoOn(..));
        self.tell(deed);
        if let Some(last) = exchanges(self.record.transcript(), "v", 100).pop().filter(|_| changes_the_last) {
            self.conversation.replace_last(last);
        }
    }

    fn tell(&mut self, deed: Deed) {
        let Self { conversation, record } = self;
        let is_open = conversation.exchanges().last().is_some_and(|last| last.answer.is_none());
        let saved = match deed {
            Deed::Ask(question) => {
                conversation.ask(question.as_str());
                record.ask(&question)
            }
            // Only what was asked is answered.
            Deed::Answer(text, outcome) if is_open => {
                let Done { outcome, text, written, .. } = {
                    let done = done(&text, outcome);
                    conversation.answered(&done);
                    done
                };
                record.answered(Reply { text, written: Some(written), finish: outcome.name().to_owned() })
            }
            Deed::Answer(..) => Ok(()),
            Deed::Undo(n) => {
                conversation.undo(n);
                record.undo(n)
            }
            Deed::Reopen(n) => {
                conversation.reopen(n);
                record.reopen(n)
            }
            Deed::GoBack(k) => record.go_back(conversation.exchanges().len(), k),
            Deed::GoOn(text, outcome) if conversation.begun().is_some() => {
                conversation.continued(&done(&text, outcome));
                let all = conversation.exchanges().last().and_then(|last| last.answer.clone()).expect("begun");
                record.continued(Reply { text: all.content, written: all.written, finish: outcome.name().to_owned() })
            }
            Deed::GoOn(..) => Ok(()),
            Deed::Edit(n, question) => {
                conversation.edit(n, question.as_str());
                record.edit(n, &question)
            }
            Deed::Pin(n, is_pinned) => {
                conversation.pin(n, is_pinned);
                record.pin(n, is_pinned)
            }
            Deed::Restore => {
                conversation.restore();
                record.restore()
            }
            Deed::Withdraw => {
                conversation.withdraw();
                record.withdraw()
            }
        };
        saved.expect("in memory");
    }

    fn are_alike(&self) {
        assert_eq!(exchanges(self.record.transcript(), "v", 100), self.conversation.exchanges());
    }

    /// What is on the disk is what was said, and gives the same prompt.
    fn comes_back(mut self) {
        let dir = tempfile::tempdir().expect("a folder");
        self.record.keep(dir.path()).expect("saved");
        let Some(kept) = Shelf::new(dir.path()).list().expect("a list").pop() else {
            assert!(self.conversation.exchanges().is_empty());
            return;
        };
        let reading = kept.read().expect("a session");
        assert_eq!(&reading.transcript, self.record.transcript());
        let mut again = conversation();
        again.resume(exchanges(&reading.transcript, "v", 100));
        assert_eq!(again.exchanges(), self.conversation.exchanges());
        assert_eq!(again.prompt(0).ok(), self.conversation.prompt(0).ok());
        assert_eq!(reading.transcript.system(), Some("系统"));
    }
}

#[test]
fn each_command_alone() {
    let ask = |text: &str| Deed::Ask(text.to_owned());
    let answer = |text: &str| Deed::Answer(text.to_owned(), Outcome::Stop);
    let told = [ask("一"), answer("甲"), ask("二"), answer("乙")];
    for then in [
        vec![],
        vec![ask("三")],
        vec![Deed::Undo(1)],
        vec![Deed::Reopen(1), answer("又")],
        vec![Deed::Reopen(2), Deed::Restore],
        vec![Deed::Reopen(2), answer("又"), Deed::Reopen(2), Deed::Withdraw, ask("三")],
        vec![Deed::Reopen(2), Deed::Answer(String::new(), Outcome::Interrupted), answer("无")],
        vec![ask("三"), Deed::Answer("半".into(), Outcome::Interrupted), Deed::Undo(2)],
        vec![ask("三"), Deed::Answer("半".into(), Outcome::Length), Deed::GoOn("全".into(), Outcome::Stop)],
        vec![Deed::Reopen(2), answer("又"), Deed::GoBack(1), Deed::Reopen(2), answer("再"), Deed::GoBack(2), ask("三")],
        vec![Deed::Reopen(2), answer("又"), Deed::GoBack(1), Deed::Reopen(2), Deed::Restore],
        vec![Deed::GoBack(3), Deed::GoBack(0), Deed::Edit(3, "无".into()), Deed::Pin(3, true)],
        vec![Deed::Pin(1, true), Deed::Edit(2, "贰".into()), answer("又"), Deed::Edit(1, "壹".into()), answer("改")],
        vec![Deed::Pin(2, true), Deed::Reopen(2), answer("又"), Deed::Pin(2, false), Deed::Pin(1, true)],
    ] {
        let mut both = Both::new();
        for deed in told.iter().chain(&then).cloned() {
            both.take(deed);
            both.are_alike();
        }
        both.comes_back();
    }
}

#[test]
fn replies_for_another_model_are_words_alone() {
    let mut both = Both::new();
    both.take(Deed::Ask("一".into()));
    both.take(Deed::Answer("甲".into(), Outcome::Stop));
    for (vocabulary, n_vocab, has_ids) in [("v", 100, true), ("v", 2, false), ("w", 100, false)] {
        let exchanges = exchanges(both.record.transcript(), vocabulary, n_vocab);
        let answer = exchanges[0].answer.as_ref().expect("an answer");
        assert_eq!((answer.content.as_str(), answer.written.is_some()), ("甲", has_ids), "{vocabulary} {n_vocab}");
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{0,3}", "\\PC{1,4}", Just("你好\r\n\u{2028}\u{1b}[2J👨‍👩‍👧\0".to_owned())]
}

fn deed() -> impl Strategy<Value = Deed> {
    let outcome = prop_oneof![Just(Outcome::Stop), Just(Outcome::Interrupted), Just(Outcome::Length)];
    prop_oneof![
        3 => text().prop_map(Deed::Ask),
        4 => (text(), outcome).prop_map(|(text, outcome)| Deed::Answer(text, outcome)),
        1 => (0_usize..4).prop_map(Deed::Undo),
        2 => (0_usize..5).prop_map(Deed::Reopen),
        1 => (0_usize..4).prop_map(Deed::GoBack),
        1 => (text(), Just(Outcome::Length)).prop_map(|(text, outcome)| Deed::GoOn(text, outcome)),
        1 => (0_usize..4, text()).prop_map(|(n, text)| Deed::Edit(n, text)),
        1 => (0_usize..4, any::<bool>()).prop_map(|(n, is_pinned)| Deed::Pin(n, is_pinned)),
        1 => Just(Deed::Restore),
        1 => Just(Deed::Withdraw),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_happens_comes_back(deeds in proptest::collection::vec(deed(), 0..24)) {
        let mut both = Both::new();
        for deed in deeds {
            both.take(deed);
            both.are_alike();
        }
        both.comes_back();
    }
}
