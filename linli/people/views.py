"""Pages of one's own account that need no posts."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.views import SignupView
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from linli.kernel.limits import address_of, spend
from linli.people.models import Account
from linli.people.queries import account_activity
from linli.people.settings import SIGN_UP_BY_ADDRESS


class SignUp(SignupView):
    """Sign-up of a resident, so many from one address."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        spend(SIGN_UP_BY_ADDRESS, address_of(request))
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer


sign_up = SignUp.as_view()


@login_required
@never_cache
def activity(request: HttpRequest) -> HttpResponse:
    """What happened to one's own account: sign-ins, refusals, changes."""
    return render(request, "people/activity.html", {"entries": account_activity(cast(Account, request.user).person_id)})
