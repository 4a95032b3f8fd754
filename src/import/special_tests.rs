use serde_json::json;

use super::*;

const N_VOCAB: u32 = 100;

/// What the JSON files give together; `null` for a file that is not there.
fn read(config: &Json, tokenizer_config: &Json, tokenizer: &Json) -> Result<Special, Refused> {
    let (config, tokenizer) = (config.to_string(), (!tokenizer.is_null()).then(|| tokenizer.to_string()));
    let files = Files {
        config: config.as_bytes(),
        tokenizer: tokenizer.as_deref().map(str::as_bytes),
        chat_template: Some("from its own file"),
        ..Files::default()
    };
    Special::read(&files, tokenizer_config.as_object().cloned(), N_VOCAB)
}

/// The keys without their beginning, and the values, in their order.
fn said(special: &Special) -> Vec<String> {
    let shown = |value: &Value| match value {
        Value::U32(id) => id.to_string(),
        Value::Bool(add) => add.to_string(),
        Value::Text(text) => text.clone(),
        Value::Array(Array::Text(texts)) => texts.iter().collect::<Vec<_>>().join("+"),
        other => panic!("{other:?}"),
    };
    let short = |key: &str| key.trim_start_matches("tokenizer.").trim_start_matches("ggml.").to_owned();
    special.metadata().iter().map(|(key, value)| format!("{}={}", short(key), shown(value))).collect()
}

/// The `tokenizer.json` of a Llama-2, as transformers saves it.
fn llama_tokenizer() -> Json {
    let token = |text: &str| json!({"SpecialToken": {"id": text, "type_id": 0}});
    let sequence = |name: &str| json!({"Sequence": {"id": name, "type_id": 0}});
    json!({
        "added_tokens": [
            {"id": 0, "content": "<unk>", "special": true},
            {"id": 1, "content": "<s>", "special": true},
            {"id": 2, "content": "</s>", "special": true},
            {"id": 32, "content": "<pad>", "special": true}
        ],
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [token("<s>"), sequence("A")],
            "pair": [token("<s>"), sequence("A"), token("<s>"), sequence("B")]
        },
        "model": {"type": "BPE", "vocab": {"<unk>": 0}, "merges": []}
    })
}

#[test]
fn ids_of_config_json() {
    let config = json!({"eos_token_id": 2, "bos_token_id": 1, "pad_token_id": 0, "unk_token_id": 100});
    assert_eq!(
        said(&read(&config, &json!(null), &json!(null)).unwrap()),
        ["bos_token_id=1", "eos_token_id=2", "padding_token_id=0"]
    );
    // Early Llama checkpoints have a padding of -1, later models several ends.
    let config = json!({"bos_token_id": null, "eos_token_id": [2, 3], "pad_token_id": -1, "mask_token_id": "7"});
    assert_eq!(said(&read(&config, &json!(null), &json!(null)).unwrap()), [""; 0]);
}

#[test]
fn a_llama_without_tokenizer_json() {
    let config = json!({"bos_token_id": 1, "eos_token_id": 2});
    let tokenizer_config = json!({
        "add_bos_token": true,
        "add_eos_token": false,
        "bos_token": {"content": "<s>", "lstrip": false},
        "chat_template": "{{ messages }}",
        "pad_token": null
    });
    assert_eq!(
        said(&read(&config, &tokenizer_config, &json!(null)).unwrap()),
        [
            "bos_token_id=1",
            "eos_token_id=2",
            "add_bos_token=true",
            "add_eos_token=false",
            "chat_template={{ messages }}"
        ]
    );
}

