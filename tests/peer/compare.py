#!/usr/bin/env python3
"""Holds what `liao import` makes against what llama.cpp's own tools make of the same sources, byte for byte.

    compare.py --llama-cpp DIR --quantize FILE [--liao FILE] [--write FILE.json]

makes small checkpoints of every kind, converts each with DIR/convert_hf_to_gguf.py and quantizes it with llama-quantize
(FILE), imports it with liao, and compares every tensor and every tokenizer.* and llama.* key. Then it has liao and
llama-quantize quantize the same GGUF files, in each format that liao imports, and compares the files whole.

With --write, and when nothing differs, it writes down a hash of what was compared, of each case and type: tests/peer.rs
makes the same sources (tests/support/checkpoint.rs) and holds liao to tests/data/peer.json. The hashes are of a machine with
fused multiplication, as x86-64 has had since 2013: compilers make other instructions of the same sums elsewhere.

Needs numpy, torch, safetensors, sentencepiece, gguf and transformers 4.57.6. Seen with llama-cpp-python 0.3.36: in 13 cases and
9 types each, nothing differs.
"""

import argparse
import hashlib
import json
import platform
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
QUANTS = ["F16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q4_K_S", "Q4_0", "Q3_K_M", "Q2_K"]
WIDTH, FEED_FORWARD, N_LAYERS, N_HEADS = 256, 512, 8, 4
N_PIECES = 400

# By name: what is different from the plain case.
CASES = {
    "plain": {},
    "gqa": {"n_kv_heads": 1},
    "tied": {"tied": True},
    "padded": {"n_vocab": N_PIECES + 8, "added": {"<pad>": N_PIECES, "<end>": N_PIECES + 1}},
    "odd-rows": {"width": 192, "feed_forward": 320, "n_heads": 3},
    "torch": {"format": "torch"},
    "sharded": {"format": "torch", "n_shards": 2},
    "prefixed": {"format": "torch", "prefix": "rwtranrsformer."},
}

# GGUF sources: the checkpoint that each is converted from, and how.
GGUF_CASES = {
    "gguf-f32": ("plain", "f32"),
    "gguf-f16": ("plain", "f16"),
    "gguf-bf16": ("plain", "bf16"),
    "gguf-q8_0": ("plain", "q8_0"),
    "gguf-q8_0-odd-rows": ("odd-rows", "q8_0"),
}


def weight(shape, seed):
    """Numbers of many sizes around 0, exact in 16 bits."""
    n = int(np.prod(shape))
    x = (np.arange(n, dtype=np.uint64) * 2654435761 + seed * 40503) & 0xFFFFFFFF
    x ^= x >> 15
    x = (x * 2246822519) & 0xFFFFFFFF
    x ^= x >> 13
    mantissa = (x & 0x7FF).astype(np.int64) - 1024
    exponent = ((x >> 11) % 5).astype(np.int64) - 16
    return (mantissa.astype(np.float32) * np.exp2(exponent.astype(np.float32))).astype(np.float16).reshape(shape)


def tensors(case):
    """Name and weights of each tensor, in the order of a Hugging Face checkpoint."""
    width, ff, n_heads = case.get("width", WIDTH), case.get("feed_forward", FEED_FORWARD), case.get("n_heads", N_HEADS)
    kv = width // n_heads * case.get("n_kv_heads", n_heads)
    n_vocab = case.get("n_vocab", N_PIECES)
    shapes = {"model.embed_tokens.weight": (n_vocab, width)}
    for layer in range(N_LAYERS):
        at = f"model.layers.{layer}."
        shapes |= {
            f"{at}self_attn.q_proj.weight": (width, width),
            f"{at}self_attn.k_proj.weight": (kv, width),
            f"{at}self_attn.v_proj.weight": (kv, width),
            f"{at}self_attn.o_proj.weight": (width, width),
            f"{at}mlp.gate_proj.weight": (ff, width),
            f"{at}mlp.up_proj.weight": (ff, width),
            f"{at}mlp.down_proj.weight": (width, ff),
            f"{at}input_layernorm.weight": (width,),
            f"{at}post_attention_layernorm.weight": (width,),
        }
    shapes["model.norm.weight"] = (width,)
    if not case.get("tied"):
        shapes["lm_head.weight"] = (n_vocab, width)
    return {name: weight(shape, seed) for seed, (name, shape) in enumerate(shapes.items(), start=1)}


def config(case):
    width, n_heads = case.get("width", WIDTH), case.get("n_heads", N_HEADS)
    return {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "torch_dtype": "float16", "hidden_act": "silu",
        "hidden_size": width, "intermediate_size": case.get("feed_forward", FEED_FORWARD), "num_hidden_layers": N_LAYERS,
        "num_attention_heads": n_heads, "num_key_value_heads": case.get("n_kv_heads", n_heads),
        "max_position_embeddings": 4096, "rms_norm_eps": 1e-05, "vocab_size": case.get("n_vocab", N_PIECES),
        "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": bool(case.get("tied")),
    }  # fmt: skip


