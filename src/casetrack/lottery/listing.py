"""Shares of listing: how often people who hold the same codes are listed as each of them.

They are fixed before the draw from everybody's chance alone, so that the least expected number per code is as large
as the codes that people hold allow, then the next, and so on.
"""

from __future__ import annotations

import numpy as np

from casetrack.lottery.floor import ROUNDING, SETTLED

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
    fits, level = _together(holds & (expected > 0)[:, None], expected, already)
    shares = _smoothest(fits, expected, level, already)
    # A set that nobody of is ever drawn has even shares: they are asked for, and count for nothing.
    idle = ~fits.any(axis=1)
    shares[idle] = holds[idle] / holds[idle].sum(axis=1, keepdims=True)
    return shares, already + expected @ shares


def _together(held: np.ndarray, expected: np.ndarray, already: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which of its codes each set is listed as, and the number per code: the largest least one, then the next.

    Some codes together have no more people than those already listed as them and all who hold one: the codes of which
    that leaves the fewest each have all of these people, and the same is asked of the other codes and people.
    """
    fits, level = np.zeros_like(held), already.copy()
    open_sets, left = held.any(axis=1), np.flatnonzero(held.any(axis=0))
    while len(left):
        some = np.arange(1, 1 << len(left))[:, None] >> np.arange(len(left)) & 1 > 0
        who = some @ held[:, left].T & open_sets
        each = (some @ already[left] + who @ expected) / some.sum(axis=1)
        fewest = left[some[each < each.min() + ROUNDING].any(axis=0)]
        theirs = open_sets & held[:, fewest].any(axis=1)
        fits[np.ix_(theirs, fewest)] = held[np.ix_(theirs, fewest)]
        level[fewest] = (already[fewest].sum() + expected[theirs].sum()) / len(fewest)
        open_sets, left = open_sets & ~theirs, np.setdiff1d(left, fewest)
    return fits, level


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
