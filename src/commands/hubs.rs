//! Which hubs are asked, in which order, with which token, and whether anybody may be asked at all.

use super::Call;
use super::progress::Teller;
use crate::cli::options::Key;
use crate::cli::value::{Kind, Value};
use crate::config::Environment;
use crate::exit::{Exit, Failed};
use crate::store::download::Net;
use crate::store::download::address::{Address, Origin};
use crate::store::download::endpoint::{Endpoint, HF_MIRROR, HUGGING_FACE, Manner};
use crate::store::download::inquiry::{Repository, inquire};
use crate::store::download::secret::Secret;
use crate::store::download::tree::Tree;
use crate::text::untrusted::Untrusted;
use crate::tr;

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
pub(super) fn sources(call: &Call, repositories: &[Repository], file: &str) -> Result<Vec<Address>, Failed> {
    if why_offline(call).is_some() {
        return Ok(Vec::new());
    }
    let all = repositories.iter().map(|one| one.file(file).map_err(|error| Failed::usage(error.to_string())));
    all.collect()
}

/// Asks the hubs, in their order, what is in a repository.
pub(super) fn ask(call: &mut Call, repositories: &[Repository]) -> anyhow::Result<(usize, Tree)> {
    let (net, interrupts) = (net(&call.environment), call.interrupts.clone());
    let mut teller = Teller::default();
    // Nothing has come that could be kept, so a Ctrl-C just ends it.
    let told = interrupts.while_waiting(|| inquire(repositories, &net, &mut |event| teller.tell(call, &event)));
    call.status.clear();
    let (i, tree) = told.map_err(Failed::from)?;
    let (host, commit) = (repositories[i].endpoint.origin().to_string(), &tree.revision);
    call.verbose(&tr!("{host}：提交 {commit}", "{host}: commit {commit}"));
    Ok((i, tree))
}

/// A repository on each of the hubs, in the order in which they are tried: the hub that was named, then Hugging Face,
/// its mirror, and last ModelScope where it has the same files.
pub(super) fn repositories(
    call: &Call,
    repo: &str,
    revision: Option<&str>,
    model_scope: Option<&str>,
) -> Result<Vec<Repository>, Failed> {
    let on = |endpoint| Repository { endpoint, name: repo.to_owned(), revision: revision.map(str::to_owned) };
    let mut all: Vec<Repository> = endpoints(call)?.into_iter().map(on).collect();
    if let Some(name) = model_scope {
        let endpoint = endpoint("MODELSCOPE_ENDPOINT", &call.config.paths.model_scope, Manner::ModelScope)?;
        if is_loopback(&endpoint) || !is_loopback(&all[0].endpoint) {
            all.push(Repository { endpoint, name: name.to_owned(), revision: None });
        }
    }
    Ok(all)
}

/// The hubs that share Hugging Face's repositories: the one that was named, then Hugging Face, then its mirror.
pub(super) fn endpoints(call: &Call) -> Result<Vec<Endpoint>, Failed> {
    let named = call.config.paths.hub.as_str();
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
pub(super) fn why_offline(call: &Call) -> Option<String> {
    let settings = &call.config.settings;
    if settings.offline() {
        return settings.origin(Key::Offline).map(ToString::to_string);
    }
    // What Hugging Face's own programs obey.
    let variable = "HF_HUB_OFFLINE";
    let said = call.environment.text(variable).ok().flatten()?;
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
