"""The landing: a lottery over whole panels whose average is exactly the chances still open.

A panel says which of the types still open come onto the list; every panel meets every quota. The point of all mixes
of panels that is nearest to the open chances is found by Wolfe's method (1976): a panel far enough in the direction
still missing is searched for, and the mix is adjusted. Distance 0 means that the mix has the published chances;
anything else is the deviation. No mix is nearer, by the sum of squares, once an integer programme has said that no panel
is further; where quotas leave so little room that it cannot in a bounded search, the nearest mix found is taken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from casetrack.quotas.solver import Relaxation, solve

__all__ = ["THOROUGH", "Effort", "PanelLottery", "nearest_lottery"]

_EXACT = 2e-8
_GONE = 1e-12
_NEAR = 1e-7
_TILT = 1e-3
_TIE = 1e-6
_SOLVED = 1e-9
_FAR_ENOUGH = (0.5, 0.1)
_WORTHWHILE = 10.0
_MOST_TRIALS = 150
_INTEGER = 200
_FIRST_NODES = 300
_MOST_PANELS = 2000


@dataclass(frozen=True)
class Effort:
    """How long panels are searched for, in work that is the same on every machine.

    Parameters
    ----------
    nodes
        Branches of integer programmes, all together; 0 for none.
    work
        Linear programmes, and as many more for each integer one as take its time.
    """

    nodes: int = 3000
    work: int = 60_000

    def less(self, work: int) -> Effort:
        """What is left after so much work."""
        return replace(self, work=self.work - work)


THOROUGH = Effort()
"""As long as a draw searches."""


@dataclass(frozen=True)
class PanelLottery:
    """Whole panels and the chance of each.

    Parameters
    ----------
    panels
        People of each open type, shape (panels, open types).
    weights
        The chance of each panel, shape (panels,), summing to 1.
    deviation
        Total absolute difference between the average panel and the open chances, in places.
    towards
        From the open chances to the average panel, shape (open types,): where it is not 0, no mix of panels can
        lie on the other side of the average, at right angles to it.
    found
        All panels that were found, used or not, shape (found, open types).
    work
        What it took, as effort counts it.
    """

    panels: np.ndarray
    weights: np.ndarray
    deviation: float
    towards: np.ndarray
    found: np.ndarray
    work: int = 0

    @property
    def average(self) -> np.ndarray:
        """The average panel, shape (open types,)."""
        average: np.ndarray = self.weights @ self.panels
        return average

    def drawn(self, uniform: float) -> np.ndarray:
        """The panel that a number in [0, 1) points to."""
        place = int(np.searchsorted(np.cumsum(self.weights), uniform, side="right"))
        panel: np.ndarray = self.panels[min(place, len(self.panels) - 1)]
        return panel


def nearest_lottery(
    matrix: np.ndarray,
    rows: tuple[np.ndarray, np.ndarray],
    limit: np.ndarray,
    open_chance: np.ndarray,
    tilt: np.ndarray,
    *,
    known: np.ndarray | None = None,
    effort: Effort = THOROUGH,
) -> PanelLottery | None:
    """Find the lottery over panels whose average is nearest to the open chances.

    Parameters
    ----------
    matrix
        Shape (rows, open types).
    rows
        The least and most that each row may reach; a panel meets them all.
    limit
        The most people of each open type in a panel, shape (open types,).
    open_chance
        Expected people of each open type, shape (open types,).
    tilt
        A number in [0, 1) that belongs to each type, which breaks ties between panels.
    known
        Panels known beforehand, shape (panels, open types); those that do not meet the rows are passed over.
    effort
        How long to search. The nearest mix of the panels found by then is what is given.

    Returns
    -------
    PanelLottery or None
        None when no panel at all meets the rows, or none was found.

    Examples
    --------
    >>> one = np.ones(1)
    >>> lottery = nearest_lottery(np.ones((1, 2)), (one, one), np.ones(2), np.array([0.25, 0.75]), np.zeros(2))
    >>> lottery.panels.tolist(), lottery.weights.round(9).tolist(), lottery.deviation < 1e-9
    ([[0.0, 1.0], [1.0, 0.0]], [0.75, 0.25], True)
    """
    reached = matrix @ open_chance
    # A panel that leaves a row with nothing to spare could only be weighed against one beyond it.
    held = (
        np.where(rows[1] - reached < 1e-7, rows[1], rows[0]),
        np.where(reached - rows[0] < 1e-7, rows[0], rows[1]),
    )
    known = np.zeros((0, len(limit))) if known is None else known
    search = _Search.of(matrix, held, limit.astype(float), open_chance, tilt, effort)
    among_held = _nearest(search, known)
    if among_held is not None and (among_held.deviation <= _NEAR or search.given_up):
        return among_held
    if all(np.array_equal(one, other) for one, other in zip(held, rows, strict=True)):
        return among_held
    # Chances that no mix of those panels can have may still be near a mix of others.
    before = known if among_held is None else among_held.found
    rest = effort.less(search.work)
    among_all = _nearest(_Search.of(matrix, rows, limit.astype(float), open_chance, tilt, rest), before)
    if among_held is None or among_all is None:
        return among_all or among_held
    best = min(among_held, among_all, key=lambda lottery: lottery.deviation)
    # What lies beyond every panel is told by the average nearest of all, whichever is used.
    work = among_held.work + among_all.work
    return replace(best, towards=among_all.towards, found=among_all.found, work=work)


def _nearest(search: _Search, known: np.ndarray) -> PanelLottery | None:
    """The nearest lottery among the panels of one search."""
    found = _Found.of(known[search.meets(known)])
    if not found.count:
        first = search.likeliest()
        if first is None:
            return None
        found.add(first)
    nearest = found.all[np.square(found.all - search.open_chance).sum(axis=1).argmin()]
    mix, before, nodes = _Mix.of(nearest, search.open_chance), np.inf, search.effort.nodes
    while found.count < _MOST_PANELS:
        missing = mix.away()
        distance = float(np.linalg.norm(missing))
        # Every step comes nearer; one that does not has met the end of what rounding lets it see.
        if np.abs(missing).sum() < _EXACT or distance >= before or search.given_up:
            break
        before, direction = distance, missing / distance
        average = mix.weights @ mix.panels
        least = _NEAR * max(1.0, distance)
        panel = found.furthest(search.cost(direction))
        if direction @ (average - panel) < _WORTHWHILE * least:
            further, used = search.panel(direction, average, least, nodes)
            nodes -= used
            if further is None or mix.holds(further):
                break
            found.add(further)
            panel = further
        mix.add(panel)
    away = mix.away()
    return PanelLottery(mix.panels, mix.weights, float(np.abs(away).sum()), away, found.all, search.work)


class _Found:
    """Panels found so far, in an array that grows."""

    def __init__(self, panels: np.ndarray) -> None:
        self._held: np.ndarray = panels
        self.count = len(panels)

    @classmethod
    def of(cls, known: np.ndarray) -> _Found:
        return cls(np.array(known, dtype=float))

    @property
    def all(self) -> np.ndarray:
        panels: np.ndarray = self._held[: self.count]
        return panels

    def add(self, panel: np.ndarray) -> None:
        if self.count == len(self._held):
            self._held = np.vstack([self._held, np.zeros((max(16, self.count), self._held.shape[1]))])
        self._held[self.count] = panel
        self.count += 1

    def furthest(self, cost: np.ndarray) -> np.ndarray:
        panel: np.ndarray = self.all[(self.all @ cost).argmin()]
        return panel


@dataclass
class _Branch:
    """A type held at a whole number or more, and then, once that is tried, below it."""

    column: int
    whole: float
    low: float
    high: float
    tried: bool = False


@dataclass(frozen=True)
class _Search:
    matrix: np.ndarray
    rows: tuple[np.ndarray, np.ndarray]
    limit: np.ndarray
    open_chance: np.ndarray
    tilt: np.ndarray
    effort: Effort
    relaxation: Relaxation
    programmes: list[int]

    @classmethod
    def of(
        cls,
        matrix: np.ndarray,
        rows: tuple[np.ndarray, np.ndarray],
        limit: np.ndarray,
        open_chance: np.ndarray,
        tilt: np.ndarray,
        effort: Effort,
    ) -> _Search:
        return cls(matrix, rows, limit, open_chance, tilt, effort, Relaxation(matrix, rows, limit), [0])

    @property
    def given_up(self) -> bool:
        return self.work > self.effort.work

    @property
    def work(self) -> int:
        return self.relaxation.solved + self.programmes[0]

    def meets(self, panels: np.ndarray) -> np.ndarray:
        """Which panels meet the rows, shape (panels,)."""
        reached = panels @ self.matrix.T
        within = (reached > self.rows[0] - _TIE) & (reached < self.rows[1] + _TIE)
        met: np.ndarray = within.all(axis=1) & (panels <= self.limit).all(axis=1)
        return met

    def cost(self, direction: np.ndarray) -> np.ndarray:
        cost: np.ndarray = direction + _TIE * self.tilt
        return cost

    def likeliest(self) -> np.ndarray | None:
        inside = np.clip(self.open_chance / np.maximum(self.limit, 1.0), 1e-4, 1 - 1e-4)
        nodes = max(self.effort.nodes, _FIRST_NODES)
        return self._best(-np.log(inside / (1 - inside)) - _TILT * self.tilt, nodes)[0]

    def panel(
        self, direction: np.ndarray, average: np.ndarray, least: float, nodes: int
    ) -> tuple[np.ndarray | None, int]:
        """A panel further in a direction than the average, None when there is none; and the branches it took."""
        for part in _FAR_ENOUGH:
            panel = self.far(direction, average, part)
            if panel is not None and direction @ (average - panel) >= least:
                return panel, 0
        panel, used = self._best(self.cost(direction), nodes) if nodes > 0 else (None, 0)
        return (panel if panel is not None and direction @ (average - panel) >= least else None), used

    def far(self, direction: np.ndarray, average: np.ndarray, part: float) -> np.ndarray | None:
        """A panel at least that part as far as fractions of people would go; None when a short search finds none.

        Depth first: the type nearest to one more whole person gets one, and is held below it where that leads nowhere.
        Which of equals comes first is keyed, so that the panel found does not depend on how the optima were computed.
        """
        cost = self.cost(direction)
        self.relaxation.aim(cost)
        answer = self.relaxation.best()
        if answer is None:
            return None
        here = float(cost @ average)
        enough = here - part * (here - answer[1])
        low, high = np.zeros(len(cost)), self.limit.copy()
        path: list[_Branch] = []
        for _ in range(_MOST_TRIALS):
            if answer is not None and answer[1] <= enough:
                column = self._undecided(answer[0])
                if column is None:
                    panel: np.ndarray = np.round(answer[0]) + 0.0
                    return panel
                path.append(_Branch(column, float(np.ceil(answer[0][column])), low[column], high[column]))
                low[column] = path[-1].whole
            else:
                while path and path[-1].tried:
                    left = path.pop()
                    low[left.column], high[left.column] = left.low, left.high
                    self.relaxation.bound(left.column, left.low, left.high)
                if not path:
                    return None
                path[-1].tried, column = True, path[-1].column
                low[column], high[column] = path[-1].low, path[-1].whole - 1
            self.relaxation.bound(column, low[column], high[column])
            answer = self.relaxation.best()
        return None

    def _undecided(self, values: np.ndarray) -> int | None:
        part = np.round(values - np.floor(values + _TIE), 6)
        if part.max(initial=0.0) < _TIE:
            return None
        return int(np.lexsort((self.tilt, -part))[0])

    def _best(self, cost: np.ndarray, nodes: int) -> tuple[np.ndarray | None, int]:
        bounds = (np.zeros(len(cost)), self.limit)
        answer = solve(cost, self.matrix, self.rows, bounds, whole=True, most_nodes=nodes)
        self.programmes[0] += _INTEGER + answer.nodes
        return (answer.values if answer.found else None), answer.nodes


@dataclass
class _Mix:
    """Panels in general position, and weights: the point of their hull nearest to the target.

    ``inner`` holds the inner products of the panels, seen from the target, each plus 1.
    """

    panels: np.ndarray
    weights: np.ndarray
    target: np.ndarray
    inner: np.ndarray

    @classmethod
    def of(cls, panel: np.ndarray, target: np.ndarray) -> _Mix:
        apart = panel - target
        return cls(panel[None, :].copy(), np.ones(1), target, np.array([[apart @ apart + 1.0]]))

    def away(self) -> np.ndarray:
        away: np.ndarray = self.weights @ self.panels - self.target
        return away

    def holds(self, panel: np.ndarray) -> bool:
        return bool((self.panels == panel).all(axis=1).any())

    def add(self, panel: np.ndarray) -> None:
        self.panels, self.weights = np.vstack([self.panels, panel]), np.r_[self.weights, 0.0]
        new = (self.panels - self.target) @ (panel - self.target) + 1.0
        self.inner = np.block([[self.inner, new[:-1, None]], [new[None, :]]])
        while True:
            best = self._nearest_without_signs()
            if (best > _GONE).all():
                self.weights = best
                return
            falling = best <= _GONE
            ratio = self.weights[falling] / (self.weights[falling] - best[falling])
            mixed = self.weights + min(1.0, float(ratio.min())) * (best - self.weights)
            keep = mixed > _GONE
            if keep.all():
                keep[np.flatnonzero(falling)[int(ratio.argmin())]] = False
            self.panels, self.weights = self.panels[keep], mixed[keep] / mixed[keep].sum()
            self.inner = self.inner[np.ix_(keep, keep)]

    def _nearest_without_signs(self) -> np.ndarray:
        try:
            solution = np.linalg.solve(self.inner, np.ones(len(self.inner)))
        except np.linalg.LinAlgError:
            solution = np.full(len(self.inner), np.nan)
        if not np.abs(self.inner @ solution - 1.0).max() < _SOLVED:
            # Panels nearly in one plane: the smallest of the solutions will do.
            solution = np.linalg.lstsq(self.inner, np.ones(len(self.inner)), rcond=1e-14)[0]
        weights: np.ndarray = solution / solution.sum()
        return weights
