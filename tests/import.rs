//! `liao import` through the front door: small checkpoints in, GGUF files out, and whatever is no checkpoint refused
//! with nothing left behind. That the bytes are those of llama.cpp's own tools is held by `peer/compare.py`.

use std::fs;
use std::path::Path;

use liao::gguf::{self, Header};

use crate::support::checkpoint::{Case, N_PIECES, PLAIN, TOKENIZER, safetensors, weight};
use crate::support::{Liao, Ran};

/// The checkpoint of these tests.
const TINY: Case = Case { name: "my-model", n_layers: 2, n_kv_heads: 2, ..PLAIN };

/// Writes it into the home of a run, with so many rows that no token has.
fn checkpoint(liao: &Liao, n_more_rows: usize) {
    let tiny = Case { n_vocab: N_PIECES + n_more_rows, ..TINY };
    liao.file("my-model/config.json", tiny.config().replace("4096", "512"));
    liao.file("my-model/tokenizer.model", TOKENIZER);
    liao.file("my-model/model.safetensors", safetensors(&tiny.tensors()));
}

fn import(words: &[&str]) -> Liao {
    Liao::new().args(["import", "my-model"]).args(words.to_vec())
}

fn header(path: &Path) -> Header {
    let header = Header::read(path).expect("a GGUF");
    gguf::validate(&header).expect("our own validator takes it");
    header
}

/// The bytes of a tensor.
fn bytes(path: &Path, name: &str) -> Vec<u8> {
    let header = header(path);
    let tensor = header.tensors().iter().find(|tensor| tensor.name == name).expect("a tensor");
    let begin = (header.data_offset() + tensor.offset) as usize;
    fs::read(path).expect("a file")[begin..begin + tensor.n_bytes as usize].to_vec()
}

fn left_behind(ran: &Ran) -> Vec<String> {
    let folder = ran.home().join("liao/data/models/my-model");
    let all = fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().file_name().into_string().unwrap());
    all.collect()
}

#[test]
fn a_checkpoint_becomes_a_model_that_talks() {
    for (quant, type_of_down) in [("Q4_K_M", "Q6_K"), ("q8_0", "Q8_0"), ("Q2_K", "Q3_K"), ("Q4_0", "Q4_0")] {
        let liao = import(&["--quant", quant]);
        checkpoint(&liao, 8);
        let ran = liao.run();
        let file = format!("my-model.{}.gguf", quant.to_uppercase());
        ran.exits(0).stdout("").stderr_has(&file).stderr_has("liao -m my-model");
        assert_eq!(left_behind(&ran), [file.as_str()]);
        let path = ran.home().join("liao/data/models/my-model").join(file);
        let header = header(&path);
        let down = header.tensors().iter().find(|tensor| tensor.name == "blk.1.ffn_down.weight").unwrap();
        assert_eq!((down.kind.name(), header.file_type_name()), (type_of_down, quant.to_uppercase().as_str()));
        assert_eq!((header.n_ctx_train(), header.n_head_kv(), header.name()), (Some(512), Some(2), Some("my-model")));
        let talk = Liao::new().args(["-m", "my-model", "-p", "你好", "-n", "4", "--json"]).in_home_of(&ran).run();
        talk.exits(0);
    }
}

#[test]
fn in_sixteen_bits_nothing_changes_but_the_order_of_rows() {
    let liao = import(&["--quant", "F16", "--output", "out.gguf"]);
    checkpoint(&liao, 0);
    let width = TINY.width;
    let mut source = TINY.tensors();
    source.push(("model.layers.1.self_attn.q_proj.bias".to_owned(), vec![width], weight(width, 99)));
    liao.file("my-model/model.safetensors", safetensors(&source));
    let ran = liao.run();
    let path = ran.exits(0).home().join("out.gguf");
    assert!(!ran.home().join("liao/data/models/my-model").exists());
    let find = |name: &str| source.iter().find(|(known, _, _)| known == name).unwrap().2.clone();
    assert!(bytes(&path, "blk.1.attn_v.weight") == find("model.layers.1.self_attn.v_proj.weight"));
    assert!(bytes(&path, "output.weight") == find("lm_head.weight"));
    // A head's two halves, row by row in turn.
    let query = find("model.layers.1.self_attn.q_proj.weight");
    let head = width / TINY.n_heads;
    let order = || (0..width).map(move |row| row / head * head + row % 2 * (head / 2) + row % head / 2);
    let regrouped: Vec<u8> =
        order().flat_map(|from| query[2 * from * width..2 * (from + 1) * width].to_vec()).collect();
    assert!(bytes(&path, "blk.1.attn_q.weight") == regrouped);
    // Biases go with their rows, and are kept in 32 bits, as norms are.
    let bias = find("model.layers.1.self_attn.q_proj.bias");
    let number = |at: usize| half::f16::from_le_bytes([bias[2 * at], bias[2 * at + 1]]).to_f32();
    let bias: Vec<u8> = order().flat_map(|from| number(from).to_le_bytes()).collect();
    assert!(bytes(&path, "blk.1.attn_q.bias") == bias);
    assert_eq!(bytes(&path, "output_norm.weight").len(), 4 * width);
}

