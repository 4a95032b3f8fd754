//! The process that imports: told once what to do, by one JSON line on stdin, it tells how far it is, one JSON line
//! each on stdout. It is a process of its own because ggml ends its process over what it takes for a mistake of ours;
//! whoever started it then still has a sentence to say, and a file to go on with.

use std::fs::{self, File};
use std::io::{self, BufRead, Write};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::PathBuf;
#[cfg(unix)]
use std::sync::{Arc, atomic::AtomicBool};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::metadata::{self, About};
use super::mixture::Quant;
use super::source::{self, Folder};
use super::stream::{Progress, Unfinished};
use super::vocabulary::MAX_JSON_BYTES;
use super::{Prepared, Refused, journal};
use crate::disk;

/// How often progress is told.
const TOLD_EVERY: Duration = Duration::from_millis(200);

/// How often what is finished is made to last. Losing so much to a power cut is no great loss.
const KEPT_EVERY: Duration = Duration::from_secs(10);

/// What is to be imported, and into which file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The checkpoint's folder, or a GGUF file.
    pub source: PathBuf,
    /// A quantization's name.
    pub quant: String,
    /// The file under its unfinished name.
    pub part: PathBuf,
    /// The model's name, for the file's metadata.
    pub name: String,
    /// Its licence, where it is known.
    pub license: Option<String>,
}

impl Order {
    /// What the file is to say of itself.
    fn about(&self, folder: &dyn Folder) -> Result<About, Refused> {
        let card = super::file(folder, "README.md", MAX_JSON_BYTES)?;
        let card = card.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok(About {
            name: self.name.clone(),
            license: self.license.clone().or_else(|| metadata::card_license(&card.unwrap_or_default())),
            generation_config: super::file(folder, "generation_config.json", MAX_JSON_BYTES)?,
            ..About::default()
        })
    }
}

/// What the worker tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Told {
    /// How far it is.
    Progress {
        /// Bytes of the source's tensors that are done.
        n_source_bytes: u64,
    },
    /// The file is whole, and on the disk.
    Finished,
    /// The source is no good; the sentence comes after its path.
    Refused {
        /// The sentence.
        message: String,
    },
    /// The file could not be written.
    Unwritten {
        /// The system's words.
        message: String,
        /// Whether there was no room.
        is_full: bool,
    },
}

/// Does what stdin says.
///
/// # Errors
/// Only where stdin or stdout fails; everything else is told.
pub fn serve() -> io::Result<()> {
    // A file that may grow no further is then an error to be told, and not the end.
    #[cfg(unix)]
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let order: Order = serde_json::from_str(&line)?;
    let mut out = io::stdout().lock();
    let mut tell = |told: &Told| {
        serde_json::to_writer(&mut out, told)?;
        out.write_all(b"\n")?;
        out.flush()
    };
    let told = match import(&order, &mut |n_source_bytes| tell(&Told::Progress { n_source_bytes })) {
        Ok(()) => Told::Finished,
        Err(Unfinished::Refused(refused)) => Told::Refused { message: refused.to_string() },
        Err(Unfinished::Write(error)) => {
            use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
            let is_full = matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge);
            Told::Unwritten { message: error.to_string(), is_full }
        }
        // Nobody listens any more.
        Err(Unfinished::Stopped) => return Ok(()),
    };
    tell(&told)
}

fn import(order: &Order, tell: &mut dyn FnMut(u64) -> io::Result<()>) -> Result<(), Unfinished> {
    let quant = Quant::from_name(&order.quant).ok_or_else(|| Refused::corrupt("quant", &order.quant))?;
    let folder = source::local(&order.source);
    let prepared = super::prepare(folder.as_ref(), quant, &order.about(folder.as_ref())?, Vec::new())?;
    let (mut file, first) = open(order, &prepared).map_err(Unfinished::Write)?;
    let fingerprint = fingerprint(order, &prepared);
    let (mut told_at, mut kept_at) = (Instant::now(), Instant::now());
    let mut n_kept = first;
    let journal = journal::path(&order.part);
    let keeper = file.try_clone().map_err(Unfinished::Write)?;
    let mut watch = |progress: Progress| {
        if told_at.elapsed() >= TOLD_EVERY {
            told_at = Instant::now();
            if tell(progress.n_source_bytes).is_err() {
                return ControlFlow::Break(());
            }
        }
        if kept_at.elapsed() >= KEPT_EVERY && progress.n_finished > n_kept {
            kept_at = Instant::now();
            n_kept = progress.n_finished;
            // Should this fail, a little more is done again one day.
            let _ = keeper.sync_data().and_then(|()| journal::write(&journal, &fingerprint, n_kept));
        }
        ControlFlow::Continue(())
    };
    let n_threads = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    prepared.conversion().write(&mut file, first, n_threads, &mut watch)?;
    file.set_len(prepared.draft.n_file_bytes()).and_then(|()| file.sync_all()).map_err(Unfinished::Write)
}

/// The file, with its header written, and the number of the first tensor that is still to be written.
fn open(order: &Order, prepared: &Prepared) -> io::Result<(File, usize)> {
    let journal = journal::path(&order.part);
    let n_tensors = prepared.draft.tensors().len();
    let n_finished = journal::read(&journal, &fingerprint(order, prepared)).unwrap_or(0).min(n_tensors);
    let mut file = disk::open_own(&order.part)?;
    let n_needed_bytes =
        if n_finished < n_tensors { prepared.draft.position(n_finished) } else { prepared.draft.n_file_bytes() };
    let first = if file.metadata()?.len() >= n_needed_bytes { n_finished } else { 0 };
    if first == 0 {
        // What it says of an earlier file must not be taken for this one's.
        if let Err(error) = fs::remove_file(&journal)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        file.set_len(0)?;
        prepared.draft.write_header(&mut file)?;
    }
    Ok((file, first))
}

/// What an unfinished file must agree in to be gone on with: its own header, and the files it is made of.
fn fingerprint(order: &Order, prepared: &Prepared) -> String {
    let mut digest = Sha256::new();
    let mut header = Vec::new();
    // Writing to a Vec cannot fail.
    let _ = prepared.draft.write_header(&mut header);
    digest.update(&header);
    for (name, n_bytes) in prepared.shards() {
        digest.update(name.as_bytes());
        digest.update(n_bytes.to_le_bytes());
        // Trained further, a model has files of the same names and sizes.
        let folder = if order.source.is_dir() { Some(order.source.as_path()) } else { order.source.parent() };
        let modified = folder.and_then(|folder| fs::metadata(folder.join(name)).and_then(|is| is.modified()).ok());
        let since = modified.and_then(|modified| modified.duration_since(SystemTime::UNIX_EPOCH).ok());
        digest.update(since.unwrap_or_default().as_nanos().to_le_bytes());
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
