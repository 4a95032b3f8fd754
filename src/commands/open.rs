//! Opening a model: name to file, file to header, header to template and plan, plan to a loaded engine. Each step says
//! what it found with `-v` and fails with the exit code that belongs to it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::Context as _;

use super::Session;
use super::machine;
use crate::backend::local::{Local, LogSink};
use crate::backend::scripted::Scripted;
use crate::backend::{BackendError, Progress, Steer};
use crate::chat::conversation::Conversation;
use crate::chat::template::{ControlTokens, Facts, Given, Template, choose};
use crate::cli::options::Key;
use crate::config::settings::Origin;
use crate::exit::{Exit, Failed};
use crate::gguf::{self, Header};
use crate::plan::{self, Machine, Plan, Shape, Wishes};
use crate::protocol::{GpuLayers, Load};
use crate::store;
use crate::talk::{Talk, explain_backend};
use crate::text::{Untrusted, untrusted};
use crate::tr;

/// A model file that has been found, read and found sound.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) header: Header,
    /// Its name, as a person knows it.
    pub(super) name: String,
}

/// The engine's log is kept to about this size.
const MAX_LOG_BYTES: u64 = 4 << 20;

/// Finds the model that the settings name and reads its header. `vocab_only`: only the vocabulary has to be sound.
pub(super) fn find(session: &mut Session, vocab_only: bool) -> anyhow::Result<Found> {
    let Some(model) = session.config.settings.model() else {
        return Err(Failed::usage(tr!(
            "没有指定模型。请用 -m 给出 .gguf 文件或模型名，例如：liao -m 模型.gguf；或在 config.toml 里写 model = \"…\"（见 liao help config）",
            "no model is named. Give a .gguf file or a name with -m, as in: liao -m MODEL.gguf; or write model = \"…\" in config.toml (see liao help config)"
        ))
        .into());
    };
    let resolved = store::resolve(model, &session.config.registry, &session.config.paths)?;
    let (note, path, name) = (resolved.note, resolved.path, resolved.name);
    let shown = untrusted::path(&path);
    session.verbose(&tr!("模型文件 {shown}", "model file {shown}"));
    if let Some(note) = note {
        session.output.notice(&note);
    }
    let reject = |rejected: gguf::Rejected| {
        let path = untrusted::path(&path);
        Failed::new(Exit::Model, format!("{path}: {rejected}"))
    };
    let header = Header::read(&path).map_err(reject)?;
    let verdict = if vocab_only { gguf::validate_vocabulary(&header) } else { gguf::validate(&header) };
    if let Some(notice) = verdict.map_err(reject)?.notice {
        session.verbose(&notice);
    }
    let name = name.unwrap_or_else(|| file_name(&path));
    Ok(Found { path, header, name })
}

/// Chooses the template for a model and says why.
pub(super) fn template(session: &mut Session, found: &Found) -> anyhow::Result<(Template, ControlTokens)> {
    let header = &found.header;
    let control = ControlTokens {
        bos: header.bos(),
        eos: header.eos(),
        add_bos: header.add_bos(),
        by_text: header.control_tokens(),
    };
    let settings = &session.config.settings;
    let from_registry = matches!(settings.origin(Key::Template), Some(Origin::Entry(_)));
    let named = settings.template();
    let source = match named {
        Some(path) if !from_registry && Template::builtin(path).is_none() => read_template(Path::new(path))?,
        _ => None,
    };
    let given = match (named, &source) {
        (Some(file), Some(source)) => Some(Given::File { path: file, source }),
        (Some(name), None) if !from_registry => Some(Given::Name(name)),
        _ => None,
    };
    let file_name = file_name(&found.path);
    let told = ["general.name", "general.basename", "general.finetune"].map(|key| header.str(key).unwrap_or_default());
    let names = [told[0], told[1], told[2], found.name.as_str(), file_name.as_str()];
    let facts = Facts { names: &names, n_vocab: header.n_vocab(), jinja: header.chat_template(), tokens: &control };
    let choice = choose(given, named.filter(|_| from_registry), &facts)?;
    let (name, why) = (choice.template.name(), &choice.why);
    session.verbose(&tr!("模板 {name}：{why}", "template {name}: {why}"));
    if choice.base_model {
        session.output.warning(&tr!(
            "这看起来是基座模型，没有学过对话：回答可能只是接着往下写。聊天请用名字带 chat 或 alpaca 的模型",
            "this looks like a base model, which has not learnt to converse: it may just go on writing. To chat, take one with chat or alpaca in its name"
        ));
    }
    Ok((choice.template, control))
}

