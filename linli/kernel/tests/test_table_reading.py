import base64
import io
import zipfile
import zlib
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils.translation import override
from xlsxwriter import Workbook

from linli.kernel import table_files
from linli.kernel.table_files import TableTooLarge, TableUnreadable
from linli.kernel.tables import Column, Row, RowError, Table, read, write_row_errors
from linli.kernel.tests.table_samples import HOMES, ROW, csv_bytes, problems_of, rows_of, sheet, values_of, xlsx

# --- headers ---


@pytest.mark.parametrize(
    "header",
    [["户号", "电话"], ["Home", "PHONE"], ["code", "phone"], [" 户 号* ", "Ｐｈｏｎｅ"], ["户号", "备注", "电话", "别的"]],
)
def test_columns_are_known_by_key_or_label_in_any_order(header):
    cells = {"户号": "7"} | dict.fromkeys(["电话", "phone", "PHONE", "Ｐｈｏｎｅ"], "19900001234")
    row = [cells.get(name, "7" if place == 0 else "") for place, name in enumerate(header)]

    (values,) = values_of(sheet(header, row))

    assert (values["code"], values["phone"]) == ("7", "19900001234")


def test_a_title_may_stand_above_the_header_and_rows_keep_their_numbers():
    found = rows_of(sheet(["云溪区住户表"], [], ["户号", "人数"], ["1", 2], [], ["3", "x"]))

    assert [(row.number, type(row)) for row in found] == [(4, Row), (6, RowError)]


def test_a_sheet_that_begins_in_the_middle():
    found = rows_of(sheet([], [], [None, None, "户号"], [None, None, "7"]))

    assert [(row.number, row.values["code"]) for row in found] == [(4, "7")]


@pytest.mark.parametrize(
    ("rows", "code", "said"),
    [
        ([["a", "b"], ["1", "2"]], "table_header_missing", "户号"),
        ([["电话", "备注"], ["1", "2"]], "table_column_missing", "户号"),
        ([["户号", "Home"], ["1", "2"]], "table_column_twice", "户号"),
        ([[""]], "table_header_missing", "户号"),
    ],
)
def test_a_header_that_cannot_be_used_is_named(rows, code, said):
    with override("zh-hans"), pytest.raises(TableUnreadable) as caught:
        rows_of(sheet(*rows))

    assert caught.value.code == code
    assert said in str(caught.value.message)


# --- what is wrong with a row ---


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("户号", None, "required"),
        ("户号", "x" * 21, "21"),
        ("户号", 1.5, "not a code"),
        ("电话", "call me", "digits"),
        ("电话", 110105194912310021, "15 or more digits"),
        ("备注", 123456789012345, "15 or more digits"),
        ("人数", "many", "not a number"),
        ("人数", "1.5", "not a whole number"),
        ("人数", "1e999", "not a number"),
        ("面积", "12 m2", "not a number"),
        ("面积", True, "not a number"),
        ("居住状态", "sold", "not one of: Lived in, Let, Empty"),
        ("入住日期", "2026-02-30", "2026-11-21"),
        ("入住日期", "soon", "2026-11-21"),
        ("入住日期", -5, "2026-11-21"),
        ("走访时间", "2026-11-21 25:00", "08:30"),
        ("走访时间", "2026-11-21 at noon", "08:30"),
        ("低保", "perhaps", "neither yes nor no"),
    ],
)
def test_a_problem_names_row_column_and_what_to_do(column, cell, said):
    header = ["户号", "电话", "居住状态", "人数", "面积", "入住日期", "走访时间", "低保", "备注"]
    cells = ["7"] + [None] * 8
    cells[header.index(column)] = cell
    if column == "户号" and cell is None:
        cells[1] = "1"

    with override("en"):
        error = problems_of(sheet(header, cells, strings_to_numbers=False))
        shown = str(error)

    (problem,) = error.problems
    assert error.number == 2
    assert said in problem.message
    assert shown.startswith(f"Row 2: {problem.label}: ")


def test_all_problems_of_a_row_are_told_at_once():
    error = problems_of(sheet(["户号", "人数", "低保"], ["", "x", "y?"]))

    assert [problem.key for problem in error.problems] == ["code", "people", "is_low"]
    assert error.cells == {"code": "", "people": "x", "is_low": "y?"}


def test_bad_rows_go_back_in_a_workbook_with_the_reason():
    errors = [row for row in rows_of(sheet(["户号", "人数"], ["7", "x"], ["8", 2])) if isinstance(row, RowError)]
    stream = io.BytesIO()

    assert write_row_errors(HOMES, errors, stream, "zh-hans") == 1

    table = Table("errors", [Column("code", "户号"), Column("people", "人数"), Column("why", "错误原因")])
    (values,) = values_of(stream.getvalue(), table)
    assert (values["code"], values["people"]) == ("7", "x")
    assert values["why"].startswith("人数")


# --- cells as people type them ---


