//! `liao import FILE.gguf` through the front door. That the bytes are those of llama-quantize is held by
//! `peer/compare.py`, and by `peer.rs`.

use std::fs;
use std::path::{Path, PathBuf};

use liao::gguf::{self, Header, TensorType};

use crate::support::checkpoint::PLAIN;
use crate::support::gguf::{TinyGguf, Val};
use crate::support::rewrite::Gguf;
use crate::support::{Liao, Ran};

fn import(source: &Path, quant: &str, output: &Path) -> Ran {
    Liao::new().arg("import").arg(source).args(["--quant", quant, "--output"]).arg(output).run()
}

/// A folder with a checkpoint in it, and the same in a GGUF file of this type.
fn converted(quant: &str) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let folder = PLAIN.write(dir.path());
    let path = dir.path().join(format!("plain.{quant}.gguf"));
    import(&folder, quant, &path).exits(0);
    (dir, folder, path)
}

#[test]
fn from_a_gguf_comes_what_comes_from_its_checkpoint() {
    let (dir, folder, halves) = converted("F16");
    let floats = dir.path().join("floats.gguf");
    Gguf::read(&halves).write_as(TensorType::F32, &floats);
    let parts = Gguf::read(&halves).write_parts(20, dir.path());
    let at = |name: &str| dir.path().join(name);
    for quant in ["F16", "Q8_0", "Q4_K_M", "Q2_K"] {
        import(&folder, quant, &at("expected")).exits(0);
        let expected = fs::read(at("expected")).unwrap();
        for source in [&halves, &floats, &parts[0]] {
            import(source, quant, &at("made")).exits(0);
            // Not a bit, from the first key to the last weight.
            assert!(fs::read(at("made")).unwrap() == expected, "{quant} of {}", source.display());
            fs::remove_file(at("made")).unwrap();
        }
        fs::remove_file(at("expected")).unwrap();
    }
    import(&parts[1], "Q4_K_M", &at("made")).exits(3).stderr_is_one_line_with(&["parts-00001-of-00002.gguf"]);
    fs::remove_file(&parts[1]).unwrap();
    import(&parts[0], "Q4_K_M", &at("made")).exits(3).stderr_is_one_line_with(&["parts-00002-of-00002.gguf"]);
    assert!(!at("made").exists() && !at("made.part").exists());
}

/// Whatever liao would call a file of its own on the way to the one that is named.
#[test]
fn a_source_that_would_be_written_over_is_refused_and_stays() {
    let (dir, _, path) = converted("F16");
    let output = dir.path().join("m.gguf");
    let bytes = fs::read(path).unwrap();
    for ending in ["part", "part.json", "lock"] {
        let source = output.with_added_extension(ending);
        fs::write(&source, &bytes).unwrap();
        import(&source, "Q4_0", &output).exits(2).stdout("").stderr_is_one_line_with(&["m.gguf", ending, "--output"]);
        assert!(fs::read(&source).unwrap() == bytes && !output.exists(), "{ending}");
        fs::remove_file(source).unwrap();
    }
}

#[test]
fn what_has_the_type_already_is_taken_as_it_is() {
    let (dir, _, path) = converted("Q8_0");
    let header = Header::read(&path).unwrap();
    let tensor = header.tensors().iter().find(|tensor| tensor.name == "blk.3.ffn_up.weight").unwrap();
    let mut bytes = fs::read(&path).unwrap();
    // A block as no quantizer makes it, and that quantizing again would change: all at -128.
    let block = (header.data_offset() + tensor.offset) as usize;
    bytes[block + 2..block + 34].fill(0x80);
    fs::write(&path, &bytes).unwrap();
    let made = dir.path().join("made.gguf");
    import(&path, "Q8_0", &made).exits(0);
    assert!(fs::read(made).unwrap() == bytes);
}

