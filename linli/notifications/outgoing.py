"""Sending to an address that somebody typed, without becoming a way into our own network.

Only https on port 443, no redirects, ten seconds in all. The name is resolved once, every address it has must be public, and
the connection goes to the very address that was checked, so that a name cannot change its mind in between. An operator may
allow networks of their own (LINLI_WEBHOOK_NETWORKS), where port and, on this machine itself, plain http are free.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from linli.kernel.errors import RuleBroken

SECONDS = 10.0
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
HOST_NAME = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])", re.I)
LOCAL_NAMES = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home", ".corp", ".arpa", ".test", ".invalid")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRefused(Exception):
    """The address leads somewhere that must not be reached; the message says why."""


@dataclass(frozen=True)
class Sent:
    """What came of sending: the receiver's status, or why there was none."""

    status: int | None
    error: str = ""

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def allowed_networks() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(text) for text in settings.LINLI_WEBHOOK_NETWORKS]


def is_reachable(address: Address) -> bool:
    """Whether something may be sent to this address: public, or in a network the operator allowed."""
    if any(address in network for network in allowed_networks() if network.version == address.version):
        return True
    inner = _inside(address)
    if inner is not None:
        return is_reachable(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _inside(address: Address) -> Address | None:
    """The IPv4 address that an IPv6 one carries in itself, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def check_address(url: str) -> str:
    """The address as it is kept. Raises RuleBroken("url_wrong") for what can be seen to be wrong without asking the net."""
    try:
        _check(_split(url.strip()))
    except AddressRefused as refused:
        raise RuleBroken("url_wrong", str(refused), field="url") from None
    return url.strip()


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  raises for a port that is none
    except ValueError:
        raise AddressRefused(_("This is not an address.")) from None
    if not url.isascii() or any(character <= " " or character in '\\"<>^`{|}' for character in url):
        raise AddressRefused(_("This is not an address."))
    return parts


def _check(parts: SplitResult) -> None:
    host, literal = parts.hostname or "", _literal(parts.hostname or "")
    if parts.username is not None or parts.password is not None or not host:
        raise AddressRefused(_("Give the address as https://name/path, without a name or password in it."))
    is_own = _is_own(literal)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_own and literal and literal.is_loopback):
        raise AddressRefused(_("The address must start with https://."))
    if literal is not None:
        if not is_reachable(literal):
            raise AddressRefused(_("This address is not a public one."))
    elif not HOST_NAME.fullmatch(host) or f".{host.lower()}".endswith(LOCAL_NAMES):
        raise AddressRefused(_("This address is not a public one."))
    if parts.port not in (None, 443) and not allowed_networks():
        raise AddressRefused(_("Only the usual port of https is allowed."))


def _literal(host: str) -> Address | None:
    with suppress(ValueError):
        return ipaddress.ip_address(host)
    return None


def _is_own(address: Address | None) -> bool:
    return address is not None and any(address in network for network in allowed_networks() if network.version == address.version)


def resolve(host: str, port: int) -> str:
    """The address to connect to. Raises AddressRefused if the name has any that must not be reached, or none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefused(_("The name of the receiver is not known.")) from None
    addresses = [ipaddress.ip_address(str(item[4][0]).partition("%")[0]) for item in found]
    refused = [address for address in addresses if not is_reachable(address)]
    if refused or not addresses:
        raise AddressRefused(_("The name of the receiver leads to an address that is not public."))
    if port != 443 and not _is_own(addresses[0]):
        raise AddressRefused(_("Only the usual port of https is allowed."))
    return str(addresses[0])


def send(url: str, body: bytes, headers: dict[str, str]) -> Sent:
    """POST `body` to the address; whatever goes wrong is told in the answer and never raised."""
    import httpx

    try:
        parts = _split(url)
        _check(parts)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        address = resolve(host, port)
    except AddressRefused as refused:
        return Sent(None, str(refused))
    target = httpx.URL(url).copy_with(host=address, port=port)
    client = httpx.Client(trust_env=False, follow_redirects=False, timeout=SECONDS, verify=_trust())
    # Each read has its own limit; a receiver that drips a byte now and then is cut off as a whole.
    cut = threading.Timer(SECONDS, client.close)
    cut.start()
    try:
        request = client.build_request(
            "POST", target, content=body, headers={**headers, "Host": parts.netloc}, extensions={"sni_hostname": host}
        )
        response = client.send(request, stream=True)
        response.close()  # its body is of no interest
        return Sent(response.status_code, "" if response.is_success else f"HTTP {response.status_code}")
    except (httpx.HTTPError, httpx.StreamError, OSError, RuntimeError, ValueError) as error:
        return Sent(None, f"{type(error).__name__}: {error}"[:200])
    finally:
        cut.cancel()
        client.close()


def _trust() -> ssl.SSLContext:
    """Certificates of the system (where an operator adds their own) and those that come with the client."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
