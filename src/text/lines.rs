//! Turns from a pipe: lines decoded as they arrive, without waiting for the end of the input.
//!
//! One encoding holds for the whole input. A byte order mark or the person settles it at once; else the first line
//! that cannot be anything else does: it is not UTF-8, or it has characters that GB18030 would not form by chance
//! (see [`encoding`](super::encoding)). Never more is read than the line that is given out.

use super::encoding::{Decoded, Encoding, Form, InputError, MAX_INPUT_BYTES, decode_unmarked};
use std::io::{BufRead, Read};

/// The lines of an input, without their ends (LF or CR LF). After an error it is at its end.
#[derive(Debug)]
pub struct Lines<R> {
    input: R,
    encoding: Encoding,
    /// Settled once there is evidence.
    form: Option<Form>,
    /// Bytes read so far.
    offset: u64,
    is_over: bool,
}

impl<R: BufRead> Lines<R> {
    /// The lines of `input`.
    pub fn new(input: R, encoding: Encoding) -> Self {
        Self { input, encoding, form: None, offset: 0, is_over: false }
    }

    fn next_line(&mut self) -> Result<Option<Decoded>, InputError> {
        let is_first = self.offset == 0;
        let mut bytes = Vec::new();
        self.read_through_newline_byte(&mut bytes)?;
        let mut bom_len = 0;
        if is_first {
            (self.form, bom_len) = Form::of_whole(&bytes, self.encoding)?;
        }
        if let Some(form @ (Form::Utf16Le | Form::Utf16Be)) = self.form {
            self.read_through_utf16_newline(&mut bytes, form)?;
        }
        let at = self.offset + bom_len as u64;
        self.offset += bytes.len() as u64;
        let line = &bytes[bom_len..];
        if line.is_empty() {
            return Ok(None);
        }
        let is_guessed = self.form.is_none();
        let (mut text, form) = match self.form {
            Some(form) => (form.decode(line, at)?, form),
            None => {
                let (text, form) = decode_unmarked(line, at)?;
                if form == Form::Gb18030 || text.chars().any(|c| c.len_utf8() >= 3) {
                    self.form = Some(form);
                }
                (text, form)
            }
        };
        let n_end_bytes = if text.ends_with("\r\n") { 2 } else { usize::from(text.ends_with('\n')) };
        text.truncate(text.len() - n_end_bytes);
        Ok(Some(Decoded::new(text, form, is_guessed)))
    }

    /// Reads on to the next 0x0A byte or the end, at most to one byte over the limit of a line.
    fn read_through_newline_byte(&mut self, bytes: &mut Vec<u8>) -> Result<(), InputError> {
        let room = (MAX_INPUT_BYTES + 1).saturating_sub(bytes.len());
        self.input.by_ref().take(room as u64).read_until(b'\n', bytes).map_err(InputError::Unreadable)?;
        if bytes.len() > MAX_INPUT_BYTES { Err(InputError::TooLong) } else { Ok(()) }
    }

    /// A 0x0A byte may be half of a character (上 is U+4E0A): reads on until one is a newline of two bytes.
    fn read_through_utf16_newline(&mut self, bytes: &mut Vec<u8>, form: Form) -> Result<(), InputError> {
        while bytes.last() == Some(&b'\n') {
            let i_newline = bytes.len() - 1;
            let is_low_byte = i_newline.is_multiple_of(2);
            let is_newline = match form {
                Form::Utf16Le if is_low_byte => {
                    self.input.by_ref().take(1).read_to_end(bytes).map_err(InputError::Unreadable)?;
                    bytes.get(i_newline + 1) == Some(&0)
                }
                Form::Utf16Be => !is_low_byte && bytes[i_newline - 1] == 0,
                _ => false,
            };
            let n_before = bytes.len();
            if !is_newline {
                self.read_through_newline_byte(bytes)?;
            }
            if bytes.len() == n_before {
                return Ok(());
            }
        }
        Ok(())
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Decoded, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let line = self.next_line().transpose();
        self.is_over = !matches!(line, Some(Ok(_)));
        line
    }
}
