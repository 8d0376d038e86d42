"""The one code that each person with a fixed place is listed as.

Each is listed as one of the codes they meet, so that the least-listed cohort has as many people as possible,
then the second least, and so on (leximin). Starting anywhere, people are moved along chains of shared codes
from a fuller cohort to an emptier one until no chain helps. The numbers that cohorts can reach form a base of
an integral polymatroid, on which a position that no single chain improves is the best of all (Frank and
Murota, Decreasing minimization on M-convex sets, 2022). Of equally good assignments the first is taken:
people in text order, earlier codes first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from pandas import DataFrame, Series

from casetrack.errors import CodingError
from casetrack.words import people as in_people


def assign_listed_as(codes: DataFrame, code_names: Sequence[str]) -> Series:
    """List each person as one of their codes; row order never matters.

    >>> codes = DataFrame({"CT01": [True, True, True], "CT06": [False, True, True]}, index=["a", "b", "c"])
    >>> assign_listed_as(codes, ["CT01", "CT06"]).to_dict()
    {'a': 'CT01', 'b': 'CT01', 'c': 'CT06'}
    """
    people = sorted(codes.index)
    meets = codes.loc[people, list(code_names)].to_numpy(bool)
    lacking = int((~meets.any(axis=1)).sum())
    if lacking:
        raise CodingError.of(
            "no-code",
            f"{in_people(lacking)} on the list with no cohort code.",
            advice="Give each a code by an override, or take them off the list.",
        )
    listed = np.array([int(np.flatnonzero(row)[0]) for row in meets], dtype=np.int64)
    _balance(meets, listed)
    _settle(meets, listed)
    names = np.array(list(code_names), dtype=object)
    return Series(names[listed], index=people, name="listed_as", dtype=object).reindex(codes.index)


def _balance(meets: np.ndarray, listed: np.ndarray) -> None:
    """Move people from fuller codes to emptier ones, the emptiest first, while that helps; changes ``listed``."""
    count = meets.shape[1]
    loads = np.bincount(listed, minlength=count)
    while True:
        # The emptiest code gains; of equally empty ones the earlier. A place is given up where more are left after it.
        for target in sorted(range(count), key=lambda code: (int(loads[code]), code)):
            place = (int(loads[target]) + 1, target)
            chain = _chain(meets, listed, target, [c for c in range(count) if (int(loads[c]), c) > place])
            if chain:
                for person, code in chain:
                    loads[listed[person]] -= 1
                    loads[code] += 1
                    listed[person] = code
                break
        else:
            return


def _chain(
    meets: np.ndarray, listed: np.ndarray, target: int, sources: Sequence[int], first: int = 0
) -> list[tuple[int, int]]:
    """Find a chain of people, each moving to the code that the next one leaves, that ends at the target.

    Returns who moves to which code. Only people numbered ``first`` and later move.
    """
    count = meets.shape[1]
    moves = np.full((count, count), -1, dtype=np.int64)
    for person in range(len(listed) - 1, first - 1, -1):
        moves[listed[person], meets[person]] = person
    waiting, came_from = deque([target]), {target: -1}
    while waiting:
        code = waiting.popleft()
        if code in sources and code != target:
            chain = []
            while code != target:
                chain.append((int(moves[code, came_from[code]]), came_from[code]))
                code = came_from[code]
            return chain
        for other in range(count):
            if other not in came_from and moves[other, code] >= 0:
                came_from[other] = code
                waiting.append(other)
    return []


def _settle(meets: np.ndarray, listed: np.ndarray) -> None:
    """Among assignments with the same numbers take the first: earlier people, earlier codes; changes ``listed``."""
    for person in range(len(listed)):
        for code in np.flatnonzero(meets[person]).tolist():
            before = int(listed[person])
            if code == before:
                break
            # The person goes to the earlier code; a chain of later people carries one place back.
            listed[person] = code
            chain = _chain(meets, listed, before, [code], first=person + 1)
            if chain:
                for other, moved in chain:
                    listed[other] = moved
                break
            listed[person] = before
