//! The process's two threads: one reads requests, so that a cancel is seen while the other works.
//! When the front goes away, so does the engine.

use std::cell::Cell;
use std::io::{self, BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;

use super::cache::{Cache, Read};
use super::load::{self, Faulty};
use super::vocabulary::Vocabulary;
use super::writer;
use crate::protocol::{Event, Fault, Load, Request, RequestId, Segment};

/// What the requesting side wants stopped.
#[derive(Default)]
struct Stops {
    /// Requests up to this number are cancelled.
    cancelled: AtomicU64,
    /// The front is gone, or said quit.
    quit: AtomicBool,
    /// Requests that arrived and are not begun.
    waiting: AtomicU64,
}

impl Stops {
    fn covers(&self, id: RequestId) -> bool {
        self.quit.load(Ordering::Relaxed) || self.cancelled.load(Ordering::Relaxed) >= id
    }

    /// Reading ahead gives way to anything else.
    fn covers_prepare(&self, id: RequestId) -> bool {
        self.covers(id) || self.waiting.load(Ordering::Relaxed) > 0
    }
}

/// Serves requests from stdin until told to quit, or until stdin closes.
///
/// # Errors
/// Only when the process cannot be set up; what fails later is told as an event.
pub fn serve() -> anyhow::Result<()> {
    shield()?;
    let stops = Arc::new(Stops::default());
    let requests = listen(Arc::clone(&stops));
    let backend = LlamaBackend::init()?;
    emit(&Event::Hello { devices: load::devices() });
    let Ok(Request::Load(load)) = requests.recv() else {
        return Ok(());
    };
    stops.waiting.fetch_sub(1, Ordering::Relaxed);
    if let Err((fault, message)) = run(&backend, &load, &requests, &stops) {
        emit(&Event::Error { fault, message });
    }
    Ok(())
}

/// What concerns the front alone must not end this process, and its own death must stay small: no core file of
/// many gigabytes, and when memory runs out the kernel takes the engine before anything else.
fn shield() -> anyhow::Result<()> {
    let ignored = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGINT, ignored)?;
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        // Best effort: each only softens a crash that must not happen.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
        let _ = std::fs::write("/proc/self/oom_score_adj", "800");
    }
    Ok(())
}

fn listen(stops: Arc<Stops>) -> mpsc::Receiver<Request> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            match serde_json::from_str(&line) {
                Ok(Request::Cancel { id }) => {
                    stops.cancelled.fetch_max(id, Ordering::Relaxed);
                }
                Ok(Request::Quit) => break,
                Ok(request) => {
                    stops.waiting.fetch_add(1, Ordering::Relaxed);
                    if sender.send(request).is_err() {
                        break;
                    }
                }
                Err(error) => emit(&Event::Error { fault: Fault::Decode, message: format!("bad request: {error}") }),
            }
        }
        stops.quit.store(true, Ordering::Relaxed);
    });
    receiver
}

fn run(backend: &LlamaBackend, load: &Load, requests: &mpsc::Receiver<Request>, stops: &Arc<Stops>) -> Faulty<()> {
    let start = Instant::now();
    let told = Cell::new(-1.0_f32);
    let quit = Arc::clone(stops);
    let (mut model, gpu_layers) = load::model(backend, load, move |fraction| {
        if fraction - told.get() >= 0.01 {
            told.set(fraction);
            emit(&Event::Loading { fraction });
        }
        !quit.quit.load(Ordering::Relaxed)
    })?;
    let mut adapter = load.lora.as_ref().map(|lora| load::adapter(&mut model, lora)).transpose()?;
    let vocabulary = Vocabulary::new(&model);
    if load.vocab_only {
        emit(&Event::Ready { n_ctx: 0, gpu_layers, load_ms: writer::milliseconds(start) });
        return tokenize(&vocabulary, requests);
    }
    let mut context = load::context(backend, &model, load)?;
    if let (Some(lora), Some(adapter)) = (&load.lora, &mut adapter) {
        load::lay_over(&mut context, adapter, lora.scale)?;
    }
    let mut cache = Cache::new(context, &model, load.kv_type);
    try_out(&mut cache, &vocabulary, &model)?;
    let n_ctx = u32::try_from(cache.n_ctx()).unwrap_or(u32::MAX);
    emit(&Event::Ready { n_ctx, gpu_layers, load_ms: writer::milliseconds(start) });
    while let Ok(request) = requests.recv() {
        stops.waiting.fetch_sub(1, Ordering::Relaxed);
        let answer = match &request {
            Request::Generate { id, generate } => {
                writer::write(&mut cache, &vocabulary, generate, emit, || stops.covers(*id)).map(Event::Done)
            }
            Request::Prepare { id, prompt } => {
                writer::prepare(&mut cache, &vocabulary, prompt, emit, || stops.covers_prepare(*id)).map(Event::Done)
            }
            other => answer_tokens(&vocabulary, other),
        };
        if matches!(answer, Err((Fault::Decode, _))) {
            // What the cache holds after a failure is not known; the transcript is the truth.
            cache.clear();
        }
        emit(&answer.unwrap_or_else(|(fault, message)| Event::Error { fault, message }));
    }
    Ok(())
}

/// Serves the requests that need no weights.
fn tokenize(vocabulary: &Vocabulary<'_>, requests: &mpsc::Receiver<Request>) -> Faulty<()> {
    while let Ok(request) = requests.recv() {
        let answer = answer_tokens(vocabulary, &request);
        emit(&answer.unwrap_or_else(|(fault, message)| Event::Error { fault, message }));
    }
    Ok(())
}

fn answer_tokens(vocabulary: &Vocabulary<'_>, request: &Request) -> Faulty<Event> {
    match request {
        Request::Count { prompt } => {
            let n_tokens = u32::try_from(writer::encode(vocabulary, prompt)?.len()).unwrap_or(u32::MAX);
            Ok(Event::Counted { n_tokens })
        }
        Request::Encode { prompt } => Ok(Event::Encoded { ids: writer::encode(vocabulary, prompt)? }),
        Request::Decode { ids } => {
            // Encoding tokens checks that the vocabulary has them: llama.cpp would end the process on another.
            let ids = writer::encode(vocabulary, &[Segment::Tokens(ids.clone())])?;
            Ok(Event::Decoded { text: vocabulary.spell(&ids) })
        }
        _ => Err((Fault::Decode, "this request cannot be answered now".to_owned())),
    }
}

/// Decodes one token and looks at the logits: damaged weights load without a word and then speak nonsense.
/// Also brings the weights into memory, so that it counts as loading and not as the first answer.
fn try_out(cache: &mut Cache<'_>, vocabulary: &Vocabulary<'_>, model: &LlamaModel) -> Faulty<()> {
    let (read, _) = cache.read_prompt(&[vocabulary.any_token()], false, |_, _| true)?;
    debug_assert_eq!(read, Read::Whole);
    let logits = cache.context().get_logits_ith(-1);
    let alike = logits.windows(2).all(|pair| pair[0] == pair[1]) && model.n_vocab() > 1;
    if alike || !logits.iter().all(|logit| logit.is_finite()) {
        return Err((Fault::Weights, "the first logits are not finite, or all the same".to_owned()));
    }
    cache.clear();
    Ok(())
}

/// One event, one line. A front that is gone cannot be told; the closed stdin ends us.
fn emit(event: &Event) {
    let mut stdout = io::stdout().lock();
    let line = serde_json::to_string(event).expect("an event is plain data");
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}
