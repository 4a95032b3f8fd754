//! Imports that break off, and are gone on with: what was finished is not done again, and what comes of it is what would
//! have come without. What else may break one off is in `checkpoint/broken_off.rs`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use liao::gguf::Header;

use crate::support::checkpoint::PLAIN;
use crate::support::{Liao, Ran};

/// How many tensors are finished, as the journal beside an unfinished file has it.
fn n_finished(part: &Path) -> u64 {
    let journal = fs::read(part.with_added_extension("json")).expect("a journal");
    let journal: serde_json::Value = serde_json::from_slice(&journal).expect("JSON");
    journal["n_finished"].as_u64().expect("a number of tensors")
}

fn import(source: &Path, output: &Path) -> Liao {
    Liao::new().arg("import").arg(source).args(["--quant", "Q2_K", "--output"]).arg(output)
}

/// As [`import`], where a file may have so many bytes at most, to 512 of them.
fn import_within(n_bytes: u64, source: &Path, output: &Path) -> Ran {
    let script = format!("ulimit -f {}; exec \"$0\" \"$@\"", n_bytes / 512);
    let liao = Liao::of("/bin/sh").args(["-c", &script, env!("CARGO_BIN_EXE_liao")]);
    liao.arg("import").arg(source).args(["--quant", "Q2_K", "--output"]).arg(output).run()
}

#[test]
fn finished_tensors_are_never_done_again() {
    let dir = tempfile::tempdir().unwrap();
    let source = PLAIN.write(dir.path());
    let (whole, output) = (dir.path().join("whole.gguf"), dir.path().join("out.gguf"));
    let part = output.with_added_extension("part");
    import(&source, &whole).run().exits(0);
    let header = Header::read(&whole).unwrap();
    let end_of = |i: usize| {
        let tensor = &header.tensors()[i];
        header.data_offset() + tensor.offset + tensor.n_bytes
    };

    // The disk fills up in the middle of a tensor, and further on once more.
    let n_tensors = header.tensors().len();
    for n_before in [n_tensors / 3, n_tensors / 2] {
        let n_bytes = (end_of(n_before - 1) + end_of(n_before)) / 2;
        import_within(n_bytes, &source, &output).exits(5).stdout("").stderr_has("out.gguf").stderr_has("写不了");
        assert!(!output.exists());
        // A small tensor's end may lie within the same block.
        assert!((n_before as u64 - 2..=n_before as u64).contains(&n_finished(&part)), "{n_before}");
    }

    // A byte in the first tensor tells whether that is made anew.
    let mut bytes = fs::read(&part).unwrap();
    let marked = end_of(0) as usize - 100;
    bytes[marked] ^= 0xff;
    fs::write(&part, bytes).unwrap();
    import(&source, &output).run().exits(0);
    let (made, mut expected) = (fs::read(&output).unwrap(), fs::read(&whole).unwrap());
    expected[marked] ^= 0xff;
    assert!(made == expected, "the same file, and the mark is still there");
    let left = fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut left: Vec<String> = left.collect();
    left.sort();
    assert_eq!(left, ["out.gguf", "plain", "whole.gguf"]);
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
    let run = import(&source, &output).start();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(fs::read(&part).unwrap(), b"still at it");
    assert!(!output.exists());
    drop(other);
    run.finish().exits(0);
    Header::read(&output).unwrap();
}

#[test]
fn whoever_is_at_it_already_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (source, output) = (PLAIN.write(dir.path()), dir.path().join("out.gguf"));
    let theirs = output.with_added_extension("lock");
    fs::write(&theirs, "4194304999").unwrap();
    let other = fs::File::open(&theirs).unwrap();
    other.lock().unwrap();
    let ran = import(&source, &output).run();
    ran.exits(1).stdout("").stderr_has("out.gguf").stderr_has("另一个 liao").stderr_has("等它做完，再运行一次");
    assert!(!output.exists() && !output.with_added_extension("part").exists());
    drop(other);
    import(&source, &output).run().exits(0);
    Header::read(&output).unwrap();
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let dir = tempfile::tempdir().unwrap();
    // Nobody may make a file there, root neither.
    let ran = import(&PLAIN.write(dir.path()), Path::new("/proc/out.gguf")).run();
    ran.exits(1).stdout("").stderr_has("/proc/out.gguf").stderr_has("权限");
}

#[test]
fn another_source_begins_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("1"), dir.path().join("2"));
    for folder in [&first, &second] {
        fs::create_dir(folder).unwrap();
    }
    let (first, second) = (PLAIN.write(&first), PLAIN.write(&second));
    let output = dir.path().join("out.gguf");
    let part = output.with_added_extension("part");
    // Of the same name and with the same sizes, but of another day.
    let weights = second.join("model.safetensors");
    let mut bytes = fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 0x80;
    fs::write(&weights, bytes).unwrap();
    let expected = dir.path().join("expected.gguf");
    import(&second, &expected).run().exits(0);
    let n_bytes = fs::metadata(&expected).unwrap().len();

    import_within(n_bytes / 2, &first, &output).exits(5);
    assert!(n_finished(&part) >= 2, "the tensor that differs is among the first two");
    import(&second, &output).run().exits(0);
    assert!(fs::read(&output).unwrap() == fs::read(&expected).unwrap());
}
