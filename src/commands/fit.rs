//! Whether a model fits on this machine, as `list` and `show` tell it: reckoned with the machine's whole memory, as
//! if it had just been started, and without a GPU.

use crate::config::registry::{Entry, Format, Size, gb};
use crate::exit::Failed;
use crate::import::mixture::Quant;
use crate::import::outline::Outline;
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

/// The file of an entry, or what is to be made of its checkpoint, that suits a machine with so much memory.
pub(super) fn choice(entry: &Entry, memory_bytes: u64) -> Option<Choice<'_>> {
    choose(&offers(entry), shape_of(entry, 0).as_ref(), memory_bytes)
}

/// What an entry can be had in: its files or, where it has none, what its checkpoint can be made into.
pub(super) fn offers(entry: &Entry) -> Vec<Offer<'_>> {
    if is_checkpoint(entry) {
        return results(entry);
    }
    let files = entry.files.iter().filter_map(|(quant, file)| Some(Offer { quant, bytes: file.about_bytes()? }));
    files.collect()
}

/// Whether it has first to be made from a checkpoint.
pub(super) fn is_checkpoint(entry: &Entry) -> bool {
    entry.format == Format::Checkpoint && entry.files.is_empty()
}

/// Each quantization of a checkpoint with the size that it will have, the largest first.
fn results(entry: &Entry) -> Vec<Offer<'static>> {
    let Some(Shape { n_layers, n_embd, n_ff, n_head, n_embd_k, n_vocab, .. }) = shape_of(entry, 0) else {
        return Vec::new();
    };
    let narrow = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let (n_layers, n_head) = (narrow(n_layers), narrow(n_head));
    let outline = Outline { n_layers, n_embd, n_ff, n_head, n_embd_kv: n_embd_k, n_vocab };
    Quant::ALL.iter().map(|quant| Offer { quant: quant.name(), bytes: outline.n_bytes(*quant) }).collect()
}

/// The failure where nobody said which of an entry's models, and none can be chosen: why, and what to type.
pub(super) fn none(entry: &Entry, memory_bytes: u64) -> Failed {
    let (name, offers) = (&entry.name, offers(entry));
    let Some(smallest) = offers.iter().min_by_key(|offer| offer.bytes) else {
        let all: Vec<&str> = match is_checkpoint(entry) {
            true => Quant::ALL.iter().map(|quant| quant.name()).collect(),
            false => entry.files.keys().map(String::as_str).collect(),
        };
        let (example, all) = (all.first().copied().unwrap_or_default(), all.join(" "));
        return Failed::usage(tr!(
            "models.toml 里没有写 {name} 的大小，算不出哪一个放得下。有的是：{all}。请说出是哪一个：liao pull {name}:{example}",
            "models.toml does not tell how large {name} is, so liao cannot tell what fits. Available: {all}. Say which: liao pull {name}:{example}"
        ));
    };
    let (why, quant, size) = (why_none(memory_bytes), smallest.quant, gb(smallest.bytes));
    Failed::usage(tr!(
        "{name}：{why}。最小的是 {quant}（{size}）；仍要它：liao pull {name}:{quant}",
        "{name}: {why}. The smallest is {quant} ({size}); to download it anyway: liao pull {name}:{quant}"
    ))
}

/// Why none of the files, for a person.
pub(super) fn why_none(memory_bytes: u64) -> String {
    let memory = plan::gib(memory_bytes);
    tr!(
        "这台机器有 {memory} 内存，这里没有一个放得下、又留得下长对话的",
        "this machine has {memory} of memory: none of these fits and leaves room for long conversations"
    )
}

/// Why that file, for a person.
pub(super) fn why(choice: &Choice<'_>, memory_bytes: u64) -> String {
    let (quant, memory) = (choice.offer.quant, plan::gib(memory_bytes));
    if choice.is_tight {
        return tr!(
            "这台机器有 {memory} 内存，只放得下 {quant}：用 --ctx {TIGHT_CTX} --kv-type q8_0 启动",
            "this machine has {memory} of memory, and {quant} is the largest that fits: start it with --ctx {TIGHT_CTX} --kv-type q8_0"
        );
    }
    tr!(
        "这台机器有 {memory} 内存，{quant} 是还留得下长对话的最好一个",
        "this machine has {memory} of memory, and {quant} is the best that leaves room for long conversations"
    )
}
