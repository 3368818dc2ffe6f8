"""A small district for tests: two streets, six grids, the units, a short catalogue, every role of the default pack.

`town()` lays it once a test; `at_post(role)` gives the actor on such a post; `case_at(stage)` brings a case anywhere
through the operations, so that every row and event is as in life.
"""

from __future__ import annotations

import csv
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.test import Client
from django.utils import timezone

from linli.cases.models import Case
from linli.cases.operations import Ask, Report, report_case, take
from linli.cases.workflow import Stage
from linli.catalogue.models import Category, Condition, DutyRule, Label, Major, Unit, UrgentWord
from linli.kernel.identifiers import new_id
from linli.kernel.models import CalendarDay, Photo
from linli.kernel.policy import Actor
from linli.kernel.snapshots import forget_all
from linli.organizations.models import Organization, Post, Role
from linli.organizations.queries import actor_of, bodies, resident_actor
from linli.people.models import Account, Person
from linli.places.models import Area

PACK = Path(__file__).resolve().parents[3] / "packs" / "china"
DISTRICT, STREET, OTHER_STREET = "990101", "990101001", "990101002"
COMMUNITY, GRID, OTHER_GRID = "990101001001", "990101001001001", "990101001001002"
FAR_GRID = "990101002001001"
COVER, FLOOD, TREE, RUBBISH, CHILD = "C0104", "E0506", "E0509", "E0110", "E0612"
WIDTH = 0.004  # degrees of a grid square, about 400 m
CORNER = (110.2, 30.3)

# organization of each role's post, and the area it covers
SERVES: dict[str, tuple[str, str]] = {
    "grid_worker": ("sq-001001", COMMUNITY),
    "community_worker": ("sq-001001", COMMUNITY),
    "community_secretary": ("sq-001001", COMMUNITY),
    "street_dispatcher": ("jd-qinghe", STREET),
    "street_leader": ("jd-qinghe", STREET),
    "department_clerk": ("dept-ps", DISTRICT),
    "department_head": ("dept-ps", DISTRICT),
    "social_organization": ("so-linli", STREET),
    "screen_viewer": ("jd-qinghe", STREET),
}
RESIDENTS = ("resident", "volunteer", "partner")


def all_roles() -> list[str]:
    """Every role of the default pack, in its order."""
    with (PACK / "roles.csv").open(encoding="utf-8") as file:
        return [row["code"] for row in csv.DictReader(file)]


def town() -> None:
    """Lay the district. Everything read from memory is read afresh afterwards."""
    _areas()
    _organizations()
    _catalogue()
    year = timezone.localdate().year
    CalendarDay.objects.bulk_create(
        [CalendarDay(day=date(one, 1, 1), kind="holiday", name_zh="元旦") for one in range(year - 2, year + 3)]
    )
    with (PACK / "roles.csv").open(encoding="utf-8") as file:
        Role.objects.bulk_create(
            [
                Role(
                    code=row["code"], name_zh=row["name_zh"], name_en=row["name_en"], reach=row["reach"],
                    door=row["door"], rights=row["rights"].split(), sort=row["sort"],
                )
                for row in csv.DictReader(file)
            ]
        )  # fmt: skip
    forget_all()


def _square(number: int) -> dict[str, Any]:
    west, south = CORNER[0] + number * WIDTH, CORNER[1]
    east, north = west + WIDTH, south + WIDTH
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def point_in(grid: str, *, east_m: float = 0, north_m: float = 0) -> tuple[float, float]:
    """A place in the middle of a grid, moved by metres."""
    number = GRIDS.index(grid)
    return (
        CORNER[0] + (number + 0.5) * WIDTH + east_m / 96_100,
        CORNER[1] + 0.5 * WIDTH + north_m / 111_300,
    )


GRIDS = [
    "990101001001001", "990101001001002", "990101001002001", "990101001002002", "990101002001001", "990101002001002",
]  # fmt: skip