#[test]
fn it_goes_by_the_name_of_its_file_and_talks() {
    for (kind, file) in [("F16", "小羊.f16.gguf"), ("Q8_0", "lamb-Q8_0.gguf")] {
        let (_dir, _, path) = converted(kind);
        let liao = Liao::new();
        let source = liao.file(file, fs::read(path).unwrap());
        let name = if kind == "F16" { "--name=lamb" } else { "--quant=Q4_K_M" };
        let ran = liao.arg("import").arg(source).arg(name).run();
        ran.exits(0).stdout("").stderr_has("liao -m lamb");
        let made = ran.home().join("liao/data/models/lamb/lamb.Q4_K_M.gguf");
        let header = Header::read(&made).unwrap();
        gguf::validate(&header).unwrap();
        // What the file itself says of its name stays.
        assert_eq!((header.name(), header.file_type_name()), (Some("plain"), "Q4_K_M"));
        Liao::new().args(["-m", "lamb", "-p", "你好", "-n", "4"]).in_home_of(&ran).run().exits(0);
    }
}

#[test]
fn what_is_quantized_already_is_refused_with_what_to_do() {
    let (dir, folder, _) = converted("F16");
    let (small, made) = (dir.path().join("small.gguf"), dir.path().join("made.gguf"));
    import(&folder, "Q4_K_M", &small).exits(0);
    import(&small, "Q2_K", &made).exits(3).stdout("").stderr_is_one_line_with(&["small.gguf", "liao -m", "F16"]);
    assert!(!made.exists() && !dir.path().join("made.gguf.part").exists());
}

#[test]
fn what_is_no_good_is_refused_and_leaves_nothing() {
    let good = TinyGguf::llama;
    let cases: [(&str, TinyGguf, &str); 8] = [
        ("another architecture", good().set("general.architecture", "qwen2"), "qwen2"),
        ("cut", good().truncate(good().build().bytes.len() - 64), "字节"),
        ("a vocabulary alone", TinyGguf::vocabulary_only(), "词表"),
        ("a missing tensor", good().remove_tensor("blk.1.ffn_down.weight"), "blk.1.ffn_down.weight"),
        ("an unknown tensor", good().tensor("blk.0.extra.weight", &[64], 0, None), "blk.0.extra.weight"),
        ("a norm in 16 bits", good().edit_tensor("output_norm.weight", |t| t.kind = 1), "output_norm.weight"),
        ("a wrong type", good().set("llama.block_count", Val::U64(2)), "llama.block_count"),
        ("a token twice", good().edit_tokens(|texts, _, _| texts[300] = texts[301].clone()), "300"),
    ];
    for (what, tiny, word) in cases {
        let liao = Liao::new();
        let source = liao.file("source.gguf", tiny.build().bytes);
        let ran = liao.args(["import", "source.gguf"]).run();
        ran.exits(3).stdout("").stderr_is_one_line_with(&["source.gguf", word]);
        let left: Vec<_> = fs::read_dir(ran.home().join("liao/data/models")).into_iter().flatten().collect();
        assert!(left.is_empty(), "{what}: {left:?}");
        assert!(source.exists());
    }
}

#[test]
fn numbers_that_are_none_and_numbers_too_large_are_found_where_they_are() {
    let floats = || TinyGguf::llama().f32_weights();
    let begin = floats().build().data_offset;
    // The embedding comes first, and its first row there.
    for (number, quant) in [(f32::NAN, "Q8_0"), (f32::INFINITY, "Q4_0"), (1e9, "F16")] {
        let liao = Liao::new();
        liao.file("source.gguf", floats().patch(begin + 4 * 77, &number.to_le_bytes()).build().bytes);
        let ran = liao.args(["import", "source.gguf", "--output", "made.gguf", "--quant", quant]).run();
        ran.exits(3).stdout("").stderr_has("token_embd.weight");
        assert!(!ran.home().join("made.gguf").exists());
    }
}

#[test]
fn weights_without_the_files_beside_them_are_told_from_a_model() {
    let (dir, folder, _) = converted("F16");
    let made = dir.path().join("made.gguf");
    import(&folder.join("model.safetensors"), "Q4_K_M", &made).exits(3).stderr_is_one_line_with(&["config.json"]);
    import(&folder.join("config.json"), "Q4_K_M", &made).exits(3).stderr_is_one_line_with(&["GGUF"]);
}
