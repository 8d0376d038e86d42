"""What every list of a lottery keeps, over kinds: people alike in all that counts, listed as one code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

_BLOCK = 4096
"""Kinds whose features are widened at once: with 65,536 it takes three times as long, with 1,024 no less."""


@dataclass(frozen=True)
class Limit:
    """At most so many people of each value on a list: a household, a worker, everybody of one kind."""

    #: The value of each person or kind, numbered in an order that the rows' order does not change; -1 for none.
    value: np.ndarray
    #: The most people of each value, shape (values,).
    most: np.ndarray

    def reached(self, numbers: np.ndarray | None = None) -> np.ndarray:
        """The numbers of all who have a value, added up by value; how many they are when none are given."""
        has = self.value >= 0
        each = None if numbers is None else numbers[has]
        return np.bincount(self.value[has], each, minlength=len(self.most))

    def binding(self) -> Limit:
        """The same limit without the values that have no more people than are allowed."""
        crowded = np.append(self.reached() > self.most, False)
        return Limit(np.where(crowded[self.value], self.value, -1), self.most)


@dataclass(frozen=True)
class Rules:
    """Quota rows, limits per value and the number of places."""

    #: Does a person of the kind count towards the row, 0 or 1, shape (kinds, rows).
    features: np.ndarray
    #: People that each row asks for at least and at most, shape (rows,).
    low: np.ndarray
    high: np.ndarray
    #: Places on a list.
    size: int
    #: Limits per value.
    limits: tuple[Limit, ...]

    @cached_property
    def most_each(self) -> np.ndarray:
        """The most of each kind that a list can hold, shape (kinds,)."""
        most = np.full(len(self.features), self.size, dtype=np.int64)
        for limit in self.limits:
            has = limit.value >= 0
            most[has] = np.minimum(most[has], limit.most[limit.value[has]])
        return most

    @cached_property
    def wide(self) -> np.ndarray:
        """The features as float32, for products; whole numbers below 2^24 are exact in it."""
        return np.ascontiguousarray(self.features, dtype=np.float32)

    def of(self, kinds: np.ndarray) -> Rules:
        """The same rules for some of the kinds."""
        limits = tuple(Limit(limit.value[kinds], limit.most) for limit in self.limits)
        return replace(self, features=self.features[kinds], limits=limits)

    def reached(self, numbers: np.ndarray) -> np.ndarray:
        """People counted by each row for a number of each kind, exact whole numbers, shape (rows,)."""
        counted = np.zeros(self.features.shape[1])
        for part in self._parts():
            # Whole numbers below 2^53 are exact in float64 in whatever order they are added.
            counted += numbers[part].astype(np.float64) @ self.features[part].astype(np.float64)
        return counted.astype(np.int64)

    def times(self, weights: np.ndarray) -> np.ndarray:
        """The features times weights of rows, shape (rows, columns): a sum for each kind, shape (kinds, columns)."""
        sums = np.empty((len(self.features), weights.shape[1]))
        for part in self._parts():
            np.matmul(self.features[part].astype(np.float64), weights, out=sums[part])
        return sums

    def _parts(self) -> Iterator[slice]:
        """Kinds in parts that stay in the processor's cache when their features are widened."""
        for start in range(0, len(self.features), _BLOCK):
            yield slice(start, start + _BLOCK)

    def with_nearly_full(self, tickets: np.ndarray, lists: int) -> Rules:
        """Values that are nearly full on the average as rows, so that no part of the lists has more than it can hold.

        Nearly full is nine tenths: with more room a leaf finds place for the ticket or two that halves are uneven by.
        """
        rows = []
        for limit in self.limits:
            # A value that only one kind has is held by what the kind itself may have.
            full = (10 * limit.reached(tickets) > 9 * lists * limit.most) & (limit.reached() > 1)
            rows += [(limit.value == value, limit.most[value]) for value in np.flatnonzero(full)]
        if not rows:
            return self
        counts, most = np.stack([row for row, _ in rows], axis=1), np.array([most for _, most in rows])
        return self.with_rows(counts, np.zeros(len(rows), dtype=np.int64), most)

    def with_rows(self, counts: np.ndarray, low: np.ndarray, high: np.ndarray) -> Rules:
        """The same rules and further rows: which kinds count, shape (kinds, rows), and how many are asked for."""
        return replace(
            self,
            features=np.hstack([self.features, counts.astype(self.features.dtype)]),
            low=np.r_[self.low, low],
            high=np.r_[self.high, high],
        )

    def broken_by(self, listed: np.ndarray) -> list[str]:
        """What a list breaks, by plain loops that share nothing with the search; empty when it keeps everything."""
        people = self.features[listed].tolist()
        broken = [] if len(people) == self.size else ["size"]
        for row, (low, high) in enumerate(zip(self.low.tolist(), self.high.tolist(), strict=True)):
            count = 0
            for person in people:
                count += person[row]
            if not low <= count <= high:
                broken.append(f"row {row}")
        for number, limit in enumerate(self.limits):
            held: dict[int, int] = {}
            for value in limit.value[listed].tolist():
                held[value] = held.get(value, 0) + 1
            if any(value >= 0 and count > int(limit.most[value]) for value, count in held.items()):
                broken.append(f"limit {number}")
        return broken


def gains(
    count: np.ndarray, low: np.ndarray, high: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What rows cost when one more person counts towards them, and one fewer."""
    more = weight * ((count >= high).astype(np.float32) - (count < low))
    return more, weight * ((count <= low).astype(np.float32) - (count > high))