def _areas() -> None:
    rows = [Area(code=DISTRICT, level="district", name_zh="云溪区", name_en="Yunxi")]
    rows += [
        Area(code=STREET, level="street", parent_code=DISTRICT, name_zh="清河街道", name_en="Qinghe Street"),
        Area(code=OTHER_STREET, level="street", parent_code=DISTRICT, name_zh="青屏街道", name_en="Qingping Street"),
    ]
    for code, zh, en in (
        ("990101001001", "石榴社区", "Shiliu"), ("990101001002", "杏花社区", "Xinghua"), ("990101002001", "翠竹社区", "Cuizhu")
    ):  # fmt: skip
        rows.append(Area(code=code, level="community", parent_code=code[:9], name_zh=zh, name_en=en, area_class="B"))
    for number, code in enumerate(GRIDS):
        rows.append(
            Area(
                code=code, level="grid", parent_code=code[:12], name_zh=f"第{int(code[-3:])}网格",
                name_en=f"Grid {int(code[-3:])}", polygon=_square(number), households=400,
            )
        )  # fmt: skip
    Area.objects.bulk_create(rows)


def _organizations() -> None:
    rows = [
        ("gov-yunxi", "district_office", "云溪区人民政府", "Yunxi Government", "", DISTRICT),
        ("jd-qinghe", "street_office", "清河街道办事处", "Qinghe Street Office", "JD", STREET),
        ("jd-qingping", "street_office", "青屏街道办事处", "Qingping Street Office", "JD", OTHER_STREET),
        ("sq-001001", "community", "石榴社区居委会", "Shiliu Community", "", COMMUNITY),
        ("dept-ps", "department", "云溪区排水管理中心", "Drainage Centre", "PS", DISTRICT),
        ("dept-hw", "department", "云溪区环境卫生中心", "Street Cleaning", "HW", DISTRICT),
        ("dept-yl", "department", "云溪区园林绿化中心", "Parks and Trees", "YL", DISTRICT),
        ("dept-jj", "department", "云溪区交通警察大队", "Traffic Police", "JJ", DISTRICT),
        ("so-linli", "social_organization", "邻里互助社", "Neighbours Help", "", STREET),
    ]
    Organization.objects.bulk_create(
        [
            Organization(code=code, kind=kind, name_zh=zh, name_en=en, unit_code=unit, area_code=area)
            for code, kind, zh, en, unit, area in rows
        ]
    )


def _catalogue() -> None:
    units = [("PS", "排水"), ("HW", "环卫"), ("YL", "园林"), ("JD", "街道"), ("JJ", "交管")]
    Unit.objects.bulk_create([Unit(code=code, name_zh=name, name_en=code) for code, name in units])
    majors = [
        ("C01", "component", "公用设施", "Utilities"),
        ("E01", "event", "市容环境", "Street appearance"),
        ("E05", "event", "突发事件", "Emergencies"),
        ("E06", "event", "其他事件", "Other events"),
    ]
    Major.objects.bulk_create([Major(code=code, kind=kind, name_zh=zh, name_en=en) for code, kind, zh, en in majors])
    kinds = [
        (COVER, "C01", "雨水箅子", "Rain grating", "PS", False),
        (FLOOD, "E05", "道路积水", "Flooded road", "PS", False),
        (TREE, "E05", "树木倒伏", "Fallen tree", "YL", False),
        (RUBBISH, "E01", "暴露垃圾", "Rubbish in the open", "HW", False),
        (CHILD, "E06", "儿童受侵害线索", "Child at risk", "JD", True),
    ]
    Category.objects.bulk_create(
        [
            Category(
                code=code, major_id=major, name_zh=zh, name_en=en, unit_code=unit, is_sealed=sealed,
                is_public=not sealed, duplicate_radius_m=50,
            )
            for code, major, zh, en, unit, sealed in kinds
        ]
    )  # fmt: skip
    conditions = [
        (COVER, "01", "箅子缺失或破损", "4H", True), (COVER, "02", "堵塞三分之一以上", "1D", False),
        (FLOOD, "01", "积水影响通行", "2U", True), (TREE, "01", "倒伏断枝", "2U", True),
        (RUBBISH, "01", "暴露垃圾", "5D", True), (CHILD, "01", "接到线索", "1U", True),
    ]  # fmt: skip
    Condition.objects.bulk_create(
        [
            Condition(
                category_id=category, code=code, name_zh=name, name_en=f"Condition {code}", limit_a=limit, limit_b=limit,
                limit_c=limit, closing_zh="恢复完好", closing_en="Back in order", is_default=default,
            )
            for category, code, name, limit, default in conditions
        ]
    )  # fmt: skip
    DutyRule.objects.create(category_code=FLOOD, area_code=STREET, lead_code="dept-ps", co_codes="jd-qinghe dept-jj")
    UrgentWord.objects.bulk_create([UrgentWord(word="被困", level="critical"), UrgentWord(word="积水", level="urgent")])
    Label.objects.create(key="pre_check", zh="核实", en="pre-check")


