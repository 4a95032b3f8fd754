//! `liao pull`: sees to it that a model is on this disk and is right. What is there is verified; what a Hugging Face
//! cache has is taken from it; the rest is fetched. Here it is settled which file is meant and what is known of it;
//! `store::download` does the work.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::progress::Teller;
use super::{Session, checkpoint, fit, hub, machine};
use crate::cli::options::Key;
use crate::cli::value::{Kind, Value};
use crate::config::Environment;
use crate::config::registry::{Entry, ModelFile, Purpose, gb, is_demo, split};
use crate::exit::{Exit, Failed};
use crate::store;
use crate::store::download::address::{Address, Origin};
use crate::store::download::endpoint::{Endpoint, HF_MIRROR, HUGGING_FACE, Manner};
use crate::store::download::inquiry::{Repository, inquire};
use crate::store::download::secret::Secret;
use crate::store::download::sum::Sum;
use crate::store::download::tree::Tree;
use crate::store::download::{Failure, Fetched, Net, Wanted, fetch};
use crate::store::record::Record;
use crate::text::hub_name::HubName;
use crate::text::untrusted::{self, Untrusted};
use crate::tr;

/// What a name leads to.
pub(super) enum Aim {
    /// Files to see to.
    Goal(Goal),
    /// A file that is there, and of which nothing is known that it could be held against.
    There(PathBuf),
    /// A model that has to be made of its checkpoint, and the quantization that was named.
    Checkpoint(Box<Entry>, Option<String>),
}

/// A model that is to be on this disk.
pub(super) struct Goal {
    /// What is to be typed for it.
    pub(super) name: String,
    /// Its files; of a model in several parts, all of them, the first one first.
    pub(super) files: Vec<GoalFile>,
}

/// A file that is to be on this disk.
pub(super) struct GoalFile {
    /// The repository that it is in.
    pub(super) repo: String,
    /// Its size as a person reads it, where one is known.
    pub(super) size: Option<String>,
    /// All that is known of it.
    pub(super) wanted: Wanted,
}

pub(super) fn run(session: &mut Session, model: &str, keeps_source: bool) -> anyhow::Result<Exit> {
    if is_demo(model) {
        session.output.notice(&tr!(
            "演示模型就在 liao 里面，不用下载：liao -m demo",
            "the demo model is inside liao, there is nothing to download: liao -m demo"
        ));
        return Ok(Exit::Success);
    }
    let aim = match HubName::parse(model) {
        Some(named) => hub::aim(session, &named.map_err(|bad| Failed::usage(bad.to_string()))?)?,
        None => aim(session, model)?,
    };
    match aim {
        Aim::Checkpoint(entry, quant) => checkpoint::run(session, &entry, quant.as_deref(), keeps_source),
        Aim::Goal(Goal { name, .. }) if keeps_source => Err(Failed::usage(tr!(
            "--keep-source 只用于以 fp16 权重发布的模型；{name} 不用转换",
            "--keep-source is for models that are published as an fp16 checkpoint; {name} needs no converting"
        ))
        .into()),
        Aim::Goal(goal) => reach(session, &goal),
        Aim::There(path) => {
            if keeps_source {
                session.output.notice(&tr!(
                    "文件已经有了，--keep-source 不起作用；要连原来的权重一起留下，先 liao rm {model}，再运行一次",
                    "the file is there already, so --keep-source does nothing; to have the checkpoint too, liao rm {model} first and run it again"
                ));
            }
            session.output.notice(&unverified(&path));
            done(session, &path, None)
        }
    }
}

/// What the name of an entry, or of a folder of one's own, leads to.
pub(super) fn aim(session: &mut Session, model: &str) -> anyhow::Result<Aim> {
    // Values that borrow nothing, so that the session can be told of them.
    let there = store::resolve_name(model, &session.config.registry, &session.config.paths);
    let there = there.map(|found| (found.path, found.quant));
    let (name, quant) = split(model);
    let Some(entry) = session.config.registry.find(name).cloned() else { return Ok(Aim::There(there?.0)) };
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
        Err(_) => chosen(session, &entry, quant)?,
    };
    let Some((quant, file)) = found else { return Ok(Aim::There(there?.0)) };
    let path = session.config.paths.models().join(&entry.name).join(&file.file);
    match (wanted(session, &path, &file)?, there) {
        (Some(found), _) => Ok(Aim::Goal(Goal { name: format!("{}:{quant}", entry.name), files: vec![found] })),
        (None, there) => Ok(Aim::There(there?.0)),
    }
}

