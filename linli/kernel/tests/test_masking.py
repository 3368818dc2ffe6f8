import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.kernel.identifiers import identity_checksum
from linli.kernel.masking import (
    find_personal_data,
    mask_bank_card,
    mask_email,
    mask_identity_number,
    mask_name,
    mask_personal_data,
    mask_phone,
    mask_plate,
)

IDENTITY = "99010119900307451" + identity_checksum("99010119900307451")


@pytest.mark.parametrize(
    "written",
    [
        "19900001234",
        "199 0000 1234",
        "199-0000-1234",
        "199.0000.1234",
        "199—0000—1234",
        "1990000 1234",
        "199 00001234",
        "199 00 00 12 34",
        "1 9 9 0 0 0 0 1 2 3 4",
        "１９９００００１２３４",
        "１９９　００００　１２３４",
        "一九九〇〇〇〇一二三四",
        "幺九九零零零零幺二三四",
        "壹玖玖零零零零壹贰叁肆",
        "①⑨⑨00001234",
        "+8619900001234",
        "+86 199 0000 1234",
        "0086-199-0000-1234",
        "86 199 0000 1234",
        "019900001234",
        "199\u200b0000\u200b1234",
    ],
)
def test_mobile_numbers_however_they_are_written(written):
    masked = mask_personal_data(f"请联系{written}，谢谢")

    assert masked.text == "请联系199****1234，谢谢"
    (finding,) = masked.findings
    assert finding == ("phone", 3, 3 + len(written))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("023-55550123", "********123"),
        ("(023)5555 0123", "********123"),
        ("02355550123", "********123"),
        ("0571 5550123", "********123"),
        ("057155550123", "*********123"),
        ("+86 23 5555 0123", "*********123"),
    ],
)
def test_landlines(written, shown):
    masked = mask_personal_data(f"拨{written}。")

    assert [finding.kind for finding in masked.findings] == ["phone"]
    assert masked.text == f"拨{shown}。"


@pytest.mark.parametrize("text", ["家里电话：55550123", "tel 5555-0123", "座机是5550123"])
def test_a_local_number_is_known_by_the_word_before_it(text):
    assert [finding.kind for finding in find_personal_data(text)] == ["phone"]
    assert find_personal_data(text.replace("电话", "").replace("tel", "").replace("座机", "")) == []


@pytest.mark.parametrize(
    "written",
    [
        IDENTITY,
        f"{IDENTITY[:6]} {IDENTITY[6:14]} {IDENTITY[14:]}",
        f"{IDENTITY[:6]}-{IDENTITY[6:10]}-{IDENTITY[10:14]}-{IDENTITY[14:]}",
        " ".join(IDENTITY),
        "11010519491231002X",
        "11010519491231002x",
        "110105 19491231 002Ｘ",
        "110105194912310021",  # wrong checksum, right shape: a slip of the finger is still a person
        "一一〇一〇五一九四九一二三一〇〇二Ｘ",
    ],
)
def test_identity_numbers(written):
    masked = mask_personal_data(f"身份证{written}的老人")

    assert [finding.kind for finding in masked.findings] == ["identity_number"]
    assert masked.findings[0][1:] == (3, 3 + len(written))
    assert "****************" in masked.text
    assert "1949" not in masked.text


def test_an_old_identity_number_is_known_by_the_word_before_it():
    assert [finding.kind for finding in find_personal_data("身份证号：110105491231002")] == ["identity_number"]
    assert find_personal_data("网格 110105001002003") == []


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("渝A12345", "渝A*****"),
        ("渝A·1B2C3", "渝A*****"),
        ("渝 A 12345", "渝A*****"),
        ("渝a-12345", "渝A*****"),
        ("渝ＡD12345", "渝A******"),
        ("渝A12345F", "渝A******"),
        ("京A1234警", "京A*****"),
        ("川B1234学", "川B*****"),
        ("苏E1234挂", "苏E*****"),
        ("粤Z1234港", "粤Z*****"),
        ("沪A1234领", "沪A*****"),
        ("224578使", "*******"),
        ("使224578", "*******"),
    ],
)
def test_plates(written, shown):
    masked = mask_personal_data(f"有辆{written}挡住了消防通道")

    assert [finding.kind for finding in masked.findings] == ["plate"]
    assert masked.text == f"有辆{shown}挡住了消防通道"


def test_e_mail_addresses():
    masked = mask_personal_data("写信给wang.li+x@mail.example.org，或wang＠example.cn。")

    assert masked.text == "写信给w***@mail.example.org，或w***@example.cn。"


@pytest.mark.parametrize("written", ["6222020000000000000", "6222 0200 0000 0000 000", "6222-0200-0000-0007"])
def test_bank_cards(written):
    assert [finding.kind for finding in find_personal_data(f"卡号{written}")] == ["bank_card"]