#[test]
fn a_llama_with_tokenizer_json() {
    let config = json!({"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0});
    let tokenizer_config = json!({
        "add_bos_token": false,
        "add_eos_token": false,
        "bos_token": "<s>",
        "eos_token": {"content": "</s>"},
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "chat_template": null
    });
    // The ids go by text and then by number; the template has the last word on whether to begin with <s>.
    assert_eq!(
        said(&read(&config, &tokenizer_config, &llama_tokenizer()).unwrap()),
        [
            "bos_token_id=1",
            "eos_token_id=2",
            "unknown_token_id=0",
            "padding_token_id=32",
            "add_bos_token=true",
            "add_sep_token=false",
            "add_eos_token=false"
        ]
    );
    // In an object, a token is not recognized as the one of the template, which is then told as another part.
    let tokenizer_config = json!({"bos_token": {"content": "<s>"}});
    assert_eq!(
        said(&read(&json!({}), &tokenizer_config, &llama_tokenizer()).unwrap()),
        ["bos_token_id=1", "add_bos_token=true", "add_sep_token=false", "chat_template=from its own file"]
    );
    assert_eq!(
        said(&read(&json!({}), &json!(null), &llama_tokenizer()).unwrap()),
        ["add_bos_token=true", "add_sep_token=false"]
    );
}

#[test]
fn a_template_that_ends_texts() {
    let mut tokenizer = llama_tokenizer();
    let end = json!({"SpecialToken": {"id": "<pad>", "type_id": 0}});
    tokenizer["post_processor"]["single"].as_array_mut().unwrap().push(end);
    tokenizer["post_processor"]["pair"] = json!([]);
    let tokenizer_config = json!({"bos_token": "<s>", "eos_token": "</s>"});
    let expected = ["bos_token_id=1", "eos_token_id=32", "eot_token_id=2", "add_bos_token=true", "add_eos_token=true"];
    assert_eq!(said(&read(&json!({}), &tokenizer_config, &tokenizer).unwrap())[..5], expected);
    // The same inside of a sequence of processors.
    tokenizer["post_processor"] = json!({"type": "Sequence", "processors": [tokenizer["post_processor"]]});
    assert_eq!(said(&read(&json!({}), &tokenizer_config, &tokenizer).unwrap())[..5], expected);
}

#[test]
fn a_template_with_a_separator() {
    let tokenizer_config = json!({"bos_token": "<s>", "eos_token": "</s>", "sep_token": "<pad>"});
    for (between, adds) in [("<pad>", true), ("</s>", true), ("<unk>", false)] {
        let mut tokenizer = llama_tokenizer();
        tokenizer["post_processor"]["pair"][2]["SpecialToken"]["id"] = json!(between);
        let said = said(&read(&json!({}), &tokenizer_config, &tokenizer).unwrap());
        assert!(said.contains(&format!("add_sep_token={adds}")), "{between}: {said:?}");
        assert!(said.contains(&"seperator_token_id=32".to_owned()), "{between}: {said:?}");
    }
}

#[test]
fn chat_templates_by_name() {
    let tokenizer_config = json!({"chat_template": [
        {"name": "tool use", "template": "T"},
        {"name": "default", "template": "D"},
        {"name": "rag", "template": "R"},
        {"name": "rag", "template": "S"},
        {"name": "", "template": "X"},
        {"name": "none", "template": null}
    ]});
    let special = read(&json!({}), &tokenizer_config, &json!(null)).unwrap();
    assert!(special.has_chat_template());
    assert_eq!(
        said(&special),
        ["chat_template.tool_use=T", "chat_template.rag=S", "chat_templates=tool_use+rag", "chat_template=D"]
    );
    for none in [json!({"chat_template": null}), json!({"chat_template": ""}), json!({"chat_template": 7}), json!(null)]
    {
        assert!(!read(&json!({}), &none, &json!(null)).unwrap().has_chat_template(), "{none}");
    }
}

#[test]
fn broken_files_are_named() {
    for (config, tokenizer, name) in [
        (json!([]), json!(null), "config.json"),
        (json!({}), json!([7]), "tokenizer.json"),
        (json!({}), json!({"added_tokens": [{"id": -1, "content": "a"}]}), "tokenizer.json"),
    ] {
        let told = read(&config, &json!(null), &tokenizer).unwrap_err().to_string();
        assert!(told.starts_with(name), "{told}");
    }
}

/// Templates that make no sense are passed over.
#[test]
fn odd_templates() {
    for processor in [
        json!(null),
        json!(7),
        json!({"type": "ByteLevel"}),
        json!({"type": "TemplateProcessing"}),
        json!({"type": "TemplateProcessing", "single": [], "pair": []}),
        json!({"type": "TemplateProcessing", "single": [{}], "pair": [{}]}),
        json!({"type": "TemplateProcessing", "single": [7, null], "pair": [{}, 7, {}]}),
        json!({"type": "Sequence", "processors": 7}),
    ] {
        let tokenizer = json!({"post_processor": processor});
        let special = read(&json!({}), &json!({"bos_token": "<s>"}), &tokenizer).unwrap();
        assert!(special.adds.is_empty(), "{tokenizer}");
    }
}
