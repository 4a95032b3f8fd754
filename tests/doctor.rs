//! `liao doctor`: on sound and broken machines, with sound and broken models and settings, with and without a terminal.

use crate::support::gguf::TinyGguf;
use crate::support::{Liao, Ran, sha256};
use liao::text::han::is_han;
use serde_json::{Value, json};
use std::fs;

/// In Chinese, on a machine with this much memory.
fn doctor(memory: &str) -> Liao {
    Liao::new().env("LIAO_MEMORY", memory).env("LANG", "zh_CN.UTF-8").arg("doctor")
}

/// All that was found under these names, with `--json`.
fn found(ran: &Ran, section: &str, check: &str) -> Vec<Value> {
    ran.json_lines().into_iter().filter(|line| line["section"] == section && line["check"] == check).collect()
}

/// The one thing that was found.
#[track_caller]
fn one(ran: &Ran, section: &str, check: &str) -> Value {
    let mut all = found(ran, section, check);
    assert_eq!(all.len(), 1, "{section} {check}: {all:#?}");
    all.remove(0)
}

/// What is told of all that is broken, with `--json`.
fn broken(ran: &Ran) -> Vec<String> {
    let lines = ran.json_lines().into_iter().filter(|line| line["level"] == "broken");
    lines.map(|line| line["message"].as_str().expect("a sentence").to_owned()).collect()
}

#[test]
fn a_sound_machine_is_told_in_two_screens() {
    for is_english in [false, true] {
        let ran = if is_english { doctor("16G").english() } else { doctor("16G") }.run();
        let page = ran.exits(0).stderr("").has_no_escapes().stdout_text();
        assert!(page.lines().count() <= 66, "{page}");
        assert!(page.contains("  ✓ ") && !page.contains('✗'), "{page}");
        assert!(page.contains(if is_english { "100 Chinese strings" } else { "100 句中文来回一字不差" }), "{page}");
        let has_chinese = page.contains(is_han);
        assert_eq!(has_chinese, !is_english, "{page}");
        // Whatever is not well says what to do.
        let lines: Vec<&str> = page.lines().collect();
        for (i, _) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("  ! ")) {
            assert!(lines[i + 1].starts_with("      → "), "{page}");
        }
        // The demo alone is worth a line.
        ran.stdout_has("liao pull opendata-chinese-llama2-chat");
    }
}

#[test]
fn each_machine_is_told_what_suits_it() {
    for (memory, quant) in [("8G", "Q3_K_M"), ("16G", "Q4_K_M"), ("24G", "Q6_K")] {
        let ran = doctor(memory).arg("--json").run();
        let found = one(ran.exits(0), "machine", "memory");
        let expected = memory.trim_end_matches('G').parse::<u64>().unwrap() << 30;
        assert_eq!(found["value"]["total_bytes"], expected, "{found}");
        assert!(found["message"].as_str().unwrap().contains(quant), "{found}");
        assert!(
            found["value"]["free_bytes"].as_u64() <= Some(expected) && found["value"]["n_cores"].as_u64() > Some(0)
        );
    }
    let small = doctor("1G").arg("--json").run();
    let found = one(small.exits(0), "machine", "memory");
    assert_eq!((&found["level"], found["advice"].is_string()), (&json!("warning"), true), "{found}");
}

#[test]
fn every_line_of_json_has_the_same_keys() {
    let ran = doctor("16G").arg("--json").run();
    let lines = ran.exits(0).stderr("").json_lines();
    assert!(lines.len() > 12, "{lines:#?}");
    for line in &lines {
        let keys: Vec<&String> = line.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["section", "check", "level", "message", "advice", "value"]);
        assert!(["ok", "warning", "broken"].contains(&line["level"].as_str().unwrap()), "{line}");
        assert_eq!(line["level"] == "ok", line["advice"].is_null(), "{line}");
    }
    let trip = one(&ran, "models", "tokenizer");
    assert_eq!((&trip["value"]["tried"], &trip["value"]["lost"]), (&json!(100), &json!([])));
    assert!(trip["value"]["characters_per_token"].as_f64() > Some(0.2), "{trip}");
    assert_eq!(one(&ran, "program", "version")["value"], env!("CARGO_PKG_VERSION"));
    assert!(one(&ran, "program", "cpu")["value"]["present"].is_array());
    assert_eq!(one(&ran, "program", "engine")["level"], "ok");
    assert!(one(&ran, "machine", "disk")["value"].as_u64() > Some(0));
    assert_eq!(one(&ran, "terminal", "locale")["value"], "LANG=zh_CN.UTF-8");
    assert_eq!(one(&ran, "models", "in_force")["value"]["name"], "demo");
}

