//! One connection to one server: it claims a range, asks for it, checks what the answer claims to be, writes what
//! comes to its place, and tries again where that makes sense. It decides nothing about other servers.

use std::io::Read;
use std::ops::Range;
use std::time::Instant;

use super::address::Address;
use super::desk::{Desk, Note};
use super::failure::Failure;
use super::pace::{HEADWAY_BYTES, chance};
use super::request::{Answer, Client, Wish};
use super::trouble::{Course, Trouble};

/// How much is read from the network, and written to the disk, at a time.
const BUFFER_BYTES: usize = 256 << 10;

/// Whom to ask, for what.
pub(super) struct Connection<'a> {
    pub(super) desk: &'a Desk<'a>,
    pub(super) client: &'a Client,
    pub(super) address: &'a Address,
    /// Whether there are other servers to go to.
    pub(super) has_others: bool,
    /// Whether the file has to begin as GGUF files do.
    pub(super) is_gguf: bool,
}

/// Why a claim was not filled.
enum End {
    /// After so many bytes.
    Trouble(Trouble, u64),
    StartOver(Trouble),
    Failure(Failure),
    Stopped,
}

impl From<Trouble> for End {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble, 0)
    }
}

impl From<Failure> for End {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl Connection<'_> {
    /// Works until there is nothing left to claim, or no sense in going on; then it tells the last trouble.
    pub(super) fn work(&self) -> Option<Trouble> {
        let (desk, pace) = (self.desk, self.desk.pace);
        let mut n_failed = 0;
        while let Some(claim) = desk.claim() {
            let (trouble, n_brought) = match self.fill(claim) {
                Ok(()) => {
                    n_failed = 0;
                    continue;
                }
                // What breaks off when everybody stops is no trouble of its own.
                Err(_) if desk.is_stopped() => return None,
                Err(End::Stopped) => return None,
                Err(End::StartOver(trouble)) => {
                    desk.start_over(trouble);
                    return None;
                }
                Err(End::Failure(failure)) => {
                    desk.fail(failure);
                    return None;
                }
                Err(End::Trouble(trouble, n_brought)) => (trouble, n_brought),
            };
            n_failed = if n_brought >= HEADWAY_BYTES { 1 } else { n_failed + 1 };
            let stays = match trouble.course() {
                Course::Again => true,
                Course::Elsewhere => !self.has_others,
                Course::Never => false,
            };
            let pause = pace.pause_after(n_failed, trouble.retry_after(), chance());
            match pause {
                Some(pause) if stays && n_failed < pace.n_tries => {
                    desk.note(Note { trouble, pause });
                    desk.pause(pause);
                }
                _ => return Some(trouble),
            }
        }
        None
    }

    /// Brings what was claimed, or as much of it as the server sends; the rest is given back.
    fn fill(&self, claim: Range<u64>) -> Result<(), End> {
        let mut rest = claim.clone();
        let filled = self.fill_rest(&claim, &mut rest);
        self.desk.release(&rest);
        filled
    }

    /// `rest` is what is claimed and not there yet.
    fn fill_rest(&self, claim: &Range<u64>, rest: &mut Range<u64>) -> Result<(), End> {
        let desk = self.desk;
        let mut answer = match self.ask(claim) {
            Ok(answer) => answer,
            Err(Trouble::NoSuchPart { n_total: Some(n_total) }) => return self.end_at(n_total),
            Err(trouble) => return Err(trouble.into()),
        };
        if answer.is_page {
            return Err(Trouble::Page.into());
        }
        let is_version = desk.is_version(answer.etag.take());
        if answer.is_whole && !desk.claim_whole(claim) {
            return Err(End::StartOver(if is_version { Trouble::NoParts } else { Trouble::Changed }));
        }
        if answer.is_whole {
            rest.end = u64::MAX;
        }
        if !is_version {
            return Err(End::StartOver(Trouble::Changed));
        }
        self.check_length(&answer)?;
        if !answer.is_whole {
            desk.allow_more();
        }
        if answer.address != *self.address {
            desk.set_direct(Some(answer.address.clone()));
        }
        self.read(answer, rest)
    }

    /// Asks, directly where the last redirect led; such addresses expire, and then the way round is taken again.
    fn ask(&self, claim: &Range<u64>) -> Result<Answer, Trouble> {
        let desk = self.desk;
        let is_all = claim.start == 0 && claim.end >= desk.n_bytes().unwrap_or(u64::MAX);
        let last = (claim.end < u64::MAX).then_some(claim.end);
        let wish = Wish { part: (!is_all).then_some((claim.start, last)), only_if: desk.version() };
        if let Some(direct) = desk.direct() {
            match self.client.file(&direct, &wish) {
                Err(Trouble::Status { .. } | Trouble::NoSuchPart { .. }) => desk.set_direct(None),
                Err(trouble) => {
                    desk.set_direct(None);
                    return Err(trouble);
                }
                answer => return answer,
            }
        }
        self.client.file(self.address, &wish)
    }

