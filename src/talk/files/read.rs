//! From a path to a file that can stand in a question, or to the sentence that says why not.
//!
//! Nothing here waits and nothing here is large: only regular files are read, never more of them than there is room for,
//! and what is no text is told by its first bytes.

use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::kind::{self, Kind};
use super::{MAX_BYTES_PER_TOKEN, size};
use crate::chat::template::break_markers;
use crate::config::Settings;
use crate::exit::{Exit, Failed, cause};
use crate::text::encoding::{self, Encoding, Form, InputError, Note};
use crate::text::{Untrusted, untrusted};
use crate::tr;

/// A file that was read.
#[derive(Debug, Clone)]
pub struct File {
    /// As it was given.
    pub(super) path: PathBuf,
    /// Where it is, by which it is known again.
    pub(super) place: PathBuf,
    /// Its words, with line ends in LF, and nothing in them that a template takes for its own.
    pub(super) text: String,
    /// On the disk.
    pub(super) n_bytes: u64,
    form: Form,
    notes: Vec<Note>,
    has_markers: bool,
    /// Zero until it is [attached](super::super::Talk::attach).
    pub(super) n_tokens: u32,
}

/// Reads a file in the encoding that the settings name. It may have so many bytes.
///
/// # Errors
/// There is no such file, or it is none that holds text ([`Exit::Usage`]); it is not text, or empty, or too large
/// ([`Exit::Input`]).
pub fn read(path: &Path, settings: &Settings, room_bytes: u64) -> Result<File, Failed> {
    if path == Path::new("-") {
        return Err(Failed::usage(tr!(
            "- 不是文件：管道里的文字本来就接在问题后面，不必附上",
            "- is not a file: piped text is appended to the question anyway"
        )));
    }
    let unreadable = |error: io::Error| cannot(path, &error);
    // A device may do something when it is opened; so it is looked at first.
    let metadata = fs::metadata(path).map_err(unreadable)?;
    expect_regular(path, &metadata)?;
    let file = open(path).map_err(unreadable)?;
    expect_regular(path, &file.metadata().map_err(unreadable)?)?;
    let mut bytes = Vec::new();
    (&file).take(kind::HEAD_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    if let Some(kind) = kind::of(&bytes, path) {
        return Err(kind.refuse(path));
    }
    if metadata.len() > room_bytes {
        return Err(too_large(path, metadata.len(), room_bytes));
    }
    // Some files tell no size (/proc), some grow.
    (&file).take((room_bytes + 1).saturating_sub(bytes.len() as u64)).read_to_end(&mut bytes).map_err(unreadable)?;
    let n_bytes = bytes.len() as u64;
    if n_bytes > room_bytes {
        return Err(too_large(path, n_bytes, room_bytes));
    }
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    File::of(path, place, &bytes, settings)
}

impl File {
    fn of(path: &Path, place: PathBuf, bytes: &[u8], settings: &Settings) -> Result<Self, Failed> {
        let encoding = settings.encoding();
        let decoded = encoding::decode(bytes, encoding).map_err(|error| not_text(path, bytes, &error))?;
        if encoding == Encoding::Auto && decoded.notes.iter().any(|note| matches!(note, Note::NulsRemoved(_))) {
            return Err(Kind::Unknown.refuse(path));
        }
        let text = decoded.text.replace("\r\n", "\n").replace('\r', "\n");
        if text.trim().is_empty() {
            let path = untrusted::path(path);
            let sentence = tr!("{path} 是空的，里面没有文字", "{path} is empty: there is no text in it");
            return Err(Failed::new(Exit::Input, sentence));
        }
        let (text, has_markers) = if settings.verbatim() { (text, false) } else { break_markers(&text) };
        Ok(Self {
            path: path.to_owned(),
            place,
            text,
            n_bytes: bytes.len() as u64,
            form: decoded.form,
            notes: decoded.notes,
            has_markers,
            n_tokens: 0,
        })
    }

    /// The last part of its path, harmless and on one line; what a template takes for its own is broken up in it too.
    pub(super) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        break_markers(&Untrusted(&name.to_string_lossy()).to_string()).0
    }

    /// Its path as given, in the same way.
    pub(super) fn full_name(&self) -> String {
        break_markers(&untrusted::path(&self.path)).0
    }

    /// One line for a person: name, size, encoding, and what it takes of a context of so many tokens.
    #[must_use]
    pub fn told(&self, n_ctx: u32) -> String {
        let (name, size, form, n) = (untrusted::path(&self.path), size(self.n_bytes), self.form.name(), self.n_tokens);
        let percent = u64::from(n) * 100 / u64::from(n_ctx.max(1));
        let part = if percent == 0 { "<1%".to_owned() } else { format!("{percent}%") };
        tr!(
            "{name} · {size} · {form} · 约 {n} 词元，占上下文 {part}",
            "{name} · {size} · {form} · about {n} tokens, {part} of the context"
        )
    }

    /// What was done to it that the person did not ask for, one sentence each.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        let path = untrusted::path(&self.path);
        let form = self.form.name();
        let said = self.notes.iter().map(|note| match note {
            Note::ReadAsGb18030 | Note::ReadAsUtf16 => tr!(
                "{path} 没有说明编码，看来是 {form}，已这样读取；若有乱码，请用 --encoding（对话中用 /set encoding）指明编码",
                "{path} does not say its encoding; it seems to be {form} and was read as such. If it looks wrong, name it with --encoding (in a conversation with /set encoding)"
            ),
            Note::NulsRemoved(n) => tr!(
                "{path} 里的 {n} 个 NUL 字符已去掉",
                "NUL characters removed from {path}: {n}"
            ),
        });
        let mut notices: Vec<String> = said.collect();
        if self.has_markers {
            notices.push(tr!(
                "{path} 里有 [INST] 一类的模板标记，已加空格拆开；要原样送进模型，启动时加 --verbatim",
                "{path} has template markers such as [INST]; they were broken up with a space. To pass them on as they are, start with --verbatim"
            ));
        }
        notices
    }
}

