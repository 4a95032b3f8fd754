//! What is typed, set and configured: checked where it stands, told in one line, shown by `liao config`; and the
//! subcommands that only look.

use crate::support::answers::says;
use crate::support::gguf::TinyGguf;
use crate::support::{Liao, Ran};
use serde_json::{Value, json};

fn run(words: &[&str]) -> Ran {
    Liao::new().script(&says(&["好"])).args(words.to_vec()).run()
}

#[test]
fn a_value_out_of_range_is_told_with_its_option_and_range() {
    for (words, told) in [
        (&["--temp", "NaN"][..], &["--temp NaN", "0 到 5"][..]),
        (&["--temp", "inf"], &["--temp inf", "0 到 5"]),
        (&["--temp", "-1"], &["--temp -1", "0 到 5"]),
        (&["--temp", "99"], &["--temp 99", "0 到 5"]),
        (&["--top-p", "0"], &["--top-p 0", "大于 0"]),
        (&["--top-p", "2"], &["--top-p 2", "不超过 1"]),
        (&["--top-k", "-1"], &["--top-k -1", "0 到"]),
        (&["--ctx", "0"], &["--ctx 0", "256"]),
        (&["-c", "abc"], &["--ctx abc", "整数"]),
        (&["-n", "0"], &["--max-tokens 0", "1 到"]),
        (&["--seed", "x"], &["--seed x", "random"]),
        (&["-t", "0"], &["--threads 0", "1 到 512"]),
        (&["--kv-type", "q5"], &["--kv-type q5", "q8_0"]),
        (&["--overflow", "wrap"], &["--overflow wrap", "shift", "stop"]),
        (&["--lang", "fr"], &["--lang fr", "zh", "en"]),
        (&["--encoding", "big5"], &["--encoding big5", "gb18030"]),
    ] {
        let ran = run(&[&["-p", "你好"], words].concat());
        ran.exits(2).stdout("").stderr_is_one_line_with(told).has_no_escapes();
    }
    run(&["-p", "x", "--temp", "NaN", "--lang", "en"]).exits(2).stderr_is_one_line_with(&["--temp NaN", "0 to 5"]);
}

#[test]
fn what_is_not_known_is_answered_with_the_nearest() {
    run(&["--tmep", "1", "-p", "x"]).exits(2).stderr_is_one_line_with(&["--tmep", "--temp"]);
    run(&["--grammer", "x"]).exits(2).stderr_is_one_line_with(&["--grammer", "--grammar"]);
    run(&["--xyzzy", "x"]).exits(2).stderr_is_one_line_with(&["--xyzzy", "--help"]);
    run(&["bnch"]).exits(2).stderr_is_one_line_with(&["bnch", "liao bench"]);
    run(&["你好"]).exits(2).stderr_is_one_line_with(&["liao -p 你好"]);
    Liao::new().args(["--tmep", "1"]).english().run().exits(2).stderr_is_one_line_with(&["Did you mean --temp?"]);
}

#[test]
fn what_cannot_stand_together_is_told() {
    run(&["-p", "x", "--turns"]).exits(2).stderr_is_one_line_with(&["--prompt", "--turns"]);
    run(&["-s", "x", "--system-file", "y"]).exits(2).stderr_is_one_line_with(&["--system", "--system-file"]);
    run(&["--grammar", "x", "--json-schema", "y"]).exits(2).stderr_is_one_line_with(&["--grammar", "--json-schema"]);
    run(&["-p", "x", "config"]).exits(2).stderr_is_one_line_with(&["--prompt", "liao config"]);
    run(&["bench", "--temp", "1"]).exits(2).stderr_is_one_line_with(&["--temp"]);
    run(&["-p"]).exits(2).stderr_is_one_line_with(&["--prompt"]);
    run(&["prompt"]).exits(2).stderr_is_one_line_with(&["--messages"]);
}

#[test]
fn a_usage_error_is_a_json_event_too() {
    let ran = run(&["-p", "x", "--json", "--temp", "NaN"]);
    let events = ran.exits(2).json_lines();
    assert_eq!((events.len(), &events[0]["kind"]), (1, &json!("usage")));
}

