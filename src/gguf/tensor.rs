//! A tensor as a GGUF header lists it, and ggml's element types. The numbers and sizes are those of
//! `ggml.h` and `ggml-common.h` in llama-cpp-sys-2 0.1.161; its weights are never read here.

/// One of ggml's element types that a file may hold, by its number in `enum ggml_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TensorType(u32);

struct Facts {
    name: &'static str,
    /// Elements in a block; a row is a whole number of blocks.
    block_elements: u64,
    block_bytes: u64,
    /// Whether llama.cpp both multiplies by it and looks up rows in it on every backend we build: not so for
    /// integers, and not for the types that only ever hold activations.
    is_weight: bool,
}

const fn facts(name: &'static str, block_elements: u64, block_bytes: u64, is_weight: bool) -> Option<Facts> {
    Some(Facts { name, block_elements, block_bytes, is_weight })
}

/// By number. The gaps are types that llama.cpp has removed.
static TYPES: [Option<Facts>; 43] = [
    facts("F32", 1, 4, true),
    facts("F16", 1, 2, true),
    facts("Q4_0", 32, 18, true),
    facts("Q4_1", 32, 20, true),
    None,
    None,
    facts("Q5_0", 32, 22, true),
    facts("Q5_1", 32, 24, true),
    facts("Q8_0", 32, 34, true),
    facts("Q8_1", 32, 36, false),
    facts("Q2_K", 256, 84, true),
    facts("Q3_K", 256, 110, true),
    facts("Q4_K", 256, 144, true),
    facts("Q5_K", 256, 176, true),
    facts("Q6_K", 256, 210, true),
    facts("Q8_K", 256, 292, false),
    facts("IQ2_XXS", 256, 66, true),
    facts("IQ2_XS", 256, 74, true),
    facts("IQ3_XXS", 256, 98, true),
    facts("IQ1_S", 256, 50, true),
    facts("IQ4_NL", 32, 18, true),
    facts("IQ3_S", 256, 110, true),
    facts("IQ2_S", 256, 82, true),
    facts("IQ4_XS", 256, 136, true),
    facts("I8", 1, 1, false),
    facts("I16", 1, 2, false),
    facts("I32", 1, 4, false),
    facts("I64", 1, 8, false),
    facts("F64", 1, 8, false),
    facts("IQ1_M", 256, 56, true),
    facts("BF16", 1, 2, true),
    None,
    None,
    None,
    facts("TQ1_0", 256, 54, true),
    facts("TQ2_0", 256, 66, true),
    None,
    None,
    None,
    facts("MXFP4", 32, 17, true),
    // Needs scale tensors beside it, which no Llama-2 file has.
    facts("NVFP4", 64, 36, false),
    facts("Q1_0", 128, 18, true),
    facts("Q2_0", 64, 18, true),
];

impl TensorType {
    /// 32-bit floats.
    pub const F32: Self = Self(0);
    /// 16-bit floats.
    pub const F16: Self = Self(1);
    /// 16-bit floats with the range of 32-bit ones.
    pub const BF16: Self = Self(30);
    /// 4.5 bits an element, blocks of 32.
    pub const Q4_0: Self = Self(2);
    /// 5.5 bits an element, blocks of 32.
    pub const Q5_0: Self = Self(6);
    /// 6 bits an element, blocks of 32.
    pub const Q5_1: Self = Self(7);
    /// 8.5 bits an element, blocks of 32.
    pub const Q8_0: Self = Self(8);
    /// 2.625 bits an element, blocks of 256.
    pub const Q2_K: Self = Self(10);
    /// 3.4375 bits an element, blocks of 256.
    pub const Q3_K: Self = Self(11);
    /// 4.5 bits an element, blocks of 256.
    pub const Q4_K: Self = Self(12);
    /// 5.5 bits an element, blocks of 256.
    pub const Q5_K: Self = Self(13);
    /// 6.5625 bits an element, blocks of 256.
    pub const Q6_K: Self = Self(14);

