"""Reports from phones: taken once however often they come, usable before their pictures, other content kept apart."""

from __future__ import annotations

import itertools
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from linli.cases.field.tests.phone import Phone, digest, jpeg, sent_report
from linli.cases.models import Case, CasePhoto, CaseStep
from linli.cases.tests.factories import GRID, at_post
from linli.catalogue.models import Category
from linli.kernel.models import Photo, Quarantined
from linli.kernel.snapshots import changed


def test_a_report_is_taken_with_the_phones_own_time_and_place_as_evidence(db):
    worker = at_post("grid_worker")
    answer = Phone(worker).report()

    case = Case.objects.get(reference=answer["reference"])
    assert (answer["status"], answer["outcome"], answer["linli"]) == (200, "done", 1)
    assert (case.door, case.reporter_id, case.grid_code) == ("field", worker.person_id, GRID)
    assert case.device_at.isoformat() == "2026-11-20T00:00:00+00:00"
    told = case.steps.get().data["device"]
    assert (told["clock_off"], told["accuracy"], told["app"]) == (-95, 12, "t")


def test_the_same_report_again_gives_the_same_case(db):
    phone, sent = Phone(at_post("grid_worker")), sent_report()
    first, again = phone.post("report", sent), phone.post("report", sent)

    assert (first["outcome"], again["outcome"]) == ("done", "known")
    assert first["reference"] == again["reference"]
    assert Case.objects.filter(submission_id=sent["id"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_are_one_report_and_fifty_same_answers():
    phone, sent = Phone(at_post("grid_worker")), sent_report()

    def send(_number):
        try:
            answer = phone.post("report", sent)
            return answer["status"], answer["reference"]
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as crowd:
        answers = set(crowd.map(send, range(50)))

    case = Case.objects.get(submission_id=sent["id"])
    assert answers == {(200, case.reference)}


def test_the_same_id_with_other_words_is_kept_apart(db):
    phone, sent = Phone(at_post("grid_worker")), sent_report()
    phone.post("report", sent)
    answer = phone.post("report", sent | {"text": "别的话"})

    assert (answer["status"], answer["code"]) == (409, "same_id_other_content")
    assert Case.objects.get(submission_id=sent["id"]).text == sent["text"]
    assert Quarantined.objects.get().body["text"] == "别的话"


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"category": "X9999"}, "category"), ({"text": ""}, "text"), ({"lng": 12.0, "lat": 12.0}, "place"),
     ({"id": "nonsense"}, "id"), ({"photos": ["x"]}, "photos.0"), ({"lng": 999}, "lng")],
    ids=["category", "text", "outside", "id", "photo", "lng"],
)  # fmt: skip
def test_a_wrong_report_names_the_field_and_changes_nothing(db, changes, field):
    answer = Phone(at_post("grid_worker")).report(**changes)

    assert (answer["status"], answer["field"]) == (422, field)
    assert not Case.objects.filter(door="field").exists()


def test_a_repetition_is_answered_though_the_category_is_gone_since(db):
    phone, sent = Phone(at_post("grid_worker")), sent_report()
    first = phone.post("report", sent)
    Category.objects.filter(code=sent["category"]).update(is_active=False)
    changed("catalogue")

    again = phone.post("report", sent)
    assert (again["status"], again["outcome"], again["reference"]) == (200, "known", first["reference"])


# --- pictures ---------------------------------------------------------------------------------------------------------


def test_a_report_counts_before_its_pictures_and_gets_them_one_by_one(db):
    phone = Phone(at_post("grid_worker"))
    pictures = [jpeg(40), jpeg(80), jpeg(120)]
    sent = sent_report(photos=[digest(picture) for picture in pictures])
    answer = phone.post("report", sent)
    case = Case.objects.get(reference=answer["reference"])
    assert (answer["announced"], answer["missing"], case.photo_count) == (3, sent["photos"], 0)

    for count, picture in enumerate(pictures, start=1):
        told = phone.piece(picture, sent["id"])
        case.refresh_from_db()
        assert (len(told["missing"]), case.photo_count) == (3 - count, count)

    assert [row.side for row in CasePhoto.objects.filter(case=case)] == ["before"] * 3
    assert phone.post("report", sent)["missing"] == []
    assert CasePhoto.objects.filter(case=case).count() == 3


