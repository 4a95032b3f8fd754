//! The last answer to the clipboard of the terminal.

use super::{NoAnswer, Screen, Talk};
use crate::render::clipboard::MAX_BYTES;
use crate::render::plain::Copied;
use crate::text::untrusted;
use crate::tr;

/// Copies the last answer and says what became of it.
///
/// # Errors
/// When the terminal cannot be written to.
pub fn copy_last(talk: &Talk, screen: &mut Screen<'_>) -> Result<(), NoAnswer> {
    let mut latest_first = talk.conversation.exchanges().iter().rev();
    let Some(answer) = latest_first.find_map(|exchange| exchange.answer.as_ref()) else {
        screen.output.tell(&tr!("还没有回答可复制", "there is no answer to copy yet"));
        return Ok(());
    };
    // Pasted into a shell, a control character could do harm.
    let text = untrusted::filter(answer.content.trim_end());
    let n_characters = text.chars().count();
    let sentence = match screen.output.copy(&text)? {
        Copied::Sent { is_tmux: false } => tr!(
            "已把上一个回答（{n_characters} 字）送到终端的剪贴板；粘贴不出来，就是终端不支持（OSC 52）",
            "the last answer ({n_characters} characters) was sent to the terminal's clipboard; where pasting gives nothing, the terminal does not support that (OSC 52)"
        ),
        Copied::Sent { is_tmux: true } => tr!(
            "已把上一个回答（{n_characters} 字）送到 tmux；粘贴不出来，就在 tmux 里设 set -g set-clipboard on",
            "the last answer ({n_characters} characters) was sent to tmux; where pasting gives nothing, tell tmux: set -g set-clipboard on"
        ),
        Copied::TooLong => {
            let n_bytes = text.len();
            tr!(
                "太长了，没有复制：回答有 {n_bytes} 字节，终端的剪贴板最多收 {MAX_BYTES} 字节",
                "too long, not copied: the answer has {n_bytes} bytes, and terminals take {MAX_BYTES} at most"
            )
        }
        Copied::NoTerminal => tr!(
            "没有复制：输出不是终端，或终端没有剪贴板（TERM=dumb）",
            "not copied: the output is no terminal, or one without a clipboard (TERM=dumb)"
        ),
    };
    screen.output.tell(&sentence);
    Ok(())
}
