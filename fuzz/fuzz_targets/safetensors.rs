//! Heads of safetensors files.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| liao_fuzz::safetensors(data));
