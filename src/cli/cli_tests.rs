use super::*;
use crate::exit::Exit;
use options::ROWS;

fn typed(words: &[&str]) -> Result<Cli, Failed> {
    parse(["liao"].iter().chain(words))
}

fn told(words: &[&str]) -> String {
    match typed(words) {
        Ok(cli) => panic!("{words:?} was taken: {cli:?}"),
        Err(failed) => {
            assert_eq!(failed.exit, Exit::Usage, "{words:?}");
            assert!(failed.message.lines().count() <= 2, "{}", failed.message);
            failed.message
        }
    }
}

#[test]
fn each_bad_value_is_told_with_its_option_value_and_range() {
    let table: &[(&str, &[&str], &str)] = &[
        ("model", &["", " "], "不能为空"),
        ("template", &[""], "不能为空"),
        ("system-file", &[""], "不能为空"),
        ("log-file", &[""], "不能为空"),
        ("stop", &[""], "不能为空"),
        ("file", &["", " "], "不能为空"),
        ("lora", &[""], "不能为空"),
        ("grammar", &["", " "], "不能为空"),
        ("json-schema", &[""], "不能为空"),
        ("guard", &["maybe", ""], "on、off"),
        ("reply-lang", &["fr", "auto"], "zh、en、off"),
        ("encoding", &["big5", ""], "auto、utf-8、gb18030、utf-16"),
        ("max-tokens", &["0", "-1", "1048577", "1.5", "多", "4294967296"], "1 到 1048576 之间的整数"),
        ("overflow", &["wrap"], "shift、stop"),
        ("temp", &["NaN", "inf", "-inf", "-0.1", "5.01", "热", "0,8", "1e99"], "0 到 5 之间的数"),
        ("top-k", &["-1", "1048577", "all"], "0 到 1048576 之间的整数"),
        ("top-p", &["0", "-0", "1.01", "NaN", "1e-60"], "大于 0、不超过 1 的数"),
        ("min-p", &["-0.01", "1.01", "nan"], "0 到 1 之间的数"),
        ("repeat-penalty", &["0", "10.1", "NaN", "-1"], "大于 0、不超过 10 的数"),
        ("repeat-last-n", &["4097", "-1"], "0 到 4096 之间的整数"),
        ("seed", &["-1", "4294967296", "x"], "random，或 0 到 4294967295 之间的整数"),
        ("ctx", &["255", "0", "1048577", "4k"], "auto，或 256 到 1048576 之间的整数"),
        ("threads", &["0", "513", "-4"], "auto，或 1 到 512 之间的整数"),
        ("gpu-layers", &["-1", "some", "65536"], "auto，或 all，或 0 到 65535 之间的整数"),
        ("kv-type", &["f32", "Q5_0"], "auto、f16、q8_0、q4_0"),
        ("lang", &["fr", ""], "zh、en"),
        ("color", &["sometimes"], "auto、always、never"),
    ];
    for (name, values, range) in table {
        for value in *values {
            let message = told(&[&format!("--{name}={value}")]);
            assert!(message.starts_with(&format!("--{name} {value}：")), "{message}");
            assert!(message.contains(range), "{message} lacks {range}");
        }
    }
    // Every option that can be wrong stands above, or is tested with its subcommand.
    for row in ROWS.iter().filter(|row| row.kind.takes_value() && row.kind != Kind::Text) {
        let here = table.iter().any(|(name, ..)| *name == row.name);
        assert!(
            here || ["messages", "repeat", "quant", "name", "output", "resume", "ambiguous-width"].contains(&row.name),
            "{} is not in the table",
            row.name
        );
    }
    assert_eq!(told(&["bench", "--repeat", "0"]), "--repeat 0：应为 1 到 100 之间的整数");
    assert_eq!(told(&["prompt", "--messages", ""]), "--messages ：不能为空");
    for name in ["quant", "name", "output"] {
        assert_eq!(told(&["import", "dir", &format!("--{name}"), ""]), format!("--{name} ：不能为空"));
    }
}

