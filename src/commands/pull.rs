//! `liao pull`: gets a model from a hub.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::progress::Progress;
use super::{Session, checkpoint, fit, machine};
use crate::config::Environment;
use crate::config::registry::{Entry, ModelFile, Purpose, is_demo, split};
use crate::exit::{Exit, Failed};
use crate::store;
use crate::store::download::address::Origin;
use crate::store::download::endpoint::{Endpoint, HF_MIRROR, HUGGING_FACE, Manner};
use crate::store::download::request::Client;
use crate::store::download::secret::Secret;
use crate::store::download::sum::Sum;
use crate::store::download::tree::{self, Listed, Tree};
use crate::store::download::trouble::Trouble;
use crate::store::download::{Event, Fetched, Net, Wanted, fetch};
use crate::text::untrusted::{self, Untrusted};
use crate::tr;

/// How often Ctrl-C is looked for.
const TICK: Duration = Duration::from_millis(50);

pub(super) fn run(session: &mut Session, model: &str, keeps_source: bool) -> anyhow::Result<Exit> {
    if is_demo(model) {
        session.output.notice(&tr!(
            "演示模型就在 liao 里面，不用下载：liao -m demo",
            "the demo model is inside liao, there is nothing to download: liao -m demo"
        ));
        return Ok(Exit::Success);
    }
    // An answer that borrows nothing, so that the session can be told of it.
    let on_disk = store::resolve_name(model, &session.config.registry, &session.config.paths).map(|found| found.path);
    let failed = match on_disk {
        Ok(path) => {
            let shown = untrusted::path(&path);
            session.output.notice(&tr!("已经在磁盘上：{shown}", "already on disk: {shown}"));
            return done(session, &path.to_string_lossy(), None);
        }
        Err(failed) => failed,
    };
    let (name, quant) = split(model);
    let Some(entry) = session.config.registry.find(name).cloned() else { return Err(failed.into()) };
    if entry.purpose != Purpose::Reward && fit::is_to_be_made(&entry) {
        return checkpoint::run(session, &entry, quant, keeps_source);
    }
    if keeps_source {
        let name = &entry.name;
        return Err(Failed::usage(tr!(
            "--keep-source 只用于以 fp16 权重发布的模型；{name} 不用转换",
            "--keep-source is for models that are published as an fp16 checkpoint; {name} needs no converting"
        ))
        .into());
    }
    let endpoints = endpoints(session)?;
    let Some((quant, file)) = chosen(session, &entry, quant)? else { return Err(failed.into()) };
    let Some(wanted) = wanted(session, &endpoints, &entry, &file)? else { return Err(failed.into()) };
    let size = file.size().map(|size| tr!("（{size}）", " ({size})")).unwrap_or_default();
    let name = &entry.name;
    session.output.notice(&tr!("下载 {name}:{quant}{size}", "downloading {name}:{quant}{size}"));
    let fetched = download(session, &wanted)?;
    let path = untrusted::path(&wanted.path);
    session
        .output
        .notice(&tr!("好了：{path}。然后：liao -m {name}:{quant}", "done: {path}. Then: liao -m {name}:{quant}"));
    done(session, &wanted.path.to_string_lossy(), Some(&fetched))
}

/// The file that was named, else the one that suits this machine, and why.
fn chosen(session: &mut Session, entry: &Entry, quant: Option<&str>) -> anyhow::Result<Option<(String, ModelFile)>> {
    let memory_bytes = machine::memory_bytes(&session.environment)?;
    let choice = if quant.is_none() { fit::choice(entry, memory_bytes) } else { None };
    if let Some(choice) = &choice {
        session.output.notice(&fit::why(choice, memory_bytes));
    }
    let found = match quant.or(choice.map(|choice| choice.offer.quant)) {
        Some(quant) => entry.file(quant),
        None => entry.usual(),
    };
    Ok(found.map(|(quant, file)| (quant.to_owned(), file.clone())))
}

