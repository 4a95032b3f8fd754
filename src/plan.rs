//! Pure: from a model's shape, the machine's memory and a person's wishes to how the model is loaded, with the
//! reasons. It asks the machine nothing; it is told. Nothing is allocated before this has said that it fits.

pub mod choice;

use crate::gguf::Header;
use crate::protocol::{Device, GpuLayers, KvType};
use crate::tr;

/// What memory depends on in a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// All tensors, in bytes.
    pub weights_bytes: u64,
    /// Transformer layers.
    pub n_layers: u64,
    /// Width of one token's key in one layer, over all KV heads.
    pub n_embd_k: u64,
    /// Width of one token's value in one layer, over all KV heads.
    pub n_embd_v: u64,
    /// Heads are whole blocks wide, so that the KV cache can be quantized.
    pub can_quantize_kv: bool,
    /// Width of the residual stream.
    pub n_embd: u64,
    /// Width of the feed-forward layer.
    pub n_ff: u64,
    /// Attention heads.
    pub n_head: u64,
    /// Vocabulary size.
    pub n_vocab: u64,
    /// The context the model was trained for, in tokens.
    pub n_ctx_train: u32,
}

/// What the machine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Memory that this process may still take, in bytes: what is available, within the cgroup's and the process's limits.
    pub free_bytes: u64,
    /// Physical cores that this process may use.
    pub n_cores: u32,
    /// GPUs that this build can use.
    pub devices: Vec<Device>,
}

/// What was asked for; `None` leaves it to the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wishes {
    /// Context size in tokens.
    pub n_ctx: Option<u32>,
    /// Element type of the KV cache.
    pub kv_type: Option<KvType>,
    /// Layers on the GPU.
    pub gpu_layers: GpuLayers,
    /// Worker threads.
    pub n_threads: Option<u32>,
    /// Load although it does not fit.
    pub force: bool,
}

/// How to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Context size in tokens.
    pub n_ctx: u32,
    /// Element type of the KV cache.
    pub kv_type: KvType,
    /// Layers on the GPU.
    pub gpu_layers: GpuLayers,
    /// Worker threads.
    pub n_threads: u32,
    /// Tokens read at once.
    pub n_chunk: u32,
    /// What it needs, in bytes.
    pub needed: Needed,
    /// Why so, one sentence each, for `-v`.
    pub reasons: Vec<String>,
    /// Where a wish was not, or not wisely, fulfilled: for everybody.
    pub notices: Vec<String>,
}

/// Memory that a plan needs, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    /// The model file's tensors.
    pub weights: u64,
    /// The KV cache.
    pub kv: u64,
    /// Compute buffers and the program itself, a generous estimate.
    pub buffers: u64,
}

impl Needed {
    /// All together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.weights.saturating_add(self.kv).saturating_add(self.buffers)
    }
}

/// It does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge {
    /// What the wished plan (or, without a wish, the smallest) needs.
    pub needed: Needed,
    /// The context it was reckoned for.
    pub n_ctx: u32,
    /// What there is, in bytes.
    pub free_bytes: u64,
    /// The largest context that does fit with the same KV type, and with q8_0; `None`: not even the smallest.
    pub fits: Option<(KvType, u32)>,
}

/// The smallest context offered: a question and an answer of a few hundred characters.
pub const MIN_CTX: u32 = 512;

/// Chosen by itself, a context is not larger: models with far more exist, and their cache would take all memory.
pub const MAX_AUTO_CTX: u32 = 8192;

/// Contexts are chosen in steps of llama.cpp's padding.
const CTX_STEP: u32 = 256;

/// On a CPU, chunks of 64 read as fast as larger ones; a cancel is seen between two. Smaller ones would be seen sooner
/// but read slower: of a 13B on two cores, 16 at a time reads a fifth slower, 8 at a time half as fast.
const CHUNK_CPU: u32 = 64;

/// A GPU needs larger ones to be busy.
const CHUNK_GPU: u32 = 512;

