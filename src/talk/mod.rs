//! A conversation being held: the one engine room behind all three ways in. It takes a turn, shows it as it comes,
//! and turns whatever goes wrong into a sentence with an exit code. Reading what a person types is not here.

mod astray;
mod report;
pub mod resume;
mod show;

pub use report::{context_lines, stats_line};
pub use show::{Format, Screen, Watcher, start_event};

use std::time::Instant;

use crate::backend::conduct::Conduct;
use crate::backend::turn::{self, Manner, TurnError};
use crate::backend::{Backend, BackendError};
use crate::chat::conversation::Conversation;
use crate::config::Settings;
use crate::exit::{Exit, Failed};
use crate::protocol::{Done, Fault, Outcome};
use crate::render::plain::WriteError;
use crate::text::untrusted;
use crate::tr;

/// A model that is loaded, and what was said with it.
pub struct Talk {
    /// What was said.
    pub conversation: Conversation,
    /// Who answers.
    pub backend: Box<dyn Backend>,
    /// The settings in force.
    pub settings: Settings,
    /// The model, by the name that a person knows it by.
    pub model: String,
    /// Time that loading took.
    pub load_ms: f64,
    /// The last answer, for `/stats`.
    pub last: Option<Answer>,
    /// The seed of this conversation, chosen once where none was given.
    seed: u32,
}

/// An answer and its clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What the engine says of it.
    pub done: Done,
    /// From the moment the question was complete to the first text.
    pub first_token_ms: f64,
    /// From the moment the question was complete to the end.
    pub total_ms: f64,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum NoAnswer {
    /// Whoever read the answer closed the pipe.
    Closed,
    /// A second Ctrl-C: leave at once.
    Leave,
    /// It failed; the conversation goes on where it is interactive.
    Failed(Failed),
}

impl Talk {
    /// Begins to talk.
    #[must_use]
    pub fn new(
        conversation: Conversation,
        backend: Box<dyn Backend>,
        settings: Settings,
        model: String,
        load_ms: f64,
    ) -> Self {
        Self { conversation, backend, settings, model, load_ms, last: None, seed: any_seed() }
    }

    /// Begins a new conversation.
    pub fn begin_anew(&mut self) {
        self.conversation.clear();
        self.last = None;
        self.seed = any_seed();
    }

    /// Asks a question and shows the answer as it comes.
    ///
    /// # Errors
    /// See [`NoAnswer`].
    pub fn ask(&mut self, question: &str, asked: Instant, screen: &mut Screen<'_>) -> Result<&Answer, NoAnswer> {
        self.conversation.ask(question);
        self.answer(asked, screen)
    }

    /// Answers the open question again, in other words where the settings leave that to chance.
    ///
    /// # Errors
    /// See [`NoAnswer`].
    pub fn answer(&mut self, asked: Instant, screen: &mut Screen<'_>) -> Result<&Answer, NoAnswer> {
        self.wake(screen)?;
        let manner = self.manner();
        let mut watcher = Watcher::new(screen, asked);
        let turn =
            turn::take(&mut self.conversation, &mut *self.backend, &manner, &mut |progress| watcher.see(progress));
        let (first_token_ms, failed) = watcher.finish();
        match failed {
            Some(WriteError::Closed) => return Err(NoAnswer::Closed),
            Some(error @ WriteError::Failed(_)) => {
                return Err(NoAnswer::Failed(Failed::new(Exit::Failure, error.to_string())));
            }
            None => {}
        }
        let turn = match turn {
            Ok(turn) => turn,
            Err(error) => {
                if first_token_ms.is_some() {
                    screen.break_off()?;
                }
                return Err(match error {
                    TurnError::Backend(BackendError::Killed) => NoAnswer::Leave,
                    TurnError::Backend(error @ BackendError::Died { .. }) if manner.conduct.form.is_some() => {
                        NoAnswer::Failed(astray::died_of_form(explain_backend(&error)))
                    }
                    error => NoAnswer::Failed(explain(error)),
                });
            }
        };
        let total_ms = asked.elapsed().as_secs_f64() * 1e3;
        let answer = Answer { first_token_ms: first_token_ms.unwrap_or(total_ms), total_ms, done: turn.done };
        screen.end(&answer, turn.n_dropped, self.load_ms, self.settings.stats())?;
        Ok(self.last.insert(answer))
    }

