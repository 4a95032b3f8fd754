//! `liao pull`: gets a model from a hub.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Session, fit, machine};
use crate::config::registry::{Entry, Format, ModelFile, Purpose, gb, is_demo, split};
use crate::exit::{Exit, Failed};
use crate::store;
use crate::store::download::address::Origin;
use crate::store::download::endpoint::{Endpoint, HF_MIRROR, HUGGING_FACE, Manner};
use crate::store::download::request::Client;
use crate::store::download::secret::Secret;
use crate::store::download::sum::Sum;
use crate::store::download::tree::{self, Listed};
use crate::store::download::{Event, Fetched, Net, Wanted, fetch};
use crate::text::untrusted::{self, Untrusted};
use crate::tr;

/// A Chinese 13B of which there are GGUF files, for whoever wants one of which there are none.
const READY_MADE: &str = "chinese-alpaca-2-13b";

/// How often progress is told where there is no status line.
const TOLD_EVERY: Duration = Duration::from_secs(5);

/// How often Ctrl-C is looked for.
const TICK: Duration = Duration::from_millis(50);

pub(super) fn run(session: &mut Session, model: &str) -> anyhow::Result<Exit> {
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
    if entry.purpose != Purpose::Reward && entry.format == Format::Checkpoint && entry.files.is_empty() {
        let why = failed.message;
        let message = tr!(
            "{why}。已有现成 GGUF 的中文 13B：liao pull {READY_MADE}",
            "{why}. A Chinese 13B that is published as GGUF: liao pull {READY_MADE}"
        );
        return Err(Failed::new(Exit::Network, message).into());
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
fn endpoints(session: &Session) -> Result<Vec<Endpoint>, Failed> {
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
    let net = net(session);
    let client = Client::new(&net.pace, net.tokens);
    let mut failures = Vec::new();
    for endpoint in endpoints {
        let host = endpoint.origin().to_string();
        let revision = file.revision.as_deref().unwrap_or(endpoint.newest());
        session.status.waiting();
        let listed = session.interrupts.while_waiting(|| tree::list(&client, endpoint, repo, revision));
        session.status.clear();
        match listed {
            Ok(tree) => {
                let name = &file.file;
                let Some(found) = tree.find(name).cloned() else {
                    let message = tr!("{host} 上的 {repo} 里没有 {name}", "{repo} at {host} has no file {name}");
                    return Err(Failed::new(Exit::Network, message).into());
                };
                let commit = &tree.revision;
                session.verbose(&tr!("{host}：提交 {commit}", "{host}: commit {commit}"));
                return Ok((tree.revision, found));
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

fn net(session: &Session) -> Net {
    let token = session.environment.text("HF_TOKEN").ok().flatten().and_then(|text| Secret::new(&text));
    let home = Endpoint::new(HUGGING_FACE, Manner::HuggingFace).map(|endpoint| endpoint.origin().clone()).ok();
    let tokens: Vec<(Origin, Secret)> = home.into_iter().zip(token).collect();
    Net { tokens, ..Net::default() }
}

fn download(session: &mut Session, wanted: &Wanted) -> anyhow::Result<Fetched> {
    let net = net(session);
    let (cancel, is_over) = (AtomicBool::new(false), AtomicBool::new(false));
    let interrupts = session.interrupts.clone();
    let mut teller = Teller { told_at: None, begun: None };
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
struct Teller {
    told_at: Option<Instant>,
    /// When the first bytes of this run came, and how many were there before.
    begun: Option<(Instant, u64)>,
}

impl Teller {
    fn tell(&mut self, session: &mut Session, event: &Event<'_>) {
        match event {
            Event::Moved { n_bytes, n_total } => return self.moved(session, *n_bytes, *n_total),
            Event::Checking { n_bytes, n_total } => {
                return session.status.working(&tr!("正在核对", "checking"), *n_bytes, *n_total);
            }
            _ => {}
        }
        session.status.clear();
        let seconds = |pause: &Duration| pause.as_secs().max(1);
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
            Event::Troubled { host, trouble, pause } => {
                let pause = seconds(pause);
                session
                    .output
                    .notice(&tr!("{host} {trouble}，{pause} 秒后再试", "{host}: {trouble}; trying again in {pause} s"));
            }
            Event::GaveUp { host, trouble } => {
                session.output.notice(&tr!("{host} {trouble}，换一个下载源", "{host}: {trouble}; going elsewhere"));
            }
            Event::StartedOver { host, why } => {
                session.output.notice(&tr!("{host} {why}，从头下载", "{host}: {why}; starting over"));
            }
            Event::Wrong { host } => session.output.warning(&tr!(
                "从 {host} 得到的内容 SHA-256 不对，再从头下载一次",
                "what came from {host} has the wrong SHA-256: once more from the start"
            )),
        }
    }

    fn moved(&mut self, session: &mut Session, n_bytes: u64, n_total: Option<u64>) {
        let (begun, n_before) = *self.begun.get_or_insert((Instant::now(), n_bytes));
        #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
        let speed = n_bytes.saturating_sub(n_before) as f64 / 1e6 / begun.elapsed().as_secs_f64().max(0.1);
        if session.status.is_shown() && !session.json {
            let what = tr!("正在下载 {speed:.1} MB/s", "downloading {speed:.1} MB/s");
            return session.status.working(&what, n_bytes, n_total.unwrap_or(n_bytes));
        }
        let is_due = self.told_at.is_none_or(|told_at| told_at.elapsed() >= TOLD_EVERY);
        if !is_due {
            return;
        }
        self.told_at = Some(Instant::now());
        if session.json {
            // Whoever reads stdout may have had enough; the download goes on all the same.
            let _ = session.output.json_line(&json!({"event": "progress", "bytes": n_bytes, "total": n_total}));
            return;
        }
        let (done, total) = (gb(n_bytes), n_total.map(gb).unwrap_or_else(|| "?".to_owned()));
        session.output.notice(&tr!("{done} / {total}，{speed:.1} MB/s", "{done} of {total}, {speed:.1} MB/s"));
    }
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
