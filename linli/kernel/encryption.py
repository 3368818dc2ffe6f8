"""Fields encrypted in store, and blind indexes to find them by exact value.

A stored value is `version ‖ key id ‖ nonce(12) ‖ GCM(text ‖ tag)`: the version says which suite made it and whether it
is bound to its row, the key id which key of the ring. So rows of several suites and keys are read side by side, and a
value altered by one bit, moved to another table or field, or (when bound) to another row does not open.

Suites, by the setting LINLI_CRYPTO: "aes" is AES-256-GCM and HMAC-SHA-256, "sm" is SM4-GCM and HMAC-SM3 (GB/T 32907,
GB/T 32905). Keys, by the setting LINLI_KEYS: base64 of at least 32 random bytes each, the present one first, older ones
behind it. From each, HKDF derives a key per purpose; the master itself encrypts nothing. Rotation: put a new key in
front and call `rotate`; keep the last key, on which the blind indexes hang, until they are made again.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from linli.kernel.identifiers import normalise_identity_number, normalise_phone

AES, SM = 1, 2  # low bits of the version byte
ROW_BOUND = 0x10  # flag in the version byte
SUITE_OF_SETTING = {"aes": AES, "sm": SM}
NONCE_BYTES, TAG_BYTES, HEAD_BYTES = 12, 16, 2
LEAST_KEY_BYTES = 32
INDEX_BYTES = 16


class CannotDecrypt(Exception):
    """A stored value was altered or moved, or its key is no longer in LINLI_KEYS. The message tells no content."""


# --- keys ---


class _Key:
    """One master key and what is derived from it, each only when first needed."""

    def __init__(self, master: bytes) -> None:
        self._master = master
        self.key_id = self.derive("key id", AES, 1)
        self._ciphers: dict[int, AESGCM | _Sm4Gcm] = {}
        self._index_keys: dict[tuple[str, int], bytes] = {}

    def __repr__(self) -> str:
        return "<key>"

    def derive(self, purpose: str, suite: int, length: int) -> bytes:
        algorithm = hashes.SHA256() if suite == AES else hashes.SM3()
        return HKDF(algorithm=algorithm, length=length, salt=None, info=f"linli|{purpose}".encode()).derive(self._master)

    def cipher(self, suite: int) -> AESGCM | _Sm4Gcm:
        if suite not in self._ciphers:
            key = self.derive("field encryption", suite, 32 if suite == AES else 16)
            self._ciphers[suite] = AESGCM(key) if suite == AES else _Sm4Gcm(key)
        return self._ciphers[suite]

    def index_key(self, field: str, suite: int) -> bytes:
        if (field, suite) not in self._index_keys:
            self._index_keys[field, suite] = self.derive(f"blind index|{field}", suite, 32)
        return self._index_keys[field, suite]


class _Sm4Gcm:
    """SM4 in Galois/counter mode with the same two methods as AESGCM."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        encryptor = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        decryptor = Cipher(self._algorithm, modes.GCM(nonce, data[-TAG_BYTES:])).decryptor()
        decryptor.authenticate_additional_data(associated_data)
        return decryptor.update(data[:-TAG_BYTES]) + decryptor.finalize()


@lru_cache(maxsize=8)
def _ring_of(keys: tuple[str, ...]) -> tuple[_Key, ...]:
    if not keys:
        raise ImproperlyConfigured("LINLI_KEYS is empty: give at least one base64 key of 32 random bytes.")
    ring = []
    for position, text in enumerate(keys, start=1):
        try:
            master = base64.b64decode(text, validate=True)
        except binascii.Error:
            raise ImproperlyConfigured(f"Key {position} of LINLI_KEYS is not base64.") from None
        if len(master) < LEAST_KEY_BYTES:
            raise ImproperlyConfigured(f"Key {position} of LINLI_KEYS is shorter than {LEAST_KEY_BYTES} bytes.")
        ring.append(_Key(master))
    if ring[0].key_id in {key.key_id for key in ring[1:]}:
        raise ImproperlyConfigured("The first of LINLI_KEYS has the mark of an older one: make another by `linli keys new`.")
    return tuple(ring)


def new_key() -> str:
    """A new key for the front of LINLI_KEYS; values tell keys apart by a mark of one byte, so it has one that is not taken."""
    taken = {key.key_id for key in _ring()}
    while True:
        master = os.urandom(LEAST_KEY_BYTES)
        if _Key(master).key_id not in taken:
            return base64.b64encode(master).decode()


