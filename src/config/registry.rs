//! models.toml: the models known by name. One is built in, the person's own is laid over it: entry by entry, in an
//! entry field by field, and of its files each one whole.
//!
//! A [`Registry`] holds only what has passed the rules: names and file names that cannot leave their folder,
//! sampling values in range, hashes that are hashes. Which of a model's files is on disk is `store`'s business.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::file::{load, not_toml, read_value};
use crate::cli::Layer;
use crate::cli::options::{self, Group, Key, Place, as_typed};
use crate::cli::value::Value;
use crate::exit::Failed;
use crate::locale;
use crate::text::hub_name::{HubName, is_hub_name};
use crate::text::names::{self, check_repo, has_ending, is_commit, is_hex};
use crate::text::nearest::nearest;
use crate::text::untrusted;
use crate::tr;

/// The model whose file is in the program itself. The name is its own: no other model, and no file right here, has it.
pub const DEMO: &str = "demo";

const BUILT_IN: &str = include_str!("../../models.toml");

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Conversation.
    #[default]
    Chat,
    /// Going on with a text; it was never taught to answer.
    Base,
    /// Scoring answers; it writes none.
    Reward,
}

/// What the model's repository holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// GGUF files, ready to use.
    #[default]
    Gguf,
    /// The checkpoint it was trained to, which has to be made into a GGUF first.
    Checkpoint,
}

/// The published model whose layers and widths a model has; its memory is reckoned from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Size {
    /// Llama-2-7B.
    #[serde(rename = "llama-2-7b")]
    SevenB,
    /// Llama-2-13B.
    #[serde(rename = "llama-2-13b")]
    ThirteenB,
}

/// One line about a model, in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Summary {
    /// The line in the language spoken.
    #[must_use]
    pub fn said(&self) -> &str {
        locale::said([&self.zh, &self.en])
    }
}

/// A model.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its name, also its folder under the models directory.
    pub name: String,
    /// One line about it.
    pub summary: Option<Summary>,
    /// What it is for.
    pub purpose: Purpose,
    /// Where it comes from on the Hugging Face hub: `organisation/name`.
    pub repo: Option<String>,
    /// The commit of it that is meant, in full.
    pub revision: Option<String>,
    /// What is there.
    pub format: Format,
    /// Whose layers and widths it has.
    pub shape: Option<Size>,
    /// The licence, as its page names it.
    pub licence: Option<String>,
    /// The chat template, by name.
    pub template: Option<String>,
    /// The system prompt that it was trained with.
    pub system: Option<String>,
    /// The context that it was trained for, in tokens.
    pub n_ctx: Option<u32>,
    /// The size of its vocabulary, in tokens.
    pub n_vocab: Option<u32>,
    /// The sampling that its authors use.
    pub sampling: Layer,
    /// Its files by quantization.
    pub files: BTreeMap<String, ModelFile>,
}

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ModelFile {
    /// Its name, without a folder.
    pub file: String,
    /// The repository it is in; filled in from the entry where it is the same.
    pub repo: Option<String>,
    /// The commit it is in, in full; filled in from the entry where the repository is the same.
    pub revision: Option<String>,
    /// The repository on ModelScope that has the same file; filled in from the entry where the repository is the same.
    pub modelscope: Option<String>,
    /// Its size.
    pub bytes: Option<u64>,
    /// Its size as its page shows it, in 10⁹ bytes and rounded, where the exact one is not known.
    pub size_gb: Option<f64>,
    /// The SHA-256 of it, in hexadecimal.
    pub sha256: Option<String>,
}

impl ModelFile {
    /// The size for a person to read, `≈` in front of a rounded one.
    #[must_use]
    pub fn size(&self) -> Option<String> {
        match (self.bytes, self.size_gb) {
            (Some(bytes), _) => Some(gb(bytes)),
            (None, Some(gb)) => Some(format!("≈{gb} GB")),
            (None, None) => None,
        }
    }

    /// The size in bytes, to three digits or so where only the rounded one is known.
    #[must_use]
    pub fn about_bytes(&self) -> Option<u64> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be above 0")]
        self.bytes.or_else(|| self.size_gb.map(|gb| (gb * 1e9) as u64))
    }
}

