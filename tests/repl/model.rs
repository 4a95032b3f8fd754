//! `/model` and `/lang`: another model, another language, and the same conversation.

use super::engine::{is_there, pid_of_engine};
use super::{number_after, saying};
use crate::support::answers::slow;
use crate::support::gguf::TinyGguf;
use crate::support::{Liao, Ran};
use std::path::Path;

/// Talking with the model 甲, with 乙 beside it, on a machine with this much memory. A tiny model takes some 49 MiB.
fn two(memory: &str) -> Liao {
    let liao = Liao::new().env("LIAO_MEMORY", memory).env("LIAO_THREADS", "1").args(["-m", "甲", "-n", "16"]);
    liao.file("liao/data/models/甲/a.gguf", TinyGguf::llama().seed(1).build().bytes);
    liao.file("liao/data/models/乙/b.gguf", TinyGguf::llama().seed(2).build().bytes);
    liao
}

/// A model that is found to be damaged only when it is loaded.
fn damaged() -> Vec<u8> {
    let tiny = TinyGguf::llama().f32_weights();
    let mut built = tiny.build();
    let before = tiny.tensors.iter().take_while(|tensor| tensor.name != "output_norm.weight");
    let n_bytes = |dims: &[u64]| usize::try_from(dims.iter().product::<u64>()).expect("a tiny tensor") * 4;
    let at = before.fold(built.data_offset, |at, tensor| (at + n_bytes(&tensor.dims)).next_multiple_of(32));
    built.bytes[at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    built.bytes
}

#[test]
fn the_models_of_this_disk_are_shown() {
    let mut pty = two("1G").pty(100, 160);
    let told = pty.turn("/model");
    assert!(told.starts_with("现在是 甲 · 模板 llama2 · 上下文 512"), "{told}");
    for name in ["甲", "乙", "demo"] {
        assert!(told.lines().any(|line| line.trim() == name), "{told}");
    }
    assert!(told.contains("/model 名字"), "{told}");
}

#[test]
fn the_conversation_goes_on_with_another_model() {
    let mut pty = two("1G").pty(100, 160);
    pty.turn("hello");
    let engine = pid_of_engine(&pty);
    let told = pty.turn("/模型 乙");
    assert!(told.starts_with("换成了 乙 · 模板 llama2 · 上下文 512；前面的 1 轮对话还在"), "{told}");
    assert_ne!(pid_of_engine(&pty), engine);
    assert!(!is_there(engine), "the one before is gone");
    assert!(pty.turn("/context").contains("对话 1 轮"));
    assert_eq!(pty.turn("/stats"), "还没有回答过", "the other model's figures say nothing of this one");
    pty.turn("you");
    let stats = pty.turn("/stats");
    assert!(number_after(&stats, "缓存") == 0 && number_after(&stats, "读") > 20, "it was read again: {stats}");
    assert!(pty.turn("/model").starts_with("现在是 乙"));
    // And back, by the path of a file.
    assert!(pty.turn("/model ~/liao/data/models/甲/a.gguf").starts_with("换成了 a · "));
    assert!(pty.turn("/context").contains("对话 2 轮"));
    // One that only a path led to is known by its name from then on.
    let told = pty.turn("/model");
    assert!(told.contains("这次对话用过：\n  a  /"), "{told}");
    assert_eq!(pty.turn("/model a"), "现在用的就是 a");
    assert!(pty.turn("/model 乙").starts_with("换成了 乙"));
    assert_eq!(pty.turn("/model 乙"), "现在用的就是 乙");
    assert!(pty.turn("/model a").starts_with("换成了 a · "));
}

#[test]
fn where_memory_does_not_hold_both_the_first_makes_room() {
    let mut pty = two("80M").pty(100, 160);
    pty.turn("hello");
    let told = pty.turn("/model 乙");
    assert!(told.starts_with("内存放不下两个模型") && told.contains("\n换成了 乙"), "{told}");
    assert!(!pty.turn("you").contains("错误"));
    assert!(pty.turn("/context").contains("对话 2 轮"));
    // There is room for both: nobody makes any.
    let mut pty = two("1G").pty(100, 160);
    assert!(pty.turn("/model 乙").starts_with("换成了 乙"));
}

#[test]
fn a_model_that_cannot_be_loaded_changes_nothing() {
    for (memory, makes_room) in [("1G", false), ("80M", true)] {
        let liao = two(memory);
        liao.file("liao/data/models/坏/c.gguf", damaged());
        let mut pty = liao.pty(100, 160);
        pty.turn("hello");
        let engine = pid_of_engine(&pty);
        let told = pty.turn("/model 坏");
        assert!(told.contains("错误：模型权重已损坏") && told.contains("（没有换，还是 甲）"), "{told}");
        assert_eq!(told.contains("内存放不下两个模型"), makes_room, "{told}");
        assert_eq!(pid_of_engine(&pty) != engine, makes_room, "it was loaded again, if it had to go");
        assert!(!pty.turn("you").contains("错误"));
        assert!(pty.turn("/context").contains("对话 2 轮"));
        assert!(pty.turn("/model").starts_with("现在是 甲"));
    }
}

#[test]
fn where_neither_can_be_loaded_both_reasons_are_told() {
    let liao = two("80M");
    liao.file("liao/data/models/坏/c.gguf", damaged());
    let first = liao.liao_home().join("data/models/甲/a.gguf");
    let mut pty = liao.pty(100, 400);
    pty.turn("hello");
    let aside = first.with_extension("aside");
    std::fs::rename(&first, &aside).unwrap();
    let told = pty.turn("/model 坏").replace('\n', "");
    assert!(told.contains("错误：模型权重已损坏") && told.contains("先前的 甲 也装不回来"), "{told}");
    std::fs::rename(aside, first).unwrap();
    assert!(!pty.turn("you").contains("错误"));
    assert!(pty.turn("/context").contains("对话 2 轮"));
}

#[test]
fn a_model_that_is_not_there_or_never_fits_does_not_disturb_the_one_that_is() {
    let liao = two("60M");
    liao.file("liao/data/models/大/d.gguf", slow().build().bytes);
    liao.file("liao/data/models/断/e.gguf", &TinyGguf::llama().build().bytes[..100]);
    let mut pty = liao.pty(100, 400);
    pty.turn("hello");
    let engine = pid_of_engine(&pty);
    for (line, part) in [
        ("/model 没有的", "没有叫 没有的 的模型"),
        ("/model ./none.gguf", "打不开模型文件"),
        ("/model 大", "内存不够"),
        ("/model 断", "e.gguf"),
        ("/model \"\"", "不是模型的名字"),
    ] {
        let told = pty.turn(line);
        assert!(told.starts_with("错误：") && told.replace('\n', "").contains(part), "{line}: {told}");
        assert!(told.replace('\n', "").contains("没有换，还是 甲") && !told.contains("放不下两个"), "{line}: {told}");
    }
    assert_eq!(pid_of_engine(&pty), engine);
    assert!(!pty.turn("you").contains("错误"));
    let stats = pty.turn("/stats");
    assert!(number_after(&stats, "缓存") > 5, "nothing had to be read again: {stats}");
}

#[test]
fn a_script_gives_way_to_a_model() {
    let liao = saying("好").env("LIAO_THREADS", "1").args(["-n", "8"]);
    liao.file("liao/data/models/甲/a.gguf", TinyGguf::llama().build().bytes);
    let mut pty = liao.pty(100, 160);
    assert_eq!(pty.turn("hello"), "好");
    assert!(pty.turn("/model 甲").starts_with("换成了 甲"));
    assert_ne!(pty.turn("hello"), "好");
    assert!(pty.turn("/context").contains("对话 2 轮"));
}

#[test]
fn files_that_wait_are_counted_in_the_tokens_of_the_next_model() {
    let count = |pty: &mut super::Pty| number_after(&pty.turn("/file"), "约");
    let fitting = |text: &str| {
        let liao = saying("好").env("LIAO_THREADS", "1").args(["-n", "8"]);
        liao.file("liao/data/models/甲/a.gguf", TinyGguf::llama().build().bytes);
        liao.file("a.txt", text);
        let mut pty = liao.pty(100, 160);
        pty.turn("/file a.txt");
        // A script counts characters, the model has three bytes for each of these.
        let before = count(&mut pty);
        let told = pty.turn("/model 甲");
        (before, count(&mut pty), told.contains("附上的文件"))
    };
    let (before, after, is_told) = fitting(&"灏".repeat(100));
    assert!(after > before + 100 && !is_told, "{before} {after}");
    let (before, after, is_told) = fitting(&"灏".repeat(300));
    assert!(before < 400 && after > 512 && is_told, "{before} {after}");
}

/// Who answered in the one session of a run, one after the other.
fn models_in_session(ran: &Ran) -> Vec<String> {
    let mut all = std::fs::read_dir(ran.home().join("liao/data/sessions")).expect("sessions");
    let file =
        all.find_map(|file| Some(file.ok()?.path()).filter(|path| path.extension().is_some_and(|e| e == "jsonl")));
    let text = std::fs::read_to_string(file.expect("a session")).expect("text");
    let events = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let models = events.filter(|event| event["event"] == "model");
    models.map(|event| event["name"].as_str().expect("a name").to_owned()).collect()
}

/// The same model twice, under two names: what it is told before the change it knows after, and nothing but the cache
/// is lost.
#[test]
fn what_was_said_is_known_to_the_next_model() {
    let demo =
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/demo.gguf")).expect("the demo model");
    let run = |between: &str| {
        // Named, because a file of one's own brings its own.
        let words = ["-m", "demo", "--template", "llama2", "--temp", "0", "--turns", "--json"];
        let liao = Liao::new().env("LIAO_THREADS", "1").args(words);
        liao.file("other.gguf", &demo);
        let ran = liao.stdin(format!("我叫欧阳若兰。\n{between}我叫什么名字？\n")).run();
        (ran.exits(0).answers(), models_in_session(&ran))
    };
    let ((straight, models), (changed, models_then)) = (run(""), run("/model ./other.gguf\n"));
    assert!(changed[1].text.contains("欧阳若兰"), "{changed:?}");
    assert_eq!((&changed[1].text, changed[1].prompt_tokens), (&straight[1].text, straight[1].prompt_tokens));
    assert!(changed[1].cached_tokens == 0 && straight[1].cached_tokens > 0, "{changed:?}");
    assert_eq!(models, ["demo"]);
    assert_eq!(models_then, ["demo", "other"]);
    // Of another vocabulary, the words are read, not the tokens.
    let liao = Liao::new().env("LIAO_THREADS", "1").args(["-m", "demo", "--temp", "0", "-n", "8", "--turns", "--json"]);
    liao.file("tiny.gguf", TinyGguf::llama().build().bytes);
    let ran = liao.stdin("你好\n/model ./tiny.gguf\nhello\n/model demo\n你好\n/model DEMO\n").run();
    assert_eq!(ran.exits(0).answers().len(), 3);
    ran.stderr_has("换成了 tiny").stderr_has("换成了 demo").stderr_has("现在用的就是 demo");
}

#[test]
fn the_language_changes_in_mid_conversation() {
    let mut pty = saying("好").pty(100, 80);
    assert_eq!(pty.turn("/undo"), "没有可撤销的问答");
    assert!(pty.turn("/lang en").contains("in English"));
    assert_eq!(pty.turn("/undo"), "there is nothing to take back");
    assert!(pty.turn("/help").contains("leave"));
    assert_eq!(pty.turn("你好"), "好");
    assert!(pty.turn("/lang").contains("in English"));
    assert!(pty.turn("/语言 中文").contains("中文"));
    assert_eq!(pty.turn("/undo"), "撤销了 1 轮问答（“你好”），还剩 0 轮");
    assert!(pty.turn("/lang fr").contains("/lang [zh|en]"));
}
