//! A conversation being held: the one engine room behind all three ways in. It takes a turn, shows it as it comes,
//! and turns whatever goes wrong into a sentence with an exit code. Reading what a person types is not here.
//!
//! Whatever happens to the conversation happens to its session too ([`keep`], `surgery`): what cannot be saved is told,
//! and the conversation goes on.

mod astray;
mod copy;
pub mod files;
pub mod keep;
mod meter;
mod recall;
mod report;
pub mod resume;
mod show;
mod surgery;
mod switch;

pub use copy::copy_last;
pub use recall::{Reached, said_before, session_line};
pub use report::{context_lines, stats_line};
pub use show::{Format, Screen, Watcher, start_event};
pub use switch::{Models, Opened};

use std::time::Instant;

use crate::backend::conduct::Conduct;
use crate::backend::turn::{self, Aim, Manner, TurnError};
use crate::backend::{Backend, BackendError};
use crate::chat::conversation::Conversation;
use crate::config::Settings;
use crate::exit::{Exit, Failed};
use crate::protocol::{Done, Fault, Outcome};
use crate::render::plain::WriteError;
use crate::session::{Id, Record, Reply, Shelf};
use crate::text::untrusted;
use crate::tr;
use meter::Meter;

/// A model that is loaded, and what was said with it.
pub struct Talk {
    /// What was said.
    pub conversation: Conversation,
    /// The same on its way to the disk, with every branch.
    pub record: Record,
    /// The sessions on this disk.
    pub shelf: Shelf,
    /// Whether conversations are saved as they happen.
    pub is_kept: bool,
    /// The sessions that `/sessions` or `/load` listed last: a number means what stands on the screen.
    pub listed: Vec<Id>,
    /// Who answers.
    pub backend: Box<dyn Backend>,
    /// The settings in force.
    pub settings: Settings,
    /// The model, by the name that a person knows it by.
    pub model: String,
    /// What its replies are written in.
    pub vocabulary: Vocabulary,
    /// Time that loading took.
    pub load_ms: f64,
    /// The last answer, for `/stats`.
    pub last: Option<Answer>,
    /// Other models to go on with; `None`: there are none to be had here.
    pub models: Option<Box<dyn Models>>,
    /// Files that wait for the next question.
    pub files: files::Files,
    /// The seed of this conversation, chosen once where none was given.
    seed: u32,
    /// The settings as they were at the start.
    given: Settings,
    /// What was told of how full the context is.
    meter: Meter,
}