def _ring() -> tuple[_Key, ...]:
    return _ring_of(tuple(settings.LINLI_KEYS))


def _present_suite() -> int:
    try:
        return SUITE_OF_SETTING[settings.LINLI_CRYPTO]
    except KeyError:
        raise ImproperlyConfigured(f'LINLI_CRYPTO is "aes" or "sm", not {settings.LINLI_CRYPTO!r}.') from None


# --- values ---


def _associated(version: int, key_id: bytes, table: str, field: str, row: object | None) -> bytes:
    """What a value is bound to. Names cannot hold the separator, so no two places give the same bytes."""
    return b"\x1f".join([bytes([version]), key_id, table.encode(), field.encode(), str(row or "").encode()])


def encrypt(text: str, *, table: str, field: str, row: object | None = None) -> bytes:
    """The text encrypted with the present key and suite, bound to table, field and (when given) the row's id."""
    key, suite = _ring()[0], _present_suite()
    version = suite | (ROW_BOUND if row is not None else 0)
    nonce = os.urandom(NONCE_BYTES)
    associated = _associated(version, key.key_id, table, field, row)
    return bytes([version]) + key.key_id + nonce + key.cipher(suite).encrypt(nonce, text.encode(), associated)


def decrypt(data: bytes, *, table: str, field: str, row: object | None = None) -> str:
    """The text of an encrypted value. Raises CannotDecrypt when it was altered or moved, or its key is gone."""
    version, key_id, body = data[:1], data[1:HEAD_BYTES], data[HEAD_BYTES:]
    if len(body) < NONCE_BYTES + TAG_BYTES or version[0] & ~ROW_BOUND not in (AES, SM):
        raise CannotDecrypt("not an encrypted value")
    bound_row = row if version[0] & ROW_BOUND else None
    associated = _associated(version[0], key_id, table, field, bound_row)
    for key in _ring():
        if key.key_id != key_id:  # one byte: two older keys may share it, then both are tried
            continue
        try:
            plain = key.cipher(version[0] & ~ROW_BOUND).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], associated)
        except InvalidTag:
            continue
        return plain.decode()
    raise CannotDecrypt(f"a value of {table}.{field} was altered or moved, or its key is gone")


def is_current(data: bytes) -> bool:
    """Whether a value was made with the present key and suite; others wait for rotation."""
    return data[0] & ~ROW_BOUND == _present_suite() and data[1:HEAD_BYTES] == _ring()[0].key_id


# --- blind indexes ---


def normalise_text(text: str) -> str:
    """NFKC, outer blanks gone, small letters: "Ｗang@Example.org " and "wang@example.org" are one value."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


# By the last word of the field's name.
NORMALISERS: dict[str, Callable[[str], str]] = {"phone": normalise_phone, "identity_number": normalise_identity_number}


def _normaliser(field: str) -> Callable[[str], str]:
    name = field.rpartition(".")[2]
    for ending, normalise in NORMALISERS.items():
        if name == ending or name.endswith("_" + ending):
            return normalise
    return normalise_text


def blind_index(field: str, value: str) -> str:
    """32 hex characters that are equal for equal values of one field and tell nothing without the key; "" for nothing.

    `field` is a lasting name such as "people.person.phone"; its last word chooses how values are made alike (`phone`,
    `identity_number`, otherwise NFKC and small letters). The key comes from the last of LINLI_KEYS, so that adding one
    in front keeps every index. Never index what has few values (sex, illness): counting reveals it.
    """
    return _index(field, value, _present_suite())


def blind_indexes(field: str, value: str) -> list[str]:
    """What to look for while rows of both suites may be in store: `filter(phone_index__in=blind_indexes(…))`."""
    present = _present_suite()
    found = [_index(field, value, suite) for suite in (present, AES + SM - present)]
    return found if found[0] else []


def _index(field: str, value: str, suite: int) -> str:
    plain = _normaliser(field)(value)
    if not plain:
        return ""
    key = _ring()[-1].index_key(field, suite)
    if suite == AES:
        return hmac.digest(key, plain.encode(), "sha256")[:INDEX_BYTES].hex()
    digest = HMAC(key, hashes.SM3())
    digest.update(plain.encode())
    return digest.finalize()[:INDEX_BYTES].hex()


# --- the model field ---


class PrivateText(str):
    """Text that shows in pages where it is printed on purpose, and never by `repr`: error pages, `%r`, debuggers."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<private text>"


