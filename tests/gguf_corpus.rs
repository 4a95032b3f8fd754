//! GGUF files that must be turned away before llama.cpp sees them, and the good ones that must pass.

use std::path::Path;

use liao::gguf::sniff::Sniffed;
use liao::gguf::vocabulary::TokenType;
use liao::gguf::{Header, Rejected, Verdict, validate, validate_vocabulary};

use crate::support::gguf::{F16, F32, TinyGguf, Val};
use crate::support::mutate::Mutants;

fn verdict(path: &Path) -> Result<Verdict, Rejected> {
    validate(&Header::read(path)?)
}

fn verdict_of(tiny: &TinyGguf) -> Result<Verdict, Rejected> {
    let dir = tempfile::tempdir().unwrap();
    verdict(&tiny.write(dir.path()))
}

/// The variant's name and what it says, in no language.
fn told(rejected: &Rejected) -> String {
    format!("{rejected:?}")
}

/// A case: its name, the file, the variant, and a word that must be among its data.
type Case = (&'static str, TinyGguf, &'static str, &'static str);

fn assert_all_rejected(cases: Vec<Case>) {
    for (name, tiny, variant, word) in cases {
        let rejected = verdict_of(&tiny).expect_err(name);
        let told = told(&rejected);
        assert!(told.starts_with(variant) && told.contains(word), "{name}: {told}, not {variant} with {word}");
        let sentence = rejected.to_string();
        assert!(!sentence.contains(|c: char| c.is_control()), "{name}: {sentence:?}");
    }
}

fn llama() -> TinyGguf {
    TinyGguf::llama()
}

fn with(key: &str, value: impl Into<Val>) -> TinyGguf {
    llama().set(key, value)
}

fn texts(edit: impl FnOnce(&mut Vec<String>)) -> TinyGguf {
    llama().edit_tokens(|texts, _, _| edit(texts))
}

const LAYERS: &str = "llama.block_count";
const CTX: &str = "llama.context_length";
const EMBD: &str = "llama.embedding_length";
const HEADS: &str = "llama.attention.head_count";
const HEADS_KV: &str = "llama.attention.head_count_kv";
const EPS: &str = "llama.attention.layer_norm_rms_epsilon";
const SCALING: &str = "llama.rope.scaling.type";

#[test]
fn good_files_pass() {
    let token_bias = llama().tensor("blk.0.attn_q.bias", &[64], F32, None);
    let joined = (0..2).fold(llama(), |tiny, i| {
        tiny.remove_tensor(&format!("blk.{i}.attn_q.weight"))
            .remove_tensor(&format!("blk.{i}.attn_k.weight"))
            .remove_tensor(&format!("blk.{i}.attn_v.weight"))
            .tensor(&format!("blk.{i}.attn_qkv.weight"), &[64, 192], F16, Some(0.1))
    });
    for (name, tiny) in [
        ("00_ok", llama()),
        ("version 2", llama().version(2)),
        ("F32 weights", llama().f32_weights()),
        ("grouped heads", TinyGguf::shaped(1, 64, 4, 2, 96)),
        ("one KV head, by array", with(HEADS_KV, Val::U32s(vec![4, 4]))),
        ("heads_kv missing", llama().remove(HEADS_KV)),
        ("tied output", llama().remove_tensor("output.weight")),
        ("rope_freqs", llama().tensor("rope_freqs.weight", &[8], F32, None)),
        ("biases", token_bias),
        ("joined q, k, v", joined),
        ("linear rope", with(SCALING, "linear").set("llama.rope.scaling.factor", 4.0)),
        ("yarn", with(SCALING, "yarn").set("llama.rope.scaling.factor", 2.0)),
        ("control tokens", llama().chatml()),
        ("an empty token", texts(|texts| texts[300].clear())),
        ("trailing dimension of 1", llama().edit_tensor("output_norm.weight", |t| t.dims = vec![64, 1, 1])),
        ("alignment 64", with("general.alignment", 64)),
        ("largest context", with(CTX, 1_048_576)),
        ("ESC in the name", llama().name("\u{1b}]0;x\u{7}")),
        ("padding out of range", with("tokenizer.ggml.padding_token_id", u32::MAX)),
        ("split in one", with("split.count", Val::U16(1))),
    ] {
        assert_eq!(verdict_of(&tiny), Ok(Verdict::default()), "{name}");
    }
}

#[test]
fn other_architectures_and_tokenizers_run_with_a_notice() {
    let notice = |tiny: &TinyGguf| verdict_of(tiny).unwrap().notice;
    assert!(notice(&with("general.architecture", "qwen2")).unwrap().contains("qwen2"));
    assert!(notice(&with("tokenizer.ggml.model", "gpt2")).unwrap().contains("gpt2"));
    assert!(!notice(&with("general.architecture", "a\u{1b}b")).unwrap().contains('\u{1b}'));
}

/// What llama.cpp asserts, or computes nonsense with: reliability G1 to G12 (G10 is about weights, seen after loading).
#[test]
fn what_would_bring_llama_cpp_down() {
    let unsupported = |name, tiny, word| (name, tiny, "Unsupported", word);
    let tokenizer = |name, tiny, word| (name, tiny, "Tokenizer", word);
    let typed = |tensor, kind| llama().edit_tensor(tensor, |t| t.kind = kind);
    assert_all_rejected(vec![
        unsupported("G1 no layers", with(LAYERS, 0), LAYERS),
        unsupported("G1 513 layers", with(LAYERS, 513), "513"),
        unsupported("G2 experts", with("llama.expert_count", 8), "expert_count"),
        unsupported("G2 experts used", with("llama.expert_used_count", 2), "expert_used_count"),
        unsupported("G2 expert groups", with("llama.expert_group_count", 2), "expert_group_count"),
        unsupported("G3 rope scaling", with(SCALING, "dynamic"), "dynamic"),
        unsupported("G3 rope scaling, of no name", with(SCALING, ""), SCALING),
        tokenizer("G4 twice the same", texts(|t| t[300] = t[301].clone()), "300"),
        tokenizer("G4 the same up to NUL", texts(|t| t[301] = format!("{}\0x", t[300])), "301"),
        tokenizer("G4 NUL", texts(|t| t[300] = "a\0b".into()), "300"),
        tokenizer("G4 only NUL", texts(|t| t[300] = "\0".into()), "300"),
        tokenizer(
            "G4 as llama.cpp renames an empty one",
            texts(|t| {
                t[300].clear();
                t[301] = "[EMPTY_300]".into();
            }),
            "EMPTY_300",
        ),
        tokenizer("G5 no byte 41", texts(|t| t[3 + 0x41] = "x41".into()), "x41"),
        tokenizer("G5 no byte 0A", texts(|t| t[3 + 0x0a] = "newline".into()), "newline"),
        tokenizer("G5 a byte that is normal", llama().edit_tokens(|_, _, types| types[3 + 0xff] = 1), "<0xFF>"),
        tokenizer("G5 a byte in small letters", texts(|t| t[3 + 0xab] = "<0xab>".into()), "<0xab>"),
        tokenizer("G5 a piece that claims to be a byte", llama().edit_tokens(|_, _, types| types[300] = 6), "300"),
        unsupported("G6 more KV heads", with(HEADS_KV, 8), HEADS_KV),
        unsupported("G6 KV heads that do not divide", with(HEADS_KV, 3), HEADS_KV),
        unsupported("G6 no KV heads", with(HEADS_KV, 0), HEADS_KV),
        unsupported("G6 fewer KV heads than the tensors", with(HEADS_KV, 2), "attn_k.weight"),
        unsupported("G6 KV heads that differ", with(HEADS_KV, Val::U32s(vec![4, 2])), HEADS_KV),
        unsupported("G6 KV heads of other layers", with(HEADS_KV, Val::U32s(vec![4, 4, 4])), HEADS_KV),
        unsupported("G6 negative KV heads", with(HEADS_KV, Val::I32s(vec![-4, -4])), HEADS_KV),
        unsupported("G7 odd head", TinyGguf::shaped(1, 68, 4, 4, 128), "head_dim"),
        unsupported("G7 odd key length", with("llama.attention.key_length", 17), "head_dim"),
        unsupported("G7 other value length", with("llama.attention.value_length", 8), "value_length"),
        unsupported("G7 other rope width", with("llama.rope.dimension_count", 8), "dimension_count"),
        unsupported("G7 heads that do not divide", with(HEADS, 5), EMBD),
        unsupported("G7 no heads", with(HEADS, 0), HEADS),
        unsupported("G7 a giant head", with("llama.attention.key_length", 0xffff_fffe), "head_dim"),
        unsupported("G8 eps 0", with(EPS, 0.0), EPS),
        unsupported("G8 eps negative", with(EPS, -1e-5), EPS),
        unsupported("G8 eps NaN", with(EPS, f32::NAN), "NaN"),
        unsupported("G8 eps infinite", with(EPS, f32::INFINITY), "inf"),
        unsupported("G8 eps 1", with(EPS, 1.0), EPS),
        unsupported("G8 eps missing", llama().remove(EPS), EPS),
        unsupported("G9 norm F16", typed("output_norm.weight", F16), "output_norm.weight"),
        unsupported("G9 norm BF16", typed("blk.1.attn_norm.weight", 30), "BF16"),
        unsupported("G9 embeddings I8", typed("token_embd.weight", 24), "I8"),
        unsupported("G9 attn_q I32", typed("blk.0.attn_q.weight", 26), "I32"),
        unsupported("G9 ffn F64", typed("blk.0.ffn_up.weight", 28), "F64"),
        unsupported("G9 output Q8_1", typed("output.weight", 9), "Q8_1"),
        unsupported("G9 bias F16", llama().tensor("blk.0.attn_q.bias", &[64], F16, None), "attn_q.bias"),
        unsupported("G9 rope_freqs F16", llama().tensor("rope_freqs.weight", &[8], F16, None), "rope_freqs"),
        unsupported("G11 not causal", with("llama.attention.causal", false), "causal"),
        unsupported("G11 context 0", with(CTX, 0), CTX),
        unsupported("G11 context 2^32-1", with(CTX, u32::MAX), CTX),
        unsupported("G11 no context", llama().remove(CTX), CTX),
        unsupported("G11 rope base 0", with("llama.rope.freq_base", 0.0), "freq_base"),
        unsupported("G11 rope base NaN", with("llama.rope.freq_base", f32::NAN), "freq_base"),
        unsupported("G11 rope factor negative", with("llama.rope.scaling.factor", -1.0), "factor"),
        unsupported("G11 pooling", with("llama.pooling_type", 77), "pooling_type"),
        unsupported("G11 context of yarn 0", with("llama.rope.scaling.original_context_length", 0), "original"),
        tokenizer("G12 end out of range", with("tokenizer.ggml.eos_token_id", 99_999), "eos_token_id"),
        tokenizer("G12 begin out of range", with("tokenizer.ggml.bos_token_id", u32::MAX), "bos_token_id"),
        tokenizer("G12 end of turn out of range", with("tokenizer.ggml.eot_token_id", 99_999), "eot_token_id"),
        tokenizer("G12 unknown out of range", with("tokenizer.ggml.unknown_token_id", 99_999), "unknown_token_id"),
        tokenizer("G12 padding of another type", with("tokenizer.ggml.padding_token_id", Val::I32(-1)), "padding"),
        tokenizer("G12 end of another type", with("tokenizer.ggml.eos_token_id", Val::I32(2)), "eos_token_id"),
    ]);
}

#[test]
fn what_llama_cpp_would_refuse_without_a_reason() {
    let unsupported = |name, tiny, word| (name, tiny, "Unsupported", word);
    let tokenizer = |name, tiny, word| (name, tiny, "Tokenizer", word);
    let shaped = |tensor, dims: &[u64]| llama().edit_tensor(tensor, |t| t.dims = dims.to_vec());
    assert_all_rejected(vec![
        unsupported("no architecture", llama().remove("general.architecture"), "general.architecture"),
        unsupported("architecture a number", with("general.architecture", 1), "general.architecture"),
        unsupported("name a number", with("general.name", 1), "general.name"),
        unsupported("file type a text", with("general.file_type", "Q4"), "general.file_type"),
        unsupported("layers as u64", with(LAYERS, Val::U64(2)), "u64"),
        unsupported("eps as f64", with(EPS, Val::F64(1e-5)), "f64"),
        unsupported("no layers said", llama().remove(LAYERS), LAYERS),
        unsupported("no width", llama().remove(EMBD), EMBD),
        unsupported("no heads said", llama().remove(HEADS), HEADS),
        unsupported("no feed-forward width", llama().remove("llama.feed_forward_length"), "feed_forward"),
        unsupported("one layer more than there is", with(LAYERS, 3), "blk.2."),
        unsupported("one layer less than there is", with(LAYERS, 1), "blk.1."),
        unsupported("missing norm", llama().remove_tensor("output_norm.weight"), "output_norm"),
        unsupported("missing ffn_down", llama().remove_tensor("blk.1.ffn_down.weight"), "blk.1.ffn_down"),
        unsupported("unknown tensor", llama().tensor("blk.0.extra.weight", &[64], F32, None), "blk.0.extra"),
        unsupported("wrong shape", shaped("blk.0.attn_q.weight", &[64, 32]), "[64, 32]"),
        unsupported("transposed", shaped("blk.0.ffn_up.weight", &[128, 64]), "[128, 64]"),
        unsupported("embedding short of a row", shaped("token_embd.weight", &[64, 100]), "token_embd"),
        unsupported("classifier", with("llama.classifier.output_labels", Val::Strs(vec!["a".into()])), "classifier"),
        tokenizer("no tokens", llama().remove("tokenizer.ggml.tokens"), "tokens"),
        tokenizer("tokens that are numbers", with("tokenizer.ggml.tokens", Val::I32s(vec![1; 400])), "tokens"),
        tokenizer("no scores", llama().remove("tokenizer.ggml.scores"), "scores"),
        tokenizer("a score too few", llama().edit_tokens(|_, s, _| s.truncate(300)), "scores"),
        tokenizer("a score NaN", llama().edit_tokens(|_, s, _| s[300] = f32::NAN), "300"),
        tokenizer("no types", llama().remove("tokenizer.ggml.token_type"), "token_type"),
        tokenizer("a type too many", llama().edit_tokens(|_, _, t| t.push(1)), "token_type"),
        tokenizer("a type of no meaning", llama().edit_tokens(|_, _, t| t[300] = 7), "300"),
        tokenizer("suppressed tokens of text", with("tokenizer.ggml.suppress_tokens", Val::Strs(vec![])), "suppress"),
    ]);
}

#[test]
fn broken_structure() {
    let (n_tensors, n_keys) = llama().true_counts();
    let corrupt = |name, tiny, word| (name, tiny, "Corrupt", word);
    let norm = |edit: fn(&mut crate::support::gguf::TinyTensor)| llama().edit_tensor("output_norm.weight", edit);
    let raw = |kind: u32, bytes: &[u8]| with("x.raw", Val::Raw(kind, bytes.to_vec()));
    let array = |kind: u32, n: u64| raw(9, &[&kind.to_le_bytes()[..], &n.to_le_bytes()].concat());
    assert_all_rejected(vec![
        corrupt("too many keys", llama().counts(n_tensors, 65_537), "n_kv"),
        corrupt("2^63 keys", llama().counts(n_tensors, 1 << 63), "n_kv"),
        corrupt("too many tensors", llama().counts(65_537, n_keys), "n_tensors"),
        corrupt("2^64-1 tensors", llama().counts(u64::MAX, n_keys), "n_tensors"),
        corrupt("empty key", with("", 1), "key"),
        corrupt("key with NUL", with("llama.block_count\0", 1), "block_count"),
        corrupt("key twice", llama().push_key("llama.block_count", 2), "duplicate"),
        corrupt("value of no type", raw(13, &[0; 8]), "type"),
        corrupt("bool of 2", raw(7, &[2]), "bool"),
        corrupt("array of arrays", array(9, 1), "arr[arr]"),
        corrupt("array of no type", array(99, 1), "99"),
        corrupt("array too long", array(0, (1 << 20) + 1), "length"),
        corrupt("array of 2^64-1", array(12, u64::MAX), "length"),
        corrupt("text too long", raw(8, &((16u64 << 20) + 1).to_le_bytes()), "length"),
        corrupt("text of 2^64-1", raw(8, &u64::MAX.to_le_bytes()), "length"),
        corrupt("alignment 0", with("general.alignment", 0), "alignment"),
        corrupt("alignment 33", with("general.alignment", 33), "alignment"),
        corrupt("alignment 16, at which ggml aborts", with("general.alignment", 16), "alignment"),
        corrupt("alignment a text", with("general.alignment", "32"), "alignment"),
        corrupt("tensor without name", norm(|t| t.name.clear()), "tensor"),
        corrupt("tensor twice", llama().tensor("output_norm.weight", &[64], F32, None), "duplicate"),
        corrupt("name of 64 bytes", norm(|t| t.name = "n".repeat(64)), "64"),
        corrupt("name with NUL", norm(|t| t.name = "output_norm.weight\0".into()), "output_norm"),
        corrupt("no dimensions", norm(|t| t.dims.clear()), "n_dims"),
        corrupt("five dimensions", norm(|t| t.dims = vec![64, 1, 1, 1, 1]), "n_dims"),
        corrupt("dimension 0", norm(|t| t.dims = vec![0]), "dims"),
        corrupt("dimension -1", norm(|t| t.dims = vec![u64::MAX]), "dims"),
        corrupt("product of 2^64", norm(|t| t.dims = vec![1 << 32, 1 << 32]), "dims"),
        corrupt("type removed", norm(|t| t.kind = 4), "type"),
        corrupt("type 43", norm(|t| t.kind = 43), "type"),
        corrupt("type -1", norm(|t| t.kind = u32::MAX), "type"),
        corrupt("row of half a block", norm(|t| (t.kind, t.dims) = (12, vec![64])), "dims"),
        corrupt("offset too high", norm(|t| t.offset_error = 32), "offset"),
        corrupt("offset too low", norm(|t| t.offset_error = -32), "offset"),
        corrupt("offset between", norm(|t| t.offset_error = 1), "offset"),
        corrupt("offset before the file", norm(|t| t.offset_error = i64::MIN), "offset"),
        corrupt("split.count a u32", with("split.count", 2), "split.count"),
        corrupt("split.no missing", with("split.count", Val::U16(2)), "split.no"),
        ("array longer than the file", array(12, 1 << 20), "Truncated", ""),
        ("text longer than the file", raw(8, &(16u64 << 20).to_le_bytes()), "Truncated", ""),
        ("data cut", llama().truncate(llama().build().bytes.len() - 64), "Truncated", ""),
        ("vocabulary only", TinyGguf::vocabulary_only(), "VocabOnly", ""),
    ]);
}

#[test]
fn what_is_no_gguf_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("m.gguf");
    for (bytes, what) in [
        (&b""[..], Sniffed::Empty),
        (b"<!DOCTYPE html><html><body>404</body></html>", Sniffed::Html),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 7\n", Sniffed::LfsPointer),
        (b"tjgg\x03\0\0\0", Sniffed::Ggml),
        (b"GGUF\x01\0\0\0\x01\0\0\0", Sniffed::Version(1)),
        (b"GGUF\0\0\0\x03\0\0\0\0\0\0\0\0", Sniffed::BigEndian),
    ] {
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(verdict(&path), Err(Rejected::NotGguf { what }));
    }
    assert_eq!(verdict(dir.path()), Err(Rejected::NotGguf { what: Sniffed::Directory }));
    assert_eq!(verdict(&dir.path().join("none.gguf")), Err(Rejected::NotFound));
    #[cfg(unix)]
    assert_eq!(verdict(Path::new("/dev/null")), Err(Rejected::NotGguf { what: Sniffed::Special }));
}

