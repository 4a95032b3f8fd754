//! From a session on the disk to a conversation that goes on: what the transcript says, as the conversation holds it.

use crate::chat::conversation::Exchange;
use crate::message::Message;
use crate::session::{self, Transcript};

/// The exchanges of a conversation that goes on with a model of this vocabulary, which has `n_vocab` tokens. Replies in
/// the tokens of another are in words alone. The last question may be open.
#[must_use]
pub fn exchanges(transcript: &Transcript, vocabulary: &str, n_vocab: usize) -> Vec<Exchange> {
    transcript.exchanges().iter().map(|exchange| of(exchange, vocabulary, n_vocab)).collect()
}

fn of(exchange: &session::Exchange<'_>, vocabulary: &str, n_vocab: usize) -> Exchange {
    let message = |i: usize| -> Option<Message> { Some(exchange.answers.get(i)?.message(vocabulary, n_vocab)) };
    let others = (0..exchange.answers.len()).filter(|i| Some(*i) != exchange.standing);
    Exchange {
        question: exchange.question.to_owned(),
        answer: exchange.standing.and_then(message),
        earlier: others.filter_map(message).collect(),
        place: exchange.fallback.unwrap_or_default(),
        is_pinned: exchange.is_pinned,
    }
}

#[cfg(test)]
#[path = "resume_tests.rs"]
mod tests;
