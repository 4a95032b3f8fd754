//! `liao import`: a checkpoint on this disk, or a GGUF file, to a quantized GGUF file, in one pass. What was typed is
//! looked at here; the file is made in `convert`.

use std::fs;
use std::path::{self, PathBuf};

use super::Call;
use super::convert::{Job, Source, convert};
use crate::config::registry::{gb, is_demo};
use crate::exit::{Exit, Failed};
use crate::import::mixture::Quant;
use crate::import::requantize;
use crate::text::names;
use crate::text::untrusted::{self, Untrusted};
use crate::tr;

/// What was typed.
pub(super) struct Wanted {
    pub(super) source: PathBuf,
    pub(super) quant: String,
    pub(super) name: Option<String>,
    pub(super) output: Option<PathBuf>,
}

pub(super) fn run(call: &mut Call, wanted: &Wanted) -> anyhow::Result<Exit> {
    let quant = Quant::from_name(&wanted.quant).ok_or_else(|| unknown_quant(&wanted.quant))?;
    let source = untrusted::path(&wanted.source);
    if !wanted.source.exists() {
        return Err(Failed::new(
            Exit::Model,
            tr!(
                "{source}：没有这个目录或文件。请给出有 config.json、tokenizer.model 和权重文件的目录，或一个 GGUF 文件",
                "{source}: there is no such folder or file. Name a folder that has config.json, tokenizer.model and the files of weights, or a GGUF file"
            ),
        )
        .into());
    }
    let name = name(wanted)?;
    let path = match &wanted.output {
        Some(path) => path.clone(),
        None => call.config.paths.models().join(&name).join(format!("{name}.{}.gguf", quant.name())),
    };
    let shown = untrusted::path(&path);
    let is_there = || {
        Failed::usage(tr!(
            "{shown} 已经有了。要重做，先删掉它，或用 --output 换一个文件",
            "{shown} already exists. To make it again, remove it first, or name another file with --output"
        ))
    };
    if path.exists() {
        return Err(is_there().into());
    }
    let job = Job {
        source: Source::Local(path::absolute(&wanted.source)?),
        shown: source,
        origin: None,
        quant,
        name,
        license: None,
        path,
    };
    let n_bytes = convert(call, &job)?.ok_or_else(is_there)?;
    let size = gb(n_bytes);
    let model = if wanted.output.is_some() { shown.clone() } else { job.name };
    call.output.notice(&tr!(
        "好了：{shown}（{size}）。然后：liao -m {model}",
        "done: {shown} ({size}). Then: liao -m {model}"
    ));
    Ok(Exit::Success)
}

fn unknown_quant(typed: &str) -> Failed {
    let all: Vec<&str> = Quant::ALL.iter().map(|quant| quant.name()).collect();
    let (typed, all) = (Untrusted(typed), all.join(" "));
    Failed::usage(tr!(
        "--quant {typed}：没有这种量化。有的是：{all}",
        "--quant {typed}: no such type. Available: {all}"
    ))
}

/// What the model will be called.
fn name(wanted: &Wanted) -> Result<String, Failed> {
    let folder = || Some(fs::canonicalize(&wanted.source).ok()?.file_name()?.to_str()?.to_owned());
    // A file's own name, even if it is a link: in a hub's cache, what it leads to is called by its hash.
    let file = || requantize::name(&wanted.source).map(str::to_owned);
    let own = || if wanted.source.is_dir() { folder() } else { file() };
    let name = wanted.name.clone().or_else(own).unwrap_or_default();
    if names::is_model(&name) && !is_demo(&name) {
        return Ok(name);
    }
    let shown = Untrusted(&name);
    Err(Failed::usage(tr!(
        "{shown} 不能作模型的名字（只用字母、数字和 . _ -）。请用 --name 给一个",
        "{shown} cannot be a model's name (letters, digits and . _ - only). Give one with --name"
    )))
}
