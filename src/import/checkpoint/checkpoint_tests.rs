use super::samples::{safetensors_file, sample, state_dict, torch_file};
use super::*;

/// Files in memory; those that are `None` cannot be opened.
struct Files(Vec<(&'static str, Option<Vec<u8>>)>);

impl Folder for Files {
    fn open(&self, name: &str) -> io::Result<Box<dyn ReadAt>> {
        match self.0.iter().find(|(there, _)| *there == name) {
            Some((_, Some(bytes))) => Ok(Box::new(bytes.clone())),
            Some((_, None)) => Err(io::ErrorKind::PermissionDenied.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

fn safetensors_with(names: &[&str]) -> Option<Vec<u8>> {
    let one = |(i, name): (usize, &&str)| {
        format!(r#""{name}":{{"dtype":"F16","shape":[1],"data_offsets":[{},{}]}}"#, 2 * i, 2 * i + 2)
    };
    let header: Vec<String> = names.iter().enumerate().map(one).collect();
    Some(safetensors_file(&format!("{{{}}}", header.join(",")), &vec![0; 2 * names.len()]))
}

fn torch_with(name: &'static str) -> Option<Vec<u8>> {
    Some(torch_file(&state_dict(&[sample(name, "HalfStorage", "0", &[1])]), &[("0", b"hh")]))
}

fn index(placed: &[(&str, &str)]) -> Option<Vec<u8>> {
    let map: BTreeMap<_, _> = placed.iter().copied().collect();
    Some(serde_json::json!({"metadata": {"total_size": 1}, "weight_map": map}).to_string().into_bytes())
}

fn opened(files: Vec<(&'static str, Option<Vec<u8>>)>) -> Result<Vec<(String, String)>, Refused> {
    let checkpoint = Checkpoint::open(&Files(files))?;
    let placed = checkpoint.tensors.iter();
    Ok(placed.map(|(shard, tensor)| (checkpoint.shards[*shard].name.clone(), tensor.name.clone())).collect())
}

fn pairs(placed: &[(&str, &str)]) -> Vec<(String, String)> {
    placed.iter().map(|(shard, tensor)| ((*shard).to_owned(), (*tensor).to_owned())).collect()
}

#[test]
fn one_file_or_an_index_and_safetensors_first() {
    let single = || ("model.safetensors", safetensors_with(&["s"]));
    let torch = || ("pytorch_model.bin", torch_with("t"));
    let shards = || {
        let map = [("a", "model-1.safetensors"), ("b", "model-2.safetensors"), ("c", "model-1.safetensors")];
        vec![
            ("model.safetensors.index.json", index(&map)),
            ("model-1.safetensors", safetensors_with(&["c", "a"])),
            ("model-2.safetensors", safetensors_with(&["b", "not in the index"])),
        ]
    };
    let of_shards = [
        ("model-1.safetensors", "c"),
        ("model-1.safetensors", "a"),
        ("model-2.safetensors", "b"),
        ("model-2.safetensors", "not in the index"),
    ];
    let torch_shards =
        vec![("pytorch_model.bin.index.json", index(&[("t", "part-1.bin")])), ("part-1.bin", torch_with("t"))];
    let with = |mut files: Vec<_>, more| {
        files.push(more);
        files
    };
    assert_eq!(opened(vec![torch()]), Ok(pairs(&[("pytorch_model.bin", "t")])));
    assert_eq!(opened(torch_shards), Ok(pairs(&[("part-1.bin", "t")])));
    assert_eq!(opened(vec![torch(), single()]), Ok(pairs(&[("model.safetensors", "s")])));
    assert_eq!(opened(with(shards(), torch())), Ok(pairs(&of_shards)));
    assert_eq!(opened(with(shards(), single())), Ok(pairs(&[("model.safetensors", "s")])));
    assert_eq!(opened(vec![("config.json", Some(Vec::new()))]), Err(Refused::NoWeights));
}

#[test]
fn shards_that_are_not_there_are_listed() {
    let map = [("a", "1.bin"), ("b", "2.bin"), ("c", "3.bin")];
    let files = vec![("pytorch_model.bin.index.json", index(&map)), ("2.bin", torch_with("b"))];
    let names = vec!["1.bin".to_owned(), "3.bin".to_owned()];
    assert_eq!(opened(files), Err(Refused::MissingFiles { names }));
}

#[test]
fn names_of_files_are_plain() {
    let long = format!("{}.bin", "a".repeat(125));
    for name in [
        "",
        ".bin",
        "..bin",
        "../a.bin",
        "a/b.bin",
        "/a.bin",
        "a\\b.bin",
        "C:\\a.bin",
        "C:a.bin",
        "\\\\host\\a.bin",
        "a.bin\0",
        "a\0.bin",
        "a\n.bin",
        "a b.bin",
        "-a.bin",
        "_a.bin",
        "~.bin",
        "字.bin",
        "a.exe",
        "a.bin.exe",
        "a",
        "bin",
        "a.BIN",
        "a.pt",
        "a.safetensors/",
        "a.safetensors.index.json",
        "%2e%2e.bin",
        "a:b.bin",
        "a*.bin",
        "a..b.bin",
        "con.bin",
        long.as_str(),
    ] {
        assert!(!is_weights_name(name), "{name:?}");
        let files = vec![("model.safetensors.index.json", index(&[("a", name)]))];
        assert_eq!(opened(files), Err(Refused::FileName { name: name.to_owned() }));
    }
    let longest = &long[1..];
    for name in ["a.bin", "0.safetensors", "pytorch_model-00001-of-00003.bin", "A.b-_.bin", longest] {
        assert!(is_weights_name(name), "{name}");
    }
}

#[test]
fn the_index_and_the_files_agree() {
    let twice = vec![
        ("model.safetensors.index.json", index(&[("a", "1.safetensors"), ("b", "2.safetensors")])),
        ("1.safetensors", safetensors_with(&["a", "b"])),
        ("2.safetensors", safetensors_with(&["b"])),
    ];
    let files = ["1.safetensors", "2.safetensors"].map(str::to_owned);
    assert_eq!(opened(twice), Err(Refused::Duplicate { tensor: "b".to_owned(), files }));

    let missing = vec![
        ("model.safetensors.index.json", index(&[("a", "1.safetensors"), ("b", "1.safetensors"), ("c", "2.bin")])),
        ("1.safetensors", safetensors_with(&["c"])),
        ("2.bin", torch_with("d")),
    ];
    let Err(Refused::Several(reasons)) = opened(missing) else { panic!("opened") };
    let names = |names: &[&str]| Refused::MissingTensors { names: names.iter().map(|n| (*n).to_owned()).collect() };
    assert_eq!(reasons, [names(&["a", "b"]).in_file("1.safetensors"), names(&["c"]).in_file("2.bin")]);
}

#[test]
fn a_name_twice_in_one_file() {
    let same = [sample("a", "HalfStorage", "0", &[1]), sample("a", "HalfStorage", "0", &[1])];
    let file = Some(torch_file(&state_dict(&same), &[("0", b"hh")]));
    let files = ["pytorch_model.bin", "pytorch_model.bin"].map(str::to_owned);
    let twice = Refused::Duplicate { tensor: "a".to_owned(), files };
    assert_eq!(opened(vec![("pytorch_model.bin", file)]), Err(twice));
}

#[test]
fn indexes_that_are_none() {
    for bytes in [&b""[..], b"{}", b"[]", b"{\"weight_map\":{}}", b"{\"weight_map\":[]}", b"{\"weight_map\":{\"a\":1}}"]
    {
        let Err(Refused::File { name, why }) = opened(vec![("model.safetensors.index.json", Some(bytes.to_vec()))])
        else {
            panic!("{}", bytes.escape_ascii())
        };
        assert_eq!(name, "model.safetensors.index.json");
        assert!(matches!(*why, Refused::Corrupt { .. }), "{why}");
    }
    let large = vec![b' '; MAX_INDEX_BYTES as usize + 1];
    let Err(Refused::File { why, .. }) = opened(vec![("pytorch_model.bin.index.json", Some(large))]) else { panic!() };
    assert!(matches!(*why, Refused::TooLarge { .. }));
}

#[test]
fn files_that_cannot_be_read_are_all_told() {
    let denied = opened(vec![("pytorch_model.bin", None)]);
    let Err(Refused::File { name, why }) = denied else { panic!("opened") };
    assert!(name == "pytorch_model.bin" && matches!(*why, Refused::Io { kind: io::ErrorKind::PermissionDenied, .. }));

    let cut = |bytes: Option<Vec<u8>>| bytes.map(|bytes| bytes[..bytes.len() - 1].to_vec());
    let both = vec![
        ("model.safetensors.index.json", index(&[("a", "1.safetensors"), ("b", "2.bin"), ("c", "3.bin")])),
        ("1.safetensors", cut(safetensors_with(&["a"]))),
        ("2.bin", cut(torch_with("b"))),
        ("3.bin", torch_with("c")),
    ];
    let Err(Refused::Several(reasons)) = opened(both) else { panic!("opened") };
    let [Refused::File { name: first, why: cut_short }, second] = reasons.as_slice() else { panic!("{reasons:?}") };
    assert!(first == "1.safetensors" && matches!(**cut_short, Refused::Truncated { .. }));
    assert_eq!(*second, Refused::NoDirectory.in_file("2.bin"));
}

#[test]
fn of_weights_in_two_formats_one_is_read() {
    let torch =
        ["pytorch_model.bin.index.json", "pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"];
    let safe = ["model.safetensors.index.json", "model-00001-of-00001.safetensors"];
    let both: Vec<&str> = torch.iter().chain(&safe).copied().collect();
    for (all, read) in [(&torch[..], &torch[..]), (&safe, &safe), (&both, &safe)] {
        let has = |name: &str| all.contains(&name);
        for name in all.iter().chain(&["config.json", "training_args.bin", "tokenizer.model"]) {
            let is_weights = both.contains(name);
            assert_eq!(is_read(name, has), read.contains(name), "{name} of {all:?}");
            assert_eq!(is_passed_over(name, has), is_weights && !read.contains(name), "{name} of {all:?}");
        }
    }
}
