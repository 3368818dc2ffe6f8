"""Made-up reports for the likeness of texts: invented places and people, the words of the catalogue, everyday phrases of our own.

A *matter* is what somebody wants said (a kind, a condition, what it does to people, what they ask); a report is one telling of
it: clauses dropped or moved, words exchanged for others of the same meaning, slips of the pen, another length. Real files may
stand in: `labelled()` reads `<name>.tsv` (text, tab, label) in the folder `LINLI_BENCH_DATA` if there is one.
"""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PACK = Path(__file__).resolve().parents[2] / "packs" / "china"
SYLLABLES = "云溪锦华翠苑兴隆福安康宁瑞景和平新悦澜湾金桂紫荆青松东湖西岭南浦北辰龙泉凤鸣海棠玉兰银杏枫林星河滨江望江清风明月嘉禾"
PLACES = ("小区", "花园", "家园", "苑", "新村", "公寓", "里", "大厦", "广场", "市场")
SPOTS = ("东门", "西门", "南门口", "北门", "地下车库", "楼下", "门口", "对面", "拐角处", "公交站旁", "学校旁边", "幼儿园门口", "菜市场边", "河边", "后面",
         "单元门口", "电梯口", "健身区", "快递柜旁", "停车场", "天桥下", "路口", "人行道上", "绿化带里", "消防通道")  # fmt: skip
OPENERS = ("您好，", "你好，", "领导好，", "反映一个问题，", "市民来电反映，", "请问", "我是这里的住户，", "投诉", "我想反映一下，", "居民求助，", "麻烦看一下，", "今天路过发现，",
           "尊敬的领导：", "业主群里都在说，", "再次反映，", "我家老人说，", "请相关部门关注：", "在此反映", "不知道归谁管，", "来电人称")  # fmt: skip
SINCE = ("已经三天了", "有一个多星期了", "快半个月了", "从上周开始", "昨天晚上开始的", "今天早上发现的", "每天都这样", "一到晚上就这样", "下雨以后", "反映过两次了", "长期存在",
         "这几天特别严重", "从年初到现在", "节后一直如此", "周末尤其明显", "凌晨也不停", "有大半年了", "自从换了物业以后", "上个月修过又坏了", "一直没人管")  # fmt: skip
EFFECTS = ("老人小孩走路很危险", "昨天有人差点摔倒", "影响大家休息", "味道特别大，窗户都不敢开", "车根本过不去", "孩子上学要绕路", "晚上看不清路", "邻居们意见很大", "推婴儿车没法走",
           "轮椅过不来", "已经有人受伤了", "家里老人睡不着觉", "影响市容", "水都漫到台阶上了", "消防车肯定进不来", "招了很多苍蝇蚊子", "下班高峰堵得厉害", "树枝都碰到窗户了",
           "墙面也脏了", "外卖员都在抱怨", "租户都搬走了", "店里生意也受影响", "孕妇出门很不方便", "快递车压得更厉害", "一下雨就更糟", "担心着火", "看着就吓人", "雨天溅一身水",
           "盲道也被挡住了", "小朋友在旁边玩很不放心", "电动车经常在这里滑倒", "居民只能自己清理", "路过的人都捂着鼻子", "给工作人员打电话也没有回复", "一楼住户苦不堪言",
           "心脏不好的人受不了", "每次都说会处理", "监控也拍不到", "听说别的小区早就解决了", "冬天更严重")  # fmt: skip
REQUESTS = ("请尽快处理", "希望有关部门来看看", "请派人维修", "什么时候能解决？", "请给个答复", "希望加强管理", "请协调一下", "恳请重视", "麻烦安排人清理", "望回复", "请问归哪个单位管？",
            "盼解决", "要求立即整改", "希望能长期有人管", "请查处", "先围起来也好", "多谢", "请不要再推来推去", "请把结果告诉我", "能不能先临时处理一下", "谢谢工作人员",
            "希望公布处理进度", "请现场核实", "建议装个提示牌", "请社区出面")  # fmt: skip
