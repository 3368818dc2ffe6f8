"""What a phone is given: its own area's work, without contact data, and only to whom it belongs."""

from __future__ import annotations

import gzip
import json
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.finders import find
from django.test import Client
from django.utils import timezone

from linli.cases.field.bundle import store_keys
from linli.cases.field.tests.phone import Phone
from linli.cases.models import Case, CasePhoto
from linli.cases.operations import Ask, take
from linli.cases.tests.factories import CHILD, FAR_GRID, OTHER_GRID, at_post, case_at, photo, reported
from linli.cases.workflow import Stage
from linli.kernel.models import Photo
from linli.kernel.storage import photo_paths
from linli.places.queries import areas

CONTACT = {"name": "溪无名", "phone": "19900001234", "email": "xi@example.invalid"}


def day_of(phone: Phone) -> dict:
    return phone.get("today").json()


def test_the_day_holds_what_is_to_be_looked_at_in_the_own_area(db):
    look, check = case_at(Stage.PRE_CHECK), case_at(Stage.DELIVERED)
    case_at(Stage.PRE_CHECK, grid=OTHER_GRID), reported(grid=FAR_GRID), case_at(Stage.ACCEPTED)
    told = day_of(Phone(at_post("grid_worker")))

    assert set(told["tasks"]) == {str(look.pk), str(check.pk)}
    kept = timezone.datetime.fromisoformat(told["expires_at"]) - timezone.now()
    assert timedelta(days=6.9) < kept <= timedelta(days=7)


def test_a_task_comes_with_the_unit_s_word_and_the_pictures_before_and_after(db):
    case = case_at(Stage.ACCEPTED)
    before = photo(attached_to=case.pk)
    CasePhoto.objects.create(case=case, photo_id=before, side="before")
    after = photo()
    ask = Ask(text="已疏通，请现场看", photos=[after])
    take("deliver", actor=at_post("department_clerk"), case=case, ask=ask, result="fixed")

    shown = day_of(Phone(at_post("grid_worker")))["cases"][str(case.pk)]

    assert (shown["stage"], shown["answer"], shown["words"]) == (Stage.DELIVERED, "已疏通，请现场看", "已疏通，请现场看")
    assert [(one["id"], one["side"]) for one in shown["photos"]] == [(str(before), "before"), (str(after), "after")]


def test_nothing_of_the_reporter_leaves_the_house(db):
    text = "楼道堆物，找我19900001234，身份证990101199001011238"
    case = case_at(Stage.PRE_CHECK, case=reported(text, contact=CONTACT))
    case2 = case_at(Stage.REPORTED, case=reported("路灯不亮", contact=CONTACT))
    take("request_pre_check", actor=at_post("street_dispatcher"), case=case2, ask=Ask(text="先打19900001234问一下"))

    whole = Phone(at_post("grid_worker")).get("today").content.decode()

    assert str(case.pk) in whole and str(case2.pk) in whole
    for secret in (*CONTACT.values(), "990101199001011238", case.reporter.name):
        assert secret not in whole


def test_sealed_cases_are_not_on_phones(db):
    case = case_at(Stage.PRE_CHECK, category=CHILD)
    assert str(case.pk) not in Phone(at_post("grid_worker")).get("today").content.decode()


def test_old_ones_around_are_left_out_own_open_ones_stay(db):
    worker = at_post("grid_worker")
    old, mine = reported("旧的"), reported("自己报的", by=worker)
    Case.objects.filter(pk__in=[old.pk, mine.pk]).update(updated_at=timezone.now() - timedelta(days=8))
    fresh = reported("新的")

    told = day_of(Phone(worker))

    assert (told["near"], told["mine"]) == ([str(fresh.pk)], [str(mine.pk)])
    assert str(old.pk) not in told["cases"]


def test_someone_without_a_post_gets_only_their_own(db):
    resident = at_post("resident")
    mine = reported("自己报的", by=resident)
    reported("别人报的")
    told = day_of(Phone(resident))
    assert (told["tasks"], told["near"], told["mine"]) == ([], [], [str(mine.pk)])


@pytest.mark.parametrize("path", ["today", "bundle", f"photos/{uuid.UUID(int=7)}/{'a' * 64}"])
def test_a_stranger_is_asked_to_sign_in(db, path):
    answer = Client().get(f"/field/api/{path}")
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_first")


def test_a_session_that_ended_is_told_apart_from_a_live_one(db):
    phone = Phone(at_post("grid_worker"))
    told = phone.get("session").json()
    assert (told["signed_in"], told["user"]["id"]) == (True, phone.account)
    phone.browser.logout()
    told = phone.get("session").json()
    assert (told["signed_in"], "user" in told, "keys" in told) == (False, False, False)
    assert phone.post("steps", {"steps": [{}]})["status"] == 401