#[test]
fn a_value_may_stand_apart_or_behind_an_equals_sign_or_behind_the_letter() {
    for words in [&["--temp", "0.5"][..], &["--temp=0.5"]] {
        assert_eq!(typed(words).unwrap().flags[&Key::Temp], Value::Real(0.5), "{words:?}");
    }
    for words in [&["-c4096"][..], &["-c", "4096"], &["--ctx=4096"], &["-c", "8192", "-c", "4096"]] {
        assert_eq!(typed(words).unwrap().flags[&Key::Ctx], Value::Whole(4096), "{words:?}");
    }
    // A negative number is a value out of range, not an unknown option.
    assert_eq!(told(&["--temp", "-1"]), "--temp -1：应为 0 到 5 之间的数");
}

#[test]
fn every_option_is_taken() {
    let cli = typed(&[
        "-m",
        "a:Q4_0",
        "--template",
        "llama2",
        "--lora",
        "a.gguf=0.5",
        "-s",
        "",
        "--encoding",
        "GBK",
        "--verbatim",
        "--resume",
        "旅行",
        "--no-save",
        "-n",
        "7",
        "--stop",
        "--",
        "--stop",
        "。",
        "--overflow",
        "stop",
        "--grammar",
        "g.gbnf",
        "--guard",
        "关",
        "--reply-lang",
        "中文",
        "--temp",
        "0",
        "--top-k",
        "0",
        "--top-p",
        "1",
        "--min-p",
        "0",
        "--repeat-penalty",
        "1.1",
        "--repeat-last-n",
        "0",
        "--seed",
        "42",
        "-c",
        "256",
        "-t",
        "512",
        "-g",
        "all",
        "--kv-type",
        "q8_0",
        "--force",
        "--json",
        "--stats",
        "-q",
        "-vv",
        "--lang",
        "zh",
        "--color",
        "never",
        "--log-file",
        "x.log",
        "-p",
        "--- 一条线",
        "-f",
        "a.txt",
        "--file=-b c.md",
    ])
    .unwrap();
    assert_eq!(cli.command, Command::Chat);
    assert_eq!(cli.prompt.as_deref(), Some("--- 一条线"));
    assert_eq!(cli.resume.as_deref(), Some("旅行"));
    assert_eq!(cli.files, [PathBuf::from("a.txt"), "-b c.md".into()]);
    assert!(cli.json && cli.force && !cli.turns);
    let text = |text: &str| Value::Text(text.into());
    let expected = [
        (Key::Model, text("a:Q4_0")),
        (Key::Template, text("llama2")),
        (Key::Lora, Value::Texts(vec!["a.gguf=0.5".into()])),
        (Key::System, text("")),
        (Key::NoSave, Value::Switch(true)),
        (Key::Encoding, text("gb18030")),
        (Key::Verbatim, Value::Switch(true)),
        (Key::MaxTokens, Value::Whole(7)),
        (Key::Stop, Value::Texts(vec!["--".into(), "。".into()])),
        (Key::Overflow, text("stop")),
        (Key::Grammar, text("g.gbnf")),
        (Key::Guard, text("off")),
        (Key::ReplyLang, text("zh")),
        (Key::Temp, Value::Real(0.0)),
        (Key::TopK, Value::Whole(0)),
        (Key::TopP, Value::Real(1.0)),
        (Key::MinP, Value::Real(0.0)),
        (Key::RepeatPenalty, Value::Real(1.1)),
        (Key::RepeatLastN, Value::Whole(0)),
        (Key::Seed, Value::Whole(42)),
        (Key::Ctx, Value::Whole(256)),
        (Key::Threads, Value::Whole(512)),
        (Key::GpuLayers, text("all")),
        (Key::KvType, text("q8_0")),
        (Key::Stats, Value::Switch(true)),
        (Key::Quiet, Value::Switch(true)),
        (Key::Verbose, Value::Whole(2)),
        (Key::Lang, text("zh")),
        (Key::Color, text("never")),
        (Key::LogFile, text("x.log")),
    ];
    assert_eq!(cli.flags, expected.into_iter().collect::<Layer>());
    // With what the two tests below take, the two that are no flags, and --json-schema, which --grammar excludes, that
    // is every row.
    assert_eq!(cli.flags.len() + ["prompt", "file", "resume", "json", "force"].len(), ROWS.len() - 12);
    assert!(told(&["--markdown"]).contains("--markdown"));
}