SHOPS = (
    "超市",
    "饭店",
    "工地",
    "学校",
    "棋牌室",
    "网吧",
    "幼儿园",
    "装饰公司",
    "修理铺",
    "快递站",
    "药店",
    "驾校",
    "早餐店",
    "洗车行",
    "健身房",
    "菜店",
    "诊所",
    "酒楼",
    "培训班",
    "废品站",
)
DOINGS = ("把东西摆到外面", "半夜还不关门", "说不归他们管", "老板态度很差", "只收钱不干活", "好像没有手续", "天天放音响", "货车随便停", "油烟直接往外排", "施工队不打招呼", "围挡拆了一半", "收了押金不退", "乱接水管",
          "占了公共的地方", "通知贴了又撕", "答应整改没有动静", "一到雨天就抽水", "门口排长队", "把路挖开就走了", "电线拖了一地")  # fmt: skip
SAME = (("坏了", "出故障了", "损坏", "不能用了", "坏掉了"), ("没人管", "无人处理", "没有人理", "没人来弄"), ("请尽快处理", "请尽快解决", "麻烦快点处理", "望尽快处理", "抓紧处理一下"),
        ("小区", "院子", "社区"), ("危险", "不安全", "有安全隐患"), ("晚上", "夜里", "夜间"), ("老人", "老年人", "上了年纪的"), ("孩子", "小孩", "小朋友"), ("影响", "妨碍", "干扰"),
        ("希望", "盼望", "请求", "想请"), ("垃圾", "脏东西", "废弃物"), ("特别", "非常", "很", "十分"), ("味道", "气味", "臭味"), ("居民", "住户", "业主", "街坊"), ("破损", "破了", "烂了", "开裂"),
        ("堆放", "堆着", "乱堆"), ("噪音", "噪声", "吵闹声", "声音很大"), ("停车", "停的车", "车辆停放"), ("物业", "物业公司", "管理处"), ("已经", "都", ""), ("一直", "老是", "总是"), ("问题", "情况", "现象"),
        ("开始", "起"), ("门口", "门前", "大门处"), ("反映", "投诉", "举报", "说一下"), ("处理", "解决", "整治"), ("过不去", "走不了", "通不过"), ("缺失", "不见了", "没了"), ("清理", "打扫", "清走"))  # fmt: skip
FIRST = {word: group for group in SAME for word in group if len(word) > 1}


@dataclass(frozen=True)
class Kind:
    """A category with the words that people and the book have for it."""

    code: str
    name: str
    words: tuple[str, ...]
    conditions: tuple[str, ...]


def kinds() -> list[Kind]:
    """The categories of the Chinese catalogue."""
    conditions = defaultdict(list)
    for row in csv.DictReader((PACK / "conditions.csv").open(encoding="utf-8")):
        conditions[row["category_code"]].append(row["name_zh"])
    rows = csv.DictReader((PACK / "categories.csv").open(encoding="utf-8"))
    return [
        Kind(row["code"], row["name_zh"], tuple(row["keywords_zh"].split()), tuple(conditions.get(row["code"], ())))
        for row in rows
    ]


def pick(random: np.random.Generator, options):
    return options[int(random.integers(len(options)))]


def place(random: np.random.Generator) -> str:
    """An invented estate, with a spot in it or a road."""
    name = "".join(pick(random, SYLLABLES) for _sign in range(int(random.integers(2, 4))))
    spot = pick(random, (f"{random.integers(1, 60)}号楼", f"{random.integers(1, 300)}号", f"{random.integers(1, 9)}单元", ""))
    return f"{name}{pick(random, PLACES) if random.random() < 0.7 else '路'}{spot}{pick(random, SPOTS)}"


WORDS = ["".join(chr(0x4E00 + sign) for sign in row) for row in np.random.default_rng(9).integers(0, 2600, (15_000, 2))]


