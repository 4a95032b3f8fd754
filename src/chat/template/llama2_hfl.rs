//! `llama2-hfl`: Chinese-Alpaca-2 (hfl, ymcui), and Chinese-LLaMA-2 where one must.
//!
//! Source: github.com/ymcui/Chinese-LLaMA-Alpaca-2 @2a334d1, `scripts/openai_server_demo/openai_api_server.py`. Like Meta's, but nothing is
//! stripped, and no space stands before EOS: the model was trained on replies that end right there. The system prompt
//! below is the one of its training, so it stands in wherever a conversation has none.

use super::dialogue::Dialogue;
use super::llama2::with_system;
use super::prompt::{Prompt, Setting};
use super::{ControlTokens, Family};

pub(super) static FAMILY: Family = Family {
    name: "llama2-hfl",
    default_system: Some("You are a helpful assistant. 你是一个乐于助人的助手。"),
    stops: &[],
    write,
};

fn write(dialogue: &Dialogue<'_>, tokens: &ControlTokens, prompt: &mut Prompt) {
    for exchange in &dialogue.exchanges {
        prompt.control(tokens.bos);
        prompt.text(&format!("[INST] {} [/INST]", with_system(exchange)));
        if let Some(reply) = &exchange.reply {
            prompt.reply(reply, &Setting { before: " ", after: "", end: tokens.eos, strip: false });
        }
    }
}
