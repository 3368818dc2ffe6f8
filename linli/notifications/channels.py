"""The ways out of the house: SMTP by Django, group chats and SMS gateways by apprise."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.core.mail import EmailMessage

from linli.notifications.models import Delivery


class NotSent(Exception):
    """The channel did not take it; the words say why. Trying again later may help."""


@lru_cache(maxsize=1)
def _gateways(configured: tuple[str, ...]) -> dict[str, str]:
    return dict(part.split("=", 1) for part in configured if "=" in part)


def gateways() -> dict[str, str]:
    """Configured gateways by name: `sms`, or the code of the organization whose group chat it is."""
    return _gateways(tuple(settings.LINLI_GATEWAYS))


def send(delivery: Delivery) -> None:
    """Hand one delivery to its channel. Raises NotSent when the channel refuses or is away."""
    if delivery.channel == "email":
        _send_email(delivery)
    else:
        _send_by_gateway(delivery)


def _send_email(delivery: Delivery) -> None:
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "linli"
    message = EmailMessage(
        subject=delivery.title,
        body=delivery.body,
        to=[delivery.recipient],
        headers={"Message-ID": f"<{delivery.pk}@{host}>", "Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except OSError as error:  # SMTP errors are OSErrors too
        raise NotSent(str(error)[:180]) from error


def _send_by_gateway(delivery: Delivery) -> None:
    from apprise import Apprise  # heavy, and only the worker sends

    name = "sms" if delivery.channel == "sms" else delivery.recipient
    address = gateways().get(name)
    if address is None:
        raise NotSent(f"no gateway is called {name}")
    if delivery.channel == "sms":
        address = address.replace("{phone}", delivery.recipient)
    outlet = Apprise()
    if not outlet.add(address):
        raise NotSent(f"the address of the gateway {name} cannot be read")
    if not outlet.notify(title=delivery.title, body=delivery.body):
        raise NotSent(f"the gateway {name} did not take it")
