//! Reads a GGUF header: the structural rules, which hold for every model. What the values mean is not
//! looked at here (that is `validate`).
//!
//! The file is not trusted: every count has a limit, every size is held against what the file can still hold, and
//! memory grows only with bytes that have really come. The rules are those of llama.cpp's `gguf.cpp` and
//! `llama-model-loader.h`, and where a file could bring llama.cpp down in spite of them, stricter ones.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Read};

use super::rejected::Rejected;
use super::tensor::{Tensor, TensorType};
use super::value::{Array, Kind, Texts, Value};

/// Most metadata keys in a file; the largest real ones have about 60.
pub const MAX_KEYS: u64 = 65_536;
/// Most tensors in a file; a 13B model has 363.
pub const MAX_TENSORS: u64 = 65_536;
/// Longest text.
pub const MAX_TEXT_BYTES: u64 = 16 << 20;
/// Most elements in an array.
pub const MAX_ARRAY: u64 = 1 << 20;
/// Largest header; those with a vocabulary of 250,000 tokens and its merges stay below 20 MiB.
pub const MAX_HEADER_BYTES: u64 = 64 << 20;
/// Largest data section: a petabyte, so that sums of sizes cannot overflow.
const MAX_DATA_BYTES: u64 = 1 << 50;
/// How far the buffer runs ahead of the bytes that have come.
const STEP_BYTES: u64 = 1 << 16;
/// `GGML_MAX_NAME`, with the closing NUL.
const MAX_NAME_BYTES: usize = 64;
/// `GGUF_DEFAULT_ALIGNMENT`, and `TENSOR_ALIGNMENT` too: below that ggml aborts over a mapped file.
const DEFAULT_ALIGNMENT: u32 = 32;

/// What stands in a header.
pub(crate) struct Contents {
    pub(crate) version: u32,
    pub(crate) metadata: BTreeMap<String, Value>,
    /// The keys in the order of the file.
    pub(crate) keys: Vec<String>,
    pub(crate) tensors: Vec<Tensor>,
    /// Where the data section begins in the file.
    pub(crate) data_offset: u64,
}

/// Reads the header of a file of `file_len` bytes from `input`, which stands at the file's beginning.
///
/// # Errors
/// [`Rejected::Truncated`], [`Rejected::Corrupt`], or [`Rejected::Io`] as `input` fails. That the file begins with
/// a magic and version of ours was seen before.
pub(crate) fn read_contents(input: impl Read, file_len: u64) -> Result<Contents, Rejected> {
    let mut reader = Reader { input, position: 0, file_len, scratch: Vec::new() };
    let magic = reader.array::<4>()?;
    let version = reader.u32()?;
    if &magic != b"GGUF" || !matches!(version, 2 | 3) {
        return Err(Rejected::corrupt("version", version));
    }
    let n_tensors = reader.count("n_tensors", MAX_TENSORS)?;
    let n_keys = reader.count("n_kv", MAX_KEYS)?;

    let (mut metadata, mut keys) = (BTreeMap::new(), Vec::new());
    for i in 0..n_keys {
        let key = reader.name(&format!("key {i}"))?;
        let value = reader.value(&key)?;
        if metadata.contains_key(&key) {
            return Err(Rejected::corrupt(format!("key {i}"), format!("{key} (duplicate)")));
        }
        metadata.insert(key.clone(), value);
        keys.push(key);
    }
    let alignment = match metadata.get("general.alignment") {
        None => DEFAULT_ALIGNMENT,
        Some(Value::U32(n)) if n.is_power_of_two() && *n >= DEFAULT_ALIGNMENT => *n,
        Some(Value::U32(n)) => return Err(Rejected::corrupt("general.alignment", n)),
        Some(other) => return Err(Rejected::corrupt("general.alignment", other.kind().name())),
    };
    let alignment = u64::from(alignment);

    let mut tensors: Vec<Tensor> = Vec::new();
    let mut names = HashSet::new();
    for i in 0..n_tensors {
        let tensor = reader.tensor(i)?;
        if !names.insert(tensor.name.clone()) {
            return Err(Rejected::corrupt(format!("tensor {i}"), format!("{} (duplicate)", tensor.name)));
        }
        tensors.push(tensor);
    }

    let data_offset = reader.position.next_multiple_of(alignment);
    let mut next = 0;
    let mut need = if tensors.is_empty() { 0 } else { data_offset };
    for tensor in &tensors {
        if tensor.offset != next {
            return Err(Rejected::corrupt(
                format!("{}: offset", tensor.name),
                format!("{} (!= {next})", tensor.offset),
            ));
        }
        need = data_offset + tensor.offset + tensor.n_bytes;
        next = (tensor.offset + tensor.n_bytes).next_multiple_of(alignment);
        if next > MAX_DATA_BYTES {
            return Err(Rejected::corrupt(format!("{}: bytes", tensor.name), tensor.n_bytes));
        }
    }
    if need > file_len {
        return Err(Rejected::Truncated { need, have: file_len });
    }
    Ok(Contents { version, metadata, keys, tensors, data_offset })
}

