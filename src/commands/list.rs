//! `liao list`: the models on this disk and those that can be had, with what each takes and whether it fits here.

use serde_json::json;

use super::fit::{self, Fit};
use super::{Call, machine};
use crate::config::Configuration;
use crate::config::registry::{Entry, Purpose, gb, is_demo};
use crate::exit::Exit;
use crate::gguf::{self, Header};
use crate::plan::{Shape, gib, kv_name};
use crate::render::table::table;
use crate::store::inventory::{Installed, installed};
use crate::text::Untrusted;
use crate::tr;

/// A model, as one line tells it.
struct Line {
    name: String,
    quant: Option<String>,
    size: Option<String>,
    bytes: Option<u64>,
    fit: Option<Fit>,
    /// What stands where there is nothing to say about memory.
    remark: String,
    path: Option<String>,
    summary: Option<String>,
}

pub(super) fn run(call: &mut Call) -> anyhow::Result<Exit> {
    let memory_bytes = machine::memory_bytes(&call.environment)?;
    let Configuration { paths, registry, .. } = &call.config;
    let here = installed(registry, paths);
    let elsewhere = registry.entries().filter(|entry| {
        entry.purpose == Purpose::Chat
            && !here.iter().any(|model| model.entry.is_some_and(|own| own.name == entry.name))
    });
    let elsewhere: Vec<Line> = elsewhere.map(|entry| to_be_had(entry, memory_bytes)).collect();
    let here: Vec<Line> = here.iter().map(|model| on_disk(model, memory_bytes)).collect();
    if call.json {
        for line in here.iter().chain(&elsewhere) {
            call.output.json_line(&line.json())?;
        }
        return Ok(Exit::Success);
    }
    call.output.list(&page(&here, &elsewhere, memory_bytes))?;
    Ok(Exit::Success)
}

fn on_disk(model: &Installed<'_>, memory_bytes: u64) -> Line {
    let (mut quant, mut fit, mut remark) = (model.quant.map(str::to_owned), None, String::new());
    if is_demo(&model.name) {
        remark = tr!("内置", "built in");
    } else {
        let header = Header::read(&model.path).and_then(|header| gguf::validate(&header).map(|_| header));
        match header {
            Ok(header) => {
                fit = Some(Fit::of(&Shape::of(&header), memory_bytes));
                quant = quant.or_else(|| Some(header.file_type_name().to_owned()));
            }
            Err(rejected) => remark = tr!("用不了：{rejected}", "cannot be used: {rejected}"),
        }
    }
    Line {
        name: Untrusted(&model.name).to_string(),
        quant,
        size: Some(gb(model.bytes)),
        bytes: Some(model.bytes),
        fit,
        remark,
        path: Some(model.path.to_string_lossy().into_owned()),
        summary: summary(model.entry),
    }
}

fn to_be_had(entry: &Entry, memory_bytes: u64) -> Line {
    let mut line = Line {
        name: entry.name.clone(),
        quant: None,
        size: None,
        bytes: None,
        fit: None,
        remark: String::new(),
        path: None,
        summary: summary(Some(entry)),
    };
    let offers = fit::offers(entry);
    let chosen = fit::choice(entry, memory_bytes).map(|choice| choice.offer);
    // Where none fits, the least of them tells how much is missing.
    let Some(offer) = chosen.or_else(|| offers.iter().min_by_key(|offer| offer.bytes).copied()) else {
        line.remark = tr!("大小未知", "size not known");
        return line;
    };
    line.quant = Some(offer.quant.to_owned());
    line.fit = fit::shape_of(entry, offer.bytes).map(|shape| Fit::of(&shape, memory_bytes));
    match entry.file(offer.quant) {
        Some((_, file)) => {
            line.size = file.size();
            line.bytes = file.bytes;
        }
        None => {
            line.size = Some(format!("≈{}", gb(offer.bytes)));
            let made = tr!("；由 fp16 权重转换而成", "; converted from an fp16 checkpoint");
            line.summary = line.summary.map(|summary| summary + &made);
        }
    }
    line
}

fn summary(entry: Option<&Entry>) -> Option<String> {
    Some(Untrusted(entry?.summary.as_ref()?.said()).to_string())
}

impl Line {
    fn cells(&self) -> [String; 5] {
        let memory = self.fit.as_ref().map(|fit| gib(fit.needed_bytes())).unwrap_or_default();
        let words = self.fit.as_ref().map_or_else(|| self.remark.clone(), Fit::words);
        let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        [self.name.clone(), shown(&self.quant), shown(&self.size), memory, words]
    }

    fn json(&self) -> serde_json::Value {
        let context = self.fit.as_ref().and_then(Fit::context);
        json!({
            "name": self.name,
            "quant": self.quant,
            "installed": self.path.is_some(),
            "path": self.path,
            "bytes": self.bytes,
            "memory_bytes": self.fit.as_ref().map(Fit::needed_bytes),
            "fits": self.fit.as_ref().map(Fit::fits),
            "n_ctx": context.map(|(n_ctx, _)| n_ctx),
            "kv_type": context.map(|(_, kv_type)| kv_name(kv_type)),
            "summary": self.summary,
        })
    }
}

fn page(here: &[Line], elsewhere: &[Line], memory_bytes: u64) -> String {
    let memory = gib(memory_bytes);
    let head = [
        tr!("名字", "name"),
        tr!("量化", "quant"),
        tr!("大小", "size"),
        tr!("内存", "memory"),
        tr!("这台机器（{memory}）", "this machine ({memory})"),
    ];
    // One table, so that the columns of both halves are as wide.
    let rows: Vec<[String; 5]> = [head].into_iter().chain(here.iter().chain(elsewhere).map(Line::cells)).collect();
    let text = table(&rows);
    let mut lines = text.lines();
    let mut page = tr!("在磁盘上\n", "on disk\n");
    for line in lines.by_ref().take(1 + here.len()) {
        page.push_str(&format!("{line}\n"));
    }
    if !elsewhere.is_empty() {
        page.push_str(&tr!("\n能得到的：liao pull 名字\n", "\navailable: liao pull NAME\n"));
        for (line, model) in lines.zip(elsewhere) {
            let summary = model.summary.as_deref().unwrap_or_default();
            page.push_str(&format!("{line}\n    {summary}\n"));
        }
    }
    page
}
