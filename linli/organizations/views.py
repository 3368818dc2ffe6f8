"""People and posts at the desk: lists, giving and ending posts, access tokens."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, BinaryIO, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from linli.kernel.errors import DomainError, NotAllowed
from linli.kernel.policy import may, require
from linli.kernel.tables import write_xlsx
from linli.organizations.audit import audit_page
from linli.organizations.forms import EndPostForm, GivePostForm, GiveTokenForm, PostFilterForm
from linli.organizations.middleware import ActorRequest
from linli.organizations.models import Organization, Post, Role
from linli.organizations.operations import TokenWish, end_post, give_post, give_token, note_export, revoke_token
from linli.organizations.policy import POSTS_MANAGE, POSTS_VIEW, TOKEN_MANAGE
from linli.organizations.worklists import (
    POSTS,
    export_rows,
    organization_rows,
    post_page,
    rights_matrix,
    rows_of,
    visible_tokens,
)
from linli.people.models import Account

View = Callable[..., HttpResponse]


def needs(*rights: str) -> Callable[[View], View]:
    """Let in whoever is signed in and holds any of the rights; others get the sign-in page or 403."""

    def decorate(view: View) -> View:
        @never_cache
        @login_required
        @wraps(view)
        def guarded(request: ActorRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not any(request.actor.holds(name) for name in rights):
                require(request.actor, rights[0])
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def _put_error(form: forms.Form, error: DomainError, **renamed: str) -> None:
    """Show a refusal by its field, or above the form."""
    name = renamed.get(error.field or "", error.field)
    form.add_error(name if name in form.fields else None, forms.ValidationError(error.message, code=error.code))


@needs(POSTS_VIEW, POSTS_MANAGE)
def post_list(request: ActorRequest) -> HttpResponse:
    """Who serves where, as what, from when to when."""
    filter_form = PostFilterForm(request.GET, actor=request.actor)
    wanted = filter_form.wanted()
    page = post_page(request.actor, wanted, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    kept = query.urlencode()
    context = {
        "filter": filter_form,
        "page": page,
        "query": kept,
        "newer_url": f"?{kept}&before={page.newer}" if page.newer else "",
        "older_url": f"?{kept}&after={page.older}" if page.older else "",
        "may_manage": may(request.actor, POSTS_MANAGE),
    }
    return render(request, "organizations/post_list.html", context)


@needs(POSTS_VIEW, POSTS_MANAGE)
def post_export(request: ActorRequest) -> HttpResponse:
    """The list as a workbook, filtered as on the page. It is written down who took it."""
    rows = export_rows(request.actor, PostFilterForm(request.GET, actor=request.actor).wanted())
    note_export(actor=request.actor, rows=len(rows))
    answer = HttpResponse(content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    answer["Content-Disposition"] = f'attachment; filename="posts-{timezone.localdate():%Y%m%d}.xlsx"'
    write_xlsx(POSTS, rows, cast(BinaryIO, answer))
    return answer


@needs(POSTS_MANAGE)
def post_give(request: ActorRequest) -> HttpResponse:
    """Put a person on a post."""
    form = GivePostForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        account = Account.objects.select_related("person").filter(username__iexact=given["username"].strip()).first()
        if account is None:
            form.add_error("username", _("Nobody has this sign-in name."))
        else:
            try:
                post = give_post(
                    actor=request.actor,
                    person=account.person,
                    role=Role.objects.get(pk=given["role"]),
                    organization=Organization.objects.get(pk=given["organization"]),
                    area_code=given["area"],
                    valid_from=given["valid_from"],
                    valid_until=given["valid_until"],
                )
            except DomainError as error:
                _put_error(form, error, person="username")
            else:
                line = rows_of([post])[0]
                text = _("%(name)s is %(role)s at %(body)s from %(day)s.")
                values = {"name": line["name"], "role": line["role"], "body": line["organization"], "day": post.valid_from}
                messages.success(request, text % values)
                return redirect("organizations:post-list")
    return render(request, "organizations/post_give.html", {"form": form}, status=422 if form.errors else 200)


def _post_or_404(request: ActorRequest, pk: int) -> Post:
    post = Post.objects.visible_to(request.actor).select_related("person__account").filter(pk=pk).first()
    if post is None:
        raise Http404
    return post


@needs(POSTS_MANAGE)
def post_end(request: ActorRequest, pk: int) -> HttpResponse:
    """Set the last day of a post."""
    post = _post_or_404(request, pk)
    form = EndPostForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            end_post(actor=request.actor, post_id=post.pk, **form.cleaned_data)
        except DomainError as error:
            _put_error(form, error)
        else:
            messages.success(request, _("The post has its last day. From the day after it opens nothing."))
            return redirect("organizations:post-list")
    context = {"form": form, "post": rows_of([post])[0]}
    return render(request, "organizations/post_end.html", context, status=422 if form.errors else 200)


@needs(POSTS_VIEW, POSTS_MANAGE)
def organization_list(request: ActorRequest) -> HttpResponse:
    """Bodies inside the actor's reach."""
    return render(request, "organizations/organization_list.html", {"rows": organization_rows(request.actor)})


@needs(POSTS_VIEW, POSTS_MANAGE)
def role_list(request: ActorRequest) -> HttpResponse:
    """Roles and their rights, as the packs have them."""
    return render(request, "organizations/role_list.html", rights_matrix())


@needs(TOKEN_MANAGE)
def token_list(request: ActorRequest) -> HttpResponse:
    """Access tokens inside the actor's reach."""
    return render(request, "organizations/token_list.html", {"tokens": visible_tokens(request.actor)})


@needs(TOKEN_MANAGE)
def token_give(request: ActorRequest) -> HttpResponse:
    """Make an access token; its secret stands on the answer and nowhere else."""
    form = GiveTokenForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        is_system = given["kind"] == GiveTokenForm.SYSTEM
        wish = TokenWish(
            name=given["name"],
            expires_on=given["expires_on"],
            role=given["role"] if is_system else "",
            organization_id=given["organization"] if is_system else None,
            area_code=given["area"] if is_system else "",
            rights=tuple(given["rights"]),
        )
        try:
            token, secret = give_token(actor=request.actor, wish=wish)
        except DomainError as error:
            _put_error(form, error)
        else:
            return render(request, "organizations/token_given.html", {"token": token, "secret": secret}, status=201)
    return render(request, "organizations/token_give.html", {"form": form}, status=422 if form.errors else 200)


@needs(TOKEN_MANAGE)
@require_POST
def token_revoke(request: ActorRequest, pk: int) -> HttpResponse:
    """Close an access token at once."""
    if not any(token.pk == pk for token in visible_tokens(request.actor)):
        raise Http404
    try:
        token = revoke_token(actor=request.actor, token_id=pk)
    except NotAllowed:
        raise Http404 from None
    messages.success(request, _("The token “%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("organizations:token-list")


@needs("kernel.audit.view")
def audit_list(request: ActorRequest) -> HttpResponse:
    """What happened, by whom: for auditors. Reading it is open to nobody else, and changes nothing."""
    name, person = request.GET.get("name", "").strip()[:60], request.GET.get("person", "").strip()[:60]
    rows, key = audit_page(name=name, person=person, before=request.GET.get("before", ""))
    older = f"?{urlencode({'name': name, 'person': person, 'before': key})}" if key else ""
    page = {"rows": rows, "older": older, "name": name, "person": person}
    return render(request, "organizations/audit_list.html", page)
