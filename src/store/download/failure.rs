//! Why a download ended without its file. Whatever it was, there is no file under the final name that was not there
//! before, and what has arrived is kept unless it was wrong.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::sum::Sum;
use super::trouble::Trouble;
use crate::config::registry::gb;
use crate::disk::NoRoom;
use crate::disk::lock::NotTaken;
use crate::exit::{Exit, Failed};
use crate::text::names::BadName;
use crate::text::untrusted::{self, Untrusted};
use crate::tr;

/// Why there is no file.
#[derive(Debug)]
pub enum Failure {
    /// The name is none that a file may have.
    Name(BadName),
    /// Every server failed: which, and how.
    Servers(Vec<(String, Trouble)>),
    /// No hub told what is in a repository: which were asked, and how each failed.
    Unlisted {
        /// The repository.
        repo: String,
        /// The hubs.
        hubs: Vec<(String, Trouble)>,
    },
    /// It is not on this disk, and nobody may be asked.
    Offline,
    /// What was fetched, twice, is not the file.
    Wrong {
        /// The hash that it should have.
        expected: Sum,
        /// The hash that it has.
        found: Sum,
        /// Where it came from.
        host: String,
    },
    /// The disk is too full to begin with.
    NoRoom {
        /// The folder.
        folder: PathBuf,
        /// Bytes that have to be free.
        n_needed: u64,
        /// Bytes that are.
        n_free: u64,
    },
    /// A file or folder of ours cannot be read or written.
    Disk {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It was told to stop.
    Cancelled,
}

impl Failure {
    /// What the system said about a path.
    pub(super) fn disk(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Disk { path: path.to_owned(), error }
    }

    /// The exit code that belongs to it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Name(_) => Exit::Usage,
            Self::Servers(_) | Self::Unlisted { .. } | Self::Offline | Self::Wrong { .. } => Exit::Network,
            Self::NoRoom { .. } => Exit::Resources,
            Self::Disk { error, .. } if is_full(error) => Exit::Resources,
            Self::Disk { .. } => Exit::Failure,
            Self::Cancelled => Exit::Interrupted,
        }
    }
}

/// Whether it is for want of room: the disk, a quota, or the longest file that the file system or a limit allows.
fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

/// What each server did.
fn each(all: &[(String, Trouble)]) -> String {
    let each: Vec<String> = all.iter().map(|(host, trouble)| tr!("{host} {trouble}", "{host}: {trouble}")).collect();
    each.join(&tr!("；", "; "))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Self::Name(bad) => bad.to_string(),
            Self::Servers(all) => {
                let each = each(all);
                tr!(
                    "没能下载：{each}。已下载的部分留着，再运行一次就接着下",
                    "the download failed: {each}. What has arrived is kept; run the same command again to go on"
                )
            }
            Self::Unlisted { repo, hubs } => {
                let (repo, each) = (Untrusted(repo), each(hubs));
                tr!(
                    "问不到 {repo} 有哪些文件：{each}。请核对名字和网络，再运行一次；连不上时可用 HF_ENDPOINT=https://… 换一个镜像",
                    "what files {repo} has cannot be found out: {each}. Check the name and the network and run it again; where a hub cannot be reached, name a mirror: HF_ENDPOINT=https://…"
                )
            }
            Self::Offline => tr!(
                "磁盘上没有，而现在不让联网（--offline 或 HF_HUB_OFFLINE）。能联网时，去掉它再运行一次",
                "it is not on this disk, and the network is not to be used (--offline, or HF_HUB_OFFLINE). Once there is one, run it again without that"
            ),
            Self::Wrong { expected, found, host } => tr!(
                "从 {host} 下载了两次，内容都不对：SHA-256 应为 {expected}，得到的是 {found}。没有留下文件；请换一个下载源：HF_ENDPOINT=https://…",
                "what was fetched from {host}, twice, is not the file: its SHA-256 should be {expected} and is {found}. No file was kept; try another server: HF_ENDPOINT=https://…"
            ),
            Self::NoRoom { folder, n_needed, n_free } => {
                let (folder, needed, free) = (untrusted::path(folder), gb(*n_needed), gb(*n_free));
                tr!(
                    "磁盘空间不够：{folder} 需要 {needed}，只有 {free}。请腾出空间，或用 LIAO_HOME=目录 换一个磁盘",
                    "not enough room on the disk: {folder} needs {needed} and has {free}. Make room, or move to another disk with LIAO_HOME=DIR"
                )
            }
            Self::Disk { path, error } if error.kind() == io::ErrorKind::FileTooLarge => {
                let path = untrusted::path(path);
                tr!(
                    "{path} 放不下这么大的文件（{error}）：FAT32 上的文件不能到 4 GiB。请用 LIAO_HOME=目录 换一个磁盘",
                    "{path} cannot be so large ({error}): on FAT32 a file has to be under 4 GiB. Move to another disk with LIAO_HOME=DIR"
                )
            }
            // It may also be a copy that was made, and nothing downloaded that could be kept.
            Self::Disk { path, error } if is_full(error) => {
                let path = untrusted::path(path);
                tr!(
                    "写 {path} 时磁盘满了（{error}）。请腾出空间，再运行一次；下载过的不会重来",
                    "the disk filled up while {path} was written ({error}). Make room and run the same command again; what was downloaded is not fetched again"
                )
            }
            Self::Disk { path, error } => {
                let path = untrusted::path(path);
                tr!(
                    "读写不了 {path}：{error}。请检查权限，或用 LIAO_HOME=目录 换一个地方",
                    "cannot read or write {path}: {error}. Check the permissions, or use another place with LIAO_HOME=DIR"
                )
            }
            Self::Cancelled => tr!(
                "停下了。已下载的部分留着，再运行一次就接着下",
                "stopped. What has arrived is kept; run the same command again to go on"
            ),
        };
        f.write_str(&sentence)
    }
}

