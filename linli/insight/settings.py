"""How the rates are reckoned: weights are a place's own."""

from __future__ import annotations

from linli.kernel.options import option

PARTLY_WEIGHT = option("insight.partly_weight", 0.5, "What “partly solved” counts in the rate of solved cases (0 to 1).")
FAIRLY_WEIGHT = option("insight.fairly_weight", 0.8, "What three of five counts in the rate of satisfied people (0 to 1).")
WEIGHTS = option("insight.weights", {"in_time": 10, "solved": 45, "satisfied": 45}, "Weights of the three rates in the score.")
