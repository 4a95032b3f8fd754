//! Parts of files on their way: a few threads fetch what will be read next, in that order and within a bounded memory,
//! and hand it to whoever reads. Which part is where in the file is all that is known here.
//!
//! What a reader waits for goes before everything else and beyond the bound; so whatever was expected in vain, nobody
//! waits for ever.

use std::collections::VecDeque;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::import::source::Lost;
use crate::tr;

/// The most that is asked for at once. Each question costs a journey to the server and back, in which a connection
/// brings nothing.
const PART_BYTES: u64 = 8 << 20;

/// The most that is on its way or waits to be read.
const HELD_BYTES: u64 = 64 << 20;

/// Whoever brings a part.
pub(super) trait Fetch: Send + Sync {
    /// The bytes of this span of a file, all of them.
    fn fetch(&self, file: usize, span: &Range<u64>) -> Result<Vec<u8>, Lost>;

    /// Breaks off what is being brought; nothing more will be wanted.
    fn end(&self);
}

/// The threads, and what they have.
pub(super) struct Pool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    from: Box<dyn Fetch>,
    state: Mutex<State>,
    changed: Condvar,
}

/// A part of a file, never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    file: usize,
    span: Range<u64>,
}

impl Part {
    fn n_bytes(&self) -> u64 {
        self.span.end - self.span.start
    }

    fn holds(&self, file: usize, at: u64) -> bool {
        self.file == file && self.span.contains(&at)
    }

    /// A span in parts that can be asked for.
    fn all(file: usize, span: &Range<u64>) -> impl Iterator<Item = Self> {
        let Range { start, end } = *span;
        let n_parts = end.saturating_sub(start).div_ceil(PART_BYTES);
        (0..n_parts).map(move |i| {
            let start = start + i * PART_BYTES;
            Self { file, span: start..end.min(start + PART_BYTES) }
        })
    }
}

#[derive(Default)]
struct State {
    /// To be fetched, the most urgent first.
    queue: VecDeque<Part>,
    /// How many of them, at the front, somebody waits for.
    n_urgent: usize,
    running: Vec<Part>,
    ready: Vec<(Part, Vec<u8>)>,
    /// Bytes of what is running or ready.
    n_held: u64,
    lost: Option<Lost>,
    is_over: bool,
}

impl State {
    /// What is to be fetched now.
    fn begin(&mut self) -> Option<Part> {
        let part = self.queue.front()?;
        let has_room = self.n_held == 0 || self.n_held + part.n_bytes() <= HELD_BYTES;
        if !has_room && self.n_urgent == 0 {
            return None;
        }
        let part = self.queue.pop_front()?;
        self.n_urgent = self.n_urgent.saturating_sub(1);
        self.n_held += part.n_bytes();
        self.running.push(part.clone());
        Some(part)
    }

    /// Sees to it that the byte at `at` is fetched next, unless it is already being.
    fn hurry(&mut self, file: usize, at: u64, end: u64) {
        if self.running.iter().any(|part| part.holds(file, at)) {
            return;
        }
        let part = match self.queue.iter().position(|part| part.holds(file, at)) {
            Some(i) if i < self.n_urgent => return,
            Some(i) => self.queue.remove(i),
            None => Part::all(file, &(at..end)).next(),
        };
        if let Some(part) = part {
            self.queue.insert(self.n_urgent, part);
            self.n_urgent += 1;
        }
    }

    /// Copies what is there from `at` on, and says how many bytes that are. What was read to its end is given up.
    fn copy(&mut self, file: usize, at: u64, buf: &mut [u8]) -> Option<usize> {
        let i = self.ready.iter().position(|(part, _)| part.holds(file, at))?;
        let (part, bytes) = &self.ready[i];
        let there = &bytes[(at - part.span.start) as usize..];
        let n = there.len().min(buf.len());
        buf[..n].copy_from_slice(&there[..n]);
        if n == there.len() {
            self.n_held -= part.n_bytes();
            self.ready.remove(i);
        }
        Some(n)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        while let Some(part) = self.next() {
            let mut fetching = Fetching { shared: self, part, fetched: None };
            fetching.fetched = Some(self.from.fetch(fetching.part.file, &fetching.part.span));
        }
    }

    fn next(&self) -> Option<Part> {
        let mut state = self.lock();
        loop {
            if state.is_over || state.lost.is_some() {
                return None;
            }
            if let Some(part) = state.begin() {
                return Some(part);
            }
            state = self.wait(state);
        }
    }
}

/// A part on its way, for as long as this lives; a panic ends it too.
struct Fetching<'a> {
    shared: &'a Shared,
    part: Part,
    fetched: Option<Result<Vec<u8>, Lost>>,
}

impl Drop for Fetching<'_> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.running.retain(|running| *running != self.part);
        match self.fetched.take().unwrap_or_else(|| Err(panicked())) {
            Ok(bytes) => state.ready.push((self.part.clone(), bytes)),
            Err(lost) => {
                state.lost.get_or_insert(lost);
            }
        }
        self.shared.changed.notify_all();
    }
}

fn panicked() -> Lost {
    Lost::Unreachable(tr!(
        "下载时程序自身出错，这是 liao 的缺陷，请报告给我们。做好的部分留着，再运行一次就接着做",
        "a fault in liao itself ended the download; please report it. What is finished is kept; run the same command again to go on"
    ))
}

impl Pool {
    pub(super) fn new(from: Box<dyn Fetch>, n_threads: usize) -> Self {
        let shared = Arc::new(Shared { from, state: Mutex::default(), changed: Condvar::new() });
        let begin = |_| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.work())
        };
        let threads = (0..n_threads.max(1)).map(begin).collect();
        Self { shared, threads }
    }

    /// These parts will be read next.
    pub(super) fn expect(&self, file: usize, spans: &[Range<u64>]) {
        let mut state = self.shared.lock();
        state.queue.extend(spans.iter().flat_map(|span| Part::all(file, span)));
        self.shared.changed.notify_all();
    }

    /// Nothing more will be read: whoever waits for something waits no longer, and nothing more is fetched.
    pub(super) fn give_up(&self) {
        let given_up = || Lost::Unreachable(tr!("不再需要", "it is no longer wanted"));
        self.shared.lock().lost.get_or_insert_with(given_up);
        self.shared.changed.notify_all();
        self.shared.from.end();
    }

    /// Fills `buf` with the bytes of a file from `offset` on.
    pub(super) fn read(&self, file: usize, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let end = offset + buf.len() as u64;
        let mut n_done = 0;
        let mut state = self.shared.lock();
        while n_done < buf.len() {
            let at = offset + n_done as u64;
            if let Some(n) = state.copy(file, at, &mut buf[n_done..]) {
                n_done += n;
                self.shared.changed.notify_all();
            } else if let Some(lost) = &state.lost {
                return Err(lost.clone().into());
            } else {
                state.hurry(file, at, end);
                self.shared.changed.notify_all();
                state = self.shared.wait(state);
            }
        }
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().is_over = true;
        self.shared.changed.notify_all();
        self.shared.from.end();
        for thread in self.threads.drain(..) {
            // Its panic has been told.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
