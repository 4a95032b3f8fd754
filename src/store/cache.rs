//! What Hugging Face's own programs have fetched: a folder a repository, in it one a commit with links to the files, which
//! are called by their hashes. It is only read. That a file is linked there says that it came whole; what it holds is
//! held to a hash by whoever takes it.

use std::fs;
use std::path::{Path, PathBuf};

use super::download::sum::Sum;
use super::download::tree::{Listed, Tree};
use crate::config::paths::Paths;
use crate::config::registry::cache_folder;
use crate::text::names::check_file;

/// A commit of a repository, as far as the cache has its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedSnapshot {
    /// Its folder.
    pub folder: PathBuf,
    /// The commit.
    pub commit: String,
}

/// The folder that a repository's snapshots lie in; nothing needs to be there.
pub(super) fn snapshots(repo: &str, paths: &Paths) -> Option<PathBuf> {
    Some(repository(repo, paths)?.join("snapshots"))
}

fn repository(repo: &str, paths: &Paths) -> Option<PathBuf> {
    Some(paths.hugging_face.as_ref()?.join(cache_folder(repo)))
}

/// The file with this hash, by its name alone.
pub(super) fn blob(repo: &str, sum: Sum, paths: &Paths) -> Option<PathBuf> {
    Some(repository(repo, paths)?.join("blobs").join(sum.to_string())).filter(|path| path.is_file())
}

/// What the cache has of a commit; where none is named, of the one that was the newest when it was last asked for.
#[must_use]
pub fn snapshot(repo: &str, commit: Option<&str>, paths: &Paths) -> Option<CachedSnapshot> {
    let newest = || fs::read_to_string(repository(repo, paths)?.join("refs/main")).ok();
    let commit = commit.map(str::to_owned).or_else(newest)?.trim().to_owned();
    let folder = snapshots(repo, paths)?.join(&commit);
    // It becomes one part of a path.
    let is_plain = !commit.is_empty() && !commit.contains(['/', '\\', '.', ':']);
    (is_plain && folder.is_dir()).then_some(CachedSnapshot { folder, commit })
}

impl CachedSnapshot {
    /// What is there, as a hub would list it; a hash is known where it is a file's name.
    #[must_use]
    pub fn tree(&self) -> Tree {
        let all = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let listed = all.filter_map(|entry| {
            let name = entry.file_name().into_string().ok().filter(|name| check_file(name).is_ok())?;
            let is = fs::metadata(entry.path()).ok().filter(fs::Metadata::is_file)?;
            Some(Listed { name, n_bytes: is.len(), sum: named_sum(&entry.path()) })
        });
        let mut files: Vec<Listed> = listed.collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Tree { revision: self.commit.clone(), files }
    }

    /// Whether each of these files of a hub's list is there, as long as the list says and under the hash that it tells.
    #[must_use]
    pub fn has_all<'l>(&self, mut listed: impl Iterator<Item = &'l Listed>) -> bool {
        let tree = self.tree();
        listed.all(|wanted| {
            let found = tree.find(&wanted.name).filter(|found| found.n_bytes == wanted.n_bytes);
            found.is_some_and(|found| wanted.sum.is_none() || found.sum == wanted.sum)
        })
    }
}

/// The hash that a file is called by, where links lead to it.
fn named_sum(path: &Path) -> Option<Sum> {
    Sum::parse(fs::canonicalize(path).ok()?.file_name()?.to_str()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::paths::Environment;

    const COMMIT: &str = "245bc5104d85dcc9a11a0e0a9ae6de38dfae536f";

    fn paths(cache: &Path) -> Paths {
        let mut environment = Environment::default();
        for variable in ["LIAO_HOME", "HF_HUB_CACHE"] {
            environment.variables.insert(variable.into(), cache.into());
        }
        Paths::of(&environment).unwrap()
    }

    /// A cache with one commit of `a/b` that has these files, each called by its hash.
    fn cache(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let repo = dir.path().join("models--a--b");
        let (blobs, folder) = (repo.join("blobs"), repo.join("snapshots").join(COMMIT));
        for folder in [&blobs, &folder, &repo.join("refs")] {
            fs::create_dir_all(folder).unwrap();
        }
        fs::write(repo.join("refs/main"), format!("{COMMIT}\n")).unwrap();
        for (name, bytes) in files {
            let blob = blobs.join(Sum::of_bytes(bytes).to_string());
            fs::write(&blob, bytes).unwrap();
            #[cfg(unix)]
            std::os::unix::fs::symlink(&blob, folder.join(name)).unwrap();
            #[cfg(not(unix))]
            fs::copy(&blob, folder.join(name)).map(drop).unwrap();
        }
        dir
    }

    fn listed(name: &str, bytes: &[u8], sum: Option<Sum>) -> Listed {
        Listed { name: name.to_owned(), n_bytes: bytes.len() as u64, sum }
    }

    #[test]
    fn a_commit_is_found_by_its_name_or_as_the_newest() {
        let dir = cache(&[("config.json", b"{}")]);
        let paths = paths(dir.path());
        let found = snapshot("a/b", None, &paths).unwrap();
        assert_eq!((found.commit.as_str(), snapshot("a/b", Some(COMMIT), &paths)), (COMMIT, Some(found.clone())));
        assert_eq!(found.tree().files.len(), 1);
        let other = "f".repeat(40);
        for commit in [other.as_str(), "main", "..", "", &format!("../snapshots/{COMMIT}")] {
            assert_eq!(snapshot("a/b", Some(commit), &paths), None, "{commit}");
        }
        assert_eq!(snapshot("a/c", None, &paths), None);
    }

    #[cfg(unix)]
    #[test]
    fn it_has_all_only_where_each_is_there_as_it_is_listed() {
        let dir = cache(&[("config.json", b"{}"), ("x.bin", b"weights"), ("evil name.bin", b"x")]);
        let found = snapshot("a/b", None, &paths(dir.path())).unwrap();
        let tree = found.tree();
        let names: Vec<&str> = tree.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["config.json", "x.bin"]);
        let config = listed("config.json", b"{}", None);
        let weights = listed("x.bin", b"weights", Some(Sum::of_bytes(b"weights")));
        assert!(found.has_all([&config, &weights].into_iter()));
        for wrong in [
            listed("y.bin", b"weights", None),
            listed("x.bin", b"weights!", None),
            listed("x.bin", b"weights", Some(Sum::of_bytes(b"others!"))),
        ] {
            assert!(!found.has_all([&config, &wrong].into_iter()), "{wrong:?}");
        }
        // A link to nothing is no file: the download was broken off, or the cache cleared.
        fs::remove_file(dir.path().join("models--a--b/blobs").join(Sum::of_bytes(b"weights").to_string())).unwrap();
        assert!(!found.has_all([&weights].into_iter()));
    }
}
