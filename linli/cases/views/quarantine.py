"""What came under a known id with other content: kept for a person to look at."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from linli.cases import policy
from linli.cases.operations.quarantine import look_at
from linli.cases.queries.quarantine import quarantined_for, quarantined_page
from linli.cases.views.common import DeskRequest, desk


@require_GET
@desk(policy.QUARANTINE_VIEW)
def quarantine_list(request: DeskRequest) -> HttpResponse:
    rows, key = quarantined_page(request.actor, before=request.GET.get("before", ""))
    return render(request, "cases/quarantine.html", {"rows": rows, "older": f"?before={key}" if key else ""})


@require_POST
@desk(policy.QUARANTINE_VIEW)
def quarantine_looked_at(request: DeskRequest, quarantined_id: uuid.UUID) -> HttpResponse:
    look_at(actor=request.actor, quarantined=get_object_or_404(quarantined_for(request.actor), pk=quarantined_id))
    return redirect("cases:quarantine")
