//! `--turns`: each line of a pipe is the next turn of one conversation, slash commands too.

use crate::support::answers::{Answered, says};
use crate::support::gguf::TinyGguf;
use crate::support::{Liao, Ran};
use serde_json::json;

/// The conversation of these lines, each answer two characters long.
fn talk(lines: &str) -> Ran {
    Liao::new().script(&says(&["甲甲", "乙乙", "丙丙"])).arg("--turns").stdin(lines).run()
}

/// The same as JSON. A script counts one token a character, so that `prompt_tokens` is the length of the prompt.
fn answers(lines: &str, words: &[&str]) -> Vec<Answered> {
    let liao = Liao::new().script(&says(&["甲甲", "乙乙", "丙丙"])).args(["--turns", "--json"]);
    let ran = liao.args(words.to_vec()).stdin(lines).run();
    ran.exits(0);
    ran.answers()
}

fn prompts(lines: &str) -> Vec<u64> {
    answers(lines, &[]).iter().map(|answer| answer.prompt_tokens).collect()
}

#[test]
fn every_line_is_answered_in_its_order() {
    for lines in ["一\n二\n三\n", "一\r\n二\r\n三\r\n", "一\n二\n三", "\n一\n\n \n二\n\t\n三\n\n", "\u{feff}一\n二\n三"]
    {
        talk(lines).exits(0).stdout("甲甲\n乙乙\n丙丙\n").stderr("").has_no_escapes();
    }
    assert_eq!(prompts("一\r\n二\r\n"), prompts("一\n二\n"), "a line's end is no part of the question");
    talk("").exits(0).stdout("").stderr("");
    talk("\n\n").exits(0).stdout("").stderr("");
}

#[test]
fn an_answer_does_not_wait_for_the_next_question() {
    let mut run = Liao::new().script(&says(&["甲甲", "乙乙"])).arg("--turns").open_stdin().start();
    run.write_stdin("一\n");
    run.wait_for_stdout("甲甲\n");
    run.write_stdin("二\n");
    run.wait_for_stdout("甲甲\n乙乙\n");
    run.finish().exits(0).stdout("甲甲\n乙乙\n");

    let mut run =
        Liao::new().tiny(&TinyGguf::llama()).args(["--turns", "-n", "6", "--temp", "0", "-q"]).open_stdin().start();
    run.write_stdin("hello\n");
    run.wait_for_stdout("\n");
    run.finish().exits(0);
}

#[test]
fn each_turn_has_the_whole_conversation_before_it() {
    let [first, second, third] = prompts("问题一\n问题二\n问题三\n")[..] else { panic!("three answers") };
    assert!(first < second && second < third, "{first} {second} {third}");
    assert_eq!(third - second, second - first, "each exchange is as long as the other");
    let cached: Vec<u64> = answers("问题一\n问题二\n", &[]).iter().map(|answer| answer.cached_tokens).collect();
    assert!(cached[0] == 0 && cached[1] >= first - 1, "{cached:?}");
}

#[test]
fn json_has_one_start_and_numbers_each_turn() {
    let ran = Liao::new().script(&says(&["甲甲", "乙"])).args(["--turns", "--json"]).stdin("一\n/undo 9\n二\n").run();
    let short: Vec<String> = (ran.exits(0).json_lines().iter())
        .map(|event| format!("{} {} {}", event["event"].as_str().unwrap(), event["turn"], event["text"]))
        .collect();
    assert_eq!(
        short,
        ["start null null", "text 1 \"甲\"", "text 1 \"甲\"", "end 1 null", "text 2 \"乙\"", "end 2 null"]
    );
    // What is no question has no number.
    let ran = Liao::new().script(&says(&["甲"])).args(["--turns", "--json"]).stdin("/retry\n/retry 3\n一\n").run();
    assert_eq!(ran.exits(0).json_lines().last().unwrap()["turn"], 1);
}

#[test]
fn new_and_undo_forget() {
    let [alone, after_one] = prompts("问题一\n问题二\n")[..] else { panic!("two answers") };
    assert_eq!(prompts("问题一\n/new\n问题二\n"), [alone, alone]);
    assert_eq!(prompts("问题一\n／新建\n问题二\n"), [alone, alone]);
    assert_eq!(prompts("问题一\n/undo\n问题二\n"), [alone, alone]);
    assert_eq!(prompts("问题一\n问题二\n、撤销　2\n问题三\n"), [alone, after_one, alone]);
    talk("一\n/new\n").exits(0).stdout("甲甲\n").stderr_is_one_line_with(&["已开始新对话"]);
}

#[test]
fn retry_answers_the_same_question_again() {
    let [alone, after_one] = prompts("问题一\n问题二\n")[..] else { panic!("two answers") };
    assert_eq!(prompts("问题一\n/retry\n"), [alone, alone]);
    assert_eq!(prompts("问题一\n问题二\n/retry q1\n问题三\n"), [alone, after_one, alone, after_one]);
    talk("一\n/retry\n").exits(0).stdout("甲甲\n乙乙\n").stderr("");
    // With a fixed seed too, another answer is another one; and again the same with the same seed.
    let real = || {
        let liao = Liao::new().tiny(&TinyGguf::llama()).args(["--turns", "--json", "-n", "16", "--seed", "5"]);
        let ran = liao.args(["--temp", "1.5"]).stdin("hello\n/retry\n").run();
        ran.exits(0).answers().into_iter().map(|answer| answer.text).collect::<Vec<_>>()
    };
    let texts = real();
    assert_ne!(texts[0], texts[1]);
    assert_eq!(real(), texts);
}

