"""Sign-up makes a resident and nothing more."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from linli.kernel.encryption import blind_index
from linli.kernel.models import Event
from linli.organizations.models import Post
from linli.organizations.tests.factories import PASSWORD, account, client_of
from linli.people.models import Account, Person

pytestmark = pytest.mark.django_db
GIVEN = {"username": "heyu", "name": "禾雨", "password1": PASSWORD, "password2": PASSWORD, "phone": "199 0000 9042"}


def sign_up(**other: Any) -> Any:
    return Client().post("/accounts/signup/", GIVEN | other)


def test_sign_up_makes_a_person_with_an_account_and_no_post() -> None:
    client = Client()

    answer = client.post("/accounts/signup/", GIVEN)

    made = Account.objects.select_related("person").get(username="heyu")
    assert answer.status_code == 302
    assert (made.person.name, made.person.phone) == ("禾雨", "19900009042")
    assert not Post.objects.filter(person=made.person).exists()
    assert client.get("/home/")["Location"] == "/"
    opened = Event.objects.get(name="people.account.opened")
    assert (opened.subject_id, opened.data) == (made.person_id, {"way": "sign_up"})


def test_the_phone_is_encrypted_in_store_and_found_by_its_index() -> None:
    sign_up()

    with connection.cursor() as cursor:
        cursor.execute("select phone from people_person where name = %s", ["禾雨"])
        (stored,) = cursor.fetchone()
    assert "19900009042" not in stored
    assert Person.objects.get(phone_index=blind_index("people.person.phone", "+86 199-0000-9042")).name == "禾雨"


def test_posts_and_flags_sent_along_are_not_taken() -> None:
    sign_up(posts="1", role="administrator", is_active="0", demo_order="1", person="x", is_staff="1", post="1")

    made = Account.objects.get(username="heyu")
    assert (made.is_active, made.demo_order) == (True, 0)
    assert not Post.objects.filter(person=made.person).exists()


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"phone": "12345"}, "phone"),
        ({"username": "a b"}, "username"),
        ({"password1": "short", "password2": "short"}, "password1"),
        ({"password2": "another-long-one-1"}, "password2"),
        ({"name": ""}, "name"),
    ],
)
def test_what_is_wrong_is_said_by_its_field_and_nothing_is_made(other: dict[str, str], field: str) -> None:
    answer = sign_up(**other)

    assert field in answer.context["form"].errors
    assert not Account.objects.filter(username=(GIVEN | other)["username"]).exists()
    assert not Person.objects.filter(name="禾雨").exists()


def test_a_name_that_is_taken_is_refused_whatever_its_capitals() -> None:
    account("heyu")

    answer = sign_up(username="HeYu")

    assert "username" in answer.context["form"].errors
    assert Account.objects.filter(username__iexact="heyu").count() == 1


def test_one_address_opens_only_so_many_accounts() -> None:
    statuses = [sign_up(username=f"many{number}", password1="x").status_code for number in range(21)]

    assert statuses[-1] == 429
    assert not Account.objects.filter(username__startswith="many").exists()


def test_own_details_are_changed_and_told_without_their_content() -> None:
    mine = account()
    client = client_of(mine)

    answer = client.post("/accounts/", {"name": "新名", "phone": "19900000077", "language": "en"})

    mine.person.refresh_from_db()
    assert answer.status_code == 302
    assert answer.cookies["linli_language"].value == "en"
    assert (mine.person.name, mine.person.phone, mine.person.language) == ("新名", "19900000077", "en")
    told = Event.objects.get(name="people.person.changed")
    assert told.data == {"fields": ["name", "language", "phone"]}


def test_a_wrong_phone_leaves_the_details_as_they_were() -> None:
    mine = account()

    answer = client_of(mine).post("/accounts/", {"name": "新名", "phone": "1", "language": "en"})

    mine.person.refresh_from_db()
    assert answer.status_code == 422
    assert mine.person.name != "新名"
    assert not Event.objects.filter(name="people.person.changed").exists()
