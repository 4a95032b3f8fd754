//! What is done to a conversation between two answers: going on with a cut one, going back to an earlier one, other
//! questions, exchanges that stay. Each is held against the conversation that it should be the same as.

use crate::support::answers::{Answered, says};
use crate::support::gguf::TinyGguf;
use crate::support::sessions::{events, files};
use crate::support::{Liao, Ran};
use serde_json::{Value, json};

/// A conversation of these lines, each answer as long as its characters.
fn talk(replies: &[&str], lines: &str, words: &[&str]) -> Ran {
    let liao = Liao::new().script(&says(replies)).args(["--turns", "--json"]).args(words.to_vec());
    let ran = liao.stdin(lines).run();
    ran.exits(0);
    ran
}

fn prompts(replies: &[&str], lines: &str) -> Vec<u64> {
    talk(replies, lines, &[]).answers().iter().map(|answer| answer.prompt_tokens).collect()
}

/// The events of the one session that a run has left.
fn session(ran: &Ran) -> Vec<Value> {
    let files = files(&ran.home().join("liao"));
    assert_eq!(files.len(), 1, "{files:?}");
    events(&files[0])
}

fn demo(lines: &str, words: &[&str]) -> Ran {
    let liao = Liao::new().env("LIAO_THREADS", "1").args(["-m", "demo", "--temp", "0", "--turns", "--json"]);
    let ran = liao.args(words.to_vec()).stdin(lines).run();
    ran.exits(0);
    ran
}

#[test]
fn an_answer_that_was_cut_goes_on_to_be_the_whole_one() {
    const ASK: &str = "背一下《静夜思》。\n";
    let whole = demo(&format!("{ASK}你好\n"), &[]).answers();
    let n_whole = whole[0].completion_tokens;
    assert!(n_whole > 8, "{whole:?}");
    // Few enough tokens may be no character yet, and so no answer.
    for n in [4, n_whole / 2, n_whole - 1] {
        let lines = format!("{ASK}/set max-tokens 2048\n/continue\n你好\n");
        let ran = demo(&lines, &["-n", &n.to_string()]);
        let all = ran.answers();
        let [cut, rest, after] = &all[..] else { panic!("{all:?}") };
        assert_eq!((cut.finish_reason.as_str(), rest.finish_reason.as_str()), ("length", "stop"));
        assert_eq!(format!("{}{}", cut.text, rest.text), whole[0].text, "{n}");
        assert_eq!(rest.cached_tokens, rest.prompt_tokens - 1, "nothing was read again, {n}");
        // What comes after it finds the same conversation, token for token.
        assert_eq!((&after.text, after.prompt_tokens), (&whole[1].text, whole[1].prompt_tokens), "{n}");
        let events = session(&ran);
        let answers: Vec<&Value> = events.iter().filter(|event| event["event"] == "answer").collect();
        assert_eq!((&answers[1]["text"], &answers[1]["continues"]), (&json!(whole[0].text), &json!(2)));
    }
}

#[test]
fn a_penalty_sees_all_of_a_cut_answer() {
    let tiny = |lines: &str, n: &str| {
        let liao = Liao::new().tiny(&TinyGguf::llama()).args(["--turns", "--json", "--temp", "0", "-n", n]);
        let ran = liao.args(["--repeat-penalty", "1.5"]).stdin(lines).run();
        ran.exits(0);
        ran
    };
    let whole = tiny("hello\n", "40").answers().remove(0);
    let ran = tiny("hello\n/set max-tokens 60\n/continue\n", "15");
    let text: String = ran.answers().into_iter().map(|answer| answer.text).collect();
    assert!(text.starts_with(&whole.text), "{text:?} does not begin with {whole:?}");
}

