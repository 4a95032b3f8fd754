use std::fs;

use tempfile::TempDir;

use super::*;
use crate::config::paths::Environment;

/// A models directory and a Hugging Face cache, both empty.
struct Disk {
    dir: TempDir,
    registry: Registry,
    paths: Paths,
}

impl Disk {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let registry = Registry::load(&dir.path().join("none.toml")).unwrap();
        let mut environment = Environment { home: Some(dir.path().join("me")), ..Environment::default() };
        for (variable, folder) in [("LIAO_HOME", "liao"), ("HF_HUB_CACHE", "hub")] {
            environment.variables.insert(variable.into(), dir.path().join(folder).into());
        }
        let paths = Paths::of(&environment).unwrap();
        Self { dir, registry, paths }
    }

    fn file(&self, path: &str, len: usize) -> PathBuf {
        let path = self.dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, vec![b'G'; len]).unwrap();
        path
    }

    fn find(&self, model: &str) -> Resolved<'_> {
        resolve(model, &self.registry, &self.paths).unwrap()
    }

    fn told(&self, model: &str) -> Failed {
        let mut failed = resolve(model, &self.registry, &self.paths).expect_err(model);
        failed.message = failed.message.replace(&self.dir.path().display().to_string(), "~");
        failed
    }
}

const CACHED: &str = "hub/models--TheBloke--Llama-2-13B-chat-GGUF/snapshots";

#[test]
fn a_path_is_taken_as_it_is() {
    let disk = Disk::new();
    let plain = disk.file("some where/我的 模型.gguf", 1);
    let found = disk.find(plain.to_str().unwrap());
    assert_eq!((found.path, found.name, found.entry), (plain, None, None));

    let known = disk.file("x/llama-2-13b-chat.Q4_0.gguf", 1);
    let found = disk.find(known.to_str().unwrap());
    assert_eq!((found.name.as_deref(), found.quant.as_deref()), (Some("llama-2-13b-chat"), Some("Q4_0")));
    assert_eq!(found.entry.and_then(|entry| entry.template.as_deref()), Some("llama2"));
}

#[test]
fn a_path_that_cannot_be_read_is_told_with_the_reason() {
    let disk = Disk::new();
    let gone = disk.dir.path().join("没有.gguf");
    let failed = disk.told(gone.to_str().unwrap());
    assert_eq!(failed.exit, Exit::Model);
    assert!(failed.message.starts_with("打不开模型文件 ~/没有.gguf：没有这个文件或目录"), "{failed}");
    let failed = disk.told(&format!("{}/", disk.dir.path().display()));
    assert_eq!(failed.exit, Exit::Model);
    assert!(failed.message.contains("那是一个目录"), "{failed}");
    let failed = disk.told("llama-2-13b-chat.Q4_0.gguf");
    assert!(failed.message.contains("-m llama-2-13b-chat"), "{failed}");
}

#[test]
fn a_name_is_found_in_the_models_directory_before_the_cache() {
    let disk = Disk::new();
    let cached = disk.file(&format!("{CACHED}/abc/llama-2-13b-chat.Q4_0.gguf"), 1);
    assert_eq!(disk.find("llama-2-13b-chat:q4_0").path, cached);
    let own = disk.file("liao/data/models/llama-2-13b-chat/llama-2-13b-chat.Q4_0.gguf", 1);
    let found = disk.find("Llama-2-13B-chat:Q4_0");
    assert_eq!((found.path, found.quant.as_deref(), found.note), (own, Some("Q4_0"), None));
}

#[test]
fn of_several_snapshots_the_known_commit_is_taken_then_mains() {
    let disk = Disk::new();
    let name = "llama-2-13b-chat.Q4_0.gguf";
    let some = disk.file(&format!("{CACHED}/zzz/{name}"), 1);
    assert_eq!(disk.find("llama-2-13b-chat:Q4_0").path, some);
    let known = disk.file(&format!("{CACHED}/366d234f6dee413534d3e177b7452ee95fb194e7/{name}"), 1);
    assert_eq!(disk.find("llama-2-13b-chat:Q4_0").path, known);

    // No commit is known for this one, so what refs/main says counts.
    let (repo, name) = ("hub/models--hfl--chinese-alpaca-2-7b-rlhf-gguf", "ggml-model-q4_k.gguf");
    let main = disk.file(&format!("{repo}/snapshots/aaa/{name}"), 1);
    disk.file(&format!("{repo}/snapshots/bbb/{name}"), 1);
    fs::create_dir_all(disk.dir.path().join(repo).join("refs")).unwrap();
    fs::write(disk.dir.path().join(repo).join("refs/main"), "aaa\n").unwrap();
    assert_eq!(disk.find("chinese-alpaca-2-7b-rlhf:Q4_K").path, main);
}

