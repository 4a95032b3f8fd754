use super::*;
use crate::gguf::value::{Array, Kind};
use crate::gguf::write::{Draft, Planned};
use crate::gguf::{Rejected, TensorType};

fn text(key: &str, text: &str) -> (String, Value) {
    (key.to_owned(), Value::Text(text.to_owned()))
}

fn number(key: &str, n: u32) -> (String, Value) {
    (key.to_owned(), Value::U32(n))
}

fn header(metadata: &[(String, Value)], tensors: &[(&str, &[u64], TensorType)]) -> Header {
    let planned = |(name, dims, kind): &(&str, &[u64], TensorType)| Planned {
        name: (*name).to_owned(),
        dims: dims.to_vec(),
        kind: *kind,
    };
    let planned: Vec<Planned> = tensors.iter().map(planned).collect();
    Draft::new(metadata, &planned).unwrap().header().clone()
}

fn keys(metadata: &[(String, Value)]) -> Vec<&str> {
    metadata.iter().map(|(key, _)| key.as_str()).collect()
}

#[test]
fn metadata_stays_what_it_is_where_it_is() {
    let scores = Value::Array(Array::Numbers { kind: Kind::I8, bytes: vec![1, 255] });
    let source = [
        text("tokenizer.chat_template", "{{ own }}"),
        number("general.file_type", 1),
        text("general.architecture", "llama"),
        ("split.no".to_owned(), Value::U16(0)),
        ("x.of-its-own".to_owned(), scores),
        number("general.quantization_version", 1),
        ("split.count".to_owned(), Value::U16(2)),
        ("llama.block_count".to_owned(), Value::U64(4)),
        ("split.tensors.count".to_owned(), Value::I32(9)),
        text("general.license", "mit"),
    ];
    let about = About { name: "羊驼".to_owned(), license: Some("apache-2.0".to_owned()), ..About::default() };
    let made = metadata(&header(&source, &[]), Quant::Q4KM, &about, 13_000_000_000);
    assert_eq!(
        keys(&made),
        [
            "tokenizer.chat_template",
            "general.architecture",
            "x.of-its-own",
            "llama.block_count",
            "general.license",
            "general.type",
            "general.name",
            "general.size_label",
            "general.quantization_version",
            "general.file_type",
        ]
    );
    for (key, value) in &made {
        match source.iter().find(|(known, _)| known == key) {
            Some(_) if key == "general.quantization_version" => assert_eq!(*value, Value::U32(2)),
            Some(_) if key == "general.file_type" => assert_eq!(*value, Value::U32(15)),
            Some((_, known)) => assert_eq!(value, known, "{key}"),
            None => assert!(matches!(value, Value::Text(text) if !text.is_empty()), "{key}"),
        }
    }
}

#[test]
fn an_alignment_of_its_own_does_not_come_along() {
    for (alignment, is_kept) in [(32, true), (64, false)] {
        // With a length at which both alignments agree, our writer lets it pass.
        let source = |n: usize| [number("general.alignment", alignment), text("x", &"y".repeat(n))];
        let draft = (0..64).find_map(|n| Draft::new(&source(n), &[]).ok()).unwrap();
        let made = metadata(draft.header(), Quant::Q8_0, &About::default(), 1);
        assert_eq!(keys(&made).contains(&"general.alignment"), is_kept, "{alignment}");
        assert!(keys(&made).contains(&"x"));
    }
}

#[test]
fn tensors_come_in_the_order_of_layers() {
    let source = header(
        &[],
        &[
            ("blk.10.attn_q.weight", &[64, 64, 1], TensorType::F16),
            ("blk.2.attn_q.weight", &[64, 32], TensorType::Q8_0),
            ("blk.2.attn_norm.weight", &[64, 1], TensorType::F32),
            ("token_embd.weight", &[64, 9], TensorType::BF16),
        ],
    );
    let mapping = mapping(&source);
    let found: Vec<(&str, &[u64], TensorType, usize)> = mapping
        .tensors
        .iter()
        .map(|tensor| (tensor.name.as_str(), tensor.dims.as_slice(), tensor.kind, tensor.source))
        .collect();
    let expected: [(&str, &[u64], TensorType, usize); 4] = [
        ("token_embd.weight", &[64, 9], TensorType::BF16, 3),
        ("blk.2.attn_norm.weight", &[64], TensorType::F32, 2),
        ("blk.2.attn_q.weight", &[64, 32], TensorType::Q8_0, 1),
        ("blk.10.attn_q.weight", &[64, 64], TensorType::F16, 0),
    ];
    assert_eq!(found, expected);
    assert!(mapping.tensors.iter().all(|tensor| tensor.regrouping.is_none()));
}

#[test]
fn what_is_no_gguf_is_refused_with_what_to_name_instead() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.bin");
    let refused = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        prepare(&path, Quant::Q4KM, &About::default()).err()
    };
    assert_eq!(refused(b"PK\x03\x04 and more"), Some(Refused::WeightsAlone));
    assert_eq!(refused(b"\x02\0\0\0\0\0\0\0{}"), Some(Refused::WeightsAlone));
    assert!(matches!(refused(b"hello"), Some(Refused::Gguf(Rejected::NotGguf { .. }))));
    assert!(matches!(refused(b"GGUF\x03\0\0\0"), Some(Refused::Gguf(Rejected::Truncated { .. }))));
    std::fs::remove_file(&path).unwrap();
    let none = prepare(&path, Quant::Q4KM, &About::default()).err();
    assert_eq!(none, Some(Refused::Gguf(Rejected::NotFound)));
}

#[test]
fn names_of_models() {
    for (file, expected) in [
        ("llama.gguf", "llama"),
        ("llama-13b.F16.gguf", "llama-13b"),
        ("llama-13b-f16.gguf", "llama-13b"),
        ("llama_FP16.gguf", "llama"),
        ("llama.Q8_0.gguf", "llama"),
        ("llama-bf16-00001-of-00003.gguf", "llama"),
        ("llama-00001-of-00003.gguf", "llama"),
        ("llama-1-of-3.gguf", "llama-1-of-3"),
        // Names that `pull` takes for parts are parts here, and no others.
        ("llama-00004-of-00003.gguf", "llama-00004-of-00003"),
        ("llama.FP32.GGUF", "llama"),
        ("llamaf16.gguf", "llamaf16"),
        ("f16.gguf", "f16"),
        (".f16.gguf", ".f16"),
        ("模型-F32.gguf", "模型"),
        ("你", "你"),
    ] {
        assert_eq!(name(Path::new(file)), Some(expected), "{file}");
    }
    assert_eq!(name(Path::new("..")), None);
}
