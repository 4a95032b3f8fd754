//! Files that wait for the next question: what they are, what they take of the context, and that they go out with it.
//! Which paths a person means is not here, nor how a file stands in a question (`text::enclosure`).

mod kind;
mod read;

pub use read::{File, read};

use std::path::Path;

use super::{Talk, explain_backend};
use crate::backend::{Backend, BackendError, Steer};
use crate::chat::budget;
use crate::config::registry;
use crate::exit::{Exit, Failed};
use crate::protocol::Segment;
use crate::render::plain::Output;
use crate::text::enclosure::{self, Enclosed};
use crate::text::encoding::MAX_INPUT_BYTES;
use crate::text::untrusted;
use crate::tr;

/// No vocabulary spells text of any length in tokens that have more bytes than this on the average, in any encoding that
/// is read here: what is larger cannot fit, and need not be read to know it.
const MAX_BYTES_PER_TOKEN: u64 = 128;

/// Files that wait for the next question, in the order in which they will stand in it.
#[derive(Debug, Default)]
pub struct Files {
    held: Vec<File>,
}

impl Files {
    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The question with the files that wait in it.
    #[must_use]
    pub fn enclose(&self, question: &str) -> String {
        let names = self.names();
        let files = self.held.iter().zip(&names).map(|(file, name)| Enclosed { name, text: &file.text });
        enclosure::enclose(&files.collect::<Vec<_>>(), question)
    }

    /// Their names, as they stand in the question.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.held.iter().map(|file| self.name(file)).collect()
    }

    /// What a list says of them for a context of so many tokens: a line each, with its number.
    #[must_use]
    pub fn told(&self, n_ctx: u32) -> Vec<String> {
        self.held.iter().zip(1..).map(|(file, i)| format!("{i}  {}", file.told(n_ctx))).collect()
    }

    /// Takes back the file with this number, from 1, and gives its name. `None`: there is no such file.
    pub fn take_back(&mut self, number: usize) -> Option<String> {
        let i = number.checked_sub(1).filter(|i| *i < self.held.len())?;
        Some(untrusted::path(&self.held.remove(i).path))
    }

    /// Takes all of them back; gives how many there were.
    pub fn clear(&mut self) -> usize {
        std::mem::take(&mut self.held).len()
    }

    /// The name that a file has in a question: its own, or its path where another has the same.
    fn name(&self, file: &File) -> String {
        let name = file.name();
        let n_same = self.held.iter().filter(|other| other.name() == name).count();
        if n_same > 1 { file.full_name() } else { name }
    }
}

/// How many bytes one more file may have beside these, for a context of so many tokens where that is known.
#[must_use]
pub fn room_bytes<'a>(files: impl IntoIterator<Item = &'a File>, n_ctx: Option<u32>) -> u64 {
    let most = n_ctx.map_or(u64::MAX, |n_ctx| u64::from(n_ctx) * MAX_BYTES_PER_TOKEN).min(MAX_INPUT_BYTES as u64);
    most.saturating_sub(files.into_iter().map(|file| file.n_bytes).sum())
}

impl Talk {
    /// Reads a file, to be [attached](Self::attach).
    ///
    /// # Errors
    /// As [`read`].
    pub fn read_file(&self, path: &Path) -> Result<File, Failed> {
        read(path, &self.settings, room_bytes(&self.files.held, Some(self.backend.n_ctx())))
    }

    /// Has a file wait for the next question. One that waits already is had anew, in its place.
    /// Gives its number, from 1, and the line about it.
    ///
    /// # Errors
    /// It does not fit the context together with those that wait ([`Exit::Input`]), or the backend fails.
    pub fn attach(&mut self, mut file: File) -> Result<(usize, String), Failed> {
        let n_ctx = self.backend.n_ctx();
        let i = self.files.held.iter().position(|other| other.place == file.place).unwrap_or(self.files.held.len());
        let others = || self.files.held.iter().enumerate().filter(move |(other, _)| *other != i).map(|(_, file)| file);
        let room = room_bytes(others(), Some(n_ctx));
        if file.n_bytes > room {
            return Err(read::too_large(&file.path, file.n_bytes, room));
        }
        let n_others: u32 = others().map(|file| file.n_tokens).sum();
        file.n_tokens = n_tokens(&file, &mut *self.backend).map_err(|error| explain_backend(&error))?;
        let limit = budget::prompt_limit(n_ctx, self.settings.max_tokens());
        if file.n_tokens.saturating_add(n_others) > limit {
            return Err(does_not_fit(&file, n_others, limit, n_ctx));
        }
        let line = file.told(n_ctx);
        if i < self.files.held.len() {
            self.files.held[i] = file;
        } else {
            self.files.held.push(file);
        }
        Ok((i + 1, line))
    }

