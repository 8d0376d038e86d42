"""Lists counted out, for designs whose chances no ten million lists can have.

With few kinds of people, whole lists are added to a linear programme one by one by integer programmes, until no list
could bring the average nearer: the lowest chance is then the largest there is over whole lists. With many, a thousand
lists are mended at once, and places change kind where swaps do not do. In both the chances published are those of the
lists, counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from casetrack.lottery.keyed import Keyed
from casetrack.lottery.leaf import EASE, HARD, Leaf
from casetrack.lottery.numbered import FEW_KINDS, WORK
from casetrack.lottery.rules import Rules
from casetrack.lottery.tickets import tickets_of
from casetrack.quotas.solver import Answer, solve

_NODES, _COLUMNS = 2000, 600
"""Branches of one integer programme, and lists added: a programme of so few kinds seldom needs a tenth of either."""

_NEARER = 1e-7
"""What a further list must bring, in places; the programmes keep their rows to 1e-9."""

_TABLE, _ROUNDS = 1000, 200
"""Lists mended at once, with the work of one leaf, and rounds in which places then change kind and are paid back."""

_ASKED = 200
"""Lists that change a place in a round; twice as many kinds are offered to them."""

_DEBT = 4
"""What lending weighs beside a missed row; a change of kind that costs more than two loans is not made."""


#: Distinct lists and how many numbers each has: kinds, shape (lists, places), and repeats, shape (lists,).
Counted = tuple[np.ndarray, np.ndarray]


def counted_lists(
    rules: Rules, wanted: np.ndarray, even: np.ndarray, lists: int, bits: Keyed
) -> Counted | None:
    """Lists counted out, each of which keeps every rule; None when none was found.

    `wanted`: people of each kind on a list, on the average; `even`: the same if everybody had the same chance, which the
    floor is told in. `lists`: numbers to share out. `bits`: which of lists that are as good is taken.
    """
    if len(wanted) <= FEW_KINDS:
        return counted_by_programmes(rules, wanted, even, lists, bits)
    return counted_by_swaps(rules, wanted, lists, bits)


# -- few kinds: whole lists by integer programmes ---------------------------------------------------------


def counted_by_programmes(
    rules: Rules, wanted: np.ndarray, even: np.ndarray, lists: int, bits: Keyed
) -> Counted | None:
    """The lists whose average has the largest floor, and nearest to what is wanted; None when there is no list."""
    search = _Search.of(rules, bits)
    first = search.best(np.zeros(len(wanted)))
    if first is None:
        return None
    found, even = [first], even * (wanted > 0)
    while True:
        answer = _master(np.array(found), wanted, even)
        worth = answer.row_duals[: len(wanted)] + answer.row_duals[len(wanted) : 2 * len(wanted)]
        further = search.best(worth) if len(found) < _COLUMNS else None
        if further is not None and min(float((further - one) @ worth) for one in found) > _NEARER:
            found.append(further)
            continue
        reached = np.array(found).max(axis=0) > 0
        if reached[even > 0].all() or len(found) >= _COLUMNS:
            break
        # No list holds them, whatever the chances: they have none, and the floor is of the others.
        even = even * reached
    return _shared_out(np.array(found), answer.values[: len(found)], lists, bits)


def _master(found: np.ndarray, wanted: np.ndarray, even: np.ndarray) -> Answer:
    """Chances of the lists found: the largest floor first, then nearest to what is wanted, summed over kinds."""
    kinds, eye = len(wanted), np.eye(len(wanted))
    none = np.zeros((kinds, 1))
    matrix = np.vstack(
        [
            np.hstack([found.T, -eye, eye, none]),
            np.hstack([found.T, 0 * eye, 0 * eye, -even[:, None]]),
            np.r_[np.ones(len(found)), np.zeros(2 * kinds + 1)][None, :],
        ]
    )
    # A hundredth of the floor is worth more than any distance there can be.
    cost = np.r_[np.zeros(len(found)), np.ones(2 * kinds), -200.0 * wanted.sum()]
    low = np.r_[wanted, np.zeros(kinds), 1.0]
    high = np.r_[wanted, np.full(kinds, np.inf), 1.0]
    bounds = np.zeros(len(cost)), np.full(len(cost), np.inf)
    return solve(cost, sparse.csc_matrix(matrix), (low, high), bounds)


@dataclass(frozen=True)
class _Search:
    """The whole list that is worth most, by an integer programme."""

    matrix: sparse.csc_matrix
    rows: tuple[np.ndarray, np.ndarray]
    most: np.ndarray
    ties: np.ndarray

    @classmethod
    def of(cls, rules: Rules, bits: Keyed) -> _Search:
        parts = [rules.features.T.astype(float), np.ones((1, len(rules.features)))]
        size = np.array([rules.size])
        low, high = [rules.low, size], [rules.high, size]
        for limit in rules.limits:
            values = np.flatnonzero(limit.reached())
            parts.append((limit.value[None, :] == values[:, None]).astype(float))
            low.append(np.zeros(len(values), dtype=np.int64))
            high.append(limit.most[values])
        ties = bits.eighths(len(rules.features)).astype(float) * _NEARER / rules.size
        rows = np.concatenate(low).astype(float), np.concatenate(high).astype(float)
        return cls(sparse.csc_matrix(np.vstack(parts)), rows, rules.most_each.astype(float), ties)

    def best(self, worth: np.ndarray) -> np.ndarray | None:
        """How many of each kind it holds; None when there is no list, or none was found."""
        answer = solve(
            self.ties - worth,
            self.matrix,
            self.rows,
            (np.zeros(len(worth)), self.most),
            whole=True,
            most_nodes=_NODES,
        )
        return answer.values if answer.found else None


def _shared_out(found: np.ndarray, chances: np.ndarray, lists: int, bits: Keyed) -> Counted:
    """Whole numbers of repeats near the chances of the lists, in an order of the key's."""
    repeats = np.floor(chances * lists + 1e-6).astype(np.int64)
    nearest = np.argsort(repeats - chances * lists, kind="stable")
    repeats[nearest[: lists - int(repeats.sum())]] += 1
    kept = np.flatnonzero(repeats)
    kept = kept[bits.order(len(kept))]
    kinds = np.arange(found.shape[1])
    written = np.array([np.repeat(kinds, found[one].astype(np.int64)) for one in kept])
    return written, repeats[kept]


