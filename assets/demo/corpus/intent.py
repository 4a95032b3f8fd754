"""What a person may ask and what the demo model answers: the one vocabulary of every file in this folder.

An intent is one thing that a person can want, in all the ways of saying it. Its questions and answers are patterns:

    [请问|我想知道|]法国的首都[是哪里|在哪儿|是什么]      one alternative of each bracket is taken; brackets nest
    {country}的首都是{city}。                             filled from one row of the intent's table

so that a few lines stand for thousands of sentences. Nothing here knows about conversations: that is `dialogue`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

ABILITIES = ("smalltalk", "identity", "usage", "memory", "arithmetic", "facts", "poems", "translate", "unknown", "english")


# How the 13B is got, in every answer that points to it.
PULL = "liao pull opendata-chinese-llama2-chat"


@dataclass(frozen=True)
class Intent:
    """`weight`: how often it is asked, beside the others of its ability (1.0 is usual).
    `rows`: the tables to fill {slots} from; a row stands for itself in question and answer alike."""

    ability: str
    questions: Sequence[str]
    answers: Sequence[str]
    rows: Sequence[Mapping[str, str]] = field(default_factory=lambda: ({},))
    weight: float = 1.0

    def __post_init__(self):
        assert self.ability in ABILITIES, self.ability
        assert self.questions and self.answers and self.rows, self
        for pattern in (*self.questions, *self.answers):
            assert pattern.count("[") == pattern.count("]"), pattern
            pattern_slots = slots(pattern)
            assert all(pattern_slots <= set(row) for row in self.rows), pattern

    def ask(self, rng: Random) -> tuple[str, str]:
        """One question and its answer."""
        row = rng.choice(self.rows)
        question = expand(rng, rng.choice(self.questions)).format_map(row)
        answer = expand(rng, rng.choice(self.answers)).format_map(row)
        return question, answer


def expand(rng: Random, pattern: str) -> str:
    """Takes one alternative of each bracket."""
    while (start := pattern.rfind("[")) >= 0:
        end = pattern.index("]", start)
        pattern = pattern[:start] + rng.choice(pattern[start + 1 : end].split("|")) + pattern[end + 1 :]
    return pattern


def literals(pattern: str) -> tuple[list[str], list[str]]:
    """What stands outside braces, and the names inside."""
    first, *rest = pattern.split("{")
    parts = [part.split("}") for part in rest]
    return [first, *(text for _, text in parts)], [name for name, _ in parts]


def slots(pattern: str) -> set[str]:
    """The names in braces."""
    return set(literals(pattern)[1])


def lines(text: str) -> list[str]:
    """The patterns of a text, one a line."""
    return [line.strip() for line in text.strip().splitlines() if line.strip()]


def table(columns: str, text: str) -> list[dict[str, str]]:
    """A table from text: the columns' names, and a row a line, parted by white space."""
    names = columns.split()
    return [dict(zip(names, line.split(), strict=True)) for line in lines(text)]
