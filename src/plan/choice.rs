//! Pure: which of the files of a model suits a machine. It is told the machine's whole memory, not what is free just
//! now: what is downloaded today is used next month.

use super::{CHUNK_CPU, Shape};
use crate::protocol::KvType;

/// A file that a model can be had in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer<'a> {
    /// Its quantization.
    pub quant: &'a str,
    /// Its size.
    pub bytes: u64,
}

/// A file that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice<'a> {
    /// Which.
    pub offer: Offer<'a>,
    /// Whether it fits only with a context of [`TIGHT_CTX`] and a KV cache of q8_0.
    pub is_tight: bool,
}

/// The context that a model is still of use with, in tokens.
pub const TIGHT_CTX: u32 = 1024;

/// The weights take at most so much of the memory where there is enough: the rest is for the context, the system and
/// other programs. Of a 13B, 12 GB then gives Q3_K_M, 16 GB Q4_K_M, 24 GB Q6_K, 32 GB Q8_0.
const MOST_FOR_WEIGHTS: (u64, u64) = (8, 15);

/// Where there is not, so much is left to the system and other programs.
const LEFT_BYTES: u64 = 1 << 30;

/// From the best to the least. What is in neither list (Q4_K_S, Q3_K_L …) is for who asks for it by name.
const WITH_ROOM: [&str; 9] = ["Q8_0", "Q6_K", "Q5_K_M", "Q5_K", "Q4_K_M", "Q4_K", "Q4_0", "Q3_K_M", "Q3_K"];

/// Q2_K loses much, so it is only for where nothing better fits; and nothing above Q3 is squeezed in, because that
/// would leave no room to talk.
const SQUEEZED: [&str; 4] = ["Q3_K_M", "Q3_K", "Q3_K_S", "Q2_K"];

/// Chooses the best file that leaves room for a long context, else the best that fits at all. Without a shape only
/// the first can be told. `None`: none fits.
#[must_use]
pub fn choose<'a>(offers: &[Offer<'a>], shape: Option<&Shape>, memory_bytes: u64) -> Option<Choice<'a>> {
    let (part, whole) = MOST_FOR_WEIGHTS;
    let most_bytes = memory_bytes / whole * part;
    if let Some(offer) = best(offers, &WITH_ROOM, |bytes| bytes <= most_bytes) {
        return Some(Choice { offer, is_tight: false });
    }
    let shape = shape?;
    let usable_bytes = memory_bytes.saturating_sub(LEFT_BYTES);
    let least = |bytes| Shape { weights_bytes: bytes, ..*shape }.needed(TIGHT_CTX, KvType::Q8_0, CHUNK_CPU);
    let offer = best(offers, &SQUEEZED, |bytes| least(bytes).total() <= usable_bytes)?;
    Some(Choice { offer, is_tight: true })
}

/// The first of these quantizations that there is a file of that fits.
fn best<'a>(offers: &[Offer<'a>], quants: &[&str], fits: impl Fn(u64) -> bool) -> Option<Offer<'a>> {
    let of = |quant: &&str| offers.iter().find(|offer| offer.quant.eq_ignore_ascii_case(quant) && fits(offer.bytes));
    quants.iter().find_map(of).copied()
}

/// Of a machine's whole memory, what a model may be planned with: an eighth, but at most 2 GiB, is the system's and
/// other programs'.
#[must_use]
pub fn usable(memory_bytes: u64) -> u64 {
    memory_bytes - (memory_bytes / 8).min(2 << 30)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    /// Llama-2-13B as TheBloke's repository has it.
    const OFFERS: [Offer<'static>; 7] = [
        Offer { quant: "Q2_K", bytes: 5_429_348_224 },
        Offer { quant: "Q3_K_M", bytes: 6_340_000_000 },
        Offer { quant: "Q4_0", bytes: 7_365_834_624 },
        Offer { quant: "Q4_K_M", bytes: 7_865_956_224 },
        Offer { quant: "Q5_K_M", bytes: 9_229_924_224 },
        Offer { quant: "Q6_K", bytes: 10_679_140_224 },
        Offer { quant: "Q8_0", bytes: 13_831_319_424 },
    ];

    fn chosen(memory_bytes: u64) -> Option<(&'static str, bool)> {
        let shape = Shape::llama2_13b(0, 32_000, 4096);
        choose(&OFFERS, Some(&shape), memory_bytes).map(|choice| (choice.offer.quant, choice.is_tight))
    }

    #[test]
    fn each_machine_gets_what_suits_it() {
        for (memory_gib, expected) in [
            (4, None),
            (6, None),
            (7, Some(("Q2_K", true))),
            (8, Some(("Q3_K_M", true))),
            (10, Some(("Q3_K_M", true))),
            (12, Some(("Q3_K_M", false))),
            (16, Some(("Q4_K_M", false))),
            (20, Some(("Q6_K", false))),
            (24, Some(("Q6_K", false))),
            (32, Some(("Q8_0", false))),
            (128, Some(("Q8_0", false))),
        ] {
            assert_eq!(chosen(memory_gib * GIB), expected, "{memory_gib} GiB");
        }
        // What a machine sold with 16 or 24 GB tells of it.
        assert_eq!(chosen(15 * GIB + GIB / 2), Some(("Q4_K_M", false)));
        assert_eq!(chosen(23 * GIB), Some(("Q6_K", false)));
    }

    #[test]
    fn more_memory_never_gives_a_smaller_file() {
        let bytes = |memory_mib: u64| {
            chosen(memory_mib << 20)
                .map_or(0, |(quant, _)| OFFERS.iter().find(|offer| offer.quant == quant).expect("one of them").bytes)
        };
        let all: Vec<u64> = (0..64 * 16).map(|n| bytes(n * 64)).collect();
        assert!(all.is_sorted(), "{all:?}");
    }

    #[test]
    fn without_a_shape_nothing_is_squeezed_in() {
        assert_eq!(choose(&OFFERS, None, 8 * GIB), None);
        assert_eq!(choose(&OFFERS, None, 16 * GIB).map(|choice| choice.offer.quant), Some("Q4_K_M"));
        assert_eq!(choose(&[], None, 16 * GIB), None);
        assert_eq!(choose(&[Offer { quant: "IQ4_XS", bytes: 1 }], None, 16 * GIB), None);
    }

    #[test]
    fn something_is_left_to_the_system() {
        assert_eq!(usable(8 * GIB), 7 * GIB);
        assert_eq!((usable(16 * GIB), usable(64 * GIB)), (14 * GIB, 62 * GIB));
        assert_eq!(usable(0), 0);
    }
}
