//! What changes after the start: `/set`, what it may change, what the next conversation takes along, another model.

use super::*;

#[test]
fn what_is_set_in_one_conversation_is_taken_back_for_another() {
    let given = Home::new().config("top-k = 2\n").settings(&["--temp", "0.1", "--stop", "a"]);
    let mut settings = given.clone();
    assert_eq!(settings.changed(&given), []);
    for (key, value) in [("temp", "0.2"), ("TOP_K", "3"), ("stop", "完 "), ("max-tokens", "9")] {
        settings.set(key, value).expect("a setting");
    }
    let mut changed = settings.changed(&given);
    changed.sort_unstable();
    let expected = [("max-tokens", "9"), ("stop", "完 "), ("temp", "0.2"), ("top-k", "3")];
    assert_eq!(changed, expected.map(|(key, value)| (key, value.to_owned())));
    // What a session says goes before everything but the command line.
    let mut insisted = settings.clone();
    insisted.insist(&given);
    assert_eq!((insisted.sampling(0).temp, insisted.sampling(0).top_k, insisted.max_tokens()), (0.1, 3, 9));
    assert_eq!(insisted.stop(), ["a"]);
    settings.take_back(&given);
    assert_eq!(settings, given);
    // What was switched off is a change too, and held against it comes to the same.
    settings.set("stop", "").expect("none");
    assert_eq!(settings.changed(&given), [("stop", String::new())]);
    let mut again = given.clone();
    for (key, value) in settings.changed(&given) {
        again.set(key, &value).expect("a setting");
    }
    assert_eq!(again, settings);
}

#[test]
fn only_some_values_of_some_settings_name_a_path() {
    for (key, raw, path) in [
        ("grammar", "a.gbnf", Some("a.gbnf")),
        ("json-schema", "~/a", Some("~/a")),
        ("grammar", "off", None),
        ("grammar", "-", None),
        ("grammar", "无", None),
        ("grammar", "", None),
        ("temp", "1", None),
        ("zebra", "x", None),
    ] {
        assert_eq!(settings::path_in(key, raw), path, "{key} {raw}");
    }
}

#[test]
fn set_changes_what_may_change_in_a_conversation() {
    let mut settings = Home::new().settings(&["--stop", "a"]);
    for (key, value) in
        [("temp", "0"), ("TOP_K", "7"), ("seed", "9"), ("max-tokens", "5"), ("overflow", "stop"), ("stats", "开")]
    {
        settings.set(key, value).unwrap();
    }
    assert_eq!((settings.sampling(0).temp, settings.sampling(0).top_k, settings.seed()), (0.0, 7, Some(9)));
    assert_eq!((settings.max_tokens(), settings.overflow(), settings.stats()), (5, Overflow::Stop, true));
    assert_eq!(settings.origin(Key::Temp), Some(&Origin::Command));
    settings.set("stop", "b").unwrap();
    assert_eq!(settings.stop(), ["b"]);
    settings.set("stop", "").unwrap();
    assert!(settings.stop().is_empty());
    settings.set("种子", "随机").unwrap();
    assert_eq!(settings.seed(), None);

    let before = settings.clone();
    for (key, value, expected) in [
        ("temp", "nan", "/set temp nan：应为 0 到 5 之间的数"),
        ("temp", "", "/set temp ：应为 0 到 5 之间的数"),
        ("tmep", "1", "没有 tmep 这一项，是不是 temp？"),
        ("temperature", "1", "没有 temperature 这一项，是不是 temp？"),
        ("温渡", "1", "没有 温渡 这一项，是不是 temp？"),
        ("上下文", "512", "ctx 在对话中改不了，要在启动时给：liao --ctx …"),
        ("ctx", "512", "ctx 在对话中改不了，要在启动时给：liao --ctx …"),
        ("json", "1", "json 在对话中改不了，要在启动时给：liao --json …"),
    ] {
        assert_eq!(settings.set(key, value).unwrap_err().message, expected);
    }
    let told = settings.set("zebra", "1").unwrap_err().message;
    assert!(
        told.starts_with(
            "没有 zebra 这一项。能改的有：encoding max-tokens stop overflow grammar json-schema guard reply-lang temp"
        ),
        "{told}"
    );
    assert_eq!(settings, before);
}

#[test]
fn what_set_can_change_is_described_with_its_value_and_range() {
    let mut settings = Home::new().settings(&["--temp", "0.5"]);
    let lines: Vec<_> = settings.dials().collect();
    let keys: Vec<_> = lines.iter().map(|line| line.key).collect();
    assert_eq!(keys.len(), ROWS.iter().filter(|row| row.reach == Reach::Turn).count());
    let temp = lines.iter().find(|line| line.key == "temp").unwrap();
    assert_eq!([&temp.value, &temp.default, &temp.range], ["0.5", "0.6", "0 到 5 之间的数"]);
    for (key, range) in [
        ("stop", "文字，\"\" 为不要"),
        ("grammar", "文件，或 off"),
        ("overflow", "其中之一：shift、stop"),
        ("top-p", "大于 0、不超过 1 的数"),
        ("markdown", "on 或 off"),
    ] {
        let line = lines.iter().find(|line| line.key == key).unwrap();
        assert_eq!((line.value == "无", line.range.as_str()), (matches!(key, "stop" | "grammar"), range), "{key}");
        assert_eq!(line.default, line.value, "nobody has changed {key}");
    }
    // Each of them takes back its own value, so the list can be typed as it is read.
    for line in lines.iter().filter(|line| line.key != "stop") {
        settings.set(line.key, &line.value).unwrap();
    }
    assert_eq!(settings.dials().collect::<Vec<_>>(), lines);
}

#[test]
fn a_default_context_stands_only_where_none_was_asked_for() {
    for (words, expected) in [(&[][..], Some(512)), (&["-c", "4096"], Some(4096)), (&["-c", "auto"], None)] {
        let mut settings = Home::new().settings(words);
        settings.set_default_ctx(512);
        assert_eq!(settings.ctx(), expected, "{words:?}");
    }
}

#[test]
fn another_model_is_as_if_it_had_been_named_at_the_start() {
    let home = || Home::new().config("top-k = 7\n").variable("LIAO_TOP_P", "0.1");
    for words in [&["--template", "chatml"][..], &["-s", "我的"], &[]] {
        for (from, to) in [
            ("chinese-alpaca-2-7b", "demo"),
            ("demo", "chinese-alpaca-2-7b"),
            ("./x.gguf", "chinese-alpaca-2-7b"),
            ("chinese-alpaca-2-7b", "./x.gguf"),
        ] {
            let configuration = home().load(&[words, &["-m", from]].concat()).unwrap();
            let mut settings = configuration.settings;
            settings.change_model(to, configuration.registry.entry_for(to));
            let named = home().settings(&[words, &["-m", to]].concat());
            assert_eq!((settings.model(), settings.template()), (named.model(), named.template()), "{from} {to}");
            assert_eq!(settings.sampling(1), named.sampling(1), "{from} {to}");
            assert_eq!(settings.system(), named.system(), "{from} {to}");
        }
    }
    // What was changed in the conversation stays.
    let configuration = home().load(&["-m", "chinese-alpaca-2-7b"]).unwrap();
    let mut settings = configuration.settings;
    settings.set("temp", "1.5").unwrap();
    settings.change_model("demo", configuration.registry.entry_for("demo"));
    assert_eq!((settings.sampling(0).temp, settings.origin(Key::Temp)), (1.5, Some(&Origin::Command)));
}
