//! Prompt segments to token ids, and token ids to bytes. Special parsing is always off, BOS is never added here:
//! both are the template's to say, by id.

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::vocab::{LlamaVocab, VocabType};

use crate::protocol::{Segment, TokenId};

pub(super) struct Vocabulary<'m> {
    vocab: LlamaVocab<'m>,
    n_tokens: TokenId,
}

impl<'m> Vocabulary<'m> {
    pub(super) fn new(model: &'m LlamaModel) -> Self {
        let vocab = model.vocab();
        let n_tokens = vocab.n_tokens();
        Self { vocab, n_tokens }
    }

    pub(super) fn n_tokens(&self) -> TokenId {
        self.n_tokens
    }

    /// The tokens of a prompt. Ids that the vocabulary does not have are an error: llama.cpp would end the process on one.
    pub(super) fn encode(&self, prompt: &[Segment]) -> Result<Vec<TokenId>, String> {
        let mut ids = Vec::new();
        let mut run = String::new();
        let mut run_follows_tokens = false;
        for segment in prompt {
            match segment {
                Segment::Text(text) => run.push_str(text),
                Segment::Control(id) => {
                    self.encode_run(&mut run, run_follows_tokens, &mut ids);
                    ids.push(*id);
                    run_follows_tokens = false;
                }
                Segment::Tokens(tokens) => {
                    self.encode_run(&mut run, run_follows_tokens, &mut ids);
                    ids.extend_from_slice(tokens);
                    run_follows_tokens = !tokens.is_empty();
                }
            }
        }
        self.encode_run(&mut run, run_follows_tokens, &mut ids);
        match ids.iter().find(|id| !(0..self.n_tokens).contains(*id)) {
            Some(id) => Err(format!("token id {id} is not in the vocabulary of {}", self.n_tokens)),
            None => Ok(ids),
        }
    }

    fn encode_run(&self, run: &mut String, follows_tokens: bool, ids: &mut Vec<TokenId>) {
        let text = std::mem::take(run);
        if text.is_empty() {
            return;
        }
        if follows_tokens && self.vocab.vocab_type() == VocabType::SPM {
            // SentencePiece puts a space before a run. Text that goes on from a reply must not get one; no
            // piece spans a line break, so encoding after one and taking it off again gives just the text.
            let lead = self.tokenize("\n");
            let both = self.tokenize(&format!("\n{text}"));
            if let Some(rest) = both.strip_prefix(lead.as_slice()) {
                ids.extend_from_slice(rest);
                return;
            }
        }
        ids.extend(self.tokenize(&text));
    }

    fn tokenize(&self, text: &str) -> Vec<TokenId> {
        self.vocab.tokenize(text.as_bytes(), false, false).into_iter().map(|token| token.0).collect()
    }

    /// The bytes that a sampled token spells; none for a control token.
    pub(super) fn piece(&self, id: TokenId) -> Vec<u8> {
        debug_assert!((0..self.n_tokens).contains(&id));
        self.vocab.token_to_piece(LlamaToken(id), false, None)
    }

    /// Whether this token ends an answer.
    pub(super) fn ends_generation(&self, id: TokenId) -> bool {
        self.vocab.is_eog(LlamaToken(id))
    }

    /// A token to try the model out with.
    pub(super) fn any_token(&self) -> TokenId {
        let bos = self.vocab.bos().0;
        if (0..self.n_tokens).contains(&bos) { bos } else { 0 }
    }
}
