//! Doing what a line says: asking the model, or a command. What takes more than a few lines stands in files of its own.

mod files;
mod keeping;
mod model;
mod sessions;
mod surgery;

use std::time::Instant;

use super::command::{self, Command, Line};
use crate::config::paths::at_home;
use crate::config::settings::{self, Dial};
use crate::exit::Failed;
use crate::locale;
use crate::talk::{self, NoAnswer, Screen, Talk};
use crate::text::untrusted;
use crate::tr;

/// What comes after a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The next one, after an answer.
    Answered,
    /// The next one; nothing was asked.
    Line,
    /// The answer was cut with Ctrl-C.
    Interrupted,
    /// The person wants to leave.
    Quit,
}

/// Does what a line says.
///
/// # Errors
/// See [`NoAnswer`].
pub fn perform(talk: &mut Talk, line: Line, asked: Instant, screen: &mut Screen<'_>) -> Result<Next, NoAnswer> {
    match line {
        Line::Empty => Ok(Next::Line),
        Line::Say(question) => {
            files::tell_sent(talk, screen);
            let question = talk.files.enclose(&question);
            let next = talk.ask(&question, asked, screen).map(after);
            talk.settle_files(&question);
            next
        }
        Line::Command(command) => obey(talk, command, asked, screen),
        Line::Wrong(sentence) => {
            screen.output.tell(&sentence);
            Ok(Next::Line)
        }
    }
}

fn after(answer: &talk::Answer) -> Next {
    if answer.is_interrupted() { Next::Interrupted } else { Next::Answered }
}

fn obey(talk: &mut Talk, command: Command, asked: Instant, screen: &mut Screen<'_>) -> Result<Next, NoAnswer> {
    match command {
        Command::Help(name) => help(name.as_deref(), screen),
        Command::New => {
            talk.begin_anew(screen.output);
            screen.output.tell(&tr!("已开始新对话", "a new conversation"));
        }
        Command::Retry(again) => return surgery::retry(talk, again, asked, screen),
        Command::Undo(n) => surgery::undo(talk, n, screen),
        Command::Edit(n) => return surgery::edit(talk, n, screen),
        Command::Continue => return surgery::go_on(talk, asked, screen),
        Command::System(text) => system(talk, text.as_deref(), screen),
        Command::Set(None) => {
            for dial in talk.settings.dials() {
                tell_dial(&dial, screen);
            }
            surgery::tell_pins(talk, screen);
        }
        Command::Set(Some((key, value))) => set(talk, &key, value.as_deref(), screen)?,
        Command::Save(name) => keeping::save(talk, name.as_deref(), screen)?,
        Command::Load(typed) => keeping::load(talk, typed.as_deref(), screen)?,
        Command::Context => {
            talk.wake(screen)?;
            for line in talk::context_lines(talk)? {
                screen.output.tell(&line);
            }
        }
        Command::File(typed) => files::obey(talk, typed.as_deref(), screen)?,
        Command::Copy => talk::copy_last(talk, screen)?,
        Command::Stats => screen.output.tell(&match &talk.last {
            Some(answer) => talk::stats_line(answer),
            None => tr!("还没有回答过", "nothing has been answered yet"),
        }),
        Command::Sessions(n) => {
            talk.listed = sessions::list(&talk.shelf, &talk.record, n, screen)?;
        }
        Command::Export { path, overwrites } => {
            sessions::export(&talk.record, &path, overwrites, screen)?;
        }
        Command::Model(None) => model::show(talk, screen),
        Command::Model(Some(name)) => talk.change_model(unquote(&name), screen)?,
        Command::Lang(lang) => {
            lang.into_iter().for_each(locale::speak);
            screen
                .output
                .tell(&tr!("现在说中文；换成英文：/lang en", "messages are in English; for Chinese: /lang zh"));
        }
        Command::Quit => return Ok(Next::Quit),
    }
    Ok(Next::Line)
}

