//! The program: what it is, what of the processor it was built to use, and on what it computes.

use serde_json::json;

use super::engine::Engine;
use super::finding::Finding;
use crate::backend::BackendError;
use crate::plan::gib;
use crate::talk::explain_backend;
use crate::text::Untrusted;
use crate::tr;

/// Something that a processor may be able to do, and this program may be built to use.
#[derive(Debug, Clone, Copy)]
struct Feature {
    name: &'static str,
    is_used: bool,
    is_present: bool,
}

/// Without a processor named to the compiler, llama.cpp's own build takes these of every PC for granted.
#[cfg(target_arch = "x86_64")]
const TAKEN_FOR_GRANTED: [&str; 5] = ["avx", "avx2", "fma", "f16c", "bmi2"];

/// What speeds up llama.cpp here.
#[cfg(target_arch = "x86_64")]
fn features() -> Vec<Feature> {
    // The compiler's idea of every PC is without SSE3; any processor that is named to it has that.
    let is_named = cfg!(target_feature = "sse3");
    macro_rules! features {
        ($($name:tt)*) => { vec![$(Feature {
            name: $name,
            is_used: cfg!(target_feature = $name) || (!is_named && TAKEN_FOR_GRANTED.contains(&$name)),
            is_present: std::arch::is_x86_feature_detected!($name),
        }),*] };
    }
    features!("avx" "avx2" "fma" "f16c" "bmi2" "avx512f" "avx512bw" "avx512vnni" "avx512bf16")
}

#[cfg(target_arch = "aarch64")]
fn features() -> Vec<Feature> {
    macro_rules! features {
        ($($name:tt)*) => { vec![$(Feature {
            name: $name,
            is_used: cfg!(target_feature = $name),
            is_present: std::arch::is_aarch64_feature_detected!($name),
        }),*] };
    }
    features!("neon" "fp16" "dotprod" "i8mm" "sve")
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn features() -> Vec<Feature> {
    Vec::new()
}

/// Everything about the program. `engine` is what came of starting one.
pub(super) fn findings(engine: &Result<Engine, BackendError>) -> Vec<Finding> {
    let (version, system, processor) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    let mut findings = vec![
        Finding::well("version", format!("liao {version} · {system} {processor}"), version),
        processor_finding(&features()),
    ];
    findings.extend(computing(engine));
    findings
}

fn processor_finding(features: &[Feature]) -> Finding {
    let names = |is_its: fn(&Feature) -> bool| -> Vec<&str> {
        features.iter().filter(|feature| is_its(feature)).map(|feature| feature.name).collect()
    };
    let (used, present) = (names(|f| f.is_used), names(|f| f.is_present));
    let missing = names(|f| f.is_used && !f.is_present).join(" ");
    let unused = names(|f| f.is_present && !f.is_used).join(" ");
    let value = json!({"used": used, "present": present});
    let (check, used) = ("cpu", used.join(" "));
    let advice = tr!(
        "在源码目录里重新编译，它会按这台机器来：cargo install --path . --locked",
        "build it on this machine, in the source directory: cargo install --path . --locked"
    );
    if !missing.is_empty() {
        let what = tr!(
            "程序要用 {missing}，这台机器的处理器没有：引擎会意外退出",
            "the program uses {missing}, which this processor lacks: the engine will die"
        );
        return Finding::broken(check, what, advice, value);
    }
    if !unused.is_empty() {
        let what = tr!(
            "处理器有 {unused}，程序没有用上：读得慢一些",
            "the processor has {unused}, which the program does not use: it reads more slowly"
        );
        return Finding::doubtful(check, what, advice, value);
    }
    Finding::well(check, tr!("处理器指令都用上了：{used}", "the processor is used in full: {used}"), value)
}

/// The GPU backends that the program is built with.
fn backends() -> Vec<&'static str> {
    let all =
        [("cuda", cfg!(feature = "cuda")), ("vulkan", cfg!(feature = "vulkan")), ("metal", cfg!(feature = "metal"))];
    all.into_iter().filter(|(_, is_built)| *is_built).map(|(name, _)| name).collect()
}

/// Whether an engine starts, and what it finds to compute on.
fn computing(engine: &Result<Engine, BackendError>) -> Vec<Finding> {
    let backends = backends();
    let built = if backends.is_empty() { tr!("只有 CPU", "CPU alone") } else { backends.join(" ") };
    let devices = match engine {
        Ok((_, devices)) => devices,
        Err(error) => return vec![Finding::told("engine", explain_backend(error).message)],
    };
    let mut findings = vec![Finding::well(
        "engine",
        tr!("推理引擎能启动（{built}）", "the engine starts ({built})"),
        backends.clone(),
    )];
    if devices.is_empty() && !backends.is_empty() {
        findings.push(Finding::doubtful(
            "devices",
            tr!("没有找到显卡，用 CPU 算", "no GPU was found: the CPU does the work"),
            tr!("装好显卡的驱动再看；用 -vv 可看引擎的日志", "check the GPU's driver; -vv shows the engine's log"),
            json!([]),
        ));
    }
    findings.extend(devices.iter().map(|device| {
        let (name, description, free) =
            (Untrusted(&device.name), Untrusted(&device.description), gib(device.free_bytes));
        let what = tr!("显卡 {name}：{description}，空闲 {free}", "GPU {name}: {description}, {free} free");
        Finding::well("devices", what, json!({"name": device.name, "free_bytes": device.free_bytes}))
    }));
    findings
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    fn feature(name: &'static str, is_used: bool, is_present: bool) -> Feature {
        Feature { name, is_used, is_present }
    }

    #[test]
    fn what_is_used_and_not_there_is_broken_and_what_is_there_and_not_used_is_told() {
        for (features, level, name) in [
            (&[feature("avx", true, true), feature("sve", false, false)][..], Level::Well, "avx"),
            (&[feature("avx", true, true), feature("avx512f", false, true)], Level::Doubtful, "avx512f"),
            (&[feature("avx2", true, false), feature("avx512f", false, true)], Level::Broken, "avx2"),
            (&[], Level::Well, ""),
        ] {
            let finding = processor_finding(features);
            assert_eq!(finding.level, level, "{finding:?}");
            assert!(finding.what.contains(name), "{finding:?}");
            assert_eq!(finding.advice.is_some(), level != Level::Well);
        }
    }

    #[test]
    fn an_engine_that_dies_is_a_finding() {
        let died = BackendError::Died { how: "SIGILL".into(), last_log: "x\u{1b}[2J".into() };
        let [finding] = &computing(&Err(died))[..] else { panic!("one finding") };
        assert_eq!(finding.level, Level::Broken);
        assert!(finding.what.contains("SIGILL") && !finding.what.contains('\u{1b}'), "{finding:?}");
    }
}
