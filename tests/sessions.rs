//! Conversations on the disk, through the front door: what is there after each command, what comes back after a kill,
//! who may write when two are at it, and what is never written.

use crate::support::answers::{Answered, says};
use crate::support::gguf::TinyGguf;
use crate::support::sessions::{events, files, folder_in};
use crate::support::{Liao, Ran};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A home that several runs share.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    /// A run in it, each answer one token long in a character.
    fn liao(&self, replies: &[&str]) -> Liao {
        Liao::new().script(&says(replies)).env("LIAO_HOME", self.0.path())
    }

    fn folder(&self) -> PathBuf {
        folder_in(self.0.path())
    }

    /// The files of all sessions, oldest first.
    fn files(&self) -> Vec<PathBuf> {
        files(self.0.path())
    }

    /// The one session there is.
    #[track_caller]
    fn only(&self) -> PathBuf {
        let files = self.files();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }

    fn events(&self) -> Vec<Value> {
        events(&self.only())
    }
}

fn id(path: &Path) -> String {
    path.file_stem().expect("a name").to_str().expect("ASCII").to_owned()
}

/// What an event is, in a word or two.
fn brief(event: &Value) -> String {
    let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
    match event["event"].as_str().expect("a kind") {
        "question" => format!("{}? after {}: {}", event["n"], event["after"], text("text")),
        "answer" => format!("{}! to {}: {} ({})", event["n"], event["to"], text("text"), text("finish")),
        "head" => format!("at {}", event["n"]),
        "system" => format!("system {}", text("text")),
        "set" => format!("{} = {}", text("key"), text("value")),
        "pin" => format!("pin {} {}", event["n"], event["pinned"]),
        "name" => format!("name {}", text("name")),
        kind => kind.to_owned(),
    }
}

/// Holds what is on the disk after these lines against what was to be told.
#[track_caller]
fn writes(lines: &str, told: &[&str]) {
    let home = Home::new();
    let liao = home.liao(&["甲", "乙", "丙"]).arg("--turns").env("EDITOR", "sed -i s/一/壹/");
    liao.stdin(lines).run().exits(0);
    let found: Vec<String> = home.events().iter().map(brief).collect();
    let begins = ["session", "model", "1? after 0: 一", "2! to 1: 甲 (stop)"];
    assert_eq!(found, [&begins[..], told].concat(), "{lines:?}");
}

#[test]
fn everything_that_happens_is_on_the_disk() {
    writes("一\n", &[]);
    writes("一\n二\n", &["3? after 2: 二", "4! to 3: 乙 (stop)"]);
    writes("一\n/undo\n", &["at 0"]);
    writes("一\n/retry\n", &["at 1", "3! to 1: 乙 (stop)"]);
    writes(
        "一\n/retry\n/retry 1\n二\n",
        &["at 1", "3! to 1: 乙 (stop)", "at 2", "4? after 2: 二", "5! to 4: 丙 (stop)"],
    );
    writes("一\n二\n/retry q1\n", &["3? after 2: 二", "4! to 3: 乙 (stop)", "at 1", "5! to 1: 丙 (stop)"]);
    writes("一\n/edit\n", &["3? after 0: 壹", "4! to 3: 乙 (stop)"]);
    writes("一\n/system 你是诗人\n/system \"\"\n", &["system 你是诗人", "system "]);
    writes("一\n/set TEMP 0.5\n/set stop \"完 \"\n", &["temp = 0.5", "stop = 完 "]);
    // How things look is no conversation's.
    writes("一\n/set stats on\n/set markdown off\n", &[]);
    writes("一\n/set pin 1\n/set unpin 1\n/set pin 1\n/set pin 1\n", &["pin 1 true", "pin 1 false", "pin 1 true"]);
    writes("一\n/save 旅行\n/save\n", &["name 旅行"]);
    // What only looks, and what cannot be done, leave no trace.
    writes("一\n/continue\n/retry 2\n/retry q2\n/context\n/stats\n/set\n/set pin 9\n/system\n/load\n", &[]);
}

#[test]
fn a_question_is_on_the_disk_before_its_answer() {
    let home = Home::new();
    let script = json!({"n_ctx": 4096, "replies": [[{"say": "半"}, {"wait_ms": 60000}]]});
    let liao = Liao::new().script(&script).env("LIAO_HOME", home.0.path()).arg("--turns").open_stdin();
    let mut run = liao.start();
    run.write_stdin("问\n");
    run.wait_for_stdout("半");
    assert_eq!(home.events().last().map(brief).as_deref(), Some("1? after 0: 问"));
}

