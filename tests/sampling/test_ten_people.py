"""The worked example of ten people: every number on the page is worked out again here."""

from pathlib import Path

import numpy as np
from pandas import DataFrame

from casetrack.lottery.chance_source import ChanceSource
from casetrack.lottery.chances import equal_as_possible
from casetrack.lottery.landing import lottery_over_lists
from casetrack.quotas.quota_system import quota_system
from casetrack.sampling import select

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "ten-people-by-hand.md"
SEED = "Northshire, 2 April 2026"
KINDS = {"A": ("yes", "65+"), "B": ("yes", "18-64"), "C": ("no", "65+"), "D": ("no", "18-64")}
TEN = ["A", "A", "B", "C", "C", "C", "C", "D", "D", "D"]


def pool():
    return DataFrame(
        [KINDS[kind] for kind in TEN], columns=["carer", "age"], index=[f"P{n}" for n in range(1, 11)]
    )


def rules():
    rows = [("carer", "yes", 2, 2), ("age", "65+", 3, 3)]
    return DataFrame(rows, columns=["feature", "value", "min", "max"])


def lines():
    people, quotas = pool(), rules()
    system = quota_system(people, quotas, 4)
    first = {kind: int(system.type_of[TEN.index(kind)]) for kind in KINDS}
    chances = equal_as_possible(system)
    tilt = ChanceSource("any").uniforms("tilt", system.type_keys)
    lottery = lottery_over_lists(system, chances.by_type * system.counts, tilt)
    panels = {
        tuple(int(panel[number]) for number in first.values()): weight
        for panel, weight in zip(lottery.panels, lottery.weights, strict=True)
    }
    selection = select(people, quotas, 4, SEED)
    told = [
        f"| {kind} | {KINDS[kind][0]} | {KINDS[kind][1]} | {TEN.count(kind)} | "
        f"{chances.by_type[number]:.4f} | {chances.by_type[number] * system.counts[number]:.4f} |"
        for kind, number in first.items()
    ]
    told += [f"| {' | '.join(map(str, panel))} | {weight:.4f} |" for panel, weight in sorted(panels.items())]
    told.append(f"The largest floor is {chances.best_floor:.4f}.")
    told.append(f"The list is {', '.join(str(label) for label in selection.chosen)}.")
    return told


def test_every_number_on_the_page_is_worked_out_again():
    page = PAGE.read_text(encoding="utf-8")
    for line in lines():
        assert line in page


def test_the_chances_on_the_page_solve_the_equations_on_it():
    # A and B carers, C and D not: 2A + B = 2, 2A + 4C = 3, 2A + B + 4C + 3D = 4; B and D at the floor.
    chances = equal_as_possible(quota_system(pool(), rules(), 4))
    people = pool()
    by_kind = dict(zip(TEN, chances.by_type[quota_system(people, rules(), 4).type_of], strict=True))
    a, b, c, d = (by_kind[kind] for kind in "ABCD")
    assert np.allclose([2 * a + b, 2 * a + 4 * c, 2 * a + b + 4 * c + 3 * d], [2, 3, 4])
