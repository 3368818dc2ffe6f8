"""Personal data typed into free text: found, and masked before the text is published.

Finds mobile and landline numbers, identity numbers, plates, e-mail addresses, bank cards, WeChat and QQ ids, however
the digits are written: full-width, spaced, dashed, dotted or in Chinese numerals. Leaves roads, dates, times, amounts,
coordinates and our own references alone. It proposes; a person sees the preview before anything is published.

How: the text gets a shadow of the same length in which every digit is 0-9 and every blank, dash or dot is one of three
characters; numbers are then groups of digits with short gaps, and a number is known by the lengths of its groups.
All scans are bounded, so time grows with the length of the text only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from linli.kernel.identifiers import PROVINCES, REFERENCE_PATTERN, identity_checksum

PHONE, IDENTITY_NUMBER, PLATE, EMAIL = "phone", "identity_number", "plate", "email"
BANK_CARD, WECHAT, QQ = "bank_card", "wechat", "qq"
KINDS = (IDENTITY_NUMBER, PHONE, BANK_CARD, EMAIL, PLATE, WECHAT, QQ)


class Finding(NamedTuple):
    """Personal data in a text: what it is and where, `text[start:end]`."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Masked:
    """A text fit to publish, and what was masked in the original (positions count in the original)."""

    text: str
    findings: tuple[Finding, ...]


def mask_personal_data(text: str) -> Masked:
    """The text with every finding masked: 199****1234, 1****************X, 渝A*****, w***@example.org."""
    shadow = _shadow(text)
    findings = find_personal_data(text)
    pieces, done = [], 0
    for kind, start, end in findings:
        pieces += [text[done:start], _masked(kind, shadow[start:end])]
        done = end
    return Masked("".join([*pieces, text[done:]]), tuple(findings))


def find_personal_data(text: str) -> list[Finding]:
    """All personal data in the text, in order, not overlapping (the more sensitive kind wins)."""
    shadow = _shadow(text)
    taken: list[tuple[int, int]] = [match.span() for match in OWN_REFERENCE.finditer(shadow)]
    found = [*_numbers(shadow), *_emails(shadow), *_plates(shadow), *_contacts(shadow)]
    found.sort(key=lambda finding: (finding.start, KINDS.index(finding.kind), -finding.end))
    kept: list[Finding] = []
    blocked, position = iter(taken), 0
    reference = next(blocked, None)
    for finding in found:
        while reference is not None and reference[1] <= finding.start:
            reference = next(blocked, None)
        inside_reference = reference is not None and reference[0] < finding.end
        if finding.start >= position and not inside_reference:
            kept.append(finding)
            position = finding.end
    return kept


# --- display masks: what lists and pages show of a value we know to be a name, a phone, a number ---

COMPOUND_SURNAMES = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "司徒",
        "夏侯",
        "长孙",
        "宇文",
        "端木",
        "百里",
    ]
)


def mask_name(name: str) -> str:
    """王小明 → 王*, 欧阳修文 → 欧阳*, Ann Lee → A*."""
    name = name.strip()
    if not name:
        return ""
    surname = name[:2] if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else name[0]
    return surname + "*"


def mask_phone(phone: str) -> str:
    """19900001234 → 199****1234; landlines and others keep the last three digits."""
    digits = "".join(character for character in _shadow(phone) if character.isdigit())
    if len(digits) == 11 and digits.startswith("1"):
        return f"{digits[:3]}****{digits[-4:]}"
    return "*" * max(len(digits) - 3, 0) + digits[-3:] if len(digits) > 5 else "*" * len(digits)


def mask_identity_number(number: str, public: bool = False) -> str:
    """First 6 and last 2 for staff lists; first 1 and last 1 in public. Anything too short is all stars."""
    plain = re.sub(r"[ .\-()]", "", _shadow(number)).upper()
    head, tail = (1, 1) if public else (6, 2)
    if len(plain) < 15:
        return "*" * len(plain)
    return plain[:head] + "*" * (len(plain) - head - tail) + plain[-tail:]


