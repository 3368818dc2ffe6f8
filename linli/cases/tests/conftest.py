"""Every test of cases starts in the small district, with nothing left in memory from the test before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from linli.cases.tests.factories import town
from linli.kernel.snapshots import forget_all


@pytest.fixture
def district(db: None) -> Iterator[None]:
    """The district of `factories`, laid in the test's own transaction."""
    town()
    yield
    forget_all()
