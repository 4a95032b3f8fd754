//! Holds what `liao import` makes to the hashes that `peer/compare.py` wrote down when it had seen that every tensor and
//! key is what llama.cpp's own tools make of the same checkpoints. A hash is over exactly what was compared, so that
//! it does not change with what a file says of its name or its maker.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use liao::gguf::TensorType;
use liao::gguf::value::{Array, Value};
use sha2::{Digest, Sha256};

use crate::support::Liao;
use crate::support::checkpoint::{CASES, PLAIN};
use crate::support::rewrite::Gguf;

const ALL: &[&str] = &["F16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q4_K_S", "Q4_0", "Q3_K_M", "Q2_K"];

#[derive(serde::Deserialize)]
struct Expected {
    /// By case, by type.
    sha256: BTreeMap<String, BTreeMap<String, String>>,
}

fn expected() -> Expected {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/peer.json");
    let json =
        std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}; peer/compare.py --write makes it", path.display()));
    serde_json::from_slice(&json).expect("what compare.py wrote")
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A value's type and bytes, the lengths of a lone text or array left out. `compare.py` has the same in `raw`.
fn raw(value: &Value) -> (Vec<u32>, Vec<u8>) {
    let kind = value.kind().number();
    match value {
        Value::U32(x) => (vec![kind], x.to_le_bytes().to_vec()),
        Value::I32(x) => (vec![kind], x.to_le_bytes().to_vec()),
        Value::F32(x) => (vec![kind], x.to_le_bytes().to_vec()),
        Value::Bool(x) => (vec![kind], vec![u8::from(*x)]),
        Value::Text(text) => (vec![kind], text.as_bytes().to_vec()),
        Value::Array(array) => {
            let bytes = match array {
                Array::Numbers { bytes, .. } => bytes.clone(),
                Array::Text(texts) => {
                    let each =
                        texts.iter().map(|text| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat());
                    each.flatten().collect()
                }
            };
            (vec![kind, array.kind().number()], bytes)
        }
        other => panic!("{other:?} is of no type that these keys have"),
    }
}

/// The hash of all tensors and of the architecture's and the tokenizer's keys, in their order. `compare.py` has the
/// same in `digest`.
fn digest(path: &Path) -> String {
    let file = Gguf::read(path);
    let mut sum = Sha256::new();
    for (key, value) in file.header.metadata() {
        if key.starts_with("llama.") || key.starts_with("tokenizer.") {
            let (kinds, bytes) = raw(value);
            sum.update(format!("key {key} {kinds:?} {}\n", hex(Sha256::digest(&bytes))));
        }
    }
    for tensor in file.header.tensors() {
        let (name, kind, dims) = (&tensor.name, tensor.kind.name(), &tensor.dims);
        sum.update(format!("tensor {name} {kind} {dims:?} {}\n", hex(Sha256::digest(file.data(tensor)))));
    }
    hex(sum.finalize())
}

fn import(source: &Path, quant: &str, output: &Path) {
    let ran = Liao::new().arg("import").arg(source).args(["--quant", quant, "--output"]).arg(output).run();
    ran.exits(0);
}

/// Quantizing is arithmetic in floats, which compilers make other instructions of on other machines. The hashes are of
/// one with fused multiplication; elsewhere only what is not rounded can be held to them.
#[cfg(target_arch = "x86_64")]
fn has_the_same_arithmetic() -> bool {
    std::is_x86_feature_detected!("fma")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_the_same_arithmetic() -> bool {
    false
}

/// Imports a source to each of these types and compares.
fn hold(expected: &Expected, name: &str, source: &Path, quants: &[&str], work: &Path) {
    for quant in quants.iter().filter(|quant| **quant == "F16" || has_the_same_arithmetic()) {
        let output = work.join(format!("{name}.{quant}.out"));
        import(source, quant, &output);
        let hash = expected.sha256.get(name).and_then(|by_type| by_type.get(*quant));
        assert_eq!(Some(&digest(&output)), hash, "{name} {quant}");
        std::fs::remove_file(output).unwrap();
    }
}

#[test]
fn checkpoints_become_what_llama_cpp_makes_of_them() {
    let (expected, dir) = (expected(), tempfile::tempdir().unwrap());
    for case in CASES {
        let quants: &[&str] = match case.name {
            "plain" | "odd-rows" => ALL,
            // Here the rules for the types ask for something else.
            "gqa" | "tied" => &["Q4_K_M", "Q2_K"],
            _ => &["Q4_K_M"],
        };
        hold(&expected, case.name, &case.write(dir.path()), quants, dir.path());
    }
}

#[test]
fn gguf_files_become_what_llama_cpp_makes_of_them() {
    let (expected, dir) = (expected(), tempfile::tempdir().unwrap());
    let [_, _, _, _, odd_rows, ..] = CASES;
    let path = |name: &str| -> PathBuf { dir.path().join(format!("{name}.gguf")) };
    let plain = PLAIN.write(dir.path());
    import(&plain, "F16", &path("f16"));
    import(&plain, "Q8_0", &path("q8_0"));
    import(&odd_rows.write(dir.path()), "Q8_0", &path("q8_0-odd-rows"));
    let halves = Gguf::read(&path("f16"));
    halves.write_as(TensorType::F32, &path("f32"));
    halves.write_as(TensorType::BF16, &path("bf16"));
    for (name, quants) in [
        ("f32", &["Q4_K_M"][..]),
        ("f16", &["F16", "Q4_K_M"]),
        ("bf16", &["F16", "Q8_0", "Q4_K_M", "Q2_K"]),
        ("q8_0", &["F16", "Q8_0", "Q4_K_M", "Q2_K"]),
        ("q8_0-odd-rows", &["Q4_K_M"]),
    ] {
        hold(&expected, &format!("gguf-{name}"), &path(name), quants, dir.path());
    }
}