#[cfg(unix)]
#[test]
fn killed_in_an_answer_the_rest_is_there() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let script = json!({"n_ctx": 4096, "replies": [[{"say": "甲"}], [{"say": "半"}, {"wait_ms": 60000}]]});
    let liao = Liao::new().script(&script).env("LIAO_HOME", home.0.path()).arg("--turns").open_stdin();
    let mut run = liao.start();
    run.write_stdin("一\n二\n");
    run.wait_for_stdout("甲\n半");
    run.signal(rustix::process::Signal::KILL);
    drop(run);
    let path = home.only();
    assert_eq!(path.metadata().expect("a session").permissions().mode() & 0o777, 0o600);
    // As if it had been killed while it wrote a line.
    let whole = fs::read(&path).expect("a session");
    fs::write(&path, [&whole[..], b"{\"event\":\"ans"].concat()).expect("written");

    let straight = answers(&Home::new().liao(&["甲", "乙"]).args(["--turns", "--json"]).stdin("一\n二\n").run());
    let ran = home.liao(&["乙"]).args(["-r", "--turns", "--json"]).stdin("/retry\n").run();
    ran.exits(0).stderr_has("没有写完").stderr_has(&format!("接着聊会话 {}“一”，2 轮", id(&path)));
    assert_eq!(ran.json_lines()[0]["session"], id(&path).as_str());
    let again = answers(&ran);
    assert_eq!((again[0].text.as_str(), again[0].prompt_tokens), ("乙", straight[1].prompt_tokens));
    let told: Vec<String> = home.events().iter().skip(4).map(brief).collect();
    assert_eq!(told, ["3? after 2: 二", "4! to 3: 乙 (stop)"]);
}

fn answers(ran: &Ran) -> Vec<Answered> {
    ran.exits(0).answers()
}

#[test]
fn two_at_once_each_have_their_own() {
    let home = Home::new();
    let mut first = home.liao(&["甲", "乙"]).arg("--turns").open_stdin().start();
    first.write_stdin("一\n");
    first.wait_for_stdout("甲\n");
    let path = home.only();
    let before = fs::read(&path).expect("a session");
    let second = home.liao(&["丙"]).args(["-r", "--turns", "--json"]).stdin("二\n").run();
    let pid = first.pid();
    second.exits(0).stderr_has(&format!("（进程 {pid}）")).stderr_has(&format!("）正在用会话 {}", id(&path)));
    assert_eq!(fs::read(&path).expect("a session"), before, "the session of the first is as it was");
    let files = home.files();
    let copy = files.iter().find(|file| **file != path).expect("a copy");
    assert_eq!(second.json_lines()[0]["session"], id(copy).as_str());
    assert_eq!(events(copy)[0]["copy_of"], id(&path).as_str());
    first.write_stdin("二\n");
    first.wait_for_stdout("乙\n");
    first.finish().exits(0);
    let last = |path: &Path| brief(events(path).last().expect("events"));
    assert_eq!([last(&path), last(copy)], ["4! to 3: 乙 (stop)", "4! to 3: 丙 (stop)"]);
    // Left, it is nobody's any more.
    let ran = home.liao(&["丁"]).args(["-r", &id(&path), "-p", "三"]).run();
    assert!(!ran.exits(0).stderr_text().contains("另一个"), "{}", ran.stderr_text());
    assert_eq!(home.files().len(), 2);
}

#[test]
fn a_session_goes_on_as_if_it_had_not_been_left() {
    let tiny = |home: &Home| {
        let liao = Liao::new().tiny(&TinyGguf::llama()).env("LIAO_HOME", home.0.path());
        liao.args(["--turns", "--json", "--temp", "0", "-n", "12"])
    };
    let lines = ["hello\n", "you\n", "/retry\n", "/undo\n", "the end\n"];
    let straight = answers(&tiny(&Home::new()).stdin(lines.concat()).run());
    let home = Home::new();
    let mut resumed = answers(&tiny(&home).stdin(lines[0]).run());
    for line in &lines[1..] {
        resumed.extend(answers(&tiny(&home).arg("-r").stdin(*line).run()));
    }
    let said = |answers: &[Answered]| answers.iter().map(|a| (a.text.clone(), a.prompt_tokens)).collect::<Vec<_>>();
    assert_eq!(said(&resumed), said(&straight));
    home.only();
}