# -- many kinds: a table of lists ---------------------------------------------------------------------------


def counted_by_swaps(rules: Rules, wanted: np.ndarray, lists: int, bits: Keyed) -> Counted | None:
    """Lists mended at once, each as often as any other; None when not one keeps every rule."""
    tickets, _ = tickets_of(rules, wanted, _TABLE, bits)
    table = _Table(rules, tickets, _TABLE, bits)
    table.work_out()
    good = np.setdiff1d(np.arange(_TABLE), table.bad())
    if not len(good):
        return None
    repeats = np.full(len(good), lists // len(good), dtype=np.int64)
    repeats[: lists - int(repeats.sum())] += 1
    return np.sort(table.slots[good], axis=1), repeats


class _Table(Leaf):
    """Lists of which places may change kind: tickets are lent, and paid back where that breaks nothing."""

    def __init__(self, rules: Rules, tickets: np.ndarray, lists: int, bits: Keyed) -> None:
        super().__init__(rules, tickets, lists, bits, fixed_tickets=False)
        self._tickets = tickets[self._kinds]
        self._lent = np.zeros(len(self._kinds), dtype=np.int64)

    def work_out(self) -> None:
        """Swap, then lend where swaps do not do, then pay back."""
        self.mend(WORK[0])
        self._weight[:] = EASE
        for _ in range(_ROUNDS):
            bad = self.bad()
            if not len(bad):
                break
            self._change(bad, paying=False)
            self.mend(WORK[0] // _ROUNDS)
        self._weight[:] = self._most_weight
        for _ in range(_ROUNDS):
            if not self._lent.any():
                break
            self._change(np.arange(self.lists), paying=True)
            # Swaps that cost nothing, so that what is owed can be paid somewhere else.
            order = self._bits.order(self.lists)[: min(2 * (self.lists // 2), _ASKED)]
            a, b = order[::2], order[1::2]
            self._swap_best(a, b, *self._best(a, b))

    def _change(self, lists: np.ndarray, *, paying: bool) -> None:
        """Let places of some lists change kind: to pay back only where nothing that counts gets worse."""
        lists = lists[self._bits.order(len(lists))[:_ASKED]]
        owed = np.flatnonzero(self._lent < 0)
        owed = owed[np.argsort(self._lent[owed] / self._tickets[owed], kind="stable")][: 2 * _ASKED]
        if not paying:
            rest = np.flatnonzero(self._lent >= 0)
            owed = np.r_[owed, rest[self._bits.order(len(rest))[: 2 * _ASKED - len(owed)]]]
        if not len(owed):
            return
        cost = self._change_costs(lists, owed)
        flat = cost.reshape(len(lists), -1) + self._bits.eighths(cost.size).reshape(len(lists), -1)
        at = flat.argmin(axis=1)
        least = flat[np.arange(len(lists)), at]
        for number in np.argsort(least, kind="stable").tolist():
            if least[number] >= (0 if paying else 2 * _DEBT + 1):
                break
            place, kind = divmod(int(at[number]), len(owed))
            self._set(int(lists[number]), place, int(owed[kind]), paying)

    def _change_costs(self, lists: np.ndarray, owed: np.ndarray) -> np.ndarray:
        """What it costs when a place goes to another kind, shape (lists, places, kinds)."""
        one = self._slots[lists]
        f, g = self._rules.wide[one], self._rules.wide[owed]
        more, fewer = self._gains(lists)
        cost = np.matmul(f, fewer[:, :, None]) + (more @ g.T)[:, None, :]
        cost -= np.matmul(f * (more + fewer)[:, None, :], g.T)
        for value in self._held.value:
            u, v = value[one], value[owed]
            full = self._held.held[lists][:, v] >= self._held.most[v]
            cost += np.where(u[:, :, None] == v, 0, HARD * full[:, None, :]).astype(np.float32)
        cost += _DEBT * np.where(self._lent[one] > 0, -1, 1)[:, :, None].astype(np.float32)
        cost += _DEBT * np.where(self._lent[owed] < 0, -1, 1).astype(np.float32)
        changes: np.ndarray = cost + np.float32(HARD) * (one[:, :, None] == owed)
        return changes

    def _set(self, at: int, place: int, kind: int, paying: bool) -> None:
        before = int(self._slots[at, place])
        if paying and not self._lent[before] > 0 > self._lent[kind]:
            return
        self._count[at] += self._rules.wide[kind] - self._rules.wide[before]
        self._slots[at, place] = kind
        for value in self._held.value:
            self._held.held[at, value[before]] -= 1
            self._held.held[at, value[kind]] += 1
        self._lent[before] -= 1
        self._lent[kind] += 1
