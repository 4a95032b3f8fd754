//! Which files `hf:…` means: those that are here already, else what the hub lists, chosen by name, by quantization or
//! by this machine's memory. Where that leaves none, or several, it says what there is and what to type.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Aim, Goal, GoalFile};
use crate::cli::Layer;
use crate::commands::hubs::{ask, offline, pin, repositories, sources, why_offline};
use crate::commands::{Call, fit, machine};
use crate::config::registry::{Entry, Format, Purpose, gb};
use crate::exit::{Exit, Failed};
use crate::import::mixture::Quant;
use crate::plan::choice::{Offer, choose};
use crate::plan::gib;
use crate::store;
use crate::store::cache;
use crate::store::download::Wanted;
use crate::store::download::inquiry::Repository;
use crate::store::download::tree::Tree;
use crate::store::offer::{Offered, offered};
use crate::store::record::Record;
use crate::text::hub_name::HubName;
use crate::text::model_file::Part;
use crate::text::names::is_gguf;
use crate::tr;

/// How many files of a repository are named in a sentence.
const N_NAMED: usize = 16;

pub(super) fn aim(call: &mut Call, named: &HubName<'_>) -> anyhow::Result<Aim> {
    let folder = call.config.paths.models().join(named.folder());
    let there = store::resolve_name(&named.to_string(), &call.config.registry, &call.config.paths);
    let there = there.map(|found| found.path).ok().filter(|path| path.starts_with(&folder));
    // What was made here was never on a hub.
    let is_made = |path: &PathBuf| Record::of(path).is_some_and(|record| record.sum.is_none());
    if let Some(path) = there.clone().filter(is_made) {
        return Ok(Aim::There(path));
    }
    // A file that no hub could have sent was put here by someone else.
    let there_name = there.as_ref().and_then(|path| path.file_name()?.to_str()).filter(|name| is_gguf(name));
    let there_name = there_name.map(str::to_owned);
    // What is here was chosen when it was pulled; it is neither chosen nor asked for once more.
    let named = HubName { file: there_name.as_deref().or(named.file), ..*named };
    if let Some(goal) = recorded(call, &named, there_name.is_some())? {
        return Ok(Aim::Goal(goal));
    }
    if let Some(why) = why_offline(call) {
        return match (there, named.file) {
            (Some(path), _) => Ok(Aim::There(path)),
            (None, Some(file)) => {
                let cached = store::cached(named.repo, None, file, None, &call.config.paths);
                let wanted = Wanted {
                    path: folder.join(file),
                    cached,
                    sources: Vec::new(),
                    n_bytes: None,
                    sum: None,
                    commit: None,
                };
                let files = vec![GoalFile { repo: named.repo.to_owned(), size: None, wanted }];
                Ok(Aim::Goal(Goal { name: named.to_string(), files }))
            }
            (None, None) => {
                let cached = cache::snapshot(named.repo, None, &call.config.paths).map(|found| found.tree());
                match (cached, named.quant) {
                    (Some(tree), _) if offered(&tree).iter().any(|one| is_meant(&named, one)) => {
                        let chosen = chosen(call, &named, &tree)?;
                        Ok(goal(call, &named, &chosen, &[], Some(tree.revision))?)
                    }
                    (Some(tree), Some(quant)) if is_checkpoint(&tree) => checkpoint(call, &named, quant),
                    _ => Err(offline(&named.to_string(), &why).into()),
                }
            }
        };
    }
    let mut repositories = repositories(call, named.repo, None, None)?;
    let (i, tree) = ask(call, &repositories)?;
    if is_checkpoint(&tree) && offered(&tree).is_empty() {
        match (there, named.file, named.quant) {
            // It was made here, by whatever program.
            (Some(path), ..) => return Ok(Aim::There(path)),
            (None, None, Some(quant)) => return checkpoint(call, &named, quant),
            _ => {}
        }
    }
    let chosen = chosen(call, &named, &tree)?;
    let commit = pin(&mut repositories, i, &tree, true);
    Ok(goal(call, &named, &chosen, &repositories, commit)?)
}

