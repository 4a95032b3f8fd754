#!/usr/bin/env python3
"""Measures the demo model: holds the conversations of prompts.jsonl through liao itself, greedily.

Not through PyTorch: what is shipped is the quantized file behind liao's own template, tokenizer and cache, and a fault
in any of these shows here.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The floors that issue #3 sets.
MIN_RIGHT, MIN_ENDED, MIN_NAMES, MIN_PROMPTS, MIN_PER_ABILITY = 0.90, 0.95, 0.90, 200, 8
# What no answer may claim, whatever the question was. "我是人工智能" claims nothing of the kind.
FALSE_CLAIMS = [
    r"我(?:就|其实|真的)?是(?:一个|一名|一位|个)?(?:真人|真正的人|大?活人|人类?(?![类工写做造编训]))",
    r"(?i)我(?:就|其实)?(?:是|叫)(?:一个)? ?(?:chat ?gpt|gpt|文心|通义|豆包|kimi|deepseek|claude|gemini)",
    r"(?i)我(?:就|其实)?是[^，。！？、；不比]{0,6}(?:13 ?B|130 ?亿|70 ?B)",
    r"(?i)\bI(?: a|['’])m (?:an? )?(?:real )?(?:person|human|chat ?gpt|gpt|claude|(?:the )?13B)",
]
LOOP = re.compile(r"(.{4,}?)\1{3}", re.DOTALL)


def main():
    args = parse_args()
    prompts = read_prompts(args.prompts, args.ability)
    if args.training:
        prompts = held_out(prompts, args.training.read_text(encoding="utf-8").splitlines())
    hold(prompts, args)
    sys.exit(0 if report(prompts, args) else 1)


def parse_args():
    parser = argparse.ArgumentParser(description="Evaluates the demo model. Exit status 1: it is below a floor.")
    parser.add_argument("-m", "--model", default=str(HERE / "demo.gguf"), help="a GGUF file (default: %(default)s)")
    parser.add_argument("--liao", type=Path, default=HERE / "../../target/release/liao", help="the program to use")
    parser.add_argument("--prompts", type=Path, default=HERE / "prompts.jsonl", help="the conversations to hold")
    parser.add_argument("--training", type=Path, help="the training questions, one a line: those are left out")
    parser.add_argument("--ability", action="append", help="only this ability (may be repeated); judges no counts")
    parser.add_argument("-v", "--verbose", action="store_true", help="show each failure")
    return parser.parse_args()


def read_prompts(path, abilities):
    prompts = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [prompt for prompt in prompts if not abilities or prompt["ability"] in abilities]


def held_out(prompts, training):
    """Leaves out the prompts whose last question was trained on, and names them.

    Where something told earlier is asked for, the question alone decides nothing and may be trained on: what was told is new.
    """
    known = {essence(question) for question in training}
    seen = [p for p in prompts if not is_recall(p) and essence(p["turns"][-1]) in known]
    for prompt in seen:
        print(f"in the training data, not counted: {prompt['ability']}: {prompt['turns'][-1]}")
    return [prompt for prompt in prompts if prompt not in seen]


def is_recall(prompt):
    return prompt["ability"] in ("names", "memory") and (len(prompt["turns"]) > 1 or "system" in prompt)


def essence(question):
    """The letters and digits of a question: another comma or capital letter does not make it a new one."""
    return "".join(c for c in unicodedata.normalize("NFKC", question).casefold() if c.isalnum())


def hold(prompts, args):
    """Adds to each prompt its `answers`, a list of (text, finish reason).

    All conversations under one system prompt share a process, with `/new` before each, because starting one takes
    longer than answering. `/new` is not a turn and does not restart their count: the n-th question sent is turn n.
    """
    for system in dict.fromkeys(prompt.get("system") for prompt in prompts):
        group = [prompt for prompt in prompts if prompt.get("system") == system]
        lines = [line for prompt in group for line in ["/new", *prompt["turns"]]]
        answers = run_liao(lines, system, args)
        at = 1
        for prompt in group:
            prompt["answers"] = [answers.get(turn, ("", "missing")) for turn in range(at, at + len(prompt["turns"]))]
            at += len(prompt["turns"])


def run_liao(lines, system, args):
    """Sends the lines to one liao. Returns (text, finish reason) by turn; a turn is absent if liao never got to it."""
    command = [args.liao, "-m", args.model, "--turns", "--json", "--temp", "0", "--max-tokens", "200"]
    command += ["--encoding", "utf-8"] + (["-s", system] if system else [])
    with tempfile.TemporaryDirectory() as home:
        # Settings of whoever runs this would change the answers.
        env = {key: value for key, value in os.environ.items() if not key.startswith("LIAO_")} | {"LIAO_HOME": home}
        text = "".join(line + "\n" for line in lines)
        done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", env=env)
    if done.returncode:
        print(f"liao ended with status {done.returncode}: {done.stderr.strip()[-500:]}", file=sys.stderr)
    texts, answers = defaultdict(str), {}
    # Not splitlines(): it would also divide a line at the rarer line ends that JSON leaves in a text.
    for event in map(json.loads, done.stdout.rstrip("\n").split("\n") if done.stdout else []):
        turn = event.get("turn")
        if event["event"] == "text":
            texts[turn] += event["text"]
        elif event["event"] == "end":
            answers[turn] = (texts[turn], event["finish_reason"])
    return answers


def broken_criterion(prompt):
    """The first criterion that the last answer does not meet; None if it is right."""
    answer = prompt["answers"][-1][0]
    rules = [("must", rule) for rule in prompt["right"]] + [("must not", rule) for rule in prompt["wrong"] + FALSE_CLAIMS]
    for word, rule in rules:
        # A poem is written in several lines: `.` has to match their ends.
        if bool(re.search(rule, answer, re.DOTALL)) != (word == "must"):
            return f"{word} match {rule}"
    return None


def report(prompts, args):
    """Prints the figures, and returns whether none of them is below its floor."""
    total, right = Counter(), Counter()
    for prompt in prompts:
        criterion = broken_criterion(prompt)
        total[prompt["ability"]] += 1
        right[prompt["ability"]] += criterion is None
        if criterion and args.verbose:
            print(f"\n{prompt['ability']}: {' / '.join(prompt['turns'])}\n  {prompt['answers'][-1][0]!r}\n  {criterion}")
    answers = [answer for prompt in prompts for answer in prompt["answers"]]
    ended = sum(reason == "stop" for _, reason in answers)
    looping = sum(reason == "repetition" or LOOP.search(text) is not None for text, reason in answers)
    for ability in total:
        print(f"{ability:12} {right[ability]:4}/{total[ability]}")
    print(f"{'total':12} {right.total():4}/{total.total()}  ({right.total() / max(1, total.total()):.1%} right)")
    print(f"ended by EOS within 200 tokens: {ended}/{len(answers)} answers ({ended / max(1, len(answers)):.1%})")
    print(f"looping answers: {looping}")
    enough = bool(args.ability) or total.total() >= MIN_PROMPTS and min(total.values()) >= MIN_PER_ABILITY
    if not enough:
        print(f"too few prompts: {MIN_PROMPTS} are needed, and {MIN_PER_ABILITY} of each ability")
    knows_names = right["names"] >= MIN_NAMES * total["names"]
    is_right = right.total() >= MIN_RIGHT * total.total()
    return enough and knows_names and is_right and ended >= MIN_ENDED * len(answers) and looping == 0


if __name__ == "__main__":
    main()
