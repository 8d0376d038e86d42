"""Why no list can meet a design, and the nearest design that one can.

The clash is a set of quotas that cannot be met together, none of which can be dropped with the clash
remaining. It is found by Junker's QuickXplain over exact answers, in the text order of the quotas, so that
it is the same each time. The nearest design gives way by the least number of places; among equals
the change that leaves cohort codes alone, then the one that comes first in a fixed order, so that it is the
same each time too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from pandas import DataFrame

from casetrack.errors import InfeasibleDesignError, Problem
from casetrack.headings import group_in_words, in_a_sentence
from casetrack.quotas.clash import Way, all_ways, irreducible_clash
from casetrack.quotas.programme import Answer, Model, Programme, least
from casetrack.quotas.quota_system import QuotaSystem
from casetrack.tables import html_lines, html_table
from casetrack.threads import one_thread
from casetrack.words import count_of, people

_CLASH_COLUMNS = ["feature", "value", "bound", "asked", "supply"]
_CHANGE_COLUMNS = ["feature", "value", "bound", "asked", "nearest", "supply"]


@dataclass(frozen=True)
class Shortfall:
    """Quotas that clash, and the nearest ones that can be met.

    Parameters
    ----------
    clash
        Columns ``feature``, ``value``, ``bound`` (``min`` or ``max``), ``asked``, ``supply`` (people in the
        pool who count towards it). With any one row dropped the others can be met. Empty when nothing
        clashes.
    nearest
        The changes: ``feature``, ``value``, ``bound``, ``asked``, ``nearest``, ``supply``.
    quotas
        All quotas with the changes made: ``feature``, ``value``, ``min``, ``max``.
    total
        Places by which quotas give way, weighted.
    size, people
        Places on the list, and people it can be drawn from.
    nearest_design
        The same as a design, when a design was asked for: pass it back to ``draw``, or to ``replace``.
    kept
        How many stay on the list, where the question is who can take a place that fell open; otherwise None.
        The supply then counts the people waiting (for a limit per value: those whose value is full), and the
        clash has a column ``held``, how many of those who stay count towards it.
    """

    clash: DataFrame
    nearest: DataFrame
    quotas: DataFrame
    total: int
    size: int
    people: int
    nearest_design: Any = field(default=None, repr=False)
    kept: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The clashing quotas in words."""
        in_words = _asked_in_words if self.kept is None else _open_in_words
        return tuple(in_words(row) for row in self.clash.to_dict("records"))

    def in_words(self) -> str:
        """The clash and the way out, as a council reads them."""
        if self.clash.empty and self.nearest.empty:
            return "Every quota can be met."
        lines = [f"Places: {self.size:,}. People to draw from: {self.people:,}."]
        clash = "These cannot be met together:"
        if self.kept is not None:
            lines = [f"Open places: {self.size - self.kept:,}. People waiting: {self.people - self.kept:,}."]
            clash = "With those who stay as they are, nobody waiting keeps all of these:"
        lines += [clash, *(f"- {name}" for name in self.names)] if self.names else []
        if not self.nearest.empty:
            lines += ["The nearest design that works:"]
            lines += [f"- {_change_in_words(row)}" for row in self.nearest.to_dict("records")]
        return "\n".join(lines)

    def to_frame(self) -> DataFrame:
        """The clash, see the class."""
        return self.clash.copy()

    def _repr_html_(self) -> str:
        tables = [("Quotas that cannot be met together", self.clash), ("The nearest that can", self.nearest)]
        return html_lines(self.in_words()) + "".join(html_table(table, name) for name, table in tables)


