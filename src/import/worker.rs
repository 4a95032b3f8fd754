//! The process that imports. One JSON line on stdin orders what is to be done; it answers with what will come of it,
//! and begins to write when a second line, of whatever, says so. How far it is it tells with one JSON line each on stdout.
//! When stdin ends, nobody waits for it any more: it keeps what is finished and ends, too.
//!
//! It is a process of its own because ggml ends its process over what it takes for a mistake of ours; whoever started
//! it then still has a sentence to say, and a file to go on with.

use std::fs::{self, File};
use std::io::{self, BufRead, Write};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::PathBuf;
#[cfg(unix)]
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::metadata::{self, About};
use super::mixture::Quant;
use super::source::{Folder, Lost};
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
pub struct Order<S> {
    /// Where the checkpoint is, in the words of whoever opens it.
    pub source: S,
    /// Which version of it that is, where it has a name; kept with what is unfinished.
    pub origin: Option<String>,
    /// A quantization's name.
    pub quant: String,
    /// The file under its unfinished name.
    pub part: PathBuf,
    /// The model's name, for the file's metadata.
    pub name: String,
    /// Its licence, where it is known.
    pub license: Option<String>,
}

impl<S> Order<S> {
    /// What the file is to say of itself.
    fn about(&self, folder: &dyn Folder) -> Result<About, Refused> {
        let card = super::file(folder, "README.md", MAX_JSON_BYTES)?;
        let card = card.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok(About {
            name: self.name.clone(),
            license: self.license.clone().or_else(|| metadata::card_license(&card.unwrap_or_default())),
            generation_config: super::file(folder, "generation_config.json", MAX_JSON_BYTES)?,
        })
    }
}

/// What is known before any weights are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prospect {
    /// How many weights there are.
    pub n_elements: u64,
    /// In how many tensors.
    pub n_tensors: usize,
    /// Bytes of the source's tensors.
    pub n_source_bytes: u64,
    /// Bytes of the file that it becomes.
    pub n_file_bytes: u64,
    /// As in [`Prepared`].
    pub renamed: Vec<u32>,
    /// As in [`Prepared`]. Untrusted.
    pub left_out: Vec<String>,
    /// As [`Prepared::is_reward_model`].
    pub is_reward_model: bool,
}

impl Prospect {
    fn of(prepared: &Prepared) -> Self {
        let n_tensors = prepared.draft.tensors().len();
        Self {
            n_elements: prepared.n_elements(),
            n_tensors,
            n_source_bytes: prepared.conversion().n_source_bytes(n_tensors),
            n_file_bytes: prepared.draft.n_file_bytes(),
            renamed: prepared.renamed.clone(),
            left_out: prepared.left_out.clone(),
            is_reward_model: prepared.is_reward_model(),
        }
    }
}

/// What the worker tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Told {
    /// It can be imported; the worker now waits for the word.
    Prepared(Prospect),
    /// So much has come from far away so far, the heads of files included.
    Arrived {
        /// In bytes.
        n_bytes: u64,
    },
    /// Something that a person should know, as a sentence that is fit for a terminal.
    Notice {
        /// The sentence.
        message: String,
    },
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
    /// The source is far away, and cannot be read any more.
    Lost {
        /// The sentence.
        message: String,
        /// Whether it is another one now, and what is finished of no use.
        is_changed: bool,
    },
    /// The file could not be written.
    Unwritten {
        /// The system's words.
        message: String,
        /// Whether there was no room.
        is_full: bool,
    },
}

