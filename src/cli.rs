//! The command line: from the words typed to a [`Cli`], every value read and checked by its row of the one table
//! in [`options`]. It reads no file, no environment and no terminal, and decides nothing that depends on the machine.
//!
//! clap takes the words apart; what goes wrong there is told in the language spoken (`explain`).

mod explain;
mod help;
pub mod options;
mod rows;
pub mod sessions;
mod subcommands;
pub mod value;

pub(crate) use help::{for_shells, topic};
pub(crate) use subcommands::COMPLETIONS;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::ArgMatches;
use clap::error::ErrorKind;

use crate::exit::Failed;
use crate::locale::Lang;
use crate::tr;
use options::{Key, Place, Reach, Row};
use sessions::Sessions;
use value::{Kind, Value};

/// What one layer (flags, environment, config file, models.toml) says; each value has been checked.
pub type Layer = BTreeMap<Key, Value>;

/// The command line as typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Cli {
    /// What to do.
    pub command: Command,
    /// The options that have other layers beneath them.
    pub flags: Layer,
    /// `-p`: ask this and leave.
    pub prompt: Option<String>,
    /// `-f`: files for the first question.
    pub files: Vec<PathBuf>,
    /// `--turns`: each line of stdin is the next turn.
    pub turns: bool,
    /// `-r`: go on with this session; an empty one is the newest.
    pub resume: Option<String>,
    /// `--json`: stdout is for scripts.
    pub json: bool,
    /// `--force`: load although memory seems too small.
    pub force: bool,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Talk: interactive, `-p` or piped, by what stdin is.
    Chat,
    /// Show what the model would see.
    Prompt {
        /// The JSON file with the conversation.
        messages: PathBuf,
    },
    /// Measure.
    Bench {
        /// How many runs; at least 1.
        repeats: u32,
    },
    /// Get a model.
    Pull {
        /// `NAME[:QUANT]`, as typed.
        model: String,
        /// `--keep-source`.
        keeps_source: bool,
    },
    /// Convert a checkpoint or a GGUF file.
    Import {
        /// The checkpoint's folder, or the file.
        source: PathBuf,
        /// `--quant`.
        quant: String,
        /// `--name`.
        name: Option<String>,
        /// `--output`.
        output: Option<PathBuf>,
    },
    /// List the models on disk and those that can be had.
    List,
    /// Tell everything about a model.
    Show {
        /// `NAME[:QUANT]` or the path of a file, as typed.
        model: String,
    },
    /// Remove a model's files.
    Remove {
        /// `NAME[:QUANT]`, as typed.
        model: String,
    },
    /// List, show, remove or export conversations on disk.
    Sessions(Sessions),
    /// Print every setting and where it came from.
    Config,
    /// Look at everything that a conversation needs.
    Doctor,
    /// Write a completion script or the man page to stdout.
    Completions {
        /// For which shell, or `man`; as typed.
        kind: String,
    },
    /// Be the engine: requests on stdin, events on stdout.
    Engine,
    /// Be the process that converts: an order on stdin, how far it is on stdout.
    Importer,
    /// Write this text (help, the version) to stdout and leave. Ends with a newline.
    Tell(String),
}

/// Takes the command line apart. The first argument is the program's name.
///
/// # Errors
/// A usage error in the language spoken, one or two lines.
pub fn parse<I, T>(args: I) -> Result<Cli, Failed>
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let matches = match help::command().try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            return Ok(Cli::of(Command::Tell(help::as_page(error.to_string())), Layer::new()));
        }
        Err(error) => return Err(explain::explain(&error)),
    };
    let mut flags = collect(&matches, options::on::CHAT)?;
    let Some((name, sub)) = matches.subcommand() else { return Ok(Cli::of(Command::Chat, flags)) };

    let on = subcommands::SUBCOMMANDS.iter().find(|sub| sub.name == name).map_or(0, |sub| sub.on);
    if let Some(stray) = flags.keys().map(|key| options::row(*key)).find(|row| !belongs(row, on)) {
        let flag = stray.name;
        return Err(Failed::usage(tr!(
            "--{flag} 与 liao {name} 无关。它能用的选项见：liao {name} --help",
            "--{flag} does not apply to liao {name}. For what does: liao {name} --help"
        )));
    }
    flags.extend(collect(sub, on)?);
    let command = match name {
        "prompt" => match flags.remove(&Key::Messages) {
            Some(Value::Text(path)) => Command::Prompt { messages: path.into() },
            _ => return Err(explain::missing(&format!("--messages <{}>", options::row(Key::Messages).value_name()))),
        },
        "bench" => Command::Bench {
            repeats: match flags.remove(&Key::Repeat).or_else(|| default(Key::Repeat)) {
                Some(Value::Whole(n)) => n,
                _ => 1,
            },
        },
        "pull" => Command::Pull {
            model: word(sub),
            keeps_source: flags.remove(&Key::KeepSource) == Some(Value::Switch(true)),
        },
        "import" => Command::Import {
            source: word(sub).into(),
            quant: text(&mut flags, Key::Quant).unwrap_or_default(),
            name: text(&mut flags, Key::Name),
            output: text(&mut flags, Key::Output).map(PathBuf::from),
        },
        "list" => Command::List,
        "show" => Command::Show { model: word(sub) },
        "rm" => Command::Remove { model: word(sub) },
        "sessions" => Command::Sessions(sessions::read(&words(sub))?),
        "config" => Command::Config,
        "doctor" => Command::Doctor,
        "completions" => Command::Completions { kind: word(sub) },
        "engine" => Command::Engine,
        "importer" => Command::Importer,
        _ => Command::Tell(topic(sub.get_one::<String>("topic").map(String::as_str))?),
    };
    Ok(Cli::of(command, flags))
}