#[test]
fn wrong_variables_and_config_files_are_told_with_their_place() {
    let liao = || Liao::new().script(&says(&["好"])).args(["-p", "你好"]);
    liao().env("LIAO_TEMP", "NaN").run().exits(2).stdout("").stderr_is_one_line_with(&["LIAO_TEMP", "NaN", "0 到 5"]);
    liao().env("LIAO_CTX", "12").run().exits(2).stderr_is_one_line_with(&["LIAO_CTX", "12", "256"]);
    for (toml, told) in [
        ("temp = 99\n", &["config.toml", "temp", "99", "0 到 5"][..]),
        ("a = 1\ntemp = \"warm\"\n", &["config.toml"]),
        ("tmep = 1\n", &["config.toml", "tmep", "temp"]),
        ("temp = \n", &["config.toml"]),
        ("prompt = \"x\"\n", &["config.toml", "prompt"]),
    ] {
        let run = liao();
        let path = run.file("config.toml", toml);
        let ran = run.env("LIAO_CONFIG", path).run();
        ran.exits(2).stdout("").stderr_is_one_line_with(told);
    }
}

#[test]
fn flags_come_before_variables_before_the_file() {
    let seen = |words: &[&str], variable: Option<&str>, file: &str| {
        let mut liao = Liao::new().args(["config", "--json"]).args(words.to_vec());
        let path = liao.file("config.toml", file);
        liao = liao.env("LIAO_CONFIG", path);
        if let Some(value) = variable {
            liao = liao.env("LIAO_TEMP", value);
        }
        let ran = liao.run();
        let rows = ran.exits(0).json_lines();
        let row = rows.into_iter().find(|row| row["key"] == "temp").expect("temp is a setting");
        (row["value"].as_f64().unwrap(), row["from"].as_str().unwrap().to_owned(), row["origin"].clone())
    };
    let all = seen(&["--temp", "1"], Some("2"), "temp = 3");
    let (value, from) = (all.0, all.1.as_str());
    assert_eq!((value, from), (1.0, "flag"));
    let (value, from, origin) = seen(&[], Some("2"), "temp = 3");
    assert_eq!((value, from.as_str()), (2.0, "environment"));
    assert!(origin.as_str().unwrap().contains("LIAO_TEMP"), "{origin}");
    let (value, from, origin) = seen(&[], None, "temp = 3");
    assert_eq!((value, from.as_str()), (3.0, "config.toml"));
    assert!(origin.as_str().unwrap().contains("config.toml"), "{origin}");
    assert_eq!(seen(&["-m", "other.gguf"], None, "").1, "built-in");
    // Where nobody names a model, the built-in one's entry holds.
    let (value, from, origin) = seen(&[], None, "");
    assert_eq!((value, from.as_str()), (0.3, "models.toml"));
    assert!(origin.as_str().unwrap().contains("demo"), "{origin}");
}

#[test]
fn a_file_right_here_is_not_the_model_of_that_name() {
    let system = |name: &str| {
        let liao = Liao::new().args(["config", "--json", "-m", "chinese-alpaca-2-7b"]);
        liao.file(name, "");
        let ran = liao.run();
        let rows = ran.exits(0).json_lines();
        rows.into_iter().find(|row| row["key"] == "system").expect("system is a setting")["value"].clone()
    };
    assert!(system("another").as_str().is_some_and(|text| text.contains("helpful")), "what models.toml says of it");
    assert_eq!(system("chinese-alpaca-2-7b"), Value::Null);
}

#[test]
fn config_shows_every_value_and_its_origin() {
    let ran = Liao::new().args(["config"]).env("LIAO_TOP_K", "7").run();
    ran.exits(0).stderr("").stdout_has("config.toml").stdout_has("LIAO_TOP_K");
    let row = |key: &str| {
        let text = ran.stdout_text();
        text.lines()
            .find(|line| line.split(' ').next() == Some(key))
            .unwrap_or_else(|| panic!("{key}\n{text}"))
            .to_owned()
    };
    assert!(row("top-k").contains(" 7 "), "{}", row("top-k"));
    for key in ["model", "template", "temp", "ctx", "threads", "lang", "max-tokens", "overflow"] {
        row(key);
    }
}