impl Shape {
    /// The shape that a file's header tells. What another architecture leaves out counts as nothing: the plan is then
    /// too hopeful, and llama.cpp refuses what it cannot allocate.
    #[must_use]
    pub fn of(header: &Header) -> Self {
        let or_zero = |n: Option<u32>| u64::from(n.unwrap_or(0));
        let heads_kv = or_zero(header.n_head_kv());
        Self {
            weights_bytes: header.weights_bytes(),
            n_layers: or_zero(header.n_layers()),
            n_embd_k: heads_kv * or_zero(header.head_dim_k()),
            n_embd_v: heads_kv * or_zero(header.head_dim_v()),
            can_quantize_kv: [header.head_dim_k(), header.head_dim_v()].iter().all(|dim| or_zero(*dim) % 32 == 0),
            n_embd: or_zero(header.n_embd()),
            n_ff: or_zero(header.n_ff()),
            n_head: or_zero(header.n_head()),
            n_vocab: header.n_vocab() as u64,
            n_ctx_train: header.n_ctx_train().unwrap_or(MIN_CTX),
        }
    }

    /// The shape of a Llama-2-7B: `config.json` of meta-llama/Llama-2-7b-chat-hf.
    #[must_use]
    pub fn llama2_7b(weights_bytes: u64, n_vocab: u64, n_ctx_train: u32) -> Self {
        Self::llama2(32, 4096, 11_008, 32, weights_bytes, n_vocab, n_ctx_train)
    }

    /// The shape of a Llama-2-13B: `config.json` of NousResearch/Llama-2-13b-chat-hf.
    #[must_use]
    pub fn llama2_13b(weights_bytes: u64, n_vocab: u64, n_ctx_train: u32) -> Self {
        Self::llama2(40, 5120, 13_824, 40, weights_bytes, n_vocab, n_ctx_train)
    }

    fn llama2(
        n_layers: u64,
        n_embd: u64,
        n_ff: u64,
        n_head: u64,
        weights_bytes: u64,
        n_vocab: u64,
        n_ctx_train: u32,
    ) -> Self {
        let (n_embd_k, n_embd_v) = (n_embd, n_embd);
        Self {
            weights_bytes,
            n_layers,
            n_embd_k,
            n_embd_v,
            can_quantize_kv: true,
            n_embd,
            n_ff,
            n_head,
            n_vocab,
            n_ctx_train,
        }
    }

    /// Bytes of KV cache for one token: elements come in blocks of 32, of 64 bytes (f16), 34 (q8_0) or 18 (q4_0).
    #[must_use]
    pub fn kv_bytes_per_token(&self, kv_type: KvType) -> u64 {
        let block_bytes = match kv_type {
            KvType::F16 => 64,
            KvType::Q8_0 => 34,
            KvType::Q4_0 => 18,
        };
        self.n_layers.saturating_mul(self.n_embd_k.saturating_add(self.n_embd_v)).saturating_mul(block_bytes) / 32
    }

    fn needed(&self, n_ctx: u32, kv_type: KvType, n_chunk: u32) -> Needed {
        // One chunk's activations, its attention scores should flash attention be off, its logits, all f32.
        let scores = self.n_head.saturating_mul(u64::from(n_ctx)) / 4;
        let per_token = (self.n_embd.saturating_mul(4))
            .saturating_add(self.n_ff.saturating_mul(3))
            .saturating_add(scores)
            .saturating_add(self.n_vocab);
        let activations = per_token.saturating_mul(u64::from(n_chunk) * 4);
        Needed {
            weights: self.weights_bytes,
            kv: self.kv_bytes_per_token(kv_type).saturating_mul(n_ctx.next_multiple_of(CTX_STEP).into()),
            buffers: activations.saturating_add(self.n_vocab.saturating_mul(256)).saturating_add(48 << 20),
        }
    }
}

