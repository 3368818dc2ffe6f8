import base64
import pickle
import pprint
import time
from binascii import unhexlify

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.core.serializers import serialize
from django.db import connection, models, transaction
from django.test.utils import isolate_apps, override_settings
from hypothesis import given
from hypothesis import strategies as st

from linli.kernel import encryption
from linli.kernel.encryption import CannotDecrypt, EncryptedTextField, Sealed, blind_index, blind_indexes
from linli.kernel.identifiers import new_id

FIRST_KEY, SECOND_KEY = (base64.b64encode(bytes([value]) * 32).decode() for value in (1, 2))
PLACE = {"table": "person", "field": "phone"}
PHONE = "19900001234"


@pytest.fixture(params=["aes", "sm"])
def suite(request, settings):
    settings.LINLI_KEYS, settings.LINLI_CRYPTO = [FIRST_KEY], request.param
    return request.param


# --- the standards' own vectors ---


def test_sm3_gives_the_digest_of_the_standard():
    digest = hashes.Hash(hashes.SM3())
    digest.update(b"abc")

    assert digest.finalize().hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_sm4_gives_the_block_of_the_standard():
    block = unhexlify("0123456789abcdeffedcba9876543210")
    encryptor = Cipher(algorithms.SM4(block), modes.ECB()).encryptor()

    assert encryptor.update(block).hex() == "681edf34d206965e86b3e94f536e4246"


