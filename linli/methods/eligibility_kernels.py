"""Compiled loops of `eligibility_register`: conditions into bitmaps, rules out of bitmaps; 64 people a word.

A condition has two bitmaps: `true` (it holds) and `possible` (it holds or is unknown). In Kleene's logic "and", "or" of such
pairs are "and", "or" of their words, and "not" swaps the two and turns the bits round: no case is ever distinguished.
A third bitmap counts in the same way: `near` is "at most one condition is missing" and `possible` is "none is". For
"all of a and b": near = near_a & possible_b | possible_a & near_b; for "any": near = near_a | near_b; a single condition is
always near. So near & ~possible is "refused, one condition short".

64 comparisons at once are written as vectors of LLVM, which any processor's back end knows; on AVX-512 they are 1 to 8 orders.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,call-arg"
from __future__ import annotations

import numpy
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.extending import intrinsic

# Orders of a compiled rule; their argument is a condition, except for FINISH (the rule).
BEGIN_ALL, BEGIN_ANY, AND, AND_NOT, OR, OR_NOT, CLOSE_INTO_ALL, CLOSE_INTO_ANY, FINISH = range(9)
BLOCK = 512  # words that a rule works on at a time: everything it touches stays in the nearest cache
_ONES = numpy.uint64(0xFFFFFFFFFFFFFFFF)
_LANES = 64


def _load(context, builder, array_type, array, at):
    """64 neighbouring elements of an array as one vector."""
    element = context.get_data_type(array_type.dtype)
    start = builder.gep(context.make_array(array_type)(context, builder, array).data, [at])
    loaded = builder.load(builder.bitcast(start, ir.VectorType(element, _LANES).as_pointer()))
    loaded.align = array_type.dtype.bitwidth // 8
    return loaded


def _spread(builder, value):
    """A vector with the same value in all lanes."""
    kind = ir.VectorType(value.type, _LANES)
    lane = ir.IntType(32)
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, lane(0))
    return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), ir.Constant(ir.VectorType(lane, _LANES), [0] * _LANES))


def _word(builder, lanes):
    return builder.bitcast(lanes, ir.IntType(64))


def _compare(builder, kind, sign, left, right):
    is_float = isinstance(kind.dtype, types.Float)
    return (builder.fcmp_ordered if is_float else builder.icmp_signed)(sign, left, right)


@intrinsic
def between_64(typing, values, at, least, most):
    """One bit for each of values[at : at + 64] that lies from least to most."""

    def make(context, builder, signature, arguments):
        kind = signature.args[0]
        loaded = _load(context, builder, kind, arguments[0], arguments[1])
        low = _compare(builder, kind, ">=", loaded, _spread(builder, arguments[2]))
        high = _compare(builder, kind, "<=", loaded, _spread(builder, arguments[3]))
        return _word(builder, builder.and_(low, high))

    return types.uint64(values, types.int64, values.dtype, values.dtype), make


@intrinsic
def blank_64(typing, values, at, blank):
    """One bit for each of values[at : at + 64] that is NaN (floats) or at most `blank` (whole numbers)."""

    def make(context, builder, signature, arguments):
        kind = signature.args[0]
        loaded = _load(context, builder, kind, arguments[0], arguments[1])
        if isinstance(kind.dtype, types.Float):
            return _word(builder, builder.fcmp_unordered("uno", loaded, loaded))
        return _word(builder, builder.icmp_signed("<=", loaded, _spread(builder, arguments[2])))

    return types.uint64(values, types.int64, values.dtype), make


@intrinsic
def common_64(typing, values, at, bits, wanted):
    """One bit for each of values[at : at + 64] of whose `bits` exactly `wanted` are set."""

    def make(context, builder, signature, arguments):
        loaded = _load(context, builder, signature.args[0], arguments[0], arguments[1])
        found = builder.and_(loaded, _spread(builder, arguments[2]))
        return _word(builder, builder.icmp_signed("==", found, _spread(builder, arguments[3])))

    return types.uint64(values, types.int64, values.dtype, values.dtype), make


@intrinsic
def ones_in(typing, word):
    """How many bits of a word are set."""

    def make(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), make


@njit(cache=True)
def pack_ranges(values, first, blank, starts, least, most, definite, rows, words, true, possible):
    """Conditions of one field, each a union of ranges, into rows of two bitmaps; people from `first` on.

    values: (people,) · starts: (conditions + 1,) into least and most, of the values' type · definite: a blank is a "no".
    true, possible: (all conditions, ≥ words) uint64, `words` of their rows `rows` are written. O(people · ranges / 64) orders.
    """
    people = values.shape[0]
    for word in range(words):
        at = first + word * 64
        is_whole = at + 64 <= people
        unknown = blank_64(values, at, blank) if is_whole else _blank_of_rest(values, at, blank)
        for place in range(rows.shape[0]):
            found = numpy.uint64(0)
            for run in range(starts[place], starts[place + 1]):
                if is_whole:
                    found |= between_64(values, at, least[run], most[run])
                else:
                    found |= _between_of_rest(values, at, least[run], most[run])
            true[rows[place], word] = found
            possible[rows[place], word] = found if definite[place] else found | unknown


@njit(cache=True)
def pack_sets(values, first, bits, needs_all, rows, words, true, possible):
    """The same for sets of codes (int64, negative is blank): any or all of `bits`; 0 bits asks whether it is filled at all."""
    people = values.shape[0]
    for word in range(words):
        at = first + word * 64
        is_whole = at + 64 <= people
        unknown = blank_64(values, at, -1) if is_whole else _blank_of_rest(values, at, -1)
        for place in range(rows.shape[0]):
            wanted = bits[place] if needs_all[place] else 0
            found = common_64(values, at, bits[place], wanted) if is_whole else _common_of_rest(values, at, bits[place], wanted)
            found = (found if needs_all[place] or bits[place] == 0 else ~found) & ~unknown & _alive(people - at)
            true[rows[place], word] = found
            possible[rows[place], word] = found if bits[place] == 0 else found | unknown


@njit(cache=True)
def _alive(people):
    """Bits of the people there are, of a word's 64."""
    return _ONES if people >= 64 else (numpy.uint64(1) << numpy.uint64(max(people, 0))) - numpy.uint64(1)


