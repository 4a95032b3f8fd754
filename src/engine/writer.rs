//! One answer: read the prompt, then choose, show and take in one token after another until something ends it. One that
//! begins in the wrong language is begun again, once, before anybody has seen it.

use std::time::Instant;

use super::cache::{Cache, Read};
use super::chooser::Chooser;
use super::guard::Sentry;
use super::load::Faulty;
use super::opening::{self, Verdict};
use super::stream::{Finished, Reply, Trim};
use super::vocabulary::Vocabulary;
use crate::message::Written;
use crate::protocol::{Done, Event, Fault, Generate, Outcome, ReplyLang, Segment, Timings, TokenId, Usage};

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
    // A form that is none is told before minutes of reading.
    let mut chooser = Chooser::new(vocabulary, request, None)?;
    let start = Instant::now();
    let (read, cached) = read(cache, &prompt, request.shift, &emit, &cancelled)?;
    let mut usage = Usage { prompt_tokens: count(prompt.len()), cached_tokens: count(cached), completion_tokens: 0 };
    let mut timings = Timings { prefill_ms: milliseconds(start), decode_ms: 0.0 };
    // The text that the answer begins with, white space and all.
    let begun = request.begun.as_ref().map(|begun| vocabulary.spell(&begun.ids) + &begun.tail).unwrap_or_default();
    let start = Instant::now();
    let mut draft = Draft::new(request, &begun, request.bounds.reply_lang)?;
    let mut outcome = Outcome::Interrupted;
    if read == Read::Whole {
        outcome = loop {
            match draft.go_on(cache, vocabulary, &mut chooser, request, &emit, &cancelled)? {
                End::Of(outcome) => break outcome,
                End::Drifted(wanted) => {
                    emit(&Event::BegunAgain);
                    // The prompt is in the cache; its last token is read again, for its logits.
                    cache.read_prompt(&prompt, false, |_, _| true)?;
                    chooser = Chooser::new(vocabulary, request, Some(wanted))?;
                    draft = Draft::new(request, &begun, None)?;
                }
            }
        };
    }
    usage.completion_tokens = count(draft.reply.n_tokens());
    timings.decode_ms = milliseconds(start);
    let finished = draft.finish(&emit);
    Ok(Done {
        outcome: if finished.is_astray { Outcome::Repetition } else { outcome },
        text: Trim::behind(&begun).push(&finished.text),
        written: finished.written,
        usage,
        timings,
        peak_rss_bytes: peak_rss_bytes(),
    })
}

/// How writing ends.
enum End {
    /// The answer is over.
    Of(Outcome),
    /// It has begun in another language than this one, and nobody has seen it.
    Drifted(ReplyLang),
}

/// An answer while it is written.
struct Draft {
    reply: Reply,
    trim: Trim,
    /// The end-of-generation token.
    end: Option<TokenId>,
    /// The beginning, kept back until it is seen to be in this language.
    opening: Option<(ReplyLang, String)>,
}

impl Draft {
    /// What goes on behind this text.
    fn new(request: &Generate, begun: &str, held_to: Option<ReplyLang>) -> Faulty<Self> {
        let sentry = request.bounds.guard.as_ref().map(|guard| Sentry::behind(begun, guard.clone()));
        let reply = Reply::new(request.stops.clone(), sentry).map_err(|e| (Fault::Decode, e.to_string()))?;
        let opening = held_to.map(|lang| (lang, String::new()));
        Ok(Self { reply, trim: Trim::behind(begun), end: None, opening })
    }

    /// Writes to its end, or until it has drifted.
    fn go_on(
        &mut self,
        cache: &mut Cache<'_>,
        vocabulary: &Vocabulary<'_>,
        chooser: &mut Chooser,
        request: &Generate,
        emit: impl Fn(&Event),
        cancelled: impl Fn() -> bool,
    ) -> Faulty<End> {
        loop {
            if cancelled() {
                return Ok(End::Of(Outcome::Interrupted));
            }
            if count(self.reply.n_tokens()) == request.max_tokens {
                return Ok(End::Of(Outcome::Length));
            }
            let Some(id) = chooser.choose(cache.context())? else {
                if self.reply.is_blank() {
                    return Err((Fault::Form, "no token of the vocabulary goes on from here".to_owned()));
                }
                return Ok(End::Of(Outcome::DeadEnd));
            };
            if !request.endless && vocabulary.ends_generation(id) {
                self.end = Some(id);
                return Ok(self.judge(true, &emit).map_or(End::Of(Outcome::Stop), End::Drifted));
            }
            let shown = self.reply.push(id, &vocabulary.piece(id));
            self.show(&shown.text, &emit);
            if shown.is_astray {
                return Ok(End::Of(Outcome::Repetition));
            }
            if shown.is_stopped {
                return Ok(End::Of(Outcome::StopString));
            }
            let n_tokens = count(self.reply.n_tokens());
            if let Some(wanted) = self.judge(n_tokens >= opening::N_TOKENS, &emit) {
                return Ok(End::Drifted(wanted));
            }
            if n_tokens < request.max_tokens {
                if cache.len() == cache.n_ctx() {
                    return Ok(End::Of(Outcome::ContextFull));
                }
                cache.push(id)?;
            }
        }
    }

    /// Shows text, but for white space that may turn out to be at the end, and a beginning that is kept back.
    fn show(&mut self, text: &str, emit: impl Fn(&Event)) {
        let text = self.trim.push(text);
        match &mut self.opening {
            Some((_, kept_back)) => kept_back.push_str(&text),
            None => emit_text(text, emit),
        }
    }

    /// The language wanted, if the answer has begun in the other one. Once it is seen that it has not, it is shown.
    fn judge(&mut self, is_over: bool, emit: impl Fn(&Event)) -> Option<ReplyLang> {
        let (wanted, text) = self.opening.as_ref()?;
        match opening::judge(text, *wanted, is_over) {
            Verdict::Open => None,
            Verdict::Drifts => Some(*wanted),
            Verdict::Stays => {
                self.release(emit);
                None
            }
        }
    }

    fn release(&mut self, emit: impl Fn(&Event)) {
        if let Some((_, text)) = self.opening.take() {
            emit_text(text, emit);
        }
    }

    fn finish(mut self, emit: impl Fn(&Event)) -> Finished {
        self.release(&emit);
        let finished = self.reply.finish(self.end);
        emit_text(self.trim.push(&finished.rest), emit);
        finished
    }
}

/// Gives out text, where there is any.
fn emit_text(text: String, emit: impl Fn(&Event)) {
    if !text.is_empty() {
        emit(&Event::Text { text });
    }
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
