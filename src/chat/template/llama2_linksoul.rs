//! `llama2-linksoul`: LinkSoul's Chinese-Llama-2-7b.
//!
//! Source: github.com/LinkSoul-AI/Chinese-Llama-2-7b @a274938, `infer.py`. Meta's words, but from the second exchange on a space stands
//! between BOS and `[INST]`; and each question is stripped by itself, so white space before the first one goes even
//! where a system prompt comes first. (Its `api.py` and `train.py` use Meta's form: that is `--template llama2`.) The long English
//! system prompt of `infer.py` is not taken over: it would stand before every Chinese conversation.

use super::dialogue::Dialogue;
use super::prompt::{Prompt, Setting, strip};
use super::{ControlTokens, Family};

pub(super) static FAMILY: Family = Family { name: "llama2-linksoul", default_system: None, stops: &[], write };

fn write(dialogue: &Dialogue<'_>, tokens: &ControlTokens, prompt: &mut Prompt) {
    for (at, exchange) in dialogue.exchanges.iter().enumerate() {
        prompt.control(tokens.bos);
        prompt.text(if at == 0 { "[INST] " } else { " [INST] " });
        if let Some(system) = exchange.system {
            prompt.text(&format!("<<SYS>>\n{system}\n<</SYS>>\n\n"));
        }
        prompt.text(&format!("{} [/INST]", strip(exchange.question)));
        if let Some(reply) = &exchange.reply {
            prompt.reply(reply, &Setting { before: " ", after: " ", end: tokens.eos, strip: true });
        }
    }
}