#[cfg(unix)]
#[test]
fn an_answer_that_was_stopped_goes_on_too() {
    use crate::support::pty::Key;
    let home = tempfile::tempdir().expect("a temporary directory");
    let liao = || Liao::new().tiny(&TinyGguf::llama().context(65536)).env("LIAO_HOME", home.path());
    let mut pty = liao().args(["--temp", "0", "-n", "60000", "-c", "65536", "--guard", "off"]).pty(100, 80);
    pty.wait_until("the prompt", |screen| screen.trim_end().ends_with("\n>")).line("hello");
    pty.wait_until("an answer", |screen| screen.len() > 500).key(Key::Ctrl('c'));
    pty.wait_for("已停下，写出的部分保留；/continue 接着写").line("/set max-tokens 9");
    pty.wait_for("max-tokens = 9").line("/continue").wait_for("到了长度上限").line("/quit");
    assert_eq!(pty.exit_code(), 0);
    let last = events(&files(home.path())[0]).pop().expect("events");
    assert_eq!((&last["finish"], &last["continues"]), (&json!("length"), &json!(2)));
    let n_tokens = last["written"]["ids"].as_array().expect("tokens").len() + 5;
    let whole = liao()
        .args(["--temp", "0", "-c", "65536", "--guard", "off", "-p", "hello", "-q", "-n", &n_tokens.to_string()])
        .run();
    let answer = last["text"].as_str().expect("an answer");
    assert!(whole.exits(0).stdout_text().starts_with(answer), "{answer}");
}

#[test]
fn what_is_not_cut_is_not_gone_on_with() {
    let ran = talk(&["甲"], "/continue\n一\n/continue\n", &[]);
    assert_eq!(ran.answers().len(), 1);
    ran.stderr_has("还没有问过什么").stderr_has("已经写完了");
    // What was gone on with is one answer, from which it can go on again.
    let ran = talk(&["甲乙丙", "丁戊己", "庚"], "一\n/continue\n/continue\n/continue\n", &["-n", "2"]);
    let texts: Vec<String> = ran.answers().into_iter().map(|answer| answer.text).collect();
    assert_eq!(texts, ["甲乙", "丁戊", "庚"]);
    let last = session(&ran).pop().expect("events");
    assert_eq!((&last["text"], &last["finish"]), (&json!("甲乙丁戊庚"), &json!("stop")));
    ran.stderr_has("已经写完了");
}

#[test]
fn an_earlier_answer_stands_again() {
    let replies = ["甲", "乙乙乙", "丙"];
    let straight = prompts(&replies, "一\n二\n");
    let two = prompts(&replies, "一\n/retry\n二\n");
    assert_eq!(two[2], straight[1] + 2, "the second answer is two longer");
    assert_eq!(prompts(&replies, "一\n/retry\n/retry 1\n二\n")[2], straight[1]);
    assert_eq!(prompts(&replies, "一\n/retry\n/retry 1\n/retry 2\n二\n")[2], two[2]);
    // Another answer after that does not forget any.
    let ran = talk(&replies, "一\n/retry\n/retry 1\n/retry\n/retry 9\n", &[]);
    for line in ["上一个问题有 3 个", "  1  甲", "  2  乙乙乙", "* 3  丙"] {
        ran.stderr_has(line);
    }
    let ran = talk(&replies, "一\n/retry\n/retry 1\n", &[]);
    assert_eq!(ran.answers().len(), 2, "what stands again is no new answer");
    ran.stderr_has("换回了第 1 个回答").stderr_has("甲");
}

