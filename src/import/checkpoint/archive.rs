//! The entries of a zip archive as `torch.save` writes one, found where they lie; nothing is extracted.
//!
//! Zip readers differ over an archive that says two things at once, and so there is one reading here: the directory
//! ends where its end record begins, that record ends the file, and each entry's own header agrees with the directory.
//! What `torch.save` never writes is refused, needed or not: entries that are compressed, encrypted, links, there
//! twice, or named out of their folder; comments behind the end, parts on other disks. A library would search for
//! what is broken, and make room for as many entries as an archive claims to have; here memory grows with the bytes
//! of the directory alone.

use std::collections::HashMap;
use std::ops::Range;

use crate::import::Refused;
use crate::import::source::{ReadAt, read_part};

/// Largest directory; that of a 13B model has 0.03 MB.
const MAX_DIRECTORY_BYTES: u64 = 2 << 20;
/// The end record.
const END_BYTES: u64 = 22;
/// The zip64 end record and its locator, which come right before the end record.
const END64_BYTES: u64 = 56 + 20;
/// An entry's own header, without its name.
const HEADER_BYTES: u64 = 30;
/// Flag: encrypted.
const ENCRYPTED: u64 = 1;
/// Flag: the header has zeros for the sizes, which follow behind the data. `torch.save` sets it.
const SIZES_FOLLOW: u64 = 1 << 3;
/// In place of a number that stands in the zip64 field instead.
const IN_ZIP64: u64 = u32::MAX as u64;

/// Where an entry's data is in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) offset: u64,
    pub(super) n_bytes: u64,
}

/// The archive's entries by their names.
///
/// # Errors
/// [`Refused`] at the first thing that `torch.save` would not have written.
pub(super) fn read_entries(source: &dyn ReadAt) -> Result<HashMap<String, Entry>, Refused> {
    let Directory { start, n_bytes, n_entries } = find_directory(source)?;
    let bytes = read_part(source, "zip directory", start, n_bytes, MAX_DIRECTORY_BYTES)?;
    let mut rest = Fields(&bytes);
    let mut all = Vec::new();
    while !rest.0.is_empty() {
        let at = start + n_bytes - rest.0.len() as u64;
        all.push(read_listed(&mut rest).ok_or_else(|| Refused::corrupt("zip directory", format!("@ {at}")))?);
    }
    // Hundreds of headers all over the file: far away, one after the other would take minutes.
    source.expect(&all.iter().filter_map(|listed| listed.header(start)).collect::<Vec<_>>());
    let mut entries = HashMap::new();
    for listed in &all {
        let (name, entry) = locate(source, listed, start)?;
        if entries.insert(name.to_owned(), entry).is_some() {
            return Err(Refused::corrupt("zip", format!("{name}, {name}")));
        }
    }
    if entries.len() as u64 != n_entries {
        return Err(Refused::corrupt("zip directory", format!("{} / {n_entries}", entries.len())));
    }
    Ok(entries)
}

struct Directory {
    start: u64,
    n_bytes: u64,
    n_entries: u64,
}

fn find_directory(source: &dyn ReadAt) -> Result<Directory, Refused> {
    let n_tail = source.len().min(END64_BYTES + END_BYTES);
    let tail_start = source.len() - n_tail;
    let tail = read_part(source, "zip", tail_start, n_tail, n_tail)?;
    let (end64, end) = tail.split_at(n_tail.saturating_sub(END_BYTES) as usize);
    let found = read_end(end).ok_or(Refused::NoDirectory)?;
    let (directory, directory_end) = match read_end64(end64, tail_start) {
        Some(wide) => (wide, tail_start),
        None => (found, source.len() - END_BYTES),
    };
    if directory.start.checked_add(directory.n_bytes) != Some(directory_end) {
        let Directory { start, n_bytes, .. } = directory;
        return Err(Refused::corrupt("zip directory", format!("{start} + {n_bytes} / {directory_end}")));
    }
    Ok(directory)
}

/// The end record, if it is one without a comment on a single disk.
fn read_end(bytes: &[u8]) -> Option<Directory> {
    let mut end = Fields(bytes.strip_prefix(b"PK\x05\x06")?);
    let (disk, n_here, n_entries) = (end.u32()?, end.u16()?, end.u16()?);
    let (n_bytes, start, n_comment) = (end.u32()?, end.u32()?, end.u16()?);
    ((disk, n_comment) == (0, 0) && n_here == n_entries).then_some(Directory { start, n_bytes, n_entries })
}

/// The zip64 end record with its locator, if they are these. The record begins at `at` in the file.
fn read_end64(bytes: &[u8], at: u64) -> Option<Directory> {
    let mut end = Fields(bytes.strip_prefix(b"PK\x06\x06")?);
    let (n_record, _versions, disks) = (end.u64()?, end.u32()?, end.u64()?);
    let (n_here, n_entries, n_bytes, start) = (end.u64()?, end.u64()?, end.u64()?, end.u64()?);
    let mut locator = Fields(end.0.strip_prefix(b"PK\x06\x07")?);
    let (disk, located) = (locator.u32()?, locator.u64()?);
    let is_ours = (n_record, disks, disk, located) == (44, 0, 0, at) && n_here == n_entries;
    is_ours.then_some(Directory { start, n_bytes, n_entries })
}

/// An entry as the directory lists it.
struct Listed<'a> {
    name: &'a [u8],
    flags: u64,
    method: u64,
    is_link: bool,
    n_bytes: u64,
    n_packed: u64,
    header_start: u64,
}

