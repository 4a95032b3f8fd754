//! Imports that are stopped, and killed, and gone on with: what was finished is not done again, and what comes of it is
//! what would have come without.

use std::fs;
use std::path::Path;
use std::time::Duration;

use liao::gguf::Header;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::support::Liao;
use crate::support::answers::{children, wait_until_gone};
use crate::support::checkpoint::{Case, PLAIN};

/// Large enough to take a second or so, in many tensors.
const LARGE: Case = Case { name: "large", width: 512, feed_forward: 1024, ..PLAIN };

/// How many tensors are finished, as the journal beside an unfinished file has it.
fn n_finished(part: &Path) -> u64 {
    let journal = fs::read(part.with_added_extension("json")).expect("a journal");
    let journal: serde_json::Value = serde_json::from_slice(&journal).expect("JSON");
    journal["n_finished"].as_u64().expect("a number of tensors")
}

#[test]
fn finished_tensors_are_never_done_again() {
    let dir = tempfile::tempdir().unwrap();
    let source = LARGE.write(dir.path());
    let (whole, output) = (dir.path().join("whole.gguf"), dir.path().join("out.gguf"));
    let part = output.with_added_extension("part");
    let import = |path: &Path| Liao::new().arg("import").arg(&source).args(["--quant", "Q2_K", "--output"]).arg(path);
    import(&whole).run().exits(0);
    let header = Header::read(&whole).unwrap();
    let end_of = |i: usize| {
        let tensor = &header.tensors()[i];
        header.data_offset() + tensor.offset + tensor.n_bytes
    };

    // Ctrl-C: what is finished is kept.
    let mut run = import(&output).start();
    run.wait_for_file(&part, end_of(2));
    run.signal(Signal::INT);
    run.finish().exits(130).stdout("");
    let n_kept = n_finished(&part);
    assert!(n_kept >= 1 && n_kept < header.tensors().len() as u64, "{n_kept}");
    assert!(!output.exists());

    // Both processes killed, at one blow; whether the second one still sees the first one's end is left to chance.
    let n_there = fs::metadata(&part).unwrap().len();
    let mut run = import(&output).start();
    run.wait_for_file(&part, n_there);
    let workers = children(run.pid());
    assert_eq!(workers.len(), 1, "one that converts");
    let group = i32::try_from(workers[0]).ok().and_then(Pid::from_raw).expect("a process id");
    kill_process_group(group, Signal::KILL).expect("it has a group of its own");
    run.signal(Signal::KILL);
    wait_until_gone(workers[0]);
    assert!(matches!(run.finish().code(), None | Some(70)));
    assert!(n_finished(&part) >= n_kept && !output.exists());

    // A byte in the first tensor tells whether that is made anew.
    let mut bytes = fs::read(&part).unwrap();
    let marked = end_of(0) as usize - 100;
    bytes[marked] ^= 0xff;
    fs::write(&part, bytes).unwrap();
    import(&output).run().exits(0);
    let (made, mut expected) = (fs::read(&output).unwrap(), fs::read(&whole).unwrap());
    expected[marked] ^= 0xff;
    assert!(made == expected, "the same file, and the mark is still there");
    let left = fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut left: Vec<String> = left.collect();
    left.sort();
    assert_eq!(left, ["large", "out.gguf", "whole.gguf"]);
}

/// As a process does that has not yet seen that the liao which started it was killed.
#[test]
fn whoever_still_writes_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let (source, output) = (PLAIN.write(dir.path()), dir.path().join("out.gguf"));
    let part = output.with_added_extension("part");
    fs::write(&part, "still at it").unwrap();
    let other = fs::File::open(&part).unwrap();
    other.lock().unwrap();
    let run = Liao::new().arg("import").arg(source).arg("--output").arg(&output).start();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(fs::read(&part).unwrap(), b"still at it");
    assert!(!output.exists());
    drop(other);
    run.finish().exits(0);
    Header::read(&output).unwrap();
}

#[test]
fn another_source_begins_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("1"), dir.path().join("2"));
    for folder in [&first, &second] {
        fs::create_dir(folder).unwrap();
    }
    let output = dir.path().join("out.gguf");
    let part = output.with_added_extension("part");
    let import = |source: &Path, output: &Path| {
        Liao::new().arg("import").arg(source).args(["--quant", "Q2_K", "--output"]).arg(output)
    };
    let mut run = import(&LARGE.write(&first), &output).start();
    run.wait_for_file(&part, 1 << 20);
    run.signal(Signal::INT);
    run.finish().exits(130);
    assert!(n_finished(&part) >= 1);
    // Of the same name and with the same sizes, but of today.
    let other = LARGE.write(&second);
    let weights = other.join("model.safetensors");
    let mut bytes = fs::read(&weights).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 0x80;
    fs::write(&weights, bytes).unwrap();
    import(&other, &output).run().exits(0);
    let expected = dir.path().join("expected.gguf");
    import(&other, &expected).run().exits(0);
    assert!(fs::read(&output).unwrap() == fs::read(&expected).unwrap());
}
