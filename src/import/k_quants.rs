//! Q4_K, Q5_K and Q6_K as ggml makes them where there is no importance matrix, to the last bit, several times as fast.
//!
//! For each group of 16 or 32 numbers ggml tries some twenty scales one after the other, and adds up their errors number
//! after number. The order of those sums must stay, or the bytes would be others; so here it is the groups of a block
//! that are computed side by side, one in each lane of a vector, every lane in ggml's own order.

#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as ggml does, of what is bounded before")]

use std::array;

use half::f16;

use crate::gguf::TensorType;

/// Numbers of a block.
pub(super) const BLOCK: usize = 256;

/// Whether a type is one of these.
pub(super) fn has(kind: TensorType) -> bool {
    matches!(kind, TensorType::Q4_K | TensorType::Q5_K | TensorType::Q6_K)
}

/// Quantizes one block of a type that is [had](has). `false` where a group's scale is rounded to nothing: its quants are
/// then what the search had last, which is not kept here, and ggml has to do that block. That is rare: such a group's
/// numbers are less than a hundredth of the block's.
///
/// # Panics
/// When `bytes` is no block of the type.
#[must_use]
pub(super) fn quantize(kind: TensorType, numbers: &[f32; BLOCK], bytes: &mut [u8]) -> bool {
    match kind {
        TensorType::Q4_K => with_minimum(&SEARCH_Q4, numbers, bytes),
        TensorType::Q5_K => with_minimum(&SEARCH_Q5, numbers, bytes),
        _ => without_minimum(numbers, bytes),
    }
}

/// One number for each group of a block.
type Lanes<const GROUPS: usize> = [f32; GROUPS];

/// A block's numbers: the first of each group, the second of each group, and so on.
type Across<const GROUPS: usize, const SIZE: usize> = [Lanes<GROUPS>; SIZE];

fn across<const GROUPS: usize, const SIZE: usize>(numbers: &[f32; BLOCK]) -> Across<GROUPS, SIZE> {
    let mut across = [[0.0; GROUPS]; SIZE];
    for (group, numbers) in numbers.chunks_exact(SIZE).enumerate() {
        for (lanes, number) in across.iter_mut().zip(numbers) {
            lanes[group] = *number;
        }
    }
    across
}

/// The nearest whole number, halves to even, of what is within 22 bits; of what is not, what ggml makes of it.
fn nearest(number: f32) -> i32 {
    const TO_UNITS: f32 = 12_582_912.0; // 1.5 * 2^23: what follows the point no longer fits
    ((number + TO_UNITS).to_bits() & 0x007f_ffff) as i32 - 0x0040_0000
}

/// How a scale and a minimum are searched: quants go from 0 to `largest`, and the steps divide the range of the numbers
/// by `largest + from`, then by a tenth more each time.
struct Search {
    largest: i32,
    from: f32,
    n_steps: u8,
}

const SEARCH_Q4: Search = Search { largest: 15, from: -1.0, n_steps: 20 };
const SEARCH_Q5: Search = Search { largest: 31, from: -0.5, n_steps: 15 };

/// Groups of 32 that have a scale and a minimum each.
const GROUPS_OF_32: usize = 8;

