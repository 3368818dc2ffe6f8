"""Webhooks from an event to a receiver: signed, once, tried again, and silent about people."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from linli.cases.operations import Ask, take
from linli.cases.tests.factories import CHILD, STREET, at_post, case_at, reported
from linli.cases.tests.test_api import program_of, send
from linli.cases.workflow import Stage
from linli.kernel.events import HAND_ON, hand_on
from linli.kernel.jobs import claim, do, drain
from linli.kernel.models import Event, Job
from linli.kernel.policy import Actor
from linli.notifications import outgoing, webhooks
from linli.notifications.models import Webhook, WebhookDelivery
from linli.notifications.outgoing import Sent
from linli.notifications.webhooks import Wish

pytestmark = pytest.mark.django_db


class Receiver:
    """Stands where the net begins: keeps what is sent and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes, dict[str, str]]] = []
        self.answers: list[Sent] = []

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> Sent:
        self.got.append((url, body, headers))
        return self.answers.pop(0) if self.answers else Sent(200)

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _url, body, _headers in self.got]


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Receiver:
    found = Receiver()
    monkeypatch.setattr(outgoing, "send", found)
    return found


def administrator() -> Actor:
    return at_post("administrator")


def set_up(*events: str, **changes: Any) -> tuple[Webhook, str]:
    wish = {"name": "城市平台", "url": "https://example.org/hook", "events": events or ("cases.case.*",)} | changes
    return webhooks.set_webhook(actor=administrator(), wish=Wish(**wish))


def later(seconds: float) -> None:
    """Let time pass for what waits."""
    moment = timezone.now() - timedelta(seconds=seconds)
    Job.objects.filter(task=webhooks.DELIVER).update(due_at=moment)
    Webhook.objects.filter(retry_at__isnull=False).update(retry_at=moment)


def test_a_step_is_told_signed_and_without_a_word_of_the_report(receiver: Receiver) -> None:
    _hook, secret = set_up()
    case = reported("积水，电话 19900001111", contact={"name": "云小试", "phone": "19900001111"})

    drain()

    (url, body, headers), told = receiver.got[0], receiver.told()[0]
    assert (url, headers["Linli-Event"], told["event"]) == ("https://example.org/hook",) + ("cases.case.reported",) * 2
    assert (told["data"]["reference"], told["data"]["now"]["stage"], told["id"]) == (
        case.reference, Stage.REPORTED, headers["Linli-Delivery"]
    )  # fmt: skip
    assert b"19900001111" not in body
    assert "积水" not in body.decode()
    at, given = (part.partition("=")[2] for part in headers["Linli-Signature"].split(","))
    assert hmac.compare_digest(given, hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest())


def test_each_event_is_told_once_however_often_it_is_handed_on(receiver: Receiver) -> None:
    set_up()
    reported()
    drain()

    hand_on(Event.objects.get(name="cases.case.reported").pk)
    drain()

    assert (len(receiver.got), WebhookDelivery.objects.count()) == (1, 1)
    assert not Job.objects.filter(task=HAND_ON).exists()  # nothing failed on the way either


def test_only_what_was_asked_for_is_told(receiver: Receiver) -> None:
    set_up("cases.case.registered", area_code="990101002")
    set_up("cases.case.registered", area_code=STREET, url="https://example.org/street")
    set_up("cases.case.closed", url="https://example.org/closed")

    case_at(Stage.DISPATCHED)
    drain()

    assert [(url, json.loads(body)["event"]) for url, body, _h in receiver.got] == [
        ("https://example.org/street", "cases.case.registered")
    ]  # fmt: skip


def test_sealed_cases_are_not_told(receiver: Receiver) -> None:
    set_up("*")
    case = reported("孩子没人管", category=CHILD)
    take("urge", actor=Actor(kind="system", reach="all"), case=case, ask=Ask(text="快"))

    drain()

    assert receiver.got == []


def test_what_a_receiver_does_not_take_is_sent_again(receiver: Receiver) -> None:
    hook, _secret = set_up()
    receiver.answers = [Sent(500, "HTTP 500"), Sent(None, "ConnectTimeout"), Sent(200)]
    reported()
    drain()
    assert WebhookDelivery.objects.get().state == "waiting"

    for _try in range(2):
        later(1)
        drain()

    row = WebhookDelivery.objects.get()
    hook.refresh_from_db()
    assert (row.state, row.attempts, row.status, row.error) == ("sent", 3, 200, "")
    assert len({headers["Linli-Delivery"] for _u, _b, headers in receiver.got}) == 1
    assert (hook.failures, hook.retry_at, Job.objects.filter(task=webhooks.DELIVER).count()) == (0, None, 0)


