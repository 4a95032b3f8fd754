//! Prompt segments to token ids, and token ids to bytes. Special parsing is always off, BOS is never added here:
//! both are the template's to say, by id.

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::vocab::{LlamaVocab, VocabType};

use super::opening;
use crate::protocol::{ReplyLang, Segment, TokenId};

pub(super) struct Vocabulary<'m> {
    model: &'m LlamaModel,
    vocab: LlamaVocab<'m>,
    n_tokens: TokenId,
    /// Texts that llama.cpp takes for a token of its own wherever they stand, special parsing or not, and that look
    /// like a turn marker: some converters typed `<|im_start|>` so.
    marks: Vec<String>,
}

impl<'m> Vocabulary<'m> {
    pub(super) fn new(model: &'m LlamaModel) -> Self {
        let vocab = model.vocab();
        let n_tokens = vocab.n_tokens();
        let user_defined = vocab
            .tokens()
            .filter(|token| vocab.attr(*token).contains(llama_cpp_2::token_type::LlamaTokenAttr::UserDefined));
        let texts = user_defined.filter_map(|token| vocab.text(token)?.to_str().ok().map(str::to_owned));
        let marks = texts.filter(|text| looks_like_mark(text)).collect();
        Self { model, vocab, n_tokens, marks }
    }

    pub(super) fn n_tokens(&self) -> TokenId {
        self.n_tokens
    }

    /// The model whose vocabulary this is.
    pub(super) fn model(&self) -> &'m LlamaModel {
        self.model
    }

    /// By token, what is added to its logit to have an answer in this language.
    pub(super) fn weights(&self, wanted: ReplyLang) -> Vec<f32> {
        (0..self.n_tokens).map(|id| opening::weight(&self.piece(id), wanted)).collect()
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
        let mut goes_on = follows_tokens;
        for part in parts_without_marks(&text, &self.marks) {
            ids.extend(if goes_on { self.tokenize_continuation(part) } else { self.tokenize(part) });
            goes_on = true;
        }
    }

    /// SentencePiece puts a space before a run. Text that goes on must not get one; no piece spans a line break, so
    /// encoding after one and taking it off again gives just the text.
    fn tokenize_continuation(&self, text: &str) -> Vec<TokenId> {
        if self.vocab.vocab_type() == VocabType::SPM {
            let lead = self.tokenize("\n");
            let both = self.tokenize(&format!("\n{text}"));
            if let Some(rest) = both.strip_prefix(lead.as_slice()) {
                return rest.to_vec();
            }
        }
        self.tokenize(text)
    }

    fn tokenize(&self, text: &str) -> Vec<TokenId> {
        self.vocab.tokenize(text.as_bytes(), false, false).into_iter().map(|token| token.0).collect()
    }

    /// The bytes that a sampled token spells; none for a control token.
    pub(super) fn piece(&self, id: TokenId) -> Vec<u8> {
        debug_assert!((0..self.n_tokens).contains(&id));
        self.vocab.token_to_piece(LlamaToken(id), false, None)
    }

    /// What tokens of the vocabulary spell; U+FFFD stands where it is no UTF-8.
    pub(super) fn spell(&self, ids: &[TokenId]) -> String {
        let bytes: Vec<u8> = ids.iter().flat_map(|id| self.piece(*id)).collect();
        String::from_utf8_lossy(&bytes).into_owned()
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

/// `<|im_start|>`, `[INST]`, `</s>`: what a template would write as one token. Runs of blanks, which some vocabularies
/// have as user-defined tokens too, are not.
fn looks_like_mark(text: &str) -> bool {
    let is_between = |open, close| text.starts_with(open) && text.ends_with(close) && text.chars().count() > 2;
    is_between('<', '>') || is_between('[', ']') || is_between('｜', '｜')
}

/// The text, cut behind the first character of every mark in it, so that no part has a whole mark.
fn parts_without_marks<'t>(text: &'t str, marks: &[String]) -> Vec<&'t str> {
    let mut cuts: Vec<usize> = Vec::new();
    for mark in marks {
        let behind_first = mark.chars().next().map_or(0, char::len_utf8);
        // Every place, overlapping ones too.
        let mut from = 0;
        while let Some(at) = text[from..].find(mark.as_str()) {
            cuts.push(from + at + behind_first);
            from += at + behind_first;
        }
    }
    cuts.sort_unstable();
    cuts.dedup();
    let ends = cuts.iter().copied().chain([text.len()]);
    let starts = [0].into_iter().chain(cuts.iter().copied());
    starts.zip(ends).map(|(start, end)| &text[start..end]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks() {
        for text in ["<|im_start|>", "</s>", "[INST]"] {
            assert!(looks_like_mark(text), "{text}");
        }
        for text in ["    ", "\n\n", "<>", "a", "<a", "你好"] {
            assert!(!looks_like_mark(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn parts_are_the_text_and_have_no_mark(
            pieces in prop::collection::vec(prop::sample::select(vec!["<|a|>", "<|a", "|>", "<<>", "<", ">", "你", "a", "aa"]), 0..12)
        ) {
            let text = pieces.concat();
            let marks = ["<|a|>", "<<>", "<a>", "aa"].map(str::to_owned);
            let parts = parts_without_marks(&text, &marks);
            prop_assert_eq!(&parts.concat(), &text);
            for part in parts {
                prop_assert!(!marks.iter().any(|mark| part.contains(mark.as_str())), "{}", part);
            }
        }
    }
}
