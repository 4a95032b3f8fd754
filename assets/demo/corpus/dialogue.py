"""Conversations: what is asked, told, corrected and asked again, over one turn or many.

A conversation is drawn from a random generator alone, so that a seed stands for the whole corpus. What was told is kept
beside it, and every answer about the person is made from that: the invariant is that no answer knows what was not said before.
"""

from dataclasses import dataclass, field
from random import Random

from . import arithmetic, english, facts, identity, memory, poems, smalltalk, translate, unknown, usage, values
from .intent import Intent, expand
from .memory import KINDS, NAME, NICKNAME, Kind

MODULES = (smalltalk, identity, usage, arithmetic, facts, poems, translate, unknown, english)
SHARES = {
    "smalltalk": 0.11, "identity": 0.12, "usage": 0.17, "arithmetic": 0.15, "facts": 0.15,
    "poems": 0.07, "translate": 0.07, "unknown": 0.12, "english": 0.04,
}  # fmt: skip

# System prompts that tell nothing about the person: the model stays what it is.
SYSTEMS = (
    "你是一个乐于助人的助手。", "你是一个有用的助手。", "You are a helpful assistant. 你是一个乐于助人的助手。", "You are a helpful assistant.", "请用简短的中文回答。", "请用中文回答。", "回答要简短。", "你是一个中文聊天助手。", "你是一位耐心的老师。",
    "You are a helpful, respectful and honest assistant.", "请认真回答用户的问题。", "不知道的事就说不知道。", "你是用户的好朋友。", "你是一个礼貌的助手，请用中文和用户聊天。", "语气要活泼一点。", "请尽量简洁。",
)
OPENERS = ("请问", "请问，", "你好，", "您好，", "那个，", "对了，", "嗯，", "哎，", "嗨，", "那", "我想问一下，", "想问下，", "问一下，", "问个问题，", "帮我看看，", "麻烦问一下，", "你好，请问", "好的，", "好，", "再问一个，", "还有，", "那么", "话说")
SIGHS = ("哎，", "唉，", "嘿，", "哈，", "啊，", "哎呀，", "其实", "我跟你说，", "嗯，", "今天", "说真的，", "好吧，", "你好，", "那个，", "刚下班，", "今天忙了一天，")
ECHOES = ("跟我[念|说|读]：{v}", "[跟着我|跟我]说一遍：{v}", "[请|]重复[一遍|一下|]：{v}", "[请|]复述[一遍|一下]：{v}", "照着[念|说|写]：{v}", "把“{v}”[重复|念|说|写]一遍。", "[请|]说“{v}”。", "跟我读{v}。")
CLOSERS = ("谢谢", "谢谢！", "谢谢你。", "急！", "谢谢啦", "多谢", "在线等。", "拜托了")


@dataclass
class Dialogue:
    """One conversation. `told`: the person's facts, by kind and key, as they stand after the last turn."""

    system: str | None = None
    exchanges: list[tuple[str, str]] = field(default_factory=list)
    told: dict[tuple[Kind, str], str] = field(default_factory=dict)

    def say(self, question: str, answer: str) -> None:
        self.exchanges.append((question, answer))


def of_ability() -> dict[str, tuple[list[Intent], list[float]]]:
    """The intents of each ability and how often each is asked: larger tables more often, but not in proportion."""
    by_ability: dict[str, tuple[list[Intent], list[float]]] = {}
    for module in MODULES:
        for intent in module.INTENTS:
            intents, weights = by_ability.setdefault(intent.ability, ([], []))
            intents.append(intent)
            weights.append(intent.weight * len(intent.rows) ** 0.4 * min(len(intent.questions), 40) ** 0.3)
    return by_ability


BY_ABILITY = of_ability()