/// Little-endian values from a file whose size is known.
struct Reader<R> {
    input: R,
    position: u64,
    file_len: u64,
    scratch: Vec<u8>,
}

impl<R: Read> Reader<R> {
    /// Accounts for the next `n` bytes, before anything is read or allocated for them.
    fn claim(&mut self, n: u64) -> Result<(), Rejected> {
        let end = self.position.saturating_add(n);
        if end > self.file_len {
            return Err(Rejected::Truncated { need: end, have: self.file_len });
        }
        if end > MAX_HEADER_BYTES {
            return Err(Rejected::corrupt("header bytes", format!("> {MAX_HEADER_BYTES}")));
        }
        self.position = end;
        Ok(())
    }

    /// A read of `n` claimed bytes failed. When the file is shorter than its size said, someone is cutting it.
    fn failed(&self, error: io::Error, n: u64) -> Rejected {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Rejected::Truncated { need: self.position, have: self.position - n },
            _ => error.into(),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Rejected> {
        self.claim(N as u64)?;
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes).map_err(|error| self.failed(error, N as u64))?;
        Ok(bytes)
    }

    /// The next `n` bytes, good until the next call. The buffer grows as they come, a step at a time.
    fn bytes(&mut self, n: u64) -> Result<&[u8], Rejected> {
        self.claim(n)?;
        self.scratch.clear();
        while (self.scratch.len() as u64) < n {
            let came = self.scratch.len();
            let step = (n - came as u64).min(STEP_BYTES) as usize;
            self.scratch.resize(came + step, 0);
            self.input.read_exact(&mut self.scratch[came..]).map_err(|error| self.failed(error, n))?;
        }
        Ok(&self.scratch)
    }

    fn u32(&mut self) -> Result<u32, Rejected> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, Rejected> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn count(&mut self, field: &str, most: u64) -> Result<u64, Rejected> {
        let n = self.u64()?;
        if n > most {
            return Err(Rejected::corrupt(field, n));
        }
        Ok(n)
    }

    fn text(&mut self, field: &str) -> Result<&[u8], Rejected> {
        let n = self.u64()?;
        if n > MAX_TEXT_BYTES {
            return Err(Rejected::corrupt(format!("{field}: length"), n));
        }
        self.bytes(n)
    }

    /// A key or a tensor's name: not empty, UTF-8, and without NUL, at which llama.cpp would stop reading it.
    fn name(&mut self, field: &str) -> Result<String, Rejected> {
        let bytes = self.text(field)?;
        match std::str::from_utf8(bytes) {
            Ok(name) if !name.is_empty() && !name.contains('\0') => Ok(name.to_owned()),
            _ => Err(Rejected::corrupt(field, format!("\"{}\"", bytes[..bytes.len().min(40)].escape_ascii()))),
        }
    }

    fn kind(&mut self, key: &str) -> Result<Kind, Rejected> {
        let number = self.u32()?;
        Kind::from_number(number).ok_or_else(|| Rejected::corrupt(format!("{key}: type"), number))
    }

    fn value(&mut self, key: &str) -> Result<Value, Rejected> {
        Ok(match self.kind(key)? {
            Kind::U8 => Value::U8(u8::from_le_bytes(self.array()?)),
            Kind::I8 => Value::I8(i8::from_le_bytes(self.array()?)),
            Kind::U16 => Value::U16(u16::from_le_bytes(self.array()?)),
            Kind::I16 => Value::I16(i16::from_le_bytes(self.array()?)),
            Kind::U32 => Value::U32(u32::from_le_bytes(self.array()?)),
            Kind::I32 => Value::I32(i32::from_le_bytes(self.array()?)),
            Kind::F32 => Value::F32(f32::from_le_bytes(self.array()?)),
            Kind::U64 => Value::U64(u64::from_le_bytes(self.array()?)),
            Kind::I64 => Value::I64(i64::from_le_bytes(self.array()?)),
            Kind::F64 => Value::F64(f64::from_le_bytes(self.array()?)),
            Kind::Bool => match self.array()? {
                [0] => Value::Bool(false),
                [1] => Value::Bool(true),
                [other] => return Err(Rejected::corrupt(key, format!("bool {other}"))),
            },
            Kind::Text => Value::Text(String::from_utf8_lossy(self.text(key)?).into_owned()),
            Kind::Array => Value::Array(self.elements(key)?),
        })
    }

