//! Ctrl-C, Ctrl-D and signals; the terminal as it is left behind.

use super::{endless, number_after, saying, scripted};
use crate::support::pty::{Key, Pty};
use rustix::process::Signal;
use serde_json::json;
use std::thread::sleep;
use std::time::Duration;

#[test]
fn ctrl_c_clears_a_line_and_hints_on_an_empty_one() {
    let mut pty = saying("好").pty(40, 80);
    pty.ready().text("打错了").wait_for("打错了").key(Key::Ctrl('c')).ready();
    assert!(!pty.screen().contains("打错了") && !pty.screen().contains("要离开"), "{}", pty.screen());
    pty.key(Key::Ctrl('c')).wait_for("要离开请按 Ctrl-D，或输入 /quit").ready();
    pty.paste("两\n行").wait_for("行").key(Key::Ctrl('c')).ready();
    assert_eq!(pty.turn("/stats"), "还没有回答过");
    assert_eq!(pty.turn("你好"), "好");
}

#[test]
fn ctrl_c_leaves_the_history_too() {
    let mut pty = saying("好").pty(60, 80);
    let newest = |pty: &mut Pty, line: &str| {
        let shown = format!("\n> {line}");
        pty.key(Key::Up).wait_until("the newest", |screen| screen.trim_end().ends_with(&shown));
    };
    pty.turn("一");
    let row = pty.prompt_row();
    // Of one line, and with nothing typed before: at its place.
    newest(&mut pty, "一");
    pty.key(Key::Ctrl('c')).ready().wait_for_cursor(row, 2);
    newest(&mut pty, "一");
    pty.key(Key::Ctrl('c')).ready();
    pty.turn("二");
    // What was typed before does not come back either.
    pty.ready().text("草稿").wait_for("> 草稿");
    newest(&mut pty, "二");
    pty.key(Key::Ctrl('c')).ready();
    newest(&mut pty, "二");
    pty.key(Key::Down).ready();
    assert!(!pty.screen().contains("草稿") && !pty.screen().contains("要离开"), "{}", pty.screen());
}

#[test]
fn leaving_gives_the_terminal_back() {
    for leave in [Key::Ctrl('d'), Key::Enter] {
        let pty = saying("好").pty(40, 80);
        let found = pty.modes();
        let mut pty = pty;
        pty.ready();
        assert_ne!(pty.modes(), found, "the line editor has its own modes");
        assert_eq!(pty.turn("你好"), "好");
        if matches!(leave, Key::Enter) {
            pty.text("/quit").wait_for("/quit");
        }
        pty.key(leave);
        assert_eq!(pty.exit_code(), 0);
        assert_eq!(pty.modes(), found);
        pty.wait_until("its last words", |screen| !screen.trim_end().ends_with("> "));
        assert!(!pty.marks_pastes());
    }
}

#[test]
fn ctrl_d_on_a_typed_line_does_not_leave() {
    let mut pty = saying("好").pty(40, 80);
    pty.ready().text("你好").wait_for("你好").key(Key::Ctrl('d')).key(Key::Enter).wait_for("> 你好\n好\n\n>");
}

#[test]
fn ctrl_c_while_it_reads_stops_it() {
    let script = json!({"n_ctx": 4096, "read_ms_per_token": 15, "replies": [[{"say": "终于"}]]});
    let mut pty = scripted(&script).pty(40, 80);
    let question = "读".repeat(30);
    pty.ready().line(&question).wait_for("正在读取").key(Key::Ctrl('c'));
    pty.wait_for("已停下，还没有开始回答；/retry 再问一次").ready();
    let screen = pty.screen();
    assert!(!screen.contains("正在") && !screen.contains("^C"), "{screen}");
    assert_eq!(pty.turn("/retry"), "终于");
    assert!(pty.turn("/context").contains("对话 1 轮"));
}

#[test]
fn ctrl_c_while_it_writes_keeps_what_is_written() {
    let begun = "写".repeat(100);
    let script = json!({"n_ctx": 4096, "replies": [[{"say": begun}, {"wait_ms": 600_000}], [{"say": "好"}]]});
    let mut pty = scripted(&script).pty(40, 220);
    // The last character waits for the next one, which may have to stand beside it.
    pty.ready().line("问").wait_for(&"写".repeat(99)).key(Key::Ctrl('c')).wait_for("已停下，写出的部分保留").ready();
    assert!(pty.screen().contains(&format!("{begun}\n已停下")) && !pty.screen().contains("^C"), "{}", pty.screen());
    assert!(number_after(&pty.turn("/context"), "对话 1 轮") > 100, "the cut answer is part of the conversation");
    assert_eq!(pty.turn("再问"), "好");
    assert!(pty.turn("/context").contains("对话 2 轮"));
}

