//! `liao` itself: which of the three ways in it is.

use std::io::IsTerminal;

use super::{Session, once, open, turns};
use crate::exit::{Exit, Failed};
use crate::repl;
use crate::talk::Format;
use crate::tr;

pub(super) fn run(
    session: &mut Session,
    prompt: Option<String>,
    by_turns: bool,
    resume: Option<&str>,
) -> anyhow::Result<Exit> {
    let is_terminal = std::io::stdin().is_terminal();
    match prompt {
        Some(_) if by_turns => Err(Failed::usage(tr!(
            "-p 和 --turns 不能同时用：--turns 的每一轮都来自标准输入",
            "-p and --turns do not go together: with --turns every turn comes from stdin"
        ))
        .into()),
        Some(prompt) => once::run(session, Some(prompt), !is_terminal, resume),
        None if by_turns => turns::run(session, resume),
        None if !is_terminal => once::run(session, None, true, resume),
        None => interactive(session, resume),
    }
}

fn interactive(session: &mut Session, resume: Option<&str>) -> anyhow::Result<Exit> {
    if session.json {
        return Err(Failed::usage(tr!(
            "--json 不能用于交互对话：请配合 -p、--turns 或管道",
            "--json is not for interactive use: give -p or --turns, or pipe the question in"
        ))
        .into());
    }
    let mut talk = open::talk(session, resume, true)?;
    let history = session.config.paths.history();
    let interrupts = session.interrupts.clone();
    let interrupts = || interrupts.take();
    let mut screen = session.screen(Format::Text, true, &interrupts);
    repl::run(&mut talk, &mut screen, &history)
}
