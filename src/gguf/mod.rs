//! GGUF files in plain safe Rust, without llama.cpp.
