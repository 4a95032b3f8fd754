//! What the templates write, held against the forms that their sources document.

mod jinja;
mod rules;

use super::*;
use crate::message::{Role, Written};

/// The Llama-2 vocabulary's control tokens, and ChatML's beside them.
pub(super) fn tokens() -> ControlTokens {
    let by_text = [("<s>", 1), ("</s>", 2), ("<|im_start|>", 3), ("<|im_end|>", 4)];
    ControlTokens {
        bos: Some(1),
        eos: Some(2),
        add_bos: true,
        by_text: by_text.map(|(text, id)| (text.to_owned(), id)).to_vec(),
    }
}

pub(super) fn system(content: &str) -> Message {
    Message::new(Role::System, content)
}

pub(super) fn user(content: &str) -> Message {
    Message::new(Role::User, content)
}

pub(super) fn reply(content: &str) -> Message {
    Message::new(Role::Assistant, content)
}

/// A reply in the model's own tokens.
pub(super) fn written(content: &str, ids: &[i32], tail: &str, end: Option<i32>) -> Message {
    let written = Written { ids: ids.to_vec(), tail: tail.to_owned(), end };
    Message { written: Some(written), ..reply(content) }
}

pub(super) fn text(text: &str) -> Segment {
    Segment::Text(text.to_owned())
}

/// The conversation of the table in the documentation: a system prompt, a question, its answer, a question.
pub(super) fn suau() -> Vec<Message> {
    vec![system("S"), user("U1"), reply("A1"), user("U2")]
}

pub(super) fn render(name: &str, messages: &[Message]) -> Vec<Segment> {
    Template::builtin(name).unwrap().render(messages, &tokens()).unwrap()
}

/// The prompt as one string, control tokens by their texts, tokens in `{}`.
pub(super) fn spell(segments: &[Segment], tokens: &ControlTokens) -> String {
    segments
        .iter()
        .map(|segment| match segment {
            Segment::Control(id) => tokens.text(Some(*id)).to_owned(),
            Segment::Text(text) => text.clone(),
            Segment::Tokens(ids) => format!("{ids:?}"),
        })
        .collect()
}

fn spelled(name: &str, messages: &[Message]) -> String {
    spell(&render(name, messages), &tokens())
}

#[test]
fn every_family_writes_its_documented_form() {
    for (name, with_system, without) in [
        (
            "llama2",
            "<s>[INST] <<SYS>>\nS\n<</SYS>>\n\nU1 [/INST] A1 </s><s>[INST] U2 [/INST]",
            "<s>[INST] U1 [/INST] A1 </s><s>[INST] U2 [/INST]",
        ),
        (
            "llama2-hfl",
            "<s>[INST] <<SYS>>\nS\n<</SYS>>\n\nU1 [/INST] A1</s><s>[INST] U2 [/INST]",
            "<s>[INST] <<SYS>>\nYou are a helpful assistant. 你是一个乐于助人的助手。\n<</SYS>>\n\nU1 [/INST] A1</s><s>[INST] U2 [/INST]",
        ),
        (
            "llama2-linksoul",
            "<s>[INST] <<SYS>>\nS\n<</SYS>>\n\nU1 [/INST] A1 </s><s> [INST] U2 [/INST]",
            "<s>[INST] U1 [/INST] A1 </s><s> [INST] U2 [/INST]",
        ),
        (
            "flagalpha",
            "<s>Human: S\n\nU1\n</s><s>Assistant: A1\n</s><s>Human: U2\n</s><s>Assistant: ",
            "<s>Human: U1\n</s><s>Assistant: A1\n</s><s>Human: U2\n</s><s>Assistant: ",
        ),
        (
            "human-assistant",
            "<s> Human: S\n\nU1\n Assistant: A1\n\n Human: U2\n Assistant: ",
            "<s> Human: U1\n Assistant: A1\n\n Human: U2\n Assistant: ",
        ),
        (
            "chatml",
            "<s><|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU1<|im_end|>\n<|im_start|>assistant\nA1<|im_end|>\n\
             <|im_start|>user\nU2<|im_end|>\n<|im_start|>assistant\n",
            "<s><|im_start|>user\nU1<|im_end|>\n<|im_start|>assistant\nA1<|im_end|>\n\
             <|im_start|>user\nU2<|im_end|>\n<|im_start|>assistant\n",
        ),
    ] {
        assert_eq!(spelled(name, &suau()), with_system, "{name}");
        assert_eq!(spelled(name, &suau()[1..]), without, "{name}");
    }
}

#[test]
fn a_system_prompt_without_words_is_none() {
    for name in Template::names() {
        let none = spelled(name, &[system(""), user("U")]);
        assert!(!none.contains("<<SYS>>") && !none.contains("system") && !none.contains("\n\nU"), "{name}: {none}");
    }
}

