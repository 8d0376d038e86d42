"""A leaf: the tickets of some dozens of lists, dealt like cards and swapped until every list keeps every rule.

A swap exchanges two people between two lists, so no ticket is made or lost. Each list that breaks a rule looks at all
swaps with a few other lists and takes the best, also one that neither gains nor costs; a row that a list keeps
missing weighs more from round to round. All costs are whole numbers below 2^24, which float32 adds without error in
whatever order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casetrack.lottery.keyed import Keyed
from casetrack.lottery.rules import Limit, Rules, gains
from casetrack.lottery.tickets import alike
from casetrack.progress import done

EASE = 16
"""Weight of one person too many or too few in a row; half of it is added for each round in which a list misses it: from a
sixteenth of it to all of it that makes no measured difference."""

HARD = 4096
"""Weight of one person beyond a limit: more than a row weighs after 500 rounds, so that limits are mended first."""

_MOST_COST = 1 << 20
"""The most that a swap may change: a sixteenth for ties can be added to it without error."""

_OTHERS, _CHANCE = 2, 3
"""Lists that one list in trouble looks at in a round, and the rows of help that chance outweighs in their choice: with
1 the search can go round in circles, without a choice, or with 6 others, a leaf takes twice the work."""

_MOST_AT_ONCE = 900
"""Pairs of lists looked at in a round, at most; more rounds with fewer pairs mend sooner."""

_ROUND = 8
"""A round counts as so many pairs at least: where one list of a dozen is stuck, its pairs are the least of the work."""

_BLOCK = 80_000
"""Swaps worked out at once: what stays in the processor's cache."""