def mask_plate(plate: str) -> str:
    """渝A·12345 → 渝A*****; diplomatic and other plates become stars."""
    plain = re.sub(r"[ .\-]", "", _shadow(plate)).upper()
    head = 2 if plain[:1] in PLATE_PROVINCES else 0
    return plain[:head] + "*" * (len(plain) - head)


def mask_email(address: str) -> str:
    """wang@example.org → w***@example.org."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}***@{domain}" if domain else "***"


def mask_bank_card(number: str) -> str:
    """Only the last four digits stay."""
    digits = "".join(character for character in _shadow(number) if character.isdigit())
    return "*" * max(len(digits) - 4, 0) + digits[-4:]


def _masked(kind: str, value: str) -> str:
    if kind == PHONE:
        digits = "".join(character for character in value if character.isdigit())
        bare = digits[-11:] if re.fullmatch(r"(?:0|86|0086)1[3-9][0-9]{9}", digits) else digits
        return mask_phone(bare)
    if kind == IDENTITY_NUMBER:
        return mask_identity_number(value, public=True)
    if kind == PLATE:
        return mask_plate(value)
    if kind == EMAIL:
        return mask_email(value)
    return mask_bank_card(value) if kind == BANK_CARD else "***"


# --- the shadow ---

CHINESE_DIGITS = {
    **dict(zip("〇零一二三四五六七八九", "00123456789", strict=True)),
    **dict(zip("幺壹贰叁肆伍陆柒捌玖", "1123456789", strict=True)),
}
BLANKS = "\t\u00a0\u202f\u2060\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200E)))
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\ufe63\uff0d\u30fc~\uff5e_"
DOTS = "\u00b7\u2022\u2027\u30fb\u22c5\uff0e\u2024"
LAST_LEARNT = 0x9FFF  # the end of the common Chinese characters


class _ShadowTable(dict[int, str]):
    """For `str.translate`, one character for one. Digits of other scripts and the letters in use are learnt when they turn up."""

    def __init__(self) -> None:
        super().__init__({ord(character): digit for character, digit in CHINESE_DIGITS.items()})
        self.update({0xFF01 + index: chr(0x21 + index) for index in range(94)})
        for characters, plain in ((BLANKS, " "), (DASHES, "-"), (DOTS, ".")):
            self.update(dict.fromkeys(map(ord, characters), plain))

    def __missing__(self, code_point: int) -> str:
        digit = unicodedata.digit(chr(code_point), None) if code_point > 0x7F else None
        same = chr(code_point) if digit is None else str(digit)
        if code_point <= LAST_LEARNT:  # nobody's made-up letters may fill the memory
            self[code_point] = same
        return same


_SHADOW = _ShadowTable()


def _shadow(text: str) -> str:
    return text.translate(_SHADOW)


# --- numbers, by the lengths of their groups ---

DIGITS = re.compile(r"[0-9]+", re.ASCII)
GAP = re.compile(r"[ \-.()]{1,3}", re.ASCII)
MOBILE_GROUPS = (
    (11,), (3, 4, 4), (3, 8), (7, 4), (3, 3, 5), (4, 4, 3), (4, 3, 4), (5, 6), (3, 4, 2, 2), (3, 3, 3, 2),
    (3, 2, 2, 2, 2), (1,) * 11,
)  # fmt: skip
LOCAL_GROUPS = ((7,), (8,), (4, 4), (3, 4), (4, 3))
IDENTITY_GROUPS = (
    (18,), (6, 8, 4), (6, 4, 4, 4), (6, 4, 2, 2, 4), (3, 3, 4, 4, 4), (3, 3, 8, 4), (6, 12), (14, 4), (10, 8),
    (4, 4, 4, 4, 2), (1,) * 18,
)  # fmt: skip
CARD_GROUPS = (
    (16,),
    (17,),
    (18,),
    (19,),
    (4, 4, 4, 4),
    (4, 4, 4, 4, 1),
    (4, 4, 4, 4, 2),
    (4, 4, 4, 4, 3),
    (6, 13),
    (6, 10),
)


class _Node:
    """A step in the tree of group lengths: which kinds a number that ends here may be, and which lengths may follow."""

    __slots__ = ("after", "kinds")

    def __init__(self) -> None:
        self.kinds = ""
        self.after: dict[int, _Node] = {}

    def add(self, groups: tuple[int, ...], kind: str) -> None:
        node = self
        for length in groups:
            node = node.after.setdefault(length, _Node())
        if kind not in node.kinds:
            node.kinds += kind


def _group_tree() -> _Node:
    """Lengths of groups → the kinds they may be, best first, a letter each: identity, mobile, landline, bank card."""
    # The X of an identity number is no digit: its last group is one shorter, or missing.
    with_x = [groups[:-1] + ((groups[-1] - 1,) if groups[-1] > 1 else ()) for groups in IDENTITY_GROUPS]
    mobiles = [*MOBILE_GROUPS, (12,), (13,), (15,)]
    mobiles += [(lead, *groups) for lead in (2, 4) for groups in MOBILE_GROUPS]  # 86 and 0086 before it
    landlines = [(10,), (11,), (12,), *((area, *local) for area in (3, 4) for local in LOCAL_GROUPS)]
    landlines += [(2, area, *local) for area in (2, 3) for local in LOCAL_GROUPS]  # +86 10 5555 0123
    tree = _Node()
    for kind, lengths in (("i", (*IDENTITY_GROUPS, *with_x)), ("m", mobiles), ("l", landlines), ("b", CARD_GROUPS)):
        for groups in lengths:
            tree.add(groups, kind)
    return tree


GROUP_TREE = _group_tree()


class _Groups(NamedTuple):
    """One number as it was written: `text[start:end]`, its digits, the gaps between its groups."""

    digits: str
    start: int
    end: int
    gaps: tuple[str, ...]


def _numbers(shadow: str) -> Iterator[Finding]:
    spans = [match.span() for match in DIGITS.finditer(shadow)]
    position = 0
    while position < len(spans):
        finding, width = _longest_number(shadow, spans, position)
        if finding is not None:
            yield finding
        position += width
    yield from _keyword_numbers(shadow)


def _longest_number(shadow: str, spans: list[tuple[int, int]], first: int) -> tuple[Finding | None, int]:
    """The longest number that begins with this group, and how many groups to go on by."""
    node, gaps, best, width = GROUP_TREE, [], None, 1
    for index in range(first, len(spans)):
        start, end = spans[index]
        if index > first:
            gap = shadow[spans[index - 1][1] : start]
            if not GAP.fullmatch(gap):
                break
            gaps.append(gap)
        following = node.after.get(end - start)
        if following is None:
            break
        node = following
        if node.kinds:
            digits = "".join(shadow[begin:stop] for begin, stop in spans[first : index + 1])
            finding = _judged(shadow, node.kinds, _Groups(digits, spans[first][0], end, tuple(gaps)))
            if finding is not None:
                best, width = finding, index - first + 1
    return best, width


def _judged(shadow: str, kinds: str, number: _Groups) -> Finding | None:
    if not _is_gapped_well(number.gaps):
        return None
    for letter in kinds:
        if letter == "i":
            end = _identity_end(shadow, number)
            if end:
                return Finding(IDENTITY_NUMBER, number.start, end)
        elif letter == "b" and _is_card(number.digits):
            return Finding(BANK_CARD, number.start, number.end)
        elif (letter == "m" and _is_mobile(shadow, number)) or (letter == "l" and _is_landline(shadow, number)):
            return Finding(PHONE, _phone_start(shadow, number.start), number.end)
    return None


def _is_gapped_well(gaps: tuple[str, ...]) -> bool:
    """Dots separate digits only when all gaps are dots and there are several: one dot is a decimal point."""
    dotted = sum("." in gap for gap in gaps)
    return dotted == 0 or (dotted == len(gaps) >= 2)


def _identity_end(shadow: str, number: _Groups) -> int:
    """Where the identity number ends (its X included), 0 when it is none: right date, or right checksum."""
    digits, end = number.digits, number.end
    if len(digits) == 17:
        tail = re.compile(r"[ \-]{0,2}[xX](?![0-9A-Za-z])").match(shadow, end)
        if tail is None:
            return 0
        digits, end = digits + "X", tail.end()
    if len(digits) != 18 or digits[0] == "0":
        return 0
    has_date = digits[6:8] in ("18", "19", "20") and _is_month_and_day(digits[10:14])
    return end if has_date or _is_right(digits) else 0


def _is_right(number: str) -> bool:
    return number[:2] in PROVINCES and identity_checksum(number[:17]) == number[17]


def _is_month_and_day(four: str) -> bool:
    try:
        date(2000, int(four[:2]), int(four[2:]))
    except ValueError:
        return False
    return True


def _is_mobile(shadow: str, number: _Groups) -> bool:
    match = re.fullmatch(r"(0|86|0086)?(1[3-9][0-9]{9})", number.digits, re.ASCII)
    return match is not None and not _is_decimal(shadow, number) and not _is_amount(shadow, number)


def _is_decimal(shadow: str, number: _Groups) -> bool:
    """29.19900001234 is a latitude; 1.19900001234 is the first line of a list of phones."""
    before = re.search(r"([0-9]{2,3})\.\Z", shadow[max(0, number.start - 4) : number.start])
    return before is not None and not number.gaps


def _is_amount(shadow: str, number: _Groups) -> bool:
    before = shadow[max(0, number.start - 4) : number.start].rstrip()
    after = shadow[number.end : number.end + 3].lstrip()
    return before.endswith(("¥", "￥", "$", "人民币")) or re.match(r"元(?!旦)|万元|亿元", after) is not None


AREA_CODE = re.compile(r"010|02[0-57-9]|0[3-9][0-9]{2}", re.ASCII)


def _is_landline(shadow: str, number: _Groups) -> bool:
    digits = number.digits
    if digits.startswith("86") and shadow[max(0, number.start - 2) : number.start].strip().endswith("+"):
        digits = "0" + digits[2:]
    area = AREA_CODE.match(digits)
    if area is None or digits[area.end()] in "01":
        return False
    local = len(digits) - area.end()
    return (local == 8 or (local == 7 and area.end() == 4)) and not _is_amount(shadow, number)


def _phone_start(shadow: str, start: int) -> int:
    """The plus sign or bracket before a number belongs to it."""
    return start - 1 if start and shadow[start - 1] in "+(" else start


def _is_card(digits: str) -> bool:
    """16 to 19 digits of a bank's range whose Luhn sum is right."""
    if not re.match(r"62|4|5[1-5]|35|60|65|9558|99", digits):
        return False
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


