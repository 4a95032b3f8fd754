//! From the bytes of stdin or a file to text: UTF-8, UTF-16 or GB18030.
//!
//! Nothing is guessed silently and nothing is replaced: bytes either are text in an encoding that is named, or an
//! error says at which byte they stop being text. What was done beyond plain reading comes back as [`Note`]s.
//! Reading conversation turns line by line, as they arrive, is in [`lines`](super::lines); telling UTF-16 that has no
//! mark, in `unmarked_utf16`.

use super::unmarked_utf16;
use crate::exit::{Exit, Failed};
use crate::tr;
use encoding_rs::{DecoderResult, GB18030, UTF_16BE, UTF_16LE};
use std::fmt;
use std::io::{self, Read};

/// The most that is read of one input. Far more than any context holds, and little enough to keep in memory.
pub const MAX_INPUT_BYTES: usize = 64 << 20;

/// How the person says that their text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// By a byte order mark, else UTF-16 where that is evident, else UTF-8 where it is that, else GB18030 where it is
    /// that.
    #[default]
    Auto,
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// GB18030, and so GBK and GB2312.
    Gb18030,
    /// UTF-16 by its byte order mark, little-endian without one.
    Utf16,
}

impl Encoding {
    /// The encoding that a name stands for, with its usual other names, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "auto" => Some(Self::Auto),
            "utf-8" | "utf8" => Some(Self::Utf8),
            "gb18030" | "gbk" | "gb2312" | "cp936" => Some(Self::Gb18030),
            "utf-16" | "utf16" => Some(Self::Utf16),
            _ => None,
        }
    }

    /// The name that `--encoding` takes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Utf8 => "utf-8",
            Self::Gb18030 => "gb18030",
            Self::Utf16 => "utf-16",
        }
    }
}

/// Text, and what the person should know about how it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark and without NULs. Line ends are as they were.
    pub text: String,
    /// What it was encoded in.
    pub form: Form,
    /// What was done beyond plain reading; mostly empty.
    pub notes: Vec<Note>,
}

/// Something done to the input that the person did not ask for. `Display` is the sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// It was not UTF-8, and read as GB18030.
    ReadAsGb18030,
    /// It has no mark, but is evidently UTF-16, and was read so.
    ReadAsUtf16,
    /// So many NUL characters were taken out.
    NulsRemoved(usize),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::ReadAsGb18030 => tr!(
                "输入不是 UTF-8，已按 GB18030 读取；若有乱码，请用 --encoding 指明编码",
                "the input is not UTF-8 and was read as GB18030; if it looks wrong, name its encoding with --encoding"
            ),
            Self::ReadAsUtf16 => tr!(
                "输入没有字节序标记，看来是 UTF-16，已这样读取；若有乱码，请用 --encoding 指明编码",
                "the input has no byte order mark but seems to be UTF-16, and was read so; if it looks wrong, name its encoding with --encoding"
            ),
            Self::NulsRemoved(n) => {
                tr!(
                    "已去掉输入中的 {n} 个 NUL 字符；若输入是 UTF-16，请加 --encoding utf-16",
                    "removed {n} NUL character(s) from the input; if it is UTF-16, add --encoding utf-16"
                )
            }
        })
    }
}

