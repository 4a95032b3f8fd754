//! What a conversation holds after each thing that can happen to it.

use super::*;
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
    assert_eq!(talk.droppable().count(), 2);
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
    assert_eq!((talk.n_dropped(), talk.droppable().count()), (2, 0));
    assert!(text(&talk, 0).contains("三三"));
    // Fewer exchanges: those that were left out come back.
    talk.answered(&done("丙"));
    talk.undo(1);
    assert_eq!(talk.n_dropped(), 0);
    talk.clear();
    assert_eq!((talk.n_dropped(), talk.exchanges().len()), (0, 0));
}

#[test]
fn who_left_is_told_once_whatever_is_taken_back() {
    let mut talk = conversation();
    for question in ["一", "二", "三", "四", "五"] {
        talk.ask(question);
        talk.answered(&done("答"));
    }
    talk.drop_oldest(2);
    assert_eq!(talk.untold(&[1, 2]), [1, 2]);
    talk.undo(1);
    // There was room again, and there is none once more.
    talk.drop_oldest(3);
    assert_eq!(talk.untold(&[1, 2, 3]), [3]);
    assert_eq!(talk.untold(&[]), Vec::<usize>::new());
    // What is asked in the place of one that was taken back is another.
    talk.undo(3);
    talk.ask("贰");
    talk.answered(&done("答"));
    talk.ask("叁");
    talk.drop_oldest(2);
    assert_eq!(talk.untold(&[1, 2]), [2]);
    talk.resume(talk.exchanges().to_vec());
    talk.drop_oldest(1);
    assert_eq!(talk.untold(&[1]), [1]);
}

#[test]
fn an_answer_in_words_is_one_more() {
    let mut talk = conversation();
    talk.ask("一");
    talk.answered(&done("甲"));
    talk.reopen(1);
    talk.answered_in_words("半");
    assert_eq!((said(&talk), talk.n_earlier()), (vec![("一", Some("半"))], 1));
    assert_eq!(talk.exchanges()[0].answer.as_ref().and_then(|answer| answer.written.clone()), None);
    talk.reopen(1);
    assert_eq!(talk.n_earlier(), 2);
}

#[test]
fn pinned_exchanges_stay_and_come_back() {
    let mut talk = conversation();
    for question in ["一一", "二二", "三三", "四四"] {
        talk.ask(question);
        talk.answered(&done("答"));
    }
    let kept = |talk: &Conversation, dropped| {
        let prompt = format!("{:?}", talk.prompt(dropped).expect("a prompt"));
        ["一一", "二二", "三三", "四四"].map(|question| prompt.contains(question))
    };
    assert!(talk.pin(2, true) && !talk.pin(0, true) && !talk.pin(5, true));
    assert_eq!((talk.droppable().collect::<Vec<_>>(), talk.n_pinned()), (vec![1, 3], 1));
    assert_eq!(kept(&talk, 1), [false, true, true, true]);
    assert_eq!(kept(&talk, 2), [false, true, false, true]);
    assert_eq!(kept(&talk, 9), [false, true, false, true]);
    talk.drop_oldest(2);
    assert_eq!((talk.n_dropped(), talk.droppable().count()), (2, 0));
    assert_eq!(kept(&talk, 0), [false, true, false, true]);
    // One that had left comes back when it is pinned, and leaves again.
    talk.pin(1, true);
    assert_eq!((talk.n_dropped(), kept(&talk, 0)), (1, [true, true, false, true]));
    talk.pin(2, false);
    assert_eq!((talk.n_dropped(), kept(&talk, 0)), (2, [true, false, false, true]));
}

#[test]
fn a_question_in_other_words_begins_a_branch() {
    let mut talk = conversation();
    for question in ["一", "二", "三"] {
        talk.ask(question);
        talk.answered(&done("答"));
    }
    assert!(!talk.edit(0, "零") && !talk.edit(4, "四"));
    assert_eq!(talk.exchanges().len(), 3);
    assert!(talk.edit(2, "贰"));
    assert_eq!(said(&talk), [("一", Some("答")), ("贰", None)]);
    talk.answered(&done("又"));
    assert_eq!(said(&talk), [("一", Some("答")), ("贰", Some("又"))]);
}