@pytest.mark.parametrize(
    ("key", "cell", "value"),
    [
        ("since", "2026-02-08", date(2026, 2, 8)),
        ("since", "2026/2/8", date(2026, 2, 8)),
        ("since", "2026.2.8", date(2026, 2, 8)),
        ("since", "２０２６年２月８日", date(2026, 2, 8)),
        ("since", "20260208", date(2026, 2, 8)),
        ("since", 20260208, date(2026, 2, 8)),
        ("since", 46061, date(2026, 2, 8)),
        ("since", "2026-02-08 10:20", date(2026, 2, 8)),
        ("seen_at", "2026-02-08 10:20", datetime(2026, 2, 8, 2, 20, tzinfo=UTC)),
        ("seen_at", "2026年2月8日10时20分", datetime(2026, 2, 8, 2, 20, tzinfo=UTC)),
        ("seen_at", "2026-02-08T10:20:30Z", datetime(2026, 2, 8, 10, 20, 30, tzinfo=UTC)),
        ("seen_at", "2026-02-08T10:20:30.5+08:00", datetime(2026, 2, 8, 2, 20, 30, tzinfo=UTC)),
        ("seen_at", "2026-02-08", datetime(2026, 2, 7, 16, tzinfo=UTC)),
        ("seen_at", 46061.5, datetime(2026, 2, 8, 4, tzinfo=UTC)),
        ("phone", 19900001234, "19900001234"),
        ("phone", "199 0000-1234", "19900001234"),
        ("phone", "+852 5555 0123", "+85255550123"),
        ("phone", "11010519491231002x", "11010519491231002X"),
        ("code", 101.0, "101"),
        ("code", " A 1 ", "A1"),
        ("people", "1,234", 1234),
        ("people", "３", 3),
        ("people", 3.0, 3),
        ("area", 98.5, Decimal("98.5")),
        ("area", 100.0, Decimal(100)),
        ("area", "-.5", Decimal("-0.5")),
        ("is_low", "是", True),
        ("is_low", "NO", False),
        ("is_low", 1, True),
        ("is_low", "√", True),
        ("state", " let ", "let"),
        ("state", "出租", "let"),
        ("state", "lived  in", "self"),
        ("note", "a\u202eb\x00c\u200b ", "abc"),
        ("note", 12.0, "12"),
    ],
)
def test_cells_as_people_type_them(key, cell, value, settings):
    settings.TIME_ZONE = "Asia/Shanghai"
    header = ["code", key] if key != "code" else ["code"]
    row = ["7", cell] if key != "code" else [cell]

    (values,) = values_of(sheet(header, row, strings_to_numbers=False))

    assert values[key] == value
    assert type(values[key]) is type(value)


def test_dates_that_excel_itself_made():
    stream = io.BytesIO()
    with Workbook(stream) as book:
        page, days = book.add_worksheet(), book.add_format({"num_format": "d mmm yyyy hh:mm"})
        page.write_row(0, 0, ["code", "since", "seen_at"])
        page.write_string(1, 0, "7")
        page.write_datetime(1, 1, datetime(2026, 2, 8, 10, 20), days)
        page.write_datetime(1, 2, datetime(2026, 2, 8, 10, 20, 30), days)

    (values,) = values_of(stream.getvalue())

    assert values["since"] == date(2026, 2, 8)
    assert values["seen_at"] == datetime(2026, 2, 8, 2, 20, 30, tzinfo=UTC)


# --- kinds of file ---


def test_an_old_excel_file():
    (values,) = values_of(zlib.decompress(base64.b85decode(XLS)), Table("t", [
        Column("code", "户号", "code"), Column("phone", "电话", "longdigits"), Column("day", "日期", "date"),
    ]))  # fmt: skip

    assert values == {"code": "007", "phone": "19900001234", "day": date(2026, 11, 21)}


def ods(rows, repeated=1):
    cells = "".join(
        f'<table:table-row table:number-rows-repeated="{repeated}">'
        + "".join(f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row)
        + "</table:table-row>"
        for row in rows
    )
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="a">{cells}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml", "<manifest:manifest xmlns:manifest='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'/>"
        )
    return stream.getvalue()


def test_an_open_document_sheet():
    assert [values["code"] for values in values_of(ods([["户号", "备注"], ["7", "x"]]))] == ["7"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_the_encodings_people_have(encoding, delimiter):
    text = f'户号{delimiter}备注\r\n007{delimiter}"涪城区，𠮷家\n二楼"\r\n'

    (values,) = values_of(text.encode(encoding))

    assert (values["code"], values["note"]) == ("007", "涪城区，𠮷家\n二楼")


def test_a_late_character_of_another_encoding_is_noticed():
    text = "户号,备注\n" + "7,a\n" * 40_000 + "8,涪\n"

    assert values_of(text.encode("gb18030"))[-1]["note"] == "涪"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "table_empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "table_not_read"),
        (b"\xff\xfe\xfd,\xff\xff\xff", "table_encoding"),
        (b"\0" * 100, "table_not_read"),
        (b"PK\x03\x04 no zip", "table_broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 4_000, "table_broken"),
        ("户号\n".encode() + b'"' + b"x" * 200_000, "table_broken"),
    ],
    ids=["empty", "picture", "bytes", "zeros", "zip", "ole", "endless-cell"],
)
def test_what_is_no_table_is_refused(data, code):
    with pytest.raises(TableUnreadable) as caught:
        rows_of(data)

    assert (caught.value.code, caught.value.status, caught.value.field) == (code, 400, "file")
    assert str(caught.value.message).endswith((".", "。"))


