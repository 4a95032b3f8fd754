//! Files on this disk, of which nobody ever finds half a one, and folders for their owner alone; whether there is room
//! for more; [`lock`] has one liao at a time work on a file. What is in them is not known here.

pub mod lock;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// Files written by this process.
static N_WRITTEN: AtomicU64 = AtomicU64::new(0);

/// What stays free on a disk that a model is written to: a system without room does not work.
pub const SPARE_BYTES: u64 = 1 << 30;

/// Why nothing is begun in a folder.
#[derive(Debug)]
pub enum NoRoom {
    /// Its disk is too full.
    Full {
        /// The folder.
        folder: PathBuf,
        /// Bytes that have to be free.
        n_needed: u64,
        /// Bytes that are.
        n_free: u64,
    },
    /// The system does not tell.
    Io {
        /// The folder.
        folder: PathBuf,
        /// The system's words.
        error: io::Error,
    },
}

/// Whether so many more bytes have room in a folder, with `n_spare_bytes` staying free.
///
/// # Errors
/// [`NoRoom`].
pub fn check_room(folder: &Path, n_bytes: u64, n_spare_bytes: u64) -> Result<(), NoRoom> {
    let n_free = free_bytes(folder).map_err(|error| NoRoom::Io { folder: folder.to_owned(), error })?;
    let n_needed = n_bytes.saturating_add(n_spare_bytes);
    if n_free < n_needed { Err(NoRoom::Full { folder: folder.to_owned(), n_needed, n_free }) } else { Ok(()) }
}

/// Bytes that are free, for us, on the disk that a folder is on.
///
/// # Errors
/// The system's.
pub fn free_bytes(folder: &Path) -> io::Result<u64> {
    fs4::available_space(folder)
}

/// The folder that a file is in.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Gives a file that is whole, checked and safe on the disk its name, and makes the name safe too.
///
/// # Errors
/// The system's.
pub fn rename(path: &Path, target: &Path) -> io::Result<()> {
    fs::rename(path, target)?;
    sync_name(target)
}

/// Makes the name of a file that is there safe on the disk. Nothing on Windows, which opens no folder.
///
/// # Errors
/// The system's.
pub fn sync_name(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder_of(path))?.sync_all() } else { Ok(()) }
}

/// Makes a folder, and those above it that are missing, for their owner alone.
///
/// # Errors
/// The system's.
pub fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file of ours to read and write, new or old, and never what a link of its name leads to.
///
/// # Errors
/// The system's.
pub fn open_own(path: &Path) -> io::Result<File> {
    own().create(true).truncate(false).open(path)
}

/// Opens a file of ours that is there; else as [`open_own`].
///
/// # Errors
/// The system's.
pub fn open_old(path: &Path) -> io::Result<File> {
    own().open(path)
}

/// Makes a file that is not there yet, for its owner alone from its first moment.
///
/// # Errors
/// The system's; also when anything of that name is there.
pub fn create_private_file(path: &Path) -> io::Result<File> {
    let mut options = own();
    options.create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn own() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // The flag is a small number on every system.
        options.custom_flags(i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or(0));
    }
    options
}

/// Writes a file whole, under another name in the same folder first. Whoever looks meanwhile, or after a crash, finds
/// the old file or the new one; of two who write at once, the later one's stands.
///
/// # Errors
/// The system's; the file is then as it was.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    // Process ids come again, soon in a container; what a crash left behind must not be in the way.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (process, n) = (std::process::id(), N_WRITTEN.fetch_add(1, Ordering::Relaxed));
    let aside = path.with_file_name(format!(".{name}.{process}-{n}-{}", now.as_nanos()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&aside)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    // Windows renames no open file.
    drop(file);
    let written = written.and_then(|()| fs::rename(&aside, path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&aside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let all = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        all.collect()
    }

    #[test]
    fn a_file_is_written_over_and_nothing_is_left_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("一");
        for bytes in [&b"long and old"[..], b"new", b""] {
            write_whole(&path, bytes).unwrap();
            assert_eq!((fs::read(&path).unwrap(), names(dir.path())), (bytes.to_vec(), vec!["一".to_owned()]));
        }
    }

    #[test]
    fn what_cannot_be_written_leaves_everything_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let taken = dir.path().join("taken");
        fs::create_dir_all(taken.join("by a folder")).unwrap();
        assert!(write_whole(&taken, b"x").is_err());
        assert_eq!(names(dir.path()), ["taken"]);
        assert!(write_whole(&dir.path().join("none/x"), b"x").is_err());
        assert!(write_whole(Path::new("/"), b"x").is_err());
    }

    #[test]
    fn of_many_who_write_at_once_each_finds_a_whole_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        std::thread::scope(|scope| {
            for byte in 0..4 {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..8 {
                        write_whole(path, &[byte; 100_000]).unwrap();
                        let found = fs::read(path).unwrap();
                        assert!(found.len() == 100_000 && found.iter().all(|b| *b == found[0]));
                    }
                });
            }
        });
        assert_eq!(names(dir.path()), ["x"]);
    }

    #[test]
    fn a_file_gets_its_name_also_in_the_folder_that_we_are_in() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("x.part"), dir.path().join("x"));
        fs::write(&from, "new").unwrap();
        fs::write(&to, "old").unwrap();
        rename(&from, &to).unwrap();
        assert_eq!((fs::read(&to).unwrap(), names(dir.path())), (b"new".to_vec(), vec!["x".to_owned()]));
        assert!(rename(&from, &to).is_err());
        for (path, folder) in [("x", "."), ("a/x", "a"), ("/x", "/")] {
            assert_eq!(folder_of(Path::new(path)), Path::new(folder));
        }
    }

    #[test]
    fn room_is_told_with_what_stays_free() {
        let dir = tempfile::tempdir().unwrap();
        check_room(dir.path(), 1, 0).unwrap();
        for (n_bytes, n_spare_bytes) in [(u64::MAX, 0), (0, u64::MAX), (u64::MAX, 1)] {
            let refused = check_room(dir.path(), n_bytes, n_spare_bytes);
            assert!(matches!(refused, Err(NoRoom::Full { n_needed: u64::MAX, .. })), "{refused:?}");
        }
        assert!(matches!(check_room(&dir.path().join("none"), 1, 0), Err(NoRoom::Io { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (link, victim) = (dir.path().join("link"), dir.path().join("victim"));
        fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, &link).unwrap();
        for open in [open_own, open_old, create_private_file] {
            assert!(open(&link).is_err());
        }
        assert_eq!(open_own(&victim).unwrap().metadata().unwrap().len(), 8);
    }

    #[test]
    fn a_file_is_opened_or_made_as_was_said() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        assert_eq!(open_old(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
        create_private_file(&path).unwrap().write_all(b"x").unwrap();
        assert_eq!(create_private_file(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        for open in [open_own, open_old] {
            assert_eq!(open(&path).unwrap().metadata().unwrap().len(), 1);
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a/b");
        create_private(&folder).unwrap();
        create_private(&folder).unwrap();
        for made in [&folder, &dir.path().join("a")] {
            assert_eq!(fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }
}