@njit(cache=True)
def _blank_of_rest(values, at, blank):
    word = numpy.uint64(0)
    for lane in range(max(values.shape[0] - at, 0)):
        value = values[at + lane]
        word |= numpy.uint64(value != value or value <= blank) << numpy.uint64(lane)
    return word


@njit(cache=True)
def _between_of_rest(values, at, least, most):
    word = numpy.uint64(0)
    for lane in range(max(values.shape[0] - at, 0)):
        word |= numpy.uint64(least <= values[at + lane] <= most) << numpy.uint64(lane)
    return word


@njit(cache=True)
def _common_of_rest(values, at, bits, wanted):
    word = numpy.uint64(0)
    for lane in range(max(values.shape[0] - at, 0)):
        word |= numpy.uint64((values[at + lane] & bits) == wanted) << numpy.uint64(lane)
    return word


@njit(cache=True)
def _and(true, possible, near, holds, may, flip):
    """One condition into a group of which all must hold. `flip`: zeros, or ones when the condition is turned round."""
    for word in range(holds.shape[0]):
        condition = may[word] ^ flip
        near[word] = (near[word] & condition) | possible[word]
        possible[word] &= condition
        true[word] &= holds[word] ^ flip


@njit(cache=True)
def _or(true, possible, near, holds, may, flip):
    """One condition into a group of which any must hold."""
    for word in range(holds.shape[0]):
        true[word] |= holds[word] ^ flip
        possible[word] |= may[word] ^ flip
        near[word] = _ONES


@njit(cache=True)
def _close(order, level, inner, words):
    """A finished group into the one around it."""
    for word in range(words):
        if order == CLOSE_INTO_ALL:
            level[2, word] = (level[2, word] & inner[1, word]) | (level[1, word] & inner[2, word])
            level[1, word] &= inner[1, word]
            level[0, word] &= inner[0, word]
        else:
            level[0, word] |= inner[0, word]
            level[1, word] |= inner[1, word]
            level[2, word] |= inner[2, word]


@njit(cache=True)
def _finish(level, people, high, low, counts):
    """Write a rule's words: high = yes or ask, low = yes or near (the three exclude each other). Count each."""
    for word in range(high.shape[0]):
        alive = _alive(people - word * 64)
        true, possible = level[0, word] & alive, level[1, word] & alive
        near = level[2, word] & ~possible & alive
        high[word] = possible
        low[word] = true | near
        counts[0] += ones_in(true)
        counts[1] += ones_in(possible & ~true)
        counts[2] += ones_in(near)


@njit(cache=True)
def combine(orders, arguments, true, possible, first_word, words, people, levels, answers, counts):
    """Rules out of the bitmaps of conditions, `words` of them.

    orders, arguments: the rules as orders for a stack of groups · true, possible: (conditions, ≥ words) · people: in all
    · levels: (depth, 3, BLOCK), scratch · answers: (2, rules, all words), see `_finish`, from first_word on · counts: (rules, 3)
    int64, added to. O(orders · words).
    """
    for start in range(0, words, BLOCK):
        end = min(start + BLOCK, words)
        depth = -1
        for place in range(orders.shape[0]):
            order, argument = orders[place], arguments[place]
            if order in (BEGIN_ALL, BEGIN_ANY):
                depth += 1
                levels[depth] = _ONES if order == BEGIN_ALL else numpy.uint64(0)
            elif order == FINISH:
                here = slice(first_word + start, first_word + end)
                left = people - (first_word + start) * 64
                high, low = answers[0, argument, here], answers[1, argument, here]
                _finish(levels[depth], left, high, low, counts[argument])
                depth -= 1
            elif order in (CLOSE_INTO_ALL, CLOSE_INTO_ANY):
                depth -= 1
                _close(order, levels[depth], levels[depth + 1], end - start)
            else:
                holds, may, level = true[argument, start:end], possible[argument, start:end], levels[depth]
                if order == AND:
                    _and(level[0], level[1], level[2], holds, may, numpy.uint64(0))
                elif order == AND_NOT:
                    _and(level[0], level[1], level[2], may, holds, _ONES)
                elif order == OR:
                    _or(level[0], level[1], level[2], holds, may, numpy.uint64(0))
                else:
                    _or(level[0], level[1], level[2], may, holds, _ONES)
