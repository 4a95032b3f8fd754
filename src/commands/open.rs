//! Opening a model: name to file, file to header, header to template. Each step says what it found with `-v` and
//! fails with the exit code that belongs to it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Call;
use super::start::{self, Before, Started};
use super::switch::Others;
use crate::backend::scripted::Scripted;
use crate::chat::template::{ControlTokens, Facts, Given, Template, choose};
use crate::cli::options::Key;
use crate::config::Configuration;
use crate::config::registry::{DEMO, is_demo, is_path, split};
use crate::config::settings::Origin;
use crate::exit::{Exit, Failed, cause};
use crate::gguf::{self, Header};
use crate::plan::Needed;
use crate::repl::pick;
use crate::session::{Kept, Shelf};
use crate::store;
use crate::talk::{Loaded, Talk, Vocabulary, keep, session_line, settings_line};
use crate::text::untrusted::{self, Untrusted};
use crate::tr;

/// The model that liao is written for.
pub(super) const WISHED: &str = "opendata-chinese-llama2-chat";

/// A model file that has been found, read and found sound.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) header: Header,
    /// Its name, as a person knows it.
    pub(super) name: String,
    /// See [`Loaded::reference`].
    pub(super) reference: Option<String>,
}

impl Found {
    /// What its replies will be written in.
    pub(super) fn vocabulary(&self) -> Vocabulary {
        Vocabulary { sum: self.header.vocabulary_sum(), n_tokens: self.header.n_vocab() }
    }
}

/// Finds the model that the settings name and reads its header. `vocab_only`: only the vocabulary has to be sound.
pub(super) fn find(call: &mut Call, vocab_only: bool) -> anyhow::Result<Found> {
    let (typed, resolved) = match call.config.settings.model() {
        Some(model) => (model.to_owned(), store::resolve(model, &call.config.registry, &call.config.paths)?),
        None => {
            let on_hand = settle(&mut call.config);
            call.output.notice(&told(on_hand.as_ref()));
            match on_hand {
                Some(resolved) => (resolved.name.clone().unwrap_or_default(), resolved),
                None => (DEMO.to_owned(), store::resolve(DEMO, &call.config.registry, &call.config.paths)?),
            }
        }
    };
    let reference = reference(&typed, &resolved);
    let store::Resolved { note, path, name, detail, .. } = resolved;
    let shown = untrusted::path(&path);
    call.verbose(&tr!("模型文件 {shown}", "model file {shown}"));
    if let Some(detail) = detail {
        call.verbose(&detail);
    }
    if let Some(note) = note {
        call.output.notice(&note);
    }
    let reject = |rejected| rejected_at(&path, &rejected);
    let header = Header::read(&path).map_err(reject)?;
    let verdict = if vocab_only { gguf::validate_vocabulary(&header) } else { gguf::validate(&header) };
    if let Some(notice) = verdict.map_err(reject)?.notice {
        call.verbose(&notice);
    }
    let name = name.unwrap_or_else(|| file_name(&path));
    Ok(Found { path, header, name, reference })
}

/// What is typed to have the same model again wherever one stands, of one that was found by what was typed now.
pub(super) fn reference(typed: &str, resolved: &store::Resolved<'_>) -> Option<String> {
    if is_path(typed) {
        return std::path::absolute(&resolved.path).ok()?.into_os_string().into_string().ok();
    }
    if is_demo(typed) {
        return Some(DEMO.to_owned());
    }
    // However it was typed, the same model is known again; and by its name alone, a larger one that comes later would
    // be meant.
    let entry = resolved.entry.filter(|entry| entry.name.eq_ignore_ascii_case(split(typed).0));
    Some(match (entry, &resolved.quant) {
        (Some(entry), Some(quant)) => format!("{}:{quant}", entry.name),
        _ => typed.to_owned(),
    })
}

/// Takes the model that a session was held with, unless one was typed. `false`: another answers.
fn take_sessions(call: &mut Call, model: &str) -> bool {
    let Configuration { paths, registry, settings } = &mut call.config;
    if matches!(settings.origin(Key::Model), Some(Origin::Flag(_))) {
        return false;
    }
    // A session may be from elsewhere: only a plain file is looked into.
    let is_there = (!is_path(model) || Path::new(model).is_file()) && store::resolve(model, registry, paths).is_ok();
    if is_there {
        settings.change_model(model, registry.entry_for(model));
    } else {
        let model = Untrusted(model);
        call.output.notice(&tr!(
            "这个会话先前用的模型不在了：{model}。它若在别处：-m 路径",
            "the model that this session was held with is gone: {model}. If it is elsewhere: -m PATH"
        ));
    }
    is_there
}