#[test]
fn llama2_strips_as_meta_does() {
    assert_eq!(
        render("llama2", &[system(" S "), user("\n U1 "), reply("\u{3000}A1\n"), user(" U2 ")]),
        [
            Segment::Control(1),
            text("[INST] <<SYS>>\n S \n<</SYS>>\n\n\n U1 [/INST] A1 "),
            Segment::Control(2),
            Segment::Control(1),
            text("[INST] U2 [/INST]"),
        ]
    );
    assert_eq!(spelled("llama2-hfl", &[system(""), user(" U ")]), "<s>[INST]  U  [/INST]");
    assert_eq!(
        spelled("llama2-linksoul", &[system(" S "), user(" U ")]),
        "<s>[INST] <<SYS>>\n S \n<</SYS>>\n\nU [/INST]"
    );
}

#[test]
fn the_models_own_tokens_stand_as_they_were_written() {
    let held = |answer: Message| [user("U1"), answer, user("U2")];
    for (name, ended, cut) in [
        (
            "llama2",
            "<s>[INST] U1 [/INST][7, 8]</s><s>[INST] U2 [/INST]",
            "<s>[INST] U1 [/INST][7, 8]尾 </s><s>[INST] U2 [/INST]",
        ),
        (
            "llama2-linksoul",
            "<s>[INST] U1 [/INST][7, 8]</s><s> [INST] U2 [/INST]",
            "<s>[INST] U1 [/INST][7, 8]尾 </s><s> [INST] U2 [/INST]",
        ),
        (
            "flagalpha",
            "<s>Human: U1\n</s><s>Assistant: [7, 8]</s><s>Human: U2\n</s><s>Assistant: ",
            "<s>Human: U1\n</s><s>Assistant: [7, 8]尾\n</s><s>Human: U2\n</s><s>Assistant: ",
        ),
        (
            "human-assistant",
            "<s> Human: U1\n Assistant: [7, 8]\n\n Human: U2\n Assistant: ",
            "<s> Human: U1\n Assistant: [7, 8]尾\n\n Human: U2\n Assistant: ",
        ),
    ] {
        assert_eq!(spelled(name, &held(written("A1", &[7, 8], "", Some(2)))), ended, "{name}");
        assert_eq!(spelled(name, &held(written("A1", &[7, 8], "尾", None))), cut, "{name}");
    }
    let chatml = |end| spelled("chatml", &held(written("A1", &[7, 8], "", end)));
    for (end, spelling) in [(Some(4), "<|im_end|>"), (None, "<|im_end|>"), (Some(2), "</s>")] {
        assert_eq!(
            chatml(end),
            format!(
                "<s><|im_start|>user\nU1<|im_end|>\n<|im_start|>assistant\n[7, 8]{spelling}\n\
                 <|im_start|>user\nU2<|im_end|>\n<|im_start|>assistant\n"
            )
        );
    }
}

#[test]
fn a_prompt_may_end_inside_a_reply() {
    for name in Template::names() {
        let question = spelled(name, &[user("U")]);
        let gap = if name.starts_with("llama2") { " " } else { "" };
        assert_eq!(spelled(name, &[user("U"), reply("A \n")]), format!("{question}{gap}A \n"), "{name}");
        let cut = written("A", &[7], "x", Some(2));
        assert_eq!(spelled(name, &[user("U"), cut]), format!("{question}[7]x"), "{name}");
    }
}

#[test]
fn chatml_without_its_tokens_is_text() {
    let bare = ControlTokens { by_text: Vec::new(), ..ControlTokens::default() };
    let segments = Template::builtin("chatml").unwrap().render(&suau(), &bare).unwrap();
    assert_eq!(
        segments,
        [text(
            "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU1<|im_end|>\n<|im_start|>assistant\nA1<|im_end|>\n\
             <|im_start|>user\nU2<|im_end|>\n<|im_start|>assistant\n"
        )]
    );
}

#[test]
fn llama2_puts_control_tokens_where_metas_encoding_has_them() {
    #[derive(serde::Deserialize)]
    struct Golden {
        messages: Vec<Message>,
        ids: Vec<i32>,
    }
    let golden: Vec<Golden> =
        serde_json::from_str(include_str!("../../../tests/data/llama2-chat-golden.json")).unwrap();
    assert!(!golden.is_empty());
    for Golden { messages, ids } in golden {
        let segments = render("llama2", &messages);
        // One run of ordinary ids for every run of text, between the same control tokens.
        let shape = |control: Vec<Option<i32>>| {
            let mut shape = control;
            shape.dedup();
            shape
        };
        let ours = segments.iter().map(|s| if let Segment::Control(id) = s { Some(*id) } else { None }).collect();
        let metas = ids.iter().map(|&id| (id == 1 || id == 2).then_some(id)).collect();
        assert_eq!(shape(ours), shape(metas), "{messages:?}");
        for message in &messages {
            let words = message.content.trim();
            assert!(segments.iter().any(|s| matches!(s, Segment::Text(run) if run.contains(words))), "{words}");
        }
    }
}
