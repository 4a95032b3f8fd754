//! One conversation of thirty turns with the demo model, in which every command is typed; and at each turn, how much of
//! the prompt had not to be read again. What is before a cut never has, and of the rest as much as is the same.
//!
//! The numbers are counted here: from the tokens of each question, as `liao prompt` tells them, and those of each answer,
//! as the session on the disk has them. That is also held against what was said, at each turn and at the end.

use crate::support::answers::Answered;
use crate::support::sessions::{self, files};
use crate::support::{Liao, Running};
use liao::repl::command;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// The end of an answer that the model ended itself: EOS.
const N_END: usize = 1;
/// The end that the template gives one that was cut: a space and EOS.
const N_END_OF_CUT: usize = 2;

/// A question and its answer, as they stand in a prompt.
#[derive(Debug, Clone)]
struct Exchange {
    question: String,
    answer: String,
    finish: String,
    /// The tokens from BOS to where the answer begins.
    opening: Vec<i64>,
    /// The tokens of the answer.
    ids: Vec<i64>,
    /// The model itself ended it.
    is_ended: bool,
    /// So many of `ids` were in the cache when it was over.
    n_held: usize,
}

impl Exchange {
    /// The tokens that it takes before the next question.
    fn n_tokens(&self) -> usize {
        self.opening.len() + self.ids.len() + if self.is_ended { N_END } else { N_END_OF_CUT }
    }
}

/// The conversation being held, and what it should be.
struct Chat {
    run: Running,
    /// Answers of this run.
    n_answers: usize,
    /// Turns in all.
    n_turns: usize,
    last: Option<Answered>,
    system: &'static str,
    exchanges: Vec<Exchange>,
    /// The sessions that are not the one being held.
    others: Vec<PathBuf>,
    /// The commands that were typed.
    typed: BTreeSet<&'static str>,
    home: TempDir,
}

