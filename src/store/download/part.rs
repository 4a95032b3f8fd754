//! An unfinished file on the disk: `NAME.part`, as long as the whole from the moment that its length is known, and
//! `NAME.part.json` beside it. The final name comes into being in [`Part::finish`] alone, by a rename of what is
//! whole, checked and safe on the disk. A link that lies in the way is never followed.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use fs4::FileExt as _;

use super::failure::Failure;
use super::sidecar::Sidecar;
use crate::disk;

/// An unfinished file.
#[derive(Debug)]
pub(super) struct Part {
    path: PathBuf,
    beside: PathBuf,
    file: File,
}

/// Gives a file that is whole, checked and safe on the disk its name.
pub(super) fn rename(path: &Path, target: &Path) -> Result<(), Failure> {
    disk::rename(path, target).map_err(Failure::disk(target))
}

/// Takes away what is unfinished of a file, which is there by another way now.
pub(super) fn forget(target: &Path) {
    // Without what is known of it, nobody goes on with what may be left.
    for ending in ["part.json", "part"] {
        let _ = fs::remove_file(target.with_added_extension(ending));
    }
}

impl Part {
    /// Opens what is to become this file, with what is known of it from before. Nothing is changed but that there is
    /// a file.
    ///
    /// # Errors
    /// [`Failure::Disk`].
    pub(super) fn open(target: &Path) -> Result<(Self, Option<Sidecar>), Failure> {
        let (path, beside) = (target.with_added_extension("part"), target.with_added_extension("part.json"));
        let file = disk::open_own(&path).map_err(Failure::disk(&path))?;
        let n_there = file.metadata().map_err(Failure::disk(&path))?.len();
        let known = fs::read(&beside).ok().and_then(|bytes| Sidecar::read(&bytes));
        let known = known.filter(|sidecar| sidecar.done.end() <= n_there);
        Ok((Self { path, beside, file }, known))
    }

    /// Whether a file of this length has room, with `n_spare` bytes staying free.
    ///
    /// # Errors
    /// [`Failure::NoRoom`], or [`Failure::Disk`].
    pub(super) fn check_room(&self, n_bytes: u64, n_spare: u64) -> Result<(), Failure> {
        let n_taken = self.file.allocated_size().map_err(Failure::disk(&self.path))?;
        Ok(disk::check_room(disk::folder_of(&self.path), n_bytes.saturating_sub(n_taken), n_spare)?)
    }

    /// Makes it as long as the whole, its place on the disk included.
    ///
    /// # Errors
    /// [`Failure::Disk`].
    pub(super) fn reserve(&self, n_bytes: u64) -> Result<(), Failure> {
        match self.file.allocate(n_bytes) {
            // Not every file system can, and what is written finds its place without.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
            reserved => reserved.map_err(Failure::disk(&self.path))?,
        }
        self.file.set_len(n_bytes).map_err(Failure::disk(&self.path))
    }

    /// Writes at a place. Several may at a time.
    ///
    /// # Errors
    /// [`Failure::Disk`].
    pub(super) fn write_at(&self, bytes: &[u8], offset: u64) -> Result<(), Failure> {
        write_all_at(&self.file, bytes, offset).map_err(Failure::disk(&self.path))
    }

    /// Reads exactly these bytes.
    ///
    /// # Errors
    /// [`Failure::Disk`].
    pub(super) fn read_at(&self, bytes: &mut [u8], offset: u64) -> Result<(), Failure> {
        read_exact_at(&self.file, bytes, offset).map_err(Failure::disk(&self.path))
    }

    /// Makes what `sidecar` claims safe on the disk, and then writes that it is.
    ///
    /// # Errors
    /// [`Failure::Disk`].
    pub(super) fn keep(&self, sidecar: &Sidecar) -> Result<(), Failure> {
        self.file.sync_data().map_err(Failure::disk(&self.path))?;
        disk::write_whole(&self.beside, &sidecar.write()).map_err(Failure::disk(&self.beside))
    }

    /// Gives a whole and checked file of this length its name.
    ///
    /// # Errors
    /// [`Failure::Disk`]; then there is no such name that was not there before.
    pub(super) fn finish(self, n_bytes: u64, target: &Path) -> Result<(), Failure> {
        let Self { path, beside, file } = self;
        file.set_len(n_bytes).and_then(|()| file.sync_all()).map_err(Failure::disk(&path))?;
        // Windows renames no open file.
        drop(file);
        rename(&path, target)?;
        // The file has its name; what is left beside it is read by nobody.
        let _ = fs::remove_file(&beside);
        Ok(())
    }

