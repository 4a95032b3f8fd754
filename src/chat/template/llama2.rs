//! `llama2`: Meta's Llama-2-Chat, token for token.
//!
//! Source: github.com/facebookresearch/llama @54c22c0, `llama/generation.py`, `chat_completion`. Each finished exchange is encoded by
//! itself, `BOS "[INST] {question} [/INST] {reply} " EOS`; the last question is `BOS "[INST] {question} [/INST]"`, with no space after
//! it (the model writes that). The system prompt is folded into the first question, and `.strip()` acts on what comes of it: so the white
//! space before the first question stays as it is where there is a system prompt. Meta's Hugging Face Jinja spells the same.
//! The file has no default system prompt, and no stop strings: the model ends with EOS.
//!
//! llama.cpp's own `llama2*` templates differ from this in every multi-turn conversation.

use super::dialogue::{Dialogue, Exchange};
use super::prompt::{Prompt, Setting, strip};
use super::{ControlTokens, Family};

pub(super) static FAMILY: Family = Family { name: "llama2", default_system: None, stops: &[], write };

fn write(dialogue: &Dialogue<'_>, tokens: &ControlTokens, prompt: &mut Prompt) {
    for exchange in &dialogue.exchanges {
        prompt.control(tokens.bos);
        prompt.text(&format!("[INST] {} [/INST]", strip(&with_system(exchange))));
        if let Some(reply) = &exchange.reply {
            prompt.reply(reply, &Setting { before: " ", after: " ", end: tokens.eos, strip: true });
        }
    }
}

/// The question, with the system prompt folded into it where there is one. All Llama-2 families share this.
pub(super) fn with_system(exchange: &Exchange<'_>) -> String {
    let system = exchange.system.map(|system| format!("<<SYS>>\n{system}\n<</SYS>>\n\n")).unwrap_or_default();
    system + exchange.question
}
