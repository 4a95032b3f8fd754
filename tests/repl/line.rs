//! Typing a line: characters, pastes, the history.

use super::{number_after, saying};
use crate::support::Liao;
use crate::support::pty::Key;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_chinese_question_is_typed_and_answered() {
    let mut pty = saying("你好！我是聊。").pty(30, 80);
    pty.ready();
    let greeting = pty.screen();
    let lines: Vec<&str> = greeting.lines().collect();
    assert_eq!(lines[..3], ["聊 · script · 模板 llama2 · 上下文 4096", "/help 看命令，Ctrl-D 离开", ""]);
    pty.text("你是谁").wait_for("> 你是谁");
    assert_eq!(pty.cursor(), (3, 8));
    pty.key(Key::Backspace).wait_until("one character less", |screen| screen.trim_end().ends_with("> 你是"));
    assert_eq!(pty.cursor(), (3, 6));
    pty.text("什么").key(Key::Left).key(Key::Left).text("做").wait_for("> 你是做什么");
    assert_eq!(pty.cursor(), (3, 8), "the cursor stands behind what was put in");
    pty.key(Key::Enter).wait_for("> 你是做什么\n你好！我是聊。\n\n>");
    let context = pty.turn("/context");
    let n_asked = number_after(&context, "对话 1 轮");
    pty.turn("/new");
    pty.turn("1 2 3");
    assert_eq!(number_after(&pty.turn("/context"), "对话 1 轮"), n_asked, "five characters went to the model");
}

#[test]
fn a_pasted_block_is_one_message() {
    let mut pty = saying("好").pty(60, 80);
    pty.ready().paste("第一行\n第二行\r\n第三行").wait_for("第三行");
    assert!(pty.marks_pastes());
    pty.key(Key::Enter).wait_for("第三行\n好\n\n>");
    let pasted = number_after(&pty.turn("/context"), "对话 1 轮");
    pty.turn("/new");
    pty.turn("一二三四五六七八九十一");
    assert_eq!(number_after(&pty.turn("/context"), "对话 1 轮"), pasted, "three lines of three, and two breaks");
}

#[test]
fn what_a_paste_smuggles_never_reaches_the_terminal() {
    let mut pty = saying("好").pty(60, 80);
    pty.ready().paste("甲\x1b[2J乙\x07丙\u{9b}2J丁\x1b]52;c;eA==\x07戊\u{85}\0己").wait_for("己");
    pty.text("庚").key(Key::Left).key(Key::Right).key(Key::Enter).wait_for("\n好\n\n>");
    // The end mark inside a paste ends it; the second one must not become text.
    pty.paste("辛\x1b[201~壬").wait_for("辛壬").key(Key::Enter).ready();
    pty.key(Key::Up).wait_for("> 辛壬");
    for bytes in [&b"\x1b[2J"[..], b"\x07", "\u{9b}".as_bytes(), b"\x1b]", "\u{85}".as_bytes(), b"\0", b"\x1b[201~"] {
        assert!(!pty.has_sent(bytes), "{bytes:?} in {}", pty.sent());
    }
    assert!(pty.screen().contains("> 甲乙丙2J丁戊己庚"), "{}", pty.screen());
}

#[test]
fn of_escape_sequences_in_a_paste_nothing_is_left() {
    let mut pty = saying("好").pty(60, 80);
    for (pasted, text) in [
        ("A\x1b[31mred\x1b[0m B", "Ared B"),
        ("甲\x1b[m乙\x1b[K丙", "甲乙丙"),
        ("\x1b[1;32m绿\x1b[0m。", "绿。"),
        ("\x1b[0;31m红\x1b[0;1m粗\x1b[00m尾", "红粗尾"),
        ("\x1b[90m灰\x1b[39m色", "灰色"),
        ("\x1b[38;5;196m一\x1b[48;2;1;22;133m二\x1b[1;31;40m三", "一二三"),
        ("\x1b[32mmain.rs\x1b[0m: 4", "main.rs: 4"),
        ("\x1b]0;标题\x07题", "题"),
        ("\x1b]8;;https://x.cn\x1b\\链接\x1b]8;;\x1b\\。", "链接。"),
        ("甲\x1b乙", "甲乙"),
        // Cut off within a sequence, which swallows the escape of the paste's end.
        ("甲\x1b[3", "甲"),
        ("乙\x1b[", "乙"),
        ("丙\x1b", "丙"),
    ] {
        pty.ready().paste(pasted);
        pty.wait_until(text, |screen| screen.trim_end().ends_with(&format!("\n> {text}")));
        pty.key(Key::Ctrl('c'));
    }
}

