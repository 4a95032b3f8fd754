//! Slash commands: the one table. Names and aliases, argument, help and the enum variant of a command are one row;
//! help, completion, dispatch and the README's list all come from it.
//!
//! A command is also taken as a Chinese input method gives it: `／帮助`, `、help`, full-width spaces. What begins
//! like a command and is none never reaches the model.

use crate::locale::{Lang, said};
use crate::tr;

/// What a person asked of the program, not of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The table, or one command.
    Help(Option<String>),
    /// A new conversation.
    New,
    /// Another answer to the last question, or to question number N.
    Retry(Option<usize>),
    /// Take back the last N exchanges.
    Undo(usize),
    /// Show or set the system prompt.
    System(Option<String>),
    /// Show the model and those on this disk, or go on with another.
    Model(Option<String>),
    /// Show the settings of this conversation, or one, or change one.
    Set(Option<(String, Option<String>)>),
    /// What fills the context.
    Context,
    /// How fast the last answer was.
    Stats,
    /// Show or change the language of messages.
    Lang(Option<Lang>),
    /// Leave.
    Quit,
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
        argument: ["[N]", "[N]"],
        help: [
            "重答上一个问题，或第 N 个（其后的问答去掉）",
            "answer the last question, or question N, again (later ones go)",
        ],
        make: |rest| optional_number(rest).map(Command::Retry),
    },
    Row {
        names: &["undo", "撤销"],
        argument: ["[N]", "[N]"],
        help: ["撤销最近 N 轮问答，不给 N 则一轮", "take back the last N exchanges; without N, one"],
        make: |rest| optional_number(rest).map(|n| Command::Undo(n.unwrap_or(1))),
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
        help: ["查看或改变本次对话的设置，如 /set temp 0.8", "show or change a setting, as in /set temp 0.8"],
        make: |rest| {
            Some(Command::Set(some_text(rest).map(|rest| match rest.split_once(char::is_whitespace) {
                Some((key, value)) => (key.to_owned(), some_text(value.trim())),
                None => (rest, None),
            })))
        },
    },
    Row {
        names: &["context", "上下文"],
        argument: ["", ""],
        help: ["上下文里有什么，还剩多少", "what fills the context, and what room is left"],
        make: |rest| rest.is_empty().then_some(Command::Context),
    },
    Row {
        names: &["stats", "速度"],
        argument: ["", ""],
        help: ["上一个回答的速度与缓存", "how fast the last answer was, and what was cached"],
        make: |rest| rest.is_empty().then_some(Command::Stats),
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
        let argument = said(self.argument);
        if argument.is_empty() { format!("/{}", self.names[0]) } else { format!("/{} {argument}", self.names[0]) }
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

/// The row of a name, with or without its slash, in any case.
#[must_use]
pub fn row(name: &str) -> Option<&'static Row> {
    let name = strip_slash(name).unwrap_or(name);
    ROWS.iter().find(|row| row.names.iter().any(|known| known.eq_ignore_ascii_case(name)))
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
    line.strip_prefix(['/', '／', '、'])
}

fn unknown(name: &str) -> String {
    let name = crate::text::untrusted::one_line(name);
    let near = crate::text::nearest::nearest(&name, ROWS.iter().flat_map(|row| row.names).copied());
    match near {
        Some(near) => tr!(
            "没有 /{name} 这个命令，是不是 /{near}？全部命令见 /help；要把以 / 开头的话说给模型，写成 //",
            "there is no command /{name}; did you mean /{near}? /help lists them all; to say something to the model that begins with /, write //"
        ),
        None => tr!(
            "没有 /{name} 这个命令。全部命令见 /help；要把以 / 开头的话说给模型，写成 //",
            "there is no command /{name}. /help lists them all; to say something to the model that begins with /, write //"
        ),
    }
}

fn some_text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A number from 1, or nothing; `None` for anything else.
fn optional_number(text: &str) -> Option<Option<usize>> {
    if text.is_empty() {
        return Some(None);
    }
    text.parse().ok().filter(|n| *n > 0).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_every_command_in_every_writing() {
        for row in ROWS {
            for name in row.names {
                for slash in ["/", "／", "、"] {
                    for around in ["", " ", "\u{3000}"] {
                        let line = format!("{around}{slash}{name}{around}");
                        assert!(matches!(read(&line), Line::Command(_)), "{line:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn names_are_not_used_twice() {
        let mut names: Vec<_> = ROWS.iter().flat_map(|row| row.names).collect();
        names.sort_unstable();
        let n = names.len();
        names.dedup();
        assert_eq!(names.len(), n);
    }

    #[test]
    fn arguments() {
        for (line, command) in [
            ("/undo", Command::Undo(1)),
            ("／撤销　3", Command::Undo(3)),
            ("/retry 2", Command::Retry(Some(2))),
            ("/system 你是诗人。 请押韵。", Command::System(Some("你是诗人。 请押韵。".into()))),
            ("/set temp 0.8", Command::Set(Some(("temp".into(), Some("0.8".into()))))),
            ("/set temp", Command::Set(Some(("temp".into(), None)))),
            ("/SET", Command::Set(None)),
            ("/帮助 undo", Command::Help(Some("undo".into()))),
            ("/model a:Q4_0", Command::Model(Some("a:Q4_0".into()))),
            ("／模型　./我的 模型.gguf", Command::Model(Some("./我的 模型.gguf".into()))),
            ("/lang EN", Command::Lang(Some(Lang::En))),
            ("/语言 中文", Command::Lang(Some(Lang::Zh))),
        ] {
            assert_eq!(read(line), Line::Command(command), "{line}");
        }
    }

    #[test]
    fn what_is_no_command_never_reaches_the_model() {
        for line in
            ["/hlep", "/retri", "/undo 0", "/undo x", "/new x", "/quit now", "/lang fr", "/etc/passwd", "／", "、、"]
        {
            assert!(matches!(read(line), Line::Wrong(_)), "{line}");
        }
        let Line::Wrong(sentence) = read("/hlep") else { panic!() };
        assert!(sentence.contains("/help"), "{sentence}");
    }

    #[test]
    fn words_for_the_model() {
        for (line, said) in [("你好", "你好"), ("  1/2 是多少 ", "1/2 是多少"), ("//etc 是什么", "/etc 是什么")]
        {
            assert_eq!(read(line), Line::Say(said.into()), "{line}");
        }
        assert_eq!(read(" \u{3000}\t"), Line::Empty);
    }
}
