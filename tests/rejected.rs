//! Model files that cannot be talked to, and machines that cannot hold them: each is told in one line, with exit 3 or 5.

use crate::support::answers::says;
use crate::support::gguf::{F32, TinyGguf};
use crate::support::{Liao, Ran};

/// Asks a file of these bytes.
fn ask(name: &str, bytes: &[u8]) -> Ran {
    let liao = Liao::new();
    let path = liao.file(name, bytes);
    liao.arg("-m").arg(path).args(["-p", "hello", "-n", "3"]).run()
}

#[test]
fn what_is_no_model_is_told_for_what_it_is() {
    let whole = TinyGguf::llama().build().bytes;
    let lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 7865956224\n";
    for (bytes, words) in [
        (&b""[..], &["空文件"][..]),
        (b"<!DOCTYPE html>\n<html><head><title>404</title>", &["网页", "直接下载链接"]),
        (lfs, &["Git LFS", "git lfs pull"]),
        (b"PK\x03\x04 and more", &["GGUF"]),
        (b"\x00\x01\x02\x03 and more", &["GGUF"]),
        (&whole[..whole.len() - 1000], &["至少需要", &whole.len().to_string(), &(whole.len() - 1000).to_string()]),
        (&TinyGguf::llama().version(1).build().bytes, &["GGUF", "1"]),
        (&TinyGguf::vocabulary_only().build().bytes, &["只有词表"]),
    ] {
        let ran = ask("模型.gguf", bytes);
        ran.exits(3).stdout("").stderr_is_one_line_with(&["模型.gguf"]).stderr_is_one_line_with(words).has_no_escapes();
        // Nothing is advised that does not exist yet.
        assert!(
            !["liao pull", "liao list"].iter().any(|word| ran.stderr_text().contains(word)),
            "{}",
            ran.stderr_text()
        );
    }
}

#[test]
fn a_rejected_file_is_a_json_event_too_and_speaks_english() {
    let liao = Liao::new();
    let path = liao.file("page.gguf", "<html>");
    let ran = liao.arg("-m").arg(path).args(["-p", "hello", "--json"]).english().run();
    ran.exits(3).stderr_is_one_line_with(&["error: ", "page.gguf", "a web page", "direct link"]);
    let events = ran.json_lines();
    assert_eq!(events.len(), 1, "nothing was started");
    assert_eq!((&events[0]["event"], &events[0]["kind"]), (&"error".into(), &"model".into()));
}

#[test]
fn a_file_name_cannot_draw_on_the_terminal() {
    ask("a\u{1b}[2J\nb.gguf", b"<html>").exits(3).stderr_is_one_line_with(&["网页"]).has_no_escapes();
    let missing = Liao::new().args(["-m", "a\u{1b}[2J\nb.gguf", "-p", "x"]).run();
    missing.exits(3).stderr_is_one_line_with(&["-m"]).has_no_escapes();
}

#[test]
fn a_file_that_is_not_there_is_told_with_its_path() {
    let liao = Liao::new();
    let folder = liao.home().to_owned();
    for path in [folder.join("无.gguf"), folder.clone()] {
        let ran = Liao::new().arg("-m").arg(&path).args(["-p", "x"]).run();
        ran.exits(3).stdout("").stderr_is_one_line_with(&["打不开模型文件", path.to_str().unwrap(), "-m"]);
    }
    let ran = Liao::new().args(["-m", "no/such.gguf", "-p", "x"]).english().run();
    ran.exits(3).stderr_is_one_line_with(&["cannot open the model file no/such.gguf", "-m PATH.gguf"]);
}

#[test]
fn a_name_is_told_with_the_nearest_one_or_where_to_get_it() {
    let ran = Liao::new().args(["-m", "llama-2-13b-caht", "-p", "x"]).run();
    ran.exits(3).stdout("").stderr_is_one_line_with(&["llama-2-13b-caht", "llama-2-13b-chat"]);
    let ran = Liao::new().args(["-m", "llama-2-13b-chat", "-p", "x"]).run();
    ran.exits(3).stderr_is_one_line_with(&["llama-2-13b-chat", "liao pull llama-2-13b-chat:Q4_K_M"]);
    let ran = Liao::new().args(["-m", "llama-2-13b-chat:Q9_Z", "-p", "x"]).run();
    ran.exits(3).stderr_is_one_line_with(&["Q9_Z", "Q4_K_M"]);
}

