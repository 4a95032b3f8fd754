//! A text in the person's own editor: `$VISUAL`, else `$EDITOR`, else the easiest that is there. The text lies in a file
//! for its owner alone meanwhile, and the file is gone afterwards, whatever happened.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, SystemTime};

use super::keyboard;
use crate::disk;
use crate::exit::{Exit, Failed, cause};
use crate::render::plain::Output;
use crate::text::{Untrusted, untrusted};
use crate::tr;

/// For whoever has named none: it says itself which keys save and leave.
const EASY: &str = if cfg!(windows) { "notepad" } else { "nano" };
/// On every Unix, and no place to find oneself in unawares.
const USUAL: &str = "vi";
/// vi takes the whole screen at once, and what was told before it is gone from there.
const TIME_TO_READ: Duration = Duration::from_secs(2);
/// What the shell says where there is no such program, or none that it may run.
const NOT_RUN: [i32; 2] = [126, 127];

/// A file that is deleted when this is dropped.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        // What the editor itself has moved away is not there any more.
        let _ = fs::remove_file(&self.0);
    }
}

/// Opens a text in the person's editor and waits for it. `None`: it was left as it was, or emptied. `saving` says what
/// comes of it when it is saved, to whoever may not know the editor.
///
/// # Errors
/// No editor could be run, or it failed; what it left is no text; the text's file cannot be written.
pub(super) fn compose(text: &str, saving: &str, output: &mut Output) -> Result<Option<String>, Failed> {
    let draft = write(text).map_err(|error| failed_on_disk(&std::env::temp_dir(), &error))?;
    let named = ["VISUAL", "EDITOR"].into_iter().filter_map(std::env::var_os).find(|editor| !editor.is_empty());
    let editor = named.unwrap_or_else(|| {
        let ours = chosen(std::env::var_os("PATH").as_deref());
        if ours == USUAL {
            output.tell(&tr!(
                "在 vi 里，:wq {saving}，:q! 放弃。想用别的编辑器：启动 liao 之前先 export EDITOR=名字",
                "in vi, :wq {saving}, and :q! discards it. For another editor, run export EDITOR=NAME before you start liao"
            ));
            thread::sleep(TIME_TO_READ);
        }
        ours.into()
    });
    // Whatever the line editor or a running answer has hidden, an editor shows what is typed.
    let shown = keyboard::Shown::now();
    let ended = run(&editor, &draft.0);
    drop(shown);
    match ended {
        Ok(status) if status.success() => {}
        Ok(status) => return Err(failed(&editor, status)),
        Err(_) => return Err(cannot_run(&editor)),
    }
    let bytes = fs::read(&draft.0).map_err(|error| failed_on_disk(&draft.0, &error))?;
    let Ok(written) = String::from_utf8(bytes) else {
        return Err(Failed::new(
            Exit::Input,
            tr!(
                "编辑器存下的不是 UTF-8，没有采用：请在编辑器里以 UTF-8 保存",
                "what the editor saved is not UTF-8 and was ignored: save it as UTF-8"
            ),
        ));
    };
    let written = plain(&written);
    Ok(if written.trim().is_empty() || written == plain(text) { None } else { Some(written) })
}

/// The editor for whoever has named none.
fn chosen(path: Option<&OsStr>) -> &'static str {
    let is_there = |folder: PathBuf| folder.join(EASY).is_file();
    if cfg!(windows) || path.is_some_and(|path| std::env::split_paths(path).any(is_there)) { EASY } else { USUAL }
}

/// As typed: editors end the last line, and some begin with a mark of the encoding.
fn plain(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    text.trim_end_matches('\n').to_owned()
}

fn write(text: &str) -> io::Result<Draft> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    // The ending tells an editor how to break lines.
    let name = format!("liao-{}-{}.md", std::process::id(), now.as_nanos());
    let path = std::env::temp_dir().join(name);
    let mut file = disk::create_private_file(&path)?;
    let draft = Draft(path);
    file.write_all(text.as_bytes())?;
    if !text.is_empty() {
        file.write_all(b"\n")?;
    }
    Ok(draft)
}

