//! Figures for people: how fast an answer was, what fills the context, and what will leave it.

use super::meter::percent;
use super::{Answer, Talk};
use crate::backend::{Backend, BackendError, Steer};
use crate::chat::budget::Overflow;
use crate::chat::conversation::Conversation;
use crate::exit::Failed;
use crate::protocol::Segment;
use crate::session;
use crate::text::han::is_han;
use crate::tr;

/// Ordinary Chinese, to measure a vocabulary by before a conversation has any.
const SAMPLE: &str =
    "今天天气很好，我们一起去公园散步吧。这本书讲的是一位老人和他的孩子之间的故事，读完之后让人久久不能忘记。";
/// So many Chinese characters of a conversation tell more than [`SAMPLE`].
const N_OWN: usize = 64;

impl Answer {
    /// The tokens of the context that were in use when it ended.
    pub(super) fn n_used(&self) -> u32 {
        self.done.usage.prompt_tokens.saturating_add(self.done.usage.completion_tokens)
    }

    fn n_left(&self) -> u32 {
        self.n_ctx.saturating_sub(self.n_used())
    }
}

/// One line about an answer: speed in tokens and characters, what was read, what was cached, the room left in the
/// context, and the most memory that the engine has held, where the system tells.
#[must_use]
pub fn stats_line(answer: &Answer) -> String {
    let usage = answer.done.usage;
    let per_second = |n: f64, ms: f64| if ms > 0.0 { n * 1e3 / ms } else { 0.0 };
    let n_read = usage.prompt_tokens - usage.cached_tokens.min(usage.prompt_tokens);
    let reading = per_second(f64::from(n_read), answer.done.timings.prefill_ms);
    // The first token comes out of reading; decoding brings the others.
    let decoded = f64::from(usage.completion_tokens.saturating_sub(1));
    let writing = per_second(decoded, answer.done.timings.decode_ms);
    #[expect(clippy::cast_precision_loss, reason = "an answer is short")]
    let characters = per_second(answer.done.text.chars().count() as f64, answer.done.timings.decode_ms);
    let (n_written, n_cached, n_left) = (usage.completion_tokens, usage.cached_tokens, answer.n_left());
    let first = answer.first_token_ms / 1e3;
    let memory = match answer.done.peak_rss_bytes {
        0 => String::new(),
        n_bytes => {
            #[expect(clippy::cast_precision_loss, reason = "two decimals are shown")]
            let gigabytes = n_bytes as f64 / 1e9;
            tr!(" · 内存 {gigabytes:.2} GB", " · memory {gigabytes:.2} GB")
        }
    };
    tr!(
        "写 {n_written} 个词元，{writing:.1} 词元/秒（{characters:.1} 字/秒）· 读 {n_read} 个，{reading:.1} 词元/秒，缓存 {n_cached} 个 · 首字 {first:.2} 秒 · 剩余 {n_left} 个词元{memory}",
        "wrote {n_written} tokens, {writing:.1} tokens/s ({characters:.1} characters/s) · read {n_read}, {reading:.1} tokens/s, {n_cached} cached · first token {first:.2} s · {n_left} tokens left{memory}"
    )
}

/// What fills the context, and what room is left.
///
/// # Errors
/// When the backend fails.
pub fn context_lines(talk: &mut Talk) -> Result<Vec<String>, Failed> {
    let n_ctx = talk.backend.n_ctx();
    let empty = talk.conversation.prompt_so_far(false)?;
    let so_far = talk.conversation.prompt_so_far(true)?;
    let mut count =
        |prompt: &[Segment]| talk.backend.count(prompt, &mut |_| Steer::GoOn).map_err(|e| super::explain_backend(&e));
    let (n_system, n_all) = (count(&empty)?, count(&so_far)?);
    let n_turns = talk.conversation.exchanges().len() - talk.conversation.n_dropped();
    let n_said = n_all.saturating_sub(n_system);
    let n_left = n_ctx.saturating_sub(n_all);
    let percent = percent(n_all, n_ctx);
    let ratio = Ratio::of(&talk.conversation, &mut *talk.backend).map_err(|e| super::explain_backend(&e))?;
    let (n_characters, per_token) = (ratio.characters(n_left), ratio.per_token);
    let by = if ratio.is_own {
        tr!("按本次对话每词元 {per_token:.2} 字", "{per_token:.2} per token here")
    } else {
        tr!("按一般文字每词元 {per_token:.2} 字", "{per_token:.2} per token usually")
    };
    let mut lines = vec![
        tr!(
            "上下文共 {n_ctx} 个词元，已用 {n_all}（{percent}%）",
            "context: {n_ctx} tokens, in use: {n_all} ({percent}%)"
        ),
        tr!("  系统提示与模板  {n_system}", "  system prompt and template  {n_system}"),
        tr!("  对话 {n_turns} 轮  {n_said}", "  exchanges: {n_turns}  {n_said}"),
        tr!(
            "  剩余  {n_left}（约 {n_characters} 个汉字，{by}）",
            "  left  {n_left} (about {n_characters} Chinese characters, {by})"
        ),
    ];
    let n_dropped = talk.conversation.n_dropped();
    if n_dropped > 0 {
        lines.push(tr!(
            "  最早的 {n_dropped} 轮已不在上下文里",
            "  oldest exchanges no longer in the context: {n_dropped}"
        ));
    }
    Ok(lines)
}

