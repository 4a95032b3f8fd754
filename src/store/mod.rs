//! From what a person calls a model to the file on disk: a path, a name with or without a quantization, or `hf:…`.
//!
//! A name is looked for under the models directory, then in an existing Hugging Face cache. Nothing is fetched here,
//! nothing written but the built-in model (`demo`), and what the file holds is not looked at: that is `gguf`.

pub mod cache;
pub mod demo;
pub mod download;
mod hub;
pub mod inventory;
pub mod offer;
pub mod record;
pub mod remote;

use std::io;
use std::path::{Path, PathBuf};

use download::sum::Sum;

use crate::config::paths::Paths;
use crate::config::registry::{Entry, Format, ModelFile, Purpose, Registry, is_demo, is_path, split};
use crate::exit::{Exit, Failed, cause};
use crate::text::hub_name::{HubName, of_folder};
use crate::text::model_file::{self, Part, stem};
use crate::text::untrusted::{self, Untrusted};
use crate::tr;

/// A model found on disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved<'r> {
    /// The file.
    pub path: PathBuf,
    /// The model's name: its entry's, else its folder's under the models directory; `None` for a path of no entry.
    pub name: Option<String>,
    /// The quantization, where an entry tells it.
    pub quant: Option<String>,
    /// What models.toml says about it.
    pub entry: Option<&'r Entry>,
    /// Where there was a choice of files: which was taken, to be told to the person.
    pub note: Option<String>,
    /// What else there is to say of where it is, for who wants to know.
    pub detail: Option<String>,
}

/// Finds the file of a model.
///
/// # Errors
/// [`Exit::Model`]: the path cannot be read, the name or quantization is not known, or its file is not on disk; the
/// sentence says where it was looked for and where it can be had. [`Exit::Usage`]: not a name at all. For the built-in
/// model, what [`demo::place`] fails with.
pub fn resolve<'r>(model: &str, registry: &'r Registry, paths: &Paths) -> Result<Resolved<'r>, Failed> {
    if is_path(model) {
        return resolve_path(Path::new(model), registry);
    }
    resolve_name(model, registry, paths)
}

/// Finds the file of a model that is known to be meant by name.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_name<'r>(model: &str, registry: &'r Registry, paths: &Paths) -> Result<Resolved<'r>, Failed> {
    if let Some(named) = HubName::parse(model) {
        let named = named.map_err(|bad| Failed::usage(bad.to_string()))?;
        return hub::resolve(&named, registry.entry_for(model), paths);
    }
    let (name, quant) = split(model);
    // It becomes a folder's name, so it has to be exactly one part of a path; names in 汉字 are fine.
    let evil = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':');
    if name.is_empty() || name.starts_with('.') || name.chars().any(evil) {
        let model = Untrusted(model);
        return Err(Failed::usage(tr!(
            "{model} 不是模型的名字。应为 名字[:量化]、hf:组织/仓库，或 .gguf 文件的路径",
            "{model} is not the name of a model. Give NAME[:QUANT], hf:ORG/REPO, or the path of a .gguf file"
        )));
    }
    match registry.find(name) {
        Some(entry) => resolve_entry(entry, quant, paths),
        None => resolve_folder(name, quant, registry, paths),
    }
}

/// The model to take where nobody names one: the first chat model of the registry that is on disk, else the first
/// other folder of the models directory that has a model in it, by name. The built-in model is not among them.
#[must_use]
pub fn on_hand<'r>(registry: &'r Registry, paths: &Paths) -> Option<Resolved<'r>> {
    let mut chat = registry.entries().filter(|entry| entry.purpose == Purpose::Chat && !is_demo(&entry.name));
    chat.find_map(|entry| resolve_entry(entry, None, paths).ok()).or_else(|| {
        let all = std::fs::read_dir(paths.models()).ok()?.flatten();
        let names = all.filter_map(|folder| folder.file_name().into_string().ok());
        let mut names: Vec<String> = names.map(|folder| of_folder(&folder).unwrap_or(folder)).collect();
        names.sort();
        let mut others = names.iter().filter(|name| registry.find(name).is_none());
        others.find_map(|name| resolve_name(name, registry, paths).ok())
    })
}

