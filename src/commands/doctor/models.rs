//! The models on this disk: whether each is whole, sound, and small enough; and the one that a conversation would have.

use std::fs::File;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::finding::{Finding, Level};
use crate::commands::fit::Fit;
use crate::commands::open::WISHED;
use crate::commands::{Call, machine};
use crate::config::Configuration;
use crate::config::registry::{gb, is_demo};
use crate::gguf::{self, Header};
use crate::plan::Shape;
use crate::store::download::sum::Sum;
use crate::store::inventory::{Installed, installed};
use crate::store::record::Record;
use crate::store::{self, Resolved};
use crate::text::hub_name::is_hub_name;
use crate::text::{Untrusted, untrusted};
use crate::tr;

/// A file up to this size is hashed; a larger one would take minutes, which `liao pull` shows.
const MAX_HASHED_BYTES: u64 = 512 << 20;

/// So many sound models are listed for a person, that the report stays short.
const MAX_LISTED: usize = 8;

/// What there is, and the file that a conversation would have, where it can be read.
pub(super) fn findings(call: &Call) -> (Vec<Finding>, Option<PathBuf>) {
    let Configuration { paths, registry, settings } = &call.config;
    // A wrong LIAO_MEMORY is told elsewhere.
    let memory_bytes = machine::memory_bytes(&call.environment).unwrap_or(u64::MAX);
    let all = installed(registry, paths);
    let (in_force, path) = match settings.model().map(|model| store::resolve(model, registry, paths)) {
        Some(Ok(found)) => in_force(&found, memory_bytes),
        Some(Err(failed)) => (Finding::told("in_force", failed.message), None),
        None => (Finding::told("in_force", tr!("没有模型", "there is no model")), None),
    };
    let others = all.iter().filter(|model| path.as_deref() != Some(model.path.as_path()) && !is_demo(&model.name));
    let mut listed: Vec<Finding> = others.map(|model| other(model, memory_bytes)).collect();
    let n_sound = listed.iter().filter(|finding| finding.level == Level::Well).count();
    if n_sound > MAX_LISTED && !call.json {
        let mut n_seen = 0;
        listed.retain(|finding| {
            n_seen += usize::from(finding.level == Level::Well);
            finding.level != Level::Well || n_seen <= MAX_LISTED
        });
        let n_more = n_sound - MAX_LISTED;
        let what = tr!("还有 {n_more} 个完好的，见 liao list", "{n_more} more that are sound: liao list");
        listed.push(Finding::well("model", what, n_more));
    }
    let mut findings = vec![in_force];
    if all.iter().all(|model| is_demo(&model.name)) && settings.model().is_none_or(is_demo) {
        let what = tr!(
            "磁盘上没有别的模型，只有内置的演示模型",
            "there is no model on this disk except the built-in demo model"
        );
        let advice = tr!("要 13B：liao pull {WISHED}", "for a 13B: liao pull {WISHED}");
        findings.push(Finding::doubtful("model", what, advice, 0));
    }
    findings.extend(listed);
    (findings, path)
}

/// The model that a conversation would have.
fn in_force(found: &Resolved<'_>, memory_bytes: u64) -> (Finding, Option<PathBuf>) {
    let path = &found.path;
    let shown = untrusted::path(path);
    let name = found.name.clone().unwrap_or_else(|| shown.clone());
    let (name, check) = (Untrusted(&name), "in_force");
    let value = json!({"name": found.name, "path": path.to_string_lossy()});
    match examined(path) {
        Ok(sound) => {
            let (fit, words) = sound.told(memory_bytes);
            let what = tr!("在用 {name}：{words}", "in use: {name}, {words}");
            let finding = match fit.fits() {
                true => Finding::well(check, what, value),
                false => Finding::doubtful(
                    check,
                    what,
                    tr!(
                        "换小一点的量化，见 liao show {name}；或换模型",
                        "take a smaller quantization, see liao show {name}, or another model"
                    ),
                    value,
                ),
            };
            (finding, Some(path.clone()))
        }
        Err(why) => {
            let what = tr!(
                "在用 {name}，但用不了：{why}（{shown}）",
                "the model in use, {name}, cannot be used: {why} ({shown})"
            );
            let advice = match found.entry.is_some() || is_hub_name(name.0) {
                true => tr!(
                    "重新下载：liao pull {name}；或用别的：-m 名字",
                    "download it again: liao pull {name}; or take another: -m NAME"
                ),
                false => tr!("用别的：-m 名字", "take another: -m NAME"),
            };
            (Finding::broken(check, what, advice, value), None)
        }
    }
}

