//! Which template is chosen, and what holds for all of them.

use proptest::prelude::*;

use super::jinja::{CHATML, WITH_DEFAULT};
use super::*;

/// The form of Meta's Hugging Face template: roles checked, system folded into the first question.
fn meta(strip: &str) -> String {
    "{% if messages[0]['role'] == 'system' %}{% set rest = messages[1:] %}{% set system = messages[0]['content'] %}\
     {% else %}{% set rest = messages %}{% set system = false %}{% endif %}{% for m in rest %}\
     {% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}\
     {% if loop.index0 == 0 and system != false %}{% set said = '<<SYS>>\\n' + system + '\\n<</SYS>>\\n\\n' + m['content'] %}\
     {% else %}{% set said = m['content'] %}{% endif %}\
     {% if m['role'] == 'user' %}{{ bos_token + '[INST] ' + said STRIP + ' [/INST]' }}\
     {% else %}{{ ' ' + said STRIP + ' ' + eos_token }}{% endif %}{% endfor %}"
        .replace(" STRIP", strip)
}

struct Model {
    names: &'static [&'static str],
    n_vocab: usize,
    jinja: Option<String>,
    tokens: ControlTokens,
}

impl Model {
    fn choose(&self, given: Option<Given<'_>>, registry: Option<&str>) -> Result<Choice, Failed> {
        let facts =
            Facts { names: self.names, n_vocab: self.n_vocab, jinja: self.jinja.as_deref(), tokens: &self.tokens };
        choose(given, registry, &facts)
    }

    fn name(&self) -> &'static str {
        self.choose(None, None).unwrap().template.name()
    }
}

/// A model of the plain Llama-2 vocabulary with no template of its own.
fn model(names: &'static [&'static str]) -> Model {
    let mut tokens = tokens();
    tokens.by_text.truncate(2);
    Model { names, n_vocab: 32_000, jinja: None, tokens }
}

#[test]
fn what_is_named_comes_first() {
    let model = Model { jinja: Some(meta(".strip()")), ..model(&["x"]) };
    let chosen = |given, registry| model.choose(given, registry).unwrap();
    assert_eq!(chosen(Some(Given::Name("flagalpha")), Some("chatml")).template.name(), "flagalpha");
    assert_eq!(chosen(Some(Given::Name("jinja")), None).template.name(), "jinja");
    assert_eq!(chosen(Some(Given::File { path: "a.j2", source: "x" }), None).template.name(), "jinja");
    let by_registry = chosen(None, Some("chatml"));
    assert_eq!(by_registry.template.name(), "chatml");
    assert!(by_registry.why.contains("模型清单") && by_registry.why.contains("普通文字"), "{}", by_registry.why);
    assert_eq!(chosen(None, None).template.name(), "llama2");
}

#[test]
fn a_wrong_name_or_file_says_what_to_type() {
    let model = model(&["x"]);
    let refused = |given| model.choose(Some(given), None).unwrap_err();
    let unknown = refused(Given::Name("llama3"));
    assert_eq!(unknown.exit, crate::exit::Exit::Usage);
    assert!(Template::names().all(|name| unknown.message.contains(name)), "{unknown}");
    assert!(refused(Given::Name("jinja")).message.contains("没有自带对话模板"));
    assert!(refused(Given::File { path: "a.j2", source: "{{" }).message.starts_with("a.j2"));
}

#[test]
fn a_known_jinja_becomes_the_built_in_and_any_other_stays() {
    let chatml = tokens();
    for (source, tokens, expected) in [
        (meta(".strip()"), tokens(), "llama2"),
        (meta(" | trim"), tokens(), "llama2"),
        (meta(""), tokens(), "llama2"),
        (CHATML.into(), chatml.clone(), "chatml"),
        (CHATML.into(), ControlTokens { add_bos: false, ..chatml.clone() }, "chatml"),
        (WITH_DEFAULT.into(), chatml.clone(), "jinja"),
        (meta(".strip()").replace("' ' + eos_token", "eos_token"), tokens(), "jinja"),
        (meta(".strip()").replace("bos_token", "''"), tokens(), "jinja"),
        ("{{ raise_exception('no') }}".into(), tokens(), "jinja"),
        // Broken, with marks in it.
        (format!("{{% if %}}{}", meta(".strip()")), tokens(), "llama2"),
        (format!("{{% if %}}{CHATML}"), chatml.clone(), "chatml"),
        ("{% if %}".into(), chatml, "chatml"),
        ("{% if %}".into(), ControlTokens { by_text: Vec::new(), ..tokens() }, "llama2"),
    ] {
        let model = Model { jinja: Some(source.clone()), tokens, ..model(&["x"]) };
        assert_eq!(model.name(), expected, "{source}");
    }
}

