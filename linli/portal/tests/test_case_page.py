"""A report's page: what strangers see, what they never see, and what the one who reported may do by the secret link."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linli.cases.models import Case, CasePhoto, Follow, Support
from linli.cases.operations import link_secret, note_case, take
from linli.cases.operations.taking import Ask
from linli.cases.tests.factories import CHILD, at_post, browser_of, case_at, photo, reported
from linli.cases.workflow import INCIDENT, Stage
from linli.kernel.models import Event, Setting
from linli.kernel.policy import ANONYMOUS
from linli.kernel.snapshots import changed
from linli.portal.queries.story import LINES, TONES, plain_stage, progress, sentence
from linli.portal.tests.factories import ENGLISH, form_values, own_page, page, picture

pytestmark = pytest.mark.django_db


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


# --- what strangers see ---


def test_every_stage_has_its_words_its_line_and_its_sentence():
    for stage in Stage:
        case = Case(stage=stage, reported_at=timezone.now(), updated_at=timezone.now())
        assert plain_stage(stage) and sentence(case) and stage in TONES
        assert len(progress(case)) in (2, 5)


@pytest.mark.parametrize("stage", sorted(set(Stage) - {Stage.VOID, Stage.REFUSED, Stage.REPORTED, Stage.PRE_CHECK}))
def test_a_read_report_shows_its_masked_words_its_stage_and_its_way(client, stage):
    case = case_at(stage, text="井盖翻了，电话19900001234，渝A12345 停在上面")

    shown = text_of(client, page(case))

    assert "199****1234" in shown and "19900001234" not in shown and "A12345" not in shown
    assert plain_stage(stage) in shown
    assert "云小试" not in shown  # neither the reporter nor anybody on a post


@pytest.mark.parametrize("stage", [Stage.REPORTED, Stage.PRE_CHECK, Stage.REFUSED])
def test_words_nobody_has_read_or_taken_up_are_not_shown_to_strangers(client, stage):
    case = case_at(stage, case=reported("某某人欠债不还"))

    assert "某某人" not in text_of(client, page(case))
    assert "某某人" in text_of(client, own_page(case))


def test_a_place_may_choose_to_show_words_at_once(client):
    Setting.objects.create(key="portal.show_unread", value=True)
    changed("settings")

    assert "积水没过脚面" in text_of(client, page(reported()))


def test_sealed_withdrawn_and_unlisted_reports_have_no_page(client):
    hidden = [case_at(Stage.VOID), reported("孩子被打", category=CHILD), reported("不公开", is_public=False)]

    for case in hidden:
        assert client.get(page(case)).status_code == 404
        assert client.post(reverse("portal:case-support", args=[case.reference])).status_code == 404
        assert client.post(reverse("portal:case-follow", args=[case.reference])).status_code == 404
        assert client.get(reverse("portal:look-up"), {"reference": case.reference}).status_code == 404
    assert client.get(page(Case(reference="261121-7K3M9QF"))).status_code == 404


def test_units_are_named_staff_and_their_notes_are_not(client):
    case = case_at("accepted")
    clerk = at_post("department_clerk")
    note_case(actor=clerk, case=case, text="内部备注：等材料")
    take("ask_extension", actor=clerk, case=case, ask=Ask(text="内部理由：缺泵"))

    for address in (page(case), own_page(case)):
        shown = text_of(client, address)
        assert "排水" in shown
        assert "内部" not in shown and clerk.name not in shown


def test_every_verb_has_a_line_for_strangers_or_stays_inside():
    inside = {"supervise", "ask_extension", "deny_extension", "ask_suspension", "approve_suspension", "deny_suspension",
              "void", "appeal", "review_appeal", "decide_appeal"}  # fmt: skip
    assert set(LINES) == {step.verb for step in INCIDENT} - inside


def test_a_joined_report_leads_to_the_other_one(client):
    case = case_at(Stage.MERGED)

    assert case.merged_into.reference in text_of(client, page(case))


def test_the_answer_and_the_judgement_are_public_the_words_of_the_judgement_are_not(client):
    reporter = at_post("resident")
    case = case_at("closed", by=reporter)
    take("rate", actor=reporter, case=case, ask=Ask(text="师傅是我表哥"), solved="yes", satisfaction=4)

    shown = text_of(client, page(case))

    assert case.answer in shown and "4/5" in shown and "表哥" not in shown


def test_a_number_is_found_however_it_is_typed(client):
    case = case_at("registered")
    day, tail = case.reference.split("-")

    for asked in (case.reference, case.reference.lower(), f"{day}{tail}", f" {day} {tail} "):
        answer = client.get(reverse("portal:look-up"), {"reference": asked})
        assert answer.url == page(case)
    for asked in ("", "x" * 50, "261121-AAAAAAA", "../../etc"):
        assert client.get(reverse("portal:look-up"), {"reference": asked}).status_code == 404


# --- photos ---


def test_public_photos_are_for_everybody_others_for_the_reporter_only(client):
    sent = client.post("/report/photos/", {"file": picture()}).json()["id"]
    case = case_at("registered", case=reported(photos=[uuid.UUID(sent)]))
    hidden = CasePhoto.objects.create(case=case, photo_id=photo(), is_public=False)
    secret = link_secret(case.pk)

    def status(name: str, *args: object) -> int:
        return client.get(reverse(f"portal:{name}", args=[case.reference, *args])).status_code

    assert status("case-photo", sent, "small") == status("case-photo", sent, "large") == 200
    assert status("own-photo", secret, sent, "large") == 200
    assert status("case-photo", hidden.photo_id, "small") == 404
    assert status("case-photo", sent, "huge") == 404
    assert status("own-photo", "x" * 22, sent, "small") == 404
    other = reported(east_m=60)
    assert client.get(reverse("portal:case-photo", args=[other.reference, sent, "small"])).status_code == 404
    shown = text_of(client, page(case))
    assert sent in shown and str(hidden.photo_id) not in shown


def test_photos_of_an_unread_report_are_not_served(client):
    sent = client.post("/report/photos/", {"file": picture()}).json()["id"]
    case = reported(photos=[uuid.UUID(sent)])
    address = reverse("portal:case-photo", args=[case.reference, sent, "small"])

    assert client.get(address).status_code == 404
    case_at("registered", case=case)
    assert client.get(address).status_code == 200


# --- one voice each ---


def test_one_browser_is_one_voice(client):
    case = case_at("registered")
    address = reverse("portal:case-support", args=[case.reference])
    for _again in range(3):
        client.post(address)
    Client().post(address)

    case.refresh_from_db()
    assert case.support_count == Support.objects.count() == 2
    assert "您已附议" in text_of(client, page(case))


def test_one_person_is_one_voice_in_every_browser():
    case, resident = case_at("registered"), at_post("resident")
    for _again in range(2):
        browser_of(resident).post(reverse("portal:case-support", args=[case.reference]))

    assert Support.objects.get().person_id == resident.person_id


def test_a_wrong_phone_is_told_and_no_voice_is_counted(client):
    case = case_at("registered")

    answer = client.post(reverse("portal:case-support", args=[case.reference]), {"name": "云小满", "phone": "12"})

    assert answer.status_code == 422
    assert form_values(answer)["phone"] == ["12"]
    assert not Support.objects.exists()


def test_a_finished_report_takes_no_more_voices(client):
    case = case_at("closed")

    answer = client.post(reverse("portal:case-support", args=[case.reference]), follow=True)

    assert "我也遇到" not in answer.content.decode()
    assert not Support.objects.exists()


def test_following_needs_a_sign_in_and_can_be_ended(client):
    case, resident = case_at("registered"), at_post("resident")
    address = reverse("portal:case-follow", args=[case.reference])
    assert client.post(address, {"follow": "yes"}).url.startswith("/accounts/login/?next=")

    browser = browser_of(resident)
    browser.post(address, {"follow": "yes"})
    browser.post(address, {"follow": "yes"})
    assert Follow.objects.get().person_id == resident.person_id
    browser.post(address, {"follow": "no"})
    assert not Follow.objects.exists()


# --- by the secret link ---


def test_the_reporter_judges_by_the_link_without_signing_in(client):
    case = case_at("closed")

    answer = client.post(own_page(case), {"verb": "rate", "solved": "yes", "satisfaction": "5", "words": "谢谢"}, follow=True)

    case.refresh_from_db()
    assert (case.stage, case.solved, case.satisfaction, case.rating_text) == ("rated", "yes", 5, "谢谢")
    assert "谢谢，您的评价" in answer.content.decode()


def test_the_reporter_refuses_the_result_by_the_link_and_it_is_worked_on_again(client):
    case = case_at("closed")

    client.post(own_page(case), {"verb": "reopen", "again-words": "还是积水"})

    case.refresh_from_db()
    assert (case.stage, case.reopen_count) == ("dispatched", 1)
    assert "还是积水" not in text_of(client, page(case))


def test_the_reporter_may_urge_three_times_a_day(client):
    case = case_at("accepted")

    for _press in range(4):
        answer = client.post(own_page(case), {"verb": "urge", "words": "请快一点"})

    case.refresh_from_db()
    assert case.urge_count == 3
    assert answer.status_code == 422 and "请再等一等" in answer.content.decode()


@pytest.mark.parametrize(
    "values",
    [
        {"verb": "rate", "words": "谢谢"},
        {"verb": "rate", "solved": "yes", "satisfaction": "9"},
        {"verb": "reopen", "again-words": "  "},
        {"verb": "urge", "words": ""},
    ],
)
def test_a_refused_verdict_says_why_and_changes_nothing(client, values):
    case = case_at("closed")
    before = Event.objects.count()

    answer = client.post(own_page(case), values)

    case.refresh_from_db()
    assert (answer.status_code == 422 and "notice-error" in answer.content.decode()) or values["verb"] == "urge"
    assert case.stage == "closed" and Event.objects.count() == before


def test_a_verdict_on_a_page_that_is_no_longer_true_is_not_taken(client):
    case = case_at("closed")
    shown = case.version
    take("rate", actor=actor_by_link(case), case=case, solved="yes", satisfaction=5)

    answer = client.post(own_page(case), {"verb": "rate", "solved": "no", "satisfaction": "1", "version": str(shown)})

    case.refresh_from_db()
    assert answer.status_code == 422
    assert case.solved == "yes"


def test_pressing_urge_twice_on_one_page_urges_once(client):
    case = case_at("accepted")

    for _press in range(2):
        client.post(own_page(case), {"verb": "urge", "words": "请快一点", "version": str(case.version)})

    case.refresh_from_db()
    assert case.urge_count == 1


def actor_by_link(case: Case):
    return replace(ANONYMOUS, extra={"case_link": case.pk})


def test_after_the_days_of_judging_nothing_is_offered(client):
    case = case_at("closed")
    Case.objects.update(closed_at=timezone.now() - timedelta(days=31))

    assert 'name="verb"' not in text_of(client, own_page(case))


@pytest.mark.parametrize("secret", ["x" * 22, "sent", "0"])
def test_a_stranger_with_a_wrong_link_gets_nothing_and_changes_nothing(client, secret):
    case = case_at("closed")
    address = reverse("portal:own-case", args=[case.reference, secret])

    assert client.get(address).status_code == 404
    assert client.post(address, {"verb": "rate", "solved": "no", "satisfaction": "1"}).status_code == 404
    case.refresh_from_db()
    assert case.stage == "closed"


def test_a_verb_that_is_not_the_reporters_is_not_taken_by_the_link(client):
    case = case_at("registered")

    for verb in ("void", "close", "force_close", "dispatch", "", "rate; drop"):
        assert client.post(own_page(case), {"verb": verb, "words": "x"}).status_code == 404
    case.refresh_from_db()
    assert case.stage == "registered"


def test_pages_behind_the_link_are_kept_by_nobody(client):
    case = case_at("closed")

    answer = client.get(own_page(case))

    assert "no-store" in answer["Cache-Control"] and "noindex" in answer["X-Robots-Tag"]


def test_the_reporter_who_is_signed_in_finds_the_own_page_from_the_public_one():
    resident = at_post("resident")
    case = case_at("registered", by=resident)

    assert own_page(case) in browser_of(resident).get(page(case)).content.decode()
    assert own_page(case) not in Client().get(page(case)).content.decode()


# --- cost and languages ---


def test_the_page_costs_at_most_twelve_statements(client, django_assert_max_num_queries):
    case = case_at("rated")
    client.get(page(case))
    with django_assert_max_num_queries(4):
        client.get(page(case))
    resident = browser_of(at_post("resident"))
    resident.get(page(case))
    with django_assert_max_num_queries(12):
        resident.get(page(case))


def test_the_page_speaks_english(client):
    client.cookies.load(ENGLISH)
    case = case_at("suspended")

    shown = text_of(client, page(case))

    assert "Paused until" in shown and "What happened so far" in shown and "Being worked on" not in shown
