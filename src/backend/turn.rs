//! One turn of a conversation, the same for all three ways in: fit the prompt, write the answer, keep it.

use super::conduct::Conduct;
use super::{Backend, BackendError, Watch};
use crate::chat::budget::{self, Overflow};
use crate::chat::conversation::Conversation;
use crate::exit::Failed;
use crate::protocol::{Done, Generate, Sampling};

/// How to answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Manner {
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// At most this many.
    pub max_tokens: u32,
    /// Text that ends an answer, beside the template's own.
    pub stops: Vec<String>,
    /// What to do when the conversation outgrows the context.
    pub overflow: Overflow,
    /// What answers are held to.
    pub conduct: Conduct,
}

/// A turn that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// The answer.
    pub done: Done,
    /// Oldest exchanges that had to leave the prompt for it.
    pub n_dropped: usize,
}

/// A turn that was not taken. A question that does not fit is withdrawn; after any other failure it stays open, to be
/// asked again, unless it has an earlier answer.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// The prompt does not fit the context.
    #[error("{n_tokens} tokens, limit {limit}")]
    DoesNotFit {
        /// Tokens of the shortest prompt possible.
        n_tokens: u32,
        /// Tokens that a prompt may have.
        limit: u32,
        /// The whole context.
        n_ctx: u32,
        /// Dropping old exchanges would have helped, but is switched off.
        by_choice: bool,
    },
    /// The template cannot write this conversation down.
    #[error("{0}")]
    Template(Failed),
    /// The backend failed.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

/// Answers the conversation's open question.
///
/// # Errors
/// See [`TurnError`].
pub fn take(
    conversation: &mut Conversation,
    backend: &mut dyn Backend,
    manner: &Manner,
    watch: &mut Watch<'_>,
) -> Result<Turn, TurnError> {
    let turn = answer(conversation, backend, manner, watch);
    match &turn {
        Ok(turn) => conversation.answered(&turn.done),
        Err(TurnError::DoesNotFit { .. } | TurnError::Template(_)) => {
            conversation.withdraw();
        }
        Err(TurnError::Backend(_)) => conversation.restore(),
    }
    turn
}

fn answer(
    conversation: &mut Conversation,
    backend: &mut dyn Backend,
    manner: &Manner,
    watch: &mut Watch<'_>,
) -> Result<Turn, TurnError> {
    let n_dropped = fit(conversation, backend, manner, watch)?;
    let mut stops = manner.stops.clone();
    stops.extend(conversation.template().stops().iter().map(|stop| (*stop).to_owned()));
    let sampling = Sampling { seed: seed_of_turn(manner.sampling.seed, conversation), ..manner.sampling };
    let prompt = conversation.prompt(0).map_err(TurnError::Template)?;
    let bounds = manner.conduct.bounds(conversation);
    let request = Generate {
        prompt,
        sampling,
        max_tokens: manner.max_tokens,
        stops,
        shift: n_dropped > 0,
        endless: false,
        bounds,
    };
    let done = backend.generate(&request, watch)?;
    Ok(Turn { done, n_dropped })
}

/// The first answer has the seed as it is. Later ones, and other answers to the same question, have others that follow
/// from it: with one seed throughout, the same chances come up in every turn.
fn seed_of_turn(seed: u32, conversation: &Conversation) -> u32 {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let n_before = count(conversation.exchanges().len().saturating_sub(1));
    seed.wrapping_add(n_before.wrapping_mul(0x9E37_79B9)).wrapping_add(count(conversation.n_earlier()))
}

/// Drops as many of the oldest exchanges as it takes for the prompt to leave room for an answer.
fn fit(
    conversation: &mut Conversation,
    backend: &mut dyn Backend,
    manner: &Manner,
    watch: &mut Watch<'_>,
) -> Result<usize, TurnError> {
    let n_ctx = backend.n_ctx();
    let limit = budget::prompt_limit(n_ctx, manner.max_tokens);
    let by_choice = manner.overflow == Overflow::Stop;
    let n_old = if by_choice { 0 } else { conversation.n_droppable() };
    let dropped = budget::exchanges_to_drop(n_old, limit, |dropped| {
        let prompt = conversation.prompt(dropped).map_err(TurnError::Template)?;
        Ok::<_, TurnError>(backend.count(&prompt, watch)?)
    })?;
    match dropped {
        Ok(n) => {
            conversation.drop_oldest(n);
            Ok(n)
        }
        Err(n_tokens) => {
            let by_choice = by_choice && conversation.n_droppable() > 0;
            Err(TurnError::DoesNotFit { n_tokens, limit, n_ctx, by_choice })
        }
    }
}
