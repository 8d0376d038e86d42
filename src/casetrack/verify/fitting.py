"""The belief of a reader who fits everybody's chances to all that each list has to hold, by raking.

Quota after quota, the chances of those it counts are raised or lowered until it holds on the average, and eased where
they need it no more. The release measures the same reader by another way (:mod:`casetrack.disclosure.practice`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_ROUNDS, _CLOSE = 200, 1e-4
#: Sharper factors than this are a quota that the rows cannot keep on the average.
_SHARPEST = 8.0


@dataclass(frozen=True, eq=False)
class Held:
    """What every list has to hold: ``features`` of units (true where the quota counts them), the least and the most."""

    features: np.ndarray
    low: np.ndarray
    high: np.ndarray


def fitted(groups: Sequence[np.ndarray], chance: np.ndarray, held: Held) -> list[np.ndarray]:
    """Per row: what the reader believes of each unit that it can be."""
    size = len(groups)
    units = np.concatenate(list(groups)) if size else np.zeros(0, dtype=np.int64)
    row = np.repeat(np.arange(size), [len(mine) for mine in groups])
    counted = [np.flatnonzero(held.features[units, quota]) for quota in range(len(held.low))]
    lift, press = np.zeros(len(held.low)), np.zeros(len(held.low))
    weight = chance[units].astype(float)
    for _ in range(_ROUNDS):
        moved = 0.0
        for quota, mine in enumerate(counted):
            whole = np.bincount(row, weights=weight, minlength=size)
            reached = float((weight[mine] / whole[row[mine]]).sum())
            low, high = float(held.low[quota]), float(min(held.high[quota], size))
            # Eased first where it is not needed any more, then tightened where it is.
            step = max(_odds(low, size) - _odds(reached, size), -lift[quota])
            if step <= 0:
                less = max(_odds(reached, size) - _odds(high, size), -press[quota])
                less = min(less, _SHARPEST - press[quota])
                press[quota] += less
                change = step - less
            else:
                step = min(step, _SHARPEST - lift[quota])
                change = step
            lift[quota] += step
            weight[mine] *= np.exp(change)
            moved = max(moved, abs(change))
        if moved < _CLOSE:
            break
    share = weight / np.bincount(row, weights=weight, minlength=size)[row]
    return [share[row == number] for number in range(size)]


def _odds(count: float, size: int) -> float:
    part = min(max(count / max(size, 1), 1e-9), 1 - 1e-9)
    return float(np.log(part / (1 - part)))
