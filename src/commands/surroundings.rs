//! What the line editor is told of the world: where it keeps what was typed, which models there are, whether it may paint.

use super::{Call, terminal};
use crate::config::paths::Paths;
use crate::config::registry::{Purpose, Registry, gb};
use crate::repl::{Choice, Surroundings};
use crate::store::inventory;
use crate::tr;

pub(super) fn of(call: &Call) -> Surroundings {
    let (registry, paths) = (call.config.registry.clone(), call.config.paths.clone());
    let (history, sessions) = (paths.history(), paths.sessions());
    let is_painted = terminal::wants_escapes(call.config.settings.color(), &call.environment);
    Surroundings { history, sessions, models: Box::new(move || models(&registry, &paths)), is_painted }
}

/// The models to choose from: first what is on this disk, by quantization where there are several; then the chat
/// models that could be pulled.
fn models(registry: &Registry, paths: &Paths) -> Vec<Choice> {
    let on_disk = inventory::installed(registry, paths);
    let mut models: Vec<Choice> = Vec::new();
    for (model, word) in on_disk.iter().zip(inventory::handles(&on_disk)) {
        if models.iter().all(|known| known.word != word) {
            models.push(Choice { word, note: gb(model.bytes) });
        }
    }
    let is_here = |name: &str| on_disk.iter().any(|model| model.name == name);
    let others = registry.entries().filter(|entry| entry.purpose == Purpose::Chat && !is_here(&entry.name));
    let not_here = tr!("未下载", "not downloaded");
    models.extend(others.map(|entry| Choice { word: entry.name.clone(), note: not_here.clone() }));
    models
}
