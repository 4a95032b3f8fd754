//! Having a file of a model: as it is there already, out of another program's cache, or from several servers that are
//! all held to the same hash, by several connections, going on where it broke off, today or next week.
//!
//! The invariant: under the final name there is the right file or none (or whatever was there before), at every moment
//! and however it ends. What is unfinished has a name of its own (`part`) and is worth what is written beside it
//! (`sidecar`). A token goes to the origin it belongs to and is never shown ([`request`], [`secret`]).
//!
//! Nothing is printed here: progress goes to a callback, and why there is no file is a [`Failure`]. Which file of which
//! repository is wanted is decided elsewhere; [`endpoint`] makes addresses of it and [`inquiry`] asks the hubs what
//! there is.

pub mod address;
mod adopt;
mod connection;
mod desk;
pub mod endpoint;
pub mod extents;
pub mod failure;
pub mod inquiry;
pub mod pace;
mod part;
pub mod range;
pub mod request;
pub mod secret;
pub mod sidecar;
pub mod sum;
mod transfer;
pub mod tree;
pub mod trouble;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use address::{Address, Origin};
use part::Part;
use secret::Secret;
use sidecar::Sidecar;
use sum::Sum;
use transfer::{Standing, Taken, Transfer};
use trouble::Trouble;

pub use failure::Failure;
pub use pace::Pace;

use crate::disk;
use crate::disk::lock::Lock;
use crate::text::names;

/// A file to be had.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What it is to be on this disk; its folder is made where it is missing.
    pub path: PathBuf,
    /// A file of another program's that may be it.
    pub cached: Option<PathBuf>,
    /// Where it can be had, the best first. Without any, nobody is asked: what is not on this disk stays away.
    pub sources: Vec<Address>,
    /// Its length, where it is known.
    pub n_bytes: Option<u64>,
    /// Its hash, where it is known. Without one, only the length and the server's own word tell a whole file.
    pub sum: Option<Sum>,
    /// The commit that the sources name, to be written down with what is unfinished.
    pub commit: Option<String>,
}

impl Wanted {
    fn is_gguf(&self) -> bool {
        self.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gguf"))
    }
}

/// How servers are asked.
#[derive(Debug, Clone, Default)]
pub struct Net {
    /// How patiently.
    pub pace: Pace,
    /// The tokens, each with the one origin that it goes to.
    pub tokens: Vec<(Origin, Secret)>,
}

/// What happens meanwhile.
#[derive(Debug)]
pub enum Event<'a> {
    /// Another liao works on the same file.
    Waiting {
        /// Its process, where that is known.
        holder: Option<u32>,
    },
    /// What is there under the name is not the file. It stays until the file is there, whole and checked.
    Altered {
        /// The length of what is there.
        n_bytes: u64,
        /// Its hash; not made where the length is wrong already.
        sum: Option<Sum>,
    },
    /// Another program's file was it, and is ours too now.
    Adopted {
        /// That file.
        path: &'a Path,
        /// Whether it had to be copied, so that it takes room on the disk.
        is_copy: bool,
    },
    /// The hash of what is there is being made.
    Checking {
        /// So far.
        n_bytes: u64,
        /// Of so many.
        n_total: u64,
    },
    /// A server is asked, the first or the next.
    Asking {
        /// Which.
        host: &'a str,
    },
    /// So much is there; told ten times a second.
    Moved {
        /// Bytes that are there, those of earlier runs included.
        n_bytes: u64,
        /// Of so many, where that is known.
        n_total: Option<u64>,
    },
    /// A connection failed, and tries again after a pause.
    Troubled {
        /// Whose.
        host: &'a str,
        /// How.
        trouble: &'a Trouble,
        /// How long the pause is.
        pause: Duration,
    },
    /// A server does not go on, so the next one is asked.
    GaveUp {
        /// Which.
        host: &'a str,
        /// Why.
        trouble: &'a Trouble,
    },
    /// What has come from a server cannot be gone on with: it begins at zero again.
    StartedOver {
        /// Which.
        host: &'a str,
        /// Why.
        why: &'a Trouble,
    },
    /// What has come is not the file: it begins at zero again, once.
    Wrong {
        /// Where the last of it came from.
        host: &'a str,
    },
}

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its length.
    pub n_bytes: u64,
    /// Its hash.
    pub sum: Sum,
    /// Where the last of it came from; `None`: it was there already.
    pub host: Option<String>,
}

