//! Several lines in one message: pasted, broken by keys, between fences, from an editor.

use super::{number_after, saying};
use crate::support::Liao;
use crate::support::pty::{Key, Pty};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

/// A program in the place of an editor.
fn editor(liao: &Liao, script: &str) -> PathBuf {
    let path = liao.file("我的 编辑器", format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}

/// The tokens of a conversation of one exchange.
#[track_caller]
fn n_said(pty: &mut Pty) -> u32 {
    number_after(&pty.turn("/context"), "对话 1 轮")
}

#[test]
fn fifty_pasted_lines_are_one_message_and_one_mark() {
    let lines: Vec<String> = (1..=50).map(|n| format!("第{n}行")).collect();
    let (text, folded) = (lines.join("\n"), |n_chars: usize| format!("> [50 行 {n_chars} 字：第1行…]"));
    let n_chars = text.chars().count();
    let liao = saying("好");
    let history = liao.liao_home().join("data/history");
    let mut pty = liao.pty(24, 80);
    let row = pty.prompt_row();
    pty.paste(&text).wait_for(&folded(n_chars));
    // One key takes it away whole.
    pty.key(Key::Backspace).ready().wait_for_cursor(row, 2);
    assert!(!pty.screen().contains("50 行"), "{}", pty.screen());
    // Nor does any other key break it.
    pty.paste(&text).wait_for(&folded(n_chars)).text("。").key(Key::Ctrl('w')).ready().wait_for_cursor(row, 2);
    pty.paste(&text).wait_for(&folded(n_chars)).key(Key::Left).wait_for_cursor(row, 2).key(Key::Ctrl('d')).ready();
    pty.paste(&text).wait_for(&folded(n_chars)).text("总结").wait_for("…]总结");
    pty.key(Key::Enter).wait_for("…]总结\n好\n\n>");
    let n_tokens = usize::try_from(n_said(&mut pty)).unwrap();
    assert!((n_chars..n_chars + 60).contains(&n_tokens), "{n_tokens} of {n_chars}");
    assert_eq!(
        std::fs::read_to_string(history).unwrap(),
        format!("#V2\n{}总结\n/context\n", lines.join("\\n")),
        "it is remembered as it was sent"
    );
    pty.key(Key::Up).wait_for("> /context\n").key(Key::Up).wait_for(&folded(n_chars + 2));
    pty.key(Key::Enter).ready();
    assert!(pty.turn("/context").contains("对话 2 轮"));
}

#[test]
fn a_paste_that_fits_is_shown_as_it_is() {
    let mut pty = saying("好").pty(40, 80);
    let row = pty.prompt_row();
    pty.paste("if x:\n\tprint(\"好\")").wait_for("> if x:\n print(\"好\")").wait_for_cursor(row + 1, 12);
    pty.key(Key::Enter).wait_for("\n好\n\n>");
    let pasted = n_said(&mut pty);
    pty.turn("/new");
    pty.turn("if x:12print(\"好\")");
    assert_eq!(n_said(&mut pty), pasted, "the tab and the break were sent");
}

#[test]
fn a_terminal_that_does_not_know_its_size_shows_what_is_pasted() {
    let mut pty = saying("好").pty(24, 80);
    pty.ready();
    pty.forget_size();
    pty.paste("从前有座山\n山里有座庙").wait_for("> 从前有座山\n山里有座庙").key(Key::Enter).wait_for("\n好\n\n>");
}

#[test]
fn a_paste_without_an_end_does_not_take_the_keyboard() {
    let mut pty = saying("好").pty(40, 80);
    pty.ready().text("\x1b[200~没有完");
    // Some of them may come so soon that they are taken for a part of it; the first one behind it gives a hint.
    for _ in 0..100 {
        std::thread::sleep(Duration::from_millis(300));
        pty.key(Key::Ctrl('c'));
        std::thread::sleep(Duration::from_millis(300));
        if pty.screen().contains("要离开请按 Ctrl-D") {
            break;
        }
    }
    // A slow machine may have been given one Ctrl-C more, and gives one hint more.
    pty.wait_for("要离开请按 Ctrl-D").line("你好").wait_for("> 你好\n好\n\n>");
}

#[test]
fn keys_break_a_line() {
    for key in [Key::AltEnter, Key::Ctrl('j')] {
        let liao = saying("好");
        let history = liao.liao_home().join("data/history");
        let mut pty = liao.pty(40, 80);
        let row = pty.prompt_row();
        pty.text("一").wait_for_cursor(row, 4).key(key).wait_for_cursor(row + 1, 0);
        pty.text("二").wait_for_cursor(row + 1, 2);
        pty.key(Key::Enter).wait_for("> 一\n二\n好\n\n>");
        assert_eq!(std::fs::read_to_string(history).unwrap(), "#V2\n一\\n二\n");
    }
}

#[test]
fn a_backslash_at_the_end_goes_on_in_the_next_line() {
    let liao = saying("好");
    let history = liao.liao_home().join("data/history");
    let mut pty = liao.pty(40, 80);
    let row = pty.prompt_row();
    pty.text("一\\").wait_for_cursor(row, 5).key(Key::Enter).wait_for_cursor(row + 1, 0);
    pty.text("二\\\\").wait_for_cursor(row + 1, 4).key(Key::Enter).wait_for("> 一\\\n二\\\\\n好\n\n>");
    // What is pasted has backslashes of its own.
    pty.paste("a \\\nb").wait_for("\nb").key(Key::Enter).wait_for("> a \\\nb\n好\n\n>");
    assert_eq!(std::fs::read_to_string(history).unwrap(), "#V2\n一\\n二\\\\\\\\\na \\\\\\nb\n");
}

#[test]
fn fences_hold_lines_together() {
    let mut pty = saying("好").pty(100, 80);
    pty.turn("一二三");
    let n_expected = n_said(&mut pty);
    for (opening, closing) in [("\"\"\"", "\"\"\""), ("“““", "”””"), ("“”“", "”“”")] {
        pty.turn("/new");
        let row = pty.prompt_row();
        pty.text(opening).wait_for(&format!("> {opening}")).key(Key::Enter).wait_for_cursor(row + 1, 0);
        pty.text("/二").wait_for_cursor(row + 1, 3).key(Key::Enter).wait_for_cursor(row + 2, 0);
        pty.text(closing).key(Key::Enter).wait_for(&format!("> {opening}\n/二\n{closing}\n好\n\n>"));
        assert_eq!(n_said(&mut pty) + 1, n_expected, "two characters, and not as a command: {}", pty.screen());
    }
    pty.turn("/new");
    let row = pty.prompt_row();
    pty.line("/system \"\"\"你是").wait_for_cursor(row + 1, 0).line("诗人\"\"\"").wait_for("已设定").ready();
    assert_eq!(pty.turn("/system"), "你是\n诗人");
    // Ctrl-C gives it up.
    pty.line("\"\"\"").text("半").wait_for("\n半").key(Key::Ctrl('c')).ready();
    assert_eq!(pty.turn("你好"), "好");
}

#[test]
fn lines_go_on_also_where_there_are_no_keys() {
    let liao = saying("好").env("TERM", "dumb");
    let history = liao.liao_home().join("data/history");
    let mut pty = liao.pty(40, 80);
    pty.wait_for(">").line("一\\").line("二").wait_for("\n好\n\n>").line("\"\"\"").line("三").line("\"\"\"");
    pty.wait_until("both answers", |screen| screen.matches("\n好\n").count() == 2).line("/quit");
    assert_eq!(pty.exit_code(), 0);
    assert_eq!(std::fs::read_to_string(history).unwrap(), "#V2\n一\\n二\n\"\"\"\\n三\\n\"\"\"\n/quit\n");
}

#[test]
fn ctrl_g_opens_what_was_typed_in_the_editor() {
    let liao = saying("好");
    let (history, seen) = (liao.liao_home().join("data/history"), liao.home().join("seen"));
    // As with `code --wait`, the file is the last word.
    let script = "ls -l \"$2\" | cut -c 1-10 >seen; cat \"$2\" >>seen; printf '改过的\\n第二行\\n' >\"$2\"";
    let program = editor(&liao, script);
    let mut pty = liao.env("EDITOR", format!("'{}' --wait", program.display())).pty(40, 80);
    pty.ready().text("草稿").wait_for("> 草稿").key(Key::Ctrl('g')).wait_for("> 改过的\n第二行");
    assert_eq!(std::fs::read_to_string(seen).unwrap(), "-rw-------\n草稿\n");
    pty.text("完").key(Key::Enter).wait_for("> 改过的\n第二行完\n好\n\n>");
    assert_eq!(std::fs::read_to_string(history).unwrap(), "#V2\n改过的\\n第二行完\n");
}

#[test]
fn what_is_tall_comes_back_from_the_editor_as_a_mark_and_goes_in_whole() {
    let liao = saying("好");
    let lines = liao.home().join("lines");
    let program = editor(&liao, "wc -l <\"$1\" >>lines; seq 40 >\"$1\"");
    let mut pty = liao.env("VISUAL", format!("'{}'", program.display())).env("EDITOR", "/nowhere").pty(24, 80);
    pty.ready().key(Key::Ctrl('g')).wait_for("> [40 行 110 字：1…]").key(Key::Ctrl('g'));
    pty.wait_until("the second time", |_| std::fs::read_to_string(&lines).is_ok_and(|text| text == "0\n40\n"));
    pty.wait_until("the mark again", |screen| screen.matches("> [40 行 110 字：1…]").count() == 2);
    pty.key(Key::Enter).wait_for("\n好\n\n>");
}

#[test]
fn an_editor_that_cannot_be_run_costs_nothing() {
    for (program, complaint) in [("/nowhere/editor", "运行不了编辑器"), ("false", "没有正常结束")] {
        let mut pty = saying("好").env("EDITOR", program).pty(40, 80);
        pty.ready().text("草稿").wait_for("> 草稿").key(Key::Ctrl('g')).wait_for(complaint);
        pty.wait_until("the text again", |screen| screen.trim_end().ends_with("\n> 草稿"));
        pty.key(Key::Enter).wait_for("> 草稿\n好\n\n>");
    }
}
