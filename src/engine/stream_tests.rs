//! Every split of difficult strings gives what reading them at once gives.

use super::*;
use proptest::prelude::*;

/// Chinese, a character beyond the BMP, emoji joined by ZWJ, combining marks.
const DIFFICULT: &str = "篇𠮷a👨‍👩‍👧é！";

/// Lossy decoding at once, but for a character left unfinished at the end, which the stream drops.
fn decoded_at_once(bytes: &[u8]) -> String {
    let n_cut = (1..=3.min(bytes.len())).find(|n| {
        let end = &bytes[bytes.len() - n..];
        std::str::from_utf8(end).is_err_and(|e| e.error_len().is_none() && e.valid_up_to() == 0)
    });
    String::from_utf8_lossy(&bytes[..bytes.len() - n_cut.unwrap_or(0)]).into_owned()
}

fn decoded_in(pieces: &[&[u8]]) -> String {
    let mut stream = Utf8Stream::default();
    pieces.iter().map(|piece| stream.push(piece)).collect()
}

fn byte_strings() -> Vec<Vec<u8>> {
    let mut strings = vec![DIFFICULT.as_bytes().to_vec()];
    for bad in [&b"\xff"[..], b"\xe7\xaf", b"\xf0\xa0\xae", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80", b"\x80\xe4"] {
        strings.push([bad, DIFFICULT.as_bytes()].concat());
        strings.push(["你".as_bytes(), bad, "好".as_bytes()].concat());
        strings.push([b"a", bad].concat());
    }
    strings
}

#[test]
fn utf8_in_two_and_three_pieces() {
    for bytes in byte_strings() {
        let whole = decoded_at_once(&bytes);
        for i in 0..=bytes.len() {
            for j in i..=bytes.len() {
                assert_eq!(decoded_in(&[&bytes[..i], &bytes[i..j], &bytes[j..]]), whole, "{bytes:x?} at {i} and {j}");
            }
        }
    }
}

#[test]
fn utf8_in_single_bytes_and_cut_short_anywhere() {
    for bytes in byte_strings() {
        for end in 0..=bytes.len() {
            let singles: Vec<&[u8]> = bytes[..end].chunks(1).collect();
            assert_eq!(decoded_in(&singles), decoded_at_once(&bytes[..end]), "{:x?}", &bytes[..end]);
        }
    }
}

#[test]
fn a_character_comes_out_with_its_last_byte() {
    let mut stream = Utf8Stream::default();
    assert_eq!(stream.push(b"\xe7"), "");
    assert!(!stream.is_at_boundary());
    assert_eq!(stream.push(b"\xaf"), "");
    assert_eq!(stream.push(b"\x87"), "篇");
    assert!(stream.is_at_boundary());
    assert_eq!(stream.push(b"\xe7\xaf"), "");
    assert_eq!(stream.push(b"a"), "\u{fffd}a");
}

/// What the text before the first complete stop string is, found by looking at every end of the text.
fn stopped_naively(text: &str, stops: &[&str]) -> (String, Option<String>) {
    for end in (0..=text.len()).filter(|&end| text.is_char_boundary(end)) {
        let ended = stops.iter().filter(|stop| text[..end].ends_with(**stop));
        if let Some(stop) = ended.max_by_key(|stop| stop.len()) {
            return (text[..end - stop.len()].to_owned(), Some((*stop).to_owned()));
        }
    }
    (text.to_owned(), None)
}

fn stopped_in(pieces: &[&str], stops: &[&str]) -> (String, Option<String>) {
    let mut matcher = StopMatcher::new(stops.iter().map(|&s| s.to_owned()).collect()).unwrap();
    let mut shown = String::new();
    for piece in pieces {
        shown += &matcher.push(piece).0;
    }
    shown += &matcher.finish();
    (shown, matcher.met().map(str::to_owned))
}

const STOPS: [&[&str]; 7] = [
    &[],
    &["</s>"],
    &["Human:", "\nHuman:"],
    &["ab", "abc", "b"],
    &["aab", "aaab"],
    &["结束", "束", "\u{1f468}\u{200d}\u{1f469}"],
    &["abcd", "bc"],
];
const TEXTS: [&str; 9] =
    ["", "好的</s>多余", "答\nHuman: 问", "xabcy", "aaaab", "到此结束。", "a👨‍👩‍👧b", "半个</s 不是 </s", "zzabcd"];

