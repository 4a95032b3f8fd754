//! Indices of files of weights.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| liao_fuzz::index(data));
