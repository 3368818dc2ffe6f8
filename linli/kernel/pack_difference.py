"""The difference between packs and what is loaded, and writing it: one transaction, one event, nothing the second time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from linli.kernel import snapshots
from linli.kernel.events import Happening, emit, event
from linli.kernel.models import Setting
from linli.kernel.packs import LOADED, Column, Pack, Row, Table, tables
from linli.kernel.policy import SYSTEM

BATCH = 500


@event
@dataclass(frozen=True)
class PackLoaded(Happening):
    """A pack was loaded and something changed by it."""

    name = "kernel.pack.loaded"
    subject = ""

    pack: str
    version: str
    added: int
    changed: int
    removed: int


@dataclass
class Change:
    """One row that is added, changed, removed, or kept although the pack says otherwise."""

    kind: str  # added | changed | removed | kept
    table: Table
    key: tuple[str, ...]
    pack: str
    row: Row | None = None
    stored_id: Any = None
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)  # column: (was, becomes)

    def __str__(self) -> str:
        sign = {"added": "+", "changed": "~", "removed": "-", "kept": "="}[self.kind]
        title = self.row.values.get(self.table.title, "") if self.row and self.table.title else ""
        shown = " ".join(part[:40] for part in self.key if part)
        line = f"{sign} {shown}{f'  {title}' if title else ''}"
        if self.fields:
            line += "  " + ", ".join(f"{name}: {_short(was)} → {_short(new)}" for name, (was, new) in self.fields.items())
        if self.kind == "removed":
            line += f"  (is {self.table.retired})"
        if self.kind == "kept":
            line += "  (kept: set here, not by this pack)"
        return line


def _short(value: Any) -> str:
    shown = str(value)
    return shown if len(shown) <= 40 else shown[:37] + "…"


@dataclass
class Difference:
    """Everything that loading the packs would do."""

    packs: list[Pack]
    changes: list[Change]

    def of(self, table: Table) -> list[Change]:
        return [change for change in self.changes if change.table is table]

    @property
    def is_empty(self) -> bool:
        return all(change.kind == "kept" for change in self.changes)

    def counts(self) -> Counter[str]:
        return Counter(change.kind for change in self.changes)

    def lines(self, *, at_most: int = 12) -> Iterator[str]:
        """The difference to read: per file its counts and the first rows."""
        for table in tables().values():
            changes = self.of(table)
            if not changes:
                continue
            counts = Counter(change.kind for change in changes)
            yield f"{table.name}: " + ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
            changes.sort(key=lambda change: change.kind == "added")  # what is lost or altered first
            yield from (f"  {change}" for change in changes[:at_most])
            if len(changes) > at_most:
                yield f"  … and {len(changes) - at_most} more"


def difference(packs: list[Pack]) -> Difference:
    """Compare packs, later ones over earlier ones, with what is stored."""
    names = {pack.name for pack in packs}
    changes: list[Change] = []
    for table in tables().values():
        wanted: dict[tuple[str, ...], Row] = {}
        for pack in packs:
            wanted.update((table.key_of(row.values), row) for row in pack.rows.get(table.name, []))
        changes += _compare(table, wanted, stored_rows(table), names)
    return Difference(packs, changes)


@dataclass(frozen=True)
class Stored:
    """A stored row in the file's own terms."""

    id: Any
    pack: str
    values: dict[str, Any]
    rests: bool


def stored_rows(table: Table) -> dict[tuple[str, ...], Stored]:
    """What is stored of a table, by key."""
    rows = table.model._default_manager.all()
    resting = set(rows.filter(table.resting).values_list("pk", flat=True)) if table.resting is not None else set()
    columns = {column.name: column for column in table.columns}
    found = {}
    for item in _tuples(table):
        values = {
            name: "" if value is None and column.refers else value
            for (name, column), value in zip(columns.items(), item[2:], strict=True)
        }
        found[table.key_of(values)] = Stored(item[0], item[1], values, item[0] in resting)
    return found


def _tuples(table: Table) -> Iterator[tuple[Any, ...]]:
    """Id, pack and the columns of every stored row; encrypted fields are opened, so those tables come as objects."""
    paths = [column.path for column in table.columns]
    rows = table.model._default_manager.all()
    if table.related is None:
        pack = [table.pack_path] if table.has_pack else []
        for item in rows.values_list("pk", *pack, *paths).iterator(chunk_size=2000):
            yield item if pack else (item[0], "", *item[1:])
        return
    for row in rows.select_related(*table.related).iterator(chunk_size=2000):
        yield (row.pk, *(_at(row, path) for path in [table.pack_path, *paths]))


def _at(row: Any, path: str) -> Any:
    for part in path.split("__"):
        row = getattr(row, part)
    return str(row) if isinstance(row, str) else row


def _compare(table: Table, wanted: dict[Any, Row], stored: dict[Any, Stored], names: set[str]) -> Iterator[Change]:
    for key, row in wanted.items():
        if key not in stored:
            yield Change("added", table, key, row.pack, row)
            continue
        was = stored[key]
        fields = {
            column.name: (was.values[column.name], row[column.name])
            for column in table.columns
            if was.values[column.name] != row[column.name]
        }
        if was.rests and table.revive:
            fields["(row)"] = ("at rest", "in use")
        if fields:
            kind = "kept" if table.has_pack and was.pack not in names else "changed"
            yield Change(kind, table, key, row.pack, row, was.id, fields)
    if table.has_pack:
        for key, was in stored.items():
            if was.pack in names and key not in wanted and not was.rests:
                yield Change("removed", table, key, was.pack, None, was.id)


