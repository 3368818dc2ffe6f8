"""Looking at what was kept aside."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from linli.cases.events import QuarantineLookedAt
from linli.kernel.events import emit
from linli.kernel.models import Quarantined
from linli.kernel.policy import Actor, require


@transaction.atomic
def look_at(*, actor: Actor, quarantined: Quarantined) -> None:
    """Say that a person has looked at it; it stays where it is. Emits: cases.quarantine.looked_at"""
    require(actor, "cases.quarantine.view")
    moved = Quarantined.objects.filter(pk=quarantined.pk, looked_at=None).update(looked_at=timezone.now())
    if moved:
        emit(actor, QuarantineLookedAt(quarantined_id=quarantined.pk))
