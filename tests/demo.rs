//! The built-in demo model through the front door: where its file comes from, when it is used, and what is said of it.
//! What the model itself knows is in `memory`.

use liao::gguf::{self, Header};

use crate::support::gguf::TinyGguf;
use crate::support::{Liao, Ran};
use std::fs;
use std::path::{Path, PathBuf};

/// A short greedy answer, on one thread.
fn liao() -> Liao {
    Liao::new().env("LIAO_THREADS", "1").args(["-n", "4", "--temp", "0"])
}

/// One question to the model of that name.
fn named(words: &[&str]) -> Liao {
    liao().args(["-m", "demo", "-p", "你好"]).args(words.to_vec())
}

fn built_in() -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/demo.gguf")).expect("the model in the sources")
}

fn file_in(liao_home: &Path) -> PathBuf {
    liao_home.join("data/models/demo/demo.gguf")
}

/// The model that a run with `--json` used.
#[track_caller]
fn model_of(ran: &Ran) -> String {
    ran.exits(0).json_lines()[0]["model"].as_str().expect("a start event names the model").to_owned()
}

/// The lines on stderr that speak of which model it is.
fn notices(ran: &Ran) -> Vec<&str> {
    ran.stderr_text().lines().filter(|line| line.contains("liao pull") || line.contains("config.toml")).collect()
}

#[test]
fn it_takes_the_path_that_a_13b_takes() {
    let header = Header::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/demo.gguf")).expect("a GGUF");
    gguf::validate(&header).expect("our own validator accepts it");
    let told = |key: &str| header.str(key).unwrap_or_default();
    assert_eq!((header.architecture(), told("tokenizer.ggml.model")), ("llama", "llama"));
    assert_eq!((header.name(), told("general.license")), (Some("liao demo"), "apache-2.0"));
    assert_eq!((header.bos(), header.eos(), header.add_bos()), (Some(1), Some(2), true));
    assert!(header.n_ctx_train() >= Some(1024) && header.file_type_name() == "Q8_0");
    assert!(header.tensors().iter().any(|tensor| tensor.name == "blk.0.attn_q.weight"));
    // Its own template and Meta's, which liao writes for it, are the same.
    let messages = Liao::new();
    let file = messages.file(
        "dialogue.json",
        r#"[{"role":"system","content":"用户住在喀什。"},{"role":"user","content":"你好"},
            {"role":"assistant","content":"你好！"},{"role":"user","content":"我住在哪里？"}]"#,
    );
    let tokens = |template: &[&str]| {
        let liao =
            Liao::new().args(["prompt", "-m", "demo", "--json", "--messages"]).arg(file.to_str().expect("UTF-8"));
        let ran = liao.args(template.to_vec()).run();
        ran.exits(0).json_lines()[0]["ids"].clone()
    };
    let template = messages.file("its-own.jinja", header.chat_template().expect("a template"));
    let meta = tokens(&[]);
    assert!(meta.as_array().is_some_and(|ids| ids.iter().filter(|id| **id == 1).count() == 2), "{meta}");
    assert_eq!(meta, tokens(&["--template", template.to_str().expect("UTF-8")]));
}

#[test]
fn the_first_use_writes_the_file_and_the_next_leaves_it() {
    let first = named(&[]).run();
    let path = file_in(&first.exits(0).home().join("liao"));
    assert!(fs::read(&path).unwrap() == built_in(), "it is written whole");
    let written = fs::metadata(&path).unwrap().modified().unwrap();
    named(&[]).in_home_of(&first).run().exits(0).stdout(first.stdout_text());
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing else is beside it");
}

#[test]
fn a_file_that_is_not_the_built_in_one_is_replaced() {
    let (whole, older) = (built_in(), TinyGguf::llama().build().bytes);
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 0x40;
    let expected = named(&[]).run();
    for wrong in [&older, &damaged, &whole[..whole.len() / 2], b""] {
        let liao = named(&[]);
        let path = liao.file("liao/data/models/demo/demo.gguf", wrong);
        let ran = liao.run();
        ran.exits(0).stdout(expected.exits(0).stdout_text());
        assert!(fs::read(path).unwrap() == whole, "{} bytes", wrong.len());
    }
}

#[test]
fn several_at_once_do_not_disturb_each_other() {
    let home = tempfile::tempdir().expect("a directory");
    let start = || named(&["-q"]).env("LIAO_HOME", home.path()).start();
    let all = [start(), start(), start(), start()].map(crate::support::Running::finish);
    for ran in &all {
        ran.exits(0).stdout(all[0].stdout_text()).stderr("");
    }
    let path = file_in(home.path());
    assert!(fs::read(&path).unwrap() == built_in());
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left behind");
}

#[cfg(unix)]
#[test]
fn without_a_models_directory_a_temporary_file_serves() {
    // What cannot be a folder, not even for root: a file.
    let blocked = |words: &[&str]| {
        let liao = named(words);
        liao.file("liao/data/models", "");
        let temp = liao.home().join("tmp");
        liao.env("TMPDIR", temp)
    };
    let ran = blocked(&["-q"]).run();
    ran.exits(0).stderr("");
    let told = blocked(&["-v"]).in_home_of(&ran).run();
    told.exits(0).stderr_has("models/demo").stderr_has("/tmp/liao-demo-").stdout(ran.stdout_text());
    let nowhere = blocked(&[]);
    nowhere.file("tmp", "");
    nowhere.run().exits(1).stdout("").stderr_is_one_line_with(&["错误：", "models/demo", "tmp", "LIAO_HOME=", "MB"]);
}

