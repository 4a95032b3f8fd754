//! Reading what was written, whatever was done to it in between.

use super::super::event::{Model, line};
use super::super::transcript::Reply;
use super::*;
use crate::message::Written;
use proptest::prelude::*;

fn header() -> Event {
    let (id, created) = ("0000001".to_owned(), "2026-11-23T14:00:00Z".to_owned());
    Event::Session(Header { v: VERSION, id, created, copy_of: None })
}

fn bytes_of_all(events: &[Event]) -> Vec<u8> {
    events.iter().flat_map(line).collect()
}

/// What may happen in a conversation.
#[derive(Debug, Clone)]
enum Deed {
    Ask(String),
    Edit(usize, String),
    Answer(String),
    Continue(String),
    Reopen(usize),
    GoBack(usize, usize),
    Undo(usize),
    Restore,
    Withdraw,
    Pin(usize, bool),
    System(Option<String>),
    Set(String, String),
    Name(String),
    Model(String),
}

fn event_of(transcript: &Transcript, deed: Deed) -> Option<Event> {
    let at = || "2026-11-23T14:00:00Z".to_owned();
    let reply = |text: String| {
        let written = Written { ids: text.chars().map(|c| c as i32).collect(), tail: text.clone(), end: Some(2) };
        Reply { text, written: Some(written), finish: "stop".into() }
    };
    match deed {
        Deed::Ask(text) => Some(transcript.asked(&text, at())),
        Deed::Edit(n, text) => transcript.edited(n, &text, at()),
        Deed::Answer(text) => transcript.answered(reply(text), at()),
        Deed::Continue(text) => transcript.continued(reply(text), at()),
        Deed::Reopen(n) => transcript.reopened(n),
        Deed::GoBack(n, k) => transcript.gone_back(n, k),
        Deed::Undo(n) => transcript.undone(n),
        Deed::Restore => transcript.restored(),
        Deed::Withdraw => transcript.withdrawn(),
        Deed::Pin(n, pinned) => transcript.pinned(n, pinned),
        Deed::System(text) => transcript.changed_system(text.as_deref()),
        Deed::Set(key, value) => transcript.set(&key, &value),
        Deed::Name(name) => transcript.named(&name),
        Deed::Model(name) => {
            let (vocabulary, reference) = (name.clone(), Some(name.clone()));
            transcript.changed_model(&Model { vocabulary, template: "llama2".into(), name, reference })
        }
    }
}

/// The events of what happened, and what was said after each of them; at first, nothing.
fn told(deeds: Vec<Deed>) -> (Vec<Event>, Vec<Transcript>) {
    let mut transcript = Transcript::default();
    let (mut events, mut after) = (vec![header()], vec![transcript.clone()]);
    for deed in deeds {
        let Some(event) = event_of(&transcript, deed) else { continue };
        assert!(transcript.apply(event.clone()), "{event:?}");
        events.push(event);
        after.push(transcript.clone());
    }
    (events, after)
}

/// A short conversation in which everything happens.
fn everything() -> Vec<Deed> {
    let text = || "你好，\r\n世界\u{2028}\u{1b}[2J👨‍👩‍👧\0".to_owned();
    vec![
        Deed::Model("demo".into()),
        Deed::System(Some(text())),
        Deed::Ask(text()),
        Deed::Answer(text()),
        Deed::Set("temp".into(), "0.8".into()),
        Deed::Ask("二".into()),
        Deed::Answer("乙".into()),
        Deed::Reopen(2),
        Deed::Answer("又".into()),
        Deed::Continue("又说".into()),
        Deed::GoBack(2, 1),
        Deed::Name("旅行".into()),
        Deed::Pin(1, true),
        Deed::Edit(2, "贰".into()),
        Deed::Withdraw,
        Deed::Model("13b".into()),
        Deed::Ask("三".into()),
        Deed::Answer(String::new()),
        Deed::Undo(1),
        Deed::Reopen(1),
        Deed::Restore,
        Deed::System(None),
    ]
}

/// After how many events the file has at least this many bytes whole; the last newline may be missing.
fn n_whole(events: &[Event], n_bytes: usize) -> usize {
    let mut end = 0;
    events
        .iter()
        .take_while(|event| {
            end += line(event).len();
            end - 1 <= n_bytes
        })
        .count()
}

/// Whatever of the file is left gives what was said until then.
fn every_beginning_is_a_beginning(events: &[Event], after: &[Transcript]) {
    let bytes = bytes_of_all(events);
    for n in 0..=bytes.len() {
        let reading = Reading::of(&bytes[..n]).expect("a session");
        let n_events = n_whole(events, n);
        assert_eq!(reading.transcript, after[n_events.saturating_sub(1)], "{n}");
        assert_eq!(reading.header.is_some(), n_events > 0, "{n}");
        assert_eq!((reading.n_damaged, reading.n_unknown), (0, 0), "{n}");
        assert_eq!(reading.n_whole_bytes + reading.n_torn_bytes, n);
        assert_eq!(reading.is_unended, reading.n_torn_bytes == 0 && n > 0 && bytes[n - 1] != b'\n', "{n}");
    }
}