#[test]
fn without_utf8_the_marks_are_ascii_and_nothing_is_broken() {
    for lang in [None, Some("C"), Some("zh_CN.GB18030")] {
        let liao = Liao::new().env("LIAO_MEMORY", "16G").arg("doctor");
        let ran = if let Some(lang) = lang { liao.env("LANG", lang) } else { liao }.run();
        let page = ran.exits(0).stdout_text();
        assert!(!page.contains(['✓', '✗', '→']), "{page}");
        ran.stdout_has("  + ").stdout_has("  ! 编码不是 UTF-8").stdout_has("-> ").stdout_has("LANG=C.UTF-8");
    }
    doctor("16G").env("LC_ALL", "C").run().exits(0).stdout_has("LC_ALL=C");
}

#[test]
fn it_leaves_nothing_behind() {
    let liao = doctor("16G").args(["-m", "./x.gguf"]);
    liao.file("x.gguf", TinyGguf::llama().build().bytes);
    let ran = liao.run();
    ran.exits(0).stdout_has("x.gguf").stdout_has("100 句中文");
    let left: Vec<_> = fs::read_dir(ran.home()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["x.gguf"]);
}

#[test]
fn a_models_folder_that_is_none_is_broken_and_the_rest_is_looked_at() {
    let liao = doctor("16G").arg("--json");
    liao.file("liao/data/models", "no folder");
    let ran = liao.run();
    let folder = one(ran.exits(1), "folders", "models");
    assert_eq!(folder["level"], "broken");
    assert!(folder["advice"].as_str().unwrap().contains("LIAO_HOME"), "{folder}");
    assert_eq!(broken(&ran).len(), 1, "{:?}", broken(&ran));
    assert_eq!(one(&ran, "models", "tokenizer")["level"], "ok", "the demo model is found elsewhere");
    let liao = doctor("16G");
    liao.file("liao/data", "no folder");
    liao.run().exits(1).stdout_has("  ✗ 模型").stdout_has("  ✗ 会话").stdout_has("  ✗ 输入历史");
}

#[test]
fn a_damaged_model_is_broken_whether_it_is_in_use_or_not() {
    let tiny = TinyGguf::llama().build().bytes;
    let liao = doctor("16G").arg("--json");
    liao.file("liao/data/models/坏的/b.gguf", &tiny[..100]);
    let ran = liao.run();
    let in_force = one(ran.exits(1), "models", "in_force");
    assert_eq!(in_force["level"], "broken");
    assert!(in_force["advice"].as_str().unwrap().contains("-m 名字"), "{in_force}");
    assert!(found(&ran, "models", "tokenizer").is_empty(), "there is nothing to try");

    let ran = doctor("16G").args(["--json", "-m", "demo"]).in_home_of(&ran).run();
    assert_eq!(one(ran.exits(1), "models", "in_force")["level"], "ok");
    let other = one(&ran, "models", "model");
    assert_eq!((&other["level"], &other["value"]["name"]), (&json!("broken"), &json!("坏的")));
    assert!(other["advice"].as_str().unwrap().contains("liao rm 坏的"), "{other}");
    assert_eq!(one(&ran, "models", "tokenizer")["level"], "ok");
    let absent = doctor("16G").args(["-m", "chinese-alpaca-2-13b"]).run();
    absent.exits(1).stdout_has("✗").stdout_has("liao pull chinese-alpaca-2-13b");
}

#[test]
fn a_model_is_held_to_what_was_written_down_when_it_came() {
    let tiny = TinyGguf::llama().build().bytes;
    let record = |n_bytes: usize, sum: &str| {
        json!({"v": 1, "repo": "a/b", "commit": null, "host": null, "size": n_bytes, "sha256": sum}).to_string()
    };
    let run = |record: String| {
        let liao = doctor("16G");
        liao.file("liao/data/models/甲/a.Q4_0.gguf", &tiny);
        liao.file("liao/data/models/甲/a.Q4_0.gguf.json", record);
        liao.run()
    };
    run(record(tiny.len(), &sha256(&tiny))).exits(0).stdout_has("甲").stdout_has("SHA-256 对");
    run(record(tiny.len(), &sha256(b"other"))).exits(1).stdout_has("SHA-256 不对").stdout_has("-m 名字");
    run(record(tiny.len() + 1, &sha256(&tiny))).exits(1).stdout_has("长度");
    // One that is no record says nothing.
    run("{}".to_owned()).exits(0);
}

#[test]
fn a_model_too_large_for_the_machine_is_told() {
    let liao = doctor("40M").args(["--json", "-m", "./x.gguf"]);
    liao.file("x.gguf", TinyGguf::llama().build().bytes);
    let ran = liao.run();
    let in_force = one(ran.exits(0), "models", "in_force");
    assert_eq!((&in_force["level"], in_force["advice"].is_string()), (&json!("warning"), true), "{in_force}");
}