fn resolve_path<'r>(path: &Path, registry: &'r Registry) -> Result<Resolved<'r>, Failed> {
    let readable = std::fs::metadata(path).and_then(|is| match is.is_dir() {
        true => Err(io::Error::from(io::ErrorKind::IsADirectory)),
        false => std::fs::File::open(path).map(drop),
    });
    if let Err(error) = readable {
        let (shown, error) = (untrusted::path(path), cause(&error));
        let named = registry.by_file(path).map(|entry| entry.name.as_str());
        return Err(Failed::new(
            Exit::Model,
            match named {
                Some(name) => tr!(
                    "打不开模型文件 {shown}：{error}。若放在模型目录里，可用 -m {name}",
                    "cannot open the model file {shown}: {error}. If it is in the models directory, use -m {name}"
                ),
                None => tr!(
                    "打不开模型文件 {shown}：{error}。请检查路径：-m 路径.gguf",
                    "cannot open the model file {shown}: {error}. Check the path: -m PATH.gguf"
                ),
            },
        ));
    }
    let entry = registry.by_file(path);
    let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let quant = entry.and_then(|entry| entry.files.iter().find(|(_, f)| f.file.eq_ignore_ascii_case(&file_name)));
    Ok(Resolved {
        path: path.to_owned(),
        name: entry.map(|entry| entry.name.clone()),
        quant: quant.map(|(quant, _)| quant.clone()),
        entry,
        note: None,
        detail: None,
    })
}

fn resolve_entry<'r>(entry: &'r Entry, quant: Option<&str>, paths: &Paths) -> Result<Resolved<'r>, Failed> {
    let name = &entry.name;
    if is_demo(name) {
        return resolve_demo(entry, quant, paths);
    }
    if entry.purpose == Purpose::Reward {
        return Err(Failed::new(
            Exit::Model,
            tr!("{name} 是给回答打分的模型，不能对话", "{name} scores answers; it is not a chat model"),
        ));
    }
    let resolved = |path, quant: Option<&str>, note| Resolved {
        path,
        name: Some(name.clone()),
        quant: quant.map(str::to_owned),
        entry: Some(entry),
        note,
        detail: None,
    };
    if let Some(quant) = quant {
        let Some((quant, file)) = entry.file(quant) else {
            // A file of one's own making may bear its quantization in its name.
            return match own_file(&paths.models().join(name), quant) {
                Some(path) => Ok(resolved(path, Some(quant), None)),
                None => Err(unknown_quant(entry, quant, paths)),
            };
        };
        return match on_disk(entry, file, paths) {
            Some(path) => Ok(resolved(path, Some(quant), None)),
            None => Err(absent(entry, quant, file, paths)),
        };
    }
    let listed =
        (entry.files.iter()).filter_map(|(quant, file)| Some((on_disk(entry, file, paths)?, Some(quant.as_str()))));
    let mut all: Vec<(PathBuf, Option<&str>)> = listed.collect();
    for path in firsts(&paths.models().join(name)) {
        if !all.iter().any(|(known, _)| *known == path) {
            all.push((path, None));
        }
    }
    let n = all.len();
    match all.into_iter().max_by_key(|(path, _)| size(path)) {
        Some((path, quant)) => {
            let note = note(name, quant, &path, n);
            Ok(resolved(path, quant, note))
        }
        None => match entry.usual() {
            Some((quant, file)) => Err(absent(entry, quant, file, paths)),
            None => Err(unpublished(entry, paths)),
        },
    }
}

fn resolve_demo<'r>(entry: &'r Entry, quant: Option<&str>, paths: &Paths) -> Result<Resolved<'r>, Failed> {
    if let Some(quant) = quant.filter(|quant| !quant.eq_ignore_ascii_case(demo::QUANT)) {
        return Err(no_such_quant(&entry.name, quant, demo::QUANT));
    }
    let demo::Placed { path, detail } = demo::place(&paths.models())?;
    let (name, quant) = (Some(entry.name.clone()), Some(demo::QUANT.to_owned()));
    Ok(Resolved { path, name, quant, entry: Some(entry), note: None, detail })
}

