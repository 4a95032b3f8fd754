//! Pure: what a KV cache and a prompt have in common. The longest common prefix, and, after whole exchanges were
//! dropped from the middle, the block that only has to move.

use crate::protocol::TokenId;

/// Tokens that stay in the cache but change place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Move {
    /// Where the block begins in the cache.
    pub(super) from: usize,
    /// Where it begins in the prompt.
    pub(super) to: usize,
    /// Its length.
    pub(super) len: usize,
}

/// How far the cache and the prompt are the same.
pub(super) fn common_prefix(cached: &[TokenId], prompt: &[TokenId]) -> usize {
    cached.iter().zip(prompt).take_while(|(a, b)| a == b).count()
}

/// A template may write a few tokens anew where the dropped exchanges were: Llama-2's puts the system prompt
/// into the first question, whose first word then tokenizes differently.
const MAX_REWRITTEN: usize = 48;

/// The longest block of the cache after `keep` that the prompt has again within [`MAX_REWRITTEN`] tokens after
/// `keep`, when moving it saves more than the rewritten tokens before it cost.
pub(super) fn moved_block(cached: &[TokenId], prompt: &[TokenId], keep: usize) -> Option<Move> {
    let mut best: Option<Move> = None;
    // Two tokens read for one moved would be a poor trade.
    let gain = |len: usize, to: usize| len as i64 - 2 * (to - keep) as i64;
    for to in keep..prompt.len().min(keep + MAX_REWRITTEN) {
        for from in (keep + 1).max(to)..cached.len() {
            let to_beat = best.as_ref().map_or(0, |best| gain(best.len, best.to));
            if gain(cached.len() - from, to) <= to_beat {
                break;
            }
            let is_inside_longer = to > keep && from > keep + 1 && cached[from - 1] == prompt[to - 1];
            if cached[from] != prompt[to] || is_inside_longer {
                continue;
            }
            let len = common_prefix(&cached[from..], &prompt[to..]);
            if gain(len, to) > to_beat {
                best = Some(Move { from, to, len });
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_common() {
        assert_eq!(common_prefix(&[1, 2], &[3]), 0);
        assert_eq!(moved_block(&[1, 2, 3], &[4, 5], 0), None);
        assert_eq!(moved_block(&[], &[1], 0), None);
        assert_eq!(moved_block(&[1], &[], 0), None);
    }

    #[test]
    fn an_exchange_dropped_from_the_middle() {
        let cached = [1, 2, 10, 11, 12, 20, 21, 22, 23];
        let prompt = [1, 2, 20, 21, 22, 23, 30];
        let keep = common_prefix(&cached, &prompt);
        assert_eq!(keep, 2);
        assert_eq!(moved_block(&cached, &prompt, keep), Some(Move { from: 5, to: 2, len: 4 }));
    }

    #[test]
    fn the_first_token_of_what_stays_is_written_anew() {
        let cached = [1, 2, 10, 11, 12, 20, 21, 22, 23, 24];
        let prompt = [1, 2, 99, 21, 22, 23, 24, 30];
        assert_eq!(moved_block(&cached, &prompt, 2), Some(Move { from: 6, to: 3, len: 4 }));
    }

    #[test]
    fn a_move_that_does_not_pay_is_not_made() {
        let cached = [1, 10, 11, 12, 21];
        let prompt = [1, 50, 51, 52, 21];
        assert_eq!(moved_block(&cached, &prompt, 1), None);
    }

    #[test]
    fn one_token_over_and_over_is_no_trouble() {
        let cached = vec![7; 100_000];
        let prompt = [vec![1], vec![7; 100_000]].concat();
        // As long as may move: never towards the end.
        assert_eq!(moved_block(&cached, &prompt, 0), Some(Move { from: 1, to: 1, len: 99_999 }));
    }

    #[test]
    fn a_block_never_moves_towards_the_end() {
        let cached = [1, 20, 21, 22, 23];
        let prompt = [1, 5, 20, 21, 22, 23];
        assert_eq!(moved_block(&cached, &prompt, 1), None);
    }
}
