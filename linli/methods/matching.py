"""Who helps whom: requests to organisations with limited slots, exactly optimal, kept so change by change.

Everybody who can be served is served (more urgent ones first when there are too few slots), at the least total cost, with
load spread fairly: beyond given shares of its capacity an organisation costs a surcharge, so that near ones are not filled
to the brim while others idle. It is a minimum-cost flow. Here it is solved by successive shortest paths on the graph of
organisations alone: a request is not a node but an arc ("this one could move there"). A new request, a withdrawal, a
refusal, a slot won or lost is one shortest path, so the plan is optimal after every single event, not only at night.

Sizes: R requests, n organisations, E eligible pairs. Memory 72·R + 20·E bytes. One event touches only the organisations
whose price changes; the worst case is O(E log n), some 10 µs in a city of 600 organisations. Costs are whole numbers
(metres, seconds, weighted as you like). Deterministic: equal inputs in equal order give equal plans.

Source: Ahuja, Magnanti & Orlin, Network Flows (1993), chapters 9 and 12 (successive shortest paths, reduced costs).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from linli.methods import matching_kernels as kernels
from linli.methods.errors import BadInput
from linli.methods.matching_answers import Change, Move, Option, Reason, Shortage
from linli.methods.matching_input import (
    LOAD_STEPS,
    MOST_COST,
    MOST_URGENCY,
    NEVER_SPARED,
    Integers,
    csr_rows,
    drop_gone,
    empty_state,
    load_levels,
    plain_integers,
    whole_numbers,
    with_room,
    write_rows,
)  # fmt: skip
from linli.methods.matching_kernels import ACCEPTED, COST, END, FIRST, LOAD, PLACE, PRICE, UNSERVED
from linli.methods.running import Progress, tell


@dataclass(frozen=True)
class Assignment:
    """A whole plan. `organization[r]` is −1 for an unserved request; `price` as in `Option`; costs in the unit of the input."""

    organization: Integers
    load: Integers
    price: Integers
    cost: int
    load_cost: int
    unserved: int
    assigner: Assigner


def assign(
    cost: Any,
    capacity: ArrayLike,
    *,
    load_steps: Sequence[tuple[float, int]] = LOAD_STEPS,
    unserved_cost: int | None = None,
    urgency: ArrayLike | None = None,
    progress: Progress | None = None,
) -> Assignment:
    """The best plan for all requests at once.

    `cost`: SciPy CSR matrix (R × n) of whole numbers; a stored entry is an eligible pair, also when it is 0.
    `capacity`: n whole numbers. `load_steps`: (share of the capacity, surcharge of each slot beyond it), both rising.
    `unserved_cost`: None serves everybody who can be served, cost what it may; a number lets a request rather stay unserved
    than cost more than that. `urgency` (R whole numbers, 1 to 1,000) multiplies it: when slots are too few, the sum of the
    urgencies of the served is greatest. Raises BadInput, Cancelled.
    """
    assigner = Assigner(capacity, load_steps=load_steps, unserved_cost=unserved_cost)
    assigner.arrive_many(cost, urgency=urgency, progress=progress)
    return assigner.assignment()


class Assigner:
    """A plan that stays optimal while requests come and go. Requests are numbered from 0 as they arrive.

    Requests may be moved by later events until they are accepted (`accept`); each event tells who moved and because of whom.
    """

    def __init__(
        self,
        capacity: ArrayLike,
        *,
        load_steps: Sequence[tuple[float, int]] = LOAD_STEPS,
        unserved_cost: int | None = None,
    ):
        self.capacity = whole_numbers("capacity", capacity)
        if unserved_cost is not None and not 0 < unserved_cost <= NEVER_SPARED:
            raise BadInput("unserved_cost", f"is {unserved_cost}, not from 1 to {NEVER_SPARED}")
        self.unserved_cost = NEVER_SPARED if unserved_cost is None else int(unserved_cost)
        self._shares, surcharges = load_levels(load_steps)
        self.requests = self.pairs = self._pairs_gone = 0
        n = len(self.capacity)
        if (n + 2) * 2 * MOST_COST > NEVER_SPARED:
            raise BadInput("capacity", f"has {n} organisations; at most 20,000")
        level_end = np.zeros((n + 1, len(self._shares)), np.int64)
        level_end[n] = kernels.FAR
        for organization in range(n):
            level_end[organization] = self._levels(int(self.capacity[organization]))
        self._state = empty_state(level_end, surcharges)

    # Events

    def arrive(self, organizations: ArrayLike, costs: ArrayLike, *, urgency: int = 1, accepted_by: int | None = None) -> Change:
        """A new request with its eligible organisations and what each would cost.

        `accepted_by`: an organisation that has already promised; the request holds a slot there and does not move.
        """
        eligible, prices = plain_integers("organizations", organizations), plain_integers("costs", costs)
        if len(eligible) != len(prices):
            raise BadInput("costs", f"has {len(prices)} numbers for {len(eligible)} organisations")
        if not 1 <= urgency <= MOST_URGENCY:
            raise BadInput("urgency", f"is {urgency}, not from 1 to {MOST_URGENCY}")
        if accepted_by is not None:
            if accepted_by not in eligible:
                raise BadInput("accepted_by", f"organisation {accepted_by} is not among the eligible ones")
            self._refuse_beyond_accepted("accepted_by", accepted_by, int(self.capacity[accepted_by]) - 1)
        self._make_room(1, len(eligible))
        request, spent = self.requests, self._spent()
        fault = kernels.write_one(self._state, request, self.pairs, eligible, prices, self.unserved_cost * int(urgency))
        if fault:
            bound = len(self.capacity) - 1 if fault == 1 else MOST_COST
            raise BadInput(("organizations", "costs")[fault - 1], f"must be from 0 to {bound}, each organisation once")
        self.requests, self.pairs = request + 1, self.pairs + len(eligible)
        if accepted_by is None:
            kernels.arrive(self._state, request)
        else:
            self._arrive_promised(request, accepted_by)
        return self._change(request, spent, self._moved())

    def arrive_many(self, cost: Any, *, urgency: ArrayLike | None = None, progress: Progress | None = None) -> None:
        """Many requests in the order of the rows of a CSR matrix; arguments as in `assign`."""
        rows = csr_rows(cost, len(self.capacity))
        count = len(rows[0]) - 1
        weights = np.ones(count, np.int64) if urgency is None else whole_numbers("urgency", urgency)
        if len(weights) != count:
            raise BadInput("urgency", f"has {len(weights)} numbers for {count} requests")
        if count and not 1 <= weights.min() <= weights.max() <= MOST_URGENCY:
            raise BadInput("urgency", f"must be from 1 to {MOST_URGENCY}; it goes from {weights.min()} to {weights.max()}")
        self._make_room(count, len(rows[1]))
        first = self.requests
        write_rows(self._state, first, self.pairs, rows, self.unserved_cost * weights)
        self.requests, self.pairs = first + count, self.pairs + len(rows[1])
        for start in range(first, first + count, 1000):
            kernels.arrive_all(self._state, start, min(start + 1000, first + count))
            tell(progress, (start - first) / count)
        tell(progress, 1.0)

    def withdraw(self, request: int) -> Change:
        """A request ends (withdrawn, or done and its slot free again). Others may move up into the slot."""
        place, spent = self._place(request), self._spent()
        kernels.leave(self._state, request)
        self._pairs_gone += int(self._state.requests[request, END] - self._state.requests[request, FIRST])
        return self._change(request, spent, [Move(request, self._public(place), -1, -1), *self._settle(place, request)])

    def refuse(self, request: int, organization: int) -> Change:
        """This organisation will never serve this request; it is placed anew if it was there."""
        place, pair = self._place(request), self._pair(request, organization)
        if self._state.requests[request, ACCEPTED]:
            raise BadInput("request", f"{request} is accepted; release it first")
        spent = self._spent()
        kernels.bar(self._state, pair)
        if place != organization:
            return Change(request, (), 0)
        kernels.leave(self._state, request)
        gone = self._settle(place, request)
        kernels.arrive(self._state, request)
        return self._change(request, spent, [*self._moved(request, place), *gone])

    def set_capacity(self, organization: int, slots: int) -> Change:
        """Slots won or lost. Raises BadInput below the number of accepted requests there."""
        self._organization(organization)
        if slots != int(slots) or not 0 <= slots < MOST_COST:
            raise BadInput("slots", f"{slots} is no number of slots")
        self._refuse_beyond_accepted("slots", organization, int(slots))
        spent = self._spent()
        self.capacity[organization] = int(slots)
        self._state.level_end[organization] = self._levels(int(slots))
        return self._change(-1, spent, self._settle(organization, -1))

    def accept(self, request: int) -> None:
        """The organisation has promised: the request stays where it is, whatever comes. Raises BadInput when it is unserved."""
        if self._place(request) == len(self.capacity):
            raise BadInput("request", f"{request} is not served by anybody")
        self._state.requests[request, ACCEPTED] = 1

    def release(self, request: int) -> Change:
        """An accepted request may move again (the promise was taken back); it goes where it is best now."""
        place = self._place(request)
        if not self._state.requests[request, ACCEPTED]:
            return Change(request, (), 0)
        spent = self._spent()
        self._state.requests[request, ACCEPTED] = 0
        kernels.leave(self._state, request)
        gone = self._settle(place, request)
        kernels.arrive(self._state, request)
        return self._change(request, spent, [*self._moved(request, place), *gone])

    # Questions

    def place_of(self, request: int) -> int:
        """The organisation of a request; −1 when it is unserved. Raises BadInput when it left."""
        return self._public(self._place(request))

    def is_accepted(self, request: int) -> bool:
        self._place(request)
        return bool(self._state.requests[request, ACCEPTED])

    def assignment(self) -> Assignment:
        """The plan as arrays over all requests so far; those that left have −1."""
        n, table = len(self.capacity), self._state.requests[: self.requests]
        served = (table[:, PLACE] >= 0) & (table[:, PLACE] < n)
        load = self._state.nodes[:n, LOAD].copy()
        return Assignment(
            organization=np.where(served, table[:, PLACE], -1),
            load=load,
            price=self._state.nodes[:n, PRICE].copy(),
            cost=int(table[served, COST].sum()),
            load_cost=self._load_cost(),
            unserved=int(self._state.nodes[n, LOAD]),
            assigner=self,
        )

    def why(self, request: int) -> Reason:
        """Why a request is where it is, what would be second, who needs the nearest one more. O(its options)."""
        place, options = self._place(request), self._options(request)
        nearest = min(options, key=lambda option: (option.cost, option.total), default=None)
        options.sort(key=lambda option: (option.total, option.organization != place, option.organization))
        chosen = next((option for option in options if option.organization == place), None)
        second = next((option for option in options if option is not chosen), None)
        if chosen is None:
            kind = "all_taken" if options else "nobody_may"
        else:
            kind = "nearest" if nearest and chosen.cost == nearest.cost else "nearest_is_needed"
        return Reason(request, kind, chosen, second, nearest, tuple(options))

    def slot_values(self) -> Integers:
        """What one more slot at each organisation would save, exactly, before its own load step. n searches."""
        values = np.zeros(len(self.capacity), np.int64)
        kernels.slot_values(self._state, values)
        return values

    def shortages(self, kinds: Sequence[Any]) -> list[Shortage]:
        """Which capacity is missing: unserved requests by kind (one entry a request so far), most unserved first."""
        if len(kinds) != self.requests:
            raise BadInput("kinds", f"has {len(kinds)} entries for {self.requests} requests")
        n, table = len(self.capacity), self._state.requests
        values = self.slot_values()
        open_by_kind: dict[Any, list[int]] = {}
        for request in np.flatnonzero(table[: self.requests, PLACE] == n).tolist():
            open_by_kind.setdefault(kinds[request], []).append(request)
        found = []
        for kind, unserved in open_by_kind.items():
            able = {option.organization for request in unserved for option in self._options(request)}
            members = np.array(sorted(able), np.int64)
            where = int(members[np.argmax(values[members])]) if len(members) else -1
            value = int(values[where]) if where >= 0 else 0
            found.append(Shortage(
                kind, len(unserved), sum(not self._options(request) for request in unserved),
                int(self.capacity[members].sum()), int(self._state.nodes[members, LOAD].sum()),
                where, value, value >= self.unserved_cost // 2 and value > 0,
            ))  # fmt: skip
        return sorted(found, key=lambda shortage: (-shortage.unserved, str(shortage.kind)))

    # Within

    def _place(self, request: int) -> int:
        if not 0 <= request < self.requests or self._state.requests[request, PLACE] == kernels.GONE:
            raise BadInput("request", f"{request} is not here")
        return int(self._state.requests[request, PLACE])

    def _public(self, place: int) -> int:
        return place if 0 <= place < len(self.capacity) else -1

    def _organization(self, organization: int) -> None:
        if not 0 <= organization < len(self.capacity):
            raise BadInput("organization", f"{organization} is none of 0 to {len(self.capacity) - 1}")

    def _pair(self, request: int, organization: int) -> int:
        self._organization(organization)
        table = self._state.requests
        for pair in range(table[request, FIRST], table[request, END]):
            if self._state.pairs[pair, kernels.ORGANIZATION] == organization:
                return pair
        raise BadInput("organization", f"{organization} is not among those that may serve request {request}")

    def _options(self, request: int) -> list[Option]:
        rows = self._state.pairs[self._state.requests[request, FIRST] : self._state.requests[request, END]]
        prices = self._state.nodes[:, PRICE]
        found = [Option(int(node), int(cost), int(prices[node])) for node, cost in rows if cost != kernels.BARRED]
        return [option for option in found if self.capacity[option.organization] > 0]

    def _refuse_beyond_accepted(self, field: str, organization: int, slots: int) -> None:
        """A promise is kept: accepted requests are never pushed out."""
        promised = int(kernels.accepted_at(self._state, organization))
        if slots < promised:
            raise BadInput(field, f"organisation {organization} has accepted {promised}; {max(slots, 0)} would be left for them")

    def _levels(self, slots: int) -> Integers:
        """Where each level of surcharge ends, in slots."""
        inner = [int(share * slots + 1e-9) for share in self._shares[1:]]
        return np.array([*inner, slots], np.int64)

    def _load_cost(self) -> int:
        n = len(self.capacity)
        within = np.minimum(self._state.level_end[:n], self._state.nodes[:n, LOAD, None])
        return int((np.diff(within, axis=1, prepend=0) * self._state.level_cost).sum())

    def _spent(self) -> int:
        return int(self._state.moved[0, 1])

    def _settle(self, organization: int, because: int) -> list[Move]:
        """Paths until the organisation's price fits its load again."""
        moves = []
        if organization < len(self.capacity):
            while kernels.settle(self._state, organization, because):
                moves += self._moved()
        return moves

    def _moved(self, arrived: int = -1, before: int = -1) -> list[Move]:
        """What the last path moved; `arrived` came from `before`."""
        count, n = int(self._state.moved[0, 0]), len(self.capacity)
        return [
            Move(
                request,
                before if request == arrived else source if 0 <= source < n else -1,
                target if target < n else -1,
                because,
            )
            for request, source, target, because in self._state.moved[count:0:-1].tolist()
        ]

    def _change(self, request: int, spent: int, moves: list[Move]) -> Change:
        """Moves of several paths as one: who is back where it was did not move."""
        if len(moves) == 1 and moves[0].before != moves[0].after:
            return Change(request, tuple(moves), self._spent() - spent)
        merged: dict[int, Move] = {}
        for move in moves:
            first = merged.get(move.request, move)
            merged[move.request] = Move(move.request, first.before, move.after, first.because)
        return Change(request, tuple(move for move in merged.values() if move.before != move.after), self._spent() - spent)

    def _arrive_promised(self, request: int, organization: int) -> None:
        """Let a request arrive as if it had one way only, and hold it there."""
        table, pairs = self._state.requests, self._state.pairs
        mine = pairs[table[request, FIRST] : table[request, END]]
        costs, unserved = mine[:, kernels.PAIR_COST].copy(), table[request, UNSERVED]
        mine[mine[:, kernels.ORGANIZATION] != organization, kernels.PAIR_COST] = kernels.BARRED
        table[request, UNSERVED] = NEVER_SPARED * (MOST_URGENCY + 1)
        kernels.arrive(self._state, request)
        mine[:, kernels.PAIR_COST], table[request, UNSERVED], table[request, ACCEPTED] = costs, unserved, 1

    def _make_room(self, requests: int, pairs: int) -> None:
        """Room behind the last request and pair; pairs of requests that left make room first, once they are the half."""
        if self.pairs + pairs > len(self._state.pairs) and 2 * self._pairs_gone >= self.pairs:
            self.pairs, self._pairs_gone = drop_gone(self._state, self.requests, self.pairs), 0
        if self.pairs + pairs > len(self._state.pairs) or self.requests + requests > len(self._state.requests):
            self._state = with_room(self._state, self.requests + requests, self.pairs + pairs)


def warm() -> None:
    """Compile everything on a tiny plan."""
    assigner = Assigner([1, 1])
    first, second = assigner.arrive([0, 1], [1, 5]), assigner.arrive([0], [2])
    assigner.refuse(first.request, 1)
    assigner.set_capacity(0, 0)
    assigner.withdraw(second.request)
    assigner.shortages([0, 0])
    kernels.arrive_all(assigner._state, 2, 2)
    kernels.offer_all(assigner._state, assigner.pairs)