/// A message that ends so, behind what was there before.
fn gone_on_with(written: Option<Written>, text: &str, then: Done) -> Message {
    let mut talk = conversation();
    talk.ask("一");
    let answer = Message { role: Role::Assistant, content: text.to_owned(), written };
    let earlier = Vec::new();
    talk.replace_last(Exchange { question: "一".into(), answer: Some(answer), earlier, place: 0, is_pinned: false });
    talk.continued(&then);
    talk.exchanges()[0].answer.clone().expect("an answer")
}

#[test]
fn what_follows_a_cut_answer_becomes_one_with_it() {
    let written = |ids: &[i32], tail: &str, end| Written { ids: ids.to_vec(), tail: tail.to_owned(), end };
    let then = |text: &str, ids: &[i32], tail: &str| Done { written: written(ids, tail, Some(2)), ..done(text) };
    for (before, text, then, all, joined) in [
        (written(&[7, 8], "", None), "甲", then("\n乙", &[9], ""), "甲\n乙", written(&[7, 8, 9], "", Some(2))),
        (written(&[7, 8], "", None), "甲", then("乙丙", &[9], "丙"), "甲乙丙", written(&[7, 8, 9], "丙", Some(2))),
        (written(&[7], "乙", None), "甲乙", then("丙", &[9], ""), "甲乙丙", written(&[7], "乙丙", Some(2))),
        (written(&[], "甲 ", None), "甲", then(" 乙", &[9], ""), "甲 乙", written(&[], "甲 乙", Some(2))),
        // The model only had its end left to write.
        (written(&[7], "", None), "甲", then("", &[], ""), "甲", written(&[7], "", Some(2))),
    ] {
        let message = gone_on_with(Some(before), text, then);
        assert_eq!((message.content.as_str(), message.written), (all, Some(joined)));
    }
    let message = gone_on_with(None, "甲", then("乙", &[9], ""));
    assert_eq!((message.content.as_str(), message.written), ("甲乙", None));
}

#[test]
fn an_answer_is_gone_on_with_where_it_was_cut() {
    let mut talk = conversation();
    assert_eq!(talk.begun(), None);
    talk.ask("一");
    assert_eq!(talk.begun(), None);
    let cut = Done { written: Written { ids: vec![7, 8], ..Written::default() }, ..done("甲") };
    talk.answered(&cut);
    assert_eq!(talk.begun(), Some(cut.written));
    let prompt = talk.prompt(0).expect("a prompt");
    assert_eq!(prompt.last(), Some(&crate::protocol::Segment::Tokens(vec![7, 8])), "nothing stands behind it");
}

#[test]
fn an_earlier_answer_keeps_its_place_among_the_others() {
    let mut talk = conversation();
    talk.ask("一");
    for answer in ["甲", "乙", "丙"] {
        talk.reopen(1);
        talk.answered(&done(answer));
    }
    let order = |talk: &Conversation| {
        let last = &talk.exchanges()[0];
        (last.earlier.iter().map(|answer| answer.content.clone()).collect::<String>(), last.place)
    };
    assert_eq!(order(&talk), ("甲乙".into(), 2));
    // The second one stands again.
    let mut last = talk.exchanges()[0].clone();
    let third = last.answer.replace(last.earlier.remove(1)).expect("it stood");
    last.earlier.push(third);
    last.place = 1;
    talk.replace_last(last);
    assert_eq!(order(&talk), ("甲丙".into(), 1));
    talk.reopen(1);
    assert_eq!((order(&talk), talk.n_earlier()), (("甲乙丙".into(), 1), 3));
    talk.restore();
    assert_eq!((order(&talk), said(&talk)), (("甲丙".into(), 1), vec![("一", Some("乙"))]));
    talk.reopen(1);
    talk.answered(&done("丁"));
    assert_eq!(order(&talk), ("甲乙丙".into(), 3));
}