#[test]
fn a_session_to_go_on_with_may_be_named_or_not() {
    for (words, resume, prompt) in [
        (&["-r"][..], Some(""), None),
        (&["--resume"], Some(""), None),
        (&["-r", "1ng8hxq"], Some("1ng8hxq"), None),
        (&["-r1ng"], Some("1ng"), None),
        (&["--resume=旅行"], Some("旅行"), None),
        (&["-r", "-p", "问"], Some(""), Some("问")),
        (&["-p", "问", "-r"], Some(""), Some("问")),
        (&["-r", "--turns"], Some(""), None),
        (&["-r", "a", "-r"], Some(""), None),
        (&[], None, None),
    ] {
        let cli = typed(words).unwrap();
        assert_eq!((cli.resume.as_deref(), cli.prompt.as_deref()), (resume, prompt), "{words:?}");
        assert!(!cli.flags.contains_key(&Key::Resume), "{words:?}");
    }
    assert!(told(&["-r", "x", "bench"]).starts_with("--resume 与 liao bench 无关"));
}

#[test]
fn subcommands_take_their_own_options_and_those_of_liao_in_front() {
    let cli = typed(&["prompt", "--messages", "m.json", "-m", "x.gguf", "--json", "--system-file", "s.txt"]).unwrap();
    assert_eq!(cli.command, Command::Prompt { messages: "m.json".into() });
    assert!(cli.json && cli.flags.contains_key(&Key::SystemFile));

    let cli = typed(&["-m", "x.gguf", "-t", "1", "bench", "-t", "4"]).unwrap();
    assert_eq!(cli.command, Command::Bench { repeats: 3 });
    assert_eq!(cli.flags[&Key::Threads], Value::Whole(4));
    assert_eq!(typed(&["bench", "--repeat", "5"]).unwrap().command, Command::Bench { repeats: 5 });

    let cli = typed(&["config", "--temp", "1", "--json"]).unwrap();
    assert_eq!((cli.command, cli.json), (Command::Config, true));
    assert_eq!(cli.flags[&Key::Temp], Value::Real(1.0));
    assert_eq!(typed(&["list", "--json"]).unwrap().command, Command::List);
    assert_eq!(typed(&["show", "./x.gguf"]).unwrap().command, Command::Show { model: "./x.gguf".into() });
    assert_eq!(typed(&["rm", "我的:Q4_0", "-q"]).unwrap().command, Command::Remove { model: "我的:Q4_0".into() });

    let cli = typed(&["sessions", "export", "旅行", "-", "--json"]).unwrap();
    assert_eq!(cli.command, Command::Sessions(Sessions::Export { session: "旅行".into(), to: "-".into() }));
    assert!(cli.json && typed(&["sessions", "--force", "rm", "a", "b"]).unwrap().force);
    assert_eq!(typed(&["sessions"]).unwrap().command, Command::Sessions(Sessions::List(None)));
    assert!(told(&["sessions", "shwo", "x"]).contains("liao sessions show"));
    assert!(told(&["sessions", "--temp", "1"]).contains("--temp"));
    let cli = typed(&["-m", "x.gguf", "doctor", "--json", "--temp", "1"]).unwrap();
    assert_eq!((cli.command, cli.json, cli.flags.len()), (Command::Doctor, true, 2));
    assert_eq!(typed(&["completions", "zsh"]).unwrap().command, Command::Completions { kind: "zsh".into() });
    assert!(told(&["completions"]).contains("SHELL|man"));

    let cli = typed(&["-q", "pull", "llama-2-13b-chat:Q4_0", "--lang", "zh"]).unwrap();
    assert_eq!(cli.command, Command::Pull { model: "llama-2-13b-chat:Q4_0".into(), keeps_source: false });
    assert_eq!(cli.flags.keys().collect::<Vec<_>>(), [&Key::Quiet, &Key::Lang]);
    let cli = typed(&["pull", "--keep-source", "x"]).unwrap();
    assert_eq!(cli.command, Command::Pull { model: "x".into(), keeps_source: true });
    assert!(told(&["list", "--keep-source"]).contains("--keep-source"));
    let cli = typed(&["pull", "hf:a/b/c.gguf", "--offline"]).unwrap();
    assert_eq!(cli.command, Command::Pull { model: "hf:a/b/c.gguf".into(), keeps_source: false });
    assert_eq!(cli.flags[&Key::Offline], Value::Switch(true));
    assert!(told(&["list", "--offline"]).contains("--offline"));
    assert_eq!(told(&["-m", "x", "pull", "y"]), "--model 与 liao pull 无关。它能用的选项见：liao pull --help");
    assert_eq!(typed(&["engine"]).unwrap().command, Command::Engine);
    assert!(typed(&["--turns"]).unwrap().turns);

    assert_eq!(told(&["--temp", "1", "bench"]), "--temp 与 liao bench 无关。它能用的选项见：liao bench --help");
    assert!(told(&["-p", "你好", "config"]).starts_with("--prompt 与 liao config 无关"));
}

