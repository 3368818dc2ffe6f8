"""Numbers and names of things: identity numbers, credit codes, phones, our own ids, references, tokens, division codes.

Sources: GB 11643 (identity number), GB 32100 (unified social credit code), GB/T 2260 and the statistics codes built on
it (division codes), RFC 9562 (UUIDv7), Crockford's base 32.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
import time
import unicodedata
import uuid
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

# --- identity numbers (GB 11643) ---

IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
IDENTITY_CHECKS = "10X98765432"
IDENTITY_PATTERN = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
FIRST_BIRTH_YEAR = 1850
# First two digits of provinces and of the foreigner's permanent residence card; others are odd but may be right.
PROVINCE_TENS = {
    "1": "12345",
    "2": "123",
    "3": "1234567",
    "4": "123456",
    "5": "01234",
    "6": "12345",
    "7": "1",
    "8": "123",
}
PROVINCES = frozenset(ten + one for ten, ones in PROVINCE_TENS.items() for one in ones) | {"91"}


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """An identity number that passed length, date and checksum. `region_is_known` is only a hint: codes change."""

    number: str
    born_on: date
    is_male: bool
    region: str
    region_is_known: bool


def normalise_identity_number(text: str) -> str:
    """Full-width digits become plain, blanks and dashes go, x becomes X. No check."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()


def identity_checksum(first_seventeen: str) -> str:
    """The eighteenth character for the first seventeen digits."""
    total = sum(weight * int(digit) for weight, digit in zip(IDENTITY_WEIGHTS, first_seventeen, strict=True))
    return IDENTITY_CHECKS[total % 11]


def read_identity_number(text: str, today: date | None = None) -> IdentityNumber | None:
    """What an 18-character identity number says, or None when length, date or checksum is wrong.

    The region is never a reason to refuse: libraries that demand a code valid in the birth year refuse real people.
    A birth date after `today` (default: the present day) is wrong.
    """
    number = normalise_identity_number(text)
    if not IDENTITY_PATTERN.fullmatch(number):
        return None
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    if born_on.year < FIRST_BIRTH_YEAR or born_on > (today or datetime.now(CHINA).date()):
        return None
    if identity_checksum(number[:17]) != number[17]:
        return None
    return IdentityNumber(
        number=number,
        born_on=born_on,
        is_male=int(number[16]) % 2 == 1,
        region=number[:6],
        region_is_known=number[:2] in PROVINCES,
    )


def is_identity_number(text: str) -> bool:
    return read_identity_number(text) is not None


# --- unified social credit codes (GB 32100) ---

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_VALUES = {letter: value for value, letter in enumerate(CREDIT_ALPHABET)}
CREDIT_WEIGHTS = tuple(pow(3, position, 31) for position in range(17))
SOCIAL_BODY_KINDS = {"51": "association", "52": "service_organization", "53": "foundation"}


def normalise_credit_code(text: str) -> str:
    """Full-width letters become plain, blanks and dashes go, small letters become capitals. No check."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()


def credit_checksum(first_seventeen: str) -> str:
    """The eighteenth character for the first seventeen. Raises KeyError for a letter outside the alphabet."""
    total = sum(weight * CREDIT_VALUES[letter] for weight, letter in zip(CREDIT_WEIGHTS, first_seventeen, strict=True))
    return CREDIT_ALPHABET[(31 - total % 31) % 31]


def is_credit_code(text: str) -> bool:
    """Whether the text is an 18-character unified social credit code with a right checksum."""
    code = normalise_credit_code(text)
    if len(code) != 18 or not CREDIT_VALUES.keys() >= set(code) or not (code[2:8].isascii() and code[2:8].isdigit()):
        return False
    return credit_checksum(code[:17]) == code[17]


def social_body_kind(code: str) -> str | None:
    """association, service_organization or foundation for codes that start 51, 52, 53; None for all others."""
    return SOCIAL_BODY_KINDS.get(normalise_credit_code(code)[:2])


# --- phones ---

MOBILE_PATTERN = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
LANDLINE_PATTERN = re.compile(r"0[0-9]{2,3}[2-9][0-9]{6,7}", re.ASCII)
SERVICE_PATTERN = re.compile(r"(?:400|800)[0-9]{7}", re.ASCII)


def normalise_phone(text: str) -> str:
    """A phone number in the one form we store: mainland numbers as bare digits, others as + and digits.

    Full-width digits, blanks, dashes, dots and brackets go; +86, 0086 and a 86 before a mobile number go.
    Anything that is not made of digits comes back empty.
    """
    plain = re.sub(r"[\s\-–—().·]", "", unicodedata.normalize("NFKC", text))
    foreign = plain.startswith(("+", "00"))
    digits = plain[1:] if plain.startswith("+") else plain.removeprefix("00")
    if not (digits.isascii() and digits.isdigit()):
        return ""
    if digits.startswith("86") and (foreign or MOBILE_PATTERN.fullmatch(digits[2:])):
        digits, foreign = digits[2:], False
        if not MOBILE_PATTERN.fullmatch(digits) and not digits.startswith(("0", "400", "800")):
            digits = "0" + digits  # +86 10 8888 7777 is dialled 010 8888 7777 at home
    return f"+{digits}" if foreign else digits


def is_mobile_number(text: str) -> bool:
    """Whether the text is a mainland mobile number, however it is spaced."""
    return MOBILE_PATTERN.fullmatch(normalise_phone(text)) is not None


def is_phone_number(text: str) -> bool:
    """Whether the text can be dialled: mobile, landline with area code, 400/800, or a foreign number with +."""
    phone = normalise_phone(text)
    if phone.startswith("+"):
        return 7 <= len(phone) - 1 <= 15
    return any(pattern.fullmatch(phone) for pattern in (MOBILE_PATTERN, LANDLINE_PATTERN, SERVICE_PATTERN))


# --- our own ids, references and tokens ---

CHINA = ZoneInfo("Asia/Shanghai")
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
REFERENCE_PATTERN = re.compile(r"[0-9]{6}-[0-9A-HJKMNP-TV-Z]{7}", re.ASCII)
COUNTER_BITS = 42  # of the 74 bits behind the millisecond; the other 32 are random


CORRECTED_MS = 60_000  # a clock that goes back further was wrong before: ids follow it, for they are read as times


class _Uuid7Maker:
    """Makes UUIDv7s that grow within a process: millisecond, then a counter that starts at random each millisecond."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._restart()
        # A forked worker must not repeat its parent's counter.
        os.register_at_fork(after_in_child=self._restart)

    def _restart(self) -> None:
        self._lock = threading.Lock()
        self._millisecond, self._counter = 0, 0

    def make(self) -> uuid.UUID:
        now = time.time_ns() // 1_000_000
        random = int.from_bytes(os.urandom(10), "big")
        with self._lock:
            if now > self._millisecond or self._millisecond - now > CORRECTED_MS:
                # The top counter bit starts at 0, so that a millisecond has room to count.
                self._millisecond, self._counter = now, (random >> 32) & ((1 << (COUNTER_BITS - 1)) - 1)
            else:  # same millisecond, or the clock went back a little: count on
                self._counter += 1
                if self._counter >> COUNTER_BITS:
                    self._millisecond, self._counter = self._millisecond + 1, 0
            millisecond, counter = self._millisecond, self._counter
        return _uuid7(millisecond, counter << 32 | random & 0xFFFFFFFF)