#[cfg(unix)]
fn run(editor: &OsStr, path: &Path) -> io::Result<ExitStatus> {
    // Through the shell, because people write `code --wait` and quote as they do there.
    let mut command = Command::new("sh");
    let mut line = editor.to_os_string();
    line.push(" \"$1\"");
    command.arg("-c").arg(line).arg("liao").arg(path);
    // Answers may go to a file; the editor is for the terminal.
    if let Ok(terminal) = fs::File::options().read(true).write(true).open("/dev/tty") {
        command.stdin(terminal.try_clone()?).stdout(terminal);
    }
    command.status()
}

#[cfg(not(unix))]
fn run(editor: &OsStr, path: &Path) -> io::Result<ExitStatus> {
    let editor = editor.to_string_lossy();
    let mut words = editor.split_whitespace();
    Command::new(words.next().unwrap_or(EASY)).args(words).arg(path).status()
}

fn failed(editor: &OsStr, status: ExitStatus) -> Failed {
    if status.code().is_some_and(|code| NOT_RUN.contains(&code)) {
        return cannot_run(editor);
    }
    let (editor, status) = (editor.to_string_lossy(), status.to_string());
    let editor = Untrusted(&editor);
    Failed::new(
        Exit::Failure,
        tr!(
            "编辑器 {editor} 没有正常结束（{status}），文字没有改动",
            "the editor {editor} failed ({status}); the text is unchanged"
        ),
    )
}

fn cannot_run(editor: &OsStr) -> Failed {
    let editor = editor.to_string_lossy();
    let editor = Untrusted(&editor);
    Failed::new(
        Exit::Failure,
        tr!(
            "运行不了编辑器 {editor}：请在启动 liao 之前设好环境变量 EDITOR，例如 export EDITOR=nano",
            "the editor {editor} cannot be run: set the variable EDITOR before you start liao, for example: export EDITOR=nano"
        ),
    )
}

fn failed_on_disk(path: &Path, error: &io::Error) -> Failed {
    let (path, error) = (untrusted::path(path), cause(error));
    let error = untrusted::one_line(&error);
    Failed::new(
        Exit::Failure,
        tr!("临时文件 {path} 读写不了：{error}", "the temporary file {path} cannot be read or written: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_editors_add_is_not_text() {
        for (saved, text) in
            [("一\n", "一"), ("\u{feff}一\r\n二\r\n\n", "一\n二"), ("", ""), ("\n\n", ""), ("  一 ", "  一 ")]
        {
            assert_eq!(plain(saved), text);
        }
    }

    #[test]
    fn a_draft_is_its_owners_alone_and_does_not_stay() {
        let draft = write("密").unwrap();
        let path = draft.0.clone();
        assert_eq!(fs::read_to_string(&path).unwrap(), "密\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        drop(draft);
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn who_names_no_editor_is_given_an_easy_one_where_there_is_one() {
        let (with, without) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(with.path().join(EASY), "").unwrap();
        fs::create_dir(without.path().join(EASY)).unwrap();
        for (folders, editor) in
            [(vec![], USUAL), (vec![without.path()], USUAL), (vec![without.path(), with.path()], EASY)]
        {
            assert_eq!(chosen(Some(&std::env::join_paths(folders).unwrap())), editor);
        }
        assert_eq!(chosen(None), USUAL);
    }

    #[cfg(unix)]
    #[test]
    fn an_editor_changes_a_file_with_any_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("我的 $(x) '\" 文件");
        fs::write(&path, "一\n").unwrap();
        assert!(run(OsStr::new("sed -i s/一/二/"), &path).unwrap().success());
        assert_eq!(fs::read_to_string(&path).unwrap(), "二\n");
        assert_eq!(run(OsStr::new("/nowhere/editor --wait"), &path).unwrap().code(), Some(127));
    }
}
