//! `/save` and `/load`: conversations on the disk and back.

use super::sessions;
use crate::exit::Failed;
use crate::repl::{handle, pick};
use crate::talk::{Screen, Talk, keep, session_line, tell_before};
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
    Ok(())
}

/// `/load [ID]`.
pub(super) fn load(talk: &mut Talk, typed: Option<&str>, screen: &mut Screen<'_>) -> Result<(), Failed> {
    if typed.is_none() && !(screen.is_interactive && pick::can_pick()) {
        talk.listed = sessions::list(&talk.shelf, &talk.record, None, screen)?;
        return Ok(());
    }
    let chosen = pick::choose(&talk.shelf, typed, &talk.listed, talk.record.id())?;
    let Some(id) = chosen.map(|kept| kept.id) else { return Ok(()) };
    if talk.record.id() == Some(id) {
        screen.output.tell(&tr!("会话 {id} 就是现在这个", "session {id} is the one that you are in"));
        return Ok(());
    }
    let opened = keep::open(&talk.shelf, id, talk.is_kept)?;
    talk.take_up(opened, screen.output);
    screen.output.tell(&session_line(talk));
    tell_before(talk, screen.output);
    Ok(())
}
