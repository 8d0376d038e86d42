"""Shares of listing: how often people who hold the same codes are listed as each of them.

They are fixed before the draw from everybody's chance alone, so that the least expected number per code is as large
as the codes that people hold allow, then the next, and so on.
"""

from __future__ import annotations

import numpy as np

from casetrack.lottery.floor import SETTLED
from casetrack.quotas.solver import solve

_SAME_LEVEL = 1e-6
"""Places within which two codes have the same expected number; the programmes keep their rows to a hundredth of it."""

_ROUNDS, _DIGITS = 5000, 9
"""Rounds in which shares are found, at most, and the digits to which they are kept."""


def shares_of_listing(
    holds: np.ndarray, expected: np.ndarray, already: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Shares of listing per set of codes, and the expected number listed as each code.

    `holds`: which codes each set has, at least one, shape (sets, codes). `expected`: people of each set on a list, on the
    average. `already`: people listed as each code before the draw, by fixed places.

    >>> holds = np.array([[True, False], [True, True]])
    >>> shares, level = shares_of_listing(holds, np.array([2.0, 6.0]))
    >>> shares.round(6).tolist(), level.round(6).tolist()
    ([[1.0, 0.0], [0.333333, 0.666667]], [4.0, 4.0])
    """
    already = np.zeros(holds.shape[1]) if already is None else already.astype(float)
    held = holds & (expected > 0)[:, None]
    rank = _ranks(held, expected, already)
    lowest = np.where(held, rank, held.shape[1]).min(axis=1, initial=held.shape[1])
    fits = held & (rank == lowest[:, None])
    shares = _smoothest(fits, expected, _levels(rank, lowest, expected, already), already)
    # A set that nobody of is ever drawn has even shares: they are asked for, and count for nothing.
    idle = ~held.any(axis=1)
    shares[idle] = holds[idle] / np.maximum(holds[idle].sum(axis=1, keepdims=True), 1)
    return shares, already + expected @ shares


def _ranks(held: np.ndarray, expected: np.ndarray, already: np.ndarray) -> np.ndarray:
    """Which codes have the largest least number together, rank 0, which the next, and so on, shape (codes,)."""
    sets, codes = np.nonzero(held)
    matrix = np.zeros((held.shape[1] + len(held), len(sets)))
    matrix[codes, np.arange(len(sets))] = 1
    matrix[held.shape[1] + sets, np.arange(len(sets))] = 1
    level, left = already.copy(), np.flatnonzero(held.any(axis=0))
    rank, ranks = np.full(held.shape[1], held.shape[1]), 0

    def least(open_codes: np.ndarray, lifted: np.ndarray, least_number: float) -> float:
        """How far all of these codes can be lifted at once while the settled ones keep what they have."""
        low = np.r_[level - already - _SAME_LEVEL / 100, expected * held.any(axis=1)]
        low[open_codes] = np.maximum(least_number - already[open_codes], 0)
        low[lifted] = -already[lifted]
        high = np.r_[np.full(held.shape[1], np.inf), expected * held.any(axis=1)]
        rise = np.zeros((len(low), 1))
        rise[lifted] = -1
        most = np.r_[np.full(len(sets), np.inf), already.sum() + expected.sum()]
        cost = np.r_[np.zeros(len(sets)), -1.0]
        return -solve(cost, np.hstack([matrix, rise]), (low, high), (np.zeros(len(most)), most)).objective

    while len(left):
        together = least(left, left, 0.0)
        alone = np.array([least(left, np.array([code]), together - _SAME_LEVEL / 100) for code in left])
        settled = alone < together + _SAME_LEVEL
        if not settled.any():
            settled[:] = True
        level[left[settled]], rank[left[settled]] = together, ranks
        left, ranks = left[~settled], ranks + 1
    return rank


def _levels(rank: np.ndarray, lowest: np.ndarray, expected: np.ndarray, already: np.ndarray) -> np.ndarray:
    """The number per code that its rank comes to, told by sums and not by a programme's rounding, shape (codes,)."""
    level = already.copy()
    for number in np.unique(rank[rank < len(rank)]).tolist():
        together = rank == number
        people = float(already[together].sum()) + float(expected[lowest == number].sum())
        level[together] = people / int(together.sum())
    return level


def _smoothest(fits: np.ndarray, expected: np.ndarray, level: np.ndarray, already: np.ndarray) -> np.ndarray:
    """Shares in proportion to one number per code, among the codes of a set that may be used."""
    worth, wanted = np.ones(fits.shape[1]), np.maximum(level - already, 0.0)
    shares = np.zeros(fits.shape)
    for _ in range(_ROUNDS):
        weighed = fits * worth
        shares = weighed / np.maximum(weighed.sum(axis=1, keepdims=True), 1e-300)
        reached = expected @ shares
        if np.abs(reached - wanted)[fits.any(axis=0)].max(initial=0.0) < SETTLED:
            break
        worth = worth * wanted / np.maximum(reached, 1e-300)
        worth /= worth.max()
    shares = np.round(shares, _DIGITS)
    # Rounding is made good where it is felt least.
    rows = np.flatnonzero(fits.any(axis=1))
    shares[rows, shares[rows].argmax(axis=1)] += 1 - shares[rows].sum(axis=1)
    return np.round(shares, _DIGITS)
