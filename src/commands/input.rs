//! Text that came through a pipe, ready to be a prompt: decoded, and with what a template would take for its own
//! markers broken up.

use super::Call;
use crate::chat::template::break_markers;
use crate::exit::Failed;
use crate::text::encoding::{self, Decoded, InputError};
use crate::tr;

/// All of stdin.
pub(super) fn read_stdin(call: &mut Call) -> anyhow::Result<String> {
    let encoding = call.config.settings.encoding();
    let decoded = call.interrupts.while_waiting(|| encoding::read(std::io::stdin().lock(), encoding));
    accept(call, decoded)
}

/// One piece of input, decoded or not, with what there is to say about it said.
pub(super) fn accept(call: &mut Call, decoded: Result<Decoded, InputError>) -> anyhow::Result<String> {
    let decoded = decoded.map_err(Failed::from)?;
    for note in &decoded.notes {
        call.output.notice(&note.to_string());
    }
    if call.config.settings.verbatim() {
        return Ok(decoded.text);
    }
    let (text, has_markers) = break_markers(&decoded.text);
    if has_markers && !std::mem::replace(&mut call.told_of_markers, true) {
        call.output.notice(&tr!(
            "输入里有 [INST] 一类的模板标记，已加空格拆开；要原样送进模型请用 --verbatim",
            "the input has template markers such as [INST]; they were broken up with a space. To pass them on as they are: --verbatim"
        ));
    }
    Ok(text)
}
