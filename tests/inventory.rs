//! `liao list`, `show` and `rm`: which models there are, what each takes on machines of different sizes, and removing
//! them.

use std::fs;
use std::path::PathBuf;

use crate::support::gguf::TinyGguf;
use crate::support::{Liao, Ran};

/// On a machine with this much memory.
fn liao(memory: &str, words: &[&str]) -> Liao {
    Liao::new().env("LIAO_MEMORY", memory).args(words.to_vec())
}

/// The line of `liao list` about a model.
#[track_caller]
fn line<'r>(ran: &'r Ran, name: &str) -> &'r str {
    let is_its = |line: &&str| line.split_whitespace().next() == Some(name);
    let text = ran.exits(0).stdout_text();
    text.lines().find(is_its).unwrap_or_else(|| panic!("no {name} in:\n{text}"))
}

#[test]
fn list_tells_what_fits_on_each_machine() {
    for (memory, quant, words) in [
        ("8G", "Q3_K_M", "放得下，上下文 2048（KV q8_0）"),
        ("16G", "Q4_K_M", "放得下，上下文 4096"),
        ("24G", "Q6_K", "放得下，上下文 4096"),
    ] {
        let ran = liao(memory, &["list"]).run();
        let known = line(&ran, "chinese-alpaca-2-13b");
        assert!(known.contains(quant) && known.contains("GB  "), "{memory}: {known}");
        assert!(known.ends_with(words), "{memory}: {known}");
        assert!(line(&ran, "demo").ends_with("内置"), "{}", ran.stdout_text());
        // Of a checkpoint, how large the result will be.
        let made = line(&ran, "opendata-chinese-llama2-chat");
        assert!(made.contains(quant) && made.contains('≈') && made.contains("放得下"), "{memory}: {made}");
        ran.stdout_has("由 fp16 权重转换而成");
        ran.stdout_has("liao pull").stderr("").has_no_escapes();
        assert!(!ran.stdout_text().contains("reward"), "a model that cannot chat is none to choose");
        let widest = ran.stdout_text().lines().map(unicode_width::UnicodeWidthStr::width).max();
        assert!(widest <= Some(100), "{}", ran.stdout_text());
    }
    let english = liao("16G", &["list"]).english().run();
    english.stdout_has("available: liao pull NAME").stdout_has("this machine (16.00 GiB)");
    assert!(line(&english, "demo").ends_with("built in"));
    // 7B on a small machine: it fits.
    assert!(line(&liao("8G", &["list"]).run(), "chinese-alpaca-2-7b").contains("放得下"));
}

/// In each language on machines of three sizes: what fits, what was chosen and why, and what to type next.
#[test]
fn what_a_reader_needs_is_there() {
    let name = "chinese-alpaca-2-13b";
    for (memory, quant, is_tight) in [("8G", "Q3_K_M", true), ("16G", "Q4_K_M", false), ("24G", "Q6_K", false)] {
        for is_english in [false, true] {
            let run = |words: &[&str]| {
                let liao = liao(memory, words);
                let ran = if is_english { liao.english().run() } else { liao.run() };
                ran.exits(0).stderr("").has_no_escapes();
                ran
            };
            let say = |zh: &'static str, en: &'static str| if is_english { en } else { zh };
            let machine = format!("{}.00 GiB", memory.trim_end_matches('G'));

            let list = run(&["list"]);
            list.stdout_has(say("在磁盘上", "on disk")).stdout_has(say("liao pull 名字", "liao pull NAME"));
            list.stdout_has(&machine).stdout_has(say("量化", "quant")).stdout_has(say("内存", "memory"));
            list.stdout_has(say("由 fp16 权重转换而成", "converted from an fp16 checkpoint"));
            let row = line(&list, name);
            assert!(row.contains(quant) && row.contains(say("放得下", "fits")), "{row}");
            let widest = list.stdout_text().lines().map(unicode_width::UnicodeWidthStr::width).max();
            assert!(widest <= Some(110), "{}", list.stdout_text());

            for (name, mark) in [(name, "GB"), ("opendata-chinese-llama2-chat", "≈")] {
                let shown = run(&["show", name]);
                let row = |quant: &str| {
                    let mut lines = shown.stdout_text().lines();
                    let is_its = |line: &&str| line.split_whitespace().next() == Some(quant);
                    lines.find(is_its).unwrap_or_else(|| panic!("no {quant} in:\n{}", shown.stdout_text())).to_owned()
                };
                let chosen = row(quant);
                assert!(chosen.contains(say("← 合适", "← suits it")) && chosen.contains(mark), "{chosen}");
                assert_eq!(row("Q8_0").contains(say("放不下", "does not fit")), memory == "8G", "{}", row("Q8_0"));
                shown.stdout_has(&format!("liao pull {name}:{quant}")).stdout_has(&machine);
                let why = match is_tight {
                    true => "--ctx 1024 --kv-type q8_0",
                    false => say("还留得下长对话", "leaves room for long conversations"),
                };
                shown.stdout_has(why);
            }

            let pull = run(&["pull", "--help"]);
            let told = [say("名字[:量化]", "NAME[:QUANT]"), "hf:", "--offline", "--json", "SHA-256", "liao list"];
            for text in told {
                pull.stdout_has(text);
            }
            pull.stdout_has(say("按这台机器的内存", "this machine's memory"));
            let import = run(&["import", "--help"]);
            for text in ["--quant", "Q4_K_M", "--name", "--output"] {
                import.stdout_has(text);
            }
            import.stdout_has(say("权重", "checkpoint"));
            for page in [&pull, &import] {
                assert!(page.stdout_text().lines().count() <= 33, "{}", page.stdout_text());
                for line in page.stdout_text().lines() {
                    assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
                    let has_chinese = line.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
                    assert!(!(is_english && has_chinese), "{line}");
                }
            }
        }
    }
}

