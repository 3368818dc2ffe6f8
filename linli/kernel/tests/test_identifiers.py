import os
import threading
import time
import uuid
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.kernel import identifiers as ids


def identity_number(seventeen: str = "99010119900307451") -> str:
    return seventeen + ids.identity_checksum(seventeen)


# --- identity numbers ---


def test_the_number_printed_in_the_standard_is_right():
    found = ids.read_identity_number("11010519491231002X")

    assert found is not None
    assert (found.born_on, found.is_male, found.region, found.region_is_known) == (
        date(1949, 12, 31), False, "110105", True,
    )  # fmt: skip


@pytest.mark.parametrize("text", ["11010519491231002x", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２Ｘ"])
def test_however_it_is_typed(text):
    assert ids.is_identity_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "110105194912310021",  # checksum
        "11010519491331002X",  # month 13
        identity_number("11010519000229002"),  # 1900 was no leap year
        identity_number("11010517990101002"),  # two centuries old
        identity_number("11010529990101002"),  # not yet born
        "1101051949123100",
        "11010519491231002XX",
        "X1010519491231002X",
        "١١٠١٠٥١٩٤٩١٢٣١٠٠٢٣",  # other scripts' digits
        "",
    ],
)
def test_what_is_no_identity_number(text):
    assert ids.read_identity_number(text) is None


def test_an_unknown_region_is_only_a_hint():
    found = ids.read_identity_number(identity_number())

    assert found is not None
    assert not found.region_is_known
    assert found.is_male


def test_a_region_younger_than_the_person_is_no_reason_to_refuse():
    assert ids.is_identity_number(identity_number("42010219700101001"))  # code of 1984
    assert ids.is_identity_number(identity_number("34052319700101001"))  # code of 2011


@given(st.dates(date(1900, 1, 1), date(2020, 12, 31)), st.integers(0, 999), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(born, serial, position, step):
    number = identity_number(f"990101{born:%Y%m%d}{serial:03}")
    digit = "0123456789"[(int(number[position].replace("X", "0")) + step) % 10]
    wrong = number[:position] + digit + number[position + 1 :]

    assert ids.is_identity_number(number)
    assert wrong == number or not ids.is_identity_number(wrong)


# --- credit codes ---


def test_a_credit_code_is_right():
    assert ids.is_credit_code("91110000600037341L")
    assert ids.is_credit_code(" 91110000 600037341l")


@pytest.mark.parametrize("text", ["91110000600037341M", "91110000600037431L", "9111000060003734", "9111000O600037341L", ""])
def test_what_is_no_credit_code(text):
    assert not ids.is_credit_code(text)


def test_letters_the_alphabet_leaves_out_are_refused():
    assert not any(ids.is_credit_code("9111000060003734" + letter + "L") for letter in "IOSVZ")


def test_the_kind_of_a_social_body_is_read_from_its_code():
    code = "52110000500000001"
    assert ids.is_credit_code(code + ids.credit_checksum(code))
    assert ids.social_body_kind(code) == "service_organization"
    assert ids.social_body_kind("91110000600037341L") is None


@given(st.text(ids.CREDIT_ALPHABET, min_size=9, max_size=9), st.integers(0, 999999), st.integers(8, 16))
def test_one_wrong_letter_is_always_found(body, region, position):
    stem = f"91{region:06}{body}"
    code = stem + ids.credit_checksum(stem)
    other = ids.CREDIT_ALPHABET[(ids.CREDIT_VALUES[code[position]] + 1) % 31]

    assert ids.is_credit_code(code)
    assert not ids.is_credit_code(code[:position] + other + code[position + 1 :])


# --- phones ---


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("19900001234", "19900001234"),
        ("+86 199 0000 1234", "19900001234"),
        ("0086-199-0000-1234", "19900001234"),
        ("8619900001234", "19900001234"),
        ("１９９００００１２３４", "19900001234"),
        ("(010) 5555-0123", "01055550123"),
        ("+86 10 5555 0123", "01055550123"),
        ("+852 5555 0123", "+85255550123"),
        ("400-000-0123", "4000000123"),
        ("+86 400 000 0123", "4000000123"),
        ("ask at the gate", ""),
        ("", ""),
    ],
)
def test_phones_have_one_form(text, phone):
    assert ids.normalise_phone(text) == phone


def test_which_phones_can_be_dialled():
    assert ids.is_mobile_number("+86 199 0000 1234")
    assert not ids.is_mobile_number("010 5555 0123")
    assert all(map(ids.is_phone_number, ["199 0000 1234", "0571-55550123", "400-000-0123", "+85255550123"]))
    assert not any(map(ids.is_phone_number, ["12345", "29900001234", "199000012345", "", "+1"]))


@given(st.text())
def test_normalising_a_phone_twice_changes_nothing(text):
    once = ids.normalise_phone(text)

    assert ids.normalise_phone(once) == once


# --- ids ---


def test_ids_are_version_7_and_grow():
    made = [ids.new_id() for _ in range(5_000)]

    assert made == sorted(made)
    assert len(set(made)) == 5_000
    assert {(value.version, value.variant) for value in made} == {(7, uuid.RFC_4122)}
    assert abs((made[-1].int >> 80) - time.time() * 1000) < 5_000


