//! Which template a model gets, and why.
//!
//! In this order: what the person named; what the registry says of the model; the GGUF's own template, as our
//! built-in one where it writes the same, else as Jinja; a family recognised from the header; llama2.

use super::jinja::Jinja;
use super::{
    ControlTokens, FAMILIES, Family, JINJA, Kind, Template, chatml, flagalpha, llama2, llama2_hfl, llama2_linksoul,
};
use crate::exit::Failed;
use crate::message::{Message, Role};
use crate::text::Untrusted;
use crate::tr;

/// What a person gave with `--template`.
#[derive(Debug, Clone, Copy)]
pub enum Given<'a> {
    /// The name of a built-in family, or `jinja` for the GGUF's own.
    Name(&'a str),
    /// A Jinja file.
    File {
        /// Where it is, for the sentence that says so.
        path: &'a str,
        /// What is in it.
        source: &'a str,
    },
}

/// What is known of a model before it is loaded.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// All that it is called: `general.name`, `general.basename`, `general.finetune`, the file's name. Mostly the file's name says
    /// the most: many converters wrote `LLaMA v2` into the header whatever the model was.
    pub names: &'a [&'a str],
    /// How many tokens the vocabulary has.
    pub n_vocab: usize,
    /// `tokenizer.chat_template`.
    pub jinja: Option<&'a str>,
    /// The vocabulary's control tokens.
    pub tokens: &'a ControlTokens,
}

/// A template, and how it came to be this one.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The template.
    pub template: Template,
    /// The reason, one sentence in the reader's language.
    pub why: String,
    /// By all that is known this is a base model, which was never taught to answer: worth one warning.
    pub base_model: bool,
}

/// Chooses a template.
///
/// # Errors
/// A name that is none, or a file that is no Jinja. The GGUF's own template never fails here: one that cannot be run
/// is passed over, and the reason says so.
pub fn choose(given: Option<Given<'_>>, registry: Option<&str>, facts: &Facts<'_>) -> Result<Choice, Failed> {
    let base_model = facts.jinja.is_none() && registry.is_none() && is_base(facts);
    let (template, mut why) = match (given, registry) {
        (Some(given), _) => from_person(given, facts)?,
        (None, Some(name)) => {
            (Template::named(name)?, tr!("模型清单指定了模板 {name}", "the model list names the template {name}"))
        }
        (None, None) => from_model(facts),
    };
    if template.name() == chatml::FAMILY.name && !chatml::fits(facts.tokens) {
        why += &tr!(
            "；这个模型的词表没有 <|im_start|> 和 <|im_end|> 两个控制符，只能写成普通文字",
            "; this vocabulary lacks the control tokens <|im_start|> and <|im_end|>, so they are written as plain text"
        );
    }
    Ok(Choice { template, why, base_model })
}

fn from_person(given: Given<'_>, facts: &Facts<'_>) -> Result<(Template, String), Failed> {
    Ok(match given {
        Given::Name(JINJA) => {
            let source = facts.jinja.ok_or_else(|| {
                Failed::usage(tr!(
                    "这个模型文件没有自带对话模板，--template jinja 无从用起；去掉它，或写一个内置模板的名字，例如 --template llama2",
                    "this model file has no chat template of its own for --template jinja; leave the option out, or name a built-in one, as in --template llama2"
                ))
            })?;
            (
                Template::jinja(source)?,
                tr!("--template 指定了模型自带的模板", "--template asks for the model's own template"),
            )
        }
        Given::Name(name) => {
            (Template::named(name)?, tr!("--template 指定了模板 {name}", "--template names the template {name}"))
        }
        Given::File { path, source } => {
            let path = Untrusted(path);
            let template = Template::jinja(source).map_err(|failed| Failed::usage(format!("{path}: {failed}")))?;
            (template, tr!("--template 指定了文件 {path}", "--template names the file {path}"))
        }
    })
}

/// What the model itself says, in its own template or else in its header.
fn from_model(facts: &Facts<'_>) -> (Template, String) {
    let Some(source) = facts.jinja else {
        let (family, why) = from_header(facts);
        return (Template(Kind::Family(family)), why);
    };
    match Jinja::new(source) {
        Ok(jinja) => match recognise(&jinja, facts.tokens) {
            Some(family) => {
                let name = family.name;
                let why = tr!(
                    "模型自带的模板写出来与内置的 {name} 完全相同",
                    "the model's own template writes the same as the built-in {name}"
                );
                (Template(Kind::Family(family)), why)
            }
            None => (
                Template(Kind::Jinja(jinja)),
                tr!(
                    "模型自带模板，不同于任何内置模板",
                    "the model brings its own template, which is none of the built-in ones"
                ),
            ),
        },
        Err(_) => {
            let (family, why) = match spelled(source) {
                Some(family) => (family, tr!("其中有这一家族的标记", "it has this family's marks in it")),
                None => from_header(facts),
            };
            let name = family.name;
            let why = tr!(
                "模型自带的模板读不懂，改用 {name}：{why}",
                "the model's own template does not compile, so {name} is used: {why}"
            );
            (Template(Kind::Family(family)), why)
        }
    }
}

