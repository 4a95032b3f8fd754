//! The sentences for turns that were not taken, and for backends that failed.

use super::astray;
use crate::backend::BackendError;
use crate::backend::turn::TurnError;
use crate::exit::{Exit, Failed};
use crate::protocol::Fault;
use crate::text::untrusted;
use crate::tr;

/// The sentence for a turn that was not taken.
pub(super) fn explain(error: TurnError) -> Failed {
    match error {
        TurnError::DoesNotFit { n_tokens, limit, n_ctx, by_choice, n_pinned } => Failed::new(
            Exit::Input,
            if by_choice {
                tr!(
                    "放不下了：对话连这个问题共 {n_tokens} 个词元，上限 {limit}（上下文 {n_ctx}，其余留给回答）。可用 /new 开始新对话，或 /set overflow shift 自动去掉最早的问答",
                    "no room: the conversation with this question has {n_tokens} tokens, the limit is {limit} (context {n_ctx}, the rest is for the answer). Start over with /new, or drop the oldest exchanges with /set overflow shift"
                )
            } else if n_pinned > 0 {
                tr!(
                    "放不下：{n_tokens} 个词元，上限 {limit}（上下文 {n_ctx}，其余留给回答），固定的 {n_pinned} 轮问答不能去掉。可用 /set unpin N 放开一轮，或缩短文字",
                    "does not fit: {n_tokens} tokens, the limit is {limit} (context {n_ctx}, the rest is for the answer), and the pinned exchanges ({n_pinned}) have to stay. Let one go with /set unpin N, or shorten the text"
                )
            } else {
                tr!(
                    "放不下：{n_tokens} 个词元，上限 {limit}（上下文 {n_ctx}，其余留给回答）。请缩短文字，或用更大的 --ctx，或更小的 --max-tokens",
                    "does not fit: {n_tokens} tokens, the limit is {limit} (context {n_ctx}, the rest is for the answer). Shorten the text, or give a larger --ctx or a smaller --max-tokens"
                )
            },
        ),
        TurnError::Template(failed) => failed,
        TurnError::Backend(error) => explain_backend(&error),
    }
}

/// The sentence for a backend that failed, also while loading.
#[must_use]
pub fn explain_backend(error: &BackendError) -> Failed {
    match error {
        BackendError::Died { how, last_log } => {
            let last_log = untrusted::one_line(last_log);
            let said = if last_log.is_empty() {
                String::new()
            } else {
                tr!("，最后的日志：{last_log}", "; its last log line: {last_log}")
            };
            let hint = match how.as_str() {
                "SIGKILL" => {
                    tr!("。可能是内存不够：可试更小的 --ctx", ". Memory may have run out: try a smaller --ctx")
                }
                "SIGILL" => tr!(
                    "。这个程序是为另一种处理器编译的：请在本机重新编译",
                    ". The program was built for another processor: build it on this one"
                ),
                _ => tr!("。细节在日志里，或加 -vv 再看", ". The log has more, and so does -vv"),
            };
            Failed::new(
                Exit::EngineDied,
                tr!("推理引擎意外退出（{how}）{said}{hint}", "the engine died ({how}){said}{hint}"),
            )
        }
        BackendError::Killed => Failed::new(Exit::Interrupted, tr!("已中断", "interrupted")),
        BackendError::Start(why) => {
            Failed::new(Exit::EngineDied, tr!("推理引擎启动不了：{why}", "the engine cannot be started: {why}"))
        }
        BackendError::Fault { fault, message, log } => explain_fault(*fault, message, log),
    }
}

fn explain_fault(fault: Fault, message: &str, log: &str) -> Failed {
    let log = untrusted::one_line(log);
    let message = untrusted::one_line(message);
    let detail = if log.is_empty() { message.clone() } else { log };
    match fault {
        Fault::Load => Failed::new(
            Exit::Model,
            tr!("llama.cpp 不接受这个模型文件：{detail}", "llama.cpp rejects this model file: {detail}"),
        ),
        Fault::Context => Failed::new(
            Exit::Resources,
            tr!(
                "建不了上下文，多半是内存不够：{detail}。可试更小的 --ctx，或 --kv-type q8_0",
                "the context cannot be created, most likely for lack of memory: {detail}. Try a smaller --ctx, or --kv-type q8_0"
            ),
        ),
        Fault::Weights => Failed::new(
            Exit::Model,
            tr!(
                "模型权重已损坏（算出的结果不是有限的数，或全都一样）。请核对文件的 SHA-256，重新下载",
                "the weights are damaged (the results are not finite numbers, or are all the same). Check the file's SHA-256 and download it again"
            ),
        ),
        Fault::PromptTooLong => Failed::new(
            Exit::Input,
            tr!(
                "放不下上下文：{message}。请缩短文字，或用更大的 --ctx",
                "does not fit the context: {message}. Shorten the text, or give a larger --ctx"
            ),
        ),
        Fault::Adapter => Failed::new(
            Exit::Model,
            tr!("llama.cpp 不接受这个 LoRA：{detail}", "llama.cpp rejects this LoRA adapter: {detail}"),
        ),
        Fault::Form => astray::refused_form(if message.is_empty() { &detail } else { &message }),
        Fault::Begun => astray::begun_otherwise(),
        Fault::Decode => Failed::new(Exit::Failure, tr!("推理失败：{detail}", "inference failed: {detail}")),
    }
}
