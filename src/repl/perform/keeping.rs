//! `/save` and `/load`: conversations on the disk and back.

use crate::exit::Failed;
use crate::talk::{Screen, Talk, keep, said_before, session_line};
use crate::text::untrusted;
use crate::tr;

/// How many sessions `/load` lists.
const N_LISTED: usize = 10;

/// `/save [NAME]`.
pub(super) fn save(talk: &mut Talk, name: Option<&str>, screen: &mut Screen<'_>) -> Result<(), Failed> {
    talk.save(name)?;
    let Some(id) = talk.record.id() else { return Ok(()) };
    let handle = talk.record.transcript().name().map_or_else(|| id.to_string(), str::to_owned);
    screen.output.tell(&if talk.conversation.exchanges().is_empty() {
        tr!(
            "从第一个问题起存为会话 {id}；以后接着聊：liao -r {handle}",
            "it will be saved as session {id} from the first question on; to go on later: liao -r {handle}"
        )
    } else {
        tr!("已存为会话 {id}；以后接着聊：liao -r {handle}", "saved as session {id}; to go on later: liao -r {handle}")
    });
    Ok(())
}

/// `/load [ID]`.
pub(super) fn load(talk: &mut Talk, typed: Option<&str>, screen: &mut Screen<'_>) -> Result<(), Failed> {
    let Some(typed) = typed else { return list(talk, screen) };
    let listed = crate::repl::command::number(typed).and_then(|n| talk.listed.get(n - 1)).copied();
    let id = match listed {
        Some(id) => id,
        None => talk.shelf.find(typed)?.id,
    };
    if talk.record.id() == Some(id) {
        screen.output.tell(&tr!("会话 {id} 就是现在这个", "session {id} is the one that you are in"));
        return Ok(());
    }
    let opened = keep::open(&talk.shelf, id, talk.is_kept)?;
    talk.take_up(opened, screen.output);
    screen.output.tell(&session_line(talk));
    screen.output.tell(&said_before(talk));
    Ok(())
}

/// Lists the newest sessions, to be chosen by their numbers.
fn list(talk: &mut Talk, screen: &mut Screen<'_>) -> Result<(), Failed> {
    let mut newest = talk.shelf.list()?;
    newest.truncate(N_LISTED);
    talk.listed = newest.iter().map(|kept| kept.id).collect();
    if newest.is_empty() {
        screen.output.tell(&tr!("还没有存下的会话", "no session was saved yet"));
        return Ok(());
    }
    for (n, kept) in (1..).zip(&newest) {
        let (id, mark) = (kept.id, if talk.record.id() == Some(kept.id) { '*' } else { ' ' });
        let told = match kept.summary() {
            Ok(summary) => {
                let label = summary.name.or(summary.title).unwrap_or_default();
                let n_questions = summary.n_questions;
                tr!("{label}（{n_questions} 问）", "{label} (questions: {n_questions})")
            }
            Err(refused) => untrusted::one_line(&refused.to_string()).into_owned(),
        };
        screen.output.tell(&format!("{mark} {n:>2}  {id}  {told}"));
    }
    screen.output.tell(&tr!("/load 后面写序号、编号或名字", "type /load with a number, an id or a name"));
    Ok(())
}
