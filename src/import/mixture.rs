//! Which element type each tensor of a `llama` model gets in a quantized file. Pure: it looks at names, shapes and
//! numbers, never at weights.
//!
//! The rules are those of `llama-quantize` without an importance matrix (`llama-quant.cpp` in llama-cpp-sys-2
//! 0.1.161, which is the same in llama-cpp-python 0.3.36), for the one architecture that we import: the same
//! tensors in give the same types out, because files are compared with that program's byte for byte.

use std::cmp::Ordering;

use crate::gguf::TensorType;

/// A quantization that a person can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "their names say all: see `name`")]
pub enum Quant {
    F16,
    Q8_0,
    Q6K,
    Q5KM,
    Q4KM,
    Q4KS,
    Q4_0,
    Q3KM,
    Q2K,
}

/// What `general.quantization_version` says of the types here (`GGML_QNT_VERSION` in `ggml.h`).
pub const QUANTIZATION_VERSION: u32 = 2;

impl Quant {
    /// All of them, the largest files first.
    pub const ALL: [Self; 9] =
        [Self::F16, Self::Q8_0, Self::Q6K, Self::Q5KM, Self::Q4KM, Self::Q4KS, Self::Q4_0, Self::Q3KM, Self::Q2K];

    /// Its usual name, such as `Q4_K_M`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::F16 => "F16",
            Self::Q8_0 => "Q8_0",
            Self::Q6K => "Q6_K",
            Self::Q5KM => "Q5_K_M",
            Self::Q4KM => "Q4_K_M",
            Self::Q4KS => "Q4_K_S",
            Self::Q4_0 => "Q4_0",
            Self::Q3KM => "Q3_K_M",
            Self::Q2K => "Q2_K",
        }
    }

    /// The one that a name stands for, in any case; `Q3_K`, `Q4_K` and `Q5_K` mean the `_M` of each, as they do for
    /// `llama-quantize`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_uppercase();
        let full = match name.as_str() {
            "Q3_K" => "Q3_K_M",
            "Q4_K" => "Q4_K_M",
            "Q5_K" => "Q5_K_M",
            other => other,
        };
        Self::ALL.into_iter().find(|quant| quant.name() == full)
    }

    /// What `general.file_type` says of it (`enum llama_ftype` in `llama.h`).
    #[must_use]
    pub fn file_type(self) -> u32 {
        match self {
            Self::F16 => 1,
            Self::Q4_0 => 2,
            Self::Q8_0 => 7,
            Self::Q2K => 10,
            Self::Q3KM => 12,
            Self::Q4KS => 14,
            Self::Q4KM => 15,
            Self::Q5KM => 17,
            Self::Q6K => 18,
        }
    }

    /// The type of every matrix that no rule below singles out.
    fn usual(self) -> TensorType {
        match self {
            Self::F16 => TensorType::F16,
            Self::Q8_0 => TensorType::Q8_0,
            Self::Q6K => TensorType::Q6_K,
            Self::Q5KM => TensorType::Q5_K,
            Self::Q4KM | Self::Q4KS => TensorType::Q4_K,
            Self::Q4_0 => TensorType::Q4_0,
            Self::Q3KM => TensorType::Q3_K,
            Self::Q2K => TensorType::Q2_K,
        }
    }
}

/// The numbers of a model that the rules ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proportions {
    /// Layers.
    pub n_layers: u32,
    /// Attention heads of a layer.
    pub n_head: u32,
    /// Key/value heads of a layer.
    pub n_head_kv: u32,
}

impl Proportions {
    /// Heads that share one key/value head.
    fn n_sharing(self) -> u32 {
        self.n_head.checked_div(self.n_head_kv).unwrap_or(0)
    }

    /// Whether llama.cpp takes it for the 70B, to which it gives better `attn_v`.
    fn is_70b(self) -> bool {
        self.n_layers == 80 && self.n_head != self.n_head_kv
    }
}

/// A tensor before it is quantized.
#[derive(Debug, Clone, Copy)]
pub struct Unquantized<'a> {
    /// Its name in the GGUF file.
    pub name: &'a str,
    /// Its dimensions, the row length first.
    pub dims: &'a [u64],
    /// What it stays if it is not one of those that are quantized.
    pub kind: TensorType,
}

/// What a tensor is to the rules: several depend on how many of its kind came before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Category {
    TokenEmbd,
    Output,
    AttnV,
    AttnOutput,
    FfnDown,
    Other,
}

impl Category {
    fn of(name: &str) -> Self {
        match name {
            "token_embd.weight" => Self::TokenEmbd,
            "output.weight" => Self::Output,
            // Joined query, key and value count as value.
            _ if name.contains("attn_qkv.weight") || name.contains("attn_v.weight") => Self::AttnV,
            _ if name.contains("attn_output.weight") => Self::AttnOutput,
            _ if name.contains("ffn_down") => Self::FfnDown,
            _ => Self::Other,
        }
    }
}

/// Whether a tensor is quantized at all: matrices are, norms and whatever has one dimension are not.
#[must_use]
pub fn is_quantized(name: &str, dims: &[u64]) -> bool {
    let has_rows = dims.iter().skip(1).any(|dim| *dim > 1);
    has_rows && name.ends_with("weight") && !name.contains("_norm.weight")
}

/// The order in which `llama-quantize` takes and writes tensors: those outside of layers first, then layer by
/// layer, by name within each.
#[must_use]
pub fn in_file_order(a: &str, b: &str) -> Ordering {
    layer(a).cmp(&layer(b)).then_with(|| a.cmp(b))
}