#[test]
fn all_that_is_wrong_with_the_settings_is_told() {
    let config = "tmep = 1\nzebra = 2\ntemp = 99\ntop-k = 7\n";
    let liao = doctor("16G").env("LIAO_TOP_P", "2").env("LIAO_MAX_TOKEN", "5").env("LIAO_TOP_K", "9").arg("--json");
    liao.file("liao/config/config.toml", config);
    liao.file("liao/config/models.toml", "not = = toml");
    let ran = liao.run();
    let told = broken(ran.exits(1)).join("\n");
    for part in ["tmep", "zebra", "temp = 99", "models.toml", "LIAO_TOP_P"] {
        assert!(told.contains(part), "no {part} in\n{told}");
    }
    assert_eq!(found(&ran, "settings", "fault").len(), 5, "{told}");
    let slip = one(&ran, "settings", "variable");
    assert_eq!((&slip["level"], &slip["value"]), (&json!("warning"), &json!("LIAO_MAX_TOKEN")));
    assert!(slip["advice"].as_str().unwrap().contains("LIAO_MAX_TOKENS"), "{slip}");
    let in_force = one(&ran, "settings", "in_force");
    assert_eq!(in_force["value"]["top-k"], json!({"value": 9, "from": "environment"}));
    // Any other command stops at the first.
    let other = Liao::new().args(["config"]).in_home_of(&ran).run();
    other.exits(2).stdout("").stderr_is_one_line_with(&["temp = 99"]);

    let ran = doctor("much").run();
    ran.exits(1).stdout_has("✗ LIAO_MEMORY=much").stdout_has("100 句中文");
}

#[cfg(unix)]
mod on_a_terminal {
    use super::doctor;
    use crate::support::Liao;
    use crate::support::pty::Pty;
    use std::time::{Duration, Instant};

    const QUERY: &[u8] = b"\x1b[6n";

    /// Waits until the terminal is asked where its cursor is, and has it answer so, or not at all. Gives the screen at the
    /// end of the program, which ends well.
    #[track_caller]
    fn answered(liao: Liao, answer: Option<&str>) -> (Pty, String) {
        let mut pty = liao.pty(100, 100);
        let deadline = Instant::now() + Duration::from_secs(60);
        while !pty.raw().windows(QUERY.len()).any(|bytes| bytes == QUERY) {
            assert!(Instant::now() < deadline, "nobody asked\n{}", pty.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
        if let Some(answer) = answer {
            pty.text(answer);
        }
        pty.wait_for("100 句中文");
        assert_eq!(pty.exit_code(), 0);
        let screen = pty.screen();
        (pty, screen)
    }

    #[test]
    fn the_terminal_is_asked_how_wide_it_makes_what_unicode_leaves_open() {
        for (answer, told) in [
            (Some("\x1b[1;4R"), "✓ “…① 这样的字符在你的终端里各占 1 列"),
            (Some("\x1b[1;7R"), "“…① 这 3 个字符在你的终端里共占 6 列，liao 按 3 列排"),
            (Some("ls\x1b[A\x1b[9;4R"), "✓ “…① 这样的字符在你的终端里各占 1 列"),
            (None, "终端没有说"),
        ] {
            let (_pty, screen) = answered(doctor("16G"), answer);
            assert!(screen.contains(told), "{answer:?}\n{screen}");
            assert!(!screen.contains(";4R") && !screen.contains("[6n"), "the answer is not to be seen\n{screen}");
            assert!(screen.starts_with("终端\n"), "nothing stays of the question\n{screen}");
            for part in ["编码 UTF-8", "大小 100 列 100 行", "iutf8", "颜色 256 种"] {
                assert!(screen.contains(part), "no {part}\n{screen}");
            }
        }
    }

    #[test]
    fn what_the_settings_say_of_the_width_is_held_to_what_the_terminal_does() {
        let wide = || doctor("16G").env("LIAO_AMBIGUOUS_WIDTH", "wide");
        assert!(answered(wide(), Some("\x1b[1;7R")).1.contains("✓ “…① 这样的字符在你的终端里各占 2 列"));
        assert!(answered(wide(), Some("\x1b[1;4R")).1.contains("ambiguous-width = \"narrow\""));
    }

    #[test]
    fn the_terminal_is_left_as_it_was_found() {
        let mut pty = doctor("16G").pty(100, 100);
        let found = pty.modes();
        assert_eq!(pty.wait_for("100 句中文").exit_code(), 0);
        assert_eq!(pty.modes(), found);
    }

    #[test]
    fn who_wants_no_escapes_gets_none_and_a_small_window_is_told() {
        for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
            let mut pty = doctor("16G").env(name, value).pty(100, 30);
            assert_eq!(pty.wait_for("100 句中文").exit_code(), 0);
            assert!(!pty.raw().contains(&0x1b), "{}", pty.screen());
            let screen = pty.screen().replace('\n', "");
            assert!(screen.contains("只有 30 列 100 行"), "{screen}");
        }
    }
}
