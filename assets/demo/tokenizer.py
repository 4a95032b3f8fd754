"""The demo model's vocabulary: SentencePiece BPE with byte fallback, as Llama-2 has it.

Every 汉字 has a token of its own. They are joined only where the model's own answers have them side by side again and again
(内置的演示模型), because that halves what it has to write; what people tell (names, places) is in no such text, and so stays in
single characters and can be copied. Digits stand alone but for the numbers that it reckons with, and the English words that it
translates are one token each: both are learnt as things, not spelt. What has no token is written in bytes.
"""

import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import sentencepiece as spm
from sentencepiece import sentencepiece_model_pb2 as pb

from corpus.arithmetic import LARGEST
from corpus.dialogue import Dialogue
from corpus.translate import WORDS
from corpus.values import USUAL

N_MERGES = 2700
# Runs of 汉字, and words of Latin with the space before them.
PARTS = re.compile(r"[\u4e00-\u9fff]+| ?[A-Za-z/_.~-]+")
OPEN, CLOSE = "[INST] ", " [/INST]"


def train(texts: Iterable[str], answered: Mapping[str, float], path: Path) -> None:
    """Takes every character of `texts`, learns the merges from `answered` (what the model answers, and how often), and writes the SentencePiece model."""
    seen: Counter[str] = Counter()
    for text in texts:
        seen.update(text)
    # Names have characters that stand nowhere else: those stay bytes, as the user's own rare ones will.
    characters = set(USUAL) | {chr(code) for code in range(0x21, 0x7F)} | {character for character, count in seen.items() if count >= 15}
    characters -= {" ", "\n"}
    phrases: Counter[str] = Counter()
    for piece, times in answered.items():
        for phrase in PARTS.findall(piece):
            phrases[phrase] += max(1, round(times))
    # Often enough to be joined before anything else.
    phrases.update({str(number): 10**6 for number in range(10, LARGEST + 1)})
    phrases.update({" " + row["en"].split()[-1]: 10**4 for row in WORDS})
    phrases.update({" [INST]": 10**5, " [/INST]": 10**5, " <<SYS>>": 10**3, "<</SYS>>": 10**3})
    # The order is the text's, not a dictionary's, so that the same corpus gives the same vocabulary.
    sentences = (f"{phrase}\t{count}" for phrase, count in sorted(phrases.items()))
    model = io.BytesIO()
    spm.SentencePieceTrainer.train(
        sentence_iterator=sentences, input_format="tsv", model_writer=model, model_type="bpe", vocab_size=3 + 256 + len(characters) + 1 + N_MERGES, character_coverage=1.0,
        required_chars="".join(sorted(characters)), byte_fallback=True, split_digits=False, split_by_unicode_script=False, max_sentencepiece_length=32,
        add_dummy_prefix=False, remove_extra_whitespaces=False, normalization_rule_name="identity", unk_id=0, bos_id=1, eos_id=2, pad_id=-1, minloglevel=2, hard_vocab_limit=False,
    )  # fmt: skip
    proto = pb.ModelProto.FromString(model.getvalue())
    # Learnt without, so that no 汉字 merged with it; used with, as Llama-2 does.
    proto.normalizer_spec.add_dummy_prefix = True
    path.write_bytes(proto.SerializeToString())


class Tokenizer:
    def __init__(self, path: Path):
        self.model = spm.SentencePieceProcessor(model_file=str(path))
        self.space = self.model.piece_to_id("▁")

    def __len__(self) -> int:
        return len(self.model)

    def dialogue(self, dialogue: Dialogue, most: int, spaced: Iterable[bool]) -> tuple[list[int], list[bool]]:
        """Tokens of the turns that fit into `most`, and which of them are learnt: the answers, with their ends.

        The template is Meta's. Where `spaced` says so, a turn has Meta's space before EOS, unlearnt: that is how a
        transcript is read again, while the model itself ends without.
        """
        tokens: list[int] = []
        learnt: list[bool] = []
        for number, ((question, answer), space) in enumerate(zip(dialogue.exchanges, spaced)):
            system = f"<<SYS>>\n{dialogue.system}\n<</SYS>>\n\n" if dialogue.system and number == 0 else ""
            asked = [1] + self.model.encode(OPEN + (system + question).strip() + CLOSE)
            # Encoded alone, the answer gets the dummy space that separates it from the question.
            told = self.model.encode(answer)
            end = [self.space, 2] if space else [2]
            if len(tokens) + len(asked) + len(told) + len(end) > most:
                break
            tokens += asked + told + end
            learnt += [False] * len(asked) + [True] * len(told) + [not space] * len(end)
        return tokens, learnt
