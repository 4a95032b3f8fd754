//! `liao pull` of a model that is published as a checkpoint alone: its tensors are read where they are and quantized
//! while they come, and only the result is on this disk; with `--keep-source` the checkpoint is downloaded whole first,
//! and stays; where a Hugging Face cache has it (`cached`), it is read there. All make the same file, from one commit of
//! the repository: that which an unfinished file is begun from, else the newest.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::{cached, done, keep, see_to};
use crate::commands::convert::{self, Job, Source, convert};
use crate::commands::{Call, fit, hubs, machine};
use crate::config::registry::{Entry, gb};
use crate::exit::{Exit, Failed, cause};
use crate::import::checkpoint::is_passed_over;
use crate::import::mixture::Quant;
use crate::store;
use crate::store::cache::CachedSnapshot;
use crate::store::download::Wanted;
use crate::store::download::inquiry::Repository;
use crate::store::download::tree::{Listed, Tree};
use crate::store::record::Record;
use crate::store::remote::Snapshot;
use crate::text::hub_name::of_folder;
use crate::text::names::is_commit;
use crate::text::untrusted::{self, Untrusted};
use crate::tr;

/// The folder beside the model's file that whole checkpoints are downloaded into, each into a folder called as its commit.
pub(in crate::commands) const SOURCE: &str = "source";

pub(super) fn run(call: &mut Call, entry: &Entry, quant: Option<&str>, keeps_source: bool) -> anyhow::Result<Exit> {
    let name = &entry.name;
    let typed = of_folder(name).unwrap_or_else(|| name.clone());
    let Some(repo) = entry.repo.as_deref() else {
        return Err(Failed::usage(tr!(
            "models.toml 里没有写 {name} 的仓库：repo = \"组织/名字\"",
            "models.toml names no repository of {name}: repo = \"ORG/NAME\""
        ))
        .into());
    };
    let quant = chosen(call, entry, quant)?;
    let folder = call.config.paths.models().join(name);
    let path = folder.join(format!("{name}.{}.gguf", quant.name()));
    let shown = untrusted::path(&path);
    let found = find(call, entry, repo, &path, keeps_source)?;
    let commit = match &found {
        Found::Cached(snapshot) => snapshot.commit.clone(),
        Found::AtHub(tree, _) => tree.revision.clone(),
    };
    let (short, type_name) = (&commit[..commit.len().min(8)], quant.name());
    call.output.notice(&tr!(
        "{typed}:{type_name}，来自 {repo}（提交 {short}）",
        "{typed}:{type_name}, from {repo} (commit {short})"
    ));
    let (source, of_source) = match &found {
        Found::Cached(snapshot) => (Source::Local(snapshot.folder.clone()), untrusted::path(&snapshot.folder)),
        Found::AtHub(tree, repositories) if keeps_source => {
            // A folder a commit: files of two would make a model that never was.
            let source = folder.join(SOURCE).join(&commit);
            let made = fit::offers(entry).into_iter().find(|offer| offer.quant == quant.name());
            download(call, tree, repositories, &source, made.map_or(0, |offer| offer.bytes))?;
            let shown = untrusted::path(&source);
            (Source::Local(source), shown)
        }
        Found::AtHub(tree, repositories) => {
            call.output.notice(&tr!(
                "边下载边转换，磁盘上只留下结果；要留下原来的权重，用 --keep-source",
                "converted as it comes, and only the result is kept; to keep the checkpoint as well: --keep-source"
            ));
            let snapshot = Snapshot::of(tree, repositories).map_err(|error| Failed::usage(error.to_string()))?;
            (Source::Hub(snapshot), repo.to_owned())
        }
    };
    let job = Job {
        source,
        shown: of_source,
        origin: Some(commit.clone()),
        quant,
        name: name.clone(),
        license: entry.licence.clone(),
        path,
    };
    let Some(n_bytes) = convert(call, &job)? else {
        call.output.notice(&tr!("另一个 liao 刚做好了它：{shown}", "another liao has just made it: {shown}"));
        return done(call, &job.path, None);
    };
    let record = Record { repo: repo.to_owned(), commit: Some(commit.clone()), host: None, n_bytes, sum: None };
    keep(call, &record, &job.path);
    let size = gb(n_bytes);
    call.output.notice(&tr!(
        "好了：{shown}（{size}）。然后：liao -m {typed}:{type_name}",
        "done: {shown} ({size}). Then: liao -m {typed}:{type_name}"
    ));
    if call.json {
        call.output.json_line(&json!({
            "event": "done",
            "path": job.path.to_string_lossy(),
            "bytes": n_bytes,
            "commit": commit,
            "source": match &job.source {
                Source::Local(folder) => Some(folder.to_string_lossy()),
                Source::Hub(_) => None,
            },
        }))?;
    }
    Ok(Exit::Success)
}

