//! Which models are on this disk.

use std::path::PathBuf;

use super::{demo, firsts, on_disk, size};
use crate::config::paths::Paths;
use crate::config::registry::{Entry, Registry, is_demo};
use crate::text::hub_name::of_folder;
use crate::text::model_file;

/// A model's file on this disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Installed<'r> {
    /// The model's name: its entry's, `hf:…` for one that was pulled so, else its folder's.
    pub name: String,
    /// The quantization, where an entry tells it.
    pub quant: Option<&'r str>,
    /// The file; of a model in several parts, the first.
    pub path: PathBuf,
    /// The size of all of it.
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
            name: of_folder(&name).unwrap_or_else(|| name.clone()),
            quant: None,
            bytes: size(&path),
            path,
            entry: None,
            is_ours: true,
        }));
    }
    all
}

/// What is typed for each of these files: the model's name, with the quantization where others have that name too. Files
/// that tell no quantization share the name alone.
#[must_use]
pub fn handles(installed: &[Installed<'_>]) -> Vec<String> {
    let handle = |model: &Installed<'_>| {
        let has_others = installed.iter().filter(|other| other.name == model.name).count() > 1;
        let file = model.path.file_name().unwrap_or_default().to_string_lossy();
        match model.quant.or_else(|| model_file::quant(&file)).filter(|_| has_others) {
            Some(quant) => format!("{}:{quant}", model.name),
            None => model.name.clone(),
        }
    };
    installed.iter().map(handle).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_has_a_name_to_be_typed() {
        let file = |name: &str, quant, file: &str| Installed {
            name: name.to_owned(),
            quant,
            path: PathBuf::from(file),
            bytes: 0,
            entry: None,
            is_ours: true,
        };
        let all = [
            file("单个", Some("Q4_0"), "a-Q4_0.gguf"),
            file("两个", Some("Q4_K_M"), "b.gguf"),
            file("两个", Some("Q8_0"), "b8.gguf"),
            // A folder that models.toml does not know: only the files tell.
            file("我的", None, "c-q4_0.gguf"),
            file("我的", None, "c.F16.gguf"),
            file("我的", None, "c.gguf"),
        ];
        assert_eq!(handles(&all), ["单个", "两个:Q4_K_M", "两个:Q8_0", "我的:q4_0", "我的:F16", "我的"]);
    }
}