def body(code: str) -> int:
    """The id of an organization."""
    return bodies().by_code[code].id


def person(name: str = "云小满", **fields: Any) -> Person:
    return Person.objects.create(name=name, name_en="Yun Xiaoman", **fields)


def at_post(role: str, *, organization: str = "", area: str = "", who: Person | None = None) -> Actor:
    """The actor on a fresh post of this role, at the organization and in the area the role usually has."""
    who = who or person()
    if role in RESIDENTS:
        return resident_actor(who.pk, name=who.name)
    code, place = SERVES.get(role, ("gov-yunxi", DISTRICT))
    post = Post.objects.create(
        person=who, role_id=role, organization_id=body(organization or code), area_code=area or place,
        valid_from=date(2024, 1, 1),
    )  # fmt: skip
    return actor_of(post, name=who.name)


def browser_of(actor: Actor) -> Client:
    """A browser in which this actor is signed in, on their own post."""
    account, _made = Account.objects.get_or_create(
        person_id=actor.person_id, defaults={"username": f"u{actor.person_id}"[:60]}
    )
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


def reported(
    text: str = "雨水箅子堵了，积水没过脚面", *, category: str = FLOOD, grid: str = GRID, by: Actor | None = None, **fields: Any
) -> Case:
    """A fresh report in a grid, by a resident if nobody is named."""
    east, north = fields.pop("east_m", 0), fields.pop("north_m", 0)
    lng, lat = point_in(grid, east_m=east, north_m=north)
    report = Report(category=category, text=text, lng=lng, lat=lat, door="portal", **fields)
    return report_case(actor=by or at_post("resident"), report=report).case


def _do(verb: str, role: str, **arguments: Any) -> Callable[[Case], Case]:
    text = arguments.pop("text", "已到现场处理")
    with_photo = arguments.pop("with_photo", False)

    def step(case: Case) -> Case:
        chosen = {name: value() if callable(value) else value for name, value in arguments.items()}
        ask = Ask(text=text, photos=[photo()] if with_photo else ())
        return take(verb, actor=at_post(role), case=case, ask=ask, **chosen)

    return step


REGISTER = _do("register", "street_dispatcher")
DISPATCH = _do("dispatch", "street_dispatcher", unit=lambda: body("dept-ps"))
ACCEPT = _do("accept", "department_clerk")
DELIVER = _do("deliver", "department_clerk", result="fixed")
VERIFY = _do("verify_pass", "grid_worker", with_photo=True)
CLOSE = _do("close", "street_dispatcher")
ASK_SUSPENSION = _do("ask_suspension", "department_clerk", until=lambda: timezone.now() + timedelta(days=10))
WAY: dict[str, tuple[Callable[[Case], Case], ...]] = {
    Stage.REPORTED: (),
    Stage.PRE_CHECK: (_do("request_pre_check", "street_dispatcher"),),
    Stage.REGISTERED: (REGISTER,),
    Stage.DISPATCHED: (REGISTER, DISPATCH),
    Stage.ACCEPTED: (REGISTER, DISPATCH, ACCEPT),
    Stage.SUSPENDED: (
        REGISTER, DISPATCH, ACCEPT, ASK_SUSPENSION, _do("approve_suspension", "department_head"),
        _do("confirm_suspension", "street_dispatcher"),
    ),
    Stage.DELIVERED: (REGISTER, DISPATCH, ACCEPT, DELIVER),
    Stage.VERIFIED: (REGISTER, DISPATCH, ACCEPT, DELIVER, VERIFY),
    Stage.CLOSED: (REGISTER, DISPATCH, ACCEPT, DELIVER, VERIFY, CLOSE),
    Stage.RATED: (REGISTER, DISPATCH, ACCEPT, DELIVER, VERIFY, CLOSE),
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
