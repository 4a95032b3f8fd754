//! The engine process dies, the conversation does not.
#![cfg(target_os = "linux")]

use super::{endless, number_after, scripted, tiny};
use crate::support::pty::Pty;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::time::{Duration, Instant};

/// The process that the program has started.
pub(super) fn pid_of_engine(pty: &Pty) -> u32 {
    let parent = pty.pid();
    let is_child = |pid: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // "pid (name) state parent …"; the name may hold anything.
        let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        fields.next().is_some_and(|state| state != "Z") && fields.next() == Some(parent.to_string().as_str())
    };
    let pids = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let engines: Vec<u32> = pids.filter(is_child).collect();
    assert_eq!(engines.len(), 1, "one engine");
    engines[0]
}

pub(super) fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process id");
    kill_process(pid, signal).expect("the process is there");
}

/// It runs, or would if it were let. One whose first thread has ended and whose others have not is still there.
pub(super) fn is_there(pid: u32) -> bool {
    let is_zombie = |stat: &str| stat.rsplit(')').next().unwrap_or_default().starts_with(" Z");
    let n_threads = std::fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !is_zombie(&stat) || n_threads > 1)
}

#[track_caller]
pub(super) fn wait_for_the_end_of(pid: u32) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while is_there(pid) {
        assert!(Instant::now() < deadline, "the engine lives on");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn killed_between_two_turns() {
    let mut pty = tiny(16).pty(100, 100);
    pty.turn("hello");
    let first = number_after(&pty.turn("/context"), "对话 1 轮");
    let engine = pid_of_engine(&pty);
    signal(engine, Signal::KILL);
    wait_for_the_end_of(engine);
    let told = pty.turn("you");
    assert!(told.starts_with("注意：推理引擎意外退出过（SIGKILL），已重新启动，对话还在\n"), "{told}");
    assert_eq!(told.matches("推理引擎").count(), 1, "{told}");
    let stats = pty.turn("/stats");
    assert!(number_after(&stats, "读") > first, "the first turn was read again: {stats}");
    assert!(pty.turn("/context").contains("对话 2 轮"));
    assert_ne!(pid_of_engine(&pty), engine);

    let engine = pid_of_engine(&pty);
    signal(engine, Signal::KILL);
    wait_for_the_end_of(engine);
    let told = pty.turn("/context");
    assert!(told.starts_with("注意：推理引擎意外退出过（SIGKILL）") && told.contains("对话 2 轮"), "{told}");
}

#[test]
fn one_that_cannot_be_started_again_costs_no_answer() {
    let liao = tiny(16);
    let model = liao.home().join("tiny.gguf");
    let mut pty = liao.pty(100, 100);
    pty.turn("hello");
    let engine = pid_of_engine(&pty);
    signal(engine, Signal::KILL);
    wait_for_the_end_of(engine);
    let aside = model.with_extension("aside");
    std::fs::rename(&model, &aside).unwrap();
    let told = pty.turn("/retry");
    assert!(told.contains("错误"), "{told}");
    let told = pty.turn("/retry 9");
    assert!(told.contains("上一个问题有 1 个") && told.contains("\n* 1"), "it stands: {told}");
    std::fs::rename(aside, model).unwrap();
    assert!(!pty.turn("you").contains("错误"));
    assert!(pty.turn("/context").contains("对话 2 轮"));
}

#[test]
fn killed_while_it_writes() {
    let mut pty = endless().pty(100, 100);
    pty.ready();
    pty.turn("/set max-tokens 16");
    pty.turn("hello");
    pty.turn("/set max-tokens 60000");
    pty.begin("you");
    signal(pid_of_engine(&pty), Signal::KILL);
    pty.wait_for("\n错误：推理引擎意外退出（SIGKILL").ready();
    pty.turn("/set max-tokens 16");
    let told = pty.turn("/retry");
    assert!(!told.contains("错误"), "{told}");
    let stats = pty.turn("/stats");
    assert!(number_after(&stats, "缓存") == 0 && number_after(&stats, "读") > 20, "{stats}");
    assert!(pty.turn("/context").contains("对话 2 轮"));
}

#[test]
fn a_death_or_a_failure_is_one_line_and_the_talk_goes_on() {
    let replies = json!([
        [{"say": "一"}],
        [{"say": "半"}, {"die": "cuda error: out of memory"}],
        [{"fail": "decode returned -3"}],
        [{"say": "二"}],
        [{"say": "三"}],
    ]);
    let mut pty = scripted(&json!({"n_ctx": 4096, "replies": replies})).pty(100, 200);
    assert_eq!(pty.turn("甲"), "一");
    let told = pty.turn("乙");
    assert!(told.starts_with("半\n错误：推理引擎意外退出（SIGKILL）") && told.contains("out of memory"), "{told}");
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(told.ends_with("写出的部分保留：/continue 接着写"), "{told}");
    let told = pty.turn("/retry");
    assert!(told.starts_with("错误：推理失败：decode returned -3") && !told.contains("保留"), "{told}");
    assert!(pty.turn("/retry 9").ends_with("\n* 1  半"), "what was on the screen is an answer");
    assert_eq!(pty.turn("/retry"), "二\n这是第 2 个回答；用 /retry 1 或 /retry 2 换回");
    assert!(pty.turn("/context").contains("对话 2 轮"));
    assert_eq!(pty.turn("丙"), "三");
}
