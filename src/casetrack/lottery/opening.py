"""What every draw of a design starts from, whatever its seed: everyone's chances, and how lists are landed.

Most pools are landed from a few types, which takes a moment. Where trial draws, whose chance has nothing to do with any
seed, miss the chances, more types stay open; where that misses too, lists are drawn from one lottery over whole lists.
Then quotas may be met in expectation by fractions of people that no whole list can; so the chances are held to what
the lists of that lottery can have, and what is published is its average.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casetrack.lottery.chance_source import ChanceSource
from casetrack.lottery.chances import Chances, equal_as_possible
from casetrack.lottery.fairest_found import everyone_on_lists, fairest_found
from casetrack.lottery.floor import Cuts
from casetrack.lottery.landing import EXACT, fly_and_land, lottery_over_lists, rows_of
from casetrack.lottery.panels import Effort, PanelLottery
from casetrack.quotas.quota_system import QuotaSystem
from casetrack.quotas.shortfall import explain_shortfall, refusal
from casetrack.quotas.solver import solve

__all__ = ["FEW_TYPES", "Opening", "open_chances", "open_lottery"]

FEW_TYPES = 240
"""With no more types than this, lists are always drawn from whole lists, without a flight."""

_TRIED = ((80, 4, 200), (240, 4, 400))
"""Types open in trial draws, how many trials, and how many types stay open in draws when no trial misses."""

_FEWER = 2
_NO_TRIALS_FROM, _WITHOUT_TRIALS = 20_000, 320
_LAST_RESORT = 120
_LISTS_UP_TO = 800
_WORK_EACH = 50
_QUICK = 600
_MOST_CUTS = 60
_MOST_WORK = 30_000
_CUT_NODES = 3000
_LEAST_CUT = 1e-8
_TIMES = range(1, 61)
_NEARLY_WHOLE = 0.02
_DIGITS = 9


@dataclass(frozen=True)
class Opening:
    """What draws start from.

    Parameters
    ----------
    chances
        The published chances by type.
    left_open
        Types that stay open at the landing.
    lottery
        Whole lists and their chances, where lists are drawn from whole lists and not by a flight.
    by_seed
        Whether each seed finds whole lists of its own with the same chances, where that is quick.
    """

    chances: Chances
    left_open: int = 0
    lottery: PanelLottery | None = None
    by_seed: bool = False


def open_chances(system: QuotaSystem, cuts: Cuts | None = None) -> Chances:
    """The chances nearest to equal under the quotas in expectation.

    Raises
    ------
    InfeasibleDesignError
        When no list can meet the quotas.
    """
    chances = None if system.size > system.people else equal_as_possible(system, cuts=cuts)
    if chances is None:
        raise refusal(explain_shortfall(system))
    return chances


def open_lottery(system: QuotaSystem, chances: Chances | None = None) -> Opening:
    """Settle what every draw starts from.

    Parameters
    ----------
    system
        Quotas over types.
    chances
        What `open_chances` gave for the system, when it has been asked already.

    Returns
    -------
    Opening
        The same for every seed.

    Raises
    ------
    InfeasibleDesignError
        When no list can meet the quotas.

    Examples
    --------
    >>> import pandas as pd
    >>> from casetrack.quotas.quota_system import quota_system
    >>> people = pd.DataFrame({"carer": ["yes", "no", "no", "no"]})
    >>> quotas = pd.DataFrame([("carer", "yes", 1, 1)], columns=["feature", "value", "min", "max"])
    >>> opening = open_lottery(quota_system(people, quotas, size=2))
    >>> opening.lottery.average.tolist(), opening.lottery.deviation < 1e-9
    ([1.0, 1.0], True)
    """
    chances = open_chances(system) if chances is None else chances
    types = int(np.count_nonzero(chances.by_type))
    if types > _LISTS_UP_TO:
        return Opening(chances, _left_open(system, chances, types) or _LAST_RESORT)
    quick = Effort(nodes=0, work=_QUICK)
    lottery = lottery_over_lists(system, chances.by_type * system.counts, _tilt(system), effort=quick)
    if lottery.deviation <= EXACT:
        return Opening(chances, lottery=lottery, by_seed=True)
    left_open = _left_open(system, chances, types) if types > FEW_TYPES else 0
    return Opening(chances, left_open) if left_open else _over_lists(system, chances)


def _left_open(system: QuotaSystem, chances: Chances, types: int) -> int:
    """Types to leave open at the landing, or 0 when trial draws miss.

    More than the trials needed, since what only some draws miss may pass all of few trials.
    """
    if types > _NO_TRIALS_FROM:
        return _WITHOUT_TRIALS
    expected = chances.by_type * system.counts
    for tried, trials, left_open in _TRIED:
        trials = trials if types <= _LISTS_UP_TO else _FEWER
        if all(_lands(system, expected, tried, number) for number in range(trials)):
            return left_open
    return 0


def _lands(system: QuotaSystem, expected: np.ndarray, left_open: int, number: int) -> bool:
    """Whether a trial draw meets the chances without a long search."""
    brief = Effort(nodes=0, work=_WORK_EACH * left_open)
    return (
        fly_and_land(system, expected, ChanceSource(f"trial {number}"), left_open, brief).deviation <= EXACT
    )


def _tilt(system: QuotaSystem) -> np.ndarray:
    """What breaks ties, the same for every seed."""
    return ChanceSource("opening").uniforms("tilt", system.type_keys)


def _over_lists(system: QuotaSystem, chances: Chances) -> Opening:
    """A lottery over whole lists, and the chances that it can have.

    Where the nearest average of lists misses the chances, whoever is on no list at all is left out first. Then each miss
    shows a limit that all lists keep; with that limit the chances are found again. Should the search end before they
    meet, the lottery found is taken as it is.
    """
    tilt, types = _tilt(system), int(np.count_nonzero(chances.by_type))
    cuts, never = Cuts.none(len(system.counts)), chances.shut_out
    # Begun anew: with lists known, whoever is certain to be listed would be searched for with everybody else.
    first = Effort(nodes=0, work=_WORK_EACH * types)
    lottery = lottery_over_lists(system, chances.by_type * system.counts, tilt, effort=first)
    if lottery.deviation <= EXACT:
        return Opening(chances, lottery=lottery)
    lists, on_none = everyone_on_lists(system, chances, lottery.found, tilt)
    effort = Effort(work=max(_MOST_WORK, _WORK_EACH * types))
    while True:
        if on_none.any() or len(cuts.most):
            never = never | on_none
            chances = _fewer_chances(system, cuts, never)
        expected = chances.by_type * system.counts
        lottery = lottery_over_lists(system, expected, tilt, known=lists, effort=effort)
        lists, effort = lottery.found, effort.less(lottery.work)
        cut = None
        if lottery.deviation > EXACT and len(cuts.most) < _MOST_CUTS and effort.work > 0:
            cut = _cut(system, chances, lottery)
        if cut is None:
            break
        cuts = cuts.and_one(*cut)
    if lottery.deviation > EXACT:
        chances, lottery = fairest_found(system, chances, lottery, tilt)
    return Opening(chances, lottery=lottery)


def _fewer_chances(system: QuotaSystem, cuts: Cuts, never: np.ndarray) -> Chances:
    found = equal_as_possible(system, cuts=cuts, never=never)
    if found is None:
        raise refusal(explain_shortfall(system))
    return found


def _cut(system: QuotaSystem, chances: Chances, lottery: PanelLottery) -> tuple[np.ndarray, float] | None:
    """A limit that every list keeps and the chances do not; None when rounding lets none be seen.

    Its bound is the furthest that any list goes, so that it cuts off no list. The nearest average is known but to a
    little, which would stay in the weights and hold chances down for nothing; so whole numbers are used where the
    weights are near to some, as they are where lists lie densely.
    """
    matrix, rows = rows_of(system)
    bounds = (np.zeros(len(chances.by_type)), system.limit.astype(float))
    expected = chances.by_type * system.counts
    direction = -lottery.towards / np.abs(lottery.towards).max()
    for times in _TIMES:
        weights = np.round(direction * times)
        if np.abs(weights - direction * times).max() < _NEARLY_WHOLE:
            break
    else:
        times, weights = 0, np.round(direction, _DIGITS)
    furthest = solve(-weights, matrix, rows, bounds, whole=True, most_nodes=_CUT_NODES)
    # A search that was cut short still tells beyond what no list goes.
    most = float(weights @ furthest.values) if furthest.sure else -furthest.bound
    most = np.floor(most + EXACT) if times else most
    return (weights, most) if weights @ expected - most > _LEAST_CUT else None
