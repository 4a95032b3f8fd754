//! `liao pull` of what is on this disk already: verified and left, told and had anew where it has changed, taken from a
//! Hugging Face cache; never the network with `--offline`; and ModelScope as the last place to be asked.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::faults::{Asked, DESERTED, FaultServer, Reply};
use crate::support::gguf::TinyGguf;
use crate::support::{Liao, Ran, sha256};

const CACHE: &str = ".cache/huggingface/hub/models--someone--Tiny-GGUF";

fn tiny() -> Vec<u8> {
    TinyGguf::llama().build().bytes
}

/// A models.toml that knows one file; `facts` is what it says of it.
fn toml(facts: &str) -> String {
    format!("[tiny]\nrepo = \"someone/Tiny-GGUF\"\n[tiny.files]\nQ4_0 = {{ file = \"tiny.Q4_0.gguf\", {facts} }}\n")
}

fn known() -> String {
    format!("bytes = {}, sha256 = \"{}\"", tiny().len(), sha256(&tiny()))
}

/// Types `words` where models.toml has these facts and the hub is there.
fn liao(words: &[&str], hub: &str, facts: &str) -> Liao {
    let liao = Liao::new().args(words.to_vec()).env("HF_ENDPOINT", hub).env("LIAO_MEMORY", "16G");
    liao.file("liao/config/models.toml", toml(facts));
    liao
}

fn path(home: &Path) -> PathBuf {
    home.join("liao/data/models/tiny/tiny.Q4_0.gguf")
}

fn has_it(ran: &Ran) -> bool {
    fs::read(path(ran.home())).is_ok_and(|bytes| bytes == tiny())
}

/// What the hub of this test says of the file.
fn tree() -> String {
    let (n, sum) = (tiny().len(), sha256(&tiny()));
    format!(
        r#"[{{"type":"file","path":"tiny.Q4_0.gguf","size":{n},"oid":"x","lfs":{{"oid":"{sum}","size":{n},"pointerSize":1}}}}]"#
    )
}

/// A hub that has the file and tells of it.
fn hub() -> FaultServer {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    FaultServer::start(&tiny(), move |asked: &Asked| match asked.path.as_str() {
        path if path.contains("/revision/") => Reply::good().content(format!("{{\"sha\":\"{commit}\"}}").as_bytes()),
        path if path.contains("/tree/") => Reply::good().content(tree().as_bytes()),
        _ => Reply::good(),
    })
}

#[test]
fn a_file_that_has_changed_is_told_and_had_anew() {
    let hub = hub();
    let mut flipped = tiny();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    // By the hash of models.toml, and by the one that was written down when it came.
    for facts in [known(), "size-gb = 1".to_owned()] {
        let ran = liao(&["pull", "tiny"], &hub.url(""), &facts).run();
        ran.exits(0);
        for (changed, what) in [(flipped.as_slice(), sha256(&flipped)), (&tiny()[..100], "100 字节".to_owned())] {
            fs::write(path(ran.home()), changed).unwrap();
            let offline = liao(&["pull", "tiny", "--offline"], DESERTED, &facts).in_home_of(&ran).run();
            offline.exits(4).stderr_has(&what);
            assert!(fs::read(path(ran.home())).unwrap() == changed, "it stays where nothing better can be had");
            let again = liao(&["pull", "tiny"], &hub.url(""), &facts).in_home_of(&ran).run();
            again.exits(0).stderr_has("变了").stderr_has(&what).stderr_has("Ctrl-C").stderr_has("好了");
            assert!(has_it(&ran));
        }
        let english = liao(&["pull", "tiny"], DESERTED, &facts).in_home_of(&ran).english().run();
        english.exits(0).stderr_is_one_line_with(&["already on disk, and verified"]);
    }
}

#[test]
fn what_is_verified_is_an_event_for_a_script() {
    let hub = hub();
    let ran = liao(&["pull", "tiny"], &hub.url(""), &known()).run();
    let again = liao(&["pull", "tiny", "--json"], DESERTED, &known()).in_home_of(&ran).run();
    let events = again.exits(0).json_lines();
    let last = events.last().expect("an event");
    assert_eq!((last["event"].as_str(), last["sha256"].as_str()), (Some("done"), Some(sha256(&tiny()).as_str())));
    assert!(last["host"].is_null() && last["bytes"].as_u64() == Some(tiny().len() as u64), "{last}");
}

/// Puts the file into a Hugging Face cache as huggingface_hub does.
fn cache(liao: &Liao, folder: &str, bytes: &[u8]) -> PathBuf {
    let blob = liao.file(format!("{folder}/blobs/{}", sha256(&tiny())), bytes);
    let snapshot = liao.home().join(folder).join("snapshots/0123456789abcdef0123456789abcdef01234567");
    fs::create_dir_all(&snapshot).unwrap();
    let link = snapshot.join("tiny.Q4_0.gguf");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&blob, link).unwrap();
    #[cfg(not(unix))]
    fs::copy(&blob, link).map(drop).unwrap();
    blob
}

