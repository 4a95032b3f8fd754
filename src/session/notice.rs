//! What a person should know about a session when it is opened. None of it keeps anybody from going on.

use std::path::PathBuf;

use super::id::Id;
use crate::disk::lock::other_liao;
use crate::text::untrusted;
use crate::tr;

/// Something to be told, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The last bytes were half a line and are gone: most likely liao was killed while it wrote them.
    Torn {
        /// The session.
        id: Id,
        /// How many bytes.
        n_bytes: usize,
    },
    /// Lines cannot be read; they are left out, and left in the file.
    Damaged {
        /// The session.
        id: Id,
        /// How many lines.
        n_lines: usize,
    },
    /// Lines say what only a newer liao understands; they are left in the file.
    NotUnderstood {
        /// The session.
        id: Id,
        /// How many lines.
        n_lines: usize,
    },
    /// Another liao has the session open; this is a copy.
    Copy {
        /// The session that was asked for.
        of: Id,
        /// The process that has it, where that is known.
        holder: Option<u32>,
        /// The copy.
        id: Id,
    },
    /// Others on this machine can read the file.
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// What is said from here on stays in memory.
    NotSaved {
        /// What is in the way.
        why: String,
    },
}

impl Notice {
    /// The sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Torn { id, n_bytes } => tr!(
                "会话 {id} 的最后一行没有写完（多半是上次被强行结束），去掉了这 {n_bytes} 字节；之前的都在",
                "the last line of session {id} was only half written (most likely liao was killed): its {n_bytes} bytes are dropped, and all before it is there"
            ),
            Self::Damaged { id, n_lines } => tr!(
                "会话 {id} 有 {n_lines} 行读不懂，已跳过，仍留在文件里",
                "lines of session {id} that cannot be read: {n_lines}; they were left out, and stay in the file"
            ),
            Self::NotUnderstood { id, n_lines } => tr!(
                "会话 {id} 有 {n_lines} 行是更新版本的 liao 写的，这一版用不上，原样留着",
                "lines of session {id} that only a newer liao understands: {n_lines}; they stay as they are"
            ),
            Self::Copy { of, holder, id } => {
                let other = other_liao(*holder);
                tr!(
                    "{other}正在用会话 {of}；这里是它的副本 {id}，两边各自往下聊",
                    "{other} has session {of} open; this is a copy of it, {id}, and each goes its own way"
                )
            }
            Self::Exposed { path } => {
                let path = untrusted::path(path);
                tr!(
                    "会话文件 {path} 别的用户也能读；要只留给自己：chmod 600 {path}",
                    "others on this machine can read the session file {path}; to keep it to yourself: chmod 600 {path}"
                )
            }
            Self::NotSaved { why } => {
                let why = untrusted::one_line(why);
                tr!("这次对话不会存盘：{why}", "this conversation is not saved to disk: {why}")
            }
        }
    }
}