#[test]
fn all_parts_of_a_model_are_counted_and_removed() {
    let liao = liao("16G", &["list", "--json"]);
    for no in 1..=3 {
        liao.file(format!("liao/data/models/分开的/x.Q4_0-0000{no}-of-00003.gguf"), "12345");
    }
    let ran = liao.run();
    let rows = ran.exits(0).json_lines();
    let row = rows.iter().find(|row| row["name"] == "分开的").expect("a row");
    assert_eq!(row["bytes"].as_u64(), Some(15));
    assert_eq!(rows.iter().filter(|row| row["name"] == "分开的").count(), 1);
    let removed = Liao::new().args(["rm", "分开的:Q4_0"]).in_home_of(&ran).run();
    removed.exits(0).stderr_is_one_line_with(&["删掉了"]);
    assert!(!ran.home().join("liao/data/models/分开的").exists());
}

#[test]
fn list_names_what_is_on_disk_sound_or_not() {
    let tiny = TinyGguf::llama().build().bytes;
    let liao = liao("16G", &["list"]);
    liao.file("liao/data/models/我的模型/a.Q4_0.gguf", &tiny);
    liao.file("liao/data/models/坏的/b.gguf", &tiny[..100]);
    liao.file("liao/data/models/chinese-alpaca-2-7b/chinese-alpaca-2-7b.Q2_K.gguf", &tiny);
    liao.file("liao/data/models/parts/x-00002-of-00002.gguf", &tiny);
    let ran = liao.run();
    assert!(line(&ran, "我的模型").contains("放得下"), "{}", ran.stdout_text());
    assert!(line(&ran, "坏的").contains("用不了"), "{}", ran.stdout_text());
    assert!(line(&ran, "chinese-alpaca-2-7b").contains("Q2_K"));
    assert_eq!(ran.stdout_text().matches("chinese-alpaca-2-7b ").count(), 1, "it is not to be had once more");
    assert!(!ran.stdout_text().contains("parts"), "a part that is not the first is no model");
    assert!(!ran.home().join("liao/data/models/demo").exists(), "looking writes nothing");

    let json = Liao::new().args(["list", "--json"]).env("LIAO_MEMORY", "16G").in_home_of(&ran).run();
    let rows = json.exits(0).json_lines();
    let row = |name: &str| rows.iter().find(|row| row["name"] == name).expect("a row").clone();
    assert_eq!((row("我的模型")["installed"].as_bool(), row("我的模型")["fits"].as_bool()), (Some(true), Some(true)));
    assert_eq!(row("我的模型")["bytes"].as_u64(), Some(tiny.len() as u64));
    let known = row("llama-2-13b-chat");
    assert_eq!((known["installed"].as_bool(), known["quant"].as_str()), (Some(false), Some("Q4_K_M")));
    assert!(known["memory_bytes"].as_u64().is_some_and(|bytes| bytes > 8_000_000_000), "{known}");
    assert_eq!((known["n_ctx"].as_u64(), known["kv_type"].as_str()), (Some(4096), Some("f16")));
}

