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

from casetrack.sampling.solver import Relaxation, solve

__all__ = ["PanelLottery", "nearest_lottery"]

_EXACT = 2e-8
_GONE = 1e-12
_NEAR = 1e-7
_TILT = 1e-3
_TIE = 1e-6
_SOLVED = 1e-9
_FAR_ENOUGH = (0.5, 0.1)
_MOST_TRIALS = 600
_MOST_NODES = 3000
_MOST_SOLVED = 60_000


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
    """

    panels: np.ndarray
    weights: np.ndarray
    deviation: float
    towards: np.ndarray

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
    most: int = 2000,
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
    most
        Panels looked for before the search is given up; far more than it needs.

    Returns
    -------
    PanelLottery or None
        None when no panel at all meets the rows.

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
    search = _Search.of(matrix, held, limit.astype(float), open_chance, tilt)
    among_held = _nearest(search, most)
    if among_held is not None and (among_held.deviation <= _NEAR or search.given_up):
        return among_held
    if all(np.array_equal(one, other) for one, other in zip(held, rows, strict=True)):
        return among_held
    # Chances that no mix of those panels can have may still be near a mix of others.
    among_all = _nearest(_Search.of(matrix, rows, limit.astype(float), open_chance, tilt), most)
    if among_held is None or among_all is None:
        return among_all or among_held
    best = min(among_held, among_all, key=lambda lottery: lottery.deviation)
    # What lies beyond every panel is told by the average nearest of all, whichever is used.
    return replace(best, towards=among_all.towards)


def _nearest(search: _Search, most: int) -> PanelLottery | None:
    """The nearest lottery among the panels of one search."""
    first = search.likeliest()
    if first is None:
        return None
    mix, before, nodes = _Mix.of(first, search.open_chance), np.inf, _MOST_NODES
    for _ in range(most):
        missing = mix.away()
        distance = float(np.linalg.norm(missing))
        # Every step comes nearer; one that does not has met the end of what rounding lets it see.
        if np.abs(missing).sum() < _EXACT or distance >= before or search.given_up:
            break
        before, direction = distance, missing / distance
        average = mix.weights @ mix.panels
        least = _NEAR * max(1.0, distance)
        panel = search.far(direction, average, _FAR_ENOUGH[0])
        if panel is None:
            panel = search.far(direction, average, _FAR_ENOUGH[1])
        if panel is None or direction @ (average - panel) < least:
            panel, used = search.furthest(direction, nodes)
            nodes -= used
        if panel is None or direction @ (average - panel) < least or mix.holds(panel):
            break
        mix.add(panel)
    away = mix.away()
    return PanelLottery(mix.panels, mix.weights, float(np.abs(away).sum()), away)


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
    relaxation: Relaxation

    @classmethod
    def of(
        cls,
        matrix: np.ndarray,
        rows: tuple[np.ndarray, np.ndarray],
        limit: np.ndarray,
        open_chance: np.ndarray,
        tilt: np.ndarray,
    ) -> _Search:
        return cls(matrix, rows, limit, open_chance, tilt, Relaxation(matrix, rows, limit))

    @property
    def given_up(self) -> bool:
        return self.relaxation.solved > _MOST_SOLVED

    def likeliest(self) -> np.ndarray | None:
        inside = np.clip(self.open_chance / np.maximum(self.limit, 1.0), 1e-4, 1 - 1e-4)
        return self._best(-np.log(inside / (1 - inside)) - _TILT * self.tilt, _MOST_NODES)[0]

    def furthest(self, direction: np.ndarray, nodes: int) -> tuple[np.ndarray | None, int]:
        """The panel furthest in a direction, or the furthest found in so many branches; and the branches it took."""
        return self._best(direction + _TIE * self.tilt, nodes) if nodes > 0 else (None, 0)

    def far(self, direction: np.ndarray, average: np.ndarray, part: float) -> np.ndarray | None:
        """A panel at least that part as far as fractions of people would go; None when a short search finds none.

        Depth first: the type nearest to one more whole person gets one, and is held below it where that leads nowhere.
        Which of equals comes first is keyed, so that the panel found does not depend on how the optima were computed.
        """
        cost = direction + _TIE * self.tilt
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
        return (answer.values if answer.found else None), answer.nodes


@dataclass
class _Mix:
    """Panels in general position, and weights: the point of their hull nearest to the target."""

    panels: np.ndarray
    weights: np.ndarray
    target: np.ndarray

    @classmethod
    def of(cls, panel: np.ndarray, target: np.ndarray) -> _Mix:
        return cls(panel[None, :].copy(), np.ones(1), target)

    def away(self) -> np.ndarray:
        away: np.ndarray = self.weights @ self.panels - self.target
        return away

    def holds(self, panel: np.ndarray) -> bool:
        return bool((self.panels == panel).all(axis=1).any())

    def add(self, panel: np.ndarray) -> None:
        self.panels, self.weights = np.vstack([self.panels, panel]), np.r_[self.weights, 0.0]
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

    def _nearest_without_signs(self) -> np.ndarray:
        apart = self.panels - self.target
        inner = apart @ apart.T + 1.0
        try:
            solution = np.linalg.solve(inner, np.ones(len(inner)))
        except np.linalg.LinAlgError:
            solution = np.full(len(inner), np.nan)
        if not np.abs(inner @ solution - 1.0).max() < _SOLVED:
            # Panels nearly in one plane: the smallest of the solutions will do.
            solution = np.linalg.lstsq(inner, np.ones(len(inner)), rcond=1e-14)[0]
        weights: np.ndarray = solution / solution.sum()
        return weights