impl Search {
    /// Each group's scale, and what is added to its numbers before they are divided by it: the minimum with its sign turned.
    fn run(&self, numbers: &Across<GROUPS_OF_32, 32>) -> (Lanes<GROUPS_OF_32>, Lanes<GROUPS_OF_32>) {
        let largest = self.largest as f32;
        let mut sum_squares = [0.0; GROUPS_OF_32];
        for x in numbers {
            for i in 0..GROUPS_OF_32 {
                sum_squares[i] += x[i] * x[i];
            }
        }
        let mean: Lanes<GROUPS_OF_32> = array::from_fn(|i| (sum_squares[i] / 32.0).sqrt());
        let weights: Across<GROUPS_OF_32, 32> = array::from_fn(|l| array::from_fn(|i| mean[i] + numbers[l][i].abs()));

        let (mut min, mut max) = (numbers[0], numbers[0]);
        let mut sum_w = weights[0];
        let mut sum_x: Lanes<GROUPS_OF_32> = array::from_fn(|i| sum_w[i] * numbers[0][i]);
        for (x, w) in numbers.iter().zip(&weights).skip(1) {
            for i in 0..GROUPS_OF_32 {
                min[i] = if x[i] < min[i] { x[i] } else { min[i] };
                max[i] = if x[i] > max[i] { x[i] } else { max[i] };
                sum_w[i] += w[i];
                sum_x[i] += w[i] * x[i];
            }
        }
        for min in &mut min {
            *min = if *min > 0.0 { 0.0 } else { *min };
        }
        // A group of equal numbers divides by nothing here: its scale is 0, its error too, and no step betters that.
        let inverse: Lanes<GROUPS_OF_32> = array::from_fn(|i| largest / (max[i] - min[i]));
        let mut scale: Lanes<GROUPS_OF_32> = array::from_fn(|i| 1.0 / inverse[i]);
        let mut best_error = [0.0; GROUPS_OF_32];
        for (x, w) in numbers.iter().zip(&weights) {
            for i in 0..GROUPS_OF_32 {
                let quant = nearest(inverse[i] * (x[i] - min[i])).min(self.largest).max(0) as f32;
                let difference = scale[i] * quant + min[i] - x[i];
                best_error[i] += w[i] * (difference * difference);
            }
        }

        let mut quants = [[0.0; GROUPS_OF_32]; 32];
        for step in 0..=self.n_steps {
            let inverse: Lanes<GROUPS_OF_32> =
                array::from_fn(|i| (self.from + 0.1 * f32::from(step) + largest) / (max[i] - min[i]));
            let (mut sum_q, mut sum_q2, mut sum_xq) = ([0.0; GROUPS_OF_32], [0.0; GROUPS_OF_32], [0.0; GROUPS_OF_32]);
            for ((x, w), quant) in numbers.iter().zip(&weights).zip(&mut quants) {
                for i in 0..GROUPS_OF_32 {
                    let q = nearest(inverse[i] * (x[i] - min[i])).min(self.largest).max(0) as f32;
                    quant[i] = q;
                    sum_q[i] += w[i] * q;
                    sum_q2[i] += w[i] * q * q;
                    sum_xq[i] += w[i] * q * x[i];
                }
            }
            let determinant: Lanes<GROUPS_OF_32> = array::from_fn(|i| sum_w[i] * sum_q2[i] - sum_q[i] * sum_q[i]);
            let mut this_scale: Lanes<GROUPS_OF_32> =
                array::from_fn(|i| (sum_w[i] * sum_xq[i] - sum_x[i] * sum_q[i]) / determinant[i]);
            let mut this_min: Lanes<GROUPS_OF_32> =
                array::from_fn(|i| (sum_q2[i] * sum_x[i] - sum_q[i] * sum_xq[i]) / determinant[i]);
            for i in 0..GROUPS_OF_32 {
                let is_above = this_min[i] > 0.0;
                this_scale[i] = if is_above { sum_xq[i] / sum_q2[i] } else { this_scale[i] };
                this_min[i] = if is_above { 0.0 } else { this_min[i] };
            }
            let mut error = [0.0; GROUPS_OF_32];
            for ((x, w), q) in numbers.iter().zip(&weights).zip(&quants) {
                for i in 0..GROUPS_OF_32 {
                    let difference = this_scale[i] * q[i] + this_min[i] - x[i];
                    error[i] += w[i] * (difference * difference);
                }
            }
            for i in 0..GROUPS_OF_32 {
                let is_better = (determinant[i] > 0.0) & (error[i] < best_error[i]);
                best_error[i] = if is_better { error[i] } else { best_error[i] };
                scale[i] = if is_better { this_scale[i] } else { scale[i] };
                min[i] = if is_better { this_min[i] } else { min[i] };
            }
        }
        (scale, min.map(|min| -min))
    }
}

/// A block of Q4_K or Q5_K: two halves, for the scales and the minima; those, in 6 bits each; the fifth bits; the rest.
fn with_minimum(search: &Search, numbers: &[f32; BLOCK], bytes: &mut [u8]) -> bool {
    let (scales, minima) = search.run(&across(numbers));
    let largest = |values: &Lanes<GROUPS_OF_32>| {
        values.iter().fold(0.0, |largest, value| if *value > largest { *value } else { largest })
    };
    let (max_scale, max_minimum) = (largest(&scales), largest(&minima));
    let six_bits = |values: Lanes<GROUPS_OF_32>, max: f32| {
        let inverse = if max > 0.0 { 63.0 / max } else { 0.0 };
        values.map(|value| (nearest(inverse * value) as u8).min(63))
    };
    let (scales, minima) = (six_bits(scales, max_scale), six_bits(minima, max_minimum));
    let (unit, unit_minimum) = (f16::from_f32(max_scale / 63.0), f16::from_f32(max_minimum / 63.0));

    let mut quants = [0; BLOCK];
    for (i, (quants, numbers)) in quants.chunks_exact_mut(32).zip(numbers.chunks_exact(32)).enumerate() {
        let scale = unit.to_f32() * f32::from(scales[i]);
        let minimum = unit_minimum.to_f32() * f32::from(minima[i]);
        if scale == 0.0 {
            return false;
        }
        for (quant, number) in quants.iter_mut().zip(numbers) {
            *quant = nearest((number + minimum) / scale).min(search.largest).max(0) as u8;
        }
    }

    let (head, rest) = bytes.split_at_mut(16);
    head[..2].copy_from_slice(&unit.to_le_bytes());
    head[2..4].copy_from_slice(&unit_minimum.to_le_bytes());
    for i in 0..4 {
        head[4 + i] = scales[i] | (scales[i + 4] >> 4 << 6);
        head[8 + i] = minima[i] | (minima[i + 4] >> 4 << 6);
        head[12 + i] = scales[i + 4] & 0xf | minima[i + 4] << 4;
    }
    let (fifth_bits, low_bits) = rest.split_at_mut(rest.len() - BLOCK / 2);
    fifth_bits.fill(0);
    for (i, (pair, low_bits)) in quants.chunks_exact(64).zip(low_bits.chunks_exact_mut(32)).enumerate() {
        let (first, second) = pair.split_at(32);
        for (l, byte) in low_bits.iter_mut().enumerate() {
            *byte = first[l] & 0xf | second[l] << 4;
        }
        for (l, byte) in fifth_bits.iter_mut().enumerate() {
            *byte |= (first[l] >> 4 | second[l] >> 4 << 1) << (2 * i);
        }
    }
    true
}

