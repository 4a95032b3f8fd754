//! `liao pull`: sees to it that a model is on this disk and is right. What is there is verified; what a Hugging Face
//! cache has is taken from it; the rest is fetched. Here it is settled which file is meant and what is known of it;
//! `store::download` does the work.

mod cached;
mod checkpoint;
mod repository;

pub(super) use checkpoint::SOURCE;

use std::path::{Path, PathBuf};

use serde_json::json;

use super::hubs::{ask, endpoints, net, offline, pin, repositories, sources, why_offline};
use super::progress::Teller;
use super::{Call, fit, machine};
use crate::config::registry::{Entry, ModelFile, Purpose, gb, is_demo, split};
use crate::exit::{Exit, Failed};
use crate::store;
use crate::store::download::sum::Sum;
use crate::store::download::{Failure, Fetched, Wanted, fetch};
use crate::store::record::Record;
use crate::text::hub_name::HubName;
use crate::text::untrusted;
use crate::tr;

/// What a name leads to.
enum Aim {
    /// Files to see to.
    Goal(Goal),
    /// A file that is there, and of which nothing is known that it could be held against.
    There(PathBuf),
    /// A model that has to be made of its checkpoint, and the quantization that was named.
    Checkpoint(Box<Entry>, Option<String>),
}

/// A model that is to be on this disk.
struct Goal {
    /// What is to be typed for it.
    name: String,
    /// Its files; of a model in several parts, all of them, the first one first.
    files: Vec<GoalFile>,
}

/// A file that is to be on this disk.
struct GoalFile {
    /// The repository that it is in.
    repo: String,
    /// Its size as a person reads it, where one is known.
    size: Option<String>,
    /// All that is known of it.
    wanted: Wanted,
}

pub(super) fn run(call: &mut Call, model: &str, keeps_source: bool) -> anyhow::Result<Exit> {
    if is_demo(model) {
        call.output.notice(&tr!(
            "演示模型就在 liao 里面，不用下载：liao -m demo",
            "the demo model is built into liao, there is nothing to download: liao -m demo"
        ));
        return Ok(Exit::Success);
    }
    let aim = match HubName::parse(model) {
        Some(named) => repository::aim(call, &named.map_err(|bad| Failed::usage(bad.to_string()))?)?,
        None => aim(call, model)?,
    };
    match aim {
        Aim::Checkpoint(entry, quant) => checkpoint::run(call, &entry, quant.as_deref(), keeps_source),
        Aim::Goal(Goal { name, .. }) if keeps_source => Err(Failed::usage(tr!(
            "--keep-source 只用于以 fp16 权重发布的模型；{name} 不用转换",
            "--keep-source is for models that are published as an fp16 checkpoint; {name} needs no conversion"
        ))
        .into()),
        Aim::Goal(goal) => reach(call, &goal),
        Aim::There(path) => {
            if keeps_source {
                call.output.notice(&tr!(
                    "文件已经有了，--keep-source 不起作用；要连原来的权重一起留下，先 liao rm {model}，再运行一次",
                    "the file is there already, so --keep-source does nothing; to have the checkpoint too, liao rm {model} first and run it again"
                ));
            }
            call.output.notice(&unverified(&path));
            done(call, &path, None)
        }
    }
}

