//! The engine process on this machine: started from our own executable, spoken to over pipes, started again at the
//! next request when it has died.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Backend, BackendError, Progress, Steer, Watch};
use crate::protocol::{Device, Done, Event, Generate, Load, Request, RequestId, Segment, TokenId};

/// How often the watcher of a silent request is asked.
const TICK: Duration = Duration::from_millis(50);

/// Log lines kept to explain a death with.
const LOG_LINES: usize = 60;

/// How an engine ended that a terminal's Ctrl-C reached between its birth and its getting a group of its own.
const BY_CTRL_C: &str = "SIGINT";

/// Told every line that llama.cpp logs.
pub type LogSink = Arc<Mutex<dyn FnMut(&str) + Send>>;

/// How an engine loaded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ready {
    /// Context size in tokens.
    pub n_ctx: u32,
    /// Layers on a GPU.
    pub gpu_layers: u32,
    /// Time it took.
    pub load_ms: f64,
}

/// An engine process and how to start another.
pub struct Local {
    executable: PathBuf,
    log: LogSink,
    engine: Engine,
    loaded: Option<(Load, Ready)>,
    last_id: RequestId,
}

struct Engine {
    child: Child,
    /// `None` once the engine is to end.
    requests: Option<ChildStdin>,
    events: mpsc::Receiver<Event>,
    recent_log: Arc<Mutex<VecDeque<String>>>,
}

impl Local {
    /// Starts an engine process. Returns it with the GPUs it has found.
    ///
    /// # Errors
    /// When the process cannot be started or dies at once.
    pub fn start(executable: PathBuf, log: LogSink) -> Result<(Self, Vec<Device>), BackendError> {
        let mut engine = Engine::spawn(&executable, &log)?;
        let devices = engine.hello()?;
        Ok((Self { executable, log, engine, loaded: None, last_id: 0 }, devices))
    }

    /// Loads a model.
    ///
    /// # Errors
    /// When llama.cpp does not take it, or dies of it.
    pub fn load(&mut self, load: Load, watch: &mut Watch<'_>) -> Result<Ready, BackendError> {
        let ready = self.engine.load(&load, watch)?;
        self.loaded = Some((load, ready));
        Ok(ready)
    }

    /// The tokens of a prompt.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn encode(&mut self, prompt: &[Segment]) -> Result<Vec<TokenId>, BackendError> {
        self.revive(&mut |_| Steer::GoOn)?;
        self.engine.ask(&Request::Encode { prompt: prompt.to_vec() }, 0, &mut |_| Steer::GoOn, |event| match event {
            Event::Encoded { ids } => Some(ids),
            _ => None,
        })
    }

    /// What tokens spell.
    ///
    /// # Errors
    /// When the engine fails, or its vocabulary has no such token.
    pub fn decode(&mut self, ids: &[TokenId]) -> Result<String, BackendError> {
        self.revive(&mut |_| Steer::GoOn)?;
        self.engine.ask(&Request::Decode { ids: ids.to_vec() }, 0, &mut |_| Steer::GoOn, |event| match event {
            Event::Decoded { text } => Some(text),
            _ => None,
        })
    }

    /// Starts the engine again if it has died.
    fn revive(&mut self, watch: &mut Watch<'_>) -> Result<(), BackendError> {
        if self.engine.is_alive() {
            return Ok(());
        }
        self.engine = Engine::spawn(&self.executable, &self.log)?;
        self.engine.hello()?;
        if let Some((load, ready)) = &mut self.loaded {
            // An engine that fails to load ends, as it should; there is nothing to wonder about then.
            let loaded = self.engine.load(load, watch).inspect_err(|_| self.engine.requests = None);
            *ready = loaded?;
        }
        Ok(())
    }
}

impl Backend for Local {
    fn n_ctx(&self) -> u32 {
        self.loaded.as_ref().map_or(0, |(_, ready)| ready.n_ctx)
    }