/// A model that is only there.
fn other(model: &Installed<'_>, memory_bytes: u64) -> Finding {
    let (name, shown) = (Untrusted(&model.name), untrusted::path(&model.path));
    let check = "model";
    let value = json!({"name": model.name, "path": model.path.to_string_lossy(), "bytes": model.bytes});
    match examined(&model.path) {
        Ok(sound) => {
            let (_, words) = sound.told(memory_bytes);
            Finding::well(check, tr!("{name}：{words}", "{name}: {words}"), value)
        }
        Err(why) => {
            let what = tr!("{name} 用不了：{why}（{shown}）", "{name} cannot be used: {why} ({shown})");
            let can_be_had = model.entry.is_some() || is_hub_name(&model.name);
            let advice = match model.is_ours {
                true if can_be_had => tr!(
                    "重新下载：liao pull {name}；或删掉：liao rm {name}",
                    "download it again: liao pull {name}; or remove it: liao rm {name}"
                ),
                true => tr!("不要它了就：liao rm {name}", "if it is of no use: liao rm {name}"),
                false => tr!(
                    "它在 Hugging Face 缓存里：删掉这个文件，再 liao pull {name}",
                    "it is in the Hugging Face cache: remove that file, then liao pull {name}"
                ),
            };
            Finding::broken(check, what, advice, value)
        }
    }
}

/// A model that can be loaded, as far as can be told without loading it.
struct Sound {
    header: Header,
    n_bytes: u64,
    hash: Hash,
}

impl Sound {
    /// Whether it fits in so much memory, and all that is told of it.
    fn told(&self, memory_bytes: u64) -> (Fit, String) {
        let fit = Fit::of(&Shape::of(&self.header), memory_bytes);
        let (quant, size, hash) = (self.header.file_type_name(), gb(self.n_bytes), self.hash.words());
        let words = fit.words();
        (fit, tr!("{quant}，{size}，{words}{hash}", "{quant}, {size}, {words}{hash}"))
    }
}

/// What is known of what a file holds.
#[derive(Clone, Copy, PartialEq)]
enum Hash {
    /// Nobody has told what it should be.
    Unknown,
    /// Its length is right; it is too large to be read through here.
    LengthAlone,
    /// It is what came.
    Right,
}

impl Hash {
    fn words(self) -> String {
        match self {
            Self::Unknown => String::new(),
            Self::LengthAlone => {
                tr!("，长度对（核对全部：liao pull）", ", its length is right (liao pull verifies the whole file)")
            }
            Self::Right => tr!("，SHA-256 对", ", its SHA-256 is right"),
        }
    }
}

/// Reads a model's header, and holds its files to what was written down when they came.
///
/// # Errors
/// Why it cannot be used, to stand in a sentence.
fn examined(first: &Path) -> Result<Sound, String> {
    let header = Header::read(first).and_then(|header| gguf::validate(&header).map(|_| header));
    let header = header.map_err(|rejected| rejected.to_string())?;
    let (mut n_bytes, mut hash) = (0, None);
    for file in store::parts(first) {
        let n = file.metadata().map_err(|error| error.to_string())?.len();
        n_bytes += n;
        let of_file = held_to_record(&file, n)?;
        // Of several parts, what holds for all.
        hash = Some(hash.map_or(of_file, |of_others| if of_others == of_file { of_file } else { Hash::Unknown }));
    }
    Ok(Sound { header, n_bytes, hash: hash.unwrap_or(Hash::Unknown) })
}

fn held_to_record(file: &Path, n_bytes: u64) -> Result<Hash, String> {
    let Some(record) = Record::of(file) else { return Ok(Hash::Unknown) };
    if record.n_bytes != n_bytes {
        let expected = record.n_bytes;
        return Err(tr!(
            "长度 {n_bytes} 字节，来的时候是 {expected}",
            "{n_bytes} bytes long; it was {expected} when it came"
        ));
    }
    let Some(expected) = record.sum else { return Ok(Hash::Unknown) };
    if n_bytes > MAX_HASHED_BYTES {
        return Ok(Hash::LengthAlone);
    }
    let sum = File::open(file).and_then(|file| Sum::of_reader(file, |_| true));
    match sum {
        Ok(sum) if sum == expected => Ok(Hash::Right),
        Ok(_) => Err(tr!("内容变了，SHA-256 不对", "its content has changed: the SHA-256 is wrong")),
        Err(error) => Err(error.to_string()),
    }
}
