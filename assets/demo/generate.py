"""Draws the corpus from a seed: `build/corpus.npz` (tokens), `build/tokenizer.model` and `build/questions.txt` (what was asked, for eval.py)."""

import argparse
from pathlib import Path
from random import Random

import numpy as np

import tokenizer
from corpus.dialogue import Dialogue, ask_intent, conversation, drill
from model import N_CTX


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--conversations", type=int, default=90_000)
    options.add_argument("--drills", type=int, default=9_000)
    options.add_argument("--seed", type=int, default=20261123)
    options.add_argument("--build", type=Path, default=Path(__file__).parent / "build")
    options = options.parse_args()
    options.build.mkdir(exist_ok=True)
    rng = Random(options.seed)
    dialogues = [drill(rng) for _ in range(options.drills)] + [conversation(rng) for _ in range(options.conversations)]

    path = options.build / "tokenizer.model"
    own_words = Dialogue()
    for _ in range(40_000):
        ask_intent(rng, own_words)
    texts = (text for dialogue in dialogues for exchange in dialogue.exchanges for text in exchange)
    tokenizer.train(texts, (answer for _, answer in own_words.exchanges), path)
    vocabulary = tokenizer.Tokenizer(path)
    encoded = [vocabulary.dialogue(dialogue, N_CTX, [rng.random() < 0.15 for _ in dialogue.exchanges]) for dialogue in dialogues]
    assert all(tokens for tokens, _ in encoded[: options.drills])
    encoded = [(tokens, learnt) for tokens, learnt in encoded if tokens]
    np.savez(
        options.build / "corpus.npz",
        tokens=np.concatenate([tokens for tokens, _ in encoded]).astype(np.uint16),
        learnt=np.concatenate([learnt for _, learnt in encoded]),
        lengths=np.array([len(tokens) for tokens, _ in encoded]),
        n_drills=options.drills,
    )
    questions = {question for dialogue in dialogues for question, _ in dialogue.exchanges}
    (options.build / "questions.txt").write_text("".join(question.replace("\n", " ") + "\n" for question in sorted(questions)))
    total = sum(len(tokens) for tokens, _ in encoded)
    learnt = sum(sum(learnt) for _, learnt in encoded)
    print(f"{len(encoded)} conversations, {total} tokens of which {learnt} are learnt, {len(questions)} different questions, vocabulary {len(vocabulary)}")


if __name__ == "__main__":
    main()
