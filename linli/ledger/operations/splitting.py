"""Dividing an amount by shares, so that the parts are whole and their sum is exact."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from linli.kernel.errors import BadInput


def split(amount: int, shares: Sequence[int]) -> list[int]:
    """Divide whole units by whole shares (10 and 90, or 1, 1 and 1); the parts sum to the amount exactly.

    The rule of rounding: everybody gets their exact part rounded down; what is left goes out one unit each to those whose
    rounding took most from them, and where it took the same, to the one named first. Deterministic; O(n log n).
    Raises BadInput for an amount below zero, a share below zero, or no share at all.
    """
    if type(amount) is not int or amount < 0 or any(type(share) is not int or share < 0 for share in shares) or sum(shares) < 1:
        raise BadInput(
            "shares_wrong", _("Amount and shares are whole numbers, none below zero and not all zero."), field="shares"
        )
    whole = sum(shares)
    parts = [amount * share // whole for share in shares]
    taken = sorted(range(len(shares)), key=lambda place: (-(amount * shares[place] % whole), place))
    for place in taken[: amount - sum(parts)]:
        parts[place] += 1
    return parts