#[cfg(unix)]
#[test]
fn the_caches_links_are_followed_and_a_dangling_one_is_no_file() {
    let disk = Disk::new();
    let blob = disk.file("hub/models--TheBloke--Llama-2-13B-chat-GGUF/blobs/eda2", 1);
    let link = disk.dir.path().join(CACHED).join("abc/llama-2-13b-chat.Q4_0.gguf");
    fs::create_dir_all(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(&blob, &link).unwrap();
    assert_eq!(disk.find("llama-2-13b-chat:Q4_0").path, link);
    fs::remove_file(&blob).unwrap();
    assert_eq!(disk.told("llama-2-13b-chat:Q4_0").exit, Exit::Model);
}

#[test]
fn without_a_quantization_the_largest_on_disk_is_taken_and_said() {
    let disk = Disk::new();
    disk.file("liao/data/models/llama-2-13b-chat/llama-2-13b-chat.Q2_K.gguf", 10);
    assert_eq!(disk.find("llama-2-13b-chat").note, None);
    let large = disk.file(&format!("{CACHED}/abc/llama-2-13b-chat.Q8_0.gguf"), 30);
    disk.file("liao/data/models/llama-2-13b-chat/own-q5_1.gguf", 20);
    let found = disk.find("llama-2-13b-chat");
    assert_eq!((&found.path, found.quant.as_deref()), (&large, Some("Q8_0")));
    assert_eq!(found.note.unwrap(), "llama-2-13b-chat 在磁盘上有 3 个文件，用最大的：Q8_0");
}

#[test]
fn what_is_not_on_disk_is_told_with_where_to_get_it() {
    let disk = Disk::new();
    let failed = disk.told("llama-2-13b-chat");
    assert_eq!(failed.exit, Exit::Model);
    assert_eq!(
        failed.message,
        "模型 llama-2-13b-chat:Q4_K_M 不在磁盘上（llama-2-13b-chat.Q4_K_M.gguf，7.87 GB；找过 ~/liao/data/models/llama-2-13b-chat 和 ~/hub）。\
         下载：liao pull llama-2-13b-chat:Q4_K_M"
    );
    let failed = disk.told("chinese-alpaca-2-7b-rlhf:q5_0");
    assert!(failed.message.contains("（ggml-model-q5_0.gguf，≈4.8 GB；"), "{failed}");

    let failed = disk.told("opendata-chinese-llama2-chat");
    assert_eq!(failed.exit, Exit::Model);
    assert!(failed.message.contains("liao pull opendata-chinese-llama2-chat"), "{failed}");
    let own = disk.file("liao/data/models/opendata-chinese-llama2-chat/mine.Q4_0.gguf", 1);
    assert_eq!(disk.find("opendata-chinese-llama2-chat").path, own);
    assert_eq!(disk.find("opendata-chinese-llama2-chat:Q4_0").path, own);
    assert_eq!(disk.told("opendata-chinese-llama2-chat:Q8_0").exit, Exit::Model);
    let failed = disk.told("opendata-chinese-llama2-reward");
    assert!(failed.message.contains("不能对话"), "{failed}");
}

#[test]
fn what_is_not_known_is_told_with_what_was_meant() {
    let disk = Disk::new();
    let failed = disk.told("llama2-13b-chat");
    assert_eq!(
        (failed.exit, failed.message.as_str()),
        (Exit::Model, "没有叫 llama2-13b-chat 的模型。是不是 llama-2-13b-chat？")
    );
    let failed = disk.told("斑马");
    assert_eq!(failed.message, "没有叫 斑马 的模型。给出 .gguf 文件的路径，或把文件放到 ~/liao/data/models/斑马");
    let failed = disk.told("llama-2-13b-chat:Q9");
    assert!(failed.message.starts_with("llama-2-13b-chat 没有量化 Q9。有的是：Q2_K Q3_K_L"), "{failed}");
}

#[test]
fn a_folder_of_ones_own_is_a_model() {
    let disk = Disk::new();
    disk.file("liao/data/models/我的模型/a.Q4_0.gguf", 1);
    let large = disk.file("liao/data/models/我的模型/a.Q8_0.GGUF", 2);
    disk.file("liao/data/models/我的模型/readme.txt", 9);
    let found = disk.find("我的模型");
    assert_eq!((&found.path, found.name.as_deref(), found.entry), (&large, Some("我的模型"), None));
    assert!(found.note.unwrap().contains("a.Q8_0.GGUF"));
    assert!(disk.find("我的模型:q4_0").path.ends_with("a.Q4_0.gguf"));
    // `_0` alone is no quantization, though the name ends in it.
    assert_eq!(disk.told("我的模型:0").exit, Exit::Model);
}

#[test]
fn a_name_cannot_leave_the_models_directory() {
    let disk = Disk::new();
    disk.file("outside/x.gguf", 1);
    for evil in ["..", ".", "", ":Q4_0", ".hidden", "a\0b", "a\u{1b}[2J", "a\nb", "..:Q4_0"] {
        let failed = disk.told(evil);
        assert_eq!(failed.exit, Exit::Usage, "{evil:?}");
        assert!(!failed.message.contains(['\u{1b}', '\0', '\n']), "{failed}");
    }
    // These hold a separator, so they are paths, and no such file is there.
    for path in ["../没有这个文件", "models/../outside"] {
        assert_eq!(disk.told(path).exit, Exit::Model, "{path}");
    }
}

#[test]
fn the_built_in_model_is_always_there() {
    let disk = Disk::new();
    let path = disk.dir.path().join("liao/data/models/demo/demo.gguf");
    for name in ["demo", "Demo", "demo:q8_0"] {
        let found = disk.find(name);
        assert_eq!((&found.path, found.name.as_deref(), found.quant.as_deref()), (&path, Some("demo"), Some("Q8_0")));
        assert_eq!(
            (found.entry.map(|entry| entry.name.as_str()), found.note, found.detail),
            (Some("demo"), None, None)
        );
    }
    assert!(path.is_file());
    let failed = disk.told("demo:Q4_K_M");
    assert_eq!((failed.exit, failed.message.as_str()), (Exit::Model, "demo 没有量化 Q4_K_M。有的是：Q8_0"));
}

#[test]
fn where_nobody_names_a_model_the_first_on_disk_is_taken() {
    let disk = Disk::new();
    let on_hand = || on_hand(&disk.registry, &disk.paths).map(|found| (found.path, found.name.unwrap()));
    assert_eq!(on_hand(), None);
    // The built-in one, the one that scores answers, and what is no model do not count.
    disk.find("demo");
    disk.file("liao/data/models/opendata-chinese-llama2-reward/r.Q8_0.gguf", 1);
    disk.file("liao/data/models/notes/readme.txt", 1);
    disk.file("liao/data/models/a.gguf", 1);
    disk.file("liao/data/models/.hidden/x.gguf", 1);
    assert_eq!(on_hand(), None);
    for (file, name) in [
        ("liao/data/models/我的/y.gguf", "我的"),
        ("liao/data/models/b/x.gguf", "b"),
        (&format!("{CACHED}/abc/llama-2-13b-chat.Q4_0.gguf"), "llama-2-13b-chat"),
        ("liao/data/models/llama-2-13b-chat/llama-2-13b-chat.Q5_0.gguf", "llama-2-13b-chat"),
        ("liao/data/models/opendata-chinese-llama2-chat/mine.gguf", "opendata-chinese-llama2-chat"),
    ] {
        // Each is the larger of its kind and comes before all that were there.
        let path = disk.file(file, if file.starts_with("hub") { 1 } else { 2 });
        assert_eq!(on_hand(), Some((path, name.to_owned())), "{file}");
    }
}

#[test]
fn a_model_of_a_hub_is_found_in_its_folder() {
    let disk = Disk::new();
    let folder = "liao/data/models/hf--a--b";
    let failed = disk.told("hf:a/b:Q4_0");
    assert_eq!(
        (failed.exit, failed.message.as_str()),
        (Exit::Model, "模型 hf:a/b:Q4_0 不在磁盘上（找过 ~/liao/data/models/hf--a--b）。下载：liao pull hf:a/b:Q4_0")
    );
    let small = disk.file(&format!("{folder}/x_Q4_0.gguf"), 1);
    let large = disk.file(&format!("{folder}/x-q8_0.gguf"), 2);
    for (name, path) in
        [("hf:a/b:q4_0", &small), ("hf:a/b:Q8_0", &large), ("hf:a/b/x_Q4_0.gguf", &small), ("HF:a/b", &large)]
    {
        let found = disk.find(name);
        assert_eq!((&found.path, found.name.as_deref()), (path, Some("hf:a/b")), "{name}");
        assert_eq!(found.note.is_some(), name == "HF:a/b", "{name}");
    }
    for absent in ["hf:a/b:Q5_0", "hf:a/b/y.gguf", "hf:a/c", "hf:a/b:0"] {
        assert_eq!(disk.told(absent).exit, Exit::Model, "{absent}");
    }
    assert_eq!(disk.told("hf:a/../b").exit, Exit::Usage);
    let names: Vec<String> =
        inventory::installed(&disk.registry, &disk.paths).into_iter().map(|model| model.name).collect();
    assert_eq!(names, ["demo", "hf:a/b", "hf:a/b"]);
    // A file that was named may also be in the cache of others.
    let cached = disk.file("hub/models--c--d/snapshots/abc/z.gguf", 1);
    assert_eq!(disk.find("hf:c/d/z.gguf").path, cached);
    assert_eq!(disk.told("hf:c/d").exit, Exit::Model);
    // Without a file's name, it is looked for in what the cache takes for the newest commit.
    let larger = disk.file("hub/models--c--d/snapshots/abd/z-q4_0.gguf", 3);
    let newest = disk.file("hub/models--c--d/refs/main", 0);
    fs::write(&newest, "abd").unwrap();
    for name in ["hf:c/d", "hf:c/d:Q4_0"] {
        assert_eq!(disk.find(name).path, larger, "{name}");
    }
    fs::write(&newest, "abc").unwrap();
    assert_eq!(disk.find("hf:c/d").path, cached);
    assert_eq!(disk.told("hf:c/d:Q4_0").exit, Exit::Model);
}

#[test]
fn a_model_in_parts_is_one_model() {
    let disk = Disk::new();
    let folder = "liao/data/models/我的";
    let paths: Vec<PathBuf> =
        (1..=3).map(|no| disk.file(&format!("{folder}/x-Q4_0-0000{no}-of-00003.gguf"), 10)).collect();
    disk.file(&format!("{folder}/y.Q8_0.gguf"), 20);
    for name in ["我的", "我的:Q4_0"] {
        assert_eq!(disk.find(name).path, paths[0], "all parts together are the largest");
    }
    assert_eq!(parts(&paths[0]), paths);
    fs::remove_file(&paths[1]).unwrap();
    assert_eq!(parts(&paths[0]), [paths[0].clone(), paths[2].clone()]);
    let whole = disk.dir.path().join(folder).join("y.Q8_0.gguf");
    assert_eq!(parts(&whole), [whole]);
}

#[test]
fn a_cache_is_looked_in_by_hash_and_by_name() {
    let disk = Disk::new();
    let (bytes, sum) = (b"GGUF", Sum::of_bytes(b"GGUF"));
    let look = |sum| cached("a/b", None, "x.gguf", sum, &disk.paths);
    assert_eq!(look(Some(sum)), None);
    let named = disk.file("hub/models--a--b/snapshots/abc/x.gguf", bytes.len());
    assert_eq!((look(Some(sum)), look(None)), (Some(named.clone()), Some(named.clone())));
    // Of a commit that is known, without a hash, another commit's file will not do.
    let of_commit = |commit, sum| cached("a/b", Some(commit), "x.gguf", sum, &disk.paths);
    assert_eq!((of_commit("abc", None), of_commit("abd", None)), (Some(named.clone()), None));
    assert_eq!(of_commit("abd", Some(sum)), Some(named.clone()));
    let blob = disk.file(&format!("hub/models--a--b/blobs/{sum}"), bytes.len());
    assert_eq!((look(Some(sum)), look(None)), (Some(blob), Some(named)));
}
