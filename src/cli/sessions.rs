//! The words behind `liao sessions`: what is to be done with which. Which session a word means is not known here.

use std::path::PathBuf;

use super::options::as_typed;
use crate::exit::Failed;
use crate::text::nearest::nearest;
use crate::tr;

/// What is to be done with the conversations on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sessions {
    /// Tell which there are: the newest, so many of them. `None`: as many as suit the place.
    List(Option<usize>),
    /// Show what was said in one, by what was typed for it.
    Show(Option<String>),
    /// Remove these; at least one.
    Remove(Vec<String>),
    /// Write one into a file.
    Export {
        /// What was typed for the session.
        session: String,
        /// The file; `-` is stdout.
        to: PathBuf,
    },
}

/// What can be done.
pub(super) const DEEDS: [&str; 4] = ["list", "show", "rm", "export"];

/// Reads the words.
///
/// # Errors
/// A usage error that says what would be right.
pub(super) fn read(words: &[String]) -> Result<Sessions, Failed> {
    let (deed, rest) = words.split_first().map_or(("list", &[][..]), |(deed, rest)| (deed.as_str(), rest));
    match (deed, rest) {
        ("list", []) => Ok(Sessions::List(None)),
        ("list", [n]) => many(n).map(|n| Sessions::List(Some(n))),
        ("show", []) => Ok(Sessions::Show(None)),
        ("show", [session]) => Ok(Sessions::Show(Some(session.clone()))),
        ("rm", [_, ..]) => Ok(Sessions::Remove(rest.to_vec())),
        ("export", [session, to]) => Ok(Sessions::Export { session: session.clone(), to: to.into() }),
        (deed, _) if DEEDS.contains(&deed) => {
            let usage = usage(deed);
            Err(Failed::usage(tr!("用法：{usage}", "usage: {usage}")))
        }
        (deed, _) => Err(unknown(deed)),
    }
}

fn many(n: &str) -> Result<usize, Failed> {
    match n {
        "all" | "全部" => Ok(usize::MAX),
        _ => n.parse().ok().filter(|n| *n > 0).ok_or_else(|| {
            let n = as_typed(n);
            Failed::usage(tr!(
                "liao sessions list {n}：应为列出几个，或 all",
                "liao sessions list {n}: expected how many to list, or all"
            ))
        }),
    }
}

fn usage(deed: &str) -> String {
    match deed {
        "show" => tr!("liao sessions show [编号或名字]", "liao sessions show [ID|NAME]"),
        "rm" => tr!("liao sessions rm 编号或名字…", "liao sessions rm ID|NAME..."),
        "export" => {
            tr!(
                "liao sessions export 编号或名字 文件.md|文件.json|-",
                "liao sessions export ID|NAME FILE.md|FILE.json|-"
            )
        }
        _ => tr!("liao sessions list [几个|all]", "liao sessions list [N|all]"),
    }
}

fn unknown(typed: &str) -> Failed {
    let near = nearest(typed, DEEDS);
    let typed = as_typed(typed);
    Failed::usage(match near {
        Some(near) => tr!(
            "没有 liao sessions {typed}。是不是 liao sessions {near}？",
            "there is no liao sessions {typed}. Did you mean liao sessions {near}?"
        ),
        None => tr!(
            "没有 liao sessions {typed}。能做的是 list、show、rm、export；要看这个会话：liao sessions show {typed}",
            "there is no liao sessions {typed}. There are list, show, rm and export; to see that session: liao sessions show {typed}"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(words: &str) -> Result<Sessions, Failed> {
        read(&words.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_to_be_done() {
        let show = |session: &str| Sessions::Show(Some(session.into()));
        for (words, wanted) in [
            ("", Sessions::List(None)),
            ("list", Sessions::List(None)),
            ("list 5", Sessions::List(Some(5))),
            ("list all", Sessions::List(Some(usize::MAX))),
            ("list 全部", Sessions::List(Some(usize::MAX))),
            ("show", Sessions::Show(None)),
            ("show 旅行", show("旅行")),
            // A session may be called so.
            ("show list", show("list")),
            ("rm a b", Sessions::Remove(vec!["a".into(), "b".into()])),
            ("export a -", Sessions::Export { session: "a".into(), to: "-".into() }),
        ] {
            assert_eq!(typed(words).expect(words), wanted, "{words}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_what_is_right() {
        for (words, told) in [
            ("list 0", "all"),
            ("list -1", "all"),
            ("list many", "list many"),
            ("list 1 2", "用法：liao sessions list"),
            ("show a b", "用法：liao sessions show"),
            ("rm", "用法：liao sessions rm"),
            ("export a", "用法：liao sessions export"),
            ("export a b c", "用法：liao sessions export"),
            ("exprot a b", "是不是 liao sessions export？"),
            ("1nb0001", "liao sessions show 1nb0001"),
            ("\u{1b}[2J", "^[[2J"),
        ] {
            let failed = typed(words).expect_err(words);
            assert!(failed.message.contains(told), "{words}: {}", failed.message);
        }
    }
}