/// What is to be fetched, and from where. `None`: models.toml knows no address of it.
fn wanted(
    session: &mut Session,
    endpoints: &[Endpoint],
    entry: &Entry,
    file: &ModelFile,
) -> anyhow::Result<Option<Wanted>> {
    let Some(repo) = file.repo.as_deref() else { return Ok(None) };
    let path = session.config.paths.models().join(&entry.name).join(&file.file);
    let known = file.sha256.as_deref().and_then(Sum::parse);
    let (revision, n_bytes, sum) = match (known, &file.revision) {
        (Some(sum), revision) => (revision.clone(), file.bytes, Some(sum)),
        (None, _) => {
            let (revision, listed) = ask(session, endpoints, repo, file)?;
            (Some(revision), Some(listed.n_bytes), listed.sum)
        }
    };
    let sources = endpoints
        .iter()
        .map(|endpoint| endpoint.file(repo, revision.as_deref().unwrap_or(endpoint.newest()), &file.file));
    let sources = sources.collect::<Result<Vec<_>, _>>().map_err(|error| Failed::usage(error.to_string()))?;
    Ok(Some(Wanted { path, sources, n_bytes, sum, commit: revision }))
}

/// The hubs in the order in which they are tried: the one that was named, then Hugging Face, then its mirror. All are
/// held to the same hash.
pub(super) fn endpoints(session: &Session) -> Result<Vec<Endpoint>, Failed> {
    let named = session.config.paths.hub.as_str();
    let usual = [HUGGING_FACE, HF_MIRROR].into_iter().filter(|base| *base != named.trim_end_matches('/'));
    let bases: Vec<&str> = [named].into_iter().chain(usual).collect();
    let refuse = |base: &str, error: &dyn std::fmt::Display| {
        let base = Untrusted(base);
        Failed::usage(tr!("HF_ENDPOINT={base}：{error}", "HF_ENDPOINT={base}: {error}"))
    };
    let made = bases.iter().map(|base| Endpoint::new(base, Manner::HuggingFace).map_err(|error| refuse(base, &error)));
    let mut all = made.collect::<Result<Vec<_>, _>>()?;
    // A test's hub on this machine must not lead out of it.
    if all[0].origin().is_loopback() {
        all.truncate(1);
    }
    Ok(all)
}

/// What a hub says about a file of which models.toml knows no hash: at which commit, how long, with which hash.
fn ask(
    session: &mut Session,
    endpoints: &[Endpoint],
    repo: &str,
    file: &ModelFile,
) -> anyhow::Result<(String, Listed)> {
    let (answering, tree) = list(session, endpoints, repo, file.revision.as_deref())?;
    let name = &file.file;
    let Some(found) = tree.find(name).cloned() else {
        let host = endpoints[answering].origin();
        let message = tr!("{host} 上的 {repo} 里没有 {name}", "{repo} at {host} has no file {name}");
        return Err(Failed::new(Exit::Network, message).into());
    };
    Ok((tree.revision, found))
}

/// What the first hub that answers says is in a repository, and which of them that was.
pub(super) fn list(
    session: &mut Session,
    endpoints: &[Endpoint],
    repo: &str,
    revision: Option<&str>,
) -> anyhow::Result<(usize, Tree)> {
    let net = net(&session.environment);
    let client = Client::new(&net.pace, net.tokens);
    let mut failures = Vec::new();
    for (i, endpoint) in endpoints.iter().enumerate() {
        let host = endpoint.origin().to_string();
        let revision = revision.unwrap_or(endpoint.newest());
        session.status.waiting();
        let listed = session.interrupts.while_waiting(|| tree::list(&client, endpoint, repo, revision));
        session.status.clear();
        match listed {
            Ok(tree) => {
                let commit = &tree.revision;
                session.verbose(&tr!("{host}：提交 {commit}", "{host}: commit {commit}"));
                return Ok((i, tree));
            }
            Err(error) => failures.push(tr!("{host} {error}", "{host}: {error}")),
        }
    }
    let all = failures.join(&tr!("；", "; "));
    Err(Failed::new(
        Exit::Network,
        tr!("问不到 {repo} 有哪些文件：{all}", "what files {repo} has cannot be found out: {all}"),
    )
    .into())
}

