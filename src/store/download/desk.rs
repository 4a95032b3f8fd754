//! What the threads of a transfer share: which bytes are there and which are being fetched, who is at work, and what
//! went wrong. Connections claim a range, bring it and mark it; one thread hashes what is there without a gap, one
//! writes down what is there. A byte is marked after it is written, never before.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::address::Address;
use super::extents::Extents;
use super::failure::Failure;
use super::pace::Pace;
use super::part::Part;
use super::range::ETag;
use super::sidecar::Sidecar;
use super::sum::{PIECE_BYTES, Sum};
use super::trouble::Trouble;

/// How often someone who pauses looks whether to stop.
const BLINK: Duration = Duration::from_millis(20);

/// A trouble that a connection had and goes on after.
#[derive(Debug)]
pub(super) struct Note {
    /// What happened.
    pub(super) trouble: Trouble,
    /// How long it pauses.
    pub(super) pause: Duration,
}

/// What the threads share.
pub(super) struct Desk<'a> {
    pub(super) part: &'a Part,
    pub(super) pace: &'a Pace,
    cancel: &'a AtomicBool,
    /// This round is over.
    stop: AtomicBool,
    state: Mutex<State>,
    /// There is more to hash, or no more to come.
    grown: Condvar,
    /// No more is to come.
    closed: Condvar,
    /// Someone has something to say to whoever leads.
    told: Condvar,
}

#[derive(Default)]
struct State {
    known: Sidecar,
    /// What is there, and what is being fetched.
    taken: Extents,
    is_reserved: bool,
    is_closed: bool,
    n_hashed: u64,
    /// There is something to say to whoever leads.
    has_news: bool,
    /// Of this round:
    n_at_work: usize,
    is_single: bool,
    has_parts: bool,
    direct: Option<Address>,
    notes: Vec<Note>,
    start_over: Option<Trouble>,
    failure: Option<Failure>,
}

impl State {
    fn is_whole(&self) -> bool {
        self.known.n_bytes.is_some_and(|n_bytes| self.known.done.n_prefix() >= n_bytes)
    }
}

/// A connection at work, for as long as this lives; a panic ends it too.
pub(super) struct Shift<'a>(&'a Desk<'a>);

impl Drop for Shift<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.n_at_work -= 1;
        self.0.tell(state);
    }
}

