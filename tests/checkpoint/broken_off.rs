//! Conversions that do not come to their end at once, by whatever: what is finished is kept and not done again, what
//! comes of it in the end is what would have come without, and until then there is no file of the final name.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread;
use std::time::Duration;

use liao::gguf::Header;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::{COMMIT, FINISHED, Files, LATER, REPO, folder_of, good, hub, imported, in_safetensors, is_whole, listing};
use super::{names, pull, weights_asked};
use crate::support::answers::{children, wait_until_gone};
use crate::support::faults::{Asked, FaultServer, Reply};
use crate::support::{Liao, Ran, Running};

/// What becomes of requests for the last layer.
const HELD: u8 = 0;
const ANSWERED: u8 = 1;
const REFUSED: u8 = 2;

/// Stands before the last layer, all but the first tensor of it: once that one is in the file, those before it are known
/// to be finished, and the work can go no further.
#[derive(Clone)]
struct Gate {
    state: Arc<AtomicU8>,
    tensors: Arc<Vec<(String, Range<u64>)>>,
}

impl Gate {
    fn of(files: &Files) -> Self {
        Self { state: Arc::new(AtomicU8::new(HELD)), tensors: Arc::new(places(files)) }
    }

    fn set(&self, state: u8) {
        self.state.store(state, Ordering::SeqCst);
    }

    /// The tensor that a request is for.
    fn tensor(&self, asked: &Asked) -> Option<&str> {
        let (start, _) = weights_asked(asked).and(asked.range)?;
        self.tensors.iter().find(|(_, place)| place.contains(&start)).map(|(name, _)| name.as_str())
    }

    /// What a hub answers in place of what is asked for.
    fn answer(&self, asked: &Asked) -> Option<Reply> {
        if !self.tensor(asked)?.contains(".layers.1.") || self.tensor(asked)?.contains("k_proj") {
            return None;
        }
        for _ in 0..12_000 {
            match self.state.load(Ordering::SeqCst) {
                HELD => thread::sleep(Duration::from_millis(5)),
                REFUSED => return Some(Reply::status(403)),
                _ => return None,
            }
        }
        None
    }

    /// The tensors that these requests are for.
    fn fetched(&self, asked: &[Asked]) -> BTreeSet<String> {
        asked.iter().filter_map(|asked| self.tensor(asked)).map(str::to_owned).collect()
    }
}

/// Where in `model.safetensors` each tensor lies.
fn places(files: &Files) -> Vec<(String, Range<u64>)> {
    let file = &files["model.safetensors"];
    let n_header = u64::from_le_bytes(file[..8].try_into().unwrap());
    let header: serde_json::Value = serde_json::from_slice(&file[8..8 + n_header as usize]).unwrap();
    let place = |(name, tensor): (&String, &serde_json::Value)| {
        let [start, end] = [0, 1].map(|i| 8 + n_header + tensor["data_offsets"][i].as_u64().unwrap());
        (name.clone(), start..end)
    };
    header.as_object().unwrap().iter().map(place).collect()
}

/// Where in the file that is made the first tensor of the last layer lies.
fn first_of_last(made: &[u8]) -> Range<u64> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.gguf");
    fs::write(&path, made).unwrap();
    let header = Header::read(&path).unwrap();
    let of_last = header.tensors().iter().filter(|tensor| tensor.name.starts_with("blk.1."));
    let first = of_last.min_by_key(|tensor| tensor.offset).unwrap();
    assert_eq!(first.name, "blk.1.attn_k.weight");
    let start = header.data_offset() + first.offset;
    start..start + first.n_bytes
}

/// A pull that has come to the gate.
struct Held {
    hub: FaultServer,
    gate: Gate,
    run: Running,
    folder: PathBuf,
    home: PathBuf,
    expected: Vec<u8>,
}

impl Held {
    fn new() -> Self {
        let files = in_safetensors();
        let gate = Gate::of(&files);
        let before = gate.clone();
        let hub = hub(&files, move |asked, _| before.answer(asked));
        Self::at(hub, gate, &files, |liao| liao)
    }