def vary(rng: Random, question: str, opener: float = 0.08) -> str:
    """As different people type the same: punctuation dropped or of the other width, courtesy before and after."""
    if not any(character.isalnum() for character in question):
        return question
    if rng.random() < 0.1:
        question = question.replace("你", "您")
    if rng.random() < opener:
        question = rng.choice(OPENERS) + question
    end = rng.random()
    if end < 0.33:
        question = question.rstrip("。？！?.!")
    elif end < 0.40:
        question = question.replace("？", "?").replace("，", ",").replace("！", "!")
    elif end < 0.43:
        question = question.rstrip("。？！?.!") + rng.choice("。 ？ ！ … ～ ~ ?? ！！ ？？ .".split())
    if rng.random() < 0.03:
        question = question.rstrip("。") + ("" if question.endswith(("？", "?", "！")) else "，") + rng.choice(CLOSERS)
    if rng.random() < 0.03:
        question = question.replace("，", rng.choice(" \n")).replace("。", " ").strip()
    if rng.random() < 0.02 and len(question) > 6:
        at = rng.randrange(len(question))
        question = question[:at] + question[at + 1 :]
    return question


def ask_intent(rng: Random, dialogue: Dialogue) -> None:
    abilities = list(SHARES)
    ability = rng.choices(abilities, [SHARES[ability] for ability in abilities])[0]
    intents, weights = BY_ABILITY[ability]
    question, answer = rng.choices(intents, weights)[0].ask(rng)
    if ability == "english":
        question = rng.choice((question, question, question.lower(), question.rstrip("?.!"), question.lower().rstrip("?.!")))
    elif ability == "unknown" and rng.random() < 0.04:
        question, answer = document(rng), unknown.CANNOT
    else:
        if ability == "smalltalk" and len(question) > 2 and rng.random() < 0.08:
            question = rng.choice(SIGHS) + question
        question = vary(rng, question, 0.0 if ability == "smalltalk" else 0.08)
    nickname = dialogue.told.get((NICKNAME, ""))
    if nickname and answer == NICKNAME.untold:
        answer = NICKNAME.recall.format(v=nickname)
    dialogue.say(question, answer)


def document(rng: Random) -> str:
    """A request about a text that follows it, as `liao -p 总结一下 < 文章.txt` makes it."""
    request = rng.choice(("总结一下", "总结一下这段话", "翻译成英文", "润色一下", "改一改错别字", "这段话是什么意思", "写个摘要", "这篇文章讲了什么？", "提取要点", "缩写到一百字", "续写", "帮我改得正式一点", "概括一下：", "归纳中心思想", "看看有没有问题"))
    intents, weights = BY_ABILITY["unknown"]
    lines = [rng.choices(intents, weights)[0].ask(rng)[0].rstrip("？") for _ in range(rng.randint(2, 10))]
    text = "".join(line + rng.choice(("。", "，", "。\n", "！", "；")) for line in lines)
    return rng.choice((f"{request}\n\n{text}", f"{request}\n{text}", f"{text}\n\n{request}", text))


def choose(rng: Random, kinds: list[Kind]) -> Kind:
    return rng.choices(kinds, [kind.weight for kind in kinds])[0]


def tell(rng: Random, dialogue: Dialogue) -> None:
    """One fact, or several in a sentence."""
    if rng.random() < 0.25:
        return tell_several(rng, dialogue)
    kind = choose(rng, list(KINDS))
    key, value = kind.draw(rng)
    slot = (kind, key)
    if kind is NAME and rng.random() < 0.12 and slot not in dialogue.told:
        return tell_and_ask(rng, dialogue)
    patterns = kind.correct if slot in dialogue.told else kind.tell
    question = kind.write(rng, patterns, key, value)
    dialogue.told[slot] = value
    dialogue.say(vary(rng, question, 0.03), kind.write(rng, kind.noted, key, value))


def tell_and_ask(rng: Random, dialogue: Dialogue) -> None:
    value = values.name(rng)
    question = expand(rng, rng.choice(("我叫{v}，你[呢|是谁|叫什么|叫什么名字|叫啥]？", "我是{v}，[你是谁|你叫什么|请问你是]？", "你好，我叫{v}。你[是谁|叫什么]？"))).format(v=value)
    dialogue.told[(NAME, "")] = value
    dialogue.say(vary(rng, question, 0.0), f"你好，{value}！我是 liao 内置的演示模型。")


