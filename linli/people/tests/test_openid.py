"""Signing in by OpenID Connect, against a small identity provider that answers over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from linli.kernel.models import Event
from linli.organizations.models import Post
from linli.organizations.tests.factories import account
from linli.people.models import Account

pytestmark = pytest.mark.django_db
CLAIMS = {
    "sub": "u-1", "name": "竹林", "preferred_username": "Zhu Lin", "email": "zhulin@example.org", "email_verified": True,
    "phone_number": "19900000099",
}  # fmt: skip


class Provider(ThreadingHTTPServer):
    """Discovery, token and user information of one person; `claims` may be changed by a test."""

    claims: dict[str, Any]
    is_honest = True

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        here = self.server.address
        if self.path.endswith("openid-configuration"):
            ends = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "userinfo_endpoint": "/me"}
            self._send({"issuer": here, **{name: here + path for name, path in ends.items()}})
        else:
            self._send(self.server.claims)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._send({"access_token": "t", "token_type": "Bearer"} if self.server.is_honest else {"error": "no"})

    def _send(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: Any) -> None:
        """Be quiet."""


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    with Provider(("127.0.0.1", 0), Answer) as server:
        server.claims = dict(CLAIMS)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        app = {"provider_id": "oidc", "name": "区统一认证", "client_id": "linli", "secret": "s",
               "settings": {"server_url": server.address}}  # fmt: skip
        settings.OIDC_SERVER = server.address
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        yield server
        server.shutdown()
        thread.join()


def come_in(client: Client) -> Any:
    """Press the button, be sent to the provider, come back with a code."""
    away = client.post("/accounts/oidc/login/")
    state = parse_qs(urlsplit(away["Location"]).query)["state"][0]
    return client.get("/accounts/oidc/login/callback/", {"code": "c", "state": state})


def test_the_button_is_there_when_a_provider_is_set(provider: Provider) -> None:
    assert "区统一认证" in Client().get("/accounts/login/").content.decode()


def test_without_a_provider_there_is_no_button_and_no_page(settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}

    assert Client().post("/accounts/oidc/login/").status_code == 404
    assert "/accounts/oidc/" not in Client().get("/accounts/login/").content.decode()


def test_somebody_new_becomes_a_resident_without_a_post(provider: Provider) -> None:
    client = Client()

    assert come_in(client)["Location"] == "/home/"

    made = SocialAccount.objects.get(uid="u-1").user
    assert (made.username, made.person.name) == ("zhulin", "竹林")
    assert not made.has_usable_password()
    assert not Post.objects.filter(person=made.person).exists()
    assert client.get("/home/")["Location"] == "/"
    assert Event.objects.get(name="people.account.opened").data == {"way": "openid"}
    assert Event.objects.get(name="people.account.signed_in").data == {"way": "socialaccount"}


def test_of_what_the_provider_tells_only_the_identifier_is_kept(provider: Provider) -> None:
    come_in(Client())

    assert SocialAccount.objects.get().extra_data == {"userinfo": {"sub": "u-1"}}
    assert not EmailAddress.objects.exists()


def test_the_same_person_comes_back_to_the_same_account(provider: Provider) -> None:
    come_in(Client())
    before = Account.objects.count()

    come_in(Client())

    assert Account.objects.count() == before
    assert SocialAccount.objects.get().extra_data == {"userinfo": {"sub": "u-1"}}


def test_a_name_that_is_taken_is_not_taken_over(provider: Provider) -> None:
    mine = account("zhulin")

    come_in(Client())

    made = SocialAccount.objects.get(uid="u-1").user
    assert made != mine
    assert made.username.startswith("zhulin-")


def test_the_agreed_claim_opens_the_existing_account(provider: Provider, settings: Any) -> None:
    settings.OIDC_CLAIM = "employee"
    provider.claims["employee"] = "diaodu01"
    before = Account.objects.count()
    client = Client()

    come_in(client)

    assert SocialAccount.objects.get(uid="u-1").user.username == "diaodu01"
    assert Account.objects.count() == before
    assert client.get("/home/")["Location"] == "/desk/"


def test_a_closed_account_stays_closed(provider: Provider) -> None:
    come_in(Client())
    Account.objects.filter(socialaccount__uid="u-1").update(is_active=False)
    client = Client()

    come_in(client)

    assert client.get("/accounts/").status_code == 302


def test_a_forged_return_opens_nothing(provider: Provider) -> None:
    client = Client()

    answer = client.get("/accounts/oidc/login/callback/", {"code": "c", "state": "forged"})

    assert "account_login" not in client.session
    assert answer.status_code in (200, 401)
    assert not SocialAccount.objects.exists()


def test_a_provider_that_refuses_leaves_a_page_that_says_so(provider: Provider) -> None:
    provider.is_honest = False
    client = Client()

    answer = come_in(client)

    assert "/accounts/login/" in answer.content.decode()
    assert client.get("/accounts/").status_code == 302
    assert not SocialAccount.objects.exists()
