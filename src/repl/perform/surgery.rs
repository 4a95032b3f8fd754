//! Commands that change what was said: another answer, an earlier one, another question, the rest of an answer; and
//! which exchanges stay when the context is full.

use std::time::Instant;

use super::{Next, after};
use crate::config::settings::none;
use crate::repl::command::{Again, number};
use crate::repl::compose::compose;
use crate::session;
use crate::talk::{NoAnswer, Reached, Screen, Talk};
use crate::text::{Untrusted, enclosure};
use crate::tr;

/// `/retry`.
pub(super) fn retry(talk: &mut Talk, again: Again, asked: Instant, screen: &mut Screen<'_>) -> Result<Next, NoAnswer> {
    let n_questions = talk.conversation.exchanges().len();
    let n = match again {
        Again::Answer(k) => {
            go_back(talk, k, screen);
            return Ok(Next::Line);
        }
        Again::Question(n) => n,
        Again::Last => n_questions,
    };
    let n_before = talk.record.transcript().n_answers();
    if !talk.reopen(n, screen.output) {
        tell_no_question(n_questions, screen);
        return Ok(Next::Line);
    }
    let next = talk.answer(asked, screen).map(after)?;
    let is_new = talk.record.transcript().n_answers() > n_before;
    let n_answers = talk.record.transcript().exchanges().last().map_or(0, |last| last.answers.len());
    if screen.is_interactive && is_new && n_answers > 1 && next == Next::Answered {
        screen.output.notice(&if n_answers == 2 {
            tr!(
                "这是第 2 个回答；用 /retry 1 或 /retry 2 换回",
                "this is answer 2; /retry 1 or /retry 2 switches between them"
            )
        } else {
            tr!(
                "这是第 {n_answers} 个回答；用 /retry 1 到 /retry {n_answers} 换回",
                "this is answer {n_answers}; /retry 1 to /retry {n_answers} switches between them"
            )
        });
        if talk.settings.sampling(0).temp <= 0.0 && is_repeated(talk) {
            screen.output.notice(&tr!(
                "和先前的一样：温度为 0，每次都取最可能的；/set temp 0.6 之后再 /retry，会有不同",
                "the same as before: at temp 0 it always picks the likeliest; after /set temp 0.6, /retry gives another"
            ));
        }
    }
    Ok(next)
}

/// Whether the newest answer is word for word one of those before.
fn is_repeated(talk: &Talk) -> bool {
    let exchanges = talk.record.transcript().exchanges();
    let answers = exchanges.last().and_then(|last| last.answers.split_last());
    answers.is_some_and(|(newest, before)| before.iter().any(|answer| answer.text == newest.text))
}

/// Has an earlier answer stand again, or says which there are.
fn go_back(talk: &mut Talk, k: usize, screen: &mut Screen<'_>) {
    let exchanges = talk.record.transcript().exchanges();
    let Some(last) = exchanges.last() else { return tell_no_question(0, screen) };
    let standing = last.standing.map(|i| i + 1);
    let Some(answer) = last.answers.get(k - 1) else {
        let n = last.answers.len();
        screen.output.tell(&if n == 0 {
            tr!("上一个问题还没有回答：/retry 再问一次", "the last question has no answer yet: /retry asks again")
        } else {
            tr!("没有第 {k} 个回答，上一个问题有 {n} 个：", "there is no answer {k}; the last question has {n}:")
        });
        for (i, answer) in (1..).zip(&last.answers) {
            let mark = if Some(i) == standing { '*' } else { ' ' };
            let begins = session::beginning(&answer.text).unwrap_or_default();
            screen.output.tell(&format!("{mark} {i}  {begins}"));
        }
        let n_questions = exchanges.len();
        if k <= n_questions {
            screen.output.tell(&tr!("要重答第 {k} 个问题：/retry 问{k}", "to answer question {k} again: /retry q{k}"));
        }
        return;
    };
    if Some(k) == standing {
        screen.output.tell(&tr!("现在就是第 {k} 个回答", "answer {k} is already the current one"));
        return;
    }
    let text = answer.text.clone();
    talk.go_back(k, screen.output);
    screen.output.tell(&tr!("换回了第 {k} 个回答：", "back to answer {k}:"));
    screen.output.retell(&text, talk.settings.markdown(), usize::MAX);
}

/// `/edit`.
pub(super) fn edit(talk: &mut Talk, n: Option<usize>, screen: &mut Screen<'_>) -> Result<Next, NoAnswer> {
    let n_questions = talk.conversation.exchanges().len();
    let n = n.unwrap_or(n_questions);
    let Some(exchange) = n.checked_sub(1).and_then(|i| talk.conversation.exchanges().get(i)) else {
        tell_no_question(n_questions, screen);
        return Ok(Next::Line);
    };
    let saving = tr!("保存并发送", "saves and sends");
    let composed = compose(&exchange.question, &saving, screen.output);
    // A Ctrl-C in the editor was meant for the editor.
    (screen.interrupts)();
    let Some(question) = composed? else {
        screen.output.tell(&tr!("问题没有改动", "the question was not changed"));
        return Ok(Next::Line);
    };
    let before = talk.record.mark();
    talk.edit(n, &question, screen.output);
    let (files, words) = enclosure::parts(&question);
    for (i, line) in files.into_iter().chain(words.lines()).enumerate() {
        screen.output.tell(&if i == 0 { format!("> {line}") } else { line.to_owned() });
    }
    let next = talk.answer(Instant::now(), screen).map(after);
    if talk.record.mark() == before {
        talk.composed = Some(words.to_owned());
        if screen.is_interactive {
            screen.output.notice(&tr!(
                "对话和改之前一样；改过的问题按 ↑ 找回",
                "the conversation is unchanged; press Up to get the edited question back"
            ));
        }
    } else {
        tell_gone(n, n_questions, screen);
    }
    next
}

