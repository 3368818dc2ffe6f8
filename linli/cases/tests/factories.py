"""People, reports and cases for tests, in the demo district that every test finds loaded.

`at_post(role)` gives the actor on a fresh post of that role; `case_at(stage)` brings a case anywhere through the
operations and through the people whose work that is, so that every row and event is as in life.
"""

from __future__ import annotations

import csv
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.test import Client
from django.utils import timezone
from shapely.geometry import shape

from linli.cases.models import Case
from linli.cases.operations import Ask, Report, report_case, take
from linli.cases.workflow import Stage
from linli.kernel.coordinates import offset
from linli.kernel.identifiers import new_id
from linli.kernel.models import Photo
from linli.kernel.policy import Actor
from linli.organizations.models import Post
from linli.organizations.queries import actor_of, bodies, resident_actor
from linli.people.models import Account, Person
from linli.places.models import Area

ROLES = Path(__file__).resolve().parents[3] / "packs" / "china" / "roles.csv"
DISTRICT, STREET, OTHER_STREET = "990101", "990101001", "990101002"
COMMUNITY, GRID, OTHER_GRID = "990101001003", "990101001003002", "990101001004002"
FAR_GRID = "990101002001001"
COVER, FLOOD, TREE, RUBBISH, CHILD = "C0104", "E0506", "E0509", "E0110", "E0612"

# organization of each role's post, and the area it covers
SERVES: dict[str, tuple[str, str]] = {
    "grid_worker": ("sq-001003", COMMUNITY),
    "community_worker": ("sq-001003", COMMUNITY),
    "community_secretary": ("sq-001003", COMMUNITY),
    "street_dispatcher": ("jd-qinghe", STREET),
    "street_leader": ("jd-qinghe", STREET),
    "department_clerk": ("dept-ps", DISTRICT),
    "department_head": ("dept-ps", DISTRICT),
    "social_organization": ("so-nuanyang", STREET),
    "screen_viewer": ("jd-qinghe", STREET),
}
RESIDENTS = ("resident", "partner")


@cache
def all_roles() -> tuple[str, ...]:
    """Every role of the default pack, in its order."""
    with ROLES.open(encoding="utf-8") as file:
        return tuple(row["code"] for row in csv.DictReader(file))


def body(code: str) -> int:
    """The id of an organization."""
    return bodies().by_code[code].id


def person(name: str = "云小试", **fields: Any) -> Person:
    return Person.objects.create(name=name, name_en="Yun Xiaoshi", **fields)


def at_post(role: str, *, organization: str = "", area: str = "", who: Person | None = None) -> Actor:
    """The actor on a fresh post of this role, at the organization and in the area the role usually has."""
    who = who or person()
    if role in RESIDENTS:
        return resident_actor(who.pk, name=who.name)
    code, place = SERVES.get(role, ("ops-yunxi", DISTRICT))
    post = Post.objects.create(
        person=who, role_id=role, organization_id=body(organization or code), area_code=area or place,
        valid_from=date(2024, 1, 1),
    )  # fmt: skip
    return actor_of(post, name=who.name)


def browser_of(actor: Actor) -> Client:
    """A browser in which this actor is signed in, on their own post."""
    account, _made = Account.objects.get_or_create(person_id=actor.person_id, defaults={"username": f"u{actor.person_id}"[:60]})
    client = Client()
    client.force_login(account, backend="linli.people.backends.AccountBackend")
    return client


def photo(**fields: Any) -> uuid.UUID:
    """A kept picture that is not tied to anything yet."""
    row = Photo.objects.create(
        id=new_id(), sha256=uuid.uuid4().hex * 2, path="x.webp", thumbnail_path="x-s.webp", width=800, height=600,
        bytes=1000, **fields,
    )  # fmt: skip
    return row.pk


def point_in(grid: str, *, east_m: float = 0, north_m: float = 0) -> tuple[float, float]:
    """A place in the middle of a grid, moved by metres."""
    middle = shape(Area.objects.get(code=grid).polygon).representative_point()
    return offset(middle.x, middle.y, east_m, north_m)


def reported(
    text: str = "路口积水没过脚面", *, category: str = FLOOD, grid: str = GRID, by: Actor | None = None, **fields: Any
) -> Case:
    """A fresh report in a grid, by a resident if nobody is named."""
    lng, lat = point_in(grid, east_m=fields.pop("east_m", 0), north_m=fields.pop("north_m", 0))
    report = Report(category=category, text=text, lng=lng, lat=lat, door="portal", **fields)
    return report_case(actor=by or at_post("resident"), report=report).case


Way = Callable[[Case], Case]


def _do(verb: str, role: str, **arguments: Any) -> Way:
    with_photo = arguments.pop("with_photo", False)

    def step(case: Case) -> Case:
        chosen = {name: value() if callable(value) else value for name, value in arguments.items()}
        ask = Ask(text="已到现场处理", photos=[photo()] if with_photo else ())
        return take(verb, actor=at_post(role), case=case, ask=ask, **chosen)

    return step


REGISTER = _do("register", "street_dispatcher")
DISPATCH = _do("dispatch", "street_dispatcher", unit=lambda: body("dept-ps"))
ACCEPT = _do("accept", "department_clerk")
DELIVER = _do("deliver", "department_clerk", result="fixed")
VERIFY = _do("verify_pass", "grid_worker", with_photo=True)
CLOSE = _do("close", "street_dispatcher")
ASK_SUSPENSION = _do("ask_suspension", "department_clerk", until=lambda: timezone.now() + timedelta(days=10))
TO_ACCEPTED: tuple[Way, ...] = (REGISTER, DISPATCH, ACCEPT)
TO_CLOSED: tuple[Way, ...] = (*TO_ACCEPTED, DELIVER, VERIFY, CLOSE)
WAY: dict[str, tuple[Way, ...]] = {
    Stage.REPORTED: (),
    Stage.PRE_CHECK: (_do("request_pre_check", "street_dispatcher"),),
    Stage.REGISTERED: (REGISTER,),
    Stage.DISPATCHED: (REGISTER, DISPATCH),
    Stage.ACCEPTED: TO_ACCEPTED,
    Stage.SUSPENDED: (
        *TO_ACCEPTED, ASK_SUSPENSION, _do("approve_suspension", "department_head"),
        _do("confirm_suspension", "street_dispatcher"),
    ),
    Stage.DELIVERED: (*TO_ACCEPTED, DELIVER),
    Stage.VERIFIED: (*TO_ACCEPTED, DELIVER, VERIFY),
    Stage.CLOSED: TO_CLOSED,
    Stage.RATED: TO_CLOSED,
    Stage.REFUSED: (_do("refuse", "street_dispatcher"),),
    Stage.VOID: (_do("void", "street_dispatcher"),),
    Stage.MERGED: (),
}  # fmt: skip


def case_at(stage: str, *, case: Case | None = None, **fields: Any) -> Case:
    """A case brought to a stage by the people whose work that is."""
    reporter = fields.pop("by", None) or at_post("resident")
    case = case or reported(by=reporter, **fields)
    for step in WAY[stage]:
        case = step(case)
    if stage == Stage.RATED:
        case = take("rate", actor=reporter, case=case, ask=Ask(), solved="yes", satisfaction=5)
    if stage == Stage.MERGED:
        case = take("merge", actor=at_post("street_dispatcher"), case=case, ask=Ask(), target=reported("同一处积水"))
    case.refresh_from_db()
    return case
