"""Shapes of what the API of cases takes and gives; they make the OpenAPI description.

What is taken is checked by them. What is given is built as plain dictionaries (`showing.py`) and only described here; the
fuzz test holds the two together.
"""

# Shapes are made by functions and from tables, which only pydantic reads.
# mypy: disable-error-code="valid-type"
from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from linli.cases.models import LEVELS
from linli.cases.operations import TAKE
from linli.cases.operations.report import MAX_TEXT
from linli.cases.queries.lists import LIGHTS, ORDERS, TABS
from linli.cases.workflow import Result, Stage
from linli.kernel.endpoints import Body, Day, Instant, Latitude, Longitude, RowId, bounded

StageName = Literal[tuple(Stage.values)]
ResultName = Literal[tuple(Result.values)]
LevelName = Literal[tuple(code for code, _name in LEVELS)]
VerbName = Literal[tuple(TAKE)]
LightName = Literal[LIGHTS]
AreaCode = Annotated[str, Field(pattern=r"^[0-9]{6,17}$", description="An area by its code: 6, 9, 12, 15 or 17 digits.")]
Attribute = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] | bool | Annotated[int, Field(ge=-(2**53), le=2**53)]
Plain = dict[str, Any]


# --- taken ------------------------------------------------------------------------------------------------------------


class Contact(Body):
    """How the reporter can be reached. Encrypted in store and never in an answer, unless revealed for a reason."""

    name: bounded(60) = ""
    phone: bounded(30) = ""
    email: bounded(200) = ""


class NewReport(Body):
    """A report. `id` is the sender's own UUID: the same id with the same content gives the same answer."""

    id: UUID | None = None
    category: bounded(8, 1)
    text: bounded(MAX_TEXT, 1)
    lng: Longitude
    lat: Latitude
    datum: Literal["wgs84", "gcj02", "bd09"] = "wgs84"
    address: bounded(200) = ""
    contact: Contact = Contact()
    photos: Annotated[list[UUID], Field(max_length=9)] = []
    device_at: Instant | None = None
    component_code: bounded(16) = ""
    attributes: Annotated[dict[bounded(40, 1), Attribute], Field(max_length=20)] = {}
    is_public: bool = True


class NewReports(Body):
    """Up to 500 reports, taken in all or none."""

    reports: Annotated[list[NewReport], Field(min_length=1, max_length=500)]


class Filter(Body):
    """What a list shows."""

    tab: Literal[TABS] = "all"
    scope: Annotated[
        Literal["mine", "public"], Field(description="`mine`: what the asker's post covers; `public`: what has a public page.")
    ] = "mine"
    q: bounded(100) = ""
    stage: StageName | None = None
    state: Literal["open", "closed"] | None = None
    light: LightName | None = None
    category: Annotated[bounded(8), Field(description="A category or its class.")] = ""
    area: AreaCode | None = None
    unit: RowId | None = None
    door: bounded(10) = ""
    level: LevelName | None = None
    result: ResultName | None = None
    situation: UUID | None = None
    since: Annotated[Day | None, Field(description="First day of reporting, local.")] = None
    until: Annotated[Day | None, Field(description="Last day of reporting, local.")] = None
    order: Literal[ORDERS] = "newest"


class ListFilter(Filter):
    """What a list shows, and which page of it."""

    after: Annotated[bounded(80), Field(description="`next` of the page before.")] = ""
    size: Annotated[int, Field(ge=1, le=200)] = 50


class PointFilter(Filter):
    """What a map shows: the filter of lists, and a box west,south,east,north in WGS-84."""

    box: bounded(100) = ""
    most: Annotated[int, Field(ge=1, le=10000)] = 4000


class Near(Body):
    """A place and what a report there would be about."""

    category: bounded(8, 1)
    lng: Longitude
    lat: Latitude
    text: bounded(MAX_TEXT) = ""


class WithLink(Body):
    """The secret of the reporter's link, for who holds it."""

    link: bounded(40) = ""


class NewNote(Body):
    """A staff note."""

    text: bounded(MAX_TEXT, 1)


class NewSupport(Body):
    """A “me too”. Somebody unknown names their voice by a random text of their own, so that it counts once."""

    voice: bounded(64) = ""
    contact: Contact = Contact()