#[test]
fn a_cut_answer_is_in_the_next_prompt() {
    let mut pty = endless().pty(100, 80);
    pty.begin("hello");
    pty.key(Key::Ctrl('c')).wait_for("已停下").ready();
    let n_written = number_after(&pty.turn("/stats"), "写");
    pty.turn("/set max-tokens 4");
    pty.turn("you");
    let stats = pty.turn("/stats");
    assert!(number_after(&stats, "缓存") >= n_written, "{stats}");
}

#[test]
fn keys_pressed_while_it_writes_wait_for_their_turn() {
    let script =
        json!({"n_ctx": 4096, "replies": [[{"say": "一二"}, {"wait_ms": 1000}, {"say": "三"}], [{"say": "四"}]]});
    let mut pty = scripted(&script).pty(40, 80);
    pty.ready().line("问").wait_for("> 问\n一").text("先打好的\r/undo\r");
    pty.wait_for("> 问\n一二三\n\n> 先打好的\n四\n\n> /undo\n撤销了 1 轮问答（“先打好的”），还剩 1 轮\n>");
    // At the prompt, several lines in one go.
    pty.text("/undo\r/undo\r问\r").wait_for("还剩 0 轮\n> /undo\n没有可撤销的问答\n> 问\n一二三\n\n>");
}

#[cfg(target_os = "linux")]
#[test]
fn a_second_ctrl_c_leaves_an_engine_that_does_not_stop() {
    let liao = endless();
    let sessions = liao.liao_home().join("data/sessions");
    let mut pty = liao.pty(40, 80);
    pty.begin("hello");
    let engine = super::engine::pid_of_engine(&pty);
    // Stopped, it cannot see that it should.
    super::engine::signal(engine, Signal::STOP);
    let found_running = pty.key(Key::Ctrl('c')).screen();
    sleep(Duration::from_millis(400));
    assert!(super::engine::is_there(engine), "one Ctrl-C only asks: {found_running}");
    // A machine so busy that two seconds pass between two of them takes each for a first.
    for _ in 0..20 {
        if super::engine::is_there(engine) {
            pty.key(Key::Ctrl('c'));
            sleep(Duration::from_millis(300));
        }
    }
    assert_eq!(pty.exit_code(), 130);
    pty.wait_for("以后接着聊：liao -r ");
    // What was on the screen is not lost.
    let file = std::fs::read_dir(sessions).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(file).unwrap();
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["finish"]), (&json!("answer"), &json!("interrupted")));
    assert!(last["text"].as_str().unwrap().len() > 200, "{last}");
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_leaves_for_as_long_as_the_line_says_so() {
    let mut pty = super::tiny(16).pty(40, 80);
    pty.turn("hello");
    // Stopped, it neither reads nor sees that it should stop.
    super::engine::signal(super::engine::pid_of_engine(&pty), Signal::STOP);
    pty.line("you").wait_for("Ctrl-C 取消").key(Key::Ctrl('c')).wait_for("再按 Ctrl-C 立即退出");
    // No longer a quick second one.
    sleep(Duration::from_secs(3));
    pty.key(Key::Ctrl('c'));
    assert_eq!(pty.exit_code(), 130);
}

#[test]
fn sigterm_at_the_prompt_gives_the_terminal_back() {
    let mut pty = saying("好").pty(40, 80);
    let found = pty.modes();
    pty.ready().signal(Signal::TERM);
    assert_eq!(pty.exit_code(), 143);
    assert_eq!(pty.modes(), found);
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while pty.marks_pastes() {
        assert!(std::time::Instant::now() < deadline, "pastes are still marked");
        sleep(Duration::from_millis(10));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn sigterm_while_it_writes_gives_the_terminal_back() {
    let mut pty = endless().pty(40, 80);
    let found = pty.modes();
    pty.begin("hello");
    let engine = super::engine::pid_of_engine(&pty);
    pty.signal(Signal::TERM);
    assert_eq!(pty.exit_code(), 143);
    assert_eq!(pty.modes(), found);
    super::engine::wait_for_the_end_of(engine);
}