/// The family that writes two probe conversations, one with and one without a system prompt, exactly as the
/// Jinja does. The one without shows a system prompt that the Jinja brings along. No white space around the words: a
/// template that differs in that alone is the same family, and ours is its exact form.
fn recognise(jinja: &Jinja, tokens: &ControlTokens) -> Option<&'static Family> {
    let with_system = [
        Message::new(Role::System, "规则 S"),
        Message::new(Role::User, "问题 U1"),
        Message::new(Role::Assistant, "回答 A1"),
        Message::new(Role::User, "问题 U2"),
    ];
    let probes = [&with_system[..], &with_system[1..]];
    let by_jinja = probes.map(|probe| jinja.render(probe, tokens).ok());
    FAMILIES.into_iter().find(|&family| {
        let built_in = Template(Kind::Family(family));
        probes.iter().zip(&by_jinja).all(|(probe, by_jinja)| built_in.render(probe, tokens).ok() == *by_jinja)
    })
}

/// The family whose marks a Jinja source has in it, for a source that cannot be run.
fn spelled(source: &str) -> Option<&'static Family> {
    if source.contains("[INST]") && source.contains("<<SYS>>") {
        Some(&llama2::FAMILY)
    } else if source.contains(chatml::START) && source.contains(chatml::END) {
        Some(&chatml::FAMILY)
    } else {
        None
    }
}

/// Vocabulary sizes that only one family has (models.md section 4a: the config files of the models named).
const HFL_TOKENS: usize = 55_296;
const ATOM_TOKENS: usize = 65_000;

/// The family that the header and the names tell, or llama2.
fn from_header(facts: &Facts<'_>) -> (&'static Family, String) {
    let n_vocab = facts.n_vocab;
    let called = |name: &str| facts.names.iter().any(|known| letters(known).contains(name));
    if chatml::fits(facts.tokens) {
        let why = tr!("词表里有 <|im_start|> 与 <|im_end|>", "the vocabulary has <|im_start|> and <|im_end|>");
        (&chatml::FAMILY, why)
    } else if n_vocab == HFL_TOKENS || called("chinesealpaca2") {
        let why = tr!(
            "词表大小 {n_vocab} 或名称表明它属于 Chinese-Alpaca-2",
            "its vocabulary of {n_vocab} tokens or its name is that of Chinese-Alpaca-2"
        );
        (&llama2_hfl::FAMILY, why)
    } else if n_vocab == ATOM_TOKENS || called("flagalpha") || called("llama2chinese") || called("atom7bchat") {
        let why = tr!(
            "词表大小 {n_vocab} 或名称表明它属于 FlagAlpha 的 Llama2-Chinese 或 Atom",
            "its vocabulary of {n_vocab} tokens or its name is that of FlagAlpha's Llama2-Chinese or Atom"
        );
        (&flagalpha::FAMILY, why)
    } else if called("chinesellama27b") || called("linksoul") {
        let why =
            tr!("名称表明它是 LinkSoul 的 Chinese-Llama-2-7b", "its name is that of LinkSoul's Chinese-Llama-2-7b");
        (&llama2_linksoul::FAMILY, why)
    } else {
        let why = tr!(
            "模型没有自带模板，也看不出是哪一家族，按 Llama-2-Chat 处理",
            "the model brings no template and nothing tells its family, so it is taken for Llama-2-Chat"
        );
        (&llama2::FAMILY, why)
    }
}

/// A name in lower case, letters and digits alone.
fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Words that say nothing but which base model a file is, and how it is stored.
const BASE_WORDS: [&str; 22] = [
    "llama", "llama2", "chinese", "meta", "v2", "2", "hf", "gguf", "ggml", "model", "models", "base", "long", "im",
    "k", "m", "s", "l", "xs", "fp16", "f16", "bf16",
];

/// Whether the names tell a Llama-2 base model: a size, the family, and not one word of a fine-tune (`chat`, `alpaca`,
/// `instruct`, `sft`, any name of its own). LinkSoul's Chinese-Llama-2-7b is a chat model all the same; hfl's base
/// model of that very name has a vocabulary of its own.
fn is_base(facts: &Facts<'_>) -> bool {
    let joined = facts.names.join(" ").to_lowercase();
    let words: Vec<&str> = joined.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_size = |word: &str| word.strip_suffix(['b', 'k']).is_some_and(is_number);
    let is_quant = |word: &str| {
        let digits = word.trim_start_matches('i').strip_prefix('q');
        is_number(word) || digits.is_some_and(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))
    };
    let linksoul = words.contains(&"chinese") && facts.n_vocab != HFL_TOKENS;
    !linksoul
        && words.iter().any(|word| word.starts_with("llama"))
        && words.iter().any(|word| word.strip_suffix('b').is_some_and(is_number))
        && words.iter().all(|word| BASE_WORDS.contains(word) || is_size(word) || is_quant(word))
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}
