//! A checkpoint to a GGUF file: what is known and told before the first byte is written, how far it is, and how the
//! file gets its name. The work is done by a process of its own (`converter`). Where the checkpoint is, is for `import`
//! and `pull` to say; from here on both are the same.
//!
//! The invariant: under the final name there is a file that our own validator takes, or none. What is unfinished is
//! kept beside it where it can be gone on with, and else goes.

mod converter;

pub(super) use converter::{Source, serve};

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::atomic::AtomicBool;

use super::progress::Progress;
use super::{Call, open};
use crate::config::registry::gb;
use crate::disk::lock::{Lock, NotTaken, other_liao};
use crate::disk::{self, SPARE_BYTES};
use crate::exit::{Exit, Failed};
use crate::import::journal;
use crate::import::mixture::Quant;
use crate::import::worker::{Order, Prospect, Told};
use crate::store::download::Failure;
use crate::text::untrusted::{self, Untrusted};
use crate::tr;
use converter::Worker;

/// What is to be made.
pub(super) struct Job {
    pub(super) source: Source,
    /// What stands before everything that is said of the source; fit for a terminal.
    pub(super) shown: String,
    /// The version of the source, where it has a name.
    pub(super) origin: Option<String>,
    pub(super) quant: Quant,
    /// The model's name, for the file's metadata.
    pub(super) name: String,
    pub(super) license: Option<String>,
    /// The file; there is none yet.
    pub(super) path: PathBuf,
}

impl Job {
    /// The file while it is unfinished.
    fn part(&self) -> PathBuf {
        part_of(&self.path)
    }
}

/// What a file is called while it is unfinished.
pub(super) fn part_of(path: &Path) -> PathBuf {
    path.with_added_extension("part")
}

/// Which version of its source an unfinished file is begun from, if there is such.
pub(super) fn begun_from(path: &Path) -> Option<String> {
    journal::origin(&journal::path(&part_of(path)))
}

/// Makes the file, and says how many bytes it has. `None`: another liao has made it meanwhile.
pub(super) fn convert(call: &mut Call, job: &Job) -> anyhow::Result<Option<u64>> {
    check_source(job)?;
    let order = Order {
        source: &job.source,
        origin: job.origin.clone(),
        quant: job.quant.name().to_owned(),
        part: job.part(),
        name: job.name.clone(),
        license: job.license.clone(),
    };
    let mut worker = Worker::start(&order)?;
    let prospect = prospect(&mut worker, call, job)?;
    if prospect.is_reward_model {
        let (shown, why) = (
            &job.shown,
            tr!(
                "这是给回答打分的奖励模型（有 v_head，没有输出层），不能对话",
                "this is a reward model, which scores answers (it has a v_head and no output): it cannot chat"
            ),
        );
        return Err(Failed::new(Exit::Model, format!("{shown}: {why}")).into());
    }
    tell(call, &prospect, job.quant);
    let folder = disk::folder_of(&job.path);
    if job.path.starts_with(call.config.paths.models()) {
        disk::create_private(folder).map_err(|error| unwritten(&job.path, &error.to_string(), false))?;
    }
    let _lock = lock(&job.path)?;
    // Reading the list of tensors took its time; what another has made since is not made again, nor written over.
    if job.path.exists() {
        return Ok(None);
    }
    let n_there = fs::metadata(job.part()).map_or(0, |is| is.len());
    check_room(folder, prospect.n_file_bytes.saturating_sub(n_there))?;
    let last = write(&mut worker, call, job, prospect.n_source_bytes);
    call.status.clear();
    // Until it has ended, it may still keep what is finished: then the journal would be there again.
    let status = worker.stop(|| false);
    let made = last.and_then(|last| match last {
        Some(Told::Finished) => finish(job),
        last => {
            if matches!(last, Some(Told::Lost { is_changed: true, .. })) {
                forget(job);
            }
            Err(failed(status, last, job).into())
        }
    });
    if made.is_err() {
        leave(job);
    }
    made.map(|()| Some(prospect.n_file_bytes))
}

/// No file that is written on the way may be the source itself, which would be emptied.
fn check_source(job: &Job) -> Result<(), Failed> {
    let Source::Local(source) = &job.source else { return Ok(()) };
    let part = job.part();
    let on_the_way = [job.path.with_added_extension("lock"), journal::path(&part), part];
    let source = fs::canonicalize(source).ok();
    match on_the_way.iter().find(|path| source.is_some() && fs::canonicalize(path).ok() == source) {
        None => Ok(()),
        Some(path) => {
            let (own, path) = (untrusted::path(path), untrusted::path(&job.path));
            Err(Failed::usage(tr!(
                "要做 {path}，liao 得先写 {own}，而那正是要读的文件，会被覆盖。请给它改个名字，或用 --output 换一个文件",
                "to make {path}, liao has to write {own} first, which is the input file and would be lost. Rename it, or name another file with --output"
            )))
        }
    }
}

