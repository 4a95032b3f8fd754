//! The tree of what was said, against what a person expects of each command, and against nonsense.

use super::super::event::Header;
use super::*;
use proptest::prelude::*;

fn reply(text: &str) -> Reply {
    Reply { text: text.to_owned(), written: None, finish: "stop".into() }
}

/// Has what happened happen. What did not happen does nothing.
fn take(event: impl Into<Option<Event>>, transcript: &mut Transcript) {
    if let Some(event) = event.into() {
        assert!(transcript.apply(event.clone()), "{event:?}");
    }
}

fn ask(transcript: &mut Transcript, question: &str) {
    take(transcript.asked(question, String::new()), transcript);
}

fn answer(transcript: &mut Transcript, text: &str) {
    take(transcript.answered(reply(text), String::new()), transcript);
}

fn talk(pairs: &[(&str, &str)]) -> Transcript {
    let mut transcript = Transcript::default();
    for (question, text) in pairs {
        ask(&mut transcript, question);
        answer(&mut transcript, text);
    }
    transcript
}

/// `问:答*,别的答` for each exchange, with `*` behind the answer that stands, and `(答)` for one that would stand again.
fn told(transcript: &Transcript) -> String {
    let exchange = |exchange: Exchange<'_>| {
        let answer = |(i, answer): (usize, &&Answer)| match answer.text.as_str() {
            text if exchange.standing == Some(i) => format!("{text}*"),
            text if exchange.fallback == Some(i) => format!("({text})"),
            text => text.to_owned(),
        };
        let answers: Vec<String> = exchange.answers.iter().enumerate().map(answer).collect();
        format!("{}:{}", exchange.question, answers.join(","))
    };
    transcript.exchanges().into_iter().map(exchange).collect::<Vec<_>>().join(" ")
}

#[test]
fn questions_and_answers_in_order() {
    let mut transcript = talk(&[("一", "甲"), ("二", "乙")]);
    assert_eq!(told(&transcript), "一:甲* 二:乙*");
    ask(&mut transcript, "三");
    assert_eq!(told(&transcript), "一:甲* 二:乙* 三:");
    // One that was never answered is not followed.
    ask(&mut transcript, "四");
    assert_eq!(told(&transcript), "一:甲* 二:乙* 四:");
    answer(&mut transcript, "丁");
    assert_eq!((told(&transcript), transcript.n_questions()), ("一:甲* 二:乙* 四:丁*".to_owned(), 4));
    assert_eq!(transcript.answered(reply("?"), String::new()), None);
}

#[test]
fn exchanges_are_taken_back() {
    for (n, left) in [(0, "一:甲* 二:乙* 三:"), (1, "一:甲* 二:乙*"), (2, "一:甲*"), (3, ""), (9, "")] {
        let mut transcript = talk(&[("一", "甲"), ("二", "乙")]);
        ask(&mut transcript, "三");
        take(transcript.undone(n), &mut transcript);
        assert_eq!(told(&transcript), left, "{n}");
    }
    assert_eq!(Transcript::default().undone(1), None);
}

#[test]
fn another_answer_keeps_the_earlier_ones_and_each_can_be_gone_back_to() {
    let mut transcript = talk(&[("一", "甲"), ("二", "乙")]);
    take(transcript.reopened(2), &mut transcript);
    assert_eq!(told(&transcript), "一:甲* 二:(乙)");
    answer(&mut transcript, "又");
    assert_eq!(told(&transcript), "一:甲* 二:乙,又*");
    take(transcript.reopened(2), &mut transcript);
    answer(&mut transcript, "再");
    assert_eq!(told(&transcript), "一:甲* 二:乙,又,再*");
    for (k, after) in [(1, "一:甲* 二:乙*,又,再"), (3, "一:甲* 二:乙,又,再*"), (2, "一:甲* 二:乙,又*,再")]
    {
        take(transcript.gone_back(2, k), &mut transcript);
        assert_eq!(told(&transcript), after);
    }
    for (n, k) in [(0, 1), (1, 0), (2, 0), (2, 4), (3, 1), (2, 2)] {
        assert_eq!(transcript.gone_back(n, k), None, "{n} {k}");
    }
    // What is said next follows the answer that was chosen.
    ask(&mut transcript, "三");
    assert_eq!(told(&transcript), "一:甲* 二:乙,又*,再 三:");
}

