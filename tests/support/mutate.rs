//! Damages the header of a good file, each time in another way that a seed fixes: for tests that hold for all
//! files, such as "the reader never panics" and "what the validator accepts, llama.cpp runs".

#![allow(dead_code, reason = "each theme of tests uses a part of this")]

use super::gguf::{Built, F32, Random, TinyGguf};

/// Numbers at which code breaks.
const EDGES: [u64; 14] =
    [0, 1, 2, 3, 31, 64, 255, 513, 65_537, 0x7fff_ffff, 0xffff_ffff, 0x4000_0000, 0x7fff_ffff_ffff_ffff, u64::MAX];

/// Damaged files, one for each seed.
pub(crate) struct Mutants(Vec<(Built, Vec<usize>)>);

impl Mutants {
    /// Mutants of the plain tiny model, and of one that has every optional key and tensor.
    pub(crate) fn new() -> Self {
        let rich = TinyGguf::shaped(1, 64, 4, 2, 96)
            .chatml()
            .template("{{ messages }}")
            .set("general.alignment", 64)
            .set("llama.vocab_size", 437)
            .set("llama.rope.freq_base", 10_000.0)
            .set("llama.rope.scaling.type", "yarn")
            .set("llama.rope.scaling.factor", 2.0)
            .set("llama.rope.scaling.attn_factor", 1.0)
            .set("llama.rope.scaling.original_context_length", 256)
            .set("llama.attention.key_length", 16)
            .set("llama.attention.value_length", 16)
            .set("llama.expert_count", 0)
            .set("llama.pooling_type", 0)
            .tensor("rope_freqs.weight", &[8], F32, None)
            .tensor("blk.0.attn_q.bias", &[64], F32, Some(0.1));
        let files = [TinyGguf::llama(), rich].map(|tiny| tiny.build());
        Self(
            files
                .into_iter()
                .map(|file| {
                    let sites = sites(&file);
                    (file, sites)
                })
                .collect(),
        )
    }

    /// The mutant of this seed: a third have damage anywhere in the header, the others one changed number.
    pub(crate) fn get(&self, seed: u64) -> Vec<u8> {
        let (file, sites) = &self.0[(seed % 2) as usize];
        if seed.is_multiple_of(3) { mutated(file, seed) } else { with_other_number(file, sites, seed) }
    }
}

/// The file with one to three mutations, all inside its header.
fn mutated(file: &Built, seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let mut bytes = file.bytes.clone();
    for _ in 0..=random.below(3) {
        mutate(&mut bytes, file.header_len, &mut random);
    }
    bytes
}

fn mutate(bytes: &mut [u8], header_len: usize, random: &mut Random) {
    let header_len = header_len.min(bytes.len());
    if header_len < 64 {
        return;
    }
    // Half of all mutations hit what is not the long list of tokens: the beginning and the end of the header.
    let at = match random.below(4) {
        0 => random.below(header_len.min(1024) - 8),
        1 => header_len - 8 - random.below(header_len.min(2048) - 8),
        _ => random.below(header_len - 8),
    };
    match random.below(8) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at] = random.next() as u8,
        2 => bytes[at..at + 4].copy_from_slice(&(EDGES[random.below(EDGES.len())] as u32).to_le_bytes()),
        3 => bytes[at..at + 8].copy_from_slice(&EDGES[random.below(EDGES.len())].to_le_bytes()),
        4 => bytes[at] = bytes[at].wrapping_add(1),
        5 => bytes[at] = bytes[at].wrapping_sub(1),
        6 => {
            let from = random.below(header_len - 8);
            let n = 1 + random.below(8);
            bytes.copy_within(from..from + n, at);
        }
        _ => bytes.swap(at, random.below(header_len)),
    }
}

/// The file with one of its four-byte metadata numbers changed to an edge or a neighbour: structure kept, meaning damaged.
/// `sites` are the offsets of such numbers.
fn with_other_number(file: &Built, sites: &[usize], seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let mut bytes = file.bytes.clone();
    let at = sites[random.below(sites.len())];
    let old = u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    let floats = [0.0, -1.0, 1e-30, 1e30, f32::NAN, f32::INFINITY, 0.5, 2.0].map(f32::to_bits);
    let new = match random.below(5) {
        0 => old.wrapping_add(1),
        1 => old.wrapping_sub(1),
        2 => old ^ (1 << random.below(32)),
        3 => floats[random.below(floats.len())],
        _ => EDGES[random.below(EDGES.len())] as u32,
    };
    bytes[at..at + 4].copy_from_slice(&new.to_le_bytes());
    bytes
}

/// Offsets of the values of all scalar keys of four bytes, and of the dimensions and types of all tensors.
fn sites(file: &Built) -> Vec<usize> {
    let bytes = &file.bytes;
    let u32_at = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    let u64_at = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes")) as usize;
    let size = |kind: u32| match kind {
        0 | 1 | 7 => 1,
        2 | 3 => 2,
        4..=6 => 4,
        _ => 8,
    };
    let (n_tensors, n_keys) = (u64_at(8), u64_at(16));
    let mut at = 24;
    let mut sites = Vec::new();
    for _ in 0..n_keys {
        at += 8 + u64_at(at);
        let kind = u32_at(at);
        at += 4;
        match kind {
            8 => at += 8 + u64_at(at),
            9 => {
                let (kind, n) = (u32_at(at), u64_at(at + 4));
                at += 12;
                for _ in 0..n {
                    at += if kind == 8 { 8 + u64_at(at) } else { size(kind) };
                }
            }
            _ => {
                if size(kind) == 4 {
                    sites.push(at);
                }
                at += size(kind);
            }
        }
    }
    for _ in 0..n_tensors {
        at += 8 + u64_at(at);
        let n_dims = u32_at(at) as usize;
        at += 4;
        sites.extend((0..n_dims).map(|i| at + 8 * i));
        at += 8 * n_dims;
        sites.push(at);
        at += 12;
    }
    assert_eq!(at, file.header_len, "the walk ends where the header does");
    sites
}
