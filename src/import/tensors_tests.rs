use proptest::prelude::*;

use super::*;

const HYPER: Hyper = Hyper {
    n_layers: 2,
    n_embd: 64,
    n_ff: 96,
    n_head: 4,
    n_head_kv: 2,
    head_dim: 16,
    n_vocab: 40,
    n_ctx_train: 128,
    rms_eps: 1e-5,
    rope_theta: 10_000.0,
    rope_factor: None,
    is_tied: false,
};

type Tensors = Vec<(String, Vec<u64>)>;

/// What transformers saves, in its order.
fn checkpoint() -> Tensors {
    let mut tensors: Tensors = vec![("model.embed_tokens.weight".into(), vec![40, 64])];
    for layer in 0..2 {
        for (name, shape) in [
            ("self_attn.q_proj.weight", vec![64, 64]),
            ("self_attn.k_proj.weight", vec![32, 64]),
            ("self_attn.v_proj.weight", vec![32, 64]),
            ("self_attn.o_proj.weight", vec![64, 64]),
            ("mlp.gate_proj.weight", vec![96, 64]),
            ("mlp.up_proj.weight", vec![96, 64]),
            ("mlp.down_proj.weight", vec![64, 96]),
            ("input_layernorm.weight", vec![64]),
            ("post_attention_layernorm.weight", vec![64]),
        ] {
            tensors.push((format!("model.layers.{layer}.{name}"), shape));
        }
    }
    tensors.push(("model.norm.weight".into(), vec![64]));
    tensors.push(("lm_head.weight".into(), vec![40, 64]));
    tensors
}

fn mapping(hyper: &Hyper, tensors: &[(String, Vec<u64>)]) -> Result<Mapping, Refused> {
    Mapping::new(hyper, tensors.iter().map(|(name, shape)| (name.as_str(), shape.as_slice())))
}

#[test]
fn every_tensor_has_its_place() {
    let tensors = checkpoint();
    let mapping = mapping(&HYPER, &tensors).unwrap();
    let pairs: Vec<(&str, &str)> =
        mapping.tensors.iter().map(|mapped| (mapped.name.as_str(), tensors[mapped.source].0.as_str())).collect();
    let expected = [
        ("output.weight", "lm_head.weight"),
        ("output_norm.weight", "model.norm.weight"),
        ("token_embd.weight", "model.embed_tokens.weight"),
        ("blk.0.attn_k.weight", "model.layers.0.self_attn.k_proj.weight"),
        ("blk.0.attn_norm.weight", "model.layers.0.input_layernorm.weight"),
        ("blk.0.attn_output.weight", "model.layers.0.self_attn.o_proj.weight"),
        ("blk.0.attn_q.weight", "model.layers.0.self_attn.q_proj.weight"),
        ("blk.0.attn_v.weight", "model.layers.0.self_attn.v_proj.weight"),
        ("blk.0.ffn_down.weight", "model.layers.0.mlp.down_proj.weight"),
        ("blk.0.ffn_gate.weight", "model.layers.0.mlp.gate_proj.weight"),
        ("blk.0.ffn_norm.weight", "model.layers.0.post_attention_layernorm.weight"),
        ("blk.0.ffn_up.weight", "model.layers.0.mlp.up_proj.weight"),
    ];
    assert_eq!(pairs[..expected.len()], expected);
    assert_eq!((pairs.len(), mapping.has_value_head), (tensors.len(), false));
    for mapped in &mapping.tensors {
        let backwards: Vec<u64> = tensors[mapped.source].1.iter().rev().copied().collect();
        assert_eq!(mapped.dims, backwards, "{}", mapped.name);
        let heads = mapped.regrouping.map(|regrouping| (regrouping.n_rows, regrouping.n_heads));
        let expected = match mapped.name.rsplit('.').nth(1) {
            Some("attn_q") => Some((64, 4)),
            Some("attn_k") => Some((32, 2)),
            _ => None,
        };
        assert_eq!(heads, expected, "{}", mapped.name);
    }
    let n_elements: u64 = tensors.iter().map(|(_, shape)| shape.iter().product::<u64>()).sum();
    assert_eq!(mapping.n_elements(), n_elements);
}

#[test]
fn names_of_other_frameworks() {
    let right = mapping(&HYPER, &checkpoint()).unwrap();
    for prefix in ["module.", "transformer.", "rwtransformer.", "rwtranrsformer.", "module.rwtranrsformer."] {
        let tensors: Tensors =
            checkpoint().into_iter().map(|(name, shape)| (format!("{prefix}{name}"), shape)).collect();
        assert_eq!(mapping(&HYPER, &tensors).as_ref(), Ok(&right), "{prefix}");
    }
    let bare: Tensors = checkpoint()
        .into_iter()
        .map(|(name, shape)| (name.strip_prefix("model.").unwrap_or(&name).to_owned(), shape))
        .collect();
    assert_eq!(mapping(&HYPER, &bare), Ok(right));
}

