"""Rows become cases: checked one by one, written by the block, known ones left alone, bad ones set aside with their reason."""

from __future__ import annotations

import hashlib
import json
import math
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import h3
from django.db import transaction
from django.utils import timezone

from linli.cases.events import HistoryLoaded
from linli.cases.importing.mapping import FIELDS, ImportMap
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
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)  # ids carry the time since then


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


@dataclass(frozen=True)
class Made:
    """A row that can be taken, as a case."""

    number: int
    row: Mapping[str, Any]
    case: Case
    digest: str


OnBad = Callable[[BadRow], None]


def import_requests(
    rows: Iterable[tuple[int, dict[str, Any]]],
    chosen: ImportMap,
    *,
    dry_run: bool = False,
    on_bad: OnBad = lambda _bad: None,
    progress: Callable[[int], None] = lambda _more: None,
) -> Outcome:
    """Bring in foreign history; nobody is told. Run again, it adds only what is not there yet (by source and id).

    Each block is one transaction: broken off at any instant, what was written is whole and the next run goes on.
    Raises BadInput when the map's categories are not in the catalogue.
    """
    _check_categories(chosen)
    outcome, rows = Outcome(), iter(rows)
    met: dict[str, str] = {}  # ids of this run that are not written, with the digest of their row
    while block := list(islice(rows, BLOCK)):
        outcome.read += len(block)
        made = list(_made(block, chosen, outcome, on_bad))
        fresh = list(_fresh(made, chosen, met, outcome, on_bad))
        if fresh and not dry_run:
            _write(fresh, chosen)
        if not dry_run:
            met.clear()
        progress(len(block))
    return outcome


def _check_categories(chosen: ImportMap) -> None:
    unknown = sorted({code for code in chosen.categories.values() if code not in catalogue().categories})
    if unknown:
        raise BadInput("category_unknown", f"The map names categories that no pack has: {', '.join(unknown)}.", field="map")


def _made(block: list, chosen: ImportMap, outcome: Outcome, on_bad: OnBad) -> Iterator[Made]:
    for number, row in block:
        try:
            case = _case(row, chosen)
        except BadInput as bad:
            outcome.bad += 1
            on_bad(BadRow(number, bad.field or "", str(bad.message), row))
            continue
        yield Made(number, row, case, _digest(row, chosen))


def _digest(row: Mapping[str, Any], chosen: ImportMap) -> str:
    """What the row says of all that the map reads: other content under the same id has another one."""
    said = [chosen.value(row, name) for name in FIELDS] + [str(row.get(name) or "") for name in chosen.kept]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[:16]


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
    if not EARLIEST <= reported_at <= timezone.now():
        raise BadInput("date_wrong", f"{reported_at} lies in the future or before 1970.", field=column("reported_at"))
    is_closed = chosen.is_closed(chosen.value(row, "status"), column("status"))
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
    lng, lat = _degrees(raw[0], 180, column("lng")), _degrees(raw[1], 90, column("lat"))
    lng, lat = to_wgs84(lng, lat, chosen.datum)
    lng, lat = lng + chosen.offset[0], lat + chosen.offset[1]
    return lng, lat, areas().grid_at(lng, lat), True


def _degrees(text: str, most: int, column: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not -most <= found <= most:  # NaN is not either
        raise BadInput("place_wrong", f"{text!r} is not a number of degrees from -{most} to {most}.", field=column)
    return found


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


def _fresh(made: list[Made], chosen: ImportMap, met: dict[str, str], outcome: Outcome, on_bad: OnBad) -> Iterator[Made]:
    """Those that are not there yet. One whose id is there with other content is bad: what it says would be lost."""
    met |= _there([one.case.external_id for one in made], chosen)
    for one in made:
        is_new = one.case.external_id not in met
        if met.setdefault(one.case.external_id, one.digest) not in ("", one.digest):
            told = "This id is there already, with other content. The first stays as it is."
            outcome.bad += 1
            on_bad(BadRow(one.number, "+".join(chosen.columns["external_id"]), told, one.row))
            continue
        _compare(one.case, one.row, chosen, outcome)
        if is_new:
            outcome.new += 1
            outcome.outside += not one.case.grid_code
            yield one
        else:
            outcome.known += 1


def _there(ids: list[str], chosen: ImportMap) -> dict[str, str]:
    """Ids that are there, with the digest their first step has kept; "" where it has none (taken over earlier)."""
    cases = dict(Case.objects.filter(source=chosen.source[:40], external_id__in=ids).values_list("id", "external_id"))
    steps = CaseStep.objects.filter(case__in=list(cases), verb="report").values_list("case_id", "data")
    return dict.fromkeys(cases.values(), "") | {cases[case_id]: data.get("digest", "") for case_id, data in steps}


def _write(made: list[Made], chosen: ImportMap) -> None:
    cases = [one.case for one in made]
    steps = [step for one in made for step in _timeline(one.case, one.digest)]
    with transaction.atomic():
        Case.objects.bulk_create(cases, batch_size=BLOCK)
        CaseStep.objects.bulk_create(steps, batch_size=BLOCK)
        emit(SYSTEM, HistoryLoaded(cases=len(cases), source=chosen.source), at=timezone.now())


def _timeline(case: Case, digest: str) -> Iterator[CaseStep]:
    data = {"door": "import", "source": case.source, "external_id": case.external_id, "digest": digest}
    yield CaseStep(
        id=new_id(case.reported_at), case_id=case.pk, verb="report", stage=Stage.REPORTED, at=case.reported_at, data=data
    )
    if not case.is_open:  # also where they do not say when
        yield CaseStep(
            id=_later_id(case), case_id=case.pk, verb="close", was=Stage.REPORTED, stage=Stage.CLOSED,
            at=case.closed_at or case.reported_at, public_text=case.answer, data={"overdue": case.is_overdue},
        )  # fmt: skip


def _later_id(case: Case) -> uuid.UUID:
    """Some rows are closed at or before their opening: the timeline still shows them in this order.

    Within a millisecond ids are in no order; two of them, for an instant may be rounded down by one.
    """
    return new_id(max(case.closed_at or case.reported_at, case.reported_at + timedelta(milliseconds=2)))
