//! How an answer is set on a terminal, what else is told of it there, and the clipboard.

use super::{saying, scripted};
use crate::support::Liao;
use crate::support::answers::says;
use crate::support::pty::{Key, Pty};
use crate::support::sessions::Said;
use serde_json::json;
use unicode_width::UnicodeWidthStr;

/// 汉字 one after another, as Unicode has them, so that each is there once.
fn characters(n: u32) -> String {
    (0..n).filter_map(|i| char::from_u32(0x4e00 + i)).collect()
}

/// The sequences for colour and weight among these bytes.
fn styles(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw).into_owned();
    let sequences = text.split("\x1b[").skip(1).filter_map(|rest| rest.split_once('m'));
    sequences
        .filter(|(inside, _)| inside.chars().all(|c| c.is_ascii_digit() || c == ';'))
        .map(|(inside, _)| inside.to_owned())
        .collect()
}

/// What was written of an answer that begins and ends with these characters, line by line.
fn written(pty: &Pty, first: char, last: char) -> Vec<String> {
    let raw = String::from_utf8(pty.raw()).expect("UTF-8");
    let from = raw.find(first).expect("its first character");
    let to = raw.rfind(last).expect("its last character") + last.len_utf8();
    raw[from..to].split("\r\n").map(str::to_owned).collect()
}

