//! From servers to a file on the disk that is whole: which server is asked, by how many connections, and when another
//! is. A round is one server for as long as it serves; a take is one filling of the file, which may be gone on with
//! from server to server. What is whole is not yet known to be right: that is for `fetch`.

use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use super::connection::Connection;
use super::desk::{Closing, Desk};
use super::failure::Failure;
use super::pace::{HEADWAY_BYTES, chance};
use super::part::Part;
use super::request::Client;
use super::sidecar::Sidecar;
use super::sum::Sum;
use super::trouble::{Course, Trouble};
use super::{Event, Net, Wanted};

/// How often progress is told.
const TICK: Duration = Duration::from_millis(100);

/// How a server has done so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    /// It is asked for the whole file at once.
    is_single: bool,
    n_start_overs: u32,
    trouble: Option<Trouble>,
    /// It is asked no more.
    is_out: bool,
}

/// A download with everything that it needs.
pub(super) struct Transfer<'a> {
    pub(super) wanted: &'a Wanted,
    pub(super) net: &'a Net,
    pub(super) cancel: &'a AtomicBool,
    pub(super) report: &'a mut dyn FnMut(Event<'_>),
    /// One for each of the wanted file's servers.
    pub(super) standings: Vec<Standing>,
    /// Which of them is asked first.
    pub(super) first: usize,
}

/// How a take ended.
pub(super) enum Taken {
    /// The file is there.
    Whole { sum: Sum, n_bytes: u64 },
    /// What is there cannot be gone on with.
    StartOver,
}

/// How a round ended.
enum Round {
    Whole,
    StartOver(Trouble),
    Trouble(Trouble),
}

