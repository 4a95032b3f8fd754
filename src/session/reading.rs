//! From the bytes of a session file to what was said. Whatever was done to the bytes, as much comes back as is there:
//! a tail that was torn off is left out, a line that is damaged costs itself and what cannot be understood without it.
//! Refused are only files that are none of ours, or beyond us.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::event::{Event, Header, Line, VERSION};
use super::transcript::Transcript;
use crate::exit::{Exit, Failed, cause};
use crate::text::untrusted;
use crate::tr;

/// The longest file that is read: a thousand times what a long conversation takes.
const MAX_FILE_BYTES: u64 = 256 << 20;

/// How every session file begins.
const START: &[u8] = b"{\"event\":\"session\",";

/// What was found in a session file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// What was said.
    pub transcript: Transcript,
    /// The first line, where it is whole.
    pub header: Option<Header>,
    /// Lines that say nothing, or nothing that fits to the others.
    pub n_damaged: usize,
    /// Lines of a kind that a newer liao writes.
    pub n_unknown: usize,
    /// Bytes at the end that are the beginning of a line.
    pub n_torn_bytes: usize,
    /// Bytes before these.
    pub(super) n_whole_bytes: usize,
    /// Bytes of the first line.
    pub(super) n_header_bytes: usize,
    /// The last line, though whole, has no newline.
    pub(super) is_unended: bool,
}

/// Why there is nothing to be had from a file.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It is in a newer format, of this version.
    #[error("format {0}")]
    Newer(u64),
    /// It is no session file.
    #[error("no session")]
    NotASession,
    /// It is longer than any session: in bytes.
    #[error("{0} bytes")]
    TooLong(u64),
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What a list tells of a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// The name that the person gave it.
    pub name: Option<String>,
    /// The title of it, as [`Transcript::title`] has it.
    pub title: Option<String>,
    /// Who answered last. Untrusted.
    pub model: Option<String>,
    /// When it began, RFC 3339. Untrusted.
    pub created: Option<String>,
    /// It goes on from another session.
    pub is_copy: bool,
    /// How many questions were ever asked in it.
    pub n_questions: usize,
}

impl Reading {
    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn of(bytes: &[u8]) -> Result<Self, Refused> {
        let mut reading = Self::default();
        for (i, line) in lines(bytes).enumerate() {
            let is_ended = line.ends_with(b"\n");
            match Line::read(line) {
                Line::Newer(version) if i == 0 => return Err(Refused::Newer(version)),
                Line::Event(Event::Session(header)) if i == 0 => reading.header = Some(header),
                Line::Event(event) => reading.n_damaged += usize::from(!reading.transcript.apply(event)),
                Line::Unknown => reading.n_unknown += 1,
                Line::Blank => {}
                Line::Newer(_) | Line::Damaged if is_ended => reading.n_damaged += 1,
                Line::Newer(_) | Line::Damaged => {
                    reading.n_torn_bytes = line.len();
                    break;
                }
            }
            reading.n_whole_bytes += line.len();
            reading.n_header_bytes += if i == 0 { line.len() } else { 0 };
            reading.is_unended = !is_ended;
        }
        if reading.is_ours(bytes) { Ok(reading) } else { Err(Refused::NotASession) }
    }

    /// Whether this was a session file before whatever was done to it.
    fn is_ours(&self, bytes: &[u8]) -> bool {
        self.header.is_some()
            || self.transcript != Transcript::default()
            || START.starts_with(bytes)
            || bytes.starts_with(START)
    }
}

impl Summary {
    /// Reads of a file's bytes what a list tells, and leaves the rest.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn of(bytes: &[u8]) -> Result<Self, Refused> {
        let (mut header, mut transcript) = (None, Transcript::default());
        for (i, line) in lines(bytes).enumerate() {
            match Line::outline(line) {
                Line::Newer(version) if i == 0 => return Err(Refused::Newer(version)),
                Line::Event(Event::Session(first)) if i == 0 => header = Some(first),
                Line::Event(event) => {
                    // What does not fit is for a reading to tell of.
                    let _ = transcript.apply(event);
                }
                _ => {}
            }
        }
        Ok(Self {
            name: transcript.name().map(str::to_owned),
            title: transcript.title(),
            model: transcript.model().map(|model| model.name.clone()),
            is_copy: header.as_ref().is_some_and(|header: &Header| header.copy_of.is_some()),
            created: header.map(|header| header.created),
            n_questions: transcript.n_questions(),
        })
    }
}

/// The lines with their newlines; the last may have none.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n')
}

/// All bytes of a file.
///
/// # Errors
/// [`Refused::TooLong`], or [`Refused::Io`].
pub(super) fn bytes_of(path: &Path) -> Result<Vec<u8>, Refused> {
    let file = File::open(path)?;
    let n_bytes = file.metadata()?.len();
    let mut bytes = Vec::new();
    // One that another liao writes may grow meanwhile.
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES { Err(Refused::TooLong(n_bytes)) } else { Ok(bytes) }
}

impl Refused {
    /// The sentence for a person, about this file.
    #[must_use]
    pub fn told(&self, path: &Path) -> Failed {
        let path = untrusted::path(path);
        Failed::new(
            Exit::Failure,
            match self {
                Self::Newer(version) => tr!(
                    "会话 {path} 是更新版本的 liao 写的（格式 {version}，这一版只认到 {VERSION}）：请升级 liao",
                    "the session {path} was written by a newer liao (format {version}; this one knows up to {VERSION}): please upgrade liao"
                ),
                Self::NotASession => tr!("{path} 不是 liao 的会话文件", "{path} is not a session file of liao's"),
                Self::TooLong(n_bytes) => {
                    let (mib, limit) = (n_bytes >> 20, MAX_FILE_BYTES >> 20);
                    tr!(
                        "会话文件 {path} 有 {mib} MiB，超过了上限 {limit} MiB",
                        "the session file {path} has {mib} MiB, over the limit of {limit} MiB"
                    )
                }
                Self::Io(error) => {
                    let error = cause(error);
                    let error = untrusted::one_line(&error);
                    tr!("读不了会话 {path}：{error}", "the session {path} cannot be read: {error}")
                }
            },
        )
    }
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