/// What was typed for an option of text, else its default.
fn text(flags: &mut Layer, key: Key) -> Option<String> {
    match flags.remove(&key).or_else(|| default(key)) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

/// The word that a subcommand takes; clap has seen to it that there is one.
fn word(sub: &ArgMatches) -> String {
    sub.get_one::<String>(help::WORD).cloned().unwrap_or_default()
}

/// The words of a subcommand that takes any number of them.
fn words(sub: &ArgMatches) -> Vec<String> {
    sub.get_many::<String>(help::WORD).into_iter().flatten().cloned().collect()
}

/// The language that the command line asks for, before anything else of it is understood: `--lang en`, `--lang=en`.
#[must_use]
pub fn lang_typed(args: &[OsString]) -> Option<Lang> {
    let mut words = args.iter().filter_map(|arg| arg.to_str()).take_while(|arg| *arg != "--");
    let mut found = None;
    while let Some(word) = words.next() {
        let name = if word == "--lang" { words.next() } else { word.strip_prefix("--lang=") };
        found = name.and_then(read_lang).or(found);
    }
    found
}

/// The language that a value of `lang` stands for.
#[must_use]
pub fn read_lang(raw: &str) -> Option<Lang> {
    match options::row(Key::Lang).kind.parse(raw)? {
        Value::Text(name) => Lang::from_name(&name),
        _ => None,
    }
}

/// The built-in value of an option.
#[must_use]
pub fn default(key: Key) -> Option<Value> {
    let row = options::row(key);
    row.default.and_then(|raw| row.kind.parse(raw))
}

impl Cli {
    fn of(command: Command, mut flags: Layer) -> Self {
        let mut switched = |key| flags.remove(&key) == Some(Value::Switch(true));
        let (turns, json, force) = (switched(Key::Turns), switched(Key::Json), switched(Key::Force));
        let (prompt, resume) = (text(&mut flags, Key::Prompt), text(&mut flags, Key::Resume));
        let files = match flags.remove(&Key::File) {
            Some(Value::Texts(paths)) => paths.into_iter().map(PathBuf::from).collect(),
            _ => Vec::new(),
        };
        Self { command, flags, prompt, files, turns, resume, json, force }
    }
}

/// Whether a command takes an option.
fn belongs(row: &Row, on: u16) -> bool {
    row.on & on != 0 || (on & options::on::CONFIG != 0 && row.reach != Reach::Call)
}

/// What was typed for one command, read by the rows.
fn collect(matches: &ArgMatches, on: u16) -> Result<Layer, Failed> {
    let mut layer = Layer::new();
    for row in options::ROWS.iter().filter(|row| belongs(row, on)) {
        let value = match row.kind {
            Kind::Switch => matches.get_flag(row.name).then_some(Value::Switch(true)),
            Kind::Count { max } => match u32::from(matches.get_count(row.name)) {
                0 => None,
                n => Some(Value::Whole(n.min(max))),
            },
            Kind::Texts | Kind::Paths => {
                let mut all = Vec::new();
                for raw in matches.get_many::<String>(row.name).into_iter().flatten() {
                    if let Value::Texts(texts) = row.read(raw, Place::Flag)? {
                        all.extend(texts);
                    }
                }
                (!all.is_empty()).then_some(Value::Texts(all))
            }
            _ => match matches.get_one::<String>(row.name) {
                Some(raw) => Some(row.read(raw, Place::Flag)?),
                None => None,
            },
        };
        layer.extend(value.map(|value| (row.key, value)));
    }
    Ok(layer)
}

#[cfg(test)]
#[path = "cli/cli_tests.rs"]
mod tests;
