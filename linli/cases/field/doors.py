"""What every address of the field app checks first, and how it answers.

Answers carry `linli: 1` and the server's time: a phone behind the sign-in page of a Wi-Fi takes nothing else for success,
and learns from the time how far its own clock is off.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from linli.kernel.endpoints import SignInFirst, answer
from linli.kernel.errors import Conflict
from linli.kernel.policy import Actor

View = Callable[..., HttpResponseBase]
ACCOUNT_HEADER = "X-Linli-Account"


def say(data: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """An answer as phones take it."""
    return answer({"linli": 1, "now": int(time.time() * 1000), **data}, status=status)


def field(*methods: str) -> Callable[[View], View]:
    """An address for a person who is signed in; what changes something must be sent under that person's name.

    Raises SignInFirst (401); Conflict("other_account") when the phone sends the work of somebody else: it waits for them.
    """

    def declare(view: View) -> View:
        @never_cache
        @require_http_methods(methods)
        @functools.wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor: Actor = request.actor  # type: ignore[attr-defined]  # put there by the middleware
            if actor.kind != "person" or actor.person_id is None:
                raise SignInFirst("sign_in_first", _("Sign in again. What you wrote stays on this phone."))
            if request.method != "GET" and request.headers.get(ACCOUNT_HEADER) != str(actor.person_id):
                raise Conflict("other_account", _("This belongs to another account and waits until they sign in."))
            return view(request, *args, **kwargs)

        return checked

    return declare
