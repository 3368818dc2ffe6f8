"""The same request under the same key: done once, answered alike."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.utils import timezone

from linli.kernel.errors import BadInput, Conflict, RuleBroken
from linli.kernel.idempotency import REPLAYED, fingerprint_of, key_of, once
from linli.kernel.models import Quarantined, RequestKey
from linli.kernel.policy import ANONYMOUS, Actor
from linli.kernel.tasks import forget_request_keys

pytestmark = pytest.mark.django_db


def test_it_is_done_once_and_answered_alike() -> None:
    done: list[int] = []

    def do() -> HttpResponse:
        done.append(1)
        return HttpResponse(f"第 {len(done)} 次", status=201, headers={"ETag": '"7"', "X-Other": "no"})

    first, second = (once(key="k", fingerprint="f", do=do) for _time in range(2))

    assert done == [1]
    assert (second.status_code, second.content, second["ETag"]) == (201, first.content, '"7"')
    assert (REPLAYED in first, second[REPLAYED], "X-Other" in second) == (False, "true", False)


def test_another_request_under_the_key_is_refused() -> None:
    once(key="k", fingerprint="one", do=lambda: HttpResponse("x"))

    with pytest.raises(Conflict) as refused:
        once(key="k", fingerprint="other", do=lambda: pytest.fail("must not be done"))

    assert refused.value.code == "key_other_content"


def test_a_refusal_forgets_the_key_but_keeps_what_was_written_on_purpose() -> None:
    def refuse() -> HttpResponse:
        Quarantined.objects.create(kind="test", subject_id="0" * 32, body={})
        raise RuleBroken("no")

    with pytest.raises(RuleBroken):
        once(key="k", fingerprint="f", do=refuse)

    assert (RequestKey.objects.count(), Quarantined.objects.count()) == (0, 1)
    assert once(key="k", fingerprint="f", do=lambda: HttpResponse("ok")).content == b"ok"


def test_a_fault_leaves_nothing_behind() -> None:
    def fail() -> HttpResponse:
        Quarantined.objects.create(kind="test", subject_id="0" * 32, body={})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        once(key="k", fingerprint="f", do=fail)

    assert (RequestKey.objects.count(), Quarantined.objects.count()) == (0, 0)


def test_keys_are_kept_apart_by_who_sent_them() -> None:
    given = "0199e5c0-0000-7000-8000-000000000001"
    token, other = Actor(kind="program", token_id=1), Actor(kind="program", token_id=2)

    assert len({key_of(actor, given) for actor in (token, other, ANONYMOUS)}) == 3
    assert len(key_of(token, "x" * 100)) <= 120


@pytest.mark.parametrize(("actor", "given"), [(ANONYMOUS, "short"), (Actor(kind="program", token_id=1), "x" * 101),
                                              (Actor(kind="program", token_id=1), "a\nb")])  # fmt: skip
def test_keys_that_cannot_be_are_refused(actor: Actor, given: str) -> None:
    with pytest.raises(BadInput):
        key_of(actor, given)


def test_parts_are_not_run_together() -> None:
    assert fingerprint_of("ab", "c") != fingerprint_of("a", "bc")


def test_keys_are_let_go_after_thirty_days() -> None:
    for name, days in (("old", 31), ("new", 29)):
        once(key=name, fingerprint="f", do=lambda: HttpResponse("x"))
        RequestKey.objects.filter(pk=name).update(at=timezone.now() - timedelta(days=days))

    forget_request_keys()

    assert list(RequestKey.objects.values_list("key", flat=True)) == ["new"]