#[test]
fn a_cut_file_says_how_much_is_missing() {
    let whole = llama().build().bytes.len();
    // The last tensor's size is a multiple of the alignment, so the file ends with its last weight.
    let (need, have) = (whole as u64, whole as u64 - 1);
    assert_eq!(verdict_of(&llama().truncate(whole - 1)), Err(Rejected::Truncated { need, have }));
}

/// Every prefix of the header is turned away, and none makes the reader panic.
#[test]
fn truncation_at_every_byte_of_the_header() {
    let dir = tempfile::tempdir().unwrap();
    let built = llama().build();
    let path = dir.path().join("cut.gguf");
    std::fs::write(&path, &built.bytes).unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    for len in (0..=built.data_offset).rev() {
        file.set_len(len as u64).unwrap();
        match verdict(&path).expect_err("a prefix is no model") {
            Rejected::Truncated { need, have } => assert!(need > have && have == len as u64, "{len}: {need}, {have}"),
            Rejected::NotGguf { .. } => assert!(len < 4, "{len}"),
            other => panic!("{len}: {other:?}"),
        }
    }
}

/// Damaged headers are turned away or still fine; nothing panics, whatever is done with what was read.
#[test]
fn mutants_do_not_panic() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mutant.gguf");
    let mutants = Mutants::new();
    let mut n_accepted = 0;
    for seed in 0..4000 {
        std::fs::write(&path, mutants.get(seed)).unwrap();
        match Header::read(&path) {
            Ok(header) => {
                n_accepted += u32::from(validate(&header).is_ok());
                let _ = (header.n_ff(), header.n_head_kv(), header.head_dim_k(), header.head_dim_v());
                let _ = (header.bos(), header.eos(), header.control_tokens(), header.file_type_name());
                let _ = header.weights_bytes();
            }
            Err(rejected) => assert!(!rejected.to_string().contains('\u{1b}')),
        }
    }
    // Some only change a token's text or score, or a number that has room: still a model.
    assert!((100..2000).contains(&n_accepted), "{n_accepted}");
}

