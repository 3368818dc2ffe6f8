"""The operator makes the first administrator of a place from the command line."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from linli.kernel.models import Event
from linli.organizations.models import Post
from linli.people.models import Account

pytestmark = pytest.mark.django_db
PASSWORD = "drei Schritte im Regen"


@pytest.fixture
def typed(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))


def test_an_account_is_made_given_a_post_and_opens(typed):
    call_command("account", "create", "chushi", "--name", "初始", "--stdin")
    call_command("account", "post", "chushi", "administrator", "ops-yunxi", "990101")

    assert Client().login(username="chushi", password=PASSWORD)
    post = Post.objects.get(person__account__username="chushi")
    assert (post.role_id, post.organization.code, post.area_code) == ("administrator", "ops-yunxi", "990101")
    assert Event.objects.filter(name="organizations.post.given", person_id=None).exists()


def test_a_password_is_set_anew(typed):
    call_command("account", "password", "diaodu01", "--stdin")

    assert Client().login(username="diaodu01", password=PASSWORD)


def test_a_weak_password_is_refused_and_nothing_is_made(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("12345\n"))

    with pytest.raises(CommandError, match="too short"):
        call_command("account", "create", "chushi", "--name", "初始", "--stdin")

    assert not Account.objects.filter(username="chushi").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nobody", "administrator", "ops-yunxi", "990101"], "nothing has username nobody"),
        (["diaodu01", "king", "ops-yunxi", "990101"], "nothing has code king"),
        (["diaodu01", "street_dispatcher", "jd-qinghe", "990101001"], "already has this post"),
    ],
)
def test_what_cannot_be_given_is_said(arguments, says):
    before = Post.objects.count()

    with pytest.raises(CommandError, match=says):
        call_command("account", "post", *arguments)

    assert Post.objects.count() == before


def test_the_list_names_posts_of_today(capsys):
    call_command("account", "list")

    assert "street_dispatcher jd-qinghe 990101001" in capsys.readouterr().out
