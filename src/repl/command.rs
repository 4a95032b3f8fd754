//! Slash commands: the one table. Names and aliases, argument, help and the enum variant of a command are one row;
//! help, completion, dispatch and the README's list all come from it.
//!
//! A command is also taken as a Chinese input method gives it: `／帮助`, `、help`, full-width spaces. What begins
//! like a command and is none never reaches the model.

use std::ops::Range;

use crate::locale::{Lang, said};
use crate::text::nearest::nearest;
use crate::tr;

/// What a person asked of the program, not of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The table, or one command.
    Help(Option<String>),
    /// A new conversation.
    New,
    /// Another answer, or an earlier one.
    Retry(Again),
    /// Take back the last N exchanges.
    Undo(usize),
    /// Ask question number N, or the last one, in other words.
    Edit(Option<usize>),
    /// Go on with an answer that was cut.
    Continue,
    /// Show or set the system prompt.
    System(Option<String>),
    /// Show the model and those on this disk, or go on with another.
    Model(Option<String>),
    /// Show the settings of this conversation, or one, or change one.
    Set(Option<(String, Option<String>)>),
    /// Save the conversation, under this name where one is given.
    Save(Option<String>),
    /// Go on with a session, or with one chosen from a list.
    Load(Option<String>),
    /// What fills the context.
    Context,
    /// Add files to the next question, as typed; list those that wait, or take them back.
    File(Option<String>),
    /// The last answer to the clipboard.
    Copy,
    /// How fast the last answer was.
    Stats,
    /// The sessions on disk, newest first, so many of them.
    Sessions(Option<usize>),
    /// Write the conversation into a file, over what is there where that is said.
    Export {
        /// The file.
        path: String,
        /// `--force`.
        overwrites: bool,
    },
    /// Show or change the language of messages.
    Lang(Option<Lang>),
    /// Leave.
    Quit,
}

/// Which answer is wanted again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Another one to the last question.
    Last,
    /// Another one to question number N.
    Question(usize),
    /// The N-th of those that the last question has had.
    Answer(usize),
}

