"""Foreign history: nothing lost, nothing doubled, every bad row named, verdicts as the source's own."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import datetime

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from xlsxwriter import Workbook

from linli.cases.importing.loading import import_requests
from linli.cases.importing.mapping import read_map
from linli.cases.importing.reading import read_rows
from linli.cases.models import Case, CaseStep
from linli.kernel.errors import BadInput
from linli.kernel.models import Event
from linli.portal.gaps import steps_without_event

pytestmark = pytest.mark.django_db

SLA = ["case_enquiry_id", "open_dt", "sla_target_dt", "closed_dt", "on_time", "case_status", "closure_reason", "reason", "type",
       "neighborhood", "location_zipcode", "latitude", "longitude"]  # fmt: skip


def sla_row(number: int, **changes: str) -> dict[str, str]:
    row = {
        "case_enquiry_id": f"1010{number}", "open_dt": "2019-01-02 10:00:00", "sla_target_dt": "2019-01-04 10:00:00",
        "closed_dt": "2019-01-03 09:00:00", "on_time": "ONTIME", "case_status": "Closed", "closure_reason": "Done",
        "reason": "Street Cleaning", "type": "Pick up Dead Animal", "neighborhood": "Somewhere", "location_zipcode": "2121.0",
        "latitude": "42.33", "longitude": "-71.06",
    }  # fmt: skip
    return row | changes


def write_csv(path, rows):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, SLA)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def sample(tmp_path):
    rows = [sla_row(number) for number in range(1200)]
    rows[1] |= {"closed_dt": "2019-01-05 09:00:00", "on_time": "OVERDUE"}
    rows[2] |= {"closed_dt": "", "case_status": "Open", "sla_target_dt": ""}
    rows[3] |= {"latitude": "", "longitude": ""}
    return write_csv(tmp_path / "sample.csv.gz", rows)


def bring_in(path, **options):
    bad = []
    return import_requests(read_rows(path), read_map("sla"), on_bad=bad.append, **options), bad


def test_every_row_becomes_a_case_with_its_times_and_a_line_for_each(sample):
    outcome, bad = bring_in(sample)

    assert (outcome.read, outcome.new, outcome.known, outcome.bad, bad) == (1200, 1200, 0, 0, [])
    late = Case.objects.get(external_id="10101")
    assert (late.stage, late.is_overdue, late.closed_at.isoformat()) == ("closed", True, "2019-01-05T14:00:00+00:00")
    assert [step.verb for step in late.steps.order_by("id")] == ["report", "close"]
    assert Case.objects.get(external_id="10102").is_open
    assert Case.objects.get(external_id="10103").attributes["place"] == "unknown"
    assert sum(event.data["cases"] for event in Event.objects.filter(name="cases.history.loaded")) == 1200


def test_verdicts_are_compared_with_the_sources_own(sample):
    outcome, _bad = bring_in(sample)

    assert (outcome.judged, outcome.agreed, outcome.disagreements) == (1199, 1199, [])


def test_a_wrong_verdict_is_named(tmp_path):
    outcome, _bad = bring_in(write_csv(tmp_path / "wrong.csv", [sla_row(7, on_time="OVERDUE")]))

    assert (outcome.agreed, outcome.disagreements) == (0, ["10107"])


def test_importing_again_adds_nothing(sample):
    bring_in(sample)
    before = Case.objects.count(), CaseStep.objects.count()

    outcome, _bad = bring_in(sample)

    assert (outcome.new, outcome.known) == (0, 1200)
    assert (Case.objects.count(), CaseStep.objects.count()) == before


def test_broken_off_in_the_middle_the_next_run_goes_on(sample):
    def break_off(_more):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring_in(sample, progress=break_off)
    assert Case.objects.exclude(source="").count() == 500

    outcome, _bad = bring_in(sample)

    assert (outcome.known, outcome.new) == (500, 700)


def test_a_dry_run_writes_nothing(sample):
    outcome, _bad = bring_in(sample, dry_run=True)

    assert outcome.new == 1200
    assert not Case.objects.exclude(source="").exists()


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"case_enquiry_id": ""}, "case_enquiry_id"),
        ({"open_dt": "yesterday"}, "open_dt"),
        ({"open_dt": ""}, "open_dt"),
        ({"longitude": "east"}, "longitude"),
        ({"latitude": "142"}, "latitude"),
    ],
)
def test_a_bad_row_is_set_aside_with_its_number_and_column(tmp_path, changes, column):
    path = write_csv(tmp_path / "bad.csv", [sla_row(1), sla_row(2, **changes), sla_row(3)])

    outcome, bad = bring_in(path)

    assert (outcome.new, outcome.bad) == (2, 1)
    assert (bad[0].number, bad[0].column) == (3, column)


def test_the_command_writes_bad_rows_into_a_file(tmp_path, capsys):
    path = write_csv(tmp_path / "bad.csv", [sla_row(1), sla_row(2, open_dt="?")])

    call_command("import", "requests", str(path), map="sla")

    assert "1 not taken" in capsys.readouterr().out
    with (tmp_path / "bad.csv.errors.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    assert rows[1][:2] == ["3", "open_dt"]


def test_open311_json_is_read_and_personal_data_masked(tmp_path):
    row = {
        "service_request_id": "a1", "requested_datetime": "2020-01-01T08:00:00-05:00", "updated_datetime": "2020-01-02T08:00:00-05:00",
        "status": "closed", "service_name": "Other", "description": "call 19900000001", "lat": 42.3, "long": -71.0,
    }  # fmt: skip
    path = tmp_path / "requests.json"
    path.write_text(json.dumps([row]), encoding="utf-8")

    import_requests(read_rows(path), read_map("open311"))

    case = Case.objects.get(external_id="a1")
    assert "19900000001" not in case.public_text


@pytest.mark.parametrize("wrong", ["nothing", "external_id=id", "external_id=a,reported_at=b,category=c,colour=d"])
def test_a_map_that_cannot_work_is_refused(wrong):
    with pytest.raises(BadInput):
        read_map(wrong)


def test_a_map_with_an_unknown_category_is_refused_before_anything_is_written(sample, tmp_path):
    columns = {"external_id": "case_enquiry_id", "reported_at": "open_dt", "category": "type"}
    path = tmp_path / "map.json"
    path.write_text(json.dumps({"columns": columns, "categories": {"*": "X9999"}}), encoding="utf-8")

    with pytest.raises(CommandError, match="X9999"):
        call_command("import", "requests", str(sample), map=str(path))
    assert not Case.objects.exclude(source="").exists()


@pytest.mark.parametrize("closed", ["2019-01-02 10:00:00", "2019-01-01 09:00:00", "2019-01-02 10:00:00.000400", ""])
def test_a_row_closed_at_or_before_its_opening_ends_closed(tmp_path, closed):
    bring_in(write_csv(tmp_path / "odd.csv", [sla_row(number, closed_dt=closed) for number in range(100)]))

    assert list(steps_without_event(lambda _more: None)) == []
    case = Case.objects.get(external_id="10107")
    assert [step.verb for step in case.steps.order_by("id")] == ["report", "close"]
    assert case.steps.get(verb="close").at == (case.closed_at or case.reported_at)


# --- files that are not what they are called --------------------------------------------------------------------------


def run(path, **options):
    call_command("import", "requests", str(path), map=options.pop("map", "sla"), **options)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("text.xlsx", b"just a text", "case_enquiry_id"),
        ("broken.xlsx", b"PK\x03\x04 not a workbook", "damaged"),
        ("nothing.csv", b"", "empty"),
        ("nothing.csv.gz", gzip.compress(b"", mtime=0), "empty"),
        ("latin.csv", (",".join(SLA) + "\n" + "Caf\xe9," * 5000).encode("latin-1"), "CSV UTF-8"),
        ("cut.csv.gz", gzip.compress(b"a,b\n" * 5000, mtime=0)[:-20], "cut.csv.gz"),
        ("others.csv", b"a,b\n1,2\n", "case_enquiry_id"),
        ("nothing.json", b"", "JSON"),
        ("error.json", b'{"error": "no"}', "requests"),
        ("number.json", b"7", "requests"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_a_sentence(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)

    with translation.override("en"), pytest.raises(CommandError, match=says):
        run(path)
    assert not Case.objects.exclude(source="").exists()


def test_a_workbook_is_read_by_what_it_holds(tmp_path):
    with Workbook(tmp_path / "book.xlsx", {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, SLA)
        sheet.write_row(1, 0, sla_row(1).values())
        sheet.write_row(3, 0, [20001, datetime(2019, 1, 2, 10), *list(sla_row(2).values())[2:]])

    outcome, bad = bring_in(tmp_path / "book.xlsx")

    assert (outcome.new, bad) == (2, [])
    assert Case.objects.get(external_id="20001").reported_at.isoformat() == "2019-01-02T15:00:00+00:00"


def test_a_place_for_errors_that_cannot_be_written_stops_before_anything_is_taken(tmp_path):
    path = write_csv(tmp_path / "rows.csv", [sla_row(1), sla_row(2, open_dt="?")])

    with pytest.raises(CommandError, match="--errors"):
        run(path, errors=tmp_path / "nowhere" / "e.csv")
    assert not Case.objects.exclude(source="").exists()
    run(path, errors=tmp_path / "e.csv", dry_run=True)
    assert (tmp_path / "e.csv").read_text(encoding="utf-8-sig").count("open_dt") == 2


def test_no_file_for_errors_is_left_when_there_are_none(tmp_path):
    run(write_csv(tmp_path / "rows.csv", [sla_row(1)]))

    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


# --- rows that cannot be so -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"open_dt": "2199-01-02 10:00:00", "closed_dt": "", "case_status": "Open"}, "open_dt"),
        ({"open_dt": "1960-01-02 10:00:00"}, "open_dt"),
        ({"open_dt": "0001-01-01T00:00:00+10:00"}, "open_dt"),
        ({"case_status": "Clsed"}, "case_status"),
        ({"latitude": "north"}, "latitude"),
        ({"latitude": "nan"}, "latitude"),
        ({"longitude": "181"}, "longitude"),
    ],
)
def test_nonsense_is_named_by_its_column(tmp_path, changes, column):
    outcome, bad = bring_in(write_csv(tmp_path / "bad.csv", [sla_row(1), sla_row(2, **changes)]))

    assert (outcome.new, outcome.bad) == (1, 1)
    assert (bad[0].number, bad[0].column) == (3, column)
    assert "(" not in bad[0].message and "[" not in bad[0].message


def test_words_for_an_open_matter_are_the_maps(tmp_path):
    path = write_csv(tmp_path / "rows.csv", [sla_row(1, case_status="In Progress", closed_dt="")])
    columns = {"external_id": "case_enquiry_id", "reported_at": "open_dt", "category": "type", "status": "case_status"}
    for words, new in (([], 0), (["in progress"], 1)):
        chosen = tmp_path / "map.json"
        chosen.write_text(json.dumps({"columns": columns, "categories": {"*": "E0604"}, "open": words}), encoding="utf-8")
        assert import_requests(read_rows(path), read_map(str(chosen))).new == new


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("between", [0, 600])
def test_the_same_id_with_other_content_is_named_and_the_first_stays(tmp_path, dry_run, between):
    rows = [sla_row(1), *(sla_row(1000 + number) for number in range(between)), sla_row(1), sla_row(1, closure_reason="Other")]

    outcome, bad = bring_in(write_csv(tmp_path / "twice.csv", rows), dry_run=dry_run)

    assert (outcome.new, outcome.known, outcome.bad) == (between + 1, 1, 1)
    assert (bad[0].number, bad[0].column, bad[0].row["closure_reason"]) == (between + 4, "case_enquiry_id", "Other")
    if not dry_run:
        assert Case.objects.get(external_id="10101").answer == "Done"


def test_a_later_file_with_other_content_is_named_too(tmp_path):
    bring_in(write_csv(tmp_path / "first.csv", [sla_row(1), sla_row(2)]))

    outcome, bad = bring_in(write_csv(tmp_path / "second.csv", [sla_row(1), sla_row(2, closure_reason="Other")]))

    assert (outcome.new, outcome.known, outcome.bad) == (0, 1, 1)
    assert bad[0].number == 3
