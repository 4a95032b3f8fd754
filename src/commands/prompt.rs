//! `liao prompt`: exactly what the model would see of a conversation. Loads the vocabulary alone.

use std::path::Path;

use serde_json::json;

use super::{Call, open, start};
use crate::exit::{Exit, Failed, cause};
use crate::gguf::Header;
use crate::message::{Message, Role};
use crate::protocol::Segment;
use crate::talk::explain_backend;
use crate::text::untrusted;
use crate::tr;

pub(super) fn run(call: &mut Call, file: &Path) -> anyhow::Result<Exit> {
    let mut messages = read_messages(file)?;
    let found = open::find(call, true)?;
    let (template, control) = open::template(call, &found)?;
    if messages.first().is_none_or(|first| first.role != Role::System) {
        // The template puts its own in where none was set.
        if let Some(system) = call.config.settings.system() {
            messages.insert(0, Message::new(Role::System, system));
        }
    }
    let segments = template.render(&messages, &control)?;
    let mut engine = start::tokenizer(call, &found)?;
    let ids = engine.encode(&segments).map_err(|e| explain_backend(&e))?;
    let text: String = segments.iter().map(|segment| spell(segment, &found.header)).collect();
    if call.json {
        call.output.json_line(&json!({"text": text, "ids": ids}))?;
        return Ok(Exit::Success);
    }
    let mut page = String::new();
    for segment in &segments {
        let line = match segment {
            Segment::Control(id) => tr!("控制 {id}", "control {id}"),
            Segment::Text(_) => tr!("文字", "text"),
            Segment::Tokens(_) => tr!("词元", "tokens"),
        };
        let spelled = spell(segment, &found.header);
        page.push_str(&format!("{line}\t{spelled:?}\n"));
    }
    let n = ids.len();
    let ids = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    page.push_str(&tr!("{n} 个词元\n{ids}\n", "{n} tokens\n{ids}\n"));
    call.output.page(&page)?;
    Ok(Exit::Success)
}

fn spell(segment: &Segment, header: &Header) -> String {
    let token = |id: &i32| header.token(*id).unwrap_or_default().to_owned();
    match segment {
        Segment::Control(id) => token(id),
        Segment::Text(text) => text.clone(),
        Segment::Tokens(ids) => ids.iter().map(token).collect(),
    }
}

fn read_messages(file: &Path) -> anyhow::Result<Vec<Message>> {
    let shown = untrusted::path(file);
    let bytes = std::fs::read(file).map_err(|error| {
        let error = cause(&error);
        Failed::usage(tr!("{shown}：读不了（{error}）", "{shown}: cannot be read ({error})"))
    })?;
    Ok(serde_json::from_slice(&bytes).map_err(|error| {
        Failed::usage(tr!(
            "{shown}：不是对话（{error}）。应为 [{{\"role\":\"user\",\"content\":\"你好\"}},…]，role 为 system、user 或 assistant",
            "{shown}: not a conversation ({error}). Expected [{{\"role\":\"user\",\"content\":\"hello\"}},…] with roles system, user or assistant"
        ))
    })?)
}