#[test]
fn going_back_leaves_what_came_after_in_its_branch() {
    let mut transcript = talk(&[("一", "甲"), ("二", "乙")]);
    take(transcript.reopened(1), &mut transcript);
    answer(&mut transcript, "又");
    assert_eq!(told(&transcript), "一:甲,又*");
    take(transcript.gone_back(1, 1), &mut transcript);
    assert_eq!(told(&transcript), "一:甲*,又");
    assert_eq!(transcript.n_questions(), 2);
}

#[test]
fn a_question_in_other_words_is_another_branch() {
    let mut transcript = talk(&[("一", "甲"), ("二", "乙"), ("三", "丙")]);
    take(transcript.edited(2, "贰", String::new()), &mut transcript);
    assert_eq!(told(&transcript), "一:甲* 贰:");
    answer(&mut transcript, "新");
    take(transcript.edited(1, "壹", String::new()), &mut transcript);
    assert_eq!(told(&transcript), "壹:");
    for n in [0, 2, 9] {
        assert_eq!(transcript.edited(n, "?", String::new()), None, "{n}");
    }
}

#[test]
fn an_answer_asked_again_in_vain_stands() {
    for give_up in [Transcript::restored, Transcript::withdrawn] {
        let mut transcript = talk(&[("一", "甲"), ("二", "乙")]);
        take(transcript.reopened(1), &mut transcript);
        take(give_up(&transcript), &mut transcript);
        assert_eq!(told(&transcript), "一:甲*");
        assert_eq!(give_up(&transcript), None);
    }
    let mut transcript = talk(&[("一", "甲")]);
    ask(&mut transcript, "二");
    assert_eq!(transcript.restored(), None);
    take(transcript.withdrawn(), &mut transcript);
    assert_eq!(told(&transcript), "一:甲*");
}

#[test]
fn of_several_answers_the_one_that_stood_stands_again() {
    let mut transcript = talk(&[("一", "甲")]);
    for text in ["乙", "丙"] {
        take(transcript.reopened(1), &mut transcript);
        answer(&mut transcript, text);
    }
    take(transcript.gone_back(1, 2), &mut transcript);
    take(transcript.reopened(1), &mut transcript);
    assert_eq!(told(&transcript), "一:甲,(乙),丙");
    take(transcript.restored(), &mut transcript);
    assert_eq!(told(&transcript), "一:甲,乙*,丙");
}

#[test]
fn an_answer_gone_on_with_takes_the_place_of_its_beginning() {
    let mut transcript = talk(&[("一", "春眠")]);
    take(transcript.continued(reply("春眠不觉"), String::new()), &mut transcript);
    assert_eq!(told(&transcript), "一:春眠不觉*");
    take(transcript.reopened(1), &mut transcript);
    answer(&mut transcript, "红豆");
    assert_eq!(told(&transcript), "一:春眠不觉,红豆*");
    // One that the conversation went on from stays to be chosen.
    ask(&mut transcript, "二");
    answer(&mut transcript, "乙");
    take(transcript.undone(1), &mut transcript);
    take(transcript.continued(reply("红豆生"), String::new()), &mut transcript);
    assert_eq!(told(&transcript), "一:春眠不觉,红豆,红豆生*");
    ask(&mut transcript, "三");
    assert_eq!(transcript.continued(reply("?"), String::new()), None);
    assert_eq!(Transcript::default().continued(reply("?"), String::new()), None);
}

#[test]
fn settings_hold_the_last_value_and_only_a_change_is_an_event() {
    let mut transcript = Transcript::default();
    for (key, value) in [("temp", "0"), ("seed", "7"), ("temp", "1")] {
        take(transcript.set(key, value), &mut transcript);
        assert_eq!(transcript.set(key, value), None);
    }
    assert_eq!(transcript.settings().collect::<Vec<_>>(), [("temp", "1"), ("seed", "7")]);
    for system in [Some("诗人"), Some(""), None] {
        take(transcript.changed_system(system), &mut transcript);
        assert_eq!((transcript.system(), transcript.changed_system(system)), (system, None));
    }
    let model = Model { name: "demo".into(), template: "llama2".into(), vocabulary: "v".into(), reference: None };
    take(transcript.changed_model(&model), &mut transcript);
    assert_eq!((transcript.model(), transcript.changed_model(&model)), (Some(&model), None));
    take(transcript.named("旅行"), &mut transcript);
    assert_eq!((transcript.name(), transcript.named("旅行"), transcript.named("../x")), (Some("旅行"), None, None));
    assert!(!transcript.apply(Event::Name { name: "\u{1b}[2J".into() }));
    assert_eq!(transcript.name(), Some("旅行"));
}

