//! LoRA adapters: laid over a model as strongly as is asked, and refused where they do not fit it.

use std::path::Path;

use liao::gguf::Header;

use super::demo;
use crate::support::Liao;
use crate::support::answers::slow;
use crate::support::gguf::{F32, TinyGguf};

fn demo_header() -> Header {
    Header::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/demo.gguf")).expect("a GGUF")
}

/// An adapter for these weights, of rank 4: name, row length, rows.
fn adapter(weights: &[(&str, u64, u64)]) -> TinyGguf {
    let mut lora = TinyGguf::vocabulary_only()
        .file_name("lora.gguf")
        .set("general.type", "adapter")
        .set("adapter.type", "lora")
        .set("adapter.lora.alpha", 16.0);
    for (name, n, m) in weights {
        lora = lora.tensor(&format!("{name}.lora_a"), &[*n, 4], F32, Some(1.0)).tensor(
            &format!("{name}.lora_b"),
            &[4, *m],
            F32,
            Some(1.0),
        );
    }
    lora
}

#[test]
fn an_adapter_changes_what_the_demo_model_says_as_much_as_is_asked() {
    let header = demo_header();
    let name = "blk.0.ffn_up.weight";
    let weight = header.tensors().iter().find(|tensor| tensor.name == name).expect("a llama has it");
    let lora = adapter(&[(name, weight.dims[0], weight.dims[1])]);
    let say = |option: Option<&str>| {
        let mut liao = demo().args(["-p", "你好", "-n", "24"]);
        let path = lora.write(liao.home());
        if let Some(scale) = option {
            liao = liao.arg("--lora").arg(format!("{}{scale}", path.display()));
        }
        liao.run().exits(0).stdout_text().to_owned()
    };
    let plain = say(None);
    assert_eq!(say(Some("=0")), plain);
    assert_ne!(say(Some("")), plain);
    assert_eq!(say(Some("=1")), say(Some("")));
}

#[test]
fn an_adapter_can_stand_in_the_config_file() {
    let liao = Liao::new().tiny(&TinyGguf::llama()).args(["-p", "hello", "-n", "4", "-v"]);
    liao.file("liao/config/lora.gguf", adapter(&[("blk.0.attn_q.weight", 64, 64)]).build().bytes);
    liao.file("liao/config/config.toml", "lora = \"lora.gguf=0.5\"\n");
    liao.run().exits(0).stderr_has("lora.gguf").stderr_has("0.5");
}

#[test]
fn a_bad_adapter_is_refused_before_the_engine_sees_it() {
    let good = || adapter(&[("blk.0.attn_q.weight", 64, 64)]);
    let n_bytes = good().build().bytes.len();
    let run = |lora: TinyGguf| {
        let liao = Liao::new().tiny(&TinyGguf::llama()).args(["-p", "hello", "-n", "4"]);
        let path = lora.write(liao.home());
        liao.arg("--lora").arg(path).run()
    };
    run(good()).exits(0);
    for (lora, told) in [
        (good().truncate(n_bytes - 40), "文件不完整"),
        (good().truncate(100), "文件"),
        (good().patch(0, b"GGML"), "GGUF"),
        (TinyGguf::llama().file_name("lora.gguf"), "不是 LoRA"),
        (good().set("adapter.type", "control_vector"), "control_vector"),
        (good().set("general.type", 1), "general.type"),
        (good().set("general.architecture", "qwen2"), "qwen2"),
        (good().remove_tensor("blk.0.attn_q.weight.lora_b"), "缺了一个"),
        (adapter(&[("blk.0.attn_q.weight", 128, 64)]), "形状"),
        (adapter(&[("blk.9.attn_q.weight", 64, 64)]), "模型里没有"),
        (adapter(&[]), "没有权重"),
    ] {
        run(lora).exits(3).stdout("").stderr_is_one_line_with(&["lora.gguf", told]).has_no_escapes();
    }
    // One that fitted the model at the start is for every model in the conversation.
    let liao = Liao::new().tiny(&TinyGguf::llama()).args(["--turns", "-n", "4"]);
    liao.file("other.gguf", slow().build().bytes);
    let path = good().write(liao.home());
    let ran = liao.arg("--lora").arg(path).stdin("/model ./other.gguf\n").run();
    ran.exits(3).stderr_has("--lora 对每个模型都用").stderr_has("没有换");
    let tiny = || Liao::new().tiny(&TinyGguf::llama()).args(["-p", "hello"]);
    tiny().args(["--lora", "gone.gguf"]).run().exits(3).stderr_is_one_line_with(&["gone.gguf", "没有这个文件"]);
    tiny().args(["--lora", "a.gguf=x"]).run().exits(2).stderr_is_one_line_with(&["a.gguf=x", "=0.8"]);
    tiny().args(["--lora", "a", "--lora", "b"]).run().exits(2).stderr_is_one_line_with(&["--lora", "合并"]);
}
