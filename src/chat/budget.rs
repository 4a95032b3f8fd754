//! What fits: how much of the context is kept free for an answer, and which exchanges leave when the next question
//! does not fit. Pure; tokens are counted by whoever asks.

/// Tokens of the context that a prompt leaves free for the answer: an eighth, or less where less may be written.
#[must_use]
pub fn answer_reserve(n_ctx: u32, max_tokens: u32) -> u32 {
    (n_ctx / 8).min(max_tokens).max(1)
}

/// What to do when the conversation outgrows the context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Overflow {
    /// Drop whole exchanges, oldest first, never the system prompt.
    #[default]
    Shift,
    /// Refuse the question.
    Stop,
}

/// The longest prompt that leaves room for an answer.
#[must_use]
pub fn prompt_limit(n_ctx: u32, max_tokens: u32) -> u32 {
    n_ctx.saturating_sub(answer_reserve(n_ctx, max_tokens))
}

/// How many of the `n_old` oldest exchanges have to go so that `count(dropped)` tokens are within `limit`.
/// `Err` is the count with all of them gone, when even that does not fit.
///
/// To count is to spell the whole prompt in tokens: so it is done once where none has to go, as in most turns, twice
/// where one has, and about twice the logarithm of the number where many have. The more go, the less is left.
///
/// # Errors
/// Also whatever `count` fails with.
pub fn exchanges_to_drop<E>(
    n_old: usize,
    limit: u32,
    mut count: impl FnMut(usize) -> Result<u32, E>,
) -> Result<Result<usize, u32>, E> {
    let mut n_tokens = count(0)?;
    if n_tokens <= limit {
        return Ok(Ok(0));
    }
    let (mut too_few, mut step) = (0_usize, 1);
    let mut enough = loop {
        if too_few == n_old {
            return Ok(Err(n_tokens));
        }
        let dropped = n_old.min(too_few + step);
        n_tokens = count(dropped)?;
        if n_tokens <= limit {
            break dropped;
        }
        (too_few, step) = (dropped, step * 2);
    };
    while enough - too_few > 1 {
        let dropped = too_few.midpoint(enough);
        if count(dropped)? <= limit {
            enough = dropped;
        } else {
            too_few = dropped;
        }
    }
    Ok(Ok(enough))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_few_as_possible_go() {
        let count = |dropped: usize| Ok::<_, ()>(100 - 10 * u32::try_from(dropped).expect("small"));
        assert_eq!(exchanges_to_drop(5, 100, count), Ok(Ok(0)));
        assert_eq!(exchanges_to_drop(5, 99, count), Ok(Ok(1)));
        assert_eq!(exchanges_to_drop(5, 50, count), Ok(Ok(5)));
        assert_eq!(exchanges_to_drop(5, 49, count), Ok(Err(50)));
        assert_eq!(exchanges_to_drop(0, 1, count), Ok(Err(100)));
    }

    #[test]
    fn however_many_have_to_go_it_is_found_in_few_counts() {
        for n_old in [0_usize, 1, 2, 3, 7, 8, 9, 400] {
            for n_enough in 0..=n_old + 1 {
                let mut n_counts = 0;
                let found = exchanges_to_drop(n_old, 1000, |dropped| {
                    n_counts += 1;
                    Ok::<_, ()>(if dropped >= n_enough { 1000 } else { 1001 })
                });
                let expected = if n_enough > n_old { Err(1001) } else { Ok(n_enough) };
                assert_eq!(found, Ok(expected), "{n_enough} of {n_old}");
                let most = if n_enough < 2 { n_enough + 1 } else { 2 * n_old.ilog2() as usize + 3 };
                assert!(n_counts <= most.max(2), "{n_counts} counts for {n_enough} of {n_old}");
            }
        }
    }

    #[test]
    fn an_answer_always_has_room() {
        for n_ctx in [1, 256, 512, 4096, 8192] {
            for max_tokens in [1, 16, 2048] {
                let limit = prompt_limit(n_ctx, max_tokens);
                assert!(limit < n_ctx && n_ctx - limit <= max_tokens.max(1), "{n_ctx} {max_tokens}");
            }
        }
    }
}