/// Decides how to load a model.
///
/// # Errors
/// When it does not fit, unless forced.
pub fn make(shape: &Shape, machine: &Machine, wishes: &Wishes) -> Result<Plan, TooLarge> {
    let uses_gpu = !machine.devices.is_empty() && wishes.gpu_layers != GpuLayers::Count(0);
    let n_chunk = if uses_gpu { CHUNK_GPU } else { CHUNK_CPU };
    let gpu_bytes: u64 = machine.devices.iter().filter(|d| !d.shares_ram).map(|d| d.free_bytes).sum();
    // Of a GPU that is to hold some layers, only what these need counts.
    let gpu_bytes = match wishes.gpu_layers {
        GpuLayers::Count(n) => gpu_bytes.min(shape.weights_bytes / (shape.n_layers + 1) * u64::from(n)),
        GpuLayers::Auto | GpuLayers::All => gpu_bytes,
    };
    let free_bytes = machine.free_bytes.saturating_add(if uses_gpu { gpu_bytes } else { 0 });
    let (mut reasons, mut notices) = (Vec::new(), Vec::new());
    let mut wishes = *wishes;
    if !shape.can_quantize_kv && wishes.kv_type != Some(KvType::F16) {
        if wishes.kv_type.is_some() {
            notices.push(tr!(
                "这个模型的注意力头宽度不是 32 的倍数，KV 缓存只能用 f16",
                "the attention heads of this model are not a multiple of 32 wide: its KV cache can only be f16"
            ));
        }
        wishes.kv_type = Some(KvType::F16);
    }

    let most = shape.n_ctx_train.clamp(MIN_CTX.min(shape.n_ctx_train.max(1)), MAX_AUTO_CTX);
    let fitting = |kv_type| largest_fitting(shape, kv_type, n_chunk, most, free_bytes);
    let fits = || {
        let others: &[KvType] = if shape.can_quantize_kv { &[KvType::Q8_0, KvType::Q4_0] } else { &[] };
        let mut types = [wishes.kv_type.unwrap_or_default()].into_iter().chain(others.iter().copied());
        types.find_map(|kv_type| fitting(kv_type).map(|n_ctx| (kv_type, n_ctx)))
    };
    let (n_ctx, kv_type) = match wishes.n_ctx {
        Some(n_ctx) => {
            let kv_type = wishes.kv_type.unwrap_or_default();
            reasons.push(tr!("上下文 {n_ctx}：按你的要求", "context {n_ctx}: as you asked"));
            let own = shape.n_ctx_train;
            if n_ctx > own {
                notices.push(tr!(
                    "上下文 {n_ctx} 超过了模型训练时的 {own}：越过之后回答会变乱",
                    "a context of {n_ctx} is more than the {own} that the model was trained for: beyond that its answers fall apart"
                ));
            }
            (n_ctx, kv_type)
        }
        None => choose(shape, wishes.kv_type, most, &fitting, &mut reasons),
    };
    let needed = shape.needed(n_ctx, kv_type, n_chunk);
    let (need, have) = (gib(needed.total()), gib(free_bytes));
    if needed.total() > free_bytes {
        if !wishes.force {
            let fits = fits();
            let (needed, n_ctx) = match fits {
                Some(_) => (needed, n_ctx),
                None => (least(shape, &wishes, n_chunk, most), MIN_CTX.min(most)),
            };
            return Err(TooLarge { needed, n_ctx, free_bytes, fits });
        }
        reasons.push(tr!(
            "需要 {need} 而可用 {have}：按 --force 照样加载",
            "needs {need} with {have} free: loaded all the same, because of --force"
        ));
    }
    let (weights, kv, buffers) = (gib(needed.weights), gib(needed.kv), gib(needed.buffers));
    reasons.push(tr!(
        "内存：权重 {weights} + KV 缓存 {kv} + 计算缓冲约 {buffers} = {need}；可用 {have}",
        "memory: weights {weights} + KV cache {kv} + buffers about {buffers} = {need}; free {have}"
    ));
    let name = kv_name(kv_type);
    reasons.push(tr!("KV 缓存类型 {name}", "KV cache type {name}"));
    let n_threads = wishes.n_threads.unwrap_or(machine.n_cores.max(1));
    reasons.push(if wishes.n_threads.is_some() {
        tr!("线程 {n_threads}：按你的要求", "threads {n_threads}: as you asked")
    } else {
        tr!("线程 {n_threads}：可用的物理核心数", "threads {n_threads}: the physical cores available")
    });
    reasons.push(if machine.devices.is_empty() {
        tr!("没有可用的 GPU（或此版本只为 CPU 编译）", "no GPU to use (or this build is for the CPU alone)")
    } else {
        let names = machine.devices.iter().map(|d| d.description.as_str()).collect::<Vec<_>>().join(", ");
        tr!("GPU：{names}", "GPU: {names}")
    });
    Ok(Plan { n_ctx, kv_type, gpu_layers: wishes.gpu_layers, n_threads, n_chunk, needed, reasons, notices })
}

