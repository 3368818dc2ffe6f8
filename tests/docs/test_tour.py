"""The tour is true: its files, names, addresses, tables and pieces of code exist, and its case walks as it says."""

from __future__ import annotations

import ast
import re
import textwrap
import uuid
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import resolve, reverse

from linli.cases.field.tests.phone import digest, jpeg
from linli.cases.models import Case, CasePhoto, CaseStep, CoUnit
from linli.cases.operations import link_secret
from linli.cases.tests.factories import FLOOD, GRID, point_in
from linli.insight.models import DayCount
from linli.kernel import events, policy
from linli.kernel.jobs import drain
from linli.kernel.loading import load_everything
from linli.kernel.models import Event, Job
from linli.notifications.models import Message
from linli.people.models import Account

ROOT = Path(settings.BASE_DIR)
DOCS = ROOT / "docs"
TOUR = (DOCS / "tour.md").read_text()
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)\)")
TICKED = re.compile(r"`([^`\n]+)`")
EXCERPT = re.compile(r"<!-- from (\S+) -->\n```\w*\n(.*?)```", re.S)
TABLE = re.compile(r"(cases|kernel|insight|notifications|people|organizations|places|catalogue)_[a-z]+")
SAMPLES = {
    "<reference>": "261121-7K3M9QF", "<secret>": "Ab3dEf6hIj9kLm2nOp5qRs",
    "<uuid>": "01990000-0000-7000-8000-000000000000", "<sha256>": "ab" * 32,
}  # fmt: skip


def prose() -> str:
    return EXCERPT.sub("", TOUR)


def sections() -> list[str]:
    return re.split(r"(?m)^## ", prose())


def ticked() -> list[str]:
    return [word for word in TICKED.findall(prose()) if "\n" not in word]


@cache
def names_of(path: Path) -> frozenset[str]:
    """Everything a file defines at its top, and the methods of its classes as `Class.method`."""
    if path.suffix == ".ts":
        return frozenset(re.findall(r"(?m)^export (?:async )?(?:function|const) (\w+)", path.read_text()))
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)}
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(found)


def test_every_link_leads_somewhere():
    for target in LINK.findall(TOUR):
        assert (DOCS / target).exists(), target


def test_every_name_is_defined_in_a_file_named_beside_it():
    checked = 0
    for section in sections():
        files = [DOCS / target for target in LINK.findall(section) if target.endswith((".py", ".ts"))]
        defined = frozenset().union(*(names_of(path) for path in files))
        for word in TICKED.findall(section):
            if re.fullmatch(r"[A-Za-z_.]+\(\)", word) or re.fullmatch(r"[A-Z][a-z]+[A-Z]?\w*|[A-Z]{4,}", word):
                assert word.removesuffix("()") in defined, f"{word} is in none of {[path.name for path in files]}"
                checked += 1
    assert checked > 50


def test_the_modules_are_those_of_the_house():
    number, named = re.search(r"The house has (\w+) modules.*?know higher ones: ([\w,\s]+?) \(", TOUR, re.S).groups()
    named = re.split(r",\s+", named)
    listed = re.findall(r"(?m)^linli/(\w+) ", (DOCS / "develop" / "modules.md").read_text())

    assert sorted(named) == sorted(path.parent.name for path in (ROOT / "linli").glob("*/__init__.py"))
    assert named == listed, "lowest first, as where each is explained"
    assert (number, len(named)) == ("eleven", 11)


def test_every_address_is_answered():
    addresses = [word for word in ticked() if word.startswith("/")]
    for address in addresses:
        path = address
        for placeholder, sample in SAMPLES.items():
            path = path.replace(placeholder, sample)
        assert resolve(path), address
    assert len(addresses) > 12


@pytest.mark.django_db
def test_every_table_exists():
    tables = {word for word in ticked() if TABLE.fullmatch(word)}

    assert tables <= set(connection.introspection.table_names())
    assert len(tables) >= 10


def test_every_event_and_right_is_known():
    load_everything()
    known = set(events.kinds()) | set(policy.rights())

    assert {word for word in ticked() if re.fullmatch(r"cases\.\w+\.\w+", word)} <= known


@pytest.mark.parametrize("path, code", EXCERPT.findall(TOUR))
def test_pieces_of_code_stand_in_the_source(path: str, code: str):
    source = (ROOT / path).read_text()
    wanted = textwrap.dedent(code).strip().splitlines()
    lines = source.splitlines()
    windows = ("\n".join(lines[start : start + len(wanted)]) for start in range(len(lines)))

    assert any(textwrap.dedent(window).strip().splitlines() == wanted for window in windows), f"not in {path}:\n{code}"


# --- the walk ---


def told() -> list[tuple[str, str, str]]:
    """Verb, stage and event of each line of the tour's table."""
    rows = re.findall(r"(?m)^\| \d \|[^|]+\|[^|]+\| `(\w+)` \| `(\w+)` \| `([\w.]+)` \|", TOUR)
    assert len(rows) == 8
    return rows


