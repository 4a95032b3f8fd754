//! The settings, resolved once: flag, else environment, else config.toml, else the model's entry in models.toml,
//! else what is built in. Each value knows where it came from.
//!
//! Every value has been through its row's parser, so it is in range and of the row's type. Asking for one by name is in
//! `asked` and `bounds`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::file::{self, ConfigFile};
use super::registry::Entry;
use super::{EITHER, Environment, Registry};
use crate::cli::options::{self, Group, Key, Place, Reach, as_typed};
use crate::cli::value::{Kind, Value};
use crate::cli::{self, Layer};
use crate::exit::Failed;
use crate::protocol::Form;
use crate::text::nearest::nearest;
use crate::tr;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    BuiltIn,
    /// Nobody said anything, and it is what is on disk.
    OnDisk,
    /// The entry of this name in models.toml.
    Entry(String),
    /// This config file.
    File(PathBuf),
    /// This environment variable.
    Variable(String),
    /// This flag.
    Flag(String),
    /// `/set`, in this conversation.
    Command,
    /// `/model`, in this conversation.
    Change,
}

impl Origin {
    /// A word for scripts: `built-in`, `on-disk`, `models.toml`, `config.toml`, `environment`, `flag`, `set`, `model`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in",
            Self::OnDisk => "on-disk",
            Self::Entry(_) => "models.toml",
            Self::File(_) => "config.toml",
            Self::Variable(_) => "environment",
            Self::Flag(_) => "flag",
            Self::Command => "set",
            Self::Change => "model",
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&match self {
            Self::BuiltIn => tr!("内置", "built in"),
            Self::OnDisk => tr!("磁盘上已有", "found on disk"),
            Self::Entry(name) => tr!("models.toml 的 {name}", "{name} in models.toml"),
            Self::File(path) => as_typed(&path.to_string_lossy()),
            Self::Variable(name) => tr!("环境变量 {name}", "variable {name}"),
            Self::Flag(name) => name.clone(),
            Self::Command => "/set".to_owned(),
            Self::Change => "/model".to_owned(),
        })
    }
}

/// When to paint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// On a terminal that wants it.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// One line of `liao config`.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Described {
    /// The option.
    pub key: &'static str,
    /// Its value; `None` where there is none.
    pub value: Option<Value>,
    /// Where it came from, for scripts; see [`Origin::name`].
    pub from: &'static str,
    /// Where it came from, for people.
    pub origin: String,
}

/// A setting that may change between two turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dial {
    /// The option.
    pub key: &'static str,
    /// What it does.
    pub help: &'static str,
    /// Its value as it would be typed; [`none`] where there is none.
    pub value: String,
    /// What is built in, likewise.
    pub default: String,
    /// What it takes.
    pub range: String,
}

/// Whether a setting takes the path of a file.
#[must_use]
pub fn takes_file(key: &str) -> bool {
    options::named(key).is_some_and(|row| row.kind == Kind::Path)
}

/// Whether a setting is of how things look to a person, which belongs to no conversation.
#[must_use]
pub fn is_look(key: &str) -> bool {
    options::named(key).is_some_and(|row| row.group == Group::Output)
}

/// A setting's name as the table has it, however it was typed, also in Chinese.
#[must_use]
pub fn plain(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase().replace('_', "-");
    let chinese = options::ROWS.iter().find(|row| !name.is_empty() && row.chinese == name);
    chinese.map_or(name, |row| row.name.to_owned())
}

/// Whether a setting's name begins so, or its Chinese one.
#[must_use]
pub fn begins(key: &str, typed: &str) -> bool {
    key.starts_with(typed) || options::named(key).is_some_and(|row| row.chinese.starts_with(typed))
}

/// What stands for a value where there is none.
#[must_use]
pub fn none() -> String {
    tr!("无", "none")
}

/// The words that a setting takes; none where there is no such setting, or where it takes numbers or any text.
#[must_use]
pub fn choices(key: &str) -> Vec<&'static str> {
    options::named(key).map(|row| row.kind.words()).unwrap_or_default()
}

