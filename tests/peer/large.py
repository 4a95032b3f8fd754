"""Writes a checkpoint of a 13B's shape with random weights: what `import.sh` measures with.

    tests/peer/large.py FOLDER [--format torch|safetensors] [--layers N]

40 layers are 25.4 GB in three shards; a vocabulary of 400 (tokenizer.model beside this) keeps the rest as it is. Needs
torch and, for that format, safetensors. The shards of torch are larger than 4 GiB, as a real 13B's are.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch

WIDTH, FEED_FORWARD, N_VOCAB, N_HEADS, N_SHARDS = 5120, 13824, 400, 40, 3


class Noise:
    """Random numbers, of which a pool is drawn once and read again from another place each time."""

    def __init__(self):
        self.pool = (torch.randn(40_000_003, generator=torch.Generator().manual_seed(1)) * 0.02).half()
        self.start = 0

    def tensor(self, *shape: int) -> torch.Tensor:
        numbers = torch.empty(shape, dtype=torch.half)
        flat = numbers.view(-1)
        self.start = (self.start + 7919) % 1_000_003
        length = len(self.pool) - self.start
        for at in range(0, len(flat), length):
            part = flat[at : at + length]
            part.copy_(self.pool[self.start : self.start + len(part)])
        return numbers


def shapes(n_layers: int) -> dict[str, tuple[int, ...]]:
    square, wide, narrow = (WIDTH, WIDTH), (FEED_FORWARD, WIDTH), (WIDTH, FEED_FORWARD)
    layer = {
        "self_attn.q_proj": square, "self_attn.k_proj": square, "self_attn.v_proj": square, "self_attn.o_proj": square,
        "mlp.gate_proj": wide, "mlp.up_proj": wide, "mlp.down_proj": narrow, "input_layernorm": (WIDTH,), "post_attention_layernorm": (WIDTH,),
    }  # fmt: skip
    layers = {f"model.layers.{i}.{name}.weight": shape for i in range(n_layers) for name, shape in layer.items()}
    return {"model.embed_tokens.weight": (N_VOCAB, WIDTH), **layers, "model.norm.weight": (WIDTH,), "lm_head.weight": (N_VOCAB, WIDTH)}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    options.add_argument("--format", choices=("torch", "safetensors"), default="torch")
    options.add_argument("--layers", type=int, default=40)
    options = options.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    all_shapes, noise = shapes(options.layers), Noise()
    names = list(all_shapes)
    n_each = -(-len(names) // N_SHARDS)
    stem, ending = ("pytorch_model", "bin") if options.format == "torch" else ("model", "safetensors")
    files = {}
    for shard in range(N_SHARDS):
        file = f"{stem}-{shard + 1:05}-of-{N_SHARDS:05}.{ending}"
        tensors = {name: torch.ones(all_shapes[name], dtype=torch.half) if len(all_shapes[name]) == 1 else noise.tensor(*all_shapes[name]) for name in names[shard * n_each :][:n_each]}
        files |= dict.fromkeys(tensors, file)
        if options.format == "torch":
            torch.save(tensors, options.folder / file)
        else:
            from safetensors.torch import save_file

            save_file(tensors, options.folder / file, metadata={"format": "pt"})
        print(file, (options.folder / file).stat().st_size, flush=True)
    (options.folder / f"{stem}.{ending}.index.json").write_text(json.dumps({"metadata": {}, "weight_map": files}))
    config = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": WIDTH, "intermediate_size": FEED_FORWARD, "num_hidden_layers": options.layers, "num_attention_heads": N_HEADS,
        "num_key_value_heads": N_HEADS, "max_position_embeddings": 4096, "rms_norm_eps": 1e-5, "vocab_size": N_VOCAB, "torch_dtype": "float16", "bos_token_id": 1, "eos_token_id": 2,
    }  # fmt: skip
    (options.folder / "config.json").write_text(json.dumps(config))
    (options.folder / "tokenizer_config.json").write_text(json.dumps({"add_bos_token": True, "add_eos_token": False, "tokenizer_class": "LlamaTokenizer"}))
    shutil.copy(Path(__file__).with_name("tokenizer.model"), options.folder)


if __name__ == "__main__":
    main()