#[test]
fn stops_in_two_and_three_pieces() {
    for text in TEXTS {
        let cuts: Vec<usize> = (0..=text.len()).filter(|&i| text.is_char_boundary(i)).collect();
        for stops in STOPS {
            let expected = stopped_naively(text, stops);
            for &i in &cuts {
                for &j in cuts.iter().filter(|&&j| j >= i) {
                    let pieces = [&text[..i], &text[i..j], &text[j..]];
                    assert_eq!(stopped_in(&pieces, stops), expected, "{pieces:?} {stops:?}");
                }
            }
        }
    }
}

#[test]
fn only_a_possible_beginning_is_held_back() {
    let mut matcher = StopMatcher::new(vec!["</s>".into()]).unwrap();
    assert_eq!(matcher.push("甲<"), ("甲".into(), None));
    assert_eq!(matcher.push("<"), ("<".into(), None));
    assert_eq!(matcher.push("/乙"), ("</乙".into(), None));
    assert_eq!(matcher.push("</s"), (String::new(), None));
    assert_eq!(matcher.push(">丙"), (String::new(), Some("</s>")));
    assert_eq!(matcher.push("丁"), (String::new(), Some("</s>")));
    assert_eq!(matcher.finish(), "");
}

#[test]
fn an_empty_stop_is_refused() {
    assert_eq!(StopMatcher::new(vec!["a".into(), String::new()]).unwrap_err(), EmptyStop);
    assert!(Reply::new(vec![String::new()], None).is_err());
}

fn reply_of(pieces: &[&[u8]], stops: &[&str], end: Option<TokenId>) -> (String, Finished) {
    reply_watched(pieces, stops, end, None)
}

fn reply_watched(pieces: &[&[u8]], stops: &[&str], end: Option<TokenId>, sentry: Option<Sentry>) -> (String, Finished) {
    let mut reply = Reply::new(stops.iter().map(|&s| s.to_owned()).collect(), sentry).unwrap();
    let mut shown = String::new();
    for (id, piece) in (100..).zip(pieces) {
        let now = reply.push(id, piece);
        shown += &now.text;
        if now.is_stopped || now.is_astray {
            break;
        }
    }
    let finished = reply.finish(end);
    shown += &finished.rest;
    (shown, finished)
}

fn sentry() -> Option<Sentry> {
    let markers = vec!["[INST]".to_owned(), "Human:".to_owned()];
    Some(Sentry::behind("", crate::protocol::Guard { markers, ..Default::default() }))
}

#[test]
fn an_answer_that_goes_astray_keeps_the_tokens_of_its_good_part() {
    let pieces: [&[u8]; 5] = ["好。".as_bytes(), b"\n", b"[IN", b"ST]", b" x"];
    let (shown, finished) = reply_watched(&pieces, &[], Some(2), sentry());
    assert_eq!((shown.as_str(), finished.text.as_str(), finished.is_astray), ("好。\n", "好。\n", true));
    assert_eq!(finished.written, Written { ids: vec![100, 101], tail: String::new(), end: None });

    // The token in which the marker begins also has the end of what is good.
    let pieces: [&[u8]; 3] = [b"Fine", b".\nHum", b"an: and"];
    let (shown, finished) = reply_watched(&pieces, &[], None, sentry());
    assert_eq!((shown.as_str(), finished.text.as_str()), ("Fine.\n", "Fine.\n"));
    assert_eq!(finished.written, Written { ids: vec![100], tail: ".\n".into(), end: None });

    // A circle has been shown before it is known.
    let sentence = "我是一个人工智能助手，很高兴为您服务。";
    let circle: Vec<&[u8]> = std::iter::repeat_n(sentence.as_bytes(), 30).collect();
    let (shown, finished) = reply_watched(&circle, &[], None, sentry());
    assert!(shown.len() > sentence.len() && shown.len() < 30 * sentence.len());
    assert_eq!((finished.text.as_str(), finished.is_astray), (sentence, true));
    assert_eq!(finished.written, Written { ids: vec![100], tail: String::new(), end: None });
}

#[test]
fn what_was_held_back_for_a_marker_comes_at_the_end() {
    let pieces: [&[u8]; 2] = ["好。".as_bytes(), b"\n[INS"];
    let (shown, finished) = reply_watched(&pieces, &[], Some(2), sentry());
    assert_eq!((shown.as_str(), finished.is_astray), ("好。\n[INS", false));
    assert_eq!(finished.written, Written { ids: vec![100, 101], tail: String::new(), end: Some(2) });
    // Behind it a stop string, of which only the beginning came.
    let (shown, finished) = reply_watched(&[b"ok\nHuman:</"], &["</s>"], None, sentry());
    assert_eq!((shown.as_str(), finished.is_astray), ("ok\n", true));
}

