//! What is found by what is typed, what is chosen by which keys, and what of it all fits a terminal.

use super::*;
use proptest::prelude::*;
use std::time::Duration;

/// So many sessions, of which nothing was read, and nothing can be.
fn unread(n: usize) -> Vec<Kept> {
    let kept = |i: usize| Kept {
        id: Id::parse(&format!("1n{i:05}")).expect("digits"),
        path: "/nowhere/at/all".into(),
        modified: SystemTime::UNIX_EPOCH,
        n_bytes: 0,
    };
    (0..n).map(kept).collect()
}

/// Sessions with these names, titles and models; the id of the first ends with 0, of the next with 1.
fn menu(sessions: &[(Option<&str>, &str, &str)]) -> Menu {
    let mut menu = Menu::new(unread(sessions.len()), "", None);
    for (entry, (name, title, model)) in menu.entries.iter_mut().zip(sessions) {
        let summary = Summary {
            name: name.map(str::to_owned),
            title: Some((*title).to_owned()),
            model: Some((*model).to_owned()),
            ..Summary::default()
        };
        entry.told = Some(Told::of(entry.kept.id, Ok(summary)));
    }
    menu
}

fn some() -> Menu {
    menu(&[
        (None, "帮我计划去西安的旅行", "demo"),
        (Some("工作"), "How do I write a Test in Rust?", "chinese-alpaca-2-13b"),
        (None, "旅途中读什么书，走哪条行程", "demo"),
        (None, "1+1 等于几", "demo"),
    ])
}

fn view(menu: &mut Menu, n_columns: usize, n_rows: usize) -> View {
    menu.view(n_columns, n_rows, SystemTime::UNIX_EPOCH + Duration::from_secs(7200))
}

fn press(menu: &mut Menu, keys: &[Key]) {
    for key in keys {
        assert!(menu.press(key.clone()).is_continue(), "{key:?}");
    }
}

fn type_in(menu: &mut Menu, text: &str) {
    press(menu, &[Key::Text(text.into())]);
    menu.finds_any();
}

/// The last digits of the ids of those found, best first.
fn found(menu: &Menu) -> Vec<usize> {
    menu.found.iter().map(|(_, place)| *place).collect()
}

#[test]
fn what_is_typed_finds_names_titles_models_and_ids() {
    for (typed, expected) in [
        ("", vec![0, 1, 2, 3]),
        ("旅行", vec![0, 2]),
        ("西安", vec![0]),
        ("安西", vec![]),
        ("工作", vec![1]),
        ("test", vec![1]),
        ("RUST", vec![1]),
        ("rst", vec![1]),
        ("alpaca", vec![1]),
        ("demo", vec![0, 2, 3]),
        ("demo 旅", vec![0, 2]),
        ("旅\u{3000}书", vec![2]),
        ("1n00002", vec![2]),
        ("00003", vec![3]),
        ("1+1", vec![3]),
        ("没有", vec![]),
        // Scattered letters of a model's name are no match.
        ("cap", vec![]),
    ] {
        let mut menu = some();
        type_in(&mut menu, typed);
        assert_eq!(found(&menu), expected, "{typed}");
    }
}

#[test]
fn whole_words_come_before_scattered_ones_and_then_newer_before_older() {
    let mut menu =
        menu(&[(None, "旅途中的行人", "m"), (None, "旅行一", "m"), (None, "旅店与银行", "m"), (None, "旅行二", "m")]);
    type_in(&mut menu, "旅行");
    assert_eq!(found(&menu), [1, 3, 0, 2]);
}

