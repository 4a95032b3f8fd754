//! From a session on the disk to a conversation that goes on: what the transcript says, as the conversation holds it.

use crate::chat::conversation::Exchange;
use crate::session::{self, Transcript};

/// The exchanges of a conversation that goes on with a model of this vocabulary, which has `n_vocab` tokens. Replies in
/// the tokens of another are in words alone. The last question may be open.
pub(super) fn exchanges(transcript: &Transcript, vocabulary: &str, n_vocab: usize) -> Vec<Exchange> {
    transcript.exchanges().iter().map(|exchange| of(exchange, vocabulary, n_vocab)).collect()
}

fn of(exchange: &session::Exchange<'_>, vocabulary: &str, n_vocab: usize) -> Exchange {
    let message = |answer: &session::Answer| answer.message(vocabulary, n_vocab);
    Exchange {
        question: exchange.question.to_owned(),
        answer: exchange.answer().map(message),
        earlier: exchange.others().map(message).collect(),
        place: exchange.fallback.unwrap_or_default(),
        is_pinned: exchange.is_pinned,
    }
}

#[cfg(test)]
#[path = "resume_tests.rs"]
mod tests;
