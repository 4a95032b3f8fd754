//! The one builder of sampling chains. Every chain ends in a sampler that selects (greedy or dist): llama.cpp ends
//! the process on a chain that does not.

use llama_cpp_2::sampling::LlamaSampler;

use crate::protocol::{Sampling, TokenId};

pub(super) fn build(sampling: &Sampling, n_vocab: TokenId) -> LlamaSampler {
    let mut chain = Vec::new();
    if sampling.repeat_last_n > 0 && sampling.repeat_penalty != 1.0 {
        let last_n = i32::try_from(sampling.repeat_last_n).unwrap_or(i32::MAX);
        chain.push(LlamaSampler::penalties(n_vocab, last_n, sampling.repeat_penalty, 0.0, 0.0));
    }
    if sampling.temp <= 0.0 {
        chain.push(LlamaSampler::greedy());
    } else {
        if sampling.top_k > 0 {
            chain.push(LlamaSampler::top_k(i32::try_from(sampling.top_k).unwrap_or(i32::MAX)));
        }
        if sampling.top_p < 1.0 {
            chain.push(LlamaSampler::top_p(sampling.top_p, 1));
        }
        if sampling.min_p > 0.0 {
            chain.push(LlamaSampler::min_p(sampling.min_p, 1));
        }
        chain.push(LlamaSampler::temp(sampling.temp));
        // llama.cpp takes its largest seed for "any".
        let seed = if sampling.seed == u32::MAX { 0 } else { sampling.seed };
        chain.push(LlamaSampler::dist(seed));
    }
    LlamaSampler::chain_simple(chain)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every combination of switched-on and switched-off samplers selects a token, whatever the logits.
    #[test]
    fn every_chain_selects() {
        use llama_cpp_2::token::{LlamaToken, data::LlamaTokenData, data_array::LlamaTokenDataArray};
        for temp in [0.0, 0.6, 5.0] {
            for top_k in [0, 1, 40] {
                for top_p in [0.01, 0.9, 1.0] {
                    for min_p in [0.0, 0.05, 1.0] {
                        for (repeat_penalty, repeat_last_n) in [(1.0, 64), (1.3, 64), (1.3, 0)] {
                            let sampling =
                                Sampling { temp, top_k, top_p, min_p, repeat_penalty, repeat_last_n, seed: 7 };
                            let mut chain = build(&sampling, 100);
                            let logits = (0..100).map(|i| LlamaTokenData::new(LlamaToken(i), (i % 7) as f32, 0.0));
                            let mut candidates = LlamaTokenDataArray::from_iter(logits, false);
                            candidates.apply_sampler(&mut chain);
                            assert!(candidates.selected_token().is_some(), "{sampling:?}");
                        }
                    }
                }
            }
        }
    }
}
