mod bounds;
mod changes;
mod models;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::registry::Purpose;
use super::settings::{Color, Origin};
use super::*;
use crate::chat::budget::Overflow;
use crate::cli::options::{Key, ROWS, Reach};
use crate::cli::value::Value;
use crate::exit::Exit;
use crate::protocol::{GpuLayers, KvType, ReplyLang};
use crate::text::encoding::Encoding;

/// A home of its own, with what a person might have set.
struct Home {
    dir: TempDir,
    environment: Environment,
}

impl Home {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let mut environment = Environment { home: Some(dir.path().join("me")), ..Environment::default() };
        environment.variables.insert("LIAO_HOME".into(), dir.path().into());
        fs::create_dir_all(dir.path().join("config")).unwrap();
        Self { dir, environment }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn config(self, text: impl AsRef<[u8]>) -> Self {
        fs::write(self.path("config/config.toml"), text).unwrap();
        self
    }

    fn models(self, text: &str) -> Self {
        fs::write(self.path("config/models.toml"), text).unwrap();
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.variables.insert(name.into(), value.into());
        self
    }

    fn load(&self, words: &[&str]) -> Result<Configuration, Failed> {
        let cli = cli::parse(["liao"].iter().chain(words))?;
        Configuration::load(&cli.flags, &self.environment)
    }

    fn settings(&self, words: &[&str]) -> Settings {
        self.load(words).unwrap().settings
    }

    fn told(&self, words: &[&str]) -> String {
        let failed = self.load(words).expect_err("was taken");
        assert_eq!(failed.exit, Exit::Usage, "{failed}");
        failed.message.replace(&self.dir.path().display().to_string(), "~")
    }
}

#[test]
fn with_nothing_said_everything_is_built_in() {
    let settings = Home::new().settings(&[]);
    let sampling = settings.sampling(7);
    assert_eq!((sampling.temp, sampling.top_k, sampling.top_p, sampling.min_p), (0.6, 40, 0.9, 0.05));
    assert_eq!((sampling.repeat_penalty, sampling.repeat_last_n, sampling.seed), (1.0, 64, 7));
    assert_eq!((settings.max_tokens(), settings.stop().len(), settings.seed()), (2048, 0, None));
    assert_eq!((settings.model(), settings.template(), settings.system()), (None, None, None));
    assert_eq!((settings.ctx(), settings.threads(), settings.kv_type()), (None, None, None));
    assert_eq!((settings.gpu_layers(), settings.overflow()), (GpuLayers::Auto, Overflow::Shift));
    assert_eq!((settings.encoding(), settings.color()), (Encoding::Auto, Color::Auto));
    assert_eq!((settings.lang(), settings.log_file(), settings.verbosity()), (None, None, 0));
    assert!(!settings.stats() && !settings.quiet() && !settings.verbatim() && settings.markdown());
    assert!(!settings.is_system_typed() && !settings.no_save());
    assert!(settings.describe().iter().all(|line| line.from == "built-in"));
    assert_eq!(settings.describe().len(), ROWS.iter().filter(|row| row.reach != Reach::Call).count());
}

