//! `liao completions`: a shell's completion script, or the man page, for stdout. Both come from the command line's own
//! table; nothing is read but the models that have a name, and nothing is written.

use clap_complete::Shell;

use super::manual;
use crate::cli::{self, COMPLETIONS};
use crate::config::Registry;
use crate::exit::Failed;
use crate::text::Untrusted;
use crate::tr;

/// What was asked for, whole.
pub(super) fn script(kind: &str) -> Result<String, Failed> {
    let shell = match kind.to_ascii_lowercase().as_str() {
        "man" => return Ok(manual::page()),
        "bash" => Shell::Bash,
        "zsh" => Shell::Zsh,
        "fish" => Shell::Fish,
        "powershell" | "pwsh" => Shell::PowerShell,
        "elvish" => Shell::Elvish,
        _ => {
            let (kind, all) = (Untrusted(kind), COMPLETIONS.join(" "));
            return Err(Failed::usage(tr!(
                "没有 {kind} 的补全脚本。有的是：{all}",
                "there are no completions for {kind}. Available: {all}"
            )));
        }
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cli::for_shells(&models()), "liao", &mut script);
    Ok(String::from_utf8_lossy(&script).into_owned())
}

/// The models that come with a name.
fn models() -> Vec<&'static str> {
    // clap holds names that live as long as the program, which ends when the script is written.
    Registry::built_in().entries().map(|entry| &*entry.name.clone().leak()).collect()
}
