//! A checkpoint on a hub, read in place: the files of one commit behind import's [`Folder`], so that a model can be made
//! of 26 GB that never are on this disk. What the bytes mean is not known here; nothing is printed and nothing written.
//!
//! The invariant: every byte handed out is of the commit that was named and of a file as long as its list says, and of
//! each server's bytes from one version, as it tells them apart; anything else is [`Lost`], and stays so. A file that is read
//! whole is held to its hash where that is known. Parts of a file cannot be: of them it is the hub's word, over an
//! encrypted connection, that is taken.
//!
//! `pool` has parts sent ahead within a bounded memory, `servers` asks for one part until it is there.

mod pool;
mod servers;

use std::io;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::download::address::Address;
use super::download::endpoint::NoAddress;
use super::download::inquiry::Repository;
use super::download::sum::Sum;
use super::download::tree::{Listed, Tree};
use super::download::{Event, Net};
use crate::import::source::{Folder, Lost, ReadAt};
use crate::text::Untrusted;
use crate::tr;
use pool::Pool;
use servers::{Place, Servers};

/// What is told meanwhile: [`Event::Moved`] counts all that has come, and of what total is not said.
pub type Report = dyn Fn(&Event<'_>) + Send + Sync;

/// The files of a repository at one commit, and where each can be had; it can be handed to another process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The files.
    pub files: Vec<SnapshotFile>,
}

/// A file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotFile {
    /// Its name.
    pub name: String,
    /// Its addresses: one a server, the best first, the servers in the same order for all files.
    pub addresses: Vec<String>,
    /// Its length.
    pub n_bytes: u64,
    /// Its SHA-256, in hexadecimal, where it is known.
    pub sha256: Option<String>,
}

impl Snapshot {
    /// All files of a list, from each of these hubs' repositories, which are held to the commit of the list.
    ///
    /// # Errors
    /// A name that is refused.
    pub fn of(tree: &Tree, repositories: &[Repository]) -> Result<Self, NoAddress> {
        let snapshot_file = |file: &Listed| {
            let addresses = repositories.iter().map(|one| one.file(&file.name));
            Ok(SnapshotFile {
                name: file.name.clone(),
                addresses: addresses.map(|address| Ok(address?.to_string())).collect::<Result<_, NoAddress>>()?,
                n_bytes: file.n_bytes,
                sha256: file.sum.map(|sum| sum.to_string()),
            })
        };
        Ok(Self { files: tree.files.iter().map(snapshot_file).collect::<Result<_, NoAddress>>()? })
    }
}

/// A snapshot whose files can be read.
pub struct Remote {
    pool: Arc<Pool>,
    files: Vec<(SnapshotFile, Option<Sum>)>,
}

impl Remote {
    /// Makes ready to read; nothing is asked yet.
    ///
    /// # Errors
    /// [`Lost::Unreachable`]: an address that may not be asked.
    pub fn new(snapshot: Snapshot, net: &Net, report: Arc<Report>) -> Result<Self, Lost> {
        let mut places = Vec::new();
        for file in &snapshot.files {
            let addresses = file.addresses.iter().map(|address| Address::parse(address));
            let addresses: Result<Vec<Address>, _> = addresses.collect();
            let addresses = addresses.map_err(|bad| Lost::Unreachable(bad.to_string()))?;
            let has_sum = file.sha256.is_some();
            places.push(Place { name: file.name.clone(), addresses, n_bytes: file.n_bytes, has_sum });
        }
        let with_sum = |file: SnapshotFile| {
            let sum = file.sha256.as_deref().and_then(Sum::parse);
            (file, sum)
        };
        let pool = Arc::new(Pool::new(Box::new(Servers::new(places, net, report)), net.pace.n_connections));
        Ok(Self { pool, files: snapshot.files.into_iter().map(with_sum).collect() })
    }
}

impl Folder for Remote {
    fn open(&self, name: &str) -> io::Result<Box<dyn ReadAt>> {
        let found = self.files.iter().enumerate().find(|(_, (file, _))| file.name == name);
        let (number, (file, sum)) = found.ok_or(io::ErrorKind::NotFound)?;
        let (pool, name) = (Arc::clone(&self.pool), file.name.clone());
        Ok(Box::new(RemoteFile { pool, number, name, n_bytes: file.n_bytes, sum: *sum }))
    }
}

/// A file that can be read.
struct RemoteFile {
    pool: Arc<Pool>,
    /// Its place in the list.
    number: usize,
    name: String,
    n_bytes: u64,
    sum: Option<Sum>,
}

