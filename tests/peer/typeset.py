#!/usr/bin/env python3
"""What it costs to set an answer on a terminal: wrapping by the rules of Chinese type, Markdown, coloured code.

    typeset.py [--liao FILE] [--characters N] [--rounds N] [--tokens-per-second F]

has liao say an answer of N characters of Markdown (20000), a token at a time, from a script: into a pipe, where it goes
as it is; on a terminal with Markdown off, where it is wrapped; and with Markdown on. Prints the processor time of
the process that draws (the engine is another one), per token and as a share of the time that a token takes: at F
tokens a second, as a 13B has on a good computer without a GPU (5), and at the speed of the demo model here. Promised is
less than 1 % for a 13B. Medians of N rounds (5), taken in turns. Nothing else should run beside. Not run in CI; nothing
but Python is needed.
"""

import argparse
import fcntl
import json
import os
import pty
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROMISED_SHARE = 0.01
QUESTION = "写一篇长文"

SECTION = """\
## 第 {n} 节：《红楼梦》与“四大名著”

《红楼梦》是“四大名著”之一，作者**曹雪芹**（约 1715–1763）。它写了贾、史、王、薛四大家族的兴衰，*悲欢离合*都在其中；
读者常问：为什么后四十回不同？用 `grep -c 石头 文件` 数一数，就会发现 [原文](https://example.com/{n}) 里有 1,234 处……

- 第一，人物：宝玉、黛玉、宝钗，**各有各的**命运；
- 第二，结构：
  1. 前八十回，~~曹雪芹~~作；
  2. 后四十回，一说高鹗续。

> 满纸荒唐言，一把辛酸泪！都云作者痴，谁解其中味？

| 人物 | 出场 | 说明 |
|:-----|-----:|------|
| 贾宝玉 | {n} | 衔玉而生 |
| 林黛玉 | 3 | “天上掉下个林妹妹” 👩 |
| 薛宝钗 | 4 | |

```python
def count(text: str, name: str = "宝玉") -> int:
    # 数名字出现的次数
    return sum(1 for line in text.splitlines() if name in line)
```

"""


def answer(n_characters):
    text, n = "", 0
    while len(text) < n_characters:
        n += 1
        text += SECTION.format(n=n)
    return text[:n_characters]


def tokens(text):
    """Cut as a vocabulary cuts: one or two characters of Chinese at a time, a few letters, line ends alone."""
    cut = random.Random(5)
    pieces, i = [], 0
    while i < len(text):
        if text[i] == "\n":
            n = 1
        elif text[i].isascii():
            n = cut.randint(1, 5)
        else:
            n = cut.choice([1, 1, 2])
        piece = text[i : i + n].split("\n")[0] or "\n"
        pieces.append(piece)
        i += len(piece)
    return pieces


def processor_seconds(command, environment, is_terminal):
    """User and system time of one run, and what it wrote to stdout."""
    if is_terminal:
        reader, writer = pty.openpty()
        fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    else:
        reader, writer = os.pipe()
    # In a session of its own it has no other terminal than stdout to ask for the width.
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(writer)
    written = bytearray()
    while True:
        try:
            piece = os.read(reader, 65536)
        except OSError:
            # So a terminal says on Linux that nobody writes to it any more.
            break
        if not piece:
            break
        written += piece
    os.close(reader)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, written.decode()


def demo_seconds_per_token(liao, environment):
    words = [liao, "-m", "demo", "--temp", "0", "--json", "-q", "--turns"]
    questions = "".join(f"背一下《{title}》。\n" for title in ("静夜思", "春晓", "江雪", "登鹳雀楼"))
    ran = subprocess.run(words, env=environment, input=questions, capture_output=True, text=True)
    ends = [event for event in map(json.loads, ran.stdout.splitlines()) if event["event"] == "end"]
    n_tokens = sum(event["usage"]["completion_tokens"] for event in ends)
    if n_tokens == 0:
        sys.exit(f"the demo model said nothing: {ran.stderr}")
    return sum(event["timings"]["decode_ms"] for event in ends) / 1e3 / n_tokens


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--liao", type=Path, default=ROOT / "target/release/liao")
    parser.add_argument("--characters", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens-per-second", type=float, default=5.0)
    arguments = parser.parse_args()
    liao = arguments.liao.resolve()
    if not os.access(liao, os.X_OK):
        sys.exit(f"there is no {liao}: cargo build --release")

    text = answer(arguments.characters)
    said = tokens(text)
    with tempfile.TemporaryDirectory() as home:
        script = Path(home, "script.json")
        reply = [{"say": piece} for piece in said]
        script.write_text(json.dumps({"n_ctx": 1 << 20, "replies": [reply]}), encoding="utf-8")
        plain = {"PATH": os.environ["PATH"], "HOME": home, "LIAO_HOME": str(Path(home, "liao")), "TERM": "xterm-256color"}
        scripted = {**plain, "LIAO_SCRIPT": str(script)}
        command = [liao, "-q", "-p", QUESTION, "-n", str(1 << 20)]
        ways = [
            ("pipe", False, {}),
            ("wrapped", True, {"LIAO_MARKDOWN": "off"}),
            ("Markdown", True, {"LIAO_MARKDOWN": "on"}),
        ]
        times = {name: [] for name, _, _ in ways}
        for _ in range(arguments.rounds):
            for name, is_terminal, more in ways:
                seconds, written = processor_seconds(command, {**scripted, **more}, is_terminal)
                times[name].append(seconds)
                if name == "pipe" and written.rstrip("\n") != text.rstrip("\n"):
                    sys.exit("what came through the pipe is not what was said")
                if (name == "Markdown") != ("\x1b[" in written):
                    sys.exit(f"{name}: styles where there should be none, or none where there should be some")
        demo = demo_seconds_per_token(liao, plain)

    print(f"{len(text)} characters of Markdown in {len(said)} tokens; medians of {arguments.rounds} rounds")
    print(f"{'':10}  processor  a token  beyond a pipe   of a 13B's token   of the demo's")
    large = 1 / arguments.tokens_per_second
    base = statistics.median(times["pipe"]) / len(said)
    share = 0.0
    for name, taken in times.items():
        seconds = statistics.median(taken)
        each = seconds / len(said)
        # Into a pipe liao reads the script and writes each token too: what is beyond that is setting, and the
        # terminal's side of the system's work.
        beyond = max(0.0, each - base)
        share = beyond / large
        print(
            f"{name:10}  {seconds * 1e3:6.1f} ms  {each * 1e6:4.1f} µs  {beyond * 1e6:10.1f} µs  {share:17.4%}  {beyond / demo:14.2%}"
        )
    print(f"a 13B at {arguments.tokens_per_second:g} tokens/s: {large * 1e3:.0f} ms a token; the demo here: {demo * 1e3:.2f} ms")
    sys.exit(0 if share < PROMISED_SHARE else f"setting Markdown takes {share:.2%} of a 13B's time; promised is 1 %")


if __name__ == "__main__":
    main()