/// Every file of what was chosen, with all that is known of it.
fn goal(
    call: &Call,
    named: &HubName<'_>,
    chosen: &Offered,
    repositories: &[Repository],
    commit: Option<String>,
) -> Result<Aim, Failed> {
    let folder = call.config.paths.models().join(named.folder());
    let mut files = Vec::new();
    for listed in &chosen.files {
        let cached = store::cached(named.repo, commit.as_deref(), &listed.name, listed.sum, &call.config.paths);
        let wanted = Wanted {
            path: folder.join(&listed.name),
            cached,
            sources: sources(call, repositories, &listed.name)?,
            n_bytes: Some(listed.n_bytes),
            sum: listed.sum,
            commit: commit.clone(),
        };
        files.push(GoalFile { repo: named.repo.to_owned(), size: Some(gb(listed.n_bytes)), wanted });
    }
    Ok(Aim::Goal(Goal { name: name(named, chosen), files }))
}

/// A model that has first to be made: the entry of models.toml that it is of, else one as models.toml might have it.
fn checkpoint(call: &mut Call, named: &HubName<'_>, quant: &str) -> anyhow::Result<Aim> {
    let is_its = |entry: &&Entry| {
        entry.repo.as_deref() == Some(named.repo) && fit::is_checkpoint(entry) && entry.purpose != Purpose::Reward
    };
    let known = call.config.registry.entries().find(is_its).map(|entry| format!("{}:{quant}", entry.name));
    if let Some(model) = known {
        return super::aim(call, &model);
    }
    let entry = Entry {
        name: named.folder(),
        summary: None,
        purpose: Purpose::default(),
        repo: Some(named.repo.to_owned()),
        revision: None,
        format: Format::Checkpoint,
        shape: None,
        licence: None,
        template: None,
        system: None,
        n_ctx: None,
        n_vocab: None,
        sampling: Layer::new(),
        files: BTreeMap::new(),
    };
    Ok(Aim::Checkpoint(Box::new(entry), Some(quant.to_owned())))
}

fn is_meant(named: &HubName<'_>, one: &Offered) -> bool {
    match (named.file, named.quant) {
        (Some(file), _) => one.files.iter().any(|listed| listed.name == file),
        (None, Some(quant)) => one.quant.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(quant)),
        (None, None) => true,
    }
}

/// The model as it was pulled, where that was written down for every file of it.
fn recorded(call: &Call, named: &HubName<'_>, is_there: bool) -> Result<Option<Goal>, Failed> {
    let Some(first) = named.file.filter(|_| is_there) else { return Ok(None) };
    let names = Part::of(first).map_or_else(|| vec![first.to_owned()], |part| part.names().collect());
    let folder = call.config.paths.models().join(named.folder());
    let mut files = Vec::new();
    for name in names {
        let path = folder.join(&name);
        let Some(record) = Record::of(&path).filter(|record| record.repo == named.repo) else { return Ok(None) };
        let repositories = repositories(call, named.repo, record.commit.as_deref(), None)?;
        let cached = store::cached(named.repo, record.commit.as_deref(), &name, record.sum, &call.config.paths);
        let sources = sources(call, &repositories, &name)?;
        let (n_bytes, sum, commit) = (Some(record.n_bytes), record.sum, record.commit);
        let wanted = Wanted { path, cached, sources, n_bytes, sum, commit };
        files.push(GoalFile { repo: record.repo, size: Some(gb(record.n_bytes)), wanted });
    }
    Ok(Some(Goal { name: named.to_string(), files }))
}

/// What to type for it from now on.
fn name(named: &HubName<'_>, chosen: &Offered) -> String {
    let by_quant = HubName { quant: chosen.quant.as_deref(), ..*named };
    match (named.file, &by_quant.quant) {
        (None, None) => HubName { file: Some(chosen.file()), ..*named }.to_string(),
        _ => by_quant.to_string(),
    }
}

