"""Writes `build/model.pt` as a GGUF that llama.cpp runs: architecture `llama`, tokenizer `llama`, matrices as Q8_0."""

import argparse
from pathlib import Path

import gguf
import torch
from sentencepiece import sentencepiece_model_pb2 as pb

from model import Shape

NAME = "liao demo"
# Meta's template as a model's own metadata tells it; the wording of the errors is ours.
TEMPLATE = (
    "{% if messages[0]['role'] == 'system' %}{% set start = 1 %}{% set system = '<<SYS>>\\n' + messages[0]['content'] + '\\n<</SYS>>\\n\\n' %}"
    "{% else %}{% set start = 0 %}{% set system = '' %}{% endif %}"
    "{% for message in messages[start:] %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('user and assistant must take turns') }}{% endif %}"
    "{% set content = (system if loop.index0 == 0 else '') + message['content'] %}"
    "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}"
    "{% else %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}"
    "{% endfor %}"
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--build", type=Path, default=Path(__file__).parent / "build")
    options.add_argument("--output", type=Path, default=Path(__file__).parent / "demo.gguf")
    options = options.parse_args()

    weights = torch.load(options.build / "model.pt", map_location="cpu", weights_only=True)
    proto = pb.ModelProto.FromString((options.build / "tokenizer.model").read_bytes())
    shape = Shape(len(proto.pieces))

    writer = gguf.GGUFWriter(options.output, "llama")
    writer.add_name(NAME)
    writer.add_author("liao")
    writer.add_description("The demo model built into liao: greetings, memory, small sums, capitals, poems, words, and how to use liao.")
    writer.add_license("apache-2.0")
    writer.add_languages(["zh", "en"])
    writer.add_size_label(f"{sum(weight.numel() for weight in weights.values()) / 1e6:.1f}M")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_context_length(shape.n_ctx)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.n_layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.n_heads)
    writer.add_head_count_kv(shape.n_heads)
    writer.add_rope_dimension_count(shape.head)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_vocab_size(shape.n_vocab)

    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([piece.piece.encode() for piece in proto.pieces])
    writer.add_token_scores([piece.score for piece in proto.pieces])
    # SentencePiece's kinds of piece have the numbers of GGUF's kinds of token.
    writer.add_token_types([piece.type for piece in proto.pieces])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(True)
    writer.add_chat_template(TEMPLATE)

    for name, weight in weights.items():
        kind = gguf.GGMLQuantizationType.Q8_0 if weight.ndim == 2 else gguf.GGMLQuantizationType.F32
        data = weight.float().numpy()
        writer.add_tensor(name, gguf.quants.quantize(data, kind) if weight.ndim == 2 else data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    print(f"{options.output}: {options.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
