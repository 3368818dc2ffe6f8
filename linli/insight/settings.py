"""How the rates are reckoned: weights are a place's own."""

from __future__ import annotations

from typing import Any

from linli.kernel.option_values import between, is_number, only_keys
from linli.kernel.options import option


def check_weights(value: dict[str, Any]) -> None:
    """A weight of each rate, and not all of them nothing: the score is divided by their sum."""
    only_keys(value, needed=("in_time", "solved", "satisfied"))
    if not all(is_number(weight) and 0 <= weight <= 1_000_000 for weight in value.values()):
        raise ValueError("each weight must be a number from 0")
    if not sum(value.values()):
        raise ValueError("at least one weight must be more than 0")


PARTLY_WEIGHT = option(
    "insight.partly_weight", 0.5, "What “partly solved” counts in the rate of solved cases (0 to 1).", between(0, 1)
)
FAIRLY_WEIGHT = option(
    "insight.fairly_weight", 0.8, "What three of five counts in the rate of satisfied people (0 to 1).", between(0, 1)
)
WEIGHTS = option(
    "insight.weights", {"in_time": 10, "solved": 45, "satisfied": 45}, "Weights of the three rates in the score.", check_weights
)
