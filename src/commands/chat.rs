//! `liao` itself: which of the three ways in it is.

use std::io::IsTerminal;
use std::path::PathBuf;

use super::{Call, attach, once, open, surroundings, turns};
use crate::exit::{Exit, Failed};
use crate::repl;
use crate::talk::Format;
use crate::talk::files::File;
use crate::tr;

pub(super) fn run(
    call: &mut Call,
    prompt: Option<String>,
    by_turns: bool,
    resume: Option<&str>,
    files: &[PathBuf],
) -> anyhow::Result<Exit> {
    let is_terminal = std::io::stdin().is_terminal();
    if prompt.is_some() && by_turns {
        return Err(Failed::usage(tr!(
            "-p 和 --turns 不能同时用：--turns 的每一轮都来自标准输入",
            "-p and --turns cannot be combined: with --turns every turn comes from stdin"
        ))
        .into());
    }
    let files = attach::read(call, files)?;
    match prompt {
        Some(prompt) => once::run(call, Some(prompt), !is_terminal, resume, files),
        None if by_turns => turns::run(call, resume, files),
        None if !is_terminal => once::run(call, None, true, resume, files),
        None => interactive(call, resume, files),
    }
}

fn interactive(call: &mut Call, resume: Option<&str>, files: Vec<File>) -> anyhow::Result<Exit> {
    if call.json {
        return Err(Failed::usage(tr!(
            "--json 不能用于交互对话：请配合 -p、--turns 或管道",
            "--json is not for interactive use: give -p or --turns, or pipe the question in"
        ))
        .into());
    }
    let hidden = repl::Hidden::now();
    let mut talk = open::talk(call, resume, true)?;
    attach::attach(call, &mut talk, files)?;
    drop(hidden);
    let surroundings = surroundings::of(call);
    let interrupts = call.interrupts.clone();
    let interrupts = || interrupts.take();
    let mut screen = call.screen(Format::Text, true, &interrupts);
    repl::run(&mut talk, &mut screen, surroundings)
}