/// How many exchanges a sentence names by their questions.
const MAX_NAMED: usize = 3;

/// Which exchanges leave the prompt, by their numbers (from 1), said before they do.
pub(super) fn leaving(conversation: &Conversation, gone: &[usize]) -> String {
    let n_gone = gone.len();
    let named = gone.iter().take(MAX_NAMED).map(|n| {
        let question = conversation.exchanges().get(n - 1).and_then(|exchange| session::title(&exchange.question));
        let question = question.unwrap_or_default();
        tr!("第 {n} 轮“{question}”", "{n} \"{question}\"")
    });
    let mut named = named.collect::<Vec<_>>().join(&tr!("、", ", "));
    if n_gone > MAX_NAMED {
        named.push('…');
    }
    tr!(
        "上下文放不下了，先去掉最早的 {n_gone} 轮问答（系统提示保留）：{named}。会话里都还在；要留住哪一轮：/set pin N",
        "the context is full, so the oldest exchanges are dropped from it ({n_gone}; the system prompt stays): {named}. The session keeps them; to keep one: /set pin N"
    )
}

/// The sentence for a context that is nearly full after an answer: the room left, and what happens when there is none.
///
/// # Errors
/// When the backend fails.
pub(super) fn room_notice(talk: &mut Talk, answer: &Answer) -> Result<String, BackendError> {
    let ratio = Ratio::of(&talk.conversation, &mut *talk.backend)?;
    let n_left = answer.n_left();
    let (percent, n_characters) = (percent(answer.n_used(), answer.n_ctx), ratio.characters(n_left));
    let room = tr!(
        "上下文已用 {percent}%，还剩 {n_left} 个词元（约 {n_characters} 个汉字）",
        "{percent}% of the context is in use; {n_left} tokens are left (about {n_characters} Chinese characters)"
    );
    let then = match (talk.settings.overflow(), first_to_go(&talk.conversation)) {
        (Overflow::Shift, Some(n)) => {
            let question = session::title(&talk.conversation.exchanges()[n - 1].question).unwrap_or_default();
            tr!(
                "。放不下时先去掉第 {n} 轮问答（“{question}”）；/new 开始新对话",
                ". When it is full, exchange {n} goes first (\"{question}\"); /new starts a new conversation"
            )
        }
        _ => tr!(
            "。放不下时不再接受提问；/undo 腾出地方，/new 开始新对话",
            ". When it is full, no more questions are accepted; /undo makes room, /new starts a new conversation"
        ),
    };
    Ok(room + &then)
}

/// The number (from 1) of the exchange that leaves first when the next question does not fit.
fn first_to_go(conversation: &Conversation) -> Option<usize> {
    // With the next question, the last exchange is no longer the last.
    let exchanges = conversation.exchanges();
    let last = exchanges.last().filter(|last| !last.is_pinned).map(|_| exchanges.len());
    conversation.droppable().next().or(last)
}

/// How many Chinese characters a token is worth.
struct Ratio {
    per_token: f64,
    /// In this conversation; else in [`SAMPLE`].
    is_own: bool,
}

impl Ratio {
    /// Measured on what was said so far that is mostly Chinese, once there is enough of it.
    fn of(conversation: &Conversation, backend: &mut dyn Backend) -> Result<Self, BackendError> {
        let exchanges = conversation.exchanges().iter();
        let said = exchanges.flat_map(|exchange| {
            let answer = exchange.answer.as_ref().map(|answer| answer.content.as_str());
            [Some(exchange.question.as_str()), answer].into_iter().flatten()
        });
        let own: String = said.filter(|text| n_chinese(text) * 2 >= text.chars().count()).collect();
        let is_own = n_chinese(&own) >= N_OWN;
        let text = if is_own { own } else { SAMPLE.to_owned() };
        let n_characters = n_chinese(&text);
        let n_tokens = backend.count(&[Segment::Text(text)], &mut |_| Steer::GoOn)?;
        #[expect(clippy::cast_precision_loss, reason = "a conversation is short")]
        let per_token = n_characters as f64 / f64::from(n_tokens.max(1));
        Ok(Self { per_token, is_own })
    }

    /// The characters that so many tokens are worth, by the ten: it is an estimate.
    fn characters(&self, n_tokens: u32) -> f64 {
        (f64::from(n_tokens) * self.per_token / 10.0).floor() * 10.0
    }
}

/// Characters of Chinese writing, its punctuation too.
fn n_chinese(text: &str) -> usize {
    let is_chinese = |c: char| is_han(c) || matches!(c, '\u{2E80}'..='\u{33FF}' | '\u{FF00}'..='\u{FFEF}');
    text.chars().filter(|c| is_chinese(*c)).count()
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
