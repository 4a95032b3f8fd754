//! `liao import`: a checkpoint, or a GGUF file, to a quantized GGUF file, in one pass. What can be known before is known before the
//! first byte is written; the work itself is done by a process of its own, and can be gone on with when it broke off.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{self, Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use super::{Session, open};
use crate::config::registry::{gb, is_demo, is_name};
use crate::disk::lock::{Lock, NotTaken};
use crate::exit::{Exit, Failed};
use crate::import::mixture::Quant;
use crate::import::source::local;
use crate::import::worker::{Order, Told};
use crate::import::{self, Prepared, journal, metadata::About, requantize};
use crate::locale::spoken;
use crate::store::download::Failure;
use crate::text::untrusted::{self, Untrusted};
use crate::tr;

/// How often Ctrl-C is looked for.
const TICK: Duration = Duration::from_millis(50);

/// Left free on the disk besides the file itself.
const SPARE_BYTES: u64 = 256 << 20;

/// What was typed.
pub(super) struct Wanted {
    pub(super) source: PathBuf,
    pub(super) quant: String,
    pub(super) name: Option<String>,
    pub(super) output: Option<PathBuf>,
}

pub(super) fn run(session: &mut Session, wanted: &Wanted) -> anyhow::Result<Exit> {
    let quant = Quant::from_name(&wanted.quant).ok_or_else(|| unknown_quant(&wanted.quant))?;
    let source = untrusted::path(&wanted.source);
    let refuse = |why: String| Failed::new(Exit::Model, format!("{source}: {why}"));
    if !wanted.source.exists() {
        return Err(refuse(tr!(
            "没有这个目录或文件。请给出有 config.json、tokenizer.model 和权重文件的目录，或一个 GGUF 文件",
            "there is no such folder or file. Name a folder that has config.json, tokenizer.model and the files of \
             weights, or a GGUF file"
        ))
        .into());
    }
    let name = name(wanted)?;
    let path = match &wanted.output {
        Some(path) => path.clone(),
        None => session.config.paths.models().join(&name).join(format!("{name}.{}.gguf", quant.name())),
    };
    let shown = untrusted::path(&path);
    if path.exists() {
        return Err(Failed::usage(tr!(
            "{shown} 已经有了。要重做，先删掉它，或用 --output 换一个文件",
            "{shown} is there already. To make it anew, remove it first, or name another file with --output"
        ))
        .into());
    }
    let prepared = import::prepare(local(&wanted.source).as_ref(), quant, &About::default(), Vec::new());
    let prepared = prepared.map_err(|refused| refuse(refused.to_string()))?;
    if prepared.is_reward_model() {
        return Err(refuse(tr!(
            "这是给回答打分的奖励模型（有 v_head，没有输出层），不能对话",
            "this is a reward model, which scores answers (it has a v_head and no output): it cannot chat"
        ))
        .into());
    }
    tell(session, &prepared, quant);
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if wanted.output.is_none() {
        crate::disk::create_private(parent).map_err(|error| unwritten(&path, &error.to_string(), false))?;
    }
    let _lock = lock(&path)?;
    let part = path.with_added_extension("part");
    let n_there = fs::metadata(&part).map_or(0, |is| is.len());
    check_room(parent, prepared.draft.n_file_bytes().saturating_sub(n_there))?;
    let order = Order {
        source: path::absolute(&wanted.source)?,
        quant: quant.name().to_owned(),
        part: part.clone(),
        name,
        license: None,
    };
    let n_source_bytes = prepared.conversion().n_source_bytes(prepared.draft.tensors().len());
    work(session, &order, &path, n_source_bytes, &source)?;
    finish(&part, &path)?;
    let size = gb(prepared.draft.n_file_bytes());
    let model = if wanted.output.is_some() { shown.clone() } else { order.name.clone() };
    session.output.notice(&tr!(
        "好了：{shown}（{size}）。然后：liao -m {model}",
        "done: {shown} ({size}). Then: liao -m {model}"
    ));
    Ok(Exit::Success)
}

fn unknown_quant(typed: &str) -> Failed {
    let all: Vec<&str> = Quant::ALL.iter().map(|quant| quant.name()).collect();
    let (typed, all) = (Untrusted(typed), all.join(" "));
    Failed::usage(tr!(
        "--quant {typed}：没有这种量化。有的是：{all}",
        "--quant {typed}: no such type. There are: {all}"
    ))
}

/// What the model will be called.
fn name(wanted: &Wanted) -> Result<String, Failed> {
    let folder = || Some(fs::canonicalize(&wanted.source).ok()?.file_name()?.to_str()?.to_owned());
    // A file's own name, even if it is a link: in a hub's cache, what it leads to is called by its hash.
    let file = || requantize::name(&wanted.source).map(str::to_owned);
    let own = || if wanted.source.is_dir() { folder() } else { file() };
    let name = wanted.name.clone().or_else(own).unwrap_or_default();
    if is_name(&name) && !is_demo(&name) {
        return Ok(name);
    }
    let shown = Untrusted(&name);
    Err(Failed::usage(tr!(
        "{shown} 不能作模型的名字（只用字母、数字和 . _ -）。请用 --name 给一个",
        "{shown} cannot be a model's name (letters, digits and . _ - only). Give one with --name"
    )))
}