#[test]
fn rows_without_a_token_get_one() {
    let liao = import(&["--quant", "Q8_0", "--output", "out.gguf"]);
    checkpoint(&liao, 8);
    liao.file("my-model/added_tokens.json", format!("{{\"<pad>\": {N_PIECES}}}"));
    let ran = liao.run();
    let header = header(&ran.exits(0).home().join("out.gguf"));
    assert_eq!(header.n_vocab(), N_PIECES + 8);
    assert_eq!((header.bos(), header.eos()), (Some(1), Some(2)));
}

#[test]
fn what_is_there_is_not_written_over() {
    let liao = import(&["--output", "out.gguf"]);
    checkpoint(&liao, 0);
    let path = liao.file("out.gguf", "mine");
    let ran = liao.run();
    ran.exits(2).stderr_is_one_line_with(&["out.gguf", "已经有了"]);
    assert_eq!(fs::read(path).unwrap(), b"mine");
}

#[test]
fn what_is_no_checkpoint_is_refused_with_the_reason_and_leaves_nothing() {
    let refused = |spoil: &dyn Fn(&Liao), words: &[&str]| {
        let liao = import(&[]);
        checkpoint(&liao, 0);
        spoil(&liao);
        let ran = liao.run();
        ran.exits(3).stdout("").stderr_is_one_line_with(words);
        assert_eq!(left_behind(&ran), [""; 0], "{}", ran.stderr_text());
    };
    let remove =
        |name: &'static str| move |liao: &Liao| fs::remove_file(liao.home().join("my-model").join(name)).unwrap();
    refused(&remove("config.json"), &["config.json"]);
    refused(&remove("tokenizer.model"), &["tokenizer.model"]);
    refused(&remove("model.safetensors"), &["my-model"]);
    refused(&|liao| drop(liao.file("my-model/config.json", "{\"model_type\": \"qwen2\"}")), &["qwen2", "llama"]);
    refused(&|liao| drop(liao.file("my-model/model.safetensors", "short")), &["model.safetensors"]);
    // Known from the vocabulary alone, before a tensor is touched.
    let letter_a = |liao: &Liao| {
        let path = liao.home().join("my-model/tokenizer.model");
        let mut model = fs::read(&path).unwrap();
        let at = model.windows(6).position(|text| text == b"<0x41>").unwrap();
        model[at + 4] = b'?';
        fs::write(path, model).unwrap();
    };
    refused(&letter_a, &["<0x4?>"]);
    let without = |liao: &Liao| {
        let mut all = TINY.tensors();
        all.retain(|(name, _, _)| !name.contains("layers.1.mlp.up"));
        liao.file("my-model/model.safetensors", safetensors(&all));
    };
    refused(&without, &["model.layers.1.mlp.up_proj.weight"]);
    let infinite = |liao: &Liao| {
        let mut all = TINY.tensors();
        all[3].2[154..156].copy_from_slice(&0x7c00_u16.to_le_bytes());
        liao.file("my-model/model.safetensors", safetensors(&all));
    };
    let liao = import(&[]);
    checkpoint(&liao, 0);
    infinite(&liao);
    let ran = liao.run();
    ran.exits(3).stderr_has("blk.0.attn_v.weight");
    assert!(!left_behind(&ran).iter().any(|name| name.ends_with(".gguf")), "no file under the final name");
}

#[test]
fn a_pickle_that_would_run_something_runs_nothing() {
    // A stored zip with one entry, whose pickle is: os.system("touch evil").
    let pickle = b"\x80\x02cos\nsystem\nX\x0a\x00\x00\x00touch evil\x85R.";
    let liao = import(&[]);
    checkpoint(&liao, 0);
    fs::remove_file(liao.home().join("my-model/model.safetensors")).unwrap();
    liao.file("my-model/pytorch_model.bin", zip("archive/data.pkl", pickle));
    let ran = liao.run();
    ran.exits(3).stderr_is_one_line_with(&["os.system"]);
    assert!(!ran.home().join("evil").exists());
}

/// A zip archive of one stored entry.
fn zip(name: &str, content: &[u8]) -> Vec<u8> {
    let crc = content.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    }) ^ !0;
    let sizes = [crc, content.len() as u32, content.len() as u32].map(u32::to_le_bytes).concat();
    let name_length = (name.len() as u16).to_le_bytes();
    let common = [&[0u8; 2][..], &[0; 2], &[0; 4], &sizes, &name_length, &[0; 2]].concat();
    let local = [b"PK\x03\x04\x14\x00".as_slice(), &common, name.as_bytes(), content].concat();
    let central = [b"PK\x01\x02\x14\x00\x14\x00".as_slice(), &common, &[0; 14], name.as_bytes()].concat();
    let end = [(central.len() as u32).to_le_bytes(), (local.len() as u32).to_le_bytes()].concat();
    [local, central, b"PK\x05\x06\0\0\0\0\x01\0\x01\0".to_vec(), end, vec![0; 2]].concat()
}

#[test]
fn what_is_typed_wrongly_is_told() {
    let liao = import(&["--quant", "Q9"]);
    checkpoint(&liao, 0);
    liao.run().exits(2).stderr_is_one_line_with(&["Q9", "Q4_K_M"]);
    let liao = import(&["--name", "a/b"]);
    checkpoint(&liao, 0);
    liao.run().exits(2).stderr_is_one_line_with(&["a/b", "--name"]);
    Liao::new().args(["import", "nowhere"]).run().exits(3).stderr_is_one_line_with(&["nowhere", "config.json"]);
    Liao::new().arg("import").run().exits(2);
}
