"""Tickets: whole numbers near those wanted, of which every row and every kind keeps its bounds.

A kind of people that is to come e times on a list has e times as many tickets as there are lists. A part of the lists
has its part of the tickets. Both are the same task: whole numbers near fractions, so many in all, with bounds on rows
and kinds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casetrack.lottery.keyed import Keyed
from casetrack.lottery.rules import Rules, gains

FINENESS = 1 << 10
"""Parts of a ticket to which what is wanted is taken as a whole number, so that all that follows is exact."""

_STUCK, _FURTHEST = 150, 4
"""Changes tried that gain nothing before tickets may go one further from what is wanted, and how far at most: the
chance of a kind is then off by 4 in 10,000,000."""

_TAKEN = 64
"""Kinds that may give a ticket, looked at together with eight times as many that may get it; more find little better."""


@dataclass(frozen=True)
class _Task:
    """Fractions, and what their whole numbers must keep."""

    rules: Rules
    over: np.ndarray
    under: int
    total: int
    rows: tuple[np.ndarray, np.ndarray]
    kinds: tuple[np.ndarray, np.ndarray]
    order: np.ndarray


def tickets_of(rules: Rules, wanted: np.ndarray, lists: int, bits: Keyed) -> tuple[np.ndarray, bool]:
    """Tickets of each kind for the number of people wanted of each on a list; and whether they keep every bound."""
    rules = rules.with_nearly_full(np.round(wanted * lists).astype(np.int64), lists)
    over = np.round(wanted * (lists * FINENESS)).astype(np.int64)
    whole = over // FINENESS
    none = np.zeros(len(wanted), dtype=np.int64)
    task = _Task(
        rules=rules,
        over=over,
        under=FINENESS,
        total=lists * rules.size,
        rows=(lists * rules.low, lists * rules.high),
        # Nobody's last ticket is given away.
        kinds=(np.minimum(over, 1), np.where(over > 0, lists * rules.most_each, none)),
        order=alike(rules, whole, lists),
    )
    return _whole(task, bits)


def part_of(
    rules: Rules, tickets: np.ndarray, lists: int, first: int, bits: Keyed
) -> tuple[np.ndarray, bool]:
    """The tickets of the first so many of the lists, so that they and the rest can keep every bound; and if they can."""
    rest = lists - first
    whole = rules.reached(tickets)
    task = _Task(
        rules=rules,
        over=tickets * first,
        under=lists,
        total=first * rules.size,
        rows=(
            np.maximum(first * rules.low, whole - rest * rules.high),
            np.minimum(first * rules.high, whole - rest * rules.low),
        ),
        kinds=(
            np.maximum(0, tickets - rest * rules.most_each),
            np.minimum(tickets, first * rules.most_each),
        ),
        order=alike(rules, tickets, lists),
    )
    return _whole(task, bits)


def alike(rules: Rules, tickets: np.ndarray, lists: int) -> np.ndarray:
    """Kinds in an order in which neighbours are alike, most of all in the rows with the least room."""
    reached = rules.reached(tickets)
    room = np.minimum(lists * rules.high - reached, reached - lists * rules.low) / np.maximum(reached, 1)
    # Up to 52 rows, the one with the least room first, make one number that float64 holds exactly.
    rank = np.empty(len(room), dtype=np.int64)
    rank[np.argsort(room, kind="stable")] = np.arange(len(room))
    digits = np.zeros((len(room), -(-len(room) // 52)))
    digits[np.arange(len(room)), rank // 52] = 2.0 ** (51 - rank % 52)
    order: np.ndarray = (
        np.lexsort(rules.times(digits).T[::-1]) if len(room) else np.arange(len(rules.features))
    )
    return order


def _whole(task: _Task, bits: Keyed) -> tuple[np.ndarray, bool]:
    base = _nearest(task)
    rules, (low, high), (least, most) = task.rules, task.rows, task.kinds
    count, weight = rules.reached(base), np.ones(len(low), dtype=np.float32)
    below, above, stuck = task.over // task.under, -(-task.over // task.under), 0
    # It comes to an end: a change gains, or it counts towards those that gain nothing, and of these there are so many.
    while (off := (count < low) | (count > high)).any():
        gives = np.flatnonzero(base > np.maximum(below, least))
        gets = np.flatnonzero(base < np.minimum(above, most))
        if stuck > _STUCK or not len(gives) or not len(gets):
            below, above, stuck = below - 1, above + 1, 0
            if (-(-task.over // task.under) - below).max() > _FURTHEST:
                return base, False
            continue
        p, q = gives[bits.below(len(gives), _TAKEN)], gets[bits.below(len(gets), 8 * _TAKEN)]
        change = _change(rules.features[p], rules.features[q], (count, low, high), weight)
        at = int(change.argmin())
        if change.flat[at] >= 0:
            weight, stuck = weight + off, stuck + 1
            continue
        giver, getter = int(p[at // len(q)]), int(q[at % len(q)])
        count = count + rules.features[getter] - rules.features[giver]
        base[giver] -= 1
        base[getter] += 1
    return base, True


def _nearest(task: _Task) -> np.ndarray:
    """The next whole numbers, a step up each time that the parts of neighbours add up to one; the total is kept."""
    base = task.over // task.under
    part = task.over % task.under
    order = task.order[part[task.order] > 0]
    ups = np.diff((np.r_[0, np.cumsum(part[order])] + task.under // 2) // task.under) > 0
    short = task.total - int(base.sum()) - int(ups.sum())
    ups[np.flatnonzero(ups != (short > 0))[: abs(short)]] = short > 0
    base[order[ups]] += 1
    # What is still lacking, where everything wanted was whole, goes to whoever has most tickets.
    if len(base):
        base[np.argmax(base)] += task.total - int(base.sum())
    return base


def _change(
    f: np.ndarray, g: np.ndarray, counted: tuple[np.ndarray, np.ndarray, np.ndarray], weight: np.ndarray
) -> np.ndarray:
    """What the rows miss, more or less, when a ticket goes from one kind to another, shape (givers, getters)."""
    more, fewer = gains(*counted, weight)
    f, g = f.astype(np.float32), g.astype(np.float32)
    # In blocks that stay on one thread: threads that wait for a busy core take ten times as long.
    blocks = g.reshape(-1, _TAKEN, g.shape[1]).transpose(0, 2, 1)
    both = np.matmul(f * (more + fewer), blocks).transpose(1, 0, 2).reshape(len(f), len(g))
    change: np.ndarray = (f @ fewer)[:, None] + (g @ more)[None, :] - both
    return change