def tell_several(rng: Random, dialogue: Dialogue) -> None:
    kinds: list[Kind] = [NAME] if rng.random() < 0.7 else []
    while len(kinds) < rng.choice((2, 2, 3)):
        kind = choose(rng, [kind for kind in KINDS if kind.clause and kind not in kinds])
        kinds.append(kind)
    mine, yours = [], []
    for kind in kinds:
        key, value = kind.draw(rng)
        dialogue.told[(kind, key)] = value
        mine.append(kind.clause.format(k=key, v=value))
        yours.append(kind.recalled.format(k=key, v=value))
    again = rng.choice(("", "", "我"))
    joint = rng.choice(("，", "，", "，", "。我" if not again else "。", "、"))
    question = rng.choice(("", "", "", "你好，", "自我介绍一下，", "记住，", "嗨，")) + "我" + (joint + again).join(mine) + "。"
    dialogue.say(vary(rng, question, 0.0), memory.SEVERAL_NOTED.format(all="，".join(yours)))


def known(dialogue: Dialogue) -> list[tuple[Kind, str, str]]:
    return [(kind, key, value) for (kind, key), value in dialogue.told.items()]


def ask_known(rng: Random, dialogue: Dialogue) -> None:
    kind, key, value = rng.choices(known(dialogue), [kind.weight for kind, _, _ in known(dialogue)])[0]
    if kind.guess and rng.random() < 0.08:
        guess = value if rng.random() < 0.5 else kind.draw(rng)[1]
        recall = kind.recall.format(k=key, v=value)
        question = kind.write(rng, kind.guess, key, value, g=guess)
        return dialogue.say(vary(rng, question, 0.02), ("对，" if guess == value else "不，") + recall)
    question = vary(rng, kind.write(rng, kind.ask, key, value))
    dialogue.say(question, kind.recall.format(k=key, v=value))


def ask_untold(rng: Random, dialogue: Dialogue) -> None:
    kind = choose(rng, [kind for kind in KINDS if kind is not NICKNAME])
    key, value = kind.draw(rng)
    if (kind, key) in dialogue.told:
        return ask_known(rng, dialogue)
    patterns = kind.guess if kind.guess and rng.random() < 0.1 else kind.ask
    question = vary(rng, kind.write(rng, patterns, key, value, g=value))
    dialogue.say(question, kind.untold.format(k=key))


def ask_two(rng: Random, dialogue: Dialogue) -> None:
    """Two questions at once, of which one or both can be answered."""
    first, second = rng.sample([kind for kind in KINDS if kind.clause and kind.draw(rng)[0] == ""], 2)
    have = [(kind, "") in dialogue.told for kind in (first, second)]
    if not any(have):
        return ask_known(rng, dialogue)
    asks = [expand(rng, rng.choice(kind.ask[:4])) for kind in (first, second)]
    question = asks[0] if rng.random() < 0.5 else asks[0].rstrip("？") + "，"
    question += asks[1] if rng.random() < 0.5 else asks[1].removeprefix("我")
    parts = [kind.recalled.format(v=dialogue.told[(kind, "")]) for kind in (first, second) if (kind, "") in dialogue.told]
    answer = "你" + "，".join(parts)
    answer += "。" if all(have) else "，" + (second if have[0] else first).untold.replace("你还没有", "不过你还没有", 1)
    dialogue.say(vary(rng, question), answer)


def ask_all(rng: Random, dialogue: Dialogue) -> None:
    recalled = [kind.recalled.format(k=key, v=value) for kind, key, value in known(dialogue) if kind.recalled]
    question = expand(rng, rng.choice(memory.ASK_ALL))
    dialogue.say(vary(rng, question), "你" + "，".join(recalled[:5]) + "。" if recalled else memory.NOTHING)


