//! Where bytes are read from: a file on this disk, or far away (`store::remote`). What the bytes mean is not known here.
//!
//! Every read says where it reads, so one source serves many threads, and nothing is mapped: a file that shrinks
//! while it is read is an error and not a signal.

use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::Refused;

/// Bytes that can be read at any place.
pub trait ReadAt: Send + Sync {
    /// How many bytes there are.
    fn len(&self) -> u64;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buf` with the bytes from `offset` on.
    ///
    /// # Errors
    /// The system's or the network's; [`io::ErrorKind::UnexpectedEof`] when there are too few.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()>;

    /// What tells this version of the file from another one of the same length, where anything does.
    fn version(&self) -> String {
        String::new()
    }

    /// Hears which parts will be read next, each as a whole and in this order, so that they can be on their way before
    /// they are asked for. It is of use only to what is far away.
    fn expect(&self, _parts: &[Range<u64>]) {}

    /// Hears that nothing more will be read of it or of what it came with: whoever is reading must not wait any longer.
    fn give_up(&self) {}
}

/// Why a source far away cannot be read any more: one sentence, fit for a terminal. The [`io::Error`]s of such a source
/// carry it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// It does not answer, or not with what it should.
    #[error("{0}")]
    Unreachable(String),
    /// It is another file than the one that was begun with, so nothing that was read of it is of use.
    #[error("{0}")]
    Changed(String),
}

impl From<Lost> for io::Error {
    fn from(lost: Lost) -> Self {
        Self::other(lost)
    }
}

/// Files that lie together and are opened by their names.
pub trait Folder {
    /// Opens the file `name`, which has no folders in it.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when it is not there; else the system's or the network's.
    fn open(&self, name: &str) -> io::Result<Box<dyn ReadAt>>;

    /// The path of the one file that it is, where it is no folder. Nothing can be opened beside it: what lies there may
    /// be about another.
    fn lone_file(&self) -> Option<&Path> {
        None
    }
}

/// What a path of this disk leads to: a folder, or else one file.
#[must_use]
pub fn local(path: &Path) -> Box<dyn Folder> {
    if path.is_dir() { Box::new(LocalFolder(path.to_owned())) } else { Box::new(LoneFile(path.to_owned())) }
}

/// A file on this disk.
#[derive(Debug)]
pub struct LocalFile {
    file: File,
    n_bytes: u64,
    modified: Option<SystemTime>,
}

impl LocalFile {
    /// Opens a regular file, or a link to one.
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::InvalidInput`] for what is no file, as opening a pipe could wait for ever.
    pub fn open(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let file = File::open(path)?;
        let n_bytes = file.metadata()?.len();
        Ok(Self { file, n_bytes, modified: metadata.modified().ok() })
    }
}

impl ReadAt for LocalFile {
    fn len(&self) -> u64 {
        self.n_bytes
    }