#[test]
fn every_accessor_reads_its_own_option() {
    let settings = Home::new().settings(&[
        "-m",
        "x.gguf",
        "--template",
        "chatml",
        "-s",
        "乖",
        "--encoding",
        "gbk",
        "--verbatim",
        "--no-save",
        "-n",
        "7",
        "--stop",
        "a",
        "--stop",
        "b",
        "--overflow",
        "stop",
        "--temp",
        "0",
        "--top-k",
        "1",
        "--top-p",
        "0.2",
        "--min-p",
        "0.3",
        "--repeat-penalty",
        "1.4",
        "--repeat-last-n",
        "5",
        "--seed",
        "6",
        "-c",
        "512",
        "-t",
        "8",
        "-g",
        "9",
        "--kv-type",
        "q4_0",
        "--lora",
        "l.gguf",
        "--guard",
        "off",
        "--reply-lang",
        "zh",
        "--stats",
        "-q",
        "-v",
        "--lang",
        "en",
        "--color",
        "always",
        "--log-file",
        "l",
    ]);
    let sampling = settings.sampling(6);
    assert_eq!((sampling.temp, sampling.top_k, sampling.top_p, sampling.min_p), (0.0, 1, 0.2, 0.3));
    assert_eq!((sampling.repeat_penalty, sampling.repeat_last_n, settings.seed()), (1.4, 5, Some(6)));
    assert_eq!((settings.max_tokens(), settings.stop()), (7, &["a".to_owned(), "b".to_owned()][..]));
    assert_eq!(
        (settings.model(), settings.template(), settings.system()),
        (Some("x.gguf"), Some("chatml"), Some("乖"))
    );
    assert_eq!((settings.ctx(), settings.threads(), settings.kv_type()), (Some(512), Some(8), Some(KvType::Q4_0)));
    assert_eq!((settings.gpu_layers(), settings.overflow()), (GpuLayers::Count(9), Overflow::Stop));
    assert_eq!((settings.encoding(), settings.color()), (Encoding::Gb18030, Color::Always));
    assert_eq!((settings.lang(), settings.log_file(), settings.verbosity()), (Some(Lang::En), Some(Path::new("l")), 1));
    assert!(settings.stats() && settings.quiet() && settings.verbatim() && settings.no_save());
    assert!(settings.is_system_typed());
    assert_eq!((settings.guard(), settings.reply_lang()), (false, Some(ReplyLang::Zh)));
    // What cannot be said beside the others, or names a file that is read at once.
    let others = ["system-file", "offline", "markdown", "ambiguous-width", "grammar", "json-schema"];
    assert!(settings.describe().iter().filter(|line| !others.contains(&line.key)).all(|line| line.from == "flag"));
}

#[test]
fn each_layer_stands_over_the_ones_beneath() {
    let entry = "[mine]\nsampling = { temp = 0.1, top-k = 1, top-p = 0.1, min-p = 0.1 }\n";
    let home = Home::new()
        .models(entry)
        .config("model = \"mine\"\ntop-k = 2\ntop-p = 0.2\nmin-p = 0.2\n")
        .variable("LIAO_TOP_P", "0.3")
        .variable("LIAO_MIN_P", "0.3");
    let settings = home.settings(&["--min-p", "0.4"]);
    let sampling = settings.sampling(0);
    assert_eq!((sampling.temp, sampling.top_k, sampling.top_p, sampling.min_p), (0.1, 2, 0.3, 0.4));
    assert_eq!(sampling.repeat_last_n, 64);
    let from: Vec<_> = settings.describe().into_iter().map(|line| (line.key, line.from)).collect();
    for expected in [
        ("repeat-last-n", "built-in"),
        ("temp", "models.toml"),
        ("top-k", "config.toml"),
        ("top-p", "environment"),
        ("min-p", "flag"),
    ] {
        assert!(from.contains(&expected), "{expected:?} in {from:?}");
    }
    assert_eq!(settings.origin(Key::TopP), Some(&Origin::Variable("LIAO_TOP_P".into())));
    assert_eq!(settings.origin(Key::Temp), Some(&Origin::Entry("mine".into())));
    // Each layer can take back what the one beneath it asked for.
    let home = Home::new()
        .config("ctx = 4096\nkv-type = \"q8_0\"\nseed = 1\nstop = [\"x\"]\n")
        .variable("LIAO_SEED", "random");
    let settings = home.settings(&["-c", "auto", "--kv-type", "auto", "--stop", "y"]);
    assert_eq!((settings.ctx(), settings.kv_type(), settings.seed()), (None, None, None));
    assert_eq!(settings.stop(), ["y"]);
}

