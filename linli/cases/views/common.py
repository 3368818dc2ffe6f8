"""What every page of the desk does first: who is here, may they, and which case is meant."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from linli.cases.models import Case
from linli.cases.queries.pages import case_rows
from linli.kernel import navigation
from linli.kernel.errors import NotAllowed
from linli.kernel.identifiers import normalise_reference
from linli.kernel.policy import rights as all_rights
from linli.organizations.middleware import ActorRequest

View = Callable[..., HttpResponseBase]


class DeskRequest(ActorRequest):
    """A request at the desk, for type annotations: who asks, and whether htmx asks for a part."""

    htmx: HtmxDetails


def desk(*rights: str) -> Callable[[View], View]:
    """Only for signed-in people whose post holds one of the rights; whoever is not signed in is sent to do so.

    Pages of the desk hold personal data: nothing between us and the reader may keep them.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def inner(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            request.actor = request.visitor.actor  # every page asks it hundreds of things: no longer behind a lazy object
            if not request.actor.is_known:
                return _sign_in(request)
            if rights and not any(request.actor.holds(name) for name in rights):
                label = all_rights()[rights[0]].label
                raise NotAllowed(
                    "not_allowed", _("Your post does not have the right “%(right)s”.") % {"right": label}, right=rights[0]
                )
            response = view(request, *args, **kwargs)
            if not response.has_header("Cache-Control"):
                patch_cache_control(response, private=True, no_store=True)
            return response

        return inner

    return wrap


def _sign_in(request: DeskRequest) -> HttpResponse:
    there = redirect_to_login(request.get_full_path() if request.method == "GET" else "/desk/")
    if not getattr(request, "htmx", False):
        return there
    answer = HttpResponse(status=401)
    answer["HX-Redirect"] = there.url
    return answer


@desk()
def home(request: DeskRequest) -> HttpResponse:
    """The first page of the menu that the actor's post opens."""
    items = navigation.menu(request.actor, request.path)
    if not items:
        raise NotAllowed("not_allowed", _("Your post has no pages at the desk."))
    return redirect(items[0]["url"])


def find_case(request: DeskRequest, reference: str) -> Case:
    """The case with this number if the actor may open it, otherwise 404."""
    return get_object_or_404(case_rows(request.actor), reference=normalise_reference(reference))


def next_page(request: DeskRequest, fallback: str) -> str:
    """Where to go after a form: the page named by `next`, if it is one of ours."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return target if is_ours else fallback
