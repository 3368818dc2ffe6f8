import csv
import io
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.kernel import tables
from linli.kernel.table_cells import clean_text
from linli.kernel.table_files import TableTooLarge, guarded, is_formula, unguarded
from linli.kernel.tables import Column, Row, Table, read, template_xlsx
from linli.kernel.tests.table_samples import HOMES, ROW, csv_bytes, rows_of, values_of, xlsx

# --- there and back ---


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
@pytest.mark.parametrize("write", [xlsx, csv_bytes])
def test_what_is_written_is_read_back_in_either_language(write, lang):
    empty = dict.fromkeys(ROW) | {"code": "8", "phone": "", "state": "", "note": ""}

    found = values_of(write(rows=[ROW, empty], lang=lang))

    assert found == [ROW, empty]


SECONDS = st.datetimes(datetime(1900, 3, 1), datetime(2200, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(clean_text)
ROWS = st.fixed_dictionaries(
    {
        "code": st.text("0123456789ABCxyz-=+@", min_size=1, max_size=20),
        "phone": st.one_of(st.just(""), st.from_regex(r"[0-9]{3,19}X?", fullmatch=True)),
        "state": st.sampled_from(["self", "let", "empty", ""]),
        "people": st.one_of(st.none(), st.integers(-(10**18), 10**18)),
        "area": st.one_of(st.none(), st.decimals(-(10**12), 10**12, places=4, allow_nan=False, allow_infinity=False)),
        "since": st.one_of(st.none(), st.dates(date(1000, 1, 1), date(9999, 12, 31))),
        "seen_at": st.one_of(st.none(), SECONDS),
        "is_low": st.one_of(st.none(), st.booleans()),
        "note": TEXTS,
    }
)


@settings(max_examples=25, deadline=None)
@given(st.lists(ROWS, max_size=8), st.sampled_from(["zh-hans", "en"]))
def test_any_rows_survive_a_workbook(rows, lang):
    assert values_of(xlsx(rows=rows, lang=lang)) == rows


@settings(max_examples=150, deadline=None)
@given(st.lists(ROWS, max_size=8), st.sampled_from(["zh-hans", "en"]))
def test_any_rows_survive_a_csv(rows, lang):
    assert values_of(csv_bytes(rows=rows, lang=lang)) == rows


def test_a_large_table_is_written_and_read_quickly():
    count = 20_000
    data = xlsx(rows=({"code": str(number), "note": "三单元楼道灯不亮"} for number in range(count)))

    assert sum(isinstance(row, Row) for row in read(io.BytesIO(data), HOMES)) == count


def test_a_path_is_read_too(tmp_path):
    path = tmp_path / "homes.csv"
    path.write_bytes(csv_bytes(rows=[ROW]))

    assert [row.values for row in read(path, HOMES)] == [ROW]
    assert [row.values for row in read(str(path), HOMES)] == [ROW]


# --- formulas ---

FORMULAS = [
    "=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "'=1", "''=1", " ' =1", "＝1", "＋1", "－1", "＠x",
    "=cmd|' /C calc'!A0", "\u3000=1", "\u200b=1", "\ufeff=1", "\0=1", "-", "=",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_csv_begins_as_a_formula(text):
    data = csv_bytes(rows=[{"code": "7", "note": text}])

    (record,) = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))[1:]

    assert record[-1].startswith("'")
    assert values_of(data)[0]["note"] == clean_text(text)


@given(st.text("=+-@'\t\r\n \u3000＝ab1", max_size=12))
def test_the_guard_can_be_taken_away_again(text):
    assert unguarded(guarded(text)) == text
    assert not is_formula(text) or guarded(text).startswith("'")


@pytest.mark.parametrize("text", ["a=1", "1-2", "'tis", "三单元-2", "2026-01-01", ""])
def test_plain_text_is_left_alone(text):
    assert guarded(text) == text


@pytest.mark.parametrize("text", [*FORMULAS, "http://example.org", "0123", "1e5", "mailto:a@example.org"])
def test_every_text_of_a_workbook_is_text(text):
    data = xlsx(rows=[{"code": text.strip() or "7", "note": text}])

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page
    assert "hyperlink" not in page
    assert values_of(data)[0]["note"] == clean_text(text)


@pytest.mark.parametrize(("number", "as_number"), [(106.51234567890123, True), (1e15, False), (float("nan"), False)])
def test_a_measured_number_stays_a_number(number, as_number):
    table = Table("t", [Column("lng", "Longitude", "decimal")])

    with zipfile.ZipFile(io.BytesIO(xlsx(table, [{"lng": number}]))) as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()

    assert ("<v>106.5123456789" in page) == as_number


def test_a_negative_number_stays_a_number():
    assert b",-5," in csv_bytes(rows=[{"code": "7", "people": -5}])


# --- what the workbook looks like ---


def parts(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")}


def test_an_export_has_a_frozen_header_a_filter_and_drop_downs():
    page = parts(xlsx(rows=[ROW]))["xl/worksheets/sheet1.xml"]

    assert 'state="frozen"' in page
    assert "<autoFilter" in page
    assert "自住,出租,空置" in page


@pytest.mark.parametrize(("lang", "title"), [("zh-hans", "住户 表"), ("en", "Homes")])
def test_a_template_explains_itself_and_is_read_as_an_empty_table(lang, title):
    data = template_xlsx(HOMES, lang)

    book = parts(data)
    assert title in book["xl/workbook.xml"]
    assert len([name for name in book if "worksheets/sheet" in name]) == 2
    assert ("手机或座机" if lang == "zh-hans" else "Mobile or landline") in book["xl/worksheets/sheet1.xml"]
    assert rows_of(data) == []


def test_a_long_list_of_choices_lies_on_a_hidden_sheet():
    choices = [(str(number), f"第 {number} 类事项，含逗号") for number in range(200)]
    table = Table("t", [Column("kind", "类别", choices=choices)])

    for data in (template_xlsx(table), xlsx(table, [{"kind": "199"}])):
        book = parts(data)
        assert 'state="hidden"' in book["xl/workbook.xml"]
        assert "$A$200" in book["xl/worksheets/sheet1.xml"]
    assert values_of(xlsx(table, [{"kind": "199"}]), table) == [{"kind": "199"}]


def test_a_text_longer_than_excel_holds_is_cut_visibly():
    table = Table("t", [Column("note", "备注")])

    (values,) = values_of(xlsx(table, [{"note": "字" * 40_000}]), table)

    assert len(values["note"]) == 32_767
    assert values["note"].endswith("字…")


def test_an_export_of_too_many_rows_is_refused(monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 3)

    with pytest.raises(TableTooLarge):
        xlsx(rows=[ROW] * 4)


def test_a_column_of_no_known_kind_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="colour"):
        Column("a", "A", "colour")


def test_moments_are_written_in_the_districts_zone(settings):
    settings.TIME_ZONE = "Asia/Shanghai"
    early = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)

    assert "2026-11-21 00:30:00" in csv_bytes(rows=[{"code": "7", "seen_at": early}]).decode()
    assert values_of(xlsx(rows=[{"code": "7", "seen_at": early + timedelta(milliseconds=900)}]))[0]["seen_at"] == early