LOCAL_PHONE = re.compile(
    r"(?:电话|座机|固话|tel|phone)[^0-9\n]{0,6}(?<![0-9])([2-8][0-9]{6,7}|[2-8][0-9]{2,3}[ \-][0-9]{4})(?![0-9])",
    re.ASCII | re.IGNORECASE,
)
OLD_IDENTITY = re.compile(r"身份证[^0-9\n]{0,8}([1-9][0-9]{14})(?![0-9])", re.ASCII)


def _keyword_numbers(shadow: str) -> Iterator[Finding]:
    """Numbers too short to know by themselves: local phones, 15-digit identity numbers, after the word that says so."""
    for pattern, kind in ((LOCAL_PHONE, PHONE), (OLD_IDENTITY, IDENTITY_NUMBER)):
        for match in pattern.finditer(shadow):
            yield Finding(kind, *match.span(1))


# --- plates, addresses, ids ---

PLATE_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PLATE_PATTERN = re.compile(
    rf"[{PLATE_PROVINCES}][ ]?[A-HJ-NP-Z][ .\-]{{0,2}}"
    r"(?:[A-HJ-NP-Z0-9][ ]?){3,5}(?:[A-HJ-NP-Z0-9](?![A-Z0-9])|[警学挂港澳领试超])"
    r"|WJ[ .\-]?"
    rf"[{PLATE_PROVINCES}]?[ .\-]?[0-9]{{4,5}}[A-Z]?(?![A-Z0-9])"
    r"|(?<![0-9])[0-9]{6}使|使[ .\-]?[0-9]{6}(?![0-9])|[0-9]{3}[ .\-][0-9]{3}使",
    re.ASCII | re.IGNORECASE,
)