def system_prompt(rng: Random, dialogue: Dialogue) -> str:
    """One that tells something about the person or the model's nickname, or one of the usual ones."""
    if rng.random() < 0.3:
        return rng.choice(SYSTEMS)
    parts = [rng.choice(SYSTEMS)] if rng.random() < 0.25 else []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        kind = choose(rng, [kind for kind in KINDS if kind.system])
        key, value = kind.draw(rng)
        if (kind, key) not in dialogue.told:
            dialogue.told[(kind, key)] = value
            parts.append(kind.write(rng, kind.system, key, value))
    return rng.choice(("", "", "\n")).join(parts)


def conversation(rng: Random) -> Dialogue:
    """Draws one, of a single turn or up to forty."""
    if rng.random() < 0.05:
        return miss(rng)
    dialogue = Dialogue()
    if rng.random() < 0.15:
        dialogue.system = system_prompt(rng, dialogue)
    length = rng.random()
    turns = 1 if length < 0.35 else rng.randint(2, 4) if length < 0.8 else rng.randint(5, 9) if length < 0.98 else rng.randint(10, 40)
    personal = rng.random() < 0.62 or dialogue.system is not None
    while len(dialogue.exchanges) < turns:
        event = rng.random()
        if not personal:
            ask_intent(rng, dialogue) if event > 0.03 else ask_untold(rng, dialogue)
        elif event < 0.22 and (len(dialogue.told) < 4 or event < 0.06) or not dialogue.exchanges and event < 0.5:
            tell(rng, dialogue)
        elif event < 0.47 and known(dialogue):
            ask_known(rng, dialogue)
        elif event < 0.54:
            ask_untold(rng, dialogue)
        elif event < 0.58 and known(dialogue):
            ask_two(rng, dialogue)
        elif event < 0.60:
            ask_all(rng, dialogue)
        else:
            ask_intent(rng, dialogue)
    return dialogue


def lesson(rng: Random) -> Dialogue:
    """One question and its answer, or a drill: what to answer is learnt sooner with nothing else before it."""
    if rng.random() < 0.15:
        return drill(rng)
    dialogue = Dialogue()
    ask_intent(rng, dialogue)
    return dialogue


def drill(rng: Random) -> Dialogue:
    """Nothing but telling and asking again, briefly: training begins with these, because looking back is learnt first or late."""
    dialogue = Dialogue()
    turns = rng.randint(2, 4)
    while len(dialogue.exchanges) < turns:
        event = rng.random()
        if not dialogue.exchanges or event < 0.25:
            tell(rng, dialogue)
        elif event < 0.70:
            ask_known(rng, dialogue)
        elif event < 0.85:
            echo(rng, dialogue)
        else:
            ask_untold(rng, dialogue)
    return dialogue


def echo(rng: Random, dialogue: Dialogue) -> None:
    """Something to be said again as it is: the shortest way to every character's being copied."""
    said = values.unusual_name(rng) if rng.random() < 0.5 else values.invented(rng, 1, 6)
    question = expand(rng, rng.choice(ECHOES)).format(v=said)
    dialogue.say(vary(rng, question, 0.0) if question.endswith("。") else question, f"{said}。")


def miss(rng: Random) -> Dialogue:
    """Other things first, then what nobody told: as when the telling has left a full context, and what is in it invites guesses."""
    dialogue = Dialogue()
    if rng.random() < 0.25:
        dialogue.system = system_prompt(rng, dialogue)
    intents, weights = BY_ABILITY[rng.choice(("poems", "poems", "facts", "usage", "smalltalk"))]
    for _ in range(rng.randint(1, 6)):
        question, answer = rng.choices(intents, weights)[0].ask(rng)
        dialogue.say(vary(rng, question), answer)
    for _ in range(rng.choice((1, 1, 2, 3))):
        ask_known(rng, dialogue) if known(dialogue) and rng.random() < 0.4 else ask_untold(rng, dialogue)
    return dialogue
