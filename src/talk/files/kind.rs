//! What a file is that is no text, told from its first bytes, and what a person can do about it.
//!
//! A signature that text may begin with (`BM`, `MZ`, two characters of GB18030) counts only where there are NUL bytes
//! behind it: an essay about BM25 is no picture.

use std::path::Path;

use crate::exit::{Exit, Failed};
use crate::text::untrusted;
use crate::tr;

/// What is no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Picture,
    Pdf,
    /// Of a word processor, or a book.
    Document,
    Sheet,
    Slides,
    Archive,
    /// Sound or film.
    Media,
    /// A model, or its weights.
    Model,
    Program,
    /// None of these, but it has NULs.
    Unknown,
}

/// How much of a file tells what it is.
pub(super) const HEAD_BYTES: u64 = 4096;

/// Signatures that no text begins with.
const CERTAIN: &[(&[u8], Kind)] = &[
    (b"\x89PNG\r\n\x1a\n", Kind::Picture),
    (b"\xff\xd8\xff", Kind::Picture),
    (b"II*\0", Kind::Picture),
    (b"MM\0*", Kind::Picture),
    (b"%PDF-", Kind::Pdf),
    (b"{\\rtf", Kind::Document),
    (b"\x1f\x8b\x08", Kind::Archive),
    (b"\xfd7zXZ\0", Kind::Archive),
    (b"\x28\xb5\x2f\xfd", Kind::Archive),
    (b"7z\xbc\xaf\x27\x1c", Kind::Archive),
    (b"Rar!\x1a\x07", Kind::Archive),
    (b"BZh91AY&SY", Kind::Archive),
    (b"OggS\0", Kind::Media),
    (b"\x1a\x45\xdf\xa3", Kind::Media),
    (b"\x7fELF", Kind::Program),
    (b"\0asm", Kind::Program),
];

/// Signatures that count where there are NULs too.
const LIKELY: &[(&[u8], Kind)] = &[
    (b"GIF8", Kind::Picture),
    (b"BM", Kind::Picture),
    (b"ID3", Kind::Media),
    (b"fLaC", Kind::Media),
    (b"GGUF", Kind::Model),
    (b"MZ", Kind::Program),
    (b"\xca\xfe\xba\xbe", Kind::Program),
    (b"\xcf\xfa\xed\xfe", Kind::Program),
];

/// Formats that are a zip, or Microsoft's older container: their names' endings tell them apart.
const PACKED: &[(&str, Kind)] = &[
    ("doc", Kind::Document),
    ("docx", Kind::Document),
    ("wps", Kind::Document),
    ("odt", Kind::Document),
    ("epub", Kind::Document),
    ("xls", Kind::Sheet),
    ("xlsx", Kind::Sheet),
    ("et", Kind::Sheet),
    ("ods", Kind::Sheet),
    ("ppt", Kind::Slides),
    ("pptx", Kind::Slides),
    ("dps", Kind::Slides),
    ("odp", Kind::Slides),
    ("pt", Kind::Model),
    ("pth", Kind::Model),
    ("bin", Kind::Model),
    ("jar", Kind::Program),
    ("apk", Kind::Program),
];

/// What a file is of which this is the beginning; `None`: it may be text.
pub(super) fn of(head: &[u8], path: &Path) -> Option<Kind> {
    let begins = |(signature, _): &&(&[u8], Kind)| head.starts_with(signature);
    if let Some((_, kind)) = CERTAIN.iter().find(begins) {
        return Some(*kind);
    }
    if head.starts_with(b"PK\x03\x04") {
        return Some(packed(path).or_else(|| zipped(head)).unwrap_or(Kind::Archive));
    }
    if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Some(packed(path).unwrap_or(Kind::Document));
    }
    if !head.contains(&0) {
        return None;
    }
    if let Some((_, kind)) = LIKELY.iter().find(begins) {
        return Some(*kind);
    }
    match (head.get(..4), head.get(4..8), head.get(8..12)) {
        (Some(b"RIFF"), _, Some(b"WEBP")) => Some(Kind::Picture),
        (Some(b"RIFF"), _, _) => Some(Kind::Media),
        (_, Some(b"ftyp"), Some(b"heic" | b"heix" | b"mif1" | b"avif")) => Some(Kind::Picture),
        (_, Some(b"ftyp"), _) => Some(Kind::Media),
        _ => None,
    }
}