/// A model that models.toml does not know: a folder under the models directory with `.gguf` files in it.
fn resolve_folder<'r>(
    name: &str,
    quant: Option<&str>,
    registry: &'r Registry,
    paths: &Paths,
) -> Result<Resolved<'r>, Failed> {
    let folder = paths.models().join(name);
    let all = firsts(&folder);
    let n = if quant.is_some() { 1 } else { all.len() };
    let found = match quant {
        Some(quant) => own_file(&folder, quant),
        None => all.into_iter().max_by_key(|path| size(path)),
    };
    let Some(path) = found else {
        let (shown, typed) = (untrusted::path(&folder), Untrusted(name));
        return Err(Failed::new(
            Exit::Model,
            match registry.nearest(name) {
                Some(meant) => {
                    tr!("没有叫 {typed} 的模型。是不是 {meant}？", "there is no model {typed}. Did you mean {meant}?")
                }
                None => tr!(
                    "没有叫 {typed} 的模型。给出 .gguf 文件的路径，或把文件放到 {shown}",
                    "there is no model {typed}. Give the path of a .gguf file, or put one into {shown}"
                ),
            },
        ));
    };
    let note = note(name, quant, &path, n);
    Ok(Resolved { path, name: Some(name.to_owned()), quant: quant.map(str::to_owned), entry: None, note, detail: None })
}

/// Says which of `n` files was taken.
fn note(name: &str, quant: Option<&str>, path: &Path, n: usize) -> Option<String> {
    let file = quant.map_or_else(|| untrusted::path(path), str::to_owned);
    let name = Untrusted(name);
    (n > 1).then(|| {
        tr!(
            "{name} 在磁盘上有 {n} 个文件，用最大的：{file}",
            "{name} has {n} files on disk; taking the largest: {file}"
        )
    })
}

/// The file in the models directory, else in the Hugging Face cache.
fn on_disk(entry: &Entry, file: &ModelFile, paths: &Paths) -> Option<PathBuf> {
    let own = paths.models().join(&entry.name).join(&file.file);
    if own.is_file() { Some(own) } else { in_cache(file.repo.as_deref()?, file.revision.as_deref(), &file.file, paths) }
}

/// The file of a repository in the Hugging Face cache: of this commit, else of the newest that is there.
fn in_cache(repo: &str, revision: Option<&str>, file: &str, paths: &Paths) -> Option<PathBuf> {
    if let Some(path) =
        cache::snapshot(repo, revision, paths).map(|found| found.folder.join(file)).filter(|path| path.is_file())
    {
        return Some(path);
    }
    // Another snapshot has the same file more often than not; the newest is the likeliest to.
    let all = std::fs::read_dir(cache::snapshots(repo, paths)?).ok()?.flatten();
    let mut found: Vec<PathBuf> = all.map(|dir| dir.path().join(file)).filter(|path| path.is_file()).collect();
    found.sort_by_key(|path| (std::fs::metadata(path).and_then(|is| is.modified()).ok(), path.clone()));
    found.pop()
}

/// The file in the Hugging Face cache that may be the one with this hash; whether it is has to be seen.
#[must_use]
pub fn cached(repo: &str, revision: Option<&str>, file: &str, sum: Option<Sum>, paths: &Paths) -> Option<PathBuf> {
    if sum.is_none() && revision.is_some() {
        // Nothing would tell another commit's file from this one's.
        return Some(cache::snapshot(repo, revision, paths)?.folder.join(file)).filter(|path| path.is_file());
    }
    let blob = sum.and_then(|sum| cache::blob(repo, sum, paths));
    blob.or_else(|| in_cache(repo, revision, file, paths))
}

/// The `.gguf` files of a folder, in the order of their names.
fn ggufs(folder: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    let mut found: Vec<PathBuf> = all
        .filter(|path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gguf")) && path.is_file())
        .collect();
    found.sort();
    found
}

/// The file of a folder whose name ends in this quantization: `….Q4_0.gguf`, `…-q4_0.gguf`; of one in several parts, the
/// first.
fn own_file(folder: &Path, quant: &str) -> Option<PathBuf> {
    let lower = quant.to_ascii_lowercase();
    firsts(folder).into_iter().find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let stem = stem(&name).to_ascii_lowercase();
        let ends_so = stem.strip_suffix(&lower).is_some_and(|before| before.ends_with(['.', '-']));
        let is_its = model_file::quant(&name).is_some_and(|own| own.eq_ignore_ascii_case(quant));
        !quant.is_empty() && (ends_so || is_its)
    })
}

