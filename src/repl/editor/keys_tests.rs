//! What keys do to a paste, to a line and to the marks in it.

use super::*;

fn type_in(desk: &Desk, text: &str) -> Vec<Option<Cmd>> {
    text.chars().map(|c| desk.gather(KeyEvent::new(c, Modifiers::NONE), Instant::now())).collect()
}

fn key(desk: &Desk, code: KeyCode) -> Option<Cmd> {
    desk.gather(KeyEvent(code, Modifiers::NONE), Instant::now())
}

#[test]
fn a_paste_is_gathered_to_its_end() {
    let desk = Desk::default();
    assert_eq!(type_in(&desk, "a\r"), [None, None]);
    for (pasted, inserted) in
        [("一\r\n二\r三\n四\t五", "一\n二\n三\n四\t五"), ("a\u{7}b\u{1b}c\u{9b}d\0\u{3}\u{4}\u{7f}e", "abcde")]
    {
        assert_eq!(key(&desk, KeyCode::BracketedPasteStart), Some(Cmd::Noop));
        assert!(type_in(&desk, pasted).iter().all(|cmd| *cmd == Some(Cmd::Noop)));
        assert_eq!(desk.gather(KeyEvent::alt(']'), Instant::now()), Some(Cmd::Noop));
        assert_eq!(key(&desk, KeyCode::Up), Some(Cmd::Noop));
        assert_eq!(key(&desk, KeyCode::BracketedPasteEnd), Some(Cmd::Insert(1, inserted.to_owned())));
        assert_eq!(type_in(&desk, "a"), [None]);
    }
}

#[test]
fn an_end_without_a_beginning_and_a_paste_of_nothing_are_nothing() {
    let desk = Desk::default();
    assert_eq!(key(&desk, KeyCode::BracketedPasteEnd), Some(Cmd::Noop));
    assert_eq!(key(&desk, KeyCode::BracketedPasteStart), Some(Cmd::Noop));
    assert_eq!(key(&desk, KeyCode::BracketedPasteEnd), Some(Cmd::Noop));
}

#[test]
fn a_paste_that_breaks_off_within_a_sequence_ends_all_the_same() {
    let desk = Desk::default();
    key(&desk, KeyCode::BracketedPasteStart);
    type_in(&desk, "甲");
    assert_eq!(key(&desk, KeyCode::UnknownEscSeq), Some(Cmd::Noop));
    let ended = type_in(&desk, "[201~");
    assert_eq!(ended.last(), Some(&Some(Cmd::Insert(1, "甲".to_owned()))));
    assert_eq!(type_in(&desk, "a"), [None]);
}

#[test]
fn what_was_half_pasted_does_not_reach_the_next_line() {
    let desk = Desk::default();
    key(&desk, KeyCode::BracketedPasteStart);
    type_in(&desk, "半");
    desk.tidy();
    assert_eq!(type_in(&desk, "a"), [None]);
    assert_eq!(key(&desk, KeyCode::BracketedPasteEnd), Some(Cmd::Noop));
}

#[test]
fn a_paste_without_an_end_is_dropped_by_a_person() {
    let desk = Desk::default();
    let start = Instant::now();
    let at = |millis, key| desk.gather(key, start + Duration::from_millis(millis));
    let (begin, end) = (KeyCode::BracketedPasteStart, KeyCode::BracketedPasteEnd);
    let key = |code| KeyEvent(code, Modifiers::NONE);
    let text = |c| key(KeyCode::Char(c));
    // One that comes with the text is a part of it, however long the paste takes.
    for (millis, key) in [(0, key(begin)), (1, text('a')), (190, KeyEvent::ctrl('C')), (350, KeyEvent::ctrl('C'))] {
        assert_eq!(at(millis, key), Some(Cmd::Noop));
    }
    assert_eq!(at(900, text('b')), Some(Cmd::Noop));
    assert_eq!(at(900, key(end)), Some(Cmd::Insert(1, "ab".to_owned())));
    for (millis, key) in [(1000, key(begin)), (1000, text('a')), (1200, KeyEvent::ctrl('C'))] {
        assert_eq!(at(millis, key), Some(Cmd::Noop));
    }
    assert_eq!(at(1200, text('a')), None);
    assert_eq!(at(1200, KeyEvent::ctrl('C')), None);
    assert_eq!(at(1200, key(end)), Some(Cmd::Noop), "an end that comes after all brings nothing");
}