#[test]
fn every_kept_option_is_a_key_and_a_variable() {
    // Those that name a file are read at once.
    let files = [Key::SystemFile, Key::Grammar, Key::JsonSchema];
    for row in ROWS.iter().filter(|row| row.reach != Reach::Call && !files.contains(&row.key)) {
        // A value unlike the built-in one, as TOML and as text.
        let (toml, text) = match row.name {
            "model" | "template" | "system" => ("\"x\"", "x"),
            "log-file" => ("\"/x\"", "/x"),
            "stop" => ("\"x\"", "x"),
            "lora" => ("\"/x\"", "/x"),
            "guard" => ("\"off\"", "off"),
            "reply-lang" => ("\"zh\"", "zh"),
            "encoding" => ("\"utf-16\"", "utf-16"),
            "overflow" => ("\"stop\"", "stop"),
            "kv-type" => ("\"q8_0\"", "q8_0"),
            "lang" => ("\"en\"", "en"),
            "color" => ("\"never\"", "never"),
            "markdown" => ("false", "false"),
            "ambiguous-width" => ("\"wide\"", "wide"),
            "verbatim" | "no-save" | "offline" | "stats" | "quiet" => ("true", "true"),
            "verbose" => ("2", "2"),
            "temp" | "top-p" | "min-p" | "repeat-penalty" => ("0.25", "0.25"),
            _ => ("300", "300"),
        };
        let line = |settings: Settings| settings.describe().into_iter().find(|line| line.key == row.name).unwrap();
        let file = line(Home::new().config(format!("{} = {toml}\n", row.name)).settings(&[]));
        let variable = line(Home::new().variable(&row.variable().unwrap(), text).settings(&[]));
        assert_eq!((file.from, variable.from), ("config.toml", "environment"), "{}", row.name);
        assert!(file.value.is_some() && file.value == variable.value, "{file:?} {variable:?}");
    }
}

#[test]
fn a_wrong_value_is_told_where_it_stands() {
    for (config, expected) in [
        ("temp = 9", "~/config/config.toml: temp = 9：应为 0 到 5 之间的数"),
        ("temp = nan", "~/config/config.toml: temp = nan：应为 0 到 5 之间的数"),
        ("temp = \"0.5\"", "~/config/config.toml: temp = \"0.5\"：应为 0 到 5 之间的数"),
        ("temp = true", "~/config/config.toml: temp = true：应为 0 到 5 之间的数"),
        ("ctx = 4096.0", "~/config/config.toml: ctx = 4096.0：应为 auto，或 256 到 1048576 之间的整数"),
        ("threads = \"8\"", "~/config/config.toml: threads = \"8\"：应为 auto，或 1 到 512 之间的整数"),
        ("stats = \"yes\"", "~/config/config.toml: stats = \"yes\"：应为 true 或 false"),
        ("stop = [1]", "~/config/config.toml: stop = 1：不能为空"),
        ("stop = [\"a\", \"\"]", "~/config/config.toml: stop = ：不能为空"),
        (
            "encoding = \"big5\"",
            "~/config/config.toml: encoding = \"big5\"：应为其中之一：auto、utf-8、gb18030、utf-16",
        ),
        ("tmep = 1", "~/config/config.toml：没有 tmep 这个键。是不是 temp？"),
        ("max_tokens = 1", "~/config/config.toml：没有 max_tokens 这个键。是不是 max-tokens？"),
        ("prompt = \"x\"", "~/config/config.toml：没有 prompt 这个键。全部的键见：liao help config"),
        ("zebra = 1", "~/config/config.toml：没有 zebra 这个键。全部的键见：liao help config"),
        ("system = \"a\"\nsystem-file = \"b\"", "~/config/config.toml：system 和 system-file 只能留一个"),
        ("system-file = \"b.txt\"", "system-file（~/config/config.toml）：没有文件 ~/config/b.txt"),
    ] {
        assert_eq!(Home::new().config(config).told(&[]), expected);
    }
    let told = Home::new().config("temp = 1\ntop-k = = 2\n").told(&[]);
    assert!(told.starts_with("~/config/config.toml 第 2 行："), "{told}");
    let told = Home::new().config(b"system = \"\xC4\xE3\"").told(&[]);
    assert_eq!(told, "~/config/config.toml 不是 UTF-8（第 10 字节处）。请另存为 UTF-8");
    let told = Home::new().variable("LIAO_TEMP", "NaN").told(&["--temp", "1"]);
    assert_eq!(told, "LIAO_TEMP=NaN：应为 0 到 5 之间的数");
    let told = Home::new().variable("LIAO_SYSTEM", "a").variable("LIAO_SYSTEM_FILE", "b").told(&[]);
    assert_eq!(told, "LIAO_SYSTEM 和 LIAO_SYSTEM_FILE 只能留一个");
}

