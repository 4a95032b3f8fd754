//! Chooses token after token of one answer: by the chain of samplers alone, or, before it, held to a form or weighed
//! for a language.
//!
//! A grammar's sampler always comes first and is asked for nothing that it has ruled out: given a token that does not
//! fit, llama.cpp throws, or ends the process where that token is the end of the text.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::json_schema_to_grammar;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;

use super::load::Faulty;
use super::vocabulary::Vocabulary;
use super::{opening, sampler};
use crate::message::Written;
use crate::protocol::{Fault, Form, Generate, ReplyLang, TokenId};

/// The rule at which an answer starts. SentencePiece models begin one with a token that holds a space, which is taken
/// off what they write anyway.
const START: (&str, &str) = ("liao-start", "liao-start ::= \" \"? root");

pub(super) struct Chooser {
    chain: LlamaSampler,
    form: Option<LlamaSampler>,
    /// What is added to the logits of the next tokens, and of how many.
    weights: Option<(Vec<f32>, u32)>,
}

impl Chooser {
    /// A chooser for one answer. With a language, its first tokens are weighed for it.
    pub(super) fn new(vocabulary: &Vocabulary<'_>, request: &Generate, weighed_for: Option<ReplyLang>) -> Faulty<Self> {
        let mut chain = sampler::build(&request.sampling, vocabulary.n_tokens());
        // A penalty looks back at all of the answer, where it was cut or not.
        let before = request.begun.iter().flat_map(|begun| &begun.ids);
        chain.accept_many(before.map(|id| LlamaToken(*id)));
        let mut form = request.bounds.form.as_ref().map(|form| of_form(vocabulary, form)).transpose()?;
        if let (Some(form), Some(begun)) = (&mut form, &request.begun) {
            go_on_behind(form, vocabulary, begun)?;
        }
        Ok(Self { chain, form, weights: weighed_for.map(|lang| (vocabulary.weights(lang), opening::N_TOKENS)) })
    }

    /// The next token, by the logits of the last decoded one. `None`: no token goes on in the form.
    pub(super) fn choose(&mut self, context: &LlamaContext<'_>) -> Faulty<Option<TokenId>> {
        if self.form.is_none() && self.weights.is_none() {
            return Ok(Some(self.chain.sample(context, -1).0));
        }
        let mut candidates = context.token_data_array_ith(-1);
        if let Some((weights, n_left)) = &mut self.weights {
            // Nothing is sorted yet: each candidate stands at its id.
            for (candidate, weight) in candidates.data.iter_mut().zip(weights.iter()) {
                candidate.set_logit(candidate.logit() + weight);
            }
            *n_left -= 1;
            if *n_left == 0 {
                self.weights = None;
            }
        }
        if let Some(form) = &mut self.form {
            candidates.apply_sampler(form);
            if candidates.data.iter().all(|candidate| candidate.logit() == f32::NEG_INFINITY) {
                return Ok(None);
            }
        }
        candidates.apply_sampler(&mut self.chain);
        let chosen = candidates.selected.and_then(|at| candidates.data.get(at));
        let chosen = chosen.filter(|chosen| chosen.logit() != f32::NEG_INFINITY);
        let token = chosen.map(|chosen| chosen.id()).ok_or((Fault::Decode, "no token was chosen".to_owned()))?;
        self.chain.accept(token);
        if let Some(form) = &mut self.form {
            form.try_accept(token).map_err(|e| (Fault::Form, e.to_string()))?;
        }
        Ok(Some(token.0))
    }
}

/// Has a form's sampler go on where an answer was cut.
fn go_on_behind(form: &mut LlamaSampler, vocabulary: &Vocabulary<'_>, begun: &Written) -> Faulty<()> {
    let unfit = || (Fault::Begun, "the answer that is gone on with does not begin so".to_owned());
    if !begun.tail.is_empty() || begun.ids.iter().any(|id| vocabulary.ends_generation(*id)) {
        return Err(unfit());
    }
    begun.ids.iter().try_for_each(|id| form.try_accept(LlamaToken(*id))).map_err(|_| unfit())
}

/// The sampler that lets through only what goes on in the form.
fn of_form(vocabulary: &Vocabulary<'_>, form: &Form) -> Faulty<LlamaSampler> {
    let grammar = match form {
        Form::Grammar(grammar) => grammar.clone(),
        Form::JsonSchema(schema) => json_schema_to_grammar(schema)
            .map_err(|_| (Fault::Form, "no grammar can be made of this JSON schema".to_owned()))?,
    };
    let (start, rule) = START;
    let whole = format!("{grammar}\n{rule}\n");
    // Why it is none stands in the log.
    LlamaSampler::grammar(vocabulary.model(), &whole, start).map_err(|_| (Fault::Form, String::new()))
}