def _plates(shadow: str) -> Iterator[Finding]:
    for match in PLATE_PATTERN.finditer(shadow):
        tail = re.sub(r"[ .\-]", "", match[0][2:]).upper()
        letters = sum("A" <= character <= "Z" for character in tail)
        digits = sum("0" <= character <= "9" for character in tail)
        # Five places with at most two letters; six (new energy) only with one or two; or a word such as 警 at the end.
        plain = (len(tail) == 5 and digits >= 3) or (len(tail) == 6 and 1 <= letters <= 2)
        worded = not tail[-1:].isascii() and 4 <= len(tail) <= 6 and digits >= 3
        if match[0][0] not in PLATE_PROVINCES or plain or worded:
            yield Finding(PLATE, *match.span())


EMAIL_NAME = re.compile(r"[A-Za-z0-9._%+\-]{1,64}\Z", re.ASCII)
EMAIL_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,62})\.){1,5}[A-Za-z]{2,24}(?![A-Za-z0-9])", re.ASCII)


def _emails(shadow: str) -> Iterator[Finding]:
    at = shadow.find("@")
    while at >= 0:
        window = max(0, at - 64)
        name = EMAIL_NAME.search(shadow[window:at])
        domain = EMAIL_DOMAIN.match(shadow, at + 1)
        if name and domain:
            yield Finding(EMAIL, window + name.start(), domain.end())
        at = shadow.find("@", at + 1)


