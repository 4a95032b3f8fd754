//! Whether an answer begins in the language that it is held to, and how the vocabulary is weighed when it is begun
//! again. Pure.

use crate::protocol::ReplyLang;
use crate::text::han::is_han;

/// By so many tokens an answer has shown its language. Also, how many tokens of one that is begun again are chosen with
/// the weights changed: what follows a sentence in Chinese is Chinese by itself, and names may be spelled again.
pub(super) const N_TOKENS: u32 = 24;

/// What a beginning tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing yet.
    Open,
    /// It is in the language wanted, or in none.
    Stays,
    /// It is in the other language.
    Drifts,
}

/// Words in Latin letters, or Chinese characters, that are needed to tell a language: fewer may be a name.
const MIN_WORDS: usize = 3;
/// So many, and the wanted language is there, whatever follows.
const ENOUGH: usize = 6;

/// Judges an answer by its beginning. `is_over`: there will be no more of it, or it has [`N_TOKENS`].
#[must_use]
pub(super) fn judge(text: &str, wanted: ReplyLang, is_over: bool) -> Verdict {
    let (n_han, n_latin) = (text.chars().filter(|c| is_han(*c)).count(), n_latin_words(text));
    let (n_wanted, n_other) = match wanted {
        ReplyLang::Zh => (n_han, n_latin),
        // A word takes about two characters of Chinese.
        ReplyLang::En => (n_latin, n_han / 2),
    };
    // Code has no language.
    if text.trim_start().starts_with("```") || n_wanted >= ENOUGH {
        return Verdict::Stays;
    }
    if n_other >= MIN_WORDS && n_other > n_wanted && (is_over || ends_sentence(text)) {
        return Verdict::Drifts;
    }
    if is_over { Verdict::Stays } else { Verdict::Open }
}

/// How much the logit of a token changes for an answer that is begun again in this language. `piece` are the bytes that
/// the token spells.
///
/// A token in the other script becomes some 400 times less likely beside what belongs to neither; one in the script
/// wanted, or a byte of a character outside ASCII, some seven times more likely. So digits and punctuation stay, and
/// where nothing in the language wanted would make sense, the model may still say something else.
#[must_use]
pub(super) fn weight(piece: &[u8], wanted: ReplyLang) -> f32 {
    const UP: f32 = 2.0;
    const DOWN: f32 = -6.0;
    let (has_han, has_latin) = match std::str::from_utf8(piece) {
        Ok(text) => (text.chars().any(is_han), text.chars().any(is_latin)),
        // A byte of a character, or a few: in what is left of a vocabulary, mostly of Chinese.
        Err(_) => (true, false),
    };
    match wanted {
        _ if has_han == has_latin => 0.0,
        ReplyLang::Zh if has_han => UP,
        ReplyLang::En if has_latin => UP,
        _ => DOWN,
    }
}

fn is_latin(c: char) -> bool {
    c.is_alphabetic() && matches!(c, 'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{24f}')
}

fn n_latin_words(text: &str) -> usize {
    text.split(|c: char| !(is_latin(c) || c == '\'' || c == '-')).filter(|word| word.contains(is_latin)).count()
}

fn ends_sentence(text: &str) -> bool {
    let has_mark = text.contains(['。', '！', '？', '!', '?', '\n']);
    // A full stop within a number or a name ends nothing.
    has_mark || text.contains(". ") || text.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_in_english_drifts_from_chinese() {
        for text in [
            "The capital of China is Beijing.",
            "Sure! Here is what I can tell you:\n",
            "Hello there, my friend, 你好.",
            "I'm sorry, I cannot!",
        ] {
            assert_eq!(judge(text, ReplyLang::Zh, false), Verdict::Drifts, "{text}");
        }
        let long = "The history of the city goes back to the second century before";
        assert_eq!(judge(long, ReplyLang::Zh, false), Verdict::Open);
        assert_eq!(judge(long, ReplyLang::Zh, true), Verdict::Drifts);
    }

    #[test]
    fn what_is_chinese_or_neither_stays() {
        for text in [
            "北京是中国的首都。",
            "GPT-4 是 OpenAI 在 2023 年发布的大型语言模型。",
            "Rust、Go 和 Python 都可以",
            "```rust\nfn main() { let x = vec![1, 2, 3]; }\n```\n",
            "42",
            "Paris.",
            "Yes!",
            "",
        ] {
            assert_eq!(judge(text, ReplyLang::Zh, true), Verdict::Stays, "{text}");
        }
    }

    #[test]
    fn it_is_decided_as_soon_as_it_can_be() {
        assert_eq!(judge("北京是中国", ReplyLang::Zh, false), Verdict::Open);
        assert_eq!(judge("北京是中国的", ReplyLang::Zh, false), Verdict::Stays);
        assert_eq!(judge("OK!", ReplyLang::Zh, false), Verdict::Open);
        assert_eq!(judge("The capital is", ReplyLang::Zh, false), Verdict::Open);
        assert_eq!(judge("The capital is 3.5", ReplyLang::Zh, false), Verdict::Open);
    }

    #[test]
    fn the_other_way_round() {
        assert_eq!(judge("北京是中国的首都。", ReplyLang::En, false), Verdict::Drifts);
        assert_eq!(judge("Beijing (北京) is the capital of China.", ReplyLang::En, false), Verdict::Stays);
        assert_eq!(judge("北京", ReplyLang::En, true), Verdict::Stays);
    }

    #[test]
    fn pieces_are_weighed_by_their_script() {
        for (piece, zh, en) in [
            ("你好".as_bytes(), 1.0, -1.0),
            (" the".as_bytes(), -1.0, 1.0),
            ("é".as_bytes(), -1.0, 1.0),
            (&[0xe4][..], 1.0, -1.0),
            (&[0xbd, 0xa0][..], 1.0, -1.0),
            (&b"42"[..], 0.0, 0.0),
            ("，".as_bytes(), 0.0, 0.0),
            (&b"\n"[..], 0.0, 0.0),
            (&b""[..], 0.0, 0.0),
            ("A股".as_bytes(), 0.0, 0.0),
        ] {
            for (wanted, sign) in [(ReplyLang::Zh, zh), (ReplyLang::En, en)] {
                let weight = weight(piece, wanted);
                assert!(if sign == 0.0 { weight == 0.0 } else { weight * sign > 0.0 }, "{piece:?} {wanted:?} {weight}");
            }
        }
    }
}