def story(random: np.random.Generator, words: int) -> str:
    """A clause of invented words, as few common and many rare as in any language: what people tell besides the set phrases."""
    return "".join(WORDS[int(len(WORDS) ** random.random()) - 1] for _word in range(words))


@dataclass(frozen=True)
class Matter:
    """What somebody wants said: clauses in their order; the second (the thing itself) is never dropped."""

    kind: int
    clauses: tuple[str, ...]


def matter(random: np.random.Generator, kind: int, known: list[Kind], *, with_place: float = 0.6, stories: int = 0) -> Matter:
    row = known[kind]
    thing = pick(random, (row.name, *row.words, *row.words))
    state = (
        pick(random, row.conditions).replace("、", pick(random, ("、", "，", "还", "又")))
        if row.conditions and random.random() < 0.6
        else ""
    )
    where = place(random) if random.random() < with_place else pick(random, SPOTS)
    shop = "".join(pick(random, SYLLABLES) for _sign in range(2)) + pick(random, SHOPS)
    detail = (shop + pick(random, DOINGS),) if random.random() < with_place else ()
    clauses = [
        pick(random, OPENERS) + where,
        thing + state,
        *detail,
        pick(random, SINCE),
        *(pick(random, EFFECTS) for _clause in range(int(random.integers(1, 4)))),
        *(story(random, int(random.integers(4, 12))) for _clause in range(stories)),
        pick(random, REQUESTS),
    ]
    return Matter(kind, tuple(clauses))


def telling(
    random: np.random.Generator, told: Matter, *, drop: float = 0.25, swap: float = 0.35, slip: float = 0.01, other: float = 0.0
) -> str:
    """One way to say it. `other`: how often a clause gives way to what somebody else would add instead."""
    clauses = list(told.clauses)
    for at in range(2, len(clauses)):
        if random.random() < other:
            clauses[at] = pick(random, pick(random, (SINCE, EFFECTS, REQUESTS)))
    kept = [clause for at, clause in enumerate(clauses) if at == 1 or random.random() >= drop]
    if len(kept) > 2 and random.random() < 0.3:
        at = int(random.integers(len(kept) - 1))
        kept[at], kept[at + 1] = kept[at + 1], kept[at]
    text = pick(random, ("，", "，", "。", " ")).join(clause.rstrip("，") for clause in kept)
    for word, group in FIRST.items():
        if word in text and random.random() < swap:
            text = text.replace(word, pick(random, group), 1)
    signs = [sign for sign in text if random.random() >= slip / 2]
    for at in range(len(signs) - 1):
        if random.random() < slip / 2:
            signs[at], signs[at + 1] = signs[at + 1], signs[at]
    return "".join(signs) + pick(random, ("", "。", "！", ""))


@dataclass(frozen=True)
class Reports:
    """n reports: texts, places (WGS-84), hours since the start, kinds, and the event that each is about."""

    texts: list[str]
    lng: np.ndarray
    lat: np.ndarray
    hours: np.ndarray
    kinds: list[str]
    events: np.ndarray


