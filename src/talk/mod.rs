//! A conversation being held: the one engine room behind all three ways in. It takes a turn, shows it as it comes,
//! and turns whatever goes wrong into a sentence with an exit code. Reading what a person types is not here.
//!
//! Whatever happens to the conversation happens to its session too ([`keep`], `surgery`): what cannot be saved is told,
//! and the conversation goes on.

mod astray;
mod copy;
mod explain;
pub mod files;
pub mod keep;
mod meter;
mod recall;
mod report;
mod resume;
mod show;
mod surgery;
mod switch;

pub use copy::copy_last;
pub use explain::explain_backend;
pub use recall::{Reached, session_line, settings_line, tell_before};
pub use report::{context_lines, stats_line};
pub use show::{Format, Screen, start_event};
pub use switch::{Loaded, Models, Used};

use std::time::Instant;

use crate::backend::conduct::Conduct;
use crate::backend::turn::{self, Aim, Manner, TurnError};
use crate::backend::{Backend, BackendError};
use crate::chat::conversation::Conversation;
use crate::config::Settings;
use crate::exit::{Exit, Failed};
use crate::protocol::{Done, Outcome};
use crate::render::plain::WriteError;
use crate::session::{Id, Record, Reply, Shelf};
use crate::tr;
use explain::explain;
use meter::Meter;
use show::{Seen, Watcher};
use surgery::Before;

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
    /// What is typed to have it again; see [`Loaded::reference`].
    pub reference: Option<String>,
    /// The models that answered before, here or in the sessions gone on with; the latest last.
    pub used: Vec<Used>,
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
    /// What the next answer takes the place of, and comes back where there is none.
    before: Option<Before>,
    /// A question that was written for [`edit`](Self::edit) and came to nothing, for a person to find it again.
    pub composed: Option<String>,
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
    /// A model to talk with. The conversation stays in memory until [`begin_anew`](Self::begin_anew) or
    /// [`take_up`](Self::take_up) says where it is to be saved.
    #[must_use]
    pub fn new(loaded: Loaded, settings: Settings, shelf: Shelf) -> Self {
        let Loaded { name: model, reference, backend, template, control, vocabulary, load_ms } = loaded;
        Self {
            conversation: Conversation::new(template, control, settings.system().map(str::to_owned)),
            record: Record::in_memory(),
            shelf: shelf.in_chat(),
            is_kept: false,
            listed: Vec::new(),
            backend,
            given: settings.clone(),
            settings,
            model,
            reference,
            used: Vec::new(),
            vocabulary,
            load_ms,
            last: None,
            models: None,
            files: files::Files::default(),
            seed: any_seed(),
            meter: Meter::default(),
            before: None,
            composed: None,
        }
    }

    /// Asks a question and shows the answer as it comes.
    ///
    /// # Errors
    /// See [`NoAnswer`].
    pub fn ask(&mut self, question: &str, asked: Instant, screen: &mut Screen<'_>) -> Result<&Answer, NoAnswer> {
        self.introduce(screen.output);
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
        self.introduce(screen.output);
        let before = self.before.take();
        if let Err(no_answer) = self.wake(screen) {
            self.conversation.restore();
            for saved in [self.record.restore(), self.come_back(before)] {
                keep::tell_unsaved(saved, screen.output);
            }
            return Err(no_answer);
        }
        let manner = self.manner();
        let exchanges = self.conversation.exchanges();
        let begun = exchanges.last().and_then(|last| last.answer.as_ref()).filter(|_| aim == Aim::GoOn);
        screen.output.begin_answer(self.settings.markdown(), begun.map_or("", |answer| &answer.content));
        let mut watcher = Watcher::new(screen, asked);
        let (conversation, backend) = (&mut self.conversation, &mut *self.backend);
        let room = turn::make_room(conversation, backend, &manner, &mut |progress| watcher.see(progress));
        if let Ok(gone) = &room {
            let untold = conversation.untold(gone);
            if !untold.is_empty() {
                watcher.tell(&report::leaving(conversation, &untold));
            }
        }
        let turn = room.and_then(|gone| {
            let has_shifted = !gone.is_empty();
            turn::take(conversation, backend, &manner, aim, has_shifted, &mut |progress| watcher.see(progress))
        });
        let seen = watcher.finish();
        let saved = [self.keep_turn(aim, &turn, &seen.text), self.come_back(before)];
        let shown = self.show(turn, seen, asked, screen);
        // Behind the answer, not in the middle of it.
        for saved in saved {
            keep::tell_unsaved(saved, screen.output);
        }
        let answer = shown?;
        self.tell_room(&answer, screen);
        Ok(self.last.insert(answer))
    }

    /// Has the session know how a turn ended. What was on the screen when the backend failed is an answer that was cut,
    /// as far as a person can see.
    fn keep_turn(&mut self, aim: Aim, turn: &Result<Done, TurnError>, shown: &str) -> Result<(), Failed> {
        let done = match turn {
            Ok(done) => done,
            Err(TurnError::DoesNotFit { .. } | TurnError::Template(_)) => return self.record.withdraw(),
            Err(TurnError::Backend(_)) if shown.trim().is_empty() => return self.record.restore(),
            Err(TurnError::Backend(_)) => return self.keep_part(aim, shown),
        };
        let finish = done.outcome.name().to_owned();
        if aim == Aim::Answer {
            let Done { text, written, .. } = done.clone();
            return self.record.answered(Reply { text, written: Some(written), finish });
        }
        let is_new = !done.written.ids.is_empty() || !done.text.is_empty() || done.written.end.is_some();
        if is_new { self.keep_whole(finish) } else { Ok(()) }
    }

    /// Takes in an answer, or more of one, of which only the words are known.
    fn keep_part(&mut self, aim: Aim, shown: &str) -> Result<(), Failed> {
        let finish = Outcome::Interrupted.name().to_owned();
        if aim == Aim::GoOn {
            self.conversation.continued_in_words(shown);
            return self.keep_whole(finish);
        }
        // It was given up for an earlier one.
        self.conversation.reopen(self.conversation.exchanges().len());
        self.conversation.answered_in_words(shown);
        self.record.answered(Reply { text: shown.to_owned(), written: None, finish })
    }

    /// Has the session know an answer that was gone on with.
    fn keep_whole(&mut self, finish: String) -> Result<(), Failed> {
        let whole = self.conversation.exchanges().last().and_then(|last| last.answer.clone());
        let Some(whole) = whole else { return Ok(()) };
        let saved = self.record.continued(Reply { text: whole.content, written: whole.written, finish });
        self.follow();
        saved
    }

    /// Shows how a turn ended.
    fn show(
        &self,
        turn: Result<Done, TurnError>,
        Seen { first_token_ms, failed, text }: Seen,
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
                let left = self.left(&error, &text).filter(|_| screen.is_interactive).unwrap_or_default();
                let Failed { exit, message } = match error {
                    TurnError::Backend(BackendError::Killed) => return Err(NoAnswer::Leave),
                    TurnError::Backend(error @ BackendError::Died { .. }) if self.settings.form().is_some() => {
                        astray::died_of_form(explain_backend(&error))
                    }
                    error => explain(error),
                };
                return Err(NoAnswer::Failed(Failed::new(exit, message + &left)));
            }
        };
        let total_ms = asked.elapsed().as_secs_f64() * 1e3;
        let first_token_ms = first_token_ms.unwrap_or(total_ms);
        let answer = Answer { first_token_ms, total_ms, n_ctx: self.backend.n_ctx(), done };
        let has_answer = self.conversation.exchanges().last().is_some_and(|last| last.answer.is_some());
        screen.end(&answer, has_answer, self.load_ms, self.settings.stats())?;
        Ok(answer)
    }

    /// What there is to go on with after a turn that failed, to be said behind why it did.
    fn left(&self, error: &TurnError, shown: &str) -> Option<String> {
        match error {
            TurnError::Backend(_) if shown.trim().is_empty() => None,
            TurnError::Backend(_) => Some(tr!(
                "。写出的部分保留：/continue 接着写",
                ". What was written is kept, and /continue goes on with it"
            )),
            _ if self.files.is_empty() => None,
            _ => Some(tr!(
                "。附上的文件还等着，会随下一个问题送出：/file - 取下",
                ". The files you added are still waiting and go with the next question: /file - removes them"
            )),
        }
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

impl From<Failed> for NoAnswer {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}

impl From<WriteError> for NoAnswer {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Closed => Self::Closed,
            error @ WriteError::Failed(_) => Self::Failed(Failed::new(Exit::Failure, error.to_string())),
        }
    }
}

impl Answer {
    /// Whether Ctrl-C cut it.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.done.outcome == Outcome::Interrupted
    }

    /// Whether it is no answer at all: no word was written, nor its end.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.done.text.is_empty() && self.done.written.end.is_none()
    }
}
