"""Rows become cases: checked one by one, written by the block, known ones left alone, bad ones set aside with their reason."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import h3
from django.db import transaction
from django.utils import timezone

from linli.cases.events import HistoryLoaded
from linli.cases.importing.mapping import ImportMap
from linli.cases.models import Case, CaseStep
from linli.cases.operations.report import CELL_RESOLUTION, MAX_TEXT
from linli.cases.words import tokens
from linli.cases.workflow import QUEUE_OF, Result, Stage
from linli.catalogue.queries import catalogue
from linli.kernel.coordinates import to_wgs84
from linli.kernel.errors import BadInput
from linli.kernel.events import emit
from linli.kernel.identifiers import new_id, new_reference
from linli.kernel.masking import mask_personal_data
from linli.kernel.policy import SYSTEM
from linli.places.queries import areas

BLOCK = 500


@dataclass
class Outcome:
    """What an import did: every row read is in exactly one of new, known, bad."""

    read: int = 0
    new: int = 0
    known: int = 0
    bad: int = 0
    outside: int = 0  # of the new: their place lies outside the district or is not given
    judged: int = 0  # rows with both dates and the city's own verdict
    agreed: int = 0
    disagreements: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class BadRow:
    number: int
    column: str
    message: str
    row: Mapping[str, Any]


def import_requests(
    rows: Iterable[tuple[int, dict[str, Any]]],
    chosen: ImportMap,
    *,
    dry_run: bool = False,
    on_bad: Callable[[BadRow], None] = lambda _bad: None,
    progress: Callable[[int], None] = lambda _more: None,
) -> Outcome:
    """Bring in foreign history; nobody is told. Run again, it adds only what is not there yet (by source and id).

    Each block is one transaction: broken off at any instant, what was written is whole and the next run goes on.
    Raises BadInput when the map's categories are not in the catalogue.
    """
    _check_categories(chosen)
    outcome, rows = Outcome(), iter(rows)
    while block := list(islice(rows, BLOCK)):
        outcome.read += len(block)
        made = list(_made(block, chosen, outcome, on_bad))
        fresh = _fresh(made, chosen, outcome)
        if fresh and not dry_run:
            _write(fresh, chosen)
        progress(len(block))
    return outcome


def _check_categories(chosen: ImportMap) -> None:
    unknown = sorted({code for code in chosen.categories.values() if code not in catalogue().categories})
    if unknown:
        raise BadInput("category_unknown", f"The map names categories that no pack has: {', '.join(unknown)}.", field="map")


def _made(block: list, chosen: ImportMap, outcome: Outcome, on_bad: Callable[[BadRow], None]) -> Iterator[Case]:
    for number, row in block:
        try:
            case = _case(row, chosen)
        except BadInput as bad:
            outcome.bad += 1
            on_bad(BadRow(number, bad.field or "", str(bad.message), row))
            continue
        _compare(case, row, chosen, outcome)
        yield case


def _case(row: Mapping[str, Any], chosen: ImportMap) -> Case:
    """One foreign row as a case. Raises BadInput naming their column."""

    def column(name: str) -> str:
        return "+".join(chosen.columns.get(name, [name]))

    external = chosen.value(row, "external_id")
    if not external:
        raise BadInput("id_missing", "The row has no id.", field=column("external_id"))
    reported_at = chosen.instant(chosen.value(row, "reported_at"), column("reported_at"))
    if reported_at is None:
        raise BadInput("date_missing", "The row does not say when it was reported.", field=column("reported_at"))
    word = chosen.value(row, "category")
    code = chosen.category(word)
    if not code:
        raise BadInput("category_unknown", f"The map has no category for {word!r}, and none for *.", field=column("category"))
    is_closed = chosen.is_closed(chosen.value(row, "status"))
    closed_at = chosen.instant(chosen.value(row, "closed_at"), column("closed_at")) if is_closed else None
    due_at = chosen.instant(chosen.value(row, "due_at"), column("due_at"))
    lng, lat, grid, is_placed = _place(row, chosen, column)
    text = (chosen.value(row, "text") or word)[:MAX_TEXT]
    answer = mask_personal_data(chosen.value(row, "answer")[:MAX_TEXT]).text
    stage = Stage.CLOSED if is_closed else Stage.REPORTED
    lead, _helpers = catalogue().duty(code, grid)
    return Case(
        id=new_id(reported_at),
        reference=new_reference(reported_at),
        stage=stage,
        is_open=not is_closed,
        queue="" if is_closed else QUEUE_OF[Stage.REPORTED],
        result=Result.FIXED if is_closed else "",
        category_id=code,
        text=text,
        public_text=mask_personal_data(text).text,
        words=tokens(f"{text} {chosen.value(row, 'address')}"),
        address=mask_personal_data(chosen.value(row, "address").replace("\n", ", ")[:200]).text,
        lng=lng,
        lat=lat,
        cell=h3.str_to_int(h3.latlng_to_cell(lat, lng, CELL_RESOLUTION)),
        street_code=grid[:9],
        community_code=grid[:12],
        grid_code=grid[:15],
        door="import",
        suggested_unit_id=lead.id if lead else None,
        reported_at=reported_at,
        closed_at=closed_at,
        delivered_at=closed_at,
        due_at=due_at,
        is_overdue=_is_late(closed_at, due_at),
        updated_at=closed_at or reported_at,
        answer=answer,
        attributes=_kept(row, chosen, is_placed),
        source=chosen.source[:40],
        external_id=external[:80],
    )


def _is_late(closed_at: datetime | None, due_at: datetime | None) -> bool:
    """Closed after the limit; without both there is nothing to judge."""
    return closed_at is not None and due_at is not None and closed_at > due_at


def _kept(row: Mapping[str, Any], chosen: ImportMap, is_placed: bool) -> dict[str, str]:
    kept = {name: str(row[name]) for name in chosen.kept if row.get(name)}
    return kept if is_placed else {**kept, "place": "unknown"}


def _place(row: Mapping[str, Any], chosen: ImportMap, column: Callable[[str], str]) -> tuple[float, float, str, bool]:
    """WGS-84 place and grid; a row without a place is put into the middle of the district and says so."""
    raw = chosen.value(row, "lng"), chosen.value(row, "lat")
    if not all(raw):
        return *_middle(), "", False
    try:
        lng, lat = float(raw[0]), float(raw[1])
    except ValueError:
        raise BadInput("place_wrong", f"{raw} is not a place in degrees.", field=column("lng")) from None
    if not (-180 <= lng <= 180 and -90 <= lat <= 90):
        raise BadInput("place_wrong", f"{raw} is not a place in degrees.", field=column("lng"))
    lng, lat = to_wgs84(lng, lat, chosen.datum)
    lng, lat = lng + chosen.offset[0], lat + chosen.offset[1]
    return lng, lat, areas().grid_at(lng, lat), True


def _middle() -> tuple[float, float]:
    grids = areas().grids
    if not len(grids.codes):
        return 0.0, 0.0
    box = grids.bounds()
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _compare(case: Case, row: Mapping[str, Any], chosen: ImportMap, outcome: Outcome) -> None:
    """Hold our verdict on the limit against theirs, where both dates are there."""
    theirs = chosen.value(row, "on_time")
    if not theirs or case.closed_at is None or case.due_at is None:
        return
    outcome.judged += 1
    if (theirs.lower() in chosen.on_time) == (not case.is_overdue):
        outcome.agreed += 1
    else:
        outcome.disagreements.append(case.external_id)


def _fresh(made: list[Case], chosen: ImportMap, outcome: Outcome) -> list[Case]:
    ids = {case.external_id for case in made}
    there = set(Case.objects.filter(source=chosen.source[:40], external_id__in=ids).values_list("external_id", flat=True))
    fresh = {case.external_id: case for case in made if case.external_id not in there}
    outcome.known += len(made) - len(fresh)
    outcome.new += len(fresh)
    outcome.outside += sum(not case.grid_code for case in fresh.values())
    return list(fresh.values())


def _write(cases: list[Case], chosen: ImportMap) -> None:
    steps = [step for case in cases for step in _timeline(case)]
    with transaction.atomic():
        Case.objects.bulk_create(cases, batch_size=BLOCK)
        CaseStep.objects.bulk_create(steps, batch_size=BLOCK)
        emit(SYSTEM, HistoryLoaded(cases=len(cases), source=chosen.source), at=timezone.now())


def _timeline(case: Case) -> Iterator[CaseStep]:
    data = {"door": "import", "source": case.source, "external_id": case.external_id}
    yield CaseStep(
        id=new_id(case.reported_at), case_id=case.pk, verb="report", stage=Stage.REPORTED, at=case.reported_at, data=data
    )
    if case.closed_at:
        yield CaseStep(
            id=_later_id(case), case_id=case.pk, verb="close", was=Stage.REPORTED, stage=Stage.CLOSED, at=case.closed_at,
            public_text=case.answer, data={"overdue": case.is_overdue},
        )  # fmt: skip


def _later_id(case: Case) -> uuid.UUID:
    """Some rows are closed at or before their opening: the timeline still shows them in this order.

    Within a millisecond ids are in no order; two of them, for an instant may be rounded down by one.
    """
    return new_id(max(case.closed_at or case.reported_at, case.reported_at + timedelta(milliseconds=2)))