    fn elements(&mut self, key: &str) -> Result<Array, Rejected> {
        let kind = self.kind(key)?;
        let n = self.u64()?;
        if n > MAX_ARRAY {
            return Err(Rejected::corrupt(format!("{key}: length"), n));
        }
        match (kind, kind.n_bytes()) {
            (Kind::Text, _) => {
                let mut texts = Texts::default();
                for _ in 0..n {
                    texts.push(self.text(key)?);
                }
                Ok(Array::Text(texts))
            }
            (_, Some(size)) => Ok(Array::Numbers { kind, bytes: self.bytes(n * size as u64)?.to_vec() }),
            (_, None) => Err(Rejected::corrupt(format!("{key}: type"), "arr[arr]")),
        }
    }

    fn tensor(&mut self, i: u64) -> Result<Tensor, Rejected> {
        let name = self.name(&format!("tensor {i}"))?;
        if name.len() >= MAX_NAME_BYTES {
            return Err(Rejected::corrupt(format!("tensor {i}: length of its name"), name.len()));
        }
        let n_dims = self.u32()?;
        if !(1..=4).contains(&n_dims) {
            return Err(Rejected::corrupt(format!("{name}: n_dims"), n_dims));
        }
        let dims = (0..n_dims).map(|_| self.u64()).collect::<Result<Vec<_>, _>>()?;
        let number = self.u32()?;
        let kind = TensorType::from_number(number).ok_or_else(|| Rejected::corrupt(format!("{name}: type"), number))?;
        let offset = self.u64()?;
        let n_bytes = extent(&dims, kind).ok_or_else(|| Rejected::corrupt(format!("{name}: dims"), shown(&dims)))?;
        Ok(Tensor { name, dims, kind, offset, n_bytes })
    }
}

/// Bytes of a tensor of these dimensions; `None` when one is 0, a row is no whole number of blocks, or it is
/// larger than any file.
fn extent(dims: &[u64], kind: TensorType) -> Option<u64> {
    if dims.contains(&0) || !dims.first()?.is_multiple_of(kind.block_elements()) {
        return None;
    }
    let n_elements = dims.iter().try_fold(1u64, |n, dim| n.checked_mul(*dim))?;
    let n_bytes = (n_elements / kind.block_elements()).checked_mul(kind.block_bytes())?;
    (n_bytes <= MAX_DATA_BYTES).then_some(n_bytes)
}

/// A shape as people write it: `[4096, 32000]`.
pub(crate) fn shown(dims: &[u64]) -> String {
    format!("{dims:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents() {
        let q4_k = TensorType::from_number(12).unwrap();
        assert_eq!(extent(&[64, 2], TensorType::F32), Some(512));
        assert_eq!(extent(&[256, 3], q4_k), Some(432));
        for (dims, kind) in [
            (&[][..], TensorType::F32),
            (&[0], TensorType::F32),
            (&[64, 0], TensorType::F32),
            (&[64], q4_k),
            (&[u64::MAX, 2], TensorType::F32),
            (&[1 << 31, 1 << 31], TensorType::F32),
            (&[u64::MAX], TensorType::F32),
        ] {
            assert_eq!(extent(dims, kind), None, "{dims:?}");
        }
    }

    /// A file that claims to be endless and to hold a long text, and ends at once.
    #[test]
    fn memory_does_not_follow_a_claim() {
        let mut reader = Reader { input: &b"abc"[..], position: 0, file_len: u64::MAX, scratch: Vec::new() };
        assert_eq!(reader.bytes(MAX_TEXT_BYTES), Err(Rejected::Truncated { need: MAX_TEXT_BYTES, have: 0 }));
        assert!(reader.scratch.capacity() as u64 <= 2 * STEP_BYTES, "{}", reader.scratch.capacity());
    }

    #[test]
    fn a_header_has_a_limit() {
        let mut reader = Reader { input: io::repeat(0), position: 0, file_len: u64::MAX, scratch: Vec::new() };
        for _ in 0..MAX_HEADER_BYTES / MAX_TEXT_BYTES {
            assert!(reader.bytes(MAX_TEXT_BYTES).is_ok());
        }
        assert!(matches!(reader.array::<1>(), Err(Rejected::Corrupt { .. })));
    }

    #[test]
    fn what_the_reader_meets_on_the_way_is_told() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("the disk is on fire"))
            }
        }
        let mut reader = Reader { input: Failing, position: 0, file_len: 100, scratch: Vec::new() };
        assert!(matches!(reader.u32(), Err(Rejected::Io { .. })));
        assert!(matches!(reader.bytes(4), Err(Rejected::Io { .. })));
    }
}
