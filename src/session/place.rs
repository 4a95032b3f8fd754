//! Where a session is on the disk: its file, held for one liao, to whose end lines are appended. What the lines say is
//! not known here, but for the first. Either all that is appended at a time is safe on the disk, or the file is as it
//! was.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::event::{self, Event, Header};
use super::id::Id;
use super::reading::Reading;
use super::shelf::{Hold, hold, path_of};
use crate::disk;
use crate::disk::lock::Lock;
use crate::tr;

/// How many ids in a row may be taken: sessions that begin in one second.
const MAX_TRIES: usize = 100;

/// Where a session is on the disk. Nobody else writes there while this lives.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) id: Id,
    pub(super) path: PathBuf,
    /// `None`: not made yet.
    file: Option<File>,
    /// All of it that is safe on the disk, and whole.
    n_bytes: u64,
    _lock: Lock,
}

impl Place {
    /// A place for a new session: an id that no other has, held before there is a file of that name.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        disk::create_private(folder)?;
        let mut id = Id::of(SystemTime::now());
        for _ in 0..MAX_TRIES {
            let path = path_of(folder, id);
            let is_free = || path.symlink_metadata().is_err();
            // Before it was held, another may have made it and left.
            if is_free()
                && let Hold::Ours(lock) = hold(&path)?
                && is_free()
            {
                return Ok(Self { id, path, file: None, n_bytes: 0, _lock: lock });
            }
            id = id.next();
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// The place of a session that was read; what is torn off at its end goes.
    pub(super) fn old(path: PathBuf, id: Id, lock: Lock, reading: &Reading) -> io::Result<Self> {
        let file = disk::open_old(&path)?;
        let n_bytes = reading.n_whole_bytes as u64;
        if reading.n_torn_bytes > 0 {
            file.set_len(n_bytes)?;
        }
        Ok(Self { id, path, file: Some(file), n_bytes, _lock: lock })
    }

    /// Appends lines, before the first of them the header, and comes back when they are safe on the disk. If that
    /// fails, nothing was appended.
    pub(super) fn append(&mut self, header: &Header, lines: &[u8]) -> io::Result<()> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => disk::create_private_file(&self.path)?,
        };
        let appended = self.append_to(&mut file, header, lines);
        // One that could not be begun is made again.
        self.file = (self.n_bytes > 0).then_some(file);
        appended
    }

    fn append_to(&mut self, file: &mut File, header: &Header, lines: &[u8]) -> io::Result<()> {
        if self.path.symlink_metadata()?.len() != self.n_bytes {
            return Err(io::Error::other(tr!("文件被别的程序改动了", "another program has changed the file")));
        }
        let is_new = self.n_bytes == 0;
        let mut bytes = if is_new { event::line(&Event::Session(header.clone())) } else { Vec::new() };
        bytes.extend_from_slice(lines);
        file.seek(SeekFrom::Start(self.n_bytes))?;
        if let Err(error) = file.write_all(&bytes).and_then(|()| file.sync_data()) {
            // Nobody is to find a session with nothing in it. Where this fails too, half a line at the end is dropped
            // when the file is read.
            let _ = if is_new { fs::remove_file(&self.path) } else { file.set_len(self.n_bytes) };
            return Err(error);
        }
        if is_new {
            // Where that is not possible, a power cut may cost the file; nothing else can.
            let _ = disk::sync_name(&self.path);
        }
        self.n_bytes += bytes.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header { v: 1, id: "0000001".into(), created: String::new(), copy_of: None }
    }

    #[test]
    fn what_cannot_be_appended_leaves_the_file_as_it_was() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut place = Place::new(dir.path()).expect("a place");
        place.append(&header(), b"1\n").expect("appended");
        let before = fs::read(&place.path).expect("a file");
        assert!(before.ends_with(b"}\n1\n"), "{}", String::from_utf8_lossy(&before));
        let writable = place.file.replace(File::open(&place.path).expect("to read"));
        place.append(&header(), b"2\n").expect_err("it is only open to be read");
        assert_eq!(fs::read(&place.path).expect("a file"), before);
        place.file = writable;
        place.append(&header(), b"2\n3\n").expect("appended");
        assert_eq!(fs::read(&place.path).expect("a file"), [&before[..], b"2\n3\n"].concat());
    }

    #[test]
    fn a_file_that_cannot_be_begun_is_not_left_there() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut place = Place::new(dir.path()).expect("a place");
        fs::write(&place.path, "").expect("written");
        place.file = Some(File::open(&place.path).expect("to read"));
        place.append(&header(), b"1\n").expect_err("it is only open to be read");
        assert!(!place.path.exists());
        place.append(&header(), b"1\n2\n").expect("appended");
        assert!(fs::read(&place.path).expect("a file").ends_with(b"}\n1\n2\n"));
    }
}