#[test]
fn only_what_is_shown_is_read() {
    let mut menu = Menu::new(unread(20_000), "", None);
    let seen = view(&mut menu, 80, 10);
    assert_eq!((seen.lines.len(), seen.chosen, seen.foot.as_str()), (7, Some(0), "20000/20000"));
    let n_read = |menu: &Menu| menu.entries.iter().filter(|entry| entry.told.is_some()).count();
    assert_eq!(n_read(&menu), 7);
    press(&mut menu, &[Key::Last]);
    assert_eq!(view(&mut menu, 80, 10).chosen, Some(6));
    assert_eq!(n_read(&menu), 14);
    // A search goes on in pieces.
    press(&mut menu, &[Key::Text("x".into())]);
    assert!(menu.is_searching() && view(&mut menu, 80, 10).foot.contains("还在找"));
    for n in 1..4 {
        menu.search(Instant::now());
        assert_eq!(menu.n_searched, n);
    }
    press(&mut menu, &[Key::Backspace]);
    assert!(!menu.is_searching() && menu.found.len() == 20_000);
}

#[test]
fn what_a_person_chose_stays_chosen_while_better_ones_are_found() {
    let mut menu = menu(&[(None, "旅店与银行", "m"), (None, "旅途与行人", "m"), (None, "旅行", "m")]);
    press(&mut menu, &[Key::Text("旅行".into())]);
    menu.search(Instant::now());
    menu.search(Instant::now());
    press(&mut menu, &[Key::Down]);
    menu.search(Instant::now());
    assert_eq!((found(&menu), menu.chosen), (vec![2, 0, 1], 2));
    // Nobody chose anything: the best one is.
    press(&mut menu, &[Key::Backspace, Key::Text("行".into())]);
    menu.finds_any();
    assert_eq!(menu.chosen, 0);
}

#[test]
fn keys_choose_a_line() {
    for (keys, chosen) in [
        (vec![], 0),
        (vec![Key::Up], 0),
        (vec![Key::Down], 1),
        (vec![Key::Down; 9], 3),
        (vec![Key::Last, Key::Up], 2),
        (vec![Key::Last, Key::First], 0),
        (vec![Key::PageDown], 2),
        (vec![Key::PageDown, Key::PageDown, Key::PageUp], 1),
        (vec![Key::Down, Key::Text("demo".into())], 0),
    ] {
        let mut menu = some();
        view(&mut menu, 80, 5);
        press(&mut menu, &keys);
        menu.finds_any();
        let place = found(&menu)[menu.chosen];
        assert_eq!(place, chosen, "{keys:?}");
        let ControlFlow::Break(Some(kept)) = menu.press(Key::Choose) else { panic!("{keys:?}") };
        assert_eq!(kept.id, menu.entries[place].kept.id);
    }
    assert_eq!(some().press(Key::Leave), ControlFlow::Break(None));
}

#[test]
fn who_types_faster_than_it_is_looked_for_gets_what_they_typed() {
    let mut menu = some();
    press(&mut menu, &[Key::Text("工作".into())]);
    let ControlFlow::Break(Some(kept)) = menu.press(Key::Choose) else { panic!("nothing was chosen") };
    assert_eq!(kept.id.to_string(), "1n00001");
    let mut menu = some();
    press(&mut menu, &[Key::Text("没有".into())]);
    assert!(!menu.finds_any());
    assert!(view(&mut menu, 80, 24).foot.contains("没有符合的"));
    // Enter is heard, though there is nothing to take.
    press(&mut menu, &[Key::Choose]);
    assert!(view(&mut menu, 80, 24).foot.contains("没有可选定的"));
    press(&mut menu, &[Key::Text("x".into())]);
    assert!(!menu.finds_any() && view(&mut menu, 80, 24).foot.contains("没有符合的"));
    let mut none = Menu::new(Vec::new(), "", None);
    press(&mut none, &[Key::Choose, Key::Down, Key::Up, Key::PageDown, Key::Last, Key::Choose, Key::Backspace]);
    assert_eq!(view(&mut none, 80, 24).chosen, None);
}

