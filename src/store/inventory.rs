//! Which models are on this disk.

use std::path::{Path, PathBuf};

use super::{demo, ggufs, on_disk, size};
use crate::config::paths::Paths;
use crate::config::registry::{Entry, Registry, is_demo};

/// A model's file on this disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Installed<'r> {
    /// The model's name: its entry's, else its folder's.
    pub name: String,
    /// The quantization, where an entry tells it.
    pub quant: Option<&'r str>,
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// What models.toml says about it.
    pub entry: Option<&'r Entry>,
    /// Whether it is in the models directory, and so ours to remove; else it is in the Hugging Face cache.
    pub is_ours: bool,
}

/// Every model file that a name leads to: first those of models.toml in its order, then the other folders of the models
/// directory by name. The built-in model is among them, whether its file has been written yet or not.
#[must_use]
pub fn installed<'r>(registry: &'r Registry, paths: &Paths) -> Vec<Installed<'r>> {
    let mut all: Vec<Installed<'r>> = registry.entries().flat_map(|entry| of_entry(entry, paths)).collect();
    let folders = std::fs::read_dir(paths.models()).into_iter().flatten().flatten();
    let mut names: Vec<String> = folders.filter_map(|folder| folder.file_name().into_string().ok()).collect();
    names.sort();
    for name in names.into_iter().filter(|name| registry.find(name).is_none()) {
        let files = firsts(&paths.models().join(&name));
        all.extend(files.into_iter().map(|path| Installed {
            name: name.clone(),
            quant: None,
            bytes: size(&path),
            path,
            entry: None,
            is_ours: true,
        }));
    }
    all
}

/// The files of one entry.
#[must_use]
pub fn of_entry<'r>(entry: &'r Entry, paths: &Paths) -> Vec<Installed<'r>> {
    let folder = paths.models().join(&entry.name);
    if is_demo(&entry.name) {
        let path = folder.join(demo::FILE);
        let (name, quant) = (entry.name.clone(), Some(demo::QUANT));
        return vec![Installed { name, quant, path, bytes: demo::n_bytes(), entry: Some(entry), is_ours: true }];
    }
    let found = |quant: Option<&'r str>, path: PathBuf| Installed {
        name: entry.name.clone(),
        quant,
        bytes: size(&path),
        is_ours: path.starts_with(&folder),
        path,
        entry: Some(entry),
    };
    let listed = entry.files.iter().filter_map(|(quant, file)| Some(found(Some(quant), on_disk(entry, file, paths)?)));
    let mut all: Vec<Installed<'r>> = listed.collect();
    for path in firsts(&folder) {
        if !all.iter().any(|known| known.path == path) {
            all.push(found(None, path));
        }
    }
    all
}

/// The models of a folder: of one in several files, the first.
fn firsts(folder: &Path) -> Vec<PathBuf> {
    let is_first = |path: &PathBuf| {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let part = stem.rsplit_once("-of-").and_then(|(before, _)| before.rsplit_once('-'));
        part.is_none_or(|(_, number)| number.parse::<u32>().map_or(true, |number| number == 1))
    };
    let mut all = ggufs(folder);
    all.retain(is_first);
    all
}
