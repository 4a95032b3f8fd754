//! What was said is not lost: by a question that is asked in vain, an engine that dies, a disk that takes no more, a
//! name that cannot be had. And what was set goes where it was meant to go.

use crate::support::answers::says;
use crate::support::sessions::{self, files};
use crate::support::{Liao, Ran};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn script(replies: &Value) -> Liao {
    Liao::new().script(&json!({"n_ctx": 4096, "replies": replies}))
}

/// The events of the newest session that a run has left.
fn events(ran: &Ran) -> Vec<Value> {
    sessions::events(files(&ran.home().join("liao")).last().expect("a session"))
}

/// Has another program write into the one session, after which liao does not append to it any more.
fn disturb(liao_home: &Path) {
    let files = files(liao_home);
    assert_eq!(files.len(), 1, "{files:?}");
    let text = fs::read_to_string(&files[0]).expect("a session");
    fs::write(&files[0], text + "by hand\n").expect("written");
}

/// A conversation whose session cannot be written from the second of its lines on.
fn disturbed(lines: &str) -> Ran {
    let liao = Liao::new().script(&says(&["甲", "乙", "丙"])).arg("--turns").open_stdin();
    let home = liao.liao_home();
    let mut run = liao.start();
    run.write_stdin("一\n");
    run.wait_for_stdout("甲\n");
    disturb(&home);
    run.write_stdin(lines);
    run.finish()
}

#[test]
fn nothing_is_called_saved_that_is_not() {
    let ran = disturbed("二\n/save 旅行\n");
    let told = ran.exits(1).stderr_text();
    assert!(!told.contains("已存为"), "{told}");
    assert_eq!(told.matches("对话没有存上").count(), 2, "once when it happened, once when it was asked for: {told}");
    // Who leaves it behind is told.
    disturbed("二\n/new\n三\n").exits(0).stderr_has("没有存全");
    let ran = disturbed("/new\n三\n");
    assert!(!ran.exits(0).stderr_text().contains("没有存"), "all of it was: {}", ran.stderr_text());
}

#[cfg(unix)]
#[test]
fn who_leaves_is_not_told_to_come_back_to_what_is_not_there() {
    let liao = Liao::new().script(&says(&["甲", "乙"]));
    let home = liao.liao_home();
    let mut pty = liao.pty(40, 100);
    pty.wait_for("\n>").line("一").wait_for("甲\n\n>");
    disturb(&home);
    pty.line("二").wait_for("对话没有存上").wait_until("the prompt", |screen| screen.trim_end().ends_with("\n>"));
    pty.line("/quit").wait_for("没有存全");
    assert_eq!(pty.exit_code(), 0);
    assert!(!pty.screen().contains("以后接着聊"), "{}", pty.screen());
}

#[test]
fn a_name_that_cannot_be_had_saves_nothing() {
    let n_sessions = |ran: &Ran| files(&ran.home().join("liao")).len();
    let turns = |liao: Liao| liao.script(&says(&["甲"])).args(["--no-save", "--turns"]);
    let ran = turns(Liao::new()).stdin("一\n/save ../x\n").run();
    ran.exits(2).stderr_has("不能作会话的名字");
    assert_eq!(n_sessions(&ran), 0);
    let first = turns(Liao::new()).stdin("一\n/save 旅行\n").run();
    first.exits(0);
    let ran = turns(Liao::new().in_home_of(&first)).stdin("二\n/save 旅行\n").run();
    ran.exits(2).stderr_has("已经叫“旅行”");
    assert_eq!(n_sessions(&ran), 1);
}

