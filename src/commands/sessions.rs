//! `liao sessions`: the conversations on this disk. They are listed, shown, removed and exported here; to go on with one
//! is for `liao -r`.

use std::io::{BufRead, IsTerminal};
use std::path::Path;
use std::time::SystemTime;

use super::Call;
use crate::cli::sessions::Sessions;
use crate::exit::{Exit, Failed};
use crate::render::plain::WriteError;
use crate::render::terminal;
use crate::render::when::when;
use crate::repl::pick;
use crate::repl::roster::{self, Line, N_LISTED};
use crate::session::{self, Format, Header, Kept, Reading, Shelf};
use crate::text::untrusted;
use crate::tr;

/// More than so many are not removed without a question.
const MAX_UNASKED: usize = 3;

pub(super) fn run(call: &mut Call, wanted: &Sessions) -> anyhow::Result<Exit> {
    let shelf = Shelf::new(call.config.paths.sessions());
    let interrupts = call.interrupts.clone();
    // To read thousands of them takes a while: Ctrl-C ends it.
    interrupts.while_waiting(|| match wanted {
        Sessions::List(n) => list(call, &shelf, *n),
        Sessions::Show(typed) => show(call, &shelf, typed.as_deref()),
        Sessions::Remove(typed) => remove(call, &shelf, typed),
        Sessions::Export { session: typed, to } => export(call, &shelf, typed, to),
    })
}

/// Only what is listed is read: on a terminal the latest ones, where nobody said how many.
fn list(call: &mut Call, shelf: &Shelf, n: Option<usize>) -> anyhow::Result<Exit> {
    let all = shelf.list()?;
    let n_columns = std::io::stdout().is_terminal().then(terminal::n_columns);
    let n_listed = n.unwrap_or(if n_columns.is_some() && !call.json { N_LISTED } else { usize::MAX });
    let listed = all.iter().take(n_listed);
    if call.json {
        for kept in listed {
            call.output.json_line(&Line::of(kept).json())?;
        }
        return Ok(Exit::Success);
    }
    let lines: Vec<Line<'_>> = listed.map(Line::of).collect();
    if lines.is_empty() {
        call.output.notice(&tr!(
            "还没有保存过的对话。聊一句就有了：liao；接着上次的聊：liao -r",
            "no conversation is saved yet. Begin one: liao. Later, to go on with the last one: liao -r"
        ));
        return Ok(Exit::Success);
    }
    call.output.page(&roster::page(&lines, |_, _| String::new(), SystemTime::now(), n_columns))?;
    for remark in lines.iter().filter_map(Line::remark) {
        call.output.notice(&remark);
    }
    let n_more = all.len() - lines.len();
    if n_more > 0 && n.is_none() {
        call.output.notice(&tr!(
            "更早的还有 {n_more} 个：liao sessions list all",
            "older ones not listed: {n_more}. liao sessions list all"
        ));
    }
    Ok(Exit::Success)
}

fn show(call: &mut Call, shelf: &Shelf, typed: Option<&str>) -> anyhow::Result<Exit> {
    let Some(kept) = pick::choose(shelf, typed, &[], None)? else { return Ok(Exit::Success) };
    let reading = whole(&kept)?;
    if call.json {
        let page = session::export(&reading.transcript, header_of(&kept, &reading).as_ref(), Format::Json);
        call.output.json_line(&serde_json::from_str::<serde_json::Value>(&page)?)?;
        return Ok(Exit::Success);
    }
    let line = Line::read(&kept, &reading);
    let (id, label, said) = (kept.id, line.label(), when(kept.modified, SystemTime::now()));
    call.output.notice(&tr!("会话 {id} · {label} · {said}", "session {id} · {label} · {said}"));
    if let Some(remark) = line.remark() {
        call.output.warning(&remark);
    }
    tell(call, &reading)?;
    Ok(Exit::Success)
}