    fn at(hub: FaultServer, gate: Gate, files: &Files, with: impl FnOnce(Liao) -> Liao) -> Self {
        let expected = imported(files);
        let liao = with(pull(&hub.url("")));
        let (folder, home) = (liao.liao_home().join("data/models/tiny"), liao.liao_home());
        let mut run = liao.start();
        run.wait_for_file(&folder.join("tiny.Q4_K_M.gguf.part"), first_of_last(&expected).end - 1);
        Self { hub, gate, run, folder, home, expected }
    }

    /// The one process that converts.
    fn worker(&self) -> Pid {
        let workers = children(self.run.pid());
        assert_eq!(workers.len(), 1, "one that converts");
        i32::try_from(workers[0]).ok().and_then(Pid::from_raw).expect("a process id")
    }
}

fn pull_again(ran: &Ran, hub: &FaultServer) -> Liao {
    Liao::new().args(["pull", "tiny:Q4_K_M"]).env("HF_ENDPOINT", hub.url("")).in_home_of(ran)
}

/// Goes on from where the last layer begins, and makes the file.
#[track_caller]
fn goes_on(ran: &Ran, hub: &FaultServer, gate: &Gate, expected: &[u8]) {
    let n_first = hub.asked().len();
    gate.set(ANSWERED);
    let again = pull_again(ran, hub).run();
    again.exits(0);
    is_whole(&again, expected);
    let asked = hub.asked().split_off(n_first);
    // Whether the last one before the gate had counted as finished is left to chance; all before it had.
    let fetched = gate.fetched(&asked);
    assert!((8..=9).contains(&fetched.len()), "{fetched:?}");
    assert!(fetched.iter().all(|name| name.contains(".layers.1.")), "{fetched:?}");
    // The hub has moved on; what was begun from an older commit is finished from that one.
    assert!(!asked.iter().any(|asked| asked.path.contains(LATER) || asked.path.contains("/revision/")));
}

/// Ctrl-C, and a parent that is killed: the process that converts keeps what it has finished either way.
#[test]
fn what_was_finished_is_not_fetched_again() {
    for signal in [Signal::INT, Signal::KILL] {
        let Held { hub, gate, mut run, folder, expected, .. } = Held::new();
        run.signal(signal);
        let journal = folder.join("tiny.Q4_K_M.gguf.part.json");
        run.wait_until("the journal", |_| journal.exists());
        let ran = run.finish();
        if signal == Signal::INT {
            ran.exits(130).stderr_has("同样的命令会接着做");
        }
        assert!(!folder.join(FINISHED[0]).exists());
        goes_on(&ran, &hub, &gate, &expected);
    }
}

/// Nobody is left to keep anything; what was kept before still counts.
#[test]
fn when_both_processes_are_killed_what_was_kept_before_is_gone_on_with() {
    let Held { hub, gate, run, folder, expected, .. } = Held::new();
    run.signal(Signal::INT);
    let ran = run.finish();
    ran.exits(130);
    let n_asked = hub.asked().len();
    let mut run = pull_again(&ran, &hub).start();
    run.wait_until("a tensor to be asked for", |_| !gate.fetched(&hub.asked()[n_asked..]).is_empty());
    let worker = children(run.pid());
    assert_eq!(worker.len(), 1, "one that converts");
    let group = i32::try_from(worker[0]).ok().and_then(Pid::from_raw).expect("a process id");
    kill_process_group(group, Signal::KILL).expect("it has a group of its own");
    run.signal(Signal::KILL);
    wait_until_gone(worker[0]);
    // Whether the second one still saw the first one's end is left to chance.
    assert!(matches!(run.finish().code(), None | Some(70)));
    assert!(!folder.join(FINISHED[0]).exists());
    goes_on(&ran, &hub, &gate, &expected);
}

