//! Lists of files, as hubs send them.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| liao_fuzz::tree(data));