/// A row of the table.
pub struct Row {
    /// The name first, then the aliases.
    pub names: &'static [&'static str],
    /// What may follow, as help shows it: Chinese, English.
    argument: [&'static str; 2],
    /// One line of help: Chinese, English.
    help: [&'static str; 2],
    /// The command with what was typed after its name, trimmed. `None`: it takes no such argument.
    make: fn(&str) -> Option<Command>,
}

/// What a command begins with.
pub(super) const SLASHES: [char; 3] = ['/', '／', '、'];

/// Every command, in the order of `/help`.
pub const ROWS: &[Row] = &[
    Row {
        names: &["help", "帮助", "?", "？"],
        argument: ["[命令]", "[CMD]"],
        help: ["列出命令，或说明一个命令", "list the commands, or explain one"],
        make: |rest| Some(Command::Help(some_text(rest))),
    },
    Row {
        names: &["new", "新建", "clear"],
        argument: ["", ""],
        help: ["开始新对话，模型不变", "begin a new conversation with the same model"],
        make: |rest| rest.is_empty().then_some(Command::New),
    },
    Row {
        names: &["retry", "重来", "regen"],
        argument: ["[N|问N]", "[N|qN]"],
        help: [
            "再答一次；N 换回第 N 个回答，问N 重答第 N 个问题",
            "another answer; N goes back to answer N, qN answers question N again",
        ],
        make: |rest| again(rest).map(Command::Retry),
    },
    Row {
        names: &["undo", "撤销"],
        argument: ["[N]", "[N]"],
        help: ["撤销最近 N 轮问答，不给 N 则一轮", "take back the last N exchanges; without N, one"],
        make: |rest| optional_number(rest).map(|n| Command::Undo(n.unwrap_or(1))),
    },
    Row {
        names: &["edit", "编辑"],
        argument: ["[N]", "[N]"],
        help: [
            "在编辑器里改上一个问题，或第 N 个，从那里重新问",
            "edit the last question, or question N, in your editor and go on from there",
        ],
        make: |rest| optional_number(rest).map(Command::Edit),
    },
    Row {
        names: &["continue", "继续"],
        argument: ["", ""],
        help: ["接着写没写完的回答", "go on writing an answer that was cut"],
        make: |rest| rest.is_empty().then_some(Command::Continue),
    },
    Row {
        names: &["system", "系统"],
        argument: ["[文字]", "[TEXT]"],
        help: ["查看或设定系统提示；\"\" 为不要系统提示", "show or set the system prompt; \"\" for none"],
        make: |rest| Some(Command::System(some_text(rest))),
    },
    Row {
        names: &["model", "模型"],
        argument: ["[名字]", "[NAME]"],
        help: ["查看有哪些模型，或换一个，对话保留", "show the models, or change to another and keep the conversation"],
        make: |rest| Some(Command::Model(some_text(rest))),
    },
    Row {
        names: &["set", "设置"],
        argument: ["[项 [值]]", "[KEY [VALUE]]"],
        help: [
            "查看或改变设置，如 /set temp 0.8；/set pin N 固定第 N 轮，unpin 放开",
            "show or change a setting, as in /set temp 0.8; pin N keeps exchange N, unpin N lets it go",
        ],
        make: |rest| {
            Some(Command::Set(some_text(rest).map(|rest| match rest.split_once(char::is_whitespace) {
                Some((key, value)) => (key.to_owned(), some_text(value.trim())),
                None => (rest, None),
            })))
        },
    },
    Row {
        names: &["save", "保存"],
        argument: ["[名字]", "[NAME]"],
        help: ["把对话存盘，给它一个名字", "save the conversation, under a name"],
        make: |rest| Some(Command::Save(some_text(rest))),
    },
    Row {
        names: &["load", "载入"],
        argument: ["[编号]", "[ID]"],
        help: ["接着聊存下的会话；不写编号则从列表里选", "go on with a session; without ID, choose from a list"],
        make: |rest| Some(Command::Load(some_text(rest))),
    },
    Row {
        names: &["context", "上下文"],
        argument: ["", ""],
        help: ["上下文里有什么，还剩多少", "what fills the context, and how much room is left"],
        make: |rest| rest.is_empty().then_some(Command::Context),
    },
    Row {
        names: &["file", "文件"],
        argument: ["[路径…]", "[PATH...]"],
        help: [
            "给下一个问题附上文件；单独用则列出，-N 取下第 N 个",
            "add files to the next question; alone it lists them, -N removes one",
        ],
        make: |rest| Some(Command::File(some_text(rest))),
    },
    Row {
        names: &["copy", "复制"],
        argument: ["", ""],
        help: ["把上一个回答复制到剪贴板", "copy the last answer to the clipboard"],
        make: |rest| rest.is_empty().then_some(Command::Copy),
    },
    Row {
        names: &["stats", "速度"],
        argument: ["", ""],
        help: ["上一个回答的速度、缓存、余地和内存", "speed, cache, room left and memory of the last answer"],
        make: |rest| rest.is_empty().then_some(Command::Stats),
    },
    Row {
        names: &["sessions", "会话"],
        argument: ["[N]", "[N]"],
        help: ["列出最近 N 个保存的对话，给 /load 用", "list the N latest conversations on disk, for /load"],
        make: |rest| optional_number(rest).map(Command::Sessions),
    },
    Row {
        names: &["export", "导出"],
        argument: ["文件", "FILE"],
        help: [
            "把对话写成 Markdown，名字以 .json 结尾则为 JSON",
            "write the conversation as Markdown, or JSON by the name",
        ],
        make: export,
    },
    Row {
        names: &["lang", "语言"],
        argument: ["[zh|en]", "[zh|en]"],
        help: ["界面用中文还是英文", "the language of messages: Chinese or English"],
        make: |rest| match some_text(rest) {
            None => Some(Command::Lang(None)),
            Some(name) => Lang::from_name(&name).map(|lang| Command::Lang(Some(lang))),
        },
    },
    Row {
        names: &["quit", "退出", "exit", "bye"],
        argument: ["", ""],
        help: ["离开（空行上按 Ctrl-D 也行）", "leave (or Ctrl-D on an empty line)"],
        make: |rest| rest.is_empty().then_some(Command::Quit),
    },
];

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Nothing but white space.
    Empty,
    /// Words for the model.
    Say(String),
    /// A command.
    Command(Command),
    /// Begins like a command but is none, or has an argument that it cannot have: what to tell the person.
    Wrong(String),
}

impl Row {
    /// The name with its argument, as typed: `/retry [N]`.
    #[must_use]
    pub fn usage(&self) -> String {
        let argument = self.argument();
        if argument.is_empty() { format!("/{}", self.names[0]) } else { format!("/{} {argument}", self.names[0]) }
    }

    /// What may follow the name, as help shows it; it may be nothing.
    pub(super) fn argument(&self) -> &'static str {
        said(self.argument)
    }

    /// One line of help.
    #[must_use]
    pub fn help(&self) -> &'static str {
        said(self.help)
    }

    /// The other names, as typed.
    #[must_use]
    pub fn aliases(&self) -> String {
        self.names[1..].iter().map(|name| format!("/{name}")).collect::<Vec<_>>().join(" ")
    }
}

/// The row of a name, with or without its slash, in any case and any width of letters.
#[must_use]
pub fn row(name: &str) -> Option<&'static Row> {
    let name = plain(strip_slash(name).unwrap_or(name));
    ROWS.iter().find(|row| row.names.iter().any(|known| plain(known) == name))
}