    /// Leaves it for a later run, unless there is nothing in it to go on with.
    pub(super) fn leave(self) {
        let known = fs::read(&self.beside).ok().and_then(|bytes| Sidecar::read(&bytes));
        if known.is_none_or(|sidecar| sidecar.done.is_empty()) {
            self.discard();
        }
    }

    /// Takes it away, for it is wrong.
    pub(super) fn discard(self) {
        let Self { path, beside, file } = self;
        drop(file);
        // Without what is known of it, the next download starts over.
        let _ = fs::remove_file(&beside);
        let _ = fs::remove_file(&path);
    }
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
        if n == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = &bytes[n..];
        offset += n as u64;
    }
    Ok(())
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_read(file, bytes, offset)?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes = &mut bytes[n..];
        offset += n as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let all = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut all: Vec<String> = all.collect();
        all.sort();
        all
    }

    #[test]
    fn what_was_kept_is_found_again_and_finished() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("x.gguf");
        let (part, known) = Part::open(&target).unwrap();
        assert_eq!(known, None);
        part.check_room(6, 0).unwrap();
        part.reserve(6).unwrap();
        part.write_at(b"def", 3).unwrap();
        let mut sidecar = Sidecar { n_bytes: Some(6), ..Sidecar::default() };
        sidecar.done.insert(3..6);
        part.keep(&sidecar).unwrap();
        part.leave();
        assert_eq!(names(dir.path()), ["x.gguf.part", "x.gguf.part.json"]);
        let (part, known) = Part::open(&target).unwrap();
        assert_eq!(known, Some(sidecar));
        part.write_at(b"abc", 0).unwrap();
        let mut bytes = [0; 4];
        part.read_at(&mut bytes, 1).unwrap();
        assert_eq!(&bytes, b"bcde");
        part.finish(6, &target).unwrap();
        assert_eq!((fs::read(&target).unwrap(), names(dir.path())), (b"abcdef".to_vec(), vec!["x.gguf".to_owned()]));
    }

    #[test]
    fn bytes_that_are_not_there_are_not_claimed() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("x.gguf");
        let (part, _) = Part::open(&target).unwrap();
        part.write_at(b"abc", 0).unwrap();
        let mut sidecar = Sidecar::default();
        sidecar.done.insert(0..4);
        part.keep(&sidecar).unwrap();
        assert_eq!(Part::open(&target).unwrap().1, None);
        part.discard();
        assert!(names(dir.path()).is_empty());
    }

    #[test]
    fn nothing_is_left_of_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (part, _) = Part::open(&dir.path().join("x.gguf")).unwrap();
        part.keep(&Sidecar::default()).unwrap();
        part.leave();
        assert!(names(dir.path()).is_empty());
    }

    #[test]
    fn a_full_disk_is_told_before_anything_is_fetched() {
        let dir = tempfile::tempdir().unwrap();
        let (part, _) = Part::open(&dir.path().join("x.gguf")).unwrap();
        let refused = part.check_room(10, u64::MAX / 2);
        assert!(matches!(refused, Err(Failure::NoRoom { n_needed, .. }) if n_needed > u64::MAX / 2), "{refused:?}");
        assert_eq!(fs::metadata(&part.path).unwrap().len(), 0);
    }

    #[test]
    fn a_file_that_is_there_stays_until_the_new_one_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("x.gguf");
        fs::write(&target, "old").unwrap();
        let (part, _) = Part::open(&target).unwrap();
        part.write_at(b"new", 0).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"old");
        part.finish(3, &target).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_way_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (target, victim) = (dir.path().join("x.gguf"), dir.path().join("victim"));
        fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, dir.path().join("x.gguf.part")).unwrap();
        assert!(matches!(Part::open(&target), Err(Failure::Disk { .. })));
        fs::remove_file(dir.path().join("x.gguf.part")).unwrap();
        // A link under the final name is replaced by the file.
        std::os::unix::fs::symlink(&victim, &target).unwrap();
        let (part, _) = Part::open(&target).unwrap();
        part.write_at(b"new", 0).unwrap();
        part.finish(3, &target).unwrap();
        assert_eq!((fs::read(&victim).unwrap(), fs::read(&target).unwrap()), (b"precious".to_vec(), b"new".to_vec()));
    }
}