impl std::error::Error for Failure {}

impl From<NotTaken> for Failure {
    fn from(not_taken: NotTaken) -> Self {
        match not_taken {
            NotTaken::Stopped => Self::Cancelled,
            NotTaken::Io { path, error } => Self::Disk { path, error },
        }
    }
}

impl From<NoRoom> for Failure {
    fn from(no_room: NoRoom) -> Self {
        match no_room {
            NoRoom::Full { folder, n_needed, n_free } => Self::NoRoom { folder, n_needed, n_free },
            NoRoom::Io { folder: path, error } => Self::Disk { path, error },
        }
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self::new(failure.exit(), failure.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_the_exit_code_of_the_contract() {
        let disk = |kind: io::ErrorKind| Failure::Disk { path: "x".into(), error: kind.into() };
        let sum = Sum::of_bytes(b"");
        for (failure, exit) in [
            (Failure::Servers(vec![("a".into(), Trouble::Cut)]), Exit::Network),
            (Failure::Unlisted { repo: "a/b".into(), hubs: Vec::new() }, Exit::Network),
            (Failure::Offline, Exit::Network),
            (Failure::Wrong { expected: sum, found: sum, host: "a".into() }, Exit::Network),
            (Failure::NoRoom { folder: "x".into(), n_needed: 2, n_free: 1 }, Exit::Resources),
            (disk(io::ErrorKind::StorageFull), Exit::Resources),
            (disk(io::ErrorKind::QuotaExceeded), Exit::Resources),
            (disk(io::ErrorKind::FileTooLarge), Exit::Resources),
            (disk(io::ErrorKind::PermissionDenied), Exit::Failure),
            (Failure::Cancelled, Exit::Interrupted),
            (Failure::Name(BadName::File("/".into())), Exit::Usage),
        ] {
            let failed = Failed::from(failure);
            assert_eq!(failed.exit, exit, "{failed}");
            assert!(!failed.message.is_empty());
        }
    }

    #[test]
    fn what_forbids_the_network_is_named() {
        let told = Failure::Offline.to_string();
        assert!(told.contains("--offline") && told.contains("HF_HUB_OFFLINE"), "{told}");
    }

    #[test]
    fn it_tells_of_every_server() {
        let all = vec![("one".to_owned(), Trouble::Cut), ("two".to_owned(), Trouble::Page)];
        let unlisted = Failure::Unlisted { repo: "a/b".into(), hubs: all.clone() };
        assert!(unlisted.to_string().contains("a/b"));
        for told in [unlisted.to_string(), Failure::Servers(all).to_string()] {
            for part in ["one", "two", &Trouble::Cut.to_string(), &Trouble::Page.to_string()] {
                assert!(told.contains(part), "{part}: {told}");
            }
        }
    }
}
