//! Small files of every kind that liao reads from strangers, none of them damaged, each with the fuzz target that reads
//! it: what fuzzing and mutations begin with.

use super::checkpoint::{PLAIN, small_pickle, small_safetensors, small_torch};
use super::gguf::TinyGguf;

/// Target and bytes.
pub(crate) fn files() -> Vec<(&'static str, Vec<u8>)> {
    let text = |text: &str| text.as_bytes().to_vec();
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    vec![
        ("pickle", small_pickle()),
        ("torch", small_torch()),
        ("safetensors", small_safetensors()),
        ("index", text(r#"{"metadata": {}, "weight_map": {"a": "model-00001-of-00001.safetensors"}}"#)),
        ("gguf", TinyGguf::llama().build().bytes),
        ("gguf", TinyGguf::vocabulary_only().template("{{ messages }}").build().bytes),
        ("config", PLAIN.config().into_bytes()),
        ("tokenizer_model", include_bytes!("../peer/tokenizer.model").to_vec()),
        (
            "tokenizer_json",
            text(
                r#"{"<pad>": 400, "add_bos_token": true, "bos_token": {"content": "<s>"}, "eos_token": "</s>",
                "added_tokens_decoder": {"401": {"content": "<end>", "special": true}}, "eos_token_id": [2, 401],
                "added_tokens": [{"id": 2, "content": "</s>"}], "chat_template": "{{ messages }}"}"#,
            ),
        ),
        (
            "tree",
            text(&format!(
                r#"[{{"type":"file","oid":"1d","size":29,"path":"config.json"}},{{"type":"file","size":9,"path":"a.gguf",
                "lfs":{{"oid":"{hash}","size":9}}}},{{"type":"file","size":1,"path":"folder/b.gguf"}}]"#
            )),
        ),
        (
            "tree",
            text(&format!(
                r#"{{"Code":200,"Data":{{"Files":[{{"Path":"a.gguf","Type":"blob","Size":9,"Sha256":"{hash}"}}]}}}}"#
            )),
        ),
        (
            "sidecar",
            text(&format!(
                r#"{{"v":1,"host":"huggingface.co","commit":null,"etag":"\"abc\"","size":100,"sha256":"{hash}",
                "done":[[0,10],[50,60]]}}"#
            )),
        ),
    ]
}