#[test]
fn a_header_tells_the_model() {
    let dir = tempfile::tempdir().unwrap();
    let path = TinyGguf::shaped(3, 64, 4, 2, 96).chatml().context(2048).template("T").name("名字").write(dir.path());
    let header = Header::read(&path).unwrap();
    assert_eq!((header.version(), header.architecture(), header.name()), (3, "llama", Some("名字")));
    assert_eq!((header.n_layers(), header.n_embd(), header.n_ff()), (Some(3), Some(64), Some(96)));
    assert_eq!((header.n_head(), header.n_head_kv(), header.n_ctx_train()), (Some(4), Some(2), Some(2048)));
    assert_eq!((header.head_dim_k(), header.head_dim_v()), (Some(16), Some(16)));
    assert_eq!((header.chat_template(), header.file_type_name()), (Some("T"), "F16"));
    assert_eq!((header.bos(), header.add_bos()), (Some(1), true));
    assert_eq!(header.token(3 + 0x0a), Some("<0x0A>"));
    assert_eq!(header.token_type(3 + 0x0a), Some(TokenType::Byte));
    assert_eq!(header.token(-1), None);
    let n = header.n_vocab() as i32;
    assert_eq!((header.token(n), header.token_type(n)), (None, None));
    let named = [("<s>", 1), ("</s>", 2), ("<|im_start|>", n - 2), ("<|im_end|>", n - 1)];
    assert_eq!(header.control_tokens(), named.map(|(text, id)| (text.to_owned(), id)));
    assert_eq!(header.eos(), Some(n - 1));
    assert_eq!(header.tokens().count(), header.n_vocab());

    let n = n as u64;
    let layer = 64 * 64 * 2 + 64 * 32 * 2 + 3 * 64 * 96;
    assert_eq!(header.weights_bytes(), 2 * (2 * 64 * n + 3 * layer) + 4 * (64 + 3 * 128));
    assert!(header.weights_bytes() + header.data_offset() <= std::fs::metadata(&path).unwrap().len());
}

