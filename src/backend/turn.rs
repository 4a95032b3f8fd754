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

/// What an answer is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// A new answer to the open question.
    Answer,
    /// What follows the last answer, which was cut.
    GoOn,
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
        /// Exchanges that could not be dropped because they are pinned.
        n_pinned: usize,
    },
    /// The template cannot write this conversation down.
    #[error("{0}")]
    Template(Failed),
    /// The backend failed.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

/// Drops as many of the oldest exchanges as it takes for the prompt to leave room for an answer. Returns the numbers
/// (from 1) of those that went, so that it can be told before the model reads.
///
/// # Errors
/// See [`TurnError`].
pub fn make_room(
    conversation: &mut Conversation,
    backend: &mut dyn Backend,
    manner: &Manner,
    watch: &mut Watch<'_>,
) -> Result<Vec<usize>, TurnError> {
    match fit(conversation, backend, manner, watch) {
        Ok(n) => {
            let gone = conversation.droppable().take(n).collect();
            conversation.drop_oldest(n);
            Ok(gone)
        }
        Err(error) => {
            give_up(conversation, &error);
            Err(error)
        }
    }
}

/// Takes a turn in a conversation that fits. `has_shifted`: exchanges have left the prompt for it.
///
/// # Errors
/// See [`TurnError`].
pub fn take(
    conversation: &mut Conversation,
    backend: &mut dyn Backend,
    manner: &Manner,
    aim: Aim,
    has_shifted: bool,
    watch: &mut Watch<'_>,
) -> Result<Done, TurnError> {
    let done = answer(conversation, backend, manner, aim, has_shifted, watch);
    match (&done, aim) {
        (Ok(done), Aim::Answer) => conversation.answered(done),
        (Ok(done), Aim::GoOn) => conversation.continued(done),
        (Err(error), _) => give_up(conversation, error),
    }
    done
}

fn give_up(conversation: &mut Conversation, error: &TurnError) {
    match error {
        TurnError::DoesNotFit { .. } | TurnError::Template(_) => {
            conversation.withdraw();
        }
        TurnError::Backend(_) => conversation.restore(),
    }
}

fn answer(
    conversation: &Conversation,
    backend: &mut dyn Backend,
    manner: &Manner,
    aim: Aim,
    has_shifted: bool,
    watch: &mut Watch<'_>,
) -> Result<Done, TurnError> {
    let mut stops = manner.stops.clone();
    stops.extend(conversation.template().stops().iter().map(|stop| (*stop).to_owned()));
    let sampling = Sampling { seed: seed_of_turn(manner.sampling.seed, conversation), ..manner.sampling };
    let prompt = conversation.prompt(0).map_err(TurnError::Template)?;
    let begun = if aim == Aim::GoOn { conversation.begun() } else { None };
    let bounds = manner.conduct.bounds(conversation);
    let max_tokens = manner.max_tokens;
    let request = Generate { prompt, begun, sampling, max_tokens, stops, shift: has_shifted, endless: false, bounds };
    Ok(backend.generate(&request, watch)?)
}

/// The first answer has the seed as it is. Later ones, other answers to the same question, and what follows one that
/// was cut have others that follow from it: with one seed throughout, the same chances come up in every turn.
fn seed_of_turn(seed: u32, conversation: &Conversation) -> u32 {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let n_before = count(conversation.exchanges().len().saturating_sub(1));
    let n_begun = conversation.begun().map_or(0, |begun| count(begun.ids.len() + begun.tail.len()));
    seed.wrapping_add(n_before.wrapping_mul(0x9E37_79B9))
        .wrapping_add(count(conversation.n_earlier()))
        .wrapping_add(n_begun.wrapping_mul(0x85EB_CA6B))
}

/// How many of the oldest exchanges have to go for the prompt to leave room for an answer.
fn fit(
    conversation: &Conversation,
    backend: &mut dyn Backend,
    manner: &Manner,
    watch: &mut Watch<'_>,
) -> Result<usize, TurnError> {
    let n_ctx = backend.n_ctx();
    let limit = budget::prompt_limit(n_ctx, manner.max_tokens);
    let by_choice = manner.overflow == Overflow::Stop;
    let n_droppable = conversation.droppable().count();
    let n_old = if by_choice { 0 } else { n_droppable };
    let dropped = budget::exchanges_to_drop(n_old, limit, |dropped| {
        let prompt = conversation.prompt(dropped).map_err(TurnError::Template)?;
        Ok::<_, TurnError>(backend.count(&prompt, watch)?)
    })?;
    dropped.map_err(|n_tokens| TurnError::DoesNotFit {
        n_tokens,
        limit,
        n_ctx,
        by_choice: by_choice && n_droppable > 0,
        n_pinned: conversation.n_pinned(),
    })
}
