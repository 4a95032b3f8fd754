//! `/sessions` and `/export`: conversations on this disk, as seen from the one being held. Which of them is gone on with
//! is for `/load`.

use std::time::SystemTime;

use crate::config::paths::at_home;
use crate::exit::Failed;
use crate::render::terminal;
use crate::repl::roster::{self, Line, N_LISTED};
use crate::session::{self, Format, Id, Record, Shelf};
use crate::talk::Screen;
use crate::text::untrusted;
use crate::tr;

/// Lists the latest sessions, numbered from 1 and this one marked. Gives them in the order of their numbers.
pub(super) fn list(
    shelf: &Shelf,
    record: &Record,
    n: Option<usize>,
    screen: &mut Screen<'_>,
) -> Result<Vec<Id>, Failed> {
    let all = shelf.list()?;
    let lines: Vec<Line<'_>> = all.iter().take(n.unwrap_or(N_LISTED)).map(Line::of).collect();
    if lines.is_empty() {
        screen.output.tell(&tr!(
            "还没有保存过的对话：问过第一句，就在这里了",
            "no conversation is saved yet: ask something, and it is saved here"
        ));
    } else {
        let mark = |i: usize, line: &Line<'_>| {
            let this = if record.id() == Some(line.kept.id) { "*" } else { "" };
            format!("{}{this}", i + 1)
        };
        let n_columns = screen.is_interactive.then(terminal::n_columns);
        screen.output.tell(&roster::page(&lines, mark, SystemTime::now(), n_columns));
        for remark in lines.iter().filter_map(Line::remark) {
            screen.output.tell(&remark);
        }
        let n_more = all.len() - lines.len();
        if n_more > 0 {
            let n_all = all.len();
            screen.output.tell(&tr!(
                "更早的还有 {n_more} 个：/sessions {n_all}",
                "older ones not listed: {n_more}. /sessions {n_all} lists them too"
            ));
        }
        screen.output.tell(&tr!(
            "接着聊其中一个：/load 加最前面的数；* 是正在聊的",
            "to go on with one: /load and the number in front; * marks the current one"
        ));
    }
    if record.id().is_none() {
        screen
            .output
            .tell(&tr!("现在这个对话没有存盘；要存：/save", "this conversation is not saved; to save it: /save"));
    }
    Ok(lines.iter().map(|line| line.kept.id).collect())
}

/// Writes the conversation into a file.
pub(super) fn export(record: &Record, typed: &str, overwrites: bool, screen: &mut Screen<'_>) -> Result<(), Failed> {
    let transcript = record.transcript();
    let n_exchanges = transcript.exchanges().len();
    if n_exchanges == 0 {
        return Err(Failed::usage(tr!(
            "还没有可以导出的：先问点什么",
            "there is nothing to write yet: ask something first"
        )));
    }
    let path = at_home(super::unquote(typed), dirs::home_dir().as_deref());
    let format = match session::export_to(&path, transcript, Some(record.header()), overwrites)? {
        Format::Markdown => "Markdown",
        Format::Json => "JSON",
    };
    let path = untrusted::path(&path);
    screen.output.tell(&tr!(
        "写好了 {path}（{format}，{n_exchanges} 轮问答）",
        "wrote {path} ({format}, exchanges: {n_exchanges})"
    ));
    Ok(())
}