#[test]
fn ids_that_a_file_does_not_name() {
    let silent = ["bos", "eos"]
        .iter()
        .fold(llama(), |tiny, id| tiny.remove(&format!("tokenizer.ggml.{id}_token_id")))
        .remove("tokenizer.ggml.add_bos_token");
    let dir = tempfile::tempdir().unwrap();
    let header = Header::read(&silent.write(dir.path())).unwrap();
    assert_eq!((header.bos(), header.eos()), (Some(1), Some(2)));
    assert!(header.add_bos());
    let header = Header::read(&silent.set("tokenizer.ggml.model", "gpt2").write(dir.path())).unwrap();
    assert_eq!((header.bos(), header.eos()), (Some(11), Some(11)));
}

#[test]
fn a_vocabulary_alone_is_enough_to_see_a_prompt() {
    let dir = tempfile::tempdir().unwrap();
    let header = Header::read(&TinyGguf::vocabulary_only().write(dir.path())).unwrap();
    assert!(header.is_vocab_only());
    assert_eq!(validate_vocabulary(&header), Ok(Verdict::default()));
    assert_eq!(validate(&header), Err(Rejected::VocabOnly));
    let broken = TinyGguf::vocabulary_only().edit_tokens(|texts, _, _| texts[300] = texts[301].clone());
    let header = Header::read(&broken.write(dir.path())).unwrap();
    assert!(matches!(validate_vocabulary(&header), Err(Rejected::Tokenizer { .. })));
}