#[test]
fn a_whole_reply_is_all_its_tokens() {
    let (shown, finished) = reply_of(&[b"\xe7", b"\xaf\x87", "很好".as_bytes(), b""], &["停"], Some(2));
    assert_eq!(shown, "篇很好");
    assert_eq!(finished.text, "篇很好");
    assert_eq!(finished.written, Written { ids: vec![100, 101, 102, 103], tail: String::new(), end: Some(2) });
}

#[test]
fn half_a_character_at_the_end_is_neither_shown_nor_kept() {
    let (shown, finished) = reply_of(&[b"a", b"\xe7", b"\xaf"], &[], None);
    assert_eq!(shown, "a");
    assert_eq!(finished.text, "a");
    assert_eq!(finished.written, Written { ids: vec![100], tail: String::new(), end: None });
}

#[test]
fn a_cut_inside_a_token_leaves_a_tail() {
    // The stop string begins in the middle of the third token, which also ends the character that the second begins.
    let (shown, finished) = reply_of(&["你".as_bytes(), b"\xe5\xa5", b"\xbd!\nHum", b"an: x"], &["\nHuman:"], None);
    assert_eq!(shown, "你好!");
    assert_eq!(finished.written, Written { ids: vec![100], tail: "好!".into(), end: None });
}

#[test]
fn a_cut_between_tokens_leaves_none() {
    let (_, finished) = reply_of(&["好".as_bytes(), b"</", b"s>"], &["</s>"], None);
    assert_eq!(finished.text, "好");
    assert_eq!(finished.written, Written { ids: vec![100], tail: String::new(), end: None });
}

proptest! {
    #[test]
    fn any_pieces_decode_alike(pieces in prop::collection::vec(prop::collection::vec(
        prop_oneof![any::<u8>(), Just(0xe7), Just(0xaf), Just(0x87), Just(0xf0), Just(0x9f)], 0..5), 0..8)) {
        let refs: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(decoded_in(&refs), decoded_at_once(&pieces.concat()));
    }

    #[test]
    fn any_pieces_stop_alike(pieces in prop::collection::vec("[ab结束]{0,4}", 0..6),
                             stops in prop::collection::vec("[ab结束]{1,3}", 0..4)) {
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let stops: Vec<&str> = stops.iter().map(String::as_str).collect();
        prop_assert_eq!(stopped_in(&pieces, &stops), stopped_naively(&pieces.concat(), &stops));
    }

    /// However it is cut, and whether or not it was cut before, an answer is its words without the white space around.
    #[test]
    fn any_pieces_are_trimmed_alike(begun in "[a字 \n]{0,6}", pieces in prop::collection::vec("[a字 \n\u{3000}]{0,3}", 0..8)) {
        let mut trim = Trim::behind(&begun);
        let shown: String = pieces.iter().map(|piece| trim.push(piece)).collect();
        let (all, before) = (begun.clone() + &pieces.concat(), begun.trim());
        prop_assert_eq!(&shown, &all.trim()[before.len()..]);
        prop_assert_eq!(Trim::behind(&begun).push(&pieces.concat()), shown);
    }

    /// The tokens kept spell the kept text but for the tail, and one token more would spell too much or half a character.
    #[test]
    fn any_reply_is_spelled_by_its_tokens(
        cuts in prop::collection::vec(0usize..30, 0..8),
        text in "[ab结束👨é]{0,8}",
        stops in prop::collection::vec("[ab结束]{1,3}", 0..3),
    ) {
        let bytes = text.as_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
        let stops: Vec<&str> = stops.iter().map(String::as_str).collect();
        let (shown, finished) = reply_of(&pieces, &stops, None);
        // Nothing here goes astray: watched, it is the same.
        prop_assert_eq!(&reply_watched(&pieces, &stops, None, sentry()), &(shown.clone(), finished.clone()));
        prop_assert_eq!(&shown, &stopped_naively(&text, &stops).0);
        prop_assert_eq!(&finished.text, &shown);
        let n_ids = finished.written.ids.len();
        let spelled = pieces[..n_ids].concat();
        prop_assert_eq!(String::from_utf8(spelled).unwrap() + &finished.written.tail, shown.as_str());
        for n_more in n_ids + 1..=pieces.len() {
            let more = pieces[..n_more].concat();
            prop_assert!(more.len() > shown.len() || std::str::from_utf8(&more).is_err());
        }
    }
}
