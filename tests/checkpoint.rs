//! `liao pull` of what is published as a checkpoint alone, from a hub on this machine: the file is the one that
//! `liao import` makes of the same files in a folder, whatever goes wrong on the way, or there is none. How one part of
//! a file is asked for, tried again and sought elsewhere is in `remote`.

#[cfg(target_os = "linux")]
mod broken_off;
mod commits;
mod found;
mod remote;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::checkpoint::{Case, Format, PLAIN};
use crate::support::faults::{Asked, DESERTED, FaultServer, Reply};
use crate::support::{Liao, Ran, sha256};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
/// The newest one, later.
const LATER: &str = "89abcdef0123456789abcdef0123456789abcdef";
const REPO: &str = "someone/tiny-checkpoint";

/// A repository's files by name.
type Files = BTreeMap<String, Vec<u8>>;

fn files_of(format: Format) -> Files {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let folder = Case { n_layers: 2, format, ..PLAIN }.write(dir.path());
    let mut files: Files = names(&folder).into_iter().map(|name| (name.clone(), read(&folder.join(name)))).collect();
    files.insert("README.md".to_owned(), b"---\nlicense: apache-2.0\n---\n# Tiny\n".to_vec());
    files
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn in_safetensors() -> Files {
    files_of(Format::Safetensors)
}

/// As `torch.save` writes it, in so many files.
fn in_torch(n_shards: usize) -> Files {
    files_of(Format::Torch { n_shards })
}

/// All but the weights.
fn about() -> Files {
    let mut files = in_safetensors();
    files.retain(|name, _| !is_weights(name));
    files
}

fn is_weights(name: &str) -> bool {
    name.ends_with(".safetensors") || name.ends_with(".bin")
}

/// The name of the file that is asked for, if it is weights.
fn weights_asked(asked: &Asked) -> Option<&str> {
    asked.path.rsplit('/').next().filter(|name| is_weights(name))
}

/// What a hub says of files; `has_sums`: with the hashes of the large ones.
fn listing(files: &Files, has_sums: bool) -> Vec<u8> {
    let entry = |(name, bytes): (&String, &Vec<u8>)| {
        let (n, sum) = (bytes.len(), sha256(bytes));
        let mut entry = serde_json::json!({"type": "file", "path": name, "size": n, "oid": "x"});
        if has_sums && (is_weights(name) || name == "tokenizer.model") {
            entry["lfs"] = serde_json::json!({"oid": sum, "size": n, "pointerSize": 1});
        }
        entry
    };
    serde_json::Value::Array(files.iter().map(entry).collect()).to_string().into_bytes()
}

/// A hub that has these files. `fault` may spoil what it answers for weights: it is told how many requests for them
/// came before.
fn hub(files: &Files, fault: impl Fn(&Asked, usize) -> Option<Reply> + Send + Sync + 'static) -> FaultServer {
    hub_with_sums(files, true, fault)
}

/// The same, where the hub tells the files' hashes or not.
fn hub_with_sums(
    files: &Files,
    has_sums: bool,
    fault: impl Fn(&Asked, usize) -> Option<Reply> + Send + Sync + 'static,
) -> FaultServer {
    let tree = listing(files, has_sums);
    let (files, n_weights, n_revisions) = (files.clone(), AtomicUsize::new(0), AtomicUsize::new(0));
    FaultServer::start(b"", move |asked| {
        if asked.path == format!("/api/models/{REPO}/revision/main") {
            let sha = if n_revisions.fetch_add(1, Ordering::SeqCst) == 0 { COMMIT } else { LATER };
            return Reply::good().content(format!("{{\"sha\":\"{sha}\"}}").as_bytes());
        }
        if asked.path.starts_with(&format!("/api/models/{REPO}/tree/")) {
            return Reply::good().content(&tree);
        }
        // Both commits have the same files.
        let at = |commit| asked.path.strip_prefix(&format!("/{REPO}/resolve/{commit}/"));
        let name = at(COMMIT).or_else(|| at(LATER)).unwrap_or_default();
        let Some(bytes) = files.get(name) else { return Reply::status(404) };
        let fault = if is_weights(name) { fault(asked, n_weights.fetch_add(1, Ordering::SeqCst)) } else { None };
        fault.unwrap_or_else(Reply::good).content(bytes)
    })
}

fn good(files: &Files) -> FaultServer {
    hub(files, |_, _| None)
}

fn pull(hub: &str) -> Liao {
    let liao = Liao::new().args(["pull", "tiny:Q4_K_M"]).env("HF_ENDPOINT", hub);
    liao.file("liao/config/models.toml", format!("[tiny]\nrepo = \"{REPO}\"\nformat = \"checkpoint\"\n"));
    liao
}

fn folder_of(ran: &Ran) -> PathBuf {
    ran.home().join("liao/data/models/tiny")
}

fn names(folder: &Path) -> Vec<String> {
    let all = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = all.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// What `liao import` makes of the same files in a folder.
fn imported(files: &Files) -> Vec<u8> {
    let liao = Liao::new().args(["import", "tiny", "--quant", "Q4_K_M", "--output", "out.gguf"]);
    for (name, bytes) in files {
        liao.file(Path::new("tiny").join(name), bytes);
    }
    let ran = liao.run();
    read(&ran.exits(0).home().join("out.gguf"))
}

/// What is there of a model that is finished.
const FINISHED: [&str; 2] = ["tiny.Q4_K_M.gguf", "tiny.Q4_K_M.gguf.json"];

/// The file is there and right, with the record of where it is from and nothing unfinished beside it.
#[track_caller]
fn is_whole(ran: &Ran, expected: &[u8]) {
    let made = fs::read(folder_of(ran).join("tiny.Q4_K_M.gguf")).unwrap_or_default();
    assert!(made == expected, "not what import makes\n{}", ran.stderr_text());
    assert_eq!(names(&folder_of(ran)), FINISHED);
}

#[test]
fn from_a_hub_comes_what_comes_from_a_folder() {
    for files in [in_safetensors(), in_torch(1), in_torch(3)] {
        let hub = good(&files);
        let ran = pull(&hub.url("")).run();
        ran.exits(0).stdout("").has_no_escapes().stderr_has(REPO).stderr_has("liao -m tiny:Q4_K_M");
        is_whole(&ran, &imported(&files));
        let asked = hub.asked();
        assert!(asked.iter().filter(|asked| asked.path.contains("/resolve/")).all(|asked| asked.path.contains(COMMIT)));
        // Weights come in parts, and once.
        let n_bytes: usize = files.iter().filter(|(name, _)| is_weights(name)).map(|(_, bytes)| bytes.len()).sum();
        let parts = asked.iter().filter(|asked| weights_asked(asked).is_some());
        let n_asked: u64 =
            parts.map(|asked| asked.range.map_or(u64::MAX / 1000, |(start, end)| end.unwrap() - start)).sum();
        assert!(n_asked < n_bytes as u64 + (64 << 10), "{n_asked} of {n_bytes}");
        // Once there, nobody is asked again.
        let again = Liao::new().args(["pull", "tiny"]).env("HF_ENDPOINT", DESERTED).in_home_of(&ran).run();
        again.exits(0).stderr_is_one_line_with(&["已经在磁盘上", "tiny.Q4_K_M.gguf", "没有核对"]);
        let again = Liao::new().args(["pull", "tiny:Q4_K_M", "--keep-source"]).env("HF_ENDPOINT", DESERTED);
        again.in_home_of(&ran).run().exits(0).stderr_has("--keep-source 不起作用").stderr_has("已经在磁盘上");
        let shown = Liao::new().args(["show", "tiny", "--json"]).in_home_of(&ran).run();
        let shown = &shown.exits(0).json_lines()[0];
        assert_eq!((shown["repo"].as_str(), shown["commit"].as_str()), (Some(REPO), Some(COMMIT)));
        assert!(shown["sha256"].is_null(), "{shown}");
    }
}

#[test]
fn a_script_reads_events() {
    let files = in_safetensors();
    let hub = good(&files);
    let ran = pull(&hub.url("")).arg("--json").run();
    let events = ran.exits(0).json_lines();
    let last = events.last().expect("an event");
    assert_eq!((last["event"].as_str(), last["commit"].as_str()), (Some("done"), Some(COMMIT)));
    assert_eq!(last["path"].as_str(), folder_of(&ran).join("tiny.Q4_K_M.gguf").to_str());
    assert_eq!(last["bytes"].as_u64(), Some(imported(&files).len() as u64));
    assert!(last["source"].is_null());
    let sizes = |event: &serde_json::Value| (event["bytes"].as_u64(), event["total"].as_u64());
    let progress = events.iter().filter(|event| event["event"] == "progress");
    assert!(progress.map(sizes).all(|(n, total)| n.unwrap() <= total.unwrap()), "{events:?}");
}

#[test]
fn with_keep_source_the_checkpoint_stays() {
    let files = in_torch(2);
    let hub = good(&files);
    let ran = pull(&hub.url("")).arg("--keep-source").run();
    let source = folder_of(&ran).join("source").join(COMMIT);
    ran.exits(0).stderr_has(&source.strip_prefix(ran.home()).unwrap().to_string_lossy());
    assert!(read(&folder_of(&ran).join("tiny.Q4_K_M.gguf")) == imported(&files));
    assert_eq!(names(&folder_of(&ran)), [&["source"][..], &FINISHED].concat());
    assert_eq!(names(&source), files.keys().cloned().collect::<Vec<_>>());
    assert!(files.iter().all(|(name, bytes)| read(&source.join(name)) == *bytes));
    // What was downloaded wrongly never becomes a model: it is held to its hash.
    let mut wrong = files.clone();
    *wrong.get_mut("pytorch_model-00001-of-00002.bin").unwrap().last_mut().unwrap() ^= 1;
    let bytes = wrong["pytorch_model-00001-of-00002.bin"].clone();
    let is_first = |asked: &Asked| weights_asked(asked) == Some("pytorch_model-00001-of-00002.bin");
    let lying = hub_with_other_bytes(&files, move |asked| is_first(asked).then(|| bytes.clone()));
    let ran = pull(&lying.url("")).arg("--keep-source").run();
    ran.exits(4).stderr_has("SHA-256");
    assert!(!folder_of(&ran).join("tiny.Q4_K_M.gguf").exists());
}

/// A hub that lists these files, and sends others.
fn hub_with_other_bytes(
    files: &Files,
    other: impl Fn(&Asked) -> Option<Vec<u8>> + Send + Sync + 'static,
) -> FaultServer {
    let honest = Arc::new(good(files));
    let there = honest.url("");
    FaultServer::start(b"", move |asked| {
        let _alive = &honest;
        match other(asked) {
            Some(bytes) => Reply::good().content(&bytes),
            None => Reply::redirect(&format!("{there}{}", asked.path)),
        }
    })
}

#[test]
fn a_small_file_with_other_bytes_than_its_hash_says_is_refused() {
    let files = in_safetensors();
    let mut wrong = files["tokenizer.model"].clone();
    *wrong.last_mut().unwrap() ^= 1;
    let hub = hub_with_other_bytes(&files, move |asked| asked.path.ends_with("tokenizer.model").then(|| wrong.clone()));
    let ran = pull(&hub.url("")).run();
    ran.exits(4).stderr_has("tokenizer").stderr_has("SHA-256");
    assert_eq!(names(&folder_of(&ran)), [""; 0]);
}

#[test]
fn what_goes_wrong_in_mid_stream_is_survived() {
    let files = in_torch(1);
    let hub = hub(&files, |asked, n| match n {
        12 => Some(Reply::good().cut(0)),
        20 => Some(Reply::good().cut(asked.range.map_or(0, |(start, end)| (end.unwrap() - start) as usize / 2))),
        25 => Some(Reply::status(429).header("Retry-After", "1")),
        30 => Some(Reply::status(503)),
        35 => Some(Reply::hang_up()),
        _ => None,
    });
    let ran = pull(&hub.url("")).run();
    ran.exits(0).stderr_has("HTTP 429").stderr_has("再试");
    is_whole(&ran, &imported(&files));
}

#[test]
fn another_version_in_mid_stream_is_refused() {
    let files = in_safetensors();
    let changing = |_: &Asked, n: usize| (n >= 18).then(|| Reply::good().tag("two"));
    // Without a hash, nobody knows which of them was asked for: nothing is left.
    let ran = pull(&hub_with_sums(&files, false, changing).url("")).run();
    ran.exits(4).stderr_has("model.safetensors").stderr_has("变了");
    assert_eq!(names(&folder_of(&ran)), [""; 0]);
    // With one there can be no two, and a server that is right goes on with what is finished.
    let ran = pull(&hub(&files, changing).url("")).run();
    ran.exits(4).stderr_has("两个版本").stderr_has("再运行一次");
    assert_eq!(names(&folder_of(&ran)), ["tiny.Q4_K_M.gguf.part", "tiny.Q4_K_M.gguf.part.json"]);
    let ran = Liao::new().args(["pull", "tiny:Q4_K_M"]).env("HF_ENDPOINT", good(&files).url("")).in_home_of(&ran).run();
    ran.exits(0);
    is_whole(&ran, &imported(&files));
}

#[test]
fn a_hub_that_leads_out_of_the_encryption_is_not_followed() {
    let files = in_safetensors();
    let hub = hub(&files, |_, _| Some(Reply::redirect("http://example.com/model.safetensors?signature=secret")));
    let ran = pull(&hub.url("")).run();
    ran.exits(4).stderr_has("没有加密").stderr_has("example.com");
    assert!(!ran.stderr_text().contains("secret"));
    assert_eq!(names(&folder_of(&ran)), [""; 0]);
}

#[test]
fn what_cannot_become_a_model_is_refused_with_the_reason() {
    let refused = |files: &Files, words: &[&str]| {
        let ran = pull(&good(files).url("")).run();
        ran.exits(3).stdout("").stderr_has(REPO);
        for word in words {
            ran.stderr_has(word);
        }
        assert_eq!(names(&folder_of(&ran)), [""; 0], "{}", ran.stderr_text());
    };
    refused(&about(), &["pytorch_model"]);
    let mut files = in_torch(2);
    files.remove("pytorch_model-00002-of-00002.bin");
    refused(&files, &["pytorch_model-00002-of-00002.bin"]);
    let index = |file: &str| format!("{{\"weight_map\":{{\"model.norm.weight\":\"{file}\"}}}}").into_bytes();
    files.insert("pytorch_model.bin.index.json".to_owned(), index("../../evil.bin"));
    refused(&files, &["../../evil.bin"]);
    let mut files = in_torch(1);
    let whole = files["pytorch_model.bin"].clone();
    files.insert("pytorch_model.bin".to_owned(), whole[..whole.len() / 2].to_vec());
    refused(&files, &["pytorch_model.bin", "zip"]);
    let mut files = in_safetensors();
    files.insert("config.json".to_owned(), b"{\"model_type\": \"qwen2\"}".to_vec());
    refused(&files, &["qwen2"]);
}
