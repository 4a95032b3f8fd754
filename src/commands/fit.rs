//! Whether a model fits on this machine, as `list` and `show` tell it: reckoned with the machine's whole memory, as
//! if it had just been started, and without a GPU.

use crate::config::registry::{Entry, Format, Size};
use crate::import::hyper::Hyper;
use crate::import::mixture::Quant;
use crate::import::tensors::Mapping;
use crate::plan::choice::{Choice, Offer, TIGHT_CTX, choose, usable};
use crate::plan::{self, Machine, Plan, Shape, TooLarge, Wishes};
use crate::protocol::KvType;
use crate::tr;

/// How a model would be loaded here, or why it would not.
pub(super) struct Fit(Result<Plan, TooLarge>);

impl Fit {
    /// Plans for a model of this shape on a machine with so much memory.
    pub(super) fn of(shape: &Shape, memory_bytes: u64) -> Self {
        let machine = Machine { free_bytes: usable(memory_bytes), n_cores: 1, devices: Vec::new() };
        Self(plan::make(shape, &machine, &Wishes::default()))
    }

    /// Whether it can be used here.
    pub(super) fn fits(&self) -> bool {
        self.0.is_ok()
    }

    /// What it takes as planned or, where it does not fit, at the least.
    pub(super) fn needed_bytes(&self) -> u64 {
        match &self.0 {
            Ok(plan) => plan.needed.total(),
            Err(too_large) => too_large.needed.total(),
        }
    }

    /// The context it would be loaded with, in tokens, and the KV cache's type.
    pub(super) fn context(&self) -> Option<(u32, KvType)> {
        self.0.as_ref().ok().map(|plan| (plan.n_ctx, plan.kv_type))
    }

    /// A few words for a table.
    pub(super) fn words(&self) -> String {
        let Some((n_ctx, kv_type)) = self.context() else {
            return tr!("放不下", "does not fit");
        };
        match kv_type {
            KvType::F16 => tr!("放得下，上下文 {n_ctx}", "fits, context {n_ctx}"),
            KvType::Q8_0 | KvType::Q4_0 => {
                let name = plan::kv_name(kv_type);
                tr!("放得下，上下文 {n_ctx}（KV {name}）", "fits, context {n_ctx} (KV {name})")
            }
        }
    }
}

/// The shape of an entry's model, with weights of this size; `None` where models.toml does not tell it.
pub(super) fn shape_of(entry: &Entry, weights_bytes: u64) -> Option<Shape> {
    let (n_vocab, n_ctx) = (u64::from(entry.n_vocab.unwrap_or(32_000)), entry.n_ctx.unwrap_or(4096));
    Some(match entry.shape? {
        Size::SevenB => Shape::llama2_7b(weights_bytes, n_vocab, n_ctx),
        Size::ThirteenB => Shape::llama2_13b(weights_bytes, n_vocab, n_ctx),
    })
}

/// Whether there are no files of an entry's model, but they can be made of its checkpoint.
pub(super) fn is_to_be_made(entry: &Entry) -> bool {
    entry.format == Format::Checkpoint && entry.files.is_empty()
}

/// How large the file of a quantization would be that is made of an entry's checkpoint, but for some 0.01 % of it;
/// `None` where models.toml does not tell the model's shape.
pub(super) fn made_bytes(entry: &Entry, quant: Quant) -> Option<u64> {
    let shape = shape_of(entry, 0)?;
    let number = |n: u64| u32::try_from(n).ok();
    // Of these models, each head has its own key and value.
    let hyper = Hyper {
        n_layers: number(shape.n_layers)?,
        n_embd: number(shape.n_embd)?,
        n_ff: number(shape.n_ff)?,
        n_head: number(shape.n_head)?,
        n_head_kv: number(shape.n_head)?,
        head_dim: number(shape.n_embd / shape.n_head)?,
        n_vocab: number(shape.n_vocab)?,
        n_ctx_train: shape.n_ctx_train,
        rms_eps: 1e-5,
        rope_theta: 1e4,
        rope_factor: None,
        is_tied: false,
    };
    Some(Mapping::n_quantized_bytes(&hyper, quant))
}

/// The file of an entry that suits a machine with so much memory, there or to be made.
pub(super) fn choice(entry: &Entry, memory_bytes: u64) -> Option<Choice<'_>> {
    let files = entry.files.iter().filter_map(|(quant, file)| Some(Offer { quant, bytes: file.about_bytes()? }));
    let mut offers: Vec<Offer<'_>> = files.collect();
    if is_to_be_made(entry) {
        let all = Quant::ALL.into_iter();
        offers.extend(all.filter_map(|quant| Some(Offer { quant: quant.name(), bytes: made_bytes(entry, quant)? })));
    }
    choose(&offers, shape_of(entry, 0).as_ref(), memory_bytes)
}

/// Why that file, for a person.
pub(super) fn why(choice: &Choice<'_>, memory_bytes: u64) -> String {
    let (quant, memory) = (choice.offer.quant, plan::gib(memory_bytes));
    if choice.is_tight {
        return tr!(
            "这台机器有 {memory} 内存，只放得下 {quant}：用 --ctx {TIGHT_CTX} --kv-type q8_0 启动",
            "this machine has {memory} of memory, and no more than {quant} fits: start it with --ctx {TIGHT_CTX} --kv-type q8_0"
        );
    }
    tr!(
        "这台机器有 {memory} 内存，{quant} 是还留得下长对话的最好一个",
        "this machine has {memory} of memory, and {quant} is the best that leaves room for long conversations"
    )
}
