//! How a conversation is written down for a model: messages in, prompt segments out.
//!
//! Here are the list of built-in families (one file each), the GGUF's own Jinja (`jinja`), and the choice
//! between them ([`choose`]). Not here: what fits into the context, and how text becomes tokens.
//!
//! What holds throughout: a control token stands in a prompt only because a template put it there. What people
//! said is always [`Segment::Text`], whatever it spells.

mod chatml;
mod choose;
mod dialogue;
mod flagalpha;
mod human_assistant;
mod jinja;
mod llama2;
mod llama2_hfl;
mod llama2_linksoul;
mod markers;
mod prompt;
mod shield;
#[cfg(test)]
mod tests;

pub use choose::{Choice, Facts, Given, choose};
pub use markers::break_markers;

use self::dialogue::Dialogue;
use self::jinja::Jinja;
use self::prompt::Prompt;
use crate::exit::Failed;
use crate::message::Message;
use crate::protocol::{Segment, TokenId};
use crate::text::Untrusted;
use crate::tr;

/// What a template must know of the vocabulary. It comes from the GGUF header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ControlTokens {
    /// Begin of text (`tokenizer.ggml.bos_token_id`).
    pub bos: Option<TokenId>,
    /// End of text (`tokenizer.ggml.eos_token_id`).
    pub eos: Option<TokenId>,
    /// Whether the vocabulary wants BOS before every text (`tokenizer.ggml.add_bos_token`).
    pub add_bos: bool,
    /// The tokens of type CONTROL, and the USER_DEFINED ones too if the caller likes, each with its text; BOS and
    /// EOS among them.
    pub by_text: Vec<(String, TokenId)>,
}

impl ControlTokens {
    /// The id of the control token with this text.
    fn id(&self, text: &str) -> Option<TokenId> {
        self.by_text.iter().find(|(known, _)| known == text).map(|&(_, id)| id)
    }

    /// The text of a control token; nothing where it is none.
    fn text(&self, id: Option<TokenId>) -> &str {
        self.by_text.iter().find(|&&(_, known)| Some(known) == id).map_or("", |(text, _)| text)
    }
}

/// One built-in way of writing a conversation down. All that differs between families is in here.
#[derive(Debug)]
struct Family {
    /// The name that `--template` and models.toml use.
    name: &'static str,
    /// The system prompt that the family was trained with and that stands where a conversation has none.
    default_system: Option<&'static str>,
    /// Text at which a reply is over although the model wrote no end.
    stops: &'static [&'static str],
    /// Writes a whole conversation.
    write: fn(&Dialogue<'_>, &ControlTokens, &mut Prompt),
}

/// Every built-in family, in the order in which people are told about them.
static FAMILIES: [&Family; 6] = [
    &llama2::FAMILY,
    &llama2_hfl::FAMILY,
    &llama2_linksoul::FAMILY,
    &flagalpha::FAMILY,
    &human_assistant::FAMILY,
    &chatml::FAMILY,
];

/// The name of every template that is not built in.
const JINJA: &str = "jinja";

/// A chat template: a built-in family, or a Jinja source.
#[derive(Debug, Clone)]
pub struct Template(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Family(&'static Family),
    Jinja(Jinja),
}

impl Template {
    /// The built-in family of this name.
    #[must_use]
    pub fn builtin(name: &str) -> Option<Self> {
        FAMILIES.iter().find(|family| family.name == name).map(|family| Self(Kind::Family(family)))
    }

    /// The names of the built-in families.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FAMILIES.iter().map(|family| family.name)
    }

    /// A template from a Jinja source, such as a `.jinja` file or a GGUF's `tokenizer.chat_template`.
    ///
    /// # Errors
    /// The source is not Jinja; the sentence names the line.
    pub fn jinja(source: &str) -> Result<Self, Failed> {
        Jinja::new(source).map(|jinja| Self(Kind::Jinja(jinja)))
    }

    /// The name to show: the family's, or `jinja`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match &self.0 {
            Kind::Family(family) => family.name,
            Kind::Jinja(_) => JINJA,
        }
    }

    /// The system prompt that [`render`](Self::render) puts in where a conversation has no system message. A Jinja
    /// template may have one too, but it is known to itself alone.
    #[must_use]
    pub fn default_system(&self) -> Option<&'static str> {
        match &self.0 {
            Kind::Family(family) => family.default_system,
            Kind::Jinja(_) => None,
        }
    }

    /// Texts at which a reply is over although the model wrote no end.
    #[must_use]
    pub fn stops(&self) -> &'static [&'static str] {
        match &self.0 {
            Kind::Family(family) => family.stops,
            Kind::Jinja(_) => &[],
        }
    }

    /// Writes a conversation down as the prompt for the next reply. Where the last message is the model's, the
    /// prompt ends inside it, so that the model goes on with it. A system message with no words in it asks for no
    /// system prompt at all, the family's own included.
    ///
    /// A reply that carries [`written`](Message::written) goes in as the model's own tokens, followed by the end that
    /// the model wrote; where it was cut, by the end that the family writes.
    ///
    /// # Errors
    /// The roles do not alternate, or the Jinja source refuses the conversation or passes its limits.
    pub fn render(&self, messages: &[Message], tokens: &ControlTokens) -> Result<Vec<Segment>, Failed> {
        match &self.0 {
            Kind::Family(family) => {
                let dialogue = Dialogue::read(messages, family.default_system)?;
                let mut prompt = Prompt::default();
                (family.write)(&dialogue, tokens, &mut prompt);
                Ok(prompt.into_segments())
            }
            Kind::Jinja(jinja) => jinja.render(messages, tokens),
        }
    }

    /// The built-in family of this name, or the sentence that lists what there is.
    fn named(name: &str) -> Result<Self, Failed> {
        Self::builtin(name).ok_or_else(|| {
            let known = Self::names().collect::<Vec<_>>().join(", ");
            let name = Untrusted(name);
            Failed::usage(tr!(
                "没有名为“{name}”的对话模板。可用的有：{known}；也可以给出一个 .jinja 文件，例如 --template ./chat.jinja",
                "there is no chat template named “{name}”. Known: {known}; or give a .jinja file, as in --template ./chat.jinja"
            ))
        })
    }
}
