//! The one table of options. A row is an option; from it come the flag and its help, the environment variable,
//! the key in config.toml, the line of `liao config` and what `/set` takes.
//!
//! Nothing here is read from the machine. Defaults that depend on it are the word `auto` here, and decided in `plan`.

use std::path::Path;

use super::value::{Kind, Value, Words};
use crate::exit::Failed;
use crate::locale::{Lang, spoken};
use crate::tr;

/// An option, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // Each is told in its row, in two languages.
pub enum Key {
    Model,
    Template,
    Prompt,
    Messages,
    System,
    SystemFile,
    Turns,
    Encoding,
    Verbatim,
    MaxTokens,
    Stop,
    Overflow,
    Temp,
    TopK,
    TopP,
    MinP,
    RepeatPenalty,
    RepeatLastN,
    Seed,
    Ctx,
    Threads,
    GpuLayers,
    KvType,
    Force,
    Repeat,
    Json,
    Stats,
    Quiet,
    Verbose,
    Lang,
    Color,
    LogFile,
}

/// Where in `--help` an option stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The headings say it.
pub enum Group {
    Model,
    Prompt,
    Answer,
    Sampling,
    Machine,
    Output,
}

impl Group {
    /// The heading, in the language spoken.
    #[must_use]
    pub fn heading(self) -> &'static str {
        said(match self {
            Self::Model => ["模型", "Model"],
            Self::Prompt => ["问题", "Prompt"],
            Self::Answer => ["回答", "Answer"],
            Self::Sampling => ["采样", "Sampling"],
            Self::Machine => ["机器", "Machine"],
            Self::Output => ["输出", "Output"],
        })
    }
}

/// How far an option reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The command line alone: it is about this one call.
    Call,
    /// Also the environment and config.toml.
    Kept,
    /// Also `/set`: it may change between two turns.
    Turn,
}

/// The commands that take options. Each is one bit, a row holds a set of them.
pub mod on {
    /// `liao` itself.
    pub const CHAT: u8 = 1;
    /// `liao prompt`.
    pub const PROMPT: u8 = 2;
    /// `liao bench`.
    pub const BENCH: u8 = 4;
    /// `liao config`. Every [`Kept`](super::Reach::Kept) option stands here too, without showing in its help.
    pub const CONFIG: u8 = 8;
    /// `liao help`.
    pub const HELP: u8 = 16;
    /// All of them but help.
    pub const ALL: u8 = CHAT | PROMPT | BENCH | CONFIG;
}

/// One option.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Which it is.
    pub key: Key,
    /// The long flag without its dashes; also the key in config.toml.
    pub name: &'static str,
    /// The short flag.
    pub short: Option<char>,
    /// What stands for the value in help; empty where there is none.
    pub value_name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Its place in help.
    pub group: Group,
    /// How far it reaches.
    pub reach: Reach,
    /// The commands that take it, bits of [`on`].
    pub on: u8,
    /// The built-in value, as it would be typed. `None`: there is none, and nothing is done.
    pub default: Option<&'static str>,
    /// One line of help: Chinese, English.
    pub help: [&'static str; 2],
}

/// Where a value was typed.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// The command line.
    Flag,
    /// The environment.
    Variable,
    /// This config file.
    File(&'a Path),
    /// `[entry.sampling]` of this models.toml.
    Entry {
        /// The file, as a person would find it.
        file: &'a str,
        /// The entry's name.
        entry: &'a str,
    },
    /// `/set`.
    Command,
}

impl Row {
    /// The row's help, in the language spoken.
    #[must_use]
    pub fn help(&self) -> &'static str {
        said(self.help)
    }

    /// The environment variable: `LIAO_MAX_TOKENS` for `max-tokens`. `None` where the option reaches the call alone.
    #[must_use]
    pub fn variable(&self) -> Option<String> {
        (self.reach != Reach::Call).then(|| format!("LIAO_{}", self.name.to_ascii_uppercase().replace('-', "_")))
    }

    /// Reads one value, wherever it was typed.
    ///
    /// # Errors
    /// A usage error that names the place, the value as typed and what would be right.
    pub fn read(&self, raw: &str, place: Place<'_>) -> Result<Value, Failed> {
        self.kind.parse(raw).ok_or_else(|| self.refuse(raw, place))
    }

    /// The error for a value that this option does not take.
    #[must_use]
    pub fn refuse(&self, raw: &str, place: Place<'_>) -> Failed {
        let (name, raw, expected) = (self.name, as_typed(raw), self.kind.expected());
        let typed = match place {
            Place::Flag => format!("--{name} {raw}"),
            Place::Variable => format!("{}={raw}", self.variable().unwrap_or_default()),
            Place::File(path) => format!("{}: {name} = {raw}", as_typed(&path.to_string_lossy())),
            Place::Entry { file, entry } => format!("{}: [{entry}.sampling] {name} = {raw}", as_typed(file)),
            Place::Command => format!("/set {name} {raw}"),
        };
        Failed::usage(tr!("{typed}：{expected}。", "{typed}: {expected}."))
    }
}

