use proptest::prelude::*;

use super::*;
use crate::gguf::Header;
use crate::gguf::value::{Kind, Texts};

fn planned(name: &str, dims: &[u64], kind: TensorType) -> Planned {
    Planned { name: name.to_owned(), dims: dims.to_vec(), kind }
}

/// Writes the whole file, its tensors all zeros, and reads its header back.
fn written(draft: &Draft) -> Header {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    draft.write_header(&mut file).unwrap();
    for (i, tensor) in draft.tensors().iter().enumerate() {
        file.write_all(&vec![0; (tensor.n_bytes + draft.n_padding(i)) as usize]).unwrap();
    }
    assert_eq!(file.as_file().metadata().unwrap().len(), draft.n_file_bytes());
    Header::read(file.path()).unwrap()
}

/// One value of every type.
fn one_of_each() -> Vec<(String, Value)> {
    let mut texts = Texts::default();
    for text in ["", "▁你好", "<0x0A>"] {
        texts.push(text.as_bytes());
    }
    let scores = [-1.5f32, 0.0, -10000.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    [
        Value::U8(1),
        Value::I8(-2),
        Value::U16(3),
        Value::I16(-4),
        Value::U32(5),
        Value::I32(-6),
        Value::F32(0.5),
        Value::Bool(true),
        Value::Bool(false),
        Value::Text("聊".to_owned()),
        Value::Text(String::new()),
        Value::U64(u64::MAX),
        Value::I64(i64::MIN),
        Value::F64(1e-300),
        Value::Array(Array::Text(texts)),
        Value::Array(Array::Numbers { kind: Kind::F32, bytes: scores }),
        Value::Array(Array::Numbers { kind: Kind::Bool, bytes: vec![1, 0, 1] }),
    ]
    .into_iter()
    .enumerate()
    .map(|(i, value)| (format!("key.{i}"), value))
    .collect()
}

#[test]
fn a_file_reads_back_as_it_was_planned() {
    let tensors = [
        planned("output_norm.weight", &[65], TensorType::F32),
        planned("output.weight", &[256, 3], TensorType::Q6_K),
        planned("blk.0.attn_q.weight", &[33, 1], TensorType::F16),
        planned("blk.0.attn_k.weight", &[32, 5, 1, 2], TensorType::Q4_0),
    ];
    let metadata = one_of_each();
    let draft = Draft::new(&metadata, &tensors).unwrap();
    let header = written(&draft);
    assert_eq!(header.version(), 3);
    for (key, value) in &metadata {
        assert_eq!(header.value(key), Some(value), "{key}");
    }
    for header in [&header, draft.header()] {
        assert!(header.metadata().eq(metadata.iter().map(|(key, value)| (key.as_str(), value))), "in their order");
    }
    assert_eq!(header.tensors(), draft.tensors());
    assert_eq!(header.data_offset(), draft.data_offset());
    let sizes: Vec<(u64, u64, u64)> = (0..4)
        .map(|i| (draft.position(i) - draft.data_offset(), draft.tensors()[i].n_bytes, draft.n_padding(i)))
        .collect();
    assert_eq!(sizes, [(0, 260, 28), (288, 630, 10), (928, 66, 30), (1024, 180, 12)]);
    assert_eq!(draft.n_file_bytes(), draft.data_offset() + 1216);
    for (tensor, planned) in header.tensors().iter().zip(tensors) {
        assert_eq!((&tensor.name, &tensor.dims, tensor.kind), (&planned.name, &planned.dims, planned.kind));
    }
}

#[test]
fn bytes_of_a_small_header() {
    let metadata = [("a".to_owned(), Value::U32(7))];
    let draft = Draft::new(&metadata, &[planned("t", &[2], TensorType::F32)]).unwrap();
    let mut bytes = Vec::new();
    draft.write_header(&mut bytes).unwrap();
    let mut expected = b"GGUF\x03\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0".to_vec();
    expected.extend(b"\x01\0\0\0\0\0\0\0a\x04\0\0\0\x07\0\0\0");
    expected.extend(b"\x01\0\0\0\0\0\0\0t\x01\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    expected.resize(96, 0);
    assert_eq!(bytes, expected);
}

#[test]
fn without_tensors_or_metadata() {
    let empty = Draft::new(&[], &[]).unwrap();
    assert_eq!((empty.data_offset(), empty.n_file_bytes()), (32, 32));
    assert!(written(&empty).is_vocab_only());
}

#[test]
fn what_could_not_be_read_is_not_written() {
    let value = || Value::U32(1);
    for metadata in [
        vec![("a".to_owned(), value()), ("a".to_owned(), value())],
        vec![(String::new(), value())],
        vec![("a\0".to_owned(), value())],
        // Our files have the usual alignment.
        vec![("general.alignment".to_owned(), value())],
        vec![("general.alignment".to_owned(), Value::U32(64)), ("a".to_owned(), value())],
    ] {
        assert!(matches!(Draft::new(&metadata, &[]), Err(Rejected::Corrupt { .. })), "{metadata:?}");
    }
    let long = "x".repeat(64);
    for tensors in [
        vec![planned("a", &[1], TensorType::F32), planned("a", &[1], TensorType::F32)],
        vec![planned("", &[1], TensorType::F32)],
        vec![planned(&long, &[1], TensorType::F32)],
        vec![planned("a", &[], TensorType::F32)],
        vec![planned("a", &[1; 5], TensorType::F32)],
        vec![planned("a", &[0], TensorType::F32)],
        vec![planned("a", &[64], TensorType::Q4_K)],
        vec![planned("a", &[u64::MAX, u64::MAX], TensorType::F32)],
        vec![planned("a", &[u64::MAX], TensorType::F32), planned("b", &[1], TensorType::F32)],
    ] {
        assert!(matches!(Draft::new(&[], &tensors), Err(Rejected::Corrupt { .. })), "{tensors:?}");
    }
}

#[test]
fn a_failing_disk_is_told() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let draft = Draft::new(&[], &[]).unwrap();
    assert_eq!(draft.write_header(&mut Full).unwrap_err().kind(), io::ErrorKind::StorageFull);
}

proptest! {
    #[test]
    fn any_plan_reads_back(
        texts in prop::collection::btree_map("[a-z.]{1,20}", "\\PC{0,30}", 0..20),
        shapes in prop::collection::vec((prop::collection::vec(1u64..9, 1..4), 0usize..4), 0..20),
    ) {
        let metadata: Vec<(String, Value)> =
            texts.into_iter().map(|(key, text)| (format!("x.{key}"), Value::Text(text))).collect();
        let kinds = [TensorType::F32, TensorType::F16, TensorType::Q8_0, TensorType::Q4_K];
        let tensors: Vec<Planned> = shapes
            .into_iter()
            .enumerate()
            .map(|(i, (mut dims, kind))| {
                dims[0] *= kinds[kind].block_elements();
                planned(&format!("t{i}"), &dims, kinds[kind])
            })
            .collect();
        let draft = Draft::new(&metadata, &tensors).unwrap();
        let header = written(&draft);
        for (key, value) in &metadata {
            prop_assert_eq!(header.value(key), Some(value));
        }
        prop_assert_eq!(header.tensors(), draft.tensors());
        let mut next = draft.data_offset();
        for (i, tensor) in draft.tensors().iter().enumerate() {
            prop_assert_eq!((draft.position(i), draft.position(i) % ALIGNMENT), (next, 0));
            next += tensor.n_bytes + draft.n_padding(i);
        }
        prop_assert_eq!(next, draft.n_file_bytes());
    }
}
