"""Packs: data of a locality in files, described once and used for checking, comparing, loading and the reference.

A module registers its tables in its own `packs.py`: which file, which columns, what each means, how it is read, which
other table it refers to, and what happens to a row that has gone from the file. Values are compared as the file has
them, so loading twice changes nothing. How a difference is found and written is in `pack_difference.py`.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.module_loading import autodiscover_modules

from linli.kernel import options
from linli.kernel.loading import load_everything
from linli.kernel.models import CalendarDay, Setting
from linli.kernel.pack_values import (
    TOO_MANY,
    PackUnreadable,
    Raw,
    Reader,
    as_it_is,
    day,
    one_of,
    read_csv,
    read_object,
    read_pairs,
    text,
    yes_no,
)

FileReader = Callable[[Path], Iterator[tuple[int, Raw]]]
LOADED = "packs.loaded."  # + name: version, titles and digest of what was loaded


@dataclass(frozen=True)
class Column:
    """A column of a file: its meaning, how it is read, where it is stored, and to which table it refers.

    `source` is the ORM path that gives the stored value in the file's own terms, `attribute` the model attribute
    that takes it; where they differ, `refers` names the table whose key is turned into a row's id.
    """

    name: str
    meaning: str
    read: Reader = field(default_factory=text)
    required: bool = False
    default: Any = ""
    refers: str = ""
    source: str = ""
    attribute: str = ""
    target: str = "pk"  # of the row referred to: what `attribute` takes

    @property
    def path(self) -> str:
        return self.source or self.name

    @property
    def stores_id(self) -> bool:
        return bool(self.attribute) and self.attribute != self.path


@dataclass
class Row:
    """A row as read: where it stands and its values by column."""

    file: str
    number: int
    values: Raw
    pack: str = ""

    def __getitem__(self, column: str) -> Any:
        return self.values[column]


@dataclass(frozen=True)
class Problem:
    """What is wrong, where, and what to do."""

    file: str
    row: int | None
    column: str
    message: str

    def __str__(self) -> str:
        where = [self.file]
        if self.row is not None:
            where.append(f"row {self.row}")
        if self.column:
            where.append(f"column {self.column}")
        return f"{', '.join(where)}: {self.message}"


RowCheck = Callable[[Row], Iterable[tuple[str, str]]]
AllCheck = Callable[[list[Row], "Known"], Iterable[tuple[Row, str, str]]]
Retire = Callable[[list[Any]], None]


def delete(rows: list[Any]) -> None:
    """For rows that nothing keeps: they are configuration and no more."""
    for row in rows:
        row.delete()


@dataclass
class Table:
    """A file of a pack and the model its rows become.

    `name` is the file's name, with a word behind it when several tables come out of one file. A row that has gone
    from the file is put to rest by `retire`; `resting` finds those that rest already, `revive` wakes one that is
    back in the file.
    """

    name: str
    model: type[models.Model]
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    meaning: str
    file: str = ""
    snapshot: str = ""
    retire: Retire = delete
    retired: str = "deleted"  # in words, for the difference
    resting: models.Q | None = None
    revive: Raw = field(default_factory=dict)
    pack_path: str = "pack"
    is_ordered: bool = False  # the order of the rows counts: any change writes all of them anew
    related: tuple[str, ...] | None = None  # to be read as objects with these relations: for encrypted fields
    title: str = ""  # the column shown beside the key
    checks: tuple[Column, ...] = ()  # columns of the file that are checked and stored nowhere
    ignores: tuple[str, ...] = ()  # columns of the file that another table reads, or nobody
    stays_out: Callable[[Row], bool] | None = None  # rows that are checked like the others and not loaded
    write: Callable[[list[Row], list[tuple[Any, Row]]], None] | None = None  # rows to add; ids and rows to change
    check_row: RowCheck | None = None
    check_all: AllCheck | None = None
    read_file: FileReader = read_csv
    extra_keys: Callable[[Row], Iterable[str]] | None = None  # other names a row may be referred to by

    def __post_init__(self) -> None:
        self.file = self.file or self.name

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def key_of(self, values: Raw) -> tuple[str, ...]:
        return tuple(_as_key(values[name]) for name in self.key)

    @property
    def has_pack(self) -> bool:
        return bool(self.pack_path)


def _as_key(value: Any) -> str:
    if isinstance(value, dict | list):
        return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
    return "" if value is None else str(value)


_TABLES: dict[str, Table] = {}
_discovered = False


def register(*found: Table) -> None:
    """Register tables; they are loaded in the order of the modules, lowest first."""
    for table in found:
        _TABLES[table.name] = table


def tables() -> dict[str, Table]:
    """Every table of every module by name, in the order in which they are loaded."""
    global _discovered
    if not _discovered:
        autodiscover_modules("packs")
        _discovered = True
    return _TABLES


@dataclass
class Pack:
    """A pack as read from its folder."""

    name: str
    folder: Path
    info: Raw
    rows: dict[str, list[Row]]
    problems: list[Problem]
    digest: str
    others: dict[str, list[Row]] = field(default_factory=dict)  # rows that stay out, by table
    unread: set[str] = field(default_factory=set)  # tables whose file cannot be read at all


class Known:
    """Keys that may be referred to: of the packs at hand and, where asked, of what is already loaded."""

    def __init__(self, packs: Iterable[Pack], *, with_stored: bool = False):
        self._keys: dict[str, set[str]] = {}
        self._values: dict[tuple[str, str], Raw] = {}
        self._unread: set[str] = set()
        for pack in packs:
            self._unread |= pack.unread
            for name, rows in pack.rows.items():
                table = tables()[name]
                keys = self._keys.setdefault(name, set())
                for row in rows:
                    key = _as_key(row.values.get(table.key[0]))
                    keys.add(key)
                    self._values[name, key] = row.values
                    if table.extra_keys:
                        keys.update(table.extra_keys(row))
        if with_stored:
            for name, table in tables().items():
                path = table.column(table.key[0]).path
                stored = table.model._default_manager.values_list(path, flat=True)
                self._keys.setdefault(name, set()).update(map(_as_key, stored))

    def __contains__(self, reference: tuple[str, str]) -> bool:
        name, key = reference
        return key in self._keys.get(name, ()) or name in self._unread  # nobody can tell

    def values(self, name: str, key: str) -> Raw | None:
        """The row of a pack at hand that has this key."""
        return self._values.get((name, key))

    def like(self, name: str, key: str) -> str:
        """A hint: the key that was perhaps meant."""
        close = difflib.get_close_matches(key, self._keys.get(name, ()), n=1)
        return f"; did you mean “{close[0]}”?" if close else ""


def folder_of(name: str) -> Path:
    """The folder of a pack given by path or by name."""
    for folder in (Path(name), built_in(name)):
        if (folder / "pack.json").is_file():
            return folder
    raise PackUnreadable(f"{name}: no pack there; a pack is a folder with a pack.json")


def built_in(name: str) -> Path:
    """Where a pack of this name lies among those that come along."""
    return Path(settings.BASE_DIR) / "packs" / name


def read_pack(folder: Path) -> Pack:
    """Read a whole pack; what cannot be read of it stands in `problems`."""
    info = read_object(folder / "pack.json")
    pack = Pack(str(info.get("name") or folder.name), folder, info, {}, [], pack_digest(folder))
    for needed in ("name", "version", "title_zh", "title_en"):
        if not info.get(needed):
            pack.problems.append(Problem(f"{folder.name}/pack.json", None, needed, "is missing; add it"))
    if not isinstance(info.get("requires") or [], list):
        info["requires"] = []
        message = "is a list of names of packs; write it like [“china”]"
        pack.problems.append(Problem(f"{folder.name}/pack.json", None, "requires", message))
    for table in tables().values():
        if (folder / table.file).is_file():
            _read_table(pack, table, folder / table.file)
    pack.problems += _strange_files(folder)
    return pack


def with_required(packs: list[Pack]) -> list[Pack]:
    """The packs and, before them, those they need that lie beside them or come along, and what those need."""
    found = {pack.name: pack for pack in packs}
    waiting = list(packs)
    while waiting:
        pack = waiting.pop()
        for name in _required(pack):
            folders = (folder for folder in (pack.folder.parent / name, built_in(name)) if (folder / "pack.json").is_file())
            if name not in found and (folder := next(folders, None)):
                found = {name: read_pack(folder), **found}
                waiting.append(found[name])
    return list(found.values())


def _required(pack: Pack) -> list[str]:
    return [str(name) for name in pack.info.get("requires") or []]


def _missing(packs: list[Pack], *, with_stored: bool) -> Iterator[Problem]:
    """Packs that one of these needs and that are neither at hand nor, where asked, loaded."""
    at_hand = {pack.name for pack in packs}
    for pack in packs:
        for name in _required(pack):
            if name in at_hand or (with_stored and Setting.objects.filter(key=LOADED + name).exists()):
                continue
            message = f"no pack “{name}” lies beside this one or comes along"
            if with_stored:
                message = f"the pack “{name}” is not loaded; load it first, or name both: {name} {pack.folder}"
            yield Problem(f"{pack.folder.name}/pack.json", None, "requires", message)


def pack_digest(folder: Path) -> str:
    """A number that changes when any data file of the pack changes."""
    seen = hashlib.sha256()
    for file in sorted(_known_files()):
        path = folder / file
        if path.is_file():
            seen.update(file.encode() + b"\0" + path.read_bytes())
    return seen.hexdigest()


def _known_files() -> set[str]:
    return {"pack.json", "areas.geojson", *(table.file for table in tables().values())}


def _strange_files(folder: Path) -> Iterator[Problem]:
    known = _known_files()
    for path in sorted(folder.glob("*")):
        if path.suffix in (".csv", ".json", ".geojson") and path.name not in known:
            close = difflib.get_close_matches(path.name, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else f"; known are {', '.join(sorted(known))}"
            yield Problem(f"{folder.name}/{path.name}", None, "", f"no table has this name{hint}")


def _read_table(pack: Pack, table: Table, path: Path) -> None:
    shown = f"{pack.folder.name}/{table.file}"
    try:
        raws = list(table.read_file(path))
    except PackUnreadable as error:
        name, _colon, message = str(error).partition(": ")  # of the file itself, or of one beside it
        pack.problems.append(Problem(f"{pack.folder.name}/{name}", None, "", message))
        pack.unread.add(table.name)
        return
    if raws:
        pack.problems += _strange_columns(table, shown, raws[0][1])
    rows = pack.rows.setdefault(table.name, [])
    seen: dict[tuple[str, ...], int] = {}
    for number, raw in raws:
        row = Row(shown, number, {}, pack.name)
        problems = list(_read_row(table, row, raw))
        pack.problems += problems
        if problems:
            continue
        key = table.key_of(row.values)
        if key in seen:
            message = f"{' '.join(key)} stands in row {seen[key]} already"
            pack.problems.append(Problem(shown, number, table.key[0], message))
            continue
        seen[key] = number
        stays_out = table.stays_out and table.stays_out(row)
        (pack.others.setdefault(table.name, []) if stays_out else rows).append(row)


def _strange_columns(table: Table, shown: str, raw: Raw) -> Iterator[Problem]:
    known = {column.name for column in (*table.columns, *table.checks)} | set(table.ignores)
    for name in [name for name in raw if name != TOO_MANY]:
        if name not in known:
            close = difflib.get_close_matches(str(name), known, n=1)
            hint = f"; did you mean {close[0]}?" if close else f"; known are {', '.join(sorted(known))}"
            yield Problem(shown, 1, str(name), f"no such column{hint}")
    for column in table.columns:
        if column.required and column.name not in raw:
            yield Problem(shown, 1, column.name, f"the column is missing: {column.meaning}")


def _read_row(table: Table, row: Row, raw: Raw) -> Iterator[Problem]:
    if more := " ".join(raw.get(TOO_MANY, ())).strip():
        yield Problem(row.file, row.number, "", f"more cells than columns: “{more}”; put a cell with a comma in quotation marks")
    for column in (*table.columns, *table.checks):
        given = raw.get(column.name)
        if given is None:
            given = column.default
        if column.required and given == "":
            yield Problem(row.file, row.number, column.name, f"is empty: {column.meaning}")
            continue
        try:
            row.values[column.name] = column.read(given)
        except ValueError as error:
            yield Problem(row.file, row.number, column.name, str(error))


def check(packs: list[Pack], *, with_stored: bool = False) -> list[Problem]:
    """Everything that is wrong in the packs: unreadable values, references to nothing, broken rules.

    They may refer to what the packs they need hold, or with `with_stored` to what is loaded. Where one of those is
    missing, only that is said: every reference into it would look like a mistake.
    """
    everything = packs if with_stored else with_required(packs)
    if missing := list(_missing(everything, with_stored=with_stored)):
        return missing
    known = Known(everything, with_stored=with_stored)
    problems: list[Problem] = []
    for pack in packs:
        problems += pack.problems
        for name, rows in pack.rows.items():
            table = tables()[name]
            rows = rows + pack.others.get(name, [])
            for row in rows:
                problems += _check_references(table, row, known)
                if table.check_row:
                    problems += [Problem(row.file, row.number, *found) for found in table.check_row(row)]
            if table.check_all:
                found_all = table.check_all(rows, known)
                problems += [Problem(row.file, row.number, column, message) for row, column, message in found_all]
    return list(dict.fromkeys(problems))  # two tables of one file find the same


def _check_references(table: Table, row: Row, known: Known) -> Iterator[Problem]:
    for column in table.columns:
        if not column.refers:
            continue
        value = row.values[column.name]
        for key in value if isinstance(value, list) else str(value).split() if value else []:
            if (column.refers, key) not in known:
                hint = known.like(column.refers, key)
                message = f"“{key}” does not stand in {tables()[column.refers].file}{hint}"
                yield Problem(row.file, row.number, column.name, message)


# The kernel's own tables.


def check_setting(row: Row) -> Iterable[tuple[str, str]]:
    """The key is a declared option and the value one that the program can work with."""
    load_everything()
    known = options.options()
    key, value = row["key"], row["value"]
    if key not in known:
        close = difflib.get_close_matches(key, known, n=1)
        hint = f"; did you mean “{close[0]}”?" if close else "; `linli docs` lists them in settings.md"
        yield key, f"no option has this key{hint}"
        return
    if mistake := known[key].mistake(value):
        yield key, mistake


def check_named(rows: list[Row], known: Known) -> Iterable[tuple[Row, str, str]]:
    """What a value speaks of stands in the catalogue."""
    for row in rows:
        option = options.options().get(row["key"])
        if option is None or option.names is None or option.mistake(row["value"]):
            continue
        for file, key in option.names(row["value"]):
            if (file, key) not in known:
                yield row, row["key"], f"“{key}” does not stand in {file}{known.like(file, key)}"


SETTINGS = Table(
    name="settings.json",
    model=Setting,
    meaning="Options of the place: one object, key to value. The reference lists every key with its default.",
    key=("key",),
    snapshot="settings",
    check_row=check_setting,
    check_all=check_named,
    read_file=read_pairs,
    retired="as the default again",
    columns=(
        Column("key", "Dotted key of a declared option.", text(80), required=True),
        Column("value", "Its value.", as_it_is),
    ),
)
CALENDAR = Table(
    name="calendar.csv",
    model=CalendarDay,
    meaning="Public holidays and make-up working days; all other days are what their weekday says.",
    key=("date",),
    title="name_zh",
    snapshot="calendar",
    pack_path="",
    columns=(
        Column("date", "The day.", day, required=True, source="day"),
        Column("kind", "holiday or workday.", one_of("holiday", "workday"), required=True),
        Column("name_zh", "Name in Chinese.", text(40)),
        Column("name_en", "Name in English.", text(60)),
        Column("is_provisional", "Not announced yet: expected.", yes_no()),
    ),
)
register(SETTINGS, CALENDAR)