#[test]
fn what_is_not_utf8_is_refused_and_nothing_else_is_lost() {
    let mut pty = saying("好").pty(40, 80);
    pty.ready().send(b"\xc4\xe3\r").wait_for("UTF-8").ready();
    assert!(pty.turn("/stats").contains("还没有回答过"), "nothing was sent to the model");
    assert_eq!(pty.turn("你好"), "好");
}

#[test]
fn the_history_is_kept_and_private() {
    let home = tempfile::tempdir().unwrap();
    let start = || saying("好").env("LIAO_HOME", home.path().join("聊")).pty(40, 80);
    let mut pty = start();
    pty.turn("记住我");
    pty.turn(" 不要记住我");
    pty.ready().paste("两\n行").wait_for("行").key(Key::Enter).ready();
    pty.line("/quit");
    assert_eq!(pty.exit_code(), 0);

    let path = home.path().join("聊/data/history");
    let kept = std::fs::read_to_string(&path).unwrap();
    assert_eq!(kept, "#V2\n记住我\n两\\n行\n/quit\n");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);

    let mut pty = start();
    pty.ready().key(Key::Up).wait_for("> /quit").key(Key::Up).wait_for("> 两");
    // The first goes up inside the two lines.
    pty.key(Key::Up).key(Key::Up).wait_for("> 记住我");
    pty.key(Key::Enter).wait_for("> 记住我\n好");
}

#[test]
fn secrets_and_what_begins_with_a_blank_stay_out_of_the_history() {
    let liao = saying("好");
    let path = liao.liao_home().join("data/history");
    let mut pty = liao.pty(60, 80);
    for line in
        ["一", "hf_abcdefghijklmnopqrst", "我的密钥 sk-0123456789abcdef", "\u{3000}空格", " 空格", "/set seed 1", "一"]
    {
        pty.turn(line);
    }
    pty.ready().paste("二\nHF_TOKEN=hf_0123456789ABCDEFGHIJ").wait_for("HF_TOKEN").key(Key::Enter).ready();
    assert_eq!(std::fs::read_to_string(path).unwrap(), "#V2\n一\n/set seed 1\n一\n");
    // Each once, newest first.
    pty.key(Key::Up)
        .key(Key::Up)
        .wait_until("the last but one", |screen| screen.trim_end().ends_with("\n> /set seed 1"));
}

#[test]
fn two_at_once_keep_what_was_typed_in_both() {
    let home = tempfile::tempdir().unwrap();
    let start = || saying("好").env("LIAO_HOME", home.path()).pty(40, 80);
    let (mut one, mut other) = (start(), start());
    one.turn("甲");
    other.turn("乙");
    one.turn("丙");
    other.turn("甲");
    let path = home.path().join("data/history");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "#V2\n甲\n乙\n丙\n甲\n");
    let mut third = start();
    third.ready().key(Key::Up).wait_for("> 甲").key(Key::Up).wait_for("> 丙").key(Key::Up).wait_for("> 乙");
    third.key(Key::Up).key(Key::Enter).wait_for("> 乙\n好");
}

#[test]
fn a_history_that_is_no_text_is_set_aside() {
    let gbk = b"\xc4\xe3\xba\xc3\n\xd4\xd9\xbc\xfb\n";
    let liao = saying("好");
    let path = liao.file("liao/data/history", gbk);
    let mut pty = liao.pty(40, 80);
    assert_eq!(pty.turn("你好"), "好");
    let screen = pty.screen();
    assert_eq!(screen.matches("注意").count(), 1, "{screen}");
    assert!(screen.contains("history.bad"), "{screen}");
    assert!(screen.replace('\n', "").contains("不是 UTF-8 文字"), "{screen}");
    assert_eq!(std::fs::read(path.with_extension("bad")).unwrap(), gbk);
    assert!(std::fs::read_to_string(path).unwrap().ends_with("你好\n"));
}

#[test]
fn a_home_that_cannot_be_written_costs_only_what_is_kept() {
    // Not a folder without permissions: those do not bind root, as whom tests may run.
    let liao: Liao = saying("好");
    liao.file("liao/data", "no folder");
    let mut pty = liao.pty(40, 80);
    assert_eq!(pty.turn("你好"), "好");
    assert_eq!(pty.turn("再见"), "好");
    let screen = pty.key(Key::Up).wait_for("> 再见").screen();
    // Neither what is typed nor what is said is kept; each is told once.
    assert!(screen.matches("注意").count() <= 2 && !screen.contains("改名"), "{screen}");
    assert_eq!(screen.matches("不会存盘").count(), 1, "{screen}");
}