/// A file's size as a person reads it: `7.87 GB`, `98.1 MB`.
#[must_use]
pub fn gb(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let bytes = bytes as f64;
    if bytes < 1e9 { format!("{:.1} MB", bytes / 1e6) } else { format!("{:.2} GB", bytes / 1e9) }
}

/// An entry as a file has it: anything may be left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    summary: Option<Summary>,
    purpose: Option<Purpose>,
    repo: Option<String>,
    revision: Option<String>,
    modelscope: Option<String>,
    format: Option<Format>,
    shape: Option<Size>,
    licence: Option<String>,
    template: Option<String>,
    system: Option<String>,
    n_ctx: Option<u32>,
    n_vocab: Option<u32>,
    #[serde(default)]
    sampling: toml::Table,
    #[serde(default)]
    files: BTreeMap<String, ModelFile>,
}

/// The models known by name.
#[derive(Debug, Clone, PartialEq)]
pub struct Registry {
    entries: Vec<Entry>,
}

impl Registry {
    /// The built-in models with the person's own file, if there is one, laid over them.
    ///
    /// # Errors
    /// A usage error that names the file and what in it is wrong.
    pub fn load(own: &Path) -> Result<Self, Failed> {
        let mut written = read(BUILT_IN, Path::new("models.toml"))?;
        if let Some(text) = load(own)? {
            for (name, entry) in read(&text, own)? {
                match written.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, under)) => *under = entry.over(std::mem::take(under)),
                    None => written.push((name, entry)),
                }
            }
        }
        Self::check(written, own)
    }

    /// The built-in models alone.
    #[must_use]
    pub fn built_in() -> Self {
        let file = Path::new("models.toml");
        let checked = read(BUILT_IN, file).and_then(|written| Self::check(written, file));
        checked.unwrap_or_else(|fault| unreachable!("the tests read the built-in models.toml: {fault}"))
    }

    fn check(written: Vec<(String, Written)>, file: &Path) -> Result<Self, Failed> {
        let entries = written.into_iter().map(|(name, entry)| entry.checked(name, file));
        Ok(Self { entries: entries.collect::<Result<_, Failed>>()? })
    }

    /// Every entry, in the order of models.toml; what the person's own adds comes last.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The entry of a name, in any case.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// The name that was probably meant.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.entries.iter().map(|entry| entry.name.as_str()))
    }

    /// The entry that `--model` speaks of: by name, or by the file's name where a path or a file on a hub was given.
    #[must_use]
    pub fn entry_for(&self, model: &str) -> Option<&Entry> {
        match HubName::parse(model) {
            Some(Ok(HubName { repo, file: Some(file), .. })) => self.by_file(&Path::new(repo).join(file)),
            Some(_) => None,
            None if is_path(model) => self.by_file(Path::new(model)),
            None => self.find(split(model).0),
        }
    }

    /// The entry that has a file of this name. Where several have (some authors name all their files alike), the
    /// one whose name, or repository, a folder of the path bears; where that settles nothing, none.
    #[must_use]
    pub fn by_file(&self, path: &Path) -> Option<&Entry> {
        let name = path.file_name()?.to_str()?;
        let all: Vec<(&Entry, &ModelFile)> = (self.entries.iter())
            .flat_map(|entry| entry.files.values().map(move |file| (entry, file)))
            .filter(|(_, file)| file.file.eq_ignore_ascii_case(name))
            .collect();
        if let [(entry, _)] = all[..] {
            return Some(entry);
        }
        let folders: Vec<&str> = path.parent()?.iter().filter_map(|folder| folder.to_str()).collect();
        let here = |entry: &Entry, file: &ModelFile| {
            let repo = file.repo.as_deref().unwrap_or_default();
            let names = [entry.name.as_str(), repo.rsplit('/').next().unwrap_or_default(), &cache_folder(repo)]
                .map(str::to_ascii_lowercase);
            folders.iter().any(|folder| names.contains(&folder.to_ascii_lowercase()))
        };
        let mut fitting = all.iter().filter(|(entry, file)| here(entry, file));
        match (fitting.next(), fitting.next()) {
            (Some((entry, _)), None) => Some(entry),
            _ => None,
        }
    }
}

