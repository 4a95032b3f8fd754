//! `/save` and `/load`: conversations on the disk and back.

use super::sessions;
use crate::exit::Failed;
use crate::repl::command::number;
use crate::repl::{handle, pick};
use crate::session::Id;
use crate::talk::{Screen, Talk, keep, session_line, settings_line, tell_before};
use crate::tr;

/// `/save [NAME]`.
pub(super) fn save(talk: &mut Talk, name: Option<&str>, screen: &mut Screen<'_>) -> Result<(), Failed> {
    talk.save(name)?;
    let Some(id) = talk.record.id() else { return Ok(()) };
    let handle = handle(&talk.record, id);
    screen.output.tell(&if talk.conversation.exchanges().is_empty() {
        tr!(
            "从第一个问题起存为会话 {id}；以后接着聊：liao -r {handle}",
            "it will be saved as session {id} from the first question on; to go on later: liao -r {handle}"
        )
    } else {
        tr!("已存为会话 {id}；以后接着聊：liao -r {handle}", "saved as session {id}; to go on later: liao -r {handle}")
    });
    if talk.record.transcript().name().is_none() {
        screen.output.tell(&tr!("要给它一个名字：/save 名字", "to give it a name: /save NAME"));
    }
    Ok(())
}

/// The sessions in the order of their numbers: as they were listed last, else as they would be now, where a number was
/// typed that is nobody's name.
fn numbered(talk: &Talk, typed: Option<&str>) -> Result<Vec<Id>, Failed> {
    let typed = typed.unwrap_or_default().trim();
    if !talk.listed.is_empty() || number(typed).is_none() || talk.shelf.named(typed)?.is_some() {
        return Ok(talk.listed.clone());
    }
    Ok(talk.shelf.list()?.into_iter().map(|kept| kept.id).collect())
}

/// `/load [ID]`.
pub(super) fn load(talk: &mut Talk, typed: Option<&str>, screen: &mut Screen<'_>) -> Result<(), Failed> {
    if typed.is_none() && !(screen.is_interactive && pick::can_pick()) {
        talk.listed = sessions::list(&talk.shelf, &talk.record, None, screen)?;
        return Ok(());
    }
    let listed = numbered(talk, typed)?;
    let chosen = pick::choose(&talk.shelf, typed, &listed, talk.record.id())?;
    let Some(id) = chosen.map(|kept| kept.id) else { return Ok(()) };
    if talk.record.id() == Some(id) {
        screen.output.tell(&tr!("会话 {id} 就是现在这个", "session {id} is the one that you are in"));
        return Ok(());
    }
    let opened = keep::open(&talk.shelf, id, talk.is_kept)?;
    talk.take_up(opened, screen.output);
    screen.output.tell(&session_line(talk));
    if let Some(line) = settings_line(talk) {
        screen.output.tell(&line);
    }
    tell_before(talk, screen.output);
    Ok(())
}