/// Why an input did not become text. `Display` is the sentence, with what to type next.
#[derive(Debug)]
pub enum InputError {
    /// The bytes stop being text.
    NotText {
        /// The encoding they were last held to; [`Encoding::Auto`] where none fits.
        encoding: Encoding,
        /// Where, counted in bytes from the beginning of the input.
        offset: u64,
    },
    /// More than [`MAX_INPUT_BYTES`].
    TooLong,
    /// The system could not read it.
    Unreadable(io::Error),
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |encoding: &Encoding| encoding.name().to_uppercase();
        f.write_str(&match self {
            Self::NotText { encoding: Encoding::Auto, offset } => tr!(
                "输入在第 {offset} 字节处不是 UTF-8，也不是 GB18030；请用 --encoding utf-8、gb18030 或 utf-16 指明编码，或先把文件转成 UTF-8",
                "the input is neither UTF-8 nor GB18030 at byte {offset}; name its encoding with --encoding utf-8, gb18030 or utf-16, or convert it to UTF-8 first"
            ),
            Self::NotText { encoding, offset } => {
                let name = name(encoding);
                tr!(
                    "输入在第 {offset} 字节处不是有效的 {name}；请检查文件是否完整，或用 --encoding 指明别的编码（auto、utf-8、gb18030、utf-16）",
                    "the input is not valid {name} at byte {offset}; see whether the file is whole, or name another encoding with --encoding (auto, utf-8, gb18030, utf-16)"
                )
            }
            Self::TooLong => {
                let limit = MAX_INPUT_BYTES >> 20;
                tr!(
                    "输入超过 {limit} MiB，没有模型装得下；请只给出需要的部分，例如 head -c 20000 文件 | liao",
                    "the input is over {limit} MiB, more than any model holds; give the part you need, as in: head -c 20000 FILE | liao"
                )
            }
            Self::Unreadable(error) => {
                tr!("读取输入失败：{error}；请检查后再试", "the input cannot be read: {error}; check it and try again")
            }
        })
    }
}

impl std::error::Error for InputError {}

impl From<InputError> for Failed {
    fn from(error: InputError) -> Self {
        let exit = if matches!(error, InputError::Unreadable(_)) { Exit::Failure } else { Exit::Input };
        Self::new(exit, error.to_string())
    }
}

/// Reads an input to its end and decodes it.
pub fn read(input: impl Read, encoding: Encoding) -> Result<Decoded, InputError> {
    let mut bytes = Vec::new();
    input.take(MAX_INPUT_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(InputError::Unreadable)?;
    if bytes.len() > MAX_INPUT_BYTES {
        return Err(InputError::TooLong);
    }
    decode(&bytes, encoding)
}

/// Decodes a whole input.
pub fn decode(bytes: &[u8], encoding: Encoding) -> Result<Decoded, InputError> {
    let (form, bom_len) = Form::of_whole(bytes, encoding)?;
    let body = &bytes[bom_len..];
    if let Some(form) = form {
        return Ok(Decoded::new(form.decode(body, bom_len as u64)?, form, false));
    }
    let (text, form) = match unmarked_utf16::decode(body) {
        Some(evident) => evident,
        None => decode_unmarked(body, 0)?,
    };
    Ok(Decoded::new(text, form, true))
}

impl Decoded {
    pub(super) fn new(mut text: String, form: Form, is_guessed: bool) -> Self {
        let mut notes = Vec::new();
        if is_guessed {
            notes.extend(match form {
                Form::Utf8 => None,
                Form::Gb18030 => Some(Note::ReadAsGb18030),
                Form::Utf16Le | Form::Utf16Be => Some(Note::ReadAsUtf16),
            });
        }
        let n_nuls = text.bytes().filter(|&b| b == 0).count();
        if n_nuls > 0 {
            text.retain(|c| c != '\0');
            notes.push(Note::NulsRemoved(n_nuls));
        }
        Self { text, form, notes }
    }
}

/// Text without a mark: UTF-8, else GB18030, else nothing that we know. `at` is where in the input it stands.
pub(super) fn decode_unmarked(bytes: &[u8], at: u64) -> Result<(String, Form), InputError> {
    let utf8_error = match Form::Utf8.decode(bytes, at) {
        Ok(text) => return Ok((text, Form::Utf8)),
        Err(error) => error,
    };
    if is_damaged_utf8(bytes) {
        return Err(utf8_error);
    }
    let InputError::NotText { offset, .. } = utf8_error else { return Err(utf8_error) };
    let neither = InputError::NotText { encoding: Encoding::Auto, offset };
    // No GB18030 text has a NUL; UTF-16 without a mark is full of them, and would decode to nonsense.
    if bytes.contains(&0) {
        return Err(neither);
    }
    Form::Gb18030.decode(bytes, at).map(|text| (text, Form::Gb18030)).map_err(|_| neither)
}

/// Whether bytes that are not UTF-8 were meant to be: at least as many characters of three and four bytes as
/// ill-formed spots. Chinese in GB18030 almost never forms such a character, and nearly every one of its own is
/// ill-formed; while a file cut in a character, or with a bad byte, would often decode as GB18030 into nonsense.
fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (mut n_wide, mut n_broken) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        n_wide += chunk.valid().chars().filter(|c| c.len_utf8() >= 3).count();
        n_broken += usize::from(!chunk.invalid().is_empty());
    }
    n_wide > 0 && n_wide >= n_broken
}

