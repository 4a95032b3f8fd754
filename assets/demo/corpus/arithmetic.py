"""Adding and subtracting up to 20, in figures, in words and in stories; counting; and what is beyond it."""

import re
from random import Random

from .intent import PULL, Intent

INTENTS: list[Intent] = []
MORE = "13B 会算得更多：" + PULL
TOO_HARD = "这个我算不了，我只会 20 以内的加减法。" + MORE


def add(questions, answers, rows=({},), weight=1.0):
    INTENTS.append(Intent("arithmetic", questions, answers, rows, weight))


def hanzi(n, liang=False):
    """A number below 1000 in Chinese; `liang`: as it is said before a measure word."""
    digits = "零一二三四五六七八九"
    if n == 2 and liang:
        return "两"
    if n < 10:
        return digits[n]
    if n < 20:
        return "十" + (digits[n - 10] if n > 10 else "")
    if n < 100:
        return digits[n // 10] + "十" + (digits[n % 10] if n % 10 else "")
    rest = n % 100
    text = digits[n // 100] + "百"
    if not rest:
        return text
    if rest < 10:
        return text + "零" + digits[rest]
    return text + digits[rest // 10] + "十" + (digits[rest % 10] if rest % 10 else "")


NUMBER = r"\{[abc]\}"
WORD = r"(?:[\u4e00-\u9fff]|\{[m-t]\w*\})"


def spaced(pattern):
    """The same pattern with spaces between figures and Chinese."""
    pattern = re.sub(rf"({NUMBER})(?={WORD})", r"\1 ", pattern)
    pattern = re.sub(rf"({WORD})({NUMBER})", r"\1 \2", pattern)

    def after(match):
        number, inside, following = match.groups()
        choices = [
            " " + choice if re.match(WORD, choice) or (not choice and following and re.match(WORD, following)) else choice
            for choice in inside.split("|")
        ]
        return f"{number}[{'|'.join(choices)}]"

    pattern = re.sub(rf"({NUMBER})\[([^\[\]]*)\](?=(.[m-t]?\w*\}}?)?)", after, pattern)

    def before(match):
        previous, inside, number = match.groups()
        choices = [
            choice + " " if re.search(WORD + "$", choice) or (not choice and re.match(WORD, previous)) else choice
            for choice in inside.split("|")
        ]
        return f"{previous}[{'|'.join(choices)}]{number}"

    return re.sub(rf"(^|.)\[([^\[\]]*)\]({NUMBER})", before, pattern)


def both(patterns):
    """Patterns of figures as they are typed: half of them with spaces."""
    return [*patterns, *[spaced(pattern) for pattern in patterns]]


def row(a, b, c, write=str):
    """a, b: as asked; x, y, z: as answered."""
    return {"a": write(a), "b": write(b), "x": str(a), "y": str(b), "z": str(c)}


N = range(21)
SUMS = [(a, b) for a in N for b in N if a + b <= 20]
SUMS += [(a, b) for a in range(1, 10) for b in range(1, 10)]  # what people try first
DIFFERENCES = [(a, b) for a in N for b in N if a >= b]
DIFFERENCES += [(a, b) for a in range(1, 19) for b in range(1, 10) if b <= a <= b + 9]
NEGATIVES = [(a, b) for a in N for b in N if a < b]
BEYOND = [(a, b) for a in range(1, 21) for b in range(1, 21) if a + b > 20]

# ---- plain sums -------------------------------------------------------------------------------------------------

SIGNS = [
    "E", "E", "E", "E=", "E=", "E=?", "E=？", "E＝？", "E＝", "E = ?", "E = ？", "E=几", "E=多少", "E =", "E等于", "E等于几", "E等于几？", "E等于多少", "E是多少", "E是几",
    "E 等于几？", "E 等于多少？", "E 是多少？", "E得几", "E得多少", "E多少", "E几", "E的结果", "E的结果是多少？", "E的答案", "E的得数是几？", "E怎么算？", "E呢？", "那E呢？", "那E等于几？",
    "算E", "算一下E", "算一下 E", "算算E", "[帮我|给我|]算一下E", "帮我算E", "计算E", "计算 E", "计算一下E", "计算：E", "口算E", "请计算E", "[请|]回答：E=？", "[请|]算出E的结果", "问题：E=？",
    "E等于[啥|什么]？", "E[是啥|等于啥]", "E=?[你知道吗|会不会|会算吗]", "你会算E吗？", "会算E吗？", "会算E不？", "你知道E等于几吗？", "你能算出E吗？", "E你会[吗|算吗|不]？", "E会不会？",
    "[考考你|考你一下|考你|试试]，E", "[考考你|来道题|出个题]：E", "考考你：E=？", "[我想知道|想问下|问一下]E等于[几|多少]", "告诉我E[等于几|是多少|]", "说说E等于几", "[数学题|小学题|简单的]：E", "数学题：E=？",
    "老师问E等于几", "孩子问我E等于几", "作业里有一题E，[等于几|答案是几|怎么算]？", "E，[等于几|答案是多少|是几|快说]", "你来算E", "再算一个，E", "再来一道：E", "下一题，E", "E结果是[几|多少]？", "请问E=？", "一道题：E",
    "麻烦[算|算一下|帮我算一下]E", "有道题不会：E", "E应该等于[几|多少]？", "E到底等于几？", "E 得几？", "E 呢", "试一下 E", "E 你算一下", "E 的结果是？", "E等于？", "E等于？？",
]  # fmt: skip
PLUS = "[{a}+{b}|{a}+{b}|{a} + {b}|{a} + {b}|{a}＋{b}|{a} ＋ {b}]"
MINUS = "[{a}-{b}|{a}-{b}|{a} - {b}|{a} - {b}|{a}－{b}|{a}—{b}|{a}−{b}|{a} − {b}]"
PLUS_WORDS = [
    "{a}加{b}", "{a}加{b}", "{a}加{b}等于几？", "{a}加{b}等于[几|多少|多少啊]？", "{a}加{b}是[多少|几]？", "{a}加{b}得[几|多少]？", "{a}加{b}等于", "{a}加{b}=?", "{a}加{b}呢？", "{a}加{b}[等于啥|是啥|是几呀]",
    "{a}加上{b}", "{a}加上{b}[等于|是]多少？", "{a}加上{b}等于几", "{a}加上{b}得多少？", "{a}加{b}的和[是多少|是几|]", "{a}加{b}的结果[是多少|是几|]", "{a}和{b}的和[是多少|是几|]", "{a}和{b}相加[等于几|是多少|得几]？",
    "{a}与{b}的和[是多少|是几|等于几]？", "{a}与{b}相加[等于多少|得多少]？", "{a}跟{b}加起来[是多少|等于几|是几]？", "{a}和{b}加[起来|一起|在一起]是[多少|几]？", "{a}和{b}一共是多少？", "{a}和{b}合起来是[多少|几]？",
    "把{a}和{b}加起来[是多少|等于几|]", "把{a}和{b}加一下", "求{a}和{b}的和", "求{a}加{b}[|的和]", "算一下{a}加{b}", "算一下{a}加上{b}", "[帮我|给我|]算算{a}加{b}", "[帮我|]算{a}加{b}[|等于几]", "计算{a}加{b}",
    "比{a}多{b}的数是[几|多少]？", "比{a}大{b}的[数|数字]是[几|多少|啥]？", "{a}再加{b}[等于几|是多少|]？", "{a}再加上{b}是[几|多少]？", "{a}增加{b}是[多少|几]？", "{a}加{b}怎么算？", "{a}加{b}你会[吗|算吗]？",
    "你会算{a}加{b}吗？", "你知道{a}加{b}等于几吗？", "[考考你|考你]，{a}加{b}等于几？", "给{a}加{b}[是多少|]", "给{a}加上{b}等于多少？", "{a}添上{b}是[几|多少]？", "从{a}往后数{b}个数是几？",
    "{a}个加{b}个是几个？", "我想知道{a}加{b}等于几", "告诉我{a}加{b}等于几", "你说{a}加{b}等于几？", "那{a}加{b}呢？", "如果{a}加{b}，[等于几|结果是多少]？", "用{a}加{b}等于多少？", "{a}、{b}之和是多少？", "{a}与{b}之和",
    "{a}和{b}加一块[是几|多少]？", "{a}跟{b}一共多少", "两个数，{a}和{b}，和是多少？", "{a}、{b}相加", "一个加数是{a}，另一个加数是{b}，和是多少？", "老师问我{a}加{b}是多少",
]  # fmt: skip
MINUS_WORDS = [
    "{a}减{b}", "{a}减{b}", "{a}减{b}等于几？", "{a}减{b}等于[几|多少|多少啊]？", "{a}减{b}是[多少|几]？", "{a}减{b}得[几|多少]？", "{a}减{b}等于", "{a}减{b}=?", "{a}减{b}呢？", "{a}减{b}[等于啥|是啥|是几呀]",
    "{a}减去{b}", "{a}减去{b}[等于|是]多少？", "{a}减去{b}等于几", "{a}减去{b}得多少？", "{a}减去{b}还剩[几|多少]？", "{a}减{b}还剩[几|多少]？", "{a}减掉{b}[是多少|等于几|还剩几]？", "{a}减{b}的差[是多少|是几|]", "{a}减{b}的结果[是多少|是几|]",
    "从{a}里[减去|拿走|去掉|拿掉|扣掉]{b}", "从{a}里[减去|拿走|去掉|拿掉]{b}[还剩几|还剩多少|是多少|等于几]？", "从{a}中[减去|去掉|拿走]{b}[是多少|还剩几|]", "{a}里面拿走{b}[还剩几|还有多少]？", "{a}去掉{b}[还剩几|是多少|等于几]？",
    "比{a}少{b}的数是[几|多少]？", "比{a}小{b}的[数|数字]是[几|多少|啥]？", "{a}拿走{b}还剩[几|多少]？", "{a}扣掉{b}[是多少|还剩几]？", "{a}用掉{b}还剩几？", "{a}减少{b}是[多少|几]？",
    "算一下{a}减{b}", "算一下{a}减去{b}", "[帮我|给我|]算算{a}减{b}", "[帮我|]算{a}减{b}[|等于几]", "计算{a}减{b}", "求{a}减{b}[|的差]", "{a}减{b}怎么算？", "{a}减{b}你会[吗|算吗]？", "你会算{a}减{b}吗？", "你知道{a}减{b}等于几吗？",
    "[考考你|考你]，{a}减{b}等于几？", "我想知道{a}减{b}等于几", "告诉我{a}减{b}等于几", "你说{a}减{b}等于几？", "那{a}减{b}呢？", "如果{a}减{b}，[等于几|结果是多少]？", "用{a}减{b}等于多少？", "用{a}减去{b}[等于几|]", "{a}里少了{b}还剩几？",
    "从{a}往前数{b}个数是几？", "{a}再减{b}[等于几|是多少]？", "{a}再减去{b}是几？", "被减数是{a}，减数是{b}，差是多少？", "{a}个减{b}个是几个？", "{a}个里拿走{b}个还剩几个？", "{a}丢了{b}还剩[几|多少]？", "把{a}减去{b}[是多少|]", "老师问我{a}减{b}是多少",
]  # fmt: skip
GAP_WORDS = [  # a is the larger
    "{a}比{b}大多少？", "{a}比{b}多[多少|几]？", "{a}比{b}大几？", "{b}比{a}小[多少|几]？", "{b}比{a}少[多少|几]？", "{a}和{b}差[多少|几]？", "{b}和{a}差[多少|几]？", "{a}和{b}相差[多少|几]？", "{b}和{a}相差[多少|几]？",
    "{a}与{b}的差[是多少|是几|]", "{a}和{b}的差[是多少|是几|]", "{a}跟{b}[差|相差]几？", "{b}再加[几|多少]等于{a}？", "{b}加[几|多少]等于{a}？", "{b}加上[几|多少]是{a}？", "[几|多少]加{b}等于{a}？", "{b}到{a}[差|还差]多少？",
    "{b}离{a}还差几？", "{a}减[几|多少]等于{b}？", "{a}减去[几|多少]是{b}？", "{b}+?={a}", "{b}+（）={a}", "{b}+几={a}", "{b} + ? = {a}", "{a}-?={b}", "{a} - ? = {b}", "?+{b}={a}", "（）+{b}={a}", "{a}比{b}多出多少？", "求{a}与{b}的差",
    "{a}和{b}之间差几？", "{b}要加多少才是{a}？", "{b}还差[几|多少]到{a}？", "{b}要变成{a}，得加几？",
]  # fmt: skip
FIND_MINUEND = ["几减{b}等于{a}？", "多少减{b}等于{a}？", "几减去{b}是{a}？", "什么数减{b}等于{a}？", "哪个数减去{b}是{a}？", "?-{b}={a}", "（）-{b}={a}", "? - {b} = {a}", "一个数减{b}得{a}，这个数是几？"]

SUM = "{x} 加 {y} 等于 {z}。"
DIFFERENCE = "{x} 减 {y} 等于 {z}。"
NOT_ENOUGH = "{x} 减 {y} 不够减，我只会 20 以内的加减法。"
PAST_20 = "{x} 加 {y} 超过 20 了，我只会 20 以内的加减法。"
PLUS_SIGNS = [sign.replace("E", PLUS) for sign in SIGNS]
MINUS_SIGNS = [sign.replace("E", MINUS) for sign in SIGNS]


def asked(signs, words, answer, pairs, result, weight):
    """The three ways of writing a sum."""
    figures = [row(a, b, result(a, b)) for a, b in pairs]
    characters = [row(a, b, result(a, b), hanzi) for a, b in pairs]
    if result is plus:
        characters += [row(a, b, result(a, b), lambda n: hanzi(n, liang=True)) for a, b in pairs if a == 2 != b]
    add(signs, [answer], figures, weight * 0.45)
    add(both(words), [answer], figures, weight * 0.33)
    add(words, [answer], characters, weight * 0.22)


def plus(a, b):
    return a + b


def minus(a, b):
    return a - b


asked(PLUS_SIGNS, PLUS_WORDS, SUM, SUMS, plus, 16.0)
asked(MINUS_SIGNS, MINUS_WORDS, DIFFERENCE, DIFFERENCES, minus, 16.0)
asked(MINUS_SIGNS, MINUS_WORDS, NOT_ENOUGH, NEGATIVES, minus, 2.2)
asked(PLUS_SIGNS, PLUS_WORDS, PAST_20, BEYOND, plus, 2.2)

_GAPS = [(a, b) for a, b in DIFFERENCES if a > b > 0]
add(both(GAP_WORDS), [DIFFERENCE], [row(a, b, a - b) for a, b in _GAPS], 1.6)
add([p for p in GAP_WORDS if "=" not in p], [DIFFERENCE], [row(a, b, a - b, hanzi) for a, b in _GAPS], 0.6)
add(both(FIND_MINUEND), [SUM], [row(a, b, a + b) for a, b in SUMS if a and b], 0.3)

_TRUTH = ["E=R[对吗|对不对|是不是|吗]？", "E等于R[对吗|对不对|吗|吧]？", "E是不是等于R？", "E是R[吗|吧]？", "E等不等于R？", "我算的E=R，对吗？", "我觉得E等于R", "有人说E=R", "E 等于 R 吗？", "E = R 对吗？", "判断对错：E=R"]
_r = Random(3)
for _sign, _answer, _pairs, _result in ((PLUS, SUM, SUMS, plus), (MINUS, DIFFERENCE, DIFFERENCES, minus)):
    _right, _wrong = [], []
    for _a, _b in _pairs:
        _c = _result(_a, _b)
        _right.append({**row(_a, _b, _c), "c": str(_c)})
        for _ in range(2):
            _guess = _r.choice([n for n in range(max(0, _c - 3), min(20, _c + 3) + 1) if n != _c])
            _wrong.append({**row(_a, _b, _c), "c": str(_guess)})
    _questions = [q.replace("E", _sign).replace("R", "{c}") for q in _TRUTH]
    add(_questions, [_answer[:-1] + "，对的。"], _right, 0.35)
    add(_questions, [_answer[:-1] + "，不是 {c}。"], _wrong, 0.35)

# ---- stories ----------------------------------------------------------------------------------------------------

MACROS = {
    "«P»": "[我|我|小明|小红|妈妈|爸爸|弟弟|姐姐|奶奶|小刚|老师|哥哥]",
    "«S»": "[一共有几{m}|一共有几{m}{n}|一共有多少{m}{n}|一共几{m}|总共有几{m}|总共有多少{m}{n}|加起来有几{m}|加起来是几{m}{n}|合起来是多少{m}|一共有多少{m}|共有几{m}{n}]",
    "«J»": "[一共有几{m}|一共有几{m}{n}|一共有多少{m}{n}|现在有几{m}|现在有多少{m}{n}|现在一共有几{m}{n}|总共有几{m}|这下有几{m}|现在共有多少{m}|一共几{m}{n}]",
    "«R»": "[还剩几{m}|还剩几{m}{n}|还剩多少{m}{n}|还有几{m}|还有多少{m}{n}|剩下几{m}{n}|还剩下几{m}|现在还有几{m}{n}|剩几{m}|还剩多少{m}|现在剩多少{m}{n}]",
}


def fill(pattern):
    for name, text in MACROS.items():
        pattern = pattern.replace(name, text)
    return pattern


def things(text, columns="mn"):
    """个/苹果 as a row's {m} and {n}; with more columns, {n1} and so on."""
    names = {"mn": ("m", "n"), "mabn": ("m", "n1", "n2", "n")}[columns]
    return [dict(zip(names, item.split("/"), strict=True)) for item in text.split()]


_rng = Random(7)


def story(questions, objects, pairs, result, answer, weight):
    """A story's rows: its objects and numbers, mostly in figures."""
    questions = [fill(q) for q in questions]
    small = [(a, b) for a, b in pairs if a <= 10 and b <= 10] or pairs
    chosen = [_rng.choice(pairs if _rng.random() < 0.65 else small) for _ in range(400)]
    figures = [{**row(a, b, result(a, b)), **_rng.choice(objects)} for a, b in chosen]
    said = [{**row(a, b, result(a, b), lambda n: hanzi(n, liang=True)), **_rng.choice(objects)} for a, b in chosen[:200]]
    add(both(questions), [answer], figures, weight * 0.72)
    add(questions, [answer], said, weight * 0.28)


GET = [(a, b) for a, b in SUMS if a and b]
TAKE = [(a, b) for a, b in DIFFERENCES if b and a > b] + [(a, a) for a in range(1, 11)]
LESS = [(a, b) for a, b in DIFFERENCES if b and a > b]
TOGETHER = "{x} 加 {y} 等于 {z}，一共有 {z} {m}{n}。"
LEFT = "{x} 减 {y} 等于 {z}，还剩 {z} {m}{n}。"

FRUIT = "个/苹果 个/梨 个/桃子 个/橘子 个/西瓜 根/香蕉 个/柠檬 颗/草莓 个/橙子 个/芒果"
STATIONERY = "支/铅笔 支/钢笔 本/书 个/本子 块/橡皮 把/尺子 支/毛笔 盒/蜡笔 本/漫画"
SWEETS = "颗/糖 块/饼干 块/巧克力 块/蛋糕 个/面包 个/鸡蛋 个/包子 个/饺子 瓶/牛奶 根/冰棍"
TOYS = "个/玩具 辆/玩具车 个/气球 个/皮球 块/积木 颗/弹珠 张/卡片 张/贴纸 个/娃娃 张/邮票"
BIRDS = "只/鸟 只/麻雀 只/燕子 只/喜鹊 只/鸽子 只/乌鸦 只/小鸟"
FARM = "只/鸡 只/鸭子 只/羊 头/牛 头/猪 只/鹅 只/兔子 匹/马 条/狗 只/猫"
PEOPLE = "个/人 个/同学 个/学生 名/学生 个/小朋友 位/客人 个/孩子"
CARS = "辆/车 辆/汽车 辆/公交车 辆/自行车 辆/卡车 辆/出租车"
HOME = "把/椅子 张/桌子 个/杯子 个/碗 个/盘子 把/勺子 双/筷子 盏/灯 盆/花 个/箱子"
CLOTHES = "件/衣服 条/裤子 双/袜子 双/鞋子 顶/帽子 条/裙子 件/毛衣"

ADDING = [  # what happens, with what
    (["«P»有{a}{m}{n}，又买了{b}{m}，«J»？", "«P»有{a}{m}{n}，又买来{b}{m}，«J»？", "«P»原来有{a}{m}{n}，后来买了{b}{m}，«J»？"], f"{FRUIT} {STATIONERY} {SWEETS} {TOYS} {CLOTHES} {HOME}"),
    (["我有{a}{m}{n}，[妈妈|爸爸|朋友|老师|奶奶]又给我{b}{m}，«J»？", "我有{a}{m}{n}，[妈妈|爸爸|朋友|同学|姐姐]又给了我{b}{m}，«J»？", "[小明|小红|弟弟]有{a}{m}{n}，[妈妈|老师|姐姐]又给他{b}{m}，«J»？".replace("小红|", "")], f"{FRUIT} {STATIONERY} {SWEETS} {TOYS}"),
    (["我有{a}{m}{n}，你有{b}{m}，[我们|咱们|咱俩]«S»？", "[小明|小刚|哥哥]有{a}{m}{n}，[小红|妹妹|小丽]有{b}{m}，[他们|两人|两个人]«S»？", "哥哥有{a}{m}{n}，弟弟有{b}{m}{n}，[两人|他们]«S»？"], f"{FRUIT} {STATIONERY} {SWEETS} {TOYS}"),
    (["树上有{a}{m}{n}，又飞来{b}{m}，«J»？", "树上有{a}{m}{n}，又飞来了{b}{m}，树上«J»？", "[电线|屋顶|房顶|草地]上有{a}{m}{n}，飞来{b}{m}，«J»？", "左边的树上有{a}{m}{n}，右边的树上有{b}{m}，«S»？"], BIRDS),
    (["教室里有{a}{m}{n}，又进来{b}{m}，«J»？", "教室里有{a}{m}{n}，又来了{b}{m}，教室里«J»？", "屋里有{a}{m}{n}，进来{b}{m}，«J»？", "[操场|公园|家]里有{a}{m}{n}，又来了{b}{m}，«J»？".replace("[操场|公园|家]", "[公园|家|院子]")], PEOPLE),
    (["停车场[里|]有{a}{m}{n}，又开来{b}{m}，«J»？", "停车场里停着{a}{m}{n}，又来了{b}{m}，«J»？", "路边停了{a}{m}{n}，又停了{b}{m}，«J»？"], CARS),
    (["农场里有{a}{m}{n}，又买来{b}{m}，«J»？", "[爷爷|奶奶|王大爷]养了{a}{m}{n}，又买了{b}{m}，«J»？", "院子里有{a}{m}{n}，又跑来{b}{m}，«J»？"], FARM),
    (["池塘里有{a}{m}{n}，又游来{b}{m}，«J»？", "河里有{a}{m}{n}，又游来了{b}{m}，«J»？", "鱼缸里有{a}{m}{n}，又放进{b}{m}，«J»？"], "条/鱼 条/金鱼 条/小鱼 只/乌龟 条/鲤鱼"),
    (["草地上有{a}{m}{n}，又跑来{b}{m}，«J»？", "山坡上有{a}{m}{n}，又来了{b}{m}，«J»？"], "只/羊 只/兔子 头/牛 匹/马 只/小狗 只/鹿"),
    (["盘子里有{a}{m}{n}，又放进{b}{m}，«J»？", "盘子里有{a}{m}{n}，妈妈又放了{b}{m}，«J»？", "碗里有{a}{m}{n}，又放了{b}{m}，«J»？"], f"{FRUIT} {SWEETS}".replace("瓶/牛奶 ", "")),
    (["[篮子|箱子|袋子]里有{a}{m}{n}，又装进{b}{m}，«J»？", "篮子里有{a}{m}{n}，又放进去{b}{m}，«J»？"], FRUIT),
    (["书架上有{a}{m}{n}，又放上{b}{m}，«J»？", "书架上层有{a}{m}{n}，下层有{b}{m}，«S»？", "图书角有{a}{m}{n}，又买了{b}{m}，«J»？"], "本/书 本/故事书 本/漫画 本/小说 本/杂志 本/字典"),
    (["昨天看了{a}{m}{n}，今天[看了|又看了]{b}{m}，«S»？", "上午看了{a}{m}{n}，下午看了{b}{m}，一共看了几{m}？", "我昨天看了{a}{m}{n}，今天又看了{b}{m}，一共看了几{m}？"], "页/书 本/书 集/电视剧 部/电影"),
    (["我昨天做了{a}{m}{n}，今天做了{b}{m}，«S»？", "上午写了{a}{m}{n}，下午写了{b}{m}，一共写了几{m}{n}？"], "道/题 页/作业 张/卷子 道/数学题"),
    (["一班有{a}{m}{n}，二班有{b}{m}，«S»？", "第一组有{a}{m}{n}，第二组有{b}{m}，两组«S»？"], "个/学生 名/学生 个/人 个/同学"),
    (["花瓶里有{a}{m}{n}，又插了{b}{m}，«J»？", "昨天开了{a}{m}{n}，今天又开了{b}{m}，«J»？", "妹妹摘了{a}{m}{n}，又摘了{b}{m}，«J»？"], "朵/花 朵/红花 朵/玫瑰 朵/菊花"),
    (["阳台上有{a}{m}{n}，又搬来{b}{m}，«J»？", "窗台上摆着{a}{m}{n}，又摆了{b}{m}，«J»？", "家里养了{a}{m}{n}，又买了{b}{m}，«J»？"], "盆/花 盆/兰花 盆/仙人掌 盆/绿萝"),
    (["«P»种了{a}{m}{n}，又种了{b}{m}，«S»？", "路的左边有{a}{m}{n}，右边有{b}{m}，«S»？", "昨天种了{a}{m}{n}，今天种了{b}{m}，一共种了几{m}{n}？"], "棵/树 棵/松树 棵/柳树 棵/小树 棵/桃树 棵/苹果树"),
    (["早上吃了{a}{m}{n}，晚上吃了{b}{m}，一共吃了几{m}{n}？", "我吃了{a}{m}{n}，你吃了{b}{m}，[我们|咱们]一共吃了几{m}？", "[小明|弟弟]吃了{a}{m}{n}，又吃了{b}{m}，一共吃了多少{m}{n}？"], f"{SWEETS} {FRUIT}".replace("瓶/牛奶 ", "")),
    (["公交车上有{a}{m}{n}，上来{b}{m}，«J»？", "车上有{a}{m}{n}，到站又上来{b}{m}，车上«J»？", "车上原有{a}{m}{n}，又上了{b}{m}，«J»？", "电梯里有{a}{m}{n}，又进来{b}{m}，«J»？"], "个/人 位/乘客 名/乘客"),
    (["[桌子上|桌上]有{a}{m}{n}，又拿来{b}{m}，«J»？", "家里有{a}{m}{n}，又买了{b}{m}，«J»？", "教室里有{a}{m}{n}，又搬来{b}{m}，«J»？"], HOME),
    (["笔盒里有{a}{m}{n}，又放进{b}{m}，«J»？", "笔筒里有{a}{m}{n}，又插了{b}{m}，«J»？"], "支/铅笔 支/钢笔 支/毛笔 支/水彩笔 支/圆珠笔"),
    (["书包里有{a}{m}{n}，又装了{b}{m}，«J»？", "抽屉里有{a}{m}{n}，又放了{b}{m}，«J»？"], STATIONERY),
    (["«P»折了{a}{m}{n}，又折了{b}{m}，«S»？", "姐姐折了{a}{m}{n}，妹妹折了{b}{m}，她们«S»？"], "只/纸鹤 架/纸飞机 只/纸船 颗/星星"),
    (["«P»画了{a}{m}{n}，又画了{b}{m}，«S»？", "墙上挂了{a}{m}{n}，又挂了{b}{m}，«J»？"], "张/画 幅/画 幅/水彩画"),
    (["墙上贴了{a}{m}{n}，又贴了{b}{m}，«J»？", "门上贴着{a}{m}{n}，又贴上{b}{m}，«J»？"], "张/照片 张/海报 张/奖状 张/贴纸"),
    (["昨天收了{a}{m}{n}，今天收了{b}{m}，«S»？", "冰箱里有{a}{m}{n}，又放进{b}{m}，«J»？", "上午捡了{a}{m}{n}，下午捡了{b}{m}，«S»？"], "个/鸡蛋 个/鸭蛋 个/蛋"),
    (["衣柜里有{a}{m}{n}，又挂了{b}{m}，«J»？", "商店上午卖了{a}{m}{n}，下午卖了{b}{m}，一共卖了几{m}{n}？", "昨天卖了{a}{m}{n}，今天卖了{b}{m}，一共卖了多少{m}{n}？"], CLOTHES),
    (["上半场进了{a}{m}{n}，下半场进了{b}{m}，一共进了几{m}{n}？", "[小明|小刚|我]先投进{a}{m}{n}，又投进{b}{m}，一共投进几{m}？"], "个/球"),
    (["[我的|手机]相册里有{a}{m}{n}，又拍了{b}{m}，«J»？", "昨天拍了{a}{m}{n}，今天拍了{b}{m}，«S»？"], "张/照片"),
    (["{a}{m}{n}加{b}{m}{n}[是几{m}|等于几{m}{n}|一共几{m}]？", "{a}{m}{n}加上{b}{m}{n}是多少{m}{n}？", "{a}{m}{n}和{b}{m}{n}[放在一起|合在一起|加起来]«S»？".replace("«S»", "有几{m}"), "{a}{m}{n}加{b}{m}是几{m}？"], f"{FRUIT} {SWEETS} {FARM} {STATIONERY} {PEOPLE} {HOME}"),
    (["[左手|左口袋]有{a}{m}{n}，[右手|右口袋]有{b}{m}，«S»？".replace("[左手|左口袋]", "左口袋里").replace("[右手|右口袋]", "右口袋里"), "左手拿着{a}{m}{n}，右手拿着{b}{m}，«S»？"], "颗/糖 颗/弹珠 块/石头 个/硬币 枚/硬币"),
    (["«P»捡了{a}{m}{n}，又捡到{b}{m}，«J»？", "在海边捡了{a}{m}{n}，又捡了{b}{m}，«S»？"], "个/贝壳 片/树叶 块/石头 颗/松果 片/枫叶"),
    (["«P»抓了{a}{m}{n}，又抓了{b}{m}，«J»？", "小猫上午钓了{a}{m}{n}，下午钓了{b}{m}，一共钓了几{m}？", "爷爷钓了{a}{m}{n}，爸爸钓了{b}{m}，«S»？"], "条/鱼 条/小鱼 条/大鱼"),
    (["电脑里有{a}{m}{n}，又存了{b}{m}，«J»？", "文件夹里有{a}{m}{n}，又拷进来{b}{m}，«J»？"], "个/文件 张/图片 首/歌 部/电影"),
    (["«P»学会了{a}{m}{n}，又学会了{b}{m}，一共学会了几{m}{n}？", "我昨天背了{a}{m}{n}，今天背了{b}{m}，一共背了多少{m}{n}？"], "个/单词 首/诗 首/歌 个/汉字"),
    (["我喝了{a}{m}{n}，又喝了{b}{m}，一共喝了几{m}？", "上午喝了{a}{m}{n}，下午喝了{b}{m}，一共喝了多少{m}{n}？"], "杯/水 杯/咖啡 杯/茶 瓶/水 杯/牛奶"),
    (["快递今天到了{a}{m}{n}，昨天到了{b}{m}，«S»？", "«P»收到{a}{m}{n}，又收到{b}{m}，«J»？"], "个/包裹 封/信 份/礼物 个/红包 束/花"),
    (["聚会来了{a}{m}{n}，后来又来了{b}{m}，«J»？", "家里来了{a}{m}{n}，又来了{b}{m}，«J»？", "排队的有{a}{m}{n}，又来了{b}{m}，«J»？", "会议室里有{a}{m}{n}，又进来了{b}{m}，«J»？"], "位/客人 个/人 个/朋友 位/同事"),
    (["排队时我前面有{a}{m}{n}，后面有{b}{m}，前后«S»？".replace("前后«S»", "前后一共有几{m}{n}")], "个/人 个/同学"),
    (["水果店有{a}{m}{n}，又运来{b}{m}，«J»？", "仓库里有{a}{m}{n}，又运来{b}{m}，«J»？", "超市进了{a}{m}{n}，又进了{b}{m}，«S»？"], "箱/苹果 箱/橘子 箱/牛奶 袋/大米 筐/桃子 箱/饮料"),
    (["动物园里有{a}{m}{n}，又来了{b}{m}，«J»？", "动物园原来有{a}{m}{n}，今年又生了{b}{m}，«J»？"], "只/猴子 只/老虎 头/大象 只/熊猫 头/狮子 只/孔雀"),
]
PAIRED = [  # two kinds and what they are together
    (["桌上有{a}{m}{n1}和{b}{m}{n2}，«S»？", "[我|妈妈]买了{a}{m}{n1}和{b}{m}{n2}，一共买了几{m}{n}？", "盘子里有{a}{m}{n1}，{b}{m}{n2}，«S»？", "{a}{m}{n1}加{b}{m}{n2}，«S»？"], "个/苹果/梨/水果 个/桃子/橘子/水果 个/苹果/橙子/水果 个/西瓜/芒果/水果"),
    (["院子里有{a}{m}{n1}和{b}{m}{n2}，«S»？", "农场里有{a}{m}{n1}，{b}{m}{n2}，«S»？", "奶奶养了{a}{m}{n1}和{b}{m}{n2}，一共养了几{m}{n}？", "{a}{m}{n1}和{b}{m}{n2}，«S»？"], "只/鸡/鸭/动物 只/猫/兔子/动物 只/羊/鹅/动物 只/公鸡/母鸡/鸡 只/白兔/黑兔/兔子 只/黑猫/白猫/猫"),
    (["花园里有{a}{m}{n1}和{b}{m}{n2}，«S»？", "[我|妈妈|老师]买了{a}{m}{n1}和{b}{m}{n2}，«S»？", "花瓶里插着{a}{m}{n1}，{b}{m}{n2}，«S»？"], "朵/红花/白花/花 朵/玫瑰/百合/花 朵/红花/黄花/花 朵/菊花/月季/花"),
    (["有{a}{m}{n1}，{b}{m}{n2}，«S»？", "[操场上|公园里|车上|屋里]有{a}{m}{n1}和{b}{m}{n2}，«S»？"], "个/男生/女生/学生 个/男孩/女孩/孩子 个/大人/小孩/人 个/老人/孩子/人 名/男生/女生/学生"),
    (["[桌上|书包里|抽屉里]有{a}{m}{n1}和{b}{m}{n2}，«S»？", "[我|小明]买了{a}{m}{n1}和{b}{m}{n2}，«S»？", "我有{a}{m}{n1}，{b}{m}{n2}，«S»？"], "支/铅笔/钢笔/笔 支/红笔/蓝笔/笔 支/毛笔/铅笔/笔 本/语文书/数学书/书 本/故事书/漫画书/书"),
    (["班里男生有{a}{m}，女生有{b}{m}，«S»？", "男生{a}{m}，女生{b}{m}，«S»？", "班上有{a}{m}{n1}，{b}{m}{n2}，«S»？", "班里有{a}{m}{n1}和{b}{m}{n2}，«S»？"], "个/男生/女生/学生 名/男生/女生/学生"),
    (["停车场有{a}{m}{n1}和{b}{m}{n2}，«S»？", "路上有{a}{m}{n1}，{b}{m}{n2}，«S»？", "路口过了{a}{m}{n1}和{b}{m}{n2}，«S»？"], "辆/轿车/卡车/车 辆/白车/黑车/车 辆/汽车/摩托车/车"),
    (["[我|弟弟|盒子里|袋子里]有{a}{m}{n1}和{b}{m}{n2}，«S»？", "有{a}{m}{n1}，还有{b}{m}{n2}，«S»？", "{a}{m}{n1}，{b}{m}{n2}，«S»？"], "个/红球/蓝球/球 个/白球/黑球/球 个/红气球/黄气球/气球 颗/水果糖/奶糖/糖 颗/红珠子/白珠子/珠子"),
]
OTHER_SUMS = [  # a question, its answer's end, and things
    (["[一支笔|一本书|一个本子|一杯奶茶]{a}{m}，[一个面包|一瓶水|一块橡皮|一袋饼干]{b}{m}，一共[多少钱|要多少钱|几{m}|多少{m}]？", "买菜花了{a}{m}，买水果花了{b}{m}，一共花了[多少钱|几{m}|多少{m}]？", "昨天花了{a}{m}，今天花了{b}{m}，总共花了[多少|多少钱|几{m}]？", "一个{a}{m}，一个{b}{m}，[加起来|一共]多少钱？"], "{x} 加 {y} 等于 {z}，一共 {z} {m}。", "块/ 元/ 块钱/", GET),
    (["我有{a}{m}，[妈妈|爸爸|奶奶]又给我{b}{m}，一共有[多少钱|几{m}|多少{m}]？", "存钱罐里有{a}{m}，又放进{b}{m}，现在有[多少钱|几{m}|多少{m}]？", "左口袋有{a}{m}，右口袋有{b}{m}，一共有多少钱？"], "{x} 加 {y} 等于 {z}，一共有 {z} {m}。", "块/ 元/ 块钱/", GET),
    (["我今年{a}岁，{b}年后[我|]几岁？", "[小明|弟弟|妹妹|孩子]今年{a}岁，再过{b}年[是|]几岁？", "今年{a}岁，{b}年以后多大？", "[弟弟|妹妹]{a}岁，{b}年之后多少岁？"], "{x} 加 {y} 等于 {z}，是 {z} 岁。", "岁/", [(a, b) for a, b in GET if a >= 3]),
    (["弟弟{a}岁，哥哥比[弟弟|他]大{b}岁，哥哥几岁？", "妹妹今年{a}岁，姐姐比她大{b}岁，姐姐[几岁|多大]？", "小红{a}岁，小明比小红大{b}岁，小明[今年|]几岁？"], "{x} 加 {y} 等于 {z}，是 {z} 岁。", "岁/", [(a, b) for a, b in GET if a >= 3]),
    (["现在{a}点，过{b}个小时是几点？", "现在是{a}点，再过{b}小时[是|]几点？", "{a}点开始，{b}个小时后[结束|]是几点？".replace("[结束|]", ""), "[早上|上午]{a}点出发，走了{b}个小时，几点到？"], "{x} 加 {y} 等于 {z}，是 {z} 点。", "点/", [(a, b) for a, b in GET if a + b <= 12 and a >= 4]),
    (["[小明|小红|我]有{a}{m}{n}，[小刚|小丽|妹妹]比[小明|小红|我]多{b}{m}，[小刚|小丽|妹妹]有几{m}{n}？".replace("[小明|小红|我]", "小明").replace("[小刚|小丽|妹妹]", "小刚"), "弟弟有{a}{m}{n}，哥哥比弟弟多{b}{m}，哥哥有[几{m}|多少{m}]{n}？", "我有{a}{m}{n}，你比我多{b}{m}，你有几{m}？"], "{x} 加 {y} 等于 {z}，有 {z} {m}{n}。", f"{FRUIT} {STATIONERY} {TOYS}", GET),
    (["从{a}楼往上走{b}层是几楼？", "我在{a}楼，再上{b}层到几楼？", "我住{a}楼，他住我楼上{b}层，他住几楼？"], "{x} 加 {y} 等于 {z}，是 {z} 楼。", "楼/", GET),
    (["早上气温{a}度，中午升了{b}度，是多少度？", "昨天{a}度，今天升高了{b}度，今天几度？", "气温是{a}度，又升高{b}度，现在几度？"], "{x} 加 {y} 等于 {z}，是 {z} 度。", "度/", GET),
    (["上午走了{a}{m}，下午走了{b}{m}，一共走了几{m}？", "昨天跑了{a}{m}，今天跑了{b}{m}，一共跑了多少{m}？", "先走{a}{m}，又走{b}{m}，一共几{m}？"], "{x} 加 {y} 等于 {z}，一共 {z} {m}。", "公里/ 千米/ 里/ 米/", GET),
    (["一根绳子长{a}{m}，另一根长{b}{m}，接起来长几{m}？", "一根木条{a}{m}，另一根{b}{m}，一共长多少{m}？"], "{x} 加 {y} 等于 {z}，一共 {z} {m}。", "米/ 厘米/ 分米/", GET),
    (["送走{b}{m}{n}后还剩{a}{m}，原来有几{m}{n}？", "吃了{b}{m}{n}，还剩{a}{m}，原来有[几|多少]{m}？", "«P»给了别人{b}{m}{n}，还剩{a}{m}，[原来|本来]有几{m}？"], "{x} 加 {y} 等于 {z}，原来有 {z} {m}{n}。", f"{FRUIT} {SWEETS}", GET),
]
TAKING = [
    (["«P»有{a}{m}{n}，吃了{b}{m}，«R»？", "«P»有{a}{m}{n}，吃掉{b}{m}，«R»？", "[桌上|盘子里|家里|碗里]有{a}{m}{n}，吃了{b}{m}，«R»？", "买了{a}{m}{n}，吃掉了{b}{m}，«R»？", "{a}{m}{n}吃了{b}{m}，«R»？", "{a}{m}{n}，吃掉{b}{m}还剩几{m}？"], f"{FRUIT} {SWEETS}".replace("瓶/牛奶 ", "")),
    (["«P»有{a}{m}{n}，给了[你|同学|朋友|妹妹]{b}{m}，«R»？", "我有{a}{m}{n}，送给[你|弟弟|同桌|朋友]{b}{m}，我«R»？", "«P»有{a}{m}{n}，送人{b}{m}，«R»？", "我有{a}{m}{n}，分给[弟弟|大家|小伙伴]{b}{m}，«R»？"], f"{FRUIT} {STATIONERY} {SWEETS} {TOYS}"),
    (["树上有{a}{m}{n}，飞走了{b}{m}，«R»？", "树上有{a}{m}{n}，飞走{b}{m}，树上«R»？", "[电线|屋顶|房顶|草地]上有{a}{m}{n}，飞走了{b}{m}，«R»？", "{a}{m}{n}飞走了{b}{m}，«R»？", "笼子里有{a}{m}{n}，放走了{b}{m}，«R»？"], BIRDS),
    (["教室里有{a}{m}{n}，走了{b}{m}，«R»？", "教室里有{a}{m}{n}，出去了{b}{m}，教室里«R»？", "屋里有{a}{m}{n}，离开了{b}{m}，«R»？", "[公园|家|院子]里有{a}{m}{n}，走了{b}{m}，«R»？", "{a}{m}{n}在玩，走了{b}{m}，«R»？"], PEOPLE),
    (["停车场[里|]有{a}{m}{n}，开走了{b}{m}，«R»？", "停车场里停着{a}{m}{n}，开走{b}{m}，«R»？", "路边停了{a}{m}{n}，开走了{b}{m}，«R»？"], CARS),
    (["农场里有{a}{m}{n}，卖了{b}{m}，«R»？", "[爷爷|奶奶|王大爷]养了{a}{m}{n}，卖掉{b}{m}，«R»？", "院子里有{a}{m}{n}，跑了{b}{m}，«R»？"], FARM),
    (["池塘里有{a}{m}{n}，游走了{b}{m}，«R»？", "河里有{a}{m}{n}，游走{b}{m}，«R»？", "鱼缸里有{a}{m}{n}，捞走{b}{m}，«R»？", "鱼缸里有{a}{m}{n}，死了{b}{m}，«R»？"], "条/鱼 条/金鱼 条/小鱼 只/乌龟 条/鲤鱼"),
    (["草地上有{a}{m}{n}，跑走了{b}{m}，«R»？", "山坡上有{a}{m}{n}，走了{b}{m}，«R»？"], "只/羊 只/兔子 头/牛 匹/马 只/小狗 只/鹿"),
    (["[篮子|箱子|袋子|盘子]里有{a}{m}{n}，拿走{b}{m}，«R»？", "[篮子|箱子|袋子]里有{a}{m}{n}，拿出来{b}{m}，«R»？", "箱子里有{a}{m}{n}，坏了{b}{m}，«R»？", "桌上有{a}{m}{n}，拿走了{b}{m}，«R»？"], f"{FRUIT} {TOYS}"),
    (["书架上有{a}{m}{n}，借走{b}{m}，«R»？", "书架上有{a}{m}{n}，拿走了{b}{m}，«R»？", "图书角有{a}{m}{n}，借出去{b}{m}，«R»？"], "本/书 本/故事书 本/漫画 本/小说 本/杂志 本/字典"),
    (["一共有{a}{m}{n}，看了{b}{m}，«R»没看？", "这部{n}有{a}{m}，我看了{b}{m}，还剩几{m}没看？", "要看{a}{m}{n}，已经看了{b}{m}，«R»？"], "集/电视剧 集/动画片"),
    (["老师布置了{a}{m}{n}，我做了{b}{m}，«R»？", "有{a}{m}{n}，做完了{b}{m}，«R»没做？", "作业有{a}{m}{n}，写完{b}{m}，«R»？"], "道/题 页/作业 张/卷子 道/数学题"),
    (["花瓶里有{a}{m}{n}，谢了{b}{m}，«R»？", "花园里有{a}{m}{n}，摘了{b}{m}，«R»？", "有{a}{m}{n}，送给[妈妈|老师]{b}{m}，«R»？"], "朵/花 朵/玫瑰 朵/红花 朵/菊花"),
    (["[公园里|路边|山上]有{a}{m}{n}，砍了{b}{m}，«R»？", "种了{a}{m}{n}，死了{b}{m}，«R»？", "要种{a}{m}{n}，已经种了{b}{m}，«R»没种？"], "棵/树 棵/松树 棵/柳树 棵/小树 棵/桃树"),
    (["公交车上有{a}{m}{n}，下去{b}{m}，«R»？", "车上有{a}{m}{n}，到站下了{b}{m}，车上«R»？", "车上原有{a}{m}{n}，下车{b}{m}，«R»？", "电梯里有{a}{m}{n}，出去{b}{m}，«R»？"], "个/人 位/乘客 名/乘客"),
    (["家里有{a}{m}{n}，搬走{b}{m}，«R»？", "教室里有{a}{m}{n}，搬走了{b}{m}，«R»？", "有{a}{m}{n}，坏了{b}{m}，«R»？"], HOME.replace("双/筷子 ", "")),
    (["有{a}{m}{n}，打碎了{b}{m}，«R»？", "家里有{a}{m}{n}，不小心打碎{b}{m}，«R»？"], "个/杯子 个/碗 个/盘子 个/花瓶 个/鸡蛋"),
    (["笔盒里有{a}{m}{n}，[丢了|弄丢了|借出去]{b}{m}，«R»？", "笔筒里有{a}{m}{n}，拿走{b}{m}，«R»？"], "支/铅笔 支/钢笔 支/毛笔 支/水彩笔 支/圆珠笔"),
    (["«P»有{a}{m}{n}，丢了{b}{m}，«R»？", "我有{a}{m}{n}，用完了{b}{m}，«R»？"], "支/铅笔 支/钢笔 块/橡皮 个/本子 支/水彩笔 张/纸"),
    (["有{a}{m}{n}，[破了|飞走了|爆了]{b}{m}，«R»？", "[我|妹妹|小红]有{a}{m}{n}，破了{b}{m}，«R»？"], "个/气球 个/红气球"),
    (["«P»折了{a}{m}{n}，送出去{b}{m}，«R»？", "折了{a}{m}{n}，飞走{b}{m}，«R»？".replace("飞走", "弄坏")], "只/纸鹤 架/纸飞机 只/纸船"),
    (["冰箱里有{a}{m}{n}，用了{b}{m}，«R»？", "冰箱里有{a}{m}{n}，拿出{b}{m}，«R»？", "妈妈买了{a}{m}{n}，做菜用了{b}{m}，«R»？"], "个/鸡蛋 个/西红柿 个/土豆 根/黄瓜 个/茄子 棵/白菜"),
    (["商店有{a}{m}{n}，卖了{b}{m}，«R»？", "商店里有{a}{m}{n}，卖出{b}{m}，«R»？", "衣柜里有{a}{m}{n}，拿走{b}{m}，«R»？"], CLOTHES),
    (["水果店有{a}{m}{n}，卖掉{b}{m}，«R»？", "仓库里有{a}{m}{n}，运走{b}{m}，«R»？", "超市有{a}{m}{n}，卖了{b}{m}，«R»？"], "箱/苹果 箱/橘子 箱/牛奶 袋/大米 筐/桃子 箱/饮料"),
    (["手机里有{a}{m}{n}，删了{b}{m}，«R»？", "电脑里有{a}{m}{n}，删掉{b}{m}，«R»？", "文件夹里有{a}{m}{n}，移走{b}{m}，«R»？"], "个/文件 张/图片 首/歌 张/照片 个/软件"),
    (["点了{a}{m}{n}，灭了{b}{m}，«R»？", "屋里开着{a}{m}{n}，关了{b}{m}，«R»开着？".replace("开着？", "亮着？")], "盏/灯"),
    (["有{a}{m}{n}，喝了{b}{m}，«R»？", "买了{a}{m}{n}，喝掉{b}{m}，«R»？", "桌上有{a}{m}{n}，喝完{b}{m}，«R»？"], "瓶/牛奶 瓶/可乐 瓶/水 杯/果汁 罐/啤酒 盒/酸奶"),
    (["来了{a}{m}{n}，走了{b}{m}，«R»？", "聚会有{a}{m}{n}，先走了{b}{m}，«R»？", "排队的有{a}{m}{n}，走了{b}{m}，«R»？", "会议室里有{a}{m}{n}，出去了{b}{m}，«R»？"], "位/客人 个/人 个/朋友 位/同事"),
    (["动物园里有{a}{m}{n}，送走{b}{m}，«R»？", "山上有{a}{m}{n}，下山{b}{m}，«R»？", "树上有{a}{m}{n}，跳下来{b}{m}，«R»？"], "只/猴子 只/小猴 只/松鼠"),
    (["从{a}{m}{n}里拿走{b}{m}，«R»？", "{a}{m}{n}拿走{b}{m}，«R»？", "{a}{m}{n}减去{b}{m}{n}，«R»？", "{a}{m}{n}，少了{b}{m}，«R»？", "{a}{m}{n}去掉{b}{m}还剩几{m}{n}？"], f"{FRUIT} {SWEETS} {TOYS} {STATIONERY} {HOME}"),
    (["树上有{a}{m}{n}，掉了{b}{m}，«R»？", "树上结了{a}{m}{n}，摘了{b}{m}，«R»？", "树上有{a}{m}{n}，摘下来{b}{m}，«R»？"], "个/苹果 个/桃子 个/梨 个/橘子 个/柿子 个/石榴"),
    (["有{a}{m}{n}，寄出去{b}{m}，«R»？", "«P»有{a}{m}{n}，用掉{b}{m}，«R»？", "我有{a}{m}{n}，撕了{b}{m}，«R»？"], "张/邮票 张/信纸 张/卡片 个/信封 张/贴纸"),
    (["«P»带了{a}{m}{n}，卖出{b}{m}，«R»？", "[早餐店|面包店|店里]做了{a}{m}{n}，卖了{b}{m}，«R»？", "蒸了{a}{m}{n}，吃了{b}{m}，«R»？".replace("蒸了", "买回")], "个/包子 个/馒头 个/面包 个/蛋糕 个/粽子"),
]
OTHER_DIFFERENCES = [
    (["我有{a}{m}，花了{b}{m}，还剩[多少钱|几{m}|多少{m}|多少]？", "[小明|小红|妈妈|我]带了{a}{m}，[买菜|买书|买笔|买零食]花了{b}{m}，还剩[多少钱|几{m}|多少{m}]？", "{a}{m}花掉{b}{m}，还剩[多少钱|几{m}]？", "口袋里有{a}{m}，用了{b}{m}，还有[多少钱|几{m}]？", "我有{a}{m}，买[书包|本子|雪糕|饮料]用了{b}{m}，还有多少？"], "{x} 减 {y} 等于 {z}，还剩 {z} {m}。", "块/ 元/ 块钱/", LESS),
    (["[东西|一本书|一个杯子|玩具]{b}{m}，我付了{a}{m}，[找回多少|应该找我多少钱|找我几{m}]？", "买东西花{b}{m}，给了{a}{m}，找[回|]多少钱？"], "{x} 减 {y} 等于 {z}，找回 {z} {m}。", "块/ 元/ 块钱/", LESS),
    (["[小明|小刚|哥哥]{a}岁，[小红|妹妹|弟弟]{b}岁，[相差|差]几岁？", "我{a}岁，[弟弟|妹妹]{b}岁，我比[他|她]大几岁？".replace("[弟弟|妹妹]", "弟弟").replace("[他|她]", "他"), "哥哥今年{a}岁，弟弟{b}岁，哥哥比弟弟大几岁？", "姐姐{a}岁，妹妹{b}岁，妹妹比姐姐小几岁？"], "{x} 减 {y} 等于 {z}，相差 {z} 岁。", "岁/", [(a, b) for a, b in LESS if b >= 2]),
    (["我今年{a}岁，{b}年前[我|]几岁？", "[小明|姐姐|哥哥]今年{a}岁，{b}年前[是|]几岁？", "今年{a}岁，{b}年以前多大？", "哥哥{a}岁，弟弟比哥哥小{b}岁，弟弟几岁？", "姐姐今年{a}岁，妹妹比她小{b}岁，妹妹[几岁|多大]？"], "{x} 减 {y} 等于 {z}，是 {z} 岁。", "岁/", LESS),
    (["[小明|我|哥哥]有{a}{m}{n}，[小红|你|弟弟]有{b}{m}，[相差|差]几{m}？", "哥哥有{a}{m}{n}，弟弟有{b}{m}，哥哥比弟弟多几{m}？", "我有{a}{m}{n}，你有{b}{m}，我比你多[几|多少]{m}？", "小明有{a}{m}{n}，小红有{b}{m}，小红比小明少几{m}？"], "{x} 减 {y} 等于 {z}，相差 {z} {m}。", f"{FRUIT} {STATIONERY} {TOYS} {SWEETS}", LESS),
    (["小明有{a}{m}{n}，小刚比小明少{b}{m}，小刚有几{m}？", "哥哥有{a}{m}{n}，弟弟比哥哥少{b}{m}，弟弟有[几|多少]{m}{n}？", "我有{a}{m}{n}，你比我少{b}{m}，你有几{m}？"], "{x} 减 {y} 等于 {z}，有 {z} {m}{n}。", f"{FRUIT} {STATIONERY} {TOYS}", LESS),
    (["一共有{a}{m}{n}，其中男生{b}{m}，女生有几{m}？", "班里有{a}{m}{n}，男生有{b}{m}，女生[有多少{m}|几{m}]？"], "{x} 减 {y} 等于 {z}，女生有 {z} {m}。", "个/学生 名/学生 个/人 个/同学", LESS),
    (["要{a}{m}{n}，现在有{b}{m}，还差几{m}？", "需要{a}{m}{n}，已经有{b}{m}，还差[几|多少]{m}？", "«P»想要{a}{m}{n}，只有{b}{m}，还差几{m}？", "有{b}{m}{n}，还要几{m}才够{a}{m}？"], "{x} 减 {y} 等于 {z}，还差 {z} {m}{n}。", f"{FRUIT} {STATIONERY} {HOME} {SWEETS}", LESS),
    (["一本书有{a}页，看了{b}页，还剩几页？", "书一共{a}页，我看到第{b}页，还有几页没看？", "故事书有{a}页，已经看了{b}页，[还剩多少页|还有几页]？"], "{x} 减 {y} 等于 {z}，还剩 {z} 页。", "页/", LESS),
    (["一根绳子长{a}米，剪掉{b}米，还剩几米？", "绳子有{a}米，用了{b}米，还剩[几|多少]米？", "一共要走{a}{m}，走了{b}{m}，还剩几{m}？".replace("{m}", "米"), "全程{a}米，跑了{b}米，还剩几米？"], "{x} 减 {y} 等于 {z}，还剩 {z} 米。", "米/", LESS),
    (["从{a}楼往下走{b}层是几楼？", "我在{a}楼，下{b}层到几楼？"], "{x} 减 {y} 等于 {z}，是 {z} 楼。", "楼/", LESS),
    (["中午气温{a}度，晚上降了{b}度，是多少度？", "昨天{a}度，今天降了{b}度，今天几度？", "气温是{a}度，又下降{b}度，现在几度？"], "{x} 减 {y} 等于 {z}，是 {z} 度。", "度/", LESS),
    (["离放假还有{a}天，过了{b}天，还剩几天？", "假期有{a}天，已经过了{b}天，还剩[几|多少]天？", "一共请了{a}天假，用了{b}天，还剩几天？"], "{x} 减 {y} 等于 {z}，还剩 {z} 天。", "天/", LESS),
]

_STORY = 0.12
for _questions, _objects in ADDING:
    story(_questions, things(_objects), GET, plus, TOGETHER, _STORY)
for _questions, _objects in PAIRED:
    story(_questions, things(_objects, "mabn"), GET, plus, TOGETHER, _STORY)
for _questions, _end, _objects, _pairs in OTHER_SUMS:
    story(_questions, things(_objects), _pairs, plus, _end, _STORY * 0.8)
for _questions, _objects in TAKING:
    story(_questions, things(_objects), TAKE, minus, LEFT, _STORY)
for _questions, _end, _objects, _pairs in OTHER_DIFFERENCES:
    story(_questions, things(_objects), _pairs, minus, _end, _STORY * 0.8)
for _questions, _objects in ADDING[::3]:
    story(_questions, things(_objects), BEYOND, plus, PAST_20, _STORY * 0.15)
for _questions, _objects in TAKING[::4]:
    story(_questions, things(_objects), NEGATIVES[20:], minus, NOT_ENOUGH, _STORY * 0.15)

# ---- numbers ----------------------------------------------------------------------------------------------------

COMPARE = [(a, b) for a in N for b in N if a != b]
_far = Random(11)
COMPARE += [tuple(_far.sample(range(0, 101), 2)) for _ in range(200)]


def compared(a, b, write=str):
    return {"a": write(a), "b": write(b), "x": str(max(a, b)), "y": str(min(a, b))}


BIGGER = [
    "{a}和{b}哪个大？", "{a}和{b}哪个[更大|大一点|大些|数大|比较大]？", "{a}跟{b}哪个大？", "{a}与{b}哪个[大|更大]？", "{a}和{b}谁大？", "{a}跟{b}谁[大|更大]？", "{a}大还是{b}大？", "是{a}大还是{b}大？", "{a}和{b}比，[哪个大|谁大]？",
    "{a}、{b}哪个大？", "比一比{a}和{b}[的大小|哪个大|谁大]", "[比较|比较一下]{a}和{b}的大小", "{a}比{b}大吗？", "{a}是不是比{b}大？", "{a}比{b}大还是小？", "{a}有没有{b}大？", "{a}和{b}的大小", "{a}和{b}之间哪个大？", "{a}和{b}中[较|更]大的是哪个？",
    "{a}和{b}哪个多？", "{a}多还是{b}多？", "你说{a}和{b}哪个大？", "你知道{a}和{b}哪个大吗？", "{a}>{b}吗？", "{a}>{b}对吗？", "{a}大于{b}吗？", "{a}和{b}选大的那个", "[找出|说出]{a}和{b}中大的数", "哪个大，{a}还是{b}？", "哪个数大：{a}，{b}？", "那{a}和{b}哪个大？",
]  # fmt: skip
SMALLER = [
    "{a}和{b}哪个小？", "{a}和{b}哪个[更小|小一点|小些|数小|比较小]？", "{a}跟{b}哪个小？", "{a}与{b}哪个[小|更小]？", "{a}和{b}谁小？", "{a}小还是{b}小？", "是{a}小还是{b}小？", "{a}和{b}比，[哪个小|谁小]？", "{a}、{b}哪个小？", "{a}比{b}小吗？",
    "{a}是不是比{b}小？", "{a}和{b}中[较|更]小的是哪个？", "{a}和{b}哪个少？", "{a}少还是{b}少？", "你知道{a}和{b}哪个小吗？", "{a}<{b}吗？", "{a}小于{b}吗？", "{a}和{b}选小的那个", "哪个小，{a}还是{b}？", "那{a}和{b}哪个小？",
]  # fmt: skip
add(both(BIGGER), ["{x} 比 {y} 大。"], [compared(a, b) for a, b in COMPARE], 1.6)
add([p for p in BIGGER if ">" not in p], ["{x} 比 {y} 大。"], [compared(a, b, hanzi) for a, b in COMPARE], 0.4)
add(both(SMALLER), ["{y} 比 {x} 小。"], [compared(a, b) for a, b in COMPARE], 0.9)
add([p for p in SMALLER if "<" not in p], ["{y} 比 {x} 小。"], [compared(a, b, hanzi) for a, b in COMPARE], 0.25)
_SAME = ["{a}和{a}哪个大？", "{a}和{a}[哪个小|谁大|谁小]？", "{a}和{a}一样大吗？", "{a}等于{a}吗？", "{a}大还是{a}大？", "比较{a}和{a}的大小"]
add(both(_SAME), ["{a} 和 {a} 一样大。"], [{"a": str(n)} for n in range(31)], 0.1)
_three = [_far.sample(range(21), 3) for _ in range(500)]
_THREE = [{"a": str(a), "b": str(b), "c": str(c), "x": str(max(a, b, c)), "y": str(min(a, b, c))} for a, b, c in _three]
_OF_THREE = ["{a}、{b}、{c}哪个最X？", "{a}，{b}，{c}里最X的是哪个？", "{a}、{b}和{c}谁最X？", "{a} {b} {c} 哪个最X？", "{a}、{b}、{c}[里面|中|当中]最X的数是几？", "[找出|说出]{a}、{b}、{c}里最X的数", "{a},{b},{c}哪个最X"]
add([p.replace("X", "大") for p in _OF_THREE], ["最大的是 {x}。"], _THREE, 0.4)
add([p.replace("X", "小") for p in _OF_THREE], ["最小的是 {y}。"], _THREE, 0.3)


def count(a, b):
    return "、".join(str(n) for n in (range(a, b + 1) if a <= b else range(a, b - 1, -1))) + "。"


_COUNT = [
    "从{a}数到{b}", "从{a}数到{b}[吧|给我听|]", "[你会|你能|能|会]从{a}数到{b}吗？", "数数，从{a}到{b}", "[请|帮我|]数一下{a}到{b}", "{a}到{b}怎么数？", "由{a}数到{b}", "{a}数到{b}", "把{a}到{b}数一遍", "从{a}开始数到{b}", "说出{a}到{b}的数字",
    "写出{a}到{b}", "{a}到{b}有哪些数？", "列出{a}到{b}的[数|数字|整数]", "念一下{a}到{b}的数字", "从{a}报数到{b}", "[教孩子|教我]从{a}数到{b}",
]  # fmt: skip
_COUNTS = [(a, b) for a in range(0, 19) for b in range(a + 2, 21)] + [(1, b) for b in range(3, 21)] * 4 + [(1, 10), (1, 10), (1, 20), (1, 5)] * 10
add(both(_COUNT), ["{s}"], [{"a": str(a), "b": str(b), "s": count(a, b)} for a, b in _COUNTS], 1.0)
add(_COUNT, ["{s}"], [{"a": hanzi(a), "b": hanzi(b), "s": count(a, b)} for a, b in _COUNTS], 0.4)
_DOWN = [(a, b) for b in (0, 1) for a in range(3, 21)] * 2 + [(10, 1)] * 10 + [(a, b) for a in range(5, 21) for b in range(2, a - 2)]
_DOWNWARD = ["从{a}倒数到{b}", "倒着从{a}数到{b}", "从{a}数到{b}", "从{a}[往回|倒着|往下]数到{b}", "倒数{a}到{b}", "{a}到{b}倒着数", "[你会|能|会]从{a}倒数到{b}吗？", "从{a}倒着数到{b}[吧|]", "倒数，从{a}到{b}"]
add(both(_DOWNWARD), ["{s}"], [{"a": str(a), "b": str(b), "s": count(a, b)} for a, b in _DOWN], 0.4)
add(_DOWNWARD, ["{s}"], [{"a": hanzi(a), "b": hanzi(b), "s": count(a, b)} for a, b in _DOWN], 0.15)
add(
    ["数数[吧|]", "数个数", "数到{a}", "数到{a}[吧|]", "[你会|会]数数吗？数到{a}", "数一数，到{a}", "你能数到{a}吗？", "会数到{a}吗？", "给我数到{a}", "数{a}个数"],
    ["{s}"],
    [{"a": "10", "s": count(1, 10)}],
    0.25,
)
_UP_TO = ["数到{a}", "数到{a}[吧|给我听]", "你能数到{a}吗？", "会数到{a}吗？", "给我数到{a}", "[帮我|]从头数到{a}", "你会数到{a}[吗|不]？", "数{a}个数", "数数，数到{a}"]
add(both(_UP_TO), ["{s}"], [{"a": str(b), "s": count(1, b)} for b in range(3, 21)], 0.3)
add(_UP_TO, ["{s}"], [{"a": hanzi(b), "s": count(1, b)} for b in range(3, 21)], 0.12)
add(["你会数数吗？", "会数数吗？", "会数数不？", "你能数数吗？", "你会数到多少？", "最多能数到几？", "你能数到[多少|100|一百|1000]吗？".replace("[多少|100|一百|1000]吗", "几"), "数到 100", "数到一百", "从 1 数到 100", "从1数到100", "从一数到一百", "从1数到1000", "数到五十", "从 1 数到 50"], ["我会从 1 数到 20，再多就容易数错了。"], weight=0.4)

_NEAR = [*range(0, 21)] * 3 + [*range(21, 100)]


def neighbours(write, numbers):
    return [{"a": write(n), "x": str(n), "p": str(n - 1), "q": str(n + 1)} for n in numbers]


_AFTER = [
    "{a}后面是几？", "{a}后面[是|]什么数？", "{a}的后面是[几|多少]？", "{a}后面的数是[几|多少|啥]？", "{a}后面[一个|那个]数[是几|是多少|]", "{a}的下一个数[是几|是多少|字是几|]", "{a}下一个是几？", "{a}之后是几？", "{a}数完是几？", "{a}接下来是几？",
    "{a}往后数一个[是几|]", "{a}的后一个数[是几|]", "比{a}大1的数是几？", "数数时{a}后面是几？", "数完{a}该数几？", "{a}后边是几？", "{a}再往后是几？", "排在{a}后面的[数|数字]是几？", "紧跟在{a}后面的数是几？", "{a}后头是啥？", "你知道{a}后面是几吗？",
]  # fmt: skip
_BEFORE = [
    "{a}前面是几？", "{a}前面[是|]什么数？", "{a}的前面是[几|多少]？", "{a}前面的数是[几|多少|啥]？", "{a}前面[一个|那个]数[是几|是多少|]", "{a}的前一个数[是几|是多少|字是几|]", "{a}的上一个数是几？", "{a}之前是几？", "{a}往前数一个[是几|]",
    "比{a}小1的数是几？", "数数时{a}前面是几？", "{a}前边是几？", "排在{a}前面的[数|数字]是几？", "{a}前头是啥？", "你知道{a}前面是几吗？", "倒着数，{a}后面是几？", "几的后面是{a}？",
]  # fmt: skip
add(both(_AFTER), ["{x} 后面是 {q}。"], neighbours(str, _NEAR), 1.0)
add([p for p in _AFTER if "1" not in p], ["{x} 后面是 {q}。"], neighbours(hanzi, _NEAR), 0.3)
add(both(_BEFORE), ["{x} 前面是 {p}。"], neighbours(str, [n for n in _NEAR if n]), 1.0)
add([p for p in _BEFORE if "1" not in p], ["{x} 前面是 {p}。"], neighbours(hanzi, [n for n in _NEAR if n]), 0.3)
add(
    both(["{a}和{b}[中间|之间]是几？", "{a}和{b}中间的数[是几|]", "{a}与{b}之间是哪个数？", "{a}跟{b}中间是几？", "夹在{a}和{b}中间的数是几？"]),
    ["{a} 和 {b} 中间是 {z}。"],
    [{"a": str(n), "b": str(n + 2), "z": str(n + 1)} for n in range(19)],
    0.25,
)

_PARITY = [
    "{a}是O还是E？", "{a}是O吗？", "{a}是E吗？", "{a}是不是O？", "{a}是不是E？", "{a}属于O还是E？", "{a}是E还是O？", "数字{a}是O还是E？", "判断{a}是O还是E", "{a}算O还是E？", "你知道{a}是O还是E吗？", "{a}到底是O还是E？", "{a}O还是E", "那{a}是O还是E？",
    "[请|帮我|]看看{a}是O还是E",
]  # fmt: skip
_PARITIES = [*range(0, 21)] * 3 + [*range(21, 101)]
for _odd, _even, _extra, _weight in (("单数", "双数", [], 0.5), ("奇数", "偶数", ["{a}是奇还是偶？", "{a}的奇偶性"], 0.5)):
    _rows = [{"a": str(n), "x": str(n), "p": _odd if n % 2 else _even} for n in _PARITIES]
    _said = [{"a": hanzi(n), "x": str(n), "p": _odd if n % 2 else _even} for n in _PARITIES]
    _questions = [p.replace("O", _odd).replace("E", _even) for p in _PARITY] + _extra
    add(both(_questions), ["{x} 是{p}。"], _rows, _weight * 0.75)
    add(_questions, ["{x} 是{p}。"], _said, _weight * 0.25)
_WHICH = ["什么是{k}？", "{k}是什么[意思|]？", "啥叫{k}？", "10以内的{k}有哪些？", "10 以内有哪些{k}？", "{k}有哪些？", "十以内的{k}", "1到10的{k}[有哪些|]", "哪些数是{k}？", "说几个{k}", "举几个{k}的例子", "1 到 10 里哪些是{k}？"]
add(_WHICH, ["像 1、3、5、7、9 这样的数是{k}。"], [{"k": "单数"}, {"k": "奇数"}], 0.15)
add(_WHICH, ["像 2、4、6、8、10 这样的数是{k}。"], [{"k": "双数"}, {"k": "偶数"}], 0.15)

# ---- what it can and cannot -------------------------------------------------------------------------------------

add(
    [
        "你会算术吗？", "会算术吗？", "你会算数吗？", "会算数不？", "你会做算术题吗？", "你会加减法吗？", "会加减法吗？", "你会加法吗？", "会减法吗？", "你会做加法吗？", "你能算加减法吗？", "你会做数学[题|]吗？", "你会数学吗？", "数学怎么样？",
        "你数学好吗？", "你的数学[好不好|怎么样|水平如何]？", "会算账吗？", "你能帮我算[数|账|题]吗？", "能算[几位数|多大的数]？", "你最多能算到多少？", "你能算[到|]多少以内的？", "你能算多大的数？", "你算数[厉害吗|准不准|准吗|怎么样]？", "会口算吗？", "你会计算吗？",
        "能做计算吗？", "你可以当计算器用吗？", "你是计算器吗？", "有计算功能吗？", "我想考考你的数学", "我要考你算术", "考考你的[数学|算术|加减法]", "[我们|咱们]来做算术[吧|题吧]", "来做几道[数学|算术]题", "我想练习加减法", "孩子想练[口算|加减法]", "你会算什么？", "你会算哪些[题|]？", "20以内的加减法会吗？",
        "20 以内加减法你会吗？", "算术你会不会？", "能帮孩子[检查|看看|辅导]算术[作业|]吗？".replace("[作业|]", ""), "帮我算个数", "帮我算道题", "我有一道算术题", "帮我算一下", "算个题", "你[到底|]会不会算数？",
    ],
    ["我会 20 以内的加减法，比如 7 加 8 等于 15。"],
    weight=1.0,
)  # fmt: skip
add(
    ["出[一|]道[算术题|数学题|加法题|减法题|题]", "给我出[一道|个]题", "考考我", "给孩子出几道[算术题|口算题|加减法]", "你来出题[我来算|]", "出几道20以内的加减法", "来考我[数学|算术|]", "出道题考考我"],
    ["我不会出题，你出题我来算吧，20 以内的加减法都行。"],
    weight=0.35,
)

_large = Random(5)


def outside():
    """Two numbers of which one at least is above 20."""
    kinds = ((21, 99), (21, 99), (100, 999), (21, 60))
    a = _large.randint(*_large.choice(kinds))
    b = _large.choice([_large.randint(1, 20), _large.randint(*_large.choice(kinds)), _large.randint(*_large.choice(kinds))])
    if _large.random() < 0.15:
        a, b = a // 10 * 10 + (30 if a < 30 else 0), max(b // 10 * 10, 10)
    return a, b


_LARGE_PLUS = [(a, b) if _large.random() < 0.6 else (b, a) for a, b in (outside() for _ in range(1500))]
_LARGE_MINUS = [(max(a, b), min(a, b)) for a, b in (outside() for _ in range(1500))]
_HUGE = [(_large.randint(1000, 99999), _large.randint(20, 99999)) for _ in range(200)]
for _signs, _words, _pairs in ((PLUS_SIGNS, PLUS_WORDS, _LARGE_PLUS), (MINUS_SIGNS, MINUS_WORDS, _LARGE_MINUS)):
    add(_signs, [TOO_HARD], [row(a, b, 0) for a, b in _pairs + _HUGE], 0.7)
    add(both(_words), [TOO_HARD], [row(a, b, 0) for a, b in _pairs], 0.4)
    add(_words, [TOO_HARD], [row(a, b, 0, hanzi) for a, b in _pairs], 0.35)
for _questions, _objects in ADDING[1::8]:
    story(_questions, things(_objects), [(a, b) for a, b in _LARGE_PLUS if a < 100 and b < 100], plus, TOO_HARD, 0.06)
for _questions, _objects in TAKING[1::8]:
    story(_questions, things(_objects), [(a, b) for a, b in _LARGE_MINUS if a < 100], minus, TOO_HARD, 0.06)

_TIMES = [
    "{a}×{b}", "{a}×{b}=?", "{a} × {b}", "{a}*{b}", "{a} * {b} = ?", "{a}*{b}=", "{a}x{b}", "{a}×{b}等于几？", "{a}×{b}等于多少", "{a}乘{b}", "{a}乘以{b}", "{a}乘{b}等于[几|多少]？", "{a}乘以{b}等于[几|多少]？", "{a}乘以{b}是多少？", "{a}和{b}的[积|乘积][是多少|]",
    "{a}个{b}是多少？", "{a}的{b}倍是多少？", "算一下{a}×{b}", "算一下{a}乘{b}", "计算{a}*{b}", "帮我算{a}乘以{b}", "你会算{a}×{b}吗？", "考考你，{a}×{b}", "{a}乘{b}得几？", "那{a}×{b}呢？", "{a}与{b}相乘[等于几|]",
]  # fmt: skip
_OVER = [
    "{a}÷{b}", "{a}÷{b}=?", "{a} ÷ {b}", "{a}/{b}", "{a} / {b} = ?", "{a}/{b}=", "{a}÷{b}等于几？", "{a}÷{b}等于多少", "{a}除以{b}", "{a}除以{b}等于[几|多少]？", "{a}除以{b}是多少？", "{b}除{a}是多少？", "{a}除{b}等于几？", "{a}和{b}的商[是多少|]", "把{a}平均分成{b}份，每份是多少？",
    "算一下{a}÷{b}", "算一下{a}除以{b}", "计算{a}/{b}", "帮我算{a}除以{b}", "你会算{a}÷{b}吗？", "{a}除以{b}的余数[是几|]", "{a}里面有几个{b}？", "{a}是{b}的几倍？", "那{a}÷{b}呢？", "{a}个平均分给{b}个人，每人几个？",
]  # fmt: skip
_FACTORS = [(_large.randint(1, 12), _large.randint(1, 12)) for _ in range(250)] + [(_large.randint(2, 99), _large.randint(2, 99)) for _ in range(250)]
_QUOTIENTS = [(b * _large.randint(2, 10), b) for b in (_large.randint(1, 10) for _ in range(250))] + [(_large.randint(10, 999), _large.randint(2, 50)) for _ in range(200)]
for _questions, _pairs in ((_TIMES, _FACTORS), (_OVER, _QUOTIENTS)):
    add(both(_questions), [TOO_HARD], [row(a, b, 0) for a, b in _pairs], 1.3)
    add([p for p in _questions if not re.search(r"[*/x×÷=]", p)], [TOO_HARD], [row(a, b, 0, hanzi) for a, b in _pairs], 0.5)

_DECIMALS = [{"a": f"{_large.randint(0, 20)}.{_large.randint(1, 9)}", "b": _large.choice([f"{_large.randint(0, 20)}.{_large.randint(1, 9)}", str(_large.randint(1, 20))])} for _ in range(300)]
add(["{a}+{b}", "{a} + {b} = ?", "{a}-{b}", "{a}加{b}等于多少？", "{a}减{b}等于几？", "{a}加{b}", "{a}+{b}等于几", "算一下{a}-{b}", "{a} 加 {b} 是多少？"], [TOO_HARD], _DECIMALS, 0.4)
_SERIES = [dict(zip("abcd", (str(_large.randint(1, 12)) for _ in range(4)), strict=True)) for _ in range(500)]
add(
    ["{a}+{b}+{c}", "{a}+{b}+{c}=?", "{a} + {b} + {c}", "{a}+{b}+{c}等于几？", "{a}+{b}-{c}", "{a} + {b} - {c} = ?", "{a}-{b}+{c}", "{a}-{b}-{c}等于几", "{a}加{b}加{c}", "{a}加{b}加{c}等于几？", "{a}加{b}减{c}等于几？", "{a} 加 {b} 再加 {c} 是多少？", "{a}+{b}+{c}+{d}", "({a}+{b})-{c}", "算一下{a}+{b}+{c}",
     "{a}、{b}、{c}加起来是多少？", "{a}+{b}×{c}", "({a}+{b})×{c}", "车上有 {a} 个人，下去 {b} 个，又上来 {c} 个，现在有几个人？", "我有{a}个苹果，吃了{b}个，又买了{c}个，现在有几个？", "小明有 {a} 颗糖，给弟弟 {b} 颗，给妹妹 {c} 颗，还剩几颗？"],
    ["这个我算不了，我一次只会算两个数。" + MORE],
    _SERIES,
    1.0,
)  # fmt: skip

HARD = """
2 的 10 次方是多少？
2的8次方等于几
3 的平方
5的平方是多少
4的立方
十的平方等于多少？
根号 2 等于多少？
16 的平方根
√9 等于几
81开平方
开根号 144
27的立方根是多少？
x+3=10，x 等于几？
2x+5=15 求x
解方程 3x=12
解方程：x-4=9
帮我解一元二次方程
x²-5x+6=0 怎么解？
解一个方程组
会解方程吗？
你会解方程吗
鸡兔同笼怎么算？
鸡兔同笼，头 35 个，脚 94 只，各几只？
100 的 20% 是多少？
50的百分之十
打八折后是多少钱？
原价 200 元打七五折多少钱？
百分之三十是多少
会算百分比吗？
1/2+1/3
二分之一加三分之一
1/4 是多少？
三分之二等于多少？
会算分数吗？
小数会算吗？
0.1+0.2 等于多少
半径 5 的圆面积是多少？
长方形长 8 宽 5，面积是多少？
正方形边长 6，周长多少？
三角形面积怎么算？
圆的面积怎么求？
求圆柱的体积
sin30° 等于多少
cos 60 是多少
tan45度等于几
log 100
lg1000等于多少
10 的阶乘
5! 等于多少
1 加到 100 等于多少？
从1加到100是多少
1+2+3 一直加到 10 是多少？
求导 x^2
x² 的导数是什么？
对 sinx 积分
会微积分吗？
求极限
会不会高等数学？
微积分题你会吗
帮我做道高数题
矩阵怎么算？
求这个矩阵的行列式
概率题会做吗？
掷两个骰子和为 7 的概率
平均数怎么算？
3、5、7 的平均数是多少？
每盒 6 个，3 盒一共几个？
一盒有 10 支笔，5 盒有多少支？
每人 3 个，8 个人要几个？
12 个苹果平均分给 4 个人，每人几个？
20 块糖分给 5 个小朋友，每人几块？
一斤苹果 6 块，买 3 斤多少钱？
时速 60 公里，开 2 小时走多远？
会乘法吗？
你会乘法吗
你会除法吗？
会不会除法
乘除法会吗？
你会算乘除法吗？
背一下乘法口诀
九九乘法表
九九乘法表会背吗？
三七多少
三七二十几？
六六等于多少
8 的倍数有哪些？
5 的两倍是多少？
12 的一半是多少？
20的一半
100 以内的质数有哪些？
17 是质数吗？
12 和 18 的最大公约数
4 和 6 的最小公倍数
把 10 转成二进制
255的十六进制是多少
二进制 1010 是多少
圆周率背到一百位
贷款 100 万，30 年每月还多少？
年利率 3%，存一万一年利息多少？
帮我算一下房贷
帮我算个税
工资一万扣多少税？
会做应用题吗，一元一次方程的那种
奥数题会做吗？
高考数学题你会吗？
初中数学会吗？
小学六年级的数学题会吗？
会做几何题吗？
证明勾股定理
直角三角形两边 3 和 4，斜边多少？
100 以内加减法会吗？
会算一百以内的加减法吗？
大一点的数会算吗？
三位数的加减法会算吗
两位数加两位数会吗？
一万加一万
一百加一百等于多少
一千减五百
三十加四十
五十加五十
一百减二十七
100-27
35+48
1000000+1
一亿加一亿等于多少
负数会算吗？
-3+5 等于几
负三加五
-2-6
3 减 5 等于负几？
复数怎么算？
数列 1 4 9 16 下一个是什么？
2 4 8 16 后面是几
找规律：1 3 6 10
今年 35 岁，20 年后多少岁？
1990 年出生现在几岁？
一年有多少秒？
一天有多少分钟乘以 7
23:15 到 第二天 7:40 有多久？
从 3 月 5 日到 6 月 1 日有多少天？
BMI 怎么算？
算一下我的基金收益
统计一下这组数据的方差
标准差怎么求？
排列组合 C(5,2) 等于多少？
""".strip().splitlines()
add(["{q}"], [TOO_HARD], [{"q": question.strip()} for question in HARD], 2.4)
