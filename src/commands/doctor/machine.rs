//! Memory, and room on the disk: what a model can be had in here.

use serde_json::json;

use super::finding::Finding;
use crate::commands::open::WISHED;
use crate::commands::{Call, fit, machine};
use crate::config::registry::gb;
use crate::disk;
use crate::exit::{Failed, cause};
use crate::plan::gib;
use crate::text::untrusted;
use crate::tr;

/// With less than this free, little more than the demo model can be loaded.
const LITTLE_BYTES: u64 = 2 << 30;

pub(super) fn findings(call: &Call) -> Vec<Finding> {
    vec![memory(call).unwrap_or_else(|failed| Finding::told("memory", failed.message)), room(call)]
}

fn memory(call: &Call) -> Result<Finding, Failed> {
    let total = machine::memory_bytes(&call.environment)?;
    let free = machine::free_memory_bytes(&call.environment, None)?;
    let n_cores = machine::cores();
    let value = json!({"total_bytes": total, "free_bytes": free, "n_cores": n_cores});
    if total == u64::MAX {
        let what = tr!("这个系统不说有多少内存", "the system does not report its memory");
        let advice = tr!("用 LIAO_MEMORY=16G 告诉 liao", "tell liao with LIAO_MEMORY=16G");
        return Ok(Finding::doubtful("memory", what, advice, value));
    }
    let (shown, shown_free) = (gib(total), gib(free));
    let what =
        tr!("内存 {shown}，空闲 {shown_free}，{n_cores} 个核心", "memory {shown}, {shown_free} free, {n_cores} cores");
    let suited = call.config.registry.find(WISHED).and_then(|entry| fit::choice(entry, total));
    let what = match suited {
        Some(choice) => {
            let quant = choice.offer.quant;
            tr!("{what}；13B 用 {quant} 合适", "{what}; for a 13B, {quant} suits it")
        }
        None => tr!("{what}；放不下 13B", "{what}; too little for a 13B"),
    };
    if free < LITTLE_BYTES {
        let advice = tr!("关掉别的程序，才放得下大一点的模型", "close other programs before you load a larger model");
        return Ok(Finding::doubtful("memory", what, advice, value));
    }
    Ok(Finding::well("memory", what, value))
}

/// Room where models are put, or will be.
fn room(call: &Call) -> Finding {
    let folder = call.config.paths.models();
    let there = folder.ancestors().find(|place| place.is_dir()).unwrap_or(std::path::Path::new("."));
    let shown = untrusted::path(&folder);
    let advice =
        tr!("腾出地方，或换一个磁盘：LIAO_HOME=目录 liao", "free some space, or use another disk: LIAO_HOME=DIR liao");
    match disk::free_bytes(there) {
        Ok(n_free) => {
            let free = gb(n_free);
            let what = tr!("磁盘空闲 {free}（{shown}）", "{free} free on the disk ({shown})");
            if n_free < disk::SPARE_BYTES {
                return Finding::doubtful("disk", what, advice, n_free);
            }
            Finding::well("disk", what, n_free)
        }
        Err(error) => {
            let error = cause(&error);
            let error = untrusted::one_line(&error);
            let what = tr!(
                "看不到磁盘有多少空闲（{shown}：{error}）",
                "the disk does not report its free space ({shown}: {error})"
            );
            Finding::doubtful("disk", what, advice, serde_json::Value::Null)
        }
    }
}
