//! How a turn looks while it comes: text or JSON lines on stdout, the status line and notices on stderr, and Ctrl-C
//! on its way to the backend.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Answer, NoAnswer, astray, stats_line};
use crate::backend::{Progress, Steer};
use crate::protocol::Outcome;
use crate::render::plain::{Output, WriteError};
use crate::render::status::Status;
use crate::tr;

/// What stdout is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The answer as text.
    Text,
    /// JSON lines; with the number of the turn where there are several.
    Json {
        /// The turn, from 1.
        turn: Option<u32>,
    },
}

/// Where a turn is shown, and how it can be interrupted.
pub struct Screen<'a> {
    /// stdout and stderr.
    pub output: &'a mut Output,
    /// The line while loading and reading.
    pub status: &'a mut Status,
    /// What stdout is for.
    pub format: Format,
    /// Somebody is sitting at a terminal and goes on talking.
    pub is_interactive: bool,
    /// Ctrl-Cs since the last time it was asked.
    pub interrupts: &'a dyn Fn() -> usize,
}

/// Sees one turn through.
pub(super) struct Watcher<'s, 'a> {
    screen: &'s mut Screen<'a>,
    asked: Instant,
    first_token_ms: Option<f64>,
    failed: Option<WriteError>,
    interrupted: Option<Instant>,
    is_leaving: bool,
    /// The line says that another Ctrl-C leaves.
    has_promised: bool,
    /// The engine has said something.
    has_begun: bool,
    text: String,
}

/// What was seen of a turn.
pub(super) struct Seen {
    /// When the first text came, counted from when the question was complete.
    pub(super) first_token_ms: Option<f64>,
    /// What went wrong with writing.
    pub(super) failed: Option<WriteError>,
    /// All the text that came.
    pub(super) text: String,
}

/// A second Ctrl-C within this time is meant as "now", whatever the line says.
const IMPATIENCE: Duration = Duration::from_secs(2);

impl<'s, 'a> Watcher<'s, 'a> {
    /// Begins to watch a turn whose question was complete at `asked`.
    pub(super) fn new(screen: &'s mut Screen<'a>, asked: Instant) -> Self {
        Self {
            screen,
            asked,
            first_token_ms: None,
            failed: None,
            interrupted: None,
            is_leaving: false,
            has_promised: false,
            has_begun: false,
            text: String::new(),
        }
    }

    /// Shows what happened and says how to go on.
    pub(super) fn see(&mut self, progress: Progress<'_>) -> Steer {
        self.has_begun |= progress != Progress::Tick;
        match progress {
            Progress::Text(text) => {
                self.first_token_ms.get_or_insert_with(|| self.asked.elapsed().as_secs_f64() * 1e3);
                self.text.push_str(text);
                if let Err(error) = self.screen.text(text) {
                    self.failed.get_or_insert(error);
                }
            }
            Progress::BegunAgain => {
                self.screen.status.clear();
                self.screen.output.notice(&astray::begun_again());
            }
            // A status line may stand below no text, but for the one that `Screen::text` begins.
            _ if self.first_token_ms.is_some() => {}
            _ if self.interrupted.is_some() => {
                self.screen.status.stopping();
                self.has_promised = true;
            }
            Progress::Loading(fraction) => self.screen.status.loading(fraction),
            Progress::Reading { done, total, cached } if done < total => {
                self.screen.status.reading(done, total, cached);
            }
            Progress::Reading { .. } => self.screen.status.waiting(),
            // Until the engine says what it does, it counts.
            Progress::Tick if !self.has_begun => self.screen.status.waiting(),
            Progress::Tick => {}
        }
        match (self.screen.interrupts)() {
            0 => {}
            1 if !self.is_awaiting_another() => self.interrupted = Some(Instant::now()),
            _ => self.is_leaving = true,
        }
        if self.failed.is_some() || self.is_leaving {
            Steer::Kill
        } else if self.interrupted.is_some() {
            Steer::Cancel
        } else {
            Steer::GoOn
        }
    }

    /// Another Ctrl-C is meant as "now": the line asks for it, or the first was a moment ago.
    fn is_awaiting_another(&self) -> bool {
        self.has_promised || self.interrupted.is_some_and(|at| at.elapsed() <= IMPATIENCE)
    }

    /// Says something before the answer begins.
    pub(super) fn tell(&mut self, sentence: &str) {
        self.screen.status.clear();
        self.screen.output.notice(sentence);
    }

    /// A second Ctrl-C said so.
    pub(super) fn is_leaving(&self) -> bool {
        self.is_leaving
    }

    /// Ends watching.
    pub(super) fn finish(self) -> Seen {
        let Self { screen, first_token_ms, failed, text, .. } = self;
        screen.status.clear();
        Seen { first_token_ms, failed, text }
    }
}