/// Tells whoever started this process; any thread may.
///
/// # Errors
/// Where nobody listens any more.
pub fn tell(told: &Told) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, told)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Does what stdin says. `open` opens the source that the order names.
///
/// # Errors
/// Only where stdin or stdout fails; everything else is told.
pub fn serve<S: DeserializeOwned>(open: impl FnOnce(&S) -> Result<Box<dyn Folder>, Lost>) -> io::Result<()> {
    // A file that may grow no further is then an error to be told, and not the end.
    #[cfg(unix)]
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let order: Order<S> = serde_json::from_str(&line)?;
    let parent = Parent::listen();
    let imported = match open(&order.source) {
        Ok(folder) => import(&order, folder.as_ref(), &parent),
        Err(lost) => Err(Refused::Lost(lost).into()),
    };
    let told = match imported {
        Ok(()) => Told::Finished,
        Err(Unfinished::Refused(refused)) => match refused.lost() {
            Some(lost) => Told::Lost { message: lost.to_string(), is_changed: matches!(lost, Lost::Changed(_)) },
            None => Told::Refused { message: refused.to_string() },
        },
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

fn import<S>(order: &Order<S>, folder: &dyn Folder, parent: &Parent) -> Result<(), Unfinished> {
    let quant = Quant::from_name(&order.quant).ok_or_else(|| Refused::corrupt("quant", &order.quant))?;
    let prepared = super::prepare(folder, quant, &order.about(folder)?)?;
    tell(&Told::Prepared(Prospect::of(&prepared))).map_err(|_| Unfinished::Stopped)?;
    parent.wait()?;
    let (mut file, first) = open(order, &prepared).map_err(Unfinished::Write)?;
    let keeper = parent.keep(Keeper {
        file: file.try_clone().map_err(Unfinished::Write)?,
        journal: journal::path(&order.part),
        fingerprint: fingerprint(order, &prepared),
        origin: order.origin.clone(),
        n_finished: Mutex::new((first, first)),
    });
    let conversion = prepared.conversion();
    let tell_bytes = |n_source_bytes| tell(&Told::Progress { n_source_bytes });
    tell_bytes(conversion.n_source_bytes(first)).map_err(|_| Unfinished::Stopped)?;
    let (mut told_at, mut kept_at) = (Instant::now(), Instant::now());
    let mut watch = |progress: Progress| {
        keeper.finished(progress.n_finished);
        if told_at.elapsed() >= TOLD_EVERY {
            told_at = Instant::now();
            if tell_bytes(progress.n_source_bytes).is_err() {
                return ControlFlow::Break(());
            }
        }
        if kept_at.elapsed() >= KEPT_EVERY {
            kept_at = Instant::now();
            keeper.keep();
        }
        ControlFlow::Continue(())
    };
    let n_threads = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let written = conversion.write(&mut file, first, n_threads, &mut watch);
    let end = || file.set_len(prepared.draft.n_file_bytes()).and_then(|()| file.sync_all());
    let written = written.and_then(|()| end().map_err(Unfinished::Write));
    // Also of what is whole: the thread that listens must find nothing more to write down while this process ends.
    keeper.keep();
    written
}

/// Whoever started this process, at the other end of stdin.
struct Parent {
    word: Receiver<()>,
    keeper: Arc<OnceLock<Keeper>>,
}

impl Parent {
    /// Listens from here on. When there is nobody any more, the process ends.
    fn listen() -> Self {
        let (send, word) = mpsc::channel();
        let keeper = Arc::new(OnceLock::<Keeper>::new());
        let kept = Arc::clone(&keeper);
        thread::spawn(move || {
            for _ in io::stdin().lock().lines().map_while(Result::ok) {
                // Once it has begun, there is nothing more to be said.
                let _ = send.send(());
            }
            if let Some(keeper) = kept.get() {
                keeper.keep();
            }
            std::process::exit(0);
        });
        Self { word, keeper }
    }

    /// Waits for the word.
    fn wait(&self) -> Result<(), Unfinished> {
        self.word.recv().map_err(|_| Unfinished::Stopped)
    }

    /// From here on there is something to be kept at the end.
    fn keep(&self, keeper: Keeper) -> &Keeper {
        self.keeper.get_or_init(|| keeper)
    }
}

/// Makes what is finished last, and writes down that it does.
struct Keeper {
    file: File,
    journal: PathBuf,
    fingerprint: String,
    origin: Option<String>,
    /// How many tensors are finished, and of how many that is written down.
    n_finished: Mutex<(usize, usize)>,
}

impl Keeper {
    fn finished(&self, n: usize) {
        self.n_finished.lock().unwrap_or_else(PoisonError::into_inner).0 = n;
    }

    /// Should it fail, a little more is done again one day.
    fn keep(&self) {
        let mut n_finished = self.n_finished.lock().unwrap_or_else(PoisonError::into_inner);
        let (n, n_kept) = *n_finished;
        let write = || journal::write(&self.journal, &self.fingerprint, n, self.origin.as_deref());
        if n > n_kept && self.file.sync_data().and_then(|()| write()).is_ok() {
            n_finished.1 = n;
        }
    }
}

/// The file, with its header written, and the number of the first tensor that is still to be written.
fn open<S>(order: &Order<S>, prepared: &Prepared) -> io::Result<(File, usize)> {
    let mut file = disk::open_own(&order.part)?;
    // A process like this one, of a liao that was killed, may still be about to end.
    match file.lock() {
        // On a file system without locks there is nothing to wait by.
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
        locked => locked?,
    }
    let journal = journal::path(&order.part);
    let n_tensors = prepared.draft.tensors().len();
    let n_finished = journal::read(&journal, &fingerprint(order, prepared)).unwrap_or(0).min(n_tensors);
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

/// What an unfinished file must agree in to be gone on with: its own header, and the files it is made of, with the
/// version of them all where the files themselves have none.
fn fingerprint<S>(order: &Order<S>, prepared: &Prepared) -> String {
    let mut digest = Sha256::new();
    digest.update(order.origin.as_deref().unwrap_or_default());
    let mut header = Vec::new();
    // Writing to a Vec cannot fail.
    let _ = prepared.draft.write_header(&mut header);
    digest.update(&header);
    for (name, n_bytes, version) in prepared.shards() {
        digest.update(name.as_bytes());
        digest.update(n_bytes.to_le_bytes());
        digest.update(version.as_bytes());
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
