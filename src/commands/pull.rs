//! `liao pull`: gets a model. Until liao downloads by itself, it says where a model is, or what to type to get it.

use std::borrow::Cow;

use super::{Session, fit, machine};
use crate::config::Configuration;
use crate::config::registry::{Format, Purpose, is_demo, split};
use crate::exit::{Exit, Failed};
use crate::store;
use crate::text::untrusted;
use crate::tr;

/// A Chinese 13B of which there are GGUF files, for whoever wants one of which there are none.
const READY_MADE: &str = "chinese-alpaca-2-13b";

pub(super) fn run(session: &mut Session, model: &str) -> anyhow::Result<Exit> {
    let memory_bytes = machine::memory_bytes(&session.environment)?;
    let Session { config: Configuration { paths, registry, .. }, output, .. } = session;
    if is_demo(model) {
        output.notice(&tr!(
            "演示模型就在 liao 里面，不用下载：liao -m demo",
            "the demo model is inside liao, there is nothing to download: liao -m demo"
        ));
        return Ok(Exit::Success);
    }
    let failed = match store::resolve_name(model, registry, paths) {
        Ok(found) => {
            let path = untrusted::path(&found.path);
            output.notice(&tr!("已经在磁盘上：{path}", "already on disk: {path}"));
            return Ok(Exit::Success);
        }
        Err(failed) => failed,
    };
    let (name, quant) = split(model);
    let Some(entry) = registry.find(name) else { return Err(failed.into()) };
    if entry.purpose != Purpose::Reward && entry.format == Format::Checkpoint && entry.files.is_empty() {
        let why = failed.message;
        let message = tr!(
            "{why}。已有现成 GGUF 的中文 13B：liao pull {READY_MADE}",
            "{why}. A Chinese 13B that is published as GGUF: liao pull {READY_MADE}"
        );
        return Err(Failed::new(Exit::Network, message).into());
    }
    let choice = if quant.is_none() { fit::choice(entry, memory_bytes) } else { None };
    if let Some(choice) = &choice {
        output.notice(&fit::why(choice, memory_bytes));
    }
    let quant = quant.or(choice.map(|choice| choice.offer.quant));
    let Some(source) = store::source(entry, quant, paths) else { return Err(failed.into()) };
    let (name, quant, size) = (&entry.name, source.quant, source.file.size());
    let size = size.map(|size| tr!("（{size}）", " ({size})")).unwrap_or_else(|| tr!(" ", ""));
    output.error(&tr!(
        "{name}:{quant}{size}不在磁盘上，liao 还不会自己下载。现在可以用 curl，断了再输入一次就接着下：",
        "{name}:{quant}{size} is not on disk, and liao cannot download yet. curl can; if it breaks off, type it again and it goes on:"
    ));
    let (path, url) = (source.path.to_string_lossy(), &source.url);
    output.tell(&format!("curl -L -C - --fail --create-dirs -o {} {}", quoted(&path), quoted(url)));
    if let Some(sha256) = &source.file.sha256 {
        output.tell(&tr!("下载完核对 sha256：{sha256}", "then compare its sha256: {sha256}"));
    }
    output.tell(&tr!("然后：liao -m {name}:{quant}", "then: liao -m {name}:{quant}"));
    Ok(Exit::Network)
}

/// A word for a shell, as it has to be typed there.
fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '\\' | ':' | '.' | '_' | '-' | '+' | '@' | '%');
    if !word.is_empty() && word.chars().all(is_plain) && (cfg!(windows) || !word.contains('\\')) {
        Cow::Borrowed(word)
    } else if cfg!(windows) {
        // No path or address on Windows has quotation marks in it.
        Cow::Owned(format!("\"{word}\""))
    } else {
        Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_reads_a_quoted_word_as_it_was() {
        for word in
            ["/home/我/.local/x.gguf", "https://a.b/c?d=e&f", "/a b/it's $HOME", "back\\slash", "", "~/x", "*", "!"]
        {
            let line = format!("printf %s {}", quoted(word));
            let said = std::process::Command::new("/bin/sh").args(["-c", &line]).output().unwrap();
            assert_eq!(String::from_utf8(said.stdout).unwrap(), word, "{line}");
        }
        assert_eq!(quoted("/home/我/x.gguf"), "/home/我/x.gguf");
    }
}