#[test]
fn the_file_may_be_absent_or_marked_or_elsewhere() {
    assert!(Home::new().load(&[]).is_ok());
    assert_eq!(Home::new().config("\u{feff}temp = 1\r\n").settings(&[]).sampling(0).temp, 1.0);
    let home = Home::new();
    let other = home.path("other.toml");
    let home = home.variable("LIAO_CONFIG", other.to_str().unwrap());
    assert_eq!(home.told(&[]), "LIAO_CONFIG 说的文件 ~/other.toml 不存在");
    fs::write(&other, "temp = 2").unwrap();
    let settings = home.settings(&[]);
    assert_eq!(settings.sampling(0).temp, 2.0);
    assert_eq!(settings.origin(Key::Temp), Some(&Origin::File(other)));
    // A variable set to nothing is not set.
    assert!(Home::new().variable("LIAO_TEMP", "").variable("LIAO_CONFIG", "").load(&[]).is_ok());
}

#[test]
fn paths_in_the_file_are_beside_it_or_at_home() {
    let home = Home::new().config("model = \"~/a.gguf\"\nlog-file = \"l.log\"\n");
    let settings = home.settings(&[]);
    assert_eq!(settings.model(), home.path("me/a.gguf").to_str());
    assert_eq!(settings.log_file(), Some(home.path("config/l.log").as_path()));
    assert_eq!(Home::new().config("model = \"a:Q4_0\"").settings(&[]).model(), Some("a:Q4_0"));
}

#[test]
fn a_system_prompt_comes_from_the_highest_layer_whichever_way_it_is_given() {
    let home = Home::new();
    let file = home.path("s.txt");
    fs::write(&file, "\u{feff}你是老师。\n第二行\r\n\n").unwrap();
    let named = file.to_str().unwrap();
    let settings = home.settings(&["--system-file", named]);
    assert_eq!(settings.system(), Some("你是老师。\n第二行"));
    assert_eq!(settings.origin(Key::System), Some(&Origin::Flag("--system-file".into())));
    let home = home.config(format!("system-file = {named:?}"));
    assert_eq!(home.settings(&[]).system(), Some("你是老师。\n第二行"));
    assert_eq!(home.settings(&["-s", "别的"]).system(), Some("别的"));
    assert_eq!(home.settings(&["-s", ""]).system(), Some(""));
    let home = home.variable("LIAO_SYSTEM", "环境");
    assert_eq!(home.settings(&[]).system(), Some("环境"));
    assert_eq!(home.settings(&["--system-file", named]).system(), Some("你是老师。\n第二行"));
    // The model's own, and none where nothing was asked for in so many words.
    let alpaca = ["-m", "chinese-alpaca-2-7b"];
    assert_eq!(Home::new().settings(&alpaca).system(), Some("You are a helpful assistant. 你是一个乐于助人的助手。"));
    assert_eq!(Home::new().settings(&["-m", "chinese-alpaca-2-7b", "-s", ""]).system(), Some(""));
    let told = Home::new().told(&["--system-file", "/不存在"]);
    assert_eq!(told, "system-file（--system-file）：没有文件 /不存在");
    let told = home.told(&["--system-file", home.dir.path().to_str().unwrap()]);
    assert!(told.starts_with("读不了 ~："), "{told}");
}

