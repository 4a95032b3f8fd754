//! One answer: read the prompt, then sample, show and take in one token after another until something ends it.

use std::time::Instant;

use llama_cpp_2::token::LlamaToken;

use super::cache::{Cache, Read};
use super::load::Faulty;
use super::sampler;
use super::stream::{Reply, Trim};
use super::vocabulary::Vocabulary;
use crate::message::Written;
use crate::protocol::{Done, Event, Fault, Generate, Outcome, Segment, Timings, TokenId, Usage};

/// Writes the answer to one request. `emit` sends an event, `cancelled` says whether to stop.
pub(super) fn write(
    cache: &mut Cache<'_>,
    vocabulary: &Vocabulary<'_>,
    request: &Generate,
    emit: impl Fn(&Event),
    cancelled: impl Fn() -> bool,
) -> Faulty<Done> {
    let prompt = encode(vocabulary, &request.prompt)?;
    let n_ctx = cache.n_ctx();
    if prompt.len() >= n_ctx {
        return Err((Fault::PromptTooLong, format!("{} tokens, n_ctx {n_ctx}", prompt.len())));
    }
    let start = Instant::now();
    let (read, cached) = read(cache, &prompt, request.shift, &emit, &cancelled)?;
    let mut usage = Usage { prompt_tokens: count(prompt.len()), cached_tokens: count(cached), completion_tokens: 0 };
    let mut timings = Timings { prefill_ms: milliseconds(start), decode_ms: 0.0 };
    let mut reply = Reply::new(request.stops.clone()).map_err(|e| (Fault::Decode, e.to_string()))?;
    let begun = request.begun.as_ref().map(|begun| spelled(vocabulary, begun)).unwrap_or_default();
    let mut trim = Trim::behind(&begun);
    let mut end = None;
    let show = |text: String| {
        if !text.is_empty() {
            emit(&Event::Text { text });
        }
    };
    let start = Instant::now();
    let outcome = if read == Read::Stopped {
        Outcome::Interrupted
    } else {
        let mut sampler = sampler::build(&request.sampling, vocabulary.n_tokens());
        // A penalty looks back at all of the answer, where it was cut or not.
        let before = request.begun.iter().flat_map(|begun| &begun.ids);
        sampler.accept_many(before.map(|id| LlamaToken(*id)));
        loop {
            if cancelled() {
                break Outcome::Interrupted;
            }
            if usage.completion_tokens == request.max_tokens {
                break Outcome::Length;
            }
            let id = sampler.sample(cache.context(), -1).0;
            if !request.endless && vocabulary.ends_generation(id) {
                end = Some(id);
                break Outcome::Stop;
            }
            usage.completion_tokens += 1;
            let shown = reply.push(id, &vocabulary.piece(id));
            show(trim.push(&shown.text));
            if shown.is_stopped {
                break Outcome::StopString;
            }
            if usage.completion_tokens < request.max_tokens {
                if cache.len() == n_ctx {
                    break Outcome::ContextFull;
                }
                cache.push(id)?;
            }
        }
    };
    timings.decode_ms = milliseconds(start);
    let finished = reply.finish(end);
    show(trim.push(&finished.rest));
    Ok(Done {
        outcome,
        text: Trim::behind(&begun).push(&finished.text),
        written: finished.written,
        usage,
        timings,
        peak_rss_bytes: peak_rss_bytes(),
    })
}

/// The text that an answer begins with, white space and all.
fn spelled(vocabulary: &Vocabulary<'_>, begun: &Written) -> String {
    let bytes: Vec<u8> = begun.ids.iter().flat_map(|id| vocabulary.piece(*id)).collect();
    String::from_utf8_lossy(&bytes).into_owned() + &begun.tail
}

/// Reads a prompt ahead of the question it will belong to: as far as it goes before `cancelled`.
pub(super) fn prepare(
    cache: &mut Cache<'_>,
    vocabulary: &Vocabulary<'_>,
    prompt: &[Segment],
    emit: impl Fn(&Event),
    cancelled: impl Fn() -> bool,
) -> Faulty<Done> {
    let prompt = encode(vocabulary, prompt)?;
    let start = Instant::now();
    let mut usage = Usage { prompt_tokens: count(prompt.len()), ..Usage::default() };
    let mut outcome = Outcome::Stop;
    if !prompt.is_empty() && prompt.len() < cache.n_ctx() {
        let (read, cached) = read(cache, &prompt, false, &emit, &cancelled)?;
        usage.cached_tokens = count(cached);
        if read == Read::Stopped {
            outcome = Outcome::Interrupted;
        }
    }
    Ok(Done {
        outcome,
        text: String::new(),
        written: Written::default(),
        usage,
        timings: Timings { prefill_ms: milliseconds(start), decode_ms: 0.0 },
        peak_rss_bytes: peak_rss_bytes(),
    })
}

pub(super) fn encode(vocabulary: &Vocabulary<'_>, prompt: &[Segment]) -> Faulty<Vec<TokenId>> {
    vocabulary.encode(prompt).map_err(|message| (Fault::Decode, message))
}

fn read(
    cache: &mut Cache<'_>,
    prompt: &[TokenId],
    may_shift: bool,
    emit: impl Fn(&Event),
    cancelled: impl Fn() -> bool,
) -> Faulty<(Read, usize)> {
    if prompt.is_empty() {
        return Err((Fault::Decode, "the prompt is empty".to_owned()));
    }
    let total = count(prompt.len());
    let tell = |done: usize, cached: usize| {
        emit(&Event::Reading { done: count(done), total, cached: count(cached) });
    };
    let (read, cached) = cache.read_prompt(prompt, may_shift, |done, cached| {
        tell(done, cached);
        !cancelled()
    })?;
    tell(cache.len(), cached);
    Ok((read, cached))
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

pub(super) fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// The process's high-water mark of resident memory, where the system tells (Linux); else 0.
fn peak_rss_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).map_or(0, |kib| kib << 10)
}