def test_a_zip_that_holds_no_workbook_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", "x")

    with pytest.raises(TableUnreadable):
        rows_of(stream.getvalue())


def test_a_workbook_cut_short_is_refused():
    data = xlsx(rows=[ROW] * 50)

    for share in (20, 50, 80, 99):
        with pytest.raises(TableUnreadable):
            rows_of(data[: len(data) * share // 100])


# --- bombs ---


def test_too_many_bytes_are_refused(tmp_path):
    data = csv_bytes(rows=[ROW] * 50)
    path = tmp_path / "homes.csv"
    path.write_bytes(data)

    for source in (io.BytesIO(data), path):
        with pytest.raises(TableTooLarge) as caught:
            list(read(source, HOMES, most_bytes=1_000))
        assert caught.value.status == 413


def test_too_many_rows_are_refused():
    with pytest.raises(TableTooLarge, match="table_too_many_rows"):
        rows_of(csv_bytes(rows=[ROW] * 12), most_rows=10)


def test_a_zip_bomb_is_refused_before_it_is_unpacked_into_memory():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 60_000_000)
    assert len(stream.getvalue()) < 100_000

    with pytest.raises(TableTooLarge):
        rows_of(stream.getvalue())


def test_a_zip_that_lies_about_its_sizes_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 30_000_000)
    lie = stream.getvalue().replace((30_000_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))

    with pytest.raises(TableUnreadable):
        rows_of(lie)


@pytest.mark.parametrize("column", [60, 16_383])  # 64 million empty cells, 17 billion
def test_a_sheet_of_countless_empty_cells_is_refused(column):
    stream = io.BytesIO()
    with Workbook(stream) as book:
        page = book.add_worksheet()
        page.write(0, 0, "户号")
        page.write(1_048_575, column, "x")

    with pytest.raises(TableUnreadable):
        rows_of(stream.getvalue())


def test_an_open_document_row_repeated_without_end_is_refused():
    with pytest.raises(TableUnreadable):
        rows_of(ods([["户号"], ["7"]], repeated=2_000_000_000), most_rows=1_000)


@pytest.mark.parametrize(
    "program", ["import time; time.sleep(60)", "import os; os.abort()", "print('[1]')", "print('{', end='')"]
)
def test_a_decoder_that_hangs_or_dies_is_a_refusal(tmp_path, monkeypatch, program):
    decoder = tmp_path / "decoder.py"
    decoder.write_text(program)
    monkeypatch.setattr(table_files, "DECODER", decoder)
    monkeypatch.setattr(table_files, "WALL_SECONDS", 1)

    with pytest.raises(TableUnreadable):
        rows_of(xlsx(rows=[ROW]), Table("t", [Column("a", "1")]))


XLS = (
    "c-rk)OGuPa6#nj=8Rvn{t1-~P1|u!gFd}TDzX@fV#A=a5kTcB?VU97>!WL!OP!K`Ts%RtFqK($32eqhOi@>NL2!xrURjZ(=h0fo(XYL="
    "P6*y6Xalhey_uO;t`R|$gIRE3tOe8;Xx4wWy=z<GH+mEU;ouJ}(8ex##ww37AJ}S1sih|!q3t8pCqnhVlwT5cF3y`?ueo73yqjCr*&^M"
    "Av$CnX39795=7&?gsZjvU5I*uyJe1v%w^ECH-%-qeIE6knLH!lui#_DU?u6OZ(Y-C#y>bm#Y=Phftpcc>6E<Srzl=^zGBYP}ye1#br+|"
    "`%_Eog5#lg_Gk2)7UbMhR`h!)>Wl9x+<%Nqn*6z-Q-FKZzUt^6CXh|81e(`y0KF7ICrunsftWum|~&<S0RV-KD*dn8P|KSrsyNB){&bY"
    "TK#V%T#?xuRZDl+S@w<Dy?%G2rozjHGDj(iBkx%9N|L}ra0zqe|otm*>4?Y%^0Wt(hXw0iU&5%DGzcEvPCk}cxYjH6Z3h#>Kc~onPaqr"
    "sc!18)xxfE?sI{yO*GC{#w)A2Ox{3p?&IDE4Y~K$Mv|v`3#VgKZ>$M4(tM=IU;W0>Dq6*j>k1DorxrSy%re*glvsQ+tYf$JT`+`sb(9D"
    "Z=2A<|j`-1%dajhW_=UG%Z#5q-njyj7!0zdbm!dsqq_RtjYx8S~E*Zr=p1$s~TX6se1_lNO1_lNO27dsdAI@F+J;9?N{=NFU&ODW(`Aq"
    "WPVjo86camNzcOpY|7NZsIpVjaP=UQTkKF;?-g#$Et7DGsK977fFUwU~H<^N~Nj^V#|geo1sSV^4!c>M2sw9$3"
)