def reports(count: int = 20_000, *, seed: int = 1, matters: int = 4_326, drop: float = 0.35, other: float = 0.35) -> Reports:
    """Reports of events in a town; popular complaints recur at other places, busy spots have several matters of a kind at once."""
    random, known = np.random.default_rng(seed), kinds()
    pool = [matter(random, int(random.integers(len(known))), known, with_place=0.3) for _matter in range(matters)]
    popular = random.permutation(matters)
    rows: list[tuple[str, float, float, float, str, int]] = []
    side_m, days = 9_000, 240
    busy = random.uniform(0, side_m, (count // 12 + 1, 2))
    event, before = 0, None
    while len(rows) < count:
        told = pool[popular[int(matters * random.power(0.7)) % matters]]
        spot = (
            busy[int(random.integers(len(busy)))] + random.normal(0, 25, 2)
            if random.random() < 0.6
            else random.uniform(0, side_m, 2)
        )
        start = random.uniform(0, days * 24)
        if before is not None and random.random() < 0.12:  # another matter of the same kind beside the last one
            spot, start = before[1] + random.uniform(-50, 50, 2), before[2] + random.uniform(0, 72)
            told = matter(random, before[0], known, with_place=0.3)
        before = told.kind, spot, start
        size = 1 + min(int(random.pareto(2.2) * 1.4), 9)
        for _report in range(min(size, count - len(rows))):
            east, north = spot + random.uniform(-30, 30, 2)
            kind = known[told.kind].code if random.random() < 0.9 else pick(random, known).code
            rows.append((telling(random, told, drop=drop, other=other), east, north, start + random.exponential(36), kind, event))
        event += 1
    texts, east, north, hours, codes, events = zip(*(rows[at] for at in random.permutation(len(rows))), strict=True)
    lat = 30.65 + np.array(north) / 111_195
    lng = 110.24 + np.array(east) / (111_195 * np.cos(np.radians(30.69)))
    return Reports(list(texts), lng, lat, np.array(hours), list(codes), np.array(events))


def needs(
    count: int = 8_000, *, seed: int = 2, matters: int = 2_423, stories: int = 3, drop: float = 0.25
) -> tuple[list[str], np.ndarray]:
    """Needs of residents and the issue each is about: few issues have very many, many have one or two."""
    random, known = np.random.default_rng(seed), kinds()
    pool = [
        matter(random, int(random.integers(len(known))), known, with_place=0.8, stories=int(random.integers(stories + 1)))
        for _matter in range(matters)
    ]
    issues = np.concatenate([np.arange(matters), (matters * random.power(0.45, count - matters)).astype(int)])[:count]
    issues = random.permutation(issues)
    return [telling(random, pool[issue], drop=drop, other=0.05) for issue in issues], issues


def headlines(count: int, *, seed: int = 3, groups: int = 10) -> tuple[list[str], list[str]]:
    """Short texts in ten groups of kinds, hard as headlines are: much shared wording, some say the thing only by halves or not."""
    random, known = np.random.default_rng(seed), kinds()
    owner = np.random.default_rng(77).integers(groups, size=len(known))
    texts, labels = [], []
    for _text in range(count):
        kind = int(random.integers(len(known)))
        told = matter(random, kind, known, with_place=0.5)
        thing = told.clauses[1] if random.random() < 0.85 else told.clauses[1][int(random.integers(1, 4)) :]
        parts = [thing, pick(random, told.clauses[2:])] if random.random() < 0.6 else [pick(random, SPOTS), thing]
        texts.append(telling(random, Matter(kind, ("", "".join(parts))), slip=0.05).strip("，"))
        labels.append(f"组{owner[kind] if random.random() < 0.96 else int(random.integers(groups))}")
    return texts, labels


KINDS_OF_AN_OFFICE = 30


def messages(count: int = 495, *, seed: int = 4) -> tuple[list[str], list[str]]:
    """Long messages to a city in seven groups, as few as one office has when it begins; some kinds come often, most seldom."""
    random, known = np.random.default_rng(seed), kinds()
    owner = np.random.default_rng(78).integers(7, size=len(known))
    order = np.random.default_rng(79).permutation(len(known))
    chosen = [int(order[int(KINDS_OF_AN_OFFICE ** random.random()) - 1]) for _text in range(count)]
    texts = [telling(random, matter(random, kind, known), drop=0.1) for kind in chosen]
    return texts, [f"类{owner[kind] if random.random() < 0.97 else int(random.integers(7))}" for kind in chosen]


def labelled(name: str) -> tuple[list[str], list[str]] | None:
    """Texts and labels of `<name>.tsv` in the folder of real data; None without one."""
    path = Path(os.environ.get("LINLI_BENCH_DATA", "")) / f"{name}.tsv"
    if "LINLI_BENCH_DATA" not in os.environ or not path.exists():
        return None
    rows = [line.rsplit("\t", 1) for line in path.read_text(encoding="utf-8").splitlines() if "\t" in line]
    return [text for text, _label in rows], [label for _text, label in rows]
