"""The gate: a right must be declared, held and fit the object; the system may everything; refusals say why."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from linli.kernel import policy
from linli.kernel.errors import NotAllowed
from linli.kernel.policy import ANONYMOUS, SYSTEM, Actor, may, plain_right, require, right, why_not

OURS, THEIRS = SimpleNamespace(street="990101001"), SimpleNamespace(street="990101002")
LIGHT, LOOK, JUDGE = "test.lamp.light", "test.lamp.look", "test.lamp.judge"


@pytest.fixture(autouse=True)
def own_rights() -> Iterator[None]:
    @right(LIGHT, "Light lamps", why_not="This lamp hangs elsewhere.")
    def may_light(actor: Actor, lamp: SimpleNamespace) -> bool:
        return lamp.street == actor.area_code

    @right(JUDGE, "Judge a lamp", is_public=True)
    def may_judge(actor: Actor, lamp: SimpleNamespace) -> bool:
        return lamp is OURS

    plain_right(LOOK, "Look at lamps")
    yield
    for name in (LIGHT, LOOK, JUDGE):
        policy._RIGHTS.pop(name)


def lighter(*rights: str) -> Actor:
    return Actor(kind="person", role="lighter", rights=frozenset(rights), area_code="990101001")


def test_the_role_must_hold_the_right_and_the_object_must_fit() -> None:
    assert may(lighter(LIGHT), LIGHT, OURS)
    assert not may(lighter(LIGHT), LIGHT, THEIRS)
    assert not may(lighter(LOOK), LIGHT, OURS)
    assert may(lighter(LIGHT), LIGHT)  # whether there could be any at all: menus ask so


def test_a_plain_right_asks_for_no_object() -> None:
    assert may(lighter(LOOK), LOOK, THEIRS)
    assert not may(ANONYMOUS, LOOK, OURS)


def test_a_public_right_needs_no_role_and_still_the_object() -> None:
    assert may(ANONYMOUS, JUDGE, OURS)
    assert not may(ANONYMOUS, JUDGE, THEIRS)


def test_the_system_may_everything_and_nobody_may_what_is_not_declared() -> None:
    assert all(may(SYSTEM, name, THEIRS) for name in (LIGHT, LOOK, JUDGE))
    for actor in (SYSTEM, lighter("test.lamp.burn")):
        with pytest.raises(KeyError):
            may(actor, "test.lamp.burn", OURS)


def test_a_refusal_says_whether_the_post_or_the_object_is_the_reason() -> None:
    assert why_not(lighter(LIGHT), LIGHT, OURS) == ""
    assert why_not(lighter(LIGHT), LIGHT, THEIRS) == "This lamp hangs elsewhere."
    assert "Light lamps" in why_not(lighter(), LIGHT, THEIRS)
    assert why_not(ANONYMOUS, JUDGE, THEIRS)


def test_the_gate_lets_pass_or_raises_with_the_reason() -> None:
    require(lighter(LIGHT), LIGHT, OURS)

    with pytest.raises(NotAllowed) as refused:
        require(lighter(LIGHT), LIGHT, THEIRS)

    assert (refused.value.status, refused.value.code, refused.value.details) == (403, "not_allowed", {"right": LIGHT})
    assert str(refused.value.message) == "This lamp hangs elsewhere."


def test_an_actor_cannot_be_changed_after_it_was_made() -> None:
    with pytest.raises(AttributeError):
        lighter().rights = frozenset({LIGHT})  # type: ignore[misc]
