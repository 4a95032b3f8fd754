"""The demo model: a small Llama, written so that llama.cpp's `llama` architecture computes the same thing.

Rotary positions turn neighbouring pairs of a head's dimensions (Meta's layout, which GGUF keeps), embeddings and output
share one matrix, and there are no biases.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


# The longest that it is trained on, in tokens, and what the file declares.
N_CTX = 1024


@dataclass(frozen=True)
class Shape:
    """Head size 64 and widths that are multiples of 256 leave every quantization and cache type of llama.cpp open."""

    n_vocab: int
    n_ctx: int = N_CTX
    n_layers: int = 4
    width: int = 256
    n_heads: int = 4
    feed_forward: int = 768
    rope_base: float = 10_000.0
    epsilon: float = 1e-5

    @property
    def head(self) -> int:
        return self.width // self.n_heads


def rotations(shape: Shape) -> Tensor:
    """cos and sin for each position and pair: (2, n_ctx, head / 2)."""
    frequency = shape.rope_base ** (-torch.arange(0, shape.head, 2).float() / shape.head)
    angle = torch.outer(torch.arange(shape.n_ctx).float(), frequency)
    return torch.stack((angle.cos(), angle.sin()))


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turns the pairs of x (batch, heads, positions, head)."""
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)


class Layer(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.attn_norm = nn.RMSNorm(shape.width, shape.epsilon)
        self.attn_q = nn.Linear(shape.width, shape.width, bias=False)
        self.attn_k = nn.Linear(shape.width, shape.width, bias=False)
        self.attn_v = nn.Linear(shape.width, shape.width, bias=False)
        self.attn_output = nn.Linear(shape.width, shape.width, bias=False)
        self.ffn_norm = nn.RMSNorm(shape.width, shape.epsilon)
        self.ffn_gate = nn.Linear(shape.width, shape.feed_forward, bias=False)
        self.ffn_up = nn.Linear(shape.width, shape.feed_forward, bias=False)
        self.ffn_down = nn.Linear(shape.feed_forward, shape.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        batch, length, width = x.shape
        heads = (batch, length, self.shape.n_heads, self.shape.head)
        y = self.attn_norm(x)
        q, k, v = (part(y).view(heads).transpose(1, 2) for part in (self.attn_q, self.attn_k, self.attn_v))
        y = F.scaled_dot_product_attention(rotate(q, cos, sin), rotate(k, cos, sin), v, is_causal=True)
        x = x + self.attn_output(y.transpose(1, 2).reshape(batch, length, width))
        y = self.ffn_norm(x)
        return x + self.ffn_down(F.silu(self.ffn_gate(y)) * self.ffn_up(y))


class Llama(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.n_vocab, shape.width)
        self.blk = nn.ModuleList(Layer(shape) for _ in range(shape.n_layers))
        self.output_norm = nn.RMSNorm(shape.width, shape.epsilon)
        self.register_buffer("rotations", rotations(shape), persistent=False)
        for name, weight in self.named_parameters():
            if name == "token_embd.weight":
                # Larger than is usual: a character that is hardly ever seen must stand out when it is to be copied.
                nn.init.normal_(weight, std=0.1)
            elif name.endswith(("attn_output.weight", "ffn_down.weight")):
                nn.init.normal_(weight, std=0.02 / (2 * shape.n_layers) ** 0.5)
            elif weight.ndim == 2:
                nn.init.normal_(weight, std=0.02)

    def hidden(self, tokens: Tensor) -> Tensor:
        """What the last layer makes of tokens (batch, positions): (batch, positions, width)."""
        cos, sin = self.rotations[:, : tokens.shape[1]]
        x = self.token_embd(tokens)
        for layer in self.blk:
            x = layer(x, cos, sin)
        return self.output_norm(x)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits (batch, positions, n_vocab)."""
        return F.linear(self.hidden(tokens), self.token_embd.weight)

    def loss(self, tokens: Tensor, learnt: Tensor) -> Tensor:
        """Mean cross entropy of the tokens marked in `learnt` (both: batch, positions)."""
        hidden = self.hidden(tokens[:, :-1])[learnt[:, 1:]]
        return F.cross_entropy(F.linear(hidden, self.token_embd.weight), tokens[:, 1:][learnt[:, 1:]])