/// What a person typed, to stand in a sentence: characters that do not print are spelled out, and a long text is cut.
#[must_use]
pub fn as_typed(raw: &str) -> String {
    const MOST: usize = 200;
    let mut shown = String::new();
    for (i, c) in raw.chars().enumerate() {
        if i == MOST {
            shown.push('…');
            break;
        }
        match c {
            '\'' | '"' | '\\' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
    }
    shown
}

/// The one of a pair that is in the language spoken.
pub(super) fn said([zh, en]: [&'static str; 2]) -> &'static str {
    match spoken() {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// The row of a key.
#[must_use]
pub fn row(key: Key) -> &'static Row {
    // Keys stand in the order of the rows, which a test holds.
    &ROWS[key as usize]
}

/// The row of a name, as config.toml and the command line write it.
#[must_use]
pub fn named(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name)
}

const AUTO: Words = &[&["auto"]];

/// Every option, in the order of `--help`.
pub const ROWS: &[Row] = &[
    Row {
        key: Key::Model,
        name: "model",
        short: Some('m'),
        value_name: "NAME|PATH",
        kind: Kind::Name,
        group: Group::Model,
        reach: Reach::Kept,
        on: on::ALL,
        default: None,
        help: ["模型：名字[:量化]，或 .gguf 文件的路径", "a name[:quant], or the path of a .gguf file"],
    },
    Row {
        key: Key::Template,
        name: "template",
        short: None,
        value_name: "NAME",
        kind: Kind::Name,
        group: Group::Model,
        reach: Reach::Kept,
        on: on::CHAT | on::PROMPT,
        default: None,
        help: ["对话模板；不给则按模型选", "chat template; else chosen by the model"],
    },
    Row {
        key: Key::Prompt,
        name: "prompt",
        short: Some('p'),
        value_name: "TEXT",
        kind: Kind::Text,
        group: Group::Prompt,
        reach: Reach::Call,
        on: on::CHAT,
        default: None,
        help: ["问一句就走；管道里的文字接在后面", "ask once and leave; piped text goes behind it"],
    },
    Row {
        key: Key::Messages,
        name: "messages",
        short: None,
        value_name: "FILE",
        kind: Kind::Path,
        group: Group::Prompt,
        reach: Reach::Call,
        on: on::PROMPT,
        default: None,
        help: ["对话的 JSON：[{\"role\":…,\"content\":…},…]", "the conversation: [{\"role\":…,\"content\":…},…]"],
    },
    Row {
        key: Key::System,
        name: "system",
        short: Some('s'),
        value_name: "TEXT",
        kind: Kind::Text,
        group: Group::Prompt,
        reach: Reach::Kept,
        on: on::CHAT | on::PROMPT,
        default: None,
        help: ["系统提示；空的就是不要", "system prompt; an empty one is none"],
    },
    Row {
        key: Key::SystemFile,
        name: "system-file",
        short: None,
        value_name: "PATH",
        kind: Kind::Path,
        group: Group::Prompt,
        reach: Reach::Kept,
        on: on::CHAT | on::PROMPT,
        default: None,
        help: ["系统提示写在这个文件里", "read the system prompt from this file"],
    },
    Row {
        key: Key::Turns,
        name: "turns",
        short: None,
        value_name: "",
        kind: Kind::Switch,
        group: Group::Prompt,
        reach: Reach::Call,
        on: on::CHAT,
        default: Some("false"),
        help: ["stdin 的每一行是同一对话的下一轮", "each line of stdin is the next turn"],
    },
    Row {
        key: Key::Encoding,
        name: "encoding",
        short: None,
        value_name: "NAME",
        kind: Kind::Choice(&[&["auto"], &["utf-8", "utf8"], &["gb18030", "gbk", "gb2312"], &["utf-16", "utf16"]]),
        group: Group::Prompt,
        reach: Reach::Kept,
        on: on::CHAT,
        default: Some("auto"),
        help: ["stdin 的编码：auto、utf-8、gb18030、utf-16", "of stdin: auto, utf-8, gb18030, utf-16"],
    },
    Row {
        key: Key::Verbatim,
        name: "verbatim",
        short: None,
        value_name: "",
        kind: Kind::Switch,
        group: Group::Prompt,
        reach: Reach::Kept,
        on: on::CHAT | on::PROMPT,
        default: Some("false"),
        help: ["管道文字里的 [INST] 之类不拆开", "leave [INST] and the like in piped text whole"],
    },
    Row {
        key: Key::MaxTokens,
        name: "max-tokens",
        short: Some('n'),
        value_name: "N",
        kind: Kind::Whole { words: &[], min: 1, max: 1_048_576 },
        group: Group::Answer,
        reach: Reach::Turn,
        on: on::CHAT,
        default: Some("2048"),
        help: ["回答最多多少词元（默认 2048）", "most tokens of an answer (2048)"],
    },
    Row {
        key: Key::Stop,
        name: "stop",
        short: None,
        value_name: "TEXT",
        kind: Kind::Texts,
        group: Group::Answer,
        reach: Reach::Turn,
        on: on::CHAT,
        default: None,
        help: ["写到这段文字就停；可给多次", "stop at this text; may be repeated"],
    },
    Row {
        key: Key::Overflow,
        name: "overflow",
        short: None,
        value_name: "shift|stop",
        kind: Kind::Choice(&[&["shift"], &["stop"]]),
        group: Group::Answer,
        reach: Reach::Turn,
        on: on::CHAT,
        default: Some("shift"),
        help: ["放不下时：丢最早的问答，或停下", "when full: drop the oldest turns, or stop"],
    },
    Row {
        key: Key::Temp,
        name: "temp",
        short: None,
        value_name: "F",
        kind: Kind::Real { min: 0.0, above: false, max: 5.0 },
        group: Group::Sampling,
        reach: Reach::Turn,
        on: on::CHAT,
        default: Some("0.6"),
        help: ["温度 0–5，0 为每次取最可能的（默认 0.6）", "0 to 5; 0 always takes the likeliest (0.6)"],
    },
    Row {
        key: Key::TopK,
        name: "top-k",
        short: None,
        value_name: "N",
        kind: Kind::Whole { words: &[], min: 0, max: 1_048_576 },
        group: Group::Sampling,
        reach: Reach::Turn,
        on: on::CHAT,
        default: Some("40"),
        help: ["只留最可能的 N 个，0 为不限（默认 40）", "keep the N likeliest; 0 keeps all (40)"],
    },
    Row {
        key: Key::TopP,
        name: "top-p",
        short: None,
        value_name: "F",
        kind: Kind::Real { min: 0.0, above: true, max: 1.0 },
        group: Group::Sampling,
        reach: Reach::Turn,
        on: on::CHAT,
        default: Some("0.9"),
        help: ["只留合计概率达到 F 的（默认 0.9）", "keep the likeliest that reach F (0.9)"],
    },
    Row {
        key: Key::MinP,
        name: "min-p",
        short: None,
        value_name: "F",
        kind: Kind::Real { min: 0.0, above: false, max: 1.0 },
        group: Group::Sampling,
        reach: Reach::Turn,
        on: on::CHAT,
        default: Some("0.05"),
        help: ["去掉概率不到最高者 F 倍的（默认 0.05）", "drop what is below F of the likeliest (0.05)"],
    },
    Row {
        key: Key::RepeatPenalty,
        name: "repeat-penalty",
        short: None,
        value_name: "F",
        kind: Kind::Real { min: 0.0, above: true, max: 10.0 },
        group: Group::Sampling,
        reach: Reach::Turn,
        on: on::CHAT,
        default: Some("1"),
        help: ["重复的惩罚，1 为没有（默认 1）", "for what was just said; 1 is none (1)"],
    },
    Row {
        key: Key::RepeatLastN,
        name: "repeat-last-n",
        short: None,
        value_name: "N",
        kind: Kind::Whole { words: &[], min: 0, max: 4096 },
        group: Group::Sampling,
        reach: Reach::Turn,
        on: on::CHAT,
        default: Some("64"),
        help: ["惩罚回看多少词元（默认 64）", "tokens that the penalty looks back (64)"],
    },
    Row {
        key: Key::Seed,
        name: "seed",
        short: None,
        value_name: "N",
        kind: Kind::Whole { words: &[&["random", "随机"]], min: 0, max: u32::MAX },
        group: Group::Sampling,
        reach: Reach::Turn,
        on: on::CHAT,
        default: Some("random"),
        help: ["种子；不给则每次不同", "the same seed gives the same answer"],
    },
    Row {
        key: Key::Ctx,
        name: "ctx",
        short: Some('c'),
        value_name: "N",
        kind: Kind::Whole { words: AUTO, min: 256, max: 1_048_576 },
        group: Group::Machine,
        reach: Reach::Kept,
        on: on::CHAT | on::BENCH,
        default: Some("auto"),
        help: ["上下文词元数；不给则按内存定", "context in tokens; else what memory allows"],
    },
    Row {
        key: Key::Threads,
        name: "threads",
        short: Some('t'),
        value_name: "N",
        kind: Kind::Whole { words: AUTO, min: 1, max: 512 },
        group: Group::Machine,
        reach: Reach::Kept,
        on: on::CHAT | on::BENCH,
        default: Some("auto"),
        help: ["线程数；不给则为物理核数", "threads; else one a physical core"],
    },
    Row {
        key: Key::GpuLayers,
        name: "gpu-layers",
        short: Some('g'),
        value_name: "auto|all|N",
        kind: Kind::Whole { words: &[&["auto"], &["all"]], min: 0, max: 65_535 },
        group: Group::Machine,
        reach: Reach::Kept,
        on: on::CHAT | on::BENCH,
        default: Some("auto"),
        help: ["放进显卡的层数（默认 auto）", "layers on the GPU (auto)"],
    },
    Row {
        key: Key::KvType,
        name: "kv-type",
        short: None,
        value_name: "TYPE",
        kind: Kind::Choice(&[&["auto"], &["f16"], &["q8_0", "q8"], &["q4_0", "q4"]]),
        group: Group::Machine,
        reach: Reach::Kept,
        on: on::CHAT | on::BENCH,
        default: Some("auto"),
        help: ["KV 缓存：f16、q8_0、q4_0；不给则自动", "KV cache: f16, q8_0, q4_0; else chosen"],
    },
    Row {
        key: Key::Force,
        name: "force",
        short: None,
        value_name: "",
        kind: Kind::Switch,
        group: Group::Machine,
        reach: Reach::Call,
        on: on::CHAT | on::BENCH,
        default: Some("false"),
        help: ["算出来内存不够也照样载入", "load although memory seems too small"],
    },
    Row {
        key: Key::Repeat,
        name: "repeat",
        short: None,
        value_name: "N",
        kind: Kind::Whole { words: &[], min: 1, max: 100 },
        group: Group::Machine,
        reach: Reach::Call,
        on: on::BENCH,
        default: Some("3"),
        help: ["量多少次，取中间的（默认 3）", "runs; the median counts (3)"],
    },
    Row {
        key: Key::Json,
        name: "json",
        short: None,
        value_name: "",
        kind: Kind::Switch,
        group: Group::Output,
        reach: Reach::Call,
        on: on::ALL,
        default: Some("false"),
        help: ["stdout 为 JSON，给脚本读", "JSON on stdout, for scripts"],
    },
    Row {
        key: Key::Stats,
        name: "stats",
        short: None,
        value_name: "",
        kind: Kind::Switch,
        group: Group::Output,
        reach: Reach::Turn,
        on: on::CHAT,
        default: Some("false"),
        help: ["每次回答后报速度", "tell the speed after each answer"],
    },
    Row {
        key: Key::Quiet,
        name: "quiet",
        short: Some('q'),
        value_name: "",
        kind: Kind::Switch,
        group: Group::Output,
        reach: Reach::Kept,
        on: on::ALL,
        default: Some("false"),
        help: ["除了回答和错误，什么也不说", "say nothing but answers and errors"],
    },
    Row {
        key: Key::Verbose,
        name: "verbose",
        short: Some('v'),
        value_name: "",
        kind: Kind::Count { max: 3 },
        group: Group::Output,
        reach: Reach::Kept,
        on: on::ALL,
        default: Some("0"),
        help: ["说明用了什么、为什么；-vv 加引擎日志", "what was chosen and why; -vv adds the log"],
    },
    Row {
        key: Key::Lang,
        name: "lang",
        short: None,
        value_name: "zh|en",
        kind: Kind::Choice(&[&["zh", "zh-cn", "中文"], &["en", "english"]]),
        group: Group::Output,
        reach: Reach::Kept,
        on: on::ALL | on::HELP,
        default: None,
        help: ["界面语言；不给则随系统", "language; else the system's"],
    },
    Row {
        key: Key::Color,
        name: "color",
        short: None,
        value_name: "auto|always|never",
        kind: Kind::Choice(&[&["auto"], &["always"], &["never"]]),
        group: Group::Output,
        reach: Reach::Kept,
        on: on::CHAT,
        default: Some("auto"),
        help: ["颜色", "colours"],
    },
    Row {
        key: Key::LogFile,
        name: "log-file",
        short: None,
        value_name: "PATH",
        kind: Kind::Path,
        group: Group::Output,
        reach: Reach::Kept,
        on: on::CHAT | on::BENCH,
        default: None,
        help: ["引擎日志写到哪里", "where the engine's log goes"],
    },
];

#[cfg(test)]
#[path = "options_tests.rs"]
mod tests;