def test_a_number_that_fails_the_luhn_sum_is_no_card():
    assert find_personal_data("编号6222020000000000001") == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("加我微信：linli_wang88", "加我微信：***"),
        ("微信号abcdefg", "微信号***"),
        ("vx linli2026", "vx ***"),
        ("VX：LinliWang", "VX：***"),
        ("ID是wxid_ab12cd34ef", "ID是***"),
        ("QQ：1234567", "QQ：***"),
        ("微信同号19900001234", "微信同号199****1234"),
    ],
)
def test_chat_ids(text, shown):
    assert mask_personal_data(text).text == shown


@pytest.mark.parametrize(
    "text",
    [
        "G50沪渝高速K1234+500处路面塌陷",
        "S201省道与X023县道交叉口，G5021",
        "单号261121-7K3M9QF，另见 261121-1234567 和190307-1990000",
        "QQ 261121-7K3M9QF，wx 号 261121-7K3M9QF",
        "2026-11-21 08:30 至 2026/11/22 18:00",
        "1990-11-21 199号",
        "2026年11月21日8时30分，二〇二六年十一月",
        "位置106.5107,29.5023（106.510712345 29.502312345）",
        "坐标 29.19900001234",
        "坐标 139.87654321",
        "金额19900001234元，另付￥19900001234，合计1,380,013.50元",
        "3栋2单元1501室，门牌138号",
        "水表读数 00012345，电梯编号 31105001122018",
        "拨打12345、110、119、120 或 400-000-0123",
        "网格990101001002003，社区990101001002",
        "10086 和 95588 来电",
        "13 楼 15 楼 17 楼 1901",
        "关注微信公众号 linli_yunxi",
        "用微信 Android 版上报，微信支付",
        "新A座12345",
        "在云溪路A1234",
        "IP 192.168.100.1234",
        "一心一意，三三两两，七上八下",
        "面积1380.5平方米，长13.8米",
    ],
)
def test_what_is_left_alone(text):
    assert mask_personal_data(text).text == text


def test_several_findings_in_order():
    masked = mask_personal_data(f"王女士19900001234、19900005678，车渝A12345，证{IDENTITY}")

    assert [finding.kind for finding in masked.findings] == ["phone", "phone", "plate", "identity_number"]
    assert masked.text == f"王女士199****1234、199****5678，车渝A*****，证9****************{IDENTITY[-1]}"


def test_phones_on_lines_and_in_numbered_lists():
    assert mask_personal_data("1.19900001234\n2.19900005678").text == "1.199****1234\n2.199****5678"
    assert mask_personal_data("19900001234 19900005678").text == "199****1234 199****5678"


# --- display masks ---


def test_display_masks():
    assert [mask_name(name) for name in ("王小明", "王", "欧阳修文", "Ann Lee", "")] == [
        "王*",
        "王*",
        "欧阳*",
        "A*",
        "",
    ]
    assert [mask_phone(phone) for phone in ("19900001234", "02355550123", "12345", "")] == [
        "199****1234",
        "********123",
        "*****",
        "",
    ]
    assert mask_identity_number("11010519491231002X") == "110105**********2X"
    assert mask_identity_number("11010519491231002X", public=True) == "1****************X"
    assert mask_identity_number("1234") == "****"
    assert mask_plate("渝A·12345") == "渝A*****"
    assert mask_email("not an address") == "***"
    assert mask_bank_card("6222 0200 0000 0008") == "************0008"


# --- whatever is typed ---


@given(st.text(max_size=300))
def test_any_text_is_masked_without_error_and_findings_do_not_overlap(text):
    masked = mask_personal_data(text)

    ends = [0]
    for _, start, end in masked.findings:
        assert ends[-1] <= start < end <= len(text)
        ends.append(end)
    if not masked.findings:
        assert masked.text == text


@given(
    before=st.text("王电话，: 3栋a", max_size=8),
    after=st.text("王，。栋\n", max_size=8),
    number=st.integers(0, 9_999),
    gap=st.sampled_from(["", " ", "-", "·", "　", "–"]),
)
def test_a_phone_never_survives(before, after, number, gap):
    phone = gap.join(["199", "0000", f"{number:04}"])

    masked = mask_personal_data(f"{before if not before[-1:].isdigit() else before + ' '}{phone}{after}")

    assert phone not in masked.text
    assert "phone" in [finding.kind for finding in masked.findings]


@pytest.mark.parametrize(
    "unit",
    [
        "1",
        "1 ",
        "1-",
        "13",
        "1 3 8 ",
        "138 ",
        "a",
        "@",
        "a@",
        "a.",
        "a@a.",
        "微信",
        "微信号",
        "vx:",
        "渝A",
        "渝A1 ",
        "(",
        "身份证",
        "qq ",
        "6222 ",
    ],
)
def test_time_grows_with_the_length_only(unit):
    text = unit * (100_000 // len(unit))

    began = time.process_time()
    mask_personal_data(text)

    assert time.process_time() - began < 4.0
