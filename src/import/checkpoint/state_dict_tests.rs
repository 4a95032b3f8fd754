use super::super::samples::{
    Sample, call, dict, global, int, no_hooks, pickle, sample, state_dict as saved, tensor, tensor_arguments, text,
    tuple,
};
use super::*;

fn view(name: &str, kind: TensorType, shape: &[u64], storage: &str, n_stored: u64, first: u64) -> View {
    View { name: name.to_owned(), kind, shape: shape.to_vec(), storage: storage.to_owned(), n_stored, first }
}

fn one(sample: Sample) -> Result<Vec<View>, Refused> {
    read_views(&saved(&[sample]))
}

#[test]
fn a_state_dict_of_every_kind_and_shape() {
    let part = Sample { n_stored: 100, first: 7, ..sample("part", "BFloat16Storage", "2", &[3, 4]) };
    let column = Sample { stride: vec![1, 99], ..sample("column", "FloatStorage", "3", &[5, 1]) };
    let empty = Sample { stride: vec![9, 9], ..sample("empty", "FloatStorage", "4", &[0, 3]) };
    let large = sample("large", "HalfStorage", "5", &[1 << 20, 1 << 20]);
    let samples = [
        sample("model.embed_tokens.weight", "HalfStorage", "0", &[320, 16]),
        sample("scalar", "FloatStorage", "1", &[]),
        part,
        Sample { name: "tied", n_stored: 320 * 16, ..sample("", "HalfStorage", "0", &[320, 16]) },
        column,
        empty,
        large,
    ];
    let expected = [
        view("model.embed_tokens.weight", TensorType::F16, &[320, 16], "0", 5120, 0),
        view("scalar", TensorType::F32, &[], "1", 1, 0),
        view("part", TensorType::BF16, &[3, 4], "2", 100, 7),
        view("tied", TensorType::F16, &[320, 16], "0", 5120, 0),
        view("column", TensorType::F32, &[5, 1], "3", 5, 0),
        view("empty", TensorType::F32, &[0, 3], "4", 0, 0),
        view("large", TensorType::F16, &[1 << 20, 1 << 20], "5", 1 << 40, 0),
    ];
    let views = read_views(&saved(&samples)).unwrap();
    assert_eq!(views, expected);
    assert_eq!(views.iter().map(View::n_elements).collect::<Vec<_>>(), [5120, 1, 12, 5120, 5, 0, 1 << 40]);
}

#[test]
fn parameters_and_newer_protocols() {
    let weight = sample("w", "HalfStorage", "0", &[2, 2]);
    let expected = [view("w", TensorType::F16, &[2, 2], "0", 4, 0)];
    let parameter = call(global("torch._utils", "_rebuild_parameter"), &[tensor(&weight), vec![0x88], no_hooks()]);
    assert_eq!(read_views(&pickle(&dict(&[("w", parameter)]))).unwrap(), expected);

    let short = |text: &str| [&[0x8c, text.len() as u8][..], text.as_bytes(), &[0x94]].concat();
    let named = |module, name| [short(module), short(name), vec![0x93, 0x94]].concat();
    let storage = [
        b"(".to_vec(),
        short("storage"),
        named("torch", "HalfStorage"),
        short("0"),
        short("cpu"),
        b"K\x04t\x94Q".to_vec(),
    ];
    let hooks = [named("collections", "OrderedDict"), b")R\x94".to_vec()].concat();
    let rest = [b"K\x00K\x02K\x02\x86\x94K\x02K\x01\x86\x94\x89".to_vec(), hooks, b"t\x94R\x94s.".to_vec()];
    let start = [b"}\x94".to_vec(), short("w"), named("torch._utils", "_rebuild_tensor_v2"), b"(".to_vec()];
    let body = [start.concat(), storage.concat(), rest.concat()].concat();
    let newer = [b"\x80\x04\x95".to_vec(), (body.len() as u64).to_le_bytes().to_vec(), body].concat();
    assert_eq!(read_views(&newer).unwrap(), expected);
}

#[test]
fn the_state_dict_may_be_one_dict_deeper() {
    let weights = || dict(&[("w", tensor(&sample("w", "HalfStorage", "0", &[2])))]);
    let optimizer = dict(&[("state", dict(&[("0", weights())])), ("lr", b"G\0\0\0\0\0\0\0\0".to_vec())]);
    let expected = [view("w", TensorType::F16, &[2], "0", 2, 0)];
    for outer in [
        dict(&[("model", weights())]),
        dict(&[("module", weights()), ("epoch", int(3)), ("optimizer", optimizer)]),
        dict(&[("w", tensor(&sample("w", "HalfStorage", "0", &[2]))), ("step", int(3)), ("none", b"N".to_vec())]),
    ] {
        assert_eq!(read_views(&pickle(&outer)).unwrap(), expected);
    }
    let not_one = |n: usize| Err(Refused::unsupported("state_dict", n, 1));
    assert_eq!(read_views(&pickle(&dict(&[("model", weights()), ("ema", weights())]))), not_one(2));
    assert_eq!(read_views(&pickle(&dict(&[("a", dict(&[("b", weights())]))]))), not_one(0));
    assert_eq!(read_views(&pickle(&dict(&[]))), not_one(0));
    for (value, kind) in [(b"]".to_vec(), "list"), (tuple(&[weights()]), "tuple"), (int(1), "int")] {
        assert_eq!(read_views(&pickle(&value)), Err(Refused::unsupported("data.pkl", kind, "dict")));
    }
}

