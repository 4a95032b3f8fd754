//! Rows of numbers to rows of a GGUF type, by ggml's own code, so that the bytes are those of `llama-quantize`, or by
//! `k_quants`, which makes the same bytes sooner. The one file here that is not safe Rust, and all that is known here of
//! llama.cpp.

#![expect(unsafe_code, reason = "the quantizer is there in C alone")]

use std::ffi::c_void;

use super::k_quants;
use crate::gguf::TensorType;

/// Quantizes whole rows of `n_columns` numbers each. `blocks` is exactly as large as they become. Whether every number
/// could be told in that type: `false` where one is too large for it, and what is in `blocks` is then of no use.
///
/// # Panics
/// When the sizes do not agree, the rows are no whole blocks, or the type is none that `mixture` gives out.
#[must_use]
pub(super) fn quantize(kind: TensorType, n_columns: usize, rows: &[f32], blocks: &mut [u8]) -> bool {
    assert!(n_columns > 0 && rows.len().is_multiple_of(n_columns), "{} / {n_columns}", rows.len());
    let (block_elements, block_bytes) = (kind.block_elements() as usize, kind.block_bytes() as usize);
    assert!(n_columns.is_multiple_of(block_elements), "{n_columns} / {block_elements}");
    assert_eq!(rows.len() / block_elements * block_bytes, blocks.len());
    assert!(IMPORTED.contains(&kind), "{}", kind.name());
    if kind == TensorType::F32 {
        for (number, bytes) in rows.iter().zip(blocks.as_chunks_mut::<4>().0) {
            *bytes = number.to_le_bytes();
        }
        return true;
    }
    if k_quants::has(kind) {
        let numbers = rows.as_chunks::<{ k_quants::BLOCK }>().0;
        for (numbers, block) in numbers.iter().zip(blocks.chunks_exact_mut(block_bytes)) {
            if !k_quants::quantize(kind, numbers, block) {
                quantize_by_ggml(kind, k_quants::BLOCK, numbers, block);
            }
        }
    } else {
        quantize_by_ggml(kind, n_columns, rows, blocks);
    }
    // SAFETY: it reads as many bytes as `blocks` has, which are whole blocks of the type, and keeps no pointer.
    unsafe { llama_cpp_sys_2::ggml_validate_row_data(kind.number(), blocks.as_ptr().cast::<c_void>(), blocks.len()) }
}

/// Of what [`quantize`] has checked.
fn quantize_by_ggml(kind: TensorType, n_columns: usize, rows: &[f32], blocks: &mut [u8]) {
    let n_rows = rows.len() / n_columns;
    // SAFETY: `rows` holds `n_rows * n_columns` floats and `blocks` as many bytes as they become, both held by the
    // caller; the type is one that needs no importance matrix, for which a null pointer is what the function expects.
    // It keeps neither pointer, and writes nothing else.
    let n_written = unsafe {
        llama_cpp_sys_2::ggml_quantize_chunk(
            kind.number(),
            rows.as_ptr(),
            blocks.as_mut_ptr().cast::<c_void>(),
            0,
            n_rows as i64,
            n_columns as i64,
            std::ptr::null(),
        )
    };
    assert_eq!(n_written, blocks.len());
}

