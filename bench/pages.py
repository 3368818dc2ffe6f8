"""Lists at every size, the case page, map points, rates: statements, CPU, and the bare select of the same page."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.db.models import Count
from django.utils import timezone

from bench.measure import cpu_ms, statements, wall_ms
from bench.report import row
from bench.setting import client_of
from linli.cases.models import Case
from linli.insight.queries import Span, area_rates, unit_rates

FILTERS = {
    "newest": "", "to do": "tab=todo", "stage": "stage=closed", "red light": "light=red", "category": "category=E0110",
    "class": "category=E05", "community": "area=990101001003", "grid": "area=990101001003002", "door": "door=open311",
    "level": "level=urgent", "month": "since={month}&until={day}", "by due": "state=open&order=due", "words": "q=井盖",
    "unit": "unit={unit}", "two at once": "category=E0110&area=990101001003", "second page": "after={key}",
}  # fmt: skip
ROW, FEWEST = b"<tr data-href=", 10
_FIRST: dict[str, float] = {}


def _query(text: str) -> str:
    today = timezone.localdate()
    middle = Case.objects.order_by("-pk").values_list("pk", flat=True)[60:61]
    unit = Case.objects.exclude(lead_unit=None).values_list("lead_unit_id", flat=True).first()
    return text.format(month=today - timedelta(days=60), day=today - timedelta(days=30), key=next(iter(middle), ""), unit=unit)


def lists(size: int, *, is_first: bool) -> list[dict]:
    """The desk list under every filter. The spread tells whether size matters."""
    dispatcher, head = client_of("street_dispatcher"), client_of("district_supervisor")
    rows, worst_sql, cpus = [], 0, {}
    for name, query in FILTERS.items():
        browser = dispatcher if name == "to do" else head
        address = "/desk/cases/?" + _query(query if "tab=" in query else f"tab=all&{query}")

        def show(browser=browser, address=address) -> bytes:
            answer = browser.get(address)
            assert answer.status_code == 200, (address, answer.status_code)
            return answer.content

        assert show().count(ROW) >= FEWEST, f"{name}: a page of next to nothing tells nothing"
        worst_sql = max(worst_sql, statements(show))
        cpus[name] = cpu_ms(show, times=12)
    bare = cpu_ms(_bare_page, times=30)
    rows.append(row(f"desk list, {size:,} cases: most statements under any filter", worst_sql, "SQL", goal=8, peer=266))
    worst = max(cpus, key=cpus.__getitem__)
    middle = sorted(cpus.values())[len(cpus) // 2]
    rows.append(row(f"desk list, {size:,}: CPU, median of {len(cpus)} filters", middle, "ms", goal=25, limit=bare, peer=900))
    rows.append(row(f"desk list, {size:,}: CPU, worst filter ({worst})", cpus[worst], "ms", goal=25))
    if is_first:
        _FIRST.update(cpus)
    else:
        changes = {name: cpus[name] / _FIRST[name] for name in cpus}
        most = max(changes, key=changes.__getitem__)
        rows.append(row(f"desk list, {size:,} against the first size: worst ratio ({most})", changes[most], "×", goal=1.3))
    return rows


def _bare_page() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM cases_case ORDER BY id DESC LIMIT 50")
        cursor.fetchall()


def others() -> list[dict]:
    rows = []
    browser = client_of("district_supervisor")
    case = Case.objects.annotate(n=Count("steps")).filter(stage="rated").order_by("-pk").first()
    page = f"/desk/cases/{case.reference}/"

    def show_case() -> None:
        assert browser.get(page).status_code == 200

    show_case()
    rows.append(row("case page: statements", statements(show_case), "SQL", goal=12))
    bare_case = cpu_ms(lambda: _bare_case(case.pk), times=30)
    rows.append(row("case page: CPU", cpu_ms(show_case, times=20), "ms", goal=30, limit=bare_case))
    points = "/api/v1/map/points?state=closed&most=4000"

    def show_points() -> None:
        answer = browser.get(points)
        assert answer.status_code == 200, answer.content[:200]

    show_points()
    bare = cpu_ms(_bare_points, times=10)
    rows.append(row("4,000 map points: CPU", cpu_ms(show_points, times=10), "ms", goal=40, limit=bare, peer=700))
    span = Span.month()
    bare_rates = wall_ms(lambda: _bare_rates(span))
    rows.append(row("unit rates of a month", wall_ms(lambda: unit_rates(span)), "ms", goal=50, limit=bare_rates))
    rows.append(row("area rates of a month", wall_ms(lambda: area_rates(span)), "ms", goal=50, limit=bare_rates))
    return rows


def _bare_case(case_id) -> None:
    """The case and its timeline, as the database gives them."""
    key = case_id.hex if connection.vendor == "sqlite" else case_id
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM cases_case WHERE id = %s", [key])
        cursor.fetchall()
        cursor.execute("SELECT * FROM cases_casestep WHERE case_id = %s ORDER BY id", [key])
        cursor.fetchall()


def _bare_rates(span: Span) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT unit_id, SUM(due), SUM(in_time), SUM(rated), SUM(solved) FROM insight_daycount "
            "WHERE day >= %s AND day <= %s GROUP BY unit_id",
            [span.since, span.until],
        )
        cursor.fetchall()


def _bare_points() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lng, lat, stage, reference, category_id, support_count FROM cases_case ORDER BY id DESC LIMIT 4000"
        )
        cursor.fetchall()