#[test]
fn a_question_is_asked_in_other_words() {
    let edit = |editor: &str, lines: &str| {
        let liao = Liao::new().script(&says(&["甲", "乙", "丙", "丁"])).args(["--turns", "--json"]);
        liao.env("EDITOR", editor).stdin(lines).run()
    };
    let tokens = |ran: &Ran| ran.exits(0).answers().iter().map(|answer| answer.prompt_tokens).collect::<Vec<_>>();
    let straight = prompts(&["甲", "乙"], "一\n二\n");
    let ran = edit("sed -i s/二/贰贰贰/", "一\n二\n/edit\n");
    assert_eq!(tokens(&ran)[2], straight[1] + 2);
    ran.stderr_has("> 贰贰贰");
    let ran = edit("sed -i s/一/贰贰贰/", "一\n二\n/edit 1\n三\n");
    let found = tokens(&ran);
    assert_eq!(found[2..], [straight[0] + 2, straight[1] + 2], "what came after it is gone");
    ran.stderr_has("原来的第 2 轮不再算在内");
    // Left as it was, emptied, or no such question: nothing is asked.
    for (editor, lines, told) in [
        ("true", "一\n/edit\n", "没有改动"),
        ("sed -i d", "一\n/edit\n", "没有改动"),
        ("true", "一\n/edit 2\n", "只问过 1 个问题"),
        ("true", "/edit\n", "还没有问过什么"),
    ] {
        let ran = edit(editor, lines);
        assert!(tokens(&ran).len() <= 1, "{editor} {lines:?}");
        ran.stderr_has(told);
    }
    edit("false", "一\n/edit\n").exits(1).stderr_has("false");
    edit("/no/such/editor", "一\n/edit\n").exits(1).stderr_has("/no/such/editor");
}

/// Questions of which the context holds two of the long ones.
fn crowded(lines: &str) -> Ran {
    let mut script = says(&["答"]);
    script["n_ctx"] = 256.into();
    let liao = Liao::new().script(&script).args(["--turns", "--json", "-n", "20"]);
    let long = |n: usize| "问".repeat(n);
    liao.stdin(lines.replace("LONG", &long(120)).replace("HALF", &long(60))).run()
}

#[test]
fn pinned_exchanges_stay_when_others_leave() {
    let tokens = |answers: &[Answered]| answers.iter().map(|answer| answer.prompt_tokens).collect::<Vec<_>>();
    // The short one and a long one have room, two long ones have not.
    let ran = crowded("记住七\nLONG\nLONG\n");
    let plain = tokens(&ran.exits(0).answers());
    ran.stderr_has("先去掉最早的 2 轮").stderr_has("第 1 轮“记住七”、第 2 轮“问");
    let ran = crowded("记住七\n/set pin 1\nLONG\nLONG\n");
    let pinned = tokens(&ran.exits(0).answers());
    assert_eq!((pinned[1], pinned[2]), (plain[1], plain[1]), "the short one is before both long ones");
    assert!(plain[2] < pinned[2], "{plain:?} {pinned:?}");
    let told = ran.stderr_has("先去掉最早的 1 轮").stderr_has("：第 2 轮“问").stderr_text();
    assert!(told.contains("第 1 轮“记住七”固定了"), "{told}");
    // One that has left comes back when it is pinned.
    let ran = crowded("记住七\nLONG\nLONG\n/set pin 1\n/undo\nHALF\n/set\n");
    let back = tokens(&ran.exits(0).answers());
    assert_eq!(back.len(), 4);
    ran.stderr_has("= 第 1 轮“记住七”");
    let pins = session(&ran).into_iter().filter(|event| event["event"] == "pin").count();
    assert_eq!(pins, 1);
}

#[test]
fn a_pin_that_leaves_no_room_is_told() {
    let ran = crowded("LONG\n/set pin 1\nLONG\n");
    ran.exits(6).stderr_has("放不下").stderr_has("固定的 1 轮").stderr_has("/set unpin N");
    let ran = crowded("LONG\n/set pin 1\n/set unpin 1\nLONG\n");
    assert_eq!(ran.exits(0).answers().len(), 2);
    let ran = talk(&["甲"], "/set pin 1\n", &[]);
    assert_eq!(ran.stderr_text(), "还没有问过什么\n");
    crowded("一\n/set pin 2\n/set pin x\n/set unpin 0\n").exits(0).stderr_has("没有第 2 轮").stderr_has("没有第 x 轮");
}
