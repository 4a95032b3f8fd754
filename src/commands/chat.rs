//! `liao` itself: which of the three ways in it is.

use std::io::IsTerminal;
use std::path::PathBuf;

use super::{Session, attach, once, open, terminal, turns};
use crate::config::paths::Paths;
use crate::config::registry::{Purpose, Registry, gb};
use crate::exit::{Exit, Failed};
use crate::repl;
use crate::store::inventory;
use crate::talk::Format;
use crate::talk::files::File;
use crate::tr;

pub(super) fn run(
    session: &mut Session,
    prompt: Option<String>,
    by_turns: bool,
    resume: Option<&str>,
    files: &[PathBuf],
) -> anyhow::Result<Exit> {
    let is_terminal = std::io::stdin().is_terminal();
    if prompt.is_some() && by_turns {
        return Err(Failed::usage(tr!(
            "-p 和 --turns 不能同时用：--turns 的每一轮都来自标准输入",
            "-p and --turns do not go together: with --turns every turn comes from stdin"
        ))
        .into());
    }
    let files = attach::read(session, files)?;
    match prompt {
        Some(prompt) => once::run(session, Some(prompt), !is_terminal, resume, files),
        None if by_turns => turns::run(session, resume, files),
        None if !is_terminal => once::run(session, None, true, resume, files),
        None => interactive(session, resume, files),
    }
}

fn interactive(session: &mut Session, resume: Option<&str>, files: Vec<File>) -> anyhow::Result<Exit> {
    if session.json {
        return Err(Failed::usage(tr!(
            "--json 不能用于交互对话：请配合 -p、--turns 或管道",
            "--json is not for interactive use: give -p or --turns, or pipe the question in"
        ))
        .into());
    }
    let hidden = repl::Hidden::now();
    let mut talk = open::talk(session, resume, true)?;
    attach::attach(session, &mut talk, files)?;
    drop(hidden);
    let surroundings = surroundings(session);
    let interrupts = session.interrupts.clone();
    let interrupts = || interrupts.take();
    let mut screen = session.screen(Format::Text, true, &interrupts);
    repl::run(&mut talk, &mut screen, surroundings)
}

fn surroundings(session: &Session) -> repl::Surroundings {
    let (registry, paths) = (session.config.registry.clone(), session.config.paths.clone());
    let (history, sessions) = (paths.history(), paths.sessions());
    let is_painted = terminal::wants_escapes(session.config.settings.color(), &session.environment);
    repl::Surroundings { history, sessions, models: Box::new(move || models(&registry, &paths)), is_painted }
}

/// The models to choose from: first what is on this disk, by quantization where there are several; then the chat
/// models that could be pulled.
fn models(registry: &Registry, paths: &Paths) -> Vec<repl::Choice> {
    let on_disk = inventory::installed(registry, paths);
    let mut models: Vec<repl::Choice> = Vec::new();
    for (model, word) in on_disk.iter().zip(inventory::handles(&on_disk)) {
        if models.iter().all(|known| known.word != word) {
            models.push(repl::Choice { word, note: gb(model.bytes) });
        }
    }
    let is_here = |name: &str| on_disk.iter().any(|model| model.name == name);
    let others = registry.entries().filter(|entry| entry.purpose == Purpose::Chat && !is_here(&entry.name));
    let not_here = tr!("未下载", "not downloaded");
    models.extend(others.map(|entry| repl::Choice { word: entry.name.clone(), note: not_here.clone() }));
    models
}