#[test]
fn lines_are_broken_as_chinese_is() {
    let answer = "《红楼梦》是“四大名著”之一，作者曹雪芹（约 1715–1763）。它写了贾、史、王、薛四大家族的兴衰……";
    for n_columns in [20, 40, 80] {
        let mut pty = scripted(&says(&[answer])).pty(60, n_columns);
        let told = pty.turn("问");
        for line in told.lines() {
            assert!(line.width() <= usize::from(n_columns), "{told}");
            assert!(!line.starts_with(|c| "，。、”）》：…".contains(c)), "{told}");
            assert!(!line.ends_with(['（', '“', '《']), "{told}");
        }
        assert_eq!(told.replace(['\n', ' '], ""), answer.replace(' ', ""));
        if n_columns == 20 {
            let lines: Vec<&str> = told.lines().take(3).collect();
            assert_eq!(lines, ["《红楼梦》是“四大名", "著”之一，作者曹雪芹", "（约 1715–1763）。它"]);
        }
    }
    // One that asks once, or on a pipe, at a terminal sees the same.
    let mut pty = scripted(&says(&[answer])).args(["-p", "问"]).borrowed_pty(60, 20);
    pty.wait_for("《红楼梦》是“四大名\n著”之一，作者曹雪芹\n（约 1715–1763）。它\n");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn the_terminal_may_change_its_size_in_mid_answer() {
    for (before, after, widths) in [(60, 30, [60, 38, 30, 30, 22]), (30, 60, [30, 30, 30, 60, 30])] {
        let answer = characters(90);
        let (first, second) = answer.split_at(characters(50).len());
        let steps = json!([{"say": first}, {"wait_ms": 2000}, {"say": second}]);
        let mut pty = scripted(&json!({"n_ctx": 4096, "replies": [steps]})).pty(60, before);
        let shown = |screen: &str| screen.replace('\n', "");
        pty.ready().line("问").wait_until("the first half", |screen| shown(screen).contains(&characters(49)));
        pty.resize(60, after);
        let last = answer.chars().next_back().expect("it has characters");
        pty.wait_until("the end", |screen| screen.contains(last)).ready();
        let lines = written(&pty, '一', last);
        assert_eq!(lines.iter().map(|line| line.width()).collect::<Vec<_>>(), widths, "{lines:?}");
        assert_eq!(lines.concat(), answer);
    }
}

#[test]
fn markdown_is_obeyed_on_a_terminal_alone() {
    let answer = "# 标题\n\n**粗体**和`代码`，\n\n- 一\n- 二  \n\n```python\nx = 1  # 注\n```\n完。";
    let mut pty = scripted(&says(&[answer])).pty(60, 80);
    let told = pty.turn("问");
    assert_eq!(told, "标题\n\n粗体和代码，\n\n• 一\n• 二\n\n```python\nx = 1  # 注\n```\n完。");
    assert!(styles(&pty.raw()).contains(&"1".to_owned()), "bold");
    let lines = written(&pty, '标', '完');
    assert!(lines.iter().all(|line| !line.ends_with([' ', '\t'])), "{lines:?}");

    pty.turn("/set markdown off");
    assert!(pty.turn("/set markdown").contains("markdown = off"));
    let told = pty.turn("再问");
    assert!(told.starts_with("# 标题\n\n**粗体**和`代码`，\n\n- 一\n- 二\n"), "{told}");
    pty.turn("/set markdown on");
    assert!(pty.turn("又问").starts_with("标题\n"));
    let mut pty = scripted(&says(&[answer])).env("LIAO_MARKDOWN", "off").pty(60, 80);
    assert!(pty.turn("问").starts_with("# 标题\n"));

    for color in ["auto", "always"] {
        let liao = scripted(&says(&[answer])).env("TERM", "xterm-256color").args(["--color", color]);
        liao.args(["-p", "问"]).run().exits(0).stdout(&format!("{answer}\n")).has_no_escapes();
        let turns = scripted(&says(&[answer])).args(["--color", color, "--turns"]).stdin("问\n");
        turns.run().exits(0).stdout(&format!("{answer}\n")).has_no_escapes();
    }
}

#[test]
fn a_table_stands_in_columns_whatever_its_characters() {
    let answer =
        "| 名字 | 大小 | 说明 |\n|:--|--:|---|\n| demo | 12 | 小 |\n| 我的模型 | 7900 | “大” 👨‍👩‍👧 |\n| e | 1 |  |\n完";
    let mut pty = scripted(&says(&[answer])).pty(60, 60);
    let told = pty.turn("问");
    let columns = |line: &str| {
        let joints = line.match_indices(['│', '┼']);
        joints.map(|(i, _)| line[..i].width()).collect::<Vec<_>>()
    };
    assert_eq!(told.lines().count(), 6, "{told}");
    for line in told.lines().take(5) {
        assert_eq!(columns(line), [9, 16], "{told}");
    }
    assert!(told.starts_with("名字     │ 大小 │ 说明\n─────────┼──────┼─"), "{told}");
    let lines = written(&pty, '名', '完');
    assert!(lines.iter().all(|line| !line.ends_with(' ')), "{lines:?}");
}

#[test]
fn an_answer_shown_again_looks_as_it_did() {
    let answer = "# 标题\n\n| 名 | 数 |\n|---|---|\n| 甲 | **1** |\n| 乙乙 | 22 |\n完。";
    let mut pty = scripted(&says(&[answer, "另一个"])).pty(100, 80);
    let first = pty.turn("问");
    assert!(first.starts_with("标题\n") && first.contains("甲   │ 1\n"), "{first}");
    assert!(pty.turn("/retry").starts_with("另一个\n"));
    assert_eq!(pty.turn("/retry 1"), format!("换回了第 1 个回答：\n{first}"));
    pty.turn("/retry 2");
    pty.turn("/set markdown off");
    assert!(pty.turn("/retry 1").starts_with("换回了第 1 个回答：\n# 标题\n"));

    let liao = saying("好").args(["-r", "1nb0001"]);
    let long = "**西安**是十三朝古都，有兵马俑、大雁塔、城墙和回民街，最少要玩三天。";
    Said { id: "1nb0001", exchanges: &[("去哪里", long)], ..Said::default() }.put(&liao);
    let mut pty = liao.pty(40, 20);
    pty.ready().wait_for("> 去哪里\n西安是十三朝古都，有\n兵马俑、大雁塔、城墙\n");
}

#[test]
fn what_the_program_itself_says_is_broken_as_answers_are() {
    for (is_english, n_columns) in [(false, 90), (false, 40), (true, 90), (true, 40)] {
        let liao = saying("好");
        let mut pty = if is_english { liao.english() } else { liao }.pty(200, n_columns);
        // A line that the terminal cuts is one line still, and too wide.
        let told = ["/help", "/set", "/set json-schema ./没有.json", "你好", "/stats"].map(|line| pty.turn(line));
        for line in told.iter().flat_map(|told| told.lines()) {
            assert!(line.width() <= usize::from(n_columns), "{line:?} in {told:#?}");
            assert!(!line.trim_start().starts_with(|c| "，。、；：！？）”…".contains(c)), "{line:?} in {told:#?}");
        }
        let is_row = |line: &str| line.starts_with(['/', ' ']);
        assert!(n_columns < 90 || told[0].lines().all(is_row), "the text hangs beside the commands\n{}", told[0]);
    }
}

#[test]
fn a_table_being_written_is_told_and_leaves_no_trace() {
    let steps = json!([
        {"say": "看：\n"}, {"say": "| 名 | 数 |\n"}, {"say": "|---|---|\n"}, {"say": "| 甲 | 1 |\n"}, {"wait_ms": 2000},
        {"say": "| 乙乙 | 22 |\n"}, {"say": "\n完。"},
    ]);
    let mut pty = scripted(&json!({"n_ctx": 4096, "replies": [steps]})).pty(60, 80);
    pty.ready().line("问").wait_for("看：\n").wait_for("正在写表格，已有 2 行");
    pty.wait_for("> 问\n看：\n名   │ 数\n─────┼───\n甲   │ 1\n乙乙 │ 22\n\n完。\n\n>");
    assert!(!pty.screen().contains("正在"), "{}", pty.screen());
}

#[test]
fn an_interrupted_answer_leaves_no_style_behind() {
    let steps = json!([{"say": "# 标题在这里"}, {"wait_ms": 600_000}]);
    let mut pty = scripted(&json!({"n_ctx": 4096, "replies": [steps]})).pty(40, 80);
    pty.ready().line("问").wait_for("标题在这").key(Key::Ctrl('c')).wait_for("标题在这里\n已停下").ready();
    let raw = String::from_utf8(pty.raw()).expect("UTF-8");
    let before = &raw[..raw.find("已停下").expect("just seen")];
    let styles = styles(before.as_bytes());
    assert!(styles.contains(&"1".to_owned()), "{styles:?}");
    assert_eq!(styles.last().map(String::as_str), Some("0"));
}

#[test]
fn colours_are_for_who_wants_them() {
    let answer = "**粗** `码`\n```c\n// 注\n```";
    let liao = || scripted(&says(&[answer]));
    for (liao, is_painted) in [
        (liao(), true),
        (liao().env("NO_COLOR", "1"), false),
        (liao().env("TERM", "dumb"), false),
        (liao().args(["--color", "never"]), false),
        (liao().env("NO_COLOR", "1").args(["--color", "always"]), true),
    ] {
        let mut pty = liao.args(["-p", "问"]).borrowed_pty(40, 80);
        let seen = if is_painted { "粗 码\n" } else { "**粗** `码`\n" };
        pty.wait_for(seen).wait_for("// 注\n```");
        assert_eq!(pty.exit_code(), 0);
        let styles = styles(&pty.raw());
        assert_eq!(!styles.is_empty(), is_painted, "{styles:?}");
        // Both weight and colour: crossterm leaves colours out by itself where NO_COLOR is set.
        assert_eq!(styles.iter().any(|style| style.starts_with("38;")), is_painted, "{styles:?}");
    }
}

#[test]
fn characters_of_ambiguous_width_take_what_was_said() {
    let answer = format!("{}……{}", characters(8), characters(4));
    let first_line = |width: &str, n_columns: u16| {
        let liao = scripted(&says(&[answer.as_str()])).env("LIAO_AMBIGUOUS_WIDTH", width);
        liao.pty(60, n_columns).turn("问").lines().next().map(str::to_owned)
    };
    let (seven, eight) = (characters(7), characters(8));
    assert_eq!(first_line("auto", 20), Some(format!("{eight}……一")));
    assert_eq!(first_line("narrow", 18), Some(format!("{eight}……")));
    assert_eq!(first_line("wide", 20), Some(format!("{eight}……")));
    assert_eq!(first_line("wide", 18), Some(seven));
}

#[test]
fn the_last_answer_goes_to_the_clipboard() {
    let mut pty = saying("你好\n").pty(40, 120);
    assert_eq!(pty.turn("/copy"), "还没有回答可复制");
    pty.turn("问");
    let told = pty.turn("/复制");
    assert!(told.contains("2 字") && told.contains("剪贴板"), "{told}");
    assert_eq!((pty.n_sent(b"\x1b]52;c;5L2g5aW9\x07"), pty.n_sent(b"\x1b]52")), (1, 1));

    let mut pty = saying("你好").env("TMUX", "/tmp/tmux-0/default,1,0").pty(40, 120);
    pty.turn("问");
    assert!(pty.turn("/copy").contains("set-clipboard"));
    let sequence = b"\x1b]52;c;5L2g5aW9\x07\x1bPtmux;\x1b\x1b]52;c;5L2g5aW9\x07\x1b\\";
    assert_eq!(pty.n_sent(sequence), 1);
    // What the model wrote may not act when it is pasted.
    let mut pty = saying("\x1b[201~").pty(40, 120);
    pty.turn("问");
    pty.turn("/copy");
    assert_eq!(pty.n_sent(b"\x1b]52;c;XltbMjAxfg==\x07"), 1);
}

#[test]
fn what_cannot_be_copied_is_told() {
    let mut pty = saying(&"好".repeat(25_000)).pty(40, 120);
    pty.ready().line("问").ready();
    pty.line("/copy").wait_for("太长了，没有复制：回答有 75000 字节");
    assert_eq!(pty.n_sent(b"\x1b]52"), 0);
    let mut pty = saying("好").env("TERM", "dumb").pty(40, 120);
    pty.wait_for(">").line("问").wait_for("好").line("/copy").wait_for("没有复制：输出不是终端");
    assert_eq!(pty.n_sent(b"\x1b"), 0);
    let ran = Liao::new().script(&says(&["好"])).arg("--turns").stdin("问\n/copy\n").run();
    ran.exits(0).stdout("好\n").stderr_is_one_line_with(&["没有复制", "终端"]).has_no_escapes();
}

#[test]
fn a_context_that_fills_up_is_told_once_with_what_will_go() {
    let replies = json!([[{"say": characters(170)}], [{"say": "好"}], [{"say": "好"}]]);
    let mut pty = scripted(&json!({"n_ctx": 256, "replies": replies})).pty(100, 160);
    assert!(!pty.turn("红楼梦是谁写的").contains("上下文已用"));
    let context = pty.turn("/context");
    assert!(context.contains("对话 1 轮") && context.contains("按本次对话每词元 1.00 字"), "{context}");
    let told = pty.turn("再说");
    let (answer, notice) = told.split_once('\n').expect("an answer and a notice");
    assert_eq!(answer, "好");
    assert!(notice.starts_with("上下文已用 8") && notice.contains("个汉字"), "{notice}");
    assert!(notice.contains("先去掉第 1 轮问答（“红楼梦是谁写的”）"), "{notice}");
    let told = pty.turn("又说");
    assert!(told.contains("去掉") && !told.contains("上下文已用"), "{told}");
}

#[test]
fn stats_tell_the_room_left() {
    let mut pty = saying("好").pty(40, 160);
    pty.turn("问");
    let left = super::number_after(&pty.turn("/stats"), "剩余");
    assert!(left < 4096 && left > 4000, "{left}");
}