/// The path that a value of a setting names; `None` where it takes no path, or is to have none.
#[must_use]
pub fn path_in<'r>(key: &str, raw: &'r str) -> Option<&'r str> {
    (takes_file(key) && !is_none(Kind::Path, raw)).then_some(raw)
}

/// Whether what is typed asks for none at all.
fn is_none(kind: Kind, raw: &str) -> bool {
    match kind {
        Kind::Texts => raw.is_empty(),
        // As a file that was not given is shown, here or elsewhere.
        Kind::Path => ["", "-", "无", "none", "off", "关"].contains(&raw),
        _ => false,
    }
}

/// Every setting and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub(super) held: BTreeMap<Key, (Value, Origin)>,
    /// What `grammar` or `json-schema` names, read.
    pub(super) form: Option<Form>,
}

impl Settings {
    /// Brings the layers together and reads `system-file`, `grammar` and `json-schema`. What is wrong comes as usage
    /// errors, and is left out of the settings: variables that are not values of their options, a file that cannot be read
    /// or is not what it should be.
    #[must_use]
    pub fn resolve(
        flags: &Layer,
        environment: &Environment,
        file: &ConfigFile,
        registry: &Registry,
    ) -> (Self, Vec<Failed>) {
        let (variables, mut faults) = read_variables(environment);
        let model = [flags, &variables, &file.layer].into_iter().find_map(|layer| layer.get(&Key::Model));
        let entry = match model {
            Some(Value::Text(model)) => registry.entry_for(model),
            _ => None,
        };

        let mut settings = Self { held: BTreeMap::new(), form: None };
        let built_in = options::ROWS.iter().filter(|row| row.reach != Reach::Call);
        settings.lay(built_in.filter_map(|row| Some((row.key, cli::default(row.key)?))), |_| Origin::BuiltIn);
        if let Some(entry) = entry {
            settings.lay(entry.layer(), |_| Origin::Entry(entry.name.clone()));
        }
        settings.lay(file.layer.clone(), |_| Origin::File(file.path.clone()));
        settings.lay(variables, |key| Origin::Variable(options::row(key).variable().unwrap_or_default()));
        settings.lay(flags.clone(), |key| Origin::Flag(format!("--{}", options::row(key).name)));
        faults.extend(settings.read_system_file().err());
        match settings.read_form() {
            Ok(form) => settings.form = form,
            Err(fault) => faults.push(fault),
        }
        (settings, faults)
    }

    fn lay(&mut self, layer: impl IntoIterator<Item = (Key, Value)>, origin: impl Fn(Key) -> Origin) {
        for (key, value) in layer {
            self.hold(key, value, origin(key));
        }
    }

    fn hold(&mut self, key: Key, value: Value, origin: Origin) {
        for (one, other) in EITHER {
            if key == one {
                self.held.remove(&other);
            } else if key == other {
                self.held.remove(&one);
            }
        }
        self.held.insert(key, (value, origin));
    }

    fn read_system_file(&mut self) -> Result<(), Failed> {
        let Some((Value::Text(path), origin)) = self.held.get(&Key::SystemFile).cloned() else { return Ok(()) };
        let shown = as_typed(&path);
        let text = file::load(Path::new(&path))?.ok_or_else(|| {
            Failed::usage(tr!(
                "system-file（{origin}）：没有文件 {shown}",
                "system-file ({origin}): there is no file {shown}"
            ))
        })?;
        let text = text.trim_end_matches(['\r', '\n']).to_owned();
        self.held.insert(Key::System, (Value::Text(text), origin));
        Ok(())
    }

    /// Changes one value for the rest of the conversation. `stop` takes one text, and none at all when it is empty; a
    /// file is none with `off` too. On an error everything stays as it was.
    ///
    /// # Errors
    /// A usage error: no such key, one that cannot change between two turns, or not a value of it.
    pub fn set(&mut self, name: &str, raw: &str) -> Result<(), Failed> {
        let plain = plain(name);
        let row = options::named(&plain).filter(|row| row.reach == Reach::Turn).ok_or_else(|| cannot_set(&plain))?;
        let mut changed = self.clone();
        if is_none(row.kind, raw) {
            changed.held.remove(&row.key);
        } else {
            changed.hold(row.key, row.read(raw, Place::Command)?, Origin::Command);
        }
        if matches!(row.key, Key::Grammar | Key::JsonSchema) {
            changed.form = changed.read_form()?;
        }
        *self = changed;
        Ok(())
    }