impl ReadAt for RemoteFile {
    fn len(&self) -> u64 {
        self.n_bytes
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        if offset.checked_add(buf.len() as u64).is_none_or(|end| end > self.n_bytes) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.pool.read(self.number, offset, buf)?;
        match self.sum {
            Some(expected) if buf.len() as u64 == self.n_bytes => {
                held_to(expected, buf, &self.name).map_err(io::Error::from)
            }
            _ => Ok(()),
        }
    }

    /// Whatever the commit, a file of the same hash is the same file.
    fn version(&self) -> String {
        self.sum.map(|sum| sum.to_string()).unwrap_or_default()
    }

    fn expect(&self, parts: &[Range<u64>]) {
        self.pool.expect(self.number, parts);
    }

    fn give_up(&self) {
        self.pool.give_up();
    }
}

fn held_to(expected: Sum, bytes: &[u8], name: &str) -> Result<(), Lost> {
    let found = Sum::of_bytes(bytes);
    if found == expected {
        return Ok(());
    }
    let name = Untrusted(name);
    Err(Lost::Unreachable(tr!(
        "{name} 下载的内容不对：SHA-256 应为 {expected}，得到的是 {found}。请换一个下载源：HF_ENDPOINT=https://…",
        "what was fetched is not {name}: its SHA-256 should be {expected} and is {found}. Try another server: HF_ENDPOINT=https://…"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::download::endpoint::{Endpoint, Manner};

    const COMMIT: &str = "245bc5104d85dcc9a11a0e0a9ae6de38dfae536f";

    fn tree() -> Tree {
        let config = Listed { name: "config.json".to_owned(), n_bytes: 3, sum: None };
        let weights = Listed { name: "x.bin".to_owned(), n_bytes: 26 << 30, sum: Some(Sum::of_bytes(b"abc")) };
        Tree { revision: COMMIT.to_owned(), files: vec![config, weights] }
    }

    fn repository(base: &str, name: &str) -> Repository {
        let endpoint = Endpoint::new(base, Manner::HuggingFace).unwrap();
        Repository { endpoint, name: name.to_owned(), revision: Some(COMMIT.to_owned()) }
    }

    #[test]
    fn every_address_names_the_commit() {
        let repositories = ["https://a.example", "https://b.example/hub"].map(|base| repository(base, "some/model"));
        let snapshot = Snapshot::of(&tree(), &repositories).unwrap();
        let weights = &snapshot.files[1];
        assert_eq!((weights.name.as_str(), weights.n_bytes), ("x.bin", 26 << 30));
        assert_eq!(weights.sha256, Some(Sum::of_bytes(b"abc").to_string()));
        let expected = ["https://a.example/", "https://b.example/hub/"];
        assert_eq!(weights.addresses, expected.map(|base| format!("{base}some/model/resolve/{COMMIT}/x.bin")));
        let handed: Snapshot = serde_json::from_str(&serde_json::to_string(&snapshot).unwrap()).unwrap();
        assert_eq!(handed, snapshot);
        assert!(Snapshot::of(&tree(), &[repository("https://a.example", "../model")]).is_err());
    }

    #[test]
    fn what_is_not_listed_is_not_there_and_nobody_is_asked() {
        let snapshot = Snapshot::of(&tree(), &[repository("http://127.0.0.1:1", "some/model")]).unwrap();
        let remote = Remote::new(snapshot, &Net::default(), Arc::new(|event: &Event<'_>| panic!("{event:?}"))).unwrap();
        for name in ["README.md", "../config.json", ""] {
            assert_eq!(remote.open(name).err().unwrap().kind(), io::ErrorKind::NotFound, "{name}");
        }
        let weights = remote.open("x.bin").unwrap();
        assert_eq!((weights.len(), weights.version()), (26 << 30, Sum::of_bytes(b"abc").to_string()));
        weights.read_at(5, &mut []).unwrap();
        let beyond = weights.read_at(weights.len() - 1, &mut [0; 2]).unwrap_err();
        assert_eq!(beyond.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn an_address_that_may_not_be_asked_is_not() {
        let file = SnapshotFile {
            name: "x.bin".into(),
            addresses: vec!["http://example.com/".into()],
            n_bytes: 1,
            sha256: None,
        };
        let refused = Remote::new(Snapshot { files: vec![file] }, &Net::default(), Arc::new(|_: &Event<'_>| {}));
        assert!(matches!(refused.err(), Some(Lost::Unreachable(why)) if why.contains("example.com")));
    }

    #[test]
    fn what_is_read_whole_is_held_to_its_hash() {
        assert_eq!(held_to(Sum::of_bytes(b"abc"), b"abc", "x.json"), Ok(()));
        let wrong = held_to(Sum::of_bytes(b"abc"), b"abd", "x.json").unwrap_err().to_string();
        assert!(wrong.contains(&Sum::of_bytes(b"abd").to_string()) && wrong.contains("x.json"), "{wrong}");
    }
}
