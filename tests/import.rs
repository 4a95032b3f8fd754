//! `liao import` through the front door: small checkpoints in, GGUF files out, and whatever is no checkpoint refused
//! with nothing left behind. That the bytes are those of llama.cpp's own tools is held by `peer/compare.py`.

use std::fs;
use std::path::{Path, PathBuf};

use liao::gguf::{self, Header};

use crate::support::{Liao, Ran};

const WIDTH: usize = 256;
const FEED_FORWARD: usize = 512;
const N_LAYERS: usize = 2;
const N_HEADS: usize = 4;
const N_KV_HEADS: usize = 2;

/// A field of a protocol buffer: number, wire type 2, length, bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut length = bytes.len();
    let mut field = vec![number << 3 | 2];
    while length >= 0x80 {
        field.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    field.push(length as u8);
    field.extend(bytes);
    field
}

/// A piece of a SentencePiece model: its text, score and type.
fn piece(text: &str, score: f32, kind: u8) -> Vec<u8> {
    let mut piece = field(1, text.as_bytes());
    piece.push(2 << 3 | 5);
    piece.extend(score.to_le_bytes());
    piece.extend([3 << 3, kind]);
    field(1, &piece)
}

/// A vocabulary as Llama-2 has it, but small: three control tokens, the bytes, some characters.
fn tokenizer() -> (Vec<u8>, usize) {
    let mut pieces = vec![piece("<unk>", 0.0, 2), piece("<s>", 0.0, 3), piece("</s>", 0.0, 3)];
    pieces.extend((0..=255).map(|byte| piece(&format!("<0x{byte:02X}>"), 0.0, 6)));
    let texts = ["▁", "你", "好", "你好", "he", "ll", "o", "hello"];
    pieces.extend(texts.iter().enumerate().map(|(i, text)| piece(text, -(i as f32), 1)));
    (pieces.concat(), pieces.len())
}

/// Numbers of both signs, exact in 16 bits.
fn numbers(n: usize, seed: usize) -> Vec<u16> {
    (0..n)
        .map(|i| {
            let x = (i as u32).wrapping_mul(2_654_435_761).wrapping_add(seed as u32 * 40_503) >> 16;
            // Sign, an exponent around 2^-5, ten bits.
            (x & 0x8000 | (9 + (x >> 10 & 1)) << 10 | x & 0x3ff) as u16
        })
        .collect()
}

/// A checkpoint's tensors: name, shape, numbers.
fn tensors(n_vocab: usize) -> Vec<(String, Vec<usize>, Vec<u16>)> {
    let kv = WIDTH / N_HEADS * N_KV_HEADS;
    let mut shapes: Vec<(String, Vec<usize>)> = vec![("model.embed_tokens.weight".into(), vec![n_vocab, WIDTH])];
    for layer in 0..N_LAYERS {
        for (name, shape) in [
            ("self_attn.q_proj", vec![WIDTH, WIDTH]),
            ("self_attn.k_proj", vec![kv, WIDTH]),
            ("self_attn.v_proj", vec![kv, WIDTH]),
            ("self_attn.o_proj", vec![WIDTH, WIDTH]),
            ("mlp.gate_proj", vec![FEED_FORWARD, WIDTH]),
            ("mlp.up_proj", vec![FEED_FORWARD, WIDTH]),
            ("mlp.down_proj", vec![WIDTH, FEED_FORWARD]),
            ("input_layernorm", vec![WIDTH]),
            ("post_attention_layernorm", vec![WIDTH]),
        ] {
            shapes.push((format!("model.layers.{layer}.{name}.weight"), shape));
        }
    }
    shapes.extend([("model.norm.weight".into(), vec![WIDTH]), ("lm_head.weight".into(), vec![n_vocab, WIDTH])]);
    let filled = shapes.into_iter().enumerate();
    filled.map(|(seed, (name, shape))| (name, shape.clone(), numbers(shape.iter().product(), seed))).collect()
}

