//! A conversation as a page to read, in Markdown, or as JSON for scripts. Both have the conversation as it stands; of
//! other answers, JSON has them too. They are files: the text stands in them as it is, and no file of somebody's is
//! written over unless they said so.

use std::path::Path;

use serde_json::json;

use super::event::Header;
use super::exchange::Exchange;
use super::transcript::Transcript;
use crate::disk;
use crate::exit::{Exit, Failed, cause};
use crate::text::untrusted;
use crate::tr;

/// What a conversation is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// To read.
    Markdown,
    /// For scripts.
    Json,
}

impl Format {
    /// The format that a file's name asks for: JSON by `.json`, else Markdown.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        if is_json { Self::Json } else { Self::Markdown }
    }
}

/// Writes a conversation into a file, whole, in the format that the file's name asks for, which comes back.
///
/// # Errors
/// There is something of that name and `overwrites` is not said, or the system's.
pub fn export_to(
    path: &Path,
    transcript: &Transcript,
    header: Option<&Header>,
    overwrites: bool,
) -> Result<Format, Failed> {
    let shown = untrusted::path(path);
    if !overwrites && path.symlink_metadata().is_ok() {
        return Err(Failed::new(
            Exit::Failure,
            tr!(
                "{shown} 已经有了，没有覆盖：换个名字，或加 --force",
                "{shown} is there already and was not overwritten: choose another name, or add --force"
            ),
        ));
    }
    let format = Format::of(path);
    let text = export(transcript, header, format);
    disk::write_whole(path, text.as_bytes()).map(|()| format).map_err(|error| {
        let error = cause(&error);
        let error = untrusted::one_line(&error);
        Failed::new(Exit::Failure, tr!("写不了 {shown}：{error}", "{shown} cannot be written: {error}"))
    })
}

/// A conversation as a file's text.
#[must_use]
pub fn export(transcript: &Transcript, header: Option<&Header>, format: Format) -> String {
    match format {
        Format::Markdown => markdown(transcript, header),
        Format::Json => json(transcript, header),
    }
}

fn markdown(transcript: &Transcript, header: Option<&Header>) -> String {
    let label = transcript.label().unwrap_or_else(|| tr!("没有说过话", "nothing was said"));
    let mut page = format!("# {label}\n");
    let model = transcript.model().map(|model| untrusted::one_line(&model.name).into_owned());
    let created = header.map(|header| untrusted::one_line(&header.created).into_owned());
    let facts: Vec<String> = model.into_iter().chain(created).collect();
    if !facts.is_empty() {
        page.push_str(&format!("\n{}\n", facts.join(" · ")));
    }
    let mut part = |title: String, text: &str| page.push_str(&format!("\n## {title}\n\n{}\n", closed(text)));
    if let Some(system) = transcript.system().filter(|system| !system.is_empty()) {
        part(tr!("系统提示", "System prompt"), system);
    }
    for (i, exchange) in transcript.exchanges().iter().enumerate() {
        let n = i + 1;
        part(tr!("{n}. 问", "{n}. Question"), exchange.question);
        if let Some(answer) = exchange.answer() {
            let cut = if answer.is_finished() { String::new() } else { tr!("（没有写完）", " (not finished)") };
            part(tr!("{n}. 答{cut}", "{n}. Answer{cut}"), &answer.text);
        }
    }
    page
}

/// Markdown with its last block of code closed: an answer that was cut inside one would swallow all that follows.
fn closed(text: &str) -> String {
    let text = text.trim_end();
    let mut open: Option<&str> = None;
    for line in text.lines() {
        let line = line.trim_start();
        let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'));
        let n_marks = line.chars().take_while(|c| Some(*c) == mark).count();
        let (fence, rest) = line.split_at(n_marks);
        open = match open {
            None if n_marks >= 3 && !(mark == Some('`') && rest.contains('`')) => Some(fence),
            Some(fence_open) if line.starts_with(fence_open) && rest.trim().is_empty() => None,
            open => open,
        };
    }
    match open {
        Some(fence) => format!("{text}\n{fence}"),
        None => text.to_owned(),
    }
}

fn json(transcript: &Transcript, header: Option<&Header>) -> String {
    let system = transcript.system().filter(|text| !text.is_empty());
    let system = system.map(|text| json!({"role": "system", "content": text}));
    let exchanges = transcript.exchanges();
    let messages: Vec<serde_json::Value> = system.into_iter().chain(exchanges.iter().flat_map(messages)).collect();
    let model = transcript.model();
    // One that stays in memory has none.
    let id = header.map(|header| header.id.as_str()).filter(|id| !id.is_empty());
    let page = json!({
        "id": id,
        "created": header.map(|header| &header.created),
        "name": transcript.name(),
        "title": transcript.title(),
        "model": model.map(|model| &model.name),
        "template": model.map(|model| &model.template),
        "messages": messages,
    });
    format!("{page:#}\n")
}

