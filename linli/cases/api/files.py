"""Endpoints of photos: sent whole or in pieces, and given to whoever may see their case."""

# Shapes are made by functions and from tables, which only pydantic reads.
# mypy: disable-error-code="valid-type"
from __future__ import annotations

from typing import Annotated, Any, BinaryIO, Literal, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import File, Query, Router
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from linli.cases.api.showing import photo_urls
from linli.cases.models import Case, CasePhoto
from linli.kernel import images, limits, storage, uploads
from linli.kernel.endpoints import Body, WrongType, answer, asker, bounded, endpoint
from linli.kernel.errors import NotFound, TooLarge
from linli.kernel.idempotency import fingerprint_of, key_of, once
from linli.kernel.models import Photo

router = Router(tags=["Photos"])
PIECE_TYPE = "application/octet-stream"
MOST_IN_PIECE = 2 * 1024 * 1024
Use = Annotated[bounded(40), Field(description="Id of the report or step; the same picture for another is another photo.")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the whole photo as it is sent, in hex.")]


class Sent(BaseModel):
    """A photo that is kept; name its id in `photos` of a report or step within a day."""

    id: UUID
    width: int
    height: int
    url: str
    thumbnail: str


class Arrival(BaseModel):
    """How many bytes have arrived; `id` once the photo is whole."""

    received: int
    id: UUID | None


class PieceOf(Body):
    """Where a piece belongs: `offset` from the start, `size` of the whole, and what the photo is for."""

    offset: Annotated[int, Field(ge=0, le=images.MOST_BYTES)]
    size: Annotated[int, Field(ge=1, le=2**31)]
    use: Use = ""


class UseOf(Body):
    """What a photo is for."""

    use: Use = ""


class SizeOf(Body):
    """Which picture: the whole one, or a small one for lists."""

    size: Literal["full", "small"] = "full"


def _sender(request: HttpRequest) -> str:
    """Who sends, for keeping pieces apart; spends the allowance of somebody unknown."""
    actor = asker(request)
    if not actor.is_known:
        limits.spend(limits.UPLOAD_BY_ADDRESS, limits.address_of(request))
    return f"token:{actor.token_id}" if actor.token_id else str(actor.person_id or actor.kind)


@endpoint(router, "POST", "/photos", answers={201: Sent}, refuses=(409,))
def send_photo(request: HttpRequest, photo: File[UploadedFile]) -> HttpResponse:
    """Send a photo whole, as multipart field `photo`: JPEG, PNG or WebP, at most 20 MB.

    It is opened, made anew without anything the camera wrote into it, and kept a day until a report or step names it.
    Takes an Idempotency-Key like the others; then the same photo gives the same answer.
    """
    _sender(request)
    actor = asker(request)
    made = images.read_photo(cast(BinaryIO, photo), name=photo.name or "")
    paths = storage.save_photo(made)

    def keep() -> HttpResponse:
        return answer(_shown(uploads.photo_row(made, paths, person_id=actor.person_id)), status=201)

    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return keep()
    return once(key=key_of(actor, key), fingerprint=fingerprint_of("photo", made.sha256), do=keep)


def _shown(row: Photo) -> dict[str, Any]:
    return {"id": row.pk, "width": row.width, "height": row.height, **photo_urls(row.pk)}


@endpoint(router, "PUT", "/photos/{name}", answers={200: Arrival, 202: Arrival}, refuses=(409,), takes=PIECE_TYPE)
def send_piece(request: HttpRequest, name: Digest, piece: Query[PieceOf]) -> HttpResponse:
    """Send a piece of a photo as the bare body, at most 2 MB; 202 while bytes are missing, 200 with its id when whole.

    The photo is named by the SHA-256 of all its bytes as they are sent, so that every piece can be sent again. Pieces
    may overlap; one that leaves a gap is answered 409 with `received`, from where to go on.
    """
    who = _sender(request)
    if request.content_type != PIECE_TYPE:
        raise WrongType("type_not_taken", _("Send the piece as application/octet-stream."))
    if len(request.body) > MOST_IN_PIECE:
        raise TooLarge("piece_too_large", _("A piece has at most 2 MB."))
    actor = asker(request)
    arrived = uploads.take_piece(
        uploads.Piece(who, name, piece.size, piece.offset, request.body, piece.use), person_id=actor.person_id
    )
    return answer({"received": arrived.received, "id": arrived.photo_id}, status=200 if arrived.photo_id else 202)


@endpoint(router, "GET", "/photos/{name}/received", answers={200: Arrival})
def show_received(request: HttpRequest, name: Digest, meant: Query[UseOf]) -> HttpResponse:
    """How much of a photo has arrived: where to go on after the network was away."""
    arrived = uploads.received(_sender(request), name, meant.use)
    return answer({"received": arrived.received, "id": arrived.photo_id})


@endpoint(router, "GET", "/photos/{name}", answers={200: None}, gives=images.CONTENT_TYPE)
def show_photo(request: HttpRequest, name: UUID, wanted: Query[SizeOf]) -> HttpResponse:
    """The picture, as WebP, for whoever may see its case."""
    row, is_public = _seen(request, name)
    with storage.open_photo(row.thumbnail_path if wanted.size == "small" else row.path) as file:
        response = HttpResponse(file.read(), content_type=images.CONTENT_TYPE)
    response["Cache-Control"] = f"{'public' if is_public else 'private'}, max-age=86400, immutable"
    response["Content-Disposition"] = "inline"
    return response


def _seen(request: HttpRequest, photo_id: UUID) -> tuple[Photo, bool]:
    """The photo if its case is public or the asker's, and whether everybody may see it."""
    tie = CasePhoto.objects.select_related("photo").filter(photo_id=photo_id).first()
    if tie is not None:
        if tie.is_public and Case.objects.public().filter(pk=tie.case_id).exists():
            return tie.photo, True
        actor = asker(request)
        if actor.is_known and Case.objects.visible_to(actor).filter(pk=tie.case_id).exists():
            return tie.photo, False
    raise NotFound("photo_unknown", _("There is no such photo, or it is not for you to see."))
