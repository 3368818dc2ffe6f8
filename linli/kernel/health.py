"""Whether this server works: database, worker, disk. For load balancers and people on call; tells no secrets."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models import Max, Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from linli import __version__
from linli.kernel.middleware import is_database_away, let_go_of_connection
from linli.kernel.models import Job, Schedule

WORKER_SILENT = timedelta(minutes=3)
JOB_LATE = timedelta(minutes=10)
DISK_LOW_BYTES = 200 * 1024 * 1024


def _database() -> dict[str, Any]:
    Schedule.objects.exists()
    return {"ok": True}


def _worker() -> dict[str, Any]:
    """Alive if it moved a schedule lately and no due job waits long."""
    now = timezone.now()
    seen = Schedule.objects.aggregate(at=Max("last_at"))["at"]
    oldest = Job.objects.filter(failed_at__isnull=True, due_at__lte=now).aggregate(at=Min("due_at"))["at"]
    late = (now - oldest).total_seconds() if oldest else 0.0
    return {
        "ok": bool(seen and now - seen < WORKER_SILENT) and late < JOB_LATE.total_seconds(),
        "seen_seconds_ago": round((now - seen).total_seconds()) if seen else None,
        "oldest_job_seconds": round(late),
    }


def _disk() -> dict[str, Any]:
    free = shutil.disk_usage(settings.DATA_DIR).free
    return {"ok": free > DISK_LOW_BYTES, "free_mb": free // (1024 * 1024)}


def health(request: HttpRequest) -> HttpResponse:
    """200 if everything that serves pages works, else 503. A silent worker is shown as "degraded", still 200:
    pages are served without it and taking the server away would not help."""
    checks: dict[str, dict[str, Any]] = {"disk": _disk()}
    try:
        checks["database"] = _database()
        checks["worker"] = _worker()
    except (DatabaseError, InterfaceError, OSError) as error:
        checks["database"] = {"ok": False}
        let_go_of_connection()
        del error
    except Exception as error:
        if not is_database_away(error):
            raise
        checks["database"] = {"ok": False}
    serves = checks["database"]["ok"] and checks["disk"]["ok"]
    status = "ok" if all(check["ok"] for check in checks.values()) else "degraded" if serves else "down"
    body = {"status": status, "version": __version__, "checks": checks}
    return JsonResponse(body, status=200 if serves else 503, headers={"Cache-Control": "no-store"})
