use super::super::samples::{Sample, archive, packed, sample, state_dict, torch_file};
use super::*;
use crate::gguf::TensorType;
use crate::gguf::sniff::Sniffed;

fn samples() -> [Sample; 3] {
    [
        sample("a", "HalfStorage", "0", &[2, 3]),
        Sample { n_stored: 6, first: 2, ..sample("b", "HalfStorage", "0", &[4]) },
        sample("c", "FloatStorage", "1", &[2]),
    ]
}

const HALVES: &[u8] = b"aabbccddeeff";
const FLOATS: &[u8] = b"11112222";

#[test]
fn tensors_are_where_their_bytes_are() {
    let file = torch_file(&state_dict(&samples()), &[("0", HALVES), ("1", FLOATS)]);
    let tensors = read_tensors(&file).unwrap();
    let data = |i: usize| &file[tensors[i].offset as usize..(tensors[i].offset + tensors[i].n_bytes) as usize];
    let found: Vec<(&str, &[u64], TensorType, &[u8])> =
        (0..3).map(|i| (tensors[i].name.as_str(), tensors[i].shape.as_slice(), tensors[i].kind, data(i))).collect();
    let expected: [(&str, &[u64], TensorType, &[u8]); 3] = [
        ("a", &[2, 3], TensorType::F16, HALVES),
        ("b", &[4], TensorType::F16, &HALVES[4..]),
        ("c", &[2], TensorType::F32, FLOATS),
    ];
    assert_eq!(found, expected);
}

#[test]
fn they_come_in_the_order_of_the_file() {
    let file = torch_file(&state_dict(&samples()), &[("1", FLOATS), ("0", HALVES)]);
    let tensors = read_tensors(&file).unwrap();
    assert_eq!(tensors.iter().map(|tensor| tensor.name.as_str()).collect::<Vec<_>>(), ["c", "a", "b"]);
}

#[test]
fn storages_are_there_and_as_large_as_said() {
    let pickle = state_dict(&samples());
    let shorter = &HALVES[..11];
    let longer: &[u8] = &[HALVES, b"g"].concat();
    for storages in [
        vec![("1", FLOATS)],
        vec![("0", shorter), ("1", FLOATS)],
        vec![("0", longer), ("1", FLOATS)],
        vec![("0/../0", HALVES), ("1", FLOATS)],
    ] {
        assert!(read_tensors(&torch_file(&pickle, &storages)).is_err());
    }
    // Every tensor of it is told.
    let Err(Refused::Several(reasons)) = read_tensors(&torch_file(&pickle, &[])) else { panic!("read") };
    assert_eq!(reasons.len(), 3);
}

#[test]
fn what_the_small_entries_say() {
    let with = |name: &str, data: &[u8]| {
        let pickle = state_dict(&[]);
        let pickle = packed("x/data.pkl", &pickle);
        read_tensors(&archive(&[pickle, packed(name, data)]))
    };
    // With no tensors in it there is no state dict, which is the last thing that is looked at.
    let last = Err(Refused::unsupported("state_dict", 0, 1));
    let small: [(&str, &[u8]); 4] =
        [("x/byteorder", b"little"), ("x/version", b"3\n"), ("x/version", b"10"), ("y", b"")];
    for (name, data) in small {
        assert_eq!(with(name, data), last, "{name}");
    }
    assert_eq!(with("x/byteorder", b"big"), Err(Refused::unsupported("byteorder", "big", "little")));
    for version in ["11", "-1", "x", ""] {
        let why = with("x/version", version.as_bytes());
        assert!(matches!(&why, Err(Refused::Unsupported { value, .. }) if value == version), "{why:?}");
    }
    assert!(matches!(with("x/byteorder", &[b' '; 65]), Err(Refused::TooLarge { .. })));
    assert_eq!(with("y/data.pkl", b""), Err(Refused::unsupported("data.pkl", 2, 1)));
    assert_eq!(with("x/deeper/data.pkl", b""), last);
    let none = archive(&[packed("data.pkl", b"")]);
    assert_eq!(read_tensors(&none), Err(Refused::unsupported("data.pkl", 0, 1)));
}

#[test]
fn other_files() {
    let old = [OLD_START, b".\x80\x02M\xe9\x03."].concat();
    assert_eq!(read_tensors(&old), Err(Refused::OldTorch));
    for (bytes, what) in [
        (b"".as_slice(), Sniffed::Empty),
        (b"<!DOCTYPE html><html>".as_slice(), Sniffed::Html),
        (b"version https://git-lfs.github.com/spec/v1\n".as_slice(), Sniffed::LfsPointer),
    ] {
        assert_eq!(read_tensors(&bytes.to_vec()), Err(Refused::NotWeights { what }));
    }
    for bytes in [b"\x80\x02}.".as_slice(), b"GGUF\x03\0\0\0", b"hello"] {
        assert!(matches!(read_tensors(&bytes.to_vec()), Err(Refused::Corrupt { .. })));
    }
}

#[test]
fn cut_anywhere_it_is_refused() {
    let good = torch_file(&state_dict(&samples()), &[("0", HALVES), ("1", FLOATS)]);
    for n in 0..good.len() {
        assert!(read_tensors(&good[..n].to_vec()).is_err(), "{n}");
    }
}
