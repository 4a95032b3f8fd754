//! `liao show`: everything known about a model, from models.toml and from the header of its file.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::fit::{self, Fit};
use super::{Call, machine, open};
use crate::config::Configuration;
use crate::config::registry::{Entry, Format, ModelFile, Purpose, gb, is_demo, is_path, split};
use crate::exit::Exit;
use crate::gguf::Header;
use crate::plan::{Shape, gib, kv_name};
use crate::render::table::table;
use crate::store;
use crate::store::inventory::{Installed, of_entry};
use crate::store::record::Record;
use crate::text::Untrusted;
use crate::text::hub_name::is_hub_name;
use crate::text::model_file;
use crate::tr;

/// What is known, each thing with its label for a person and its key for a script.
#[derive(Default)]
struct Facts {
    rows: Vec<[String; 2]>,
    json: Map<String, Value>,
}

impl Facts {
    fn add(&mut self, key: &str, label: String, shown: impl ToString, value: impl Into<Value>) {
        self.rows.push([label, Untrusted(&shown.to_string()).to_string()]);
        self.json.insert(key.to_owned(), value.into());
    }

    fn add_text(&mut self, key: &str, label: String, text: Option<&str>) {
        if let Some(text) = text {
            self.add(key, label, text, text);
        }
    }

    fn add_number(&mut self, key: &str, label: String, number: Option<u32>) {
        if let Some(number) = number {
            self.add(key, label, number, number);
        }
    }
}

pub(super) fn run(call: &mut Call, model: &str) -> anyhow::Result<Exit> {
    let memory_bytes = machine::memory_bytes(&call.environment)?;
    let Configuration { paths, registry, .. } = &call.config;
    let entry = registry.entry_for(model);
    let resolved = store::resolve(model, registry, paths);
    let mut facts = Facts::default();
    let mut page = String::new();
    if let Some(entry) = entry {
        tell_entry(&mut facts, entry);
    }
    // Of a model that is known but not here, the entry is all there is; for any other, why it is not found.
    let header = match &resolved {
        Ok(found) => Some(tell_file(&mut facts, &found.path)?),
        Err(failed) if entry.is_none() => return Err(failed.clone().into()),
        Err(_) => None,
    };
    if let Some(header) = header {
        tell_header(&mut facts, &header, memory_bytes);
    }
    page.push_str(&table(&facts.rows));
    let is_whole = !is_path(model) && !is_hub_name(model) && split(model).1.is_none() && !is_demo(model);
    if let Some(entry) = entry.filter(|entry| is_whole && entry.purpose != Purpose::Reward) {
        page.push_str(&tell_files(&mut facts, entry, memory_bytes, call));
    }
    if call.json {
        call.output.json_line(&facts.json)?;
        return Ok(Exit::Success);
    }
    call.output.list(&page)?;
    Ok(Exit::Success)
}

/// What models.toml says.
fn tell_entry(facts: &mut Facts, entry: &Entry) {
    facts.add_text("name", tr!("名字", "name"), Some(&entry.name));
    facts.add_text("summary", tr!("说明", "summary"), entry.summary.as_ref().map(|summary| summary.said()));
    match entry.purpose {
        Purpose::Chat => facts.add("purpose", tr!("用途", "purpose"), tr!("对话", "chat"), "chat"),
        Purpose::Base => {
            let shown = tr!("接着写，没有学过对话", "continuing text; it was not trained to chat");
            facts.add("purpose", tr!("用途", "purpose"), shown, "base");
        }
        Purpose::Reward => {
            let shown = tr!("给回答打分，不能对话", "scoring answers; it cannot chat");
            facts.add("purpose", tr!("用途", "purpose"), shown, "reward");
        }
    }
    facts.add_text("repo", tr!("来自", "from"), entry.repo.as_deref());
    if entry.format == Format::Checkpoint {
        let shown = tr!("训练所得的 fp16 权重，边下载边转换", "an fp16 checkpoint, converted as it is downloaded");
        facts.add("format", tr!("格式", "format"), shown, "checkpoint");
    }
    facts.add_text("licence", tr!("许可", "licence"), entry.licence.as_deref());
    facts.add_text("template", tr!("模板", "template"), entry.template.as_deref());
    facts.add_text("system", tr!("系统提示", "system prompt"), entry.system.as_deref());
    facts.add_number("n_ctx", tr!("训练时的上下文", "context trained for"), entry.n_ctx);
    let sampling = entry.sampling.iter().map(|(key, value)| {
        let name = crate::cli::options::row(*key).name;
        (name, value.to_string())
    });
    let sampling: Vec<(&str, String)> = sampling.collect();
    if !sampling.is_empty() {
        let shown: Vec<String> = sampling.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let value: Map<String, Value> =
            sampling.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect();
        facts.add("sampling", tr!("作者用的采样", "its authors' sampling"), shown.join("  "), value);
    }
}

/// Its file, read and found sound.
fn tell_file(facts: &mut Facts, path: &Path) -> anyhow::Result<Header> {
    let shown = path.to_string_lossy().into_owned();
    facts.add("path", tr!("文件", "file"), &shown, shown.clone());
    if let Some(Record { repo, commit, sum, .. }) = Record::of(path) {
        facts.add_text("repo", tr!("来自", "from"), Some(&repo));
        facts.add_text("commit", tr!("提交", "commit"), commit.as_deref());
        facts.add_text("sha256", "SHA-256".to_owned(), sum.map(|sum| sum.to_string()).as_deref());
    }
    Ok(open::sound(path)?)
}

