//! What a file is that is not a GGUF file: people save web pages, clone repositories without Git LFS, or hold
//! formats of years ago, and each wants another next step. It looks at the first bytes only.

use std::fmt;

use crate::tr;

/// How many of a file's first bytes are looked at.
pub const SNIFFED_BYTES: usize = 512;

/// What a file that is no GGUF v2/v3 file seems to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sniffed {
    /// No bytes at all.
    Empty,
    /// A folder.
    Directory,
    /// A pipe, a socket or a device.
    Special,
    /// A web page.
    Html,
    /// The stand-in that Git leaves where Git LFS did not run.
    LfsPointer,
    /// llama.cpp's formats before GGUF (`ggml`, `ggmf`, `ggjt`, `ggla`).
    Ggml,
    /// GGUF, in a version we do not read.
    Version(u32),
    /// GGUF for big-endian machines.
    BigEndian,
    /// A zip archive; PyTorch checkpoints are.
    Zip,
    /// A safetensors file.
    Safetensors,
    /// Anything else; the first bytes, at most eight.
    Unknown(Vec<u8>),
}

impl Sniffed {
    /// What the beginning of a file says, `None` when it is a little-endian GGUF file of version 2 or 3
    /// (or the beginning of one).
    #[must_use]
    pub fn of(start: &[u8]) -> Option<Self> {
        if start.is_empty() {
            return Some(Self::Empty);
        }
        if let Some(rest) = start.strip_prefix(b"GGUF") {
            let version = u32::from_le_bytes(*rest.first_chunk()?);
            return match version {
                2 | 3 => None,
                // A small number written the other way round.
                _ if version != 0 && version & 0xffff == 0 => Some(Self::BigEndian),
                _ => Some(Self::Version(version)),
            };
        }
        if [b"lmgg", b"fmgg", b"tjgg", b"algg"].iter().any(|magic| start.starts_with(*magic)) {
            return Some(Self::Ggml);
        }
        if start.starts_with(b"version https://git-lfs") {
            return Some(Self::LfsPointer);
        }
        if start.starts_with(b"PK\x03\x04") {
            return Some(Self::Zip);
        }
        if start.len() > 8 && start[8] == b'{' && start[6..8] == [0, 0] {
            return Some(Self::Safetensors);
        }
        let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
        let is_page = ["<!doctype", "<html", "<head", "<?xml", "<!--"]
            .iter()
            .any(|tag| text.len() >= tag.len() && text[..tag.len()].eq_ignore_ascii_case(tag.as_bytes()));
        Some(if is_page { Self::Html } else { Self::Unknown(start[..start.len().min(8)].to_vec()) })
    }
}

impl fmt::Display for Sniffed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Self::Empty => tr!("它是空文件；请重新下载", "it is empty; download it again"),
            Self::Directory => {
                tr!("它是一个目录；请给出其中的 .gguf 文件", "it is a folder; name the .gguf file in it")
            }
            Self::Special => tr!("它不是普通文件", "it is not a regular file"),
            Self::Html => tr!(
                "它是网页；下载到的是页面而不是模型，请使用直接下载链接",
                "it is a web page; the download fetched a page in place of the model, use the direct link"
            ),
            Self::LfsPointer => tr!(
                "它是 Git LFS 的指针文件；请运行 git lfs pull 取得真正的文件",
                "it is a Git LFS pointer; run `git lfs pull` to get the file itself"
            ),
            Self::Ggml => tr!(
                "它是 2023 年以前的 GGML 格式；请下载 GGUF 版本",
                "it is in the GGML format of before GGUF; download the GGUF version"
            ),
            Self::Version(version) => {
                tr!("它的 GGUF 版本是 {version}；请重新转换", "its GGUF version is {version}; convert the model again")
            }
            Self::BigEndian => tr!(
                "它是给大端序机器的 GGUF；请下载小端序版本",
                "it is a GGUF for big-endian machines; download the little-endian one"
            ),
            Self::Zip => tr!(
                "它是 zip 压缩包（PyTorch 权重也是这种格式）；请下载 GGUF 版本",
                "it is a zip archive, as PyTorch checkpoints are; download the GGUF version"
            ),
            Self::Safetensors => {
                tr!("它是 safetensors 文件；请下载 GGUF 版本", "it is a safetensors file; download the GGUF version")
            }
            Self::Unknown(start) => {
                let start = start.escape_ascii();
                tr!("它以“{start}”开头；请重新下载", "it begins with \"{start}\"; download it again")
            }
        };
        f.write_str(&sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_have_in_place_of_a_model() {
        let cases: [(&[u8], Option<Sniffed>); 18] = [
            (b"", Some(Sniffed::Empty)),
            (b"G", Some(Sniffed::Unknown(b"G".to_vec()))),
            (b"GGUF", None),
            (b"GGUF\x03\0\0\0rest", None),
            (b"GGUF\x02\0\0\0rest", None),
            (b"GGUF\x01\0\0\0", Some(Sniffed::Version(1))),
            (b"GGUF\0\0\0\0", Some(Sniffed::Version(0))),
            (b"GGUF\x04\0\0\0", Some(Sniffed::Version(4))),
            (b"GGUF\0\0\0\x03", Some(Sniffed::BigEndian)),
            (b"tjgg\x03\0\0\0", Some(Sniffed::Ggml)),
            (b"lmgg", Some(Sniffed::Ggml)),
            (b"<!DOCTYPE html><html>", Some(Sniffed::Html)),
            (b"\xef\xbb\xbf \n<HTML lang=zh>", Some(Sniffed::Html)),
            (b"version https://git-lfs.github.com/spec/v1\n", Some(Sniffed::LfsPointer)),
            (b"PK\x03\x04\x14", Some(Sniffed::Zip)),
            (b"\x20\x30\0\0\0\0\0\0{\"__metadata__\"", Some(Sniffed::Safetensors)),
            (b"hello, world", Some(Sniffed::Unknown(b"hello, w".to_vec()))),
            (b"\x1b[31m", Some(Sniffed::Unknown(b"\x1b[31m".to_vec()))),
        ];
        for (start, expected) in cases {
            assert_eq!(Sniffed::of(start), expected, "{start:?}");
        }
    }

    #[test]
    fn strange_bytes_are_shown_escaped() {
        assert!(!Sniffed::Unknown(b"\x1b[31m".to_vec()).to_string().contains('\x1b'));
    }
}
