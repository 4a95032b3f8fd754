//! Files as `torch.save` writes them: the zip archive and the pickle in it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| liao_fuzz::torch(data));
