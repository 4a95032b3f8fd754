//! What a session's file is called by: seven characters, easy to type and to say, of which a later session has greater
//! ones. An id is the second in which its session began, so that it needs no counter; two that begin in one second are
//! told apart by whoever makes the file.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Digits in the order in which they sort; i, l, o and u are left out, as they read like others or make words.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const N_DIGITS: u32 = 7;
const BITS_A_DIGIT: u32 = 5;
/// In the year 3058 ids come round.
const N_IDS: u64 = 1 << (N_DIGITS * BITS_A_DIGIT);

/// The id of a session. It sorts by when the session began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u64);

impl Id {
    /// The id of a session that begins at this moment.
    #[must_use]
    pub fn of(moment: SystemTime) -> Self {
        Self(moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() % N_IDS)
    }

    /// The one after it.
    #[must_use]
    pub(super) fn next(self) -> Self {
        Self((self.0 + 1) % N_IDS)
    }

    /// Reads an id exactly as it is written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != N_DIGITS as usize {
            return None;
        }
        let mut digits = text.bytes().map(|byte| DIGITS.iter().position(|digit| *digit == byte));
        let number = digits.try_fold(0, |number, digit| Some((number << BITS_A_DIGIT) | u64::try_from(digit?).ok()?));
        number.map(Self)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for i in (0..N_DIGITS).rev() {
            let digit = (self.0 >> (i * BITS_A_DIGIT)) & 31;
            write!(f, "{}", char::from(DIGITS[usize::try_from(digit).unwrap_or_default()]))?;
        }
        Ok(())
    }
}

/// What a person typed, as the beginning of an id: in any case, and with the letters that ids leave out read as the
/// digits they look like. `None`: no id begins so.
#[must_use]
pub(super) fn beginning(typed: &str) -> Option<String> {
    let digit = |c: char| {
        let plain = match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            plain => plain,
        };
        DIGITS.iter().any(|digit| char::from(*digit) == plain).then_some(plain)
    };
    let beginning: Option<String> = typed.chars().map(digit).collect();
    beginning.filter(|text| (1..=N_DIGITS as usize).contains(&text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_id_is_read_as_it_is_written_and_sorts_by_time() {
        let seconds = [0, 1, 31, 32, 1023, 1024, 1_795_442_615, 1_795_442_616, N_IDS - 1];
        let ids: Vec<Id> = seconds.iter().map(|s| Id::of(UNIX_EPOCH + Duration::from_secs(*s))).collect();
        for id in &ids {
            let text = id.to_string();
            assert_eq!((text.len(), Id::parse(&text), beginning(&text)), (7, Some(*id), Some(text)));
        }
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.is_sorted_by(|a, b| a.to_string() < b.to_string()));
        assert_eq!((ids[0].to_string(), ids[3].to_string()), ("0000000".to_owned(), "0000010".to_owned()));
        assert_eq!((ids[0].next(), ids[8].next()), (ids[1], ids[0]));
        assert_eq!(Id::of(UNIX_EPOCH - Duration::from_secs(9)), ids[0]);
    }

    #[test]
    fn what_is_no_id_is_none() {
        for text in ["", "0", "000000", "00000000", "000000o", "000000O", "000000A", "000000中", "../../x", "0000 00"]
        {
            assert_eq!(Id::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_beginning_is_typed_in_any_case() {
        for (typed, meant) in [
            ("1NB", Some("1nb")),
            ("loi", Some("101")),
            ("", None),
            ("1u", None),
            ("1-", None),
            ("１", None),
            ("12345678", None),
        ] {
            assert_eq!(beginning(typed).as_deref(), meant, "{typed}");
        }
    }
}
