//! A checkpoint that another program has fetched: whether a Hugging Face cache has everything of it that is read, so that
//! 26 GB need not come once more. What is there is read in place, and stays as it is.

use crate::commands::Call;
use crate::import::SMALL_FILES;
use crate::import::checkpoint::is_read;
use crate::store::cache::{CachedSnapshot, snapshot};
use crate::store::download::tree::Tree;
use crate::text::untrusted;
use crate::tr;

/// The checkpoint of a hub's list, where the cache has it as it is listed.
pub(super) fn listed(call: &mut Call, repo: &str, tree: &Tree) -> Option<CachedSnapshot> {
    let found = snapshot(repo, Some(&tree.revision), &call.config.paths)?;
    let needed = tree.files.iter().filter(|file| is_needed(tree, &file.name));
    let is_whole = is_checkpoint(tree) && found.has_all(needed);
    is_whole.then(|| told(call, found))
}

/// The checkpoint of a commit, or of the newest that the cache knows, where nobody may be asked what belongs to it. What
/// is missing then is told by whoever reads it.
pub(super) fn at_hand(call: &mut Call, repo: &str, commit: Option<&str>) -> Option<CachedSnapshot> {
    let found = snapshot(repo, commit, &call.config.paths)?;
    is_checkpoint(&found.tree()).then(|| told(call, found))
}

fn told(call: &mut Call, found: CachedSnapshot) -> CachedSnapshot {
    let path = untrusted::path(&found.folder);
    call.output.notice(&tr!(
        "Hugging Face 缓存里已有，不用下载：{path}",
        "already in a Hugging Face cache, nothing to download: {path}"
    ));
    found
}

fn is_checkpoint(tree: &Tree) -> bool {
    let has = |name: &str| tree.find(name).is_some();
    has("config.json") && has("tokenizer.model") && tree.files.iter().any(|file| is_read(&file.name, has))
}

fn is_needed(tree: &Tree, name: &str) -> bool {
    SMALL_FILES.contains(&name) || is_read(name, |name| tree.find(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::download::tree::Listed;

    fn tree(names: &[&str]) -> Tree {
        let listed = |name: &&str| Listed { name: (*name).to_owned(), n_bytes: 1, sum: None };
        Tree { revision: "main".to_owned(), files: names.iter().map(listed).collect() }
    }

    #[test]
    fn needed_is_what_is_read_and_nothing_else() {
        let needed = ["config.json", "tokenizer.model", "model.safetensors", "tokenizer_config.json"];
        let others = ["README.md", "LICENSE.txt", "pytorch_model.bin", "training_args.bin", "trainer_state.json"];
        let all = tree(&[&needed[..], &others].concat());
        let found: Vec<&str> =
            (all.files.iter().map(|file| file.name.as_str())).filter(|name| is_needed(&all, name)).collect();
        assert_eq!(found, needed);
        assert!(is_checkpoint(&all));
        for missing in &needed[..3] {
            let rest: Vec<&str> = needed.iter().copied().filter(|name| name != missing).collect();
            assert!(!is_checkpoint(&tree(&rest)), "{missing}");
        }
    }
}
