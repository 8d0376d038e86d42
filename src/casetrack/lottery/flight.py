"""The flight of the cube method over types: a fair random walk that keeps every quota where it is.

Each step moves the open chances along a direction that leaves every quota count and the total unchanged, up or down
with odds that leave every chance as it was on average, until one type is decided (Deville and Tillé 2004). A type
enters the walk with a uniform of its own, so the walk does not depend on rows, threads or the order of a generator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

__all__ = ["fly", "independent"]

_WHOLE = 1e-9
_TINY = 1e-7
_TIE = 1e-10
_RUN = 128
_FIT = 0.1
_LAST_PART = 3000
_REFRESH = 100


def fly(
    matrix: np.ndarray,
    part: np.ndarray,
    order: np.ndarray,
    uniforms: np.ndarray,
    further: Callable[[int, int], float],
    stop: int = 0,
) -> np.ndarray:
    """Decide types one after the other until few are open.

    Put the rare types first in order and the common ones last: what stays open at the end can then be completed to
    whole lists. Over the long first part a type that cannot be decided at once waits in the basis; the last part
    decides strictly in order, those that waited first, so that none of them is left over.

    Parameters
    ----------
    matrix
        What is to stay as it is, shape (rows, types): quota features and a row of ones.
    part
        The open chance of each type, in [0, 1), shape (types,).
    order
        The order in which types are decided, shape (types,).
    uniforms
        A number in [0, 1) that belongs to each type, for its first step, shape (types,).
    further
        The number that belongs to a type and to a later step of it, counted from 1.
    stop
        The walk ends early when no more than so many types are open.

    Returns
    -------
    numpy.ndarray
        0 or 1 where a type is decided, else its chance still open; ``matrix @ result == matrix @ part``. Without
        ``stop`` no more types stay open than the matrix has independent rows.

    Examples
    --------
    >>> uniforms = np.array([0.9, 0.1, 0.7, 0.3])
    >>> fly(np.ones((1, 4)), np.full(4, 0.5), np.arange(4), uniforms, lambda number, step: 0.5).tolist()
    [0.0, 1.0, 0.0, 1.0]
    """
    state = part.astype(float).copy()
    state[state < _WHOLE] = 0.0
    state[state > 1 - _WHOLE] = 1.0
    queue = order[(state[order] > 0) & (state[order] < 1)]
    if len(queue) <= stop:
        return state
    columns = independent(matrix[:, queue])
    rows = independent(matrix[:, queue[columns]].T)
    rank = np.full(len(part), len(part), dtype=np.int64)
    rank[order] = np.arange(len(order))
    walk = _Walk(
        matrix=np.ascontiguousarray(matrix[rows].astype(float)),
        state=state,
        basis=queue[columns].copy(),
        waiting=np.delete(queue, columns),
        rank=rank,
        chance=_Chance(uniforms, further),
        stop=stop,
    )
    while len(walk.waiting) > _LAST_PART and walk.open() > stop:
        walk.run()
    while len(walk.waiting) and walk.open() > stop and walk.decide_next():
        pass
    return walk.finish()


@dataclass
class _Chance:
    """The uniforms of each type, one after the other."""

    first: np.ndarray
    further: Callable[[int, int], float]
    used: dict[int, int] = field(default_factory=dict)

    def next(self, number: int) -> float:
        step = self.used.get(number, 0)
        self.used[number] = step + 1
        return float(self.first[number]) if step == 0 else self.further(number, step)


@dataclass
class _Walk:
    """The state of the walk: a basis of types that makes room for whichever type is to be decided."""

    matrix: np.ndarray
    state: np.ndarray
    basis: np.ndarray
    waiting: np.ndarray
    rank: np.ndarray
    chance: _Chance
    stop: int
    pivots: int = 0

    def __post_init__(self) -> None:
        self.inverse = np.linalg.inv(self.matrix[:, self.basis])
        self.held = self.state[self.basis]
        self.pinned = np.zeros(len(self.basis), dtype=bool)

    def open(self) -> int:
        return int(_open(self.held).sum()) + len(self.waiting)

    def finish(self) -> np.ndarray:
        self.state[self.basis] = self.held
        self.state[self.state < _WHOLE] = 0.0
        self.state[self.state > 1 - _WHOLE] = 1.0
        return self.state

    def run(self) -> None:
        """Decide types until the basis changes.

        By far the most types fall to 0 and only shift the basis, so their steps are worked out together.
        """
        room = min(_RUN, self.open() - self.stop, len(self.waiting) - _LAST_PART)
        entering = self.waiting[:room]
        moves = self.inverse @ self.matrix[:, entering]
        chance = self.state[entering]
        drops = np.cumsum(moves * chance, axis=1)
        before = np.clip(self.held[:, None] + np.c_[np.zeros(len(self.held)), drops[:, :-1]], 0.0, 1.0)
        up, down = _room(before, moves)
        up, down = np.minimum(up.min(axis=0), 1 - chance), down.min(axis=0)
        falls = (down >= chance) & (up > _TIE) & (self.chance.first[entering] * (up + chance) >= chance)
        plain = len(entering) if falls.all() else int(falls.argmin())
        self.state[entering[:plain]] = 0.0
        if plain:
            self.held = np.clip(self.held + drops[:, plain - 1], 0.0, 1.0)
        self.waiting = self.waiting[plain:]
        if plain < len(entering):
            self.waiting = self.waiting[1:]
            self._decide(int(entering[plain]), wait=True)

    def decide_next(self) -> bool:
        """Decide the open type that is first in order, wherever it is; False when none can be."""
        first = int(self.waiting[0])
        late = np.where(self.pinned, len(self.rank), self.rank[self.basis])
        place = int(late.argmin())
        if late[place] > self.rank[first]:
            self.waiting = self.waiting[1:]
            self._decide(first, wait=False)
            return True
        number, chance = int(self.basis[place]), float(self.held[place])
        if not self._replace(place):
            self.pinned[place] = True
        elif _WHOLE < chance < 1 - _WHOLE:
            self.state[number] = chance
            self._decide(number, wait=False)
        return True

    def _decide(self, entering: int, *, wait: bool) -> None:
        """Move one type until it is decided, or, if it may wait, until it can take a place in the basis."""
        chance = float(self.state[entering])
        while _WHOLE < chance < 1 - _WHOLE:
            move = self.inverse @ self.matrix[:, entering]
            settled = (np.abs(move) > _TINY) & ~_open(self.held)
            if settled.any():
                place = int(np.flatnonzero(settled)[np.abs(move[settled]).argmax()])
                if wait or not self._replace(place):
                    self._swap(place, entering, chance, move)
                    return
                continue
            if not wait and self.open() < self.stop:
                self.state[entering] = chance
                self.waiting = np.r_[entering, self.waiting]
                return
            up_each, down_each = _room(self.held[:, None], move[:, None])
            up, down = min(1 - chance, float(up_each.min())), min(chance, float(down_each.min()))
            length = up if self.chance.next(entering) * (up + down) < down else -down
            self.held = np.clip(self.held - length * move, 0.0, 1.0)
            chance += length
        self.state[entering] = round(chance)

    def _replace(self, place: int) -> bool:
        """Give the place of one of the basis to the first that waits and fits; nothing moves."""
        for start in range(0, len(self.waiting), _RUN):
            block = self.waiting[start : start + _RUN]
            fit = np.abs(self.inverse[place] @ self.matrix[:, block]) > _FIT
            if fit.any():
                at = start + int(fit.argmax())
                chosen = int(self.waiting[at])
                self.waiting = np.delete(self.waiting, at)
                self._swap(place, chosen, float(self.state[chosen]), self.inverse @ self.matrix[:, chosen])
                return True
        return False

    def _swap(self, place: int, entering: int, reached: float, move: np.ndarray) -> None:
        self.state[self.basis[place]] = round(float(self.held[place]))
        self.basis[place], self.held[place], self.pinned[place] = entering, reached, False
        row = self.inverse[place] / move[place]
        self.inverse -= np.outer(move, row)
        self.inverse[place] = row
        self.pivots += 1
        if self.pivots % _REFRESH == 0:
            self.inverse = np.linalg.inv(self.matrix[:, self.basis])


def _open(chance: np.ndarray) -> np.ndarray:
    open_: np.ndarray = (chance > _WHOLE) & (chance < 1 - _WHOLE)
    return open_


def _room(held: np.ndarray, move: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far an entering type can rise and fall before each type of the basis is decided."""
    size = np.abs(move)
    usable = size > _TINY
    safe = np.where(usable, size, 1.0)
    to_zero, to_one = np.where(usable, held / safe, np.inf), np.where(usable, (1 - held) / safe, np.inf)
    return np.where(move > 0, to_zero, to_one), np.where(move > 0, to_one, to_zero)


def independent(vectors: np.ndarray) -> np.ndarray:
    """Places of the first columns that do not follow from the columns before them."""
    length = vectors.shape[0]
    found: list[int] = []
    basis = np.zeros((length, 0))
    start, batch = 0, 256
    while start < vectors.shape[1] and len(found) < length:
        rest = vectors[:, start : start + batch].astype(float)
        size = np.linalg.norm(rest, axis=0)
        for _ in range(2):
            rest = rest - basis @ (basis.T @ rest)
        new = np.linalg.norm(rest, axis=0) > _TINY * 10 * np.maximum(size, 1e-300)
        if not new.any():
            start += batch
            continue
        first = int(new.argmax())
        found.append(start + first)
        unit = rest[:, first] / np.linalg.norm(rest[:, first])
        basis = np.c_[basis, unit]
        start += first + 1
    return np.array(found, dtype=np.int64)