/// Opens without waiting: a pipe put in its place meanwhile would have us wait for ever.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NONBLOCK.bits();
    fs::OpenOptions::new().read(true).custom_flags(i32::try_from(flags).unwrap_or_default()).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<fs::File> {
    fs::File::open(path)
}

fn expect_regular(path: &Path, metadata: &Metadata) -> Result<(), Failed> {
    if metadata.is_file() {
        return Ok(());
    }
    let shown = untrusted::path(path);
    Err(Failed::usage(if metadata.is_dir() {
        let folder = shown.trim_end_matches('/');
        tr!(
            "{shown} 是目录：请给出其中的文件，例如 {folder}/*.txt",
            "{shown} is a folder: give the files in it, as in {folder}/*.txt"
        )
    } else if is_fifo(metadata) {
        tr!(
            "{shown} 是管道，可能永远读不到头：请让数据从标准输入进来，例如 命令 | liao -p 总结一下",
            "{shown} is a pipe and may never end: pass its data through stdin, as in: COMMAND | liao -p \"sum it up\""
        )
    } else {
        tr!(
            "{shown} 是设备一类的东西，不是普通文件：请给出一个文字文件",
            "{shown} is a device or the like, not a regular file: give a text file"
        )
    }))
}

#[cfg(unix)]
fn is_fifo(metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    metadata.file_type().is_fifo()
}

#[cfg(not(unix))]
fn is_fifo(_: &Metadata) -> bool {
    false
}

fn cannot(path: &Path, error: &io::Error) -> Failed {
    let shown = untrusted::path(path);
    if error.kind() == io::ErrorKind::NotFound {
        let folder = std::env::current_dir().ok().filter(|_| path.is_relative());
        let from = folder
            .map(|folder| untrusted::path(&folder))
            .map_or_else(String::new, |folder| tr!("（从 {folder} 找起）", " (looked for in {folder})"));
        return Failed::usage(tr!(
            "没有 {shown} 这个文件{from}；名字里有空格就加引号",
            "there is no file {shown}{from}; quote names with spaces"
        ));
    }
    let error = cause(error);
    let error = untrusted::one_line(&error);
    Failed::usage(tr!(
        "读不了 {shown}（{error}）：请检查它的权限",
        "{shown} cannot be read ({error}): check its permissions"
    ))
}

/// So many bytes of a file, or up to three fewer, that no character of UTF-8 is cut behind them: such a part would be
/// refused.
pub(super) fn uncut(path: &Path, n_bytes: u64) -> u64 {
    let mut head = Vec::new();
    // Of a file that is gone by now, any part will do.
    let _ = open(path).and_then(|file| file.take(n_bytes.saturating_add(1)).read_to_end(&mut head));
    let is_inside = |at: u64| {
        let byte = usize::try_from(at).ok().and_then(|at| head.get(at));
        byte.is_some_and(|byte| byte & 0xc0 == 0x80)
    };
    (0..4).filter_map(|back| n_bytes.checked_sub(back)).find(|at| !is_inside(*at)).unwrap_or(n_bytes)
}

/// The refusal of a file that is larger than there is room for.
pub(super) fn too_large(path: &Path, n_bytes: u64, room_bytes: u64) -> Failed {
    // Its tokens were not counted; two bytes for each is little in any vocabulary.
    let n_part = uncut(path, (room_bytes / MAX_BYTES_PER_TOKEN * 2).min(8000));
    let (shown, size, room) = (untrusted::path(path), size(n_bytes), size(room_bytes));
    Failed::new(
        Exit::Input,
        tr!(
            "{shown} 有 {size}，无论如何放不下（最多还能放 {room}）：请只取需要的部分，例如 head -c {n_part} 文件 > 部分.txt",
            "{shown} has {size} and cannot fit (there is room for {room} at most): take the part you need, as in: head -c {n_part} FILE > PART.txt"
        ),
    )
}

fn not_text(path: &Path, bytes: &[u8], error: &InputError) -> Failed {
    let InputError::NotText { encoding: held_to, offset } = error else {
        return Failed::new(Exit::Input, error.to_string());
    };
    if *held_to == Encoding::Auto && bytes.contains(&0) {
        return Kind::Unknown.refuse(path);
    }
    let path = untrusted::path(path);
    let sentence = if *held_to == Encoding::Auto {
        tr!(
            "{path} 在第 {offset} 字节处不是 UTF-8，也不是 GB18030：请用 --encoding（对话中用 /set encoding）指明编码，或先把它转成 UTF-8",
            "{path} is neither UTF-8 nor GB18030 at byte {offset}: name its encoding with --encoding (in a conversation with /set encoding), or convert it to UTF-8 first"
        )
    } else {
        let name = held_to.name().to_uppercase();
        tr!(
            "{path} 在第 {offset} 字节处不是有效的 {name}：请看文件是否完整，或用 --encoding（对话中用 /set encoding）指明别的编码",
            "{path} is not valid {name} at byte {offset}: check that it is complete, or name another encoding with --encoding (in a conversation with /set encoding)"
        )
    };
    Failed::new(Exit::Input, sentence)
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
