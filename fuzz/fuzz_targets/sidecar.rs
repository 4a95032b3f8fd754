//! What is written beside an unfinished download.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| liao_fuzz::sidecar(data));