/// Where the name stands in a line that begins like a command, behind the slash; the name may be unfinished.
#[must_use]
pub fn name_in(line: &str) -> Option<Range<usize>> {
    let text = line.trim_start();
    let typed = strip_slash(text).filter(|_| !text.starts_with("//"))?;
    let start = line.len() - typed.len();
    let n_bytes = typed.find(char::is_whitespace).unwrap_or(typed.len());
    Some(start..start + n_bytes)
}

/// The commands with a name that begins so, each with the first such name.
pub(super) fn beginning(typed: &str) -> impl Iterator<Item = (&'static Row, &'static str)> {
    let typed = plain(typed);
    ROWS.iter().filter_map(move |row| Some((row, *row.names.iter().find(|name| plain(name).starts_with(&typed))?)))
}

/// Whether a command has a name that begins so.
pub(super) fn begins(typed: &str) -> bool {
    beginning(typed).next().is_some()
}

/// As names are compared: small letters of the usual width, since an input method may write `ｈｅｌｐ`.
fn plain(name: &str) -> String {
    let narrow = |c: char| match u32::from(c) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(c),
        _ => c,
    };
    name.chars().map(|c| narrow(c).to_ascii_lowercase()).collect()
}

/// Tells what a line is.
#[must_use]
pub fn read(line: &str) -> Line {
    // Trimming takes the full-width space too.
    let line = line.trim();
    if line.is_empty() {
        return Line::Empty;
    }
    let Some(typed) = strip_slash(line) else { return Line::Say(line.to_owned()) };
    if line.starts_with("//") {
        return Line::Say(typed.to_owned());
    }
    let (name, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    let Some(row) = row(name) else { return Line::Wrong(unknown(name)) };
    match (row.make)(rest.trim()) {
        Some(command) => Line::Command(command),
        None => {
            let usage = row.usage();
            Line::Wrong(tr!("用法：{usage}", "usage: {usage}"))
        }
    }
}

fn strip_slash(line: &str) -> Option<&str> {
    line.strip_prefix(SLASHES)
}

fn unknown(name: &str) -> String {
    let near = near(name).iter().map(|name| format!("/{name}")).collect::<Vec<_>>().join(&tr!("、", ", "));
    let name = crate::text::untrusted::one_line(name);
    if near.is_empty() {
        return tr!(
            "没有 /{name} 这个命令。全部命令见 /help；要把以 / 开头的话说给模型，写成 //",
            "there is no command /{name}. /help lists them all; to say something to the model that begins with /, write //"
        );
    }
    tr!(
        "没有 /{name} 这个命令，是不是 {near}？全部命令见 /help；要把以 / 开头的话说给模型，写成 //",
        "there is no command /{name}; did you mean {near}? /help lists them all; to say something to the model that begins with /, write //"
    )
}

/// What a name that is none was probably meant to be: what it is the beginning of, else what it is closest to.
fn near(name: &str) -> Vec<&'static str> {
    let begun: Vec<&str> = beginning(name).map(|(_, name)| name).take(4).collect();
    if !name.is_empty() && (1..=3).contains(&begun.len()) {
        return begun;
    }
    // Of one character, each name is as close as any other.
    let names = ROWS.iter().flat_map(|row| row.names).copied().filter(|name| name.chars().count() > 1);
    nearest(&plain(name), names).into_iter().collect()
}

/// A file, and `--force` before or behind it.
fn export(rest: &str) -> Option<Command> {
    const FORCE: &str = "--force";
    let before = rest.strip_prefix(FORCE).filter(|path| path.starts_with(char::is_whitespace));
    let forced = before.or_else(|| rest.strip_suffix(FORCE).filter(|path| path.ends_with(char::is_whitespace)));
    let path = forced.unwrap_or(rest).trim();
    let is_path = !path.is_empty() && path != FORCE;
    is_path.then(|| Command::Export { path: path.to_owned(), overwrites: forced.is_some() })
}

fn some_text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A number from 1, or nothing; `None` for anything else.
fn optional_number(text: &str) -> Option<Option<usize>> {
    if text.is_empty() { Some(None) } else { number(text).map(Some) }
}

/// A number from 1, in the digits of an input method too.
pub(super) fn number(text: &str) -> Option<usize> {
    let plain = |c: char| match c {
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
        c => c,
    };
    text.chars().map(plain).collect::<String>().parse().ok().filter(|n| *n > 0)
}

/// `2` is the second answer to the last question, `q2` or `问2` the second question.
fn again(text: &str) -> Option<Again> {
    match text.strip_prefix(['q', 'Q', '问']) {
        Some(n) => number(n.trim_start()).map(Again::Question),
        None => optional_number(text).map(|n| n.map_or(Again::Last, Again::Answer)),
    }
}

#[cfg(test)]
#[path = "command_tests.rs"]
mod tests;