impl Listed<'_> {
    /// Where its own header is, without the extra fields behind; `None`: not before the directory.
    fn header(&self, directory_start: u64) -> Option<Range<u64>> {
        let end = self.header_start.checked_add(HEADER_BYTES + self.name.len() as u64)?;
        (end <= directory_start).then_some(self.header_start..end)
    }
}

fn read_listed<'a>(rest: &mut Fields<'a>) -> Option<Listed<'a>> {
    rest.0 = rest.0.strip_prefix(b"PK\x01\x02")?;
    let (_versions, flags, method) = (rest.u32()?, rest.u16()?, rest.u16()?);
    let (_time, _crc, n_packed, n_bytes) = (rest.u32()?, rest.u32()?, rest.u32()?, rest.u32()?);
    let (n_name, n_extra, n_comment) = (rest.u16()?, rest.u16()?, rest.u16()?);
    let (_disk_and_kind, attributes, header_start) = (rest.u32()?, rest.u32()?, rest.u32()?);
    let name = rest.take(n_name)?;
    let mut zip64 = find_zip64(Fields(rest.take(n_extra)?));
    rest.take(n_comment)?;
    let mut widened = |n: u64| if n == IN_ZIP64 { zip64.u64() } else { Some(n) };
    let (n_bytes, n_packed, header_start) = (widened(n_bytes)?, widened(n_packed)?, widened(header_start)?);
    // The upper half is a Unix mode, in which this is S_IFLNK.
    let is_link = attributes >> 28 == 0o12;
    Some(Listed { name, flags, method, is_link, n_bytes, n_packed, header_start })
}

/// The zip64 field among an entry's extra fields; empty if there is none.
fn find_zip64(mut extra: Fields<'_>) -> Fields<'_> {
    while let (Some(id), Some(n)) = (extra.u16(), extra.u16()) {
        match extra.take(n) {
            Some(field) if id == 1 => return Fields(field),
            Some(_) => {}
            None => break,
        }
    }
    Fields(&[])
}

/// Holds what the directory lists against the entry's own header. All of the entry lies before the directory.
fn locate<'a>(source: &dyn ReadAt, listed: &Listed<'a>, directory_start: u64) -> Result<(&'a str, Entry), Refused> {
    let Listed { flags, n_bytes, header_start, .. } = *listed;
    let name = str::from_utf8(listed.name).map_err(|_| Refused::corrupt("zip", listed.name.escape_ascii()))?;
    if name.starts_with('/') || name.contains(['\\', ':', '\0']) || name.split('/').any(|part| part == "..") {
        return Err(Refused::corrupt("zip", name));
    }
    let what = format!("zip: {name}");
    if flags & ENCRYPTED != 0 {
        return Err(Refused::unsupported(what, "encrypted", "stored"));
    }
    if listed.method != 0 {
        return Err(Refused::unsupported(what, format!("compressed ({})", listed.method), "stored"));
    }
    if listed.is_link {
        return Err(Refused::unsupported(what, "symlink", "stored"));
    }
    if listed.n_packed != n_bytes {
        return Err(Refused::corrupt(what, format!("{} / {n_bytes}", listed.n_packed)));
    }
    let Some(place) = listed.header(directory_start) else {
        return Err(Refused::corrupt(what, format!("{header_start} / {directory_start}")));
    };
    let n_header = place.end - place.start;
    let header = read_part(source, &what, header_start, n_header, n_header)?;
    let Some(n_extra) = read_header(&header, listed) else {
        return Err(Refused::corrupt(what, header[..HEADER_BYTES as usize].escape_ascii()));
    };
    let offset = header_start + n_header + n_extra;
    if offset.checked_add(n_bytes).is_none_or(|end| end > directory_start) {
        return Err(Refused::corrupt(what, format!("{offset} + {n_bytes} / {directory_start}")));
    }
    Ok((name, Entry { offset, n_bytes }))
}

/// How many bytes of extra fields there are between an entry's header and its data, if the header says what the
/// directory does.
fn read_header(bytes: &[u8], listed: &Listed<'_>) -> Option<u64> {
    let mut header = Fields(bytes.strip_prefix(b"PK\x03\x04")?);
    let (_version, flags, method) = (header.u16()?, header.u16()?, header.u16()?);
    let (_time, _crc, n_packed, n_bytes) = (header.u32()?, header.u32()?, header.u32()?, header.u32()?);
    let (n_name, n_extra) = (header.u16()?, header.u16()?);
    let are_later = flags & SIZES_FOLLOW != 0 && (n_packed, n_bytes) == (0, 0);
    let agrees = (flags, method) == (listed.flags, listed.method)
        && (are_later || (n_packed, n_bytes) == (listed.n_packed, listed.n_bytes))
        && n_name == listed.name.len() as u64
        && header.0 == listed.name;
    agrees.then_some(n_extra)
}

/// Little-endian numbers, one after the other.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, n_bytes: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(n_bytes).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self, n_bytes: u64) -> Option<u64> {
        Some(self.take(n_bytes)?.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }

    fn u16(&mut self) -> Option<u64> {
        self.number(2)
    }

    fn u32(&mut self) -> Option<u64> {
        self.number(4)
    }

    fn u64(&mut self) -> Option<u64> {
        self.number(8)
    }
}

#[cfg(test)]
#[path = "archive_tests.rs"]
mod tests;
