//! Names that come from outside and become part of an address or a path: models, repositories, revisions, files. A
//! name that passes here is one plain part of a path on every system, whatever the system this runs on; all others
//! are refused. Hugging Face's and Windows' rules are both held everywhere.

use std::fmt;

use super::Untrusted;
use crate::tr;

/// Endings that a model's files have.
pub const ENDINGS: [&str; 8] = ["gguf", "safetensors", "bin", "json", "model", "txt", "md", "jinja"];

const MAX_MODEL: usize = 96;
const MAX_REPO_PART: usize = 96;
const MAX_FILE: usize = 128;
const MAX_QUANT: usize = 32;
const MAX_REVISION: usize = 64;

/// A name that is refused, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadName {
    /// Not `ORGANISATION/NAME`.
    Repo(String),
    /// Not a plain name of a model's file.
    File(String),
    /// Not a plain name of a GGUF file.
    Gguf(String),
    /// Not what a quantization may be called.
    Quant(String),
    /// Neither a commit nor a plain name of a branch.
    Revision(String),
}

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Self::Repo(name) => {
                let name = Untrusted(name);
                tr!(
                    "“{name}”不是仓库的名字。应为 组织/名字，只用字母、数字和 . _ -",
                    "\"{name}\" is not the name of a repository. Give ORG/NAME, of letters, digits and . _ - alone"
                )
            }
            Self::File(name) => {
                let (name, endings) = (Untrusted(name), ENDINGS.map(|ending| format!(".{ending}")).join(" "));
                tr!(
                    "不接受文件名“{name}”。应为单个文件名，只用字母、数字和 . _ -，结尾是 {endings} 之一",
                    "the file name \"{name}\" is refused. It has to be one plain name of letters, digits and . _ - that ends in one of {endings}"
                )
            }
            Self::Gguf(name) => {
                let name = Untrusted(name);
                tr!(
                    "不接受文件名“{name}”。应为 hf:组织/仓库/文件.gguf，文件不在目录里，名字只用字母、数字和 . _ -",
                    "the file name \"{name}\" is refused. Give hf:ORG/REPO/FILE.gguf, of a file in no folder, with a name of letters, digits and . _ - alone"
                )
            }
            Self::Quant(name) => {
                let name = Untrusted(name);
                tr!(
                    "“{name}”不是量化的名字。应为 hf:组织/仓库:Q4_K_M，或 hf:组织/仓库/文件.gguf",
                    "\"{name}\" is not the name of a quantization. Give hf:ORG/REPO:Q4_K_M, or hf:ORG/REPO/FILE.gguf"
                )
            }
            Self::Revision(name) => {
                let name = Untrusted(name);
                tr!(
                    "“{name}”不是仓库的版本。应为提交号，或 main 这样的分支名",
                    "\"{name}\" is not a revision. Give a commit, or a branch such as main"
                )
            }
        };
        f.write_str(&sentence)
    }
}

impl std::error::Error for BadName {}

/// A repository on a hub: `ORGANISATION/NAME`, two parts, each of the characters that hubs allow.
///
/// # Errors
/// [`BadName::Repo`].
pub fn check_repo(repo: &str) -> Result<(), BadName> {
    // In the names of folders, two dashes stand for the slash.
    let is_part = |part: &str| is_plain(part, MAX_REPO_PART) && !part.contains("--");
    let is_right = repo.split_once('/').is_some_and(|(organisation, name)| is_part(organisation) && is_part(name));
    if is_right { Ok(()) } else { Err(BadName::Repo(repo.to_owned())) }
}

/// A file of a repository, without folders, with one of the [`ENDINGS`].
///
/// # Errors
/// [`BadName::File`].
pub fn check_file(name: &str) -> Result<(), BadName> {
    let is_right = is_file(name) && ENDINGS.iter().any(|ending| has_ending(name, ending));
    if is_right { Ok(()) } else { Err(BadName::File(name.to_owned())) }
}

/// A commit, or the plain name of a branch or tag.
///
/// # Errors
/// [`BadName::Revision`].
pub fn check_revision(name: &str) -> Result<(), BadName> {
    if is_plain(name, MAX_REVISION) { Ok(()) } else { Err(BadName::Revision(name.to_owned())) }
}

/// Whether it is the plain name of a GGUF file.
#[must_use]
pub fn is_gguf(name: &str) -> bool {
    is_file(name) && has_ending(name, "gguf")
}

/// Whether a model can be called so.
#[must_use]
pub fn is_model(name: &str) -> bool {
    is_file(name) && name.len() <= MAX_MODEL && !has_ending(name, "gguf")
}

/// Whether a quantization can be called so.
#[must_use]
pub fn is_quant(name: &str) -> bool {
    let is_right = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=MAX_QUANT).contains(&name.len()) && name.bytes().all(is_right)
}

/// A Git commit in full.
#[must_use]
pub fn is_commit(text: &str) -> bool {
    is_hex(text, 40)
}

/// So many hexadecimal digits, in lower case, as hubs write them.
#[must_use]
pub fn is_hex(text: &str, n_digits: usize) -> bool {
    text.len() == n_digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether it has this ending, in any case, behind its last dot.
#[must_use]
pub fn has_ending(name: &str, ending: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, own)| own.eq_ignore_ascii_case(ending))
}

