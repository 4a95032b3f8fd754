use super::super::samples::{call, dict, global, int, pickle, sample, state_dict, text, tuple};
use super::*;

fn refused(value: &[u8]) -> Refused {
    load(&pickle(value)).err().unwrap_or_else(|| panic!("loaded {}", value.escape_ascii()))
}

fn result(value: &[u8]) -> &'static str {
    load(&pickle(value)).unwrap().result.kind()
}

#[test]
fn whatever_it_would_call_is_named_and_not_called() {
    let stack_global = |module, name| [text(module), text(name), b"\x93".to_vec()].concat();
    let cases = [
        (call(global("os", "system"), &[text("touch /tmp/owned")]), "os.system"),
        (call(global("builtins", "eval"), &[text("1")]), "builtins.eval"),
        (call(global("torch", "load"), &[text("x")]), "torch.load"),
        (call(global("torch._utils", "_rebuild_tensor_v3"), &[]), "torch._utils._rebuild_tensor_v3"),
        (call(global("collections", "OrderedDict.__init__"), &[]), "collections.OrderedDict.__init__"),
        (global("collections", "OrderedDict\r"), "collections.OrderedDict\r"),
        (stack_global("posix", "system"), "posix.system"),
        (stack_global("torch", "os.HalfStorage"), "torch.os.HalfStorage"),
        (stack_global("torch.storage", "UntypedStorage"), "torch.storage.UntypedStorage"),
        (call(global("torch", "HalfStorage"), &[int(1 << 40)]), "torch.HalfStorage"),
    ];
    for (value, name) in cases {
        assert_eq!(refused(&value), Refused::WouldCall { name: name.to_owned() });
    }
}

#[test]
fn instructions_off_the_list_are_refused() {
    let known = b"().01GJKMNQRX]abcehjqrstu}\x80\x85\x86\x87\x88\x89\x8a\x8c\x8d\x93\x94\x95";
    for code in 0..=u8::MAX {
        let told = load(&pickle(&[code])).err().map(|why| why.to_string()).unwrap_or_default();
        assert_eq!(told.contains("opcode"), !known.contains(&code), "{code:#04x}: {told}");
    }
}

#[test]
fn a_list_of_lists_a_billion_times_over_costs_its_bytes() {
    let mut laughs = b"]q\x00".to_vec();
    for i in 0..60u8 {
        laughs.extend([b']', b'q', i + 1, b'(']);
        laughs.extend([b'h', i].repeat(10));
        laughs.push(b'e');
    }
    assert_eq!(result(&laughs), "list");
    // In a dict it is looked through for tensors, and in vain.
    let told = super::super::state_dict::read_views(&pickle(&dict(&[("a", laughs)]))).unwrap_err();
    assert_eq!(told, Refused::unsupported("state_dict", 0, 1));
}

#[test]
fn a_list_may_hold_itself() {
    assert_eq!(result(b"]q\x00h\x00a"), "list");
    assert_eq!(result(b"}q\x00(h\x00h\x00u"), "dict");
}

#[test]
fn lengths_are_held_against_the_bytes_that_are_left() {
    let (n32, n64) = (u32::MAX.to_le_bytes(), u64::MAX.to_le_bytes());
    let cases: [(&[u8], &[u8]); 6] = [
        (b"X", &n32),
        (b"\x8d", &n64),
        (b"\x8d", &(1u64 << 40).to_le_bytes()),
        (b"\x8c", &[200]),
        (b"\x8a", &[200]),
        (b"\x95", &n64),
    ];
    for (start, length) in cases {
        assert!(matches!(refused(&[start, length, b"abc"].concat()), Refused::Corrupt { .. }));
    }
}

#[test]
fn calls_without_their_arguments() {
    let names = [("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_parameter")];
    for (module, name) in names {
        for arguments in [vec![], vec![int(1)], vec![int(1), int(2), int(3)]] {
            assert!(matches!(refused(&call(global(module, name), &arguments)), Refused::Corrupt { .. }));
        }
    }
    let ordered = || global("collections", "OrderedDict");
    assert_eq!(result(&call(ordered(), &[])), "dict");
    assert!(matches!(refused(&call(ordered(), &[int(1)])), Refused::Corrupt { .. }));
    assert!(matches!(refused(b"R"), Refused::Corrupt { .. }));
    assert!(matches!(refused(b")R"), Refused::Corrupt { .. }));
    assert!(matches!(refused(&[ordered(), int(1), b"R".to_vec()].concat()), Refused::Corrupt { .. }));
}

#[test]
fn what_names_no_storage() {
    for id in [vec![], vec![int(1)], vec![text("storage"), text("HalfStorage"), text("0"), text("cpu"), int(1)]] {
        assert!(matches!(refused(&[tuple(&id), b"Q".to_vec()].concat()), Refused::Corrupt { .. }));
    }
    assert!(matches!(refused(b"NQ"), Refused::Corrupt { .. }));
}