/// Sees to it that no more is to come once this is gone, also by a panic: those who hash and keep wait for that.
pub(super) struct Closing<'a>(pub(super) &'a Desk<'a>);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<'a> Desk<'a> {
    pub(super) fn new(part: &'a Part, pace: &'a Pace, cancel: &'a AtomicBool, known: Sidecar) -> Self {
        Self {
            part,
            pace,
            cancel,
            stop: AtomicBool::new(false),
            state: Mutex::new(State { taken: known.done.clone(), known, ..State::default() }),
            grown: Condvar::new(),
            closed: Condvar::new(),
            told: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is made whole under the lock, so what a panic elsewhere left is sound.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, mut state: MutexGuard<'_, State>) {
        state.has_news = true;
        drop(state);
        self.told.notify_all();
    }

    // What is known.

    /// How many bytes are there, how many of them are hashed, and of how many.
    pub(super) fn progress(&self) -> (u64, u64, Option<u64>) {
        let state = self.state();
        (state.known.done.n_bytes(), state.n_hashed, state.known.n_bytes)
    }

    pub(super) fn n_done(&self) -> u64 {
        self.state().known.done.n_bytes()
    }

    pub(super) fn n_bytes(&self) -> Option<u64> {
        self.state().known.n_bytes
    }

    /// Whether there is a hash to hold the file to.
    pub(super) fn has_sum(&self) -> bool {
        self.state().known.sum.is_some()
    }

    pub(super) fn is_whole(&self) -> bool {
        self.state().is_whole()
    }

    /// Whether what is there came from another host, without a hash that would hold both to the same bytes.
    pub(super) fn is_anothers(&self, host: &str) -> bool {
        let state = self.state();
        let is_other = state.known.host.as_deref().is_some_and(|known| known != host);
        is_other && state.known.sum.is_none() && !state.known.done.is_empty()
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// Whether whoever is at work has to stop.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.is_cancelled()
    }

    /// Pauses; shorter where it is time to stop.
    pub(super) fn pause(&self, time: Duration) {
        let begun = Instant::now();
        while let Some(rest) = time.checked_sub(begun.elapsed()).filter(|rest| !rest.is_zero()) {
            if self.is_stopped() {
                return;
            }
            thread::sleep(rest.min(BLINK));
        }
    }

    // For whoever leads.

    /// Begins a round with one server.
    pub(super) fn begin(&self, host: &str, is_single: bool) {
        let mut state = self.state();
        // Versions are named by each server in its own way, and of nothing any will do.
        if state.known.host.as_deref() != Some(host) || state.known.done.is_empty() {
            state.known.etag = None;
            state.known.host = Some(host.to_owned());
        }
        state.taken = state.known.done.clone();
        state.is_single = is_single;
        state.has_parts = false;
        state.direct = None;
        state.start_over = None;
        self.stop.store(state.failure.is_some(), Ordering::Relaxed);
    }

    /// Lets one more connection work.
    pub(super) fn enter(&'a self) -> Shift<'a> {
        self.state().n_at_work += 1;
        Shift(self)
    }

    /// Whether another connection would have something to do beside those that were started.
    pub(super) fn wants_more(&self, n_started: usize) -> bool {
        let state = self.state();
        let is_more = state.known.n_bytes.is_some_and(|n_bytes| state.taken.first_gap(n_bytes).is_some());
        is_more && state.has_parts && !state.is_single && n_started < self.pace.n_connections && !self.is_stopped()
    }

    /// Waits for news, not longer than `time`: what was noted, and whether anyone is still at work.
    pub(super) fn wait(&self, time: Duration) -> (Vec<Note>, bool) {
        let is_quiet = |state: &mut State| !state.has_news;
        let waited = self.told.wait_timeout_while(self.state(), time, is_quiet);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.has_news = false;
        (std::mem::take(&mut state.notes), state.n_at_work > 0)
    }

    pub(super) fn take_failure(&self) -> Option<Failure> {
        self.state().failure.take()
    }

    pub(super) fn take_start_over(&self) -> Option<Trouble> {
        self.state().start_over.take()
    }

    /// No more is to come.
    fn close(&self) {
        self.state().is_closed = true;
        self.grown.notify_all();
        self.closed.notify_all();
    }

    // For the connections.

    /// A range to fetch that nobody else fetches; in a round of one connection, all up to the next that is there.
    pub(super) fn claim(&self) -> Option<Range<u64>> {
        let mut state = self.state();
        let n_bytes = state.known.n_bytes;
        let gap = state.taken.first_gap(n_bytes.unwrap_or(u64::MAX))?;
        let n_most = if state.is_single { u64::MAX } else { self.pace.block(n_bytes) };
        let claim = gap.start..gap.end.min(gap.start.saturating_add(n_most));
        state.taken.insert(claim.clone());
        Some(claim)
    }

    /// Gives back what was claimed and has not come.
    pub(super) fn release(&self, range: &Range<u64>) {
        self.state().taken.remove(range);
    }

    /// Takes all of the file for one connection, which begins at its first byte. Not where others are at work on it,
    /// or anything is there already.
    pub(super) fn claim_whole(&self, claim: &Range<u64>) -> bool {
        let mut state = self.state();
        let is_alone = claim.start == 0 && state.known.done.is_empty() && state.taken.ranges() == [claim.clone()];
        if is_alone {
            state.is_single = true;
            state.taken.insert(0..u64::MAX);
        }
        is_alone
    }

    /// The server sends parts, so more connections may come.
    pub(super) fn allow_more(&self) {
        let mut state = self.state();
        if !state.has_parts {
            state.has_parts = true;
            self.tell(state);
        }
    }

    /// The version that requests are held to, where the server promises the same bytes for it.
    pub(super) fn version(&self) -> Option<String> {
        self.state().known.etag.as_ref().and_then(ETag::strong).map(str::to_owned)
    }

    /// Whether this is the version that the others bring.
    pub(super) fn is_version(&self, etag: Option<ETag>) -> bool {
        let mut state = self.state();
        match (&state.known.etag, etag) {
            (Some(known), Some(etag)) => *known == etag,
            (None, etag) => {
                state.known.etag = etag;
                true
            }
            (Some(_), None) => true,
        }
    }

    /// A server confirmed or told the length of the file: from now on it has its place on the disk.
    pub(super) fn learn(&self, n_bytes: u64) -> Result<(), Failure> {
        let mut state = self.state();
        if !state.is_reserved {
            self.part.check_room(n_bytes, self.pace.n_spare_bytes)?;
            self.part.reserve(n_bytes)?;
            state.is_reserved = true;
        }
        state.known.n_bytes = Some(n_bytes);
        drop(state);
        self.grown.notify_all();
        Ok(())
    }

    /// A stream came to its end, which tells the length of the file.
    pub(super) fn end_at(&self, n_bytes: u64) {
        self.state().known.n_bytes = Some(n_bytes);
        self.grown.notify_all();
    }

    /// Where requests may go directly, past the redirects.
    pub(super) fn direct(&self) -> Option<Address> {
        self.state().direct.clone()
    }

    pub(super) fn set_direct(&self, address: Option<Address>) {
        self.state().direct = address;
    }

    /// Writes bytes to their place, and marks them as there.
    pub(super) fn put(&self, bytes: &[u8], offset: u64) -> Result<(), Failure> {
        self.part.write_at(bytes, offset)?;
        self.state().known.done.insert(offset..offset + bytes.len() as u64);
        self.grown.notify_all();
        Ok(())
    }

    pub(super) fn note(&self, note: Note) {
        let mut state = self.state();
        state.notes.push(note);
        self.tell(state);
    }

    /// Nothing that is there can be gone on with; everyone stops.
    pub(super) fn start_over(&self, trouble: Trouble) {
        let mut state = self.state();
        // Under the lock, or a round that just begins would take it back.
        self.stop.store(true, Ordering::Relaxed);
        state.start_over.get_or_insert(trouble);
        self.tell(state);
    }

    /// Nobody can go on; everyone stops.
    pub(super) fn fail(&self, failure: Failure) {
        let mut state = self.state();
        self.stop.store(true, Ordering::Relaxed);
        state.failure.get_or_insert(failure);
        self.tell(state);
    }

    // For the one that hashes, and the one that keeps.

    /// Hashes the file as it grows from its beginning; what came out of order is read from the disk like the rest.
    /// `None` where the whole never came.
    ///
    /// # Errors
    /// [`Failure::Disk`].
    pub(super) fn hash(&self) -> Result<Option<Sum>, Failure> {
        let (mut hash, mut n_hashed) = (Sha256::new(), 0);
        let mut piece = vec![0; PIECE_BYTES];
        while let Some(n_ready) = self.wait_for_more(n_hashed) {
            if n_ready == n_hashed {
                return Ok(Some(Sum::of_hash(hash)));
            }
            while n_hashed < n_ready {
                if self.is_cancelled() {
                    return Ok(None);
                }
                let n = usize::try_from(n_ready - n_hashed).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
                self.part.read_at(&mut piece[..n], n_hashed)?;
                hash.update(&piece[..n]);
                n_hashed += n as u64;
                self.state().n_hashed = n_hashed;
            }
        }
        Ok(None)
    }

    /// How far it may be hashed, as soon as that is a good piece further; no further where that is all.
    fn wait_for_more(&self, n_hashed: u64) -> Option<u64> {
        let mut state = self.state();
        loop {
            if state.is_whole() {
                return state.known.n_bytes;
            }
            let n_ready = state.known.done.n_prefix();
            if state.is_closed {
                return None;
            }
            if n_ready >= n_hashed + PIECE_BYTES as u64 {
                return Some(n_ready);
            }
            state = self.grown.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Writes down what is there, every so often and at the end.
    ///
    /// # Errors
    /// [`Failure::Disk`].
    pub(super) fn keep(&self) -> Result<(), Failure> {
        let mut kept = None;
        loop {
            let is_open = |state: &mut State| !state.is_closed;
            let waited = self.closed.wait_timeout_while(self.state(), self.pace.keep, is_open);
            let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            let (known, is_closed) = (state.known.clone(), state.is_closed);
            drop(state);
            if kept.as_ref() != Some(&known) {
                self.part.keep(&known)?;
                kept = Some(known);
            }
            if is_closed {
                return Ok(());
            }
        }
    }
}
