//! clap's `Command`, built from the table of options, and the pages that `--help` and `liao help` show.
//! They are written for 80 columns and never wrapped, so that they look the same everywhere.

use clap::{Arg, ArgAction};

use super::options::{Group, ROWS, Reach, Row, as_typed, on};
use super::value::Kind;
use super::{belongs, explain};
use crate::exit::Failed;
use crate::locale::{Lang, said, spoken};
use crate::tr;

/// A subcommand.
pub(super) struct Sub {
    /// What is typed.
    pub(super) name: &'static str,
    /// Its bit, by which the options find it.
    pub(super) on: u8,
    /// What stands for the word that it takes; empty where it takes none.
    word: &'static str,
    /// One line of help: Chinese, English. Empty: it does not show.
    help: [&'static str; 2],
}

/// The name of the argument that is a subcommand's word.
pub(super) const WORD: &str = "word";

/// Every subcommand, in the order of `--help`.
pub(super) const SUBCOMMANDS: &[Sub] = &[
    Sub {
        name: "pull",
        on: on::FILES | on::PULL,
        word: "NAME[:QUANT]",
        help: ["下载一个模型，已有的则核对", "download a model, or verify one that is here"],
    },
    Sub {
        name: "list",
        on: on::FILES,
        word: "",
        help: ["磁盘上的和能得到的模型，哪些放得进内存", "models on disk and to be had, and which fit in memory"],
    },
    Sub {
        name: "show",
        on: on::FILES,
        word: "NAME[:QUANT]|PATH",
        help: ["关于一个模型的一切", "everything known about a model"],
    },
    Sub {
        name: "rm", on: on::FILES, word: "NAME[:QUANT]", help: ["删掉一个模型的文件", "remove a model's files"]
    },
    Sub {
        name: "import",
        on: on::IMPORT,
        word: "DIR|FILE.gguf",
        help: ["把训练所得的权重，或没有量化的 GGUF，量化成 GGUF", "make a quantized GGUF of a checkpoint or GGUF"],
    },
    Sub {
        name: "prompt",
        on: on::PROMPT,
        word: "",
        help: ["看模型到底读到什么：片段和词元", "show exactly what the model would read"],
    },
    Sub {
        name: "bench", on: on::BENCH, word: "", help: ["测量这台机器上的速度", "measure the speed on this machine"]
    },
    Sub {
        name: "config",
        on: on::CONFIG,
        word: "",
        help: ["列出每项设置和它从哪里来", "print every setting and where it came from"],
    },
    Sub {
        name: "help",
        on: on::HELP,
        word: "",
        help: ["帮助；liao help config 讲配置文件", "help; liao help config explains the file"],
    },
    Sub { name: "engine", on: 0, word: "", help: ["", ""] },
    Sub { name: "importer", on: 0, word: "", help: ["", ""] },
];

/// The whole command line.
pub(super) fn command() -> clap::Command {
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
    let mut liao = page("liao", about, usage, on::CHAT, None)
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
    for sub in SUBCOMMANDS {
        let name = sub.name;
        let help = said(sub.help);
        let usage = match name {
            "prompt" => tr!("liao prompt --messages FILE [选项]", "liao prompt --messages FILE [OPTIONS]"),
            "help" => tr!("liao help [config|子命令]", "liao help [config|COMMAND]"),
            _ if sub.word.is_empty() => tr!("liao {name} [选项]", "liao {name} [OPTIONS]"),
            _ => {
                let word = sub.word;
                tr!("liao {name} {word} [选项]", "liao {name} {word} [OPTIONS]")
            }
        };
        let word = match name {
            "help" => Some(Arg::new("topic").hide(true)),
            _ if !sub.word.is_empty() => {
                let help = match sub.on {
                    on::IMPORT => tr!(
                        "Hugging Face 格式的权重所在的目录，或没有量化的 GGUF",
                        "a folder with a checkpoint, or a GGUF not yet quantized"
                    ),
                    _ => tr!("模型的名字，可带量化：名字:Q4_K_M", "the model's name, or NAME:Q4_K_M"),
                };
                let word = Arg::new(WORD).required(true).value_name(sub.word);
                Some(word.help(help).help_heading(Group::Model.heading()))
            }
            _ => None,
        };
        liao = liao.subcommand(page(name, help.to_owned(), usage, sub.on, word).hide(help.is_empty()));
    }
    liao
}

/// One page: the word that a command takes and its options, each with its help, none with a check; values are checked by their rows.
fn page(name: &'static str, about: String, usage: String, on: u8, word: Option<Arg>) -> clap::Command {
    let heading = tr!("用法：", "Usage: ");
    let more = match on {
        on::CHAT => tr!(
            "多数也能写在 config.toml 里，或给成环境变量 LIAO_*：见 liao help config",
            "Most are also keys of config.toml and LIAO_* variables: liao help config"
        ),
        on if on & on::PULL != 0 => tr!(
            "不说量化时，按这台机器的内存选一个。认得的名字见 liao list；没有列出的模型：
  liao pull hf:组织/仓库              按内存选一个 GGUF 文件
  liao pull hf:组织/仓库:Q4_K_M       这个量化
  liao pull hf:组织/仓库/文件.gguf    这个文件
断了再运行一次就接着下。已有的会核对 SHA-256；Hugging Face 缓存里有的直接用。",
            "Without a quantization, the one that suits this machine's memory is taken.
Known names: liao list. A model that is not listed there:
  liao pull hf:ORG/REPO               the GGUF file that suits the memory
  liao pull hf:ORG/REPO:Q4_K_M        this quantization
  liao pull hf:ORG/REPO/FILE.gguf     this file
When it breaks off, the same command goes on. What is here is held against its
SHA-256, and what a Hugging Face cache has is used."
        ),
        on::CONFIG => tr!(
            "liao 的其他选项也能放在这里，看它们会得到什么值",
            "Any other option of liao may stand here too, to see what comes of it"
        ),
        _ => String::new(),
    };
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
        .args(ROWS.iter().filter(|row| belongs(row, on)).map(|row| arg(row, on)))
        .arg(
            Arg::new("help-flag")
                .short('h')
                .long("help")
                .action(ArgAction::Help)
                .help(tr!("这份帮助", "this help"))
                .help_heading(Group::Output.heading()),
        )
}

fn arg(row: &Row, on: u8) -> Arg {
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
        Kind::Texts => arg.action(ArgAction::Append),
        _ => arg.action(ArgAction::Set),
    };
    if row.kind.takes_value() {
        arg = arg.value_name(row.value_name);
    }
    // What a person says may begin with a dash, and so may a number that is then refused with its range.
    match row.kind {
        Kind::Text | Kind::Texts => arg = arg.allow_hyphen_values(true),
        Kind::Whole { .. } | Kind::Real { .. } => arg = arg.allow_negative_numbers(true),
        _ => {}
    }
    match row.name {
        "system" => arg.conflicts_with("system-file"),
        "grammar" => arg.conflicts_with("json-schema"),
        "prompt" if on == on::CHAT => arg.conflicts_with("turns"),
        _ => arg,
    }
}

