//! Whole inputs and lines, in each encoding, whole and damaged.

use super::encoding::*;
use super::lines::Lines;
use crate::exit::{Exit, Failed};
use proptest::prelude::*;
use std::io::{self, BufReader, Read};

const TEXT: &str = "上海\n你好，世界！\r\n第三行 abc";

fn gb(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

fn utf16(text: &str, is_le: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if is_le { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

/// Each way in which a text may come: what is typed for it, its bytes, and whether that calls for a note.
fn ways(text: &str) -> Vec<(Encoding, Vec<u8>, bool)> {
    let utf8 = text.as_bytes();
    vec![
        (Encoding::Auto, utf8.to_vec(), false),
        (Encoding::Utf8, utf8.to_vec(), false),
        (Encoding::Auto, [b"\xef\xbb\xbf", utf8].concat(), false),
        (Encoding::Utf8, [b"\xef\xbb\xbf", utf8].concat(), false),
        (Encoding::Auto, gb(text), true),
        (Encoding::Gb18030, gb(text), false),
        (Encoding::Auto, [b"\xff\xfe".to_vec(), utf16(text, true)].concat(), false),
        (Encoding::Auto, [b"\xfe\xff".to_vec(), utf16(text, false)].concat(), false),
        (Encoding::Utf16, [b"\xff\xfe".to_vec(), utf16(text, true)].concat(), false),
        (Encoding::Utf16, [b"\xfe\xff".to_vec(), utf16(text, false)].concat(), false),
        (Encoding::Utf16, utf16(text, true), false),
    ]
}

fn lines_of(bytes: &[u8], encoding: Encoding) -> (Vec<String>, Vec<Note>) {
    let lines: Vec<Decoded> = Lines::new(bytes, encoding).collect::<Result<_, _>>().unwrap();
    let notes = lines.iter().flat_map(|line| line.notes.clone()).collect();
    (lines.into_iter().map(|line| line.text).collect(), notes)
}

fn offset_of(error: InputError) -> (Encoding, u64) {
    match error {
        InputError::NotText { encoding, offset } => (encoding, offset),
        other => panic!("{other}"),
    }
}

#[test]
fn every_way_gives_the_same_text_and_lines() {
    for (encoding, bytes, has_note) in ways(TEXT) {
        let notes = if has_note { vec![Note::ReadAsGb18030] } else { vec![] };
        let decoded = decode(&bytes, encoding).unwrap();
        assert_eq!((decoded.text.as_str(), &decoded.notes), (TEXT, &notes), "{encoding:?} {bytes:x?}");
        assert_eq!(read(&bytes[..], encoding).unwrap(), decoded);
        let (lines, line_notes) = lines_of(&bytes, encoding);
        assert_eq!(lines, ["上海", "你好，世界！", "第三行 abc"], "{encoding:?} {bytes:x?}");
        assert_eq!(line_notes, notes);
    }
}

#[test]
fn characters_whose_halves_look_like_newlines() {
    // U+4E0A, U+0A0A, U+0A0D, U+010A and a surrogate pair with 0x0A in it.
    let text = "上\u{a0a}\u{a0d}ĊD\u{1f40a}\n\u{a0a}\n\n上";
    let expected = ["上\u{a0a}\u{a0d}ĊD\u{1f40a}", "\u{a0a}", "", "上"];
    for (encoding, bytes, _) in ways(text) {
        assert_eq!(lines_of(&bytes, encoding).0, expected, "{encoding:?} {bytes:x?}");
    }
}

#[test]
fn nuls_are_taken_out_with_a_note() {
    for bytes in [&b"ab\0cd\0\0"[..], b"hello\0 the\0 north\0"] {
        let decoded = decode(bytes, Encoding::Auto).unwrap();
        let n_nuls = bytes.iter().filter(|byte| **byte == 0).count();
        let rest: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
        assert_eq!((decoded.text.as_bytes(), decoded.form), (&rest[..], Form::Utf8));
        assert_eq!(decoded.notes, [Note::NulsRemoved(n_nuls)]);
    }
    assert_eq!(lines_of(b"a\0\nb", Encoding::Auto), (vec!["a".into(), "b".into()], vec![Note::NulsRemoved(1)]));
}

#[test]
fn what_is_not_text_is_refused_at_its_byte() {
    let neither = b"abc\xff\xffdef";
    assert_eq!(offset_of(decode(neither, Encoding::Auto).unwrap_err()), (Encoding::Auto, 3));
    // One bad byte in UTF-8, and UTF-8 cut in a character, are that: not GB18030, although they might decode as such.
    let mut one_bad = "你好，世界！你好".as_bytes().to_vec();
    one_bad[9] = 0xff;
    assert_eq!(offset_of(decode(&one_bad, Encoding::Auto).unwrap_err()), (Encoding::Utf8, 9));
    let cut = &"你好，世界".as_bytes()[..14];
    assert_eq!(offset_of(decode(cut, Encoding::Auto).unwrap_err()), (Encoding::Utf8, 12));
    assert!(encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(cut).is_some());
    // NULs are in no GB18030 text, nor half a unit in UTF-16.
    let half = &utf16("hi 的", true)[..7];
    assert_eq!(offset_of(decode(half, Encoding::Auto).unwrap_err()).0, Encoding::Auto);
    // What a person names is held to.
    assert_eq!(offset_of(decode(&gb("好的"), Encoding::Utf8).unwrap_err()), (Encoding::Utf8, 0));
    assert_eq!(offset_of(decode(b"ab\xff", Encoding::Gb18030).unwrap_err()), (Encoding::Gb18030, 2));
    assert_eq!(offset_of(decode(b"a\0b\0\x00\xd8", Encoding::Utf16).unwrap_err()), (Encoding::Utf16, 4));
    assert_eq!(offset_of(decode(b"a\0b", Encoding::Utf16).unwrap_err()), (Encoding::Utf16, 2));
    assert_eq!(offset_of(decode(b"\xef\xbb\xbfa\xff", Encoding::Auto).unwrap_err()), (Encoding::Utf8, 4));
}

/// A text, and the bytes of each of its characters.
fn spelled(text: &str, bytes_of: impl Fn(&str) -> Vec<u8>) -> Vec<(char, Vec<u8>)> {
    text.chars().map(|c| (c, bytes_of(c.encode_utf8(&mut [0; 4])))).collect()
}

/// Every beginning of these bytes, with the characters that it has whole; `None`: it ends within one.
fn beginnings(mark: &[u8], characters: &[(char, Vec<u8>)]) -> Vec<(Vec<u8>, Option<String>)> {
    let mut bytes = mark.to_vec();
    let mut text = String::new();
    let mut all = vec![(bytes.clone(), Some(String::new()))];
    for (c, spelling) in characters {
        for byte in spelling {
            bytes.push(*byte);
            all.push((bytes.clone(), None));
        }
        text.push(*c);
        all.last_mut().unwrap().1 = Some(text.clone());
    }
    all
}

/// Cut anywhere, a text is the characters before the cut, or is refused there: never anything else.
fn holds_when_cut(encoding: Encoding, beginnings: &[(Vec<u8>, Option<String>)], form: Form) {
    for (bytes, whole) in beginnings {
        match (decode(bytes, encoding), whole) {
            (Ok(decoded), Some(whole)) => {
                assert_eq!((decoded.text.as_str(), decoded.form), (whole.as_str(), form), "{encoding:?} {bytes:x?}");
            }
            (Err(InputError::NotText { offset, .. }), None) => {
                assert!(offset < bytes.len() as u64, "{encoding:?} {bytes:x?}");
            }
            (result, whole) => panic!("{encoding:?} {bytes:x?}: {result:?}, not {whole:?}"),
        }
    }
}

#[test]
fn every_truncation_is_a_beginning_or_an_error() {
    // Characters of one to four bytes in UTF-8, of one, two and four in GB18030, of two and four in UTF-16.
    let text = "上海\n你好，世界！\r\n第三行 abc é㐀𠮷👍完\n";
    let utf8 = spelled(text, |c| c.as_bytes().to_vec());
    holds_when_cut(Encoding::Utf8, &beginnings(b"", &utf8), Form::Utf8);
    holds_when_cut(Encoding::Utf8, &beginnings(b"\xef\xbb\xbf", &utf8), Form::Utf8);
    holds_when_cut(Encoding::Auto, &beginnings(b"\xef\xbb\xbf", &utf8), Form::Utf8);
    // Without a mark, two bytes of a first character may as well be one in GB18030; from the second one on it is clear.
    holds_when_cut(Encoding::Auto, &beginnings(b"", &utf8)[3..], Form::Utf8);

    let gb18030 = spelled(text, gb);
    assert!(gb18030.iter().any(|(_, bytes)| bytes.len() == 4));
    holds_when_cut(Encoding::Gb18030, &beginnings(b"", &gb18030), Form::Gb18030);
    holds_when_cut(Encoding::Gb18030, &beginnings(b"\x84\x31\x95\x33", &gb18030), Form::Gb18030);
    holds_when_cut(Encoding::Auto, &beginnings(b"\x84\x31\x95\x33", &gb18030), Form::Gb18030);
    // Nothing at all is UTF-8.
    holds_when_cut(Encoding::Auto, &beginnings(b"", &gb18030)[1..], Form::Gb18030);

    for (is_le, mark, form) in [(true, b"\xff\xfe", Form::Utf16Le), (false, b"\xfe\xff", Form::Utf16Be)] {
        let units = spelled(text, |c| utf16(c, is_le));
        for encoding in [Encoding::Auto, Encoding::Utf16] {
            holds_when_cut(encoding, &beginnings(mark, &units), form);
        }
        // Half a mark is none, and no text.
        let half = decode(&mark[..1], Encoding::Auto);
        assert_eq!(offset_of(half.unwrap_err()), (Encoding::Auto, 0));
    }
    holds_when_cut(Encoding::Utf16, &beginnings(b"", &spelled(text, |c| utf16(c, true))), Form::Utf16Le);
}

#[test]
fn utf16_without_a_mark_is_read_where_it_is_evident() {
    let long = "第一行 abc\n第二行：你好，世界！\n一二三𠮷完\n";
    for (is_le, form) in [(true, Form::Utf16Le), (false, Form::Utf16Be)] {
        for text in [long, "一二三\n", "hi 的", "hello, world", "a", "- 一\r\n- 二\r\n", "价格：100 元"] {
            let decoded = decode(&utf16(text, is_le), Encoding::Auto).unwrap();
            assert_eq!((decoded.text.as_str(), decoded.form), (text, form));
            assert_eq!(decoded.notes, [Note::ReadAsUtf16]);
        }
        // From where it is evident on, cut anywhere.
        let units = spelled(long, |c| utf16(c, is_le));
        holds_when_cut(Encoding::Auto, &beginnings(b"", &units)[14..], form);
    }
}

#[test]
fn what_has_nuls_is_not_utf16_for_that() {
    for bytes in [
        &b"\x80\0"[..],
        b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\0",
        b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0\xb5\x62",
        b"\0\0\0\x20ftypisom\0\0\x02\0",
        // Half of a pair of units.
        b"a\0\xc4\xd8b\0",
        b"\xff\xff\0\0",
    ] {
        match decode(bytes, Encoding::Auto) {
            Ok(decoded) => assert_eq!(decoded.form, Form::Utf8, "{bytes:x?}"),
            Err(error) => assert_eq!(offset_of(error).0, Encoding::Auto, "{bytes:x?}"),
        }
    }
}

#[test]
fn a_mark_that_is_wrong_is_told() {
    let marks: [&[u8]; 4] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x84\x31\x95\x33"];
    let with = |mark: &[u8], body: Vec<u8>| [mark.to_vec(), body].concat();
    // Against what a person names.
    for (encoding, fitting) in [(Encoding::Utf8, &[0][..]), (Encoding::Utf16, &[1, 2]), (Encoding::Gb18030, &[3])] {
        for (i, mark) in marks.iter().enumerate().filter(|(i, _)| !fitting.contains(i)) {
            let error = decode(&with(mark, b"abcd".to_vec()), encoding).unwrap_err();
            assert_eq!(offset_of(error), (encoding, 0), "mark {i}");
        }
    }
    // Against the text behind it.
    for (mark, body, encoding) in [
        (marks[0], gb("你好，世界"), Encoding::Utf8),
        (marks[0], utf16("你们", true), Encoding::Utf8),
        (marks[3], "你好！".as_bytes().to_vec(), Encoding::Gb18030),
        // An odd number of bytes.
        (marks[1], b"abc".to_vec(), Encoding::Utf16),
        (marks[2], "你".as_bytes().to_vec(), Encoding::Utf16),
    ] {
        let (named, offset) = offset_of(decode(&with(mark, body), Encoding::Auto).unwrap_err());
        assert!(named == encoding && offset >= mark.len() as u64, "{mark:x?}: {named:?} {offset}");
    }
}

#[test]
fn lines_hold_to_one_encoding() {
    // 猫 in GB18030 is also è in UTF-8: alone it decides nothing, after a line that is GB18030 it is a cat.
    let after = [gb("你好\n"), gb("猫\n")].concat();
    assert_eq!(lines_of(&after, Encoding::Auto).0, ["你好", "猫"]);
    let before = [gb("猫\n"), gb("你好\n")].concat();
    assert_eq!(lines_of(&before, Encoding::Auto).0, ["è", "你好"]);
    // Once it is certain, what does not fit is refused, at its place in the whole input, and that is the end.
    let mixed = ["hi\n你好\n".as_bytes(), &gb("好的\nx\n")].concat();
    let mut lines = Lines::new(&mixed[..], Encoding::Auto);
    assert_eq!(lines.next().unwrap().unwrap().text, "hi");
    assert_eq!(lines.next().unwrap().unwrap().text, "你好");
    assert_eq!(offset_of(lines.next().unwrap().unwrap_err()), (Encoding::Utf8, 10));
    assert!(lines.next().is_none());
}

#[test]
fn empty_inputs_have_no_lines() {
    for bytes in [&b""[..], b"\xef\xbb\xbf", b"\xff\xfe"] {
        assert_eq!(decode(bytes, Encoding::Auto).unwrap().text, "");
        assert_eq!(lines_of(bytes, Encoding::Auto).0, [""; 0]);
    }
    assert_eq!(lines_of(b"\n\n", Encoding::Auto).0, ["", ""]);
}

/// Gives one byte a read, and fails the test when more is asked for than the caller has been promised.
struct Trickle<'a> {
    bytes: &'a [u8],
    n_read: std::rc::Rc<std::cell::Cell<usize>>,
}

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some((first, rest)) = self.bytes.split_first() else { return Ok(0) };
        buffer[0] = *first;
        self.bytes = rest;
        self.n_read.set(self.n_read.get() + 1);
        Ok(1)
    }
}