impl Transfer<'_> {
    /// Fills the file, beginning with what is known to be there. The server that brought the last of it is `first`
    /// afterwards.
    pub(super) fn take(&mut self, part: &Part, known: Sidecar) -> Result<Taken, Failure> {
        let net = self.net;
        let pace = &net.pace;
        if let Some(n_bytes) = known.n_bytes {
            part.check_room(n_bytes, pace.n_spare_bytes)?;
        }
        // What was written down for an older take must not stand for a moment beside the bytes of this one.
        part.keep(&known)?;
        let desk = Desk::new(part, pace, self.cancel, known);
        thread::scope(|scope| {
            // Whatever fails on the disk ends the round at once, not after hours of fetching what cannot be used.
            let hasher = scope.spawn(|| desk.hash().map_err(|failure| desk.fail(failure)).ok().flatten());
            let keeper = scope.spawn(|| desk.keep().map_err(|failure| desk.fail(failure)).is_ok());
            let closing = Closing(&desk);
            let is_filled = self.fill(&desk);
            drop(closing);
            while !(hasher.is_finished() && keeper.is_finished()) {
                if let (Ok(true), (_, n_hashed, Some(n_bytes))) = (&is_filled, desk.progress()) {
                    (self.report)(Event::Checking { n_bytes: n_hashed, n_total: n_bytes });
                }
                thread::sleep(TICK / 5);
            }
            let (sum, _) = (joined(hasher), joined(keeper));
            if !is_filled? {
                return Ok(Taken::StartOver);
            }
            if let Some(failure) = desk.take_failure() {
                return Err(failure);
            }
            match (sum, desk.n_bytes()) {
                (Some(sum), Some(n_bytes)) => Ok(Taken::Whole { sum, n_bytes }),
                _ => Err(Failure::Cancelled),
            }
        })
    }

    /// Goes from server to server until the file is whole. `false`: it has to be started over.
    fn fill(&mut self, desk: &Desk<'_>) -> Result<bool, Failure> {
        if desk.is_whole() {
            return Ok(true);
        }
        let n_servers = self.standings.len();
        let mut n_idle = 0;
        loop {
            let n_before = desk.n_done();
            for server in (0..n_servers).map(|i| (self.first + i) % n_servers).collect::<Vec<_>>() {
                if self.standings[server].is_out {
                    continue;
                }
                let host = self.wanted.sources[server].origin().to_string();
                if desk.is_anothers(&host) {
                    // Two that never finish would otherwise take turns for ever.
                    let standing = &mut self.standings[server];
                    standing.n_start_overs += 1;
                    standing.is_out = standing.n_start_overs >= self.net.pace.n_tries;
                    if standing.is_out {
                        continue;
                    }
                    self.first = server;
                    return Ok(false);
                }
                let round = self.round(desk, server, &host)?;
                let has_others = self.has_others(server);
                let standing = &mut self.standings[server];
                match round {
                    Round::Whole => {
                        self.first = server;
                        return Ok(true);
                    }
                    Round::StartOver(trouble) => {
                        (self.report)(Event::StartedOver { host: &host, why: &trouble });
                        standing.is_single = true;
                        standing.n_start_overs += 1;
                        standing.is_out = standing.n_start_overs >= self.net.pace.n_tries;
                        standing.trouble = Some(trouble);
                        self.first = server;
                        return Ok(false);
                    }
                    Round::Trouble(trouble) => {
                        // Where nobody is left, the failure tells of it.
                        if has_others {
                            (self.report)(Event::GaveUp { host: &host, trouble: &trouble });
                        }
                        standing.is_out = trouble.course() != Course::Elsewhere || !has_others;
                        standing.trouble = Some(trouble);
                    }
                }
            }
            n_idle = if desk.n_done() >= n_before + HEADWAY_BYTES { 0 } else { n_idle + 1 };
            if n_idle >= self.net.pace.n_tries || self.standings.iter().all(|standing| standing.is_out) {
                return Err(self.failed());
            }
            if let Some(pause) = self.net.pace.pause_after(n_idle, None, chance()) {
                desk.pause(pause);
            }
            if desk.is_cancelled() {
                return Err(Failure::Cancelled);
            }
        }
    }

    fn has_others(&self, server: usize) -> bool {
        self.standings.iter().enumerate().any(|(other, standing)| other != server && !standing.is_out)
    }

    fn failed(&self) -> Failure {
        let hosts = self.wanted.sources.iter().map(|source| source.origin().to_string());
        let all = hosts.zip(&self.standings).filter_map(|(host, standing)| Some((host, standing.trouble.clone()?)));
        Failure::Servers(all.collect())
    }

    /// Lets one server send, by as many connections as it allows, until it is done or none of them can go on.
    fn round(&mut self, desk: &Desk<'_>, server: usize, host: &str) -> Result<Round, Failure> {
        (self.report)(Event::Asking { host });
        let client = Client::new(&self.net.pace, self.net.tokens.clone());
        desk.begin(host, self.standings[server].is_single);
        let connection = Connection {
            desk,
            client: &client,
            address: &self.wanted.sources[server],
            has_others: self.has_others(server),
            is_gguf: self.wanted.is_gguf(),
        };
        let connection = &connection;
        let trouble = thread::scope(|scope| {
            let begin = || {
                let shift = desk.enter();
                scope.spawn(move || {
                    let _shift = shift;
                    connection.work()
                })
            };
            let mut workers = vec![begin()];
            let mut is_broken_off = false;
            loop {
                let (notes, is_busy) = desk.wait(TICK);
                for note in notes {
                    let (trouble, pause) = (&note.trouble, note.pause);
                    (self.report)(Event::Troubled { host, trouble, pause });
                }
                let (n_bytes, _, n_total) = desk.progress();
                (self.report)(Event::Moved { n_bytes, n_total });
                if !is_busy {
                    break;
                }
                if desk.is_stopped() && !is_broken_off {
                    client.break_off();
                    is_broken_off = true;
                }
                while desk.wants_more(workers.len()) {
                    workers.push(begin());
                }
            }
            workers.into_iter().filter_map(joined).reduce(|_, last| last)
        });
        if let Some(failure) = desk.take_failure() {
            return Err(failure);
        }
        if desk.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        if let Some(trouble) = desk.take_start_over() {
            return Ok(Round::StartOver(trouble));
        }
        if desk.is_whole() {
            return Ok(Round::Whole);
        }
        Ok(Round::Trouble(trouble.unwrap_or(Trouble::Cut)))
    }
}

/// What a thread came to; its panic goes on here.
fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
