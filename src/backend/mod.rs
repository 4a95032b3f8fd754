//! Whoever writes the answers, behind one trait: the engine process on this machine ([`local`]), or a script that
//! tests read from ([`scripted`]). [`turn`] is one turn of a conversation over any of them; [`conduct`] is what its
//! answer is held to.

pub mod conduct;
pub mod local;
pub mod scripted;
pub mod turn;

use crate::protocol::{Done, Fault, Generate, Segment};

/// What can be told while a request runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress<'a> {
    /// The weights are being loaded, 0 to 1.
    Loading(f32),
    /// The prompt is being read: tokens in the cache, tokens in all, tokens that were cached before.
    Reading {
        /// In the cache by now.
        done: u32,
        /// The whole prompt.
        total: u32,
        /// In the cache before.
        cached: u32,
    },
    /// The next piece of the answer.
    Text(&'a str),
    /// The answer began in the wrong language, and is being written again; nothing of it has been told.
    BegunAgain,
    /// Nothing new; said about twenty times a second, so that a watcher can look at the clock and at Ctrl-C.
    Tick,
}

/// What the watcher of a request wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steer {
    /// Go on.
    GoOn,
    /// End it at the next chance and keep what was written.
    Cancel,
    /// End it now, whatever is lost.
    Kill,
}

/// Told everything about a running request, and asked how to go on.
pub type Watch<'a> = dyn FnMut(Progress<'_>) -> Steer + 'a;

/// A backend that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// The engine process ended by itself.
    #[error("the engine died ({how}): {last_log}")]
    Died {
        /// Signal or exit code, in words.
        how: String,
        /// The last line it logged that says something.
        last_log: String,
    },
    /// The watcher had it killed.
    #[error("the engine was stopped")]
    Killed,
    /// It answered with a fault.
    #[error("{fault:?}: {message} {log}")]
    Fault {
        /// What kind.
        fault: Fault,
        /// The engine's words.
        message: String,
        /// llama.cpp's last words about it; may be empty.
        log: String,
    },
    /// It could not be started.
    #[error("the engine cannot be started: {0}")]
    Start(String),
}

/// Something that reads prompts and writes answers.
pub trait Backend {
    /// Context size in tokens.
    fn n_ctx(&self) -> u32;

    /// The length of a prompt in tokens. It cannot be cancelled, only killed.
    ///
    /// # Errors
    /// When the backend fails.
    fn count(&mut self, prompt: &[Segment], watch: &mut Watch<'_>) -> Result<u32, BackendError>;

    /// Writes an answer, telling `watch` about it.
    ///
    /// # Errors
    /// When the backend fails. An answer that ends early is no error: see [`Done::outcome`].
    fn generate(&mut self, request: &Generate, watch: &mut Watch<'_>) -> Result<Done, BackendError>;

    /// Sees to it that somebody is there to answer. `Some`: whoever was there had died since the last request, in
    /// the way described, and another was started.
    ///
    /// # Errors
    /// When the backend cannot be started again.
    fn wake(&mut self, _: &mut Watch<'_>) -> Result<Option<String>, BackendError> {
        Ok(None)
    }

    /// Lets go of the memory that it holds, until it is next asked for something.
    fn rest(&mut self) {}

    /// The process that does the work, for tests and for a person who wants to look; `None` when it is this one.
    fn process_id(&self) -> Option<u32> {
        None
    }
}