#[test]
fn a_line_is_given_out_before_anything_behind_it_is_read() {
    for (encoding, bytes, _) in ways("上海 one\n你好 two\n") {
        let n_read = std::rc::Rc::new(std::cell::Cell::new(0));
        let trickle = Trickle { bytes: &bytes, n_read: n_read.clone() };
        let mut lines = Lines::new(BufReader::with_capacity(1, trickle), encoding);
        assert_eq!(lines.next().unwrap().unwrap().text, "上海 one");
        let n_first = n_read.get();
        assert_eq!(lines.next().unwrap().unwrap().text, "你好 two");
        assert_eq!(n_read.get(), bytes.len());
        let two = [utf16("你好 two\n", true).len(), gb("你好 two\n").len(), "你好 two\n".len()];
        assert!(two.contains(&(bytes.len() - n_first)), "{encoding:?}: {n_first} of {}", bytes.len());
    }
}

#[test]
fn endless_input_is_refused() {
    assert!(matches!(read(io::repeat(b'y'), Encoding::Auto), Err(InputError::TooLong)));
    let mut lines = Lines::new(BufReader::new(io::repeat(b'y')), Encoding::Auto);
    assert!(matches!(lines.next(), Some(Err(InputError::TooLong))));
    assert!(lines.next().is_none());
}