@pytest.mark.parametrize("order", list(itertools.permutations(["report", "first", "second"])), ids="-".join)
def test_in_whatever_order_report_and_pictures_arrive_the_case_is_the_same(db, order):
    phone, first, second = Phone(at_post("grid_worker")), jpeg(50), jpeg(60)
    sent = sent_report(photos=[digest(first), digest(second)])
    send = {
        "report": lambda: phone.post("report", sent),
        "first": lambda: phone.piece(first, sent["id"]),
        "second": lambda: phone.piece(second, sent["id"]),
    }
    for name in order:
        assert send[name]()["status"] == 200

    case = Case.objects.get(submission_id=sent["id"])
    assert (case.photo_count, CasePhoto.objects.filter(case=case).count()) == (2, 2)


@pytest.mark.parametrize("tenth", range(1, 10))
def test_a_picture_cut_anywhere_goes_on_from_there(db, tenth):
    phone, picture, use = Phone(at_post("grid_worker")), jpeg(), str(uuid.uuid4())
    cut = len(picture) * tenth // 10
    assert phone.piece(picture, use, end=cut)["received"] == cut

    there = phone.get(f"photos/{use}/{digest(picture)}").json()
    assert (there["received"], there["photo"]) == (cut, None)
    done = phone.piece(picture, use, start=cut)

    assert Photo.objects.get(pk=done["photo"]).person_id == phone.actor.person_id
    assert phone.piece(picture, use)["photo"] == done["photo"]
    assert Photo.objects.count() == 1


def test_a_gap_says_from_where_to_go_on_and_wrong_bytes_begin_anew(db):
    phone, picture, use = Phone(at_post("grid_worker")), jpeg(), str(uuid.uuid4())
    phone.piece(picture, use, end=100)

    gap = phone.piece(picture, use, start=500)
    assert (gap["status"], gap["code"], gap["received"]) == (409, "piece_missing", 100)
    wrong = phone.piece(picture[:100] + bytes(len(picture) - 100), use, start=100, name=digest(picture))
    assert (wrong["status"], wrong["code"]) == (422, "content_differs")
    assert phone.get(f"photos/{use}/{digest(picture)}").json()["received"] == 0
    assert phone.piece(picture, use)["photo"]


def test_a_picture_that_was_not_announced_or_is_of_another_stays_apart(db):
    worker, other = Phone(at_post("grid_worker")), Phone(at_post("grid_worker"))
    picture = jpeg(70)
    sent = sent_report(photos=[digest(picture)])
    worker.post("report", sent)

    worker.piece(jpeg(71), sent["id"])
    other.piece(picture, sent["id"])

    assert Case.objects.get(submission_id=sent["id"]).photo_count == 0
    assert not CasePhoto.objects.exists()


def test_what_is_no_picture_is_refused(db):
    phone, sent = Phone(at_post("grid_worker")), b"<html>no picture</html>"
    answer = phone.piece(sent, str(uuid.uuid4()))
    assert (answer["status"], answer["code"], Photo.objects.count()) == (400, "photo_not_a_picture", 0)


# --- who --------------------------------------------------------------------------------------------------------------


def test_work_of_another_account_is_not_taken_under_this_one(db):
    phone = Phone(at_post("grid_worker"))
    phone.account = str(at_post("grid_worker").person_id)
    answer = phone.report()

    assert (answer["status"], answer["code"]) == (409, "other_account")
    assert not Case.objects.filter(door="field").exists()


def test_the_id_of_somebody_elses_report_gives_nothing_away(db):
    sent = sent_report()
    mine = Phone(at_post("grid_worker")).post("report", sent)
    answer = Phone(at_post("grid_worker")).post("report", sent)

    assert answer["status"] in (400, 409)
    assert mine["reference"] not in str(answer)
    assert CaseStep.objects.filter(case__submission_id=sent["id"]).count() == 1