    /// Trained further, a model has files of the same names and sizes.
    fn version(&self) -> String {
        let since = self.modified.and_then(|modified| modified.duration_since(UNIX_EPOCH).ok());
        since.unwrap_or_default().as_nanos().to_string()
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, buf, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, mut offset: u64, mut buf: &mut [u8]) -> io::Result<()> {
        use std::os::windows::fs::FileExt;
        while !buf.is_empty() {
            match self.file.seek_read(buf, offset) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(n) => {
                    let filled = buf;
                    buf = &mut filled[n..];
                    offset += n as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Bytes in memory.
impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).ok();
        let found = start.and_then(|start| self.get(start..start.checked_add(buf.len())?));
        buf.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// A folder on this disk.
#[derive(Debug, Clone)]
pub struct LocalFolder(pub PathBuf);

impl Folder for LocalFolder {
    fn open(&self, name: &str) -> io::Result<Box<dyn ReadAt>> {
        Ok(Box::new(LocalFile::open(&self.0.join(name))?))
    }
}

/// One file of this disk, or the first part of one in several.
#[derive(Debug, Clone)]
pub struct LoneFile(pub PathBuf);

impl Folder for LoneFile {
    fn open(&self, _: &str) -> io::Result<Box<dyn ReadAt>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn lone_file(&self) -> Option<&Path> {
        Some(&self.0)
    }
}

/// The whole of a small file.
///
/// # Errors
/// [`Refused::TooLarge`] above `max_bytes`, which nothing is allocated for; [`Refused::Io`] as the source fails.
pub fn read_whole(source: &dyn ReadAt, max_bytes: u64) -> Result<Vec<u8>, Refused> {
    read_part(source, "file", 0, source.len(), max_bytes)
}

/// The `n_bytes` from `offset` on, which are called `what`.
///
/// # Errors
/// [`Refused::TooLarge`] above `max_bytes` and [`Refused::Truncated`] beyond the end, before anything is allocated;
/// [`Refused::Io`] as the source fails.
pub(crate) fn read_part(
    source: &dyn ReadAt,
    what: &str,
    offset: u64,
    n_bytes: u64,
    max_bytes: u64,
) -> Result<Vec<u8>, Refused> {
    let size = match usize::try_from(n_bytes) {
        Ok(size) if n_bytes <= max_bytes => size,
        _ => return Err(Refused::TooLarge { what: what.to_owned(), n_bytes, max_bytes }),
    };
    let (need, have) = (offset.saturating_add(n_bytes), source.len());
    if need > have {
        return Err(Refused::Truncated { need, have });
    }
    let mut bytes = vec![0; size];
    source.read_at(offset, &mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        fs::write(&path, bytes).unwrap();
        (dir, path)
    }

    #[test]
    fn a_file_and_the_same_bytes_in_memory_read_alike() {
        let bytes: Vec<u8> = (0..=99).collect();
        let (_dir, path) = written(&bytes);
        let file = LocalFile::open(&path).unwrap();
        let sources: [&dyn ReadAt; 2] = [&file, &bytes];
        for source in sources {
            assert_eq!((source.len(), source.is_empty()), (100, false));
            for (offset, n) in [(0, 0), (0, 100), (7, 5), (99, 1), (100, 0)] {
                let mut buf = vec![0; n];
                source.read_at(offset as u64, &mut buf).unwrap();
                assert_eq!(buf, bytes[offset..offset + n]);
            }
            for (offset, n) in [(0, 101), (99, 2), (100, 1), (1 << 40, 1)] {
                let error = source.read_at(offset, &mut vec![0; n]).unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{offset} {n}");
            }
        }
    }

    #[test]
    fn a_folder_opens_files_and_nothing_else() {
        let (dir, _) = written(b"abc");
        let folder = LocalFolder(dir.path().to_owned());
        assert_eq!(folder.open("x").unwrap().len(), 3);
        assert_eq!(folder.open("y").err().unwrap().kind(), io::ErrorKind::NotFound);
        assert_eq!(folder.open(".").err().unwrap().kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn beside_a_lone_file_there_is_nothing() {
        let (dir, path) = written(b"abc");
        let file = local(&path);
        assert_eq!(file.lone_file(), Some(path.as_path()));
        assert_eq!(file.open("x").err().unwrap().kind(), io::ErrorKind::NotFound);
        let folder = local(dir.path());
        assert_eq!(folder.lone_file(), None);
        assert_eq!(folder.open("x").unwrap().len(), 3);
    }

    #[test]
    fn a_file_that_shrinks_is_an_error() {
        let (_dir, path) = written(&[1; 100]);
        let file = LocalFile::open(&path).unwrap();
        fs::write(&path, [1; 50]).unwrap();
        assert_eq!(file.read_at(0, &mut [0; 100]).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn small_files_are_read_whole_and_others_refused() {
        let bytes = b"{}".to_vec();
        assert_eq!(read_whole(&bytes, 2), Ok(bytes.clone()));
        let too_large = Refused::TooLarge { what: "file".to_owned(), n_bytes: 2, max_bytes: 1 };
        assert_eq!(read_whole(&bytes, 1), Err(too_large));
        let beyond = Refused::Truncated { need: 3, have: 2 };
        assert_eq!(read_part(&bytes, "x", 1, 2, 9), Err(beyond));
        let overflow = Refused::Truncated { need: u64::MAX, have: 2 };
        assert_eq!(read_part(&bytes, "x", u64::MAX, 2, 9), Err(overflow));
    }
}