class Leaf:
    """Lists that share out their tickets; `slots` has the kind at each place, shape (lists, places)."""

    def __init__(
        self, rules: Rules, tickets: np.ndarray, lists: int, bits: Keyed, *, fixed_tickets: bool = True
    ) -> None:
        self._kinds = np.flatnonzero(tickets)
        self._rules, self._bits, self.lists = rules.of(self._kinds), bits, lists
        self._low, self._high = rules.low.astype(np.float32), rules.high.astype(np.float32)
        rules, held = self._rules, tickets[self._kinds]
        order = alike(rules, held, lists)
        dealt = np.repeat(order, held[order]).reshape(rules.size, lists)
        # Each round of the deal in an order of its own, or the same people would stand together on list after list.
        self._slots = np.stack([row[bits.order(lists)] for row in dealt], axis=1).astype(np.int32)
        self._count = np.zeros((lists, len(rules.low)), np.float32)
        for place in range(rules.size):
            self._count += rules.wide[self._slots[:, place]]
        limits = [_narrowed(limit, held) for limit in rules.limits] if fixed_tickets else rules.limits
        self._held = _Held.of([limit for limit in limits if len(limit.most)], len(held), self._slots)
        touched = max(1, int(rules.wide.sum(axis=1).max(initial=1)))
        self._most_weight = (_MOST_COST - 4 * HARD * len(self._held.value)) // (4 * touched)
        self._weight = np.full_like(self._count, EASE)
        self._padded = np.pad(rules.wide, ((0, 0), (2, 0)))
        self.swaps = self.pairs = 0

    @property
    def slots(self) -> np.ndarray:
        """The kind at each place of each list."""
        slots: np.ndarray = self._kinds[self._slots]
        return slots

    def bad(self) -> np.ndarray:
        """The lists that break a rule."""
        return np.flatnonzero(self._missed().any(axis=1) | self._held.beyond())

    def _missed(self) -> np.ndarray:
        missed: np.ndarray = (self._count > self._high) | (self._count < self._low)
        return missed

    def mend(self, work: int) -> bool:
        """Swap until every list keeps every rule; False when so many further pairs of lists were not enough."""
        pairs, first, most = self.lists, len(self.bad()), self.pairs + work
        for _ in range(work // _ROUND):
            who = self.bad()
            if not len(who) or self.pairs >= most or self.lists == 1:
                break
            # Half of the lists in trouble are mended in about as long a time as half of what is left then.
            done(1 - np.log1p(len(who)) / np.log1p(first))
            each = int(np.clip(pairs // len(who), 1, min(_OTHERS, self.lists - 1)))
            a, b = np.repeat(who, each), self._partners(who, each)
            change, p, q = self._best(a, b)
            gained = self._swap_best(a, b, change, p, q)
            pairs = (
                min(_MOST_AT_ONCE, 2 * pairs) if gained < len(who) / 4 else max(self.lists // 2, pairs // 2)
            )
            self._weight[who] += EASE // 2 * self._missed()[who]
            np.minimum(self._weight, self._most_weight, out=self._weight)
        return not len(self.bad())

    def _partners(self, who: np.ndarray, each: int) -> np.ndarray:
        """For each list in trouble, other lists that can best give what it lacks and take what it has too much of."""
        few = (self._count[who] < self._low).astype(np.float32)
        many = (self._count[who] > self._high).astype(np.float32)
        gives = (self._count > self._low).astype(np.float32)
        takes = (self._count < self._high).astype(np.float32)
        helps = few @ gives.T + many @ takes.T
        helps += self._bits.eighths(helps.size).reshape(helps.shape) * np.float32(_CHANCE)
        helps[np.arange(len(who)), who] = -1
        return np.argsort(-helps, axis=1, kind="stable")[:, :each].reshape(-1)

    def _swap_best(
        self, a: np.ndarray, b: np.ndarray, change: np.ndarray, p: np.ndarray, q: np.ndarray
    ) -> int:
        """Take the best swaps, each list in one at most; how many of them gained."""
        used, taken = np.zeros(self.lists, dtype=bool), []
        for at in np.argsort(change, kind="stable").tolist():
            if change[at] > 0:
                break
            if not (used[a[at]] or used[b[at]]):
                used[a[at]] = used[b[at]] = True
                taken.append(at)
        a, b, p, q = a[taken], b[taken], p[taken], q[taken]
        x, y = self._slots[a, p], self._slots[b, q]
        moved = self._rules.wide[y] - self._rules.wide[x]
        self._count[a] += moved
        self._count[b] -= moved
        self._slots[a, p], self._slots[b, q] = y, x
        self._held.swap(a, b, x, y)
        self.swaps += len(taken)
        return int((change[taken] < 0).sum())

    def _best(self, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The best swap of each pair of lists: what it changes, the place in a, the place in b."""
        places = self._rules.size
        change, at = np.empty(len(a), np.float32), np.empty(len(a), np.int64)
        step = max(1, _BLOCK // (places * places))
        for start in range(0, len(a), step):
            part = slice(start, start + step)
            one, two = self._slots[a[part]], self._slots[b[part]]
            cost = self._changes(a[part], b[part]).reshape(len(one), -1)
            pairs, best = np.arange(len(one)), cost.argmin(axis=1)
            # People of one kind exchanged are no swap at all.
            same = np.flatnonzero(one[pairs, best // places] == two[pairs, best % places])
            alike = one[same][:, :, None] == two[same][:, None, :]
            cost[same] += np.float32(HARD) * alike.reshape(len(same), places * places)
            best[same] = cost[same].argmin(axis=1)
            at[part], change[part] = best, np.floor(cost[pairs, best])
        self.pairs += len(a)
        return change, at // places, at % places

    def _changes(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """What each swap of two lists changes in what they miss, shape (pairs, places, places)."""
        pairs, here, there = len(a), np.concatenate([a, b]), np.concatenate([b, a])
        slots = self._slots[here]
        people = self._padded.take(slots, axis=0)
        more, fewer = self._gains(here)
        goes = np.zeros((len(here), people.shape[2]), np.float32)
        np.add(fewer[:pairs], more[pairs:], out=goes[:pairs, 2:])
        np.add(fewer[pairs:], more[:pairs], out=goes[pairs:, 2:])
        # What it costs when the person at a place goes to the other list of the pair, whoever comes for them; and
        # sixteenths below a half, by which swaps that cost the same are told apart.
        cost_of = np.matmul(people, goes[:, :, None])[:, :, 0]
        for half in (cost_of[:pairs], cost_of[pairs:]):
            half += self._bits.eighths(half.size).reshape(half.shape) * np.float32(0.5)
        value, theirs, limited = self._held.moved(here, there, slots)
        cost_of += limited.sum(axis=0)
        # Both costs as two features more, so that one product adds them to what the two people have in common.
        f, g = people[:pairs], people[pairs:]
        f *= -(goes[:pairs] + goes[pairs:])[:, None, :]
        f[:, :, 0], f[:, :, 1], g[:, :, 0], g[:, :, 1] = cost_of[:pairs], 1, 1, cost_of[pairs:]
        cost: np.ndarray = np.matmul(f, g.transpose(0, 2, 1))
        # Two people of one value exchanged leave it as it was.
        limit, pair, i = np.nonzero(theirs[:, :pairs])
        found, j = np.nonzero(value[limit, pair, i][:, None] == value[limit, pairs + pair])
        limit, pair, i = limit[found], pair[found], i[found]
        np.subtract.at(cost, (pair, i, j), limited[limit, pair, i] + limited[limit, pairs + pair, j])
        return cost

    def _gains(self, lists: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What it costs a list when a row gets one more, and one fewer."""
        return gains(self._count[lists], self._low, self._high, self._weight[lists])


def _narrowed(limit: Limit, tickets: np.ndarray) -> Limit:
    """The same limit without the values that have no more tickets here than one list may hold."""
    tight = np.flatnonzero(limit.reached(tickets) > limit.most)
    number = np.full(len(limit.most) + 1, -1, dtype=np.int32)
    number[tight] = np.arange(len(tight))
    return Limit(number[limit.value], limit.most[tight].astype(np.int32))


@dataclass(frozen=True)
class _Held:
    """Limits, and how many people of each value every list holds: all limits' values in one row, then one for no value.

    `value`: the value of each kind by each limit, shape (limits, kinds). `most`: shape (values,). `held`: shape
    (lists, values).
    """

    value: np.ndarray
    most: np.ndarray
    held: np.ndarray

    @classmethod
    def of(cls, limits: Sequence[Limit], kinds: int, slots: np.ndarray) -> _Held:
        """The limits as lists of so many kinds stand."""
        starts = np.cumsum([0, *(len(limit.most) for limit in limits)]).tolist()
        value = np.full((len(limits), kinds), starts[-1], dtype=np.int64)
        for own, limit, start in zip(value, limits, starts, strict=False):
            own[limit.value >= 0] = limit.value[limit.value >= 0] + start
        most = np.concatenate([*(limit.most for limit in limits), [np.iinfo(np.int32).max]]).astype(np.int32)
        held = np.zeros((len(slots), len(most)), dtype=np.int32)
        for own in value:
            for place in slots.T:
                held[np.arange(len(slots)), own[place]] += 1
        return cls(value, most, held)

    def beyond(self) -> np.ndarray:
        """Whether each list has somebody beyond a limit."""
        out: np.ndarray = np.any(self.held > self.most, axis=1)
        return out

    def moved(
        self, here: np.ndarray, there: np.ndarray, slots: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """By limit and place: the value, how many of it the other list holds, and what it costs when they go there."""
        value, held, values = self.value.take(slots, axis=1), self.held.ravel(), len(self.most)
        most, theirs = self.most.take(value), held.take(value + (there * values)[:, None])
        cost = (theirs >= most).astype(np.float32)
        cost -= held.take(value + (here * values)[:, None]) > most
        cost *= np.float32(HARD)
        return value, theirs * (value < values - 1), cost

    def swap(self, a: np.ndarray, b: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
        """Keep count of kinds x that went from lists a to b, and y the other way."""
        for kinds, source, goal in ((x, a, b), (y, b, a)):
            # Only the number of those without a value, which nobody asks for, can be twice in one place.
            self.held[source, self.value[:, kinds]] -= 1
            self.held[goal, self.value[:, kinds]] += 1