/// Groups of 16 that have a scale each, of either sign.
const GROUPS_OF_16: usize = 16;

/// Below this, ggml takes a number for nothing.
const NOTHING: f32 = 1e-15;

/// The scales that Q6_K has for its groups.
fn search_q6(numbers: &Across<GROUPS_OF_16, 16>) -> Lanes<GROUPS_OF_16> {
    let (mut max, mut amax) = ([0.0; GROUPS_OF_16], [0.0; GROUPS_OF_16]);
    for x in numbers {
        for i in 0..GROUPS_OF_16 {
            let is_larger = x[i].abs() > amax[i];
            amax[i] = if is_larger { x[i].abs() } else { amax[i] };
            max[i] = if is_larger { x[i] } else { max[i] };
        }
    }
    let sums = |dividend: f32| {
        let (mut sum_xq, mut sum_q2) = ([0.0; GROUPS_OF_16], [0.0; GROUPS_OF_16]);
        let inverse: Lanes<GROUPS_OF_16> = array::from_fn(|i| dividend / max[i]);
        for x in numbers {
            for i in 0..GROUPS_OF_16 {
                let q = nearest(inverse[i] * x[i]).clamp(-32, 31) as f32;
                let w = x[i] * x[i];
                sum_xq[i] += w * x[i] * q;
                sum_q2[i] += w * q * q;
            }
        }
        (sum_xq, sum_q2)
    };
    let (sum_xq, sum_q2) = sums(-32.0);
    let mut scale: Lanes<GROUPS_OF_16> = array::from_fn(|i| if sum_q2[i] == 0.0 { 0.0 } else { sum_xq[i] / sum_q2[i] });
    let mut best: Lanes<GROUPS_OF_16> = array::from_fn(|i| scale[i] * sum_xq[i]);
    for step in (-9_i8..=9).filter(|step| *step != 0) {
        let (sum_xq, sum_q2) = sums(-(32.0 + 0.1 * f32::from(step)));
        for i in 0..GROUPS_OF_16 {
            let is_better = (sum_q2[i] > 0.0) & (sum_xq[i] * sum_xq[i] > best[i] * sum_q2[i]);
            let this_scale = sum_xq[i] / sum_q2[i];
            scale[i] = if is_better { this_scale } else { scale[i] };
            best[i] = if is_better { this_scale * sum_xq[i] } else { best[i] };
        }
    }
    array::from_fn(|i| if amax[i] < NOTHING { 0.0 } else { scale[i] })
}

/// A block of Q6_K: the low four bits, the high two, a scale for each group, and the half that they are multiples of.
fn without_minimum(numbers: &[f32; BLOCK], bytes: &mut [u8]) -> bool {
    let scales = search_q6(&across(numbers));
    let max = scales.iter().fold(0.0_f32, |max, scale| if scale.abs() > max.abs() { *scale } else { max });
    if max.abs() < NOTHING {
        bytes.fill(0);
        return true;
    }
    let inverse = -128.0 / max;
    let unit = f16::from_f32(1.0 / inverse);
    let scales = scales.map(|scale| nearest(inverse * scale).min(127) as i8);

    let mut quants = [0; BLOCK];
    for ((quants, numbers), scale) in quants.chunks_exact_mut(16).zip(numbers.chunks_exact(16)).zip(scales) {
        let scale = unit.to_f32() * f32::from(scale);
        if scale == 0.0 {
            return false;
        }
        for (quant, number) in quants.iter_mut().zip(numbers) {
            *quant = (nearest(number / scale).clamp(-32, 31) + 32) as u8;
        }
    }

    let (low_bits, rest) = bytes.split_at_mut(BLOCK / 2);
    let (high_bits, rest) = rest.split_at_mut(BLOCK / 4);
    let (scale_bytes, unit_bytes) = rest.split_at_mut(GROUPS_OF_16);
    for (half, quants) in quants.chunks_exact(128).enumerate() {
        for l in 0..32 {
            let [a, b, c, d] = array::from_fn(|quarter| quants[quarter * 32 + l]);
            low_bits[half * 64 + l] = a & 0xf | c << 4;
            low_bits[half * 64 + 32 + l] = b & 0xf | d << 4;
            high_bits[half * 32 + l] = a >> 4 | b >> 4 << 2 | c >> 4 << 4 | d >> 4 << 6;
        }
    }
    scale_bytes.copy_from_slice(&scales.map(|scale| scale.cast_unsigned()));
    unit_bytes.copy_from_slice(&unit.to_le_bytes());
    true
}