#[test]
fn however_a_file_is_cut_what_is_left_is_there() {
    let (events, after) = told(everything());
    assert_eq!(events.len(), everything().len() + 1, "everything happens");
    every_beginning_is_a_beginning(&events, &after);
}

#[test]
fn a_file_with_nothing_but_zeros_at_its_end_is_read() {
    let (events, after) = told(everything());
    let mut bytes = bytes_of_all(&events);
    let n_whole_bytes = bytes.len();
    bytes.extend([0; 4096]);
    let reading = Reading::of(&bytes).expect("a session");
    assert_eq!((Some(&reading.transcript), reading.n_torn_bytes), (after.last(), 4096));
    assert_eq!(reading.n_whole_bytes, n_whole_bytes);
}

#[test]
fn a_damaged_line_costs_what_hangs_on_it_and_no_more() {
    let talk = vec![
        Deed::Ask("一".into()),
        Deed::Answer("甲".into()),
        Deed::Ask("二".into()),
        Deed::Answer("乙".into()),
        Deed::Ask("三".into()),
        Deed::Answer("丙".into()),
    ];
    let (events, _) = told(talk);
    for (lost, n_damaged, left) in [
        (0, 1, "一甲二乙三丙"),
        (1, 2, "二乙三丙"),
        (2, 1, "二乙三丙"),
        (3, 2, "一甲三丙"),
        (4, 1, "一甲三丙"),
        (5, 2, "一甲二乙"),
        (6, 1, "一甲二乙三"),
    ] {
        let mut bytes = Vec::new();
        for (i, event) in events.iter().enumerate() {
            bytes.extend(if i == lost { b"{\"event\":\"question\",\xff\n".to_vec() } else { line(event) });
        }
        let reading = Reading::of(&bytes).expect("a session");
        let exchanges = reading.transcript.exchanges();
        let told = exchanges.iter().map(|exchange| {
            let answer = exchange.answer().map_or("", |answer| answer.text.as_str());
            format!("{}{answer}", exchange.question)
        });
        assert_eq!((told.collect::<String>().as_str(), reading.n_damaged), (left, n_damaged), "{lost}");
        let summary = Summary::of(&bytes).expect("a summary");
        assert_eq!(summary.title, reading.transcript.title(), "{lost}");
        assert_eq!((reading.n_torn_bytes, reading.is_unended), (0, false));
    }
}

#[test]
fn whichever_bit_is_wrong_all_that_stands_before_it_is_there() {
    let (events, after) = told(everything());
    let bytes = bytes_of_all(&events);
    let n_header_bytes = line(&events[0]).len();
    for i in 0..bytes.len() {
        for bit in 0..8 {
            let mut bytes = bytes.clone();
            bytes[i] ^= 1 << bit;
            // A line whose newline is another byte now is not before it.
            let n_before = n_whole(&events, i.saturating_sub(1)).saturating_sub(1);
            match Reading::of(&bytes) {
                Ok(reading) => {
                    let questions = |transcript: &Transcript| transcript.n_questions();
                    assert!(questions(&reading.transcript) >= questions(&after[n_before]), "{i} {bit}");
                    assert_eq!(reading.n_whole_bytes + reading.n_torn_bytes, bytes.len());
                }
                // The version is one bit away from others.
                Err(refused) => assert!(matches!(refused, Refused::Newer(_)) && i < n_header_bytes, "{i} {bit}"),
            }
            // A list never fails on what a reading does not.
            assert!(Summary::of(&bytes).is_ok() || i < n_header_bytes);
        }
    }
}

#[test]
fn what_a_newer_liao_adds_is_left_and_what_it_changes_is_refused() {
    let (mut events, after) = told(vec![Deed::Ask("一".into()), Deed::Answer("甲".into())]);
    let mut bytes = line(&events.remove(0));
    for event in &events {
        bytes.extend(b"{\"event\":\"mood\",\"n\":1}\n");
        bytes.extend(line(event));
    }
    let reading = Reading::of(&bytes).expect("a session");
    assert_eq!((Some(&reading.transcript), reading.n_unknown, reading.n_damaged), (after.last(), 2, 0));
    let newer = String::from_utf8(bytes).expect("UTF-8").replacen("\"v\":1", "\"v\":7", 1);
    assert!(matches!(Reading::of(newer.as_bytes()), Err(Refused::Newer(7))));
    assert!(matches!(Summary::of(newer.as_bytes()), Err(Refused::Newer(7))));
    let sentence = Refused::Newer(7).told(Path::new("会话/\u{1b}.jsonl")).message;
    assert!(sentence.contains("会话/^[.jsonl") && sentence.contains('7'), "{sentence}");
}