#[test]
fn the_language_is_the_systems_unless_it_is_asked_for() {
    Liao::new().run().exits(2).stderr_has("错误：");
    Liao::new().english().run().exits(2).stderr_has("error: ");
    Liao::new().env("LANG", "fr_FR.UTF-8").run().exits(2).stderr_has("error: ");
    Liao::new().env("LANG", "zh_CN.UTF-8").run().exits(2).stderr_has("错误：");
    Liao::new().english().args(["--lang", "zh"]).run().exits(2).stderr_has("错误：");
    Liao::new().args(["--lang", "en"]).run().exits(2).stderr_has("error: ");
    Liao::new().env("LIAO_LANG", "en").run().exits(2).stderr_has("error: ");
}

#[test]
fn a_template_is_a_known_name_or_a_file() {
    let liao =
        |template: &str| Liao::new().tiny(&TinyGguf::llama()).args(["-p", "hi", "-n", "3", "--template", template]);
    liao("lama2").run().exits(2).stdout("").stderr_is_one_line_with(&["lama2", "llama2", "chatml"]);
    liao("no/such.jinja").run().exits(2).stderr_is_one_line_with(&["--template no/such.jinja"]);
    let broken = liao("broken.jinja");
    broken.file("broken.jinja", "{% for %}");
    broken.run().exits(2).stderr_is_one_line_with(&["broken.jinja"]);

    let messages = json!([{"role": "user", "content": "hello"}]).to_string();
    let own = Liao::new().tiny(&TinyGguf::llama()).args(["prompt", "--messages", "m.json", "--json"]);
    own.file("m.json", &messages);
    own.file("own.jinja", "{% for m in messages %}<{{ m.role }}> {{ m.content }}{% endfor %} =>");
    let ran = own.args(["--template", "own.jinja"]).run();
    let text = ran.exits(0).json_lines()[0]["text"].as_str().unwrap().to_owned();
    assert!(text.ends_with("<user> hello =>"), "{text}");
    liao("chatml").arg("-v").run().exits(0).stderr_has("chatml").stderr_has("--template");
}

fn prompt(messages: &str, words: &[&str]) -> Ran {
    let liao = Liao::new().tiny(&TinyGguf::vocabulary_only());
    liao.file("m.json", messages);
    liao.args(["prompt", "--messages", "m.json"]).args(words.to_vec()).run()
}

#[test]
fn prompt_shows_what_the_model_would_see() {
    let messages = r#"[{"role":"system","content":"S"},{"role":"user","content":"hello"},
                       {"role":"assistant","content":"A"},{"role":"user","content":"the"}]"#;
    let ran = prompt(messages, &["--json"]);
    ran.exits(0).stderr("");
    let shown: Value = serde_json::from_str(ran.stdout_text()).expect("one object");
    assert_eq!(shown.as_object().unwrap().keys().collect::<Vec<_>>(), ["text", "ids"]);
    assert_eq!(shown["text"], "<s>[INST] <<SYS>>\nS\n<</SYS>>\n\nhello [/INST] A </s><s>[INST] the [/INST]");
    let ids: Vec<i64> = shown["ids"].as_array().unwrap().iter().map(|id| id.as_i64().unwrap()).collect();
    assert_eq!(ids.iter().filter(|id| **id == 1).count(), 2, "two turns begin");
    assert_eq!(ids.iter().filter(|id| **id == 2).count(), 1, "one has ended");

    let text = prompt(messages, &[]);
    let all: Vec<String> = ids.iter().map(ToString::to_string).collect();
    text.exits(0).stdout_has("[INST]").stdout_has(&format!("{} 个词元", ids.len())).stdout_has(&all.join(" "));
    let more = prompt(r#"[{"role":"user","content":"x"}]"#, &["-s", "规则", "--template", "llama2", "--json"]);
    assert_eq!(more.exits(0).json_lines()[0]["text"], "<s>[INST] <<SYS>>\n规则\n<</SYS>>\n\nx [/INST]");
}