/// Says behind why a model cannot be had that it is a session's: nobody has named it now.
fn of_session(error: anyhow::Error) -> anyhow::Error {
    match Failed::of(&error) {
        Failed { exit: exit @ (Exit::Model | Exit::Resources), message } => Failed::new(
            exit,
            tr!(
                "{message}（这个会话先前用的就是这个模型；要用别的：-m 名字）",
                "{message} (this session was held with that model; for another: -m NAME)"
            ),
        )
        .into(),
        _ => error,
    }
}

/// The header of a file that can chat.
pub(super) fn sound(path: &Path) -> Result<Header, Failed> {
    let header = Header::read(path).and_then(|header| gguf::validate(&header).map(|_| header));
    header.map_err(|rejected| rejected_at(path, &rejected))
}

fn rejected_at(path: &Path, rejected: &gguf::Rejected) -> Failed {
    let path = untrusted::path(path);
    Failed::new(Exit::Model, format!("{path}: {rejected}"))
}

/// Settles on a model where nobody named one: one that is on disk, which is given back, else the built-in one.
pub(super) fn settle(config: &mut Configuration) -> Option<store::Resolved<'_>> {
    let Configuration { paths, registry, settings } = config;
    let on_hand = store::on_hand(registry, paths);
    match &on_hand {
        Some(found) => settings.assume(found.name.as_deref().unwrap_or_default(), Origin::OnDisk, found.entry),
        None => settings.assume(DEMO, Origin::BuiltIn, registry.find(DEMO)),
    }
    on_hand
}

/// What a person should know about a model that they did not choose.
fn told(on_hand: Option<&store::Resolved<'_>>) -> String {
    let Some(found) = on_hand else {
        return tr!(
            "现在用的是内置的演示模型，很小，只会一点点。要 13B：liao pull {WISHED}",
            "this is the built-in demo model: very small, and it knows very little. For a 13B: liao pull {WISHED}"
        );
    };
    let name = Untrusted(found.name.as_deref().unwrap_or_default());
    tr!(
        "没有指定模型，用的是磁盘上已有的 {name}。要换一个：-m 名字，或在 config.toml 里写 model = \"名字\"",
        "no model was named; this is {name}, found on disk. For another: -m NAME, or model = \"NAME\" in config.toml"
    )
}

/// Chooses the template for a model and says why.
pub(super) fn template(call: &mut Call, found: &Found) -> anyhow::Result<(Template, ControlTokens)> {
    let header = &found.header;
    let control = ControlTokens {
        bos: header.bos(),
        eos: header.eos(),
        add_bos: header.add_bos(),
        by_text: header.control_tokens(),
    };
    let settings = &call.config.settings;
    let from_registry = matches!(settings.origin(Key::Template), Some(Origin::Entry(_)));
    let named = settings.template();
    let source = match named {
        Some(path) if !from_registry && Template::builtin(path).is_none() => read_template(Path::new(path))?,
        _ => None,
    };
    let given = match (named, &source) {
        (Some(file), Some(source)) => Some(Given::File { path: file, source }),
        (Some(name), None) if !from_registry => Some(Given::Name(name)),
        _ => None,
    };
    let file_name = file_name(&found.path);
    let told = ["general.name", "general.basename", "general.finetune"].map(|key| header.str(key).unwrap_or_default());
    let names = [told[0], told[1], told[2], found.name.as_str(), file_name.as_str()];
    let facts = Facts { names: &names, n_vocab: header.n_vocab(), jinja: header.chat_template(), tokens: &control };
    let choice = choose(given, named.filter(|_| from_registry), &facts)?;
    let (name, why) = (choice.template.name(), &choice.why);
    call.verbose(&tr!("模板 {name}：{why}", "template {name}: {why}"));
    if choice.base_model {
        call.output.warning(&tr!(
            "这看起来是基座模型，没有学过对话：回答可能只是接着往下写。聊天请用名字带 chat 或 alpaca 的模型",
            "this looks like a base model, which was not trained to chat: it may just continue your text. To chat, choose one with chat or alpaca in its name"
        ));
    }
    Ok((choice.template, control))
}

