"""What `matching` is given: checked and put into the arrays of its compiled loops."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linli.methods import matching_kernels as kernels
from linli.methods.errors import BadInput
from linli.methods.matching_kernels import ACCEPTED, COST, END, FIRST, PLACE, UNSERVED, State

Integers = NDArray[np.int64]
# From half of its slots on an organisation counts 500 (metres) farther, from four fifths on 1,500.
LOAD_STEPS: tuple[tuple[float, int], ...] = ((0.5, 500), (0.8, 1500))
# Above every sum of costs that a chain of moves can have, so that nobody stays unserved to spare costs.
NEVER_SPARED = 10**14
MOST_COST, MOST_URGENCY = kernels.MOST_COST, 1000


def whole_numbers(field: str, values: ArrayLike) -> Integers:
    """A flat array of whole numbers from 0; anything else raises BadInput."""
    given = np.asarray(values)
    if given.size == 0:
        return np.zeros(0, np.int64)
    if given.ndim != 1 or given.dtype.kind not in "iuf":
        raise BadInput(field, "is not a list of numbers")
    if given.dtype.kind == "f" and not (np.isfinite(given) & (given == np.floor(given))).all():
        raise BadInput(field, "must be whole numbers")
    if given.min() < 0:
        raise BadInput(field, f"has a number below zero: {given.min()}")
    return given.astype(np.int64)


def plain_integers(field: str, values: ArrayLike) -> Integers:
    """A flat int64 array as it is (its numbers are checked where they are written), anything else through `whole_numbers`."""
    if isinstance(values, np.ndarray) and values.dtype == np.int64 and values.ndim == 1:
        return values
    return whole_numbers(field, values)


def load_levels(load_steps: Sequence[tuple[float, int]]) -> tuple[list[float], Integers]:
    """Shares of capacity and surcharges, with the first level (from 0, nothing) in front."""
    steps = [(0.0, 0), *((float(share), int(surcharge)) for share, surcharge in load_steps)]
    for (share, surcharge), (next_share, next_surcharge) in pairwise(steps):
        if not share <= next_share <= 1 or not surcharge <= next_surcharge <= MOST_COST:
            raise BadInput("load_steps", "shares (0 to 1) and surcharges must rise")
    return [share for share, _surcharge in steps], np.array([surcharge for _share, surcharge in steps], np.int64)


def csr_rows(cost: Any, organizations: int) -> tuple[Integers, Integers, Integers]:
    """A CSR matrix as starts, organisations and costs, each row by rising cost."""
    if getattr(cost, "format", "csr") != "csr" or not all(hasattr(cost, name) for name in ("indptr", "indices", "data", "shape")):
        raise BadInput("cost", "is no sparse matrix in CSR form")
    if cost.shape[1] != organizations:
        raise BadInput("cost", f"has {cost.shape[1]} columns for {organizations} organisations")
    starts, eligible, prices = (whole_numbers("cost", part) for part in (cost.indptr, cost.indices, cost.data))
    if len(prices) and prices.max() > MOST_COST:
        raise BadInput("cost", f"goes up to {prices.max()}; at most {MOST_COST}")
    rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    cells = rows * organizations + eligible
    if (np.diff(cells) <= 0).any() and len(np.unique(cells)) < len(cells):
        raise BadInput("cost", "names an organisation twice in a row")
    bits = [int(largest).bit_length() for largest in (len(starts), MOST_COST, organizations)]
    if sum(bits) < 63:  # one sort of whole numbers, several times as fast as a sort by three keys
        keys = np.sort(((rows << bits[1] | prices) << bits[2]) | eligible)
        eligible, prices = keys & ((1 << bits[2]) - 1), keys >> bits[2] & ((1 << bits[1]) - 1)
    else:
        order = np.lexsort((eligible, prices, rows))
        eligible, prices = eligible[order], prices[order]
    return starts, eligible, prices


def with_room(state: State, requests: int, pairs: int) -> State:
    """The same with room for so many requests and pairs, doubled when it is too small."""
    grown = {"requests": requests} if requests > len(state.requests) else {}
    if pairs > len(state.pairs):
        grown |= {"pairs": pairs, "pair_request": pairs}
    state = state._replace(**{name: longer(getattr(state, name), needed) for name, needed in grown.items()})
    entries = len(state.requests) + len(state.pairs)  # the first chunk of each of two lists a node may be almost empty
    chunks = entries // kernels.CHUNK + 2 * len(state.nodes)
    return state._replace(chunks=longer(state.chunks, chunks)) if chunks > len(state.chunks) else state


def write_rows(state: State, first: int, start: int, rows: tuple[Integers, Integers, Integers], unserved: Integers) -> None:
    """Write requests from number `first` on, their pairs from `start` on; they are nowhere yet."""
    starts, eligible, prices = rows
    last, end = first + len(unserved), start + len(eligible)
    table = state.requests[first:last]
    table[:, PLACE], table[:, COST], table[:, ACCEPTED] = kernels.GONE, 0, 0
    table[:, UNSERVED], table[:, FIRST], table[:, END] = unserved, start + starts[:-1], start + starts[1:]
    state.pairs[start:end, kernels.ORGANIZATION], state.pairs[start:end, kernels.PAIR_COST] = eligible, prices
    state.pair_request[start:end] = np.repeat(np.arange(first, last), np.diff(starts))


def longer(array: NDArray[Any], needed: int) -> NDArray[Any]:
    grown = np.zeros((max(needed, 2 * len(array)), *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown


def drop_gone(state: State, requests: int, pairs: int) -> int:
    """Close the gaps of requests that left, and make the lists of the organisations anew; the number of pairs that stay."""
    table = state.requests[:requests]
    stays = table[state.pair_request[:pairs], PLACE] != kernels.GONE
    place = np.concatenate([[0], np.cumsum(stays)])
    table[:, FIRST], table[:, END] = place[table[:, FIRST]], place[table[:, END]]
    for array in (state.pairs, state.pair_request):
        array[: place[-1]] = array[:pairs][stays]
    kernels.offer_all(state, place[-1])
    return int(place[-1])


def empty_state(level_end: Integers, level_cost: Integers) -> State:
    """No requests yet; one row of `level_end` an organisation, and one for "nowhere"."""
    nodes = np.zeros((len(level_end) + 1, 10), np.int64)
    nodes[:, [kernels.MEMBERS, kernels.OFFERS]], nodes[:, kernels.DISTANCE] = -1, kernels.FAR
    moved = np.zeros((len(level_end) + 3, 4), np.int64)
    moved[0, 2] = -1
    pairs, chunks = np.zeros((0, 2), np.int32), np.zeros((2 * len(nodes), 2 + 2 * kernels.CHUNK), np.int32)
    return State(np.zeros((0, 8), np.int64), pairs, np.zeros(0, np.int32), chunks, nodes, level_end, level_cost, moved)