@one_thread
def explain_shortfall(system: QuotaSystem) -> Shortfall:
    """Find the quotas that clash and the nearest ones that can be met.

    >>> from casetrack.quotas.quota_system import quota_system
    >>> people = DataFrame({"sex": ["F", "M", "F"]})
    >>> quotas = DataFrame({"feature": ["sex"], "value": ["M"], "min": [2], "max": [2]})
    >>> print(explain_shortfall(quota_system(people, quotas, size=2)).in_words())
    Places: 2. People to draw from: 3.
    These cannot be met together:
    - sex, M: at least 2 (1 person in the pool)
    The nearest design that works:
    - sex, M: at least 1 instead of 2
    """
    return explain_model(Model.of(system), people=system.people, supply=system.supply)


def explain_model(
    model: Model,
    *,
    people: int,
    supply: np.ndarray,
    held: np.ndarray | None = None,
    fixed_places: int = 0,
) -> Shortfall:
    """As `explain_shortfall`, for a model from which fixed places were subtracted.

    ``supply`` has the people who count towards each row, fixed ones included; ``held`` the fixed ones among
    them, which are added again to every number that is reported.
    """
    fixed = np.zeros(len(model.labels), dtype=np.int64) if held is None else held
    if int(model.limit.sum()) < model.size:
        raise InfeasibleDesignError.of(
            "too-few-people",
            f"{model.size:,} places are open and {int(model.limit.sum()):,} people can take them.",
            advice="Make the list shorter.",
        )
    answer, ways = _nearest(model)
    asked = {"min": model.low + fixed, "max": model.high + fixed}
    new = {bound: numbers.copy() for bound, numbers in asked.items()}
    for way, used in zip(ways, answer.ways, strict=True):
        new[way.bound][list(way.rows)] += -used if way.bound == "min" else used
    changes = [
        (*_name(model, way), way.bound, _told(asked, way), _told(new, way), _supply(supply, way))
        for way, used in zip(ways, answer.ways, strict=True)
        if used
    ]
    clash = irreducible_clash(model, ways) if answer.value else []
    named = [(*_name(model, way), way.bound, _told(asked, way), _supply(supply, way)) for way in clash]
    quotas = DataFrame(list(model.labels), columns=["feature", "value"])
    return Shortfall(
        clash=_frame(named, _CLASH_COLUMNS),
        nearest=_frame(changes, _CHANGE_COLUMNS),
        quotas=quotas.assign(min=new["min"].clip(min=0), max=new["max"]),
        total=answer.value,
        size=model.size + fixed_places,
        people=people,
    )


def refusal(shortfall: Shortfall, nearest_design: Any = None) -> InfeasibleDesignError:
    """The error that names the quotas that clash, how many people each has, and the nearest design."""
    told = replace(shortfall, nearest_design=nearest_design)
    changes = "; ".join(_change_in_words(row) for row in told.nearest.to_dict("records"))
    # Where quotas were given as a table there is no design to give back.
    asked, nearest, where = (
        ("quotas", f"The nearest quotas that work have {changes}.", "They are shortfall.quotas.")
        if nearest_design is None
        else ("design", f"The nearest design that works has {changes}.", "It is shortfall.nearest_design.")
    )
    problem = (
        Problem(
            "quotas-clash",
            f"no list of {told.size:,} can meet the {asked}: {'; '.join(told.names)}.",
            where=f"{told.people:,} people can be drawn",
            advice=f"{nearest} {where}",
            command=nearest,
        )
        if told.kept is None
        else _nobody_can_come(told, told.kept, changes)
    )
    error = InfeasibleDesignError(problem)
    error.shortfall = told
    return error


def _nobody_can_come(told: Shortfall, kept: int, changes: str) -> Problem:
    """The same about a place that fell open: the list itself was possible, and those who stay are settled."""
    open_places = told.size - kept
    place = "this place" if open_places == 1 else f"the {open_places:,} open places"
    quotas = "this quota" if len(told.names) == 1 else "all of these quotas"
    waiting = told.people - kept
    way_out = (
        f"The nearest design under which somebody can come has {changes}. Replace under it or, if you decide otherwise, "
        "under a design of your own; either stays in force until another is given."
    )
    return Problem(
        "quotas-clash",
        f"nobody can take {place}: with the other {kept:,} as they are, nobody waiting keeps {quotas}: "
        f"{'; '.join(told.names)}.",
        where=count_of(waiting, "person is", "people are") + " waiting",
        advice=f"{way_out} It is shortfall.nearest_design.",
        command=way_out,
    )


