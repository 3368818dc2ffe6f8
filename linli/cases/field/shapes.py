"""Shapes of what phones send. Fields they do not know are let pass: an app of last year must still get its work in."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal, TypeVar

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from linli.cases.operations.report import MAX_TEXT
from linli.kernel.endpoints import Instant, Latitude, Longitude, bounded
from linli.kernel.errors import BadInput, RuleBroken

MOST_PHOTOS = 9
MOST_STEPS = 50
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Shape = TypeVar("Shape", bound=BaseModel)


class Sent(BaseModel):
    """Base of everything a phone sends."""

    model_config = ConfigDict(extra="ignore")


class Spot(Sent):
    """Where the phone was, in WGS-84, and how sure of it (metres)."""

    lng: Longitude
    lat: Latitude
    accuracy: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)] | None = None


class Device(Sent):
    """What the phone knows about itself: how far its clock is off (seconds, ours minus its), and its version of the app."""

    clock_off: Annotated[int, Field(ge=-(10**10), le=10**10)] = 0
    spot: Spot | None = None
    app: bounded(20) = ""  # type: ignore[valid-type]

    def evidence(self) -> dict[str, Any]:
        """What is kept beside a step: only what says something."""
        found: dict[str, Any] = {"clock_off": self.clock_off} if self.clock_off else {}
        if self.spot:
            found |= {"lng": round(self.spot.lng, 6), "lat": round(self.spot.lat, 6)}
            if self.spot.accuracy is not None:
                found["accuracy"] = round(self.spot.accuracy)
        return found | ({"app": self.app} if self.app else {})


class SentReport(Sent):
    """A report. `photos` names pictures by the SHA-256 of their bytes; they come by themselves, before or after."""

    id: uuid.UUID
    category: bounded(8, 1)  # type: ignore[valid-type]
    text: bounded(MAX_TEXT, 1)  # type: ignore[valid-type]
    lng: Longitude
    lat: Latitude
    address: bounded(200) = ""  # type: ignore[valid-type]
    photos: Annotated[list[Sha256], Field(max_length=MOST_PHOTOS)] = []
    device_at: Instant | None = None
    device: Device = Device()


class SentStep(Sent):
    """Something done on the spot. `of` names the clock-in that a clock-out ends, by the id it was sent under."""

    request_id: uuid.UUID
    verb: Literal["pre_check", "verify_pass", "verify_fail", "urge", "note", "clock_in", "clock_out"]
    case: uuid.UUID | None = None
    text: bounded(MAX_TEXT) = ""  # type: ignore[valid-type]
    found: bool | None = None
    photos: Annotated[list[Sha256], Field(max_length=MOST_PHOTOS)] = []
    version: Annotated[int, Field(ge=1, le=2**31)] | None = None
    device_at: Instant | None = None
    device: Device = Device()
    of: uuid.UUID | None = None


class SentSteps(Sent):
    """Several steps; each is read, taken and answered by itself."""

    steps: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST_STEPS)]


def read(shape: type[Shape], body: bytes | dict[str, Any]) -> Shape:
    """What was sent, as a shape. Raises BadInput for what is no JSON, RuleBroken naming the field that is wrong."""
    try:
        return shape.model_validate_json(body) if isinstance(body, bytes) else shape.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        if not name:
            raise BadInput("json_wrong", _("This cannot be read as JSON.")) from None
        raise RuleBroken(
            "input_wrong", _("“%(field)s” is missing or not as it should be.") % {"field": name}, field=name
        ) from None