/// The text of a template file; `None` where the name cannot be one.
fn read_template(path: &Path) -> anyhow::Result<Option<String>> {
    let looks_like_file = path.components().count() > 1 || path.extension().is_some();
    match std::fs::read_to_string(path) {
        Ok(source) => Ok(Some(source)),
        Err(error) if looks_like_file => {
            let path = untrusted::path(path);
            Err(Failed::usage(tr!(
                "--template {path}：读不了（{error}）",
                "--template {path}: cannot be read ({error})"
            ))
            .into())
        }
        Err(_) => Ok(None),
    }
}

/// Opens the model that the settings name, ready to talk.
pub(super) fn talk(session: &mut Session) -> anyhow::Result<Talk> {
    if let Some(script) = session.environment.path("LIAO_SCRIPT") {
        return scripted(session, &script);
    }
    let found = find(session, false)?;
    let (template, control) = template(session, &found)?;
    let (local, load_ms) = engine(session, &found)?;
    let settings = session.config.settings.clone();
    let conversation = Conversation::new(template, control, settings.system().map(str::to_owned));
    Ok(Talk::new(conversation, Box::new(local), settings, found.name, load_ms))
}

fn scripted(session: &Session, script: &Path) -> anyhow::Result<Talk> {
    let backend = Scripted::read(script).with_context(|| format!("LIAO_SCRIPT={}", script.display()))?;
    let template = Template::builtin("llama2").context("llama2 is built in")?;
    let control = ControlTokens { bos: Some(1), eos: Some(2), add_bos: true, by_text: Vec::new() };
    let settings = session.config.settings.clone();
    let conversation = Conversation::new(template, control, settings.system().map(str::to_owned));
    Ok(Talk::new(conversation, Box::new(backend), settings, "script".to_owned(), 0.0))
}

/// Starts an engine and loads a model into it as planned. Returns it with the time that took, in milliseconds.
pub(super) fn engine(session: &mut Session, found: &Found) -> anyhow::Result<(Local, f64)> {
    let log = log_sink(session);
    let started = Local::start(std::env::current_exe()?, log);
    let (mut local, devices) = started.map_err(|e| not_started(session, &e))?;
    let machine =
        Machine { free_bytes: machine::free_memory_bytes(memory_cap(session)?), n_cores: machine::cores(), devices };
    let plan = make_plan(session, &found.header, &machine)?;
    for reason in &plan.reasons {
        session.verbose(reason);
    }
    for notice in &plan.notices {
        session.output.warning(notice);
    }
    let load = Load {
        path: found.path.clone(),
        vocab_only: false,
        n_ctx: plan.n_ctx,
        n_chunk: plan.n_chunk,
        n_threads: plan.n_threads,
        gpu_layers: plan.gpu_layers,
        kv_type: plan.kv_type,
    };
    let ready = load_into(session, &mut local, load)?;
    if ready.gpu_layers > 0 {
        let n = ready.gpu_layers;
        session.verbose(&tr!("放进 GPU 的层数 {n}", "layers on the GPU: {n}"));
    } else if matches!(session.config.settings.gpu_layers(), GpuLayers::All | GpuLayers::Count(1..)) {
        session.output.warning(&tr!(
            "没有用上 GPU：此版本没有编译 GPU 支持，或没有找到 GPU（编译时加 --features cuda、vulkan 或 metal）",
            "no GPU is used: this build has no support for one, or none was found (build with --features cuda, vulkan or metal)"
        ));
    }
    Ok((local, ready.load_ms))
}

/// Starts an engine that holds only the vocabulary.
pub(super) fn tokenizer(session: &mut Session, found: &Found) -> anyhow::Result<Local> {
    let log = log_sink(session);
    let (mut local, _) = Local::start(std::env::current_exe()?, log).map_err(|e| not_started(session, &e))?;
    let load = Load {
        path: found.path.clone(),
        vocab_only: true,
        n_ctx: 0,
        n_chunk: 1,
        n_threads: 1,
        gpu_layers: GpuLayers::Count(0),
        kv_type: crate::protocol::KvType::F16,
    };
    load_into(session, &mut local, load)?;
    Ok(local)
}

/// A terminal sends Ctrl-C to both processes, and in its first moments an engine dies of it.
fn not_started(session: &Session, error: &BackendError) -> Failed {
    if session.interrupts.take() > 0 { interrupted() } else { explain_backend(error) }
}

fn interrupted() -> Failed {
    Failed::new(Exit::Interrupted, tr!("已中断", "interrupted"))
}