def _nearest(model: Model) -> tuple[Answer, list[Way]]:
    """The least change, and among equals the one that spares the ways that come first."""
    ways = all_ways(model)
    give = np.zeros((len(model.labels), len(ways)), dtype=np.int64)
    most = np.zeros(len(ways), dtype=np.int64)
    for number, way in enumerate(ways):
        give[list(way.rows), number] = 1 if way.bound == "min" else -1
        low = int(model.low[way.rows[0]])
        most[number] = low if way.bound == "min" else model.size - int(min(model.high[list(way.rows)]))
    cost = np.ones(len(ways), dtype=np.int64)
    answer = least(Programme(model, give, cost, np.zeros_like(most), most))
    if answer is None:
        raise ArithmeticError("there is a list once every quota is given up, yet none was found")
    if not answer.value:
        return answer, ways
    total, lowest, highest = answer.value, np.zeros_like(most), most.copy()
    for number in range(len(ways)):
        if answer.ways[number]:
            one = np.zeros(len(ways), dtype=np.int64)
            one[number] = 1
            spared = least(
                Programme(model, give, one, lowest, highest, budget=(cost, total)), columns=answer.columns
            )
            if spared is not None and spared.value < answer.ways[number]:
                answer = spared
        lowest[number] = highest[number] = answer.ways[number]
    return replace(answer, value=total), ways


# -- words and tables ------------------------------------------------------------------------------


def _name(model: Model, way: Way) -> tuple[str, str]:
    feature, value = model.labels[way.rows[0]]
    return (feature, value) if len(way.rows) == 1 else (feature, "each value")


def _told(numbers: Mapping[str, np.ndarray], way: Way) -> int:
    return int(numbers[way.bound][list(way.rows)].max())


def _supply(supply: np.ndarray, way: Way) -> int:
    return int(supply[list(way.rows)].sum())


def _frame(rows: Sequence[tuple[object, ...]], columns: list[str]) -> DataFrame:
    numbers = {name: "int64" for name in columns if name in ("asked", "nearest", "supply")}
    return DataFrame(rows, columns=columns).astype(numbers)


def _group(row: Mapping[str, object]) -> str:
    return group_in_words(str(row["feature"]), str(row["value"]))


def _asked_in_words(row: Mapping[str, Any]) -> str:
    return f"{_group(row)}: {bound_in_words(row['bound'])} {row['asked']:,} ({people(row['supply'])} in the pool)"


def _open_in_words(row: Mapping[str, Any]) -> str:
    """A quota that stands in the way of an open place: what is lacking or full, and who waiting counts."""
    waiting = f"{people(row['supply'])} waiting"
    if row["value"] == "each value":
        return (
            f"{in_a_sentence(row['feature'])}: at most {row['asked']:,} for each value (full for {waiting})"
        )
    count = "counts" if row["supply"] == 1 else "count"
    more = int(row["asked"]) - int(row["held"])
    if row["bound"] == "min":
        stands = f"{more:,} lacking"
    else:
        stands = "no room left" if not more else f"room for {more:,}" if more > 0 else f"{-more:,} too many"
    return f"{_group(row)}: {bound_in_words(row['bound'])} {row['asked']:,} ({stands}; {waiting} {count} towards it)"


def _change_in_words(row: Mapping[str, Any]) -> str:
    return f"{_group(row)}: {bound_in_words(row['bound'])} {row['nearest']:,} instead of {row['asked']:,}"


def bound_in_words(bound: str) -> str:
    """A minimum or a maximum in words."""
    return "at least" if bound == "min" else "at most"