/// The one that is meant.
fn chosen(call: &mut Call, named: &HubName<'_>, tree: &Tree) -> anyhow::Result<Offered> {
    let repo = named.repo;
    let all = offered(tree);
    if all.is_empty() {
        return Err(Failed::new(Exit::Model, nothing(repo, tree)).into());
    }
    let meant: Vec<&Offered> = all.iter().filter(|one| is_meant(named, one)).collect();
    let list = list(&all);
    let example = meant.first().copied().unwrap_or(&all[0]);
    let example = HubName { file: Some(example.file()), ..*named }.to_string();
    match meant.as_slice() {
        [one] => return Ok((*one).clone()),
        [] => {
            let what = named.file.or(named.quant).unwrap_or_default();
            let message = tr!(
                "{repo} 里没有 {what}。有的是：{list}。例如：liao pull {example}",
                "{repo} has no {what}. There are: {list}. For example: liao pull {example}"
            );
            return Err(Failed::new(Exit::Model, message).into());
        }
        _ => {}
    }
    let offers = meant.iter().filter_map(|one| Some(Offer { quant: one.quant.as_deref()?, bytes: one.n_bytes() }));
    let offers: Vec<Offer<'_>> = offers.collect();
    let is_twice = |quant: &str| offers.iter().filter(|offer| offer.quant == quant).count() > 1;
    if offers.is_empty() || offers.iter().any(|offer| is_twice(offer.quant)) {
        return Err(Failed::usage(tr!(
            "{repo} 里有几个模型：{list}。请说出是哪一个：liao pull {example}",
            "{repo} has several models: {list}. Say which: liao pull {example}"
        ))
        .into());
    }
    let memory_bytes = machine::memory_bytes(&call.environment)?;
    let Some(choice) = choose(&offers, None, memory_bytes) else {
        let memory = gib(memory_bytes);
        return Err(Failed::usage(tr!(
            "这台机器有 {memory} 内存，{repo} 里没有一个放得下、又留得下长对话的。有的是：{list}。仍要一个，就说出是哪一个：liao pull {example}",
            "this machine has {memory} of memory, and nothing in {repo} fits and leaves room for long conversations. There are: {list}. To download one anyway, say which: liao pull {example}"
        ))
        .into());
    };
    call.output.notice(&fit::why(&choice, memory_bytes));
    let found = meant.iter().find(|one| one.quant.as_deref() == Some(choice.offer.quant));
    Ok(found.copied().cloned().unwrap_or_else(|| unreachable!("it was chosen from these")))
}

fn is_checkpoint(tree: &Tree) -> bool {
    tree.find("config.json").is_some() && tree.find("tokenizer.model").is_some()
}

/// Why there is nothing to choose from.
fn nothing(repo: &str, tree: &Tree) -> String {
    let all = Quant::ALL.map(Quant::name).join(" ");
    match is_checkpoint(tree) {
        true => tr!(
            "{repo} 里没有 GGUF 文件，有的是训练所得的权重，下载、转换一步完成。请说出要哪种量化：liao pull hf:{repo}:Q4_K_M（有的是：{all}）",
            "{repo} has no GGUF file but a checkpoint, which is downloaded and converted in one step. Say which quantization: liao pull hf:{repo}:Q4_K_M (there are: {all})"
        ),
        false => tr!(
            "{repo} 里没有 GGUF 文件（放在目录里的不算）。这样的仓库多叫 …-GGUF",
            "{repo} has no GGUF file (those in folders do not count). Repositories that do are mostly called …-GGUF"
        ),
    }
}

/// What there is, for a sentence.
fn list(all: &[Offered]) -> String {
    let named = all.iter().take(N_NAMED).map(|one| format!("{} {}", one.file(), gb(one.n_bytes())));
    let named: Vec<String> = named.collect();
    let list = named.join(&tr!("，", ", "));
    let n_more = all.len().saturating_sub(N_NAMED);
    if n_more == 0 { list } else { tr!("{list}，还有 {n_more} 个", "{list}, and {n_more} more") }
}
