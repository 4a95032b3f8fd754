//! One file a subcommand, and what they share: the session of one call of the program.

mod bench;
mod cached;
mod chat;
mod checkpoint;
mod config;
mod convert;
mod converter;
mod fit;
mod hub;
mod import;
mod input;
mod list;
mod lora;
mod machine;
mod once;
mod open;
mod progress;
mod prompt;
mod pull;
mod remove;
mod show;
mod signals;
mod start;
mod turns;

use std::io::IsTerminal;

use crate::cli::{Cli, Command};
use crate::config::settings::Color;
use crate::config::{Configuration, Environment};
use crate::exit::Exit;
use crate::render::plain::{Look, Output, WriteError};
use crate::render::status::Status;
use crate::talk::{Format, Screen};
use signals::Interrupts;

/// What one call of the program works with.
struct Session {
    config: Configuration,
    environment: Environment,
    output: Output,
    status: Status,
    interrupts: Interrupts,
    /// `--json`.
    json: bool,
    /// `--force`.
    force: bool,
    /// The notice about template markers in the input was given; with `--turns` there may be some on every line.
    told_of_markers: bool,
}

impl Session {
    /// What a turn is shown on, with the Ctrl-Cs that `interrupts` has counted.
    fn screen<'a>(&'a mut self, format: Format, is_interactive: bool, interrupts: &'a dyn Fn() -> usize) -> Screen<'a> {
        Screen { output: &mut self.output, status: &mut self.status, format, is_interactive, interrupts }
    }

    /// Says something that only `-v` wants to hear.
    fn verbose(&mut self, sentence: &str) {
        if self.config.settings.verbosity() > 0 {
            self.output.tell(sentence);
        }
    }
}

/// Runs what the command line asks for.
///
/// # Errors
/// With the sentence to print and, in a [`Failed`](crate::exit::Failed), the exit code.
pub fn run(cli: Cli, environment: Environment) -> anyhow::Result<Exit> {
    match cli.command {
        Command::Engine => {
            crate::engine::serve()?;
            return Ok(Exit::Success);
        }
        Command::Importer => {
            converter::serve(&environment)?;
            return Ok(Exit::Success);
        }
        Command::Tell(text) => {
            Output::of_process(Look::default()).page(&text)?;
            return Ok(Exit::Success);
        }
        _ => {}
    }
    let config = Configuration::load(&cli.flags, &environment)?;
    if let Some(lang) = config.settings.lang() {
        crate::locale::speak(lang);
    }
    let look = Look { is_stdout_terminal: std::io::stdout().is_terminal(), is_quiet: config.settings.quiet() };
    let status = Status::new(shows_status(&config, &environment));
    let interrupts = Interrupts::listen()?;
    let output = Output::of_process(look);
    let mut session = Session {
        config,
        environment,
        output,
        status,
        interrupts,
        json: cli.json,
        force: cli.force,
        told_of_markers: false,
    };
    match cli.command {
        Command::Chat => chat::run(&mut session, cli.prompt, cli.turns),
        Command::Prompt { messages } => prompt::run(&mut session, &messages),
        Command::Bench { repeats } => bench::run(&mut session, repeats),
        Command::Pull { model, keeps_source } => pull::run(&mut session, &model, keeps_source),
        Command::Import { source, quant, name, output } => {
            import::run(&mut session, &import::Wanted { source, quant, name, output })
        }
        Command::List => list::run(&mut session),
        Command::Show { model } => show::run(&mut session, &model),
        Command::Remove { model } => remove::run(&mut session, &model),
        Command::Config => config::run(&mut session),
        Command::Engine | Command::Importer | Command::Tell(_) => unreachable!("answered above"),
    }
}

/// The status line is drawn with escape codes: only where stderr is a terminal that knows them and nobody minds.
fn shows_status(config: &Configuration, environment: &Environment) -> bool {
    let wants = match config.settings.color() {
        Color::Never => false,
        Color::Always => true,
        Color::Auto => environment.raw("NO_COLOR").is_none() && environment.raw("TERM").is_none_or(|t| t != "dumb"),
    };
    wants && std::io::stderr().is_terminal() && !config.settings.quiet()
}

/// Whether an error only means that whoever read our output closed it.
#[must_use]
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        matches!(cause.downcast_ref::<WriteError>(), Some(WriteError::Closed))
            || cause.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