/// What is going to happen, before it does.
fn tell(session: &mut Session, prepared: &Prepared, quant: Quant) {
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let n_billion = prepared.n_elements() as f64 / 1e9;
    let n_tensors = prepared.draft.tensors().len();
    let from = gb(prepared.conversion().n_source_bytes(n_tensors));
    let (to, quant) = (gb(prepared.draft.n_file_bytes()), quant.name());
    session.output.notice(&tr!(
        "{n_billion:.1}B 个参数，{n_tensors} 个张量，{from} → {quant} {to}",
        "{n_billion:.1}B parameters, {n_tensors} tensors, {from} → {quant} {to}"
    ));
    if !prepared.left_out.is_empty() {
        let tokens: Vec<String> = prepared.left_out.iter().map(|token| Untrusted(token).to_string()).collect();
        let tokens = tokens.join(" ");
        session.output.warning(&tr!(
            "词嵌入里没有这些附加词元的行，略去：{tokens}",
            "the embedding has no rows for these added tokens, which are left out: {tokens}"
        ));
    }
    if !prepared.renamed.is_empty() {
        let ids: Vec<String> = prepared.renamed.iter().map(ToString::to_string).collect();
        let ids = ids.join(" ");
        session
            .verbose(&tr!("文字重复而改名的词元：{ids}", "tokens renamed because their text was there twice: {ids}"));
    }
}

/// Keeps a second liao from the same file: two that write it at once would spoil it for each other.
fn lock(path: &Path) -> Result<Lock, Failed> {
    let mut holder = None;
    // Nobody waits for hours to find the work done.
    let locked = Lock::take(path, &AtomicBool::new(true), |id| holder = id);
    match locked {
        Err(NotTaken::Stopped) => {
            let shown = untrusted::path(path);
            let holder = holder.map(|id| tr!("（进程 {id}）", " (process {id})")).unwrap_or_default();
            Err(Failed::new(
                Exit::Failure,
                tr!("另一个 liao{holder} 正在写 {shown}", "another liao{holder} is writing {shown}"),
            ))
        }
        locked => locked.map_err(|not_taken| Failure::from(not_taken).into()),
    }
}

/// A full disk is told before hours of work, not after.
fn check_room(folder: &Path, n_bytes: u64) -> Result<(), Failed> {
    if let Ok(free) = fs4::available_space(folder) {
        let needed = n_bytes.saturating_add(SPARE_BYTES);
        if free < needed {
            let (folder, free, needed) = (untrusted::path(folder), gb(free), gb(needed));
            return Err(Failed::new(
                Exit::Resources,
                tr!(
                    "{folder} 所在的磁盘空间不够：需要 {needed}，还有 {free}。请腾出空间，或用 --output 写到别处",
                    "not enough room on the disk of {folder}: {needed} is needed, {free} is free. Make room, or write elsewhere with --output"
                ),
            ));
        }
    }
    Ok(())
}

/// Has the file made by a process of its own.
fn work(session: &mut Session, order: &Order, path: &Path, n_source_bytes: u64, source: &str) -> anyhow::Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    // A group of its own: the terminal's Ctrl-C is for us, who say what becomes of it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command
        .arg("importer")
        .env("LIAO_LANG", spoken().name())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // If it has ended already, that is told below.
        let _ = stdin.write_all(&[serde_json::to_vec(order)?.as_slice(), b"\n"].concat());
    }
    let told = listen(&mut child);
    let what = tr!("正在转换", "converting");
    let done = loop {
        match told.recv_timeout(TICK) {
            Ok(Told::Progress { n_source_bytes: n_done }) => session.status.working(&what, n_done, n_source_bytes),
            Ok(done) => break Some(done),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break None,
        }
        if session.interrupts.take() > 0 {
            session.status.clear();
            let _ = child.kill();
            let _ = child.wait();
            return Err(Failed::new(
                Exit::Interrupted,
                tr!("停下了；同样的命令会接着做", "stopped; the same command goes on with it"),
            )
            .into());
        }
    };
    session.status.clear();
    let status = child.wait()?;
    match done {
        Some(Told::Finished) => Ok(()),
        Some(Told::Refused { message }) => Err(Failed::new(Exit::Model, format!("{source}: {message}")).into()),
        Some(Told::Unwritten { message, is_full }) => Err(unwritten(path, &message, is_full).into()),
        Some(Told::Progress { .. }) | None => Err(Failed::new(
            Exit::EngineDied,
            tr!(
                "转换的进程停了（{status}）；同样的命令会接着做",
                "the converting process ended ({status}); the same command goes on with it"
            ),
        )
        .into()),
    }
}

/// What the process tells, as it comes.
fn listen(child: &mut Child) -> mpsc::Receiver<Told> {
    let (send, told) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        std::thread::spawn(move || {
            let lines = BufReader::new(stdout).lines().map_while(Result::ok);
            for told in lines.filter_map(|line| serde_json::from_str(&line).ok()) {
                if send.send(told).is_err() {
                    return;
                }
            }
        });
    }
    told
}

fn unwritten(path: &Path, why: &str, is_full: bool) -> Failed {
    let path = untrusted::path(path);
    let why = Untrusted(why);
    let exit = if is_full { Exit::Resources } else { Exit::Failure };
    Failed::new(
        exit,
        tr!(
            "{path} 写不了：{why}。问题解决后，同样的命令会接着做",
            "{path} cannot be written: {why}. Once that is mended, the same command goes on with it"
        ),
    )
}

/// Only a file that our own validator takes gets its name.
fn finish(part: &Path, path: &Path) -> anyhow::Result<()> {
    open::sound(part)?;
    fs::rename(part, path).map_err(|error| unwritten(path, &error.to_string(), false))?;
    // What is left of it is of no use, and in nobody's way.
    let _ = fs::remove_file(journal::path(part));
    Ok(())
}
