//! A backend that says what a script tells it to: for tests of everything around the engine, with the real program
//! and the real terminal, in milliseconds. Chosen by the environment variable `LIAO_SCRIPT`, which names the file.
//!
//! One character of a prompt's text counts as one token, and so does each control token. The script's replies are
//! said one after another, then again from the first.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::{Backend, BackendError, Progress, Steer, Watch};
use crate::message::Written;
use crate::protocol::{Done, Fault, Generate, Outcome, Segment, Timings, Usage};

/// A script, as its JSON file has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Context size in tokens.
    n_ctx: u32,
    /// Time that reading one token takes.
    #[serde(default)]
    read_ms_per_token: u64,
    /// The replies, each a list of what happens.
    replies: Vec<Vec<Step>>,
}

/// What happens in a reply.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Step {
    /// This text comes, as one token.
    Say(String),
    /// Nothing comes for a while.
    WaitMs(u64),
    /// The engine dies.
    Die(String),
    /// The engine reports that it failed to decode.
    Fail(String),
    /// The context is full.
    FillContext,
    /// The answer goes astray, and only so many of its characters are good.
    GoAstray(usize),
    /// What was going to be the answer began in the wrong language.
    BeginAgain,
    /// The engine does not take the form that the answer must have.
    RefuseForm(String),
    /// This program has a fault.
    Panic(String),
}

/// A script being played.
pub struct Scripted {
    script: Script,
    n_replies: usize,
    cached: Vec<char>,
}

impl Scripted {
    /// Reads a script.
    ///
    /// # Errors
    /// When the file cannot be read or is not a script.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let script = serde_json::from_slice(&std::fs::read(path)?)?;
        Ok(Self { script, n_replies: 0, cached: Vec::new() })
    }
}

/// Waits, asking the watcher now and then as a real backend does.
fn wait(total: Duration, watch: &mut Watch<'_>) -> Steer {
    let end = Instant::now() + total;
    loop {
        let steer = watch(Progress::Tick);
        let left = end.saturating_duration_since(Instant::now());
        if steer != Steer::GoOn || left.is_zero() {
            return steer;
        }
        std::thread::sleep(left.min(Duration::from_millis(10)));
    }
}

fn characters(prompt: &[Segment]) -> Vec<char> {
    let spell = |segment: &Segment| match segment {
        Segment::Control(id) => vec![char::from_u32(0xE000 + id.unsigned_abs() % 0x1000).unwrap_or('\u{E000}')],
        Segment::Text(text) => text.chars().collect(),
        Segment::Tokens(ids) => ids.iter().map(|_| '\u{F000}').collect(),
    };
    prompt.iter().flat_map(spell).collect()
}

impl Backend for Scripted {
    fn n_ctx(&self) -> u32 {
        self.script.n_ctx
    }

    fn count(&mut self, prompt: &[Segment], _: &mut Watch<'_>) -> Result<u32, BackendError> {
        Ok(u32::try_from(characters(prompt).len()).unwrap_or(u32::MAX))
    }

    fn generate(&mut self, request: &Generate, watch: &mut Watch<'_>) -> Result<Done, BackendError> {
        let prompt = characters(&request.prompt);
        let n_cached = prompt.iter().zip(&self.cached).take_while(|(a, b)| a == b).count().min(prompt.len() - 1);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (total, cached) = (count(prompt.len()), count(n_cached));
        let mut usage = Usage { prompt_tokens: total, cached_tokens: cached, completion_tokens: 0 };
        let mut text = String::new();
        let mut outcome = Outcome::Stop;
        let start = Instant::now();
        let per_token = Duration::from_millis(self.script.read_ms_per_token);
        for done in (cached..total).step_by(16).chain([total]) {
            let mut steer = watch(Progress::Reading { done, total, cached });
            if steer == Steer::GoOn {
                steer = wait(per_token * 16.min(total - done), watch);
            }
            match steer {
                Steer::GoOn => {}
                Steer::Cancel => outcome = Outcome::Interrupted,
                Steer::Kill => return Err(BackendError::Killed),
            }
            if outcome == Outcome::Interrupted {
                self.cached = prompt[..done as usize].to_vec();
                break;
            }
        }
        let prefill_ms = start.elapsed().as_secs_f64() * 1e3;
        let start = Instant::now();
        let reply = self.script.replies.get(self.n_replies % self.script.replies.len().max(1)).cloned();
        if outcome == Outcome::Stop {
            self.n_replies += 1;
            self.cached = prompt;
            for step in reply.unwrap_or_default() {
                let steer = match step {
                    Step::Say(piece) => {
                        usage.completion_tokens += 1;
                        text.push_str(&piece);
                        watch(Progress::Text(&piece))
                    }
                    Step::WaitMs(ms) => wait(Duration::from_millis(ms), watch),
                    Step::Die(last_log) => return Err(BackendError::Died { how: "SIGKILL".to_owned(), last_log }),
                    Step::Fail(message) => {
                        return Err(BackendError::Fault { fault: Fault::Decode, message, log: String::new() });
                    }
                    Step::RefuseForm(message) => {
                        return Err(BackendError::Fault { fault: Fault::Form, message, log: String::new() });
                    }
                    Step::BeginAgain => watch(Progress::BegunAgain),
                    Step::GoAstray(n_good) => {
                        text = text.chars().take(n_good).collect();
                        outcome = Outcome::Repetition;
                        break;
                    }
                    Step::Panic(what) => panic!("{what}"),
                    Step::FillContext => {
                        outcome = Outcome::ContextFull;
                        break;
                    }
                };
                match steer {
                    Steer::GoOn if usage.completion_tokens == request.max_tokens => outcome = Outcome::Length,
                    Steer::GoOn => continue,
                    Steer::Cancel => outcome = Outcome::Interrupted,
                    Steer::Kill => return Err(BackendError::Killed),
                }
                break;
            }
        }
        let end = (outcome == Outcome::Stop).then_some(2);
        let timings = Timings { prefill_ms, decode_ms: start.elapsed().as_secs_f64() * 1e3 };
        let written = Written { ids: Vec::new(), tail: text.clone(), end };
        Ok(Done { outcome, text, written, usage, timings, peak_rss_bytes: 0 })
    }
}