fn safetensors(tensors: &[(String, Vec<usize>, Vec<u16>)]) -> Vec<u8> {
    let (mut header, mut data) = (serde_json::Map::new(), Vec::new());
    for (name, shape, numbers) in tensors {
        let begin = data.len();
        data.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        let entry = serde_json::json!({"dtype": "F16", "shape": shape, "data_offsets": [begin, data.len()]});
        header.insert(name.clone(), entry);
    }
    let mut header = serde_json::to_vec(&header).expect("JSON");
    header.resize(header.len().next_multiple_of(8), b' ');
    [&(header.len() as u64).to_le_bytes(), header.as_slice(), &data].concat()
}

/// Writes a checkpoint into the home of a run, and gives its folder.
fn checkpoint(liao: &Liao, n_more_rows: usize) -> PathBuf {
    let (model, n_pieces) = tokenizer();
    let n_vocab = n_pieces + n_more_rows;
    let config = serde_json::json!({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "hidden_size": WIDTH,
        "intermediate_size": FEED_FORWARD, "num_hidden_layers": N_LAYERS, "num_attention_heads": N_HEADS,
        "num_key_value_heads": N_KV_HEADS, "max_position_embeddings": 512, "rms_norm_eps": 1e-5,
        "vocab_size": n_vocab, "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": false,
    });
    liao.file("my-model/config.json", config.to_string());
    liao.file("my-model/tokenizer.model", model);
    liao.file("my-model/model.safetensors", safetensors(&tensors(n_vocab))).parent().expect("a folder").to_owned()
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
    let mut source = tensors(tokenizer().1);
    source.push(("model.layers.1.self_attn.q_proj.bias".to_owned(), vec![WIDTH], numbers(WIDTH, 99)));
    liao.file("my-model/model.safetensors", safetensors(&source));
    let ran = liao.run();
    let path = ran.exits(0).home().join("out.gguf");
    assert!(!ran.home().join("liao/data/models/my-model").exists());
    let find = |name: &str| source.iter().find(|(known, _, _)| known == name).unwrap().2.clone();
    let as_bytes = |numbers: &[u16]| -> Vec<u8> { numbers.iter().flat_map(|number| number.to_le_bytes()).collect() };
    assert!(bytes(&path, "blk.1.attn_v.weight") == as_bytes(&find("model.layers.1.self_attn.v_proj.weight")));
    assert!(bytes(&path, "output.weight") == as_bytes(&find("lm_head.weight")));
    // A head's two halves, row by row in turn.
    let query = find("model.layers.1.self_attn.q_proj.weight");
    let head = WIDTH / N_HEADS;
    let order = || (0..WIDTH).map(move |row| row / head * head + row % 2 * (head / 2) + row % head / 2);
    let regrouped: Vec<u16> = order().flat_map(|from| query[from * WIDTH..(from + 1) * WIDTH].to_vec()).collect();
    assert!(bytes(&path, "blk.1.attn_q.weight") == as_bytes(&regrouped));
    // Biases go with their rows, and are kept in 32 bits, as norms are.
    let bias = find("model.layers.1.self_attn.q_proj.bias");
    let bias: Vec<u8> = order().flat_map(|from| half::f16::from_bits(bias[from]).to_f32().to_le_bytes()).collect();
    assert!(bytes(&path, "blk.1.attn_q.bias") == bias);
    assert_eq!(bytes(&path, "output_norm.weight").len(), 4 * WIDTH);
}

#[test]
fn rows_without_a_token_get_one() {
    let liao = import(&["--quant", "Q8_0", "--output", "out.gguf"]);
    checkpoint(&liao, 8);
    liao.file("my-model/added_tokens.json", format!("{{\"<pad>\": {}}}", tokenizer().1));
    let ran = liao.run();
    let header = header(&ran.exits(0).home().join("out.gguf"));
    assert_eq!(header.n_vocab(), tokenizer().1 + 8);
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
        let mut all = tensors(tokenizer().1);
        all.retain(|(name, _, _)| !name.contains("layers.1.mlp.up"));
        liao.file("my-model/model.safetensors", safetensors(&all));
    };
    refused(&without, &["model.layers.1.mlp.up_proj.weight"]);
    let infinite = |liao: &Liao| {
        let mut all = tensors(tokenizer().1);
        all[3].2[77] = 0x7c00;
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