/// The least that this model can be loaded with.
fn least(shape: &Shape, wishes: &Wishes, n_chunk: u32, most: u32) -> Needed {
    let smallest = if shape.can_quantize_kv { KvType::Q4_0 } else { KvType::F16 };
    shape.needed(MIN_CTX.min(most), wishes.kv_type.unwrap_or(smallest), n_chunk)
}

/// The largest context up to `most`. A cache of f16 unless that would halve the context or worse; then q8_0, which
/// is read somewhat slower but holds nearly twice as much.
fn choose(
    shape: &Shape,
    kv_type: Option<KvType>,
    most: u32,
    fitting: &impl Fn(KvType) -> Option<u32>,
    reasons: &mut Vec<String>,
) -> (u32, KvType) {
    let first = kv_type.unwrap_or_default();
    let with_first = fitting(first).unwrap_or(0);
    let (mut n_ctx, mut chosen) = (with_first, first);
    if kv_type.is_none() && with_first <= most / 2 {
        let with_q8 = fitting(KvType::Q8_0).unwrap_or(0);
        if with_q8 > with_first {
            (n_ctx, chosen) = (with_q8, KvType::Q8_0);
            reasons.push(tr!(
                "KV 缓存用 q8_0：f16 只放得下 {with_first} 个词元",
                "KV cache in q8_0: in f16 only {with_first} tokens fit"
            ));
        }
    }
    let own = shape.n_ctx_train;
    if n_ctx == 0 {
        n_ctx = MIN_CTX.min(most);
        reasons.push(tr!("上下文 {n_ctx}：最小的", "context {n_ctx}: the smallest"));
    } else if n_ctx < most {
        reasons.push(tr!(
            "上下文 {n_ctx}：内存放得下的最大值（模型本身 {own}）",
            "context {n_ctx}: the largest that fits in memory (the model's own is {own})"
        ));
    } else if n_ctx < own {
        reasons.push(tr!(
            "上下文 {n_ctx}：自动选择的上限（模型本身 {own}，要更大请用 --ctx）",
            "context {n_ctx}: the most chosen by itself (the model's own is {own}; --ctx for more)"
        ));
    } else {
        reasons.push(tr!("上下文 {n_ctx}：模型本身的大小", "context {n_ctx}: the model's own"));
    }
    (n_ctx, chosen)
}

fn largest_fitting(shape: &Shape, kv_type: KvType, n_chunk: u32, most: u32, free_bytes: u64) -> Option<u32> {
    let fits = |n_ctx: u32| shape.needed(n_ctx, kv_type, n_chunk).total() <= free_bytes;
    if fits(most) {
        return Some(most);
    }
    let steps = (MIN_CTX / CTX_STEP)..=(most / CTX_STEP);
    steps.rev().map(|step| step * CTX_STEP).find(|n_ctx| fits(*n_ctx))
}

/// The option value that stands for a KV type.
#[must_use]
pub fn kv_name(kv_type: KvType) -> &'static str {
    match kv_type {
        KvType::F16 => "f16",
        KvType::Q8_0 => "q8_0",
        KvType::Q4_0 => "q4_0",
    }
}

