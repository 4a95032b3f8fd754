//! Models that models.toml does not list, by their repository: `hf:ORG/REPO` from a hub on this machine, through the
//! front door. What is chosen, what is said where nothing can be, and that no name leads anywhere else.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::support::faults::{Asked, DESERTED, FaultServer, Reply};
use crate::support::gguf::TinyGguf;
use crate::support::{Liao, Ran, sha256};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const REPO: &str = "someone/Tiny-GGUF";
const FOLDER: &str = "liao/data/models/hf--someone--Tiny-GGUF";

fn tiny() -> Vec<u8> {
    TinyGguf::llama().build().bytes
}

/// An entry of a hub's list of files.
fn entry(name: &str, n_bytes: u64, sum: &str) -> String {
    format!(
        r#"{{"type":"file","path":{name:?},"size":{n_bytes},"oid":"x","lfs":{{"oid":"{sum}","size":{n_bytes},"pointerSize":1}}}}"#
    )
}

/// A hub that lists these entries and has these files.
fn hub_with(entries: &[String], files: &[(&str, Vec<u8>)]) -> FaultServer {
    let tree = format!("[{}]", entries.join(","));
    let files: BTreeMap<String, Vec<u8>> =
        files.iter().map(|(name, bytes)| (format!("/{REPO}/resolve/{COMMIT}/{name}"), bytes.clone())).collect();
    FaultServer::start(b"", move |asked: &Asked| match asked.path.as_str() {
        path if path == format!("/api/models/{REPO}/revision/main") => {
            Reply::good().content(format!("{{\"sha\":\"{COMMIT}\"}}").as_bytes())
        }
        path if path == format!("/api/models/{REPO}/tree/{COMMIT}?recursive=true") => {
            Reply::good().content(tree.as_bytes())
        }
        path => match files.get(path) {
            Some(bytes) => Reply::good().content(bytes),
            None => Reply::status(404),
        },
    })
}

/// A hub that has these files and says so.
fn hub(files: &[(&str, Vec<u8>)]) -> FaultServer {
    let entries: Vec<String> =
        files.iter().map(|(name, bytes)| entry(name, bytes.len() as u64, &sha256(bytes))).collect();
    hub_with(&entries, files)
}

/// A hub that says it has files of these sizes, and has none of them.
fn claims(files: &[(&str, u64)]) -> FaultServer {
    let entries: Vec<String> = files.iter().map(|(name, n_bytes)| entry(name, *n_bytes, &sha256(b""))).collect();
    hub_with(&entries, &[])
}

fn pull(hub: &FaultServer, model: &str) -> Liao {
    Liao::new().args(["pull", model]).env("HF_ENDPOINT", hub.url("")).env("LIAO_MEMORY", "16G")
}