def make(case, folder):
    """A checkpoint as a person would have it."""
    import torch
    from safetensors.numpy import save_file

    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config(case)))
    (folder / "tokenizer.model").write_bytes((HERE / "tokenizer.model").read_bytes())
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "add_eos_token": False}))
    if "added" in case:
        (folder / "added_tokens.json").write_text(json.dumps(case["added"]))
    weights = tensors(case)
    if case.get("format") != "torch":
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        return
    named = {case.get("prefix", "") + name.removeprefix("model.") if case.get("prefix") and name.startswith("model.") else name: torch.from_numpy(value) for name, value in weights.items()}
    n_shards = case.get("n_shards", 1)
    if n_shards == 1:
        torch.save(named, folder / "pytorch_model.bin")
        return
    names = list(named)
    placed = {name: f"pytorch_model-{i * n_shards // len(names) + 1:05}-of-{n_shards:05}.bin" for i, name in enumerate(names)}
    for shard in sorted(set(placed.values())):
        torch.save({name: named[name] for name in names if placed[name] == shard}, folder / shard)
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {}, "weight_map": placed}))


def contents(path):
    """What a GGUF file has, as hashes of tensors and keys as text."""
    from gguf import GGUFReader

    reader = GGUFReader(path)
    found = {f"tensor {t.name}": [t.tensor_type.name, [int(n) for n in t.shape], hashlib.sha256(np.ascontiguousarray(t.data).tobytes()).hexdigest()] for t in reader.tensors}
    for key, field in reader.fields.items():
        if key.startswith(("tokenizer.", "llama.")):
            value = field.contents()
            text = json.dumps(value, ensure_ascii=False)
            found[f"key {key}"] = text if len(text) < 100 else hashlib.sha256(text.encode()).hexdigest()
    return found


def raw(field):
    """A value's type and bytes, the lengths of a lone text or array left out. peer.rs has the same."""
    kinds = [int(kind) for kind in field.types]
    parts = [np.ascontiguousarray(field.parts[i]).tobytes() for i in field.data]
    if kinds == [9, 8]:
        parts = [struct.pack("<Q", len(part)) + part for part in parts]
    return kinds, b"".join(parts)


def digest(path):
    """The hash of all tensors and of the architecture's and the tokenizer's keys, in their order. peer.rs has the same."""
    from gguf import GGUFReader

    reader = GGUFReader(path)
    whole = hashlib.sha256()
    for key, field in reader.fields.items():
        if key.startswith(("llama.", "tokenizer.")):
            kinds, value = raw(field)
            whole.update(f"key {key} {kinds} {hashlib.sha256(value).hexdigest()}\n".encode())
    for tensor in reader.tensors:
        data = hashlib.sha256(np.ascontiguousarray(tensor.data).tobytes()).hexdigest()
        dims = [int(n) for n in tensor.shape]
        whole.update(f"tensor {tensor.name} {tensor.tensor_type.name} {dims} {data}\n".encode())
    return whole.hexdigest()


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}")


class Comparison:
    def __init__(self, options, work):
        self.options, self.work = options, work
        self.n_wrong, self.hashes = 0, {}

    def convert(self, folder, outtype, path):
        script = self.options.llama_cpp / "convert_hf_to_gguf.py"
        run(sys.executable, script, folder, "--outtype", outtype, "--outfile", path)

    def compare(self, name, source, full, is_whole):
        """Holds liao's import of `source` against llama-quantize's of `full`, in every type; `is_whole`: to the last byte."""
        for quant in QUANTS:
            peer, ours = self.work / f"{name}.{quant}.peer.gguf", self.work / f"{name}.{quant}.gguf"
            run(self.options.quantize, "--allow-requantize", full, peer, quant)
            run(self.options.liao, "import", source, "--quant", quant, "--output", ours, "-q")
            theirs, own = contents(peer), contents(ours)
            if is_whole:
                for found, path in (theirs, peer), (own, ours):
                    found["file"] = hashlib.sha256(path.read_bytes()).hexdigest()
            wrong = [what for what in sorted(theirs.keys() | own.keys()) if theirs.get(what) != own.get(what)]
            self.n_wrong += len(wrong)
            print(f"{name} {quant}: {len(theirs)} compared, {len(wrong)} differ", flush=True)
            for what in wrong[:10]:
                print(f"    {what}\n        peer {theirs.get(what)}\n        liao {own.get(what)}")
            self.hashes.setdefault(name, {})[quant] = digest(ours)
            peer.unlink()
            ours.unlink()

    def checkpoint(self, name, case):
        make(case, self.work / name)
        # The peers know no other prefix than transformers' own.
        peer_source = self.work / name
        if "prefix" in case:
            peer_source = self.work / f"{name}-plain"
            make({**case, "prefix": ""}, peer_source)
        full = self.work / f"{name}.f16.gguf"
        self.convert(peer_source, "f16", full)
        self.compare(name, self.work / name, full, is_whole=False)

    def gguf(self, name, case, outtype):
        source = self.work / f"{name}.gguf"
        self.convert(self.work / case, outtype, source)
        self.compare(name, source, source, is_whole=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--llama-cpp", type=Path, required=True)
    options.add_argument("--quantize", type=Path, required=True)
    options.add_argument("--liao", type=Path, default=HERE / "../../target/release/liao")
    options.add_argument("--write", type=Path)
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as work:
        comparison = Comparison(options, Path(work))
        for name, case in CASES.items():
            comparison.checkpoint(name, case)
        for name, (case, outtype) in GGUF_CASES.items():
            comparison.gguf(name, case, outtype)
    if comparison.n_wrong:
        sys.exit(1)
    if options.write:
        seen = {"peer": "llama-cpp-python 0.3.36", "machine": platform.machine(), "sha256": comparison.hashes}
        options.write.write_text(json.dumps(seen, indent=1) + "\n")


if __name__ == "__main__":
    main()
