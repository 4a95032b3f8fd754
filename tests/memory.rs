//! Conversations with the built-in demo model, from end to end: real tokens, a real end of text, and a memory that can
//! come from nowhere but the context. Greedy, so that they are the same each time.

use crate::support::answers::Answered;
use crate::support::{Liao, Ran};

const NAME: &str = "欧阳若兰";
const TELL: &str = "我叫欧阳若兰。\n";
const ASK: &str = "我叫什么名字？\n";

/// Poems to recite, each a good piece of a small context.
const POEMS: [&str; 8] = ["静夜思", "春晓", "登鹳雀楼", "江雪", "相思", "悯农", "鹿柴", "梅花"];

fn demo() -> Liao {
    Liao::new().env("LIAO_THREADS", "1").args(["-m", "demo", "--temp", "0"])
}

fn talk(lines: &str, words: &[&str]) -> Ran {
    let ran = demo().args(["--turns", "--json"]).args(words.to_vec()).stdin(lines).run();
    ran.exits(0);
    ran
}

fn answers(lines: &str) -> Vec<Answered> {
    talk(lines, &[]).answers()
}

/// The answer to the last question.
fn last(lines: &str) -> String {
    answers(lines).pop().expect("an answer").text
}

fn recite() -> String {
    POEMS.map(|title| format!("背一下《{title}》。\n")).concat()
}

#[track_caller]
fn knows(answer: &str) {
    assert!(answer.contains(NAME), "{answer}");
}

#[track_caller]
fn was_not_told(answer: &str) {
    let says_so = ["还没有告诉", "没有告诉", "不知道"].iter().any(|words| answer.contains(words));
    assert!(says_so && !answer.contains(NAME), "{answer}");
}

#[test]
fn answers_end_by_themselves() {
    let all =
        answers("你好\n你是谁？\n3加5等于几？\n日本的首都在哪里？\n苹果用英语怎么说？\n背一下《静夜思》。\n再见\n");
    assert_eq!(all.len(), 7);
    for answer in &all {
        assert_eq!(answer.finish_reason, "stop", "{answer:?}");
        assert!(answer.completion_tokens < 200 && !answer.text.trim().is_empty(), "{answer:?}");
    }
    for (answer, part) in all[1..6].iter().zip(["演示模型", "8", "东京", "apple", "疑是地上霜"]) {
        assert!(answer.text.contains(part), "{part}: {}", answer.text);
    }
}

#[test]
fn it_speaks_chinese_with_its_own_sampling() {
    let is_chinese = |c: char| matches!(c, '\u{4e00}'..='\u{9fff}');
    for seed in ["1", "2", "3"] {
        let liao = Liao::new().env("LIAO_THREADS", "1").args(["-p", "你好", "-q", "--seed", seed]);
        let ran = liao.run();
        let text = ran.exits(0).stderr("").stdout_text().trim_end();
        assert!(text.chars().filter(|c| is_chinese(*c)).count() * 2 > text.chars().count(), "{text}");
    }
    demo().args(["-p", "你是谁"]).run().exits(0).stdout_has("演示模型");
    demo().args(["-p", "Hello!"]).run().exits(0).stdout_has("Hello");
}

#[test]
fn what_was_said_is_remembered() {
    let ran = demo().arg("--turns").stdin(format!("{TELL}你好呀\n{ASK}")).run();
    let text = ran.exits(0).stderr("").stdout_text();
    assert_eq!(text.lines().count(), 3, "{text}");
    knows(text.lines().last().expect("three lines"));
    was_not_told(&last(ASK));
}

#[test]
fn rare_names_are_remembered() {
    let names = [
        "欧阳若兰",
        "上官婉清",
        "司马青禾",
        "慕容雪见",
        "诸葛凌霄",
        "端木槿",
        "公孙采薇",
        "令狐望舒",
        "皇甫松",
        "南宫彦",
        "轩辕澈",
        "钟离昧",
        "闻人语",
        "东方既白",
        "百里溪",
        "佘映雪",
        "冼星澜",
        "晏同",
        "蔺如初",
        "麦穗儿",
    ];
    let lines = names.map(|name| format!("我叫{name}。\n你好呀\n{ASK}/new\n")).concat();
    let answers = answers(&lines);
    assert_eq!(answers.len(), 3 * names.len());
    let told = answers.chunks(3).zip(names).filter(|(turns, name)| !turns[2].text.contains(name));
    let wrong: Vec<_> = told.map(|(turns, name)| format!("{name}: {}", turns[2].text)).collect();
    assert!(wrong.len() <= 2, "{wrong:?}");
}

#[test]
fn a_new_conversation_knows_nothing_of_the_last() {
    let all = answers(&format!("{TELL}{ASK}/new\n{ASK}"));
    knows(&all[1].text);
    was_not_told(&all[2].text);
    assert_eq!(all[2].text, last(ASK), "as in a new process");
}

#[test]
fn what_was_undone_is_forgotten() {
    was_not_told(&last(&format!("{TELL}/undo\n{ASK}")));
    was_not_told(&last(&format!("你好\n{TELL}你好呀\n/undo 2\n{ASK}")));
    knows(&last(&format!("{TELL}你好呀\n/undo\n{ASK}")));
    // Cut, not rebuilt, and the same as if it had never been said.
    let cut = answers(&format!("你好\n{TELL}/undo\n{ASK}"));
    let never = answers(&format!("你好\n{ASK}"));
    assert_eq!((&cut[2].text, cut[2].prompt_tokens), (&never[1].text, never[1].prompt_tokens));
    assert!(cut[2].cached_tokens > 0, "{cut:?}");
}