#[test]
fn ctrl_c_leaves_the_line_and_the_history() {
    let desk = Desk::default();
    for (is_from_history, has_draft, cmd) in [
        (false, false, Cmd::Kill(Movement::WholeBuffer)),
        (false, true, Cmd::Kill(Movement::WholeBuffer)),
        (true, false, Cmd::EndOfHistory),
        (true, true, Cmd::AcceptLine),
    ] {
        desk.tidy();
        desk.note_history(is_from_history);
        desk.has_draft.store(has_draft, Ordering::Relaxed);
        assert_eq!((desk.drop_line(), desk.is_dropped()), (cmd, is_from_history && has_draft));
    }
}

#[test]
fn a_tall_paste_is_a_mark_that_stands_for_it() {
    let desk = Desk::default();
    let text = "行\n".repeat(200);
    key(&desk, KeyCode::BracketedPasteStart);
    type_in(&desk, &text);
    let Some(Cmd::Insert(1, mark)) = key(&desk, KeyCode::BracketedPasteEnd) else { panic!() };
    assert!(mark.len() < 60 && desk.folds.marks(&mark).len() == 1, "{mark}");
    assert_eq!(desk.folds.unfold(&mark), text);
}

#[test]
fn a_mark_stays_whole_or_goes_whole() {
    let line = "前 [50 行]后[x";
    let mark = 4..4 + "[50 行]".len();
    let (before, inside, behind) = (mark.start, mark.start + 4, mark.end);
    let marks = [mark.clone(), line.len()..line.len()];
    let (back, forth) = (back_to_mark(), Movement::ViCharSearch(1, CharSearch::Forward(fold::CLOSING)));
    let plain = |code| KeyEvent(code, Modifiers::NONE);
    for (pos, key, expected) in [
        (behind, plain(KeyCode::Backspace), Some(Cmd::Kill(back.clone()))),
        (behind, KeyEvent(KeyCode::Backspace, Modifiers::ALT), Some(Cmd::Kill(back.clone()))),
        (behind, plain(KeyCode::Left), Some(Cmd::Move(back.clone()))),
        (behind, KeyEvent::ctrl('W'), Some(Cmd::Kill(back.clone()))),
        (behind + 3, KeyEvent::ctrl('W'), Some(Cmd::Kill(back.clone()))),
        (before, KeyEvent::ctrl('W'), None),
        (before, plain(KeyCode::Delete), Some(Cmd::Kill(forth.clone()))),
        (before, KeyEvent::ctrl('D'), Some(Cmd::Kill(forth.clone()))),
        (before, KeyEvent::alt('d'), Some(Cmd::Kill(forth))),
        (before, plain(KeyCode::Backspace), None),
        (before, plain(KeyCode::Char('x')), None),
        (behind, plain(KeyCode::Char('x')), None),
        (behind, plain(KeyCode::Delete), None),
        (inside, plain(KeyCode::Char('x')), Some(Cmd::Move(back.clone()))),
        (inside, plain(KeyCode::Backspace), Some(Cmd::Move(back.clone()))),
        (inside, KeyEvent::ctrl('U'), Some(Cmd::Move(back))),
        (inside, KeyEvent::ctrl('A'), None),
        (inside, plain(KeyCode::Right), None),
        (inside, plain(KeyCode::Enter), None),
        (0, plain(KeyCode::Delete), None),
    ] {
        assert_eq!(spare(&marks, line, pos, key), expected, "{pos} {key:?}");
        assert_eq!(spare(&[], line, pos, key), None);
    }
}

#[test]
fn where_a_word_begins() {
    for (text, start) in [("", 0), ("一", 0), ("一 二", 4), ("一 二  ", 4), ("一\u{3000}二", 6), (" ", 0)] {
        assert_eq!(start_of_word(text), start, "{text:?}");
    }
}