/// What is going to happen, before it does.
fn tell(call: &mut Call, prospect: &Prospect, quant: Quant) {
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let n_billion = prospect.n_elements as f64 / 1e9;
    let n_tensors = prospect.n_tensors;
    let (from, to, quant) = (gb(prospect.n_source_bytes), gb(prospect.n_file_bytes), quant.name());
    call.output.notice(&tr!(
        "{n_billion:.1}B 个参数，{n_tensors} 个张量，{from} → {quant} {to}",
        "{n_billion:.1}B parameters, {n_tensors} tensors, {from} → {quant} {to}"
    ));
    if !prospect.left_out.is_empty() {
        let tokens: Vec<String> = prospect.left_out.iter().map(|token| Untrusted(token).to_string()).collect();
        let tokens = tokens.join(" ");
        call.output.warning(&tr!(
            "词嵌入里没有这些附加词元的行，略去：{tokens}",
            "the embedding has no rows for these added tokens, which are left out: {tokens}"
        ));
    }
    if !prospect.renamed.is_empty() {
        let ids: Vec<String> = prospect.renamed.iter().map(ToString::to_string).collect();
        let ids = ids.join(" ");
        call.verbose(&tr!("文字重复而改名的词元：{ids}", "tokens renamed because their text was there twice: {ids}"));
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
            let other = other_liao(holder);
            Err(Failed::new(
                Exit::Failure,
                tr!(
                    "{other}正在写 {shown}。等它做完，再运行一次",
                    "{other} is writing {shown}. Wait until it is done, and run the same command again"
                ),
            ))
        }
        locked => locked.map_err(|not_taken| Failure::from(not_taken).into()),
    }
}

/// A full disk is told before hours of work, not after.
pub(super) fn check_room(folder: &Path, n_bytes: u64) -> Result<(), Failed> {
    disk::check_room(folder, n_bytes, SPARE_BYTES).map_err(|no_room| Failure::from(no_room).into())
}

fn unwritten(path: &Path, why: &str, is_full: bool) -> Failed {
    let path = untrusted::path(path);
    let why = Untrusted(why);
    let exit = if is_full { Exit::Resources } else { Exit::Failure };
    Failed::new(
        exit,
        tr!(
            "{path} 写不了：{why}。问题解决后，同样的命令会接着做",
            "{path} cannot be written: {why}. Once that is fixed, the same command resumes it"
        ),
    )
}

/// Only a file that our own validator takes gets its name.
fn finish(job: &Job) -> anyhow::Result<()> {
    let part = job.part();
    // With its journal it would be taken for finished again and again.
    open::sound(&part).inspect_err(|_| forget(job))?;
    disk::rename(&part, &job.path).map_err(|error| unwritten(&job.path, &error.to_string(), false))?;
    forget(job);
    Ok(())
}

/// Takes the journal away. Without it, nobody goes on with what may be left.
fn forget(job: &Job) {
    let _ = fs::remove_file(journal::path(&job.part()));
}

/// An unfinished file stays where there is something in it to go on with.
fn leave(job: &Job) {
    let part = job.part();
    if !journal::path(&part).exists() {
        let _ = fs::remove_file(part);
    }
}

/// What is known before any weights are read.
fn prospect(worker: &mut Worker, call: &mut Call, job: &Job) -> anyhow::Result<Prospect> {
    let what = tr!("正在读取张量的目录", "reading the list of tensors");
    let prospect = loop {
        match worker.next(call)? {
            Some(Told::Prepared(prospect)) => break Ok(prospect),
            Some(Told::Arrived { n_bytes }) => call.status.working(&what, n_bytes, n_bytes),
            other => break Err(failed(worker.stop(|| false), other, job).into()),
        }
    };
    call.status.clear();
    prospect
}

/// Has the file written, as far as it comes; gives back the last that was told.
fn write(worker: &mut Worker, call: &mut Call, job: &Job, n_total: u64) -> anyhow::Result<Option<Told>> {
    worker.go_on();
    let is_far = matches!(job.source, Source::Hub(_));
    let verb = match is_far {
        true => tr!("正在下载并转换", "downloading and converting"),
        false => tr!("正在转换", "converting"),
    };
    let mut progress = Progress::default();
    // Once it has begun: what was finished in earlier runs, and what of this one had come before.
    let (mut begun, mut n_arrived) = (None, 0);
    loop {
        let n_done = match worker.next(call)? {
            Some(Told::Arrived { n_bytes }) => {
                n_arrived = n_bytes;
                begun.map(|(n_finished, n_before)| n_finished + n_bytes.saturating_sub(n_before))
            }
            Some(Told::Progress { n_source_bytes }) if begun.is_none() => {
                begun = Some((n_source_bytes, n_arrived));
                None
            }
            // Of what is far away, what has come is the better measure.
            Some(Told::Progress { n_source_bytes }) => (!is_far).then_some(n_source_bytes),
            last => return Ok(last),
        };
        if let Some(n_done) = n_done {
            progress.moved(call, &verb, n_done.min(n_total), Some(n_total));
        }
    }
}

/// Why there is no file, from the last that was told and how the process ended.
fn failed(status: Option<ExitStatus>, last: Option<Told>, job: &Job) -> Failed {
    let shown = &job.shown;
    match last {
        Some(Told::Refused { message }) => Failed::new(Exit::Model, format!("{shown}: {message}")),
        Some(Told::Lost { message, .. }) => Failed::new(Exit::Network, format!("{shown}: {message}")),
        Some(Told::Unwritten { message, is_full }) => unwritten(&job.path, &message, is_full),
        _ => {
            let status = status.map(|status| status.to_string()).unwrap_or_default();
            Failed::new(
                Exit::EngineDied,
                tr!(
                    "转换的进程停了（{status}）；同样的命令会接着做",
                    "the converting process ended ({status}); the same command resumes it"
                ),
            )
        }
    }
}