/// What a tensor may become.
const IMPORTED: [TensorType; 11] = [
    TensorType::F32,
    TensorType::F16,
    TensorType::Q8_0,
    TensorType::Q6_K,
    TensorType::Q5_K,
    TensorType::Q5_1,
    TensorType::Q5_0,
    TensorType::Q4_K,
    TensorType::Q4_0,
    TensorType::Q3_K,
    TensorType::Q2_K,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Some numbers of both signs and many sizes.
    fn rows(n: usize) -> Vec<f32> {
        (0..n as u32)
            .map(|i| ((i.wrapping_mul(2_654_435_761) >> 8) as f32 / 16_777_216.0 - 0.5) * (1.0 + (i % 7) as f32))
            .collect()
    }

    #[test]
    fn every_type_fills_its_blocks() {
        let rows = rows(4 * 512);
        for kind in IMPORTED {
            let n_bytes = rows.len() / kind.block_elements() as usize * kind.block_bytes() as usize;
            let (mut whole, mut halves) = (vec![0xaa; n_bytes], vec![0x55; n_bytes]);
            assert!(quantize(kind, 512, &rows, &mut whole), "{}", kind.name());
            // Each row is by itself: in two calls it is the same.
            for (rows, blocks) in rows.chunks(1024).zip(halves.chunks_mut(n_bytes / 2)) {
                assert!(quantize(kind, 512, rows, blocks), "{}", kind.name());
            }
            assert_eq!(whole, halves, "{}", kind.name());
        }
    }

    /// Blocks of many kinds: of one size and of many, of one sign, flat, empty but for one number, with groups that are
    /// nothing beside the others, next to what a half can tell, and whatever bits may be.
    fn blocks_of_all_kinds() -> Vec<f32> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state
        };
        let mut numbers = Vec::new();
        for block in 0..4200 {
            let size = 2f32.powi(block % 31 - 20);
            let offset = [0.0, 0.0, 1.5, -1.5][block as usize / 7 % 4];
            for i in 0..256 {
                let even = (next() >> 8) as f32 / 8_388_608.0 - 1.0;
                let group = 2f32.powi(-(i / 16) % 12);
                numbers.push(match block % 7 {
                    0 => (even + offset) * size,
                    1 => even * even * even * size,
                    2 => (even * group + offset) * size,
                    3 => {
                        if next() >> 28 == 0 {
                            even * size
                        } else {
                            0.0
                        }
                    }
                    4 => {
                        if i / 32 % 2 == 0 {
                            offset.signum() * size
                        } else {
                            -even.abs() * size
                        }
                    }
                    5 => half::f16::from_f32(even * 0.02 + (next() >> 30) as f32 * 1e-4).to_f32(),
                    _ => Some(f32::from_bits(next())).filter(|number| number.is_finite()).unwrap_or(-0.0),
                });
            }
        }
        numbers
    }

    // Elsewhere, compilers may join ggml's multiplications and additions, and the last bits are other ones.
    #[cfg(target_arch = "x86_64")]
    #[test]
    fn what_is_made_here_is_what_ggml_makes() {
        let numbers = blocks_of_all_kinds();
        for kind in IMPORTED.into_iter().filter(|kind| k_quants::has(*kind)) {
            let block_bytes = kind.block_bytes() as usize;
            let (mut ours, mut ggmls) = (vec![0; block_bytes], vec![0; block_bytes]);
            let mut n_left = 0;
            for (i, numbers) in numbers.as_chunks::<{ k_quants::BLOCK }>().0.iter().enumerate() {
                quantize_by_ggml(kind, k_quants::BLOCK, numbers, &mut ggmls);
                if k_quants::quantize(kind, numbers, &mut ours) {
                    assert_eq!(ours, ggmls, "{} block {i}: {numbers:?}", kind.name());
                } else {
                    n_left += 1;
                }
            }
            assert!(n_left < 2000, "{}: {n_left}", kind.name());
        }
    }

    #[test]
    fn floats_stay_what_they_are() {
        let rows = [1.0f32, -0.5, 65504.0, 1e-7];
        let mut bytes = [0; 16];
        assert!(quantize(TensorType::F32, 4, &rows, &mut bytes));
        assert_eq!(bytes.as_chunks::<4>().0.iter().map(|x| f32::from_le_bytes(*x)).collect::<Vec<_>>(), rows);
        let mut bytes = [0; 8];
        assert!(quantize(TensorType::F16, 4, &rows, &mut bytes));
        assert_eq!(
            bytes.as_chunks::<2>().0.iter().map(|x| u16::from_le_bytes(*x)).collect::<Vec<_>>(),
            [0x3c00, 0xb800, 0x7bff, 0x0002]
        );
    }

    #[test]
    fn what_a_type_cannot_tell_is_told() {
        let mut rows = [0.0; 256];
        rows[77] = 1e9;
        for kind in IMPORTED.into_iter().filter(|kind| *kind != TensorType::F32) {
            let mut blocks = vec![0; kind.row_bytes(256) as usize];
            assert!(!quantize(kind, 256, &rows, &mut blocks), "{}", kind.name());
        }
    }

    #[test]
    #[should_panic(expected = "256")]
    fn rows_that_are_no_whole_blocks_never_reach_ggml() {
        let _ = quantize(TensorType::Q4_K, 128, &[0.0; 128], &mut [0; 72]);
    }
}