def test_a_receiver_that_is_away_is_left_in_peace(receiver: Receiver) -> None:
    set_up()
    receiver.answers = [Sent(500)] * 9
    for number in range(5):
        reported(f"第 {number} 处")

    drain()

    assert len(receiver.got) == 1
    assert WebhookDelivery.objects.filter(state="waiting").count() == 5


def test_after_twenty_failures_in_a_row_it_is_switched_off(receiver: Receiver) -> None:
    hook, _secret = set_up()
    receiver.answers = [Sent(500)] * 40
    reported()
    for _try in range(25):
        drain()
        later(1)

    hook.refresh_from_db()
    assert (hook.is_active, hook.failures, len(receiver.got)) == (False, 20, 20)
    assert Event.objects.filter(name="notifications.webhook.disabled").count() == 1
    assert WebhookDelivery.objects.get().state == "failed"
    reported("后来的")
    drain()
    assert len(receiver.got) == 20


def test_a_day_old_delivery_is_given_up(receiver: Receiver) -> None:
    set_up()
    receiver.answers = [Sent(503)]
    reported()
    do(claim(1)[0])  # the event is handed on
    WebhookDelivery.objects.update(created_at=timezone.now() - timedelta(hours=25))
    drain()

    assert (WebhookDelivery.objects.get().state, WebhookDelivery.objects.get().status) == ("failed", 503)


def test_changing_one_starts_it_afresh_and_ending_one_silences_it(receiver: Receiver) -> None:
    hook, _secret = set_up()
    Webhook.objects.update(is_active=False, failures=20, disabled_at=timezone.now())
    wish = Wish("改名", "https://example.org/new", ("cases.case.reported",))

    changed, secret = webhooks.set_webhook(actor=administrator(), wish=wish, webhook_id=hook.pk)
    reported()
    drain()
    webhooks.end_webhook(actor=administrator(), webhook_id=hook.pk)
    reported("再来一件")
    drain()

    assert (changed.failures, changed.disabled_at, secret) == (0, None, "")
    assert [url for url, _b, _h in receiver.got] == ["https://example.org/new"]


# --- by the API -------------------------------------------------------------------------------------------------------

NEW = {"name": "城市平台", "url": "https://example.org/hook", "events": ["cases.case.closed", "cases.situation.*"]}


def test_an_administrator_sets_up_tests_reads_and_ends_one(receiver: Receiver) -> None:
    client = program_of(administrator())
    made = send(client, "POST", "/webhooks", NEW)
    address = f"/webhooks/{made.json()['id']}"

    tested = send(client, "POST", f"{address}/test")
    drain()
    log = send(client, "GET", f"{address}/deliveries").json()["items"]
    changed = send(client, "PUT", address, {**NEW, "is_active": False})
    ended = send(client, "DELETE", address)

    assert (made.status_code, made.json()["secret"][:6], tested.status_code) == (201, "whsec_", 202)
    assert [(row["event"], row["state"], row["status"]) for row in log] == [("notifications.webhook.test", "sent", 200)]
    assert (changed.json()["is_active"], "secret" in changed.json(), ended.status_code) == (False, False, 204)
    assert send(client, "GET", address).status_code == 404
    assert send(client, "GET", "/webhooks").json()["items"] == []
    assert b"whsec_" not in send(client, "GET", "/webhooks").content


@pytest.mark.parametrize(
    "change",
    [{"url": "https://127.0.0.1/"}, {"url": "http://example.org/"}, {"events": []}, {"events": ["cases.case.nothing"]},
     {"events": ["cases"]}, {"name": ""}, {"area": "x"}, {"secret": "mine"}],
)  # fmt: skip
def test_what_cannot_be_is_refused(change: dict[str, Any]) -> None:
    answer = send(program_of(administrator()), "POST", "/webhooks", NEW | change)

    assert answer.status_code == 422
    assert not Webhook.objects.exists()


def test_nobody_else_sees_or_sets_webhooks() -> None:
    hook, _secret = set_up()

    for asker, status in ((Client(), 401), (program_of(at_post("street_leader")), 403)):
        for method, address in (("GET", "/webhooks"), ("POST", "/webhooks"), ("GET", f"/webhooks/{hook.pk}"),
                                ("DELETE", f"/webhooks/{hook.pk}"), ("GET", f"/webhooks/{hook.pk}/deliveries")):  # fmt: skip
            assert send(asker, method, address, NEW if method == "POST" else None).status_code == status
    assert Webhook.objects.filter(ended_at=None).count() == 1
