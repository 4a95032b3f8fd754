//! The man page, as `man` reads it: the options from the command line's own table, the commands of a conversation from
//! theirs, the config file from its page of help. In the language spoken.

use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

use crate::cli;
use crate::locale::{Lang, spoken};
use crate::repl::command::ROWS;
use crate::tr;

/// The headings that are clap_mangen's own.
const HEADINGS: [(&str, &str); 2] = [(".SH NAME", ".SH 名称"), (".SH SYNOPSIS", ".SH 用法")];

/// The whole page.
pub(super) fn page() -> String {
    let liao = cli::for_shells(&[]);
    let mut rest = Roff::new();
    subcommands(&mut rest, &liao);
    chat(&mut rest);
    verbatim(&mut rest, &tr!("配置", "CONFIGURATION"), &cli::topic(Some("config")).unwrap_or_default());
    verbatim(&mut rest, &tr!("退出码", "EXIT STATUS"), &exit_status());
    let mut page = front(liao);
    page.push_str(&rest.render());
    if spoken() == Lang::En {
        return page;
    }
    HEADINGS.iter().fold(page, |page, (theirs, ours)| page.replace(&format!("{theirs}\n"), &format!("{ours}\n")))
}

/// What clap_mangen writes well: title, name, ways to call it, options.
fn front(liao: clap::Command) -> String {
    let man = Man::new(liao);
    let mut page = Vec::new();
    let written = man
        .render_title(&mut page)
        .and_then(|()| man.render_name_section(&mut page))
        .and_then(|()| man.render_synopsis_section(&mut page))
        .and_then(|()| man.render_options_section(&mut page));
    debug_assert!(written.is_ok(), "memory takes all");
    String::from_utf8_lossy(&page).into_owned()
}

/// Each subcommand with the options that it takes.
fn subcommands(page: &mut Roff, liao: &clap::Command) {
    page.control("SH", [tr!("子命令", "COMMANDS").as_str()]);
    for sub in liao.get_subcommands() {
        let word = sub.get_positionals().find_map(|word| word.get_value_names()?.first().map(ToString::to_string));
        let called =
            [Some(format!("liao {}", sub.get_name())), word].into_iter().flatten().collect::<Vec<_>>().join(" ");
        page.control("SS", [called.as_str()]);
        page.text([roman(sub.get_about().map(ToString::to_string).unwrap_or_default())]);
        for option in sub.get_arguments().filter(|arg| !arg.is_positional() && !arg.is_hide_set()) {
            let short = option.get_short().map(|short| format!("-{short}, ")).unwrap_or_default();
            let long = option.get_long().map(|long| format!("--{long}")).unwrap_or_default();
            let takes_value = option.get_action().takes_values();
            let value = option.get_value_names().filter(|_| takes_value).and_then(|names| names.first());
            let value = value.map(|name| format!(" {name}")).unwrap_or_default();
            page.control("TP", []);
            page.text([bold(short + &long), italic(value)]);
            page.text([roman(option.get_help().map(ToString::to_string).unwrap_or_default())]);
        }
    }
}

/// What may be typed while chatting.
fn chat(page: &mut Roff) {
    page.control("SH", [tr!("对话中的命令", "WHILE CHATTING").as_str()]);
    for row in ROWS {
        page.control("TP", []);
        page.text([bold(row.usage())]);
        let (help, aliases) = (row.help(), row.aliases());
        let aliases = if aliases.is_empty() { aliases } else { tr!("（{aliases}）", " ({aliases})") };
        page.text([roman(format!("{help}{aliases}"))]);
    }
}

/// A section whose lines stay as they are.
fn verbatim(page: &mut Roff, heading: &str, text: &str) {
    page.control("SH", [heading]);
    page.control("nf", []);
    for line in text.lines() {
        page.text([roman(line)]);
    }
    page.control("fi", []);
}

fn exit_status() -> String {
    tr!(
        "0    成功（读的一方先关了管道也算）
1    其他失败
2    命令行或设置有错
3    模型文件被拒
4    网络
5    内存或磁盘不够
6    输入文字被拒（编码，或上下文放不下）
70   引擎进程死了
129、130、143  被信号结束",
        "0    success (also where whoever read the output closed it)
1    any other failure
2    the command line or a setting is wrong
3    the model file was rejected
4    the network
5    not enough memory or disk
6    the input text was rejected (its encoding, or it does not fit the context)
70   the engine process died
129, 130, 143  ended by a signal"
    )
}