/// How many tokens two lists begin with alike.
fn alike(one: &[i64], other: &[i64]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

fn ids(value: &Value) -> Vec<i64> {
    value.as_array().expect("a list").iter().map(|id| id.as_i64().expect("an id")).collect()
}

fn words(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

fn liao(home: &Path) -> Liao {
    Liao::new().env("LIAO_HOME", home.join("liao")).env("LIAO_THREADS", "1")
}

fn start(home: &Path, more: &[&str]) -> Running {
    // Named, because a file of one's own brings its own.
    let words = ["-m", "demo", "--template", "llama2", "--temp", "0", "-n", "32", "--turns", "--json"];
    let editor = home.join("editor.sh");
    let liao = liao(home).args(words).args(more.to_vec()).env("EDITOR", editor).timeout(Duration::from_secs(180));
    liao.open_stdin().start()
}

impl Chat {
    fn begin() -> Self {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().expect("a temporary directory");
        let editor = home.path().join("editor.sh");
        fs::write(&editor, "#!/bin/sh\nsed -i -e s/欧阳若兰/司马青禾/ -e s/日本/法国/ \"$1\"\n").expect("written");
        fs::set_permissions(&editor, fs::Permissions::from_mode(0o700)).expect("its mode");
        let run = start(home.path(), &[]);
        Self {
            run,
            n_answers: 0,
            n_turns: 0,
            last: None,
            system: "",
            exchanges: Vec::new(),
            others: Vec::new(),
            typed: BTreeSet::new(),
            home,
        }
    }

    fn write(&mut self, line: &str) {
        if let Some(name) = command::name_in(line) {
            self.typed.insert(command::row(&line[name]).expect("a command").names[0]);
        }
        self.run.write_stdin(format!("{line}\n"));
    }

    /// Types a command that asks nothing, and waits until all of this is told.
    #[track_caller]
    fn tell(&mut self, line: &str, told: &[&str]) {
        let n_before = self.run.n_stderr_bytes();
        self.write(line);
        self.run.wait_for_stderr_behind(n_before, told);
    }

    /// The file of the conversation being held.
    fn session(&self) -> PathBuf {
        let mut sessions = files(&self.home.path().join("liao"));
        sessions.retain(|path| !self.others.contains(path));
        assert_eq!(sessions.len(), 1, "{sessions:?} beside {:?}", self.others);
        sessions.remove(0)
    }

    fn events(&self) -> Vec<Value> {
        sessions::events(&self.session())
    }

    /// The tokens of a question as the `n`th (from 1): the system prompt stands in the first.
    fn opening(&self, n: usize, question: &str) -> Vec<i64> {
        let system = (n == 1 && !self.system.is_empty()).then(|| json!({"role": "system", "content": self.system}));
        let question = json!({"role": "user", "content": question});
        let messages: Vec<Value> = system.into_iter().chain([question]).collect();
        let file = self.home.path().join("messages.json");
        fs::write(&file, json!(messages).to_string()).expect("written");
        let liao = liao(self.home.path()).args(["prompt", "-m", "demo", "--json", "--messages"]).arg(file);
        let ran = liao.run();
        ids(&ran.exits(0).json_lines()[0]["ids"])
    }

    /// The tokens before exchange `n` (from 1).
    fn n_before(&self, n: usize) -> usize {
        self.exchanges[..n - 1].iter().map(Exchange::n_tokens).sum()
    }

    /// The number of the next exchange, from 1.
    fn n_next(&self) -> usize {
        self.exchanges.len() + 1
    }

    /// One turn: this line has exchange `n` (from 1) answered, and so many tokens of the prompt are not read again.
    #[track_caller]
    fn turn(&mut self, line: &str, n: usize, n_cached: usize) {
        self.write(line);
        self.n_answers += 1;
        self.n_turns += 1;
        let mut answers = self.run.wait_for_answers(self.n_answers);
        assert_eq!(answers.len(), self.n_answers, "{line}");
        let answered = answers.pop().expect("an answer");
        let events = self.events();
        let answer = events.iter().rfind(|event| event["event"] == "answer").expect("the answer is on the disk");
        let is_its = |event: &&Value| event["event"] == "question" && event["n"] == answer["to"];
        let question = words(&events.iter().find(is_its).expect("its question")["text"]);
        // What is gone on with, and what follows, are one answer.
        let begun = if answer["continues"].is_null() { None } else { self.exchanges.pop() };
        let (n_begun, before) = begun.map_or((0, String::new()), |begun| (begun.ids.len(), begun.answer));
        self.exchanges.truncate(n - 1);
        assert_eq!(self.n_next(), n, "{line}");
        let opening = self.opening(n, &question);
        let n_prompt = self.n_before(n) + opening.len() + n_begun;
        let counted = (answered.prompt_tokens, answered.cached_tokens);
        assert_eq!(counted, (n_prompt as u64, n_cached as u64), "turn {}, {line}: {answered:?}", self.n_turns);
        assert_eq!(words(&answer["text"]), before + &answered.text, "{line}");
        assert_eq!(answer["finish"], answered.finish_reason.as_str(), "{line}");
        let ids = ids(&answer["written"]["ids"]);
        // Of an answer that was cut, the last token was chosen and never read.
        let n_chosen = n_begun + usize::try_from(answered.completion_tokens).expect("a count");
        let n_held = ids.len().min(n_chosen - usize::from(answered.finish_reason != "stop"));
        self.exchanges.push(Exchange {
            question,
            answer: words(&answer["text"]),
            finish: answered.finish_reason.clone(),
            opening,
            ids,
            is_ended: !answer["written"]["end"].is_null(),
            n_held,
        });
        self.last = Some(answered);
    }

    /// Asks on: nothing that was said is read again.
    #[track_caller]
    fn ask(&mut self, line: &str) {
        let last = self.exchanges.last().expect("something was said");
        let n_said = self.n_before(self.exchanges.len()) + last.opening.len() + last.n_held;
        self.turn(line, self.n_next(), n_said);
    }

    /// The tokens before exchange `n`, and those that both the question that stood there and this one begin with.
    fn n_alike(&self, n: usize, gone: &Exchange, question: &str) -> usize {
        self.n_before(n) + alike(&gone.opening, &self.opening(n, question))
    }

    /// Asks where `gone` stood: nothing before that is read again.
    #[track_caller]
    fn ask_instead(&mut self, question: &str, gone: &Exchange) {
        let n = self.n_next();
        let n_cached = self.n_alike(n, gone, question);
        self.turn(question, n, n_cached);
    }

    /// Has exchange `n` answered again: its prompt is there, but its last token is read for what comes behind it.
    #[track_caller]
    fn retry(&mut self, line: &str, n: usize) {
        let n_prompt = self.n_before(n) + self.exchanges[n - 1].opening.len();
        self.turn(line, n, n_prompt - 1);
    }

    /// Goes on with the last answer, in the same way.
    #[track_caller]
    fn go_on(&mut self) {
        let n = self.exchanges.len();
        let last = &self.exchanges[n - 1];
        let n_prompt = self.n_before(n) + last.opening.len() + last.ids.len();
        self.turn("/continue", n, n_prompt - 1);
    }

    /// Edits question `n`, which then is this.
    #[track_caller]
    fn edit(&mut self, line: &str, n: usize, question: &str) {
        let n_cached = self.n_alike(n, &self.exchanges[n - 1], question);
        self.turn(line, n, n_cached);
        assert_eq!(self.exchanges[n - 1].question, question);
    }

    /// Takes back the last exchanges and gives them.
    #[track_caller]
    fn undo(&mut self, n: usize) -> Vec<Exchange> {
        self.tell(&format!("/undo {n}"), &[&format!("撤销了 {n} 轮问答")]);
        self.exchanges.split_off(self.exchanges.len() - n)
    }

    /// Has an earlier answer to the last question stand again: of what follows the question, the cache has as much as
    /// both answers begin with.
    #[track_caller]
    fn go_back(&mut self, k: usize, to: Exchange) {
        self.tell(&format!("/retry {k}"), &[&format!("换回了第 {k} 个回答"), &to.answer]);
        let last = self.exchanges.pop().expect("something was said");
        let n_held = alike(&last.ids[..last.n_held], &to.ids);
        self.exchanges.push(Exchange { n_held, ..to });
    }

    /// Sets the system prompt. Gives the tokens of the first question as it was before.
    #[track_caller]
    fn set_system(&mut self, text: &'static str) -> Vec<i64> {
        self.tell(&format!("/system {text}"), &["已设定"]);
        self.system = text;
        let Some(question) = self.exchanges.first().map(|first| first.question.clone()) else { return Vec::new() };
        let opening = self.opening(1, &question);
        std::mem::replace(&mut self.exchanges[0].opening, opening)
    }

    /// Begins a new conversation and gives what was said in this one.
    #[track_caller]
    fn begin_anew(&mut self) -> Vec<Exchange> {
        self.others.push(self.session());
        self.tell("/new", &["已开始新对话"]);
        std::mem::take(&mut self.exchanges)
    }

    /// Goes on with the session of this name, in which this was said; gives what was said in this one.
    #[track_caller]
    fn load(&mut self, name: &str, said: Vec<Exchange>) -> Vec<Exchange> {
        self.others = vec![self.session()];
        let n = said.len();
        self.tell(&format!("/load {name}"), &["接着聊会话", &format!("“{name}”，{n} 轮")]);
        std::mem::replace(&mut self.exchanges, said)
    }

    /// Is killed as soon as this question is on the disk, and comes back.
    fn be_killed(mut self, question: &str, name: &str) -> Self {
        self.write(question);
        let session = self.session();
        self.run.wait_until("the question on the disk", |_| {
            fs::read_to_string(&session).is_ok_and(|text| text.contains(question))
        });
        self.run.signal(rustix::process::Signal::KILL);
        let n = self.n_next();
        // Its end is waited for.
        drop(self.run);
        let mut run = start(self.home.path(), &["-r", name]);
        run.wait_for_stderr(&format!("“{name}”，{n} 轮"));
        Self { run, n_answers: 0, ..self }
    }
}

/// Roles and words of a conversation, as exports have them.
fn messages(system: &str, exchanges: &[Exchange]) -> Vec<(String, String)> {
    let said = exchanges.iter().flat_map(|exchange| [("user", &exchange.question), ("assistant", &exchange.answer)]);
    let said = said.map(|(role, text)| (role.to_owned(), text.clone()));
    std::iter::once(("system".to_owned(), system.to_owned())).chain(said).collect()
}

fn messages_in(exported: &Value) -> Vec<(String, String)> {
    let all = exported["messages"].as_array().expect("messages").iter();
    all.map(|message| (words(&message["role"]), words(&message["content"]))).collect()
}

/// The page of `liao sessions show`.
fn page(system: &str, exchanges: &[Exchange]) -> String {
    let blocks = exchanges.iter().map(|Exchange { question, answer, finish, .. }| {
        let question: String = question.lines().map(|line| format!("> {line}\n")).collect();
        let cut = if finish == "stop" { "" } else { "（没有写完）\n" };
        format!("\n{question}{answer}\n{cut}")
    });
    format!("系统提示：{system}\n{}", blocks.collect::<String>())
}

/// What the Markdown of `liao sessions export` has behind its title.
fn markdown(system: &str, exchanges: &[Exchange]) -> String {
    let parts = (1..).zip(exchanges).map(|(n, Exchange { question, answer, finish, .. })| {
        let cut = if finish == "stop" { "" } else { "（没有写完）" };
        format!("\n## {n}. 问\n\n{}\n\n## {n}. 答{cut}\n\n{}\n", question.trim_end(), answer.trim_end())
    });
    format!("\n## 系统提示\n\n{system}\n{}", parts.collect::<String>())
}

#[test]
fn thirty_turns_with_every_command() {
    let mut chat = Chat::begin();
    chat.set_system("用户住在喀什。");
    chat.turn("你好", 1, 0);
    chat.ask("我叫欧阳若兰。");
    chat.ask("我叫什么名字？");

    // What only looks, or only sets, changes nothing in the cache.
    let Answered { cached_tokens, completion_tokens, .. } = chat.last.clone().expect("an answer");
    chat.tell("/stats", &[&format!("写 {completion_tokens} 个词元"), &format!("缓存 {cached_tokens} 个")]);
    chat.tell("/context", &["上下文共 1024 个词元", "对话 3 轮"]);
    let all: Vec<String> = command::ROWS.iter().map(command::Row::usage).collect();
    chat.tell("／帮助", &all.iter().map(String::as_str).collect::<Vec<_>>());
    chat.tell("/set", &["max-tokens     = 32", "pin            = 无"]);
    chat.tell("/copy", &["没有复制：输出不是终端"]);
    chat.tell("/lang en", &["messages are in English"]);
    chat.tell("/lang zh", &["现在说中文"]);
    chat.ask("你能做什么？");

    // Other answers to the last question, the second left to chance, and back to the first.
    let first = chat.exchanges[3].clone();
    chat.retry("/retry", 4);
    chat.tell("/set seed 7", &["seed = 7"]);
    chat.tell("/set temp 0.8", &["temp = 0.8"]);
    chat.retry("、重来", 4);
    chat.tell("/set temp 0", &["temp = 0"]);
    chat.go_back(1, first);
    chat.ask("谢谢你！");

    let gone = chat.undo(1);
    chat.ask_instead("3加5等于几？", &gone[0]);

    chat.tell("/set max-tokens 8", &["max-tokens = 8"]);
    chat.ask("背一下《静夜思》。");
    assert_eq!(chat.exchanges[5].finish, "length");
    chat.tell("/set max-tokens 64", &["max-tokens = 64"]);
    chat.go_on();
    chat.tell("/set max-tokens 32", &["max-tokens = 32"]);

    chat.ask("日本的首都在哪里？");
    chat.edit("/edit", 7, "法国的首都在哪里？");
    chat.edit("/edit 2", 2, "我叫司马青禾。");
    chat.ask("我叫什么名字？");
    chat.retry("/retry 问2", 2);
    chat.ask("我叫什么名字？");

    // A pin is for a context that is full; the system prompt stands at the beginning, and all behind it is read.
    chat.tell("/set pin 1", &["第 1 轮“你好”固定了"]);
    chat.ask("苹果用英语怎么说？");
    let before = chat.set_system("你是诗人。");
    let n_cached = alike(&before, &chat.exchanges[0].opening);
    chat.turn("你是谁？", 5, n_cached);

    let file = chat.home.path().join("船期.txt");
    fs::write(&file, "三号船早上八点开。\n").expect("written");
    chat.tell(&format!("/file {}", file.display()), &["附上 1", "随下一个问题送出"]);
    chat.tell("/file", &["随下一个问题送出", "船期.txt"]);
    chat.ask("船什么时候开？");
    let question = &chat.exchanges[5].question;
    assert!(question.contains("三号船早上八点开。") && question.ends_with("船什么时候开？"), "{question}");

    chat.tell("/save 第一个", &["已存为会话", "liao -r 第一个"]);
    let exported = chat.home.path().join("对话.json");
    chat.tell(&format!("/export {}", exported.display()), &["写好了", "（JSON，6 轮问答）"]);
    let exported: Value = serde_json::from_slice(&fs::read(exported).expect("a file")).expect("JSON");
    assert_eq!(messages_in(&exported), messages(chat.system, &chat.exchanges));

    // Of another conversation with the same system prompt, that is what is there.
    let first = chat.begin_anew();
    chat.ask_instead("我住在喀什。", &first[0]);
    chat.ask("我住在哪里？");
    chat.tell("/sessions", &["1*", "第一个", "接着聊其中一个"]);
    chat.tell("/load", &["1*", "第一个", "接着聊其中一个"]);
    let second = chat.load("第一个", first);
    let n_cached = alike(&second[0].opening, &chat.exchanges[0].opening);
    chat.turn("背一下《江雪》。", 7, n_cached);
    chat.ask("再见");

    // Another engine has nothing; the conversation is the same.
    let other = chat.home.path().join("other.gguf");
    fs::copy(chat.home.path().join("liao/data/models/demo/demo.gguf"), &other).expect("a copy");
    chat.tell("/model", &["现在是 demo", "磁盘上有"]);
    chat.tell(&format!("/model {}", other.display()), &["换成了 other", "8 轮对话还在"]);
    chat.turn("背一下《春晓》。", 9, 0);
    chat.ask("你好呀");
    let gone = chat.undo(2);
    chat.ask_instead("法国的首都在哪里？", &gone[0]);
    chat.ask("3加7等于几？");

    // Only the turn in progress can be lost, and it can be taken again.
    let mut chat = chat.be_killed("我住在哪里？", "第一个");
    chat.turn("/retry", 11, 0);
    chat.ask("谢谢");
    chat.ask("再见");
    chat.write("/quit");
    let Chat { run, home, n_turns, system, exchanges, others, typed, .. } = chat;
    let ran = run.end_by_itself();
    assert!(!ran.exits(0).stderr_text().contains("去掉最早的"), "all of it had room: {}", ran.stderr_text());

    assert_eq!(n_turns, 30);
    let left_out = command::ROWS.iter().map(|row| row.names[0]).filter(|name| !typed.contains(name));
    assert_eq!(left_out.collect::<Vec<_>>(), [""; 0], "commands that this conversation has not typed");

    let sessions = |words: &[&str]| {
        let ran = liao(home.path()).arg("sessions").args(words.to_vec()).run();
        ran.exits(0);
        ran
    };
    sessions(&["show", "第一个"]).stdout(&page(system, &exchanges));
    let told = &sessions(&["show", "第一个", "--json"]).json_lines()[0];
    assert_eq!(messages_in(told), messages(system, &exchanges));
    let exported = sessions(&["export", "第一个", "-"]);
    let text = exported.stdout_text();
    assert!(text.starts_with("# 第一个\n") && text.ends_with(&markdown(system, &exchanges)), "{text}");
    let id = others[0].file_stem().expect("a name").to_str().expect("ASCII");
    sessions(&["show", id]).stdout(&page(system, &second));
}
