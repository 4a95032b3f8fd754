//! Starting an engine for a model: what the machine has, the plan, the log, and the load itself.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::open::Found;
use super::{Call, lora, machine};
use crate::backend::local::{Local, LogSink, Ready};
use crate::backend::{Progress, Steer};
use crate::exit::{Exit, Failed, cause};
use crate::plan::{self, Machine, Needed, Plan, Shape, Wishes};
use crate::protocol::{GpuLayers, KvType, Load};
use crate::talk::explain_backend;
use crate::text::{Untrusted, untrusted};
use crate::tr;

/// The engine's log is kept to about this size.
const MAX_LOG_BYTES: u64 = 4 << 20;

/// An engine with a model in it.
pub(super) struct Started {
    pub(super) local: Local,
    /// The time that loading took.
    pub(super) load_ms: f64,
    /// The memory that it takes.
    pub(super) needed: Needed,
}

/// A model that is loaded, with which memory has to be shared.
pub(super) struct Before<'a> {
    /// What it takes.
    pub(super) needed: Needed,
    /// Lets go of it.
    pub(super) release: &'a mut dyn FnMut(),
}

/// Starts an engine and loads a model into it as planned.
pub(super) fn engine(call: &mut Call, found: &Found) -> anyhow::Result<Started> {
    engine_after(call, found, None)
}

/// The same where another model is loaded: beside it, or in its place where memory does not hold both.
pub(super) fn engine_after(call: &mut Call, found: &Found, before: Option<Before<'_>>) -> anyhow::Result<Started> {
    let (lora, adapter_bytes) = lora::of(call, found)?.unzip();
    let mut shape = Shape::of(&found.header);
    shape.weights_bytes += adapter_bytes.unwrap_or(0);
    let (mut local, mut machine) = begin(call, before.as_ref().map(|before| &before.needed))?;
    if let Some(Before { needed, release }) = before
        && !fits_beside(call, &shape, &machine, &needed)?
    {
        release();
        call.output.notice(&tr!(
            "内存放不下两个模型：先卸下现在的；新的若加载不成，会把它装回来",
            "memory does not hold both models: the one that was here is let go, and comes back if this one cannot be loaded"
        ));
        (local, machine) = begin(call, None)?;
    }
    let plan = make_plan(call, &shape, &machine)?;
    for reason in &plan.reasons {
        call.verbose(reason);
    }
    for notice in &plan.notices {
        call.output.warning(notice);
    }
    let load = Load {
        path: found.path.clone(),
        vocab_only: false,
        n_ctx: plan.n_ctx,
        n_chunk: plan.n_chunk,
        n_threads: plan.n_threads,
        gpu_layers: plan.gpu_layers,
        kv_type: plan.kv_type,
        lora,
    };
    let ready = load_into(call, &mut local, load)?;
    if ready.gpu_layers > 0 {
        let n = ready.gpu_layers;
        call.verbose(&tr!("放进 GPU 的层数 {n}", "layers on the GPU: {n}"));
    } else if matches!(call.config.settings.gpu_layers(), GpuLayers::All | GpuLayers::Count(1..)) {
        call.output.warning(&tr!(
            "没有用上 GPU：此版本没有编译 GPU 支持，或没有找到 GPU（编译时加 --features cuda、vulkan 或 metal）",
            "no GPU is used: this build has no support for one, or none was found (build with --features cuda, vulkan or metal)"
        ));
    }
    Ok(Started { local, load_ms: ready.load_ms, needed: plan.needed })
}

/// Starts an engine that holds only the vocabulary.
pub(super) fn tokenizer(call: &mut Call, found: &Found) -> anyhow::Result<Local> {
    let log = log_sink(call);
    let (mut local, _) = Local::start(std::env::current_exe()?, log).map_err(|e| explain_backend(&e))?;
    load_into(call, &mut local, vocabulary_of(&found.path))?;
    Ok(local)
}

/// How the vocabulary alone is loaded.
pub(super) fn vocabulary_of(path: &Path) -> Load {
    Load {
        path: path.to_owned(),
        vocab_only: true,
        n_ctx: 0,
        n_chunk: 1,
        n_threads: 1,
        gpu_layers: GpuLayers::Count(0),
        kv_type: KvType::F16,
        lora: None,
    }
}

fn load_into(call: &mut Call, local: &mut Local, load: Load) -> anyhow::Result<Ready> {
    let (status, interrupts) = (&mut call.status, &call.interrupts);
    let ready = local.load(load, &mut |progress| {
        if let Progress::Loading(fraction) = progress {
            status.loading(fraction);
        }
        if interrupts.take() > 0 { Steer::Kill } else { Steer::GoOn }
    });
    call.status.clear();
    ready.map_err(|error| explain_backend(&error).into())
}

/// Starts an engine process, and sees what it has to work with beside what another takes.
fn begin(call: &mut Call, held: Option<&Needed>) -> anyhow::Result<(Local, Machine)> {
    let log = log_sink(call);
    let started = Local::start(std::env::current_exe()?, log);
    let (local, devices) = started.map_err(|e| explain_backend(&e))?;
    let free_bytes = machine::free_memory_bytes(&call.environment, held)?;
    Ok((local, Machine { free_bytes, n_cores: machine::cores(), devices }))
}

fn make_plan(call: &Call, shape: &Shape, machine: &Machine) -> Result<Plan, Failed> {
    plan::make(shape, machine, &wishes(call)).map_err(|too_large| Failed::new(Exit::Resources, too_large.sentence()))
}

fn wishes(call: &Call) -> Wishes {
    let settings = &call.config.settings;
    Wishes {
        n_ctx: settings.ctx(),
        kv_type: settings.kv_type(),
        gpu_layers: settings.gpu_layers(),
        n_threads: settings.threads(),
        force: call.force,
    }
}

/// Whether a model gets beside another all that it would get in its place: a conversation is not to go on in a small
/// context because of a model that it has left.
///
/// # Errors
/// It would not fit in its place either.
fn fits_beside(call: &Call, shape: &Shape, beside: &Machine, held: &Needed) -> Result<bool, Failed> {
    let in_its_place = Machine { free_bytes: beside.free_bytes.saturating_add(held.total()), ..beside.clone() };
    let wished = make_plan(call, shape, &in_its_place)?;
    // Who forces one model has not asked for two.
    let wishes = Wishes { force: false, ..wishes(call) };
    let plan = plan::make(shape, beside, &wishes);
    Ok(plan.is_ok_and(|plan| (plan.n_ctx, plan.kv_type) == (wished.n_ctx, wished.kv_type)))
}

/// Where the engine's log lines go: the log file, and with `-vv` stderr too. A log that cannot be written is missed
/// only by who asked for it.
fn log_sink(call: &mut Call) -> LogSink {
    let wanted = call.config.settings.log_file().map(Path::to_path_buf);
    let opened = open_log(wanted.as_ref().unwrap_or(&call.config.paths.log()));
    if let (Some(path), Err(error)) = (&wanted, &opened) {
        let (path, error) = (untrusted::path(path), cause(error));
        call.output.warning(&tr!(
            "写不了日志 {path}（{error}）；请用 --log-file 换一个地方",
            "the log {path} cannot be written ({error}); name another place with --log-file"
        ));
    }
    let mut file = opened.ok();
    let is_loud = call.config.settings.verbosity() >= 2;
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
