"""Among how many people somebody hides."""

from __future__ import annotations

import numpy as np

HIDDEN_AMONG = 10
"""What a release promises unless it is told otherwise: whoever is shown or comes hides among as many."""
#: Fewer people to be drawn than so many a place, and the list is most of the pool: no rule can hide who is on it.
PEOPLE_A_PLACE = 2


def hides(weights: np.ndarray) -> bool:
    """Whether everyone of these hides: enough people, who together weigh so many times the likeliest.

    >>> hides(np.full(10, 3)), hides(np.full(9, 3)), hides(np.array([4, *[3] * 10])), hides(np.array([1, *[3] * 10]))
    (True, False, False, True)
    """
    enough = np.count_nonzero(weights) >= HIDDEN_AMONG
    return bool(enough and weights.sum() >= HIDDEN_AMONG * weights.max(initial=0))