/// Whether `--model` was given a path and not a name: it is written like one, or there is a file of that name right
/// here. [`DEMO`] and `hf:…` are always names.
#[must_use]
pub fn is_path(model: &str) -> bool {
    if is_hub_name(model) {
        return false;
    }
    let is_written_so = model.contains('/') || model.contains(std::path::MAIN_SEPARATOR) || has_ending(model, "gguf");
    is_written_so || (!is_demo(model) && Path::new(model).is_file())
}

/// A name and its quantization: `name:Q4_K_M`. What begins with `hf:` is a [`HubName`] and is not taken apart here.
#[must_use]
pub fn split(model: &str) -> (&str, Option<&str>) {
    match model.split_once(':') {
        Some((name, quant)) if !is_hub_name(model) => (name, Some(quant)),
        _ => (model, None),
    }
}

/// Whether the model named, with or without a quantization, is the one in the program itself.
#[must_use]
pub fn is_demo(model: &str) -> bool {
    split(model).0.eq_ignore_ascii_case(DEMO)
}

/// The folder of a repository in the Hugging Face cache.
#[must_use]
pub fn cache_folder(repo: &str) -> String {
    format!("models--{}", repo.replace('/', "--"))
}

impl Entry {
    /// What the entry says about settings.
    #[must_use]
    pub fn layer(&self) -> Layer {
        let mut layer = self.sampling.clone();
        let texts = [(Key::Template, &self.template), (Key::System, &self.system)];
        layer.extend(texts.into_iter().filter_map(|(key, text)| Some((key, Value::Text(text.clone()?)))));
        layer
    }

    /// The file of a quantization, in any case, with the quantization as it is written here.
    #[must_use]
    pub fn file(&self, quant: &str) -> Option<(&str, &ModelFile)> {
        let found = self.files.iter().find(|(name, _)| name.eq_ignore_ascii_case(quant));
        found.map(|(name, file)| (name.as_str(), file))
    }

    /// The quantization to take where none is asked for and none is on disk: half a byte a weight, good quality.
    #[must_use]
    pub fn usual(&self) -> Option<(&str, &ModelFile)> {
        let usual = ["Q4_K_M", "Q4_K", "Q4_0", "Q5_K_M"].iter().find_map(|quant| self.file(quant));
        usual.or_else(|| self.files.iter().next().map(|(name, file)| (name.as_str(), file)))
    }
}

/// The entries of a file, in its order.
fn read(text: &str, path: &Path) -> Result<Vec<(String, Written)>, Failed> {
    let by_name: BTreeMap<String, toml::Spanned<Written>> =
        toml::from_str(text).map_err(|error| not_toml(path, text, &error))?;
    let mut entries: Vec<_> = by_name.into_iter().collect();
    entries.sort_by_key(|(_, entry)| entry.span().start);
    Ok(entries.into_iter().map(|(name, entry)| (name, entry.into_inner())).collect())
}

impl Written {
    fn over(self, under: Self) -> Self {
        let mut sampling = under.sampling;
        sampling.extend(self.sampling);
        let mut files = under.files;
        files.extend(self.files);
        Self {
            summary: self.summary.or(under.summary),
            purpose: self.purpose.or(under.purpose),
            repo: self.repo.or(under.repo),
            revision: self.revision.or(under.revision),
            modelscope: self.modelscope.or(under.modelscope),
            format: self.format.or(under.format),
            shape: self.shape.or(under.shape),
            licence: self.licence.or(under.licence),
            template: self.template.or(under.template),
            system: self.system.or(under.system),
            n_ctx: self.n_ctx.or(under.n_ctx),
            n_vocab: self.n_vocab.or(under.n_vocab),
            sampling,
            files,
        }
    }

