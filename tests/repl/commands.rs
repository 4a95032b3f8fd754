//! Slash commands as typed and answered on a terminal.

use super::{number_after, saying, scripted, tiny};
use liao::repl::command::ROWS;
use serde_json::json;

#[test]
fn every_command_is_in_the_help() {
    for is_english in [false, true] {
        let liao = saying("好");
        let mut pty = if is_english { liao.english() } else { liao }.pty(60, 240);
        let help = pty.turn("/help");
        assert_eq!(help.lines().count(), ROWS.len(), "{help}");
        for (row, line) in ROWS.iter().zip(help.lines()) {
            let (usage, rest) = line.split_once("  ").expect("a gap");
            assert_eq!(usage.split(' ').next(), Some(format!("/{}", row.names[0]).as_str()), "{line}");
            for alias in &row.names[1..] {
                assert!(rest.contains(&format!("/{alias}")), "{line}");
            }
            let words = rest.trim().split(['（', '(']).next().expect("the help itself");
            assert!(words.len() > 5 && words.is_ascii() == is_english, "{line}");
            let one = pty.turn(&format!("/help {}", row.names[0]));
            let is_listed = row.names[0] == "set";
            assert!((one.lines().count() == 1) != is_listed && one.contains(words.trim()), "{one}");
        }
    }
}