#[test]
fn the_demo_model_remembers_what_was_said_before() {
    let home = Home::new();
    let demo = || {
        let liao = Liao::new().env("LIAO_HOME", home.0.path()).env("LIAO_THREADS", "1");
        liao.args(["-m", "demo", "--temp", "0"])
    };
    demo().arg("--turns").stdin("我叫欧阳若兰。\n").run().exits(0);
    demo().args(["-r", "-p", "我叫什么名字？"]).run().exits(0).stdout_has("欧阳若兰");
    let alone = demo().args(["-p", "我叫什么名字？"]).run();
    assert!(!alone.exits(0).stdout_text().contains("欧阳若兰"), "{}", alone.stdout_text());
    assert_eq!(home.events().iter().filter(|event| event["event"] == "question").count(), 2);
}

#[test]
fn what_was_set_comes_back_and_the_command_line_goes_before_it() {
    const LINES: &str = "/system 你是诗人。\n/set max-tokens 2\n一\n";
    let run = |home: &Home, words: &[&str], lines: &str| {
        let liao = home.liao(&["甲乙丙丁"]).args(["--turns", "--json"]).args(words.to_vec());
        answers(&liao.stdin(lines).run())
    };
    let straight = run(&Home::new(), &[], &format!("{LINES}二\n"));
    let home = Home::new();
    assert_eq!(run(&home, &[], LINES)[..], straight[..1]);
    let resumed = run(&home, &["-r"], "二\n");
    assert_eq!((&resumed[0].text, resumed[0].prompt_tokens), (&straight[1].text, straight[1].prompt_tokens));
    assert_eq!(resumed[0].text, "甲乙");
    assert_eq!(run(&home, &["-r", "-n", "3"], "三\n")[0].text, "甲乙丙");
    assert_eq!(run(&home, &["-r"], "四\n")[0].text, "甲乙", "what was typed held for that call alone");
    run(&home, &["-r", "-s", "另一个"], "五\n");
    let told: Vec<String> = home.events().iter().map(brief).collect();
    let kept = told.iter().filter(|event| event.contains("max-tokens") || event.starts_with("system"));
    assert_eq!(kept.collect::<Vec<_>>(), ["system 你是诗人。", "max-tokens = 2", "system 另一个"]);
    let looking = |words: &[&str]| home.liao(&["甲"]).args(["-r", "--turns"]).args(words.to_vec()).stdin("").run();
    looking(&[]).exits(0).stderr_has("会话里改过的设置还算数：max-tokens = 2（");
    let ran = looking(&["-n", "3"]);
    assert!(!ran.exits(0).stderr_text().contains("还算数"), "{}", ran.stderr_text());
}

#[test]
fn nothing_is_saved_where_it_is_not_wanted() {
    let home = Home::new();
    let turns = || home.liao(&["甲"]).args(["--turns", "--json"]).stdin("一\n/retry\n/undo\n二\n");
    let config = |liao: Liao| {
        let file = liao.file("config.toml", "no-save = true\n");
        liao.env("LIAO_CONFIG", file)
    };
    for liao in [turns().arg("--no-save"), turns().env("LIAO_NO_SAVE", "1"), config(turns())] {
        assert_eq!(liao.run().exits(0).json_lines()[0]["session"], Value::Null);
    }
    home.liao(&["甲"]).args(["-p", "一"]).run().exits(0);
    home.liao(&["甲"]).stdin("一").run().exits(0);
    assert!(!home.folder().exists());
    // A session that is gone on with stays as it is.
    home.liao(&["甲"]).arg("--turns").stdin("一\n").run().exits(0);
    let before = fs::read(home.only()).expect("a session");
    let ran = home.liao(&["乙"]).args(["-r", "--no-save", "-p", "二", "--json"]).run();
    assert!(answers(&ran)[0].prompt_tokens > 20, "it was gone on with");
    assert_eq!(fs::read(home.only()).expect("a session"), before);
    // What was begun in memory can still be saved.
    home.liao(&["丙"])
        .args(["--no-save", "--turns"])
        .stdin("三\n/save 后来\n四\n")
        .run()
        .exits(0)
        .stderr_has("-r 后来");
    assert_eq!(home.files().len(), 2);
    home.liao(&["丙"]).args(["-r", "后来", "-p", "五"]).run().exits(0).stderr_has("“后来”，2 轮");
    // Who only looks in leaves nothing.
    let empty = Home::new();
    empty.liao(&["甲"]).arg("--turns").stdin("/help\n/system x\n").run().exits(0);
    assert!(empty.files().is_empty());
}

