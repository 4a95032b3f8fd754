//! models.toml: the shipped one obeys its own rules, a person's own is laid over it, and what is wrong in it is refused.

use super::*;

#[test]
fn every_built_in_model_obeys_the_rules() {
    let registry = Home::new().load(&[]).unwrap().registry;
    let names: Vec<_> = registry.entries().map(|entry| entry.name.as_str()).collect();
    for name in ["opendata-chinese-llama2-chat", "llama-2-13b-chat", "chinese-alpaca-2-1.3b", "llama2-chinese-13b-chat"]
    {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    assert_eq!(names[0], "opendata-chinese-llama2-chat", "in the order of the file: {names:?}");
    let demo = registry.find("demo").expect("the built-in model");
    assert!(demo.repo.is_none() && demo.files.is_empty() && demo.layer().contains_key(&Key::Temp));
    for entry in registry.entries() {
        let name = &entry.name;
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c)), "{name}");
        assert!(entry.summary.as_ref().is_some_and(|line| !line.zh.is_empty() && !line.en.is_empty()), "{name}");
        assert!((entry.repo.is_some() || name == "demo") && entry.n_ctx.is_some(), "{name}");
        assert_eq!(entry.files.is_empty(), name.starts_with("opendata-") || name == "demo", "{name}");
        let known = ["llama2", "llama2-hfl", "llama2-linksoul", "flagalpha", "human-assistant", "chatml"];
        match &entry.template {
            Some(template) => assert!(known.contains(&template.as_str()), "{name}: {template}"),
            None => assert_eq!(entry.purpose, Purpose::Reward, "{name}"),
        }
        for (quant, file) in &entry.files {
            let gb = file.bytes.map(|bytes| bytes as f64 / 1e9).or(file.size_gb).unwrap();
            assert!(file.bytes.is_none() || file.size_gb.is_none(), "{name}:{quant} has two sizes");
            // Weights in 10⁹ (more where the vocabulary is larger), and bits a weight from the quantization's name.
            let weights = match name {
                name if name.contains("13b") => 13.0,
                name if name.contains("1.3b") => 1.26,
                _ => 6.74,
            };
            let bits = gb * 8.0 / weights;
            let about = match quant.as_bytes() {
                [b'Q', digit, ..] => f64::from(digit - b'0'),
                [b'I', b'Q', digit, ..] => f64::from(digit - b'0'),
                b"F16" => 16.0,
                other => panic!("{name}: {other:?}"),
            };
            assert!((about - 0.1..about + 1.9).contains(&bits), "{name}:{quant}: {gb} GB are {bits:.2} bits a weight");
            assert!(file.file.to_lowercase().ends_with(&format!("{}.gguf", quant.to_lowercase())), "{name}:{quant}");
        }
    }
    // No file is listed twice, so a hash cannot stand with two names.
    let mut hashes: Vec<_> =
        registry.entries().flat_map(|entry| entry.files.values()).filter_map(|file| file.sha256.clone()).collect();
    let all = hashes.len();
    hashes.sort();
    hashes.dedup();
    assert_eq!((hashes.len(), all > 40), (all, true));
}

#[test]
fn ones_own_models_are_laid_over_the_built_in_ones() {
    let home = Home::new().models(
        "[llama-2-13b-chat]\nsystem = \"短\"\nsampling = { temp = 0.2 }\n\
         [llama-2-13b-chat.files]\nQ4_0 = { file = \"mine.gguf\" }\n\
         [own]\nrepo = \"me/own\"\ntemplate = \"chatml\"\nfiles.Q8_0.file = \"own.gguf\"\n[another]\n",
    );
    let registry = home.load(&[]).unwrap().registry;
    let names: Vec<_> = registry.entries().map(|entry| entry.name.as_str()).collect();
    assert_eq!((names[0], &names[names.len() - 2..]), ("opendata-chinese-llama2-chat", &["own", "another"][..]));
    let meta = registry.find("Llama-2-13B-Chat").unwrap();
    assert_eq!((meta.system.as_deref(), meta.template.as_deref()), (Some("短"), Some("llama2")));
    assert_eq!(meta.sampling.get(&Key::Temp), Some(&Value::Real(0.2)));
    assert_eq!(meta.sampling.get(&Key::TopP), Some(&Value::Real(0.9)));
    let (_, file) = meta.file("q4_0").unwrap();
    assert_eq!((file.file.as_str(), file.sha256.as_deref(), file.bytes), ("mine.gguf", None, None));
    assert_eq!(meta.file("Q4_K_M").unwrap().1.bytes, Some(7_865_956_224));
    let (_, file) = registry.find("own").unwrap().file("Q8_0").unwrap();
    assert_eq!(file.repo.as_deref(), Some("me/own"));
    assert_eq!(home.settings(&["-m", "own:q8_0"]).template(), Some("chatml"));
}

