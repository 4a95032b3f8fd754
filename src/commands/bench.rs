//! `liao bench`: the speed of a model on this machine, through the very path that a conversation takes. Comparable
//! with llama-bench's `-p 256 -n 48`.

use std::time::Instant;

use serde_json::json;

use super::start::{self, Started};
use super::{Call, open};
use crate::backend::local::Local;
use crate::backend::{Backend, Steer};
use crate::exit::{Exit, Failed};
use crate::protocol::{Bounds, Done, Generate, Outcome, Sampling, Segment, TokenId};
use crate::talk::explain_backend;
use crate::tr;

/// Tokens read.
const N_PROMPT: usize = 256;
/// Tokens written.
const N_ANSWER: u32 = 48;
/// Tokens read before measuring.
const N_WARM_UP: usize = 64;
/// The prompt and the answer, and room for llama.cpp's padding.
const N_CTX: u32 = 512;

const GREEDY: Sampling =
    Sampling { temp: 0.0, top_k: 0, top_p: 1.0, min_p: 0.0, repeat_penalty: 1.0, repeat_last_n: 0, seed: 0 };

pub(super) fn run(call: &mut Call, n_repeats: u32) -> anyhow::Result<Exit> {
    let found = open::find(call, false)?;
    call.config.settings.set_default_ctx(N_CTX);
    if let Some(n_ctx) = call.config.settings.ctx().filter(|n_ctx| *n_ctx < N_CTX) {
        return Err(Failed::usage(tr!(
            "上下文 {n_ctx} 放不下要读写的词元：请给 --ctx {N_CTX} 或更大，或不给",
            "a context of {n_ctx} is too small for what is read and written: give --ctx {N_CTX} or more, or leave it out"
        ))
        .into());
    }
    let Started { local: mut engine, load_ms, .. } = start::engine(call, &found)?;
    let n_vocab = found.header.n_vocab();
    // Unmeasured, as llama-bench does it: the first use of memory and threads is not what is asked for.
    measure(call, &mut engine, &request(u32::MAX, N_WARM_UP, 1, n_vocab))?;
    let mut runs = Vec::new();
    for run in 0..n_repeats {
        let read = measure(call, &mut engine, &request(run, N_PROMPT, 1, n_vocab))?;
        // From an empty context, as llama-bench does: the first token is read, the others are written.
        let wrote = measure(call, &mut engine, &request(run, 1, N_ANSWER + 1, n_vocab))?;
        runs.push(Run {
            prefill_tps: f64::from(read.done.usage.prompt_tokens) * 1e3 / read.done.timings.prefill_ms,
            decode_tps: f64::from(N_ANSWER) * 1e3 / wrote.done.timings.decode_ms,
            first_token_ms: read.ms,
            peak_rss_bytes: wrote.done.peak_rss_bytes,
        });
    }
    tell(call, &runs, load_ms)?;
    Ok(Exit::Success)
}

/// What one run gave.
struct Run {
    prefill_tps: f64,
    decode_tps: f64,
    /// The whole of a request for one token, as the front sees it.
    first_token_ms: f64,
    peak_rss_bytes: u64,
}

struct Measured {
    done: Done,
    ms: f64,
}

fn measure(call: &mut Call, engine: &mut Local, request: &Generate) -> anyhow::Result<Measured> {
    call.status.waiting();
    let start = Instant::now();
    let interrupts = &call.interrupts;
    let done = engine.generate(request, &mut |_| if interrupts.take() > 0 { Steer::Kill } else { Steer::GoOn });
    let ms = start.elapsed().as_secs_f64() * 1e3;
    call.status.clear();
    let done = done.map_err(|e| explain_backend(&e))?;
    if done.outcome != Outcome::Length || done.usage.cached_tokens > 0 {
        let outcome = done.outcome.name();
        let why = tr!("测速中断了（{outcome}），请再试一次", "the measurement broke off ({outcome}); try again");
        return Err(Failed::new(Exit::Failure, why).into());
    }
    Ok(Measured { done, ms })
}

/// A prompt that shares no prefix with the one before, so that nothing of it is cached.
fn request(run: u32, n_prompt: usize, max_tokens: u32, n_vocab: usize) -> Generate {
    let n_vocab = n_vocab.max(1) as u64;
    let mut state = (u64::from(run) * 2 + n_prompt as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let ids = (0..n_prompt).map(|_| {
        // Xorshift: any ids will do, as in llama-bench.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        TokenId::try_from(state % n_vocab).unwrap_or(0)
    });
    Generate {
        prompt: vec![Segment::Tokens(ids.collect())],
        begun: None,
        sampling: GREEDY,
        max_tokens,
        stops: Vec::new(),
        shift: false,
        endless: true,
        bounds: Bounds::default(),
    }
}

fn tell(call: &mut Call, runs: &[Run], load_ms: f64) -> anyhow::Result<()> {
    let prefill = median(runs.iter().map(|run| run.prefill_tps));
    let decode = median(runs.iter().map(|run| run.decode_tps));
    let first = median(runs.iter().map(|run| run.first_token_ms));
    let peak = runs.iter().map(|run| run.peak_rss_bytes).max().unwrap_or(0);
    if call.json {
        let result = json!({
            "prefill_tps": prefill,
            "decode_tps": decode,
            "load_ms": load_ms,
            "first_token_ms": first,
            "peak_rss_bytes": peak,
        });
        call.output.json_line(&result)?;
        return Ok(());
    }
    let (n, peak) = (runs.len(), crate::plan::gib(peak));
    call.output.page(&tr!(
        "读 {N_PROMPT} 个词元  {prefill:.1} 词元/秒\n写 {N_ANSWER} 个词元  {decode:.1} 词元/秒\n首字  {first:.0} 毫秒\n加载  {load_ms:.0} 毫秒\n内存峰值  {peak}\n（{n} 次的中位数）\n",
        "read {N_PROMPT} tokens  {prefill:.1} tokens/s\nwrite {N_ANSWER} tokens  {decode:.1} tokens/s\nfirst token  {first:.0} ms\nload  {load_ms:.0} ms\npeak memory  {peak}\n(medians of {n} runs)\n"
    ))?;
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[n / 2],
        n => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}
