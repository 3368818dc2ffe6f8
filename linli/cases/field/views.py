"""The field app's shell, its service worker, its manifest, and pictures of cases for those who may see them."""

from __future__ import annotations

import hashlib
import json
import uuid
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from linli.cases.field.doors import field
from linli.cases.models import Case, CasePhoto
from linli.kernel.images import CONTENT_TYPE
from linli.kernel.storage import open_photo
from linli.kernel.templatetags.assets import asset_file, asset_url, manifest

SHELL_HEADER = "X-Linli-Shell"
# What the app starts from; the rest (map) is fetched when the phone has time.
SHELL_ENTRIES = ("boot", "main", "field")
LATER_ENTRIES = ("map",)


@never_cache
@require_GET
def shell(request: HttpRequest) -> HttpResponse:
    """The one page of the app, the same for everybody: phones keep it and start from it without a network."""
    response = HttpResponse(_shell(request))
    response[SHELL_HEADER] = version()
    return response


def _shell(request: HttpRequest | None) -> str:
    # A kept page would carry an old secret: the app asks for the present one when it has something to send.
    context = {"csrf_token": "", "version": version() if request else "", **_addresses()}
    return render_to_string("field/shell.html", context, request=request)


def _addresses() -> dict[str, str]:
    return {"sketch_url": _address("portal:map-sketch"), "areas_url": _address("portal:map-areas")}


def _address(name: str) -> str:
    """An address another module may bring; empty when it is not installed."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def version() -> str:
    """What a phone compares to know that there is a new app: changes with any built file and with the shell."""
    return _version(json.dumps(manifest(), sort_keys=True), str(settings.STATIC_URL))


@lru_cache(maxsize=4)
def _version(built: str, static_url: str) -> str:
    with override("en"):
        page = _shell(None)
    return hashlib.sha256(f"{built}{static_url}{page}".encode()).hexdigest()[:12]


def _files(names: tuple[str, ...]) -> list[str]:
    """Addresses of entries with all they import at once, and of their styles with what those name."""
    entries = manifest()
    wanted = [key for key, entry in entries.items() if entry.get("isEntry") and entry.get("name") in names]
    found: dict[str, None] = {}
    while wanted:
        entry: dict[str, Any] = entries[wanted.pop(0)]
        wanted += entry.get("imports", [])
        for file in (entry["file"], *entry.get("css", []), *entry.get("assets", [])):
            found[static(f"dist/{file}")] = None
    return list(found)


@never_cache
@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """The built worker behind the list of what it keeps; it may serve all of /field/."""
    later = [*_files(LATER_ENTRIES), *filter(None, _addresses().values())]
    first = [*_files(SHELL_ENTRIES), asset_url("icons.svg"), static("linli/favicon.svg"), static("linli/icon-192.png")]
    told = {
        "version": version(),
        "shell": reverse("field:shell"),
        "first": first,
        "later": [url for url in later if url not in first],
    }
    body = f"self.LINLI={json.dumps(told)};\n{asset_file('sw').read_text(encoding='utf-8')}"
    response = HttpResponse(body, content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = reverse("field:shell")
    return response


@require_GET
def web_manifest(request: HttpRequest) -> JsonResponse:
    """What a phone needs to put the app on its home screen."""
    start = reverse("field:shell")
    icons = [
        {"src": static("linli/icon-192.png"), "sizes": "192x192", "type": "image/png", "purpose": "any"},
        {"src": static("linli/icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any"},
        {"src": static("linli/icon-maskable-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ]
    shortcuts = [
        {"name": _("Report"), "url": f"{start}#/report", "icons": icons[:1]},
        {"name": _("Today"), "url": f"{start}#/tasks", "icons": icons[:1]},
    ]
    told = {
        "id": start,
        "name": _("Linli field"),
        "short_name": _("Linli"),
        "description": _("Report, look and check on the spot, with or without a network."),
        "lang": request.LANGUAGE_CODE,  # type: ignore[attr-defined]  # set by the middleware
        "start_url": start,
        "scope": start,
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#f3f4ef",
        "theme_color": "#173b35",
        "icons": icons,
        "shortcuts": shortcuts,
    }
    response = JsonResponse(told, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "public, max-age=3600"
    return response


@field("GET")
def case_photo(request: HttpRequest, photo: uuid.UUID, size: str) -> FileResponse:
    """A picture of a case that the asker may see, large or small; 404 otherwise."""
    seen = Case.objects.visible_to(request.actor)  # type: ignore[attr-defined]
    row = CasePhoto.objects.filter(photo_id=photo, case__in=seen).select_related("photo").first()
    if row is None:
        raise Http404
    path = row.photo.thumbnail_path if size == "small" else row.photo.path
    response = FileResponse(open_photo(path), content_type=CONTENT_TYPE)
    response["Content-Disposition"] = "inline"
    return response
