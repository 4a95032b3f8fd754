//! liao (聊, "to chat"): Llama-2-family GGUF models on a person's own computer, Chinese first.
//!
//! Three ways in (interactive, `-p`, a pipe), one conversation engine, two processes:
//!
//! ```text
//! liao (front)                            liao engine (hidden subcommand)
//! terminal, conversation, templates       model, context, KV cache, sampler
//!              │  requests, one JSON object a line, on stdin   │
//!              │  events, one JSON object a line, on stdout    │
//!              └─ llama.cpp's log on stderr: to a ring buffer and a log file
//! ```
//!
//! llama.cpp can end the process it lives in; so the engine may die, and the conversation does not.
//!
//! # The rooms, from the ground up
//!
//! | room | what is in it | may lean on |
//! |---|---|---|
//! | [`locale`] | the language spoken; `tr!` | |
//! | [`exit`] | exit codes, and failures that carry one | |
//! | [`message`] | who said what | |
//! | [`protocol`] | what the two processes say to each other | message::Written |
//! | [`text`] | what may reach a terminal, and fits on a line of it; bytes to text; how files stand in a question; what a Chinese character is; which names may become paths, and what they tell | |
//! | [`disk`] | files written whole, folders for their owner alone; one liao at a time on a file | |
//! | [`cli`] | the one table of options; the command line | text |
//! | [`gguf`] | model files, in plain safe Rust | text |
//! | [`import`] | a checkpoint to a GGUF file; one file of it calls ggml | disk, gguf, text |
//! | [`plan`] | pure: shape, memory and wishes to how a model is loaded, and which of its files suits a machine | gguf, protocol |
//! | [`chat`] | the conversation, [`chat::template`] (one file a family), what fits | message, protocol, text |
//! | [`grammar`] | forms that an answer can be held to, looked at before an engine sees them | text |
//! | [`config`] | flags, environment, config.toml, models.toml, brought together | cli, grammar, text, protocol, chat::budget |
//! | [`store`] | a model's name to a file on this disk, and what is there; what a hub has; downloads; a hub's checkpoint read in place, behind the trait through which `import` reads; the built-in demo model | config::paths, config::registry, disk, import::source, text |
//! | [`session`] | conversations on this disk: what was said in them, with every branch | disk, message, text |
//! | [`engine`] | the only room that knows llama.cpp: tokens and text, no roles | message::Written, protocol, text::han |
//! | [`backend`] | whoever answers, behind one trait; one turn over it | chat, message, protocol, text |
//! | [`render`] | stdout, stderr, tables, the status line, how an answer is set | text |
//! | [`talk`] | a conversation being held, shown and kept; the same for all three ways in | backend, chat, config, message, render, session, text, protocol |
//! | [`repl`] | the line editor, the one table of commands, the choice of a session | talk, config, disk, render, session, text |
//! | [`commands`] | one file or folder a subcommand, and what several of them do | everything above |
//!
//! Everything may use `locale` and `exit`. `tests/layering.rs` holds the code to this table.

pub mod backend;
pub mod chat;
pub mod cli;
pub mod commands;
pub mod config;
pub mod disk;
pub mod engine;
pub mod exit;
pub mod gguf;
pub mod grammar;
pub mod import;
pub mod locale;
pub mod message;
pub mod plan;
pub mod protocol;
pub mod render;
pub mod repl;
pub mod session;
pub mod store;
pub mod talk;
pub mod text;

use std::ffi::OsString;

use exit::{Exit, Failed};
use render::plain::{Look, Output};

/// The whole program: from the words typed to the exit code, with the one error printed.
#[must_use]
pub fn run(args: Vec<OsString>) -> Exit {
    std::panic::set_hook(Box::new(tell_panic));
    // Unwinding restores the terminal on its way.
    std::panic::catch_unwind(|| run_to_error(args)).unwrap_or(Exit::EngineDied)
}

fn run_to_error(args: Vec<OsString>) -> Exit {
    let environment = config::Environment::of_process();
    locale::speak(config::language(&args, &environment));
    let is_json = args.iter().take_while(|arg| *arg != "--").any(|arg| arg == "--json");
    let done = cli::parse(args).map_err(anyhow::Error::from).and_then(|cli| commands::run(cli, environment));
    let error = match done {
        Ok(exit) => return exit,
        Err(error) if commands::is_closed_pipe(&error) => return Exit::Success,
        Err(error) => error,
    };
    let failed = Failed::of(&error);
    let mut output = Output::of_process(Look::of_stderr());
    if is_json {
        let event = serde_json::json!({"event": "error", "kind": failed.exit.kind(), "message": failed.message});
        // With stdout closed, the line on stderr still says it.
        let _ = output.json_line(&event);
    }
    if !failed.message.is_empty() {
        output.error(&failed.message);
    }
    failed.exit
}

/// A fault in this program is one line for a person, not a page of Rust.
fn tell_panic(panic: &std::panic::PanicHookInfo<'_>) {
    // Or the line would stand on a screen that is about to go.
    repl::pick::close();
    let what = panic.payload_as_str().unwrap_or("?");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    Output::of_process(Look::default()).error(&tr!(
        "程序自身出错（{place}：{what}）。这是 liao 的缺陷，请把这一行报告给我们",
        "a fault in liao itself ({place}: {what}). Please report this line"
    ));
}
