//! `human-assistant`: models fine-tuned with DeepSpeed-Chat.
//!
//! Source: github.com/deepspeedai/DeepSpeedExamples @45b4b71, `applications/DeepSpeed-Chat/inference/chatbot.py`: ` Human: {question}\n Assistant: `, and
//! each later exchange behind the whole text so far, `\n\n` between. BOS comes from the tokenizer, once.
//!
//! The white space is chatbot.py's to the letter. Its training data (`raw_datasets.py`) has ` Assistant: {reply}` with the same leading space
//! and no line break; the space at the prompt's end makes a lone `▁`, which is what stood before a Chinese reply in
//! training, while an English one began with a token that holds the space. Chinese comes first here.
//!
//! chatbot.py takes `<|endoftext|>` and `</s>` out of what was said, so no end token stands inside a conversation: not
//! even the one with which the model ended a reply. DeepSpeed-Chat's end of a reply is `<|endoftext|>` as plain text for Llama, and a model that
//! misses it goes on as the person; hence the stop strings. The family knows no system prompt: it goes
//! before the first question, with a blank line between.

use super::dialogue::Dialogue;
use super::prompt::Prompt;
use super::{ControlTokens, Family};

pub(super) static FAMILY: Family =
    Family { name: "human-assistant", default_system: None, stops: &["<|endoftext|>", "\nHuman:", " Human:"], write };

fn write(dialogue: &Dialogue<'_>, tokens: &ControlTokens, prompt: &mut Prompt) {
    prompt.control(tokens.bos);
    for (at, exchange) in dialogue.exchanges.iter().enumerate() {
        prompt.text(if at == 0 { " Human: " } else { "\n\n Human: " });
        if let Some(system) = exchange.system {
            prompt.text(&format!("{system}\n\n"));
        }
        prompt.text(&format!("{}\n Assistant: ", exchange.question));
        if let Some(reply) = &exchange.reply {
            match &reply.message.written {
                Some(written) => prompt.written(written),
                None => prompt.text(&reply.message.content),
            }
        }
    }
}
