//! `/file`: adds files to the next question, lists those that wait, takes them back.

use crate::exit::Failed;
use crate::repl::paths;
use crate::talk::{NoAnswer, Screen, Talk};
use crate::tr;

/// Does what was typed behind `/file`.
///
/// # Errors
/// What is wrong with a path, or the last of several; the others are added all the same.
pub(super) fn obey(talk: &mut Talk, typed: Option<&str>, screen: &mut Screen<'_>) -> Result<(), NoAnswer> {
    match typed.map(|typed| (typed, back(typed))) {
        None => list(talk, screen),
        Some((_, Some(which))) => take_back(talk, &which, screen),
        Some((typed, None)) => return attach(talk, typed, screen),
    }
    Ok(())
}

/// Which files are not to wait any more.
enum Back {
    All,
    One(usize),
}

/// `-` and `-2`, also as an input method writes them; anything else is a path.
fn back(typed: &str) -> Option<Back> {
    let number = typed.strip_prefix(['-', '－'])?;
    if number.is_empty() { Some(Back::All) } else { number.parse().ok().map(Back::One) }
}

fn attach(talk: &mut Talk, typed: &str, screen: &mut Screen<'_>) -> Result<(), NoAnswer> {
    let typed = paths::read(typed, dirs::home_dir().as_deref())?;
    talk.wake(screen)?;
    let mut failed: Option<Failed> = None;
    let mut last = None;
    for path in typed {
        let file = match talk.read_file(&path) {
            Ok(file) => file,
            Err(error) => {
                tell_earlier(&mut failed, error, screen);
                continue;
            }
        };
        let notices = file.notices();
        let n_before = talk.files.names().len();
        match talk.attach(file) {
            Ok((number, line)) => {
                screen.output.tell(&if number > n_before {
                    tr!("附上 {number}：{line}", "added {number}: {line}")
                } else {
                    tr!("重新附上 {number}：{line}", "added again, as {number}: {line}")
                });
                for notice in notices {
                    screen.output.notice(&notice);
                }
                last = Some(number);
            }
            Err(error) => tell_earlier(&mut failed, error, screen),
        }
    }
    if let Some(number) = last {
        screen.output.notice(&tr!(
            "随下一个问题送出；/file 列出，/file -{number} 取下",
            "it goes with the next question; /file lists files, /file -{number} removes it"
        ));
    }
    failed.map_or(Ok(()), |failed| Err(NoAnswer::Failed(failed)))
}

/// Says which files go with the question that is being asked, to whoever sits at a terminal.
pub(super) fn tell_sent(talk: &Talk, screen: &mut Screen<'_>) {
    if !screen.is_interactive || talk.files.is_empty() {
        return;
    }
    let names = talk.files.names();
    let (n, names) = (names.len(), names.join(&tr!("、", ", ")));
    screen.output.notice(&tr!("附上的 {n} 个文件一起送出：{names}", "sent along: {names}"));
}

/// Keeps a failure to end with, and tells the one that was kept so far.
fn tell_earlier(failed: &mut Option<Failed>, next: Failed, screen: &mut Screen<'_>) {
    if let Some(earlier) = failed.replace(next) {
        screen.output.error(&earlier.message);
    }
}

fn list(talk: &Talk, screen: &mut Screen<'_>) {
    if talk.files.is_empty() {
        screen.output.tell(&tr!(
            "没有附上文件；/file 路径 给下一个问题附上",
            "no files are waiting; /file PATH adds one to the next question"
        ));
        return;
    }
    screen.output.tell(&tr!("随下一个问题送出：", "going with the next question:"));
    for line in talk.files.told(talk.backend.n_ctx()) {
        screen.output.tell(&line);
    }
    screen
        .output
        .notice(&tr!("/file -1 取下第 1 个，/file - 全部取下", "/file -1 removes the first, /file - removes all"));
}

fn take_back(talk: &mut Talk, which: &Back, screen: &mut Screen<'_>) {
    screen.output.tell(&match which {
        Back::All => {
            let n = talk.files.clear();
            tr!("取下了 {n} 个文件", "files taken back: {n}")
        }
        Back::One(number) => match talk.files.take_back(*number) {
            Some(name) => tr!("取下了 {name}", "taken back: {name}"),
            None => tr!("没有第 {number} 个文件；/file 列出", "there is no file {number}; /file lists them"),
        },
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_back() {
        for (typed, expected) in [
            ("-", Some(None)),
            ("－", Some(None)),
            ("-1", Some(Some(1))),
            ("－12", Some(Some(12))),
            ("-0", Some(Some(0))),
            ("-a.txt", None),
            ("-1.txt", None),
            ("--1", None),
            ("./-1", None),
            ("1", None),
        ] {
            let which = back(typed).map(|which| match which {
                Back::All => None,
                Back::One(number) => Some(number),
            });
            assert_eq!(which, expected, "{typed}");
        }
    }
}