def test_sm4_gcm_gives_the_vector_of_rfc_8998():
    key, nonce = unhexlify("0123456789abcdeffedcba9876543210"), unhexlify("00001234567800000000abcd")
    associated = unhexlify("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = unhexlify("".join(letter * 16 for letter in "abcdefea"))
    expected = (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )

    cipher = encryption._Sm4Gcm(key)

    assert cipher.encrypt(nonce, plain, associated).hex() == expected
    assert cipher.decrypt(nonce, unhexlify(expected), associated) == plain


# --- values ---


@pytest.mark.parametrize("text", ["", "1", PHONE, "身份证 11010519491231002X", "🏘" * 500])
def test_what_is_encrypted_is_read_back(suite, text):
    data = encryption.encrypt(text, **PLACE, row=7)

    assert encryption.decrypt(data, **PLACE, row=7) == text
    assert len(data) == 2 + 12 + len(text.encode()) + 16
    assert len(text) < 5 or text.encode() not in data
    assert encryption.encrypt(text, **PLACE, row=7) != data  # a new nonce each time


@pytest.mark.parametrize("change", [{"table": "case"}, {"field": "name"}, {"row": 8}, {"row": None}])
def test_a_value_moved_to_another_place_does_not_open(suite, change):
    data = encryption.encrypt(PHONE, **PLACE, row=7)

    with pytest.raises(CannotDecrypt):
        encryption.decrypt(data, **{**PLACE, "row": 7, **change})


def test_a_value_changed_by_one_bit_does_not_open(suite):
    data = encryption.encrypt(PHONE, **PLACE, row=7)

    for position in range(len(data) * 8):
        changed = bytearray(data)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(CannotDecrypt):
            encryption.decrypt(bytes(changed), **PLACE, row=7)


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01" * 29, b"\x07" * 60, b"plain text in a column made before"])
def test_what_was_never_encrypted_does_not_open(suite, data):
    with pytest.raises(CannotDecrypt):
        encryption.decrypt(data, **PLACE)


def test_a_value_cut_short_does_not_open(suite):
    data = encryption.encrypt(PHONE, **PLACE)

    for length in range(len(data)):
        with pytest.raises(CannotDecrypt):
            encryption.decrypt(data[:length], **PLACE)


def test_an_error_tells_nothing_of_the_value(suite):
    with pytest.raises(CannotDecrypt) as caught:
        encryption.decrypt(encryption.encrypt(PHONE, **PLACE, row=7), **PLACE, row=8)

    assert PHONE not in str(caught.value)


def test_rows_of_both_suites_and_of_older_keys_are_read(settings):
    settings.LINLI_KEYS = [FIRST_KEY]
    values = []
    for settings.LINLI_CRYPTO in ("aes", "sm"):
        values.append(encryption.encrypt(PHONE, **PLACE))
    settings.LINLI_KEYS = [SECOND_KEY, FIRST_KEY]
    values.append(encryption.encrypt(PHONE, **PLACE))

    assert [encryption.decrypt(value, **PLACE) for value in values] == [PHONE] * 3
    assert [encryption.is_current(value) for value in values] == [False, False, True]

    settings.LINLI_KEYS = [SECOND_KEY]
    with pytest.raises(CannotDecrypt):
        encryption.decrypt(values[0], **PLACE)


def test_two_older_keys_that_share_an_id_are_both_tried(settings):
    by_id = {}
    for number in range(300):  # 256 ids: some two must meet
        key = base64.b64encode(number.to_bytes(32, "big")).decode()
        if (key_id := encryption._ring_of((key,))[0].key_id) in by_id:
            break
        by_id[key_id] = key
    settings.LINLI_CRYPTO, settings.LINLI_KEYS = "aes", [key]
    value = encryption.encrypt(PHONE, **PLACE)

    present = next(one for its_id, one in by_id.items() if its_id != key_id)
    settings.LINLI_KEYS = [present, by_id[key_id], key]

    assert encryption.decrypt(value, **PLACE) == PHONE


@pytest.mark.parametrize("keys", [[], ["not base64!"], [base64.b64encode(b"short").decode()]])
def test_bad_keys_stop_the_program_without_showing_them(settings, keys):
    settings.LINLI_KEYS, settings.LINLI_CRYPTO = keys, "aes"

    with pytest.raises(ImproperlyConfigured, match="LINLI_KEYS") as caught:
        encryption.encrypt(PHONE, **PLACE)

    assert not keys or keys[0] not in str(caught.value)


def test_an_unknown_suite_stops_the_program(settings):
    settings.LINLI_KEYS, settings.LINLI_CRYPTO = [FIRST_KEY], "rot13"

    with pytest.raises(ImproperlyConfigured, match="rot13"):
        encryption.encrypt(PHONE, **PLACE)


def test_no_key_shows_in_repr(suite):
    assert repr(encryption._ring()) == "(<key>,)"


# --- blind indexes ---


def test_equal_values_have_equal_indexes_however_they_are_typed(suite):
    index = blind_index("people.person.phone", PHONE)

    assert len(unhexlify(index)) == 16
    assert {blind_index("people.person.phone", typed) for typed in ("+86 199 0000 1234", "１９９-０００0-1234")} == {index}
    assert blind_index("people.person.identity_number", "11010519491231002x") == blind_index(
        "people.person.identity_number", "110105 19491231 002Ｘ"
    )
    assert blind_index("people.person.email", " Wang@example.org") == blind_index("people.person.email", "wang@EXAMPLE.org")


def test_an_index_belongs_to_its_field_suite_and_key(suite, settings):
    other = {"aes": "sm", "sm": "aes"}[suite]
    found = {blind_index("a.phone", PHONE), blind_index("b.phone", PHONE), blind_index("a.phone", "19900001235")}
    settings.LINLI_CRYPTO = other
    found.add(blind_index("a.phone", PHONE))
    settings.LINLI_KEYS = [SECOND_KEY]
    found.add(blind_index("a.phone", PHONE))

    assert len(found) == 5


def test_nothing_has_no_index(suite):
    assert blind_index("a.phone", "") == blind_index("a.phone", "none") == ""
    assert blind_indexes("a.phone", "") == []


def test_a_new_key_in_front_keeps_every_index(suite, settings):
    index = blind_index("a.phone", PHONE)

    settings.LINLI_KEYS = [SECOND_KEY, FIRST_KEY]

    assert blind_index("a.phone", PHONE) == index


def test_after_a_change_of_suite_the_old_index_is_still_looked_for(suite, settings):
    index = blind_index("a.phone", PHONE)

    settings.LINLI_CRYPTO = {"aes": "sm", "sm": "aes"}[suite]

    assert index in blind_indexes("a.phone", PHONE)
    assert blind_indexes("a.phone", PHONE)[0] == blind_index("a.phone", PHONE)


# --- the model field ---


def create_table(model):
    """Within the test's transaction, where Django's schema editor refuses to work on SQLite."""
    columns = [
        " ".join(
            filter(
                None,
                [
                    field.column,
                    field.db_type(connection),
                    "primary key" if field.primary_key else "",
                    field.db_type_suffix(connection),
                ],
            )
        )
        for field in model._meta.local_fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"create table {model._meta.db_table} ({', '.join(columns)})")


@pytest.fixture
def people(db, suite):
    """Two tables: ids made by the application, ids made by the database."""
    with isolate_apps():

        class Person(models.Model):
            id = models.UUIDField(primary_key=True, default=new_id)
            phone = EncryptedTextField(null=True)
            note = EncryptedTextField(blank=True)

            class Meta:
                app_label = "kernel"

        class Numbered(models.Model):
            phone = EncryptedTextField()

            class Meta:
                app_label = "kernel"

        create_table(Person)
        create_table(Numbered)
        yield Person, Numbered


def stored(model, column="phone"):
    with connection.cursor() as cursor:
        cursor.execute(f"select {column} from {model._meta.db_table} order by id")
        return [row[0] for row in cursor.fetchall()]


def test_the_field_is_text_on_the_row_and_sealed_in_store(people):
    person_model, _ = people
    person = person_model.objects.create(phone=PHONE, note="")

    (column,) = stored(person_model)
    loaded = person_model.objects.get(pk=person.pk)

    assert PHONE not in column
    assert base64.b64decode(column)[0] & encryption.ROW_BOUND
    assert loaded.phone == PHONE
    assert (loaded.note, stored(person_model, "note")) == ("", [""])


def test_null_stays_null_and_can_be_asked_for(people):
    person_model, _ = people
    person_model.objects.create(phone=None)

    assert person_model.objects.filter(phone__isnull=True).get().phone is None


def test_a_value_moved_to_another_row_does_not_open(people):
    person_model, _ = people
    person_model.objects.create(phone=PHONE)
    victim = person_model.objects.create(phone="19900005678")
    with connection.cursor() as cursor:
        cursor.execute(f"update {person_model._meta.db_table} set phone = %s", [stored(person_model)[0]])

    with pytest.raises(CannotDecrypt):
        person_model.objects.get(pk=victim.pk).phone  # noqa: B018


def test_a_row_whose_id_the_database_makes_is_bound_at_its_second_save(people):
    _, numbered = people
    row = numbered.objects.create(phone=PHONE)
    assert not base64.b64decode(stored(numbered)[0])[0] & encryption.ROW_BOUND
    assert numbered.objects.get().phone == PHONE

    row.save()

    assert base64.b64decode(stored(numbered)[0])[0] & encryption.ROW_BOUND
    assert numbered.objects.get().phone == PHONE


def test_updates_that_see_no_row_still_encrypt(people):
    person_model, _ = people
    rows = person_model.objects.bulk_create([person_model(phone=PHONE), person_model(phone=PHONE)])
    person_model.objects.update(note="asked twice")
    for row in rows:
        row.phone = "19900005678"
    person_model.objects.bulk_update(rows, ["phone"])

    assert {row.phone for row in person_model.objects.all()} == {"19900005678"}
    assert {row.note for row in person_model.objects.all()} == {"asked twice"}
    assert not any("asked" in note for note in stored(person_model, "note"))


def test_saving_a_row_that_was_not_read_keeps_its_value(people):
    person_model, _ = people
    person_model.objects.create(phone=PHONE, note="a")
    before = stored(person_model)

    person = person_model.objects.get()
    person.note = "b"
    person.save()

    assert stored(person_model) == before
    assert person_model.objects.get().note == "b"


def test_a_deferred_and_a_refreshed_field_open(people):
    person_model, _ = people
    person_model.objects.create(phone=PHONE)

    person = person_model.objects.defer("phone").get()
    assert person.phone == PHONE
    person.phone = "changed"
    person.refresh_from_db()
    assert person.phone == PHONE


def test_a_row_can_be_copied_once_its_secrets_were_read(people):
    person_model, _ = people
    person_model.objects.create(phone=PHONE)
    person = person_model.objects.get()
    blind_copy = person_model.objects.get()
    blind_copy.pk = new_id()
    with pytest.raises(CannotDecrypt), transaction.atomic():
        blind_copy.save(force_insert=True)
    assert person.phone == PHONE

    person.pk = new_id()
    person.save(force_insert=True)

    assert [row.phone for row in person_model.objects.all()] == [PHONE, PHONE]


@pytest.mark.parametrize("lookup", [{"phone": PHONE}, {"phone__contains": "199"}, {"phone__in": [PHONE]}])
def test_an_encrypted_field_cannot_be_searched(people, lookup):
    person_model, _ = people

    with pytest.raises(FieldError):
        person_model.objects.filter(**lookup)


def test_the_value_shows_in_no_repr_and_no_dump(people):
    person_model, _ = people
    person_model.objects.create(phone=PHONE)

    person = person_model.objects.get()
    values = person_model.objects.values().get()

    assert str(person.phone) == f"{person.phone}" == PHONE
    shown = [
        repr(person_model(phone=PHONE).phone),
        repr(person.phone),
        "%r" % [person.phone],
        pprint.pformat(vars(person)),
        repr(values),
        repr(person),
    ]
    assert not any(PHONE in text for text in shown)
    assert isinstance(values["phone"], Sealed)
    with pytest.raises(TypeError, match="encrypted"):
        serialize("json", person_model.objects.all())
    assert pickle.loads(pickle.dumps(person.phone)) == PHONE


def test_rotation_goes_on_where_it_stopped_and_the_old_key_can_go(people, settings):
    person_model, _ = people
    person_model.objects.bulk_create([person_model(phone=PHONE, note="n") for _ in range(5)])
    settings.LINLI_KEYS = [SECOND_KEY, FIRST_KEY]
    rows = person_model.objects.order_by("pk")

    assert encryption.rotate(rows[:2], ["phone", "note"]) == 2
    assert encryption.rotate(rows, ["phone", "note"]) == 3
    settings.LINLI_KEYS = [SECOND_KEY]

    assert {(row.phone, row.note) for row in rows} == {(PHONE, "n")}


@isolate_apps()
def test_an_index_or_unique_mark_on_the_field_is_an_error():
    class Wrong(models.Model):
        phone = EncryptedTextField(unique=True)

        class Meta:
            app_label = "kernel"

    assert [error.id for error in Wrong._meta.get_field("phone").check()] == ["linli.E001"]


@isolate_apps()
def test_a_field_keeps_its_old_place_when_it_is_renamed(settings):
    settings.LINLI_KEYS, settings.LINLI_CRYPTO = [FIRST_KEY], "aes"

    class Renamed(models.Model):
        telephone = EncryptedTextField(bound_to="person.phone")

        class Meta:
            app_label = "kernel"

    field = Renamed._meta.get_field("telephone")
    row = Renamed(pk=7)
    row.__dict__["telephone"] = Sealed(encryption.encrypt(PHONE, **PLACE, row=7))

    assert row.telephone == PHONE
    assert field.deconstruct()[3]["bound_to"] == "person.phone"
    assert field.clone().bound_to == "person.phone"


@given(text=st.text(), row=st.one_of(st.none(), st.uuids(), st.integers(1, 10**9)))
def test_any_text_is_read_back(text, row):
    for crypto in ("aes", "sm"):
        with override_settings(LINLI_KEYS=[FIRST_KEY], LINLI_CRYPTO=crypto):
            value = encryption.encrypt(text, **PLACE, row=row)
            assert encryption.decrypt(value, **PLACE, row=row) == text


def test_a_field_costs_little(suite):
    began = time.process_time()
    for _ in range(2_000):
        encryption.decrypt(encryption.encrypt(PHONE, **PLACE, row=7), **PLACE, row=7)

    assert (time.process_time() - began) / 2_000 < 200e-6
