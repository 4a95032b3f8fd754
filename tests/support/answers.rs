//! Who answers in a test: a script, or the real engine on a tiny model; and what a run says as JSON, picked apart.

use super::gguf::TinyGguf;
use super::{Liao, Ran, Running};
use serde_json::{Value, json};
use std::time::Duration;

/// A script in which each reply is said character by character.
pub(crate) fn says(replies: &[&str]) -> Value {
    let spelled = |reply: &&str| reply.chars().map(|c| json!({"say": c.to_string()})).collect::<Vec<_>>();
    json!({"n_ctx": 4096, "replies": replies.iter().map(spelled).collect::<Vec<_>>()})
}

/// A script with one reply of these steps.
pub(crate) fn does(steps: Value) -> Value {
    json!({"n_ctx": 4096, "replies": [steps]})
}

/// A model that has enough to do to be interrupted: seconds to read its context full, and many more to fill it.
pub(crate) fn slow() -> TinyGguf {
    TinyGguf::shaped(8, 256, 4, 4, 1024).context(8192)
}

impl Liao {
    /// Answered by a script.
    pub(crate) fn script(self, script: &Value) -> Self {
        let file = self.file("script.json", script.to_string());
        self.env("LIAO_SCRIPT", file)
    }

    /// Answered by the real engine on this model, on one thread: several that wait for each other by spinning starve
    /// the tests beside them.
    pub(crate) fn tiny(self, model: &TinyGguf) -> Self {
        let path = self.file("tiny.gguf", model.build().bytes);
        self.env("LIAO_THREADS", "1").arg("-m").arg(path)
    }
}

/// One answer out of a run with `--json`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answered {
    /// All its text events together.
    pub(crate) text: String,
    pub(crate) finish_reason: String,
    pub(crate) prompt_tokens: u64,
    pub(crate) cached_tokens: u64,
    pub(crate) completion_tokens: u64,
}

impl Ran {
    /// The answers of a run with `--json`, in order.
    pub(crate) fn answers(&self) -> Vec<Answered> {
        answers_in(self.json_lines())
    }
}

impl Running {
    /// Waits until a run with `--json` has given so many answers, and gives all there are.
    #[track_caller]
    pub(crate) fn wait_for_answers(&mut self, n: usize) -> Vec<Answered> {
        let mut answers = Vec::new();
        self.wait_until(&format!("{n} answers"), |run| {
            let text = run.stdout.text();
            let whole = text.rfind('\n').map_or("", |end| &text[..end]);
            answers = answers_in(whole.lines().map(|line| serde_json::from_str(line).expect("JSON Lines")));
            answers.len() >= n
        });
        answers
    }
}

fn answers_in(events: impl IntoIterator<Item = Value>) -> Vec<Answered> {
    let mut answers = Vec::new();
    let mut text = String::new();
    for event in events {
        match event["event"].as_str() {
            Some("text") => text += event["text"].as_str().expect("a text event has text"),
            Some("end") => {
                let count = |key: &str| event["usage"][key].as_u64().expect("a count");
                answers.push(Answered {
                    text: std::mem::take(&mut text),
                    finish_reason: event["finish_reason"].as_str().expect("a reason").to_owned(),
                    prompt_tokens: count("prompt_tokens"),
                    cached_tokens: count("cached_tokens"),
                    completion_tokens: count("completion_tokens"),
                });
            }
            _ => {}
        }
    }
    answers
}

/// The processes that this one has started, zombies left out.
#[cfg(target_os = "linux")]
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let all =
        std::fs::read_dir("/proc").expect("/proc").filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    all.filter(|child| process(*child).is_some_and(|(state, parent)| state != 'Z' && parent == pid)).collect()
}

/// Waits until a process is gone; a zombie is.
#[cfg(target_os = "linux")]
#[track_caller]
pub(crate) fn wait_until_gone(pid: u32) {
    for _ in 0..1000 {
        if process(pid).is_none_or(|(state, _)| state == 'Z') {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("process {pid} is still there");
}

/// State and parent of a process.
#[cfg(target_os = "linux")]
fn process(pid: u32) -> Option<(char, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything; what follows its end is plain.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}