#[test]
fn what_a_cache_has_is_used_and_not_fetched() {
    for (variable, value, folder) in [
        (None, "", CACHE.to_owned()),
        (Some("HF_HUB_CACHE"), "elsewhere", "elsewhere/models--someone--Tiny-GGUF".to_owned()),
        (Some("HF_HOME"), "hf", "hf/hub/models--someone--Tiny-GGUF".to_owned()),
    ] {
        let mut liao = liao(&["pull", "tiny"], DESERTED, &known());
        let blob = cache(&liao, &folder, &tiny());
        if let Some(variable) = variable {
            let place = liao.home().join(value);
            liao = liao.env(variable, place);
        }
        let ran = liao.run();
        ran.exits(0).stdout("").stderr_has("已有同一个文件").stderr_has(&folder).stderr_has("liao -m tiny:Q4_0");
        assert_eq!(ran.stderr_text().lines().count(), 2, "{}", ran.stderr_text());
        assert!(has_it(&ran) && fs::read(&blob).unwrap() == tiny());
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let inode = |path: &Path| fs::symlink_metadata(path).unwrap().ino();
            assert_eq!(inode(&blob), inode(&path(ran.home())), "no room is taken twice");
        }
        // What is ours may go; the cache's stays.
        Liao::new().args(["rm", "tiny:Q4_0"]).in_home_of(&ran).run();
        assert!(blob.exists());
    }
}

#[test]
fn what_a_cache_has_and_is_wrong_is_left_there() {
    let mut wrong = tiny();
    *wrong.last_mut().unwrap() ^= 1;
    let hub = hub();
    let liao = liao(&["pull", "tiny"], &hub.url(""), &known());
    let blob = cache(&liao, CACHE, &wrong);
    let ran = liao.run();
    ran.exits(0).stderr_has("下载 tiny:Q4_0");
    assert!(has_it(&ran) && fs::read(blob).unwrap() == wrong && !hub.asked().is_empty());
}

#[test]
fn offline_nobody_is_asked() {
    let hub = hub();
    for (model, flag, variable, told) in [
        ("tiny", Some("--offline"), None, "--offline"),
        ("tiny", None, Some("LIAO_OFFLINE"), "LIAO_OFFLINE"),
        ("tiny", None, Some("HF_HUB_OFFLINE"), "HF_HUB_OFFLINE"),
        ("hf:someone/Tiny-GGUF", Some("--offline"), None, "--offline"),
    ] {
        for facts in [known(), "size-gb = 1".to_owned()] {
            let words: Vec<&str> = ["pull", model].into_iter().chain(flag).collect();
            let mut liao = liao(&words, &hub.url(""), &facts);
            if let Some(variable) = variable {
                liao = liao.env(variable, "1");
            }
            let ran = liao.run();
            ran.exits(4).stdout("").stderr_has(told).stderr_has("liao pull ").has_no_escapes();
            assert!(!path(ran.home()).exists());
        }
    }
    assert!(hub.asked().is_empty());
    // In config.toml too, and with what is there or in a cache it works.
    let away = liao(&["pull", "tiny"], &hub.url(""), &known());
    away.file("liao/config/config.toml", "offline = true\n");
    away.run().exits(4).stderr_has("config.toml");
    for facts in [known(), "size-gb = 1".to_owned()] {
        let cached = liao(&["pull", "tiny", "--offline"], &hub.url(""), &facts);
        cache(&cached, CACHE, &tiny());
        let ran = cached.run();
        ran.exits(0);
        assert!(has_it(&ran));
        liao(&["pull", "tiny", "--offline"], &hub.url(""), &facts)
            .in_home_of(&ran)
            .run()
            .exits(0)
            .stderr_has("核对无误");
        // Without anything written down, it cannot be held against anything.
        fs::remove_file(path(ran.home()).with_added_extension("json")).unwrap();
        let unknown = liao(&["pull", "tiny", "--offline"], &hub.url(""), &facts).in_home_of(&ran).run();
        unknown.exits(0).stderr_has(if facts.contains("sha256") { "核对无误" } else { "没有核对" });
    }
    let by_repository = liao(&["pull", "hf:someone/Tiny-GGUF/tiny.Q4_0.gguf", "--offline"], &hub.url(""), &known());
    cache(&by_repository, CACHE, &tiny());
    let ran = by_repository.run();
    ran.exits(0);
    assert!(ran.home().join("liao/data/models/hf--someone--Tiny-GGUF/tiny.Q4_0.gguf").is_file());
    assert!(hub.asked().is_empty());
    // By its quantization, or as the only one.
    for name in ["hf:someone/Tiny-GGUF:Q4_0", "hf:someone/Tiny-GGUF"] {
        let cached = liao(&["pull", name, "--offline"], &hub.url(""), &known());
        cache(&cached, CACHE, &tiny());
        cached.file(format!("{CACHE}/refs/main"), "0123456789abcdef0123456789abcdef01234567");
        let ran = cached.run();
        ran.exits(0).stderr_has("liao -m hf:someone/Tiny-GGUF:Q4_0");
        assert!(ran.home().join("liao/data/models/hf--someone--Tiny-GGUF/tiny.Q4_0.gguf").is_file());
        let other = liao(&["pull", "hf:someone/Tiny-GGUF:Q8_0", "--offline"], &hub.url(""), &known());
        other.in_home_of(&ran).run().exits(4).stderr_has("--offline");
    }
    assert!(hub.asked().is_empty());
    // HF_HUB_OFFLINE=0 forbids nothing.
    liao(&["pull", "tiny"], &hub.url(""), &known()).env("HF_HUB_OFFLINE", "0").run().exits(0);
}

