"""Pages of messages: one's own, what one wants, and what was delivered."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.kernel.policy import require
from linli.notifications import queries
from linli.notifications.forms import PreferenceForm
from linli.notifications.models import Delivery
from linli.notifications.operations import mark_read, send_again, set_preferences

STATES = ("waiting", "sending", "sent", "uncertain", "failed", "skipped")


def _base(request: HttpRequest) -> str:
    return "base_desk.html" if request.actor.door == "desk" else "base_portal.html"


@login_required
@require_GET
def message_list(request: HttpRequest) -> HttpResponse:
    unread = request.GET.get("show") == "unread"
    rows = queries.after(queries.messages_of(request.actor.person_id, unread=unread), request.GET.get("after", ""))
    found = list(rows[: queries.PAGE + 1])
    older = f"?show={'unread' if unread else ''}&after={found[queries.PAGE - 1].pk}" if len(found) > queries.PAGE else ""
    page = {"base": _base(request), "rows": found[: queries.PAGE], "older": older, "unread": unread}
    return render(request, "notifications/message_list.html", page)


@login_required
@require_GET
def message_open(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Mark as read and go where the message leads."""
    message = get_object_or_404(queries.messages_of(request.actor.person_id), pk=message_id)
    mark_read(person_id=request.actor.person_id, message=message.pk)
    is_ours = url_has_allowed_host_and_scheme(message.url, allowed_hosts=None)
    return redirect(message.url if message.url and is_ours else reverse("notifications:message-list"))


@login_required
@require_POST
def messages_read(request: HttpRequest) -> HttpResponse:
    mark_read(person_id=request.actor.person_id)
    return redirect("notifications:message-list")


@login_required
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    chosen = queries.preferences_of(request.actor.person_id)
    mail, sms = chosen.get("email"), chosen.get("sms")
    initial = {
        "email": mail is None or mail.is_on,
        "sms": sms is not None and sms.is_on,
        "quiet_from": mail.quiet_from if mail else None,
        "quiet_until": mail.quiet_until if mail else None,
    }
    form = PreferenceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        quiet = (data["quiet_from"], data["quiet_until"])
        set_preferences(person_id=request.actor.person_id, channels={"email": data["email"], "sms": data["sms"]}, quiet=quiet)
        return redirect(f"{reverse('notifications:preferences')}?saved=1")
    page = {"base": _base(request), "form": form, "is_saved": "saved" in request.GET}
    return render(request, "notifications/preferences.html", page, status=422 if form.errors else 200)


@login_required
@require_GET
def delivery_list(request: HttpRequest) -> HttpResponse:
    require(request.actor, "notifications.webhook.manage")
    state = request.GET.get("state", "")
    if state and state not in STATES:
        raise Http404
    found = list(queries.after(queries.deliveries(state), request.GET.get("after", ""))[: queries.PAGE + 1])
    older = f"?state={state}&after={found[queries.PAGE - 1].pk}" if len(found) > queries.PAGE else ""
    page = {"rows": found[: queries.PAGE], "older": older, "state": state, "states": STATES}
    return render(request, "notifications/delivery_list.html", page)


@login_required
@require_POST
def delivery_again(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    require(request.actor, "notifications.webhook.manage")
    send_again(delivery=get_object_or_404(Delivery, pk=delivery_id))
    return redirect("notifications:delivery-list")