#[test]
fn what_llama_cpp_works_out_itself_is_left_out() {
    let mut tensors = checkpoint();
    tensors.push(("model.layers.1.self_attn.rotary_emb.inv_freq".into(), vec![8]));
    tensors.insert(0, ("model.rotary_emb.inv_freq".into(), vec![8]));
    assert_eq!(mapping(&HYPER, &tensors).unwrap().tensors.len(), tensors.len() - 2);
}

/// DeepSpeed-Chat's: the model without its head under a prefix, and a value head beside it.
#[test]
fn a_reward_model() {
    let mut tensors: Tensors = checkpoint()
        .into_iter()
        .filter(|(name, _)| name != LM_HEAD)
        .map(|(name, shape)| (name.replace("model.", "rwtranrsformer."), shape))
        .collect();
    assert!(mapping(&HYPER, &tensors).unwrap_err().to_string().contains("lm_head"));
    tensors.insert(0, ("v_head.weight".into(), vec![1, 64]));
    let mapping = mapping(&HYPER, &tensors).unwrap();
    assert!(mapping.has_value_head);
    assert!(mapping.tensors.iter().all(|mapped| mapped.name != "output.weight"));
    assert_eq!(mapping.tensors.len(), tensors.len() - 1);
}

#[test]
fn tied_embeddings() {
    let tied = Hyper { is_tied: true, ..HYPER };
    let mut tensors = checkpoint();
    assert!(mapping(&tied, &tensors).unwrap().tensors.iter().any(|mapped| mapped.name == "output.weight"));
    tensors.pop();
    assert!(mapping(&tied, &tensors).is_ok());
    assert!(mapping(&HYPER, &tensors).is_err());
}

#[test]
fn biases() {
    let mut tensors = checkpoint();
    tensors.push(("model.layers.1.self_attn.k_proj.bias".into(), vec![32]));
    tensors.push(("model.layers.0.mlp.down_proj.bias".into(), vec![64]));
    let mapping = mapping(&HYPER, &tensors).unwrap();
    let bias = mapping.tensors.iter().find(|mapped| mapped.name == "blk.1.attn_k.bias").unwrap();
    assert_eq!((&bias.dims[..], bias.regrouping), (&[32][..], Some(Regrouping { n_rows: 32, n_heads: 2 })));
    let bias = mapping.tensors.iter().find(|mapped| mapped.name == "blk.0.ffn_down.bias").unwrap();
    assert_eq!((&bias.dims[..], bias.regrouping), (&[64][..], None));
    for planned in mapping.planned(Quant::Q4_0, HYPER.proportions()) {
        assert_eq!(planned.kind == TensorType::F32, planned.dims.len() == 1, "{}", planned.name);
    }
}

/// Every tensor taken away, misshapen, or there twice.
#[test]
fn each_fault_names_its_tensor() {
    let whole = checkpoint();
    for i in 0..whole.len() {
        let name = &whole[i].0;
        let told = |tensors: &Tensors| mapping(&HYPER, tensors).unwrap_err().to_string();
        let mut without = whole.clone();
        without.remove(i);
        assert!(told(&without).contains(name), "{name}");
        let mut misshapen = whole.clone();
        misshapen[i].1[0] += 1;
        assert!(told(&misshapen).contains(name), "{name}");
        let mut flat = whole.clone();
        flat[i].1.push(1);
        assert!(told(&flat).contains(name), "{name}");
        let mut twice = whole.clone();
        twice.push((format!("module.{name}"), whole[i].1.clone()));
        assert!(told(&twice).contains(name), "{name}");
    }
}

#[test]
fn all_faults_are_told() {
    let mut tensors = checkpoint();
    tensors.remove(3);
    tensors[0].1[0] = 39;
    tensors.push(("score.weight".into(), vec![2, 64]));
    tensors.push(("model.layers.2.input_layernorm.weight".into(), vec![64]));
    let Err(Refused::Several(reasons)) = mapping(&HYPER, &tensors) else { panic!() };
    let told: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    let names = ["embed_tokens", "layers.0.self_attn.v_proj", "layers.2.input_layernorm", "score.weight"];
    assert_eq!(told.len(), names.len(), "{told:?}");
    assert!(told.iter().zip(names).all(|(told, name)| told.contains(name)), "{told:?}");
}

#[test]
fn regrouped_rows() {
    // Two heads of six rows.
    let regrouping = Regrouping { n_rows: 12, n_heads: 2 };
    let rows: Vec<u64> = (0..12).map(|row| regrouping.source_row(row)).collect();
    assert_eq!(rows, [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
}

proptest! {
    #[test]
    fn regrouping_keeps_every_row_in_its_head(n_heads in 1u64..9, n_half_rows in 1u64..17) {
        let n_head_rows = 2 * n_half_rows;
        let regrouping = Regrouping { n_rows: n_heads * n_head_rows, n_heads };
        let mut rows: Vec<u64> = (0..regrouping.n_rows).map(|row| regrouping.source_row(row)).collect();
        for (row, source) in (0..).zip(&rows) {
            prop_assert_eq!(row / n_head_rows, source / n_head_rows);
        }
        rows.sort_unstable();
        prop_assert_eq!(rows, (0..regrouping.n_rows).collect::<Vec<_>>());
    }
}