    fn checked(self, name: String, path: &Path) -> Result<Entry, Failed> {
        let shown = as_typed(&name);
        let refuse = |what: String| {
            let path = untrusted::path(path);
            Err(Failed::usage(tr!("{path}：[{shown}] {what}", "{path}: [{shown}] {what}")))
        };
        if !names::is_model(&name) {
            return refuse(tr!(
                "不能作模型的名字：只用字母、数字和 . _ -，不超过 96 个字符",
                "cannot be a model's name: letters, digits and . _ - only, at most 96 characters"
            ));
        }
        let mut files = BTreeMap::new();
        for (quant, mut file) in self.files {
            let at = format!("files.{}", as_typed(&quant));
            if !names::is_quant(&quant) {
                return refuse(tr!("{at}：不能作量化的名字", "{at}: cannot be a quantization's name"));
            }
            if !names::is_gguf(&file.file) {
                let file = as_typed(&file.file);
                return refuse(tr!(
                    "{at}：file = {file} 应为不带目录的 .gguf 文件名",
                    "{at}: file = {file} has to be the name of a .gguf file, without a folder"
                ));
            }
            if file.repo.is_none() {
                file.repo.clone_from(&self.repo);
                file.revision = file.revision.or_else(|| self.revision.clone());
                file.modelscope = file.modelscope.or_else(|| self.modelscope.clone());
            }
            for (key, repo) in [("repo", &file.repo), ("modelscope", &file.modelscope)] {
                if let Some(repo) = repo.as_deref().filter(|repo| check_repo(repo).is_err()) {
                    let repo = as_typed(repo);
                    return refuse(tr!(
                        "{at}：{key} = {repo} 应为 组织/名字",
                        "{at}: {key} = {repo} has to be organisation/name"
                    ));
                }
            }
            if file.revision.as_deref().is_some_and(|hex| !is_commit(hex)) {
                return refuse(tr!(
                    "{at}：revision 应为 40 位十六进制",
                    "{at}: revision has to be 40 hexadecimal digits"
                ));
            }
            if file.sha256.as_deref().is_some_and(|hex| !is_hex(hex, 64)) {
                return refuse(tr!("{at}：sha256 应为 64 位十六进制", "{at}: sha256 has to be 64 hexadecimal digits"));
            }
            if file.size_gb.is_some_and(|gb| !gb.is_finite() || gb <= 0.0) {
                return refuse(tr!("{at}：size-gb 应为正数", "{at}: size-gb has to be above 0"));
            }
            files.insert(quant, file);
        }
        if let Some(repo) = self.repo.as_deref().filter(|repo| check_repo(repo).is_err()) {
            let repo = as_typed(repo);
            return refuse(tr!("repo = {repo} 应为 组织/名字", "repo = {repo} has to be organisation/name"));
        }
        if self.revision.as_deref().is_some_and(|hex| !is_commit(hex)) {
            return refuse(tr!("revision 应为 40 位十六进制", "revision has to be 40 hexadecimal digits"));
        }
        Ok(Entry {
            summary: self.summary,
            purpose: self.purpose.unwrap_or_default(),
            repo: self.repo,
            revision: self.revision,
            format: self.format.unwrap_or_default(),
            shape: self.shape,
            licence: self.licence,
            template: self.template,
            system: self.system,
            n_ctx: self.n_ctx,
            n_vocab: self.n_vocab,
            sampling: check_sampling(&self.sampling, &name, path)?,
            files,
            name,
        })
    }
}

fn check_sampling(table: &toml::Table, entry: &str, file: &Path) -> Result<Layer, Failed> {
    let mut layer = Layer::new();
    for (key, value) in table {
        let row = options::named(key).filter(|row| row.group == Group::Sampling && row.key != Key::Seed);
        let Some(row) = row else {
            let (file, key) = (untrusted::path(file), as_typed(key));
            return Err(Failed::usage(tr!(
                "{file}：[{entry}.sampling] 没有 {key} 这个键",
                "{file}: [{entry}.sampling] there is no key {key}"
            )));
        };
        layer.insert(row.key, read_value(row, value, Place::Entry { file, entry })?);
    }
    Ok(layer)
}
