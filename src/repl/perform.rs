//! Doing what a line says: asking the model, or a command. What takes more than a few lines stands in files of its own.

mod files;
mod keeping;
mod model;
mod sessions;
mod surgery;

use std::time::Instant;

use unicode_width::UnicodeWidthStr;

use super::command::{self, Command, Line};
use crate::config::paths::at_home;
use crate::config::settings::{self, Dial};
use crate::exit::Failed;
use crate::locale;
use crate::talk::{self, NoAnswer, Screen, Talk};
use crate::text::untrusted;
use crate::tr;

/// Values in a list of settings that are so wide stand below each other.
const MAX_ALIGNED: usize = 16;

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
        Command::Help(name) => {
            help(name.as_deref(), screen);
            // Whoever asks what `/set` is wants to know what there is to set.
            if name.as_deref().and_then(command::row).is_some_and(|row| row.names[0] == "set") {
                list_settings(talk, screen);
            }
        }
        Command::New => {
            talk.begin_anew(screen.output);
            screen.output.tell(&tr!("已开始新对话", "new conversation started"));
        }
        Command::Retry(again) => return surgery::retry(talk, again, asked, screen),
        Command::Undo(n) => surgery::undo(talk, n, screen),
        Command::Edit(n) => return surgery::edit(talk, n, screen),
        Command::Continue => return surgery::go_on(talk, asked, screen),
        Command::System(text) => system(talk, text.as_deref(), screen),
        Command::Set(None) => list_settings(talk, screen),
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
                .tell(&tr!("现在说中文；换成英文：/lang en", "messages are in English now; for Chinese: /lang zh"));
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
    let width = rows.iter().map(|row| row.usage().width()).max().unwrap_or(0);
    for row in rows {
        let usage = row.usage();
        let gap = " ".repeat(width - usage.width());
        let (help, aliases) = (row.help(), row.aliases());
        let aliases = if aliases.is_empty() { aliases } else { tr!("（{aliases}）", " ({aliases})") };
        screen.output.tell(&format!("{usage}{gap}  {help}{aliases}"));
    }
}

fn system(talk: &mut Talk, text: Option<&str>, screen: &mut Screen<'_>) {
    match text {
        None => {
            let shown = talk.conversation.system().map(untrusted::filter);
            screen.output.tell(&match shown {
                Some(shown) => shown.into_owned(),
                None if talk.conversation.system_set().is_some() => tr!("没有系统提示", "there is no system prompt"),
                // What the file's own template adds is known to that template alone.
                None => tr!(
                    "没有设系统提示（模板自带的不算）",
                    "no system prompt is set (the template may add one of its own)"
                ),
            });
        }
        Some(text) => {
            let text = unquote(text);
            talk.set_system(Some(text.to_owned()), screen.output);
            screen.output.tell(&if text.is_empty() {
                tr!("不再有系统提示", "the system prompt is gone")
            } else {
                tr!("已设定，从下一个问题起生效", "set; it takes effect with the next question")
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
        Some(dial) => {
            tell_dial(&dial, screen);
            if value.is_none() {
                let meaning = meaning(&dial);
                screen.output.tell(&format!("  {meaning}"));
            }
        }
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

/// Every setting: its value, and what it does.
fn list_settings(talk: &Talk, screen: &mut Screen<'_>) {
    let dials = talk.settings.dials().map(|Dial { key, value, help, .. }| (key, value, help.to_owned()));
    let pins = tr!("/set pin N 固定第 N 轮，/set unpin N 放开", "/set pin N keeps exchange N, /set unpin N lets it go");
    let lines: Vec<(&str, String, String)> = dials.chain([("pin", surgery::pinned(talk), pins)]).collect();
    let key_width = lines.iter().map(|(key, ..)| key.width()).max().unwrap_or(0);
    // A path or a pinned question may be long, and moves no other line.
    let widths = lines.iter().map(|(_, value, _)| value.width()).filter(|width| *width <= MAX_ALIGNED);
    let value_width = widths.max().unwrap_or(0);
    for (key, value, help) in &lines {
        let [after_key, after_value] =
            [key_width - key.width(), value_width.saturating_sub(value.width())].map(|n| " ".repeat(n));
        screen.output.tell(&format!("{key}{after_key} = {value}{after_value}  {help}"));
    }
    screen.output.tell(&tr!(
        "/set 项 说明一项，例如 /set temp；/set 项 值 改变它，例如 /set temp 0.8",
        "/set KEY explains one (/set temp); /set KEY VALUE changes it (/set temp 0.8)"
    ));
}

/// What a setting does, without its default, which is told beside it.
fn meaning(Dial { help, default, .. }: &Dial) -> &'static str {
    help.strip_suffix(tr!("（默认 {default}）", " ({default})").as_str()).unwrap_or(help)
}

fn tell_dial(Dial { key, value, default, range, .. }: &Dial, screen: &mut Screen<'_>) {
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