#[test]
fn prompt_turns_away_what_is_no_conversation() {
    for bad in ["", "{", "[{\"role\":\"robot\",\"content\":\"x\"}]", "[{\"role\":\"user\"}]", "{\"role\":\"user\"}"] {
        prompt(bad, &[]).exits(2).stdout("").stderr_is_one_line_with(&["m.json", "role"]);
    }
    for disorder in [
        r#"[{"role":"user","content":"a"},{"role":"user","content":"b"}]"#,
        r#"[{"role":"assistant","content":"a"}]"#,
        r#"[{"role":"user","content":"a"},{"role":"system","content":"b"}]"#,
        "[]",
    ] {
        let ran = prompt(disorder, &[]);
        ran.exits(6).stdout("");
        assert_eq!(ran.stderr_text().lines().count(), 1, "{}", ran.stderr_text());
    }
    let missing = Liao::new().tiny(&TinyGguf::llama()).args(["prompt", "--messages", "none.json"]).run();
    missing.exits(2).stderr_is_one_line_with(&["none.json"]);
}

#[test]
fn bench_measures() {
    let ran = Liao::new().tiny(&TinyGguf::llama()).args(["bench", "--json", "--repeat", "1", "-t", "1"]).run();
    ran.exits(0).stderr("");
    let lines = ran.json_lines();
    assert_eq!(lines.len(), 1);
    let result = lines[0].as_object().unwrap();
    let names: Vec<&str> = result.keys().map(String::as_str).collect();
    assert_eq!(names, ["prefill_tps", "decode_tps", "load_ms", "first_token_ms", "peak_rss_bytes"]);
    assert!(result.values().all(|value| value.as_f64().unwrap() > 0.0), "{result:?}");
    let ran = Liao::new().tiny(&TinyGguf::llama()).args(["bench", "--repeat", "2"]).english().run();
    ran.exits(0).stdout_has("read 256 tokens").stdout_has("write 48 tokens").stdout_has("2 runs");
    let ran = Liao::new().tiny(&TinyGguf::llama()).args(["bench", "-c", "256"]).run();
    ran.exits(2).stdout("").stderr_is_one_line_with(&["256", "--ctx 512"]);
}

#[test]
fn help_fits_two_screens_in_both_languages() {
    for lang in ["zh", "en"] {
        let ran = Liao::new().args(["--help", "--lang", lang]).run();
        ran.exits(0).stderr("").has_no_escapes();
        let page = ran.stdout_text();
        assert!(page.lines().count() <= 66, "{} lines are more than two screens of 33", page.lines().count());
        for line in page.lines() {
            assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
        }
        for option in ["--model", "--prompt", "--turns", "--temp", "--ctx", "--json", "--overflow"] {
            assert!(page.contains(option), "{option}");
        }
        // What is for liao alone is not offered.
        assert!(!page.contains("engine "));
    }
    Liao::new().args(["help", "config"]).run().exits(0).stdout_has("config.toml").stdout_has("LIAO_MAX_TOKENS");
    Liao::new().arg("--version").run().exits(0).stdout(&format!("liao {}\n", env!("CARGO_PKG_VERSION"))).stderr("");
}

#[test]
fn what_only_looks_starts_no_engine_and_leaves_nothing_behind() {
    for words in [
        &["--help"][..],
        &["--version"],
        &["help", "config"],
        &["config"],
        &["config", "--json"],
        &["completions", "bash"],
        &["completions", "man"],
    ] {
        let ran = Liao::new().args(words.to_vec()).run();
        ran.exits(0);
        assert_eq!(std::fs::read_dir(ran.home()).unwrap().count(), 0, "{words:?}");
    }
    // An engine leaves its log.
    let ran = Liao::new().tiny(&TinyGguf::llama()).args(["-p", "x", "-n", "1", "-q"]).run();
    let log = ran.exits(0).home().join("liao");
    assert!(log.is_dir(), "the log of an engine is kept in {}", log.display());
}

#[test]
fn the_log_goes_where_it_is_wanted() {
    let liao = Liao::new().tiny(&TinyGguf::llama()).args(["-p", "x", "-n", "1", "-q", "--log-file", "own/my.log"]);
    let ran = liao.run();
    ran.exits(0).stderr("");
    let log = std::fs::read_to_string(ran.home().join("own/my.log")).expect("a log");
    assert!(log.contains("llama"), "{log}");
    let liao = Liao::new().tiny(&TinyGguf::llama()).args(["-p", "x", "-n", "1", "-q", "--log-file", "plain/my.log"]);
    liao.file("plain", "no folder");
    liao.run().exits(0).stderr_is_one_line_with(&["plain/my.log", "--log-file"]);
}
