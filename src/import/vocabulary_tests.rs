use proptest::prelude::*;
use serde_json::json;

use super::*;

fn piece(text: &str, score: f32, kind: i32) -> Piece {
    Piece { text: Some(text.to_owned()), score: Some(score), kind: Some(kind) }
}

/// A tokenizer of seven pieces, of every type.
fn model() -> Vec<u8> {
    let pieces = vec![
        piece("<unk>", 0.0, 2),
        piece("<s>", 0.0, 3),
        piece("</s>", 0.0, 3),
        piece("<0x00>", 0.0, 6),
        piece("▁你好", -1.5, 1),
        piece("自己的", -2.0, 4),
        piece("不用", -3.0, 5),
    ];
    Model { pieces, trainer: Some(Trainer { model_type: Some(2) }) }.encode_to_vec()
}

fn read(n_vocab: u32, added: Option<&Json>, config: Option<&Json>) -> Result<Vocabulary, Refused> {
    let (model, added, config) = (model(), added.map(Json::to_string), config.map(Json::to_string));
    let files = Files {
        model: &model,
        config: b"{}",
        added_tokens: added.as_deref().map(str::as_bytes),
        tokenizer_config: config.as_deref().map(str::as_bytes),
        ..Files::default()
    };
    Vocabulary::read(&files, n_vocab)
}

fn shown(vocabulary: &Vocabulary) -> Vec<(&str, f32, TokenType)> {
    vocabulary.tokens.iter().map(|token| (token.text.as_str(), token.score, token.kind)).collect()
}

#[test]
fn pieces_keep_what_they_are() {
    let vocabulary = read(9, None, None).unwrap();
    let expected = [
        ("<unk>", 0.0, TokenType::Unknown),
        ("<s>", 0.0, TokenType::Control),
        ("</s>", 0.0, TokenType::Control),
        ("<0x00>", 0.0, TokenType::Byte),
        ("▁你好", -1.5, TokenType::Normal),
        ("自己的", -2.0, TokenType::Normal),
        ("不用", -3.0, TokenType::Unused),
        ("[PAD7]", -10_000.0, TokenType::Unused),
        ("[PAD8]", -10_000.0, TokenType::Unused),
    ];
    assert_eq!(shown(&vocabulary), expected);
    assert!(vocabulary.renamed().is_empty() && vocabulary.left_out().is_empty());
}

/// By hand: so that the fields are where SentencePiece has them, and others are passed over.
#[test]
fn a_model_byte_by_byte() {
    let mut bytes = b"\x0a\x0e\x0a\x05<unk>\x15\0\0\0\0\x18\x02".to_vec();
    bytes.extend(b"\x0a\x0a\x0a\x03\xe2\x96\x81\x15\0\0\xc0\xbf");
    bytes.extend(b"\x12\x06\x0a\x02in\x18\x02");
    bytes.extend(b"\x1a\x08\x0a\x06id\0\0\0\0");
    let tokens = pieces(&bytes, 2).unwrap();
    let expected = [
        Token { text: "<unk>".to_owned(), score: 0.0, kind: TokenType::Unknown },
        Token { text: "▁".to_owned(), score: -1.5, kind: TokenType::Normal },
    ];
    assert_eq!(tokens, expected);
}

#[test]
fn what_is_no_model() {
    let with = |model_type, pieces| Model { pieces, trainer: Some(Trainer { model_type: Some(model_type) }) };
    for model_type in [1, 2] {
        assert!(pieces(&with(model_type, vec![piece("a", 0.0, 1)]).encode_to_vec(), 1).is_ok());
    }
    for model_type in [0, 3, 4, -1] {
        let refused = pieces(&with(model_type, vec![piece("a", 0.0, 1)]).encode_to_vec(), 1).unwrap_err();
        assert!(matches!(refused, Refused::Unsupported { .. }), "{model_type}");
    }
    assert!(pieces(&Model { pieces: vec![piece("a", 0.0, 1)], trainer: None }.encode_to_vec(), 1).is_ok());
    for bytes in [&b""[..], b"version https://git-lfs.github.com/spec/v1\n", b"<!doctype html>", b"\x0a\x7f", b"\xff"] {
        assert!(matches!(pieces(bytes, 9), Err(Refused::Corrupt { .. })), "{bytes:?}");
    }
}