@transaction.atomic
def load(found: Difference) -> Counter[str]:
    """Write the difference. All or nothing; emits kernel.pack.loaded for each pack if anything changed."""
    if found.is_empty:
        for pack in found.packs:
            _remember(pack)
        return Counter()
    touched: set[str] = set()
    for table in tables().values():
        changes = found.of(table)
        if any(change.kind != "kept" for change in changes):
            if table.is_ordered:
                changes = _all_anew(table, found.packs)
            _write(table, changes)
            touched.add(table.snapshot)
    for table in reversed([table for table in tables().values() if not table.is_ordered]):
        _retire(table, [change for change in found.of(table) if change.kind == "removed"])
    for pack in found.packs:
        _remember(pack)
        counts = Counter(change.kind for change in found.changes if change.pack == pack.name)
        if counts["added"] or counts["changed"] or counts["removed"]:
            version = str(pack.info.get("version", ""))
            emit(SYSTEM, PackLoaded(pack.name, version, counts["added"], counts["changed"], counts["removed"]))
    for name in sorted(touched - {""} | {"settings"}):
        snapshots.changed(name)
    return found.counts()


def _remember(pack: Pack) -> None:
    """Keep which version of a pack is loaded; the digest tells whether its files are others now."""
    info = {name: pack.info.get(name, "") for name in ("version", "title_zh", "title_en")}
    value = {**info, "digest": pack.digest}
    if not Setting.objects.filter(key=LOADED + pack.name, value=value).exists():
        Setting.objects.update_or_create(key=LOADED + pack.name, defaults={"value": value})


def loaded_digest(name: str) -> str:
    """The digest of the pack as last loaded; empty if never."""
    row = Setting.objects.filter(key=LOADED + name).first()
    return str(row.value.get("digest", "")) if row else ""


def _ids(column: Column) -> dict[str, Any]:
    """Ids of the rows that a column refers to, by the key the file uses."""
    table = tables()[column.refers]
    path = table.column(table.key[0]).path
    return {str(key): pk for key, pk in table.model._default_manager.values_list(path, column.target)}


def _all_anew(table: Table, packs: list[Pack]) -> list[Change]:
    """For rows whose order counts: take those of the packs away and add all of them again."""
    table.model._default_manager.filter(pack__in=[pack.name for pack in packs]).delete()
    rows = [row for pack in packs for row in pack.rows.get(table.name, [])]
    return [Change("added", table, table.key_of(row.values), row.pack, row) for row in rows]


def _write(table: Table, changes: list[Change]) -> None:
    added = [change.row for change in changes if change.kind == "added" and change.row]
    changed = [(change.stored_id, change.row) for change in changes if change.kind == "changed" and change.row]
    if table.write:
        table.write(added, changed)
        return
    to_self = next((column for column in table.columns if column.stores_id and column.refers == table.name), None)
    ids = {column.name: _ids(column) for column in table.columns if column.stores_id}
    model: Any = table.model
    for batch in _parents_first(added, table, to_self):
        instances = [model(**_attributes(table, row, ids)) for row in batch]
        model._default_manager.bulk_create(instances, batch_size=BATCH)
        if to_self:
            ids[to_self.name] = _ids(to_self)
    stored = model._default_manager.in_bulk([stored_id for stored_id, _row in changed])
    for stored_id, row in changed:
        attributes = _attributes(table, row, ids)
        for name, value in attributes.items():
            setattr(stored[stored_id], name, value)
    if changed:
        names = [name for name in attributes if name != model._meta.pk.attname]
        model._default_manager.bulk_update(stored.values(), names, batch_size=BATCH)


def _attributes(table: Table, row: Row, ids: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A row of the file as attributes of the model."""
    attributes: dict[str, Any] = {**table.revive, **({table.pack_path: row.pack} if table.has_pack else {})}
    for column in table.columns:
        value = row[column.name]
        if column.stores_id:
            attributes[column.attribute] = ids[column.name][value] if value else None
        else:
            attributes[column.path] = value
    return attributes


def _parents_first(rows: list[Row], table: Table, to_self: Column | None) -> Iterator[list[Row]]:
    """The rows in batches, each of which refers only to earlier ones."""
    if to_self is None:
        yield rows
        return
    waiting = {table.key_of(row.values)[0]: row for row in rows}
    while waiting:
        ready = {key: row for key, row in waiting.items() if row[to_self.name] not in waiting}
        if not ready:
            raise ValueError(f"{table.file}: rows that stand above each other in a ring: {', '.join(waiting)}")
        yield list(ready.values())
        waiting = {key: row for key, row in waiting.items() if key not in ready}


def _retire(table: Table, changes: list[Change]) -> None:
    if changes:
        rows = table.model._default_manager.in_bulk([change.stored_id for change in changes])
        table.retire(list(rows.values()))