#[test]
fn a_hub_that_fails_for_good_ends_it_with_what_is_finished_kept() {
    let Held { hub, gate, run, folder, expected, .. } = Held::new();
    gate.set(REFUSED);
    let ran = run.finish();
    ran.exits(4).stderr_has(REPO).stderr_has("再运行一次");
    assert_eq!(names(&folder), ["tiny.Q4_K_M.gguf.part", "tiny.Q4_K_M.gguf.part.json"]);
    goes_on(&ran, &hub, &gate, &expected);
}

#[test]
fn the_end_of_the_process_that_converts_is_told() {
    let held = Held::new();
    kill_process(held.worker(), Signal::KILL).expect("it is there");
    let ran = held.run.finish();
    ran.exits(70).stdout("").stderr_has("转换的进程停了").stderr_has("同样的命令会接着做");
    assert!(!held.folder.join(FINISHED[0]).exists());
    held.gate.set(ANSWERED);
    let again = pull_again(&ran, &held.hub).run();
    again.exits(0);
    is_whole(&again, &held.expected);
}

#[test]
fn two_at_once_do_not_spoil_it_for_each_other() {
    let held = Held::new();
    let second = Liao::new().args(["pull", "tiny:Q4_K_M"]).env("HF_ENDPOINT", held.hub.url(""));
    let second = second.env("LIAO_HOME", &held.home).run();
    second.exits(1).stdout("").stderr_has(&held.run.pid().to_string()).stderr_has("等它做完，再运行一次");
    held.gate.set(ANSWERED);
    let ran = held.run.finish();
    ran.exits(0);
    is_whole(&ran, &held.expected);
}

/// The other one began later, or was faster, and was done while this one still read the list of tensors.
#[test]
fn what_another_has_made_meanwhile_is_not_made_again() {
    let files = in_safetensors();
    let is_held = Arc::new(AtomicBool::new(true));
    let held = Arc::clone(&is_held);
    let hub = hub(&files, move |_, _| {
        while held.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(5));
        }
        None
    });
    let liao = pull(&hub.url(""));
    let theirs = liao.liao_home().join("data/models/tiny").join(FINISHED[0]);
    let mut run = liao.start();
    run.wait_until("the list of tensors to be asked for", |_| {
        hub.asked().iter().any(|asked| weights_asked(asked).is_some())
    });
    fs::create_dir_all(theirs.parent().unwrap()).unwrap();
    fs::write(&theirs, "theirs").unwrap();
    is_held.store(false, Ordering::SeqCst);
    let ran = run.finish();
    ran.exits(0).stderr_has("另一个 liao").stderr_has(FINISHED[0]);
    assert_eq!(fs::read(&theirs).unwrap(), b"theirs");
    assert_eq!(names(&folder_of(&ran)), [FINISHED[0]]);
}

#[test]
fn a_disk_that_fills_up_is_told_and_gone_on_with() {
    let files = in_safetensors();
    let (hub, gate, expected) = (good(&files), Gate::of(&files), imported(&files));
    let place = first_of_last(&expected);
    // In blocks of 512 bytes: in the middle of the last layer's first tensor, a file may grow no further.
    let script = format!("ulimit -f {}; exec \"$0\" pull tiny:Q4_K_M", (place.start + place.end) / 1024);
    let liao = Liao::of("/bin/sh").args(["-c", &script, env!("CARGO_BIN_EXE_liao")]).env("HF_ENDPOINT", hub.url(""));
    liao.file("liao/config/models.toml", format!("[tiny]\nrepo = \"{REPO}\"\nformat = \"checkpoint\"\n"));
    let ran = liao.run();
    ran.exits(5).stdout("").stderr_has(FINISHED[0]).stderr_has("写不了").stderr_has("同样的命令会接着做");
    assert_eq!(names(&folder_of(&ran)), ["tiny.Q4_K_M.gguf.part", "tiny.Q4_K_M.gguf.part.json"]);
    goes_on(&ran, &hub, &gate, &expected);
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let hub = good(&in_safetensors());
    let liao = pull(&hub.url(""));
    liao.file("liao/data/models/tiny", "a file in the place of the folder");
    liao.run().exits(1).stdout("").stderr_has(FINISHED[0]).stderr_has("写不了");
}

