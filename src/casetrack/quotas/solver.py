"""Linear and integer programmes on HiGHS, told in arrays.

Presolve stays off: on these wide, flat models it costs 5 to 40 times what it saves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from scipy import sparse

_FEASIBLE = 2  # what HiGHS calls a solution that keeps all rows and bounds
_OPTIONS = {"presolve": "off", "parallel": "off", "random_seed": 0}
_CLOSE = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}


def silent_engine() -> Any:
    """A solver that writes nothing to standard output, on every version of HiGHS: the only place where one is made.

    ``highspy.Highs`` adds callbacks to the solver as HiGHS itself has it, and from 1.16 on setting them prints a banner
    before any option can forbid it. casetrack needs no callback, so it takes the class below.
    """
    engine: Any = highspy.Highs.__bases__[0]()
    engine.setOptionValue("output_flag", False)
    return engine


@dataclass(frozen=True)
class Answer:
    """What came out: nothing was found when nothing keeps the rows and bounds, or the search was given up before."""

    found: bool
    values: np.ndarray
    objective: float
    row_duals: np.ndarray


def solve(
    cost: np.ndarray,
    matrix: np.ndarray | sparse.csc_matrix,
    rows: tuple[np.ndarray, np.ndarray],
    columns: tuple[np.ndarray, np.ndarray],
    *,
    whole: bool = False,
    most_nodes: int | None = None,
) -> Answer:
    """Minimise ``cost @ x`` with ``rows[0] <= matrix @ x <= rows[1]`` and ``columns[0] <= x <= columns[1]``.

    `whole`: whether every variable must be a whole number. `most_nodes`: branches after which the search is given
    up, with the best found by then.

    >>> half_to_nine, one_column = (np.array([0.5]), np.array([9.0])), (np.zeros(1), np.ones(1))
    >>> answer = solve(np.array([1.0]), np.array([[1.0]]), half_to_nine, one_column, whole=True)
    >>> answer.found, answer.values.tolist()
    (True, [1.0])
    """
    if len(cost) == 0:
        held = bool((rows[0] <= 0).all() and (rows[1] >= 0).all())
        return Answer(held, np.zeros(0), 0.0, np.zeros(len(rows[0])))
    engine = silent_engine()
    # The best list is to be the best, not nearly: ties are broken by the costs, never by a gap.
    options = {"mip_rel_gap": 0.0, "mip_abs_gap": 1e-9} if whole else _CLOSE
    for option, value in {**_OPTIONS, **options}.items():
        engine.setOptionValue(option, value)
    if most_nodes is not None:
        engine.setOptionValue("mip_max_nodes", most_nodes)
    engine.passModel(_model(cost, sparse.csc_matrix(matrix), rows, columns, whole))
    engine.run()
    status, info = engine.getModelStatus(), engine.getInfo()
    given_up = status == highspy.HighsModelStatus.kSolutionLimit
    found = status == highspy.HighsModelStatus.kOptimal or (
        given_up and info.primal_solution_status == _FEASIBLE
    )
    solution = engine.getSolution()
    values = np.array(solution.col_value, dtype=float) if found else np.zeros(0)
    duals = np.array(solution.row_dual, dtype=float) if found and not whole else np.zeros(0)
    whole_values = np.round(values) + 0.0
    return Answer(found, whole_values if whole else values, float(info.objective_function_value), duals)


def _model(
    cost: np.ndarray,
    matrix: sparse.csc_matrix,
    rows: tuple[np.ndarray, np.ndarray],
    columns: tuple[np.ndarray, np.ndarray],
    whole: bool,
) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.col_cost_ = np.asarray(cost, dtype=float)
    model.row_lower_, model.row_upper_ = (np.asarray(bound, dtype=float) for bound in rows)
    model.col_lower_, model.col_upper_ = (np.asarray(bound, dtype=float) for bound in columns)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = matrix.indptr
    model.a_matrix_.index_ = matrix.indices
    model.a_matrix_.value_ = matrix.data.astype(float)
    if whole:
        model.integrality_ = [highspy.HighsVarType.kInteger] * matrix.shape[1]
    return model
