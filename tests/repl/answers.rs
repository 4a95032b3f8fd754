//! Answers as they come: the status line before them, what of them reaches a terminal, terminals of other sizes.

use super::{saying, scripted, tiny};
use serde_json::json;

const HOSTILE: &str = "甲\x1b]52;c;cm0gLXJm\x07乙\x1b[2J\x1b[H丙\u{9b}2J丁\r覆盖\u{202e}反\u{2066}向\x08\x7f完";

#[test]
fn the_status_line_comes_and_leaves_no_trace() {
    for (is_english, reading, about, cancels) in
        [(false, "正在读取", "约", "Ctrl-C"), (true, "reading", "about", "Ctrl-C")]
    {
        let script = json!({"n_ctx": 4096, "read_ms_per_token": 12, "replies": [[{"say": "OK"}]]});
        let liao = scripted(&script);
        let mut pty = if is_english { liao.english() } else { liao }.pty(40, 80);
        let question = "x".repeat(70);
        pty.ready().line(&question);
        pty.wait_until("the status line", |screen| {
            let line = screen.lines().last().unwrap_or_default();
            line.contains(reading) && line.contains('/') && line.contains(about) && line.contains(cancels)
        });
        pty.wait_for(&format!("> {question}\nOK\n\n>"));
    }
}

#[test]
fn loading_leaves_no_trace() {
    let mut pty = tiny(8).pty(40, 80);
    pty.ready();
    let screen = pty.screen();
    assert!(screen.starts_with("聊 · tiny · ") && screen.lines().count() == 4, "{screen}");
}

#[test]
fn whoever_wants_no_status_line_gets_none() {
    let script = json!({"n_ctx": 4096, "read_ms_per_token": 10, "replies": [[{"say": "好"}]]});
    let question = "问".repeat(30);
    for liao in [
        scripted(&script).env("NO_COLOR", "1"),
        scripted(&script).args(["--color", "never"]),
        scripted(&script).arg("-q"),
        scripted(&script).env("TERM", "dumb"),
    ] {
        let mut pty = liao.pty(40, 80);
        pty.wait_for(">").line(&question).wait_for(&format!("{question}\n好\n"));
        assert!(!pty.has_sent("正在"), "{}", pty.sent());
    }
}

#[test]
fn a_dumb_terminal_gets_no_escape_at_all() {
    let mut pty = saying(HOSTILE).env("TERM", "dumb").pty(40, 80);
    pty.wait_for(">").line("你好").wait_for("完").line("/help").wait_for("/quit").line("/quit");
    assert_eq!(pty.exit_code(), 0);
    assert!(!pty.has_sent("\x1b") && !pty.has_sent("\u{9b}"), "{}", pty.sent());
}

#[test]
fn hostile_text_is_shown_harmlessly_and_piped_as_it_is() {
    let mut pty = saying(HOSTILE).pty(40, 80);
    let told = pty.turn("你好");
    assert_eq!(told, "甲^[]52;c;cm0gLXJm^G乙^[[2J^[[H丙\\u{9b}2J丁覆盖反向^H^?完");
    for bytes in ["\x1b]", "\x07", "\x1b[2J", "\u{9b}", "\u{202e}", "\x1b[H"] {
        assert!(!pty.has_sent(bytes), "{bytes:?} in {}", pty.sent());
    }
    saying(HOSTILE).arg("-p").arg("你好").run().exits(0).stdout(&format!("{HOSTILE}\n")).stderr("");
}

#[test]
fn english_where_the_system_is_english() {
    let mut pty = saying("Fine.").english().pty(60, 240);
    pty.ready();
    assert!(pty.screen().starts_with("liao · script · template llama2 · context 4096\n/help lists commands"));
    assert_eq!(pty.turn("How are you?"), "Fine.");
    assert!(pty.turn("/stats").contains("tokens/s"));
    assert!(pty.turn("/hlep").contains("did you mean /help?"));
    assert!(pty.turn("/context").contains("exchanges: 1"));
    let others = ["/undo", "/retry", "/system", "/set", "/new", "/help"].map(|command| pty.turn(command));
    for line in others.iter().flat_map(|told| told.lines()).filter(|line| !line.starts_with('/')) {
        assert!(!line.contains(|c: char| matches!(c, '一'..='龥' | '，' | '（')), "{line}");
    }
}

#[test]
fn narrow_terminals_and_one_that_changes_its_size() {
    let answer = "人工智能正在改变我们的生活方式，从手机到汽车。";
    for n_columns in [20, 40, 80] {
        let mut steps: Vec<_> = answer.chars().map(|c| json!({"say": c.to_string()})).collect();
        steps.insert(answer.chars().count() / 2, json!({"wait_ms": 1500}));
        let script = json!({"n_ctx": 4096, "read_ms_per_token": 8, "replies": [steps]});
        let mut pty = scripted(&script).pty(40, n_columns);
        let question = "请用一句话说说人工智能对生活的影响，不要太长";
        pty.ready().line(question);
        // The last character waits for the next one, which may have to stand beside it.
        let half: String = answer.chars().take(answer.chars().count() / 2 - 1).collect();
        let shown = |screen: &str| screen.replace('\n', "");
        pty.wait_until("half of the answer", |screen| shown(screen).contains(&half));
        pty.resize(40, n_columns + 10);
        pty.wait_until("all of it", |screen| shown(screen).contains(answer)).ready();
        let screen = shown(&pty.screen());
        assert!(screen.contains(question) && !screen.contains("正在读取"), "{}", pty.screen());
        assert_eq!(pty.screen().matches("人工智能正").count(), 1, "{}", pty.screen());
        // The line editor has seen the new size too.
        pty.text("还在吗").wait_for("> 还在吗");
    }
}