#[test]
fn an_evil_or_wrong_entry_is_refused() {
    let named = |name: &str| format!("[{name:?}]\n");
    let file = |name: &str| format!("[x]\nrepo = \"a/b\"\nfiles.Q4_0.file = {}\n", toml::Value::from(name));
    let repo = |name: &str| format!("[x]\nrepo = {}\n", toml::Value::from(name));
    let mut wrong: Vec<String> = vec![
        "[x]\nfiles.Q4_0 = { file = \"a.gguf\", sha256 = \"abc\" }".into(),
        "[x]\nfiles.Q4_0 = { file = \"a.gguf\", sha256 = \"G000000000000000000000000000000000000000000000000000000000000000\" }".into(),
        "[x]\nfiles.Q4_0 = { file = \"a.gguf\", revision = \"main\" }".into(),
        "[x]\nfiles.Q4_0 = { file = \"a.gguf\", size-gb = -1.0 }".into(),
        "[x]\nfiles.Q4_0 = { file = \"a.gguf\", bytes = -1 }".into(),
        "[x]\nfiles.\"../Q4\" = { file = \"a.gguf\" }".into(),
        "[x]\nfiles.Q4_0 = { file = \"a.gguf\", what = 1 }".into(),
        "[x]\nfiles.Q4_0 = {}".into(),
        "[x]\nlicense = \"mit\"".into(),
        "[x]\npurpose = \"fun\"".into(),
        "[x]\nsampling = { temp = 9 }".into(),
        "[x]\nsampling = { seed = 1 }".into(),
        "[x]\nsampling = { tmep = 1 }".into(),
        "x = 1".into(),
    ];
    for name in ["../x", "a/b", "a\\b", "C:x", "", ".", "..", ".x", "-x", "x..y", "x.", "con", "a b", "名字", "x.gguf"]
    {
        wrong.push(named(name));
    }
    wrong.push(format!("[{}]\n", "x".repeat(97)));
    for name in [
        "../x.gguf",
        "/x.gguf",
        "a/x.gguf",
        "a\\x.gguf",
        "C:\\x.gguf",
        "\\\\host\\x.gguf",
        "x\0.gguf",
        "x\u{1b}.gguf",
        "CON.gguf",
        "nul.gguf",
        "com1.gguf",
        ".gguf",
        "x",
        "x.exe",
        "x.gguf.part",
        "x..gguf",
        " x.gguf",
        "x.gguf ",
        "字.gguf",
    ] {
        wrong.push(file(name));
    }
    wrong.push(file(&format!("{}.gguf", "x".repeat(124))));
    for name in ["", "a", "a/", "/b", "a/b/c", "../b", "a/..", "a--x/b", "a/b--c", "a/.b", "a/b c", "a\n/b"] {
        wrong.push(repo(name));
    }
    for text in wrong {
        let told = Home::new().models(&text).told(&[]);
        assert!(told.starts_with("~/config/models.toml") && told.lines().count() == 1, "{text}\n{told}");
    }
    for right in [named("x.y_z-1"), file("com10.gguf"), file("console.Q4_0.GGUF"), repo("_a/b.c-d")] {
        assert!(Home::new().models(&right).load(&[]).is_ok(), "{right}");
    }
    let told = Home::new().models("[x]\nsampling = { temp = 9 }").told(&[]);
    assert_eq!(told, "~/config/models.toml: [x.sampling] temp = 9：应为 0 到 5 之间的数");
}

#[test]
fn a_path_gets_the_entry_that_its_file_is_of() {
    let registry = Home::new().load(&[]).unwrap().registry;
    for (model, expected) in [
        ("llama-2-13b-chat", Some("llama-2-13b-chat")),
        ("llama-2-13b-chat:Q9", Some("llama-2-13b-chat")),
        ("/somewhere/llama-2-13b-chat.Q4_K_M.gguf", Some("llama-2-13b-chat")),
        ("LLAMA-2-13B-CHAT.q4_k_m.gguf", Some("llama-2-13b-chat")),
        // The same name in four repositories: a folder tells them apart, and nothing else does.
        ("ggml-model-q4_k.gguf", None),
        ("/m/chinese-alpaca-2-7b-rlhf/ggml-model-q4_k.gguf", Some("chinese-alpaca-2-7b-rlhf")),
        ("/m/chinese-alpaca-2-1.3b-gguf/ggml-model-q4_k.gguf", Some("chinese-alpaca-2-1.3b")),
        ("/c/models--hfl--chinese-alpaca-2-13b-gguf/snapshots/x/ggml-model-q4_k.gguf", Some("chinese-alpaca-2-13b")),
        ("Demo:Q8_0", Some("demo")),
        ("demo.gguf", None),
        ("other.gguf", None),
        ("other", None),
    ] {
        assert_eq!(registry.entry_for(model).map(|entry| entry.name.as_str()), expected, "{model}");
    }
}