/// The file that was named, else the one that suits this machine, and why.
fn chosen(session: &mut Session, entry: &Entry, quant: Option<&str>) -> anyhow::Result<Option<(String, ModelFile)>> {
    // An address that is none is told before anything is chosen.
    endpoints(session)?;
    let memory_bytes = machine::memory_bytes(&session.environment)?;
    let choice = if quant.is_none() { fit::choice(entry, memory_bytes) } else { None };
    if let Some(choice) = &choice {
        session.output.notice(&fit::why(choice, memory_bytes));
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
fn wanted(session: &mut Session, path: &Path, file: &ModelFile) -> anyhow::Result<Option<GoalFile>> {
    let Some(repo) = file.repo.clone() else { return Ok(None) };
    let record = Record::of(path).filter(|record| record.repo == repo);
    let known = match (file.sha256.as_deref().and_then(Sum::parse), record) {
        (Some(sum), _) => Some((Some(sum), file.bytes, file.revision.clone())),
        (None, Some(record)) => Some((record.sum, Some(record.n_bytes), record.commit)),
        (None, None) if why_offline(session).is_none() => None,
        (None, None) if path.exists() => return Ok(None),
        (None, None) => Some((None, file.bytes, file.revision.clone())),
    };
    let revision = known.as_ref().and_then(|(.., commit)| commit.clone()).or_else(|| file.revision.clone());
    let mut repositories = repositories(session, &repo, revision.as_deref(), file.modelscope.as_deref())?;
    let (sum, n_bytes, commit) = match known {
        Some(known) => known,
        None => {
            let (i, tree) = ask(session, &repositories)?;
            let Some(listed) = tree.find(&file.file).cloned() else {
                let (host, name) = (repositories[i].endpoint.origin().to_string(), &file.file);
                let message = tr!("{host} 上的 {repo} 里没有 {name}", "{repo} at {host} has no file {name}");
                return Err(Failed::new(Exit::Network, message).into());
            };
            let commit = pin(&mut repositories, i, &tree, listed.sum.is_some());
            (listed.sum, Some(listed.n_bytes), commit)
        }
    };
    let cached = store::cached(&repo, commit.as_deref(), &file.file, sum, &session.config.paths);
    let sources = sources(session, &repositories, &file.file)?;
    let wanted = Wanted { path: path.to_owned(), cached, sources, n_bytes, sum, commit };
    let size = wanted.n_bytes.map(gb).or_else(|| file.size());
    Ok(Some(GoalFile { repo, size, wanted }))
}

/// Holds the repositories to what the `i`th of them told: the hubs that share its commits to that commit, and one
/// that does not only where a hash holds it to the same bytes. Gives back the commit.
pub(super) fn pin(repositories: &mut Vec<Repository>, i: usize, tree: &Tree, has_sum: bool) -> Option<String> {
    if repositories[i].endpoint.manner() == Manner::ModelScope {
        let told = repositories.swap_remove(i);
        *repositories = vec![told];
        return None;
    }
    repositories.retain(|one| has_sum || one.endpoint.manner() == Manner::HuggingFace);
    for one in repositories.iter_mut().filter(|one| one.endpoint.manner() == Manner::HuggingFace) {
        one.revision = Some(tree.revision.clone());
    }
    Some(tree.revision.clone())
}

/// The addresses of a file; none where nobody may be asked.
pub(super) fn sources(session: &Session, repositories: &[Repository], file: &str) -> Result<Vec<Address>, Failed> {
    if why_offline(session).is_some() {
        return Ok(Vec::new());
    }
    let all = repositories.iter().map(|one| one.file(file).map_err(|error| Failed::usage(error.to_string())));
    all.collect()
}

/// Asks the hubs, in their order, what is in a repository.
pub(super) fn ask(session: &mut Session, repositories: &[Repository]) -> anyhow::Result<(usize, Tree)> {
    let (net, interrupts) = (net(&session.environment), session.interrupts.clone());
    let mut teller = Teller::default();
    // Nothing has come that could be kept, so a Ctrl-C just ends it.
    let told = interrupts.while_waiting(|| inquire(repositories, &net, &mut |event| teller.tell(session, &event)));
    session.status.clear();
    let (i, tree) = told.map_err(Failed::from)?;
    let (host, commit) = (repositories[i].endpoint.origin().to_string(), &tree.revision);
    session.verbose(&tr!("{host}：提交 {commit}", "{host}: commit {commit}"));
    Ok((i, tree))
}

/// A repository on each of the hubs, in the order in which they are tried: the hub that was named, then Hugging Face,
/// its mirror, and last ModelScope where it has the same files.
pub(super) fn repositories(
    session: &Session,
    repo: &str,
    revision: Option<&str>,
    model_scope: Option<&str>,
) -> Result<Vec<Repository>, Failed> {
    let on = |endpoint| Repository { endpoint, name: repo.to_owned(), revision: revision.map(str::to_owned) };
    let mut all: Vec<Repository> = endpoints(session)?.into_iter().map(on).collect();
    if let Some(name) = model_scope {
        let endpoint = endpoint("MODELSCOPE_ENDPOINT", &session.config.paths.model_scope, Manner::ModelScope)?;
        if is_loopback(&endpoint) || !is_loopback(&all[0].endpoint) {
            all.push(Repository { endpoint, name: name.to_owned(), revision: None });
        }
    }
    Ok(all)
}

/// The hubs that share Hugging Face's repositories: the one that was named, then Hugging Face, then its mirror.
fn endpoints(session: &Session) -> Result<Vec<Endpoint>, Failed> {
    let named = session.config.paths.hub.as_str();
    let usual = [HUGGING_FACE, HF_MIRROR].into_iter().filter(|base| *base != named);
    let bases = [named].into_iter().chain(usual);
    let made = bases.map(|base| endpoint("HF_ENDPOINT", base, Manner::HuggingFace));
    let mut all = made.collect::<Result<Vec<_>, _>>()?;
    // A test's hub on this machine must not lead out of it.
    if is_loopback(&all[0]) {
        all.truncate(1);
    }
    Ok(all)
}

fn endpoint(variable: &str, base: &str, manner: Manner) -> Result<Endpoint, Failed> {
    Endpoint::new(base, manner).map_err(|error| {
        let base = Untrusted(base);
        Failed::usage(tr!("{variable}={base}：{error}", "{variable}={base}: {error}"))
    })
}

fn is_loopback(endpoint: &Endpoint) -> bool {
    endpoint.origin().is_loopback()
}

/// How servers are asked, and with which token.
pub(super) fn net(environment: &Environment) -> Net {
    let token = environment.text("HF_TOKEN").ok().flatten().and_then(|text| Secret::new(&text));
    let home = Endpoint::new(HUGGING_FACE, Manner::HuggingFace).map(|endpoint| endpoint.origin().clone()).ok();
    let tokens: Vec<(Origin, Secret)> = home.into_iter().zip(token).collect();
    Net { tokens, ..Net::default() }
}

/// What forbids the network, where something does.
pub(super) fn why_offline(session: &Session) -> Option<String> {
    let settings = &session.config.settings;
    if settings.offline() {
        return settings.origin(Key::Offline).map(ToString::to_string);
    }
    // What Hugging Face's own programs obey.
    let variable = "HF_HUB_OFFLINE";
    let said = session.environment.text(variable).ok().flatten()?;
    (Kind::Switch.parse(&said) == Some(Value::Switch(true)))
        .then(|| tr!("环境变量 {variable}", "the variable {variable}"))
}

/// The failure where a model is not here and nobody may be asked for it.
pub(super) fn offline(name: &str, why: &str) -> Failed {
    Failed::new(
        Exit::Network,
        tr!(
            "磁盘上和 Hugging Face 缓存里都没有完好的 {name}，又不许联网（{why}）。能联网时，去掉它再运行：liao pull {name}",
            "there is no sound {name} on this disk or in a Hugging Face cache, and {why} forbids the network. Once there is one, run without it: liao pull {name}"
        ),
    )
}

/// Sees to every file of a model.
fn reach(session: &mut Session, goal: &Goal) -> anyhow::Result<Exit> {
    let (name, n_files) = (&goal.name, goal.files.len());
    let (mut all, mut is_new) = (Vec::new(), false);
    for (i, GoalFile { repo, size, wanted }) in goal.files.iter().enumerate() {
        let size = size.as_ref().map(|size| tr!("（{size}）", " ({size})")).unwrap_or_default();
        let no = i + 1;
        let part =
            if n_files > 1 { tr!(" 第 {no}/{n_files} 部分", ", part {no} of {n_files}") } else { String::new() };
        let announcement = tr!("下载 {name}{part}{size}", "downloading {name}{part}{size}");
        let (fetched, has_come) = match (see_to(session, wanted, announcement), why_offline(session)) {
            (Err(Failure::Offline), Some(why)) => return Err(offline(name, &why).into()),
            (seen, _) => seen.map_err(Failed::from)?,
        };
        // What lay here already, and could be held against nothing but a length, came from nobody knows where.
        if has_come || (wanted.sum.is_some() && Record::of(&wanted.path).is_none()) {
            record(session, repo, wanted, &fetched);
        }
        is_new |= has_come;
        all.push(fetched);
    }
    let Some(first) = goal.files.first().map(|file| &file.wanted.path) else { return Ok(Exit::Success) };
    let is_verified = goal.files.iter().all(|file| file.wanted.sum.is_some());
    let path = untrusted::path(first);
    session.output.notice(&match (is_new, is_verified) {
        (true, _) => tr!("好了：{path}。然后：liao -m {name}", "done: {path}. Then: liao -m {name}"),
        (false, true) => tr!("已经在磁盘上，核对无误：{path}", "already on disk, and verified: {path}"),
        (false, false) => unverified(first),
    });
    done(session, first, Some(&all))
}

fn unverified(path: &Path) -> String {
    let path = untrusted::path(path);
    tr!(
        "已经在磁盘上：{path}（没有可对照的 SHA-256，没有核对）",
        "already on disk: {path} (no SHA-256 is known to hold it against, so it was not verified)"
    )
}

/// Sees to one file. Gives back what is there, and whether it was not there before.
pub(super) fn see_to(session: &mut Session, wanted: &Wanted, announcement: String) -> Result<(Fetched, bool), Failure> {
    let mut teller = Teller::with(announcement);
    let (net, interrupts) = (net(&session.environment), session.interrupts.clone());
    let fetched = interrupts.watch(|cancel| fetch(wanted, &net, cancel, &mut |event| teller.tell(session, &event)));
    session.status.clear();
    let fetched = fetched?;
    let has_come = fetched.host.is_some() || teller.has_adopted;
    Ok((fetched, has_come))
}

/// Writes down what is there now, so that it can be verified later without asking anyone.
fn record(session: &mut Session, repo: &str, wanted: &Wanted, fetched: &Fetched) {
    let record = Record {
        repo: repo.to_owned(),
        commit: wanted.commit.clone(),
        host: fetched.host.clone(),
        n_bytes: fetched.n_bytes,
        sum: Some(fetched.sum),
    };
    keep(session, &record, &wanted.path);
}

/// Writes a record beside its file.
pub(super) fn keep(session: &mut Session, record: &Record, path: &Path) {
    // The file itself is whole and has its name; without this, it is only verified with more ado.
    if let Err(error) = record.keep(path) {
        let path = untrusted::path(&Record::path(path));
        session.verbose(&tr!("写不了 {path}：{error}", "{path} cannot be written: {error}"));
    }
}

/// The last word to a script.
pub(super) fn done(session: &mut Session, path: &Path, fetched: Option<&[Fetched]>) -> anyhow::Result<Exit> {
    if session.json {
        let all = fetched.unwrap_or_default();
        let sum = match all {
            [one] => Some(one.sum.to_string()),
            _ => None,
        };
        session.output.json_line(&json!({
            "event": "done",
            "path": path.to_string_lossy(),
            "bytes": fetched.map(|all| all.iter().map(|one| one.n_bytes).sum::<u64>()),
            "sha256": sum,
            "host": all.last().and_then(|last| last.host.as_deref()),
        }))?;
    }
    Ok(Exit::Success)
}
