"""Who fills the scarce places: groups that count towards several scarce quotas are decided before all others.

People who each count towards one scarce quota with nothing to spare are easily combined. People who count towards two
or three of them are not: left to the end, each can need what no whole list has. So they come first, while everybody
else still makes room. Types that count towards the same scarce quotas form a group. How many places a group gets is
drawn in steps that leave every quota count where it is and every chance what it was on average; what a group gains or
gives is shared by all others, in proportion to what each can move, so that nobody else is decided by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casetrack.lottery.blocks import in_blocks, padded
from casetrack.lottery.chance_source import ChanceSource
from casetrack.lottery.flight import independent

__all__ = ["ScarceDecided", "decide_scarce_first"]

_SCARCE = 0.2
"""A quota is scarce when it is no more than this part of the list."""

_MOST_GROUPS = 600
_KEPT_OPEN = 150
"""With so few types open nothing more is decided here: in a small pool every type would be a group of its own."""

_NO_ROOM = 1e-7
_WHOLE = 1e-12
_GONE = 1e-10
_NO_STEP = 1e-12
_DEPENDENT = 1e-10
_HELD = 1e-7
_LEAST_WEIGHT = 1e-3
_STALE = 0.25
_MOST_STEPS = 50


@dataclass(frozen=True)
class ScarceDecided:
    """The chances after the groups are decided.

    Parameters
    ----------
    expected
        Expected people of each type, shape (types,): every quota count and the total are what they were.
    groups
        One row for each group that was given places, shape (groups, types): 1 for the types of the group.
    places
        The whole number of places of each of those groups, shape (groups,).
    """

    expected: np.ndarray
    groups: np.ndarray
    places: np.ndarray


def decide_scarce_first(
    matrix: np.ndarray,
    rows: tuple[np.ndarray, np.ndarray],
    expected: np.ndarray,
    limit: np.ndarray,
    keys: tuple[bytes, ...],
    source: ChanceSource,
    kept_open: int = 0,
) -> ScarceDecided:
    """Draw how many places each group gets that counts towards several scarce quotas.

    Parameters
    ----------
    matrix
        Quota features and, last, a row of ones, shape (rows, types).
    rows
        The least and most of each row.
    expected
        Expected people of each type, shape (types,).
    limit
        The most people of each type, shape (types,).
    keys
        A stable key of each type; types are sorted by it.
    source
        Where chance comes from.
    kept_open
        With no more types open than this, or than 150, nothing more is decided.

    Returns
    -------
    ScarceDecided
        On average over the source, ``expected`` is what it was.

    Examples
    --------
    With few types open nothing is decided:

    >>> one, keys = np.ones(1), (b"a", b"b")
    >>> half = np.array([0.5, 0.5])
    >>> scarce = decide_scarce_first(np.ones((1, 2)), (one, one), half, np.ones(2), keys, ChanceSource("today"))
    >>> scarce.expected.tolist(), scarce.places.tolist()
    ([0.5, 0.5], [])
    """
    members = _groups(matrix, rows, expected, keys, source)
    walk = _Spread.of(matrix, expected, limit)
    decided = []
    for group in members:
        if walk.open() <= max(_KEPT_OPEN, kept_open):
            break
        if _decide(walk, group, source.derived("group", keys[group[0]].hex())):
            decided.append(group)
    walk.restore(expected)
    state = walk.state[: len(expected)]
    given = [group for group in decided if state[group].sum() > 0.5]
    groups = np.zeros((len(given), len(expected)))
    for number, group in enumerate(given):
        groups[number, group] = 1
    return ScarceDecided(
        state, groups, np.array([round(float(state[group].sum())) for group in given], dtype=float)
    )


def _groups(
    matrix: np.ndarray,
    rows: tuple[np.ndarray, np.ndarray],
    expected: np.ndarray,
    keys: tuple[bytes, ...],
    source: ChanceSource,
) -> list[np.ndarray]:
    """The types of each group: those with the most scarce quotas first, and of these those with the scarcest."""
    reached = matrix @ expected
    no_room = np.minimum(reached - rows[0], rows[1] - reached) < _NO_ROOM
    places = np.rint(reached)
    scarce = np.flatnonzero(no_room & (places > 0) & (places <= _SCARCE * places[-1]))
    scarce = scarce[np.argsort(places[scarce], kind="stable")]
    while True:
        features = matrix[scarce].astype(bool)
        several = np.flatnonzero((expected > 0) & (features.sum(axis=0) > 1))
        packed = np.packbits(features[:, several], axis=0)
        _, first, group = np.unique(packed, axis=1, return_index=True, return_inverse=True)
        if len(first) <= _MOST_GROUPS:
            break
        # The least scarce is left to the flight.
        scarce = scarce[:-1]
    members = [several[group.ravel() == number] for number in range(len(first))]
    scarcity = (features / places[scarce][:, None]).sum(axis=0).round(9)
    uniforms = source.uniforms("group order", [keys[types[0]] for types in members])
    count = features.sum(axis=0)
    order = np.lexsort((uniforms, -scarcity[several[first]], -count[several[first]]))
    return [members[number] for number in order]


@dataclass
class _Spread:
    """Moves that leave every row where it is, spread over all types that are free to move.

    The weights say what each type can move. Any weights would do, so they are kept for a while as people move.
    """

    matrix: np.ndarray
    limit: np.ndarray
    state: np.ndarray
    free: np.ndarray
    weight: np.ndarray
    gram: np.ndarray
    moved: float = 0.0

    @classmethod
    def of(cls, matrix: np.ndarray, expected: np.ndarray, limit: np.ndarray) -> _Spread:
        rows = independent(matrix[:, independent(matrix)].T)
        state, most = padded(np.stack([expected, limit]).astype(float))
        walk = cls(
            matrix=padded(matrix[rows].astype(float)),
            limit=most,
            state=state,
            free=(state > _GONE) & (state < most - _GONE),
            weight=np.zeros(len(state)),
            gram=np.zeros((len(rows), len(rows))),
        )
        walk.weigh()
        return walk

    def open(self) -> int:
        """Types that are not yet a whole number of people."""
        return int((np.abs(self.state - np.rint(self.state)) > _GONE).sum())

    def weigh(self) -> None:
        """Weigh every free type by what it can move now."""
        part = np.maximum(1 - self.state / np.maximum(self.limit, 1), _LEAST_WEIGHT)
        self.weight = np.where(self.free, self.state * part, 0.0)
        weighted = in_blocks(self.matrix * self.weight)
        self.gram = np.matmul(weighted, in_blocks(self.matrix).transpose(0, 2, 1)).sum(axis=0)
        self.moved = 0.0

    def take(self, group: np.ndarray) -> None:
        """Let a group make no room for others."""
        columns = self.matrix[:, group]
        self.gram -= (columns * self.weight[group]) @ columns.T
        self.free[group], self.weight[group] = False, 0.0

    def reached(self, state: np.ndarray) -> np.ndarray:
        """How far a number of people of each type reaches in each row."""
        reached: np.ndarray = np.matmul(in_blocks(self.matrix), in_blocks(state[None]).transpose(0, 2, 1))
        return reached.sum(axis=0)[:, 0]

    def give_back(self, group: np.ndarray) -> None:
        """Let a group make room for others again."""
        self.free[group] = (self.state[group] > _GONE) & (self.state[group] < self.limit[group] - _GONE)
        self.weigh()

    def against(self, change: np.ndarray) -> np.ndarray | None:
        """How all free types move so that rows that would change by so much do not; None when they cannot."""
        size = np.sqrt(np.maximum(np.diag(self.gram), 0.0))
        alive = size > 1e-6
        if not alive.any():
            return None
        scale = size[alive]
        values, vectors = np.linalg.eigh(self.gram[np.ix_(alive, alive)] / np.outer(scale, scale))
        kept = values > _DEPENDENT * values[-1]
        spread = vectors[:, kept] / values[kept]
        move, missing = np.zeros(len(self.state)), change
        for _ in range(2):
            pull = np.zeros(len(size))
            pull[alive] = (spread @ (vectors[:, kept].T @ (missing[alive] / scale))) / scale
            move -= self.weight * np.matmul(pull, in_blocks(self.matrix)).ravel()
            missing = change + self.reached(move)
        return move if float(np.abs(missing).max()) < _HELD else None

    def room(self, move: np.ndarray) -> tuple[float, float]:
        """How far a move can go up and down before a type has nobody left, or as many as it may have."""
        moving = np.flatnonzero(np.abs(move) > 1e-15)
        size, rising = np.abs(move[moving]), move[moving] > 0
        to_none, to_most = self.state[moving] / size, (self.limit - self.state)[moving] / size
        up, down = np.where(rising, to_most, to_none), np.where(rising, to_none, to_most)
        return float(up.min(initial=np.inf)), float(down.min(initial=np.inf))

    def step(self, move: np.ndarray, length: float) -> None:
        """Make a move; a type that came to an end moves no more."""
        self.state += length * move
        ended = self.free & ((self.state < _GONE) | (self.state > self.limit - _GONE))
        self.state[ended] = np.where(self.state[ended] < _GONE, 0.0, self.limit[ended])
        self.free &= ~ended
        self.moved += abs(length) * float(np.abs(move).sum())
        if ended.any() or self.moved > _STALE:
            self.weigh()

    def restore(self, expected: np.ndarray) -> None:
        """Take away what rounding has added up to in the rows."""
        self.weigh()
        move = self.against(self.reached(self.state - padded(expected[None])[0]))
        if move is not None:
            self.state = np.clip(self.state + move, 0.0, self.limit)


def _decide(walk: _Spread, group: np.ndarray, source: ChanceSource) -> bool:
    """Move a group up and down until its places are a whole number; False when the others make no room for that."""
    walk.take(group)
    for number in range(_MOST_STEPS):
        inside = walk.state[group]
        places = float(inside.sum())
        whole = float(np.rint(places))
        if abs(places - whole) < _WHOLE:
            walk.state[group] = inside * (whole / places) if whole else 0.0
            return True
        share = inside if places < 1 else inside * (1 - inside / walk.limit[group])
        share = share / share.sum()
        move = walk.against(walk.matrix[:, group] @ share)
        if move is None:
            break
        move[group] = share
        up, down = walk.room(move)
        up, down = min(up, np.ceil(places) - places), min(down, places - np.floor(places))
        if up + down < _NO_STEP:
            break
        walk.step(move, up if source.uniform(str(number)) * (up + down) < down else -down)
    walk.give_back(group)
    return False