/// The text of a template file; `None` where the name cannot be one.
fn read_template(path: &Path) -> anyhow::Result<Option<String>> {
    let looks_like_file = path.components().count() > 1 || path.extension().is_some();
    match std::fs::read_to_string(path) {
        Ok(source) => Ok(Some(source)),
        Err(error) if looks_like_file => {
            let (path, error) = (untrusted::path(path), cause(&error));
            Err(Failed::usage(tr!(
                "--template {path}：读不了（{error}）",
                "--template {path}: cannot be read ({error})"
            ))
            .into())
        }
        Err(_) => Ok(None),
    }
}

/// Loads the model that the settings name: beside another that is loaded, or in its place.
pub(super) fn load(call: &mut Call, before: Option<Before<'_>>) -> anyhow::Result<(Loaded, Needed)> {
    let found = find(call, false)?;
    let (template, control) = template(call, &found)?;
    let Started { local, load_ms, needed } = start::engine_after(call, &found, before)?;
    let vocabulary = found.vocabulary();
    let Found { name, reference, .. } = found;
    Ok((Loaded { name, reference, backend: Box::new(local), template, control, vocabulary, load_ms }, needed))
}

/// Opens the model that the settings name, ready to talk: in a new conversation, or with `resume` in one that was
/// saved (an empty one is the newest). `is_kept`: what is said is saved, unless the settings say otherwise.
pub(super) fn talk(call: &mut Call, resume: Option<&str>, is_kept: bool) -> anyhow::Result<Talk> {
    let is_kept = is_kept && !call.config.settings.no_save();
    let shelf = Shelf::new(call.config.paths.sessions());
    // Before the model, which may take a minute to load.
    let opened = match resume {
        Some(typed) => {
            let kept = if typed.trim().is_empty() { shelf.newest()? } else { chosen(&shelf, typed)? };
            Some(keep::open(&shelf, kept.id, is_kept)?)
        }
        None => None,
    };
    let mut others = Others::beside(call);
    let loaded = match call.environment.path("LIAO_SCRIPT") {
        Some(script) => scripted(&script)?,
        None => {
            let model = opened.as_ref().and_then(|opened| opened.record.transcript().model());
            let reference = model.and_then(|model| model.reference.as_deref());
            let is_sessions = reference.is_some_and(|reference| take_sessions(call, reference));
            let loaded = load(call, None).map_err(|error| if is_sessions { of_session(error) } else { error });
            let (loaded, needed) = loaded?;
            others.loaded(needed);
            loaded
        }
    };
    let mut talk = Talk::new(loaded, call.config.settings.clone(), shelf);
    talk.is_kept = is_kept;
    talk.models = Some(Box::new(others));
    match opened {
        Some(opened) => {
            talk.take_up(opened, &mut call.output);
            talk.insist(&mut call.output);
            call.output.notice(&session_line(&talk));
            if let Some(line) = settings_line(&talk) {
                call.output.notice(&line);
            }
        }
        None => talk.begin_anew(&mut call.output),
    }
    Ok(talk)
}

/// The session that was typed, or is picked now. Who picks none does not want another conversation instead.
fn chosen(shelf: &Shelf, typed: &str) -> Result<Kept, Failed> {
    pick::choose(shelf, Some(typed), &[], None)?
        .ok_or_else(|| Failed::new(Exit::Interrupted, tr!("没有选会话", "no session was chosen")))
}

fn scripted(script: &Path) -> anyhow::Result<Loaded> {
    let backend = Scripted::read(script).with_context(|| format!("LIAO_SCRIPT={}", script.display()))?;
    let template = Template::builtin("llama2").context("llama2 is built in")?;
    let control = ControlTokens { bos: Some(1), eos: Some(2), add_bos: true, by_text: Vec::new() };
    let name = "script".to_owned();
    let vocabulary = Vocabulary { sum: name.clone(), n_tokens: 3 };
    Ok(Loaded { name, reference: None, backend: Box::new(backend), template, control, vocabulary, load_ms: 0.0 })
}

fn file_name(path: &Path) -> String {
    path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