def test_sending_needs_the_secret_of_the_page(db):
    phone = Phone(at_post("grid_worker"))
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = phone.browser.cookies
    told = strict.get("/field/api/session").json()
    body = {"data": {"steps": [{}]}, "content_type": "application/json"}
    headers = {"X-Linli-Account": phone.account}

    refused = strict.post("/field/api/steps", **body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    assert strict.post("/field/api/steps", **body, headers={**headers, "X-CSRFToken": told["csrf"]}).status_code == 200


def test_keys_of_a_phone_s_store_are_a_person_s_own_and_survive_a_new_key(settings):
    first, other = uuid.uuid4(), uuid.uuid4()
    before = store_keys(first)
    assert store_keys(other)[0]["key"] != before[0]["key"]

    settings.LINLI_KEYS = ["bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldy0=", *settings.LINLI_KEYS]
    assert store_keys(first)[1:] == before


def test_the_bundle_is_the_own_street_s_and_comes_once(db, django_assert_max_num_queries):
    phone = Phone(at_post("grid_worker"))
    first = phone.get("bundle")
    told = json.loads(first.content)
    street = phone.actor.area_code[:9]

    assert {row[0][:9] for row in told["places"]["areas"]} == {street}
    assert {row[1][:9] for row in told["places"]["buildings"]} == {street}
    assert len(told["places"]["areas"]) == len(areas().within(street))
    assert len(told["catalogue"]["categories"]) > 180
    with django_assert_max_num_queries(4):
        assert phone.get("bundle", **{"If-None-Match": first["ETag"]}).status_code == 304


def test_the_day_costs_the_same_however_much_there_is(db, django_assert_max_num_queries):
    for _number in range(3):
        case_at(Stage.PRE_CHECK)
    phone = Phone(at_post("grid_worker"))
    phone.get("today")
    with django_assert_max_num_queries(10):
        phone.get("today")


# --- pictures, shell, worker ------------------------------------------------------------------------------------------


def test_a_picture_is_shown_to_those_who_may_see_its_case(db, folder):
    near, far = reported(), reported(grid=FAR_GRID)
    paths = photo_paths("ab" * 32)
    (folder / "photos" / "ab").mkdir(parents=True)
    (folder / "photos" / paths.path).write_bytes(b"large")
    (folder / "photos" / paths.thumbnail_path).write_bytes(b"small")
    kept = {}
    for case in (near, far):
        kept[case] = photo(attached_to=case.pk)
        Photo.objects.filter(pk=kept[case]).update(path=paths.path, thumbnail_path=paths.thumbnail_path)
        CasePhoto.objects.create(case=case, photo_id=kept[case])
    browser = Phone(at_post("grid_worker")).browser

    assert b"".join(browser.get(f"/field/photos/{kept[near]}/small").streaming_content) == b"small"
    assert b"".join(browser.get(f"/field/photos/{kept[near]}/large").streaming_content) == b"large"
    assert browser.get(f"/field/photos/{kept[far]}/small").status_code == 404
    assert Client().get(f"/field/photos/{kept[near]}/small").status_code == 401


def test_the_shell_is_the_same_for_everybody_and_holds_no_secret(db):
    mine, strangers = Phone(at_post("grid_worker")).browser.get("/field/"), Client().get("/field/")
    assert mine.content == strangers.content
    assert mine["X-Linli-Shell"] in mine.content.decode()
    assert b"csrf" not in mine.content.lower()


def built(url: str) -> Path:
    """The file behind a static address."""
    return Path(find(url.removeprefix(settings.STATIC_URL)) or "nothing")


def test_the_worker_lists_what_it_keeps_and_may_serve_the_whole_door(client):
    answer = client.get("/field/sw.js")
    told = json.loads(answer.content.decode().partition("=")[2].partition(";\n")[0])
    assert answer["Service-Worker-Allowed"] == "/field/"
    assert told["version"] == client.get("/field/")["X-Linli-Shell"]
    assert any("/field-" in url and url.endswith(".js") for url in told["first"])
    assert not any("map" in url for url in told["first"]) and any("map" in url for url in told["later"])
    for url in told["first"]:
        assert built(url).is_file()


def test_the_first_load_is_small_enough_for_a_weak_network(db):
    phone = Phone(at_post("grid_worker"))
    answer = phone.browser.get("/field/sw.js").content
    told = json.loads(answer.decode().partition("=")[2].partition(";\n")[0])
    sizes = {"/field/": len(gzip.compress(phone.browser.get("/field/").content)), "sw": len(gzip.compress(answer))}
    for url in told["first"]:
        sizes[url] = len(gzip.compress(built(url).read_bytes()))
    sizes["bundle"] = len(phone.get("bundle", **{"Accept-Encoding": "gzip"}).content)
    sizes["today"] = len(phone.get("today").content)

    assert sum(sizes.values()) <= 300_000, sizes
    assert sum(size for url, size in sizes.items() if "/field-" in url and url.endswith(".js")) <= 60_000


def test_the_manifest_lets_a_phone_install_the_app(client):
    told = client.get("/field/manifest.webmanifest").json()
    assert (told["scope"], told["start_url"], told["display"]) == ("/field/", "/field/", "standalone")
    assert {icon["purpose"] for icon in told["icons"]} == {"any", "maskable"}
