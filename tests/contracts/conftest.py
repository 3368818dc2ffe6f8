"""A live server that lets a crowd in: by default it turns away the eleventh who comes in the same moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.servers.basehttp import WSGIServer


@pytest.fixture(scope="session", autouse=True)
def roomy_server() -> Iterator[None]:
    size, WSGIServer.request_queue_size = WSGIServer.request_queue_size, 128
    yield
    WSGIServer.request_queue_size = size