/// The good model in two files.
fn parts(dir: &Path) -> (TinyGguf, TinyGguf) {
    let mut first = llama()
        .set("split.no", Val::U16(0))
        .set("split.count", Val::U16(2))
        .set("split.tensors.count", Val::I32(llama().true_counts().0 as i32))
        .file_name("m-00001-of-00002.gguf");
    let mut second =
        llama().set("split.no", Val::U16(1)).set("split.count", Val::U16(2)).file_name("m-00002-of-00002.gguf");
    second.tensors = first.tensors.split_off(9);
    first.write(dir);
    second.write(dir);
    (first, second)
}

#[test]
fn a_split_model_is_read_whole() {
    let dir = tempfile::tempdir().unwrap();
    parts(dir.path());
    let first = dir.path().join("m-00001-of-00002.gguf");
    assert_eq!(verdict(&first), Ok(Verdict::default()));
    let header = Header::read(&first).unwrap();
    assert_eq!(header.tensors().len() as u64, llama().true_counts().0);
}

#[test]
fn a_split_model_that_is_not_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = parts(dir.path());
    let (path, other) = (dir.path().join("m-00001-of-00002.gguf"), dir.path().join("m-00002-of-00002.gguf"));
    assert_eq!(verdict(&other), Err(Rejected::NotFirstPart { first: "m-00001-of-00002.gguf".into() }));

    second.clone().truncate(100).write(dir.path());
    assert!(matches!(verdict(&path), Err(Rejected::Part { .. })));
    second.clone().set("split.no", Val::U16(0)).write(dir.path());
    assert!(matches!(verdict(&path), Err(Rejected::Corrupt { .. })));
    second.clone().tensor("token_embd.weight", &[64], F32, None).write(dir.path());
    assert!(told(&verdict(&path).unwrap_err()).contains("duplicate"));
    second.remove_tensor("output_norm.weight").write(dir.path());
    assert!(told(&verdict(&path).unwrap_err()).contains("split.tensors.count"));

    std::fs::remove_file(&other).unwrap();
    assert_eq!(verdict(&path), Err(Rejected::MissingPart { name: "m-00002-of-00002.gguf".into() }));
    let renamed = first.file_name("renamed.gguf").write(dir.path());
    assert_eq!(verdict(&renamed), Err(Rejected::MissingPart { name: "renamed-00001-of-00002.gguf".into() }));
}

#[cfg(unix)]
#[test]
fn a_pipe_does_not_hang_the_reader() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pipe.gguf");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    assert_eq!(verdict(&path), Err(Rejected::NotGguf { what: Sniffed::Special }));
}
