//! The KV cache and the list of tokens it holds, kept the same. The only place that decodes: in chunks no longer
//! than the batch, at positions that follow on, with logits for the last token alone.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::{LlamaModel, RopeType};
use llama_cpp_2::token::LlamaToken;

use super::load::Faulty;
use super::shift::{self, Move};
use crate::protocol::{Fault, KvType, TokenId};

const CONVERSATION: i32 = 0;
const PARKED: i32 = 1;

/// Whether reading went to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    /// The whole prompt is in the cache and its last logits are there.
    Whole,
    /// The watcher said stop between two chunks; what was read stays.
    Stopped,
}

pub(super) struct Cache<'m> {
    context: LlamaContext<'m>,
    batch: LlamaBatch<'static>,
    /// What the conversation's sequence holds: token i at position i.
    tokens: Vec<TokenId>,
    can_shift: bool,
}

impl<'m> Cache<'m> {
    pub(super) fn new(context: LlamaContext<'m>, model: &LlamaModel, kv_type: KvType) -> Self {
        let batch = LlamaBatch::new(context.n_batch() as usize, 1);
        Self { context, batch, tokens: Vec::new(), can_shift: can_shift(model, kv_type) }
    }

    pub(super) fn context(&self) -> &LlamaContext<'m> {
        &self.context
    }

    /// Context size in tokens.
    pub(super) fn n_ctx(&self) -> usize {
        self.context.n_ctx() as usize
    }

    /// Tokens in the cache now.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Reads a prompt, of which as much as possible stays from before. `watch(done, cached)` is asked before each
    /// chunk whether to go on. Returns the number of tokens that did not have to be read.
    pub(super) fn read_prompt(
        &mut self,
        prompt: &[TokenId],
        may_shift: bool,
        mut watch: impl FnMut(usize, usize) -> bool,
    ) -> Faulty<(Read, usize)> {
        // The last token is always read: its logits choose the first token of the answer.
        let reusable = &prompt[..prompt.len() - 1];
        let keep = shift::common_prefix(&self.tokens, reusable);
        let moved = (may_shift && self.can_shift).then(|| shift::moved_block(&self.tokens, reusable, keep)).flatten();
        let mut cached = keep;
        if let Some(block) = moved {
            cached += block.len;
            self.shift(prompt, keep, block, |done| watch(done, keep + block.len))?;
        } else if !self.cut(keep) {
            cached = 0;
        }
        let read = self.read(&prompt[self.len()..], |done| watch(done, cached))?;
        Ok((read, cached))
    }

    /// Takes one sampled token in, so that the next can be sampled.
    pub(super) fn push(&mut self, id: TokenId) -> Faulty<()> {
        self.decode(&[id])
    }

    /// Empties the cache.
    pub(super) fn clear(&mut self) {
        self.context.clear_kv_cache();
        self.tokens.clear();
    }

    /// Cuts the cache to its first `keep` tokens. A model whose state cannot be cut (recurrent ones) is emptied: false.
    fn cut(&mut self, keep: usize) -> bool {
        if keep == self.len() {
            return true;
        }
        if keep > 0 && self.context.kv_cache_seq_rm(CONVERSATION, Some(position(keep)), None).is_ok() {
            self.tokens.truncate(keep);
            return true;
        }
        self.clear();
        keep == 0
    }

    /// Moves a block of the cache to where the prompt has it now, and reads what the prompt has new before it: few
    /// tokens, which are read to their end, since stopping among them would lose the block.
    fn shift(
        &mut self,
        prompt: &[TokenId],
        keep: usize,
        block: Move,
        mut watch: impl FnMut(usize) -> bool,
    ) -> Faulty<()> {
        let fault = |e: llama_cpp_2::context::kv_cache::KvCacheConversionError| (Fault::Decode, e.to_string());
        let (from, end) = (Some(position(block.from)), Some(position(block.from + block.len)));
        let distance = i32::try_from(block.from - block.to).map_err(|e| (Fault::Decode, e.to_string()))?;
        // The block waits in a sequence of its own: llama.cpp reads a sequence only at its end.
        self.context.kv_cache_seq_cp(CONVERSATION, PARKED, from, end).map_err(fault)?;
        self.context.kv_cache_seq_rm(CONVERSATION, Some(position(keep)), None).map_err(fault)?;
        self.tokens.truncate(keep);
        if distance > 0 {
            self.context.kv_cache_seq_add(PARKED, from, end, -distance).map_err(fault)?;
        }
        self.read(&prompt[keep..block.to], |done| {
            watch(done);
            true
        })?;
        self.context.kv_cache_seq_cp(PARKED, CONVERSATION, None, None).map_err(fault)?;
        self.context.kv_cache_seq_rm(PARKED, None, None).map_err(fault)?;
        self.tokens.extend_from_slice(&prompt[block.to..block.to + block.len]);
        Ok(())
    }

    fn read(&mut self, tokens: &[TokenId], mut watch: impl FnMut(usize) -> bool) -> Faulty<Read> {
        for chunk in tokens.chunks(self.context.n_batch() as usize) {
            if !watch(self.len()) {
                return Ok(Read::Stopped);
            }
            self.decode(chunk)?;
        }
        Ok(Read::Whole)
    }

    fn decode(&mut self, chunk: &[TokenId]) -> Faulty<()> {
        self.batch.clear();
        for (i, id) in chunk.iter().enumerate() {
            let at = i32::try_from(self.tokens.len() + i).unwrap_or(i32::MAX);
            self.batch
                .add(LlamaToken(*id), at, &[CONVERSATION], i + 1 == chunk.len())
                .map_err(|e| (Fault::Decode, e.to_string()))?;
        }
        self.context.decode(&mut self.batch).map_err(|e| (Fault::Decode, e.to_string()))?;
        self.tokens.extend_from_slice(chunk);
        Ok(())
    }
}

/// Whether llama.cpp can move what is in the cache. Asked to move what it cannot, it ends the process: positions of
/// several dimensions, Step35's per-layer ones, and a quantized cache whose heads are too narrow for the rotation that
/// it undoes and redoes on the way (`build_rope_shift` in llama-kv-cache.cpp).
fn can_shift(model: &LlamaModel, kv_type: KvType) -> bool {
    let value = |key: &str| model.meta_val_str(key).unwrap_or_default();
    let architecture = value("general.architecture");
    let head_dim = value(&format!("{architecture}.attention.key_length"));
    let head_dim =
        head_dim.parse().unwrap_or_else(|_| model.n_embd().unsigned_abs().checked_div(model.n_head()).unwrap_or(0));
    matches!(model.rope_type(), Some(RopeType::Norm | RopeType::NeoX))
        && architecture != "step35"
        && (kv_type == KvType::F16 || head_dim.is_multiple_of(64))
}

fn position(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
