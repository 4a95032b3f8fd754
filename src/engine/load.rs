//! A model file, and an adapter where there is one, to a model and a context, as the plan says. The files have been
//! validated before; what llama.cpp still refuses comes back as a [`Fault`], with the reason in llama.cpp's log on
//! stderr.

use std::ffi::CString;
use std::num::NonZeroU32;
use std::pin::pin;

use llama_cpp_2::LlamaBackendDeviceType;
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::{KvCacheType, LlamaContextParams};
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::model::{LlamaLoraAdapter, LlamaModel};

use crate::protocol::{Device, Fault, GpuLayers, KvType, Load, Lora};

/// What went wrong, and details.
pub(super) type Faulty<T> = Result<T, (Fault, String)>;

/// Left free on a GPU for the desktop and for what llama.cpp allocates later.
const GPU_MARGIN_BYTES: usize = 512 << 20;

/// Two sequences: the conversation, and a place to park a block of it while tokens before it are read again.
const N_SEQUENCES: u32 = 2;

/// The GPUs that this build can use and this machine has.
pub(super) fn devices() -> Vec<Device> {
    llama_cpp_2::list_llama_ggml_backend_devices()
        .into_iter()
        .filter(|d| matches!(d.device_type, LlamaBackendDeviceType::Gpu | LlamaBackendDeviceType::IntegratedGpu))
        .map(|d| Device {
            shares_ram: d.device_type == LlamaBackendDeviceType::IntegratedGpu,
            name: d.name,
            description: d.description,
            free_bytes: d.memory_free as u64,
        })
        .collect()
}

/// Loads the weights, or only the vocabulary. Returns the model and the number of layers on a GPU.
/// `on_progress` is told the share done and answers whether to go on.
pub(super) fn model(
    backend: &LlamaBackend,
    load: &Load,
    on_progress: impl FnMut(f32) -> bool + 'static,
) -> Faulty<(LlamaModel, u32)> {
    let has_gpu = !devices().is_empty();
    let params = LlamaModelParams::default()
        .with_vocab_only(load.vocab_only)
        .with_load_mtp(false)
        .with_progress_callback(on_progress);
    let mut params = pin!(match load.gpu_layers {
        _ if !has_gpu => params.with_n_gpu_layers(0),
        GpuLayers::Auto => params,
        GpuLayers::All => params.with_n_gpu_layers(u16::MAX.into()),
        GpuLayers::Count(n) => params.with_n_gpu_layers(n),
    });
    if has_gpu && load.gpu_layers == GpuLayers::Auto && !load.vocab_only {
        let path = load.path.to_str().and_then(|p| CString::new(p).ok());
        let path = path.ok_or_else(|| (Fault::Load, "the path is not UTF-8".to_owned()))?;
        let mut margins = vec![GPU_MARGIN_BYTES; llama_cpp_2::max_devices()];
        let mut wanted = context_params(load);
        params
            .as_mut()
            .fit_params(&path, &mut wanted, &mut margins, load.n_ctx, llama_cpp_sys_2::GGML_LOG_LEVEL_WARN)
            .map_err(|e| (Fault::Load, e.to_string()))?;
    }
    let model = LlamaModel::load_from_file(backend, &load.path, &params).map_err(|e| (Fault::Load, e.to_string()))?;
    let on_gpu = if has_gpu { params.n_gpu_layers() } else { 0 };
    // A negative count is llama.cpp's way to say all; the output layer counts as one more.
    let n_layers = model.n_layer() + 1;
    Ok((model, u32::try_from(on_gpu).map_or(n_layers, |n| n.min(n_layers))))
}

/// Reads an adapter for a model. Before the context is made, which has to know how large it makes the computation.
pub(super) fn adapter(model: &mut LlamaModel, lora: &Lora) -> Faulty<LlamaLoraAdapter> {
    // It may have gone since it was validated; llama-cpp-2 asserts that it is there.
    if !lora.path.exists() {
        return Err((Fault::Adapter, "there is no such file".to_owned()));
    }
    model.lora_adapter_init(&lora.path).map_err(|e| (Fault::Adapter, e.to_string()))
}

/// Makes the context: the KV cache and the compute buffers.
pub(super) fn context<'m>(backend: &LlamaBackend, model: &'m LlamaModel, load: &Load) -> Faulty<LlamaContext<'m>> {
    model.new_context(backend, context_params(load)).map_err(|e| (Fault::Context, e.to_string()))
}

/// Lays an adapter over what the context computes. llama-cpp-2 knows one at a time.
pub(super) fn lay_over(context: &mut LlamaContext<'_>, adapter: &mut LlamaLoraAdapter, scale: f32) -> Faulty<()> {
    context.lora_adapter_set(adapter, scale).map_err(|e| (Fault::Adapter, e.to_string()))
}

fn context_params(load: &Load) -> LlamaContextParams {
    let kv_type = match load.kv_type {
        KvType::F16 => KvCacheType::F16,
        KvType::Q8_0 => KvCacheType::Q8_0,
        KvType::Q4_0 => KvCacheType::Q4_0,
    };
    let n_threads = i32::try_from(load.n_threads).unwrap_or(1);
    // llama.cpp ends the process over a batch that could not hold one token of each sequence.
    let n_batch = load.n_chunk.max(N_SEQUENCES);
    LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(load.n_ctx))
        .with_n_batch(n_batch)
        .with_n_ubatch(n_batch)
        .with_n_seq_max(N_SEQUENCES)
        .with_kv_unified(true)
        .with_n_threads(n_threads)
        .with_n_threads_batch(n_threads)
        .with_flash_attention_policy(llama_cpp_sys_2::LLAMA_FLASH_ATTN_TYPE_AUTO)
        .with_type_k(kv_type)
        .with_type_v(kv_type)
        .with_no_perf(true)
}