/// The type that was named, else the one that suits this machine, and why.
fn chosen(call: &mut Call, entry: &Entry, typed: Option<&str>) -> anyhow::Result<Quant> {
    if let Some(typed) = typed {
        let all: Vec<&str> = Quant::ALL.iter().map(|quant| quant.name()).collect();
        let (name, all, shown) = (&entry.name, all.join(" "), Untrusted(typed));
        let unknown =
            tr!("{name} 没有量化 {shown}。有的是：{all}", "{name} has no quantization {shown}. Available: {all}");
        return Quant::from_name(typed).ok_or_else(|| Failed::new(Exit::Model, unknown).into());
    }
    let memory_bytes = machine::memory_bytes(&call.environment)?;
    let choice = fit::choice(entry, memory_bytes);
    let suits = choice.and_then(|choice| Some((choice, Quant::from_name(choice.offer.quant)?)));
    let (choice, quant) = suits.ok_or_else(|| fit::none(entry, memory_bytes))?;
    call.output.notice(&fit::why(&choice, memory_bytes));
    Ok(quant)
}

/// Where the checkpoint is, of one commit.
enum Found {
    /// In a Hugging Face cache.
    Cached(CachedSnapshot),
    /// On these hubs, which have these files.
    AtHub(Tree, Vec<Repository>),
}

fn find(call: &mut Call, entry: &Entry, repo: &str, path: &Path, keeps_source: bool) -> anyhow::Result<Found> {
    if let Some(why) = hubs::why_offline(call) {
        let commit = begun_from(entry, path).or_else(|| entry.revision.clone());
        let found = cached::at_hand(call, repo, commit.as_deref());
        return found.map(Found::Cached).ok_or_else(|| hubs::offline(&entry.name, &why).into());
    }
    let (tree, repositories) = survey(call, entry, repo, path)?;
    let found = if keeps_source { None } else { cached::listed(call, repo, &tree) };
    Ok(found.map_or(Found::AtHub(tree, repositories), Found::Cached))
}

/// The commit that an unfinished file is of. What models.toml names now counts more than what was begun when it named
/// another, or none.
fn begun_from(entry: &Entry, path: &Path) -> Option<String> {
    let is_meant = |commit: &String| is_commit(commit) && entry.revision.as_ref().is_none_or(|named| named == commit);
    convert::begun_from(path).filter(is_meant)
}

/// What the repository has, of one commit, and where it can be had, first from the hub that told.
fn survey(call: &mut Call, entry: &Entry, repo: &str, path: &Path) -> anyhow::Result<(Tree, Vec<Repository>)> {
    let begun_from = begun_from(entry, path);
    let revision = begun_from.as_deref().or(entry.revision.as_deref());
    let mut repositories = hubs::repositories(call, repo, revision, None)?;
    let (told, tree) = hubs::ask(call, &repositories).map_err(|error| match &begun_from {
        Some(commit) => {
            let Failed { exit, message } = Failed::of(&error);
            let part = untrusted::path(&convert::part_of(path));
            anyhow::Error::from(Failed::new(
                exit,
                tr!(
                    "{message}。上次做到一半的是提交 {commit}；若它已经没有了，删掉 {part} 从头做起",
                    "{message}. What is half done is of commit {commit}; should that be gone, remove {part} to start over"
                ),
            ))
        }
        None => error,
    })?;
    hubs::pin(&mut repositories, told, &tree, true);
    repositories[..=told].rotate_right(1);
    Ok((tree, repositories))
}

