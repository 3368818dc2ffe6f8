"""Signing in and out by name and password: what a visitor meets over HTTP."""

from __future__ import annotations

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client

from linli.kernel.models import Event, Setting
from linli.kernel.snapshots import changed
from linli.organizations.tests.factories import PASSWORD, account, client_of
from linli.people.sessions import SEEN_KEY, SINCE_KEY
from linli.people.tasks import forget_devices
from linli.people.templatetags.devices import device

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def sign_in(client: Client, name: str, password: str = PASSWORD) -> object:
    return client.post(LOGIN, {"login": name, "password": password})


def test_name_and_password_open_a_session_and_are_written_down() -> None:
    mine, client = account("xiaoman", password=PASSWORD), Client()

    answer = sign_in(client, "xiaoman")

    assert (answer.status_code, answer["Location"]) == (302, "/home/")
    assert client.get("/accounts/").status_code == 200
    line = Event.objects.get(name="people.account.signed_in")
    assert (line.subject_id, line.data) == (mine.person_id, {"way": "password"})


def test_capital_letters_in_the_name_do_not_matter() -> None:
    account("xiaoman", password=PASSWORD)

    assert sign_in(Client(), "XiaoMan").status_code == 302


def test_the_session_key_of_before_is_worth_nothing_after_signing_in() -> None:
    account("xiaoman", password=PASSWORD)
    client = Client()
    client.get(LOGIN)
    client.session["planted"] = "1"
    session = client.session
    session["planted"] = "1"
    session.save()
    client.cookies["sessionid"] = planted = session.session_key

    sign_in(client, "xiaoman")

    thief = Client()
    thief.cookies["sessionid"] = planted
    assert client.cookies["sessionid"].value != planted
    assert thief.get("/accounts/").status_code == 302


def test_known_and_unknown_names_get_the_same_answer() -> None:
    account("xiaoman", password=PASSWORD)

    def refusal(name: str) -> str:
        page = sign_in(Client(), name, "wrong password").content.decode()
        start = page.index('role="alert"')
        return page[start : start + 600].replace(name, "…")

    assert refusal("xiaoman") == refusal("nobodyy")


def test_every_refusal_is_written_down_without_unknown_names() -> None:
    mine = account("xiaoman", password=PASSWORD)

    sign_in(Client(), "xiaoman", "wrong")
    sign_in(Client(), "nobody", "wrong")

    lines = list(Event.objects.filter(name="people.account.sign_in_refused").order_by("id"))
    assert [line.subject_id for line in lines] == [mine.person_id, None]
    assert all("nobody" not in str(line.data) for line in lines)


def test_a_closed_account_stays_out() -> None:
    account("xiaoman", password=PASSWORD, is_active=False)
    client = Client()

    sign_in(client, "xiaoman")

    assert client.get("/accounts/").status_code == 302
    assert not Event.objects.filter(name="people.account.signed_in").exists()


def test_too_many_tries_at_one_name_get_429_with_a_page_and_a_time_to_wait() -> None:
    account("xiaoman", password=PASSWORD)
    client = Client()
    for _try in range(10):
        assert sign_in(client, "xiaoman", "wrong").status_code == 200

    answer = sign_in(client, "xiaoman")

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "<h1" in answer.content.decode()
    assert client.get("/accounts/").status_code == 302  # not even the right password opens now


def test_an_address_that_tries_many_names_is_slowed_down() -> None:
    Setting.objects.create(key="limits.sign_in_address", value="5/3600")
    changed("settings")
    client = Client()

    statuses = [sign_in(client, f"nobody{number}", "x").status_code for number in range(6)]

    assert statuses[-1] == 429
    assert set(statuses[:-1]) == {200}


def test_sign_out_needs_a_press_and_ends_the_session() -> None:
    mine = account()
    client = client_of(mine)

    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/accounts/").status_code == 200
    client.post("/accounts/logout/")

    assert client.get("/accounts/").status_code == 302
    assert Event.objects.filter(name="people.account.signed_out", subject_id=mine.person_id).exists()


def test_devices_are_forgotten_with_their_sessions() -> None:
    mine, client = account("xiaoman", password=PASSWORD), Client()
    sign_in(client, "xiaoman")
    forget_devices()
    assert UserSession.objects.filter(user=mine).count() == 1

    Session.objects.all().delete()
    forget_devices()

    assert not UserSession.objects.exists()


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36", "Chrome · Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) MicroMessenger/8.0", "WeChat · iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge · Windows"),
        ("curl/8", "未知设备"),
    ],
)
def test_devices_are_named_in_words(user_agent: str, words: str) -> None:
    assert device(user_agent) == words


def test_next_leads_only_to_pages_of_ours() -> None:
    account("xiaoman", password=PASSWORD)

    away = Client().post(f"{LOGIN}?next=https://evil.example/", {"login": "xiaoman", "password": PASSWORD})
    here = Client().post(LOGIN, {"login": "xiaoman", "password": PASSWORD, "next": "/accounts/activity/"})

    assert away["Location"] == "/home/"
    assert here["Location"] == "/accounts/activity/"


def test_a_session_knows_when_it_began() -> None:
    account("xiaoman", password=PASSWORD)
    client = Client()

    sign_in(client, "xiaoman")

    assert client.session[SINCE_KEY] == client.session[SEEN_KEY] > 0


def test_changing_the_password_ends_the_other_sessions() -> None:
    mine = account("xiaoman", password=PASSWORD)
    here, elsewhere = Client(), Client()
    sign_in(here, "xiaoman")
    sign_in(elsewhere, "xiaoman")
    new = "noch-ein-langer-Satz-43"

    answer = here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert answer.status_code == 302
    assert here.get("/accounts/").status_code == 200
    assert elsewhere.get("/accounts/").status_code == 302
    assert Event.objects.filter(name="people.account.password_changed", subject_id=mine.person_id).count() == 1


def test_sessions_are_listed_and_the_others_can_be_ended() -> None:
    account("xiaoman", password=PASSWORD)
    here, elsewhere = Client(), Client()
    sign_in(elsewhere, "xiaoman")
    sign_in(here, "xiaoman")
    assert here.get("/accounts/sessions/").context["session_count"] == 2

    here.post("/accounts/sessions/")

    assert elsewhere.get("/accounts/").status_code == 302
    assert here.get("/accounts/").status_code == 200