#[test]
fn failures_say_where_and_what_to_type() {
    let failed = Failed::from(decode(b"abc\xff\xff", Encoding::Auto).unwrap_err());
    assert_eq!(failed.exit, Exit::Input);
    assert!(failed.message.contains(" 3 ") && failed.message.contains("--encoding"), "{failed}");
    for name in ["auto", "utf-8", "gb18030", "utf-16"] {
        assert_eq!(Encoding::from_name(name).unwrap().name(), name);
    }
    assert_eq!(Encoding::from_name("GBK"), Some(Encoding::Gb18030));
    assert_eq!(Encoding::from_name("latin1"), None);
}

proptest! {
    #[test]
    fn any_bytes_either_decode_or_fail_inside(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        for encoding in [Encoding::Auto, Encoding::Utf8, Encoding::Gb18030, Encoding::Utf16] {
            match decode(&bytes, encoding) {
                Ok(decoded) => prop_assert!(!decoded.text.contains('\0')),
                Err(error) => prop_assert!(offset_of(error).1 < bytes.len() as u64),
            }
            for line in Lines::new(&bytes[..], encoding) {
                if let Err(error) = line {
                    prop_assert!(offset_of(error).1 < bytes.len() as u64);
                }
            }
        }
    }

    #[test]
    fn any_text_survives_every_way(text in "(你|好|上|\u{a0a}|𠮷|a|é| |\n|\r\n){0,12}中文") {
        for (encoding, bytes, has_note) in ways(&text) {
            prop_assert_eq!(&decode(&bytes, encoding).unwrap().text, &text);
            // Line by line the first lines may be too little evidence for GB18030.
            if !has_note {
                let lines: Vec<&str> = text.lines().collect();
                prop_assert_eq!(lines_of(&bytes, encoding).0, lines);
            }
        }
    }
}