#[test]
fn a_pin_is_the_questions_in_every_branch() {
    let mut transcript = talk(&[("一", "甲"), ("二", "乙")]);
    let pins = |transcript: &Transcript| transcript.exchanges().iter().map(|e| e.is_pinned).collect::<Vec<_>>();
    take(transcript.pinned(1, true), &mut transcript);
    assert_eq!((transcript.pinned(1, true), transcript.pinned(2, false)), (None, None));
    assert_eq!((transcript.pinned(0, true), transcript.pinned(3, true)), (None, None));
    take(transcript.undone(1), &mut transcript);
    ask(&mut transcript, "三");
    assert_eq!(pins(&transcript), [true, false]);
    take(transcript.pinned(1, false), &mut transcript);
    assert_eq!(pins(&transcript), [false, false]);
}

#[test]
fn the_title_is_the_first_question_that_is_still_there() {
    let mut transcript = talk(&[("一\n问", "甲"), ("二", "乙")]);
    assert_eq!(transcript.title().as_deref(), Some("一 问"));
    take(transcript.undone(2), &mut transcript);
    assert_eq!(transcript.title().as_deref(), Some("一 问"), "where none is there, the first that ever was");
    ask(&mut transcript, "三");
    assert_eq!(transcript.title().as_deref(), Some("三"));
    take(transcript.edited(1, "叁", String::new()), &mut transcript);
    assert_eq!(transcript.title().as_deref(), Some("叁"));
    assert_eq!(Transcript::default().title(), None);
}

#[test]
fn tokens_go_only_to_the_vocabulary_they_were_written_in() {
    let mut transcript = Transcript::default();
    let written = |ids: &[i32], end| Some(Written { ids: ids.to_vec(), tail: String::new(), end });
    let model = Model { name: "demo".into(), template: "llama2".into(), vocabulary: "v".into(), reference: None };
    for model in [None, Some(&model)] {
        if let Some(model) = model {
            take(transcript.changed_model(model), &mut transcript);
        }
        for written in
            [written(&[0, 9], Some(2)), written(&[0, 10], None), written(&[1, -1], None), written(&[1], Some(10))]
        {
            ask(&mut transcript, "问");
            let reply = Reply { written, ..reply("答") };
            take(transcript.answered(reply, String::new()), &mut transcript);
        }
    }
    let kept = |vocabulary: &str, n_vocab| -> Vec<bool> {
        let exchanges = transcript.exchanges();
        let messages = exchanges.iter().map(|exchange| exchange.answers[0].message(vocabulary, n_vocab));
        let messages: Vec<Message> = messages.collect();
        assert!(messages.iter().all(|message| message.role == Role::Assistant && message.content == "答"));
        messages.iter().map(|message| message.written.is_some()).collect()
    };
    assert_eq!(kept("v", 10), [false, false, false, false, true, false, false, false]);
    assert_eq!(kept("v", 11), [false, false, false, false, true, true, false, true]);
    assert_eq!(kept("w", 11), [false; 8]);
    // However long it is and however many answers there are, it is there once.
    let vocabularies: Vec<_> = transcript.answers.values().filter_map(|answer| answer.vocabulary.as_ref()).collect();
    assert_eq!(vocabularies.len(), 4);
    assert!(vocabularies.iter().all(|vocabulary| Arc::ptr_eq(vocabulary, vocabularies[0])));
}

