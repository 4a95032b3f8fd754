//! `liao pull` through the front door, from a hub on this machine: what is asked, what is told, and what is there
//! afterwards. How transfers fail is in `download`.

use std::fs;
use std::path::PathBuf;

use crate::support::faults::{Asked, DESERTED, FaultServer, Reply};
use crate::support::gguf::TinyGguf;
use crate::support::{Liao, Ran, sha256};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn tiny() -> Vec<u8> {
    TinyGguf::llama().build().bytes
}

/// Pulls `model` from this hub; `facts` is what models.toml says of the one file.
fn pull(hub: &str, model: &str, facts: &str) -> Liao {
    let liao = Liao::new().args(["pull", model]).env("HF_ENDPOINT", hub).env("LIAO_MEMORY", "16G");
    let toml = format!(
        "[tiny]\nrepo = \"someone/Tiny-GGUF\"\ntemplate = \"llama2\"\n[tiny.files]\nQ4_0 = {{ file = \"tiny.Q4_0.gguf\", {facts} }}\n"
    );
    liao.file("liao/config/models.toml", toml);
    liao
}

fn known(bytes: &[u8]) -> String {
    format!("revision = \"{COMMIT}\", bytes = {}, sha256 = \"{}\"", bytes.len(), sha256(bytes))
}

fn file_of(ran: &Ran) -> PathBuf {
    ran.home().join("liao/data/models/tiny/tiny.Q4_0.gguf")
}

/// The file is there and right, with nothing unfinished beside it.
#[track_caller]
fn is_whole(ran: &Ran) {
    assert!(fs::read(file_of(ran)).unwrap_or_default() == tiny(), "{}", ran.stderr_text());
    let names: Vec<_> =
        fs::read_dir(file_of(ran).parent().unwrap()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "the file and where it came from: {names:?}");
    assert!(file_of(ran).with_added_extension("json").exists());
}

#[test]
fn what_models_toml_knows_is_fetched_and_then_chats() {
    let hub = FaultServer::good(&tiny());
    let ran = pull(&hub.url(""), "tiny", &known(&tiny())).run();
    ran.exits(0).stdout("").has_no_escapes().stderr_has("Q4_0").stderr_has("liao -m tiny:Q4_0");
    is_whole(&ran);
    let paths: Vec<String> = hub.asked().into_iter().map(|asked| asked.path).collect();
    let path = format!("/someone/Tiny-GGUF/resolve/{COMMIT}/tiny.Q4_0.gguf");
    assert!(!paths.is_empty() && paths.iter().all(|asked| *asked == path), "{paths:?}");
    Liao::new().args(["-m", "tiny", "-p", "hello", "-n", "3"]).in_home_of(&ran).run().exits(0);
    // Once there, it is verified and nobody is asked again.
    for name in ["tiny", "tiny:q4_0"] {
        let again = Liao::new().args(["pull", name]).env("HF_ENDPOINT", DESERTED).in_home_of(&ran).run();
        again.exits(0).stderr_is_one_line_with(&["已经在磁盘上，核对无误", "tiny.Q4_0.gguf"]);
    }
}

#[test]
fn what_is_not_known_is_asked_of_the_hub_and_held_to_its_commit() {
    let bytes = tiny();
    let tree = format!(
        r#"[{{"type":"file","path":"tiny.Q4_0.gguf","size":{n},"oid":"x","lfs":{{"oid":"{sum}","size":{n},"pointerSize":1}}}}]"#,
        n = bytes.len(),
        sum = sha256(&bytes)
    );
    let hub = FaultServer::start(&bytes, move |asked: &Asked| match asked.path.as_str() {
        path if path.contains("/revision/") => Reply::good().content(format!("{{\"sha\":\"{COMMIT}\"}}").as_bytes()),
        path if path.contains("/tree/") => Reply::good().content(tree.as_bytes()),
        _ => Reply::good(),
    });
    let ran = pull(&hub.url(""), "tiny:q4_0", "size-gb = 1").run();
    ran.exits(0);
    is_whole(&ran);
    let paths: Vec<String> = hub.asked().into_iter().map(|asked| asked.path).collect();
    assert!(paths[0].ends_with("/api/models/someone/Tiny-GGUF/revision/main"), "{paths:?}");
    assert!(paths.last().unwrap().ends_with(&format!("/resolve/{COMMIT}/tiny.Q4_0.gguf")), "{paths:?}");
}

#[test]
fn a_script_reads_events() {
    let hub = FaultServer::good(&tiny());
    let ran = pull(&hub.url(""), "tiny", &known(&tiny())).arg("--json").run();
    let events = ran.exits(0).json_lines();
    let last = events.last().expect("an event");
    assert_eq!((last["event"].as_str(), last["sha256"].as_str()), (Some("done"), Some(sha256(&tiny()).as_str())));
    assert_eq!(last["path"].as_str(), file_of(&ran).to_str());
}

#[test]
fn wrong_bytes_never_get_the_name() {
    let mut wrong = tiny();
    *wrong.last_mut().unwrap() ^= 1;
    let hub = FaultServer::good(&wrong);
    let ran = pull(&hub.url(""), "tiny", &known(&tiny())).run();
    ran.exits(4).stderr_has("SHA-256");
    assert!(!file_of(&ran).exists());
}