    /// Has the engine started again if it died while nobody was asking, and says so.
    ///
    /// # Errors
    /// See [`NoAnswer`].
    pub fn wake(&mut self, screen: &mut Screen<'_>) -> Result<(), NoAnswer> {
        let mut watcher = Watcher::new(screen, Instant::now());
        let woken = self.backend.wake(&mut |progress| watcher.see(progress));
        let is_leaving = watcher.is_leaving();
        watcher.finish();
        match woken {
            Ok(None) => {}
            Ok(Some(how)) => screen.output.warning(&tr!(
                "推理引擎意外退出过（{how}），已重新启动，对话还在",
                "the engine had died ({how}); it was started again, and the conversation is kept"
            )),
            Err(BackendError::Killed) if is_leaving => return Err(NoAnswer::Leave),
            Err(error) => return Err(NoAnswer::Failed(explain_backend(&error))),
        }
        Ok(())
    }

    /// How answers are written: from the settings as they are now.
    fn manner(&self) -> Manner {
        Manner {
            sampling: self.settings.sampling(self.settings.seed().unwrap_or(self.seed)),
            max_tokens: self.settings.max_tokens(),
            stops: self.settings.stop().to_vec(),
            overflow: self.settings.overflow(),
            conduct: Conduct {
                guard: self.settings.guard(),
                reply_lang: self.settings.reply_lang(),
                form: self.settings.form().cloned(),
            },
        }
    }
}

/// Any number will do; two conversations begun in one nanosecond may have the same.
fn any_seed() -> u32 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    now.subsec_nanos() ^ u32::try_from(now.as_secs() & 0xffff_ffff).unwrap_or_default().rotate_left(7)
}

impl From<WriteError> for NoAnswer {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Closed => Self::Closed,
            error @ WriteError::Failed(_) => Self::Failed(Failed::new(Exit::Failure, error.to_string())),
        }
    }
}

/// The sentence for a turn that was not taken.
fn explain(error: TurnError) -> Failed {
    match error {
        TurnError::DoesNotFit { n_tokens, limit, n_ctx, by_choice } => Failed::new(
            Exit::Input,
            if by_choice {
                tr!(
                    "放不下了：对话连这个问题共 {n_tokens} 个词元，上限 {limit}（上下文 {n_ctx}，其余留给回答）。可用 /new 开始新对话，或 /set overflow shift 自动去掉最早的问答",
                    "no room: the conversation with this question has {n_tokens} tokens, the limit is {limit} (context {n_ctx}, the rest is for the answer). Begin anew with /new, or let the oldest exchanges go with /set overflow shift"
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
                _ => tr!("。细节在日志里，或加 -vv 再看", ". The log tells more, and so does -vv"),
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
            tr!("llama.cpp 不接受这个模型文件：{detail}", "llama.cpp does not take this model file: {detail}"),
        ),
        Fault::Context => Failed::new(
            Exit::Resources,
            tr!(
                "建不了上下文，多半是内存不够：{detail}。可试更小的 --ctx，或 --kv-type q8_0",
                "the context cannot be made, most likely for want of memory: {detail}. Try a smaller --ctx, or --kv-type q8_0"
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
        Fault::Adapter => astray::refused_adapter(&detail),
        Fault::Form => astray::refused_form(if message.is_empty() { &detail } else { &message }),
        Fault::Decode => Failed::new(Exit::Failure, tr!("推理失败：{detail}", "inference failed: {detail}")),
    }
}

impl Answer {
    /// Whether Ctrl-C cut it.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.done.outcome == Outcome::Interrupted
    }
}
