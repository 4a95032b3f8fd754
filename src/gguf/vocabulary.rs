//! The vocabulary in a header: token texts, their types, and the special ids, with the defaults of llama.cpp's
//! `llama-vocab.cpp` where a file is silent. It does not tokenize.

use sha2::{Digest, Sha256};

use super::header::Header;
use super::value::Texts;

/// What a token is (`enum llama_token_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenType {
    /// Not said.
    Undefined = 0,
    /// A piece of text.
    Normal = 1,
    /// Stands for text that no token spells.
    Unknown = 2,
    /// Steers the model, spells nothing: `<s>`, `<|im_start|>`.
    Control = 3,
    /// Added by hand, matched whole.
    UserDefined = 4,
    /// Never comes.
    Unused = 5,
    /// One byte: `<0x0A>`.
    Byte = 6,
}

impl TokenType {
    /// The type with this number.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        Some(match number {
            0 => Self::Undefined,
            1 => Self::Normal,
            2 => Self::Unknown,
            3 => Self::Control,
            4 => Self::UserDefined,
            5 => Self::Unused,
            6 => Self::Byte,
            _ => return None,
        })
    }
}

/// Keys of the arrays of a vocabulary.
pub(crate) const TOKENS: &str = "tokenizer.ggml.tokens";
pub(crate) const SCORES: &str = "tokenizer.ggml.scores";
pub(crate) const TYPES: &str = "tokenizer.ggml.token_type";

impl Header {
    /// The tokenizer's kind: `llama` is SentencePiece, `gpt2` is byte-pair encoding; empty when the file does not say.
    #[must_use]
    pub fn tokenizer_model(&self) -> &str {
        self.str("tokenizer.ggml.model").unwrap_or_default()
    }

    fn texts(&self) -> Option<&Texts> {
        self.array(TOKENS)?.as_texts()
    }

    /// How many tokens there are.
    #[must_use]
    pub fn n_vocab(&self) -> usize {
        self.texts().map_or(0, Texts::len)
    }

    /// All tokens by id, as they stand in the file (`▁` for a space, `<0x0A>` for a byte).
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.texts().into_iter().flat_map(Texts::iter)
    }

    /// The token with this id.
    #[must_use]
    pub fn token(&self, id: i32) -> Option<&str> {
        self.texts()?.get(usize::try_from(id).ok()?)
    }

    /// What the token with this id is; normal where the file has no types.
    #[must_use]
    pub fn token_type(&self, id: i32) -> Option<TokenType> {
        let i = usize::try_from(id).ok().filter(|i| *i < self.n_vocab())?;
        match self.array(TYPES) {
            Some(types) => types.i32(i).and_then(TokenType::from_number),
            None => Some(TokenType::Normal),
        }
    }

    /// What tells this vocabulary from every other: where two files have the same here, an id means the same in both. A
    /// SHA-256, in hexadecimal, of the kind of tokenizer and of each token's type and text.
    #[must_use]
    pub fn vocabulary_sum(&self) -> String {
        let mut hash = Sha256::new_with_prefix(self.tokenizer_model());
        for (id, text) in (0..).zip(self.tokens()) {
            let kind = self.token_type(id).map_or(u8::MAX, |kind| kind as u8);
            hash.update([kind]);
            // With lengths, no two lists of tokens are one text.
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// All control and user-defined tokens with their ids: what a chat template may name.
    #[must_use]
    pub fn control_tokens(&self) -> Vec<(String, i32)> {
        (0..)
            .zip(self.tokens())
            .filter(|(id, _)| matches!(self.token_type(*id), Some(TokenType::Control | TokenType::UserDefined)))
            .map(|(id, text)| (text.to_owned(), id))
            .collect()
    }

    /// The token that begins a text.
    #[must_use]
    pub fn bos(&self) -> Option<i32> {
        let default = match self.tokenizer_model() {
            "llama" | "plamo2" => Some(1),
            "gpt2" => Some(11),
            "bert" => Some(101),
            _ => None,
        };
        self.special("tokenizer.ggml.bos_token_id", default)
    }

    /// The token that ends a text.
    #[must_use]
    pub fn eos(&self) -> Option<i32> {
        let default = match self.tokenizer_model() {
            "llama" | "plamo2" => Some(2),
            "gpt2" => Some(11),
            "t5" => Some(1),
            _ => None,
        };
        self.special("tokenizer.ggml.eos_token_id", default)
    }

    /// Whether the model was trained to see [`bos`](Self::bos) first.
    #[must_use]
    pub fn add_bos(&self) -> bool {
        self.bool("tokenizer.ggml.add_bos_token").unwrap_or(matches!(self.tokenizer_model(), "llama" | "bert"))
    }

    /// An id that is out of range counts as not said, as it does in llama.cpp.
    fn special(&self, key: &str, default: Option<i32>) -> Option<i32> {
        let in_range = |id: &i32| usize::try_from(*id).is_ok_and(|i| i < self.n_vocab());
        let said = self.u32(key).and_then(|id| id.try_into().ok()).filter(in_range);
        said.or(default.filter(in_range))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gguf::value::{Array, Kind, Value};
    use crate::gguf::write::Draft;

    /// A header with this vocabulary and nothing else.
    fn vocabulary(model: &str, tokens: &[(&str, TokenType)]) -> Header {
        let mut texts = Texts::default();
        for (text, _) in tokens {
            texts.push(text.as_bytes());
        }
        let bytes = tokens.iter().flat_map(|(_, kind)| (*kind as i32).to_le_bytes()).collect();
        let metadata = [
            ("tokenizer.ggml.model".to_owned(), Value::Text(model.to_owned())),
            (TOKENS.to_owned(), Value::Array(Array::Text(texts))),
            (TYPES.to_owned(), Value::Array(Array::Numbers { kind: Kind::I32, bytes })),
        ];
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        Draft::new(&metadata, &[]).expect("a draft").write_header(&mut file).expect("written");
        Header::read(file.path()).expect("a header")
    }

    #[test]
    fn two_vocabularies_have_one_sum_only_if_their_ids_mean_the_same() {
        use TokenType::{Control, Normal};
        let sum = |model: &str, tokens: &[(&str, TokenType)]| vocabulary(model, tokens).vocabulary_sum();
        let this = [("<s>", Control), ("你", Normal), ("好", Normal)];
        assert_eq!(sum("llama", &this), sum("llama", &this));
        assert!(sum("llama", &this).len() == 64);
        for (model, other) in [
            ("gpt2", this.to_vec()),
            ("llama", vec![("<s>", Control), ("好", Normal), ("你", Normal)]),
            ("llama", vec![("<s>", Control), ("你好", Normal)]),
            ("llama", vec![("<s>", Control), ("你好", Normal), ("", Normal)]),
            ("llama", vec![("<s>", Normal), ("你", Normal), ("好", Normal)]),
            ("llama", vec![("<s>", Control), ("你", Normal), ("好", Normal), ("", Normal)]),
            ("llama", vec![]),
        ] {
            assert_ne!(sum(model, &other), sum("llama", &this), "{model} {other:?}");
        }
    }
}