/// Says which exchanges went when question `n` of so many was asked in other words.
fn tell_gone(n: usize, n_questions: usize, screen: &mut Screen<'_>) {
    let first = n + 1;
    match n_questions - n {
        0 => {}
        1 => screen.output.notice(&tr!("原来的第 {first} 轮不再算在内", "what was exchange {first} no longer counts")),
        _ => screen.output.notice(&tr!(
            "原来的第 {first}–{n_questions} 轮不再算在内",
            "what were exchanges {first} to {n_questions} no longer count"
        )),
    }
}

/// `/undo`.
pub(super) fn undo(talk: &mut Talk, n: usize, screen: &mut Screen<'_>) {
    let first = talk.conversation.exchanges().len().saturating_sub(n) + 1;
    let question = title(talk, first);
    let n = talk.undo(n, screen.output);
    let n_left = talk.conversation.exchanges().len();
    screen.output.tell(&match n {
        0 => tr!("没有可撤销的问答", "there is nothing to take back"),
        1 => tr!("撤销了 1 轮问答（“{question}”），还剩 {n_left} 轮", "undid 1 exchange (“{question}”), {n_left} left"),
        n => tr!(
            "撤销了 {n} 轮问答（从“{question}”起），还剩 {n_left} 轮",
            "undid {n} exchanges (from “{question}” on), {n_left} left"
        ),
    });
}

/// `/continue`.
pub(super) fn go_on(talk: &mut Talk, asked: Instant, screen: &mut Screen<'_>) -> Result<Next, NoAnswer> {
    let why_not = match talk.reached() {
        Reached::Part => {
            let answer = talk.go_on(asked, screen)?;
            if answer.done.text.is_empty() && !answer.is_nothing() {
                screen.output.notice(&tr!("回答到这里就写完了", "the answer was already complete"));
            }
            return Ok(after(answer));
        }
        Reached::Nothing => tr!("还没有问过什么", "nothing has been asked yet"),
        Reached::Question => {
            tr!("还没有回答，无从接起：/retry 再问一次", "there is no answer to continue: /retry asks again")
        }
        Reached::Whole => {
            tr!("上一个回答已经写完了；想让它多说，就接着问", "the last answer is complete; to hear more, just ask")
        }
    };
    screen.output.tell(&why_not);
    Ok(Next::Line)
}

/// Whether a key of `/set` pins exchanges, or lets them go.
pub(super) fn pins(key: &str) -> Option<bool> {
    match key {
        "pin" | "固定" => Some(true),
        "unpin" | "放开" => Some(false),
        _ => None,
    }
}

/// `/set pin N`, `/set unpin N`.
pub(super) fn pin(talk: &mut Talk, is_pinned: bool, value: Option<&str>, screen: &mut Screen<'_>) {
    let Some(typed) = value else { return tell_pins(talk, screen) };
    let n_exchanges = talk.conversation.exchanges().len();
    if n_exchanges == 0 {
        return tell_no_question(0, screen);
    }
    let n = number(typed).filter(|n| talk.pin(*n, is_pinned, screen.output));
    screen.output.tell(&match n {
        Some(n) if is_pinned => {
            let question = title(talk, n);
            tr!(
                "第 {n} 轮“{question}”固定了：上下文放不下时它也留着",
                "exchange {n} \"{question}\" is pinned: it stays when the context is full"
            )
        }
        Some(n) => tr!("第 {n} 轮不再固定", "exchange {n} is no longer pinned"),
        None => {
            let typed = Untrusted(typed);
            tr!(
                "没有第 {typed} 轮问答：应为 1 到 {n_exchanges} 之间的整数",
                "there is no exchange {typed}: expected a whole number from 1 to {n_exchanges}"
            )
        }
    });
}

/// Which exchanges are pinned.
pub(super) fn pinned(talk: &Talk) -> String {
    let pinned = (1..).zip(talk.conversation.exchanges()).filter(|(_, exchange)| exchange.is_pinned);
    let named: Vec<String> = pinned
        .map(|(n, _)| {
            let question = title(talk, n);
            tr!("第 {n} 轮“{question}”", "{n} \"{question}\"")
        })
        .collect();
    if named.is_empty() { none() } else { named.join(&tr!("、", ", ")) }
}

fn tell_pins(talk: &Talk, screen: &mut Screen<'_>) {
    let pinned = pinned(talk);
    screen.output.tell(&tr!(
        "pin = {pinned}（/set pin N 固定第 N 轮，/set unpin N 放开）",
        "pin = {pinned} (/set pin N keeps exchange N, /set unpin N lets it go)"
    ));
}

fn tell_no_question(n_questions: usize, screen: &mut Screen<'_>) {
    screen.output.tell(&if n_questions == 0 {
        tr!("还没有问过什么", "nothing has been asked yet")
    } else {
        tr!("只问过 {n_questions} 个问题", "questions asked so far: {n_questions}")
    });
}

/// What a person knows question number `n` (from 1) by.
fn title(talk: &Talk, n: usize) -> String {
    talk.conversation.exchanges().get(n - 1).and_then(|exchange| session::title(&exchange.question)).unwrap_or_default()
}