    /// Counts the files that wait in the tokens of another model, and says so where they do not fit it.
    pub(super) fn recount_files(&mut self, output: &mut Output) {
        for file in &mut self.files.held {
            match n_tokens(file, &mut *self.backend) {
                Ok(n) => file.n_tokens = n,
                // Whatever it is, the next question tells.
                Err(_) => return,
            }
        }
        let n_ctx = self.backend.n_ctx();
        let limit = budget::prompt_limit(n_ctx, self.settings.max_tokens());
        let n: u32 = self.files.held.iter().map(|file| file.n_tokens).sum();
        if n > limit {
            output.warning(&tr!(
                "附上的文件在这个模型里有 {n} 个词元，放不下：上限 {limit}（上下文 {n_ctx}，其余留给回答）。/file - 取下",
                "the waiting files have {n} tokens for this model and do not fit: the limit is {limit} (context {n_ctx}, the rest is for the answer). /file - removes them"
            ));
        }
    }

    /// After a question with files was asked: they have gone with it, unless it was withdrawn, and then they still wait.
    pub fn settle_files(&mut self, question: &str) {
        if self.conversation.exchanges().last().is_some_and(|last| last.question == question) {
            self.files.clear();
        }
    }
}

/// What a file takes of the context, as it stands in a question.
fn n_tokens(file: &File, backend: &mut dyn Backend) -> Result<u32, BackendError> {
    let block = enclosure::block(Enclosed { name: &file.name(), text: &file.text }, "");
    backend.count(&[Segment::Text(block)], &mut |_| Steer::GoOn)
}

fn does_not_fit(file: &File, n_others: u32, limit: u32, n_ctx: u32) -> Failed {
    let (path, n) = (untrusted::path(&file.path), file.n_tokens);
    let n_part = read::uncut(&file.path, part_bytes(file.n_bytes, n, limit));
    Failed::new(
        Exit::Input,
        if n_others == 0 {
            tr!(
                "{path} 有 {n} 个词元，放不下：上限 {limit}（上下文 {n_ctx}，其余留给回答）。请只取需要的部分，例如 head -c {n_part} 文件 > 部分.txt，或启动时用更大的 --ctx",
                "{path} has {n} tokens and does not fit: the limit is {limit} (context {n_ctx}, the rest is for the answer). Take the part you need, as in: head -c {n_part} FILE > PART.txt, or start with a larger --ctx"
            )
        } else {
            tr!(
                "{path} 有 {n} 个词元，加上已附的 {n_others} 个，放不下：上限 {limit}（上下文 {n_ctx}，其余留给回答）。可以少附几个，分几次问",
                "{path} has {n} tokens, and with the {n_others} of the waiting files it does not fit: the limit is {limit} (context {n_ctx}, the rest is for the answer). Give fewer at a time"
            )
        },
    )
}

/// How many bytes of a file fit where all of it has so many tokens: a tenth stays for the question, and the number is round.
fn part_bytes(n_bytes: u64, n_tokens: u32, limit: u32) -> u64 {
    let n_fit = n_bytes.saturating_mul(u64::from(limit)) / u64::from(n_tokens.max(1)) / 10 * 9;
    let unit = 10_u64.pow(n_fit.checked_ilog10().unwrap_or(0).saturating_sub(1));
    n_fit / unit * unit
}

/// A size for people: `812 B`, `12.3 kB`, `4.5 MB`.
fn size(n_bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
    let kilobytes = n_bytes as f64 / 1e3;
    match n_bytes {
        0..1000 => format!("{n_bytes} B"),
        1000..1_000_000 => format!("{kilobytes:.1} kB"),
        _ => registry::gb(n_bytes),
    }
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
