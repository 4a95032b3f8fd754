//! Where a checkpoint is found: by the name of its repository alone, and in the cache of another program.

use std::fs;

use super::{COMMIT, REPO, folder_of, good, imported, in_safetensors, in_torch, names, pull, read, weights_asked};
use crate::support::faults::DESERTED;
use crate::support::{Liao, sha256};

#[test]
fn a_checkpoint_that_models_toml_does_not_list_is_pulled_by_its_repository() {
    let files = in_safetensors();
    let hub = good(&files);
    let model = format!("hf:{REPO}");
    let named = format!("{model}:q4_k_m");
    let ran = Liao::new().args(["pull", &named]).env("HF_ENDPOINT", hub.url("")).run();
    ran.exits(0).stdout("").stderr_has(&format!("liao -m {model}:Q4_K_M"));
    let folder = ran.home().join("liao/data/models/hf--someone--tiny-checkpoint");
    assert!(folder.join("hf--someone--tiny-checkpoint.Q4_K_M.gguf").is_file(), "{:?}", names(&folder));
    for name in [&model, &named] {
        let again = |words: &[&str]| Liao::new().args(words.to_vec()).in_home_of(&ran);
        again(&["-m", name, "-p", "hello", "-n", "3"]).run().exits(0);
        again(&["pull", name]).env("HF_ENDPOINT", DESERTED).run().exits(0).stderr_has("已经在磁盘上");
    }
    // Where models.toml lists it, it is that model.
    let listed = pull(&hub.url("")).run();
    let again = Liao::new().args(["pull", &named]).env("HF_ENDPOINT", hub.url("")).in_home_of(&listed).run();
    again.exits(0).stderr_is_one_line_with(&["已经在磁盘上", "tiny.Q4_K_M.gguf"]);
}

#[test]
fn what_a_cache_has_is_converted_and_not_fetched() {
    let files = in_torch(2);
    for (is_offline, spoilt) in [(false, None), (true, None), (false, Some("pytorch_model-00002-of-00002.bin"))] {
        let hub = good(&files);
        let mut liao = pull(&hub.url(""));
        let cache = format!(".cache/huggingface/hub/models--{}", REPO.replace('/', "--"));
        for (name, bytes) in &files {
            let blob = liao.file(format!("{cache}/blobs/{}", sha256(bytes)), bytes);
            let link = liao.home().join(&cache).join("snapshots").join(COMMIT).join(name);
            fs::create_dir_all(link.parent().unwrap()).unwrap();
            if spoilt == Some(name.as_str()) {
                fs::remove_file(&blob).unwrap();
            }
            #[cfg(unix)]
            std::os::unix::fs::symlink(blob, link).unwrap();
            #[cfg(not(unix))]
            fs::write(link, bytes).unwrap();
        }
        liao.file(format!("{cache}/refs/main"), COMMIT);
        if is_offline {
            liao = liao.arg("--offline");
        }
        let ran = liao.run();
        ran.exits(0);
        assert!(read(&folder_of(&ran).join("tiny.Q4_K_M.gguf")) == imported(&files), "{}", ran.stderr_text());
        let asked = hub.asked();
        let n_weights = asked.iter().filter(|asked| weights_asked(asked).is_some()).count();
        assert_eq!(n_weights == 0, spoilt.is_none(), "{asked:?}");
        assert!(!is_offline || asked.is_empty(), "{asked:?}");
        if spoilt.is_none() {
            ran.stderr_has("缓存");
        }
        if is_offline {
            let by_repository = format!("hf:{REPO}:Q4_K_M");
            let again = Liao::new().args(["pull", by_repository.as_str(), "--offline"]).in_home_of(&ran).run();
            again.exits(0).stderr_is_one_line_with(&["tiny.Q4_K_M.gguf"]);
        }
    }
}
