"""Trains the demo model on `build/corpus.npz`, once through, and writes `build/model.pt`.

Matrices are stepped by Muon (orthogonalised momentum, https://kellerjordan.github.io/posts/muon/), which learns about twice
as fast as Adam here; embeddings and norms by Adam. Batches hold conversations of like length, so that little is padding.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import tokenizer
from model import Llama, Shape


def batches(corpus: dict[str, np.ndarray], size: int, seed: int):
    """(tokens, learnt) tensors of about `size` tokens each, stage after stage, within each in an order drawn from the seed."""
    rng = np.random.default_rng(seed)
    lengths = corpus["lengths"]
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    ends = np.cumsum(corpus["stages"])
    orders = (begin + rng.permutation(end - begin) for begin, end in zip(ends - corpus["stages"], ends))
    groups = [group for order in orders if len(order) for group in np.array_split(order, max(1, len(order) // 8192))]
    for group in groups:
        group = group[np.argsort(lengths[group], kind="stable")]
        cuts, longest, count = [0], 0, 0
        for at, number in enumerate(group):
            longest, count = max(longest, lengths[number]), count + 1
            if longest * count > size:
                cuts.append(at)
                longest, count = lengths[number], 1
        parts = np.split(group, cuts[1:])
        for part in (parts[at] for at in rng.permutation(len(parts))):
            tokens = torch.zeros(len(part), lengths[part].max(), dtype=torch.long)
            learnt = torch.zeros(tokens.shape, dtype=torch.bool)
            for row, number in enumerate(part):
                span = slice(starts[number], starts[number] + lengths[number])
                tokens[row, : lengths[number]] = torch.from_numpy(corpus["tokens"][span].astype(np.int64))
                learnt[row, : lengths[number]] = torch.from_numpy(corpus["learnt"][span])
            yield tokens, learnt


class Muon(torch.optim.Optimizer):
    """Momentum whose singular values are made equal, by a few steps of a Newton-Schulz iteration."""

    def __init__(self, parameters, lr: float, momentum: float = 0.95, decay: float = 0.01):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[Tensor]] = {}
            for weight in group["params"]:
                by_shape.setdefault(weight.shape, []).append(weight)
            for shape, weights in by_shape.items():
                steps = []
                for weight in weights:
                    momentum = self.state[weight].setdefault("momentum", torch.zeros_like(weight))
                    momentum.lerp_(weight.grad, 1 - group["momentum"])
                    steps.append(weight.grad.lerp(momentum, group["momentum"]))
                scale = group["lr"] * max(1, shape[0] / shape[1]) ** 0.5
                for weight, step in zip(weights, orthogonal(torch.stack(steps))):
                    weight.mul_(1 - group["lr"] * group["decay"]).sub_(step, alpha=scale)


# Odd polynomials of degree 5 that lift singular values between 0.001 and 1 towards 1, one after the other (Polar Express, https://arxiv.org/abs/2505.16932).
POLYNOMIALS = ((8.2872, -23.5959, 17.3004), (4.1071, -2.9478, 0.5448), (3.9487, -2.9089, 0.5518), (3.3184, -2.4885, 0.5100))


def orthogonal(x: Tensor) -> Tensor:
    """Brings the singular values of each matrix of the stack near 1.

    The polynomials are applied to x xᵀ, which is never larger than x, and their product to x in the end.
    """
    is_tall = x.shape[-2] > x.shape[-1]
    x = x.mT if is_tall else x
    x = x / (1.01 * x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    gram = x @ x.mT
    unit = torch.eye(x.shape[-2], device=x.device)
    product = None
    for number, (a, b, c) in enumerate(POLYNOMIALS, start=1):
        factor = a * unit + b * gram + c * gram @ gram
        product = factor if product is None else factor @ product
        if number < len(POLYNOMIALS):
            gram = factor @ gram @ factor
    x = product @ x
    return x.mT if is_tall else x


def rate(progress: float) -> float:
    """A short rise, a plateau, and a fall to nothing over the last three fifths."""
    return min(1.0, progress / 0.02, (1 - progress) / 0.6)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--build", type=Path, default=Path(__file__).parent / "build")
    options.add_argument("--batch", type=int, default=2048, help="tokens a step")
    options.add_argument("--lr", type=float, default=0.01, help="of the matrices")
    options.add_argument("--lr-embedding", type=float, default=0.0015, help="of all else; more than twice as much at the very beginning")
    options.add_argument("--minutes", type=float, default=None, help="end after this long, with the rate fallen as it should")
    options.add_argument("--seed", type=int, default=20261123)
    options = options.parse_args()
    torch.manual_seed(options.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"

    corpus = dict(np.load(options.build / "corpus.npz"))
    total = int(corpus["lengths"].sum())
    model = Llama(Shape(len(tokenizer.Tokenizer(options.build / "tokenizer.model")))).to(device)
    matrices = [weight for weight in model.blk.parameters() if weight.ndim == 2]
    rest = [weight for name, weight in model.named_parameters() if weight.ndim == 1 or not name.startswith("blk.")]
    optimizers = [Muon(matrices, options.lr), torch.optim.AdamW(rest, options.lr_embedding, betas=(0.9, 0.98), weight_decay=0.0)]
    print(f"{sum(weight.numel() for weight in model.parameters())} parameters, {total} tokens, {device}", flush=True)

    started, seen, recent = time.monotonic(), 0, []
    for step, (tokens, learnt) in enumerate(batches(corpus, options.batch, options.seed)):
        progress = seen / total
        if options.minutes:
            progress = max(progress, (time.monotonic() - started) / 60 / options.minutes)
        if progress >= 1:
            break
        # The embeddings are large at first, and have to get away from there.
        lr_embedding = options.lr_embedding * (2.7 if progress < 0.02 else 1.0)
        for optimizer, lr in zip(optimizers, (options.lr, lr_embedding)):
            optimizer.param_groups[0]["lr"] = lr * rate(progress)
        loss = model.loss(tokens.to(device), learnt.to(device))
        model.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(rest, 1.0)
        for optimizer in optimizers:
            optimizer.step()
        seen += int((tokens != 0).sum())
        recent.append(loss.item())
        if step % 50 == 0:
            minutes = (time.monotonic() - started) / 60
            print(f"step {step}  {100 * progress:5.1f} %  loss {sum(recent) / len(recent):.4f}  {seen / 60 / max(minutes, 1e-9):.0f} tokens/s  {minutes:.1f} min", flush=True)
            recent = []
            torch.save(model.state_dict(), options.build / "model.pt")
    torch.save(model.state_dict(), options.build / "model.pt")
    print(f"done: {seen} tokens in {(time.monotonic() - started) / 60:.1f} min, last loss {sum(recent) / max(1, len(recent)):.4f}")


if __name__ == "__main__":
    main()