#[test]
fn a_session_is_found_by_what_a_person_calls_it() {
    let home = Home::new();
    home.liao(&["甲"]).arg("--turns").stdin("一\n/save 旅行\n/new\n二\n").run().exits(0);
    let files = home.files();
    let [travel, other] = &files[..] else { panic!("two sessions") };
    let on = |typed: &str| home.liao(&["乙"]).args(["-r", typed, "--turns", "--json"]).stdin("").run();
    for (typed, meant) in [("旅行".to_owned(), travel), (id(travel), travel), (id(other).to_uppercase(), other)] {
        assert_eq!(on(&typed).exits(0).json_lines()[0]["session"], id(meant).as_str(), "{typed}");
    }
    on("旅性").exits(2).stderr_has("旅性").stderr_has("liao sessions");
    Home::new().liao(&["甲"]).args(["-r", "-p", "一"]).run().exits(1).stderr_is_one_line_with(&["还没有保存过会话"]);
    let taken = home.liao(&["丙"]).arg("--turns").stdin("三\n/save 旅行\n").run();
    taken.exits(2).stderr_has("已经叫“旅行”");
    home.liao(&["丙"]).arg("--turns").stdin("三\n/save ../x\n").run().exits(2).stderr_has("不能作会话的名字");
}

#[test]
fn sessions_are_loaded_in_a_conversation() {
    let home = Home::new();
    home.liao(&["甲甲甲"]).arg("--turns").stdin("一\n/save 旅行\n").run().exits(0);
    let travel = home.only();
    let lines = "二\n/load\n/load 旅行\n三\n/load 旅行\n/load 1\n四\n";
    let ran = home.liao(&["乙"]).args(["--turns", "--json"]).stdin(lines).run();
    let prompts: Vec<u64> = answers(&ran).iter().map(|answer| answer.prompt_tokens).collect();
    ran.stderr_has("\n  1*  ").stderr_has("\n  2   ").stderr_has("  旅行\n").stderr_has("就是现在这个");
    let told = |path: &Path| events(path).iter().map(brief).collect::<Vec<_>>();
    let files = home.files();
    let other = files.iter().find(|file| **file != travel).expect("two sessions");
    assert_eq!(told(&travel)[3..], ["2! to 1: 甲甲甲 (stop)", "name 旅行", "3? after 2: 三", "4! to 3: 乙 (stop)"]);
    // Number 1 means what stood there when it was listed.
    assert_eq!(told(other)[2..], ["1? after 0: 二", "2! to 1: 乙 (stop)", "3? after 2: 四", "4! to 3: 乙 (stop)"]);
    assert_eq!(prompts[1] - prompts[2], 2, "each with its own conversation before it: {prompts:?}");
}

#[test]
fn another_model_goes_on_with_the_words() {
    let home = Home::new();
    home.liao(&["hello"]).arg("--turns").stdin("hello\n").run().exits(0);
    let liao = Liao::new().tiny(&TinyGguf::llama()).env("LIAO_HOME", home.0.path());
    let ran = liao.args(["-r", "-p", "you", "-n", "4", "--json"]).run();
    ran.stderr_has("先前由 script 回答，现在由 tiny 接着答");
    assert!(answers(&ran)[0].prompt_tokens > 10, "{:?}", answers(&ran));
    let models: Vec<Value> = home.events().into_iter().filter(|event| event["event"] == "model").collect();
    assert_eq!(models.iter().map(|model| &model["name"]).collect::<Vec<_>>(), ["script", "tiny"]);
    assert_ne!(models[0]["vocabulary"], models[1]["vocabulary"]);
}