#[test]
fn another_answer_stands_in_the_same_conversation() {
    knows(&last(&format!("{TELL}{ASK}/retry\n")));
    knows(&last(&format!("{TELL}你好呀\n/retry\n{ASK}")));
    // Asking the first question again takes back what came after it.
    was_not_told(&last(&format!("你好\n{TELL}/retry q1\n{ASK}")));
    // Where it is left to chance, both are answers of their own.
    let liao =
        Liao::new().env("LIAO_THREADS", "1").args(["-m", "demo", "--temp", "1.2", "--seed", "7", "--turns", "--json"]);
    let all = liao.stdin("你能做什么？\n/retry\n/retry\n").run().exits(0).answers();
    assert_eq!(all.len(), 3);
    assert!(
        all.iter().all(|answer| answer.prompt_tokens == all[0].prompt_tokens && !answer.text.is_empty()),
        "{all:?}"
    );
    assert!(all[1].cached_tokens > 0, "{all:?}");
}

#[test]
fn after_an_overflow_the_oldest_is_forgotten_and_the_system_prompt_is_not() {
    let lines = format!("{TELL}{ASK}{}/context\n{ASK}我住在哪里？\n", recite());
    let ran = talk(&lines, &["-s", "用户住在喀什。", "--ctx", "256", "--overflow", "shift"]);
    let all = ran.answers();
    assert_eq!(all.len(), 2 + POEMS.len() + 2);
    knows(&all[1].text);
    let [.., name, place] = &all[..] else { panic!("answers") };
    was_not_told(&name.text);
    assert!(place.text.contains("喀什"), "{}", place.text);
    assert!(all.iter().all(|answer| answer.prompt_tokens <= 256 - 32), "{all:?}");
    ran.stderr_has("去掉最早的").stderr_has("系统提示保留").stderr_has("轮已不在上下文里");
    // It only left the prompt: with what filled the context taken back, it is there again.
    let lines = format!("{TELL}{}/undo {}\n{ASK}", recite().repeat(2), 2 * POEMS.len());
    let ran = talk(&lines, &["--ctx", "256"]);
    knows(&ran.stderr_has("去掉最早的").answers().last().expect("an answer").text);
}

#[test]
fn without_shifting_a_full_context_refuses_and_says_so() {
    let lines = format!("{TELL}{}", recite().repeat(2));
    let ran = demo().args(["--turns", "--ctx", "256", "--overflow", "stop"]).stdin(lines).run();
    ran.exits(6).stderr_has("256").stderr_has("overflow");
}

#[test]
fn warm_and_cold_say_the_same() {
    let lines = [TELL, "你好呀\n", "我住在喀什。\n", "背一下《江雪》。\n", ASK, "我住在哪里？\n"];
    let straight = answers(&lines.concat());
    assert_eq!(straight.len(), 6);
    assert_eq!(straight, answers(&lines.concat()), "the same twice");
    assert!(straight[1..].iter().all(|answer| answer.cached_tokens > 0), "{straight:?}");
    // By detours: after each question another, taken back again, so that the cache is cut before every turn.
    let detours = answers(&lines.map(|line| format!("{line}背一下《春晓》。\n/undo\n")).concat());
    let kept: Vec<_> = detours.iter().step_by(2).map(|answer| (&answer.text, answer.prompt_tokens)).collect();
    assert_eq!(kept, straight.iter().map(|answer| (&answer.text, answer.prompt_tokens)).collect::<Vec<_>>());
}

#[test]
fn three_ways_in_say_the_same() {
    for question in ["你好", "你是谁？", "怎么下载 13B？"] {
        let typed = demo().args(["-p", question]).run();
        let text = typed.exits(0).stdout_text();
        demo().stdin(question).run().exits(0).stdout(text);
        demo().arg("--turns").stdin(format!("{question}\n")).run().exits(0).stdout(text);
        let json = demo().args(["-p", question, "--json"]).run();
        assert_eq!(json.exits(0).answers()[0].text.trim_end(), text.trim_end());
    }
}

#[cfg(unix)]
#[test]
fn on_a_terminal_it_remembers_too() {
    let mut pty = demo().pty(40, 100);
    let is_prompt = |screen: &str| screen.trim_end().ends_with("\n>");
    pty.wait_until("the prompt", is_prompt).line(TELL.trim_end());
    pty.wait_until("an answer", |screen| screen.matches(NAME).count() >= 2 && is_prompt(screen)).line(ASK.trim_end());
    pty.wait_until("the name", |screen| screen.matches(NAME).count() >= 3 && is_prompt(screen)).line("/new");
    pty.wait_until("a new conversation", |screen| screen.contains("已开始新对话") && is_prompt(screen));
    pty.line(ASK.trim_end());
    pty.wait_until("what it does not know", |screen| screen.contains("没有告诉") && is_prompt(screen));
    assert_eq!(pty.screen().matches(NAME).count(), 3, "{}", pty.screen());
}
