"""Reading what happened: rates from daily counts, boards, and what the situation screen shows."""

from linli.insight.queries.rates import Rates, Span, area_rates, day_rates, span_for, total_rates, unit_rates

__all__ = ["Rates", "Span", "area_rates", "day_rates", "span_for", "total_rates", "unit_rates"]
