//! One file or folder a subcommand, and what they share: the call of the program that they belong to.

mod attach;
mod bench;
mod chat;
mod completions;
mod config;
mod convert;
mod doctor;
mod fit;
mod hubs;
mod import;
mod input;
mod list;
mod lora;
mod machine;
mod manual;
mod once;
mod open;
mod progress;
mod prompt;
mod pull;
mod remove;
mod sessions;
mod show;
mod signals;
mod start;
mod surroundings;
mod switch;
mod terminal;
mod turns;

use crate::cli::{Cli, Command};
use crate::config::{Configuration, Environment};
use crate::exit::Exit;
use crate::render::plain::{Look, Output, WriteError};
use crate::render::status::Status;
use crate::talk::{Format, Screen};
use signals::Interrupts;

/// What one call of the program works with.
struct Call {
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

impl Call {
    fn new(config: Configuration, environment: Environment, interrupts: Interrupts, json: bool, force: bool) -> Self {
        let output = Output::of_process(terminal::look(&config.settings, &environment));
        let status = Status::new(terminal::shows_status(&config.settings, &environment));
        Self { config, environment, output, status, interrupts, json, force, told_of_markers: false }
    }

    /// What a turn is shown on, with the Ctrl-Cs that `interrupts` has counted.
    fn screen<'a>(&'a mut self, format: Format, is_interactive: bool, interrupts: &'a dyn Fn() -> usize) -> Screen<'a> {
        Screen { output: &mut self.output, status: &mut self.status, format, is_interactive, interrupts }
    }

    /// Another with the same streams and settings, for what is done while a [`Screen`] holds those of this one. The two
    /// must not write at the same time.
    fn another(&self) -> Self {
        let (config, environment) = (self.config.clone(), self.environment.clone());
        Self::new(config, environment, self.interrupts.clone(), self.json, self.force)
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
            convert::serve(&environment)?;
            return Ok(Exit::Success);
        }
        Command::Completions { kind } => {
            Output::of_process(Look::default()).page(&completions::script(&kind)?)?;
            return Ok(Exit::Success);
        }
        Command::Tell(text) => {
            Output::of_process(Look::default()).page(&text)?;
            return Ok(Exit::Success);
        }
        _ => {}
    }
    let (config, faults) = match cli.command {
        // Who comes to be told what is wrong is told all of it.
        Command::Doctor => Configuration::inspect(&cli.flags, &environment)?,
        _ => (Configuration::load(&cli.flags, &environment)?, Vec::new()),
    };
    if let Some(lang) = config.settings.lang() {
        crate::locale::speak(lang);
    }
    let mut call = Call::new(config, environment, Interrupts::listen()?, cli.json, cli.force);
    match cli.command {
        Command::Chat => chat::run(&mut call, cli.prompt, cli.turns, cli.resume.as_deref(), &cli.files),
        Command::Prompt { messages } => prompt::run(&mut call, &messages),
        Command::Bench { repeats } => bench::run(&mut call, repeats),
        Command::Pull { model, keeps_source } => pull::run(&mut call, &model, keeps_source),
        Command::Import { source, quant, name, output } => {
            import::run(&mut call, &import::Wanted { source, quant, name, output })
        }
        Command::List => list::run(&mut call),
        Command::Show { model } => show::run(&mut call, &model),
        Command::Remove { model } => remove::run(&mut call, &model),
        Command::Sessions(wanted) => sessions::run(&mut call, &wanted),
        Command::Config => config::run(&mut call),
        Command::Doctor => doctor::run(&mut call, &faults),
        Command::Engine | Command::Importer | Command::Completions { .. } | Command::Tell(_) => {
            unreachable!("answered above")
        }
    }
}

/// Whether an error only means that whoever read our output closed it.
#[must_use]
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        matches!(cause.downcast_ref::<WriteError>(), Some(WriteError::Closed))
            || cause.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
