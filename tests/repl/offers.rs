//! What the prompt offers: Tab, grey hints, the search in the history, colours.

use super::{saying, scripted};
use crate::support::Liao;
use crate::support::pty::Key;
use serde_json::json;

/// A home with a session and files in it.
fn furnished() -> Liao {
    let liao = saying("好");
    liao.file(
        "liao/data/sessions/0aaaaaa.jsonl",
        "{\"event\":\"session\",\"v\":1,\"id\":\"0aaaaaa\",\"created\":\"2026-11-23T14:03:35Z\"}\n\
         {\"event\":\"question\",\"n\":1,\"after\":0,\"text\":\"去云南怎么走\",\"at\":\"2026-11-23T14:03:41Z\"}\n",
    );
    liao.file("论文 初稿.md", "好");
    liao.file("资料/图.txt", "好");
    liao.file("liao/data/models/我的模型/我的模型.gguf", "none");
    liao
}

#[test]
fn tab_completes_each_kind() {
    let mut pty = furnished().pty(40, 80);
    let row = pty.prompt_row();
    for (typed, completed, column) in [
        ("/und", "> /undo", 8),
        ("/UND", "> /undo", 8),
        ("／und", "> ／undo", 9),
        ("、撤", "> 、撤销", 9),
        ("/qu", "> /quit", 7),
        ("/help und", "> /help undo", 13),
        ("/set ove", "> /set overflow", 16),
        ("/set overflow sto", "> /set overflow stop", 20),
        ("/设置 seed ", "> /设置 seed random", 19),
        ("/set temp ", "> /set temp 0.6", 15),
        ("/model dem", "> /model demo", 13),
        ("/set grammar 论", "> /set grammar 论文 初稿.md", 27),
        ("/set unp", "> /set unpin", 13),
        ("/model 我", "> /model 我的模型", 17),
        ("/model ./liao/data/models/我", "> /model ./liao/data/models/我的模型/", 37),
        ("/load 0aa", "> /load 0aaaaaa", 15),
        ("/load 云南", "> /load 0aaaaaa", 15),
        ("/export 论", "> /export 论文 初稿.md", 22),
        ("/file 论", "> /file \"论文 初稿.md\"", 22),
        ("/file 资", "> /file 资料/", 13),
        ("/file a 资料/", "> /file a 资料/图.txt", 21),
    ] {
        pty.text(typed).key(Key::Tab).wait_for(completed).wait_for_cursor(row, column);
        pty.key(Key::Ctrl('c')).ready().wait_for_cursor(row, 2);
    }
    // What is for the model is not completed.
    pty.text("我说/und").key(Key::Tab).text("o").wait_for("> 我说/undo").wait_for_cursor(row, 11);
}

#[test]
fn tab_lists_what_it_cannot_decide_and_says_what_it_is() {
    let mut pty = furnished().pty(60, 80);
    pty.ready().text("/s").key(Key::Tab);
    pty.wait_until("the list and the line again", |screen| {
        let is_listed = |name: &str| screen.lines().any(|line| line.starts_with(&format!("{name} ")));
        is_listed("set") && is_listed("system") && is_listed("stats") && screen.matches("> /s").count() == 2
    });
    // A second one has nothing to add, and is answered before what is typed next.
    pty.key(Key::Tab).text("ys").wait_for("> /sys");
    assert_eq!(pty.screen().lines().filter(|line| line.starts_with("stats ")).count(), 1, "{}", pty.screen());
    pty.key(Key::Tab).wait_for("> /system").key(Key::Ctrl('c')).ready();
    // As an input method begins, so it goes on.
    pty.text("、").key(Key::Tab).wait_until("the list", |screen| {
        screen.lines().any(|line| line.starts_with("撤销 ")) && screen.trim_end().ends_with("\n> 、")
    });
}

