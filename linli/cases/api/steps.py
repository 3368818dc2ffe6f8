"""One endpoint a verb of the workflow: `POST /cases/{reference}/{verb}`, each with the body its step needs."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from ninja import Query, Router
from pydantic import Field, create_model

from linli.cases.api import schemas
from linli.cases.api.finding import Found, find_case
from linli.cases.api.showing import etag, is_staff_of, shown
from linli.cases.models import Case
from linli.cases.operations import TAKE, Ask, take
from linli.cases.operations.finishing import SOLVED
from linli.cases.operations.report import MAX_TEXT
from linli.cases.workflow import CARDS, INCIDENT
from linli.kernel.endpoints import Body, Instant, RowId, answer, bounded, endpoint
from linli.kernel.errors import BadInput, Conflict, DomainError
from linli.kernel.policy import Actor
from linli.kernel.workflow import SAME

router = Router(tags=["Steps"])
IF_MATCH = {
    "in": "header", "name": "If-Match", "required": False, "schema": {"type": "string", "maxLength": 60},
    "description": "The ETag (or version) the sender saw: 412 if the case has moved on since.",
}  # fmt: skip
Units = Annotated[list[RowId], Field(max_length=20)]
# Argument of an operation → its shape, and its default where it has one (`...`: required).
ARGUMENTS: dict[str, tuple[Any, Any]] = {
    "found": (bool, ...),
    "condition": (bounded(4), ""),
    "category": (bounded(8), ""),
    "level": (schemas.LevelName | None, None),
    "target": (Annotated[bounded(20, 1), Field(description="Reference of the other case.")], ...),
    "unit": (RowId | None, None),
    "co_units": (Units | None, None),
    "units": (Annotated[list[RowId], Field(min_length=1, max_length=20)], ...),
    "card": (Literal[CARDS], ...),
    "until": (Instant, ...),
    "result": (schemas.ResultName, ...),
    "solved": (Literal[SOLVED], ...),
    "satisfaction": (Annotated[int, Field(ge=1, le=5)], ...),
    "is_upheld": (bool, ...),
}
REQUIRED = {("reassign", "unit"): (RowId, ...)}


class Changed(DomainError):
    """The case has moved on since the version that If-Match names."""

    status = 412


def shape_of(verb: str) -> type[Body]:
    """The body of a verb: its text and pictures (required where the table says so) and its own arguments."""
    needs = INCIDENT.steps[verb].needs
    least_text, least_photos = int("text" in needs), int("photo" in needs)
    fields: dict[str, Any] = {
        "text": (bounded(MAX_TEXT, least_text), ... if least_text else ""),
        "note": (bounded(MAX_TEXT), ""),
        "photos": (
            Annotated[list[UUID], Field(min_length=least_photos, max_length=9)],
            ... if least_photos else [],
        ),
        "device_at": (Instant | None, None),
    }
    for name in TAKE[verb][1]:
        fields[name] = REQUIRED.get((verb, name), ARGUMENTS[name])
    name = "".join(part.title() for part in verb.split("_"))
    return create_model(name, __base__=Body, __doc__=str(INCIDENT.steps[verb].label), **fields)


def version_of(request: HttpRequest) -> int | None:
    """The version that If-Match names: `"7"`, `7`, or our own ETag. Raises BadInput for anything else."""
    given = request.headers.get("If-Match", "").strip()
    if given in ("", "*"):
        return None
    number = given.removeprefix("W/").strip('"').partition(".")[0]
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise BadInput("if_match_wrong", _("If-Match takes the ETag of the case."), field="If-Match")
    return int(number)


def arguments_of(request: HttpRequest, verb: str, body: Any) -> dict[str, Any]:
    """The verb's own arguments, as the operation takes them; what was not sent is left to it."""
    given = {name: getattr(body, name) for name in TAKE[verb][1] if name in body.model_fields_set}
    given = {name: value for name, value in given.items() if value is not None}
    if "target" in given:
        given["target"] = find_case(request, given["target"]).case
    return given


def taken(request: HttpRequest, verb: str, found: Found, body: Any) -> Case:
    """Take the verb. Raises Changed (412) where the sender named a version that is no longer the present one."""
    version = version_of(request)
    ask = Ask(text=body.text, note=body.note, photos=tuple(body.photos), version=version, device_at=body.device_at)
    try:
        return take(verb, actor=found.actor, case=found.case, ask=ask, **arguments_of(request, verb, body))
    except Conflict as conflict:
        if version is not None and conflict.code == "case_changed":
            raise Changed(conflict.code, conflict.message, **conflict.details) from None
        raise


def _declare(verb: str) -> None:
    def step(request: HttpRequest, reference: str, body: Any, holder: Any) -> HttpResponse:
        found = find_case(request, reference, holder.link)
        case = taken(request, verb, found, body)
        actor: Actor = found.actor
        is_staff = is_staff_of(actor, case, is_seen=found.is_staff)
        return answer(shown(case, is_staff=is_staff, now=timezone.now()), ETag=etag(case))

    step.__name__ = f"take_{verb}"
    step.__doc__ = f"{INCIDENT.steps[verb].label}\n\n{_told(verb)}"
    step.__annotations__ |= {"body": shape_of(verb), "holder": Query[schemas.WithLink]}
    endpoint(
        router, "POST", f"/cases/{{reference}}/{verb}", answers={200: schemas.Case}, refuses=(409, 412), repeatable=True,
        headers=[IF_MATCH],
    )(step)  # fmt: skip


def _told(verb: str) -> str:
    """Where the verb may be taken from, where it leads, and by which right."""
    step = INCIDENT.steps[verb]
    target = "the same stage" if step.target == SAME else step.target
    return f"From {', '.join(sorted(step.sources))} to {target}; right `{step.right}`."


with override("en"):  # the description is in English
    for _verb in TAKE:
        _declare(_verb)