pub(super) fn net(environment: &Environment) -> Net {
    let token = environment.text("HF_TOKEN").ok().flatten().and_then(|text| Secret::new(&text));
    let home = Endpoint::new(HUGGING_FACE, Manner::HuggingFace).map(|endpoint| endpoint.origin().clone()).ok();
    let tokens: Vec<(Origin, Secret)> = home.into_iter().zip(token).collect();
    Net { tokens, ..Net::default() }
}

pub(super) fn download(session: &mut Session, wanted: &Wanted) -> anyhow::Result<Fetched> {
    let net = net(&session.environment);
    let (cancel, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
    let interrupts = session.interrupts.clone();
    let mut teller = Teller(Progress::default());
    let fetched = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                if interrupts.take() > 0 {
                    cancel.store(true, Ordering::Relaxed);
                }
                thread::sleep(TICK);
            }
        });
        // Also when it panics, or the scope would wait for ever.
        let _over = Over(&is_over);
        fetch(wanted, &net, &cancel, &mut |event| teller.tell(session, &event))
    });
    session.status.clear();
    fetched.map_err(|failure| Failed::from(failure).into())
}

/// Says so when it is gone.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Tells a person, or a script, how it goes.
struct Teller(Progress);

impl Teller {
    fn tell(&mut self, session: &mut Session, event: &Event<'_>) {
        match event {
            Event::Moved { n_bytes, n_total } => {
                return self.0.tell(session, &tr!("正在下载", "downloading"), *n_bytes, *n_total);
            }
            Event::Checking { n_bytes, n_total } => {
                return session.status.working(&tr!("正在核对", "checking"), *n_bytes, *n_total);
            }
            _ => {}
        }
        session.status.clear();
        match event {
            Event::Moved { .. } | Event::Checking { .. } => {}
            Event::Waiting { holder } => {
                let holder = holder.map(|id| tr!("（进程 {id}）", " (process {id})")).unwrap_or_default();
                session.output.notice(&tr!(
                    "另一个 liao{holder} 正在下载同一个文件，等它",
                    "another liao{holder} is downloading the same file: waiting for it"
                ));
            }
            Event::Asking { host } => session.verbose(&tr!("连接 {host}", "asking {host}")),
            Event::Troubled { host, trouble, pause } => session.output.notice(&troubled(host, trouble, *pause)),
            Event::GaveUp { host, trouble } => session.output.notice(&gave_up(host, trouble)),
            Event::StartedOver { host, why } => {
                session.output.notice(&tr!("{host} {why}，从头下载", "{host}: {why}; starting over"));
            }
            Event::Wrong { host } => session.output.warning(&tr!(
                "从 {host} 得到的内容 SHA-256 不对，再从头下载一次",
                "what came from {host} has the wrong SHA-256: once more from the start"
            )),
        }
    }
}

/// A connection failed, and is tried again.
pub(super) fn troubled(host: &str, trouble: &Trouble, pause: Duration) -> String {
    let pause = pause.as_secs().max(1);
    tr!("{host} {trouble}，{pause} 秒后再试", "{host}: {trouble}; trying again in {pause} s")
}

/// A server does not go on.
pub(super) fn gave_up(host: &str, trouble: &Trouble) -> String {
    tr!("{host} {trouble}，换一个下载源", "{host}: {trouble}; going elsewhere")
}

/// The last word to a script.
fn done(session: &mut Session, path: &str, fetched: Option<&Fetched>) -> anyhow::Result<Exit> {
    if session.json {
        session.output.json_line(&json!({
            "event": "done",
            "path": path,
            "bytes": fetched.map(|fetched| fetched.n_bytes),
            "sha256": fetched.map(|fetched| fetched.sum.to_string()),
            "host": fetched.and_then(|fetched| fetched.host.as_deref()),
        }))?;
    }
    Ok(Exit::Success)
}