/// A cut between two fields leaves fewer pieces; any other is an error.
#[test]
fn a_model_cut_anywhere() {
    let whole = model();
    let all = pieces(&whole, 9).unwrap();
    let n_read = (0..whole.len()).filter_map(|n| pieces(&whole[..n], 9).ok()).map(|tokens| {
        let n_same = tokens.iter().zip(&all).take_while(|(token, other)| token == other).count();
        assert!(tokens[n_same..].iter().all(|token| token.score == UNUSED_SCORE), "{tokens:?}");
        n_same.min(7)
    });
    assert_eq!(n_read.collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn more_tokens_than_rows() {
    assert!(read(7, None, None).is_ok());
    let told = read(6, None, None).unwrap_err().to_string();
    assert!(told.contains("tokenizer.model") && told.contains('7') && told.contains("<= 6"), "{told}");
}

/// A tokenizer of 32000 pieces and an embedding padded to a multiple of eight.
#[test]
fn rows_that_no_token_belongs_to() {
    let pieces_32000 = (0..32_000).map(|id| piece(&format!("p{id}"), -(id as f32), 1)).collect();
    let model = Model { pieces: pieces_32000, trainer: None }.encode_to_vec();
    let files = Files { model: &model, config: b"{}", added_tokens: Some(br#"{"[PAD]": 32000}"#), ..Files::default() };
    let vocabulary = Vocabulary::read(&files, 32_008).unwrap();
    let shown = shown(&vocabulary);
    assert_eq!(shown.len(), 32_008);
    assert_eq!(shown[31_999], ("p31999", -31_999.0, TokenType::Normal));
    assert_eq!(shown[32_000], ("[PAD]", -1000.0, TokenType::UserDefined));
    assert_eq!(shown[32_007], ("[PAD32007]", -10_000.0, TokenType::Unused));
}

#[test]
fn added_tokens() {
    let added = json!({"<pad>": 7, "▁用 户": 8, "<s>": 1});
    let vocabulary = read(9, Some(&added), None).unwrap();
    assert_eq!(shown(&vocabulary)[1], ("<s>", -1000.0, TokenType::UserDefined));
    assert_eq!(
        shown(&vocabulary)[7..],
        [("<pad>", -1000.0, TokenType::UserDefined), ("▁用 户", -1000.0, TokenType::UserDefined)]
    );
    // What tokenizer_config.json says of a token comes last; one that is no control token has real spaces.
    let config = json!({"added_tokens_decoder": {
        "0": {"content": "<unk>", "special": true},
        "1": {"content": "<s>", "special": true},
        "7": {"content": "<pad>", "special": false},
        "8": {"content": "▁用 户", "special": false}
    }});
    let vocabulary = read(9, Some(&added), Some(&config)).unwrap();
    assert_eq!(shown(&vocabulary)[..2], [("<unk>", -1000.0, TokenType::Control), ("<s>", -1000.0, TokenType::Control)]);
    assert_eq!(
        shown(&vocabulary)[7..],
        [("<pad>", -1000.0, TokenType::Control), (" 用 户", -1000.0, TokenType::UserDefined)]
    );
}

#[test]
fn tokens_that_look_special() {
    for text in ["<pad>", "<mask>", "[@BOS@]", "<|im_start|>", "<｜end｜>", "<unused99>"] {
        assert!(looks_special(text), "{text}");
    }
    for text in ["", "<s>", "[PAD]", "<|", "pad", "<unused", "im_start|>", "<｜end|>"] {
        assert!(!looks_special(text), "{text}");
    }
}

#[test]
fn added_tokens_that_no_row_belongs_to() {
    let added = json!({"<pad>": 7});
    let config = json!({"added_tokens_decoder": {"4000000000": {"content": "<far>", "special": true}}});
    let vocabulary = read(7, Some(&added), Some(&config)).unwrap();
    assert_eq!(vocabulary.left_out(), ["<pad>", "<far>"]);
    assert_eq!(shown(&vocabulary).len(), 7);
}

/// The second of two equal texts becomes a row without a token; all texts then differ.
#[test]
fn repeated_texts() {
    let added = json!({"<s>": 7, "[PAD9]": 8, "▁你好": 9});
    let vocabulary = read(11, Some(&added), None).unwrap();
    assert_eq!(vocabulary.renamed(), [7, 9]);
    assert_eq!(shown(&vocabulary)[1].0, "<s>");
    assert_eq!(
        shown(&vocabulary)[7..],
        [
            ("[PAD7]", -10_000.0, TokenType::Unused),
            ("[PAD9]", -1000.0, TokenType::UserDefined),
            ("[PAD9]_", -10_000.0, TokenType::Unused),
            ("[PAD10]", -10_000.0, TokenType::Unused)
        ]
    );
}

#[test]
fn broken_json_names_its_file() {
    for (added, name) in [(json!({"a": -1}), "a"), (json!({"a": "1"}), "a"), (json!([]), "added_tokens.json")] {
        let told = read(9, Some(&added), None).unwrap_err().to_string();
        assert!(told.contains("added_tokens.json") && told.contains(name), "{told}");
    }
    for config in [
        json!([]),
        json!({"added_tokens_decoder": []}),
        json!({"added_tokens_decoder": {"x": {"content": "a"}}}),
        json!({"added_tokens_decoder": {"-1": {"content": "a"}}}),
        json!({"added_tokens_decoder": {"7": {"content": 7}}}),
        json!({"added_tokens_decoder": {"7": "a"}}),
    ] {
        let told = read(9, None, Some(&config)).unwrap_err().to_string();
        assert!(told.contains("tokenizer_config.json"), "{told}");
    }
    assert!(read(9, None, Some(&json!({"added_tokens_decoder": null}))).is_ok());
}

#[test]
fn keys_in_their_order() {
    let vocabulary = read(9, None, Some(&json!({"add_prefix_space": false, "add_bos_token": true}))).unwrap();
    let metadata = vocabulary.metadata();
    let keys: Vec<&str> = metadata.iter().map(|(key, _)| key.as_str()).collect();
    let expected = [
        "tokenizer.ggml.add_space_prefix",
        "tokenizer.ggml.model",
        "tokenizer.ggml.pre",
        "tokenizer.ggml.tokens",
        "tokenizer.ggml.scores",
        "tokenizer.ggml.token_type",
        "tokenizer.ggml.add_bos_token",
    ];
    assert_eq!(keys, expected);
    assert_eq!(metadata[0].1, Value::Bool(false));
    let Value::Array(Array::Text(texts)) = &metadata[3].1 else { panic!() };
    assert_eq!((texts.len(), texts.get(4)), (9, Some("▁你好")));
    let (Value::Array(scores), Value::Array(types)) = (&metadata[4].1, &metadata[5].1) else { panic!() };
    assert_eq!((scores.len(), scores.f32(4), scores.f32(8)), (9, Some(-1.5), Some(-10_000.0)));
    assert_eq!((types.len(), types.i32(0), types.i32(3), types.i32(8)), (9, Some(2), Some(6), Some(5)));
    assert_eq!(read(9, None, None).unwrap().metadata()[0].0, "tokenizer.ggml.model");
}

proptest! {
    /// Whatever texts are added wherever, there is one token a row and all of them differ.
    #[test]
    fn any_added_tokens(added in prop::collection::vec(("(\\[PAD[0-9]{1,2}\\]_?|[ab]|<s>)", 0u64..20), 0..20)) {
        let map: Map<String, Json> = added.into_iter().map(|(text, id)| (text, json!(id))).collect();
        let vocabulary = read(16, Some(&Json::Object(map)), None).unwrap();
        let texts: HashSet<&str> = vocabulary.tokens.iter().map(|token| token.text.as_str()).collect();
        prop_assert_eq!((vocabulary.tokens.len(), texts.len()), (16, 16));
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = pieces(&bytes, 100);
    }
}