#[test]
fn what_was_on_the_screen_when_the_engine_died_is_an_answer_that_was_cut() {
    let first = script(&json!([[{"say": "半"}, {"die": "x"}]])).arg("--turns").stdin("一\n").run();
    first.exits(70).stdout("半\n");
    let last = events(&first).pop().expect("events");
    assert_eq!((&last["event"], &last["text"]), (&json!("answer"), &json!("半")));
    assert_eq!((&last["finish"], last.get("written")), (&json!("interrupted"), None), "{last}");
    // It goes on like any other, and dies once more.
    let on = |steps: Value| {
        let liao = Liao::new().in_home_of(&first).script(&json!({"n_ctx": 4096, "replies": [steps]}));
        liao.args(["-r", "--turns"]).stdin("/continue\n").run()
    };
    for (steps, code, text, finish) in [
        (json!([{"say": "句"}, {"die": "x"}]), 70, "半句", "interrupted"),
        (json!([{"say": "话"}]), 0, "半句话", "stop"),
    ] {
        let ran = on(steps);
        ran.exits(code);
        let last = events(&ran).pop().expect("events");
        assert_eq!((&last["text"], &last["finish"]), (&json!(text), &json!(finish)));
        assert!(last["continues"].is_number(), "{last}");
    }
}

#[test]
fn a_death_before_the_first_word_leaves_the_question_open() {
    let first = script(&json!([[{"die": "x"}]])).arg("--turns").stdin("一\n").run();
    first.exits(70);
    assert_eq!(events(&first).pop().expect("events")["event"], "question");
    let liao = Liao::new().in_home_of(&first).script(&says(&["甲"])).args(["-r", "--no-save", "--turns"]);
    let ran = liao.stdin("/retry 1\n").run();
    ran.exits(0).stderr_has("上一个问题还没有回答：/retry").stderr_has("这次说的不存盘");
}

#[cfg(unix)]
mod in_vain {
    use super::*;
    use crate::support::pty::{Key, Pty};

    /// Two exchanges in a small context, and what is answered then; an editor makes the first question too long for it.
    fn two_said(then: Value) -> Pty {
        let replies = json!([[{"say": "甲"}], [{"say": "乙"}], then]);
        let liao = Liao::new().script(&json!({"n_ctx": 128, "replies": replies}));
        let mut pty = liao.env("EDITOR", format!("sed -i s/一/{}/", "长".repeat(120))).pty(100, 160);
        pty.wait_for("\n>").line("一").wait_for("甲\n\n>").line("二").wait_for("乙\n\n>");
        pty
    }

    /// Both exchanges are there, and the second one's answer stands.
    #[track_caller]
    fn is_as_it_was(pty: &mut Pty) {
        pty.line("/context").wait_for("对话 2 轮").line("/retry 9").wait_for("有 1 个：\n* 1  乙\n>");
    }

    #[test]
    fn a_question_that_does_not_fit_in_other_words_costs_nothing() {
        let mut pty = two_said(json!([]));
        pty.line("/edit 1").wait_for("放不下").wait_for("对话和改之前一样");
        assert!(!pty.screen().contains("不再算在内"), "{}", pty.screen());
        is_as_it_was(&mut pty);
        // Behind the two commands since, the words come back.
        pty.key(Key::Up).key(Key::Up).key(Key::Up);
        pty.wait_until("the question", |screen| screen.trim_end().ends_with('长'));
    }

    #[test]
    fn an_earlier_question_that_is_answered_by_nothing_costs_nothing() {
        let mut pty = two_said(json!([{"fail": "x"}]));
        pty.line("/retry q1").wait_for("推理失败");
        is_as_it_was(&mut pty);

        let mut pty = two_said(json!([{"wait_ms": 600_000}]));
        pty.line("/retry q1").wait_for("正在").key(Key::Ctrl('c')).wait_for("先前的回答还在");
        is_as_it_was(&mut pty);
        assert!(!pty.screen().contains("；/retry 再问一次") && !pty.screen().contains("这是第"), "{}", pty.screen());

        let mut pty = two_said(json!(["fill_context"]));
        pty.line("/retry").wait_for("上下文用完了，一个字也没有写完").wait_for("先前的回答还在");
        is_as_it_was(&mut pty);
        assert!(!pty.screen().contains("这是第"), "{}", pty.screen());
    }
}

