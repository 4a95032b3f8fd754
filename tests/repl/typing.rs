//! Where the cursor stands while wide characters, and several that make one, are typed and deleted, on terminals of
//! any width.

use super::saying;
use crate::support::pty::Key;

#[test]
fn clusters_are_typed_passed_and_deleted_as_one() {
    let liao = saying("好");
    let history = liao.liao_home().join("data/history");
    let mut pty = liao.pty(40, 80);
    let row = pty.prompt_row();
    for (cluster, n_columns) in [("👨‍👩‍👧", 2), ("👍🏽", 2), ("❤️", 2), ("🇨🇳", 2), ("e\u{301}", 1), ("문", 2)]
    {
        pty.text("中文").wait_for_cursor(row, 6);
        pty.text(cluster).wait_for_cursor(row, 6 + n_columns);
        pty.text("尾").wait_for_cursor(row, 8 + n_columns);
        pty.key(Key::Left).wait_for_cursor(row, 6 + n_columns);
        pty.key(Key::Left).wait_for_cursor(row, 6);
        pty.key(Key::Right).wait_for_cursor(row, 6 + n_columns);
        pty.key(Key::Backspace).wait_for("> 中文尾").wait_for_cursor(row, 6);
        pty.key(Key::Ctrl('c')).wait_for_cursor(row, 2);
    }
    // What is shown of one may be less; what is sent is all of it.
    pty.text("👨‍👩‍👧和❤️").wait_for_cursor(row, 8).key(Key::Enter).wait_for("\n好\n\n>");
    assert_eq!(std::fs::read_to_string(history).unwrap(), "#V2\n👨‍👩‍👧和❤️\n");
}

#[test]
fn words_of_a_chinese_sentence_are_passed_and_deleted_one_by_one() {
    let mut pty = saying("好").pty(40, 80);
    let row = pty.prompt_row();
    pty.text("你好，用Rust写").wait_for_cursor(row, 16);
    // Alt-B and Alt-F.
    for column in [14, 10, 8] {
        pty.text("\x1bb").wait_for_cursor(row, column);
    }
    for column in [10, 14, 16] {
        pty.text("\x1bf").wait_for_cursor(row, column);
    }
    for left in ["你好，用Rust", "你好，用", "你好，", "你好", ""] {
        let shown = format!("\n> {left}");
        pty.key(Key::Ctrl('w')).wait_until(left, |screen| screen.trim_end().ends_with(shown.trim_end()));
    }
    // What was deleted is there to be put in again.
    pty.key(Key::Ctrl('y')).wait_for("> 你好，用Rust写");
    pty.key(Key::Ctrl('a')).text("\x1bd").wait_for("> ，用Rust写").text("\x1bd").wait_for("> Rust写");
    pty.text("\x1bd").wait_until("one character", |screen| screen.trim_end().ends_with("\n> 写"));
}

#[test]
fn a_line_wraps_and_unwraps_at_any_width() {
    for n_columns in [20, 40, 80] {
        let mut pty = saying("好").pty(40, n_columns);
        let row = pty.prompt_row();
        // Two columns of prompt: rows end full, and the next character stands in the next row.
        let text = "字".repeat(n_columns.into());
        pty.text(&text).wait_for_cursor(row + 2, 2);
        assert!(pty.screen().replace('\n', "").ends_with(&format!("> {text}")), "{}", pty.screen());
        pty.key(Key::Backspace).wait_for_cursor(row + 2, 0);
        pty.key(Key::Backspace).wait_for_cursor(row + 1, n_columns - 2);
        pty.key(Key::Ctrl('a')).wait_for_cursor(row, 2);
        pty.key(Key::Ctrl('c')).ready().wait_for_cursor(row, 2);

        // One column is left over at the end of the row, and a wide character does not go in there.
        let n_that_fit = (n_columns - 3) / 2;
        pty.text("a").text(&"字".repeat(n_that_fit.into())).wait_for_cursor(row, n_columns - 1);
        pty.text("尾").wait_for_cursor(row + 1, 2);
        pty.key(Key::Backspace).wait_for_cursor(row, n_columns - 1);
        pty.text("b").wait_for_cursor(row + 1, 0);
        pty.text("尾").wait_for_cursor(row + 1, 2).key(Key::Enter).wait_for("\n好\n\n>");
        let screen = pty.screen().replace('\n', "");
        assert!(screen.contains(&format!("> a{}b尾好", "字".repeat(n_that_fit.into()))), "{}", pty.screen());
    }
}

#[test]
fn behind_a_full_row_of_several_lines_nothing_is_eaten() {
    let mut pty = saying("好").pty(40, 40);
    let row = pty.prompt_row();
    let above = pty.screen();
    pty.paste(&format!("{}x\n二", "字".repeat(19))).wait_for_cursor(row + 2, 2);
    // To the end of the first line, which now fills its row, and there a key that draws all of it again.
    pty.key(Key::Up).key(Key::Ctrl('e')).key(Key::Backspace).key(Key::Ctrl('h'));
    pty.text("字").text("尾").text("巴");
    pty.wait_until("two lines", |screen| screen.replace('\n', "").ends_with("字尾巴二"));
    let above = above.trim_end().trim_end_matches('>').trim_end();
    assert!(pty.screen().starts_with(above), "{}", pty.screen());
}

#[test]
fn what_is_typed_survives_another_width() {
    let mut pty = saying("好").pty(40, 40);
    let row = pty.prompt_row();
    let text = "字".repeat(30);
    pty.text(&text).wait_for_cursor(row + 1, 22);
    pty.resize(40, 80);
    pty.text("尾").wait_until("the line", |screen| screen.replace('\n', "").ends_with(&format!("> {text}尾")));
    pty.key(Key::Enter).wait_for("\n好\n\n>");
}
