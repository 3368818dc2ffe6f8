"""Pages around signing in: the sign-in page, one's own account, which post one works on, and where that leads."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.mixins import RedirectAuthenticatedUserMixin
from allauth.account.views import LoginView
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from linli.kernel.limits import SIGN_IN_BY_ADDRESS, address_of, spend
from linli.organizations.middleware import POST_KEY, ActorRequest
from linli.organizations.queries import demo_accounts, post_lines, roles
from linli.people.forms import DetailsForm
from linli.people.models import Account
from linli.people.operations import change_person

DOORS = {"desk": "/desk/", "field": "/field/", "screen": "/screen/", "portal": "/"}


def address_of_door(door: str) -> str:
    """The address where work at this door begins."""
    return DOORS.get(door, "/")


def _safe_next(request: ActorRequest) -> str:
    """The page to go back to, if it is one of ours."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return target if is_ours else ""


class SignIn(LoginView):
    """Name and password; in the demo also every role by one press, for those who are signed in too."""

    def dispatch(self, request: ActorRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if settings.LINLI_DEMO and request.method == "GET" and request.user.is_authenticated:
            shown: HttpResponseBase = super(RedirectAuthenticatedUserMixin, self).dispatch(request, *args, **kwargs)
            return shown
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["next"] = _safe_next(self.request)
        if settings.LINLI_DEMO:
            context |= {"demo_roles": demo_accounts(), "demo_login_url": "/accounts/demo/"}
        return context


sign_in = SignIn.as_view()


@require_POST
@never_cache
def demo_sign_in(request: ActorRequest) -> HttpResponse:
    """Sign in as one of the featured people of a demo, without a password. Outside a demo there is no such page."""
    if not settings.LINLI_DEMO:
        raise Http404
    spend(SIGN_IN_BY_ADDRESS, address_of(request))
    given = request.POST.get("account", "")
    account = get_object_or_404(
        Account.objects.select_related("person"), pk=int(given) if given.isdecimal() else 0, is_active=True, demo_order__gt=0
    )
    adapter = get_adapter(request)
    record_authentication(request, account, method="demo")
    adapter.login(request, account)
    response: HttpResponse = adapter.post_login(
        request, account, email_verification="none", signal_kwargs=None, email=None, signup=False,
        redirect_url=_safe_next(request) or None,
    )  # fmt: skip
    return response


@never_cache
def home(request: ActorRequest) -> HttpResponse:
    """Go to the door of the present post: desk, field app, screen or portal."""
    if not request.actor.is_known:
        return redirect("account_login")
    return HttpResponseRedirect(address_of_door(request.actor.door))


@require_POST
@login_required
def switch_post(request: ActorRequest) -> HttpResponse:
    """Work on another of one's own posts from now on; a post that is not held today is not there."""
    given = request.POST.get("post", "")
    post = next((post for post in request.visitor.posts if str(post.pk) == given), None)
    if post is None:
        raise Http404
    request.session[POST_KEY] = post.pk
    begin, target = address_of_door(roles()[post.role_id].door), _safe_next(request)
    # The page asked for may belong to a door that the new post does not open.
    return HttpResponseRedirect(target if begin != "/" and target.startswith(begin) else begin)


@login_required
@never_cache
def account(request: ActorRequest) -> HttpResponse:
    """One's own account: details, posts, second step, sessions."""
    person = request.user.person
    known = {"name": person.name, "phone": str(person.phone), "language": person.language}
    form = DetailsForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        change_person(actor=request.actor, person=person, **form.cleaned_data)
        language = form.cleaned_data["language"]
        with override(language):
            messages.success(request, _("Your details are saved."))
        response = redirect("account")
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 24 * 3600, samesite="Lax", secure=request.is_secure()
        )
        return response
    context = {
        "form": form,
        "posts": post_lines(request.visitor.posts, request.actor.post_id),
        "has_second_step": is_mfa_enabled(request.user),
        "has_password": request.user.has_usable_password(),
        "is_openid_offered": bool(settings.OIDC_SERVER),
    }
    return render(request, "people/account.html", context, status=422 if form.errors else 200)
