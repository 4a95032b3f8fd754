//! config.toml: one flat table, its keys the names of the options. Read only; a file that is not there says nothing.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use toml::Value as Toml;

use super::EITHER;
use super::paths::{Paths, from_file};
use crate::cli::Layer;
use crate::cli::options::{self, Key, Place, Reach, Row, as_typed};
use crate::cli::value::{Kind, Value};
use crate::exit::{Failed, cause};
use crate::locale::Lang;
use crate::text::nearest::nearest;
use crate::text::untrusted;
use crate::tr;

/// No more of a file is read. Whatever a person writes for liao is shorter, and there are devices that never end.
const MAX_BYTES: u64 = 1 << 20;

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConfigFile {
    /// The file.
    pub path: PathBuf,
    /// Its values, checked. Paths are whole: `~/` and paths beside the file are filled in.
    pub layer: Layer,
}

/// Reads the file: what in it is right, and a usage error for each thing that is wrong, which names the file: unreadable,
/// not TOML, an unknown key, a value of the wrong type or out of range.
#[must_use]
pub fn read(paths: &Paths) -> (ConfigFile, Vec<Failed>) {
    let path = &paths.config_file;
    let (mut layer, mut faults) = (Layer::new(), Vec::new());
    let table = table(paths).unwrap_or_else(|fault| {
        faults.push(fault);
        toml::Table::new()
    });
    for (name, value) in &table {
        let row = match options::named(name) {
            Some(row) if row.reach != Reach::Call => row,
            _ => {
                faults.push(unknown(path, name));
                continue;
            }
        };
        match read_value(row, value, Place::File(path)) {
            Ok(value) => {
                layer.insert(row.key, fill_in(row, value, path, paths.home.as_deref()));
            }
            Err(fault) => faults.push(fault),
        }
    }
    for (one, other) in EITHER {
        if layer.contains_key(&one) && layer.remove(&other).is_some() {
            let (path, one, other) = (untrusted::path(path), options::row(one).name, options::row(other).name);
            faults.push(Failed::usage(tr!(
                "{path}：{one} 和 {other} 只能留一个",
                "{path}: keep one of {one} and {other}"
            )));
        }
    }
    (ConfigFile { path: path.clone(), layer }, faults)
}

fn table(paths: &Paths) -> Result<toml::Table, Failed> {
    let path = &paths.config_file;
    let text = match load(path)? {
        Some(text) => text,
        None if !paths.config_named => String::new(),
        None => {
            let path = untrusted::path(path);
            return Err(Failed::usage(tr!(
                "LIAO_CONFIG 说的文件 {path} 不存在",
                "LIAO_CONFIG names {path}, and there is no such file"
            )));
        }
    };
    toml::from_str(&text).map_err(|error| not_toml(path, &text, &error))
}

/// The language that the file asks for, if it can be seen at all.
#[must_use]
pub fn peek_lang(path: &Path) -> Option<Lang> {
    let table: toml::Table = toml::from_str(&load(path).ok()??).ok()?;
    crate::cli::read_lang(table.get("lang")?.as_str()?)
}

/// The text of a file that a person edits: UTF-8, a byte order mark left out. `None`: there is no such file.
///
/// # Errors
/// A usage error: unreadable, longer than [`MAX_BYTES`], or not UTF-8.
pub(super) fn load(path: &Path) -> Result<Option<String>, Failed> {
    let shown = untrusted::path(path);
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let error = cause(&error);
            return Err(Failed::usage(tr!("读不了 {shown}：{error}", "cannot read {shown}: {error}")));
        }
    }
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Failed::usage(tr!(
            "{shown} 超过 1 MiB，太大了：看看是不是写错了文件名",
            "{shown} is larger than 1 MiB, which is too much: see whether it is the file you meant"
        )));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            Err(Failed::usage(tr!(
                "{shown} 不是 UTF-8（第 {at} 字节处）。请另存为 UTF-8",
                "{shown} is not UTF-8 (at byte {at}). Save it as UTF-8"
            )))
        }
    }
}

/// The error for a file that is not TOML, or not in its schema: the line and what toml says about it.
pub(super) fn not_toml(path: &Path, text: &str, error: &toml::de::Error) -> Failed {
    let path = untrusted::path(path);
    let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let message = as_typed(&error.message().replace('\n', " "));
    Failed::usage(tr!("{path} 第 {line} 行：{message}", "{path}, line {line}: {message}"))
}

fn unknown(path: &Path, name: &str) -> Failed {
    let (path, typed) = (untrusted::path(path), as_typed(name));
    let known = options::ROWS.iter().filter(|row| row.reach != Reach::Call).map(|row| row.name);
    Failed::usage(match nearest(name, known) {
        Some(meant) => tr!(
            "{path}：没有 {typed} 这个键。是不是 {meant}？",
            "{path}: there is no key {typed}. Did you mean {meant}?"
        ),
        None => tr!(
            "{path}：没有 {typed} 这个键。全部的键见：liao help config",
            "{path}: there is no key {typed}. All of them: liao help config"
        ),
    })
}

/// One value. Of the right type it goes, as text, through the parser that every layer goes through.
pub(super) fn read_value(row: &Row, value: &Toml, place: Place<'_>) -> Result<Value, Failed> {
    let text = match (row.kind, value) {
        (Kind::Texts, Toml::Array(all)) => {
            let mut texts = Vec::new();
            for one in all {
                let Toml::String(text) = one else { return Err(row.refuse(&one.to_string(), place)) };
                row.read(text, place)?;
                texts.push(text.clone());
            }
            return Ok(Value::Texts(texts));
        }
        (Kind::Real { .. }, Toml::Float(x)) => x.to_string(),
        (Kind::Real { .. } | Kind::Whole { .. } | Kind::Count { .. }, Toml::Integer(n)) => n.to_string(),
        // A choice may be one of on and off.
        (Kind::Switch | Kind::Choice(_), Toml::Boolean(on)) => on.to_string(),
        // A number in quotation marks is a mistake; a word that stands for a number is not.
        (Kind::Whole { .. }, Toml::String(text)) if text.parse::<f64>().is_err() => text.clone(),
        (Kind::Text | Kind::Texts | Kind::Name | Kind::Path | Kind::Choice(_), Toml::String(text)) => text.clone(),
        _ => return Err(row.refuse(&value.to_string(), place)),
    };
    row.kind.parse(&text).ok_or_else(|| row.refuse(&value.to_string(), place))
}

/// Completes what is a path. A model or template may also be a name, so there only what cannot be one is a path.
fn fill_in(row: &Row, value: Value, file: &Path, home: Option<&Path>) -> Value {
    match (row.kind, value) {
        (Kind::Path, Value::Text(typed)) => Value::Text(from_file(&typed, file, home).to_string_lossy().into_owned()),
        (Kind::Texts, Value::Texts(all)) if row.key == Key::Lora => {
            let whole = |typed: &String| from_file(typed, file, home).to_string_lossy().into_owned();
            Value::Texts(all.iter().map(whole).collect())
        }
        (Kind::Name, Value::Text(typed)) if ["~/", "./", "../"].iter().any(|start| typed.starts_with(start)) => {
            Value::Text(from_file(&typed, file, home).to_string_lossy().into_owned())
        }
        (_, value) => value,
    }
}