/// Whether it is the plain name of a file, which stays where it is put on any system; the ending may be any.
#[must_use]
pub fn is_file(name: &str) -> bool {
    is_plain(name, MAX_FILE) && !name.starts_with('_') && !is_device(name)
}

fn is_plain(name: &str, n_max: usize) -> bool {
    name.len() <= n_max
        && name.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        && !name.contains("..")
        && !name.ends_with('.')
}

/// Windows takes these for devices, whatever follows the first dot.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).to_ascii_uppercase();
    let is_numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || is_numbered("COM") || is_numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files() {
        let longest = format!("{}.gguf", "a".repeat(123));
        let too_long = format!("{}.gguf", "a".repeat(124));
        for (name, is_right) in [
            ("llama-2-13b-chat.Q4_K_M.gguf", true),
            ("ggml-model-q4_0.gguf", true),
            ("pytorch_model-00001-of-00003.bin", true),
            ("model.safetensors.index.json", true),
            ("tokenizer.model", true),
            ("Notice.TXT", true),
            ("0.gguf", true),
            (&longest, true),
            ("console.gguf", true),
            ("com10.gguf", true),
            ("", false),
            (".", false),
            ("..", false),
            (".gguf", false),
            ("-rf.gguf", false),
            ("_x.gguf", false),
            ("../x.gguf", false),
            ("..\\x.gguf", false),
            ("a/b.gguf", false),
            ("a\\b.gguf", false),
            ("/etc/x.gguf", false),
            ("C:\\x.gguf", false),
            ("C:x.gguf", false),
            ("\\\\host\\share\\x.gguf", false),
            ("x.gguf:stream", false),
            ("x.gguf\0", false),
            ("x\0.gguf", false),
            ("x\n.gguf", false),
            ("\u{1b}[2J.gguf", false),
            ("x .gguf", false),
            ("x.gguf ", false),
            ("x.gguf.", false),
            ("x..gguf", false),
            ("模型.gguf", false),
            ("ｘ.gguf", false),
            ("x\u{202e}fugg.gguf", false),
            ("CON.gguf", false),
            ("con.Q4_0.gguf", false),
            ("Nul.json", false),
            ("COM1.bin", false),
            ("lpt9.txt", false),
            ("x.exe", false),
            ("x.gguf.sh", false),
            ("gguf", false),
            ("%2e%2e%2fx.gguf", false),
            ("x.gguf?y", false),
            (&too_long, false),
        ] {
            assert_eq!(check_file(name).is_ok(), is_right, "{name:?}");
        }
    }

    #[test]
    fn repositories() {
        let longest = format!("a/{}", "b".repeat(96));
        let too_long = format!("a/{}", "b".repeat(97));
        for (repo, is_right) in [
            ("TheBloke/Llama-2-13B-chat-GGUF", true),
            ("_a/b.c_d-e", true),
            (&longest, true),
            ("", false),
            ("a", false),
            ("a/", false),
            ("/b", false),
            ("a/b/c", false),
            ("a//b", false),
            ("../b", false),
            ("a/..", false),
            ("a/b..c", false),
            ("a/b--c", false),
            ("a/.b", false),
            ("a/-b", false),
            ("a/b.", false),
            ("a\\b", false),
            ("a/b?x=1", false),
            ("a/b#x", false),
            ("a/b@c", false),
            ("a/名", false),
            ("a/b\n", false),
            (&too_long, false),
        ] {
            assert_eq!(check_repo(repo).is_ok(), is_right, "{repo:?}");
        }
    }

    #[test]
    fn revisions() {
        let commit = "245bc5104d85dcc9a11a0e0a9ae6de38dfae536f";
        for (name, is_right) in [
            ("main", true),
            (commit, true),
            ("v1.0", true),
            ("refs/pr/1", false),
            ("a..b", false),
            ("", false),
            ("-x", false),
        ] {
            assert_eq!(check_revision(name).is_ok(), is_right, "{name:?}");
        }
        assert!(is_commit(commit));
        for other in ["main", &commit[1..], &commit.replace('2', "g"), &commit.to_uppercase(), ""] {
            assert!(!is_commit(other), "{other}");
        }
    }

    #[test]
    fn models() {
        let longest = "x".repeat(96);
        let too_long = "x".repeat(97);
        for (name, is_right) in [
            ("chinese-alpaca-2-1.3b", true),
            ("X.y_z-1", true),
            ("ggufs", true),
            (&longest, true),
            ("", false),
            ("..", false),
            (".x", false),
            ("-x", false),
            ("_x", false),
            ("x.", false),
            ("x..y", false),
            ("x.gguf", false),
            ("a/b", false),
            ("a:b", false),
            ("a b", false),
            ("名字", false),
            ("con", false),
            ("Lpt1.x", false),
            (&too_long, false),
        ] {
            assert_eq!(is_model(name), is_right, "{name:?}");
        }
        for (name, is_right) in
            [("x.gguf", true), ("x.GGUF", true), ("x.bin", false), ("gguf", false), ("a/x.gguf", false)]
        {
            assert_eq!(is_gguf(name), is_right, "{name:?}");
        }
    }

    #[test]
    fn a_refusal_shows_the_name_harmlessly() {
        let shown = check_file("\u{1b}[2J\n.gguf").unwrap_err().to_string();
        assert!(shown.contains("^[[2J^J.gguf") && !shown.contains(['\u{1b}', '\n']), "{shown}");
    }
}