class Reason(Body):
    """Why something personal is looked at; it is kept."""

    reason: bounded(200, 4)


class NewSituation(Body):
    """A situation to be opened for an area; open cases reported there since belong to it."""

    name: bounded(120, 1)
    area: AreaCode
    since: Instant


class BatchDispatch(Body):
    """Cases of a situation to be registered and dispatched; without a unit each goes where the duty matrix says."""

    cases: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    unit: RowId | None = None
    co_units: Annotated[list[RowId], Field(max_length=20)] | None = None


class Closing(Body):
    """Words for the closing report."""

    words: bounded(MAX_TEXT) = ""


# --- given ------------------------------------------------------------------------------------------------------------


class Reported(BaseModel):
    """A report that was taken in: its reference, and the link by which the reporter follows and judges it."""

    id: UUID
    reference: str
    reported_at: str
    link: Annotated[str, Field(description="The secret of the reporter's link; only the reporter gets it.")]
    url: str


class ReportedMany(BaseModel):
    """Reports that were taken in, in the order they were sent."""

    reports: list[Reported]


class Picture(BaseModel):
    """A picture of a case: `before` or `after`."""

    id: UUID
    side: Literal["before", "after"]
    url: str
    thumbnail: str


class Case(BaseModel):
    """A case as everybody may see it; personal data in its text are masked."""

    id: UUID
    reference: str
    version: int
    stage: StageName
    status: Literal["open", "closed"]
    result: ResultName | Literal[""]
    level: LevelName
    category: str
    category_name: str
    text: str
    address: str
    lng: float
    lat: float
    area: str
    unit_name: str
    light: LightName
    reported_at: str
    updated_at: str
    due_at: str | None
    closed_at: str | None
    answer: str
    support_count: int
    photo_count: int
    merged_into: UUID | None
    work: Annotated[Plain | None, Field(description="What staff see besides; null for everybody else.")]


class CaseInFull(Case):
    """One case with its pictures and, for staff, the verbs that may be taken now."""

    photos: list[Picture]
    verbs: Annotated[list[str], Field(description="The verbs the asker may take now.")]


class CasePage(BaseModel):
    """A page of a list; `next` is sent as `after` to get the following one, and empty at the end."""

    items: list[Case]
    next: str


class Step(BaseModel):
    """A line of the timeline. `text`, `by` and `data` are for staff only."""

    id: UUID
    verb: str
    was: str
    stage: StageName
    at: str
    public_text: str
    unit_name: str
    text: str | None
    by: str | None
    data: Plain | None


class Timeline(BaseModel):
    """Everything that happened to a case, oldest first."""

    items: list[Step]


class Points(BaseModel):
    """Points of a map, each [lng, lat, light, stage, reference, category, how many say so]."""

    points: list[list[float | int | str]]
    is_cut: Annotated[bool, Field(description="There are more than were asked for.")]


class Likely(BaseModel):
    """An open case that may be the same: how far, how alike in words (0 to 1)."""

    case: Case
    distance_m: float
    likeness: float


class LikelyMany(BaseModel):
    """Open cases that may be the same, the likeliest first."""

    items: list[Likely]


class Supporters(BaseModel):
    """How many support the case now."""

    support_count: int


class RevealedContact(BaseModel):
    """The reporter's contact, as given."""

    name: str = ""
    phone: str = ""
    email: str = ""


class Noted(BaseModel):
    """A note that was added."""

    id: UUID
    at: str


class Situation(BaseModel):
    """A burst of reports in one area, followed on one board."""

    id: UUID
    name: str
    area: str
    area_name: str
    opened_at: str
    closed_at: str | None
    opened_by_system: bool
    version: int
    figures: Annotated[Plain | None, Field(description="What came in, is open and done; in the list null.")]


class SituationPage(BaseModel):
    """Situations, the newest first."""

    items: list[Situation]
    next: str


class Refused(BaseModel):
    """A case that could not be taken along, and why."""

    reference: str
    reason: str


class BatchDone(BaseModel):
    """What a batch did; one that cannot go does not hold up the rest."""

    done: list[str]
    refused: list[Refused]