#[test]
fn who_comes_back_has_the_model_of_the_session() {
    let home = Home::new();
    let gguf = home.0.path().join("my.gguf");
    fs::write(&gguf, TinyGguf::llama().build().bytes).expect("written");
    let on = |words: &[&str], lines: &str| {
        let liao = Liao::new().env("LIAO_HOME", home.0.path()).env("LIAO_THREADS", "1");
        liao.args(["--turns", "--json", "-n", "4"]).args(words.to_vec()).stdin(lines).run()
    };
    let model = |ran: &Ran| ran.exits(0).json_lines()[0]["model"].as_str().expect("a name").to_owned();
    on(&["-m", gguf.to_str().expect("UTF-8")], "hello\n").exits(0);
    let ran = on(&["-r"], "you\n");
    assert_eq!(model(&ran), "my");
    assert!(!ran.stderr_text().contains("先前"), "{}", ran.stderr_text());
    // Another that is typed goes before it; to look in with it changes nothing, and is told each time.
    for _ in 0..2 {
        let ran = on(&["-r", "-m", "demo"], "");
        assert_eq!(model(&ran), "demo");
        ran.stderr_has("先前由 my 回答，现在由 demo 接着答");
    }
    assert_eq!(model(&on(&["-r"], "")), "my");
    fs::write(&gguf, "GGUF").expect("written");
    on(&["-r"], "").exits(3).stderr_has("my.gguf").stderr_has("这个会话先前用的就是这个模型");
    assert!(!on(&["-r", "-m", gguf.to_str().expect("UTF-8")], "").exits(3).stderr_text().contains("先前"));
    fs::remove_file(&gguf).expect("removed");
    let ran = on(&["-r"], "");
    assert_eq!(model(&ran), "demo");
    ran.stderr_has("先前用的模型不在了").stderr_has("my.gguf").stderr_has("先前由 my 回答，现在由 demo 接着答");
}

#[test]
fn a_model_by_a_relative_path_is_found_from_another_folder_too() {
    let home = Home::new();
    let liao = || Liao::new().env("LIAO_HOME", home.0.path()).env("LIAO_THREADS", "1").args(["--turns", "--json"]);
    let here = liao();
    here.file("my.gguf", TinyGguf::llama().build().bytes);
    let first = here.args(["-m", "./my.gguf", "-n", "4"]).stdin("hello\n").run();
    first.exits(0);
    // Every run starts in a folder of its own. What is only usual gives way to the session's.
    let second = liao().env("LIAO_MODEL", "demo").arg("-r").stdin("").run();
    assert_eq!(second.exits(0).json_lines()[0]["model"], "my");
}

#[test]
fn a_disk_that_takes_nothing_is_told_once_and_the_talk_goes_on() {
    let home = Home::new();
    fs::create_dir_all(home.0.path().join("data")).expect("a folder");
    fs::write(home.folder(), "no folder").expect("written");
    let ran = home.liao(&["甲"]).arg("--turns").stdin("一\n二\n/retry\n/undo\n三\n").run();
    ran.exits(0).stdout("甲\n甲\n甲\n甲\n").stderr_has("不会存盘");
    assert_eq!(ran.stderr_text().matches("注意").count(), 1, "{}", ran.stderr_text());
}

#[cfg(unix)]
#[test]
fn who_comes_back_sees_where_it_ended() {
    let home = Home::new();
    let mut pty = home.liao(&["答案甲", "答案乙乙乙"]).pty(40, 100);
    pty.wait_for("\n>").line("第一个问题").wait_for("答案甲\n\n>").line("/set max-tokens 3");
    pty.wait_for("max-tokens = 3")
        .line("第二个问题")
        .wait_for("/continue")
        .line("/quit")
        .wait_for("以后接着聊：liao -r ");
    assert_eq!(pty.exit_code(), 0);
    let path = home.only();
    assert!(pty.screen().contains(&format!("liao -r {}", id(&path))), "{}", pty.screen());

    let mut pty = home.liao(&["好"]).arg("-r").pty(40, 100);
    pty.wait_for("> 第二个问题\n答案乙\n（没有写完：/continue 接着写）\n\n>");
    let screen = pty.screen();
    assert!(screen.contains(&format!("接着聊会话 {}“第一个问题”，2 轮", id(&path))), "{screen}");
    pty.line("/continue").wait_for("/continue\n好\n");
    let last = home.events().pop().expect("events");
    assert_eq!((brief(&last), &last["continues"]), ("5! to 3: 答案乙好 (stop)".into(), &json!(4)));
}
