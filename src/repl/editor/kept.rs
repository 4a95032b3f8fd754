//! The history on disk: one entry a line, for its owner alone (0600), in the form that other programs with the same
//! line editor read too. Lines are only ever added at the end, and when it is tidied a new file takes the old one's
//! place; both under a lock, so that several liaos may write at once and none loses another's line.
//!
//! ```text
//! #V2
//! 你好
//! 第一行\n第二行，一个反斜杠是 \\
//! ```

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::secret;
use crate::disk;
use crate::disk::lock::{Lock, NotTaken};

/// Entries kept.
pub(super) const MAX_LINES: usize = 10_000;
/// A longer one is a document, and stays out.
pub(super) const MAX_LINE_BYTES: usize = 32 << 10;
/// All of them; a search through so much takes no time that a person notices.
const MAX_BYTES: usize = 4 << 20;
/// So many lines too many in the file are not worth writing it anew.
const N_SLACK_LINES: usize = 1000;
/// How often is asked whether another liao is done, ten times a second: a line is not worth waiting longer.
const N_TRIES: usize = 20;

const HEADER: &str = "#V2";

/// Reads what is kept, oldest first, and tidies the file where that is due.
///
/// # Errors
/// The system's, and `InvalidData` where it is no text. That it could not be tidied is nobody's concern.
pub(super) fn load(path: &Path) -> io::Result<Vec<String>> {
    let (lines, is_current) = parse(&read(path)?)?;
    let n_found = lines.len();
    let n_private = lines.iter().filter(|line| secret::is_private(line)).count();
    let lines = tidy(lines);
    if !is_current || n_private > 0 || n_found > lines.len() + N_SLACK_LINES {
        let _ = rewrite(path);
    }
    Ok(lines)
}

/// Adds entries at the end.
///
/// # Errors
/// The system's; also when another liao does not let go of the file.
pub(super) fn append(path: &Path, lines: &[String]) -> io::Result<()> {
    disk::create_private(disk::folder_of(path))?;
    let _lock = lock(path)?;
    let mut file = match disk::create_private_file(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => disk::open_old(path)?,
        made => made?,
    };
    make_private(&file)?;
    let mut added = match mend(&mut file)? {
        0 => format!("{HEADER}\n"),
        _ => String::new(),
    };
    lines.iter().for_each(|line| escape(line, &mut added));
    file.write_all(added.as_bytes())
}

/// Goes to the end of the file, and ends the line that whoever was killed while writing left there. Gives the length.
fn mend(file: &mut File) -> io::Result<u64> {
    let n_bytes = file.seek(SeekFrom::End(0))?;
    if n_bytes == 0 {
        return Ok(0);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last == *b"\n" {
        return Ok(n_bytes);
    }
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    // Half a character would make another encoding of all of it.
    let n_whole = whole(&bytes).map_or(bytes.len(), str::len);
    file.set_len(u64::try_from(n_whole).unwrap_or(n_bytes))?;
    file.seek(SeekFrom::End(0))?;
    file.write_all(b"\n")?;
    Ok(n_bytes)
}

/// Puts a tidy file in the place of what is there, whoever wrote it.
///
/// # Errors
/// As [`append`].
pub(super) fn rewrite(path: &Path) -> io::Result<()> {
    let _lock = lock(path)?;
    let (lines, _) = parse(&read(path)?)?;
    let mut text = format!("{HEADER}\n");
    tidy(lines).iter().for_each(|line| escape(line, &mut text));
    let aside = path.with_added_extension(std::process::id().to_string());
    let written = disk::create_private_file(&aside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let written = written.and_then(|()| disk::rename(&aside, path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = std::fs::remove_file(&aside);
    }
    written
}

fn lock(path: &Path) -> io::Result<Lock> {
    let (is_over, mut n_tries) = (AtomicBool::new(false), 0);
    let taken = Lock::take(path, &is_over, |_| {
        n_tries += 1;
        is_over.store(n_tries >= N_TRIES, Ordering::Relaxed);
    });
    taken.map_err(|error| match error {
        NotTaken::Stopped => io::ErrorKind::WouldBlock.into(),
        NotTaken::Io { error, .. } => error,
    })
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    disk::open_old(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn make_private(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// The entries, and whether they are written as they are today.
fn parse(bytes: &[u8]) -> io::Result<(Vec<String>, bool)> {
    let text = whole(bytes)?;
    let rest = text.strip_prefix(HEADER).and_then(|rest| rest.strip_prefix('\n'));
    let lines = rest.unwrap_or(text).lines().filter(|line| !line.is_empty());
    let lines = lines.map(|line| if rest.is_some() { unescape(line) } else { line.to_owned() });
    Ok((lines.collect(), rest.is_some()))
}

/// The text without the half character that a killed liao may have left at its end; half a one anywhere else is another
/// encoding.
fn whole(bytes: &[u8]) -> io::Result<&str> {
    let n_bytes = match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len(),
    };
    std::str::from_utf8(&bytes[..n_bytes]).map_err(|_| io::ErrorKind::InvalidData.into())
}

fn escape(line: &str, text: &mut String) {
    for c in line.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            c => text.push(c),
        }
    }
    text.push('\n');
}

/// What was not written by us stays as it is.
fn unescape(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, chars.as_str().chars().next()) {
            ('\\', Some('n')) => {
                text.push('\n');
                chars.next();
            }
            ('\\', Some('\\')) => {
                text.push('\\');
                chars.next();
            }
            _ => text.push(c),
        }
    }
    text
}

/// Of each entry the last one, without what is private, and no more than are kept.
fn tidy(lines: Vec<String>) -> Vec<String> {
    let (mut seen, mut n_bytes) = (HashSet::new(), 0);
    let mut kept: Vec<String> = Vec::new();
    for line in lines.into_iter().rev() {
        if line.len() > MAX_LINE_BYTES || secret::is_private(&line) || !seen.insert(line.clone()) {
            continue;
        }
        n_bytes += line.len();
        if kept.len() == MAX_LINES || n_bytes > MAX_BYTES {
            break;
        }
        kept.push(line);
    }
    kept.reverse();
    kept
}

#[cfg(test)]
#[path = "kept_tests.rs"]
mod tests;
