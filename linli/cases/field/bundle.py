"""What a phone keeps to work without a network: the catalogue, the areas and buildings of its street. Nothing personal.

The place part is made once a street and kept in memory.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from linli.catalogue.queries import catalogue
from linli.kernel.endpoints import dumps
from linli.kernel.policy import Actor
from linli.kernel.snapshots import Snapshot
from linli.organizations.queries import bodies, roles
from linli.places.models import Area, Building
from linli.places.queries import areas

DIGITS = 6  # of a coordinate: 0.1 m
MOST_BUILDINGS = 6000
LEVELS = ("street", "community", "grid")


@dataclass(frozen=True)
class Part:
    """JSON as it is sent, and the tag that says whether it changed."""

    content: bytes
    tag: str


def _part(value: Any) -> Part:
    content = dumps(value)
    return Part(content, hashlib.blake2b(content, digest_size=8).hexdigest())


def _catalogue_part() -> Part:
    known = catalogue()
    majors = [[row.code, row.kind, row.name_zh, row.name_en] for row in known.majors.values()]
    categories = [
        [row.code, row.name_zh, row.name_en, row.keywords_zh, row.keywords_en, row.icon] for row in known.categories.values()
    ]
    labels = {row.key: [row.zh, row.en] for row in known.labels.values()}
    return _part({"majors": majors, "categories": categories, "labels": labels})


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, int | float):
        return round(coordinates, DIGITS)
    return [_rounded(part) for part in coordinates]


def _places_part(street: str) -> Part:
    rows = Area.objects.filter(level__in=LEVELS, code__in=[area.code for area in areas().within(street)]).order_by("code")
    shown = [
        [code, level, zh, en, _rounded(polygon["coordinates"]) if polygon else None]
        for code, level, zh, en, polygon in rows.values_list("code", "level", "name_zh", "name_en", "polygon")
    ]
    fields = ("code", "grid_code", "lng", "lat", "estate_zh", "estate_en", "number", "address_zh", "address_en")
    buildings = Building.objects.filter(grid_code__startswith=street).order_by("code").values_list(*fields)[:MOST_BUILDINGS]
    return _part({"street": street, "areas": shown, "buildings": [_rounded_row(row) for row in buildings]})


def _rounded_row(row: tuple[Any, ...]) -> list[Any]:
    return [round(value, DIGITS) if isinstance(value, float) else value for value in row]


_catalogue: Snapshot[Part] = Snapshot("catalogue", _catalogue_part)
_places: Snapshot[dict[str, Part]] = Snapshot("areas", dict)


def street_of(actor: Actor) -> str:
    """The street an actor works in; the whole district for those whose post covers more."""
    return actor.area_code[:9]


def places_of(street: str) -> Part:
    made = _places.get()
    if street not in made:
        made[street] = _places_part(street)
    return made[street]


@dataclass(frozen=True)
class Bundle:
    """The whole, plain and compressed, with its ETag."""

    plain: bytes
    etag: str

    @property
    def packed(self) -> bytes:
        return gzip.compress(self.plain, compresslevel=5, mtime=0)


def bundle_of(actor: Actor) -> Bundle:
    """What this actor's phone keeps; no query once the street's part is made."""
    known, places = _catalogue.get(), places_of(street_of(actor))
    tag = hashlib.blake2b(f"{known.tag}{places.tag}".encode(), digest_size=8).hexdigest()
    plain = b'{"linli":1,"tag":"%s","catalogue":%s,"places":%s}' % (tag.encode(), known.content, places.content)
    return Bundle(plain, f'"{tag}"')


def user_of(actor: Actor) -> dict[str, Any]:
    """Who works with the phone, in both languages where a name has them. The phone keeps it sealed."""
    role, body = roles().get(actor.role), bodies().by_id.get(actor.organization_id or 0)
    area = areas().by_code.get(actor.area_code)
    return {
        "id": str(actor.person_id or ""),
        "name": actor.name,
        "role": [role.name_zh, role.name_en] if role else ["", ""],
        "body": [body.name_zh, body.name_en] if body else ["", ""],
        "place": [area.name_zh, area.name_en] if area else ["", ""],
        "area": actor.area_code,
        "post": actor.post_id,
        "rights": sorted(name for name in actor.rights if name.startswith(("cases.case.", "organizations.duty."))),
    }


def store_keys(person_id: UUID) -> list[dict[str, str]]:
    """The keys under which a person's phone keeps its store, present one first.

    They follow from the keys of field encryption, so that an older store opens as long as its key is in LINLI_KEYS. The
    phone gets them when signed in and forgets them when signed out.
    """
    found = []
    for master in settings.LINLI_KEYS:
        info = b"linli|store of a phone|" + person_id.bytes
        made = HKDF(algorithm=hashes.SHA256(), length=36, salt=None, info=info).derive(base64.b64decode(master))
        found.append({"id": made[:4].hex(), "key": base64.b64encode(made[4:]).decode()})
    return found
