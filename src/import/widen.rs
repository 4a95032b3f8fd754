//! Numbers as a source has them, to 32 bits, exactly: what all quantizing begins with.

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

use crate::gguf::TensorType;

/// What can be imported: floats, and the one quantization that keeps nearly all of 16 bits.
pub(super) const WIDENED: [TensorType; 4] = [TensorType::F32, TensorType::F16, TensorType::BF16, TensorType::Q8_0];

/// Bytes of a block of Q8_0: a scale in 16 bits, and [`Q8_0_NUMBERS`] multiples of it in 8 bits each.
const Q8_0_BYTES: usize = 34;
const Q8_0_NUMBERS: usize = 32;

/// Little-endian numbers of a source to 32 bits; as many as `numbers` takes.
///
/// # Panics
/// When the type is not one of [`WIDENED`].
pub(super) fn widen(from: TensorType, bytes: &[u8], numbers: &mut [f32]) {
    match from {
        TensorType::F32 => {
            for (number, bytes) in numbers.iter_mut().zip(bytes.as_chunks::<4>().0) {
                *number = f32::from_le_bytes(*bytes);
            }
        }
        TensorType::F16 => {
            let halves: Vec<f16> = bytes.as_chunks::<2>().0.iter().map(|bytes| f16::from_le_bytes(*bytes)).collect();
            halves.convert_to_f32_slice(numbers);
        }
        TensorType::BF16 => {
            let halves: Vec<bf16> = bytes.as_chunks::<2>().0.iter().map(|bytes| bf16::from_le_bytes(*bytes)).collect();
            halves.convert_to_f32_slice(numbers);
        }
        TensorType::Q8_0 => {
            let blocks = bytes.as_chunks::<Q8_0_BYTES>().0;
            for (block, numbers) in blocks.iter().zip(numbers.as_chunks_mut::<Q8_0_NUMBERS>().0) {
                let scale = f16::from_le_bytes([block[0], block[1]]).to_f32();
                for (number, multiple) in numbers.iter_mut().zip(&block[2..]) {
                    *number = f32::from(multiple.cast_signed()) * scale;
                }
            }
        }
        other => unreachable!("sources of {} are refused", other.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_widen_exactly() {
        for bits in 0..=u16::MAX {
            let bytes = bits.to_le_bytes();
            let mut number = [0.0f32];
            widen(TensorType::F16, &bytes, &mut number);
            let half = f16::from_bits(bits);
            assert!(number[0] == half.to_f32() || half.is_nan() && number[0].is_nan(), "{bits:#x}");
            widen(TensorType::BF16, &bytes, &mut number);
            // Of what is no number, a bit says whether it is quiet.
            let is_same = number[0].to_bits() == u32::from(bits) << 16;
            assert!(is_same || bf16::from_bits(bits).is_nan() && number[0].is_nan(), "{bits:#x}");
        }
        let mut number = [0.0f32];
        widen(TensorType::F32, &1.5e-40f32.to_le_bytes(), &mut number);
        assert_eq!(number, [1.5e-40]);
    }

    #[test]
    fn eight_bits_are_multiples_of_their_scale() {
        let scales = [0.25, -3.0, f32::from(f16::MAX)];
        let block = |scale: f32| {
            let multiples = (0..Q8_0_NUMBERS as u8).map(|i| i.wrapping_mul(9).wrapping_sub(128));
            f16::from_f32(scale).to_le_bytes().into_iter().chain(multiples).collect::<Vec<u8>>()
        };
        let mut numbers = [0.0f32; 3 * Q8_0_NUMBERS];
        widen(TensorType::Q8_0, &scales.map(block).concat(), &mut numbers);
        for (i, number) in numbers.into_iter().enumerate() {
            let multiple = (i % Q8_0_NUMBERS) as i32 * 9 % 256 - 128;
            assert_eq!(number, multiple as f32 * scales[i / Q8_0_NUMBERS], "{i}");
        }
        for scale in [f16::NAN, f16::INFINITY] {
            let block = [&scale.to_le_bytes()[..], &[0; Q8_0_NUMBERS]].concat();
            widen(TensorType::Q8_0, &block, &mut numbers);
            assert!(numbers[..Q8_0_NUMBERS].iter().all(|number| !number.is_finite()));
        }
    }

    #[test]
    fn blocks_are_as_large_as_the_format_has_them() {
        let kind = TensorType::Q8_0;
        assert_eq!((kind.block_bytes(), kind.block_elements()), (Q8_0_BYTES as u64, Q8_0_NUMBERS as u64));
    }
}
