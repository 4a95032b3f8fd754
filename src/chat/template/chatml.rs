//! `chatml`: OpenAI's ChatML, which Qwen, Yi, SmolLM and many others follow.
//!
//! Every message is `<|im_start|>{role}\n{content}<|im_end|>\n`, and the prompt ends with `<|im_start|>assistant\n`. Source: the Jinja that the
//! models of this kind carry, the plain one without a system prompt of its own (a template that has one is
//! run as Jinja, so that it keeps it). The two marks are control tokens; where a vocabulary lacks them they
//! are written as text, which such a model can at best imitate. BOS only where the vocabulary asks for it.

use super::dialogue::Dialogue;
use super::prompt::{Prompt, Setting};
use super::{ControlTokens, Family};

pub(super) const START: &str = "<|im_start|>";
pub(super) const END: &str = "<|im_end|>";

pub(super) static FAMILY: Family = Family { name: "chatml", default_system: None, stops: &[END, START], write };

fn write(dialogue: &Dialogue<'_>, tokens: &ControlTokens, prompt: &mut Prompt) {
    if tokens.add_bos {
        prompt.control(tokens.bos);
    }
    for exchange in &dialogue.exchanges {
        if let Some(system) = exchange.system {
            say(prompt, tokens, "system", system);
        }
        say(prompt, tokens, "user", exchange.question);
        mark(prompt, tokens, START);
        prompt.text("assistant\n");
        if let Some(reply) = &exchange.reply {
            let end = tokens.id(END);
            let after = if end.is_some() { "" } else { END };
            prompt.reply(reply, &Setting { before: "", after, end, strip: false });
            if !reply.open {
                prompt.text("\n");
            }
        }
    }
}

fn say(prompt: &mut Prompt, tokens: &ControlTokens, role: &str, content: &str) {
    mark(prompt, tokens, START);
    prompt.text(&format!("{role}\n{content}"));
    mark(prompt, tokens, END);
    prompt.text("\n");
}

fn mark(prompt: &mut Prompt, tokens: &ControlTokens, text: &str) {
    match tokens.id(text) {
        None => prompt.text(text),
        id => prompt.control(id),
    }
}

/// Whether the vocabulary has ChatML's marks as control tokens.
pub(super) fn fits(tokens: &ControlTokens) -> bool {
    tokens.id(START).is_some() && tokens.id(END).is_some()
}