#[test]
fn set_changes_the_turns_behind_it() {
    let liao = || Liao::new().tiny(&TinyGguf::llama()).args(["--turns", "--json", "--seed", "5"]);
    let ran = liao().args(["--temp", "2"]).stdin("/set temp 0\n/set max-tokens 9\nhello\n").run();
    let cold = liao().args(["--temp", "0", "-n", "9"]).stdin("hello\n").run();
    assert_eq!(ran.exits(0).answers(), cold.exits(0).answers());
    assert_eq!(ran.answers()[0].completion_tokens, 9);
    // A wrong value is told as with the option, and ends a run that nobody sits at.
    let ran = talk("/set temp NaN\n一\n");
    ran.exits(2).stdout("").stderr_is_one_line_with(&["temp", "NaN", "0 到 5"]);
}

#[test]
fn system_counts_from_the_next_question_on() {
    let system = prompts("/system 你是诗人。\n问题一\n");
    let given = answers("问题一\n", &["-s", "你是诗人。"]);
    assert_eq!(system, [given[0].prompt_tokens]);
    assert!(system[0] > prompts("问题一\n")[0]);
}

#[test]
fn what_is_no_command_is_told_and_never_said() {
    let ran = talk("/hlep\n一\n/etc/passwd\n");
    ran.exits(0).stdout("甲甲\n").stderr_has("/help").stderr_has("/etc/passwd");
    assert_eq!(ran.stderr_text().lines().count(), 2);
    assert_eq!(prompts("/nwe\n问题一\n"), prompts("问题一\n"));
    let ran = Liao::new().script(&says(&["甲"])).args(["--turns", "-q"]).stdin("/undo x\n").english().run();
    ran.exits(0).stdout("").stderr_is_one_line_with(&["usage: /undo"]);
}

#[test]
fn two_slashes_say_a_text_that_begins_with_one() {
    assert_eq!(prompts("//问题一\n"), [prompts("问题一\n")[0] + 1]);
    talk("//help\n").exits(0).stdout("甲甲\n").stderr("");
}

#[test]
fn quit_ends_it_before_the_input_ends() {
    talk("一\n/quit\n二\n").exits(0).stdout("甲甲\n").stderr("");
    let mut run = Liao::new().script(&says(&["甲"])).arg("--turns").open_stdin().start();
    run.write_stdin("/bye\n");
    run.end_by_itself().exits(0);
}

#[test]
fn a_failed_turn_ends_it_with_its_code() {
    let script = json!({"n_ctx": 4096, "replies": [[{"say": "甲"}], [{"die": "gone"}], [{"say": "丙"}]]});
    let ran = Liao::new().script(&script).arg("--turns").stdin("一\n二\n三\n").run();
    ran.exits(70).stdout("甲\n").stderr_is_one_line_with(&["gone"]);
}

/// Questions of which the context holds one at a time, beside the system prompt.
fn crowded(words: &[&str]) -> Ran {
    let mut script = says(&["答"]);
    script["n_ctx"] = 256.into();
    let question = "问".repeat(120);
    let liao = Liao::new().script(&script).args(["--turns", "--json", "-n", "20", "-s", "你是诗人，请押韵。"]);
    liao.args(words.to_vec()).stdin(format!("{question}\n{question}\n{question}\n")).run()
}

#[test]
fn what_no_longer_fits_leaves_oldest_first_and_the_system_prompt_stays() {
    let ran = crowded(&[]);
    let answers = ran.exits(0).answers();
    assert_eq!(answers.len(), 3);
    // The same question behind the same system prompt, and nothing else.
    assert!(answers.iter().all(|answer| answer.prompt_tokens == answers[0].prompt_tokens), "{answers:?}");
    assert_eq!(ran.stderr_text().lines().filter(|line| line.contains("去掉最早的 1 轮")).count(), 2);
    assert_eq!(ran.stderr_text().lines().count(), 2);
}

#[test]
fn overflow_stop_refuses_with_numbers() {
    let ran = crowded(&["--overflow", "stop"]);
    assert_eq!(ran.exits(6).answers().len(), 1);
    ran.stderr_is_one_line_with(&["放不下", "236", "256", "/set overflow shift"]);
}

#[test]
fn the_real_engine_goes_on_past_a_full_context() {
    let liao =
        Liao::new().tiny(&TinyGguf::llama()).args(["--turns", "--json", "--ctx", "256", "-n", "40", "--temp", "0"]);
    let ran = liao.args(["-s", "in the north"]).stdin("tell me of the north and of the east\n".repeat(8)).run();
    let answers = ran.exits(0).answers();
    assert_eq!(answers.len(), 8);
    assert!(answers.iter().all(|answer| answer.prompt_tokens <= 256 - 32), "{answers:?}");
    assert!(answers.iter().any(|answer| answer.prompt_tokens > 150), "{answers:?}");
    ran.stderr_has("去掉最早的");
    // What stays is moved, not read again.
    assert!(answers[7].cached_tokens > answers[7].prompt_tokens / 2, "{answers:?}");
}