/// What the name of an entry, or of a folder of one's own, leads to.
fn aim(call: &mut Call, model: &str) -> anyhow::Result<Aim> {
    // Values that borrow nothing, so that the call can be told of them.
    let there = store::resolve_name(model, &call.config.registry, &call.config.paths);
    let there = there.map(|found| (found.path, found.quant));
    let (name, quant) = split(model);
    let Some(entry) = call.config.registry.find(name).cloned() else { return Ok(Aim::There(there?.0)) };
    let listed = |quant: &str| entry.file(quant).map(|(quant, file)| (quant.to_owned(), file.clone()));
    let found = match &there {
        // What someone made or imported themselves was never on a hub.
        Ok((path, quant)) => match quant.as_deref().and_then(listed) {
            None => return Ok(Aim::There(path.clone())),
            found => found,
        },
        Err(_) if entry.purpose != Purpose::Reward && fit::is_checkpoint(&entry) => {
            let quant = quant.map(str::to_owned);
            return Ok(Aim::Checkpoint(Box::new(entry), quant));
        }
        Err(failed) if entry.files.is_empty() => return Err(failed.clone().into()),
        Err(_) => chosen(call, &entry, quant)?,
    };
    let Some((quant, file)) = found else { return Ok(Aim::There(there?.0)) };
    let path = call.config.paths.models().join(&entry.name).join(&file.file);
    match (wanted(call, &path, &file)?, there) {
        (Some(found), _) => Ok(Aim::Goal(Goal { name: format!("{}:{quant}", entry.name), files: vec![found] })),
        (None, there) => Ok(Aim::There(there?.0)),
    }
}

/// The file that was named, else the one that suits this machine, and why.
fn chosen(call: &mut Call, entry: &Entry, quant: Option<&str>) -> anyhow::Result<Option<(String, ModelFile)>> {
    // An address that is none is told before anything is chosen.
    endpoints(call)?;
    let memory_bytes = machine::memory_bytes(&call.environment)?;
    let choice = if quant.is_none() { fit::choice(entry, memory_bytes) } else { None };
    if let Some(choice) = &choice {
        call.output.notice(&fit::why(choice, memory_bytes));
    }
    let found = match quant.or(choice.map(|choice| choice.offer.quant)) {
        Some(quant) => entry.file(quant),
        // The only one needs no choosing.
        None if entry.files.len() == 1 => entry.usual(),
        None => return Err(fit::none(entry, memory_bytes).into()),
    };
    Ok(found.map(|(quant, file)| (quant.to_owned(), file.clone())))
}

/// What is known of a file of models.toml, if need be by asking. `None`: no address of it is known, or it is there and
/// nobody may be asked what it should be.
fn wanted(call: &mut Call, path: &Path, file: &ModelFile) -> anyhow::Result<Option<GoalFile>> {
    let Some(repo) = file.repo.clone() else { return Ok(None) };
    let record = Record::of(path).filter(|record| record.repo == repo);
    let known = match (file.sha256.as_deref().and_then(Sum::parse), record) {
        (Some(sum), _) => Some((Some(sum), file.bytes, file.revision.clone())),
        (None, Some(record)) => Some((record.sum, Some(record.n_bytes), record.commit)),
        (None, None) if why_offline(call).is_none() => None,
        (None, None) if path.exists() => return Ok(None),
        (None, None) => Some((None, file.bytes, file.revision.clone())),
    };
    let revision = known.as_ref().and_then(|(.., commit)| commit.clone()).or_else(|| file.revision.clone());
    let mut repositories = repositories(call, &repo, revision.as_deref(), file.modelscope.as_deref())?;
    let (sum, n_bytes, commit) = match known {
        Some(known) => known,
        None => {
            let (i, tree) = ask(call, &repositories)?;
            let Some(listed) = tree.find(&file.file).cloned() else {
                let (host, name) = (repositories[i].endpoint.origin().to_string(), &file.file);
                let message = tr!("{host} 上的 {repo} 里没有 {name}", "{repo} at {host} has no file {name}");
                return Err(Failed::new(Exit::Network, message).into());
            };
            let commit = pin(&mut repositories, i, &tree, listed.sum.is_some());
            (listed.sum, Some(listed.n_bytes), commit)
        }
    };
    let cached = store::cached(&repo, commit.as_deref(), &file.file, sum, &call.config.paths);
    let sources = sources(call, &repositories, &file.file)?;
    let wanted = Wanted { path: path.to_owned(), cached, sources, n_bytes, sum, commit };
    let size = wanted.n_bytes.map(gb).or_else(|| file.size());
    Ok(Some(GoalFile { repo, size, wanted }))
}