/// The tokens of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vocabulary {
    /// What tells it from every other one; see `gguf::Header::vocabulary_sum`.
    pub sum: String,
    /// How many there are.
    pub n_tokens: usize,
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
    /// The context that it was written in, in tokens.
    pub n_ctx: u32,
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
    /// Somebody to talk with. The conversation stays in memory until [`begin_anew`](Self::begin_anew) or
    /// [`take_up`](Self::take_up) says where it is to be saved.
    #[must_use]
    pub fn new(
        conversation: Conversation,
        backend: Box<dyn Backend>,
        settings: Settings,
        model: String,
        vocabulary: Vocabulary,
        load_ms: f64,
        shelf: Shelf,
    ) -> Self {
        Self {
            conversation,
            record: Record::in_memory(),
            shelf,
            is_kept: false,
            listed: Vec::new(),
            backend,
            given: settings.clone(),
            settings,
            model,
            vocabulary,
            load_ms,
            last: None,
            models: None,
            files: files::Files::default(),
            seed: any_seed(),
            meter: Meter::default(),
        }
    }

    /// Asks a question and shows the answer as it comes.
    ///
    /// # Errors
    /// See [`NoAnswer`].
    pub fn ask(&mut self, question: &str, asked: Instant, screen: &mut Screen<'_>) -> Result<&Answer, NoAnswer> {
        self.conversation.ask(question);
        // On the disk before the model reads it, which may take minutes.
        keep::tell_unsaved(self.record.ask(question), screen.output);
        self.answer(asked, screen)
    }

    /// Answers the open question; again, in other words where the settings leave that to chance.
    ///
    /// # Errors
    /// See [`NoAnswer`].
    pub fn answer(&mut self, asked: Instant, screen: &mut Screen<'_>) -> Result<&Answer, NoAnswer> {
        self.take_turn(Aim::Answer, asked, screen)
    }

    /// Goes on with the last answer, which was cut, from its last token.
    ///
    /// # Errors
    /// See [`NoAnswer`].
    pub fn go_on(&mut self, asked: Instant, screen: &mut Screen<'_>) -> Result<&Answer, NoAnswer> {
        self.take_turn(Aim::GoOn, asked, screen)
    }

    fn take_turn(&mut self, aim: Aim, asked: Instant, screen: &mut Screen<'_>) -> Result<&Answer, NoAnswer> {
        self.wake(screen)?;
        let manner = self.manner();
        let exchanges = self.conversation.exchanges();
        let begun = exchanges.last().and_then(|last| last.answer.as_ref()).filter(|_| aim == Aim::GoOn);
        screen.output.begin_answer(self.settings.markdown(), begun.map_or("", |answer| &answer.content));
        let mut watcher = Watcher::new(screen, asked);
        let (conversation, backend) = (&mut self.conversation, &mut *self.backend);
        let room = turn::make_room(conversation, backend, &manner, &mut |progress| watcher.see(progress));
        if let Ok(gone) = &room
            && !gone.is_empty()
        {
            watcher.tell(&report::leaving(conversation, gone));
        }
        let turn = room.and_then(|gone| {
            let has_shifted = !gone.is_empty();
            turn::take(conversation, backend, &manner, aim, has_shifted, &mut |progress| watcher.see(progress))
        });
        let (first_token_ms, failed) = watcher.finish();
        let saved = self.keep_turn(aim, &turn);
        let shown = self.show(turn, first_token_ms, failed, asked, screen);
        // Behind the answer, not in the middle of it.
        keep::tell_unsaved(saved, screen.output);
        let answer = shown?;
        self.tell_room(&answer, screen);
        Ok(self.last.insert(answer))
    }

    /// Has the session know how a turn ended.
    fn keep_turn(&mut self, aim: Aim, turn: &Result<Done, TurnError>) -> Result<(), Failed> {
        let done = match turn {
            Ok(done) => done,
            Err(TurnError::DoesNotFit { .. } | TurnError::Template(_)) => return self.record.withdraw(),
            Err(TurnError::Backend(_)) => return self.record.restore(),
        };
        let finish = done.outcome.name().to_owned();
        if aim == Aim::Answer {
            let Done { text, written, .. } = done.clone();
            return self.record.answered(Reply { text, written: Some(written), finish });
        }
        let is_new = !done.written.ids.is_empty() || !done.text.is_empty() || done.written.end.is_some();
        let whole = self.conversation.exchanges().last().and_then(|last| last.answer.clone());
        let Some(whole) = whole.filter(|_| is_new) else { return Ok(()) };
        let saved = self.record.continued(Reply { text: whole.content, written: whole.written, finish });
        self.follow();
        saved
    }

    /// Shows how a turn ended.
    fn show(
        &self,
        turn: Result<Done, TurnError>,
        first_token_ms: Option<f64>,
        failed: Option<WriteError>,
        asked: Instant,
        screen: &mut Screen<'_>,
    ) -> Result<Answer, NoAnswer> {
        match failed {
            Some(WriteError::Closed) => return Err(NoAnswer::Closed),
            Some(error @ WriteError::Failed(_)) => {
                return Err(NoAnswer::Failed(Failed::new(Exit::Failure, error.to_string())));
            }
            None => {}
        }
        let done = match turn {
            Ok(done) => done,
            Err(error) => {
                if first_token_ms.is_some() {
                    screen.break_off()?;
                }
                return Err(match error {
                    TurnError::Backend(BackendError::Killed) => NoAnswer::Leave,
                    TurnError::Backend(error @ BackendError::Died { .. }) if self.settings.form().is_some() => {
                        NoAnswer::Failed(astray::died_of_form(explain_backend(&error)))
                    }
                    error => NoAnswer::Failed(explain(error)),
                });
            }
        };
        let total_ms = asked.elapsed().as_secs_f64() * 1e3;
        let first_token_ms = first_token_ms.unwrap_or(total_ms);
        let answer = Answer { first_token_ms, total_ms, n_ctx: self.backend.n_ctx(), done };
        screen.end(&answer, self.load_ms, self.settings.stats())?;
        Ok(answer)
    }

    /// Says, once at each mark, how full the context is, to whoever may go on talking.
    fn tell_room(&mut self, answer: &Answer, screen: &mut Screen<'_>) {
        if !screen.is_interactive || self.meter.read(answer.n_used(), answer.n_ctx).is_none() {
            return;
        }
        // An engine that died meanwhile is told with the next question.
        if let Ok(sentence) = report::room_notice(self, answer) {
            screen.output.notice(&sentence);
        }
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
        TurnError::DoesNotFit { n_tokens, limit, n_ctx, by_choice, n_pinned } => Failed::new(
            Exit::Input,
            if n_pinned > 0 && !by_choice {
                tr!(
                    "放不下：{n_tokens} 个词元，上限 {limit}（上下文 {n_ctx}，其余留给回答），固定的 {n_pinned} 轮问答不能去掉。可用 /set unpin N 放开一轮，或缩短文字",
                    "does not fit: {n_tokens} tokens, the limit is {limit} (context {n_ctx}, the rest is for the answer), and the pinned exchanges ({n_pinned}) have to stay. Let one go with /set unpin N, or shorten the text"
                )
            } else if by_choice {
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
        Fault::Begun => astray::begun_otherwise(),
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