    /// What `/set` has changed since `given`, but for how things look: the option, and its value as it is typed.
    #[must_use]
    pub fn changed(&self, given: &Self) -> Vec<(&'static str, String)> {
        let lacking = given.held.keys().filter(|key| !self.held.contains_key(*key)).map(|key| options::row(*key));
        let switched_off = lacking.filter(|row| row.reach == Reach::Turn).map(|row| {
            let none = if row.kind == Kind::Texts { "" } else { "off" };
            (row.name, none.to_owned())
        });
        let by_command = self.held.iter().filter(|(_, (_, origin))| *origin == Origin::Command);
        let typed = |value: &Value| match value {
            Value::Texts(texts) => texts.concat(),
            value => value.to_string(),
        };
        let set = by_command.map(|(key, (value, _))| (options::row(*key).name, typed(value)));
        // One of two that go not together is switched off before the other is set.
        switched_off.chain(set).filter(|(key, _)| !is_look(key)).collect()
    }

    /// Takes back what was changed between two turns since `given`, but for how things look.
    pub fn take_back(&mut self, given: &Self) {
        for row in options::ROWS.iter().filter(|row| row.reach == Reach::Turn && row.group != Group::Output) {
            match given.held.get(&row.key) {
                Some(held) => self.held.insert(row.key, held.clone()),
                None => self.held.remove(&row.key),
            };
        }
        self.form.clone_from(&given.form);
    }

    /// Has the flags in `given` hold again.
    pub fn insist(&mut self, given: &Self) {
        let is_flag = |key: Key| matches!(given.origin(key), Some(Origin::Flag(_)));
        if is_flag(Key::Grammar) || is_flag(Key::JsonSchema) {
            self.held.retain(|key, _| !matches!(key, Key::Grammar | Key::JsonSchema));
            self.form.clone_from(&given.form);
        }
        let flags = given.held.iter().filter(|(key, _)| is_flag(**key));
        self.held.extend(flags.map(|(key, held)| (*key, held.clone())));
    }

    /// Whether the system prompt was given on the command line.
    #[must_use]
    pub fn is_system_typed(&self) -> bool {
        matches!(self.origin(Key::System), Some(Origin::Flag(_)))
    }

    /// Every setting, in the order of `--help`.
    #[must_use]
    pub fn describe(&self) -> Vec<Described> {
        let rows = options::ROWS.iter().filter(|row| row.reach != Reach::Call);
        rows.map(|row| {
            let held = self.held.get(&row.key);
            let origin = held.map_or(&Origin::BuiltIn, |(_, origin)| origin);
            Described {
                key: row.name,
                value: held.map(|(value, _)| value.clone()),
                from: origin.name(),
                origin: origin.to_string(),
            }
        })
        .collect()
    }

    /// The settings that may change between two turns, in the order of `--help`.
    pub fn dials(&self) -> impl Iterator<Item = Dial> {
        let typed = |value: Option<&Value>| match value {
            None => none(),
            Some(Value::Switch(true)) => "on".to_owned(),
            Some(Value::Switch(false)) => "off".to_owned(),
            Some(value) => value.to_string(),
        };
        options::ROWS.iter().filter(|row| row.reach == Reach::Turn).map(move |row| {
            let range = row.kind.range();
            Dial {
                key: row.name,
                help: row.help(),
                value: typed(self.held.get(&row.key).map(|(value, _)| value)),
                default: typed(cli::default(row.key).as_ref()),
                range: match row.kind {
                    Kind::Texts => tr!("{range}，\"\" 为不要", "{range}, \"\" for none"),
                    Kind::Path => tr!("{range}，或 off", "{range}, or off"),
                    _ => range,
                },
            }
        })
    }

