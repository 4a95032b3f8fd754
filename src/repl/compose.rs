//! A text in the person's own editor: `$VISUAL`, else `$EDITOR`, else vi (on Windows notepad).
//!
//! The text lies in a file for its owner alone while it is edited, and nowhere afterwards. The editor has the terminal,
//! whatever stdin and stdout are: those are for questions and answers.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use super::editor::clean;
use crate::disk;
use crate::exit::{Exit, Failed};
use crate::text::Untrusted;
use crate::tr;

#[cfg(unix)]
const USUAL_EDITOR: &str = "vi";
#[cfg(not(unix))]
const USUAL_EDITOR: &str = "notepad";

/// Has a person edit a text. `None`: it came back as it was, or with nothing in it.
///
/// # Errors
/// The editor cannot be started or says that it failed, or what came back is no text.
pub fn compose(text: &str) -> Result<Option<String>, Failed> {
    let draft = Draft::of(text).map_err(|error| no_file(&error))?;
    let editor = editor();
    let shown = editor.to_string_lossy();
    let shown = Untrusted(&shown);
    let status = call(&editor, &draft.path).status().map_err(|error| {
        Failed::new(
            Exit::Failure,
            tr!(
                "编辑器 {shown} 打不开（{error}）：用环境变量 EDITOR 指定一个，例如 EDITOR=nano",
                "the editor {shown} cannot be started ({error}): name one with the variable EDITOR, as in EDITOR=nano"
            ),
        )
    })?;
    if !status.success() {
        return Err(Failed::new(
            Exit::Failure,
            tr!(
                "编辑器 {shown} 没有正常结束（{status}），什么也没有改。要换一个：EDITOR=nano",
                "the editor {shown} did not end well ({status}), and nothing was changed. For another: EDITOR=nano"
            ),
        ));
    }
    let written = draft.read().map_err(|error| no_file(&error))?;
    let written = clean(&written);
    let written = written.trim();
    Ok((!written.is_empty() && written != text.trim()).then(|| written.to_owned()))
}

fn no_file(error: &io::Error) -> Failed {
    let folder = crate::text::untrusted::path(&std::env::temp_dir());
    Failed::new(
        Exit::Failure,
        tr!(
            "{folder} 里放不了要编辑的文字，或读不回来：{error}",
            "the text to edit cannot be kept in {folder}, or not read from there: {error}"
        ),
    )
}

fn editor() -> OsString {
    let named = ["VISUAL", "EDITOR"].into_iter().filter_map(std::env::var_os);
    named.into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| USUAL_EDITOR.into())
}

/// The editor, on the terminal, with this file. What the variable holds may have words of its own (`code --wait`), so a
/// shell takes it apart, as git does it.
fn call(editor: &OsStr, path: &Path) -> Command {
    if !cfg!(unix) {
        let mut command = Command::new(editor);
        command.arg(path);
        return command;
    }
    let mut script = editor.to_owned();
    script.push(" \"$1\"");
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg("liao").arg(path).stdin(terminal()).stdout(terminal());
    command
}

/// The terminal, where there is one; an editor that needs none works without.
fn terminal() -> Stdio {
    let opened = fs::OpenOptions::new().read(true).write(true).open("/dev/tty");
    opened.map_or_else(|_| Stdio::null(), Stdio::from)
}

/// The text while it is edited. Dropped, it is gone.
struct Draft {
    path: PathBuf,
}

impl Draft {
    fn of(text: &str) -> io::Result<Self> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos();
        let path = std::env::temp_dir().join(format!("liao-{}-{now}.md", std::process::id()));
        let mut file: File = disk::create_private_file(&path)?;
        let draft = Self { path };
        file.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            file.write_all(b"\n")?;
        }
        Ok(draft)
    }

    /// By its name: an editor may have put another file there.
    fn read(&self) -> io::Result<String> {
        fs::read_to_string(&self.path)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Whoever took it away has done it already.
        let _ = fs::remove_file(&self.path);
    }
}
