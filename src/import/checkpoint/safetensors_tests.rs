use super::super::samples::safetensors_file;
use super::*;
use crate::gguf::sniff::Sniffed;

const GOOD: &str = r#"{"__metadata__":{"format":"pt"},
    "b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]},
    "a":{"dtype":"F16","shape":[2,3],"data_offsets":[0,12]},
    "c":{"dtype":"BF16","shape":[],"data_offsets":[20,22]}}"#;
const DATA: &[u8] = b"aabbccddeeff11112222cc";

fn read(header: &str, data: &[u8]) -> Result<Vec<Stored>, Refused> {
    read_tensors(&safetensors_file(header, data))
}

#[test]
fn tensors_are_where_their_bytes_are() {
    let start = 8 + GOOD.len() as u64;
    let stored = |name: &str, shape: &[u64], kind, from: u64, n_bytes| Stored {
        name: name.to_owned(),
        shape: shape.to_vec(),
        kind,
        offset: start + from,
        n_bytes,
    };
    let expected = vec![
        stored("a", &[2, 3], TensorType::F16, 0, 12),
        stored("b", &[2], TensorType::F32, 12, 8),
        stored("c", &[], TensorType::BF16, 20, 2),
    ];
    assert_eq!(read(GOOD, DATA), Ok(expected));
    assert_eq!(read("{}", b""), Ok(Vec::new()));
}

#[test]
fn headers_that_contradict_themselves() {
    let one = |dtype: &str, shape: &str, offsets: &str| {
        format!(r#"{{"a":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}}}"#)
    };
    let second = r#""b":{"dtype":"F16","shape":[2],"data_offsets":"#;
    let first = r#"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"#;
    for (what, header) in [
        ("a gap", format!("{first}{second}[6,10]}}}}")),
        ("an overlap", format!("{first}{second}[2,6]}}}}")),
        ("the same place", format!("{first}{second}[0,4]}}}}")),
        ("a gap at the start", one("F16", "[2]", "[2,6]")),
        ("too few bytes", one("F16", "[2]", "[0,3]")),
        ("too many bytes", one("F32", "[2]", "[0,10]")),
        ("backwards", one("F16", "[2]", "[4,0]")),
        ("a negative size", one("F16", "[-2]", "[0,4]")),
        ("a negative place", one("F16", "[2]", "[-4,0]")),
        ("an overflow", one("F16", "[9223372036854775807,4]", "[0,4]")),
        ("an unknown type", one("F12", "[2]", "[0,4]")),
        ("no shape", r#"{"a":{"dtype":"F16","data_offsets":[0,4]}}"#.to_owned()),
        ("a list", "[]".to_owned()),
        ("no JSON", "{".to_owned()),
        ("nothing", String::new()),
        ("deep", "[".repeat(100_000)),
    ] {
        let why = read(&header, b"aabbccddee").unwrap_err();
        assert!(matches!(why, Refused::Corrupt { .. }), "{what}: {why}");
    }
}

#[test]
fn files_that_are_shorter_or_longer_than_their_header_says() {
    let good = safetensors_file(GOOD, DATA);
    let n_good = good.len() as u64;
    for n in 1..good.len() {
        let why = read_tensors(&good[..n].to_vec()).unwrap_err();
        let Refused::Truncated { need, have } = why else { panic!("{n}: {why}") };
        assert!(have == n as u64 && have < need && need <= n_good, "{n}: {need}");
    }
    let longer = [good, vec![0]].concat();
    assert!(matches!(read_tensors(&longer), Err(Refused::Corrupt { .. })));
}

#[test]
fn a_header_larger_than_any_is_not_read() {
    for n_bytes in [MAX_HEADER_BYTES + 1, 1 << 40, u64::MAX] {
        let file = [&n_bytes.to_le_bytes()[..], b"{}"].concat();
        assert!(matches!(read_tensors(&file), Err(Refused::TooLarge { n_bytes: found, .. }) if found == n_bytes));
    }
    let allowed = [&MAX_HEADER_BYTES.to_le_bytes()[..], b"{}"].concat();
    assert!(matches!(read_tensors(&allowed), Err(Refused::Truncated { .. })));
}

#[test]
fn other_number_formats_are_named_all_of_them() {
    let header = r#"{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},
        "b":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[8,9]},
        "c":{"dtype":"F16","shape":[1],"data_offsets":[9,11]}}"#;
    let Err(Refused::Several(reasons)) = read(header, &[0; 11]) else { panic!("read") };
    let expected = [("a", "I64"), ("b", "F8_E4M3")];
    let right = expected.map(|(name, kind)| Refused::unsupported(name, kind, "F16 / BF16 / F32"));
    assert_eq!(reasons, right);
}

#[test]
fn other_files() {
    assert_eq!(read_tensors(&Vec::new()), Err(Refused::NotWeights { what: Sniffed::Empty }));
    let page = b"<html><body>404</body></html>".to_vec();
    assert_eq!(read_tensors(&page), Err(Refused::NotWeights { what: Sniffed::Html }));
    assert!(read_tensors(&b"PK\x03\x04 and some more bytes".to_vec()).is_err());
}