#[test]
fn show_tells_what_is_known_of_a_model_that_is_not_here() {
    let ran = liao("16G", &["show", "chinese-alpaca-2-13b"]).run();
    ran.exits(0).stdout_has("TheBloke/Chinese-Alpaca-2-13B-GGUF").stdout_has("llama2-hfl").stdout_has("apache-2.0");
    let row = |quant: &str| {
        let line = ran.stdout_text().lines().find(|line| line.trim_start().starts_with(&format!("{quant} ")));
        line.unwrap_or_else(|| panic!("no {quant} in:\n{}", ran.stdout_text()))
    };
    assert!(row("Q4_K_M").contains("8.03 GB") && row("Q4_K_M").contains("合适"), "{}", row("Q4_K_M"));
    assert!(row("Q8_0").contains("KV q8_0") && !row("Q8_0").contains("合适"), "{}", row("Q8_0"));
    let small = liao("8G", &["show", "chinese-alpaca-2-13b"]).run();
    let largest = small.exits(0).stdout_text().lines().find(|line| line.trim_start().starts_with("Q8_0 "));
    assert!(largest.is_some_and(|line| line.contains("放不下")), "{}", small.stdout_text());
    let json = liao("16G", &["show", "chinese-alpaca-2-13b", "--json"]).run();
    let shown = &json.exits(0).json_lines()[0];
    assert_eq!((shown["n_ctx"].as_u64(), shown["purpose"].as_str()), (Some(4096), Some("chat")));
    let files = shown["files"].as_array().expect("files");
    assert!(files.iter().any(|file| file["quant"] == "Q6_K" && file["sha256"].is_string()), "{shown}");
    liao("16G", &["show", "opendata-chinese-llama2-reward"]).run().exits(0).stdout_has("不能对话");
    liao("16G", &["show", "llama2-13b-chat"]).run().exits(3).stderr_is_one_line_with(&["是不是 llama-2-13b-chat"]);
}

#[test]
fn show_reads_the_header_of_a_file() {
    let liao = liao("16G", &["show", "./x.gguf"]);
    liao.file("x.gguf", TinyGguf::llama().build().bytes);
    let ran = liao.run();
    ran.exits(0).stdout_has("x.gguf").stdout_has("llama").stdout_has("词表").stdout_has("放得下").stderr("");
    let json = Liao::new().args(["show", "./x.gguf", "--json"]).in_home_of(&ran).run();
    let shown = &json.exits(0).json_lines()[0];
    assert_eq!((shown["architecture"].as_str(), shown["fits"].as_bool()), (Some("llama"), Some(true)));
    assert!(shown["n_params"].as_u64() > Some(0) && shown["n_layers"].as_u64() > Some(0), "{shown}");
    let broken = Liao::new().args(["show", "./y.gguf"]);
    broken.file("y.gguf", b"GGUF");
    broken.run().exits(3).stdout("").stderr_is_one_line_with(&["y.gguf"]);
    let demo = Liao::new().args(["show", "demo"]).run();
    demo.exits(0).stdout_has("liao demo").stdout_has("llama2");
}

#[test]
fn rm_removes_what_is_named_and_nothing_else() {
    let named = |words: &[&str]| liao("16G", words);
    let put = |liao: &Liao, path: &str| -> PathBuf { liao.file(format!("liao/data/models/{path}"), "12345") };
    let liao = named(&["rm", "我的"]);
    let (file, other) = (put(&liao, "我的/a.Q4_0.gguf"), put(&liao, "别的/a.gguf"));
    let ran = liao.run();
    ran.exits(0).stdout("").stderr_is_one_line_with(&["删掉了", "a.Q4_0.gguf"]);
    assert!(!file.exists() && !file.parent().unwrap().exists() && other.exists());

    // Of several, one has to be named; what else is in the folder stays.
    let liao = named(&["rm", "我的"]);
    let (small, large) = (put(&liao, "我的/a.Q4_0.gguf"), put(&liao, "我的/a.Q8_0.gguf"));
    let note = put(&liao, "我的/note.txt");
    let ran = liao.run();
    ran.exits(2).stderr_is_one_line_with(&["a.Q4_0.gguf", "a.Q8_0.gguf", "liao rm 我的:量化"]);
    assert!(small.exists() && large.exists());
    named(&["rm", "我的:Q8_0"]).in_home_of(&ran).run().exits(0);
    assert!(small.exists() && !large.exists() && note.exists());

    named(&["rm", "demo"]).run().exits(2).stderr_is_one_line_with(&["演示模型"]);
    named(&["rm", "没有的"]).run().exits(3).stderr_is_one_line_with(&["没有的"]);
    let path = named(&["rm", "./x.gguf"]);
    let kept = path.file("x.gguf", "1");
    let ran = path.run();
    ran.exits(2).stderr_is_one_line_with(&["路径"]);
    assert!(kept.exists());
    assert!(fs::metadata(other.parent().unwrap()).is_ok());
}

#[test]
fn rm_leaves_the_cache_of_others_alone() {
    let liao = liao("16G", &["rm", "llama-2-13b-chat:Q4_0"]);
    let cached = liao.file(
        ".cache/huggingface/hub/models--TheBloke--Llama-2-13B-chat-GGUF/snapshots/366d234f6dee413534d3e177b7452ee95fb194e7/llama-2-13b-chat.Q4_0.gguf",
        "1",
    );
    let ran = liao.run();
    ran.exits(1).stderr_is_one_line_with(&["Hugging Face"]);
    assert!(cached.exists());
}