WECHAT_PATTERN = re.compile(
    r"(?:微信|薇信|威信|v信|wechat|weixin|(?<![A-Za-z0-9])(?:vx|wx)(?![A-Za-z0-9]))"
    r"((?:账号|帐号|号码|号|id|是|为|加|同号|[:= ]){0,5})"
    r"([A-Za-z][A-Za-z0-9_\-]{5,19})(?![A-Za-z0-9_\-])",
    re.ASCII | re.IGNORECASE,
)
WECHAT_INNER_ID = re.compile(r"(?<![A-Za-z0-9])wxid[_-][A-Za-z0-9]{6,20}", re.ASCII | re.IGNORECASE)
QQ_PATTERN = re.compile(
    r"(?<![A-Za-z0-9])(?:qq|扣扣)(?:群|号码|号|是|为|加|[:= ]){0,5}([1-9][0-9]{4,10})(?![0-9])",
    re.ASCII | re.IGNORECASE,
)


def _contacts(shadow: str) -> Iterator[Finding]:
    for match in WECHAT_PATTERN.finditer(shadow):
        # Without a colon or 号, only what looks made up (a digit, a dash) is an id: "微信 Android" is none.
        if match[1].strip() or not match[2].isalpha():
            yield Finding(WECHAT, *match.span(2))
    for match in WECHAT_INNER_ID.finditer(shadow):
        yield Finding(WECHAT, *match.span())
    for match in QQ_PATTERN.finditer(shadow):
        yield Finding(QQ, *match.span(1))


OWN_REFERENCE = re.compile(rf"(?<![0-9A-Za-z]){REFERENCE_PATTERN.pattern}(?![0-9A-Za-z])", re.ASCII)