#[test]
fn the_header_tells_the_family() {
    for (names, n_vocab, expected) in [
        (&["LLaMA v2", "ggml-model-q4_k.gguf"][..], 55_296, "llama2-hfl"),
        (&["ziqingyang_chinese-alpaca-2-13b"], 32_000, "llama2-hfl"),
        (&["Atom-7B-Chat"], 65_000, "flagalpha"),
        (&["Llama2-Chinese-13b-Chat.Q4_K_M.gguf"], 32_000, "flagalpha"),
        (&["LLaMA v2", "chinese-llama-2-7b.Q4_K.gguf"], 32_000, "llama2-linksoul"),
        (&["opendata-chinese-llama2-chat"], 32_000, "llama2"),
        (&["llama-2-13b-chat.Q4_K_M.gguf"], 32_000, "llama2"),
        (&[], 32_008, "llama2"),
    ] {
        assert_eq!(Model { n_vocab, ..model(names) }.name(), expected, "{names:?}");
    }
    assert_eq!(Model { tokens: tokens(), ..model(&["x"]) }.name(), "chatml");
}

#[test]
fn base_models_are_told_from_chat_models() {
    let is_base = |names, n_vocab| Model { n_vocab, ..model(names) }.choose(None, None).unwrap().base_model;
    for names in [
        &["Llama-2-13b-hf"][..],
        &["LLaMA v2", "llama-2-7b.Q4_K_M.gguf"],
        &["meta-llama_Llama-2-70b-hf"],
        &["llama-13b"],
    ] {
        assert!(is_base(names, 32_000), "{names:?}");
    }
    for names in [&["chinese-llama-2-13b-16k.Q5_K_M.gguf"][..], &["Chinese-LLaMA-2-1.3B", "ggml-model-f16"]] {
        assert!(is_base(names, 55_296), "{names:?}");
    }
    for (names, n_vocab) in [
        (&["LLaMA v2", "llama-2-13b-chat.Q4_0.gguf"][..], 32_000),
        (&["LLaMA v2", "ggml-model-q4_k.gguf"], 55_296),
        (&["chinese-alpaca-2-13b.Q4_K_M.gguf"], 55_296),
        (&["chinese-llama-2-7b.Q4_K.gguf"], 32_000),
        (&["opendata-chinese-llama2-sft-13b"], 32_000),
        (&["Xwin-LM-13B"], 32_000),
        (&["llama-2-13b-instruct"], 32_000),
        (&[], 32_000),
    ] {
        assert!(!is_base(names, n_vocab), "{names:?}");
    }
    let base = model(&["llama-2-7b"]);
    assert!(!base.choose(None, Some("llama2")).unwrap().base_model);
    assert!(base.choose(Some(Given::Name("llama2")), None).unwrap().base_model);
    assert!(!Model { jinja: Some(CHATML.into()), ..model(&["llama-2-7b"]) }.choose(None, None).unwrap().base_model);
}

/// What people say, thick with what they should not be able to say.
fn said() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        prop::sample::select(vec![
            "<s>",
            "</s>",
            "<|im_start|>",
            "<|im_end|>",
            "<",
            "s>",
            "<|im_",
            "start|>",
            "|>",
            "[INST]",
            "\u{fdd0}",
            "\u{fdd1}0\u{fdd1}",
            "\n",
            " ",
            "你好",
            "👨‍👩‍👧"
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    prop::collection::vec(part, 1..8).prop_map(|parts| parts.concat())
}

fn templates() -> Vec<Template> {
    let jinja = [CHATML.to_owned(), WITH_DEFAULT.to_owned(), meta(".strip()"), meta("")];
    Template::names()
        .map(|name| Template::builtin(name).unwrap())
        .chain(jinja.iter().map(|source| Template::jinja(source).unwrap()))
        .collect()
}

/// Where the control tokens stand, and the ids of replies.
fn frame(segments: &[Segment]) -> Vec<Segment> {
    segments.iter().filter(|segment| !matches!(segment, Segment::Text(_))).cloned().collect()
}

proptest! {
    #[test]
    fn words_change_no_control_token(
        rules in said(), question in said(), answer in said(), next in said(), in_tokens: bool
    ) {
        let tokens = tokens();
        let conversation = |rules: &str, question: &str, answer: &str, next: &str| {
            let answer = if in_tokens { written(answer, &[7], "", None) } else { reply(answer) };
            [system(rules), user(question), answer, user(next)]
        };
        // A system prompt without words is another conversation.
        let rules = format!("规{rules}");
        let held = conversation(&rules, &question, &answer, &next);
        let plain = conversation("S", "Q", "A", "N");
        for template in templates() {
            let segments = template.render(&held, &tokens).unwrap();
            prop_assert_eq!(frame(&segments), frame(&template.render(&plain, &tokens).unwrap()), "{:?}", template);
            let texts = segments.iter().filter_map(|s| if let Segment::Text(run) = s { Some(run.as_str()) } else { None });
            let texts: Vec<&str> = texts.collect();
            let mut words = vec![&rules, &question, &next];
            words.extend((!in_tokens).then_some(&answer));
            for words in words {
                let words = prompt::strip(words);
                prop_assert!(texts.iter().any(|run| run.contains(words)), "{template:?}: {words:?} in {texts:?}");
            }
        }
    }

    #[test]
    fn neighbouring_segments_differ_in_kind(first in said(), second in said()) {
        for template in templates() {
            let segments = template.render(&[user(&first), reply(&second), user(&first)], &tokens()).unwrap();
            for pair in segments.windows(2) {
                prop_assert!(!matches!(pair, [Segment::Text(_), Segment::Text(_)]), "{pair:?}");
            }
            prop_assert!(!segments.contains(&text("")));
        }
    }
}