def test_ids_grow_even_when_the_clock_goes_back(monkeypatch):
    maker, now = ids._Uuid7Maker(), 1_800_000_000_000_000_000
    monkeypatch.setattr(ids.time, "time_ns", lambda: now)
    before = maker.make()
    monkeypatch.setattr(ids.time, "time_ns", lambda: now - 30_000_000_000)

    assert maker.make() > before


def test_ids_follow_a_clock_that_was_put_right(monkeypatch):
    maker, now = ids._Uuid7Maker(), 1_800_000_000_000_000_000
    monkeypatch.setattr(ids.time, "time_ns", lambda: now)
    maker.make()
    monkeypatch.setattr(ids.time, "time_ns", lambda: now - 3_600_000_000_000)

    assert maker.make().int >> 80 == (now - 3_600_000_000_000) // 1_000_000


def test_an_overflowing_counter_borrows_the_next_millisecond(monkeypatch):
    maker = ids._Uuid7Maker()
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1_800_000_000_000_000_000)
    first = maker.make()
    maker._counter = (1 << ids.COUNTER_BITS) - 1

    second = maker.make()

    assert second > first
    assert second.int >> 80 == (first.int >> 80) + 1


def test_threads_and_forks_share_no_id():
    made: list[uuid.UUID] = []
    threads = [threading.Thread(target=lambda: made.extend(ids.new_id() for _ in range(2_000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reader, writer = os.pipe()
    with ids._maker._lock:  # another thread of the parent may hold it at that moment
        child = os.fork()
    if child == 0:
        os.write(writer, b"".join(ids.new_id().bytes for _ in range(100)))
        os._exit(0)
    made += [ids.new_id() for _ in range(100)]
    os.waitpid(child, 0)
    packed = os.read(reader, 1_600)
    os.close(reader)
    os.close(writer)

    made += [uuid.UUID(bytes=packed[start : start + 16]) for start in range(0, 1_600, 16)]
    assert len(set(made)) == 8_200


def test_an_id_can_be_made_for_an_instant_in_the_past():
    at = datetime(2026, 11, 21, 8, 30, 0, 123_000, tzinfo=UTC)

    made = ids.new_id(at)

    assert made.int >> 80 == int(at.timestamp() * 1000)
    assert made.version == 7
    assert ids.new_id(at) != made


@pytest.mark.parametrize("at", [datetime(2026, 1, 1), datetime(1969, 1, 1, tzinfo=UTC)])
def test_an_id_needs_an_aware_instant_after_1970(at):
    with pytest.raises(ValueError, match="id"):
        ids.new_id(at)


# --- references and tokens ---


def test_a_reference_carries_the_local_day():
    reference = ids.new_reference(datetime(2026, 11, 20, 16, 30, tzinfo=UTC))  # 00:30 on the 21st in Shanghai

    assert reference.startswith("261121-")
    assert ids.REFERENCE_PATTERN.fullmatch(reference)


def test_references_do_not_repeat():
    at = datetime(2026, 11, 21, tzinfo=UTC)

    assert len({ids.new_reference(at) for _ in range(2_000)}) == 2_000


@pytest.mark.parametrize(
    "typed", ["261121-7K3M9QF", "261121 7k3m9qf", "2611217K3M9QF", "２６１１２１－７Ｋ３Ｍ９ＱＦ", " 261121–7K3M9QF"]
)
def test_a_reference_is_understood_however_it_is_typed(typed):
    assert ids.normalise_reference(typed) == "261121-7K3M9QF"


def test_letters_that_look_alike_are_one():
    assert ids.normalise_reference("26112l-oK3M9QI") == "261121-0K3M9Q1"


def test_tokens_have_at_least_128_bits_and_fit_a_url():
    tokens = {ids.new_token() for _ in range(100)}

    assert len(tokens) == 100
    assert all(len(token) * 6 >= 128 and token.replace("-", "").replace("_", "").isalnum() for token in tokens)


# --- division codes ---


def test_the_levels_of_a_code():
    assert ids.division_levels("990101001002003") == {
        "province": "99",
        "city": "9901",
        "county": "990101",
        "street": "990101001",
        "community": "990101001002",
        "grid": "990101001002003",
    }
    assert ids.division_level("99010100100200301") == "micro_grid"
    assert ids.division_parents("99010100100200301") == ["990101001002003", "990101001002", "990101001", "990101"]
    assert ids.division_parent("990101") is None


@pytest.mark.parametrize("code", ["", "99010", "9901010010", "99010X", "９９０１０１"])
def test_what_is_no_division_code(code):
    with pytest.raises(ValueError, match="division code"):
        ids.division_level(code)


LENGTHS = st.sampled_from([6, 9, 12, 15, 17])


@given(st.data())
def test_an_area_range_holds_exactly_the_codes_below(data):
    area, other = (data.draw(LENGTHS.flatmap(lambda length: st.text("089", min_size=length, max_size=length))) for _ in range(2))
    if data.draw(st.booleans()):  # a neighbour, or something within
        other = (area[:-1] + data.draw(st.sampled_from(["", "0", "8", "9"])) + other)[: max(len(area), len(other))]

    low, high = ids.area_range(area)

    assert (low <= other < high) == other.startswith(area)
