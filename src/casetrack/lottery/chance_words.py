"""A chance in words, the same wherever one is told."""

from __future__ import annotations

#: A chance from here on is called certain: less is left than rounding can leave of nothing.
CERTAIN = 1 - 1e-9

#: Chances closer than 20 tickets of ten million are the same chance: tickets are whole numbers, a few for each code.
SAME = 2e-6


def one_in(chance: float) -> str:
    """A chance as people say it, never further off than a few in a hundred, and certain only when it is.

    >>> one_in(0.001232), one_in(1.0), one_in(0.0), one_in(0.65)
    ('1 in 812', 'certain', 'none', '65 in 100')
    >>> one_in(1 / 3), one_in(0.4), one_in(0.355), one_in(0.996)
    ('1 in 3', '40 in 100', '35.5 in 100', 'more than 99 in 100')
    """
    if chance <= 0:
        return "none"
    if chance >= CERTAIN:
        return "certain"
    one = round(1 / chance)
    if 1 / chance >= 10 or (one > 1 and abs(one * chance - 1) <= 0.02):
        return f"1 in {one:,}"
    hundred = 100 * chance
    if hundred > 99 + 1e-9:
        return "more than 99 in 100"
    return (
        f"{hundred:.0f} in 100"
        if abs(round(hundred) - hundred) <= 0.01 * hundred
        else f"{hundred:.1f} in 100"
    )
