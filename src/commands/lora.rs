//! The LoRA adapter that the settings name, read and held against the model before an engine sees either.

use super::Call;
use super::open::Found;
use crate::exit::{Exit, Failed};
use crate::gguf::{Header, adapter};
use crate::protocol::Lora;
use crate::text::untrusted;
use crate::tr;

/// The adapter for a model, and the bytes of its weights.
pub(super) fn of(call: &mut Call, found: &Found) -> anyhow::Result<Option<(Lora, u64)>> {
    let Some(lora) = call.config.settings.lora()? else { return Ok(None) };
    let refused = |why: String| {
        let path = untrusted::path(&lora.path);
        Failed::new(Exit::Model, format!("{path}: {why}"))
    };
    let header = Header::read(&lora.path).map_err(|rejected| refused(rejected.to_string()))?;
    adapter::check(&header, &found.header).map_err(|unfit| {
        // In mid-conversation nobody thinks of what was given at the start.
        refused(tr!(
            "{unfit}。--lora 对每个模型都用：要用这个模型，启动时就不给它",
            "{unfit}. --lora is for every model: to use this one, start without it"
        ))
    })?;
    let (path, scale) = (untrusted::path(&lora.path), lora.scale);
    call.verbose(&tr!("LoRA {path}，强度 {scale}", "LoRA {path}, strength {scale}"));
    Ok(Some((lora, header.weights_bytes())))
}
