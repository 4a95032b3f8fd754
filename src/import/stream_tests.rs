use super::*;

#[test]
fn sixteen_bits_widen_exactly() {
    for bits in 0..=u16::MAX {
        let bytes = bits.to_le_bytes();
        let mut number = [0.0f32];
        widen(Float::F16, &bytes, &mut number);
        let half = f16::from_bits(bits);
        assert!(number[0] == half.to_f32() || half.is_nan() && number[0].is_nan(), "{bits:#x}");
        widen(Float::BF16, &bytes, &mut number);
        // Of what is no number, a bit says whether it is quiet.
        let is_same = number[0].to_bits() == u32::from(bits) << 16;
        assert!(is_same || bf16::from_bits(bits).is_nan() && number[0].is_nan(), "{bits:#x}");
    }
    let mut number = [0.0f32];
    widen(Float::F32, &1.5e-40f32.to_le_bytes(), &mut number);
    assert_eq!(number, [1.5e-40]);
}