impl Screen<'_> {
    fn text(&mut self, text: &str) -> Result<(), WriteError> {
        match self.format {
            Format::Text => {
                let set = self.output.set(text);
                // While a table is awaited its line stays, and so does the first one until there is something to see.
                if !set.is_empty() {
                    self.status.clear();
                    self.output.write(&set)?;
                }
                if let Some(n_rows) = self.output.n_rows_awaited() {
                    self.status.tabulating(n_rows);
                }
                Ok(())
            }
            Format::Json { turn } => {
                self.status.clear();
                let mut event = json!({"event": "text", "text": text});
                number(&mut event, turn);
                self.output.json_line(&event)
            }
        }
    }

    /// Ends an answer that failed half-way, so that what is said of it does not stand behind its last word.
    pub(super) fn break_off(&mut self) -> Result<(), WriteError> {
        if self.format == Format::Text { self.output.end_answer() } else { Ok(()) }
    }

    /// Ends the answer on stdout and says on stderr what a person should know about it. `has_answer`: the question has
    /// one now, which is an earlier one where nothing was written.
    pub(super) fn end(&mut self, answer: &Answer, has_answer: bool, load_ms: f64, stats: bool) -> Result<(), NoAnswer> {
        match self.format {
            Format::Text if answer.done.text.is_empty() && answer.is_interrupted() => {}
            Format::Text => self.output.end_answer()?,
            Format::Json { turn } => {
                let mut event = end_event(answer, load_ms);
                number(&mut event, turn);
                self.output.json_line(&event)?;
            }
        }
        let how = if answer.is_nothing() {
            Some(self.nothing(answer.done.outcome, has_answer))
        } else {
            self.cut(answer.done.outcome)
        };
        if let Some(how) = how {
            self.output.notice(&how);
        }
        if stats {
            self.output.notice(&stats_line(answer));
        }
        Ok(())
    }

    /// How an answer was cut; `None`: it is whole.
    fn cut(&self, outcome: Outcome) -> Option<String> {
        Some(match outcome {
            Outcome::Stop | Outcome::StopString => return None,
            Outcome::Repetition => astray::went_astray(self.is_interactive),
            Outcome::DeadEnd => astray::no_way_on(self.is_interactive),
            Outcome::Length if self.is_interactive => tr!(
                "到了长度上限，回答没有写完：/continue 接着写，/set max-tokens 放宽",
                "the answer reached its length limit and is cut: /continue goes on, /set max-tokens allows more"
            ),
            Outcome::Length => tr!(
                "到了长度上限，回答没有写完：可用 --max-tokens 放宽",
                "the answer reached its length limit and is cut: --max-tokens allows more"
            ),
            Outcome::ContextFull => tr!(
                "上下文用完了，回答没有写完：启动时可用 --ctx 放宽",
                "the context is full and the answer is cut: --ctx allows more at the start"
            ),
            Outcome::Interrupted if self.is_interactive => tr!(
                "已停下，写出的部分保留；/continue 接着写",
                "stopped; what was written is kept, and /continue goes on with it"
            ),
            Outcome::Interrupted => tr!("已停下，写出的部分保留", "stopped; what was written is kept"),
        })
    }

    /// Why nothing was written, and what there is instead.
    fn nothing(&self, outcome: Outcome, has_answer: bool) -> String {
        let why = match outcome {
            Outcome::Stop | Outcome::StopString => {
                tr!("回答在第一个字之前就结束了", "the answer ended before its first word")
            }
            Outcome::Repetition => tr!(
                "回答一开始就反复说同样的话，或替你说话，已停下，什么也没有留下",
                "the answer went in circles or spoke for you from the start; it was stopped, and none of it is kept"
            ),
            Outcome::DeadEnd => tr!(
                "语法或 JSON Schema 要的字，这个模型的词表写不出，什么也没有写：请改一改那个文件",
                "this model's vocabulary cannot spell what the grammar or JSON schema asks for, and nothing was written: change that file"
            ),
            Outcome::Length if self.is_interactive => tr!(
                "到了长度上限，一个字也没有写完：/set max-tokens 放宽",
                "the length limit was reached before the first word: /set max-tokens allows more"
            ),
            Outcome::Length => tr!(
                "到了长度上限，一个字也没有写完：可用 --max-tokens 放宽",
                "the length limit was reached before the first word: --max-tokens allows more"
            ),
            Outcome::ContextFull => tr!(
                "上下文用完了，一个字也没有写完：启动时可用 --ctx 放宽",
                "the context was full before the first word: --ctx allows more at the start"
            ),
            Outcome::Interrupted if has_answer => {
                tr!("已停下，没有再写什么", "stopped before anything more was written")
            }
            Outcome::Interrupted => tr!("已停下，还没有开始回答", "stopped before the answer began"),
        };
        why + &if has_answer {
            tr!("；先前的回答还在", "; the answer before it stands")
        } else if self.is_interactive {
            tr!("；/retry 再问一次", "; /retry asks again")
        } else {
            String::new()
        }
    }
}

fn number(event: &mut serde_json::Value, turn: Option<u32>) {
    if let Some(turn) = turn {
        event["turn"] = turn.into();
    }
}

fn end_event(answer: &Answer, load_ms: f64) -> serde_json::Value {
    let Answer { done, first_token_ms, total_ms, .. } = answer;
    let round = |ms: f64| (ms * 1e3).round() / 1e3;
    let mut event = json!({
        "event": "end",
        "finish_reason": done.outcome.name(),
        "usage": {
            "prompt_tokens": done.usage.prompt_tokens,
            "cached_tokens": done.usage.cached_tokens,
            "completion_tokens": done.usage.completion_tokens,
            // Answers are not drafted yet; the numbers are here so that readers need not change when they are.
            "draft_tokens": 0,
            "draft_accepted": 0,
        },
        "timings": {
            "load_ms": round(load_ms),
            "prefill_ms": round(done.timings.prefill_ms),
            "first_token_ms": round(*first_token_ms),
            "decode_ms": round(done.timings.decode_ms),
            "total_ms": round(*total_ms),
        },
    });
    if done.outcome == Outcome::Repetition {
        // The text events gave more than the answer that is kept.
        event["kept_characters"] = done.text.chars().count().into();
    }
    event
}

/// The first line of `--json`.
#[must_use]
pub fn start_event(talk: &super::Talk) -> serde_json::Value {
    json!({
        "event": "start",
        "model": talk.model,
        "template": talk.conversation.template().name(),
        "n_ctx": talk.backend.n_ctx(),
        // Of one that is not saved, none.
        "session": talk.record.id().map(|id| id.to_string()),
    })
}