/// An encoding with nothing left to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
pub enum Form {
    Utf8,
    Gb18030,
    Utf16Le,
    Utf16Be,
}

impl Form {
    /// The name to show: `UTF-8`, `GB18030`, `UTF-16 LE`, `UTF-16 BE`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gb18030 => "GB18030",
            Self::Utf16Le => "UTF-16 LE",
            Self::Utf16Be => "UTF-16 BE",
        }
    }

    /// The form that a byte order mark, or the person, names, and the length of the mark; no form where the text
    /// itself must tell. A mark of another encoding than the one named is refused: one of the two is wrong, and what
    /// came of it would be nonsense that nobody announced.
    pub(super) fn of_whole(start: &[u8], encoding: Encoding) -> Result<(Option<Self>, usize), InputError> {
        let marked = match start {
            [0xef, 0xbb, 0xbf, ..] => Some((Self::Utf8, 3)),
            [0xff, 0xfe, ..] => Some((Self::Utf16Le, 2)),
            [0xfe, 0xff, ..] => Some((Self::Utf16Be, 2)),
            [0x84, 0x31, 0x95, 0x33, ..] => Some((Self::Gb18030, 4)),
            _ => None,
        };
        let named = match (encoding, marked) {
            (Encoding::Auto, None) => return Ok((None, 0)),
            (Encoding::Auto, Some((form, len))) => return Ok((Some(form), len)),
            (Encoding::Utf8, _) => Self::Utf8,
            (Encoding::Gb18030, _) => Self::Gb18030,
            (Encoding::Utf16, Some((Self::Utf16Be, _))) => Self::Utf16Be,
            (Encoding::Utf16, _) => Self::Utf16Le,
        };
        match marked {
            None => Ok((Some(named), 0)),
            Some((form, len)) if form == named => Ok((Some(form), len)),
            Some(_) => Err(InputError::NotText { encoding, offset: 0 }),
        }
    }

    /// Strict decoding of text that stands at byte `at` of the input.
    pub(super) fn decode(self, bytes: &[u8], at: u64) -> Result<String, InputError> {
        let (encoding, valid_len, text) = match self {
            Self::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => return Ok(text.to_owned()),
                Err(error) => (Encoding::Utf8, error.valid_up_to(), None),
            },
            Self::Gb18030 => with_table(Encoding::Gb18030, GB18030, bytes),
            Self::Utf16Le => with_table(Encoding::Utf16, UTF_16LE, bytes),
            Self::Utf16Be => with_table(Encoding::Utf16, UTF_16BE, bytes),
        };
        text.ok_or(InputError::NotText { encoding, offset: at + valid_len as u64 })
    }
}

fn with_table(
    name: Encoding,
    table: &'static encoding_rs::Encoding,
    bytes: &[u8],
) -> (Encoding, usize, Option<String>) {
    let mut decoder = table.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
    let mut text = String::with_capacity(room.unwrap_or(bytes.len()));
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::InputEmpty, n_read) => (name, n_read, Some(text)),
        (DecoderResult::Malformed(n_bad, n_after), n_read) => {
            (name, n_read.saturating_sub(usize::from(n_bad) + usize::from(n_after)), None)
        }
        // The string has room for the worst case, so it cannot be full.
        (DecoderResult::OutputFull, n_read) => (name, n_read, None),
    }
}
