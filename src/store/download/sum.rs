//! SHA-256: of bytes, of a file, as hexadecimal text. A file that grows is hashed in `desk`.

use std::fmt;
use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// How much of a file is read at a time.
pub(super) const PIECE_BYTES: usize = 1 << 20;

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sum([u8; 32]);

impl Sum {
    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn parse(hex: &str) -> Option<Self> {
        let mut sum = [0; 32];
        let is_hex = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        for (i, byte) in sum.iter_mut().enumerate() {
            *byte = u8::from_str_radix(is_hex.then(|| &hex[2 * i..2 * i + 2])?, 16).ok()?;
        }
        Some(Self(sum))
    }

    /// Of bytes in memory.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self::of_hash(Sha256::new_with_prefix(bytes))
    }

    /// Of everything that can be read. `go_on` is told, from time to time, how many bytes are done, and says whether
    /// to go on.
    ///
    /// # Errors
    /// The reader's; [`io::ErrorKind::Interrupted`] where it was told not to go on.
    pub fn of_reader(mut reader: impl Read, mut go_on: impl FnMut(u64) -> bool) -> io::Result<Self> {
        let (mut hash, mut n_done) = (Sha256::new(), 0);
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let n = match reader.read(&mut piece) {
                Ok(0) => return Ok(Self::of_hash(hash)),
                Ok(n) => n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            hash.update(&piece[..n]);
            n_done += n as u64;
            if !go_on(n_done) {
                return Err(io::ErrorKind::Interrupted.into());
            }
        }
    }

    pub(super) fn of_hash(hash: Sha256) -> Self {
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sum({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4's own example.
    const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn it_is_sha_256() {
        assert_eq!(Sum::of_bytes(b"abc").to_string(), OF_ABC);
        assert_eq!(Sum::parse(&OF_ABC.to_uppercase()), Some(Sum::of_bytes(b"abc")));
        let long = vec![7; 3 * PIECE_BYTES + 5];
        let mut told = Vec::new();
        let sum = Sum::of_reader(long.as_slice(), |n| {
            told.push(n);
            true
        });
        assert_eq!(sum.unwrap(), Sum::of_bytes(&long));
        assert_eq!(told.last(), Some(&(long.len() as u64)));
        let stopped = Sum::of_reader(long.as_slice(), |_| false).unwrap_err();
        assert_eq!(stopped.kind(), io::ErrorKind::Interrupted);
    }

    #[test]
    fn anything_but_64_digits_is_none() {
        assert!((0..64).all(|n| Sum::parse(&OF_ABC[..n]).is_none()));
        for hex in [format!("{OF_ABC}0"), format!("+{}", &OF_ABC[1..]), OF_ABC.replace('b', "g"), "字".repeat(32)] {
            assert_eq!(Sum::parse(&hex), None, "{hex}");
        }
    }
}
