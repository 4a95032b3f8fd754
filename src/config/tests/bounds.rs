//! What answers are held to, from every layer.

use super::*;
use crate::protocol::{Form, ReplyLang};

const YES: &str = "root ::= \"是\"";

#[test]
fn the_guard_is_on_until_it_is_switched_off_anywhere() {
    assert!(Home::new().settings(&[]).guard());
    assert!(!Home::new().settings(&["--guard", "off"]).guard());
    assert!(!Home::new().variable("LIAO_GUARD", "关").settings(&[]).guard());
    for off in ["\"off\"", "false"] {
        assert!(!Home::new().config(format!("guard = {off}")).settings(&[]).guard(), "{off}");
    }
    assert!(Home::new().config("guard = false").settings(&["--guard", "on"]).guard());
    let mut settings = Home::new().settings(&[]);
    settings.set("guard", "off").unwrap();
    assert!(!settings.guard());
    assert!(settings.set("guard", "maybe").is_err() && !settings.guard());
    let told = Home::new().config("guard = 1").told(&[]);
    assert!(told.contains("guard = 1") && told.contains("off"), "{told}");
    assert!(Home::new().config("color = true").load(&[]).is_err());
}

#[test]
fn a_language_for_replies() {
    for (typed, lang) in
        [("zh", Some(ReplyLang::Zh)), ("中文", Some(ReplyLang::Zh)), ("EN", Some(ReplyLang::En)), ("off", None)]
    {
        assert_eq!(Home::new().settings(&["--reply-lang", typed]).reply_lang(), lang, "{typed}");
    }
    assert_eq!(Home::new().settings(&[]).reply_lang(), None);
    assert_eq!(Home::new().config("reply-lang = false").settings(&[]).reply_lang(), None);
}

#[test]
fn a_form_is_read_from_a_file_beside_the_config_and_the_higher_layer_stands_alone() {
    let home = Home::new().config("grammar = \"yes.gbnf\"");
    fs::write(home.path("config/yes.gbnf"), format!("\u{feff}{YES}")).unwrap();
    assert_eq!(home.settings(&[]).form(), Some(&Form::Grammar(YES.to_owned())));
    fs::write(home.path("schema.json"), "{}").unwrap();
    let schema = home.path("schema.json");
    let mut settings = home.settings(&["--json-schema", schema.to_str().unwrap()]);
    assert_eq!(settings.form(), Some(&Form::JsonSchema("{}".to_owned())));
    assert_eq!(settings.origin(Key::Grammar), None);

    settings.set("grammar", home.path("config/yes.gbnf").to_str().unwrap()).unwrap();
    assert_eq!(settings.form(), Some(&Form::Grammar(YES.to_owned())));
    assert_eq!(settings.origin(Key::JsonSchema), None);
    // What fails changes nothing, and a file that has gone since does not matter to other settings.
    fs::remove_file(home.path("config/yes.gbnf")).unwrap();
    assert!(settings.set("grammar", home.path("gone").to_str().unwrap()).is_err());
    settings.set("temp", "1").unwrap();
    assert_eq!(settings.form(), Some(&Form::Grammar(YES.to_owned())));
    assert_eq!(settings.origin(Key::Grammar), Some(&Origin::Command));
    for off in ["off", "关", ""] {
        let mut settings = settings.clone();
        settings.set("grammar", off).unwrap();
        assert_eq!((settings.form(), settings.origin(Key::Grammar)), (None, None), "{off}");
    }
}

#[test]
fn a_form_goes_back_with_what_was_set_and_one_typed_at_the_start_insists() {
    let home = Home::new();
    fs::write(home.path("yes.gbnf"), YES).unwrap();
    fs::write(home.path("schema.json"), "{}").unwrap();
    let (grammar, schema) = (home.path("yes.gbnf"), home.path("schema.json"));
    let given = home.settings(&["--grammar", grammar.to_str().unwrap()]);
    let form = Some(Form::Grammar(YES.to_owned()));
    let mut settings = given.clone();
    settings.set("json-schema", schema.to_str().unwrap()).unwrap();
    for go_back in [Settings::take_back, Settings::insist] {
        let mut settings = settings.clone();
        go_back(&mut settings, &given);
        assert_eq!((settings.form(), settings.origin(Key::JsonSchema)), (form.as_ref(), None));
        assert!(matches!(settings.origin(Key::Grammar), Some(Origin::Flag(_))));
    }
}

#[test]
fn no_file_is_read_beyond_what_anyone_would_write() {
    let home = Home::new();
    let path = home.path("long.gbnf");
    let comment = |n_bytes: usize| format!("{YES}\n{}", "#".repeat(n_bytes - YES.len() - 1));
    fs::write(&path, comment(1 << 20)).unwrap();
    assert!(home.settings(&["--grammar", path.to_str().unwrap()]).form().is_some());
    fs::write(&path, comment((1 << 20) + 1)).unwrap();
    for option in ["--grammar", "--json-schema", "--system-file"] {
        let told = home.told(&[option, path.to_str().unwrap()]);
        assert!(told.contains("~/long.gbnf") && told.contains("1 MiB"), "{told}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_set_is_a_regular_file_and_what_is_typed_may_be_a_device() {
    let home = Home::new();
    let mut settings = home.settings(&["--system-file", "/dev/null"]);
    assert_eq!(settings.system(), Some(""));
    let before = settings.clone();
    for key in ["grammar", "json-schema"] {
        // Reading the first would never end.
        for path in ["/dev/zero", "/dev/null", "/"] {
            let told = settings.set(key, path).expect_err(path).message;
            assert!(told.starts_with(path) && told.contains("不是普通文件"), "{told}");
            assert_eq!(settings, before);
        }
    }
}

#[test]
fn two_forms_in_one_layer_are_told() {
    let told = Home::new().config("grammar = \"a\"\njson-schema = \"b\"").told(&[]);
    assert!(told.contains("grammar") && told.contains("json-schema"), "{told}");
    let told = Home::new().variable("LIAO_GRAMMAR", "a").variable("LIAO_JSON_SCHEMA", "b").told(&[]);
    assert!(told.contains("LIAO_GRAMMAR") && told.contains("LIAO_JSON_SCHEMA"), "{told}");
}

#[test]
fn an_adapter_from_every_layer() {
    let lora = |home: &Home, words: &[&str]| home.settings(words).lora().unwrap().map(|lora| (lora.path, lora.scale));
    assert_eq!(lora(&Home::new(), &[]), None);
    assert_eq!(lora(&Home::new(), &["--lora", "a.gguf=0.5"]), Some(("a.gguf".into(), 0.5)));
    let home = Home::new().config("lora = \"a.gguf=0.5\"");
    assert_eq!(lora(&home, &[]), Some((home.path("config/a.gguf"), 0.5)));
    let home = Home::new().config("lora = [\"~/a.gguf\"]");
    assert_eq!(lora(&home, &[]), Some((home.path("me/a.gguf"), 1.0)));
    let two = Home::new().settings(&["--lora", "a", "--lora", "b"]);
    assert_eq!(two.lora().expect_err("two").exit, Exit::Usage);
}