def _uuid7(millisecond: int, tail: int) -> uuid.UUID:
    """Lay out RFC 9562: 48 bits of time, version 7, 12 bits, variant 2, 62 bits."""
    return uuid.UUID(
        int=(millisecond & 0xFFFFFFFFFFFF) << 80
        | 0x7 << 76
        | (tail >> 62 & 0xFFF) << 64
        | 0b10 << 62
        | (tail & 0x3FFFFFFFFFFFFFFF)
    )


_maker = _Uuid7Maker()


def new_id(at: datetime | None = None) -> uuid.UUID:
    """A time-ordered UUID (version 7). Without `at`, each is greater than the one before in this process.

    Only a clock that is set back by more than a minute makes smaller ones: a list cut by time must find what is new.

    With `at` (an aware instant, for imported history) the id carries that millisecond and 74 random bits.
    """
    if at is None:
        return _maker.make()
    if at.tzinfo is None:
        raise ValueError("an id is made at an aware instant")
    millisecond = int(at.timestamp() * 1000)
    if millisecond < 0:
        raise ValueError("an id cannot be older than 1970")
    return _uuid7(millisecond, secrets.randbits(74))


def new_reference(at: datetime, zone: tzinfo = CHINA) -> str:
    """What people see and spell on the phone: local day and 7 random letters without I, L, O, U: `261121-7K3M9QF`.

    35 random bits a day: guessing one of 10,000 references of a day takes about 3 million tries.
    """
    tail = secrets.randbits(35)
    letters = "".join(CROCKFORD[tail >> shift & 31] for shift in range(30, -1, -5))
    return f"{at.astimezone(zone):%y%m%d}-{letters}"


def normalise_reference(text: str) -> str:
    """A reference as stored, from what a person typed: I and L read as 1, O as 0, blanks and the dash do not matter."""
    plain = re.sub(r"[\s\-–—_]", "", unicodedata.normalize("NFKC", text)).upper()
    plain = plain.translate(str.maketrans("ILO", "110"))
    return f"{plain[:6]}-{plain[6:]}" if len(plain) == 13 else plain


def new_token() -> str:
    """A secret of 192 random bits, 32 characters safe in a URL."""
    return secrets.token_urlsafe(24)


# --- division codes ---

# Where a code may end: province, city, county, street, community, grid, micro-grid.
LEVEL_LENGTHS = {"province": 2, "city": 4, "county": 6, "street": 9, "community": 12, "grid": 15, "micro_grid": 17}
LEVEL_NAMES = {length: name for name, length in LEVEL_LENGTHS.items()}


def division_level(code: str) -> str:
    """province, city, county, street, community, grid or micro_grid. Raises ValueError for any other length."""
    if not (code.isascii() and code.isdigit() and len(code) in LEVEL_NAMES):
        raise ValueError(f"not a division code: {code!r}; it has 2, 4, 6, 9, 12, 15 or 17 digits")
    return LEVEL_NAMES[len(code)]


def division_levels(code: str) -> dict[str, str]:
    """The code of each level a code lies in, from the top, itself included: {"province": "99", "city": "9901", …}."""
    division_level(code)
    return {name: code[:length] for name, length in LEVEL_LENGTHS.items() if length <= len(code)}


def division_parents(code: str) -> list[str]:
    """The codes above this one, nearest first, up to the county (a district is one database, nothing lies above)."""
    division_level(code)
    return [code[:length] for length in sorted(LEVEL_NAMES, reverse=True) if 6 <= length < len(code)]


def division_parent(code: str) -> str | None:
    """The code one level up, None for a county."""
    parents = division_parents(code)
    return parents[0] if parents else None


def area_range(code: str) -> tuple[str, str]:
    """`(low, high)` so that `low <= code < high` holds for the area and everything in it, the same on every database.

    `high` is the code with its last digit raised by one; after 9 comes ":", which follows it in ASCII and in "C" order.
    """
    division_level(code)
    return code, code[:-1] + chr(ord(code[-1]) + 1)