#[test]
fn what_is_typed_is_taken_back_by_characters_and_words() {
    let family = "👨‍👩‍👧";
    for (typed, key, left) in [
        ("旅行", Key::Backspace, "旅".to_owned()),
        ("", Key::Backspace, String::new()),
        ("e\u{301}", Key::Backspace, String::new()),
        (&format!("和{family}"), Key::Backspace, "和".to_owned()),
        (&format!("{family}和"), Key::Backspace, family.to_owned()),
        ("去 西安", Key::DropWord, "去 ".to_owned()),
        ("去 西安 ", Key::DropWord, "去 ".to_owned()),
        ("西安", Key::DropWord, String::new()),
        ("去 西安", Key::DropAll, String::new()),
        // A paste is one line, and nothing in it is obeyed.
        ("一\r\n二\t三\u{3000}四", Key::Down, "一  二 三 四".to_owned()),
        ("a\u{1b}[2J\u{202e}b", Key::Down, "a [2Jb".to_owned()),
    ] {
        let mut menu = some();
        press(&mut menu, &[Key::Text(typed.into()), key.clone()]);
        assert_eq!(menu.typed, left, "{typed:?} {key:?}");
    }
    let mut menu = some();
    for _ in 0..3 {
        type_in(&mut menu, &"字".repeat(60));
    }
    assert_eq!(menu.typed.chars().count(), MAX_TYPED_CHARS);
}

#[test]
fn a_line_tells_what_a_person_knows_a_session_by() {
    let mut menu = menu(&[(Some("旅行"), "帮我计划", "demo"), (None, "你好", "a\u{1b}[2Jb")]);
    menu.open = Some(menu.entries[1].kept.id);
    let seen = view(&mut menu, 80, 24);
    assert_eq!(
        seen.lines,
        ["> 2 小时前  旅行            demo     1n00000", "  2 小时前  你好（正在聊）  a^[[2Jb  1n00001"]
    );
    assert_eq!((seen.chosen, seen.foot.as_str()), (Some(0), "2/2"));
    press(&mut menu, &[Key::Down]);
    assert!(view(&mut menu, 80, 24).lines[1].starts_with("> 2 小时前  你好"));
    // One that cannot be read is there all the same.
    let mut lost = Menu::new(unread(1), "", None);
    assert!(view(&mut lost, 80, 24).lines[0].contains("读不了"));
}

#[test]
fn the_chosen_line_is_always_to_be_seen() {
    for n in 0..9 {
        for n_rows in 0..9 {
            let mut menu = Menu::new(unread(n), "", None);
            for key in [Key::Down, Key::PageDown, Key::Up, Key::Last, Key::Up, Key::PageUp, Key::Down, Key::First] {
                press(&mut menu, &[key]);
                let seen = view(&mut menu, 40, n_rows);
                assert_eq!(seen.lines.len(), n.min(n_rows.saturating_sub(3).max(1)), "{n} {n_rows}");
                let chosen: Vec<usize> = (0..seen.lines.len()).filter(|i| seen.lines[*i].starts_with("> ")).collect();
                assert_eq!(chosen, Vec::from_iter(seen.chosen), "{n} {n_rows}");
                let id = menu.entries.get(menu.chosen).map(|entry| entry.kept.id.to_string());
                assert_eq!(
                    seen.chosen.map(|i| seen.lines[i].ends_with(&id.unwrap_or_default())),
                    (n > 0).then_some(true)
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn everything_fits_the_terminal(
        titles in proptest::collection::vec("[a旅👍 é…]{0,30}", 1..5), typed in "[a旅👍 é]{0,20}",
        n_columns in 0_usize..100, n_rows in 0_usize..10,
    ) {
        let sessions: Vec<_> = titles.iter().map(|title| (None, title.as_str(), "m")).collect();
        let mut menu = menu(&sessions);
        press(&mut menu, &[Key::Text(typed)]);
        menu.search(Instant::now());
        let seen = view(&mut menu, n_columns, n_rows);
        for line in seen.lines.iter().chain([&seen.head, &seen.foot]) {
            prop_assert!(line.width() <= n_columns, "{line:?}");
        }
        prop_assert!(seen.typed.width() <= n_columns.saturating_sub(PROMPT.len() + 1));
    }
}