#[test]
fn what_can_be_held_against_a_length_alone_is_not_called_verified() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let hub = FaultServer::start(&tiny(), move |asked: &Asked| match asked.path.as_str() {
        path if path.contains("/revision/") => Reply::good().content(format!("{{\"sha\":\"{commit}\"}}").as_bytes()),
        path if path.contains("/tree/") => {
            let n = tiny().len();
            let tree = format!(r#"[{{"type":"file","path":"tiny.Q4_0.gguf","size":{n},"oid":"x"}}]"#);
            Reply::good().content(tree.as_bytes())
        }
        _ => Reply::good(),
    });
    let mut other = tiny();
    *other.last_mut().unwrap() ^= 1;
    let there = liao(&["pull", "tiny"], &hub.url(""), "size-gb = 1");
    there.file("liao/data/models/tiny/tiny.Q4_0.gguf", &other);
    let ran = there.run();
    ran.exits(0).stderr_has("没有核对");
    assert!(!ran.stderr_text().contains("核对无误"), "{}", ran.stderr_text());
    assert!(!path(ran.home()).with_added_extension("json").exists());
    // Nor is a cached file of another commit taken for the one that is meant.
    let facts = format!("revision = \"{}\", size-gb = 1", "f".repeat(40));
    let cached = liao(&["pull", "tiny", "--offline"], DESERTED, &facts);
    cache(&cached, CACHE, &tiny());
    let ran = cached.run();
    ran.exits(4).stderr_has("--offline");
    assert!(!path(ran.home()).exists());
}

#[test]
fn model_scope_is_the_last_to_be_asked_and_goes_on_where_the_others_broke_off() {
    let scoped = |facts: &str| format!("modelscope = \"owner/Tiny\", {facts}");
    let pull = |hub: &FaultServer, scope: &FaultServer, facts: &str| {
        liao(&["pull", "tiny"], &hub.url(""), &scoped(facts)).env("MODELSCOPE_ENDPOINT", scope.url("")).run()
    };
    let scope = || {
        let tree = format!(
            r#"{{"Code":200,"Data":{{"Files":[{{"Path":"tiny.Q4_0.gguf","Type":"blob","Size":{},"Sha256":"{}"}}]}}}}"#,
            tiny().len(),
            sha256(&tiny())
        );
        FaultServer::start(&tiny(), move |asked: &Asked| match asked.path.as_str() {
            path if path.contains("/repo/files") => Reply::good().content(tree.as_bytes()),
            path if path.starts_with("/models/owner/Tiny/resolve/master/") => Reply::good().tag("scope"),
            _ => Reply::status(404),
        })
    };
    let cut = |asked: &Asked| if asked.n == 0 { Reply::good().cut(1000) } else { Reply::status(404) };
    let (broken, there) = (FaultServer::start(&tiny(), cut), scope());
    let ran = pull(&broken, &there, &known());
    ran.exits(0).stderr_has("换一个下载源");
    assert!(has_it(&ran));
    let first = there.asked()[0].range.expect("a part");
    assert!(first.0 > 0, "what the others brought is not fetched again: {first:?}");

    // Where the others serve, it is not asked.
    let (good, unused) = (hub(), scope());
    pull(&good, &unused, &known()).exits(0);
    assert!(unused.asked().is_empty());
    // Where nobody else knows the file, its own word is taken, and it is fetched from there alone.
    let (absent, told) = (FaultServer::start(b"", |_| Reply::status(404)), scope());
    let ran = pull(&absent, &told, "size-gb = 1");
    ran.exits(0);
    assert!(has_it(&ran) && absent.asked().iter().all(|asked| !asked.path.contains("/resolve/")));
    // Where a hub tells the hash, it may finish what that hub began.
    let refuses = FaultServer::start(b"", move |asked: &Asked| match asked.path.as_str() {
        path if path.contains("/revision/") => {
            Reply::good().content(b"{\"sha\":\"0123456789abcdef0123456789abcdef01234567\"}")
        }
        path if path.contains("/tree/") => Reply::good().content(tree().as_bytes()),
        _ => Reply::status(403),
    });
    let finishing = scope();
    pull(&refuses, &finishing, "size-gb = 1").exits(0);
    assert!(finishing.asked().iter().all(|asked| asked.path.contains("/resolve/master/")));
}