#[test]
fn what_clap_finds_is_told_in_one_sentence() {
    for (words, expected) in [
        (&["--tmep", "1"][..], "没有选项 --tmep。是不是 --temp？"),
        (&["--zebra", "x"], "没有选项 --zebra。全部选项见：liao --help"),
        (&["-z"], "没有选项 -z。全部选项见：liao --help"),
        (&["--temp"], "--temp 后面还缺一个值：写成 --temp F"),
        (&["-p"], "--prompt 后面还缺一个值：写成 --prompt 问题"),
        (&["-f", "-p"], "--file 后面还缺一个值：写成 --file 路径"),
        (&["--json=yes"], "--json 不带值，却给了 yes"),
        (&["-s", "a", "--system-file", "b"], "--system <文字> 和 --system-file <路径> 不能一起用：留下一个"),
        (&["--grammar", "a", "--json-schema", "b"], "--grammar <文件> 和 --json-schema <文件> 不能一起用：留下一个"),
        (&["-p", "a", "--turns"], "--prompt <问题> 和 --turns 不能一起用：留下一个"),
        (&["prompt"], "还要给出 --messages <文件>。用法见：liao --help"),
        (&["pull"], "还要给出 <名字[:量化]>。用法见：liao --help"),
        (&["pull", "a", "b"], "不知道 b 是什么意思。要提问就用：liao -p b"),
        (&["你好"], "不知道 你好 是什么意思。要提问就用：liao -p 你好"),
        (&["bnch"], "没有子命令 bnch。是不是 liao bench？要提问就用：liao -p bnch"),
        (&["bench", "x\u{1b}[2Jy"], "不知道 x^[[2Jy 是什么意思。要提问就用：liao -p x^[[2Jy"),
        (
            &["help", "me"],
            "没有关于 me 的帮助。有的是：liao help，liao help config，liao help pull，liao help list，liao help show，liao help rm，liao help import，liao help sessions，liao help prompt，liao help bench，liao help doctor，liao help completions",
        ),
    ] {
        assert_eq!(told(words), expected, "{words:?}");
    }
}

#[cfg(unix)]
#[test]
fn words_that_are_not_utf_8_are_told() {
    use std::os::unix::ffi::OsStringExt;
    let failed = parse([OsString::from("liao"), "-p".into(), OsString::from_vec(vec![0xC4, 0xE3])]).unwrap_err();
    assert_eq!(failed.exit, Exit::Usage);
    assert!(failed.message.contains("UTF-8"), "{}", failed.message);
}

