//! `flagalpha`: FlagAlpha's Llama2-Chinese-Chat and Atom-Chat.
//!
//! Source: github.com/FlagAlpha/Llama2-Chinese @e789431, README: `<s>Human: {question}\n</s><s>Assistant: `, with BOS and EOS written out and
//! none added. Training data is `<s>Human: {question}\n</s><s>Assistant: {reply}`, then EOS; a reply in words gets the `\n` before
//! EOS that the project's servers put there, one in the model's own tokens ends as the model ended it.
//!
//! The space after `Assistant:` stays, although SentencePiece makes a lone `▁` of it: a Chinese reply was trained behind
//! that very token. (The Gradio example leaves it out, and joins exchanges with `\n`; the README is what the model card repeats.)
//! The family knows no system prompt: it goes before the first question, with a blank line between.
//! The project cuts replies at `Human:`, which the model writes when it misses its end.

use super::dialogue::Dialogue;
use super::prompt::{Prompt, Setting};
use super::{ControlTokens, Family};

pub(super) static FAMILY: Family = Family { name: "flagalpha", default_system: None, stops: &["Human:"], write };

fn write(dialogue: &Dialogue<'_>, tokens: &ControlTokens, prompt: &mut Prompt) {
    for exchange in &dialogue.exchanges {
        prompt.control(tokens.bos);
        prompt.text("Human: ");
        if let Some(system) = exchange.system {
            prompt.text(&format!("{system}\n\n"));
        }
        prompt.text(&format!("{}\n", exchange.question));
        prompt.control(tokens.eos);
        prompt.control(tokens.bos);
        prompt.text("Assistant: ");
        if let Some(reply) = &exchange.reply {
            prompt.reply(reply, &Setting { before: "", after: "\n", end: tokens.eos, strip: false });
        }
    }
}