#[test]
fn commands_as_an_input_method_writes_them() {
    let mut pty = saying("好").pty(100, 80);
    assert!(pty.turn("／帮助").contains("/quit"));
    assert_eq!(pty.turn("你好"), "好");
    assert_eq!(pty.turn("、撤销"), "撤销了 1 轮问答（“你好”），还剩 0 轮");
    assert_eq!(pty.turn("\u{3000}／系统\u{3000}你是诗人\u{3000}"), "已设定，从下一个问题起生效");
    assert_eq!(pty.turn("/系统"), "你是诗人");
    assert_eq!(pty.turn("/system \"\""), "不再有系统提示");
    assert_eq!(pty.turn("、system"), "没有系统提示");
    assert_eq!(pty.turn("/SET\u{3000}temp\u{3000}0.5"), "temp = 0.5（默认 0.6；0 到 5 之间的数）");
    pty.ready().line("／退出");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn what_is_no_command_is_never_sent() {
    let mut pty = saying("好").pty(100, 80);
    let told = pty.turn("/hlep me");
    assert!(told.contains("没有 /hlep") && told.contains("/help"), "{told}");
    assert!(pty.turn("/undo x").contains("/undo [N]"));
    assert!(pty.turn("/etc/passwd 是什么").contains("没有"));
    assert_eq!(pty.turn("/stats"), "还没有回答过", "nothing was sent");
    assert_eq!(pty.turn("//etc"), "好");
    let with_slash = number_after(&pty.turn("/context"), "对话 1 轮");
    pty.turn("/new");
    pty.turn("四个字符");
    assert_eq!(number_after(&pty.turn("/context"), "对话 1 轮"), with_slash, "one slash of the two was sent");
}

#[test]
fn settings_are_shown_changed_and_checked() {
    let mut pty = saying("好").pty(100, 80);
    let all = pty.turn("/set");
    for line in [
        "temp           = 0.6     温度 0–5，0 为每次取最可能的（默认 0.6）",
        "overflow       = shift   放不下时：shift 丢最早的问答，stop 停下",
        "stop           = 无      写到这段文字就停；可给多次",
        "pin            = 无      /set pin N 固定第 N 轮，/set unpin N 放开",
    ] {
        assert!(all.lines().any(|shown| shown == line), "no {line} in\n{all}");
    }
    assert!(pty.turn("/help set").contains(&all), "whoever asks what it is sees what there is");
    assert_eq!(pty.turn("/set stop"), "stop = 无（默认 无；文字，\"\" 为不要）\n  写到这段文字就停；可给多次");
    assert!(pty.turn("/set temp 0").contains("temp = 0（"));
    assert_eq!(pty.turn("／设置\u{3000}温度"), "temp = 0（默认 0.6；0 到 5 之间的数）\n  温度 0–5，0 为每次取最可能的");
    for wrong in ["/set temp NaN", "/set temp inf", "/set temp -1", "/set temp 热"] {
        let told = pty.turn(wrong);
        assert!(told.starts_with("错误：") && told.contains("temp") && told.contains("0 到 5"), "{told}");
    }
    let told = pty.turn("/set tmep 1");
    assert!(told.contains("tmep") && told.contains("temp"), "{told}");
    assert!(pty.turn("/set temp").contains("temp = 0（"), "what was wrong changed nothing");
    assert_eq!(pty.turn("你好"), "好");
}

#[test]
fn the_same_answer_at_temp_0_is_explained() {
    let replies = ["一", "一", "一", "二"].map(|say| json!([{"say": say}]));
    let mut pty = scripted(&json!({"n_ctx": 4096, "replies": replies})).pty(100, 80);
    pty.turn("甲");
    assert!(!pty.turn("/retry").contains("温度"), "it was by chance");
    pty.turn("/set temp 0");
    let told = pty.turn("/retry");
    assert!(told.contains("用 /retry 1 到 /retry 3 换回") && told.contains("/set temp 0.6"), "{told}");
    assert!(!pty.turn("/retry").contains("温度"), "it is another");
}

#[test]
fn exchanges_are_taken_back_and_asked_again() {
    let replies: Vec<_> = (1..=9).map(|n| json!([{"say": format!("答案{n}")}])).collect();
    let mut pty = scripted(&json!({"n_ctx": 4096, "replies": replies})).pty(100, 80);
    assert_eq!(pty.turn("/retry"), "还没有问过什么");
    assert_eq!(pty.turn("/undo"), "没有可撤销的问答");
    assert_eq!(pty.turn("甲"), "答案1");
    assert_eq!(pty.turn("乙"), "答案2");
    assert_eq!(pty.turn("丙"), "答案3");
    assert_eq!(pty.turn("/retry"), "答案4\n这是第 2 个回答；用 /retry 1 或 /retry 2 换回");
    assert!(pty.turn("/context").contains("对话 3 轮"));
    assert_eq!(pty.turn("/retry 2"), "现在就是第 2 个回答");
    assert_eq!(pty.turn("/retry 1"), "换回了第 1 个回答：\n答案3");
    let told = pty.turn("/retry 3");
    assert_eq!(told, "没有第 3 个回答，上一个问题有 2 个：\n* 1  答案3\n  2  答案4\n要重答第 3 个问题：/retry 问3");
    assert!(pty.turn("/context").contains("对话 3 轮"), "none of that took anything back");
    assert_eq!(pty.turn("/undo 2"), "撤销了 2 轮问答（从“乙”起），还剩 1 轮");
    assert_eq!(pty.turn("丁"), "答案5");
    assert_eq!(pty.turn("/retry 问3"), "只问过 2 个问题");
    assert!(pty.turn("/retry q1").starts_with("答案6\n这是第 2 个回答"));
    assert!(pty.turn("/context").contains("对话 1 轮"));
    pty.turn("/new");
    assert!(pty.turn("/context").contains("对话 0 轮"));
    assert_eq!(pty.turn("/stats"), "还没有回答过");
}

#[test]
fn a_retry_answers_otherwise_and_reads_nothing_again() {
    let mut pty = tiny(24).args(["--temp", "2", "--seed", "7"]).pty(100, 80);
    let first = pty.turn("hello");
    let second = pty.turn("/retry");
    assert_ne!(second.split("\n这是第 2 个回答").next(), Some(first.as_str()));
    let stats = pty.turn("/stats");
    assert!(number_after(&stats, "读") <= 1 && number_after(&stats, "缓存") > 5, "{stats}");
    pty.turn("you");
    pty.turn("/retry q1");
    let stats = pty.turn("/stats");
    assert!(number_after(&stats, "读") <= 1, "{stats}");
}

#[test]
fn turns_are_remembered() {
    let mut pty = tiny(16).pty(100, 80);
    pty.turn("hello");
    let first = pty.turn("/stats");
    // The last token of an answer that was cut for its length was never read, nor are those kept that begin a
    // character it did not get to finish.
    let n_first = number_after(&first, "读") + number_after(&first, "写") - 4;
    let n_one = number_after(&pty.turn("/context"), "对话 1 轮");
    pty.turn("you");
    assert!(number_after(&pty.turn("/context"), "对话 2 轮") > n_one + 8);
    let stats = pty.turn("/stats");
    assert!(number_after(&stats, "缓存") >= n_first, "the first turn did not have to be read again: {stats}");
}

#[test]
fn a_full_context_drops_the_oldest_or_says_what_to_type() {
    let question = "问".repeat(60);
    let script = json!({"n_ctx": 256, "replies": [[{"say": "好"}]]});
    let mut pty = scripted(&script).pty(100, 160);
    pty.turn(&question);
    pty.turn(&question);
    let third = pty.turn(&question);
    let is_told_first = third.starts_with("上下文放不下了，先去掉最早的 1 轮") && third.ends_with("\n好");
    assert!(is_told_first && third.contains("第 1 轮“问问"), "{third}");
    let context = pty.turn("/context");
    assert!(context.contains("对话 2 轮") && context.contains("最早的 1 轮已不在"), "{context}");

    let mut pty = scripted(&script).args(["--overflow", "stop"]).pty(100, 160);
    pty.turn(&question);
    pty.turn(&question);
    let third = pty.turn(&question);
    assert!(third.contains("放不下") && third.contains("/new") && third.contains("/set overflow shift"), "{third}");
    assert!(pty.turn("/context").contains("对话 2 轮"));
    pty.turn("/set overflow shift");
    assert!(pty.turn(&question).ends_with("\n好"));
}
