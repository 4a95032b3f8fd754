//! How the program ends: the exit codes that scripts rely on, and the error that carries one with its sentence.

use std::fmt;
use std::io;

use crate::tr;

/// An exit code. The numbers are a promise (README, "Exit codes").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done. Also when whoever read our output closed it.
    Success = 0,
    /// Any failure that has no number of its own.
    Failure = 1,
    /// The command line, or a setting, is wrong.
    Usage = 2,
    /// The model file, or the file to import, was rejected.
    Model = 3,
    /// The network failed.
    Network = 4,
    /// Not enough memory or disk.
    Resources = 5,
    /// The input text was rejected: its encoding, or it does not fit the context.
    Input = 6,
    /// The engine process died.
    EngineDied = 70,
    /// SIGHUP.
    HungUp = 129,
    /// SIGINT.
    Interrupted = 130,
    /// SIGTERM.
    Terminated = 143,
}

impl Exit {
    /// The word that stands for it as `kind` in a `--json` error.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Usage => "usage",
            Self::Model => "model",
            Self::Network => "network",
            Self::Resources => "resources",
            Self::Input => "input",
            Self::EngineDied => "engine_died",
            Self::HungUp | Self::Interrupted | Self::Terminated => "signal",
        }
    }
}

/// A failure told in one sentence (what, where, what to type next), with the exit code that belongs to it.
#[derive(Debug, Clone)]
pub struct Failed {
    /// The code the program ends with, should this end it.
    pub exit: Exit,
    /// The sentence, in the reader's language; already safe to show on a terminal.
    pub message: String,
}

impl Failed {
    /// A failure with its code and sentence.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// A wrong command line or setting.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// The failure that an error carries; any other error is a plain [`Exit::Failure`] with its whole chain as the sentence.
    #[must_use]
    pub fn of(error: &anyhow::Error) -> Self {
        error.downcast_ref::<Self>().cloned().unwrap_or_else(|| Self::new(Exit::Failure, format!("{error:#}")))
    }
}

/// Why the system did not do what it was asked to: the usual reasons in the reader's language, others in its own words.
#[must_use]
pub fn cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => tr!("没有这个文件或目录", "there is no such file or folder"),
        io::ErrorKind::PermissionDenied => tr!("没有权限", "permission denied"),
        io::ErrorKind::IsADirectory => tr!("那是一个目录", "it is a folder"),
        io::ErrorKind::NotADirectory => tr!("路径里有一段不是目录", "part of the path is not a folder"),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => tr!("磁盘满了", "the disk is full"),
        io::ErrorKind::ReadOnlyFilesystem => tr!("那里是只读的", "the file system is read-only"),
        _ => error.to_string(),
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failed {}