#[test]
fn what_is_no_session_is_refused() {
    for bytes in [&b"hello\n"[..], b"GGUF\x03\0\0\0", b"{}\n{}\n", b"{\"event\":\"dance\"}\n", b"\0\0\0\0", b"\n"] {
        assert!(matches!(Reading::of(bytes), Err(Refused::NotASession)), "{}", String::from_utf8_lossy(bytes));
    }
    // Not even a whole first line was written.
    for bytes in [&b""[..], b"{", b"{\"event\":\"session\",\"v\":1"] {
        let reading = Reading::of(bytes).expect("a session");
        assert_eq!((reading.transcript, reading.n_torn_bytes), (Transcript::default(), bytes.len()));
    }
}

#[test]
fn a_file_that_went_through_an_editor_is_read() {
    let (events, after) = told(everything());
    let text = String::from_utf8(bytes_of_all(&events)).expect("UTF-8").replace('\n', "\r\n\r\n");
    let reading = Reading::of(text.as_bytes()).expect("a session");
    assert_eq!((Some(&reading.transcript), reading.n_damaged), (after.last(), 0));
}

#[test]
fn a_summary_is_what_a_reading_would_tell() {
    let (events, after) = told(everything());
    let summary = Summary::of(&bytes_of_all(&events)).expect("a summary");
    let whole = after.last().expect("something was said");
    assert_eq!(summary.name.as_deref(), whole.name());
    assert_eq!(summary.title, whole.title());
    assert_eq!(summary.model, whole.model().map(|model| model.name.clone()));
    assert_eq!(summary.n_questions, whole.n_questions());
    assert_eq!(summary.created.as_deref(), Some("2026-11-23T14:00:00Z"));
    assert!(summary.title.is_some_and(|title| title.starts_with("你好")));
    let bad = "{\"event\":\"name\",\"name\":\"\\u001b[2J\"}\n";
    assert_eq!(Summary::of(bad.as_bytes()).expect("a summary"), Summary::default());
}

fn text() -> impl Strategy<Value = String> {
    let odd = "\r\n|\r|\u{2028}|\u{85}|\u{1b}\\[2J|\u{9b}|\0|👨‍👩‍👧|\u{feff}|\u{10ffff}|\"|\\\\|字|a| ";
    proptest::collection::vec(odd, 0..5).prop_map(|parts| parts.concat())
}

fn deed() -> impl Strategy<Value = Deed> {
    let n = || 0_usize..4;
    prop_oneof![
        4 => text().prop_map(Deed::Ask),
        5 => text().prop_map(Deed::Answer),
        1 => (n(), text()).prop_map(|(n, text)| Deed::Edit(n, text)),
        1 => text().prop_map(Deed::Continue),
        2 => n().prop_map(Deed::Reopen),
        1 => (n(), n()).prop_map(|(n, k)| Deed::GoBack(n, k)),
        1 => n().prop_map(Deed::Undo),
        1 => Just(Deed::Restore),
        1 => Just(Deed::Withdraw),
        1 => (n(), any::<bool>()).prop_map(|(n, pinned)| Deed::Pin(n, pinned)),
        1 => proptest::option::of(text()).prop_map(Deed::System),
        1 => (text(), text()).prop_map(|(key, value)| Deed::Set(key, value)),
        1 => "[一-龥a-z]{1,3}".prop_map(Deed::Name),
        1 => text().prop_map(Deed::Model),
    ]
}

proptest! {
    #[test]
    fn a_summary_of_what_is_left_is_what_a_reading_would_tell(
        deeds in proptest::collection::vec(deed(), 0..16),
        lost in proptest::collection::vec(any::<proptest::sample::Index>(), 0..4),
    ) {
        let (mut events, _) = told(deeds);
        for index in lost {
            // All but the first line, which says that it is a session.
            if events.len() > 1 {
                events.remove(1 + index.index(events.len() - 1));
            }
        }
        let bytes = bytes_of_all(&events);
        let (reading, summary) = (Reading::of(&bytes).expect("a session"), Summary::of(&bytes).expect("a summary"));
        prop_assert_eq!(summary.name.as_deref(), reading.transcript.name());
        prop_assert_eq!(summary.title, reading.transcript.title());
        prop_assert_eq!(summary.model.as_ref(), reading.transcript.model().map(|model| &model.name));
        prop_assert_eq!(summary.n_questions, reading.transcript.n_questions());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_beginning_of_any_conversation_is_a_beginning(deeds in proptest::collection::vec(deed(), 0..12)) {
        let (events, after) = told(deeds);
        every_beginning_is_a_beginning(&events, &after);
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        deeds in proptest::collection::vec(deed(), 1..6),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let (events, _) = told(deeds);
        let mut bytes = bytes_of_all(&events);
        for (index, byte) in damage {
            let i = index.index(bytes.len());
            bytes[i] = byte;
        }
        if let Ok(reading) = Reading::of(&bytes) {
            prop_assert_eq!(reading.n_whole_bytes + reading.n_torn_bytes, bytes.len());
            prop_assert!(reading.n_header_bytes <= reading.n_whole_bytes);
        }
    }
}