fn names(ran: &Ran) -> Vec<String> {
    let all = fs::read_dir(ran.home().join(FOLDER)).into_iter().flatten();
    let mut names: Vec<String> = all.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn it_is_pulled_talks_is_listed_shown_verified_and_removed() {
    let hub = hub(&[("tiny.Q4_0.gguf", tiny()), ("config.json", b"{}".to_vec())]);
    let ran = pull(&hub, "hf:someone/Tiny-GGUF").run();
    ran.exits(0).stdout("").has_no_escapes().stderr_has("liao -m hf:someone/Tiny-GGUF:Q4_0");
    assert_eq!(names(&ran), ["tiny.Q4_0.gguf", "tiny.Q4_0.gguf.json"]);
    assert!(fs::read(ran.home().join(FOLDER).join("tiny.Q4_0.gguf")).unwrap() == tiny());

    let again = |words: &[&str]| Liao::new().args(words.to_vec()).env("HF_ENDPOINT", DESERTED).in_home_of(&ran).run();
    let ways = ["hf:someone/Tiny-GGUF", "hf:someone/Tiny-GGUF:q4_0", "hf:someone/Tiny-GGUF/tiny.Q4_0.gguf"];
    for name in ways {
        again(&["-m", name, "-p", "hello", "-n", "3"]).exits(0);
        again(&["pull", name]).exits(0).stderr_is_one_line_with(&["核对无误", "tiny.Q4_0.gguf"]);
        again(&["show", name]).exits(0).stdout_has(COMMIT).stdout_has(REPO).stdout_has(&sha256(&tiny()));
    }
    // With no model named, it is the one on hand.
    again(&["-p", "hello", "-n", "3"]).exits(0).stderr_has("hf:someone/Tiny-GGUF");
    again(&["list"]).exits(0).stdout_has("hf:someone/Tiny-GGUF ");
    for wrong in ["hf:someone/Tiny-GGUF:Q8_0", "hf:someone/Tiny-GGUF/other.gguf", "hf:someone/Other"] {
        again(&["-m", wrong, "-p", "x"])
            .exits(3)
            .stderr_is_one_line_with(&["不在磁盘上", &format!("liao pull {wrong}")]);
        again(&["rm", wrong]).exits(3);
    }
    again(&["rm", ways[0]]).exits(0).stderr_is_one_line_with(&["删掉了"]);
    assert!(!ran.home().join(FOLDER).exists());
}

#[test]
fn of_several_the_one_that_is_named_or_suits_the_machine() {
    let hub = claims(&[
        ("tiny.Q2_K.gguf", 10_000_000),
        ("tiny.Q4_K_M.gguf", 30_000_000),
        ("tiny.Q8_0.gguf", 60_000_000),
        ("tiny-im.gguf", 20_000_000),
    ]);
    // Nothing of it comes, but what was chosen is told and asked for.
    let asked_for = |model: &str, memory: &str| {
        let n_before = hub.asked().len();
        let ran = pull(&hub, model).env("LIAO_MEMORY", memory).run();
        let asked = hub.asked().split_off(n_before);
        let last = asked.last().map(|asked| asked.path.clone()).unwrap_or_default();
        (ran, last.rsplit('/').next().unwrap_or_default().to_owned())
    };
    for (memory, file) in [("100M", "tiny.Q4_K_M.gguf"), ("200M", "tiny.Q8_0.gguf")] {
        let (ran, asked) = asked_for("hf:someone/Tiny-GGUF", memory);
        assert_eq!(asked, file, "{}", ran.stderr_text());
        ran.exits(4).stderr_has("内存").stderr_has("没有这个文件").stderr_has("下载 hf:someone/Tiny-GGUF:Q");
    }
    for (model, file) in
        [("hf:someone/Tiny-GGUF:q2_k", "tiny.Q2_K.gguf"), ("hf:someone/Tiny-GGUF/tiny-im.gguf", "tiny-im.gguf")]
    {
        let (ran, asked) = asked_for(model, "10M");
        assert_eq!(asked, file, "{}", ran.stderr_text());
        ran.exits(4);
    }
    let (small, _) = asked_for("hf:someone/Tiny-GGUF", "10M");
    small.exits(2).stderr_has("10.0 MB").stderr_has("tiny-im.gguf").stderr_has("liao pull hf:someone/Tiny-GGUF/tiny.");
    for (model, what) in [("hf:someone/Tiny-GGUF:Q5_0", "Q5_0"), ("hf:someone/Tiny-GGUF/x.gguf", "x.gguf")] {
        let (none, _) = asked_for(model, "16G");
        none.exits(3).stderr_is_one_line_with(&[what, "tiny.Q2_K.gguf 10.0 MB", "liao pull hf:someone/Tiny-GGUF/"]);
        assert!(names(&none).is_empty());
    }
    let english = pull(&hub, "hf:someone/Tiny-GGUF:Q5_0").english().run();
    english.exits(3).stderr_is_one_line_with(&["has no Q5_0", "For example: liao pull hf:"]);
}

#[test]
fn where_it_cannot_be_told_which_it_says_what_there_is() {
    let twice = claims(&[("a.Q4_0.gguf", 1000), ("b.Q4_0.gguf", 1001)]);
    for model in ["hf:someone/Tiny-GGUF", "hf:someone/Tiny-GGUF:Q4_0"] {
        let ran = pull(&twice, model).run();
        ran.exits(2).stderr_is_one_line_with(&[
            "a.Q4_0.gguf",
            "b.Q4_0.gguf",
            "liao pull hf:someone/Tiny-GGUF/a.Q4_0.gguf",
        ]);
    }
    let none = claims(&[("README.txt", 1), ("folder/x.gguf", 1)]);
    pull(&none, "hf:someone/Tiny-GGUF").run().exits(3).stderr_is_one_line_with(&["没有 GGUF"]);
    let checkpoint = claims(&[("config.json", 1), ("tokenizer.model", 1), ("pytorch_model.bin", 1)]);
    for model in ["hf:someone/Tiny-GGUF", "hf:someone/Tiny-GGUF/x.gguf"] {
        let told = pull(&checkpoint, model).run();
        told.exits(3).stderr_is_one_line_with(&["liao pull hf:someone/Tiny-GGUF:Q4_K_M", "Q8_0"]);
    }
    pull(&checkpoint, "hf:someone/Tiny-GGUF:Q9").run().exits(3).stderr_is_one_line_with(&["Q9", "Q4_K_M"]);
    let absent = pull(&none, "hf:someone/Other").run();
    absent.exits(4).stderr_has("someone/Other").stderr_has("名字");
    assert!(!absent.home().join("liao/data/models/hf--someone--Other").exists());
}

#[test]
fn all_parts_of_a_model_come_and_go_together() {
    let part = |n: u8| [b"GGUF\x03\0\0\0".as_slice(), &vec![n; 1000]].concat();
    let parts = [("t.Q4_0-00001-of-00002.gguf", part(1)), ("t.Q4_0-00002-of-00002.gguf", part(2))];
    let hub = hub(&parts);
    let ran = pull(&hub, "hf:someone/Tiny-GGUF").run();
    ran.exits(0).stderr_has("1/2").stderr_has("2/2").stderr_has("t.Q4_0-00001-of-00002.gguf");
    for (name, bytes) in &parts {
        assert!(fs::read(ran.home().join(FOLDER).join(name)).unwrap() == *bytes);
    }
    // One that has gone is had anew; the other is only verified.
    fs::remove_file(ran.home().join(FOLDER).join(parts[1].0)).unwrap();
    let n_before = hub.asked().len();
    let again =
        Liao::new().args(["pull", "hf:someone/Tiny-GGUF"]).env("HF_ENDPOINT", hub.url("")).in_home_of(&ran).run();
    again.exits(0);
    assert!(hub.asked()[n_before..].iter().all(|asked| asked.path.ends_with(parts[1].0)), "{:?}", hub.asked());
    assert_eq!(names(&ran).len(), 4);
    Liao::new().args(["rm", "hf:someone/Tiny-GGUF:Q4_0"]).in_home_of(&ran).run().exits(0);
    assert!(!ran.home().join(FOLDER).exists());
}

#[test]
fn a_name_leads_nowhere_else() {
    let hub = hub(&[("tiny.Q4_0.gguf", tiny())]);
    for name in [
        "hf:",
        "hf:someone",
        "hf:/someone",
        "hf:../..",
        "hf:someone/..",
        "hf:../../etc/passwd.gguf",
        "hf:someone/Tiny-GGUF/../x.gguf",
        "hf:someone/Tiny-GGUF/a/b.gguf",
        "hf:someone/Tiny-GGUF/..\\x.gguf",
        "hf:someone/Tiny-GGUF/C:x.gguf",
        "hf:someone/Tiny-GGUF/CON.gguf",
        "hf:someone/Tiny-GGUF/.gguf",
        "hf:someone/Tiny-GGUF/x.exe",
        "hf:someone/Tiny-GGUF/x.gguf?a",
        "hf:someone/Tiny-GGUF/模型.gguf",
        "hf:someone/Tiny-GGUF/x\u{1b}[2J.gguf",
        "hf:some--one/Tiny-GGUF",
        "hf:someone/Tiny-GGUF:../x",
        "hf:someone@evil/x",
        "hf:https://evil.example/x",
    ] {
        for command in ["pull", "rm", "show"] {
            let ran = Liao::new().args([command, name]).env("HF_ENDPOINT", hub.url("")).run();
            ran.exits(2).stdout("").has_no_escapes();
            assert!(!ran.home().join("liao/data/models").exists(), "{command} {name}");
        }
        Liao::new().args(["-m", name, "-p", "x"]).run().exits(2).stdout("");
    }
    assert!(hub.asked().is_empty(), "nobody is asked for such a name");
}

#[test]
fn names_that_a_hub_tells_lead_nowhere_else() {
    let evil = [
        "../x.Q4_0.gguf",
        "..\\\\x.Q4_0.gguf",
        "/tmp/x.Q4_0.gguf",
        "C:x.Q4_0.gguf",
        "a/x.Q4_0.gguf",
        "CON.Q4_0.gguf",
        ".x.Q4_0.gguf",
        "x.Q4_0.gguf\\u0000",
        "x\\u001b[2J.Q4_0.gguf",
        "-x.Q4_0.gguf",
    ];
    let json = |name: &str| entry("NAME", 10, &sha256(b"")).replace("NAME", name);
    let mut entries: Vec<String> = evil.iter().map(|name| json(name)).collect();
    entries.push(entry("tiny.Q4_0.gguf", tiny().len() as u64, &sha256(&tiny())));
    let hub = hub_with(&entries, &[("tiny.Q4_0.gguf", tiny())]);
    let ran = pull(&hub, "hf:someone/Tiny-GGUF").run();
    ran.exits(0).has_no_escapes();
    assert_eq!(names(&ran), ["tiny.Q4_0.gguf", "tiny.Q4_0.gguf.json"]);
    let none = hub_with(&entries[..evil.len()], &[]);
    pull(&none, "hf:someone/Tiny-GGUF").run().exits(3).has_no_escapes();
}

#[test]
fn a_hub_that_is_busy_is_asked_again() {
    let bytes = tiny();
    let tree = format!("[{}]", entry("tiny.Q4_0.gguf", bytes.len() as u64, &sha256(&bytes)));
    let hub = FaultServer::start(&bytes, move |asked: &Asked| match asked.path.as_str() {
        _ if asked.n == 0 => Reply::status(503),
        path if path.contains("/revision/") => Reply::good().content(format!("{{\"sha\":\"{COMMIT}\"}}").as_bytes()),
        path if path.contains("/tree/") => Reply::good().content(tree.as_bytes()),
        _ => Reply::good(),
    });
    let ran = pull(&hub, "hf:someone/Tiny-GGUF").run();
    ran.exits(0).stderr_has("503").stderr_has("秒后再试");
    // One that refuses is not.
    let refusing = FaultServer::start(b"", |_| Reply::status(401));
    pull(&refusing, "hf:someone/Tiny-GGUF").run().exits(4).stderr_has("HF_TOKEN").stderr_has(REPO);
    assert_eq!(refusing.asked().len(), 1);
}

#[test]
fn a_file_that_models_toml_knows_keeps_its_template() {
    let liao = Liao::new().args([
        "config",
        "--json",
        "-m",
        "hf:TheBloke/Chinese-Alpaca-2-7B-GGUF/chinese-alpaca-2-7b.Q4_K_M.gguf",
    ]);
    let ran = liao.run();
    let rows = ran.exits(0).json_lines();
    let template = rows.iter().find(|row| row["key"] == "template").expect("a setting");
    assert_eq!(template["value"].as_str(), Some("llama2-hfl"));
    let unknown = Liao::new().args(["config", "--json", "-m", "hf:a/b/c.gguf"]).run();
    let rows = unknown.exits(0).json_lines();
    assert!(rows.iter().any(|row| row["key"] == "template" && row["value"].is_null()));
}

#[test]
fn a_file_in_the_cache_goes_by_its_name_too() {
    let name = "hf:someone/Tiny-GGUF/tiny.Q4_0.gguf";
    let liao = Liao::new().args(["-m", name, "-p", "hello", "-n", "3"]);
    let cached: PathBuf = liao
        .file(format!(".cache/huggingface/hub/models--someone--Tiny-GGUF/snapshots/{COMMIT}/tiny.Q4_0.gguf"), tiny());
    let ran = liao.run();
    ran.exits(0);
    Liao::new().args(["rm", name]).in_home_of(&ran).run().exits(1).stderr_is_one_line_with(&["Hugging Face"]);
    assert!(cached.exists());
}