fn load_into(session: &mut Session, local: &mut Local, load: Load) -> anyhow::Result<crate::backend::local::Ready> {
    let (status, interrupts) = (&mut session.status, &session.interrupts);
    let ready = local.load(load, &mut |progress| {
        if let Progress::Loading(fraction) = progress {
            status.loading(fraction);
        }
        if interrupts.take() > 0 { Steer::Kill } else { Steer::GoOn }
    });
    session.status.clear();
    ready.map_err(|error| match error {
        BackendError::Killed => interrupted().into(),
        error => explain_backend(&error).into(),
    })
}

fn make_plan(session: &Session, header: &Header, machine: &Machine) -> anyhow::Result<Plan> {
    let settings = &session.config.settings;
    let wishes = Wishes {
        n_ctx: settings.ctx(),
        kv_type: settings.kv_type(),
        gpu_layers: settings.gpu_layers(),
        n_threads: settings.threads(),
        force: session.force,
    };
    plan::make(&Shape::of(header), machine, &wishes)
        .map_err(|too_large| Failed::new(Exit::Resources, too_large.sentence()).into())
}

/// `LIAO_MEMORY`: take no more than this, although there may be more. `6G`, `512M`, or bytes.
fn memory_cap(session: &Session) -> anyhow::Result<Option<u64>> {
    let Some(typed) = session.environment.text("LIAO_MEMORY")? else { return Ok(None) };
    match parse_bytes(&typed) {
        Some(bytes) => Ok(Some(bytes)),
        None => {
            let typed = Untrusted(&typed);
            Err(Failed::usage(tr!(
                "LIAO_MEMORY={typed}：应为内存大小，如 6G 或 512M",
                "LIAO_MEMORY={typed}: expected an amount of memory, such as 6G or 512M"
            ))
            .into())
        }
    }
}

fn parse_bytes(typed: &str) -> Option<u64> {
    let typed = typed.trim().to_ascii_lowercase();
    let typed = typed.trim_end_matches('b').trim_end_matches('i');
    let (number, unit) = match typed.strip_suffix(['k', 'm', 'g', 't']) {
        Some(number) => (number, 10 * (1 + "kmgt".find(&typed[number.len()..])? as u32)),
        None => (typed, 0),
    };
    let number: f64 = number.trim().parse().ok()?;
    let bytes = number * 2_f64.powi(i32::try_from(unit).ok()?);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a sensible amount")]
    (bytes.is_finite() && (1.0..1e18).contains(&bytes)).then_some(bytes as u64)
}

/// Where the engine's log lines go: the log file, and with `-vv` stderr too. A log that cannot be written is missed
/// only by who asked for it.
fn log_sink(session: &mut Session) -> LogSink {
    let wanted = session.config.settings.log_file().map(Path::to_path_buf);
    let opened = open_log(wanted.as_ref().unwrap_or(&session.config.paths.log()));
    if let (Some(path), Err(error)) = (&wanted, &opened) {
        let path = untrusted::path(path);
        session.output.warning(&tr!(
            "写不了日志 {path}（{error}）；请用 --log-file 换一个地方",
            "the log {path} cannot be written ({error}); name another place with --log-file"
        ));
    }
    let mut file = opened.ok();
    let is_loud = session.config.settings.verbosity() >= 2;
    Arc::new(Mutex::new(move |line: &str| {
        if let Some(file) = &mut file {
            let _ = writeln!(file, "{line}");
        }
        if is_loud {
            let _ = writeln!(std::io::stderr(), "{}", Untrusted(line));
        }
    }))
}

fn open_log(path: &Path) -> std::io::Result<std::fs::File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let is_long = std::fs::metadata(path).is_ok_and(|metadata| metadata.len() > MAX_LOG_BYTES);
    let mut options = std::fs::OpenOptions::new();
    options.create(true);
    if is_long {
        options.write(true).truncate(true)
    } else {
        options.append(true)
    };
    options.open(path)
}

fn file_name(path: &Path) -> String {
    path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::parse_bytes;

    #[test]
    fn amounts_of_memory() {
        for (typed, bytes) in [
            ("6G", Some(6 << 30)),
            ("6GiB", Some(6 << 30)),
            ("1.5g", Some(3 << 29)),
            (" 512 M ", Some(512 << 20)),
            ("1048576", Some(1 << 20)),
            ("", None),
            ("-1G", None),
            ("G", None),
            ("nan", None),
            ("much", None),
        ] {
            assert_eq!(parse_bytes(typed), bytes, "{typed:?}");
        }
    }
}
