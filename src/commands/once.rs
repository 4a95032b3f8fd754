//! One question, one answer: `-p`, a pipe, or both, with the files of `-f`.

use std::time::Instant;

use super::{Call, attach, input, open};
use crate::exit::{Exit, Failed};
use crate::talk::files::File;
use crate::talk::{Format, NoAnswer, start_event};
use crate::tr;

pub(super) fn run(
    call: &mut Call,
    prompt: Option<String>,
    is_piped: bool,
    resume: Option<&str>,
    files: Vec<File>,
) -> anyhow::Result<Exit> {
    let piped = if is_piped { input::read_stdin(call)? } else { String::new() };
    let question = join(prompt.as_deref(), &piped);
    if question.is_empty() && !files.is_empty() {
        return Err(Failed::usage(tr!(
            "只给了文件，没有问题：用 -p \"问题\" 说要做什么；要把文件本身当作问题，用 liao < 文件",
            "there are files but no question: say with -p \"QUESTION\" what to do with them; a file that is the question goes in by liao < FILE"
        ))
        .into());
    }
    if question.is_empty() {
        return Err(Failed::usage(tr!(
            "问题是空的：用 -p \"问题\" 给出，或从管道送入，例如 echo 你好 | liao",
            "the question is empty: give it with -p \"QUESTION\", or pipe it in, as in: echo 你好 | liao"
        ))
        .into());
    }
    let asked = Instant::now();
    // A question by itself is no conversation: a script that asks thousands leaves no thousand sessions behind.
    let mut talk = open::talk(call, resume, resume.is_some())?;
    attach::attach(call, &mut talk, files)?;
    let question = talk.files.enclose(&question);
    let interrupts = call.interrupts.clone();
    let format = if call.json { Format::Json { turn: None } } else { Format::Text };
    if call.json {
        call.output.json_line(&start_event(&talk))?;
    }
    let interrupts = || interrupts.take();
    let mut screen = call.screen(format, false, &interrupts);
    match talk.ask(&question, asked, &mut screen) {
        Ok(answer) if answer.is_interrupted() => Ok(Exit::Interrupted),
        Ok(_) | Err(NoAnswer::Closed) => Ok(Exit::Success),
        Err(NoAnswer::Leave) => Ok(Exit::Interrupted),
        Err(NoAnswer::Failed(failed)) => Err(failed.into()),
    }
}

/// The question: what was typed, a blank line, what was piped; or the one there is.
fn join(prompt: Option<&str>, piped: &str) -> String {
    let (prompt, piped) = (prompt.unwrap_or_default().trim(), piped.trim());
    let between = if prompt.is_empty() || piped.is_empty() { "" } else { "\n\n" };
    format!("{prompt}{between}{piped}")
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn a_question_from_what_was_typed_and_piped() {
        for (prompt, piped, question) in [
            (Some("总结一下"), "正文\n", "总结一下\n\n正文"),
            (Some("总结一下"), "", "总结一下"),
            (Some("总结一下"), " \n", "总结一下"),
            (None, "正文\r\n", "正文"),
            (Some(" "), "正文", "正文"),
            (None, "", ""),
            (Some(""), "\n\n", ""),
        ] {
            assert_eq!(join(prompt, piped), question, "{prompt:?} {piped:?}");
        }
    }
}