/// Bytes as a person reads them: `7.33 GiB`, `512 MiB`.
#[must_use]
pub fn gib(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mib = bytes as f64 / f64::from(1 << 20);
    if mib >= 1000.0 { format!("{:.2} GiB", mib / 1024.0) } else { format!("{mib:.0} MiB") }
}

impl TooLarge {
    /// The refusal with its numbers and what to type next.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (need, have) = (gib(self.needed.total()), gib(self.free_bytes));
        let (weights, kv, n_ctx) = (gib(self.needed.weights), gib(self.needed.kv), self.n_ctx);
        match self.fits {
            Some((kv_type, fits)) => {
                let name = kv_name(kv_type);
                tr!(
                    "内存不够：上下文 {n_ctx} 需要 {need}（权重 {weights}，KV 缓存 {kv}），可用 {have}。放得下的是 --ctx {fits} --kv-type {name}；硬要加载用 --force",
                    "not enough memory: a context of {n_ctx} needs {need} (weights {weights}, KV cache {kv}), {have} is free. What fits: --ctx {fits} --kv-type {name}; to load all the same: --force"
                )
            }
            None => tr!(
                "内存不够：最少也需要 {need}（权重 {weights}，KV 缓存 {kv}），可用 {have}。请关闭其他程序，或换更小的量化（如 Q3_K_M、Q2_K）或更小的模型；硬要加载用 --force",
                "not enough memory: at the least {need} is needed (weights {weights}, KV cache {kv}), {have} is free. Close other programs, or take a smaller quant (Q3_K_M, Q2_K) or model; to load all the same: --force"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    /// Llama-2-13B in Q4_K_M.
    fn llama_13b() -> Shape {
        Shape {
            weights_bytes: 7_865_956_224,
            n_layers: 40,
            n_embd_k: 5120,
            n_embd_v: 5120,
            can_quantize_kv: true,
            n_embd: 5120,
            n_ff: 13824,
            n_head: 40,
            n_vocab: 32000,
            n_ctx_train: 4096,
        }
    }

    fn machine(free_bytes: u64) -> Machine {
        Machine { free_bytes, n_cores: 4, devices: Vec::new() }
    }

    #[test]
    fn kv_of_a_13b_is_what_the_engine_takes() {
        assert_eq!(llama_13b().kv_bytes_per_token(KvType::F16), 819_200);
        assert_eq!(llama_13b().kv_bytes_per_token(KvType::Q8_0), 435_200);
        assert_eq!(llama_13b().kv_bytes_per_token(KvType::Q4_0), 230_400);
    }

    #[test]
    fn a_large_machine_gets_the_whole_context() {
        let plan = make(&llama_13b(), &machine(14 * GIB), &Wishes::default()).expect("fits");
        assert_eq!((plan.n_ctx, plan.kv_type, plan.n_threads), (4096, KvType::F16, 4));
    }

    #[test]
    fn less_memory_first_shrinks_the_context_then_the_cache() {
        let mut last = u32::MAX;
        for free in (0..=120).rev().map(|tenths| 14 * GIB - (120 - tenths) * GIB / 10) {
            match make(&llama_13b(), &machine(free), &Wishes::default()) {
                Ok(plan) => {
                    assert!(plan.needed.total() <= free, "{plan:?}");
                    assert!(plan.n_ctx >= MIN_CTX && plan.n_ctx <= 4096);
                    if plan.kv_type == KvType::F16 {
                        assert!(plan.n_ctx <= last && plan.n_ctx > 2048, "{plan:?}");
                    }
                    last = plan.n_ctx;
                }
                Err(refusal) => {
                    assert!(refusal.needed.total() > free);
                    last = 0;
                }
            }
        }
        assert_eq!(last, 0, "8 GB of weights cannot fit in 2 GiB");
    }

    #[test]
    fn a_wish_that_does_not_fit_is_refused_with_one_that_does() {
        let wishes = Wishes { n_ctx: Some(4096), ..Wishes::default() };
        let refusal = make(&llama_13b(), &machine(9 * GIB), &wishes).expect_err("11 GiB");
        let (kv_type, n_ctx) = refusal.fits.expect("a smaller one fits");
        let wishes = Wishes { n_ctx: Some(n_ctx), kv_type: Some(kv_type), ..Wishes::default() };
        let plan = make(&llama_13b(), &machine(9 * GIB), &wishes).expect("what was offered fits");
        assert_eq!(plan.n_ctx, n_ctx);
        let sentence = refusal.sentence();
        assert!(sentence.contains(&n_ctx.to_string()) && sentence.contains("9.00 GiB"), "{sentence}");
    }

    #[test]
    fn nothing_fits_and_nothing_is_offered() {
        let refusal = make(&llama_13b(), &machine(4 * GIB), &Wishes::default()).expect_err("weights alone are 7.3 GiB");
        assert_eq!((refusal.fits, refusal.n_ctx), (None, MIN_CTX));
        // The least means the least, also when more was asked for.
        let wishes = Wishes { n_ctx: Some(4096), ..Wishes::default() };
        assert_eq!(make(&llama_13b(), &machine(4 * GIB), &wishes), Err(refusal));
        let forced = make(&llama_13b(), &machine(4 * GIB), &Wishes { force: true, ..Wishes::default() });
        assert_eq!(forced.expect("forced").n_ctx, MIN_CTX);
    }

    #[test]
    fn numbers_beyond_reason_do_not_wrap() {
        let huge = u64::from(u32::MAX);
        let shape = Shape { n_layers: huge, n_embd_k: huge * huge, n_ff: huge * huge, n_vocab: huge, ..llama_13b() };
        let full = Machine { free_bytes: u64::MAX - 1, ..machine(0) };
        assert!(make(&shape, &full, &Wishes::default()).is_err());
    }

    #[test]
    fn a_model_with_a_huge_context_does_not_take_all_memory() {
        let shape = Shape { n_ctx_train: 131_072, ..llama_13b() };
        let plan = make(&shape, &machine(100 * GIB), &Wishes::default()).expect("fits");
        assert_eq!(plan.n_ctx, MAX_AUTO_CTX);
        let wishes = Wishes { n_ctx: Some(131_072), ..Wishes::default() };
        assert!(make(&shape, &machine(10 * GIB), &wishes).is_err());
    }

    #[test]
    fn heads_that_cannot_be_quantized_are_not() {
        let shape = Shape { can_quantize_kv: false, ..llama_13b() };
        for kv_type in [None, Some(KvType::Q8_0), Some(KvType::Q4_0)] {
            let wishes = Wishes { kv_type, ..Wishes::default() };
            // So little memory that a quantized cache would be chosen, or offered.
            for free_bytes in [7 * GIB, 8 * GIB, 9 * GIB] {
                match make(&shape, &machine(free_bytes), &wishes) {
                    Ok(plan) => assert_eq!(plan.kv_type, KvType::F16),
                    Err(refusal) => assert!(refusal.fits.is_none_or(|(kv_type, _)| kv_type == KvType::F16)),
                }
            }
        }
    }

    #[test]
    fn a_model_with_a_tiny_context_keeps_it() {
        let shape = Shape { n_ctx_train: 128, ..llama_13b() };
        let plan = make(&shape, &machine(100 * GIB), &Wishes::default()).expect("fits");
        assert_eq!(plan.n_ctx, 128);
    }

    #[test]
    fn a_gpus_memory_counts_and_its_chunks_are_larger() {
        let device =
            Device { name: "CUDA0".into(), description: "a GPU".into(), free_bytes: 12 * GIB, shares_ram: false };
        let with_gpu = Machine { devices: vec![device], ..machine(2 * GIB) };
        let plan = make(&llama_13b(), &with_gpu, &Wishes::default()).expect("fits");
        assert_eq!((plan.n_ctx, plan.n_chunk), (4096, CHUNK_GPU));
        let wishes = Wishes { gpu_layers: GpuLayers::Count(0), ..Wishes::default() };
        assert!(make(&llama_13b(), &with_gpu, &wishes).is_err(), "without the GPU, 2 GiB are not enough");
    }
}
