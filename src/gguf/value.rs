//! Metadata values as a GGUF header holds them. Arrays stay compact: a vocabulary of 150,000 tokens is one
//! string and its ends, numbers are the file's own bytes.

/// The types of the format, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `uint8`
    U8,
    /// `int8`
    I8,
    /// `uint16`
    U16,
    /// `int16`
    I16,
    /// `uint32`
    U32,
    /// `int32`
    I32,
    /// `float32`
    F32,
    /// `bool`, one byte
    Bool,
    /// `string`
    Text,
    /// `array`
    Array,
    /// `uint64`
    U64,
    /// `int64`
    I64,
    /// `float64`
    F64,
}

impl Kind {
    /// The kind with this number in the file (`enum gguf_type`).
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        use Kind::*;
        [U8, I8, U16, I16, U32, I32, F32, Bool, Text, Array, U64, I64, F64].get(number as usize).copied()
    }

    /// Its number in the file: the variants stand in the order of the format.
    #[must_use]
    pub fn number(self) -> u32 {
        self as u32
    }

    /// Bytes of one such number in the file; `None` for texts and arrays, which have no fixed size.
    #[must_use]
    pub fn n_bytes(self) -> Option<usize> {
        match self {
            Self::U8 | Self::I8 | Self::Bool => Some(1),
            Self::U16 | Self::I16 => Some(2),
            Self::U32 | Self::I32 | Self::F32 => Some(4),
            Self::U64 | Self::I64 | Self::F64 => Some(8),
            Self::Text | Self::Array => None,
        }
    }

    /// Its short name, as llama.cpp writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::I8 => "i8",
            Self::U16 => "u16",
            Self::I16 => "i16",
            Self::U32 => "u32",
            Self::I32 => "i32",
            Self::F32 => "f32",
            Self::Bool => "bool",
            Self::Text => "str",
            Self::Array => "arr",
            Self::U64 => "u64",
            Self::I64 => "i64",
            Self::F64 => "f64",
        }
    }
}

/// One metadata value.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Value {
    U8(u8),
    I8(i8),
    U16(u16),
    I16(i16),
    U32(u32),
    I32(i32),
    F32(f32),
    Bool(bool),
    Text(String),
    Array(Array),
    U64(u64),
    I64(i64),
    F64(f64),
}

impl Value {
    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::U8(_) => Kind::U8,
            Self::I8(_) => Kind::I8,
            Self::U16(_) => Kind::U16,
            Self::I16(_) => Kind::I16,
            Self::U32(_) => Kind::U32,
            Self::I32(_) => Kind::I32,
            Self::F32(_) => Kind::F32,
            Self::Bool(_) => Kind::Bool,
            Self::Text(_) => Kind::Text,
            Self::Array(_) => Kind::Array,
            Self::U64(_) => Kind::U64,
            Self::I64(_) => Kind::I64,
            Self::F64(_) => Kind::F64,
        }
    }

    /// The number, whatever integer type it is stored in; `None` when it is negative or no integer.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match *self {
            Self::U8(x) => Some(x.into()),
            Self::U16(x) => Some(x.into()),
            Self::U32(x) => Some(x.into()),
            Self::U64(x) => Some(x),
            Self::I8(x) => x.try_into().ok(),
            Self::I16(x) => x.try_into().ok(),
            Self::I32(x) => x.try_into().ok(),
            Self::I64(x) => x.try_into().ok(),
            _ => None,
        }
    }
}

/// An array of metadata.
#[derive(Debug, Clone, PartialEq)]
pub enum Array {
    /// Texts.
    Text(Texts),
    /// Numbers, as little-endian bytes.
    Numbers {
        /// What each is.
        kind: Kind,
        /// All of them.
        bytes: Vec<u8>,
    },
}

impl Array {
    /// What its elements are.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Text(_) => Kind::Text,
            Self::Numbers { kind, .. } => *kind,
        }
    }

    /// How many elements it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(texts) => texts.len(),
            Self::Numbers { kind, bytes } => bytes.len() / kind.n_bytes().unwrap_or(1),
        }
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The texts, when it holds texts.
    #[must_use]
    pub fn as_texts(&self) -> Option<&Texts> {
        match self {
            Self::Text(texts) => Some(texts),
            Self::Numbers { .. } => None,
        }
    }

    /// Element `i` as 32-bit integer, where the elements are `i32` or `u32` and it fits.
    #[must_use]
    pub fn i32(&self, i: usize) -> Option<i32> {
        match (self.kind(), self.four_bytes(i)?) {
            (Kind::I32, bytes) => Some(i32::from_le_bytes(bytes)),
            (Kind::U32, bytes) => u32::from_le_bytes(bytes).try_into().ok(),
            _ => None,
        }
    }

    /// Element `i` as 32-bit float, where the elements are `f32`.
    #[must_use]
    pub fn f32(&self, i: usize) -> Option<f32> {
        (self.kind() == Kind::F32).then(|| self.four_bytes(i).map(f32::from_le_bytes))?
    }

    fn four_bytes(&self, i: usize) -> Option<[u8; 4]> {
        match self {
            Self::Numbers { kind, bytes } if kind.n_bytes() == Some(4) => {
                bytes.get(i.checked_mul(4)?..)?.first_chunk().copied()
            }
            _ => None,
        }
    }
}

/// Many texts in one allocation. Bytes that are not UTF-8 have become U+FFFD.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts {
    all: String,
    /// Where each text ends in `all`. 32 bits are enough: a whole header is smaller.
    ends: Vec<u32>,
}

impl Texts {
    /// Puts a text at the end.
    pub(crate) fn push(&mut self, text: &[u8]) {
        self.all.push_str(&String::from_utf8_lossy(text));
        self.ends.push(u32::try_from(self.all.len()).expect("a header is far below 4 GiB"));
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text at `i`.
    #[must_use]
    pub fn get(&self, i: usize) -> Option<&str> {
        let end = *self.ends.get(i)?;
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        self.all.get(start as usize..end as usize)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|i| self.get(i).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_their_borders() {
        let mut texts = Texts::default();
        for text in ["", "你好", "", "a\0b"] {
            texts.push(text.as_bytes());
        }
        texts.push(b"\xff");
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["", "你好", "", "a\0b", "\u{fffd}"]);
        assert_eq!(texts.get(5), None);
    }

    #[test]
    fn numbers_by_index() {
        let bytes = [1i32, -1].iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>();
        let array = Array::Numbers { kind: Kind::I32, bytes: bytes.clone() };
        assert_eq!((array.len(), array.i32(0), array.i32(1), array.i32(2)), (2, Some(1), Some(-1), None));
        assert_eq!(array.f32(0), None);
        let array = Array::Numbers { kind: Kind::U32, bytes };
        assert_eq!((array.i32(0), array.i32(1)), (Some(1), None));
        let array = Array::Numbers { kind: Kind::F32, bytes: 0.5f32.to_le_bytes().to_vec() };
        assert_eq!((array.f32(0), array.f32(1), array.f32(usize::MAX)), (Some(0.5), None, None));
    }

    #[test]
    fn kinds_by_number() {
        let kinds: Vec<Kind> = (0..).map_while(Kind::from_number).collect();
        assert_eq!(kinds.len(), 13);
        assert!((0..).zip(kinds).all(|(number, kind)| kind.number() == number));
    }

    #[test]
    fn integers_of_every_width() {
        assert_eq!(Value::U8(7).as_u64(), Some(7));
        assert_eq!(Value::I64(7).as_u64(), Some(7));
        assert_eq!(Value::I32(-7).as_u64(), None);
        assert_eq!(Value::F32(7.0).as_u64(), None);
    }
}
