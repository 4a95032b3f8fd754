//! Several commits of one repository: what is made is always of one of them, and of the one that is meant.

use std::fs;

use super::{COMMIT, FINISHED, Files, LATER, REPO, folder_of, imported, in_safetensors, in_torch, listing, names};
use super::{pull, read, weights_asked};
use crate::support::Liao;
use crate::support::faults::{FaultServer, Reply};

/// A hub that has this version of the repository alone, at this commit.
fn hub_at(commit: &'static str, files: &Files) -> FaultServer {
    let (tree, files) = (listing(files, true), files.clone());
    FaultServer::start(b"", move |asked| {
        if asked.path == format!("/api/models/{REPO}/revision/main") {
            return Reply::good().content(format!("{{\"sha\":\"{commit}\"}}").as_bytes());
        }
        if asked.path.starts_with(&format!("/api/models/{REPO}/tree/{commit}")) {
            return Reply::good().content(&tree);
        }
        let name = asked.path.strip_prefix(&format!("/{REPO}/resolve/{commit}/")).unwrap_or_default();
        files.get(name).map_or_else(|| Reply::status(404), |bytes| Reply::good().content(bytes))
    })
}

#[test]
fn a_checkpoint_that_is_kept_is_never_mixed_with_a_later_one() {
    let mut older = in_safetensors();
    older.insert("chat_template.jinja".to_owned(), b"{{ messages }}".to_vec());
    // The later one has its weights in another format, no template, and a configuration that is just as long.
    let mut later = in_torch(1);
    let config = String::from_utf8(later["config.json"].clone()).unwrap().replace("4096", "2048");
    later.insert("config.json".to_owned(), config.into_bytes());
    assert_eq!(older["config.json"].len(), later["config.json"].len());

    let ran = pull(&hub_at(COMMIT, &older).url("")).arg("--keep-source").run();
    ran.exits(0);
    let file = folder_of(&ran).join(FINISHED[0]);
    assert!(read(&file) == imported(&older));
    // Removing the model says that its checkpoint stays, and what that takes.
    let n_bytes: usize = older.values().map(Vec::len).sum();
    let removed = Liao::new().args(["rm", "tiny"]).in_home_of(&ran).run();
    removed.exits(0).stderr_has("tiny/source").stderr_has(&format!("{:.1} MB", n_bytes as f64 / 1e6));
    assert_eq!(names(&folder_of(&ran)), ["source"]);

    let hub = hub_at(LATER, &later);
    let words = ["pull", "tiny:Q4_K_M", "--keep-source"];
    let again = Liao::new().args(words).env("HF_ENDPOINT", hub.url("")).in_home_of(&ran).run();
    again.exits(0);
    assert!(read(&file) == imported(&later), "something of the older commit is in it");
    for (commit, files) in [(COMMIT, &older), (LATER, &later)] {
        let folder = folder_of(&ran).join("source").join(commit);
        assert_eq!(names(&folder), files.keys().cloned().collect::<Vec<_>>());
        assert!(files.iter().all(|(name, bytes)| read(&folder.join(name)) == *bytes), "{commit}");
    }
}

/// A new commit is most often a new page about the same weights.
#[test]
fn weights_that_were_kept_with_another_commit_are_not_fetched_again() {
    let older = in_torch(2);
    let mut later = older.clone();
    later.insert("README.md".to_owned(), b"---\nlicense: mit\n---\n# Tiny, explained\n".to_vec());
    let ran = pull(&hub_at(COMMIT, &older).url("")).arg("--keep-source").run();
    ran.exits(0);
    let file = folder_of(&ran).join(FINISHED[0]);
    fs::remove_file(&file).unwrap();
    let hub = hub_at(LATER, &later);
    let words = ["pull", "tiny:Q4_K_M", "--keep-source"];
    let again = Liao::new().args(words).env("HF_ENDPOINT", hub.url("")).in_home_of(&ran).run();
    again.exits(0).stderr_has("不用下载").stderr_has(COMMIT);
    assert!(read(&file) == imported(&later));
    assert!(!hub.asked().iter().any(|asked| weights_asked(asked).is_some()));
    let folder = folder_of(&ran).join("source").join(LATER);
    assert!(later.iter().all(|(name, bytes)| read(&folder.join(name)) == *bytes));
}

#[test]
fn sizes_that_no_disk_has_are_no_room() {
    let tree = |size: u64| {
        let names = ["config.json", "tokenizer.model", "model.safetensors"];
        let entry = |name| serde_json::json!({"type": "file", "path": name, "size": size, "oid": "x"});
        serde_json::Value::Array(names.map(entry).to_vec()).to_string().into_bytes()
    };
    // Three of them come round to a little more than nothing.
    let tree = tree(u64::MAX / 3 + 1);
    let hub = FaultServer::start(b"", move |asked| match asked.path.as_str() {
        path if path.contains("/revision/") => Reply::good().content(format!("{{\"sha\":\"{COMMIT}\"}}").as_bytes()),
        path if path.contains("/tree/") => Reply::good().content(&tree),
        _ => Reply::status(404),
    });
    let ran = pull(&hub.url("")).arg("--keep-source").run();
    ran.exits(5).stdout("").stderr_has("磁盘空间不够");
    assert!(!hub.asked().iter().any(|asked| asked.path.contains("/resolve/")));
    assert!(fs::read_dir(folder_of(&ran).join("source").join(COMMIT)).unwrap().next().is_none());
}