fn help(name: Option<&str>, screen: &mut Screen<'_>) {
    let rows: Vec<&command::Row> = match name.map(command::row) {
        None => command::ROWS.iter().collect(),
        Some(Some(row)) => vec![row],
        Some(None) => {
            let name = untrusted::one_line(name.unwrap_or_default());
            screen
                .output
                .tell(&tr!("没有 {name} 这个命令；/help 列出全部", "there is no command {name}; /help lists them all"));
            return;
        }
    };
    let width = rows.iter().map(|row| unicode_width::UnicodeWidthStr::width(row.usage().as_str())).max().unwrap_or(0);
    for row in rows {
        let usage = row.usage();
        let gap = " ".repeat(width - unicode_width::UnicodeWidthStr::width(usage.as_str()));
        let (help, aliases) = (row.help(), row.aliases());
        let aliases = if aliases.is_empty() { aliases } else { tr!("（{aliases}）", " ({aliases})") };
        screen.output.tell(&format!("{usage}{gap}  {help}{aliases}"));
    }
}

fn system(talk: &mut Talk, text: Option<&str>, screen: &mut Screen<'_>) {
    match text {
        None => {
            let shown = talk.conversation.system().map(untrusted::filter);
            screen.output.tell(&shown.map_or_else(|| tr!("没有系统提示", "there is no system prompt"), Into::into));
        }
        Some(text) => {
            let text = unquote(text);
            talk.set_system(Some(text.to_owned()), screen.output);
            screen.output.tell(&if text.is_empty() {
                tr!("不再有系统提示", "there is no system prompt any more")
            } else {
                tr!("已设定，从下一个问题起生效", "set; it holds from the next question on")
            });
        }
    }
}

fn set(talk: &mut Talk, key: &str, value: Option<&str>, screen: &mut Screen<'_>) -> Result<(), Failed> {
    let plain = settings::plain(key);
    if let Some(is_pinned) = surgery::pins(&plain) {
        surgery::pin(talk, is_pinned, value, screen);
        return Ok(());
    }
    if let Some(value) = value {
        talk.set(key, &rooted(&plain, unquote(value)), screen.output)?;
    }
    let found = talk.settings.dials().find(|dial| dial.key == plain);
    match found {
        Some(dial) => tell_dial(&dial, screen),
        // A key that cannot be shown cannot be set, and setting says why.
        None => talk.settings.set(key, "")?,
    }
    Ok(())
}

/// A value of a setting as it means the same in whatever folder the conversation goes on: a path from the root.
fn rooted(key: &str, value: &str) -> String {
    let typed = settings::path_in(key, value).map(|typed| at_home(typed, dirs::home_dir().as_deref()));
    let path = typed.and_then(|path| std::path::absolute(path).ok()?.into_os_string().into_string().ok());
    path.unwrap_or_else(|| value.to_owned())
}

/// What stands between quotation marks, so that blanks, or nothing at all, can be typed.
fn unquote(text: &str) -> &str {
    let inside = |open, close| text.strip_prefix(open)?.strip_suffix(close);
    inside('"', '"').or_else(|| inside('“', '”')).unwrap_or(text)
}

fn tell_dial(Dial { key, value, default, range }: &Dial, screen: &mut Screen<'_>) {
    screen
        .output
        .tell(&tr!("{key} = {value}（默认 {default}；{range}）", "{key} = {value} (default {default}; {range})"));
}

#[cfg(test)]
mod tests {
    use super::unquote;

    #[test]
    fn quotation_marks_around_all_of_it_go() {
        for (typed, meant) in [
            ("\"\"", ""),
            ("“”", ""),
            ("\"END\"", "END"),
            ("“ 完 ”", " 完 "),
            ("说话要像“李白”", "说话要像“李白”"),
            ("\"", "\""),
            ("", ""),
        ] {
            assert_eq!(unquote(typed), meant, "{typed}");
        }
    }
}
