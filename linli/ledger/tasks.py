"""Jobs of the books; each safe to run twice."""

from __future__ import annotations

from datetime import timedelta

from linli.kernel.jobs import task
from linli.ledger import operations


@task("ledger.expire_holds", outside=True, every=timedelta(minutes=5))
def expire_holds() -> None:
    """Give up reservations whose time is over, each in its own transaction."""
    operations.expire_holds()


@task("ledger.seal", outside=True, every=timedelta(minutes=5))
def seal() -> None:
    """Hash what was booked into the chain; after midnight close the day before."""
    operations.seal()