#[test]
fn a_dict_named_very_often_is_looked_through_once() {
    let many = |key: &[u8], value: &[u8], n: usize| [b"(".to_vec(), [key, value].concat().repeat(n), b"u".to_vec()];
    let inner = many(b"N", b"N", 200_000).concat();
    let outer = many(b"N", b"h\x00", 200_000).concat();
    let bytes = pickle(&[b"}q\x00".to_vec(), inner, b"}".to_vec(), outer].concat());
    assert_eq!(read_views(&bytes), Err(Refused::unsupported("state_dict", 0, 1)));
}

#[test]
fn views_that_are_no_dense_part_of_their_storage() {
    let weight = || sample("w", "HalfStorage", "0", &[4, 6]);
    let outside = [
        Sample { first: 1, ..weight() },
        Sample { first: -1, ..weight() },
        Sample { first: i64::MAX, ..weight() },
        Sample { n_stored: 23, ..weight() },
        Sample { n_stored: -24, ..weight() },
        Sample { shape: vec![4, -6], ..weight() },
        Sample { shape: vec![5, 6], ..weight() },
        Sample { shape: vec![i64::MAX, i64::MAX], ..weight() },
        Sample { shape: vec![1 << 32, 1 << 32, 1], n_stored: i64::MAX, ..weight() },
    ];
    for sample in outside {
        let shape = sample.shape.clone();
        let why = one(sample).unwrap_err();
        assert!(matches!(&why, Refused::Corrupt { what, .. } if what == "w"), "{shape:?}: {why}");
    }
    let strides =
        [vec![], vec![6], vec![1, 4], vec![6, 2], vec![6, -1], vec![0, 1], vec![6, 0], vec![12, 1], vec![6, 1, 1]];
    for stride in strides {
        let shown = format!("{stride:?}");
        let why = one(Sample { stride, n_stored: 1000, ..weight() }).unwrap_err();
        assert!(matches!(&why, Refused::Unsupported { value, .. } if *value == shown), "{shown}: {why}");
    }
    let deep = Sample { shape: vec![1; 9], stride: vec![1; 9], ..weight() };
    assert!(matches!(one(deep), Err(Refused::Corrupt { .. })));
}

#[test]
fn other_number_formats_are_named_all_of_them() {
    let kinds = ["DoubleStorage", "LongStorage", "BoolStorage", "Storage"];
    let samples = kinds.map(|kind| sample("w", kind, "0", &[2]));
    let Err(Refused::Several(reasons)) = read_views(&saved(&samples)) else { panic!("read") };
    assert_eq!(reasons.len(), kinds.len());
    for (why, kind) in reasons.iter().zip(kinds) {
        assert!(matches!(why, Refused::Unsupported { value, .. } if *value == format!("torch.{kind}")), "{why}");
    }
}

#[test]
fn a_tensor_with_more_to_do_to_it_is_refused() {
    let mut arguments = tensor_arguments(&sample("w", "HalfStorage", "0", &[2]));
    arguments.push(dict(&[("neg", vec![0x88])]));
    let negated = call(global("torch._utils", "_rebuild_tensor_v2"), &arguments);
    assert!(matches!(read_views(&pickle(&dict(&[("w", negated)]))), Err(Refused::Corrupt { .. })));
}

#[test]
fn names_are_short_texts() {
    let weight = tensor(&sample("w", "HalfStorage", "0", &[2]));
    let named = |n: usize| read_views(&pickle(&dict(&[("字".repeat(n).as_str(), weight.clone())])));
    assert_eq!(named(170).unwrap().len(), 1);
    assert!(matches!(named(171), Err(Refused::Corrupt { .. })));
    let by_number = pickle(&[b"}".to_vec(), int(1), weight.clone(), b"s".to_vec()].concat());
    assert!(matches!(read_views(&by_number), Err(Refused::Corrupt { .. })));
    let keyed = |text_of_key: Vec<u8>| {
        let id = tuple(&[text("storage"), global("torch", "HalfStorage"), text_of_key, text("cpu"), int(2)]);
        let mut arguments = tensor_arguments(&sample("w", "HalfStorage", "0", &[2]));
        arguments[0] = [id, b"Q".to_vec()].concat();
        read_views(&pickle(&dict(&[("w", call(global("torch._utils", "_rebuild_tensor_v2"), &arguments))])))
    };
    assert!(keyed(text(&"0".repeat(512))).is_ok());
    assert!(matches!(keyed(text(&"0".repeat(513))), Err(Refused::Corrupt { .. })));
}