#[test]
fn a_model_is_found_by_its_name() {
    let liao = Liao::new();
    liao.file("liao/data/models/mine/tiny.gguf", TinyGguf::llama().build().bytes);
    let ran = liao.args(["-m", "mine", "-p", "hello", "-n", "3", "--json"]).run();
    assert_eq!(ran.exits(0).json_lines()[0]["model"], "mine");
}

#[test]
fn damaged_weights_are_found_before_they_speak() {
    let good = TinyGguf::llama().f32_weights();
    for name in ["output_norm.weight", "blk.1.ffn_norm.weight", "output.weight"] {
        let built = good.build();
        let mut offset = built.data_offset;
        for tensor in &good.tensors {
            assert_eq!(tensor.kind, F32);
            if tensor.name == name {
                break;
            }
            offset += tensor.dims.iter().product::<u64>() as usize * 4;
            offset = offset.next_multiple_of(32);
        }
        let mut bytes = built.bytes;
        bytes[offset..offset + 4].copy_from_slice(&f32::NAN.to_le_bytes());
        ask("nan.gguf", &bytes).exits(3).stdout("").stderr_is_one_line_with(&["权重已损坏", "SHA-256"]);
    }
    ask("good.gguf", &good.build().bytes).exits(0);
}

#[test]
fn too_little_memory_is_told_with_numbers_and_force_loads_all_the_same() {
    let liao = || Liao::new().tiny(&TinyGguf::llama()).args(["-p", "hello", "-n", "3"]).env("LIAO_MEMORY", "1M");
    liao().run().exits(5).stdout("").stderr_is_one_line_with(&["内存不够", "可用 1 MiB", "--force"]);
    let ran = liao().args(["--json"]).english().run();
    ran.exits(5).stderr_is_one_line_with(&["error: not enough memory", "1 MiB is free", "--force"]);
    assert_eq!(ran.json_lines().last().unwrap()["kind"], "resources");
    liao().args(["--force", "-q"]).run().exits(0).stderr("");
    liao().args(["--force", "-v"]).run().exits(0).stderr_has("--force");
    liao().env("LIAO_MEMORY", "lots").run().exits(2).stderr_is_one_line_with(&["LIAO_MEMORY=lots", "512M"]);
}

#[test]
fn a_context_that_does_not_fit_is_offered_smaller() {
    let liao = Liao::new().tiny(&TinyGguf::llama()).args(["-p", "hello", "-n", "3"]).env("LIAO_MEMORY", "200M");
    let ran = liao.args(["-c", "1048576"]).run();
    ran.exits(5).stderr_is_one_line_with(&["1048576", "可用 200 MiB", "--ctx 512"]);
}

#[cfg(target_os = "linux")]
#[test]
fn little_address_space_never_kills_the_front() {
    for kib in [20_000, 60_000, 100_000, 150_000, 250_000, 400_000, 700_000] {
        let shell = Liao::of("/bin/sh").env("LIAO", env!("CARGO_BIN_EXE_liao"));
        let model = shell.file("tiny.gguf", TinyGguf::llama().build().bytes);
        let script = format!("ulimit -v {kib}; exec \"$LIAO\" -m '{}' -p hello -n 3 -t 2 -q", model.display());
        let ran = shell.args(["-c", &script]).run();
        let code = ran.code();
        // Below some 50 MB not even the loader can map the program, which is the system's to tell: by 127 or a signal.
        // Up to 100 MB an allocation of the front's own may fail, now and then, and that ends it.
        let is_too_little = kib <= 100_000;
        let expected: &[Option<i32>] = if is_too_little {
            &[Some(0), Some(3), Some(5), Some(70), Some(127), None]
        } else {
            &[Some(0), Some(3), Some(5), Some(70)]
        };
        assert!(expected.contains(&code), "{kib} KiB: {code:?}\n{}", ran.stderr_text());
        if code != Some(0) && !is_too_little {
            assert_eq!(ran.stderr_text().lines().count(), 1, "{kib} KiB: {}", ran.stderr_text());
        }
    }
}

#[test]
fn a_base_model_is_warned_of_once() {
    let liao = Liao::new();
    let base = liao.file("llama-2-13b.gguf", TinyGguf::llama().name("LLaMA v2").build().bytes);
    let ran = liao.arg("-m").arg(base).args(["--turns", "-n", "3"]).stdin("hello\nhello\n").run();
    assert_eq!(ran.exits(0).stderr_text().matches("基座模型").count(), 1, "{}", ran.stderr_text());
    let ran = Liao::new().script(&says(&["好"])).args(["-p", "hello"]).run();
    ran.exits(0).stderr("");
}
