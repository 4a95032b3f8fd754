//! `/model` with nothing behind it: which model answers, and which others there are on this disk.

use crate::talk::{Screen, Talk, Used};
use crate::text::Untrusted;
use crate::tr;

/// So many are listed; who has more knows `liao list`.
const MAX_LISTED: usize = 12;

pub(super) fn show(talk: &Talk, screen: &mut Screen<'_>) {
    let (name, template) = (Untrusted(&talk.model), talk.conversation.template().name());
    let n_ctx = talk.backend.n_ctx();
    screen.output.tell(&tr!(
        "现在是 {name} · 模板 {template} · 上下文 {n_ctx}",
        "this is {name} · template {template} · context {n_ctx}"
    ));
    let Some(models) = &talk.models else { return };
    let names = models.names();
    let this = talk.reference.clone().map(|reference| Used { name: talk.model.clone(), reference });
    let before = talk.used.iter().filter(|used| Some(*used) != this.as_ref());
    let mut used: Vec<&Used> = before.chain(&this).collect();
    used.retain(|used| !names.contains(&used.name) && !names.contains(&used.reference));
    if !used.is_empty() {
        screen.output.tell(&tr!("这次对话用过：", "used in this conversation:"));
    }
    for Used { name, reference } in used {
        let (name, reference) = (Untrusted(name), Untrusted(reference));
        screen.output.tell(&format!("  {name}  {reference}"));
    }
    screen.output.tell(&tr!("磁盘上有：", "on this disk:"));
    for name in names.iter().take(MAX_LISTED) {
        let name = Untrusted(name);
        screen.output.tell(&format!("  {name}"));
    }
    if names.len() > MAX_LISTED {
        let n_more = names.len() - MAX_LISTED;
        screen.output.tell(&tr!("  还有 {n_more} 个，见 liao list", "  and {n_more} more: liao list"));
    }
    screen
        .output
        .tell(&tr!("换一个：/model 名字，或 /model 文件.gguf", "for another: /model NAME, or /model FILE.gguf"));
}
