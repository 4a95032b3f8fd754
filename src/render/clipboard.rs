//! The command by which a terminal puts text on its clipboard: OSC 52, which goes through ssh as all that is written
//! does. Pure; who writes it, and whether there is a terminal, is not here. The terminal does not answer, so nobody
//! knows whether it obeyed.

/// The longest text, in bytes. Some terminals (hterm is one) take sequences of up to 100,000 bytes; this is what is
/// left of them for the text in base64.
pub const MAX_BYTES: usize = 74_994;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The sequence for this text. `None`: the text is longer than [`MAX_BYTES`].
#[must_use]
pub fn copy(text: &str, is_in_tmux: bool) -> Option<String> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let mut sequence = format!("\x1b]52;c;{}\x07", base64(text.as_bytes()));
    if is_in_tmux {
        // tmux takes the first where `set-clipboard` is on, and hands the second on where `allow-passthrough` is.
        let passed_on = sequence.replace('\x1b', "\x1b\x1b");
        sequence += &format!("\x1bPtmux;{passed_on}\x1b\\");
    }
    Some(sequence)
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    let mut encoded = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, i| (bits << 8) | usize::from(group.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let letter = ALPHABET[(bits >> (18 - 6 * i)) & 63];
            encoded.push(if i <= group.len() { char::from(letter) } else { '=' });
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc() {
        for (text, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
            ("你好", "5L2g5aW9"),
            ("\u{0}\u{7f}~?>", "AH9+Pz4="),
        ] {
            assert_eq!(base64(text.as_bytes()), encoded, "{text:?}");
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xbf]), "+/+/");
    }

    #[test]
    fn the_sequence() {
        assert_eq!(copy("你好", false).as_deref(), Some("\x1b]52;c;5L2g5aW9\x07"));
        let tmux = "\x1b]52;c;5L2g5aW9\x07\x1bPtmux;\x1b\x1b]52;c;5L2g5aW9\x07\x1b\\";
        assert_eq!(copy("你好", true).as_deref(), Some(tmux));
    }

    #[test]
    fn what_is_too_long_for_a_terminal_is_not_sent() {
        let longest = "a".repeat(MAX_BYTES);
        assert!(copy(&longest, false).is_some_and(|sequence| sequence.len() <= 100_000));
        assert_eq!(copy(&(longest + "a"), false), None);
    }
}
