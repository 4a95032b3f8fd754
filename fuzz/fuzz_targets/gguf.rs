//! Heads of GGUF files, read and validated.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| liao_fuzz::gguf(data));