#[test]
fn a_name_is_always_the_built_in_model() {
    let ran = named(&["--json"]).run();
    assert_eq!((model_of(&ran).as_str(), notices(&ran).len()), ("demo", 0));
    assert_eq!(ran.json_lines()[0]["n_ctx"], 1024);
    // Not the file of that name, though it would be for any other model.
    let beside = named(&["--json"]);
    beside.file("demo", "no model");
    assert_eq!(model_of(&beside.run()), "demo");
    let variable = liao().args(["-p", "你好", "--json"]).env("LIAO_MODEL", "demo").run();
    assert_eq!((model_of(&variable).as_str(), notices(&variable).len()), ("demo", 0));
    assert_eq!(model_of(&liao().args(["-m", "demo:Q8_0", "-p", "你好", "--json"]).run()), "demo");
    let ran = liao().args(["-m", "demo:Q4_K_M", "-p", "你好"]).run();
    ran.exits(3).stdout("").stderr_is_one_line_with(&["demo", "Q4_K_M", "Q8_0"]);
}

#[test]
fn with_no_model_at_all_it_is_used_and_said_in_one_line() {
    let ran = liao().args(["-p", "你好"]).run();
    let said = notices(ran.exits(0).has_no_escapes());
    assert_eq!(said.len(), 1, "{}", ran.stderr_text());
    assert!(said[0].contains("演示模型") && said[0].contains("liao pull opendata-chinese-llama2-chat"), "{}", said[0]);
    liao().args(["-p", "你好"]).english().run().exits(0).stderr_has("built-in demo model").stderr_has("liao pull ");
    // stdout is the answer alone, the same as when it is named.
    ran.stdout(named(&[]).run().exits(0).stdout_text());
    for way in [liao().stdin("你好"), liao().arg("--turns").stdin("你好\n")] {
        let other = way.run();
        assert_eq!((other.exits(0).stdout_text(), notices(&other)), (ran.stdout_text(), said.clone()));
    }
    liao().args(["-p", "你好", "-q"]).run().exits(0).stdout(ran.stdout_text()).stderr("");
    let json = liao().args(["-p", "你好", "--json"]).run();
    assert_eq!((model_of(&json).as_str(), notices(&json)), ("demo", said));
}

#[cfg(unix)]
#[test]
fn an_interactive_chat_says_it_in_one_line_too() {
    let mut pty = liao().pty(40, 120);
    pty.wait_until("the prompt", |screen| screen.trim_end().ends_with("\n>"));
    let screen = pty.screen();
    assert_eq!(screen.matches("liao pull").count(), 1, "{screen}");
    assert!(screen.contains("聊 · demo"), "{screen}");
    let mut pty = liao().args(["-m", "demo"]).pty(40, 120);
    pty.wait_until("the prompt", |screen| screen.trim_end().ends_with("\n>"));
    assert!(!pty.screen().contains("liao pull"), "{}", pty.screen());
}

#[test]
fn a_model_on_disk_comes_before_it() {
    let tiny = TinyGguf::llama().build().bytes;
    let ask = || liao().args(["-p", "hello", "--json"]);
    for (file, name) in [
        ("liao/data/models/我的/x.gguf", "我的"),
        ("liao/data/models/llama-2-13b-chat/llama-2-13b-chat.Q4_0.gguf", "llama-2-13b-chat"),
    ] {
        let liao = ask();
        liao.file(file, &tiny);
        let ran = liao.run();
        assert_eq!(model_of(&ran), name);
        let said = notices(&ran);
        assert!(said.len() == 1 && said[0].contains(name) && said[0].contains("-m "), "{}", ran.stderr_text());
        assert!(!file_in(&ran.home().join("liao")).exists(), "the demo is not written where nobody uses it");
        ask().arg("-q").in_home_of(&ran).run().exits(0).stderr("");
        // What is configured wins, and needs no notice.
        fs::create_dir_all(ran.home().join("liao/config")).unwrap();
        fs::write(ran.home().join("liao/config/config.toml"), "model = \"demo\"\n").unwrap();
        let configured = ask().in_home_of(&ran).run();
        assert_eq!((model_of(&configured).as_str(), notices(&configured).len()), ("demo", 0));
        let typed = ask().args(["-m", name]).in_home_of(&ran).run();
        assert_eq!((model_of(&typed).as_str(), notices(&typed).len()), (name, 0));
    }
    // With the settings of its entry, as if it had been named.
    let liao = ask();
    liao.file("liao/data/models/chinese-alpaca-2-7b/own.gguf", &tiny);
    let ran = liao.run();
    assert_eq!(ran.exits(0).json_lines()[0]["template"], "llama2-hfl");
    let config = Liao::new().args(["config", "--json"]).in_home_of(&ran).run();
    let rows = config.exits(0).json_lines();
    let row = |key: &str| rows.iter().find(|row| row["key"] == key).expect("a setting").clone();
    assert_eq!(
        (row("model")["value"].as_str(), row("model")["from"].as_str()),
        (Some("chinese-alpaca-2-7b"), Some("on-disk"))
    );
    assert_eq!((row("temp")["value"].as_f64(), row("temp")["from"].as_str()), (Some(0.5), Some("models.toml")));
}
