//! Writes the header of a GGUF v3 file, and says where each tensor's bytes belong behind it. The bytes themselves
//! are written by others, in whatever order: every place is known beforehand, so a file can be gone on with.
//!
//! A header that our own reader would turn away cannot be made: each is read back before it is handed out.

use std::io::{self, Write};

use super::header::Header;
use super::rejected::Rejected;
use super::tensor::{Tensor, TensorType};
use super::value::{Array, Value};

/// Tensors begin at multiples of this many bytes (`GGUF_DEFAULT_ALIGNMENT`), and the file ends at one.
pub const ALIGNMENT: u64 = 32;
/// The version of the format.
const VERSION: u32 = 3;

/// A tensor as it is to stand in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its name, such as `blk.0.attn_q.weight`.
    pub name: String,
    /// Elements in each dimension, the row length first.
    pub dims: Vec<u64>,
    /// What its elements will be.
    pub kind: TensorType,
}

/// A file to be written: its header, and the places of its tensors.
#[derive(Debug, Clone)]
pub struct Draft {
    bytes: Vec<u8>,
    header: Header,
}

impl Draft {
    /// The file with this metadata and these tensors, each in the order given.
    ///
    /// # Errors
    /// [`Rejected`] as our reader would reject the file: a name that is empty, too long or there twice, a tensor
    /// without elements or whose rows are no whole blocks, too much of anything.
    pub fn new(metadata: &[(String, Value)], tensors: &[Planned]) -> Result<Self, Rejected> {
        let mut out = Bytes(b"GGUF".to_vec());
        out.u32(VERSION);
        out.u64(tensors.len() as u64);
        out.u64(metadata.len() as u64);
        for (key, value) in metadata {
            out.text(key);
            out.value(value);
        }
        let mut offset = 0u64;
        for tensor in tensors {
            out.tensor(tensor, offset);
            offset = offset.saturating_add(n_bytes(tensor).next_multiple_of(ALIGNMENT));
        }
        let mut bytes = out.0;
        bytes.resize(bytes.len().next_multiple_of(ALIGNMENT as usize), 0);

        let data_offset = bytes.len() as u64;
        let header = Header::read_from(bytes.as_slice(), data_offset.saturating_add(offset))?;
        if header.data_offset() != data_offset {
            // Metadata that came from another file may set an alignment of its own.
            return Err(Rejected::corrupt("general.alignment", format!("!= {ALIGNMENT}")));
        }
        Ok(Self { bytes, header })
    }

    /// The header as whoever opens the file will read it: the validator can see it before there is a file.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Where the data section begins, in bytes: the size of the header with its padding.
    #[must_use]
    pub fn data_offset(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// The tensors, in file order, with their sizes and their offsets within the data section.
    #[must_use]
    pub fn tensors(&self) -> &[Tensor] {
        self.header.tensors()
    }

    /// Where the bytes of tensor `i` begin, from the beginning of the file.
    ///
    /// # Panics
    /// When there is no tensor `i`.
    #[must_use]
    pub fn position(&self, i: usize) -> u64 {
        self.data_offset() + self.tensors()[i].offset
    }

    /// How many zeros follow the bytes of tensor `i`.
    ///
    /// # Panics
    /// When there is no tensor `i`.
    #[must_use]
    pub fn n_padding(&self, i: usize) -> u64 {
        let n_bytes = self.tensors()[i].n_bytes;
        n_bytes.next_multiple_of(ALIGNMENT) - n_bytes
    }

    /// The size of the whole file.
    #[must_use]
    pub fn n_file_bytes(&self) -> u64 {
        match self.tensors().len().checked_sub(1) {
            None => self.data_offset(),
            Some(last) => self.position(last) + self.tensors()[last].n_bytes + self.n_padding(last),
        }
    }

    /// Writes the header with its padding; the first tensor's bytes come next.
    ///
    /// # Errors
    /// As `out` fails.
    pub fn write_header(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.bytes)
    }
}

/// The size of a tensor. Of one that cannot be, some number: the reader says what is wrong with it.
fn n_bytes(tensor: &Planned) -> u64 {
    let n_elements = tensor.dims.iter().fold(1, |n: u64, dim| n.saturating_mul(*dim));
    let n_blocks = n_elements / tensor.kind.block_elements();
    // Low enough to be rounded up to the alignment.
    n_blocks.saturating_mul(tensor.kind.block_bytes()).min(1 << 62)
}

/// A header as it grows, little-endian.
struct Bytes(Vec<u8>);

impl Bytes {
    fn u32(&mut self, n: u32) {
        self.0.extend(n.to_le_bytes());
    }

    fn u64(&mut self, n: u64) {
        self.0.extend(n.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.u64(text.len() as u64);
        self.0.extend(text.as_bytes());
    }

    fn value(&mut self, value: &Value) {
        self.u32(value.kind().number());
        match value {
            Value::U8(x) => self.0.extend(x.to_le_bytes()),
            Value::I8(x) => self.0.extend(x.to_le_bytes()),
            Value::U16(x) => self.0.extend(x.to_le_bytes()),
            Value::I16(x) => self.0.extend(x.to_le_bytes()),
            Value::U32(x) => self.0.extend(x.to_le_bytes()),
            Value::I32(x) => self.0.extend(x.to_le_bytes()),
            Value::F32(x) => self.0.extend(x.to_le_bytes()),
            Value::U64(x) => self.0.extend(x.to_le_bytes()),
            Value::I64(x) => self.0.extend(x.to_le_bytes()),
            Value::F64(x) => self.0.extend(x.to_le_bytes()),
            Value::Bool(x) => self.0.push(u8::from(*x)),
            Value::Text(text) => self.text(text),
            Value::Array(array) => self.array(array),
        }
    }

    fn array(&mut self, array: &Array) {
        self.u32(array.kind().number());
        self.u64(array.len() as u64);
        match array {
            Array::Text(texts) => texts.iter().for_each(|text| self.text(text)),
            Array::Numbers { bytes, .. } => self.0.extend(bytes),
        }
    }

    fn tensor(&mut self, tensor: &Planned, offset: u64) {
        self.text(&tensor.name);
        self.u32(u32::try_from(tensor.dims.len()).unwrap_or(u32::MAX));
        for dim in &tensor.dims {
            self.u64(*dim);
        }
        self.u32(tensor.kind.number());
        self.u64(offset);
    }
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