/// Sees to every file of a model.
fn reach(call: &mut Call, goal: &Goal) -> anyhow::Result<Exit> {
    let (name, n_files) = (&goal.name, goal.files.len());
    let (mut all, mut is_new) = (Vec::new(), false);
    for (i, GoalFile { repo, size, wanted }) in goal.files.iter().enumerate() {
        let size = size.as_ref().map(|size| tr!("（{size}）", " ({size})")).unwrap_or_default();
        let no = i + 1;
        let part =
            if n_files > 1 { tr!(" 第 {no}/{n_files} 部分", ", part {no} of {n_files}") } else { String::new() };
        let announcement = tr!("下载 {name}{part}{size}", "downloading {name}{part}{size}");
        let (fetched, has_come) = match (see_to(call, wanted, announcement), why_offline(call)) {
            (Err(Failure::Offline), Some(why)) => return Err(offline(name, &why).into()),
            (seen, _) => seen.map_err(Failed::from)?,
        };
        // What lay here already, and could be held against nothing but a length, came from nobody knows where.
        if has_come || (wanted.sum.is_some() && Record::of(&wanted.path).is_none()) {
            record(call, repo, wanted, &fetched);
        }
        is_new |= has_come;
        all.push(fetched);
    }
    let Some(first) = goal.files.first().map(|file| &file.wanted.path) else { return Ok(Exit::Success) };
    let is_verified = goal.files.iter().all(|file| file.wanted.sum.is_some());
    let path = untrusted::path(first);
    call.output.notice(&match (is_new, is_verified) {
        (true, _) => tr!("好了：{path}。然后：liao -m {name}", "done: {path}. Then: liao -m {name}"),
        (false, true) => tr!("已经在磁盘上，核对无误：{path}", "already on disk, and verified: {path}"),
        (false, false) => unverified(first),
    });
    done(call, first, Some(&all))
}

fn unverified(path: &Path) -> String {
    let path = untrusted::path(path);
    tr!(
        "已经在磁盘上：{path}（没有可对照的 SHA-256，没有核对）",
        "already on disk: {path} (no SHA-256 is known for it, so it was not verified)"
    )
}

/// Sees to one file. Gives back what is there, and whether it was not there before.
fn see_to(call: &mut Call, wanted: &Wanted, announcement: String) -> Result<(Fetched, bool), Failure> {
    let mut teller = Teller::with(announcement);
    let (net, interrupts) = (net(&call.environment), call.interrupts.clone());
    let fetched = interrupts.watch(|cancel| fetch(wanted, &net, cancel, &mut |event| teller.tell(call, &event)));
    call.status.clear();
    let fetched = fetched?;
    let has_come = fetched.host.is_some() || teller.has_adopted;
    Ok((fetched, has_come))
}

/// Writes down what is there now, so that it can be verified later without asking anyone.
fn record(call: &mut Call, repo: &str, wanted: &Wanted, fetched: &Fetched) {
    let record = Record {
        repo: repo.to_owned(),
        commit: wanted.commit.clone(),
        host: fetched.host.clone(),
        n_bytes: fetched.n_bytes,
        sum: Some(fetched.sum),
    };
    keep(call, &record, &wanted.path);
}

/// Writes a record beside its file.
fn keep(call: &mut Call, record: &Record, path: &Path) {
    // The file itself is whole and has its name; without this, it is only verified with more ado.
    if let Err(error) = record.keep(path) {
        let path = untrusted::path(&Record::path(path));
        call.verbose(&tr!("写不了 {path}：{error}", "{path} cannot be written: {error}"));
    }
}

/// The last word to a script.
fn done(call: &mut Call, path: &Path, fetched: Option<&[Fetched]>) -> anyhow::Result<Exit> {
    if call.json {
        let all = fetched.unwrap_or_default();
        let sum = match all {
            [one] => Some(one.sum.to_string()),
            _ => None,
        };
        call.output.json_line(&json!({
            "event": "done",
            "path": path.to_string_lossy(),
            "bytes": fetched.map(|all| all.iter().map(|one| one.n_bytes).sum::<u64>()),
            "sha256": sum,
            "host": all.last().and_then(|last| last.host.as_deref()),
        }))?;
    }
    Ok(Exit::Success)
}
