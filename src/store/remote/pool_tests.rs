use std::slice;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::*;

/// A file in memory whose parts come when they are let.
struct Gate {
    bytes: Vec<u8>,
    asked: Sender<Range<u64>>,
    /// One word lets one part through; `None`: all come at once.
    let_through: Option<Mutex<Receiver<()>>>,
    is_lost: Arc<AtomicBool>,
}

impl Fetch for Gate {
    fn fetch(&self, _: usize, span: &Range<u64>) -> Result<Vec<u8>, Lost> {
        // Whoever listens may have heard enough.
        let _ = self.asked.send(span.clone());
        if let Some(word) = &self.let_through {
            let _ = word.lock().unwrap().recv();
        }
        if self.is_lost.load(Ordering::SeqCst) {
            return Err(Lost::Unreachable("gone".to_owned()));
        }
        Ok(self.bytes[span.start as usize..span.end as usize].to_vec())
    }

    fn end(&self) {}
}

const N_BYTES: usize = 20 << 20;

fn bytes() -> Vec<u8> {
    (0..N_BYTES).map(|i| (i as u32).wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect()
}

/// A pool over [`bytes`], what it asks for, what lets parts through (where it does not let all), and what loses it.
struct Set {
    pool: Pool,
    asked: Receiver<Range<u64>>,
    let_through: Sender<()>,
    is_lost: Arc<AtomicBool>,
}

fn set(n_threads: usize, is_gated: bool) -> Set {
    let ((asked_send, asked), (let_through, word)) = (channel(), channel());
    let is_lost = Arc::new(AtomicBool::new(false));
    let gate = Gate {
        bytes: bytes(),
        asked: asked_send,
        let_through: is_gated.then(|| Mutex::new(word)),
        is_lost: Arc::clone(&is_lost),
    };
    Set { pool: Pool::new(Box::new(gate), n_threads), asked, let_through, is_lost }
}

fn read(pool: &Pool, span: Range<usize>) -> Vec<u8> {
    let mut buf = vec![0; span.len()];
    pool.read(0, span.start as u64, &mut buf).unwrap();
    buf
}

#[test]
fn whatever_was_expected_what_is_read_is_right() {
    let all = bytes();
    let spans = [0..10, 5..7, 1 << 20..N_BYTES, 100..1000, N_BYTES - 1..N_BYTES, 0..N_BYTES, 7..7];
    let wide = |span: &Range<usize>| span.start as u64..span.end as u64;
    for n_threads in [1, 4] {
        for expected in [vec![], spans.iter().map(wide).collect(), vec![3..9, 3..900, 0..N_BYTES as u64]] {
            let Set { pool, asked: _asked, .. } = set(n_threads, false);
            pool.expect(0, &expected);
            for span in &spans {
                assert!(read(&pool, span.clone()) == all[span.clone()], "{span:?} of {expected:?}");
            }
        }
    }
}

#[test]
fn what_is_expected_comes_before_it_is_read_and_is_asked_for_once() {
    let Set { pool, asked, .. } = set(2, false);
    pool.expect(0, &[10..20, 30..40]);
    let mut first: Vec<Range<u64>> = asked.iter().take(2).collect();
    first.sort_by_key(|span| span.start);
    assert_eq!(first, [10..20, 30..40]);
    assert!(read(&pool, 10..20) == bytes()[10..20] && read(&pool, 30..40) == bytes()[30..40]);
    assert!(asked.recv_timeout(Duration::from_millis(100)).is_err());
    // Read to its end, it is gone.
    read(&pool, 15..20);
    assert_eq!(asked.recv().unwrap(), 15..20);
}

#[test]
fn what_is_waited_for_goes_before_what_is_expected() {
    let Set { pool, asked, let_through, .. } = set(1, true);
    pool.expect(0, &[0..10, 20..30, 40..50]);
    assert_eq!(asked.recv().unwrap(), 0..10);
    thread::scope(|scope| {
        let reader = scope.spawn(|| read(&pool, 40..50));
        // Only when it waits, the part that runs is let through.
        while pool.shared.lock().n_urgent == 0 {
            thread::sleep(Duration::from_millis(1));
        }
        (0..2).for_each(|_| let_through.send(()).unwrap());
        assert!(reader.join().unwrap() == bytes()[40..50]);
    });
    assert_eq!((asked.recv().unwrap(), asked.recv().unwrap()), (40..50, 20..30));
    drop(let_through);
}

#[test]
fn no_more_is_held_than_may_be_but_nobody_waits_for_that() {
    let Set { pool, asked, .. } = set(4, false);
    // Of one file in memory, many times over.
    let n = HELD_BYTES / PART_BYTES;
    let same = vec![0..PART_BYTES; 2 * n as usize];
    pool.expect(0, &same);
    assert_eq!(asked.iter().take(n as usize).count() as u64, n);
    assert!(asked.recv_timeout(Duration::from_millis(200)).is_err(), "more is held than may be");
    let far = PART_BYTES as usize + 5..PART_BYTES as usize + 9;
    assert!(read(&pool, far.clone()) == bytes()[far]);
    // Once one is read, the next may come.
    read(&pool, 0..PART_BYTES as usize);
    assert_eq!(asked.iter().nth(1), Some(0..PART_BYTES));
}

#[test]
fn what_came_before_the_loss_can_be_read_and_nothing_behind_it() {
    let Set { pool, asked, is_lost, .. } = set(1, false);
    pool.expect(0, slice::from_ref(&(0..10)));
    asked.recv().unwrap();
    while pool.shared.lock().ready.is_empty() {
        thread::sleep(Duration::from_millis(1));
    }
    is_lost.store(true, Ordering::SeqCst);
    let lost = |span: Range<u64>| {
        let error = pool.read(0, span.start, &mut vec![0; (span.end - span.start) as usize]).unwrap_err();
        error.get_ref().and_then(|inner| inner.downcast_ref::<Lost>()).cloned()
    };
    let gone = Some(Lost::Unreachable("gone".to_owned()));
    assert_eq!(lost(10..20), gone);
    assert!(read(&pool, 0..10) == bytes()[..10]);
    // It stays so, and nobody is asked again.
    is_lost.store(false, Ordering::SeqCst);
    assert_eq!(lost(10..20), gone);
    assert_eq!((asked.try_recv(), asked.try_iter().count()), (Ok(10..20), 0));
}

#[test]
fn spans_are_cut_into_parts_that_can_be_asked_for() {
    let parts = |span: Range<u64>| -> Vec<(u64, u64)> {
        Part::all(0, &span).map(|part| (part.span.start, part.span.end)).collect()
    };
    assert_eq!(parts(5..5), []);
    assert_eq!(parts(5..6), [(5, 6)]);
    assert_eq!(parts(5..5 + PART_BYTES), [(5, 5 + PART_BYTES)]);
    let (one, two) = (PART_BYTES, 2 * PART_BYTES);
    assert_eq!(parts(0..two + 1), [(0, one), (one, two), (two, two + 1)]);
}

/// Whoever panics over the first part that it is asked for.
struct Panics;

impl Fetch for Panics {
    fn fetch(&self, _: usize, _: &Range<u64>) -> Result<Vec<u8>, Lost> {
        panic!("on purpose");
    }

    fn end(&self) {}
}

#[test]
fn nobody_waits_for_a_thread_that_panicked() {
    let pool = Pool::new(Box::new(Panics), 2);
    let (done, heard) = channel();
    thread::spawn(move || done.send(pool.read(0, 0, &mut [0; 10]).is_err()));
    assert_eq!(heard.recv_timeout(Duration::from_secs(20)), Ok(true));
}

#[test]
fn given_up_nobody_waits() {
    let Set { pool, asked, let_through, .. } = set(1, true);
    thread::scope(|scope| {
        let reader = scope.spawn(|| pool.read(0, 0, &mut [0; 10]).is_err());
        asked.recv().unwrap();
        pool.give_up();
        assert!(reader.join().unwrap());
    });
    drop(let_through);
}
