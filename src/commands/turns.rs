//! `--turns`: every line of stdin is the next turn of one conversation, slash commands too. Files of `-f` go
//! with the first.

use std::time::Instant;

use super::{Call, attach, input, open};
use crate::exit::Exit;
use crate::repl::{self, command};
use crate::talk::files::File;
use crate::talk::{Format, NoAnswer, start_event};
use crate::text::lines::Lines;

pub(super) fn run(call: &mut Call, resume: Option<&str>, files: Vec<File>) -> anyhow::Result<Exit> {
    let mut talk = open::talk(call, resume, true)?;
    attach::attach(call, &mut talk, files)?;
    if call.json {
        call.output.json_line(&start_event(&talk))?;
    }
    let interrupts = call.interrupts.clone();
    let mut turn = 1;
    let mut lines = Lines::new(std::io::stdin().lock(), call.config.settings.encoding());
    while let Some(line) = interrupts.while_waiting(|| lines.next()) {
        let line = input::accept(call, line)?;
        let read = command::read(&line);
        if read == command::Line::Empty {
            continue;
        }
        let format = if call.json { Format::Json { turn: Some(turn) } } else { Format::Text };
        let interrupts = || interrupts.take();
        let mut screen = call.screen(format, false, &interrupts);
        match repl::perform(&mut talk, read, Instant::now(), &mut screen) {
            Ok(repl::Next::Quit) => break,
            Ok(repl::Next::Interrupted) | Err(NoAnswer::Leave) => return Ok(Exit::Interrupted),
            Ok(repl::Next::Answered) => turn += 1,
            Ok(repl::Next::Line) => {}
            Err(NoAnswer::Closed) => return Ok(Exit::Success),
            Err(NoAnswer::Failed(failed)) => return Err(failed.into()),
        }
    }
    Ok(Exit::Success)
}
