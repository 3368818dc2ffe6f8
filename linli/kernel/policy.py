"""Who may do what: the actor, the register of rights, and the one gate every write passes.

A right is a name (`module.noun.verb`) declared once with `right(...)`; roles are pack data and hold rights.
Beside holding the right, a predicate may look at the object: `may_close_case(actor, case)`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.kernel.errors import NotAllowed

Predicate = Callable[["Actor", Any], bool]


@dataclass(frozen=True)
class Actor:
    """Whoever acts: a person on one of their posts, a program with a token, the system, or nobody known.

    `reach` says how far the role sees: own, area, unit or all. `area_code` is the prefix of every area
    the post covers, `organization_id` the body it serves. A person without a post is a resident.
    """

    kind: str = "anonymous"  # anonymous | person | program | system
    account_id: int | None = None
    person_id: uuid.UUID | None = None
    name: str = ""
    post_id: int | None = None
    role: str = ""
    rights: frozenset[str] = frozenset()
    reach: str = "own"
    area_code: str = ""
    organization_id: int | None = None
    door: str = "portal"
    token_id: int | None = None
    extra: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def is_known(self) -> bool:
        return self.kind != "anonymous"

    @property
    def is_system(self) -> bool:
        return self.kind == "system"

    def holds(self, name: str) -> bool:
        """Whether the role has the right at all, whatever the object."""
        return self.kind == "system" or name in self.rights


ANONYMOUS = Actor()
SYSTEM = Actor(kind="system", name="Linli", reach="all")


@dataclass(frozen=True)
class Right:
    name: str
    label: Any
    predicate: Predicate | None
    why_not: Any
    is_public: bool


_RIGHTS: dict[str, Right] = {}


def right(name: str, label: Any, *, why_not: Any = "", is_public: bool = False) -> Callable[[Predicate], Predicate]:
    """Declare a right whose predicate is decorated.

    `is_public` rights need no role: the predicate alone decides (a reporter rates their own case).
    `why_not` is the sentence shown beside a greyed action.
    """

    def declare(predicate: Predicate) -> Predicate:
        _RIGHTS[name] = Right(name, label, predicate, why_not, is_public)
        return predicate

    return declare


def plain_right(name: str, label: Any) -> str:
    """Declare a right that holding the role is enough for."""
    _RIGHTS[name] = Right(name, label, None, "", False)
    return name


def rights() -> dict[str, Right]:
    """Every declared right by name; the reference and the pack check read it."""
    return dict(sorted(_RIGHTS.items()))


def may(actor: Actor, name: str, subject: Any = None) -> bool:
    """Whether the actor may: the role holds the right and its predicate agrees. The system may everything."""
    declared = _RIGHTS[name]
    if actor.is_system:
        return True
    if not declared.is_public and name not in actor.rights:
        return False
    return declared.predicate is None or subject is None or declared.predicate(actor, subject)


def why_not(actor: Actor, name: str, subject: Any = None) -> str:
    """The sentence that says why the actor may not; empty when they may."""
    if may(actor, name, subject):
        return ""
    declared = _RIGHTS[name]
    if not declared.is_public and name not in actor.rights:
        return str(_("Your post does not have the right “%(right)s”.") % {"right": declared.label})
    return str(declared.why_not or _("This is outside your area or unit."))


def require(actor: Actor, name: str, subject: Any = None) -> None:
    """Let pass or raise `NotAllowed` with the reason."""
    if not may(actor, name, subject):
        raise NotAllowed("not_allowed", why_not(actor, name, subject), right=name)
