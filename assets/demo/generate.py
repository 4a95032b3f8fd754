"""Draws the corpus from a seed: `build/corpus.npz` (tokens), `build/tokenizer.model` and `build/questions.txt` (what was asked, for eval.py)."""

import argparse
from collections import Counter
from pathlib import Path
from random import Random

import numpy as np

import tokenizer
from corpus.dialogue import BY_ABILITY, SHARES, conversation, drill, lesson
from corpus.intent import expand, literals
from corpus.memory import KINDS
from model import N_CTX


def answered(rng: Random) -> Counter[str]:
    """The pieces that the model's answers are made of, and how often of a million: what stands in a pattern and what fills a slot apart."""
    pieces: Counter[str] = Counter()
    for ability, (intents, weights) in BY_ABILITY.items():
        if ability == "poems":
            # A poem joins characters that nobody else does, and names have: 人语, 空山.
            continue
        for intent, weight in zip(intents, weights, strict=True):
            times = 10**6 * SHARES[ability] * weight / sum(weights)
            for pattern in intent.answers:
                texts, names = literals(expand(rng, pattern))
                pieces.update({text: times for text in texts})
                pieces.update(Counter({value: times / len(intent.rows) * count for value, count in Counter(row[name] for row in intent.rows for name in names).items()}))
    for kind in KINDS:
        pieces.update({text: 10**4 * kind.weight for pattern in (kind.untold, "我记住了", "很高兴认识你") for text in literals(pattern)[0]})
    return pieces


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--drills", type=int, default=20_000)
    options.add_argument("--lessons", type=int, default=180_000)
    options.add_argument("--conversations", type=int, default=110_000)
    options.add_argument("--seed", type=int, default=20261123)
    options.add_argument("--build", type=Path, default=Path(__file__).parent / "build")
    options = options.parse_args()
    options.build.mkdir(exist_ok=True)
    rng = Random(options.seed)
    stages = [(drill, options.drills), (lesson, options.lessons), (conversation, options.conversations)]
    dialogues = [[draw(rng) for _ in range(times)] for draw, times in stages]

    path = options.build / "tokenizer.model"
    texts = (text for stage in dialogues for dialogue in stage for exchange in dialogue.exchanges for text in exchange)
    tokenizer.train(texts, answered(rng), path)
    vocabulary = tokenizer.Tokenizer(path)
    encoded = []
    stage_lengths = []
    for stage in dialogues:
        spaced = (vocabulary.dialogue(dialogue, N_CTX, [rng.random() < 0.15 for _ in dialogue.exchanges]) for dialogue in stage)
        fitting = [(tokens, learnt) for tokens, learnt in spaced if tokens]
        encoded += fitting
        stage_lengths.append(len(fitting))
    np.savez(
        options.build / "corpus.npz",
        tokens=np.concatenate([tokens for tokens, _ in encoded]).astype(np.uint16),
        learnt=np.concatenate([learnt for _, learnt in encoded]),
        lengths=np.array([len(tokens) for tokens, _ in encoded]),
        stages=np.array(stage_lengths),
    )
    questions = {question for stage in dialogues for dialogue in stage for question, _ in dialogue.exchanges}
    (options.build / "questions.txt").write_text("".join(question.replace("\n", " ") + "\n" for question in sorted(questions)))
    total = sum(len(tokens) for tokens, _ in encoded)
    learnt = sum(sum(learnt) for _, learnt in encoded)
    print(f"{len(encoded)} conversations, {total} tokens of which {learnt} are learnt, {len(questions)} different questions, vocabulary {len(vocabulary)}")


if __name__ == "__main__":
    main()