#[test]
fn a_model_that_nobody_named_brings_what_nobody_set() {
    let assumed = |home: Home, words: &[&str], name: &str| {
        let mut configuration = home.load(words).unwrap();
        let entry = configuration.registry.find(name).cloned();
        configuration.settings.assume(name, Origin::OnDisk, entry.as_ref());
        configuration.settings
    };
    let settings = assumed(Home::new(), &[], "chinese-alpaca-2-7b");
    assert_eq!((settings.model(), settings.template()), (Some("chinese-alpaca-2-7b"), Some("llama2-hfl")));
    assert_eq!(settings.origin(Key::Model), Some(&Origin::OnDisk));
    assert_eq!(settings.origin(Key::Temp), Some(&Origin::Entry("chinese-alpaca-2-7b".into())));
    // As if it had been named, so what was set stays.
    let home = || Home::new().config("system = \"\"\ntop-k = 7\n").variable("LIAO_TOP_P", "0.1");
    let words = ["--template", "chatml"];
    let settings = assumed(home(), &words, "chinese-alpaca-2-7b");
    let named = home().settings(&[&words[..], &["-m", "chinese-alpaca-2-7b"]].concat());
    assert_eq!((settings.system(), settings.template()), (Some(""), Some("chatml")));
    assert_eq!(settings.sampling(1), named.sampling(1));
    assert_eq!((settings.sampling(1).top_k, settings.sampling(1).top_p, settings.sampling(1).temp), (7, 0.1, 0.5));
    // A folder of one's own has no entry.
    let settings = assumed(Home::new(), &[], "own");
    assert_eq!((settings.model(), settings.origin(Key::Temp)), (Some("own"), Some(&Origin::BuiltIn)));
}

#[test]
fn what_is_wrong_is_left_out_and_all_of_it_is_told() {
    let home = Home::new()
        .config("tmep = 1\ntemp = 99\ntop-k = 7\nzebra = 1\n")
        .models("not = = toml")
        .variable("LIAO_TOP_P", "2")
        .variable("LIAO_MIN_P", "0.5")
        .variable("LIAO_SEED", "x");
    let (configuration, faults) = Configuration::inspect(&Layer::new(), &home.environment).unwrap();
    let told: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
    assert_eq!(told.len(), 6, "{told:#?}");
    for (fault, part) in told.iter().zip(["temp = 99", "tmep", "zebra", "models.toml", "LIAO_TOP_P", "LIAO_SEED"]) {
        assert!(fault.contains(part), "{part}: {fault}");
    }
    // As everybody else hears it: the first alone.
    assert_eq!(home.load(&[]).unwrap_err().message, faults[0].message);
    let sampling = configuration.settings.sampling(0);
    assert_eq!((sampling.temp, sampling.top_k, sampling.top_p, sampling.min_p), (0.6, 7, 0.9, 0.5));
    assert!(configuration.registry.find("demo").is_some(), "the built-in models are there");
    let home = Home::new().config("system = \"a\"\nsystem-file = \"b\"");
    let (configuration, faults) = Configuration::inspect(&Layer::new(), &home.environment).unwrap();
    assert_eq!((configuration.settings.system(), faults.len()), (Some("a"), 1));
}