#[test]
fn a_hub_that_leads_out_of_the_encryption_is_not_followed() {
    let hub = FaultServer::start(&tiny(), |_| Reply::redirect("http://example.com/tiny.gguf?signature=secret"));
    let ran = pull(&hub.url(""), "tiny", &known(&tiny())).run();
    ran.exits(4).stderr_has("没有加密").stderr_has("example.com");
    assert!(!ran.stderr_text().contains("secret"));
    assert!(!file_of(&ran).exists());
}

#[test]
fn a_hub_that_cannot_be_reached_is_told_with_what_to_type() {
    let ran = pull(DESERTED, "tiny", &known(&tiny())).run();
    ran.exits(4).stderr_has("127.0.0.1").stderr_has("再运行一次");
    assert!(!file_of(&ran).exists());
    let unknown = pull(DESERTED, "tiny", "size-gb = 1").run();
    unknown.exits(4).stderr_has("someone/Tiny-GGUF");
    // Tried more than once, told once, and then again as the reason of the end.
    assert_eq!(unknown.stderr_text().matches("127.0.0.1").count(), 2, "{}", unknown.stderr_text());
    let nonsense = pull("not an address", "tiny", &known(&tiny())).run();
    nonsense.exits(2).stderr_is_one_line_with(&["HF_ENDPOINT"]);
}

#[test]
fn a_token_stays_at_home() {
    let hub = FaultServer::good(&tiny());
    let ran = pull(&hub.url(""), "tiny", &known(&tiny())).env("HF_TOKEN", "hf_secret123").arg("-vv").run();
    ran.exits(0);
    assert!(hub.asked().iter().all(|asked| asked.header("authorization").is_none()));
    assert!(!ran.stderr_text().contains("hf_secret123"));
}

#[test]
fn what_is_there_or_can_be_had_no_other_way_is_told() {
    Liao::new().args(["pull", "demo"]).run().exits(0).stdout("").stderr_is_one_line_with(&["liao -m demo"]);
    let pull = |name: &str| Liao::new().args(["pull", name]).env("HF_ENDPOINT", DESERTED).run();
    let empty = FaultServer::start(b"", |_| Reply::status(404));
    let wished = Liao::new().args(["pull", "opendata-chinese-llama2-chat"]).env("HF_ENDPOINT", empty.url(""));
    let wished = wished.env("LIAO_MEMORY", "16G").run();
    wished.exits(4).stdout("").stderr_has(&empty.host()).stderr_has("pandaExplosion/opendata-chinese-llama2-chat");
    pull("opendata-chinese-llama2-sft:Q9").exits(3).stderr_is_one_line_with(&["Q9", "Q4_K_M"]);
    let kept = Liao::new().args(["pull", "llama-2-13b-chat:Q2_K", "--keep-source"]).env("HF_ENDPOINT", DESERTED).run();
    kept.exits(2).stderr_is_one_line_with(&["--keep-source", "llama-2-13b-chat"]);
    pull("opendata-chinese-llama2-reward").exits(3).stderr_is_one_line_with(&["打分"]);
    pull("llama2-13b-chat").exits(3).stderr_is_one_line_with(&["是不是 llama-2-13b-chat"]);
    pull("llama-2-13b-chat:Q9").exits(3).stderr_is_one_line_with(&["Q9", "Q4_K_M"]);
    pull("../x").exits(2).stderr_is_one_line_with(&["不是模型的名字"]);
    Liao::new().arg("pull").run().exits(2).stderr_is_one_line_with(&["名字[:量化]"]);
    // The file that suits the machine is the one that is asked for.
    let small =
        Liao::new().args(["pull", "llama-2-13b-chat"]).env("LIAO_MEMORY", "8G").env("HF_ENDPOINT", DESERTED).run();
    small.exits(4).stderr_has("Q3_K_M：用 --ctx 1024 --kv-type q8_0 启动").stderr_has("llama-2-13b-chat:Q3_K_M");
    assert!(!small.home().join("liao/data/models/llama-2-13b-chat/llama-2-13b-chat.Q3_K_M.gguf").exists());
    // Also where it would have to be made first.
    for (memory, told) in [("8G", "只放得下 Q3_K_M"), ("16G", "Q4_K_M 是"), ("24G", "Q6_K 是")] {
        let liao = Liao::new().args(["pull", "opendata-chinese-llama2-chat", "--offline"]).env("LIAO_MEMORY", memory);
        liao.run().exits(4).stderr_has(told).stderr_has("--offline");
    }
}

#[test]
fn where_nothing_can_be_chosen_nothing_is_begun_and_it_says_why() {
    let pull = |name: &str| Liao::new().args(["pull", name]).env("HF_ENDPOINT", DESERTED).env("LIAO_MEMORY", "4G");
    for name in ["opendata-chinese-llama2-chat", "llama-2-13b-chat"] {
        let smallest = format!("liao pull {name}:Q2_K");
        pull(name).run().exits(2).stdout("").stderr_is_one_line_with(&["4.00 GiB", "没有一个放得下", &smallest]);
    }
    let unknown = pull("tiny");
    unknown.file("liao/config/models.toml", "[tiny]\nrepo = \"someone/tiny\"\nformat = \"checkpoint\"\n");
    unknown.run().exits(2).stdout("").stderr_is_one_line_with(&["models.toml", "Q4_K_M", "liao pull tiny:"]);
}
