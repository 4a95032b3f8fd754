//! What a person is told of a conversation that they come back to: which it is, and how it ended.

use super::Talk;
use crate::config::settings::Dial;
use crate::render::plain::Output;
use crate::session::Exchange;
use crate::text::{Untrusted, enclosure, untrusted};
use crate::tr;

/// Lines of the last question that are shown, and of the answer to it.
const MAX_QUESTION_LINES: usize = 3;
const MAX_ANSWER_LINES: usize = 20;

/// How far the last question got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// There is none.
    Nothing,
    /// It has no answer.
    Question,
    /// Its answer was cut.
    Part,
    /// Its answer is whole.
    Whole,
}

impl Reached {
    fn of(last: &Exchange<'_>) -> Self {
        match last.answer() {
            None => Self::Question,
            Some(answer) if answer.is_finished() => Self::Whole,
            Some(_) => Self::Part,
        }
    }
}

impl Talk {
    /// How far the last question got.
    #[must_use]
    pub fn reached(&self) -> Reached {
        self.record.transcript().exchanges().last().map_or(Reached::Nothing, Reached::of)
    }
}

/// Which session the conversation goes on with, in one line.
#[must_use]
pub fn session_line(talk: &Talk) -> String {
    let transcript = talk.record.transcript();
    let n = transcript.exchanges().len();
    let label = transcript.label().unwrap_or_default();
    match talk.record.id() {
        Some(id) => tr!("接着聊会话 {id}“{label}”，{n} 轮", "going on with session {id} \"{label}\", exchanges: {n}"),
        None => tr!(
            "接着聊“{label}”，{n} 轮，这次说的不存盘",
            "going on with \"{label}\", exchanges: {n}; what is said is not saved"
        ),
    }
}

/// What comes back with a session besides the words, in one line; `None`: nothing that is not so anyway.
#[must_use]
pub fn settings_line(talk: &Talk) -> Option<String> {
    let changed = talk.settings.changed(&talk.given);
    let is_another =
        |(now, before): &(Dial, Dial)| now.value != before.value && changed.iter().any(|(key, _)| *key == now.key);
    let dials = talk.settings.dials().zip(talk.given.dials()).filter(is_another);
    let mut parts: Vec<String> =
        dials.map(|(Dial { key, value, .. }, _)| format!("{key} = {}", Untrusted(&value))).collect();
    let pinned = (1..).zip(talk.conversation.exchanges()).filter(|(_, exchange)| exchange.is_pinned);
    parts.extend(pinned.map(|(n, _): (usize, _)| format!("pin {n}")));
    let parts = parts.join(&tr!("，", ", "));
    (!parts.is_empty()).then(|| {
        tr!(
            "会话里改过的设置还算数：{parts}（/set 查看）",
            "settings changed in this session still apply: {parts} (/set shows all)"
        )
    })
}

/// Tells the last exchange, as many lines of it as remind a person; none where nothing was said.
pub fn tell_before(talk: &Talk, output: &mut Output) {
    let exchanges = talk.record.transcript().exchanges();
    let Some(last) = exchanges.last() else { return };
    let question = untrusted::filter(enclosure::words(last.question));
    let mut lines: Vec<String> = question.lines().take(MAX_QUESTION_LINES).map(str::to_owned).collect();
    if let Some(first) = lines.first_mut() {
        first.insert_str(0, "> ");
    }
    if question.lines().nth(MAX_QUESTION_LINES).is_some() {
        lines.push("…".to_owned());
    }
    output.tell(&lines.join("\n"));
    if let Some(answer) = last.answer() {
        output.retell(&answer.text, talk.settings.markdown(), MAX_ANSWER_LINES);
    }
    match Reached::of(last) {
        Reached::Question => output.tell(&tr!("（还没有回答：/retry 再问一次）", "(no answer yet: /retry asks again)")),
        Reached::Part => output.tell(&tr!("（没有写完：/continue 接着写）", "(it was cut: /continue goes on)")),
        Reached::Nothing | Reached::Whole => {}
    }
}