#[test]
fn depth_has_an_end() {
    let nested = |n: usize| [b"]".repeat(n), b"a".repeat(n - 1)].concat();
    assert_eq!(result(&nested(MAX_DEPTH)), "list");
    assert!(matches!(refused(&nested(MAX_DEPTH + 1)), Refused::Corrupt { .. }));
    assert!(matches!(refused(&nested(100_000)), Refused::Corrupt { .. }));
    assert_eq!(result(&[b")".to_vec(), b"\x85".repeat(MAX_DEPTH - 1)].concat()), "tuple");
    assert!(matches!(refused(&[b")".to_vec(), b"\x85".repeat(MAX_DEPTH)].concat()), Refused::Corrupt { .. }));
    assert!(matches!(refused(&b"(".repeat(MAX_DEPTH + 1)), Refused::Corrupt { .. }));
    // Filled from the outside in, no container is ever seen to be deep; and nothing walks down them.
    let mut chain = b"]q\x00".to_vec();
    for _ in 0..100_000 {
        chain.extend(b"]q\x01ah\x01");
    }
    assert_eq!(result(&chain), "list");
}

#[test]
fn instructions_are_counted() {
    let full = [b"N0".repeat((MAX_OPERATIONS - 4) / 2), b"N".to_vec()].concat();
    assert_eq!(result(&full), "constant");
    assert!(matches!(refused(&b"N0".repeat(MAX_OPERATIONS / 2)), Refused::Corrupt { .. }));
    let large = vec![0x80; MAX_BYTES as usize + 1];
    assert!(matches!(load(&large), Err(Refused::TooLarge { .. })));
}

#[test]
fn numbers_and_texts() {
    let cases: [(&[u8], i64); 8] = [
        (b"K\xff", 255),
        (b"M\x01\x02", 0x201),
        (b"J\xff\xff\xff\xff", -1),
        (b"J\x00\x00\x00\x80", i64::from(i32::MIN)),
        (b"\x8a\x00", 0),
        (b"\x8a\x01\xff", -1),
        (b"\x8a\x05\x00\x00\x00\x00\x01", 1 << 32),
        (b"\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80", i64::MIN),
    ];
    for (value, number) in cases {
        let loaded = pickle(value);
        let Value::Int(found) = load(&loaded).unwrap().result else { panic!("{}", value.escape_ascii()) };
        assert_eq!(found, number);
    }
    assert!(matches!(refused(b"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x00"), Refused::Corrupt { .. }));
    for value in [b"\x8c\x03\xe5\xad\x97".as_slice(), b"X\x03\x00\x00\x00\xe5\xad\x97"] {
        let loaded = pickle(value);
        assert!(matches!(load(&loaded).unwrap().result, Value::Text("字")));
    }
    assert!(matches!(refused(b"\x8c\x01\xff"), Refused::Corrupt { .. }));
    assert_eq!(result(b"G\x00\x00\x00\x00\x00\x00\x00\x00"), "constant");
}

#[test]
fn the_stack_and_its_marks() {
    assert_eq!(result(b"K\x01(NN1"), "int");
    assert_eq!(result(b"K\x01(0"), "int");
    assert_eq!(result(b"K\x01N0"), "int");
    assert_eq!(result(b"](K\x01K\x02e"), "list");
    for value in
        [b"".as_slice(), b"0", b"1", b"t", b"e", b"N(\x85", b"N(", b"N(0(t)u", b"}(Nu", b"}Ns", b"Na", b"NNb", b"}Nb"]
    {
        assert!(matches!(refused(value), Refused::Corrupt { .. }), "{}", value.escape_ascii());
    }
}

#[test]
fn what_was_noted_comes_back() {
    assert_eq!(result(b"]q\x05Nh\x05"), "list");
    assert_eq!(result(b"]r\xff\xff\xff\xffNj\xff\xff\xff\xff"), "list");
    assert_eq!(result(b"]\x94)\x94h\x00"), "list");
    assert!(matches!(refused(b"]q\x05h\x06"), Refused::Corrupt { .. }));
    assert!(matches!(refused(b"q\x00"), Refused::Corrupt { .. }));
}

#[test]
fn other_protocols_and_other_files() {
    for version in 0..=u8::MAX {
        assert_eq!(load(&[0x80, version, b'N', b'.']).is_ok(), (2..=5).contains(&version));
    }
    for bytes in [b"".as_slice(), b"N.", b"PK\x03\x04", b"(dp0\n."] {
        assert!(matches!(load(bytes), Err(Refused::Corrupt { .. })));
    }
}

#[test]
fn cut_or_changed_anywhere_it_does_not_panic() {
    let good = state_dict(&[sample("a.weight", "HalfStorage", "0", &[2, 300])]);
    assert!(load(&good).is_ok());
    for n in 0..good.len() {
        assert!(load(&good[..n]).is_err(), "{n}");
    }
    let mut changed = good.clone();
    for i in 0..good.len() {
        for byte in 0..=u8::MAX {
            changed[i] = byte;
            // Either will do: many changes make another good pickle.
            let _ = super::super::state_dict::read_views(&changed);
        }
        changed[i] = good[i];
    }
}