fn packed(path: &Path) -> Option<Kind> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    PACKED.iter().find(|(known, _)| *known == ending).map(|(_, kind)| *kind)
}

/// By the names of the first things in a zip, where its own name does not tell.
fn zipped(head: &[u8]) -> Option<Kind> {
    let has = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
    let names: [(&[u8], Kind); 5] = [
        (b"xl/workbook", Kind::Sheet),
        (b"ppt/presentation", Kind::Slides),
        (b"word/document", Kind::Document),
        (b"application/epub", Kind::Document),
        (b"opendocument.text", Kind::Document),
    ];
    names.into_iter().find(|(name, _)| has(name)).map(|(_, kind)| kind)
}

impl Kind {
    /// The refusal: what it is, and what to do instead.
    pub(super) fn refuse(self, path: &Path) -> Failed {
        let path = untrusted::path(path);
        Failed::new(
            Exit::Input,
            match self {
                Self::Picture => tr!(
                    "{path} 是图片：这里的模型只读文字，看不了图。要图里的字，先取出来，例如 tesseract 图片 结果 -l chi_sim，再给出 结果.txt",
                    "{path} is a picture, and the models here read text only. For the words in it, extract them first, as in: tesseract PICTURE RESULT, and give RESULT.txt"
                ),
                Self::Pdf => tr!(
                    "{path} 是 PDF：请先取出文字，例如 pdftotext 文件.pdf 文件.txt，再给出 文件.txt",
                    "{path} is a PDF: extract its text first, as in: pdftotext FILE.pdf FILE.txt, and give FILE.txt"
                ),
                Self::Document => tr!(
                    "{path} 是 Word 一类的文档：请先另存为纯文本，或用 pandoc 文件.docx -t plain -o 文件.txt，再给出 文件.txt",
                    "{path} is a word processor document: save it as plain text first, or: pandoc FILE.docx -t plain -o FILE.txt, and give FILE.txt"
                ),
                Self::Sheet => tr!(
                    "{path} 是电子表格：请先另存为 CSV，再给出那个 CSV 文件",
                    "{path} is a spreadsheet: save it as CSV first, and give that"
                ),
                Self::Slides => tr!(
                    "{path} 是演示文稿：请先把其中的文字另存为纯文本，再给出那个文件",
                    "{path} is a presentation: save its words as plain text first, and give that"
                ),
                Self::Archive => tr!(
                    "{path} 是压缩包：请先解开，再给出里面的文字文件",
                    "{path} is an archive: unpack it first, and give the text files in it"
                ),
                Self::Media => tr!(
                    "{path} 是音频或视频：这里的模型只读文字。要里面的话，请先转写成文字",
                    "{path} is audio or video, and the models here read text only. Transcribe it first"
                ),
                Self::Model => tr!(
                    "{path} 是模型，不是给模型读的文字。要和 GGUF 模型聊天：liao -m 文件.gguf",
                    "{path} is a model, not something for a model to read. To chat with a GGUF model: liao -m FILE.gguf"
                ),
                Self::Program => tr!(
                    "{path} 是程序，不是文字：请给出它的源代码或说明",
                    "{path} is a program, not text: give its source or its manual"
                ),
                Self::Unknown => tr!(
                    "{path} 里有 NUL 字节，看来不是文字。确是文字的话，请用 --encoding（对话中用 /set encoding）指明编码，例如 utf-16",
                    "{path} has NUL bytes in it and does not seem to be text. If it is, name its encoding with --encoding (in a conversation with /set encoding), utf-16 maybe"
                ),
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(head: &[u8], name: &str) -> Option<Kind> {
        of(head, Path::new(name))
    }

    #[test]
    fn kinds_by_their_first_bytes() {
        for (head, expected) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], Kind::Picture),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Kind::Picture),
            (b"GIF89a\x01\0\x01\0", Kind::Picture),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Kind::Picture),
            (b"\0\0\0\x18ftypheic\0\0\0\0", Kind::Picture),
            (b"BM\x36\0\x0c\0\0\0", Kind::Picture),
            (b"%PDF-1.7\n%\xe2\xe3", Kind::Pdf),
            (b"{\\rtf1\\ansi", Kind::Document),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", Kind::Document),
            (b"PK\x03\x04\x14\0\x08\0name.txt", Kind::Archive),
            (b"\x1f\x8b\x08\0\0", Kind::Archive),
            (b"\0\0\0\x20ftypisom\0\0", Kind::Media),
            (b"RIFF\x24\0\0\0WAVEfmt ", Kind::Media),
            (b"ID3\x04\0\0", Kind::Media),
            (b"GGUF\x03\0\0\0", Kind::Model),
            (b"\x7fELF\x02\x01", Kind::Program),
            (b"MZ\x90\0\x03\0", Kind::Program),
        ] {
            assert_eq!(kind(head, "x"), Some(expected), "{head:x?}");
            // A name lies more easily than the bytes do.
            assert_eq!(kind(head, "x.txt"), Some(expected), "{head:x?}");
        }
    }

    #[test]
    fn what_is_packed_goes_by_its_name_then_by_what_is_in_it() {
        for (name, expected) in [
            ("报告.docx", Kind::Document),
            ("报告.DOCX", Kind::Document),
            ("a.xlsx", Kind::Sheet),
            ("a.pptx", Kind::Slides),
            ("a.epub", Kind::Document),
            ("a.zip", Kind::Archive),
            ("a", Kind::Archive),
        ] {
            assert_eq!(kind(b"PK\x03\x04\x14\0", name), Some(expected), "{name}");
        }
        assert_eq!(kind(b"PK\x03\x04\x14\0...[Content_Types].xml...word/document.xml", "下载"), Some(Kind::Document));
        assert_eq!(kind(b"PK\x03\x04\x14\0...xl/workbook.xml", "下载"), Some(Kind::Sheet));
        assert_eq!(kind(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧.xls"), Some(Kind::Sheet));
    }

    #[test]
    fn text_is_none_of_them() {
        for text in [
            &b""[..],
            b"BM25 is a ranking function",
            b"MZ",
            b"GIF89a was the second version",
            b"ID3 is a tag",
            b"GGUF is a format",
            b"RIFF....WAVE",
            b"abcdftypisom",
            b"PK, and that is all",
            b"7z",
            "文字".as_bytes(),
            b"\xc4\xe3\xba\xc3",
            b"\xff\xfe\x60\x4f\x0a\0",
            b"B\0M\0",
        ] {
            assert_eq!(kind(text, "x.png"), None, "{text:x?}");
        }
    }

    #[test]
    fn each_is_refused_in_words_of_its_own() {
        let all = [
            Kind::Picture,
            Kind::Pdf,
            Kind::Document,
            Kind::Sheet,
            Kind::Slides,
            Kind::Archive,
            Kind::Media,
            Kind::Model,
            Kind::Program,
            Kind::Unknown,
        ];
        let sentences: std::collections::BTreeSet<String> = all
            .iter()
            .map(|kind| {
                let failed = kind.refuse(Path::new("坏\u{1b}[2J名字"));
                assert_eq!(failed.exit, Exit::Input);
                assert!(failed.message.starts_with("坏^[[2J名字 "), "{failed}");
                failed.message
            })
            .collect();
        assert_eq!(sentences.len(), all.len());
    }
}
