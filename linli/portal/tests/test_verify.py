"""Gaps are found: a step the audit does not know, a stage nobody took, a photo that is gone, a job given up."""

from __future__ import annotations

import contextlib
import hashlib
import uuid

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.utils import timezone

from linli.cases.models import Case, CaseStep
from linli.cases.operations import Report, report_case
from linli.kernel.models import Job, Photo
from linli.kernel.policy import ANONYMOUS
from linli.kernel.storage import photo_paths
from linli.places.models import Building

pytestmark = pytest.mark.django_db


def report() -> Case:
    at = Building.objects.order_by("code")[0]
    found = report_case(
        actor=ANONYMOUS, report=Report(category="E0501", text="水管漏水了", lng=at.lng, lat=at.lat, door="portal")
    )
    return found.case


def gaps(capsys, *arguments: str) -> list[str]:
    capsys.readouterr()
    with contextlib.suppress(CommandError):
        call_command("verify", *arguments)
    return capsys.readouterr().out.splitlines()


def keep_photo(content: bytes, sha256: str = "") -> Photo:
    sha256 = sha256 or hashlib.sha256(content).hexdigest()
    paths = photo_paths(sha256)
    for path in (paths.path, paths.thumbnail_path):
        storages["photos"].save(path, ContentFile(content))
    return Photo.objects.create(
        sha256=sha256, path=paths.path, thumbnail_path=paths.thumbnail_path, width=1, height=1, bytes=len(content)
    )


def test_what_is_whole_is_said_to_be_whole(capsys):
    report()
    keep_photo(b"whole")

    assert gaps(capsys, "--photos", "1") == ["whole: no gaps"]


def test_a_step_without_its_line_is_found(capsys):
    case = report()
    CaseStep.objects.create(case=case, verb="register", was="reported", stage="registered", at=timezone.now())

    found = gaps(capsys)

    assert any(f"case {case.reference}: step register" in line for line in found)
    assert any(f"case {case.reference}: stands at reported, its last step ended at registered" in line for line in found)


def test_a_case_nobody_reported_is_found(capsys):
    case = report()
    case.pk, case.reference = uuid.uuid4(), "000000-AAAAAAA"
    case.save(force_insert=True)

    assert gaps(capsys) == ["1 cases are not known to the audit at all"]


def test_a_photo_that_is_gone_or_altered_is_found(capsys):
    gone, altered = keep_photo(b"gone"), keep_photo(b"other", sha256="0" * 64)
    storages["photos"].delete(gone.path)

    found = gaps(capsys, "--photos", "1")

    assert any(line.startswith(f"photo {gone.path}") for line in found)
    assert f"photo {altered.path}: its content is not what was stored" in found


def test_a_job_given_up_is_found(capsys):
    Job.objects.create(task="x", due_at=timezone.now(), failed_at=timezone.now(), error="Traceback\nValueError: no")

    assert any("given up, ValueError: no" in line for line in gaps(capsys))