#[test]
fn what_does_not_fit_changes_nothing() {
    let mut transcript = talk(&[("一", "甲"), ("二", "乙")]);
    let before = transcript.clone();
    let question = |n, after| Event::Question { n, after, text: "?".into(), at: String::new() };
    let answer = |n, to| {
        let (text, at, finish) = ("?".to_owned(), String::new(), String::new());
        Event::Answer { n, to, continues: None, text, written: None, finish, at }
    };
    let header = Header { v: 1, id: String::new(), created: String::new(), copy_of: None };
    for event in [
        question(0, 0),
        question(1, 0),
        question(4, 2),
        question(MAX_NUMBER + 1, 0),
        answer(2, 1),
        answer(0, 1),
        answer(9, 2),
        answer(9, 0),
        answer(9, 7),
        Event::Head { n: 5 },
        Event::Pin { n: 2, pinned: true },
        Event::Pin { n: 0, pinned: true },
        Event::Session(header),
    ] {
        assert!(!transcript.apply(event.clone()), "{event:?}");
        assert_eq!(transcript, before, "{event:?}");
    }
}

#[test]
fn what_followed_something_lost_follows_what_is_left() {
    let question = |n, after, text: &str| Event::Question { n, after, text: text.into(), at: String::new() };
    let answer = |n, to, text: &str| {
        let (text, at, finish) = (text.to_owned(), String::new(), String::new());
        Event::Answer { n, to, continues: Some(99), text, written: None, finish, at }
    };
    let whole = [
        question(1, 0, "一"),
        answer(2, 1, "甲"),
        question(3, 2, "二"),
        answer(4, 3, "乙"),
        question(5, 4, "三"),
        answer(6, 5, "丙"),
    ];
    for (lost, left) in [
        (0, "二:乙* 三:丙*"),
        (1, "二:乙* 三:丙*"),
        (2, "一:甲* 三:丙*"),
        (3, "一:甲* 三:丙*"),
        (4, "一:甲* 二:乙*"),
        (5, "一:甲* 二:乙* 三:"),
    ] {
        let mut transcript = Transcript::default();
        for (_, event) in whole.iter().enumerate().filter(|(i, _)| *i != lost) {
            // An answer to a question that is lost is lost with it.
            let _ = transcript.apply(event.clone());
        }
        assert_eq!(told(&transcript), left, "{lost}");
    }
}

#[test]
fn numbers_never_run_out() {
    let mut transcript = talk(&[("一", "甲")]);
    take(Event::Question { n: MAX_NUMBER, after: 2, text: "二".into(), at: String::new() }, &mut transcript);
    answer(&mut transcript, "乙");
    ask(&mut transcript, "三");
    assert_eq!(told(&transcript), "一:甲* 二:乙* 三:");
}

prop_compose! {
    /// Events that need not fit to anything.
    fn nonsense()(kind in 0..6, n in 0_u32..9, other in 0_u32..9, third in 0_u32..9) -> Event {
        let text = format!("{n}");
        match kind {
            0 | 1 => Event::Question { n, after: other, text, at: String::new() },
            2 | 3 => {
                let finish = String::new();
                Event::Answer { n, to: other, continues: Some(third), text, written: None, finish, at: String::new() }
            }
            4 => Event::Head { n },
            _ => Event::Pin { n, pinned: other > 4 },
        }
    }
}

proptest! {
    #[test]
    fn nonsense_makes_a_tree_all_the_same(events in proptest::collection::vec(nonsense(), 0..24)) {
        let mut transcript = Transcript::default();
        for event in events {
            let before = transcript.clone();
            if !transcript.apply(event) {
                prop_assert_eq!(&transcript, &before);
            }
            let exchanges = transcript.exchanges();
            prop_assert!(exchanges.len() <= transcript.n_questions());
            // Only the last can be open, and whatever stands can be seen.
            let n_standing = exchanges.iter().filter(|exchange| exchange.standing.is_some()).count();
            let is_open = transcript.questions.contains_key(&transcript.head);
            prop_assert_eq!(n_standing + usize::from(is_open), exchanges.len());
            if let Some(last) = exchanges.last() {
                prop_assert_eq!(last.standing.is_none(), is_open);
            }
            // And it goes on.
            let mut next = transcript.clone();
            prop_assert!(next.apply(transcript.asked("?", String::new())));
            prop_assert!(next.apply(next.answered(reply("!"), String::new()).expect("it is open")));
            prop_assert_eq!(next.exchanges().last().map(|e| (e.question, e.standing)), Some(("?", Some(0))));
        }
    }
}