#[test]
fn help_is_a_text_for_stdout() {
    let page = |words: &[&str]| match typed(words).unwrap().command {
        Command::Tell(text) => text,
        other => panic!("{words:?}: {other:?}"),
    };
    let main = page(&["--help"]);
    assert_eq!(page(&["-h"]), main);
    assert_eq!(page(&["help"]), main);
    assert_eq!(page(&["--lang", "zh", "help", "--lang", "zh"]), main);
    assert!(main.lines().count() <= 66, "{} lines are more than two screens of 33:\n{main}", main.lines().count());
    assert!(!main.contains('\u{1b}') && !main.contains("engine "), "{main}");
    let mut columns = std::collections::BTreeSet::new();
    for row in ROWS.iter().filter(|row| row.on & options::on::CHAT != 0) {
        let is_its = |line: &&str| line.contains(&format!(" --{}", row.name)) && line.ends_with(row.help());
        let line = main.lines().find(is_its).unwrap_or_else(|| panic!("{}\n{main}", row.name));
        columns.insert(unicode_width::UnicodeWidthStr::width(line.strip_suffix(row.help()).unwrap_or_default()));
    }
    assert_eq!(columns.len(), 1, "not below each other\n{main}");
    for line in main.lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
    }
    for page in [&main, &page(&["help", "prompt"]), &page(&["bench", "--help"])] {
        assert!(page.contains("\n模型：\n") && !page.contains(":\n"), "{page}");
    }
    assert_eq!(page(&["help", "prompt"]), page(&["prompt", "--help"]));
    let completions = page(&["completions", "--help"]);
    assert!(
        COMPLETIONS.iter().all(|kind| completions.contains(&format!("liao completions {kind} >"))),
        "{completions}"
    );
    for line in completions.lines().chain(page(&["help", "doctor"]).lines()) {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
    }
    assert!(page(&["help", "bench"]).contains("--repeat"));
    let pull = page(&["help", "pull"]);
    assert!(
        pull.contains("liao pull 名字[:量化]") && pull.contains("名字:Q4_K_M") && !pull.contains("--model"),
        "{pull}"
    );
    assert!(!page(&["config", "--help"]).contains("--temp"));
    assert!(page(&["--version"]).contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn shells_are_told_what_shows_and_nothing_else() {
    let liao = for_shells(&["a-model"]);
    liao.clone().debug_assert();
    let subs: Vec<&str> = liao.get_subcommands().map(clap::Command::get_name).collect();
    assert!(subs.contains(&"doctor") && !subs.contains(&"engine") && !subs.contains(&"importer"), "{subs:?}");
    let values = |command: &clap::Command, name: &str| -> Vec<String> {
        let arg = command.get_arguments().find(|arg| arg.get_id() == name).unwrap_or_else(|| panic!("no {name}"));
        arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect()
    };
    assert_eq!(values(&liao, "kv-type"), ["auto", "f16", "q8_0", "q4_0"]);
    let sub = |name: &str| liao.get_subcommands().find(|sub| sub.get_name() == name).expect("a subcommand");
    assert_eq!(values(sub("completions"), help::WORD), COMPLETIONS);
    assert_eq!(
        (values(sub("pull"), help::WORD), values(sub("show"), help::WORD)),
        (vec!["a-model".to_owned()], vec![])
    );
    assert!(sub("config").get_arguments().all(|arg| !arg.is_hide_set() && arg.get_id() != "temp"));
}

#[test]
fn help_config_names_every_key_and_its_example_is_right() {
    let Command::Tell(page) = typed(&["help", "config"]).unwrap().command else { panic!("no page") };
    for row in ROWS {
        assert_eq!(page.contains(&format!("\n  {} ", row.name)), row.reach != Reach::Call, "{}", row.name);
    }
    let example: String = page.lines().filter(|line| line.contains(" = ")).map(|line| format!("{line}\n")).collect();
    let table: toml::Table = example.parse().unwrap();
    assert_eq!(table.len(), 5, "{example}");
    assert!(table.keys().all(|key| options::named(key).is_some_and(|row| row.reach != Reach::Call)), "{example}");
}

#[test]
fn the_language_is_seen_before_anything_else_is() {
    let lang = |words: &[&str]| lang_typed(&words.iter().map(OsString::from).collect::<Vec<_>>());
    for (words, expected) in [
        (&["liao", "--tmep", "--lang", "en"][..], Some(Lang::En)),
        (&["liao", "--lang=zh-CN"], Some(Lang::Zh)),
        (&["liao", "--lang", "en", "--lang=zh"], Some(Lang::Zh)),
        (&["liao", "--lang", "fr"], None),
        (&["liao", "--lang"], None),
        (&["liao", "--", "--lang", "en"], None),
        (&["liao"], None),
    ] {
        assert_eq!(lang(words), expected, "{words:?}");
    }
}