#[test]
fn a_line_typed_before_is_hinted_and_taken() {
    let mut pty = saying("好").pty(40, 80);
    let question = "今天天气怎么样";
    pty.turn(question);
    for key in [Key::Right, Key::Ctrl('e'), Key::Ctrl('f')] {
        let row = pty.prompt_row();
        pty.text("今天");
        pty.wait_until("the hint", |screen| screen.trim_end().ends_with(&format!("\n> {question}")));
        pty.wait_for_cursor(row, 6).key(key).wait_for_cursor(row, 16);
        pty.key(Key::Enter).wait_for_cursor(row + 3, 2);
    }
    // Untaken, it leaves nothing behind.
    let row = pty.prompt_row();
    pty.text("今天").wait_for_cursor(row, 6);
    pty.wait_until("the hint", |screen| screen.trim_end().ends_with(question));
    pty.key(Key::Enter).wait_for("\n> 今天\n好\n\n>");
}

#[test]
fn a_command_hints_at_what_it_takes_and_a_setting_at_what_it_is() {
    let mut pty = saying("好").pty(40, 80);
    let row = pty.prompt_row();
    for (typed, shown) in [
        ("/undo", "> /undo [N]"),
        ("/撤销 ", "> /撤销 [N]"),
        ("/conte", "> /context"),
        ("/set temp", "> /set temp （现为 0.6；0 到 5 之间的数）"),
    ] {
        pty.text(typed).wait_for(shown).key(Key::Ctrl('c')).ready().wait_for_cursor(row, 2);
    }
    assert_eq!(pty.turn("/set temp 0.5"), "temp = 0.5（默认 0.6；0 到 5 之间的数）");
    pty.text("/set temp").wait_for("（现为 0.5；");
}

#[test]
fn without_colour_there_is_neither_hint_nor_colour() {
    for (liao, is_painted) in [
        (saying("好"), true),
        (saying("好").env("NO_COLOR", "1"), false),
        (saying("好").args(["--color", "never"]), false),
    ] {
        let mut pty = liao.pty(40, 80);
        pty.turn("/help undo");
        let row = pty.prompt_row();
        pty.text("/help und").wait_for_cursor(row, 11);
        pty.text("x").wait_for_cursor(row, 12);
        for paint in ["\u{1b}[38;5;", "\u{1b}[2m"] {
            assert_eq!(pty.has_sent(paint), is_painted, "{paint:?} in {}", pty.sent());
        }
    }
}

#[test]
fn the_history_is_searched_in_chinese_and_in_english() {
    for (is_english, search, nothing) in [
        (false, "（在历史中往回找）`", "（历史里没有这样的内容） `"),
        (true, "(search backwards)`", "(no such line in history)`"),
    ] {
        let liao = saying("好");
        let mut pty = if is_english { liao.english() } else { liao }.pty(40, 80);
        for line in ["讲个笑话", "写一首诗", "再见"] {
            pty.turn(line);
        }
        pty.ready().key(Key::Ctrl('r')).wait_for(search).text("笑").wait_for(&format!("{search}笑': 讲个笑话"));
        pty.text("x").wait_for(&format!("{nothing}笑x': 讲个笑话")).key(Key::Escape).ready();
        pty.key(Key::Ctrl('r')).text("笑").wait_for(&format!("{search}笑': 讲个笑话")).key(Key::Enter);
        pty.wait_until("it asked again", |screen| screen.matches("> 讲个笑话\n好\n").count() == 2);
        assert!(!pty.screen().contains("reverse-i-search"), "{}", pty.screen());
    }
}

#[test]
fn a_long_history_is_no_burden() {
    let liao = scripted(&json!({"n_ctx": 4096, "replies": [[{"say": "好"}]]}));
    let lines: String = (0..10_000).map(|i| format!("第 {i} 个问题：从前有座山，山里有座庙\n")).collect();
    liao.file("liao/data/history", format!("#V2\n{lines}"));
    let mut pty = liao.pty(40, 80);
    let row = pty.prompt_row();
    pty.key(Key::Up).wait_for("> 第 9999 个问题").key(Key::Ctrl('c')).ready();
    pty.key(Key::Ctrl('r')).text("第 3 个").wait_for("': 第 3 个问题").key(Key::Ctrl('a')).wait_for("> 第 3 个问题");
    pty.key(Key::Ctrl('c')).ready().wait_for_cursor(row, 2);
    pty.text("第 999").wait_for("> 第 9999 个问题：从前有座山").wait_for_cursor(row, 8);
}
