//! One liao at a time works on a file: a lock file beside it, `NAME.lock`, with the process that holds it written
//! inside. The system lets go of a lock when its process ends, however it ends; so an old lock file is in nobody's way.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::open_own;
use crate::tr;

/// How often is looked whether the other is done, and whether we are told to stop.
const POLL: Duration = Duration::from_millis(100);

/// Why a lock was not taken.
#[derive(Debug)]
pub enum NotTaken {
    /// Another holds it, and nobody would wait any longer.
    Stopped,
    /// The file cannot be made, or not be locked.
    Io {
        /// The file.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
}

/// A lock that is held for as long as this lives.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    file: Option<File>,
}

/// Whoever holds a lock, in words that a sentence goes on from: with the process id, where that is known.
#[must_use]
pub fn other_liao(holder: Option<u32>) -> String {
    match holder {
        Some(id) => tr!("另一个 liao（进程 {id}）", "another liao (process {id})"),
        // 汉字 follow it without a blank of their own.
        None => tr!("另一个 liao ", "another liao"),
    }
}

impl Lock {
    /// Waits until nobody else works on this file. While it waits, `wait` is told who does, where that is known: a
    /// process id.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub fn take(target: &Path, cancel: &AtomicBool, mut wait: impl FnMut(Option<u32>)) -> Result<Self, NotTaken> {
        let path = target.with_added_extension("lock");
        loop {
            let mut file = open_own(&path).map_err(|error| NotTaken::Io { path: path.clone(), error })?;
            match file.try_lock() {
                // Whoever held it has taken the file away, and someone may hold another of the same name.
                Ok(()) if !is_still(&file, &path) => continue,
                Ok(()) => {
                    // Without the number in it, it locks as well.
                    let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
                    return Ok(Self { path, file: Some(file) });
                }
                Err(TryLockError::WouldBlock) => {}
                // A file system without locks: what two write at once, the hash finds out.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(Self { path, file: None });
                }
                Err(TryLockError::Error(error)) => return Err(NotTaken::Io { path, error }),
            }
            wait(fs::read_to_string(&path).ok().and_then(|text| text.parse().ok()));
            thread::sleep(POLL);
            if cancel.load(Ordering::Relaxed) {
                return Err(NotTaken::Stopped);
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is ours, the file of this name is; Windows would not let go of it yet.
        if self.file.is_some() && cfg!(unix) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether the file that is open is the one that has the name.
#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(ours), Ok(named)) => (ours.dev(), ours.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[test]
    fn the_second_waits_and_learns_who_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("x.gguf");
        let go_on = AtomicBool::new(false);
        let first = Lock::take(&target, &go_on, |_| panic!("nobody holds it")).unwrap();
        let mut seen = Vec::new();
        let cancel = AtomicBool::new(false);
        let second = Lock::take(&target, &cancel, |holder| {
            seen.push(holder);
            cancel.store(true, Ordering::Relaxed);
        });
        assert!(matches!(second, Err(NotTaken::Stopped)), "{second:?}");
        assert_eq!(seen, [Some(std::process::id())]);
        drop(first);
        assert!(Lock::take(&target, &go_on, |_| panic!("it was let go")).is_ok());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), usize::from(!cfg!(unix)));
    }

    #[test]
    fn an_old_lock_file_is_in_nobodys_way() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("x.gguf");
        fs::write(dir.path().join("x.gguf.lock"), "4194304999 and more").unwrap();
        assert!(Lock::take(&target, &AtomicBool::new(false), |_| panic!("nobody holds it")).is_ok());
    }

    #[test]
    fn of_many_one_at_a_time_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("x.gguf");
        let (n_inside, never) = (AtomicU32::new(0), AtomicBool::new(false));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..3 {
                        let lock = Lock::take(&target, &never, |_| {}).unwrap();
                        assert_eq!(n_inside.fetch_add(1, Ordering::SeqCst), 0);
                        thread::sleep(Duration::from_millis(1));
                        assert_eq!(n_inside.fetch_sub(1, Ordering::SeqCst), 1);
                        drop(lock);
                    }
                });
            }
        });
    }
}
