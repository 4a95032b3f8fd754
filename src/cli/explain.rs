//! What clap found wrong with the command line, in the language spoken: what, and what to type next.

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use super::options::as_typed;
use crate::exit::Failed;
use crate::tr;

/// The sentence for an error of clap's.
pub(super) fn explain(error: &Error) -> Failed {
    let said = |kind| error.get(kind).and_then(first).map(|text| as_typed(&text));
    let arg = said(ContextKind::InvalidArg).unwrap_or_default();
    let value = said(ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument if arg.starts_with('-') => {
            let meant = said(ContextKind::SuggestedArg);
            unknown_flag(&arg, meant.as_deref())
        }
        ErrorKind::UnknownArgument => stray(&arg),
        ErrorKind::InvalidSubcommand => {
            let typed = said(ContextKind::InvalidSubcommand).unwrap_or_default();
            match said(ContextKind::SuggestedSubcommand) {
                Some(meant) => Failed::usage(tr!(
                    "没有子命令 {typed}。是不是 liao {meant}？要提问就用：liao -p {typed}",
                    "there is no command {typed}. Did you mean liao {meant}? To ask a question: liao -p {typed}"
                )),
                None => stray(&typed),
            }
        }
        // clap says an absent value the same way as a wrong one; it is given none to check, so it is absent.
        ErrorKind::InvalidValue | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            let (flag, value) = arg.split_once(' ').unwrap_or((arg.as_str(), ""));
            let value = value.trim_start_matches('<').trim_end_matches('>');
            Failed::usage(tr!(
                "{flag} 后面还缺一个值：写成 {flag} {value}",
                "{flag} needs a value: write {flag} {value}"
            ))
        }
        ErrorKind::TooManyValues => {
            Failed::usage(tr!("{arg} 不带值，却给了 {value}", "{arg} takes no value, but was given {value}"))
        }
        ErrorKind::ArgumentConflict => {
            let other = said(ContextKind::PriorArg).unwrap_or_default();
            Failed::usage(tr!(
                "{arg} 和 {other} 不能一起用：留下一个",
                "{arg} and {other} cannot be used together: keep one of them"
            ))
        }
        ErrorKind::MissingRequiredArgument => missing(&arg),
        ErrorKind::InvalidUtf8 => Failed::usage(tr!(
            "命令行里有不是 UTF-8 的文字。请在 UTF-8 终端里输入，或把文字从 stdin 送进来",
            "the command line contains text that is not UTF-8. Type it in a UTF-8 terminal, or pipe the text in"
        )),
        _ => {
            let rendered = error.to_string();
            let line = rendered.lines().next().unwrap_or_default();
            Failed::usage(as_typed(line.trim_start_matches("error: ")))
        }
    }
}

/// The sentence for an argument that has to be there.
pub(super) fn missing(arg: &str) -> Failed {
    Failed::usage(tr!("还要给出 {arg}。用法见：liao --help", "{arg} is required. See: liao --help"))
}

/// The sentence for `liao help` on something there is no help on.
pub(super) fn no_topic(topic: &str, topics: &[&str]) -> Failed {
    let all: Vec<String> = topics.iter().map(|topic| format!("liao help {topic}")).collect();
    let (zh, en) = (all.join("，"), all.join(", "));
    Failed::usage(tr!(
        "没有关于 {topic} 的帮助。有的是：liao help，{zh}",
        "there is no help on {topic}. Available: liao help, {en}"
    ))
}

fn unknown_flag(arg: &str, meant: Option<&str>) -> Failed {
    Failed::usage(match meant {
        Some(meant) => tr!("没有选项 {arg}。是不是 {meant}？", "there is no option {arg}. Did you mean {meant}?"),
        None => {
            tr!("没有选项 {arg}。全部选项见：liao --help", "there is no option {arg}. For all options: liao --help")
        }
    })
}

fn stray(word: &str) -> Failed {
    Failed::usage(tr!(
        "不知道 {word} 是什么意思。要提问就用：liao -p {word}",
        "{word} is not understood here. To ask a question: liao -p {word}"
    ))
}

fn first(value: &ContextValue) -> Option<String> {
    match value {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => texts.first().cloned(),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        _ => None,
    }
}