/// Downloads the files of a checkpoint into a folder, each held to its size and its hash.
fn download(
    call: &mut Call,
    tree: &Tree,
    repositories: &[Repository],
    folder: &Path,
    n_made_bytes: u64,
) -> anyhow::Result<()> {
    let files: Vec<&Listed> = tree.files.iter().filter(|file| belongs(tree, &file.name)).collect();
    crate::disk::create_private(folder).map_err(|error| {
        let (folder, error) = (untrusted::path(folder), cause(&error));
        Failed::new(Exit::Failure, tr!("{folder} 建不了：{error}", "{folder} cannot be made: {error}"))
    })?;
    let missing = |file: &&Listed| match kept(folder, file) {
        Some(_) => 0,
        None => file.n_bytes.saturating_sub(n_there(folder, &file.name)),
    };
    // A hub may say anything.
    let total = |sizes: &mut dyn Iterator<Item = u64>| sizes.fold(0, u64::saturating_add);
    convert::check_room(folder, total(&mut files.iter().map(missing)).saturating_add(n_made_bytes))?;
    let size = gb(total(&mut files.iter().map(|file| file.n_bytes)));
    let (shown, n) = (untrusted::path(folder), files.len());
    call.output.notice(&tr!(
        "整个下载到 {shown}（{n} 个文件，{size}），转换后留着",
        "downloading all of it into {shown} ({n} files, {size}), where it stays"
    ));
    for (i, file) in files.iter().enumerate() {
        let (name, commit, no) = (&file.name, tree.revision.as_str(), i + 1);
        let repo = repositories.first().map(|one| one.name.as_str()).unwrap_or_default();
        let wanted = Wanted {
            path: folder.join(name),
            cached: kept(folder, file)
                .or_else(|| store::cached(repo, Some(commit), name, file.sum, &call.config.paths)),
            sources: hubs::sources(call, repositories, name)?,
            n_bytes: Some(file.n_bytes),
            sum: file.sum,
            commit: Some(commit.to_owned()),
        };
        let size = gb(file.n_bytes);
        let announcement = tr!("下载 {name}（{no}/{n}，{size}）", "downloading {name} ({no} of {n}, {size})");
        see_to(call, &wanted, announcement).map_err(Failed::from)?;
    }
    Ok(())
}

/// How much room a file, or what is unfinished of it, has taken already.
fn n_there(folder: &Path, name: &str) -> u64 {
    let there = |path: PathBuf| fs::metadata(path).map(|is| is.len()).ok();
    there(folder.join(name)).or_else(|| there(convert::part_of(&folder.join(name)))).unwrap_or(0)
}

/// A file that was kept with another commit, and may be the same one: its hash will tell. A new commit of 26 GB is most
/// often a new page about them.
fn kept(folder: &Path, file: &Listed) -> Option<PathBuf> {
    file.sum?;
    let others = fs::read_dir(folder.parent()?).ok()?.flatten().filter(|other| other.path() != folder);
    let mut found = others.map(|other| other.path().join(&file.name));
    found.find(|path| fs::metadata(path).is_ok_and(|is| is.is_file() && is.len() == file.n_bytes))
}

/// Whether a file is of the checkpoint that would be imported: of weights in both formats, the safetensors are.
fn belongs(tree: &Tree, name: &str) -> bool {
    !is_passed_over(name, |name| tree.find(name).is_some()) && !name.ends_with(".gguf")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_downloaded_in_one_format() {
        let tree = |names: &[&str]| {
            let listed = |name: &&str| Listed { name: (*name).to_owned(), n_bytes: 1, sum: None };
            Tree { revision: "main".to_owned(), files: names.iter().map(listed).collect() }
        };
        let kept = |names: &[&str]| {
            let tree = tree(names);
            tree.files.iter().map(|file| file.name.clone()).filter(|name| belongs(&tree, name)).collect::<Vec<_>>()
        };
        let torch = ["config.json", "pytorch_model.bin.index.json", "pytorch_model-00001-of-00002.bin"];
        assert_eq!(kept(&torch), torch);
        let both = [&torch[..], &["model.safetensors", "model.Q4_0.gguf"]].concat();
        assert_eq!(kept(&both), ["config.json", "model.safetensors"]);
    }
}
