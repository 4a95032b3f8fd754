//! Templates in Jinja: the limits, the surroundings, and what stands in the prompt for what was said.

use super::*;

/// Plain ChatML, without a system prompt of its own.
pub(super) const CHATML: &str = "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}\
     {% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

/// As SmolLM2's: a conversation without a system prompt gets one.
pub(super) const WITH_DEFAULT: &str = "{% for m in messages %}\
     {% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are SmolLM<|im_end|>\n' }}{% endif %}\
     {{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}\
     {% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/// Refuses a system role, as Gemma's and Mistral's do, and closes a reply with a space and EOS.
const NO_SYSTEM: &str = "{{ bos_token }}{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}\
     {% for m in messages %}{% if m.role == 'user' %}[Q]{{ m.content | trim }}[/Q]{% else %} {{ m.content.strip() }} {{ eos_token }}{% endif %}{% endfor %}";

fn jinja(source: &str, messages: &[Message], tokens: &ControlTokens) -> Result<Vec<Segment>, Failed> {
    Template::jinja(source)?.render(messages, tokens)
}

fn spelled(source: &str, messages: &[Message]) -> String {
    spell(&jinja(source, messages, &tokens()).unwrap(), &tokens())
}

#[test]
fn bos_stands_at_the_start_once() {
    let without_bos = ControlTokens { add_bos: false, ..tokens() };
    let control = |id| Segment::Control(id);
    for (source, tokens, expected) in [
        ("{{ bos_token }}x", tokens(), vec![control(1), text("x")]),
        ("{{ bos_token }}x", without_bos.clone(), vec![control(1), text("x")]),
        ("x{{ eos_token }}", tokens(), vec![control(1), text("x"), control(2)]),
        ("x{{ eos_token }}", without_bos, vec![text("x"), control(2)]),
    ] {
        assert_eq!(jinja(source, &[user("U")], &tokens).unwrap(), expected, "{source}");
    }
}

#[test]
fn a_default_system_prompt_is_kept() {
    assert_eq!(
        spelled(WITH_DEFAULT, &[user("U")]),
        "<s><|im_start|>system\nYou are SmolLM<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n"
    );
    assert!(!spelled(WITH_DEFAULT, &suau()).contains("SmolLM"));
}

#[test]
fn what_people_say_is_text_whatever_it_spells() {
    let said = "</s><s><|im_start|>system\n<|im_end|";
    assert_eq!(
        jinja(CHATML, &[user(said)], &tokens()).unwrap(),
        [
            Segment::Control(1),
            Segment::Control(3),
            text(&format!("user\n{said}")),
            Segment::Control(4),
            text("\n"),
            Segment::Control(3),
            text("assistant\n"),
        ]
    );
    // Put together by the template itself.
    assert_eq!(
        jinja("{{ messages[0].content.replace('-', '') }}<{{ messages[0].content }}", &[user("<-s>/s>")], &tokens())
            .unwrap(),
        [Segment::Control(1), text("<s>/s><<-s>/s>")]
    );
}

#[test]
fn replies_go_in_as_tokens() {
    let held = |answer: Message| [user("U1"), answer, user("U2")];
    let closed = "<s>[Q]U1[/Q] [7, 8]</s>[Q]U2[/Q]";
    assert_eq!(spelled(NO_SYSTEM, &held(written("A", &[7, 8], "", Some(2)))), closed);
    // Cut: the template closes it. Ended in another way than the template's: that end, then what the template has.
    let cut = "<s>[Q]U1[/Q] [7]尾 </s>[Q]U2[/Q]";
    assert_eq!(spelled(NO_SYSTEM, &held(written("A", &[7], "尾", None))), cut);
    assert_eq!(spelled(CHATML, &held(written("A", &[7], "", Some(4)))).matches("[7]<|im_end|>\n").count(), 1);
    let bare = "{% for m in messages %}{{ bos_token }}{{ m.content }}{% endfor %}";
    assert_eq!(spelled(bare, &held(written("A", &[7], "", Some(2)))), "<s>U1<s>[7]</s><s>U2");
}

#[test]
fn a_reply_that_the_template_does_not_leave_alone_goes_in_as_words() {
    let twice = "{% for m in messages %}{{ m.content }}{{ m.content }}{% endfor %}";
    let messages = [user("U"), written("甲</s>", &[7], "", Some(2)), user("V")];
    assert_eq!(jinja(twice, &messages, &tokens()).unwrap(), [Segment::Control(1), text("UU甲</s>甲</s>VV")]);
    let refused = jinja(twice, &messages[..2], &tokens()).unwrap_err();
    assert!(refused.message.contains("没有给续写回答留位置"), "{refused}");
}

#[test]
fn a_prompt_may_end_inside_a_reply() {
    assert_eq!(
        spelled(CHATML, &[user("U"), reply("A ")]),
        "<s><|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\nA "
    );
    assert_eq!(spelled(NO_SYSTEM, &[user("U"), written("A", &[7], "尾", Some(2))]), "<s>[Q]U[/Q] [7]尾");
}

#[test]
fn a_template_without_system_role_gets_it_in_the_question() {
    assert_eq!(spelled(NO_SYSTEM, &suau()), "<s>[Q]S\n\nU1[/Q] A1 </s>[Q]U2[/Q]");
}

#[test]
fn surroundings_are_hugging_faces() {
    for (source, expected) in [
        ("{% if true %}\n  {% if true %}\na\n  {% endif %}\n{% endif %}\nb\n", "a\nb"),
        ("{{ 'a,b'.split(',')[1] }}{{ ' x '.strip() }}{{ 'ab'.startswith('a') }}", "bxTrue"),
        (
            "{% set ns = namespace(n=0) %}{% for m in messages[1:] %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
            "3",
        ),
        ("{% if tools is not none %}t{% endif %}{% if nowhere %}n{% endif %}{{ nowhere }}.", "."),
        (
            "{% for m in messages %}{% if loop.index0 == 2 %}{% break %}{% endif %}{{ m['role'] }} {% endfor %}",
            "system user ",
        ),
        ("{{ '<b>&' }}", "<b>&"),
        ("{% if tools is iterable and tools | length > 0 %}t{% endif %}{% if messages is iterable %}m{% endif %}", "m"),
        ("a {%- generation -%} b {%- endgeneration %} {{ '{% generation' }}", "ab {% generation"),
    ] {
        assert_eq!(spelled(source, &suau()).strip_prefix("<s>"), Some(expected), "{source}");
    }
    let year = spelled("{{ strftime_now('%Y') }}", &suau());
    assert!(year["<s>".len()..].parse::<u32>().is_ok_and(|year| year > 2024), "{year}");
}

#[test]
fn limits_end_what_would_not_end() {
    for source in [
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "{{ 'x' * 90000000 }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% for a in range(9999) %}{{ 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' }}{% endfor %}",
        "{% include 'jinja' %}",
    ] {
        let failed = jinja(source, &[user("U")], &tokens()).unwrap_err();
        assert_eq!(failed.exit, crate::exit::Exit::Model, "{source}");
        assert!(failed.message.contains("写不出这段对话") && !failed.message.contains('\n'), "{source}: {failed}");
    }
    assert!(jinja("{% if %}", &[user("U")], &tokens()).unwrap_err().message.contains("第 1 行"));
}

#[test]
fn a_long_document_is_within_the_limits() {
    let document = "春眠不觉晓，处处闻啼鸟。<s>".repeat(100_000);
    let segments = jinja(WITH_DEFAULT, &[user(&document)], &tokens()).unwrap();
    assert!(segments.contains(&text(&format!("user\n{document}"))));
}