fn tell_header(facts: &mut Facts, header: &Header, memory_bytes: u64) {
    let bytes = header.weights_bytes();
    facts.add("bytes", tr!("权重", "weights"), gb(bytes), bytes);
    facts.add_text("general_name", tr!("文件里的名字", "name in the file"), header.name());
    facts.add_text("architecture", tr!("架构", "architecture"), Some(header.architecture()));
    facts.add_text("quant", tr!("量化", "quant"), Some(header.file_type_name()));
    let n_params: u64 = header.tensors().iter().map(|tensor| tensor.dims.iter().product::<u64>()).sum();
    facts.add("n_params", tr!("参数", "parameters"), in_billions(n_params), n_params);
    facts.add_number("n_layers", tr!("层数", "layers"), header.n_layers());
    facts.add_number("n_embd", tr!("宽度", "width"), header.n_embd());
    facts.add_number("n_ff", tr!("前馈层宽度", "feed-forward width"), header.n_ff());
    facts.add_number("n_head", tr!("注意力头", "attention heads"), header.n_head());
    facts.add_number("n_head_kv", tr!("KV 头", "KV heads"), header.n_head_kv());
    facts.add_number("n_ctx_train", tr!("上下文", "context"), header.n_ctx_train());
    facts.add("n_vocab", tr!("词表", "vocabulary"), header.n_vocab(), header.n_vocab());
    let has_template = header.chat_template().is_some();
    let shown = if has_template { tr!("有", "yes") } else { tr!("没有", "no") };
    facts.add("has_template", tr!("自带模板", "template in the file"), shown, has_template);
    let fit = Fit::of(&Shape::of(header), memory_bytes);
    let (needed, memory) = (gib(fit.needed_bytes()), gib(memory_bytes));
    facts.add("memory_bytes", tr!("内存", "memory"), needed, fit.needed_bytes());
    let words = fit.words();
    facts.add("fits", tr!("这台机器（{memory}）", "this machine ({memory})"), words, fit.fits());
    if let Some((n_ctx, kv_type)) = fit.context() {
        facts.json.insert("planned".to_owned(), json!({"n_ctx": n_ctx, "kv_type": kv_name(kv_type)}));
    }
}

/// 13.02 B, 135 M
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn in_billions(n: u64) -> String {
    let n = n as f64;
    if n < 1e9 { format!("{:.1} M", n / 1e6) } else { format!("{:.2} B", n / 1e9) }
}

/// The files that it can be had in, or what its checkpoint can be made into.
fn tell_files(facts: &mut Facts, entry: &Entry, memory_bytes: u64, call: &Call) -> String {
    let here = of_entry(entry, &call.config.paths);
    let choice = fit::choice(entry, memory_bytes);
    let made = || fit::offers(entry).into_iter().map(|offer| (offer.quant, Some(offer.bytes))).collect();
    let listed = || entry.files.iter().map(|(quant, file)| (quant.as_str(), file.about_bytes())).collect();
    let mut all: Vec<(&str, Option<u64>)> = if fit::is_checkpoint(entry) { made() } else { listed() };
    all.sort_by_key(|(_, bytes)| *bytes);
    let mut rows = Vec::new();
    let mut values = Vec::new();
    for (quant, bytes) in all {
        let is_here = here.iter().any(|model| is_of(model, quant));
        let is_chosen = choice.is_some_and(|choice| choice.offer.quant == quant);
        let shape = bytes.and_then(|bytes| fit::shape_of(entry, bytes));
        let fit = shape.map(|shape| Fit::of(&shape, memory_bytes));
        let mark = if is_chosen { tr!("← 合适", "← suits it") } else { String::new() };
        let state = if is_here { tr!("在磁盘上", "on disk") } else { String::new() };
        let words = fit.as_ref().map(Fit::words).unwrap_or_default();
        let file = entry.file(quant).map(|(_, file)| file);
        let size = file.map_or_else(|| bytes.map(|bytes| format!("≈{}", gb(bytes))), ModelFile::size);
        rows.push([quant.to_owned(), size.unwrap_or_else(|| "-".to_owned()), words, state, mark]);
        values.push(json!({
            "quant": quant,
            "file": file.map(|file| &file.file),
            "repo": file.map(|file| &file.repo),
            "revision": file.map(|file| &file.revision),
            "bytes": file.map(|file| &file.bytes),
            "about_bytes": bytes,
            "sha256": file.map(|file| &file.sha256),
            "installed": is_here,
            "fits": fit.as_ref().map(Fit::fits),
        }));
    }
    facts.json.insert("files".to_owned(), values.into());
    if rows.is_empty() {
        return String::new();
    }
    let name = &entry.name;
    let mut text = match fit::is_checkpoint(entry) {
        true => tr!("\n能转换成的：liao pull {name}:量化\n", "\ncan be converted to: liao pull {name}:QUANT\n"),
        false => tr!("\n能得到的文件：liao pull {name}:量化\n", "\navailable files: liao pull {name}:QUANT\n"),
    };
    text.push_str(&table(&rows));
    let why = choice.as_ref().map_or_else(|| fit::why_none(memory_bytes), |choice| fit::why(choice, memory_bytes));
    text.push_str(&format!("{why}\n"));
    if let Some(choice) = choice.filter(|_| here.is_empty()) {
        let quant = choice.offer.quant;
        text.push_str(&tr!("要得到它：liao pull {name}:{quant}\n", "To get it: liao pull {name}:{quant}\n"));
    }
    text
}

/// Whether a model on this disk is of this quantization: as models.toml lists it, or by its file's name.
fn is_of(model: &Installed<'_>, quant: &str) -> bool {
    let name = model.path.file_name().unwrap_or_default().to_string_lossy();
    model.quant.or_else(|| model_file::quant(&name)).is_some_and(|own| own.eq_ignore_ascii_case(quant))
}
