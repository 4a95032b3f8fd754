//! A token: text that goes into one header of requests to one host, and nowhere else. It cannot be printed.

use std::fmt;

/// A token for a hub.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a token as it is found in a variable or a file. `None` where there is nothing in it, or what no header
    /// may hold.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_right = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_right.then(|| Self(text.to_owned()))
    }

    /// The value of the `Authorization` header.
    pub(super) fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_not_shown() {
        let secret = Secret::new(" hf_abcdefghijklmnopqrst\n").unwrap();
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)), "Secret(…) Some(\n    Secret(…),\n)");
        assert_eq!(secret.bearer(), "Bearer hf_abcdefghijklmnopqrst");
    }

    #[test]
    fn what_no_header_may_hold_is_no_token() {
        for text in ["", " \n", "a b", "a\r\nHost: evil", "密", "a\u{7f}"] {
            assert_eq!(Secret::new(text), None, "{text:?}");
        }
    }
}