    /// The type with this number, `None` when there is none or llama.cpp has removed it.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        TYPES.get(number as usize)?.as_ref().map(|_| Self(number))
    }

    /// Its number in the file.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    fn facts(self) -> &'static Facts {
        TYPES[self.0 as usize].as_ref().expect("from_number made it")
    }

    /// Its usual name, such as `Q4_K`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// Elements in one block.
    #[must_use]
    pub fn block_elements(self) -> u64 {
        self.facts().block_elements
    }

    /// Bytes of one block.
    #[must_use]
    pub fn block_bytes(self) -> u64 {
        self.facts().block_bytes
    }

    /// Bytes of a row of so many elements, which are whole blocks.
    #[must_use]
    pub fn row_bytes(self, n_columns: u64) -> u64 {
        n_columns / self.block_elements() * self.block_bytes()
    }

    /// Whether weight matrices may have it.
    #[must_use]
    pub fn is_weight(self) -> bool {
        self.facts().is_weight
    }
}

/// A tensor of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Its name, such as `blk.0.attn_q.weight`.
    pub name: String,
    /// Elements in each dimension, the row length first; one to four, each at least 1.
    pub dims: Vec<u64>,
    /// What its elements are.
    pub kind: TensorType,
    /// Where it begins, in bytes from the beginning of the file's data section.
    pub offset: u64,
    /// Its bytes, without padding.
    pub n_bytes: u64,
}

impl Tensor {
    /// The dimensions without ones at the end: the form in which shapes are compared, as ggml does.
    #[must_use]
    pub fn shape(&self) -> &[u64] {
        let mut shape = self.dims.as_slice();
        while let [head @ .., 1] = shape
            && !head.is_empty()
        {
            shape = head;
        }
        shape
    }
}

/// The name of a value of `general.file_type` (`enum llama_ftype` in `llama.h`).
#[must_use]
pub fn file_type_name(number: u32) -> Option<&'static str> {
    Some(match number {
        0 => "F32",
        1 => "F16",
        2 => "Q4_0",
        3 => "Q4_1",
        7 => "Q8_0",
        8 => "Q5_0",
        9 => "Q5_1",
        10 => "Q2_K",
        11 => "Q3_K_S",
        12 => "Q3_K_M",
        13 => "Q3_K_L",
        14 => "Q4_K_S",
        15 => "Q4_K_M",
        16 => "Q5_K_S",
        17 => "Q5_K_M",
        18 => "Q6_K",
        19 => "IQ2_XXS",
        20 => "IQ2_XS",
        21 => "Q2_K_S",
        22 => "IQ3_XS",
        23 => "IQ3_XXS",
        24 => "IQ1_S",
        25 => "IQ4_NL",
        26 => "IQ3_S",
        27 => "IQ3_M",
        28 => "IQ2_S",
        29 => "IQ2_M",
        30 => "IQ4_XS",
        31 => "IQ1_M",
        32 => "BF16",
        36 => "TQ1_0",
        37 => "TQ2_0",
        38 => "MXFP4_MOE",
        39 => "NVFP4",
        40 => "Q1_0",
        41 => "Q2_0",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_by_number() {
        for (number, name, elements, bytes) in
            [(0, "F32", 1, 4), (2, "Q4_0", 32, 18), (12, "Q4_K", 256, 144), (14, "Q6_K", 256, 210), (30, "BF16", 1, 2)]
        {
            let kind = TensorType::from_number(number).unwrap();
            assert_eq!((kind.name(), kind.block_elements(), kind.block_bytes()), (name, elements, bytes));
            assert_eq!(kind.row_bytes(512), 512 / elements * bytes);
            assert!(kind.is_weight());
        }
        for removed in [4, 5, 31, 32, 33, 36, 37, 38, 43, u32::MAX] {
            assert_eq!(TensorType::from_number(removed), None, "{removed}");
        }
        for other in [9, 15, 24, 25, 26, 27, 28, 40] {
            assert!(!TensorType::from_number(other).unwrap().is_weight(), "{other}");
        }
    }

    #[test]
    fn shapes_drop_ones_at_the_end() {
        let shape = |dims: &[u64]| {
            let tensor =
                Tensor { name: String::new(), dims: dims.to_vec(), kind: TensorType::F32, offset: 0, n_bytes: 0 };
            tensor.shape().to_vec()
        };
        assert_eq!(shape(&[64, 1, 1]), [64]);
        assert_eq!(shape(&[64, 2, 1, 1]), [64, 2]);
        assert_eq!(shape(&[1, 1]), [1]);
        assert_eq!(shape(&[1, 5]), [1, 5]);
    }
}
