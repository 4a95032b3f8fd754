//! clap's `Command`, built from the tables of options and of subcommands, and the pages that `--help` and `liao help`
//! show. They are written for 80 columns and never wrapped, so that they look the same everywhere.
//! Completion scripts and the man page come from the same `Command`, made for them by [`for_shells`].

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ValueHint};
use unicode_width::UnicodeWidthStr;

use super::options::{Group, Key, ROWS, Reach, Row, as_typed, on};
use super::subcommands::{self, COMPLETIONS, SUBCOMMANDS, Sub};
use super::value::{self, Kind};
use super::{belongs, explain, sessions};
use crate::exit::Failed;
use crate::locale::{Lang, said, spoken};
use crate::tr;

/// The name of the argument that is a subcommand's word.
pub(super) const WORD: &str = "word";

/// Whom a command line is described to.
#[derive(Clone, Copy, PartialEq)]
enum Reader<'a> {
    /// clap, which is to take it apart: whole, and without a check of values.
    Parser,
    /// A shell or a person: without what does not show, and with the values that an option takes.
    Shell {
        /// The models that have a name.
        models: &'a [&'static str],
    },
}

/// The whole command line.
pub(super) fn command() -> clap::Command {
    whole(Reader::Parser)
}

/// The command line as it shows, for completion scripts and the man page. `models` are names to complete.
pub(crate) fn for_shells(models: &[&'static str]) -> clap::Command {
    whole(Reader::Shell { models })
}

fn whole(reader: Reader<'_>) -> clap::Command {
    let about = tr!(
        "liao（聊）：在自己的电脑上和 Llama-2 一族的模型对话",
        "liao (聊): chat with Llama-2-family models on your own computer"
    );
    let usage = tr!(
        "liao [选项]                 对话
      liao -p 问题 [选项]         问一句
      … | liao [选项]             问管道里的文字",
        "liao [OPTIONS]              chat
       liao -p TEXT [OPTIONS]      ask once
       ... | liao [OPTIONS]        ask what is piped in"
    );
    let mut liao = page("liao", about, usage, on::CHAT, None, reader)
        .version(env!("CARGO_PKG_VERSION"))
        .disable_version_flag(true)
        .subcommand_help_heading(said(["子命令", "Commands"]))
        .arg(
            Arg::new("version")
                .short('V')
                .long("version")
                .action(ArgAction::Version)
                .help(tr!("版本", "version"))
                .help_heading(Group::Output.heading()),
        );
    for sub in SUBCOMMANDS.iter().filter(|sub| reader == Reader::Parser || sub.on != 0) {
        let name = sub.name;
        let help = said(sub.help);
        let word = match name {
            "help" => Some(Arg::new("topic").hide(true)),
            "sessions" => Some(sessions_words(reader)),
            _ if !sub.word[0].is_empty() => Some(word(sub, reader)),
            _ => None,
        };
        liao = liao.subcommand(page(name, help.to_owned(), sub.usage(), sub.on, word, reader).hide(help.is_empty()));
    }
    liao
}

/// What `liao sessions` takes; its own parser takes that apart.
fn sessions_words(reader: Reader<'_>) -> Arg {
    let words = Arg::new(WORD).num_args(0..).hide(true);
    match reader {
        Reader::Parser => words,
        Reader::Shell { .. } => takes(words, &sessions::DEEDS),
    }
}

/// The word that a subcommand takes.
fn word(sub: &Sub, reader: Reader<'_>) -> Arg {
    let (help, group) = match sub.name {
        "import" => (
            tr!(
                "Hugging Face 格式的权重所在的目录，或没有量化的 GGUF",
                "a folder with a checkpoint, or an unquantized GGUF"
            ),
            Group::Model,
        ),
        "completions" => (tr!("哪一种 shell；man 为手册页", "which shell; man writes the man page"), Group::Output),
        _ => (tr!("模型的名字，可带量化：名字:Q4_K_M", "the model's name, or NAME:Q4_K_M"), Group::Model),
    };
    let word = Arg::new(WORD).required(true).value_name(said(sub.word)).help(help).help_heading(group.heading());
    let Reader::Shell { models } = reader else { return word };
    // Some shells offer it as if it were a value.
    let word = word.value_name(sub.word[1]);
    match sub.name {
        "completions" => takes(word, COMPLETIONS),
        "pull" | "rm" => takes(word, models),
        _ => word.value_hint(ValueHint::AnyPath),
    }
}

fn takes(arg: Arg, values: &[&'static str]) -> Arg {
    arg.value_parser(PossibleValuesParser::new(values.iter().copied())).hide_possible_values(true)
}

/// An option with what a shell may complete its value to.
fn completed(arg: Arg, row: &Row) -> Arg {
    match row.kind {
        Kind::Choice(words) => takes(arg, &value::names(words)),
        Kind::Path | Kind::Paths => arg.value_hint(ValueHint::FilePath),
        Kind::Name if matches!(row.key, Key::Model | Key::Template) => arg.value_hint(ValueHint::FilePath),
        // A switch takes none, and clap may not be told otherwise.
        Kind::Switch | Kind::Count { .. } => arg,
        _ => arg.value_hint(ValueHint::Other),
    }
}

/// One page: the word that a command takes and its options, each with its help, none with a check; values are checked by their rows.
fn page(
    name: &'static str,
    about: String,
    usage: String,
    on: u16,
    word: Option<Arg>,
    reader: Reader<'_>,
) -> clap::Command {
    let heading = tr!("用法：", "Usage: ");
    let more = subcommands::more(name);
    let more = if more.is_empty() { more } else { format!("\n{more}\n") };
    clap::Command::new(name)
        .about(about)
        .help_template(format!("{{about}}\n{heading}{{usage}}\n\n{{all-args}}\n{more}"))
        .override_usage(usage)
        .term_width(0)
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .args_override_self(true)
        .args(word)
        .args(ROWS.iter().filter(|row| belongs(row, on)).filter_map(|row| match reader {
            Reader::Parser => Some(arg(row, on)),
            Reader::Shell { .. } if row.on & on == 0 => None,
            Reader::Shell { .. } => Some(completed(arg(row, on), row)),
        }))
        .arg(
            Arg::new("help-flag")
                .short('h')
                .long("help")
                .action(ArgAction::Help)
                .help(tr!("这份帮助", "this help"))
                .help_heading(Group::Output.heading()),
        )
}

fn arg(row: &Row, on: u16) -> Arg {
    let mut arg = Arg::new(row.name)
        .long(row.name)
        .help(row.help())
        .help_heading(row.group.heading())
        .hide(row.on & on == 0)
        .required(row.name == "messages");
    if let Some(short) = row.short {
        arg = arg.short(short);
    }
    arg = match row.kind {
        Kind::Switch => arg.action(ArgAction::SetTrue),
        Kind::Count { .. } => arg.action(ArgAction::Count),
        Kind::Texts | Kind::Paths => arg.action(ArgAction::Append),
        _ => arg.action(ArgAction::Set),
    };
    if row.kind.takes_value() {
        arg = arg.value_name(row.value_name());
    }
    // What a person says may begin with a dash, and so may a number that is then refused with its range.
    match row.kind {
        Kind::Text | Kind::Texts => arg = arg.allow_hyphen_values(true),
        Kind::Whole { .. } | Kind::Real { .. } => arg = arg.allow_negative_numbers(true),
        Kind::NameOrNone => arg = arg.num_args(0..=1).default_missing_value(""),
        _ => {}
    }
    match row.name {
        "system" => arg.conflicts_with("system-file"),
        "grammar" => arg.conflicts_with("json-schema"),
        "prompt" if on == on::CHAT => arg.conflicts_with("turns"),
        _ => arg,
    }
}

/// Two screens.
const MAX_LINES: usize = 66;

/// A page as clap wrote it, with the colon behind its headings, which is clap's own, in the language spoken. Where it is
/// longer than two screens, no blank lines stand between its groups.
pub(super) fn as_page(text: String) -> String {
    let heading = |line: &str| line.strip_suffix(":\n").filter(|line| !line.starts_with(' ')).map(str::to_owned);
    let is_long = text.lines().count() > MAX_LINES;
    let (mut page, mut has_heading) = (String::new(), false);
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let is_between = line == "\n" && has_heading && lines.peek().is_some_and(|next| heading(next).is_some());
        match heading(line) {
            _ if is_long && is_between => {}
            Some(heading) if spoken() == Lang::Zh => page.push_str(&format!("{heading}：\n")),
            _ => page.push_str(line),
        }
        has_heading |= heading(line).is_some();
    }
    aligned(&page)
}

/// The helps of options below each other: clap reckons with one column a character, where a 汉字 takes two.
fn aligned(page: &str) -> String {
    let width = page.lines().filter_map(option).map(|(head, _)| head.width()).max().unwrap_or_default();
    let line = |line| match option(line) {
        Some((head, help)) => format!("{head}{}{help}", " ".repeat(width - head.width() + 2)),
        None => String::from(line),
    };
    page.split_inclusive('\n').map(line).collect()
}

/// The line of an option, or of the word that a command takes: what is typed, and its help.
fn option(line: &str) -> Option<(&str, &str)> {
    let typed = line.trim_start();
    let indent = line.len() - typed.len();
    let end = indent + typed.find("  ").filter(|_| indent > 0 && typed.starts_with(['-', '<']))?;
    Some((&line[..end], line[end..].trim_start()))
}

/// The text of `liao help TOPIC`.
///
/// # Errors
/// A usage error: there is no help on this.
pub(crate) fn topic(topic: Option<&str>) -> Result<String, Failed> {
    let mut liao = command();
    match topic {
        None => Ok(as_page(liao.render_help().to_string())),
        Some("config") => Ok(about_config()),
        Some(name) => match liao.find_subcommand_mut(name) {
            Some(sub) => Ok(as_page(sub.render_help().to_string())),
            None => {
                let shown = SUBCOMMANDS.iter().filter(|sub| sub.on != 0 && !["config", "help"].contains(&sub.name));
                let topics: Vec<&str> = ["config"].into_iter().chain(shown.map(|sub| sub.name)).collect();
                Err(explain::no_topic(&as_typed(name), &topics))
            }
        },
    }
}

/// The page about the config file.
fn about_config() -> String {
    let mut page = tr!(
        r#"配置文件 config.toml

在哪里：
  Linux    ~/.config/liao/config.toml
  macOS    ~/Library/Application Support/liao/config.toml
  Windows  %APPDATA%\liao\config.toml
  LIAO_CONFIG=文件 换成别的文件；LIAO_HOME=目录 把配置、数据、状态都搬到那里。
  liao config 会说出这台机器上用的是哪个文件，以及每项设置从哪里来。

先后：命令行 > 环境变量 > config.toml > 模型在 models.toml 里的条目 > 内置默认。
用 -r 接着聊时，会话的模型、系统提示和改过的设置排在命令行之后、其余之前。

例子：
  model = "chinese-alpaca-2-13b:Q4_K_M"
  system = "你是一个乐于助人的助手。"
  temp = 0.8
  threads = 8
  stop = ["\n\n问：", "---"]

旁边的 models.toml 若存在，会叠在内置的模型表上，可以加自己的模型。

键（环境变量为 LIAO_ 加大写的键，- 换成 _，如 LIAO_MAX_TOKENS）：
"#,
        r#"The file config.toml

Where it is:
  Linux    ~/.config/liao/config.toml
  macOS    ~/Library/Application Support/liao/config.toml
  Windows  %APPDATA%\liao\config.toml
  LIAO_CONFIG=FILE uses another file; LIAO_HOME=DIR moves config, data and state there.
  liao config shows which file is read on this machine, and where each setting comes from.

Precedence: flag > environment > config.toml > the model's entry in models.toml > default.
With -r, the session's model, system prompt and changed settings come right after flags.

Example:
  model = "chinese-alpaca-2-13b:Q4_K_M"
  system = "You are a helpful assistant."
  temp = 0.8
  threads = 8
  stop = ["\n\nQ:", "---"]

A models.toml beside it extends the built-in list of models; add your own there.

Keys (as a variable: LIAO_ + the key in capitals, _ for -: LIAO_MAX_TOKENS):
"#
    );
    for row in ROWS.iter().filter(|row| row.reach != Reach::Call) {
        page.push_str(&format!("  {:<16}{}\n", row.name, row.help()));
    }
    page
}