#[test]
fn what_our_own_validator_does_not_take_is_not_gone_on_with() {
    let Held { hub, gate, run, folder, expected, .. } = Held::new();
    run.signal(Signal::INT);
    let ran = run.finish();
    ran.exits(130);
    let part = folder.join("tiny.Q4_K_M.gguf.part");
    let mut bytes = fs::read(&part).unwrap();
    bytes[0] ^= 1;
    fs::write(&part, bytes).unwrap();
    gate.set(ANSWERED);
    pull_again(&ran, &hub).run().exits(3).stderr_has("tiny.Q4_K_M.gguf.part");
    assert_eq!(names(&folder), [""; 0]);
    let again = pull_again(&ran, &hub).run();
    again.exits(0);
    assert!(fs::read(folder.join(FINISHED[0])).unwrap() == expected);
}

/// The hub tells no hashes, and both commits have files of the same sizes.
#[test]
fn a_commit_that_is_named_goes_before_the_one_that_was_begun_from() {
    let older = in_safetensors();
    let mut later = older.clone();
    // The sign of the last number of all, in a tensor that is finished before the gate.
    *later.get_mut("model.safetensors").unwrap().last_mut().unwrap() ^= 0x80;
    let gate = Gate::of(&older);
    let (before, versions) = (gate.clone(), [(COMMIT, older.clone()), (LATER, later.clone())]);
    let hub = FaultServer::start(b"", move |asked| {
        let at = |(commit, _): &&(&str, Files)| asked.path.contains(*commit);
        let Some((_, files)) = versions.iter().find(at) else { return Reply::status(404) };
        if asked.path.contains("/tree/") {
            return Reply::good().content(&listing(files, false));
        }
        let name = asked.path.rsplit('/').next().unwrap_or_default();
        let Some(bytes) = files.get(name) else { return Reply::status(404) };
        before.answer(asked).unwrap_or_else(Reply::good).content(bytes)
    });
    let entry = |commit: &str| format!("[tiny]\nrepo = \"{REPO}\"\nformat = \"checkpoint\"\nrevision = \"{commit}\"\n");
    let with = |liao: Liao| {
        liao.file("liao/config/models.toml", entry(COMMIT));
        liao
    };
    let Held { hub, gate, run, folder, .. } = Held::at(hub, gate, &older, with);
    run.signal(Signal::INT);
    let ran = run.finish();
    ran.exits(130);
    assert!(folder.join("tiny.Q4_K_M.gguf.part.json").exists());
    let n_first = hub.asked().len();
    gate.set(ANSWERED);
    let again = pull_again(&ran, &hub);
    again.file("liao/config/models.toml", entry(LATER));
    let again = again.run();
    again.exits(0);
    assert!(imported(&older) != imported(&later), "the commits differ in what comes of them");
    is_whole(&again, &imported(&later));
    assert!(hub.asked()[n_first..].iter().all(|asked| !asked.path.contains(COMMIT)));
}

#[test]
fn what_is_wrong_is_told_at_once_and_not_when_the_hub_has_answered() {
    let mut files = in_safetensors();
    let places = places(&files);
    let (_, first) = places.iter().find(|(name, _)| name.contains(".layers.0.mlp.")).expect("a tensor");
    let nan = [0x00, 0x7e];
    files.get_mut("model.safetensors").unwrap()[first.start as usize..][..2].copy_from_slice(&nan);
    let is_of_last =
        move |start: u64| places.iter().any(|(name, place)| name.contains(".layers.1.") && place.contains(&start));
    let hub = hub(&files, move |asked, _| {
        asked.range.is_some_and(|(start, _)| is_of_last(start)).then(|| Reply::good().stall(1))
    });
    // A hub is waited for longer than this.
    let ran = pull(&hub.url("")).timeout(Duration::from_secs(25)).run();
    ran.exits(3).stderr_has("NaN");
    assert!(!folder_of(&ran).join("tiny.Q4_K_M.gguf").exists());
}