    fn count(&mut self, prompt: &[Segment], watch: &mut Watch<'_>) -> Result<u32, BackendError> {
        self.revive(watch)?;
        self.engine.ask(&Request::Count { prompt: prompt.to_vec() }, 0, watch, |event| match event {
            Event::Counted { n_tokens } => Some(n_tokens),
            _ => None,
        })
    }

    fn generate(&mut self, request: &Generate, watch: &mut Watch<'_>) -> Result<Done, BackendError> {
        self.revive(watch)?;
        self.last_id += 1;
        let id = self.last_id;
        let request = Request::Generate { id, generate: request.clone() };
        self.engine.ask(&request, id, watch, |event| match event {
            Event::Done(done) => Some(done),
            _ => None,
        })
    }

    fn wake(&mut self, watch: &mut Watch<'_>) -> Result<Option<String>, BackendError> {
        let died = self.engine.died_unseen();
        self.revive(watch)?;
        Ok(died)
    }

    fn rest(&mut self) {
        // Killed by us: no death to tell of.
        let _ = self.engine.kill();
    }

    fn process_id(&self) -> Option<u32> {
        Some(self.engine.child.id())
    }
}

impl Engine {
    fn spawn(executable: &PathBuf, log: &LogSink) -> Result<Self, BackendError> {
        let failed = |e: std::io::Error| BackendError::Start(e.to_string());
        let mut command = Command::new(executable);
        // A group of its own: the terminal's Ctrl-C is for the front, which passes on what it means.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command
            .arg("engine")
            // With gdb installed, ggml's own backtrace of a crash takes seconds and writes to stdout.
            .env("GGML_NO_BACKTRACE", "1")
            // Without the rotation that this switches off, shifting a quantized cache ends the process.
            .env_remove("LLAMA_ATTN_ROT_DISABLE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let missing = || BackendError::Start("no pipe".to_owned());
        let requests = child.stdin.take().ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        let (sender, events) = mpsc::channel();
        let reader = move || {
            for line in BufReader::new(stdout).lines() {
                let Some(event) = line.ok().and_then(|line| serde_json::from_str(&line).ok()) else { break };
                if sender.send(event).is_err() {
                    break;
                }
            }
        };
        let recent_log = Arc::new(Mutex::new(VecDeque::new()));
        let (recent, sink) = (Arc::clone(&recent_log), Arc::clone(log));
        let log_reader = move || {
            for line in BufReader::new(stderr).split(b'\n') {
                let Ok(line) = line else { break };
                let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                (sink.lock().unwrap_or_else(PoisonError::into_inner))(&line);
                let mut recent = recent.lock().unwrap_or_else(PoisonError::into_inner);
                if recent.len() == LOG_LINES {
                    recent.pop_front();
                }
                recent.push_back(line);
            }
        };
        let engine = Self { child, requests: Some(requests), events, recent_log };
        let begin = std::thread::Builder::new;
        begin().spawn(reader).and_then(|_| begin().spawn(log_reader)).map_err(failed)?;
        Ok(engine)
    }

    fn is_alive(&mut self) -> bool {
        self.requests.is_some() && matches!(self.child.try_wait(), Ok(None))
    }

    /// How it ended, where no request has met with that yet.
    fn died_unseen(&mut self) -> Option<String> {
        self.requests.as_ref()?;
        self.child.try_wait().ok()?.map(describe)
    }

    fn hello(&mut self) -> Result<Vec<Device>, BackendError> {
        self.await_answer(0, &mut |_| Steer::GoOn, |event| match event {
            Event::Hello { devices } => Some(devices),
            _ => None,
        })
    }

    fn load(&mut self, load: &Load, watch: &mut Watch<'_>) -> Result<Ready, BackendError> {
        self.ask(&Request::Load(load.clone()), RequestId::MAX, watch, |event| match event {
            Event::Ready { n_ctx, gpu_layers, load_ms } => Some(Ready { n_ctx, gpu_layers, load_ms }),
            _ => None,
        })
    }

    fn ask<T>(
        &mut self,
        request: &Request,
        id: RequestId,
        watch: &mut Watch<'_>,
        answer: impl FnMut(Event) -> Option<T>,
    ) -> Result<T, BackendError> {
        self.send(request);
        self.await_answer(id, watch, answer)
    }

    /// A request that cannot be sent has a dead engine behind it, which the wait for the answer then tells.
    fn send(&mut self, request: &Request) {
        let line = serde_json::to_string(request).expect("a request is plain data");
        if let Some(pipe) = &mut self.requests
            && writeln!(pipe, "{line}").and_then(|()| pipe.flush()).is_err()
        {
            self.requests = None;
        }
    }

    fn await_answer<T>(
        &mut self,
        id: RequestId,
        watch: &mut Watch<'_>,
        mut answer: impl FnMut(Event) -> Option<T>,
    ) -> Result<T, BackendError> {
        let mut cancelled = false;
        loop {
            let event = self.events.recv_timeout(TICK);
            let steer = match &event {
                Ok(Event::Loading { fraction }) => watch(Progress::Loading(*fraction)),
                Ok(Event::Reading { done, total, cached }) => {
                    watch(Progress::Reading { done: *done, total: *total, cached: *cached })
                }
                Ok(Event::Text { text }) => watch(Progress::Text(text)),
                Ok(Event::BegunAgain) => watch(Progress::BegunAgain),
                Err(RecvTimeoutError::Timeout) => watch(Progress::Tick),
                _ => Steer::GoOn,
            };
            match steer {
                Steer::GoOn => {}
                // There is nothing to keep of a load.
                Steer::Kill => return Err(self.kill()),
                Steer::Cancel if id == RequestId::MAX => return Err(self.kill()),
                Steer::Cancel if !cancelled => {
                    cancelled = true;
                    self.send(&Request::Cancel { id });
                }
                Steer::Cancel => {}
            }
            match event {
                Ok(Event::Error { fault, message }) => {
                    return Err(BackendError::Fault { fault, message, log: self.last_words() });
                }
                Ok(event) => {
                    if let Some(answer) = answer(event) {
                        return Ok(answer);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(self.bury()),
            }
        }
    }

    fn kill(&mut self) -> BackendError {
        self.requests = None;
        // Either fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        BackendError::Killed
    }

    /// Waits for a process that has closed its output, and tells how it ended.
    fn bury(&mut self) -> BackendError {
        self.requests = None;
        let how = self.child.wait().map_or_else(|e| e.to_string(), describe);
        if how == BY_CTRL_C {
            return BackendError::Killed;
        }
        BackendError::Died { how, last_log: self.last_words() }
    }

    /// The log line that most likely says why: the last that speaks of an error, else the last.
    fn last_words(&self) -> String {
        // The log comes through another pipe; its last lines may still be on the way.
        std::thread::sleep(TICK);
        let recent = self.recent_log.lock().unwrap_or_else(PoisonError::into_inner);
        let complains = |line: &&String| {
            let line = line.to_ascii_lowercase();
            ["error", "fail", "assert", "abort", "panic", "terminate", "what()"].iter().any(|word| line.contains(word))
        };
        let line = recent.iter().rev().find(complains).or_else(|| recent.iter().rev().find(|line| !line.is_empty()));
        line.map(|line| line.trim().to_owned()).unwrap_or_default()
    }
}

impl Drop for Engine {
    /// The closed pipe tells the engine to end; it is not given time to finish what nobody waits for.
    fn drop(&mut self) {
        self.requests = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        if let Some(signal) = status.signal() {
            return match signal {
                2 => BY_CTRL_C.to_owned(),
                4 => "SIGILL".to_owned(),
                6 => "SIGABRT".to_owned(),
                7 => "SIGBUS".to_owned(),
                8 => "SIGFPE".to_owned(),
                9 => "SIGKILL".to_owned(),
                11 => "SIGSEGV".to_owned(),
                15 => "SIGTERM".to_owned(),
                other => format!("signal {other}"),
            };
        }
    }
    status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"))
}
