//! Every parser of strangers' bytes, fed with damaged good files: cut at every byte, every bit flipped, and several
//! things at once. The functions are those of the fuzz targets; what each is held to stands in `fuzz/src/lib.rs`.

#[path = "../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "the crate of the fuzz targets, as a module")]
mod targets;

use std::collections::BTreeSet;

use crate::support::gguf::Random;
use crate::support::good;

/// Where a file is larger, so many places are chosen from it.
const N_PLACES: usize = 2000;

/// How many times several things are damaged at once.
const N_MIXED: u64 = 1000;

/// What is called with bytes, and panics where they bring it down.
type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 10] = [
    ("pickle", targets::pickle),
    ("torch", targets::torch),
    ("safetensors", targets::safetensors),
    ("index", targets::index),
    ("gguf", targets::gguf),
    ("config", targets::config),
    ("tokenizer_model", targets::tokenizer_model),
    ("tokenizer_json", targets::tokenizer_json),
    ("tree", targets::tree),
    ("sidecar", targets::sidecar),
];

/// All places below `n`, or many of them: the first ones, where most is said, and some anywhere.
fn places(n: usize, random: &mut Random) -> BTreeSet<usize> {
    if n <= N_PLACES {
        return (0..n).collect();
    }
    (0..N_PLACES / 2).chain((0..N_PLACES / 2).map(|_| random.below(n))).collect()
}

fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    let n = bytes.len();
    if n < 8 {
        return;
    }
    let (at, from) = (random.below(n - 4), random.below(n - 4));
    match random.below(6) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at..at + 4].fill([0, 0x7f, 0x80, 0xff][random.below(4)]),
        2 => bytes.copy_within(from..from + 4, at),
        3 => bytes.truncate(at + 4),
        4 => drop(bytes.drain(at..at + 1 + random.below(4))),
        _ => {
            let piece = bytes[from..(from + 1 + random.below(64)).min(n)].to_vec();
            bytes.splice(at..at, piece);
        }
    }
}

/// Calls a target with a damaged file. A panic says with which.
fn feed(name: &str, what: &str, bytes: &[u8], target: Target) {
    let fed = std::panic::catch_unwind(|| target(bytes));
    assert!(fed.is_ok(), "{name}: {what}");
}

#[test]
fn damaged_files_are_refused_or_still_sound() {
    for (name, good) in good::files() {
        let target = TARGETS.iter().find(|(known, _)| *known == name).expect("a target for every file").1;
        target(&good);
        let mut random = Random(good.len() as u64);
        for at in places(good.len(), &mut random) {
            feed(name, &format!("cut to {at} bytes"), &good[..at], target);
            let mut bytes = good.clone();
            bytes[at] ^= 1 << random.below(8);
            feed(name, &format!("byte {at} is {:#x}", bytes[at]), &bytes, target);
        }
        for seed in 0..N_MIXED {
            let mut random = Random(seed);
            let mut bytes = good.clone();
            for _ in 0..=random.below(5) {
                damage(&mut bytes, &mut random);
            }
            feed(name, &format!("damaged by seed {seed}"), &bytes, target);
        }
    }
}

#[test]
fn every_target_has_a_good_file_and_a_place_in_the_fuzzer() {
    let with_files: BTreeSet<&str> = good::files().into_iter().map(|(name, _)| name).collect();
    let here: BTreeSet<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(with_files, here);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let files: BTreeSet<String> = files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(files, here.into_iter().map(str::to_owned).collect());
}