class Sealed:
    """A value as the database holds it. `EncryptedTextField` opens it when the attribute is read."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __repr__(self) -> str:
        return "<sealed>"


class _OpenedWhenRead(DeferredAttribute):
    """The attribute of the model: decrypts at the first reading, so lists that show no secret pay nothing."""

    field: EncryptedTextField

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        value = super().__get__(instance, cls)
        if instance is None or not isinstance(value, Sealed):
            return value
        opened = self.field.opened(value, instance)
        instance.__dict__[self.field.attname] = opened
        return opened

    def __set__(self, instance: models.Model, value: Any) -> None:
        # With it Python asks this descriptor before the instance's dictionary, where the sealed value lies.
        instance.__dict__[self.field.attname] = PrivateText(value) if type(value) is str else value


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text encrypted in store (base64 in a text column); plain `str` on the instance, sealed everywhere else.

    Bound to table, column and row id. Ids made by the application (`default=new_id`) are known at the first save; where
    the database makes the id, and in `QuerySet.update` and `bulk_update`, which see no row, the value is bound to table
    and column only, and is bound to its row at the next `save()`. A row copied by changing its id needs its encrypted
    attributes read first. Renaming table or column: keep the old place with `bound_to="old_table.old_column"`.

    `values()` gives `Sealed`, not text. It cannot be searched, sorted or indexed: store `blind_index()` beside it.
    An empty string is stored as it is.
    """

    descriptor_class = _OpenedWhenRead
    description = "Encrypted text"

    def __init__(self, *args: Any, bound_to: str = "", **kwargs: Any) -> None:
        self.bound_to = bound_to
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if self.bound_to:
            kwargs["bound_to"] = self.bound_to
        return name, path, args, kwargs

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        if self.unique or getattr(self, "db_index", False):  # a primary key is unique
            hint = "Put the constraint or index on a column with its blind_index()."
            found.append(checks.Error("An encrypted field cannot be unique or indexed.", hint, self, "linli.E001"))
        return found

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Sealed | str | None:
        return Sealed(base64.b64decode(value)) if value else value

    def to_python(self, value: Any) -> Any:
        return value if isinstance(value, Sealed) else super().to_python(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        held = model_instance.__dict__.get(self.attname)
        if isinstance(held, Sealed) and not add:
            return held  # never read, so not changed
        text = getattr(model_instance, self.attname)
        return self._sealed(text, model_instance.pk) if isinstance(text, str) and text else text

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, str) and value:  # update() and bulk_update(): no row in sight
            value = self._sealed(value, None)
        return base64.b64encode(value.data).decode() if isinstance(value, Sealed) else value

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(f"{self.model.__name__}.{self.name} is encrypted and is not dumped: back up the database instead")

    def opened(self, value: Sealed, instance: models.Model) -> PrivateText:
        table, field = self._place()
        return PrivateText(decrypt(value.data, table=table, field=field, row=instance.pk))

    def _sealed(self, text: str, row: object | None) -> Sealed:
        table, field = self._place()
        return Sealed(encrypt(text, table=table, field=field, row=row))

    def _place(self) -> tuple[str, str]:
        if self.bound_to:
            table, _, field = self.bound_to.partition(".")
            return table, field
        return self.model._meta.db_table, str(self.column)


def rotate(rows: Iterable[models.Model], field_names: Iterable[str]) -> int:
    """Save the named encrypted fields again with the present key, suite and row. Returns how many rows were written.

    Rows that are current already are passed over, so an interrupted run goes on where it stopped.
    """
    written, names = 0, list(field_names)
    for row in rows:
        sealed = {name: row.__dict__.get(name) for name in names}
        old = [name for name, held in sealed.items() if isinstance(held, Sealed) and not is_settled(held)]
        for name in old:
            getattr(row, name)  # opening it makes save() encrypt it again
        if old:
            row.save(update_fields=old)
            written += 1
    return written


def is_settled(held: Sealed) -> bool:
    """Whether a value is under the present key and suite and bound to its row: rotation passes it over."""
    return is_current(held.data) and bool(held.data[0] & ROW_BOUND)