/// Sees to it that a file is there: at once where it is and is right, else by fetching it. `cancel` may be set at any
/// time and is seen within a moment, or where a connection is just being made, as soon as that is done or has failed;
/// what has come is kept.
///
/// # Errors
/// [`Failure`]; then there is no file under the final name that was not there before.
pub fn fetch(
    wanted: &Wanted,
    net: &Net,
    cancel: &AtomicBool,
    report: &mut dyn FnMut(Event<'_>),
) -> Result<Fetched, Failure> {
    let name = wanted.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    names::check_file(name).map_err(Failure::Name)?;
    if wanted.sources.is_empty() && wanted.cached.is_none() && !wanted.path.exists() {
        return Err(Failure::Offline);
    }
    let folder = wanted.path.parent().unwrap_or(Path::new("."));
    disk::create_private(folder).map_err(Failure::disk(folder))?;
    let _lock = Lock::take(&wanted.path, cancel, |holder| report(Event::Waiting { holder }))?;
    if let Some(fetched) = find(wanted, cancel, report)? {
        return Ok(fetched);
    }
    if let Some(cached) = &wanted.cached
        && let Some(fetched) = adopt::adopt(wanted, cached, net.pace.n_spare_bytes, cancel, report)?
    {
        return Ok(fetched);
    }
    if wanted.sources.is_empty() {
        return Err(Failure::Offline);
    }
    let (part, known) = Part::open(&wanted.path)?;
    let standings = vec![Standing::default(); wanted.sources.len()];
    let transfer = Transfer { wanted, net, cancel, report, standings, first: 0 };
    finish(transfer, part, known)
}

/// The file, where it is there already and is right.
fn find(wanted: &Wanted, cancel: &AtomicBool, report: &mut dyn FnMut(Event<'_>)) -> Result<Option<Fetched>, Failure> {
    let at = |error| Failure::Disk { path: wanted.path.clone(), error };
    let n_bytes = match fs::metadata(&wanted.path) {
        Ok(is) if is.is_file() => is.len(),
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(error)),
    };
    let is_known = wanted.n_bytes.is_some() || wanted.sum.is_some();
    if !is_known {
        return Ok(None);
    }
    if wanted.n_bytes.is_some_and(|expected| expected != n_bytes) {
        report(Event::Altered { n_bytes, sum: None });
        return Ok(None);
    }
    let file = File::open(&wanted.path).map_err(at)?;
    let sum = check(file, n_bytes, cancel, report).map_err(|error| match error.kind() {
        io::ErrorKind::Interrupted => Failure::Cancelled,
        _ => at(error),
    })?;
    if wanted.sum.is_some_and(|expected| expected != sum) {
        report(Event::Altered { n_bytes, sum: Some(sum) });
        return Ok(None);
    }
    Ok(Some(Fetched { n_bytes, sum, host: None }))
}

/// The hash of so many bytes that can be read, told while it is made. [`io::ErrorKind::Interrupted`]: told to stop.
fn check(reader: impl Read, n_total: u64, cancel: &AtomicBool, report: &mut dyn FnMut(Event<'_>)) -> io::Result<Sum> {
    Sum::of_reader(reader, |n_bytes| {
        report(Event::Checking { n_bytes, n_total });
        !cancel.load(Ordering::Relaxed)
    })
}

/// Fills the file until it is right, and gives it its name.
fn finish(mut transfer: Transfer<'_>, part: Part, known: Option<Sidecar>) -> Result<Fetched, Failure> {
    let wanted = transfer.wanted;
    let new =
        || Sidecar { commit: wanted.commit.clone(), n_bytes: wanted.n_bytes, sum: wanted.sum, ..Sidecar::default() };
    let first_host = wanted.sources.first().map(|source| source.origin().to_string()).unwrap_or_default();
    let mut known = match known.filter(|known| known.is_of(wanted.n_bytes, wanted.sum, &first_host)) {
        Some(known) => Sidecar { commit: wanted.commit.clone(), n_bytes: wanted.n_bytes.or(known.n_bytes), ..known },
        None => new(),
    };
    let mut has_failed = false;
    loop {
        let (sum, n_bytes) = match transfer.take(&part, known) {
            Ok(Taken::Whole { sum, n_bytes }) => (sum, n_bytes),
            Ok(Taken::StartOver) => {
                known = new();
                continue;
            }
            Err(failure) => {
                part.leave();
                return Err(failure);
            }
        };
        let host = wanted.sources.get(transfer.first).map(|source| source.origin().to_string()).unwrap_or_default();
        match wanted.sum {
            Some(expected) if expected != sum && has_failed => {
                part.discard();
                return Err(Failure::Wrong { expected, found: sum, host });
            }
            Some(expected) if expected != sum => {
                (transfer.report)(Event::Wrong { host: &host });
                has_failed = true;
                transfer.first = (transfer.first + 1) % wanted.sources.len().max(1);
                known = new();
            }
            _ => {
                part.finish(n_bytes, &wanted.path)?;
                return Ok(Fetched { n_bytes, sum, host: Some(host) });
            }
        }
    }
}