/// `None`, which comes before any number, for a tensor outside of layers.
fn layer(name: &str) -> Option<u32> {
    name.strip_prefix("blk.")?.split('.').next()?.parse().ok()
}

/// The type of each tensor of a model, in the order given (which does not matter).
#[must_use]
pub fn types(quant: Quant, proportions: Proportions, tensors: &[Unquantized<'_>]) -> Vec<TensorType> {
    let n_of = |category: Category| tensors.iter().filter(|tensor| Category::of(tensor.name) == category).count();
    let mut chooser = Chooser {
        quant,
        proportions,
        is_tied: n_of(Category::Output) == 0,
        n_attn_v: n_of(Category::AttnV),
        i_attn_v: 0,
        i_ffn_down: 0,
    };
    let mut order: Vec<usize> = (0..tensors.len()).collect();
    order.sort_by(|a, b| in_file_order(tensors[*a].name, tensors[*b].name));
    let mut types: Vec<TensorType> = tensors.iter().map(|tensor| tensor.kind).collect();
    for i in order {
        types[i] = chooser.choose(&tensors[i]);
    }
    types
}

struct Chooser {
    quant: Quant,
    proportions: Proportions,
    /// No `output.weight`: the embedding serves as output too, and gets the output's type.
    is_tied: bool,
    n_attn_v: usize,
    i_attn_v: usize,
    i_ffn_down: usize,
}

impl Chooser {
    fn choose(&mut self, tensor: &Unquantized<'_>) -> TensorType {
        if !is_quantized(tensor.name, tensor.dims) {
            return tensor.kind;
        }
        if self.quant == Quant::F16 {
            return TensorType::F16;
        }
        let n_columns = tensor.dims[0];
        fitting(self.wished(Category::of(tensor.name), n_columns), n_columns)
    }

    /// The type by the rules, whether or not rows can be cut into its blocks.
    fn wished(&mut self, category: Category, n_columns: u64) -> TensorType {
        let usual = self.quant.usual();
        match category {
            Category::Output => output(usual, n_columns),
            Category::TokenEmbd if self.is_tied => output(usual, n_columns),
            Category::AttnV => {
                let i = self.i_attn_v;
                self.i_attn_v += 1;
                self.attn_v(i)
            }
            Category::FfnDown => {
                let i = self.i_ffn_down;
                self.i_ffn_down += 1;
                self.ffn_down(i)
            }
            Category::AttnOutput => match self.quant {
                Quant::Q2K => TensorType::Q3_K,
                Quant::Q3KM => TensorType::Q4_K,
                _ => usual,
            },
            Category::TokenEmbd | Category::Other => usual,
        }
    }

    fn attn_v(&self, i: usize) -> TensorType {
        let usual = self.quant.usual();
        let kind = match self.quant {
            Quant::Q2K if self.proportions.n_sharing() >= 4 => TensorType::Q4_K,
            Quant::Q2K => TensorType::Q3_K,
            Quant::Q3KM if i < 2 => TensorType::Q5_K,
            Quant::Q3KM => TensorType::Q4_K,
            Quant::Q4KM | Quant::Q5KM if gets_more_bits(i, self.n_attn_v) => TensorType::Q6_K,
            Quant::Q4KS if i < 4 => TensorType::Q5_K,
            _ => usual,
        };
        match kind {
            TensorType::Q3_K | TensorType::Q4_K if self.proportions.is_70b() => TensorType::Q5_K,
            kind => kind,
        }
    }

    fn ffn_down(&self, i: usize) -> TensorType {
        let n_layers = self.proportions.n_layers as usize;
        match self.quant {
            Quant::Q2K => TensorType::Q3_K,
            Quant::Q3KM if i < n_layers / 16 => TensorType::Q5_K,
            Quant::Q3KM => TensorType::Q4_K,
            Quant::Q4KM | Quant::Q5KM if gets_more_bits(i, n_layers) => TensorType::Q6_K,
            Quant::Q4KS if i < n_layers / 8 => TensorType::Q5_K,
            quant => quant.usual(),
        }
    }
}

/// What the output becomes, and with it an embedding that serves as output.
fn output(usual: TensorType, n_columns: u64) -> TensorType {
    if !n_columns.is_multiple_of(usual.block_elements()) || usual == TensorType::Q8_0 {
        TensorType::Q8_0
    } else {
        TensorType::Q6_K
    }
}

/// The first and the last eighth of the layers, and every third between them.
fn gets_more_bits(i: usize, n: usize) -> bool {
    i < n / 8 || i >= 7 * n / 8 || (i - n / 8) % 3 == 2
}

/// The type itself where rows are whole blocks of it, else one with smaller blocks, else half floats.
fn fitting(kind: TensorType, n_columns: u64) -> TensorType {
    let fits = |kind: TensorType| n_columns.is_multiple_of(kind.block_elements());
    if fits(kind) {
        return kind;
    }
    let smaller = match kind {
        TensorType::Q2_K | TensorType::Q3_K => TensorType::Q4_0,
        TensorType::Q4_K => TensorType::Q5_0,
        TensorType::Q5_K => TensorType::Q5_1,
        TensorType::Q6_K => TensorType::Q8_0,
        other => other,
    };
    if fits(smaller) { smaller } else { TensorType::F16 }
}

#[cfg(test)]
#[path = "mixture_tests.rs"]
mod tests;
