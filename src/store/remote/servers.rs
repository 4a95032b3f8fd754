//! One part of a file from whichever server serves it: asked for, checked for being what was asked for, tried again
//! where that makes sense, and then elsewhere. How patiently is as for downloads ([`Pace`]); who wants the part, and
//! when, is not known here.
//!
//! A server that shows two versions of what its address, by naming a commit, says is one is left for another. Where not
//! even the file's hash is known that ends everything ([`Lost::Changed`]): of what was read until then nobody knows
//! which version it is of.

use std::collections::HashMap;
use std::io::Read;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Report;
use super::pool::Fetch;
use crate::import::source::Lost;
use crate::store::download::address::Address;
use crate::store::download::pace::{HEADWAY_BYTES, chance};
use crate::store::download::range::ETag;
use crate::store::download::request::{Answer, Client, Wish};
use crate::store::download::trouble::{Course, Trouble};
use crate::store::download::{Event, Net, Pace};
use crate::text::Untrusted;
use crate::tr;

/// How much is read from the network at a time.
const BUFFER_BYTES: usize = 256 << 10;

/// How often is told how much has come.
const TOLD_EVERY: Duration = Duration::from_millis(200);

/// How often is looked, during a pause, whether all is over.
const TICK: Duration = Duration::from_millis(50);

/// Where a file can be had.
pub(super) struct Place {
    pub(super) name: String,
    /// One address a server.
    pub(super) addresses: Vec<Address>,
    pub(super) n_bytes: u64,
    /// Whether the hub has told its hash: then all servers have the same file, or a wrong one.
    pub(super) has_sum: bool,
}

/// What the servers have shown so far.
#[derive(Default)]
struct Shown {
    /// Where the redirects lead, by file and server; such addresses expire.
    direct: HashMap<(usize, usize), Address>,
    /// The version of each file, as whoever sends it names it: a hub that redirects to several may have several names.
    versions: HashMap<(usize, String), ETag>,
}

/// How the servers have done so far.
struct Standing {
    /// The one that is asked; `None`: nobody is any more.
    current: Option<usize>,
    /// What was the matter with each when it was left, if it was.
    troubles: Vec<Option<Trouble>>,
    /// Those that are asked no more.
    are_out: Vec<bool>,
    /// How many were left since anything came.
    n_left: u32,
}

