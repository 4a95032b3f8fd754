//! `tokenizer.model`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| liao_fuzz::tokenizer_model(data));