/// A page as clap wrote it, with the colon behind its headings, which is clap's own, in the language spoken.
pub(super) fn as_page(text: String) -> String {
    if spoken() == Lang::En {
        return text;
    }
    let lines = text.split_inclusive('\n').map(|line| match line.strip_suffix(":\n") {
        Some(heading) if !heading.starts_with(' ') => format!("{heading}：\n"),
        _ => line.to_owned(),
    });
    lines.collect()
}

/// The text of `liao help TOPIC`.
pub(super) fn topic(topic: Option<&str>) -> Result<String, Failed> {
    let mut liao = command();
    match topic {
        None => Ok(as_page(liao.render_help().to_string())),
        Some("config") => Ok(about_config()),
        Some(name) => match liao.find_subcommand_mut(name) {
            Some(sub) => Ok(as_page(sub.render_help().to_string())),
            None => {
                let shown = SUBCOMMANDS.iter().filter(|sub| ![on::CONFIG, on::HELP, 0].contains(&sub.on));
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
  LIAO_CONFIG=FILE takes another file; LIAO_HOME=DIR moves config, data and state there.
  liao config tells which file is read on this machine, and where each setting came from.

Precedence: flag > environment > config.toml > the model's entry in models.toml > default.

Example:
  model = "chinese-alpaca-2-13b:Q4_K_M"
  system = "You are a helpful assistant."
  temp = 0.8
  threads = 8
  stop = ["\n\nQ:", "---"]

A models.toml beside it is laid over the built-in list of models; add your own there.

Keys (the variable is LIAO_ and the key in capitals, - as _: LIAO_MAX_TOKENS):
"#
    );
    for row in ROWS.iter().filter(|row| row.reach != Reach::Call) {
        page.push_str(&format!("  {:<16}{}\n", row.name, row.help()));
    }
    page
}