/// A question, and its answer if it has one, which then tells of the others.
fn messages(exchange: &Exchange<'_>) -> Vec<serde_json::Value> {
    let mut messages = vec![json!({"role": "user", "content": exchange.question, "at": exchange.at})];
    if let Some(answer) = exchange.answer() {
        let others: Vec<&str> = exchange.others().map(|other| other.text.as_str()).collect();
        messages.push(json!({
            "role": "assistant",
            "content": answer.text,
            "at": answer.at,
            "finish_reason": answer.finish,
            "others": others,
        }));
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::super::event::Event;
    use super::super::transcript::Reply;
    use super::*;

    fn said() -> Transcript {
        let mut transcript = Transcript::default();
        let take =
            |transcript: &mut Transcript, event: Option<Event>| assert!(transcript.apply(event.expect("an event")));
        let reply = |text: &str, finish: &str| Reply { text: text.into(), written: None, finish: finish.into() };
        let at = || "2026-11-23T14:00:00Z".to_owned();
        let event = transcript.changed_system(Some("你是诗人。"));
        take(&mut transcript, event);
        for (question, text, finish) in [("# 一\n问", "甲\u{1b}[2J\r\n", "stop"), ("二", "```rust\nfn", "interrupted")]
        {
            let event = transcript.asked(question, at());
            take(&mut transcript, Some(event));
            let event = transcript.answered(reply(text, finish), at());
            take(&mut transcript, event);
        }
        let event = transcript.reopened(2);
        take(&mut transcript, event);
        let event = transcript.answered(reply("~~~\n码", "length"), at());
        take(&mut transcript, event);
        let event = transcript.asked("三", at());
        take(&mut transcript, Some(event));
        transcript
    }

    fn header() -> Header {
        Header { v: 1, id: "0000001".into(), created: "2026-11-23T14:00:00Z".into(), copy_of: None }
    }

    #[test]
    fn a_page_to_read() {
        assert_eq!(
            export(&said(), Some(&header()), Format::Markdown),
            "# # 一 问\n\n2026-11-23T14:00:00Z\n\n## 系统提示\n\n你是诗人。\n\n## 1. 问\n\n# 一\n问\n\n## 1. 答\n\n甲\u{1b}[2J\n\n## 2. 问\n\n二\n\n## 2. 答（没有写完）\n\n~~~\n码\n~~~\n\n## 3. 问\n\n三\n"
        );
        assert_eq!(export(&Transcript::default(), None, Format::Markdown), "# 没有说过话\n");
    }

    #[test]
    fn json_for_scripts() {
        let text = export(&said(), Some(&header()), Format::Json);
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let at = "2026-11-23T14:00:00Z";
        assert_eq!(
            value,
            json!({
                "id": "0000001",
                "created": at,
                "name": null,
                "title": "# 一 问",
                "model": null,
                "template": null,
                "messages": [
                    {"role": "system", "content": "你是诗人。"},
                    {"role": "user", "content": "# 一\n问", "at": at},
                    {"role": "assistant", "content": "甲\u{1b}[2J\r\n", "at": at, "finish_reason": "stop", "others": []},
                    {"role": "user", "content": "二", "at": at},
                    {
                        "role": "assistant", "content": "~~~\n码", "at": at, "finish_reason": "length",
                        "others": ["```rust\nfn"]
                    },
                    {"role": "user", "content": "三", "at": at},
                ],
            })
        );
        assert!(text.ends_with("}\n"));
    }

    #[test]
    fn a_block_of_code_is_closed_once() {
        for (text, closed_text) in [
            ("a", "a"),
            ("```\na", "```\na\n```"),
            ("```\na\n```", "```\na\n```"),
            ("```\na\n```\n````md\n```", "```\na\n```\n````md\n```\n````"),
            ("~~~\n```\na", "~~~\n```\na\n~~~"),
            ("  ```py\n  a\n  ```  \n", "  ```py\n  a\n  ```"),
            ("```\na\n``` b", "```\na\n``` b\n```"),
            ("```\na\n`````", "```\na\n`````"),
            ("用 ```a``` 和 `b`", "用 ```a``` 和 `b`"),
            ("```a``` 行", "```a``` 行"),
            ("``\na", "``\na"),
            ("", ""),
        ] {
            assert_eq!(closed(text), closed_text, "{text:?}");
        }
    }

    #[test]
    fn a_file_is_written_over_only_when_that_is_said() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("旅行.JSON");
        let write = |path: &Path, overwrites| export_to(path, &said(), Some(&header()), overwrites);
        assert_eq!(write(&path, false).expect("written"), Format::Json);
        let text = std::fs::read_to_string(&path).expect("a file");
        assert_eq!(text, export(&said(), Some(&header()), Format::Json));
        std::fs::write(&path, "别的").expect("written");
        let failed = write(&path, false).expect_err("it is there");
        assert!(failed.message.contains("--force") && failed.exit == Exit::Failure, "{}", failed.message);
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), "别的");
        write(&path, true).expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), text);
        // Nothing is left of one that could not be written.
        std::fs::create_dir(dir.path().join("x.md")).expect("made");
        for path in ["x.md", "none/y.md"] {
            write(&dir.path().join(path), true).expect_err(path);
        }
        assert_eq!(std::fs::read_dir(dir.path()).expect("a folder").count(), 2);
    }

    #[test]
    fn the_name_of_the_file_says_which() {
        for (name, format) in
            [("a.json", Format::Json), ("a.JSON", Format::Json), ("a.md", Format::Markdown), ("json", Format::Markdown)]
        {
            assert_eq!(Format::of(Path::new(name)), format, "{name}");
        }
    }
}