/// The models of a folder, in the order of their names: of one in several parts, the first.
fn firsts(folder: &Path) -> Vec<PathBuf> {
    let is_first = |path: &PathBuf| {
        Part::of(&path.file_name().unwrap_or_default().to_string_lossy()).is_none_or(|part| part.no == 1)
    };
    let mut all = ggufs(folder);
    all.retain(is_first);
    all
}

/// All files of a model that are there: the parts of one in several, else the one.
#[must_use]
pub fn parts(first: &Path) -> Vec<PathBuf> {
    let name = first.file_name().unwrap_or_default().to_string_lossy();
    match Part::of(&name) {
        None => vec![first.to_owned()],
        Some(part) => part.names().map(|name| first.with_file_name(name)).filter(|path| path.is_file()).collect(),
    }
}

/// The size of a model, with all its parts.
fn size(first: &Path) -> u64 {
    parts(first).iter().map(|path| std::fs::metadata(path).map_or(0, |is| is.len())).sum()
}

fn unknown_quant(entry: &Entry, quant: &str, paths: &Paths) -> Failed {
    let name = &entry.name;
    if entry.files.is_empty() {
        return unpublished(entry, paths);
    }
    let all = entry.files.keys().map(String::as_str).collect::<Vec<_>>().join(" ");
    no_such_quant(name, quant, &all)
}

fn no_such_quant(name: &str, quant: &str, all: &str) -> Failed {
    let quant = Untrusted(quant);
    Failed::new(
        Exit::Model,
        tr!("{name} 没有量化 {quant}。有的是：{all}", "{name} has no quantization {quant}. There are: {all}"),
    )
}

fn absent(entry: &Entry, quant: &str, file: &ModelFile, paths: &Paths) -> Failed {
    let (name, file_name) = (&entry.name, &file.file);
    let folder = paths.models().join(name);
    let folder = untrusted::path(&folder);
    let size = file.size().map(|size| tr!("，{size}", ", {size}")).unwrap_or_default();
    let cache = paths.hugging_face.as_ref().map(|cache| untrusted::path(cache));
    let cache = cache.map(|cache| tr!(" 和 {cache}", " and {cache}")).unwrap_or_default();
    let from = match &file.repo {
        Some(_) => tr!("下载：liao pull {name}:{quant}", "To get it: liao pull {name}:{quant}"),
        None => tr!("请把它放到 {folder}", "Put it into {folder}"),
    };
    Failed::new(
        Exit::Model,
        tr!(
            "模型 {name}:{quant} 不在磁盘上（{file_name}{size}；找过 {folder}{cache}）。{from}",
            "the model {name}:{quant} is not on disk ({file_name}{size}; looked in {folder}{cache}). {from}"
        ),
    )
}

/// For a model of which nobody made a GGUF.
fn unpublished(entry: &Entry, paths: &Paths) -> Failed {
    let name = &entry.name;
    let folder = paths.models().join(name);
    let folder = untrusted::path(&folder);
    Failed::new(
        Exit::Model,
        match entry.format {
            Format::Checkpoint => tr!(
                "模型 {name} 不在磁盘上（找过 {folder}）。它只以训练所得的 fp16 权重发布，下载、转换一步完成：liao pull {name}",
                "the model {name} is not on disk (looked in {folder}). It is published as an fp16 checkpoint alone, which is downloaded and converted in one step: liao pull {name}"
            ),
            Format::Gguf => tr!(
                "模型 {name} 不在磁盘上，models.toml 里也没有列出它的文件。请把 .gguf 文件放到 {folder}",
                "the model {name} is not on disk, and models.toml lists no file of it. Put a .gguf file into {folder}"
            ),
        },
    )
}

#[cfg(test)]
mod tests;
