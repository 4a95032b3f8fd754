//! The one table of options: what a row means (the rows themselves stand in `rows.rs`). A row is an option; from it
//! come the flag and its help, the environment variable, the key in config.toml, the line of `liao config` and what
//! `/set` takes.
//!
//! Nothing here is read from the machine. Defaults that depend on it are the word `auto` here, and decided in `plan`.

use std::path::Path;

pub use super::rows::ROWS;
use super::value::{Kind, Value};
use crate::exit::Failed;
use crate::locale::said;
use crate::text::untrusted::{self, Untrusted};
use crate::tr;

/// An option, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // Each is told in its row, in two languages.
pub enum Key {
    Model,
    Template,
    Lora,
    Prompt,
    File,
    Messages,
    System,
    SystemFile,
    Turns,
    Resume,
    NoSave,
    Encoding,
    Verbatim,
    MaxTokens,
    Stop,
    Overflow,
    Grammar,
    JsonSchema,
    Guard,
    ReplyLang,
    Temp,
    TopK,
    TopP,
    MinP,
    RepeatPenalty,
    RepeatLastN,
    Seed,
    Ctx,
    Threads,
    GpuLayers,
    KvType,
    Force,
    Repeat,
    KeepSource,
    Quant,
    Name,
    Output,
    Offline,
    Json,
    Stats,
    Quiet,
    Verbose,
    Lang,
    Color,
    Markdown,
    AmbiguousWidth,
    LogFile,
}

/// Where in `--help` an option stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The headings say it.
pub enum Group {
    Model,
    Prompt,
    Answer,
    Sampling,
    Machine,
    Output,
}

impl Group {
    /// The heading, in the language spoken.
    #[must_use]
    pub fn heading(self) -> &'static str {
        said(match self {
            Self::Model => ["模型", "Model"],
            Self::Prompt => ["问题", "Prompt"],
            Self::Answer => ["回答", "Answer"],
            Self::Sampling => ["采样", "Sampling"],
            Self::Machine => ["机器", "Machine"],
            Self::Output => ["输出", "Output"],
        })
    }
}

/// How far an option reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The command line alone: it is about this one call.
    Call,
    /// Also the environment and config.toml.
    Kept,
    /// Also `/set`: it may change between two turns.
    Turn,
}

/// The commands that take options. Each is one bit, a row holds a set of them.
pub mod on {
    /// None: the option is a key of config.toml and a variable, and may be for `/set`, but is no flag.
    pub const NOTHING: u16 = 0;
    /// `liao` itself.
    pub const CHAT: u16 = 1;
    /// `liao prompt`.
    pub const PROMPT: u16 = 2;
    /// `liao bench`.
    pub const BENCH: u16 = 4;
    /// `liao config` and `doctor`. Every option but those for one [`Call`](super::Reach::Call) stands here too, without
    /// showing in their help.
    pub const CONFIG: u16 = 8;
    /// `liao help` and `completions`.
    pub const HELP: u16 = 16;
    /// `liao pull`, `list`, `show` and `rm`: what is done with models' files.
    pub const FILES: u16 = 32;
    /// `liao import`.
    pub const IMPORT: u16 = 64;
    /// `liao pull`, beside [`FILES`].
    pub const PULL: u16 = 128;
    /// `liao sessions`.
    pub const SESSIONS: u16 = 256;
    /// Those that read the settings of a model.
    pub const MODEL: u16 = CHAT | PROMPT | BENCH | CONFIG;
    /// All of them but help.
    pub const ALL: u16 = MODEL | FILES | IMPORT | PULL | SESSIONS;
}

/// One option.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Which it is.
    pub key: Key,
    /// The long flag without its dashes; also the key in config.toml.
    pub name: &'static str,
    /// What `/set` takes for the name as well; empty where there is no such word.
    pub chinese: &'static str,
    /// The short flag.
    pub short: Option<char>,
    /// What stands for the value in help: Chinese, English; empty where there is none.
    pub value_name: [&'static str; 2],
    /// What it takes.
    pub kind: Kind,
    /// Its place in help.
    pub group: Group,
    /// How far it reaches.
    pub reach: Reach,
    /// The commands that take it, bits of [`on`].
    pub on: u16,
    /// The built-in value, as it would be typed. `None`: there is none, and nothing is done.
    pub default: Option<&'static str>,
    /// One line of help: Chinese, English.
    pub help: [&'static str; 2],
}

/// Where a value was typed.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// The command line.
    Flag,
    /// The environment.
    Variable,
    /// This config file.
    File(&'a Path),
    /// `[entry.sampling]` of this models.toml.
    Entry {
        /// The file.
        file: &'a Path,
        /// The entry's name.
        entry: &'a str,
    },
    /// `/set`.
    Command,
}

impl Row {
    /// The row's help, in the language spoken.
    #[must_use]
    pub fn help(&self) -> &'static str {
        said(self.help)
    }

    /// What stands for the value in help, in the language spoken.
    #[must_use]
    pub fn value_name(&self) -> &'static str {
        said(self.value_name)
    }

    /// The environment variable: `LIAO_MAX_TOKENS` for `max-tokens`. `None` where the option reaches the call alone.
    #[must_use]
    pub fn variable(&self) -> Option<String> {
        (self.reach != Reach::Call).then(|| format!("LIAO_{}", self.name.to_ascii_uppercase().replace('-', "_")))
    }

    /// Reads one value, wherever it was typed.
    ///
    /// # Errors
    /// A usage error that names the place, the value as typed and what would be right.
    pub fn read(&self, raw: &str, place: Place<'_>) -> Result<Value, Failed> {
        self.kind.parse(raw).ok_or_else(|| self.refuse(raw, place))
    }

    /// The error for a value that this option does not take.
    #[must_use]
    pub fn refuse(&self, raw: &str, place: Place<'_>) -> Failed {
        let (name, raw) = (self.name, as_typed(raw));
        let expected = match (self.kind, place) {
            // TOML has words of its own.
            (Kind::Switch, Place::File(_)) => tr!("应为 true 或 false", "expected true or false"),
            _ => self.kind.expected(),
        };
        let typed = match place {
            Place::Flag => format!("--{name} {raw}"),
            Place::Variable => format!("{}={raw}", self.variable().unwrap_or_default()),
            Place::File(path) => format!("{}: {name} = {raw}", untrusted::path(path)),
            Place::Entry { file, entry } => format!("{}: [{entry}.sampling] {name} = {raw}", untrusted::path(file)),
            Place::Command => format!("/set {name} {raw}"),
        };
        Failed::usage(tr!("{typed}：{expected}", "{typed}: {expected}"))
    }
}

/// What a person typed, to stand in a sentence: on one line, harmless, and cut where it is very long.
#[must_use]
pub fn as_typed(raw: &str) -> String {
    Untrusted(raw).to_string()
}

/// The row of a key.
#[must_use]
pub fn row(key: Key) -> &'static Row {
    // Keys stand in the order of the rows, which a test holds.
    &ROWS[key as usize]
}

/// The row of a name, as config.toml and the command line write it.
#[must_use]
pub fn named(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name)
}

#[cfg(test)]
#[path = "options_tests.rs"]
mod tests;
