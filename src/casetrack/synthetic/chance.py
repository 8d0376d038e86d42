"""Chance for the invented council: the same on every machine and under every version of numpy.

Numbers come from SplitMix64 (Steele, Lea and Flood, 2014), written out in 64-bit integer arithmetic: number
``i`` of a stream is ``mix(key + i * golden)``, with ``key`` the first eight bytes of SHA-256 over seed and
stream name. Streams are independent of one another, so a new one does not change what the others give.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Words = NDArray[np.object_]

_GOLDEN = 0x9E3779B97F4A7C15
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB


@dataclass(frozen=True)
class Chance:
    """Named streams of numbers that depend on a seed, a name and a position, and on nothing else.

    Parameters
    ----------
    seed
        Text that starts every stream.

    Examples
    --------
    >>> Chance("1").whole("dice", 5, 1, 6).tolist() == Chance("1").whole("dice", 9, 1, 6)[:5].tolist()
    True
    """

    seed: str

    def bits(self, stream: str, count: int) -> NDArray[np.uint64]:
        """Give ``count`` 64-bit numbers of a stream."""
        digest = hashlib.sha256(f"{self.seed}\x1f{stream}".encode()).digest()
        key = np.uint64(int.from_bytes(digest[:8], "little"))
        x = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GOLDEN) + key
        x = (x ^ (x >> np.uint64(30))) * np.uint64(_MIX_1)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(_MIX_2)
        return np.asarray(x ^ (x >> np.uint64(31)), dtype=np.uint64)

    def uniform(self, stream: str, count: int) -> Floats:
        """Give ``count`` numbers from 0 up to, not including, 1."""
        return np.asarray((self.bits(stream, count) >> np.uint64(11)).astype(np.float64) * 2.0**-53)

    def happens(self, stream: str, count: int, share: float | Floats) -> Bools:
        """Say for each position whether something with probability ``share`` happens."""
        return np.asarray(self.uniform(stream, count) < share)

    def whole(self, stream: str, count: int, low: int, high: int, bend: float = 1.0) -> Ints:
        """Give whole numbers from ``low`` to ``high``; ``bend`` over 1 makes small ones more frequent."""
        u = self.uniform(stream, count)
        # Powers of floats may differ in the last bit between machines; products of a whole power do not.
        for _ in range(round(bend) - 1):
            u = u * self.uniform(f"{stream} again", count)
        return np.asarray(low + np.floor(u * (high - low + 1)), dtype=np.int64)

    def pick(self, stream: str, count: int, weights: Sequence[float]) -> Ints:
        """Give positions in ``weights``, each as often as its weight says."""
        edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        found = np.searchsorted(edges / edges[-1], self.uniform(stream, count), side="right")
        return np.asarray(np.minimum(found, len(weights) - 1), dtype=np.int64)

    def pick_by(self, stream: str, group: Ints, tables: Sequence[Sequence[float]]) -> Ints:
        """Give positions in the table of weights that belongs to each one's group."""
        out = np.zeros(len(group), dtype=np.int64)
        for number, weights in enumerate(tables):
            mine = group == number
            out[mine] = self.pick(stream, len(group), weights)[mine]
        return out

    def order(self, stream: str, count: int) -> Ints:
        """Give the positions 0 to ``count`` - 1 in an order of chance."""
        return np.asarray(np.argsort(self.bits(stream, count), kind="stable"), dtype=np.int64)

    def some(self, stream: str, among: Ints, share: float, least: int = 3) -> Ints:
        """Take a ``share`` of the numbers in ``among``, at least ``least`` when there are so many."""
        count = min(len(among), max(least, round(share * len(among))))
        return np.sort(among[self.order(stream, len(among))[:count]])