#[test]
fn every_word_of_an_option_has_its_meaning() {
    let settings = |name: &str, word: &str| Home::new().settings(&[&format!("--{name}={word}")]);
    for encoding in [Encoding::Auto, Encoding::Utf8, Encoding::Gb18030, Encoding::Utf16] {
        assert_eq!(settings("encoding", encoding.name()).encoding(), encoding);
    }
    for (word, color) in [("auto", Color::Auto), ("always", Color::Always), ("never", Color::Never)] {
        assert_eq!(settings("color", word).color(), color);
    }
    for (word, is_wide) in [("auto", None), ("narrow", Some(false)), ("wide", Some(true))] {
        let settings = Home::new().variable("LIAO_AMBIGUOUS_WIDTH", word).settings(&[]);
        assert_eq!(settings.ambiguous_is_wide(), is_wide);
    }
    for (word, overflow) in [("shift", Overflow::Shift), ("stop", Overflow::Stop)] {
        assert_eq!(settings("overflow", word).overflow(), overflow);
    }
    for (word, kv) in
        [("auto", None), ("f16", Some(KvType::F16)), ("q8", Some(KvType::Q8_0)), ("q4_0", Some(KvType::Q4_0))]
    {
        assert_eq!(settings("kv-type", word).kv_type(), kv);
    }
    for (word, layers) in [("auto", GpuLayers::Auto), ("all", GpuLayers::All), ("0", GpuLayers::Count(0))] {
        assert_eq!(settings("gpu-layers", word).gpu_layers(), layers);
    }
    for (word, lang) in [("zh", Lang::Zh), ("en", Lang::En), ("中文", Lang::Zh)] {
        assert_eq!(settings("lang", word).lang(), Some(lang));
    }
}

#[test]
fn liao_home_moves_everything_and_the_hub_cache_is_found_in_order() {
    let home = Home::new();
    let paths = Paths::of(&home.environment).unwrap();
    assert_eq!(paths.config_file, home.path("config/config.toml"));
    assert_eq!(paths.models_toml, home.path("config/models.toml"));
    assert_eq!((paths.models(), paths.history()), (home.path("data/models"), home.path("data/history")));
    assert_eq!(paths.log(), home.path("state/liao.log"));
    assert_eq!(paths.hub, "https://huggingface.co");

    let mut home = home.variable("HF_ENDPOINT", "https://hf-mirror.com/");
    assert_eq!(Paths::of(&home.environment).unwrap().hub, "https://hf-mirror.com");
    let mut expected = home.path("me/.cache/huggingface/hub");
    for (variable, value, cache) in [
        ("XDG_CACHE_HOME", "/x", "/x/huggingface/hub"),
        ("HF_HOME", "/h", "/h/hub"),
        ("HUGGINGFACE_HUB_CACHE", "/c", "/c"),
        ("HF_HUB_CACHE", "/b", "/b"),
    ] {
        assert_eq!(Paths::of(&home.environment).unwrap().hugging_face, Some(expected));
        home = home.variable(variable, value);
        expected = cache.into();
    }
    assert_eq!(Paths::of(&home.environment).unwrap().hugging_face, Some(expected));

    let system = Environment {
        config: Some("/c".into()),
        data: Some("/d".into()),
        state: Some("/s".into()),
        ..Default::default()
    };
    let paths = Paths::of(&system).unwrap();
    assert_eq!(paths.config_file, Path::new("/c/liao/config.toml"));
    assert_eq!((paths.data, paths.state), ("/d/liao".into(), "/s/liao".into()));
    assert!(Paths::of(&Environment::default()).unwrap_err().message.contains("LIAO_HOME"));
}

#[test]
fn the_language_is_the_flags_then_the_variables_then_the_files() {
    let said = |home: &Home, words: &[&str]| {
        language(&words.iter().map(OsString::from).collect::<Vec<_>>(), &home.environment)
    };
    let home = Home::new().config("lang = \"en\"\nnot toml at all");
    assert_eq!(said(&home, &["liao"]), Lang::of_system());
    let home = home.config("lang = \"en\"\nunknown = 1\n");
    assert_eq!(said(&home, &["liao"]), Lang::En);
    let home = home.variable("LIAO_LANG", "zh");
    assert_eq!(said(&home, &["liao"]), Lang::Zh);
    assert_eq!(said(&home, &["liao", "--tmep", "--lang=en"]), Lang::En);
    assert_eq!(said(&home.variable("LIAO_LANG", "fr"), &["liao"]), Lang::En);
}
