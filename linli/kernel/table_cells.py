"""A cell as a value, and a value as a cell: one reader and one writer for each kind of column.

Readers take whatever a person may have typed or a program may have made of it, and raise ValueError with a sentence that
says what to do. Numbers of 15 and more digits are refused: a spreadsheet has already rounded them.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.kernel.table_files import Cell

KINDS = ("text", "integer", "decimal", "date", "datetime", "code", "boolean", "longdigits")
Value = str | int | Decimal | date | datetime | bool | None
EXCEL_DIGITS = 10**14  # from 15 digits on
EXCEL_EPOCH = date(1899, 12, 30)
EXCEL_DAYS = range(1, 2_958_466)
# Invisible controls (NUL, bells …) and marks that turn the writing direction, with which text can be made to lie.
CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
TRUE_WORDS = frozenset("是 有 对 真 √ ✓ yes y true t 1".split())  # noqa: SIM905
FALSE_WORDS = frozenset("否 无 错 假 × ✗ no n false f 0".split())  # noqa: SIM905
DATE_PATTERN = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII)
CLOCK_PATTERN = re.compile(
    r"[T\s]*([0-9]{1,2})(?:[:时点]([0-9]{1,2}))?(?:[:分]([0-9]{1,2})(?:\.[0-9]+)?)?[分秒时点]?\s*(Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.ASCII,
)


def clean_text(text: str) -> str:
    """Text without invisible controls, with plain line ends and no blanks around it."""
    return CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def plain(text: str) -> str:
    """Text for comparing and counting: full-width forms made plain, blanks around it gone."""
    return unicodedata.normalize("NFKC", clean_text(text)).strip()


def is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not clean_text(cell))


def shown(cell: Cell) -> str:
    """The cell as the person saw it, for messages and for the list of errors."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e20:
        return str(int(cell))
    return clean_text(cell) if isinstance(cell, str) else str(cell)


def _refuse_rounded(cell: Cell) -> None:
    """Spreadsheets keep 15 digits of a number and turn the rest into zeros."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= EXCEL_DIGITS:
        raise ValueError(
            _("a number of 15 or more digits has been rounded by the spreadsheet; set the column to text and type it again")
        )


def read_text(cell: Cell) -> str:
    _refuse_rounded(cell)
    return shown(cell)


def read_code(cell: Cell) -> str:
    """Letters and digits without blanks: category codes, area codes."""
    _refuse_rounded(cell)
    code = re.sub(r"\s", "", plain(shown(cell)))
    if isinstance(cell, float) and not cell.is_integer():
        raise ValueError(_("“%(value)s” is not a code; set the column to text and type it again") % {"value": cell})
    return code


def read_longdigits(cell: Cell) -> str:
    """Identity numbers, phones, card numbers: kept letter for letter but for blanks and dashes."""
    _refuse_rounded(cell)
    digits = re.sub(r"[\s\-]", "", plain(shown(cell))).upper()
    if not re.fullmatch(r"\+?[0-9]+X?", digits, re.ASCII):
        raise ValueError(_("“%(value)s” is not a number made of digits") % {"value": shown(cell)})
    return digits


def read_integer(cell: Cell) -> int:
    number = read_decimal(cell)
    if number != number.to_integral_value():
        raise ValueError(_("“%(value)s” is not a whole number") % {"value": shown(cell)})
    return int(number)


def read_decimal(cell: Cell) -> Decimal:
    _refuse_rounded(cell)
    wrong = _("“%(value)s” is not a number") % {"value": shown(cell)}
    if cell is None or isinstance(cell, bool | date):
        raise ValueError(wrong)
    if isinstance(cell, float) and not math.isfinite(cell):
        raise ValueError(wrong)
    text = plain(cell).replace(",", "") if isinstance(cell, str) else repr(cell)
    if len(text) > 100 or not re.fullmatch(r"[+-]?[0-9]*\.?[0-9]+(e[+-]?[0-9]{1,2})?", text, re.ASCII | re.IGNORECASE):
        raise ValueError(wrong)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(wrong) from None
    return number.quantize(Decimal(1)) if isinstance(cell, float) and number == number.to_integral_value() else number


def read_boolean(cell: Cell) -> bool:
    if isinstance(cell, bool):
        return cell
    word = plain(shown(cell)).casefold()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError(_("“%(value)s” is neither yes nor no") % {"value": shown(cell)})


def _day_of_serial(cell: float) -> date:
    days = int(cell)
    if days not in EXCEL_DAYS:
        raise ValueError(_("“%(value)s” is not a date; write it like 2026-11-21") % {"value": shown(cell)})
    return EXCEL_EPOCH + timedelta(days=days)


def _day_of_text(text: str, wrong: str) -> tuple[date, str]:
    """The day at the beginning of the text, and what follows it."""
    match = DATE_PATTERN.match(text)
    if match is None:
        raise ValueError(wrong)
    year, month, day = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, day), text[match.end() :]
    except ValueError:
        raise ValueError(wrong) from None


def read_date(cell: Cell) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    wrong = _("“%(value)s” is not a date; write it like 2026-11-21") % {"value": shown(cell)}
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        # A number such as 20261121 is a date typed without dashes, not a day far in the future.
        return _day_of_text(str(int(cell)), wrong)[0] if 19_000_101 <= cell <= 29_991_231 else _day_of_serial(cell)
    day, rest = _day_of_text(plain(shown(cell)), wrong)
    if rest and not CLOCK_PATTERN.fullmatch(rest):
        raise ValueError(wrong)
    return day


def read_datetime(cell: Cell) -> datetime:
    """An instant; without a zone in the text, the clock is the district's."""
    zone = timezone.get_default_timezone()
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=zone) if cell.tzinfo is None else cell
    if isinstance(cell, date):
        return datetime.combine(cell, time(), zone)
    wrong = _("“%(value)s” is not a date and time; write it like 2026-11-21 08:30") % {"value": shown(cell)}
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        day = _day_of_serial(cell)
        return datetime.combine(day, time(), zone) + timedelta(seconds=round((cell - int(cell)) * 86_400))
    day, rest = _day_of_text(plain(shown(cell)), wrong)
    match = CLOCK_PATTERN.fullmatch(rest) if rest else None
    if rest and match is None:
        raise ValueError(wrong)
    hour, minute, second = (int(part or 0) for part in match.groups()[:3]) if match else (0, 0, 0)
    try:
        clock = time(hour, minute, second)
    except ValueError:
        raise ValueError(wrong) from None
    return datetime.combine(day, clock, _zone_of(match[4]) if match and match[4] else zone)


def _zone_of(text: str) -> timezone.datetime.tzinfo:  # type: ignore[name-defined]
    return UTC if text == "Z" else datetime.strptime(text, "%z").tzinfo


READERS: dict[str, Callable[[Cell], Value]] = {
    "text": read_text,
    "integer": read_integer,
    "decimal": read_decimal,
    "date": read_date,
    "datetime": read_datetime,
    "code": read_code,
    "boolean": read_boolean,
    "longdigits": read_longdigits,
}

# --- writing ---


def written(value: Value) -> str:
    """A value as text that its reader reads back."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        local = timezone.localtime(value, timezone.get_default_timezone()) if value.tzinfo else value
        return local.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else str(value)