class Desk:
    """A browser at the desk, signed in by name."""

    def __init__(self, username: str):
        self.account = Account.objects.get(username=username)
        self.client = Client()
        self.client.force_login(self.account, backend=settings.AUTHENTICATION_BACKENDS[0])

    def press(self, path: str, **values: object) -> None:
        """Open the form at this address, type the values, press its button."""
        form = self.client.get(path).context["form"]
        answer = self.client.post(path, initial(form) | values)
        assert answer.status_code == 302, (path, answer.status_code)


def initial(form) -> dict[str, object]:
    """What the form of the page holds before anybody types."""
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def report() -> Case:
    lng, lat = point_in(GRID)
    typed = {
        "action": "send", "submission": str(uuid.uuid4()), "category": FLOOD, "text": "路口积水没过脚面，电话19900000001",
        "lng": f"{lng:.6f}", "lat": f"{lat:.6f}", "phone": "19900000001", "is_public": "on",
    }  # fmt: skip
    answer = Client().post("/report/", typed)
    assert answer.status_code == 303
    case = Case.objects.get()
    assert answer["Location"].startswith(f"/r/{case.reference}/") and answer["Location"].endswith("/sent/")
    return case


def verify_in_the_field(case: Case) -> None:
    worker, picture, use = Desk("wangge01"), jpeg(44), str(uuid.uuid4())
    headers = {"X-Linli-Account": str(worker.account.person_id)}
    today = worker.client.get("/field/api/today").json()
    assert str(case.pk) in today["tasks"]
    path = f"/field/api/photos/{use}/{digest(picture)}?offset=0&size={len(picture)}"
    worker.client.put(path, picture, content_type="application/octet-stream", headers=headers)
    step = {"request_id": use, "verb": "verify_pass", "case": str(case.pk), "photos": [digest(picture)]}
    for outcome in ("done", "known"):
        sent = worker.client.post("/field/api/steps", {"steps": [step]}, content_type="application/json", headers=headers)
        assert sent.json()["answers"][0]["outcome"] == outcome


@pytest.fixture
def photos(settings, tmp_path):
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "photos")}}
    settings.STORAGES = {**settings.STORAGES, "photos": place}
    settings.DATA_DIR = tmp_path


@pytest.mark.django_db
def test_the_case_of_the_tour_is_walked_as_told(photos):
    case = report()
    assert "19900000001" in case.text and "19900000001" not in case.public_text
    drain()
    dispatcher, clerk = Desk("diaodu01"), Desk("paishui01")
    assert Message.objects.filter(person=dispatcher.account.person, kind="cases.case.reported").exists()
    assert case.reference in dispatcher.client.get("/desk/dispatch/").content.decode()
    assert clerk.client.get(f"/desk/cases/{case.reference}/").status_code == 404, "not in her unit's hands yet"

    dispatcher.press(f"/desk/dispatch/{case.reference}/")
    case.refresh_from_db()
    assert (case.lead_unit.code, case.limit) == ("dept-ps", "2U")
    drain()
    assert Message.objects.filter(person=clerk.account.person, kind="cases.case.dispatched").exists()
    assert case.reference in clerk.client.get("/desk/cases/").content.decode()

    clerk.press(f"/desk/cases/{case.reference}/accept/")
    clerk.press(f"/desk/cases/{case.reference}/deliver/", text="已抽排完毕，路面恢复通行", result="fixed")
    verify_in_the_field(case)
    dispatcher.press(f"/desk/cases/{case.reference}/close/", text="积水已排除，感谢您的反映")
    assert judge(case).status_code == 302
    left_in_the_database(case)


def judge(case: Case):
    link = reverse("portal:own-case", args=[case.reference, link_secret(case.pk)])
    return Client().post(link, {"verb": "rate", "solved": "yes", "satisfaction": "5", "words": "很快"})


def left_in_the_database(case: Case) -> None:
    """The table at the end of the tour, and the one at its beginning."""
    case.refresh_from_db()
    assert (case.stage, case.solved, case.satisfaction) == ("rated", "yes", 5)
    steps = list(CaseStep.objects.filter(case=case).order_by("id").values_list("verb", "stage"))
    names = list(Event.objects.filter(subject_id=case.pk).order_by("id").values_list("name", flat=True))
    assert [(*step, name) for step, name in zip(steps, names, strict=True)] == told()
    assert sorted(CoUnit.objects.filter(case=case).values_list("organization__code", flat=True)) == ["dept-jj", "jd-qinghe"]
    assert list(CasePhoto.objects.filter(case=case).values_list("side", flat=True)) == ["after"]
    Job.objects.update(due_at=case.reported_at)  # counting waits some seconds to gather steps
    drain()
    whole = DayCount.objects.get(community_code="*", unit_id=-1)
    assert (whole.reported, whole.closed, whole.rated, whole.solved, whole.satisfied) == (1, 1, 1, 1, 1)
    call_command("verify")
