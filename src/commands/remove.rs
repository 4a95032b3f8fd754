//! `liao rm`: removes a model's files, all parts of it, from the models directory. What is in the Hugging Face cache is
//! others' too, and stays; so does a checkpoint that was asked for with `--keep-source`, but that is said.

use std::fs;
use std::path::Path;

use super::Call;
use super::pull::SOURCE;
use crate::config::Configuration;
use crate::config::registry::{gb, is_demo, is_path, split};
use crate::exit::{Exit, Failed, cause};
use crate::render::plain::Output;
use crate::store::inventory::{Installed, installed};
use crate::store::record::Record;
use crate::store::{self, parts};
use crate::text::hub_name::HubName;
use crate::text::untrusted::{self, Untrusted};
use crate::tr;

pub(super) fn run(call: &mut Call, model: &str) -> anyhow::Result<Exit> {
    let Call { config: Configuration { paths, registry, .. }, output, .. } = call;
    let typed = Untrusted(model);
    if is_demo(model) {
        return Err(Failed::usage(tr!(
            "演示模型在 liao 里面，删不掉，也不占地方",
            "the demo model is built into liao: it cannot be removed, and takes no space"
        ))
        .into());
    }
    if is_path(model) {
        return Err(Failed::usage(tr!(
            "{typed} 是路径。liao rm 只删它自己管的模型：liao rm 名字[:量化]",
            "{typed} is a path. liao rm removes models that liao keeps: liao rm NAME[:QUANT]"
        ))
        .into());
    }
    // Unknown names and quantizations are told as everywhere.
    let found = store::resolve_name(model, registry, paths)?;
    let name = found.name.as_deref().unwrap_or_default();
    let is_one = match HubName::parse(model) {
        Some(named) => named.is_ok_and(|named| named.file.is_some() || named.quant.is_some()),
        None => split(model).1.is_some(),
    };
    let mut ours = installed(registry, paths);
    ours.retain(|file| file.name.eq_ignore_ascii_case(name) && (!is_one || file.path == found.path));
    let path = untrusted::path(&found.path);
    ours.retain(|file| file.is_ours);
    match ours.as_slice() {
        [] => Err(Failed::new(
            Exit::Failure,
            tr!(
                "{path} 在 Hugging Face 的缓存里，别的程序也在用，liao 不删它",
                "{path} is in the Hugging Face cache, which other programs use too: liao leaves it there"
            ),
        )
        .into()),
        [file] => remove(output, file),
        files => {
            let all: Vec<String> = files.iter().map(described).collect();
            let all = all.join(tr!("，", ", ").as_str());
            Err(Failed::usage(tr!(
                "{typed} 在磁盘上有几个文件：{all}。请说出是哪一个：liao rm {typed}:量化",
                "{typed} has several files on disk: {all}. Say which: liao rm {typed}:QUANT"
            ))
            .into())
        }
    }
}

fn described(file: &Installed<'_>) -> String {
    file.quant.map_or_else(|| untrusted::path(&file.path), str::to_owned)
}

fn remove(output: &mut Output, file: &Installed<'_>) -> anyhow::Result<Exit> {
    let path = untrusted::path(&file.path);
    // The first part last: as long as it is there, the model is found again to remove the rest of it.
    for part in parts(&file.path).iter().rev() {
        let shown = untrusted::path(part);
        let is_recorded = Record::of(part).is_some();
        fs::remove_file(part).map_err(|error| {
            let error = cause(&error);
            Failed::new(Exit::Failure, tr!("删不掉 {shown}：{error}", "{shown} cannot be removed: {error}"))
        })?;
        // What was written down about it says nothing to anyone now.
        if is_recorded {
            let _ = fs::remove_file(Record::path(part));
        }
    }
    let freed = gb(file.bytes);
    output.notice(&tr!("删掉了 {path}，腾出 {freed}", "removed {path}: {freed} freed"));
    if let Some(folder) = file.path.parent() {
        let source = folder.join(SOURCE);
        if source.is_dir() {
            let (size, source) = (gb(n_bytes_under(&source)), untrusted::path(&source));
            output.notice(&tr!(
                "原来的权重还留着，占 {size}：{source}。不再需要，就删掉这个目录",
                "the checkpoint is still there and takes {size}: {source}. Remove that folder if it is not needed"
            ));
        }
        // It goes with the last file of it; one that has anything else in it stays.
        let _ = fs::remove_dir(folder);
    }
    Ok(Exit::Success)
}

/// What the files of a folder take, those of the folders in it included; links are not followed.
fn n_bytes_under(folder: &Path) -> u64 {
    let all = fs::read_dir(folder).into_iter().flatten().flatten();
    let n_bytes = all.filter_map(|entry| {
        let is = entry.metadata().ok()?;
        Some(if is.is_dir() { n_bytes_under(&entry.path()) } else { is.len() })
    });
    n_bytes.fold(0, u64::saturating_add)
}