    /// The server says that its file ends before what we asked for.
    fn end_at(&self, found: u64) -> Result<(), End> {
        let desk = self.desk;
        match desk.n_bytes() {
            Some(expected) if expected != found => Err(Trouble::Size { expected, found }.into()),
            Some(_) => Err(Trouble::NoSuchPart { n_total: Some(found) }.into()),
            // All of it may have come before anyone knew how much that is.
            None if desk.n_done() == found => {
                desk.end_at(found);
                Ok(())
            }
            None => Err(End::StartOver(Trouble::NoSuchPart { n_total: Some(found) })),
        }
    }

    fn check_length(&self, answer: &Answer) -> Result<(), End> {
        let desk = self.desk;
        match (answer.n_total, desk.n_bytes()) {
            (Some(found), Some(expected)) if found != expected => Err(Trouble::Size { expected, found }.into()),
            (Some(n_bytes), _) | (None, Some(n_bytes)) => Ok(desk.learn(n_bytes)?),
            // The end of a stream tells the length of it, and the hash whether that was the end.
            (None, None) if answer.is_whole && desk.has_sum() => Ok(()),
            (None, None) => Err(Trouble::NoLength.into()),
        }
    }

    fn read(&self, mut answer: Answer, rest: &mut Range<u64>) -> Result<(), End> {
        let (desk, stall) = (self.desk, self.desk.pace.stall);
        let sent = answer.part.clone().map_or(u64::MAX, |part| part.end);
        let end = sent.min(rest.end).min(desk.n_bytes().unwrap_or(u64::MAX));
        let begin = rest.start;
        let mut buffer = vec![0; BUFFER_BYTES];
        let (mut pulse, mut n_pulse) = (Instant::now(), 0);
        loop {
            if desk.is_stopped() {
                return Err(End::Stopped);
            }
            let n_brought = rest.start - begin;
            // One byte more than there should be: only a body that was read to its end leaves its connection usable.
            let n_most = usize::try_from(end - rest.start).unwrap_or(BUFFER_BYTES).clamp(1, BUFFER_BYTES);
            let n = match answer.body.read(&mut buffer[..n_most]) {
                Ok(n) => n,
                Err(error) => return Err(End::Trouble(Trouble::of_body(error, stall), n_brought)),
            };
            let is_at_end = rest.start == end;
            match n {
                0 if end == u64::MAX => {
                    desk.end_at(rest.start);
                    return Ok(());
                }
                0 if is_at_end => return Ok(()),
                0 => return Err(End::Trouble(Trouble::Cut, n_brought)),
                _ if is_at_end && answer.is_whole => {
                    let found = end.saturating_add(1);
                    return Err(End::Trouble(Trouble::Size { expected: end, found }, n_brought));
                }
                _ if is_at_end => return Ok(()),
                _ => {}
            }
            let bytes = &buffer[..n];
            if rest.start == 0 && self.is_gguf {
                check_start(bytes)?;
            }
            desk.put(bytes, rest.start)?;
            rest.start += n as u64;
            n_pulse += n as u64;
            if pulse.elapsed() >= stall {
                if desk.pace.is_stalled(n_pulse, pulse.elapsed()) {
                    return Err(End::Trouble(Trouble::Stalled(stall), rest.start - begin));
                }
                (pulse, n_pulse) = (Instant::now(), 0);
            }
        }
    }
}

/// Whether the first bytes can be those of a GGUF file.
fn check_start(bytes: &[u8]) -> Result<(), Trouble> {
    let magic = b"GGUF";
    let n = bytes.len().min(magic.len());
    match bytes[..n] == magic[..n] {
        true => Ok(()),
        false if bytes.trim_ascii_start().starts_with(b"<") => Err(Trouble::Page),
        false => Err(Trouble::NotGguf),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_of_a_gguf_file_however_few() {
        for n in 1..=8 {
            assert_eq!(check_start(&b"GGUF\x03\0\0\0"[..n]), Ok(()), "{n}");
        }
        assert_eq!(check_start(b"<!DOCTYPE html>"), Err(Trouble::Page));
        assert_eq!(check_start(b"\r\n <html>"), Err(Trouble::Page));
        for bytes in [&b"g"[..], b"GGML", b"{\"error\"", b"PK\x03\x04", b"GGU<"] {
            assert_eq!(check_start(bytes), Err(Trouble::NotGguf), "{bytes:?}");
        }
    }
}
