//! Figures for people: how fast an answer was, and what fills the context.

use super::{Answer, Talk};
use crate::backend::{Backend, BackendError, Steer};
use crate::chat::conversation::Conversation;
use crate::exit::Failed;
use crate::protocol::Segment;
use crate::session;
use crate::tr;

/// Ordinary Chinese, to measure a vocabulary by before a conversation has any.
const SAMPLE: &str =
    "今天天气很好，我们一起去公园散步吧。这本书讲的是一位老人和他的孩子之间的故事，读完之后让人久久不能忘记。";

/// One line about an answer: speed in tokens and characters, what was read, what was cached.
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
    let (n_written, n_cached) = (usage.completion_tokens, usage.cached_tokens);
    let first = answer.first_token_ms / 1e3;
    tr!(
        "写 {n_written} 个词元，{writing:.1} 词元/秒（{characters:.1} 字/秒）· 读 {n_read} 个，{reading:.1} 词元/秒，缓存 {n_cached} 个 · 首字 {first:.2} 秒",
        "wrote {n_written} tokens, {writing:.1} tokens/s ({characters:.1} characters/s) · read {n_read}, {reading:.1} tokens/s, {n_cached} cached · first token {first:.2} s"
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
    let per_token =
        characters_per_token(&talk.conversation, &mut *talk.backend).map_err(|e| super::explain_backend(&e))?;
    let n_characters = (f64::from(n_left) * per_token / 10.0).floor() * 10.0;
    let mut lines = vec![
        tr!("上下文共 {n_ctx} 个词元", "context: {n_ctx} tokens"),
        tr!("  系统提示与模板  {n_system}", "  system prompt and template  {n_system}"),
        tr!("  对话 {n_turns} 轮  {n_said}", "  exchanges: {n_turns}  {n_said}"),
        tr!(
            "  剩余  {n_left}（约 {n_characters} 个汉字）",
            "  left  {n_left} (about {n_characters} Chinese characters)"
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
        "the context is full, so the oldest exchanges leave it ({n_gone}; the system prompt stays): {named}. The session keeps them; to have one stay: /set pin N"
    )
}

/// Chinese characters that one token is worth: in this conversation's own answers once there are enough of them in
/// Chinese, else in [`SAMPLE`].
fn characters_per_token(conversation: &Conversation, backend: &mut dyn Backend) -> Result<f64, BackendError> {
    let is_chinese = |c: char| matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}');
    let answers = conversation.exchanges().iter().filter_map(|exchange| exchange.answer.as_ref());
    let answers = answers.filter(|answer| {
        let n_chinese = answer.content.chars().filter(|c| is_chinese(*c)).count();
        n_chinese * 10 >= answer.content.chars().count() * 9
    });
    let (n_characters, n_tokens) = answers.fold((0, 0), |(characters, tokens), answer| {
        let n = answer.written.as_ref().map_or(0, |written| written.ids.len());
        (characters + answer.content.chars().count(), tokens + n)
    });
    #[expect(clippy::cast_precision_loss, reason = "a conversation is short")]
    if n_tokens >= 64 {
        return Ok(n_characters as f64 / n_tokens as f64);
    }
    let n_tokens = backend.count(&[Segment::Text(SAMPLE.to_owned())], &mut |_| Steer::GoOn)?;
    #[expect(clippy::cast_precision_loss, reason = "the sample is short")]
    let n_characters = SAMPLE.chars().count() as f64;
    Ok(n_characters / f64::from(n_tokens.max(1)))
}