/// Writes what was said, as it looked when it was.
fn tell(call: &mut Call, reading: &Reading) -> Result<(), WriteError> {
    let is_markdown = call.config.settings.markdown();
    let mut part = |text: &str, is_answer: bool| {
        call.output.begin_answer(is_answer && is_markdown, "");
        let set = call.output.set(text);
        call.output.write(&set)?;
        call.output.end_answer()
    };
    if let Some(system) = reading.transcript.system().filter(|system| !system.is_empty()) {
        part(&tr!("系统提示：{system}", "system prompt: {system}"), false)?;
        part("", false)?;
    }
    for (i, exchange) in reading.transcript.exchanges().iter().enumerate() {
        if i > 0 {
            part("", false)?;
        }
        let question: Vec<String> = exchange.question.lines().map(|line| format!("> {line}")).collect();
        part(&question.join("\n"), false)?;
        if let Some(answer) = exchange.answer() {
            part(&answer.text, true)?;
            if !answer.is_finished() {
                part(&tr!("（没有写完）", "(not finished)"), false)?;
            }
        }
    }
    Ok(())
}

/// All that are meant are found before the first one goes.
fn remove(call: &mut Call, shelf: &Shelf, typed: &[String]) -> anyhow::Result<Exit> {
    let mut meant: Vec<Kept> = Vec::new();
    for typed in typed {
        let kept = shelf.find(typed)?;
        if meant.iter().all(|other| other.id != kept.id) {
            meant.push(kept);
        }
    }
    let labels: Vec<String> = meant.iter().map(|kept| Line::of(kept).label()).collect();
    if meant.len() > MAX_UNASKED && can_ask() && !call.force && !is_sure(call, &meant, &labels) {
        call.output.notice(&tr!("没有删除", "nothing was removed"));
        return Ok(Exit::Success);
    }
    let mut failures = Vec::new();
    for (kept, label) in meant.iter().zip(labels) {
        let id = kept.id;
        match shelf.remove(kept) {
            Err(failed) => failures.push(failed),
            Ok(()) if call.json => {
                call.output.json_line(&serde_json::json!({"removed": id.to_string(), "title": label}))?;
            }
            Ok(()) => call.output.notice(&tr!("删掉了会话 {id}：{label}", "removed session {id}: {label}")),
        }
    }
    let last = failures.pop();
    for failed in failures {
        call.output.error(&failed.message);
    }
    last.map_or(Ok(Exit::Success), |failed| Err(failed.into()))
}

fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks whether all of these shall go.
fn is_sure(call: &mut Call, meant: &[Kept], labels: &[String]) -> bool {
    for (kept, label) in meant.iter().zip(labels) {
        let id = kept.id;
        call.output.tell(&format!("  {id}  {label}"));
    }
    let n = meant.len();
    call.output.tell(&tr!(
        "要删掉这 {n} 个会话吗？删了就找不回来。输入 y 删掉：",
        "remove these {n} sessions for good? Type y to remove them:"
    ));
    let mut answer = String::new();
    // What cannot be read is no yes.
    let is_read = std::io::stdin().lock().read_line(&mut answer).is_ok();
    let answer = answer.trim().to_lowercase();
    is_read && ["y", "yes", "是", "好", "ｙ"].contains(&answer.as_str())
}

fn export(call: &mut Call, shelf: &Shelf, typed: &str, to: &Path) -> anyhow::Result<Exit> {
    let Some(kept) = pick::choose(shelf, Some(typed), &[], None)? else { return Ok(Exit::Success) };
    let reading = whole(&kept)?;
    let header = header_of(&kept, &reading);
    if to == Path::new("-") {
        let format = if call.json { Format::Json } else { Format::Markdown };
        call.output.page(&session::export(&reading.transcript, header.as_ref(), format))?;
    } else {
        session::export_to(to, &reading.transcript, header.as_ref(), call.force)?;
        let (to, n_exchanges) = (untrusted::path(to), reading.transcript.exchanges().len());
        call.output.notice(&tr!("写好了 {to}（{n_exchanges} 轮问答）", "wrote {to} (exchanges: {n_exchanges})"));
    }
    if let Some(remark) = Line::read(&kept, &reading).remark() {
        call.output.warning(&remark);
    }
    Ok(Exit::Success)
}

fn whole(kept: &Kept) -> Result<Reading, Failed> {
    kept.read().map_err(|refused| refused.told(&kept.path))
}

/// What the file begins with, under the name that it has now.
fn header_of(kept: &Kept, reading: &Reading) -> Option<Header> {
    reading.header.as_ref().map(|header| Header { id: kept.id.to_string(), ..header.clone() })
}