#[test]
fn an_answer_that_cannot_go_on_is_not_called_complete() {
    let replies = json!([[{"say": "甲"}, {"say": "乙"}], ["fill_context"]]);
    let ran = script(&replies).args(["--turns", "-n", "1"]).stdin("一\n/continue\n").run();
    let told = ran.exits(0).stderr_has("先前的回答还在").stderr_text();
    assert!(!told.contains("写完了"), "{told}");
}

#[test]
fn what_was_switched_off_stays_off_in_the_next_conversation_of_the_same_run() {
    let liao = Liao::new().script(&says(&["甲"])).args(["--turns", "--stop", "完"]);
    let ran = liao.stdin("/set stop \"\"\n/new\n一\n").run();
    ran.exits(0);
    let set = events(&ran).into_iter().find(|event| event["event"] == "set").expect("it was set");
    assert_eq!((&set["key"], &set["value"]), (&json!("stop"), &json!("")));
}

#[test]
fn a_path_that_was_set_means_the_same_wherever_it_goes_on() {
    for typed in ["a.gbnf", "./a.gbnf", "~/a.gbnf"] {
        let liao = Liao::new().script(&says(&["甲"])).arg("--turns");
        let file = liao.file("a.gbnf", "root ::= \"x\"");
        let ran = liao.stdin(format!("/set grammar {typed}\n一\n/set grammar off\n")).run();
        ran.exits(0);
        let events = events(&ran);
        let values: Vec<&str> =
            events.iter().filter(|event| event["event"] == "set").filter_map(|event| event["value"].as_str()).collect();
        assert_eq!(values.len(), 2, "{values:?}");
        let path = Path::new(values[0]);
        assert!(path.is_absolute() && values[1] == "off", "{values:?}");
        assert_eq!(path.canonicalize().expect("there"), file.canonicalize().expect("there"), "{typed}");
    }
}

#[test]
fn who_saves_nothing_is_told_of_damage_too() {
    let first = Liao::new().script(&says(&["甲"])).arg("--turns").stdin("一\n").run();
    first.exits(0);
    disturb(&first.home().join("liao"));
    let liao = Liao::new().in_home_of(&first).script(&says(&["乙"]));
    liao.args(["-r", "--no-save", "-p", "二"]).run().exits(0).stderr_has("1 行读不懂");
}

#[cfg(unix)]
#[test]
fn a_question_with_a_file_is_shown_by_its_words() {
    let with_file = |liao: Liao| {
        liao.file("报告.txt", "第一行\n第二行\n");
        liao.script(&says(&["甲", "乙"])).args(["--turns", "-f", "报告.txt"])
    };
    let liao = with_file(Liao::new()).env("EDITOR", "sed -i s/总结/概括/");
    let first = liao.stdin("总结一下\n/set pin 1\n/edit\n").run();
    first.exits(0).stderr_has("第 1 轮“总结一下”固定了").stderr_has("> 文件 报告.txt 的内容：\n概括一下\n");
    assert!(!first.stderr_text().contains("第二行"), "{}", first.stderr_text());
    let mut pty = Liao::new().in_home_of(&first).script(&says(&["丙"])).arg("-r").pty(40, 100);
    pty.wait_for("\n> 概括一下\n乙\n\n>");
    assert!(!pty.screen().contains("第二行"), "{}", pty.screen());
}

#[test]
fn who_left_the_context_is_told_once() {
    let liao = Liao::new().script(&json!({"n_ctx": 256, "replies": [[{"say": "答"}]]}));
    let question = "问".repeat(120);
    let lines = format!("{question}\n{question}\n/undo\n{question}\n");
    let ran = liao.args(["--turns", "-n", "20"]).stdin(lines).run();
    assert_eq!(ran.exits(0).stdout_text().lines().count(), 3);
    assert_eq!(ran.stderr_text().matches("先去掉最早").count(), 1, "{}", ran.stderr_text());
}