/// The servers that have the files.
pub(super) struct Servers {
    client: Client,
    pace: Pace,
    places: Vec<Place>,
    hosts: Vec<String>,
    shown: Mutex<Shown>,
    standing: Mutex<Standing>,
    n_arrived_bytes: AtomicU64,
    told_at: Mutex<Instant>,
    is_over: AtomicBool,
    report: Arc<Report>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Servers {
    pub(super) fn new(places: Vec<Place>, net: &Net, report: Arc<Report>) -> Self {
        // They are the same for all files.
        let hosts: Vec<String> = (places.first().into_iter().flat_map(|place| &place.addresses))
            .map(|address| address.origin().to_string())
            .collect();
        let n = hosts.len();
        let standing =
            Standing { current: (n > 0).then_some(0), troubles: vec![None; n], are_out: vec![false; n], n_left: 0 };
        Self {
            client: Client::new(&net.pace, net.tokens.clone()),
            pace: net.pace.clone(),
            places,
            hosts,
            shown: Mutex::default(),
            standing: Mutex::new(standing),
            n_arrived_bytes: AtomicU64::new(0),
            told_at: Mutex::new(Instant::now()),
            is_over: AtomicBool::new(false),
            report,
        }
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Appends what is missing of a span to `bytes`, by one request to one server.
    fn ask(&self, server: usize, file: usize, span: &Range<u64>, bytes: &mut Vec<u8>) -> Result<(), Trouble> {
        let n_bytes = self.places[file].n_bytes;
        let rest = span.start + bytes.len() as u64..span.end;
        let is_all = rest == (0..n_bytes);
        let answer = match self.answer(server, file, &rest, is_all) {
            Err(Trouble::NoSuchPart { n_total: Some(found) }) if found != n_bytes => {
                return Err(Trouble::Size { expected: n_bytes, found });
            }
            answer => answer?,
        };
        if answer.is_page {
            return Err(Trouble::Page);
        }
        // A weak one may change although the bytes do not.
        if let Some(version) = answer.etag.as_ref().filter(|version| version.strong().is_some()) {
            let place = (file, answer.address.origin().to_string());
            if lock(&self.shown).versions.entry(place).or_insert_with(|| version.clone()) != version {
                return Err(if self.places[file].has_sum { Trouble::TwoVersions } else { Trouble::Changed });
            }
        }
        if answer.is_whole && !is_all {
            if *span != (0..n_bytes) {
                return Err(Trouble::NoParts);
            }
            // All of it is wanted, and comes again from its start; what came before counts no more.
            self.n_arrived_bytes.fetch_sub(bytes.len() as u64, Ordering::Relaxed);
            bytes.clear();
        }
        if let Some(found) = answer.n_total.filter(|found| *found != n_bytes) {
            return Err(Trouble::Size { expected: n_bytes, found });
        }
        self.read(answer, span, bytes)
    }

    /// Asks directly where the last redirect led, else the way round.
    fn answer(&self, server: usize, file: usize, rest: &Range<u64>, is_all: bool) -> Result<Answer, Trouble> {
        let ask = |address: &Address| {
            let place = (file, address.origin().to_string());
            let version = lock(&self.shown).versions.get(&place).cloned();
            let only_if = version.as_ref().and_then(ETag::strong).map(str::to_owned);
            let part = (!is_all).then_some((rest.start, Some(rest.end)));
            self.client.file(address, &Wish { part, only_if })
        };
        let direct = lock(&self.shown).direct.get(&(file, server)).cloned();
        if let Some(direct) = direct {
            let answer = ask(&direct);
            if answer.is_err() {
                lock(&self.shown).direct.remove(&(file, server));
            }
            if !matches!(answer, Err(Trouble::Status { .. } | Trouble::NoSuchPart { .. })) {
                return answer;
            }
        }
        let address = &self.places[file].addresses[server];
        let answer = ask(address)?;
        if answer.address != *address {
            lock(&self.shown).direct.insert((file, server), answer.address.clone());
        }
        Ok(answer)
    }

    fn read(&self, mut answer: Answer, span: &Range<u64>, bytes: &mut Vec<u8>) -> Result<(), Trouble> {
        let (n_wanted, stall) = ((span.end - span.start) as usize, self.pace.stall);
        let mut buffer = vec![0; BUFFER_BYTES];
        let (mut pulse, mut n_pulse) = (Instant::now(), 0);
        while bytes.len() < n_wanted {
            let n_most = BUFFER_BYTES.min(n_wanted - bytes.len());
            let read = answer.body.read(&mut buffer[..n_most]);
            let n = match read.map_err(|error| Trouble::of_body(error, stall))? {
                0 => return Err(Trouble::Cut),
                n => n,
            };
            bytes.extend_from_slice(&buffer[..n]);
            self.arrived(n as u64);
            n_pulse += n as u64;
            if pulse.elapsed() >= stall {
                if self.pace.is_stalled(n_pulse, pulse.elapsed()) {
                    return Err(Trouble::Stalled(stall));
                }
                (pulse, n_pulse) = (Instant::now(), 0);
            }
        }
        // Only a body that was read to its end leaves its connection usable; what comes behind is not ours.
        let _ = answer.body.read(&mut buffer[..1]);
        Ok(())
    }

    fn arrived(&self, n_bytes: u64) {
        let n_bytes = self.n_arrived_bytes.fetch_add(n_bytes, Ordering::Relaxed) + n_bytes;
        let mut told_at = lock(&self.told_at);
        if told_at.elapsed() >= TOLD_EVERY {
            *told_at = Instant::now();
            (self.report)(&Event::Moved { n_bytes, n_total: None });
        }
    }

    /// Pauses before the next question to a server; no longer than it is the one that is asked.
    fn pause(&self, server: usize, pause: Duration) {
        let until = Instant::now() + pause;
        while !self.is_over() && lock(&self.standing).current == Some(server) && Instant::now() < until {
            thread::sleep(TICK.min(until - Instant::now().min(until)));
        }
    }

    /// Whom to ask.
    fn current(&self) -> Result<usize, Lost> {
        let standing = lock(&self.standing);
        standing.current.ok_or_else(|| self.unreachable(&standing))
    }

    fn unreachable(&self, standing: &Standing) -> Lost {
        let each = self.hosts.iter().zip(&standing.troubles);
        let each = each.filter_map(|(host, trouble)| {
            let trouble = trouble.as_ref()?;
            Some(tr!("{host} {trouble}", "{host}: {trouble}"))
        });
        let each = each.collect::<Vec<_>>().join(&tr!("；", "; "));
        Lost::Unreachable(tr!(
            "没能下载：{each}。做好的部分留着，再运行一次就接着做",
            "the download failed: {each}. What is finished is kept; run the same command again to go on"
        ))
    }

    fn has_others(standing: &Standing, server: usize) -> bool {
        standing.are_out.iter().enumerate().any(|(other, is_out)| other != server && !is_out)
    }

    /// Goes on to the next server, unless another connection has done so already.
    fn leave(&self, server: usize, trouble: Trouble) {
        let mut standing = lock(&self.standing);
        if standing.current != Some(server) {
            return;
        }
        standing.are_out[server] = course(&trouble) != Course::Elsewhere || !Self::has_others(&standing, server);
        standing.n_left += 1;
        let n = self.hosts.len();
        let next = (1..=n).map(|i| (server + i) % n).find(|other| !standing.are_out[*other]);
        standing.current = next.filter(|_| standing.n_left < self.pace.n_tries);
        // Where nobody is left, the failure tells of it.
        if standing.current.is_some() {
            (self.report)(&Event::GaveUp { host: &self.hosts[server], trouble: &trouble });
        }
        standing.troubles[server] = Some(trouble);
    }
}

/// What to do after a trouble. Without parts, all of a file would have to come for each tensor.
fn course(trouble: &Trouble) -> Course {
    match trouble {
        Trouble::NoParts => Course::Never,
        other => other.course(),
    }
}

impl Fetch for Servers {
    fn fetch(&self, file: usize, span: &Range<u64>) -> Result<Vec<u8>, Lost> {
        let mut bytes = Vec::with_capacity((span.end - span.start) as usize);
        let n_arrived = || self.n_arrived_bytes.load(Ordering::Relaxed);
        let (mut asked, mut n_failed, mut n_arrived_before) = (None, 0, n_arrived());
        loop {
            let server = self.current()?;
            if asked.replace(server) != Some(server) {
                n_failed = 0;
            }
            let n_before = bytes.len();
            let host = &self.hosts[server];
            let trouble = match self.ask(server, file, span, &mut bytes) {
                Ok(()) => {
                    lock(&self.standing).n_left = 0;
                    return Ok(bytes);
                }
                Err(Trouble::Changed) => return Err(changed(host, &self.places[file].name)),
                Err(trouble) => trouble,
            };
            if self.is_over() {
                return Err(Lost::Unreachable(trouble.to_string()));
            }
            let has_headway = bytes.len().saturating_sub(n_before) as u64 >= HEADWAY_BYTES;
            if has_headway {
                lock(&self.standing).n_left = 0;
            }
            n_failed = if has_headway { 1 } else { n_failed + 1 };
            // As long as others bring something, it serves, and this connection has bad luck.
            if n_failed >= self.pace.n_tries && n_arrived() >= n_arrived_before + HEADWAY_BYTES {
                n_failed = 1;
            }
            if n_failed == 1 {
                n_arrived_before = n_arrived();
            }
            let stays = match course(&trouble) {
                Course::Again => true,
                Course::Elsewhere => !Self::has_others(&lock(&self.standing), server),
                Course::Never => false,
            };
            let pause = self.pace.pause_after(n_failed, trouble.retry_after(), chance());
            match pause {
                Some(pause) if stays && n_failed < self.pace.n_tries => {
                    (self.report)(&Event::Troubled { host, trouble: &trouble, pause });
                    self.pause(server, pause);
                }
                _ => self.leave(server, trouble),
            }
        }
    }

    fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.client.break_off();
    }
}

fn changed(host: &str, name: &str) -> Lost {
    let name = Untrusted(name);
    Lost::Changed(tr!(
        "{host} 上的 {name} 中途变了，这次读到的不能用。请再运行一次",
        "{name} at {host} changed while it was read, so what was read of it is of no use. Run the same command again"
    ))
}
