"""Kinds proposed from the words on the report page, with and without script."""

from __future__ import annotations

import pytest

from linli.cases.models import Case
from linli.cases.tests.factories import FLOOD
from linli.kernel.models import Setting
from linli.kernel.snapshots import changed
from linli.portal.tests.factories import form_values, send

pytestmark = pytest.mark.django_db
KINDS = "/report/kinds/"


def body(response) -> str:
    return response.content.decode()


def test_while_somebody_types_kinds_are_proposed_as_a_part_of_the_form(client):
    answer = client.post(KINDS, {"text": "从楼上拉线给电瓶车充电", "category": ""})

    assert answer.status_code == 200 and "<html" not in body(answer)
    assert 'value="E0607"' in body(answer) and "飞线充电" in body(answer)
    assert "checked" not in body(answer)  # proposed, never chosen for them


def test_a_chosen_kind_is_only_doubted_when_the_words_are_sure(client):
    doubted = body(client.post(KINDS, {"text": "东门口路灯不亮，路灯坏了", "category": FLOOD}))
    agreed = body(client.post(KINDS, {"text": "东门口路灯不亮，路灯坏了", "category": "C0137"}))
    vague = body(client.post(KINDS, {"text": "请来看看", "category": FLOOD}))

    assert 'value="C0137"' in doubted and "也可能是" in doubted
    assert "<input" not in agreed and "<input" not in vague


@pytest.mark.parametrize("text", ["", " ", "?!", "a" * 5000, "\x00灯", "<script>alert(1)</script>"])
def test_any_words_get_an_answer(client, text):
    answer = client.post(KINDS, {"text": text})

    assert answer.status_code == 200 and "alert(1)" not in body(answer)


def test_without_script_the_words_propose_after_the_first_submit_and_the_choice_is_sent(client):
    refused = send(client, "check", category="", text="楼道里堆满纸箱和旧鞋柜")
    assert refused.status_code == 422 and 'value="E0605"' in body(refused)

    sent = client.post("/report/", form_values(refused) | {"category": "E0605", "action": "send"})

    assert sent.status_code == 303 and Case.objects.get().category_id == "E0605"


def test_a_chosen_kind_that_the_words_contradict_is_doubted_when_the_form_comes_back(client):
    checked = send(client, "check", category=FLOOD, text="东门口路灯不亮，路灯坏了")

    again = body(client.post("/report/", form_values(checked) | {"action": "edit"}))

    assert "也可能是" in again


def test_asking_too_often_waits(client):
    Setting.objects.create(key="limits.look_up_address", value="2/600")
    changed("settings")

    answers = [client.post(KINDS, {"text": "路灯"}).status_code for _ask in range(3)]

    assert answers == [200, 200, 429]


def test_proposing_costs_no_statement_and_keeps_nothing(client, django_assert_num_queries):
    client.post(KINDS, {"text": "路灯"})

    with django_assert_num_queries(0):
        client.post(KINDS, {"text": "路灯不亮"})
    assert not Case.objects.exists()
