//! A file that another program's cache holds already: where it is the one that is wanted it becomes ours too, by a
//! second name for the same bytes where the file system can, else by a copy. It is taken by its hash alone, and what
//! the other program has is never changed.

use std::cell::Cell;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::failure::Failure;
use super::part::{forget, rename};
use super::sum::Sum;
use super::{Event, Fetched, Wanted, check};
use crate::disk;

/// Takes the cached file where it is the right one. `None`: it is not, or cannot be read, or nobody knows.
///
/// # Errors
/// [`Failure`]: it cannot be written here.
pub(super) fn adopt(
    wanted: &Wanted,
    cached: &Path,
    n_spare_bytes: u64,
    cancel: &AtomicBool,
    report: &mut dyn FnMut(Event<'_>),
) -> Result<Option<Fetched>, Failure> {
    let Some((path, file, n_bytes)) = open(cached) else { return Ok(None) };
    // The hash is the name that such a cache gives to what came from the hub.
    let by_name = || path.file_name().and_then(|name| name.to_str()).and_then(Sum::parse);
    let Some(expected) = wanted.sum.or_else(by_name) else { return Ok(None) };
    if wanted.n_bytes.is_some_and(|expected| expected != n_bytes) {
        return Ok(None);
    }
    let aside = wanted.path.with_added_extension("cached");
    // Of an earlier run that was cut short.
    let _ = fs::remove_file(&aside);
    let is_copy = fs::hard_link(&path, &aside).is_err();
    let sum = match is_copy {
        true => copy((&path, file), n_bytes, &aside, n_spare_bytes, cancel, report),
        false => check(file, n_bytes, cancel, report).map_err(Failure::disk(&path)),
    };
    let is_cancelled = |error: &io::Error| error.kind() == io::ErrorKind::Interrupted;
    let settled = match sum {
        Ok(sum) if sum == expected => rename(&aside, &wanted.path).map(|()| Some(sum)),
        Ok(_) => Ok(None),
        Err(Failure::Disk { error, .. }) if is_cancelled(&error) => Err(Failure::Cancelled),
        // What others left unreadable is as good as not there.
        Err(Failure::Disk { path: unread, .. }) if unread == path => Ok(None),
        Err(failure) => Err(failure),
    };
    if !matches!(settled, Ok(Some(_))) {
        let _ = fs::remove_file(&aside);
    }
    let Some(sum) = settled? else { return Ok(None) };
    forget(&wanted.path);
    report(Event::Adopted { path: &path, is_copy });
    Ok(Some(Fetched { n_bytes, sum, host: None }))
}

/// The file itself, which links of the cache lead to, with its length.
fn open(cached: &Path) -> Option<(PathBuf, File, u64)> {
    let path = fs::canonicalize(cached).ok()?;
    let file = File::open(&path).ok()?;
    let is = file.metadata().ok()?;
    is.is_file().then_some((path, file, is.len()))
}

/// Copies a file whole, safe on the disk, and gives the hash of what was written.
///
/// # Errors
/// [`Failure::Disk`] names the one of the two that failed.
fn copy(
    (path, file): (&Path, File),
    n_bytes: u64,
    aside: &Path,
    n_spare_bytes: u64,
    cancel: &AtomicBool,
    report: &mut dyn FnMut(Event<'_>),
) -> Result<Sum, Failure> {
    let at = || Failure::disk(aside);
    let written = OpenOptions::new().write(true).create_new(true).open(aside).map_err(at())?;
    if reflink(&file, &written) {
        return check(file, n_bytes, cancel, report).map_err(Failure::disk(path));
    }
    disk::check_room(disk::folder_of(aside), n_bytes, n_spare_bytes)?;
    let is_unwritten = Cell::new(false);
    let copied = Copied { from: &file, to: &written, is_unwritten: &is_unwritten };
    let sum = check(copied, n_bytes, cancel, report)
        .map_err(|error| Failure::disk(if is_unwritten.get() { aside } else { path })(error))?;
    written.sync_all().map_err(at())?;
    Ok(sum)
}

/// Whether the file system shares the bytes of two files until one of them changes.
#[cfg(target_os = "linux")]
fn reflink(from: &File, to: &File) -> bool {
    rustix::fs::ioctl_ficlone(to, from).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn reflink(_: &File, _: &File) -> bool {
    false
}

/// Writes all that is read of one file to another.
struct Copied<'a> {
    from: &'a File,
    to: &'a File,
    /// Whether it was the writing that failed.
    is_unwritten: &'a Cell<bool>,
}

impl Read for Copied<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let n = self.from.read(bytes)?;
        self.to.write_all(&bytes[..n]).inspect_err(|_| self.is_unwritten.set(true))?;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering;

    struct Place {
        dir: tempfile::TempDir,
        wanted: Wanted,
        told: Vec<String>,
    }

    const BYTES: &[u8] = b"GGUF and more";

    impl Place {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let wanted = Wanted {
                path: dir.path().join("x.gguf"),
                cached: None,
                sources: Vec::new(),
                n_bytes: Some(BYTES.len() as u64),
                sum: Some(Sum::of_bytes(BYTES)),
                commit: None,
            };
            Self { dir, wanted, told: Vec::new() }
        }

        fn cached(&self, name: &str, bytes: &[u8]) -> PathBuf {
            let path = self.dir.path().join("cache").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, bytes).unwrap();
            path
        }

        fn adopt(&mut self, cached: &Path) -> Result<Option<Fetched>, Failure> {
            let told = &mut self.told;
            adopt(&self.wanted, cached, 0, &AtomicBool::new(false), &mut |event| told.push(format!("{event:?}")))
        }

        fn names(&self) -> Vec<String> {
            let all =
                fs::read_dir(self.dir.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
            let mut all: Vec<String> = all.filter(|name| name != "cache").collect();
            all.sort();
            all
        }
    }

    #[test]
    fn the_right_file_is_taken_and_stays_where_it_was() {
        let mut place = Place::new();
        let cached = place.cached("blob", BYTES);
        for ending in ["part", "part.json", "cached"] {
            fs::write(place.wanted.path.with_added_extension(ending), "old").unwrap();
        }
        let taken = place.adopt(&cached).unwrap().unwrap();
        assert_eq!((taken.n_bytes, taken.sum, taken.host), (BYTES.len() as u64, Sum::of_bytes(BYTES), None));
        assert_eq!(
            (fs::read(&place.wanted.path).unwrap(), fs::read(&cached).unwrap()),
            (BYTES.to_vec(), BYTES.to_vec())
        );
        assert_eq!(place.names(), ["x.gguf"]);
        assert!(place.told.last().unwrap().contains("is_copy: false"), "{:?}", place.told);
    }

    #[test]
    fn any_other_file_is_left() {
        let mut place = Place::new();
        fs::write(&place.wanted.path, "what was there").unwrap();
        for bytes in [&b""[..], b"GGUF and morE", b"GGUF and more!", b"GGUF"] {
            let cached = place.cached("blob", bytes);
            assert_eq!(place.adopt(&cached).unwrap(), None);
        }
        let folder = place.dir.path().join("cache");
        for none in [folder.as_path(), Path::new("/nonexistent/blob")] {
            assert_eq!(place.adopt(none).unwrap(), None);
        }
        assert_eq!(
            (place.names(), fs::read(&place.wanted.path).unwrap()),
            (vec!["x.gguf".to_owned()], b"what was there".to_vec())
        );
    }

    #[test]
    fn where_no_hash_is_known_the_name_has_to_be_it() {
        let mut place = Place::new();
        (place.wanted.n_bytes, place.wanted.sum) = (None, None);
        let unnamed = place.cached("blob", BYTES);
        assert_eq!(place.adopt(&unnamed).unwrap(), None);
        let wrong = place.cached(&Sum::of_bytes(b"other").to_string(), BYTES);
        assert_eq!(place.adopt(&wrong).unwrap(), None);
        let right = place.cached(&Sum::of_bytes(BYTES).to_string(), BYTES);
        // A link of a name that says nothing, as snapshots are made of.
        #[cfg(unix)]
        let right = {
            let link = place.dir.path().join("cache/x.gguf");
            std::os::unix::fs::symlink(&right, &link).unwrap();
            link
        };
        assert!(place.adopt(&right).unwrap().is_some());
        assert!(!fs::symlink_metadata(&place.wanted.path).unwrap().is_symlink());
    }

    #[test]
    fn a_copy_is_checked_as_it_is_made() {
        let place = Place::new();
        let cached = place.cached("blob", BYTES);
        let aside = place.dir.path().join("aside");
        let copied = |n_spare: u64, cancel: bool| {
            let _ = fs::remove_file(&aside);
            let file = File::open(&cached).unwrap();
            copy((&cached, file), BYTES.len() as u64, &aside, n_spare, &AtomicBool::new(cancel), &mut |_| {})
        };
        assert_eq!(copied(0, false).unwrap(), Sum::of_bytes(BYTES));
        assert_eq!(fs::read(&aside).unwrap(), BYTES);
        let stopped = copied(0, true);
        assert!(
            matches!(&stopped, Err(Failure::Disk { error, .. }) if error.kind() == io::ErrorKind::Interrupted),
            "{stopped:?}"
        );
        let file = File::open(&cached).unwrap();
        let taken = copy((&cached, file), BYTES.len() as u64, &aside, 0, &AtomicBool::new(false), &mut |_| {});
        assert!(taken.is_err(), "what is there is not written over");
    }

    /// Of a process's own memory, the first byte can never be read.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_cannot_be_read_to_its_end_is_as_good_as_not_there() {
        let mut place = Place::new();
        place.wanted.n_bytes = None;
        assert_eq!(place.adopt(Path::new("/proc/self/mem")).unwrap(), None);
        assert!(place.names().is_empty());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_cannot_be_written_is_told_from_what_cannot_be_read() {
        let (place, is_unwritten) = (Place::new(), Cell::new(false));
        let from = File::open(place.cached("blob", BYTES)).unwrap();
        let to = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let copied = Copied { from: &from, to: &to, is_unwritten: &is_unwritten };
        let failed = check(copied, BYTES.len() as u64, &AtomicBool::new(false), &mut |_| {}).unwrap_err();
        assert_eq!((failed.kind(), is_unwritten.get()), (io::ErrorKind::StorageFull, true));
    }

    #[test]
    fn told_to_stop_it_leaves_nothing() {
        let place = Place::new();
        let cached = place.cached("blob", BYTES);
        let cancel = AtomicBool::new(false);
        let stopped = adopt(&place.wanted, &cached, 0, &cancel, &mut |_| cancel.store(true, Ordering::Relaxed));
        assert!(matches!(stopped, Err(Failure::Cancelled)), "{stopped:?}");
        assert!(place.names().is_empty());
    }
}
