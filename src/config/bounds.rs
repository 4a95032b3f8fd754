//! What the settings say of what an answer is held to, and of the adapter laid over the model: a grammar or a schema is
//! read and looked at as soon as it is named, so that what is wrong with it is told before anything is loaded.

use std::path::{Path, PathBuf};

use super::file;
use super::settings::{Origin, Settings};
use crate::cli::options::{self, Key, as_typed};
use crate::cli::value::Value;
use crate::exit::Failed;
use crate::grammar::{gbnf, schema};
use crate::protocol::{Form, Lora, ReplyLang};
use crate::text::untrusted;
use crate::tr;

/// As strong as anyone could mean it; more is a slip.
const MAX_SCALE: f32 = 100.0;

impl Settings {
    /// Whether answers that go astray are stopped.
    #[must_use]
    pub fn guard(&self) -> bool {
        self.text(Key::Guard) != Some("off")
    }

    /// The language in which a question in it is to be answered.
    #[must_use]
    pub fn reply_lang(&self) -> Option<ReplyLang> {
        match self.text(Key::ReplyLang) {
            Some("zh") => Some(ReplyLang::Zh),
            Some("en") => Some(ReplyLang::En),
            _ => None,
        }
    }

    /// The form that answers must have.
    #[must_use]
    pub fn form(&self) -> Option<&Form> {
        self.form.as_ref()
    }

    /// The adapter to lay over the model.
    ///
    /// # Errors
    /// A usage error: more than one, or one whose strength cannot be.
    pub fn lora(&self) -> Result<Option<Lora>, Failed> {
        let typed = match self.held.get(&Key::Lora) {
            None => return Ok(None),
            Some((Value::Texts(all), _)) if all.len() == 1 => &all[0],
            Some(_) => {
                return Err(Failed::usage(tr!(
                    "--lora 一次只能给一个：请先用 llama.cpp 的 llama-export-lora 把别的合并进模型",
                    "--lora takes one adapter at a time: merge the others into the model first, with llama.cpp's llama-export-lora"
                )));
            }
        };
        read_lora(typed).map(Some)
    }

    /// Reads and checks the file of `grammar` or of `json-schema`; at most one of them is held.
    pub(super) fn read_form(&self) -> Result<Option<Form>, Failed> {
        if let Some((path, text)) = self.read_text(Key::Grammar)? {
            gbnf::check(&text).map_err(|wrong| refused(&path, &wrong.to_string()))?;
            return Ok(Some(Form::Grammar(text)));
        }
        if let Some((path, text)) = self.read_text(Key::JsonSchema)? {
            schema::check(&text).map_err(|wrong| refused(&path, &wrong.to_string()))?;
            return Ok(Some(Form::JsonSchema(text)));
        }
        Ok(None)
    }

    /// The file that an option names, and its text. Whoever starts liao may name a pipe; what `/set` names is a regular
    /// file, since a session from elsewhere sets things too, and nothing may ever come out of a pipe.
    fn read_text(&self, key: Key) -> Result<Option<(PathBuf, String)>, Failed> {
        let Some(path) = self.text(key).map(Path::new) else { return Ok(None) };
        let is_set = self.origin(key) == Some(&Origin::Command);
        if is_set && path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(refused(path, &tr!("不是普通文件", "it is no regular file")));
        }
        match file::load(path)? {
            Some(text) => Ok(Some((path.to_owned(), text))),
            None => {
                let (name, path) = (options::row(key).name, untrusted::path(path));
                Err(Failed::usage(tr!("{name}：没有文件 {path}", "{name}: there is no file {path}")))
            }
        }
    }
}

fn refused(path: &Path, why: &str) -> Failed {
    let path = untrusted::path(path);
    Failed::usage(tr!("{path}：{why}", "{path}: {why}"))
}

/// `FILE` or `FILE=SCALE`. A file whose name ends like a strength is meant as it stands.
fn read_lora(typed: &str) -> Result<Lora, Failed> {
    let whole = || Lora { path: typed.into(), scale: 1.0 };
    let Some((path, scale)) = typed.rsplit_once('=') else { return Ok(whole()) };
    if Path::new(typed).is_file() {
        return Ok(whole());
    }
    let wrong = || {
        let typed = as_typed(typed);
        Failed::usage(tr!(
            "--lora {typed}：= 后面应是强度，-{MAX_SCALE} 到 {MAX_SCALE} 之间的数，例如 --lora 文件.gguf=0.8",
            "--lora {typed}: a strength should follow =, a number from -{MAX_SCALE} to {MAX_SCALE}, as in --lora FILE.gguf=0.8"
        ))
    };
    match scale.trim().parse::<f32>() {
        Ok(scale) if scale.abs() <= MAX_SCALE && !path.is_empty() => Ok(Lora { path: path.into(), scale }),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_and_its_strength() {
        for (typed, path, scale) in
            [("a.gguf", "a.gguf", 1.0), ("/x/a.gguf=0.5", "/x/a.gguf", 0.5), ("a=b.gguf=-2", "a=b.gguf", -2.0)]
        {
            assert_eq!(read_lora(typed).expect(typed), Lora { path: path.into(), scale });
        }
        for wrong in ["a.gguf=", "a.gguf=half", "a.gguf=NaN", "a.gguf=inf", "a.gguf=101", "=1", "a=b.gguf"] {
            assert!(read_lora(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_with_such_a_name_is_meant_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rank=8");
        std::fs::write(&path, "").expect("a file");
        let typed = path.to_str().expect("UTF-8");
        assert_eq!(read_lora(typed).expect("a file"), Lora { path: path.clone(), scale: 1.0 });
        assert_eq!(read_lora(&format!("{typed}=0.5")).expect("a strength"), Lora { path, scale: 0.5 });
    }
}