    /// Takes this model where nobody named one. What its entry says holds wherever nobody else said anything.
    pub fn assume(&mut self, model: &str, origin: Origin, entry: Option<&Entry>) {
        self.held.insert(Key::Model, (Value::Text(model.to_owned()), origin));
        let Some(entry) = entry else { return };
        for (key, value) in entry.layer() {
            if matches!(self.origin(key), None | Some(Origin::BuiltIn)) {
                self.held.insert(key, (value, Origin::Entry(entry.name.clone())));
            }
        }
    }

    /// Goes over to this model, as if it had been named at the start: what models.toml says of the one before holds no
    /// longer, and what its own entry says holds wherever nobody else said anything.
    pub fn change_model(&mut self, model: &str, entry: Option<&Entry>) {
        let is_entrys = |key: &Key| matches!(self.origin(*key), Some(Origin::Entry(_)));
        let stale: Vec<Key> = self.held.keys().copied().filter(is_entrys).collect();
        for key in stale {
            self.held.remove(&key);
            self.held.extend(cli::default(key).map(|value| (key, (value, Origin::BuiltIn))));
        }
        self.assume(model, Origin::Change, entry);
    }

    /// Gives `ctx` a value where nobody else did.
    pub fn set_default_ctx(&mut self, n_ctx: u32) {
        if self.origin(Key::Ctx) == Some(&Origin::BuiltIn) {
            self.held.insert(Key::Ctx, (Value::Whole(n_ctx), Origin::BuiltIn));
        }
    }

    /// Where a value came from; `None` where nobody gave one and none is built in.
    #[must_use]
    pub fn origin(&self, key: Key) -> Option<&Origin> {
        self.held.get(&key).map(|(_, origin)| origin)
    }
}

/// The environment's layer, and what in it is wrong.
fn read_variables(environment: &Environment) -> (Layer, Vec<Failed>) {
    let (mut layer, mut faults) = (Layer::new(), Vec::new());
    for row in options::ROWS {
        let Some(variable) = row.variable() else { continue };
        let raw = environment.text(&variable);
        match raw.and_then(|raw| raw.map(|raw| row.read(&raw, Place::Variable)).transpose()) {
            Ok(value) => layer.extend(value.map(|value| (row.key, value))),
            Err(fault) => faults.push(fault),
        }
    }
    for (one, other) in EITHER {
        if layer.contains_key(&one) && layer.remove(&other).is_some() {
            let [one, other] = [one, other].map(|key| options::row(key).variable().unwrap_or_default());
            faults.push(Failed::usage(tr!("{one} 和 {other} 只能留一个", "keep one of {one} and {other}")));
        }
    }
    (layer, faults)
}

fn cannot_set(name: &str) -> Failed {
    let settable = || options::ROWS.iter().filter(|row| row.reach == Reach::Turn).map(|row| row.name);
    let typed = as_typed(name);
    if name == options::row(Key::System).name {
        return Failed::usage(tr!("系统提示用 /system 文字 来改", "the system prompt is changed with /system TEXT"));
    }
    if options::named(name).is_some_and(|row| row.on & options::on::CHAT != 0 && row.group != Group::Sampling) {
        return Failed::usage(tr!(
            "{typed} 在对话中改不了，要在启动时给：liao --{typed} …",
            "{typed} cannot be changed during a conversation; give it at the start: liao --{typed} ..."
        ));
    }
    // In whole, in part, or in other letters; the Chinese names are known and shown nowhere.
    let chinese = options::ROWS.iter().filter(|row| row.reach == Reach::Turn).map(|row| row.chinese);
    let is_part = |known: &&str| !name.is_empty() && (name.starts_with(*known) || known.starts_with(name));
    let meant = nearest(name, settable().chain(chinese.filter(|chinese| !chinese.is_empty())));
    match meant.map(plain).or_else(|| settable().find(is_part).map(str::to_owned)) {
        Some(meant) => Failed::usage(tr!(
            "没有 {typed} 这一项，是不是 {meant}？",
            "there is no setting {typed}; did you mean {meant}?"
        )),
        None => {
            let all = settable().collect::<Vec<_>>().join(" ");
            Failed::usage(tr!("没有 {typed} 这一项。能改的有：{all}", "there is no setting {typed}; available: {all}"))
        }
    }
}
